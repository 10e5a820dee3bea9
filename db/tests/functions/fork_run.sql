-- hypermind.fork_run(): a new run from a step of another, with its state and pins edited if asked.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/rich_run.psql
select plan(45);
select hypermind_private.run_id_at('2040-01-02 03:04:05.678+00') as new_id \gset
select pg_temp.set_clock('2040-01-02 03:04:06+00') as ignored \gset
set local role alice;
select encode(event_hash, 'hex') as hash_at_4 from hypermind.run_events where run_id = :'run_id' and seq = 4 \gset

-- Everything given.
prepare everything as
    select hypermind.fork_run(:'run_id', 4, '{"turn": null, "edited": true}',
                              '{"system": {"kind": "prompt", "name": "greeting", "version": 2}, "new": {"kind": '
                              '"tool", "name": "search", "version": 1}}',
                              :'new_id', '{"why": "what if"}', '{fork}', 'Ada');
select results_eq('everything', format('values (%L::uuid)', :'new_id'), 'a fork gets the id that it was given');
select results_eq(
    format($$ select mode, agent, model, tags, owner, created_by, input, metadata, parent_run_id, forked_at_seq,
           encode(parent_event_hash, 'hex'), project_id, created_at
              from hypermind.runs where run_id = %L $$, :'new_id'),
    format($$ values ('replay', null, null, '{fork}'::text[], 'Ada', 'alice',
                      '{"question": "Where is order 17?"}'::jsonb, '{"why": "what if"}'::jsonb, %L::uuid, 4::bigint,
                      %L, %L::uuid,
                      '2040-01-02 03:04:06+00'::timestamptz) $$, :'run_id', :'hash_at_4', :'project_a'),
    'its row has the parent''s input, and says which run and which event it comes from');
select results_eq(
    format('select slot, kind, name, version, label from hypermind.run_pins where run_id = %L order by slot collate '
           '"C"', :'new_id'),
    $$ values ('new', 'tool', 'search', 1, null), ('search', 'tool', 'search', 1, null),
    ('system', 'prompt', 'greeting', 2, null) $$,
    'the overridden slots are pinned anew, a new slot is added, all others are the parent''s');
select results_eq(
    format('select seq, event_type, payload from hypermind.run_events where run_id = %L', :'new_id'),
    format($$ values (1::bigint, 'run.created', jsonb_build_object(
                  'mode', 'replay', 'parent_run_id', %L, 'forked_at_seq', 4, 'parent_event_hash', %L, 'state_patch',
                  '{"turn": null, "edited": true}'::jsonb,
                  'config_overrides',
                  '{"system": {"kind": "prompt", "name": "greeting", "version": 2}, "new": {"kind": "tool", "name": '
                  '"search", "version": 1}}'::jsonb)) $$, :'run_id', :'hash_at_4'),
    'its first event says what was edited');
select results_eq(format('select seq, state from hypermind.run_state_snapshots where run_id = %L', :'new_id'),
                  $$ values (0::bigint, '{"messages": ["Let me look."], "edited": true}'::jsonb) $$,
                  'its base state is the parent''s, edited');
select is(hypermind.state_at(:'new_id', 0), '{"messages": ["Let me look."], "edited": true}',
          'which is its state at seq 0');
select is(hypermind.append_event(:'new_id', 'message.added', '{}',
                                 '[{"op": "add", "path": "/messages/-", "value": "Hm."}]'), 2::bigint,
                                 'it goes on from there');
select is(hypermind.state_at(:'new_id'), '{"messages": ["Let me look.", "Hm."], "edited": true}',
          'with deltas on that state');
select is(valid, true, 'it verifies') from hypermind.verify_run(:'new_id');
select is(pg_temp.position_of(:'run_id'), 'running 7 7', 'the parent is as it was');

-- Retries.
select hypermind.label_config(:'project_a', 'prompt', 'greeting', 'production', 2) as ignored \gset
select hypermind.append_event(:'run_id', 'message.added') as ignored \gset
select results_eq('everything', format('values (%L::uuid)', :'new_id'), 'the same call again returns the same id');
select pg_temp.refuses(format('select hypermind.fork_run(%s)',
                              replace(replace(t.arguments, 'RUN', quote_literal(:'run_id')), 'NEW',
                                      quote_literal(:'new_id'))), 'MH005',
                       format('run id %s is taken by another run', :'new_id'), jsonb_build_object('run_id', :'new_id'),
                       format('the same id with another %s is refused', t.what))
from (values
    ('seq',      'RUN, 5, ''{"turn": null, "edited": true}'', ''{"system": {"kind": "prompt", "name": "greeting", '
                 '"version": 2}, "new": {"kind": "tool", "name": "search", "version": 1}}'', NEW, ''{"why": "what '
                 'if"}'', ''{fork}'', ''Ada'''),
    ('patch',    'RUN, 4, ''{"turn": null, "edited": 1}'',    ''{"system": {"kind": "prompt", "name": "greeting", '
                 '"version": 2}, "new": {"kind": "tool", "name": "search", "version": 1}}'', NEW, ''{"why": "what '
                 'if"}'', ''{fork}'', ''Ada'''),
    ('override', 'RUN, 4, ''{"turn": null, "edited": true}'', ''{"system": {"kind": "prompt", "name": "greeting", '
                 '"version": 2}}'', NEW, ''{"why": "what if"}'', ''{fork}'', ''Ada'''),
    ('metadata', 'RUN, 4, ''{"turn": null, "edited": true}'', ''{"system": {"kind": "prompt", "name": "greeting", '
                 '"version": 2}, "new": {"kind": "tool", "name": "search", "version": 1}}'', NEW, ''{}'', ''{fork}'', '
                 '''Ada'''),
    ('owner',    'RUN, 4, ''{"turn": null, "edited": true}'', ''{"system": {"kind": "prompt", "name": "greeting", '
                 '"version": 2}, "new": {"kind": "tool", "name": "search", "version": 1}}'', NEW, ''{"why": "what '
                 'if"}'', ''{fork}''')
) as t (what, arguments);
prepare taken as select hypermind.create_run(:'project_a', 'replay', p_run_id => :'new_id');
select pg_temp.refuses('taken', 'MH005', format('run id %s is taken by another run', :'new_id'),
                       jsonb_build_object('run_id', :'new_id'), 'nor is it that of a created run');

-- Nothing given; and the ends of the parent.
select hypermind.fork_run(:'run_id', 4) as plain \gset
select is(hypermind.state_at(:'plain'), hypermind.state_at(:'run_id', 4),
          'without a patch, the state is the parent''s');
select is((select array_agg(format('%s %s %s', slot, version, label) order by slot collate "C") from hypermind.run_pins
           where run_id = :'plain'), '{"search 1 ","system 1 production"}',
          'the pins are the parent''s, wherever the label is now');
select results_eq(format('select tags, owner, metadata, mode from hypermind.runs where run_id = %L', :'plain'), $$
                  values ('{}'::text[], 'alice', '{}'::jsonb, 'replay') $$, 'and the rest is empty');
select hypermind.fork_run(:'run_id', 0) as from_start \gset
select is((select encode(parent_event_hash, 'hex') from hypermind.runs where run_id = :'from_start'), repeat('00', 32),
          'a fork from seq 0 comes before the first event');
select is(hypermind.state_at(:'from_start'), '{}', 'and starts with nothing');
select is((select seq from hypermind.run_state_snapshots where run_id = :'from_start'), 0::bigint,
          'which is a base state, too');
select hypermind.fork_run(:'ended_run', 4, '[{"op": "add", "path": "/m", "value": 2}]') as from_end \gset
select is(hypermind.state_at(:'from_end'), '{"m": 2, "n": 1}',
          'a run that has ended can be forked, with a JSON Patch, too');
select hypermind.fork_run(:'new_id', 2, '[{"op": "replace", "path": "", "value": [1]}]') as from_fork \gset
select is(hypermind.state_at(:'from_fork'), '[1]', 'so can a fork, and the state be replaced by anything');
select is((select bool_and(v.valid) from unnest(array[:'plain', :'from_start', :'from_end', :'from_fork']::uuid[])
           as f (id), lateral hypermind.verify_run(f.id) as v), true, 'they all verify');

-- Refusals.
select count(*) as runs_before from hypermind.runs \gset
select pg_temp.refuses(format('select hypermind.fork_run(%s)', replace(t.arguments, 'RUN', quote_literal(:'run_id'))),
                       t.code, t.message, t.detail, t.what)
from (values
    ('RUN, null', 'MH012', format('seq null is out of range: run %s has 0 to 8', :'run_id'),
     jsonb_build_object('run_id', :'run_id', 'seq', null, 'first_seq', 0, 'last_seq', 8), 'a seq is needed'),
    ('RUN, -1', 'MH012', format('seq -1 is out of range: run %s has 0 to 8', :'run_id'),
     jsonb_build_object('run_id', :'run_id', 'seq', -1, 'first_seq', 0, 'last_seq', 8), 'one that the parent has'),
    ('RUN, 9', 'MH012', format('seq 9 is out of range: run %s has 0 to 8', :'run_id'),
     jsonb_build_object('run_id', :'run_id', 'seq', 9, 'first_seq', 0, 'last_seq', 8), 'not one that is still to come'),
    ('RUN, 4, ''"x"''', 'MH008',
     'state_delta must be a JSON Patch (an array) or a merge patch (an object), not a string', '{"type": "string"}',
     'a patch is an array or an object'),
    ('RUN, 4, ''[{"op": "remove", "path": "/order"}]''', 'MH008',
     'operation 0 (remove /order) cannot be applied: there is nothing at /order',
     '{"operation": 0, "op": "remove", "path": "/order", "reason": "there is nothing at /order"}',
     'it must apply to the state at that seq'),
    ('RUN, 4, ''{"n": 1e400}''', 'MH017',
     'state_delta is too large: its text may have 16 MiB, its numbers must be below 1e400 and have at most 400 '
     'decimals',
     '{"argument": "state_delta", "max_bytes": 16777216, "max_magnitude": "1e400", "max_scale": 400}',
     'within the limits'),
    ('RUN, 4, null, null', 'MH016', 'config_overrides must be a JSON object, not NULL',
     '{"argument": "config_overrides"}', 'overrides cannot be null'),
    ('RUN, 4, null, ''[]''', 'MH016', 'config_overrides must be a JSON object, not array',
     '{"argument": "config_overrides"}', 'nor an array'),
    ('RUN, 4, null, ''{"system": {"kind": "prompt", "name": "greeting", "version": 9}}''', 'MH013',
     'prompt greeting has no version 9', '{"kind": "prompt", "name": "greeting", "version": 9}',
     'nor name what is not there'),
    ('RUN, 4, null, ''{"system": null}''', 'MH016', 'slot system does not name a configuration',
     '{"argument": "p_configs"}', 'a slot cannot be emptied'),
    ('RUN, 4, p_metadata => null', 'MH016', 'metadata must be a JSON object, not NULL', '{"argument": "metadata"}',
     'metadata cannot be null'),
    ('RUN, 4, p_tags => ''{""}''', 'MH016', 'tags must be a plain array of at most 64 words of 1 to 200 characters',
     '{"argument": "p_tags"}', 'tags are words'),
    ('RUN, 4, p_owner => ''''', 'MH016', 'p_owner has 0 characters: it must have 1 to 200 characters',
     '{"argument": "p_owner"}', 'an owner has a name'),
    ('RUN, 4, p_new_run_id => ''f47ac10b-58cc-4372-a567-0e02b2c3d479''', 'MH018',
     'f47ac10b-58cc-4372-a567-0e02b2c3d479 is no UUID of version 7',
     '{"run_id": "f47ac10b-58cc-4372-a567-0e02b2c3d479"}', 'the id is a UUIDv7'),
    ('RUN, 4, p_new_run_id => ''0197e000-0000-7000-8000-000000000000''', 'MH018',
     'run id 0197e000-0000-7000-8000-000000000000 is of 2025-07-06T13:49:45Z: it must be within a day of now',
     jsonb_build_object('run_id', '0197e000-0000-7000-8000-000000000000', 'id_time',
                        hypermind.uuidv7_time('0197e000-0000-7000-8000-000000000000')), 'of about now'),
    (format('%L, 0', :'unknown_run'), 'MH001', format('run %s does not exist', :'unknown_run'),
     jsonb_build_object('run_id', :'unknown_run'), 'an unknown run cannot be forked'),
    ('null, 0', 'MH001', 'run null does not exist', '{"run_id": null}', 'nor none at all')
) as t (arguments, code, message, detail, what);
set local role bob;
prepare foreign_run as select hypermind.fork_run(:'run_id', 99);
select pg_temp.refuses('foreign_run', 'MH001', format('run %s does not exist', :'run_id'),
                       jsonb_build_object('run_id', :'run_id'), 'nor one of another project, in the same words');
set local role alice;
select is((select count(*) from hypermind.runs), :runs_before::bigint, 'no refused fork is there');

select * from finish();
rollback;
