-- plan_retention() and apply_retention(): what would be done, why not more, and that, nothing else, is done.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/old_month.psql
select plan(40);
\set archive aaaaaaaa-0000-4000-8000-000000000001
\set archive_2 aaaaaaaa-0000-4000-8000-000000000002
\set archive_3 aaaaaaaa-0000-4000-8000-000000000003

-- A plan, a step after the other.
create function pg_temp.planned(p_period date default null) returns text language sql as $function$
    select coalesce(string_agg(concat_ws(' ', p.action, p.run_id, p.runs, p.events) || ': ' || p.reason, '; '), 'nothing')
    from hypermind.plan_retention(p_period) as p
$function$;
create function pg_temp.plan_of(p_period date) returns bytea language sql as $function$
    select p.plan from hypermind.plan_retention(p_period) as p limit 1
$function$;
create function pg_temp.applied(p_period date, p_plan bytea) returns text language sql as $function$
    select coalesce(string_agg(concat_ws(' ', a.action, a.run_id), '; '), 'nothing') from hypermind.apply_retention(p_period, p_plan) as a
$function$;
-- The last run of a project to end: of those at one moment, the first.
select least(:'run_1'::uuid, :'run_2') as first_of_a \gset

-- Step by step.
set local role oscar;
select is(pg_temp.planned(), concat_ws('; ', 'keep ' || least(:'first_of_a'::uuid, :'run_3') || ' 3 11: run '
              || least(:'first_of_a'::uuid, :'run_3') || ' is kept for good: no retention policy says how long'),
          'without a policy everything stays');
select hypermind.set_retention_policy(null, 200, null, 100, 'default') as ignored \gset
select hypermind.set_retention_policy(:'project_a', 0, null, null, 'no archive') as ignored \gset
select is(pg_temp.planned(), format('keep %1$s 3 11: run %1$s is kept until 2026-08-08 10:00 UTC, 200 days after its end; '
              'keep %2$s 3 11: run %2$s: its policy archives nothing by itself', :'run_3', :'first_of_a'),
          'a minimum that is not over, and a policy that archives nothing');
select hypermind.set_retention_policy(:'project_a', 0, null, 133, 'in a day') as ignored \gset
select is(pg_temp.planned(), format('keep %1$s 3 11: run %1$s is kept until 2026-08-08 10:00 UTC, 200 days after its end; '
              'keep %2$s 3 11: run %2$s is to be archived from 2026-06-02 10:00 UTC on, 133 days after its end', :'run_3', :'first_of_a'),
          'an archive that is not due');
select hypermind.set_retention_policy(:'project_a', 0, null, 131, 'now') as ignored \gset
select is(pg_temp.planned(), format('archive 3 11: it has not been archived; '
              'keep %1$s 3 11: run %1$s is kept until 2026-08-08 10:00 UTC, 200 days after its end', :'run_3'),
          'when it is due it is archived, and stays as long as its minimum');
select hypermind.set_retention_policy(null, 100, null, 100, 'default') as ignored \gset
select is(pg_temp.planned(), 'archive 3 11: it has not been archived', 'then it is archived');
select is(pg_temp.applied(:'month', pg_temp.plan_of(:'month')), 'nothing', 'which is not what apply_retention() does');
select hypermind.record_archive(:'archive', :'month', 's3://bucket/x', pg_temp.manifest(:'month')) as ignored \gset
select is(pg_temp.planned(), 'detach 3 11: every run is archived, and past its minimum', 'then it is detached');
select hypermind.place_hold(:'project_b', 'a dispute') as hold_id \gset
select is(pg_temp.planned(), format('keep %1$s 3 11: run %1$s is on hold: a dispute', :'run_3'), 'unless a hold is placed');
select is(pg_temp.applied(:'month', pg_temp.plan_of(:'month')), 'nothing', 'what is kept is kept');
select hypermind.release_hold(:'hold_id', 'settled') as ignored \gset
reset role;
delete from hypermind.rollup_pending;
insert into hypermind.rollup_pending values (:'run_1', :'project_a');
set local role oscar;
select is(pg_temp.planned(), format('keep %1$s 3 11: run %1$s waits for maintain(): it is not in the stored figures yet', :'run_1'),
          'figures come first');
reset role;
delete from hypermind.rollup_pending;
set local role oscar;
select is(pg_temp.planned('2026-01-01'), pg_temp.planned(), 'the plan of one month');
select is(pg_temp.planned('2026-02-01'), 'nothing', 'and of one without runs');

-- Runs past their maximum are erased where they are.
select hypermind.set_retention_policy(:'project_a', 0, 131, 131, 'no longer') as ignored \gset
select hypermind.place_hold(:'project_a', 'a dispute', :'run_2') as hold_id \gset
select is(pg_temp.planned(), format('erase %1$s 1 6: its policy keeps it for at most 131 days after its end; '
              'keep %2$s 3 11: run %2$s is on hold: a dispute', :'run_1', :'run_2'), 'what is overdue is erased, but for what is on hold');
select hypermind.release_hold(:'hold_id', 'settled') as ignored \gset
select pg_temp.plan_of(:'month') as plan \gset
select is(pg_temp.planned(), format('erase %s 1 %s: its policy keeps it for at most 131 days after its end; '
              'erase %s 1 %s: its policy keeps it for at most 131 days after its end', least(:'run_1'::uuid, :'run_2'),
              case when :'run_1'::uuid < :'run_2' then 6 else 2 end, greatest(:'run_1'::uuid, :'run_2'),
              case when :'run_1'::uuid < :'run_2' then 2 else 6 end), 'then it goes, too; the month waits for its archive');

-- What has lost all its content bit by bit is not erased once more.
create function pg_temp.erased_after(p_statement text) returns uuid[] language plpgsql as $function$
declare
    v_run_ids uuid[];
begin
    execute p_statement;
    v_run_ids := array(select p.run_id from hypermind.plan_retention('2026-01-01') as p where p.action = 'erase');
    raise exception 'undo';
exception when raise_exception then
    return v_run_ids;
end
$function$;
select is(pg_temp.erased_after(format('select hypermind.erase_payload(%L, s, ''bit by bit'') from generate_series(1, 2) as s', :'run_2')),
          array[:'run_1']::uuid[], 'what has no content left is left alone');
select is(pg_temp.erased_after(format('select hypermind.erase_payload(%L, 1, ''a bit'')', :'run_2')),
          array[least(:'run_1'::uuid, :'run_2'), greatest(:'run_1'::uuid, :'run_2')], 'what has some is not');

-- It is that plan, or none.
select pg_temp.refuses(format('select * from hypermind.apply_retention(%L, %L)', :'month', t.plan), 'MH033',
    'what is to be done with 2026-01 has changed since it was planned',
    jsonb_build_object('period', '2026-01-01', 'plan', encode(t.plan, 'hex')), 'a plan of something else is refused')
from (values (sha256('x'))) as t (plan);
select hypermind.place_hold(:'project_a', 'another dispute', :'run_2') as hold_id \gset
select is(pg_temp.refusal(format('select * from hypermind.apply_retention(%L, %L)', :'month', :'plan')) ->> 'code', 'MH033',
          'one that has changed since is, too');
reset role;
select is((select count(*) from hypermind.erasures), 0::bigint, 'and nothing is done');
set local role oscar;
select hypermind.release_hold(:'hold_id', 'settled') as ignored \gset
select is(pg_temp.applied(:'month', :'plan'), format('erase %s; erase %s', least(:'run_1'::uuid, :'run_2'), greatest(:'run_1'::uuid, :'run_2')),
          'the plan is applied');
select set_eq('select run_id, seq, reason, erased_by from hypermind.erasures',
              format('values (%L::uuid, null::bigint, %L, ''oscar''), (%L, null, %2$L, ''oscar'')', :'run_1',
                     'Retention: its policy keeps it for at most 131 days after its end', :'run_2'), 'and it is kept why');
select is(pg_temp.refusal(format('select * from hypermind.apply_retention(%L, %L)', :'month', :'plan')) ->> 'code', 'MH033', 'once');
select is(pg_temp.planned(), format('rewrite 3 11: archive %s has content of run %s that was erased since', :'archive',
              least(:'run_1'::uuid, :'run_2')), 'then the archive is written again');
select hypermind.record_archive(:'archive_2', :'month', 's3://bucket/y', pg_temp.manifest(:'month')) as ignored \gset
select is(pg_temp.applied(:'month', pg_temp.plan_of(:'month')), 'detach', 'and the month is detached');
select is(pg_temp.planned(), 'drop 3 11: it is detached: drop_period() frees its tables', 'which leaves to drop it');
select is(pg_temp.applied(:'month', pg_temp.plan_of(:'month')), 'nothing', 'by hand');
select hypermind.place_hold(:'project_b', 'a late dispute') as hold_id \gset
select is(pg_temp.planned(), format('keep %1$s 3 11: run %1$s is on hold: a late dispute', :'run_3'), 'unless a hold comes in between');
select hypermind.release_hold(:'hold_id', 'settled') as ignored \gset
select hypermind.drop_period(:'month') as ignored \gset
select is(pg_temp.planned(), 'nothing', 'then there is nothing left to do');

-- Overdue in the archive.
select hypermind.set_retention_policy(null, 0, 120, 100, 'default') as ignored \gset
select is(pg_temp.planned(), format('erase %s 1 3: its policy keeps it for at most 120 days after its end', :'run_3'),
          'a run that is overdue is erased in its archive, too');
select is(pg_temp.applied(:'month', pg_temp.plan_of(:'month')), 'erase ' || :'run_3', 'which is recorded');
select is(pg_temp.planned(), format('rewrite 3 11: archive %s has content that was erased since', :'archive_2'), 'and rewritten');
select is((select h.verdict || ' ' || h.value from hypermind.health() as h where h.check_name = 'outdated_archives'), 'warning 1',
          'health() says so');
select hypermind.record_archive(:'archive_3', :'month', 's3://bucket/z', pg_temp.manifest(:'month'), :'archive_2') as ignored \gset
select is(pg_temp.planned(), 'nothing', 'then there is nothing left to do');
reset role;
select set_eq('select archive_id, count(*) from hypermind.archive_runs group by archive_id',
              format('values (%L::uuid, 3::bigint), (%L, 3), (%L, 3)', :'archive', :'archive_2', :'archive_3'), 'a rewrite has the same runs');
select is((select array_agg(distinct s.archive_id) from hypermind.run_summaries as s), array[:'archive_3']::uuid[], 'which are away in it from now on');
set local role oscar;
select is(pg_temp.refusal(format('select hypermind.record_archive(gen_random_uuid(), %L, ''x'', %L)', :'month',
              pg_temp.manifest(:'month')::jsonb || '{"merkle_root": "00"}')) #>> '{detail, figure}', 'merkle_root', 'other runs are not taken');

-- What cannot be right; who may.
select is(pg_temp.refusal(t.call) ->> 'code', t.code, t.call)
from (values ('select hypermind.plan_retention(''2026-01-02'')', 'MH016'), ('select hypermind.apply_retention(null, sha256(''''))', 'MH016'),
             ('select hypermind.apply_retention(''2026-01-01'', null)', 'MH016')) as t (call, code);
set local role alice;
select is(pg_temp.refusal('select hypermind.plan_retention()') ->> 'code', '42501', 'plans are not for writers');

select * from finish();
rollback;
