"""The carrier port for the toy carrier."""

from collections.abc import Sequence
from dataclasses import asdict

from adapters.carriers.common.answers import decode_label
from adapters.http.json import Json, require_objects, require_text
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
from tests.e2e.toy_vendors.client import ToyClient, parse_answer


class ToyCarrier:
    """One account; implements `domain.ports.carrier.CarrierPort`."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        self._client = ToyClient(connection, destination)
        # A lookup by reference finds every label.
        self.capabilities = CarrierCapabilities(SafetyClass.LOOKUP_STRONG, self._client.max_seconds + 1.0, 0.0)
        self.aclose = self._client.aclose

    async def buy(self, reference: str, request: ShipmentRequest) -> RawAnswer:
        """Send exactly one purchase."""
        body = {
            "reference": reference,
            "service": request.service,
            "ship_from": asdict(request.ship_from),
            "ship_to": asdict(request.ship_to),
            "pounds": str(request.parcels[0].weight),
        }
        return await self._client.call("POST", "/labels", body)

    def read_label(self, answer: RawAnswer, request: ShipmentRequest) -> Label:
        """Parse the response to a purchase."""
        return _parse_label(parse_answer(answer))

    async def find_labels(self, reference: str, attempt: PurchaseAttempt) -> list[Label]:
        """Return every label with this reference."""
        body = parse_answer(await self._client.call("GET", "/labels", query={"reference": reference}))
        return [_parse_label(label) for label in require_objects(body.get("labels"), "id")]

    async def documents(self, carrier_shipment_id: str) -> tuple[LabelDocument, ...]:
        return ()

    async def document(self, carrier_shipment_id: str) -> bytes:
        """Raise: the toy carrier returns the document with the label."""
        raise Rejected("the toy gives a label's document with the label", vendor_code="unsupported")

    async def void(self, carrier_shipment_id: str, parcels: Sequence[str] = ()) -> VoidResult:
        """Void a label."""
        body = parse_answer(await self._client.call("DELETE", f"/labels/{carrier_shipment_id}"))
        return VoidResult(UndoOutcome(require_text(body.get("outcome"))))

    async def refund(self, carrier_shipment_id: str) -> RefundState | None:
        """Return None: the toy carrier reports no refunds."""
        return None

    async def track(self, tracking_number: str) -> Tracking:
        """Raise: the toy carrier has no tracking."""
        raise Rejected("the toy tracks nothing", vendor_code="unsupported")

    async def rates(self, request: ShipmentRequest) -> list[Rate]:
        """Raise: the toy carrier has no rates."""
        raise Rejected("the toy has one price", vendor_code="unsupported")

    async def verify(self) -> str:
        """Check the key with a lookup that finds nothing."""
        parse_answer(await self._client.call("GET", "/labels", query={"reference": "none"}))
        return "the toy takes the api_key"


def _parse_label(body: Json) -> Label:
    return Label(
        carrier_shipment_id=require_text(body.get("id")),
        tracking_number=require_text(body.get("tracking_number")),
        service=require_text(body.get("service")),
        live=body.get("status") == "live",
        label_format="PDF",
        document=decode_label(body.get("document"), "PDF"),
    )
