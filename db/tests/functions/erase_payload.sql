-- hypermind.erase_payload(): the content of one event goes, its hashes stay, and everything else goes on.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/rich_run.psql
select plan(106);
select pg_temp.set_clock('2040-01-02 03:04:05.678+00') as ignored \gset

-- What it takes: run_id 4 is model.responded, with a delta; a snapshot is at 5, a fork was made at 4.
set local role oscar;
select results_eq(format($$ select * from hypermind.erase_payload(%L, 4, 'personal data') $$, :'run_id'),
                  format($$ values (1::bigint, 1::bigint, 0::bigint, false, array[%L]::uuid[]) $$, :'fork'),
                  'an event, the snapshot after it; a fork has a copy of the state');
select results_eq(format('select payload, state_delta, salt, event_type, model, tags, cost, input_tokens, occurred_at '
                         'from hypermind.run_events where run_id = %L and seq = 4', :'run_id'),
                  $$ values (null::jsonb, null::jsonb, null::uuid, 'model.responded', 'model-1', '{first}'::text[],
                     0.0125, 120::bigint, '2026-11-01 12:00:00.5+00'::timestamptz) $$,
                  'payload, state_delta and salt are gone, the rest stays');
select is((select count(*) from hypermind.run_events where run_id = :'run_id' and salt is not null), 6::bigint,
          'other events keep theirs');
select results_eq(format('select state, salt, state_hash is null from hypermind.run_state_snapshots where run_id = %L',
                         :'run_id'), 'values (null::jsonb, null::uuid, false)', 'the snapshot has lost its state');
select results_eq(format($$ select seq, project_id, reason, erased_by, erased_at from hypermind.erasures
                         where run_id = %L $$, :'run_id'),
                  format($$ values (4::bigint, %L::uuid, 'personal data', 'oscar',
                         '2040-01-02 03:04:05.678+00'::timestamptz) $$, :'project_a'),
                  'who erased it, when and why is on record');
select results_eq(format('select kind, seq, num_nonnulls(payload_hash, delta_hash), state_hash is not null '
                         'from hypermind.erased_hashes where run_id = %L order by kind', :'run_id'),
                  $$ values ('event', 4::bigint, 2, false), ('snapshot', 5, 0, true) $$, 'and so are the hashes');
select is(valid, true, 'the run verifies') from hypermind.verify_run(:'run_id');
select is_empty('select * from hypermind.check_integrity()', 'and the ledger is whole');
select is(erased, true, 'the timeline says that it was erased')
from hypermind.run_timeline(:'run_id') where seq = 4;

-- Again: nothing more.
select results_eq(format($$ select * from hypermind.erase_payload(%L, 4, 'once more') $$, :'run_id'),
                  format($$ values (0::bigint, 0::bigint, 0::bigint, false, array[%L]::uuid[]) $$, :'fork'),
                  'a retry erases nothing, and answers in the same form');
select is(count(*), 1::bigint, 'nor is it recorded') from hypermind.erasures;

-- States: before it they can be read, from it on they cannot.
select is(hypermind.state_at(:'run_id', 3), '{"messages": [], "turn": 1}', 'the state before it can be read');
set local role alice;
select pg_temp.refuses(
    format(t.call, :'run_id'), 'MH025', format('the state of run %s at seq %s is gone: what event 4 changed was erased',
                                               :'run_id', t.seq),
    jsonb_build_object('run_id', :'run_id', 'subject', 'state', 'seq', t.seq, 'first_seq', 4, 'last_seq', 4,
                       'next_seq', null), t.what)
from (values
    (4, 'select hypermind.state_at(%L, 4)', 'the state after it is gone'),
    (7, 'select hypermind.state_at(%L)', 'and so is every later one'),
    (7, 'select hypermind.diff_state(%L, 3, 7)', 'no difference can be told'),
    (5, 'select * from hypermind.resolve_replay_context(%L, 5)', 'nothing replayed from there'),
    (6, 'select hypermind.fork_run(%L, 6)', 'or forked'),
    (6, 'select hypermind.take_snapshot(%L, 6)', 'and no snapshot taken')
) as t (seq, call, what);
select isnt(hypermind.fork_run(:'run_id', 3), null, 'a fork from before it can be made');
select is((select count(*) from hypermind.replay_events(:'run_id')), 7::bigint, 'the events can be listed');
select is(digest is not null, true, 'what was before can be replayed')
from hypermind.resolve_replay_context(:'run_id', 3);

-- The run is open, and goes on.
reset role;
select is(state_shape, 'false', 'no name of a member is left in its head') from hypermind.run_heads
where run_id = :'run_id';
set local role alice;
select is(hypermind.append_event(:'run_id', 'a.b'), 8::bigint, 'it takes events');
select is(hypermind.append_event(:'run_id', 'a.b', '{}', '{"turn": 3}'), 9::bigint, 'merge patches');
select is(hypermind.append_event(:'run_id', 'a.b', '{}', '[{"op": "add", "path": "/x", "value": 1}]'), 10::bigint,
          'and patches that apply to whatever there is');
select pg_temp.refuses(
    format($$ select hypermind.append_event(%L, 'a.b', '{}', '[{"op": "test", "path": "/turn", "value": 3}]') $$,
           :'run_id'),
    'MH025', format('the state of run %s at seq 10 is gone: what event 4 changed was erased', :'run_id'),
    jsonb_build_object('run_id', :'run_id', 'subject', 'state', 'seq', 10, 'first_seq', 4, 'last_seq', 4, 'next_seq', null),
    'one that has to look is refused');
select is(pg_temp.refusal(
    format($$ select hypermind.append_events(%L, '[{"event_type": "a.b", "state_delta":
           [{"op": "remove", "path": "/messages/0"}]}]') $$, :'run_id')) ->> 'code', 'MH025', 'in a batch, too');
select is(pg_temp.position_of(:'run_id'), 'running 10 10', 'without a trace');
select is(hypermind.append_event(:'run_id', 'a.b', '{}',
                                 '[{"op": "replace", "path": "", "value": {"turn": 4, "list": []}}]'), 11::bigint,
          'a delta may replace the whole state');
select is(hypermind.state_at(:'run_id'), '{"turn": 4, "list": []}', 'then it is known again');
select is(hypermind.append_event(:'run_id', 'a.b', '{}', '[{"op": "test", "path": "/turn", "value": 4},
                                 {"op": "add", "path": "/list/-", "value": 1}]'), 12::bigint,
          'patches are applied again');
select is(pg_temp.refusal(format($$ select hypermind.append_event(%L, 'a.b', '{}',
                                 '[{"op": "test", "path": "/turn", "value": 5}]') $$, :'run_id')) ->> 'code', 'MH008',
          'and refused, where they do not apply');
select is(hypermind.take_snapshot(:'run_id'), 12::bigint, 'a snapshot can be taken');
select pg_temp.refuses(
    format('select hypermind.state_at(%L, 10)', :'run_id'), 'MH025',
    format('the state of run %s at seq 10 is gone: what event 4 changed was erased; it is known again from seq 11 on',
           :'run_id'),
    jsonb_build_object('run_id', :'run_id', 'subject', 'state', 'seq', 10, 'first_seq', 4, 'last_seq', 4, 'next_seq', 11),
    'the error says from where on');
select is(hypermind.transition_run(:'run_id', 'completed'), 13::bigint, 'it can be completed');
select is(hypermind.state_at(:'run_id'), '{"turn": 4, "list": [1]}', 'with its last state');
select is(valid, true, 'and verifies') from hypermind.verify_run(:'run_id');

-- An earlier event: what came after the whole state was replaced is not touched.
set local role oscar;
select results_eq(format($$ select events, snapshots from hypermind.erase_payload(%L, 3, 'personal data') $$, :'run_id'),
                  $$ values (1::bigint, 0::bigint) $$, 'snapshots after a new state stay');
select is(hypermind.state_at(:'run_id', 12), '{"turn": 4, "list": [1]}', 'and can be read');
select is(pg_temp.refusal(format('select hypermind.state_at(%L, 10)', :'run_id')) #> '{detail, first_seq}', '3',
          'the first event that is missing is told');
select is(pg_temp.refusal(format('select hypermind.state_at(%L, 10)', :'run_id')) #> '{detail, last_seq}', '4',
          'and the last');
select is(hypermind.state_at(:'run_id', 2), '{}', 'a run begins with nothing');
set local role alice;
select hypermind.fork_run(:'run_id', 12) as late_fork \gset
set local role oscar;
select is(copies, array[:'fork']::uuid[], 'a fork of what came after the new state has no copy')
from hypermind.erase_payload(:'run_id', 4, 'again');
select results_eq(format($$ select events, snapshots, copies from hypermind.erase_payload(%L, 11, 'personal data') $$,
                         :'run_id'),
                  format($$ values (1::bigint, 2::bigint, array[%L]::uuid[]) $$, :'late_fork'),
                  'unless that is what is erased');
select is(valid, true, 'the run verifies') from hypermind.verify_run(:'run_id');

-- An event that changed no state.
set local role alice;
select hypermind.create_run(:'project_a', 'chat', p_input => '{"question": "an input"}',
                            p_metadata => '{"title": "a title"}') as run_2 \gset
select hypermind.transition_run(:'run_2', 'running') as ignored \gset
select hypermind.append_event(:'run_2', 'message.added', '{"content": "quetzal told"}') as ignored \gset
select hypermind.append_event(:'run_2', 'a.b', '{}', '{"a": {"b": 1}}') as ignored \gset
select hypermind.take_snapshot(:'run_2') as ignored \gset
select hypermind.attach_artifact(:'run_2', 'report', 's3://bucket/quetzal.csv', sha256('18'), 2,
                                 p_metadata => '{"from": "quetzal"}', p_artifact_id => :'event_id') as ignored \gset
select is(count(*), 1::bigint, 'a word is found') from hypermind.search_events('quetzal');
set local role oscar;
select results_eq(format($$ select * from hypermind.erase_payload(%L, 3, 'personal data') $$, :'run_2'),
                  $$ values (1::bigint, 0::bigint, 0::bigint, false, '{}'::uuid[]) $$,
                  'an event without a delta takes no state with it');
select is(hypermind.state_at(:'run_2'), '{"a": {"b": 1}}', 'states can be read');
reset role;
select is(state_shape, '{"a": {"b": true}}', 'the head knows the state as before') from hypermind.run_heads
where run_id = :'run_2';
set local role alice;
select is(count(*), 0::bigint, 'the word is not found any more') from hypermind.search_events('quetzal');
select is(count(*), 0::bigint, 'nor the text that it stood in') from hypermind.search_events('told');
select is(count(*) filter (where preview like '%quetzal%'), 0::bigint, 'no timeline shows it')
from hypermind.run_timeline(:'run_2');
select is(count(*) filter (where preview like '%quetzal%'), 0::bigint, 'no activity')
from hypermind.activity(:'project_a', null, '2040-01-01', '2040-01-30');
select is(count(*) filter (where line like '%quetzal%'), 0::bigint, 'and no log') from hypermind.event_log
where run_id = :'run_2';

-- artifact.attached takes its artifact along.
set local role oscar;
select results_eq(format($$ select * from hypermind.erase_payload(%L, 5, 'personal data') $$, :'run_2'),
                  $$ values (1::bigint, 0::bigint, 1::bigint, false, '{}'::uuid[]) $$,
                  'with artifact.attached goes the artifact');
set local role alice;
select results_eq(format('select uri, metadata, salt, kind, size_bytes, sha256 from hypermind.run_artifacts '
                         'where run_id = %L', :'run_2'),
                  $$ values (null, null::jsonb, null::uuid, 'report', 2::bigint, sha256('18')) $$,
                  'where it was is gone, what it was stays');
select results_eq(format('select uri from hypermind.find_artifacts(p_run_id => %L)', :'run_2'), 'values (null::text)',
                  'it is listed without a place');
select is(hypermind.attach_artifact(:'run_2', 'report', 's3://bucket/quetzal.csv', sha256('18'), 2,
                                    p_metadata => '{"from": "quetzal"}', p_artifact_id => :'event_id'),
          :'event_id'::uuid, 'the retry of attaching it succeeds');
reset role;
select is(pg_temp.mentions('quetzal'), '', 'no table mentions it');
set local role alice;
select is(valid, true, 'the run verifies') from hypermind.verify_run(:'run_2');

-- run.created takes input and metadata along.
select is(hypermind.create_run(:'project_a', 'chat', p_input => '{"question": "an input"}',
                               p_metadata => '{"title": "a title"}', p_run_id => :'run_2'), :'run_2'::uuid,
          'creating it again is a retry');
set local role oscar;
select results_eq(format($$ select * from hypermind.erase_payload(%L, 1, 'personal data') $$, :'run_2'),
                  $$ values (1::bigint, 0::bigint, 0::bigint, true, '{}'::uuid[]) $$,
                  'with run.created go input and metadata');
set local role alice;
select is(hypermind.create_run(:'project_a', 'chat', p_input => '{"question": "an input"}',
                               p_metadata => '{"title": "a title"}', p_run_id => :'run_2'), :'run_2'::uuid,
          'and then, too');
select results_eq(format('select input, metadata, salt, mode, owner from hypermind.runs where run_id = %L', :'run_2'),
                  $$ values (null::jsonb, null::jsonb, null::uuid, 'chat', 'alice') $$, 'they are gone, the rest stays');
select pg_temp.refuses(format(t.call, :'run_2'), 'MH025',
                       format('the input of run %s was erased: nothing can be replayed from it', :'run_2'),
                       jsonb_build_object('run_id', :'run_2', 'subject', 'input'), t.what)
from (values ('select * from hypermind.resolve_replay_context(%L)', 'a run without input is not replayed'),
             ('select hypermind.fork_run(%L, 2)', 'nor forked')) as t (call, what);
select is(hypermind.state_at(:'run_2'), '{"a": {"b": 1}}', 'its states can be read');
select isnt_empty(format('select * from hypermind.list_runs(%L)', :'project_a'), 'it is listed');
select is(valid, true, 'the run verifies') from hypermind.verify_run(:'run_2');

-- A fork: its base state goes with run.created.
select hypermind.append_event(:'fork', 'a.b', '{}', '{"more": true}') as ignored \gset
select hypermind.fork_run(:'fork', 2) as grandchild \gset
set local role oscar;
select results_eq(format($$ select * from hypermind.erase_payload(%L, 1, 'a copy') $$, :'fork'),
                  format($$ values (1::bigint, 1::bigint, 0::bigint, true, array[%L]::uuid[]) $$, :'grandchild'),
                  'with run.created of a fork goes its base state');
select is(:'grandchild' = any (copies) and :'fork' <> all (copies), true,
          'its parent knows of its child''s copy, not of its own any more')
from hypermind.erase_payload(:'run_id', 4, 'again');
select pg_temp.refuses(
    format('select hypermind.state_at(%L, 0)', :'fork'), 'MH025',
    format('the state of run %s at seq 0 is gone: the state that it started from was erased', :'fork'),
    jsonb_build_object('run_id', :'fork', 'subject', 'state', 'seq', 0, 'first_seq', 0, 'last_seq', 0, 'next_seq', null),
    'it cannot be read');
select is(pg_temp.refusal(format('select hypermind.state_at(%L)', :'fork')) ->> 'code', 'MH025', 'nor can what followed');
select is(valid, true, 'the fork verifies') from hypermind.verify_run(:'fork');
select is(valid, true, 'so does its parent') from hypermind.verify_run(:'run_id');
set local role alice;
select is(hypermind.transition_run(:'fork', 'cancelled'), 3::bigint, 'it can be ended');
select is(count(*), 1::bigint, 'without a last snapshot') from hypermind.run_state_snapshots where run_id = :'fork';

-- Retries of what was recorded before the erasure.
select hypermind.create_run(:'project_a', 'chat') as run_3 \gset
select hypermind.append_event(:'run_3', 'a.b', '{}', '{"list": ["x"]}') as ignored \gset
\set patch '[{"op": "remove", "path": "/list/0"}]'
\set delta '[{"op": "test", "path": "/list", "value": []}]'
select jsonb_build_array(jsonb_build_object('event_type', 'a.b', 'event_id', '33333333-3333-4333-8333-333333333333',
                                            'state_delta', :'delta'::jsonb)) as batch \gset
select hypermind.append_event(:'run_3', 'a.b', '{}', :'patch', p_event_id => :'event_id') as ignored \gset
select hypermind.append_events(:'run_3', :'batch') as ignored \gset
select hypermind.new_run_id() as fork_id \gset
select hypermind.fork_run(:'run_3', 2, '{"y": 1}', p_new_run_id => :'fork_id') as ignored \gset
set local role oscar;
select is(copies, array[:'fork_id']::uuid[], 'the state of an open run is erased')
from hypermind.erase_payload(:'run_3', 2, 'personal data');
set local role alice;
select is(hypermind.append_event(:'run_3', 'a.b', '{}', :'patch', p_event_id => :'event_id'), 3::bigint,
          'the retry of an append succeeds, though its patch cannot be checked');
select is(hypermind.append_events(:'run_3', :'batch'), 4::bigint, 'that of a batch, too');
select is(hypermind.fork_run(:'run_3', 2, '{"y": 1}', p_new_run_id => :'fork_id'), :'fork_id'::uuid,
          'and that of a fork, though its state is gone');
select is(pg_temp.refusal(format($$ select hypermind.fork_run(%L, 2, '{"y": 2}', p_new_run_id => %L) $$, :'run_3',
                                 :'fork_id')) ->> 'code', 'MH005', 'the same id for another fork is refused');
select is(pg_temp.position_of(:'run_3'), 'queued 4 4', 'and nothing was added');
set local role oscar;
select events as ignored from hypermind.erase_payload(:'run_3', 1, 'personal data') \gset
set local role alice;
select is(hypermind.fork_run(:'run_3', 2, '{"y": 1}', p_new_run_id => :'fork_id'), :'fork_id'::uuid,
          'without the input, either');

-- Snapshots that come due over the gap are left out, and the run goes on.
select is(hypermind.append_events(:'run_3', (select jsonb_agg('{"event_type": "a.b", "state_delta": {"n": 1}}'::jsonb)
                                             from generate_series(1, 600))), 604::bigint, 'many deltas are taken');
select is((select deltas_since_snapshot from hypermind.run_heads where run_id = :'run_3'), 0,
          'the snapshot that was due is left out');
select is(count(*), 0::bigint, 'none was taken') from hypermind.run_state_snapshots where run_id = :'run_3';
select is(hypermind.append_event(:'run_3', 'a.b', '{}', '[{"op": "add", "path": "", "value": {"n": 2}}]'), 605::bigint,
          'a new state can be given');
select hypermind.append_events(:'run_3', (select jsonb_agg('{"event_type": "a.b", "state_delta": {"n": 3}}'::jsonb)
                                          from generate_series(1, 500))) as ignored \gset
select results_eq(format('select seq, state from hypermind.run_state_snapshots where run_id = %L', :'run_3'),
                  $$ values (1105::bigint, '{"n": 3}'::jsonb) $$, 'then the next one that is due is taken');
select is(valid, true, 'the run verifies') from hypermind.verify_run(:'run_3');

-- On hold.
set local role oscar;
select hypermind.place_hold(:'project_a', 'a dispute', :'run_3') as hold_1 \gset
select hypermind.place_hold(:'project_a', 'an audit') as hold_2 \gset
select pg_temp.refuses(
    format($$ select * from hypermind.erase_payload(%L, 5, 'why') $$, :'run_3'), 'MH024',
    format('run %s is on hold: %s', :'run_3', h.reasons #>> '{0,reason}'),
    jsonb_build_object('run_id', :'run_3', 'holds', h.reasons), 'what is on hold is not erased')
from (select jsonb_agg(jsonb_build_object('hold_id', hold_id, 'reason', reason, 'placed_by', 'oscar') order by hold_id)
      from hypermind.holds) as h (reasons);
select hypermind.release_hold(:'hold_1', 'settled') as ignored \gset
select is(pg_temp.refusal(format($$ select * from hypermind.erase_payload(%L, 5, 'why') $$, :'run_3'))
          #> '{detail, holds}',
          jsonb_build_array(jsonb_build_object('hold_id', :'hold_2', 'reason', 'an audit', 'placed_by', 'oscar')),
          'while any hold is in force');
select hypermind.release_hold(:'hold_2', 'done') as ignored \gset
select is(events, 1::bigint, 'then it is') from hypermind.erase_payload(:'run_3', 5, 'why');

-- Refused, without a trace.
select count(*) as erasures from hypermind.erasures \gset
select pg_temp.refuses(format($$ select * from hypermind.erase_payload(%L, 1, 'why') $$, t.run_id), 'MH001',
                       format('run %s does not exist', coalesce(t.run_id, 'null')),
                       jsonb_build_object('run_id', t.run_id), t.what)
from (values (:'unknown_run', 'an unknown run is refused'), (null, 'and none at all')) as t (run_id, what);
select pg_temp.refuses(format($$ select * from hypermind.erase_payload(%L, %L, 'why') $$, :'run_id', t.seq), 'MH012',
                       format('seq %s is out of range: run %s has 1 to 13', coalesce(t.seq::text, 'null'), :'run_id'),
                       jsonb_build_object('run_id', :'run_id', 'seq', t.seq, 'first_seq', 1, 'last_seq', 13),
                       format('there is no event %s', coalesce(t.seq::text, 'null')))
from unnest('{0, 14, -1, null}'::bigint[]) as t (seq);
select is(pg_temp.refusal(format('select * from hypermind.erase_payload(%L, 1, %s)', :'run_id', t.reason)) ->> 'code',
          'MH016', t.what)
from (values ('null', 'a reason must be given'), ('''''', 'in words'), ('repeat(''x'', 2001)', 'not too many'))
    as t (reason, what);
reset role;
select is(pg_temp.refusal(format($$ select * from hypermind.erase_payload(%L, 1, 'why') $$, :'run_id')) ->> 'code',
          'MH001', 'a superuser erases nothing');
select is(count(*)::text, :'erasures', 'none of these is on record') from hypermind.erasures;

-- Of another project, an operator erases as well.
set local role bob;
select hypermind.create_run(:'project_b', 'chat') as run_of_b \gset
set local role oscar;
select is(events, 1::bigint, 'an operator erases in every project')
from hypermind.erase_payload(:'run_of_b', 1, 'personal data');
select is_empty('select * from hypermind.check_integrity()', 'after all that, the ledger is whole');

select * from finish();
rollback;
