"""An operator uses Temporal's command line on a run, at each step of each operation type."""

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


async def test_cancel_at_each_step(rig: Rig, sandboxes: Sandboxes) -> None:
    """An execution is rolled back as `cancelled_by_operator`; an undo and a rollback continue to their end."""

    async def cancel(rig: Rig, caught: Caught) -> None:
        await run_temporal(rig, "cancel", "--workflow-id", caught.run.workflow_id)

    await act_at_every_moment(rig, sandboxes, cancel, expect_cancelled)


async def test_terminate_at_each_step(rig: Rig, sandboxes: Sandboxes) -> None:
    """A new run rolls back as `terminated_by_operator`; an undo waits for a person and then continues."""

    async def terminate(rig: Rig, caught: Caught) -> None:
        await run_temporal(rig, "terminate", "--workflow-id", caught.run.workflow_id)

    await act_at_every_moment(rig, sandboxes, terminate, expect_stopped("terminated_by_operator"))


async def test_time_out_in_flight(rig: Rig, sandboxes: Sandboxes) -> None:
    """A run times out during a call, with a limit that an operator has set: the product sets none."""

    async def wait(rig: Rig, caught: Caught) -> None:
        async def over() -> bool:
            description = await rig.client.get_workflow_handle(caught.run.workflow_id).describe()
            return description.close_time is not None

        await eventually(over, 60.0)

    moments = [moment for moment in MOMENTS if moment.name in ("buys", "pushes")]
    check = expect_stopped("timed_out_by_operator")
    await act_at_every_moment(rig, sandboxes, wait, check, moments, within=timedelta(seconds=1))


async def test_reset_at_each_step(rig: Rig, sandboxes: Sandboxes) -> None:
    """The run starts again while its calls may still be in flight, and nothing is done twice."""

    async def reset(rig: Rig, caught: Caught) -> None:
        await run_temporal(rig, "reset", "--workflow-id", caught.run.workflow_id, *RESET)

    await act_at_every_moment(rig, sandboxes, reset, _expect_unchanged)


async def test_cancel_does_not_wait_for_a_late_answer(rig: Rig, sandboxes: Sandboxes) -> None:
    """The channel may take a month to answer; the push is cancelled before."""
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
"""After a cancellation at one of these moments, a call to the last target shows that the rollback has begun."""


@pytest.mark.parametrize("moment", REVERSALS, ids=lambda moment: f"{moment.type} {moment.name}")
async def test_reset_during_a_rollback_continues_the_rollback(rig: Rig, sandboxes: Sandboxes, moment: Moment) -> None:
    *_, compensation = moment.script
    async with sandboxes.one() as sandbox:
        caught = await catch_run(rig, await rig.shop(sandbox), moment)
        await run_temporal(rig, "cancel", "--workflow-id", caught.run.workflow_id)

        async def is_compensating() -> bool:
            return bool(await sandbox.requests(compensation))

        await eventually(is_compensating, 60.0)
        await run_temporal(rig, "reset", "--workflow-id", caught.run.workflow_id, *RESET)
        record = await wait_until_settled(rig, caught)

        assert record.operation.status is OperationStatus.FAILED
        assert present(record.operation.error).code == "cancelled_by_operator"
        assert present(record.operation.error).rolled_back is True
        await check_books(caught, record)
