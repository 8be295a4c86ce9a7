"""The channel port, spoken to BigCommerce."""

from datetime import datetime

import httpx

from adapters.channels.bigcommerce import mapping
from adapters.channels.bigcommerce.client import BigcommerceClient
from adapters.channels.bigcommerce.errors import check_empty, parse_answer, parse_list
from adapters.http.json import Json
from adapters.http.pre_read import read_before_push
from adapters.http.transport import Destination
from domain.channels import CancelResult, ChannelCapabilities, Fulfillment, FulfillmentRequest
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, Rejected
from domain.shipping import Connection, RawAnswer, SafetyClass

PAGE = 250
MAX_PAGES = 40


class BigcommerceChannel:
    """One BigCommerce store; see `domain.ports.channel.ChannelPort`."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        self._client = BigcommerceClient(connection, destination)
        self._can_cancel = connection.settings.may_cancel
        self._mails = connection.settings.option("customer_mail") in (None, "sent")
        self.aclose = self._client.aclose

    @property
    def capabilities(self) -> ChannelCapabilities:
        """An order's list of shipments is whole, and each of ours carries its reference: absence is proof."""
        return ChannelCapabilities(
            can_cancel=self._can_cancel,
            safety=SafetyClass.LOOKUP_STRONG,
            settle_seconds=2 * self._client.call_seconds + 1.0,  # of the reads before the POST, and of the POST
            look_for_seconds=0.0,
        )

    async def push(self, reference: str, request: FulfillmentRequest) -> RawAnswer:
        """Read what remains of the order, then send exactly one shipment.

        Raises:
            Rejected: the store can't mail the customer, or less remains than is asked for.
        """
        order = mapping.check_order_id(request.external_id)
        if request.notify_customer and not self._mails:
            message = "the store mails nobody: settings.options.customer_mail is off"
            raise Rejected(message, vendor_code="no_mail", field="notify_customer")
        products = await read_before_push(self._all(f"/orders/{order}/products"), self._client.call_seconds)
        body = mapping.build_shipment(reference, request, products)
        return await self._client.call("POST", f"/orders/{order}/shipments", body)

    def read_fulfillment(self, answer: RawAnswer, request: FulfillmentRequest) -> Fulfillment:  # noqa: ARG002 - the port's
        """Read the answer to a push."""
        return mapping.parse_fulfillment(parse_answer(answer), notified=self._mails)

    async def find_fulfillments(
        self,
        reference: str,
        request: FulfillmentRequest,
        begun_at: datetime,  # noqa: ARG002 - the port's shape; the reference is enough here
    ) -> list[Fulfillment]:
        """Return the order's shipments that carry this reference."""
        found = await self._shipments(mapping.check_order_id(request.external_id))
        ours = [one for one in found if mapping.has_reference(one, reference)]
        return [mapping.parse_fulfillment(one, notified=self._mails) for one in ours]

    async def status(self, fulfillment_id: str) -> Fulfillment:
        """Return a shipment as it is now."""
        order, shipment = mapping.split_id(fulfillment_id)
        answer = await self._client.call("GET", f"/orders/{order}/shipments/{shipment}")
        return mapping.parse_fulfillment(parse_answer(answer), notified=self._mails)

    async def cancel(self, fulfillment_id: str) -> CancelResult:
        """Delete a shipment; where there is none of that id, the order's list tells whether it was deleted before."""
        order, shipment = mapping.split_id(fulfillment_id)
        answer = await self._client.call("DELETE", f"/orders/{order}/shipments/{shipment}")
        if answer.status != httpx.codes.NOT_FOUND:
            check_empty(answer)
            return CancelResult(UndoOutcome.CANCELLED)
        answer = await self._client.call("GET", f"/orders/{order}/shipments", params={"page": 1, "limit": PAGE})
        if answer.status == httpx.codes.NOT_FOUND:
            return CancelResult(UndoOutcome.NOT_FOUND)
        if any(mapping.has_id(one, shipment) for one in await self._shipments(order)):
            raise Ambiguous("BigCommerce lists the shipment, and says that there is none")
        return CancelResult(UndoOutcome.ALREADY_CANCELLED)

    async def _shipments(self, order: str) -> list[Json]:
        return [mapping.require_order(one, order) for one in await self._all(f"/orders/{order}/shipments")]

    async def _all(self, path: str) -> list[Json]:
        """Read a list to its end: one with a page left out would prove nothing.

        A page may hold fewer than were asked for: the end is a page that holds none.
        """
        found: list[Json] = []
        for page in range(1, MAX_PAGES + 1):
            some = parse_list(await self._client.call("GET", path, params={"page": page, "limit": PAGE}))
            found += some
            if not some:
                return found
        raise Ambiguous("the list has no end")
