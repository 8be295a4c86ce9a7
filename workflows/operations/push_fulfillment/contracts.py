"""Input, output and check of push_fulfillment."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from domain.orders import Order
from domain.plan import Plan
from domain.ports.references import References
from domain.shipping import Shipment, ShipmentStatus
from domain.vendors.catalogue import CHANNELS
from workflows.operations.common_inputs import (
    Ident,
    OrderStatusOverride,
    PushInput,
    StrictModel,
    Text,
    plan_push,
    refuse,
    refuse_problems,
    require_order,
)


class PushFulfillmentInput(PushInput, OrderStatusOverride):
    """The fulfillment to push: a shipment of this service, or a tracking number with its carrier."""

    shipment_id: Annotated[UUID | None, Field(description="Id of the shipment to push.")] = None
    tracking_number: Annotated[
        Ident | None,
        Field(description="Tracking number of a parcel that this service did not buy, instead of `shipment_id`."),
    ] = None
    carrier: Annotated[Text | None, Field(description="Carrier of `tracking_number`.")] = None

    @model_validator(mode="after")
    def _require_one_parcel(self) -> "PushFulfillmentInput":
        if (self.shipment_id is None) == (self.tracking_number is None):
            raise ValueError("send exactly one of shipment_id and tracking_number")
        if (self.tracking_number is None) != (self.carrier is None):
            raise ValueError("send tracking_number and carrier together")
        return self


class PushFulfillmentOutput(StrictModel):
    """The fulfillment in the channel."""

    fulfillment_id: Annotated[str, Field(description="The channel's id of the fulfillment.")]
    bridge_id: Annotated[UUID, Field(description="Id of the bridge.")]
    tracking_number: Annotated[str, Field(description="Tracking number of the parcel.")]
    notified: Annotated[bool, Field(description="Whether the channel notified the customer.")]


async def check(request: PushFulfillmentInput, order: Order | None, references: References) -> Plan:
    order = require_order(order)
    plan = Plan(tracking_number=request.tracking_number, carrier=request.carrier)
    plan = await plan_push(request, order, references, plan)
    if request.shipment_id is None:
        return plan
    shipment = _require_usable(await references.shipment(request.shipment_id), request.shipment_id, order)
    refuse_problems({"shipment_id": CHANNELS[plan.channel or ""].parcels_problem(len(shipment.all_parcels))})
    return replace(plan, shipment_id=shipment.id, tracking_number=shipment.tracking_number, carrier=shipment.carrier)


def _require_usable(shipment: Shipment | None, shipment_id: UUID, order: Order) -> Shipment:
    if shipment is None:
        raise refuse(f"there is no shipment {shipment_id}", "shipment_id")
    if shipment.order_id != order.id:
        raise refuse("the shipment belongs to another order", "shipment_id")
    if shipment.status is not ShipmentStatus.LABEL_CREATED:
        raise refuse(f"the shipment is {shipment.status.value}", "shipment_id")
    return shipment
