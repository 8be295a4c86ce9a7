"""Operation types: the definition of a type; `workflows/registry.py` lists them."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from activities.ports import ActivityPorts
from domain.errors import FieldError, InvalidInput, OrderCancelled, OrderOnHold
from domain.json_values import Json
from domain.operations import NewOperation
from domain.orders import CLOSED_ORDERS, Order
from domain.plan import Plan
from domain.ports.references import References
from workflows.step import Step

Check = Callable[[Any, Order | None, References], Awaitable[Plan]]
"""Checks an input against the organization's data and returns the plan.

The plan is what workflows and operators see of the input: ids, carrier, service, channel; never an address or a secret.
Raises `InvalidInput` with paths from the input's root, or `("order_id",)`.
"""


@dataclass(frozen=True, eq=False)
class OperationType:
    """One operation type: its input and output, its steps, and its workflow, which has the same name."""

    name: str
    description: str
    input_model: type[BaseModel]
    output_model: type[BaseModel]
    supports_undo: bool
    check: Check
    workflow: type
    steps: tuple[Step[Any], ...]
    """Every step that the workflow may run, in any order."""
    example: Mapping[str, Any] | None = None
    """An example input for the OpenAPI document."""
    error_codes: tuple[str, ...] = ()
    """The type's own codes of failures, in addition to `FailureCode`; the OpenAPI document lists them."""
    make_activities: Callable[[ActivityPorts], Sequence[Callable[..., Any]]] | None = None
    """Makes the type's own activities, if it has any; every worker registers the built-in ones."""

    @property
    def is_irreversible(self) -> bool:
        """True if the type is one irreversible step.

        If the step happened, the operation is completed, even if that is found out late or after a cancellation. If its
        outcome stays unknown, a person must resolve it.
        """
        return len(self.steps) == 1 and self.steps[0].is_irreversible

    def step(self, name: str) -> Step[Any] | None:
        """Return the step of that name, or None for a step of an older version of the type."""
        return next((step for step in self.steps if step.name == name), None)

    @property
    def buys(self) -> bool:
        """True if a step of the type buys something for the order."""
        return any(step.buys for step in self.steps)

    @property
    def needs_open_order(self) -> bool:
        """True if a step of the type is refused for an order that is cancelled, returned or on hold."""
        return any(step.needs_open_order for step in self.steps)

    async def make_plan(self, request: BaseModel, order: Order | None, references: References) -> Plan:
        """Check an input and the order's status; return the plan.

        Raises:
            InvalidInput: with paths as in `check`.
        """
        if order is not None and self.needs_open_order and not getattr(request, "allow_order_status", False):
            require_open_order(order)
        return await self.check(request, order, references)

    def find_touches(self, plan: Plan, done: Collection[str] = ()) -> tuple[UUID, ...]:
        """Return the accounts and bridges that the steps call, except the `done` ones."""
        return _find_ids(plan, (key for step in self.steps if step.name not in done for key in step.touches))

    def new_operation(self, order_id: UUID | None, request: Mapping[str, Any], plan: Plan) -> NewOperation:
        """Return the operation to record, with the facts about its type that the store needs."""
        return NewOperation(
            self.name,
            order_id,
            request,
            plan,
            self.find_touches(plan),
            is_irreversible=self.is_irreversible,
            overrides=_find_overrides(request),
            uses=_find_ids(plan, (key for step in self.steps for key in step.uses)),
            removes=any(step.removes for step in self.steps),
        )


def _find_ids(plan: Plan, keys: Iterable[str]) -> tuple[UUID, ...]:
    named = (plan.value(key) for key in keys)
    return tuple(dict.fromkeys(UUID(str(ident)) for ident in named if ident))


CLOSED_ORDER_ERRORS: Mapping[str, type[InvalidInput]] = {error.code: error for error in (OrderCancelled, OrderOnHold)}
OVERRIDES = ("allow_order_status", "force", "allow_duplicate")
"""Input fields that override a check."""


def require_open_order(order: Order) -> None:
    """Refuse an order that is cancelled, returned or on hold.

    Raises:
        OrderCancelled, OrderOnHold: with the path `order_id`.
    """
    code = CLOSED_ORDERS.get(order.status)
    if code is not None:
        raise CLOSED_ORDER_ERRORS[code]([FieldError(("order_id",), f"the order is {order.status.value}")])


def _find_overrides(request: Mapping[str, Any]) -> Json | None:
    found = {name: True for name in OVERRIDES if request.get(name) is True}
    return {**found, "reason": request.get("reason")} if found else None
