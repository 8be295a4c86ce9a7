"""What following shipments asks of the store, and what asks a carrier at once on a client's behalf."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.shipping import CarrierAccount, Rate, RefundState, ShipmentRequest
from domain.tracking import Tracking


@dataclass(frozen=True, slots=True)
class TrackedShipment:
    """A shipment whose carrier is to be asked now; at `lease_until` any process may claim it again.

    The question is where the parcel is, or what became of the refund if `is_refund_pending`.
    `destination` is the server that is asked: accounts of one destination may all hang at the same time.
    """

    organization_id: UUID
    id: UUID
    carrier_account_id: UUID
    destination: str
    tracking_number: str
    failures: int
    lease_until: datetime
    carrier_shipment_id: str = ""
    is_refund_pending: bool = False


class TrackingStore(Protocol):
    """The tracked shipments. Recorded progress never goes back, in whatever order answers come."""

    async def claim(self, slots: int, asking: Collection[TrackedShipment]) -> list[TrackedShipment]:
        """Take shipments that are due, for longer than a question can last; a process that dies leaves them to others.

        Only those of active accounts that may be asked now, two of each at a time, the longest due first.
        Organizations, and destinations, share half of the slots fairly (`domain.fair_slots`); the other half is for
        those of which nothing is asked.

        Args:
            slots: how many questions may be asked at a time.
            asking: the shipments that are asked about now, in this process.
        """

    async def record(self, shipment: TrackedShipment, tracking: Tracking) -> None:
        """Keep what the carrier told, and when to ask next, in one transaction."""

    async def record_refund(self, shipment: TrackedShipment, refund: RefundState | None) -> None:
        """Record what became of a refund, in the operation's log too if it is decided; None: it is not asked again."""

    async def defer(
        self, shipment: TrackedShipment, problem: str, seconds: float | None, *, account_pause: float | None = None
    ) -> None:
        """Keep why the carrier told nothing, and ask again after `seconds`, where it is asked any more.

        Args:
            shipment: the shipment.
            problem: a code.
            seconds: None where the carrier just knows nothing of it: it is asked again when it would have been.
            account_pause: for how many seconds the account's other shipments wait as well.
        """

    async def organization_of(self, account_id: UUID) -> UUID | None:
        """Return the organization that a carrier account belongs to."""


class CarrierQueries(Protocol):
    """Asks a carrier at once, on a client's behalf; nothing is bought, and no credential leaves it."""

    def check(self, account: CarrierAccount, request: ShipmentRequest) -> None:
        """Raise Rejected, naming the field, if the account's carrier could not take a shipment. Nothing is asked."""

    async def rates(self, organization_id: UUID, account_id: UUID, request: ShipmentRequest) -> list[Rate]:
        """Return what the shipment would cost, by service.

        Raises:
            NotFound: the organization has no such account.
            EffectError: what the call came to.
        """

    async def handle_webhook(self, account_id: UUID, headers: Mapping[str, str], body: bytes) -> int:
        """Take a carrier's webhook: its parcels are asked about soon. Nothing else in it is believed.

        Returns:
            How many shipments are asked about.

        Raises:
            WebhookRefused: it is not signed with the account's secret, or there is no such account.
        """
