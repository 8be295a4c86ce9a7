"""Metrics of all organizations, in one cheap query."""

from dataclasses import dataclass

from adapters.postgres.core.pools import Pools

METRICS = """
    select 'runs' as name, case when started_at is null then 'waiting' else 'open' end as label, count(*) as value,
           extract(epoch from now() - min(created_at))::float8 as oldest_seconds
    from runs where closed_at is null group by 2
    union all
    select 'attention', attention ->> 'reason', count(*), 0 from operations where attention is not null group by 2
    union all
    select 'effects', effects.state, count(*), 0
    from effects join runs using (organization_id, operation_id, run)
    where runs.closed_at is null and effects.state in ('prepared', 'sent') group by 2
    union all
    select 'effects', 'unknown', count(*), 0
    from effects join operations on operations.organization_id = effects.organization_id
                                and operations.id = effects.operation_id
    where operations.attention is not null and effects.state = 'unknown'
    union all
    select 'operations', status, sum(n), 0 from operation_counts group by 2
    union all
    select 'deliveries', case when endpoints.enabled then 'waiting' else 'disabled' end, count(*),
           extract(epoch from now() - min(deliveries.created_at))::float8
    from webhook_deliveries as deliveries join webhook_endpoints as endpoints on endpoints.id = deliveries.endpoint_id
    where deliveries.state = 'waiting' group by 2
    union all
    select 'webhook_endpoints',
           case when not endpoints.enabled then 'disabled' when failing_since is null then 'healthy' else 'failing' end,
           count(*), 0
    from webhook_endpoints as endpoints join webhook_progress on endpoint_id = endpoints.id group by 2
"""
"""Reads only open runs, waiting deliveries and operations with attention, through partial indexes, and counters: old
rows cost nothing."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One number: `name` is a key of `bootstrap.runtime.metrics.LABELS`, `label` the state, reason or status."""

    name: str
    label: str
    value: float
    oldest_seconds: float


class PostgresMetrics:
    """Reads the metrics."""

    def __init__(self, pools: Pools) -> None:
        self._pools = pools

    async def read(self) -> list[Metric]:
        """Return all metrics; raises Unavailable."""
        async with self._pools.system_statements() as transaction:
            return await transaction.fetch_all(Metric, METRICS)
