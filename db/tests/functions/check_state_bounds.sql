-- A state of more than 64 MiB is refused wherever it would come to be: by a fork, a patch that has to be applied, a snapshot.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select plan(4);

-- Growing a state to its limit takes seconds: this one has been there since seq 2.
insert into hypermind.run_state_snapshots (run_id, seq, project_id, state, salt, state_hash, taken_at, taken_by)
values (:'run_id', 2, :'project_a', jsonb_build_object('x', repeat('x', 60000000), 'a', '[]'::jsonb), gen_random_uuid(), '', now(),
        'nobody');

create function pg_temp.too_large(p_call text, p_description text) returns text language plpgsql as $function$
begin
    return matches(
        pg_temp.refusal(format(p_call, current_setting('test.run_id'))) ->> 'message',
        '^the state would have 7[0-9]{7} bytes: at most 64 MiB can be kept$', p_description);
end
$function$;
select set_config('test.run_id', :'run_id', true) as ignored \gset
set local role alice;
select pg_temp.too_large('select hypermind.fork_run(%L, 2, jsonb_build_object(''y'', repeat(''y'', 10000000)))', 'by a fork');
reset role;
update hypermind.run_heads set state_shape = null, snapshot_bytes = 60000000 where run_id = :'run_id';  -- none is due
set local role alice;
select pg_temp.too_large(
    'select hypermind.append_events(%L, jsonb_build_array('
    '''{"event_type": "a.b", "state_delta": [{"op": "add", "path": "/a/0", "value": 1}]}''::jsonb, '
    'jsonb_build_object(''event_type'', ''a.b'', ''state_delta'', jsonb_build_object(''y'', repeat(''y'', 10000000)))))',
    'by a batch with a patch that looks into an array');
reset role;
update hypermind.run_heads set deltas_since_snapshot = 1000000, state_shape = '{}' where run_id = :'run_id';
set local role alice;
select pg_temp.too_large('select hypermind.append_event(%L, ''a.b'', ''{}'', jsonb_build_object(''y'', repeat(''y'', 10000000)))',
                         'by an append that takes a snapshot');
select is(pg_temp.position_of(:'run_id'), 'running 2 2', 'nothing of that left a trace');

select * from finish();
rollback;
