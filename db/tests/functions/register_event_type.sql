-- hypermind.register_event_type(): numbered, immutable contracts of event types, and the catalogue of them.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select plan(76);
select pg_temp.set_clock('2026-11-05 06:07:08.9+00') as ignored \gset
set local role alice;

-- Versions.
\set first '{"type": "object", "properties": {"n": {"type": "integer"}}}'
select '{"type": "object", "title": "Retried",
         "properties": {"n": {"type": "integer"}, "why": {"type": "string"}}}' as second \gset
select is(hypermind.register_event_type('custom.retried', :'first', :'project_a', '{"tool": "by"}', 'all', 0,
                                        p_summary => 'first'),
          1, 'the first contract is version 1');
select is(hypermind.register_event_type('custom.retried', :'second', :'project_a', '{"tool": "by"}', 'all'), 2,
          'another content is version 2');
select is(hypermind.register_event_type('custom.retried', :'second', :'project_a', '{"tool": "by"}', 'all'), 2,
          'the latest content again is the same version');
select is(hypermind.register_event_type('custom.retried',
                                        '{"properties": {"why": {"type": "string"}, "n": {"type": "integer"}}, '
                                        '"title": "Retried",  "type": "object"}',
                                        :'project_a', '{"tool": "by"}', 'all', p_breaking => true, p_summary
                                        => 'other words'), 2,
          'in whatever order, whatever its summary, and whatever is said of it');
select is(hypermind.register_event_type('custom.retried', :'second', :'project_a', '{"tool": "by"}', 'tool'), 3,
          'another text rule is another content');
select is(hypermind.register_event_type('custom.retried', :'second', :'project_a', '{}', 'tool'), 4,
          'so are other columns');
select is(hypermind.register_event_type('custom.retried', :'first', :'project_a', p_breaking => true), 5,
          'going back is a new version with the old content');
select is(hypermind.register_event_type('custom.called', :'first', :'project_a'), 1, 'another type counts for itself');
set local role bob;
select is(hypermind.register_event_type('custom.retried', '{}', :'project_b'), 1, 'so does another project');
set local role alice;
select results_eq(
    $$ select project_id is not null, event_type, version, is_latest, title, schema ? 'type', columns, text_rule,
    breaking, summary,
              author, created_at
       from hypermind.event_types where event_type like 'custom.%' order by event_type, version $$,
    $$ values (true, 'custom.called', 1, true, null, true, '{}'::jsonb, null, false, null, 'alice',
               '2026-11-05 06:07:08.9+00'::timestamptz),
              (true, 'custom.retried', 1, false, null, true, '{"tool": "by"}', 'all', false, 'first', 'alice',
               '2026-11-05 06:07:08.9+00'),
              (true, 'custom.retried', 2, false, 'Retried', true, '{"tool": "by"}', 'all', false, null, 'alice',
               '2026-11-05 06:07:08.9+00'),
              (true, 'custom.retried', 3, false, 'Retried', true, '{"tool": "by"}', 'tool', false, null, 'alice',
               '2026-11-05 06:07:08.9+00'),
              (true, 'custom.retried', 4, false, 'Retried', true, '{}', 'tool', false, null, 'alice',
               '2026-11-05 06:07:08.9+00'),
              (true, 'custom.retried', 5, true, null, true, '{}', null, true, null, 'alice',
               '2026-11-05 06:07:08.9+00') $$,
    'the catalogue has every version with its author, time and summary, and says which one is in force');

-- Two people register at once.
select is(hypermind.register_event_type('custom.retried', :'second', :'project_a', p_expected_version => 5), 6,
          'who knows the latest version may register');
select is(hypermind.register_event_type('custom.retried', :'second', :'project_a', p_expected_version => 5), 6,
          'a retry of what made the latest version succeeds again');
select is(hypermind.register_event_type('custom.retried', :'second', :'project_a', p_expected_version => 6), 6,
          'so does one that knows it');
select pg_temp.refuses(
    format('select hypermind.register_event_type(''custom.retried'', %L, %L, p_expected_version => %s, p_breaking => '
           'true)',
           t.schema, :'project_a', t.expected), 'MH014',
    format('the contract of custom.retried is at version 6, not at %s', t.expected),
    jsonb_build_object('subject', 'custom.retried', 'expected_version', t.expected, 'actual_version', 6), t.what)
from (values
    (5, '{"title": "Mine"}', 'who does not know the latest is refused'),
    (7, '{"title": "Mine"}', 'so is who knows one that never was'),
    (0, '{"title": "Mine"}', '0 says that there is none yet'),
    (4, :'second', 'the latest content is no retry of a call that knew an older version')
) as t (expected, schema, what);
select pg_temp.refuses(
    format('select hypermind.register_event_type(''custom.new'', ''{}'', %L, p_expected_version => 1)', :'project_a'),
    'MH014',
    'the contract of custom.new is at version 0, not at 1',
    '{"subject": "custom.new", "expected_version": 1, "actual_version": 0}',
    'a version that is not there is not expected');

-- What an event met before, it must meet still, unless the author says otherwise.
select hypermind.register_event_type('custom.kept',
                                     '{"properties": {"a": {"type": "integer", "maximum": 9}}, "required": ["a"]}',
                                     :'project_a', '{"tool": "t"}') as ignored \gset
select is(pg_temp.refusal(format(
              'select hypermind.register_event_type(''custom.kept'', %L, %L, %L)', t.schema, :'project_a',
              t.columns)) #- '{hint}'
              #- '{message}' #- '{detail,problems}',
          '{"code": "MH022", "detail": {"subject": "custom.kept", "version": 1}}', t.what)
from (values
    ('{"properties": {"a": {"type": "integer", "maximum": 9}}, "required": ["a", "b"]}', '{"tool": "t"}',
     'another required member breaks'),
    ('{"properties": {"a": {"type": "string"}}, "required": ["a"]}', '{"tool": "t"}', 'another type breaks'),
    ('{"properties": {"a": {"type": "integer", "maximum": 8}}, "required": ["a"]}', '{"tool": "t"}',
     'a smaller bound breaks'),
    ('{"properties": {"a": {"type": "integer", "maximum": 9}}, "required": ["a"], "additionalProperties": false}',
     '{"tool": "t"}',
     'a closed object breaks'),
    ('false', '{"tool": "t"}', 'nothing at all breaks'),
    ('{"properties": {"a": {"type": "integer", "maximum": 9}}, "required": ["a"]}', '{"tool": "t", "model": "m"}',
     'a member that must now fit a column breaks'),
    ('{"properties": {"a": {"type": "integer", "maximum": 9}}, "required": ["a"]}', '{"tool": "u"}',
     'so does another one for it')
) as t (schema, columns, what);
prepare several as
    select hypermind.register_event_type('custom.kept',
                                         '{"properties": {"a": {"type": "string"}}, "required": ["a", "b"]}',
                                         :'project_a',
                                         '{"tool": "t", "cost": "c"}');
select is(pg_temp.refusal('several') #>> '{detail,problems}' ~ t.part, true, format('the detail names %s', t.part))
from (values ('"/properties/a/type"'), ('"/required"'), ('"/x-columns/cost"'), ('c must now fit the column cost'))
    as t (part);
select matches(pg_temp.refusal('several') ->> 'message',
               '^the contract of custom.kept would refuse what version 1 accepts: .* \(and 2 more\)$',
               'the message names the first');
select is((pg_temp.refusal('several') -> 'hint')::boolean, true, 'the hint says how');
select is(hypermind.register_event_type('custom.kept',
                                        '{"properties": {"a": {"type": "string"}}, "required": ["a", "b"]}',
                                        :'project_a',
                                        '{"tool": "t", "cost": "c"}', p_breaking => true), 2,
                                        'who says that it breaks may');
select is(hypermind.register_event_type('custom.kept',
                                        '{"properties": {"a": {"type": ["string", "null"]}}, "required": ["b"]}',
                                        :'project_a'), 3, 'asking for less does not break, nor does a column that is '
                                                          'filled no more');
select is((select array_agg(e.breaking order by e.version) from hypermind.event_types as e
           where e.event_type = 'custom.kept'),
          '{f,t,f}', 'what its author said is kept');
select is(hypermind.register_event_type('custom.first', '{}', :'project_a', p_breaking => true), 1, 'a first version');
select is((select e.breaking from hypermind.event_types as e where e.event_type = 'custom.first'), false,
          'breaks nothing, whatever its author says');
select is(hypermind.register_event_type('custom.first', '{"title": "x"}', :'project_a', p_breaking => null), 2,
          'NULL does not say so');

-- Whose type it is.
select pg_temp.refuses(format('select hypermind.register_event_type(%s)', t.arguments), t.code, t.message, t.detail,
                       t.what)
from (values
    ('''custom.x'', ''{}''', 'MH016', 'custom.x is a type of a project''s own: say of which',
     '{"argument": "p_project_id"}'::jsonb,
     'custom.* needs a project'),
    (format('''model.x'', ''{}'', %L', :'project_a'), 'MH016',
     'model.x is a type of the whole ledger: it has no project',
     '{"argument": "p_project_id"}', 'other types have none'),
    (format('''customs.x'', ''{}'', %L', :'project_a'), 'MH016',
     'customs.x is a type of the whole ledger: it has no project',
     '{"argument": "p_project_id"}', 'customs.x is none of custom.*'),
    ('''model.x'', ''{}''', '42501',
     'model.x is a type of the whole ledger: only members of hypermind_operator register it', null,
     'a writer registers no type of the whole ledger'),
    (format('''custom.retried'', ''{}'', %L', :'project_b'), 'MH015', format('project %s does not exist', :'project_b'),
     jsonb_build_object('project_id', :'project_b'), 'another project is not there'),
    (format('''custom.retried'', ''{"type": 1}'', %L, p_expected_version => 9', :'project_b'), 'MH015',
     format('project %s does not exist', :'project_b'), jsonb_build_object('project_id', :'project_b'),
     'whatever else is wrong'),
    (format('''custom.retried'', ''{}'', %L', :'unknown_run'), 'MH015',
     format('project %s does not exist', :'unknown_run'),
     jsonb_build_object('project_id', :'unknown_run'), 'nor is one that never was'),
    ('''run.completed'', ''{}''', 'MH011', 'events of type run.completed are appended by the database itself',
     '{"event_type": "run.completed"}', 'the types of the lifecycle are reserved'),
    ('''run.mine'', ''{}''', 'MH011', 'events of type run.mine are appended by the database itself',
     '{"event_type": "run.mine"}', 'all of run.*'),
    ('''artifact.attached'', ''{}''', 'MH011', 'events of type artifact.attached are appended by the database itself',
     '{"event_type": "artifact.attached"}', 'artifact.attached'),
    ('''snapshot.taken'', ''{}''', 'MH011', 'events of type snapshot.taken are appended by the database itself',
     '{"event_type": "snapshot.taken"}', 'and snapshot.taken')
) as t (arguments, code, message, detail, what);
set local role oscar;
select is(hypermind.register_event_type('model.x', '{}'), 1, 'an operator registers types of the whole ledger');
select is(hypermind.register_event_type('custom.by_oscar', '{}', :'project_a'), 1, 'and of the own project');
select pg_temp.refuses('select hypermind.register_event_type(''run.completed'', ''{}'')', 'MH011',
                       'events of type run.completed are appended by the database itself',
                       '{"event_type": "run.completed"}',
                       'but not of the lifecycle');
select pg_temp.refuses(format('select hypermind.register_event_type(''custom.x'', ''{}'', %L)', :'project_b'), 'MH015',
                       format('project %s does not exist', :'project_b'), jsonb_build_object('project_id',
                           :'project_b'),
                       'and not of others');
set local role carol;
select throws_ok(format('select hypermind.register_event_type(''custom.x'', ''{}'', %L)', :'project_a'), '42501',
                 'permission denied for function register_event_type', 'a reader registers nothing');
set local role audrey;
select throws_ok(format('select hypermind.register_event_type(''custom.x'', ''{}'', %L)', :'project_a'), '42501',
                 'permission denied for function register_event_type', 'nor does an auditor');
reset role;
select throws_ok('select hypermind.register_event_type(''model.y'', ''{}'')', '42501',
                 'model.y is a type of the whole ledger: only members of hypermind_operator register it',
                 'nor a superuser that is nobody in particular: others'' code runs in such a session');
select throws_ok(format('select hypermind.register_event_type(''custom.x'', ''{}'', %L)', :'project_a'), 'MH015', null,
                 'not for a project either');
set local role alice;

-- Bad arguments.
select pg_temp.refuses(
    format('select hypermind.register_event_type(%s)', replace(t.arguments, 'A', quote_literal(:'project_a'))), t.code,
    t.message,
    t.detail, t.what)
from (values
    ('null, ''{}''', 'MH016', 'NULL is no event type', '{"argument": "p_event_type"}'::jsonb, 'a type is needed'),
    ('''custom'', ''{}'', A', 'MH016', '''custom'' is no event type', '{"argument": "p_event_type"}', 'of two words'),
    ('''custom.X'', ''{}'', A', 'MH016', '''custom.X'' is no event type', '{"argument": "p_event_type"}',
     'in lower case'),
    ('''custom.x'', ''{}'', A, null', 'MH016',
     'p_columns must name a member of the payload, each another, for some of the columns model, tool, input_tokens, '
     'output_tokens '
     'and cost', '{"argument": "p_columns"}', 'columns are an object'),
    ('''custom.x'', ''{}'', A, ''{"tags": "x"}''', 'MH016',
     'p_columns must name a member of the payload, each another, for some of the columns model, tool, input_tokens, '
     'output_tokens '
     'and cost', '{"argument": "p_columns"}', 'of known ones'),
    ('''custom.x'', ''{}'', A, ''{"cost": 1}''', 'MH016',
     'p_columns must name a member of the payload, each another, for some of the columns model, tool, input_tokens, '
     'output_tokens '
     'and cost', '{"argument": "p_columns"}', 'with names'),
    ('''custom.x'', ''{}'', A, ''{"cost": ""}''', 'MH016',
     'p_columns must name a member of the payload, each another, for some of the columns model, tool, input_tokens, '
     'output_tokens '
     'and cost', '{"argument": "p_columns"}', 'that are not empty'),
    ('''custom.x'', ''{}'', A, ''{"tool": "x", "model": "x"}''', 'MH016',
     'p_columns must name a member of the payload, each another, for some of the columns model, tool, input_tokens, '
     'output_tokens '
     'and cost', '{"argument": "p_columns"}', 'each another'),
    ('''custom.x'', ''{}'', A, ''[]''', 'MH016',
     'p_columns must name a member of the payload, each another, for some of the columns model, tool, input_tokens, '
     'output_tokens '
     'and cost', '{"argument": "p_columns"}', 'and no array'),
    ('''custom.x'', ''{}'', A, ''"model"''', 'MH016',
     'p_columns must name a member of the payload, each another, for some of the columns model, tool, input_tokens, '
     'output_tokens '
     'and cost', '{"argument": "p_columns"}', 'nor a name'),
    ('''custom.x'', ''{}'', A, ''{}'', ''none''', 'MH016', '''none'' is no text rule', '{"argument": "p_text_rule"}',
     'a text rule is a known one'),
    ('''custom.x'', ''{}'', A, p_summary => ''''', 'MH016',
     'p_summary has 0 characters: it must have 1 to 2000 characters',
     '{"argument": "p_summary"}', 'a summary says something'),
    ('''custom.x'', ''{}'', A, p_summary => repeat(''s'', 2001)', 'MH016',
     'p_summary has 2001 characters: it must have 1 to 2000 characters', '{"argument": "p_summary"}',
     'but not everything'),
    ('''custom.x'', null, A', 'MH021', 'the schema is refused at its root: a schema is a JSON object, true or false',
     '{"pointer": "", "keyword": null, "reason": "a schema is a JSON object, true or false"}', 'a schema is needed'),
    ('''custom.x'', ''{"properties": {"a/b": {"type": "int"}}}'', A', 'MH021',
     'the schema is refused at /properties/a~1b/type: there is no type "int"',
     '{"pointer": "/properties/a~1b/type", "keyword": "type", "reason": "there is no type \"int\""}',
     'one that can be checked; what cannot is named by its JSON Pointer')
) as t (arguments, code, message, detail, what);
select is(pg_temp.refusal(format('select hypermind.register_event_type(''custom.x'', %s, %L)', t.schema, :'project_a'))
              ->> 'code', 'MH017', t.what)
from (values
    ('jsonb_build_object(''title'', repeat(''x'', 262144))', 'a schema has 256 KiB at most'),
    ('(repeat(''{"not":'', 65) || ''true'' || repeat(''}'', 65))::jsonb', 'and 64 levels'),
    ('''{"minimum": 1e400}''', 'and numbers that have an end'),
    ('jsonb_build_object(''allOf'', (select jsonb_agg(true) from generate_series(1, 2001)))', 'and 2000 schemas')
) as t (schema, what);
select is_empty('select * from hypermind.event_types where event_type = ''custom.x''',
                'and nothing of all that is kept');

select * from finish();
rollback;
