"""Index the operations that an actor created by time, so that the index has the order of the list.

Revision ID: 2026_11_30_creator_order
Revises: 2026_11_30_order_mode
"""

from alembic import op

revision = "2026_11_30_creator_order"
down_revision = "2026_11_30_order_mode"
branch_labels = None
depends_on = None

STATEMENTS = (
    "drop index ix_events_creator",
    """
    create index ix_events_creator on events (organization_id, actor, created_at, subject_id)
    where type = 'operation.created'
    """,
)


def upgrade() -> None:
    """Replace the index."""
    for statement in STATEMENTS:
        op.execute(statement)
