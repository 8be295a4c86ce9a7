"""The steps that the built-in types are made of. A type's own folder says in which order it runs them."""

from typing import Any

from workflows.saga import Saga, Step

BUY_LABEL = Step("buy_label", activity="buy_label", recovery="recover_label", compensation="void_label")
PUSH_FULFILLMENT = Step(
    "push_fulfillment",
    activity="push_fulfillment",
    recovery="recover_fulfillment",
    compensation="cancel_fulfillment",
    waiting="await_fulfillment",
)
SET_ORDER_STATUS = Step(
    "set_order_status", activity="set_order_status", recovery=None, compensation="restore_order_status"
)
VOID_SHIPMENT = Step(
    "void_shipment", activity="void_shipment", recovery="recover_void", compensation=None, repeatable=True
)


async def set_order_status(saga: Saga) -> dict[str, Any]:
    """Set the run's order to the plan's status."""
    return await saga.step(SET_ORDER_STATUS, order_id=str(saga.run.order_id), status=saga.run.plan["status"])
