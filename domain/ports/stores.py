"""What the API asks of the store. Everything is reached through one organization's transaction."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from domain.channels import Bridge
from domain.clock import Clock
from domain.effects import Effect
from domain.operations import (
    NO_OPTIONS,
    LogEntry,
    NewOperation,
    Operation,
    OperationStatus,
    Run,
    RunKind,
    RunOptions,
    SamePurchase,
    ShipmentUser,
)
from domain.orders import Order, OrderStatus
from domain.organizations import Organization, OrganizationSettings
from domain.pauses import ConnectionLogEntry
from domain.ports.bulk import BulkStore
from domain.shipping import CarrierAccount, Shipment
from domain.tracking import TrackingEvent, TrackingStatus

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class After:
    """The row that a page follows, in the order of its list: its value of the sort, when it was made, its id."""

    value: Any
    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class PageQuery:
    """One page: `page` from 1, `limit` 1 to 101, `sort` a column of the resource, `descending` newest first.

    Where `after` is given, the page is what follows that row, and `page` says nothing.
    """

    page: int
    limit: int
    sort: str
    descending: bool
    after: After | None = None

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.limit


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key without its secret; `prefix` is what a person can recognize it by."""

    id: UUID
    organization_id: UUID
    name: str
    prefix: str
    scopes: list[str]
    expires_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CallingKey(ApiKey):
    """The key of a call, with the settings of its organization."""

    settings: OrganizationSettings


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What an idempotency key is remembered by."""

    fingerprint: str
    status: int
    headers: dict[str, str]
    body: str
    running: bool


@dataclass(frozen=True, slots=True)
class OperationRecord:
    """An operation with all that is kept of it: its log, its ledger and its runs, each oldest first.

    `scanned` are its shipments, by id, whose parcels their carriers have. It `depends_on` the operations whose
    shipments it uses; `users` are those that run or are live, and use its own.
    """

    operation: Operation
    logs: list[LogEntry]
    effects: list[Effect]
    runs: list[Run]
    scanned: Mapping[UUID, TrackingStatus]
    depends_on: list[UUID]
    users: list[ShipmentUser]


class RowStore(Protocol[Row]):
    """The rows of one kind, found by their ids and by the filters that each store names."""

    async def get(self, ident: UUID) -> Row | None:
        """Return a row."""

    async def get_many(self, idents: Collection[UUID]) -> dict[UUID, Row]:
        """Return those that there are, by id."""

    async def list_(self, filters: Mapping[str, Any], page: PageQuery) -> tuple[list[Row], int]:
        """Return a page and the exact total."""


class OperationStore(RowStore[Operation], Protocol):
    """Operations, their runs, their log and their ledger; filters: status, type, order_id, attention (True)."""

    async def create(self, operation: NewOperation, actor: str) -> Operation:
        """Insert a pending operation with its log entry; raises OrderNotFound where there is no such order."""

    async def record(self, operation_id: UUID) -> OperationRecord | None:
        """Return an operation with its log, ledger and runs: a hot path, so in one round trip (a pipeline, say)."""

    async def find_purchases(self, hashes: Collection[str], seconds: int) -> dict[str, SamePurchase]:
        """Return the newest open or live purchase of each hash that is younger than `seconds`.

        Until the transaction ends, other transactions wait here for the same hashes.
        """

    async def lock_shipments(self, operation_id: UUID) -> None:
        """Let nothing begin to use the operation's shipments until the transaction ends."""

    async def total(self, filters: Mapping[str, Any]) -> int:
        """Count exactly; filters as for `list_`."""

    async def effects(self, operation_id: UUID) -> list[Effect]:
        """Return every row of the operation's ledger, oldest first."""

    async def start_run(
        self,
        operation_id: UUID,
        *,
        kind: RunKind,
        expected: OperationStatus,
        actor: str,
        options: RunOptions = NO_OPTIONS,
    ) -> tuple[Operation, Run] | None:
        """Open the next run by compare-and-set, with its log entry; None where the operation is in another state.

        An execute run turns `pending` or `failed` into `executing` (or goes on where it already is), an undo run turns
        undo into `in_progress`. Clears `attention`; the log entry's details are the options.
        """

    async def clear_attention(self, operation_id: UUID, *, actor: str, reason: str) -> Operation | None:
        """Take the attention away on a person's word, with a log entry; None where there is none."""

    async def cancel(self, operation_id: UUID, actor: str) -> Operation | None:
        """Turn an operation into cancelled by compare-and-set: one that is pending, or that waits for a paused account.

        The latter only if nothing that it did stands or may stand.

        Returns:
            None if it is in another state.
        """

    async def settle_effect(
        self, effect_id: UUID, *, happened: bool, result: Mapping[str, Any], actor: str, reason: str
    ) -> Effect | None:
        """Write a person's word on an effect of unknown outcome, with a log entry; None where it is known by now.

        `result` is what the person knows: tracking_number and carrier_shipment_id, or fulfillment_id; it is kept with
        `resolved_by`, and the run that goes on fills in the rest (the shipment row, the document). A compensation (also
        a rejected one) that happened ends as `done_by_hand`, and what it undoes no longer stands.
        """

    async def correct_result(
        self, effect_id: UUID, *, result: Mapping[str, str], actor: str, reason: str
    ) -> Effect | None:
        """Replace parts of a result that a person reported, also in its shipment, with a log entry.

        Returns None if no person reported it, or it does not stand any more.
        """


class OrderStore(RowStore[Order], Protocol):
    """Orders; filters: status, external_id, bridge_id."""

    async def lock(self, order_id: UUID) -> Order | None:
        """Return an order that no other transaction changes until this one ends."""

    async def lock_by_identity(self, external_id: str, bridge_id: UUID | None) -> Order | None:
        """Return the order with this identity, locked; None if `create` may make it.

        An order without a bridge, on which there is no operation, joins the bridge.
        """

    async def create(self, order: Mapping[str, Any]) -> Order:
        """Insert an order; raises BridgeNotFound, or OrderExists if there is one with its identity."""

    async def update(self, order_id: UUID, changes: Mapping[str, Any]) -> Order | None:
        """Change the given columns; raises BridgeNotFound, or OrderExists if the new identity is another order's.

        A status is newer than every contribution of an operation. Other line items change what remains.
        """

    async def preview_undo(self, order_id: UUID, operation_id: UUID) -> tuple[OrderStatus, OrderStatus] | None:
        """Return an order's status, and the one that it would have if the operation was undone."""


class ShipmentStore(RowStore[Shipment], Protocol):
    """Shipments and their labels; filters: status, order_id, operation_id, tracking_number."""

    async def label(self, shipment_id: UUID) -> tuple[bytes, str] | None:
        """Return the label document and its format (PDF or ZPL)."""

    async def users(self, shipment: Shipment) -> list[ShipmentUser]:
        """Return the operations that run or are live, and use the shipment: its own, too, if more of it stands."""

    async def tracking_events(self, shipment_id: UUID) -> list[TrackingEvent]:
        """Return what its carrier told, oldest first."""

    async def track_soon(self, shipment_id: UUID) -> bool:
        """Let the shipment's carrier be asked soon; False where nothing is to be expected of it any more."""

    async def track_numbers_soon(self, account_id: UUID, tracking_numbers: Sequence[str]) -> int:
        """Let an account's carrier be asked soon about these numbers; return how many shipments that are."""


class ConnectionStore(RowStore[Row], Protocol[Row]):
    """Carrier accounts or bridges; filters: status, and carrier or channel."""

    async def create(self, row: Mapping[str, Any], credentials: Mapping[str, str]) -> Row:
        """Insert a row (name, mode, settings, carrier and is_default, or channel), encrypting its credentials."""

    async def update(
        self, ident: UUID, changes: Mapping[str, Any], credentials: Mapping[str, str] | None
    ) -> Row | None:
        """Change the given columns, but for its status; credentials, where given, are replaced as a whole."""

    async def pause(self, ident: UUID, *, actor: str, reason: str | None) -> None:
        """Pause a row on a person's word; logged there and on each operation that waits for it."""

    async def resume(self, ident: UUID, *, actor: str, reason: str | None) -> None:
        """Make a row active again if it is not; logged in the same places."""

    async def log(self, ident: UUID) -> list[ConnectionLogEntry]:
        """Return the newest entries of its log, oldest first."""

    async def delete(self, ident: UUID) -> bool:
        """Delete a row; raises CarrierAccountInUse or BridgeInUse where an order, shipment or operation needs it."""


class CarrierAccountStore(ConnectionStore[CarrierAccount], Protocol):
    """Carrier accounts; the first of its carrier is the default, whatever is asked."""

    async def default(self, carrier: str) -> CarrierAccount | None:
        """Return the organization's default account of a carrier."""


class ApiKeyStore(RowStore[ApiKey], Protocol):
    """API keys, revoked ones too; only a hash of the secret is stored. There are no filters."""

    async def create(self, key: Mapping[str, Any], secret_hash: bytes) -> ApiKey:
        """Insert a key (name, prefix, scopes, expires_at)."""

    async def revoke(self, key_id: UUID) -> ApiKey | None:
        """Revoke a key, at once and for good; a second time changes nothing."""


class OrganizationStore(Protocol):
    """The organization of the transaction."""

    async def get(self) -> Organization:
        """Return the organization."""

    async def change_settings(self, settings: Mapping[str, Any]) -> Organization:
        """Change the given settings."""


class IdempotencyStore(Protocol):
    """Answers remembered by their idempotency key, within one organization."""

    async def claim(self, key: str) -> bool:
        """Take the key for this transaction; False where another call is using it right now."""

    async def find(self, key: str) -> StoredAnswer | None:
        """Return what the key is remembered by."""

    async def store(self, key: str, answer: StoredAnswer, running_seconds: float) -> None:
        """Remember the answer; for `running_seconds` the call is taken to be still running."""


class OrganizationData(Protocol):
    """One organization's data within one transaction; every query is scoped to it."""

    async def take_turns(self, ident: UUID) -> None:
        """Let one transaction at a time go on with what has this id: others wait here until that one has ended."""

    @property
    def operations(self) -> OperationStore: ...
    @property
    def bulk(self) -> BulkStore: ...
    @property
    def orders(self) -> OrderStore: ...
    @property
    def shipments(self) -> ShipmentStore: ...
    @property
    def carrier_accounts(self) -> CarrierAccountStore: ...
    @property
    def bridges(self) -> ConnectionStore[Bridge]: ...
    @property
    def api_keys(self) -> ApiKeyStore: ...
    @property
    def idempotency(self) -> IdempotencyStore: ...
    @property
    def organization(self) -> OrganizationStore: ...


class Database(Protocol):
    """The way in."""

    @property
    def clock(self) -> Clock:
        """Postgres's clock, as of the last `ping`."""

    def organization(self, organization_id: UUID) -> AbstractAsyncContextManager[OrganizationData]:
        """Open one transaction for one organization: committed at the end, rolled back on an error.

        Raises:
            Unavailable: Postgres can't be reached or ended the connection.
        """

    def autocommit(self, organization_id: UUID) -> AbstractAsyncContextManager[OrganizationData]:
        """Give one organization's data, each statement a transaction of its own: for reads, and for one change.

        A third of the round trips of `organization`.

        Raises:
            Unavailable: as there; it may be told by a statement, too, and a change may or may not have been made then.
        """

    async def authenticate(self, secret_hash: bytes) -> CallingKey | None:
        """Find the key of any organization by the hash of its secret, revoked and expired ones too."""

    async def ping(self) -> None:
        """Ask Postgres for its time; raise Unavailable if it does not answer."""


class Subscription(Protocol):
    """Hears of an operation's changes from the moment it was made."""

    async def wait(self, seconds: float) -> bool:
        """Wait until the operation changed since the last wait (or the start), or the time is over; True where it did.

        A change may be missed while the database is away: look again at least every second.
        """


class Notifications(Protocol):
    """Tells when something about an operation changed. Subscribe first, then read, then wait: nothing slips through."""

    @property
    def is_ending(self) -> bool:
        """Whether this process is about to end: nobody is to wait any longer."""

    def subscribe(self, operation_id: UUID) -> AbstractContextManager[Subscription]:
        """Start to listen for one operation."""


class Dispatch(Protocol):
    """Hands runs to Temporal."""

    def offer(self, runs: Sequence[Run]) -> None:
        """Take committed runs; returns at once. What is lost here, the dispatcher finds in the table."""

    def sweep_soon(self) -> None:
        """Look at once for runs that nobody was offered; returns at once."""
