"""Executes many pending operations in one call, by their ids or by a filter."""

from api.http.auth import Caller
from api.http.idempotency import run_once
from api.http.responses import Answer, answer_one
from api.operations.reach import require_reach
from api.operations.read_models import CountRead, ExecuteResult, StartedRead
from api.operations.schemas import ExecuteRequest, PendingFilter
from domain.operation_errors import CountChanged
from domain.operations import OperationStatus
from domain.ports.stores import OrganizationData
from domain.shipping import Mode

MAX_STARTED = 10_000
"""Maximum of operations that one call executes; the others stay pending."""


async def execute_many(caller: Caller, body: ExecuteRequest) -> Answer:
    """Execute operations by their ids, or count or execute those of a filter."""
    if body.ids is None:
        caller.require_mode(Mode.LIVE, "a filter of operations")
    await require_reach(caller, body.ids or ())

    async def execute(data: OrganizationData) -> Answer:
        if body.filter is None:
            return answer_one(await _execute_ids(data, body), 202)
        if body.dry_run:
            return answer_one(CountRead(count=await _count(data, body.filter)))
        return answer_one(await _execute_filter(data, body.filter, body.expected_count or 0), 202)

    answer = await run_once(caller, execute)
    # Not offered one by one: they wait in Postgres, and any dispatcher may start them.
    caller.context.dispatch.sweep_soon()
    return answer


async def _execute_ids(data: OrganizationData, body: ExecuteRequest) -> StartedRead:
    ids = body.ids or []
    locked = await data.bulk.lock_pending({"ids": ids}, len(ids))
    started = await data.bulk.execute(locked)
    statuses = await data.bulk.statuses(ids)
    started_ids = {operation.id for operation in locked}
    results = []
    for ident in ids:
        if ident in started_ids:
            result = ExecuteResult(id=ident, result="started", status=OperationStatus.EXECUTING)
        elif ident in statuses:
            result = ExecuteResult(id=ident, result="not_pending", status=statuses[ident])
        else:
            result = ExecuteResult(id=ident, result="not_found", status=None)
        results.append(result)
    return StartedRead(started=started, remaining=0, results=results)


async def _execute_filter(data: OrganizationData, wanted: PendingFilter, expected: int) -> StartedRead:
    # One more row than the maximum reveals whether the rest must be counted.
    locked = await data.bulk.lock_pending(wanted.to_filters(), MAX_STARTED + 1)
    count = len(locked) if len(locked) <= MAX_STARTED else await _count(data, wanted)
    if count != expected:
        raise CountChanged(count, expected)
    started = await data.bulk.execute(locked[:MAX_STARTED])
    return StartedRead(started=started, remaining=count - started, results=None)


async def _count(data: OrganizationData, wanted: PendingFilter) -> int:
    return await data.operations.total({"status": OperationStatus.PENDING.value, **wanted.to_filters()})
