"""The store of one organization's events."""

from typing import Any
from uuid import UUID

from adapters.postgres.core.filters import build_where
from adapters.postgres.core.row_factory import columns
from adapters.postgres.core.transaction import OrganizationTransaction
from domain.events import EVENT_TYPES
from domain.ports.events import Event, EventFilter, EventPage

COLUMNS = columns(Event)

GET = f"select {COLUMNS} from events where organization_id = %(org)s and id = %(id)s and position is not null"

PRUNED = "select position from pruned_events where organization_id = %(org)s"

MAX_TRANSACTION = "interval '10 minutes'"
"""No transaction that writes an event takes longer: Postgres ends idle ones, and each statement has a limit."""

CREATED_AFTER = f"""
    created_at >= {{}} and position > coalesce((
        select position from events
        where organization_id = %(org)s and position is not null and created_at < {{}} - {MAX_TRANSACTION}
        order by created_at desc limit 1
    ), 0)
"""
"""`created_at` is the start of a transaction and positions follow its commit, so the two orders differ a little.

An event that was created `MAX_TRANSACTION` earlier was committed before the time: all events from the time on have
higher positions. The bound lets Postgres begin at that position instead of at the first event.
"""

CREATED_BEFORE = f"""
    created_at < {{}} and position < coalesce((
        select position from events
        where organization_id = %(org)s and position is not null and created_at >= {{}} + {MAX_TRANSACTION}
        order by created_at limit 1
    ), {2**62})
"""

CONDITIONS = {
    "types": "type = {}",
    "subject_type": "subject_type = {}",
    "subject_id": "subject_id = {}",
    "actor": "actor = {}",
    "request_id": "request_id = {}",
    "created_after": CREATED_AFTER,
    "created_before": CREATED_BEFORE,
    "after": "position > {}",
    "before": "position < {}",
}


class PostgresEvents:
    """Implements `domain.ports.events.EventStore` in Postgres."""

    def __init__(self, transaction: OrganizationTransaction) -> None:
        self._transaction = transaction

    async def get(self, event_id: UUID) -> Event | None:
        return await self._transaction.fetch_one(Event, GET, id=event_id)

    async def pruned(self) -> int:
        return await self._transaction.fetch_value(PRUNED) or 0

    async def after(self, position: int, wanted: EventFilter, limit: int) -> EventPage:
        return await self._page({**_filters(wanted), "after": position}, "position", limit)

    async def before(self, position: int | None, wanted: EventFilter, limit: int) -> EventPage:
        bound = 2**62 if position is None else position
        return await self._page({**_filters(wanted), "before": bound}, "position desc", limit)

    async def _page(self, filters: dict[str, Any], order: str, limit: int) -> EventPage:
        where = build_where(CONDITIONS, filters)
        parts = [
            f"(select {COLUMNS} from events where {part.condition} order by {order} limit %(limit)s)"
            for part in where.parts
        ]
        sql = f"select * from ({' union all '.join(parts)}) as page order by {order} limit %(limit)s"
        queries = ((Event, sql), (dict, PRUNED))
        # Planned for these values: a rare type and a frequent one need different indexes.
        params: dict[str, Any] = {**where.params, "limit": limit}
        events, pruned = await self._transaction.fetch_each(queries, prepare=False, **params)
        return EventPage(events, pruned[0]["position"] if pruned else 0)


def _filters(wanted: EventFilter) -> dict[str, Any]:
    names = ("subject_type", "subject_id", "actor", "request_id", "created_after", "created_before")
    filters = {name: value for name in names if (value := getattr(wanted, name)) is not None}
    types = wanted.types
    if types is None and wanted.subject_type is not None and wanted.subject_id is None:
        types = frozenset(name for name, kind in EVENT_TYPES.items() if kind.subject == wanted.subject_type)
    return filters if types is None else {**filters, "types": sorted(types)}
