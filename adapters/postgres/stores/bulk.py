"""Bulk calls on operations: few statements, and locks that are always taken in the same order."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from adapters.postgres.core.filters import build_where
from adapters.postgres.core.transaction import OrganizationTransaction, Params
from adapters.postgres.stores import shipment_uses
from adapters.postgres.stores.operations import COLUMN_FILTERS, COLUMNS, log_creation
from adapters.postgres.stores.start_run import MANY, start_params, start_statement
from domain.ids import new_id
from domain.json_values import to_json
from domain.operations import NewOperation, Operation, OperationStatus, RunKind
from domain.ports.bulk import LockedOperation

CREATE = f"""
    with given as (
        select * from jsonb_to_recordset(%(operations)s) as given
            (id uuid, type text, order_id uuid, input jsonb, plan jsonb, touches uuid[], is_irreversible boolean,
             overrides jsonb, uses uuid[], removes boolean, purchase_hash text, metadata jsonb)
    ), operation as (
        insert into operations (id, organization_id, type, status, order_id, input, plan, touches, is_irreversible,
                                purchase_hash, metadata, undo_status, current_run)
        select id, %(org)s, type, 'pending', order_id, input, plan, touches, is_irreversible, purchase_hash, metadata,
               'none', 0
        from given
        returning *
    ), entry as (
        {log_creation("from operation join given using (id)", overrides="given.overrides")}
    ), used as (
        {shipment_uses.INSERT.format(operations="select id, uses, removes from operation join given using (id)")}
    )
    select {COLUMNS} from operation order by id
"""

LOCK_PENDING = """
    select id, type from operations
    where {where}
    order by created_at, id limit %(limit)s
    for update
"""
"""Rows are always locked in this order, so that concurrent calls can't deadlock."""

EXECUTE = start_statement(RunKind.EXECUTE, OperationStatus.PENDING, "id", MANY)
AT_A_TIME = 1_000
"""Runs per statement, so that a statement ends long before its time limit."""

STATUSES = "select id, status from operations where organization_id = %(org)s and id = any(%(ids)s)"


class PostgresBulk:
    """Implements `domain.ports.bulk.BulkStore` in Postgres."""

    def __init__(self, transaction: OrganizationTransaction) -> None:
        self._transaction = transaction

    async def create(self, operations: Sequence[NewOperation]) -> list[Operation]:
        ids = sorted(new_id() for _ in operations)
        rows = [_row(ident, operation) for ident, operation in zip(ids, operations, strict=True)]
        return await self._transaction.fetch_all(Operation, CREATE, operations=Jsonb(rows))

    async def lock_pending(self, filters: Mapping[str, Any], limit: int) -> list[LockedOperation]:
        where = build_where(COLUMN_FILTERS, {"status": OperationStatus.PENDING.value, **filters})
        sql = LOCK_PENDING.format(where=where.whole.condition)
        return await self._transaction.fetch_all(LockedOperation, sql, **where.params, limit=limit)

    async def execute(self, locked: Sequence[LockedOperation]) -> int:
        opened = 0
        # Sorted by type: a statement locks the counters in that order, and so must several statements.
        ids = [operation.id for operation in sorted(locked, key=lambda operation: operation.type)]
        for first in range(0, len(ids), AT_A_TIME):
            chunk = ids[first : first + AT_A_TIME]
            params = start_params(kind=RunKind.EXECUTE, expected=OperationStatus.PENDING)
            opened += len(await self._transaction.fetch_all(dict, EXECUTE, ids=chunk, lease_seconds=0, **params))
        return opened

    async def statuses(self, operation_ids: Collection[UUID]) -> dict[UUID, OperationStatus]:
        found = await self._transaction.fetch_all(dict, STATUSES, ids=list(operation_ids))
        return {row["id"]: OperationStatus(row["status"]) for row in found}


def _row(ident: UUID, operation: NewOperation) -> Params:
    return {
        "id": str(ident),
        "type": operation.type,
        "order_id": str(operation.order_id) if operation.order_id else None,
        "input": operation.input,
        "plan": to_json(operation.plan),
        "touches": [str(touched) for touched in operation.touches],
        "is_irreversible": operation.is_irreversible,
        "overrides": operation.overrides,
        "uses": [str(used) for used in operation.uses],
        "removes": operation.removes,
        "purchase_hash": operation.purchase_hash,
        "metadata": operation.metadata,
    }
