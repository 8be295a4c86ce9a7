"""SQL that opens the next run of an operation: one statement, so that exactly one of several racing calls succeeds."""

from collections.abc import Sequence
from functools import cache
from uuid import UUID

from adapters.postgres.core.events import PROGRESS_CHANGE, attention_data, changes, insert_event, status_change
from adapters.postgres.core.row_factory import as_json
from adapters.postgres.core.transaction import Params
from adapters.postgres.stores.pauses import PROGRESS
from domain.ids import workflow_id
from domain.operations import NO_OPTIONS, OperationStatus, RunKind, RunOptions

START = """
    with operation as (
        update operations
        set current_run = current_run + 1, attention = null, updated_at = now(), {change}
        where organization_id = %(org)s and {which} and status = %(expected)s and {guard}
        returning *
    ), queued as (
        select operation.*, {queue_key} as queue_key,
               %(options)s::jsonb || case when %(goes_on)s and exists (
                   select from runs as before
                   where before.organization_id = %(org)s and before.operation_id = operation.id
                     and before.run = operation.current_run - 1 and before.options ? 'doubted'
               ) then '{{"doubted": true}}'::jsonb else '{{}}'::jsonb end as run_options
        from operation
    ), started as (
        select queued.*, {progress} as progress from queued
    ), opened as (
        insert into runs (organization_id, operation_id, run, kind, queue_key, workflow_id, options, is_held,
                          lease_until)
        select organization_id, id, current_run, %(kind)s, queue_key,
               case when current_run = 1 then replace(%(first_workflow_id)s, %(nobody)s, id::text)
                    else replace(%(later_workflow_id)s, %(nobody)s, id::text) || current_run end,
               run_options, progress is not null, now() + %(lease_seconds)s * interval '1 second'
        from started
    ), entries as (
        {entries}
    )
    select {columns} from started
"""
"""Opens a run for each of the operations that are in the expected state.

A run that continues a `doubted` one after a person's answer is `doubted` as well: it looks up effects that a restored
database may lack. A retry is not, because by then a person has compared the operation with the vendors' data.
"""

ONE = "id = %(id)s"
"""Postgres keeps one plan for this condition, but plans `MANY` again at each execution, which takes longer than it."""
MANY = "id = any(%(ids)s)"

ENTRIES = """
    from (
        select %(event)s::text as event, %(message)s::text as message, nullif(%(options)s::jsonb, '{}') as details,
               started.*
        from started
        union all
        select 'operation.held', concat_ws(': ', %(held)s::text, progress ->> 'reason'), null, started.*
        from started where progress is not null
    ) as entry
"""

HELD = "The operation waits: its carrier account or bridge is paused"

NOBODY = UUID(int=0)
"""A placeholder in workflow ids, which the statement replaces by the operation's id."""

LEASE_SECONDS = 5
"""How long an offered run is reserved for the process that opened it; then any dispatcher may take it."""

QUEUE_KEY = """
    case when {kind} <> 'execute' then 'undo:' when is_irreversible then 'void:' else 'do:' end
    || array_to_string({touches}, '+')
"""
"""SQL for a run's queue; `domain.operations.Run` describes the queues."""

NEW_QUEUE_KEY = QUEUE_KEY.format(kind="%(kind)s", touches="coalesce(%(touches)s::uuid[], touches)")

HELD_RUN = "select queued.queue_key where starts_with(queued.queue_key, 'do:')"
"""The new run, if it waits in a queue that a pause holds."""

NONE_OPEN = """
    not exists (
        select from runs
        where runs.organization_id = %(org)s and runs.operation_id = operations.id and closed_at is null
    )
"""

BEFORE = "(select {} from operations as before where before.organization_id = %(org)s and before.id = entry.id)"
"""A column of the operation as it was before the statement."""

EVENTS = {
    (RunKind.EXECUTE, OperationStatus.PENDING): ("operation.executing", "Execution requested."),
    (RunKind.EXECUTE, OperationStatus.FAILED): ("operation.retry_started", "Retry requested."),
    (RunKind.EXECUTE, OperationStatus.EXECUTING): ("operation.resumed", "The execution continues."),
    (RunKind.UNDO, OperationStatus.COMPLETED): ("operation.undo_started", "Undo requested."),
}


def start_assignments(kind: RunKind) -> str:
    if kind is RunKind.EXECUTE:
        return (
            "status = 'executing', executed_at = coalesce(executed_at, now()), completed_at = null, error = null,"
            " output = null"
        )
    if kind is RunKind.UNDO:
        return "undo_status = 'in_progress', undo_error = null"
    return "error = error"  # a rollback records the operation's state when it ends


def start_condition(kind: RunKind, expected: OperationStatus) -> str:
    """Return the condition for opening a run, in addition to the expected status."""
    if kind is RunKind.UNDO:
        return "undo_status in ('none', 'failed')"
    if kind is RunKind.EXECUTE and expected is OperationStatus.FAILED:
        return f"attention is null and {NONE_OPEN}"
    if kind is RunKind.EXECUTE and expected is not OperationStatus.EXECUTING:
        return "true"
    return f"attention is not null and {NONE_OPEN}"


def log_event(kind: RunKind, expected: OperationStatus) -> tuple[str, str]:
    return EVENTS.get((kind, expected), ("operation.rollback_started", "Rollback started."))


def start_changes(kind: RunKind, expected: OperationStatus) -> str:
    """Return SQL for the changes that the start of a run makes."""
    if kind is RunKind.EXECUTE and expected is not OperationStatus.EXECUTING:
        return status_change(expected, OperationStatus.EXECUTING)
    return changes(
        undo__status=(BEFORE.format("undo_status"), "entry.undo_status"),
        attention=(BEFORE.format(attention_data("attention")), "null::jsonb"),
    )


def log_start(kind: RunKind, expected: OperationStatus) -> str:
    """Return the statement that logs the start of a run, and that it waits."""
    made = start_changes(kind, expected)
    return insert_event(
        ENTRIES,
        row="entry",
        event="entry.event",
        message="entry.message",
        details="entry.details",
        changes=f"case when entry.event = 'operation.held' then {PROGRESS_CHANGE} else {made} end",
        progress="entry.progress",
    )


@cache
def start_statement(kind: RunKind, expected: OperationStatus, columns: str, which: str = ONE) -> str:
    """Return the statement that opens runs and returns columns of the operations and of `run_options, queue_key`."""
    return START.format(
        which=which,
        change=start_assignments(kind),
        guard=start_condition(kind, expected),
        queue_key=NEW_QUEUE_KEY,
        progress=PROGRESS.format(waiting=HELD_RUN),
        entries=log_start(kind, expected),
        columns=columns,
    )


def start_params(
    *,
    kind: RunKind,
    expected: OperationStatus,
    options: RunOptions = NO_OPTIONS,
    touches: Sequence[UUID] | None = None,
) -> Params:
    """Return the parameters of `start_statement` except ids and lease; `touches` as in `OperationStore.start_run`."""
    event, message = log_event(kind, expected)
    return {
        "touches": None if touches is None else list(touches),
        "nobody": str(NOBODY),
        "first_workflow_id": workflow_id(NOBODY, 1),
        "later_workflow_id": workflow_id(NOBODY, 2).removesuffix("2"),
        "kind": kind.value,
        "expected": expected.value,
        "goes_on": kind is RunKind.ROLLBACK or expected is OperationStatus.EXECUTING,
        "options": as_json(options.to_json()),
        "event": event,
        "message": message,
        "held": HELD,
    }
