"""USPS's codes and their meanings."""

import re
from collections.abc import Mapping

from adapters.carriers.common.answers import map_codes
from domain.effects import UndoOutcome
from domain.pauses import PauseCause
from domain.tracking import TrackingStatus

SERVICES: Mapping[str, str] = {
    "GROUND_ADVANTAGE": "USPS_GROUND_ADVANTAGE",
    "PRIORITY_MAIL": "PRIORITY_MAIL",
    "PRIORITY_MAIL_EXPRESS": "PRIORITY_MAIL_EXPRESS",
    "FIRST_CLASS_PACKAGE_INTERNATIONAL": "FIRST-CLASS_PACKAGE_INTERNATIONAL_SERVICE",
    "PRIORITY_MAIL_INTERNATIONAL": "PRIORITY_MAIL_INTERNATIONAL",
    "PRIORITY_MAIL_EXPRESS_INTERNATIONAL": "PRIORITY_MAIL_EXPRESS_INTERNATIONAL",
}
"""USPS's mail class for each of our services."""

RATE_INDICATORS: Mapping[str, str] = {
    **dict.fromkeys(SERVICES, "SP"),
    **dict.fromkeys(("PRIORITY_MAIL_EXPRESS", "PRIORITY_MAIL_EXPRESS_INTERNATIONAL"), "PA"),
}
"""A single piece in the sender's own packaging."""

SIGNATURES = frozenset({921, 922, 923, 924, 981, *range(486, 490)})
"""The extra services that include a signature; USPS sells one of them."""

INSURANCE: Mapping[str, tuple[int, int]] = {
    "GROUND_ADVANTAGE": (930, 931),
    "PRIORITY_MAIL": (930, 931),
    "PRIORITY_MAIL_EXPRESS": (925, 925),
    "PRIORITY_MAIL_INTERNATIONAL": (930, 931),
    "PRIORITY_MAIL_EXPRESS_INTERNATIONAL": (930, 931),
}
INSURANCE_ABOVE, INSURED_MORE = 500, 931
"""The extra service of an insurance up to this amount of dollars, and that above it."""

SKUS: Mapping[str, str] = {
    "DU": "GROUND_ADVANTAGE",
    "DP": "PRIORITY_MAIL",
    "DE": "PRIORITY_MAIL_EXPRESS",
    "IF": "FIRST_CLASS_PACKAGE_INTERNATIONAL",
    "IP": "PRIORITY_MAIL_INTERNATIONAL",
    "IE": "PRIORITY_MAIL_EXPRESS_INTERNATIONAL",
}
"""The services by the first letters of a pricing SKU, the only trace of the service in a reprint."""

NOT_MILITARY = frozenset({921, 922, 923, 924, 931, 957, *range(480, 490)})
"""The extra services that USPS does not sell to military addresses."""
NOT_ASSOCIATED = frozenset({922, 923, 924, 957})
"""Those that it does not sell to the freely associated states."""
ASSOCIATED = ("FM", "MH", "PW")
NO_DESCRIPTIONS = frozenset({"none", "not applicable", "n/a", "null", "gift", "merchandise"})
"""The texts that USPS refuses as the description of an item. Source of these four: USPS's consolidated error list."""

FOREIGN_NUMBER = re.compile(r"[A-Z]{2}[0-9]{9}US")
"""The form of tracking numbers to other countries, the standard S10 of the Universal Postal Union."""

IMAGES: Mapping[str, str] = {"PDF": "PDF", "ZPL": "ZPL203DPI", "PNG": "PNG"}

VOID_REFUSALS: Mapping[str, UndoOutcome] = {
    "160174": UndoOutcome.TOO_LATE,
    "160184": UndoOutcome.TOO_LATE,
    "160185": UndoOutcome.NOT_FOUND,
    "160186": UndoOutcome.ALREADY_VOIDED,
    "160301": UndoOutcome.TOO_LATE,
}
"""Source: USPS's consolidated error list, `DELETE /labels/v3/label`: on a SCAN form, can't be canceled, not found,
canceled before, not eligible for a refund."""

VOID_WORDS: tuple[tuple[str, UndoOutcome], ...] = (
    (r"^order not found", UndoOutcome.NOT_FOUND),
    (r"already (been )?cancell?ed", UndoOutcome.ALREADY_VOIDED),
    (
        r"(refund|dispute)( request)?( for this order)? (has |was )?already (been )?(submitted|requested)"
        r"|already (been )?disputed|duplicate (refund|dispute)",
        UndoOutcome.REFUND_PENDING,
    ),
    (r"refund request for this order cannot be submitted", UndoOutcome.TOO_LATE),
)
"""Source: the messages in USPS's API description, which has no codes for these cases. The first match counts."""

NO_REPRINT = "160378"
"""Source: USPS's consolidated error list, `/labels/v3/label-reprint`: no label mailed in the last 45 days."""
REPRINT_DAYS = 45

CATEGORIES: Mapping[str, TrackingStatus] = {
    "pre-shipment": TrackingStatus.PRE_TRANSIT,
    "accepted": TrackingStatus.IN_TRANSIT,
    "in transit": TrackingStatus.IN_TRANSIT,
    "in-transit": TrackingStatus.IN_TRANSIT,
    "out for delivery": TrackingStatus.OUT_FOR_DELIVERY,
    "delivered": TrackingStatus.DELIVERED,
    "available for pickup": TrackingStatus.IN_TRANSIT,
    "delivery attempt": TrackingStatus.EXCEPTION,
    "alert": TrackingStatus.EXCEPTION,
    "return to sender": TrackingStatus.RETURNED,
}
"""The status categories of Tracking v3, in lower case."""

DOMESTIC: Mapping[TrackingStatus, str] = {
    TrackingStatus.PRE_TRANSIT: "89",
    TrackingStatus.IN_TRANSIT: (
        "03 06 07 08 10 14 15 16 31 32 33 35 36 38 39 40 41 42 43 45 58 60 61 62 70 73 80 81 82 83 84 85 87"
    ),
    TrackingStatus.DELIVERED: "01 13 17 34 59 63",
    TrackingStatus.EXCEPTION: ("02 05 11 12 21 22 23 24 25 26 30 44 46 51 52 53 54 55 56 57 64 71 72 74"),
    TrackingStatus.RETURNED: "04 09 27 28 29 86",
}
"""Source: USPS Publication 199, appendix G-4, domestic scan events with a number; Tracking v3 refers to it for
`eventCode`."""

INTERNATIONAL: Mapping[TrackingStatus, str] = {
    TrackingStatus.PRE_TRANSIT: "NP PE",
    TrackingStatus.IN_TRANSIT: (
        "A0 AF AG AJ AP AR AS AT B0 B1 B2 B3 B5 BB C0 CA CC CI CO CR D0 D1 D2 DD DF DH DT E0 "
        "EA ED F0 G0 IC J0 K0 K1 K2 K3 OS PO PU TA TP TR"
    ),
    TrackingStatus.OUT_FOR_DELIVERY: "DG WC",
    TrackingStatus.DELIVERED: "AH BR DL DN I0 OK PD",
    TrackingStatus.EXCEPTION: "BA BX CD CM DP H0 HP HX ND NH OH RE SC SS WX",
    TrackingStatus.RETURNED: "H8 K4 K5 RD RT",
}
"""Source: USPS Publication 199, appendix G-5, scan events of international mail."""

LETTERED: Mapping[TrackingStatus, str] = {
    TrackingStatus.PRE_TRANSIT: "GX MA",
    TrackingStatus.IN_TRANSIT: "19 A1 EF NT PA PC SF T1 TL TM U1",
    TrackingStatus.OUT_FOR_DELIVERY: "OF",
    TrackingStatus.EXCEPTION: "DX",
}
"""Domestic events that neither appendix has, from Web Tools' tracking codes and from USPS's own answers."""

EVENTS = map_codes(DOMESTIC) | map_codes(INTERNATIONAL) | map_codes(LETTERED)
"""Statuses by the event codes of Tracking v3."""

WORDS: tuple[tuple[str, TrackingStatus], ...] = (
    (r"\b(return|returned|returning|back)\b.*\bsender\b|\brefused\b", TrackingStatus.RETURNED),
    (r"\bnot\b|attempt|notice left|unable|delay|undeliverable|problem", TrackingStatus.EXCEPTION),
    (r"label created|label prepared|pre-?shipment|shipment info", TrackingStatus.PRE_TRANSIT),
    (r"\bout for delivery\b", TrackingStatus.OUT_FOR_DELIVERY),
    (r"^delivered\b", TrackingStatus.DELIVERED),
    (
        r"arriv|depart|transit|available|held|accept|possession|process|sort|forward|picked up",
        TrackingStatus.IN_TRANSIT,
    ),
)
"""Statuses by USPS's event descriptions, for codes outside all tables. The first match counts."""

CAUSES: Mapping[str, PauseCause] = {
    "100003": PauseCause.INSUFFICIENT_FUNDS,
    "100004": PauseCause.INSUFFICIENT_FUNDS,
    "100005": PauseCause.UNAVAILABLE,
    "100006": PauseCause.INSUFFICIENT_FUNDS,
    "100007": PauseCause.INSUFFICIENT_FUNDS,
}
"""Temporary errors of the payment account: no primary payment method, an inactive one, a credit
card that USPS can't validate now, one that it refuses, and too little trust balance."""

REFUSED_IDENTITY = frozenset({"100001", "100002", "160218", "160221", "160222", "160224", "160225", "160226"})
"""Errors of a payment authorization about the account's numbers: no such account, an inactive one, or a missing CRID,
MID or account number."""


def is_foreign_number(tracking_number: str) -> bool:
    """Whether a tracking number is that of a label to another country."""
    return FOREIGN_NUMBER.fullmatch(tracking_number) is not None
