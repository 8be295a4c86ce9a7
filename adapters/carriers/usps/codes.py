"""USPS's codes, and ours."""

from collections.abc import Mapping

from adapters.carriers.common.answers import map_codes
from domain.effects import UndoOutcome
from domain.pauses import PauseCause
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

VOID_REFUSALS: Mapping[str, UndoOutcome] = {
    "160174": UndoOutcome.TOO_LATE,
    "160184": UndoOutcome.TOO_LATE,
    "160185": UndoOutcome.NOT_FOUND,
    "160186": UndoOutcome.ALREADY_VOIDED,
    "160301": UndoOutcome.TOO_LATE,
}
"""USPS's consolidated error list, the codes of `DELETE /labels/v3/label`: on a SCAN form, can't be canceled, not found,
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
"""The words of USPS's API description for the same, which has no codes for them: the first pattern counts."""

NO_REPRINT = "160378"
"""USPS's consolidated error list, `/labels/v3/label-reprint`: no label with a mailing date within the last 45 days."""
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
"""Status categories of Tracking v3, in small letters."""

DOMESTIC: Mapping[TrackingStatus, str] = {
    TrackingStatus.PRE_TRANSIT: "89",
    TrackingStatus.IN_TRANSIT: (
        "03 06 07 08 10 14 15 16 31 32 33 35 36 38 39 40 41 42 43 45 58 60 61 62 70 73 80 81 82 83 84 85 87"
    ),
    TrackingStatus.DELIVERED: "01 13 17 34 59 63",
    TrackingStatus.EXCEPTION: ("02 05 11 12 21 22 23 24 25 26 30 44 46 51 52 53 54 55 56 57 64 71 72 74"),
    TrackingStatus.RETURNED: "04 09 27 28 29 86",
}
"""USPS Publication 199, appendix G-4, domestic scan events with a number; which Tracking v3 names for `eventCode`."""

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
"""USPS Publication 199, appendix G-5: scan events of international mail."""

LETTERED: Mapping[TrackingStatus, str] = {
    TrackingStatus.PRE_TRANSIT: "GX MA",
    TrackingStatus.IN_TRANSIT: "19 A1 EF NT PA PC SF T1 TL TM U1",
    TrackingStatus.OUT_FOR_DELIVERY: "OF",
    TrackingStatus.EXCEPTION: "DX",
}
"""Domestic events of Web Tools' tracking codes and of USPS's own answers that neither appendix has."""

EVENTS = map_codes(DOMESTIC) | map_codes(INTERNATIONAL) | map_codes(LETTERED)
"""Our status by the event codes of Tracking v3."""

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
"""What USPS's words for an event mean, if its code is in none of the tables: the first pattern counts."""

CAUSES: Mapping[str, PauseCause] = {
    "100003": PauseCause.INSUFFICIENT_FUNDS,
    "100004": PauseCause.INSUFFICIENT_FUNDS,
    "100005": PauseCause.UNAVAILABLE,
    "100006": PauseCause.INSUFFICIENT_FUNDS,
    "100007": PauseCause.INSUFFICIENT_FUNDS,
}
"""Errors of the payment account that time or money cures: no primary payment method, an inactive one, a credit card
that USPS can't validate now, one that it refuses, and too little trust balance."""

REFUSED_IDENTITY = frozenset({"100001", "100002", "160218", "160221", "160222", "160224", "160225", "160226"})
"""Errors of a payment authorization that are about the account's numbers: no such account, an inactive one, or a CRID,
a MID or an account number that is missing."""
