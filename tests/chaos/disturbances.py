"""Checks of the promises under the harness's own disturbances: pauses, wrong clocks, and a carrier that hangs."""

from collections.abc import Callable, Iterator
from datetime import datetime

from domain.clock import MAX_SKEW_SECONDS
from tests.chaos.books import Books
from tests.chaos.effects import OUTSIDE
from tests.chaos.told import Json, PersonPause, Told
from tests.chaos.violation import Violation

IN_FLIGHT_SECONDS = 30.0
"""A run that was opened before a pause may begin an effect until then, because it had read the account as active."""
LONG_HANG_SECONDS = 30.0
SENT_THROUGH = dict(zip(OUTSIDE, ("carrier_account_id", "bridge_id"), strict=True))
"""By step: the field of the plan with the account or bridge that the step uses."""


def pauses_hold(told: Told, books: Books) -> Iterator[Violation]:
    """A person's pause is logged with its reason and actor, and nothing begins until its end is logged."""
    for pause in told.pauses:
        entries = [entry for entry in books.connection_logs if entry["connection_id"] == pause.connection_id]
        own = [number for number, entry in enumerate(entries) if _is_about(entry, pause)]
        if not own:
            yield Violation(None, f"the log of the account or bridge lacks {pause}")
            continue
        ends = [_seconds(entry["at"]) for entry in entries[own[0] :] if entry["event"] == "resumed"]
        yield from _begun_meanwhile(books, pause, min(ends, default=float("inf")))


def _is_about(entry: Json, pause: PersonPause) -> bool:
    is_persons = entry["event"] == "paused" and entry["actor"] != "system"
    return is_persons and str(entry["message"]).endswith(f": {pause.reason}")


def _begun_meanwhile(books: Books, pause: PersonPause, end: float) -> Iterator[Violation]:
    for ident, effects in books.effects.items():
        for effect in effects:
            through = books.operations[ident]["plan"].get(SENT_THROUGH.get(effect["step"], ""))
            if effect["direction"] != "do" or through != pause.connection_id:
                continue
            begun = _seconds(effect["created_at"])
            opened = max(
                (at for at in (_seconds(run["created_at"]) for run in books.runs[ident]) if at <= begun), default=begun
            )
            in_flight = opened <= pause.at and begun - pause.at <= IN_FLIGHT_SECONDS
            if pause.at < begun < end and not in_flight:
                yield Violation(ident, f"{effect['step']} began at {effect['created_at']} in spite of {pause}")


def clocks_respected(told: Told, books: Books) -> Iterator[Violation]:
    """A process with a wrong clock logs a warning; if the clock is very wrong, its worker sends nothing."""
    for clock in told.clocks:
        if not clock.has_warned:
            yield Violation(None, f"no warning about its clock: {clock}")
        if not clock.has_worker or abs(clock.seconds) <= MAX_SKEW_SECONDS:
            continue
        for ident, effects in books.effects.items():
            for effect in effects:
                sent = effect["direction"] == "do" and effect["step"] in OUTSIDE and effect["sent_at"]
                if sent and clock.since < _seconds(effect["sent_at"]) < clock.until:
                    yield Violation(ident, f"{effect['step']} was sent at {effect['sent_at']} by {clock}")


def neighbours_go_on(told: Told, books: Books) -> Iterator[Violation]:
    """While one organization's carrier hangs for long, operations of the others complete."""
    for hang in told.hangs:
        ended = [
            operation["id"]
            for operation in books.operations.values()
            if operation["organization_id"] != hang.organization_id
            and operation["completed_at"]
            and hang.since < _seconds(operation["completed_at"]) < hang.until
        ]
        if hang.until - hang.since > LONG_HANG_SECONDS and not ended:
            yield Violation(None, f"no operation of another organization was completed in {hang}")


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


CHECKS: tuple[Callable[[Told, Books], Iterator[Violation]], ...] = (
    pauses_hold,
    clocks_respected,
    neighbours_go_on,
)
