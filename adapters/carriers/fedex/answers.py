"""FedEx's words in ours: pure."""

import base64
import binascii
from datetime import datetime
from decimal import Decimal

from adapters.carriers.common.units import echoed_pounds
from adapters.carriers.fedex.codes import OURS, STATUSES
from adapters.carriers.fedex.errors import UNKNOWN_NUMBER
from adapters.http.json import SHAPE, Json, inside, objects, same_number
from domain.errors import Ambiguous, Rejected
from domain.shipping import Echo, Label, Rate, format_of, short_text
from domain.tracking import Tracking, TrackingEvent, TrackingStatus


def label(body: Json, label_format: str) -> Label:
    """Read what a purchase came to. One whose document can't be read was bought all the same.

    Raises:
        Ambiguous: the body is of another shape.
    """
    shipments = objects(inside(body, "output", "transactionShipments"))
    pieces = objects(shipments[0].get("pieceResponses")) if shipments else []
    if not pieces:
        raise Ambiguous(SHAPE)
    shipment, piece = shipments[0], pieces[0]
    amount, currency = _cost(shipment)
    try:
        tracking_number = short_text(piece.get("trackingNumber") or shipment["masterTrackingNumber"])
        return Label(
            carrier_shipment_id=short_text(shipment.get("masterTrackingNumber") or tracking_number),
            tracking_number=tracking_number,
            service=_service(shipment["serviceType"]),
            live=True,
            cost=amount,
            currency=currency,
            void_until=None,
            label_format=label_format,
            document=_document(piece, label_format),
        )
    except (KeyError, ValueError) as error:
        raise Ambiguous(SHAPE) from error


def labels(body: Json) -> list[Label]:
    """Read the shipments that Track has with a reference, as labels without documents.

    Raises:
        Ambiguous: the body is of another shape.
    """
    return [_found(one) for one in _known(body)]


def tracking(body: Json, tracking_number: str) -> Tracking:
    """Read what Track has of one parcel.

    Raises:
        Rejected: nothing.
        Ambiguous: the body is of another shape.
    """
    found = [one for one in _known(body) if not _number(one) or same_number(_number(one), tracking_number)]
    if not found:
        raise Rejected("FedEx knows nothing of the tracking number", vendor_code=UNKNOWN_NUMBER[0])
    # Numbers come round again: one that is cancelled is not ours where another one is under way.
    ours = next((one for one in found if _status(one) is not TrackingStatus.CANCELLED), found[0])
    events = [_event(one) for one in objects(ours.get("scanEvents"))]
    known = [one for one in events if one.at is not None]
    ordered = sorted(known, key=lambda one: one.at.timestamp() if one.at else 0.0)
    return Tracking(tracking_number, _status(ours), tuple(ordered or events))


def _number(result: Json) -> str:
    return str(inside(result, "trackingNumberInfo", "trackingNumber") or "")


def rates(body: Json) -> list[Rate]:
    """Read prices: of each service the account's own.

    Raises:
        Ambiguous: the body is of another shape.
    """
    found = []
    for one in objects(inside(body, "output", "rateReplyDetails")):
        for rated in objects(one.get("ratedShipmentDetails")):
            amount = _money(rated.get("totalNetCharge"))
            currency = rated.get("currency") or inside(rated, "shipmentRateDetail", "currency")
            if rated.get("rateType", "ACCOUNT") == "ACCOUNT" and amount and isinstance(currency, str):
                found.append(Rate(_service(one.get("serviceType")), amount, currency))
    return found


def cancelled(body: Json) -> bool:
    """Read what a cancel came to.

    Raises:
        Ambiguous: the body is of another shape.
    """
    told = inside(body, "output", "cancelledShipment")
    if not isinstance(told, bool):
        raise Ambiguous(SHAPE)
    return told


def is_unknown(code: str | None) -> bool:
    """Whether an error code says that Track has nothing."""
    return code in UNKNOWN_NUMBER


def _known(body: Json) -> list[Json]:
    """Return the track results that are results: FedEx tells with a success that it has nothing."""
    if not isinstance(inside(body, "output"), dict):
        raise Ambiguous(SHAPE)
    complete = objects(inside(body, "output", "completeTrackResults"))
    results = [result for one in complete for result in objects(one.get("trackResults"))]
    known = [one for one in results if not is_unknown(inside(one, "error", "code"))]
    if any(inside(one, "error", "code") for one in known):
        raise Ambiguous("Track could not look", vendor_code=str(inside(known[0], "error", "code"))[:100])
    if results or objects(inside(body, "output", "alerts")) or inside(body, "output", "completeTrackResults") == []:
        return known
    raise Ambiguous(SHAPE)


def _found(result: Json) -> Label:
    try:
        number = short_text(_number(result))
        return Label(
            carrier_shipment_id=number,
            tracking_number=number,
            service=_service(inside(result, "serviceDetail", "type")),
            live=_status(result) is not TrackingStatus.CANCELLED,
            cost=None,
            currency=None,
            void_until=None,
            label_format="PDF",
            document=None,
            echo=_echo(result),
        )
    except ValueError as error:
        raise Ambiguous(SHAPE) from error


def _echo(result: Json) -> Echo:
    postal_code = inside(result, "recipientInformation", "address", "postalCode")
    weights = inside(result, "packageDetails", "weightAndDimensions", "weight")
    known = [one for one in weights if isinstance(one, dict)] if isinstance(weights, list) else []
    pounds = [echoed_pounds(one.get("value"), one.get("unit")) for one in known]
    return Echo(
        postal_code if isinstance(postal_code, str) else None, next((one for one in pounds if one is not None), None)
    )


def _service(theirs: object) -> str:
    if not isinstance(theirs, str):
        raise Ambiguous(SHAPE)
    return OURS.get(theirs) or short_text(theirs)


def _status(result: Json) -> TrackingStatus:
    code = inside(result, "latestStatusDetail", "code") or inside(result, "latestStatusDetail", "derivedCode")
    return STATUSES.get(str(code), TrackingStatus.UNKNOWN)


def _event(scan: Json) -> TrackingEvent:
    code = str(scan.get("derivedStatusCode") or scan.get("eventType") or "")[:20]
    try:
        at = datetime.fromisoformat(str(scan.get("date")))
    except ValueError:
        at = None
    description = str(scan.get("eventDescription") or scan.get("derivedStatus") or "")[:200]
    known = at if at is not None and at.tzinfo is not None else None
    return TrackingEvent(known, STATUSES.get(code, TrackingStatus.UNKNOWN), code, description)


def _cost(shipment: Json) -> tuple[str | None, str | None]:
    rated = inside(shipment, "completedShipmentDetail", "shipmentRating", "shipmentRateDetails")
    for one in objects(rated) if isinstance(rated, list | dict) else []:
        amount, currency = _money(one.get("totalNetCharge")), one.get("currency")
        if amount and isinstance(currency, str):
            return amount, currency
    return None, None


def _money(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value))
    except ArithmeticError:
        return None
    return str(found.quantize(Decimal("0.01"))) if found.is_finite() and abs(found) < 10**9 else None


def _document(piece: Json, label_format: str) -> bytes | None:
    documents = piece.get("packageDocuments")
    for one in objects(documents) if isinstance(documents, list | dict) else []:
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
