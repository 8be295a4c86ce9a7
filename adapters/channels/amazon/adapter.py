"""The Amazon adapter: implements the channel port."""

from datetime import UTC, datetime

from adapters.channels.amazon import answers, requests
from adapters.channels.amazon.client import AmazonClient
from adapters.channels.amazon.codes import MARKETPLACE
from adapters.channels.amazon.errors import check_empty, parse_answer
from adapters.channels.common.line_items import choose_lines
from adapters.channels.common.order_check import check_state
from adapters.http.json import Json
from adapters.http.pre_read import read_before_push
from adapters.http.transport import Destination
from domain.channels import CancelResult, ChannelCapabilities, Fulfillment, FulfillmentRequest
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, Rejected
from domain.shipping import Connection, RawAnswer, SafetyClass
from domain.shop_orders import ShopOrder


class AmazonChannel:
    """One seller on Amazon; see `domain.ports.channel.ChannelPort`."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        self._client = AmazonClient(connection, destination)
        self._settings = connection.settings
        self._marketplace_id = connection.settings.option("marketplace_id") or MARKETPLACE
        # A confirmation with the same package number edits the package, so a repeat is harmless.
        self.capabilities = ChannelCapabilities(
            can_cancel=False, safety=SafetyClass.KEYED, settle_seconds=2 * self._client.max_seconds + 1.0
        )
        self.aclose = self._client.aclose

    async def read_order(self, external_id: str) -> ShopOrder:
        return answers.to_shop_order(await self._read_first(requests.check_order_id(external_id)))

    async def check_push(self, request: FulfillmentRequest) -> None:
        order = await self.read_order(request.external_id)
        check_state(order, request, self._settings)
        choose_lines(order.lines, request)

    async def push(self, reference: str, request: FulfillmentRequest) -> RawAnswer:
        """Read the order, then confirm exactly one package.

        Raises:
            Rejected: the order is closed, or fewer pieces remain than requested.
        """
        order_id = requests.check_order_id(request.external_id)
        order = await self._read_first(order_id)
        # If Amazon has the package already, the push only edits it.
        if not answers.has_package_number(order, requests.make_package_number(reference)):
            check_state(answers.to_shop_order(order), request, self._settings)
        body = requests.build_confirmation(reference, request, order, self._marketplace_id, datetime.now(UTC))
        return await self._client.call("POST", f"/orders/v0/orders/{order_id}/shipmentConfirmation", body)

    def read_fulfillment(self, answer: RawAnswer, request: FulfillmentRequest) -> Fulfillment:
        """Check the answer to a push, which has no body."""
        check_empty(answer)
        return answers.to_fulfillment(request)

    async def find_fulfillments(
        self, reference: str, request: FulfillmentRequest, not_before: datetime
    ) -> list[Fulfillment]:
        """Return the package if the order has it.

        Raises:
            Ambiguous: more pieces of the order are fulfilled than its packages contain.
        """
        order = await self._read_order(requests.check_order_id(request.external_id))
        if answers.has_package(order, requests.make_package_number(reference), request.tracking_number):
            return [answers.to_fulfillment(request)]
        if answers.lacks_packages(order):
            raise Ambiguous("Amazon counts more items as fulfilled than its packages contain")
        return []

    async def status(self, fulfillment_id: str) -> Fulfillment:
        """Refuse: Amazon answers a confirmation immediately, so a push never waits."""
        raise Rejected("Amazon confirms at once, so there is no later status", vendor_code="unsupported")

    async def cancel(self, fulfillment_id: str) -> CancelResult:
        return CancelResult(UndoOutcome.UNSUPPORTED)

    async def _read_first(self, order_id: str) -> Json:
        return await read_before_push(self._read_order(order_id), self._client.max_seconds)

    async def _read_order(self, order_id: str) -> Json:
        path, query = f"/orders/2026-01-01/orders/{order_id}", {"includedData": "FULFILLMENT,PACKAGES"}
        return answers.parse_order(parse_answer(await self._client.call("GET", path, query=query)))
