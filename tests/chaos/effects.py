"""Checks of the outside world: what is live at the carriers and the channel, and who owns it."""

from collections import Counter
from collections.abc import Callable, Iterator

from tests.chaos.books import Books
from tests.chaos.told import Json
from tests.chaos.violation import Violation

LIVE = ("live", "pending")
BUYS = ("create_shipment", "fulfill_order")
PUSHES = ("push_fulfillment", "fulfill_order")
OUTSIDE = ("buy_label", "push_fulfillment")

ONE, NONE, EITHER = frozenset({1}), frozenset({0}), frozenset({0, 1})
VOIDED_FIRST = (NONE, EITHER, ONE)
"""What several voids of one label came to: of any that was done it is gone, and only where all failed it stands."""


def live(found: list[Json]) -> int:
    """Count what stands at the carrier or in the channel."""
    return sum(record["status"] in LIVE for record in found)


def bought_once(books: Books) -> Iterator[Violation]:
    """No reference was ever bought or pushed with twice, not even to be voided later."""
    for what, found in (("labels", books.labels), ("fulfillments", books.fulfillments)):
        for reference, times in Counter(record["reference"] for record in found).items():
            if times > 1:
                yield Violation(_owner(books, reference), f"{times} {what} with the reference {reference}")


def all_owned(books: Books) -> Iterator[Violation]:
    """Nothing exists outside that no operation knows of."""
    known = {effect["reference"] for effects in books.effects.values() for effect in effects}
    for record in (*books.labels, *books.fulfillments):
        if record["reference"] not in known and record["status"] in LIVE:
            yield Violation(None, f"live, but owned by no operation: {record}")


def operations_true(books: Books) -> Iterator[Violation]:
    """By an operation's status alone: one live label or fulfillment where it is completed, none where it is not."""
    voids = _voids(books)
    for ident, operation in books.operations.items():
        references = [effect["reference"] for effect in books.effects.get(ident, []) if effect["direction"] == "do"]
        labels = [label for reference in references for label in books.labels_of(reference)]
        pushed = [fulfillment for reference in references for fulfillment in books.fulfillments_of(reference)]
        for what, types, found in (("labels", BUYS, labels), ("fulfillments", PUSHES, pushed)):
            if operation["type"] not in types:
                continue
            expected = _expected(operation)
            shipment = (operation["output"] or {}).get("shipment_id")
            if what == "labels" and expected == ONE and shipment in voids:
                expected = voids[shipment]
            if live(found) not in expected:
                yield Violation(ident, f"{operation['status']} with {live(found)} live {what}, not {set(expected)}")
        if operation["status"] in ("pending", "cancelled") and references:
            yield Violation(ident, f"{operation['status']}, but it attempted {len(references)} effects")


def _expected(operation: Json) -> frozenset[int]:
    status, attention = operation["status"], operation["attention"]
    if status == "completed":
        return ONE if operation["undo_status"] == "none" else EITHER
    if status == "executing" and attention is not None:
        return EITHER
    if status == "failed" and attention is not None and not (operation["error"] or {}).get("rolled_back"):
        return EITHER
    return NONE


def _voids(books: Books) -> dict[str, frozenset[int]]:
    """By shipment that some void_shipment operation is about: how many labels may be live.

    One, where all of them failed and nobody is asked: but for a carrier that did it once, and refused to do it again.
    """
    refused = {
        request["reference"]
        for request in books.requests
        if request["target"] == "labels.void" and request["fault"] == "reject"
    }
    found: dict[str, frozenset[int]] = {}
    for ident, operation in books.operations.items():
        if operation["type"] == "void_shipment" and books.effects.get(ident):
            shipment = operation["input"]["shipment_id"]
            failed = operation["status"] == "failed" and operation["attention"] is None
            stands = ONE if failed and books.label_to_void(operation) not in refused else EITHER
            ways = NONE if operation["status"] == "completed" else stands
            found[shipment] = min(ways, found.get(shipment, ways), key=VOIDED_FIRST.index)
    return found


def ledger_true(books: Books) -> Iterator[Violation]:
    """Each row of the ledger tells what is outside; what it can't tell stands under attention."""
    voids = _voids(books)
    for ident, effects in books.effects.items():
        operation = books.operations[ident]
        for effect in effects:
            if effect["direction"] != "do" or effect["step"] not in OUTSIDE:
                continue
            found = books.labels_of(effect["reference"]) + books.fulfillments_of(effect["reference"])
            expected = _of_effect(effect, effects)
            if (
                expected == ONE
                and (effect["result"] or {}).get("shipment_id") in voids
                and effect["step"] == OUTSIDE[0]
            ):
                expected = voids[effect["result"]["shipment_id"]]
            if live(found) not in expected:
                yield Violation(ident, f"{effect['step']} is {effect['state']} with {live(found)} live: {effect}")
            doubtful = effect["state"] in ("sent", "unknown") and effect["reversed_at"] is None
            if doubtful and operation["attention"] is None:
                yield Violation(ident, f"{effect['step']} is {effect['state']}, and nobody is told")


def _of_effect(effect: Json, effects: list[Json]) -> frozenset[int]:
    if effect["reversed_at"] is not None or effect["state"] in ("prepared", "rejected"):
        return NONE
    if effect["state"] != "done":
        return EITHER
    tried = [undo for undo in effects if undo["direction"] == "undo" and undo["undoes"] == effect["id"]]
    return EITHER if tried else ONE


def steps_true(books: Books) -> Iterator[Violation]:
    """No step stands twice; all steps of a completed operation stand, none of one that was taken back."""
    for ident, operation in books.operations.items():
        done = [
            effect
            for effect in books.effects.get(ident, [])
            if effect["direction"] == "do" and effect["state"] == "done"
        ]
        standing = Counter(effect["step"] for effect in done if effect["reversed_at"] is None)
        if any(times > 1 for times in standing.values()):
            yield Violation(ident, f"a step stands twice: {standing}")
        rolled_back = operation["status"] == "failed" and (operation["error"] or {}).get("rolled_back")
        if (operation["status"] == "undone" or rolled_back) and standing:
            yield Violation(ident, f"{operation['status']}, but these stand: {sorted(standing)}")


def shipments_true(books: Books) -> Iterator[Violation]:
    """A shipment of ours that says label_created has its label, and a live label has its shipment."""
    live_references = {label["reference"] for label in books.labels if label["status"] in LIVE}
    ours = {row["reference"]: row for rows in books.shipments.values() for row in rows}
    for reference in live_references - ours.keys():
        ident = _owner(books, reference)
        if ident is not None and books.operations[ident]["attention"] is None:
            yield Violation(ident, f"the label with {reference} is live, but there is no shipment of it")
    for reference, shipment in ours.items():
        if shipment["status"] == "voided" and reference in live_references:
            yield Violation(shipment["operation_id"], f"shipment {shipment['id']} is voided, but its label is live")


def _owner(books: Books, reference: str) -> str | None:
    owners = (
        ident for ident, effects in books.effects.items() if any(effect["reference"] == reference for effect in effects)
    )
    return next(owners, None)


CHECKS: tuple[Callable[[Books], Iterator[Violation]], ...] = (
    bought_once,
    all_owned,
    operations_true,
    ledger_true,
    steps_true,
    shipments_true,
)
