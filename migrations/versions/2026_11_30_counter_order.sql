create or replace function count_operations() returns trigger language plpgsql as $$
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
