"""The deeds of a Shopify shop: GraphQL, executed against the schema, by the desk's books."""

from typing import Any

from graphql import graphql_sync

from sandbox.answers import Answer, RefusedError
from sandbox.calls import Body
from sandbox.channel.channel_service import Desk
from sandbox.channel.shopify import mapping
from sandbox.channel.shopify.auth import answered, refused_payload
from sandbox.channel.shopify.mapping import Node, last_part
from sandbox.channel.shopify.schema import shopify_schema
from sandbox.faults import Fault


class ShopifyShop:
    """One shop. Which fulfillments the carrier has, and so can't be cancelled, is known until the simulator ends."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._schema = shopify_schema()
        self._on_their_way: set[str] = set()

    def execute(self, body: Body, fault: Fault) -> Answer:
        """200 with what the document asks for, and the errors that GraphQL has with it."""
        asked = body.payload()
        if not isinstance(asked, dict) or not isinstance(asked.get("query"), str):
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
            asked["query"],
            roots,
            variable_values=asked.get("variables"),
            operation_name=asked.get("operationName"),
        )
        return answered(result.data, [{"message": one.message} for one in result.errors or []])

    def reference_of(self, fulfillment: str) -> str | None:
        """The tracking number of a fulfillment: Shopify keeps nothing else of ours."""
        return self._desk.reference_of(last_part(fulfillment))

    def _order(self, _: Any, id: str) -> Node | None:  # noqa: A002 - Shopify's name
        external_id = last_part(id)
        lines = self._lines(external_id)
        made = self._desk.entries(external_id=external_id)
        return mapping.order(external_id, lines, [self._shown(one) for one in made]) if lines else None

    def _fulfillment(self, _: Any, id: str) -> Node | None:  # noqa: A002 - Shopify's name
        found = self._desk.entries(fulfillment_id=last_part(id))
        return self._shown(found[0]) if found else None

    def _fulfillment_order(self, _: Any, id: str) -> Node | None:  # noqa: A002 - Shopify's name
        external_id = _order_of(id)
        found = mapping.fulfillment_orders(external_id, self._lines(external_id))
        return next((one for one in found if one["id"] == id), None)

    def _create(self, info: Any, fulfillment: Node) -> Node:
        """Make one fulfillment of one or several fulfillment orders, all of one order and at one place."""
        parts = fulfillment["lineItemsByFulfillmentOrder"]
        orders = [self._fulfillment_order(info, part["fulfillmentOrderId"]) for part in parts]
        known = [one for one in orders if one is not None]
        if not known or len(known) < len(orders):
            return refused_payload("Fulfillment order does not exist.", "fulfillment", "lineItemsByFulfillmentOrder")
        if len({_order_of(one["id"]) for one in known}) > 1:
            return refused_payload("All fulfillment orders must belong to the same order.", "fulfillment")
        if len({one["assignedLocation"]["name"] for one in known}) > 1:
            return refused_payload("All fulfillment orders must be assigned to a single location.", "fulfillment")
        if any(one["status"] != "OPEN" for one in known):
            return refused_payload("Fulfillment order is not in a fulfillable state.", "fulfillment")
        lines = [line for part, one in zip(parts, known, strict=True) for line in _asked(part, one["lines"])]
        return self._make(_order_of(known[0]["id"]), fulfillment, lines)

    def _make(self, external_id: str, wanted: Node, lines: list[Node]) -> Node:
        tracking = wanted.get("trackingInfo") or {}
        number = tracking.get("number") or "none"
        payload = {
            "reference": number[:64],
            "tracking_number": number,
            "carrier": tracking.get("company") or "Other",
            "line_items": lines,
            "notify_customer": bool(wanted.get("notifyCustomer")),
        }
        try:
            made = self._desk.fulfill(external_id, payload, None).body
        except RefusedError as refusal:
            return refused_payload(refusal.answer.body["error"]["message"], "fulfillment")
        return {
            "fulfillment": self._shown(self._desk.entries(fulfillment_id=made["fulfillment_id"])[0]),
            "userErrors": [],
        }

    def _cancel(self, ident: str, fault: Fault) -> Node:
        try:
            outcome = self._desk.cancel(last_part(ident), fault).body["outcome"]
        except RefusedError:
            return refused_payload("Fulfillment does not exist.", "id")
        if outcome == "too_late":
            self._on_their_way.add(last_part(ident))
        if outcome != "cancelled":
            return refused_payload("The fulfillment can't be cancelled.", "id")
        return {"fulfillment": self._fulfillment(None, ident), "userErrors": []}

    def _shown(self, entry: Node) -> Node:
        return mapping.fulfillment(entry, on_its_way=entry["fulfillment_id"] in self._on_their_way)

    def _lines(self, external_id: str) -> list[Node]:
        try:
            return self._desk.lines(external_id)
        except RefusedError:
            return []


def _order_of(fulfillment_order: str) -> str:
    return last_part(fulfillment_order).rpartition("-")[0]


def _asked(part: Node, lines: list[Node]) -> list[Node]:
    """What is asked for of a fulfillment order: all that remains of it where nothing is named."""
    named = part.get("fulfillmentOrderLineItems")
    if named is None:
        return [{"id": line["id"], "quantity": line["remaining"]} for line in lines if line["remaining"]]
    order = _order_of(part["fulfillmentOrderId"])
    return [{"id": last_part(one["id"]).removeprefix(f"{order}-"), "quantity": one["quantity"]} for one in named]
