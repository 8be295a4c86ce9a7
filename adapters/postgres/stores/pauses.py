"""Pauses of carrier accounts and bridges: the changes, their logs, and the operations that wait."""

from uuid import UUID

from adapters.postgres.core.events import PROGRESS_CHANGE, insert_event
from adapters.postgres.core.row_factory import columns
from adapters.postgres.core.transaction import OrganizationTransaction
from domain.operations import RunRef
from domain.origin import current_origin
from domain.pauses import MAX_PROBE_FACTOR, ConnectionLogEntry, PauseCause
from domain.shipping import Connection

MAX_ENTRIES = 100

SYSTEM = "service:worker"
"""The actor of changes by the service itself."""

ENDED_BY_ANY_ANSWER = ", ".join(f"'{cause}'" for cause in PauseCause if cause.ends_with_any_answer)

PAUSE = f"""
    case when status = 'paused' then jsonb_build_object(
        'cause', coalesce(pause_cause, '{PauseCause.PERSON}'), 'reason', status_reason, 'actor', paused_by,
        'since', coalesce(paused_at, updated_at), 'next_probe_at', probe_at
    ) end
"""
"""The pause of an account or bridge, as `domain.pauses.Pause`."""

PAUSED = f"""
    select {{table}}.id as paused_id, '{{field}}' as paused_field, {PAUSE} as pause
    from {{table}}
    where organization_id = %(org)s and {{table}}.id = any(touches) and {{table}}.status = 'paused'
      and strpos(waiting.queue_key, {{table}}.id::text) > 0
"""

PROGRESS = f"""
    case when status = 'executing' then (
        select jsonb_build_object(
            'state', 'account_paused', 'cause', pause -> 'cause', 'reason', pause -> 'reason',
            'since', pause -> 'since', 'next_look_at', pause -> 'next_probe_at', paused_field, paused_id
        )
        from ({{waiting}}) as waiting cross join lateral (
            {PAUSED.format(table="carrier_accounts", field="carrier_account_id")}
            union all
            {PAUSED.format(table="bridges", field="bridge_id")}
        ) as paused
        order by pause ->> 'since' limit 1
    ) end
"""
"""Why an operation waits, as `domain.progress.Progress`.

`waiting` selects the `queue_key` of the run that a pause may hold, or no row.
"""

IS_WAITING = """
    started_at is null and closed_at is null and starts_with(queue_key, 'do:')
    and not exists (
        select from effects
        where effects.organization_id = %(org)s and effects.operation_id = runs.operation_id and effects.run = runs.run
    )
"""
"""Whether a run waits in a queue that a pause holds; a run with an effect works already, marked as started or not."""

WAITING_RUN = f"""
    select queue_key from runs
    where runs.organization_id = %(org)s and operation_id = id and run = current_run and {IS_WAITING}
"""
"""The operation's newest run, if it waits in Postgres in a queue that a pause holds."""

MARK = """
    update runs set is_held = {is_held}
    from (
        select operation_id, run from runs
        where organization_id = %(org)s and {waits} and strpos(queue_key, %(id)s::text) > 0
          and exists (select from changed where is_new) and {condition}
        for update skip locked
    ) as waiting
    where runs.operation_id = waiting.operation_id and runs.run = waiting.run
    returning runs.organization_id, runs.operation_id
"""
"""Marks the runs that wait for the changed account or bridge. It skips runs that are being started at this moment."""

OTHERWISE_PAUSED = " or ".join(
    f"exists (select from {table} where organization_id = %(org)s and {table}.id <> %(id)s and status = 'paused'"
    f" and strpos(queue_key, {table}.id::text) > 0)"
    for table in ("carrier_accounts", "bridges")
)

HOLD_WAITING = MARK.format(waits=IS_WAITING, is_held="true", condition="true")
RELEASE_WAITING = MARK.format(waits=IS_WAITING, is_held="false", condition=f"is_held and not ({OTHERWISE_PAUSED})")

LOG_MARKED = insert_event(
    """
    from marked cross join (
        select jsonb_build_object('state', 'account_paused') || pause || jsonb_build_object(
            'next_look_at', pause -> 'next_probe_at', concat(%(subject)s::text, '_id'), id
        ) as progress
        from changed
    ) as connection
    join operations on operations.organization_id = %(org)s and operations.id = marked.operation_id
    """,
    row="operations",
    event="%(operation_event)s",
    changes=PROGRESS_CHANGE,
    progress="connection.progress",
)

LOG_CHANGE = f"""
    marked as (
        {{mark}}
    ), entries as (
        {LOG_MARKED}
    )
    select set_config('orderly.reason', coalesce(%(reason)s, ''), true) from changed
"""
"""Logs a change, unless it was a failed probe, on each operation that waits for the account or bridge.

A trigger logs it on the account or bridge itself, with this reason if it is resumed.
"""

PROBE_INTERVAL = f"%(first)s * least(power(2, least(probes, 10)), {MAX_PROBE_FACTOR}) * interval '1 second'"
"""The first interval times 1, 2, 4 ... up to 30, by the number of probes."""

PAUSE_BY_PERSON = f"""
    with changed as (
        update {{table}}
        set status = 'paused', status_reason = %(reason)s, pause_cause = '{PauseCause.PERSON}', paused_by = %(actor)s,
            paused_at = now(), probe_at = null, probes = 0, probed_by = null, updated_at = now()
        where organization_id = %(org)s and id = %(id)s
        returning organization_id, id, true as is_new, {PAUSE} as pause
    ), {LOG_CHANGE.format(mark=HOLD_WAITING)}
"""

PAUSE_FOR_CAUSE = f"""
    with changed as (
        update {{table}}
        set status = 'paused', status_reason = %(reason)s, pause_cause = %(cause)s, paused_by = %(actor)s,
            paused_at = case when status = 'paused' then paused_at else now() end, probed_by = null,
            probe_at = now() + greatest({PROBE_INTERVAL}, %(after)s * interval '1 second'),
            updated_at = case when status = 'paused' then updated_at else now() end
        where organization_id = %(org)s and id = %(id)s and (
            status = 'active' and updated_at = %(version)s or status = 'paused' and probed_by = %(operation_id)s
        )
        returning organization_id, id, probes = 0 as is_new, {PAUSE} as pause
    ), {LOG_CHANGE.format(mark=HOLD_WAITING)}
"""

RESUME = f"""
    with changed as (
        update {{table}}
        set status = 'active', status_reason = null, pause_cause = null, paused_by = null, paused_at = null,
            resumed_at = now(), probe_at = null, probes = 0, probed_by = null, updated_at = now()
        where organization_id = %(org)s and id = %(id)s and status <> 'active' and {{guard}}
        returning organization_id, id, true as is_new, null::jsonb as pause
    ), {LOG_CHANGE.format(mark=RELEASE_WAITING)}
"""

AFTER_PROBE = f"""
    status = 'paused' and probed_by = %(operation_id)s
    and (%(after_purchase)s or pause_cause in ({ENDED_BY_ANY_ANSWER}))
"""

AUTH_FAILED = """
    update {table}
    set status = 'auth_failed', status_reason = %(reason)s, probe_at = null, probes = 0, probed_by = null,
        updated_at = now()
    where organization_id = %(org)s and id = %(id)s and updated_at = %(version)s
      and (status = 'active' or status = 'paused' and probe_at is not null)
"""
"""Changes nothing if the connection changed after it was opened: it may have other credentials."""

RELEASED = "The operation waits no longer: its run has started."

SUBJECTS = {"carrier_accounts": "carrier_account", "bridges": "bridge"}
NAMES = {"carrier_accounts": "The carrier account", "bridges": "The bridge"}

ENTRIES = f"""
    select {columns(ConnectionLogEntry)} from (
        select ordinal, {columns(ConnectionLogEntry, at="created_at", event="split_part(type, '.', 2)")} from events
        where organization_id = %(org)s and subject_id = %(id)s and message is not null
        order by ordinal desc limit {MAX_ENTRIES}
    ) as newest order by ordinal
"""


async def pause(transaction: OrganizationTransaction, table: str, ident: UUID, *, reason: str | None) -> None:
    """Pause an account or bridge for a person."""
    await transaction.fetch_value(
        PAUSE_BY_PERSON.format(table=table),
        subject=SUBJECTS[table],
        id=ident,
        actor=current_origin().actor,
        reason=reason,
        operation_event="operation.held",
        message=_message(table, "is paused", reason),
    )


async def resume(transaction: OrganizationTransaction, table: str, ident: UUID, *, reason: str | None) -> None:
    """Make an account or bridge active again; does nothing if it is active."""
    await transaction.fetch_value(
        RESUME.format(table=table, guard="true"),
        subject=SUBJECTS[table],
        id=ident,
        reason=reason,
        operation_event="operation.released",
        message=_message(table, "is active again", reason),
    )


async def pause_for_cause(
    transaction: OrganizationTransaction,
    run: RunRef,
    connection: Connection,
    cause: PauseCause,
    reason: str,
    *,
    after: float | None,
    first: float,
) -> None:
    """Pause an account or bridge for a cause other than a person; see `domain.ports.ledger.ActivityReads`."""
    for table in NAMES:
        await transaction.fetch_value(
            PAUSE_FOR_CAUSE.format(table=table),
            subject=SUBJECTS[table],
            id=connection.id,
            version=connection.version,
            operation_id=run.operation_id,
            cause=cause.value,
            reason=reason,
            after=after or 0.0,
            first=first,
            actor=SYSTEM,
            operation_event="operation.held",
            message=_message(table, "is paused", reason),
        )


async def resume_after_probe(
    transaction: OrganizationTransaction, run: RunRef, connection: Connection, *, after_purchase: bool
) -> None:
    """Make an account or bridge active again after a probe; see `domain.ports.ledger.ActivityReads`."""
    for table in NAMES:
        await transaction.fetch_value(
            RESUME.format(table=table, guard=AFTER_PROBE),
            subject=SUBJECTS[table],
            id=connection.id,
            operation_id=run.operation_id,
            after_purchase=after_purchase,
            reason="a probe succeeded",
            operation_event="operation.released",
            message=_message(table, "is active again", "a probe succeeded"),
        )


async def switch_off(transaction: OrganizationTransaction, connection: Connection, reason: str) -> None:
    """Disable an account or bridge whose credentials were refused."""
    for table in NAMES:
        await transaction.execute(
            AUTH_FAILED.format(table=table),
            id=connection.id,
            version=connection.version,
            reason=reason,
        )


async def read_log(transaction: OrganizationTransaction, ident: UUID) -> list[ConnectionLogEntry]:
    """Return the newest log entries of an account or bridge, oldest first."""
    return await transaction.fetch_all(ConnectionLogEntry, ENTRIES, id=ident)


def _message(table: str, what: str, reason: str | None) -> str:
    return f"{NAMES[table]} {what}: {reason}" if reason else f"{NAMES[table]} {what}."
