-- Roles belong to the whole server, so another migration may create or grant this one concurrently.
do $$
begin
    begin
        if not exists (select from pg_roles where rolname = 'orderly_retention') then
            create role orderly_retention nologin;
        end if;
    exception when duplicate_object or unique_violation then
        null;
    end;
    begin
        grant orderly_retention to current_user;
    exception when insufficient_privilege or unique_violation or internal_error then
        null;  -- granted already, or concurrently; the next line fails otherwise
    end;
    set local role orderly_retention;
    reset role;
    execute format('grant usage on schema %I to orderly_retention', current_schema());
end
$$;

-- The log, runs and effects are deleted only together with their operation; no role can delete a row of the log alone.
alter table operation_logs drop constraint fk_operation_logs_operations;
alter table operation_logs add constraint fk_operation_logs_operations
    foreign key (organization_id, operation_id) references operations (organization_id, id) on delete cascade;
alter table runs drop constraint fk_runs_operations;
alter table runs add constraint fk_runs_operations
    foreign key (organization_id, operation_id) references operations (organization_id, id) on delete cascade;
alter table effects drop constraint fk_effects_operations;
alter table effects add constraint fk_effects_operations
    foreign key (organization_id, operation_id) references operations (organization_id, id) on delete cascade;

-- A shipment is kept when its operation is deleted, with the id of that operation.
alter table shipments drop constraint fk_shipments_operations;

-- Temporal may still have runs of pruned operations; this table shows that they were not lost.
create table pruned_operations (
    operation_id uuid not null,
    organization_id uuid not null,
    pruned_at timestamptz default now() not null,
    constraint pk_pruned_operations primary key (operation_id),
    constraint fk_pruned_operations_organizations foreign key (organization_id) references organizations (id)
);
alter table pruned_operations enable row level security;
alter table pruned_operations force row level security;
create policy one_organization on pruned_operations to orderly_app using (organization_id = current_organization());
create policy every_organization on pruned_operations to orderly_system using (true);
create policy retention on pruned_operations for insert to orderly_retention with check (true);
grant select on pruned_operations to orderly_system;
grant insert on pruned_operations to orderly_retention;

-- The policy for deletes: operations that are open, recent or need attention stay, whatever the statement says.
grant select, delete on operations to orderly_retention;
create policy retention on operations for select to orderly_retention using (true);
create policy retention_of_closed on operations for delete to orderly_retention using (
    status in ('completed', 'failed', 'cancelled', 'undone') and attention is null
    and undo_status <> 'in_progress' and updated_at < now() - interval '1 day'
);
grant select, insert, update on operation_counts to orderly_retention;
create policy retention on operation_counts to orderly_retention using (true);

create index ix_operations_organization_id_status_type_created_at_id
    on operations (organization_id, status, type, created_at, id);
