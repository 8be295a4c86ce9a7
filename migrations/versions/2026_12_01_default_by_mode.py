"""A carrier has a default account for live work, and one for test work.

Revision ID: 2026_12_01_default_by_mode
Revises: 2026_11_30_older_secret
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_default_by_mode"
down_revision = "2026_11_30_older_secret"
branch_labels = None
depends_on = None

NAME, TABLE, WHERE = "uq_carrier_accounts_default", "carrier_accounts", "is_default"


def upgrade() -> None:
    """Make the default unique by mode. The accounts stay as they are."""
    op.drop_index(NAME, TABLE)
    op.create_index(NAME, TABLE, ["organization_id", "carrier", "mode"], unique=True, postgresql_where=sa.text(WHERE))
