-- hypermind.run_timeline(): what happened in a run, step by step.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/two_projects.psql
select plan(24);

set local role alice;
select hypermind.create_run(:'project_a', 'chat') as run_id \gset
select hypermind.transition_run(:'run_id', 'running') as ignored \gset
select hypermind.append_events(:'run_id', $events$[
    {"event_type": "stage.entered",   "payload": {"stage": "plan"},      "occurred_at": "2039-01-01T00:00:00Z"},
    {"event_type": "model.requested", "payload": {"gen_ai.request.model": "m"}, "parent_seq": 3,
     "occurred_at": "2039-01-01T00:00:01Z"},
    {"event_type": "model.responded", "payload": {"content": "Look."}, "parent_seq": 4, "occurred_at": "2039-01-01T00:00:03Z",
     "state_delta": {"n": 1}, "model": "m", "input_tokens": 10, "output_tokens": 2, "cost": 0.5, "tags": ["t"]},
    {"event_type": "tool.called",     "payload": {"gen_ai.tool.name": "search", "gen_ai.tool.call.arguments": {"q": 1}},
     "parent_seq": 5, "occurred_at": "2039-01-01T00:00:03.5Z"},
    {"event_type": "tool.returned",   "payload": {"error.type": "timeout", "gen_ai.tool.call.result": "a\u001b[31m\nb\u202ec"},
     "parent_seq": 6, "tool": "search", "occurred_at": "2039-01-01T00:00:10Z"},
    {"event_type": "model.requested", "parent_seq": 3, "occurred_at": "2039-01-01T00:00:11Z"},
    {"event_type": "model.responded", "payload": {"content": ""}, "parent_seq": 8, "occurred_at": "2039-01-01T00:00:10.5Z"}
]$events$) as ignored \gset

select results_eq(
    format('select seq, event_type, parent_seq, depth, gap, duration from hypermind.run_timeline(%L, 3)', :'run_id'),
    $$ values (4::bigint, 'model.requested', 3::bigint, 1, interval '1 second', interval '2 seconds'),
              (5, 'model.responded', 4, 2, '2 seconds', '0.5 seconds'),
              (6, 'tool.called', 5, 3, '0.5 seconds', '6.5 seconds'),
              (7, 'tool.returned', 6, 4, '6.5 seconds', null),
              (8, 'model.requested', 3, 1, '1 second', '-0.5 seconds'),
              (9, 'model.responded', 8, 2, '-0.5 seconds', null) $$,
    'nesting, the time since the event before, and the time until the last step of an event');
select is((select duration from hypermind.run_timeline(:'run_id', 2, 1)), interval '11 seconds',
          'a stage lasts until its last step begins, though that is on no page yet');
select results_eq(
    format('select seq, preview from hypermind.run_timeline(%L) where seq > 2', :'run_id'),
    $$ values (3::bigint, 'plan'), (4, 'm'), (5, 'Look.'), (6, '{"q": 1}'), (7, 'timeout: a [31m b c'), (8, null), (9, '') $$,
    'what an event says, in one line that acts on no terminal');
select results_eq(
    format('select model, tool, tags, input_tokens, output_tokens, cost, has_state_delta, erased, payload_bytes > 0, '
           'contract_version from hypermind.run_timeline(%L, 4, 1)', :'run_id'),
    $$ values ('m', null, '{t}'::text[], 10::bigint, 2::bigint, 0.5, true, false, true, 1) $$, 'and its columns');
select is((select array_agg(seq) from hypermind.run_timeline(:'run_id')), '{1,2,3,4,5,6,7,8,9}', 'from the first');
select ok((select gap is null and depth = 0 and parent_seq is null from hypermind.run_timeline(:'run_id', 0, 1)),
          'the first event has none before it');

-- Pages: each like the same part of the whole.
select results_eq(
    format('select * from hypermind.run_timeline(%L, %s, 3)', :'run_id', n),
    format('select * from hypermind.run_timeline(%L) where seq > %s limit 3', :'run_id', n),
    format('a page after %s is a part of the whole', n))
from generate_series(0, 9, 2) as n;
select is_empty(format('select * from hypermind.run_timeline(%L, 9)', :'run_id'), 'nothing after the last');
select hypermind.append_event(:'run_id', 'message.added', '{"content": "x"}') as ignored \gset
select is((select array_agg(seq) from hypermind.run_timeline(:'run_id', 9)), '{10}',
          'the tail shows what was appended meanwhile');
select is((select count(*) from hypermind.run_timeline(:'run_id', null)), 10::bigint, 'NULL is the start');

-- Some types only: nesting and gaps stay those of the whole.
select results_eq(
    format($$ select * from hypermind.run_timeline(%L, 2, 2, '{tool.returned, model.responded}') $$, :'run_id'),
    format($$ select * from hypermind.run_timeline(%L) where event_type in ('tool.returned', 'model.responded') limit 2 $$,
           :'run_id'),
    'events of some types');
select is_empty(format($$ select * from hypermind.run_timeline(%L, 0, 10, '{custom.none}') $$, :'run_id'), 'or of none');

-- Depth ends at 64, large payloads have no preview.
select hypermind.append_events(:'run_id', (
    select jsonb_agg(jsonb_build_object('event_type', 'custom.step', 'parent_seq', n - 1) order by n)
    from generate_series(11, 100) as n)) as ignored \gset
select is((select array_agg(depth) from hypermind.run_timeline(:'run_id', 70, 5)), '{61,62,63,64,64}',
          'depth is counted up to 64');
select is((select depth from hypermind.run_timeline(:'run_id', 99, 1)), 64, 'on any page');
select hypermind.append_event(:'run_id', 'message.added', jsonb_build_object('content', (
    select string_agg(md5(n::text), '') from generate_series(1, 10000) as n))) as ignored \gset
select ok((select preview is null and payload_bytes > 131072 and not erased from hypermind.run_timeline(:'run_id', 100)),
          'a large payload is told by its size');

set local role bob;
select pg_temp.refuses(format('select * from hypermind.run_timeline(%L)', t.run_id), 'MH001',
                       format('run %s does not exist', t.run_id), jsonb_build_object('run_id', t.run_id), t.what)
from (values (:'unknown_run', 'an unknown run is refused'), (:'run_id', 'one of others in the same words')) as t (run_id, what);
set local role carol;
select is((select count(*) from hypermind.run_timeline(:'run_id', 0, 1000)), 101::bigint, 'a reader reads it');
select is(pg_temp.refusal(format('select * from hypermind.run_timeline(%L, 0, 1001)', :'run_id')) ->> 'code', 'MH016',
          'a page has at most 1000 rows');
select is(pg_temp.refusal(format('select * from hypermind.run_timeline(%L, p_types => ''{x.y, null}'')', :'run_id')) ->> 'code', 'MH016',
          'types are names');

select * from finish();
rollback;
