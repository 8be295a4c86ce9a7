"""The UPS adapter: implements the carrier port."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from adapters.carriers.common.answers import explain_void, explain_voids
from adapters.carriers.ups import answers, requests
from adapters.carriers.ups.client import UpsClient
from adapters.carriers.ups.codes import UNKNOWN_NUMBER
from adapters.carriers.ups.errors import is_unknown, parse_answer
from adapters.http.client import path_part
from adapters.http.json import Json
from adapters.http.refusals import explain_refusal, reject_auth_failure
from adapters.http.transport import Destination
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, Rejected
from domain.label_parts import LabelDocument, LabelParcel
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
"""Tracking may show an unscanned label late or never: after an hour of look-ups a person is needed."""

SHIP = "/api/shipments/v2409/ship"
VOID = "/api/shipments/v2409/void/cancel/{}"
RECOVERY = "/api/labels/v1/recovery"
BY_REFERENCE = "/api/track/v1/reference/details/{}"
BY_NUMBER = "/api/track/v1/details/{}"
RATES = "/api/rating/v2409/Shop"


class UpsCarrier:
    """One UPS account; see `domain.ports.carrier.CarrierPort`."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        self._client = UpsClient(connection, destination)
        self._account = connection.credentials.get("account_number", "").upper()
        # Shipping does not deduplicate, and only Tracking can be searched: a label may exist without being shown.
        look_for_seconds = connection.settings.recover_for_seconds or LOOK_FOR_SECONDS
        settle_seconds = self._client.max_seconds + 1.0  # a margin after the longest call
        self.capabilities = CarrierCapabilities(SafetyClass.LOOKUP_WEAK, settle_seconds, look_for_seconds)
        self.aclose = self._client.aclose

    async def buy(self, reference: str, request: ShipmentRequest) -> RawAnswer:
        body = requests.build_purchase(reference, request, self._account)
        return await self._call("POST", SHIP, body, name=reference)

    def read_label(self, answer: RawAnswer, request: ShipmentRequest) -> Label:
        return answers.parse_label(parse_answer(answer), request.service, request.label_format)

    async def find_labels(self, reference: str, attempt: PurchaseAttempt) -> list[Label]:
        """Return the shipments that Tracking finds for this reference; those of several parcels with their documents.

        Raises:
            Rejected: the look-up is refused, also if the app lacks the Tracking API.
        """
        query = requests.build_reference_query(self._account, attempt.last)
        answer = await self._call("GET", BY_REFERENCE.format(path_part(reference)), query=query)
        if is_unknown(answer):
            return []
        labels = reject_auth_failure(lambda: answers.parse_labels(parse_answer(answer), reference))
        return [await self._add_documents(label) for label in labels]

    async def _add_documents(self, label: Label) -> Label:
        """Return a label with the documents of its parcels: `document` fetches only that of one parcel."""
        if not label.live:
            return label
        parcels = [replace(parcel, document=await self._find_document(parcel)) for parcel in label.parcels]
        return replace(label, parcels=tuple(parcels))

    async def _find_document(self, parcel: LabelParcel) -> bytes | None:
        try:
            return await self.document(parcel.tracking_number)
        except (Ambiguous, Rejected):
            return None  # the label is bought without it

    async def document(self, carrier_shipment_id: str) -> bytes:
        """Fetch the label of one parcel, as a PDF."""
        answer = await self._call("POST", RECOVERY, requests.build_recovery(carrier_shipment_id))
        return answers.parse_document(parse_answer(answer))

    async def documents(self, carrier_shipment_id: str) -> tuple[LabelDocument, ...]:
        return ()

    async def void(self, carrier_shipment_id: str, parcels: Sequence[str] = ()) -> VoidResult:
        # `may_be_done`: an earlier void whose answer was lost may have succeeded, and Tracking may show it later.
        answer = await self._call("DELETE", VOID.format(path_part(carrier_shipment_id)))
        outcome = await explain_refusal(
            lambda: answers.parse_void(parse_answer(answer)),
            lambda: self._explain_void(parcels or (carrier_shipment_id,)),
            may_be_done=True,
        )
        return VoidResult(outcome)

    async def _explain_void(self, numbers: Sequence[str]) -> UndoOutcome | None:
        # A shipment of one parcel has the parcel's tracking number as its id.
        return explain_voids([await self._explain_one(number) for number in numbers])

    async def _explain_one(self, tracking_number: str) -> UndoOutcome | None:
        try:
            return explain_void((await self.track(tracking_number)).status)
        except Rejected:
            # Tracking may not show an unscanned label, and the app may lack the Tracking API: neither proves anything.
            return None

    async def refund(self, carrier_shipment_id: str) -> RefundState | None:
        return None

    async def track(self, tracking_number: str) -> Tracking:
        path, query = BY_NUMBER.format(path_part(tracking_number)), {"locale": "en_US"}
        answer = await self._call("GET", path, query=query)
        if is_unknown(answer):
            raise Rejected("UPS does not know the tracking number", vendor_code=UNKNOWN_NUMBER)
        return answers.parse_tracking(parse_answer(answer), tracking_number)

    async def rates(self, request: ShipmentRequest) -> list[Rate]:
        body = requests.build_rate_request(request, self._account)
        return answers.parse_rates(parse_answer(await self._call("POST", RATES, body)))

    async def verify(self) -> str:
        await self._client.sign_in()
        return "UPS issued an access token for the client_id; the first purchase checks the account_number"

    async def _call(
        self, method: str, path: str, body: Json | None = None, *, query: dict[str, str] | None = None, name: str = ""
    ) -> RawAnswer:
        """Send one request; UPS logs its `name` and does not deduplicate by it."""
        return await self._client.call(method, path, body, query=query, headers={"transId": name or uuid.uuid4().hex})
