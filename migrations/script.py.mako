"""${message}.

Revision ID: ${up_revision}
Revises: ${down_revision or ""}
"""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema."""
    op.execute("")
