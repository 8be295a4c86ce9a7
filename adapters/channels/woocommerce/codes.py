"""WooCommerce's codes and their meanings."""

from collections.abc import Mapping

from domain.shop_orders import ShopOrderState

KEY = "orderly_fulfillment_"
"""The prefix of the keys of our custom fields."""
COMPLETED = "completed"
LIVE, CANCELLED = "live", "cancelled"
"""States of an entry."""
MARK = "tracking-"
"""The prefix of the second part of a fulfillment's id, if it is a tracking of the plugin."""
PROVIDERS: Mapping[str, str] = {
    "australia_post": "Australia Post",
    "canada_post": "Canada Post",
    "dhl_express": "DHL US",
    "evri": "EVRi",
    "fedex": "Fedex",
    "ontrac": "OnTrac",
    "parcelforce": "ParcelForce",
    "purolator": "Purolator",
    "royal_mail": "Royal Mail",
    "ups": "UPS",
    "usps": "USPS",
}
"""The Shipment Tracking plugin's providers by our carrier names; the provider determines the tracking link."""
REFUNDED_ITEM = "_refunded_item_id"
"""The custom field of a refund's line that names the order's line item."""
STATES: Mapping[str, ShopOrderState] = {
    "pending": ShopOrderState.PENDING,
    "checkout-draft": ShopOrderState.PENDING,
    "auto-draft": ShopOrderState.PENDING,
    "on-hold": ShopOrderState.ON_HOLD,
    "completed": ShopOrderState.FULFILLED,
    "cancelled": ShopOrderState.CANCELLED,
    "refunded": ShopOrderState.REFUNDED,
    "failed": ShopOrderState.FAILED,
    "trash": ShopOrderState.DELETED,
}
"""States by order status; an order with any other, such as a plugin's own, is open."""
