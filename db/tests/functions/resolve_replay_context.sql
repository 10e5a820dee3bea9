-- hypermind.resolve_replay_context(): what a replay from a step starts from, and the digest that proves it is the same.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/rich_run.psql
select plan(26);
set local role alice;

-- The row.
select results_eq(
    format($$ select run_id, at_seq, mode, input, configs, state, snapshot_seq, first_event_seq, last_event_seq
           from hypermind.resolve_replay_context(%L, 4) $$, :'run_id'),
    format($$ values (%L::uuid, 4::bigint, 'workflow', '{"question": "Where is order 17?"}'::jsonb,
                      jsonb_build_array(
                          jsonb_build_object('slot', 'search', 'kind', 'tool', 'name', 'search', 'version', 1,
                                             'content', '{"timeout": 30}'::jsonb,
                                             'content_sha256', encode(sha256('{"timeout": 30}'), 'hex')),
                          jsonb_build_object('slot', 'system', 'kind', 'prompt', 'name', 'greeting', 'version', 1,
                                             'content', '{"text": "Hello"}'::jsonb,
                                             'content_sha256', encode(sha256('{"text": "Hello"}'), 'hex'))),
                      '{"messages": ["Let me look."], "turn": 1}'::jsonb, 0::bigint, 1::bigint, 4::bigint) $$,
                      :'run_id'),
    'input, pinned contents by slot, and the state, folded from the first event');
select is(c.event_hash, e.event_hash, 'the hash of the event there')
from hypermind.resolve_replay_context(:'run_id', 4) as c join hypermind.run_events as e on e.run_id = c.run_id
    and e.seq = 4;
select is(event_hash, decode(repeat('00', 32), 'hex'), '32 zero bytes at seq 0')
from hypermind.resolve_replay_context(:'run_id', 0);
select is((at_seq, snapshot_seq, first_event_seq, last_event_seq)::text, '(7,5,6,7)',
          'unasked, it is the last seq; from the snapshot at 5') from hypermind.resolve_replay_context(:'run_id');
select is((at_seq, snapshot_seq, first_event_seq, last_event_seq)::text, '(5,5,,)', 'at a snapshot no event is folded')
from hypermind.resolve_replay_context(:'run_id', 5);
select is((at_seq, snapshot_seq, first_event_seq, last_event_seq)::text, '(0,0,,)', 'nor at seq 0')
from hypermind.resolve_replay_context(:'run_id', 0);

-- The digest, computed here from its documented form (docs/hash-chain.md).
create function pg_temp.expected_digest(p_run_id uuid, p_seq bigint, p_hash text, p_pins jsonb, p_input text,
                                        p_state text) returns bytea language sql as $function$
    select sha256(convert_to(jsonb_build_array(
        'hypermind.replay.1', p_run_id, p_seq, p_hash, p_pins,
        encode(sha256(convert_to(p_input, 'UTF8')), 'hex'), encode(sha256(convert_to(p_state, 'UTF8')), 'hex'))::text,
        'UTF8'))
$function$;
select is(
    c.digest,
    pg_temp.expected_digest(
        :'run_id', 4, encode(e.event_hash, 'hex'),
        jsonb_build_array(jsonb_build_array('search', 'tool', 'search', 1, encode(sha256('{"timeout": 30}'), 'hex')),
                          jsonb_build_array('system', 'prompt', 'greeting', 1, encode(sha256('{"text": "Hello"}'),
                              'hex'))),
        '{"question": "Where is order 17?"}', '{"turn": 1, "messages": ["Let me look."]}'),
    'the digest is the documented one')
from hypermind.resolve_replay_context(:'run_id', 4) as c join hypermind.run_events as e on e.run_id = c.run_id
    and e.seq = 4;
select is(
    c.digest,
    pg_temp.expected_digest(:'ended_run', 0, repeat('00', 32), '[]', '{}', '{}'),
    'also of a run without pins, input and state')
from hypermind.resolve_replay_context(:'ended_run', 0) as c;

-- What changes nothing in it.
select digest as before from hypermind.resolve_replay_context(:'run_id', 4) \gset
select hypermind.take_snapshot(:'run_id', 2) as ignored \gset
select is((digest, snapshot_seq)::text, (:'before'::bytea, 2)::text,
          'a snapshot taken later changes how the state is found, not the digest')
          from hypermind.resolve_replay_context(:'run_id', 4);
select hypermind.take_snapshot(:'run_id', 4) as ignored \gset
select is(digest, :'before', 'nor does one at that very seq') from hypermind.resolve_replay_context(:'run_id', 4);
select hypermind.label_config(:'project_a', 'prompt', 'greeting', 'production', 2) as ignored \gset
select is(digest, :'before', 'nor a label that moves') from hypermind.resolve_replay_context(:'run_id', 4);
select hypermind.register_config(:'project_a', 'prompt', 'greeting', '{"text": "Moin"}') as ignored \gset
select is(digest, :'before', 'nor a new version') from hypermind.resolve_replay_context(:'run_id', 4);
select hypermind.append_event(:'run_id', 'message.added', '{}', '{"turn": 3}') as ignored \gset
select is(digest, :'before', 'nor what happens later') from hypermind.resolve_replay_context(:'run_id', 4);
select hypermind.transition_run(:'run_id', 'completed') as ignored \gset
select is(digest, :'before', 'nor the end of the run') from hypermind.resolve_replay_context(:'run_id', 4);
set local timezone = 'Asia/Kathmandu';
set local datestyle = 'SQL, DMY';
set local bytea_output = 'escape';
set local extra_float_digits = -15;
set local search_path = tap, pg_temp;
select is(encode(digest, 'hex'), substr(:'before', 3), 'nor a setting of the session')
from hypermind.resolve_replay_context(:'run_id', 4);
reset search_path;
reset extra_float_digits;
reset bytea_output;
reset datestyle;
reset timezone;
set local role carol;
select is(digest, :'before', 'nor who asks: a reader') from hypermind.resolve_replay_context(:'run_id', 4);
set local role audrey;
select is(digest, :'before', 'or an auditor') from hypermind.resolve_replay_context(:'run_id', 4);
set local role alice;

-- What does change it.
select is((select count(distinct digest) from generate_series(0, 9) as s (seq),
           lateral hypermind.resolve_replay_context(:'run_id', s.seq)), 10::bigint, 'every seq has its own digest');
select isnt(digest, :'before', 'a fork has another') from hypermind.resolve_replay_context(:'fork', 0);

-- A fork starts from its base state, with its own pins.
select is((snapshot_seq, first_event_seq, last_event_seq, state, configs #>> '{1,version}',
           configs #>> '{1,content,text}', mode)::text,
          '(0,,,"{""turn"": 10, ""messages"": [""Let me look.""]}",2,Hi,replay)',
          'a fork at seq 0 is its base state and its own versions')
from hypermind.resolve_replay_context(:'fork', 0);
select is((snapshot_seq, first_event_seq, last_event_seq)::text, '(0,1,1)', 'and goes on from there')
from hypermind.resolve_replay_context(:'fork');

-- Refusals.
select pg_temp.refuses(format('select hypermind.resolve_replay_context(%L, %s)', t.run_id, t.seq), t.code, t.message,
                       t.detail, t.what)
from (values
    (:'run_id', '10', 'MH012', format('seq 10 is out of range: run %s has 0 to 9', :'run_id'),
     jsonb_build_object('run_id', :'run_id', 'seq', 10, 'first_seq', 0, 'last_seq', 9),
     'a seq beyond the last is refused'),
    (:'run_id', '-1', 'MH012', format('seq -1 is out of range: run %s has 0 to 9', :'run_id'),
     jsonb_build_object('run_id', :'run_id', 'seq', -1, 'first_seq', 0, 'last_seq', 9), 'so is one before the start'),
    (:'unknown_run', '1', 'MH001', format('run %s does not exist', :'unknown_run'),
     jsonb_build_object('run_id', :'unknown_run'), 'an unknown run is refused'),
    (null, '1', 'MH001', 'run null does not exist', '{"run_id": null}', 'and none at all')
) as t (run_id, seq, code, message, detail, what);
set local role bob;
prepare foreign_run as select hypermind.resolve_replay_context(:'run_id', 99);
select pg_temp.refuses('foreign_run', 'MH001', format('run %s does not exist', :'run_id'),
                       jsonb_build_object('run_id', :'run_id'), 'one of another project in the same words');

select * from finish();
rollback;
