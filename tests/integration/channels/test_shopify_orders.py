"""Shopify's adapter at its simulator: several fulfillment orders, pages, and lookups of fulfillments."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.channels.shopify import ShopifyChannel
from adapters.http.transport import Destination
from domain.channels import FulfillmentRequest, FulfillmentStatus
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, NotSent, Rejected
from domain.shipping import Connection, ConnectionSettings, Mode
from tests.fixtures.builders import build_fulfillment_request
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.shops import new_tracking_number
from tests.integration.channels.vendors import number

TOKEN = "shpat_do-not-tell"


def channel(url: str) -> ShopifyChannel:
    settings = ConnectionSettings(read_timeout_seconds=5)
    now = datetime.now(UTC)
    connection = Connection(UUID(int=1), "shopify", Mode.LIVE, True, now, settings, {"access_token": TOKEN})
    return ShopifyChannel(connection, Destination(url))


class Order:
    """One order in a sandbox's shop, with its pushes."""

    def __init__(self, sandbox: Sandbox, items: list[dict[str, Any]]) -> None:
        self.sandbox = sandbox
        self.items = items
        self.external_id = number()
        self.shop = channel(f"{sandbox.url}/sim/shopify")

    async def __aenter__(self) -> "Order":
        await self.sandbox.put_order(self.external_id, self.items)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.shop.aclose()

    def request(self, tracking: str, line_items: list[dict[str, Any]] | None = None) -> FulfillmentRequest:
        return build_fulfillment_request(
            external_id=self.external_id,
            tracking_number=tracking,
            carrier="fedex",
            line_items=line_items,
            notify_customer=False,
            known_items=self.items,
        )

    async def push(self, request: FulfillmentRequest) -> str:
        made = self.shop.read_fulfillment(await self.shop.push("REF", request), request)
        assert made.status is FulfillmentStatus.LIVE
        return made.fulfillment_id

    async def books(self, tracking: str) -> list[dict[str, int]]:
        found = await self.sandbox.fulfillments(tracking)
        return [{line["id"]: line["quantity"] for line in fulfillment["line_items"]} for fulfillment in found]


def item(ident: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": ident, "sku": f"S{ident}", "quantity": quantity, **more}


async def test_fulfillment_orders_of_one_location_are_pushed_together(sandbox: Sandbox) -> None:
    """One fulfillment has two of them, or a part of both."""
    async with Order(sandbox, [item("1", 2), item("2", 3, batch="late"), item("3", batch="late")]) as order:
        some, rest = new_tracking_number(), new_tracking_number()
        await order.push(order.request(some, [{"id": "1", "quantity": 1}, {"id": "2", "quantity": 2}]))
        await order.push(order.request(rest))

        assert await order.books(some) == [{"1": 1, "2": 2}]
        assert await order.books(rest) == [{"1": 1, "2": 1, "3": 1}]


async def test_locations_are_pushed_separately(sandbox: Sandbox) -> None:
    """A push of everything is refused with the locations' names; each location's items can be pushed."""
    async with Order(sandbox, [item("1", place="Durham"), item("2", place="Reno")]) as order:
        whole, east, west = new_tracking_number(), new_tracking_number(), new_tracking_number()
        with pytest.raises(Rejected, match="Durham, Reno"):
            await order.push(order.request(whole))
        await order.push(order.request(east, [{"id": "1", "quantity": 1}]))
        await order.push(order.request(west))

        assert [await order.books(push) for push in (whole, east, west)] == [[], [{"1": 1}], [{"2": 1}]]


async def test_a_fulfillment_order_on_hold_is_not_pushed(sandbox: Sandbox) -> None:
    """A push of everything is refused; the other part can be pushed."""
    async with Order(sandbox, [item("1"), item("2", batch="held", on_hold=True)]) as order:
        whole, free, on_hold = new_tracking_number(), new_tracking_number(), new_tracking_number()
        with pytest.raises(Rejected, match="ON_HOLD"):
            await order.push(order.request(whole))
        with pytest.raises(Rejected):
            await order.push(order.request(on_hold, [{"id": "2", "quantity": 1}]))
        await order.push(order.request(free, [{"id": "1", "quantity": 1}]))

        assert [await order.books(push) for push in (whole, on_hold, free)] == [[], [], [{"1": 1}]]


async def test_every_page_of_a_large_order_is_read(sandbox: Sandbox) -> None:
    """The last fulfillment order and the last line can be pushed."""
    few = [item(f"900{at}", batch=f"b{at}") for at in range(10)]
    many = [item(str(at)) for at in range(250)]
    async with Order(sandbox, [*many, *few]) as order:
        tracking = new_tracking_number()
        await order.push(order.request(tracking, [{"id": "249", "quantity": 1}, {"id": "9009", "quantity": 1}]))

        assert await order.books(tracking) == [{"249": 1, "9009": 1}]


async def test_a_push_is_found_by_number_items_and_time(sandbox: Sandbox) -> None:
    """A cancelled push is found as well; another push with that number and other items is not."""
    not_before = datetime.now(UTC)
    async with Order(sandbox, [item("1", 5)]) as order:
        tracking = new_tracking_number()
        two = order.request(tracking, [{"id": "1", "quantity": 2}])
        one = order.request(tracking, [{"id": "1", "quantity": 1}])
        made = await order.push(two)

        found = await order.shop.find_fulfillments("REF", two, not_before)
        assert [(each.fulfillment_id, each.status) for each in found] == [(made, FulfillmentStatus.LIVE)]
        assert await order.shop.find_fulfillments("REF", one, not_before) == []
        with pytest.raises(Rejected, match="can't be proven"):
            await order.shop.find_fulfillments("REF", two, not_before + timedelta(minutes=5))
        assert await order.shop.find_fulfillments("REF", order.request(new_tracking_number()), not_before) == []
        assert (await order.shop.cancel(made)).outcome is UndoOutcome.CANCELLED
        [left] = await order.shop.find_fulfillments("REF", two, not_before)
        assert left.status is FulfillmentStatus.CANCELLED
        assert await order.shop.find_fulfillments("REF", two, datetime.now(UTC) + timedelta(seconds=1)) == []


async def test_a_push_of_everything_is_found_when_nothing_remains(sandbox: Sandbox) -> None:
    """Otherwise the fulfillment may have other items, or the order may have grown."""
    not_before = datetime.now(UTC)
    async with Order(sandbox, [item("1", 5)]) as order:
        tracking = new_tracking_number()
        await order.push(order.request(tracking, [{"id": "1", "quantity": 2}]))
        with pytest.raises(Rejected, match="can't be proven"):
            await order.shop.find_fulfillments("REF", order.request(tracking), not_before)
        other = new_tracking_number()
        rest = await order.push(order.request(other))

        [found] = await order.shop.find_fulfillments("REF", order.request(other), not_before)
        assert (found.fulfillment_id, found.status) == (rest, FulfillmentStatus.LIVE)


async def test_a_repeated_cancel_is_reported_correctly(sandbox: Sandbox) -> None:
    """The second cancel finds the first; an unknown fulfillment does not exist. The items can be pushed again."""
    async with Order(sandbox, [item("1")]) as order:
        tracking = new_tracking_number()
        made = await order.push(order.request(tracking))

        assert (await order.shop.cancel(made)).outcome is UndoOutcome.CANCELLED
        assert (await order.shop.cancel(made)).outcome is UndoOutcome.ALREADY_CANCELLED
        left = await order.shop.status(made)
        assert left is not None
        assert left.status is FulfillmentStatus.CANCELLED
        assert await order.shop.status("gid://shopify/Fulfillment/0") is None
        assert (await order.shop.cancel("gid://shopify/Fulfillment/0")).outcome is UndoOutcome.NOT_FOUND
        await order.push(order.request(new_tracking_number()))


async def test_an_unknown_order_is_refused_by_name(sandbox: Sandbox) -> None:
    """Only the lookup was sent."""
    shop = channel(f"{sandbox.url}/sim/shopify")
    with pytest.raises(Rejected) as refused:
        await shop.push("REF", FulfillmentRequest(number(), "1", "fedex", None, False))
    assert (refused.value.vendor_code, refused.value.field) == ("order_not_found", "order_id")
    assert await sandbox.requests("fulfillments.create") == []
    await shop.aclose()


class Server:
    """Gives a list of answers, one after another, and records the requests."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def __aenter__(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        return f"http://{host}:{port}"

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(line.split(":")[1] for line in head.split("\r\n") if line.lower().startswith("content-length"))
        self.asked.append((head, json.loads(await reader.readexactly(int(length)))))
        status, body = self.answers.pop(0)
        content = json.dumps(body).encode()
        writer.write(b"HTTP/1.1 %d X\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (status, len(content)))
        writer.write(content)
        await writer.drain()
        writer.close()


ONE_LINE = {"id": "l", "sku": "S", "remainingQuantity": 1, "lineItem": {"id": "gid://shopify/LineItem/1"}}
ONE_PART = {
    "id": "p",
    "status": "OPEN",
    "assignedLocation": {"name": "Durham"},
    "supportedActions": [{"action": "CREATE_FULFILLMENT"}],
    "lineItems": {"pageInfo": {"hasNextPage": False}, "nodes": [ONE_LINE]},
}
ORDER = {"data": {"order": {"id": "o", "fulfillmentOrders": {"pageInfo": {"hasNextPage": False}, "nodes": [ONE_PART]}}}}
REQUEST = FulfillmentRequest("4001", "1Z", "ups", None, False)


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_gateway_failure_leaves_the_outcome_unknown(status: int) -> None:
    """The channel may still make the fulfillment; the push was sent once, with its token."""
    server = Server((200, ORDER), (status, {}))
    async with server as url:
        shop = channel(url)
        answer = await shop.push("REF", REQUEST)
        with pytest.raises(Ambiguous):
            shop.read_fulfillment(answer, REQUEST)
        await shop.aclose()

    heads, bodies = zip(*server.asked, strict=True)
    assert [body["operationName"] for body in bodies] == ["OrderToFulfill", "PushFulfillment"]
    assert all(head.startswith("POST /admin/api/2026-10/graphql.json ") for head in heads)
    assert all(f"x-shopify-access-token: {TOKEN}" in head.lower() for head in heads)


@pytest.mark.parametrize("answer", [(500, {}), (503, {}), (200, {"data": {"order": []}}), (200, "x")])
async def test_an_unreadable_order_is_not_pushed(answer: tuple[int, Any]) -> None:
    """Reading has no effect, so the push can be retried."""
    server = Server(answer)
    async with server as url:
        shop = channel(url)
        with pytest.raises(NotSent):
            await shop.push("REF", REQUEST)
        await shop.aclose()

    assert len(server.asked) == 1
