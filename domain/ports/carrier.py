"""What a carrier adapter must offer; see docs/explanation/ledger.md for how the calls are used."""

from typing import Protocol

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
    """One carrier, spoken to for one account.

    Every method may raise `NotSent`, `RateLimited`, `Ambiguous`, `Rejected` or `AuthFailed`.
    """

    @property
    def capabilities(self) -> CarrierCapabilities:
        """What this account's carrier can do."""

    async def buy(self, reference: str, request: ShipmentRequest) -> RawAnswer:
        """Send exactly one purchase and return whatever came back, unread.

        Raises:
            NotSent: the request surely never left.
            Ambiguous: it left, and no whole answer came back.
        """

    def read_label(self, answer: RawAnswer, request: ShipmentRequest) -> Label:
        """Read the answer to a purchase: pure, so that a stored answer can be read again after a crash."""

    async def find_labels(self, reference: str, attempt: PurchaseAttempt) -> list[Label]:
        """Return every label with this reference, voided ones too, oldest first. Only reads.

        Args:
            reference: as it was given to `buy`.
            attempt: when that was, for carriers that search by date; what is made before a purchase may be as old as
                the first time.
        """

    async def document(self, carrier_shipment_id: str) -> bytes:
        """Fetch a label's document. Only reads.

        Raises:
            Rejected: the carrier gives a document with the purchase only.
        """

    async def void(self, carrier_shipment_id: str) -> VoidResult:
        """Void a label; safe to repeat.

        Raises:
            NotSent, RateLimited: it was not voided. What fails after it was is `Ambiguous`.
        """

    async def refund(self, carrier_shipment_id: str) -> RefundState | None:
        """Return what became of a voided label's money; None if this carrier does not report it. Only reads."""

    async def track(self, tracking_number: str) -> Tracking:
        """Return what the carrier knows of a tracking number. Only reads.

        Raises:
            Rejected: it knows nothing of the number, or its accounts have no tracking.
        """

    async def rates(self, request: ShipmentRequest) -> list[Rate]:
        """Return what the shipment would cost, by service; the request's own service is not looked at. Only reads.

        Raises:
            Rejected: the carrier has no price for it, or its accounts have no rates.
        """

    async def verify(self) -> str:
        """Try the account's credentials without buying anything, and say what that has shown, in one line.

        Raises:
            AuthFailed: they are refused.
        """


class Carriers(Protocol):
    """Finds the adapter for an account."""

    def open(self, connection: Connection) -> CarrierPort:
        """Return the adapter, with one shared HTTP client per account."""

    def check(self, carrier: str, request: ShipmentRequest) -> tuple[str, ...]:
        """Return what of a shipment in normal form is sent in another form than it has. Pure.

        Raises:
            Rejected: the carrier could not take it; names the field.
        """
