"""ShipEngine labels, prices, tracking, voids and failures are read."""

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from adapters.carriers.shipengine import ShipEngineCarrier, answers
from adapters.carriers.shipengine.errors import is_missing, parse_answer
from adapters.http.transport import Destination
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, AuthFailed, EffectError, RateLimited, Rejected
from domain.shipping import CostPart, RawAnswer
from domain.tracking import TrackingStatus
from tests.fixtures.builders import (
    REFERENCE,
    build_connection,
    build_shipment_request,
)

CARRIER_ID = "se-123890"
REQUEST = build_shipment_request("usps_priority", "ZPL")


def build_label_answer(**changes: Any) -> dict[str, Any]:
    link = f"data:application/pdf;base64,{base64.b64encode(b'%PDF-1.4').decode()}"
    return {
        "label_id": "se-20902956",
        "status": "completed",
        "external_shipment_id": REFERENCE,
        "shipment_cost": {"currency": "usd", "amount": 7.9},
        "tracking_number": "9400111298370613423837",
        "service_code": "usps_priority",
        "voided": False,
        "label_format": "pdf",
        "label_download": {"href": link},
        **changes,
    }


def test_a_purchased_label_is_read() -> None:
    label = answers.parse_purchase(build_label_answer())
    assert (label.carrier_shipment_id, label.tracking_number) == ("se-20902956", "9400111298370613423837")
    assert (label.service, label.cost, label.currency, label.live) == ("usps_priority", "7.90", "USD", True)
    assert label.document == b"%PDF-1.4"


@pytest.mark.parametrize(
    "download", [None, [], {}, {"href": "https://api.shipengine.com/v1/downloads/1"}, {"href": "data:x;base64,!"}]
)
def test_an_unreadable_document_does_not_lose_the_label(download: Any) -> None:
    label = answers.parse_purchase(build_label_answer(label_download=download))
    assert label.tracking_number == "9400111298370613423837"
    assert label.document is None


def test_a_web_page_is_not_accepted_as_a_document() -> None:
    page = f"data:application/pdf;base64,{base64.b64encode(b'<html>').decode()}"
    assert answers.parse_purchase(build_label_answer(label_download={"href": page})).document is None


@pytest.mark.parametrize("cost", [None, 7, {"amount": "much", "currency": "usd"}, {"amount": 1e300, "currency": "usd"}])
def test_an_unreadable_price_does_not_lose_the_label(cost: Any) -> None:
    assert answers.parse_purchase(build_label_answer(shipment_cost=cost)).cost is None


@pytest.mark.parametrize(
    "changes",
    [
        {"status": None},
        {"status": "shipped"},
        {"voided": None},
        {"voided": "no"},
        {"label_id": None},
        {"service_code": None},
        {"tracking_number": "9" * 300},
        {"status": "processing", "tracking_number": None},
    ],
)
def test_an_answer_of_another_shape_is_ambiguous(changes: dict[str, Any]) -> None:
    """A label that the carrier is still creating is ambiguous too."""
    with pytest.raises(Ambiguous):
        answers.parse_purchase(build_label_answer(**changes))


def test_a_failed_or_voided_label_is_not_live() -> None:
    with pytest.raises(Rejected):
        answers.parse_purchase(build_label_answer(status="error", tracking_number=None))
    assert not answers.parse_label(build_label_answer(status="error", tracking_number=None)).live
    assert not answers.parse_label(build_label_answer(status="voided", voided=True)).live


def test_a_label_with_another_reference_is_not_adopted() -> None:
    with pytest.raises(Ambiguous):
        answers.parse_referenced_label(build_label_answer(), "B" * 26)


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"approved": True, "message": "voided"}, UndoOutcome.VOIDED),
        ({"approved": False, "reason_code": "label_already_voided"}, UndoOutcome.ALREADY_VOIDED),
        ({"approved": False, "reason_code": "label_already_used"}, UndoOutcome.TOO_LATE),
        ({"approved": False, "reason_code": "label_not_found_within_void_period"}, UndoOutcome.TOO_LATE),
    ],
)
def test_the_outcome_of_a_void_follows_its_flag_and_reason(body: dict[str, Any], outcome: UndoOutcome) -> None:
    assert answers.parse_void(body) is outcome


@pytest.mark.parametrize("reason", ["contact_carrier", "validation_failed", None, "new to us"])
def test_a_void_that_is_not_approved_is_rejected(reason: str | None) -> None:
    """The error has ShipEngine's message."""
    with pytest.raises(Rejected, match="ask them"):
        answers.parse_void({"approved": False, "message": "ask them", "reason_code": reason})


@pytest.mark.parametrize("flag", [None, "true", 1])
def test_a_void_without_a_clear_flag_is_ambiguous(flag: Any) -> None:
    with pytest.raises(Ambiguous):
        answers.parse_void({"approved": flag})


def test_tracking_events_are_read_in_order() -> None:
    events = [
        {"occurred_at": "2026-02-03T12:01:00Z", "status_code": "DE", "description": "Delivered"},
        {"occurred_at": "2026-02-02T12:01:00Z", "status_code": "ZZ", "description": "New to us"},
    ]
    tracking = answers.parse_tracking({"status_code": "DE", "events": events}, "9400")
    assert tracking.status is TrackingStatus.DELIVERED
    assert [event.status for event in tracking.events] == [TrackingStatus.UNKNOWN, TrackingStatus.DELIVERED]


def test_a_rate_is_the_sum_of_its_amounts() -> None:
    """ShipEngine quotes each kind of package; the cheapest rate of a service is kept."""
    cheap = {"service_code": "usps_priority", "shipping_amount": {"currency": "usd", "amount": 7}}
    expensive = {**cheap, "other_amount": {"currency": "usd", "amount": 0.5}}
    quotes = answers.parse_rates(
        {"rate_response": {"rates": [expensive, {**cheap, "shipping_amount": None}, expensive]}}
    )
    assert [(rate.service, rate.amount, rate.currency) for rate in quotes] == [("usps_priority", "7.50", "USD")]
    with pytest.raises(Ambiguous):
        answers.parse_rates({})


def build_failure(status: int, code: str = "unspecified", kind: str = "business_rules", **more: Any) -> RawAnswer:
    error = {"error_source": "carrier", "error_type": kind, "error_code": code, "message": "in its words", **more}
    return RawAnswer(status, json.dumps({"request_id": "r", "errors": [error]}).encode())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (build_failure(400), Rejected),
        (build_failure(400, "invalid_address", "validation", field_name="shipment.ship_to.postal_code"), Rejected),
        (build_failure(400, "identifier_conflict"), Ambiguous),
        (build_failure(400, "invalid_field_value", field_name="shipment.external_shipment_id"), Ambiguous),
        (build_failure(400, "unknown", "system"), Ambiguous),
        (build_failure(401, "unauthorized", "security"), AuthFailed),
        (build_failure(429, "rate_limit_exceeded"), RateLimited),
        (build_failure(500), Ambiguous),
        (build_failure(503), Ambiguous),
        (RawAnswer(503, b"", {"retry-after": "5"}), Ambiguous),
        (RawAnswer(502, b"<html>bad gateway"), Ambiguous),
        (RawAnswer(200, b"<html>maintenance"), Ambiguous),
        (RawAnswer(200, b""), Ambiguous),
        (RawAnswer(200, b'{"label_id": "se-'), Ambiguous),
        (RawAnswer(200, b"[]"), Ambiguous),
    ],
)
def test_a_failed_answer_raises_the_error_of_its_code(answer: RawAnswer, error: type[EffectError]) -> None:
    """The status alone is not enough: a known external_shipment_id may belong to an earlier send of the purchase."""
    with pytest.raises(error) as raised:
        parse_answer(answer)
    assert type(raised.value) is error


def test_only_a_404_of_shipengine_itself_means_a_missing_label() -> None:
    """The 404 of a proxy or a wrong path does not prove that no label was bought."""
    assert is_missing(build_failure(404, "invalid_identifier"))
    assert not is_missing(RawAnswer(404, b"<html>not found"))
    assert not is_missing(RawAnswer(404, b'{"errors": []}'))


def open_adapter(
    monkeypatch: pytest.MonkeyPatch, handler: Callable[[httpx.Request], httpx.Response]
) -> ShipEngineCarrier:
    client = httpx.AsyncClient(transport=httpx.MockTransport(handler), base_url="https://carrier.example")
    monkeypatch.setattr("adapters.http.client.new_client", lambda *_: client)
    connection = build_connection("shipengine", {"api_key": "k"}, options={"carrier_id": CARRIER_ID})
    return ShipEngineCarrier(connection, Destination("https://carrier.example"))


def test_the_refusal_of_an_unknown_service_lists_the_accounts_services(monkeypatch: pytest.MonkeyPatch) -> None:
    """The adapter sends one purchase, and after its refusal one request for the services."""
    calls: list[str] = []

    def reply(http_request: httpx.Request) -> httpx.Response:
        calls.append(f"{http_request.method} {http_request.url.path}")
        if http_request.method == "GET":
            return httpx.Response(200, json={"services": [{"service_code": "ups_ground"}]})
        refused = build_failure(400, "invalid_field_value", field_name="shipment.service_code")
        return httpx.Response(400, content=refused.body)

    with pytest.raises(Rejected, match=r"in its words\. Services of this account: ups_ground") as refused:
        asyncio.run(open_adapter(monkeypatch, reply).buy(REFERENCE, REQUEST))
    assert refused.value.field == "service"
    assert calls == ["POST /v1/labels", f"GET /v1/carriers/{CARRIER_ID}/services"]


@pytest.mark.parametrize(
    "refusal", [build_failure(400), build_failure(400, "identifier_conflict"), build_failure(401, "unauthorized")]
)
def test_any_other_refusal_is_returned_unchanged(monkeypatch: pytest.MonkeyPatch, refusal: RawAnswer) -> None:
    """It stays the same if the services can't be fetched."""

    def reply(http_request: httpx.Request) -> httpx.Response:
        return (
            httpx.Response(500)
            if http_request.method == "GET"
            else httpx.Response(refusal.status, content=refusal.body)
        )

    answer = asyncio.run(open_adapter(monkeypatch, reply).buy(REFERENCE, REQUEST))
    assert (answer.status, answer.body) == (refusal.status, refusal.body)


def test_a_void_is_reported_even_if_its_refund_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def reply(http_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"approved": True}) if http_request.method == "PUT" else httpx.Response(404)

    assert asyncio.run(open_adapter(monkeypatch, reply).void("se-1")).outcome is UndoOutcome.VOIDED


def test_insurance_is_added_to_the_cost_of_the_shipment() -> None:
    """Without insurance, the rate details are the parts of the cost."""
    costs = {"shipment_cost": {"amount": 7.1, "currency": "usd"}, "insurance_cost": {"amount": 1.25, "currency": "usd"}}
    detail = {"rate_detail_type": "fuel_charge", "amount": {"amount": 1.1, "currency": "usd"}}
    insured = answers.parse_label(build_label_answer(**costs))
    itemized = answers.parse_label(build_label_answer(**{**costs, "insurance_cost": None, "rate_details": [detail]}))

    assert (insured.cost, insured.currency) == ("8.35", "USD")
    assert insured.cost_parts == (CostPart("shipment", "7.10"), CostPart("insurance", "1.25"))
    assert itemized.cost_parts == (CostPart("fuel_charge", "1.10"), CostPart("other", "6.00"))


def test_rates_without_a_price_are_refused_with_the_carriers_messages() -> None:
    invalid = [{"service_code": "a", "error_messages": ["too heavy"]}, {"error_messages": "too long"}, {}]
    errors = [{"message": "not connected"}, {"message": "too heavy"}]
    with pytest.raises(Rejected) as refused:
        answers.parse_rates({"rate_response": {"rates": [], "invalid_rates": invalid, "errors": errors}})
    assert refused.value.message == ("ShipEngine quoted no price for this shipment: not connected; too heavy; too long")
    assert refused.value.vendor_code == "no_rates"
