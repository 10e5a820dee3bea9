"""The JSON functions of hypermind_private, against the RFCs' cases, the Python libraries, and each other.

Where the library jsonpatch is not RFC 6902 (1.33 to 1.47), `deviates` says so, and the comparison leaves the case out:
it cannot copy or move from the root, moves an array's element into itself, and reads a string as an array of
characters.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import json_merge_patch  # type: ignore[import-untyped]
import jsonpatch
import psycopg
import pytest
from conftest import only_with
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

pytestmark = only_with("wheel18", "pgTAP tries patches and folds on any server")

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]
Call: TypeAlias = Callable[..., Any]

FOLD_AGREES = """
-- The deltas that apply, the state after them one by one, and the same by fold_state(), at once and in two parts.
create function pg_temp.fold_both_ways(p_state jsonb, p_deltas jsonb) returns jsonb language plpgsql as $$
declare
    v_state jsonb := p_state;
    v_delta jsonb;
    v_kept  jsonb[] := '{}';
    v_half  int;
begin
    for v_delta in select * from jsonb_array_elements(p_deltas) loop
        begin
            v_state := case jsonb_typeof(v_delta) when 'array' then hypermind_private.json_patch(v_state, v_delta)
                            else hypermind_private.json_merge_patch(v_state, v_delta) end;
            v_kept := v_kept || v_delta;
        exception when sqlstate 'MH008' then
            null;
        end;
    end loop;
    v_half := cardinality(v_kept) / 2;
    return jsonb_build_object(
        'kept', to_jsonb(v_kept),
        'one by one', v_state::text,
        'at once', hypermind_private.fold_state(p_state, v_kept)::text,
        'in parts', hypermind_private.fold_state(
            hypermind_private.fold_state(p_state, v_kept[:v_half]), v_kept[v_half + 1:])::text);
end $$;

-- Deltas as appends try them: by the shape, carried along, and by the state where the shape cannot tell.
create function pg_temp.shape_steps(p_state jsonb, p_deltas jsonb) returns jsonb language plpgsql as $$
declare
    v_state jsonb := p_state;
    v_after jsonb;
    v_shape jsonb := hypermind_private.state_shape(p_state);
    v_next  jsonb;
    v_delta jsonb;
    v_says  text;
    v_steps jsonb := jsonb_build_array(jsonb_build_object('state', v_state, 'shape', v_shape));
begin
    for v_delta in select * from jsonb_array_elements(p_deltas) loop
        v_after := null;
        begin
            v_after := case jsonb_typeof(v_delta) when 'array' then hypermind_private.json_patch(v_state, v_delta)
                            else hypermind_private.json_merge_patch(v_state, v_delta) end;
        exception when sqlstate 'MH008' then
            null;
        end;
        begin
            v_next := hypermind_private.shape_after(v_shape, v_delta);
            v_says := case when v_next is null then 'unknown' else 'applies' end;
        exception when sqlstate 'MH008' then
            v_says := 'refused';
        end;
        if v_after is not null then
            v_state := v_after;
            v_shape := coalesce(case when v_says = 'applies' then v_next end, hypermind_private.state_shape(v_after));
        end if;
        v_steps := v_steps || jsonb_build_object(
            'delta', v_delta, 'applies', v_after is not null, 'says', v_says,
            'state', v_state, 'shape', v_shape, 'bytes', pg_column_size(v_shape));
    end loop;
    return v_steps;
end $$;
"""


@pytest.fixture(scope="module")
def call(owner_conn: Connection) -> Call:
    """A function that calls one of hypermind_private (or pg_temp) with JSON arguments."""
    owner_conn.execute(FOLD_AGREES)

    def call_function(name: str, *arguments: Any, schema: str = "hypermind_private") -> Any:
        query = sql.SQL("select {}({})").format(
            sql.Identifier(schema, name), sql.SQL(", ").join([sql.SQL("%s::jsonb")] * len(arguments))
        )
        row = owner_conn.execute(query, [json.dumps(argument) for argument in arguments]).fetchone()
        assert row is not None
        return row[0]

    return call_function


def quick(examples: int) -> Callable[[Any], Any]:
    """The same few examples each time; HYPERMIND_EXAMPLES=20: twenty times as many, others each time."""
    times = int(os.environ.get("HYPERMIND_EXAMPLES", "1"))
    return settings(
        max_examples=examples * times,
        derandomize=times == 1,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    )


# --- Random documents and patches -------------------------------------------------------------------------------------

KEYS = ["a", "b", "c", "", "0", "1", "01", "-", "-1", "/", "~", "~1", "é"]
keys = st.sampled_from(KEYS)
# Neither 0 and 1 (equal to False and True in Python) nor strings with characters in them (arrays to jsonpatch).
scalars = st.one_of(st.none(), st.booleans(), st.integers(2, 9), st.sampled_from([2.0, 2.5, ""]))


def documents(leaves: int = 8) -> st.SearchStrategy[Any]:
    return st.recursive(
        scalars,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
        max_leaves=leaves,
    )


values = documents(4)
# A state as agents have it, with a few parts that patches are likely to hit.
states = st.fixed_dictionaries(
    {"a": st.dictionaries(keys, values, max_size=3), "b": st.lists(values, max_size=4)},
    optional={"c": values, "0": values, "~": values},
)
tokens = st.one_of(keys, st.sampled_from(["a", "b", "c", "-", "0", "1", "2"]))


def pointer(parts: list[str]) -> str:
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


likely_paths = st.sampled_from(["/a", "/b", "/b/-", "/b/0", "/b/1", "/a/a", "/a/b", "/a/b/-", "/c", "/b/0/a", "/a/0"])
pointers = st.one_of(likely_paths, likely_paths, st.lists(tokens, max_size=4).map(pointer))
any_operations = st.one_of(
    st.fixed_dictionaries({"op": st.sampled_from(["add", "replace", "test"]), "path": pointers, "value": values}),
    st.fixed_dictionaries({"op": st.just("remove"), "path": pointers}),
    st.fixed_dictionaries({"op": st.sampled_from(["move", "copy"]), "from": pointers, "path": pointers}),
)
# Most of these apply: a stays an object, b an array.
objects = st.dictionaries(st.sampled_from(["a", "b"]), scalars, min_size=1, max_size=2)
inside = ["/a/a", "/a/b", "/b/0", "/b/1"]
apt_operations = st.one_of(
    st.fixed_dictionaries({"op": st.sampled_from(["add", "replace"]), "path": st.just("/a"), "value": objects}),
    st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "replace"]), "path": st.just("/b"), "value": st.lists(objects, min_size=2)}
    ),
    st.fixed_dictionaries({"op": st.just("add"), "path": st.just("/b/-"), "value": objects}),
    st.fixed_dictionaries({"op": st.just("add"), "path": st.sampled_from([*inside, "/b/0/a"]), "value": values}),
    st.fixed_dictionaries({"op": st.just("replace"), "path": st.sampled_from(inside), "value": values}),
    st.fixed_dictionaries({"op": st.just("remove"), "path": st.sampled_from(inside)}),
    st.fixed_dictionaries(
        {
            "op": st.sampled_from(["move", "copy"]),
            "from": st.sampled_from([*inside, "/b/0/a", "/b/1/b"]),
            "path": st.sampled_from([*inside, "/b/-"]),
        }
    ),
)
operations = st.sampled_from([apt_operations] * 3 + [any_operations]).flatmap(lambda kind: kind)
merge_patches = st.dictionaries(
    st.sampled_from(["a", "b", "c"]), st.one_of(values, st.dictionaries(keys, values, max_size=3)), max_size=3
)
patches = st.lists(operations, min_size=1, max_size=2)
deltas = st.sampled_from([patches, patches, patches, merge_patches]).flatmap(lambda kind: kind)
starts = st.sampled_from([states] * 7 + [documents()]).flatmap(lambda kind: kind)


def deviates(document: Any, operation: dict[str, Any]) -> bool:
    """Whether jsonpatch is known not to follow RFC 6902 here."""
    source = operation.get("from")
    return source is not None and (source == "" or operation["path"].startswith(source + "/"))


def patched_by_library(document: Any, patch: list[dict[str, Any]]) -> tuple[bool, Any]:
    """Whether the patch applies according to jsonpatch, and the result."""
    try:
        return True, jsonpatch.apply_patch(document, patch)
    # What does not apply ends in many kinds of error there, TypeError and KeyError among them.
    except Exception:
        return False, None


# --- RFC 6902 ---------------------------------------------------------------------------------------------------------


def test_json_patch_passes_the_conformance_cases(call: Call, shared_data: Path) -> None:
    wrong = []
    count = 0
    for name in ("tests.json", "spec_tests.json"):
        for case in json.loads((shared_data / "json_patch" / name).read_text()):
            if case.get("disabled") or "patch" not in case:
                continue
            count += 1
            try:
                result = call("json_patch", case["doc"], case["patch"])
                right = "error" not in case and result == case.get("expected", case["doc"])
            except psycopg.Error as error:
                right = "error" in case and error.sqlstate == "MH008"
            if not right:
                wrong.append(case)
    assert not wrong
    assert count > 100


@quick(200)
@given(document=st.one_of(states, documents()), patch=st.lists(operations, max_size=4))
def test_json_patch_agrees_with_jsonpatch(call: Call, document: Any, patch: list[dict[str, Any]]) -> None:
    # One operation after the other, so that every one meets a document that the ones before it can be applied to.
    for operation in patch:
        if deviates(document, operation):
            continue
        applies, expected = patched_by_library(document, [operation])
        if operation == {"op": "remove", "path": ""}:
            assert not applies
        try:
            result = call("json_patch", document, [operation])
        except psycopg.Error as error:
            assert error.sqlstate == "MH008", operation
            assert not applies, operation
        else:
            assert applies, operation
            assert result == expected, operation
            document = result


@pytest.mark.parametrize(
    ("document", "operation", "expected"),
    [
        ({"a": 2}, {"op": "copy", "from": "", "path": "/b"}, {"a": 2, "b": {"a": 2}}),
        ([2], {"op": "move", "from": "", "path": ""}, [2]),
        ([2], {"op": "move", "from": "", "path": "/0"}, None),
        ([[2]], {"op": "move", "from": "/0", "path": "/0/0"}, None),
        ({"a": "text"}, {"op": "test", "path": "/a/0", "value": "t"}, None),
        ("text", {"op": "copy", "from": "/0", "path": ""}, None),
    ],
)
def test_json_patch_follows_the_rfc_where_jsonpatch_does_not(
    call: Call, document: Any, operation: dict[str, Any], expected: Any
) -> None:
    if expected is None:
        with pytest.raises(psycopg.DatabaseError) as caught:
            call("json_patch", document, [operation])
        assert caught.value.sqlstate == "MH008"
    else:
        assert call("json_patch", document, [operation]) == expected


@quick(50)
@given(patch=st.lists(st.one_of(operations, st.dictionaries(st.sampled_from(["op", "path", "from"]), values), values)))
def test_a_malformed_patch_is_refused_and_nothing_else_happens(call: Call, patch: list[Any]) -> None:
    try:
        call("json_patch", {"a": [], "b": [2]}, patch)
    except psycopg.Error as error:
        assert error.sqlstate == "MH008"
        detail = json.loads(error.diag.message_detail or "")
        assert set(detail) == {"operation", "op", "path", "reason"}
        assert f"operation {detail['operation']} " in (error.diag.message_primary or "") + " "
        assert error.diag.message_hint


# --- RFC 7396 ---------------------------------------------------------------------------------------------------------


@quick(100)
@given(target=documents(), patch=documents())
def test_json_merge_patch_agrees_with_json_merge_patch(call: Call, target: Any, patch: Any) -> None:
    # The library changes its target in place, and wants objects on both sides: what is not one is decided by the RFC.
    if not isinstance(patch, dict):
        expected = patch
    else:
        expected = json_merge_patch.merge(json.loads(json.dumps(target)) if isinstance(target, dict) else {}, patch)
    assert call("json_merge_patch", target, patch) == expected


# --- json_diff --------------------------------------------------------------------------------------------------------


@quick(100)
@given(old=st.one_of(states, documents()), new=st.one_of(states, documents()))
def test_json_diff_turns_one_document_into_the_other(call: Call, old: Any, new: Any) -> None:
    patch = call("json_diff", old, new)
    assert call("json_patch", old, patch) == new
    assert (patch == []) == (old == new)
    assert {operation["op"] for operation in patch} <= {"add", "remove", "replace"}


@quick(80)
@given(state=states, patch=st.lists(operations, max_size=3))
def test_json_diff_of_a_patched_document_is_that_change(call: Call, state: Any, patch: list[dict[str, Any]]) -> None:
    try:
        new = call("json_patch", state, patch)
    except psycopg.Error:
        return
    assert call("json_patch", state, call("json_diff", state, new)) == new


# --- Folds ------------------------------------------------------------------------------------------------------------


@quick(110)
@given(state=starts, changes=st.lists(deltas, min_size=5, max_size=14))
def test_a_fold_is_the_same_as_one_by_one(call: Call, state: Any, changes: list[Any]) -> None:
    result = call("fold_both_ways", state, changes, schema="pg_temp")
    assert result["at once"] == result["one by one"], result["kept"]
    assert result["in parts"] == result["one by one"], result["kept"]


@quick(110)
@given(state=states, changes=st.lists(st.lists(operations, min_size=1, max_size=1), min_size=5, max_size=30))
def test_a_fold_of_json_patches_is_the_same_as_one_by_one(call: Call, state: Any, changes: list[Any]) -> None:
    result = call("fold_both_ways", state, changes, schema="pg_temp")
    assert result["at once"] == result["one by one"], result["kept"]
    assert result["in parts"] == result["one by one"], result["kept"]


@quick(120)
@given(state=documents(), changes=st.lists(merge_patches, max_size=10))
def test_a_fold_of_merge_patches_is_the_same_as_one_by_one(call: Call, state: Any, changes: list[Any]) -> None:
    result = call("fold_both_ways", state, changes, schema="pg_temp")
    assert result["at once"] == result["one by one"], result["kept"]


@quick(110)
@given(
    state=states,
    changes=st.lists(
        st.lists(st.one_of(operations, st.fixed_dictionaries({}, optional={"op": keys, "path": pointers})), max_size=2),
        min_size=2,
        max_size=6,
    ),
)
def test_a_fold_never_answers_with_garbage(call: Call, owner_conn: Connection, state: Any, changes: list[Any]) -> None:
    """Deltas that were never checked: a fold raises MH008, or its answer is that of the operations that matter."""

    def fold(some: list[Any]) -> Any:
        row = owner_conn.execute(
            "select hypermind_private.fold_state(%s, array(select jsonb_array_elements(%s)))",
            (json.dumps(state), json.dumps(some)),
        ).fetchone()
        assert row is not None
        return row[0]

    try:
        folded = fold(changes)
    except psycopg.Error as error:
        assert error.sqlstate == "MH008"
        return
    try:
        expected = state
        for change in changes:
            expected = call("json_patch", expected, change)
    except psycopg.Error:
        return  # Only what is overwritten later may have been left out of the check.
    assert folded == expected


def test_a_fold_takes_the_time_of_its_operations_not_of_the_state(owner_conn: Connection) -> None:
    """10,000 patches on 100 KB: 30 to 60 ms; one by one they take seconds."""
    owner_conn.execute("""
        create temp table bench as
        select jsonb_build_object(
                   'messages', (select jsonb_agg(jsonb_build_object('content', repeat('lorem ipsum ', 50)))
                                from generate_series(1, 150)),
                   'vars', '{}'::jsonb, 'step', 0) as state,
               (select array_agg(jsonb_build_array(
                    case i % 3
                        when 0 then jsonb_build_object('op', 'add', 'path', '/messages/-', 'value', i)
                        when 1 then jsonb_build_object('op', 'replace', 'path', '/step', 'value', i)
                        else jsonb_build_object('op', 'add', 'path', '/vars/k' || i % 100, 'value', i)
                    end) order by i)
                from generate_series(1, 10000) as i) as deltas""")
    owner_conn.execute("select hypermind_private.fold_state(state, deltas) from bench")
    started = time.perf_counter()
    row = owner_conn.execute("select hypermind_private.fold_state(state, deltas) from bench").fetchone()
    seconds = time.perf_counter() - started
    assert row is not None
    assert len(row[0]["messages"]) == 150 + 3333
    assert row[0]["step"] == 10000
    assert seconds < 2, "a fold that looks at the whole state for each patch takes longer"


# --- Shapes -----------------------------------------------------------------------------------------------------------


def fits(shape: Any, state: Any) -> bool:
    """Whether all that a shape says is true of a state."""
    if shape is None:
        return True
    if shape is True:
        return not isinstance(state, dict | list)
    if shape is False:
        return isinstance(state, dict)
    if isinstance(shape, dict):
        return (
            isinstance(state, dict)
            and set(shape) == set(state)
            and all(fits(part, state[key]) for key, part in shape.items())
        )
    return isinstance(state, list) and len(state) == shape


@quick(120)
@given(state=starts, changes=st.lists(deltas, min_size=5, max_size=10))
def test_a_shape_never_accepts_what_does_not_apply(call: Call, state: Any, changes: list[Any]) -> None:
    for step in call("shape_steps", state, changes, schema="pg_temp"):
        assert fits(step["shape"], step["state"]), step
        if "delta" in step:
            assert step["says"] != ("refused" if step["applies"] else "applies"), step
            assert step["bytes"] <= 1100


LONG_KEYS = [key * 12 for key in "abcdefgh"]
long_keys = st.text("xyz", min_size=20, max_size=60)


@quick(20)
@given(
    state=st.fixed_dictionaries({}, optional={key: st.dictionaries(long_keys, values) for key in LONG_KEYS}),
    changes=st.lists(
        st.lists(
            st.builds(
                lambda first, second, value: {"op": "add", "path": f"/{first}/{second}", "value": value},
                st.sampled_from(LONG_KEYS),
                long_keys,
                documents(),
            ),
            min_size=5,
            max_size=20,
        ),
        max_size=5,
    ),
)
def test_a_shape_stays_small(call: Call, state: Any, changes: list[Any]) -> None:
    for step in call("shape_steps", state, changes, schema="pg_temp"):
        assert fits(step["shape"], step["state"]), step
        assert step.get("bytes", 0) <= 1100


@pytest.mark.parametrize(
    "patch",
    [
        [{"op": "add", "path": "/messages/-", "value": {"role": "user"}}],
        [{"op": "add", "path": "/step", "value": 1}],
        [{"op": "replace", "path": "/step", "value": {"n": 1}}],
        [{"op": "remove", "path": "/vars/x"}],
        [{"op": "add", "path": "/vars/y", "value": []}, {"op": "add", "path": "/vars/y/-", "value": 2}],
        [{"op": "replace", "path": "/messages/1", "value": 2}, {"op": "remove", "path": "/messages/0"}],
        [{"op": "move", "from": "/vars/x", "path": "/x"}],
        [{"op": "replace", "path": "", "value": {"messages": []}}],
        {"vars": {"x": None, "z": {"deep": True}}},
    ],
)
def test_a_shape_decides_what_agents_do(call: Call, patch: Any) -> None:
    state = {"messages": [1, 2], "step": 0, "vars": {"x": 1}}
    assert call("shape_after", call("state_shape", state), patch) is not None


# --- Nesting and size -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("begin", "end", "token", "last"), [('{"a":', "}", "/a", "/b"), ("[", "]", "/0", "/-")])
def test_a_hundred_levels_fit_on_the_stack(owner_conn: Connection, begin: str, end: str, token: str, last: str) -> None:
    old, new = (begin * 100 + scalar + end * 100 for scalar in "12")
    patches = [
        json.dumps(
            [
                {"op": "add", "path": token * 99 + last, "value": value},
                {"op": "replace", "path": token * 100, "value": value},
            ]
        )
        for value in (3, 4)
    ]
    row = owner_conn.execute(
        """
        select hypermind_private.json_depth_ok(v.old),
               hypermind_private.json_depth_ok(jsonb_build_array(v.old)),
               hypermind_private.json_patch(v.old, hypermind_private.json_diff(v.old, v.new)) = v.new,
               hypermind_private.json_merge_patch('null', v.new) = v.new,
               hypermind_private.fold_merge_patches('{"a": 1}', array_fill(jsonb_build_object('b', v.new), array[3]))
               = jsonb_build_object('a', 1, 'b', v.new),
               hypermind_private.fold_state(v.old, v.patches)
               = hypermind_private.json_patch(hypermind_private.json_patch(v.old, v.patches[1]), v.patches[2]),
               hypermind_private.shape_after('{}', jsonb_build_object('b', v.new)) is not null
        from (select %s::jsonb as old, %s::jsonb as new, %s::jsonb[] as patches) as v
        """,
        (old, new, patches),
    ).fetchone()
    assert row == (True, False, True, True, True, True, True)


@pytest.mark.parametrize(
    ("value", "levels"), [("1", 0), ("[]", 1), ("{}", 1), ("[1]", 1), ('{"a": [[]]}', 3), ('[[], {"a": 1}]', 2)]
)
def test_levels_are_counted(owner_conn: Connection, value: str, levels: int) -> None:
    # Blown up with a long text, so that it is not by its size alone that it is found to be flat enough.
    padded = f"[{value}, {json.dumps('x' * 1000)}]"
    row = owner_conn.execute(
        "select hypermind_private.json_depth_ok(%s::jsonb, %s), hypermind_private.json_depth_ok(%s::jsonb, %s)",
        (padded, levels + 1, padded, levels),
    ).fetchone()
    assert row == (True, False)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("9.99e399", True),
        ("1e400", False),
        ("-1e400", False),
        ("1e131071", False),
        ("1e-400", True),
        ("1e-401", False),
        ("0e-400", True),
        ("0e-401", False),
        ("0e-16383", False),
        ("1e-16383", False),
        ('{"a": [{"b": [0, 1e131071]}]}', False),
        ('{"1e131071": "1e131071"}', True),
        ("null", True),
        ("{}", True),
    ],
)
def test_numbers_are_bounded(owner_conn: Connection, value: str, expected: bool) -> None:
    row = owner_conn.execute("select hypermind_private.json_text_bounded(%s::jsonb)", (value,)).fetchone()
    assert row == (expected,)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # The text is exactly 16 MiB, and one byte more: "...", with six characters for each control character.
        ("to_jsonb(repeat('x', 16777214))", True),
        ("to_jsonb(repeat('x', 16777215))", False),
        ("to_jsonb(repeat(chr(1), 2796202))", True),
        ("to_jsonb(repeat(chr(1), 2796203))", False),
        # 804 characters of text for 16 bytes of jsonb.
        ("(select jsonb_agg(-1e399::numeric(1000, 400)) from generate_series(1, 20867))", True),
        ("(select jsonb_agg(-1e399::numeric(1000, 400)) from generate_series(1, 20868))", False),
        ("(select jsonb_agg(1e131071) from generate_series(1, 800))", False),
        ("(select jsonb_agg(0e-16383) from generate_series(1, 5000))", False),
    ],
)
def test_text_is_bounded(owner_conn: Connection, value: str, expected: bool) -> None:
    query = sql.SQL("select hypermind_private.json_text_bounded({})").format(sql.SQL(value))
    assert owner_conn.execute(query).fetchone() == (expected,)


def test_a_number_bomb_costs_nothing(owner_conn: Connection) -> None:
    """9 KB of 1e131071 are 131 MB of text."""
    owner_conn.execute("create temp table bomb as select jsonb_agg(1e131071) as value from generate_series(1, 900)")
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        assert owner_conn.execute("select hypermind_private.json_text_bounded(value) from bomb").fetchone() == (False,)
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.1
