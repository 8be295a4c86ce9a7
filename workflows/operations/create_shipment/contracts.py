"""Input, output and check of create_shipment."""

from domain.orders import Order
from domain.plan import Plan
from domain.ports.references import References
from workflows.operations.common_inputs import require_order
from workflows.operations.label_input import LabelInput, plan_label
from workflows.operations.label_output import LabelOutput


class CreateShipmentInput(LabelInput):
    """The label to buy. The delivery address is the order's `ship_to`."""


class CreateShipmentOutput(LabelOutput):
    """The shipment and its label."""


async def check(request: CreateShipmentInput, order: Order | None, references: References) -> Plan:
    return await plan_label(request, require_order(order), references)
