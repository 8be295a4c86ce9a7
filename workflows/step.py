"""Steps: the activities of a step, and the facts about it that the API, the preflight and the dispatcher need."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID

from domain.effects import Effect
from domain.operations import UndoRefusal
from domain.orders import OrderStatus
from domain.plan import Plan
from domain.tracking import TrackingStatus

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class UndoContext:
    """The facts that the preflight of an undo has read about one effect.

    `order_status`: None if the order is deleted or the step does not read it. `status_after_undo`: the order's status
    if the operation is undone. `scanned`: the operation's shipments whose parcels a carrier has scanned, by id.
    """

    effect: Effect
    order_status: OrderStatus | None = None
    status_after_undo: OrderStatus | None = None
    scanned: Mapping[UUID, TrackingStatus] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UndoBlock:
    """The reason why an effect cannot be undone; `force` overrides a forceable block."""

    reason: UndoRefusal
    message: str
    is_forceable: bool = False
    tracking_status: TrackingStatus | None = None


@dataclass(frozen=True, slots=True)
class Step(Generic[R]):
    """One step: its name in the ledger, its activities, and its part in resolve, preflight and queueing."""

    name: str
    activity: str
    recovery: str | None
    """The activity that finds out whether the effect happened."""
    compensation: str | None
    result: type[R]
    """The dataclass of the step's result, see `domain/results.py`."""
    waiting: str | None = None
    """The activity that polls a channel which answers later."""
    repeatable: bool = False
    """True if repeating the call is harmless; `recovery` then runs only when the run is ending."""
    needs_open_order: bool = False
    """True if the step is refused for an order that is cancelled, returned or on hold."""
    buys: bool = False
    """True if the step buys something for the order; a duplicate purchase may be refused."""
    uses: tuple[str, ...] = ()
    """Plan keys of shipments from earlier operations, which cannot be undone while this step's effect remains."""
    removes: bool = False
    """True if the step voids the label of the shipment that it uses."""
    touches: tuple[str, ...] = ()
    """Plan keys of the carrier account or bridge that the step calls."""
    resolved_with: tuple[str, ...] = ()
    """Values that a person must give to resolve the step as happened; with `touches` they form its first result."""
    result_problems: Callable[[Plan, Mapping[str, str]], Mapping[str, str]] | None = None
    """Returns the problems of the values that a person gives, by field; pure."""
    customer_sees: Callable[[UndoContext], str] | None = None
    """Describes what the order's customer sees after the undo; pure."""
    undo_until: str | None = None
    """The key of the result that holds the deadline for an undo."""
    blocked_by_plan: Callable[[Plan], str | None] | None = None
    """Returns from the plan why the operation can never be undone, or None; pure."""
    blocks_undo: Callable[[UndoContext], UndoBlock | None] | None = None
    """Returns the later event that blocks the undo, or None; pure."""
    reads_order: bool = False
    """True if `blocks_undo` or `customer_sees` needs the order's status."""

    @property
    def is_irreversible(self) -> bool:
        """True if nothing compensates the effect and a recovery can find out whether it happened."""
        return self.compensation is None and self.recovery is not None
