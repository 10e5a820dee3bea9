-- hypermind.event_text(): the searchable text of a payload, by rule; and the numbers of the rules.
\set ON_ERROR_STOP on
begin;
select plan(39);

-- Numbers.
set local role hypermind_owner;
select is(hypermind_private.text_rule_number(name), number::smallint, format('%s has its number', coalesce(name, 'no rule')))
from (values ('messages', 1), ('tool', 2), ('all', 3), (null, null), ('ALL', null), ('', null)) as r (name, number);
reset role;

-- What each rule takes.
set local role hypermind_reader;
select is(hypermind.event_text(payload::jsonb, rule::smallint), expected, description)
from (values
    (1, '{"role": "user", "content": "Where is it?"}', 'Where is it?', 'messages: what was said, not by whom'),
    (1, '{"thought": "c", "text": "b", "content": "a"}', E'a\nb\nc', 'messages: content, text, thought'),
    (1, '{"content": null}', '', 'messages: no string is no text'),
    (1, '{"content": 5}', '', 'messages: a number is no text'),
    (1, '{}', '', 'messages: nothing'),
    (1, '{"content": ""}', '', 'messages: an empty string'),
    (1, '{"content": ["a", {"b": ["c", 1, true, null]}, ["d"]]}', E'a\nc\nd', 'messages: strings at any depth, once'),
    (1, '{"content": [["x"], "x"]}', E'x\nx', 'messages: the same string twice is there twice'),
    (1, '{"gen_ai.tool.name": "t", "error.type": "e", "name": "n", "a": {"content": "inner"}}', '',
     'messages: other members are not looked into'),
    (1, '{"content": "last", "gen_ai.output.messages": [{"parts": [{"content": "answer"}]}],
          "gen_ai.input.messages": [{"parts": [{"content": "one"}]}, {"content": "two"}],
          "gen_ai.system_instructions": "first"}', E'first\none\ntwo\nanswer\nlast',
     'messages: instructions, input, output, content'),
    (2, '{"gen_ai.tool.name": "run_sql", "gen_ai.tool.call.id": "call_1",
          "gen_ai.tool.call.arguments": {"sql": "select 1", "limit": 5}}', E'run_sql\nselect 1', 'tool: name and arguments'),
    (2, '{"gen_ai.tool.call.result": [{"name": "a.csv", "bytes": 5}, {"name": "b.csv"}]}', E'a.csv\nb.csv', 'tool: result'),
    (2, '{"error.type": "timeout", "gen_ai.tool.call.result": "too late"}', E'too late\ntimeout', 'tool: error'),
    (2, '{"content": "x", "swe_agent": {"step": "y"}}', '', 'tool: other members are not looked into'),
    (2, '{"gen_ai.tool.call.arguments": null}', '', 'tool: no string is no text'),
    (3, '{"error.type": "timeout", "message": "30 s", "n": 1}', E'30 s\ntimeout', 'all: in the order of jsonb'),
    (3, '{"a": {"b": [{"c": "deep"}]}, "d": ["e", ["f"]]}', E'deep\ne\nf', 'all: strings at any depth, once'),
    (3, '{"key": 1}', '', 'all: names of members are no text'),
    (3, '{}', '', 'all: nothing'),
    (3, '[]', '', 'all: of a value that is no object'),
    (1, '["a"]', '', 'messages: of a value that is no object'),
    (2, '"a"', '', 'tool: of a value that is no object'),
    (3, '"a"', 'a', 'all: of a string'),
    (3, '{"a": "line\nline\ttab \"quoted\" ü 😀"}', E'line\nline\ttab "quoted" ü 😀', 'text as it is, nothing escaped'),
    (0, '{"content": "a"}', null, 'no rule 0'),
    (4, '{"content": "a"}', null, 'no rule 4'),
    (null, '{"content": "a"}', null, 'no rule, no text'),
    (1, null, null, 'no payload, no text')
) as t (rule, payload, expected, description);

-- The bound.
select is(length(hypermind.event_text(jsonb_build_object('content', repeat('😀', 100001)), 1::smallint)), 100000,
          'at most 100,000 characters of one string');
select is(length(hypermind.event_text(jsonb_build_object('content', repeat('x', 100000)), 1::smallint)), 100000, 'and so many');
select is(right(hypermind.event_text(jsonb_build_object('a', repeat('x', 99990), 'b', repeat('y', 100)), 3::smallint), 10),
          E'\nyyyyyyyyy', 'and of many, the line breaks among them');

-- An index can be made of it.
select is((select p.provolatile::text || p.proparallel::text from pg_proc as p
           where p.oid = 'hypermind.event_text(jsonb, smallint)'::regprocedure), 'is', 'immutable, and parallel safe');
set local role hypermind_writer;
select is(hypermind.event_text('{"content": "a"}', 1::smallint), 'a', 'writers are readers');

select * from finish();
rollback;
