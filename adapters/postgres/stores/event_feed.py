"""The feed of the events of all organizations."""

from adapters.postgres.core.pools import Pools
from adapters.postgres.core.row_factory import columns
from domain.ports.events import Event, Place, to_mark

NUMBER = "select number_events() as n"
NUMBERED_AT_ONCE = 1_000
"""The maximum of events that one call of `number_events()` numbers."""

LAST = "select id, position from events where position is not null order by position desc limit 1"

FROM = f"select {columns(Event)} from events where position >= %(position)s order by position limit %(limit)s"

FIND = """
    select (select id from events where position = %(position)s) as id,
           exists (select from pruned_events where position >= %(position)s) as is_pruned
"""


class PostgresEventFeed:
    """Implements `domain.ports.events.EventFeed` in Postgres."""

    def __init__(self, database: Pools) -> None:
        self._database = database

    async def number(self) -> Place:
        queries = ((dict, NUMBER), (dict, LAST))
        while True:
            (numbered,), last = await self._database.run(lambda system: system.fetch_each(queries))
            if numbered["n"] < NUMBERED_AT_ONCE:
                return Place(last[0]["position"], to_mark(last[0]["id"])) if last else Place(0)

    async def includes(self, place: Place) -> bool:
        if place.position == 0:
            return True
        queries = ((dict, FIND),)
        ((found,),) = await self._database.run(lambda system: system.fetch_each(queries, position=place.position))
        if found["id"] is None:
            return bool(found["is_pruned"])
        return place.mark in (0, to_mark(found["id"]))

    async def after(self, place: Place, limit: int) -> list[Event] | None:
        queries, position = ((dict, NUMBER), (Event, FROM)), place.position
        _, events = await self._database.run(
            lambda system: system.fetch_each(queries, position=position, limit=limit + 1)
        )
        if events and events[0].place == place:
            return events[1:]
        return events[:limit] if await self.includes(place) else None
