"""UPS's codes, and ours."""

from collections.abc import Mapping

from domain.tracking import TrackingStatus

SERVICES: Mapping[str, str] = {
    "GROUND": "03",
    "3_DAY_SELECT": "12",
    "2ND_DAY_AIR": "02",
    "NEXT_DAY_AIR_SAVER": "13",
    "NEXT_DAY_AIR": "01",
}
OURS: Mapping[str, str] = {theirs: ours for ours, theirs in SERVICES.items()}

TITLES: Mapping[str, str] = {
    "ground": "GROUND",
    "3 day select": "3_DAY_SELECT",
    "2nd day air": "2ND_DAY_AIR",
    "next day air saver": "NEXT_DAY_AIR_SAVER",
    "next day air": "NEXT_DAY_AIR",
}
"""By the words in which Tracking names a service, without `UPS` and marks: its numbers are not those of Shipping."""

LABELS: Mapping[str, str] = {"ZPL": "ZPL", "PDF": "GIF"}
"""By our format: what is asked for with the purchase. A PDF comes from Label Recovery only, for any label."""

STATUSES: Mapping[str, TrackingStatus] = {
    "M": TrackingStatus.PRE_TRANSIT,
    "MV": TrackingStatus.CANCELLED,
    "P": TrackingStatus.IN_TRANSIT,
    "I": TrackingStatus.IN_TRANSIT,
    "W": TrackingStatus.IN_TRANSIT,
    "O": TrackingStatus.OUT_FOR_DELIVERY,
    "D": TrackingStatus.DELIVERED,
    "X": TrackingStatus.EXCEPTION,
    "RS": TrackingStatus.RETURNED,
}
"""Types of a status in Tracking v1: M is a manifest that UPS has got, MV one that was voided."""

UNKNOWN_NUMBER = "TW0001"
"""The warning by which Tracking says, with a success, that it has nothing."""
