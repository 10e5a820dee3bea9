-- The contract of a project's states: at every snapshot, and at the base of a fork.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select plan(37);
set local role alice;
select hypermind.append_event(:'run_id', 'a.b', '{}', '{"turn": 1}') as ignored \gset
select is(hypermind.take_snapshot(:'run_id'), 3::bigint, 'a snapshot from before there is a contract');
select hypermind.append_event(:'run_id', 'a.b', '{}', '{"turn": "two"}') as ignored \gset
select hypermind.register_contract(:'project_a', 'state', '{"properties": {"turn": {"type": "integer"}}}') as ignored
\gset

-- Snapshots on request.
prepare broken as select hypermind.take_snapshot(:'run_id', 4);
select is(
    pg_temp.refusal('broken'),
    '{"code": "MH006", "hint": true,
      "message": "the state breaks version 1 of its contract: /turn must be integer, not string",
      "detail": {"subject": "state", "version": 1, "count": 1, "violations": [
          {"pointer": "/turn", "rule": "/properties/turn/type", "keyword": "type",
           "message": "must be integer, not string"}]}}'::jsonb,
    'a state that breaks the contract is not kept');
select hypermind.append_event(:'run_id', 'a.b', '{}', '{"turn": 3}') as ignored \gset
select is(hypermind.take_snapshot(:'run_id'), 5::bigint, 'one that meets it is');
select results_eq(
    format('select seq, state, contract_version from hypermind.run_state_snapshots where run_id = %L order by seq',
           :'run_id'),
    $$ values (3::bigint, '{"turn": 1}'::jsonb, null::integer), (5, '{"turn": 3}', 1) $$,
    'with the version that it met');
select is(hypermind.state_at(:'run_id', 4), '{"turn": "two"}', 'the events are what they were: any state can be read');
select hypermind.register_contract(:'project_a', 'state', '{"required": ["never"]}', p_breaking => true) as ignored
\gset
select is(hypermind.take_snapshot(:'run_id', 5), 5::bigint, 'a retry succeeds after the contract was tightened');
select is(hypermind.take_snapshot(:'run_id', 3), 3::bigint, 'so does that of a snapshot from before there was one');
select throws_ok(format('select hypermind.take_snapshot(%L, 2)', :'run_id'), 'MH006', null,
                 'a new one goes by the new version');
select is(pg_temp.position_of(:'run_id'), 'running 5 5', 'the run is as it was');

-- Another project has its own contract, or none.
set local role bob;
select hypermind.create_run(:'project_b', 'chat') as run_b \gset
select hypermind.append_event(:'run_b', 'a.b', '{}', '{"turn": "two"}') as ignored \gset
select is(hypermind.take_snapshot(:'run_b'), 2::bigint, 'the contract of a project is nothing to another');
set local role alice;

-- Forks: the base state, with the edit.
select hypermind.register_contract(:'project_a', 'state',
                                   '{"properties": {"turn": {"type": "integer"}}, "required": ["turn"]}',
                                   p_breaking => true) as ignored \gset
prepare broken_edit as select hypermind.fork_run(:'run_id', 5, '{"turn": "x"}');
select is(pg_temp.refusal('broken_edit') ->> 'message',
          'the state breaks version 3 of its contract: /turn must be integer, not string',
          'an edit that breaks the contract is refused');
select throws_ok(format('select hypermind.fork_run(%L, 4)', :'run_id'), 'MH006', null,
                 'so is a fork from a state that does');
select is((select count(*) from hypermind.runs where parent_run_id = :'run_id'), 0::bigint, 'and no run is made of it');
select hypermind.fork_run(:'run_id', 4, '[{"op": "replace", "path": "/turn", "value": 2}]') as fork \gset
select results_eq(format('select seq, state, contract_version from hypermind.run_state_snapshots where run_id = %L',
                         :'fork'),
                  $$ values (0::bigint, '{"turn": 2}'::jsonb, 3) $$,
                  'one that the edit mends is made, and its base records the version');
select is(valid, true, 'it verifies') from hypermind.verify_run(:'fork');
reset role;
select hypermind.new_run_id() as fork_id \gset
set local role alice;
select is(hypermind.fork_run(:'run_id', 5, p_new_run_id => :'fork_id'), :'fork_id'::uuid,
          'a fork with an id of its own');
select hypermind.register_contract(:'project_a', 'state', '{"required": ["never"]}', p_breaking => true) as ignored
\gset
select is(hypermind.fork_run(:'run_id', 5, p_new_run_id => :'fork_id'), :'fork_id'::uuid,
          'its retry succeeds after the contract was tightened');
select is(hypermind.create_run(:'project_a', 'chat') is not null, true,
          'a run that starts with nothing has no state to check');

-- Automatic snapshots.
select hypermind.register_contract(:'project_a', 'state', '{"properties": {"n": {"maximum": 1000}}}',
                                   p_breaking => true) as ignored \gset
select hypermind.create_run(:'project_a', 'chat') as long_run \gset
select hypermind.append_events(:'long_run', (select jsonb_agg(jsonb_build_object('event_type', 'a.b', 'state_delta',
                                                                                 jsonb_build_object('n', i)))
                                             from generate_series(1, 498) as i)) as ignored \gset
select is(hypermind.append_event(:'long_run', 'a.b', '{}', '{"n": 1001}'), 500::bigint,
          'between snapshots a state may break its contract');
select throws_ok(format('select hypermind.append_event(%L, ''a.b'', ''{}'', ''{"n": 1002}'')', :'long_run'), 'MH006',
                 'the state breaks version 5 of its contract: /n must be at most 1000',
                 'the append that a snapshot is due after is refused while it does');
select throws_ok(format('select hypermind.append_event(%L, ''a.b'', ''{}'', ''{"n": 1002}'', p_event_id => '
                        'gen_random_uuid())', :'long_run'),
                 'MH006', null, 'with an id, too');
select throws_ok(format('select hypermind.append_events(%L, ''[{"event_type": "a.b", "state_delta": {"n": 1002}}]'')',
                        :'long_run'), 'MH006',
                 null, 'and in a batch');
select is(pg_temp.position_of(:'long_run'), 'queued 500 500', 'nothing of them is kept');
select is(hypermind.append_event(:'long_run', 'a.b', '{}'), 501::bigint, 'events that change no state pass');
select is(hypermind.append_event(:'long_run', 'a.b', '{}', '{"n": 7}'), 502::bigint, 'so does the one that mends it');
select results_eq(format('select seq, state, contract_version from hypermind.run_state_snapshots where run_id = %L',
                         :'long_run'),
                  $$ values (502::bigint, '{"n": 7}'::jsonb, 5) $$, 'the snapshot is there');

-- The end of a run: its last state is kept, and met for a run that is complete. It can always fail or be cancelled.
select hypermind.create_run(:'project_a', 'chat') as ending \gset
select hypermind.transition_run(:'ending', 'running') as ignored \gset
select hypermind.append_event(:'ending', 'a.b', '{}', '{"n": 1001}') as ignored \gset
select throws_ok(format('select hypermind.transition_run(%L, ''completed'')', :'ending'), 'MH006',
                 'the state breaks version 5 of its contract: /n must be at most 1000',
                 'no run is complete with a broken state');
select is(pg_temp.position_of(:'ending'), 'running 3 3', 'it goes on');
select is(hypermind.transition_run(:'ending', 'failed', '{"message": "the state"}'), 4::bigint, 'it can fail');
select is_empty(format('select * from hypermind.run_state_snapshots where run_id = %L', :'ending'),
                'without a last snapshot');
select is(hypermind.state_at(:'ending'), '{"n": 1001}', 'its state can still be read');
select is(valid, true, 'and it verifies') from hypermind.verify_run(:'ending');
select hypermind.create_run(:'project_a', 'chat') as cancelled \gset
select hypermind.append_event(:'cancelled', 'a.b', '{}', '{"n": 1001}') as ignored \gset
select is(hypermind.transition_run(:'cancelled', 'cancelled'), 3::bigint, 'or be cancelled');
select hypermind.create_run(:'project_a', 'chat') as completed \gset
select hypermind.transition_run(:'completed', 'running') as ignored \gset
select hypermind.append_event(:'completed', 'a.b', '{}', '{"n": 1000}') as ignored \gset
select is(hypermind.transition_run(:'completed', 'completed'), 4::bigint,
          'a run with a state that meets the contract is complete');
select results_eq(format('select seq, contract_version from hypermind.run_state_snapshots where run_id = %L',
                         :'completed'),
                  $$ values (4::bigint, 5) $$, 'and its last snapshot records the version');
select hypermind.create_run(:'project_a', 'chat') as deep \gset
select hypermind.register_contract(:'project_a', 'state', '{"items": {"not": {"$ref": "#"}}}',
                                   p_breaking => true) as ignored \gset
select hypermind.transition_run(:'deep', 'running') as ignored \gset
select hypermind.append_event(:'deep', 'a.b', '{}', jsonb_build_array(jsonb_build_object(
           'op', 'replace', 'path', '', 'value', (repeat('[', 98) || '1' || repeat(']', 98))::jsonb))) as ignored \gset
select throws_ok(format('select hypermind.transition_run(%L, ''completed'')', :'deep'), 'MH017', null,
                 'nor is a run complete whose state is nested too deep for its contract');
select is(hypermind.transition_run(:'deep', 'failed'), 4::bigint, 'it can fail');

select * from finish();
rollback;
