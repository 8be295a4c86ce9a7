"""The BigCommerce adapter: implements the channel port."""

from datetime import datetime

import httpx

from adapters.channels.bigcommerce import answers, requests
from adapters.channels.bigcommerce.client import BigcommerceClient
from adapters.channels.bigcommerce.errors import check_empty, parse_answer, parse_list
from adapters.channels.common.order_check import check_state
from adapters.http.json import Json
from adapters.http.pre_read import read_before_push
from adapters.http.transport import Destination
from domain.channels import CancelResult, ChannelCapabilities, Fulfillment, FulfillmentRequest
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, Rejected
from domain.shipping import Connection, RawAnswer, SafetyClass
from domain.shop_orders import ShopOrder

PAGE = 250
MAX_PAGES = 40


class BigcommerceChannel:
    """One BigCommerce store; see `domain.ports.channel.ChannelPort`."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        self._client = BigcommerceClient(connection, destination)
        self._settings = connection.settings
        self._mails = connection.settings.option("customer_mail") != "off"
        # An order's list of shipments is complete, and ours contain their reference: absence is proof.
        self.capabilities = ChannelCapabilities(
            connection.settings.may_cancel,
            SafetyClass.LOOKUP_STRONG,
            settle_seconds=2 * self._client.max_seconds + 1.0,  # the reads before the POST, and the POST
        )
        self.aclose = self._client.aclose

    async def read_order(self, external_id: str) -> ShopOrder:
        order, products = await self._read_first(requests.check_order_id(external_id))
        return answers.to_shop_order(order, products)

    async def check_push(self, request: FulfillmentRequest) -> None:
        await self._build("", request)

    async def push(self, reference: str, request: FulfillmentRequest) -> RawAnswer:
        """Read the order, then create exactly one shipment.

        Raises:
            Rejected: the order is closed, the store sends no mails, or fewer pieces remain than requested.
        """
        body = await self._build(reference, request)
        return await self._client.call("POST", self._path(request.external_id, "shipments"), body)

    async def _build(self, reference: str, request: FulfillmentRequest) -> Json:
        order_id = requests.check_order_id(request.external_id)
        if request.notify_customer and not self._mails:
            message = "the store sends no emails, because settings.options.customer_mail is off"
            raise Rejected(message, vendor_code="no_mail", field="notify_customer")
        order, products = await self._read_first(order_id)
        check_state(answers.to_shop_order(order, products), request, self._settings)
        return requests.build_shipment(reference, request, products)

    def read_fulfillment(self, answer: RawAnswer, request: FulfillmentRequest) -> Fulfillment:
        return answers.parse_fulfillment(parse_answer(answer), notified=self._mails)

    async def find_fulfillments(
        self, reference: str, request: FulfillmentRequest, not_before: datetime
    ) -> list[Fulfillment]:
        shipments = await self._list_shipments(requests.check_order_id(request.external_id))
        ours = [shipment for shipment in shipments if answers.has_reference(shipment, reference)]
        return [answers.parse_fulfillment(shipment, notified=self._mails) for shipment in ours]

    async def status(self, fulfillment_id: str) -> Fulfillment:
        order_id, shipment_id = requests.split_id(fulfillment_id)
        answer = await self._client.call("GET", self._path(order_id, f"shipments/{shipment_id}"))
        return answers.parse_fulfillment(parse_answer(answer), notified=self._mails)

    async def cancel(self, fulfillment_id: str) -> CancelResult:
        """Delete a shipment; if BigCommerce does not find it, the order's list shows whether it was deleted before."""
        order_id, shipment_id = requests.split_id(fulfillment_id)
        answer = await self._client.call("DELETE", self._path(order_id, f"shipments/{shipment_id}"))
        if answer.status != httpx.codes.NOT_FOUND:
            check_empty(answer)
            return CancelResult(UndoOutcome.CANCELLED)
        answer = await self._read_page(self._path(order_id, "shipments"), 1)
        if answer.status == httpx.codes.NOT_FOUND:
            return CancelResult(UndoOutcome.NOT_FOUND)
        if any(str(shipment.get("id")) == shipment_id for shipment in await self._list_shipments(order_id)):
            raise Ambiguous("BigCommerce lists the shipment but answers 404 for it")
        return CancelResult(UndoOutcome.ALREADY_CANCELLED)

    async def _read_first(self, order_id: str) -> tuple[Json, list[Json]]:
        return await read_before_push(self._read_order(order_id), self._client.max_seconds)

    async def _read_order(self, order_id: str) -> tuple[Json, list[Json]]:
        """Return an order and its products."""
        order = parse_answer(await self._client.call("GET", f"{self._client.store}/orders/{order_id}"))
        return order, await self._read_all(self._path(order_id, "products"))

    async def _list_shipments(self, order_id: str) -> list[Json]:
        shipments = await self._read_all(self._path(order_id, "shipments"))
        return [answers.require_order(shipment, order_id) for shipment in shipments]

    async def _read_all(self, path: str) -> list[Json]:
        """Read a list to its end, because an incomplete list proves nothing.

        A page may contain fewer items than requested: only an empty page marks the end.
        """
        items: list[Json] = []
        for number in range(1, MAX_PAGES + 1):
            page = parse_list(await self._read_page(path, number))
            items += page
            if not page:
                return items
        raise Ambiguous("the list has too many pages")

    async def _read_page(self, path: str, number: int) -> RawAnswer:
        return await self._client.call("GET", path, query={"page": number, "limit": PAGE})

    def _path(self, order_id: str, rest: str) -> str:
        return f"{self._client.store}/orders/{order_id}/{rest}"
