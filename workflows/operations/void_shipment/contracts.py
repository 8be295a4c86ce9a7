"""Input, output and check of void_shipment."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from domain.errors import FieldError
from domain.operation_errors import ShipmentInUse
from domain.orders import Order
from domain.plan import Plan
from domain.ports.references import References
from domain.shipping import ShipmentStatus
from workflows.operations.common_inputs import Reason, StrictModel, refuse, require_reason


class VoidShipmentInput(StrictModel):
    """The shipment whose label is voided."""

    shipment_id: Annotated[UUID, Field(description="Id of the shipment whose label is voided.")]
    force: Annotated[
        bool, Field(strict=True, description="Void the label although another operation uses it. Requires reason.")
    ] = False
    reason: Annotated[
        Reason | None, Field(description="Why the check is overridden. It is logged.", validate_default=True)
    ] = None

    @field_validator("reason")
    @classmethod
    def _require_reason(cls, reason: str | None, info: ValidationInfo) -> str | None:
        return require_reason(reason, info, "force")


class VoidShipmentOutput(StrictModel):
    """The outcome of the void."""

    shipment_id: Annotated[UUID, Field(description="Id of the shipment.")]
    outcome: Annotated[
        Literal["voided", "already_voided", "refund_pending", "done_by_hand"],
        Field(description="Outcome that the carrier or a person reported."),
    ]


async def check(request: VoidShipmentInput, order: Order | None, references: References) -> Plan:
    shipment = await references.shipment(request.shipment_id)
    if shipment is None:
        raise refuse(f"there is no shipment {request.shipment_id}", "shipment_id")
    if order is not None and shipment.order_id != order.id:
        raise refuse("the shipment belongs to another order", "shipment_id")
    if shipment.status is not ShipmentStatus.LABEL_CREATED:
        raise refuse(f"the shipment is already {shipment.status.value}", "shipment_id")
    if shipment.scanned_at is not None:
        raise refuse(f"the carrier has scanned the parcel ({shipment.tracking_status.value})", "shipment_id")
    users = [] if request.force else await references.shipment_users(shipment)
    if users:
        raise ShipmentInUse([FieldError(("shipment_id",), ", ".join(map(str, users)))], users)
    return Plan(
        shipment_id=shipment.id,
        carrier_account_id=shipment.carrier_account_id,
        carrier=shipment.carrier,
        service=shipment.service,
        tracking_number=shipment.tracking_number,
    )
