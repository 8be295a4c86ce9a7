"""Add to operations the accounts and bridges that they use, and whether they are irreversible.

Revision ID: 2026_11_30_touches
Revises: 2026_11_30_standard_names
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "2026_11_30_touches"
down_revision = "2026_11_30_standard_names"
branch_labels = None
depends_on = None

FILL = """
    update operations
    set touches = array_remove(
            array[nullif(plan ->> 'carrier_account_id', '')::uuid, nullif(plan ->> 'bridge_id', '')::uuid], null
        ),
        is_irreversible = type = 'void_shipment'
    where plan ?| array['carrier_account_id', 'bridge_id']
"""


def upgrade() -> None:
    """Add the columns, and fill them for existing operations."""
    op.add_column("operations", sa.Column("touches", ARRAY(sa.Uuid()), nullable=False, server_default="{}"))
    op.add_column("operations", sa.Column("is_irreversible", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("set local role orderly_system")  # row-level security hides the rows from the tables' owner
    op.execute(FILL)
    op.execute("reset role")
