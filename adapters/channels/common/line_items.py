"""Which of a channel's line items a push takes: pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.channels import FulfillmentRequest
from domain.errors import Rejected
from domain.orders import LineItem


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One line item as the channel knows it.

    Attributes:
        id: the channel's.
        sku: may be empty.
        remaining: what was not fulfilled yet.
        item_id: by which a request names it, if that is not `id`.
    """

    id: str
    sku: str
    remaining: int
    item_id: str | None = None


@dataclass(frozen=True, slots=True)
class LineQuantity:
    """So many of one line item."""

    line: ChannelLine
    quantity: int


def choose_lines(lines: Sequence[ChannelLine], request: FulfillmentRequest) -> list[LineQuantity]:
    """Return what a push takes of each line item: all that remains, if the request names none.

    A line item is found by the channel's id, else by its SKU; several with one SKU are filled in their order.

    Raises:
        Rejected: nothing remains, or less than is asked for, or there is no such line item; names the field.
    """
    if request.line_items is None:
        remaining = [LineQuantity(line, line.remaining) for line in lines if line.remaining > 0]
        if not remaining:
            raise exceeds_remaining("nothing of the order remains to be fulfilled", "line_items")
        return remaining
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
            message = f"{item.quantity} were asked for and {item.quantity - missing} remain"
            raise exceeds_remaining(message, f"line_items.{place}.quantity")
    return [LineQuantity(line, line.remaining - left[line.id]) for line in lines if left[line.id] < line.remaining]


def _find_lines(lines: Sequence[ChannelLine], request: FulfillmentRequest, item: LineItem) -> list[ChannelLine]:
    sku, by_id = item.sku, []
    if item.id is not None:
        sku = next((known.sku for known in request.known_items if known.id == item.id), None)
        by_id = [line for line in lines if (line.item_id or line.id) == item.id]
    return by_id or [line for line in lines if sku and line.sku == sku]


def exceeds_remaining(message: str, field: str) -> Rejected:
    """Make the refusal of a push of more than remains."""
    return Rejected(message, vendor_code="exceeds_remaining", field=field)
