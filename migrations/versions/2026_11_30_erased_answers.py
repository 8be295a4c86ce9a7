"""Mark erased answers of idempotency keys, and let an erasure remove the answers of webhook receivers.

Revision ID: 2026_11_30_erased_answers
Revises: 2026_11_30_creator_order
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_erased_answers"
down_revision = "2026_11_30_creator_order"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
create function erase_answer(body text) returns text language sql immutable parallel safe
return jsonb_set_lax(
    jsonb_set_lax(body::jsonb, '{data}', erase_texts(body::jsonb -> 'data'), false),
    '{error,details}', erase_texts(body::jsonb #> '{error,details}'), false
)::text
    """,
    "grant select on webhook_deliveries, webhook_attempts to orderly_erasure",
    "grant update (last_answer) on webhook_deliveries to orderly_erasure",
    "grant update (answer) on webhook_attempts to orderly_erasure",
    *(
        f"create policy erasure on {table} to orderly_erasure using (organization_id = current_organization())"
        for table in ("webhook_deliveries", "webhook_attempts")
    ),
)


def upgrade() -> None:
    """Add the columns, the function and the rights."""
    op.add_column("idempotency_keys", sa.Column("operation_id", sa.Uuid(), nullable=True))
    op.add_column("idempotency_keys", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    for statement in STATEMENTS:
        op.execute(statement)
