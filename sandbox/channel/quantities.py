"""Which quantities remain, and which of them a fulfillment takes. Pure."""

from typing import Any

from sandbox.answers import RefusedError, refused
from sandbox.channel.contracts import FulfilledLine

Lines = list[dict[str, Any]]


def remaining(ordered: Lines, fulfilled: list[Lines]) -> dict[str, int]:
    """What remains of each line item by its id, never below 0.

    Args:
        ordered: the order's line items, `[{id, quantity, ...}]`.
        fulfilled: the line items of each fulfillment that is live or pending.
    """
    left = {line["id"]: line["quantity"] for line in ordered}
    for lines in fulfilled:
        for line in lines:
            if line["id"] in left:
                left[line["id"]] -= line["quantity"]
    return {line_id: max(quantity, 0) for line_id, quantity in left.items()}


def taken(ordered: Lines, left: dict[str, int], asked: list[FulfilledLine] | None) -> Lines:
    """The line items of a new fulfillment, `[{id, sku, quantity}]`; all that remain where none are asked for.

    Raises:
        RefusedError: 422 `QUANTITY.EXCEEDS_REMAINING`, or `FIELD.INVALID` for a line the order does not have.
    """
    left = dict(left)
    if asked is None:
        lines = [_line(line, left[line["id"]]) for line in ordered if left[line["id"]] > 0]
        if not lines:
            raise _exceeds("nothing remains of this order", "line_items")
        return lines
    lines = []
    for place, wanted in enumerate(asked):
        line = _named(ordered, left, wanted, place)
        if wanted.quantity > left[line["id"]]:
            message = f"{wanted.quantity} were asked for and {left[line['id']]} remain"
            raise _exceeds(message, f"line_items.{place}.quantity")
        left[line["id"]] -= wanted.quantity
        lines.append(_line(line, wanted.quantity))
    return lines


def _named(ordered: Lines, left: dict[str, int], wanted: FulfilledLine, place: int) -> dict[str, Any]:
    if wanted.id is not None:
        named = [line for line in ordered if line["id"] == wanted.id]
    else:
        named = [line for line in ordered if line["sku"] == wanted.sku]
    if not named:
        name = f"line_items.{place}"
        raise refused(422, "FIELD.INVALID", f"{name}: the order has no such line item", name=name)
    # Several lines may share a SKU: the first with enough left is meant, else the fullest says how much remains.
    enough = (line for line in named if left[line["id"]] >= wanted.quantity)
    return next(enough, max(named, key=lambda line: left[line["id"]]))


def _line(line: dict[str, Any], quantity: int) -> dict[str, Any]:
    return {"id": line["id"], "sku": line["sku"], "quantity": quantity}


def _exceeds(message: str, name: str) -> RefusedError:
    return refused(422, "QUANTITY.EXCEEDS_REMAINING", message, name=name)
