"""Parse FedEx's answers. Pure; all functions raise Ambiguous if the body has another shape."""

from collections.abc import Sequence
from decimal import Decimal

from adapters.carriers.common.answers import (
    Cost,
    make_cost,
    make_echo,
    make_event,
    order_timed_events,
    parse_amount,
    parse_price,
    parse_time,
    require_rates,
    to_rates,
)
from adapters.carriers.common.parcels import number_parcels
from adapters.carriers.fedex.codes import OURS, STATUSES
from adapters.carriers.fedex.errors import UNKNOWN_NUMBER
from adapters.carriers.fedex.pieces import (
    find_document,
    find_invoices,
    find_master,
    group_results,
    parse_piece,
    read_number,
    read_weight,
    sort_pieces,
)
from adapters.http.json import SHAPE, Json, dig, find_objects, first_object, is_same_number, read_objects, require_text
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, Rejected
from domain.label_parts import LabelParcel
from domain.shipping import Label, Rate
from domain.tracking import Tracking, TrackingEvent, TrackingStatus


def parse_label(body: Json, label_format: str) -> Label:
    """Parse the answer to a purchase. If a document can't be parsed, the label is bought without it."""
    shipment = first_object(read_objects(dig(body, "output", "transactionShipments")))
    pieces = sort_pieces(read_objects(shipment.get("pieceResponses")))
    piece, master = first_object(pieces), shipment.get("masterTrackingNumber")
    has_several = len(pieces) > 1
    own_number = piece.get("trackingNumber")
    tracking_number = require_text((master or own_number) if has_several else (own_number or master))
    cost = _find_cost(shipment)
    return Label(
        carrier_shipment_id=require_text(master or tracking_number),
        tracking_number=tracking_number,
        service=_parse_service(shipment.get("serviceType")),
        live=True,
        cost=cost.amount,
        currency=cost.currency,
        cost_parts=cost.parts,
        label_format=label_format,
        document=None if has_several else find_document(piece, label_format),
        parcels=number_parcels([parse_piece(part, cost.currency, label_format) for part in pieces]),
        documents=find_invoices(shipment),
    )


def parse_labels(body: Json) -> list[Label]:
    """Parse the shipments that Track finds for a reference, as labels without documents.

    A shipment of several parcels has those that Track shows.
    """
    return [_parse_found_label(results) for results in group_results(_read_results(body), is_cancelled)]


def is_cancelled(result: Json) -> bool:
    return _parse_status(result) is TrackingStatus.CANCELLED


def parse_tracking(body: Json, tracking_number: str) -> Tracking:
    """Parse Track's answer about one parcel.

    Raises:
        Rejected: Track does not know the number.
    """
    numbered = [(read_number(result), result) for result in _read_results(body)]
    same = [result for number, result in numbered if not number or is_same_number(number, tracking_number)]
    if not same:
        raise Rejected("FedEx does not know the tracking number", vendor_code=UNKNOWN_NUMBER[0])
    # FedEx reuses numbers: a cancelled shipment is not ours if another one has the same number.
    ours = next((result for result in same if not is_cancelled(result)), same[0])
    events = [_parse_event(event) for event in read_objects(ours.get("scanEvents"))]
    return Tracking(tracking_number, _parse_status(ours), order_timed_events(events))


def parse_rates(body: Json) -> list[Rate]:
    """Return the account's own price of each service that can be bought here.

    Raises:
        Rejected: there is none; with FedEx's messages.
    """
    prices = []
    output = dig(body, "output")
    replies = read_objects(dig(output, "rateReplyDetails"))
    for reply in replies:
        if reply.get("serviceType") not in OURS:
            continue
        for rated in read_objects(reply.get("ratedShipmentDetails")):
            currency = rated.get("currency") or dig(rated, "shipmentRateDetail", "currency")
            price = parse_price(rated.get("totalNetCharge"), currency)
            if rated.get("rateType", "ACCOUNT") == "ACCOUNT" and price is not None:
                prices.append((_parse_service(reply.get("serviceType")), price))
    words = [note.get("message") for part in (output, *replies) for note in _read_notes(part)]
    return require_rates("FedEx", to_rates(prices), words)


def _read_notes(part: object) -> list[Json]:
    return [*find_objects(dig(part, "alerts")), *find_objects(dig(part, "customerMessages"))]


def parse_void(body: Json) -> UndoOutcome:
    """Parse the answer to a cancel; raises Rejected if the shipment is not cancelled."""
    cancelled = dig(body, "output", "cancelledShipment")
    if not isinstance(cancelled, bool):
        raise Ambiguous(SHAPE)
    if not cancelled:
        raise Rejected("FedEx did not cancel the shipment and gave no reason", vendor_code="not_cancelled")
    return UndoOutcome.VOIDED


def is_unknown(code: str | None) -> bool:
    """Whether an error code means that Track found nothing."""
    return code in UNKNOWN_NUMBER


def _read_results(body: Json) -> list[Json]:
    """Return the track results without errors: FedEx reports an unknown number with a success status."""
    output = dig(body, "output")
    if not isinstance(output, dict):
        raise Ambiguous(SHAPE)
    complete = read_objects(output.get("completeTrackResults"))
    results = [result for part in complete for result in read_objects(part.get("trackResults"))]
    known = [result for result in results if not is_unknown(dig(result, "error", "code"))]
    if any(dig(result, "error", "code") for result in known):
        raise Ambiguous(
            "FedEx could not look up the tracking number", vendor_code=str(dig(known[0], "error", "code"))[:100]
        )
    if results or read_objects(output.get("alerts")) or output.get("completeTrackResults") == []:
        return known
    raise Ambiguous(SHAPE)


def _parse_found_label(results: Sequence[Json]) -> Label:
    """Parse the parcels of one shipment, in their order."""
    numbers = [require_text(read_number(result)) for result in results]
    master = find_master(results[0]) or numbers[0]
    parcels = [LabelParcel(0, read_number(result), pounds=read_weight(result)) for result in results]
    weights = [parcel.pounds for parcel in parcels]
    known = [weight for weight in weights if weight is not None]
    postal_code = dig(results[0], "recipientInformation", "address", "postalCode")
    return Label(
        carrier_shipment_id=master,
        tracking_number=master,
        service=_parse_service(dig(results[0], "serviceDetail", "type")),
        live=not is_cancelled(results[0]),
        label_format="PDF",
        echo=make_echo(postal_code, sum(known, Decimal(0)) if len(known) == len(weights) else None),
        parcels=number_parcels(parcels),
    )


def _parse_service(theirs: object) -> str:
    return OURS.get(str(theirs)) or require_text(theirs)


def _parse_status(result: Json) -> TrackingStatus:
    """Return the status for FedEx's code, else for its derived code."""
    return _find_status(*(dig(result, "latestStatusDetail", name) for name in ("code", "derivedCode")))


def _find_status(*codes: object) -> TrackingStatus:
    statuses = (STATUSES.get(str(code).upper()) for code in codes)
    return next((status for status in statuses if status is not None), TrackingStatus.UNKNOWN)


def _parse_event(scan: Json) -> TrackingEvent:
    codes = [scan.get("eventType"), scan.get("derivedStatusCode")]
    description = scan.get("eventDescription") or scan.get("derivedStatus")
    place = [dig(scan, "scanLocation", name) for name in ("city", "stateOrProvinceCode", "postalCode", "countryCode")]
    code = next(filter(None, codes), None)
    return make_event(parse_time(scan.get("date")), _find_status(*codes), code, description, *place)


def _find_cost(shipment: Json) -> Cost:
    """Return the price of the rate type that FedEx names as the actual one, else the first price."""
    rating = dig(shipment, "completedShipmentDetail", "shipmentRating")
    rates = find_objects(dig(rating, "shipmentRateDetails"))
    actual = dig(rating, "actualRateType")
    rates.sort(key=lambda rate: rate.get("rateType") != actual)
    prices = ((parse_price(rate.get("totalNetCharge"), rate.get("currency")), rate) for rate in rates)
    price, rate = next((found for found in prices if found[0] is not None), (None, {}))
    return make_cost(price, _read_parts(rate))


def _read_parts(rate: Json) -> list[tuple[object, object]]:
    """Return the parts of a price; reductions are negative."""
    surcharges = find_objects(rate.get("surcharges"))
    parts: list[tuple[object, object]] = [("base charge", rate.get("totalBaseCharge"))]
    parts += [(item.get("description") or item.get("surchargeType"), item.get("amount")) for item in surcharges]
    parts += [("taxes", rate.get("totalTaxes"))]
    reductions = (("discounts", "totalFreightDiscounts"), ("rebates", "totalRebates"))
    amounts = ((name, parse_amount(rate.get(theirs))) for name, theirs in reductions)
    return parts + [(name, str(-amount)) for name, amount in amounts if amount is not None]
