"""The rehearsal's controls: what exists, what was called, and which faults come next. No token needed."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, Field

from sandbox import times
from sandbox.answers import parsed, refused
from sandbox.calls import Body
from sandbox.carriers.label_service import Counter
from sandbox.carriers.sales import Sales, ScanStatus
from sandbox.channel.channel_service import Desk
from sandbox.channel.contracts import AnswerDelay
from sandbox.faults import TARGETS, FaultError, FaultScript, parse_fault
from sandbox.store import Books


class Script(BaseModel):
    """Faults to come on one target, in order."""

    target: str
    faults: Annotated[list[str], Field(min_length=1, max_length=1000)]


class Seen(BaseModel):
    """Where a parcel was seen; now, unless another time is given."""

    status: ScanStatus
    at: AwareDatetime | None = None


def control_routes(books: Books, faults: FaultScript, sales: Sales, counter: Counter, desk: Desk) -> APIRouter:
    """`/_sandbox`."""
    router = APIRouter(prefix="/_sandbox")
    _ledger_routes(router, books, counter, desk)
    _tracking_route(router, books, sales)
    _fault_routes(router, faults)

    @router.post("/channel")
    async def set_answer_delay(request: Request) -> dict[str, Any]:
        content = await request.body()
        payload = (Body(content).payload() if content else None) or {}
        desk.answer_after_seconds = parsed(AnswerDelay, payload).answer_after_seconds or 0.0
        return {"data": {"answer_after_seconds": desk.answer_after_seconds}}

    return router


def _ledger_routes(router: APIRouter, books: Books, counter: Counter, desk: Desk) -> None:
    @router.get("/labels")
    async def labels(reference: str | None = None) -> dict[str, Any]:
        return {"data": counter.ledger(reference)}

    @router.get("/fulfillments")
    async def fulfillments(reference: str | None = None) -> dict[str, Any]:
        return {"data": desk.ledger(reference)}

    @router.get("/requests")
    async def requests(target: str | None = None, reference: str | None = None) -> dict[str, Any]:
        if target is not None and target not in TARGETS:
            raise refused(422, "FAULT.INVALID", f"valid targets: {', '.join(TARGETS)}", name="target")
        return {"data": books.requests(target, reference)}


def _tracking_route(router: APIRouter, books: Books, sales: Sales) -> None:
    @router.post("/labels/{name}/tracking")
    async def seen(request: Request, name: str) -> dict[str, Any]:
        wanted = parsed(Seen, Body(await request.body()).payload())
        label = sales.named(name)
        if label is None:
            raise refused(404, "LABEL.NOT_FOUND", "there is no label with that reference or tracking number")
        with books.transaction():
            scan = sales.scan(label, wanted.status, times.written(wanted.at) if wanted.at is not None else None)
        return {"data": {"tracking_number": label.tracking_number, "status": scan.status, "at": scan.at}}


def _fault_routes(router: APIRouter, faults: FaultScript) -> None:
    @router.post("/faults")
    async def script(request: Request) -> dict[str, Any]:
        wanted = parsed(Script, Body(await request.body()).payload())
        try:
            coming = [parse_fault(wanted.target, text) for text in wanted.faults]
        except FaultError as problem:
            name = "faults" if wanted.target in TARGETS else "target"
            raise refused(422, "FAULT.INVALID", str(problem), name=name) from None
        faults.append(wanted.target, coming)
        return {"data": faults.left()}

    @router.get("/faults")
    async def left() -> dict[str, Any]:
        return {"data": faults.left()}

    @router.delete("/faults")
    async def clear() -> dict[str, Any]:
        faults.clear()
        return {"data": faults.left()}
