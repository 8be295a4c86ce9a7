"""The step of book_pickup and its declarations for the service."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.operations import UndoRefusal
from domain.orders import OrderStatus
from workflows.step import Step, UndoBlock, UndoContext

GONE = (OrderStatus.SHIPPED, OrderStatus.DELIVERED)


@dataclass(frozen=True, slots=True)
class Pickup:
    """A booked pickup; a person who resolves the step reports only the `pickup_id`."""

    pickup_account_id: UUID
    pickup_id: str
    day: str | None = None
    driver: str | None = None
    cancel_until: datetime | None = None


def _no_courier(context: UndoContext) -> str:
    day = context.effect.read(Pickup).day if context.effect.result else None
    return f"no courier comes on {day or 'that day'}"


def _parcels_gone(context: UndoContext) -> UndoBlock | None:
    if context.order_status not in GONE:
        return None
    return UndoBlock(UndoRefusal.CHANGED_SINCE, f"the courier was there: the order is {context.order_status}")


BOOK = Step(
    "book_pickup",
    activity="book_pickup",
    recovery="find_pickup",
    compensation="cancel_pickup",
    result=Pickup,
    needs_open_order=True,
    touches=("pickup_account_id",),
    resolved_with=("pickup_id",),
    customer_sees=_no_courier,
    undo_until="cancel_until",
    blocks_undo=_parcels_gone,
    reads_order=True,
)
