alter table shipments add column tracking_status text default 'unknown' not null;
alter table shipments add column tracked_at timestamptz;
alter table shipments add column scanned_at timestamptz;
alter table shipments add column tracking_checked_at timestamptz;
alter table shipments add column tracking_problem text;
alter table shipments add column tracking_failures integer default 0 not null;
alter table shipments add column track_at timestamptz;
-- Requests for existing shipments are spread over the first six hours.
update shipments set track_at = now() + random() * interval '6 hours'
where status = 'label_created' and created_at > now() - interval '60 days';
alter table shipments alter column track_at set default now() + interval '1 hour';
create index ix_shipments_followed on shipments (carrier_account_id, track_at)
    where track_at is not null and status = 'label_created';

alter table carrier_accounts add column track_after timestamptz;

create table tracking_events (
    shipment_id uuid not null,
    digest text not null,
    organization_id uuid not null,
    at timestamptz,
    status text not null,
    code text not null,
    description text not null,
    seen_at timestamptz default now() not null,
    constraint pk_tracking_events primary key (shipment_id, digest),
    constraint fk_tracking_events_shipments foreign key (organization_id, shipment_id)
        references shipments (organization_id, id)
);

-- Carriers' events are never changed or deleted.
grant select, insert on tracking_events to orderly_app, orderly_system;
alter table tracking_events enable row level security;
alter table tracking_events force row level security;
create policy one_organization on tracking_events to orderly_app using (organization_id = current_organization());
create policy every_organization on tracking_events to orderly_system using (true);
