"""Retention: deletes old finished operations in small batches."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from adapters.postgres.core.pools import Pools
from adapters.postgres.core.transaction import Transaction
from adapters.postgres.stores.erasure import ANSWERED, ERASE_ANSWERS
from domain.ports.retention import PruneCursor, PrunedBatch, WriteLines
from domain.tracking import MAX_QUIET_TIME

BATCH = 250
"""Operations that one transaction examines: its locks last about 50 ms."""

EVENTS = 1_000
"""Events that one transaction examines."""

BECOME_RETENTION = "set local role orderly_retention"

BECOME_ERASURE = """
    select set_config('role', 'orderly_erasure', true), set_config('orderly.organization_id', %(org)s::text, true)
"""

ANSWERED_EVENTS = ANSWERED.format(events="events.id = any(%(ids)s)")
ANSWERED_OPERATIONS = ANSWERED.format(events="events.subject_id = any(%(ids)s)")

FIRST = PruneCursor(datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))

NEXT_OLD = """
    select id, updated_at from operations
    where organization_id = %(organization_id)s and (updated_at, id) > (%(updated_at)s, %(id)s)
      and updated_at < now() - %(days)s * interval '1 day'
    order by updated_at, id limit %(limit)s
"""
"""Includes operations that may not be deleted, so that each batch is short."""

LOCK_PRUNABLE = """
    select id from operations
    where organization_id = %(organization_id)s and id = any(%(ids)s)
      and updated_at < now() - %(days)s * interval '1 day'
      and status in ('completed', 'failed', 'cancelled', 'undone')
      and attention is null and undo_status <> 'in_progress'
      and not exists (
          select from runs
          where runs.organization_id = operations.organization_id and runs.operation_id = operations.id
            and closed_at is null
      )
      and not exists (
          select from effects
          where effects.organization_id = operations.organization_id and effects.operation_id = operations.id
            and reversed_at is null
            and (state in ('sent', 'unknown')
                 or state = 'done' and direction = 'do' and (result ->> 'void_until')::timestamptz > now())
      )
      and not exists (
          select from bulk_items
          where bulk_items.organization_id = operations.organization_id and bulk_items.operation_id = operations.id
            and bulk_items.status in ('waiting', 'running')
      )
      and not exists (
          select from shipments
          where shipments.organization_id = operations.organization_id and shipments.operation_id = operations.id
            and status = 'label_created' and void_until is null and scanned_at is null
            and shipments.created_at > now() - %(voidable_days)s * interval '1 day'
      )
    for update skip locked
"""
"""Opening a run or resolving an effect changes the operation's row first: a locked row that is still old may go.

Most carriers name no `void_until`: their labels may be voided until the first scan, or until they are too old.
"""

ARCHIVE_LINES = """
    select jsonb_build_object(
        'operation', to_jsonb(operations),
        'logs', (
            select coalesce(jsonb_agg(jsonb_build_object(
                'id', ordinal, 'at', created_at, 'event', entry.type, 'message', message, 'actor', actor,
                'step', step, 'details', details
            ) order by ordinal), '[]') from events as entry
            where entry.organization_id = operations.organization_id and entry.subject_id = operations.id
              and message is not null
        ),
        'effects', (
            select coalesce(jsonb_agg(to_jsonb(entry) order by entry.created_at, entry.id), '[]') from effects as entry
            where entry.organization_id = operations.organization_id and entry.operation_id = operations.id
        ),
        'runs', (
            select coalesce(jsonb_agg(to_jsonb(entry) order by entry.run), '[]') from runs as entry
            where entry.organization_id = operations.organization_id and entry.operation_id = operations.id
        )
    )::text as line
    from operations where organization_id = %(organization_id)s and id = any(%(ids)s) order by updated_at, id
"""

DELETE = """
    with gone as (
        delete from operations where organization_id = %(organization_id)s and id = any(%(ids)s)
        returning id, organization_id
    )
    insert into pruned_operations (operation_id, organization_id) select id, organization_id from gone
"""
"""Foreign keys delete the dependent rows."""

RECORD_PRUNED = """
    insert into pruned_events as known (organization_id, position)
    select %(organization_id)s, max(position) from gone having max(position) is not null
    on conflict (organization_id) do update set position = greatest(known.position, excluded.position)
"""

DELETE_THEIR_EVENTS = f"""
    with gone as (
        delete from events
        where organization_id = %(organization_id)s and subject_id = any(%(ids)s)
          and created_at < now() - interval '1 day'
        returning position
    )
    {RECORD_PRUNED}
"""

NEXT_EVENTS = """
    select id, position, created_at < now() - %(days)s * interval '1 day' as is_old,
           subject_type = 'operation' and exists (
               select from operations
               where operations.organization_id = %(organization_id)s and operations.id = subject_id
           ) as is_needed
    from events
    where organization_id = %(organization_id)s and position > %(after)s
    order by position limit %(limit)s
"""

DELETE_EVENTS = f"""
    with gone as (
        delete from events where organization_id = %(organization_id)s and id = any(%(ids)s) returning position
    )
    {RECORD_PRUNED}
"""

DELETE_BULK_ACTIONS = """
    delete from bulk_actions
    where organization_id = %(organization_id)s and ended_at < now() - %(days)s * interval '1 day' and not exists (
        select from bulk_items
        where bulk_items.organization_id = bulk_actions.organization_id and bulk_action_id = bulk_actions.id
    )
"""
"""Deletes old bulk actions whose operations were all deleted before, with their items."""


class PostgresRetention:
    """Implements `domain.ports.retention.Retention` in Postgres."""

    def __init__(self, pools: Pools) -> None:
        self._pools = pools

    async def organizations(self) -> list[UUID]:
        async with self._pools.system_statements() as transaction:
            return [row["id"] for row in await transaction.fetch_all(dict, "select id from organizations order by id")]

    async def prune(
        self, organization_id: UUID, days: int, after: PruneCursor | None, write_lines: WriteLines | None
    ) -> PrunedBatch:
        async with self._pools.system() as transaction:
            cursors = await _next_old(transaction, organization_id, days, after or FIRST)
            if not cursors:
                await transaction.execute(DELETE_BULK_ACTIONS, organization_id=organization_id, days=days)
                return PrunedBatch(0, None)
            params = {"organization_id": organization_id, "days": days, "ids": [cursor.id for cursor in cursors]}
            locked = [
                row["id"]
                for row in await transaction.fetch_all(dict, LOCK_PRUNABLE, **params, voidable_days=MAX_QUIET_TIME.days)
            ]
            deleted = await _delete(transaction, organization_id, locked, write_lines) if locked else 0
        return PrunedBatch(deleted, cursors[-1])

    async def prune_events(self, organization_id: UUID, days: int, after: int) -> int | None:
        async with self._pools.system() as transaction:
            events = await transaction.fetch_all(
                dict, NEXT_EVENTS, organization_id=organization_id, days=days, after=after, limit=EVENTS
            )
            ids = [event["id"] for event in events if event["is_old"] and not event["is_needed"]]
            if ids:
                await _erase_answers(transaction, organization_id, ANSWERED_EVENTS, ids)
                await transaction.execute(BECOME_RETENTION)
                await transaction.execute(DELETE_EVENTS, organization_id=organization_id, ids=ids)
        return events[-1]["position"] if len(events) == EVENTS and events[-1]["is_old"] else None


async def _next_old(
    transaction: Transaction, organization_id: UUID, days: int, after: PruneCursor
) -> list[PruneCursor]:
    return await transaction.fetch_all(
        PruneCursor,
        NEXT_OLD,
        organization_id=organization_id,
        days=days,
        updated_at=after.updated_at,
        id=after.id,
        limit=BATCH,
    )


async def _delete(
    transaction: Transaction, organization_id: UUID, ids: Sequence[UUID], write_lines: WriteLines | None
) -> int:
    if write_lines is not None:
        lines = await transaction.fetch_all(dict, ARCHIVE_LINES, organization_id=organization_id, ids=ids)
        await write_lines([row["line"] for row in lines])
    await _erase_answers(transaction, organization_id, ANSWERED_OPERATIONS, ids)
    await transaction.execute(BECOME_RETENTION)
    deleted = await transaction.execute(DELETE, organization_id=organization_id, ids=ids)
    await transaction.execute(DELETE_THEIR_EVENTS, organization_id=organization_id, ids=ids)
    return deleted


async def _erase_answers(transaction: Transaction, organization_id: UUID, answered: str, ids: Sequence[UUID]) -> None:
    """Erase the answers of webhook receivers: the erasure of an order finds them only by their events."""
    found = await transaction.fetch_all(dict, answered, org=organization_id, ids=ids)
    if not found:
        return
    await transaction.execute(BECOME_ERASURE, org=organization_id)
    for statement in ERASE_ANSWERS:
        await transaction.execute(statement, org=organization_id, deliveries=[row["id"] for row in found])
