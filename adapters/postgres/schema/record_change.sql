-- The events of resources: a trigger inserts them, so that no change is without its event.
-- Runs once, after roles_and_triggers.sql. Migrations produce the same state; a test compares the two.
-- A resource is a row as jsonb. domain/events.py describes the types and the fields, and tests compare them with these.

-- A time and an amount in the form of the API.
create function event_time(moment text) returns text language sql stable parallel safe as $$
    select replace(to_char(moment::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '.000000', '')
$$;

create function event_amount(amount text, currency text) returns text language sql immutable parallel safe as $$
    select case when trim_scale(amount::numeric) = round(amount::numeric, decimals)
                then round(amount::numeric, decimals)::text else trim_scale(amount::numeric)::text end
    from (
        select case
            when currency in ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI',
                              'VND', 'VUV', 'XAF', 'XOF', 'XPF') then 0
            when currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
            when currency in ('CLF', 'UYW') then 4
            else 2 end as decimals
    ) as currencies
$$;

create function event_pause(resource jsonb) returns jsonb language sql stable parallel safe as $$
    select case when resource ->> 'status' = 'paused' then jsonb_build_object(
        'cause', coalesce(resource ->> 'pause_cause', 'person'), 'actor', resource ->> 'paused_by',
        'since', event_time(coalesce(resource ->> 'paused_at', resource ->> 'updated_at'))
    ) end
$$;

-- The fields of a resource that events show: no personal data, no secret, no text that a person or vendor wrote.
create function event_data(subject text, resource jsonb) returns jsonb language plpgsql stable parallel safe as $$
begin
    return jsonb_build_object('id', resource -> 'id', 'created_at', event_time(resource ->> 'created_at'))
        || case subject
        when 'order' then jsonb_build_object(
            'external_id', resource -> 'external_id', 'order_number', resource -> 'order_number',
            'mode', resource -> 'mode', 'status', resource -> 'status', 'currency', resource -> 'currency',
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

-- The fields of which events show only that they changed.
create function event_hidden(subject text, resource jsonb) returns jsonb language plpgsql immutable parallel safe as $$
begin
    return case subject
        when 'order' then jsonb_build_object(
            'customer', resource -> 'customer', 'ship_to', resource -> 'ship_to',
            'line_items', resource -> 'line_items', 'metadata', resource -> 'metadata',
            'remaining', resource -> 'fulfilled'
        )
        when 'shipment' then jsonb_build_object('sent', resource -> 'sent', 'cost_parts', resource -> 'cost_parts')
        when 'user' then jsonb_build_object('name', resource -> 'name')
        when 'api_key' then jsonb_build_object('name', resource -> 'name')
        when 'organization' then jsonb_build_object('name', resource -> 'name')
        when 'webhook_endpoint' then jsonb_build_object(
            'url', resource -> 'url', 'description', resource -> 'description', 'secret', resource -> 'credentials'
        )
        else jsonb_build_object(
            'name', resource -> 'name', 'status_reason', resource -> 'status_reason',
            'settings', resource -> 'settings',
            'credentials', jsonb_build_array(resource -> 'credentials', resource -> 'credential_names')
        )
        end;
end
$$;

-- What changed between two states of a resource; null if nothing that an event shows.
create function event_changes(subject text, before jsonb, after jsonb) returns jsonb
language plpgsql stable parallel safe as $$
declare
    old_data constant jsonb := event_data(subject, before);
    old_hidden constant jsonb := event_hidden(subject, before);
begin
    return (
        select jsonb_agg(change order by field)
        from (
            select key as field, jsonb_build_object('field', key, 'before', old_data -> key, 'after', value) as change
            from jsonb_each(event_data(subject, after))
            where key <> 'updated_at' and value is distinct from old_data -> key
            union all
            select key, jsonb_build_object('field', key)
            from jsonb_each(event_hidden(subject, after))
            where value is distinct from old_hidden -> key
        ) as fields
    );
end
$$;

-- The type of a change, without the subject.
create function event_change(subject text, before jsonb, after jsonb) returns text
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

-- The line in the log of an account or bridge, and the reason for an erasure. A statement that resumes or erases leaves
-- the reason in a setting, because the resource has none.
create function event_message(subject text, change text, resource jsonb) returns text
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

-- Inserts an event for each changed resource of a statement. An organization belongs to itself.
-- If only the encrypted credentials differ, they were encrypted again with another key, which is no change.
create function record_change() returns trigger language plpgsql as $$
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
$$;

do $$
declare
    subject text;
    resources text;
begin
    for subject, resources in values
        ('order', 'orders'), ('shipment', 'shipments'), ('carrier_account', 'carrier_accounts'), ('bridge', 'bridges'),
        ('api_key', 'api_keys'), ('user', 'memberships'), ('organization', 'organizations'),
        ('webhook_endpoint', 'webhook_endpoints')
    loop
        execute format(
            'create trigger record_insert after insert on %I referencing new table as added'
            ' for each statement execute function record_change(%L)', resources, subject
        );
        execute format(
            'create trigger record_update after update on %I referencing old table as removed new table as added'
            ' for each statement execute function record_change(%L)', resources, subject
        );
        execute format(
            'create trigger record_delete after delete on %I referencing old table as removed'
            ' for each statement execute function record_change(%L)', resources, subject
        );
    end loop;
end
$$;
