"""The ports for tracking: the store of tracked shipments, and immediate questions to carriers for clients."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.shipping import CarrierAccount, Rate, RefundState, ShipmentRequest
from domain.tracking import Tracking


@dataclass(frozen=True, slots=True)
class TrackedShipment:
    """A shipment whose carrier is to be asked now; from `lease_until` on, any process may claim it again.

    The question is the parcel's progress, or the refund's state if `is_refund_pending`.
    `destination` is the server that is asked: all accounts of one destination may hang at the same time.
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
    parcel_numbers: tuple[str, ...] = ()
    """The tracking numbers of a shipment with several parcels."""


class TrackingStore(Protocol):
    """The tracked shipments. Recorded progress never goes back, in any order of answers."""

    async def claim(self, slots: int, asking: Collection[TrackedShipment]) -> list[TrackedShipment]:
        """Claim due shipments for longer than a question can last; if the process dies, others claim them then.

        Returns only shipments of active accounts that may be asked now, at most two per account, the longest due first.
        Organizations, and destinations, share half of the slots fairly (`domain.fair_slots`); the other half is for
        organizations and destinations without a question in progress.

        Args:
            slots: the number of questions at a time.
            asking: the shipments with a question in progress in this process.
        """

    async def record(self, shipment: TrackedShipment, *trackings: Tracking) -> None:
        """Store the answer about each parcel, in order, and the time of the next question, in one transaction."""

    async def record_refund(self, shipment: TrackedShipment, refund: RefundState | None) -> None:
        """Record the state of a refund, and log it if it is final; None: do not ask again."""

    async def defer(
        self, shipment: TrackedShipment, problem: str, seconds: float | None, *, account_pause: float | None = None
    ) -> None:
        """Store why there is no answer, and ask again after `seconds` if the shipment is still tracked.

        Args:
            shipment: the shipment.
            problem: a code.
            seconds: None if the carrier does not know the number: the next question keeps its regular time.
            account_pause: for how many seconds the account's other shipments wait as well.
        """

    async def organization_of(self, account_id: UUID) -> UUID | None:
        """Return the organization of a carrier account."""


class CarrierQueries(Protocol):
    """Asks a carrier immediately on behalf of a client; buys nothing, and returns no credential."""

    def check(self, account: CarrierAccount, request: ShipmentRequest) -> None:
        """Raise Rejected, naming the field, if the account's carrier would not accept a shipment. Sends nothing."""

    async def rates(self, organization_id: UUID, account_id: UUID, request: ShipmentRequest) -> list[Rate]:
        """Return the prices of the shipment, by service.

        Raises:
            NotFound: the organization has no such account.
            EffectError: the carrier refused, or the call failed.
        """

    async def verify(self, organization_id: UUID, account_id: UUID) -> str:
        """Test the account's credentials without buying anything; return the finding in one line.

        Raises:
            NotFound: the organization has no such account.
            EffectError: the carrier refused the credentials, or the call failed.
        """

    async def handle_webhook(self, account_id: UUID, headers: Mapping[str, str], body: bytes) -> int:
        """Accept a carrier's webhook: make its parcels due for tracking. Everything else in it is ignored.

        Returns:
            How many shipments became due.

        Raises:
            WebhookRefused: the account's secret did not sign it, or there is no such account.
        """
