"""UPS's words in ours: pure."""

import base64
import binascii
from datetime import UTC, datetime
from decimal import Decimal

from adapters.carriers.common.units import read_pounds
from adapters.carriers.ups.codes import OURS, STATUSES, TITLES, UNKNOWN_NUMBER
from adapters.carriers.ups.errors import to_text
from adapters.http.json import SHAPE, Json, dig, is_same_number, read_objects
from domain.errors import Ambiguous, Rejected
from domain.shipping import EchoedDetails, Label, Rate, format_of, to_short_text
from domain.tracking import Tracking, TrackingEvent, TrackingStatus

MARKS = str.maketrans("", "", "®™")


def parse_label(body: Json, service: str, label_format: str) -> Label:
    """Read what a purchase came to. One whose document can't be read was bought all the same.

    Args:
        body: the answer, which does not repeat the service.
        service: that was bought.
        label_format: a PDF is not in the answer, whatever it holds.

    Raises:
        Ambiguous: the body is of another shape.
    """
    results = dig(body, "ShipmentResponse", "ShipmentResults")
    pieces = dig(results, "PackageResults")
    piece = next(iter(read_objects(pieces)), {}) if isinstance(pieces, list | dict) else {}
    first = to_text(dig(results, "ShipmentIdentificationNumber"))
    amount, currency = _find_cost(results)
    try:
        number = to_short_text(to_text(piece.get("TrackingNumber")) or first)
        return Label(
            carrier_shipment_id=first or number,
            tracking_number=number,
            service=service,
            live=True,
            cost=amount,
            currency=currency,
            void_until=None,
            label_format=label_format,
            document=_decode_document(dig(piece, "ShippingLabel", "GraphicImage"), label_format),
        )
    except ValueError as error:
        raise Ambiguous(SHAPE) from error


def parse_labels(body: Json, reference: str) -> list[Label]:
    """Read the parcels that Tracking has with a reference, as labels without documents.

    Raises:
        Ambiguous: the body is of another shape.
    """
    return [_parse_found_label(one) for one in _tracked_parcels(body) if _carries_reference(one, reference)]


def parse_document(body: Json) -> bytes:
    """Read a label's document, a PDF.

    Raises:
        Rejected: there is a label, but not as a PDF.
        Ambiguous: the body is of another shape.
    """
    results = read_objects(dig(body, "LabelRecoveryResponse", "LabelResults"))
    images = [dig(one, "LabelImage", "GraphicImage") for one in results]
    if not any(isinstance(image, str) for image in images):
        raise Ambiguous(SHAPE)
    for image in images:
        found = _decode_document(image, "PDF")
        if found is not None:
            return found
    raise Rejected("UPS has the label, but not as a PDF", vendor_code="no_document")


def is_voided(body: Json) -> bool:
    """Read what a void came to, of each parcel where UPS tells; one of a label that was void already is a success too.

    Raises:
        Ambiguous: the body is of another shape.
    """
    code = to_text(dig(body, "VoidShipmentResponse", "SummaryResult", "Status", "Code"))
    if code not in ("0", "1"):
        raise Ambiguous(SHAPE)
    parcels = read_objects(dig(body, "VoidShipmentResponse", "PackageLevelResults"))
    return code == "1" and all(to_text(dig(one, "Status", "Code")) in ("", "1") for one in parcels)


def parse_tracking(body: Json, tracking_number: str) -> Tracking:
    """Read what Tracking has of one parcel.

    Raises:
        Rejected: nothing.
        Ambiguous: the body is of another shape.
    """
    named = [(to_text(one.get("trackingNumber")), one) for one in _tracked_parcels(body)]
    found = [one for number, one in named if not number or is_same_number(number, tracking_number)]
    if not found:
        raise Rejected("UPS knows nothing of the tracking number", vendor_code=UNKNOWN_NUMBER)
    # Numbers come round again: one that is void is not ours where another one is under way.
    ours = next((one for one in found if _tracking_status(one) is not TrackingStatus.CANCELLED), found[0])
    # UPS tells the newest first.
    events = [_parse_event(one) for one in reversed(read_objects(ours.get("activity")))]
    known = [one for one in events if one.at is not None]
    ordered = sorted(known, key=lambda one: one.at.timestamp() if one.at else 0.0)
    return Tracking(tracking_number, _tracking_status(ours), tuple(ordered or events))


def parse_rates(body: Json) -> list[Rate]:
    """Read prices of the services that there are here: the account's own where UPS gives one.

    Raises:
        Ambiguous: the body is of another shape.
    """
    if not isinstance(dig(body, "RateResponse", "RatedShipment"), list | dict):
        raise Ambiguous(SHAPE)
    found = []
    for one in read_objects(dig(body, "RateResponse", "RatedShipment")):
        service = OURS.get(to_text(dig(one, "Service", "Code")))
        amount, currency = _find_price(dig(one, "NegotiatedRateCharges", "TotalCharge"), one.get("TotalCharges"))
        if service and amount and currency:
            found.append(Rate(service, amount, currency))
    return found


def _tracked_parcels(body: Json) -> list[Json]:
    """Return the parcels that Tracking has: it tells with a success, and a warning, that it has nothing."""
    shipments = read_objects(dig(body, "trackResponse", "shipment"))
    if not shipments:
        raise Ambiguous(SHAPE)
    parcels = []
    for shipment in shipments:
        inner = read_objects(shipment.get("package"))
        warnings = [to_text(one.get("code")) for one in read_objects(shipment.get("warnings"))]
        if not inner and warnings != [UNKNOWN_NUMBER]:
            raise Ambiguous("Tracking could not look", vendor_code="".join(warnings[:1])[:100] or None)
        parcels.extend(inner)
    return parcels


def _carries_reference(parcel: Json, reference: str) -> bool:
    """Whether a parcel is not told to carry other references only."""
    told = [to_text(one.get("number")) for one in read_objects(parcel.get("referenceNumber"))]
    return not told or reference in told


def _parse_found_label(parcel: Json) -> Label:
    try:
        number = to_short_text(to_text(parcel.get("trackingNumber")))
        return Label(
            carrier_shipment_id=number,
            tracking_number=number,
            service=to_short_text(_service_code(parcel)),
            live=_tracking_status(parcel) is not TrackingStatus.CANCELLED,
            cost=None,
            currency=None,
            void_until=None,
            label_format="PDF",
            document=None,
            echo=_parse_echo(parcel),
        )
    except ValueError as error:
        raise Ambiguous(SHAPE) from error


def _parse_echo(parcel: Json) -> EchoedDetails:
    addresses = parcel.get("packageAddress")
    known = [one for one in addresses if isinstance(one, dict)] if isinstance(addresses, list) else []
    codes = [to_text(dig(one, "address", "postalCode")) for one in known if to_text(one.get("type")) == "DESTINATION"]
    weight = parcel.get("weight")
    pounds = read_pounds(to_text(dig(weight, "weight")), to_text(dig(weight, "unitOfMeasurement")))
    return EchoedDetails(codes[0] if codes else None, pounds)


def _service_code(parcel: Json) -> str:
    told = to_text(dig(parcel, "service", "description"))
    title = told.translate(MARKS).casefold().removeprefix("ups ").strip()
    return TITLES.get(title, told)


def _tracking_status(parcel: Json) -> TrackingStatus:
    code = to_text(dig(parcel, "currentStatus", "type"))
    if not code:
        newest = next(iter(read_objects(parcel.get("activity"))), {})
        code = to_text(dig(newest, "status", "type"))
    return STATUSES.get(code, TrackingStatus.UNKNOWN)


def _parse_event(activity: Json) -> TrackingEvent:
    status = dig(activity, "status")
    code, description = to_text(dig(status, "type")), to_text(dig(status, "description"))
    return TrackingEvent(
        _parse_time(activity), STATUSES.get(code, TrackingStatus.UNKNOWN), code[:20], description[:200]
    )


def _parse_time(activity: Json) -> datetime | None:
    """Return when it was; None where only the place's own clock is told. UPS leaves zeros off in front of an hour."""
    day, clock = to_text(activity.get("gmtDate")), to_text(activity.get("gmtTime")).replace(":", "")
    try:
        return datetime.strptime(f"{day}{clock:0>6}", "%Y%m%d%H%M%S").replace(tzinfo=UTC) if day and clock else None
    except ValueError:
        return None


def _find_cost(results: object) -> tuple[str | None, str | None]:
    listed = dig(results, "ShipmentCharges", "TotalCharges")
    return _find_price(dig(results, "NegotiatedRateCharges", "TotalCharge"), listed)


def _find_price(own: object, listed: object) -> tuple[str | None, str | None]:
    """Return the account's own price, or else the one of the list."""
    for one in (own, listed):
        amount, currency = _parse_amount(dig(one, "MonetaryValue")), to_text(dig(one, "CurrencyCode"))
        if amount and currency:
            return amount, currency[:3]
    return None, None


def _parse_amount(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value).strip())
    except ArithmeticError:
        return None
    return str(found.quantize(Decimal("0.01"))) if found.is_finite() and abs(found) < 10**9 else None


def _decode_document(image: object, label_format: str) -> bytes | None:
    if not isinstance(image, str):
        return None
    try:
        found = base64.b64decode(image, validate=True)
    except (ValueError, binascii.Error):
        return None
    return found if format_of(found) == label_format else None
