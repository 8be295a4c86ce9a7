"""What a sales channel adapter must offer."""

from datetime import datetime
from typing import Protocol

from domain.channels import CancelResult, ChannelCapabilities, Fulfillment, FulfillmentRequest
from domain.shipping import Connection, RawAnswer
from domain.shop_orders import ShopOrder


class ChannelPort(Protocol):
    """One sales channel, spoken to for one bridge; raises as `CarrierPort` does."""

    @property
    def capabilities(self) -> ChannelCapabilities:
        """What this bridge's channel can do."""

    async def read_order(self, external_id: str) -> ShopOrder:
        """Return the order as the shop knows it. Only reads.

        Raises:
            Rejected: the shop has no such order.
            NotSent: the shop can't be reached, or its answer can't be read.
        """

    async def check_push(self, request: FulfillmentRequest) -> None:
        """Raise what `push` raises before it sends anything. Only reads.

        Raises:
            Rejected: the shop closed the order or holds it back, less remains than is asked for, or the channel would
                not take the push.
            NotSent: as in `read_order`.
        """

    async def push(self, reference: str, request: FulfillmentRequest) -> RawAnswer:
        """Send exactly one fulfillment and return whatever came back, unread."""

    def read_fulfillment(self, answer: RawAnswer, request: FulfillmentRequest) -> Fulfillment:
        """Read the answer to a push: pure. Status `pending` where the channel answers later."""

    async def find_fulfillments(
        self, reference: str, request: FulfillmentRequest, not_before: datetime
    ) -> list[Fulfillment]:
        """Return every fulfillment that this push made of the order, cancelled ones too, oldest first. Only reads.

        Args:
            reference: as it was given to `push`.
            request: as it was given to `push`: a channel that keeps no reference finds it by tracking number and items.
            not_before: the push began later; what such a channel made earlier is another's.
        """

    async def status(self, fulfillment_id: str) -> Fulfillment | None:
        """Return a fulfillment as it is now; None where the channel itself says that it has none. Only reads."""

    async def cancel(self, fulfillment_id: str) -> CancelResult:
        """Cancel a fulfillment; safe to repeat."""


class Channels(Protocol):
    """Finds the adapter for a bridge."""

    def open(self, connection: Connection) -> ChannelPort:
        """Return the adapter, with one shared HTTP client per bridge."""
