"""Decide whether a label found at the carrier is the requested one: the echoed details must agree with the request."""

from decimal import Decimal

from domain.measures import POUNDS
from domain.parcels import Parcel
from domain.shipping import EchoedDetails, Label, ShipmentRequest
from domain.shipping_options import AddressValidation, ShippingOptions

TOLERANCE_POUNDS, TOLERANCE_SHARE = Decimal(1), Decimal("0.1")
"""Carriers round weights up and weigh parcels again: a difference of a tenth, or of a pound, is no contradiction."""

CORRECTING = (AddressValidation.STRICT, AddressValidation.CARRIER)
"""With these rules, a carrier may correct the address."""
REGION = 3
"""The first characters of a postal code, which name its region."""


def find_difference(label: Label, request: ShipmentRequest) -> str | None:
    """Name the first detail in which a label differs from the request; None if no echoed detail differs."""
    if label.service != request.service:
        return "service"
    if len(label.all_parcels) != len(request.parcels):
        return "number of parcels"
    return find_contradiction(label.echo, request) or _find_other_weight(label, request)


def is_part(label: Label, request: ShipmentRequest) -> bool:
    """Whether a label has fewer parcels than the request: the carrier may not show the others yet."""
    return len(label.all_parcels) < len(request.parcels)


def _find_other_weight(label: Label, request: ShipmentRequest) -> str | None:
    """Compare the weights of the parcels, in any order, if the carrier echoes all of them."""
    echoed = [parcel.pounds for parcel in label.parcels if parcel.pounds is not None]
    if not label.parcels or len(echoed) < len(label.parcels):
        return None
    wanted = sorted(_pounds(parcel) for parcel in request.parcels)
    is_same = all(_is_same_weight(weight, pounds) for weight, pounds in zip(sorted(echoed), wanted, strict=True))
    return None if is_same else "weight of a parcel"


def _is_same_weight(echoed: Decimal, pounds: Decimal) -> bool:
    return abs(echoed - pounds) <= max(TOLERANCE_POUNDS, pounds * TOLERANCE_SHARE)


def find_contradiction(echo: EchoedDetails, request: ShipmentRequest) -> str | None:
    """Name the echoed detail that contradicts the request; None if none does."""
    if not _is_same_place(echo.postal_code, request.ship_to.postal_code, request.shipping_options):
        return "postal code"
    if echo.pounds is None:
        return None
    pounds = sum((_pounds(parcel) for parcel in request.parcels), Decimal(0))
    return None if _is_same_weight(echo.pounds, pounds) else "weight"


def _is_same_place(echoed: str | None, requested: str | None, options: ShippingOptions) -> bool:
    """Whether the postal codes agree; the carrier may echo that of a collection point, or correct it in its region."""
    if options.hold_at_location is not None:
        return True
    region = REGION if options.address_validation in CORRECTING else None
    first, second = _bare(echoed)[:region], _bare(requested)[:region]
    # Carriers add or omit the last four digits of a ZIP Code.
    return first.startswith(second) or second.startswith(first)


def _bare(postal_code: str | None) -> str:
    return "".join(char for char in postal_code or "" if char.isalnum()).upper()


def _pounds(parcel: Parcel) -> Decimal:
    return parcel.weight * POUNDS[parcel.weight_unit]
