"""The port for sales channels: the methods of a channel adapter."""

from datetime import datetime
from typing import Protocol

from domain.channels import CancelResult, ChannelCapabilities, Fulfillment, FulfillmentRequest
from domain.shipping import Connection, RawAnswer
from domain.shop_orders import ShopOrder


class ChannelPort(Protocol):
    """The adapter of one sales channel for one bridge; raises the same errors as `CarrierPort`."""

    @property
    def capabilities(self) -> ChannelCapabilities:
        """The capabilities of this bridge's channel."""

    async def read_order(self, external_id: str) -> ShopOrder:
        """Return the order as the channel stores it. Only reads.

        Raises:
            Rejected: the channel has no such order.
            NotSent: the channel can't be reached, or its answer can't be parsed.
        """

    async def check_push(self, request: FulfillmentRequest) -> None:
        """Raise what `push` raises before it sends anything. Only reads.

        Raises:
            Rejected: the channel closed the order or holds it, fewer pieces remain than requested, or the channel would
                not accept the push.
            NotSent: as in `read_order`.
        """

    async def push(self, reference: str, request: FulfillmentRequest) -> RawAnswer:
        """Send exactly one fulfillment and return the raw answer."""

    def read_fulfillment(self, answer: RawAnswer, request: FulfillmentRequest) -> Fulfillment:
        """Parse the answer to a push; the status is `pending` if the channel answers later. Pure."""

    async def find_fulfillments(
        self, reference: str, request: FulfillmentRequest, not_before: datetime
    ) -> list[Fulfillment]:
        """Return every fulfillment that this push made, including cancelled ones, oldest first. Only reads.

        Args:
            reference: the reference given to `push`.
            request: the request given to `push`; a channel without references compares tracking number and items.
            not_before: the push began later than this; such a channel ignores older fulfillments.
        """

    async def status(self, fulfillment_id: str) -> Fulfillment | None:
        """Return the current fulfillment; None if the channel itself reports that it does not exist. Only reads."""

    async def cancel(self, fulfillment_id: str) -> CancelResult:
        """Cancel a fulfillment; safe to repeat."""


class Channels(Protocol):
    """Finds the adapter for a bridge."""

    def open(self, connection: Connection) -> ChannelPort:
        """Return the adapter; each bridge has one shared HTTP client."""
