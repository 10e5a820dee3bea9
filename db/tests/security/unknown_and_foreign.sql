-- A run of another project cannot be told from one that does not exist: every function that takes a run id answers both
-- in the same words.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/rich_run.psql
select plan(177);

-- Every function with a run id, with arguments that are good for a run that one may see; RUN stands for the id.
create temp table calls (function text, call text);
insert into calls values
    ('append_event',           'append_event(RUN, ''a.b'')'),
    ('append_event',           'append_event(RUN, ''a.b'', ''{}'', p_event_id => '
                               '''11111111-1111-4111-8111-111111111111'')'),
    ('append_event',           'append_event(RUN, ''a.b'', p_expected_seq => 99)'),
    ('append_event',           'append_event(RUN, ''a.b'', p_parent_seq => 99)'),
    ('append_event',           'append_event(RUN, ''a.b'', p_epoch => 99)'),
    ('append_event',           'append_event(RUN, ''a.b'', ''{}'', ''[{"op": "remove", "path": "/x"}]'')'),
    ('append_events',          'append_events(RUN, ''[{"event_type": "a.b"}]'')'),
    ('append_events',          'append_events(RUN, ''[{"event_type": "a.b", "event_id": '
                               '"11111111-1111-4111-8111-111111111111"}]'', 99)'),
    ('attach_artifact',        'attach_artifact(RUN, ''file'', ''file:///x'', sha256(''''), 0)'),
    ('attach_artifact',
     'attach_artifact(RUN, ''file'', ''file:///x'', sha256(''''), 0, p_artifact_id => ''ARTIFACT'')'),
    ('claim_run',              'claim_run(RUN, ''w'')'),
    ('claim_run',              'claim_run(RUN, ''w'', p_epoch => 99)'),
    ('create_run',             'create_run(''PROJECT'', ''evaluate'', p_parent_run_id => RUN)'),
    ('diff_state',             'diff_state(RUN, 0, 99)'),
    ('find_artifacts',         'find_artifacts(p_run_id => RUN)'),
    ('fork_run',               'fork_run(RUN, 99)'),
    ('list_holds',             'list_holds(p_run_id => RUN)'),
    ('fork_run',               'fork_run(RUN, 4, ''[{"op": "remove", "path": "/x"}]'')'),
    ('replay_events',          'replay_events(RUN, 1, 99)'),
    ('request_cancel',         'request_cancel(RUN)'),
    ('resolve_replay_context', 'resolve_replay_context(RUN, 99)'),
    ('run_lineage',            'run_lineage(RUN)'),
    ('run_timeline',           'run_timeline(RUN)'),
    ('search_events',          'search_events(''word'', p_run_id => RUN)'),
    ('state_at',               'state_at(RUN, 99)'),
    ('take_snapshot',          'take_snapshot(RUN, 99)'),
    ('transition_run',         'transition_run(RUN, ''running'')'),
    ('transition_run',         'transition_run(RUN, ''completed'', p_expected_seq => 99)'),
    ('verify_run',             'verify_run(RUN)');
update calls set call = replace(replace(call, 'ARTIFACT', :'artifact_id'), 'PROJECT', :'project_b');
grant select on calls to public;
select set_eq(
    $$ select distinct function from calls $$,
    $$ select p.proname::text from pg_proc as p
       where p.pronamespace = 'hypermind'::regnamespace and p.provolatile <> 'i'
       and proargnames && '{p_run_id, p_parent_run_id}'
       and p.proname <> 'list_runs' and has_function_privilege('hypermind_writer', p.oid, 'execute') $$,
    'every function that takes a run id is tried, but for those of operators, who may act on every run; list_runs() '
    'takes one as a filter, and finds nothing');

select string_agg(h.xmax::text, ' ' order by h.run_id) as lockers from hypermind.run_heads as h \gset
set local role bob;
-- The whole of the error, hint included, but for the id itself.
create function pg_temp.error_of(p_call text, p_run_id uuid) returns text language plpgsql as $function$
declare
    v_message text; v_detail text; v_hint text; v_schema text; v_table text; v_column text; v_constraint text;
begin
    execute 'select hypermind.' || replace(p_call, 'RUN', quote_literal(p_run_id));
    return 'accepted';
exception when others then
    get stacked diagnostics v_message = message_text, v_detail = pg_exception_detail, v_hint = pg_exception_hint,
    v_schema = schema_name, v_table = table_name,
                            v_column = column_name, v_constraint = constraint_name;
    return replace(concat_ws(' | ', sqlstate, v_message, v_detail, v_hint, v_schema, v_table, v_column, v_constraint),
                   p_run_id::text, 'ID');
end
$function$;
select is(pg_temp.error_of(c.call, r.run_id),
          'MH001 | run ID does not exist | {"run_id": "ID"} | Check the id. If the run is of another project, ask for '
          'its role; a superuser says SET ROLE first. |  |  |  | ',
          format('%s of %s', replace(replace(c.call, :'project_b', 'B'), :'artifact_id', 'artifact'), r.what))
from calls as c, (values (1, :'unknown_run'::uuid, 'no run'), (2, :'run_id', 'an open run of another project'),
                  (3, :'ended_run', 'an ended one'), (4, :'fork', 'a fork')) as r (ord, run_id, what)
order by c.function collate "C", c.call collate "C", r.ord;
reset role;
select is((select string_agg(h.xmax::text, ' ' order by h.run_id) from hypermind.run_heads as h), :'lockers', 'and no head was locked for it');

-- Whoever may only read the run is told the same by what writes; whoever acts in no project, by everything.
set local role audrey;
select is(pg_temp.error_of('verify_run(RUN)', :'run_id'), 'accepted', 'an auditor may read every run');
reset role;
create role walter;
grant hypermind_writer, hypermind_auditor to walter;
set local role walter;
select is(pg_temp.error_of(c.call, :'run_id') like 'MH001 | run ID does not exist |%',
          c.function not in ('diff_state', 'find_artifacts', 'list_holds', 'replay_events', 'resolve_replay_context', 'run_lineage',
                             'run_timeline', 'search_events', 'state_at', 'verify_run'),
          format('an auditor with a writer''s rights, but without the project: %s',
                 replace(replace(c.call, :'project_b', 'B'), :'artifact_id', 'artifact')))
from calls as c where c.function <> 'create_run' order by c.call collate "C";
reset role;

-- A superuser acts in no project without SET ROLE: an index expression that autovacuum evaluates must not write.
select is(pg_temp.error_of(c.call, :'run_id') like 'MH001 | run ID does not exist |%', true,
          format('a superuser that is nobody in particular: %s', replace(replace(c.call, :'project_b', 'B'),
              :'artifact_id', 'artifact')))
from calls as c where c.function <> 'create_run' order by c.call collate "C";
set local role hypermind_owner;
select is(pg_temp.error_of('append_event(RUN, ''a.b'')', :'run_id') like 'MH001 |%', true, 'nor does the owner');
reset role;
select is(pg_temp.position_of(:'run_id'), 'running 7 7', 'after all that, the run is what it was');

select * from finish();
rollback;
