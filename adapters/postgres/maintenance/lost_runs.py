"""Lost runs: runs that Temporal has and Postgres lacks, because it was restored from an older backup."""

from collections.abc import Sequence
from uuid import UUID

from adapters.postgres.core.events import attention_data, changes, insert_event, status_change
from adapters.postgres.core.pools import Pools
from adapters.postgres.core.row_factory import as_json
from adapters.postgres.core.transaction import OrganizationTransaction
from adapters.postgres.runs.runs import SELECT
from adapters.postgres.stores.attention import SINCE_NOW, new_attention, restored_attention
from adapters.postgres.stores.operations import COLUMNS, PostgresOperations
from domain.codes import FailureCode
from domain.drift import ListedRun, recovery_run_kind
from domain.operations import AttentionReason, Operation, OperationError, OperationStatus, Run, RunKind, RunOptions
from domain.ports.lost_runs import RecallResult

UNKNOWN = """
    select listed.place
    from unnest(%(operations)s::uuid[], %(runs)s::int[], %(opened)s::timestamptz[], %(running)s::bool[],
                %(organizations)s::uuid[])
        with ordinality as listed (operation_id, run, opened, running, organization_id, place)
    left join operations on operations.id = listed.operation_id
    left join runs on runs.operation_id = listed.operation_id and runs.run = listed.run
    where (operations.id is null or listed.run > operations.current_run
           or listed.running and runs.created_at <> listed.opened)
      and not exists (select from pruned_operations where pruned_operations.operation_id = listed.operation_id)
      and (listed.organization_id is null
           or exists (select from organizations where organizations.id = listed.organization_id))
"""
"""Runs of pruned operations are not lost, even if Temporal still has them."""

LOCK = f"""
    select {COLUMNS} from operations where organization_id = %(org)s and id = %(id)s for update
"""

HAS_OPEN_RUN = """
    select exists (
        select from runs where organization_id = %(org)s and operation_id = %(id)s and closed_at is null
    )
"""

SKIP = f"""
    with operation as (
        update operations set current_run = greatest(current_run, %(last)s), updated_at = now()
        where organization_id = %(org)s and id = %(id)s
        returning *
    )
    {insert_event("from operation", row="operation", event="'operation.drift'", actor="'service:reconciler'")}
"""
"""Lost runs keep their numbers, and so their workflow ids; the next run gets a new number."""

LOG_BEGIN = insert_event(
    "from operation",
    row="operation",
    event="'operation.executing'",
    message="null",
    actor="'service:reconciler'",
    changes=status_change(OperationStatus.PENDING, OperationStatus.EXECUTING),
)

BEGIN = f"""
    with operation as (
        update operations set status = 'executing', executed_at = coalesce(executed_at, now())
        where organization_id = %(org)s and id = %(id)s and status = 'pending'
        returning *
    )
    {LOG_BEGIN}
"""
"""The operation was executing before the restore: it must not become cancellable or executable as if it were new."""

LOG_PARK = insert_event(
    "from operation as after cross join before",
    row="after",
    event="case when before.status = 'executing' then 'operation.failed' else 'operation.attention' end",
    message="null",
    actor="'service:reconciler'",
    changes=changes(
        status=("before.status", "after.status"),
        attention=(attention_data("before.attention"), attention_data("after.attention")),
    ),
)

PARK = f"""
    with before as (
        select status, attention from operations where organization_id = %(org)s and id = %(id)s
    ), operation as (
        update operations
        set status = case status when 'executing' then 'failed' else status end,
            error = case status when 'executing' then %(error)s else error end,
            completed_at = coalesce(completed_at, now()), attention = %(attention)s::jsonb {SINCE_NOW}
        where organization_id = %(org)s and id = %(id)s
        returning *
    )
    {LOG_PARK}
"""
"""The entry in the log is that of `SKIP`."""

FORGOT = "The database was restored from an older backup and lacks runs of this operation that Temporal has: "


class PostgresLostRuns:
    """Implements `domain.ports.lost_runs.LostRuns` in Postgres."""

    def __init__(self, pools: Pools) -> None:
        self._pools = pools

    async def unknown(self, listed: Sequence[ListedRun]) -> list[ListedRun]:
        """Return the runs that Postgres does not have, and running ones whose workflow id belongs to another run."""
        async with self._pools.system_statements() as transaction:
            found = await transaction.fetch_all(
                dict,
                UNKNOWN,
                operations=[run.operation_id for run in listed],
                runs=[run.run for run in listed],
                opened=[run.opened for run in listed],
                running=[run.running for run in listed],
                organizations=[run.organization_id for run in listed],
            )
        return [listed[row["place"] - 1] for row in found]

    async def recall(self, operation_id: UUID, lost: Sequence[ListedRun]) -> RecallResult:
        organization_id = await self._organization(operation_id)
        if organization_id is None:
            return RecallResult.NO_OPERATION
        async with self._pools.transaction(organization_id) as transaction:
            operation = await transaction.fetch_one(Operation, LOCK, id=operation_id)
            if operation is None or await transaction.fetch_value(HAS_OPEN_RUN, id=operation_id):
                return RecallResult.BUSY
            forgotten = [run for run in lost if run.run > operation.current_run]
            if not forgotten:
                return RecallResult.BUSY
            return await _recall(transaction, operation, forgotten)

    async def _organization(self, operation_id: UUID) -> UUID | None:
        async with self._pools.system_statements() as transaction:
            found: UUID | None = await transaction.fetch_value(
                "select organization_id from operations where id = %(id)s", id=operation_id
            )
        return found

    async def open_runs(self) -> list[Run]:
        async with self._pools.system_statements() as transaction:
            return await transaction.fetch_all(Run, f"{SELECT} where runs.closed_at is null")


async def _recall(
    transaction: OrganizationTransaction, operation: Operation, lost: Sequence[ListedRun]
) -> RecallResult:
    kind = recovery_run_kind(operation, lost)
    last = max(run.run for run in lost)
    then = "a person must compare the operation with the data of the carrier and the channel"
    if kind is not None:
        then = (
            "the service repeats the undo"
            if kind is RunKind.UNDO
            else "it continues, and checks with the vendor before it sends anything"
        )
    await transaction.execute(SKIP, id=operation.id, last=last, message=FORGOT + then)
    if kind is None:
        await _park(transaction, operation)
        return RecallResult.ATTENTION
    started = await PostgresOperations(transaction).start_run(
        operation.id, kind=kind, expected=operation.status, options=RunOptions(doubted=True)
    )
    if started is None:
        await _park(transaction, operation)
        return RecallResult.ATTENTION
    return RecallResult.GOES_ON


async def _park(transaction: OrganizationTransaction, operation: Operation) -> None:
    is_done = operation.status is OperationStatus.COMPLETED
    attention = new_attention(AttentionReason.DRIFT) if is_done else restored_attention()
    code = FailureCode.RESTORED
    error = OperationError(code, code.message, retryable=True, rolled_back=False)
    await transaction.execute(BEGIN, id=operation.id)
    await transaction.execute(PARK, id=operation.id, attention=attention, error=as_json(error))
