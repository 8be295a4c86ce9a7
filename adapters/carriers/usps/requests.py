"""Our words in USPS's: pure."""

import hashlib
import re
from datetime import UTC, date, datetime, timedelta
from operator import le
from uuid import UUID

from adapters.carriers.common.checks import check_service, check_shipment, refuse_border, refuse_field
from adapters.carriers.common.label_text import to_address_texts
from adapters.carriers.common.units import SIZES, to_sides, to_weight
from adapters.carriers.usps.codes import IMAGES, RATE_INDICATORS, SERVICES
from adapters.http.json import Json
from domain.errors import Rejected
from domain.parcels import Address
from domain.shipping import ShipmentRequest

ADDRESSEE = {"name": ("name", 50), "firm": ("company", 50)}
PLACE = {"streetAddress": ("street1", 50), "secondaryAddress": ("street2", 50), "city": ("city", 28)}
MAX_POUNDS = 70
MACHINABLE_SIDES, MACHINABLE_POUNDS = (22, 18, 15), 25
ZIP_CODE = re.compile(r"^([0-9]{5})(?:-?([0-9]{4}))?$")
STATE = re.compile(r"^[A-Z]{2}$")
EASTERNMOST, GUAM = timedelta(hours=-4), timedelta(hours=10)
WEST_OF_THE_DATE_LINE = ("GU", "MP", "PW", "FM", "MH")


def make_key(reference: str) -> str:
    """Make the idempotency key of a purchase: a UUID that is always the same for the same reference."""
    return str(UUID(bytes=hashlib.sha256(reference.encode()).digest()[:16], version=4))


def build_purchase(reference: str, request: ShipmentRequest, now: datetime) -> Json:
    """Build the body of a purchase: the same for each send of it, or USPS would not know it for the same.

    `now` is the mailing date, where the request does not tell when it was asked.

    Raises:
        Rejected: USPS could not take or print it; names the field.
    """
    check_service(request, "USPS", SERVICES)
    references = [{"referenceNumber": reference, "printReferenceNumber": True}]
    return {
        "imageInfo": build_image_info(request.label_format),
        "toAddress": _build_party(request.ship_to, "ship_to"),
        "fromAddress": _build_party(request.ship_from, "ship_from"),
        "packageDescription": {
            "mailClass": SERVICES[request.service],
            "rateIndicator": RATE_INDICATORS[request.service],
            **_build_parcel(request),
            "weightUOM": "lb",
            "dimensionsUOM": "in",
            "mailingDate": choose_mailing_date(request, now).isoformat(),
            "customerReference": references,
        },
    }


def build_image_info(label_format: str) -> Json:
    return {"imageType": IMAGES[label_format], "labelType": "4X6LABEL", "receiptOption": "NONE"}


def build_reprint(label_format: str) -> Json:
    return {"imageInfo": {"imageType": IMAGES[label_format], "labelType": "4X6LABEL"}}


def build_rate_requests(request: ShipmentRequest, now: datetime) -> list[tuple[str, Json]]:
    """Build a question for the price of each service; raises as `build_purchase` does."""
    origin, _ = _split_zip_code(request.ship_from, "ship_from")
    destination, _ = _split_zip_code(request.ship_to, "ship_to")
    common = {
        "originZIPCode": origin,
        "destinationZIPCode": destination,
        **_build_parcel(request),
        "priceType": "COMMERCIAL",
        "mailingDate": choose_mailing_date(request, now).isoformat(),
    }
    return [
        (ours, {**common, "mailClass": theirs, "rateIndicator": RATE_INDICATORS[ours]})
        for ours, theirs in SERVICES.items()
    ]


def choose_mailing_date(request: ShipmentRequest, now: datetime) -> date:
    """Return a day that has not ended where the parcel begins, and is at most tomorrow there.

    USPS takes today and the seven days after it, in the origin's local time.
    """
    far = request.ship_from.state in WEST_OF_THE_DATE_LINE
    return ((request.asked_at or now).astimezone(UTC) + (GUAM if far else EASTERNMOST)).date()


def build_authorization(credentials: dict[str, str]) -> Json:
    """Build the request for a payment authorization: who pays, and whose label it is."""
    account = {
        "CRID": credentials.get("crid", ""),
        "MID": credentials.get("mid", ""),
        "manifestMID": credentials.get("manifest_mid") or credentials.get("mid", ""),
        "accountType": "EPS",
        "accountNumber": credentials.get("account_number", ""),
    }
    return {"roles": [{"roleName": name, **account} for name in ("PAYER", "LABEL_OWNER")]}


def _build_parcel(request: ShipmentRequest) -> Json:
    parcel = check_shipment(request, "USPS")
    pounds = to_weight(parcel, maximum=MAX_POUNDS)
    sides = sorted(to_sides(parcel, places=2).values(), reverse=True)
    if not sides:
        message = "USPS needs parcels.0.length, width and height"
        raise Rejected(message, vendor_code="size_needed", field="parcels.0.length")
    is_machinable = pounds <= MACHINABLE_POUNDS and all(map(le, sides, MACHINABLE_SIDES))
    return {
        "weight": float(pounds),
        # USPS prices by them in any order, and calls the longest one the length.
        **{name: float(side) for name, side in zip(SIZES, sides, strict=True)},
        "processingCategory": "MACHINABLE" if is_machinable else "NONSTANDARD",
        "destinationEntryFacilityType": "NONE",
    }


def _build_party(address: Address, where: str) -> Json:
    five, four = _split_zip_code(address, where)
    state = str(address.state or "").strip().upper()
    if STATE.match(state) is None:
        raise refuse_field(f"{where}.state", "is needed by USPS, by its two letters", "no_state")
    zip_code = {"ZIPCode": five, **({"ZIPPlus4": four} if four else {})}
    return {**_build_addressee(address, where), **to_address_texts(address, where, PLACE), "state": state, **zip_code}


def _build_addressee(address: Address, where: str) -> Json:
    """Write a name as USPS has them: first and last, or a firm."""
    texts = to_address_texts(address, where, ADDRESSEE)
    first, _, last = texts.pop("name").rpartition(" ")
    if first:
        return {"firstName": first, "lastName": last, **texts}
    return {"firstName": last, **texts} if texts else {"firm": last}


def _split_zip_code(address: Address, where: str) -> tuple[str, str | None]:
    if address.country != "US":
        raise refuse_border("USPS", where)
    zip_code = ZIP_CODE.match(address.postal_code.strip())
    if zip_code is None:
        raise refuse_field(f"{where}.postal_code", "is no ZIP Code", "no_zip_code")
    return zip_code[1], zip_code[2]
