"""Ends every kind of run: executes steps, compensates, resists cancellation, and records the result in Postgres."""

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
from workflows.failures import NeedsAttention, RunHeld, StepAfterLast, StepFailed, code_from
from workflows.saga import CompensationResult, Saga, compensate_all

STATUS = SearchAttributeKey.for_keyword("OrderlyStatus")

ANSWER_CODES = frozenset({"too_late", "changed_since", "unsupported"})
"""Codes of a refused undo that need no attention: a person has nothing to find out."""

Steps = Callable[[Saga], Awaitable[object]]
"""Runs the steps of an operation type and returns its output: a dataclass, or JSON."""


async def execute(run: RunInput, steps: Steps) -> Json:
    """Run an operation's steps to the end: completed, failed after compensation of its finished steps, or attention.

    Returns:
        The operation's output; empty if the run is held.

    Raises:
        ApplicationError: the operation failed or needs a person. Postgres has recorded that before.
    """
    saga = Saga(run)
    try:
        output: Json = to_json(await _run_uncancelled(saga, steps))
    except StepFailed as failure:
        return await _fail(run, failure)
    except NeedsAttention as need:
        await _ask_person(run, need.step)
        raise ApplicationError(
            f"{need.step}: a person must resolve the outcome", type="attention", non_retryable=True
        ) from need
    except RunHeld as error:
        return await _hold(run, error)
    except StepAfterLast as error:
        return await _refuse(run, saga, error)
    except asyncio.CancelledError:
        return await _fail(run, StepFailed("", FailureCode.CANCELLED_BY_OPERATOR))
    except FailureError as error:
        # The failure of a call that the type makes outside its steps. Without a record, the reconciler would start the
        # run again and again.
        return await _fail(run, StepFailed("", code_from(error)))
    if saga.has_ended:
        _show_status("completed")
    else:
        await _record(run, "completed", output=output)
    return output


async def _run_uncancelled(saga: Saga, steps: Steps) -> object:
    output = await steps(saga)
    if workflow.cancellation_reason() is not None and not saga.has_ended:
        # The cancellation arrived during the last call, which succeeded. The operation is compensated all the same.
        raise StepFailed("", FailureCode.CANCELLED_BY_OPERATOR)
    return output


async def _hold(run: RunInput, error: RunHeld) -> Json:
    """End the run and keep its effects: the next run, which waits in Postgres, continues from the ledger."""
    if workflow.cancellation_reason() is not None:
        return await _fail(run, StepFailed(error.step, FailureCode.CANCELLED_BY_OPERATOR))
    await _record(run, "held", step=error.step)
    return {}


async def _refuse(run: RunInput, saga: Saga, error: StepAfterLast) -> Json:
    """Fail the workflow; roll the operation back, except if its last step has completed it."""
    if not saga.has_ended:
        return await _fail(run, StepFailed(error.step, FailureCode.INTERNAL_ERROR))
    _show_status("completed")
    raise ApplicationError(str(error), type=FailureCode.INTERNAL_ERROR, non_retryable=True) from error


async def roll_back(run: RunInput) -> None:
    """Compensate the effects of an operation that then ends as failed.

    The run's options hold the cause: `code` and `step`.
    """
    failure = StepFailed(run.options.step or "", run.options.code or FailureCode.INTERNAL_ERROR)
    await _conclude(run, failure, await _compensate(run, failure))


async def undo(run: RunInput) -> None:
    """Compensate every effect of a completed operation, newest first.

    Raises:
        ApplicationError: an effect could not be compensated. The next undo continues from there.
    """
    compensation = await _shield(compensate_all(run, _outcome(run, "undone")))
    if compensation.failed_step is None:
        if await _record_unless_ended(run, compensation, "undone") == "undo_failed":
            # An earlier delivery of this workflow task was lost after it recorded that an effect stands.
            raise ApplicationError("the undo failed before", type="undo_failed", non_retryable=True)
        return
    # A refusal before the first compensation is a plain answer. After it, the operation is half undone.
    attention = (
        None if compensation.code in ANSWER_CODES and compensation.count == 0 else AttentionReason.COMPENSATION_FAILED
    )
    await _record(run, "undo_failed", step=compensation.failed_step, code=compensation.code, attention=attention)
    raise ApplicationError(f"{compensation.failed_step}: {compensation.code}", type="undo_failed", non_retryable=True)


async def _fail(run: RunInput, failure: StepFailed) -> Json:
    output = await _conclude(run, failure, await _compensate(run, failure))
    if output is not None:
        return output
    raise ApplicationError(str(failure), type=failure.code, non_retryable=True) from failure


async def _compensate(run: RunInput, failure: StepFailed) -> CompensationResult:
    """Compensate every effect of an operation that failed."""
    rolled_back = _outcome(run, "failed", **_describe_failure(failure, CompensationResult()))
    return await _shield(compensate_all(run, rolled_back))


async def _conclude(run: RunInput, failure: StepFailed, compensation: CompensationResult) -> Json | None:
    """Record the end of an operation that did not succeed; return its output if it is completed, else None."""
    if compensation.found is not None:
        await _record(run, "completed", output=compensation.found)
        return compensation.found
    if run.is_irreversible and compensation.failed_step is not None:
        await _ask_person(run, compensation.failed_step)
        return None
    # Postgres may already have another outcome: a worker can die after recording it and before reporting to Temporal.
    return {} if await _record_failed(run, failure, compensation) in ("completed", "held") else None


async def _ask_person(run: RunInput, step: str) -> None:
    await _record(run, "attention", step=step, attention=AttentionReason.OUTCOME_UNKNOWN)


async def _record_failed(run: RunInput, failure: StepFailed, compensation: CompensationResult) -> str | None:
    return await _record_unless_ended(run, compensation, "failed", **_describe_failure(failure, compensation))


def _describe_failure(failure: StepFailed, compensation: CompensationResult) -> dict[str, Any]:
    return {
        "code": failure.code,
        "step": failure.step or None,
        "rolled_back": compensation.failed_step is None,
        "attention": None if compensation.failed_step is None else AttentionReason.COMPENSATION_FAILED,
        "attention_step": compensation.failed_step,
    }


async def _shield(work: Awaitable[CompensationResult]) -> CompensationResult:
    """Finish the compensation even if the run is cancelled; the SDK raises a cancellation only once."""
    task = asyncio.ensure_future(work)
    while True:
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise


def _outcome(run: RunInput, result: RunResult, **facts: Any) -> RunOutcome:
    return RunOutcome(
        organization_id=run.organization_id,
        operation_id=run.operation_id,
        run=run.run,
        result=result,
        request_id=run.request_id,
        **facts,
    )


async def _record_unless_ended(
    run: RunInput, compensation: CompensationResult, result: RunResult, **facts: Any
) -> str | None:
    """Record the outcome, except if the transaction of the last compensation did."""
    if not compensation.has_ended:
        return await _record(run, result, **facts)
    _show_status(result)
    return result


async def _record(run: RunInput, result: RunResult, **facts: Any) -> str | None:
    outcome = _outcome(run, result, **facts)
    task = asyncio.ensure_future(
        call_database(StatusActivities.record_outcome, outcome, f"record the outcome: {result}")
    )
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            continue
    recorded = task.result()
    _show_status(recorded or result)
    return recorded


def _show_status(result: str) -> None:
    workflow.upsert_search_attributes([STATUS.value_set(result)])
