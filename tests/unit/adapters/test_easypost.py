"""EasyPost's requests and answers, and what becomes of a purchase that takes two calls."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from adapters.carriers.easypost import EasyPostCarrier, answers, requests
from adapters.carriers.easypost.errors import field_of, is_missing, parse_answer
from adapters.http.transport import Destination
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, AuthFailed, EffectError, NotSent, RateLimited, Rejected
from domain.shipping import Connection, ConnectionSettings, Mode, PurchaseAttempt, RawAnswer, ShipmentRequest
from domain.tracking import TrackingStatus
from domain.vendors.easypost import EASYPOST
from tests.fixtures.builders import FULL_SENDER, SHORT_RECIPIENT, build_shipment_request

REFERENCE = "MFRGGZDFMZTWQ2LKNNWG23TPOA"
TO = {**SHORT_RECIPIENT, "state": None}
PARCEL = {"weight": "1", "weight_unit": "kg", "length": "10", "width": "8", "height": "4", "dimension_unit": "in"}
RATES = [
    {"id": "rate_1", "carrier": "USPS", "service": "Priority", "rate": "11.01", "currency": "USD"},
    {"id": "rate_2", "carrier": "USPS", "service": "GroundAdvantage", "rate": "8.20", "currency": "USD"},
    {"id": "rate_3", "carrier": "USPS", "service": "Priority", "rate": "9.90", "currency": "USD"},
]


def request(**changed: Any) -> ShipmentRequest:
    given = {
        "service": "USPS.Priority",
        "label_format": "ZPL",
        "ship_from": FULL_SENDER,
        "ship_to": TO,
        "parcels": [PARCEL],
    }
    return build_shipment_request(**{**given, **changed})


def test_a_shipment_is_what_easypost_asks_for() -> None:
    """Ounces and inches, our reference, the label's format, and the only account to ask where one is set."""
    assert requests.build_shipment(request(), "ca_1", REFERENCE) == {
        "shipment": {
            "to_address": {
                "name": "Ada",
                "street1": "1 Way",
                "city": "Portland",
                "state": "OR",
                "zip": "97201",
                "country": "US",
            },
            "from_address": {
                "name": "Warehouse",
                "company": "Orderly",
                "street1": "2600 Meridian Parkway",
                "street2": "Dock 4",
                "city": "Durham",
                "state": "NC",
                "zip": "27713",
                "country": "US",
                "phone": "9195550100",
            },
            "parcel": {"weight": 35.3, "length": 10.0, "width": 8.0, "height": 4.0},
            "options": {"label_format": "ZPL", "label_size": "4x6"},
            "reference": REFERENCE,
            "carrier_accounts": ["ca_1"],
        }
    }
    assert "reference" not in requests.build_shipment(request(), None)["shipment"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"ship_to": {**TO, "country": "DE"}}, "ship_to.country"),
        ({"ship_to": {**TO, "name": "Ada \ue000"}}, "ship_to.name"),
        ({"ship_from": {**FULL_SENDER, "street2": "x" * 101}}, "ship_from.street2"),
        ({"parcels": [PARCEL, PARCEL]}, "parcels"),
    ],
)
def test_what_easypost_could_not_take_names_its_field(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejected) as refused:
        requests.build_shipment(request(**changed), None, REFERENCE)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("code", "fits"),
    [
        ("USPS.GroundAdvantage", True),
        ("UPSDAP.2ndDayAir", True),
        ("CanadaPost.Solutions: Priority", True),
        ("AsendiaUsa.PMI: e-PAQ Select", True),
        ("Amazon Shipping.Parcel 2.0 (24h)", True),
        ("GROUND", False),
        (".Ground", False),
        ("USPS.", False),
        ("USPS. Ground", False),
        ("USPS.Ground ", False),
        ("USPS.Gr\u00fcn", False),
    ],
)
def test_a_service_has_the_form_of_one(code: str, fits: bool) -> None:
    problem = EASYPOST.service_problem(code)
    assert (problem is None) is fits


def drafted(**changed: Any) -> dict[str, Any]:
    given = {"id": "shp_1", "reference": REFERENCE, "rates": RATES, "postage_label": None, "tracking_code": None}
    return {**given, "selected_rate": None, "refund_status": None, **changed}


def bought(**changed: Any) -> dict[str, Any]:
    label = {"label_url": "https://files.example/1.pdf", "label_file_type": "application/pdf"}
    return drafted(
        **{"selected_rate": RATES[2], "postage_label": label, "tracking_code": "9434600208303109842228", **changed}
    )


def test_a_bought_label_is_read() -> None:
    label = answers.parse_label(bought())
    assert (label.carrier_shipment_id, label.tracking_number) == ("shp_1", "9434600208303109842228")
    assert (label.service, label.cost, label.currency, label.live) == ("USPS.Priority", "9.90", "USD", True)
    assert (label.label_format, label.document) == ("PDF", None)


@pytest.mark.parametrize(
    ("refund", "live"), [("submitted", False), ("refunded", False), ("rejected", True), ("not_applicable", True)]
)
def test_a_label_is_live_unless_its_refund_is_on_its_way(refund: str, live: bool) -> None:
    assert answers.parse_label(bought(refund_status=refund)).live is live


@pytest.mark.parametrize(
    "body",
    [
        {},
        drafted(),
        bought(id=None),
        bought(tracking_code=None),
        bought(tracking_code="9" * 300),
        bought(selected_rate=None),
        bought(selected_rate={"carrier": "USPS"}),
        bought(refund_status="new to us"),
    ],
)
def test_another_shape_may_be_a_label(body: dict[str, Any]) -> None:
    with pytest.raises(Ambiguous):
        answers.parse_label(body)


@pytest.mark.parametrize("rate", [None, "much", True, 1e300, []])
def test_a_strange_price_is_no_reason_to_lose_a_label(rate: Any) -> None:
    assert answers.parse_label(bought(selected_rate={**RATES[0], "rate": rate})).cost is None


def test_the_cheapest_price_of_a_service_is_bought() -> None:
    """A single price without its list is one of one."""
    assert answers.choose_rate(drafted(), "USPS.Priority") == "rate_3"
    assert answers.choose_rate(drafted(rates=RATES[1]), "USPS.GroundAdvantage") == "rate_2"


def test_an_unknown_service_is_answered_with_the_accounts_own() -> None:
    """And with what the carriers said that offer nothing."""
    messages = [{"carrier": "UPS", "type": "rate_error", "message": "shipper number is invalid"}]
    with pytest.raises(Rejected, match=r"Offered: USPS.GroundAdvantage, USPS.Priority; UPS: shipper number") as refused:
        answers.choose_rate(drafted(messages=messages), "UPS.Ground")
    assert refused.value.field == "service"
    with pytest.raises(Rejected, match="Offered: none"):
        answers.choose_rate(drafted(rates=[]), "UPS.Ground")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("submitted", UndoOutcome.REFUND_PENDING),
        ("refunded", UndoOutcome.VOIDED),
        ("not_applicable", UndoOutcome.UNSUPPORTED),
        (None, None),
    ],
)
def test_a_refund_is_what_its_status_says(status: str | None, outcome: UndoOutcome | None) -> None:
    assert answers.parse_refund(bought(refund_status=status)) is outcome


def test_a_rejected_refund_is_too_late_only_where_the_parcel_is_on_its_way() -> None:
    """EasyPost lets the same refund be asked for again, so otherwise a person should look."""
    moving = bought(refund_status="rejected", tracker={"status": "in_transit"})
    assert answers.parse_refund(moving) is UndoOutcome.TOO_LATE
    with pytest.raises(Rejected):
        answers.parse_refund(bought(refund_status="rejected", tracker={"status": "pre_transit"}))
    with pytest.raises(Ambiguous):
        answers.parse_refund({})


def test_scans_are_told_in_their_order() -> None:
    details = [
        {"datetime": "2026-02-03T12:01:00Z", "status": "delivered", "message": "Delivered"},
        {"datetime": "2026-02-02T12:01:00Z", "status": "odd", "message": "New to us"},
    ]
    tracker = {"tracking_code": "94", "status": "delivered", "tracking_details": details}
    found = answers.parse_tracking({"trackers": [{"tracking_code": "95"}, tracker]}, "94")
    assert found.status is TrackingStatus.DELIVERED
    assert [event.status for event in found.events] == [TrackingStatus.UNKNOWN, TrackingStatus.DELIVERED]


def failure(status: int, code: str | None, field: str | None = None) -> RawAnswer:
    errors = [{"field": field, "message": "is wrong"}] if field else []
    error = {"code": code, "message": "in its words", "errors": errors}
    return RawAnswer(status, json.dumps({"error": error}).encode())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (failure(422, "SHIPMENT.POSTAGE.FAILURE"), Rejected),
        (failure(422, "PARAMETER.INVALID", "shipment.to_address.zip"), Rejected),
        (failure(422, "SHIPMENT.POSTAGE.EXISTS"), Ambiguous),
        (failure(422, "SHIPMENT.PURCHASE.IN_PROGRESS"), Ambiguous),
        (failure(422, "SHIPMENT.POSTAGE.TIMED_OUT"), Ambiguous),
        (failure(400, "SHIPMENT.POSTAGE.NO_RESPONSE"), Ambiguous),
        (failure(401, "APIKEY.INACTIVE"), AuthFailed),
        (failure(429, "RATE_LIMITED"), RateLimited),
        (failure(500, "INTERNAL_SERVER_ERROR"), Ambiguous),
        (RawAnswer(503, b"", {"retry-after": "5"}), Ambiguous),
        (RawAnswer(502, b"<html>bad gateway"), Ambiguous),
        (RawAnswer(422, b'{"error": "odd"}'), Rejected),
        (RawAnswer(422, b'{"error": {"errors": {"field": 7}}}'), Rejected),
        (RawAnswer(200, b"<html>maintenance"), Ambiguous),
        (RawAnswer(200, b""), Ambiguous),
        (RawAnswer(200, b'{"id": "shp_'), Ambiguous),
    ],
)
def test_a_failure_is_what_its_code_says(answer: RawAnswer, error: type[EffectError]) -> None:
    """The status alone does not decide: a 422 may say that the label is there."""
    with pytest.raises(error) as raised:
        parse_answer(answer)
    assert type(raised.value) is error


def test_only_easypost_itself_can_say_that_there_is_none() -> None:
    assert is_missing(failure(404, "NOT_FOUND"))
    assert not is_missing(RawAnswer(404, b"<html>not found"))
    assert not is_missing(RawAnswer(404, b"{}"))


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("shipment.to_address.zip", "ship_to.postal_code"),
        ("from_address.street1", "ship_from.street1"),
        ("to_address", "ship_to"),
        ("parcel.weight", "parcels.0.weight"),
        ("rate", None),
        ("", None),
    ],
)
def test_a_field_is_named_in_our_words(theirs: str, ours: str | None) -> None:
    assert field_of(theirs) == ours


class EasyPost:
    """Answers each call with what is written down for it; a call that is not has no answer at all."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **told: tuple[int, Any]) -> None:
        self.told = told
        self.calls: list[str] = []
        self.keys: list[str | None] = []
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer), base_url="https://carrier.example")
        monkeypatch.setattr("adapters.http.client.new_client", lambda *_: client)
        connection = Connection(
            UUID(int=1), "easypost", Mode.LIVE, True, datetime.now(UTC), ConnectionSettings(), {"api_key": "k"}
        )
        self.adapter = EasyPostCarrier(connection, Destination("https://carrier.example"))

    def _answer(self, sent: httpx.Request) -> httpx.Response:
        last = sent.url.path.rsplit("/", 1)[-1]
        name = last if last in ("buy", "refund") else {"shipments": "create", REFERENCE: "find"}.get(last, "get")
        name = "list_" if name == "create" and sent.method == "GET" else name
        self.calls.append(name)
        if name not in self.told:
            raise httpx.ReadTimeout("late")
        status, body = self.told[name]
        return httpx.Response(status, content=body) if isinstance(body, bytes) else httpx.Response(status, json=body)

    def buy(self) -> RawAnswer:
        return asyncio.run(self.adapter.buy(REFERENCE, request()))


MISSING = (404, {"error": {"code": "NOT_FOUND", "message": "none"}})


def test_a_purchase_is_one_call_after_the_shipment_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    easypost = EasyPost(monkeypatch, find=MISSING, create=(201, drafted()), buy=(200, bought()))
    label = easypost.adapter.read_label(easypost.buy(), request())
    assert label.tracking_number == "9434600208303109842228"
    assert easypost.calls == ["find", "create", "buy"]


def test_a_shipment_that_is_there_is_bought_and_no_other_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """EasyPost sells one shipment once: a purchase that is still on its way somewhere can't become a second label."""
    easypost = EasyPost(monkeypatch, find=(200, drafted()), buy=(200, bought()))
    easypost.buy()
    assert easypost.calls == ["find", "buy"]


def test_a_shipment_that_was_bought_is_not_bought_again(monkeypatch: pytest.MonkeyPatch) -> None:
    easypost = EasyPost(monkeypatch, find=(200, bought()))
    assert easypost.adapter.read_label(easypost.buy(), request()).carrier_shipment_id == "shp_1"
    assert easypost.calls == ["find"]


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({}, NotSent),
        ({"find": (500, b"")}, NotSent),
        ({"find": (404, b"<html>")}, Rejected),
        ({"find": (200, bought(reference="another"))}, NotSent),
        ({"find": MISSING}, Ambiguous),
        ({"find": MISSING, "create": (500, b"")}, NotSent),
        ({"find": MISSING, "create": (201, b"<html>")}, NotSent),
        ({"find": MISSING, "create": (201, {})}, NotSent),
        ({"find": MISSING, "create": (422, {"error": {"code": "ADDRESS.INVALID"}})}, Rejected),
        ({"find": MISSING, "create": (201, drafted(rates=[]))}, Rejected),
    ],
)
def test_nothing_is_bought_before_a_shipment_is_there(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, tuple[int, Any]], error: type[EffectError]
) -> None:
    """A failure on the way to a purchase is none of the purchase; a shipment that may be made yet is waited for."""
    easypost = EasyPost(monkeypatch, **told)
    with pytest.raises(error) as raised:
        easypost.buy()
    assert type(raised.value) is error
    assert "buy" not in easypost.calls


@pytest.mark.parametrize("code", ["SHIPMENT.POSTAGE.EXISTS", "SHIPMENT.POSTAGE.TIMED_OUT"])
def test_a_refusal_that_may_be_a_label_is_no_answer(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """An answer would mean that nothing is in flight any more; with the carrier behind EasyPost something may be."""
    easypost = EasyPost(monkeypatch, find=(200, drafted()), buy=(422, {"error": {"code": code}}))
    with pytest.raises(Ambiguous):
        easypost.buy()


def find(easypost: EasyPost) -> list[str]:
    found = asyncio.run(easypost.adapter.find_labels(REFERENCE, PurchaseAttempt(datetime.now(UTC), datetime.now(UTC))))
    return [label.carrier_shipment_id for label in found]


def test_two_shipments_with_one_reference_do_not_hide_a_label(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that EasyPost finds is not bought; another is."""
    others = [bought(id="shp_3", reference=None), bought(id="shp_2")]
    listed = (200, {"shipments": others, "has_more": False})
    assert find(EasyPost(monkeypatch, find=(200, drafted()), list_=listed)) == ["shp_2"]
    assert find(EasyPost(monkeypatch, find=MISSING, list_=(200, {"shipments": [], "has_more": False}))) == []


@pytest.mark.parametrize(
    "told",
    [
        {"find": (404, b"<html>")},
        {"find": MISSING, "list_": (200, {})},
        {"find": MISSING, "list_": (200, {"shipments": []})},
        {"find": MISSING, "list_": (200, {"shipments": [bought(reference=None)], "has_more": True})},
    ],
)
def test_absence_is_proven_by_a_whole_look_only(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, tuple[int, Any]]
) -> None:
    with pytest.raises((Ambiguous, Rejected)):
        find(EasyPost(monkeypatch, **told))


def void(easypost: EasyPost) -> UndoOutcome:
    return asyncio.run(easypost.adapter.void("shp_1")).outcome


def test_a_refund_that_was_asked_for_before_is_told_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    again = (422, {"error": {"code": "SHIPMENT.REFUND.UNAVAILABLE"}})
    done = EasyPost(monkeypatch, refund=again, get=(200, bought(refund_status="refunded")))
    assert void(done) is UndoOutcome.ALREADY_VOIDED
    waiting = EasyPost(monkeypatch, refund=again, get=(200, bought(refund_status="submitted")))
    assert void(waiting) is UndoOutcome.REFUND_PENDING
    with pytest.raises(Rejected):
        void(EasyPost(monkeypatch, refund=again, get=(200, bought())))
    with pytest.raises(Ambiguous):
        void(EasyPost(monkeypatch, refund=(200, bought())))


@pytest.mark.parametrize(
    "url", ["http://files.example/1", "file:///etc/passwd", "ftp://files.example/1", "https://files.example:port/1"]
)
def test_a_document_is_fetched_by_https_only(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    easypost = EasyPost(monkeypatch, get=(200, bought(postage_label={"label_url": url})))
    with pytest.raises(Rejected):
        asyncio.run(easypost.adapter.document("shp_1"))
    assert easypost.calls == ["get"]


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
def test_fees_are_paid_on_top_of_the_rate(fees: list[dict[str, str]], cost: str, parts: dict[str, str]) -> None:
    """The rate is the postage; a fee that says so is the same."""
    rate = {"id": "rate_1", "carrier": "USPS", "service": "Priority", "rate": "6.07", "currency": "USD"}
    label = answers.parse_label(bought(selected_rate=rate, fees=fees))
    assert (label.cost, {part.name: part.amount for part in label.cost_parts}) == (cost, parts)


def test_no_price_is_a_refusal_with_the_words_of_the_carriers() -> None:
    messages = [{"carrier": "UPS", "type": "rate_error", "message": "Shipper is not active"}]
    with pytest.raises(Rejected) as refused:
        answers.parse_rates({"rates": [], "messages": messages})
    assert refused.value.message == "EasyPost quoted no price for this shipment: UPS: Shipper is not active"
