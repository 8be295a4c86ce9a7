"""Create the indexes for the filters of events, and leave events without a position out of all indexes for readers.

Revision ID: 2026_11_30_event_filters
Revises: 2026_11_30_metadata
"""

from alembic import op

revision = "2026_11_30_event_filters"
down_revision = "2026_11_30_metadata"
branch_labels = None
depends_on = None

STATEMENTS = (
    "alter table events drop constraint uq_events_position",
    "drop index ix_events_organization_id_position",
    "create unique index ix_events_position on events (position) where position is not null",
    *(
        f"create index ix_events_organization_id_{'_'.join(names)} on events (organization_id, {', '.join(names)})"
        " where position is not null"
        for names in (("position",), ("type", "position"), ("actor", "position"), ("created_at",))
    ),
)


def upgrade() -> None:
    """Replace the indexes."""
    for statement in STATEMENTS:
        op.execute(statement)
