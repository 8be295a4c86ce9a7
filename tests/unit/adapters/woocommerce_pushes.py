"""Orders of WooCommerce before and after a push."""

from typing import Any

from adapters.channels.woocommerce import requests
from domain.channels import FulfillmentRequest
from tests.fixtures.builders import REFERENCE, build_fulfillment_request

ORDER: dict[str, Any] = {
    "id": 727,
    "status": "processing",
    "line_items": [{"id": 315, "sku": "TEE", "quantity": 2}, {"id": 316, "sku": "MUG", "quantity": 1}],
    "meta_data": [{"id": 1, "key": "_gift", "value": {"not": "ours"}}],
}
COMPLETED = {**ORDER, "status": "completed"}


def build_request(**changes: Any) -> FulfillmentRequest:
    """Return a push of all line items, with changes."""
    defaults: dict[str, Any] = {
        "external_id": "727",
        "tracking_number": "986578788855",
        "carrier": "fedex",
        "line_items": None,
        "notify_customer": False,
    }
    return build_fulfillment_request(**{**defaults, **changes})


def build_push(
    reference: str = REFERENCE, order: dict[str, Any] = ORDER, *, mails: bool = True, **changes: Any
) -> dict[str, Any]:
    """Return the body with which a push changes the order."""
    return requests.build_push(reference, build_request(**changes), order, mails=mails)


def apply_change(body: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the order after a change."""
    order = before or ORDER
    other_fields = [field for field in order["meta_data"] if field["key"] != body["meta_data"][0]["key"]]
    return {**order, **body, "meta_data": [*other_fields, *body["meta_data"]]}
