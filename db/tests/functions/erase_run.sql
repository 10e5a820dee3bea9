-- hypermind.erase_run(): nothing of what a run said is left, and it still verifies.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/rich_run.psql
select plan(44);
select pg_temp.set_clock('2040-01-02 03:04:05.678+00') as ignored \gset

-- A run whose every content has the word, twice forked.
set local role alice;
select hypermind.create_run(:'project_a', 'chat', '{"p": {"kind": "prompt", "name": "greeting", "label": "production"}}',
                            '{"question": "quetzal?"}', '{"title": "quetzal"}', '{bird}', p_owner => 'Ada') as run \gset
select hypermind.transition_run(:'run', 'running', '{"why": "quetzal"}') as ignored \gset
select hypermind.append_event(:'run', 'message.added', '{"content": "quetzal"}', '{"quetzal": ["quetzal"]}') as ignored \gset
select hypermind.append_event(:'run', 'tool.called', '{"args": "quetzal"}',
                              '[{"op": "add", "path": "/quetzal/-", "value": "quetzal"}]', p_tool => 'search') as ignored \gset
select hypermind.take_snapshot(:'run') as ignored \gset
select hypermind.attach_artifact(:'run', 'report', 's3://quetzal', sha256('q'), 1,
                                 p_metadata => '{"title": "quetzal"}') as artifact \gset
select hypermind.append_events(:'run', '[{"event_type": "a.b", "payload": {"quetzal": 1}, "state_delta": {"quetzal": 1}}]')
as ignored \gset
select hypermind.fork_run(:'run', 3, '{"quetzal": 2}', p_metadata => '{"of": "quetzal"}') as fork_1 \gset
select hypermind.fork_run(:'fork_1', 1) as fork_2 \gset
select array_agg(f order by f) as forks from unnest(array[:'fork_1', :'fork_2']::uuid[]) as f \gset
select hypermind.request_cancel(:'run', 'quetzal') as ignored \gset

-- Open runs are not erased.
set local role oscar;
select pg_temp.refuses(format($$ select * from hypermind.erase_run(%L, 'why') $$, t.run_id), 'MH027',
                       format('run %s is %s: only a run that has ended can be erased', t.run_id, t.status),
                       jsonb_build_object('run_id', t.run_id, 'status', t.status), t.status || ' runs are not erased')
from (values (:'run', 'running'), (:'fork_1', 'queued')) as t (run_id, status);
set local role alice;
select hypermind.transition_run(:'run', 'paused') as ignored \gset
set local role oscar;
select is(pg_temp.refusal(format($$ select * from hypermind.erase_run(%L, 'why') $$, :'run')) #>> '{detail, status}',
          'paused', 'nor are paused ones');
set local role alice;
select hypermind.transition_run(:'run', 'failed', '{"error": "quetzal"}') as ignored \gset
reset role;
select is(pg_temp.mentions('quetzal'), 'run_artifacts run_events run_heads run_state_snapshots run_summaries runs',
          'the word is everywhere');

-- One event before all.
set local role oscar;
select events as ignored from hypermind.erase_payload(:'run', 3, 'first') \gset
select hypermind.place_hold(:'project_a', 'a dispute', p_kind => 'prompt', p_name => 'greeting',
                            p_label => 'production') as hold_id \gset
select is(pg_temp.refusal(format($$ select * from hypermind.erase_run(%L, 'why') $$, :'run')) ->> 'code', 'MH024',
          'what is on hold is not erased');
select hypermind.release_hold(:'hold_id', 'settled') as ignored \gset
select results_eq(format($$ select * from hypermind.erase_run(%L, 'personal data') $$, :'run'),
                  format($$ values (8::bigint, 0::bigint, 1::bigint, true, %L::uuid[]) $$, :'forks'),
                  'all that is left of an ended run is erased; its forks are named');
select results_eq(format('select seq, reason, erased_by from hypermind.erasures where run_id = %L order by seq', :'run'),
                  $$ values (3::bigint, 'first', 'oscar'), (null, 'personal data', 'oscar') $$,
                  'both erasures are on record');
select results_eq(format('select kind, count(*) from hypermind.erased_hashes where run_id = %L group by kind order by kind',
                         :'run'),
                  $$ values ('artifact', 1::bigint), ('event', 9), ('run', 1), ('snapshot', 2) $$,
                  'with the hashes of everything');
select results_eq(format($$ select * from hypermind.erase_run(%L, 'once more') $$, :'run'),
                  format($$ values (0::bigint, 0::bigint, 0::bigint, false, %L::uuid[]) $$, :'forks'),
                  'a retry erases nothing, and answers in the same form');
select is(count(*), 2::bigint, 'nor is it recorded') from hypermind.erasures where run_id = :'run';

-- The forks, then the word is nowhere.
set local role alice;
select hypermind.transition_run(r, 'cancelled') as ignored from unnest(array[:'fork_1', :'fork_2']::uuid[]) as r offset 1 \gset
set local role oscar;
select is(copies, array[:'fork_2']::uuid[], 'the fork names its own')
from hypermind.erase_run(:'fork_1', 'a copy');
select is(copies, '{}', 'until there is none') from hypermind.erase_run(:'fork_2', 'a copy');
select is(copies, '{}', 'the run names none any more') from hypermind.erase_run(:'run', 'once more');
reset role;
select is(pg_temp.mentions('quetzal'), '', 'the word is nowhere');

-- What stays, and verifies.
set local role audrey;
select is(valid, true, format('%s verifies', t.what)) from (values ('the run', :'run'::uuid), ('a fork', :'fork_1'),
    ('a fork of that', :'fork_2'), ('another run', :'run_id')) as t (what, run_id), hypermind.verify_run(t.run_id);
select results_eq(format('select mode, tags, owner, created_by, input, metadata from hypermind.runs where run_id = %L', :'run'),
                  $$ values ('chat', '{bird}'::text[], 'Ada', 'alice', null::jsonb, null::jsonb) $$,
                  'names and tags of the run stay');
select results_eq(format('select status, last_seq, events from hypermind.run_outcomes where run_id = %L', :'run'),
                  $$ values ('failed', 9::bigint, 9::bigint) $$, 'its outcome, too');
select is(count(*), 9::bigint, 'its events are there') from hypermind.run_events where run_id = :'run';
select is(count(*), 1::bigint, 'and its pins') from hypermind.run_config_refs where run_id = :'run';
select is_empty('select * from hypermind.check_integrity()', 'the ledger is whole');
set local role carol;
select is(count(*) filter (where erased), 9::bigint, 'the timeline says that they were erased')
from hypermind.run_timeline(:'run');
select is(count(*) filter (where payload is null), 9::bigint, 'events come without payload')
from hypermind.replay_events(:'run');
select is(count(*), 0::bigint, 'nothing is found by the word') from hypermind.search_events('quetzal');
select isnt_empty(format($$ select * from hypermind.list_runs(%L, p_status => 'failed') $$, :'project_a'), 'the run is listed');

-- Nothing is replayed.
set local role alice;
select is(pg_temp.refusal(format(t.call, :'run')) ->> 'code', 'MH025', t.what)
from (values ('select hypermind.state_at(%L)', 'the last state is gone'),
             ('select hypermind.state_at(%L, 3)', 'and that after the first change'),
             ('select hypermind.diff_state(%L, 2, 3)', 'a difference between them'),
             ('select * from hypermind.resolve_replay_context(%L, 2)', 'there is no input'),
             ('select hypermind.fork_run(%L, 2)', 'no fork is made'),
             ('select hypermind.take_snapshot(%L, 8)', 'and no snapshot taken')) as t (call, what);
select is(hypermind.state_at(:'run', 2), '{}', 'before the first change, the state is what every run begins with');
select is(hypermind.take_snapshot(:'run', 2), 2::bigint, 'which can be kept');
select is(valid, true, 'the run verifies') from hypermind.verify_run(:'run');
set local role oscar;
select is(snapshots, 1::bigint, 'and be erased again') from hypermind.erase_run(:'run', 'once more');
select is(pg_temp.refusal(format('select hypermind.state_at(%L, 2)', :'fork_1')) #>> '{detail, first_seq}', '0',
          'of a fork, not even the first state is known');

-- Refused, without a trace.
select pg_temp.refuses(format($$ select * from hypermind.erase_run(%L, 'why') $$, t.run_id), 'MH001',
                       format('run %s does not exist', coalesce(t.run_id, 'null')),
                       jsonb_build_object('run_id', t.run_id), t.what)
from (values (:'unknown_run', 'an unknown run is refused'), (null, 'and none at all')) as t (run_id, what);
select is(pg_temp.refusal(format('select * from hypermind.erase_run(%L, %s)', :'ended_run', t.reason)) ->> 'code',
          'MH016', t.what)
from (values ('null', 'a reason must be given'), ('''''', 'in words')) as t (reason, what);
reset role;
select is(pg_temp.refusal(format($$ select * from hypermind.erase_run(%L, 'why') $$, :'ended_run')) ->> 'code',
          'MH001', 'a superuser erases nothing');
select is(count(*), 12::bigint, 'what was not erased is all there')
from hypermind.run_events where run_id = any (array[:'run_id', :'ended_run', :'fork']::uuid[]) and payload is not null;

select * from finish();
rollback;
