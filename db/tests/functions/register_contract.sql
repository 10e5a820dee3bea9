-- hypermind.register_contract(): the contracts of a project's states and configurations.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/two_projects.psql
select plan(31);
select pg_temp.set_clock('2026-11-05 06:07:08.9+00') as ignored \gset
set local role alice;

-- Versions, of each subject and in each project by themselves.
\set first '{"required": ["text"]}'
select is(hypermind.register_contract(:'project_a', s.subject, :'first', 0, p_summary => 'first'), 1,
          format('%s has a contract', s.subject))
from (values ('state'), ('prompt'), ('tool'), ('agent'), ('evaluator')) as s (subject);
select is(hypermind.register_contract(:'project_a', 'prompt', '{"title": "Prompt"}'), 2,
          'another content is version 2');
select is(hypermind.register_contract(:'project_a', 'prompt', '{"title": "Prompt"}', p_summary => 'again'), 2,
          'the latest content again is the same version');
select is(hypermind.register_contract(:'project_a', 'prompt', :'first', 2, true, 'as it was'), 3,
          'going back is a new version');
select is(hypermind.register_contract(:'project_a', 'prompt', :'first', 2, true), 3, 'a retry of that succeeds again');
set local role bob;
select is(hypermind.register_contract(:'project_b', 'prompt', '{"type": "object"}'), 1,
          'another project counts for itself');
select results_eq($$ select subject, version, author from hypermind.contracts where project_id is not null $$,
                  $$ values ('prompt', 1, 'bob') $$, 'and sees its own contracts only');
set local role alice;
select results_eq(
    $$ select subject, version, schema, columns, text_rule, text_rule_number, breaking, summary, author, created_at,
              scope = project_id
       from hypermind.contracts where subject in ('prompt', 'state') order by subject, version $$,
    $$ values ('prompt', 1, '{"required": ["text"]}'::jsonb, '{}'::jsonb, null, null::smallint, false, 'first', 'alice',
               '2026-11-05 06:07:08.9+00'::timestamptz, true),
              ('prompt', 2, '{"title": "Prompt"}', '{}', null, null, false, null, 'alice', '2026-11-05 06:07:08.9+00',
               true),
              ('prompt', 3, '{"required": ["text"]}', '{}', null, null, true, 'as it was', 'alice',
               '2026-11-05 06:07:08.9+00', true),
              ('state', 1, '{"required": ["text"]}', '{}', null, null, false, 'first', 'alice',
               '2026-11-05 06:07:08.9+00', true) $$,
    'each with its author, time and summary');
select is_empty('select * from hypermind.event_types where event_type not like ''%.%''',
                'none of them is in the catalogue of event types');

-- Two people register at once, and what breaks.
select pg_temp.refuses(format('select hypermind.register_contract(%L, ''prompt'', ''{"title": "Mine"}'', %s)',
                              :'project_a', t.expected),
                       'MH014', format('the contract of prompt is at version 3, not at %s', t.expected),
                       jsonb_build_object('subject', 'prompt', 'expected_version', t.expected, 'actual_version', 3),
                       format('who expects version %s is refused', t.expected))
from (values (2), (4), (0)) as t (expected);
prepare breaking as select hypermind.register_contract(:'project_a', 'state', '{"required": ["text", "more"]}');
select is(pg_temp.refusal('breaking') #- '{message}' #- '{detail,problems,0,problem}',
          '{"code": "MH022", "hint": true, "detail": {"subject": "state", "version": 1, "problems": [{"pointer": '
          '"/required"}]}}',
          'a version that asks for more is refused');
select is(hypermind.register_contract(:'project_a', 'state', '{"required": ["text", "more"]}', p_breaking => true), 2,
          'unless its author says that it breaks');

-- What cannot be registered.
select pg_temp.refuses(format('select hypermind.register_contract(%s)', t.arguments), t.code, t.message, t.detail,
                       t.what)
from (values
    (format('%L, null, ''{}''', :'project_a'), 'MH016', 'NULL is nothing that has such a contract',
     '{"argument": "p_subject"}'::jsonb,
     'a subject is needed'),
    (format('%L, ''model'', ''{}''', :'project_a'), 'MH016', '''model'' is nothing that has such a contract',
     '{"argument": "p_subject"}', 'a known one'),
    (format('%L, ''model.responded'', ''{}''', :'project_a'), 'MH016',
     '''model.responded'' is nothing that has such a contract',
     '{"argument": "p_subject"}', 'no event type of the ledger'),
    (format('%L, ''custom.x'', ''{}''', :'project_a'), 'MH016', '''custom.x'' is nothing that has such a contract',
     '{"argument": "p_subject"}', 'and none of the project'),
    (format('%L, ''state'', ''{"minimum": "1"}''', :'project_a'), 'MH021',
     'the schema is refused at /minimum: it must be a number',
     '{"pointer": "/minimum", "keyword": "minimum", "reason": "it must be a number"}', 'what is no schema'),
    (format('%L, ''state'', null', :'project_a'), 'MH021',
     'the schema is refused at its root: a schema is a JSON object, true or false',
     '{"pointer": "", "keyword": null, "reason": "a schema is a JSON object, true or false"}', 'none at all'),
    (format('%L, ''agent'', ''{}'', p_summary => repeat(''s'', 2001)', :'project_a'), 'MH016',
     'p_summary has 2001 characters: it must have 1 to 2000 characters', '{"argument": "p_summary"}', 'a story'),
    (format('%L, ''state'', ''{}''', :'project_b'), 'MH015', format('project %s does not exist', :'project_b'),
     jsonb_build_object('project_id', :'project_b'), 'for another project'),
    (format('%L, ''state'', ''{"minimum": "1"}'', 7', :'project_b'), 'MH015',
     format('project %s does not exist', :'project_b'),
     jsonb_build_object('project_id', :'project_b'), 'whatever else is wrong'),
    ('null, ''state'', ''{}''', 'MH015', 'project null does not exist', '{"project_id": null}', 'for none')
) as t (arguments, code, message, detail, what);
set local role carol;
select throws_ok(format('select hypermind.register_contract(%L, ''state'', ''{}'')', :'project_a'), '42501',
                 'permission denied for function register_contract', 'a reader registers nothing');
set local role oscar;
select is(hypermind.register_contract(:'project_a', 'tool', '{"title": "Tool"}'), 2, 'an operator of the project does');
reset role;
select throws_ok(format('select hypermind.register_contract(%L, ''state'', ''{}'')', :'project_a'), 'MH015', null,
                 'a superuser that is nobody in particular does not');

select * from finish();
rollback;
