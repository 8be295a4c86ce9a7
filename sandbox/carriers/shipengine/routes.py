"""ShipEngine's HTTP calls, below `/sim/shipengine`."""

from fastapi import APIRouter, Request, Response

from sandbox.answers import Answer, RefusedError
from sandbox.calls import Body, Call, Gate
from sandbox.carriers.sales import Sale, Sales, SoldLabel
from sandbox.carriers.shipengine import contracts, mapping
from sandbox.carriers.shipengine.auth import ShipEngineDialect, shipengine_error, shipengine_parsed
from sandbox.faults import Fault

CARRIER = "shipengine"
CARRIER_ID = "se-123890"
NO_SUCH = shipengine_error(404, "business_rules", "invalid_identifier", "There is no such label.")
NO_CARRIER = shipengine_error(404, "validation", "carrier_not_connected", "That carrier is not connected.")
SPEAK = ShipEngineDialect()


class ShipEngineDesk:
    """The deeds. One carrier is connected, and its labels are numbered by their tracking numbers."""

    def __init__(self, sales: Sales) -> None:
        self._sales = sales

    def create(self, body: Body, fault: Fault) -> Answer:
        """200 with a new label, 400 where its external_shipment_id is taken."""
        request = shipengine_parsed(contracts.CreateLabel, body.payload())
        shipment = request.shipment
        service = mapping.SERVICES.get(shipment.service_code)
        if shipment.carrier_id != CARRIER_ID:
            raise RefusedError(NO_CARRIER)
        if service is None:
            message = f"{shipment.service_code} is not a valid service code for the carrier"
            name = "shipment.service_code"
            raise RefusedError(shipengine_error(400, "validation", "invalid_field_value", message, name=name))
        key = shipment.external_shipment_id
        if self._sales.find(CARRIER, idempotency_key=key):
            message = "A shipment with this external_shipment_id exists already."
            raise RefusedError(shipengine_error(400, "business_rules", "identifier_conflict", message))
        sale = Sale(
            CARRIER,
            shipment.service_code,
            service,
            mapping.wanted(request),
            numbers=mapping.NUMBERS,
            idempotency_key=key,
            fault=fault,
        )
        return self._told(self._sales.sell(sale), inline=request.label_download_type == "inline")

    def by_reference(self, reference: str, *, inline: bool) -> Answer:
        """200 with the label of an external_shipment_id, 404 where there is none."""
        found = self._sales.find(CARRIER, idempotency_key=reference)
        return self._told(found[0], inline=inline) if found else NO_SUCH

    def by_id(self, label_id: str, *, inline: bool) -> Answer:
        """200 with one label."""
        return self._told(self._label(label_id), inline=inline)

    def void(self, label_id: str, fault: Fault) -> Answer:
        """200 whether it is approved or not."""
        return Answer(200, mapping.voided(self._sales.void(self._label(label_id), fault)))

    def of_number(self, tracking_number: str) -> Answer:
        """200 with the labels of a tracking number: one, or none."""
        found = self._sales.find(CARRIER, tracking_number=tracking_number)
        labels = [mapping.label(one, CARRIER_ID, inline=False) for one in found]
        return Answer(200, {"labels": labels, "total": len(labels), "page": 1, "pages": 1})

    def track(self, label_id: str) -> Answer:
        """200 with where the parcel is."""
        return Answer(200, mapping.tracked(self._label(label_id)))

    def rates(self, body: Body) -> Answer:
        """200 with every service's price."""
        request = shipengine_parsed(contracts.RateRequest, body.payload())
        return Answer(200, mapping.rated(request.shipment, CARRIER_ID))

    def services(self, carrier_id: str) -> Answer:
        """200 with the connected carrier's services."""
        return Answer(200, mapping.listed(carrier_id)) if carrier_id == CARRIER_ID else NO_CARRIER

    def reference_of(self, label_id: str) -> str | None:
        return self._sales.reference_of(CARRIER, tracking_number=label_id.removeprefix("se-"))

    def _label(self, label_id: str) -> SoldLabel:
        found = self._sales.find(CARRIER, tracking_number=label_id.removeprefix("se-"))
        if not found:
            raise RefusedError(NO_SUCH)
        return found[0]

    def _told(self, sold: SoldLabel, *, inline: bool) -> Answer:
        return Answer(200, mapping.label(sold, CARRIER_ID, inline=inline))


def shipengine_routes(gate: Gate, sales: Sales) -> APIRouter:
    """`/sim/shipengine`, which an account's `base_url` names."""
    router = APIRouter(prefix="/sim/shipengine/v1")
    desk = ShipEngineDesk(sales)
    _label_routes(router, gate, desk)
    _void_route(router, gate, desk)
    _question_routes(router, gate, desk)
    return router


def _label_routes(router: APIRouter, gate: Gate, desk: ShipEngineDesk) -> None:
    @router.post("/labels")
    async def create(request: Request) -> Response:
        body = await gate.body(request)
        call = Call("labels.create", body.text("shipment", "external_shipment_id"))
        return await gate.pass_through(request, call, lambda fault: desk.create(body, fault), SPEAK)

    @router.get("/labels")
    async def of_number(request: Request, tracking_number: str) -> Response:
        call = Call("labels.track", desk.reference_of(tracking_number), absent=Answer(200, {"labels": []}))
        return await gate.pass_through(request, call, lambda _: desk.of_number(tracking_number), SPEAK)

    @router.get("/labels/external_shipment_id/{reference}")
    async def by_reference(request: Request, reference: str, label_download_type: str = "url") -> Response:
        inline = label_download_type == "inline"
        call = Call("labels.find", reference, absent=NO_SUCH)
        return await gate.pass_through(request, call, lambda _: desk.by_reference(reference, inline=inline), SPEAK)

    @router.get("/labels/{label_id}")
    async def by_id(request: Request, label_id: str, label_download_type: str = "url") -> Response:
        inline = label_download_type == "inline"
        call = Call("labels.document", desk.reference_of(label_id), absent=NO_SUCH)
        return await gate.pass_through(request, call, lambda _: desk.by_id(label_id, inline=inline), SPEAK)


def _void_route(router: APIRouter, gate: Gate, desk: ShipEngineDesk) -> None:
    @router.put("/labels/{label_id}/void")
    async def void(request: Request, label_id: str) -> Response:
        call = Call("labels.void", desk.reference_of(label_id), absent=NO_SUCH)
        return await gate.pass_through(request, call, lambda fault: desk.void(label_id, fault), SPEAK)


def _question_routes(router: APIRouter, gate: Gate, desk: ShipEngineDesk) -> None:
    @router.get("/labels/{label_id}/track")
    async def track(request: Request, label_id: str) -> Response:
        call = Call("labels.track", desk.reference_of(label_id), absent=NO_SUCH)
        return await gate.pass_through(request, call, lambda _: desk.track(label_id), SPEAK)

    @router.post("/rates")
    async def rates(request: Request) -> Response:
        body = await gate.body(request)
        return await gate.pass_through(request, Call("labels.rates", None), lambda _: desk.rates(body), SPEAK)

    @router.get("/carriers/{carrier_id}/services")
    async def services(request: Request, carrier_id: str) -> Response:
        return await gate.pass_through(request, Call("services.list", None), lambda _: desk.services(carrier_id), SPEAK)
