"""The carrier port, spoken to the sandbox."""

from urllib.parse import quote

from adapters.carriers.sandbox import mapping
from adapters.http.errors import ErrorDetails, refuse_failures
from adapters.http.sandbox_client import SandboxClient, is_missing, read_json
from adapters.http.transport import Destination
from domain.effects import UndoOutcome
from domain.shipping import (
    CarrierCapabilities,
    Connection,
    Label,
    PurchaseAttempt,
    Rate,
    RawAnswer,
    ShipmentRequest,
    VoidResult,
)
from domain.tracking import Tracking


class SandboxCarrier:
    """One simulated carrier account; see `domain.ports.carrier.CarrierPort`.

    `settings.safety_class` decides what it offers after an ambiguous purchase, so that each class can be rehearsed.
    """

    def __init__(self, connection: Connection, destination: Destination) -> None:
        self._client = SandboxClient(connection, destination)
        self._carrier = f"/carriers/{connection.vendor}"
        self._path = f"{self._carrier}/labels"
        self.aclose = self._client.aclose

    @property
    def capabilities(self) -> CarrierCapabilities:
        """What this account's carrier can do."""
        client = self._client
        return CarrierCapabilities(client.safety, client.settle_seconds, client.look_for_seconds)

    async def buy(self, reference: str, request: ShipmentRequest) -> RawAnswer:
        """Send exactly one purchase."""
        return await self._client.post(self._path, mapping.purchase(reference, request), reference)

    def read_label(self, answer: RawAnswer, request: ShipmentRequest) -> Label:
        """Read the answer to a purchase."""
        return mapping.label(read_json(answer), request.label_format)

    async def find_labels(self, reference: str, attempt: PurchaseAttempt) -> list[Label]:
        """Return every label with this reference."""
        body = read_json(await self._client.get(self._path, {"reference": reference}))
        return mapping.labels(body)

    async def document(self, carrier_shipment_id: str) -> bytes:
        """Fetch a label's document."""
        answer = await self._client.get(f"{self._path}/{quote(carrier_shipment_id, safe='')}/document")
        error = ErrorDetails(None, "the label's document could not be fetched")
        refuse_failures(answer, lambda _: error, gate_says_503=True)
        return mapping.document(answer.body)

    async def void(self, carrier_shipment_id: str) -> VoidResult:
        """Void a label."""
        answer = await self._client.post(f"{self._path}/{quote(carrier_shipment_id, safe='')}/void", {})
        if is_missing(answer):
            return VoidResult(UndoOutcome.NOT_FOUND)
        return mapping.void_result(read_json(answer))

    async def track(self, tracking_number: str) -> Tracking:
        """Return where the sandbox was told that a parcel is."""
        answer = await self._client.get(f"{self._carrier}/tracking/{quote(tracking_number, safe='')}")
        return mapping.tracking(read_json(answer), tracking_number)

    async def rates(self, request: ShipmentRequest) -> list[Rate]:
        """Return the sandbox's prices."""
        return mapping.rates(read_json(await self._client.post(f"{self._carrier}/rates", mapping.question(request))))

    async def verify(self) -> str:
        """Look for labels of a reference that nobody has."""
        mapping.labels(read_json(await self._client.get(self._path, {"reference": "verify"})))
        return "the sandbox takes the api_key"
