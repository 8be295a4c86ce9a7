-- Roles belong to the whole server, so another migration may create or grant this one concurrently.
do $$
begin
    begin
        if not exists (select from pg_roles where rolname = 'orderly_erasure') then
            create role orderly_erasure nologin;
        end if;
    exception when duplicate_object or unique_violation then
        null;
    end;
    begin
        grant orderly_erasure to current_user;
    exception when insufficient_privilege or unique_violation or internal_error then
        null;  -- granted already, or concurrently; the next line fails otherwise
    end;
    set local role orderly_erasure;
    reset role;
    execute format('grant usage on schema %I to orderly_erasure', current_schema());
end
$$;

grant select on
    operations, events, effects, shipments, shipment_labels, tracking_events to orderly_erasure;
grant update (input, updated_at) on operations to orderly_erasure;
grant update (message, details) on events to orderly_erasure;
grant update (description, place) on tracking_events to orderly_erasure;
grant delete on shipment_labels to orderly_erasure;
grant select, insert, update on operation_counts to orderly_erasure;

create policy erasure on operations to orderly_erasure using (
    organization_id = current_organization() and status in ('completed', 'failed', 'cancelled', 'undone')
    and attention is null and undo_status <> 'in_progress'
);
do $$
declare
    erased text;
begin
    foreach erased in array array[
        'events', 'effects', 'shipments', 'shipment_labels', 'tracking_events', 'operation_counts'
    ] loop
        execute format(
            'create policy erasure on %I to orderly_erasure using (organization_id = current_organization())', erased
        );
    end loop;
end
$$;

create function is_kept_text(name text, content text) returns boolean language sql immutable parallel safe
return name in (
        'id', 'carrier', 'service', 'channel', 'status', 'previous_status', 'outcome', 'step', 'code', 'vendor_code',
        'type', 'direction', 'state', 'mode', 'cost', 'amount', 'price', 'total', 'currency', 'reference', 'sku',
        'tracking_number', 'carrier_shipment_id', 'fulfillment_id', 'order_number', 'external_id', 'label_format',
        'weight', 'weight_unit', 'length', 'width', 'height', 'dimension_unit', 'resolved_by', 'actor'
    )
    or (name like '%\_id' and name !~ '(tax|vat|national|passport)' and content ~ '^[A-Za-z0-9._:/+=-]{1,255}$')
    or ((name like '%\_at' or name in ('until', 'since', 'void_until')) and content ~ '^\d{4}-\d\d-\d\d[T ][0-9:.Z+-]*$');

create function erase_texts(value jsonb) returns jsonb language plpgsql immutable parallel safe as $$
begin
    return case jsonb_typeof(value)
        when 'object' then (
            select coalesce(jsonb_object_agg(
                       name, case jsonb_typeof(item) when 'string' then item else erase_texts(item) end
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

create or replace function refuse_operation_change() returns trigger language plpgsql as $$
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

create or replace function event_data(subject text, resource jsonb) returns jsonb language plpgsql stable parallel safe as $$
begin
    return jsonb_build_object('id', resource -> 'id', 'created_at', event_time(resource ->> 'created_at'))
        || case subject
        when 'order' then jsonb_build_object(
            'external_id', resource -> 'external_id', 'order_number', resource -> 'order_number',
            'status', resource -> 'status', 'currency', resource -> 'currency',
            'total', event_amount(resource ->> 'total', resource ->> 'currency'),
            'bridge_id', resource -> 'bridge_id', 'erased_at', event_time(resource ->> 'erased_at'),
            'updated_at', event_time(resource ->> 'updated_at')
        )
        when 'shipment' then jsonb_build_object(
            'order_id', resource -> 'order_id', 'operation_id', resource -> 'operation_id',
            'carrier_account_id', resource -> 'carrier_account_id', 'carrier', resource -> 'carrier',
            'shipping_carrier', resource -> 'shipping_carrier', 'service', resource -> 'service',
            'status', resource -> 'status', 'reference', resource -> 'reference',
            'carrier_shipment_id', resource -> 'carrier_shipment_id', 'tracking_number', resource -> 'tracking_number',
            'label_format', resource -> 'label_format',
            'cost', event_amount(resource ->> 'cost', resource ->> 'currency'), 'currency', resource -> 'currency',
            'void_until', event_time(resource ->> 'void_until'), 'voided_at', event_time(resource ->> 'voided_at'),
            'refund', case when resource ->> 'refund' is not null
                           then jsonb_build_object('status', resource -> 'refund') end,
            'tracking', jsonb_build_object(
                'status', resource -> 'tracking_status', 'at', event_time(resource ->> 'tracked_at'),
                'scanned_at', event_time(resource ->> 'scanned_at')
            ),
            'updated_at', event_time(resource ->> 'updated_at')
        )
        when 'carrier_account' then jsonb_build_object(
            'carrier', resource -> 'carrier', 'mode', resource -> 'mode', 'status', resource -> 'status',
            'pause', event_pause(resource), 'is_default', resource -> 'is_default',
            'updated_at', event_time(resource ->> 'updated_at')
        )
        when 'bridge' then jsonb_build_object(
            'channel', resource -> 'channel', 'mode', resource -> 'mode', 'status', resource -> 'status',
            'pause', event_pause(resource), 'updated_at', event_time(resource ->> 'updated_at')
        )
        when 'api_key' then jsonb_build_object(
            'user_id', resource -> 'membership_id', 'scopes', resource -> 'scopes',
            'expires_at', event_time(resource ->> 'expires_at'), 'revoked_at', event_time(resource ->> 'revoked_at')
        )
        when 'user' then jsonb_build_object(
            'role', resource -> 'role', 'disabled_at', event_time(resource ->> 'disabled_at'),
            'removed_at', event_time(resource ->> 'removed_at'), 'updated_at', event_time(resource ->> 'updated_at')
        )
        when 'webhook_endpoint' then jsonb_build_object(
            'event_types', resource -> 'event_types', 'enabled', resource -> 'enabled',
            'disabled_reason', resource -> 'disabled_reason', 'updated_at', event_time(resource ->> 'updated_at')
        )
        when 'organization' then jsonb_build_object(
            'settings', '{"duplicate_guard_seconds": 0}'::jsonb || (resource -> 'settings')
        )
        end;
end
$$;

create or replace function event_change(subject text, before jsonb, after jsonb) returns text
language plpgsql immutable parallel safe as $$
declare
    was constant text := before ->> 'status';
    now constant text := after ->> 'status';
begin
    return case
        when subject = 'order' and before -> 'erased_at' is distinct from after -> 'erased_at' then 'erased'
        when subject = 'order' and was <> now then 'status_changed'
        when subject = 'shipment' and was <> now then case
            when now = 'voided' and was = 'refund_pending' then 'refund_settled'
            when now in ('voided', 'refund_pending', 'refund_rejected') then now
            else 'changed' end
        when subject = 'shipment'
            and (before -> 'tracking_status', before -> 'tracked_at', before -> 'scanned_at')
                is distinct from (after -> 'tracking_status', after -> 'tracked_at', after -> 'scanned_at')
            then 'tracking_changed'
        when subject in ('carrier_account', 'bridge') then case
            when now = 'paused' and (was <> now or before -> 'paused_at' <> after -> 'paused_at') then 'paused'
            when now = 'paused' and before ->> 'probed_by' is not null and after ->> 'probed_by' is null
                then 'probe_failed'
            when now = 'active' and was <> now then 'resumed'
            when now = 'auth_failed' and was <> now then 'auth_failed'
            else 'changed' end
        when subject = 'api_key' and before ->> 'revoked_at' is null and after ->> 'revoked_at' is not null
            then 'revoked'
        when subject = 'user' and before ->> 'removed_at' is null and after ->> 'removed_at' is not null then 'removed'
        when subject = 'user' and before ->> 'disabled_at' is null and after ->> 'disabled_at' is not null
            then 'disabled'
        when subject = 'user' and before ->> 'disabled_at' is not null and after ->> 'disabled_at' is null
            then 'enabled'
        when subject = 'webhook_endpoint' and before -> 'enabled' <> after -> 'enabled'
            then case when after -> 'enabled' = 'true' then 'enabled' else 'disabled' end
        when subject = 'webhook_endpoint' and before -> 'credentials' <> after -> 'credentials' then 'secret_rotated'
        else 'changed' end;
end
$$;

create or replace function event_message(subject text, change text, resource jsonb) returns text
language sql stable parallel safe as $$
    select case subject when 'carrier_account' then 'The carrier account' when 'bridge' then 'The bridge'
                        when 'order' then 'The order' end
        || case change
               when 'paused' then ' is paused'
               when 'probe_failed' then ' is paused'
               when 'resumed' then ' is active again'
               when 'erased' then ' is erased'
               when 'auth_failed' then ' is switched off, because the vendor rejected its credentials'
           end
        || coalesce(': ' || case when change in ('resumed', 'erased') then nullif(current_setting('orderly.reason', true), '')
                                        else resource ->> 'status_reason' end, '.')
$$;
