"""The workflow of fulfill_order."""

from temporalio import workflow

from activities.payloads import RunInput
from domain.json_values import Json, to_json
from workflows.execution import execute
from workflows.saga import Saga
from workflows.steps import BUY_LABEL, PUSH_FULFILLMENT, set_order_status


@workflow.defn(name="fulfill_order")
class FulfillOrder:
    """Buys the label, pushes the fulfillment and sets the status: all of them or none."""

    @workflow.run
    async def run(self, run: RunInput) -> Json:
        return await execute(run, self.steps)

    async def steps(self, saga: Saga) -> Json:
        label = await saga.step(BUY_LABEL)
        fulfillment = await saga.step(PUSH_FULFILLMENT, shipment_id=label.shipment_id)
        return await set_order_status(saga, {**to_json(fulfillment), **to_json(label)})
