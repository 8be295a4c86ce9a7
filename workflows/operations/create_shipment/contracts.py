"""Input, output and check of create_shipment."""

from datetime import datetime
from uuid import UUID

from domain.orders import Order
from domain.plan import Plan
from domain.ports.references import References
from workflows.operations.common_inputs import LabelInput, StrictModel, plan_label, require_order


class CreateShipmentInput(LabelInput):
    """The label to buy. The delivery address is the order's `ship_to`."""


class CreateShipmentOutput(StrictModel):
    """The shipment. `cost` is a decimal string in `currency`; the label can be voided until `void_until`."""

    shipment_id: UUID
    tracking_number: str
    carrier: str
    service: str
    carrier_account_id: UUID
    carrier_shipment_id: str
    cost: str | None = None
    currency: str | None = None
    void_until: datetime | None = None


async def check(request: CreateShipmentInput, order: Order | None, references: References) -> Plan:
    return await plan_label(request, require_order(order), references)
