"""Shopify's codes and their meanings."""

from collections.abc import Mapping

from domain.channels import FulfillmentStatus
from domain.shop_orders import ShopOrderState

COMPANIES: Mapping[str, str] = {
    "asendia": "Asendia USA",
    "japan_post": "Japan Post (EN)",
    "sagawa": "Sagawa (EN)",
    "yamato": "Yamato (EN)",
}
"""Shopify's carrier names, if they differ from the carrier's own; Shopify makes tracking links for names it knows."""
STATUSES: Mapping[str, FulfillmentStatus] = {
    "SUCCESS": FulfillmentStatus.LIVE,
    "OPEN": FulfillmentStatus.PENDING,
    "PENDING": FulfillmentStatus.PENDING,
    "CANCELLED": FulfillmentStatus.CANCELLED,
    "ERROR": FulfillmentStatus.REJECTED,
    "FAILURE": FulfillmentStatus.REJECTED,
}
FINISHED = ("CLOSED", "CANCELLED")
"""Statuses of a fulfillment order without anything to fulfill."""
ON_HOLD = "ON_HOLD"
"""The status of a fulfillment order that the shop holds."""
FINANCIAL_STATES: Mapping[str, ShopOrderState] = {
    "PENDING": ShopOrderState.PENDING,
    "REFUNDED": ShopOrderState.REFUNDED,
    "VOIDED": ShopOrderState.FAILED,
    "EXPIRED": ShopOrderState.FAILED,
}
"""Financial statuses that stop a shipment: unpaid, refunded, or the authorization ended."""
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
"""Display statuses of parcels that the carrier has."""
