"""The scenarios to record: every way that each operation type can go."""

from dataclasses import dataclass

from domain.operations import Operation, OperationStatus, RunKind, UndoStatus
from domain.ports.stores import OperationRecord
from tests.fixtures.engine import Rig
from tests.fixtures.polling import eventually
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.shops import Shop

UNDO, ROLLBACK = "undo_operation", "roll_back_operation"
Faults = tuple[tuple[str, str], ...]
LOST_PUSH: Faults = (("fulfillments.create", "drop"), ("fulfillments.find", "no_lookup"))


@dataclass(frozen=True)
class Recording:
    """One operation whose runs are recorded.

    `saved` names the file of each run in order, `<workflow>/<name>`; a run with an empty name is not saved.
    """

    kind: str
    saved: tuple[str, ...]
    faults: Faults = ()
    carrier: str = "shipengine"
    answers_after: float = 0.0
    then: str = ""
    """The action after the execution: undo, cancel, terminate or did_not_happen."""
    undo_faults: Faults = ()


RECORDINGS = (
    Recording("create_shipment", ("create_shipment/completed", f"{UNDO}/create_shipment"), then="undo"),
    Recording("create_shipment", ("create_shipment/rejected",), (("labels.create", "reject"),)),
    Recording("create_shipment", ("create_shipment/recovered",), (("labels.create", "accept_then_drop"),)),
    Recording("create_shipment", ("create_shipment/proven_absent",), (("labels.create", "error_500"),)),
    Recording(
        "create_shipment",
        ("create_shipment/sent_again_with_its_key",),
        (("labels.create", "accept_then_drop"),),
        carrier="usps",
    ),
    Recording(
        "create_shipment",
        ("create_shipment/attention", f"{ROLLBACK}/did_not_happen"),
        (("labels.create", "drop"), ("labels.find", "no_lookup")),
        then="did_not_happen",
    ),
    Recording(
        "create_shipment",
        ("", f"{UNDO}/too_late"),
        then="undo",
        undo_faults=(("labels.void", "too_late"),),
    ),
    Recording(
        "create_shipment",
        ("", f"{UNDO}/compensation_failed"),
        then="undo",
        undo_faults=(("labels.void", "reject"),),
    ),
    Recording("push_fulfillment", ("push_fulfillment/completed", f"{UNDO}/push_fulfillment"), then="undo"),
    Recording("push_fulfillment", ("push_fulfillment/rejected",), (("fulfillments.create", "reject"),)),
    Recording("push_fulfillment", ("push_fulfillment/recovered",), (("fulfillments.create", "accept_then_drop"),)),
    Recording("push_fulfillment", ("push_fulfillment/attention",), LOST_PUSH),
    Recording("push_fulfillment", ("push_fulfillment/waited",), answers_after=1.5),
    Recording(
        "push_fulfillment",
        ("push_fulfillment/rejected_later",),
        (("fulfillments.answer", "reject"),),
        answers_after=1.5,
    ),
    Recording("push_fulfillment", ("push_fulfillment/cancelled",), answers_after=600, then="cancel"),
    Recording("update_order_status", ("update_order_status/completed", f"{UNDO}/update_order_status"), then="undo"),
    Recording("fulfill_order", ("fulfill_order/completed", f"{UNDO}/fulfill_order"), then="undo"),
    Recording("fulfill_order", ("fulfill_order/compensated",), (("fulfillments.create", "reject"),)),
    Recording(
        "fulfill_order",
        ("fulfill_order/compensation_failed",),
        (("fulfillments.create", "reject"), ("labels.void", "reject")),
    ),
    Recording(
        "fulfill_order",
        ("fulfill_order/recovered",),
        (("labels.create", "accept_then_drop"), ("fulfillments.create", "accept_then_drop")),
    ),
    Recording("fulfill_order", ("fulfill_order/attention",), LOST_PUSH),
    Recording("fulfill_order", ("fulfill_order/cancelled",), answers_after=600, then="cancel"),
    Recording("fulfill_order", ("", f"{ROLLBACK}/terminated"), answers_after=600, then="terminate"),
    Recording("void_shipment", ("void_shipment/completed",)),
    Recording("void_shipment", ("void_shipment/too_late",), (("labels.void", "too_late"),)),
    Recording(
        "void_shipment",
        ("void_shipment/recovered",),
        (("labels.void", "accept_then_drop"), ("labels.void", "auth_failed")),
    ),
    Recording(
        "void_shipment",
        ("void_shipment/attention",),
        (("labels.void", "accept_then_drop"), ("labels.void", "auth_failed"), ("labels.void", "auth_failed")),
    ),
)


async def run_scenario(rig: Rig, sandbox: Sandbox, recording: Recording) -> OperationRecord:
    """Run a scenario until it has settled."""
    shop = await rig.shop(sandbox, account={"carrier": recording.carrier})
    fields = {}
    if recording.kind == "void_shipment":
        bought = await rig.complete(shop, "create_shipment")
        fields = {"shipment_id": (bought.operation.output or {})["shipment_id"]}
    await sandbox.answers_after(recording.answers_after)
    await _script(sandbox, recording.faults)
    operation = await (rig.create(shop, recording.kind, **fields) if fields else rig.new(shop, recording.kind))
    if recording.then in ("cancel", "terminate"):
        return await _stop(rig, shop, await _begin_push(rig, shop, operation), recording.then)
    record = await rig.execute(shop, operation)
    if recording.then == "undo":
        await _script(sandbox, recording.undo_faults)
        record = await rig.undo(shop, record.operation)
        assert (record.operation.undo_status is UndoStatus.DONE) is not bool(recording.undo_faults)
    if recording.then == "did_not_happen":
        record = await _did_not_happen(rig, shop, record)
    return record


async def _script(sandbox: Sandbox, faults: Faults) -> None:
    for target, fault in faults:
        await sandbox.script(target, fault)


async def _begin_push(rig: Rig, shop: Shop, operation: Operation) -> OperationRecord:
    """Start the operation, and wait until its push waits for the channel."""
    await rig.begin(shop, operation)

    async def waits() -> bool:
        record = await rig.record(shop, operation)
        pushed = [
            effect for effect in record.effects if effect.step == "push_fulfillment" and effect.result is not None
        ]
        return bool(pushed and record.runs[0].started_at)

    await eventually(waits)
    return await rig.record(shop, operation)


async def _stop(rig: Rig, shop: Shop, record: OperationRecord, how: str) -> OperationRecord:
    handle = rig.client.get_workflow_handle(record.runs[0].workflow_id)
    await (handle.cancel() if how == "cancel" else handle.terminate())

    async def settled() -> bool:
        await rig.reconciler.reconcile(age_seconds=0)
        return (await rig.record(shop, record.operation)).runs[-1].closed_at is not None

    await eventually(settled)
    return await rig.record(shop, record.operation)


async def _did_not_happen(rig: Rig, shop: Shop, record: OperationRecord) -> OperationRecord:
    async with rig.data(shop) as data:
        await data.operations.settle_effect(
            record.effects[0].id, happened=False, result={}, reason="the carrier has no such label"
        )
    options = {"code": "did_not_happen", "step": record.effects[0].step}
    await rig.start(shop, record.operation, RunKind.ROLLBACK, OperationStatus.EXECUTING, **options)
    return await rig.wait_closed(shop, record.operation)
