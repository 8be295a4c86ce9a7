"""The fault matrix of every real channel adapter, derived from the features of the channel's protocol."""

from collections.abc import Iterator
from dataclasses import replace

from tests.faults.scenario import ABSENT, ACCEPTED, HARMLESS, LATE, LOST, REFUSED_AFTER, End, Scenario
from tests.integration.channels.vendors import CHANNELS, Channel

KIND = "push_fulfillment"
SHAPES = ("truncated", "empty", "wrong_shape")
"""The call has its effect, but the answer is unreadable; ACCEPTED has `garbage`, an HTML answer."""
ANY_ANSWER = (*HARMLESS, *LOST, *ACCEPTED, *SHAPES)


def scenarios() -> list[tuple[Channel, Scenario]]:
    """Return every cell of every channel."""
    return [(channel, _own(channel, cell)) for channel in CHANNELS for cell in _cells(channel)]


def _own(channel: Channel, cell: Scenario) -> Scenario:
    end: End = channel.own_ends.get(cell.what, cell.end)  # type: ignore[assignment]
    return replace(cell, end=end, safety=channel.safety)


def _cells(channel: Channel) -> Iterator[Scenario]:
    yield from creates(channel)
    yield from finds(channel)
    if channel.reads_order:
        yield from _before("orders.get")
    if channel.signs_in:
        yield from _tokens()
    if channel.can_cancel:
        yield from _cancels(channel)


def creates(channel: Channel) -> Iterator[Scenario]:
    target = "fulfillments.create"
    for fault in ("reject", *ANY_ANSWER, *LATE, *REFUSED_AFTER, "single"):
        yield Scenario(KIND, f"{target}-{fault}", _create_end(channel, fault), ((target, fault),))
    once: End = "completed" if channel.signs_in else "failed"
    yield Scenario(KIND, f"{target}-auth_failed", once, ((target, "auth_failed"),))
    if channel.signs_in:
        yield Scenario(KIND, f"{target}-auth_failed_twice", "failed", ((target, "auth_failed"),) * 2)


def _create_end(channel: Channel, fault: str) -> End:
    kind = fault.partition(":")[0]
    if fault == "reject":
        return "failed"
    not_done = fault in LOST or (kind == "unavailable" and kind not in channel.unprocessed)
    return "attention" if not_done and channel.safety == "lookup_weak" else "completed"


def finds(channel: Channel) -> Iterator[Scenario]:
    """The channel answered the push, so one lookup proves that the fulfillment is absent.

    A refused lookup always ends with a person.
    """
    if channel.safety == "keyed":
        return
    for fault in ("accept_then_drop", "drop"):
        lost = (("fulfillments.create", fault), ("fulfillments.find", "no_lookup"))
        yield Scenario(KIND, f"fulfillments.find-no_lookup-{fault}", "attention", lost)
    before = (("fulfillments.create", "truncated"), ("fulfillments.find", "auth_failed"))
    yield Scenario(KIND, "fulfillments.find-auth_failed", "completed" if channel.signs_in else "attention", before)
    denied = (ABSENT,) if channel.safety == "lookup_weak" else ()
    for fault in ("reject", *ANY_ANSWER, "single", *denied):
        end: End = "attention" if fault == "reject" else "completed"
        before = (("fulfillments.create", "truncated"), ("fulfillments.find", fault))
        yield Scenario(KIND, f"fulfillments.find-{fault}", end, before)


def _before(target: str) -> Iterator[Scenario]:
    """A read before the push: its outcome is never unknown."""
    for fault in ("reject", "auth_failed", *ANY_ANSWER, "single"):
        end: End = "failed" if fault in ("reject", "auth_failed") else "completed"
        yield Scenario(KIND, f"{target}-{fault}", end, ((target, fault),))


def _cancels(channel: Channel) -> Iterator[Scenario]:
    target = "fulfillments.cancel"
    ends: dict[str, End] = {"reject": "undo_failed", ABSENT: "undo_failed", "too_late": "undo_refused"}
    for fault in ("reject", ABSENT, "too_late", *ANY_ANSWER, "single"):
        yield Scenario(KIND, f"undo-{target}-{fault}", ends.get(fault, "undone"), then=((target, fault),))
    end: End = "undone" if channel.signs_in else "undo_failed"
    yield Scenario(KIND, f"undo-{target}-auth_failed", end, then=((target, "auth_failed"),))
    if channel.lists_after_cancel:
        for fault in ANY_ANSWER:
            denied = ((target, ABSENT), ("fulfillments.find", fault))
            yield Scenario(KIND, f"undo-{target}-denied-and-find-{fault}", "undone", then=denied)


def _tokens() -> Iterator[Scenario]:
    for fault in ("rate_limited:1", "unavailable:1", *LOST, "accept_then_stall", "garbage", *SHAPES):
        yield Scenario(KIND, f"tokens.create-{fault}", "completed", (("tokens.create", fault),))
    yield Scenario(KIND, "tokens.create-auth_failed", "failed", (("tokens.create", "auth_failed"),))
