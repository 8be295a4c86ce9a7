"""The operation type `hold_order` as an installed package: put an order on hold; undo releases it."""

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

LEFT_THE_WAREHOUSE = (OrderStatus.SHIPPED, OrderStatus.DELIVERED)


class HoldOrderInput(StrictModel):
    """The reason for the hold."""

    reason: Text


class HoldOrderOutput(StrictModel):
    """The new status of the order and the one before."""

    order_id: UUID
    previous_status: OrderStatus
    status: OrderStatus


async def check(_: HoldOrderInput, order: Order | None, __: References) -> Plan:
    """Validate the input when the operation is recorded; return the part of it that workflows may see."""
    order = require_order(order)
    if order.status in LEFT_THE_WAREHOUSE:
        raise refuse(f"the order is {order.status.value} already", "order_id")
    return Plan(status=OrderStatus.ON_HOLD.value)


@workflow.defn(name="hold_order")
class HoldOrder:
    """Runs one step. The ledger knows its compensation, so undo needs no code here."""

    @workflow.run
    async def run(self, run: RunInput) -> Json:
        """Run the operation to its end."""
        return await execute(run, set_order_status)


HOLD_ORDER = OperationType(
    name="hold_order",
    description="Puts the order on hold. Undo removes the hold.",
    input_model=HoldOrderInput,
    output_model=HoldOrderOutput,
    supports_undo=True,
    check=check,
    workflow=HoldOrder,
    steps=(SET_ORDER_STATUS,),
    example={"reason": "the customer called"},
)
