"""The text escape: any Python text survives jsonb exactly, other text is stored as it is, numbers keep their value."""

import json
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from hypermindlabs import Lab, NewEvent, connect, errors, json_text

# Any code point that a Python str can hold, and more of those that matter than chance gives.
hostile = st.text(
    st.one_of(
        st.characters(codec=None, exclude_categories=()),
        st.characters(categories=["Cs"]),
        st.sampled_from('\x00\x01\x1f\\"u0dfabce\ufdd0\ufdd1\uffff\U0001f600\ud83d\ude00'),
    )
)
plain = st.text(st.characters(codec="utf-8", exclude_characters="\x00\ufdd0"))
numbers = st.one_of(st.integers(-(10**300), 10**300), st.floats(allow_nan=False, allow_infinity=False))
documents = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, hostile),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(hostile, inner, max_size=4)),
    max_leaves=12,
)


@given(hostile)
def test_any_text_comes_back(text: str) -> None:
    escaped = json_text.escape(text)
    assert json_text.unescape(escaped) == text
    assert "\x00" not in escaped
    escaped.encode()  # no surrogate is left


@given(plain)
def test_other_text_is_left_alone(text: str) -> None:
    assert json_text.escape(text) == text
    assert json_text.unescape(text) == text
    assert json_text.dumps(text) == json.dumps(text, ensure_ascii=False)


@given(documents)
def test_any_document_comes_back(document: Any) -> None:
    assert json_text.loads(json_text.dumps(document)) == document
    assert json_text.loads(json_text.dumps(document).encode()) == document


@given(st.one_of(hostile, st.lists(hostile), st.dictionaries(hostile, hostile)))
def test_text_in_json_is_escaped_as_text_by_itself(document: Any) -> None:
    def escaped(value: Any) -> Any:
        if isinstance(value, str):
            return json_text.escape(value)
        if isinstance(value, list):
            return [escaped(item) for item in value]
        return {escaped(key): escaped(item) for key, item in value.items()}

    assert json.loads(json_text.dumps(document)) == escaped(document)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("\x00", "\ufdd00000"),
        ("\ud83d", "\ufdd0d83d"),
        ("\ud83d\ude00", "\ufdd0d83d\ufdd0de00"),  # two surrogates are not the character they would encode
        ("\U0001f600", "\U0001f600"),
        ("\ufdd0", "\ufdd0fdd0"),
        ("\ufdd00000", "\ufdd0fdd00000"),
        (r"\u0000", r"\u0000"),
        ("\\\x00", "\\\ufdd00000"),
        ("\x01\x7f\ufffe", "\x01\x7f\ufffe"),
    ],
)
def test_the_form_that_sql_readers_see(text: str, escaped: str) -> None:
    assert json_text.escape(text) == escaped
    assert json.loads(json_text.dumps({text: [text]})) == {escaped: [escaped]}
    assert json_text.loads(json_text.dumps({text: [text]})) == {text: [text]}


@pytest.mark.parametrize("text", ["\ufdd0", "\ufdd0x", "\ufdd0FDD0", "\ufdd00001", "\ufdd0e000", "\ufdd0d7ff"])
def test_a_mark_that_escapes_nothing_is_read_as_it_stands(text: str) -> None:
    assert json_text.unescape(text) == text
    assert json_text.loads(json.dumps(text)) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), Decimal("nan"), Decimal("inf")])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text.dumps({"cost": [value]})


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("0.1", 0.1, float),
        ("1.10", 1.1, float),
        ("5e-324", 5e-324, float),
        ("123456789012345678901234567890", 123456789012345678901234567890, int),
        ("0.12345678901234567890123", Decimal("0.12345678901234567890123"), Decimal),
        (f"1{'0' * 350}.5", Decimal(f"1{'0' * 350}.5"), Decimal),  # a float would be infinite
        (f"0.{'0' * 350}1", Decimal("1e-351"), Decimal),  # a float would be 0
    ],
)
def test_numbers_keep_their_value(text: str, value: Any, kind: type) -> None:
    number = json_text.loads(text)
    assert number == value
    assert type(number) is kind
    assert json_text.loads(json_text.dumps(number)) == value


@pytest.mark.parametrize("value", [1e16, -5.599134169502391e16, 1e23, 1.7976931348623157e308, 1e-300])
def test_a_float_comes_back_from_the_database_as_a_float(admin_conn: Any, value: float) -> None:
    document = {"a": value, "text 1e+16": f'"{value}" \\ 1e+16', "n": int(1e23)}
    parameter = Jsonb(document, dumps=json_text.dumps)
    (text,) = admin_conn.execute("select %s::jsonb::text", (parameter,)).fetchone()
    assert json_text.loads(text) == document
    assert type(json_text.loads(text)["a"]) is float


def test_decimals_among_texts_that_look_like_them() -> None:
    document = {"a": Decimal("1.10"), "b": "1.10", "c": [Decimal("1E+2"), Decimal("-0.00")]}
    assert json_text.dumps(document) == '{"a":1.10,"b":"1.10","c":[1E+2,-0.00]}'


# In the database


@pytest.fixture(scope="module")
def lab(two_projects: Any) -> Any:
    with connect(two_projects.dsn_of("alice")) as lab:
        yield lab


in_database = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@in_database
@given(documents)
def test_any_document_survives_jsonb(admin_conn: Any, document: Any) -> None:
    parameter = Jsonb(document, dumps=json_text.dumps)
    (text,) = admin_conn.execute("select %s::jsonb::text", (parameter,)).fetchone()
    assert json_text.loads(text) == document


@in_database
@given(st.dictionaries(hostile, documents, max_size=3))
def test_any_document_survives_every_place_that_takes_one(two_projects: Any, lab: Lab, document: Any) -> None:
    runs = lab.runs
    version = runs.register_config(two_projects.a, "prompt", "hostile", {"is": document})
    assert runs.config(two_projects.a, "prompt", "hostile", version=version).content == {"is": document}

    pins: Any = {"prompt": {"kind": "prompt", "name": "hostile", "version": version}}
    run = runs.create(two_projects.a, "chat", configs=pins, input=document, metadata={"is": document})
    assert runs.request(run).input == document
    assert runs.request(run).metadata == {"is": document}

    # A type without a contract: a random document may well break one.
    runs.append(run, "a.document", document, state_delta=[{"op": "add", "path": "", "value": {"one": document}}])
    runs.append_many(run, [NewEvent("a.document", document, [{"op": "add", "path": "/two", "value": document}])])
    one, two = runs.events(run, after_seq=1)
    assert one.payload == two.payload == document
    context = lab.replay.resolve(run)
    assert context.state == lab.replay.state_at(run) == {"one": document, "two": document}
    assert context.input == document
    assert context.configs[0].content == {"is": document}


def test_hostile_keys_are_addressed_by_patches(two_projects: Any, lab: Lab) -> None:
    run = lab.runs.create(two_projects.a, "chat")
    key = "a\x00/~\ud800\ufdd0"
    pointer = "/" + key.replace("~", "~0").replace("/", "~1")
    lab.runs.append(run, "note.added", state_delta={key: 1, "other": 2})
    lab.runs.append(run, "note.added", state_delta=[{"op": "replace", "path": pointer, "value": "\x00"}])
    assert lab.replay.state_at(run) == {key: "\x00", "other": 2}
    assert lab.replay.diff(run, 2, 3) == [{"op": "replace", "path": pointer, "value": "\x00"}]


def test_the_reason_of_a_cancel_may_be_hostile(two_projects: Any, lab: Lab) -> None:
    run = lab.runs.create(two_projects.a, "chat")
    seq = lab.runs.request_cancel(run, "tool printed \x00\ud800")
    (event,) = lab.runs.events(run, after_seq=seq - 1)
    assert event.payload is not None
    assert event.payload["reason"] == "tool printed \x00\ud800"


def test_sql_readers_find_the_escape(two_projects: Any, lab: Lab, admin_conn: Any) -> None:
    run = lab.runs.create(two_projects.a, "chat", input={"text": "a\x00b", "plain": "caf\u00e9 \U0001f600"})
    query = r"""
        select input ->> 'text' = U&'a\FDD0' || '0000b', replace(input ->> 'text', U&'\FDD0' || '0000', ''),
               input ->> 'plain'
        from hypermind.runs where run_id = %s"""
    assert admin_conn.execute(query, (run,)).fetchone() == (True, "ab", "caf\u00e9 \U0001f600")


def test_without_the_escape_the_server_refuses(admin_conn: Any) -> None:
    with pytest.raises(psycopg.DataError):
        admin_conn.execute("select %s::jsonb", (Jsonb({"text": "\x00"}),))


@pytest.mark.parametrize("text", ["\x00", "\ud800"])
def test_columns_of_text_take_no_escape_and_refuse(two_projects: Any, lab: Lab, text: str) -> None:
    run = lab.runs.create(two_projects.a, "chat")
    for refused in (
        lambda: lab.runs.append(run, "note.added", tool=text),
        lambda: lab.runs.append(run, "note.added", tags=["fine", text]),
        lambda: lab.runs.append_many(run, [NewEvent("note.added", model=text)]),
        lambda: lab.runs.create(two_projects.a, "chat", agent=text),
        lambda: lab.runs.claim(run, text),
    ):
        with pytest.raises(errors.InvalidArgument, match="contains NUL or a lone surrogate"):
            refused()
    assert lab.runs.get(run).last_seq == 1
