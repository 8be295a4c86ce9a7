create table idempotency_keys (
    organization_id uuid not null,
    key text not null,
    fingerprint text not null,
    status integer not null,
    headers jsonb not null,
    body text not null,
    running_until timestamptz not null,
    created_at timestamptz default now() not null,
    constraint pk_idempotency_keys primary key (organization_id, key)
);
create index ix_idempotency_keys_created_at on idempotency_keys (created_at);

create table operation_counts (
    organization_id uuid not null,
    type text not null,
    status text not null,
    slot smallint not null,
    n bigint not null,
    constraint pk_operation_counts primary key (organization_id, type, status, slot)
);

create table organizations (
    id uuid not null,
    name text not null,
    created_at timestamptz default now() not null,
    constraint pk_organizations primary key (id)
);

create table api_keys (
    id uuid not null,
    organization_id uuid not null,
    name text not null,
    prefix text not null,
    secret_hash bytea not null,
    scopes text[] not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz default now() not null,
    constraint pk_api_keys primary key (id),
    constraint fk_api_keys_organizations foreign key (organization_id) references organizations (id),
    constraint uq_api_keys_secret_hash unique (secret_hash)
);
create index ix_api_keys_organization_id_created_at_id on api_keys (organization_id, created_at, id);

create table bridges (
    id uuid not null,
    organization_id uuid not null,
    channel text not null,
    name text not null,
    simulated boolean not null,
    status text not null,
    status_reason text,
    settings jsonb not null,
    credentials bytea not null,
    credential_names text[] not null,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    constraint pk_bridges primary key (id),
    constraint fk_bridges_organizations foreign key (organization_id) references organizations (id),
    constraint uq_bridges_organization_id_id unique (organization_id, id)
);
create index ix_bridges_organization_id_created_at_id on bridges (organization_id, created_at, id);

create table carrier_accounts (
    id uuid not null,
    organization_id uuid not null,
    carrier text not null,
    name text not null,
    simulated boolean not null,
    is_default boolean not null,
    status text not null,
    status_reason text,
    settings jsonb not null,
    credentials bytea not null,
    credential_names text[] not null,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    constraint pk_carrier_accounts primary key (id),
    constraint fk_carrier_accounts_organizations foreign key (organization_id) references organizations (id),
    constraint uq_carrier_accounts_organization_id_id unique (organization_id, id)
);
create index ix_carrier_accounts_organization_id_created_at_id on carrier_accounts (organization_id, created_at, id);
create unique index uq_carrier_accounts_default on carrier_accounts (organization_id, carrier) where is_default;

create table orders (
    id uuid not null,
    organization_id uuid not null,
    external_id text not null,
    order_number text,
    status text not null,
    currency text not null,
    total numeric(14, 2) not null,
    customer jsonb,
    ship_to jsonb,
    line_items jsonb not null,
    bridge_id uuid,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    constraint pk_orders primary key (id),
    constraint fk_orders_organizations foreign key (organization_id) references organizations (id),
    constraint fk_orders_bridges foreign key (organization_id, bridge_id) references bridges (organization_id, id),
    constraint uq_orders_organization_id_id unique (organization_id, id),
    constraint uq_orders_organization_id_external_id unique (organization_id, external_id)
);
create index ix_orders_organization_id_bridge_id on orders (organization_id, bridge_id) where bridge_id is not null;
create index ix_orders_organization_id_created_at_id on orders (organization_id, created_at, id);
create index ix_orders_organization_id_status_created_at_id on orders (organization_id, status, created_at, id);
create index ix_orders_organization_id_updated_at_id on orders (organization_id, updated_at, id);

create table operations (
    id uuid not null,
    organization_id uuid not null,
    type text not null,
    status text not null,
    order_id uuid,
    input jsonb not null,
    plan jsonb not null,
    output jsonb,
    error jsonb,
    attention jsonb,
    undo_status text not null,
    undo_error jsonb,
    undo_at timestamptz,
    current_run integer not null,
    executed_at timestamptz,
    completed_at timestamptz,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    constraint pk_operations primary key (id),
    constraint fk_operations_orders foreign key (organization_id, order_id) references orders (organization_id, id),
    constraint ck_operations_status
        check (status in ('pending', 'executing', 'completed', 'failed', 'cancelled', 'undone')),
    constraint ck_operations_undo_status check (undo_status in ('none', 'in_progress', 'failed', 'done')),
    constraint uq_operations_organization_id_id unique (organization_id, id)
);
create index ix_operations_attention on operations (organization_id, created_at, id) where attention is not null;
create index ix_operations_last_executed on operations (organization_id, executed_at desc nulls last, id desc);
create index ix_operations_organization_id_created_at_id on operations (organization_id, created_at, id);
create index ix_operations_organization_id_executed_at_id on operations (organization_id, executed_at, id);
create index ix_operations_organization_id_order_id_created_at_id
        on operations (organization_id, order_id, created_at, id);
create index ix_operations_organization_id_status_created_at_id
        on operations (organization_id, status, created_at, id);
create index ix_operations_organization_id_type_created_at_id on operations (organization_id, type, created_at, id);
create index ix_operations_organization_id_updated_at_id on operations (organization_id, updated_at, id);

create table effects (
    id uuid not null,
    organization_id uuid not null,
    operation_id uuid not null,
    run integer not null,
    round integer not null,
    position integer not null,
    step text not null,
    direction text not null,
    undoes uuid,
    state text not null,
    reference text not null,
    attempts integer not null,
    sent_at timestamptz,
    answered_at timestamptz,
    answer bytea,
    answer_status integer,
    answer_digest text,
    result jsonb,
    error jsonb,
    outcome text,
    compensation text,
    recovery text,
    reversed_at timestamptz,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    constraint pk_effects primary key (id),
    constraint fk_effects_operations foreign key (organization_id, operation_id)
        references operations (organization_id, id),
    constraint ck_effects_state check (state in ('prepared', 'sent', 'done', 'rejected', 'unknown')),
    constraint ck_effects_direction check (direction in ('do', 'undo')),
    constraint uq_effects_operation_id_step_direction_round unique (operation_id, step, direction, round),
    constraint uq_effects_reference unique (reference)
);
create index ix_effects_organization_id_operation_id on effects (organization_id, operation_id);

create table operation_logs (
    id bigint generated always as identity,
    organization_id uuid not null,
    operation_id uuid not null,
    at timestamptz default now() not null,
    event text not null,
    message text not null,
    actor text not null,
    step text,
    details jsonb,
    constraint pk_operation_logs primary key (id),
    constraint fk_operation_logs_operations foreign key (organization_id, operation_id)
        references operations (organization_id, id)
);
create index ix_operation_logs_organization_id_operation_id_id on operation_logs (organization_id, operation_id, id);

create table runs (
    operation_id uuid not null,
    run integer not null,
    organization_id uuid not null,
    kind text not null,
    workflow_id text not null,
    options jsonb not null,
    created_at timestamptz default now() not null,
    lease_until timestamptz default now() not null,
    started_at timestamptz,
    closed_at timestamptz,
    checked_at timestamptz,
    result text,
    constraint pk_runs primary key (operation_id, run),
    constraint fk_runs_operations foreign key (organization_id, operation_id)
        references operations (organization_id, id),
    constraint uq_runs_workflow_id unique (workflow_id)
);
create index ix_runs_open on runs (checked_at) where started_at is not null and closed_at is null;
create index ix_runs_waiting on runs (lease_until) where started_at is null and closed_at is null;

create table shipments (
    id uuid not null,
    organization_id uuid not null,
    order_id uuid,
    operation_id uuid not null,
    carrier_account_id uuid not null,
    carrier text not null,
    service text not null,
    status text not null,
    reference text not null,
    carrier_shipment_id text not null,
    tracking_number text not null,
    label_format text not null,
    cost numeric(14, 2),
    currency text,
    void_until timestamptz,
    voided_at timestamptz,
    created_at timestamptz default now() not null,
    updated_at timestamptz default now() not null,
    constraint pk_shipments primary key (id),
    constraint fk_shipments_orders foreign key (organization_id, order_id) references orders (organization_id, id),
    constraint fk_shipments_operations foreign key (organization_id, operation_id)
        references operations (organization_id, id),
    constraint fk_shipments_carrier_accounts foreign key (organization_id, carrier_account_id)
        references carrier_accounts (organization_id, id),
    constraint uq_shipments_organization_id_id unique (organization_id, id),
    constraint uq_shipments_reference unique (reference)
);
create index ix_shipments_organization_id_carrier_account_id on shipments (organization_id, carrier_account_id);
create index ix_shipments_organization_id_created_at_id on shipments (organization_id, created_at, id);
create index ix_shipments_organization_id_operation_id on shipments (organization_id, operation_id);
create index ix_shipments_organization_id_order_id_created_at_id
        on shipments (organization_id, order_id, created_at, id);
create index ix_shipments_organization_id_status_created_at_id on shipments (organization_id, status, created_at, id);
create index ix_shipments_organization_id_tracking_number on shipments (organization_id, tracking_number);

create table shipment_labels (
    shipment_id uuid not null,
    organization_id uuid not null,
    format text not null,
    document bytea not null,
    constraint pk_shipment_labels primary key (shipment_id),
    constraint fk_shipment_labels_shipments foreign key (organization_id, shipment_id)
        references shipments (organization_id, id)
);
