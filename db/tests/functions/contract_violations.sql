-- hypermind.contract_violations(): trying a value against a registered contract.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select plan(28);
set local role bob;
select hypermind.register_event_type('custom.order',
                                     '{"properties": {"code": {"enum": ["secret of B"]}}, "required": ["code"]}',
                                     :'project_b') as ignored \gset
select hypermind.register_contract(:'project_b', 'state', '{"required": ["b"]}') as ignored \gset
set local role alice;
select hypermind.register_event_type('custom.order', '{"properties": {"n": {"type": "integer"}}}', :'project_a',
                                     '{"tool": "by"}') as ignored \gset
select hypermind.register_event_type('custom.order',
                                     '{"properties": {"n": {"type": "integer", "minimum": 1}}, "required": ["n"]}',
                                     :'project_a', '{"tool": "by"}', p_breaking => true) as ignored \gset
select hypermind.register_contract(:'project_a', 'state', '{"required": ["a"]}') as ignored \gset
select hypermind.register_contract(:'project_a', 'prompt', '{"required": ["text"]}') as ignored \gset

set local role carol;
select results_eq(format('select * from hypermind.contract_violations(%s)',
                         replace(t.arguments, 'PROJECT', quote_literal(:'project_a'))),
                  t.expected, t.what)
from (values
    ('''custom.order'', ''{"n": 0, "by": 7}'', PROJECT',
     $$ values ('/n', '/properties/n/minimum', 'minimum', 'must be at least 1'),
               ('/by', '/x-columns/properties/by/type', 'type', 'must be string or null, not number') $$,
     'every rule that is broken is named, in the latest version; those of the columns, too'),
    ('''custom.order'', ''{"n": 0}'', PROJECT, 2',
     $$ values ('/n', '/properties/n/minimum', 'minimum', 'must be at least 1') $$, 'the latest version can be named'),
    ('''state'', ''{}'', PROJECT', $$ values ('', '/required', 'required', 'must have the members a') $$,
     'states are tried'),
    ('''prompt'', ''{}'', PROJECT', $$ values ('', '/required', 'required', 'must have the members text') $$,
     'prompts are'),
    ('''model.responded'', ''{"cost": "x"}''',
     $$ values ('/cost', '/x-columns/properties/cost/type', 'type', 'must be number or null, not string') $$,
     'types of the ledger are, without a project'),
    ('''model.responded'', ''{"cost": "x"}'', PROJECT',
     $$ values ('/cost', '/x-columns/properties/cost/type', 'type', 'must be number or null, not string') $$,
     'and with one')
) as t (arguments, expected, what);
select is_empty(format('select * from hypermind.contract_violations(%s)',
                       replace(t.arguments, 'PROJECT', quote_literal(:'project_a'))), t.what)
from (values
    ('''custom.order'', ''{"n": 1}'', PROJECT', 'no row for what meets the contract'),
    ('''custom.order'', ''{"n": 0}'', PROJECT, 1', 'an older version can be asked'),
    ('''run.completed'', ''{}''', 'and the contracts of the lifecycle')
) as t (arguments, what);
select is((select count(*) from hypermind.contract_violations('custom.order', v.value, :'project_a')), 1::bigint,
          format('a value that is %s', jsonb_typeof(v.value)))
from (values ('{"n": null}'::jsonb)) as v (value);
select is((select jsonb_agg(v) from hypermind.contract_violations('custom.order', '{"n": 0, "by": 7}',
                                                                  :'project_a') as v),
          (select pg_temp.refusal(format('set local role alice; select hypermind.append_event(%L, ''custom.order'', '
                                         '''{"n": 0, "by": 7}'')', :'run_id')) #> '{detail,violations}'),
          'they are what the append''s error says');
set local role carol;
select is(pg_temp.position_of(:'run_id'), 'running 2 2', 'nothing was stored');

-- The value.
select is((select count(*) from hypermind.contract_violations('state', v.value::jsonb, :'project_a')), 0::bigint,
          format('%s is a value, of which this contract says nothing', v.value))
from (values ('null'), ('1'), ('"a"'), ('[]')) as v (value);
select is(pg_temp.refusal(format('select * from hypermind.contract_violations(''state'', %s, %L)', t.value,
                                 :'project_a')) ->> 'code',
          t.code, t.what)
from (values
    ('null', 'MH016', 'NULL is none'),
    ('''{"n": 1e400}''', 'MH017', 'one that could not be recorded is refused')
) as t (value, code, what);

-- What is not there, or not for the caller: in the same words.
select pg_temp.refuses(format('select * from hypermind.contract_violations(%s)', t.arguments), t.code, t.message,
                       t.detail, t.what)
from (values
    ('''custom.none'', ''{}''', 'MH023', 'custom.none has no contract',
     '{"subject": "custom.none", "version": null}'::jsonb,
     'a type without a contract'),
    (format('''custom.order'', ''{}'', %L, 3', :'project_a'), 'MH023', 'custom.order has no contract of version 3',
     '{"subject": "custom.order", "version": 3}', 'a version that is not there'),
    ('''custom.order'', ''{}''', 'MH023', 'custom.order has no contract',
     '{"subject": "custom.order", "version": null}',
     'a type of a project, without the project'),
    ('''state'', ''{}''', 'MH023', 'state has no contract', '{"subject": "state", "version": null}',
     'a state, likewise'),
    ('null, ''{}''', 'MH023', 'NULL has no contract', '{"subject": null, "version": null}', 'nothing'),
    ('repeat(''x'', 1000), ''{}''', 'MH023', repeat('x', 100) || ' has no contract',
     jsonb_build_object('subject', repeat('x', 100), 'version', null), 'a word without end'),
    (format('''custom.order'', ''{}'', %L', :'project_b'), 'MH015', format('project %s does not exist', :'project_b'),
     jsonb_build_object('project_id', :'project_b'), 'another project: not even that the type has a contract'),
    (format('''custom.order'', ''{}'', %L', :'unknown_run'), 'MH015',
     format('project %s does not exist', :'unknown_run'),
     jsonb_build_object('project_id', :'unknown_run'), 'no project')
) as t (arguments, code, message, detail, what);
set local role audrey;
select is((select v.message from hypermind.contract_violations('custom.order', '{}', :'project_b') as v),
          'must have the members code',
          'an auditor may ask for every project');
set local role nobody_special;
select throws_ok('select * from hypermind.contract_violations(''model.responded'', ''{}'')', '42501',
                 'permission denied for schema hypermind', 'without a role there is no way');

select * from finish();
rollback;
