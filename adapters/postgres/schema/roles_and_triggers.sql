-- The parts of the schema that SQLModel can't declare: roles, grants, functions, triggers and row-level security.
-- Runs once, after the tables are created. Migrations produce the same state; a test compares the two.

create role orderly_app nologin;
create role orderly_system nologin;
create role orderly_retention nologin;
create role orderly_erasure nologin;
grant usage on schema public to orderly_app, orderly_system, orderly_retention, orderly_erasure;
create sequence event_positions;

-- Events and tracking events are append-only, and only retention deletes operations and events.
grant select, update on installation to orderly_system;
grant select, insert on events to orderly_app, orderly_system;
grant update (position, sequence) on events to orderly_system;
grant select on event_sequences to orderly_app;
grant select, insert, update on event_sequences to orderly_system;
grant usage on sequence event_positions to orderly_system;
grant select, update (settings) on organizations to orderly_app;
grant select, insert, update on organizations to orderly_system;
grant select, insert on tracking_events, shipment_uses to orderly_app, orderly_system;
grant select, insert, update on
    api_keys, orders, operations, runs, effects, shipments, shipment_documents, shipment_parcels, idempotency_keys,
    operation_counts, bulk_actions, bulk_items
    to orderly_app, orderly_system;
grant select, insert, update, delete on bridges, carrier_accounts to orderly_app, orderly_system;
grant select, insert, update on memberships to orderly_app, orderly_system;
grant select on users to orderly_app;
grant select, insert on users to orderly_system;
grant select, insert, update, delete on webhook_endpoints to orderly_app, orderly_system;
grant select, insert, update on webhook_progress, webhook_deliveries to orderly_app, orderly_system;
grant select on webhook_attempts to orderly_app;
grant select, insert on webhook_attempts to orderly_system;
grant delete on webhook_deliveries to orderly_system;
grant select on workers to orderly_app;
grant select, insert, update, delete on workers to orderly_system;
grant delete on idempotency_keys, bulk_actions to orderly_system;
grant select, insert, delete on order_status_changes to orderly_app, orderly_system;
grant select, insert, delete on operation_metadata, order_metadata to orderly_app, orderly_system;
grant select on pruned_operations to orderly_system;
grant insert on pruned_operations to orderly_retention;
grant select, delete on operations, events to orderly_retention;
grant select on pruned_events to orderly_app, orderly_system;
grant select, insert, update on pruned_events to orderly_retention;
grant select, insert, update on operation_counts to orderly_retention;

-- The erasure of an order changes columns that no other role may change, and only texts in them.
grant select on
    operations, events, effects, shipments, shipment_documents, tracking_events, webhook_deliveries, webhook_attempts
    to orderly_erasure;
grant update (input, updated_at) on operations to orderly_erasure;
grant update (message, details) on events to orderly_erasure;
grant update (description, place) on tracking_events to orderly_erasure;
grant update (last_answer) on webhook_deliveries to orderly_erasure;
grant update (answer) on webhook_attempts to orderly_erasure;
grant delete on shipment_documents to orderly_erasure;
grant select, insert, update on operation_counts to orderly_erasure;

-- After a reset the setting is the empty string: it must match no row and raise no error.
create function current_organization() returns uuid language sql stable parallel safe
    return nullif(current_setting('orderly.organization_id', true), '')::uuid;

-- Row-level security on every table: `orderly_app` sees one organization, all workers and no installation, and
-- `orderly_system` sees all. A user is visible to the organizations of its memberships.
do $$
declare
    guarded text;
begin
    for guarded in select tablename from pg_tables where schemaname = 'public' loop
        execute format('alter table %I enable row level security', guarded);
        execute format('alter table %I force row level security', guarded);
        if guarded not in ('installation', 'users', 'workers') then
            execute format(
                'create policy one_organization on %I to orderly_app using (%I = current_organization())',
                guarded, case guarded when 'organizations' then 'id' else 'organization_id' end
            );
        end if;
        execute format('create policy every_organization on %I to orderly_system using (true)', guarded);
    end loop;
end
$$;

create policy members on users for select to orderly_app using (
    exists (select from memberships where user_id = users.id and organization_id = current_organization())
);
create policy living_workers on workers for select to orderly_app using (true);
create policy retention on pruned_operations for insert to orderly_retention with check (true);
create policy retention on operation_counts to orderly_retention using (true);
create policy retention on pruned_events to orderly_retention using (true);
create policy retention on events for select to orderly_retention using (true);
create policy retention_of_old on events for delete to orderly_retention using (created_at < now() - interval '1 day');
create policy retention on operations for select to orderly_retention using (true);
create policy retention_of_closed on operations for delete to orderly_retention using (
    status in ('completed', 'failed', 'cancelled', 'undone') and attention is null
    and undo_status <> 'in_progress' and updated_at < now() - interval '1 day'
);

-- The erasure reaches one organization, and no operation that is open or needs a person.
create policy erasure on operations to orderly_erasure using (
    organization_id = current_organization() and status in ('completed', 'failed', 'cancelled', 'undone')
    and attention is null and undo_status <> 'in_progress'
);
do $$
declare
    erased text;
begin
    foreach erased in array array[
        'events', 'effects', 'shipments', 'shipment_documents', 'tracking_events', 'operation_counts',
        'webhook_deliveries', 'webhook_attempts'
    ] loop
        execute format(
            'create policy erasure on %I to orderly_erasure using (organization_id = current_organization())', erased
        );
    end loop;
end
$$;

-- Whether the erasure keeps a text in JSON: ids, codes, times, amounts and measures.
create function is_kept_text(name text, content text) returns boolean language sql immutable parallel safe
return name in (
        'id', 'carrier', 'service', 'channel', 'status', 'previous_status', 'outcome', 'step', 'code', 'vendor_code',
        'type', 'direction', 'state', 'mode', 'cost', 'amount', 'price', 'total', 'currency', 'reference', 'sku',
        'tracking_number', 'carrier_shipment_id', 'fulfillment_id', 'order_number', 'external_id', 'label_format',
        'weight', 'weight_unit', 'length', 'width', 'height', 'dimension_unit', 'resolved_by', 'actor'
    )
    or (name like '%\_id' and name !~ '(tax|vat|national|passport)' and content ~ '^[A-Za-z0-9._:/+=-]{1,255}$')
    or ((name like '%\_at' or name in ('until', 'since', 'void_until')) and content ~ '^\d{4}-\d\d-\d\d[T ][0-9:.Z+-]*$');

-- JSON without its texts, except those that the erasure keeps. Numbers and booleans stay.
create function erase_texts(value jsonb) returns jsonb language plpgsql immutable parallel safe as $$
begin
    return case jsonb_typeof(value)
        when 'object' then (
            select coalesce(jsonb_object_agg(
                       name, case when jsonb_typeof(item) = 'string' or name = 'tracking_numbers' then item
                             else erase_texts(item) end
                   ), '{}')
            from jsonb_each(value) as members (name, item)
            where jsonb_typeof(item) <> 'string' or is_kept_text(name, item #>> '{}')
        )
        when 'array' then (
            select coalesce(jsonb_agg(erase_texts(item)), '[]') from jsonb_array_elements(value) as items (item)
            where jsonb_typeof(item) <> 'string'
        )
        else value end;
end
$$;

create function erase_answer(body text) returns text language sql immutable parallel safe
return jsonb_set_lax(
    jsonb_set_lax(body::jsonb, '{data}', erase_texts(body::jsonb -> 'data'), false),
    '{error,details}', erase_texts(body::jsonb #> '{error,details}'), false
)::text;

-- The transition table of domain/operations.py; a test compares the two.
create function refuse_operation_change() returns trigger language plpgsql as $$
begin
    if (new.id, new.organization_id, new.type) is distinct from (old.id, old.organization_id, old.type)
        or new.order_id is distinct from old.order_id
        or new.input is distinct from old.input and current_user <> 'orderly_erasure' then
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

create trigger refuse_change before update on operations
    for each row execute function refuse_operation_change();

-- Runs once per statement. Sorted inserts lock the counters in one order, so that two writers never deadlock.
-- `pending` precedes `executing`: a transaction may create operations with one statement and start them with the next.
create function count_operations() returns trigger language plpgsql as $$
declare
    changes operation_counts[];
begin
    if tg_op = 'INSERT' then
        changes := array(
            select (organization_id, type, status, 0, count(*))::operation_counts
            from added group by organization_id, type, status
        );
    elsif tg_op = 'DELETE' then
        changes := array(
            select (organization_id, type, status, 0, -count(*))::operation_counts
            from removed group by organization_id, type, status
        );
    else
        changes := array(
            select (organization_id, type, status, 0, sum(change.n))::operation_counts
            from (
                select organization_id, type, status, 1 as n from added
                union all
                select organization_id, type, status, -1 from removed
            ) as change
            group by organization_id, type, status having sum(change.n) <> 0
        );
    end if;
    insert into operation_counts as c (organization_id, type, status, slot, n)
    select change.organization_id, change.type, change.status, pg_backend_pid() % 16, change.n
    from unnest(changes) as change
    order by change.organization_id, change.type, change.status desc
    on conflict (organization_id, type, status, slot) do update set n = c.n + excluded.n;
    return null;
end
$$;

create trigger count_insert after insert on operations
    referencing new table as added
    for each statement execute function count_operations();
create trigger count_update after update on operations
    referencing old table as removed new table as added
    for each statement execute function count_operations();
create trigger count_delete after delete on operations
    referencing old table as removed
    for each statement execute function count_operations();

-- Gives committed events their position and their number within the subject; returns how many.
-- An event whose transaction is open is invisible here and gets a later position, so a reader that follows the positions
-- never passes it. The lock makes concurrent calls wait for each other until their commits.
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
$$;

-- Copies metadata into rows that an index can find.
create function index_metadata() returns trigger language plpgsql as $$
begin
    if tg_table_name = 'operations' then
        delete from operation_metadata where operation_id = new.id;
        insert into operation_metadata (operation_id, key, value, organization_id, created_at)
        select new.id, key, value, new.organization_id, new.created_at from jsonb_each_text(new.metadata);
    else
        delete from order_metadata where order_id = new.id;
        insert into order_metadata (order_id, key, value, organization_id, created_at)
        select new.id, key, value, new.organization_id, new.created_at from jsonb_each_text(new.metadata);
    end if;
    return null;
end
$$;

create trigger index_new_metadata after insert on operations
    for each row when (new.metadata <> '{}') execute function index_metadata();
create trigger index_changed_metadata after update of metadata on operations
    for each row when (new.metadata <> old.metadata) execute function index_metadata();
create trigger index_new_metadata after insert on orders
    for each row when (new.metadata <> '{}') execute function index_metadata();
create trigger index_changed_metadata after update of metadata on orders
    for each row when (new.metadata <> old.metadata) execute function index_metadata();
