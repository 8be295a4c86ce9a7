"""Converts the store's orders and fulfillments to Shopify's format; pure."""

from collections.abc import Callable
from typing import Any

Node = dict[str, Any]

_FINANCIAL = {"pending": "PENDING", "refunded": "REFUNDED", "failed": "VOIDED"}
SEPARATOR = ", "
"""Joins the tracking numbers of a fulfillment in one column of the store."""
CANCELLED = ("cancelled", "trashed")
"""States of an order that Shopify shows as cancelled."""
_STATUSES = {"live": "SUCCESS", "pending": "PENDING", "rejected": "FAILURE", "cancelled": "CANCELLED"}


def gid(kind: str, ident: str) -> str:
    return f"gid://shopify/{kind}/{ident}"


def last_part(ident: str) -> str:
    """Return the last part of a gid."""
    return ident.rpartition("/")[2]


def listing(nodes: list[Node]) -> Callable[..., Node]:
    """Return the resolver of a GraphQL connection; the cursor is the number of nodes before it."""

    def page(_: Any, first: int | None = None, after: str | None = None) -> Node:
        begin = int(after or 0)
        end = begin + (first or len(nodes))
        return {"nodes": nodes[begin:end], "pageInfo": {"hasNextPage": end < len(nodes), "endCursor": str(end)}}

    return page


def some(nodes: list[Node]) -> Callable[..., list[Node]]:
    """Return the resolver of a list without pages."""
    return lambda _, first=None: nodes[:first]


def order(external_id: str, state: str, lines: list[Node], made: list[Node]) -> Node:
    """Return an order of these line items, with its fulfillments."""
    return {
        "id": gid("Order", external_id),
        "cancelledAt": "2026-11-30T08:00:00Z" if state in CANCELLED else None,
        "displayFinancialStatus": _FINANCIAL.get(state, "PAID"),
        "fulfillments": some(made),
        "fulfillmentOrders": listing(fulfillment_orders(external_id, state, lines)),
    }


def fulfillment_orders(external_id: str, state: str, lines: list[Node]) -> list[Node]:
    """Return the order's fulfillment orders: one for each place and batch."""
    parts: dict[tuple[str, str], list[Node]] = {}
    is_over = state in (*CANCELLED, "completed")
    for known in lines:
        line = {
            **known,
            "remaining": 0 if is_over else known["remaining"],
            "on_hold": state == "on_hold" or known.get("on_hold"),
        }
        parts.setdefault((line.get("place") or "Warehouse", line.get("batch") or ""), []).append(line)
    return [
        _fulfillment_order(f"{external_id}-{number}", external_id, place, part_lines)
        for number, ((place, _), part_lines) in enumerate(parts.items(), start=1)
    ]


def _fulfillment_order(ident: str, external_id: str, place: str, lines: list[Node]) -> Node:
    status = "OPEN" if any(line["remaining"] for line in lines) else "CLOSED"
    if any(line.get("on_hold") for line in lines):
        status = "ON_HOLD"
    actions = {"OPEN": ["CREATE_FULFILLMENT", "HOLD"], "ON_HOLD": ["RELEASE_HOLD"]}.get(status, [])
    return {
        "id": gid("FulfillmentOrder", ident),
        "status": status,
        "assignedLocation": {"name": place, "countryCode": "US"},
        "supportedActions": [{"action": action} for action in actions],
        "lineItems": listing([_line(external_id, line) for line in lines]),
        "lines": lines,
    }


def _line(external_id: str, line: Node) -> Node:
    return {
        "id": gid("FulfillmentOrderLineItem", f"{external_id}-{line['id']}"),
        "sku": line["sku"],
        "remainingQuantity": line["remaining"],
        "totalQuantity": line["quantity"],
        "lineItem": {"id": gid("LineItem", line["id"]), "sku": line["sku"]},
    }


def fulfillment(entry: Node, *, on_its_way: bool) -> Node:
    """Return a fulfillment of the store; `on_its_way`: the carrier has the parcel."""
    cancelled = "CANCELED" if entry["status"] == "cancelled" else "FULFILLED"
    lines = [
        {
            "id": gid("FulfillmentLineItem", f"{entry['fulfillment_id']}-{line['id']}"),
            "quantity": line["quantity"],
            "lineItem": {"id": gid("LineItem", line["id"]), "sku": line["sku"]},
        }
        for line in entry["line_items"]
    ]
    numbers = entry["tracking_number"].split(SEPARATOR)
    return {
        "id": gid("Fulfillment", entry["fulfillment_id"]),
        "status": _STATUSES[entry["status"]],
        "displayStatus": "IN_TRANSIT" if on_its_way else cancelled,
        "createdAt": entry["created_at"],
        "trackingInfo": some([{"company": entry["carrier"], "number": number, "url": None} for number in numbers]),
        "fulfillmentLineItems": listing(lines),
    }
