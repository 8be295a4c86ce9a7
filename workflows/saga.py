"""The saga: runs steps through the ledger, and compensates the finished ones, newest first."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.payloads import (
    CompensateInput,
    CompensateOutput,
    RecoverOutput,
    RemainingEffect,
    RunInput,
    StepInput,
    StepOutput,
)
from activities.status import StatusActivities
from domain.codes import FailureCode
from domain.json_values import Json, from_json, to_json
from domain.operations import RunKind
from domain.ports.ledger import RunOutcome
from workflows.activity_options import describe, effect_options
from workflows.database_calls import call_database
from workflows.failures import (
    NeedsAttention,
    RunHeld,
    StepAfterLast,
    StepFailed,
    failure_code,
    is_cancelled,
    is_timed_out,
)
from workflows.local_attempts import LocalAttempts
from workflows.step import R, Step

MAX_SENDS = 5
"""How often one run sends an effect that the carrier or channel proves absent each time."""
MAX_STEPS = 10
"""Maximum of steps per run. In the worst case, its history then stays below 2,000 events."""


class Saga:
    """Runs the steps of one run.

    The ledger records a step with its compensation before the step's call. Every effect can therefore be compensated,
    in this run or months later.
    """

    def __init__(self, run: RunInput) -> None:
        self.run = run
        self.has_ended = False
        """Whether the transaction that recorded the last step also recorded the run's outcome."""
        self._local = LocalAttempts(is_on=run.local_first)
        self._position = 0
        self._has_begun_last = False

    async def step(self, step: Step[R], **arguments: Any) -> R:
        """Run one step and return its result.

        Raises:
            StepFailed: the step had no effect.
            NeedsAttention: the outcome is unknown.
            RunHeld: the step sent nothing, because the account or bridge is paused.
            StepAfterLast: a last step ran before; nothing is sent.
        """
        return from_json(step.result, (await self._run(step, arguments)).result)

    async def last_step(self, step: Step[Any], output_so_far: Json | None = None, **arguments: Any) -> Json:
        """Run the last step and return the operation's output: the results of earlier steps, and its own.

        The transaction that records its effect also completes the operation. Raises as `step`.
        """
        so_far = output_so_far or {}
        output = await self._run(step, arguments, so_far)
        self.has_ended = output.has_ended
        return {**so_far, **to_json(from_json(step.result, output.result))}

    async def _run(self, step: Step[Any], arguments: Json, output_so_far: Json | None = None) -> StepOutput:
        if self._has_begun_last:
            raise StepAfterLast(step.name)
        self._has_begun_last = output_so_far is not None
        await self._local.begin_task_if_long()
        if workflow.cancellation_reason() is not None:
            raise StepFailed(step.name, FailureCode.CANCELLED_BY_OPERATOR)
        if self._position == MAX_STEPS:
            raise StepFailed(step.name, FailureCode.TOO_MANY_STEPS)
        self._position += 1
        call = self._call(step, arguments, output_so_far)
        output = await self._send_until_settled(step, call)
        if output.waiting:
            if workflow.cancellation_reason() is not None:
                # The cancellation arrived during the call. The SDK raises it only once, so check here before waiting.
                raise StepFailed(step.name, FailureCode.CANCELLED_BY_OPERATOR)
            output = await self._await_answer(step, call)
        return output

    def _call(self, step: Step[Any], arguments: Json, output_so_far: Json | None) -> StepInput:
        return StepInput(
            organization_id=self.run.organization_id,
            operation_id=self.run.operation_id,
            run=self.run.run,
            step=step.name,
            position=self._position,
            compensation=step.compensation,
            recovery=step.recovery,
            arguments={**to_json(self.run.plan), **to_json(arguments)},
            # A step without recovery only changes rows of our database, which the restore brought back together.
            doubted=self.run.options.doubted and step.recovery is not None,
            needs_open_order=step.needs_open_order,
            uses_shipment=any(self.run.plan.value(key) for key in step.uses),
            removes_shipment=step.removes,
            output_so_far=output_so_far,
            request_id=self.run.request_id,
        )

    async def _send_until_settled(self, step: Step[Any], call: StepInput) -> StepOutput:
        for sends in range(1, MAX_SENDS + 1):
            try:
                return await self._send(step, call, sends)
            except ActivityError as error:
                if is_cancelled(error):
                    raise StepFailed(step.name, FailureCode.CANCELLED_BY_OPERATOR) from error
                code, late = failure_code(error), is_timed_out(error)
                if code == FailureCode.ACCOUNT_PAUSED:
                    raise RunHeld(step.name) from error
                if code != FailureCode.OUTCOME_UNKNOWN and not late:
                    raise StepFailed(step.name, code) from error
            found = await self._recover(step, call)
            if found.state == "done":
                return StepOutput(result=found.result, waiting=found.waiting, has_ended=found.has_ended)
            if found.state == "unknown":
                raise NeedsAttention(step.name)
            if late:
                raise StepFailed(step.name, FailureCode.UNREACHABLE)
            if workflow.cancellation_reason() is not None:
                # The cancellation arrived during the search. A second send would only be compensated.
                raise StepFailed(step.name, FailureCode.CANCELLED_BY_OPERATOR)
            again = found.sends if found.state == "again" else None
            call = call.model_copy(update={"resend_of": again, "doubted": False})
            await workflow.sleep(timedelta(seconds=sends - 1))
        raise StepFailed(step.name, FailureCode.NOT_ACCEPTED)

    async def _send(self, step: Step[Any], call: StepInput, sends: int) -> StepOutput:
        summary = ", ".join(filter(None, [step.name, describe(self.run.plan), f"attempt {sends}"]))
        if sends == 1 and self._local.are_quick:
            found = await self._local.run(step.activity, call, StepOutput, summary)
            if found is not None:
                return found
            summary += ", continued"
        output: StepOutput = await workflow.execute_activity(
            step.activity,
            call,
            result_type=StepOutput,
            **effect_options(self.run.limits.retry_for, summary),
        )
        return output

    async def _recover(self, step: Step[Any], call: StepInput) -> RecoverOutput:
        if step.recovery is None or step.repeatable:
            # A change of our own rows, or a void: repeating the call is safe and shows the outcome.
            return RecoverOutput(state="absent")
        if workflow.cancellation_reason() is not None:
            call = call.model_copy(update={"output_so_far": None})  # a cancelled run is not completed
        return await recover(self.run, step.name, step.recovery, call)

    async def _await_answer(self, step: Step[Any], call: StepInput) -> StepOutput:
        if step.waiting is None:
            raise NeedsAttention(step.name)
        try:
            output: StepOutput = await workflow.execute_activity(
                step.waiting,
                call,
                result_type=StepOutput,
                **effect_options(self.run.limits.wait_for, f"wait for the channel: {describe(self.run.plan)}"),
            )
        except ActivityError as error:
            if is_cancelled(error):
                raise StepFailed(step.name, FailureCode.CANCELLED_BY_OPERATOR) from error
            code = failure_code(error)
            if is_timed_out(error) or code == FailureCode.OUTCOME_UNKNOWN:
                raise NeedsAttention(step.name) from error
            raise StepFailed(step.name, code) from error
        return output


async def recover(run: RunInput, step: str, recovery: str, call: StepInput) -> RecoverOutput:
    """Find out with read-only calls whether an ambiguous effect happened. A cancellation does not stop it."""
    try:
        output: RecoverOutput = await workflow.execute_activity(
            recovery,
            call,
            result_type=RecoverOutput,
            **effect_options(run.limits.retry_for, f"look up the outcome of {step}: {describe(run.plan)}"),
        )
    except ActivityError as error:
        if is_cancelled(error):
            return await recover(run, step, recovery, call)
        return RecoverOutput(state="unknown")
    return output


@dataclass(frozen=True)
class CompensationResult:
    """The result of compensating effects; `failed_step` is the first that failed.

    `found`: the output of an irreversible step that turned out to have happened. `has_ended`: the transaction that
    recorded the last compensation also recorded the run's outcome.
    """

    failed_step: str | None = None
    code: str | None = None
    count: int = 0
    found: Json | None = None
    has_ended: bool = False


async def compensate_all(run: RunInput, ending: RunOutcome) -> CompensationResult:
    """Compensate every remaining effect of the operation, newest first; stop at the first failure.

    `ending`: how the run ends if all are compensated; the transaction that records the last compensation records it.
    Effects older than the failed one stay, because the newer one depends on them: a label is needed if its fulfillment
    cannot be cancelled.
    """
    remaining: list[RemainingEffect] = await call_database(
        StatusActivities.remaining_effects, run.ref, "list the effects to compensate"
    )
    has_ended = False
    # The compensations of an execution are remote: its steps may have used up the time of the workflow task.
    local = LocalAttempts(is_on=run.local_first and run.kind is not RunKind.EXECUTE)
    for count, effect in enumerate(remaining):
        if run.is_irreversible and effect.recovery is not None:
            found = await _look_up(run, effect, effect.recovery)
            if found.state == "done":
                return CompensationResult(failed_step=effect.step, code="unsupported", count=count, found=found.result)
            failure: str | None = None if found.state == "absent" else FailureCode.OUTCOME_UNKNOWN
        else:
            failure, has_ended = await _compensate(run, effect, local, ending if count == len(remaining) - 1 else None)
        if failure is not None:
            return CompensationResult(failed_step=effect.step, code=failure, count=count)
    return CompensationResult(count=len(remaining), has_ended=has_ended)


async def _look_up(run: RunInput, effect: RemainingEffect, recovery: str) -> RecoverOutput:
    call = StepInput(
        organization_id=run.organization_id,
        operation_id=run.operation_id,
        run=run.run,
        step=effect.step,
        position=effect.position,
        arguments=to_json(run.plan),
        compensating=True,
        request_id=run.request_id,
    )
    return await recover(run, effect.step, recovery, call)


async def _compensate(
    run: RunInput, effect: RemainingEffect, local: LocalAttempts, ending: RunOutcome | None
) -> tuple[str | None, bool]:
    """Compensate one effect; return the code of its failure, if any, and whether the run ended with it."""
    if not effect.settled and effect.recovery is not None:
        found = await _look_up(run, effect, effect.recovery)
        if found.state == "absent":
            return None, False
        if found.state == "unknown":
            return FailureCode.OUTCOME_UNKNOWN, False
    if effect.compensation is None:
        return "unsupported", False
    call_back = CompensateInput(
        organization_id=run.organization_id,
        operation_id=run.operation_id,
        run=run.run,
        effect_id=effect.effect_id,
        step=effect.step,
        position=effect.position,
        force=run.options.force,
        ending=ending,
        request_id=run.request_id,
    )
    try:
        output = await _call_compensation(run, effect.compensation, call_back, local)
    except ActivityError as error:
        return failure_code(error), False
    return None if output.reversed else output.outcome.value, output.has_ended


async def _call_compensation(
    run: RunInput, activity: str, call_back: CompensateInput, local: LocalAttempts
) -> CompensateOutput:
    summary = f"compensate {call_back.step}: {describe(run.plan)}"
    if local.are_quick:
        found = await local.run(activity, call_back, CompensateOutput, summary)
        if found is not None:
            return found
        summary += ", continued"
    output: CompensateOutput = await workflow.execute_activity(
        activity, call_back, result_type=CompensateOutput, **effect_options(run.limits.retry_for, summary)
    )
    return output
