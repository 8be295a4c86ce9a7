"""An operation type of your own, as an installed package: it puts an order on hold, and undo lets it go again."""

from uuid import UUID

from temporalio import workflow

from activities.payloads import RunInput
from domain.json_values import Json
from domain.orders import Order, OrderStatus
from domain.plan import Plan
from domain.ports.references import References
from workflows.execution import execute
from workflows.operation_type import OperationType
from workflows.operations.common_inputs import StrictModel, Text, refuse, require_order
from workflows.steps import SET_ORDER_STATUS, set_order_status

ON_ITS_WAY = (OrderStatus.SHIPPED, OrderStatus.DELIVERED)


class HoldOrderInput(StrictModel):
    """Why the order waits."""

    reason: Text


class HoldOrderOutput(StrictModel):
    """What was set, and what was there before."""

    order_id: UUID
    previous_status: OrderStatus
    status: OrderStatus


async def check(_: HoldOrderInput, order: Order | None, __: References) -> Plan:
    """Refuse what can't be held, at POST; return the plan: what workflows and operators may see of the input."""
    order = require_order(order)
    if order.status in ON_ITS_WAY:
        raise refuse(f"the order is {order.status.value} already", "order_id")
    return Plan(status=OrderStatus.ON_HOLD.value)


@workflow.defn(name="hold_order")
class HoldOrder:
    """One step. Its compensation is in the ledger before it runs, so undo needs no code here."""

    @workflow.run
    async def run(self, run: RunInput) -> Json:
        """Run the operation to its end."""
        return await execute(run, set_order_status)


HOLD_ORDER = OperationType(
    name="hold_order",
    description="Puts the order on hold. Undo gives it the status that it had before.",
    input_model=HoldOrderInput,
    output_model=HoldOrderOutput,
    supports_undo=True,
    check=check,
    workflow=HoldOrder,
    steps=(SET_ORDER_STATUS,),
    example={"reason": "the customer rang"},
)
