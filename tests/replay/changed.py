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
from workflows.steps import BUY_LABEL, PUSH_FULFILLMENT, set_order_status

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
        status = await set_order_status(saga)
        return {**to_json(fulfillment), **to_json(label), **to_json(status)}


@workflow.defn(name="push_fulfillment")
class StatusToo:
    """One more step before the push, with a guard."""

    @workflow.run
    async def run(self, run: RunInput) -> dict[str, Any]:
        return await execute(run, self.steps)

    async def steps(self, saga: Saga) -> dict[str, Any]:
        status = to_json(await set_order_status(saga)) if workflow.patched(STATUS_TOO) else {}
        pushed = await saga.step(PUSH_FULFILLMENT)
        return {**status, **to_json(pushed)}


async def status_first(saga: Saga) -> dict[str, Any]:
    """Buy the label, set the status, then push."""
    label = await saga.step(BUY_LABEL)
    status = await set_order_status(saga)
    fulfillment = await saga.step(PUSH_FULFILLMENT, shipment_id=label.shipment_id)
    return {**to_json(fulfillment), **to_json(label), **to_json(status)}
