"""Operation type fulfill_order: label, fulfillment and order status as one saga."""

from workflows import steps
from workflows.operation_type import OperationType
from workflows.operations.fulfill_order.contracts import FulfillOrderInput, FulfillOrderOutput, check
from workflows.operations.fulfill_order.workflow import FulfillOrder

FULFILL_ORDER = OperationType(
    name="fulfill_order",
    description=(
        "Buys a label, pushes the fulfillment to the sales channel and sets the order's status, as one saga: "
        "if a step fails, the earlier steps are rolled back. Undo compensates all three."
    ),
    input_model=FulfillOrderInput,
    output_model=FulfillOrderOutput,
    supports_undo=True,
    check=check,
    workflow=FulfillOrder,
    steps=(steps.BUY_LABEL, steps.PUSH_FULFILLMENT, steps.SET_ORDER_STATUS),
    example={"carrier": "fedex", "service": "GROUND", "bridge_id": "990e8400-e29b-41d4-a716-446655440000"},
)
