-- hypermind.register_config(): numbered, immutable versions of prompts, tools, agents and evaluators.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/two_projects.psql
select plan(31);
select pg_temp.set_clock('2026-11-05 06:07:08.9+00') as ignored \gset
set local role alice;

-- Versions.
select is(hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"text": "Hello"}', 0, 'first'), 1,
          'the first content is version 1');
select is(hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"text": "Hi"}'), 2,
          'another content is version 2');
select is(hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"text": "Hi"}'), 2,
          'the latest content again is the same version');
select is(hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"text": "Hi"}', p_summary => 'other words'),
          2, 'whatever its summary');
select is(hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"text": "Hello"}', 2), 3,
          'rolling back is a new version with the old content');
select is(hypermind.register_config(:'project_a', 'tool', 'greeting', '{"text": "Hello"}'), 1,
          'another kind counts for itself');
select is(hypermind.register_config(:'project_a', 'prompt', 'Greeting', '{"text": "Hello"}'), 1,
          'so does another name');
set local role bob;
select is(hypermind.register_config(:'project_b', 'prompt', 'greeting', '{"text": "Hallo"}'), 1,
          'so does another project');
set local role alice;

-- Two people edit at once.
select is(hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"text": "Moin"}', 3), 4,
          'who knows the latest version may register');
prepare stale as select hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"text": "Servus"}', 3);
select pg_temp.refuses('stale', 'MH014', 'prompt greeting is at version 4, not at 3',
                       '{"kind": "prompt", "name": "greeting", "expected_version": 3, "actual_version": 4}',
                       'who does not is refused');
prepare none_yet as select hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"text": "Servus"}', 0);
select pg_temp.refuses('none_yet', 'MH014', 'prompt greeting is at version 4, not at 0',
                       '{"kind": "prompt", "name": "greeting", "expected_version": 0, "actual_version": 4}',
                       '0 says that there is none yet');
prepare too_early as select hypermind.register_config(:'project_a', 'agent', 'helper', '{}', 1);
select pg_temp.refuses('too_early', 'MH014', 'agent helper is at version 0, not at 1',
                       '{"kind": "agent", "name": "helper", "expected_version": 1, "actual_version": 0}',
                       'a version that is not there is not expected');
select is(hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"text": "Moin"}', 3), 4,
          'a retry of what made the latest version succeeds again');
prepare old_again as select hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"text": "Hello"}', 2);
select pg_temp.refuses('old_again', 'MH014', 'prompt greeting is at version 4, not at 2',
                       '{"kind": "prompt", "name": "greeting", "expected_version": 2, "actual_version": 4}',
                       'but not one of what has been replaced since');

-- What is stored.
select results_eq(
    $$ select v.version, v.content, v.summary, v.author, v.created_at,
    v.content_sha256 = sha256(convert_to(v.content::text, 'UTF8'))
       from hypermind.config_versions as v join hypermind.config_entities as e using (config_id)
       where e.kind = 'prompt' and e.name = 'greeting' order by v.version $$,
    $$ values (1, '{"text": "Hello"}'::jsonb, 'first', 'alice', '2026-11-05 06:07:08.9+00'::timestamptz, true),
              (2, '{"text": "Hi"}', null, 'alice', '2026-11-05 06:07:08.9+00', true),
              (3, '{"text": "Hello"}', null, 'alice', '2026-11-05 06:07:08.9+00', true),
              (4, '{"text": "Moin"}', null, 'alice', '2026-11-05 06:07:08.9+00', true) $$,
    'versions follow each other without gaps, with author, time and hash; refused ones leave no trace');
select is_empty('select * from hypermind.config_entities where name = ''helper''',
                'not even the name of what was refused is kept');

-- What cannot be registered.
select pg_temp.refuses(format('select hypermind.register_config(%L, %s)', :'project_a', t.arguments), t.code,
                       t.message, t.detail, t.what)
from (values
    ('null, ''x'', ''{}''',                             'MH016', 'NULL is no kind of configuration',
     '{"argument": "kind"}'::jsonb, 'a kind is needed'),
    ('''model'', ''x'', ''{}''',                        'MH016', '''model'' is no kind of configuration',
     '{"argument": "kind"}', 'a known one'),
    ('''prompt'', null, ''{}''',                        'MH016', 'name is null: it must have 1 to 200 characters',
     '{"argument": "name"}', 'a name is needed'),
    ('''prompt'', '''', ''{}''',                        'MH016',
     'name has 0 characters: it must have 1 to 200 characters', '{"argument": "name"}', 'an empty one is none'),
    ('''prompt'', repeat(''n'', 201), ''{}''',          'MH016',
     'name has 201 characters: it must have 1 to 200 characters', '{"argument": "name"}', 'a long one is refused'),
    ('''prompt'', ''x'', null',                         'MH016', 'content must be a JSON object, not NULL',
     '{"argument": "content"}', 'a content is needed'),
    ('''prompt'', ''x'', ''"text"''',                   'MH016', 'content must be a JSON object, not string',
     '{"argument": "content"}', 'it is an object'),
    ('''prompt'', ''x'', ''[]''',                       'MH016', 'content must be a JSON object, not array',
     '{"argument": "content"}', 'not an array'),
    ('''prompt'', ''x'', ''{}'', null, ''''',           'MH016',
     'p_summary has 0 characters: it must have 1 to 2000 characters', '{"argument": "p_summary"}',
     'a summary says something'),
    ('''prompt'', ''x'', ''{}'', null, repeat(''s'', 2001)', 'MH016',
     'p_summary has 2001 characters: it must have 1 to 2000 characters', '{"argument": "p_summary"}',
     'but not everything'),
    ('''prompt'', ''x'', ''{"n": 1e400}''',             'MH017',
     'content is too large: its text may have 16 MiB, its numbers must be below 1e400 and have at most 400 decimals',
     '{"argument": "content", "max_bytes": 16777216, "max_magnitude": "1e400", "max_scale": 400}',
     'numbers have an end')
) as t (arguments, code, message, detail, what);
select is_empty('select * from hypermind.config_entities where name = ''x''', 'and nothing of it is kept');

-- Other people's projects.
prepare unknown as select hypermind.register_config(:'unknown_run', 'prompt', 'x', '{}');
select pg_temp.refuses('unknown', 'MH015', format('project %s does not exist', :'unknown_run'),
                       jsonb_build_object('project_id', :'unknown_run'), 'an unknown project is refused');
prepare foreign_project as select hypermind.register_config(:'project_b', 'prompt', 'x', '{}');
select pg_temp.refuses('foreign_project', 'MH015', format('project %s does not exist', :'project_b'),
                       jsonb_build_object('project_id', :'project_b'), 'one of others in the same words');
prepare no_project as select hypermind.register_config(null, 'prompt', 'x', '{}');
select pg_temp.refuses('no_project', 'MH015', 'project null does not exist', '{"project_id": null}', 'and none at all');

select * from finish();
rollback;
