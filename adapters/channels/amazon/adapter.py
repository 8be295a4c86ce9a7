"""The channel port, spoken to Amazon."""

from datetime import UTC, datetime

from adapters.channels.amazon import mapping
from adapters.channels.amazon.client import AmazonClient
from adapters.channels.amazon.errors import check_empty, parse_answer
from adapters.http.json import Json
from adapters.http.pre_read import read_before_push
from adapters.http.transport import Destination
from domain.channels import CancelResult, ChannelCapabilities, Fulfillment, FulfillmentRequest
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, Rejected
from domain.shipping import Connection, RawAnswer, SafetyClass


class AmazonChannel:
    """One seller on Amazon; see `domain.ports.channel.ChannelPort`."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        self._client = AmazonClient(connection, destination)
        self._marketplace_id = connection.settings.option("marketplace_id") or mapping.MARKETPLACE
        self.aclose = self._client.aclose

    @property
    def capabilities(self) -> ChannelCapabilities:
        """A confirmation with the same package number edits the package: to repeat it does no harm."""
        return ChannelCapabilities(
            can_cancel=False,
            safety=SafetyClass.KEYED,
            settle_seconds=2 * self._client.longest_seconds + 1.0,
            look_for_seconds=0.0,
        )

    async def push(self, reference: str, request: FulfillmentRequest) -> RawAnswer:
        """Read what remains of the order, then confirm exactly one package.

        Raises:
            Rejected: less remains than is asked for.
        """
        order_id = mapping.check_order_id(request.external_id)
        order = await read_before_push(self._order(order_id), self._client.longest_seconds)
        body = mapping.build_confirmation(reference, request, order, self._marketplace_id, datetime.now(UTC))
        return await self._client.call("POST", f"/orders/v0/orders/{order_id}/shipmentConfirmation", body)

    def read_fulfillment(self, answer: RawAnswer, request: FulfillmentRequest) -> Fulfillment:
        """Read the answer to a push, which has no body."""
        check_empty(answer)
        return mapping.to_fulfillment(request)

    async def find_fulfillments(
        self,
        reference: str,
        request: FulfillmentRequest,
        begun_at: datetime,  # noqa: ARG002 - the port's shape; the package's number is enough here
    ) -> list[Fulfillment]:
        """Return the package, where the order has it.

        Raises:
            Ambiguous: more of the order is fulfilled than its packages show.
        """
        found = await self._order(mapping.check_order_id(request.external_id))
        if mapping.has_package(found, reference, request):
            return [mapping.to_fulfillment(request)]
        if mapping.lacks_packages(found):
            raise Ambiguous("more of the order is fulfilled than its packages show")
        return []

    async def status(self, fulfillment_id: str) -> Fulfillment:  # noqa: ARG002 - the port's
        """Refuse: a confirmation is answered at once, so that nobody ever waits for one."""
        raise Rejected("Amazon answers a confirmation at once", vendor_code="unsupported")

    async def cancel(self, fulfillment_id: str) -> CancelResult:  # noqa: ARG002 - the port's
        """Say that Amazon takes no confirmation back."""
        return CancelResult(UndoOutcome.UNSUPPORTED)

    async def _order(self, order_id: str) -> Json:
        params = {"includedData": "PACKAGES"}
        return mapping.parse_order(
            parse_answer(await self._client.call("GET", f"/orders/2026-01-01/orders/{order_id}", params=params))
        )
