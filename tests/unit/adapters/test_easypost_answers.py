"""EasyPost labels, rates, refunds, tracking and failures are read."""

import json
from typing import Any

import pytest

from adapters.carriers.easypost import answers
from adapters.carriers.easypost.errors import is_missing, parse_answer
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, AuthFailed, EffectError, RateLimited, Rejected
from domain.shipping import RawAnswer
from domain.tracking import TrackingStatus
from tests.unit.adapters.easypost_shipments import RATES, build_sold_shipment, build_unsold_shipment


def test_a_purchased_label_is_read() -> None:
    label = answers.parse_label(build_sold_shipment())
    assert (label.carrier_shipment_id, label.tracking_number) == ("shp_1", "9434600208303109842228")
    assert (label.service, label.cost, label.currency, label.live) == ("USPS.Priority", "9.90", "USD", True)
    assert (label.label_format, label.document) == ("PDF", None)


@pytest.mark.parametrize(
    ("refund", "live"), [("submitted", False), ("refunded", False), ("rejected", True), ("not_applicable", True)]
)
def test_a_label_is_live_unless_a_refund_is_pending_or_done(refund: str, live: bool) -> None:
    assert answers.parse_label(build_sold_shipment(refund_status=refund)).live is live


@pytest.mark.parametrize(
    "body",
    [
        {},
        build_unsold_shipment(),
        build_sold_shipment(id=None),
        build_sold_shipment(tracking_code=None),
        build_sold_shipment(tracking_code="9" * 300),
        build_sold_shipment(selected_rate=None),
        build_sold_shipment(selected_rate={"carrier": "USPS"}),
        build_sold_shipment(refund_status="new to us"),
    ],
)
def test_an_answer_of_another_shape_is_ambiguous(body: dict[str, Any]) -> None:
    with pytest.raises(Ambiguous):
        answers.parse_label(body)


@pytest.mark.parametrize("rate", [None, "much", True, 1e300, []])
def test_an_unreadable_price_does_not_lose_the_label(rate: Any) -> None:
    assert answers.parse_label(build_sold_shipment(selected_rate={**RATES[0], "rate": rate})).cost is None


def test_the_cheapest_rate_of_the_service_is_chosen() -> None:
    """A single rate may come without a list."""
    assert answers.choose_rate(build_unsold_shipment(), "USPS.Priority") == "rate_3"
    assert answers.choose_rate(build_unsold_shipment(rates=RATES[1]), "USPS.GroundAdvantage") == "rate_2"


def test_the_refusal_of_an_unknown_service_lists_the_accounts_services() -> None:
    """It adds the messages of the carriers that offer no rate."""
    messages = [{"carrier": "UPS", "type": "rate_error", "message": "shipper number is invalid"}]
    with pytest.raises(Rejected, match=r"Offered: USPS.GroundAdvantage, USPS.Priority; UPS: shipper number") as refused:
        answers.choose_rate(build_unsold_shipment(messages=messages), "UPS.Ground")
    assert refused.value.field == "service"
    with pytest.raises(Rejected, match="Offered: none"):
        answers.choose_rate(build_unsold_shipment(rates=[]), "UPS.Ground")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("submitted", UndoOutcome.REFUND_PENDING),
        ("refunded", UndoOutcome.VOIDED),
        ("not_applicable", UndoOutcome.UNSUPPORTED),
        (None, None),
    ],
)
def test_the_outcome_of_a_void_follows_the_refund_status(status: str | None, outcome: UndoOutcome | None) -> None:
    assert answers.parse_refund(build_sold_shipment(refund_status=status)) is outcome


def test_a_rejected_refund_is_too_late_only_if_the_parcel_is_in_transit() -> None:
    """EasyPost accepts another refund request, so otherwise a person has to check."""
    moving = build_sold_shipment(refund_status="rejected", tracker={"status": "in_transit"})
    assert answers.parse_refund(moving) is UndoOutcome.TOO_LATE
    with pytest.raises(Rejected):
        answers.parse_refund(build_sold_shipment(refund_status="rejected", tracker={"status": "pre_transit"}))
    with pytest.raises(Ambiguous):
        answers.parse_refund({})


def test_tracking_events_are_read_in_order() -> None:
    details = [
        {"datetime": "2026-02-03T12:01:00Z", "status": "delivered", "message": "Delivered"},
        {"datetime": "2026-02-02T12:01:00Z", "status": "odd", "message": "New to us"},
    ]
    tracker = {"tracking_code": "94", "status": "delivered", "tracking_details": details}
    tracking = answers.parse_tracking({"trackers": [{"tracking_code": "95"}, tracker]}, "94")
    assert tracking.status is TrackingStatus.DELIVERED
    assert [event.status for event in tracking.events] == [TrackingStatus.UNKNOWN, TrackingStatus.DELIVERED]


def build_failure(status: int, code: str | None, field: str | None = None) -> RawAnswer:
    errors = [{"field": field, "message": "is wrong"}] if field else []
    error = {"code": code, "message": "in its words", "errors": errors}
    return RawAnswer(status, json.dumps({"error": error}).encode())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (build_failure(422, "SHIPMENT.POSTAGE.FAILURE"), Rejected),
        (build_failure(422, "PARAMETER.INVALID", "shipment.to_address.zip"), Rejected),
        (build_failure(422, "SHIPMENT.POSTAGE.EXISTS"), Ambiguous),
        (build_failure(422, "SHIPMENT.PURCHASE.IN_PROGRESS"), Ambiguous),
        (build_failure(422, "SHIPMENT.POSTAGE.TIMED_OUT"), Ambiguous),
        (build_failure(400, "SHIPMENT.POSTAGE.NO_RESPONSE"), Ambiguous),
        (build_failure(401, "APIKEY.INACTIVE"), AuthFailed),
        (build_failure(429, "RATE_LIMITED"), RateLimited),
        (build_failure(500, "INTERNAL_SERVER_ERROR"), Ambiguous),
        (RawAnswer(503, b"", {"retry-after": "5"}), Ambiguous),
        (RawAnswer(502, b"<html>bad gateway"), Ambiguous),
        (RawAnswer(422, b'{"error": "odd"}'), Rejected),
        (RawAnswer(422, b'{"error": {"errors": {"field": 7}}}'), Rejected),
        (RawAnswer(200, b"<html>maintenance"), Ambiguous),
        (RawAnswer(200, b""), Ambiguous),
        (RawAnswer(200, b'{"id": "shp_'), Ambiguous),
    ],
)
def test_a_failed_answer_raises_the_error_of_its_code(answer: RawAnswer, error: type[EffectError]) -> None:
    """The status alone is not enough: a 422 may mean that the label exists."""
    with pytest.raises(error) as raised:
        parse_answer(answer)
    assert type(raised.value) is error


def test_only_a_404_of_easypost_itself_means_a_missing_shipment() -> None:
    assert is_missing(build_failure(404, "NOT_FOUND"))
    assert not is_missing(RawAnswer(404, b"<html>not found"))
    assert not is_missing(RawAnswer(404, b"{}"))


@pytest.mark.parametrize(
    ("fees", "cost", "parts"),
    [
        ([], "6.07", {"PostageFee": "6.07"}),
        (
            [{"type": "LabelFee", "amount": "0.05000"}, {"type": "PostageFee", "amount": "6.07000"}],
            "6.12",
            {"LabelFee": "0.05", "PostageFee": "6.07"},
        ),
        (
            [{"type": "InsuranceFee", "amount": "1.25000"}, {"type": "LabelFee", "amount": "0.00000"}],
            "7.32",
            {"PostageFee": "6.07", "InsuranceFee": "1.25"},
        ),
        ([{"type": "LabelFee", "amount": "much"}], "6.07", {"PostageFee": "6.07"}),
    ],
)
def test_fees_are_added_to_the_rate(fees: list[dict[str, str]], cost: str, parts: dict[str, str]) -> None:
    """A `PostageFee` equals the rate and is not added."""
    rate = {"id": "rate_1", "carrier": "USPS", "service": "Priority", "rate": "6.07", "currency": "USD"}
    label = answers.parse_label(build_sold_shipment(selected_rate=rate, fees=fees))
    assert (label.cost, {part.name: part.amount for part in label.cost_parts}) == (cost, parts)


def test_rates_without_a_price_are_refused_with_the_carriers_messages() -> None:
    messages = [{"carrier": "UPS", "type": "rate_error", "message": "Shipper is not active"}]
    with pytest.raises(Rejected) as refused:
        answers.parse_rates({"rates": [], "messages": messages})
    assert refused.value.message == "EasyPost quoted no price for this shipment: UPS: Shipper is not active"
