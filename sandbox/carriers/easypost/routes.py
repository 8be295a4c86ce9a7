"""EasyPost's HTTP routes, below `/sim/easypost`."""

from fastapi import APIRouter, Request, Response

from sandbox.answers import Answer
from sandbox.calls import Call, FaultGate
from sandbox.carriers.easypost.auth import CALL, FETCH_FILE
from sandbox.carriers.easypost.label_service import NO_FILE, NO_SHIPMENT, EasyPostService
from sandbox.carriers.sales import Sales


def easypost_routes(gate: FaultGate, sales: Sales) -> APIRouter:
    """Return the router of `/sim/easypost`, the `base_url` of accounts."""
    router = APIRouter(prefix="/sim/easypost")
    service = EasyPostService(sales)
    _shipment_routes(router, gate, service)
    _purchase_routes(router, gate, service)
    _other_routes(router, gate, service)
    return router


def _files_url(request: Request) -> str:
    """Return the URL of the documents; EasyPost has them on another server, the simulator on this one."""
    return f"{request.base_url}sim/easypost/files"


def _shipment_routes(router: APIRouter, gate: FaultGate, service: EasyPostService) -> None:
    @router.post("/v2/shipments")
    async def create(request: Request) -> Response:
        body = await gate.body(request)
        reference = body.text("shipment", "reference")
        # a request without a reference only asks for rates
        call = Call("drafts.create" if reference else "labels.rates", reference)
        return await gate.answer(request, call, lambda _: service.create(body), CALL)

    @router.get("/v2/shipments")
    async def list_purchased(request: Request) -> Response:
        query = dict(request.query_params)
        absent = Answer(200, {"shipments": [], "has_more": False})
        call = Call("labels.list", None, absent=absent)
        return await gate.answer(request, call, lambda _: service.list_purchased(query, _files_url(request)), CALL)

    @router.get("/v2/shipments/{name}")
    async def retrieve(request: Request, name: str) -> Response:
        if name.startswith("shp_"):
            call = Call("shipments.get", service.reference_of(name), absent=NO_SHIPMENT)
        else:
            # EasyPost has one call for two purposes: the check before a purchase, and the lookup after it.
            call = Call("labels.find" if service.was_tried(name) else "drafts.find", name, absent=NO_SHIPMENT)
        return await gate.answer(request, call, lambda _: service.retrieve(name, _files_url(request)), CALL)


def _purchase_routes(router: APIRouter, gate: FaultGate, service: EasyPostService) -> None:
    @router.post("/v2/shipments/{shipment_id}/buy")
    async def buy(request: Request, shipment_id: str) -> Response:
        body = await gate.body(request)
        call = Call("labels.create", service.try_to_buy(shipment_id))
        files = _files_url(request)
        return await gate.answer(request, call, lambda fault: service.buy(shipment_id, body, fault, files), CALL)

    @router.post("/v2/shipments/{shipment_id}/refund")
    async def refund(request: Request, shipment_id: str) -> Response:
        call = Call("labels.void", service.reference_of(shipment_id), absent=NO_SHIPMENT)
        files = _files_url(request)
        return await gate.answer(request, call, lambda fault: service.refund(shipment_id, fault, files), CALL)


def _other_routes(router: APIRouter, gate: FaultGate, service: EasyPostService) -> None:
    @router.get("/v2/trackers")
    async def list_trackers(request: Request, tracking_code: str) -> Response:
        call = Call(
            "labels.track",
            service.reference_of_number(tracking_code),
            absent=Answer(200, {"trackers": [], "has_more": False}),
        )
        return await gate.answer(request, call, lambda _: service.list_trackers(tracking_code), CALL)

    @router.get("/files/{label_id}")
    async def get_file(request: Request, label_id: str) -> Response:
        call = Call("labels.document", service.reference_of_file(label_id), absent=NO_FILE)
        return await gate.answer(request, call, lambda _: service.get_file(label_id), FETCH_FILE)

    @router.get("/files/{label_id}/commercial_invoice")
    async def get_invoice(request: Request, label_id: str) -> Response:
        call = Call("labels.document", service.reference_of_file(label_id), absent=NO_FILE)
        return await gate.answer(request, call, lambda _: service.get_invoice(label_id), FETCH_FILE)
