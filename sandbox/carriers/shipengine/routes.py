"""ShipEngine's HTTP routes, below `/sim/shipengine`."""

from fastapi import APIRouter, Request, Response

from sandbox.answers import Answer, RefusedError, parse
from sandbox.calls import Body, Call, FaultGate
from sandbox.carriers.invoices import draw_invoice
from sandbox.carriers.sales import Sale, Sales, SoldLabel
from sandbox.carriers.shipengine import contracts, mapping
from sandbox.carriers.shipengine.auth import CALL, invalid_field, shipengine_error
from sandbox.carriers.shipengine.connected import CONNECTED, ConnectedCarrier, find_seller
from sandbox.carriers.shipengine.options import CONFIRMATIONS, find_customs_problem, find_package_problem
from sandbox.faults import Fault

CARRIER = "shipengine"
NO_LABEL = shipengine_error(404, "business_rules", "invalid_identifier", "There is no such label.")
NO_CARRIER = shipengine_error(404, "validation", "carrier_not_connected", "That carrier is not connected.")


class ShipEngineService:
    """Handles the calls. Label ids contain the tracking number."""

    def __init__(self, sales: Sales) -> None:
        self._sales = sales

    def create(self, body: Body, fault: Fault) -> Answer:
        """Return 200 with a new label; 400 if its external_shipment_id is in use."""
        request = parse(contracts.CreateLabel, body.payload(), invalid_field)
        shipment = request.shipment
        carrier = _find_carrier(shipment.carrier_id)
        service = carrier.services.get(shipment.service_code)
        if service is None:
            message = f"{shipment.service_code} is not a valid service code for the carrier"
            name = "shipment.service_code"
            raise RefusedError(shipengine_error(400, "validation", "invalid_field_value", message, name=name))
        _check_options(shipment)
        key = shipment.external_shipment_id
        if self._sales.find(CARRIER, idempotency_key=key):
            message = "A shipment with this external_shipment_id exists already."
            raise RefusedError(shipengine_error(400, "business_rules", "identifier_conflict", message))
        sale = Sale(
            CARRIER,
            shipment.service_code,
            service,
            mapping.to_label_request(request),
            numbers=carrier.name,
            idempotency_key=key,
            fault=fault,
            has_pieces=True,
        )
        return self._answer(self._sales.sell(sale), inline=request.label_download_type == "inline")

    def find_by_reference(self, reference: str, *, inline: bool) -> Answer:
        """Return 200 with the label of an external_shipment_id, or 404."""
        found = self._sales.find(CARRIER, idempotency_key=reference)
        return self._answer(found[0], inline=inline) if found else NO_LABEL

    def get(self, label_id: str, *, inline: bool) -> Answer:
        """Return 200 with one label."""
        return self._answer(self._label(label_id), inline=inline)

    def void(self, label_id: str, fault: Fault) -> Answer:
        """Return 200, whether the void is approved or not."""
        return Answer(200, mapping.void_response(self._sales.void(self._label(label_id), fault)))

    def find_by_number(self, tracking_number: str) -> Answer:
        """Return 200 with the labels of a tracking number: one or none."""
        found = self._sales.find(CARRIER, tracking_number=tracking_number)
        labels = [mapping.label_response(label, inline=False) for label in found]
        return Answer(200, {"labels": labels, "total": len(labels), "page": 1, "pages": 1})

    def track(self, label_id: str) -> Answer:
        """Return 200 with the parcel's tracking."""
        return Answer(200, mapping.tracking_response(self._label(label_id)))

    def quote(self, body: Body) -> Answer:
        """Return 200 with the price of every service."""
        request = parse(contracts.RateRequest, body.payload(), invalid_field)
        _check_confirmation(request.shipment)
        wanted = [CONNECTED[name] for name in request.rate_options.carrier_ids if name in CONNECTED]
        if not wanted:
            error = {"error_source": "shipengine", "error_type": "validation", "error_code": "carrier_not_connected"}
            error["message"] = f"carrier_ids {', '.join(request.rate_options.carrier_ids)} are not connected."
            return Answer(200, {"rate_response": {"rates": [], "invalid_rates": [], "errors": [error]}})
        return Answer(200, mapping.rates_response(request.shipment, wanted[0]))

    def list_services(self, carrier_id: str) -> Answer:
        """Return 200 with a connected carrier's services."""
        return Answer(200, mapping.services_response(_find_carrier(carrier_id)))

    def track_number(self, carrier_code: str, tracking_number: str) -> Answer:
        """Return 200 with the tracking of one package."""
        found = self._sales.find(CARRIER, tracking_number=tracking_number)
        if not found or find_seller(found[0].service).code != carrier_code:
            return NO_LABEL
        return Answer(200, mapping.tracking_response(found[0], tracking_number))

    def reference_of(self, label_id: str) -> str | None:
        return self._sales.reference_of(CARRIER, tracking_number=mapping.number_of(label_id))

    def _label(self, label_id: str) -> SoldLabel:
        found = self._sales.find(CARRIER, tracking_number=mapping.number_of(label_id))
        if not found:
            raise RefusedError(NO_LABEL)
        return found[0]

    def _answer(self, sold: SoldLabel, *, inline: bool) -> Answer:
        invoice = draw_invoice(sold) if inline else None
        return Answer(200, mapping.label_response(sold, inline=inline, invoice=invoice))


def _find_carrier(carrier_id: str) -> ConnectedCarrier:
    found = CONNECTED.get(carrier_id)
    if found is None:
        raise RefusedError(NO_CARRIER)
    return found


def _check_options(shipment: contracts.Shipment) -> None:
    """Refuse options that the connected carrier lacks."""
    _check_confirmation(shipment)
    problem = find_package_problem(shipment.service_code, shipment)
    if problem is not None:
        name = "shipment.packages[0].package_code"
        raise RefusedError(shipengine_error(400, "validation", "invalid_field_value", problem, name=name))
    problem = find_customs_problem(shipment)
    if problem is not None:
        code, name = "customs_items_required", "shipment.customs"
        raise RefusedError(shipengine_error(400, "business_rules", code, problem, name=name))


def _check_confirmation(shipment: contracts.RateShipment) -> None:
    if shipment.confirmation not in CONFIRMATIONS:
        message = f"The carrier does not support the confirmation {shipment.confirmation}."
        error = shipengine_error(
            400, "business_rules", "confirmation_not_supported", message, name="shipment.confirmation"
        )
        raise RefusedError(error)


def shipengine_routes(gate: FaultGate, sales: Sales) -> APIRouter:
    """Return the router of `/sim/shipengine`, the `base_url` of accounts."""
    router = APIRouter(prefix="/sim/shipengine/v1")
    service = ShipEngineService(sales)
    _label_routes(router, gate, service)
    _void_route(router, gate, service)
    _question_routes(router, gate, service)
    return router


def _label_routes(router: APIRouter, gate: FaultGate, service: ShipEngineService) -> None:
    @router.post("/labels")
    async def create(request: Request) -> Response:
        body = await gate.body(request)
        call = Call("labels.create", body.text("shipment", "external_shipment_id"))
        return await gate.answer(request, call, lambda fault: service.create(body, fault), CALL)

    @router.get("/labels")
    async def find_by_number(request: Request, tracking_number: str) -> Response:
        call = Call("labels.track", service.reference_of(tracking_number), absent=Answer(200, {"labels": []}))
        return await gate.answer(request, call, lambda _: service.find_by_number(tracking_number), CALL)

    @router.get("/labels/external_shipment_id/{reference}")
    async def find_by_reference(request: Request, reference: str, label_download_type: str = "url") -> Response:
        inline = label_download_type == "inline"
        call = Call("labels.find", reference, absent=NO_LABEL)
        return await gate.answer(request, call, lambda _: service.find_by_reference(reference, inline=inline), CALL)

    @router.get("/labels/{label_id}")
    async def get(request: Request, label_id: str, label_download_type: str = "url") -> Response:
        inline = label_download_type == "inline"
        call = Call("labels.document", service.reference_of(label_id), absent=NO_LABEL)
        return await gate.answer(request, call, lambda _: service.get(label_id, inline=inline), CALL)


def _void_route(router: APIRouter, gate: FaultGate, service: ShipEngineService) -> None:
    @router.put("/labels/{label_id}/void")
    async def void(request: Request, label_id: str) -> Response:
        call = Call("labels.void", service.reference_of(label_id), absent=NO_LABEL)
        return await gate.answer(request, call, lambda fault: service.void(label_id, fault), CALL)


def _question_routes(router: APIRouter, gate: FaultGate, service: ShipEngineService) -> None:
    @router.get("/labels/{label_id}/track")
    async def track(request: Request, label_id: str) -> Response:
        call = Call("labels.track", service.reference_of(label_id), absent=NO_LABEL)
        return await gate.answer(request, call, lambda _: service.track(label_id), CALL)

    @router.get("/tracking")
    async def track_number(request: Request, carrier_code: str, tracking_number: str) -> Response:
        known = service.reference_of(tracking_number)
        call = Call("labels.track", known, absent=NO_LABEL)
        return await gate.answer(request, call, lambda _: service.track_number(carrier_code, tracking_number), CALL)

    @router.post("/rates")
    async def quote(request: Request) -> Response:
        body = await gate.body(request)
        return await gate.answer(request, Call("labels.rates", None), lambda _: service.quote(body), CALL)

    @router.get("/carriers/{carrier_id}/services")
    async def list_services(request: Request, carrier_id: str) -> Response:
        return await gate.answer(
            request, Call("services.list", None), lambda _: service.list_services(carrier_id), CALL
        )
