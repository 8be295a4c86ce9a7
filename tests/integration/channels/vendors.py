"""The sales channels whose real adapters run all tests of this folder: a new channel is one entry here."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


def number() -> str:
    """Return an order id in the notation of most channels: digits."""
    return str(4_000_000_000_000 + secrets.randbelow(10**12))


def amazon_order_id() -> str:
    """Return an order id in Amazon's notation."""
    return f"113-{secrets.randbelow(10**7):07d}-{secrets.randbelow(10**7):07d}"


@dataclass(frozen=True)
class Channel:
    """One channel, its bridge at the simulator, and the differences of its protocol.

    Attributes:
        name: the name in the catalogue; the path of its simulator is `/sim/<name>`.
        credentials: credentials that the simulator accepts.
        refused: credentials that the simulator refuses.
        safety: its safety class.
        own_ends: the end of a scenario, by name, if it differs from the one of the safety class.
        unprocessed: faults after which a push may be sent again, because it had no effect.
        signs_in: whether it fetches access tokens, and can replace a refused token.
        reads_order: whether a push reads the order first (`orders.get`).
        can_cancel: whether a fulfillment can be cancelled.
        lists_after_cancel: whether the list is read after a cancel that is answered with "no such fulfillment".
        partial: whether it accepts some of an order's line items.
        keeps_notified: whether the client can choose to notify the customer.
        new_order_id: returns an order id in the channel's notation.
        options: the options in its settings.
    """

    name: str
    credentials: dict[str, str]
    refused: dict[str, str]
    safety: str
    own_ends: dict[str, str] = field(default_factory=dict)
    unprocessed: tuple[str, ...] = ("rate_limited",)
    signs_in: bool = False
    reads_order: bool = False
    can_cancel: bool = True
    lists_after_cancel: bool = False
    partial: bool = True
    keeps_notified: bool = True
    new_order_id: Callable[[], str] = number
    options: dict[str, str] = field(default_factory=dict)

    def bridge(self, **changed: Any) -> dict[str, Any]:
        """Return the columns of a bridge at the simulator."""
        own = {"channel": self.name, "name": self.name, "mode": "test", "credentials": self.credentials}
        return {**own, **changed}

    def settings(self, url: str, **changed: Any) -> dict[str, Any]:
        """Return the settings of a bridge at that sandbox's simulator."""
        own = {"base_url": f"{url}/sim/{self.name}", "recover_for_seconds": 6, "can_cancel": self.can_cancel}
        return {**own, "options": self.options, **changed}


AMAZON = {"client_id": "amzn1.app", "client_secret": "s3cret-do-not-tell", "refresh_token": "Atzr|do-not-tell"}
WOOCOMMERCE = {"consumer_key": "ck_do_not_tell", "consumer_secret": "cs_do_not_tell"}
BIGCOMMERCE = {"store_hash": "abc123", "access_token": "s3cret-do-not-tell"}

CHANNELS: tuple[Channel, ...] = (
    Channel(
        name="amazon",
        credentials=AMAZON,
        refused={**AMAZON, "client_secret": "invalid"},
        safety="keyed",
        own_ends={"orders.get-auth_failed": "completed"},
        signs_in=True,
        reads_order=True,
        can_cancel=False,
        keeps_notified=False,
        new_order_id=amazon_order_id,
    ),
    Channel(
        name="woocommerce",
        credentials=WOOCOMMERCE,
        refused={**WOOCOMMERCE, "consumer_secret": "invalid"},
        safety="lookup_strong",
        # It has no "too late"; an order that it has just shown exists, even if the answer to the PUT denies it.
        own_ends={"undo-fulfillments.cancel-too_late": "undo_failed", "undo-fulfillments.cancel-absent": "undone"},
        unprocessed=("rate_limited", "unavailable"),
        reads_order=True,
    ),
    Channel(
        name="bigcommerce",
        credentials=BIGCOMMERCE,
        refused={**BIGCOMMERCE, "access_token": "invalid"},
        safety="lookup_strong",
        # It has no "too late"; a shipment that it lists exists, even if the answer to the DELETE denies it.
        own_ends={"undo-fulfillments.cancel-too_late": "undo_failed", "undo-fulfillments.cancel-absent": "undone"},
        unprocessed=("rate_limited", "unavailable"),
        reads_order=True,
        lists_after_cancel=True,
        keeps_notified=False,
    ),
    Channel(
        name="shopify",
        credentials={"access_token": "shpat_do-not-tell"},
        refused={"access_token": "invalid"},
        safety="lookup_strong",
        unprocessed=("rate_limited", "unavailable"),
        reads_order=True,
    ),
)
