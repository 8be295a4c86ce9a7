"""The port for carriers: the methods of a carrier adapter; docs/explanation/ledger.md describes their use."""

from collections.abc import Sequence
from typing import Protocol

from domain.label_parts import LabelDocument
from domain.shipping import (
    CarrierCapabilities,
    Connection,
    Label,
    PurchaseAttempt,
    Rate,
    RawAnswer,
    RefundState,
    ShipmentRequest,
    VoidResult,
)
from domain.tracking import Tracking


class CarrierPort(Protocol):
    """The adapter of one carrier for one account.

    Every method may raise `NotSent`, `RateLimited`, `Ambiguous`, `Rejected` or `AuthFailed`.
    """

    @property
    def capabilities(self) -> CarrierCapabilities:
        """The capabilities of this account's carrier."""

    async def buy(self, reference: str, request: ShipmentRequest) -> RawAnswer:
        """Send exactly one purchase and return the raw answer.

        Raises:
            NotSent: the request surely was not sent.
            Ambiguous: it was sent, and no complete answer came back.
        """

    def read_label(self, answer: RawAnswer, request: ShipmentRequest) -> Label:
        """Parse the answer to a purchase. Pure, so that a stored answer can be parsed again after a crash."""

    async def find_labels(self, reference: str, attempt: PurchaseAttempt) -> list[Label]:
        """Return every label with this reference, including voided ones, oldest first. Only reads.

        Args:
            reference: the reference given to `buy`.
            attempt: the times of the purchase, for carriers that search by date; objects that are made before the
                purchase may be as old as its first attempt.
        """

    async def document(self, carrier_shipment_id: str) -> bytes:
        """Fetch a label's document. Only reads.

        Raises:
            Rejected: the carrier returns documents only with the purchase.
        """

    async def documents(self, carrier_shipment_id: str) -> tuple[LabelDocument, ...]:
        """Fetch the documents of a label with `has_more_documents`, without the label's own. Only reads."""

    async def void(self, carrier_shipment_id: str, parcels: Sequence[str] = ()) -> VoidResult:
        """Void a label with all its parcels; safe to repeat.

        `parcels` are the tracking numbers of all parcels if there are several: a label is voided already only if each
        of them is.

        Raises:
            NotSent, RateLimited: it was not voided. A failure after the void is `Ambiguous`.
        """

    async def refund(self, carrier_shipment_id: str) -> RefundState | None:
        """Return the state of a voided label's refund; None if the carrier does not report it. Only reads."""

    async def track(self, tracking_number: str) -> Tracking:
        """Return the progress and events of a tracking number. Only reads.

        Raises:
            Rejected: the carrier does not know the number, or its accounts have no tracking.
        """

    async def rates(self, request: ShipmentRequest) -> list[Rate]:
        """Return the prices of the shipment, by service; ignores the request's own service. Only reads.

        Raises:
            Rejected: the carrier has no price for it, or its accounts have no rates.
        """

    async def verify(self) -> str:
        """Test the account's credentials without buying anything; return the finding in one line.

        Raises:
            AuthFailed: the carrier refuses the credentials.
        """


class Carriers(Protocol):
    """Finds the adapter for an account."""

    def open(self, connection: Connection) -> CarrierPort:
        """Return the adapter; each account has one shared HTTP client."""

    def check(self, carrier: str, request: ShipmentRequest) -> tuple[str, ...]:
        """Return notes for the log on customs data, and on parts that differ from the normal form. Pure.

        Raises:
            Rejected: the carrier would not accept the shipment; names the field.
        """
