alter table carrier_accounts
    add column pause_cause text,
    add column paused_by text,
    add column paused_at timestamptz,
    add column resumed_at timestamptz,
    add column probe_at timestamptz,
    add column probes integer default 0 not null,
    add column probed_by uuid;

alter table bridges
    add column pause_cause text,
    add column paused_by text,
    add column paused_at timestamptz,
    add column resumed_at timestamptz,
    add column probe_at timestamptz,
    add column probes integer default 0 not null,
    add column probed_by uuid;

create table connection_logs (
    id bigint generated always as identity,
    organization_id uuid not null,
    connection_id uuid not null,
    at timestamptz default now() not null,
    event text not null,
    message text not null,
    actor text not null,
    constraint pk_connection_logs primary key (id),
    constraint fk_connection_logs_organizations foreign key (organization_id) references organizations (id)
);
create index ix_connection_logs_organization_id_connection_id_id on connection_logs (organization_id, connection_id, id);
alter table connection_logs enable row level security;
alter table connection_logs force row level security;
create policy one_organization on connection_logs to orderly_app using (organization_id = current_organization());
create policy every_organization on connection_logs to orderly_system using (true);
grant select, insert on connection_logs to orderly_app, orderly_system;

-- An operation that waits for a paused account or bridge may be cancelled if it has sent nothing.
create or replace function refuse_operation_change() returns trigger language plpgsql as $$
begin
    if (new.id, new.organization_id, new.type, new.input) is distinct from (old.id, old.organization_id, old.type, old.input)
        or new.order_id is distinct from old.order_id then
        raise exception 'operation %: what was asked for can not be changed', old.id using errcode = 'integrity_constraint_violation';
    end if;
    if new.status <> old.status and (old.status, new.status) not in (
        ('pending', 'executing'),
        ('pending', 'cancelled'),
        ('executing', 'completed'),
        ('executing', 'failed'),
        ('executing', 'cancelled'),
        ('completed', 'undone'),
        ('failed', 'executing')
    ) then
        raise exception 'operation %: % can not become %', old.id, old.status, new.status
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;
