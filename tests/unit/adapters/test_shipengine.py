"""ShipEngine's requests as its API description has them, and its answers read."""

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from adapters.carriers.shipengine import ShipEngineCarrier, answers, requests
from adapters.carriers.shipengine.errors import field_of, is_missing, parse_answer
from adapters.http.transport import Destination
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, AuthFailed, EffectError, RateLimited, Rejected
from domain.shipping import Connection, CostPart, Mode, RawAnswer, ShipmentRequest
from domain.tracking import TrackingStatus
from domain.vendors.shipengine import SHIPENGINE
from tests.fixtures.builders import FULL_SENDER, SHORT_RECIPIENT, build_connection_settings, build_shipment_request

CARRIER_ID = "se-123890"
REFERENCE = "MFRGGZDFMZTWQ2LKNNWG23TPOA"
PARCEL = {"weight": "1.5", "weight_unit": "lb", "length": "30", "width": "20", "height": "10", "dimension_unit": "cm"}


def request(**changed: Any) -> ShipmentRequest:
    given = {
        "service": "usps_priority",
        "label_format": "ZPL",
        "ship_from": FULL_SENDER,
        "ship_to": SHORT_RECIPIENT,
        "parcels": [PARCEL],
    }
    return build_shipment_request(**{**given, **changed})


def test_a_purchase_is_what_the_description_asks_for() -> None:
    """Required parts, units, the reference as external_shipment_id, the label within the answer."""
    body = requests.build_purchase(REFERENCE, request(), CARRIER_ID)

    assert body == {
        "label_format": "zpl",
        "label_layout": "4x6",
        "label_download_type": "inline",
        "validate_address": "no_validation",
        "shipment": {
            "carrier_id": CARRIER_ID,
            "service_code": "usps_priority",
            "external_shipment_id": REFERENCE,
            "ship_from": {
                "name": "Warehouse",
                "company_name": "Orderly",
                "address_line1": "2600 Meridian Parkway",
                "address_line2": "Dock 4",
                "city_locality": "Durham",
                "state_province": "NC",
                "postal_code": "27713",
                "country_code": "US",
                "phone": "9195550100",
            },
            "ship_to": {
                "name": "Ada",
                "address_line1": "1 Way",
                "city_locality": "Portland",
                "state_province": "OR",
                "postal_code": "97201",
                "country_code": "US",
            },
            "packages": [
                {
                    "weight": {"unit": "ounce", "value": 24.0},
                    "dimensions": {"unit": "inch", "length": 11.9, "width": 7.9, "height": 4.0},
                }
            ],
        },
    }
    assert len(REFERENCE) <= 50


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"ship_from": {**FULL_SENDER, "phone": None}}, "ship_from.phone"),
        ({"ship_to": {**SHORT_RECIPIENT, "state": "Pluto"}}, "ship_to.state"),
        ({"ship_to": {**SHORT_RECIPIENT, "country": "DE"}}, "ship_to.country"),
        ({"ship_to": {**SHORT_RECIPIENT, "name": "Ada \ue000"}}, "ship_to.name"),
        ({"ship_to": {**SHORT_RECIPIENT, "street2": "x" * 101}}, "ship_to.street2"),
        ({"parcels": [PARCEL, PARCEL]}, "parcels"),
    ],
)
def test_what_shipengine_could_not_take_names_its_field(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejected) as refused:
        requests.build_purchase(REFERENCE, request(**changed), CARRIER_ID)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("code", "fits"), [("usps_priority_mail", True), ("ups_ground", True), ("GROUND", False), ("ups ground", False)]
)
def test_a_service_has_the_form_of_one(code: str, fits: bool) -> None:
    """Which there are, each account says for itself."""
    problem = SHIPENGINE.service_problem(code)
    assert (problem is None) is fits


def bought(**changed: Any) -> dict[str, Any]:
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
        **changed,
    }


def test_a_bought_label_is_read() -> None:
    label = answers.parse_purchase(bought())
    assert (label.carrier_shipment_id, label.tracking_number) == ("se-20902956", "9400111298370613423837")
    assert (label.service, label.cost, label.currency, label.live) == ("usps_priority", "7.90", "USD", True)
    assert label.document == b"%PDF-1.4"


@pytest.mark.parametrize(
    "download", [None, [], {}, {"href": "https://api.shipengine.com/v1/downloads/1"}, {"href": "data:x;base64,!"}]
)
def test_a_label_without_its_document_was_bought_all_the_same(download: Any) -> None:
    label = answers.parse_purchase(bought(label_download=download))
    assert label.tracking_number == "9400111298370613423837"
    assert label.document is None


def test_a_page_in_place_of_a_document_is_none() -> None:
    page = f"data:application/pdf;base64,{base64.b64encode(b'<html>').decode()}"
    assert answers.parse_purchase(bought(label_download={"href": page})).document is None


@pytest.mark.parametrize("cost", [None, 7, {"amount": "much", "currency": "usd"}, {"amount": 1e300, "currency": "usd"}])
def test_a_strange_price_is_no_reason_to_lose_a_label(cost: Any) -> None:
    assert answers.parse_purchase(bought(shipment_cost=cost)).cost is None


@pytest.mark.parametrize(
    "changed",
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
def test_another_shape_may_be_a_label(changed: dict[str, Any]) -> None:
    """So may one that the carrier is still making."""
    with pytest.raises(Ambiguous):
        answers.parse_purchase(bought(**changed))


def test_a_label_that_could_not_be_made_is_none() -> None:
    with pytest.raises(Rejected):
        answers.parse_purchase(bought(status="error", tracking_number=None))
    assert not answers.parse_label(bought(status="error", tracking_number=None)).live
    assert not answers.parse_label(bought(status="voided", voided=True)).live


def test_a_label_of_another_reference_is_not_adopted() -> None:
    with pytest.raises(Ambiguous):
        answers.parse_referenced_label(bought(), "B" * 26)


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"approved": True, "message": "voided"}, UndoOutcome.VOIDED),
        ({"approved": False, "reason_code": "label_already_voided"}, UndoOutcome.ALREADY_VOIDED),
        ({"approved": False, "reason_code": "label_already_used"}, UndoOutcome.TOO_LATE),
        ({"approved": False, "reason_code": "label_not_found_within_void_period"}, UndoOutcome.TOO_LATE),
    ],
)
def test_a_void_is_what_its_flag_and_reason_say(body: dict[str, Any], outcome: UndoOutcome) -> None:
    assert answers.parse_void(body) is outcome


@pytest.mark.parametrize("reason", ["contact_carrier", "validation_failed", None, "new to us"])
def test_a_void_that_was_not_approved_is_none(reason: str | None) -> None:
    """ShipEngine's own words are kept."""
    with pytest.raises(Rejected, match="ask them"):
        answers.parse_void({"approved": False, "message": "ask them", "reason_code": reason})


@pytest.mark.parametrize("told", [None, "true", 1])
def test_a_void_that_does_not_say_so_is_not_known(told: Any) -> None:
    with pytest.raises(Ambiguous):
        answers.parse_void({"approved": told})


def test_scans_are_told_in_their_order() -> None:
    events = [
        {"occurred_at": "2026-02-03T12:01:00Z", "status_code": "DE", "description": "Delivered"},
        {"occurred_at": "2026-02-02T12:01:00Z", "status_code": "ZZ", "description": "New to us"},
    ]
    found = answers.parse_tracking({"status_code": "DE", "events": events}, "9400")
    assert found.status is TrackingStatus.DELIVERED
    assert [event.status for event in found.events] == [TrackingStatus.UNKNOWN, TrackingStatus.DELIVERED]


def test_a_price_is_everything_that_is_charged() -> None:
    """The cheapest of each service, for ShipEngine tells one for each kind of package."""
    one = {"service_code": "usps_priority", "shipping_amount": {"currency": "usd", "amount": 7}}
    dear = {**one, "other_amount": {"currency": "usd", "amount": 0.5}}
    found = answers.parse_rates({"rate_response": {"rates": [dear, {**one, "shipping_amount": None}, dear]}})
    assert [(rate.service, rate.amount, rate.currency) for rate in found] == [("usps_priority", "7.50", "USD")]
    with pytest.raises(Ambiguous):
        answers.parse_rates({})


def failure(status: int, code: str = "unspecified", of: str = "business_rules", **more: Any) -> RawAnswer:
    error = {"error_source": "carrier", "error_type": of, "error_code": code, "message": "in its words", **more}
    return RawAnswer(status, json.dumps({"request_id": "r", "errors": [error]}).encode())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (failure(400), Rejected),
        (failure(400, "invalid_address", "validation", field_name="shipment.ship_to.postal_code"), Rejected),
        (failure(400, "identifier_conflict"), Ambiguous),
        (failure(400, "invalid_field_value", field_name="shipment.external_shipment_id"), Ambiguous),
        (failure(400, "unknown", "system"), Ambiguous),
        (failure(401, "unauthorized", "security"), AuthFailed),
        (failure(429, "rate_limit_exceeded"), RateLimited),
        (failure(500), Ambiguous),
        (failure(503), Ambiguous),
        (RawAnswer(503, b"", {"retry-after": "5"}), Ambiguous),
        (RawAnswer(502, b"<html>bad gateway"), Ambiguous),
        (RawAnswer(200, b"<html>maintenance"), Ambiguous),
        (RawAnswer(200, b""), Ambiguous),
        (RawAnswer(200, b'{"label_id": "se-'), Ambiguous),
        (RawAnswer(200, b"[]"), Ambiguous),
    ],
)
def test_a_failure_is_what_its_code_says(answer: RawAnswer, error: type[EffectError]) -> None:
    """The status alone does not decide: an external_shipment_id that is taken may be our own earlier purchase."""
    with pytest.raises(error) as raised:
        parse_answer(answer)
    assert type(raised.value) is error


def test_only_shipengine_itself_can_say_that_there_is_none() -> None:
    """A 404 of a proxy, or of a wrong path, is no proof that nothing was bought."""
    assert is_missing(failure(404, "invalid_identifier"))
    assert not is_missing(RawAnswer(404, b"<html>not found"))
    assert not is_missing(RawAnswer(404, b'{"errors": []}'))


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("shipment.ship_to.address_line1", "ship_to.street1"),
        ("ship_from.phone", "ship_from.phone"),
        ("shipment.ship_to", "ship_to"),
        ("shipment.service_code", "service"),
        ("shipment.packages[0].weight.value", "parcels.0.weight"),
        ("carrier_id", None),
        ("", None),
    ],
)
def test_a_field_is_named_in_our_words(theirs: str, ours: str | None) -> None:
    assert field_of(theirs) == ours


def adapter(monkeypatch: pytest.MonkeyPatch, handler: Callable[[httpx.Request], httpx.Response]) -> ShipEngineCarrier:
    client = httpx.AsyncClient(transport=httpx.MockTransport(handler), base_url="https://carrier.example")
    monkeypatch.setattr("adapters.http.client.new_client", lambda *_: client)
    now = datetime.now(UTC)
    settings = build_connection_settings(options={"carrier_id": CARRIER_ID})
    connection = Connection(UUID(int=1), "shipengine", Mode.LIVE, True, now, settings, {"api_key": "k"})
    return ShipEngineCarrier(connection, Destination("https://carrier.example"))


def test_an_unknown_service_is_answered_with_the_accounts_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """One purchase, which was refused; then one question."""
    calls: list[str] = []

    def answer(sent: httpx.Request) -> httpx.Response:
        calls.append(f"{sent.method} {sent.url.path}")
        if sent.method == "GET":
            return httpx.Response(200, json={"services": [{"service_code": "ups_ground"}]})
        refused = failure(400, "invalid_field_value", field_name="shipment.service_code")
        return httpx.Response(400, content=refused.body)

    with pytest.raises(Rejected, match=r"in its words\. Services of this account: ups_ground") as refused:
        asyncio.run(adapter(monkeypatch, answer).buy(REFERENCE, request()))
    assert refused.value.field == "service"
    assert calls == ["POST /v1/labels", f"GET /v1/carriers/{CARRIER_ID}/services"]


@pytest.mark.parametrize("refusal", [failure(400), failure(400, "identifier_conflict"), failure(401, "unauthorized")])
def test_another_refusal_is_kept_as_it_came(monkeypatch: pytest.MonkeyPatch, refusal: RawAnswer) -> None:
    """Whether or not the account's services can be had."""

    def answer(sent: httpx.Request) -> httpx.Response:
        return httpx.Response(500) if sent.method == "GET" else httpx.Response(refusal.status, content=refusal.body)

    found = asyncio.run(adapter(monkeypatch, answer).buy(REFERENCE, request()))
    assert (found.status, found.body) == (refusal.status, refusal.body)


def test_a_void_is_told_although_nothing_is_said_of_its_refund(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(sent: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"approved": True}) if sent.method == "PUT" else httpx.Response(404)

    assert asyncio.run(adapter(monkeypatch, answer).void("se-1")).outcome is UndoOutcome.VOIDED


def test_insurance_is_paid_on_top_of_the_shipment() -> None:
    """ShipEngine's description wants the two added; without insurance its rate details are the parts."""
    costs = {"shipment_cost": {"amount": 7.1, "currency": "usd"}, "insurance_cost": {"amount": 1.25, "currency": "usd"}}
    detail = {"rate_detail_type": "fuel_charge", "amount": {"amount": 1.1, "currency": "usd"}}
    insured = answers.parse_label(bought(**costs))
    itemized = answers.parse_label(bought(**{**costs, "insurance_cost": None, "rate_details": [detail]}))

    assert (insured.cost, insured.currency) == ("8.35", "USD")
    assert insured.cost_parts == (CostPart("shipment", "7.10"), CostPart("insurance", "1.25"))
    assert itemized.cost_parts == (CostPart("fuel_charge", "1.10"), CostPart("other", "6.00"))


def test_no_price_is_a_refusal_with_the_words_of_the_carrier() -> None:
    invalid = [{"service_code": "a", "error_messages": ["too heavy"]}, {"error_messages": "too long"}, {}]
    errors = [{"message": "not connected"}, {"message": "too heavy"}]
    with pytest.raises(Rejected) as refused:
        answers.parse_rates({"rate_response": {"rates": [], "invalid_rates": invalid, "errors": errors}})
    assert refused.value.message == ("ShipEngine quoted no price for this shipment: not connected; too heavy; too long")
    assert refused.value.vendor_code == "no_rates"
