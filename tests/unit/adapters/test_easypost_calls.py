"""Purchases, searches, voids and documents at EasyPost; a purchase takes two calls."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from adapters.carriers.easypost import EasyPostCarrier
from adapters.carriers.easypost.requests import build_shipment
from adapters.http.transport import Destination
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, EffectError, NotSent, Rejected
from domain.shipping import PurchaseAttempt, RawAnswer
from tests.fixtures.builders import REFERENCE, Json, build_connection
from tests.unit.adapters.easypost_shipments import (
    MISSING,
    TO,
    build_request,
    build_sold_shipment,
    build_unsold_shipment,
)

SENDER = build_shipment(build_request(), None)["shipment"]["from_address"]
WANTED = {"label_format": "ZPL", "label_size": "4x6"}
"""The options of each of these shipments."""
PAYER = {"payer": "recipient", "account": "A1B2C3", "postal_code": "97201"}
PAYMENT = {"type": "RECEIVER", "account": "A1B2C3", "postal_code": "97201"}


class FakeEasyPost:
    """EasyPost with one reply for each call; a call without a reply times out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **replies: tuple[int, Any]) -> None:
        self.replies = replies
        self.calls: list[str] = []
        self.keys: list[str | None] = []
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer), base_url="https://carrier.example")
        monkeypatch.setattr("adapters.http.client.new_client", lambda *_: client)
        connection = build_connection("easypost", {"api_key": "k"})
        self.adapter = EasyPostCarrier(connection, Destination("https://carrier.example"))

    def _answer(self, http_request: httpx.Request) -> httpx.Response:
        last = http_request.url.path.rsplit("/", 1)[-1]
        name = last if last in ("buy", "refund") else {"shipments": "create", REFERENCE: "find"}.get(last, "get")
        name = "list_" if name == "create" and http_request.method == "GET" else name
        self.calls.append(name)
        if name not in self.replies:
            raise httpx.ReadTimeout("late")
        status, body = self.replies[name]
        return httpx.Response(status, content=body) if isinstance(body, bytes) else httpx.Response(status, json=body)

    def buy(self, **changes: Any) -> RawAnswer:
        return asyncio.run(self.adapter.buy(REFERENCE, build_request(**changes)))


def test_a_purchase_creates_the_shipment_and_buys_it(monkeypatch: pytest.MonkeyPatch) -> None:
    easypost = FakeEasyPost(
        monkeypatch, find=MISSING, create=(201, build_unsold_shipment()), buy=(200, build_sold_shipment())
    )
    label = easypost.adapter.read_label(easypost.buy(), build_request())
    assert label.tracking_number == "9434600208303109842228"
    assert easypost.calls == ["find", "create", "buy"]


def test_a_corrected_address_of_a_new_shipment_is_bought(monkeypatch: pytest.MonkeyPatch) -> None:
    draft = build_unsold_shipment(to_address={"zip": "99999"})
    easypost = FakeEasyPost(monkeypatch, find=MISSING, create=(201, draft), buy=(200, build_sold_shipment()))
    easypost.buy(shipping_options={"address_validation": "carrier"})
    assert easypost.calls == ["find", "create", "buy"]


def test_an_existing_shipment_is_bought_and_no_other_is_created(monkeypatch: pytest.MonkeyPatch) -> None:
    """EasyPost sells a shipment once, so a purchase in flight can't become a second label."""
    easypost = FakeEasyPost(monkeypatch, find=(200, build_unsold_shipment()), buy=(200, build_sold_shipment()))
    easypost.buy()
    assert easypost.calls == ["find", "buy"]


@pytest.mark.parametrize(
    "echo",
    [
        {"options": {**WANTED, "delivery_confirmation": "ADULT_SIGNATURE"}},
        {"options": {**WANTED, "saturday_delivery": True}},
        {"options": {**WANTED, "payment": {"type": "RECEIVER", "account": "1", "postal_code": "97201"}}},
        {"options": {**WANTED, "label_size": "4x8"}},
        {"options": {**WANTED, "label_date": "2026-12-01T12:00:00Z"}},
        {"options": {**WANTED, "registered_mail": True}},
        {"options": {**WANTED, "address_validation_level": "0"}},
        {"options": {**WANTED, "print_custom_2": "P-2"}},
        {"return_address": {**SENDER, "street1": "1 Returns Way"}},
        {"return_address": {**SENDER, "zip": "10001"}},
        {"parcel": {"predefined_package": "FlatRateEnvelope"}},
    ],
    ids=str,
)
@pytest.mark.parametrize(("build", "error"), [(build_unsold_shipment, Rejected), (build_sold_shipment, Ambiguous)])
def test_an_existing_shipment_with_other_options_is_neither_bought_nor_adopted(
    monkeypatch: pytest.MonkeyPatch, build: Callable[..., Any], error: type[EffectError], echo: dict[str, Any]
) -> None:
    """The account's defaults may have changed since it was created."""
    easypost = FakeEasyPost(monkeypatch, find=(200, build(**echo)))
    with pytest.raises(error, match="different"):
        easypost.buy()
    assert easypost.calls == ["find"]


@pytest.mark.parametrize(
    ("options", "echo"),
    [
        ({"billing": PAYER}, {"payment": {"type": "SENDER"}}),
        ({"billing": PAYER}, {"payment": {**PAYMENT, "account": "another"}}),
        ({"ship_date": "2026-12-01"}, {}),
        ({"carrier_options": {"machinable": False}}, {"machinable": True}),
    ],
)
def test_an_existing_shipment_that_lacks_an_option_is_not_bought(
    monkeypatch: pytest.MonkeyPatch, options: Json, echo: Json
) -> None:
    easypost = FakeEasyPost(monkeypatch, find=(200, build_unsold_shipment(options={**WANTED, **echo})))
    with pytest.raises(Rejected) as refused:
        easypost.buy(shipping_options=options)
    assert refused.value.vendor_code == "changed_meanwhile"


@pytest.mark.parametrize("checks", [{}, {"delivery": {"success": False}}])
def test_an_existing_shipment_without_a_valid_address_is_not_bought(
    monkeypatch: pytest.MonkeyPatch, checks: Json
) -> None:
    draft = build_unsold_shipment(to_address={"zip": TO["postal_code"], "verifications": checks})
    with pytest.raises(Rejected, match="address validation"):
        FakeEasyPost(monkeypatch, find=(200, draft)).buy(shipping_options={"address_validation": "strict"})


def test_an_option_in_another_form_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """EasyPost may add usual values and nulls, and write texts in its own form."""
    options = {
        **WANTED,
        "currency": "USD",
        "date_advance": 0,
        "label_date": "2026-12-01T12:00:00Z",
        "payment": {**PAYMENT, "country": None},
        "delivery_confirmation": None,
        "registered_mail": False,
        "machinable": True,
    }
    returns = {**SENDER, "street1": SENDER["street1"].upper(), "zip": f"{SENDER['zip'][:5]}-1234", "phone": None}
    draft = build_unsold_shipment(options=options, return_address=returns)
    easypost = FakeEasyPost(monkeypatch, find=(200, draft), buy=(200, build_sold_shipment()))
    easypost.buy(shipping_options={"billing": PAYER, "ship_date": "2026-12-01"})
    assert easypost.calls == ["find", "buy"]


def test_a_purchased_shipment_is_not_bought_again(monkeypatch: pytest.MonkeyPatch) -> None:
    easypost = FakeEasyPost(monkeypatch, find=(200, build_sold_shipment()))
    assert easypost.adapter.read_label(easypost.buy(), build_request()).carrier_shipment_id == "shp_1"
    assert easypost.calls == ["find"]


@pytest.mark.parametrize(
    ("replies", "error"),
    [
        ({}, NotSent),
        ({"find": (500, b"")}, NotSent),
        ({"find": (404, b"<html>")}, Rejected),
        ({"find": (200, build_sold_shipment(reference="another"))}, NotSent),
        ({"find": MISSING}, Ambiguous),
        ({"find": MISSING, "create": (500, b"")}, NotSent),
        ({"find": MISSING, "create": (201, b"<html>")}, NotSent),
        ({"find": MISSING, "create": (201, {})}, NotSent),
        ({"find": MISSING, "create": (422, {"error": {"code": "ADDRESS.INVALID"}})}, Rejected),
        ({"find": MISSING, "create": (201, build_unsold_shipment(rates=[]))}, Rejected),
    ],
)
def test_nothing_is_bought_until_the_shipment_exists(
    monkeypatch: pytest.MonkeyPatch, replies: dict[str, tuple[int, Any]], error: type[EffectError]
) -> None:
    """A failure before the purchase is NotSent or Rejected, but Ambiguous while the shipment may still be created."""
    easypost = FakeEasyPost(monkeypatch, **replies)
    with pytest.raises(error) as raised:
        easypost.buy()
    assert type(raised.value) is error
    assert "buy" not in easypost.calls


@pytest.mark.parametrize("code", ["SHIPMENT.POSTAGE.EXISTS", "SHIPMENT.POSTAGE.TIMED_OUT"])
def test_a_refusal_that_may_hide_a_label_is_ambiguous(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """EasyPost may still be waiting for the carrier, so the purchase is not over."""
    easypost = FakeEasyPost(monkeypatch, find=(200, build_unsold_shipment()), buy=(422, {"error": {"code": code}}))
    with pytest.raises(Ambiguous):
        easypost.buy()


def find_labels(easypost: FakeEasyPost) -> list[str]:
    labels = asyncio.run(easypost.adapter.find_labels(REFERENCE, PurchaseAttempt(datetime.now(UTC), datetime.now(UTC))))
    return [label.carrier_shipment_id for label in labels]


def test_a_label_is_found_among_two_shipments_with_one_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """EasyPost finds the unsold one by its reference; the list has the sold one."""
    sold_shipments = [build_sold_shipment(id="shp_3", reference=None), build_sold_shipment(id="shp_2")]
    page = (200, {"shipments": sold_shipments, "has_more": False})
    assert find_labels(FakeEasyPost(monkeypatch, find=(200, build_unsold_shipment()), list_=page)) == ["shp_2"]
    assert find_labels(FakeEasyPost(monkeypatch, find=MISSING, list_=(200, {"shipments": [], "has_more": False}))) == []


@pytest.mark.parametrize(
    "replies",
    [
        {"find": (404, b"<html>")},
        {"find": MISSING, "list_": (200, {})},
        {"find": MISSING, "list_": (200, {"shipments": []})},
        {"find": MISSING, "list_": (200, {"shipments": [build_sold_shipment(reference=None)], "has_more": True})},
    ],
)
def test_only_complete_answers_prove_that_there_is_no_label(
    monkeypatch: pytest.MonkeyPatch, replies: dict[str, tuple[int, Any]]
) -> None:
    with pytest.raises((Ambiguous, Rejected)):
        find_labels(FakeEasyPost(monkeypatch, **replies))


def void_label(easypost: FakeEasyPost) -> UndoOutcome:
    return asyncio.run(easypost.adapter.void("shp_1")).outcome


def test_a_repeated_refund_request_returns_the_current_status(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = (422, {"error": {"code": "SHIPMENT.REFUND.UNAVAILABLE"}})
    with_refund = FakeEasyPost(monkeypatch, refund=refusal, get=(200, build_sold_shipment(refund_status="refunded")))
    assert void_label(with_refund) is UndoOutcome.ALREADY_VOIDED
    with_pending_refund = FakeEasyPost(
        monkeypatch, refund=refusal, get=(200, build_sold_shipment(refund_status="submitted"))
    )
    assert void_label(with_pending_refund) is UndoOutcome.REFUND_PENDING
    with pytest.raises(Rejected):
        void_label(FakeEasyPost(monkeypatch, refund=refusal, get=(200, build_sold_shipment())))
    with pytest.raises(Ambiguous):
        void_label(FakeEasyPost(monkeypatch, refund=(200, build_sold_shipment())))


@pytest.mark.parametrize(
    "url", ["http://files.example/1", "file:///etc/passwd", "ftp://files.example/1", "https://files.example:port/1"]
)
def test_a_label_document_is_fetched_only_by_https(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    easypost = FakeEasyPost(monkeypatch, get=(200, build_sold_shipment(postage_label={"label_url": url})))
    with pytest.raises(Rejected):
        asyncio.run(easypost.adapter.document("shp_1"))
    assert easypost.calls == ["get"]
