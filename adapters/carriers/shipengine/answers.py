"""Parse ShipEngine's answers. Pure; all functions raise Ambiguous if the body has another shape."""

from decimal import Decimal

from adapters.carriers.common.answers import (
    Cost,
    Price,
    decode_label,
    make_cost,
    make_echo,
    make_event,
    order_events,
    parse_price,
    parse_time,
    require_rates,
    to_rates,
)
from adapters.carriers.common.units import read_pounds
from adapters.carriers.shipengine.codes import (
    DETAILS,
    FAILED,
    FORMATS,
    GONE,
    LIVE,
    REFUND_AWAITED,
    REFUND_STATES,
    STATUSES,
    VOID_REASONS,
)
from adapters.http.json import SHAPE, Json, dig, find_objects, read_objects, require_text, to_words
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, Rejected
from domain.label_parts import DocumentKind, LabelDocument, LabelParcel
from domain.shipping import EchoedDetails, Label, Rate, RefundState
from domain.tracking import Tracking, TrackingEvent, TrackingStatus

FORM_FORMAT = "PDF"
CHARGES = ("shipping_amount", "insurance_amount", "confirmation_amount", "other_amount", "tax_amount")


def parse_purchase(body: Json) -> Label:
    """Parse the answer to a purchase. If its document can't be parsed, the label is bought without one.

    Raises:
        Rejected: ShipEngine made no label.
    """
    if body.get("status") == FAILED and body.get("label_id"):
        raise Rejected("the carrier created no label", vendor_code="label_error")
    return parse_label(body)


def parse_label(body: Json) -> Label:
    """Parse a label, live or not; raises Ambiguous also if the carrier has not assigned a tracking number yet."""
    status, voided, label_format = body.get("status"), body.get("voided"), str(body.get("label_format")).upper()
    if status not in (*LIVE, *GONE) or not isinstance(voided, bool) or label_format not in FORMATS:
        raise Ambiguous(SHAPE)
    cost, parcels = _read_cost(body), _read_parcels(body, label_format)
    return Label(
        carrier_shipment_id=require_text(body.get("label_id")),
        tracking_number="none" if status == FAILED else require_text(body.get("tracking_number")),
        service=require_text(body.get("service_code")),
        live=status in LIVE and not voided,
        cost=cost.amount,
        currency=cost.currency,
        cost_parts=cost.parts,
        label_format=label_format,
        document=None if any(parcel.document for parcel in parcels) else find_document(body),
        parcels=parcels,
        echo=_parse_echo(body),
        carrier=_parse_carrier(body),
        documents=_read_forms(body),
    )


def parse_referenced_label(body: Json, reference: str) -> Label:
    """Parse the label with this external_shipment_id; raises Ambiguous if it has another."""
    if body.get("external_shipment_id") != reference:
        raise Ambiguous(SHAPE)
    return parse_label(body)


def find_document(body: Json) -> bytes | None:
    """Return a label's document; None if there is none."""
    return _decode_link(body.get("label_download"), str(body.get("label_format")).upper())


def _decode_link(link: object, document_format: str) -> bytes | None:
    """Return the document of a link, a data URL because the request asked for it inline; None if there is none."""
    urls = [url for url in link.values() if isinstance(url, str)] if isinstance(link, dict) else []
    contents = (url.partition("base64,")[2] for url in urls if url.startswith("data:"))
    documents = (decode_label(content, document_format) for content in contents)
    return next((document for document in documents if document is not None), None)


def _read_parcels(body: Json, label_format: str) -> tuple[LabelParcel, ...]:
    """Return the packages of a label with several, in their order; each has its own label."""
    packages = find_objects(body.get("packages"))
    if len(packages) == 1 or body.get("status") == FAILED:
        return ()
    return tuple(
        LabelParcel(
            number,
            tracking_number=require_text(package.get("tracking_number")),
            document=_decode_link(package.get("label_download"), label_format),
            pounds=read_pounds(dig(package, "weight", "value"), dig(package, "weight", "unit")),
        )
        for number, package in enumerate(packages, 1)
    )


def _read_forms(body: Json) -> tuple[LabelDocument, ...]:
    """Return the customs forms of a label and of its packages, each once."""
    places = [body, *find_objects(body.get("packages"))]
    forms = [_decode_link(place.get("form_download"), FORM_FORMAT) for place in places]
    found = dict.fromkeys(form for form in forms if form is not None)
    return tuple(LabelDocument(DocumentKind.CUSTOMS_FORM, FORM_FORMAT, form) for form in found)


def parse_void(body: Json) -> UndoOutcome:
    """Parse the answer to a void; raises Rejected if it was not approved for a reason that a person should look at."""
    approved, reason = body.get("approved"), to_words(body.get("reason_code") or "unspecified")[:100]
    if not isinstance(approved, bool):
        raise Ambiguous(SHAPE)
    if approved:
        return UndoOutcome.VOIDED
    if reason in VOID_REASONS:
        return VOID_REASONS[reason]
    raise Rejected(to_words(body.get("message") or "the carrier did not approve the void")[:1000], vendor_code=reason)


def is_refund_pending(body: Json) -> bool:
    """Whether a voided label's refund is undecided."""
    return dig(body, "refund_details", "refund_status") in REFUND_AWAITED


def parse_refund_state(body: Json) -> RefundState | None:
    """Return the state of a refund; None if the label takes no part in refunds."""
    return REFUND_STATES.get(str(dig(body, "refund_details", "refund_status")))


def find_first_label(body: Json) -> Json | None:
    """Return a list's first label; None if the list is empty."""
    if "labels" not in body:
        raise Ambiguous(SHAPE)
    return next(iter(read_objects(body["labels"])), None)


def parse_label_id(label: Json) -> str:
    return require_text(label.get("label_id"))


def is_further_package(label: Json, tracking_number: str) -> bool:
    """Whether a number is that of a package after the first one, whose progress the label's own does not show."""
    packages = find_objects(label.get("packages"))
    return tracking_number in [package.get("tracking_number") for package in packages[1:]]


def parse_tracking(body: Json, tracking_number: str) -> Tracking:
    """Parse a parcel's progress; a body of another shape has the status `unknown`."""
    status = _parse_status(body)
    events = [_parse_event(event) for event in read_objects(body.get("events"))]
    return Tracking(tracking_number, status, order_events(events))


def parse_rates(body: Json) -> list[Rate]:
    """Return the cheapest price of each service, with all its charges.

    Raises:
        Rejected: there is none; with the messages of the carrier behind ShipEngine.
    """
    if not isinstance(dig(body, "rate_response"), dict):
        raise Ambiguous(SHAPE)
    rates = [
        rate for rate in read_objects(body["rate_response"].get("rates")) if isinstance(rate.get("service_code"), str)
    ]
    totals = [(rate["service_code"], _add_charges(rate)) for rate in rates]
    found = to_rates((service, total) for service, total in totals if total is not None)
    return require_rates("ShipEngine", found, _read_words(body["rate_response"]))


def _read_words(response: Json) -> list[object]:
    """Return the reasons for missing prices: the answer's errors, and those of each invalid rate."""
    words: list[object] = [error.get("message") for error in find_objects(response.get("errors"))]
    for rate in find_objects(response.get("invalid_rates")):
        messages = rate.get("error_messages")
        words += messages if isinstance(messages, list) else [messages]
    return words


def parse_services(body: Json) -> list[str]:
    services = read_objects(body.get("services"))
    if not services:
        raise Ambiguous(SHAPE)
    return [str(service["service_code"])[:100] for service in services if service.get("service_code")]


def _read_cost(label: Json) -> Cost:
    """Return the cost of the shipment plus its insurance, as ShipEngine's API description specifies."""
    shipment, insurance = (_parse_price(label.get(name)) for name in ("shipment_cost", "insurance_cost"))
    if shipment is None:
        return make_cost(None)
    if insurance is None or not insurance[0]:
        details = find_objects(label.get("rate_details"))
        return make_cost(shipment, [_read_part(detail) for detail in details])
    total = (shipment[0] + insurance[0], shipment[1])
    return make_cost(total, [("shipment", str(shipment[0])), ("insurance", str(insurance[0]))])


def _read_part(detail: Json) -> tuple[object, object]:
    name = detail.get("carrier_description") or detail.get("rate_detail_type")
    return name, dig(detail, "amount", "amount")


def _add_charges(rate: Json) -> Price | None:
    price = _parse_price(rate.get(CHARGES[0]))
    if price is None:
        return None
    others = [_parse_price(rate.get(name)) for name in CHARGES[1:]]
    return sum((other[0] for other in others if other is not None), price[0]), price[1]


def _parse_price(value: object) -> Price | None:
    return parse_price(dig(value, "amount"), dig(value, "currency"))


def _parse_carrier(body: Json) -> str | None:
    code = body.get("carrier_code")
    return require_text(code) if code else None


def _parse_echo(body: Json) -> EchoedDetails:
    weights = [dig(package, "weight") for package in find_objects(body.get("packages"))]
    pounds = [read_pounds(dig(weight, "value"), dig(weight, "unit")) for weight in weights]
    total = sum((weight for weight in pounds if weight is not None), Decimal(0))
    return make_echo(dig(body, "ship_to", "postal_code"), None if None in pounds or not pounds else total)


def _parse_status(status: Json) -> TrackingStatus:
    """Return the status for the detail code, else for the status code."""
    detail = DETAILS.get(str(status.get("status_detail_code")), TrackingStatus.UNKNOWN)
    known = STATUSES.get(str(status.get("status_code")), TrackingStatus.UNKNOWN)
    return known if detail is TrackingStatus.UNKNOWN else detail


def _parse_event(event: Json) -> TrackingEvent:
    codes = (event.get(name) for name in ("status_detail_code", "status_code", "carrier_detail_code", "event_code"))
    place = [event.get(name) for name in ("city_locality", "state_province", "postal_code", "country_code")]
    words = event.get("description") or event.get("status_detail_description")
    code = next(filter(None, codes), None)
    return make_event(parse_time(event.get("occurred_at")), _parse_status(event), code, words, *place)
