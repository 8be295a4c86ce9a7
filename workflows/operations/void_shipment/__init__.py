"""Operation type void_shipment: voids the label of an earlier operation."""

from workflows import steps
from workflows.operation_type import OperationType
from workflows.operations.void_shipment.contracts import VoidShipmentInput, VoidShipmentOutput, check
from workflows.operations.void_shipment.workflow import VoidShipment

VOID_SHIPMENT = OperationType(
    name="void_shipment",
    description="Voids the label of a shipment. A void can't be undone.",
    input_model=VoidShipmentInput,
    output_model=VoidShipmentOutput,
    supports_undo=False,
    check=check,
    workflow=VoidShipment,
    steps=(steps.VOID_SHIPMENT,),
    example={"shipment_id": "770e8400-e29b-41d4-a716-446655440000"},
)
