"""Input, output and check of create_shipment."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from domain.orders import Order
from domain.plan import Plan
from domain.ports.references import References
from workflows.operations.common_inputs import LabelInput, StrictModel, plan_label, require_order


class CreateShipmentInput(LabelInput):
    """The label to buy. The delivery address is the order's `ship_to`."""


class CreateShipmentOutput(StrictModel):
    """The shipment and its label."""

    shipment_id: Annotated[UUID, Field(description="Id of the shipment.")]
    tracking_number: Annotated[str, Field(description="Tracking number of the parcel.")]
    carrier: Annotated[str, Field(description="Carrier or aggregator that sold the label.")]
    service: Annotated[str, Field(description="Service that was bought.")]
    carrier_account_id: Annotated[UUID, Field(description="Id of the carrier account.")]
    carrier_shipment_id: Annotated[str, Field(description="The carrier's id of the label.")]
    cost: Annotated[str | None, Field(description="Cost as a decimal string; null if the carrier reported none.")] = (
        None
    )
    currency: Annotated[str | None, Field(description="Currency of `cost`.")] = None
    void_until: Annotated[
        datetime | None, Field(description="Until when the label can be voided; null if the carrier sets no limit.")
    ] = None


async def check(request: CreateShipmentInput, order: Order | None, references: References) -> Plan:
    return await plan_label(request, require_order(order), references)
