"""The carrier port, spoken to USPS."""

from datetime import UTC, datetime
from urllib.parse import quote

import httpx

from adapters.carriers.usps import answers, requests
from adapters.carriers.usps.client import UspsClient
from adapters.carriers.usps.errors import earlier_void_outcome, error_details, parse_answer
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

LABEL = "/labels/v3/label"
REPRINT = "/labels/v3/label-reprint"
TRACKING = "/tracking/v3/tracking"
PRICES = "/prices/v3/base-rates/search"

LOOK_FOR_SECONDS = 3600.0
SCANNED = (
    TrackingStatus.IN_TRANSIT,
    TrackingStatus.OUT_FOR_DELIVERY,
    TrackingStatus.DELIVERED,
    TrackingStatus.RETURNED,
)


class UspsCarrier:
    """One USPS account; see `domain.ports.carrier.CarrierPort`."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        self._client = UspsClient(connection, destination)
        self._label_format = connection.settings.label_format or "PDF"
        self._look_for_seconds = connection.settings.recover_for_seconds or LOOK_FOR_SECONDS
        self.aclose = self._client.aclose

    @property
    def capabilities(self) -> CarrierCapabilities:
        """A key with the same body gives the label that it bought, and a reprint by the key tells whether it did."""
        settle_seconds = self._client.longest_seconds + 1.0
        return CarrierCapabilities(SafetyClass.KEYED, settle_seconds, self._look_for_seconds)

    async def buy(self, reference: str, request: ShipmentRequest) -> RawAnswer:
        """Send exactly one purchase, under the reference's key."""
        body = requests.build_purchase(reference, request, datetime.now(UTC))
        return await self._client.paid("POST", LABEL, body, requests.make_key(reference))

    def read_label(self, answer: RawAnswer, request: ShipmentRequest) -> Label:
        """Read the answer to a purchase."""
        return answers.parse_purchase(answer, request.service, request.label_format)

    async def find_labels(self, reference: str, attempt: PurchaseAttempt) -> list[Label]:  # noqa: ARG002 - the port's
        """Return the label that was bought under the reference's key: by a reprint, of which USPS allows three.

        Raises:
            Rejected: USPS reprints none, and does not say that there is none: a cancelled one, for one, proves nothing.
        """
        body = requests.build_reprint(self._label_format)
        answer = await self._client.paid("POST", REPRINT, body, requests.make_key(reference))
        if answer.status == httpx.codes.NOT_FOUND and error_details(answer).code is not None:
            return []
        return [answers.parse_reprint(answer)]

    async def document(self, carrier_shipment_id: str) -> bytes:  # noqa: ARG002 - the port's
        """Refuse: a reprint would need to know the format that the label is kept in."""
        raise Rejected("USPS's labels are fetched with the purchase, or by its key", vendor_code="unsupported")

    async def void(self, carrier_shipment_id: str) -> VoidResult:
        """Cancel a label, or ask for its refund; where USPS says no, its words or its tracking tell why."""
        answer = await self._client.paid("DELETE", f"{LABEL}/{quote(carrier_shipment_id, safe='')}")
        try:
            return answers.parse_void(parse_answer(answer))
        except AuthFailed:
            raise
        except Rejected as error:
            outcome = earlier_void_outcome(answer) or await self._instead(
                carrier_shipment_id, is_missing=answer.status == httpx.codes.NOT_FOUND
            )
            if outcome is None:
                # Its words for a label that was cancelled before are not all known.
                raise MayBeDone(error.message, vendor_code=error.vendor_code, field=error.field) from error
            return VoidResult(outcome)

    async def _instead(self, tracking_number: str, *, is_missing: bool) -> UndoOutcome | None:
        """Say what a label is that could not be cancelled; None where tracking does not tell."""
        answer = await self._client.call("GET", _tracking_path(tracking_number))
        if answer.status == httpx.codes.NOT_FOUND:
            return UndoOutcome.NOT_FOUND if is_missing else None
        try:
            status = answers.parse_tracking(parse_answer(answer), tracking_number).status
        except Rejected:
            # An app without the Tracking API is refused here: that says nothing of the label or of the account.
            return None
        return UndoOutcome.TOO_LATE if status in SCANNED else None

    async def track(self, tracking_number: str) -> Tracking:
        """Return what Tracking has of a parcel."""
        answer = await self._client.call("GET", _tracking_path(tracking_number))
        return answers.parse_tracking(parse_answer(answer), tracking_number)

    async def rates(self, request: ShipmentRequest) -> list[Rate]:
        """Return the commercial price of each service; one that does not take the parcel is left out."""
        found, refusal = [], None
        for service, body in requests.build_rate_requests(request, datetime.now(UTC)):
            answer = await self._client.call("POST", PRICES, body)
            try:
                found.append(answers.parse_price(parse_answer(answer), service))
            except AuthFailed:
                raise
            except Rejected as error:
                refusal = error
        if not found and refusal is not None:
            raise refusal
        return found

    async def verify(self) -> str:
        """Fetch a new access token and a payment authorization."""
        await self._client.sign_in()
        return "USPS gave an access token for the client_id, and a payment authorization for the account"


def _tracking_path(tracking_number: str) -> str:
    return f"{TRACKING}/{quote(tracking_number, safe='')}?expand=DETAIL"
