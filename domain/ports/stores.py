"""The ports of the API's stores. All data is reached through one organization's transaction."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from domain.channels import Bridge
from domain.clock import Clock
from domain.effects import Effect
from domain.fingerprint import Fingerprint
from domain.label_parts import ShipmentDocument
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
    UndoStatus,
)
from domain.orders import Order, OrderStatus
from domain.organizations import Organization, OrganizationSettings
from domain.pauses import ConnectionLogEntry
from domain.ports.bulk import BulkStore
from domain.ports.bulk_actions import BulkActionStore
from domain.ports.events import EventStore
from domain.ports.rows import Row, RowStore
from domain.ports.webhooks import WebhookEndpointStore
from domain.shipping import CarrierAccount, Mode, Shipment, ShipmentStatus
from domain.tracking import TrackingEvent, TrackingStatus
from domain.users import Role, User

TEST_PREFIX = "ord_sk_test_"
"""Start of the secrets of test keys."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key without its secret; `prefix` is its readable start, so that a person recognizes the key."""

    id: UUID
    organization_id: UUID
    user_id: UUID | None
    name: str
    prefix: str
    scopes: list[str]
    expires_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime

    @property
    def mode(self) -> Mode:
        """A test key changes only resources with mode `test`."""
        return Mode.TEST if self.prefix.startswith(TEST_PREFIX) else Mode.LIVE


@dataclass(frozen=True, slots=True)
class CallingKey(ApiKey):
    """The API key of a request, with its organization's settings.

    `role` is the owner's role: None if a service owns the key, or if the user was removed.
    """

    settings: OrganizationSettings
    role: Role | None
    is_user_disabled: bool


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer stored for an idempotency key."""

    fingerprint: str
    status: int
    headers: dict[str, str]
    body: str
    running: bool


@dataclass(frozen=True, slots=True)
class OperationRecord:
    """An operation with all its rows: log, ledger and runs, each oldest first.

    `scanned` maps the ids of its shipments whose parcels the carrier has received to their tracking status.
    `depends_on` are the operations whose shipments it uses; `users` are the open or live operations that use its
    shipments. `changed` are the accounts and bridges of a completed operation that changed after its start.
    """

    operation: Operation
    logs: list[LogEntry]
    effects: list[Effect]
    runs: list[Run]
    scanned: Mapping[UUID, TrackingStatus]
    depends_on: list[UUID]
    users: list[ShipmentUser]
    changed: list[UUID]

    @property
    def is_torn(self) -> bool:
        """Whether the newest run ended between the reads of the runs and of the operation."""
        run = self.runs[-1] if self.runs else None
        if run is None or run.closed_at is not None:
            return False
        if run.kind is RunKind.EXECUTE:
            return self.operation.status is not OperationStatus.EXECUTING
        return run.kind is RunKind.UNDO and self.operation.undo_status is not UndoStatus.IN_PROGRESS


class OperationStore(RowStore[Operation], Protocol):
    """Operations, their runs, their log and their ledger; filters: those of the API's list, with `attention` True."""

    async def create(self, operation: NewOperation) -> Operation:
        """Insert a pending operation with its log entry; raises OrderNotFound if there is no such order."""

    async def record(self, operation_id: UUID) -> OperationRecord | None:
        """Return an operation with its log, ledger and runs in one round trip, because this path is hot."""

    async def find_purchases(self, hashes: Collection[str], seconds: int) -> dict[str, SamePurchase]:
        """Return the newest open or live purchase of each hash that is younger than `seconds`.

        Locks the hashes: other transactions wait here for them until this one ends.
        """

    async def lock_and_record(self, operation_id: UUID) -> OperationRecord | None:
        """Lock the operation's shipments, then return its `record`.

        No other transaction can begin to use the shipments until this one ends.
        """

    async def total(self, filters: Mapping[str, Any]) -> int:
        """Return the exact count; filters as for `list_`."""

    async def effects(self, operation_id: UUID) -> list[Effect]:
        """Return every row of the operation's ledger, oldest first."""

    async def create_and_start(self, operation: NewOperation) -> tuple[Operation, Run]:
        """Insert an operation and open its first run in one transaction; as `create` and `start_run`."""

    async def start_run(
        self,
        operation_id: UUID,
        *,
        kind: RunKind,
        expected: OperationStatus,
        options: RunOptions = NO_OPTIONS,
        touches: Sequence[UUID] | None = None,
        is_offered: bool = True,
    ) -> tuple[Operation, Run] | None:
        """Open the next run by compare-and-set, with its log entry; None if the operation is in another state.

        `touches`: the accounts and bridges that the run may still send to, if it is fewer than the operation's: only
        their pauses hold the run.

        An execute run turns `pending` or `failed` into `executing`, or continues an `executing` operation; an undo run
        turns the undo status into `in_progress`. Clears `attention`; the log entry's details are the options.
        `is_offered`: the caller offers the run to its own dispatcher; otherwise any dispatcher may take it at once.
        """

    async def clear_attention(self, operation_id: UUID, *, reason: str) -> Operation | None:
        """Clear `attention` on a person's decision, with a log entry; None if there is no `attention`."""

    async def cancel(self, operation_id: UUID) -> Operation | None:
        """Cancel an operation by compare-and-set.

        It must be pending, or wait for a paused account with no effect that is or may be live.

        Returns:
            None if it is in another state.
        """

    async def settle_effect(
        self, effect_id: UUID, *, happened: bool, result: Mapping[str, Any], reason: str
    ) -> Effect | None:
        """Record and log a person's answer for an effect of unknown outcome; None if the outcome is known by now.

        `result` is the person's knowledge: tracking_number and carrier_shipment_id, or fulfillment_id; it is stored
        with `resolved_by`, and the next run adds the rest (the shipment row, the document). A compensation that
        happened, also one that was rejected before, gets the outcome `done_by_hand`, and its target counts as reversed.
        """

    async def correct_result(self, effect_id: UUID, *, result: Mapping[str, str], reason: str) -> Effect | None:
        """Replace parts of a result that a person reported, also in its shipment, with a log entry.

        Returns None if no person reported it, or if it is no longer live.
        """


class OrderStore(RowStore[Order], Protocol):
    """Orders; filters: those of the API's list."""

    async def lock(self, order_id: UUID) -> Order | None:
        """Return an order and lock it until the transaction ends."""

    async def lock_by_identity(self, external_id: str, bridge_id: UUID | None) -> Order | None:
        """Return the order with this identity, locked; None if `create` may insert it.

        An order without a bridge and without operations is moved to the bridge.
        """

    async def create(self, order: Mapping[str, Any]) -> Order:
        """Insert an order; raises BridgeNotFound, or OrderExists if there is one with its identity."""

    async def update(self, order_id: UUID, changes: Mapping[str, Any]) -> Order | None:
        """Change the given columns; raises BridgeNotFound, or OrderExists if the new identity is another order's.

        A status given here is newer than the changes by operations. New line items change the remaining pieces.
        """

    async def has_operations(self, order_id: UUID) -> bool:
        """Whether a locked order has operations."""

    async def find_open_operation(self, order_id: UUID) -> ShipmentUser | None:
        """Lock the operations of an order, and those that use its shipments; return one that is open.

        An operation is open if it is pending or executing, is being undone, or needs a person.
        """

    async def erase(self, order_id: UUID, reason: str) -> Order | None:
        """Erase the personal data of a locked order without open operations: in its operations and shipments too.

        Ids, amounts, references, tracking numbers, times and the types of log entries stay.
        """

    async def preview_undo(self, order_id: UUID, operation_id: UUID) -> tuple[OrderStatus, OrderStatus] | None:
        """Return an order's status, and the status that it would have after an undo of the operation."""


@dataclass(frozen=True, slots=True)
class StoredLabel:
    """A shipment with its documents, without their contents.

    `documents` are in the order of their parcels. `parcels` is the number of parcels if there are several, else 0.
    `paper` is the requested size of the label.
    """

    id: UUID
    status: ShipmentStatus
    order_number: str | None
    tracking_number: str
    carrier: str
    service: str
    created_at: datetime
    documents: tuple[ShipmentDocument, ...]
    parcels: int
    paper: str | None


class ShipmentStore(RowStore[Shipment], Protocol):
    """Shipments and their labels; filters: those of the API's list."""

    async def label(self, shipment_id: UUID) -> tuple[bytes, str] | None:
        """Return the first label document and its format; None if there is none."""

    async def labels(self, ids: Collection[UUID]) -> list[StoredLabel]:
        """Return the first labels of the shipments that exist."""

    async def contents(self, ids: Collection[UUID]) -> dict[UUID, bytes]:
        """Return the contents of the documents that exist, by the id of the document."""

    async def documents(self, shipment_id: UUID) -> list[ShipmentDocument]:
        """Return the documents, labels first."""

    async def document(self, shipment_id: UUID, document_id: UUID) -> tuple[bytes, ShipmentDocument] | None:
        """Return the content of a document, and the document; None if the shipment has no such document."""

    async def users(self, shipment: Shipment) -> list[ShipmentUser]:
        """Return the open or live operations that use the shipment; also its own if that has more live effects."""

    async def tracking_events(self, shipment_id: UUID) -> list[TrackingEvent]:
        """Return the carrier's events, oldest first."""

    async def track_soon(self, shipment_id: UUID) -> bool:
        """Make the shipment due for tracking; False if it is not tracked any more."""

    async def track_numbers_soon(self, account_id: UUID, tracking_numbers: Sequence[str]) -> int:
        """Make an account's shipments with these numbers due for tracking; return how many there are."""


class ConnectionStore(RowStore[Row], Protocol[Row]):
    """Carrier accounts or bridges; filters: status, and carrier or channel."""

    async def create(self, row: Mapping[str, Any], credentials: Mapping[str, str]) -> Row:
        """Insert a row (name, mode, settings, carrier and is_default, or channel), encrypting its credentials."""

    async def update(
        self, ident: UUID, changes: Mapping[str, Any], credentials: Mapping[str, str] | None
    ) -> Row | None:
        """Change the given columns except the status; given credentials replace the old ones as a whole."""

    async def pause(self, ident: UUID, *, reason: str | None) -> None:
        """Pause a row for a person; logged there and on each operation that waits for it."""

    async def resume(self, ident: UUID, *, reason: str | None) -> None:
        """Make a row active again if it is not; logged in the same places as `pause`."""

    async def log(self, ident: UUID) -> list[ConnectionLogEntry]:
        """Return the newest log entries, oldest first."""

    async def fingerprints(self, idents: Collection[UUID]) -> dict[UUID, Fingerprint]:
        """Return the fingerprints by id, without rows whose credentials no key decrypts."""

    async def delete(self, ident: UUID) -> bool:
        """Delete a row; raises CarrierAccountInUse or BridgeInUse if an order, shipment or operation needs it."""


class CarrierAccountStore(ConnectionStore[CarrierAccount], Protocol):
    """Carrier accounts; a carrier's first account of a mode becomes the default of that mode."""

    async def default(self, carrier: str, mode: Mode) -> CarrierAccount | None:
        """Return a carrier's default account for live or test work; for both the test one if it has no live account."""


class ApiKeyStore(RowStore[ApiKey], Protocol):
    """API keys, including revoked ones; only a hash of the secret is stored. Filter: user_id."""

    async def create(self, key: Mapping[str, Any], secret_hash: bytes) -> ApiKey:
        """Insert a key (user_id, name, prefix, scopes, expires_at)."""

    async def revoke(self, key_id: UUID) -> ApiKey | None:
        """Revoke a key immediately and permanently; idempotent."""


class UserStore(RowStore[User], Protocol):
    """The users of the organization, including removed ones; filters: email, role."""

    async def lock(self, user_id: UUID) -> User | None:
        """Return a user; other changes of the organization's users wait until this transaction ends."""

    async def add(self, person_id: UUID, role: Role, name: str | None) -> User:
        """Add a person to the organization; raises UserExists if the person is a user already."""

    async def update(self, user: User, changes: Mapping[str, Any]) -> User:
        """Change name, role or is_disabled of a locked user.

        Raises:
            UserRemoved: the user was removed.
            LastAdmin: no admin would remain.
        """

    async def remove(self, user: User) -> User:
        """Remove a locked user and revoke the user's keys, permanently; idempotent. Raises LastAdmin."""


class OrganizationStore(Protocol):
    """The organization of the transaction."""

    async def get(self) -> Organization:
        """Return the organization."""

    async def change_settings(self, settings: Mapping[str, Any]) -> Organization:
        """Change the given settings."""


@dataclass(frozen=True, slots=True)
class KeyClaim:
    """Whether this transaction claimed an idempotency key, and the answer stored for the key."""

    is_claimed: bool
    stored: StoredAnswer | None


class IdempotencyStore(Protocol):
    """Answers stored by idempotency key, within one organization."""

    async def claim(self, key: str) -> KeyClaim:
        """Lock the key for this transaction, unless another call is using it, and read its answer."""

    async def store(self, key: str, answer: StoredAnswer, running_seconds: float) -> None:
        """Store the answer; for `running_seconds` the call counts as still running."""

    async def finish(self, key: str, answer: StoredAnswer, operation_id: UUID) -> None:
        """Store the final answer in place of the first one, without the data that was erased meanwhile."""


@dataclass(frozen=True, slots=True)
class Related:
    """Orders by their ids, and shipments by the ids of the operations that bought or use them."""

    orders: Mapping[UUID, Order]
    shipments: Mapping[UUID, Shipment]


NOTHING_RELATED = Related({}, {})


class OrganizationData(Protocol):
    """One organization's data in one transaction; every query is scoped to it."""

    async def related(self, operations: Sequence[Operation], names: Collection[str]) -> Related:
        """Return the resources of operations (names: order, shipment) in one round trip.

        The shipment is the newest one that the operation bought, or else one that it uses.
        """

    async def order_with_connections(
        self, order_id: UUID, account_id: UUID | None
    ) -> tuple[Order | None, Bridge | None, CarrierAccount | None]:
        """Return an order, its bridge and a carrier account, read in one round trip."""

    async def take_turns(self, ident: UUID) -> None:
        """Lock an id for this transaction: other transactions wait here until it ends."""

    @property
    def operations(self) -> OperationStore: ...
    @property
    def bulk(self) -> BulkStore: ...
    @property
    def bulk_actions(self) -> BulkActionStore: ...
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
    def users(self) -> UserStore: ...
    @property
    def webhook_endpoints(self) -> WebhookEndpointStore: ...
    @property
    def idempotency(self) -> IdempotencyStore: ...
    @property
    def events(self) -> EventStore: ...
    @property
    def organization(self) -> OrganizationStore: ...


class Database(Protocol):
    """The database: opens one organization's data, in a transaction or with autocommit."""

    @property
    def clock(self) -> Clock:
        """Postgres's clock, as of the last `ping`."""

    def organization(self, organization_id: UUID) -> AbstractAsyncContextManager[OrganizationData]:
        """Open one transaction for one organization: committed at the end, rolled back on an error.

        Raises:
            Unavailable: Postgres can't be reached, or closed the database connection.
        """

    def autocommit(self, organization_id: UUID) -> AbstractAsyncContextManager[OrganizationData]:
        """Open one organization's data with a transaction per statement: for reads, and for a single change.

        Takes a third of the round trips of `organization`.

        Raises:
            Unavailable: as above, also from a statement; a change may or may not have been committed then.
        """

    async def authenticate(self, secret_hash: bytes) -> CallingKey | None:
        """Find an API key of any organization by the hash of its secret, including revoked and expired ones."""

    async def register_person(self, email: str) -> UUID:
        """Return the id of the person with this e-mail address, added if it is unknown; any case matches."""

    async def ping(self) -> None:
        """Read Postgres's time; raises Unavailable if it does not answer."""


class Subscription(Protocol):
    """Reports changes of one operation, from the moment of its creation."""

    async def wait(self, seconds: float) -> bool:
        """Wait for a change since the last wait (or the start), at most `seconds`; return whether there was one.

        Changes are missed while the database is away: read again at least every second.
        """


class Notifications(Protocol):
    """Reports changes of operations. Subscribe first, then read, then wait, so that no change is missed."""

    @property
    def is_ending(self) -> bool:
        """Whether this process is shutting down: callers should stop waiting."""

    def subscribe(self, operation_id: UUID) -> AbstractContextManager[Subscription]:
        """Start to listen for one operation."""


class Dispatch(Protocol):
    """Starts runs in Temporal."""

    def offer(self, runs: Sequence[Run]) -> None:
        """Accept committed runs; returns at once. The dispatcher finds in the table the runs that are lost here."""

    def sweep_soon(self) -> None:
        """Look at once for runs that no process was offered; returns at once."""
