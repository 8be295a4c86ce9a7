"""Create the tables of webhook endpoints and their deliveries.

Revision ID: 2026_11_30_webhook_endpoints
Revises: 2026_11_30_record_metadata
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_30_webhook_endpoints"
down_revision = "2026_11_30_record_metadata"
branch_labels = None
depends_on = None

STATEMENTS = (
    # The scope was reserved and allowed nothing.
    """
    update api_keys
    set scopes = array_remove(scopes, 'webhooks:manage') || array['webhooks:read', 'webhooks:write']
    where 'webhooks:manage' = any(scopes)
    """,
    "grant select, insert, update, delete on webhook_endpoints to orderly_app, orderly_system",
    "grant select, insert, update on webhook_progress, webhook_deliveries to orderly_app, orderly_system",
    "grant select on webhook_attempts to orderly_app",
    "grant select, insert on webhook_attempts to orderly_system",
    "grant delete on webhook_deliveries to orderly_system",
    "create trigger record_insert after insert on webhook_endpoints referencing new table as added"
    " for each statement execute function record_change('webhook_endpoint')",
    "create trigger record_update after update on webhook_endpoints referencing old table as removed"
    " new table as added for each statement execute function record_change('webhook_endpoint')",
    "create trigger record_delete after delete on webhook_endpoints referencing old table as removed"
    " for each statement execute function record_change('webhook_endpoint')",
    *(
        statement.format(table)
        for table in ("webhook_endpoints", "webhook_progress", "webhook_deliveries", "webhook_attempts")
        for statement in (
            "alter table {} enable row level security",
            "alter table {} force row level security",
            "create policy one_organization on {} to orderly_app using (organization_id = current_organization())",
            "create policy every_organization on {} to orderly_system using (true)",
        )
    ),
)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("event_types", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        sa.Column("credentials", sa.LargeBinary(), nullable=False),
        sa.Column("previous_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_webhook_endpoints_organizations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_webhook_endpoints_organization_id_id")),
    )
    op.create_index(
        op.f("ix_webhook_endpoints_organization_id_created_at_id"),
        "webhook_endpoints",
        ["organization_id", "created_at", "id"],
        unique=False,
        postgresql_where=None,
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("is_unordered", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_latency_ms", sa.Integer(), nullable=True),
        sa.Column("last_answer", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('waiting', 'delivered', 'failed')", name=op.f("ck_webhook_deliveries_state")),
        sa.ForeignKeyConstraint(
            ["organization_id", "endpoint_id"],
            ["webhook_endpoints.organization_id", "webhook_endpoints.id"],
            name=op.f("fk_webhook_deliveries_webhook_endpoints"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("endpoint_id", "event_id", name=op.f("uq_webhook_deliveries_endpoint_id_event_id")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_webhook_deliveries_organization_id_id")),
    )
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["endpoint_id", "is_unordered", "next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_webhook_deliveries_in_order",
        "webhook_deliveries",
        ["endpoint_id", "subject_id", "position"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting' and not is_unordered"),
    )
    op.create_index(
        "ix_webhook_deliveries_open",
        "webhook_deliveries",
        ["endpoint_id", "position"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        op.f("ix_webhook_deliveries_organization_id_endpoint_id_created_at_id"),
        "webhook_deliveries",
        ["organization_id", "endpoint_id", "created_at", "id"],
        unique=False,
        postgresql_where=None,
    )
    op.create_index(
        op.f("ix_webhook_deliveries_organization_id_endpoint_id_state_created_at_id"),
        "webhook_deliveries",
        ["organization_id", "endpoint_id", "state", "created_at", "id"],
        unique=False,
        postgresql_where=None,
    )
    op.create_index(
        "ix_webhook_deliveries_settled",
        "webhook_deliveries",
        ["settled_at"],
        unique=False,
        postgresql_where=sa.text("settled_at is not null"),
    )
    op.create_table(
        "webhook_progress",
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("fanned_out_up_to", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "endpoint_id"],
            ["webhook_endpoints.organization_id", "webhook_endpoints.id"],
            name=op.f("fk_webhook_progress_webhook_endpoints"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("endpoint_id", name=op.f("pk_webhook_progress")),
    )
    op.create_table(
        "webhook_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("latency_ms", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "delivery_id"],
            ["webhook_deliveries.organization_id", "webhook_deliveries.id"],
            name=op.f("fk_webhook_attempts_webhook_deliveries"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attempts")),
    )
    op.create_index(
        op.f("ix_webhook_attempts_organization_id_delivery_id_id"),
        "webhook_attempts",
        ["organization_id", "delivery_id", "id"],
        unique=False,
        postgresql_where=None,
    )
    for statement in STATEMENTS:
        op.execute(statement)
