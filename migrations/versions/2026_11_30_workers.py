"""List the living workers, and store which worker has a delivery of an effect at work.

Revision ID: 2026_11_30_workers
Revises: 2026_11_30_installation
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_workers"
down_revision = "2026_11_30_installation"
branch_labels = None
depends_on = None

POLICIES = (
    "grant select on workers to orderly_app",
    "grant select, insert, update, delete on workers to orderly_system",
    "alter table workers enable row level security",
    "alter table workers force row level security",
    "create policy living_workers on workers for select to orderly_app using (true)",
    "create policy every_organization on workers to orderly_system using (true)",
)


def upgrade() -> None:
    """Add the table and the column."""
    op.create_table(
        "workers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
    )
    op.add_column("effects", sa.Column("worker_id", sa.Uuid(), nullable=True))
    for statement in POLICIES:
        op.execute(statement)
