"""JSON Schema draft 2020-12 in the database: the standard's own suite, Python's jsonschema, and Python's re.

Three judges. The suite is no part of the repository: without it its test is skipped, and says so. jsonschema is asked
about random schemas and values; it calculates multipleOf with binary floats, and so the random numbers are such that
these are exact. Python's re is asked about random regular expressions that it can be told to read as ECMA-262 does.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import harness
import psycopg
import pytest
from conftest import only_with
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from test_json_functions import quick

pytestmark = only_with("wheel18", "the contracts are SQL that pgTAP tries on any server")

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]
Judge: TypeAlias = Callable[[Any, list[Any]], dict[str, Any]]
Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]

JUDGE = """
-- What the evaluator and what the quick test says of values, or why the schema is refused.
create function pg_temp.judge(p_schema jsonb, p_values jsonb) returns jsonb language plpgsql as $$
declare
    v_program   jsonb;
    v_predicate jsonpath;
    v_detail    text;
begin
    begin
        v_program := hypermind_private.compile_schema(p_schema);
    exception when sqlstate 'MH021' then
        get stacked diagnostics v_detail = pg_exception_detail;
        return jsonb_build_object('refused', v_detail::jsonb);
    end;
    v_predicate := hypermind_private.schema_predicate(v_program);
    return (
        select jsonb_build_object(
            'valid', jsonb_agg(not exists (select from hypermind_private.program_violations(v_program, v.value))
                               order by v.number),
            'quick', jsonb_agg(hypermind_private.quickly_accepts(
                v_predicate, hypermind_private.closed_members(v_program, ''), v.value) order by v.number),
            'predicate', v_predicate)
        from jsonb_array_elements(p_values) with ordinality as v (value, number));
end $$;
"""


@pytest.fixture(scope="module")
def judge(owner_conn: Connection) -> Judge:
    """What the database says of values and a schema: {"valid": [...], "quick": [...]}, or {"refused": the detail}."""
    owner_conn.execute(JUDGE)

    def ask(schema: Any, values: list[Any]) -> dict[str, Any]:
        query = "select pg_temp.judge(%s, %s)"
        row = owner_conn.execute(query, (json.dumps(schema), json.dumps(values))).fetchone()
        assert row is not None
        answer: dict[str, Any] = row[0]
        return answer

    return ask


# --- The suite --------------------------------------------------------------------------------------------------------


NUL = r"\u0000"  # no jsonb can hold it


def refused_in_docs() -> dict[str, int]:
    """The table of docs/contracts.md, section "What is refused": the keywords, and how many tests need each."""
    text = (harness.REPO / "docs/contracts.md").read_text()
    section = re.split(r"^#+ ", text.split("What is refused\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    rows = re.findall(r"^\| `([^`]+)` \|.*\| (\d+) \|$", section, flags=re.MULTILINE)
    return {keyword: int(tests) for keyword, tests in rows}


def suite(folder: Path) -> Iterator[tuple[str, Any, list[Any]]]:
    """The suite: the name of each group, its schema and its tests."""
    for path in sorted(folder.glob("*.json")):
        for group in json.loads(path.read_text()):
            yield f"{path.stem}: {group['description']}", group["schema"], group["tests"]


def test_the_suite(shared_data: Path, judge: Judge) -> None:
    wrong, refused, decided, total = [], Counter[str](), 0, 0
    for name, schema, tests in suite(shared_data / "json_schema_draft2020_12"):
        total += len(tests)
        kept = [test for test in tests if NUL not in json.dumps([schema, test["data"]])]
        refused[NUL] += len(tests) - len(kept)
        answer = judge(schema, [test["data"] for test in kept]) if kept else {"valid": [], "quick": []}
        if "refused" in answer:
            refused[answer["refused"]["keyword"]] += len(kept)
            continue
        decided += len(kept)
        for test, valid, accepted in zip(kept, answer["valid"], answer["quick"], strict=True):
            if valid != test["valid"] or (accepted and not valid):
                wrong.append((name, test["description"], valid, accepted))
    print(f"{decided} of {total} decided; refused: {dict(refused)}")
    assert total > 1200
    assert wrong == []
    assert decided >= 0.8 * total
    assert refused == refused_in_docs()


def test_violations_are_named(owner_conn: Connection) -> None:
    """The API is the same evaluator, with its words."""
    schema = {
        "type": "object",
        "required": ["b"],
        "properties": {"a/~": {"items": {"$ref": "#/$defs/small"}}},
        "$defs": {"small": {"maximum": 3}},
    }
    query = "select pointer, rule, keyword from hypermind.schema_violations(%s, %s) order by 1, 2"
    assert owner_conn.execute(query, (json.dumps(schema), '{"a/~": [1, 5, 9]}')).fetchall() == [
        ("", "/required", "required"),
        ("/a~1~0/1", "/$defs/small/maximum", "maximum"),
        ("/a~1~0/2", "/$defs/small/maximum", "maximum"),
    ]
    assert owner_conn.execute(query, (json.dumps(schema), '{"b": 1, "a/~": [1]}')).fetchall() == []


# --- Python's jsonschema ----------------------------------------------------------------------------------------------

NAMES = ["a", "b", "c", "ab"]
SCALARS = [
    *(None, True, False, 0, 1, 1.0, 2, 3, -1, 0.5, 2.5, 2.0, 10**20, 1e20, 2**53, 2**53 + 1, 2.0**53, -0.0, 5e-1),
    *("", "a", "b", "ab", "abc", "é", "e\u0301", "😀", "a😀", "1", "A", "a b"),
    *("a" * 16, "é" * 16, "é" * 17, "😀" * 20, "a" * 21, "😀" * 40, "a" * 41),
]
PATTERNS = ["^a", "b$", "[a-c]", "^.$", "^[^a]*$", r"\d", "^[ab]{2,}$", "^(a|b)?$", "(?=b)", ""]
TYPES = ["null", "boolean", "object", "array", "number", "string", "integer"]

names = st.sampled_from(NAMES)
scalars = st.sampled_from(SCALARS)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
    max_leaves=6,
)
small_values = st.one_of(
    scalars, scalars, st.lists(scalars, max_size=2), st.dictionaries(names, scalars, max_size=2), values
)
counts = st.sampled_from([0, 1, 1, 2, 2.0, 3])
lengths = st.sampled_from([0, 1, 2, 2.0, 3, 16, 20, 40])
bounds = st.sampled_from([-1, 0, 0.5, 1, 1.0, 2, 3, 2**53, 1e20])
name_lists = st.lists(names, max_size=2, unique=True)
SIMPLE = {
    "type": st.one_of(st.sampled_from(TYPES), st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True)),
    "const": small_values,
    "enum": st.lists(small_values, max_size=4),
    "multipleOf": st.sampled_from([1, 2, 3, 0.5, 2.0, 1.0, 0.25]),
    "pattern": st.sampled_from(PATTERNS),
    "uniqueItems": st.booleans(),
    "required": name_lists,
    "dependentRequired": st.dictionaries(names, name_lists, max_size=2),
    **dict.fromkeys(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"], bounds),
    **dict.fromkeys(["minLength", "maxLength"], lengths),
    **dict.fromkeys(["minItems", "maxItems", "minProperties", "maxProperties"], counts),
}
# Keywords that are more interesting together.
CLUSTERS: list[list[str]] = [
    ["if", "then", "else"],
    ["contains", "minContains", "maxContains"],
    ["prefixItems", "items"],
    ["properties", "additionalProperties", "patternProperties"],
    ["properties", "required"],
    ["oneOf"],
    ["anyOf"],
    ["allOf"],
    ["not"],
    ["$ref"],
    ["propertyNames"],
    ["dependentSchemas"],
    ["unevaluatedProperties", "properties", "anyOf"],
    ["unevaluatedProperties", "if", "then", "allOf"],
    ["unevaluatedItems", "prefixItems", "anyOf"],
    ["unevaluatedItems", "contains", "allOf"],
    ["unevaluatedProperties", "dependentSchemas", "$ref", "patternProperties"],
    ["unevaluatedItems", "$ref", "oneOf"],
]


@st.composite
def schemas(draw: Draw, depth: int = 2) -> Any:
    """A random schema that may refer to #/$defs/d, #/$defs/e and #."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.booleans())
    keywords = draw(st.lists(st.sampled_from(sorted(SIMPLE)), max_size=2, unique=True))
    if depth > 0:
        keywords += draw(st.sampled_from(CLUSTERS))
    return {keyword: draw(argument(keyword, depth - 1)) for keyword in keywords}


def argument(keyword: str, depth: int) -> st.SearchStrategy[Any]:
    inner = schemas(depth)
    if keyword in SIMPLE:
        return SIMPLE[keyword]
    if keyword in ("minContains", "maxContains"):
        return counts
    if keyword == "$ref":
        return st.sampled_from(["#/$defs/d", "#/$defs/e", "#"])
    if keyword in ("properties", "dependentSchemas"):
        return st.dictionaries(names, inner, min_size=1, max_size=2)
    if keyword == "patternProperties":
        return st.dictionaries(st.sampled_from(PATTERNS), inner, min_size=1, max_size=2)
    if keyword in ("oneOf", "anyOf", "allOf", "prefixItems"):
        return st.lists(inner, min_size=1, max_size=3)
    if keyword in ("unevaluatedProperties", "unevaluatedItems"):
        return st.one_of(st.just(False), inner)
    return inner


@st.composite
def whole_schemas(draw: Draw) -> Any:
    schema = draw(schemas(2))
    if isinstance(schema, dict):
        schema["$defs"] = {"d": draw(schemas(1)), "e": draw(schemas(0))}
    return schema


def valid_by_library(schema: Any, value: Any) -> bool:
    # As it comes from JSON: 1.0 stays a float, and the same object is not twice in it.
    valid: bool = Draft202012Validator(json.loads(json.dumps(schema))).is_valid(json.loads(json.dumps(value)))
    return valid


def test_agrees_with_the_library(judge: Judge) -> None:
    seen: Counter[str] = Counter()

    @quick(400)
    @given(whole_schemas(), st.lists(small_values, min_size=6, max_size=10))
    def agree(schema: Any, some: list[Any]) -> None:
        answer = judge(schema, some)
        if "refused" in answer:
            assert answer["refused"]["reason"].startswith("its references and combinations lead back"), answer
            seen["refused"] += 1
            return
        expected = [valid_by_library(schema, value) for value in some]
        assert answer["valid"] == expected, answer
        for valid, accepted in zip(answer["valid"], answer["quick"], strict=True):
            assert valid or not accepted, answer
            seen[f"{'valid' if valid else 'invalid'}{', quickly' if accepted else ''}"] += 1

    agree()
    print(dict(seen))
    assert min(seen["valid"] + seen["valid, quickly"], seen["invalid"]) > 500


# --- Versions of a contract -------------------------------------------------------------------------------------------

# Members that only new versions declare, and no value has: to declare one is no break (see contract_breaks()).
new_names = st.sampled_from(["new", "newer"])


@st.composite
def changed(draw: Draw, schema: Any) -> Any:
    """The schema with one change, anywhere in it: mostly one that somebody could have made."""
    if not isinstance(schema, dict) or draw(st.integers(0, 5)) == 0:
        return draw(
            st.one_of(st.booleans(), st.just({"allOf": [schema]}), st.just({"anyOf": [schema, {"type": "null"}]}))
        )
    inside = [
        (keyword, part)
        for keyword, inner in schema.items()
        for part in (inner if isinstance(inner, (dict, list)) and keyword in HOLDERS else [None])
        if keyword in HOLDERS or keyword in ("items", "additionalProperties", "contains", "not", "if", "then", "else")
    ]
    if inside and draw(st.integers(0, 3)) > 0:
        keyword, part = draw(st.sampled_from(inside))
        return replaced(schema, keyword, part, lambda inner: draw(changed(inner)))
    keyword = draw(st.sampled_from(sorted(schema))) if schema else "type"
    kind = draw(st.sampled_from(["drop", "simple", "together", "declare", "extend", "types"]))
    if kind == "drop":
        return {key: value for key, value in schema.items() if key != keyword}
    if kind == "declare":
        return {**schema, "properties": {**schema.get("properties", {}), draw(new_names): draw(schemas(0))}}
    if kind == "extend" and "enum" in schema:
        return {**schema, "enum": [*schema["enum"], draw(small_values)]}
    if kind == "types" and "type" in schema:
        return {**schema, "type": draw(SIMPLE["type"])}
    if kind == "together":
        cluster = draw(st.sampled_from([cluster for cluster in CLUSTERS if "properties" not in cluster]))
        return {**schema, **{key: draw(argument(key, 0)) for key in cluster}}
    other = draw(st.sampled_from(sorted(SIMPLE)))
    return {**schema, other: draw(SIMPLE[other])}


HOLDERS = ("properties", "patternProperties", "dependentSchemas", "allOf", "anyOf", "oneOf", "prefixItems", "$defs")


def replaced(schema: dict[str, Any], keyword: str, part: Any, change: Callable[[Any], Any]) -> dict[str, Any]:
    """The schema with another schema in one place within it. part: a member's name, an element, or None."""
    inner = schema[keyword]
    if keyword not in HOLDERS:
        return {**schema, keyword: change(inner)}
    if isinstance(inner, dict):
        return {**schema, keyword: {**inner, part: change(inner[part])}}
    at = next(number for number, element in enumerate(inner) if element is part)
    return {**schema, keyword: [*inner[:at], change(inner[at]), *inner[at + 1 :]]}


def test_what_breaks_nothing_refuses_nothing(owner_conn: Connection) -> None:
    seen: Counter[str] = Counter()

    @quick(200)
    @given(st.data(), whole_schemas(), st.lists(small_values, min_size=6, max_size=10))
    def compatible(data: st.DataObject, old: Any, some: list[Any]) -> None:
        new = old
        for _ in range(data.draw(st.integers(1, 2))):
            new = data.draw(changed(new))
        query = "select pointer, problem from hypermind_private.contract_breaks(%s, %s)"
        try:
            problems = owner_conn.execute(query, (json.dumps(old), json.dumps(new))).fetchall()
        except psycopg.Error as error:
            assert error.sqlstate == "MH021", error
            seen["refused"] += 1
            return
        seen["breaks" if problems else "compatible"] += 1
        for value in some:
            if valid_by_library(old, value):
                accepted = valid_by_library(new, value)
                assert accepted or problems, (old, new, value)
                seen["refuses, as said" if problems and not accepted else "accepts"] += 1

    compatible()
    print(dict(seen))
    assert seen["compatible"] > 20
    assert seen["refuses, as said"] > 20


# --- Regular expressions ----------------------------------------------------------------------------------------------

# The same in ECMA-262 and in Python's re with re.ASCII, whose $, \s, . and \B are other ones.
ALIKE = [
    *("a", "b", "c", "A", "0", "_", "-", " ", "é", "😀", "\n", "=", ":", "<", "!"),
    *(r"\n", r"\r", r"\t", r"\f", r"\v", r"\x61", r"\u00e9", r"\.", r"\[", r"\\", r"\$"),
    *(r"\d", r"\D", r"\w", r"\W", "[a-c]", "[^a]", r"[\w-]", r"[^\d_]", "[.*]", r"[\b]", r"[\s\S]", r"[\D\d]"),
]
ATOMS = [
    *zip(ALIKE, ALIKE, strict=True),
    ("[]", "(?!)"),
    ("[^]", r"[\s\S]"),
    (r"\s", "[\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"),
    (r"\S", "[^\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"),
    (".", "[^\n\r\u2028\u2029]"),
    (r"\u{1F600}", "😀"),
    (r"\uD83D\uDE00", "😀"),
    (r"\cJ", r"\n"),
    (r"\/", "/"),
]
ASSERTIONS = [("^", "^"), ("$", r"\Z"), (r"\b", r"\b"), (r"\B", r"(?!\b)")]
AROUND = ["(?=", "(?!"]
BEHIND = ["(?<=", "(?<!"]  # Python's must be of one length
QUANTIFIERS = ["*", "+", "?", "*?", "+?", "??", "{2}", "{0,2}", "{1,}", "{1,2}?", "{0}"]
CHARACTERS = [*"abcA0_- .é😀\n\r\t=<[\\$*/", "\u00a0", "\u2028", "\ufeff", "\b", "\v", "ß", "٣"]

Pair: TypeAlias = tuple[str, str]


def joined(pairs: list[Pair], separator: str = "") -> Pair:
    return separator.join(pair[0] for pair in pairs), separator.join(pair[1] for pair in pairs)


@st.composite
def regexes(draw: Draw, depth: int = 2) -> Pair:
    """A regular expression of ECMA-262, and the same for Python."""
    branches = draw(st.sampled_from([1, 1, 2]))
    return joined([joined(draw(st.lists(terms(depth), max_size=3))) for _ in range(branches)], "|")


@st.composite
def terms(draw: Draw, depth: int) -> Pair:
    kind = draw(st.integers(0, 9))
    if kind == 0:
        assertion: Pair = draw(st.sampled_from(ASSERTIONS))
        return assertion
    if kind == 1 and depth > 0:
        around, inner = draw(st.sampled_from(AROUND)), draw(regexes(depth - 1))
        return f"{around}{inner[0]})", f"{around}{inner[1]})"
    if kind == 2:
        behind, inner = draw(st.sampled_from(BEHIND)), draw(st.sampled_from(ATOMS))
        return f"{behind}{inner[0]})", f"{behind}{inner[1]})"
    if kind < 5 and depth > 0:
        inner = draw(regexes(depth - 1))
        atom = (draw(st.sampled_from(["(", "(?:"])) + inner[0] + ")", f"(?:{inner[1]})")
    else:
        atom = draw(st.sampled_from(ATOMS))
    quantifier = draw(st.sampled_from(["", "", *QUANTIFIERS]))
    return atom[0] + quantifier, atom[1] + quantifier


def test_regular_expressions_agree_with_python(owner_conn: Connection) -> None:
    seen: Counter[str] = Counter()
    texts = st.lists(st.text(st.sampled_from(CHARACTERS), max_size=6), min_size=4, max_size=8)
    query = """
        select r.problem, array_agg(t.text ~ r.regex order by t.n), array_agg(to_jsonb(t.text) @? p.path order by t.n)
        from hypermind_private.ecma_regex(%s) as r
        cross join lateral (
            select format('$ ? (@ like_regex %%s flag "s")', to_json(coalesce(r.regex, '')))::jsonpath
        ) as p (path)
        cross join unnest(%s::text[]) with ordinality as t (text, n)
        group by r.problem
    """

    @quick(300)
    @given(regexes(), texts)
    def agree(pair: Pair, some: list[str]) -> None:
        row = owner_conn.execute(query, (pair[0], some)).fetchone()
        assert row is not None
        problem, by_operator, by_jsonpath = row
        if problem is not None:
            assert problem in ("repeats what may be nothing but an assertion", "takes too long to compile"), problem
            seen["refused"] += 1
            return
        expected = [re.search(pair[1], text, re.ASCII) is not None for text in some]
        assert by_operator == expected
        assert by_jsonpath == expected
        seen.update(["decided", *map(str, expected)])

    agree()
    print(dict(seen))
    assert min(seen["True"], seen["False"]) > 300
    assert seen["refused"] < seen["decided"] / 5
