-- The limits of hypermind.append_event(): what is still taken, what no longer, and that refusals are quick and leave no
-- trace.
\set ON_ERROR_STOP on
begin;
\ir ../fixtures/one_run.psql
select plan(149);
set local role alice;

-- One attempt: NULL when the event is taken, otherwise SQLSTATE, argument and message.
create function pg_temp.attempt(p_run_id uuid, p_arguments text) returns text language plpgsql as $function$
declare
    v_refusal constant jsonb := pg_temp.refusal(format('select hypermind.append_event(%L, %s)', p_run_id, p_arguments));
begin
    return concat_ws(' ', v_refusal ->> 'code', v_refusal #>> '{detail,argument}') || ': ' || (v_refusal ->> 'message');
end
$function$;

-- Event types.
select is(pg_temp.attempt(:'run_id', quote_literal(t.type)), null, format('%s is an event type', left(t.type, 40)))
from unnest(array['message.added', 'a.b', 'a1_.2', 'x.y.z', 'custom.0', 'a.' || repeat('b', 98), 'running.fast',
                  'artifact.attached.twice', 'snapshot.taken_'])
    as t (type);
select is(pg_temp.attempt(:'run_id', coalesce(quote_literal(t.type), 'null')),
          format('MH016 p_event_type: %L is no event type', left(t.type, 100)),
          format('%s is none', coalesce(to_json(left(t.type, 40))::text, 'null')))
from unnest(array[null, '', 'message', 'Message.added', 'message.', '.added', 'message..added', 'message added',
                  'message.added ', ' message.added',
                  '1.a', '_a.b', 'a-b.c', 'a.B', 'a.b' || chr(10), 'a.b' || chr(10) || 'c.d', 'ä.b', 'a.b;drop',
                  'a.' || repeat('b', 99), 'run.', 'RUN.created',
                  'run.Created', 'a.' || chr(8203)]) as t (type);
select is(pg_temp.attempt(:'run_id', quote_literal(t.type)),
          format('MH011: events of type %s are appended by the database itself', t.type),
          format('%s is reserved', t.type))
from unnest(array['run.created', 'run.started', 'run.paused', 'run.resumed', 'run.completed', 'run.failed',
                  'run.cancelled',
                  'run.cancel_requested', 'run.anything', 'run.a.b', 'artifact.attached', 'snapshot.taken'])
                  as t (type);

-- Payloads.
select is(pg_temp.attempt(:'run_id', format('''a.b'', %s', coalesce(quote_literal(t.payload), 'null'))),
          format('MH016 payload: payload must be a JSON object, not %s',
                 coalesce(jsonb_typeof(t.payload::jsonb), 'NULL')),
          format('a payload cannot be %s', coalesce(t.payload, 'NULL')))
from unnest(array[null, 'null', 'true', '1', '"text"', '[]', '[{}]']) as t (payload);
create temp table too_large as
    select '%s is too large: its text may have 16 MiB, its numbers must be below 1e400 and have at most 400 '
           'decimals' as message;
select is(pg_temp.attempt(:'run_id', format('''a.b'', ''{"deep": [{"n": [%s]}]}''', t.number)),
          case when not t.good then 'MH017 payload: ' || format(l.message, 'payload') end,
          format('the number %s is %s', left(t.number, 20), case when t.good then 'taken' else 'refused' end))
from (values ('1e399', true), ('-1e399', true), ('9.99e399', true), (repeat('9', 400), true), ('1e400', false),
      ('-1e400', false), ('1e131071', false), ('-9e131071', false),
             ('1e-400', true), ('1e-401', false), ('1e-16383', false), ('0e-400', true), ('0e-401', false),
             ('0e-16383', false), ('0e131071', true), ('-0', true),
             ('1.' || repeat('0', 400), true), ('1.' || repeat('0', 401), false),
             ('12345678901234567890.12345678901234567890', true)) as t (number, good), too_large as l;
create temp table bombs as
    select n, ('{"n": [' || repeat('1e131071, ', n - 1) || '1e131071]}')::jsonb as payload
        from unnest('{700, 7000}'::integer[]) as t (n);
select is(pg_temp.attempt(:'run_id', format('''a.b'', (select payload from bombs where n = %s)', n)),
          'MH017 payload: ' || format(message, 'payload'),
          format('a number bomb of %s numbers is refused', n))
from bombs, too_large;
select clock_timestamp() as started \gset
select pg_temp.attempt(:'run_id', '''a.b'', (select payload from bombs where n = 7000)') as ignored \gset
select cmp_ok(clock_timestamp() - :'started'::timestamptz, '<', interval '1 second',
              'and soon: its text, 900 MB of it, is not made');
select is(pg_temp.attempt(:'run_id', format('''a.b'', jsonb_build_object(''a'', repeat(''x'', %s))', t.size)),
          case when t.size > 16777216 - 9 then 'MH017 payload: ' || format(l.message, 'payload') end, t.what)
from (values (16777216 - 9, 'a payload of 16 MiB of text is taken'), (16777216 - 8, 'one byte more is refused'))
    as t (size, what), too_large as l;
select is(pg_temp.attempt(:'run_id', format('''a.b'', jsonb_build_object(''a'', repeat(%L, %s))', t.letter,
                                            (16777216 - 9) / t.bytes + t.more)),
          case when t.more > 0 then 'MH017 payload: ' || format(l.message, 'payload') end, t.what)
from (values (chr(233), 2, 0, 'é counts as two bytes: 16 MiB of it are taken'), (chr(233), 2, 1, 'one more is refused'),
             (chr(1), 6, 0, 'U+0001 is written in six: 16 MiB of it are taken'), (chr(1), 6, 1, 'one more is refused'))
             as t (letter, bytes, more, what),
     too_large as l;
select is(pg_temp.attempt(:'run_id',
                          format('''a.b'', (repeat(''{"a":'', %1$s) || ''1'' || repeat(''}'', %1$s))::jsonb',
                                 t.levels)),
          case when t.levels > 100 then 'MH017 payload: payload is nested deeper than 100 levels' end,
          format('a payload of %s levels', t.levels))
from unnest('{99, 100, 101, 500}'::integer[]) as t (levels);
select is(pg_temp.attempt(:'run_id',
                          format('''a.b'', (''{"a": '' || repeat(''['', %1$s) || repeat('']'', %1$s) || ''}'')::jsonb',
                                 t.levels)),
          case when t.levels > 99 then 'MH017 payload: payload is nested deeper than 100 levels' end,
          format('an object of %s arrays in each other', t.levels))
from unnest('{99, 100}'::integer[]) as t (levels);
-- Odd text is text: it is stored as it came.
select '{"": "", "a\u0001b": "\u007f\u200b\u202e\ufffd\ufdd0\uffff\ud83d\ude00", " ": "\\u0000 % %s \" '' $$ ; --", '
       '"\ud83d\ude00": "e\u0301"}' as odd \gset
select hypermind.append_event(:'run_id', 'odd.text', :'odd') as odd_seq \gset
select is(payload, :'odd'::jsonb, 'odd text comes back as it was sent') from hypermind.run_events
where run_id = :'run_id' and seq = :odd_seq;

-- State deltas.
select is(pg_temp.attempt(:'run_id', format('''a.b'', ''{}'', %L', t.delta)),
          format('MH008: state_delta must be a JSON Patch (an array) or a merge patch (an object), not a %s',
                 jsonb_typeof(t.delta::jsonb)), format('a state_delta cannot be %s', t.delta))
from unnest('{"null", true, 1, "\"text\""}'::text[]) as t (delta);
select is(pg_temp.attempt(:'run_id', '''a.b'', ''{}'', ''{"n": 1e400}'''),
          'MH017 state_delta: ' || format(message, 'state_delta'), 'a state_delta has the same limits')
from too_large;
select is(pg_temp.attempt(:'run_id', '''a.b'', ''{}'', (repeat(''{"a":'', 101) || ''1'' || repeat(''}'', 101))::jsonb'),
          'MH017 state_delta: state_delta is nested deeper than 100 levels', 'also of nesting');
select is(pg_temp.attempt(:'run_id', format('''a.b'', ''{}'', ''[{"op": "%s", "%s": "%s", "%s": "/x"}]''', t.op,
                                            t.member, repeat('/a', t.levels), t.other)), t.message,
          format('a %s of %s levels', t.member, t.levels))
from (values ('copy', 'from', 'path', 101, 'MH017 state_delta: a JSON Pointer of state_delta has more than 100 levels'),
             ('copy', 'from', 'path', 100, 'MH008: operation 0 (copy /x) cannot be applied: there is nothing at '
              || repeat('/a', 100)),
             ('remove', 'path', 'from', 101,
              'MH017 state_delta: a JSON Pointer of state_delta has more than 100 levels'))
              as t (op, member, other, levels, message);

-- A few hundred bytes that double the state, again and again, would make it unreadable.
create temp table state_bombs as
select 'an append' as way, 'copies that double an array' as what,
       (select jsonb_build_array('{"op": "add", "path": "/a", "value": ["xxxxxxxxxx"]}'::jsonb)
               || jsonb_agg('{"op": "copy", "from": "/a", "path": "/a/-"}'::jsonb)
               from generate_series(1, 40)) as delta,
       '^the state would have [0-9]{8,9} bytes: at most 64 MiB can be kept$' as message
union all
select 'a fork', 'copies of all into two parts of it',
       (select jsonb_build_array('{"op": "add", "path": "/a", "value": ["xxxxxxxxxx"]}'::jsonb)
               || jsonb_agg(jsonb_build_object('op', 'copy', 'from', '', 'path', case n % 2 when 0 then '/b'
                                               else '/c' end) order by n) from generate_series(1, 80) as n),
       '^the state would have [0-9]{8,9} bytes: at most 64 MiB can be kept$'
union all
select t.way, 'moves that nest',
       (select '[{"op": "add", "path": "/a", "value": {}}]'::jsonb || jsonb_agg(o.operation order by n, o.ord)
        from generate_series(1, 300) as n,
             unnest(array['{"op": "add", "path": "/x", "value": {}}', '{"op": "move", "from": "/a", "path": "/x/a"}',
                          '{"op": "move", "from": "/x", "path": "/a"}']::jsonb[]) with ordinality
                          as o (operation, ord)),
       '^the state would be nested deeper than 200 levels$'
from unnest('{an append, a batch, a fork}'::text[]) as t (way);
-- Each is tried in one way only: growing a state to its limit takes seconds.
select matches(
    pg_temp.refusal(format(
        case b.way when 'an append' then 'select hypermind.append_event(%1$L, ''a.b'', ''{}'', %2$L)'
                   when 'a batch' then 'select hypermind.append_events(%1$L, '
                                       'jsonb_build_array(jsonb_build_object(''event_type'', ''a.b'', '
                                       '''state_delta'', %2$L::jsonb)))'
                   when 'a fork' then 'select hypermind.fork_run(%1$L, 1, %2$L)' end,
        :'run_id', b.delta)) ->> 'message',
    b.message, format('%s are refused in %s', b.what, b.way))
from state_bombs as b;
select is(hypermind.state_at(:'run_id'), '{}', 'the state is as it was');

-- Words.
select is(pg_temp.attempt(:'run_id', format('''a.b'', p_%s => repeat(''é'', %s)', n.name, t.size)),
          case when t.size not between 1 and 200
          then format('MH016 p_%1$s: p_%1$s has %2$s characters: it must have 1 to 200 characters', n.name, t.size) end,
          format('a %s of %s characters', n.name, t.size))
from unnest('{model, tool}'::text[]) as n (name), unnest('{0, 1, 200, 201}'::integer[]) as t (size);
select is(pg_temp.attempt(:'run_id', '''a.b'', p_tags => ' || t.tags),
          case when not t.good
          then 'MH016 p_tags: tags must be a plain array of at most 64 words of 1 to 200 characters' end, t.what)
from (values
    ('''{}''', true, 'no tags'),
    ('array_fill(''t''::text, ''{64}'')', true, '64 tags'),
    ('array_fill(''t''::text, ''{65}'')', false, '65 tags are too many'),
    ('array[repeat(''é'', 200)]', true, 'a tag of 200 characters'),
    ('array[repeat(''é'', 201)]', false, 'one of 201 is too long'),
    ('''{a, ""}''', false, 'an empty tag is none'),
    ('''{a, null}''', false, 'nor is null'),
    ('''{{a, b}, {c, d}}''', false, 'a table of tags is refused'),
    ('''[0:1]={a, b}''', false, 'so are tags that do not count from 1')
) as t (tags, good, what);

-- Figures.
select is(pg_temp.attempt(:'run_id', format('''a.b'', p_%s => %s', n.name, t.number)),
          case when not t.good then 'MH016 p_input_tokens: token counts must be from 0 to 1000000000' end,
          format('%s %s', t.number, n.name))
from unnest('{input_tokens, output_tokens}'::text[]) as n (name),
     (values (0::bigint, true), (1000000000, true), (-1, false), (1000000001, false), (9223372036854775807, false))
     as t (number, good);
select is(pg_temp.attempt(:'run_id', format('''a.b'', p_cost => %L', t.cost)),
          case when not t.good
          then 'MH016 p_cost: cost must be at least 0, below 1e12, and have at most 18 decimals' end,
          format('a cost of %s', t.cost))
from (values ('0', true), ('-0', true), ('0.000000000000000001', true), ('999999999999.999999999999999999', true),
      ('1e12', false), ('-0.01', false),
             ('0.0000000000000000001', false), ('NaN', false), ('Infinity', false), ('-Infinity', false),
             ('1e1000', false)) as t (cost, good);

-- Times.
select is(pg_temp.attempt(:'run_id', format('''a.b'', p_occurred_at => %L', t.at)),
          case when not t.good
          then format('MH016 p_occurred_at: occurred_at is %s: it must lie in the years 1 to 9999',
                      t.at::timestamptz) end, format('an event of %s', t.at))
from (values ('0001-01-01 00:00:00+00', true), ('9999-12-31 23:59:59.999999+00', true),
      ('0001-12-31 23:59:59.999999+00 BC', false), ('10000-01-01 00:00:00+00', false),
             ('infinity', false), ('-infinity', false)) as t (at, good);

-- Nothing of what was refused is there, and what was taken adds up to a chain.
select is((select count(*) || ' ' || min(seq) || ' ' || max(seq) from hypermind.run_events where run_id = :'run_id'),
          (select concat_ws(' ', last_seq, 1, last_seq) from hypermind.run_heads where run_id = :'run_id'),
          'refused events leave no trace and no gap');
select results_eq(format('select valid, problem from hypermind.verify_run(%L)', :'run_id'),
                  'values (true, null::text)', 'whatever was taken, the chain holds');
select is((select count(*) from hypermind.run_overview where run_id = :'run_id' and input_tokens >= 0 and cost >= 0),
          1::bigint, 'its totals can be read');
select hypermind.transition_run(:'run_id', 'completed') as last_seq \gset
select is((select last_seq from hypermind.run_outcomes where run_id = :'run_id'), :last_seq::bigint,
          'and the run can end');

select * from finish();
rollback;
