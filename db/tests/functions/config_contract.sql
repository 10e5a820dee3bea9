-- The contracts of a project's prompts, tools, agents and evaluators: at register_config().
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/two_projects.psql
select plan(24);
set local role alice;
select is(hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"old": true}'), 1,
          'a content from before there is a contract');
select is(hypermind.register_contract(:'project_a', k.kind,
                                      jsonb_build_object('required', jsonb_build_array('for_' || k.kind))), 1,
          format('a contract for each %s', k.kind))
from (values ('prompt'), ('tool'), ('agent'), ('evaluator')) as k (kind);

-- Each kind has its own.
select pg_temp.refuses(
    format('select hypermind.register_config(%L, %L, ''x'', %L)', :'project_a', k.kind, k.content), 'MH006',
    format('the content of the %s breaks version 1 of its contract: it must have the members for_%s', k.kind, k.kind),
    jsonb_build_object('subject', k.kind, 'version', 1, 'count', 1, 'violations', jsonb_build_array(jsonb_build_object(
        'pointer', '', 'rule', '/required', 'keyword', 'required', 'message', 'must have the members for_' || k.kind))),
    format('a content of a %s that breaks it is refused', k.kind))
from (values ('prompt', '{"for_tool": 1}'), ('tool', '{"for_prompt": 1}'), ('agent', '{}'),
      ('evaluator', '{"for_agent": 1}')) as k (kind, content);
select is_empty('select * from hypermind.config_entities where name = ''x''', 'nothing of them is kept');
select is(hypermind.register_config(:'project_a', k.kind, 'x', jsonb_build_object('for_' || k.kind, 1)), 1,
          format('a content of a %s that meets it is registered', k.kind))
from (values ('prompt'), ('tool'), ('agent'), ('evaluator')) as k (kind);
select throws_ok(format('select hypermind.register_config(%L, ''prompt'', ''x'', ''{}'', 7)', :'project_a'), 'MH014',
                 null,
                 'a stale version comes before the content');

-- What is there stays; retries succeed; what is new goes by the latest version.
select is(hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"old": true}', 0), 1,
          'the same content again is the same version, whatever the contract says now');
select hypermind.register_contract(:'project_a', 'prompt', '{"required": ["text"]}', p_breaking => true) as ignored
\gset
select is(hypermind.register_config(:'project_a', 'prompt', 'x', '{"for_prompt": 1}', 0), 1,
          'also after it was tightened');
select throws_ok(format('select hypermind.register_config(%L, ''prompt'', ''x'', ''{"for_prompt": 2}'')',
                        :'project_a'), 'MH006',
                 'the content of the prompt breaks version 2 of its contract: it must have the members text',
                 'a new content goes by it');
select is(hypermind.register_config(:'project_a', 'prompt', 'x', '{"text": "Hi"}'), 2,
          'one that meets it is the next version');
select throws_ok(format('select hypermind.register_config(%L, ''prompt'', ''x'', ''{"for_prompt": 1}'')',
                        :'project_a'), 'MH006', null,
                 'rolling back to a content that breaks it is refused');
select results_eq(
    $$ select e.kind, e.name, v.version, v.contract_version
       from hypermind.config_versions as v join hypermind.config_entities as e using (config_id) order by 1, 2, 3 $$,
    $$ values ('agent', 'x', 1, 1), ('evaluator', 'x', 1, 1), ('prompt', 'greeting', 1, null), ('prompt', 'x', 1, 1),
    ('prompt', 'x', 2, 2),
              ('tool', 'x', 1, 1) $$, 'each version records which contract it met');

-- What was registered before can be pinned still.
select isnt(hypermind.create_run(:'project_a', 'chat', '{"p": {"kind": "prompt", "name": "greeting", "version": 1}}'),
            null,
            'a run pins a content from before');

-- The contracts of a project are nothing to another.
set local role bob;
select is(hypermind.register_config(:'project_b', 'prompt', 'x', '{}'), 1, 'another project takes what it likes');
select is((select contract_version from hypermind.config_versions), null, 'and has met nothing');

select * from finish();
rollback;
