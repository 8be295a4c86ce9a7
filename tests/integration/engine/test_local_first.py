"""First attempts run within the workflow task; a slow call is handed over to a remote activity and sent once."""

import contextlib
import itertools
import json
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowFailureError, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.worker import Replayer

from adapters.temporal.worker import workflow_runner
from domain.operations import Operation, OperationStatus, Run, UndoStatus
from domain.ports.stores import OperationRecord
from tests.fixtures.engine import Rig
from tests.fixtures.polling import eventually
from tests.fixtures.shops import Shop
from workflows.registry import load_types
from workflows.undo import RollBackOperation, UndoOperation

SCHEDULED = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
TASK = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
BEGIN, END = EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED, (TASK, EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT)
MAX_TASK = timedelta(seconds=8)
"""The product aims at 5 s; Temporal ends a task after 10 s."""
MAX_EVENTS = 40
MAX_TRIES = 5
"""A busy machine can delay any run so much that it is no fast run; one of these must be fast."""
PATIENT = {"read_timeout_seconds": 60}


@pytest.fixture
async def patient(rig: Rig, shop: Shop) -> Shop:
    """An organization whose carrier and channel may take a minute."""
    return await rig.shop(shop.sandbox, carrier=PATIENT, channel=PATIENT)


async def fetch_history(rig: Rig, run: Run) -> WorkflowHistory:
    """Return the history of a run that has ended in Temporal, too, and check what holds for each."""
    handle = rig.client.get_workflow_handle(run.workflow_id)
    with contextlib.suppress(WorkflowFailureError):
        await handle.result()
    history = await handle.fetch_history()
    assert len(history.events) < MAX_EVENTS
    assert all(duration < MAX_TASK for duration in list_task_durations(history.events))
    replayer = Replayer(
        workflows=[*(kind.workflow for kind in load_types().all()), UndoOperation, RollBackOperation],
        data_converter=pydantic_data_converter,
        workflow_runner=workflow_runner(),
        debug_mode=True,  # without the limit of 2 s, which a busy machine can exceed
    )
    replayed = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    assert replayed.replay_failure is None
    return history


def list_task_durations(events: Sequence[HistoryEvent]) -> list[timedelta]:
    times = [(event.event_type, event.event_time.ToDatetime()) for event in events if event.event_type in (BEGIN, *END)]
    return [end - begin for (kind, begin), (_, end) in itertools.pairwise(times) if kind == BEGIN]


def count_events(history: WorkflowHistory) -> Counter[Any]:
    return Counter(event.event_type for event in history.events)


def list_activities(history: WorkflowHistory) -> list[str]:
    return [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.event_type == SCHEDULED
    ]


def list_summaries(history: WorkflowHistory) -> list[str]:
    summaries = [event.user_metadata.summary.data for event in history.events]
    return [json.loads(summary) for summary in summaries if summary]


@pytest.mark.parametrize("kind", ["create_shipment", "push_fulfillment", "update_order_status", "fulfill_order"])
async def test_a_fast_run_needs_one_workflow_task(rig: Rig, shop: Shop, kind: str) -> None:
    """So does its undo."""
    counts: list[Any] = []
    for _ in range(MAX_TRIES):
        order = await rig.another_order(shop)
        record = await rig.complete(order, kind)
        undone = await rig.undo(order, record.operation)
        assert undone.operation.undo_status is UndoStatus.DONE
        histories = [await fetch_history(rig, run) for run in undone.runs]
        counts = [(count_events(history)[TASK], list_activities(history)) for history in histories]
        if counts == [(1, [])] * 2:
            return
    pytest.fail(f"no run was fast: {counts}")


async def test_summaries_name_the_carrier_and_the_attempt(rig: Rig, shop: Shop) -> None:
    record = await rig.complete(shop, "fulfill_order")
    summaries = list_summaries(await fetch_history(rig, record.runs[0]))
    assert "buy_label, shipengine usps_ground_advantage, shopify, attempt 1" in summaries


@pytest.mark.parametrize("seconds", [1, 6, 12])
async def test_a_slow_purchase_is_sent_once(rig: Rig, patient: Shop, seconds: int) -> None:
    """Beyond three seconds a remote activity waits for it, which Temporal shows."""
    await patient.sandbox.script("labels.create", f"slow:{seconds}")
    record = await rig.complete(patient, "create_shipment")
    assert len(await patient.sandbox.requests("labels.create")) == 1
    assert await patient.sandbox.requests("labels.find") == []
    history = await fetch_history(rig, record.runs[0])
    assert list_activities(history) == (["buy_label"] if seconds > 3 else [])
    assert any("attempt 1, continued" in summary for summary in list_summaries(history)) is (seconds > 3)


async def test_each_slow_step_is_sent_once(rig: Rig, patient: Shop) -> None:
    await patient.sandbox.script("labels.create", "slow:2")
    await patient.sandbox.script("fulfillments.create", "slow:4")
    await patient.sandbox.script("labels.void", "slow:4")
    record = await rig.complete(patient, "fulfill_order")
    undone = await rig.undo(patient, record.operation)
    assert undone.operation.undo_status is UndoStatus.DONE
    for target in ("labels.create", "fulfillments.create", "fulfillments.cancel", "labels.void"):
        assert len(await patient.sandbox.requests(target)) == 1
    first, second = [await fetch_history(rig, run) for run in undone.runs]
    assert "push_fulfillment" in list_activities(first)
    assert "void_label" in list_activities(second)


async def test_a_slow_step_after_a_fast_one_keeps_the_workflow_task_short(rig: Rig, patient: Shop) -> None:
    """The first takes almost as long as the task may take before its next call is remote."""
    for _ in range(MAX_TRIES):
        order = await rig.another_order(patient)
        await patient.sandbox.forget()
        await patient.sandbox.script("labels.create", "slow:0.7")
        await patient.sandbox.script("fulfillments.create", "slow:5")
        record = await rig.complete(order, "fulfill_order")
        history = await fetch_history(rig, record.runs[0])
        assert len(await patient.sandbox.requests("fulfillments.create")) == 1
        if max(list_task_durations(history.events)) > timedelta(seconds=3):
            return
    pytest.fail("the first step never left time for a local attempt of the second")


async def begin_slow_purchase(rig: Rig, shop: Shop, fault: str) -> tuple[Operation, Run]:
    """Execute a purchase, and wait until a remote activity waits for its call."""
    await shop.sandbox.script("labels.create", fault)
    operation = await rig.new(shop, "create_shipment")
    run = await rig.begin(shop, operation)
    await wait_for_remote_activity(rig, run)
    return operation, run


async def wait_for_remote_activity(rig: Rig, run: Run) -> None:
    handle = rig.client.get_workflow_handle(run.workflow_id)

    async def is_pending() -> bool:
        with contextlib.suppress(RPCError):  # not started yet
            return bool((await handle.describe()).raw_description.pending_activities)
        return False

    await eventually(is_pending, 60.0, "a remote activity is pending")


async def test_a_cancelled_run_voids_the_label_of_its_slow_purchase(rig: Rig, patient: Shop) -> None:
    operation, run = await begin_slow_purchase(rig, patient, "slow:15")
    await rig.client.get_workflow_handle(run.workflow_id).cancel()
    record = await rig.wait_closed(patient, operation)
    check_cancelled(record)
    assert record.effects[0].reversed_at is not None
    assert len(await patient.sandbox.requests("labels.create")) == 1
    await fetch_history(rig, record.runs[0])


async def test_a_waiting_activity_notices_a_dead_worker(
    rig: Rig, patient: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker was only stopped: its call ends later, and nothing is sent twice."""

    async def stop_beating() -> None: ...

    operation, _ = await begin_slow_purchase(rig, patient, "slow:55")
    monkeypatch.setattr(rig.container.liveness, "beat", stop_beating)

    async def is_looked_up() -> bool:
        return bool(await patient.sandbox.requests("labels.find"))

    await eventually(is_looked_up, 60.0, "the recovery begins")
    record = await rig.wait_closed(patient, operation)
    assert record.operation.status is OperationStatus.COMPLETED
    await patient.sandbox.clear_faults()
    assert len(await patient.sandbox.requests("labels.create")) == 1


def check_cancelled(record: OperationRecord) -> None:
    error = record.operation.error
    assert error is not None
    assert (record.operation.status, error.code) == (OperationStatus.FAILED, "cancelled_by_operator")


async def test_a_postponed_first_attempt_is_repeated_by_a_remote_one(rig: Rig, shop: Shop) -> None:
    await shop.sandbox.script("labels.create", "rate_limited:1")
    record = await rig.complete(shop, "create_shipment")
    assert list_activities(await fetch_history(rig, record.runs[0])) == ["buy_label"]
    assert len(await shop.sandbox.labels(record.effects[0].reference)) == 1


async def test_without_a_local_slot_the_attempt_is_remote(
    rig: Rig, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.fair_slots.FairSlots.take", lambda _self, _organization_id: False)
    operation = await rig.new(shop, "create_shipment")
    run = await rig.begin(shop, operation)
    await wait_for_remote_activity(rig, run)
    monkeypatch.undo()
    record = await rig.wait_closed(shop, operation)
    assert record.operation.status is OperationStatus.COMPLETED
    await fetch_history(rig, record.runs[0])
