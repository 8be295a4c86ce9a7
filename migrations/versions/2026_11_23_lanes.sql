alter table runs add column lane text;
alter table runs add column waiting boolean default false not null;
update runs set lane = case kind when 'execute' then 'do:' else 'undo:' end
    || concat_ws('+', nullif(plan ->> 'carrier_account_id', ''), nullif(plan ->> 'bridge_id', ''))
from operations where operations.id = runs.operation_id;
alter table runs alter column lane set not null;
drop index ix_runs_waiting;
create index ix_runs_queued on runs (organization_id, lane, created_at) where started_at is null and closed_at is null;

alter table effects add column paced_by uuid;
create index ix_effects_paced on effects (paced_by, sent_at) where paced_by is not null;
