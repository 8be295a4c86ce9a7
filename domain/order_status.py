"""An order's status, computed from the statuses set and the pieces fulfilled."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.orders import LineItem, OrderStatus, normalize_sku


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One change of an order's status: a status, or the number of pieces fulfilled for each line item.

    `operation_id` is None for the status that a client set on the order itself.
    """

    operation_id: UUID | None
    status: OrderStatus | None
    fulfilled: Mapping[str, int] | None


def compute_status(
    current: OrderStatus, line_items: Sequence[LineItem], changes: Sequence[StatusChange]
) -> OrderStatus:
    """Return the newest status that was set, or the one that the remaining pieces imply if any were fulfilled since.

    Args:
        current: the status of an order without changes.
        line_items: the order's items.
        changes: the oldest first.
    """
    newest = next((change.status for change in reversed(changes) if change.status is not None), current)
    if not changes or changes[-1].status is not None:
        return newest
    remaining = count_remaining(line_items, sum_fulfilled(changes))
    return OrderStatus.PARTIALLY_SHIPPED if any(remaining.values()) else OrderStatus.SHIPPED


def sum_fulfilled(changes: Iterable[StatusChange]) -> dict[str, int]:
    """Return the number of pieces fulfilled for each line item."""
    total: Counter[str] = Counter()
    for change in changes:
        total.update(change.fulfilled or {})
    return dict(total)


def count_remaining(line_items: Sequence[LineItem], fulfilled: Mapping[str, int]) -> dict[str, int]:
    """Return the number of pieces left to fulfill for each line item, by the item's id."""
    ordered: Counter[str] = Counter()
    for place, item in enumerate(line_items, start=1):
        ordered[_key(place, item)] += item.fulfillable
    return {key: max(0, pieces - fulfilled.get(key, 0)) for key, pieces in ordered.items()}


def choose_pieces(
    line_items: Sequence[LineItem], fulfilled: Mapping[str, int], wanted: Sequence[LineItem] | None
) -> dict[str, int]:
    """Return the pieces that a push takes from each line item: all remaining pieces if it names none."""
    left = count_remaining(line_items, fulfilled)
    if wanted is None:
        return {key: pieces for key, pieces in left.items() if pieces > 0}
    taken: Counter[str] = Counter()
    for item in wanted:
        missing = item.quantity
        for place, known in enumerate(line_items, start=1):
            key = _key(place, known)
            some = min(missing, left[key]) if _matches(known, item) else 0
            left[key] -= some
            taken[key] += some
            missing -= some
    return {key: pieces for key, pieces in taken.items() if pieces > 0}


def _key(place: int, item: LineItem) -> str:
    return item.id or str(place)


def _matches(known: LineItem, item: LineItem) -> bool:
    field = "id" if item.id is not None else "sku"
    return normalize_sku(getattr(known, field)) == normalize_sku(getattr(item, field))
