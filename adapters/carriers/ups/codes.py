"""UPS's codes and their meanings."""

from collections.abc import Mapping

from adapters.carriers.common.answers import map_codes
from domain.tracking import TrackingStatus

SERVICES: Mapping[str, str] = {
    "GROUND": "03",
    "3_DAY_SELECT": "12",
    "2ND_DAY_AIR": "02",
    "2ND_DAY_AIR_AM": "59",
    "NEXT_DAY_AIR_SAVER": "13",
    "NEXT_DAY_AIR": "01",
    "NEXT_DAY_AIR_EARLY": "14",
    "STANDARD": "11",
    "EXPEDITED": "08",
    "SAVER": "65",
    "EXPRESS": "07",
    "EXPRESS_12": "74",
    "EXPRESS_PLUS": "54",
    "TODAY_STANDARD": "82",
    "TODAY_DEDICATED_COURIER": "83",
    "TODAY_INTERCITY": "84",
    "TODAY_EXPRESS": "85",
    "TODAY_EXPRESS_SAVER": "86",
}
"""The code for each of our services in UPS's Shipping description. Those from STANDARD on are sold outside the US."""
OURS: Mapping[str, str] = {theirs: ours for ours, theirs in SERVICES.items()}

_OTHER_TITLES = {
    "2nd day air a.m.": "2ND_DAY_AIR_AM",
    "next day air early a.m.": "NEXT_DAY_AIR_EARLY",
    "express 12:00": "EXPRESS_12",
    "express saver": "SAVER",
    "worldwide saver": "SAVER",
    "worldwide express": "EXPRESS",
    "worldwide express plus": "EXPRESS_PLUS",
    "worldwide expedited": "EXPEDITED",
}
TITLES: Mapping[str, str] = {service.replace("_", " ").lower(): service for service in SERVICES} | _OTHER_TITLES
"""Services by Tracking's titles without `UPS` and trademark signs; Tracking's service codes differ from Shipping's."""

LABELS: Mapping[str, str] = {"ZPL": "ZPL", "PDF": "GIF"}
"""The image format of the purchase for each of our formats. PDFs come only from Label Recovery, for any label."""

STATUS_CODES: Mapping[TrackingStatus, str] = {
    TrackingStatus.PRE_TRANSIT: "3 43 44 45 65 77 79 80 131 133 135 148 157 163 166",
    TrackingStatus.IN_TRANSIT: (
        "5 10 12 14 16 17 19 25 28 38 39 40 42 47 55 57 63 70 71 73 74 75 84 87 92 93 94 123 126 134 136 137 138 "
        "158 159 160 164 165 167 168 169"
    ),
    TrackingStatus.OUT_FOR_DELIVERY: "6 21 37 72 78 89 91 146 162",
    TrackingStatus.DELIVERED: "11 26 143 144 155 156 161",
    TrackingStatus.EXCEPTION: (
        "13 18 22 23 24 29 30 32 33 46 48 49 50 51 52 53 58 59 60 61 62 64 66 68 69 76 83 85 86 90 117 118 119 124 125 "
        "132 139 145 147 149"
    ),
    TrackingStatus.RETURNED: "34 35 36 67 81",
    TrackingStatus.CANCELLED: "7",
    TrackingStatus.UNKNOWN: (
        "0 20 27 41 54 56 82 88 95 96 97 98 99 100 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115 116 120 "
        "121 122 127 128 129 130 140 141 142 153 154"
    ),
}
"""Source: UPS's page "Status description codes" of Tracking; UPS's answers add leading zeros. The unknown ones are
about requests, claims and estimates, not about the parcel's progress: for them the type counts."""
CODES = map_codes(STATUS_CODES)
"""Statuses by `statusCode`, without leading zeros."""

ACTIVITY_TYPES: Mapping[TrackingStatus, str] = {
    TrackingStatus.PRE_TRANSIT: "M",
    TrackingStatus.IN_TRANSIT: "I P W DO",
    TrackingStatus.OUT_FOR_DELIVERY: "O",
    TrackingStatus.DELIVERED: "D DD",
    TrackingStatus.EXCEPTION: "X",
    TrackingStatus.RETURNED: "RS",
    TrackingStatus.CANCELLED: "MV",
    TrackingStatus.UNKNOWN: "NA U",
}
"""Source: UPS's page "Package activity types" of Tracking; the types P, O and RS are from its API description."""
STATUSES = map_codes(ACTIVITY_TYPES)
"""Statuses by type, for codes without a status."""

UNKNOWN_NUMBER = "TW0001"
"""Tracking's warning, in a success, that it found nothing."""
