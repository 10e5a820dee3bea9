-- hypermind_private.json_text_bounded() and json_depth_ok(): the limits of docs/errors.md.
\set ON_ERROR_STOP on
begin;
select plan(29);
set local role hypermind_owner;

select is(hypermind_private.json_text_bounded(value), expected,
          format('%s: %s', left(value::text, 40), case when expected then 'within bounds' else 'out of bounds' end))
from (values ('{}'::jsonb, true),
             ('"1e131071"', true),
             ('{"1e131071": null}', true),
             ('[0, -1, 2.50]', true),
             (to_jsonb(1e400 - 1), true),
             (to_jsonb(1e400), false),
             (to_jsonb(-1e400), false),
             ('1e-400', true),
             ('1e-401', false),
             ('0e-400', true),
             ('0e-401', false),
             ('{"a": [{"b": 1e131071}]}', false)) as v(value, expected);
select ok(not hypermind_private.json_text_bounded((select jsonb_agg(i) from generate_series(1, 100) as i) || '1e400'),
          'the last of many numbers is looked at');

-- The text is measured where the value could have too much of it.
select ok(hypermind_private.json_text_bounded(to_jsonb(repeat('x', 16777214))), '16 MiB of text');
select ok(not hypermind_private.json_text_bounded(to_jsonb(repeat('x', 16777215))), 'one byte more');
select ok(hypermind_private.json_text_bounded(to_jsonb(repeat(chr(1), 2796202))), 'control characters take six bytes');
select ok(not hypermind_private.json_text_bounded(to_jsonb(repeat(chr(1), 2796203))), 'and make it too long');
select ok(not hypermind_private.json_text_bounded((select jsonb_agg(-9e399) from generate_series(1, 42000))),
          'large numbers add up');
create temp table stored as select to_jsonb(repeat('x', 17000000)) as value;
select cmp_ok((select pg_column_size(value) from stored), '<', 1000000, 'a value that is stored compressed');
select ok((select not hypermind_private.json_text_bounded(value) from stored), 'counts as what it unpacks to');

select is(hypermind_private.json_depth_ok(value, 2), expected,
          format('%s: %s', value, case when expected then 'two levels or less' else 'more than two levels' end))
from (values ('1'::jsonb, true), ('[]', true), ('{"a": 1}', true), ('[[]]', true), ('{"a": [1]}', true),
             ('[[[]]]', false), ('{"a": [{"b": 1}], "c": 1}', false)) as v(value, expected);
select ok(hypermind_private.json_depth_ok((repeat('[', 100) || repeat(']', 100))::jsonb), 'a hundred levels');
select ok(not hypermind_private.json_depth_ok((repeat('{"a":', 100) || '{}' || repeat('}', 100))::jsonb), 'one more');

select * from finish();
rollback;
