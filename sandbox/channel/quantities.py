"""Computes the remaining quantities of an order, and the line items of a fulfillment; pure."""

from typing import Any

from sandbox.answers import RefusedError, refuse
from sandbox.channel.contracts import FulfilledLine

Lines = list[dict[str, Any]]


def remaining(ordered: Lines, fulfilled: list[Lines]) -> dict[str, int]:
    """Return the remaining quantity of each line item by its id, never below 0.

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


def take(ordered: Lines, left: dict[str, int], requested: list[FulfilledLine] | None) -> Lines:
    """Return the line items of a new fulfillment, `[{id, sku, quantity}]`; all remaining ones if none are requested.

    Raises:
        RefusedError: 422 `QUANTITY.EXCEEDS_REMAINING`, or `FIELD.INVALID` for a line the order does not have.
    """
    left = dict(left)
    if requested is None:
        lines = [_line(line, left[line["id"]]) for line in ordered if left[line["id"]] > 0]
        if not lines:
            raise _exceeds("this order has no items left to ship", "line_items")
        return lines
    lines = []
    for place, request in enumerate(requested):
        line = _find(ordered, left, request, place)
        if request.quantity > left[line["id"]]:
            message = f"{request.quantity} were requested, but only {left[line['id']]} are left"
            raise _exceeds(message, f"line_items.{place}.quantity")
        left[line["id"]] -= request.quantity
        lines.append(_line(line, request.quantity))
    return lines


def _find(ordered: Lines, left: dict[str, int], request: FulfilledLine, place: int) -> dict[str, Any]:
    if request.id is not None:
        named = [line for line in ordered if line["id"] == request.id]
    else:
        named = [line for line in ordered if line["sku"] == request.sku]
    if not named:
        name = f"line_items.{place}"
        raise refuse(422, "FIELD.INVALID", f"{name}: the order has no such line item", name=name)
    # Several lines may share a SKU: take the first with enough left, else report the largest remaining quantity.
    enough = (line for line in named if left[line["id"]] >= request.quantity)
    return next(enough, max(named, key=lambda line: left[line["id"]]))


def _line(line: dict[str, Any], quantity: int) -> dict[str, Any]:
    return {"id": line["id"], "sku": line["sku"], "quantity": quantity}


def _exceeds(message: str, name: str) -> RefusedError:
    return refuse(422, "QUANTITY.EXCEEDS_REMAINING", message, name=name)
