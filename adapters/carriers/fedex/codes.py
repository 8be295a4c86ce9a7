"""FedEx's codes and their meanings."""

from collections.abc import Mapping

from adapters.carriers.common.answers import map_codes
from domain.tracking import TrackingStatus
from domain.vendors.fedex import FEDEX

SERVICES: Mapping[str, str] = {code: "FEDEX_GROUND" if code == "GROUND" else code for code in FEDEX.services}
"""FedEx's code for each of our services: the same, except for GROUND."""
OURS: Mapping[str, str] = {theirs: ours for ours, theirs in SERVICES.items()}

LABELS: Mapping[str, tuple[str, str]] = {
    "PDF": ("PDF", "PAPER_4X6"),
    "ZPL": ("ZPLII", "STOCK_4X6"),
    "PNG": ("PNG", "PAPER_4X6"),
}
"""FedEx's image type and label stock for each format."""

STATUS_PAGE: Mapping[TrackingStatus, str] = {
    TrackingStatus.PRE_TRANSIT: "AP DR DS EP LP OC PD RC RD RG RM RP RR",
    TrackingStatus.IN_TRANSIT: (
        "AA AC AD AF AO AR AX CC CH CP DP EA EO FD HL HP IT IX LO OF OW OX PF PL PM PU PX SF SP TR"
    ),
    TrackingStatus.OUT_FOR_DELIVERY: "ED OD",
    TrackingStatus.DELIVERED: "DL",
    TrackingStatus.EXCEPTION: "CD DD DE DY SE",
    TrackingStatus.RETURNED: "RS",
    TrackingStatus.CANCELLED: "CA",
}
"""Source: FedEx's page "Tracking Status Codes" of Track v1, sections Movement and Regulatory. The codes of its section
Possession name the holder of the parcel, and occur in other fields."""
STATUSES = map_codes(STATUS_PAGE)
"""Statuses by the code of a status or scan, in capital letters."""
