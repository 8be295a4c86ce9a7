"""Shipping options: the parts of a label request in addition to its service, parcels, addresses and format."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from domain.json_values import Json, from_json, to_json
from domain.parcels import Address


class Signature(StrEnum):
    """The signature that the carrier collects; `direct` is at the address, `indirect` also a neighbour's."""

    NONE = "none"
    DIRECT = "direct"
    INDIRECT = "indirect"
    ADULT = "adult"


class Packaging(StrEnum):
    """The package; all except `own` are the carrier's, or a price class of it."""

    OWN = "own"
    LETTER = "letter"
    ENVELOPE = "envelope"
    PAK = "pak"
    TUBE = "tube"
    BOX = "box"
    SMALL_BOX = "small_box"
    MEDIUM_BOX = "medium_box"
    LARGE_BOX = "large_box"
    EXTRA_LARGE_BOX = "extra_large_box"
    BOX_10KG = "box_10kg"
    BOX_25KG = "box_25kg"
    FLAT_RATE_ENVELOPE = "flat_rate_envelope"
    LEGAL_FLAT_RATE_ENVELOPE = "legal_flat_rate_envelope"
    PADDED_FLAT_RATE_ENVELOPE = "padded_flat_rate_envelope"
    SMALL_FLAT_RATE_BOX = "small_flat_rate_box"
    MEDIUM_FLAT_RATE_BOX = "medium_flat_rate_box"
    LARGE_FLAT_RATE_BOX = "large_flat_rate_box"
    CUBIC = "cubic"
    CUBIC_SOFT_PACK = "cubic_soft_pack"


class Payer(StrEnum):
    """The party that pays for the transport."""

    SENDER = "sender"
    RECIPIENT = "recipient"
    THIRD_PARTY = "third_party"


class AddressValidation(StrEnum):
    """How the carrier checks the delivery address: refuse if unknown, check by its own rule, or no check."""

    STRICT = "strict"
    CARRIER = "carrier"
    OFF = "off"


class NotificationEvent(StrEnum):
    """The events of which the carrier sends e-mails."""

    SHIPPED = "shipped"
    EXCEPTION = "exception"
    DELIVERED = "delivered"


class LabelSize(StrEnum):
    """The size of a label: width and height in inches, or a paper size."""

    IN_4X5 = "4x5"
    IN_4X6 = "4x6"
    IN_4X6_75 = "4x6.75"
    IN_4X8 = "4x8"
    IN_4X9 = "4x9"
    IN_6X4 = "6x4"
    LETTER = "letter"
    A4 = "a4"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount above zero; `currency` is an ISO 4217 code."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class LabelReferences:
    """The client's own references, which the carrier prints on the label."""

    order: str | None = None
    po: str | None = None
    invoice: str | None = None
    department: str | None = None


@dataclass(frozen=True, slots=True)
class HoldAtLocation:
    """A place of the carrier at which the recipient collects the parcel; `location_id` is the carrier's id of it."""

    location_id: str | None = None
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class Billing:
    """The party that pays for the transport, with its account at the carrier and the account's postal code."""

    payer: Payer
    account: str | None = None
    postal_code: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Notifications:
    """The e-mail addresses to which the carrier reports, and the events that it reports."""

    emails: tuple[str, ...]
    events: tuple[NotificationEvent, ...] = tuple(NotificationEvent)


@dataclass(frozen=True, slots=True)
class LabelStock:
    """The size of a label, and the dots per inch of a printer's format."""

    size: LabelSize | None = None
    dpi: int | None = None


@dataclass(frozen=True, slots=True)
class ShippingOptions:
    """The options of a label request; None for those that are not requested.

    `insurance` pays for loss and damage; `declared_value` raises the carrier's own liability. `ship_date` is the day on
    which the carrier receives the parcel, in the sender's time zone. `return_address` receives undeliverable parcels.
    `carrier_options` are the carrier's own, by name.
    """

    signature: Signature | None = None
    insurance: Money | None = None
    declared_value: Money | None = None
    packaging: Packaging | None = None
    references: LabelReferences | None = None
    ship_date: date | None = None
    saturday_delivery: bool | None = None
    hold_at_location: HoldAtLocation | None = None
    billing: Billing | None = None
    notifications: Notifications | None = None
    return_address: Address | None = None
    address_validation: AddressValidation | None = None
    label: LabelStock | None = None
    carrier_options: Mapping[str, Any] | None = None


NO_OPTIONS = ShippingOptions()
HAZARDOUS = re.compile(r"haz(mat|ard)|danger|dry_?ice|lithium|batter|explosive|flammable|radioactive|biological", re.I)
"""Names of fields that describe hazardous contents."""
NO_HAZARDS = "is not supported: hazardous contents can't be shipped with this service"
NESTED = ("references", "label", "carrier_options")
"""Options whose parts have names of their own, so that a default and the operation's value are merged by name."""


def merge_options(defaults: ShippingOptions | None, wanted: Json | None) -> ShippingOptions:
    """Return the options of an operation, which replace the account's defaults of the same name.

    A null in `wanted` removes a default. Options that request the carrier's usual treatment become None.
    """
    if defaults is None and not wanted:
        return NO_OPTIONS
    merged: Json = to_json(defaults) if defaults is not None else {}
    for name, value in (wanted or {}).items():
        is_merged = name in NESTED and value is not None
        merged[name] = _merge_parts(merged.get(name), value) if is_merged else _drop_nulls(value)
    return from_json(ShippingOptions, {name: value for name, value in merged.items() if not _is_usual(name, value)})


def _merge_parts(default: Json | None, value: Json) -> Json:
    both = {**(default or {}), **value}
    return {name: part for name, part in both.items() if part is not None}


def _drop_nulls(value: Any) -> Any:
    """Return a value without nulls in it: they remove nothing there, because it replaces the default as a whole."""
    if isinstance(value, Mapping):
        return {name: _drop_nulls(part) for name, part in value.items() if part is not None}
    return value


def _is_usual(name: str, value: Any) -> bool:
    """Whether an option requests the treatment that every label has without it."""
    if value is None or (name in NESTED and not value):
        return True
    usual = {"packaging": Packaging.OWN, "saturday_delivery": False}
    return usual.get(name) == value or (name == "billing" and value.get("payer") == Payer.SENDER)
