"""Let each replaced secret of a webhook endpoint end at its own time.

Revision ID: 2026_11_30_older_secret
Revises: 2026_11_30_erased_answers
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_older_secret"
down_revision = "2026_11_30_erased_answers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("webhook_endpoints", sa.Column("older_secret_until", sa.DateTime(timezone=True), nullable=True))
