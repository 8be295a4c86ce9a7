"""The WooCommerce adapter: implements the channel port."""

from datetime import datetime

from adapters.channels.common.ids import split_id
from adapters.channels.common.order_check import check_state
from adapters.channels.woocommerce import answers, requests
from adapters.channels.woocommerce.client import WoocommerceClient
from adapters.channels.woocommerce.codes import CANCELLED, LIVE, MARK
from adapters.channels.woocommerce.errors import is_missing, parse_answer, parse_list
from adapters.channels.woocommerce.plugin import ShipmentTracking
from adapters.http.json import Json
from adapters.http.pre_read import read_before_push
from adapters.http.transport import Destination
from domain.channels import CancelResult, ChannelCapabilities, Fulfillment, FulfillmentRequest
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, Rejected
from domain.shipping import Connection, RawAnswer, SafetyClass
from domain.shop_orders import ShopOrder, require_remaining

ORDER = "/wp-json/wc/v3/orders/{}"
PAGE = 100
MAX_PAGES = 40


class WoocommerceChannel:
    """One WooCommerce shop; see `domain.ports.channel.ChannelPort`."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        self._client = WoocommerceClient(connection, destination)
        self._settings = connection.settings
        self._plugin = ShipmentTracking(self._client)
        self._uses_plugin = connection.settings.option("tracking") == "plugin"
        self._mails = connection.settings.option("customer_mail") != "off"
        # Each fulfillment is an entry in the order with our reference: absence is proof.
        self.capabilities = ChannelCapabilities(
            connection.settings.may_cancel,
            SafetyClass.LOOKUP_STRONG,
            settle_seconds=2 * self._client.max_seconds + 1.0,  # the read before the PUT, and the PUT
        )
        self.aclose = self._client.aclose

    async def read_order(self, external_id: str) -> ShopOrder:
        return answers.to_shop_order(await self._read_first(requests.check_order_id(external_id)))

    async def check_push(self, request: FulfillmentRequest) -> None:
        await self._build("", request)

    async def push(self, reference: str, request: FulfillmentRequest) -> RawAnswer:
        """Read the order, then change it exactly once.

        Raises:
            Rejected: the order is closed, fewer pieces remain than requested, or WooCommerce would not notify the
                customer.
        """
        body = await self._build(reference, request)
        if self._uses_plugin:
            return await self._plugin.add(request.external_id, body)
        return await self._client.call("PUT", ORDER.format(request.external_id), body)

    async def _build(self, reference: str, request: FulfillmentRequest) -> Json:
        """Build the request from the order's current state."""
        order_id = requests.check_order_id(request.external_id)
        order = await self._read_first(order_id)
        if not answers.has_live_entry(order, reference):
            check_state(answers.to_shop_order(order), request, self._settings)
        if not self._uses_plugin:
            return requests.build_push(reference, request, order, mails=self._mails)
        require_remaining(answers.remaining_lines(order, reference))
        trackings = await read_before_push(self._plugin.list_trackings(order_id), self._client.max_seconds)
        return requests.build_tracking(request, trackings)

    def read_fulfillment(self, answer: RawAnswer, request: FulfillmentRequest) -> Fulfillment:
        """Parse the answer to a push: the changed order, or the plugin's tracking."""
        order = parse_answer(answer)
        if self._uses_plugin:
            return answers.parse_tracking(request.external_id, order)
        entry = answers.find_pushed_entry(order, request)
        # WooCommerce sends a mail only if the order became completed.
        is_completed = answers.is_still_completed(entry, order)
        return answers.to_fulfillment(order, entry, mails=self._mails and is_completed)

    async def find_fulfillments(
        self, reference: str, request: FulfillmentRequest, not_before: datetime
    ) -> list[Fulfillment]:
        """Return the order's entry with this reference, or the plugin's tracking with the number."""
        order_id = requests.check_order_id(request.external_id)
        if self._uses_plugin:
            return await self._plugin.find(order_id, request)
        order = parse_answer(await self._read_fields(order_id, "id,meta_data"))
        entries = answers.find_entries(order, reference)
        return [answers.to_fulfillment(order, entry, mails=self._mails) for entry in entries]

    async def status(self, fulfillment_id: str) -> Fulfillment | None:
        """Return the current entry; raises Ambiguous if the order no longer has this fulfillment."""
        order_id, reference = split_id(fulfillment_id)
        if reference.startswith(MARK):
            return await self._plugin.status(order_id, reference.removeprefix(MARK))
        answer = await self._read_fields(order_id, "id,status,meta_data")
        if is_missing(answer):
            return None
        order = parse_answer(answer)
        for entry in answers.find_entries(order, reference):
            return answers.to_fulfillment(order, entry, mails=self._mails)
        raise Ambiguous("the order no longer has this fulfillment")

    async def cancel(self, fulfillment_id: str) -> CancelResult:
        """Mark an entry as cancelled, and restore the order's status if the push had changed it.

        Raises:
            Ambiguous: the shop's answer can't be parsed; a repeat is harmless.
            Rejected: the entry is cancelled, but the order does not have its earlier status. It is not written again,
                because a person may have completed the order meanwhile.
        """
        order_id, reference = split_id(fulfillment_id)
        if reference.startswith(MARK):
            return await self._plugin.cancel(order_id, reference.removeprefix(MARK))
        answer = await self._read_fields(order_id, "id,status,meta_data")
        if is_missing(answer):
            return CancelResult(UndoOutcome.NOT_FOUND)
        order = parse_answer(answer)
        entries = answers.find_entries(order, reference)
        if not entries:
            return CancelResult(UndoOutcome.NOT_FOUND)
        # WordPress may store two fields with one key: the fulfillment is live if one of them is.
        live = next((entry for entry in entries if entry.state == LIVE), None)
        if live is None:
            if answers.is_still_completed(entries[0], order):
                raise _not_restored()
            return CancelResult(UndoOutcome.ALREADY_CANCELLED)
        await self._write_cancel(order_id, reference, requests.build_cancel(live, order))
        return CancelResult(UndoOutcome.CANCELLED)

    async def _write_cancel(self, order_id: str, reference: str, change: Json) -> None:
        answer = await self._client.call("PUT", ORDER.format(order_id), change)
        if is_missing(answer):
            raise Ambiguous("the shop returned the order, then answered that it does not exist")
        order = parse_answer(answer)
        if [entry.state for entry in answers.find_entries(order, reference)] != [CANCELLED]:
            raise Ambiguous("the shop did not store the change")
        if "status" in change and answers.read_status(order) != change["status"]:
            raise _not_restored()

    async def _read_first(self, order_id: str) -> Json:
        return await read_before_push(self._read_order(order_id), self._client.max_seconds)

    async def _read_order(self, order_id: str) -> Json:
        """Return an order with the line items of its refunds; the order itself contains only their sums."""
        order = parse_answer(await self._read_fields(order_id, "id,status,line_items,meta_data,refunds"))
        return {**order, "refunds": await self._list_refunds(order_id) if order.get("refunds") else []}

    async def _list_refunds(self, order_id: str) -> list[Json]:
        refunds: list[Json] = []
        for page in range(1, MAX_PAGES + 1):
            query = {"per_page": PAGE, "page": page}
            found = parse_list(await self._client.call("GET", f"{ORDER.format(order_id)}/refunds", query=query), "id")
            refunds += found
            if len(found) < PAGE:
                return refunds
        raise Ambiguous("the list has too many pages")

    async def _read_fields(self, order_id: str, fields: str) -> RawAnswer:
        return await self._client.call("GET", ORDER.format(order_id), query={"_fields": fields})


def _not_restored() -> Rejected:
    message = "the fulfillment is cancelled, but the shop did not restore the order's status: restore it in the shop"
    return Rejected(message, vendor_code="status_kept")
