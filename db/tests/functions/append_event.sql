-- hypermind.append_event(): what a caller can rely on. Its limits are in append_event_limits.sql.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select plan(54);
select pg_temp.set_clock('2026-11-05 06:07:08.901234+00') as ignored \gset
update hypermind.run_heads set last_recorded_at = '2026-11-01 00:00:00+00' where run_id = :'run_id';
set local role alice;

-- It numbers events from where the run is, without gaps.
select is(hypermind.append_event(:'run_id', 'message.added'), 3::bigint, 'the next event has the next seq');
select is(hypermind.append_event(:'run_id', 'model.responded', '{"n": 1}', p_expected_seq => 3), 4::bigint,
          'an append with the right expected_seq succeeds');

-- Everything given.
\set key 11111111-1111-4111-8111-111111111111
prepare everything as
    select hypermind.append_event(
        :'run_id', 'tool.returned', '{"text": "ü 😀", "n": 1.50}', '{"found": true}', 4, 4, :'key', 0, 'model-1',
        'search', '{b, a, b}', 0, 1000000000,
        0.25, '2026-11-04 23:00:00.123456-01');
select results_eq('everything', 'values (5::bigint)', 'an event with every argument is appended');
select results_eq(
    format($$ select seq, event_id, event_type, parent_seq, payload, state_delta, model, tool, tags, input_tokens,
           output_tokens, cost, occurred_at, recorded_at,
                     project_id, contract_version, text_rule, subject_hash, salt is not null
              from hypermind.run_events where run_id = %L and seq = 5 $$, :'run_id'),
    format($$ values (5::bigint, %L::uuid, 'tool.returned', 4::bigint, '{"text": "ü 😀", "n": 1.50}'::jsonb,
                      '{"found": true}'::jsonb, 'model-1', 'search',
                      '{b, a, b}'::text[], 0::bigint, 1000000000::bigint, 0.25,
                      '2026-11-05 00:00:00.123456+00'::timestamptz,
                      '2026-11-05 06:07:08.901234+00'::timestamptz, %L::uuid, 1, 2::smallint,
                      null::bytea, true) $$, :'key', :'project_a'),
    'and every one of them is stored');
select is((select payload::text from hypermind.run_events where run_id = :'run_id' and seq = 5),
          '{"n": 1.50, "text": "ü 😀"}', 'a number keeps its digits');
select results_eq(
    format($$ select event_id, parent_seq, payload, state_delta, model, tool, tags, input_tokens, output_tokens, cost,
           occurred_at, recorded_at
              from hypermind.run_events where run_id = %L and seq = 3 $$, :'run_id'),
    $$ values (null::uuid, null::bigint, '{}'::jsonb, null::jsonb, null, null, null::text[], null::bigint,
               null::bigint, null::numeric,
               '2026-11-05 06:07:08.901234+00'::timestamptz, '2026-11-05 06:07:08.901234+00'::timestamptz) $$,
    'what is left out is null, the payload an empty object, and both times are of now');

-- Time never goes back in a chain.
reset role;
select pg_temp.set_clock('2026-11-05 06:00:00+00') as ignored \gset
set local role alice;
select is(hypermind.append_event(:'run_id', 'message.added'), 6::bigint,
          'an append is possible when the clock was set back');
select results_eq(
    format($$ select occurred_at, recorded_at from hypermind.run_events where run_id = %L and seq = 6 $$, :'run_id'),
    $$ values ('2026-11-05 06:00:00+00'::timestamptz, '2026-11-05 06:07:08.901234+00'::timestamptz) $$,
    'its recorded_at is not earlier than that of the event before');

-- Idempotency.
select results_eq('everything', 'values (5::bigint)', 'a retry returns the first seq, even with the old expected_seq');
select is(pg_temp.refusal(format('select hypermind.append_event(%L, ''tool.returned'', ''{"n": 1.5, "text": "ü 😀"}'', '
                                 '''{"found": true}'', 4, null, %L, 99, ''model-1'', ''search'', ''{b, a, b}'', 0, '
                                 '1000000000, 0.250)', :'run_id', :'key')), null,
          'so does one with equal content in other words, without its time, and of an epoch that never was');
select pg_temp.refuses(
    format('select hypermind.append_event(%L, %s)', :'run_id', replace(t.arguments, 'KEY', quote_literal(:'key'))),
    'MH005',
    format('event %s of run %s was appended before, as seq 5, with other content', :'key', :'run_id'),
    jsonb_build_object('run_id', :'run_id', 'event_id', :'key', 'seq', 5),
    format('the same id with another %s is refused', t.what))
from (values
    ('type',          '''tool.called'',   ''{"text": "ü 😀", "n": 1.50}'', ''{"found": true}'', 4, null, KEY, null, '
                      '''model-1'', ''search'', ''{b, a, b}'', 0, 1000000000, 0.25'),
    ('payload',       '''tool.returned'', ''{"text": "ü 😀", "n": 1.51}'', ''{"found": true}'', 4, null, KEY, null, '
                      '''model-1'', ''search'', ''{b, a, b}'', 0, 1000000000, 0.25'),
    ('state_delta',   '''tool.returned'', ''{"text": "ü 😀", "n": 1.50}'', ''{"found": 1}'',    4, null, KEY, null, '
                      '''model-1'', ''search'', ''{b, a, b}'', 0, 1000000000, 0.25'),
    ('no state_delta', '''tool.returned'', ''{"text": "ü 😀", "n": 1.50}'', null,              4, null, KEY, null, '
                       '''model-1'', ''search'', ''{b, a, b}'', 0, 1000000000, 0.25'),
    ('parent_seq',    '''tool.returned'', ''{"text": "ü 😀", "n": 1.50}'', ''{"found": true}'', 3, null, KEY, null, '
                      '''model-1'', ''search'', ''{b, a, b}'', 0, 1000000000, 0.25'),
    ('model',         '''tool.returned'', ''{"text": "ü 😀", "n": 1.50}'', ''{"found": true}'', 4, null, KEY, null, '
                      'null,        ''search'', ''{b, a, b}'', 0, 1000000000, 0.25'),
    ('tool',          '''tool.returned'', ''{"text": "ü 😀", "n": 1.50}'', ''{"found": true}'', 4, null, KEY, null, '
                      '''model-1'', ''Search'', ''{b, a, b}'', 0, 1000000000, 0.25'),
    ('order of tags', '''tool.returned'', ''{"text": "ü 😀", "n": 1.50}'', ''{"found": true}'', 4, null, KEY, null, '
                      '''model-1'', ''search'', ''{a, b, b}'', 0, 1000000000, 0.25'),
    ('input_tokens',  '''tool.returned'', ''{"text": "ü 😀", "n": 1.50}'', ''{"found": true}'', 4, null, KEY, null, '
                      '''model-1'', ''search'', ''{b, a, b}'', null, 1000000000, 0.25'),
    ('output_tokens', '''tool.returned'', ''{"text": "ü 😀", "n": 1.50}'', ''{"found": true}'', 4, null, KEY, null, '
                      '''model-1'', ''search'', ''{b, a, b}'', 0, 999999999, 0.25'),
    ('cost',          '''tool.returned'', ''{"text": "ü 😀", "n": 1.50}'', ''{"found": true}'', 4, null, KEY, null, '
                      '''model-1'', ''search'', ''{b, a, b}'', 0, 1000000000, 0'),
    ('occurred_at',   '''tool.returned'', ''{"text": "ü 😀", "n": 1.50}'', ''{"found": true}'', 4, null, KEY, null, '
                      '''model-1'', ''search'', ''{b, a, b}'', 0, 1000000000, 0.25, ''2026-11-05 00:00:00+00''')
) as t (what, arguments);
select hypermind.append_event(:'run_id', 'state.changed', '{}',
                              '[{"op": "add", "path": "/list", "value": []}]') as ignored \gset
select hypermind.append_event(:'run_id', 'state.changed', '{}', '[{"op": "remove", "path": "/list"}]',
                              p_event_id => '22222222-2222-4222-8222-222222222222') as ignored \gset
select is(hypermind.append_event(:'run_id', 'state.changed', '{}', '[{"op": "remove", "path": "/list"}]',
                                 p_event_id => '22222222-2222-4222-8222-222222222222'), 8::bigint,
          'a retry succeeds although its patch would not apply a second time');
select hypermind.create_run(:'project_a', 'chat') as other_run \gset
select is(hypermind.append_event(:'other_run', 'message.added', p_event_id => :'key'), 2::bigint,
          'another run may use the same event_id');

-- Refusals.
select is(pg_temp.position_of(:'run_id'), 'running 8 8', 'the run is at seq 8');
prepare stale as select hypermind.append_event(:'run_id', 'message.added', p_expected_seq => 7);
select pg_temp.refuses('stale', 'MH003', format('run %s is at seq 8, not at 7', :'run_id'),
                       jsonb_build_object('run_id', :'run_id', 'expected_seq', 7, 'actual_seq', 8),
                       'a stale expected_seq is refused');
prepare ahead as select hypermind.append_event(:'run_id', 'message.added', p_expected_seq => 9,
                                               p_event_id => '33333333-3333-4333-8333-333333333333');
select pg_temp.refuses('ahead', 'MH003', format('run %s is at seq 8, not at 9', :'run_id'),
                       jsonb_build_object('run_id', :'run_id', 'expected_seq', 9, 'actual_seq', 8),
                       'one ahead of the run, too, with a new event_id');
select pg_temp.refuses(format('select hypermind.append_event(%L, ''message.added'', p_parent_seq => %s)', :'run_id',
                              t.seq), 'MH012',
                       format('seq %s is out of range: run %s has 1 to 8', t.seq, :'run_id'),
                       jsonb_build_object('run_id', :'run_id', 'seq', t.seq, 'first_seq', 1, 'last_seq', 8),
                       format('an event cannot be a step of %s', t.what))
from (values (9, 'itself'), (10, 'a later one'), (0, 'event 0'), (-1, 'event -1'),
      (9223372036854775807, 'the largest one')) as t (seq, what);
prepare bad_patch as select hypermind.append_event(:'run_id', 'state.changed', '{}',
                                                   '[{"op": "add", "path": "/a", "value": 1}, {"op": "remove", '
                                                   '"path": "/b/c"}]');
select pg_temp.refuses('bad_patch', 'MH008',
                       'operation 1 (remove /b/c) cannot be applied: there is no object or array that could hold it',
                       '{"operation": 1, "op": "remove", "path": "/b/c", "reason": "there is no object or array that '
                       'could hold it"}', 'a patch that does not apply is refused, all of it');
prepare bad_test as select hypermind.append_event(:'run_id', 'state.changed', '{}',
                                                  '[{"op": "test", "path": "/found", "value": false}]');
select pg_temp.refuses('bad_test', 'MH008',
                       'operation 0 (test /found) cannot be applied: the value there is another one',
                       '{"operation": 0, "op": "test", "path": "/found", "reason": "the value there is another one"}',
                       'so is one whose test fails');
select is(hypermind.state_at(:'run_id'), '{"found": true}', 'the state is what it was');
prepare unknown as select hypermind.append_event(:'unknown_run', 'message.added');
select pg_temp.refuses('unknown', 'MH001', format('run %s does not exist', :'unknown_run'),
                       jsonb_build_object('run_id', :'unknown_run'), 'an unknown run is refused');
prepare no_run as select hypermind.append_event(null, 'message.added');
select pg_temp.refuses('no_run', 'MH001', 'run null does not exist', '{"run_id": null}', 'and none at all');
prepare reserved as select hypermind.append_event(:'unknown_run', 'run.completed');
select pg_temp.refuses('reserved', 'MH011', 'events of type run.completed are appended by the database itself',
                       '{"event_type": "run.completed"}',
                       'what is wrong with the event itself comes first, whatever the run');
set local role bob;
prepare foreign_run as select hypermind.append_event(:'run_id', 'message.added', p_event_id => :'key');
select pg_temp.refuses('foreign_run', 'MH001', format('run %s does not exist', :'run_id'),
                       jsonb_build_object('run_id', :'run_id'),
                       'a run of another project looks like an unknown one, even with an event_id that it has');
prepare foreign_plain as select hypermind.append_event(:'run_id', 'message.added');
select pg_temp.refuses('foreign_plain', 'MH001', format('run %s does not exist', :'run_id'),
                       jsonb_build_object('run_id', :'run_id'), 'and without one');
set local role alice;

-- Epochs.
select hypermind.claim_run(:'run_id', 'worker 1') as epoch \gset
select is(hypermind.append_event(:'run_id', 'message.added', p_epoch => :epoch), 9::bigint,
          'who holds the claim appends');
select hypermind.claim_run(:'run_id', 'worker 1') as next_epoch \gset
prepare late as select hypermind.append_event(:'run_id', 'message.added', p_epoch => :epoch, p_expected_seq => 1);
select pg_temp.refuses('late', 'MH009', format('epoch 1 of run %s is over: the run is at epoch 2', :'run_id'),
                       jsonb_build_object('run_id', :'run_id', 'epoch', 1, 'current_epoch', 2, 'claimed_by',
                                          'worker 1'), 'with an older epoch nobody does');
prepare future as select hypermind.append_event(:'run_id', 'message.added', p_epoch => 3);
select pg_temp.refuses('future', 'MH009', format('epoch 3 of run %s is over: the run is at epoch 2', :'run_id'),
                       jsonb_build_object('run_id', :'run_id', 'epoch', 3, 'current_epoch', 2, 'claimed_by',
                                          'worker 1'), 'nor with one that never was');
select is(hypermind.append_event(:'run_id', 'message.added'), 10::bigint,
          'without an epoch it is not checked: people may add to a claimed run');

-- While queued and paused, but not after the end.
select is(hypermind.append_event(:'other_run', 'message.added'), 3::bigint, 'a queued run takes events');
select hypermind.transition_run(:'other_run', 'running') as ignored \gset
select hypermind.transition_run(:'other_run', 'paused') as ignored \gset
select is(hypermind.append_event(:'other_run', 'approval.given'), 6::bigint, 'so does a paused one');
select hypermind.transition_run(:'run_id', 'completed') as ignored \gset
prepare closed as select hypermind.append_event(:'run_id', 'message.added', p_expected_seq => 1);
select pg_temp.refuses('closed', 'MH002', format('run %s is completed: nothing can be added to it', :'run_id'),
                       jsonb_build_object('run_id', :'run_id', 'status', 'completed'), 'a closed run takes none');
select results_eq('everything', 'values (5::bigint)', 'but a retry of an append from before still succeeds');

-- What is stored.
select results_eq(
    format('select seq, event_type from hypermind.run_events where run_id = %L order by seq', :'run_id'),
    $$ values (1::bigint, 'run.created'), (2, 'run.started'), (3, 'message.added'), (4, 'model.responded'),
    (5, 'tool.returned'), (6, 'message.added'),
              (7, 'state.changed'), (8, 'state.changed'), (9, 'message.added'), (10, 'message.added'),
              (11, 'run.completed') $$,
    'refused appends leave no trace and no gap');
select is(count(distinct event_hash), 11::bigint, 'every event has its own hash') from hypermind.run_events
where run_id = :'run_id';
select is(valid, true, 'the chain holds') from hypermind.verify_run(:'run_id');

-- A savepoint of the caller's own: the transaction goes on from there, and the next seq is the next.
select hypermind.create_run(:'project_a', 'chat') as saved \gset
savepoint before_append;
select hypermind.append_event(:'saved', 'message.added', p_event_id => :'key') as ignored \gset
rollback to savepoint before_append;
select is(hypermind.append_event(:'saved', 'tool.called', p_event_id => :'key'), 2::bigint,
          'an append that was rolled back leaves no gap, and its event_id is free again');
select is(valid, true, 'the chain holds over it') from hypermind.verify_run(:'saved');

-- What refused an append may be over before it is said why. No session is quick enough to show it: so it is asked directly.
reset role;
grant usage on schema hypermind_private to alice;
grant execute on all functions in schema hypermind_private to alice;
set local role alice;
select hypermind.create_run(:'project_a', 'chat') as changed_run \gset
select is(pg_temp.refusal(format('select hypermind_private.refuse_append(%L, 1, 0, null)', :'changed_run')) ->> 'code', '40001',
          'when nothing is wrong with it any more, it is to be tried again');

select * from finish();
rollback;
