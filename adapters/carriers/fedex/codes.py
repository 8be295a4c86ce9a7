"""FedEx's codes, and ours."""

from collections.abc import Mapping

from domain.tracking import TrackingStatus

SERVICES: Mapping[str, str] = {
    "GROUND": "FEDEX_GROUND",
    "GROUND_HOME_DELIVERY": "GROUND_HOME_DELIVERY",
    "FEDEX_2_DAY": "FEDEX_2_DAY",
    "FEDEX_EXPRESS_SAVER": "FEDEX_EXPRESS_SAVER",
    "STANDARD_OVERNIGHT": "STANDARD_OVERNIGHT",
    "PRIORITY_OVERNIGHT": "PRIORITY_OVERNIGHT",
}
OURS: Mapping[str, str] = {theirs: ours for ours, theirs in SERVICES.items()}

LABELS: Mapping[str, tuple[str, str]] = {
    "PDF": ("PDF", "PAPER_4X6"),
    "ZPL": ("ZPLII", "STOCK_4X6"),
    "PNG": ("PNG", "PAPER_4X6"),
}
"""By our format: FedEx's image type and label stock."""

STATUSES: Mapping[str, TrackingStatus] = {
    "OC": TrackingStatus.PRE_TRANSIT,
    "PU": TrackingStatus.IN_TRANSIT,
    "AR": TrackingStatus.IN_TRANSIT,
    "DP": TrackingStatus.IN_TRANSIT,
    "IT": TrackingStatus.IN_TRANSIT,
    "AF": TrackingStatus.IN_TRANSIT,
    "HL": TrackingStatus.IN_TRANSIT,
    "OD": TrackingStatus.OUT_FOR_DELIVERY,
    "DL": TrackingStatus.DELIVERED,
    "DE": TrackingStatus.EXCEPTION,
    "SE": TrackingStatus.EXCEPTION,
    "RS": TrackingStatus.RETURNED,
    "CA": TrackingStatus.CANCELLED,
}
"""Scan and status codes of Track v1."""
