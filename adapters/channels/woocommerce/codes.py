"""WooCommerce's codes, and ours."""

from collections.abc import Mapping

from domain.shop_orders import ShopOrderState

KEY = "orderly_fulfillment_"
"""What the keys of our custom fields begin with."""
COMPLETED = "completed"
LIVE, CANCELLED = "live", "cancelled"
"""States of an entry."""
MARK = "tracking-"
"""What the second half of a fulfillment's id begins with, if it is one of the plugin's."""
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
"""By our carrier: the Shipment Tracking plugin's provider, which makes the tracking link."""
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
"""By the order's status; an order with any other, such as a plugin's own, is open."""
