"""The channel port, spoken to Shopify."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from adapters.channels.shopify import answers, documents, requests
from adapters.channels.shopify.answers import ListedFulfillment
from adapters.channels.shopify.client import ShopifyClient
from adapters.channels.shopify.documents import Document
from adapters.channels.shopify.errors import parse_payload, parse_root
from adapters.http.json import Json, is_same_number
from adapters.http.transport import Destination
from domain.channels import CancelResult, ChannelCapabilities, Fulfillment, FulfillmentRequest, FulfillmentStatus
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, AuthFailed, NotSent, Rejected
from domain.shipping import Connection, RawAnswer, SafetyClass

LOOK_FOR_SECONDS = 3600.0
CLOCKS_APART = timedelta(seconds=60)
"""How far Shopify's clock may be from ours."""
MAX_PAGES = 50


class ShopifyChannel:
    """One shop; see `domain.ports.channel.ChannelPort`."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        self._client = ShopifyClient(connection, destination)
        self._can_cancel = connection.settings.may_cancel
        self.aclose = self._client.aclose

    @property
    def capabilities(self) -> ChannelCapabilities:
        """An order lists its fulfillments: what is not there, once a push is over, was not made."""
        # What is read before a push takes as long as one call at most.
        settle_seconds = 2 * self._client.call_seconds + 1.0
        return ChannelCapabilities(self._can_cancel, SafetyClass.LOOKUP_STRONG, settle_seconds, LOOK_FOR_SECONDS)

    async def push(self, reference: str, request: FulfillmentRequest) -> RawAnswer:  # noqa: ARG002 - Shopify keeps no reference
        """Read what remains of the order, then send exactly one fulfillment."""
        order = requests.to_order_gid(request.external_id)
        try:
            async with asyncio.timeout(self._client.call_seconds):
                fulfillment_orders = await self._fulfillment_orders(order)
        except (Ambiguous, TimeoutError) as error:
            raise NotSent("the order could not be read") from error
        return await self._client.ask(
            documents.CREATE, fulfillment=requests.build_fulfillment(request, fulfillment_orders)
        )

    def read_fulfillment(self, answer: RawAnswer, request: FulfillmentRequest) -> Fulfillment:
        """Read the answer to a push."""
        made = answers.parse_fulfillment(parse_payload(answer, documents.CREATE))
        return answers.to_fulfillment(made, request.tracking_number, notified=request.notify_customer)

    async def find_fulfillments(
        self,
        reference: str,  # noqa: ARG002 - Shopify keeps none
        request: FulfillmentRequest,
        begun_at: datetime,
    ) -> list[Fulfillment]:
        """Return the fulfillments with the tracking number and the line items that were made since then."""
        ident = requests.to_order_gid(request.external_id)
        order = parse_root(await self._client.ask(documents.PUSHED, id=ident), documents.PUSHED)
        if order is None:
            raise _untold("the shop does not show the order any more")
        listed = answers.parse_fulfillments(order)
        if len(listed) >= documents.MAX_FULFILLMENTS:
            raise Rejected("the order has more fulfillments than Shopify lists", vendor_code="too_many_fulfillments")
        same = sorted((one for one in listed if _has_number(one, request)), key=lambda one: one.created_at)
        found = [one for one in same if _is_since(one, begun_at)]
        whole = bool(found) and request.line_items is None and await self._is_whole(ident)
        ours = [one for one in found if whole or await self._holds(one, request)]
        if not ours:
            await self._refuse_doubtful(found if request.line_items is None else same, request)
        return [answers.to_fulfillment(one, request.tracking_number, notified=request.notify_customer) for one in ours]

    async def _refuse_doubtful(self, same: list[ListedFulfillment], request: FulfillmentRequest) -> None:
        """Let a person look where one that stands may be ours all the same.

        Raises:
            Rejected: of an order that was to be fulfilled whole something remains again; or it is of the same line
                items, and from before, by clocks that may be wrong.
        """
        for one in (one for one in same if one.status is not FulfillmentStatus.CANCELLED):
            if request.line_items is None or await self._holds(one, request):
                raise _untold("the order has a fulfillment with this number that may be another push's")

    async def status(self, fulfillment_id: str) -> Fulfillment | None:
        """Return a fulfillment as it is now."""
        found = await self._now(fulfillment_id)
        if found is None:
            return None
        made = answers.parse_fulfillment(found)
        return answers.to_fulfillment(made, made.numbers[0] if made.numbers else "", notified=False)

    async def cancel(self, fulfillment_id: str) -> CancelResult:
        """Cancel a fulfillment; where Shopify says no, what it shows of the fulfillment tells why."""
        answer = await self._client.ask(documents.CANCEL, id=fulfillment_id)
        try:
            if parse_payload(answer, documents.CANCEL).get("status") == "CANCELLED":
                return CancelResult(UndoOutcome.CANCELLED)
            refusal = Rejected("Shopify did not cancel the fulfillment, and does not say why")
        except AuthFailed:
            raise
        except Rejected as error:
            refusal = error
        now = await self._now(fulfillment_id)
        if now is None:
            return CancelResult(UndoOutcome.NOT_FOUND)
        if answers.parse_fulfillment(now).status is FulfillmentStatus.CANCELLED:
            return CancelResult(UndoOutcome.ALREADY_CANCELLED)
        if now.get("displayStatus") in answers.ON_ITS_WAY:
            return CancelResult(UndoOutcome.TOO_LATE)
        raise refusal

    async def _holds(self, one: ListedFulfillment, request: FulfillmentRequest) -> bool:
        if request.line_items is None:
            return one.status is FulfillmentStatus.CANCELLED
        body = await self._now(one.fulfillment_id)
        if body is None:
            raise Ambiguous("Shopify lists the fulfillment, and does not show it")
        return answers.has_lines(body, requests.read_requested_lines(request))

    async def _is_whole(self, order: str) -> bool:
        """Whether nothing remains of an order: else a push of all that remained was not made."""
        return not any(one.is_open and one.remaining for one in await self._fulfillment_orders(order))

    async def _now(self, fulfillment_id: str) -> Json | None:
        return parse_root(await self._client.ask(documents.FULFILLMENT, id=fulfillment_id), documents.FULFILLMENT)

    async def _fulfillment_orders(self, order: str) -> list[requests.FulfillmentOrder]:
        found = []
        async for one in self._pages(documents.ORDER, order, "fulfillmentOrders"):
            first = answers.parse_page(one.get("lineItems"))
            nodes = list(first.nodes)
            if first.after is not None:
                more = self._pages(documents.MORE_LINES, str(one.get("id")), "lineItems", first.after)
                nodes += [line async for line in more]
            found.append(answers.parse_fulfillment_order(one, [answers.parse_line(line) for line in nodes]))
        return found

    async def _pages(
        self, document: Document, ident: str, connection: str, after: str | None = None
    ) -> AsyncIterator[Json]:
        for _ in range(MAX_PAGES):
            root = parse_root(await self._client.ask(document, id=ident, after=after), document)
            if root is None:
                raise Rejected("the shop has no such order", vendor_code="order_not_found", field="order_id")
            if root.get("cancelledAt"):
                raise Rejected("the order is cancelled in the shop", vendor_code="order_cancelled", field="order_id")
            page = answers.parse_page(root.get(connection))
            for node in page.nodes:
                yield node
            if page.after is None:
                return
            after = page.after
        raise Rejected("the order is larger than can be read", vendor_code="order_too_large", field="order_id")


def _untold(message: str) -> Rejected:
    return Rejected(f"{message}: whether the push was made can't be told", vendor_code="can_not_tell")


def _has_number(one: ListedFulfillment, request: FulfillmentRequest) -> bool:
    """Whether a fulfillment is of that parcel."""
    return any(is_same_number(number, request.tracking_number) for number in one.numbers)


def _is_since(one: ListedFulfillment, begun_at: datetime) -> bool:
    """Whether a fulfillment is of this push by its time: a cancelled one of just before is an earlier push's."""
    apart = timedelta() if one.status is FulfillmentStatus.CANCELLED else CLOCKS_APART
    return one.created_at >= begun_at - apart
