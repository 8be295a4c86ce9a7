"""Add an index for operations of a status, sorted by their last change.

Without it, the oldest page of a rare and recent status such as `pending` took 3 s among five million operations,
because Postgres scanned from the oldest operation of any status.

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
