"""Input, output and check of fulfill_order."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from domain.orders import Order, OrderStatus
from domain.plan import Plan
from domain.ports.references import References
from workflows.operations.common_inputs import LabelInput, PushInput, StrictModel, plan_label, plan_push, require_order


class FulfillOrderInput(LabelInput, PushInput):
    """The label to buy, and the push to the sales channel. The delivery address is the order's `ship_to`."""

    status: Annotated[
        OrderStatus | None,
        Field(description="Status after the push; default: `partially_shipped` while items remain, else `shipped`."),
    ] = None


class FulfillOrderOutput(StrictModel):
    """The shipment, the fulfillment and the order's status."""

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
    fulfillment_id: Annotated[str, Field(description="The channel's id of the fulfillment.")]
    bridge_id: Annotated[UUID, Field(description="Id of the bridge.")]
    notified: Annotated[bool, Field(description="Whether the channel notified the customer.")]
    order_id: Annotated[UUID, Field(description="Id of the order.")]
    previous_status: Annotated[OrderStatus, Field(description="Status before the operation.")]
    status: Annotated[OrderStatus, Field(description="Status that the operation set.")]


async def check(request: FulfillOrderInput, order: Order | None, references: References) -> Plan:
    order = require_order(order)
    plan = await plan_push(request, order, references, await plan_label(request, order, references))
    return plan if request.status is None else replace(plan, status=request.status.value)
