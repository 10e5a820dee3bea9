-- hypermind.create_run(): what a run is made of, fixed at its beginning.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/two_projects.psql
select plan(84);
set local role alice;
select hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"text": "Hello"}') as ignored \gset
select hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"text": "Hi"}') as ignored \gset
select hypermind.register_config(:'project_a', 'agent', 'helper', '{"steps": 3}') as ignored \gset
select hypermind.label_config(:'project_a', 'prompt', 'greeting', 'production', 1) as ignored \gset
select hypermind.create_run(:'project_a', 'chat') as parent \gset
reset role;
set local role bob;
select hypermind.create_run(:'project_b', 'chat') as run_of_b \gset
reset role;
select pg_temp.set_clock('2026-11-05 06:07:08.901234+00') as ignored \gset
set local role alice;

-- Everything given.
\set run_id 019a5296-c325-7abc-9def-0123456789ab
prepare everything as
    select hypermind.create_run(
        :'project_a', 'evaluate',
        '{"system": {"kind": "prompt", "name": "greeting", "label": "production"}, "who": {"kind": "agent", "name": '
        '"helper", "version": 1}}',
        '{"q": 1.50}', '{"ticket": 4711}', '{urgent, "zwei Wörter"}', :'parent', :'run_id', 'night shift', 'model-1',
        'Ada');
-- The id is of another day than the clock: first as somebody who may.
reset role;
select hypermind.uuidv7_time(:'run_id') as id_time \gset
select pg_temp.set_clock(:'id_time'::timestamptz + interval '23 hours 59 minutes 0.901234 seconds') as ignored \gset
set local role alice;
select results_eq('everything', format('values (%L::uuid)', :'run_id'), 'a run gets the id that it was given');
select results_eq(
    format($$ select mode, agent, model, tags, owner, created_by, input, metadata, parent_run_id, forked_at_seq,
           parent_event_hash, salt is not null,
                     project_id, created_at
              from hypermind.runs where run_id = %L $$, :'run_id'),
    format($$ values ('evaluate', 'night shift', 'model-1', '{urgent, "zwei Wörter"}'::text[], 'Ada', 'alice',
                      '{"q": 1.50}'::jsonb, '{"ticket": 4711}'::jsonb,
                      %L::uuid, null::bigint, null::bytea, true, %L::uuid,
                      %L::timestamptz + interval '23 hours 59 minutes 0.901234 seconds') $$,
           :'parent', :'project_a', :'id_time'),
    'its row has what was given');
select results_eq(
    format($$ select slot, kind, name, version, label, content_sha256
           = encode(sha256(convert_to(content, 'UTF8')), 'hex')
              from hypermind.run_pins
              join (values ('system', '{"text": "Hello"}'), ('who', '{"steps": 3}')) as c (slot, content) using (slot)
              where run_id = %L order by slot collate "C" $$, :'run_id'),
    $$ values ('system', 'prompt', 'greeting', 1, 'production', true), ('who', 'agent', 'helper', 1, null, true) $$,
    'its labels are resolved to versions, and pinned with their hashes');
select results_eq(
    format($$ select seq, event_type, payload, parent_seq, state_delta, model, tags, occurred_at = recorded_at
           from hypermind.run_events where run_id = %L $$, :'run_id'),
    $$ values (1::bigint, 'run.created',
               '{"mode": "evaluate",
                 "configs": {"system": {"kind": "prompt", "name": "greeting", "label": "production"},
                             "who": {"kind": "agent", "name": "helper", "version": 1}}}'::jsonb,
               null::bigint, null::jsonb, null, null::text[], true) $$,
    'run.created is its first event, and says what was asked for');
select results_eq(
    format($$ select status, last_seq, epoch, claimed_by, cancel_requested_seq, project_id from hypermind.run_heads
           where run_id = %L $$, :'run_id'),
    format($$ values ('queued', 1::bigint, 0::bigint, null, null::bigint, %L::uuid) $$, :'project_a'),
    'it is queued');
select is(hypermind.state_at(:'run_id'), '{}', 'its state is empty');
select is((select valid from hypermind.verify_run(:'run_id')), true, 'it verifies');

-- Retries.
select results_eq('everything', format('values (%L::uuid)', :'run_id'), 'the same call again returns the same id');
select hypermind.label_config(:'project_a', 'prompt', 'greeting', 'production', 2) as ignored \gset
select hypermind.transition_run(:'run_id', 'running') as ignored \gset
select hypermind.transition_run(:'run_id', 'completed') as ignored \gset
reset role;
select pg_temp.set_clock(:'id_time'::timestamptz + interval '3 days') as ignored \gset
set local role alice;
select results_eq('everything', format('values (%L::uuid)', :'run_id'),
                  'even when the label has moved, the run has ended and days have gone by');
select is((select version from hypermind.run_pins where run_id = :'run_id' and slot = 'system'), 1, 'the pin stays');
select is(pg_temp.position_of(:'run_id'), 'completed 3 3', 'and nothing is added');
select pg_temp.refuses(
    format('select hypermind.create_run(%L, %s)', :'project_a', replace(t.arguments, 'RUN', quote_literal(:'run_id'))),
    'MH005',
    format('run id %s is taken by another run', :'run_id'), jsonb_build_object('run_id', :'run_id'), t.what)
from (values
    ('''chat'', p_run_id => RUN', 'the same id for another run is refused'),
    (format('''evaluate'', ''{"system": {"kind": "prompt", "name": "greeting", "version": 1}, "who": {"kind": '
            '"agent", "name": "helper", "version": 1}}'', '
            '''{"q": 1.5}'', ''{"ticket": 4711}'', ''{urgent, "zwei Wörter"}'', %L, RUN, ''night shift'', '
            '''model-1'', ''Ada''', :'parent'),
     'so is one that asks for its configuration in other words'),
    (format('''evaluate'', ''{"system": {"kind": "prompt", "name": "greeting", "label": "production"}, "who": '
            '{"kind": "agent", "name": "helper", "version": 1}}'', '
            '''{"q": 2}'', ''{"ticket": 4711}'', ''{urgent, "zwei Wörter"}'', %L, RUN, ''night shift'', ''model-1'', '
            '''Ada''', :'parent'),
     'or has another input'),
    (format('''evaluate'', ''{"system": {"kind": "prompt", "name": "greeting", "label": "production"}, "who": '
            '{"kind": "agent", "name": "helper", "version": 1}}'', '
            '''{"q": 1.5}'', ''{"ticket": 4711}'', ''{urgent}'', %L, RUN, ''night shift'', ''model-1'', ''Ada''',
            :'parent'),
     'or other tags')
) as t (arguments, what);
set local role bob;
prepare taken as select hypermind.create_run(:'project_b', 'chat', p_run_id => :'run_id');
select pg_temp.refuses('taken', 'MH005', format('run id %s is taken by another run', :'run_id'),
                       jsonb_build_object('run_id', :'run_id'),
                       'an id that is taken in another project is refused, too');
select hypermind.new_run_id() as twin \gset
set local role alice;
select hypermind.create_run(:'project_a', 'chat', p_run_id => :'twin', p_owner => 'Ada') as ignored \gset
set local role bob;
prepare twin as select hypermind.create_run(:'project_b', 'chat', p_run_id => :'twin', p_owner => 'Ada');
select pg_temp.refuses('twin', 'MH005', format('run id %s is taken by another run', :'twin'), jsonb_build_object('run_id', :'twin'),
                       'even when all else is the same');
set local role alice;

-- Nothing given.
select hypermind.create_run(:'project_a', 'chat') as plain \gset
select results_eq(
    format($$ select mode, agent, model, tags, owner, created_by, input, metadata, parent_run_id,
           hypermind.uuidv7_time(run_id) from hypermind.runs where run_id = %L $$, :'plain'),
    format($$ values ('chat', null, null, '{}'::text[], 'alice', 'alice', '{}'::jsonb, '{}'::jsonb, null::uuid,
                      %L::timestamptz + interval '3 days') $$, :'id_time'),
    'what is left out is empty; the owner is the caller, and the id is of now');
select hypermind.create_run(:'project_a', 'chat', '{"who": {"kind": "agent", "name": "helper", "version": 1}}',
                            p_tags => null) as named \gset
select is((select agent from hypermind.runs where run_id = :'named'), 'helper',
          'the agent is named after the one that is pinned');
select is((select tags from hypermind.runs where run_id = :'named'), '{}', 'no tags are none');
select lives_ok(format('select hypermind.create_run(%L, %L)', :'project_a', m), format('a run can be of mode %s', m))
from unnest('{chat, workflow, batch, compare, replay, evaluate}'::text[]) as m;

-- Ids.
select pg_temp.refuses(
    format('select hypermind.create_run(%L, ''chat'', p_run_id => %L)', :'project_a', t.id), 'MH018',
    format('%s is no UUID of version 7', t.id), jsonb_build_object('run_id', t.id), t.what)
from (values
    ('f47ac10b-58cc-4372-a567-0e02b2c3d479'::uuid, 'a random UUID is no run id'),
    ('00000000-0000-0000-0000-000000000000', 'nor is the nil UUID'),
    ('ffffffff-ffff-ffff-ffff-ffffffffffff', 'nor the max UUID'),
    (overlay(:'run_id' placing '7' from 20)::uuid, 'nor one of another variant'),
    ('e677d21f-dc00-7000-8000-000000000000', 'nor one of the year 10000')
) as t (id, what);
create temp table near as
select t.what, t.good, (hypermind.uuidv7_floor(:'id_time'::timestamptz + interval '3 days' + t.away)::text) as id
from (values ('a day ago', interval '-1 day', true), ('a day ahead', interval '1 day', true),
      ('more than a day ago', interval '-1 day -1 millisecond', false),
             ('more than a day ahead', interval '1 day 1 millisecond', false),
             ('the year 9999', interval '7900 years', false)) as t (what, away, good);
update near set id = overlay(overlay(id placing '7' from 15) placing '8' from 20);
select is(pg_temp.refusal(format('select hypermind.create_run(%L, ''chat'', p_run_id => %L)', :'project_a', id)), null,
          format('an id of %s is taken', what))
from near where good;
select pg_temp.refuses(
    format('select hypermind.create_run(%L, ''chat'', p_run_id => %L)', :'project_a', id), 'MH018',
    format('run id %s is of %s: it must be within a day of now', id,
           to_char(hypermind.uuidv7_time(id::uuid) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
    jsonb_build_object('run_id', id, 'id_time', hypermind.uuidv7_time(id::uuid)), format('one of %s is refused', what))
from near where not good;
grant select on near to oscar;
set local role oscar;
select is(pg_temp.refusal(format('select hypermind.create_run(%L, ''chat'', p_run_id => %L)', :'project_a', id)), null,
          format('an operator may backfill one of %s', what))
from near where not good;
set local role alice;

-- What a run cannot be made of.
select count(*) as runs_before from hypermind.runs \gset
select pg_temp.refuses(format('select hypermind.create_run(%L, %s)', :'project_a', t.arguments), t.code, t.message,
                       t.detail, t.what)
from (values
    ('null',                                                        'MH016', 'NULL is no run mode',
     '{"argument": "p_mode"}'::jsonb, 'a mode is needed'),
    ('''Chat''',                                                    'MH016', '''Chat'' is no run mode',
     '{"argument": "p_mode"}', 'a known one'),
    ('''chat'', null',                                              'MH016', 'configs must be a JSON object, not NULL',
     '{"argument": "configs"}', 'configs cannot be null'),
    ('''chat'', ''[]''',                                            'MH016',
     'configs must be a JSON object, not array', '{"argument": "configs"}', 'nor an array'),
    ('''chat'', ''{}'', null',                                      'MH016', 'input must be a JSON object, not NULL',
     '{"argument": "input"}', 'input cannot be null'),
    ('''chat'', ''{}'', ''1''',                                     'MH016', 'input must be a JSON object, not number',
     '{"argument": "input"}', 'nor a number'),
    ('''chat'', ''{}'', ''{}'', null',                              'MH016',
     'metadata must be a JSON object, not NULL', '{"argument": "metadata"}', 'metadata cannot be null'),
    ('''chat'', ''{}'', ''{}'', ''true''',                          'MH016',
     'metadata must be a JSON object, not boolean', '{"argument": "metadata"}', 'nor true'),
    ('''chat'', ''{}'', ''{"n": 1e400}''',                          'MH017',
     'input is too large: its text may have 16 MiB, its numbers must be below 1e400 and have at most 400 decimals',
     '{"argument": "input", "max_bytes": 16777216, "max_magnitude": "1e400", "max_scale": 400}',
     'nor have a number beyond the limits'),
    ('''chat'', p_metadata => (''{"a": '' || repeat(''['', 100) || repeat('']'', 100) || ''}'')::jsonb', 'MH017',
     'metadata is nested deeper than 100 levels',
     '{"argument": "metadata", "max_depth": 100}', 'nor be nested too deeply'),
    ('''chat'', p_tags => ''{a, null}''',                           'MH016',
     'tags must be a plain array of at most 64 words of 1 to 200 characters', '{"argument": "p_tags"}',
     'a tag cannot be null'),
    ('''chat'', p_agent => ''''',                                   'MH016',
     'p_agent has 0 characters: it must have 1 to 200 characters', '{"argument": "p_agent"}',
     'an agent''s name cannot be empty'),
    ('''chat'', p_model => repeat(''m'', 201)',                     'MH016',
     'p_model has 201 characters: it must have 1 to 200 characters', '{"argument": "p_model"}', 'nor a model''s long'),
    ('''chat'', p_owner => ''''',                                   'MH016',
     'p_owner has 0 characters: it must have 1 to 200 characters', '{"argument": "p_owner"}', 'nor an owner''s empty'),
    ('''chat'', ''{"s": {"kind": "prompt", "name": "greeting", "version": 3}}''',           'MH013',
     'prompt greeting has no version 3',
     '{"kind": "prompt", "name": "greeting", "version": 3}', 'a version that is not there cannot be pinned'),
    ('''chat'', ''{"s": {"kind": "prompt", "name": "greeting", "label": "staging"}}''',     'MH013',
     'prompt greeting has no label staging',
     '{"kind": "prompt", "name": "greeting", "label": "staging"}', 'nor can a label'),
    ('''chat'', ''{"s": {"kind": "tool", "name": "greeting", "version": 1}}''',             'MH013',
     'tool greeting has no version 1',
     '{"kind": "tool", "name": "greeting", "version": 1}', 'nor a name of another kind'),
    ('''chat'', ''{"s": {"kind": "model", "name": "greeting", "version": 1}}''',            'MH016',
     '''model'' is no kind of configuration', '{"argument": "kind"}', 'a kind must be known'),
    ('''chat'', ''{"": {"kind": "prompt", "name": "greeting", "version": 1}}''',            'MH016',
     'slot has 0 characters: it must have 1 to 100 characters', '{"argument": "slot"}', 'a slot must have a name'),
    ('''chat'', jsonb_build_object(repeat(''s'', 101), ''{"kind": "prompt", "name": "greeting", "version": '
     '1}''::jsonb)', 'MH016',
     'slot has 101 characters: it must have 1 to 100 characters', '{"argument": "slot"}', 'and not a long one')
) as t (arguments, code, message, detail, what);
select pg_temp.refuses(
    format('select hypermind.create_run(%L, ''chat'', %L)', :'project_a', format('{"s": %s}', t.ref)), 'MH016',
    'slot s does not name a configuration', '{"argument": "p_configs"}', format('a slot cannot be %s', t.ref))
from unnest(array['"greeting"', 'null', '{}', '{"kind": "prompt", "name": "greeting"}',
                  '{"kind": "prompt", "version": 1}', '{"name": "greeting", "version": 1}',
                  '{"kind": "prompt", "name": "greeting", "version": 1, "label": "production"}',
                  '{"kind": "prompt", "name": "greeting", "version": 0}',
                  '{"kind": "prompt", "name": "greeting", "version": -1}',
                  '{"kind": "prompt", "name": "greeting", "version": 1.5}',
                  '{"kind": "prompt", "name": "greeting", "version": 12345678901}',
                  '{"kind": "prompt", "name": "greeting", "version": null}',
                  '{"kind": "prompt", "name": "greeting", "version": "latest"}',
                  '{"kind": "prompt", "name": "greeting", "label": null}',
                  '{"kind": "prompt", "name": "greeting", "label": 1}', '{"kind": 1, "name": "greeting", "version": 1}',
                  '{"kind": "prompt", "name": "greeting", "version": 1, "content": {}}']) as t (ref);

-- Parents and projects of others.
select pg_temp.refuses(format('select hypermind.create_run(%L, ''evaluate'', p_parent_run_id => %L)', :'project_a',
                              t.id), 'MH001',
                       format('run %s does not exist', t.id), jsonb_build_object('run_id', t.id), t.what)
from (values (:'unknown_run', 'an unknown parent is refused'),
      (:'run_of_b', 'one of another project in the same words')) as t (id, what);
select pg_temp.refuses(format('select hypermind.create_run(%L, ''chat'')', t.id), 'MH015',
                       format('project %s does not exist', coalesce(t.id, 'null')),
                       jsonb_build_object('project_id', t.id), t.what)
from (values (:'unknown_run', 'an unknown project is refused'), (:'project_b', 'one of others in the same words'),
      (null, 'and none at all')) as t (id, what);
reset role;
grant :"role_b" to alice;
set local role alice;
prepare both_projects as select hypermind.create_run(:'project_a', 'evaluate', p_parent_run_id => :'run_of_b');
select pg_temp.refuses('both_projects', 'MH001', format('run %s does not exist', :'run_of_b'),
                       jsonb_build_object('run_id', :'run_of_b'),
                       'a parent is of the same project, even for a member of both');
select is((select count(*) from hypermind.runs where project_id = :'project_a'), :runs_before::bigint,
          'no refused run is there');
set local role oscar;
select is((select count(*) from hypermind.check_integrity()), 0::bigint, 'and no trace of one');

select * from finish();
rollback;
