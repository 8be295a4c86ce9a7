"""Add an index for operations of a status, sorted by execution time, including those never executed.

Revision ID: 2026_11_26_executed_by_status
Revises: 2026_11_25_retention
"""

from alembic import op

revision = "2026_11_26_executed_by_status"
down_revision = "2026_11_25_retention"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    name = "ix_operations_organization_id_status_executed_at_id"
    op.create_index(name, "operations", ["organization_id", "status", "executed_at", "id"])
