-- Deploy hypermind:functions/run_checks to pg
-- requires: tables/run_heads
-- requires: tables/rollup_pending
-- requires: functions/uuidv7_time
-- requires: functions/clock

begin;

set local role hypermind_owner;

create or replace function hypermind_private.run_checks()
    returns table (check_name text, verdict text, value numeric, unit text, meaning text, hint text)
    language sql
    volatile
as $function$
    select 'oldest_open_run', case when o.days >= 31 then 'warning' else 'ok' end, o.days, 'days',
           'Since the oldest run that has not ended began. A month is closed when all its runs have ended.',
           'End the runs that nobody goes on with: hypermind.list_runs(p_status => ''paused''), and running, and queued.'
    from (
        select coalesce(round(extract(epoch from hypermind_private.clock() - hypermind.uuidv7_time(
                   (select h.run_id from hypermind.run_heads as h order by h.run_id limit 1))) / 86400, 1), 0) as days
    ) as o
    union all
    select 'expired_claims', case when c.runs >= 100 then 'critical' when c.runs >= 1 then 'warning' else 'ok' end, c.runs, 'runs',
           'Queued and running runs whose claim ended more than two hours ago.',
           'hypermind.maintain() ends them after an hour. Does it run? What does hypermind.maintenance_steps say?'
    from (
        select count(*) as runs
        from hypermind.run_heads as h
        where h.status in ('queued', 'running') and h.claim_expires_at < hypermind_private.clock() - interval '2 hours'
    ) as c
    union all
    select 'uncounted_runs', case when r.runs >= 100000 then 'critical' when r.runs >= 10000 then 'warning' else 'ok' end,
           r.runs, 'runs',
           'Ended runs that are not in the stored figures yet, counted up to 100000. rollup() reads each of them.',
           'Call hypermind.maintain() until nothing remains, and then on a schedule.'
    from (select count(*) as runs from (select from hypermind.rollup_pending limit 100000) as q) as r
$function$;

comment on function hypermind_private.run_checks() is
$comment$Checks of runs that are open or wait to be counted, for health().$comment$;

commit;
