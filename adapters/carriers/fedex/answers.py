"""FedEx's words in ours: pure."""

import base64
import binascii
from datetime import datetime
from decimal import Decimal

from adapters.carriers.common.units import read_pounds
from adapters.carriers.fedex.codes import OURS, STATUSES
from adapters.carriers.fedex.errors import UNKNOWN_NUMBER
from adapters.http.json import SHAPE, Json, dig, is_same_number, read_objects
from domain.errors import Ambiguous, Rejected
from domain.shipping import EchoedDetails, Label, Rate, format_of, to_short_text
from domain.tracking import Tracking, TrackingEvent, TrackingStatus


def parse_label(body: Json, label_format: str) -> Label:
    """Read what a purchase came to. One whose document can't be read was bought all the same.

    Raises:
        Ambiguous: the body is of another shape.
    """
    shipments = read_objects(dig(body, "output", "transactionShipments"))
    pieces = read_objects(shipments[0].get("pieceResponses")) if shipments else []
    if not pieces:
        raise Ambiguous(SHAPE)
    shipment, piece = shipments[0], pieces[0]
    amount, currency = _find_cost(shipment)
    try:
        tracking_number = to_short_text(piece.get("trackingNumber") or shipment["masterTrackingNumber"])
        return Label(
            carrier_shipment_id=to_short_text(shipment.get("masterTrackingNumber") or tracking_number),
            tracking_number=tracking_number,
            service=_service_code(shipment["serviceType"]),
            live=True,
            cost=amount,
            currency=currency,
            void_until=None,
            label_format=label_format,
            document=_find_document(piece, label_format),
        )
    except (KeyError, ValueError) as error:
        raise Ambiguous(SHAPE) from error


def parse_labels(body: Json) -> list[Label]:
    """Read the shipments that Track has with a reference, as labels without documents.

    Raises:
        Ambiguous: the body is of another shape.
    """
    return [_parse_found_label(one) for one in _track_results(body)]


def parse_tracking(body: Json, tracking_number: str) -> Tracking:
    """Read what Track has of one parcel.

    Raises:
        Rejected: nothing.
        Ambiguous: the body is of another shape.
    """
    found = [
        one
        for one in _track_results(body)
        if not _tracking_number(one) or is_same_number(_tracking_number(one), tracking_number)
    ]
    if not found:
        raise Rejected("FedEx knows nothing of the tracking number", vendor_code=UNKNOWN_NUMBER[0])
    # Numbers come round again: one that is cancelled is not ours where another one is under way.
    ours = next((one for one in found if _tracking_status(one) is not TrackingStatus.CANCELLED), found[0])
    events = [_parse_event(one) for one in read_objects(ours.get("scanEvents"))]
    known = [one for one in events if one.at is not None]
    ordered = sorted(known, key=lambda one: one.at.timestamp() if one.at else 0.0)
    return Tracking(tracking_number, _tracking_status(ours), tuple(ordered or events))


def _tracking_number(result: Json) -> str:
    return str(dig(result, "trackingNumberInfo", "trackingNumber") or "")


def parse_rates(body: Json) -> list[Rate]:
    """Read prices: of each service the account's own.

    Raises:
        Ambiguous: the body is of another shape.
    """
    found = []
    for one in read_objects(dig(body, "output", "rateReplyDetails")):
        for rated in read_objects(one.get("ratedShipmentDetails")):
            amount = _parse_amount(rated.get("totalNetCharge"))
            currency = rated.get("currency") or dig(rated, "shipmentRateDetail", "currency")
            if rated.get("rateType", "ACCOUNT") == "ACCOUNT" and amount and isinstance(currency, str):
                found.append(Rate(_service_code(one.get("serviceType")), amount, currency))
    return found


def is_cancelled(body: Json) -> bool:
    """Read what a cancel came to.

    Raises:
        Ambiguous: the body is of another shape.
    """
    told = dig(body, "output", "cancelledShipment")
    if not isinstance(told, bool):
        raise Ambiguous(SHAPE)
    return told


def is_unknown(code: str | None) -> bool:
    """Whether an error code says that Track has nothing."""
    return code in UNKNOWN_NUMBER


def _track_results(body: Json) -> list[Json]:
    """Return the track results that are results: FedEx tells with a success that it has nothing."""
    if not isinstance(dig(body, "output"), dict):
        raise Ambiguous(SHAPE)
    complete = read_objects(dig(body, "output", "completeTrackResults"))
    results = [result for one in complete for result in read_objects(one.get("trackResults"))]
    known = [one for one in results if not is_unknown(dig(one, "error", "code"))]
    if any(dig(one, "error", "code") for one in known):
        raise Ambiguous("Track could not look", vendor_code=str(dig(known[0], "error", "code"))[:100])
    if results or read_objects(dig(body, "output", "alerts")) or dig(body, "output", "completeTrackResults") == []:
        return known
    raise Ambiguous(SHAPE)


def _parse_found_label(result: Json) -> Label:
    try:
        number = to_short_text(_tracking_number(result))
        return Label(
            carrier_shipment_id=number,
            tracking_number=number,
            service=_service_code(dig(result, "serviceDetail", "type")),
            live=_tracking_status(result) is not TrackingStatus.CANCELLED,
            cost=None,
            currency=None,
            void_until=None,
            label_format="PDF",
            document=None,
            echo=_parse_echo(result),
        )
    except ValueError as error:
        raise Ambiguous(SHAPE) from error


def _parse_echo(result: Json) -> EchoedDetails:
    postal_code = dig(result, "recipientInformation", "address", "postalCode")
    weights = dig(result, "packageDetails", "weightAndDimensions", "weight")
    known = [one for one in weights if isinstance(one, dict)] if isinstance(weights, list) else []
    pounds = [read_pounds(one.get("value"), one.get("unit")) for one in known]
    return EchoedDetails(
        postal_code if isinstance(postal_code, str) else None, next((one for one in pounds if one is not None), None)
    )


def _service_code(theirs: object) -> str:
    if not isinstance(theirs, str):
        raise Ambiguous(SHAPE)
    return OURS.get(theirs) or to_short_text(theirs)


def _tracking_status(result: Json) -> TrackingStatus:
    code = dig(result, "latestStatusDetail", "code") or dig(result, "latestStatusDetail", "derivedCode")
    return STATUSES.get(str(code), TrackingStatus.UNKNOWN)


def _parse_event(scan: Json) -> TrackingEvent:
    code = str(scan.get("derivedStatusCode") or scan.get("eventType") or "")[:20]
    try:
        at = datetime.fromisoformat(str(scan.get("date")))
    except ValueError:
        at = None
    description = str(scan.get("eventDescription") or scan.get("derivedStatus") or "")[:200]
    known = at if at is not None and at.tzinfo is not None else None
    return TrackingEvent(known, STATUSES.get(code, TrackingStatus.UNKNOWN), code, description)


def _find_cost(shipment: Json) -> tuple[str | None, str | None]:
    rated = dig(shipment, "completedShipmentDetail", "shipmentRating", "shipmentRateDetails")
    for one in read_objects(rated) if isinstance(rated, list | dict) else []:
        amount, currency = _parse_amount(one.get("totalNetCharge")), one.get("currency")
        if amount and isinstance(currency, str):
            return amount, currency
    return None, None


def _parse_amount(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value))
    except ArithmeticError:
        return None
    return str(found.quantize(Decimal("0.01"))) if found.is_finite() and abs(found) < 10**9 else None


def _find_document(piece: Json, label_format: str) -> bytes | None:
    documents = piece.get("packageDocuments")
    for one in read_objects(documents) if isinstance(documents, list | dict) else []:
        content = one.get("encodedLabel")
        if one.get("contentType", "LABEL") != "LABEL" or not isinstance(content, str):
            continue
        try:
            document = base64.b64decode(content, validate=True)
        except (ValueError, binascii.Error):
            continue
        if format_of(document) == label_format:
            return document
    return None
