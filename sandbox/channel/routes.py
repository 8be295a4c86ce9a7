"""The sales channel's HTTP calls."""

from fastapi import APIRouter, Request, Response

from sandbox.answers import Answer
from sandbox.calls import Call, Gate
from sandbox.channel.channel_service import Desk, fulfillment_not_found, order_not_found


def channel_routes(gate: Gate, desk: Desk) -> APIRouter:
    """`/channel/orders` and `/channel/fulfillments`."""
    router = APIRouter(prefix="/channel")
    _order_routes(router, gate, desk)
    _fulfillment_routes(router, gate, desk)
    return router


def _order_routes(router: APIRouter, gate: Gate, desk: Desk) -> None:
    @router.put("/orders/{external_id}")
    async def put_order(request: Request, external_id: str) -> Response:
        body = await gate.body(request)
        call = Call("orders.put", None)
        return await gate.pass_through(request, call, lambda _: desk.put_order(external_id, body.payload()))

    @router.get("/orders/{external_id}")
    async def get_order(request: Request, external_id: str) -> Response:
        call = Call("orders.get", None, absent=order_not_found())
        return await gate.pass_through(request, call, lambda _: desk.get_order(external_id))


def _fulfillment_routes(router: APIRouter, gate: Gate, desk: Desk) -> None:
    @router.post("/orders/{external_id}/fulfillments")
    async def fulfill(request: Request, external_id: str) -> Response:
        body = await gate.body(request)
        key = request.headers.get("Idempotency-Key")
        call = Call("fulfillments.create", body.reference)
        return await gate.pass_through(request, call, lambda _: desk.fulfill(external_id, body.payload(), key))

    @router.get("/orders/{external_id}/fulfillments")
    async def find(request: Request, external_id: str, reference: str | None = None) -> Response:
        call = Call("fulfillments.find", reference, absent=Answer(200, {"fulfillments": []}))
        return await gate.pass_through(request, call, lambda _: desk.find(external_id, reference))

    @router.get("/fulfillments/{fulfillment_id}")
    async def status(request: Request, fulfillment_id: str) -> Response:
        reference = desk.reference_of(fulfillment_id)
        call = Call("fulfillments.status", reference, absent=fulfillment_not_found())
        return await gate.pass_through(request, call, lambda _: desk.status(fulfillment_id))

    @router.post("/fulfillments/{fulfillment_id}/cancel")
    async def cancel(request: Request, fulfillment_id: str) -> Response:
        reference = desk.reference_of(fulfillment_id)
        call = Call("fulfillments.cancel", reference, absent=fulfillment_not_found())
        return await gate.pass_through(request, call, lambda fault: desk.cancel(fulfillment_id, fault))
