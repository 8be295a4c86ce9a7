"""Build the parts that USPS's requests within the US and to other countries share. Pure."""

from datetime import UTC, date, datetime, timedelta
from operator import le

from adapters.carriers.common.checks import check_shipment
from adapters.carriers.common.units import SIZES, to_sides, to_weight
from adapters.carriers.usps.codes import IMAGES
from adapters.http.json import Json
from domain.borders import find_lane
from domain.customs import Lane
from domain.postal.fitting import FittedAddress, fit_address
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.vendors.usps import LIMITS, USPS

WEIGHT_PLACES = 4
MAX_AHEAD = timedelta(days=7)
MACHINABLE_SIDES, MACHINABLE_POUNDS = (22, 18, 15), 25
EASTERNMOST, GUAM = timedelta(hours=-4), timedelta(hours=10)
WEST_OF_THE_DATE_LINE = ("GU", "MP", "PW", "FM", "MH")


def build_image_info(label_format: str) -> Json:
    return {"imageType": IMAGES[label_format], "labelType": "4X6LABEL", "receiptOption": "NONE"}


def build_references(reference: str) -> list[Json]:
    """Return the first reference of a label, which is the operation's."""
    return [{"referenceNumber": reference, "printReferenceNumber": True}]


def build_parcel(request: ShipmentRequest, max_pounds: int | None = LIMITS.max_pounds) -> Json:
    """Return the only parcel's weight, sides and kind; raises Rejected if USPS would not accept it."""
    is_domestic = find_lane(request.ship_from, request.ship_to) is not Lane.INTERNATIONAL
    parcel = check_shipment(request, USPS.title, LIMITS.countries if is_domestic else None)
    pounds = to_weight(parcel, places=WEIGHT_PLACES, maximum=max_pounds)
    sides = sorted(to_sides(parcel, places=2).values(), reverse=True)
    if not sides:
        raise refuse_field("parcels.0.length", "is required: USPS needs length, width and height", "size_needed")
    is_machinable = pounds <= MACHINABLE_POUNDS and all(map(le, sides, MACHINABLE_SIDES))
    return {
        "weight": float(pounds),
        # USPS prices the sides in any order, and calls the longest one the length.
        **{name: float(side) for name, side in zip(SIZES, sides, strict=True)},
        "processingCategory": "MACHINABLE" if is_machinable else "NONSTANDARD",
        "destinationEntryFacilityType": "NONE",
    }


def choose_mailing_date(request: ShipmentRequest, now: datetime) -> date:
    """Return the ship date, else a date that has not ended at the origin, and is at most tomorrow there.

    USPS accepts today and the next seven days, in the origin's local time.
    """
    far = request.ship_from.state in WEST_OF_THE_DATE_LINE
    today = ((request.asked_at or now).astimezone(UTC) + (GUAM if far else EASTERNMOST)).date()
    ship_date = request.shipping_options.ship_date
    if ship_date is not None and ship_date > today + MAX_AHEAD:
        raise refuse_field("shipping_options.ship_date", f"must be at most {today + MAX_AHEAD}", "too_late")
    return ship_date or today


def fit(request: ShipmentRequest, where: str) -> FittedAddress:
    return fit_address(request, where, USPS.title, LIMITS)


def build_party(fitted: FittedAddress) -> Json:
    """Return an address within the US in USPS's fields."""
    five, _, four = fitted.postal_code.partition("-")
    zip_code = {"ZIPCode": five, **({"ZIPPlus4": four} if four else {})}
    city = {"city": fitted.city, "state": fitted.state}
    return {**build_addressee(fitted), **build_street(fitted), **city, **zip_code}


def build_street(fitted: FittedAddress) -> Json:
    return dict(zip(("streetAddress", "secondaryAddress"), fitted.street, strict=False))


def build_addressee(fitted: FittedAddress) -> Json:
    """Return a name in USPS's fields: first and last, or a firm."""
    first, _, last = fitted.name.rpartition(" ")
    firm = {"firm": fitted.company} if fitted.company else {}
    if first:
        return {"firstName": first, "lastName": last, **firm}
    return {"firstName": last, **firm} if firm else {"firm": last}
