"""The USPS adapter: implements the carrier port."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from adapters.carriers.common.answers import require_rates
from adapters.carriers.usps import answers, requests
from adapters.carriers.usps.client import UspsClient
from adapters.carriers.usps.codes import REPRINT_DAYS, is_foreign_number
from adapters.carriers.usps.errors import explain_void_refusal, is_never_bought, parse_answer, parse_list
from adapters.http.client import path_part
from adapters.http.json import Json
from adapters.http.refusals import explain_refusal
from adapters.http.transport import Destination
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, AuthFailed, Rejected
from domain.label_parts import LabelDocument
from domain.shipping import (
    CarrierCapabilities,
    Connection,
    Label,
    PurchaseAttempt,
    Rate,
    RawAnswer,
    RefundState,
    SafetyClass,
    ShipmentRequest,
    VoidResult,
)
from domain.tracking import SCANNED, Tracking

LABEL = "/labels/v3/label"
REPRINT = "/labels/v3/label-reprint"
TRACKING = "/tracking/v3/tracking"
PRICES = "/prices/v3/base-rates/search"
EXTRA_PRICES = "/prices/v3/extra-service-rates/search"
ABROAD = "/international-labels/v3/international-label"
REPRINT_ABROAD = f"{ABROAD}-reprint"
PRICES_ABROAD = "/international-prices/v3/base-rates/search"
EXTRA_PRICES_ABROAD = "/international-prices/v3/extra-service-rates/search"

LOOK_FOR_SECONDS = 3600.0
REPRINT_TIME = timedelta(days=REPRINT_DAYS - 1)


class UspsCarrier:
    """One USPS account; see `domain.ports.carrier.CarrierPort`."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        self._client = UspsClient(connection, destination)
        self._label_format = connection.settings.label_format or "PDF"
        # A repeated key and body returns the same label, and a reprint by the key shows whether a label was bought.
        look_for_seconds = connection.settings.recover_for_seconds or LOOK_FOR_SECONDS
        self.capabilities = CarrierCapabilities(SafetyClass.KEYED, self._client.max_seconds + 1.0, look_for_seconds)
        self.aclose = self._client.aclose

    async def buy(self, reference: str, request: ShipmentRequest) -> RawAnswer:
        body = requests.build_purchase(reference, request, datetime.now(UTC))
        path = ABROAD if requests.is_international(request) else LABEL
        return await self._client.call_paid("POST", path, body, requests.make_key(reference))

    def read_label(self, answer: RawAnswer, request: ShipmentRequest) -> Label:
        return answers.parse_purchase(answer, request.service, request.label_format)

    async def find_labels(self, reference: str, attempt: PurchaseAttempt) -> list[Label]:
        """Return the label bought with the reference's key, by a reprint; USPS allows three reprints.

        Raises:
            Rejected: USPS refuses the reprint without reporting that no label exists: for a cancelled one, for example.
            Ambiguous: the purchase is older than the labels that USPS searches.
        """
        body, key = requests.build_reprint(self._label_format), requests.make_key(reference)
        path = REPRINT_ABROAD if attempt.is_abroad else REPRINT
        answer = await self._client.call_paid("POST", path, body, key)
        if is_never_bought(answer):
            if datetime.now(UTC) - attempt.first > REPRINT_TIME:
                raise Ambiguous(f"USPS finds labels only for {REPRINT_DAYS} days after the purchase")
            return []
        return [answers.parse_reprint(answer)]

    async def document(self, carrier_shipment_id: str) -> bytes:
        """Refuse, because a reprint would need the label's stored format."""
        raise Rejected(
            "USPS returns a label's document only with the purchase or by its idempotency key",
            vendor_code="unsupported",
        )

    async def documents(self, carrier_shipment_id: str) -> tuple[LabelDocument, ...]:
        return ()

    async def void(self, carrier_shipment_id: str, parcels: Sequence[str] = ()) -> VoidResult:
        labels = ABROAD if is_foreign_number(carrier_shipment_id) else LABEL
        answer = await self._client.call_paid("DELETE", f"{labels}/{path_part(carrier_shipment_id)}")
        return await explain_refusal(
            lambda: answers.parse_void(parse_answer(answer)),
            lambda: self._explain_void(answer, carrier_shipment_id),
            may_be_done=True,  # USPS's messages for a label that was cancelled before are not all known
        )

    async def _explain_void(self, refusal: RawAnswer, tracking_number: str) -> VoidResult | None:
        outcome = explain_void_refusal(refusal) or await self._explain_by_tracking(tracking_number)
        return None if outcome is None else VoidResult(outcome)

    async def _explain_by_tracking(self, tracking_number: str) -> UndoOutcome | None:
        try:
            status = (await self.track(tracking_number)).status
        except Rejected:
            # USPS refuses this if the app lacks the Tracking API, which proves nothing about the label or the account.
            return None
        return UndoOutcome.TOO_LATE if status in SCANNED else None

    async def refund(self, carrier_shipment_id: str) -> RefundState | None:
        return None

    async def track(self, tracking_number: str) -> Tracking:
        answer = await self._client.call("GET", _tracking_path(tracking_number))
        return answers.parse_tracking(parse_answer(answer), tracking_number)

    async def rates(self, request: ShipmentRequest) -> list[Rate]:
        """Return the commercial price of each service, without services that refuse the parcel."""
        rates, refusal = [], None
        for service, body in requests.build_rate_requests(request, datetime.now(UTC)):
            try:
                rates.append(await self._price(request, service, body))
            except AuthFailed:
                raise
            except Rejected as error:
                refusal = error
        if not rates and refusal is not None:
            raise refusal
        return require_rates("USPS", rates, ())

    async def _price(self, request: ShipmentRequest, service: str, body: Json) -> Rate:
        """Return the price of a service; its extra services need a second call."""
        is_abroad = requests.is_international(request)
        price = parse_answer(await self._client.call("POST", PRICES_ABROAD if is_abroad else PRICES, body))
        extra = requests.build_extra_rate_request(request, service, body)
        if extra is None:
            return answers.parse_price(price, [], service)
        answer = await self._client.call("POST", EXTRA_PRICES_ABROAD if is_abroad else EXTRA_PRICES, extra)
        return answers.parse_price(price, [parse_answer(answer)] if is_abroad else parse_list(answer), service)

    async def verify(self) -> str:
        await self._client.sign_in()
        return "USPS issued an access token for the client_id and a payment authorization for the account"


def _tracking_path(tracking_number: str) -> str:
    return f"{TRACKING}/{path_part(tracking_number)}?expand=DETAIL"
