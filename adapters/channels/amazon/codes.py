"""Amazon's codes, and ours."""

from collections.abc import Mapping

from domain.shop_orders import ShopOrderState

MARKETPLACE = "ATVPDKIKX0DER"
"""The United States."""
CARRIERS: Mapping[str, str] = {"fedex": "FedEx", "ups": "UPS", "usps": "USPS", "dhl": "DHL"}
"""By our carrier: Amazon's code."""
OTHER = "Other"
BY_AMAZON = "AMAZON"
"""`fulfilledBy` of an order that Amazon ships."""
STATES: Mapping[str, ShopOrderState] = {
    "PENDING": ShopOrderState.PENDING,
    "PENDING_AVAILABILITY": ShopOrderState.PENDING,
    "SHIPPED": ShopOrderState.FULFILLED,
    "CANCELLED": ShopOrderState.CANCELLED,
    "UNFULFILLABLE": ShopOrderState.FAILED,
}
"""By `fulfillmentStatus`; an order in any other is open."""
