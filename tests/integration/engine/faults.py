"""The fault matrix as data: which fault on which call of which type, and how the operation has to end."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

End = Literal["completed", "failed", "attention", "undone", "undo_failed", "undo_refused"]
"""`undo_failed` needs a person; `undo_refused` is the other side's plain no, with nothing taken back: an answer."""

CLASSES = ("keyed", "lookup_strong", "lookup_weak", "none")

REFUSED = ("reject", "auth_failed")
"""It did not happen, and never will."""
HARMLESS = ("ok", "slow:0.3", "rate_limited:1", "unavailable:1")
"""It happens, sooner or later, and everybody knows."""
LOST = ("error_500", "drop")
"""It did not happen, and nobody knows."""
ACCEPTED = ("error_500_after_accept", "accept_then_drop", "accept_then_stall", "garbage", "slow:3")
"""It happened, and the caller can't know."""
LATE = ("gateway_timeout:1",)
"""It happens after something before the vendor said that it gave up: creates only."""
ABSENT = "absent"

TRANSIENT = (*HARMLESS, *LOST, *ACCEPTED)
"""What a call that is safe to repeat gets over."""


@dataclass(frozen=True)
class Scenario:
    """One cell of the matrix.

    `before` is scripted before the execution, `then` before the undo, where there is one.
    """

    kind: str
    what: str
    end: End
    before: tuple[tuple[str, str], ...] = ()
    then: tuple[tuple[str, str], ...] = ()
    safety: str = "lookup_strong"
    answers_after: float = 0.0

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.what}-{self.safety}"


def scenarios() -> list[Scenario]:
    """Every cell."""
    return [*_creates(), *_finds(), *_documents(), *_answers(), *_undos(), *_rollbacks(), *_voids()]


CREATES = (
    ("create_shipment", "labels"),
    ("push_fulfillment", "fulfillments"),
    ("fulfill_order", "labels"),
    ("fulfill_order", "fulfillments"),
)


def _creates() -> Iterator[Scenario]:
    for kind, book in CREATES:
        for safety in CLASSES:
            for fault in (*REFUSED, *TRANSIENT, *LATE):
                before = ((f"{book}.create", fault),)
                yield Scenario(kind, f"{book}.create-{fault}", _create_end(fault, safety), before, safety=safety)


def _create_end(fault: str, safety: str) -> End:
    if fault in REFUSED:
        return "failed"
    if fault in LOST and safety in ("lookup_weak", "none"):
        return "attention"
    if fault in (*ACCEPTED, *LATE) and safety == "none":
        return "attention"
    return "completed"


def _finds() -> Iterator[Scenario]:
    """The call was answered, so that its absence is believed as soon as a look shows it."""
    for kind, book in CREATES:
        for safety in ("lookup_strong", "lookup_weak"):
            # A strong lookup that denies what there is breaks its promise: nothing can be rehearsed with that.
            denied = (ABSENT,) if safety == "lookup_weak" else ()
            for fault in (*REFUSED, *TRANSIENT, *denied):
                before = ((f"{book}.create", "garbage"), (f"{book}.find", fault))
                end: End = "attention" if fault in REFUSED else "completed"
                yield Scenario(kind, f"{book}.find-{fault}", end, before, safety=safety)


def _documents() -> Iterator[Scenario]:
    for kind in ("create_shipment", "fulfill_order"):
        for fault in (*REFUSED, *TRANSIENT, ABSENT):
            before = (("labels.create", "accept_then_drop"), ("labels.document", fault))
            yield Scenario(kind, f"labels.document-{fault}", "completed", before)


def _answers() -> Iterator[Scenario]:
    for kind in ("push_fulfillment", "fulfill_order"):
        for fault in (*REFUSED, *TRANSIENT, ABSENT):
            # Whoever is not told knows nothing: the channel has taken the fulfillment, and the wait goes on.
            before = (("fulfillments.status", fault),)
            yield Scenario(kind, f"fulfillments.status-{fault}", "completed", before, answers_after=0.5)
        yield Scenario(
            kind, "fulfillments.answer-reject", "failed", (("fulfillments.answer", "reject"),), answers_after=0.5
        )
        yield Scenario(kind, "fulfillments.answer-ok", "completed", (("fulfillments.answer", "ok"),), answers_after=0.5)


UNDOS = (
    ("create_shipment", "labels.void"),
    ("fulfill_order", "labels.void"),
    ("push_fulfillment", "fulfillments.cancel"),
    ("fulfill_order", "fulfillments.cancel"),
)


def _undos() -> Iterator[Scenario]:
    for kind, target in UNDOS:
        for fault in _taking_back(target):
            # With an effect of fulfill_order taken back before, the same no leaves something in between.
            no: End = "undo_failed" if kind == "fulfill_order" else "undo_refused"
            ends: dict[str, End] = {"too_late": no, ABSENT: "undo_failed"}
            end = "undo_failed" if fault in REFUSED else ends.get(fault, "undone")
            yield Scenario(kind, f"undo-{target}-{fault}", end, then=((target, fault),))


def _rollbacks() -> Iterator[Scenario]:
    for fault in _taking_back("labels.void"):
        before = (("fulfillments.create", "reject"), ("labels.void", fault))
        yield Scenario("fulfill_order", f"rollback-labels.void-{fault}", "failed", before)


def _voids() -> Iterator[Scenario]:
    for fault in _taking_back("labels.void"):
        end: End = "failed" if fault in (*REFUSED, ABSENT, "too_late") else "completed"
        yield Scenario("void_shipment", f"labels.void-{fault}", end, (("labels.void", fault),))


def _taking_back(target: str) -> tuple[str, ...]:
    pending = ("refund_pending",) if target == "labels.void" else ()
    return (*REFUSED, *TRANSIENT, ABSENT, "too_late", *pending)


def stays(scenario: Scenario) -> bool:
    """Whether taking the label or the fulfillment back is refused for good, so that it stays live."""
    return scenario.what.rpartition("-")[2] in (*REFUSED, ABSENT, "too_late")
