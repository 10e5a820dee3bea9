-- detach_period(), attach_period() and drop_period(): a month goes only when nothing keeps it, and its runs stay listed.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/old_month.psql
select plan(97);
\set archive aaaaaaaa-0000-4000-8000-000000000001
\set archive_2 aaaaaaaa-0000-4000-8000-000000000002

-- What keeps a month, each reason with the run it is about.
create function pg_temp.kept_by(p_period date) returns text language sql as $function$
    select string_agg(concat_ws(' ', r.item ->> 'reason', r.item ->> 'run_id'), ', ')
    from (select pg_temp.refusal(format('select hypermind.detach_period(%L)', p_period)) as refusal) as x
    cross join lateral jsonb_array_elements(x.refusal #> '{detail, reasons}') as r (item)
$function$;
-- What kept_by() says after a statement, which is undone.
create function pg_temp.kept_after(p_statement text) returns text language plpgsql as $function$
declare
    v_reasons text;
begin
    execute p_statement;
    v_reasons := pg_temp.kept_by('2026-01-01');
    raise exception 'undo';
exception when raise_exception then
    return v_reasons;
end
$function$;
-- Where the rows of the month are: in the run tables, in tables beside them.
create function pg_temp.rows_there() returns text language plpgsql as $function$
declare
    v_beside bigint;
begin
    if to_regclass('hypermind_private.run_events_p202601') is not null then
        execute 'select count(*) from hypermind_private.run_events_p202601' into v_beside;
    end if;
    return format('%s in run_events, %s in the table of the month', (select count(*) from hypermind.run_events),
                  coalesce(v_beside::text, 'none'));
end
$function$;

-- What keeps it, one after the other. Of runs that ended at one moment, the first is named.
select least(:'run_1'::uuid, :'run_2') as first_of_a \gset
set local role oscar;
select is(pg_temp.kept_by(:'month'), format('no_policy %s, no_policy %s, not_archived', least(:'first_of_a'::uuid, :'run_3'),
                                            greatest(:'first_of_a'::uuid, :'run_3')),
          'no policy: one run of each project is named; and no archive');
select hypermind.set_retention_policy(:'project_a', 365, null, 30, 'a year') as ignored \gset
select hypermind.set_retention_policy(null, 30, null, null, 'a month') as ignored \gset
select pg_temp.refuses(
    $$ select hypermind.detach_period('2026-01-01') $$, 'MH030',
    format('2026-01 stays: run %s is kept until 2027-01-20 10:00 UTC, 365 days after its end', :'first_of_a'),
    jsonb_build_object('period', '2026-01-01', 'reasons', jsonb_build_array(
        jsonb_build_object('reason', 'minimum', 'run_id', :'first_of_a',
                           'explanation', format('run %s is kept until 2027-01-20 10:00 UTC, 365 days after its end', :'first_of_a')),
        '{"reason": "not_archived", "run_id": null, "explanation": "it has not been archived"}'::jsonb)),
    'the minimum of one project');
select hypermind.set_retention_policy(:'project_a', 131, null, 30, 'until now') as ignored \gset
select is(pg_temp.kept_by(:'month'), 'not_archived', '131 days and 14 hours after its end the minimum is over');
select hypermind.set_retention_policy(:'project_a', 132, null, 30, 'a day more') as ignored \gset
select is(pg_temp.kept_by(:'month'), 'minimum ' || :'first_of_a' || ', not_archived', 'a day more would keep it');
select hypermind.set_retention_policy(:'project_a', 131, null, 30, 'until now, again') as ignored \gset
select hypermind.record_archive(:'archive', :'month', 's3://bucket/x', pg_temp.manifest(:'month')) as ignored \gset
reset role;
select is(pg_temp.kept_after(t.statement), t.reasons, t.what)
from (values
    (format('set local role oscar; select hypermind.place_hold(%L, ''x'')', :'project_b'), 'hold ' || :'run_3', 'a hold on a project'),
    (format('set local role oscar; select hypermind.place_hold(%L, ''x'', %L)', :'project_a', :'run_2'), 'hold ' || :'run_2', 'on a run'),
    (format('set local role oscar; select hypermind.place_hold(%L, ''x'', p_kind => ''prompt'', p_name => ''greeting'', p_version => 1)',
            :'project_a'), 'hold ' || least(:'run_1'::uuid, :'run_2'), 'on a version'),
    (format('set local role oscar; select hypermind.place_hold(%L, ''x'', p_kind => ''prompt'', p_name => ''greeting'', '
            'p_label => ''production'')', :'project_a'), 'hold ' || least(:'run_1'::uuid, :'run_2'), 'on a label'),
    (format('set local role oscar; select hypermind.release_hold(hypermind.place_hold(%L, ''x''), ''y'')', :'project_b'), null,
     'one that was released does not'),
    (format('set local role oscar; select hypermind.register_config(%L, ''prompt'', ''greeting'', ''{"text": "Hi"}''); '
            'select hypermind.place_hold(%1$L, ''x'', p_kind => ''prompt'', p_name => ''greeting'', p_version => 2)', :'project_a'),
     null, 'nor one on another version'),
    (format('set local role oscar; select hypermind.erase_payload(%L, 3, ''x'')', :'run_1'), 'erasure_not_archived ' || :'run_1',
     'an erasure that the archive does not know'),
    (format('alter table hypermind.archive_runs disable trigger user; '
            'update hypermind.archive_runs set last_hash = '''' where run_id = %L', :'run_1'), 'run_not_archived ' || :'run_1',
     'a run that ended otherwise than its copy'),
    (format('insert into hypermind.rollup_pending values (%L, %L)', :'run_1', :'project_a'), 'not_counted ' || :'run_1',
     'figures that wait'),
    ('select pg_temp.set_clock(''2026-01-31 23:59:59+00'')', format('period_not_over, minimum %s, minimum %s', least(:'first_of_a'::uuid, :'run_3'),
     greatest(:'first_of_a'::uuid, :'run_3')), 'a month that is not over'),
    (format('set local role oscar; select hypermind.create_run(%L, ''chat'', p_run_id => %L)', :'project_a',
            overlay(:'run_1'::text placing '000000000001' from 25)),
     'run_open ' || overlay(:'run_1'::text placing '000000000001' from 25), 'an open run'),
    (format('set local role oscar; select hypermind.transition_run(hypermind.create_run(%L, ''chat'', p_run_id => %L), ''cancelled'')',
            :'project_a', overlay(:'run_1'::text placing '000000000001' from 25)),
     format('minimum %s, not_counted %1$s, run_not_archived %1$s', overlay(:'run_1'::text placing '000000000001' from 25)),
     'a run that came later: it is kept by its policy, not counted, and not archived')
) as t (statement, reasons, what);
set local role oscar;
select is(pg_temp.refusal(format('select hypermind.detach_period(%s)', t.period)) ->> 'code', t.code, t.what)
from (values ('null', 'MH016', 'no month'), ('''2026-01-02''', 'MH016', 'a day within it'),
             ('''2026-02-01''', 'MH030', 'a month without runs')) as t (period, code, what);
select is(pg_temp.refusal('select hypermind.detach_period(''5874897-12-01'')') ->> 'code', 'MH016', 'the last month that a date can name');
select is(pg_temp.refusal(format('select hypermind.%s(%L)', f.name, :'month')) ->> 'code', 'MH031', f.name || ': it is not detached')
from (values ('drop_period')) as f (name);
select is(pg_temp.refusal(format('select hypermind.%s(%s)', f.name, t.period)) ->> 'code', 'MH016', format('%s(%s)', f.name, t.period))
from (values ('attach_period'), ('drop_period')) as f (name), (values ('null'), ('''2026-01-02''')) as t (period);
select is(hypermind.attach_period(:'month'), 0::bigint, 'nor is there anything to attach');

-- It goes.
select encode((hypermind.resolve_replay_context(:'run_1', 4)).digest, 'hex') as digest \gset
select is(hypermind.detach_period(:'month'), 3::bigint, 'three runs go');
reset role;
select is(pg_temp.rows_there(), '0 in run_events, 11 in the table of the month', 'their rows are beside the run tables');
select set_eq('select run_id, status, archive_id from hypermind.run_summaries',
              format('values (%L::uuid, ''completed'', %L::uuid), (%3$L, ''failed'', %2$L), (%4$L, ''completed'', %2$L)', :'run_1',
                     :'archive', :'run_2', :'run_3'), 'the runs stay listed, with their archive');
select is_empty('select * from hypermind.check_integrity()', 'and nothing is wrong');
select is(pg_temp.refusal(t.statement) ->> 'code', 'MH004', t.statement)
from (values ('update hypermind_private.run_events_p202601 set tool = ''x'''), ('delete from hypermind_private.runs_p202601'),
             ('truncate hypermind_private.run_outcomes_p202601')) as t (statement);
select is((select count(*) from pg_class as c cross join lateral aclexplode(c.relacl) as a
           where c.relname like '%_p202601' and a.grantee <> c.relowner), 0::bigint, 'nobody may read the tables of the month');
select set_eq('select period, move, action, archive_id, runs, moved_by, moved_at from hypermind.period_moves',
              format('values (%L::date, 1, ''detached'', %L::uuid, 3::bigint, ''oscar'', ''2026-06-01 00:00+00''::timestamptz)', :'month', :'archive'),
              'who moved it is kept');

set local role carol;
select results_eq(format(t.query, :'run_1'), format('values (6::bigint, %L::uuid, ''s3://bucket/x'')', :'archive'), t.what)
from (values
    ('select last_seq, archive_id, location from hypermind.run_overview where run_id = %L', 'who reads the run sees where it is'),
    ('select events, archive_id, location from hypermind.list_runs(p_tags => ''{old}'') where run_id = %L', 'in lists, too')) as t (query, what);
select results_eq(
    format('select archive_id, location, slots from hypermind.runs_of_config(%L, ''prompt'', ''greeting'') where run_id = %L', :'project_a', :'run_1'),
    format('values (%L::uuid, ''s3://bucket/x'', ''{}''::text[])', :'archive'), 'and among the runs of a config');

-- What is asked of its runs is answered with where they are; to strangers as ever.
set local role oscar;
select pg_temp.refuses(format(t.statement, :'run_1'), 'MH032', format('run %s is archived: its rows are in s3://bucket/x', :'run_1'),
                       jsonb_build_object('run_id', :'run_1', 'archive_id', :'archive', 'period', '2026-01-01', 'location', 's3://bucket/x'),
                       t.statement)
from (values ('select hypermind.state_at(%L)'), ('select hypermind.verify_run(%L)'), ('select hypermind.run_timeline(%L)'),
             ('select hypermind.resolve_replay_context(%L)'), ('select hypermind.replay_events(%L)'), ('select hypermind.diff_state(%L, 1, 2)'),
             ('select hypermind.search_events(''x'', p_run_id => %L)'), ('select hypermind.find_artifacts(p_run_id => %L)'),
             ('select hypermind.append_event(%L, ''a.b'')'), ('select hypermind.append_events(%L, ''[{"event_type": "a.b"}]'')'),
             ('select hypermind.transition_run(%L, ''running'')'), ('select hypermind.fork_run(%L, 3)'),
             ('select hypermind.take_snapshot(%L)'), ('select hypermind.attach_artifact(%L, ''x'', ''y'', sha256(''z''), 1)'),
             ('select hypermind.request_cancel(%L)'), ('select hypermind.claim_run(%L, ''me'')')) as t (statement);
set local role bob;
select is(pg_temp.refusal(format('select hypermind.state_at(%L)', :'run_1')) ->> 'code', 'MH001', 'another project learns nothing');
set local role oscar;
select is(pg_temp.refusal(format('select hypermind.create_run(%L, ''chat'', p_run_id => %L)', :'project_a', :'run_1')) ->> 'code', 'MH032',
          'an id that is taken is archived');
set local role alice;
select is(pg_temp.refusal(format('select hypermind.create_run(%L, ''chat'', p_run_id => %L)', :'project_a', :'run_1')) ->> 'code', 'MH032',
          'to a writer, too, who makes no old ids');
set local role bob;
select pg_temp.refuses(format('select hypermind.create_run(%L, ''chat'', p_run_id => %L)', :'project_b', :'run_1'), 'MH005',
    format('run id %s is taken by another run', :'run_1'), jsonb_build_object('run_id', :'run_1'), 'another project learns that it is taken, and nothing more');
set local role oscar;
select pg_temp.refuses(
    format('select hypermind.create_run(%L, ''chat'', p_run_id => %L)', :'project_a', overlay(:'run_1'::text placing '000000000001' from 25)),
    'MH031', format('the month of run %s, 2026-01, is retired: it takes no new runs', overlay(:'run_1'::text placing '000000000001' from 25)),
    jsonb_build_object('run_id', overlay(:'run_1'::text placing '000000000001' from 25), 'period', '2026-01-01'), 'it takes no new runs');
savepoint set_back;
reset role;
select pg_temp.set_clock('2026-01-31 12:00:00+00');
set local role oscar;
select is(pg_temp.refusal(format('select hypermind.create_run(%L, ''chat'', p_run_id => %L)', :'project_a',
                                 overlay(:'run_1'::text placing '000000000001' from 25))) ->> 'code', 'MH031',
          'nor when a clock that was set back thinks it is not over');
rollback to savepoint set_back;
select is(pg_temp.refusal(format('select hypermind.detach_period(%L)', :'month')) ->> 'code', 'MH031', 'it cannot go twice');
select isnt(hypermind.create_run(:'project_a', 'evaluate', p_parent_run_id => :'run_1'), null, 'an evaluation may name it all the same');
select is((select count(*) from hypermind.run_lineage(:'run_1')), 3::bigint, 'and its family is known');
select is((select count(*) from hypermind.list_runs(p_tool => 'search')), 1::bigint, 'lists find it by its tools');
select isnt(hypermind.place_hold(:'project_a', 'late', :'run_1', p_hold_id => :'unknown_run'), null, 'it can be held');
select is(pg_temp.refusal(format('select hypermind.drop_period(%L)', :'month')) #>> '{detail, reasons, 0, run_id}', :'run_1',
          'what is held is not dropped');
select is(pg_temp.refusal(format('select hypermind.erase_run(%L, ''x'')', :'run_1')) ->> 'code', 'MH024', 'nor erased');
select hypermind.release_hold(:'unknown_run', 'over') as ignored \gset

-- Whoever was told before that the run is here, and looks for it now, is told to look again, not that there is nothing.
reset role;
create function pg_temp.meanwhile(p_call text) returns text language plpgsql as $function$
declare
    v_code text;
begin
    update hypermind.run_summaries set archive_id = null;
    set local role oscar;
    v_code := pg_temp.refusal(p_call) ->> 'code';
    raise exception 'undo';
exception when raise_exception then
    return v_code;
end
$function$;
select is(pg_temp.meanwhile(format(t.call, :'run_1')), '40001', t.call)
from (values ('select hypermind.state_at(%L)'), ('select hypermind.resolve_replay_context(%L)'), ('select hypermind.verify_run(%L)'),
             ('select hypermind.replay_events(%L)'), ('select hypermind.diff_state(%L, 0, 1)'), ('select hypermind.fork_run(%L, 3)'),
             ('select hypermind.take_snapshot(%L)'), ('select hypermind.append_event(%L, ''a.b'')')) as t (call);
set local role oscar;

-- And comes back.
select is((select copies from hypermind.erase_payload(:'run_1', 3, 'while it was away')), array[:'run_2']::uuid[],
          'what is archived can be erased: its fork may have a copy');
select is((select events from hypermind.erase_payload(:'run_1', 3, 'once more')), 0::bigint, 'once more, there is nothing to do');
select is((select array_agg(reason) from hypermind.erasures where run_id = :'run_1'), '{while it was away}'::text[], 'nor to record');
select events as ignored from hypermind.erase_payload(:'run_1', 1, 'its input') \gset
select is((select title from hypermind.list_runs(p_tags => '{old}') where run_id = :'run_1'), null, 'with the input goes the title');
select hypermind.create_run(:'project_a', 'chat', p_run_id => '019aebce-f400-7000-8000-000000000000') as earlier_run \gset
select is(hypermind.attach_period(:'month'), 3::bigint, 'it comes back');
reset role;
select is_empty($$ select c.conrelid::regclass from pg_constraint as c where c.conname = 'of_this_month' $$,
                'no constraint stays that was there for the way back');
select is((select count(*) from hypermind.run_events where run_id = any (array[:'run_1', :'run_2', :'run_3']::uuid[])), 11::bigint, 'with all events');
select is((select payload from hypermind.run_events where run_id = :'run_1' and seq = 3), null, 'what was erased meanwhile is erased');
select is_empty('select * from hypermind.check_integrity()', 'and nothing is wrong, guards and policies included');
set local role audrey;
select is((select bool_and(v.valid) from unnest(array[:'run_1', :'run_2', :'run_3']::uuid[]) as r, hypermind.verify_run(r) as v), true,
          'every run verifies');
set local role oscar;
select is(pg_temp.kept_by(:'month'), 'erasure_not_archived ' || :'run_1', 'it may go again once its archive is written again');
select hypermind.record_archive(:'archive_2', :'month', 's3://bucket/y', pg_temp.manifest(:'month')) as ignored \gset
select is(hypermind.detach_period(:'month'), 3::bigint, 'and goes');

-- For good.
select cmp_ok(hypermind.drop_period(:'month'), '>', 100000::bigint, 'dropping it frees its bytes');
reset role;
select is(pg_temp.rows_there() ~ 'none in the table', true, 'the tables are gone');
select is_empty('select * from hypermind.check_integrity()', 'nothing is wrong with that');
set local role oscar;
select is(pg_temp.refusal(format('select hypermind.%s(%L)', f.name, :'month')) ->> 'code', 'MH031', f.name || ' finds nothing')
from (values ('attach_period'), ('drop_period'), ('detach_period')) as f (name);
select is((select string_agg(m.action, ' ' order by m.move) from hypermind.period_moves as m), 'detached attached detached dropped',
          'every move is kept');

-- Who may.
set local role alice;
select is(pg_temp.refusal(format('select hypermind.%s(%L)', f.name, :'month')) ->> 'code', '42501', f.name || ' is not for writers')
from (values ('attach_period'), ('drop_period'), ('detach_period')) as f (name);

select * from finish();
rollback;
