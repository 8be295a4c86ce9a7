"""The feed of the events of all organizations."""

from adapters.postgres.core.pools import Pools
from adapters.postgres.core.row_factory import columns
from domain.ports.events import Event

NUMBER = "select number_events() as n"
NUMBERED_AT_ONCE = 1_000
"""The maximum of events that one call of `number_events()` numbers."""

LAST = "select coalesce(max(position), 0) as position from events"

AFTER = f"select {columns(Event)} from events where position > %(position)s order by position limit %(limit)s"


class PostgresEventFeed:
    """Implements `domain.ports.events.EventFeed` in Postgres; each call takes one round trip."""

    def __init__(self, database: Pools) -> None:
        self._database = database

    async def number(self) -> int:
        queries = ((dict, NUMBER), (dict, LAST))
        while True:
            numbered, last = await self._database.run(lambda system: system.fetch_each(queries))
            if numbered[0]["n"] < NUMBERED_AT_ONCE:
                return int(last[0]["position"])

    async def after(self, position: int, limit: int) -> list[Event]:
        queries = ((dict, NUMBER), (Event, AFTER))
        _, events = await self._database.run(lambda system: system.fetch_each(queries, position=position, limit=limit))
        return events
