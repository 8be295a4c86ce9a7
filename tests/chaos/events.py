"""Checks of events: no change without its event, and no event without its change."""

from collections.abc import Callable, Iterator

from tests.chaos.client_log import Json
from tests.chaos.records import Records
from tests.chaos.violation import Violation


def last_events_match_resources(records: Records) -> Iterator[Violation]:
    """The last event of each resource shows it as it is now, or reports its deletion."""
    for state in records.states:
        subject = f"{state['subject']} {state['id']}"
        if state["last_type"] is None:
            yield Violation(None, f"{subject} has no event")
        elif state["now"] is None:
            if not state["last_type"].endswith(".deleted"):
                yield Violation(None, f"{subject} is gone, but its last event is {state['last_type']}")
        elif differences := find_differences(state["now"], state["last_data"]):
            yield Violation(None, f"{subject} differs from its last event {state['last_type']}: {differences}")


def find_differences(now: Json, shown: Json | None) -> Json:
    """Return the fields of a resource that its last event shows otherwise: now, and in the event."""
    shown = shown or {}
    names = now.keys() - {"updated_at"}  # the time of an update that changed nothing else
    return {name: (now[name], shown.get(name)) for name in names if now[name] != shown.get(name)}


CHECKS: tuple[Callable[[Records], Iterator[Violation]], ...] = (last_events_match_resources,)
