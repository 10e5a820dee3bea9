-- hypermind.rollup(): figures by day, model, agent, status, event type and tool; the same before and after a refresh.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/two_projects.psql
select plan(51);

-- One of A: an hour on 1 March 2040, with one agent pinned. One of A: from that evening to the next day, failed, without
-- a model. One of A: open on the next day. One of B.
create function pg_temp.at(p_time text) returns void language sql as $function$
    select pg_temp.set_clock(('2040-03-' || p_time || '+00')::timestamptz)
$function$;
select pg_temp.at('01 10:00') as ignored \gset
set local role alice;
select hypermind.register_config(:'project_a', 'agent', 'helper', '{"n": 1}'),
       hypermind.register_config(:'project_a', 'agent', 'helper', '{"n": 2}'),
       hypermind.register_config(:'project_a', 'agent', 'other', '{}') \gset ignored_
select hypermind.create_run(:'project_a', 'chat', '{"a": {"kind": "agent", "name": "helper", "version": 2},
                                                    "b": {"kind": "agent", "name": "helper", "version": 2}}',
                            p_agent => 'called otherwise', p_model => 'm-1') as first \gset
select hypermind.transition_run(:'first', 'running') as ignored \gset
select hypermind.append_events(:'first', $$[
    {"event_type": "model.requested", "payload": {}, "model": "m-1", "occurred_at": "2040-03-01 10:00:00+00"},
    {"event_type": "model.responded", "payload": {}, "model": "m-1", "parent_seq": 3, "input_tokens": 100,
     "output_tokens": 20, "cost": 0.5, "occurred_at": "2040-03-01 10:00:02+00"},
    {"event_type": "tool.called", "payload": {}, "tool": "search", "occurred_at": "2040-03-01 10:00:03+00"},
    {"event_type": "tool.returned", "payload": {}, "tool": "search", "parent_seq": 5,
     "occurred_at": "2040-03-01 10:00:03.25+00"},
    {"event_type": "message.added", "payload": {}, "parent_seq": 3, "occurred_at": "2040-02-27 12:00:00+00"}
]$$) as ignored \gset
reset role;
select pg_temp.at('01 11:00') as ignored \gset
set local role alice;
select hypermind.transition_run(:'first', 'completed') as ignored \gset
reset role;
select pg_temp.at('01 23:59:30') as ignored \gset
set local role alice;
select hypermind.create_run(:'project_a', 'chat', '{"a": {"kind": "agent", "name": "helper", "version": 1},
                                                    "b": {"kind": "agent", "name": "other", "version": 1}}',
                            p_agent => 'both') as second \gset
select hypermind.transition_run(:'second', 'running') as ignored \gset
reset role;
select pg_temp.at('02 00:00:10') as ignored \gset
set local role alice;
select hypermind.append_event(:'second', 'model.responded', '{}', p_model => 'm-2', p_input_tokens => 7, p_cost => 1.25)
    as ignored \gset
select hypermind.transition_run(:'second', 'failed') as ignored \gset
select hypermind.create_run(:'project_a', 'chat', p_agent => 'called', p_model => 'm-1') as open \gset
set local role bob;
select hypermind.create_run(:'project_b', 'chat', p_model => 'm-1') as of_b \gset
select hypermind.transition_run(:'of_b', 'cancelled') as ignored \gset
reset role;

-- Percentiles are right to 4.8 %: what they must be stands beside them.
create function pg_temp.near(p_value double precision, p_expected double precision) returns boolean language sql as
    $$ select p_value is not distinct from p_expected or abs(p_value / p_expected - 1) <= 0.1 / 2.1 + 1e-9 $$;

-- Every figure, first as it is read from the runs, then as it is stored. Each test is made twice.
create function pg_temp.figures(p_project_a uuid, p_moment text) returns setof text language plpgsql as $function$
begin
    return next results_eq(
        format('select day, runs, events, input_tokens, output_tokens, cost, durations from '
               'hypermind.rollup(%L, null, ''2040-03-01'', ''2040-04-01'')', p_project_a),
        $$ values ('2040-03-01'::date, 2::bigint, 12::bigint, 107::bigint, 20::bigint, 1.75, 2::bigint),
                  ('2040-03-02', 1, 1, 0, 0, 0, 1) $$,
        p_moment || ': runs are counted whole, on the day they started');
    return next results_eq(
        format('select model, runs from hypermind.rollup(%L, null, ''2040-03-01'', ''2040-04-01'', ''run'', ''{model}'')',
               p_project_a),
        $$ values ('m-1', 2::bigint), (null, 1) $$, p_moment || ': by model, also by none');
    return next results_eq(
        format('select status, runs from hypermind.rollup(%L, null, ''2040-03-01'', ''2040-04-01'', ''run'', ''{status}'')',
               p_project_a),
        $$ values ('completed', 1::bigint), ('failed', 1), ('queued', 1) $$, p_moment || ': by status, of open runs, too');
    return next results_eq(
        format('select agent, agent_version, runs from hypermind.rollup(%L, null, ''2040-03-01'', ''2040-04-01'', ''run'', '
               '''{agent_version, agent}'')', p_project_a),
        $$ values ('both', null::integer, 1::bigint), ('called', null, 1), ('helper', 2, 1) $$,
        p_moment || ': by the agent that was pinned, if it was one, else by the name given');
    return next ok(
        (select pg_temp.near(r.p50, 40) and pg_temp.near(r.p90, 3600) and pg_temp.near(r.p99, 3600)
         from hypermind.rollup(p_project_a, null, '2040-03-01', '2040-03-02') as r),
        p_moment || ': a run lasts from its creation to its end');
    return next results_eq(
        format('select day, runs, events, durations from hypermind.rollup(%L, null, ''2040-02-01'', ''2040-04-01'', ''event'')',
               p_project_a),
        $$ values ('2040-02-27'::date, null::bigint, 1::bigint, 0::bigint), ('2040-03-01', null, 9, 2),
                  ('2040-03-02', null, 3, 0) $$,
        p_moment || ': events are counted on the day they happened, as the client says');
    return next results_eq(
        format('select event_type, model, tool, events, input_tokens, cost, durations from '
               'hypermind.rollup(%L, null, ''2040-03-01'', ''2040-04-01'', ''event'', ''{event_type, model, tool}'') '
               'where event_type !~ ''^run''', p_project_a),
        $$ values ('model.requested', 'm-1', null, 1::bigint, 0::bigint, 0::numeric, 0::bigint),
                  ('model.responded', 'm-1', null, 1, 100, 0.5, 1), ('model.responded', 'm-2', null, 1, 7, 1.25, 0),
                  ('tool.called', null, 'search', 1, 0, 0, 0), ('tool.returned', null, 'search', 1, 0, 0, 1) $$,
        p_moment || ': by type, model and tool');
    return next ok(
        (select pg_temp.near(r.p50, 2) and pg_temp.near(r.p99, 2)
         from hypermind.rollup(p_project_a, null, '2040-03-01', '2040-03-02', 'event', '{model}') as r where r.model = 'm-1')
        and (select pg_temp.near(r.p95, 0.25)
             from hypermind.rollup(p_project_a, null, '2040-03-01', '2040-03-02', 'event', '{tool}') as r
             where r.tool = 'search'),
        p_moment || ': an answer takes from its parent event to itself');
    return next results_eq(
        format('select basis, project_id, day, model, agent, status, event_type, runs from '
               'hypermind.rollup(%L, ''lab'', ''2040-03-01'', ''2040-04-01'', ''run'', ''{}'')', p_project_a),
        $$ values ('run', null::uuid, null::date, null, null, null, null, 3::bigint) $$,
        p_moment || ': grouped by nothing it is the total');
    return next is_empty(
        format('select r.* from unnest(''{run, event}''::text[]) as b, '
               'hypermind.rollup(%L, null, ''2041-01-01'', ''2041-02-01'', b, ''{}'') as r', p_project_a),
        p_moment || ': where there is nothing there is no row');
end
$function$;
set local role carol;
select pg_temp.figures(:'project_a', 'read');
set local role oscar;
select is(hypermind.refresh_rollups(), 3::bigint, 'three runs have ended');
set local role carol;
select pg_temp.figures(:'project_a', 'stored');

-- Who may ask, and for what.
prepare asks (uuid, text) as
    select p.name, r.runs from hypermind.rollup($1, $2, '2040-03-01', '2040-04-01', 'run', '{project}') as r
    join hypermind.projects as p using (project_id) order by 1;
select results_eq('execute asks(null, null)', $$ values ('a', 3::bigint) $$, 'without a project it is all that one reads');
select results_eq('execute asks(null, ''lab'')', $$ values ('a', 3::bigint) $$, 'also of a workspace');
select is_empty('execute asks(null, ''elsewhere'')', 'a workspace that is not there has nothing');
set local role audrey;
select results_eq('execute asks(null, ''lab'')', $$ values ('a', 3::bigint), ('b', 1) $$, 'an auditor reads every project');
select results_eq(format('execute asks(%L, null)', :'project_b'), $$ values ('b', 1::bigint) $$, 'or one of them');
set local role bob;
select results_eq('execute asks(null, null)', $$ values ('b', 1::bigint) $$, 'others see others');
select pg_temp.refuses(format('execute asks(%L, %L)', t.project_id, t.workspace), 'MH015',
                       format('project %s does not exist', t.project_id), jsonb_build_object('project_id', t.project_id),
                       t.what)
from (values (:'project_a', null, 'a project of others is refused'),
             ('11111111-1111-4111-8111-111111111111', null, 'in the same words as one that does not exist'),
             (:'project_b', 'elsewhere', 'and as one that is in another workspace')) as t (project_id, workspace, what);

-- Bad arguments.
set local role carol;
select pg_temp.refuses(format('select * from hypermind.rollup(%L, null, %s)', :'project_a', t.arguments), 'MH016', t.message,
                       jsonb_build_object('argument', t.argument), t.what)
from (values
    ('''2040-03-01'', ''2040-04-01'', ''week''', 'p_basis', '''week'' is no basis', 'a basis that is none is refused'),
    ('''2040-03-01'', ''2040-04-01'', null', 'p_basis', 'NULL is no basis', 'and NULL'),
    ('''2040-03-01'', ''2040-04-01'', ''run'', ''{day, tool}''', 'p_group_by',
     'p_group_by is {day,tool}: figures of the basis run can be grouped by project, day, model, agent, agent_version, status',
     'runs have no tool'),
    ('''2040-03-01'', ''2040-04-01'', ''event'', ''{status}''', 'p_group_by',
     'p_group_by is {status}: figures of the basis event can be grouped by project, day, model, tool, event_type',
     'events have no status'),
    ('''2040-03-01'', ''2040-04-01'', ''event'', ''{day, null}''', 'p_group_by',
     'p_group_by is {day,NULL}: figures of the basis event can be grouped by project, day, model, tool, event_type',
     'NULL is no name of a column'),
    ('''2040-03-01'', ''2040-04-01'', ''event'', null', 'p_group_by',
     'p_group_by is null: figures of the basis event can be grouped by project, day, model, tool, event_type',
     'nor a list of them'),
    ('''2040-03-01'', ''2040-04-01'', ''run'', array[repeat(''x'', 1000000)]', 'p_group_by',
     'p_group_by is {' || repeat('x', 199) || ': figures of the basis run can be grouped by project, day, model, agent, '
     'agent_version, status', 'a long one is not repeated'),
    ('''2040-03-01'', ''2045-03-02''', 'p_from',
     'the days from 2040-03-01 to before 2045-03-02 are no range of at most 5 years', 'five years are the most'),
    ('''2040-03-02'', ''2040-03-01''', 'p_from',
     'the days from 2040-03-02 to before 2040-03-01 are no range of at most 5 years', 'time goes forward'),
    ('null, ''2040-03-01''', 'p_from', 'the days from null to before 2040-03-01 are no range of at most 5 years',
     'a range has a start'),
    ('''2040-03-01'', null', 'p_from', 'the days from 2040-03-01 to before null are no range of at most 5 years', 'and an end'),
    ('''-infinity'', ''2040-03-01''', 'p_from',
     'the days from -infinity to before 2040-03-01 are no range of at most 5 years', 'for ever is too long'),
    ('''2040-03-01'', ''infinity''', 'p_from',
     'the days from 2040-03-01 to before infinity are no range of at most 5 years', 'either way'),
    ('''5874897-12-30'', ''5874897-12-31''', 'p_from',
     'the days from 5874897-12-30 to before 5874897-12-31 are no range of at most 5 years', 'nor are days that no time has'),
    ('''4713-01-01 BC'', ''4713-01-02 BC''', 'p_from',
     'the days from 4713-01-01 BC to before 4713-01-02 BC are no range of at most 5 years', 'or had'),
    ('''2040-03-01'', ''2040-04-01'', repeat(''x'', 1000000)', 'p_basis', '''' || repeat('x', 100) || ''' is no basis',
     'a long basis is not repeated'),
    ('''2040-03-01'', ''2040-04-01'', ''run'', ''{{day, tool}, {day, model}}''', 'p_group_by',
     'p_group_by is {{day,tool},{day,model}}: figures of the basis run can be grouped by project, day, model, agent, '
     'agent_version, status', 'nor can a list of lists')
) as t (arguments, argument, message, what);
select is((select sum(runs) from hypermind.rollup(:'project_a', null, '2040-03-01', '2045-03-01')), 3::numeric,
          'five years are taken');
select is((select count(*) from hypermind.rollup(:'project_a', null, '2040-03-01', '2040-03-01', p_group_by => '{day, day}')),
          0::bigint, 'no day has no figures, and a name may stand twice');

-- Erasing a payload leaves the figures as they are: they are made of columns that stay.
reset role;
select pg_temp.unguard() as ignored \gset
update hypermind.run_events set payload = null, salt = null;
set local role carol;
select is((select sum(events) from hypermind.rollup(:'project_a', null, '2040-03-01', '2040-04-01')), 13::numeric,
          'an erased payload changes no figure');

-- The plan: the rows of the project's days, by the key.
reset role;
set local enable_seqscan = off;
set local enable_bitmapscan = off;
create temp view plan as select * from hypermind.rollups
where project_id = '11111111-1111-4111-8111-111111111111' and basis = 'run' and day >= '2040-03-01' and day < '2040-04-01';
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
select matches(pg_temp.plan_of('select * from plan'),
               'Index Scan using rollups_pkey on rollups.*Index Cond: .*project_id = .* AND .*basis = .* AND .*day >= .*day < ',
               'stored figures are found by project, basis and day');

select * from finish();
rollback;
