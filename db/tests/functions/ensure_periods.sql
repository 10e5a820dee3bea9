-- hypermind.ensure_periods(), and the periods that create_run() makes by itself.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/two_projects.psql
select plan(33);

create function pg_temp.periods() returns text[] language sql as $function$
    select array_agg(substring(c.relname from 'p\d+$') order by c.relname)
    from pg_inherits as i join pg_class as c on c.oid = i.inhrelid
    where i.inhparent = 'hypermind.runs'::regclass
$function$;
create function pg_temp.period_of(p_at timestamptz) returns text language sql as $function$
    select to_char(p_at at time zone 'UTC', '"p"YYYYMM')
$function$;

-- Deploying made this month and twelve more.
select cmp_ok(cardinality(pg_temp.periods()), '>=', 13, 'there are periods from the start');

-- A month far from now: nothing is there yet.
select pg_temp.set_clock('2040-12-31 23:59:59.999+00') as ignored \gset
set local role oscar;
select is(hypermind.ensure_periods(0), 1, 'with 0 ahead it makes the month of now');
select is(hypermind.ensure_periods(0), 0, 'and nothing the second time');
select is(hypermind.ensure_periods(2), 2, 'with 2 ahead it makes the two that are missing');
select is(hypermind.ensure_periods(2), 0, 'and nothing the second time, either');
reset role;
select is((select array_agg(p) from unnest(pg_temp.periods()) as p where p >= 'p2040'), '{p204012,p204101,p204102}',
          'periods follow each other over the end of a year');
select is(
    (select array_agg(c.relname::text order by c.relname) from pg_class as c
     where c.relnamespace = 'hypermind_private'::regnamespace and c.relkind = 'r' and c.relname ~ '_p204101$'),
    array['run_artifacts_p204101', 'run_config_refs_p204101', 'run_events_p204101', 'run_outcomes_p204101',
          'run_state_snapshots_p204101', 'runs_p204101'],
    'a period is a leaf of every run table');
select is(
    (select array_agg(distinct pg_get_expr(c.relpartbound, c.oid)) from pg_class as c
     where c.relnamespace = 'hypermind_private'::regnamespace and c.relkind = 'r' and c.relname ~ '_p204101$'),
    array[format('FOR VALUES FROM (%L) TO (%L)', hypermind.uuidv7_floor('2041-01-01 00:00:00+00'),
                 hypermind.uuidv7_floor('2041-02-01 00:00:00+00'))],
    'all with the bounds of that month in UTC');
select is(
    (select obj_description('hypermind_private.runs_p204101'::regclass)),
    'Runs started in the month that begins on 2041-01-01 (UTC).', 'and says so');

-- Whatever the time zone of whoever calls it.
select pg_temp.set_clock('2050-06-30 23:30:00+00') as ignored \gset
set local timezone = 'Pacific/Kiritimati';
select is(hypermind.ensure_periods(0), 1, 'the month of now, where it is the next month in the session''s time zone');
reset timezone;
select ok(pg_temp.periods() @> '{p205006}' and not pg_temp.periods() @> '{p205007}', 'is the month in UTC');

-- Arguments.
set local role oscar;
select pg_temp.refuses(format('select hypermind.ensure_periods(%s)', t.argument), 'MH016',
                       format('p_ahead is %s: it must be a number of months from 0 to 120', t.argument),
                       '{"argument": "p_ahead"}',
                       format('%s months ahead are refused', t.argument))
from unnest('{"null", -1, 121}'::text[]) as t (argument);
select is(hypermind.ensure_periods(120), 120, 'ten years ahead are not');
reset role;
select is((select count(*) from hypermind.check_integrity()), 0::bigint,
          'what it made has its guards, keys and row-level security');

-- create_run() needs nobody to make periods.
select pg_temp.set_clock('2035-05-15 12:00:00+00') as ignored \gset
set local role alice;
select hypermind.create_run(:'project_a', 'chat') as run_id \gset
reset role;
select is(hypermind.uuidv7_time(:'run_id'), '2035-05-15 12:00:00+00'::timestamptz,
          'a run in a month without a period has an id of then');
select is((select tableoid::regclass::text from hypermind.runs where run_id = :'run_id'),
          'hypermind_private.runs_p203505',
          'create_run() made the period');
select is((select tableoid::regclass::text from hypermind.run_events where run_id = :'run_id'),
          'hypermind_private.run_events_p203505',
          'its events are in it, too');
select is((select count(*) from hypermind.check_integrity()), 0::bigint, 'and it is as well guarded as the others');

-- A run stays in its period: what is written later goes there.
select pg_temp.set_clock('2035-08-01 00:00:00+00') as ignored \gset
set local role alice;
select hypermind.append_event(:'run_id', 'message.added', '{}', '{"n": 1}') as ignored \gset
select hypermind.attach_artifact(:'run_id', 'file', 'file:///x', sha256('x'), 1) as ignored \gset
select hypermind.transition_run(:'run_id', 'cancelled') as ignored \gset
reset role;
select is(
    (select array_agg(distinct substring(t.leaf::regclass::text from 'p\d+$')) from (
        select tableoid as leaf from hypermind.run_events where run_id = :'run_id'
        union all select tableoid from hypermind.run_artifacts where run_id = :'run_id'
        union all select tableoid from hypermind.run_state_snapshots where run_id = :'run_id'
        union all select tableoid from hypermind.run_outcomes where run_id = :'run_id') as t),
    '{p203505}', 'all rows of a run are in the period of its id');

-- The first and the last millisecond of a month; the year's end; an operator's backfill of any time.
set local role oscar;
select hypermind.create_run(:'project_a', 'chat',
                            p_run_id => overlay(overlay(hypermind.uuidv7_floor(t.at)::text placing '7'
                                                        from 15) placing '8' from 20)::uuid)
       as ignored
from unnest('{1970-01-01 00:00:00+00, 2034-01-31 23:59:59.999+00, 2034-02-01 00:00:00+00, 9999-12-31 '
            '23:59:59.999+00}'::timestamptz[]) as t (at) \g /dev/null
reset role;
select results_eq(
    $$ select hypermind.uuidv7_time(run_id), tableoid::regclass::text collate "C" from hypermind.runs
    where mode = 'chat' and tableoid <> 'hypermind_private.runs_p203505'::regclass order by run_id $$,
    $$ values ('1970-01-01 00:00:00+00'::timestamptz, 'hypermind_private.runs_p197001' collate "C"),
              ('2034-01-31 23:59:59.999+00', 'hypermind_private.runs_p203401'),
              ('2034-02-01 00:00:00+00', 'hypermind_private.runs_p203402'),
              ('9999-12-31 23:59:59.999+00', 'hypermind_private.runs_p999912') $$,
    'runs of any time find their period, to the millisecond');

-- What a transaction has looked at before it made a period must not hide what is in it.
\set old_run 0158e000-0000-7000-8000-000000000000
select is(to_regclass('hypermind_private.runs_p201611'), null, 'the month of an old run has no period');
set local role oscar;
select hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"text": "Hello"}') as ignored \gset
select hypermind.create_run(:'project_a', 'chat',
                            '{"p": {"kind": "prompt", "name": "greeting", "version": 1}}') as new_run \gset
select hypermind.fork_run(:'new_run', 1) as ignored from generate_series(1, 10) \g /dev/null
select valid as ignored from hypermind.resolve_replay_context(:'new_run'), hypermind.verify_run(:'new_run'),
    hypermind.run_lineage(:'new_run') limit 1 \gset
select hypermind.create_run(:'project_a', 'chat', '{"p": {"kind": "prompt", "name": "greeting", "version": 1}}',
                            p_run_id => :'old_run') as ignored \gset
select results_eq(
    format('select configs #>> ''{0,content,text}'', event_hash is not null from hypermind.resolve_replay_context(%L)',
           :'old_run'),
    $$ values ('Hello', true) $$, 'its replay context has the pins and the event');
select is(pg_temp.refusal(format('select hypermind.fork_run(%L, 1)', :'old_run')), null, 'it can be forked');
select is((select status from hypermind.run_lineage(:'old_run') where relation = 'self'), 'queued',
          'its status is known');
select is(valid, true, 'it verifies') from hypermind.verify_run(:'old_run');
select is(hypermind.append_event(:'old_run', 'a.b', '{}', '{"n": 1}'), 2::bigint, 'it takes events');
select is(hypermind.state_at(:'old_run'), '{"n": 1}', 'and has a state');
reset role;

-- The view.
set local role carol;
select results_eq(
    $$ select period collate "C", starts_at, ends_at, estimated_events from hypermind.periods
    where period in ('p203505', 'p204012') order by starts_at $$,
    $$ values ('p203505' collate "C", '2035-05-01 00:00:00+00'::timestamptz, '2035-06-01 00:00:00+00'::timestamptz,
               0::bigint),
              ('p204012', '2040-12-01 00:00:00+00', '2041-01-01 00:00:00+00', 0) $$,
    'the view periods shows a reader the bounds of each');
select is((select total_bytes from hypermind.periods where period = 'p203505') > (select total_bytes
    from hypermind.periods where period = 'p204012'),
          true, 'and its size');
reset role;
analyze hypermind_private.run_events_p203505;
select is((select estimated_events from hypermind.periods where period = 'p203505'), 4::bigint,
          'and how many events it had at the last ANALYZE');

select is((select s.stxstattarget::integer from pg_statistic_ext as s
           where s.stxrelid = 'hypermind_private.run_events_p203505'::regclass), 20,
          'ANALYZE keeps the two hundred most frequent words of it');

select * from finish();
rollback;
