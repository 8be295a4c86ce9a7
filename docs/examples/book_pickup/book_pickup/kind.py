"""Input, output and description of book_pickup."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from activities.ports import ActivityPorts
from book_pickup.activities import PickupActivities
from book_pickup.steps import BOOK
from book_pickup.workflow import BookPickup
from domain.orders import Order
from domain.plan import Plan
from domain.ports.references import References
from workflows.operation_type import OperationType
from workflows.operations.common_inputs import StrictModel, refuse, require_order


class BookPickupInput(StrictModel):
    """The account that pays, and the day of the pickup."""

    account_id: UUID
    day: date


class BookPickupOutput(StrictModel):
    """The booking; `driver` is unknown if a person reported it."""

    pickup_account_id: UUID
    pickup_id: str
    day: date | None = None
    driver: str | None = None
    cancel_until: datetime | None = None


async def check(request: BookPickupInput, order: Order | None, references: References) -> Plan:
    """Reject an unknown account; return a plan with the account's id under its own key."""
    require_order(order)
    account = await references.account(request.account_id)
    if account is None:
        raise refuse(f"there is no carrier account {request.account_id}", "account_id")
    return Plan(extra={"pickup_account_id": str(account.id), "day": request.day.isoformat()})


def make_activities(ports: ActivityPorts) -> list[Any]:
    """Return the activities of the step."""
    pickups = PickupActivities(ports)
    return [pickups.book_pickup, pickups.find_pickup, pickups.cancel_pickup]


BOOK_PICKUP = OperationType(
    name="book_pickup",
    description="Books a courier who fetches the order's parcels. Undo cancels the courier.",
    input_model=BookPickupInput,
    output_model=BookPickupOutput,
    supports_undo=True,
    check=check,
    workflow=BookPickup,
    steps=(BOOK,),
    example={"account_id": "880e8400-e29b-41d4-a716-446655440000", "day": "2026-02-12"},
    make_activities=make_activities,
)
