"""Checks of the promises during the suite's own disturbances: pauses, wrong clocks and a hanging carrier."""

from collections.abc import Callable, Iterator
from datetime import datetime

from domain.clock import MAX_SKEW_SECONDS
from tests.chaos.client_log import ClientLog, Json, PersonPause
from tests.chaos.effects import OUTSIDE
from tests.chaos.records import Records
from tests.chaos.violation import Violation

IN_FLIGHT_SECONDS = 30.0
"""A run opened before a pause may begin an effect this long after it, because it read the account as active."""
SENT_THROUGH = dict(zip(OUTSIDE, ("carrier_account_id", "bridge_id"), strict=True))
"""The field of the plan with each step's account or bridge."""


def pauses_are_respected(client_log: ClientLog, records: Records) -> Iterator[Violation]:
    """The log has a person's pause with reason and actor, and no effect begins until the log has its end."""
    for pause in client_log.pauses:
        entries = [entry for entry in records.connection_logs if entry["subject_id"] == pause.connection_id]
        own = [number for number, entry in enumerate(entries) if _is_about(entry, pause)]
        if not own:
            yield Violation(None, f"the log of the account or bridge lacks {pause}")
            continue
        ends = [_seconds(entry["at"]) for entry in entries[own[0] :] if entry["event"] == "resumed"]
        yield from _effects_during(records, pause, min(ends, default=float("inf")))


def _is_about(entry: Json, pause: PersonPause) -> bool:
    is_persons = entry["event"] == "paused" and not entry["actor"].startswith("service:")
    return is_persons and str(entry["message"]).endswith(f": {pause.reason}")


def _effects_during(records: Records, pause: PersonPause, end: float) -> Iterator[Violation]:
    for ident, effects in records.effects.items():
        for effect in effects:
            through = records.operations[ident]["plan"].get(SENT_THROUGH.get(effect["step"], ""))
            if effect["direction"] != "do" or through != pause.connection_id:
                continue
            started = _seconds(effect["created_at"])
            opened = max(
                (at for at in (_seconds(run["created_at"]) for run in records.runs[ident]) if at <= started),
                default=started,
            )
            is_in_flight = opened <= pause.at and started - pause.at <= IN_FLIGHT_SECONDS
            if pause.at < started < end and not is_in_flight:
                yield Violation(ident, f"{effect['step']} began at {effect['created_at']} in spite of {pause}")


def clocks_are_respected(client_log: ClientLog, records: Records) -> Iterator[Violation]:
    """A process with a wrong clock logs a warning; with a very wrong clock its worker sends nothing."""
    for clock in client_log.clocks:
        if not clock.has_warned:
            yield Violation(None, f"no warning about its clock: {clock}")
        if not clock.has_worker or abs(clock.seconds) <= MAX_SKEW_SECONDS:
            continue
        for ident, effects in records.effects.items():
            for effect in effects:
                sent = effect["direction"] == "do" and effect["step"] in OUTSIDE and effect["sent_at"]
                if sent and clock.since < _seconds(effect["sent_at"]) < clock.until:
                    yield Violation(ident, f"{effect['step']} was sent at {effect['sent_at']} by {clock}")


def other_organizations_continue(client_log: ClientLog, _: Records) -> Iterator[Violation]:
    """While one organization's carrier hangs, another organization's operation completes."""
    for hang in client_log.hangs:
        if hang.status_beside != "completed":
            yield Violation(hang.operation_beside, f"it is {hang.status_beside} during {hang}")


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


CHECKS: tuple[Callable[[ClientLog, Records], Iterator[Violation]], ...] = (
    pauses_are_respected,
    clocks_are_respected,
    other_organizations_continue,
)
