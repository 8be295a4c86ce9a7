"""Input, output and check of fulfill_order."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from pydantic import Field

from domain.orders import Order, OrderStatus
from domain.plan import Plan
from domain.ports.references import References
from workflows.operations.common_inputs import PushInput, plan_push, require_order
from workflows.operations.label_input import LabelInput, plan_label
from workflows.operations.label_output import LabelOutput


class FulfillOrderInput(LabelInput, PushInput):
    """The label to buy, and the push to the sales channel. The delivery address is the order's `ship_to`."""

    status: Annotated[
        OrderStatus | None,
        Field(description="Status after the push; default: `partially_shipped` while items remain, else `shipped`."),
    ] = None


class FulfillOrderOutput(LabelOutput):
    """The shipment, the fulfillment and the order's status."""

    fulfillment_id: Annotated[str, Field(description="The channel's id of the fulfillment.")]
    bridge_id: Annotated[UUID, Field(description="Id of the bridge.")]
    notified: Annotated[bool, Field(description="Whether the channel notified the customer.")]
    order_id: Annotated[UUID, Field(description="Id of the order.")]
    previous_status: Annotated[OrderStatus, Field(description="Status before the operation.")]
    status: Annotated[OrderStatus, Field(description="Status that the operation set.")]


async def check(request: FulfillOrderInput, order: Order | None, references: References) -> Plan:
    order = require_order(order)
    plan = await plan_label(request, order, references)
    plan = await plan_push(request, order, references, plan, parcels=len(request.parcels or [0]))
    return plan if request.status is None else replace(plan, status=request.status.value)
