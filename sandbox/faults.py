"""Scripted faults: the kinds, the targets, and the queue of faults to come.

The script is kept in memory, so a restarted sandbox has none.
"""

import asyncio
from collections import deque
from dataclasses import dataclass

TARGETS = (
    "labels.create",
    "labels.find",
    "labels.void",
    "labels.document",
    "labels.track",
    "labels.rates",
    "drafts.find",
    "drafts.create",
    "tokens.create",
    "payments.create",
    "fulfillments.create",
    "fulfillments.find",
    "fulfillments.status",
    "fulfillments.cancel",
    "fulfillments.answer",
    "orders.get",
)

_EVERYWHERE = (
    "ok",
    "reject",
    "error_500",
    "error_500_after_accept",
    "drop",
    "accept_then_drop",
    "accept_then_stall",
    "rate_limited:N",
    "garbage",
    "truncated",
    "empty",
    "wrong_shape",
    "single",
    "slow:N",
    "auth_failed",
    "unavailable:N",
)
_READS = ("labels.find", "labels.document", "labels.track", "fulfillments.find", "fulfillments.status", "orders.get")
_MAX_SECONDS = 86_400


def valid_faults(target: str) -> tuple[str, ...]:
    """Return the faults that can be scripted for the target; `N` stands for a number of seconds."""
    if target == "fulfillments.answer":
        return ("ok", "reject")
    faults: tuple[str, ...] = _EVERYWHERE
    if target in (*_READS, "labels.void", "fulfillments.cancel"):
        faults = (*faults, "absent")
    if target in ("labels.find", "fulfillments.find"):
        faults = (*faults, "no_lookup")
    if target in ("labels.void", "fulfillments.cancel"):
        faults = (*faults, "too_late")
    if target == "labels.void":
        faults = (*faults, "refund_pending")
    if target in ("labels.create", "payments.create"):
        faults = (*faults, "insufficient_funds", "try_later")
    if target in ("labels.create", "fulfillments.create"):
        faults = (*faults, "gateway_timeout:N", "rate_limited_after_accept")
    if target in ("labels.create", "labels.find"):
        faults = (*faults, "part")
    if target in ("labels.create", "labels.document"):
        faults = (*faults, "large_label")
    return faults


@dataclass(frozen=True, slots=True)
class Fault:
    """One scripted fault: its kind, and its number of seconds if the kind has one."""

    kind: str
    seconds: float = 0.0
    text: str = "ok"


OK = Fault("ok")


class FaultError(ValueError):
    """An unknown fault or target, or a malformed number; the message lists the valid ones."""


def parse_fault(target: str, text: str) -> Fault:
    """Return the fault of a text such as `drop`, `slow:2.5` or `rate_limited:2` for the target.

    Raises:
        FaultError: the target or the fault is unknown, or its number is malformed.
    """
    if target not in TARGETS:
        raise FaultError(f"unknown target {target[:60]!r}; valid targets: {', '.join(TARGETS)}")
    valid = valid_faults(target)
    kind, colon, number = text.partition(":")
    if kind in valid and not colon:
        return Fault(kind, text=text)
    if f"{kind}:N" in valid:
        return Fault(kind, _seconds(kind, number), text)
    raise FaultError(f"unknown fault {text[:60]!r} for {target}; valid faults: {', '.join(valid)}")


def _seconds(kind: str, number: str) -> float:
    # Retry-After has whole seconds (RFC 9110); a slow answer or a late handler may take any time.
    in_parts = kind in ("slow", "gateway_timeout")
    digits = number.replace(".", "", 1) if in_parts else number
    if not (digits.isascii() and digits.isdigit() and float(number) <= _MAX_SECONDS):
        wanted = "seconds" if in_parts else "whole seconds"
        raise FaultError(f"malformed number in {kind}:{number[:40]!r}; write {kind}:N, N {wanted} from 0 to 86400")
    return float(number)


class FaultScript:
    """The faults to come, in order for each target, or for each target and reference.

    `cleared` is set when they are cleared: calls with a slow answer then end.
    """

    def __init__(self) -> None:
        self._coming: dict[tuple[str, str | None], deque[Fault]] = {}
        self.cleared = asyncio.Event()

    def append(self, target: str, faults: list[Fault], reference: str | None = None) -> None:
        """Script faults; with a `reference`, only calls with that reference get them."""
        self._coming.setdefault((target, reference), deque()).extend(faults)

    def take(self, target: str, reference: str | None = None) -> Fault:
        """Remove and return the next fault of a call: first one of its reference, then one of any; else `ok`."""
        for key in ((target, reference), (target, None)):
            if coming := self._coming.get(key):
                return coming.popleft()
        return OK

    def remaining(self) -> list[dict[str, str | list[str]]]:
        """Return the faults to come: `[{target, faults, reference?}]`."""
        return [
            {
                "target": target,
                "faults": [fault.text for fault in coming],
                **({"reference": reference} if reference is not None else {}),
            }
            for (target, reference), coming in self._coming.items()
            if coming
        ]

    def clear(self) -> None:
        self._coming.clear()
        self.cleared.set()
        self.cleared = asyncio.Event()
