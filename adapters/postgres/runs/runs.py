"""Runs for the dispatcher and the reconciler, across organizations."""

from collections.abc import Sequence
from uuid import UUID

from psycopg.types.json import Jsonb

from adapters.postgres.core.events import PROGRESS_CHANGE, insert_event, insert_event_by_id
from adapters.postgres.core.pools import Pools
from adapters.postgres.stores.pauses import PROBE_INTERVAL, RELEASED
from adapters.postgres.stores.start_run import QUEUE_KEY
from domain.codes import FailureCode
from domain.ids import workflow_id
from domain.operations import Run
from domain.origin import for_request
from domain.pauses import PROBE_AFTER_SECONDS
from domain.ports.runs import NextRun, QueueState, StartedRun

SELECT = """
    select runs.organization_id, runs.operation_id, runs.run, runs.kind, runs.queue_key, runs.workflow_id,
           operations.type as operation_type, operations.is_irreversible, operations.order_id, operations.plan,
           runs.options, runs.created_at, runs.started_at, runs.closed_at, runs.request_id
    from runs join operations on operations.id = runs.operation_id
"""

QUEUE_STATES = """
    with recursive queued as (
        (
            select organization_id, queue_key, created_at from runs
            where started_at is null and closed_at is null
            order by organization_id, queue_key, created_at limit 1
        )
        union all
        select following.organization_id, following.queue_key, following.created_at
        from queued cross join lateral (
            select organization_id, queue_key, created_at from runs
            where started_at is null and closed_at is null
              and (organization_id, queue_key) > (queued.organization_id, queued.queue_key)
            order by organization_id, queue_key, created_at limit 1
        ) as following
    ), inside as (
        select organization_id, queue_key, count(*) as open from runs
        where started_at is not null and closed_at is null and not waiting
        group by organization_id, queue_key
    ), queues as (
        select organization_id, queue_key, coalesce(open, 0) as open, queued.queue_key is not null as has_waiting,
               created_at as oldest_at
        from queued full join inside using (organization_id, queue_key)
    )
    select queues.*, needs.*
    from queues cross join lateral (
        select array(
            select one::uuid from unnest(string_to_array(split_part(queues.queue_key, ':', 2), '+')) as one
            where one ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'
        ) as ids
    ) as named cross join lateral (
        select min((settings ->> 'max_concurrent')::int) as max_concurrent,
               min((settings ->> 'max_per_second')::float8) as max_per_second,
               coalesce(array_agg(id) filter (where is_held_by_pause), '{}') as connections,
               coalesce(bool_or(is_held_by_pause and status = 'paused'), false) as is_paused,
               coalesce(bool_and(probe_at <= now()) filter (where is_held_by_pause and status = 'paused'), false)
                   and has_waiting as may_probe,
               coalesce(array_agg(id) filter (where is_held_by_pause and resumed_at > oldest_at), '{}') as resumed
        from (
            select id, settings, status, probe_at, resumed_at from carrier_accounts
            where organization_id = queues.organization_id and id = any(named.ids)
            union all
            select id, settings, status, probe_at, resumed_at from bridges
            where organization_id = queues.organization_id and id = any(named.ids)
        ) as connections cross join (select starts_with(queues.queue_key, 'do:') as is_held_by_pause) as kind
    ) as needs
"""
"""The recursion jumps from queue to queue: the cost depends on the number of queues, not of waiting runs."""

PROBE = f"""
    update {{table}}
    set probed_by = oldest.operation_id, probes = probes + 1,
        probe_at = now() + {PROBE_INTERVAL.replace("probes", "(probes + 1)")}
    from oldest
    where {{table}}.organization_id = %(organization_id)s and strpos(oldest.queue_key, {{table}}.id::text) > 0
      and status = 'paused' and probe_at <= now()
    returning id
"""

CLAIM = f"""
    with due as materialized (
        select oldest.operation_id, oldest.run
        from unnest(%(organizations)s::uuid[], %(queue_keys)s::text[], %(rooms)s::int[])
             as wanted (organization, queue_key, room)
        cross join lateral (
            select operation_id, run from runs
            where organization_id = wanted.organization and runs.queue_key = wanted.queue_key
              and started_at is null and closed_at is null and lease_until < now()
            order by created_at limit wanted.room
            for update skip locked
        ) as oldest
    ), claimed as (
        update runs set lease_until = now() + interval '30 seconds'
        from due where runs.operation_id = due.operation_id and runs.run = due.run
        returning runs.operation_id, runs.run
    )
    {SELECT} join claimed on claimed.operation_id = runs.operation_id and claimed.run = runs.run
    order by runs.created_at
"""
"""`materialized` finds the due runs once; otherwise Postgres would search again for each waiting run. The update does
not repeat the condition that they wait, because that would scan the whole index of waiting runs."""

PROBES = "'The operation runs as a probe, to check whether the paused carrier account or bridge works again.'"

LOG_PROBE = insert_event_by_id(
    "from claimed", organization_id="%(organization_id)s", event="'operation.probes'", message=PROBES
)

CLAIM_PROBE = f"""
    with oldest as (
        select operation_id, run, queue_key from runs
        where organization_id = %(organization_id)s and queue_key = %(queue_key)s
          and started_at is null and closed_at is null and lease_until < now()
        order by created_at limit 1
        for update skip locked
    ), account as (
        {PROBE.format(table="carrier_accounts")}
    ), bridge as (
        {PROBE.format(table="bridges")}
    ), claimed as (
        update runs set lease_until = now() + interval '30 seconds'
        from oldest where runs.operation_id = oldest.operation_id and runs.run = oldest.run
          and (exists (select from account) or exists (select from bridge))
        returning runs.operation_id, runs.run
    ), log as (
        {LOG_PROBE}
    )
    {SELECT} join claimed on claimed.operation_id = runs.operation_id and claimed.run = runs.run
"""
"""If two processes claim a probe, the slower one waits for the connection's row and then finds no probe due."""

MARK_STARTED = """
    with started as (
        select runs.operation_id, runs.run, runs.is_held, marks.task_queue, seconds_ago
        from unnest(%(operations)s::uuid[], %(runs)s::int[], %(task_queues)s::text[], %(seconds_ago)s::float8[])
             as marks (operation_id, run, task_queue, seconds_ago)
        join runs on runs.operation_id = marks.operation_id and runs.run = marks.run
        where closed_at is null
        order by runs.operation_id, runs.run
        for no key update of runs
    ), marked as (
        update runs
        set started_at = coalesce(started_at, greatest(created_at, now() - seconds_ago * interval '1 second')),
            checked_at = now(), task_queue = coalesce(runs.task_queue, started.task_queue)
        from started where runs.operation_id = started.operation_id and runs.run = started.run
    )
    select operation_id, run from started where is_held
"""

RELEASE_STARTED = f"""
    with released as (
        update runs set is_held = false
        where operation_id = %(operation_id)s and run = %(run)s and is_held and closed_at is null
        returning organization_id, operation_id
    )
    {insert_event_by_id("from released", event="'operation.released'", changes=PROGRESS_CHANGE)}
"""
"""Releases a run that was held and starts all the same: a probe, or a run that was already on its way to Temporal.

It is a statement for each run, because the log entry has the request id of the run.
"""

HAS_OLD = """
    select exists (
        select from runs where started_at is not null and closed_at is null and task_queue is null
    )
"""

OPEN = f"""
    with due as (
        select operation_id, run from runs
        where started_at is not null and closed_at is null and checked_at < now() - %(age)s * interval '1 second'
        order by checked_at limit %(limit)s
        for update skip locked
    ), checked as (
        update runs set checked_at = now()
        from due where runs.operation_id = due.operation_id and runs.run = due.run
        returning runs.operation_id, runs.run
    )
    {SELECT} join checked on checked.operation_id = runs.operation_id and checked.run = runs.run
"""

SUPERSEDE = f"""
    with closed as (
        update runs set closed_at = now(), result = 'drift'
        where operation_id = %(operation_id)s and run = %(run)s and closed_at is null
        returning operation_id, organization_id, request_id, is_compensating and %(kind)s = 'execute' as compensates
    ), cause as (
        select effects.step, effects.error ->> 'code' as code
        from closed join effects on effects.operation_id = closed.operation_id and effects.run = %(run)s
        where compensates and direction = 'do' and state = 'rejected'
        order by effects.updated_at desc limit 1
    ), operation as (
        update operations set current_run = current_run + 1, updated_at = now()
        from closed where operations.id = closed.operation_id and operations.current_run = %(run)s
        returning operations.*, request_id,
                  case when compensates then 'rollback' else %(kind)s end as next_kind,
                  case when compensates
                       then jsonb_build_object(
                           'step', (select step from cause),
                           'code', coalesce((select code from cause), '{FailureCode.CANCELLED_BY_OPERATOR}'))
                       else '{{}}' end as why
    ), opened as (
        insert into runs (organization_id, operation_id, run, kind, queue_key, workflow_id, options, lease_until,
                          request_id)
        select organization_id, id, %(next)s, next_kind, {QUEUE_KEY.format(kind="next_kind", touches="touches")},
               %(workflow_id)s, %(options)s::jsonb || why, now(), request_id
        from operation
    )
    {insert_event("from operation", row="operation", event="'operation.drift'", actor="'service:reconciler'")}
"""
"""A rollback follows a run that had begun to compensate: a forward run would use a label that is being voided."""


class PostgresRuns:
    """Implements `domain.ports.runs.Runs` in Postgres."""

    def __init__(self, pools: Pools, probe_after_seconds: float = PROBE_AFTER_SECONDS) -> None:
        """`probe_after_seconds` is the time from a pause by the service to its first probe."""
        self._pools = pools
        self._probe_after_seconds = probe_after_seconds

    async def queue_states(self) -> list[QueueState]:
        async with self._pools.system_statements() as transaction:
            return await transaction.fetch_all(QueueState, QUEUE_STATES)

    async def claim(self, rooms: Sequence[tuple[UUID, str, int]]) -> list[Run]:
        async with self._pools.system_statements() as transaction:
            return await transaction.fetch_all(
                Run,
                CLAIM,
                organizations=[organization for organization, _, _ in rooms],
                queue_keys=[queue_key for _, queue_key, _ in rooms],
                rooms=[room for _, _, room in rooms],
            )

    async def claim_probe(self, organization_id: UUID, queue_key: str) -> Run | None:
        async with self._pools.system_statements() as transaction:
            return await transaction.fetch_one(
                Run,
                CLAIM_PROBE,
                organization_id=organization_id,
                queue_key=queue_key,
                first=self._probe_after_seconds,
            )

    async def mark_started(self, started: Sequence[StartedRun]) -> None:
        async with self._pools.system_statements() as transaction:
            held = await transaction.fetch_all(
                dict,
                MARK_STARTED,
                operations=[each.run.operation_id for each in started],
                runs=[each.run.run for each in started],
                task_queues=[each.task_queue for each in started],
                seconds_ago=[each.seconds_ago for each in started],
            )
            request_ids = {each.run.operation_id: each.run.request_id for each in started}
            for row in held:
                with for_request(request_ids[row["operation_id"]]):
                    await transaction.execute(RELEASE_STARTED, **row, message=RELEASED)

    async def has_old(self) -> bool:
        async with self._pools.system_statements() as transaction:
            return bool(await transaction.fetch_value(HAS_OLD))

    async def claim_unchecked(self, age_seconds: float, limit: int) -> list[Run]:
        async with self._pools.system_statements() as transaction:
            return await transaction.fetch_all(Run, OPEN, age=age_seconds, limit=limit)

    async def is_open(self, operation_id: UUID, run: int) -> bool:
        async with self._pools.system_statements() as transaction:
            found = await transaction.fetch_value(
                "select true from runs where operation_id = %(operation_id)s and run = %(run)s and closed_at is null",
                operation_id=operation_id,
                run=run,
            )
        return found is True

    async def supersede(self, run: Run, following: NextRun) -> bool:
        number = run.run + 1
        async with self._pools.system_statements() as transaction:
            return bool(
                await transaction.execute(
                    SUPERSEDE,
                    operation_id=run.operation_id,
                    run=run.run,
                    next=number,
                    kind=following.kind.value,
                    workflow_id=workflow_id(run.operation_id, number),
                    options=Jsonb({**run.options.to_json(), **following.options.to_json()}),
                    message=following.message,
                )
            )
