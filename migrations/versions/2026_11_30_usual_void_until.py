"""Shipments show until when the carrier's published rules accept a void, for reminders.

Revision ID: 2026_11_30_usual_void_until
Revises: 2026_11_30_order_status_changes
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_usual_void_until"
down_revision = "2026_11_30_order_status_changes"
branch_labels = None
depends_on = None

FILL = """
    update shipments set usual_void_until = created_at + days * interval '1 day'
    from (values
        ('easypost', 'usps', 30), ('easypost', 'ups', 90), ('easypost', 'fedex', 90),
        ('shipengine', 'usps', 28), ('ups', 'ups', 90), ('usps', 'usps', 30)
    ) as usual (seller, parcel_carrier, days)
    where carrier = seller and shipping_carrier = parcel_carrier
"""


def upgrade() -> None:
    """Add the column, and fill it for existing labels."""
    op.add_column("shipments", sa.Column("usual_void_until", sa.DateTime(timezone=True)))
    op.execute("set local role orderly_system")  # row-level security hides the rows from the tables' owner
    op.execute(FILL)
    op.execute("reset role")
