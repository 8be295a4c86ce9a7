"""The carriers' HTTP calls."""

from fastapi import APIRouter, Request, Response

from sandbox.answers import Answer
from sandbox.calls import Call, Gate
from sandbox.carriers.label_service import NO_NUMBER, Counter, label_not_found


def carrier_routes(gate: Gate, counter: Counter) -> APIRouter:
    """`/carriers/{carrier}` and what is below it."""
    router = APIRouter(prefix="/carriers/{carrier}")
    _label_routes(router, gate, counter)

    @router.get("/tracking/{tracking_number}")
    async def track(request: Request, carrier: str, tracking_number: str) -> Response:
        reference = counter.reference_of(carrier, tracking_number=tracking_number)
        call = Call("labels.track", reference, absent=NO_NUMBER)
        return await gate.pass_through(request, call, lambda _: counter.track(carrier, tracking_number))

    @router.post("/rates")
    async def rates(request: Request, carrier: str) -> Response:
        body = await gate.body(request)
        call = Call("labels.rates", None)
        return await gate.pass_through(request, call, lambda _: counter.rates(carrier, body.payload()))

    return router


def _label_routes(router: APIRouter, gate: Gate, counter: Counter) -> None:
    @router.post("/labels")
    async def buy(request: Request, carrier: str) -> Response:
        body = await gate.body(request)
        key = request.headers.get("Idempotency-Key")
        call = Call("labels.create", body.reference)
        return await gate.pass_through(request, call, lambda fault: counter.buy(carrier, body.payload(), key, fault))

    @router.get("/labels")
    async def find(request: Request, carrier: str, reference: str | None = None) -> Response:
        call = Call("labels.find", reference, absent=Answer(200, {"labels": []}))
        return await gate.pass_through(request, call, lambda _: counter.find(carrier, reference))

    @router.get("/labels/{label_id}/document")
    async def document(request: Request, carrier: str, label_id: str) -> Response:
        call = Call("labels.document", counter.reference_of(carrier, label_id=label_id), absent=label_not_found())
        return await gate.pass_through(request, call, lambda _: counter.document(carrier, label_id))

    @router.post("/labels/{label_id}/void")
    async def void(request: Request, carrier: str, label_id: str) -> Response:
        call = Call("labels.void", counter.reference_of(carrier, label_id=label_id), absent=label_not_found())
        return await gate.pass_through(request, call, lambda fault: counter.void(carrier, label_id, fault))
