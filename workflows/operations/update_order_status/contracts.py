"""Input, output and check of update_order_status."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from domain.orders import Order, OrderStatus
from domain.plan import Plan
from domain.ports.references import References
from workflows.operations.common_inputs import StrictModel, require_order

Reason = Annotated[str, StringConstraints(max_length=2000)]


class UpdateOrderStatusInput(StrictModel):
    """The new status, and why it changes."""

    status: Annotated[OrderStatus, Field(description="The new status.")]
    reason: Annotated[Reason | None, Field(description="Why the status changes.")] = None


class UpdateOrderStatusOutput(StrictModel):
    """The new status of the order and the previous one."""

    order_id: Annotated[UUID, Field(description="Id of the order.")]
    previous_status: Annotated[OrderStatus, Field(description="Status before the operation.")]
    status: Annotated[OrderStatus, Field(description="Status that the operation set.")]


async def check(request: UpdateOrderStatusInput, order: Order | None, references: References) -> Plan:  # noqa: ARG001 - the shape of every check
    require_order(order)
    return Plan(status=request.status.value)
