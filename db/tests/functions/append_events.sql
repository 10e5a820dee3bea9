-- hypermind.append_events(): many events, all of them or none.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select plan(92);
select pg_temp.set_clock('2026-11-05 06:07:08.901234+00') as ignored \gset
update hypermind.run_heads set last_recorded_at = '2026-11-01 00:00:00+00' where run_id = :'run_id';
set local role alice;

-- A batch.
\set first 11111111-1111-4111-8111-111111111111
\set second 22222222-2222-4222-8222-222222222222
select '[{"event_type": "message.added", "payload": {"text": "ü", "n": 1.50}, "state_delta": {"turn": 1, "list": []},
          "event_id": "11111111-1111-4111-8111-111111111111", "model": "model-1", "tool": "search", "tags": ["b", "a"],
          "input_tokens": 3, "output_tokens": 4, "cost": 0.25, "occurred_at": "2026-11-04T23:00:00.123456-01:00"},
         {"event_type": "tool.called", "parent_seq": 3, "state_delta": [{"op": "add", "path": "/list/-", "value": 7}],
          "event_id": "22222222-2222-4222-8222-222222222222"}]'::jsonb as batch \gset
select is(hypermind.append_events(:'run_id', :'batch', 2, 0), 4::bigint, 'a batch returns the last seq');
select results_eq(
    format($$ select seq, event_type, parent_seq, payload, state_delta, event_id, model, tool, tags, input_tokens,
           output_tokens, cost, occurred_at, recorded_at, project_id
              from hypermind.run_events where run_id = %L and seq > 2 order by seq $$, :'run_id'),
    format($$ values (3::bigint, 'message.added', null::bigint, '{"text": "ü", "n": 1.50}'::jsonb,
                      '{"turn": 1, "list": []}'::jsonb, %1$L::uuid, 'model-1', 'search',
                      '{b, a}'::text[], 3::bigint, 4::bigint, 0.25, '2026-11-05 00:00:00.123456+00'::timestamptz,
                      '2026-11-05 06:07:08.901234+00'::timestamptz, %3$L::uuid),
                     (4, 'tool.called', 3, '{}', '[{"op": "add", "path": "/list/-", "value": 7}]', %2$L, null, null,
                      null, null, null, null,
                      '2026-11-05 06:07:08.901234+00', '2026-11-05 06:07:08.901234+00', %3$L) $$, :'first', :'second',
                      :'project_a'),
    'every key of every event is stored');
select is(hypermind.state_at(:'run_id'), '{"turn": 1, "list": [7]}', 'their deltas follow each other');
select is(count(distinct salt), 4::bigint, 'every event has its own salt') from hypermind.run_events
where run_id = :'run_id';
select is(hypermind.append_event(:'run_id', 'message.added'), 5::bigint, 'the next append goes on after the batch');
select is(hypermind.append_events(:'run_id', '[{"event_type": "a.b"}]'), 6::bigint, 'a batch of one is a batch');
select is(hypermind.append_events(:'run_id',
                                  '[{"event_type": "a.b", "payload": null, "state_delta": null, "tags": null, '
                                  '"parent_seq": null, "event_id": null, "cost": null, '
                                             '"occurred_at": null, "model": null, "tool": null, "input_tokens": null, '
                                             '"output_tokens": null}]'), 7::bigint,
          'null means that a key is left out');
select is(payload, '{}', 'the payload is an object then') from hypermind.run_events where run_id = :'run_id'
    and seq = 7;

select is(valid, true, 'the chain holds over batches') from hypermind.verify_run(:'run_id');

-- Retries.
select is(hypermind.append_events(:'run_id', :'batch', 2), 4::bigint,
          'the same batch again returns the same seq, even with the old expected_seq');
select is(hypermind.append_events(:'run_id', :'batch'), 4::bigint, 'or without one');
select is(hypermind.append_events(:'run_id', :'batch', 2, 99), 4::bigint, 'or with an epoch that is over');
select is(pg_temp.position_of(:'run_id'), 'running 7 7', 'and adds nothing');
select pg_temp.refuses(format('select hypermind.append_events(%L, %L)', :'run_id', t.events), 'MH005', t.message,
                       t.detail || jsonb_build_object('run_id', :'run_id'), t.what)
from (values
    (jsonb_set(:'batch', '{1,tool}', '"x"'),
     format('event %s of run %s was appended before, as seq 4, with other content', :'second', :'run_id'),
     jsonb_build_object('event_id', :'second', 'seq', 4), 'a batch with another content is refused'),
    (:'batch'::jsonb || '[{"event_type": "a.b"}]',
     format('some events of the batch were appended to run %s before, but not this batch', :'run_id'),
     '{"event": 3, "event_id": null}', 'so is one with more events'),
    (:'batch'::jsonb || '[{"event_type": "a.b", "event_id": "33333333-3333-4333-8333-333333333333"}]',
     format('some events of the batch were appended to run %s before, but not this batch', :'run_id'),
     '{"event": 3, "event_id": "33333333-3333-4333-8333-333333333333"}', 'whatever their ids'),
    ('[{"event_type": "a.b"}]' || :'batch'::jsonb,
     format('some events of the batch were appended to run %s before, but not this batch', :'run_id'),
     jsonb_build_object('event', 2, 'event_id', :'first'), 'so is one that begins with another event'),
    (jsonb_build_array(:'batch'::jsonb -> 1, :'batch'::jsonb -> 0),
     format('some events of the batch were appended to run %s before, but not this batch', :'run_id'),
     jsonb_build_object('event', 2, 'event_id', :'first'), 'or is in another order'),
    ('[{"event_type": "a.b", "event_id": "33333333-3333-4333-8333-333333333333"}, {"event_type": "c.d", "event_id": '
     '"33333333-3333-4333-8333-333333333333"}]',
     'event_id 33333333-3333-4333-8333-333333333333 stands twice in the batch',
     '{"event_id": "33333333-3333-4333-8333-333333333333"}', 'or has an id twice')
) as t (events, message, detail, what);
select hypermind.append_events(:'run_id',
                               '[{"event_type": "a.b", "state_delta": [{"op": "remove", "path": "/list"}], '
                               '"event_id": "44444444-4444-4444-8444-444444444444"}]') as ignored \gset
select is(hypermind.append_events(:'run_id',
                                  '[{"event_type": "a.b", "state_delta": [{"op": "remove", "path": "/list"}], '
                                  '"event_id": "44444444-4444-4444-8444-444444444444"}]'),
          8::bigint, 'a retry succeeds although its patch would not apply a second time');

-- What is no batch.
select pg_temp.refuses(format('select hypermind.append_events(%L, %L)', :'run_id', t.events), 'MH016', t.message,
                       t.detail, t.what)
from (values
    (null,                                          'p_events must be a JSON array of at least one event',
     '{"argument": "p_events"}'::jsonb, 'null is no batch'),
    ('[]',                                          'p_events must be a JSON array of at least one event',
     '{"argument": "p_events"}', 'nor is an empty array'),
    ('{"event_type": "a.b"}',                       'p_events must be a JSON array of at least one event',
     '{"argument": "p_events"}', 'nor an event alone'),
    ('"a.b"',                                       'p_events must be a JSON array of at least one event',
     '{"argument": "p_events"}', 'nor a string'),
    ('[{"event_type": "a.b"}, "a.b"]',              'event 2 of the batch is no JSON object',
     '{"argument": "p_events", "event": 2}', 'a string is no event'),
    ('[{"event_type": "a.b"}, null]',               'event 2 of the batch is no JSON object',
     '{"argument": "p_events", "event": 2}', 'nor is null'),
    ('[[{"event_type": "a.b"}]]',                   'event 1 of the batch is no JSON object',
     '{"argument": "p_events", "event": 1}', 'nor a batch'),
    ('[{"event_type": "a.b", "seq": 4, "Type": 1}]', 'event 1 of the batch has unknown keys: seq, "Type"',
     '{"argument": "p_events", "event": 1}', 'unknown keys are refused'),
    ('[{"event_type": "a.b", "input_tokens": 1.5}]',
     'a value of the batch is not of its type: invalid input syntax for type bigint: "1.5"',
     '{"argument": "p_events"}', 'tokens are whole'),
    ('[{"event_type": "a.b", "output_tokens": 1e30}]',
     'a value of the batch is not of its type: value "1000000000000000000000000000000" is out of range for type '
     'bigint', '{"argument": "p_events"}', 'and not too large'),
    ('[{"event_type": "a.b", "event_id": "x"}]',
     'a value of the batch is not of its type: invalid input syntax for type uuid: "x"', '{"argument": "p_events"}',
     'an event_id is a UUID'),
    ('[{"event_type": "a.b", "occurred_at": "2026-11-31T10:00:00Z"}]',
     'a value of the batch is not of its type: date/time field value out of range: "2026-11-31T10:00:00Z"',
     '{"argument": "p_events"}', 'a day is one of the month''s')
) as t (events, message, detail, what);

-- Every value has the type that its column asks for, as JSON: no session setting and no conversion decides what it
-- means.
select pg_temp.refuses(format('select hypermind.append_events(%L, %L)', :'run_id',
                              '[{"event_type": "a.b"}]'::jsonb || t.event), 'MH016',
                       'event 2 of the batch has a value of the wrong type, or no event_type',
                       '{"argument": "p_events", "event": 2}', format('%s is refused', t.event))
from unnest(array[
    '{}', '{"event_type": null}', '{"event_type": 5}', '{"event_type": ["a.b"]}',
    '{"event_type": "a.b", "event_id": 1}', '{"event_type": "a.b", "model": 1}',
    '{"event_type": "a.b", "model": ["x"]}', '{"event_type": "a.b", "tool": true}',
    '{"event_type": "a.b", "parent_seq": "1"}',
    '{"event_type": "a.b", "parent_seq": [1]}', '{"event_type": "a.b", "input_tokens": "many"}',
    '{"event_type": "a.b", "output_tokens": "1"}',
    '{"event_type": "a.b", "cost": "NaN"}', '{"event_type": "a.b", "cost": "0.1"}',
    '{"event_type": "a.b", "tags": "x"}', '{"event_type": "a.b", "tags": "{x}"}',
    '{"event_type": "a.b", "tags": {"x": 1}}', '{"event_type": "a.b", "tags": [1]}',
    '{"event_type": "a.b", "tags": ["x", null]}',
    '{"event_type": "a.b", "occurred_at": 1}', '{"event_type": "a.b", "occurred_at": "now"}',
    '{"event_type": "a.b", "occurred_at": "infinity"}',
    '{"event_type": "a.b", "occurred_at": "yesterday"}', '{"event_type": "a.b", "occurred_at": "2026-11-04"}',
    '{"event_type": "a.b", "occurred_at": "2026-11-04T10:00:00"}',
    '{"event_type": "a.b", "occurred_at": "2026-11-04 10:00:00 Europe/Berlin"}',
    '{"event_type": "a.b", "occurred_at": "04.11.2026 10:00:00+01"}',
    '{"event_type": "a.b", "occurred_at": "2026-11-04T10:00:00Z\n"}']::jsonb[]) as t (event);
select is(pg_temp.refusal(format('select hypermind.append_events(%L, ''[{"event_type": "a.b", "occurred_at": '
                                 '"%s"}]'', 1)', :'run_id', t.at)) ->> 'code', 'MH003',
          format('%s is a time: only the expected_seq is refused', t.at))
from unnest(array['2026-11-04T10:00:00Z', '2026-11-04 10:00:00.123456+01:00', '2026-11-04T10:00:00-0330',
                  '2026-11-04T10:00+01']) as t (at);

-- An event that would be refused alone is refused with its place in the batch, and all others with it.
select is(pg_temp.refusal(format('select hypermind.append_events(%L, %L)', :'run_id',
                                 '[{"event_type": "a.b", "state_delta": {"gone": true}}]'::jsonb || t.event)),
          jsonb_build_object('code', t.code, 'message', 'event 2 of the batch: ' || t.message, 'detail',
                             t.detail || '{"event": 2}', 'hint', true), t.what)
from (values
    ('{"event_type": "A"}'::jsonb,                                  'MH016', '''A'' is no event type',
     '{"argument": "p_event_type"}'::jsonb, 'its type is a good one'),
    ('{"event_type": "run.completed"}',                             'MH011',
     'events of type run.completed are appended by the database itself', '{"event_type": "run.completed"}',
     'none that is reserved'),
    ('{"event_type": "a.b", "payload": []}',                        'MH016',
     'payload must be a JSON object, not array',        '{"argument": "payload"}', 'its payload is an object'),
    ('{"event_type": "a.b", "payload": "{}"}',                      'MH016',
     'payload must be a JSON object, not string',       '{"argument": "payload"}', 'not the text of one'),
    ('{"event_type": "a.b", "payload": {"n": 1e400}}',              'MH017',
     'payload is too large: its text may have 16 MiB, its numbers must be below 1e400 and have at most 400 decimals',
     '{"argument": "payload", "max_bytes": 16777216, "max_magnitude": "1e400", "max_scale": 400}', 'within the limits'),
    ('{"event_type": "a.b", "state_delta": "x"}',                   'MH008',
     'state_delta must be a JSON Patch (an array) or a merge patch (an object), not a string', '{"type": "string"}',
     'its delta is a patch'),
    ('{"event_type": "a.b", "state_delta": [{"op": "remove", "path": "/list"}]}', 'MH008',
     'operation 0 (remove /list) cannot be applied: there is nothing at /list',
     '{"operation": 0, "op": "remove", "path": "/list", "reason": "there is nothing at /list"}', 'that applies'),
    ('{"event_type": "a.b", "tags": [""]}',                         'MH016',
     'tags must be a plain array of at most 64 words of 1 to 200 characters', '{"argument": "p_tags"}',
     'its tags are words'),
    ('{"event_type": "a.b", "tags": [["x"]]}',                      'MH016',
     'tags must be a plain array of at most 64 words of 1 to 200 characters', '{"argument": "p_tags"}',
     'not lists of words'),
    ('{"event_type": "a.b", "model": ""}',                          'MH016',
     'p_model has 0 characters: it must have 1 to 200 characters', '{"argument": "p_model"}', 'its model has a name'),
    ('{"event_type": "a.b", "cost": -1}',                           'MH016',
     'cost must be at least 0, below 1e12, and have at most 18 decimals', '{"argument": "p_cost"}',
     'its cost is not negative'),
    ('{"event_type": "a.b", "parent_seq": 10}',                     'MH012',
     'parent_seq 10 is no earlier event than seq 10',    '{"seq": 10, "parent_seq": 10}', 'it is no step of itself'),
    ('{"event_type": "a.b", "parent_seq": 0}',                      'MH012',
     'parent_seq 0 is no earlier event than seq 10',    '{"seq": 10, "parent_seq": 0}', 'nor of event 0')
) as t (event, code, message, detail, what);
select is(pg_temp.refusal(format('select hypermind.append_events(%L, ''[{"event_type": "a.b", "state_delta": [{"op": '
                                 '"test", "path": "/turn", "value": 2}]}]'')', :'run_id')),
          '{"code": "MH008", "hint": true,
            "message": "operation 0 (test /turn) cannot be applied: the value there is another one",
            "detail": {"operation": 0, "op": "test", "path": "/turn", "reason": "the value there is another one"}}',
          'so is one whose patch must be applied to the state to be judged');
select is(hypermind.state_at(:'run_id'), '{"turn": 1}', 'the state is what it was');
select is(pg_temp.position_of(:'run_id'), 'running 8 8', 'and the run where it was');

-- What the head refuses.
select pg_temp.refuses(format('select hypermind.append_events(%L, ''[{"event_type": "a.b"}]'', %s)', t.run_id,
                              t.arguments), t.code, t.message, t.detail, t.what)
from (values
    (:'run_id', '7', 'MH003', format('run %s is at seq 8, not at 7', :'run_id'),
     jsonb_build_object('run_id', :'run_id', 'expected_seq', 7, 'actual_seq', 8), 'a stale expected_seq is refused'),
    (:'run_id', 'null, 1', 'MH009', format('epoch 1 of run %s is over: the run is at epoch 0', :'run_id'),
     jsonb_build_object('run_id', :'run_id', 'epoch', 1, 'current_epoch', 0, 'claimed_by', null),
     'another epoch is refused'),
    (:'unknown_run', 'null', 'MH001', format('run %s does not exist', :'unknown_run'),
     jsonb_build_object('run_id', :'unknown_run'), 'an unknown run is refused'),
    (null, 'null', 'MH001', 'run null does not exist', '{"run_id": null}', 'and none at all')
) as t (run_id, arguments, code, message, detail, what);
set local role bob;
prepare foreign_run as select hypermind.append_events(:'run_id', :'batch');
select pg_temp.refuses('foreign_run', 'MH001', format('run %s does not exist', :'run_id'),
                       jsonb_build_object('run_id', :'run_id'),
                       'one of another project in the same words, even with event_ids that it has');
prepare foreign_plain as select hypermind.append_events(:'run_id', '[{"event_type": "a.b"}]');
select pg_temp.refuses('foreign_plain', 'MH001', format('run %s does not exist', :'run_id'),
                       jsonb_build_object('run_id', :'run_id'), 'and without any');
set local role alice;

-- How many.
select is(hypermind.append_events(:'run_id', (select jsonb_agg('{"event_type": "token.streamed"}'::jsonb)
                                              from generate_series(1, 10000))), 10008::bigint,
                                              '10,000 events fit into a batch');
select pg_temp.refuses(format('select hypermind.append_events(%L, (select jsonb_agg(''{"event_type": "a.b"}''::jsonb) '
                              'from generate_series(1, 10001)))', :'run_id'), 'MH017',
                       format('the batch has 10001 events and %s bytes: at most 10000 events and 64 MiB fit',
                              (select pg_column_size(jsonb_agg('{"event_type": "a.b"}'::jsonb))
                               from generate_series(1, 10001))),
                       '{"argument": "p_events", "max_events": 10000, "max_bytes": 67108864}', 'one more does not');
select matches(
    pg_temp.refusal(format(
        'select hypermind.append_events(%L, (select jsonb_agg(jsonb_build_object(''event_type'', ''a.b'', ''payload'', '
        'jsonb_build_object(''x'', repeat(''x'', 14000000)))) from generate_series(1, 5)))', :'run_id')) ->> 'message',
    '^the batch has 5 events and 7[0-9]{7} bytes: at most 10000 events and 64 MiB fit$', 'nor do 70 MB');
select results_eq(format('select valid, events from hypermind.verify_run(%L)', :'run_id'),
                  'values (true, 10008::bigint)', 'the chain holds over all of them');

-- After the end.
select hypermind.transition_run(:'run_id', 'failed') as ignored \gset
prepare closed as select hypermind.append_events(:'run_id', '[{"event_type": "a.b"}]');
select pg_temp.refuses('closed', 'MH002', format('run %s is failed: nothing can be added to it', :'run_id'),
                       jsonb_build_object('run_id', :'run_id', 'status', 'failed'), 'a closed run takes no batch');
select is(hypermind.append_events(:'run_id', :'batch', 2), 4::bigint,
          'but a retry of a batch from before still succeeds');

select * from finish();
rollback;
