"""The cases: where a process dies, during which action, and how the operation must end."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Act = Literal[
    "accept", "cancel", "create", "drift", "execute", "hold", "resolve", "restore", "retry", "track", "undo", "void",
    "wait", "bulk_cancel", "bulk_execute", "bulk_retry", "bulk_undo",
]  # fmt: skip
"""The API's calls, `bulk_` as a bulk action of one operation, and: `void` executes another operation, which voids the
shipment; `accept` commits an execution while Temporal is down; `drift` terminates a run that waits for its channel;
`hold` executes until the account is paused, and makes its probe due; `restore` replaces the database by an older
backup; `track` makes the parcel due for tracking; `wait` does nothing, because the process dies during its own periodic
work."""

End = Literal["pending", "completed", "failed", "cancelled", "undone", "attention"]

Fault = tuple[str, str]
"""A target of the sandbox, and the fault of all its calls during one phase of a case.

A fault of one call would be lost with that call: a busy machine can lose any answer, and the repeated call would
succeed.
"""


@dataclass(frozen=True)
class Case:
    """One crash.

    An unarmed process performs `before` with `before_faults`, the armed process performs `act` with `faults` and dies,
    and the next process works with `after_faults`. `vendor` names the account or bridge, and thus the safety class.
    `sends` is the expected number of purchases and pushes that the vendors receive; those that met a fault count as
    one. `code` is the expected error. The channel answers a push after `answers_after` seconds, and the call prefers to
    wait for `wait` seconds.
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
    after_faults: tuple[Fault, ...] = ()

    @property
    def is_slow(self) -> bool:
        """Whether a vendor answers after its call was handed over."""
        return any(fault.startswith("slow:") for _, fault in self.faults)

    @property
    def name(self) -> str:
        """The id of the case's test."""
        times = [str(self.nth)] if self.nth > 1 else []
        waits = [f"waiting{self.wait}"] if self.wait else []
        waits += ["later"] if self.answers_after else []
        waits += ["slow"] if self.is_slow else []
        return "-".join([self.point, *times, self.act, self.kind, self.vendor, *waits])


REJECTED: tuple[Fault, ...] = (("labels.create", "reject"),)
PUSH_REJECTED: tuple[Fault, ...] = (("fulfillments.create", "reject"),)
NOT_TAKEN: tuple[Fault, ...] = (("labels.create", "rate_limited:1"),)
SLOW: tuple[Fault, ...] = (("labels.create", "slow:4"),)
SLOW_PUSH: tuple[Fault, ...] = (("fulfillments.create", "slow:4"),)
SLOW_VOID: tuple[Fault, ...] = (("labels.void", "slow:4"),)
NO_LOOKUP: tuple[Fault, ...] = (("fulfillments.find", "no_lookup"),)
LOST: tuple[Fault, ...] = (("labels.create", "drop"),)
UNREADABLE: tuple[Fault, ...] = (("labels.create", "garbage"),)
VOID_LOST: tuple[Fault, ...] = (("labels.void", "accept_then_drop"),)
REFUND_PENDING: tuple[Fault, ...] = (("labels.void", "refund_pending"),)
TRACKING_FAILS: tuple[Fault, ...] = (("labels.track", "error_500"),)
NO_MONEY: tuple[Fault, ...] = (("labels.create", "insufficient_funds"),)
AUTH: tuple[Fault, ...] = (("labels.create", "auth_failed"),)


def cases() -> list[Case]:
    """Return every case."""
    found = [
        *_purchases(),
        *_pushes(),
        *_handovers(),
        *_rejections(),
        *_statuses(),
        *_undos(),
        *_starts(),
        *_drifts(),
        *_restores(),
        *_tracking(),
        *_requests(),
        *_bulk_actions(),
    ]
    assert len({case.name for case in found}) == len(found)
    return found


def sides(moment: str) -> tuple[str, str]:
    """Return the points before and after a moment."""
    return f"{moment}.before", f"{moment}.after"


def _purchases() -> Iterator[Case]:
    """Around the purchase of a label: an unknown one is found, or sent again if the carrier proves its absence."""
    yield Case("ledger.begin.before")
    yield Case("ledger.begin.after")
    yield Case("ledger.begin.after", vendor="usps")
    # Nothing was sent, but the carrier can't prove it: an operator must look.
    yield Case("ledger.begin.after", vendor="fedex", end="attention", sends=0)
    yield Case("carrier.buy.before")
    yield Case("carrier.buy.after")
    yield Case("carrier.buy.after", vendor="usps", sends=2)
    yield Case("carrier.buy.after", vendor="fedex")
    for point in sides("ledger.store_answer"):
        yield Case(point, faults=UNREADABLE)
    for point in sides("ledger.record_label"):
        yield Case(point)
        yield Case(point, wait=3)
        yield Case(point, kind="fulfill_order", sends=2)
    yield Case("ledger.begin.after", kind="fulfill_order", nth=2, sends=2)
    yield Case("outcomes.record.before", faults=REJECTED, end="failed", code="rejected", wait=3)
    for point in sides("outcomes.record"):
        yield Case(point, faults=REJECTED, end="failed", code="rejected")


def _pushes() -> Iterator[Case]:
    for point in ("channel.push.before", *sides("ledger.record_done")):
        yield Case(point, kind="push_fulfillment")
    yield Case("channel.push.after", kind="push_fulfillment")
    yield Case("channel.push.after", kind="push_fulfillment", vendor="amazon", sends=2)
    # Nothing was sent, but the channel has no lookup: an operator must look.
    yield Case(
        "channel.push.before", kind="push_fulfillment", vendor="fedex", after_faults=NO_LOOKUP, end="attention", sends=0
    )
    for point in (*sides("ledger.record_waiting"), *sides("ledger.record_done")):
        yield Case(point, kind="push_fulfillment", answers_after=1)


def _handovers() -> Iterator[Case]:
    """While a call goes on that took longer than a local attempt may, and a remote activity waits for it."""
    for point in ("carrier.buy.after", *sides("ledger.record_label")):
        yield Case(point, faults=SLOW)
    for point in ("channel.push.after", *sides("ledger.record_done")):
        yield Case(point, kind="push_fulfillment", faults=SLOW_PUSH)
    for point in ("carrier.void.after", *sides("ledger.record_compensation")):
        yield Case(point, before=("execute",), act="undo", end="undone", faults=SLOW_VOID)


def _rejections() -> Iterator[Case]:
    for point in (*sides("ledger.record_not_sent"), *sides("ledger.note")):
        yield Case(point, faults=NOT_TAKEN, sends=2)
    for point in sides("ledger.record_rejected"):
        yield Case(point, faults=REJECTED, end="failed", code="rejected")
    for point in sides("ledger.record_unknown"):
        yield Case(point, faults=LOST, vendor="fedex", end="attention")
    for point in (*sides("reads.pause"), *sides("runs.claim_probe")):
        yield Case(point, faults=NO_MONEY, sends=2)
    for point in sides("reads.resume"):
        yield Case(point, before=("hold",), before_faults=NO_MONEY, act="wait", sends=2)
    for point in (*sides("ledger.count_delivery"), *sides("ledger.end_delivery"), *sides("ledger.record_looking")):
        yield Case(point, faults=LOST, sends=2)
    for point in sides("reads.auth_failed"):
        yield Case(point, faults=AUTH, end="failed", code="auth_failed")


def _statuses() -> Iterator[Case]:
    for point in sides("ledger.set_order_status"):
        yield Case(point, kind="update_order_status", sends=0)
        yield Case(point, kind="fulfill_order", sends=2)
    for point in sides("ledger.restore_order_status"):
        yield Case(point, kind="update_order_status", sends=0, before=("execute",), act="undo", end="undone")


def _undos() -> Iterator[Case]:
    """During the compensation of an undo or a rollback."""
    for point in (
        *sides("carrier.void"),
        *sides("ledger.record_compensation"),
        *sides("ledger.begin"),
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
    for point in ("ledger.record_rejected.after", "carrier.void.after", *sides("ledger.record_compensation")):
        yield Case(point, kind="fulfill_order", faults=PUSH_REJECTED, end="failed", sends=2, code="rejected")


def _starts() -> Iterator[Case]:
    """Between the commit of an execution and the record of its workflow's start, which a fast run does not need."""
    for point in sides("dispatch.offer"):
        yield Case(point)
    for point in sides("runs.mark_started"):
        yield Case(point, faults=SLOW)
    for point in sides("runs.claim"):
        yield Case(point, before=("accept",), act="wait")
    yield Case("dispatch.offer.before", before=("execute",), act="undo", end="undone")


def _drifts() -> Iterator[Case]:
    """While the reconciler settles a run that was terminated in Temporal."""
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
    """While the reconciler settles a run that a restored database does not have."""
    for point in sides("lost_runs.recall"):
        yield Case(point, before=("execute", "restore"), act="wait")


def _tracking() -> Iterator[Case]:
    """During a tracking request: the operation is not affected."""
    for point in (*sides("tracking_store.claim"), *sides("tracking_store.record")):
        yield Case(point, before=("execute", "track"), act="wait")
    for point in sides("tracking_store.defer"):
        yield Case(point, before=("execute", "track"), faults=TRACKING_FAILS, act="wait")
    for point in sides("tracking_store.record_refund"):
        yield Case(point, before=("execute", "undo", "track"), before_faults=REFUND_PENDING, act="wait", end="undone")


def _requests() -> Iterator[Case]:
    """Around the commit of each writing call: the client gets no answer, and repeats the call with its key."""
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


def _bulk_actions() -> Iterator[Case]:
    """Around the commit of each transaction of a bulk action: of an attempt, and of the record of its result."""
    for point in sides("bulk.commit"):
        yield Case(point, act="bulk_execute")
        yield Case(point, act="bulk_execute", nth=2)
        yield Case(point, act="bulk_cancel", end="cancelled", sends=0)
        yield Case(point, before=("execute",), act="bulk_undo", end="undone")
        yield Case(point, before=("execute",), before_faults=REJECTED, act="bulk_retry", sends=2)


RETENTION = (*sides("retention.prune"), *sides("retention.prune_events"))
"""test_retention.py covers these, because the operations are deleted in the end."""

MIGRATIONS = (*sides("migration.step"), *sides("migration.commit"))
"""test_migration.py covers these, because they involve no operation."""
