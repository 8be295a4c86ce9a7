"""Orders as sales channels report them, and the checks whether they may be shipped."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import OrderIsCancelled, OrderIsFulfilled, OrderIsOnHold, Rejected
from domain.orders import LineItem, normalize_sku


class ShopOrderState(StrEnum):
    """The state of an order at its channel, as far as it matters for shipping."""

    OPEN = "open"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    FAILED = "failed"
    DELETED = "deleted"
    FULFILLED = "fulfilled"
    MARKETPLACE = "fulfilled_by_marketplace"


ALLOWABLE_STATES = (ShopOrderState.PENDING, ShopOrderState.ON_HOLD)
"""States that a bridge's settings may allow: the customer has not paid yet, or the channel holds the order."""

REFUSALS: Mapping[ShopOrderState, type[Rejected]] = {
    ShopOrderState.PENDING: OrderIsOnHold,
    ShopOrderState.ON_HOLD: OrderIsOnHold,
    ShopOrderState.CANCELLED: OrderIsCancelled,
    ShopOrderState.REFUNDED: OrderIsCancelled,
    ShopOrderState.FAILED: OrderIsCancelled,
    ShopOrderState.DELETED: OrderIsCancelled,
    ShopOrderState.FULFILLED: OrderIsFulfilled,
    ShopOrderState.MARKETPLACE: OrderIsFulfilled,
}


@dataclass(frozen=True, slots=True)
class ShopLine:
    """One line item as the channel reports it.

    Attributes:
        id: the channel's id.
        sku: may be empty.
        remaining: the pieces not yet shipped, refunded or cancelled.
        item_id: the id that requests use for it, if not `id`.
    """

    id: str
    sku: str
    remaining: int
    item_id: str | None = None


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """An order as its channel reports it; `shop_state` is the channel's own name of the state, for messages."""

    state: ShopOrderState
    shop_state: str
    lines: tuple[ShopLine, ...]


def require_shippable_state(order: ShopOrder, allowed: Collection[str]) -> None:
    """Refuse an order that its channel has closed or holds, unless its state is in `allowed`.

    Raises:
        OrderIsCancelled, OrderIsOnHold, OrderIsFulfilled: with the channel's name of the state.
    """
    refusal = REFUSALS.get(order.state)
    if refusal is not None and order.state not in allowed:
        raise refusal(f"the shop's order is {order.shop_state}", vendor_code=order.state.value, field="order_id")


def require_remaining(lines: Collection[ShopLine]) -> None:
    """Refuse an order without remaining pieces.

    Raises:
        OrderIsFulfilled: every piece is shipped, refunded or cancelled.
    """
    if not any(line.remaining > 0 for line in lines):
        message = "the shop's order has no items left to ship"
        raise OrderIsFulfilled(message, vendor_code="exceeds_remaining", field="line_items")


def require_same_lines(order: ShopOrder, items: Sequence[LineItem]) -> None:
    """Refuse a shop's order that has other line items than ours: another shop may use the same number.

    Differences on one side only are changes of one order: the shop may have shipped or added items. An item without
    SKU whose id is its position has no name to compare.

    Raises:
        Rejected: each of the two orders has a line item that the other one lacks.
    """
    named = [
        item for place, item in enumerate(items, 1) if normalize_sku(item.sku) or item.id not in (None, str(place))
    ]
    lines = [line for line in order.lines if line.remaining > 0]
    missing = [item for item in named if item.fulfillable and not any(_is_same(line, item) for line in lines)]
    if missing and any(not any(_is_same(line, item) for item in named) for line in lines):
        name = missing[0].id or missing[0].sku
        message = (
            f"the shop's order has other line items, such as none with the id or SKU {name}: it may be the order of"
            " another shop; if it is the same order, set the order's bridge_id"
        )
        raise Rejected(message, vendor_code="other_line_items", field="order_id")


def _is_same(line: ShopLine, item: LineItem) -> bool:
    sku = normalize_sku(item.sku)
    return item.id in (line.id, line.item_id or line.id) or (bool(sku) and normalize_sku(line.sku) == sku)
