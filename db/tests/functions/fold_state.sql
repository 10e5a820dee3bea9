-- hypermind_private.fold_state(): the same state as applying the deltas one after the other.
\set ON_ERROR_STOP on
begin;
select plan(70);
set local role hypermind_owner;

create function pg_temp.one_by_one(p_state jsonb, p_deltas jsonb[]) returns jsonb language plpgsql as $$
declare
    v_delta jsonb;
begin
    foreach v_delta in array p_deltas loop
        p_state := case jsonb_typeof(v_delta) when 'array' then hypermind_private.json_patch(p_state, v_delta)
                        else hypermind_private.json_merge_patch(p_state, v_delta) end;
    end loop;
    return p_state;
end
$$;

create temp table cases (name text, state jsonb, deltas jsonb, expected jsonb);
insert into cases values
    ('appends to one array', '{"m": [1]}',
     '[[{"op": "add", "path": "/m/-", "value": 2}, {"op": "add", "path": "/m/-", "value": [3]}],
       [{"op": "add", "path": "/m/-", "value": null}]]', '{"m": [1, 2, [3], null]}'),
    ('the last write of a member wins', '{"a": 0}',
     '[[{"op": "replace", "path": "/a", "value": 1}], [{"op": "remove", "path": "/a"}],
       [{"op": "add", "path": "/a", "value": {"b": 2}}], [{"op": "replace", "path": "/a/b", "value": 3}]]',
     '{"a": {"b": 3}}'),
    ('a member is removed at last', '{"a": {"b": 1}, "c": 2}',
     '[[{"op": "add", "path": "/a/d", "value": 1}], [{"op": "remove", "path": "/a"}]]', '{"c": 2}'),
    ('appends, then an index among them', '{"m": [0]}',
     '[[{"op": "add", "path": "/m/-", "value": {"x": 1}}], [{"op": "add", "path": "/m/-", "value": 2}],
       [{"op": "replace", "path": "/m/1/x", "value": 3}], [{"op": "replace", "path": "/m/0", "value": 4}],
       [{"op": "add", "path": "/m/-", "value": 5}]]', '{"m": [4, {"x": 3}, 2, 5]}'),
    ('an array that is emptied and filled', '{"m": [1, 2]}',
     '[[{"op": "add", "path": "/m/-", "value": 3}], [{"op": "replace", "path": "/m", "value": []}],
       [{"op": "add", "path": "/m/-", "value": 4}], [{"op": "add", "path": "/m/-", "value": 5}]]', '{"m": [4, 5]}'),
    ('inserts and removals move what is behind them', '{"m": [1, 2, 3]}',
     '[[{"op": "replace", "path": "/m/2", "value": 30}], [{"op": "remove", "path": "/m/0"}],
       [{"op": "replace", "path": "/m/1", "value": 31}], [{"op": "add", "path": "/m/0", "value": 0}],
       [{"op": "add", "path": "/m/-", "value": 4}], [{"op": "replace", "path": "/m/3", "value": 5}]]',
     '{"m": [0, 2, 31, 5]}'),
    ('a window that slides', '{"m": [1, 2]}',
     '[[{"op": "add", "path": "/m/-", "value": 3}, {"op": "remove", "path": "/m/0"}],
       [{"op": "add", "path": "/m/-", "value": 4}, {"op": "remove", "path": "/m/0"}]]', '{"m": [3, 4]}'),
    ('a move between members', '{"a": 1, "b": {}}',
     '[[{"op": "replace", "path": "/a", "value": 2}], [{"op": "move", "from": "/a", "path": "/b/c"}],
       [{"op": "add", "path": "/a", "value": 3}], [{"op": "replace", "path": "/b/c", "value": 4}]]',
     '{"a": 3, "b": {"c": 4}}'),
    ('a copy inside a member', '{"a": {"x": [1]}}',
     '[[{"op": "copy", "from": "/a/x", "path": "/a/y"}], [{"op": "add", "path": "/a/x/-", "value": 2}],
       [{"op": "add", "path": "/a/y/0", "value": 0}]]', '{"a": {"x": [1, 2], "y": [0, 1]}}'),
    ('an element that is inserted by its own child', '{"m": [{"x": 1}, 2]}',
     '[[{"op": "copy", "from": "/m/0/x", "path": "/m/0"}], [{"op": "add", "path": "/m/-", "value": 3}]]',
     '{"m": [1, {"x": 1}, 2, 3]}'),
    ('a member that its own child replaces', '{"a": {"b": [1]}}',
     '[[{"op": "move", "from": "/a/b", "path": "/a"}], [{"op": "add", "path": "/a/-", "value": 2}]]', '{"a": [1, 2]}'),
    ('tests between writes', '{"n": 0}',
     '[[{"op": "test", "path": "/n", "value": 0}, {"op": "replace", "path": "/n", "value": 1}],
       [{"op": "test", "path": "/n", "value": 1}, {"op": "replace", "path": "/n", "value": 2}]]', '{"n": 2}'),
    ('the root is replaced', '{"a": 1}',
     '[[{"op": "replace", "path": "", "value": [1]}], [{"op": "add", "path": "/-", "value": 2}]]', '[1, 2]'),
    ('the root is a scalar, then an object', '"text"',
     '[[{"op": "add", "path": "", "value": {}}], [{"op": "add", "path": "/a", "value": 1}]]', '{"a": 1}'),
    ('keys that need escapes, or look like indexes', '{"a/b": {"-": 1}, "~1": [1], "": {"0": 1}}',
     '[[{"op": "replace", "path": "/a~1b/-", "value": 2}, {"op": "add", "path": "/~01/-", "value": 2}],
       [{"op": "add", "path": "/a~1b/01", "value": 3}, {"op": "replace", "path": "//0", "value": 4}],
       [{"op": "add", "path": "//", "value": 5}]]',
     '{"a/b": {"-": 2, "01": 3}, "~1": [1, 2], "": {"0": 4, "": 5}}'),
    ('null is a value', '{"a": null}',
     '[[{"op": "replace", "path": "/a", "value": null}], [{"op": "add", "path": "/b", "value": null}]]',
     '{"a": null, "b": null}'),
    ('empty patches', '{"a": 1}', '[[], [], []]', '{"a": 1}'),

    ('merge patches: the last scalar wins', '{"a": 1, "b": 1}', '[{"a": 2}, {"a": 3, "b": null}]', '{"a": 3}'),
    ('merge patches: objects into each other',
     '{"a": {"x": 1, "y": 1}}', '[{"a": {"x": 2}}, {"a": {"y": null, "z": 3}}]',
     '{"a": {"x": 2, "z": 3}}'),
    ('merge patches: an object after a scalar', '{"a": {"x": 1}}', '[{"a": 5}, {"a": {"y": 2, "n": null}}]',
     '{"a": {"y": 2}}'),
    ('merge patches: an object after a removal',
     '{"a": {"x": 1}}', '[{"a": null}, {"a": {"y": 2}}, {"a": {"z": 3}}]',
     '{"a": {"y": 2, "z": 3}}'),
    ('merge patches: a removal after objects', '{"a": {"x": 1}}',
     '[{"a": {"y": 2}}, {"a": {"z": 1}}, {"a": null}]', '{}'),
    ('merge patches: of what is no object', '[1]', '[{"a": 1}, {"b": {"c": null}}]', '{"a": 1, "b": {}}'),
    ('both kinds', '{"m": [], "n": 0}',
     '[[{"op": "add", "path": "/m/-", "value": 1}], {"n": 1}, {"n": 2, "x": {"y": 1}},
       [{"op": "add", "path": "/m/-", "value": 2}, {"op": "remove", "path": "/x/y"}], {"m": null}]',
     '{"n": 2, "x": {}}'),
    ('few elements', '{"a": [{"x": 1, "y": 1}, 2, 3]}',
     '[[{"op": "replace", "path": "/a/0/x", "value": 5}], [{"op": "replace", "path": "/a/2", "value": null}],
       [{"op": "replace", "path": "/a/0/y", "value": 6}]]',
     '{"a": [{"x": 5, "y": 6}, 2, null]}'),
    ('elements that change while others are appended', '{"a": [0, 1, 2, 3, 4, 5, 6, 7, 8]}',
     '[[{"op": "add", "path": "/a/-", "value": 9}], [{"op": "replace", "path": "/a/1", "value": 11}],
       [{"op": "add", "path": "/a/-", "value": 10}]]',
     '{"a": [0, 11, 2, 3, 4, 5, 6, 7, 8, 9, 10]}'),
    ('eight members', '{"a": 0, "i": 0, "z": {"y": 0}}',
     '[[{"op": "replace", "path": "/a", "value": 1}], [{"op": "add", "path": "/b", "value": 2}],
       [{"op": "add", "path": "/c", "value": 3}], [{"op": "add", "path": "/d", "value": 4}],
       [{"op": "add", "path": "/e", "value": 5}], [{"op": "add", "path": "/f", "value": 6}],
       [{"op": "add", "path": "/g", "value": 7}], [{"op": "add", "path": "/h", "value": null}],
       [{"op": "remove", "path": "/i"}]]',
     '{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": null, "z": {"y": 0}}'),
    ('nine members', '{"a": 0, "j": 0, "z": {"y": 0}}',
     '[[{"op": "replace", "path": "/a", "value": 1}], [{"op": "add", "path": "/b", "value": 2}],
       [{"op": "add", "path": "/c", "value": 3}], [{"op": "add", "path": "/d", "value": 4}],
       [{"op": "add", "path": "/e", "value": 5}], [{"op": "add", "path": "/f", "value": 6}],
       [{"op": "add", "path": "/g", "value": 7}], [{"op": "add", "path": "/h", "value": 8}],
       [{"op": "add", "path": "/i", "value": null}], [{"op": "remove", "path": "/j"}]]',
     '{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8, "i": null, "z": {"y": 0}}'),
    ('members that look like places', '{"a": {"0": 1, "-1": 1, "x": 1}}',
     '[[{"op": "replace", "path": "/a/0", "value": 2}], [{"op": "replace", "path": "/a/-1", "value": 3}],
       [{"op": "add", "path": "/a/7", "value": 4}]]',
     '{"a": {"0": 2, "-1": 3, "7": 4, "x": 1}}'),
    ('patches of several operations', '{"n": 0}',
     '[[], [{"op": "add", "path": "/a", "value": 1}, {"op": "replace", "path": "/n", "value": 1}], [],
       [{"op": "replace", "path": "/n", "value": 2}]]',
     '{"a": 1, "n": 2}');

select is(hypermind_private.fold_state(state, array(select jsonb_array_elements(deltas))), expected, name) from cases;
select is(pg_temp.one_by_one(state, array(select jsonb_array_elements(deltas))), expected, name || ', one by one')
from cases;

-- What does not apply is refused, wherever it turns out.
create temp table refusals (name text, state jsonb, deltas jsonb);
insert into refusals values
    ('a member that does not exist', '{}',
     '[[{"op": "add", "path": "/b", "value": 1}], [{"op": "replace", "path": "/a", "value": 1}]]'),
    ('a parent that does not exist', '{}',
     '[[], [{"op": "add", "path": "/a/b", "value": 1}, {"op": "add", "path": "/a/c", "value": 1}]]'),
    ('an append to what is no array', '{"a": 1}',
     '[[{"op": "add", "path": "/a/-", "value": 1}], [{"op": "add", "path": "/a/-", "value": 1}]]'),
    ('an index that was removed', '{"a": [1]}',
     '[[{"op": "remove", "path": "/a/0"}], [{"op": "replace", "path": "/a/0", "value": 1}]]'),
    ('an operation without op', '{"a": 1}',
     '[[{"path": "/a", "value": 2}], [{"op": "add", "path": "/b", "value": 2}]]'),
    ('a delta that is no patch', '{"a": 1}', '[[], 1]');
select throws_ok(
    format('select hypermind_private.fold_state(%L, array(select jsonb_array_elements(%L::jsonb)))', state, deltas),
    'MH008', null, name || ' is refused') from refusals;

select is(hypermind_private.fold_state('{"a": 1}', null), '{"a": 1}', 'no deltas');
select is(hypermind_private.fold_state('{"a": 1}', '{}'), '{"a": 1}', 'not one delta');
select is(hypermind_private.fold_state('{"a": 1}', array[null, '{"b": 2}', null]::jsonb[]), '{"a": 1, "b": 2}',
          'what is NULL is left out');
select is((select count(*) from cases), 30::bigint, 'no case was lost');

select * from finish();
rollback;
