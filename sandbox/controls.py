"""Control routes for rehearsals: read the store and the calls, script faults. They need no token."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, Field

from sandbox import times
from sandbox.answers import parse, refuse
from sandbox.calls import Body
from sandbox.carriers.sales import Sales, Scan, ScanStatus
from sandbox.carriers.tracking_codes import CODES
from sandbox.channel.channel_service import ChannelService
from sandbox.channel.contracts import AnswerDelay
from sandbox.faults import OK, TARGETS, FaultError, FaultScript, parse_fault
from sandbox.store import Store


class Script(BaseModel):
    """Faults for the next calls of one target, in order; with a `reference`, only for calls with that reference."""

    target: str
    faults: Annotated[list[str], Field(min_length=1, max_length=1000)]
    reference: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class Sighting(BaseModel):
    """A sighting of a parcel, now or at `at`, by stage or by a code of the vendor's tracking."""

    status: ScanStatus
    at: AwareDatetime | None = None
    code: str | None = None
    place: Annotated[str, Field(min_length=1, max_length=60)] | None = None


class Decision(BaseModel):
    """The carrier's decision on a refund."""

    status: Literal["settled", "rejected"]


def control_routes(store: Store, faults: FaultScript, sales: Sales, channel: ChannelService) -> APIRouter:
    """Return the router of `/_sandbox`."""
    router = APIRouter(prefix="/_sandbox")
    _ledger_routes(router, store, sales, channel)
    _order_routes(router, store, channel)
    _tracking_route(router, store, sales)
    _refund_route(router, store, sales)
    _fault_routes(router, faults)

    @router.post("/channel")
    async def set_answer_delay(request: Request) -> dict[str, Any]:
        content = await request.body()
        payload = (Body(content).payload() if content else None) or {}
        channel.answer_after_seconds = parse(AnswerDelay, payload).answer_after_seconds or 0.0
        return {"data": {"answer_after_seconds": channel.answer_after_seconds}}

    return router


def _ledger_routes(router: APIRouter, store: Store, sales: Sales, channel: ChannelService) -> None:
    @router.get("/labels")
    async def list_labels(reference: str | None = None) -> dict[str, Any]:
        return {"data": sales.ledger(reference)}

    @router.get("/fulfillments")
    async def list_fulfillments(reference: str | None = None) -> dict[str, Any]:
        return {"data": channel.ledger(reference)}

    @router.post("/fulfillments/{fulfillment_id}/cancel")
    async def cancel_fulfillment(fulfillment_id: str) -> dict[str, Any]:
        with store.transaction():
            return {"data": {"fulfillment_id": fulfillment_id, "outcome": channel.cancel(fulfillment_id, OK)}}

    @router.get("/requests")
    async def list_requests(target: str | None = None, reference: str | None = None) -> dict[str, Any]:
        if target is not None and target not in TARGETS:
            raise refuse(422, "FAULT.INVALID", f"valid targets: {', '.join(TARGETS)}", name="target")
        return {"data": store.list_requests(target, reference)}


def _order_routes(router: APIRouter, store: Store, channel: ChannelService) -> None:
    @router.put("/orders/{external_id}")
    async def put_order(request: Request, external_id: str) -> dict[str, Any]:
        payload = Body(await request.body()).payload()
        with store.transaction():
            return {"data": channel.put_order(external_id, payload)}

    @router.patch("/orders/{external_id}")
    async def change_order(request: Request, external_id: str) -> dict[str, Any]:
        payload = Body(await request.body()).payload()
        with store.transaction():
            return {"data": channel.change_order(external_id, payload)}

    @router.get("/orders/{external_id}")
    async def get_order(external_id: str) -> dict[str, Any]:
        return {"data": channel.order(external_id)}


def _tracking_route(router: APIRouter, store: Store, sales: Sales) -> None:
    @router.post("/labels/{name}/tracking")
    async def scan_parcel(request: Request, name: str) -> dict[str, Any]:
        sighting = parse(Sighting, Body(await request.body()).payload())
        label = sales.find_by_name(name)
        if label is None:
            raise refuse(404, "LABEL.NOT_FOUND", "there is no label with that reference or tracking number")
        if sighting.code is not None and sighting.code not in CODES.get(label.carrier, ()):
            raise refuse(422, "CODE.UNKNOWN", f"{label.carrier} has no tracking code with that name", name="code")
        at = times.format_time(sighting.at or times.now())
        with store.transaction():
            number = label.find_piece(name).tracking_number
            sales.scan(label, Scan(sighting.status, at, sighting.code, sighting.place), number)
        return {"data": {"tracking_number": number, "status": sighting.status, "at": at}}


def _refund_route(router: APIRouter, store: Store, sales: Sales) -> None:
    @router.post("/labels/{name}/refund")
    async def decide_refund(request: Request, name: str) -> dict[str, Any]:
        decision = parse(Decision, Body(await request.body()).payload())
        label = sales.find_by_name(name)
        with store.transaction():
            if label is None or not sales.decide_refund(label, decision.status):
                raise refuse(404, "REFUND.NOT_FOUND", "there is no label with that name whose refund is pending")
        return {"data": {"tracking_number": label.tracking_number, "status": decision.status}}


def _fault_routes(router: APIRouter, faults: FaultScript) -> None:
    @router.post("/faults")
    async def add_faults(request: Request) -> dict[str, Any]:
        script = parse(Script, Body(await request.body()).payload())
        try:
            coming = [parse_fault(script.target, text) for text in script.faults]
        except FaultError as problem:
            name = "faults" if script.target in TARGETS else "target"
            raise refuse(422, "FAULT.INVALID", str(problem), name=name) from None
        faults.append(script.target, coming, script.reference)
        return {"data": faults.remaining()}

    @router.get("/faults")
    async def get_faults() -> dict[str, Any]:
        return {"data": faults.remaining()}

    @router.delete("/faults")
    async def clear_faults() -> dict[str, Any]:
        faults.clear()
        return {"data": faults.remaining()}
