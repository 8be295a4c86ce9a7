"""Operations of one status in the order of their last change come by index.

Of a status that few operations have, all of them new, such as `pending`, the first page oldest first took 3 s among
five million: it was looked for from the oldest operation of any status on.

Revision ID: 2026_11_26_updated_by_status
Revises: 2026_11_26_taking_back
"""

from alembic import op

revision = "2026_11_26_updated_by_status"
down_revision = "2026_11_26_taking_back"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    name = "ix_operations_organization_id_status_updated_at_id"
    op.create_index(name, "operations", ["organization_id", "status", "updated_at", "id"])
