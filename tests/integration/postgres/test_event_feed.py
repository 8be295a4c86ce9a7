"""The feed returns every event once, in the order of the positions."""

from dataclasses import replace
from uuid import uuid4

from adapters.postgres.stores import event_feed
from adapters.postgres.stores.event_feed import PostgresEventFeed
from bootstrap.container import Container
from domain.ports.events import EventFeed, Place
from tests.fixtures.rows import Rows


async def test_the_feed_goes_on_after_a_position(container: Container, rows: Rows, other_rows: Rows) -> None:
    """Events of all organizations arrive without a gap, and a page is as long as its limit."""
    feed: EventFeed = container.event_feed
    start = await feed.number()
    for owner in (rows, other_rows, rows):
        owner.insert("events", type="order.changed", subject_type="order", subject_id=uuid4(), data={"status": "new"})
    first = await feed.after(start, 2)
    assert first is not None
    rest = await feed.after(first[-1].place, 2)
    assert rest is not None
    events = [*first, *rest]
    assert [event.organization_id for event in events] == [
        rows.organization_id, other_rows.organization_id, rows.organization_id,
    ]  # fmt: skip
    assert [event.position for event in events] == sorted(event.position for event in events)
    assert await feed.number() == events[-1].place
    assert (events[0].type, events[0].sequence, events[0].data) == ("order.changed", 1, {"status": "new"})


async def test_a_place_of_another_history_is_recognized(container: Container, rows: Rows) -> None:
    """The event at its position is another one, or does not exist. A position that retention deleted is still known."""
    feed: EventFeed = container.event_feed
    rows.insert("events", type="order.changed", subject_type="order", subject_id=uuid4())
    last = await feed.number()
    beyond, other = Place(last.position + 100, 1), replace(last, mark=last.mark ^ 1)
    assert [await feed.includes(place) for place in (last, Place(0), beyond, other)] == [True, True, False, False]
    assert await feed.includes(Place(last.position))
    assert [await feed.after(place, 1) for place in (beyond, other)] == [None, None]
    rows.insert("pruned_events", position=beyond.position)
    assert await feed.after(beyond, 1) == []


async def test_a_backlog_is_numbered_to_its_end(container: Container, rows: Rows) -> None:
    """More events than one call numbers."""
    feed = PostgresEventFeed(container.database)
    rows.run(
        "insert into events (organization_id, type, subject_type, subject_id)"
        " select %s, 'order.changed', 'order', %s from generate_series(1, %s)",
        rows.organization_id, uuid4(), event_feed.NUMBERED_AT_ONCE + 1,
    )  # fmt: skip
    last = await feed.number()
    assert rows.value("select max(position) from events") == last.position
    assert rows.value("select count(*) from events where position is null") == 0
