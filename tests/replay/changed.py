"""Workflows as a later version might have them.

`fulfill_order` sets the order's status before the push instead of after it: once as it must not be deployed, once as it
may be. `push_fulfillment` has one more step. A module of its own, for a workflow's sandbox imports it whole.
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
    """The new order of steps, for old runs too."""

    @workflow.run
    async def run(self, run: RunInput) -> dict[str, Any]:
        return await execute(run, status_first)


@workflow.defn(name="fulfill_order")
class Guarded:
    """The new order of steps for runs that come to it now, the old one for those that went the old way."""

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
    """One more step before the push, for runs that come to it now."""

    @workflow.run
    async def run(self, run: RunInput) -> dict[str, Any]:
        return await execute(run, self.steps)

    async def steps(self, saga: Saga) -> dict[str, Any]:
        status = to_json(await set_order_status(saga)) if workflow.patched(STATUS_TOO) else {}
        pushed = await saga.step(PUSH_FULFILLMENT)
        return {**status, **to_json(pushed)}


async def status_first(saga: Saga) -> dict[str, Any]:
    """Label, status, push."""
    label = await saga.step(BUY_LABEL)
    status = await set_order_status(saga)
    fulfillment = await saga.step(PUSH_FULFILLMENT, shipment_id=label.shipment_id)
    return {**to_json(fulfillment), **to_json(label), **to_json(status)}
