-- Deploy hypermind:functions/rollup_problems to pg
-- requires: tables/rollups
-- requires: tables/rollup_pending
-- requires: tables/run_outcomes
-- requires: functions/period_start
-- requires: functions/period_name
-- requires: functions/period_state
-- requires: functions/uuidv7_time
-- requires: functions/canonical_hash

begin;

set local role hypermind_owner;

create or replace function hypermind_private.rollup_problems()
    returns table (object text, problem text)
    language sql
    stable
as $function$
    with outcomes as (
        select o.project_id, o.events, o.input_tokens, o.output_tokens, o.cost,
               (hypermind_private.period_start(hypermind.uuidv7_time(o.run_id)) at time zone 'UTC')::date as period
        from hypermind.run_outcomes as o
        where not exists (select from hypermind.rollup_pending as q where q.run_id = o.run_id)
    ),
    ended as (
        select o.project_id, o.period, count(*) as runs, sum(o.events) as events, sum(o.input_tokens) as input_tokens,
               sum(o.output_tokens) as output_tokens, sum(o.cost) as cost
        from outcomes as o
        group by o.project_id, o.period
    ),
    stored as (
        select r.project_id, r.period, r.basis, sum(r.runs) as runs, sum(r.events) as events, sum(r.input_tokens) as input_tokens,
               sum(r.output_tokens) as output_tokens, sum(r.cost) as cost,
               sum((select sum(c.durations) from unnest(r.counts) as c (durations))) as durations
        from hypermind.rollups as r
        group by r.project_id, r.period, r.basis
    ),
    expected as (
        select e.project_id, e.period, b.basis, case b.basis when 'run' then e.runs end as runs, e.events, e.input_tokens,
               e.output_tokens, e.cost, case b.basis when 'run' then e.runs end as durations
        from ended as e
        cross join (values ('run'), ('event')) as b (basis)
    )
    select format('figures of project %s by %s, period %s', project_id, basis, n.name),
           format('say %s, its ended runs %s',
                  coalesce(nullif(concat_ws(
                      ', ', s.runs || ' runs', s.events || ' events', s.input_tokens || '+' || s.output_tokens || ' tokens',
                      s.cost || ' cost', case basis when 'run' then s.durations || ' durations' end), ''), 'nothing'),
                  coalesce(nullif(concat_ws(
                      ', ', e.runs || ' runs', e.events || ' events', e.input_tokens || '+' || e.output_tokens || ' tokens',
                      e.cost || ' cost', e.durations || ' durations'), ''), 'nothing'))
    from stored as s
    full join expected as e using (project_id, period, basis)
    cross join lateral hypermind_private.period_name(period::timestamp at time zone 'UTC') as n (name)
    -- Of a period that is gone, or partly restored, the figures are all there is.
    where hypermind_private.period_state(period) = 'attached'
      and exists (select from pg_inherits as i
                  where i.inhparent = 'hypermind.run_outcomes'::regclass
                    and i.inhrelid = to_regclass('hypermind_private.run_outcomes_' || n.name))
      and ((coalesce(s.runs, 0), coalesce(s.events, 0), coalesce(s.input_tokens, 0), coalesce(s.output_tokens, 0),
            coalesce(s.cost, 0))
           is distinct from (coalesce(e.runs, 0), coalesce(e.events, 0), coalesce(e.input_tokens, 0),
                             coalesce(e.output_tokens, 0), coalesce(e.cost, 0))
           or basis = 'run' and coalesce(s.durations, 0) <> coalesce(e.durations, 0))
    union all
    select format('figures of project %s by %s on %s', r.project_id, r.basis, r.day), 'have names or durations that do not fit their key or runs'
    from hypermind.rollups as r
    where r.group_key <> hypermind_private.canonical_hash(
              jsonb_build_array(r.model, r.tool, r.agent, r.agent_version, r.status, r.event_type))
       or r.basis = 'run' and r.runs <> (select coalesce(sum(c.durations), 0) from unnest(r.counts) as c (durations))
    union all
    select format('run %s', q.run_id), 'waits for refresh_rollups(), but has not ended'
    from hypermind.rollup_pending as q
    where not exists (select from hypermind.run_outcomes as o where o.run_id = q.run_id and o.project_id = q.project_id)
$function$;

comment on function hypermind_private.rollup_problems() is
$comment$Where the stored figures are not the totals of the ended runs that they were made of; no row when they are. Compares each
project and period, for both bases. Figures of a period whose runs have been taken away stay, and are not compared.$comment$;

commit;
