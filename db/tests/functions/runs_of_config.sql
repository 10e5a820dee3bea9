-- hypermind.runs_of_config(): who used this prompt version, and failed.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/reading.psql
select plan(20);
select quote_literal(:'project_a') || ', ''prompt'', ''greeting''' as greeting \gset

set local role alice;
select is(pg_temp.listed('runs_of_config', t.arguments), replace(t.expected, 'TIE', :'tie'), t.arguments)
from (values
    (1, :'greeting', 'r6 TIE'),
    (2, :'greeting' || ', 1', 'r6 r3'),
    (3, :'greeting' || ', 2', 'r4'),
    (4, :'greeting' || ', 3', ''),
    (5, :'greeting' || ', 1, ''running''', 'r3'),
    (6, :'greeting' || ', 1, ''cancelled''', 'r6'),
    (7, :'greeting' || ', 1, ''failed''', ''),
    (8, :'greeting' || ', null, ''queued''', 'r4'),
    (9, quote_literal(:'project_a') || ', ''tool'', ''greeting''', '')) as t (ord, arguments, expected)
order by t.ord;
select is(pg_temp.listed('runs_of_config', :'greeting', 1), 'r6 ' || :'tie', 'page by page');
select is(pg_temp.listed('runs_of_config', :'greeting' || ', 1', 1), 'r6 r3', 'a run that pinned it twice is there once');
select results_eq(
    format('select run_id, slots, versions, labels, status, mode, owner, events, duration, cursor '
           'from hypermind.runs_of_config(%s, 1, ''running'')', :'greeting'),
    format($$ values (%1$L::uuid, '{p,q}'::text[], '{1,1}'::integer[], '{null,null}'::text[], 'running', 'chat', 'Ada', 3::bigint,
                      interval '5 seconds', 'runs_of_config:%1$s') $$, pg_temp.id_of('r3')),
    'its slots, versions and labels, and what there is to know of the run');

set local role bob;
select is(pg_temp.listed('runs_of_config', quote_literal(:'project_b') || ', ''prompt'', ''greeting'''), 'b1',
          'a config of the same name in another project is another');
select pg_temp.refuses(format('select * from hypermind.runs_of_config(%s)', :'greeting'), 'MH015',
                       format('project %s does not exist', :'project_a'), jsonb_build_object('project_id', :'project_a'),
                       'a project of others is refused');
set local role alice;
select is(pg_temp.refusal(format('select * from hypermind.runs_of_config(%s)', t.arguments)) ->> 'code', 'MH016', t.arguments)
from (values
    (1, 'null, ''prompt'', ''greeting'''),
    (2, quote_literal(:'project_a') || ', null, null'),
    (3, quote_literal(:'project_a') || ', ''x'', ''greeting'''),
    (4, :'greeting' || ', 1, ''done'''),
    (6, :'greeting' || ', p_limit => 0'),
    (5, :'greeting' || ', p_cursor => ''list_runs:' || :'unknown_run' || '''')) as t (ord, arguments)
order by t.ord;

select * from finish();
rollback;
