"""Starts a run, and waits for its end if the client asks for it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from api.http.auth import Caller
from api.http.exception_handlers import get_request_id, to_answer
from api.http.idempotency import RUNNING_MARGIN_SECONDS, run_once, store_final_answer
from api.http.prefer import read_wait_seconds
from api.http.responses import Answer, answer_one
from api.operations.service import require_record, show_whole
from api.operations.views import show_brief, show_created
from domain.errors import DomainError, Unavailable
from domain.operations import Operation, Run
from domain.ports.stores import OperationRecord, OrganizationData

LOOK_AGAIN_SECONDS = 5.0
"""Maximum time between two reads of the run while waiting, in case a notification is lost."""

Started = tuple[Operation, Run | None]
Start = Callable[[OrganizationData], Awaitable[Started]]
Judge = Callable[[OrganizationData, OperationRecord], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class StartCall:
    """A call that starts a run of an operation: 202 while the run goes on, 200 with the whole operation otherwise.

    Attributes:
        caller: the request with its key.
        start: opens the run, or resolves the operation without one; an exception rolls everything back.
        judge: inspects the operation after the run, and raises an error to answer with instead.
        default_wait: seconds to wait if the client sends no preference.
        is_single: as in `run_once`.
    """

    caller: Caller
    start: Start
    judge: Judge | None = None
    default_wait: int = 0
    is_single: bool = False

    async def show_start(self, data: OrganizationData, operation: Operation, run: Run | None) -> Answer:
        """Return the answer before the wait, or the only one if no run was needed."""
        if run is not None:
            return answer_one(show_brief(self.caller.context, operation), 202)
        return await show_whole(self.caller, data, await require_record(data, operation.id))

    async def show_end(self, record: OperationRecord) -> Answer:
        """Return the answer after the wait, whether the run has ended or not."""
        if not _is_closed(record):
            return answer_one(show_brief(self.caller.context, record.operation), 202)
        async with self.caller.context.database.autocommit(self.caller.organization_id) as data:
            if self.judge is not None:
                await self.judge(data, record)
            return await show_whole(self.caller, data, record)


class CreateCall(StartCall):
    """A call that also creates the operation: 201 with the operation as it is at the end of the wait."""

    async def show_start(self, data: OrganizationData, operation: Operation, run: Run | None) -> Answer:  # noqa: ARG002
        """Return the new operation; the run changes nothing in it."""
        return show_created(self.caller.context, operation)

    async def show_end(self, record: OperationRecord) -> Answer:
        return show_created(self.caller.context, record.operation)


async def run_and_wait(call: StartCall) -> Answer:
    """Start a run in one transaction, offer it to the dispatcher, and wait for its end if the client wants to."""
    caller = call.caller
    preferred = read_wait_seconds(caller.request, caller.context.limits.wait_seconds)
    wait = call.default_wait if preferred is None else preferred
    applied = {} if preferred is None else {"Preference-Applied": f"wait={preferred}"}
    runs: list[Run] = []
    offered: list[Run] = []

    async def change(data: OrganizationData) -> Answer:
        operation, run = await call.start(data)
        if run is not None:
            runs.append(run)
            offered.extend([run] if operation.progress is None else [])  # a held run waits in Postgres
        first = await call.show_start(data, operation, run)
        waits = wait > 0 and run is not None
        return replace(
            first, headers={**first.headers, **applied}, running_seconds=wait + RUNNING_MARGIN_SECONDS if waits else 0.0
        )

    first = await run_once(caller, change, single=call.is_single)
    if not runs:
        return first
    if not wait:
        caller.context.dispatch.offer(offered)
        return first
    final = await _run_to_end(call, runs[0], offered, wait) or first
    final = Answer(final.status, final.body, {**final.headers, **applied})
    await _store_answer(caller, final, runs[0].operation_id)
    return final


async def _store_answer(caller: Caller, answer: Answer, operation_id: UUID) -> None:
    try:
        await store_final_answer(caller, answer, operation_id)
    except Unavailable:
        # The run is committed, so the client gets its answer although the key would replay the first one.
        return


async def _run_to_end(call: StartCall, run: Run, offered: Sequence[Run], seconds: int) -> Answer | None:
    """Offer a run to the dispatcher, if it is not held, and wait for its end; None if Postgres is unavailable."""
    try:
        record = await _wait_for_end(call.caller, run, offered, seconds)
        return await call.show_end(record) if record is not None else None
    except Unavailable:
        return None
    except DomainError as error:
        return to_answer(error, get_request_id(call.caller.request))


async def _wait_for_end(caller: Caller, run: Run, offered: Sequence[Run], seconds: int) -> OperationRecord | None:
    loop, notifications = asyncio.get_running_loop(), caller.context.notifications
    deadline = loop.time() + seconds
    with notifications.subscribe(run.operation_id) as changes:
        # Offered after subscribing, so that the notification of the run's end cannot be missed.
        caller.context.dispatch.offer(offered)
        while True:
            left = 0.0 if notifications.is_ending else max(deadline - loop.time(), 0.0)
            await changes.wait(min(left, LOOK_AGAIN_SECONDS))
            async with caller.context.database.autocommit(caller.organization_id) as data:
                record = await data.operations.record(run.operation_id)
            if record is None or _is_closed(record) or notifications.is_ending or loop.time() >= deadline:
                return record


def _is_closed(record: OperationRecord) -> bool:
    """Return True if the newest run is closed; a run that drifted is followed by another one."""
    return bool(record.runs) and record.runs[-1].closed_at is not None
