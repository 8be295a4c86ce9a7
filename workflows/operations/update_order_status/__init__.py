"""Operation type update_order_status: sets an order's status."""

from workflows import steps
from workflows.operation_type import OperationType
from workflows.operations.update_order_status.contracts import (
    UpdateOrderStatusInput,
    UpdateOrderStatusOutput,
    check,
)
from workflows.operations.update_order_status.workflow import UpdateOrderStatus

UPDATE_ORDER_STATUS = OperationType(
    name="update_order_status",
    description="Sets the order's status. Undo restores the previous status, unless the status has changed since.",
    input_model=UpdateOrderStatusInput,
    output_model=UpdateOrderStatusOutput,
    supports_undo=True,
    check=check,
    workflow=UpdateOrderStatus,
    steps=(steps.SET_ORDER_STATUS,),
    example={"status": "shipped", "reason": "picked up"},
)
