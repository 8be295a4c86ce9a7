"""Tells a sales channel that line items are on their way."""

from workflows.operation_type import OperationType
from workflows.operations.push_fulfillment.contracts import PushFulfillmentInput, PushFulfillmentOutput, check
from workflows.operations.push_fulfillment.workflow import PushFulfillment

PUSH_FULFILLMENT = OperationType(
    name="push_fulfillment",
    description=(
        "Pushes a fulfillment to a sales channel and waits for channels that answer later. "
        "Undo cancels it, where the channel can."
    ),
    input_model=PushFulfillmentInput,
    output_model=PushFulfillmentOutput,
    supports_undo=True,
    check=check,
    workflow=PushFulfillment,
)
