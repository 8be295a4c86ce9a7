"""The carrier port, spoken to UPS."""

from urllib.parse import quote

from adapters.carriers.ups import answers, requests
from adapters.carriers.ups.client import UpsClient
from adapters.carriers.ups.codes import UNKNOWN_NUMBER
from adapters.carriers.ups.errors import is_unknown, parse_answer
from adapters.http.transport import Destination
from domain.effects import UndoOutcome
from domain.errors import AuthFailed, MayBeDone, Rejected
from domain.shipping import (
    CarrierCapabilities,
    Connection,
    Label,
    PurchaseAttempt,
    Rate,
    RawAnswer,
    SafetyClass,
    ShipmentRequest,
    VoidResult,
)
from domain.tracking import Tracking, TrackingStatus

LOOK_FOR_SECONDS = 3600.0
"""Tracking may show an unscanned label late or never: after an hour of looking a person is asked."""

SHIP = "/api/shipments/v2409/ship"
VOID = "/api/shipments/v2409/void/cancel/{}"
RECOVERY = "/api/labels/v1/recovery"
BY_REFERENCE = "/api/track/v1/reference/details/{}"
BY_NUMBER = "/api/track/v1/details/{}"
RATES = "/api/rating/v2409/Shop"

UNTOUCHED = (TrackingStatus.PRE_TRANSIT, TrackingStatus.UNKNOWN)


class UpsCarrier:
    """One UPS account; see `domain.ports.carrier.CarrierPort`."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        self._client = UpsClient(connection, destination)
        self._account = connection.credentials.get("account_number", "").upper()
        self._look_for_seconds = connection.settings.recover_for_seconds or LOOK_FOR_SECONDS
        self.aclose = self._client.aclose

    @property
    def capabilities(self) -> CarrierCapabilities:
        """Shipping deduplicates nothing, and only Tracking can be asked: what it does not show may still exist."""
        settle_seconds = self._client.longest_seconds + 1.0
        return CarrierCapabilities(SafetyClass.LOOKUP_WEAK, settle_seconds, self._look_for_seconds)

    async def buy(self, reference: str, request: ShipmentRequest) -> RawAnswer:
        """Send exactly one purchase."""
        body = requests.build_purchase(reference, request, self._account)
        return await self._client.call("POST", SHIP, body, transaction=reference)

    def read_label(self, answer: RawAnswer, request: ShipmentRequest) -> Label:
        """Read the answer to a purchase."""
        return answers.parse_label(parse_answer(answer), request.service, request.label_format)

    async def find_labels(self, reference: str, attempt: PurchaseAttempt) -> list[Label]:
        """Return the parcels that Tracking has with this reference.

        Raises:
            Rejected: the look is refused; for the want of Tracking too.
        """
        query = requests.build_reference_query(self._account, attempt.last)
        answer = await self._client.call("GET", BY_REFERENCE.format(quote(reference, safe="")), query=query)
        if is_unknown(answer):
            return []
        try:
            return answers.parse_labels(parse_answer(answer), reference)
        except AuthFailed as error:
            # The token is good: the app has no Tracking. That is no reason to buy nothing more.
            raise Rejected(error.message, vendor_code=error.vendor_code) from error

    async def document(self, carrier_shipment_id: str) -> bytes:
        """Fetch a label's document, as a PDF."""
        answer = await self._client.call("POST", RECOVERY, requests.build_recovery(carrier_shipment_id))
        return answers.parse_document(parse_answer(answer))

    async def void(self, carrier_shipment_id: str) -> VoidResult:
        """Void a shipment; where UPS says no, its tracking tells why."""
        answer = await self._client.call("DELETE", VOID.format(quote(carrier_shipment_id, safe="")))
        try:
            if answers.is_voided(parse_answer(answer)):
                return VoidResult(UndoOutcome.VOIDED)
            refusal = Rejected("UPS did not void the shipment, and does not say why", vendor_code="not_voided")
        except AuthFailed:
            raise
        except Rejected as error:
            refusal = error
        outcome = await self._instead(carrier_shipment_id)
        if outcome is None:
            # Tracking may lag behind a void whose answer was lost.
            raise MayBeDone(refusal.message, vendor_code=refusal.vendor_code, field=refusal.field) from refusal
        return VoidResult(outcome)

    async def _instead(self, tracking_number: str) -> UndoOutcome | None:
        """Say what a shipment is that could not be voided; None where tracking does not tell."""
        try:
            status = (await self.track(tracking_number)).status
        except Rejected:
            # Tracking may not show a label that was never scanned, and an app may have no Tracking: that says nothing.
            return None
        if status is TrackingStatus.CANCELLED:
            return UndoOutcome.ALREADY_VOIDED
        return None if status in UNTOUCHED else UndoOutcome.TOO_LATE

    async def track(self, tracking_number: str) -> Tracking:
        """Return what Tracking has of a parcel."""
        path, query = BY_NUMBER.format(quote(tracking_number, safe="")), {"locale": "en_US"}
        answer = await self._client.call("GET", path, query=query)
        if is_unknown(answer):
            raise Rejected("UPS knows nothing of the tracking number", vendor_code=UNKNOWN_NUMBER)
        return answers.parse_tracking(parse_answer(answer), tracking_number)

    async def rates(self, request: ShipmentRequest) -> list[Rate]:
        """Return the account's prices."""
        body = requests.build_rate_request(request, self._account)
        return answers.parse_rates(parse_answer(await self._client.call("POST", RATES, body)))

    async def verify(self) -> str:
        """Fetch a new access token."""
        await self._client.sign_in()
        return "UPS gave an access token for the client_id; the account_number is first tried by a purchase"
