"""Operation type create_shipment: buys a label for an order."""

from workflows import steps
from workflows.operation_type import OperationType
from workflows.operations.create_shipment.contracts import CreateShipmentInput, CreateShipmentOutput, check
from workflows.operations.create_shipment.workflow import CreateShipment

CREATE_SHIPMENT = OperationType(
    name="create_shipment",
    description="Buys a shipping label for the order and records the shipment. Undo voids the label.",
    input_model=CreateShipmentInput,
    output_model=CreateShipmentOutput,
    supports_undo=True,
    check=check,
    workflow=CreateShipment,
    steps=(steps.BUY_LABEL,),
    example={
        "carrier": "fedex",
        "service": "GROUND",
        "shipping_options": {
            "signature": "adult",
            "declared_value": {"amount": "250.00", "currency": "USD"},
            "references": {"po": "PO-4711"},
        },
    },
)
