"""Choose the channel's line items for a push. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.channels import FulfillmentRequest
from domain.errors import OrderIsFulfilled, Rejected
from domain.orders import LineItem, normalize_sku
from domain.shop_orders import ShopLine, require_remaining


@dataclass(frozen=True, slots=True)
class LineQuantity:
    """A quantity of one line item."""

    line: ShopLine
    quantity: int


def choose_lines(lines: Sequence[ShopLine], request: FulfillmentRequest) -> list[LineQuantity]:
    """Return the pieces that a push takes from each line item: all remaining ones if the request names none.

    A line item is found by the channel's id, else by its SKU; several items with one SKU are filled in their order.

    Raises:
        OrderIsFulfilled: nothing of the order remains.
        Rejected: fewer pieces remain than requested, or there is no such line item; names the field.
    """
    if request.line_items is None:
        require_remaining(lines)
        return [LineQuantity(line, line.remaining) for line in lines if line.remaining > 0]
    left = {line.id: line.remaining for line in lines}
    for place, item in enumerate(request.line_items):
        matching = _find_lines(lines, request, item)
        if not matching:
            message = "the channel's order has no such line item"
            raise Rejected(message, vendor_code="no_such_line_item", field=f"line_items.{place}")
        missing = item.quantity
        for line in matching:
            some = min(missing, left[line.id])
            left[line.id] -= some
            missing -= some
        if missing > 0:
            message = f"the quantity is {item.quantity}, but only {item.quantity - missing} can still be shipped"
            refusal = Rejected if any(line.remaining > 0 for line in lines) else OrderIsFulfilled
            raise refusal(message, vendor_code="exceeds_remaining", field=f"line_items.{place}.quantity")
    return [LineQuantity(line, line.remaining - left[line.id]) for line in lines if left[line.id] < line.remaining]


def _find_lines(lines: Sequence[ShopLine], request: FulfillmentRequest, item: LineItem) -> list[ShopLine]:
    sku, by_id = normalize_sku(item.sku), []
    if item.id is not None:
        sku = normalize_sku(next((known.sku for known in request.known_items if known.id == item.id), None))
        by_id = [line for line in lines if (line.item_id or line.id) == item.id]
    return by_id or [line for line in lines if sku and normalize_sku(line.sku) == sku]
