"""Resolves operations that need attention, by a person's decision."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any
from uuid import UUID

from api.http.auth import Caller
from api.http.responses import Answer
from api.http.types import parse_path_id
from api.operations.contradictions import refuse_contradicted
from api.operations.reach import require_reach
from api.operations.reported_parcels import PATH as NUMBERS_PATH
from api.operations.reported_parcels import count_parcels, find_number_problems
from api.operations.schemas import ReportedResult, ResolveRequest
from api.operations.service import lock_and_require_record, require_operation
from api.operations.undo_policy import require_unused
from api.operations.wait_for_run import StartCall, Started, run_and_wait
from domain.codes import FailureCode
from domain.effects import Direction, Effect, EffectState
from domain.errors import FieldError, InvalidInput, OperationNotFound
from domain.json_values import Json, to_json
from domain.operation_errors import NothingToResolve, TooEarly
from domain.operations import NO_OPTIONS, AttentionReason, Operation, OperationStatus, RunKind, RunOptions
from domain.ports.stores import OrganizationData
from domain.progress import ProgressState
from workflows.step import Step

UNSETTLED = (EffectState.UNKNOWN, EffectState.SENT)
REFUSED = (EffectState.REJECTED, EffectState.PREPARED)
ANSWERED = (EffectState.DONE, *REFUSED)
"""Possible states of an effect whose answer arrived after the person was asked."""


async def resolve_operation(caller: Caller, raw_id: str, body: ResolveRequest) -> Answer:
    """Record a person's decision, and continue the operation from there."""
    operation_id = parse_path_id(raw_id, OperationNotFound)
    await require_reach(caller, [operation_id])
    await refuse_contradicted(caller, operation_id, body)

    async def start(data: OrganizationData) -> Started:
        operation = await require_operation(data, operation_id)
        if operation.progress is not None and operation.progress.state is ProgressState.LOOKING:
            return await Resolution(caller, data, operation, body).end_look(operation.progress.step)
        if operation.attention is None:
            raise NothingToResolve(operation.status)
        choices = operation.attention.choices
        if body.outcome not in choices:
            raise _refuse_field("outcome", f"must be one of {', '.join(choices)}")
        resolution = Resolution(caller, data, operation, body)
        if operation.attention.reason is AttentionReason.OUTCOME_UNKNOWN:
            return await resolution.settle_outcome()
        return await resolution.settle_compensation()

    return await run_and_wait(StartCall(caller, start))


class Resolution:
    """One decision, within the call's transaction."""

    def __init__(self, caller: Caller, data: OrganizationData, operation: Operation, body: ResolveRequest) -> None:
        self._caller = caller
        self._data = data
        self._operation = operation
        self._body = body
        self._kind = caller.context.registry.find(operation.type)
        self._step = body.step or (operation.attention and operation.attention.step)

    @property
    def _reason(self) -> str:
        return f"{self._body.reason} (forced)" if self._body.force else self._body.reason

    async def settle_outcome(self) -> Started:
        """Resolve a step with unknown outcome, and let the operation continue or end."""
        happened = self._body.outcome == "happened"
        effect = await self._require_effect(Direction.DO, (*UNSETTLED, *ANSWERED))
        if happened and effect.state in REFUSED:
            raise _refuse_field("outcome", "the vendor answered meanwhile: the step did not happen")
        if not happened:
            self._require_over(effect)
        if effect.state not in ANSWERED:
            await self._settle(effect, happened=happened, result=self._check_result(effect) if happened else {})
        if happened:
            options = RunOptions(resolved=self._body.outcome, step=effect.step)
            return await self._run(RunKind.EXECUTE, options, await self._find_remaining_touches())
        return await self._run(RunKind.ROLLBACK, RunOptions(code=FailureCode.DID_NOT_HAPPEN, step=effect.step))

    async def end_look(self, step: str | None) -> Started:
        """Resolve a step whose outcome is still being looked up; its run notices within seconds."""
        choices = tuple(AttentionReason.OUTCOME_UNKNOWN.choices)
        if self._body.outcome not in choices:
            raise _refuse_field("outcome", f"must be one of {', '.join(choices)}")
        happened, self._step = self._body.outcome == "happened", self._body.step or step
        effect = await self._require_effect(Direction.DO, (EffectState.SENT,))
        if not happened:
            self._require_over(effect)
        await self._settle(effect, happened=happened, result=self._check_result(effect) if happened else {})
        return self._operation, None

    async def settle_compensation(self) -> Started:
        """Resolve a compensation that failed or was stopped."""
        body, operation = self._body, self._operation
        if body.result is not None:
            await self._correct_result(body.result)
        if body.outcome == "did_not_happen":
            return await self._clear_attention(), None
        if body.outcome == "retry" and not body.force:
            await self._require_unused()
        if body.outcome == "happened":
            await self._record_manual_compensation()
        irreversible = self._kind is not None and self._kind.is_irreversible
        if irreversible and operation.status is OperationStatus.FAILED:
            return await self._execute_again()
        kind = self._next_kind()
        error, cause = operation.error, NO_OPTIONS
        if kind is RunKind.ROLLBACK and error is not None:
            cause = RunOptions(code=error.code, step=error.step)
        return await self._run(kind, cause)

    async def _require_unused(self) -> None:
        """Refuse to compensate a shipment that another operation uses by now; locks it like `undo_operation`."""
        record = await lock_and_require_record(self._data, self._operation.id)
        require_unused(record.operation, record.users)

    async def _execute_again(self) -> Started:
        """Execute an irreversible operation once more, because its execution finds out the outcome."""
        await self._clear_attention()
        return await self._run(RunKind.EXECUTE, NO_OPTIONS)

    async def _clear_attention(self) -> Operation:
        cleared = await self._data.operations.clear_attention(self._operation.id, reason=self._body.reason)
        if cleared is None:
            raise NothingToResolve(self._operation.status)
        return cleared

    async def _record_manual_compensation(self) -> None:
        """Record that a person compensated an effect; without a compensation in the ledger, that it did not happen."""
        compensations = await self._find_effects(Direction.UNDO, (*UNSETTLED, EffectState.REJECTED))
        if compensations:
            await self._settle(compensations[-1], happened=True, result={})
            return
        effect = await self._require_effect(Direction.DO, UNSETTLED)
        self._require_over(effect)
        await self._settle(effect, happened=False, result={})

    def _require_over(self, effect: Effect) -> None:
        """Refuse `did_not_happen` while the effect's call may still be at work; raises TooEarly."""
        until, now = effect.not_before, self._caller.context.database.clock.now()
        if effect.state in UNSETTLED and until is not None and now < until and not self._body.force:
            raise TooEarly(to_json(until.astimezone(UTC)))

    def _next_kind(self) -> RunKind:
        kinds = {OperationStatus.COMPLETED: RunKind.UNDO, OperationStatus.FAILED: RunKind.ROLLBACK}
        return kinds.get(self._operation.status, RunKind.EXECUTE)

    async def _find_remaining_touches(self) -> Sequence[UUID] | None:
        """Return the accounts and bridges that the unfinished steps call; None if the type is no longer installed."""
        if self._kind is None:
            return None
        effects = await self._data.operations.effects(self._operation.id)
        done = {
            effect.step
            for effect in effects
            if effect.direction is Direction.DO and effect.state is EffectState.DONE and effect.reversed_at is None
        }
        return self._kind.find_touches(self._operation.plan, done)

    async def _run(self, kind: RunKind, options: RunOptions, touches: Sequence[UUID] | None = None) -> Started:
        started = await self._data.operations.start_run(
            self._operation.id,
            kind=kind,
            expected=self._operation.status,
            options=replace(options, reason=self._body.reason),
            touches=touches,
        )
        if started is None:
            raise NothingToResolve(self._operation.status)
        return started

    async def _settle(self, effect: Effect, *, happened: bool, result: Json) -> None:
        settled = await self._data.operations.settle_effect(
            effect.id, happened=happened, result=result, reason=self._reason
        )
        if settled is None:
            raise NothingToResolve(self._operation.status)

    async def _require_effect(self, direction: Direction, states: tuple[EffectState, ...]) -> Effect:
        found = await self._find_effects(direction, states)
        if not found:
            raise _refuse_field("step", f"the operation has no unresolved step {self._step}")
        return found[-1]

    async def _find_effects(self, direction: Direction, states: tuple[EffectState, ...]) -> list[Effect]:
        effects = await self._data.operations.effects(self._operation.id)
        return [
            effect
            for effect in effects
            if effect.direction is direction and effect.state in states and self._step in (None, effect.step)
        ]

    async def _correct_result(self, reported: ReportedResult) -> None:
        """Correct a result that a person reported before, so that its compensation can find the effect."""
        if self._body.outcome != "retry":
            raise _refuse_field("result", "is accepted only with the outcome retry, to correct an earlier report")
        if reported.tracking_numbers is not None:
            raise InvalidInput([FieldError(NUMBERS_PATH, "can't be corrected")])
        effect, result = await self._require_effect(Direction.DO, (EffectState.DONE,)), reported.texts
        bad = self._find_problems(effect, result)
        if bad:
            raise InvalidInput(bad)
        corrected = await self._data.operations.correct_result(effect.id, result=result, reason=self._body.reason)
        if corrected is None:
            raise _refuse_field("result", "can't be corrected, because no person reported it")

    def _check_result(self, effect: Effect) -> Json:
        """Check a person's result for an effect; return it with the account or bridge that the step calls."""
        reported, step = self._body.result or ReportedResult(), self._find_step(effect)
        result, numbers = reported.texts, reported.tracking_numbers
        needed = step.resolved_with if step is not None else ()
        bad = [
            FieldError(("result", name), "required for the outcome happened") for name in needed if name not in result
        ]
        bad += self._find_problems(effect, result)
        bad += find_number_problems(numbers, count_parcels(step, effect, self._operation.input))
        if bad:
            raise InvalidInput(bad)
        touches = step.touches if step is not None else ()
        given = {key: to_json(self._operation.plan.value(key)) for key in touches}
        return {**given, **result, **({} if numbers is None else {"tracking_numbers": numbers})}

    def _find_problems(self, effect: Effect, result: Mapping[str, str]) -> list[FieldError]:
        """Return the fields that the step does not have, and the values that its vendor would refuse."""
        step = self._find_step(effect)
        known = step.resolved_with if step is not None else ()
        problems = {name: f"is not a result field of {effect.step}" for name in result if name not in known}
        if step is not None and step.result_problems is not None:
            problems |= step.result_problems(self._operation.plan, result)
        return [FieldError(("result", name), problem) for name, problem in problems.items()]

    def _find_step(self, effect: Effect) -> Step[Any] | None:
        return self._kind.step(effect.step) if self._kind is not None else None


def _refuse_field(field: str, message: str) -> InvalidInput:
    return InvalidInput([FieldError((field,), message)])
