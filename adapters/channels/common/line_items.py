"""Which of a channel's line items a push takes: pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.channels import FulfillmentRequest
from domain.errors import Rejected


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One line item as the channel knows it; `remaining` is what was not fulfilled yet."""

    id: str
    sku: str
    remaining: int


@dataclass(frozen=True, slots=True)
class LineQuantity:
    """So many of one line item."""

    line: ChannelLine
    quantity: int


def choose_lines(lines: Sequence[ChannelLine], request: FulfillmentRequest) -> list[LineQuantity]:
    """Return what a push takes of each line item: all that remains, where the request names none.

    A line item is found by the channel's id, else by its SKU; several with one SKU are filled in their order.

    Raises:
        Rejected: nothing remains, or less than is asked for, or there is no such line item; names the field.
    """
    left = {line.id: line.remaining for line in lines}
    if request.line_items is None:
        found = [LineQuantity(line, left[line.id]) for line in lines if left[line.id] > 0]
        if not found:
            raise _exceeds_remaining("nothing of the order remains to be fulfilled", "line_items")
        return found
    found = []
    for place, wanted in enumerate(request.line_items):
        named = _matching_lines(lines, request, wanted.id, wanted.sku)
        if not named:
            message = "the channel's order has no such line item"
            raise Rejected(message, vendor_code="no_such_line_item", field=f"line_items.{place}")
        missing = wanted.quantity
        for line in named:
            some = min(missing, left[line.id])
            if some > 0:
                left[line.id] -= some
                missing -= some
                found.append(LineQuantity(line, some))
        if missing > 0:
            message = f"{wanted.quantity} were asked for and {wanted.quantity - missing} remain"
            raise _exceeds_remaining(message, f"line_items.{place}.quantity")
    return _merge_lines(found)


def _matching_lines(
    lines: Sequence[ChannelLine], request: FulfillmentRequest, line_id: str | None, sku: str | None
) -> list[ChannelLine]:
    if line_id is not None:
        own = [line for line in lines if line.id == line_id]
        if own:
            return own
        sku = next((one.sku for one in request.known_items if one.id == line_id), None)
    return [line for line in lines if sku and line.sku == sku]


def _merge_lines(found: list[LineQuantity]) -> list[LineQuantity]:
    """Name each line item once, for some channels take only the last of two."""
    sums: dict[str, LineQuantity] = {}
    for one in found:
        before = sums[one.line.id].quantity if one.line.id in sums else 0
        sums[one.line.id] = LineQuantity(one.line, before + one.quantity)
    return list(sums.values())


def _exceeds_remaining(message: str, field: str) -> Rejected:
    return Rejected(message, vendor_code="exceeds_remaining", field=field)
