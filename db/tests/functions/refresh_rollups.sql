-- hypermind.refresh_rollups(): what has ended is counted once, and only what has changed is touched.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/rich_run.psql
select plan(33);

-- The queue.
select results_eq('select run_id, project_id from hypermind.rollup_pending',
                  format('select %L::uuid, %L::uuid', :'ended_run', :'project_a'), 'a run waits from its end on');
select is_empty('select * from hypermind.rollups', 'nothing is counted when a run ends');
set local role carol;
select is((select count(*) from hypermind.rollup_pending), 1::bigint, 'a reader of the project sees what waits');
set local role bob;
select is((select count(*) from hypermind.rollup_pending), 0::bigint, 'nobody else');
set local role oscar;
select is(hypermind.refresh_rollups(), 1::bigint, 'a refresh returns how many runs it took');
select is(hypermind.refresh_rollups(), 0::bigint, 'and takes each once');
reset role;
select is_empty('select * from hypermind.rollup_pending', 'nothing waits');
select results_eq(
    $$ select basis, model, tool, agent, agent_version, status, event_type, runs, events, input_tokens, output_tokens, cost,
              cardinality(buckets), counts
       from hypermind.rollups order by basis desc, event_type $$,
    $$ values ('run', null, null, null, null::integer, 'completed', null, 1::bigint, 4::bigint, 5::bigint, 7::bigint, 0.5,
               1, '{1}'::integer[]),
              ('event', null, null, null, null, null, 'message.added', null, 1, 5, 7, 0.5, 0, '{}'),
              ('event', null, null, null, null, null, 'run.completed', null, 1, 0, 0, 0, 0, '{}'),
              ('event', null, null, null, null, null, 'run.created', null, 1, 0, 0, 0, 0, '{}'),
              ('event', null, null, null, null, null, 'run.started', null, 1, 0, 0, 0, 0, '{}') $$,
    'the figures of the run are stored, a row for what can be told apart');
select is((select array_agg(distinct to_char(period, 'YYYYMM')) from hypermind.rollups),
          array[to_char(now() at time zone 'UTC', 'YYYYMM')], 'with the period that keeps the run');
set local role carol;
select is((select count(*) from hypermind.rollups), 5::bigint, 'a reader of the project sees them');
set local role bob;
select is((select count(*) from hypermind.rollups), 0::bigint, 'nobody else');

-- More of the same: counts and buckets add up, NULL being equal to NULL.
set local role alice;
select hypermind.create_run(:'project_a', 'chat') as next_run \gset
select hypermind.transition_run(:'next_run', 'running') as ignored \gset
select hypermind.transition_run(:'next_run', 'completed') as ignored \gset
select hypermind.transition_run(:'run_id', 'failed') as ignored \gset
select hypermind.transition_run(:'fork', 'cancelled') as ignored \gset
set local role oscar;
select is(hypermind.refresh_rollups(2), 2::bigint, 'p_limit runs are the most');
select is(hypermind.refresh_rollups(2), 1::bigint, 'the rest comes next');
reset role;
select results_eq(
    $$ select status, runs, events, (select sum(n) from unnest(counts) as u (n)) from hypermind.rollups where basis = 'run'
       order by status $$,
    $$ values ('cancelled', 1::bigint, 2::bigint, 1::bigint), ('completed', 2, 7, 2), ('failed', 1, 8, 1) $$,
    'figures of the same kind are added up');
select is((select events from hypermind.rollups where event_type = 'run.created'), 4::bigint, 'those of events, too');
select is((select cost from hypermind.rollups where event_type = 'model.responded'), 0.0125, 'costs are exact');
create temp table before as select r.group_key, r.ctid as place from hypermind.rollups as r;
set local role alice;
select hypermind.create_run(:'project_a', 'chat') as cancelled_run \gset
select hypermind.transition_run(:'cancelled_run', 'cancelled') as ignored \gset
set local role oscar;
select hypermind.refresh_rollups() as ignored \gset
reset role;
select set_eq($$ select coalesce(r.event_type, r.status) from hypermind.rollups as r left join before as b using (group_key)
                 where r.ctid is distinct from b.place $$,
              '{cancelled, run.created, run.cancelled}'::text[], 'a refresh writes the rows that have something new');
select is((select bool_and(r.buckets = (select array_agg(distinct b order by b) from unnest(r.buckets) as u (b))
                           and cardinality(r.buckets) = cardinality(r.counts)) from hypermind.rollups as r), true,
          'each bucket stands once, in order');
set local role audrey;
select is_empty('select * from hypermind.check_integrity()', 'they are the totals of the runs');

-- What disagrees is found; and an own rule for periods whose runs are gone.
reset role;
create function pg_temp.problems(p_damage text) returns text[] language plpgsql as $function$
declare
    v_problems text[];
begin
    begin
        execute p_damage;
        select array_agg(regexp_replace(p.object, '[0-9a-f-]{36}', 'ID') || ': ' || p.problem order by p.object, p.problem)
        into v_problems from hypermind_private.rollup_problems() as p;
        raise sqlstate 'ZZZZZ';
    exception when sqlstate 'ZZZZZ' then
        return v_problems;
    end;
end
$function$;
select to_char(now() at time zone 'UTC', '"p"YYYYMM') as leaf \gset
select is(pg_temp.problems('update hypermind.rollups set events = events + 1 where event_type = ''run.created'''),
          array[format('figures of project ID by event, period %s: say 20 events, 125+37 tokens, 0.5125 cost, its ended runs '
                       '19 events, 125+37 tokens, 0.5125 cost', :'leaf')], 'an event too many');
select is(pg_temp.problems('update hypermind.rollups set runs = 0 where status = ''failed'''),
          array[format('figures of project ID by run on %s: have names or durations that do not fit their key or runs',
                       (now() at time zone 'UTC')::date),
                format('figures of project ID by run, period %s: say 4 runs, 19 events, 125+37 tokens, 0.5125 cost, 5 durations, '
                       'its ended runs 5 runs, 19 events, 125+37 tokens, 0.5125 cost, 5 durations', :'leaf')],
          'a run too few');
select is(cardinality(pg_temp.problems('update hypermind.rollups set cost = cost + 0.0001 where model is not null')), 1,
          'a cost that was changed');
select is(cardinality(pg_temp.problems('update hypermind.rollups set counts[1] = 5 where status = ''failed''')), 2,
          'durations that were changed');
select is(pg_temp.problems('update hypermind.rollups set model = ''x'' where status = ''failed'''),
          array[format('figures of project ID by run on %s: have names or durations that do not fit their key or runs',
                       (now() at time zone 'UTC')::date)], 'a name that was changed');
select is(cardinality(pg_temp.problems(
              format('insert into hypermind.rollup_pending values (%L, %L)', :'next_run', :'project_a'))), 2,
          'a run that was counted and waits');
select is(pg_temp.problems(format('insert into hypermind.rollup_pending values (%L, %L)', :'unknown_run', :'project_a')),
          '{run ID: waits for refresh_rollups()\, but has not ended}', 'one that waits and has not ended');
select is(pg_temp.problems(format('alter table hypermind.run_outcomes detach partition hypermind_private.run_outcomes_%s',
                                  :'leaf')), null, 'figures of a period that was taken away stay, and are nobody''s error');

-- Figures are kept.
select is(pg_temp.refusal(t.statement) ->> 'code', 'MH004', t.what)
from (values ('delete from hypermind.rollups', 'figures are not deleted'), ('truncate hypermind.rollups', 'nor truncated'),
             ('truncate hypermind.rollup_pending', 'and the queue is not emptied')) as t (statement, what);

-- Bad arguments.
set local role oscar;
select pg_temp.refuses(format('select hypermind.refresh_rollups(%s)', t.n), 'MH016',
                       format('p_limit is %s: it must be a number of runs from 1 to 100000', t.n), '{"argument": "p_limit"}',
                       format('a limit of %s is refused', t.n))
from (values ('0'), ('100001'), ('null')) as t (n);

select * from finish();
rollback;
