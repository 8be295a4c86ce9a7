"""Paused accounts and bridges hold their runs in Postgres and start them one after another when resumed."""

import itertools

from domain.effects import EffectState
from domain.operations import OperationStatus, RunKind
from domain.pauses import MAX_AFTER_RESUME, PauseCause
from domain.ports.stores import OperationRecord
from domain.progress import ProgressState
from tests.fixtures.engine import Rig
from tests.fixtures.polling import eventually
from tests.fixtures.present import present
from tests.fixtures.shops import Shop

REASON = "the warehouse moves"


async def pause_account(rig: Rig, shop: Shop, reason: str = REASON) -> None:
    async with rig.data(shop) as data:
        await data.carrier_accounts.pause(shop.account_id, reason=reason)


async def resume_account(rig: Rig, shop: Shop, reason: str = "it has moved") -> None:
    async with rig.data(shop) as data:
        await data.carrier_accounts.resume(shop.account_id, reason=reason)


async def until_held(rig: Rig, shop: Shop, record: OperationRecord, *, run: int = 1) -> OperationRecord:
    """Wait until a run of the operation is held for an account or bridge."""

    async def find_held() -> OperationRecord | None:
        found = await rig.record(shop, record.operation)
        return found if found.operation.progress is not None and found.runs[-1].run == run else None

    found = await eventually(find_held, 60.0, "the operation is held")
    assert found is not None
    return found


async def test_a_paused_account_holds_its_executions(rig: Rig, shop: Shop) -> None:
    """Nothing is sent and nothing fails; the operation completes after the account is resumed."""
    operation = await rig.new(shop, "create_shipment")
    await pause_account(rig, shop)
    await rig.open_run(shop, operation, RunKind.EXECUTE, OperationStatus.PENDING)  # the API does not offer held runs
    record = await until_held(rig, shop, await rig.record(shop, operation))

    progress = present(record.operation.progress)
    assert record.operation.status is OperationStatus.EXECUTING
    assert (progress.state, progress.cause) == (ProgressState.ACCOUNT_PAUSED, PauseCause.PERSON)
    assert (progress.reason, progress.carrier_account_id) == (REASON, shop.account_id)
    assert progress.next_look_at is None
    assert record.effects == []
    assert [run.started_at for run in record.runs] == [None]

    await resume_account(rig, shop)
    ended = await rig.wait_closed(shop, operation)

    assert ended.operation.status is OperationStatus.COMPLETED, ended.operation.error
    assert ended.operation.progress is None
    events = [entry.event for entry in ended.logs]
    assert "operation.held" in events
    assert "operation.released" in events


async def test_a_bridge_paused_after_the_purchase_holds_the_push(rig: Rig, shop: Shop) -> None:
    """The label stays, and the next run continues from the ledger without another purchase."""
    shop = await rig.shop(shop.sandbox, carrier={"read_timeout_seconds": 60})
    await shop.sandbox.script("labels.create", "slow:30")
    operation = await rig.new(shop, "fulfill_order")
    await rig.begin(shop, operation)
    await rig.effect(shop, operation, "buy_label", "sent")
    async with rig.data(shop) as data:
        await data.bridges.pause(shop.bridge_id, reason=REASON)
    await shop.sandbox.clear_faults()

    record = await until_held(rig, shop, await rig.record(shop, operation), run=2)

    assert record.operation.status is OperationStatus.EXECUTING
    assert present(record.operation.progress).bridge_id == shop.bridge_id
    assert [(run.run, run.closed_at is not None) for run in record.runs] == [(1, True), (2, False)]
    assert [(effect.step, effect.state) for effect in record.effects] == [("buy_label", EffectState.DONE)]
    assert REASON in record.logs[-1].message

    async with rig.data(shop) as data:
        await data.bridges.resume(shop.bridge_id, reason=REASON)
    ended = await rig.wait_closed(shop, operation)

    assert ended.operation.status is OperationStatus.COMPLETED, ended.operation.error
    assert len(await shop.sandbox.labels(record.effects[0].reference)) == 1
    undone = await rig.undo(shop, operation)
    assert undone.operation.status is OperationStatus.UNDONE, undone.operation.undo_error


async def test_a_resumed_account_starts_its_runs_gradually(rig: Rig, shop: Shop) -> None:
    """Eight of twenty held runs are open at a time."""
    await pause_account(rig, shop)
    operations = [await rig.new(shop, "create_shipment") for _ in range(20)]
    for operation in operations:
        await rig.open_run(shop, operation, RunKind.EXECUTE, OperationStatus.PENDING)
    await shop.sandbox.script("labels.create", *["slow:0.5"] * len(operations))

    await resume_account(rig, shop)
    records = [await rig.wait_closed(shop, operation, 90.0) for operation in operations]

    assert {record.operation.status for record in records} == {OperationStatus.COMPLETED}
    changes = [(present(record.runs[0].started_at), 1) for record in records]
    changes += [(present(record.runs[0].closed_at), -1) for record in records]
    opened = list(itertools.accumulate(change for _, change in sorted(changes)))
    assert max(opened) <= MAX_AFTER_RESUME + 1  # `started_at` is written just after the start
