"""The step of book_pickup, with all that the service must know of it."""

from domain.effects import Effect
from domain.operations import UndoRefusal
from domain.orders import OrderStatus
from workflows.step import Step, UndoBlock, UndoContext

GONE = (OrderStatus.SHIPPED, OrderStatus.DELIVERED)


def _no_courier(effect: Effect) -> str:
    return f"no courier comes on {(effect.result or {}).get('day', 'that day')}"


def _parcels_gone(context: UndoContext) -> UndoBlock | None:
    if context.order_status not in GONE:
        return None
    return UndoBlock(UndoRefusal.CHANGED_SINCE, f"the courier was there: the order is {context.order_status}")


BOOK = Step(
    "book_pickup",
    activity="book_pickup",
    recovery="find_pickup",
    compensation="cancel_pickup",
    touches=("pickup_account_id",),
    resolved_with=("pickup_id",),
    customer_sees=_no_courier,
    undo_until="cancel_until",
    blocks_undo=_parcels_gone,
    reads_order=True,
)
