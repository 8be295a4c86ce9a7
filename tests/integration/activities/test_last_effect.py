"""The transaction that records the last effect of a run also ends the run."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
import pytest

from domain.effects import Direction, UndoOutcome
from domain.operations import AttentionReason, RunRef
from domain.ports.ledger import LabelRecord, RunOutcome
from domain.shipping import CallLimits, Label
from tests.fixtures.polling import eventually
from tests.fixtures.rows import now
from tests.integration.activities.conftest import OpenRun

RESULT = {"pickup_id": "P1"}


async def open_effect(open_run: OpenRun, **fields: Any) -> Any:
    return (await open_run.container.ledger.begin(open_run.key(**fields))).effect


def ending(open_run: OpenRun, result: Any = "completed", **facts: Any) -> RunOutcome:
    return RunOutcome(open_run.rows.organization_id, open_run.operation_id, 1, result, **facts)


def read_ends(open_run: OpenRun) -> tuple[str, str | None]:
    """Return the operation's status and the result of its first run."""
    operation = open_run.rows.select_one("operations", id=open_run.operation_id)
    run = open_run.rows.select("runs", operation_id=open_run.operation_id)[0]
    return operation["status"], run["result"]


def count_open(open_run: OpenRun) -> int:
    return [run["closed_at"] for run in open_run.rows.select("runs", operation_id=open_run.operation_id)].count(None)


async def test_the_last_effect_completes_the_operation(open_run: OpenRun) -> None:
    effect = await open_effect(open_run)
    outcome = ending(open_run, output={"label": "L1"})

    assert await open_run.container.ledger.record_done(effect, RESULT, "booked", ending=outcome)

    assert read_ends(open_run) == ("completed", "completed")
    assert open_run.rows.select_one("operations", id=open_run.operation_id)["output"] == {"label": "L1", **RESULT}
    assert open_run.events() == ["step.done", "operation.completed"]


async def test_an_earlier_effect_completes_nothing(open_run: OpenRun) -> None:
    effect = await open_effect(open_run)

    assert not await open_run.container.ledger.record_done(effect, RESULT, "booked")

    assert read_ends(open_run) == ("executing", None)


async def test_a_second_delivery_completes_nothing_again(open_run: OpenRun) -> None:
    ledger, effect = open_run.container.ledger, await open_effect(open_run)
    await ledger.record_done(effect, RESULT, "booked", ending=ending(open_run))

    assert not await ledger.record_done(effect, {"pickup_id": "P2"}, "booked", ending=ending(open_run))

    assert open_run.rows.select_one("operations", id=open_run.operation_id)["output"] == RESULT
    assert open_run.events() == ["step.done", "operation.completed"]


async def test_a_delivery_with_another_result_completes_nothing(open_run: OpenRun) -> None:
    """A look-up recorded the effect in a run that was being cancelled; the sender reports its own result later."""
    ledger, effect = open_run.container.ledger, await open_effect(open_run)
    await ledger.record_done(effect, RESULT, "found")

    assert not await ledger.record_done(effect, {"pickup_id": "P2"}, "booked", ending=ending(open_run))

    assert (open_run.effect()["result"], read_ends(open_run)) == (RESULT, ("executing", None))


async def test_a_late_sender_does_not_name_a_label_that_is_not_recorded(open_run: OpenRun) -> None:
    ledger, effect = open_run.container.ledger, await open_effect(open_run)
    record = build_label_record(open_run)
    found = await ledger.record_label(effect, record, "found")

    recorded = await ledger.record_label(effect, record, "bought", ending(open_run))

    assert (recorded.result, recorded.has_ended) == (found.result, False)
    assert read_ends(open_run) == ("executing", None)


async def test_a_label_completes_the_operation(open_run: OpenRun) -> None:
    effect = await open_effect(open_run)

    recorded = await open_run.container.ledger.record_label(
        effect, build_label_record(open_run), "bought", ending(open_run)
    )

    assert recorded.has_ended
    output = open_run.rows.select_one("operations", id=open_run.operation_id)["output"]
    assert output["shipment_id"] == str(recorded.result.shipment_id)


def build_label_record(open_run: OpenRun) -> LabelRecord:
    label = Label(
        carrier_shipment_id="S1",
        tracking_number="T1",
        service="ground",
        live=True,
        label_format="pdf",
        cost="5.10",
        currency="USD",
        void_until=now(),
    )
    return LabelRecord(
        label=label,
        order_id=None,
        account_id=open_run.rows.insert_account(),
        carrier="shipengine",
        shipping_carrier="usps",
        document=b"%PDF",
    )


async def test_a_second_delivery_does_not_hold_the_run_while_it_waits_for_the_effect(
    open_run: OpenRun, module_database_url: str
) -> None:
    """Otherwise it and the transaction that records the last effect would wait for each other."""
    effect = await open_effect(open_run)
    with psycopg.connect(module_database_url) as recording:
        recording.execute("update effects set updated_at = now() where id = %s", [effect.id])
        delivery = asyncio.create_task(
            open_run.container.ledger.begin(open_run.key(limits=CallLimits(effect.id, 5, None)))
        )
        await eventually(partial(is_waiting, open_run))
        recording.execute("set local lock_timeout = '1s'")
        recording.execute("update runs set waiting = waiting where operation_id = %s", [open_run.operation_id])
    assert not (await delivery).may_send


async def test_a_second_delivery_of_a_void_does_not_hold_the_shipment_that_the_first_one_records(
    open_run: OpenRun, module_database_url: str
) -> None:
    """A delivery locks the shipment, and then the effect."""
    shipment_id = open_run.rows.insert_shipment()
    effect = await open_effect(open_run)
    with psycopg.connect(module_database_url) as delivery:
        delivery.execute("select from shipments where id = %s for no key update", [shipment_id])
        recording = asyncio.create_task(
            open_run.container.ledger.record_compensation(
                effect, UndoOutcome.VOIDED, "voided", shipment_id, ending(open_run)
            )
        )
        await eventually(partial(is_waiting, open_run))
        delivery.execute("set local lock_timeout = '1s'")
        delivery.execute("select from effects where id = %s for update", [effect.id])
    assert await recording


async def test_a_run_that_asks_a_person_does_not_hold_the_run_while_it_waits_for_the_effect(
    open_run: OpenRun, module_database_url: str
) -> None:
    """A delivery of the step records the effect at the same time."""
    effect = await open_effect(open_run)
    asks = ending(open_run, "attention", step=effect.step, attention=AttentionReason.OUTCOME_UNKNOWN)
    with psycopg.connect(module_database_url) as recording:
        recording.execute("update effects set updated_at = now() where id = %s", [effect.id])
        asking = asyncio.create_task(open_run.container.outcomes.record(asks))
        await eventually(partial(is_waiting, open_run))
        recording.execute("set local lock_timeout = '1s'")
        recording.execute("update runs set waiting = waiting where operation_id = %s", [open_run.operation_id])
    assert await asking == "attention"
    assert open_run.effect()["state"] == "unknown"


async def test_a_repeat_does_not_hold_the_run_while_it_waits_for_the_effect(
    open_run: OpenRun, module_database_url: str
) -> None:
    effect = await open_effect(open_run)
    with psycopg.connect(module_database_url) as recording:
        recording.execute("update effects set updated_at = now() where id = %s", [effect.id])
        repeat = asyncio.create_task(open_run.container.ledger.repeat(open_run.key(), effect, compensating=False))
        await eventually(partial(is_waiting, open_run))
        recording.execute("set local lock_timeout = '1s'")
        recording.execute("update runs set waiting = waiting where operation_id = %s", [open_run.operation_id])
    again = await repeat
    assert again is not None
    assert again.attempts == effect.attempts + 1


async def test_a_run_that_asks_a_person_leaves_an_effect_that_was_just_recorded(
    open_run: OpenRun, module_database_url: str
) -> None:
    effect = await open_effect(open_run)
    asks = ending(open_run, "attention", step=effect.step, attention=AttentionReason.OUTCOME_UNKNOWN)
    with psycopg.connect(module_database_url) as recording:
        recording.execute("update effects set state = 'done', result = '{}' where id = %s", [effect.id])
        asking = asyncio.create_task(open_run.container.outcomes.record(asks))
        await eventually(partial(is_waiting, open_run))
    await asking
    assert open_run.effect()["state"] == "done"


async def is_waiting(open_run: OpenRun) -> bool:
    return bool(open_run.rows.value("select exists (select from pg_locks where not granted)"))


async def test_an_overtaken_delivery_completes_nothing(open_run: OpenRun) -> None:
    """Another delivery sent the effect again; this one knows an old answer."""
    effect = await open_effect(open_run)
    open_run.rows.update("effects", effect.id, attempts=2)

    assert not await open_run.container.ledger.record_done(effect, RESULT, "booked", ending=ending(open_run))

    assert (open_run.effect()["state"], read_ends(open_run)) == ("sent", ("executing", None))


async def test_a_delivery_of_an_earlier_run_does_not_end_the_next_run(open_run: OpenRun) -> None:
    """Its effect is recorded; the next run finds it."""
    effect = await open_effect(open_run)
    open_run.rows.run("update runs set closed_at = now() where operation_id = %s", open_run.operation_id)
    open_run.rows.insert_run(open_run.operation_id, 2)
    open_run.rows.update("operations", open_run.operation_id, current_run=2)

    assert not await open_run.container.ledger.record_done(effect, RESULT, "booked", ending=ending(open_run))

    assert open_run.effect()["state"] == "done"
    assert count_open(open_run) == 1
    assert read_ends(open_run)[0] == "executing"


async def test_a_compensating_run_is_not_completed(open_run: OpenRun) -> None:
    """The effect is recorded late; the run compensates it."""
    ledger, effect = open_run.container.ledger, await open_effect(open_run)
    await ledger.remaining(RunRef(open_run.rows.organization_id, open_run.operation_id, 1))

    assert not await ledger.record_done(effect, RESULT, "booked", ending=ending(open_run))

    assert (open_run.effect()["state"], read_ends(open_run)) == ("done", ("executing", None))


async def test_a_run_completes_or_compensates(open_run: OpenRun) -> None:
    """Of two racing transactions the second one sees the first one's decision."""
    ledger, ends = open_run.container.ledger, set()
    for _ in range(40):
        run_id = open_run.rows.insert_operation("executing", type="create_shipment", current_run=1)
        open_run.rows.insert_run(run_id)
        case = replace(open_run, operation_id=run_id)
        effect = await open_effect(case)

        async def complete(case: OpenRun = case, effect: Any = effect) -> bool:
            return await ledger.record_done(effect, RESULT, "booked", ending=ending(case))

        has_ended, remaining = await asyncio.gather(
            complete(), ledger.remaining(RunRef(case.rows.organization_id, case.operation_id, 1))
        )
        assert has_ended is (remaining == [])
        assert read_ends(case)[0] == ("completed" if has_ended else "executing")
        ends.add(has_ended)
    assert ends


async def bought(open_run: OpenRun) -> UUID:
    """Complete the operation, and begin its undo as run 2; return the effect to compensate."""
    effect = await open_effect(open_run)
    await open_run.container.ledger.record_done(effect, RESULT, "booked", ending=ending(open_run))
    open_run.rows.insert_run(open_run.operation_id, 2, kind="undo", queue_key="undo:")
    open_run.rows.update("operations", open_run.operation_id, current_run=2, undo_status="in_progress")
    effect_id: UUID = effect.id
    return effect_id


@pytest.mark.parametrize(
    ("outcome", "status"), [(UndoOutcome.CANCELLED, "undone"), (UndoOutcome.TOO_LATE, "completed")]
)
async def test_the_last_compensation_ends_the_undo(open_run: OpenRun, outcome: UndoOutcome, status: str) -> None:
    """A refusal ends nothing, because the workflow records its cause."""
    effect_id, ledger = await bought(open_run), open_run.container.ledger
    undo = replace(open_run.key(), run=2, direction=Direction.UNDO, undoes=effect_id)
    effect = (await ledger.begin(undo)).effect

    undone = replace(ending(open_run, "undone"), run=2)
    assert await ledger.record_compensation(effect, outcome, "said", None, undone) is (status == "undone")

    assert open_run.rows.select_one("operations", id=open_run.operation_id)["status"] == status
    assert count_open(open_run) == (status != "undone")


async def test_two_deliveries_of_a_status_do_not_wait_for_each_other(open_run: OpenRun) -> None:
    """Each opens the effect and ends the run in one transaction; one of them does both."""
    ledger = open_run.container.ledger
    for _ in range(20):
        order_id = open_run.rows.insert_order()
        operation_id = open_run.rows.insert_operation("executing", order_id=order_id, current_run=1)
        open_run.rows.insert_run(operation_id)
        case = replace(open_run, operation_id=operation_id, step_name="set_order_status")
        recorded = await asyncio.gather(
            *(ledger.set_order_status(case.key(), order_id, None, ending(case)) for _ in range(4))
        )
        assert [each.has_ended for each in recorded].count(True) == 1
        assert len({str(each.result) for each in recorded}) == 1
        assert read_ends(case) == ("completed", "completed")
