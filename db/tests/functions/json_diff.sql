-- hypermind_private.json_diff(): small patches that people can read.
\set ON_ERROR_STOP on
begin;
select plan(33);
set local role hypermind_owner;

create temp table cases (name text, old jsonb, new jsonb, patch jsonb);
insert into cases values
    ('equal', '{"a": [1, {"b": null}]}', '{"a": [1, {"b": null}]}', '[]'),
    ('equal by value', '{"a": 1.0}', '{"a": 1}', '[]'),
    ('members, in alphabetical order', '{"bb": 1, "c": 1, "d": 2}', '{"a": null, "bb": 2, "d": 2}',
     '[{"op": "add", "path": "/a", "value": null}, {"op": "replace", "path": "/bb", "value": 2},
       {"op": "remove", "path": "/c"}]'),
    ('inside an object', '{"a": {"b": {"c": 1, "d": 1}}}', '{"a": {"b": {"c": 2, "d": 1}}}',
     '[{"op": "replace", "path": "/a/b/c", "value": 2}]'),
    ('escaped keys', '{"a/b": {"m~n": 1}}', '{"a/b": {"m~n": 2}}',
     '[{"op": "replace", "path": "/a~1b/m~0n", "value": 2}]'),
    ('an append', '{"messages": [1, 2]}', '{"messages": [1, 2, 3]}',
     '[{"op": "add", "path": "/messages/-", "value": 3}]'),
    ('two appends', '[]', '[1, 2]',
     '[{"op": "add", "path": "/-", "value": 1}, {"op": "add", "path": "/-", "value": 2}]'),
    ('an insert', '[1, 3]', '[1, 2, 3]', '[{"op": "add", "path": "/1", "value": 2}]'),
    ('removed at the end', '[1, 2, 3]', '[1]', '[{"op": "remove", "path": "/2"}, {"op": "remove", "path": "/1"}]'),
    ('removed in the middle', '[1, 2, 3]', '[1, 3]', '[{"op": "remove", "path": "/1"}]'),
    ('replaced and appended', '[1, 2]', '[1, 3, 4]',
     '[{"op": "replace", "path": "/1", "value": 3}, {"op": "add", "path": "/-", "value": 4}]'),
    ('inside an element', '[{"role": "user", "content": "a long text that stays as it is", "seen": false}]',
     '[{"role": "user", "content": "a long text that stays as it is", "seen": true}]',
     '[{"op": "replace", "path": "/0/seen", "value": true}]'),
    ('an element that has little in common', '[{"a": 1, "b": 2, "c": 3}]', '[{"d": 4}]',
     '[{"op": "replace", "path": "/0", "value": {"d": 4}}]'),
    ('another type', '{"a": [1]}', '{"a": {"0": 1}}', '[{"op": "replace", "path": "/a", "value": {"0": 1}}]'),
    ('the root', '{"a": 1}', 'null', '[{"op": "replace", "path": "", "value": null}]'),
    ('an empty array', '[1]', '[]', '[{"op": "remove", "path": "/0"}]');

select is(hypermind_private.json_diff(old, new), patch, name) from cases;
select is(hypermind_private.json_patch(old, hypermind_private.json_diff(old, new)), new, name || ', applied')
from cases;
select is(hypermind_private.json_diff(null, '{}'), null, 'no value, no difference');

select * from finish();
rollback;
