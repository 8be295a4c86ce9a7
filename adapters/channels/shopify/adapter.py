"""The Shopify adapter: implements the channel port."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from adapters.channels.common.order_check import check_state
from adapters.channels.shopify import answers, documents, requests
from adapters.channels.shopify.answers import FulfillmentOrder, ListedFulfillment
from adapters.channels.shopify.client import ShopifyClient
from adapters.channels.shopify.codes import ON_ITS_WAY
from adapters.channels.shopify.documents import Document
from adapters.channels.shopify.errors import parse_payload, parse_root
from adapters.http.json import Json
from adapters.http.pre_read import read_before_push
from adapters.http.refusals import explain_refusal
from adapters.http.transport import Destination
from domain.channels import CancelResult, ChannelCapabilities, Fulfillment, FulfillmentRequest
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, Rejected
from domain.shipping import Connection, RawAnswer, SafetyClass
from domain.shop_orders import ShopOrder

LOOK_FOR_SECONDS = 3600.0
CLOCKS_APART = timedelta(seconds=60)
"""The largest expected difference between Shopify's clock and ours."""
MAX_PAGES = 50


class ShopifyChannel:
    """One shop; see `domain.ports.channel.ChannelPort`."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        self._client = ShopifyClient(connection, destination)
        self._settings = connection.settings
        # An order lists its fulfillments: one that is missing after the end of a push was not made.
        self.capabilities = ChannelCapabilities(
            connection.settings.may_cancel,
            SafetyClass.LOOKUP_STRONG,
            settle_seconds=2 * self._client.max_seconds + 1.0,  # the reads before a push, and the push
            look_for_seconds=LOOK_FOR_SECONDS,
        )
        self.aclose = self._client.aclose

    async def read_order(self, external_id: str) -> ShopOrder:
        return answers.to_shop_order(*await self._read_first(external_id))

    async def check_push(self, request: FulfillmentRequest) -> None:
        await self._build(request)

    async def push(self, reference: str, request: FulfillmentRequest) -> RawAnswer:
        return await self._client.execute(documents.CREATE, fulfillment=await self._build(request))

    async def _build(self, request: FulfillmentRequest) -> Json:
        """Build the input of a push from the order's current state."""
        order, fulfillment_orders = await self._read_first(request.external_id)
        check_state(answers.to_shop_order(order, fulfillment_orders), request, self._settings)
        return requests.build_fulfillment(request, fulfillment_orders)

    async def _read_first(self, external_id: str) -> tuple[Json, list[FulfillmentOrder]]:
        reading = self._read_fulfillment_orders(requests.to_order_gid(external_id))
        return await read_before_push(reading, self._client.max_seconds)

    def read_fulfillment(self, answer: RawAnswer, request: FulfillmentRequest) -> Fulfillment:
        return _to_fulfillment(answers.parse_fulfillment(parse_payload(answer, documents.CREATE)), request)

    async def find_fulfillments(
        self, reference: str, request: FulfillmentRequest, not_before: datetime
    ) -> list[Fulfillment]:
        """Return the fulfillments since `not_before` with the line items and a tracking number of the push."""
        order_gid = requests.to_order_gid(request.external_id)
        order = await self._read(documents.PUSHED, id=order_gid)
        if order is None:
            raise _can_not_tell("the shop no longer shows the order")
        listed = answers.parse_fulfillments(order)
        if len(listed) >= documents.MAX_FULFILLMENTS:
            raise Rejected("the order has more fulfillments than Shopify lists", vendor_code="too_many_fulfillments")
        same = [fulfillment for fulfillment in listed if fulfillment.has_number_of(request)]
        same.sort(key=lambda fulfillment: fulfillment.created_at)
        recent = [fulfillment for fulfillment in same if _is_since(fulfillment, not_before)]
        is_whole = bool(recent) and request.line_items is None and await self._is_whole(order_gid)
        ours = [fulfillment for fulfillment in recent if is_whole or await self._has_lines(fulfillment, request)]
        if not ours:
            await self._refuse_doubtful(recent if request.line_items is None else same, request)
        return [_to_fulfillment(fulfillment, request) for fulfillment in ours]

    async def _refuse_doubtful(self, same: list[ListedFulfillment], request: FulfillmentRequest) -> None:
        """Ask for a person if a live fulfillment could still be this push's.

        Raises:
            Rejected: the push was of all items, and pieces of the order remain again; or the fulfillment has the push's
                items and an older time, which clock skew could explain.
        """
        for fulfillment in same:
            if fulfillment.has_ended:
                continue
            if request.line_items is None or await self._has_lines(fulfillment, request):
                raise _can_not_tell("the order has a fulfillment with this number that another push may have made")

    async def status(self, fulfillment_id: str) -> Fulfillment | None:
        body = await self._read(documents.FULFILLMENT, id=fulfillment_id)
        if body is None:
            return None
        fulfillment = answers.parse_fulfillment(body)
        return answers.to_fulfillment(fulfillment, next(iter(fulfillment.numbers), ""), notified=False)

    async def cancel(self, fulfillment_id: str) -> CancelResult:
        answer = await self._client.execute(documents.CANCEL, id=fulfillment_id)
        outcome = await explain_refusal(
            lambda: answers.parse_cancel(parse_payload(answer, documents.CANCEL)),
            lambda: self._explain_cancel(fulfillment_id),
        )
        return CancelResult(outcome)

    async def _explain_cancel(self, fulfillment_id: str) -> UndoOutcome | None:
        body = await self._read(documents.FULFILLMENT, id=fulfillment_id)
        if body is None:
            return UndoOutcome.NOT_FOUND
        if answers.parse_fulfillment(body).is_cancelled:
            return UndoOutcome.ALREADY_CANCELLED
        return UndoOutcome.TOO_LATE if body.get("displayStatus") in ON_ITS_WAY else None

    async def _has_lines(self, fulfillment: ListedFulfillment, request: FulfillmentRequest) -> bool:
        if request.line_items is None:
            return fulfillment.has_ended
        body = await self._read(documents.FULFILLMENT, id=fulfillment.fulfillment_id)
        if body is None:
            raise Ambiguous("Shopify lists the fulfillment but does not return it")
        return answers.has_lines(body, requests.with_item_numbers(request))

    async def _is_whole(self, order_gid: str) -> bool:
        """Whether nothing of an order remains: otherwise a push of all remaining items was not made."""
        _, orders = await self._read_fulfillment_orders(order_gid)
        return not any(order.is_open and order.remaining for order in orders)

    async def _read(self, document: Document, **variables: Any) -> Json | None:
        return parse_root(await self._client.execute(document, **variables), document)

    async def _read_fulfillment_orders(self, order_gid: str) -> tuple[Json, list[FulfillmentOrder]]:
        """Return an order's own fields, and its fulfillment orders with all their lines."""
        order: Json = {}
        orders = []
        async for root, bodies in self._read_pages(documents.ORDER, order_gid, "fulfillmentOrders"):
            order = root
            orders += [await self._read_lines(body) for body in bodies]
        return order, orders

    async def _read_lines(self, body: Json) -> FulfillmentOrder:
        first = answers.parse_page(body.get("lineItems"))
        lines = list(first.nodes)
        if first.after is not None:
            more = self._read_pages(documents.MORE_LINES, str(body.get("id")), "lineItems", first.after)
            lines += [line async for _, nodes in more for line in nodes]
        return answers.parse_fulfillment_order(body, lines)

    async def _read_pages(
        self, document: Document, gid: str, connection: str, after: str | None = None
    ) -> AsyncIterator[tuple[Json, list[Json]]]:
        """Yield the nodes of each page, with the root object of its answer."""
        for _ in range(MAX_PAGES):
            root = await self._read(document, id=gid, after=after)
            if root is None:
                raise Rejected("the shop has no such order", vendor_code="order_not_found", field="order_id")
            page = answers.parse_page(root.get(connection))
            yield root, page.nodes
            if page.after is None:
                return
            after = page.after
        raise Rejected("the order has too many line items to read", vendor_code="order_too_large", field="order_id")


def _to_fulfillment(fulfillment: ListedFulfillment, request: FulfillmentRequest) -> Fulfillment:
    return answers.to_fulfillment(fulfillment, request.tracking_number, notified=request.notify_customer)


def _can_not_tell(message: str) -> Rejected:
    return Rejected(f"{message}: the outcome of the push can't be proven", vendor_code="can_not_tell")


def _is_since(fulfillment: ListedFulfillment, not_before: datetime) -> bool:
    """Whether a fulfillment's time fits this push: a cancelled one from just before it belongs to an earlier push."""
    return fulfillment.created_at >= not_before - (timedelta() if fulfillment.is_cancelled else CLOCKS_APART)
