"""Input and output of fulfill_order."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from domain.orders import Order, OrderStatus
from domain.plan import Plan
from domain.ports.references import References
from workflows.operations.common_inputs import (
    ChannelCarrier,
    LabelInput,
    LineItem,
    StrictModel,
    plan_label,
    plan_push,
    require_order,
)


class FulfillOrderInput(LabelInput):
    """What create_shipment takes, and what is pushed; `bridge_id` is the order's own."""

    bridge_id: UUID | None = None
    line_items: Annotated[list[LineItem], Field(min_length=1, max_length=1000)] | None = None
    notify_customer: Annotated[bool, Field(strict=True)] = False
    channel_carrier: ChannelCarrier | None = None
    status: OrderStatus = OrderStatus.SHIPPED


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
    label = replace(await plan_label(request, order, references), status=request.status.value)
    return await plan_push(request.bridge_id, request.line_items, order, references, label)
