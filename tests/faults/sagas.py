"""The fault matrix of sagas, waits and voids; each vendor's own matrix is next to its adapter's tests."""

from collections.abc import Iterator
from dataclasses import replace

from tests.faults import carriers, channels
from tests.faults.scenario import ABSENT, ACCEPTED, HARMLESS, LOST, End, Scenario
from tests.integration.carriers.vendors import BY_NAME, Carrier
from tests.integration.channels.vendors import CHANNELS

STRONG = BY_NAME["shipengine"]
CARRIERS = (BY_NAME["usps"], STRONG, BY_NAME["fedex"])
"""One carrier of each safety class; the vendors' own scenarios cover refused lookups."""
SHOPIFY = next(channel for channel in CHANNELS if channel.name == "shopify")

TRANSIENT = (*HARMLESS, *LOST, *ACCEPTED)
"""Faults that a repeatable call survives."""
REFUSED = ("reject", "auth_failed")
"""The vendor refuses the call for good."""

Cell = tuple[Carrier, Scenario]


def scenarios() -> dict[str, Cell]:
    """Return every cell by name."""
    cells = [*_labels(), *((STRONG, cell) for cell in (*_pushes(), *_answers(), *_undos(), *_rollbacks(), *_voids()))]
    found = {f"{cell.kind}-{cell.what}-{carrier.name}": (carrier, cell) for carrier, cell in cells}
    assert len(found) == len(cells), "two scenarios have one name"
    return found


def _labels() -> Iterator[Cell]:
    for carrier in CARRIERS:
        for cell in (*carriers.creates(carrier), *carriers.finds(carrier)):
            yield carrier, replace(cell, kind="fulfill_order", safety=carrier.safety)


def _pushes() -> Iterator[Scenario]:
    for cell in (*channels.creates(SHOPIFY), *channels.finds(SHOPIFY)):
        yield replace(cell, kind="fulfill_order", safety=SHOPIFY.safety)


def _answers() -> Iterator[Scenario]:
    for kind in ("push_fulfillment", "fulfill_order"):
        for fault in (*REFUSED, *TRANSIENT, ABSENT):
            # The fault hides the channel's answer: the channel has the fulfillment, and the wait continues.
            before = (("fulfillments.status", fault),)
            yield Scenario(kind, f"fulfillments.status-{fault}", "completed", before, answers_after=0.5)
        for fault, end in (("reject", "failed"), ("ok", "completed")):
            before = (("fulfillments.answer", fault),)
            yield Scenario(kind, f"fulfillments.answer-{fault}", end, before, answers_after=0.5)  # type: ignore[arg-type]


def _undos() -> Iterator[Scenario]:
    """After an earlier compensation, a refusal leaves the operation half undone."""
    for target in ("labels.void", "fulfillments.cancel"):
        for fault in _compensation_faults(target):
            end: End = "undo_failed" if fault in (*REFUSED, ABSENT, "too_late") else "undone"
            yield Scenario("fulfill_order", f"undo-{target}-{fault}", end, then=((target, fault),))


def _rollbacks() -> Iterator[Scenario]:
    for fault in _compensation_faults("labels.void"):
        before = (("fulfillments.create", "reject"), ("labels.void", fault))
        yield Scenario("fulfill_order", f"rollback-labels.void-{fault}", "failed", before)


def _voids() -> Iterator[Scenario]:
    for fault in _compensation_faults("labels.void"):
        end: End = "failed" if fault in (*REFUSED, ABSENT, "too_late") else "completed"
        yield Scenario("void_shipment", f"labels.void-{fault}", end, (("labels.void", fault),))


def _compensation_faults(target: str) -> tuple[str, ...]:
    pending = ("refund_pending",) if target == "labels.void" else ()
    return (*REFUSED, *TRANSIENT, ABSENT, "too_late", *pending)
