"""USPS's codes, and ours."""

from collections.abc import Mapping

from domain.tracking import TrackingStatus

SERVICES: Mapping[str, str] = {
    "GROUND_ADVANTAGE": "USPS_GROUND_ADVANTAGE",
    "PRIORITY_MAIL": "PRIORITY_MAIL",
    "PRIORITY_MAIL_EXPRESS": "PRIORITY_MAIL_EXPRESS",
}
"""By our service: USPS's mail class."""

RATE_INDICATORS: Mapping[str, str] = {"GROUND_ADVANTAGE": "SP", "PRIORITY_MAIL": "SP", "PRIORITY_MAIL_EXPRESS": "PA"}
"""One piece in a box of one's own."""

SKUS: Mapping[str, str] = {"DU": "GROUND_ADVANTAGE", "DP": "PRIORITY_MAIL", "DE": "PRIORITY_MAIL_EXPRESS"}
"""What the pricing SKU of a domestic service begins with: all that a reprint tells of the service."""

IMAGES: Mapping[str, str] = {"PDF": "PDF", "ZPL": "ZPL203DPI", "PNG": "PNG"}

CATEGORIES: Mapping[str, TrackingStatus] = {
    "pre-shipment": TrackingStatus.PRE_TRANSIT,
    "accepted": TrackingStatus.IN_TRANSIT,
    "in transit": TrackingStatus.IN_TRANSIT,
    "in-transit": TrackingStatus.IN_TRANSIT,
    "out for delivery": TrackingStatus.OUT_FOR_DELIVERY,
    "delivered": TrackingStatus.DELIVERED,
    "available for pickup": TrackingStatus.EXCEPTION,
    "delivery attempt": TrackingStatus.EXCEPTION,
    "alert": TrackingStatus.EXCEPTION,
    "return to sender": TrackingStatus.RETURNED,
}
"""Status categories of Tracking v3, in small letters."""

EVENTS: Mapping[str, TrackingStatus] = {
    "GX": TrackingStatus.PRE_TRANSIT,
    "MA": TrackingStatus.PRE_TRANSIT,
    "03": TrackingStatus.IN_TRANSIT,
    "07": TrackingStatus.IN_TRANSIT,
    "10": TrackingStatus.IN_TRANSIT,
    "OF": TrackingStatus.OUT_FOR_DELIVERY,
    "01": TrackingStatus.DELIVERED,
    "02": TrackingStatus.EXCEPTION,
    "04": TrackingStatus.RETURNED,
    "09": TrackingStatus.RETURNED,
}
"""Event codes of Tracking v3."""
