"""The ports of webhooks: the endpoints of an organization, the deliveries to send, and the client that sends them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from domain.ports.rows import PageQuery, RowStore, Total
from domain.webhooks import (
    AttemptResult,
    ClaimedDelivery,
    Settlement,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)

DeliveryResult: TypeAlias = tuple[ClaimedDelivery, AttemptResult, Settlement]


class WebhookEndpointStore(RowStore[WebhookEndpoint], Protocol):
    """Webhook endpoints with their deliveries; filters: enabled."""

    async def create(self, row: Mapping[str, Any], secret: str) -> WebhookEndpoint:
        """Insert an endpoint; it receives the events that are numbered from now on."""

    async def update(self, ident: UUID, changes: Mapping[str, Any]) -> WebhookEndpoint | None:
        """Change an endpoint; an enabled one continues with the events that it missed."""

    async def rotate_secret(self, ident: UUID, secret: str) -> WebhookEndpoint | None:
        """Replace the secret; the previous one signs for 24 more hours."""

    async def delete(self, ident: UUID) -> bool:
        """Delete an endpoint with its deliveries; return False if it does not exist."""

    async def insert_test_event(self, endpoint: WebhookEndpoint) -> UUID:
        """Record a test event, which only this endpoint receives; return its id."""

    async def list_deliveries(
        self, ident: UUID, filters: Mapping[str, Any], page: PageQuery
    ) -> tuple[list[WebhookDelivery], Total]:
        """Return a page of an endpoint's deliveries, and the exact total; filters: state, event_type, event_id."""

    async def get_delivery(self, ident: UUID, delivery_id: UUID) -> WebhookDelivery | None:
        """Return a delivery of an endpoint."""

    async def attempts(self, delivery_id: UUID) -> list[WebhookAttempt]:
        """Return the newest 100 attempts of a delivery, oldest first."""

    async def find_missing_events(self, event_ids: Collection[UUID]) -> set[UUID]:
        """Return the ids that are no event of the organization."""

    async def count_replayable(self, endpoint: WebhookEndpoint, filters: Mapping[str, Any]) -> int:
        """Return how many events a replay would send; filters: state, created_after, created_before."""

    async def replay_filtered(self, endpoint: WebhookEndpoint, filters: Mapping[str, Any], limit: int) -> int:
        """Send the events that match again, at most `limit`; return how many."""

    async def replay_events(self, endpoint: WebhookEndpoint, event_ids: Collection[UUID]) -> int:
        """Send events again, also those that wait for a retry; return how many."""


class DeliveryStore(Protocol):
    """The deliveries of all organizations, as the sender uses them."""

    async def fan_out(self) -> bool:
        """Number new events, and create their deliveries; return whether there are new deliveries."""

    async def exchange(
        self, results: Sequence[DeliveryResult], slots: int, sending: Collection[ClaimedDelivery]
    ) -> list[ClaimedDelivery]:
        """Record the results of attempts, then claim due deliveries for longer than an attempt can last.

        Disables endpoints that are gone or fail for too long.

        Args:
            results: what this process attempted.
            slots: the number of attempts at a time.
            sending: the deliveries that this process attempts now.
        """

    async def purge(self, limit: int) -> int:
        """Delete deliveries that were settled long ago, and those of deleted endpoints, at most `limit` of each.

        Returns:
            The larger number of the two.
        """


class WebhookClient(Protocol):
    """Sends webhooks."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> AttemptResult:
        """Send one request, and read the answer's first kB; takes at most 15 s."""
