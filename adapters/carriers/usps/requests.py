"""Build USPS's requests. Pure."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from operator import le
from uuid import UUID

from adapters.carriers.common.checks import check_service, check_shipment
from adapters.carriers.common.units import SIZES, to_sides, to_weight
from adapters.carriers.usps import options
from adapters.carriers.usps.codes import IMAGES, SERVICES
from adapters.http.json import Json
from domain.postal.fitting import FittedAddress, fit_address
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.vendors.usps import LIMITS, USPS

RETURN_ADDRESS = "shipping_options.return_address"
PRICED = ("originZIPCode", "destinationZIPCode", "weight", "mailClass", "priceType", "mailingDate")
"""The fields of a request for a price that the request for its extra services repeats."""
PRICED_OPTIONS = ("hasNonstandardCharacteristics",)
"""The fields of `carrier_options` that a request for a price has too."""
WEIGHT_PLACES = 4
MAX_AHEAD = timedelta(days=7)
MACHINABLE_SIDES, MACHINABLE_POUNDS = (22, 18, 15), 25
EASTERNMOST, GUAM = timedelta(hours=-4), timedelta(hours=10)
WEST_OF_THE_DATE_LINE = ("GU", "MP", "PW", "FM", "MH")


def make_key(reference: str) -> str:
    """Return the idempotency key of a purchase: a UUID derived from its reference."""
    return str(UUID(bytes=hashlib.sha256(reference.encode()).digest()[:16], version=4))


def check_request(request: ShipmentRequest) -> None:
    """Raise Rejected if USPS would not accept the purchase or, without a service, the request for prices."""
    if request.service:
        build_purchase("", request, datetime.now(UTC))
    else:
        for service, body in build_rate_requests(request, datetime.now(UTC)):
            build_extra_rate_request(request, service, body)


def build_purchase(reference: str, request: ShipmentRequest, now: datetime) -> Json:
    """Build the body of a purchase. It must be equal for each send, or USPS would not recognize the repeat.

    `now` determines the mailing date if the request has no `asked_at`.

    Raises:
        Rejected: USPS would not accept or print it; names the field.
    """
    check_service(request, "USPS", SERVICES)
    parcel = _build_parcel(request)
    references = [{"referenceNumber": reference, "printReferenceNumber": True}]
    body: Json = {
        "imageInfo": build_image_info(request.label_format),
        "toAddress": _build_party(_fit(request, "ship_to")),
        "fromAddress": _build_party(_fit(request, "ship_from")),
        "packageDescription": {
            "mailClass": SERVICES[request.service],
            "rateIndicator": options.choose_indicator(request, request.service),
            **parcel,
            "weightUOM": "lb",
            "dimensionsUOM": "in",
            "mailingDate": choose_mailing_date(request, now).isoformat(),
            "customerReference": references,
        },
    }
    back = request.shipping_options.return_address
    if back is not None:
        if back.country not in (LIMITS.countries or ()):
            raise refuse_field(f"{RETURN_ADDRESS}.country", "must be US at USPS", "country_not_served")
        body["returnAddress"] = _build_party(_fit(request, RETURN_ADDRESS))
    options.write_options(body, request)
    return body


def build_image_info(label_format: str) -> Json:
    return {"imageType": IMAGES[label_format], "labelType": "4X6LABEL", "receiptOption": "NONE"}


def build_reprint(label_format: str) -> Json:
    return {"imageInfo": {"imageType": IMAGES[label_format], "labelType": "4X6LABEL"}}


def build_rate_requests(request: ShipmentRequest, now: datetime) -> list[tuple[str, Json]]:
    """Build a request for the price of each service that has the options; raises as `build_purchase`."""
    parcel = _build_parcel(request)
    carrier_options = request.shipping_options.carrier_options or {}
    common = {
        "originZIPCode": carrier_options.get("inductionZIPCode") or _fit(request, "ship_from").postal_code[:5],
        "destinationZIPCode": _fit(request, "ship_to").postal_code[:5],
        **parcel,
        **{name: carrier_options[name] for name in PRICED_OPTIONS if name in carrier_options},
        "priceType": "COMMERCIAL",
        "mailingDate": choose_mailing_date(request, now).isoformat(),
    }
    return [
        (ours, {**common, "mailClass": theirs, "rateIndicator": options.choose_indicator(request, ours)})
        for ours, theirs in SERVICES.items()
        if options.is_available(request, ours)
    ]


def build_extra_rate_request(request: ShipmentRequest, service: str, price_request: Json) -> Json | None:
    """Build a request for the prices of a service's extra services; None if it has none. Raises as `build_purchase`."""
    codes = options.choose_extra_services(request, service)
    if not codes:
        return None
    insurance = request.shipping_options.insurance
    value = {} if insurance is None else {"itemValue": float(insurance.amount)}
    return {**{name: price_request[name] for name in PRICED}, **value, "extraServices": codes}


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


def build_authorization(credentials: dict[str, str]) -> Json:
    """Build the request for a payment authorization, with the account as payer and label owner."""
    account = {
        "CRID": credentials.get("crid", ""),
        "MID": credentials.get("mid", ""),
        "manifestMID": credentials.get("manifest_mid") or credentials.get("mid", ""),
        "accountType": "EPS",
        "accountNumber": credentials.get("account_number", ""),
    }
    return {"roles": [{"roleName": name, **account} for name in ("PAYER", "LABEL_OWNER")]}


def _build_parcel(request: ShipmentRequest) -> Json:
    parcel = check_shipment(request, "USPS", LIMITS.countries)
    pounds = to_weight(parcel, places=WEIGHT_PLACES, maximum=LIMITS.max_pounds)
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


def _fit(request: ShipmentRequest, where: str) -> FittedAddress:
    return fit_address(request, where, USPS.title, LIMITS)


def _build_party(fitted: FittedAddress) -> Json:
    five, _, four = fitted.postal_code.partition("-")
    lines = dict(zip(("streetAddress", "secondaryAddress"), fitted.street, strict=False))
    zip_code = {"ZIPCode": five, **({"ZIPPlus4": four} if four else {})}
    return {**_build_addressee(fitted), **lines, "city": fitted.city, "state": fitted.state, **zip_code}


def _build_addressee(fitted: FittedAddress) -> Json:
    """Return a name in USPS's fields: first and last, or a firm."""
    first, _, last = fitted.name.rpartition(" ")
    firm = {"firm": fitted.company} if fitted.company else {}
    if first:
        return {"firstName": first, "lastName": last, **firm}
    return {"firstName": last, **firm} if firm else {"firm": last}
