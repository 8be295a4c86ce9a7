"""Operation type push_fulfillment: reports shipped line items to a sales channel."""

from workflows import steps
from workflows.operation_type import OperationType
from workflows.operations.push_fulfillment.contracts import PushFulfillmentInput, PushFulfillmentOutput, check
from workflows.operations.push_fulfillment.workflow import PushFulfillment

PUSH_FULFILLMENT = OperationType(
    name="push_fulfillment",
    description=(
        "Pushes a fulfillment to a sales channel and waits if the channel confirms later. "
        "Undo cancels it if the channel can."
    ),
    input_model=PushFulfillmentInput,
    output_model=PushFulfillmentOutput,
    supports_undo=True,
    check=check,
    workflow=PushFulfillment,
    steps=(steps.PUSH_FULFILLMENT,),
    example={
        "bridge_id": "990e8400-e29b-41d4-a716-446655440000",
        "shipment_id": "770e8400-e29b-41d4-a716-446655440000",
        "notify_customer": True,
    },
)
