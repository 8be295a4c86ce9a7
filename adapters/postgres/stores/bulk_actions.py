"""The store of bulk actions."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from adapters.postgres.core.filters import Where, build_where
from adapters.postgres.core.paging import Listing
from adapters.postgres.core.row_factory import as_json, columns
from adapters.postgres.core.rows import PostgresRows
from adapters.postgres.core.transaction import Transaction
from adapters.postgres.stores.operations import COLUMN_FILTERS
from adapters.postgres.stores.pauses import PROGRESS, WAITING_RUN
from domain.bulk_actions import (
    HELD_FILTER,
    STOPPED,
    BulkAction,
    BulkActionKind,
    BulkItem,
    ItemResult,
    NewBulkAction,
    OpenBulkAction,
)
from domain.ids import new_id
from domain.json_values import to_json
from domain.origin import current_origin
from domain.ports.rows import PageQuery, Total

COLUMNS = columns(BulkAction)
LISTING = Listing(
    row=BulkAction,
    table="bulk_actions",
    columns=COLUMNS,
    sorts={"created_at": ("created_at",)},
    filters={"action": "action = {}", "status": "case when ended_at is null then 'running' else 'ended' end = {}"},
)
ITEMS = Listing(
    row=BulkItem,
    table="bulk_items",
    columns=columns(BulkItem),
    sorts={"created_at": ("created_at",)},
    filters={"bulk_action_id": "bulk_action_id = {}", "status": "status = {}"},
)

NEEDED: Mapping[BulkActionKind, str] = {
    BulkActionKind.EXECUTE: "status = 'pending'",
    BulkActionKind.CANCEL: "status = 'pending'",
    BulkActionKind.RETRY: "status = 'failed' and attention is null",
    BulkActionKind.UNDO: "status = 'completed' and undo_status in ('none', 'failed')",
}
"""The operations that a filter can match, by action."""

HELD = f"({PROGRESS.format(waiting=WAITING_RUN)}) is not null"
"""The other operations that can be cancelled."""

FILTERS: Mapping[str, str] = {
    **COLUMN_FILTERS,
    "bulk_action_id": """id in (
        select operation_id from bulk_items where organization_id = %(org)s and bulk_action_id = {}
    )""",
}

CREATE = f"""
    with chosen as (
        select id, created_at from operations where {{where}} order by created_at, id limit %(limit)s
    ), items as (
        insert into bulk_items (id, organization_id, bulk_action_id, operation_id, created_at)
        select gen_random_uuid(), %(org)s, %(id)s, id, created_at from chosen
    )
    insert into bulk_actions (id, organization_id, action, filter, force, reason, actor, total, waiting, ended_at)
    select %(id)s, %(org)s, %(action)s, %(filter)s, %(force)s, %(reason)s, %(actor)s, count(*), count(*),
           case when count(*) = 0 then now() end
    from chosen
    returning {COLUMNS}
"""

MISSING = """
    select id from unnest(%(ids)s::uuid[]) as id
    where not exists (
        select from operations where operations.organization_id = %(org)s and operations.id = id.id
    )
"""

OPEN = """
    select distinct on (organization_id) organization_id, id, actor, request_id from bulk_actions
    where ended_at is null and (waiting > 0 or settle_at <= now())
    order by organization_id, random()
"""
"""One action of each organization, in any order: an action that can't proceed does not hold up the others."""

LOCK = f"""
    select {COLUMNS} from bulk_actions
    where organization_id = %(org)s and id = %(id)s and ended_at is null
    for update skip locked
"""

NEXT = f"""
    select {columns(BulkItem)} from bulk_items
    where organization_id = %(org)s and bulk_action_id = %(id)s and status = 'waiting' and try_at <= now()
    order by created_at {{direction}}, id {{direction}} limit %(limit)s
"""

HAS_OPEN = """
    select exists (
        select from bulk_items
        where organization_id = %(org)s and bulk_action_id = %(id)s and operation_id = any(%(operation_ids)s)
          and status in ('waiting', 'running')
    )
"""

COUNT_CHANGES = """
    update bulk_actions as action
    set waiting = action.waiting - changes.tried, running = action.running + changes.running,
        succeeded = action.succeeded + changes.succeeded, failed = action.failed + changes.failed,
        skipped = action.skipped + changes.skipped,
        updated_at = case when changes.items > 0 then now() else action.updated_at end,
        ended_at = case when action.waiting - changes.tried + action.running + changes.running = 0 then now() end {also}
    from (
        select count(*) as items, count(*) filter (where was = 'waiting') as tried,
               count(*) filter (where status = 'running') - count(*) filter (where was = 'running') as running,
               count(*) filter (where status = 'succeeded') as succeeded,
               count(*) filter (where status = 'failed') as failed,
               count(*) filter (where status = 'skipped') as skipped
        from changed
    ) as changes
    where action.organization_id = %(org)s and action.id = %(id)s
"""

STOP = f"""
    with changed as (
        update bulk_items set status = 'skipped', error = %(error)s, updated_at = now()
        where organization_id = %(org)s and bulk_action_id = %(id)s and status = 'waiting'
        returning status, 'waiting' as was
    )
    {COUNT_CHANGES.format(also="")}
"""

SETTLE_AGAIN = """,
        settle_at = clock_timestamp()
                    + greatest(interval '1 second', least(interval '30 seconds',
                          50 * (clock_timestamp() - statement_timestamp())))
"""

RECORD = f"""
    with results as (
        select * from jsonb_to_recordset(%(results)s) as result (id uuid, status text, run int, error jsonb)
    ), postponed as (
        update bulk_items set try_at = now() + interval '1 second'
        from results
        where organization_id = %(org)s and bulk_items.id = results.id and results.status = 'waiting'
    ), changed as (
        update bulk_items
        set status = results.status, run = results.run, error = results.error, updated_at = now()
        from results
        where organization_id = %(org)s and bulk_items.id = results.id and results.status <> 'waiting'
        returning bulk_items.status, 'waiting' as was
    )
    {COUNT_CHANGES.format(also="")}
"""

SETTLE = f"""
    with ended as (
        select items.id, closed.result,
               case when closed.result in ('completed', 'undone') then null
                    when closed.result = 'cancelled' then jsonb_build_object(
                        'code', 'cancelled', 'message', 'The operation was cancelled while it waited.')
                    when closed.result = 'attention' then jsonb_build_object(
                        'code', attention ->> 'reason', 'message', attention ->> 'message')
                    else jsonb_build_object('code', problem ->> 'code', 'message', problem ->> 'message')
               end as error
        from bulk_items as items
        cross join lateral (
            select result from runs
            where runs.organization_id = %(org)s and runs.operation_id = items.operation_id and runs.run >= items.run
              and closed_at is not null and result not in ('held', 'drift')
            order by runs.run limit 1
        ) as closed
        join operations on operations.organization_id = %(org)s and operations.id = items.operation_id
        cross join lateral (
            select case when closed.result = 'undo_failed' then undo_error else operations.error end as problem
        ) as causes
        where items.organization_id = %(org)s and items.bulk_action_id = %(id)s and items.status = 'running'
    ), changed as (
        update bulk_items
        set status = case when ended.result in ('completed', 'undone') then 'succeeded' else 'failed' end,
            error = ended.error, updated_at = now()
        from ended
        where organization_id = %(org)s and bulk_items.id = ended.id
        returning bulk_items.status, 'running' as was
    )
    {COUNT_CHANGES.format(also=SETTLE_AGAIN)}
"""
"""A run that was held, or that drifted, is followed by another one. Reading the runs takes a fiftieth of the time, and
is repeated after 30 s at the latest."""

IS_DUE = "select settle_at <= clock_timestamp() from bulk_actions where organization_id = %(org)s and id = %(id)s"


class PostgresBulkActions(PostgresRows[BulkAction]):
    """Implements `domain.ports.bulk_actions.BulkActionStore` in Postgres."""

    listing = LISTING

    async def count(self, action: BulkActionKind, filters: Mapping[str, Any]) -> int:
        where = _build_where(action, filters)
        sql = f"select count(*) from operations where {where.whole.condition}"
        counted: int = await self._transaction.fetch_value(sql, **where.params)
        return counted

    async def find_missing(self, ids: Collection[UUID]) -> set[UUID]:
        return {row["id"] for row in await self._transaction.fetch_all(dict, MISSING, ids=list(ids))}

    async def create(self, new: NewBulkAction, limit: int) -> BulkAction:
        where = _build_where(new.action, new.filters) if new.ids is None else build_where(FILTERS, {"ids": new.ids})
        created = await self._transaction.fetch_one(
            BulkAction,
            CREATE.format(where=where.whole.condition),
            **where.params,
            id=new_id(),
            limit=limit,
            action=new.action.value,
            filter=as_json(to_json(new.filters)) if new.ids is None else None,
            force=new.force,
            reason=new.reason,
            actor=current_origin().actor,
        )
        assert created is not None  # noqa: S101 (an insert returns its row)
        return created

    async def list_items(
        self, ident: UUID, filters: Mapping[str, Any], page: PageQuery
    ) -> tuple[list[BulkItem], Total]:
        return await ITEMS.list_(self._transaction, {"bulk_action_id": ident, **filters}, page)

    async def stop(self, ident: UUID) -> BulkAction | None:
        sql = f"{self._select()} and id = %(id)s for update"
        action = await self._transaction.fetch_one(BulkAction, sql, id=ident)
        if action is None or action.ended_at is not None:
            return action
        await self._transaction.execute(STOP, id=ident, error=Jsonb(STOPPED))
        return await self.get(ident)

    async def lock(self, ident: UUID) -> BulkAction | None:
        return await self._transaction.fetch_one(BulkAction, LOCK, id=ident)

    async def next_items(self, action: BulkAction, limit: int) -> list[BulkItem]:
        direction = "desc" if action.action is BulkActionKind.UNDO else "asc"
        return await self._transaction.fetch_all(BulkItem, NEXT.format(direction=direction), id=action.id, limit=limit)

    async def has_open_item(self, action: BulkAction, operation_ids: Collection[UUID]) -> bool:
        found: bool = await self._transaction.fetch_value(HAS_OPEN, id=action.id, operation_ids=list(operation_ids))
        return found

    async def record(self, action: BulkAction, results: Mapping[UUID, ItemResult]) -> None:
        rows = [
            {"id": str(ident), "status": result.status.value, "run": result.run, "error": result.error}
            for ident, result in results.items()
        ]
        await self._transaction.execute(RECORD, id=action.id, results=Jsonb(rows))

    async def settle(self, action: BulkAction) -> bool:
        is_due: bool = await self._transaction.fetch_value(IS_DUE, id=action.id)
        if is_due:
            await self._transaction.execute(SETTLE, id=action.id)
        return is_due


async def find_open(transaction: Transaction) -> list[OpenBulkAction]:
    """Return one action with work to do now of each organization."""
    return await transaction.fetch_all(OpenBulkAction, OPEN)


def _build_where(action: BulkActionKind, filters: Mapping[str, Any]) -> Where:
    where = build_where(FILTERS, {name: value for name, value in filters.items() if name != HELD_FILTER})
    return where.add(HELD if HELD_FILTER in filters else NEEDED[action])
