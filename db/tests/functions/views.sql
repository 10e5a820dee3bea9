-- The views for people with psql: run_overview, event_log and run_pins. (periods is in ensure_periods.sql.)
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/two_projects.psql
select plan(7);
select pg_temp.set_clock('2040-01-02 03:04:05+00') as ignored \gset
set local role alice;
select hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"text": "Hello"}') as ignored \gset
select hypermind.label_config(:'project_a', 'prompt', 'greeting', 'production', 1) as ignored \gset
select hypermind.create_run(:'project_a', 'chat',
                            '{"p": {"kind": "prompt", "name": "greeting", "label": "production"}, "a": {"kind": '
                            '"prompt", "name": "greeting", "version": 1}}',
                            p_tags => '{x}', p_agent => 'helper', p_model => 'model-1', p_owner => 'Ada') as run_id
                            \gset
reset role;
select pg_temp.set_clock('2040-01-02 03:05:00+00') as ignored \gset
set local role alice;
select hypermind.transition_run(:'run_id', 'running') as ignored \gset
select hypermind.append_event(:'run_id', 'model.responded', '{"content": "Hello"}', '{"n": 1}', 1,
                              p_model => 'model-1', p_input_tokens => 10, p_output_tokens => 5,
                              p_cost => 0.5) as ignored \gset
select hypermind.append_event(:'run_id', 'model.responded', p_input_tokens => 1, p_cost => 0.25) as ignored \gset

prepare overview as
    select project_id, workspace, project, mode, agent, model, owner, tags, status, last_seq, created_at, ended_at,
        duration, events, input_tokens, output_tokens, cost, parent_run_id, forked_at_seq, archive_id, location
    from hypermind.run_overview where run_id = :'run_id';
select results_eq('overview',
    format($$ values (%L::uuid, 'lab', 'a', 'chat', 'helper', 'model-1', 'Ada', '{x}'::text[], 'running', 4::bigint,
                      '2040-01-02 03:04:05+00'::timestamptz, null::timestamptz,
                      interval '55 seconds', 4::bigint, 11::bigint, 5::bigint, 0.75, null::uuid, null::bigint, null::uuid, null) $$,
                      :'project_a'),
    'an open run: its totals so far, its duration to the last event');
reset role;
select pg_temp.set_clock('2040-01-02 04:04:05+00') as ignored \gset
set local role alice;
select hypermind.transition_run(:'run_id', 'failed') as ignored \gset
select results_eq('overview',
    format($$ values (%L::uuid, 'lab', 'a', 'chat', 'helper', 'model-1', 'Ada', '{x}'::text[], 'failed', 5::bigint,
                      '2040-01-02 03:04:05+00'::timestamptz, '2040-01-02 04:04:05+00'::timestamptz,
                      interval '1 hour', 5::bigint, 11::bigint, 5::bigint, 0.75, null::uuid, null::bigint, null::uuid, null) $$,
                      :'project_a'),
    'an ended run: its totals, its duration to its end');
select hypermind.fork_run(:'run_id', 3) as fork \gset
select results_eq(
    format('select status, events, input_tokens, cost, parent_run_id, forked_at_seq from hypermind.run_overview where '
           'run_id = %L', :'fork'),
    format($$ values ('queued', 1::bigint, 0::bigint, 0::numeric, %L::uuid, 3::bigint) $$, :'run_id'),
    'a fork names its parent, and counts its own events');
select is((select count(*) from hypermind.run_overview where project_id = :'project_a'), 2::bigint, 'a line a run');

-- event_log.
reset role;
select pg_temp.set_clock('2040-01-02 05:06:07.89+00') as ignored \gset
set local role alice;
select hypermind.append_event(:'fork', t.type, t.payload, t.delta, t.parent, p_model => t.model, p_tool => t.tool,
                              p_input_tokens => t.input, p_output_tokens => t.output) as ignored
from (values
    (1, 'model.responded', '{"content": "Hello", "message": "no"}'::jsonb, '{"n": 1}'::jsonb, 1::bigint, 'model-1',
     null::text, 10::bigint, 5::bigint),
    (2, 'tool.called', '{"message": "find"}', null, null, null, 'search', null, 7),
    (3, 'custom.a_rather_long_type', '{"x": 1}', null, null, null, null, null, null),
    (4, 'message.added', '{}', null, null, null, null, null, null),
    (5, 'tool.returned', jsonb_build_object('content', repeat('x', 159) || 'yz'), null, null, null, null, null, null),
    (6, 'tool.returned', jsonb_build_object('content', 'a' || chr(27) || '[31m' || chr(10) || chr(13) || 'b'
                                            || chr(7)), null, null, null, 'rm' || chr(27) || '[2J', null, null)
) as t (ord, type, payload, delta, parent, model, tool, input, output) order by t.ord offset 5 \gset
select results_eq(
    format('select seq, event_type, parent_seq, line from hypermind.event_log where run_id = %L and seq > 1 order by '
           'seq', :'fork'),
    $$ values (2::bigint, 'model.responded', 1::bigint,
               '05:06:07.890  model.responded       model-1  10 -> 5 tokens  Hello  [state]'),
              (3, 'tool.called', null, '05:06:07.890  tool.called           search  0 -> 7 tokens  find'),
              (4, 'custom.a_rather_long_type', null, '05:06:07.890  custom.a_rather_long_type  {"x": 1}'),
              (5, 'message.added', null, '05:06:07.890  message.added       '),
              (6, 'tool.returned', null, '05:06:07.890  tool.returned         ' || repeat('x', 159) || 'y'),
              (7, 'tool.returned', null, '05:06:07.890  tool.returned         rm [2J  a [31m b ') $$,
    'a readable line an event: cut to length, and without control characters');
select is((select line from hypermind.event_log where run_id = :'fork' and seq = 2),
          (select line from (select set_config('timezone', 'Asia/Tokyo', true)) as z (x), hypermind.event_log
           where run_id = :'fork' and seq = 2),
          'its time is UTC, wherever the session is');

-- run_pins.
select results_eq(
    format('select slot, kind, name, version, label, content_sha256 from hypermind.run_pins where run_id = %L order '
           'by slot', :'run_id'),
    $$ values ('a', 'prompt', 'greeting', 1, null, encode(sha256('{"text": "Hello"}'), 'hex')),
    ('p', 'prompt', 'greeting', 1, 'production', encode(sha256('{"text": "Hello"}'), 'hex')) $$,
    'what a run was made with');

select * from finish();
rollback;
