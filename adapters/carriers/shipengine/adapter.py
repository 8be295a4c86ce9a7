"""The ShipEngine adapter: implements the carrier port."""

from collections.abc import Sequence

from adapters.carriers.shipengine import answers, requests
from adapters.carriers.shipengine.client import ShipEngineClient
from adapters.carriers.shipengine.codes import PROCESSING
from adapters.carriers.shipengine.errors import is_missing, parse_answer
from adapters.http.client import path_part
from adapters.http.json import Json
from adapters.http.refusals import explain_refusal
from adapters.http.transport import Destination
from domain.effects import REVERSED, UndoOutcome
from domain.errors import Ambiguous, AuthFailed, EffectError, NotSent, RateLimited, Rejected
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
from domain.tracking import Tracking

LABELS = "/v1/labels"
TRACKING = "/v1/tracking"
RATES = "/v1/rates"
CARRIERS = "/v1/carriers"
INLINE = {"label_download_type": "inline"}
REFUSED = range(400, 500)


class ShipEngineCarrier:
    """One ShipEngine account with one of its connected carriers; see `domain.ports.carrier.CarrierPort`."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        self._client = ShipEngineClient(connection, destination)
        self._carrier_id = connection.settings.option("carrier_id") or ""
        # Labels are found by external_shipment_id; after a missed look-up, ShipEngine refuses a second purchase.
        self.capabilities = CarrierCapabilities(SafetyClass.LOOKUP_STRONG, self._client.max_seconds + 1.0, 0.0)
        self.aclose = self._client.aclose

    async def buy(self, reference: str, request: ShipmentRequest) -> RawAnswer:
        """Send exactly one purchase; if ShipEngine refuses the service, the error lists the account's services.

        Raises:
            Rejected: ShipEngine refused the service.
        """
        answer = await self._client.call("POST", LABELS, requests.build_purchase(reference, request, self._carrier_id))
        if answer.status in REFUSED:
            await self._explain_service(answer, request.service)
        return answer

    def read_label(self, answer: RawAnswer, request: ShipmentRequest) -> Label:
        return answers.parse_purchase(parse_answer(answer))

    async def find_labels(self, reference: str, attempt: PurchaseAttempt) -> list[Label]:
        """Return the label with this reference; ShipEngine permits only one."""
        answer = await self._client.call("GET", f"{LABELS}/external_shipment_id/{path_part(reference)}", query=INLINE)
        return [] if is_missing(answer) else [answers.parse_referenced_label(parse_answer(answer), reference)]

    async def document(self, carrier_shipment_id: str) -> bytes:
        body = await self._read_label(carrier_shipment_id)
        document = answers.find_document(body)
        if document is None and body.get("status") == PROCESSING:
            raise Ambiguous("the carrier is still processing the label")
        if document is None:
            raise Rejected("ShipEngine has no document for the label", vendor_code="no_document")
        return document

    async def documents(self, carrier_shipment_id: str) -> tuple[LabelDocument, ...]:
        return ()

    async def void(self, carrier_shipment_id: str, parcels: Sequence[str] = ()) -> VoidResult:
        """Void a label, then read its refund, which the carrier may still have to approve."""
        answer = await self._client.call("PUT", f"{LABELS}/{path_part(carrier_shipment_id)}/void")
        if is_missing(answer):
            return VoidResult(UndoOutcome.NOT_FOUND)
        outcome = await explain_refusal(
            lambda: answers.parse_void(parse_answer(answer)), lambda: self._explain_void(carrier_shipment_id)
        )
        if outcome in REVERSED and await self._is_refund_pending(carrier_shipment_id):
            outcome = UndoOutcome.REFUND_PENDING
        return VoidResult(outcome)

    async def _explain_void(self, label_id: str) -> UndoOutcome | None:
        is_live = answers.parse_label(await self._read_label(label_id)).live
        return None if is_live else UndoOutcome.ALREADY_VOIDED

    async def _is_refund_pending(self, label_id: str) -> bool:
        try:
            return answers.is_refund_pending(await self._read_label(label_id))
        except Rejected:  # the label is void even if its refund can't be read
            return False
        except (NotSent, RateLimited) as error:
            raise Ambiguous("the label is void, but requesting its refund failed") from error

    async def refund(self, carrier_shipment_id: str) -> RefundState | None:
        return answers.parse_refund_state(await self._read_label(carrier_shipment_id))

    async def track(self, tracking_number: str) -> Tracking:
        answer = await self._client.call("GET", LABELS, query={"tracking_number": tracking_number})
        label = answers.find_first_label(parse_answer(answer))
        if label is None:
            raise Rejected("ShipEngine has no label with the tracking number", vendor_code="not_found")
        if answers.is_further_package(label, tracking_number):
            query = {"carrier_code": str(label.get("carrier_code")), "tracking_number": tracking_number}
            answer = await self._client.call("GET", TRACKING, query=query)
        else:
            path = f"{LABELS}/{path_part(answers.parse_label_id(label))}/track"
            answer = await self._client.call("GET", path)
        return answers.parse_tracking(parse_answer(answer), tracking_number)

    async def rates(self, request: ShipmentRequest) -> list[Rate]:
        body = requests.build_rate_request(request, self._carrier_id)
        return answers.parse_rates(parse_answer(await self._client.call("POST", RATES, body)))

    async def verify(self) -> str:
        services = answers.parse_services(parse_answer(await self._client.call("GET", self._services_path())))
        return f"ShipEngine accepts the api_key; {self._carrier_id} has {len(services)} services"

    async def _explain_service(self, answer: RawAnswer, service: str) -> None:
        """Raise Rejected with the account's services if the requested one is not among them."""
        try:
            parse_answer(answer)
        except AuthFailed:
            return
        except Rejected as refusal:
            valid = await self._list_services()
            if valid and service not in valid:
                message = f"{refusal.message}. Services of this account: {', '.join(valid)}"
                raise Rejected(message, vendor_code=refusal.vendor_code, field="service") from refusal
        except EffectError:
            return

    async def _list_services(self) -> list[str]:
        """Return the codes of the connected carrier's services; empty if they can't be read now."""
        try:
            return answers.parse_services(parse_answer(await self._client.call("GET", self._services_path())))
        except EffectError:
            return []

    def _services_path(self) -> str:
        return f"{CARRIERS}/{path_part(self._carrier_id)}/services"

    async def _read_label(self, label_id: str) -> Json:
        return parse_answer(await self._client.call("GET", f"{LABELS}/{path_part(label_id)}", query=INLINE))
