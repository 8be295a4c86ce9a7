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

    shipment_id: UUID
    tracking_number: str
    carrier: str
    service: str
    carrier_account_id: UUID
    carrier_shipment_id: str
    cost: str | None = None
    currency: str | None = None
    void_until: datetime | None = None
    fulfillment_id: str
    bridge_id: UUID
    notified: bool
    order_id: UUID
    previous_status: OrderStatus
    status: OrderStatus


async def check(request: FulfillOrderInput, order: Order | None, references: References) -> Plan:
    order = require_order(order)
    plan = await plan_push(request, order, references, await plan_label(request, order, references))
    return plan if request.status is None else replace(plan, status=request.status.value)
