-- How the queries that must be fast are planned: one leaf for a run, few for a range of time, no sort for a page.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select plan(28);

-- The leaves are almost empty: without this the planner rightly reads them whole.
set local enable_seqscan = off;
set local enable_bitmapscan = off;

-- The plan of a query, or of an EXECUTE, as the caller gets it; and how many leaves of a table it would look into.
create function pg_temp.plan_of(p_query text) returns text language plpgsql as $function$
declare
    v_line text;
    v_plan text := '';
begin
    for v_line in execute 'explain (costs off) ' || p_query loop
        v_plan := v_plan || v_line || E'\n';
    end loop;
    return v_plan;
end
$function$;
create function pg_temp.leaves_in(p_plan text, p_table text) returns bigint language sql as $function$
    select count(distinct m.leaf) from regexp_matches(p_plan, ' on (' || p_table || '_p\d{6}) ', 'g') as m (leaf)
$function$;

select cmp_ok((select count(*) from pg_inherits as i where i.inhparent = 'hypermind.run_events'::regclass), '>=',
              13::bigint,
              'there are leaves to prune');
select format($$ select * from hypermind.run_events where run_id = %L and seq > 100 order by seq limit 50 $$,
              :'run_id') as page,
       format($$ select * from hypermind.runs where run_id = %L $$, :'run_id') as run,
       format($$ select * from hypermind.run_events where run_id = %L and event_id = gen_random_uuid() $$,
              :'run_id') as retry,
       format($$ select * from hypermind.run_state_snapshots where run_id = %L and seq <= 100 order by seq desc
              limit 1 $$, :'run_id') as snapshot,
       format($$ select * from hypermind.run_summaries where project_id = %L order by run_id desc limit 20 $$,
              :'project_a') as newest,
       format($$ select * from hypermind.run_summaries where parent_run_id = %L $$, :'run_id') as children,
       format($$ select * from hypermind.runs
                 where run_id >= hypermind.uuidv7_floor('%1$s')
                 and run_id < hypermind.uuidv7_floor('%1$s'::timestamptz + interval '1 day') $$,
              date_trunc('month', now(), 'UTC') + interval '40 days') as day,
       format($$ select * from hypermind.runs
                 where run_id >= hypermind.uuidv7_floor('%s') and run_id < hypermind.uuidv7_floor('%s') $$,
              date_trunc('month', now(), 'UTC'), (date_trunc('month',
                                                             now() at time zone 'UTC') + interval '2 '
                                                                 'months') at time zone 'UTC') as two_months
\gset

-- The same for a person, whose reads pass row-level security, and for a function of the owner's.
create function pg_temp.pages_of(p_who text, p_page text, p_run text, p_retry text, p_snapshot text) returns setof text
    language plpgsql as $function$
declare
    v_plan text;
begin
    perform set_config('role', p_who, true);
    v_plan := pg_temp.plan_of(p_page);
    return next is(pg_temp.leaves_in(v_plan, 'run_events'), 1::bigint,
                   p_who || ': a page of a run''s timeline looks into one leaf');
    return next ok(v_plan ~ 'Index Scan using run_events_p\d+_pkey'
                   and v_plan ~ 'Index Cond: \(\(run_id = [^)]+\) AND \(seq > ',
                   p_who || ': it starts at its first event by the primary key');
    return next unalike(v_plan, '%Sort%', p_who || ': it needs no sort');
    v_plan := pg_temp.plan_of(p_run);
    return next is(pg_temp.leaves_in(v_plan, 'runs'), 1::bigint, p_who || ': a run is looked up in one leaf');
    return next ok(v_plan ~ 'Index Cond: .*\mrun_id = ', p_who || ': by its id');
    v_plan := pg_temp.plan_of(p_retry);
    return next is(pg_temp.leaves_in(v_plan, 'run_events'), 1::bigint,
                   p_who || ': an event_id is looked up in one leaf');
    return next ok(v_plan ~ 'using run_events_p\d+_run_id_event_id_idx', p_who || ': by the index of event_ids');
    v_plan := pg_temp.plan_of(p_snapshot);
    return next is(pg_temp.leaves_in(v_plan, 'run_state_snapshots'), 1::bigint,
                   p_who || ': the nearest snapshot is looked up in one leaf');
    return next ok(v_plan ~ 'Index Scan Backward using run_state_snapshots_p\d+_pkey' and v_plan !~ 'Sort',
                   p_who || ': by the primary key, backwards');
    perform set_config('role', 'none', true);
end
$function$;
select pg_temp.pages_of(w.who, :'page', :'run', :'retry', :'snapshot') from unnest('{hypermind_owner, alice}'::text[])
    as w (who);

-- A range of time is a range of run ids.
set local role alice;
select pg_temp.plan_of(:'day') as plan \gset
select is(pg_temp.leaves_in(:'plan', 'runs'), 1::bigint, 'the runs of a day are in one leaf');
select ok(:'plan' ~ 'Index Cond: .*\(run_id >= [^)]+\) AND \(run_id < ', 'and are found by their ids');
select is(pg_temp.leaves_in(pg_temp.plan_of(:'two_months'), 'runs'), 2::bigint,
          'the runs of two months are in two leaves, to the day');
select matches(
    pg_temp.plan_of(
        'select * from hypermind.runs where run_id >= hypermind.uuidv7_floor(now() - interval ''1 hour'') '
        'and run_id < hypermind.uuidv7_floor(now() + interval ''1 hour'')'),
    'Subplans Removed: \d+', 'a range that is known only when the query starts is pruned then');

-- Lists, of more than a few runs.
reset role;
insert into hypermind.run_summaries (run_id, project_id, mode, owner, tags, status, created_at, parent_run_id, words)
select gen_random_uuid(), :'project_a', 'chat', 'owner-' || n % 7, '{}', 'queued', now(), gen_random_uuid(), '{}'
from generate_series(1, 3000) as n;
analyze hypermind.run_summaries;
set local role alice;
select pg_temp.plan_of(:'newest') as plan \gset
select ok(:'plan' ~ 'using run_summaries_project_id_run_id_idx' and :'plan' !~ 'Sort',
          'the newest runs of a project come from an index, without a sort');
select ok(pg_temp.plan_of(:'children') ~ 'using run_summaries_parent_run_id_run_id_idx',
          'the children of a run come from an index');

-- Policies find the reader's projects once, not row by row.
select ok(pg_temp.plan_of(:'page') ~ 'InitPlan' and pg_temp.plan_of(:'page') !~ 'SubPlan',
          'the projects of a reader are found once for a query');
reset role;

-- The write path's own statement: one row by its key, of a table without partitions.
select matches(pg_temp.plan_of(format('update hypermind.run_heads set last_seq = last_seq + 1 where run_id = %L',
                                      :'run_id')),
               'Index Scan using run_heads_pkey', 'a head is found by its key');
set local plan_cache_mode = force_generic_plan;
prepare by_run (uuid) as select * from hypermind.run_events where run_id = $1 order by seq;
select matches(pg_temp.plan_of(format('execute by_run(%L)', :'run_id')), 'Subplans Removed: \d+',
               'a generic plan is pruned when it starts');

select * from finish();
rollback;
