"""The SQL that inserts events of operations. A trigger inserts those of all other resources."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Required, TypedDict, Unpack

from domain.results import LabelResult, PushResult, StatusResult, VoidedShipment

RESULTS = (LabelResult, PushResult, StatusResult, VoidedShipment)
OUTPUT_FIELDS = sorted({field.name for result in RESULTS for field in fields(result)})
"""The fields of `output` in events: ids, numbers and amounts. An installed type may return others, which stay out."""

ERROR_FIELDS = ("code", "step", "retryable", "rolled_back", "vendor_code")

DATA_COLUMNS = """
    organization_id, id, type, status, order_id, output, error, attention, undo_status, undo_at, executed_at,
    completed_at, created_at, updated_at
"""
"""The columns of an operation that its events need. None of them has personal data, except parts of the JSON."""


def utc(moment: str) -> str:
    """Return SQL for the time as the API shows it."""
    return f"""replace(to_char({moment} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '.000000', '')"""


def _items(column: str, names: Sequence[str]) -> str:
    """Return SQL for these names and their JSON values, as arguments of `jsonb_build_object`."""
    return ", ".join(f"'{name}', {column} -> '{name}'" for name in names)


def _times(column: str, names: Sequence[str]) -> str:
    return ", ".join(f"'{name}', " + utc(f"({column} ->> '{name}')::timestamptz") for name in names)


def attention_data(column: str) -> str:
    """Return SQL for an attention as events show it: without its message."""
    return f"""
        case when {column} is not null then jsonb_build_object(
            {_items(column, ("reason", "step", "choices"))}, {_times(column, ("since", "not_before"))}) end
    """


def _operation_data(row: str, progress: str) -> str:
    """Return SQL for an operation as lists show it, without input, addresses and texts of people or vendors."""
    names = ", ".join(f"'{name}'" for name in OUTPUT_FIELDS)
    times = ("executed_at", "completed_at", "created_at", "updated_at", "undo_at")
    return f"""
        jsonb_build_object(
            'id', {row}.id, 'type', {row}.type, 'status', {row}.status, 'order_id', {row}.order_id,
            {", ".join(f"'{name}', " + utc(f"{row}.{name}") for name in times)},
            'undo', jsonb_build_object('status', {row}.undo_status),
            'output', case when {row}.output is not null then coalesce((
                select jsonb_object_agg(key, value) from jsonb_each({row}.output) where key in ({names})
            ), jsonb_build_object()) end,
            'error', case when {row}.error is not null
                          then jsonb_build_object({_items(f"{row}.error", ERROR_FIELDS)}) end,
            'attention', {attention_data(f"{row}.attention")},
            'progress', case when {progress} is not null then jsonb_build_object(
                {_items(progress, ("state", "step", "cause", "carrier_account_id", "bridge_id"))},
                {_times(progress, ("since", "next_look_at", "until", "not_before"))}) end
        )
    """


def status_change(before: str, after: str) -> str:
    """Return SQL for `changes` of a statement that changes the status from one to another."""
    return f"jsonb_build_array(jsonb_build_object('field', 'status', 'before', '{before}', 'after', '{after}'))"


PROGRESS_CHANGE = "jsonb_build_array(jsonb_build_object('field', 'progress'))"


def changes(**values: tuple[str, str]) -> str:
    """Return SQL for `changes`: the fields whose value before, which is the first SQL expression, is not that after."""
    rows = ", ".join(
        f"('{name.replace('__', '.')}', to_jsonb({before}), to_jsonb({after}))"
        for name, (before, after) in values.items()
    )
    return f"""(
        select jsonb_agg(jsonb_build_object('field', field, 'before', before, 'after', after))
        from (values {rows}) as change (field, before, after) where before is distinct from after
    )"""


class EventParts(TypedDict, total=False):
    """The parts of an event, as SQL.

    An event without `message` does not appear in the operation's log. Without `actor`, it has that of the transaction.
    `progress`: as `domain.progress.Progress`.
    """

    event: Required[str]
    message: str
    actor: str
    step: str
    details: str
    changes: str
    progress: str


DEFAULTS: EventParts = {
    "event": "",
    "message": "%(message)s",
    "step": "null::text",
    "details": "null::jsonb",
    "changes": "null::jsonb",
    "progress": "null::jsonb",
}


def insert_event(source: str, *, row: str, **parts: Unpack[EventParts]) -> str:
    """Return an `insert` statement, which may also stand in a `with` clause.

    `source` holds the `from` and `where` clauses: each of its rows becomes one event. `row` is the name of the
    operation's row in it, with `DATA_COLUMNS`. Here `progress` must be a column.
    """
    sql: EventParts = {**DEFAULTS, **parts}
    actor = sql.get("actor")
    return f"""
        insert into events (organization_id, type, subject_type, subject_id, message, step, details, changes, data
                            {"" if actor is None else ", actor"})
        select {row}.organization_id, {sql["event"]}, 'operation', {row}.id, {sql["message"]}, {sql["step"]},
               {sql["details"]}, {sql["changes"]}, {_operation_data(row, sql["progress"])}
               {"" if actor is None else f", {actor}"}
        {source}
    """


def insert_event_by_id(
    source: str = "",
    *,
    organization_id: str = "organization_id",
    operation_id: str = "operation_id",
    **parts: Unpack[EventParts],
) -> str:
    """Return an `insert` statement as `insert_event`, for a source without the operation's row.

    The event has the operation as it was before the statement. `changes` and `progress` are SQL on the columns of that
    row, the other parts on those of `source`. Without `source`, the statement inserts one event.
    """
    sql: EventParts = {**DEFAULTS, **parts}
    texts = {"event": sql["event"], "message": sql["message"], "step": sql["step"], "actor": sql.get("actor", "null")}
    casts = ", ".join(f"({text})::text as {name}" for name, text in texts.items())
    entry = f"""
        from (
            select {organization_id} as organization_id, {operation_id} as operation_id,
                   ({sql["details"]})::jsonb as details, {casts}
            {source}
        ) as entry
        join operations as subject
            on subject.organization_id = entry.organization_id and subject.id = entry.operation_id
        cross join lateral (select {sql["progress"]} as progress) as waiting
    """
    columns: EventParts = {
        "event": "entry.event",
        "message": "entry.message",
        "step": "entry.step",
        "details": "entry.details",
        "changes": sql["changes"],
        "progress": "waiting.progress",
    }
    if "actor" in parts:
        columns["actor"] = "entry.actor"
    return insert_event(entry, row="subject", **columns)
