-- hypermind_private.json_patch(): RFC 6902, its appendix A and its corners.
\set ON_ERROR_STOP on
begin;
select plan(76);
set local role hypermind_owner;

-- What a patch is refused with: "SQLSTATE message"; NULL when it applies.
create function pg_temp.refused(p_state jsonb, p_patch jsonb) returns text language plpgsql as $$
begin
    perform hypermind_private.json_patch(p_state, p_patch);
    return null;
exception when others then
    return sqlstate || ' ' || sqlerrm;
end
$$;

create temp table cases (name text, state jsonb, patch jsonb, expected jsonb);
insert into cases values
    ('A.1 adding an object member', '{"foo": "bar"}', '[{"op": "add", "path": "/baz", "value": "qux"}]',
     '{"baz": "qux", "foo": "bar"}'),
    ('A.2 adding an array element', '{"foo": ["bar", "baz"]}', '[{"op": "add", "path": "/foo/1", "value": "qux"}]',
     '{"foo": ["bar", "qux", "baz"]}'),
    ('A.3 removing an object member', '{"baz": "qux", "foo": "bar"}', '[{"op": "remove", "path": "/baz"}]',
     '{"foo": "bar"}'),
    ('A.4 removing an array element', '{"foo": ["bar", "qux", "baz"]}', '[{"op": "remove", "path": "/foo/1"}]',
     '{"foo": ["bar", "baz"]}'),
    ('A.5 replacing a value', '{"baz": "qux", "foo": "bar"}', '[{"op": "replace", "path": "/baz", "value": "boo"}]',
     '{"baz": "boo", "foo": "bar"}'),
    ('A.6 moving a value', '{"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}}',
     '[{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}]',
     '{"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}}'),
    ('A.7 moving an array element', '{"foo": ["all", "grass", "cows", "eat"]}',
     '[{"op": "move", "from": "/foo/1", "path": "/foo/3"}]', '{"foo": ["all", "cows", "eat", "grass"]}'),
    ('A.8 testing a value: success', '{"baz": "qux", "foo": ["a", 2, "c"]}',
     '[{"op": "test", "path": "/baz", "value": "qux"}, {"op": "test", "path": "/foo/1", "value": 2}]',
     '{"baz": "qux", "foo": ["a", 2, "c"]}'),
    ('A.10 adding a nested member object', '{"foo": "bar"}',
     '[{"op": "add", "path": "/child", "value": {"grandchild": {}}}]', '{"foo": "bar", "child": {"grandchild": {}}}'),
    ('A.11 ignoring unrecognized elements', '{"foo": "bar"}',
     '[{"op": "add", "path": "/baz", "value": "qux", "xyz": 123}]', '{"foo": "bar", "baz": "qux"}'),
    ('A.14 ~ escape ordering', '{"/": 9, "~1": 10}', '[{"op": "test", "path": "/~01", "value": 10}]',
     '{"/": 9, "~1": 10}'),
    ('A.16 adding an array value', '{"foo": ["bar"]}', '[{"op": "add", "path": "/foo/-", "value": ["abc", "def"]}]',
     '{"foo": ["bar", ["abc", "def"]]}'),

    ('no operation', '{"a": 1}', '[]', '{"a": 1}'),
    ('operations are applied in order', '{}',
     '[{"op": "add", "path": "/a", "value": []}, {"op": "add", "path": "/a/-", "value": 1},
       {"op": "add", "path": "/a/0", "value": 0}, {"op": "remove", "path": "/a/1"}]', '{"a": [0]}'),
    ('add replaces a member', '{"a": 1}', '[{"op": "add", "path": "/a", "value": 2}]', '{"a": 2}'),
    ('an index that is the length appends', '[1]', '[{"op": "add", "path": "/1", "value": 2}]', '[1, 2]'),
    ('an empty array is appended to', '[]', '[{"op": "add", "path": "/-", "value": 1}]', '[1]'),
    ('a value that is null is a value', '{}', '[{"op": "add", "path": "/a", "value": null}]', '{"a": null}'),
    ('a null is replaced', '{"a": null}', '[{"op": "replace", "path": "/a", "value": 1}]', '{"a": 1}'),
    ('a null is moved', '{"a": null}', '[{"op": "move", "from": "/a", "path": "/b"}]', '{"b": null}'),
    ('a null is tested', '{"a": null}', '[{"op": "test", "path": "/a", "value": null}]', '{"a": null}'),
    ('numbers are equal by value', '{"a": 1}', '[{"op": "test", "path": "/a", "value": 1.0}]', '{"a": 1}'),
    ('the order of members does not matter', '{"a": {"b": 1, "c": 2}}',
     '[{"op": "test", "path": "/a", "value": {"c": 2, "b": 1}}]', '{"a": {"b": 1, "c": 2}}'),
    ('the empty key', '{"": {"": 1}}', '[{"op": "replace", "path": "//", "value": 2}]', '{"": {"": 2}}'),
    ('keys of an object that look like indexes', '{"0": 1, "-1": 2, "01": 3, "-": 4}',
     '[{"op": "remove", "path": "/0"}, {"op": "replace", "path": "/-1", "value": 5}, {"op": "remove", "path": "/01"},
       {"op": "add", "path": "/-", "value": 6}]', '{"-1": 5, "-": 6}'),
    ('keys that look like indexes, inside an object', '{"a": {"-1": {"x": 1}, "01": {"x": 1}}}',
     '[{"op": "replace", "path": "/a/-1/x", "value": 2}, {"op": "move", "from": "/a/01/x", "path": "/a/+1"}]',
     '{"a": {"-1": {"x": 2}, "01": {}, "+1": 1}}'),
    ('escaped keys', '{"a/b": 1, "m~n": {"~1": 2}}',
     '[{"op": "remove", "path": "/a~1b"}, {"op": "replace", "path": "/m~0n/~01", "value": 3}]', '{"m~n": {"~1": 3}}'),
    ('the root is added', '{"a": 1}', '[{"op": "add", "path": "", "value": [1]}]', '[1]'),
    ('the root is replaced, a scalar by null', '"text"', '[{"op": "replace", "path": "", "value": null}]', 'null'),
    ('the root is tested', '[1]', '[{"op": "test", "path": "", "value": [1]}]', '[1]'),
    ('the root is copied into itself', '{"a": 1}', '[{"op": "copy", "from": "", "path": "/b"}]',
     '{"a": 1, "b": {"a": 1}}'),
    ('a member becomes the root', '{"a": [1]}', '[{"op": "move", "from": "/a", "path": ""}]', '[1]'),
    ('a move to the same place', '[1, 2]', '[{"op": "move", "from": "/0", "path": "/0"}]', '[1, 2]'),
    ('a move of the root to the root', '[1]', '[{"op": "move", "from": "", "path": ""}]', '[1]'),
    ('a move to a key that begins alike', '{"a": 1}', '[{"op": "move", "from": "/a", "path": "/ab"}]', '{"ab": 1}'),
    ('a move from a child to its parent', '{"a": {"b": 1}}', '[{"op": "move", "from": "/a/b", "path": "/a"}]',
     '{"a": 1}'),
    ('a copy to an array''s end', '[1, 2]', '[{"op": "copy", "from": "/0", "path": "/-"}]', '[1, 2, 1]');

select is(hypermind_private.json_patch(state, patch), expected, name) from cases;

create temp table refusals (name text, state jsonb, patch jsonb, reason text);
insert into refusals values
    ('A.9 testing a value: error', '{"baz": "qux"}', '[{"op": "test", "path": "/baz", "value": "bar"}]',
     '(test /baz) cannot be applied: the value there is another one'),
    ('A.12 adding to a nonexistent target', '{"foo": "bar"}', '[{"op": "add", "path": "/baz/bat", "value": "qux"}]',
     '(add /baz/bat) cannot be applied: there is nothing at /baz'),
    ('A.15 comparing strings and numbers', '{"/": 9, "~1": 10}', '[{"op": "test", "path": "/~01", "value": "10"}]',
     '(test /~01) cannot be applied: the value there is another one'),
    ('a member that does not exist', '{"a": {}}', '[{"op": "replace", "path": "/a/b", "value": 1}]',
     '(replace /a/b) cannot be applied: there is nothing at /a/b'),
    ('a parent that is a scalar', '{"a": 1}', '[{"op": "add", "path": "/a/b", "value": 1}]',
     '(add /a/b) cannot be applied: the value at /a is neither an object nor an array'),
    ('a root that is a string', '"text"', '[{"op": "replace", "path": "/0", "value": 1}]',
     '(replace /0) cannot be applied: the value at the root is neither an object nor an array'),
    ('an index behind the end', '[1]', '[{"op": "add", "path": "/2", "value": 1}]',
     '(add /2) cannot be applied: the array has 1 element'),
    ('the element at the length', '[1, 2]', '[{"op": "remove", "path": "/2"}]',
     '(remove /2) cannot be applied: the array has 2 elements'),
    ('an index past an int', '[1]', '[{"op": "replace", "path": "/99999999999999999999", "value": 1}]',
     '(replace /99999999999999999999) cannot be applied: the array has 1 element'),
    ('a negative index', '[1]', '[{"op": "remove", "path": "/-1"}]',
     '(remove /-1) cannot be applied: "-1" is not the index of an array''s element'),
    ('an index with a leading zero', '[1, 2]', '[{"op": "test", "path": "/01", "value": 2}]',
     '(test /01) cannot be applied: there is nothing at /01'),
    ('a negative index on the way', '[[1]]', '[{"op": "remove", "path": "/-1/0"}]',
     '(remove /-1/0) cannot be applied: there is nothing at /-1'),
    ('an index with a sign', '[1, 2]', '[{"op": "copy", "from": "/+1", "path": "/-"}]',
     '(copy /-) cannot be applied: there is nothing at /+1'),
    ('"-" of an existing element', '[1]', '[{"op": "replace", "path": "/-", "value": 2}]',
     '(replace /-) cannot be applied: "-" is not the index of an array''s element'),
    ('a key of an array', '[1]', '[{"op": "add", "path": "/a", "value": 2}]',
     '(add /a) cannot be applied: "a" is not the index of an array''s element'),
    ('the root removed', '{"a": 1}', '[{"op": "remove", "path": ""}]',
     '(remove) cannot be applied: the whole document cannot be removed'),
    ('a move into a child', '{"a": {"b": 1}}', '[{"op": "move", "from": "/a", "path": "/a/b"}]',
     '(move /a/b) cannot be applied: a value cannot be moved into itself'),
    ('a move of the root', '{"a": 1}', '[{"op": "move", "from": "", "path": "/a"}]',
     '(move /a) cannot be applied: a value cannot be moved into itself'),
    ('a move of an element into the next', '[[1], [2]]', '[{"op": "move", "from": "/0", "path": "/0/0"}]',
     '(move /0/0) cannot be applied: a value cannot be moved into itself'),
    ('a move of nothing to the same place', '{}', '[{"op": "move", "from": "/a", "path": "/a"}]',
     '(move /a) cannot be applied: there is nothing at /a'),
    ('an operation that is no object', '{}', '["add"]', 'cannot be applied: it is not an object'),
    ('an operation that is null', '{}', '[null]', 'cannot be applied: it is not an object'),
    ('no op', '{}', '[{"path": "/a", "value": 1}]', '(/a) cannot be applied: it has no op'),
    ('an unknown op', '{}', '[{"op": "Add", "path": "/a", "value": 1}]',
     '(Add /a) cannot be applied: its op is none of add, remove, replace, move, copy, test'),
    ('no path', '{}', '[{"op": "remove"}]', '(remove) cannot be applied: it has no path'),
    ('a path that is null', '{}', '[{"op": "remove", "path": null}]', '(remove) cannot be applied: it has no path'),
    ('a path that is a number', '[1]', '[{"op": "remove", "path": 0}]',
     '(remove 0) cannot be applied: its path is not a JSON Pointer'),
    ('a path without a slash', '{"a": 1}', '[{"op": "remove", "path": "a"}]',
     '(remove a) cannot be applied: its path is not a JSON Pointer'),
    ('a bad escape', '{"~2": 1}', '[{"op": "remove", "path": "/~2"}]',
     '(remove /~2) cannot be applied: its path is not a JSON Pointer'),
    ('no value', '{"a": 1}', '[{"op": "replace", "path": "/a"}]', '(replace /a) cannot be applied: it has no value'),
    ('no from', '{"a": 1}', '[{"op": "copy", "path": "/a"}]', '(copy /a) cannot be applied: it has no from'),
    ('a bad from', '{"a": 1}', '[{"op": "copy", "from": "a", "path": "/b"}]',
     '(copy /b) cannot be applied: its from is not a JSON Pointer');

select is(pg_temp.refused(state, patch), 'MH008 operation 0 ' || reason, name || ' is refused') from refusals;

-- A later operation fails: nothing is applied, and the error says which.
select is(pg_temp.refused('{}', '[{"op": "add", "path": "/a", "value": 1}, {"op": "remove", "path": "/b"}]'),
          'MH008 operation 1 (remove /b) cannot be applied: there is nothing at /b',
          'the error names the operation by its place, counted from 0');
select is(pg_temp.refused('{}', '{"a": 1}'), 'MH008 a JSON Patch is an array of operations, not a value of type object',
          'an object is no JSON Patch');

do $$
declare
    v_detail text;
    v_hint   text;
begin
    perform hypermind_private.json_patch('{}', jsonb_build_array(
        jsonb_build_object('op', 'remove', 'path', '/' || repeat('x', 1000))));
exception when sqlstate 'MH008' then
    get stacked diagnostics v_detail = pg_exception_detail, v_hint = pg_exception_hint;
    create temp table caught as select v_detail::jsonb as detail, v_hint as hint;
end
$$;
select is(detail, jsonb_build_object('operation', 0, 'op', 'remove', 'path', '/' || repeat('x', 199),
                                     'reason', 'there is nothing at /' || repeat('x', 199)),
          'the detail holds operation, op, path and reason, a long path shortened') from caught;
select isnt(hint, '', 'the hint says what to do') from caught;

select is(hypermind_private.json_patch('{}', null), null, 'no patch, no state');
select is((select count(*) from cases), 37::bigint, 'no case was lost');
select is((select count(*) from refusals), 32::bigint, 'no refusal was lost');

select * from finish();
rollback;
