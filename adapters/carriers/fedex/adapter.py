"""The FedEx adapter: implements the carrier port."""

from collections.abc import Sequence

import httpx

from adapters.carriers.common.answers import explain_void, explain_voids
from adapters.carriers.fedex import answers, requests
from adapters.carriers.fedex.client import FedexClient
from adapters.carriers.fedex.errors import error_details, parse_answer
from adapters.http.refusals import explain_refusal, reject_auth_failure
from adapters.http.transport import Destination
from domain.effects import UndoOutcome
from domain.errors import Rejected
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

LOOK_FOR_SECONDS = 3600.0
"""Track may show an unscanned label late or never: after an hour of look-ups a person is needed."""

SHIP = "/ship/v1/shipments"
CANCEL = "/ship/v1/shipments/cancel"
BY_REFERENCE = "/track/v1/referencenumbers"
BY_NUMBER = "/track/v1/trackingnumbers"
RATES = "/rate/v1/rates/quotes"


class FedexCarrier:
    """One FedEx account; see `domain.ports.carrier.CarrierPort`."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        self._client = FedexClient(connection, destination)
        self._account = connection.credentials.get("account_number", "")
        self._pickup_type = connection.settings.option("pickup_type")
        # Ship v1 does not deduplicate, and only Track can be searched: a label may exist without being shown.
        look_for_seconds = connection.settings.recover_for_seconds or LOOK_FOR_SECONDS
        settle_seconds = self._client.max_seconds + 1.0
        self.capabilities = CarrierCapabilities(SafetyClass.LOOKUP_WEAK, settle_seconds, look_for_seconds)
        self.aclose = self._client.aclose

    async def buy(self, reference: str, request: ShipmentRequest) -> RawAnswer:
        body = requests.build_purchase(reference, request, self._account, self._pickup_type)
        # FedEx logs this id; it does not deduplicate by it.
        return await self._client.call("POST", SHIP, body, headers={"x-customer-transaction-id": reference})

    def read_label(self, answer: RawAnswer, request: ShipmentRequest) -> Label:
        return answers.parse_label(parse_answer(answer), request.label_format)

    async def find_labels(self, reference: str, attempt: PurchaseAttempt) -> list[Label]:
        """Return the shipments that Track finds for this reference.

        Raises:
            Rejected: the look-up is refused, also if the project lacks the Track API.
        """
        body = requests.build_reference_query(reference, self._account, attempt.last)
        answer = await self._client.call("POST", BY_REFERENCE, body)
        if answers.is_unknown(error_details(answer).code):
            return []
        return reject_auth_failure(lambda: answers.parse_labels(parse_answer(answer)))

    async def document(self, carrier_shipment_id: str) -> bytes:
        raise Rejected("FedEx returns a label's document only with the purchase", vendor_code="unsupported")

    async def documents(self, carrier_shipment_id: str) -> tuple[LabelDocument, ...]:
        return ()

    async def void(self, carrier_shipment_id: str, parcels: Sequence[str] = ()) -> VoidResult:
        answer = await self._client.call("PUT", CANCEL, requests.build_cancel(carrier_shipment_id, self._account))
        outcome = await explain_refusal(
            lambda: answers.parse_void(parse_answer(answer)),
            lambda: self._explain_void(
                parcels or (carrier_shipment_id,), is_missing=answer.status == httpx.codes.NOT_FOUND
            ),
            may_be_done=True,
        )
        return VoidResult(outcome)

    async def _explain_void(self, numbers: Sequence[str], *, is_missing: bool) -> UndoOutcome | None:
        return explain_voids([await self._explain_one(number, is_missing=is_missing) for number in numbers])

    async def _explain_one(self, tracking_number: str, *, is_missing: bool) -> UndoOutcome | None:
        try:
            return explain_void((await self.track(tracking_number)).status)
        except Rejected as error:
            # Track may not show an unscanned label, and the project may lack the Track API: neither proves anything.
            return UndoOutcome.NOT_FOUND if is_missing and answers.is_unknown(error.vendor_code) else None

    async def refund(self, carrier_shipment_id: str) -> RefundState | None:
        return None

    async def track(self, tracking_number: str) -> Tracking:
        answer = await self._client.call("POST", BY_NUMBER, requests.build_tracking_query(tracking_number))
        error = error_details(answer)
        if answers.is_unknown(error.code):
            raise Rejected(error.message, vendor_code=error.code)
        return answers.parse_tracking(parse_answer(answer), tracking_number)

    async def rates(self, request: ShipmentRequest) -> list[Rate]:
        body = requests.build_rate_request(request, self._account, self._pickup_type)
        return answers.parse_rates(parse_answer(await self._client.call("POST", RATES, body)))

    async def verify(self) -> str:
        await self._client.sign_in()
        return "FedEx issued an access token for the client_id; the first purchase checks the account_number"
