"""Index the actors that created operations.

Revision ID: 2026_11_30_creator
Revises: 2026_11_30_webhook_purge
"""

from alembic import op

revision = "2026_11_30_creator"
down_revision = "2026_11_30_webhook_purge"
branch_labels = None
depends_on = None

INDEX = """
    create index ix_events_creator on events (organization_id, actor, subject_id) where type = 'operation.created'
"""


def upgrade() -> None:
    """Create the index."""
    op.execute(INDEX)
