"""The carriers whose real adapters run all tests of this folder: a new carrier is one entry here."""

from dataclasses import dataclass, field
from typing import Any

from tests.fixtures.builders import FEDEX_KEYS, SHIP_FROM


@dataclass(frozen=True)
class Carrier:
    """One carrier, its account at the simulator, and the differences of its protocol.

    Attributes:
        name: the name in the catalogue; the path of its simulator is `/sim/<name>`.
        credentials: credentials that the simulator accepts.
        refused: credentials that the simulator refuses.
        service: one of its services.
        safety: its safety class.
        own_ends: the end of a scenario, by name, if it differs from the one of the safety class.
        unprocessed: faults after which a purchase may be sent again, because the vendor's gateway refused it.
        signs_in: whether it fetches access tokens, and can replace a refused token.
        fetches_documents: whether a separate call fetches a label's document after a lost answer.
        drafts: whether a separate call creates the shipment before the purchase.
        voids_by_tracking: whether its tracking shows that a label was voided.
        tracks: whether it has tracking.
        rates: whether it has rates.
        options: the options in its settings.
    """

    name: str
    credentials: dict[str, str]
    refused: dict[str, str]
    service: str
    safety: str
    formats: tuple[str, ...]
    own_ends: dict[str, str] = field(default_factory=dict)
    unprocessed: tuple[str, ...] = ("rate_limited",)
    signs_in: bool = False
    fetches_documents: bool = False
    drafts: bool = False
    void_outcomes: tuple[str, ...] = ("too_late",)
    voids_by_tracking: bool = False
    tracks: bool = True
    rates: bool = True
    options: dict[str, str] = field(default_factory=dict)

    def account(self, **changed: Any) -> dict[str, Any]:
        """Return the columns of an account at the simulator."""
        own = {"carrier": self.name, "name": self.name, "mode": "test", "credentials": self.credentials}
        return {**own, **changed}

    def settings(self, url: str, **changed: Any) -> dict[str, Any]:
        """Return the settings of an account at that sandbox's simulator."""
        return {
            "base_url": f"{url}/sim/{self.name}",
            "recover_for_seconds": 6,
            "ship_from": SHIP_FROM,
            "options": self.options,
            **changed,
        }


USPS_KEYS = {
    "client_id": "usps-demo",
    "client_secret": "s3cret-of-the-post",
    "crid": "39384021",
    "mid": "902994482",
    "account_number": "1000405525",
}
UPS_KEYS = {"client_id": "ups-demo", "client_secret": "ups-s3cret-do-not-tell", "account_number": "A1B2C3"}

CARRIERS = (
    Carrier(
        name="shipengine",
        credentials={"api_key": "s3cret-do-not-tell"},
        refused={"api_key": "invalid"},
        service="usps_ground_advantage",
        safety="lookup_strong",
        formats=("PDF", "ZPL", "PNG"),
        void_outcomes=("too_late", "refund_pending"),
        options={"carrier_id": "se-123890"},
    ),
    Carrier(
        name="easypost",
        credentials={"api_key": "s3cret-do-not-tell"},
        refused={"api_key": "invalid"},
        service="USPS.GroundAdvantage",
        safety="lookup_strong",
        formats=("PDF", "ZPL", "PNG"),
        drafts=True,
        fetches_documents=True,
        void_outcomes=("too_late", "refund_pending"),
    ),
    Carrier(
        name="fedex",
        credentials=FEDEX_KEYS,
        refused={**FEDEX_KEYS, "client_secret": "invalid"},
        service="GROUND",
        safety="lookup_weak",
        formats=("PDF", "ZPL", "PNG"),
        unprocessed=("rate_limited", "auth_failed"),
        signs_in=True,
        voids_by_tracking=True,
    ),
    Carrier(
        name="usps",
        credentials=USPS_KEYS,
        refused={**USPS_KEYS, "client_secret": "invalid"},
        service="GROUND_ADVANTAGE",
        safety="keyed",
        formats=("PDF", "ZPL", "PNG"),
        unprocessed=("rate_limited", "auth_failed"),
        signs_in=True,
        void_outcomes=("too_late", "refund_pending"),
    ),
    Carrier(
        name="ups",
        credentials=UPS_KEYS,
        refused={**UPS_KEYS, "client_secret": "invalid"},
        service="GROUND",
        safety="lookup_weak",
        formats=("ZPL", "PDF"),
        unprocessed=("rate_limited", "auth_failed"),
        signs_in=True,
        voids_by_tracking=True,
        fetches_documents=True,
    ),
)
BY_NAME = {carrier.name: carrier for carrier in CARRIERS}
