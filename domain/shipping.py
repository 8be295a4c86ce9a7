"""Shipping: carrier accounts, connections, label requests, labels and shipments."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.bounds import bound_amount, bound_message, bound_price
from domain.customs import Customs, CustomsDefaults
from domain.effects import UndoOutcome
from domain.errors import Ambiguous
from domain.fingerprint import Fingerprint
from domain.json_values import Json
from domain.label_parts import LabelDocument, LabelParcel, ShipmentParcel
from domain.parcels import Address, Parcel
from domain.pauses import Pause, PauseCause
from domain.shipping_options import NO_OPTIONS, ShippingOptions
from domain.tracking import TrackingStatus


class SafetyClass(StrEnum):
    """How safely an ambiguous purchase or push can be resolved; docs/explanation/ledger.md describes the classes."""

    KEYED = "keyed"
    LOOKUP_STRONG = "lookup_strong"
    LOOKUP_WEAK = "lookup_weak"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class CarrierCapabilities:
    """The capabilities of one account's carrier.

    A strong look-up that finds nothing proves that nothing happened, from `settle_seconds` after the send on (or at
    once if the carrier answered). A weak look-up is repeated at growing intervals for `look_for_seconds`.
    """

    safety: SafetyClass
    settle_seconds: float
    look_for_seconds: float


@dataclass(frozen=True, slots=True)
class ShipmentRequest:
    """The data of a label request.

    `asked_at` is when the purchase was first opened in the ledger: it is the same for each send, so that a carrier with
    an idempotency key gets the same body each time. None if nothing is bought.

    `value` is the value of the goods in `currency`; None if unknown. `default_phone` is the account's phone number.
    `shipping_options` and `customs` contain the account's defaults as well; `customs` is None within a country.
    """

    service: str
    label_format: str
    ship_from: Address
    ship_to: Address
    parcels: tuple[Parcel, ...]
    asked_at: datetime | None = None
    value: Decimal | None = None
    currency: str | None = None
    default_phone: str | None = None
    shipping_options: ShippingOptions = NO_OPTIONS
    customs: Customs | None = None


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An HTTP answer before it is parsed."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_success(self) -> bool:
        return self.status in range(200, 300)

    @property
    def digest(self) -> str:
        """The SHA-256 of the body."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class PurchaseAttempt:
    """The times of a purchase, when it was first opened and last sent, and whether it goes to another country."""

    first: datetime
    last: datetime
    is_abroad: bool = False


MAX_CHARACTERS = 255


def require_short_text(value: object) -> str:
    """Check a vendor's identifier as `to_short_text` does; raises Ambiguous if it is invalid."""
    try:
        return to_short_text(value if isinstance(value, str) else "")
    except ValueError as error:
        raise Ambiguous("the answer has an unexpected shape") from error


def to_short_text(value: object) -> str:
    """Convert a vendor's identifier, such as a tracking number, for indexes and workflow histories.

    Raises:
        ValueError: it is empty, or longer than `MAX_CHARACTERS`.
    """
    text = str(value)
    if not 0 < len(text) <= MAX_CHARACTERS:
        raise ValueError(f"{len(text)} characters")
    return text


@dataclass(frozen=True, slots=True)
class EchoedDetails:
    """The details of a purchase that a carrier returns with its label; None for those that it does not return."""

    postal_code: str | None = None
    pounds: Decimal | None = None


MAX_COST_PARTS, MAX_PART_NAME = 30, 60
LABEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:/+-]{0,254}")
"""The form of carriers' ids of labels and parcels."""
LABEL_NAME_FORM = "must start with a letter or digit and contain only letters, digits, spaces and ._:/+-"


@dataclass(frozen=True, slots=True)
class CostPart:
    """One part of a label's cost; `name` is the carrier's, `amount` a decimal string in the cost's currency."""

    name: str
    amount: str


@dataclass(frozen=True, slots=True)
class Label:
    """A label that a carrier sold. `cost` is a decimal string; `document` is None if it must be fetched.

    `cost_parts` add up to the cost; empty if the carrier lists no parts.

    `parcels` are all parcels in the order of the request; empty if there is only one. `tracking_number` is the first
    one's, or the master's. `document` is the label of one parcel, or one label for all parcels. `documents` are all
    other documents: an invoice, customs forms, further pages of labels. If `has_more_documents`, they must be fetched.
    """

    carrier_shipment_id: str
    tracking_number: str
    service: str
    live: bool
    label_format: str
    cost: str | None = None
    currency: str | None = None
    void_until: datetime | None = None
    document: bytes | None = None
    echo: EchoedDetails = EchoedDetails()
    carrier: str | None = None
    """The carrier behind an aggregator's label, in the aggregator's spelling."""
    cost_parts: tuple[CostPart, ...] = ()
    parcels: tuple[LabelParcel, ...] = ()
    documents: tuple[LabelDocument, ...] = ()
    has_more_documents: bool = False

    def __post_init__(self) -> None:
        """Bound the values that an adapter parsed. A label is paid for, so an invalid price or format is only dropped.

        Raises:
            Ambiguous: the answer does not name the label.
        """
        names = (require_short_text(name) for name in (self.carrier_shipment_id, self.tracking_number))
        if not all(map(LABEL_NAME.fullmatch, names)):
            raise Ambiguous("the answer has an unexpected shape")
        require_short_text(self.service)
        cost = bound_price(self.cost, self.currency) or (None, None)
        object.__setattr__(self, "cost", cost[0])
        object.__setattr__(self, "currency", cost[1])
        object.__setattr__(self, "cost_parts", _bound_parts(self.cost_parts, self.currency))
        if self.label_format not in DOCUMENT_STARTS:
            label_format = format_of(self.document or b"")
            object.__setattr__(self, "label_format", label_format or "PDF")
            object.__setattr__(self, "document", self.document if label_format else None)
        object.__setattr__(self, "parcels", tuple(map(_bound_parcel, self.parcels)))
        object.__setattr__(self, "documents", tuple(filter(None, map(_bound_document, self.documents))))
        if [parcel.number for parcel in self.parcels] != list(range(1, len(self.parcels) + 1)):
            raise Ambiguous("the answer has an unexpected shape")

    @property
    def has_document(self) -> bool:
        """Whether the carrier returned the document of the label, or of at least one parcel."""
        return self.document is not None or any(parcel.document is not None for parcel in self.parcels)

    @property
    def all_parcels(self) -> tuple[LabelParcel, ...]:
        """The parcels, also if there is only one."""
        one = LabelParcel(1, self.tracking_number, cost=self.cost, currency=self.currency)
        return self.parcels or (one,)


def _bound_parcel(parcel: LabelParcel) -> LabelParcel:
    """Bound the values of one parcel, as those of its label; raises Ambiguous if the answer does not name it."""
    names = [parcel.tracking_number, parcel.carrier_parcel_id or parcel.tracking_number]
    if not all(map(LABEL_NAME.fullmatch, map(require_short_text, names))):
        raise Ambiguous("the answer has an unexpected shape")
    cost = bound_price(parcel.cost, parcel.currency) or (None, None)
    document = parcel.document if format_of(parcel.document or b"") else None
    return replace(parcel, cost=cost[0], currency=cost[1], document=document)


def _bound_document(document: LabelDocument) -> LabelDocument | None:
    """Return a document with the format of its content; None if it has none of the known formats."""
    found = format_of(document.data)
    return None if found is None else replace(document, format=found)


def _bound_parts(parts: tuple[CostPart, ...], currency: str | None) -> tuple[CostPart, ...]:
    """Return the parts of a cost with short names; empty if an amount is invalid, or there are too many parts."""
    amounts = [bound_amount(part.amount, currency) for part in parts]
    if len(parts) > MAX_COST_PARTS or None in amounts:
        return ()
    names = [bound_message(part.name)[:MAX_PART_NAME] for part in parts]
    return tuple(CostPart(name, amount[0]) for name, amount in zip(names, amounts, strict=True) if amount is not None)


DOCUMENT_STARTS = {"PDF": b"%PDF", "ZPL": b"^XA", "PNG": b"\x89PNG"}
ZPL_COMMANDS = (b"^", b"~", b"\x10")
SETTINGS_BYTES = 4096


def format_of(document: bytes) -> str | None:
    """Detect a label's format from its first bytes: a carrier may reprint it in another format than requested."""
    start = document[:64].lstrip()
    label_format = next((name for name, first in DOCUMENT_STARTS.items() if start.startswith(first)), None)
    if label_format is None and start[:1] in ZPL_COMMANDS and DOCUMENT_STARTS["ZPL"] in document[:SETTINGS_BYTES]:
        return "ZPL"  # printer settings come before the label
    return label_format


@dataclass(frozen=True, slots=True)
class VoidResult:
    """The carrier's answer to a void."""

    outcome: UndoOutcome
    ticket: str | None = None

    def __post_init__(self) -> None:
        if self.ticket is not None:
            object.__setattr__(self, "ticket", bound_message(self.ticket)[:MAX_CHARACTERS])


@dataclass(frozen=True, slots=True)
class Rate:
    """The price of a shipment with one service; `amount` is a decimal string."""

    service: str
    amount: str
    currency: str

    def __post_init__(self) -> None:
        """Check the values that an adapter parsed; raises Ambiguous if they are no price of a service."""
        require_short_text(self.service)
        if bound_price(self.amount, self.currency) is None:
            raise Ambiguous("the answer has an unexpected shape")


class ShipmentStatus(StrEnum):
    """The statuses of a shipment."""

    LABEL_CREATED = "label_created"
    VOIDED = "voided"
    REFUND_PENDING = "refund_pending"
    REFUND_REJECTED = "refund_rejected"


class RefundState(StrEnum):
    """The state of a voided label's refund."""

    PENDING = "pending"
    SETTLED = "settled"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Shipment:
    """A shipment as stored; its label document and its tracking events are separate rows.

    `tracking_status` is `unknown` until the carrier answers, `tracked_at` is the newest event's time, and `scanned_at`
    the first scan's. `track_at` is when the carrier is asked next; None: never again. `tracking_problem` is the code of
    the last question's failure. `refund` is None if the void requested none; `refund_checked_at` is when the carrier
    last answered about it.
    `shipping_carrier` transports the parcel; None if the label's seller did not name it.
    `sent` is the content of the label request; None if an earlier version bought the label.
    `label_id` is the document of the first label; None if there is none. `parcels` are empty if there is only one.
    """

    id: UUID
    organization_id: UUID
    order_id: UUID | None
    operation_id: UUID
    carrier_account_id: UUID
    carrier: str
    service: str
    status: ShipmentStatus
    reference: str
    carrier_shipment_id: str
    tracking_number: str
    label_format: str
    cost: str | None
    currency: str | None
    cost_parts: tuple[CostPart, ...]
    void_until: datetime | None
    voided_at: datetime | None
    tracking_status: TrackingStatus
    tracked_at: datetime | None
    scanned_at: datetime | None
    tracking_checked_at: datetime | None
    tracking_problem: str | None
    track_at: datetime | None
    refund: RefundState | None
    refund_checked_at: datetime | None
    created_at: datetime
    updated_at: datetime
    shipping_carrier: str | None = None
    sent: Json | None = None
    usual_void_until: datetime | None = None
    label_id: UUID | None = None
    parcels: tuple[ShipmentParcel, ...] = ()

    @property
    def all_parcels(self) -> tuple[ShipmentParcel, ...]:
        """The parcels, also if there is only one."""
        return self.parcels or (
            ShipmentParcel(
                number=1,
                tracking_number=self.tracking_number,
                carrier_parcel_id=None,
                cost=self.cost,
                currency=self.currency,
                tracking_status=self.tracking_status,
                tracked_at=self.tracked_at,
                scanned_at=self.scanned_at,
                document_id=self.label_id,
            ),
        )


class Mode(StrEnum):
    """Which system of the vendor an account or a bridge uses; fixed at creation."""

    LIVE = "live"
    TEST = "test"


def lacks_only_money(pause: Pause | None) -> bool:
    return pause is not None and pause.cause is PauseCause.INSUFFICIENT_FUNDS


class AccountStatus(StrEnum):
    """The statuses of a carrier account or bridge: new effects wait if it is paused, fail if `auth_failed`."""

    ACTIVE = "active"
    PAUSED = "paused"
    AUTH_FAILED = "auth_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSettings:
    """The settings of an account or bridge; None for those that are not set.

    `options` are the vendor's own, see `domain/vendors/`. Only carrier accounts have `ship_from`, `default_parcel`,
    `default_phone`, `label_format`, `shipping_defaults` and `customs_defaults`.

    Only bridges have `can_cancel`, which permits cancelling fulfillments; `check_before_label`, which if False buys
    labels without reading the channel's order; and `allowed_order_states`: orders in these states of
    `domain.shop_orders.ALLOWABLE_STATES` are shipped nevertheless.
    """

    base_url: str | None = None
    read_timeout_seconds: float | None = None
    recover_for_seconds: float | None = None
    max_concurrent: int | None = None
    max_per_second: float | None = None
    options: Mapping[str, str] | None = None
    ship_from: Address | None = None
    default_parcel: Parcel | None = None
    default_phone: str | None = None
    label_format: str | None = None
    shipping_defaults: ShippingOptions | None = None
    customs_defaults: CustomsDefaults | None = None
    can_cancel: bool | None = None
    check_before_label: bool | None = None
    allowed_order_states: tuple[str, ...] | None = None

    def option(self, name: str) -> str | None:
        return (self.options or {}).get(name)

    @property
    def default_parcels(self) -> tuple[Parcel, ...]:
        return () if self.default_parcel is None else (self.default_parcel,)

    @property
    def may_cancel(self) -> bool:
        """Whether the bridge's owner permits cancelling fulfillments."""
        return self.can_cancel is not False


@dataclass(frozen=True, slots=True)
class CarrierAccount:
    """An organization's account at a carrier. `credential_names` lists the stored credentials, never their values."""

    id: UUID
    organization_id: UUID
    carrier: str
    name: str
    mode: Mode
    is_default: bool
    status: AccountStatus
    status_reason: str | None
    pause: Pause | None
    settings: ConnectionSettings
    credential_names: list[str]
    created_at: datetime
    updated_at: datetime

    @property
    def may_be_asked(self) -> bool:
        """Whether the carrier may be asked for prices."""
        return self.status is AccountStatus.ACTIVE or lacks_only_money(self.pause)


@dataclass(frozen=True, slots=True)
class CallLimits:
    """The limits of one account or bridge over all workers: calls in flight, and calls started per second."""

    connection_id: UUID
    max_concurrent: int | None
    max_per_second: float | None


@dataclass(frozen=True, slots=True)
class Connection:
    """The data that an adapter needs to call the vendor of one account or bridge; never logged, never serialized.

    A connection that is not `active` starts no new effects; look-ups and compensations go on. A paused one holds new
    effects, except those of the operation `probed_by`, which finds out whether `pause` is over. `fingerprint`
    distinguishes it from a connection to another address or account; None if its vendor is not installed.
    """

    id: UUID
    vendor: str
    mode: Mode
    active: bool
    version: datetime
    settings: ConnectionSettings
    credentials: dict[str, str] = field(repr=False)
    fingerprint: Fingerprint | None = None
    pause: Pause | None = None
    probed_by: UUID | None = None

    @property
    def may_be_asked(self) -> bool:
        """Whether the vendor may be asked questions that cost nothing: prices, tracking."""
        return self.active or lacks_only_money(self.pause)

    @property
    def limits(self) -> CallLimits | None:
        concurrent, per_second = self.settings.max_concurrent, self.settings.max_per_second
        return CallLimits(self.id, concurrent, per_second) if concurrent or per_second else None
