"""Create the table of events, and the function that numbers them.

Revision ID: 2026_11_30_events
Revises: 2026_11_30_sandbox_identity
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_30_events"
down_revision = "2026_11_30_sandbox_identity"
branch_labels = None
depends_on = None


STATEMENTS = (
    "create sequence event_positions",
    "grant select, insert on events to orderly_app, orderly_system",
    "grant update (position, sequence) on events to orderly_system",
    "grant select on event_sequences to orderly_app",
    "grant select, insert, update on event_sequences to orderly_system",
    "grant usage on sequence event_positions to orderly_system",
    *(
        statement.format(table)
        for table in ("events", "event_sequences")
        for statement in (
            "alter table {} enable row level security",
            "alter table {} force row level security",
            "create policy one_organization on {} to orderly_app using (organization_id = current_organization())",
            "create policy every_organization on {} to orderly_system using (true)",
        )
    ),
    """
create function number_events() returns bigint language plpgsql as $$
declare
    n bigint;
begin
    if not exists (select from events where position is null) then
        return 0;
    end if;
    perform pg_advisory_xact_lock(hashtext('number_events'));
    with fresh as materialized (
        select id, organization_id, subject_id, ordinal from events where position is null order by ordinal limit 1000
    ), counted as (
        insert into event_sequences as kept (organization_id, subject_id, last)
        select organization_id, subject_id, count(*) from fresh group by organization_id, subject_id
        on conflict (organization_id, subject_id) do update set last = kept.last + excluded.last
        returning organization_id, subject_id, last
    ), numbered as (
        select id, nextval('event_positions') as position, sequence
        from (
            select id, last + 1 - row_number() over (
                       partition by organization_id, subject_id order by ordinal desc
                   ) as sequence
            from fresh join counted using (organization_id, subject_id)
            order by ordinal
        ) as ordered
    )
    update events set position = numbered.position, sequence = numbered.sequence
    from numbered where events.id = numbered.id;
    get diagnostics n = row_count;
    return n;
end
$$
    """,
)


def upgrade() -> None:
    """Create the tables and the function."""
    op.create_table(
        "event_sequences",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "subject_id", name=op.f("pk_event_sequences")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column(
            "actor",
            sa.Text(),
            server_default=sa.text("coalesce(nullif(current_setting('orderly.actor', true), ''), 'service:system')"),
            nullable=False,
        ),
        sa.Column(
            "request_id",
            sa.Text(),
            server_default=sa.text("nullif(current_setting('orderly.request_id', true), '')"),
            nullable=True,
        ),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("step", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_events_organizations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("position", name=op.f("uq_events_position")),
    )
    op.create_index(
        "ix_events_not_numbered", "events", ["ordinal"], unique=False, postgresql_where=sa.text("position is null")
    )
    op.create_index(
        op.f("ix_events_organization_id_position"),
        "events",
        ["organization_id", "position"],
        unique=False,
        postgresql_where=None,
    )
    op.create_index(
        op.f("ix_events_organization_id_subject_id_ordinal"),
        "events",
        ["organization_id", "subject_id", "ordinal"],
        unique=False,
        postgresql_where=None,
    )
    op.create_index(
        "ix_events_request_id",
        "events",
        ["organization_id", "request_id"],
        unique=False,
        postgresql_where=sa.text("request_id is not null"),
    )
    for statement in STATEMENTS:
        op.execute(statement)
