"""Add bulk actions and their items.

Revision ID: 2026_11_30_bulk_actions
Revises: 2026_11_30_workers
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_30_bulk_actions"
down_revision = "2026_11_30_workers"
branch_labels = None
depends_on = None

POLICIES = """
    grant select, insert, update on bulk_actions, bulk_items to orderly_app, orderly_system;
    grant delete on bulk_actions to orderly_system;
    alter table bulk_actions enable row level security;
    alter table bulk_actions force row level security;
    alter table bulk_items enable row level security;
    alter table bulk_items force row level security;
    create policy one_organization on bulk_actions to orderly_app using (organization_id = current_organization());
    create policy every_organization on bulk_actions to orderly_system using (true);
    create policy one_organization on bulk_items to orderly_app using (organization_id = current_organization());
    create policy every_organization on bulk_items to orderly_system using (true);
"""


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "bulk_actions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("filter", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("force", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("running", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("succeeded", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("skipped", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("settle_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("action in ('execute', 'cancel', 'retry', 'undo')", name=op.f("ck_bulk_actions_action")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_bulk_actions_organizations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_actions")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_bulk_actions_organization_id_id")),
    )
    op.create_index(
        "ix_bulk_actions_open",
        "bulk_actions",
        ["organization_id"],
        unique=False,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index(
        op.f("ix_bulk_actions_organization_id_created_at_id"),
        "bulk_actions",
        ["organization_id", "created_at", "id"],
        unique=False,
        postgresql_where=None,
    )
    op.create_table(
        "bulk_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("bulk_action_id", sa.Uuid(), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("run", sa.Integer(), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("try_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status in ('waiting', 'running', 'succeeded', 'failed', 'skipped')", name=op.f("ck_bulk_items_status")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "bulk_action_id"],
            ["bulk_actions.organization_id", "bulk_actions.id"],
            name=op.f("fk_bulk_items_bulk_actions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "operation_id"],
            ["operations.organization_id", "operations.id"],
            name=op.f("fk_bulk_items_operations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_items")),
    )
    op.create_index(
        op.f("ix_bulk_items_organization_id_bulk_action_id_created_at_id"),
        "bulk_items",
        ["organization_id", "bulk_action_id", "created_at", "id"],
        unique=False,
        postgresql_where=None,
    )
    op.create_index(
        op.f("ix_bulk_items_organization_id_bulk_action_id_status_created_at_id"),
        "bulk_items",
        ["organization_id", "bulk_action_id", "status", "created_at", "id"],
        unique=False,
        postgresql_where=None,
    )
    op.create_index(
        op.f("ix_bulk_items_organization_id_operation_id"),
        "bulk_items",
        ["organization_id", "operation_id"],
        unique=False,
        postgresql_where=None,
    )
    op.execute(POLICIES)
