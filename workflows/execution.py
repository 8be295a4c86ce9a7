"""What every run has in common: how it is shielded from a cancellation, how it rolls back, how it is mirrored."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ApplicationError, FailureError

from activities.payloads import RunInput
from activities.status import StatusActivities
from domain.codes import FailureCode
from domain.json_values import Json, to_json
from domain.operations import AttentionReason, RunResult
from domain.ports.ledger import RunOutcome
from workflows.database_calls import call_database
from workflows.failures import NeedsAttention, RunHeld, StepFailed, code_from
from workflows.saga import CompensationResult, Saga, compensate_all

STATUS = SearchAttributeKey.for_keyword("OrderlyStatus")

ANSWER_CODES = frozenset({"too_late", "changed_since", "unsupported"})
"""Ways an undo can end that are answers: nothing is left for a person to find out."""

Steps = Callable[[Saga], Awaitable[object]]
"""Runs the steps of an operation type and returns its output: a dataclass, or JSON."""


async def execute(run: RunInput, steps: Steps) -> Json:
    """Run an operation's steps to their end: completed, failed with its finished steps compensated, or attention.

    Returns:
        The operation's output; nothing if the run is held.

    Raises:
        ApplicationError: the operation failed or needs a person; the mirror was told before.
    """
    try:
        output: Json = to_json(await _run_uncancelled(steps(Saga(run))))
    except StepFailed as failure:
        return await _fail(run, failure)
    except NeedsAttention as need:
        await _ask_person(run, need.step)
        raise ApplicationError(
            f"{need.step}: a person must resolve the outcome", type="attention", non_retryable=True
        ) from need
    except RunHeld as held:
        return await _hold(run, held)
    except asyncio.CancelledError:
        return await _fail(run, StepFailed("", FailureCode.CANCELLED_BY_OPERATOR))
    except FailureError as error:
        # Of a call that the type makes beside its steps: unreported, the run would be begun again and again.
        return await _fail(run, StepFailed("", code_from(error)))
    await _record(run, "completed", output=output)
    return output


async def _run_uncancelled(steps: Awaitable[object]) -> object:
    output = await steps
    if workflow.cancellation_reason() is not None:
        # The last call was in flight and did end: what an operator cancels is taken back, not kept.
        raise StepFailed("", FailureCode.CANCELLED_BY_OPERATOR)
    return output


async def _hold(run: RunInput, held: RunHeld) -> Json:
    """End the run; what it did stands, and the next one, which waits in Postgres, goes on from the ledger."""
    if workflow.cancellation_reason() is not None:
        return await _fail(run, StepFailed(held.step, FailureCode.CANCELLED_BY_OPERATOR))
    await _record(run, "held", step=held.step)
    return {}


async def roll_back(run: RunInput) -> None:
    """Take back what stands of an operation that is to end as failed.

    The cause is in the run's options: `code` and `step`.
    """
    failure = StepFailed(run.options.step or "", run.options.code or FailureCode.INTERNAL_ERROR)
    await _conclude(run, failure, await _shield(compensate_all(run)))


async def undo(run: RunInput) -> None:
    """Take back every effect of a completed operation that stands, newest first.

    Raises:
        ApplicationError: not everything could be taken back; calling undo again goes on from there.
    """
    compensation = await _shield(compensate_all(run))
    if compensation.failed_step is None:
        await _record(run, "undone")
        return
    # A plain no before anything was taken back is an answer; after that the operation is neither done nor undone.
    attention = (
        None if compensation.code in ANSWER_CODES and compensation.count == 0 else AttentionReason.COMPENSATION_FAILED
    )
    await _record(run, "undo_failed", step=compensation.failed_step, code=compensation.code, attention=attention)
    raise ApplicationError(f"{compensation.failed_step}: {compensation.code}", type="undo_failed", non_retryable=True)


async def _fail(run: RunInput, failure: StepFailed) -> Json:
    output = await _conclude(run, failure, await _shield(compensate_all(run)))
    if output is not None:
        return output
    raise ApplicationError(str(failure), type=failure.code, non_retryable=True) from failure


async def _conclude(run: RunInput, failure: StepFailed, compensation: CompensationResult) -> Json | None:
    """Tell how an operation ends that did not succeed: its output where it has all the same, else None."""
    if compensation.found is not None:
        await _record(run, "completed", output=compensation.found)
        return compensation.found
    if run.is_irreversible and compensation.failed_step is not None:
        await _ask_person(run, compensation.failed_step)
        return None
    # It was told before, where the cancellation came after a worker died that could not tell Temporal.
    return {} if await _record_failed(run, failure, compensation) == "completed" else None


async def _ask_person(run: RunInput, step: str) -> None:
    await _record(run, "attention", step=step, attention=AttentionReason.OUTCOME_UNKNOWN)


async def _record_failed(run: RunInput, failure: StepFailed, compensation: CompensationResult) -> str | None:
    return await _record(
        run,
        "failed",
        code=failure.code,
        step=failure.step or None,
        rolled_back=compensation.failed_step is None,
        attention=None if compensation.failed_step is None else AttentionReason.COMPENSATION_FAILED,
        attention_step=compensation.failed_step,
    )


async def _shield(work: Awaitable[CompensationResult]) -> CompensationResult:
    """Bring compensation to its end although the run is being cancelled: the SDK tells of a cancellation only once."""
    task = asyncio.ensure_future(work)
    while True:
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise


async def _record(run: RunInput, result: RunResult, **facts: Any) -> str | None:
    outcome = RunOutcome(
        organization_id=run.organization_id, operation_id=run.operation_id, run=run.run, result=result, **facts
    )
    task = asyncio.ensure_future(
        call_database(StatusActivities.record_outcome, outcome, f"record the outcome: {result}")
    )
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            continue
    recorded = task.result()
    workflow.upsert_search_attributes([STATUS.value_set(recorded or result)])
    return recorded
