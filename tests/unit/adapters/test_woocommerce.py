"""WooCommerce's requests as its documentation has them, and its answers read."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from adapters.channels.common.ids import split_id
from adapters.channels.woocommerce import WoocommerceChannel, answers, errors, plugin, requests
from adapters.http.transport import Destination
from domain.channels import FulfillmentRequest, FulfillmentStatus
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, AuthFailed, EffectError, RateLimited, Rejected
from domain.shipping import Connection, ConnectionSettings, Mode, RawAnswer
from tests.fixtures.builders import build_fulfillment_request

REFERENCE = "MFRGGZDFMZTWQ2LKNNWG23TPOA"
OTHER = "AAAAAAAAAAAAAAAAAAAAAAAAAA"
ORDER: dict[str, Any] = {
    "id": 727,
    "status": "processing",
    "line_items": [{"id": 315, "sku": "TEE", "quantity": 2}, {"id": 316, "sku": "MUG", "quantity": 1}],
    "meta_data": [{"id": 1, "key": "_gift", "value": {"not": "ours"}}],
}
COMPLETED = {**ORDER, "status": "completed"}
PART = [{"sku": "TEE", "quantity": 1}]


def request(**changed: Any) -> FulfillmentRequest:
    given: dict[str, Any] = {
        "external_id": "727",
        "tracking_number": "986578788855",
        "carrier": "fedex",
        "line_items": None,
        "notify_customer": False,
    }
    return build_fulfillment_request(**{**given, **changed})


def pushed(body: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the shop has after a change."""
    order = before or ORDER
    kept = [field for field in order["meta_data"] if field["key"] != body["meta_data"][0]["key"]]
    return {**order, **body, "meta_data": [*kept, *body["meta_data"]]}


def push(
    reference: str = REFERENCE, order: dict[str, Any] = ORDER, *, mails: bool = True, **changed: Any
) -> dict[str, Any]:
    return requests.build_push(reference, request(**changed), order, mails=mails)


def test_a_push_is_one_custom_field() -> None:
    """With our reference in its key; the status stays as it is where completing would mail somebody unasked."""
    body = push()

    assert set(body) == {"meta_data"}
    [meta] = body["meta_data"]
    assert meta["key"] == f"orderly_fulfillment_{REFERENCE}"
    assert json.loads(meta["value"]) == {
        "tracking_number": "986578788855",
        "carrier": "fedex",
        "line_items": [{"id": "315", "quantity": 2}, {"id": "316", "quantity": 1}],
        "state": "live",
        "status_before": None,
    }


def test_an_order_is_completed_only_where_nobody_is_mailed_unasked() -> None:
    """By the whole order and the customer's mail."""
    assert push(notify_customer=True)["status"] == "completed"
    assert push(mails=False)["status"] == "completed"
    assert "status" not in push(mails=False, line_items=PART)
    assert "status" not in push(line_items=PART)
    rest = pushed(push(OTHER, line_items=[{"sku": "TEE", "quantity": 2}]))
    assert push(order=rest, mails=False)["status"] == "completed"


@pytest.mark.parametrize(
    ("mails", "order", "items"),
    [(True, ORDER, PART), (False, ORDER, None), (True, COMPLETED, None)],
)
def test_a_mail_that_would_not_be_sent_is_not_promised(
    mails: bool,
    order: dict[str, Any],
    items: list[dict[str, Any]] | None,
) -> None:
    """It is refused before anything is sent, by the field's name."""
    with pytest.raises(Rejected) as refused:
        push(order=order, mails=mails, line_items=items, notify_customer=True)
    assert (refused.value.vendor_code, refused.value.field) == ("no_mail", "notify_customer")


def test_what_our_own_pushes_took_is_gone() -> None:
    """Until they are taken back."""
    once = pushed(push(OTHER))
    with pytest.raises(Rejected) as refused:
        push(order=once)
    assert (refused.value.vendor_code, refused.value.field) == ("exceeds_remaining", "line_items")

    back = pushed(requests.build_cancel(answers.parse_entries(once)[0], once), once)

    assert push(order=back) == push()


def test_a_push_is_found_in_its_answer() -> None:
    """The newest live entry with the tracking number, and whether the customer was mailed."""
    order = pushed(push(notify_customer=True))
    entry = answers.find_pushed_entry(order, request())

    found = answers.to_fulfillment(order, entry, mails=True)

    assert (found.fulfillment_id, found.status, found.notified) == (f"727/{REFERENCE}", FulfillmentStatus.LIVE, True)
    assert answers.to_fulfillment(order, entry, mails=False).notified is False
    with pytest.raises(Ambiguous):
        answers.find_pushed_entry(order, request(tracking_number="1Z"))


def test_undo_puts_the_status_back_that_the_push_changed() -> None:
    """Where nobody has changed it since."""
    [entry] = answers.parse_entries(pushed(push(notify_customer=True)))
    [plain] = answers.parse_entries(pushed(push()))

    assert requests.build_cancel(entry, COMPLETED)["status"] == "processing"
    assert "status" not in requests.build_cancel(entry, {**ORDER, "status": "refunded"})
    assert "status" not in requests.build_cancel(plain, COMPLETED)
    [kept] = answers.parse_entries({"meta_data": requests.build_cancel(entry, COMPLETED)["meta_data"]})
    assert (kept.state, kept.line_items) == ("cancelled", entry.line_items)


class Shop:
    """A shop with one order, whose status plugins may have their own way with: `forced` is what becomes of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, order: dict[str, Any], forced: object = None) -> None:
        self.order = order
        self.forced = forced
        self.written: list[dict[str, Any]] = []
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer), base_url="https://shop.example")
        monkeypatch.setattr("adapters.http.client.new_client", lambda *_: http)
        connection = Connection(
            UUID(int=1), "woocommerce", Mode.LIVE, True, datetime.now(UTC), ConnectionSettings(), {}
        )
        self.channel = WoocommerceChannel(connection, Destination("https://shop.example"))

    def _answer(self, sent: httpx.Request) -> httpx.Response:
        if sent.method == "PUT":
            body = json.loads(sent.content)
            self.written.append(body)
            forced = {"status": self.forced} if self.forced is not None else {}
            self.order = {**pushed(body, self.order), **forced}
        return httpx.Response(200, json=self.order)

    async def cancel(self) -> UndoOutcome:
        return (await self.channel.cancel(f"727/{REFERENCE}")).outcome


async def test_undo_says_what_the_shop_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled, with the status that it had; the second time, it was cancelled before."""
    shop = Shop(monkeypatch, pushed(push(notify_customer=True)))
    assert await shop.cancel() is UndoOutcome.CANCELLED
    assert shop.order["status"] == "processing"
    assert await shop.cancel() is UndoOutcome.ALREADY_CANCELLED
    assert len(shop.written) == 1


async def test_a_status_that_the_shop_keeps_is_not_told_as_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is tried; once somebody gave the order its status back by hand, it is."""
    shop = Shop(monkeypatch, pushed(push(notify_customer=True)), forced="completed")
    for _ in range(2):
        with pytest.raises(Rejected) as refused:
            await shop.cancel()
        assert refused.value.vendor_code == "status_kept"
    assert len(shop.written) == 1
    shop.order["status"] = "processing"
    assert await shop.cancel() is UndoOutcome.ALREADY_CANCELLED


@pytest.mark.parametrize("status", [None, 7, "left out"])
async def test_an_order_without_a_status_is_not_taken_back(monkeypatch: pytest.MonkeyPatch, status: object) -> None:
    """Nothing is written before it is known; nor is an answer without it one."""
    order = {**pushed(push(notify_customer=True)), "status": status}
    if status == "left out":
        del order["status"]
    shop = Shop(monkeypatch, order)
    with pytest.raises(Ambiguous):
        await shop.cancel()
    assert shop.written == []
    shop = Shop(monkeypatch, pushed(push(notify_customer=True)), forced=status if status == 7 else [])
    with pytest.raises(Ambiguous):
        await shop.cancel()


@pytest.mark.parametrize("forced", ["processing", "completed"])
async def test_a_mail_is_told_where_the_order_was_completed(monkeypatch: pytest.MonkeyPatch, forced: str) -> None:
    """By the shop's own answer: whatever was written."""
    shop = Shop(monkeypatch, ORDER, forced=forced)
    wanted = request(notify_customer=True)
    made = shop.channel.read_fulfillment(await shop.channel.push(REFERENCE, wanted), wanted)
    assert shop.written[0]["status"] == "completed"
    assert made.notified is (forced == "completed")


@pytest.mark.parametrize("value", ["", "{", "[]", "{}", None, 7, {"tracking_number": ""}, '{"tracking_number": "1"}'])
def test_an_entry_that_was_edited_by_hand_is_not_guessed(value: object) -> None:
    """The order can't be read then: nothing is sent, and nothing is taken for absent."""
    with pytest.raises(Ambiguous):
        answers.parse_entries({"meta_data": [{"key": f"orderly_fulfillment_{REFERENCE}", "value": value}]})


@pytest.mark.parametrize(
    "order", [{}, {"status": "processing"}, {**ORDER, "line_items": [[]]}, {**ORDER, "meta_data": "x"}]
)
def test_an_order_of_another_shape_is_none(order: dict[str, Any]) -> None:
    """It is ambiguous, never an empty order."""
    with pytest.raises(Ambiguous):
        push(order=order)


def test_ids_are_checked_before_they_are_put_into_a_path() -> None:
    """The order's and the fulfillment's."""
    with pytest.raises(Rejected):
        requests.check_order_id("../727")
    for wrong in ("727", "x/y", "/y"):
        with pytest.raises(Rejected):
            split_id(wrong)
    assert split_id(f"727/{REFERENCE}") == ("727", REFERENCE)


def answer(status: int, body: Any = b"", **headers: str) -> RawAnswer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RawAnswer(status, content, {name.replace("_", "-"): value for name, value in headers.items()})


INVALID = {
    "code": "rest_invalid_param",
    "message": "Invalid parameter(s): status",
    "data": {"status": 400, "params": {"status": "status is not one of pending, processing."}},
}
FAILURES = [
    (answer(400, INVALID), Rejected, "rest_invalid_param"),
    (
        answer(401, {"code": "woocommerce_rest_cannot_edit", "message": "no"}),
        AuthFailed,
        "woocommerce_rest_cannot_edit",
    ),
    (answer(403, {"code": "rest_forbidden", "message": "no"}), AuthFailed, "rest_forbidden"),
    (answer(403, b"<html>"), Rejected, None),
    (answer(404, b"<html>"), Rejected, None),
    (answer(500, b"<b>Fatal error</b>"), Ambiguous, None),
    (answer(503, b"", retry_after="1"), Ambiguous, None),
    (answer(429, b"", retry_after="3"), RateLimited, None),
    (answer(200, b"<br />Warning: ...{}"), Ambiguous, None),
    (answer(200, b""), Ambiguous, None),
    (answer(200, []), Ambiguous, None),
]


@pytest.mark.parametrize(("told", "kind", "code"), FAILURES)
def test_failures_mean_what_they_say(told: RawAnswer, kind: type[EffectError], code: str | None) -> None:
    """With WooCommerce's own code, where it has one."""
    with pytest.raises(kind) as raised:
        errors.parse_answer(told)
    assert type(raised.value) is kind
    assert getattr(raised.value, "vendor_code", None) == code


def test_what_is_wrong_with_a_field_is_told() -> None:
    """WordPress has it below its data."""
    with pytest.raises(Rejected, match="status is not one of"):
        errors.parse_answer(answer(400, INVALID))


def test_only_woocommerce_itself_says_that_there_is_no_order() -> None:
    """A 404 of a server in front of it proves nothing."""
    code = {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}
    assert errors.is_missing(answer(404, code))
    assert errors.is_missing(answer(400, code))
    assert not errors.is_missing(answer(404, b"<html>"))
    assert not errors.is_missing(answer(404, {"code": "rest_no_route", "message": "No route"}))


def test_a_tracking_is_what_the_plugin_asks_for() -> None:
    """By the plugin's own name of the carrier, or as another's."""
    assert requests.build_tracking(request(), []) == {"tracking_provider": "Fedex", "tracking_number": "986578788855"}
    assert requests.build_tracking(request(carrier="Pony"), [{"tracking_number": "1Z"}]) == {
        "custom_tracking_provider": "Pony",
        "tracking_number": "986578788855",
    }


@pytest.mark.parametrize(
    ("changed", "there", "field"),
    [
        ({"notify_customer": True}, [], "notify_customer"),
        ({}, [{"tracking_number": "986578788855"}], "tracking_number"),
    ],
)
def test_what_the_plugin_would_not_do_is_refused_by_name(
    changed: dict[str, Any], there: list[dict[str, Any]], field: str
) -> None:
    """It mails nobody, and two trackings of one number could not be told apart."""
    with pytest.raises(Rejected) as refused:
        requests.build_tracking(request(**changed), there)
    assert refused.value.field == field


def test_a_tracking_is_read() -> None:
    """One without a name of its own is of another shape."""
    made = answers.parse_tracking("727", {"tracking_id": "7f49", "tracking_number": "986578788855"})

    assert (made.fulfillment_id, made.notified) == ("727/tracking-7f49", False)
    wrongs: list[dict[str, Any]] = [{}, {"tracking_id": ""}, {"tracking_id": "7f49"}]
    for wrong in wrongs:
        with pytest.raises(Ambiguous):
            answers.parse_tracking("727", wrong)


def test_a_list_of_trackings_is_never_taken_for_empty() -> None:
    """A single one is a list of one; any other answer is ambiguous."""
    assert errors.parse_list(answer(200, []), *plugin.NAMES) == []
    tracking = {"tracking_id": "7f49", "tracking_number": "1"}
    assert errors.parse_list(answer(200, tracking), *plugin.NAMES) == [tracking]
    wrongs: list[Any] = [b"", b"<html>", b"null", {}, {"unexpected": [[]]}, [[]], [{}], [{"code": "x", "message": "y"}]]
    for wrong in wrongs:
        with pytest.raises(Ambiguous):
            errors.parse_list(answer(200, wrong), *plugin.NAMES)
