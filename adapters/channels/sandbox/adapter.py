"""The channel port, spoken to the sandbox."""

from datetime import datetime
from urllib.parse import quote

from adapters.channels.sandbox import mapping
from adapters.http.sandbox_client import SandboxClient, is_missing, read_json
from adapters.http.transport import Destination
from domain.channels import CancelResult, ChannelCapabilities, Fulfillment, FulfillmentRequest
from domain.effects import UndoOutcome
from domain.shipping import Connection, RawAnswer


class SandboxChannel:
    """One simulated bridge; see `domain.ports.channel.ChannelPort`."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        self._client = SandboxClient(connection, destination)
        self._settings = connection.settings
        self.aclose = self._client.aclose

    @property
    def capabilities(self) -> ChannelCapabilities:
        """What this bridge's channel can do."""
        client = self._client
        return ChannelCapabilities(
            can_cancel=self._settings.may_cancel,
            safety=client.safety,
            settle_seconds=client.settle_seconds,
            look_for_seconds=client.look_for_seconds,
        )

    async def push(self, reference: str, request: FulfillmentRequest) -> RawAnswer:
        """Send exactly one fulfillment."""
        body = mapping.push(reference, request, self._settings.answer_after_seconds)
        return await self._client.post(_fulfillments(request.external_id), body, reference)

    def read_fulfillment(self, answer: RawAnswer, request: FulfillmentRequest) -> Fulfillment:
        """Read the answer to a push."""
        return mapping.fulfillment(read_json(answer))

    async def find_fulfillments(
        self,
        reference: str,
        request: FulfillmentRequest,
        not_before: datetime,
    ) -> list[Fulfillment]:
        """Return every fulfillment of the order with this reference."""
        answer = await self._client.get(_fulfillments(request.external_id), {"reference": reference})
        return [] if is_missing(answer) else mapping.fulfillments(read_json(answer))

    async def status(self, fulfillment_id: str) -> Fulfillment | None:
        """Return a fulfillment as it is now."""
        answer = await self._client.get(f"/channel/fulfillments/{quote(fulfillment_id, safe='')}")
        return None if is_missing(answer) else mapping.fulfillment(read_json(answer))

    async def cancel(self, fulfillment_id: str) -> CancelResult:
        """Cancel a fulfillment."""
        answer = await self._client.post(f"/channel/fulfillments/{quote(fulfillment_id, safe='')}/cancel", {})
        if is_missing(answer):
            return CancelResult(UndoOutcome.NOT_FOUND)
        return mapping.cancel_result(read_json(answer))


def _fulfillments(external_id: str) -> str:
    return f"/channel/orders/{quote(external_id, safe='')}/fulfillments"
