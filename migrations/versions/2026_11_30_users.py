"""Add users, their memberships in organizations, and the keys that they own.

Revision ID: 2026_11_30_users
Revises: 2026_11_30_events
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_users"
down_revision = "2026_11_30_events"
branch_labels = None
depends_on = None

POLICIES = (
    "grant select, insert, update on memberships to orderly_app, orderly_system",
    "grant select on users to orderly_app",
    "grant select, insert on users to orderly_system",
    *(
        statement
        for table in ("users", "memberships")
        for statement in (
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy every_organization on {table} to orderly_system using (true)",
        )
    ),
    "create policy one_organization on memberships to orderly_app using (organization_id = current_organization())",
    """
    create policy members on users for select to orderly_app using (
        exists (select from memberships where user_id = users.id and organization_id = current_organization())
    )
    """,
)


def upgrade() -> None:
    """Add the tables, the owner of a key, and row-level security."""
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_index("uq_users_email", "users", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "memberships",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role in ('viewer', 'operator', 'admin')", name=op.f("ck_memberships_role")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_memberships_organizations")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_memberships_organization_id_id")),
    )
    op.create_index(
        op.f("ix_memberships_organization_id_created_at_id"),
        "memberships",
        ["organization_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_memberships_user_id"), "memberships", ["user_id"], unique=False)
    op.create_index(
        "uq_memberships_user",
        "memberships",
        ["organization_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("removed_at is null"),
    )
    op.add_column("api_keys", sa.Column("membership_id", sa.Uuid(), nullable=True))
    op.create_index(
        op.f("ix_api_keys_organization_id_membership_id"),
        "api_keys",
        ["organization_id", "membership_id"],
        unique=False,
        postgresql_where=sa.text("membership_id is not null"),
    )
    op.create_foreign_key(
        op.f("fk_api_keys_memberships"),
        "api_keys",
        "memberships",
        ["organization_id", "membership_id"],
        ["organization_id", "id"],
    )
    for statement in POLICIES:
        op.execute(statement)
