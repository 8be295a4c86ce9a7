"""The tables: storage only; they are never requests, responses or payloads, and no query uses them.

They declare the schema together with `roles_and_triggers.sql`. `make migration` writes a migration for a change, and
tests/integration/postgres/test_schema.py fails if the declared schema differs from the migrated one.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Identity, SmallInteger, Text, UniqueConstraint, Uuid, desc
from sqlmodel import Field

from adapters.postgres.schema.base import Dated, Table
from adapters.postgres.schema.column_types import (
    bytes_column,
    false_column,
    generated_column,
    ids_column,
    in_an_hour_column,
    index,
    json_column,
    metadata_column,
    money_column,
    names_column,
    now_column,
    one_of,
    organization,
    request_id_column,
    settings_column,
    text_column,
    time_column,
    within,
    zero_column,
)
from adapters.postgres.schema.event_tables import Events, EventSequences, PrunedEvents
from adapters.postgres.schema.user_tables import ApiKeys, Memberships, Users
from adapters.postgres.schema.webhook_tables import (
    WebhookAttempts,
    WebhookDeliveries,
    WebhookEndpoints,
    WebhookProgress,
)
from domain.bulk_actions import BulkActionKind, ItemStatus
from domain.effects import Direction, EffectState, Look
from domain.fingerprint import Fingerprint
from domain.json_values import Json
from domain.label_parts import DocumentKind
from domain.operations import Attention, OperationError, OperationStatus, RunOptions, UndoStatus
from domain.orders import Customer, LineItem
from domain.organizations import OrganizationSettings
from domain.parcels import Address
from domain.plan import Plan
from domain.shipping import ConnectionSettings, CostPart, Mode

__all__ = [
    "ApiKeys",
    "EventSequences",
    "Events",
    "Memberships",
    "PrunedEvents",
    "Table",
    "Users",
    "WebhookAttempts",
    "WebhookDeliveries",
    "WebhookEndpoints",
    "WebhookProgress",
]
"""Names that other modules import from here; the imports of events, users and webhooks declare their tables."""


class Installation(Table, table=True):
    """One row, whose random id separates this database from others in a Temporal namespace."""

    id: str = text_column(key=True)
    created_at: datetime = now_column()


class Organizations(Table, table=True):
    id: UUID = Field(primary_key=True)
    name: str = text_column()
    settings: OrganizationSettings = settings_column()
    created_at: datetime = now_column()


class Connections(Dated):
    """Base of accounts and bridges. A paused one is probed at `probe_at`, by a run of the operation `probed_by`."""

    name: str = text_column()
    mode: str = text_column()
    status: str = text_column()
    status_reason: str | None = text_column()
    settings: ConnectionSettings = json_column()
    credentials: bytes = bytes_column()
    credential_names: list[str] = names_column()
    pause_cause: str | None = text_column()
    paused_by: str | None = text_column()
    paused_at: datetime | None = time_column()
    resumed_at: datetime | None = time_column()
    probe_at: datetime | None = time_column()
    probes: int = zero_column()
    probed_by: UUID | None


class Bridges(Connections, table=True):
    __table_args__ = (
        organization(),
        UniqueConstraint("organization_id", "id"),
        index("organization_id", "created_at", "id"),
    )

    channel: str = text_column()


class CarrierAccounts(Connections, table=True):
    __table_args__ = (
        organization(),
        UniqueConstraint("organization_id", "id"),
        index("organization_id", "created_at", "id"),
        index(
            "organization_id", "carrier", "mode", unique=True, where="is_default", name="uq_carrier_accounts_default"
        ),
    )

    carrier: str = text_column()
    is_default: bool
    track_after: datetime | None = time_column()


class Orders(Dated, table=True):
    __table_args__ = (
        organization(),
        within("bridges", "bridge_id"),
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("organization_id", "external_id", "bridge_id", postgresql_nulls_not_distinct=True),
        index("organization_id", "created_at", "id"),
        index("organization_id", "updated_at", "id"),
        index("organization_id", "status", "created_at", "id"),
        index(
            "organization_id", "bridge_id", "created_at", "id", where="bridge_id is not null", name="ix_orders_bridge"
        ),
        index("organization_id", "external_id", prefixes_of="external_id", name="ix_orders_external_id"),
        index(
            "organization_id",
            "order_number",
            where="order_number is not null",
            prefixes_of="order_number",
            name="ix_orders_number",
        ),
    )

    external_id: str = text_column()
    order_number: str | None = text_column()
    status: str = text_column()
    currency: str = text_column()
    total: Decimal = money_column()
    customer: Customer | None = json_column()
    ship_to: Address | None = json_column()
    line_items: tuple[LineItem, ...] = json_column()
    bridge_id: UUID | None
    mode: str = text_column(default=Mode.LIVE)
    fulfilled: dict[str, int] = json_column(default="{}")
    metadata_: dict[str, str] = metadata_column()
    erased_at: datetime | None = time_column()


class OrderStatusChanges(Table, table=True):
    """The changes that determine an order's status.

    Each row contains a status, set by a client or by an operation, or the pieces that an operation's push fulfilled.
    """

    __table_args__ = (
        within("orders", "order_id"),
        index("organization_id", "order_id", "id"),
        index("effect_id", unique=True, where="effect_id is not null", name="uq_order_status_changes_effect_id"),
    )

    id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_args=(Identity(always=True),))
    organization_id: UUID
    order_id: UUID
    operation_id: UUID | None
    effect_id: UUID | None
    status: str | None = text_column()
    fulfilled: dict[str, int] | None = json_column()
    at: datetime = now_column()


class Operations(Dated, table=True):
    __table_args__ = (
        within("orders", "order_id"),
        one_of("status", OperationStatus),
        one_of("undo_status", UndoStatus),
        UniqueConstraint("organization_id", "id"),
        index("organization_id", "created_at", "id"),
        index("organization_id", "status", "created_at", "id"),
        index("organization_id", "type", "created_at", "id"),
        index("organization_id", "status", "type", "created_at", "id"),
        index("organization_id", "order_id", "created_at", "id"),
        index("organization_id", "updated_at", "id"),
        index("organization_id", "executed_at", "id"),
        index("organization_id", "status", "executed_at", "id"),
        index("organization_id", "status", "updated_at", "id"),
        index("organization_id", desc("executed_at").nulls_last(), desc("id"), name="ix_operations_last_executed"),
        index("organization_id", "created_at", "id", where="attention is not null", name="ix_operations_attention"),
        index("organization_id", "purchase_hash", where="purchase_hash is not null", name="ix_operations_purchase"),
        index(
            "organization_id",
            "carrier_account_id",
            "created_at",
            "id",
            where="carrier_account_id is not null",
            name="ix_operations_carrier_account",
        ),
        index(
            "organization_id",
            "bridge_id",
            "created_at",
            "id",
            where="bridge_id is not null",
            name="ix_operations_bridge",
        ),
        index(
            "organization_id",
            "error_code",
            "created_at",
            "id",
            where="error_code is not null",
            name="ix_operations_error",
        ),
    )

    type: str = text_column()
    status: str = text_column()
    order_id: UUID | None
    input: Json = json_column()
    plan: Plan = json_column()
    touches: list[UUID] = ids_column()
    is_irreversible: bool = false_column()
    purchase_hash: str | None = text_column()
    output: Json | None = json_column()
    error: OperationError | None = json_column()
    attention: Attention | None = json_column()
    undo_status: str = text_column()
    undo_error: OperationError | None = json_column()
    undo_at: datetime | None = time_column()
    current_run: int
    executed_at: datetime | None = time_column()
    completed_at: datetime | None = time_column()
    carrier_account_id: UUID | None = generated_column(Uuid, "nullif(plan ->> 'carrier_account_id', '')::uuid")
    bridge_id: UUID | None = generated_column(Uuid, "nullif(plan ->> 'bridge_id', '')::uuid")
    error_code: str | None = generated_column(Text, "error ->> 'code'")
    metadata_: dict[str, str] = metadata_column()


class OperationMetadata(Table, table=True):
    """The metadata of operations in rows, so that an index finds them; a trigger keeps it equal to the column."""

    __table_args__ = (
        within("operations", "operation_id", cascade=True),
        index("organization_id", "key", "value", "created_at", "operation_id", name="ix_operation_metadata_value"),
    )

    operation_id: UUID = Field(primary_key=True)
    key: str = text_column(key=True)
    value: str = text_column()
    organization_id: UUID
    created_at: datetime = now_column()


class OrderMetadata(Table, table=True):
    """The same for orders."""

    __table_args__ = (
        within("orders", "order_id", cascade=True),
        index("organization_id", "key", "value", "created_at", "order_id", name="ix_order_metadata_value"),
    )

    order_id: UUID = Field(primary_key=True)
    key: str = text_column(key=True)
    value: str = text_column()
    organization_id: UUID
    created_at: datetime = now_column()


class ShipmentUses(Table, table=True):
    """An operation's use of the shipment of an earlier one, which it `depends_on`; `removes`: it voids the label."""

    __table_args__ = (
        within("operations", "operation_id", cascade=True),
        within("shipments", "shipment_id"),
        index("organization_id", "depends_on"),
        index("organization_id", "shipment_id"),
    )

    operation_id: UUID = Field(primary_key=True)
    shipment_id: UUID = Field(primary_key=True)
    organization_id: UUID
    depends_on: UUID
    removes: bool = false_column()


class BulkActions(Dated, table=True):
    """A change of many operations. The numbers of items by status change in the transactions that change the items.

    An open action has no `ended_at`. The runs of its items are read again at `settle_at`.
    """

    __table_args__ = (
        organization(),
        one_of("action", BulkActionKind),
        UniqueConstraint("organization_id", "id"),
        index("organization_id", "created_at", "id"),
        index("organization_id", where="ended_at is null", name="ix_bulk_actions_open"),
    )

    action: str = text_column()
    filter: Json | None = json_column()
    force: bool = false_column()
    reason: str | None = text_column()
    actor: str = text_column()
    total: int
    waiting: int
    running: int = zero_column()
    succeeded: int = zero_column()
    failed: int = zero_column()
    skipped: int = zero_column()
    settle_at: datetime = now_column()
    ended_at: datetime | None = time_column()
    request_id: str | None = request_id_column()


class BulkItems(Dated, table=True):
    """One operation of a bulk action; `created_at` is the operation's. A waiting item is not tried before `try_at`."""

    __table_args__ = (
        within("bulk_actions", "bulk_action_id", cascade=True),
        within("operations", "operation_id", cascade=True),
        one_of("status", ItemStatus),
        index("organization_id", "bulk_action_id", "created_at", "id"),
        index("organization_id", "bulk_action_id", "status", "created_at", "id"),
        index("organization_id", "operation_id"),
    )

    bulk_action_id: UUID
    operation_id: UUID
    status: str = text_column(default="waiting")
    run: int | None
    error: Json | None = json_column()
    try_at: datetime = now_column()


class PrunedOperations(Table, table=True):
    """A tombstone of an operation that retention deleted, so that its runs in Temporal do not count as lost."""

    __table_args__ = (organization(),)

    operation_id: UUID = Field(primary_key=True)
    organization_id: UUID
    pruned_at: datetime = now_column()


class Runs(Table, table=True):
    """A run is open while `closed_at` is null; until `lease_until` its creator starts it, afterwards the dispatcher.

    A run that is `is_compensating` starts no further forward effect. `is_held`: its log has `operation.held`, and not
    yet `operation.released`. `task_queue` is null until this version has started the run; a started run without it may
    be on the task queue of version 0.1.0.
    """

    __table_args__ = (
        within("operations", "operation_id", cascade=True),
        UniqueConstraint("workflow_id"),
        index(
            "organization_id",
            "queue_key",
            "created_at",
            where="started_at is null and closed_at is null",
            name="ix_runs_queued",
        ),
        index("checked_at", where="started_at is not null and closed_at is null", name="ix_runs_open"),
        index("operation_id", unique=True, where="closed_at is null", name="uq_runs_open"),
    )

    operation_id: UUID = Field(primary_key=True)
    run: int = Field(primary_key=True)
    organization_id: UUID
    kind: str = text_column()
    queue_key: str = text_column()
    workflow_id: str = text_column()
    options: RunOptions = json_column()
    waiting: bool = false_column()
    is_compensating: bool = false_column()
    is_held: bool = false_column()
    created_at: datetime = now_column()
    lease_until: datetime = now_column()
    started_at: datetime | None = time_column()
    closed_at: datetime | None = time_column()
    checked_at: datetime | None = time_column()
    result: str | None = text_column()
    task_queue: str | None = text_column()
    request_id: str | None = request_id_column()


class Effects(Dated, table=True):
    __table_args__ = (
        within("operations", "operation_id", cascade=True),
        one_of("state", EffectState),
        one_of("direction", Direction),
        UniqueConstraint("operation_id", "step", "direction", "round"),
        UniqueConstraint("reference"),
        index("organization_id", "operation_id"),
        index("limited_by", "sent_at", where="limited_by is not null", name="ix_effects_limited"),
    )

    operation_id: UUID
    run: int
    round: int
    position: int
    step: str = text_column()
    direction: str = text_column()
    undoes: UUID | None
    state: str = text_column()
    reference: str = text_column()
    attempts: int
    sent_at: datetime | None = time_column()
    answered_at: datetime | None = time_column()
    answer: bytes | None = bytes_column()
    answer_status: int | None
    answer_digest: str | None = text_column()
    result: Json | None = json_column()
    error: OperationError | None = json_column()
    outcome: str | None = text_column()
    compensation: str | None = text_column()
    recovery: str | None = text_column()
    reversed_at: datetime | None = time_column()
    limited_by: UUID | None
    sent: Json | None = json_column()
    fingerprint: Fingerprint | None = json_column()
    settles_at: datetime | None = time_column()
    deliveries: int = zero_column()
    worker_id: UUID | None
    look: Look | None = json_column()


class Workers(Table, table=True):
    """A row for each living worker process; see `effects.worker_id`."""

    id: UUID = Field(primary_key=True)
    started_at: datetime = now_column()
    seen_at: datetime = now_column()


class Shipments(Dated, table=True):
    """A shipment outlives the operation that bought it."""

    __table_args__ = (
        within("orders", "order_id"),
        within("carrier_accounts", "carrier_account_id"),
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("reference"),
        index("organization_id", "created_at", "id"),
        index("organization_id", "updated_at", "id"),
        index("organization_id", "status", "created_at", "id"),
        index("organization_id", "order_id", "created_at", "id"),
        index("organization_id", "operation_id"),
        index("organization_id", "carrier_account_id", "created_at", "id"),
        index("organization_id", "tracking_number", prefixes_of="tracking_number", name="ix_shipments_tracking_number"),
        index(
            "carrier_account_id",
            "track_at",
            where="track_at is not null and status in ('label_created', 'refund_pending')",
            name="ix_shipments_followed",
        ),
        index(
            "organization_id",
            "created_at",
            "id",
            where="scanned_at is null and status = 'label_created'",
            name="ix_shipments_unused",
        ),
    )

    order_id: UUID | None
    operation_id: UUID
    carrier_account_id: UUID
    carrier: str = text_column()
    shipping_carrier: str | None = text_column()
    service: str = text_column()
    status: str = text_column()
    reference: str = text_column()
    carrier_shipment_id: str = text_column()
    tracking_number: str = text_column()
    label_format: str = text_column()
    sent: Json | None = json_column()
    cost: Decimal | None = money_column()
    currency: str | None = text_column()
    cost_parts: tuple[CostPart, ...] = json_column(default="[]")
    void_until: datetime | None = time_column()
    usual_void_until: datetime | None = time_column()
    voided_at: datetime | None = time_column()
    tracking_status: str = text_column(default="unknown")
    tracked_at: datetime | None = time_column()
    scanned_at: datetime | None = time_column()
    tracking_checked_at: datetime | None = time_column()
    tracking_problem: str | None = text_column()
    tracking_failures: int = zero_column()
    track_at: datetime | None = in_an_hour_column()
    refund: str | None = text_column()
    refund_checked_at: datetime | None = time_column()


class ShipmentParcels(Table, table=True):
    """A parcel of a shipment with several; the columns of `shipments` describe the only parcel of any other."""

    __table_args__ = (
        within("shipments", "shipment_id"),
        index("organization_id", "tracking_number", prefixes_of="tracking_number", name="ix_shipment_parcels_number"),
    )

    shipment_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    organization_id: UUID
    tracking_number: str = text_column()
    carrier_parcel_id: str | None = text_column()
    cost: Decimal | None = money_column()
    currency: str | None = text_column()
    tracking_status: str = text_column(default="unknown")
    tracked_at: datetime | None = time_column()
    scanned_at: datetime | None = time_column()


class ShipmentDocuments(Table, table=True):
    """A document of a shipment; `parcel` is null if it is for all parcels."""

    __table_args__ = (
        within("shipments", "shipment_id"),
        one_of("kind", DocumentKind),
        index("organization_id", "shipment_id"),
    )

    id: UUID = Field(primary_key=True)
    shipment_id: UUID
    organization_id: UUID
    kind: str = text_column()
    parcel: int | None
    format: str = text_column()
    document: bytes = bytes_column()


class TrackingEvents(Table, table=True):
    """`digest` identifies an event of a shipment: carriers repeat old events in every answer."""

    __table_args__ = (within("shipments", "shipment_id"),)

    shipment_id: UUID = Field(primary_key=True)
    digest: str = text_column(key=True)
    organization_id: UUID
    at: datetime | None = time_column()
    status: str = text_column()
    code: str = text_column()
    description: str = text_column()
    place: str = text_column(default="")
    seen_at: datetime = now_column()


class IdempotencyKeys(Table, table=True):
    """`operation_id`: the operation of a final answer. A final answer that follows `erased_at` is stored erased."""

    __table_args__ = (index("created_at"),)

    organization_id: UUID = Field(primary_key=True)
    key: str = text_column(key=True)
    fingerprint: str = text_column()
    status: int
    headers: dict[str, str] = json_column()
    body: str = text_column()
    running_until: datetime = time_column()
    created_at: datetime = now_column()
    operation_id: UUID | None
    erased_at: datetime | None = time_column()


class OperationCounts(Table, table=True):
    """The numbers of operations; each is a sum over slots, so that concurrent writers do not wait for one row."""

    organization_id: UUID = Field(primary_key=True)
    type: str = text_column(key=True)
    status: str = text_column(key=True)
    slot: int = Field(sa_type=SmallInteger, primary_key=True)
    n: int = Field(sa_type=BigInteger)
