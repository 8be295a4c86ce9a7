"""EasyPost's HTTP calls, below `/sim/easypost`."""

from fastapi import APIRouter, Request, Response

from sandbox.answers import Answer
from sandbox.calls import Call, Gate
from sandbox.carriers.easypost.auth import EasyPostDialect
from sandbox.carriers.easypost.label_service import NO_FILE, NO_SUCH, EasyPostDesk
from sandbox.carriers.sales import Sales

SPEAK, HAND_OUT = EasyPostDialect(), EasyPostDialect(needs_key=False)


def easypost_routes(gate: Gate, sales: Sales) -> APIRouter:
    """`/sim/easypost`, which an account's `base_url` names."""
    router = APIRouter(prefix="/sim/easypost")
    desk = EasyPostDesk(sales)
    _shipment_routes(router, gate, desk)
    _purchase_routes(router, gate, desk)
    _other_routes(router, gate, desk)
    return router


def _files(request: Request) -> str:
    """Where the documents lie: at EasyPost on another server, here beside it."""
    return f"{request.base_url}sim/easypost/files"


def _shipment_routes(router: APIRouter, gate: Gate, desk: EasyPostDesk) -> None:
    @router.post("/v2/shipments")
    async def create(request: Request) -> Response:
        body = await gate.body(request)
        reference = body.text("shipment", "reference")
        # Without a reference it is a question for prices.
        call = Call("drafts.create" if reference else "labels.rates", reference)
        return await gate.pass_through(request, call, lambda _: desk.create(body), SPEAK)

    @router.get("/v2/shipments")
    async def purchased(request: Request) -> Response:
        query = dict(request.query_params)
        absent = Answer(200, {"shipments": [], "has_more": False})
        call = Call("labels.list", None, absent=absent)
        return await gate.pass_through(request, call, lambda _: desk.purchased(query, _files(request)), SPEAK)

    @router.get("/v2/shipments/{name}")
    async def retrieve(request: Request, name: str) -> Response:
        if name.startswith("shp_"):
            call = Call("shipments.get", desk.reference_of(name), absent=NO_SUCH)
        else:
            # One call of EasyPost's for two purposes: what comes before a purchase, and what looks for it.
            call = Call("labels.find" if desk.was_tried(name) else "drafts.find", name, absent=NO_SUCH)
        return await gate.pass_through(request, call, lambda _: desk.retrieve(name, _files(request)), SPEAK)


def _purchase_routes(router: APIRouter, gate: Gate, desk: EasyPostDesk) -> None:
    @router.post("/v2/shipments/{shipment_id}/buy")
    async def buy(request: Request, shipment_id: str) -> Response:
        body = await gate.body(request)
        call = Call("labels.create", desk.try_to_buy(shipment_id))
        files = _files(request)
        return await gate.pass_through(request, call, lambda fault: desk.buy(shipment_id, body, fault, files), SPEAK)

    @router.post("/v2/shipments/{shipment_id}/refund")
    async def refund(request: Request, shipment_id: str) -> Response:
        call = Call("labels.void", desk.reference_of(shipment_id), absent=NO_SUCH)
        files = _files(request)
        return await gate.pass_through(request, call, lambda fault: desk.refund(shipment_id, fault, files), SPEAK)


def _other_routes(router: APIRouter, gate: Gate, desk: EasyPostDesk) -> None:
    @router.get("/v2/trackers")
    async def trackers(request: Request, tracking_code: str) -> Response:
        call = Call("labels.track", None, absent=Answer(200, {"trackers": [], "has_more": False}))
        return await gate.pass_through(request, call, lambda _: desk.trackers(tracking_code), SPEAK)

    @router.get("/files/{label_id}")
    async def file(request: Request, label_id: str) -> Response:
        call = Call("labels.document", desk.reference_of_file(label_id), absent=NO_FILE)
        return await gate.pass_through(request, call, lambda _: desk.file(label_id), HAND_OUT)
