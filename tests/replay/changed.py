"""Workflows of a possible later version, for the replay tests.

`fulfill_order` sets the order's status before the push instead of after it, without and with a guard.
`push_fulfillment` has one more step. This is a separate module, because a workflow's sandbox imports the whole module.
"""

from typing import Any

from temporalio import workflow

from activities.payloads import RunInput
from domain.json_values import to_json
from workflows.execution import execute
from workflows.saga import Saga
from workflows.steps import BUY_LABEL, PUSH_FULFILLMENT, SET_ORDER_STATUS, set_order_status

STATUS_FIRST = "fulfill_order-status-first"
STATUS_TOO = "push_fulfillment-status-too"


@workflow.defn(name="fulfill_order")
class Unguarded:
    """The new order of steps, without a guard: old runs take it too."""

    @workflow.run
    async def run(self, run: RunInput) -> dict[str, Any]:
        return await execute(run, status_first)


@workflow.defn(name="fulfill_order")
class Guarded:
    """The new order of steps with a guard: old runs keep the old order."""

    @workflow.run
    async def run(self, run: RunInput) -> dict[str, Any]:
        return await execute(run, self.steps)

    async def steps(self, saga: Saga) -> dict[str, Any]:
        if workflow.patched(STATUS_FIRST):
            return await status_first(saga)
        label = await saga.step(BUY_LABEL)
        fulfillment = await saga.step(PUSH_FULFILLMENT, shipment_id=label.shipment_id)
        return await set_order_status(saga, {**to_json(fulfillment), **to_json(label)})


@workflow.defn(name="push_fulfillment")
class StatusToo:
    """One more step before the push, with a guard."""

    @workflow.run
    async def run(self, run: RunInput) -> dict[str, Any]:
        return await execute(run, self.steps)

    async def steps(self, saga: Saga) -> dict[str, Any]:
        status = (
            to_json(await saga.step(SET_ORDER_STATUS, order_id=saga.run.order_id))
            if workflow.patched(STATUS_TOO)
            else {}
        )
        return await saga.last_step(PUSH_FULFILLMENT, status)


async def status_first(saga: Saga) -> dict[str, Any]:
    """Buy the label, set the status, then push."""
    label = await saga.step(BUY_LABEL)
    status = await saga.step(SET_ORDER_STATUS, order_id=saga.run.order_id)
    so_far = {**to_json(label), **to_json(status)}
    return await saga.last_step(PUSH_FULFILLMENT, so_far, shipment_id=label.shipment_id)
