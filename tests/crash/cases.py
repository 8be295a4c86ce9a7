"""Where a process dies, doing what, and how the operation has to end all the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Act = Literal[
    "accept", "cancel", "create", "drift", "execute", "resolve", "restore", "retry", "track", "undo", "void", "wait"
]
"""What is done: the API's calls, `void` being the execution of another operation, which voids the shipment; `accept`
commits an execution and tells nobody; `drift` terminates a run that waits for its channel; `restore` puts an older
backup in the database's place; `track` makes it time to ask where the parcel is; `wait` is nothing at all: the process
dies of what it does by itself."""

End = Literal["pending", "completed", "failed", "cancelled", "undone", "attention"]

Fault = tuple[str, str]
"""A call to the sandbox, and how it goes wrong."""


@dataclass(frozen=True)
class Case:
    """One death.

    `before` is done by a process that is not armed, `faults` are scripted after that; `act` is done by the one that
    dies. `vendor` names the account or the bridge, and with it the safety class. `answers_after` so many seconds the
    channel answers a push. `sends` is how often a purchase or a push reaches the other side, in all. `code` is that of
    the error, and for `wait` seconds the call would have its answer wait.
    """

    point: str
    kind: str = "create_shipment"
    end: End = "completed"
    sends: int = 1
    code: str | None = None
    act: Act = "execute"
    wait: int = 0
    nth: int = 1
    vendor: str = "shipengine"
    answers_after: float = 0.0
    faults: tuple[Fault, ...] = ()
    before: tuple[Act, ...] = ()
    before_faults: tuple[Fault, ...] = ()

    @property
    def name(self) -> str:
        """The name of its test."""
        times = [str(self.nth)] if self.nth > 1 else []
        waits = [f"waiting{self.wait}"] if self.wait else []
        waits += ["later"] if self.answers_after else []
        return "-".join([self.point, *times, self.act, self.kind, self.vendor, *waits])


REJECTED: tuple[Fault, ...] = (("labels.create", "reject"),)
PUSH_REJECTED: tuple[Fault, ...] = (("fulfillments.create", "reject"),)
NOT_TAKEN: tuple[Fault, ...] = (("labels.create", "rate_limited:1"),)
NO_LOOKUP: tuple[Fault, ...] = (("fulfillments.find", "no_lookup"),)
LOST: tuple[Fault, ...] = (("labels.create", "drop"),)
VOID_LOST: tuple[Fault, ...] = (("labels.void", "accept_then_drop"),)
REFUND_PENDING: tuple[Fault, ...] = (("labels.void", "refund_pending"),)
TRACKING_FAILS: tuple[Fault, ...] = (("labels.track", "error_500"),)
NO_MONEY: tuple[Fault, ...] = (("labels.create", "insufficient_funds"),)
AUTH: tuple[Fault, ...] = (("labels.create", "auth_failed"),)


def cases() -> list[Case]:
    """Every death."""
    found = [
        *_purchases(),
        *_pushes(),
        *_refusals(),
        *_statuses(),
        *_undos(),
        *_starts(),
        *_drifts(),
        *_restores(),
        *_tracking(),
        *_requests(),
    ]
    assert len({case.name for case in found}) == len(found)
    return found


def sides(instant: str) -> tuple[str, str]:
    """Return the points before and after an instant."""
    return f"{instant}.before", f"{instant}.after"


def _purchases() -> Iterator[Case]:
    """Around the send of a label. A send that nobody knows of is found, or made again where absence is proven."""
    yield Case("ledger.begin.before")
    yield Case("ledger.begin.after")
    yield Case("ledger.begin.after", vendor="usps")
    # Nothing was sent, but nobody can prove it: a person has to look.
    yield Case("ledger.begin.after", vendor="fedex", end="attention", sends=0)
    yield Case("carrier.buy.before")
    yield Case("carrier.buy.after")
    yield Case("carrier.buy.after", vendor="usps", sends=2)
    yield Case("carrier.buy.after", vendor="fedex")
    for point in (*sides("ledger.store_answer"), *sides("ledger.record_label")):
        yield Case(point)
    yield Case("ledger.begin.after", kind="fulfill_order", nth=2, sends=2)
    yield Case("outcomes.record.before", wait=3)
    for point in sides("outcomes.record"):
        yield Case(point)
        yield Case(point, kind="fulfill_order", sends=2)


def _pushes() -> Iterator[Case]:
    for point in ("channel.push.before", *sides("ledger.record_done")):
        yield Case(point, kind="push_fulfillment")
    yield Case("channel.push.after", kind="push_fulfillment")
    yield Case("channel.push.after", kind="push_fulfillment", vendor="amazon", sends=2)
    # Nothing was sent, but the channel can't be asked: a person has to look.
    yield Case(
        "channel.push.before", kind="push_fulfillment", vendor="fedex", faults=NO_LOOKUP, end="attention", sends=0
    )
    for point in (*sides("ledger.record_waiting"), *sides("ledger.record_done")):
        yield Case(point, kind="push_fulfillment", answers_after=1)


def _refusals() -> Iterator[Case]:
    for point in (*sides("ledger.record_not_sent"), *sides("ledger.note")):
        yield Case(point, faults=NOT_TAKEN, sends=2)
    for point in sides("ledger.record_rejected"):
        yield Case(point, faults=REJECTED, end="failed", code="rejected")
    for point in sides("ledger.record_unknown"):
        yield Case(point, faults=LOST, vendor="fedex", end="attention")
    for point in (*sides("reads.pause"), *sides("reads.resume"), *sides("runs.claim_probe")):
        yield Case(point, faults=NO_MONEY, sends=2)
    for point in (*sides("ledger.count_delivery"), *sides("ledger.end_delivery"), *sides("ledger.record_looking")):
        yield Case(point, faults=LOST, sends=2)
    for point in sides("reads.auth_failed"):
        yield Case(point, faults=AUTH, end="failed", code="auth_failed")


def _statuses() -> Iterator[Case]:
    for point in sides("ledger.set_order_status"):
        yield Case(point, kind="update_order_status", sends=0)
    for point in sides("ledger.restore_order_status"):
        yield Case(point, kind="update_order_status", sends=0, before=("execute",), act="undo", end="undone")


def _undos() -> Iterator[Case]:
    """In the middle of taking back: by an undo, and by a rollback."""
    for point in (
        *sides("carrier.void"),
        *sides("ledger.record_compensation"),
        *sides("ledger.begin"),
        *sides("outcomes.record"),
    ):
        yield Case(point, before=("execute",), act="undo", end="undone")
    for point in (*sides("carrier.void"), *sides("ledger.record_compensation")):
        yield Case(point, kind="create_shipment", before=("execute",), act="void")
    for point in sides("ledger.repeat"):
        yield Case(point, kind="create_shipment", faults=VOID_LOST, before=("execute",), act="void")
    for point in sides("channel.cancel"):
        yield Case(point, kind="push_fulfillment", before=("execute",), act="undo", end="undone")
    for point in (
        "channel.cancel.after",
        *sides("ledger.record_compensation"),
        "carrier.void.before",
        "carrier.void.after",
    ):
        yield Case(point, kind="fulfill_order", before=("execute",), act="undo", end="undone", sends=2)
    yield Case(
        "ledger.record_compensation.before",
        kind="fulfill_order",
        nth=2,
        before=("execute",),
        act="undo",
        end="undone",
        sends=2,
    )
    for point in ("ledger.record_rejected.after", "carrier.void.after", "ledger.record_compensation.after"):
        yield Case(point, kind="fulfill_order", faults=PUSH_REJECTED, end="failed", sends=2, code="rejected")


def _starts() -> Iterator[Case]:
    """Between the commit of an execution and the mark that its workflow was started."""
    for point in (*sides("dispatch.offer"), *sides("runs.mark_started")):
        yield Case(point)
    for point in sides("runs.claim"):
        yield Case(point, before=("accept",), act="wait")
    yield Case("dispatch.offer.before", before=("execute",), act="undo", end="undone")


def _drifts() -> Iterator[Case]:
    """While a run is settled that was terminated in Temporal."""
    for point in (*sides("runs.claim_unchecked"), *sides("runs.supersede")):
        yield Case(
            point,
            kind="push_fulfillment",
            answers_after=86_400,
            before=("drift",),
            act="wait",
            end="failed",
            code="terminated_by_operator",
        )


def _restores() -> Iterator[Case]:
    """While a run is settled that a restored database has forgotten."""
    for point in sides("lost_runs.recall"):
        yield Case(point, before=("execute", "restore"), act="wait")


def _tracking() -> Iterator[Case]:
    """While a parcel's carrier is asked, or has just told: the operation is not concerned."""
    for point in (*sides("tracking_store.claim"), *sides("tracking_store.record")):
        yield Case(point, before=("execute", "track"), act="wait")
    for point in sides("tracking_store.defer"):
        yield Case(point, before=("execute", "track"), faults=TRACKING_FAILS, act="wait")
    for point in sides("tracking_store.record_refund"):
        yield Case(point, before=("execute", "undo", "track"), before_faults=REFUND_PENDING, act="wait", end="undone")


def _requests() -> Iterator[Case]:
    """Around the commit of each call that changes something: its client has no answer, and repeats it with its key."""
    for point in sides("request.commit"):
        yield Case(point)
        yield Case(point, act="create", end="pending", sends=0)
        yield Case(point, act="cancel", end="cancelled", sends=0)
        yield Case(point, before=("execute",), act="undo", end="undone")
        yield Case(point, before=("execute",), before_faults=REJECTED, act="retry", sends=2)
        yield Case(
            point,
            vendor="fedex",
            before=("execute",),
            before_faults=LOST,
            act="resolve",
            end="failed",
            code="did_not_happen",
        )


RETENTION = sides("retention.prune")
"""Tested by themselves: the operations that are concerned are gone in the end."""

MIGRATIONS = (*sides("migration.step"), *sides("migration.commit"))
"""Tested by themselves: no operation is concerned."""
