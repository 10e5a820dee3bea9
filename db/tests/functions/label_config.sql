-- hypermind.label_config(): movable names for versions, and their history.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/two_projects.psql
select plan(23);
set local role alice;
select hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"n": 1}') as ignored \gset
select hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"n": 2}') as ignored \gset
select hypermind.register_config(:'project_a', 'prompt', 'other', '{"n": 1}') as ignored \gset

select lives_ok(format('select hypermind.label_config(%L, ''prompt'', ''greeting'', ''production'', 1)', :'project_a'),
                'a label names a version');
select lives_ok(format('select hypermind.label_config(%L, ''prompt'', ''greeting'', ''production'', 1)', :'project_a'),
                'setting it again changes nothing');
select lives_ok(format('select hypermind.label_config(%L, ''prompt'', ''greeting'', ''production'', 2)', :'project_a'),
                'it can be moved');
select lives_ok(format('select hypermind.label_config(%L, ''prompt'', ''greeting'', ''production'', 1)', :'project_a'),
                'and moved back');
select lives_ok(format('select hypermind.label_config(%L, ''prompt'', ''greeting'', ''staging'', 2)', :'project_a'),
                'another label is beside it');
select lives_ok(format('select hypermind.label_config(%L, ''prompt'', ''other'', ''production'', 1)', :'project_a'),
                'another prompt has labels of its own');

select results_eq(
    $$ select e.name collate "C", l.label, l.version, l.moves from hypermind.config_labels as l
    join hypermind.config_entities as e using (config_id) order by 1, 2 $$,
    $$ values ('greeting' collate "C", 'production', 1, 3), ('greeting', 'staging', 2, 1),
    ('other', 'production', 1, 1) $$,
    'what the labels name now');
select results_eq(
    $$ select h.move, h.version, h.moved_by from hypermind.config_label_history as h
    join hypermind.config_entities as e using (config_id)
       where e.name = 'greeting' and h.label = 'production' order by h.move $$,
    $$ values (1, 1, 'alice'), (2, 2, 'alice'), (3, 1, 'alice') $$,
    'and what they named before, by whom');

-- A run keeps what the label named when it was created.
select hypermind.create_run(:'project_a', 'chat',
                            '{"p": {"kind": "prompt", "name": "greeting", "label": "production"}}') as run_id \gset
select hypermind.label_config(:'project_a', 'prompt', 'greeting', 'production', 2) as ignored \gset
select is((select version || ' ' || label from hypermind.run_pins where run_id = :'run_id'), '1 production',
          'a run keeps its version when the label moves');

select pg_temp.refuses(format('select hypermind.label_config(%s, %s)', t.project, t.arguments), t.code, t.message,
                       t.detail, t.what)
from (values
    (quote_literal(:'project_a'), '''prompt'', ''greeting'', ''production'', 3', 'MH013',
     'prompt greeting has no version 3',
     '{"kind": "prompt", "name": "greeting", "version": 3}'::jsonb, 'a version that is not there cannot be named'),
    (quote_literal(:'project_a'), '''prompt'', ''greeting'', ''production'', 0', 'MH013',
     'prompt greeting has no version 0',
     '{"kind": "prompt", "name": "greeting", "version": 0}', 'nor version 0'),
    (quote_literal(:'project_a'), '''prompt'', ''missing'', ''production'', 1', 'MH013',
     'prompt missing has no version 1',
     '{"kind": "prompt", "name": "missing", "version": 1}', 'nor a version of what is not there'),
    (quote_literal(:'project_a'), '''tool'', ''greeting'', ''production'', 1', 'MH013',
     'tool greeting has no version 1',
     '{"kind": "tool", "name": "greeting", "version": 1}', 'the kind counts'),
    (quote_literal(:'project_a'), '''prompt'', ''greeting'', null, 1', 'MH016',
     'p_label is null: it must have 1 to 100 characters', '{"argument": "p_label"}', 'a label is needed'),
    (quote_literal(:'project_a'), '''prompt'', ''greeting'', '''', 1', 'MH016',
     'p_label has 0 characters: it must have 1 to 100 characters', '{"argument": "p_label"}', 'an empty one is none'),
    (quote_literal(:'project_a'), '''prompt'', ''greeting'', repeat(''l'', 101), 1', 'MH016',
     'p_label has 101 characters: it must have 1 to 100 characters', '{"argument": "p_label"}',
     'a long one is refused'),
    (quote_literal(:'project_a'), 'null, ''greeting'', ''production'', 1', 'MH016', 'NULL is no kind of configuration',
     '{"argument": "kind"}', 'a kind is needed'),
    (quote_literal(:'project_a'), '''prompt'', null, ''production'', 1', 'MH016',
     'name is null: it must have 1 to 200 characters', '{"argument": "name"}', 'a name is needed'),
    (quote_literal(:'project_b'), '''prompt'', ''greeting'', ''production'', 1', 'MH015',
     format('project %s does not exist', :'project_b'), jsonb_build_object('project_id', :'project_b'),
     'a project of others is refused'),
    (quote_literal(:'unknown_run'), '''prompt'', ''greeting'', ''production'', 1', 'MH015',
     format('project %s does not exist', :'unknown_run'), jsonb_build_object('project_id', :'unknown_run'),
     'in the words of an unknown one'),
    ('null', '''prompt'', ''greeting'', ''production'', 1', 'MH015', 'project null does not exist',
     '{"project_id": null}', 'and none at all')
) as t (project, arguments, code, message, detail, what);
select pg_temp.refuses(format('select hypermind.label_config(%L, ''prompt'', ''greeting'', ''production'', null)',
                              :'project_a'), 'MH013', 'prompt greeting has no version 0',
                       '{"kind": "prompt", "name": "greeting", "version": 0}', 'a version is needed');
select is((select count(*) from hypermind.config_label_history as h join hypermind.config_entities as e
           using (config_id) where e.name = 'greeting'), 5::bigint,
          'what was refused is not in the history');

select * from finish();
rollback;
