"""Run outcomes: records how a run ended, with its log entry and notification, in one statement."""

from collections.abc import Mapping
from functools import cache

from psycopg.types.json import Jsonb

from adapters.postgres.core.events import (
    DATA_COLUMNS,
    PROGRESS_CHANGE,
    attention_data,
    changes,
    insert_event,
    status_change,
)
from adapters.postgres.core.pools import Pools
from adapters.postgres.core.row_factory import as_json
from adapters.postgres.core.transaction import Params
from adapters.postgres.stores.attention import SINCE_NOW, new_attention, restored_attention
from adapters.postgres.stores.looking import NOT_BEFORE
from adapters.postgres.stores.pauses import PROGRESS, RELEASED
from domain.codes import FailureCode
from domain.effects import Effect, UndoOutcome
from domain.ids import workflow_id
from domain.operations import AttentionReason, OperationError, OperationStatus
from domain.ports.ledger import RunOutcome

MESSAGES: Mapping[str, str] = {code: code.message for code in (*UndoOutcome, *FailureCode) if code.message}

FINAL_CODES = frozenset(
    {
        FailureCode.REJECTED,
        FailureCode.ORDER_CANCELLED,
        FailureCode.ORDER_FULFILLED,
        FailureCode.TOO_MANY_STEPS,
        UndoOutcome.TOO_LATE,
        UndoOutcome.UNSUPPORTED,
    }
)
"""Causes that would also fail a retry with the same input."""

MIN_HOLD_SECONDS = 2
"""The shortest time between a held run and the start of the next one, even if the account is resumed at once."""

ENTRIES = """
    from (
        select 'operation.released' as event, %(released)s as message, null as step, operation.*
        from operation where (select is_held from run)
        union all
        select %(event)s, coalesce(
                   case when %(reason)s::text is null then (select error ->> 'message' from cause) end, %(message)s
               ), %(step)s, operation.*
        from operation
    ) as entry
"""

STARTED_AT = "coalesce(started_at, greatest(created_at, coalesce(%(opened_at)s::timestamptz, now())))"
"""For a run that ends before its start is marked: the time when it opened its last effect, or now."""

MAY_ASK = frozenset({"attention", "failed", "undo_failed"})
"""The results of runs that may ask a person."""

DOUBTFUL = """
    doubtful as (
        select id from effects
        where organization_id = %(org)s and operation_id = %(operation_id)s and step = %(attention_step)s
          and direction = 'do' and state = 'sent' and (result is null or %(reason)s = 'outcome_unknown')
          and %(reason)s in ('outcome_unknown', 'compensation_failed')
        order by id for no key update
    ),
"""
LOCKED = "(select count(*) from doubtful) >= 0"
"""Locks the effect before the run, as the transaction does that records an effect and ends the run."""

UNKNOWN = """
    unknown as (
        update effects set state = 'unknown', updated_at = now()
        where organization_id = %(org)s and id in (select id from doubtful) and exists (select from run)
    ),
"""

CLOSE = f"""
    with {{doubtful}} run as (
        update runs set closed_at = now(), result = %(result)s, started_at = {STARTED_AT}
        where organization_id = %(org)s and operation_id = %(operation_id)s and run = %(run)s and closed_at is null
          and {{locked}} and {{guard}}
        returning is_held
    ), cause as (
        select error from effects
        where organization_id = %(org)s and operation_id = %(operation_id)s and step = %(step)s
          and direction = %(direction)s
        order by round desc limit 1
    ), {{unknown}} operation as (
        update operations set {{change}}, updated_at = now()
        where organization_id = %(org)s and id = %(operation_id)s and current_run = %(run)s and {{expected}}
          and exists (select from run)
        returning {DATA_COLUMNS}
    ), log as (
        {{log}}
    )
    select pg_notify('orderly_operations', id::text) from operation
"""
"""An effect that a person must resolve becomes `unknown` when the run closes. A held run may end before its start is
recorded, so this statement releases it."""

BEFORE = "(select {} from operations as before where before.organization_id = %(org)s and before.id = entry.id)"
"""A column of the operation as it was before its run ended; it had no attention then."""

QUEUE_KEY = "'do:' || array_to_string(touches, '+')"
HELD_RUN = f"select {QUEUE_KEY} as queue_key"
HELD_MESSAGE = "concat_ws(': ', %(message)s::text, progress ->> 'reason')"

LOG_HELD = insert_event(
    "from waiting",
    row="waiting",
    event="%(event)s",
    message=HELD_MESSAGE,
    step="%(step)s",
    changes=PROGRESS_CHANGE,
    progress="waiting.progress",
)

WITH_EFFECT = """
    (not is_compensating or %(result)s <> 'completed') and exists (
        select from effects
        where organization_id = %(org)s and id = %(effect_id)s and state = 'done' and reversed_at is null
          and coalesce(result <@ %(output)s::jsonb, true)
    )
"""
"""The condition for ending a run together with its last effect. A run that compensates can't be completed any more.

The output must contain the effect's result, because another delivery may have recorded a different one before.
"""

HOLD = f"""
    with held as (
        update runs set closed_at = now(), result = %(result)s, started_at = {STARTED_AT}
        where organization_id = %(org)s and operation_id = %(operation_id)s and run = %(run)s and closed_at is null
        returning operation_id, kind, options, created_at
    ), operation as (
        update operations set current_run = current_run + 1, updated_at = now() from held
        where operations.organization_id = %(org)s and operations.id = held.operation_id and current_run = %(run)s
        returning operations.*, kind, options, held.created_at as waits_since
    ), opened as (
        insert into runs (organization_id, operation_id, run, kind, queue_key, workflow_id, options, is_held,
                          created_at, lease_until)
        select organization_id, id, current_run, kind, {QUEUE_KEY}, %(workflow_id)s, options, true,
               waits_since, now() + {MIN_HOLD_SECONDS} * interval '1 second'
        from operation
    ), waiting as (
        select operation.*, {PROGRESS.format(waiting=HELD_RUN)} as progress from operation
    ), log as (
        {LOG_HELD}
    )
    select pg_notify('orderly_operations', id::text) from operation
"""
"""The next run keeps its place in the queue."""

CLOSED_AS = """
    select result from runs where organization_id = %(org)s and operation_id = %(operation_id)s and run = %(run)s
"""

ERROR = """
    jsonb_strip_nulls(coalesce((select error from cause), '{}'::jsonb)) || %(error)s::jsonb
    || jsonb_build_object('message', coalesce((select error ->> 'message' from cause), %(message)s))
"""

ATTENTION = f"""
    %(attention)s::jsonb {SINCE_NOW} || coalesce((
        select jsonb_strip_nulls(jsonb_build_object(
            'message', (
                select message from (
                    select error ->> 'message' as message, updated_at as at
                    union all
                    select message, created_at from events
                    where organization_id = %(org)s and subject_id = %(operation_id)s and step = %(attention_step)s
                      and type = 'step.recovery_refused' and created_at >= effects.created_at
                ) as causes
                where message is not null order by at desc limit 1
            ),
            'not_before', case when direction = 'do' and state <> 'rejected' then {NOT_BEFORE} end
        ))
        from effects
        where organization_id = %(org)s and operation_id = %(operation_id)s and step = %(attention_step)s
          and state <> 'done'
        order by updated_at desc limit 1
    ), '{{}}')
"""
"""Null if no person is needed. The message is the newest known cause: a refused look-up is only in the log."""

HALF_UNDONE = """
    exists (
        select from effects as taken
        where organization_id = %(org)s and operation_id = %(operation_id)s and direction = 'do'
          and reversed_at is not null
          and not exists (
              select from effects as later
              where later.organization_id = %(org)s and later.operation_id = taken.operation_id
                and later.step = taken.step and later.direction = 'do' and later.round > taken.round
          )
    )
"""
"""True if the latest round of any effect has been compensated: a refused undo then leaves the operation half undone."""

DOUBTED = """
    not is_irreversible and exists (
        select from runs
        where organization_id = %(org)s and operation_id = %(operation_id)s and run = %(run)s and options ? 'doubted'
    )
"""
"""Whether a restored database may lack effects of the operation, so that the rollback may be incomplete. Not for
irreversible types: their steps can be repeated without harm, and a repeat reports the true outcome."""

RESULT_UPDATES = {
    "completed": (
        "status = 'completed', output = %(output)s, error = null, attention = null, completed_at = now()",
        "status = 'executing'",
    ),
    "failed": (
        f"""status = 'failed', completed_at = coalesce(completed_at, now()),
            attention = coalesce({ATTENTION}, case when {DOUBTED} then %(drift)s::jsonb {SINCE_NOW} end),
            error = case when status = 'failed' then error || %(rolled_back)s::jsonb else {ERROR} end
                    || case when {DOUBTED} then '{{"rolled_back": false}}'::jsonb else '{{}}'::jsonb end""",
        "status in ('executing', 'failed')",
    ),
    "attention": (f"attention = {ATTENTION}", "status = 'executing'"),
    "undone": (
        "status = 'undone', undo_status = 'done', undo_at = now(), undo_error = null, attention = null",
        "status = 'completed'",
    ),
    "undo_failed": (
        f"""undo_status = 'failed', undo_error = {ERROR},
            attention = coalesce({ATTENTION}, case when {HALF_UNDONE} then %(half_undone)s::jsonb {SINCE_NOW} end)""",
        "status = 'completed'",
    ),
}
"""By result: the columns to set, and the required status of the operation."""


class PostgresRunOutcomes:
    """Implements `domain.ports.ledger.RunOutcomes` in Postgres."""

    def __init__(self, pools: Pools) -> None:
        self._pools = pools

    async def record(self, outcome: RunOutcome) -> str | None:
        sql = HOLD if outcome.result == "held" else _close(outcome.result, "true")
        async with self._pools.statements(outcome.organization_id) as transaction:
            if await transaction.fetch_all(dict, sql, **_params(outcome)):
                return outcome.result
            result: str | None = await transaction.fetch_value(
                CLOSED_AS, operation_id=outcome.operation_id, run=outcome.run
            )
            return result


def end_with_effect(outcome: RunOutcome, effect: Effect) -> tuple[str, Params]:
    """Return the statement that ends a run if its last effect is done, for the transaction that records the effect.

    It returns a row if the run ended.
    """
    return _close(outcome.result, WITH_EFFECT), {
        **_params(outcome),
        "effect_id": effect.id,
        "opened_at": effect.created_at,
    }


@cache
def _close(result: str, guard: str) -> str:
    change, expected = RESULT_UPDATES[result]
    doubtful, locked, unknown = (DOUBTFUL, LOCKED, UNKNOWN) if result in MAY_ASK else ("", "true", "")
    parts = {
        "change": change, "expected": expected, "guard": guard,
        "doubtful": doubtful, "locked": locked, "unknown": unknown, "log": _log(result),
    }  # fmt: skip
    sql = CLOSE
    for name, part in parts.items():  # not str.format: the SQL contains braces and percent signs
        sql = sql.replace(f"{{{name}}}", part)
    return sql


def _log(result: str) -> str:
    if result == "completed":
        made = status_change(OperationStatus.EXECUTING, OperationStatus.COMPLETED)
    else:
        made = changes(
            status=(BEFORE.format("status"), "entry.status"),
            undo__status=(BEFORE.format("undo_status"), "entry.undo_status"),
            attention=("null::jsonb", attention_data("entry.attention")),
        )
    return insert_event(
        ENTRIES,
        row="entry",
        event="entry.event",
        message="entry.message",
        step="entry.step",
        changes=f"case when entry.event <> 'operation.released' then {made} end",
    )


def _params(outcome: RunOutcome) -> Params:
    is_undo = outcome.result in ("undone", "undo_failed")
    code = outcome.code or FailureCode.INTERNAL_ERROR
    error = OperationError(code, step=outcome.step, retryable=code not in FINAL_CODES, rolled_back=outcome.rolled_back)
    attention_step = outcome.attention_step or outcome.step
    return {
        "operation_id": outcome.operation_id,
        "run": outcome.run,
        "workflow_id": workflow_id(outcome.operation_id, outcome.run + 1),
        "result": outcome.result,
        "opened_at": None,
        "step": outcome.step,
        "direction": "undo" if is_undo else "do",
        "output": as_json(outcome.output),
        "error": as_json(error),
        "rolled_back": Jsonb({"rolled_back": outcome.rolled_back}),
        "attention_step": attention_step,
        "reason": outcome.attention,
        "attention": new_attention(outcome.attention, attention_step) if outcome.attention else None,
        "drift": restored_attention(),
        "half_undone": new_attention(AttentionReason.COMPENSATION_FAILED, attention_step),
        "event": f"operation.{outcome.result}",
        "message": _message(outcome, attention_step),
        "released": RELEASED,
    }


def _message(outcome: RunOutcome, attention_step: str | None) -> str:
    if outcome.result == "held":
        return f"{outcome.step} waits: its carrier account or bridge is paused"
    if outcome.result in ("completed", "undone"):
        return f"The operation is {outcome.result}."
    code = outcome.code or (outcome.attention if outcome.attention in MESSAGES else None) or FailureCode.INTERNAL_ERROR
    message = MESSAGES.get(code, f"{outcome.step or 'the run'} failed ({code}).")
    if outcome.attention:
        return f"{attention_step or 'The operation'} needs a person: {outcome.attention}. {message}"
    return message
