"""Record no event if credentials are only encrypted again with another key.

Revision ID: 2026_11_30_encrypted_again
Revises: 2026_11_30_creator
"""

from alembic import op

revision = "2026_11_30_encrypted_again"
down_revision = "2026_11_30_creator"
branch_labels = None
depends_on = None

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
        where (changes is not null or change = 'probe_failed')
          and before - 'credentials' <> after - 'credentials'
        order by after ->> 'id';
    end if;
    return null;
end
$$
"""


def upgrade() -> None:
    """Replace the function."""
    op.execute(RECORD_CHANGE)
