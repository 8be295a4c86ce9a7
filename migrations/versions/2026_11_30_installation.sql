create table installation (
    id text not null,
    created_at timestamptz default now() not null,
    constraint pk_installation primary key (id)
);
insert into installation (id) values (left(replace(gen_random_uuid()::text, '-', ''), 12));
alter table installation enable row level security;
alter table installation force row level security;
create policy every_organization on installation to orderly_system using (true);
grant select, update on installation to orderly_system;

alter table runs add column task_queue text;
