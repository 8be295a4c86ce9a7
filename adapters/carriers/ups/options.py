"""Build the parts of UPS's requests that shipping options add. Pure."""

import re
from calendar import FRIDAY, THURSDAY, day_name
from dataclasses import dataclass
from datetime import date

from adapters.carriers.common.options import get_carrier_options, require_value
from adapters.carriers.common.units import to_weight
from adapters.carriers.ups.parties import build_address, build_names, fit
from adapters.http.json import Json
from domain.postal.fitting import FittedAddress
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.shipping_options import LabelReferences, Packaging, Signature
from domain.vendors.ups import UPS
from domain.vendors.ups_options import PARCEL_SIGNATURES, PRESENT, REFERENCE_CODES, SHIPMENT_SIGNATURES

REFERENCE_ON_PARCEL = ("US", "PR")
"""Within each of these countries the reference is on the parcel, and elsewhere on the shipment.

UPS accepts it only there, so Tracking finds it only there.
"""
MAX_REFERENCES = {True: 4, False: 1}
"""The client's references on the parcel (True) or on the shipment, in addition to the one that Tracking finds."""
CUSTOMERS_OWN_BOX = "02"
"""UPS's code for a parcel in the customer's own packaging."""
SIMPLE_RATES = (Packaging.SMALL_FLAT_RATE_BOX, Packaging.MEDIUM_FLAT_RATE_BOX, Packaging.LARGE_FLAT_RATE_BOX)
MAX_SIMPLE_RATE_POUNDS = 50
SATURDAY_SHIPPING = {"NEXT_DAY_AIR": FRIDAY, "NEXT_DAY_AIR_EARLY": FRIDAY, "2ND_DAY_AIR": THURSDAY}
"""The weekday of the ship date for a delivery on Saturday."""
HOLD_FOR_PICKUP = "01"
MAX_EMAIL = 50
ON_PACKAGE = ("AdditionalHandlingIndicator", "LargePackageIndicator")
ON_PACKAGE_SERVICES = ("ProactiveIndicator",)
ON_SHIPMENT_SERVICES = ("DirectDeliveryOnlyIndicator", "UPScarbonneutralIndicator", "SaturdayPickupIndicator")
HOLD = "shipping_options.hold_at_location"


@dataclass(frozen=True, slots=True)
class Lane:
    """The countries of the two sides, as UPS names them."""

    origin: str
    destination: str

    @property
    def is_american(self) -> bool:
        """True within and between the US and Puerto Rico, where signatures are options of the parcel."""
        return {self.origin, self.destination} <= {"US", "PR"}

    @property
    def has_parcel_references(self) -> bool:
        return self.origin == self.destination and self.origin in REFERENCE_ON_PARCEL


def build_references(reference: str, references: LabelReferences, lane: Lane) -> Json:
    """Build the references; the first one is that which Tracking looks for.

    Raises:
        Rejected: UPS accepts fewer references in their place.
    """
    values = {code: getattr(references, name) for name, code in REFERENCE_CODES.items()}
    added = [{"Code": code, "Value": value} for code, value in values.items() if value]
    if len(added) > MAX_REFERENCES[lane.has_parcel_references]:
        problem = f"must name only {MAX_REFERENCES[False]} except within the US and within Puerto Rico"
        raise refuse_field("shipping_options.references", problem, "too_many_references")
    return {"ReferenceNumber": [{"Value": reference}, *added]}


def build_package_options(request: ShipmentRequest, lane: Lane) -> Json:
    """Build the fields of a package that purchases and requests for prices share.

    Raises:
        Rejected: the options contradict each other; names the field.
    """
    options, own = request.shipping_options, get_carrier_options(request)
    services = {**_build_parcel_signature(options.signature, lane), **_find_indicators(request, ON_PACKAGE_SERVICES)}
    if options.declared_value is not None:
        value = options.declared_value
        services["DeclaredValue"] = {"CurrencyCode": value.currency, "MonetaryValue": f"{value.amount:.2f}"}
    size = _find_simple_rate(request, own.get("SimpleRate"), lane)
    return {
        **({"SimpleRate": {"Code": size}} if size is not None else {}),
        **_find_indicators(request, ON_PACKAGE),
        **({"PackageServiceOptions": services} if services else {}),
    }


def find_packaging(request: ShipmentRequest) -> str:
    """Return UPS's code of the packaging."""
    packaging = request.shipping_options.packaging
    if packaging is None or packaging in SIMPLE_RATES:
        return CUSTOMERS_OWN_BOX
    return require_value(UPS, "packaging", packaging, request)


def build_service_options(request: ShipmentRequest, lane: Lane) -> Json:
    """Build the services of a shipment that purchases and requests for prices share; raises as above."""
    options = request.shipping_options
    services = {**_build_shipment_signature(options.signature, lane), **_find_indicators(request, ON_SHIPMENT_SERVICES)}
    if options.saturday_delivery:
        _check_saturday(options.ship_date, request.service)
        services["SaturdayDeliveryIndicator"] = PRESENT
    return services


def build_hold(request: ShipmentRequest, recipient: FittedAddress, *, is_purchase: bool) -> Json:
    """Build the UPS Access Point that holds the parcel for the recipient; raises as above."""
    hold = request.shipping_options.hold_at_location
    if hold is None:
        return {}
    if not re.fullmatch(r"[0-9A-Z]{9}", hold.location_id or ""):
        raise refuse_field(f"{HOLD}.location_id", "must have nine letters and digits", "bad_location")
    if get_carrier_options(request).get("DirectDeliveryOnlyIndicator"):
        raise refuse_field(HOLD, "can't be combined with DirectDeliveryOnlyIndicator", "contradiction")
    place = fit(request, f"{HOLD}.address")
    own = {"AttentionName": recipient.name, "UPSAccessPointID": hold.location_id} if is_purchase else {}
    point = {"Name": build_names(place)["Name"], **own, "Address": build_address(place)}
    return {"ShipmentIndicationType": [{"Code": HOLD_FOR_PICKUP}], "AlternateDeliveryAddress": point}


def build_notifications(request: ShipmentRequest, lane: Lane) -> list[Json]:
    """Build the e-mails that UPS sends; raises as above."""
    notifications = request.shipping_options.notifications
    if notifications is None:
        return []
    if any(len(email) > MAX_EMAIL for email in notifications.emails):
        problem = f"must have at most {MAX_EMAIL} characters each"
        raise refuse_field("shipping_options.notifications.emails", problem, "too_long")
    if lane.origin == lane.destination and not lane.is_american:
        problem = "is available only from, to or within the US and Puerto Rico, and between countries"
        raise refuse_field("shipping_options.notifications", problem, "not_available")
    codes = [require_value(UPS, "notifications", event, request) for event in notifications.events]
    return [{"NotificationCode": code, "EMail": {"EMailAddress": list(notifications.emails)}} for code in codes]


def _find_indicators(request: ShipmentRequest, names: tuple[str, ...]) -> Json:
    own = get_carrier_options(request)
    return {name: PRESENT for name in names if own.get(name)}


def _build_parcel_signature(signature: Signature | None, lane: Lane) -> Json:
    if signature is None or not lane.is_american:
        return {}
    if signature is Signature.NONE:
        return {"ShipperReleaseIndicator": PRESENT}
    return {"DeliveryConfirmation": {"DCISType": PARCEL_SIGNATURES[signature]}}


def _build_shipment_signature(signature: Signature | None, lane: Lane) -> Json:
    if signature is None or lane.is_american:
        return {}
    if signature is Signature.NONE:
        problem = "none is available only within and between the US and Puerto Rico"
        raise refuse_field("shipping_options.signature", problem, "not_available")
    return {"DeliveryConfirmation": {"DCISType": SHIPMENT_SIGNATURES[signature]}}


def _find_simple_rate(request: ShipmentRequest, own_size: str | None, lane: Lane) -> str | None:
    """Return the size of UPS Simple Rate; None if it is not requested."""
    packaging = request.shipping_options.packaging
    if own_size is not None and packaging is not None:
        raise refuse_field("shipping_options.packaging", "can't be combined with SimpleRate", "contradiction")
    if own_size is None and packaging not in SIMPLE_RATES:
        return None
    if (lane.origin, lane.destination) != ("US", "US"):
        problem = "is available only within the US as UPS Simple Rate"
        where = "shipping_options.packaging" if own_size is None else "shipping_options.carrier_options.SimpleRate"
        raise refuse_field(where, problem, "not_in_the_us")
    if len(request.parcels) > 1:
        raise refuse_field("parcels", "must contain one parcel with UPS Simple Rate", "too_many_parcels")
    to_weight(request.parcels[0], maximum=MAX_SIMPLE_RATE_POUNDS)
    return own_size or require_value(UPS, "packaging", str(packaging), request)


def _check_saturday(day: date | None, service: str) -> None:
    weekday = SATURDAY_SHIPPING.get(service)
    if day is not None and weekday is not None and day.weekday() != weekday:
        problem = f"must be a {day_name[weekday]} for Saturday delivery with {service}"
        raise refuse_field("shipping_options.ship_date", problem, "no_saturday_delivery")
