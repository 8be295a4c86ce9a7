"""Shopify's codes, and ours."""

from collections.abc import Mapping

from domain.channels import FulfillmentStatus
from domain.shop_orders import ShopOrderState

COMPANIES: Mapping[str, str] = {
    "asendia": "Asendia USA",
    "japan_post": "Japan Post (EN)",
    "sagawa": "Sagawa (EN)",
    "yamato": "Yamato (EN)",
}
"""By our carrier: Shopify's name where it is not the carrier's own. Shopify links numbers of carriers that it knows."""
STATUSES: Mapping[str, FulfillmentStatus] = {
    "SUCCESS": FulfillmentStatus.LIVE,
    "OPEN": FulfillmentStatus.PENDING,
    "PENDING": FulfillmentStatus.PENDING,
    "CANCELLED": FulfillmentStatus.CANCELLED,
    "ERROR": FulfillmentStatus.REJECTED,
    "FAILURE": FulfillmentStatus.REJECTED,
}
FINISHED = ("CLOSED", "CANCELLED")
"""Statuses of a fulfillment order of which nothing is to be fulfilled."""
ON_HOLD = "ON_HOLD"
"""Status of a fulfillment order that the shop holds back."""
FINANCIAL_STATES: Mapping[str, ShopOrderState] = {
    "PENDING": ShopOrderState.PENDING,
    "REFUNDED": ShopOrderState.REFUNDED,
    "VOIDED": ShopOrderState.FAILED,
    "EXPIRED": ShopOrderState.FAILED,
}
"""Financial statuses that stop a shipment: unpaid, money returned, authorization gone."""
ON_ITS_WAY = (
    "CARRIER_PICKED_UP",
    "IN_TRANSIT",
    "OUT_FOR_DELIVERY",
    "ATTEMPTED_DELIVERY",
    "DELAYED",
    "DELIVERED",
    "NOT_DELIVERED",
    "READY_FOR_PICKUP",
    "PICKED_UP",
)
"""Display statuses of what the carrier has."""
