"""Whether a label that a carrier has is the one that was asked for: what it repeats of the purchase must agree."""

from decimal import Decimal

from domain.measures import POUNDS
from domain.parcels import Parcel
from domain.shipping import EchoedDetails, Label, ShipmentRequest

TOLERANCE_POUNDS, TOLERANCE_SHARE = Decimal(1), Decimal("0.1")
"""Carriers round weights up, and weigh anew what they have scanned: a tenth more or less, or a pound, tells nothing."""


def find_difference(label: Label, request: ShipmentRequest) -> str | None:
    """Name what a label is other in than the purchase; None where nothing that the carrier repeats says so."""
    return "service" if label.service != request.service else find_contradiction(label.echo, request)


def find_contradiction(echo: EchoedDetails, request: ShipmentRequest) -> str | None:
    """Name what contradicts a purchase in that which a carrier repeats of it; None where nothing does."""
    echoed, requested = _bare(echo.postal_code), _bare(request.ship_to.postal_code)
    # Carriers add the last four digits of a ZIP Code, or leave them off.
    if not (echoed.startswith(requested) or requested.startswith(echoed)):
        return "postal code"
    if echo.pounds is None:
        return None
    pounds = sum((_pounds(parcel) for parcel in request.parcels), Decimal(0))
    return "weight" if abs(echo.pounds - pounds) > max(TOLERANCE_POUNDS, pounds * TOLERANCE_SHARE) else None


def _bare(postal_code: str | None) -> str:
    return "".join(char for char in postal_code or "" if char.isalnum()).upper()


def _pounds(parcel: Parcel) -> Decimal:
    return parcel.weight * POUNDS[parcel.weight_unit]
