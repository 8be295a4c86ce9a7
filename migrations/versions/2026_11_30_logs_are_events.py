"""Make the logs of operations, accounts and bridges events, and name each actor's kind.

Revision ID: 2026_11_30_logs_are_events
Revises: 2026_11_30_webhook_endpoints
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_logs_are_events"
down_revision = "2026_11_30_webhook_endpoints"
branch_labels = None
depends_on = None

NAME_ACTOR = """
    create function pg_temp.name_actor(actor text) returns text language sql immutable as $$
        select case when actor = 'system' then 'service:system' when actor = 'reconciler' then 'service:reconciler'
                    when actor ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' then 'key:' || actor else actor end
    $$
"""

MOVE = """
    insert into events (organization_id, created_at, type, subject_type, subject_id, actor, message, step, details,
                        position, sequence)
    select organization_id, at, type, subject_type, subject_id, pg_temp.name_actor(actor), message, step, details,
           nextval('event_positions'), sequence
    from (
        select entry.*, coalesce(kept.last, 0) + row_number() over of_subject as sequence,
               max(at) over of_subject as moment
        from (
            select id, organization_id, at, event as type, 'operation' as subject_type, operation_id as subject_id,
                   actor, message, step, details
            from operation_logs
            union all
            select id, organization_id, at, connection || '.' || event, connection, connection_id,
                   actor, message, null, null
            from (
                select connection_logs.*, case when bridges.id is not null or message like 'The bridge %'
                                               then 'bridge' else 'carrier_account' end as connection
                from connection_logs left join bridges on bridges.id = connection_id
            ) as known
        ) as entry left join event_sequences as kept using (organization_id, subject_id)
        window of_subject as (partition by entry.organization_id, subject_id order by id)
        order by moment, id
    ) as ordered
"""
"""A transaction's entries have the time of its start, so the ids decide the order within a subject."""

COUNT = """
    insert into event_sequences (organization_id, subject_id, last)
    select organization_id, subject_id, max(sequence) from events
    where sequence is not null group by organization_id, subject_id
    on conflict (organization_id, subject_id) do update set last = greatest(event_sequences.last, excluded.last)
"""

RECORD_CHANGE = """
create or replace function record_change() returns trigger language plpgsql as $$
declare
    subject constant text := tg_argv[0];
begin
    if tg_op = 'INSERT' then
        insert into events (organization_id, type, subject_type, subject_id, data)
        select coalesce(resource ->> 'organization_id', resource ->> 'id')::uuid, subject || '.created', subject,
               (resource ->> 'id')::uuid, event_data(subject, resource)
        from (select to_jsonb(added) as resource from added) as resources
        order by resource ->> 'id';
    elsif tg_op = 'DELETE' then
        insert into events (organization_id, type, subject_type, subject_id, data)
        select coalesce(resource ->> 'organization_id', resource ->> 'id')::uuid, subject || '.deleted', subject,
               (resource ->> 'id')::uuid, event_data(subject, resource)
        from (select to_jsonb(removed) as resource from removed) as resources
        order by resource ->> 'id';
    else
        insert into events (organization_id, type, subject_type, subject_id, data, changes, message)
        select coalesce(after ->> 'organization_id', after ->> 'id')::uuid, subject || '.' || change, subject,
               (after ->> 'id')::uuid, event_data(subject, after), changes, event_message(subject, change, after)
        from (
            select to_jsonb(removed) as before, to_jsonb(added) as after from removed join added using (id)
        ) as resources
        cross join lateral event_changes(subject, before, after) as changes
        cross join lateral event_change(subject, before, after) as change
        where changes is not null or change = 'probe_failed'
        order by after ->> 'id';
    end if;
    return null;
end
$$
"""
"""With an event for each failed probe, which the log of an account or bridge shows."""

STATEMENTS = (
    NAME_ACTOR,
    MOVE,
    COUNT,
    "drop table operation_logs, connection_logs",
    *(
        statement.format(table)
        for table in ("carrier_accounts", "bridges")
        for statement in (
            "alter table {} disable trigger record_update",
            "update {} set paused_by = pg_temp.name_actor(paused_by) where paused_by is not null",
            "alter table {} enable trigger record_update",
        )
    ),
    "update bulk_actions set actor = pg_temp.name_actor(actor)",
    RECORD_CHANGE,
    "alter table pruned_events enable row level security",
    "alter table pruned_events force row level security",
    "create policy one_organization on pruned_events to orderly_app using (organization_id = current_organization())",
    "create policy every_organization on pruned_events to orderly_system using (true)",
    "grant select, delete on events to orderly_retention",
    "grant select on pruned_events to orderly_app, orderly_system",
    "grant select, insert, update on pruned_events to orderly_retention",
    "create policy retention on pruned_events to orderly_retention using (true)",
    "create policy retention on events for select to orderly_retention using (true)",
    "create policy retention_of_old on events for delete to orderly_retention"
    " using (created_at < now() - interval '1 day')",
)


def upgrade() -> None:
    """Move the rows in their order, and drop the old tables."""
    op.create_table(
        "pruned_events",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_pruned_events_organizations")),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_pruned_events")),
    )
    for statement in STATEMENTS:
        op.execute(statement)
