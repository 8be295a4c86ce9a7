"""Undo of a WooCommerce push cancels its entry and restores the status of the order."""

import json
from typing import Any

import httpx
import pytest

from adapters.channels.woocommerce import WoocommerceChannel, answers, requests
from adapters.http.transport import Destination
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, Rejected
from tests.fixtures.builders import REFERENCE, build_connection
from tests.unit.adapters.woocommerce_pushes import COMPLETED, ORDER, apply_change, build_push, build_request


def test_undo_restores_the_status_that_the_push_changed() -> None:
    """It leaves a status that changed since, and one that the push left."""
    [entry] = answers.parse_entries(apply_change(build_push(notify_customer=True)))
    [plain] = answers.parse_entries(apply_change(build_push()))

    assert requests.build_cancel(entry, COMPLETED)["status"] == "processing"
    assert "status" not in requests.build_cancel(entry, {**ORDER, "status": "refunded"})
    assert "status" not in requests.build_cancel(plain, COMPLETED)
    [cancelled] = answers.parse_entries({"meta_data": requests.build_cancel(entry, COMPLETED)["meta_data"]})
    assert (cancelled.state, cancelled.line_items) == ("cancelled", entry.line_items)


class FakeShop:
    """A shop with one order; a plugin sets its status to `forced` at each change."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, order: dict[str, Any], forced: object = None) -> None:
        self.order = order
        self.forced = forced
        self.written: list[dict[str, Any]] = []
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer), base_url="https://shop.example")
        monkeypatch.setattr("adapters.http.client.new_client", lambda *_: http)
        self.channel = WoocommerceChannel(build_connection("woocommerce"), Destination("https://shop.example"))

    def _answer(self, http_request: httpx.Request) -> httpx.Response:
        if http_request.method == "PUT":
            body = json.loads(http_request.content)
            self.written.append(body)
            forced = {"status": self.forced} if self.forced is not None else {}
            self.order = {**apply_change(body, self.order), **forced}
        return httpx.Response(200, json=self.order)

    async def cancel(self) -> UndoOutcome:
        return (await self.channel.cancel(f"727/{REFERENCE}")).outcome


async def test_undo_reports_the_state_of_the_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first undo cancels and restores the status; the second one finds a cancelled entry."""
    shop = FakeShop(monkeypatch, apply_change(build_push(notify_customer=True)))
    assert await shop.cancel() is UndoOutcome.CANCELLED
    assert shop.order["status"] == "processing"
    assert await shop.cancel() is UndoOutcome.ALREADY_CANCELLED
    assert len(shop.written) == 1


async def test_undo_fails_while_the_shop_keeps_the_status(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each attempt is rejected, until a person restores the status by hand."""
    shop = FakeShop(monkeypatch, apply_change(build_push(notify_customer=True)), forced="completed")
    for _ in range(2):
        with pytest.raises(Rejected) as refused:
            await shop.cancel()
        assert refused.value.vendor_code == "status_kept"
    assert len(shop.written) == 1
    shop.order["status"] = "processing"
    assert await shop.cancel() is UndoOutcome.ALREADY_CANCELLED


@pytest.mark.parametrize("status", [None, 7, "left out"])
async def test_undo_needs_an_order_with_a_status(monkeypatch: pytest.MonkeyPatch, status: object) -> None:
    """Without it, nothing is written; an answer without it is ambiguous."""
    order = {**apply_change(build_push(notify_customer=True)), "status": status}
    if status == "left out":
        del order["status"]
    shop = FakeShop(monkeypatch, order)
    with pytest.raises(Ambiguous):
        await shop.cancel()
    assert shop.written == []
    shop = FakeShop(monkeypatch, apply_change(build_push(notify_customer=True)), forced=status if status == 7 else [])
    with pytest.raises(Ambiguous):
        await shop.cancel()


@pytest.mark.parametrize("forced", ["processing", "completed"])
async def test_a_mail_is_reported_if_the_shop_completed_the_order(monkeypatch: pytest.MonkeyPatch, forced: str) -> None:
    """The shop's answer decides, not the request."""
    shop = FakeShop(monkeypatch, ORDER, forced=forced)
    push_request = build_request(notify_customer=True)
    fulfillment = shop.channel.read_fulfillment(await shop.channel.push(REFERENCE, push_request), push_request)
    assert shop.written[0]["status"] == "completed"
    assert fulfillment.notified is (forced == "completed")
