"""What a step declares: its activities, and what the API, the preflight and the dispatcher must know of it."""

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
    """What the preflight of an undo has read about one effect that stands.

    `order_status` is None if the order is gone, or if the step does not read it; `status_after_undo` is the status that
    the order would have without the operation. `scanned` are the operation's shipments whose parcels a carrier has
    scanned, by id.
    """

    effect: Effect
    order_status: OrderStatus | None = None
    status_after_undo: OrderStatus | None = None
    scanned: Mapping[UUID, TrackingStatus] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UndoBlock:
    """Why an effect can't be undone; an undo with `force` passes a forceable block."""

    reason: UndoRefusal
    message: str
    is_forceable: bool = False
    tracking_status: TrackingStatus | None = None


@dataclass(frozen=True, slots=True)
class Step(Generic[R]):
    """One step: its name in the ledger, its activities, and its part of resolve, preflight and queueing."""

    name: str
    activity: str
    recovery: str | None
    """The activity that finds out whether the effect happened."""
    compensation: str | None
    result: type[R]
    """The dataclass of its result, as in `domain/results.py`."""
    waiting: str | None = None
    """The activity that asks for the answer of a channel that answers later."""
    repeatable: bool = False
    """Whether the same call again does no harm: `recovery` is only asked once the run is ending."""
    needs_open_order: bool = False
    """Whether the step is refused for an order that is cancelled, returned or on hold."""
    buys: bool = False
    """Whether the step buys something for the order: the same purchase again may be refused."""
    uses: tuple[str, ...] = ()
    """Keys of the plan that name shipments of earlier operations: those are not undone while this step stands."""
    removes: bool = False
    """Whether the step voids the label of the shipment that it uses."""
    touches: tuple[str, ...] = ()
    """Keys of the plan that name the carrier account or bridge that the step calls."""
    resolved_with: tuple[str, ...] = ()
    """What a person who says that it happened must give; with `touches` it is the effect's first result."""
    result_problems: Callable[[Plan, Mapping[str, str]], Mapping[str, str]] | None = None
    """Returns what is wrong with the values that a person gives, by field; pure."""
    customer_sees: Callable[[UndoContext], str] | None = None
    """Tells what the customer of the order sees after its undo; pure."""
    undo_until: str | None = None
    """The key of the result with the time after which it can't be undone."""
    blocked_by_plan: Callable[[Plan], str | None] | None = None
    """Tells from the plan why the operation can never be undone; pure."""
    blocks_undo: Callable[[UndoContext], UndoBlock | None] | None = None
    """Tells what has happened since that blocks the undo; pure."""
    reads_order: bool = False
    """Whether `blocks_undo` or `customer_sees` needs the order's status."""

    @property
    def is_irreversible(self) -> bool:
        """Whether nothing compensates the effect, but its recovery can tell whether it happened."""
        return self.compensation is None and self.recovery is not None
