"""What an operator does to a run in Temporal, at each step of each operation type, with Temporal's own command line."""

from datetime import timedelta

import pytest

from domain.operations import OperationStatus, RunKind
from domain.ports.stores import OperationRecord
from tests.fixtures.engine import Rig
from tests.fixtures.polling import eventually
from tests.fixtures.present import present
from tests.fixtures.sandbox_pool import Sandboxes
from tests.integration.engine.moments import (
    LOST,
    MOMENTS,
    RESET,
    WAITS,
    Caught,
    Moment,
    act_at_every_moment,
    catch_run,
    check_books,
    expect_cancelled,
    expect_stopped,
    run_temporal,
    wait_until_settled,
)


async def _expect_unchanged(_rig: Rig, caught: Caught, record: OperationRecord) -> None:
    status = OperationStatus.UNDONE if caught.moment.kind is RunKind.UNDO else OperationStatus.COMPLETED
    status = OperationStatus.FAILED if caught.moment.fails else status
    assert record.operation.status is status
    assert record.operation.attention is None
    await check_books(caught, record)


async def test_cancelled_at_each_step(rig: Rig, sandboxes: Sandboxes) -> None:
    """What stands is taken back, `cancelled_by_operator`; an undo and a compensation go on to their end."""

    async def cancel(rig: Rig, caught: Caught) -> None:
        await run_temporal(rig, "cancel", "--workflow-id", caught.run.workflow_id)

    await act_at_every_moment(rig, sandboxes, cancel, expect_cancelled)


async def test_terminated_at_each_step(rig: Rig, sandboxes: Sandboxes) -> None:
    """A new run takes back what stands, `terminated_by_operator`; an undo waits for a person and goes on."""

    async def terminate(rig: Rig, caught: Caught) -> None:
        await run_temporal(rig, "terminate", "--workflow-id", caught.run.workflow_id)

    await act_at_every_moment(rig, sandboxes, terminate, expect_stopped("terminated_by_operator"))


async def test_timed_out_in_flight(rig: Rig, sandboxes: Sandboxes) -> None:
    """The same for a run that Temporal let time out while a vendor was asked; ours have no limit: somebody set one."""

    async def wait(rig: Rig, caught: Caught) -> None:
        async def over() -> bool:
            description = await rig.client.get_workflow_handle(caught.run.workflow_id).describe()
            return description.close_time is not None

        await eventually(over, 30.0)

    moments = [moment for moment in MOMENTS if moment.name in ("buys", "pushes")]
    judge = expect_stopped("timed_out_by_operator")
    await act_at_every_moment(rig, sandboxes, wait, judge, moments, within=timedelta(seconds=1))


async def test_reset_at_each_step(rig: Rig, sandboxes: Sandboxes) -> None:
    """It runs again from its first task, beside what is still in flight, and nothing is done twice."""

    async def reset(rig: Rig, caught: Caught) -> None:
        await run_temporal(rig, "reset", "--workflow-id", caught.run.workflow_id, *RESET)

    await act_at_every_moment(rig, sandboxes, reset, _expect_unchanged)


async def test_cancelled_while_a_push_is_taken_that_is_answered_later(rig: Rig, sandboxes: Sandboxes) -> None:
    """Nobody waits for the channel's answer to what is to be taken back: it may take a month."""
    moment = Moment(
        "pushes", "push_fulfillment", {"fulfillments.create": ("slow:2",)}, "fulfillments.create", answers_after=600
    )
    async with sandboxes.one() as sandbox:
        caught = await catch_run(rig, await rig.shop(sandbox), moment)
        await run_temporal(rig, "cancel", "--workflow-id", caught.run.workflow_id)
        await expect_cancelled(rig, caught, await wait_until_settled(rig, caught))
        assert not await sandbox.requests("fulfillments.status")


SLOW = ("slow:2",)
REVERSALS = (
    Moment("buys", "create_shipment", {"labels.create": SLOW, "labels.void": LOST}, "labels.create"),
    Moment(
        "pushes", "push_fulfillment", {"fulfillments.create": SLOW, "fulfillments.cancel": LOST}, "fulfillments.create"
    ),
    Moment(
        "waits to push", "fulfill_order", {"fulfillments.create": WAITS, "labels.void": LOST}, "fulfillments.create"
    ),
    Moment("pushes", "fulfill_order", {"fulfillments.create": SLOW, "labels.void": LOST}, "fulfillments.create"),
)
"""Cancelled there, each has begun to take back when the last of its script is called."""


@pytest.mark.parametrize("moment", REVERSALS, ids=lambda moment: f"{moment.type} {moment.name}")
async def test_reset_while_a_cancellation_takes_back(rig: Rig, sandboxes: Sandboxes, moment: Moment) -> None:
    """What was done stands no more once its taking back has begun: the run that begins anew goes on with that."""
    *_, takes_back = moment.script
    async with sandboxes.one() as sandbox:
        caught = await catch_run(rig, await rig.shop(sandbox), moment)
        await run_temporal(rig, "cancel", "--workflow-id", caught.run.workflow_id)

        async def taking_back() -> bool:
            return bool(await sandbox.requests(takes_back))

        await eventually(taking_back, 30.0)
        await run_temporal(rig, "reset", "--workflow-id", caught.run.workflow_id, *RESET)
        record = await wait_until_settled(rig, caught)

        assert record.operation.status is OperationStatus.FAILED
        assert present(record.operation.error).code == "cancelled_by_operator"
        assert present(record.operation.error).rolled_back is True
        await check_books(caught, record)
