"""The results of the built-in steps. A missing value is None: a person reports less than a vendor, see `resolve`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.effects import UndoOutcome
from domain.orders import OrderStatus


@dataclass(frozen=True, slots=True)
class ParcelResult:
    """One parcel of a bought label."""

    number: int
    tracking_number: str
    cost: str | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class LabelResult:
    """A bought label with its shipment; `cost` is a decimal string.

    Without `parcels`, a person reported it, or an earlier version bought it.
    """

    shipment_id: UUID | None
    tracking_number: str
    carrier: str | None
    service: str | None
    carrier_account_id: UUID
    carrier_shipment_id: str
    cost: str | None
    currency: str | None
    void_until: datetime | None
    tracking_numbers: tuple[str, ...] = ()
    parcels: tuple[ParcelResult, ...] = ()


@dataclass(frozen=True, slots=True)
class PushResult:
    """A pushed fulfillment; `notified` is whether the customer got a mail."""

    fulfillment_id: str
    bridge_id: UUID
    tracking_number: str | None
    notified: bool = False


@dataclass(frozen=True, slots=True)
class StatusResult:
    """An order's status before and after it was set."""

    order_id: UUID
    previous_status: OrderStatus
    status: OrderStatus


@dataclass(frozen=True, slots=True)
class VoidedShipment:
    """A shipment whose label was voided."""

    shipment_id: UUID
    outcome: UndoOutcome
