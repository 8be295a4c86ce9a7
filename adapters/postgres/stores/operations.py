"""The store of operations, with their logs, runs and effects."""

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

import psycopg

from adapters.postgres.core.events import attention_data, changes, insert_event, insert_event_by_id, status_change
from adapters.postgres.core.filters import BY_METADATA, TIMES, Link
from adapters.postgres.core.paging import Counters, Listing
from adapters.postgres.core.row_factory import as_json, columns
from adapters.postgres.core.rows import PostgresRows
from adapters.postgres.core.search import Search
from adapters.postgres.core.transaction import OrganizationTransaction
from adapters.postgres.stores import shipment_uses
from adapters.postgres.stores.attention import SINCE_NOW, restored_attention
from adapters.postgres.stores.first_reads import FIRST_READS, FirstReads
from adapters.postgres.stores.looking import LOOKING
from adapters.postgres.stores.order_status import refresh_status
from adapters.postgres.stores.orders import BY_ORDER_NUMBER
from adapters.postgres.stores.pauses import PROGRESS, WAITING_RUN
from adapters.postgres.stores.start_run import LEASE_SECONDS, start_params, start_statement
from adapters.postgres.stores.workers import IS_IN_FLIGHT
from domain.codes import FailureCode
from domain.effects import Direction, Effect
from domain.errors import OrderNotFound
from domain.ids import new_id, workflow_id
from domain.operations import (
    NO_OPTIONS,
    LogEntry,
    NewOperation,
    Operation,
    OperationError,
    OperationStatus,
    Run,
    RunKind,
    RunOptions,
    SamePurchase,
    ShipmentUser,
)
from domain.origin import current_origin
from domain.ports.rows import PageQuery, Total
from domain.ports.stores import OperationRecord
from domain.tracking import TrackingStatus

COLUMNS = columns(Operation, progress=f"coalesce({PROGRESS.format(waiting=WAITING_RUN)}, {LOOKING})")
BY_TRACKING_NUMBER = """
    select operation_id from shipments where organization_id = %(org)s and tracking_number = any({})
    union all
    select shipment_uses.operation_id from shipments join shipment_uses on shipment_id = shipments.id
    where shipments.organization_id = %(org)s and tracking_number = any({})
      and shipment_uses.organization_id = %(org)s
"""
OF_ORDER = """
    select operations.id from orders join operations on order_id = orders.id
    where orders.organization_id = %(org)s and operations.organization_id = %(org)s and {{text:orders.{}}}
"""
SEARCH = Search(
    (
        "select id from operations where organization_id = %(org)s and {id:id}",
        "select id from operations where organization_id = %(org)s and {id:order_id}",
        OF_ORDER.format("external_id"),
        OF_ORDER.format("order_number"),
        "select operation_id from shipments where organization_id = %(org)s and {text:tracking_number}",
        """
        select shipment_uses.operation_id from shipments join shipment_uses on shipment_id = shipments.id
        where shipments.organization_id = %(org)s and shipment_uses.organization_id = %(org)s
          and {text:tracking_number}
        """,
    )
)
COLUMN_FILTERS: Mapping[str, str] = {
    **TIMES,
    "status": "status = {}",
    "type": "type = {}",
    "order_id": "order_id = {}",
    "order_number": f"order_id = any(array({BY_ORDER_NUMBER}))",
    "tracking_number": f"id = any(array({BY_TRACKING_NUMBER}))",
    "carrier_account_id": "carrier_account_id = {}",
    "bridge_id": "bridge_id = {}",
    "error_code": "error_code = {}",
    "attention": "attention is not null",
    "ids": "id = any({})",
}
LISTING = Listing(
    row=Operation,
    table="operations",
    columns=COLUMNS,
    sorts={
        "created_at": ("created_at",),
        "updated_at": ("updated_at",),
        "executed_at": ("executed_at",),
        "type": ("type", "created_at"),
        "status": ("status", "created_at"),
    },
    filters={
        **COLUMN_FILTERS,
        "actor": Link("events", "subject_id", "actor = {} and type = 'operation.created'"),
        "metadata": Link("operation_metadata", "operation_id", BY_METADATA, key="id"),
    },
    nullable=frozenset({"executed_at"}),
    search=SEARCH,
    counters=Counters("operation_counts", frozenset({"status", "type"})),
)


def log_creation(source: str, *, overrides: str) -> str:
    return insert_event(
        source,
        row="operation",
        event="'operation.created'",
        message="'The operation was recorded.'",
        details=overrides,
    )


CREATE = f"""
    with operation as (
        insert into operations (id, organization_id, type, status, order_id, input, plan, touches, is_irreversible,
                                purchase_hash, metadata, undo_status, current_run)
        values (%(id)s, %(org)s, %(type)s, 'pending', %(order_id)s, %(input)s, %(plan)s, %(touches)s::uuid[],
                %(is_irreversible)s, %(purchase_hash)s, %(metadata)s, 'none', 0)
        returning *
    ), entry as (
        {log_creation("from operation", overrides="%(overrides)s")}
    ), used as (
        {shipment_uses.INSERT.format(operations="select id, %(uses)s::uuid[], %(removes)s from operation")}
    )
    select {COLUMNS} from operation
"""


def log_cancel(before: OperationStatus) -> str:
    return insert_event(
        "from operation",
        row="operation",
        event="'operation.cancelled'",
        changes=status_change(before, OperationStatus.CANCELLED),
    )


CANCEL = f"""
    with operation as (
        update operations set status = 'cancelled', updated_at = now()
        where organization_id = %(org)s and id = %(id)s and status = 'pending'
        returning *
    ), entry as (
        {log_cancel(OperationStatus.PENDING)}
    )
    select {COLUMNS} from operation
"""

LOCK_WAITING = """
    select operation_id from runs
    where organization_id = %(org)s and operation_id = %(id)s and started_at is null and closed_at is null
    for update
"""
"""A separate statement, so that the next one sees the effects that a late start of the run has sent meanwhile."""

CANCEL_WAITING = f"""
    with operation as (
        update operations set status = 'cancelled', updated_at = now()
        where organization_id = %(org)s and id = %(id)s and ({PROGRESS.format(waiting=WAITING_RUN)}) is not null
          and not exists (
              select from effects
              where effects.organization_id = %(org)s and operation_id = operations.id and direction = 'do'
                and reversed_at is null and state in ('sent', 'done', 'unknown')
          )
        returning *
    ), run as (
        update runs set closed_at = now(), result = 'cancelled' from operation
        where runs.organization_id = %(org)s and operation_id = operation.id and run = current_run
    ), entry as (
        {log_cancel(OperationStatus.EXECUTING)}
    )
    select {COLUMNS} from operation
"""

LOG_CLEARED = insert_event(
    "from operation cross join before",
    row="operation",
    event="'operation.attention_cleared'",
    changes=changes(attention=(attention_data("before.attention"), attention_data("operation.attention"))),
)

CLEAR_ATTENTION = f"""
    with before as (
        select attention from operations where organization_id = %(org)s and id = %(id)s
    ), operation as (
        update operations
        set attention = case
                when status = 'failed' and attention -> 'choices' <> %(forgotten)s::jsonb -> 'choices'
                     and not is_irreversible and exists (
                         select from runs
                         where runs.organization_id = %(org)s and operation_id = operations.id and run = current_run
                           and options ? 'doubted'
                     )
                then %(forgotten)s::jsonb {SINCE_NOW}
            end,
            updated_at = now()
        where organization_id = %(org)s and id = %(id)s and attention is not null
        returning *
    ), entry as (
        {LOG_CLEARED}
    )
    select {COLUMNS} from operation
"""

"""If a restored database may lack effects, clearing the last other attention asks a person about them: without that, a
retry would send them again."""

GET = f"select {COLUMNS} from operations where organization_id = %(org)s and id = %(id)s"

LOGS = f"""
    select {columns(LogEntry, id="ordinal", at="created_at", event="type")} from events
    where organization_id = %(org)s and subject_id = %(id)s and message is not null order by ordinal
"""

EFFECT_COLUMNS = columns(
    Effect, sent_ago="extract(epoch from clock_timestamp() - sent_at)::float8", is_in_flight=IS_IN_FLIGHT.format("")
)

EFFECTS = f"""
    select {EFFECT_COLUMNS} from effects
    where organization_id = %(org)s and operation_id = %(id)s order by created_at, id
"""

RUNS = """
    select runs.organization_id, operation_id, run, kind, queue_key, workflow_id, type as operation_type,
           is_irreversible, order_id, plan, options, runs.created_at, started_at, closed_at
    from runs join operations on operations.id = runs.operation_id
    where runs.organization_id = %(org)s and operation_id = %(id)s
    order by run
"""

SCANNED = """
    select id, tracking_status from shipments
    where organization_id = %(org)s and operation_id = %(id)s and scanned_at is not null
"""

CHANGED = """
    select connection.id
    from operations cross join lateral (
        select id, updated_at from carrier_accounts where organization_id = %(org)s and id = any(touches)
        union all
        select id, updated_at from bridges where organization_id = %(org)s and id = any(touches)
    ) as connection
    where operations.organization_id = %(org)s and operations.id = %(id)s and status = 'completed'
      and connection.updated_at > coalesce(executed_at, operations.created_at)
"""

LOCK_PURCHASES = """
    select pg_advisory_xact_lock(hashtextextended(%(org)s::text || purchase, 3))
    from unnest(%(hashes)s::text[]) as purchase
"""

PURCHASES = f"""
    select distinct on (purchase_hash) {columns(SamePurchase)} from operations
    where organization_id = %(org)s and purchase_hash = any(%(hashes)s)
      and coalesce(executed_at, created_at) > now() - %(seconds)s * interval '1 second'
      and (status in ('pending', 'executing') or status = 'failed' and attention is not null
           or status = 'completed' and not exists (
               select from shipments
               where shipments.organization_id = %(org)s and operation_id = operations.id and voided_at is not null
           ))
    order by purchase_hash, created_at desc
"""
"""Open operations, and those whose label is not voided."""

RECORD: tuple[tuple[type[Any], str], ...] = (
    (Run, RUNS),
    (Operation, GET),
    (LogEntry, LOGS),
    (Effect, EFFECTS),
    (dict, SCANNED),
    (dict, shipment_uses.DEPENDS_ON),
    (ShipmentUser, shipment_uses.USERS),
    (dict, CHANGED),
)


def log_decision(source: str, event: str) -> str:
    """Return the statement that logs a person's decision about an effect."""
    return insert_event_by_id(source, event=f"'{event}'", step="step", details="%(details)s")


SETTLE = f"""
    with settled as (
        update effects
        set state = case when %(happened)s then 'done' else 'rejected' end,
            result = case when %(happened)s then coalesce(result, '{{}}') || %(result)s else result end,
            error = case when %(happened)s then null else %(error)s end, deliveries = 0,
            outcome = case when %(happened)s and direction = 'undo' then 'done_by_hand' else outcome end,
            updated_at = now()
        where organization_id = %(org)s and id = %(id)s
          and (state = 'unknown' or (%(happened)s and direction = 'undo' and state = 'rejected')
               or (state = 'sent' and (look is not null or exists (
                   select from operations
                   where operations.organization_id = %(org)s and operations.id = effects.operation_id
                     and attention is not null))))
        returning *
    ), reversed as (
        update effects as target set reversed_at = now(), updated_at = now()
        from settled
        where %(happened)s and settled.direction = 'undo' and target.organization_id = %(org)s
          and target.id = settled.undoes and target.reversed_at is null
        returning target.id, target.reference
    ), uncounted as (
        delete from order_status_changes using reversed
        where order_status_changes.organization_id = %(org)s and effect_id = reversed.id
    ), voided as (
        update shipments set status = 'voided', voided_at = now(), updated_at = now()
        from reversed
        where shipments.organization_id = %(org)s and shipments.reference = reversed.reference
          and shipments.status = 'label_created'
    ), entry as (
        {log_decision("from settled", "effect.settled")}
    )
    select {EFFECT_COLUMNS} from settled
"""


CORRECT = f"""
    with changed as (
        update effects set result = result || %(result)s, updated_at = now()
        where organization_id = %(org)s and id = %(id)s and state = 'done' and direction = 'do' and reversed_at is null
          and exists (
              select from events as entry
              where entry.organization_id = %(org)s and entry.subject_id = effects.operation_id
                and entry.step = effects.step and entry.type = 'effect.settled'
                and entry.details ->> 'happened' = 'true')
        returning *
    ), shipment as (
        update shipments
        set carrier_shipment_id = coalesce(%(result)s ->> 'carrier_shipment_id', carrier_shipment_id),
            tracking_number = coalesce(%(result)s ->> 'tracking_number', tracking_number), updated_at = now()
        from changed
        where shipments.organization_id = %(org)s and shipments.reference = changed.reference
    ), entry as (
        {log_decision("from changed", "effect.corrected")}
    )
    select {EFFECT_COLUMNS} from changed
"""


@dataclass(frozen=True, slots=True)
class OperationWithRun(Operation):
    """An operation, and the other columns of the run that was opened with it."""

    is_irreversible: bool
    queue_key: str
    run_options: RunOptions


RUN_COLUMNS = columns(OperationWithRun)
CREATE_AND_START: tuple[tuple[type[Any], str], ...] = (
    (Operation, CREATE),
    (OperationWithRun, start_statement(RunKind.EXECUTE, OperationStatus.PENDING, RUN_COLUMNS)),
    *FIRST_READS,
)


def _wants_errors_of_others(filters: Mapping[str, Any]) -> bool:
    """Return True for an error code with statuses without errors: only failed operations have an error.

    Postgres would read every operation with that code.
    """
    if "error_code" not in filters or "status" not in filters:
        return False
    status = filters["status"]
    return OperationStatus.FAILED not in ([status] if isinstance(status, str) else status)


class PostgresOperations(PostgresRows[Operation]):
    """Implements `domain.ports.stores.OperationStore` in Postgres."""

    listing = LISTING

    def __init__(self, transaction: OrganizationTransaction, first_reads: FirstReads | None = None) -> None:
        super().__init__(transaction)
        self._first_reads = first_reads or FirstReads()

    async def list_(self, filters: Mapping[str, Any], page: PageQuery) -> tuple[list[Operation], Total]:
        if _wants_errors_of_others(filters):
            return [], Total(0)
        return await super().list_(filters, page)

    async def create(self, operation: NewOperation) -> Operation:
        with _report_missing_order(operation):
            created = await self._transaction.fetch_one(Operation, CREATE, **_new_row(operation))
        assert created is not None  # noqa: S101 (an insert returns its row)
        return created

    async def create_and_start(self, operation: NewOperation) -> tuple[Operation, Run]:
        # One pipeline, so one transaction even if the connection commits each statement.
        start = start_params(kind=RunKind.EXECUTE, expected=OperationStatus.PENDING)
        params = {**start, **_new_row(operation), "lease_seconds": LEASE_SECONDS}
        with _report_missing_order(operation):
            _, (started,), orders, accounts = await self._transaction.fetch_each(CREATE_AND_START, **params)
        created, run = _split(started, RunKind.EXECUTE)
        self._first_reads.keep(created, orders, accounts)
        return created, run

    async def record(self, operation_id: UUID) -> OperationRecord | None:
        found = await self._read_record(operation_id)
        return await self._read_record(operation_id) if found is not None and found.is_torn else found

    async def lock_and_record(self, operation_id: UUID) -> OperationRecord | None:
        found = await self._read_record(operation_id, (dict, shipment_uses.LOCK_SHIPMENTS))
        return await self._read_record(operation_id) if found is not None and found.is_torn else found

    async def _read_record(self, operation_id: UUID, *before: tuple[type[Any], str]) -> OperationRecord | None:
        # Runs first: each query sees later commits, so the operation of a closed run includes its outcome.
        fetched = await self._transaction.fetch_each((*before, *RECORD), id=operation_id)
        runs, found, logs, effects, scanned, used, users, changed = fetched[len(before) :]
        if not found:
            return None
        tracked = {row["id"]: TrackingStatus(row["tracking_status"]) for row in scanned}
        depends_on = [row["depends_on"] for row in used]
        changed_ids = [row["id"] for row in changed]
        return OperationRecord(found[0], logs, effects, runs, tracked, depends_on, users, changed_ids)

    async def find_purchases(self, hashes: Collection[str], seconds: int) -> dict[str, SamePurchase]:
        # Sorted, so that concurrent calls can't deadlock.
        await self._transaction.execute(LOCK_PURCHASES, hashes=sorted(hashes))
        found = await self._transaction.fetch_all(SamePurchase, PURCHASES, hashes=list(hashes), seconds=seconds)
        return {purchase.purchase_hash: purchase for purchase in found}

    async def total(self, filters: Mapping[str, Any]) -> int:
        """Return the exact count, from the counters if they support the filters."""
        return await LISTING.total(self._transaction, filters)

    async def effects(self, operation_id: UUID) -> list[Effect]:
        return await self._transaction.fetch_all(Effect, EFFECTS, id=operation_id)

    async def start_run(
        self,
        operation_id: UUID,
        *,
        kind: RunKind,
        expected: OperationStatus,
        options: RunOptions = NO_OPTIONS,
        touches: Sequence[UUID] | None = None,
        is_offered: bool = True,
    ) -> tuple[Operation, Run] | None:
        params: dict[str, Any] = {**start_params(kind=kind, expected=expected, options=options, touches=touches)}
        queries = ((OperationWithRun, start_statement(kind, expected, RUN_COLUMNS)), *FIRST_READS)
        found, orders, accounts = await self._transaction.fetch_each(
            queries, id=operation_id, lease_seconds=LEASE_SECONDS if is_offered else 0, **params
        )
        if not found:
            return None
        started, run = _split(found[0], kind)
        if kind is RunKind.EXECUTE:
            self._first_reads.keep(started, orders, accounts)
        return started, run

    async def cancel(self, operation_id: UUID) -> Operation | None:
        cancelled = await self._transaction.fetch_one(
            Operation, CANCEL, id=operation_id, message="The operation was cancelled."
        )
        if cancelled is not None or await self._transaction.fetch_value(LOCK_WAITING, id=operation_id) is None:
            return cancelled
        return await self._transaction.fetch_one(
            Operation,
            CANCEL_WAITING,
            id=operation_id,
            message="The operation was cancelled while it waited.",
        )

    async def clear_attention(self, operation_id: UUID, *, reason: str) -> Operation | None:
        """Clear `attention` on a person's decision, with a log entry; None if there is no `attention`.

        If a restored database may lack effects of a failed operation, the operation gets an attention about that
        instead.
        """
        message = f"Resolved by a person: {reason}"
        attention = restored_attention()
        return await self._transaction.fetch_one(
            Operation, CLEAR_ATTENTION, id=operation_id, message=message, forgotten=attention
        )

    async def settle_effect(
        self, effect_id: UUID, *, happened: bool, result: Mapping[str, Any], reason: str
    ) -> Effect | None:
        word = "happened" if happened else "did not happen"
        effect = await self._transaction.fetch_one(
            Effect,
            SETTLE,
            id=effect_id,
            happened=happened,
            result=as_json({**result, "resolved_by": current_origin().actor}),
            error=as_json(OperationError(FailureCode.DID_NOT_HAPPEN, reason)),
            message=f"Resolved by a person (it {word}): {reason}",
            details=as_json({"happened": happened, "reason": reason, "result": dict(result)}),
        )
        if effect is not None and happened and effect.direction is Direction.UNDO:
            operation = await self.get(effect.operation_id)
            if operation is not None and operation.order_id is not None:
                await refresh_status(self._transaction, operation.order_id, effect)
        return effect

    async def correct_result(self, effect_id: UUID, *, result: Mapping[str, str], reason: str) -> Effect | None:
        return await self._transaction.fetch_one(
            Effect,
            CORRECT,
            id=effect_id,
            result=as_json(dict(result)),
            message=f"Result corrected by a person: {reason}",
            details=as_json({"reason": reason, "result": dict(result)}),
        )


@contextlib.contextmanager
def _report_missing_order(operation: NewOperation) -> Iterator[None]:
    try:
        yield
    except psycopg.errors.ForeignKeyViolation as error:
        raise OrderNotFound(operation.order_id) from error


def _new_row(operation: NewOperation) -> dict[str, Any]:
    """Return the parameters of `CREATE`."""
    return {
        "id": new_id(),
        "type": operation.type,
        "order_id": operation.order_id,
        "input": as_json(operation.input),
        "plan": as_json(operation.plan),
        "touches": list(operation.touches),
        "is_irreversible": operation.is_irreversible,
        "overrides": as_json(operation.overrides),
        "purchase_hash": operation.purchase_hash,
        "metadata": as_json(operation.metadata),
        "uses": list(operation.uses),
        "removes": operation.removes,
    }


def _split(started: OperationWithRun, kind: RunKind) -> tuple[Operation, Run]:
    operation = Operation(*(getattr(started, field.name) for field in fields(Operation)))
    return operation, _new_run(started, kind)


def _new_run(operation: OperationWithRun, kind: RunKind) -> Run:
    """Return the run that the same statement stored, so that the times are equal."""
    return Run(
        organization_id=operation.organization_id,
        operation_id=operation.id,
        run=operation.current_run,
        kind=kind,
        queue_key=operation.queue_key,
        workflow_id=workflow_id(operation.id, operation.current_run),
        operation_type=operation.type,
        is_irreversible=operation.is_irreversible,
        order_id=operation.order_id,
        plan=operation.plan,
        options=operation.run_options,
        created_at=operation.updated_at,
        started_at=None,
        closed_at=None,
        request_id=current_origin().request_id,
    )
