"""Write external ids of orders in Unicode's normal form C without outer blanks, as new ones are.

Revision ID: 2026_11_30_nfc_order_ids
Revises: 2026_11_30_usual_void_until
"""

from alembic import op

revision = "2026_11_30_nfc_order_ids"
down_revision = "2026_11_30_usual_void_until"
branch_labels = None
depends_on = None

NORMALIZE = """
    with named as (
        select id, normal, row_number() over (
            partition by organization_id, bridge_id, normal order by external_id <> normal, created_at, id
        ) as position, external_id
        from orders cross join lateral (select btrim(normalize(external_id, NFC)) as normal) as form
    )
    update orders set external_id = normal
    from named where named.id = orders.id and position = 1 and named.external_id <> normal and normal <> ''
"""


def upgrade() -> None:
    """Rename the orders whose normal name is free; of several that differ in form only, the oldest gets it."""
    op.execute("set local role orderly_system")  # row-level security hides the rows from the tables' owner
    op.execute(NORMALIZE)
    op.execute("reset role")
