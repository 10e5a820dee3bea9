-- Deploy hypermind:functions/plan_retention to pg
-- requires: functions/check_period
-- requires: functions/periods_between
-- requires: functions/retention_steps
-- requires: tables/period_moves
-- requires: roles/hypermind_operator

begin;

set local role hypermind_owner;

create or replace function hypermind.plan_retention(p_period date default null)
    returns table (period date, action text, run_id uuid, runs bigint, events bigint, reason text, plan bytea)
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan  -- a generic plan locks every period
as $function$
declare
    v_steps jsonb;
    v_plan  bytea;
begin
    if p_period is not null then
        perform hypermind_private.check_period(p_period);
    end if;

    for period in
        select p_period where p_period is not null
        union
        select to_date(substr(n.name, 2), 'YYYYMM')
        from hypermind_private.periods_between('00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff') as n (name)
        where p_period is null
        union
        select m.period from hypermind.period_moves as m where p_period is null
        order by 1
    loop
        select coalesce(jsonb_agg(to_jsonb(s)), '[]') into v_steps from hypermind_private.retention_steps(plan_retention.period) as s;
        v_plan := sha256(convert_to(v_steps::text, 'UTF8'));

        return query
        select plan_retention.period, s.action, s.run_id, s.runs, s.events, s.reason, v_plan
        from jsonb_to_recordset(v_steps) as s (action text, run_id uuid, runs bigint, events bigint, reason text);
    end loop;
end
$function$;

comment on function hypermind.plan_retention(date) is
$comment$What would be done to keep the ledger within its policies, and why not more: it changes nothing. Rows by month:

action: erase (a run past its maximum: 1,000 of a month at most), archive, rewrite (its archive has content that was erased since),
detach, drop, or keep.
run_id: the run that is to be erased, or that keeps the month, for each reason the first. runs, events: how many the step is about.
reason: why. plan: the digest of all that is said of the month, for apply_retention(), which does erase and detach; hypermindlabs archive
does archive and rewrite, and drop_period() drop.

p_period: one month, by its first day, UTC; NULL: all of them.

Raises MH016 (invalid argument).$comment$;

grant execute on function hypermind.plan_retention(date) to hypermind_operator;

commit;
