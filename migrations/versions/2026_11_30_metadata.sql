alter table operations add column metadata jsonb not null default '{}';
alter table orders add column metadata jsonb not null default '{}';

create table operation_metadata (
    operation_id uuid not null,
    key text not null,
    value text not null,
    organization_id uuid not null,
    created_at timestamptz not null default now(),
    constraint pk_operation_metadata primary key (operation_id, key),
    constraint fk_operation_metadata_operations foreign key (organization_id, operation_id)
        references operations (organization_id, id) on delete cascade
);
create index ix_operation_metadata_value on operation_metadata (organization_id, key, value, created_at, operation_id);
alter table operation_metadata enable row level security;
alter table operation_metadata force row level security;
create policy one_organization on operation_metadata to orderly_app using (organization_id = current_organization());
create policy every_organization on operation_metadata to orderly_system using (true);
grant select, insert, delete on operation_metadata to orderly_app, orderly_system;

create table order_metadata (
    order_id uuid not null,
    key text not null,
    value text not null,
    organization_id uuid not null,
    created_at timestamptz not null default now(),
    constraint pk_order_metadata primary key (order_id, key),
    constraint fk_order_metadata_orders foreign key (organization_id, order_id)
        references orders (organization_id, id) on delete cascade
);
create index ix_order_metadata_value on order_metadata (organization_id, key, value, created_at, order_id);
alter table order_metadata enable row level security;
alter table order_metadata force row level security;
create policy one_organization on order_metadata to orderly_app using (organization_id = current_organization());
create policy every_organization on order_metadata to orderly_system using (true);
grant select, insert, delete on order_metadata to orderly_app, orderly_system;

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
