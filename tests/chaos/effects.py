"""Checks of the labels and fulfillments at the vendors, and of their owners."""

from collections import Counter
from collections.abc import Callable, Iterator

from tests.chaos.client_log import Json
from tests.chaos.records import Records
from tests.chaos.violation import Violation

LIVE = ("live", "pending")
BUYS = ("create_shipment", "fulfill_order")
PUSHES = ("push_fulfillment", "fulfill_order")
OUTSIDE = ("buy_label", "push_fulfillment")

ONE, NONE, EITHER = frozenset({1}), frozenset({0}), frozenset({0, 1})
VOIDED_FIRST = (NONE, EITHER, ONE)
"""The possible counts after several voids of one label, by precedence: one success removes it."""


def count_live(found: list[Json]) -> int:
    """Count the live labels or fulfillments."""
    return sum(record["status"] in LIVE for record in found)


def references_used_once(records: Records) -> Iterator[Violation]:
    """No reference was used twice, voided labels included."""
    for what, found in (("labels", records.labels), ("fulfillments", records.fulfillments)):
        for reference, times in Counter(record["reference"] for record in found).items():
            if times > 1:
                yield Violation(_owner(records, reference), f"{times} {what} with the reference {reference}")


def everything_has_an_owner(records: Records) -> Iterator[Violation]:
    """Every live label and fulfillment belongs to an operation."""
    known = {effect["reference"] for effects in records.effects.values() for effect in effects}
    for record in (*records.labels, *records.fulfillments):
        if record["reference"] not in known and record["status"] in LIVE:
            yield Violation(None, f"live, but owned by no operation: {record}")


def operations_match_vendors(records: Records) -> Iterator[Violation]:
    """A completed operation has one live label or fulfillment, and other operations have none."""
    voids = _voids(records)
    for ident, operation in records.operations.items():
        references = [effect["reference"] for effect in records.effects.get(ident, []) if effect["direction"] == "do"]
        labels = [label for reference in references for label in records.labels_of(reference)]
        pushed = [fulfillment for reference in references for fulfillment in records.fulfillments_of(reference)]
        for what, types, found in (("labels", BUYS, labels), ("fulfillments", PUSHES, pushed)):
            if operation["type"] not in types:
                continue
            expected = _expected(operation)
            shipment = (operation["output"] or {}).get("shipment_id")
            if what == "labels" and expected == ONE and shipment in voids:
                expected = voids[shipment]
            if count_live(found) not in expected:
                yield Violation(
                    ident, f"{operation['status']} with {count_live(found)} live {what}, not {set(expected)}"
                )
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


def _voids(records: Records) -> dict[str, frozenset[int]]:
    """Return how many labels may be live after the voids of each shipment of a void_shipment operation.

    One if all voids failed without attention, unless the carrier voided the label and then rejected the repeated call.
    """
    refused = {
        request["reference"]
        for request in records.requests
        if request["target"] == "labels.void" and request["fault"] == "reject"
    }
    found: dict[str, frozenset[int]] = {}
    for ident, operation in records.operations.items():
        if operation["type"] == "void_shipment" and records.effects.get(ident):
            shipment = operation["input"]["shipment_id"]
            failed = operation["status"] == "failed" and operation["attention"] is None
            remaining = ONE if failed and records.label_to_void(operation) not in refused else EITHER
            allowed = NONE if operation["status"] == "completed" else remaining
            found[shipment] = min(allowed, found.get(shipment, allowed), key=VOIDED_FIRST.index)
    return found


def ledger_matches_vendors(records: Records) -> Iterator[Violation]:
    """Each effect agrees with the vendor; an effect with an unknown outcome needs attention."""
    voids = _voids(records)
    for ident, effects in records.effects.items():
        operation = records.operations[ident]
        for effect in effects:
            if effect["direction"] != "do" or effect["step"] not in OUTSIDE:
                continue
            found = records.labels_of(effect["reference"]) + records.fulfillments_of(effect["reference"])
            expected = _expected_of_effect(effect, effects)
            if (
                expected == ONE
                and (effect["result"] or {}).get("shipment_id") in voids
                and effect["step"] == OUTSIDE[0]
            ):
                expected = voids[effect["result"]["shipment_id"]]
            if count_live(found) not in expected:
                yield Violation(ident, f"{effect['step']} is {effect['state']} with {count_live(found)} live: {effect}")
            is_unknown = effect["state"] in ("sent", "unknown") and effect["reversed_at"] is None
            if is_unknown and operation["attention"] is None:
                yield Violation(ident, f"{effect['step']} is {effect['state']} without attention")


def _expected_of_effect(effect: Json, effects: list[Json]) -> frozenset[int]:
    if effect["reversed_at"] is not None or effect["state"] in ("prepared", "rejected"):
        return NONE
    if effect["state"] != "done":
        return EITHER
    attempts = [undo for undo in effects if undo["direction"] == "undo" and undo["undoes"] == effect["id"]]
    return EITHER if attempts else ONE


def steps_match_status(records: Records) -> Iterator[Violation]:
    """No step is done twice, and an undone or rolled back operation has no step left."""
    for ident, operation in records.operations.items():
        done = [
            effect
            for effect in records.effects.get(ident, [])
            if effect["direction"] == "do" and effect["state"] == "done"
        ]
        remaining = Counter(effect["step"] for effect in done if effect["reversed_at"] is None)
        if any(times > 1 for times in remaining.values()):
            yield Violation(ident, f"a step is done twice: {remaining}")
        rolled_back = operation["status"] == "failed" and (operation["error"] or {}).get("rolled_back")
        if (operation["status"] == "undone" or rolled_back) and remaining:
            yield Violation(ident, f"{operation['status']}, but these stand: {sorted(remaining)}")


def shipments_match_labels(records: Records) -> Iterator[Violation]:
    """A voided shipment has no live label, and a live label has a shipment."""
    live_references = {label["reference"] for label in records.labels if label["status"] in LIVE}
    ours = {row["reference"]: row for rows in records.shipments.values() for row in rows}
    for reference in live_references - ours.keys():
        ident = _owner(records, reference)
        if ident is not None and records.operations[ident]["attention"] is None:
            yield Violation(ident, f"the label with {reference} is live, but there is no shipment of it")
    for reference, shipment in ours.items():
        if shipment["status"] == "voided" and reference in live_references:
            yield Violation(shipment["operation_id"], f"shipment {shipment['id']} is voided, but its label is live")


def _owner(records: Records, reference: str) -> str | None:
    owners = (
        ident
        for ident, effects in records.effects.items()
        if any(effect["reference"] == reference for effect in effects)
    )
    return next(owners, None)


CHECKS: tuple[Callable[[Records], Iterator[Violation]], ...] = (
    references_used_once,
    everything_has_an_owner,
    operations_match_vendors,
    ledger_matches_vendors,
    steps_match_status,
    shipments_match_labels,
)
