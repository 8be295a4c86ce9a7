"""Run one scenario of a fault matrix with the whole engine, and check the result."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from domain.operations import AttentionReason, OperationStatus, UndoStatus
from domain.ports.stores import OperationRecord
from tests.faults.scenario import Scenario, stays
from tests.fixtures.engine import Rig
from tests.fixtures.present import present
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.sandboxes import Sandbox, count_live
from tests.fixtures.shops import Shop, build_input, list_references

WITHIN = 300.0
OF_A_LABEL = ("labels.void", "labels.track")


@dataclass(frozen=True)
class Result:
    """The result of one scenario."""

    record: OperationRecord
    labels: list[dict[str, Any]]
    fulfillments: list[dict[str, Any]]
    purchases: list[dict[str, Any]]
    unused: list[dict[str, Any]]


MakeShop = Callable[[Sandbox], Awaitable[Shop]]


async def run_scenario(
    rig: Rig, sandboxes: Sandboxes, scenario: Scenario, make_shop: MakeShop, fields: dict[str, Any] | None = None
) -> Result:
    """Run one scenario in its own sandbox; `given` changes the operation's usual input."""
    async with sandboxes.one() as sandbox:
        shop = await make_shop(sandbox)
        bought = await rig.complete(shop, "create_shipment") if scenario.kind == "void_shipment" else None
        await sandbox.answers_after(scenario.answers_after)
        await _script(sandbox, scenario, scenario.before)
        if bought is None:
            operation = await rig.create(shop, scenario.kind, **{**build_input(shop, scenario.kind), **(fields or {})})
        else:
            assert bought.operation.output is not None
            operation = await rig.create(shop, "void_shipment", shipment_id=bought.operation.output["shipment_id"])
        record = await rig.execute(shop, operation, WITHIN)
        if scenario.then:
            assert record.operation.status is OperationStatus.COMPLETED, record.operation.error
            await _script(sandbox, scenario, scenario.then, _find_label_reference(record))
            record = await rig.undo(shop, operation, WITHIN)
        return await _collect(scenario, shop, record, *(list_references(bought) if bought else []))


async def _script(
    sandbox: Sandbox, scenario: Scenario, faults: Iterable[tuple[str, str]], label: str | None = None
) -> None:
    """Script faults; those of a void wait for the calls about the `label`, so that the tracker does not get them."""
    for target, fault in faults:
        repeated = [fault] * scenario.repeats(fault)
        await sandbox.script(target, *repeated, reference=label if target in OF_A_LABEL else None)


def _find_label_reference(record: OperationRecord) -> str | None:
    return next((effect.reference for effect in record.effects if effect.step == "buy_label"), None)


async def _collect(scenario: Scenario, shop: Shop, record: OperationRecord, *others: str) -> Result:
    known = [*list_references(record), *others]
    sandbox = shop.sandbox
    return Result(
        record=record,
        labels=await sandbox.labels(*known),
        fulfillments=await sandbox.fulfillments(*known),
        purchases=[
            *await sandbox.requests("labels.create", *known),
            *await sandbox.requests("fulfillments.create", *known),
        ],
        unused=[left for left in await sandbox.unused() if scenario.count_unmet(left["target"], len(left["faults"]))],
    )


def _completed(record: OperationRecord) -> bool:
    return record.operation.status is OperationStatus.COMPLETED and record.operation.attention is None


def _failed(record: OperationRecord) -> bool:
    operation = record.operation
    error = operation.error
    return (
        operation.status is OperationStatus.FAILED
        and error is not None
        and bool(error.code and error.message and error.step)
        and error.rolled_back is (operation.attention is None)
    )


def _attention(record: OperationRecord) -> bool:
    operation, attention = record.operation, record.operation.attention
    unknown = [effect.step for effect in record.effects if effect.state == "unknown"]
    return (
        operation.status is OperationStatus.EXECUTING
        and attention is not None
        and attention.reason is AttentionReason.OUTCOME_UNKNOWN
        and [attention.step] == unknown
        and bool(attention.choices)
    )


def _undone(record: OperationRecord) -> bool:
    operation = record.operation
    return (operation.status, operation.undo_status) == (OperationStatus.UNDONE, UndoStatus.DONE)


def _undo_failed(record: OperationRecord) -> bool:
    return _undo_stopped(record) and present(record.operation.attention).reason == "compensation_failed"


def _undo_refused(record: OperationRecord) -> bool:
    return _undo_stopped(record) and record.operation.attention is None


def _undo_stopped(record: OperationRecord) -> bool:
    operation = record.operation
    is_stopped = (operation.status, operation.undo_status) == (OperationStatus.COMPLETED, UndoStatus.FAILED)
    return is_stopped and bool(present(operation.undo_error).code)


ENDS: dict[str, Callable[[OperationRecord], bool]] = {
    "completed": _completed,
    "failed": _failed,
    "attention": _attention,
    "undone": _undone,
    "undo_failed": _undo_failed,
    "undo_refused": _undo_refused,
}


def check_no_duplicates(result: Result) -> None:
    """One reference has at most one label or fulfillment, live or not."""
    for book in (result.labels, result.fulfillments):
        made = [entry["reference"] for entry in book]
        assert len(made) == len(set(made))
        assert count_live(book) <= 1


def check_repeated_calls(result: Result, safety: str, unprocessed: tuple[str, ...]) -> None:
    """A purchase is sent again only if its safety class allows it."""
    for reference in {purchase["reference"] for purchase in result.purchases}:
        faults = [
            (purchase["fault"] or "ok").partition(":")[0]
            for purchase in result.purchases
            if purchase["reference"] == reference
        ]
        processed = [fault for fault in faults if fault not in unprocessed]
        if safety == "lookup_weak":
            assert len(processed) <= 1, "sent again without proof"
        if safety == "lookup_strong":
            assert all(fault in ("error_500", "drop", "unavailable") for fault in processed[:-1]), (
                "sent again although the label existed"
            )


def check_live_items(result: Result, scenario: Scenario) -> None:
    """The live items are those that the operation reports."""
    books = [(count_live(result.labels), "labels."), (count_live(result.fulfillments), "fulfillments.")]
    if scenario.kind == "void_shipment":
        assert count_live(result.labels) == (1 if scenario.end == "failed" else 0)
        return
    for number, book in books:
        has = scenario.kind == "fulfill_order" or (scenario.kind == "create_shipment") == (book == "labels.")
        if scenario.end == "completed":
            assert number == (1 if has else 0)
        elif scenario.end == "undone" or (scenario.end == "failed" and result.record.operation.attention is None):
            assert number == 0
        elif scenario.what.startswith(f"undo-{book}") or scenario.what.startswith(f"rollback-{book}"):
            assert number == 1, "an item that could not be compensated is live"
    if scenario.what.startswith("rollback"):
        assert (result.record.operation.attention is not None) is stays(scenario)
