-- hypermind.take_snapshot(), and the snapshots that are taken on their own.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select plan(28);
select pg_temp.set_clock('2040-01-02 03:04:05.678+00') as ignored \gset
set local role alice;
select hypermind.append_event(:'run_id', 'a.b', '{}', '{"n": 3}') as ignored \gset
select hypermind.append_event(:'run_id', 'a.b', '{}', '[{"op": "add", "path": "/m", "value": 4}]') as ignored \gset
select hypermind.append_event(:'run_id', 'a.b') as ignored \gset

-- By hand.
select is(hypermind.take_snapshot(:'run_id', 3), 3::bigint, 'a snapshot is taken at a seq');
select is(hypermind.take_snapshot(:'run_id'), 5::bigint, 'or at the last one');
select is(hypermind.take_snapshot(:'run_id', 1), 1::bigint, 'or before anything happened');
select is(hypermind.take_snapshot(:'run_id', 3), 3::bigint, 'the same again is the same');
select results_eq(
    format($$ select s.seq, s.state, s.taken_at, s.taken_by, s.project_id,
           s.state_hash = sha256(uuid_send(s.salt) || convert_to(s.state::text, 'UTF8'))
              from hypermind.run_state_snapshots as s where s.run_id = %L order by s.seq $$, :'run_id'),
    format($$ values (1::bigint, '{}'::jsonb, '2040-01-02 03:04:05.678+00'::timestamptz, 'alice', %1$L::uuid, true),
           (3, '{"n": 3}', '2040-01-02 03:04:05.678+00', 'alice', %1$L, true),
                     (5, '{"m": 4, "n": 3}', '2040-01-02 03:04:05.678+00', 'alice', %1$L, true) $$, :'project_a'),
    'with the state there, and its salted hash');
select is(pg_temp.position_of(:'run_id'), 'running 5 5', 'a snapshot is no event');
select pg_temp.refuses(format('select hypermind.take_snapshot(%L, %s)', :'run_id', t.seq), 'MH012',
                       format('seq %s is out of range: run %s has 1 to 5', t.seq, :'run_id'),
                       jsonb_build_object('run_id', :'run_id', 'seq', t.seq, 'first_seq', 1, 'last_seq', 5),
                       format('there is none at %s', t.seq))
from unnest('{0, 6, -1, 9223372036854775807}'::bigint[]) as t (seq);
select pg_temp.refuses(format('select hypermind.take_snapshot(%L)', t.run_id), 'MH001',
                       format('run %s does not exist', coalesce(t.run_id, 'null')),
                       jsonb_build_object('run_id', t.run_id), t.what)
from (values (:'unknown_run', 'an unknown run is refused'), (null, 'and none at all')) as t (run_id, what);
set local role bob;
prepare foreign_run as select hypermind.take_snapshot(:'run_id', 2);
select pg_temp.refuses('foreign_run', 'MH001', format('run %s does not exist', :'run_id'),
                       jsonb_build_object('run_id', :'run_id'), 'one of another project in the same words');
set local role alice;

-- At the end of a run; and of a run that has ended.
select hypermind.transition_run(:'run_id', 'completed') as ignored \gset
select is((select array_agg(seq order by seq) from hypermind.run_state_snapshots where run_id = :'run_id'),
          '{1,3,5,6}', 'the last state is kept when a run ends');
select is(hypermind.take_snapshot(:'run_id', 4), 4::bigint, 'a snapshot of an ended run can be taken');
select is(valid, true, 'and it verifies') from hypermind.verify_run(:'run_id');

-- After 500 deltas, one at a time and in batches.
select hypermind.create_run(:'project_a', 'chat') as long_run \gset
select hypermind.append_event(:'long_run', 'a.b', '{}', jsonb_build_object('n', n)) as ignored
from generate_series(1, 499) as n offset 498 \gset
select is_empty(format('select seq from hypermind.run_state_snapshots where run_id = %L', :'long_run'),
                'no snapshot is taken after 499 deltas');
select hypermind.append_event(:'long_run', 'a.b') as ignored \gset
select is_empty(format('select seq from hypermind.run_state_snapshots where run_id = %L', :'long_run'),
                'events without a delta do not count');
select hypermind.append_event(:'long_run', 'a.b', '{}', '{"n": 500}') as ignored \gset
select results_eq(format('select seq, state from hypermind.run_state_snapshots where run_id = %L', :'long_run'), $$
                  values (502::bigint, '{"n": 500}'::jsonb) $$,
                  'one is taken with the 500th');
select is((select deltas_since_snapshot || ' ' || delta_bytes from hypermind.run_heads where run_id = :'long_run'),
          '0 0', 'and counting begins again');
select hypermind.append_events(:'long_run', (select jsonb_agg(jsonb_build_object('event_type', 'a.b', 'state_delta',
    jsonb_build_object('n', n)) order by n) from generate_series(501, 1100) as n)) as ignored \gset
select results_eq(format('select seq, state from hypermind.run_state_snapshots where run_id = %L order by seq',
                         :'long_run'),
                  $$ values (502::bigint, '{"n": 500}'::jsonb), (1102, '{"n": 1100}') $$,
                  'a batch is followed by one, however many are due');

-- When the deltas outweigh the last snapshot.
select hypermind.create_run(:'project_a', 'chat') as heavy_run \gset
select hypermind.append_event(:'heavy_run', 'a.b', '{}', jsonb_build_object('text', repeat('x', 60000))) as ignored
\gset
select is_empty(format('select seq from hypermind.run_state_snapshots where run_id = %L', :'heavy_run'),
                'a delta below 64 KiB alone makes none due');
select hypermind.append_event(:'heavy_run', 'a.b', '{}', jsonb_build_object('text', repeat('y', 6000))) as ignored \gset
select is((select array_agg(seq) from hypermind.run_state_snapshots where run_id = :'heavy_run'), '{3}',
          'more than 64 KiB of deltas do');
select is(hypermind.state_at(:'heavy_run') ->> 'text', repeat('y', 6000), 'the state from it is the state');
select is(hypermind.state_at(:'heavy_run', 2) ->> 'text', repeat('x', 60000), 'and so is the one before it');

-- Snapshots change how a state is found, never what it is.
select is((select count(*) from generate_series(2, 1102, 20) as s (seq)
           where hypermind.state_at(:'long_run', s.seq) = jsonb_build_object('n', s.seq - case when s.seq <= 500 then 1
               else 2 end)),
          56::bigint, 'the states of a long run are what its deltas say');
select is(valid, true, 'the long run verifies') from hypermind.verify_run(:'long_run');
select is(valid, true, 'the heavy one, too') from hypermind.verify_run(:'heavy_run');

select * from finish();
rollback;
