"""Parse UPS's answers. Pure; all functions raise Ambiguous if the body has another shape."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from adapters.carriers.common.answers import (
    Cost,
    Price,
    decode_label,
    make_cost,
    make_echo,
    make_event,
    order_timed_events,
    parse_price,
    parse_time,
    require_rates,
    to_rates,
)
from adapters.carriers.common.parcels import number_parcels
from adapters.carriers.ups.codes import CODES, OURS, STATUSES, TITLES, UNKNOWN_NUMBER
from adapters.carriers.ups.errors import to_text
from adapters.carriers.ups.pieces import find_forms, group_parcels, parse_piece, read_number, read_weight
from adapters.http.json import SHAPE, Json, dig, find_objects, first_object, is_same_number, read_objects, require_text
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, Rejected
from domain.label_parts import LabelParcel
from domain.shipping import Label, Rate
from domain.tracking import Tracking, TrackingEvent, TrackingStatus

MARKS = str.maketrans("", "", "®™")
PARTS = {"TransportationCharges": "transportation", "ServiceOptionsCharges": "service options"}
CODE_LENGTH = 3
CLOCK_DIGITS = 6


def parse_label(body: Json, service: str, label_format: str) -> Label:
    """Parse the answer to a purchase. If a document can't be parsed, the label is bought without it.

    The answer does not echo the service, and never contains a PDF, even if it names that format.
    """
    results = dig(body, "ShipmentResponse", "ShipmentResults")
    listed = dig(results, "PackageResults")
    pieces = read_objects(listed if isinstance(listed, list | dict) else None)
    piece, shipment_id = first_object(pieces), to_text(dig(results, "ShipmentIdentificationNumber"))
    has_several = len(pieces) > 1
    number = require_text(to_text(piece.get("TrackingNumber")) or shipment_id)
    cost = _find_cost(results)
    return Label(
        carrier_shipment_id=shipment_id or number,
        tracking_number=(shipment_id or number) if has_several else number,
        service=service,
        live=True,
        cost=cost.amount,
        currency=cost.currency,
        cost_parts=cost.parts,
        label_format=label_format,
        document=None if has_several else decode_label(dig(piece, "ShippingLabel", "GraphicImage"), label_format),
        parcels=number_parcels([parse_piece(part, label_format) for part in pieces]) if has_several else (),
        documents=find_forms(results),
    )


def parse_labels(body: Json, reference: str) -> list[Label]:
    """Parse the shipments that Tracking finds for a reference, as labels without documents.

    A shipment of several parcels has those that Tracking shows.
    """
    ours = [parcel for parcel in _read_parcels(body) if _carries_reference(parcel, reference)]
    return [_parse_found_label(parcels) for parcels in group_parcels(ours, _is_cancelled)]


def parse_document(body: Json) -> bytes:
    """Return a label's PDF; raises Rejected if UPS has the label in another format only."""
    results = read_objects(dig(body, "LabelRecoveryResponse", "LabelResults"))
    images = [dig(result, "LabelImage", "GraphicImage") for result in results]
    if not any(isinstance(image, str) for image in images):
        raise Ambiguous(SHAPE)
    document = next(filter(None, (decode_label(image, "PDF") for image in images)), None)
    if document is None:
        raise Rejected("UPS returned the label, but not as a PDF", vendor_code="no_document")
    return document


def parse_void(body: Json) -> UndoOutcome:
    """Parse the answer to a void, with the state of each parcel if given; a repeated void is a success, too.

    Raises:
        Rejected: the shipment is not void.
    """
    response = dig(body, "VoidShipmentResponse")
    code = to_text(dig(response, "SummaryResult", "Status", "Code"))
    if code not in ("0", "1"):
        raise Ambiguous(SHAPE)
    parcels = read_objects(dig(response, "PackageLevelResults"))
    if code == "1" and all(to_text(dig(parcel, "Status", "Code")) in ("", "1") for parcel in parcels):
        return UndoOutcome.VOIDED
    raise Rejected("UPS did not void the shipment and gave no reason", vendor_code="not_voided")


def parse_tracking(body: Json, tracking_number: str) -> Tracking:
    """Parse Tracking's answer about one parcel.

    Raises:
        Rejected: Tracking does not know the number.
    """
    numbered = [(to_text(parcel.get("trackingNumber")), parcel) for parcel in _read_parcels(body)]
    same = [parcel for number, parcel in numbered if not number or is_same_number(number, tracking_number)]
    if not same:
        raise Rejected("UPS does not know the tracking number", vendor_code=UNKNOWN_NUMBER)
    # UPS reuses numbers: a void shipment is not ours if another one has the same number.
    ours = next((parcel for parcel in same if not _is_cancelled(parcel)), same[0])
    # UPS lists the newest first.
    events = [_parse_event(activity) for activity in reversed(read_objects(ours.get("activity")))]
    return Tracking(tracking_number, _parse_status(ours), order_timed_events(events))


def parse_rates(body: Json) -> list[Rate]:
    """Return the prices of the known services: the account's own price if UPS gives one.

    Raises:
        Rejected: there is none; with UPS's messages.
    """
    rated = dig(body, "RateResponse", "RatedShipment")
    if not isinstance(rated, list | dict):
        raise Ambiguous(SHAPE)
    prices = []
    for shipment in read_objects(rated):
        service = OURS.get(to_text(dig(shipment, "Service", "Code")))
        price = _find_price(dig(shipment, "NegotiatedRateCharges", "TotalCharge"), shipment.get("TotalCharges"))
        if service and price:
            prices.append((service, price))
    alerts = read_objects(dig(body, "RateResponse", "Response", "Alert"))
    alerts += [alert for shipment in read_objects(rated) for alert in find_objects(shipment.get("RatedShipmentAlert"))]
    return require_rates("UPS", to_rates(prices), (to_text(alert.get("Description")) for alert in alerts))


def _read_parcels(body: Json) -> list[Json]:
    """Return Tracking's parcels; it reports an unknown number with a success status and a warning."""
    shipments = read_objects(dig(body, "trackResponse", "shipment"))
    if not shipments:
        raise Ambiguous(SHAPE)
    parcels = []
    for shipment in shipments:
        inner = read_objects(shipment.get("package"))
        warnings = [to_text(warning.get("code")) for warning in read_objects(shipment.get("warnings"))]
        if not inner and warnings != [UNKNOWN_NUMBER]:
            raise Ambiguous(
                "UPS could not look up the tracking number", vendor_code="".join(warnings[:1])[:100] or None
            )
        parcels.extend(inner)
    return parcels


def _carries_reference(parcel: Json, reference: str) -> bool:
    """Whether a parcel has this reference, or lists no references."""
    references = [to_text(item.get("number")) for item in read_objects(parcel.get("referenceNumber"))]
    return not references or reference in references


def _parse_found_label(parcels: Sequence[Json]) -> Label:
    """Parse the parcels of one shipment; the shipment's id is the first parcel's number."""
    first = parcels[0]
    number = require_text(read_number(first))
    weights = [read_weight(parcel) for parcel in parcels]
    known = [weight for weight in weights if weight is not None]
    return Label(
        carrier_shipment_id=number,
        tracking_number=number,
        service=require_text(_parse_service(first)),
        live=not _is_cancelled(first),
        label_format="PDF",
        echo=make_echo(_find_postal_code(first), sum(known, Decimal(0)) if len(known) == len(weights) else None),
        parcels=number_parcels([LabelParcel(0, read_number(parcel)) for parcel in parcels]),
    )


def _is_cancelled(parcel: Json) -> bool:
    return _parse_status(parcel) is TrackingStatus.CANCELLED


def _find_postal_code(parcel: Json) -> str | None:
    addresses = find_objects(parcel.get("packageAddress"))
    destinations = [address for address in addresses if to_text(address.get("type")) == "DESTINATION"]
    codes = [to_text(dig(address, "address", "postalCode")) for address in destinations]
    return codes[0] if codes else None


def _parse_service(parcel: Json) -> str:
    description = to_text(dig(parcel, "service", "description"))
    title = description.translate(MARKS).casefold().removeprefix("ups ").strip()
    return TITLES.get(title, description)


def _parse_status(parcel: Json) -> TrackingStatus:
    newest = next(iter(read_objects(parcel.get("activity"))), {})
    statuses = (_read_status(found) for found in (parcel.get("currentStatus"), newest.get("status")))
    return next((status for status in statuses if status is not TrackingStatus.UNKNOWN), TrackingStatus.UNKNOWN)


def _read_status(status: object) -> TrackingStatus:
    """Return the status for a code, which is more precise than the type, else for the type.

    A current status may have its code in `code`, with three digits; shorter values there belong to another table.
    """
    code, other = (to_text(dig(status, name)) for name in ("statusCode", "code"))
    known = CODES.get((code or (other if len(other) == CODE_LENGTH else "")).lstrip("0"), TrackingStatus.UNKNOWN)
    if known is not TrackingStatus.UNKNOWN:
        return known
    return STATUSES.get(to_text(dig(status, "type")), TrackingStatus.UNKNOWN)


def _parse_event(activity: Json) -> TrackingEvent:
    status = activity.get("status")
    texts = [to_text(dig(status, name)) for name in ("statusCode", "code", "type")]
    names = ("city", "stateProvince", "postalCode", "country")
    place = [to_text(dig(activity, "location", "address", name)) for name in names]
    code, description = next(filter(None, texts), ""), to_text(dig(status, "description"))
    return make_event(_parse_time(activity), _read_status(status), code, description, *place)


def _parse_time(activity: Json) -> datetime | None:
    """Return the GMT time, else the local time with its offset from GMT; None if both are missing."""
    in_gmt = _read_clock(activity.get("gmtDate"), activity.get("gmtTime"))
    local = _read_clock(activity.get("date"), activity.get("time"))
    return parse_time(in_gmt, "+00:00") or parse_time(local, activity.get("gmtOffset"))


def _read_clock(day: object, clock: object) -> str:
    """Return a date and a time as ISO 8601; UPS omits an hour's leading zeros."""
    digits = to_text(clock).replace(":", "")
    return f"{to_text(day)}T{digits:0>6}" if digits.isdigit() and len(digits) <= CLOCK_DIGITS else ""


def _find_cost(results: object) -> Cost:
    """Return the account's own price with its parts, else the list price."""
    negotiated, listed = (dig(results, name) for name in ("NegotiatedRateCharges", "ShipmentCharges"))
    own = _find_price(dig(negotiated, "TotalCharge"), None)
    if own is not None:
        items = find_objects(dig(negotiated, "ItemizedCharges"))
        named = ((to_text(item.get("Description")) or to_text(item.get("Code")), item) for item in items)
        return make_cost(own, ((name, to_text(item.get("MonetaryValue"))) for name, item in named))
    total = _find_price(None, dig(listed, "TotalCharges"))
    return make_cost(total, ((ours, to_text(dig(listed, name, "MonetaryValue"))) for name, ours in PARTS.items()))


def _find_price(negotiated: object, list_price: object) -> Price | None:
    """Return the account's own price, else the list price."""
    charges = (negotiated, list_price)
    prices = (parse_price(dig(charge, "MonetaryValue"), to_text(dig(charge, "CurrencyCode"))) for charge in charges)
    return next((price for price in prices if price is not None), None)
