"""Requests and fulfillment orders for a push to Shopify."""

from typing import Any

from adapters.channels.shopify.answers import FulfillmentOrder
from domain.channels import FulfillmentRequest
from domain.shop_orders import ShopLine
from tests.fixtures.builders import build_fulfillment_request

NUMBER = "986578788855"
KNOWN_ITEMS = [{"id": ident, "sku": sku, "quantity": 9} for ident, sku in (("11", "TEE"), ("12", "MUG"), ("x", "CAP"))]


def build_request(**changes: Any) -> FulfillmentRequest:
    """Return a push of all line items, with changes."""
    defaults = {
        "external_id": "4001",
        "tracking_number": NUMBER,
        "carrier": "fedex",
        "line_items": None,
        "notify_customer": False,
        "known_items": KNOWN_ITEMS,
    }
    return build_fulfillment_request(**{**defaults, **changes})


def build_fulfillment_order(
    ident: str, place: str = "Durham", *, is_open: bool = True, status: str = "OPEN", **quantities: int
) -> FulfillmentOrder:
    """Return a fulfillment order of T-shirts (11), mugs (12) and caps (13) with these quantities."""
    numbers = {"TEE": "11", "MUG": "12", "CAP": "13"}
    lines = tuple(ShopLine(f"{ident}-{sku}", sku, count, numbers[sku]) for sku, count in quantities.items())
    return FulfillmentOrder(ident, status, (place,), is_open, lines)
