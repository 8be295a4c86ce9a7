"""A simulated Shopify shop that executes GraphQL on the sandbox's store."""

from typing import Any

from graphql import graphql_sync

from sandbox.answers import Answer, RefusedError
from sandbox.calls import Body
from sandbox.channel.channel_service import ChannelService
from sandbox.channel.shopify import mapping
from sandbox.channel.shopify.auth import answer_data, user_error
from sandbox.channel.shopify.mapping import SEPARATOR, Node, last_part
from sandbox.channel.shopify.schema import shopify_schema
from sandbox.faults import Fault


class ShopifyShop:
    """One shop. It remembers in memory which fulfillments the carrier has, because these cannot be cancelled."""

    def __init__(self, channel: ChannelService) -> None:
        self._channel = channel
        self._schema = shopify_schema()
        self._on_their_way: set[str] = set()

    def execute(self, body: Body, fault: Fault) -> Answer:
        """Return 200 with the document's result and GraphQL's errors."""
        payload = body.payload()
        if not isinstance(payload, dict) or not isinstance(payload.get("query"), str):
            return Answer(400, {"errors": {"query": "Required parameter missing or invalid"}})
        roots = {
            "order": self._order,
            "fulfillment": self._fulfillment,
            "fulfillmentOrder": self._fulfillment_order,
            "fulfillmentCreate": self._create,
            "fulfillmentCancel": lambda _, id: self._cancel(id, fault),  # noqa: A006 - Shopify's name
        }
        result = graphql_sync(
            self._schema,
            payload["query"],
            roots,
            variable_values=payload.get("variables"),
            operation_name=payload.get("operationName"),
        )
        return answer_data(result.data, [{"message": error.message} for error in result.errors or []])

    def reference_of(self, fulfillment: str) -> str | None:
        """Return the tracking number of a fulfillment, the only reference that Shopify stores."""
        return self._channel.reference_of(last_part(fulfillment))

    def _order(self, _: Any, id: str) -> Node | None:  # noqa: A002 - Shopify's name
        external_id = last_part(id)
        lines = self._lines(external_id)
        made = self._channel.entries(external_id=external_id)
        if not lines:
            return None
        return mapping.order(
            external_id, self._channel.state(external_id), lines, [self._node(entry) for entry in made]
        )

    def _fulfillment(self, _: Any, id: str) -> Node | None:  # noqa: A002 - Shopify's name
        found = self._channel.entries(fulfillment_id=last_part(id))
        return self._node(found[0]) if found else None

    def _fulfillment_order(self, _: Any, id: str) -> Node | None:  # noqa: A002 - Shopify's name
        external_id = _order_of(id)
        found = mapping.fulfillment_orders(external_id, self._channel.state(external_id), self._lines(external_id))
        return next((part for part in found if part["id"] == id), None)

    def _create(self, info: Any, fulfillment: Node) -> Node:
        """Create a fulfillment of fulfillment orders, which must belong to one order and one place."""
        parts = fulfillment["lineItemsByFulfillmentOrder"]
        orders = [self._fulfillment_order(info, part["fulfillmentOrderId"]) for part in parts]
        known = [order for order in orders if order is not None]
        if not known or len(known) < len(orders):
            return user_error("Fulfillment order does not exist.", "fulfillment", "lineItemsByFulfillmentOrder")
        if len({_order_of(order["id"]) for order in known}) > 1:
            return user_error("All fulfillment orders must belong to the same order.", "fulfillment")
        if len({order["assignedLocation"]["name"] for order in known}) > 1:
            return user_error("All fulfillment orders must be assigned to a single location.", "fulfillment")
        if any(order["status"] != "OPEN" for order in known):
            return user_error("Fulfillment order is not in a fulfillable state.", "fulfillment")
        pairs = zip(parts, known, strict=True)
        lines = [line for part, order in pairs for line in _requested_lines(part, order["lines"])]
        return self._make(_order_of(known[0]["id"]), fulfillment, lines)

    def _make(self, external_id: str, fulfillment: Node, lines: list[Node]) -> Node:
        tracking = fulfillment.get("trackingInfo") or {}
        numbers = tracking.get("numbers") or [tracking.get("number") or "none"]
        payload = {
            "reference": numbers[0][:64],
            "tracking_number": SEPARATOR.join(numbers),
            "carrier": tracking.get("company") or "Other",
            "line_items": lines,
            "notify_customer": bool(fulfillment.get("notifyCustomer")),
        }
        try:
            entry = self._channel.fulfill(external_id, payload, may_wait=True)
        except RefusedError as refusal:
            return user_error(refusal.message, "fulfillment")
        return {"fulfillment": self._node(entry), "userErrors": []}

    def _cancel(self, ident: str, fault: Fault) -> Node:
        try:
            outcome = self._channel.cancel(last_part(ident), fault)
        except RefusedError:
            return user_error("Fulfillment does not exist.", "id")
        if outcome == "too_late":
            self._on_their_way.add(last_part(ident))
        if outcome != "cancelled":
            return user_error("The fulfillment can't be cancelled.", "id")
        return {"fulfillment": self._fulfillment(None, ident), "userErrors": []}

    def _node(self, entry: Node) -> Node:
        return mapping.fulfillment(entry, on_its_way=entry["fulfillment_id"] in self._on_their_way)

    def _lines(self, external_id: str) -> list[Node]:
        try:
            return self._channel.lines(external_id)
        except RefusedError:
            return []


def _order_of(fulfillment_order: str) -> str:
    return last_part(fulfillment_order).rpartition("-")[0]


def _requested_lines(part: Node, lines: list[Node]) -> list[Node]:
    """Return the requested line items of a fulfillment order; all remaining ones if none are named."""
    named = part.get("fulfillmentOrderLineItems")
    if named is None:
        return [{"id": line["id"], "quantity": line["remaining"]} for line in lines if line["remaining"]]
    order = _order_of(part["fulfillmentOrderId"])
    return [{"id": last_part(line["id"]).removeprefix(f"{order}-"), "quantity": line["quantity"]} for line in named]
