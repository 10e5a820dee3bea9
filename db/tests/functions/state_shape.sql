-- hypermind_private.state_shape() and shape_after(): whether a delta applies, told without the state.
\set ON_ERROR_STOP on
begin;
select plan(70);
set local role hypermind_owner;

select is(hypermind_private.state_shape(state), shape, format('the shape of %s', left(state::text, 60)))
from (values ('1'::jsonb, 'true'::jsonb),
             ('null', 'true'),
             ('[]', '0'),
             ('[1, {"a": 2}]', '2'),
             ('{}', '{}'),
             ('{"m": [1, 2], "s": "x", "v": {"a": null, "b": []}}', '{"m": 2, "s": true, "v": {"a": true, "b": 0}}'),
             ('{"a": {"b": {"c": {"d": 1}, "e": {}}}}', '{"a": {"b": {"c": false, "e": false}}}')) as v(state, shape);

select is(hypermind_private.state_shape(jsonb_build_object(
              'm', '[1]'::jsonb, 'v', (select jsonb_object_agg('k' || i, i) from generate_series(1, 65) as i))),
          '{"m": 1, "v": false}', 'an object of more than 64 members is not looked into');
select is(hypermind_private.state_shape(jsonb_build_object(
              'm', '[1]'::jsonb, 'small', '{"x": 1}'::jsonb,
              'v', (select jsonb_object_agg(repeat('k', 50) || i, i) from generate_series(1, 30) as i))),
          '{"m": 1, "v": false, "small": {"x": true}}', 'the largest object gives way first');
select is(hypermind_private.state_shape(jsonb_build_object(repeat('k', 2000), 1)), 'false',
          'a key of 2 KB has no room');

-- The shape tells: it applies, and this is the shape after it.
create temp table cases (name text, shape jsonb, delta jsonb, expected jsonb);
insert into cases values
    ('an append', '{"m": 3}', '[{"op": "add", "path": "/m/-", "value": 1}]', '{"m": 4}'),
    ('an append to the root', '3', '[{"op": "add", "path": "/-", "value": 1}]', '4'),
    ('an append further down', '{"a": {"b~/": 0}}', '[{"op": "add", "path": "/a/b~0~1/-", "value": 1}]',
     '{"a": {"b~/": 1}}'),
    ('an insert at the end', '{"m": 3}', '[{"op": "add", "path": "/m/3", "value": 1}]', '{"m": 4}'),
    ('an element replaced', '{"m": 3}', '[{"op": "replace", "path": "/m/2", "value": 1}]', '{"m": 3}'),
    ('an element removed', '{"m": 3}', '[{"op": "remove", "path": "/m/0"}]', '{"m": 2}'),
    ('a new member', '{}', '[{"op": "add", "path": "/a", "value": {"b": [1]}}]', '{"a": {"b": 1}}'),
    ('a scalar for a scalar', '{"a": true}', '[{"op": "replace", "path": "/a", "value": 1}]', '{"a": true}'),
    ('an object for a scalar', '{"a": true}', '[{"op": "replace", "path": "/a", "value": {}}]', '{"a": {}}'),
    ('a scalar for an array', '{"a": 2}', '[{"op": "add", "path": "/a", "value": null}]', '{"a": true}'),
    ('a member removed', '{"a": {"b": 1, "c": true}}', '[{"op": "remove", "path": "/a/b"}]', '{"a": {"c": true}}'),
    ('a new root', '{"a": 1}', '[{"op": "replace", "path": "", "value": [1, 2]}]', '2'),
    ('a member of an object that is not kept', '{"a": false}', '[{"op": "add", "path": "/a/b", "value": 1}]',
     '{"a": false}'),
    ('a scalar moved', '{"a": {"x": true}, "b": {}}', '[{"op": "move", "from": "/a/x", "path": "/b/y"}]',
     '{"a": {}, "b": {"y": true}}'),
    ('a scalar moved into an array', '{"a": true, "m": 2}', '[{"op": "move", "from": "/a", "path": "/m/0"}]',
     '{"m": 3}'),
    ('several operations', '{"m": 0}',
     '[{"op": "add", "path": "/m/-", "value": 1}, {"op": "add", "path": "/v", "value": {}},
       {"op": "add", "path": "/v/x", "value": []}, {"op": "add", "path": "/v/x/-", "value": 1}]',
     '{"m": 1, "v": {"x": 1}}'),
    ('a merge patch', '{"a": true, "b": {"x": true}, "c": 3}', '{"a": null, "b": {"y": [1]}, "c": {"z": 1}}',
     '{"b": {"x": true, "y": 1}, "c": {"z": true}}'),
    ('a merge patch of what is not kept', '{"a": false, "b": null}', '{"a": {"x": 1}, "b": {"y": 1}}',
     '{"a": false, "b": false}'),
    ('a merge patch of what is no object', '2', '{"a": {"b": null}}', '{"a": {}}'),
    ('a merge patch of what is not known', 'false', '{"a": 1}', 'false');
select is(hypermind_private.shape_after(shape, delta), expected, name) from cases;

-- The shape cannot tell: NULL.
select is(hypermind_private.shape_after(shape, delta), null, 'not told by the shape: ' || name)
from (values
    ('a test', '{"a": true}'::jsonb, '[{"op": "test", "path": "/a", "value": 1}]'::jsonb),
    ('inside an element', '{"m": 2}', '[{"op": "replace", "path": "/m/1/x", "value": 1}]'),
    ('a member that is not kept, replaced', '{"a": false}', '[{"op": "replace", "path": "/a/b", "value": 1}]'),
    ('a member that is not kept, removed', 'false', '[{"op": "remove", "path": "/a"}]'),
    ('below a member that is not kept', '{"a": false}', '[{"op": "add", "path": "/a/b/c", "value": 1}]'),
    ('in what may be anything', '{"a": null}', '[{"op": "add", "path": "/a/-", "value": 1}]'),
    ('a copy of what is not kept', '{"a": false}', '[{"op": "copy", "from": "/a/b", "path": "/c"}]'),
    ('a copy, which may make the state too large', '{"a": true}', '[{"op": "copy", "from": "/a", "path": "/c"}]'),
    ('a move of an array, which may nest it too deep', '{"a": 1}', '[{"op": "move", "from": "/a", "path": "/c"}]'),
    ('a move of an element', '{"m": 2}', '[{"op": "move", "from": "/m/0", "path": "/c"}]'),
    ('the second operation', '{"m": 1}',
     '[{"op": "add", "path": "/m/-", "value": {}}, {"op": "add", "path": "/m/1/x", "value": 1}]')
) as v(name, shape, delta);

-- It certainly does not apply: refused, as json_patch() does.
create temp table refusals (name text, state jsonb, delta jsonb);
insert into refusals values
    ('a member that does not exist', '{"a": {}}', '[{"op": "replace", "path": "/a/b", "value": 1}]'),
    ('a member that does not exist, removed', '{}', '[{"op": "remove", "path": "/a"}]'),
    ('an array that does not exist', '{}', '[{"op": "add", "path": "/m/-", "value": 1}]'),
    ('an append to an object', '{"a": 1}', '[{"op": "add", "path": "/a/-", "value": 1}]'),
    ('an index behind the end', '{"m": [1]}', '[{"op": "add", "path": "/m/2", "value": 1}]'),
    ('a bad index', '{"m": [1]}', '[{"op": "remove", "path": "/m/00"}]'),
    ('a removed root', '{}', '[{"op": "remove", "path": ""}]'),
    ('a move into itself', '{"a": 1}', '[{"op": "move", "from": "/a", "path": "/a/b"}]'),
    ('a move of nothing', '{"m": []}', '[{"op": "move", "from": "/m/0", "path": "/a"}]'),
    ('an element past an int', '{"m": [1]}', '[{"op": "remove", "path": "/m/9999999999"}]'),
    ('a malformed operation', '{}', '[{"op": "add", "path": "/a"}]'),
    ('an operation that is no object', '{}', '[1]'),
    ('a malformed pointer', '{"m": []}', '[{"op": "add", "path": "m/-", "value": 1}]');
select throws_ok(
    format('select hypermind_private.shape_after(hypermind_private.state_shape(%L), %L)', state, delta),
    'MH008', null, name || ' is refused') from refusals;
select throws_ok(format('select hypermind_private.json_patch(%L, %L)', state, delta), 'MH008', null,
                 name || ' is refused by json_patch() too') from refusals;
select throws_ok($$ select hypermind_private.shape_after('{"m": 1}', '[{"op": "remove", "path": "/m/1"}]') $$, 'MH008',
                 'operation 0 (remove /m/1) cannot be applied: the array has 1 element', 'with the same message');
select throws_ok($$ select hypermind_private.shape_after('{}', '"text"') $$, 'MH008',
                 'a JSON Patch is an array of operations, not a value of type string', 'a delta that is no delta');

-- It stays small, however it grows.
select cmp_ok(pg_column_size(hypermind_private.shape_after('{}', (
                  select jsonb_agg(jsonb_build_object('op', 'add', 'path', '/a_long_key_' || i, 'value', '{}'::jsonb))
                  from generate_series(1, 500) as i))), '<=', 1100, 'a shape takes 1 KB at most');

select * from finish();
rollback;
