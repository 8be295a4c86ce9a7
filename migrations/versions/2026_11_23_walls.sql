-- Roles belong to the whole server, so another database's migration may create or grant the same ones concurrently.
do $$
declare
    wanted text;
begin
    foreach wanted in array array['orderly_app', 'orderly_system'] loop
        begin
            -- A user without the right to create roles can use existing ones.
            if not exists (select from pg_roles where rolname = wanted) then
                execute format('create role %I nologin', wanted);
            end if;
        exception when duplicate_object or unique_violation then
            null;
        end;
        begin
            execute format('grant %I to current_user', wanted);
        exception when insufficient_privilege or unique_violation or internal_error then
            null;  -- granted already, or concurrently; the next line fails otherwise
        end;
        execute format('set local role %I', wanted);
        reset role;
    end loop;
end
$$;

do $$
begin
    execute format('grant usage on schema %I to orderly_app, orderly_system', current_schema());
end
$$;

-- The log is append-only; neither role can delete audited rows.
grant select on organizations to orderly_app;
grant select, insert on operation_logs to orderly_app, orderly_system;
grant select, insert, update on
    api_keys, orders, operations, runs, effects, shipments, shipment_labels, idempotency_keys, operation_counts
    to orderly_app, orderly_system;
grant select, insert, update on organizations to orderly_system;
grant select, insert, update, delete on bridges, carrier_accounts to orderly_app, orderly_system;
grant delete on idempotency_keys to orderly_system;

-- A setting that was set and reset reads as an empty string, which must match no row and not raise an error.
create function current_organization() returns uuid language sql stable parallel safe
    return nullif(current_setting('orderly.organization_id', true), '')::uuid;

do $$
declare
    guarded text;
    owner_column text;
begin
    foreach guarded in array array[
        'organizations', 'api_keys', 'bridges', 'carrier_accounts', 'orders', 'operations', 'operation_logs', 'runs',
        'effects', 'shipments', 'shipment_labels', 'idempotency_keys', 'operation_counts'
    ] loop
        owner_column := case guarded when 'organizations' then 'id' else 'organization_id' end;
        execute format('alter table %I enable row level security', guarded);
        execute format('alter table %I force row level security', guarded);
        execute format(
            'create policy one_organization on %I to orderly_app using (%I = current_organization())',
            guarded, owner_column
        );
        execute format('create policy every_organization on %I to orderly_system using (true)', guarded);
    end loop;
end
$$;

-- The status transitions of domain/operations.py; a test compares the two.
create function refuse_operation_change() returns trigger language plpgsql as $$
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
        ('completed', 'undone'),
        ('failed', 'executing')
    ) then
        raise exception 'operation %: % can not become %', old.id, old.status, new.status
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;

create trigger refuse_change before update on operations
    for each row execute function refuse_operation_change();

-- Counters are updated in the order of their status, so that concurrent writers cannot deadlock.
create function count_operation() returns trigger language plpgsql as $$
begin
    insert into operation_counts as c (organization_id, type, status, slot, n)
    select change.organization_id, change.type, change.status, pg_backend_pid() % 16, change.n
    from (
        select new.organization_id, new.type, new.status, 1 as n where tg_op <> 'DELETE'
        union all
        select old.organization_id, old.type, old.status, -1 where tg_op <> 'INSERT'
    ) as change
    order by change.status
    on conflict (organization_id, type, status, slot) do update set n = c.n + excluded.n;
    return null;
end
$$;

create trigger count_change after insert or delete on operations
    for each row execute function count_operation();
create trigger count_status_change after update of status on operations
    for each row when (old.status <> new.status) execute function count_operation();
