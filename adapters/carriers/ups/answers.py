"""UPS's words in ours: pure."""

import base64
import binascii
from datetime import UTC, datetime
from decimal import Decimal

from adapters.carriers.common.units import echoed_pounds
from adapters.carriers.ups.codes import OURS, STATUSES, TITLES, UNKNOWN_NUMBER
from adapters.carriers.ups.errors import plain
from adapters.http.json import SHAPE, Json, inside, objects, same_number
from domain.errors import Ambiguous, Rejected
from domain.shipping import Echo, Label, Rate, format_of, short_text
from domain.tracking import Tracking, TrackingEvent, TrackingStatus

MARKS = str.maketrans("", "", "®™")


def label(body: Json, service: str, label_format: str) -> Label:
    """Read what a purchase came to. One whose document can't be read was bought all the same.

    Args:
        body: the answer, which does not repeat the service.
        service: that was bought.
        label_format: a PDF is not in the answer, whatever it holds.

    Raises:
        Ambiguous: the body is of another shape.
    """
    results = inside(body, "ShipmentResponse", "ShipmentResults")
    pieces = inside(results, "PackageResults")
    piece = next(iter(objects(pieces)), {}) if isinstance(pieces, list | dict) else {}
    first = plain(inside(results, "ShipmentIdentificationNumber"))
    amount, currency = _cost(results)
    try:
        number = short_text(plain(piece.get("TrackingNumber")) or first)
        return Label(
            carrier_shipment_id=first or number,
            tracking_number=number,
            service=service,
            live=True,
            cost=amount,
            currency=currency,
            void_until=None,
            label_format=label_format,
            document=_document(inside(piece, "ShippingLabel", "GraphicImage"), label_format),
        )
    except ValueError as error:
        raise Ambiguous(SHAPE) from error


def labels(body: Json, reference: str) -> list[Label]:
    """Read the parcels that Tracking has with a reference, as labels without documents.

    Raises:
        Ambiguous: the body is of another shape.
    """
    return [_found(one) for one in _parcels(body) if _carries(one, reference)]


def document(body: Json) -> bytes:
    """Read a label's document, a PDF.

    Raises:
        Rejected: there is a label, but not as a PDF.
        Ambiguous: the body is of another shape.
    """
    results = objects(inside(body, "LabelRecoveryResponse", "LabelResults"))
    images = [inside(one, "LabelImage", "GraphicImage") for one in results]
    if not any(isinstance(image, str) for image in images):
        raise Ambiguous(SHAPE)
    for image in images:
        found = _document(image, "PDF")
        if found is not None:
            return found
    raise Rejected("UPS has the label, but not as a PDF", vendor_code="no_document")


def voided(body: Json) -> bool:
    """Read what a void came to, of each parcel where UPS tells; one of a label that was void already is a success too.

    Raises:
        Ambiguous: the body is of another shape.
    """
    code = plain(inside(body, "VoidShipmentResponse", "SummaryResult", "Status", "Code"))
    if code not in ("0", "1"):
        raise Ambiguous(SHAPE)
    parcels = objects(inside(body, "VoidShipmentResponse", "PackageLevelResults"))
    return code == "1" and all(plain(inside(one, "Status", "Code")) in ("", "1") for one in parcels)


def tracking(body: Json, tracking_number: str) -> Tracking:
    """Read what Tracking has of one parcel.

    Raises:
        Rejected: nothing.
        Ambiguous: the body is of another shape.
    """
    named = [(plain(one.get("trackingNumber")), one) for one in _parcels(body)]
    found = [one for number, one in named if not number or same_number(number, tracking_number)]
    if not found:
        raise Rejected("UPS knows nothing of the tracking number", vendor_code=UNKNOWN_NUMBER)
    # Numbers come round again: one that is void is not ours where another one is under way.
    ours = next((one for one in found if _status(one) is not TrackingStatus.CANCELLED), found[0])
    # UPS tells the newest first.
    events = [_event(one) for one in reversed(objects(ours.get("activity")))]
    known = [one for one in events if one.at is not None]
    ordered = sorted(known, key=lambda one: one.at.timestamp() if one.at else 0.0)
    return Tracking(tracking_number, _status(ours), tuple(ordered or events))


def rates(body: Json) -> list[Rate]:
    """Read prices of the services that there are here: the account's own where UPS gives one.

    Raises:
        Ambiguous: the body is of another shape.
    """
    if not isinstance(inside(body, "RateResponse", "RatedShipment"), list | dict):
        raise Ambiguous(SHAPE)
    found = []
    for one in objects(inside(body, "RateResponse", "RatedShipment")):
        service = OURS.get(plain(inside(one, "Service", "Code")))
        amount, currency = _price(inside(one, "NegotiatedRateCharges", "TotalCharge"), one.get("TotalCharges"))
        if service and amount and currency:
            found.append(Rate(service, amount, currency))
    return found


def _parcels(body: Json) -> list[Json]:
    """Return the parcels that Tracking has: it tells with a success, and a warning, that it has nothing."""
    shipments = objects(inside(body, "trackResponse", "shipment"))
    if not shipments:
        raise Ambiguous(SHAPE)
    parcels = []
    for shipment in shipments:
        inner = objects(shipment.get("package"))
        warnings = [plain(one.get("code")) for one in objects(shipment.get("warnings"))]
        if not inner and warnings != [UNKNOWN_NUMBER]:
            raise Ambiguous("Tracking could not look", vendor_code="".join(warnings[:1])[:100] or None)
        parcels.extend(inner)
    return parcels


def _carries(parcel: Json, reference: str) -> bool:
    """Whether a parcel is not told to carry other references only."""
    told = [plain(one.get("number")) for one in objects(parcel.get("referenceNumber"))]
    return not told or reference in told


def _found(parcel: Json) -> Label:
    try:
        number = short_text(plain(parcel.get("trackingNumber")))
        return Label(
            carrier_shipment_id=number,
            tracking_number=number,
            service=short_text(_service(parcel)),
            live=_status(parcel) is not TrackingStatus.CANCELLED,
            cost=None,
            currency=None,
            void_until=None,
            label_format="PDF",
            document=None,
            echo=_echo(parcel),
        )
    except ValueError as error:
        raise Ambiguous(SHAPE) from error


def _echo(parcel: Json) -> Echo:
    addresses = parcel.get("packageAddress")
    known = [one for one in addresses if isinstance(one, dict)] if isinstance(addresses, list) else []
    codes = [plain(inside(one, "address", "postalCode")) for one in known if plain(one.get("type")) == "DESTINATION"]
    weight = parcel.get("weight")
    pounds = echoed_pounds(plain(inside(weight, "weight")), plain(inside(weight, "unitOfMeasurement")))
    return Echo(codes[0] if codes else None, pounds)


def _service(parcel: Json) -> str:
    told = plain(inside(parcel, "service", "description"))
    title = told.translate(MARKS).casefold().removeprefix("ups ").strip()
    return TITLES.get(title, told)


def _status(parcel: Json) -> TrackingStatus:
    code = plain(inside(parcel, "currentStatus", "type"))
    if not code:
        newest = next(iter(objects(parcel.get("activity"))), {})
        code = plain(inside(newest, "status", "type"))
    return STATUSES.get(code, TrackingStatus.UNKNOWN)


def _event(activity: Json) -> TrackingEvent:
    status = inside(activity, "status")
    code, description = plain(inside(status, "type")), plain(inside(status, "description"))
    return TrackingEvent(_moment(activity), STATUSES.get(code, TrackingStatus.UNKNOWN), code[:20], description[:200])


def _moment(activity: Json) -> datetime | None:
    """Return when it was; None where only the place's own clock is told. UPS leaves zeros off in front of an hour."""
    day, clock = plain(activity.get("gmtDate")), plain(activity.get("gmtTime")).replace(":", "")
    try:
        return datetime.strptime(f"{day}{clock:0>6}", "%Y%m%d%H%M%S").replace(tzinfo=UTC) if day and clock else None
    except ValueError:
        return None


def _cost(results: object) -> tuple[str | None, str | None]:
    listed = inside(results, "ShipmentCharges", "TotalCharges")
    return _price(inside(results, "NegotiatedRateCharges", "TotalCharge"), listed)


def _price(own: object, listed: object) -> tuple[str | None, str | None]:
    """Return the account's own price, or else the one of the list."""
    for one in (own, listed):
        amount, currency = _money(inside(one, "MonetaryValue")), plain(inside(one, "CurrencyCode"))
        if amount and currency:
            return amount, currency[:3]
    return None, None


def _money(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value).strip())
    except ArithmeticError:
        return None
    return str(found.quantize(Decimal("0.01"))) if found.is_finite() and abs(found) < 10**9 else None


def _document(image: object, label_format: str) -> bytes | None:
    if not isinstance(image, str):
        return None
    try:
        found = base64.b64decode(image, validate=True)
    except (ValueError, binascii.Error):
        return None
    return found if format_of(found) == label_format else None
