"""A second implementation of docs/hash-chain.md, in Python and from the rows alone: it agrees with the database.

It calls no SQL function, so a mistake in one would show; and the test vectors hold both to what they once computed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import json_merge_patch
import jsonpatch
import psycopg
import pytest
from conftest import Connection, TwoProjects
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads

from hypermindlabs.errors import ContentErased

GENESIS = bytes(32)
VECTORS = json.loads(Path(__file__).with_name("vectors").joinpath("hash_chain.json").read_text("utf-8"))
ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
Row = dict[str, Any]


class Null:
    """JSON's null where SQL's NULL may stand too."""


NULL = Null()
UNKNOWN = Null()  # a state that cannot be told any more


# The format


def text(value: Any) -> str:
    """The text of a JSON value as jsonb prints it."""
    if value is None or value is NULL:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return format(abs(value) if value == 0 else value, "f")
    if isinstance(value, str):
        return '"' + "".join(ESCAPES.get(c) or (f"\\u{ord(c):04x}" if c < " " else c) for c in value) + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(text, value)) + "]"
    members = sorted((len(key.encode()), key.encode(), key) for key in value)
    return "{" + ", ".join(f"{text(key)}: {text(value[key])}" for _, _, key in members) + "}"


def array(*elements: Any) -> str:
    """A canonical array."""
    return text([plain(element) for element in elements])


def plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return (value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return value


def digest(of: str) -> bytes:
    return sha256(of.encode()).digest()


def salted(salt: UUID | None, value: Any) -> bytes | None:
    return None if salt is None or value is None else sha256(salt.bytes + text(value).encode()).digest()


def proof(row: Row, column: str) -> bytes | None:
    """The salted hash of a column; once that is erased, the hash that stayed."""
    if row["salt"] is None and "kept" in row:
        kept: bytes | None = row["kept"][KEPT[column]]
        return kept
    return salted(row["salt"], row[column])


KEPT = {
    "state_delta": "delta_hash",
    **{name: f"{name}_hash" for name in ("payload", "state", "input", "metadata", "uri")},
}


def event_text(e: Row) -> str:
    return array(
        *("hypermind.event.1", e["run_id"], e["seq"], e["project_id"], e["event_id"], e["event_type"]),
        *(e["contract_version"], e["parent_seq"]),
        *(proof(e, "payload"), proof(e, "state_delta")),
        *(e["model"], e["tool"], e["tags"], e["input_tokens"], e["output_tokens"], e["cost"], e["text_rule"]),
        *(e["subject_hash"], e["occurred_at"], e["recorded_at"]),
    )


def event_hash(before: bytes, e: Row) -> bytes:
    return sha256(before + event_text(e).encode()).digest()


def run_text(r: Row, pins: list[Any], base_state_hash: bytes | None) -> str:
    return array(
        *("hypermind.run.1", r["run_id"], r["project_id"], r["mode"], r["agent"], r["model"], r["tags"]),
        *(r["owner"], r["created_by"], proof(r, "input"), proof(r, "metadata")),
        *(r["parent_run_id"], r["forked_at_seq"], r["parent_event_hash"], r["created_at"], pins, base_state_hash),
    )


def artifact_text(a: Row) -> str:
    return array(
        *("hypermind.artifact.1", a["run_id"], a["artifact_id"], a["project_id"], a["seq"], a["kind"]),
        *(a["media_type"], proof(a, "uri"), a["sha256"], a["size_bytes"]),
        *(proof(a, "metadata"), a["created_at"]),
    )


def outcome_text(o: Row) -> str:
    return array(
        *("hypermind.outcome.1", o["run_id"], o["project_id"], o["status"], o["last_seq"], o["ended_at"]),
        *(o["events"], o["input_tokens"], o["output_tokens"], o["cost"]),
    )


def replay_text(run: UUID, seq: int, at: bytes, pins: list[Any], given: Any, state: Any) -> str:
    return array("hypermind.replay.1", run, seq, at, pins, digest(text(given)), digest(text(state)))


# From the rows of a run


def loads(raw: str | bytes) -> Any:
    """JSON with every digit kept."""
    value = json.loads(raw, parse_float=Decimal)
    return NULL if value is None else value


class Recomputed:
    """What a run's rows lead to. problems: where they do not fit each other."""

    def __init__(self, connection: Connection, run: UUID) -> None:
        self.run = run
        self.problems: list[str] = []

        def rows(table: str, order: str = "run_id", key: Any = run, column: str = "run_id") -> list[Row]:
            query = sql.SQL("select * from hypermind.{} where {} = %s order by {}")
            names = map(sql.Identifier, (table, column, order))
            found = connection.cursor(row_factory=dict_row).execute(query.format(*names), (key,)).fetchall()
            for row in found:
                if kept.get((table, row.get("seq", 1))):
                    row["kept"] = kept[table, row.get("seq", 1)]
            return found

        kept: dict[tuple[str, int], Row] = {}
        tables = {"event": "run_events", "snapshot": "run_state_snapshots", "run": "runs", "artifact": "run_artifacts"}
        kept |= {(tables[each["kind"]], each["seq"]): each for each in rows("erased_hashes", "seq")}
        self.events = rows("run_events", "seq")
        self.snapshots = {each["seq"]: each for each in rows("run_state_snapshots", "seq")}
        (self.row,) = rows("runs")
        self.pins = sorted(rows("run_config_refs"), key=lambda pin: pin["slot"].encode())
        subjects: dict[int, bytes] = {}

        vouched = [
            [plain(pin[key]) for key in ("slot", "config_id", "kind", "name", "version", "label", "content_sha256")]
            for pin in self.pins
        ]
        base = self.snapshots.get(0, {"state_hash": None})["state_hash"]
        subjects[1] = digest(run_text(self.row, vouched, base))
        for artifact in rows("run_artifacts", "seq"):
            subjects[artifact["seq"]] = digest(artifact_text(artifact))
        ends = rows("run_outcomes")
        for outcome in ends:
            subjects[outcome["last_seq"]] = digest(outcome_text(outcome))
        ends += rows("run_heads")

        self.hashes = [GENESIS]
        for number, event in enumerate(self.events, 1):
            self.hashes.append(event_hash(self.hashes[-1], event))
            self.expect(number, event["seq"] == number, "seq")
            self.expect(number, event["event_hash"] == self.hashes[-1], "event_hash")
            self.expect(number, event["subject_hash"] == subjects.get(number), "subject_hash")
        (end,) = ends
        self.expect(len(self.events), (end["last_seq"], end["last_hash"]) == (len(self.events), self.hashes[-1]), "end")

        self.states = self.fold()
        for seq, snapshot in self.snapshots.items():
            self.expect(seq, proof(snapshot, "state") == snapshot["state_hash"], "state_hash")
            if "kept" not in snapshot:
                here = [None if each is UNKNOWN else text(each) for each in self.states[seq : seq + 1]]
                self.expect(seq, [text(snapshot["state"])] == here, "state")
        for pin in self.pins:
            versions = rows("config_versions", "version", pin["config_id"], "config_id")
            (content,) = [each["content"] for each in versions if each["version"] == pin["version"]]
            self.expect(1, digest(text(content)) == pin["content_sha256"], "pinned content")

    def expect(self, seq: int, holds: bool, what: str) -> None:
        if not holds:
            self.problems.append(f"{what} of seq {seq}")

    def fold(self) -> list[Any]:
        base = self.snapshots.get(0, {"state": {}})
        states = [UNKNOWN if "kept" in base else base["state"]]
        for event in self.events:
            delta = event["state_delta"]
            first = delta[0] if isinstance(delta, list) and delta else {"path": None}
            known = first["path"] == "" and first["op"] in ("add", "replace")
            lost = "kept" in event and event["kept"]["delta_hash"] is not None
            if lost or (states[-1] is UNKNOWN and not known):
                states.append(UNKNOWN)
                continue
            state = {} if states[-1] is UNKNOWN else json.loads(text(states[-1]), parse_float=Decimal)
            try:
                if isinstance(delta, list):
                    state = jsonpatch.apply_patch(state, delta)
                elif isinstance(delta, dict):
                    state = json_merge_patch.merge(state, delta)
            except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException):
                self.expect(event["seq"], False, "state_delta")
            states.append(state)
        return states

    def replay_digest(self, seq: int) -> bytes:
        pins = [[plain(pin[key]) for key in ("slot", "kind", "name", "version", "content_sha256")] for pin in self.pins]
        return digest(replay_text(self.run, seq, self.hashes[seq], pins, self.row["input"], self.states[seq]))


def auditor(dsn: str, **settings: Any) -> Connection:
    """A connection that takes numbers as they are."""
    connection = psycopg.connect(dsn, user="audrey", autocommit=True, **settings)
    set_json_loads(loads, connection)
    return connection


def agrees(connection: Connection, run: UUID) -> Recomputed:
    """Asserts that the database and this file say the same of an honest run."""
    found = Recomputed(connection, run)
    assert found.problems == []
    fact = connection.execute(
        "select valid, last_seq, last_hash, problem from hypermind.verify_run(%s)", (run,)
    ).fetchone()
    assert fact == (True, len(found.events), found.hashes[-1], None)
    for seq, state in enumerate(found.states):
        if state is UNKNOWN:
            with pytest.raises(ContentErased):
                connection.execute("select hypermind.state_at(%s, %s)", (run, seq))
            continue
        if found.row["salt"] is None:
            there = connection.execute("select hypermind.state_at(%s, %s)", (run, seq)).fetchone()
            assert there is not None and text(there[0]) == text(state)
            continue
        context = connection.execute(
            "select event_hash, digest, state from hypermind.resolve_replay_context(%s, %s)", (run, seq)
        ).fetchone()
        assert context is not None
        assert context[:2] == (found.hashes[seq], found.replay_digest(seq))
        assert text(context[2]) == text(state)
    return found


@pytest.fixture(scope="module")
def audrey(two_projects: TwoProjects) -> Iterator[Connection]:
    with auditor(two_projects.dsn) as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


@pytest.fixture(scope="module")
def alice(two_projects: TwoProjects) -> Connection:
    return two_projects.connect("alice")


@pytest.fixture(scope="module")
def recorded(two_projects: TwoProjects, alice: Connection) -> tuple[UUID, UUID]:
    return record(alice, two_projects.a)


# Recorded runs

RICH_INPUT = r"""{
    "bb": 1, "a": "é \u00e9 \ud83d\ude00 \u007f \u2028 \"\\/\b\f\n\r\t\u0001", "": {}, "á": [],
    "n": [1.10, 1e-7, 1E2, -0.0, 0e3, 12345678901234567890.5]
}"""


def record(connection: Connection, project: UUID, given: str = RICH_INPUT) -> tuple[UUID, UUID]:
    """A closed run with one of everything, and an open fork of it."""

    def call(query: str, *params: object) -> Any:
        row = connection.execute(f"select hypermind.{query}", params).fetchone()
        assert row is not None
        return row[0]

    call("register_config(%s, 'prompt', 'greeting', %s)", project, '{"text": "Be kind.", "weight": 0.50}')
    call("label_config(%s, 'prompt', 'greeting', 'production', 1)", project)
    pins = {
        "ö": {"kind": "prompt", "name": "greeting", "label": "production"},
        "z": {"kind": "prompt", "name": "greeting", "version": 1},
    }
    create = "create_run(%s, 'chat', %s, %s, %s, %s, null, null, %s, %s, %s)"
    run = call(create, project, json.dumps(pins), given, '{"m": 1.0}', ["ß", 'a "b"', "{}"], "ag", "mo", "ow")
    call("transition_run(%s, 'running', %s)", run, '{"why": null}')
    at = datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC)
    event = "append_event(%s, 'model.responded', %s, %s, 1, 2, gen_random_uuid(), null, %s, %s, %s, 7, 0, 1.10, %s)"
    call(event, run, given, '{"messages": [], "n": 1.500}', "gpt-ü", "tool\t1", ["x", "y z"], at)
    batch = """[
        {"event_type": "cost.added", "cost": 1e-7, "tags": [], "occurred_at": "0001-01-01T00:00:00Z"},
        {"event_type": "cost.added", "cost": 0.000000000000000001, "occurred_at": "9999-12-31T23:59:59.999999Z"},
        {"event_type": "cost.added", "cost": 999999999999.999999999999999999, "input_tokens": 1000000000},
        {"event_type": "state.set", "state_delta": [{"op": "add", "path": "/messages/-", "value": {"n": 1e399}}]}
    ]"""
    call("append_events(%s, %s)", run, batch)
    call("attach_artifact(%s, 'log', 'file:///a b', %s, 9223372036854775807, 'text/plain', 3)", run, bytes(range(32)))
    call("take_snapshot(%s, 5)", run)
    call("request_cancel(%s, 'enough')", run)
    child = call("fork_run(%s, 7, %s, %s)", run, '[{"op": "add", "path": "/n", "value": 2.50}]', "{}")
    call("append_event(%s, 'state.set', '{}', %s)", child, '[{"op": "replace", "path": "", "value": null}]')
    call("transition_run(%s, 'cancelled')", run)
    return run, child


def test_a_run_with_one_of_everything(recorded: tuple[UUID, UUID], audrey: Connection) -> None:
    run, child = recorded
    assert len(agrees(audrey, run).events) == 10
    assert len(agrees(audrey, child).events) == 2


def test_erased_content_is_proved_by_the_hashes_that_stayed(
    two_projects: TwoProjects, alice: Connection, audrey: Connection
) -> None:
    run, child = record(alice, two_projects.a)
    oscar = two_projects.connect("oscar")
    for seq, unknown in ((4, 0), (7, 4), (3, 8), (8, 8), (1, 8)):
        oscar.execute("select hypermind.erase_payload(%s, %s, 'personal data')", (run, seq))
        assert agrees(audrey, run).states.count(UNKNOWN) == unknown
    assert agrees(audrey, child).states.count(UNKNOWN) == 0
    oscar.execute("select hypermind.erase_payload(%s, 1, 'a copy')", (child,))
    assert agrees(audrey, child).states.count(UNKNOWN) == 2
    oscar.execute("select hypermind.erase_run(%s, 'personal data')", (run,))
    assert agrees(audrey, run).states.count(UNKNOWN) == 8


@pytest.mark.parametrize(
    "setting",
    [
        "DateStyle=SQL,DMY",
        "DateStyle=German",
        "TimeZone=Asia/Kathmandu",
        "TimeZone=America/St_Johns",
        "extra_float_digits=-15",
        "bytea_output=escape",
        "IntervalStyle=iso_8601",
        "quote_all_identifiers=on",
        "array_nulls=off",
        "standard_conforming_strings=on",
        "plan_cache_mode=force_generic_plan",
        "enable_hashagg=off",
        "client_encoding=LATIN1",
    ],
)
def test_no_setting_of_the_session_takes_part(two_projects: TwoProjects, audrey: Connection, setting: str) -> None:
    """Neither in what is recorded nor in what is read and verified."""
    options = "-c " + setting
    given = RICH_INPUT if "LATIN1" not in setting else '{"a": "é", "n": 1.10}'
    with psycopg.connect(two_projects.dsn_of("alice"), autocommit=True, options=options) as alice:
        run, child = record(alice, two_projects.a, given)
    for each in (run, child):
        found = agrees(audrey, each)
        with psycopg.connect(two_projects.dsn_of("audrey"), autocommit=True, options=options) as reader:
            valid = reader.execute("select valid, problem from hypermind.verify_run(%s)", (each,)).fetchone()
            assert valid == (True, None)
            for seq in range(len(found.hashes)):
                query = "select encode(digest, 'hex') from hypermind.resolve_replay_context(%s, %s)"
                assert reader.execute(query, (each, seq)).fetchone() == (found.replay_digest(seq).hex(),)


# Anything that JSON can hold

characters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
strings = st.text(characters, max_size=12)
numbers = st.one_of(
    st.integers(-(10**40), 10**40),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30),
    st.builds(lambda digits, power: Decimal(digits).scaleb(power), st.integers(-(10**9), 10**9), st.integers(-60, 60)),
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, strings),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(strings, inner, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(strings, values, max_size=5)
costs = st.decimals(min_value=0, max_value=10**12 - 1, allow_nan=False, places=18) | st.decimals(0, 10**6, places=2)
moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))
counts = st.integers(0, 10**9)
additions = st.fixed_dictionaries({"op": st.just("add"), "path": st.sampled_from(["/a", "/b", "/c"]), "value": values})
events = st.fixed_dictionaries(
    {"event_type": st.sampled_from(["note.added", "custom.x_1"]), "payload": objects},
    optional={
        "state_delta": objects | st.lists(additions, max_size=3),
        "model": strings.filter(bool),
        "tool": strings.filter(bool),
        "tags": st.lists(strings.filter(bool), max_size=4),
        "input_tokens": counts,
        "output_tokens": counts,
        "cost": costs,
        "occurred_at": moments.map(str),
        "event_id": st.uuids().map(str),
    },
)


def raw(value: Any) -> str:
    """JSON as a client may write it: with exponents, escapes, any order of keys, and no space."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{raw(value[key])}" for key in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(raw, value)) + "]"
    return json.dumps(value)


@settings(max_examples=30, deadline=None)
@given(given=objects, metadata=objects, batch=st.lists(events, min_size=1, max_size=4))
def test_whatever_is_recorded(
    two_projects: TwoProjects, alice: Connection, audrey: Connection, given: Any, metadata: Any, batch: list[Any]
) -> None:
    create = "select hypermind.create_run(%s, 'chat', '{}', %s, %s)"
    run = alice.execute(create, (two_projects.a, raw(given), raw(metadata))).fetchone()[0]
    alice.execute("select hypermind.append_events(%s, %s)", (run, raw(batch)))
    for event in batch:
        names = [name for name in event if name != "event_id"]
        call = sql.SQL("select hypermind.append_event(%s, {})").format(
            sql.SQL(", ").join(sql.SQL("{} => %s").format(sql.Identifier(f"p_{name}")) for name in names)
        )
        json_columns = ("payload", "state_delta")
        params = [raw(event[name]) if name in json_columns else event[name] for name in names]
        alice.execute(call, [run, *params])
    agrees(audrey, run)


# Nothing can be changed unnoticed

CHANGES: dict[str, dict[str, str]] = {
    "run_events": {
        "run_id": "other_run",
        "seq": "seq + 100",
        "project_id": "gen_random_uuid()",
        "event_id": "gen_random_uuid()",
        "event_type": "event_type || 'x'",
        "contract_version": "coalesce(contract_version, 0) + 1",
        "parent_seq": "case when parent_seq is null then 1 end",
        "payload": """payload || '{"x": 1}'""",
        "state_delta": """'{"x": 1}'""",
        "salt": "gen_random_uuid()",
        "model": "concat(model, 'x')",
        "tool": "concat(tool, 'x')",
        "tags": "array_append(tags, 'x')",
        "input_tokens": "coalesce(input_tokens, 0) + 1",
        "output_tokens": "coalesce(output_tokens, 0) + 1",
        "cost": "coalesce(cost, 0) + 0.1",
        "text_rule": "(coalesce(text_rule, 0) + 1)::smallint",
        "subject_hash": "sha256('x')",
        "occurred_at": "occurred_at + interval '1 microsecond'",
        "recorded_at": "recorded_at + interval '1 microsecond'",
        "event_hash": "sha256(event_hash)",
    },
    "runs": {
        "project_id": "other_project",
        "mode": "'batch'",
        "agent": "concat(agent, 'x')",
        "model": "concat(model, 'x')",
        "tags": "array_append(tags, 'x')",
        "owner": "owner || 'x'",
        "created_by": "created_by || 'x'",
        "input": """input || '{"x": 1}'""",
        "metadata": """metadata || '{"x": 1}'""",
        "salt": "gen_random_uuid()",
        "parent_run_id": "gen_random_uuid()",
        "forked_at_seq": "forked_at_seq + 1",
        "parent_event_hash": "sha256(parent_event_hash)",
        "created_at": "created_at + interval '1 microsecond'",
    },
    "run_outcomes": {
        "project_id": "other_project",
        "status": "'failed'",
        "last_seq": "last_seq + 1, events = events + 1",
        "last_hash": "sha256(last_hash)",
        "ended_at": "ended_at + interval '1 microsecond'",
        "events": "events + 1, last_seq = last_seq + 1",
        "input_tokens": "input_tokens + 1",
        "output_tokens": "output_tokens + 1",
        "cost": "cost + 0.1",
    },
    "run_config_refs": {
        "slot": "slot || 'x'",
        "kind": "'tool'",
        "name": "name || 'x'",
        "label": "concat(label, 'x')",
        "content_sha256": "sha256(content_sha256)",
    },
    "run_artifacts": {
        "artifact_id": "gen_random_uuid()",
        "project_id": "other_project",
        "kind": "kind || 'x'",
        "media_type": "media_type || 'x'",
        "uri": "uri || 'x'",
        "sha256": "sha256(sha256)",
        "size_bytes": "size_bytes - 1",
        "metadata": """metadata || '{"x": 1}'""",
        "salt": "gen_random_uuid()",
        "created_at": "created_at + interval '1 microsecond'",
    },
    "run_state_snapshots": {
        "state": """'{"x": 1}'""",
        "salt": "gen_random_uuid()",
        "state_hash": "sha256(state_hash)",
    },
    "config_versions": {"content": """content || '{"x": 1}'"""},
}


NAMED: dict[str | tuple[str, str], str] = {  # where verify_run() finds another table than the one that was changed
    "run_config_refs": "runs",
    ("run_outcomes", "last_seq"): "run_events",
    ("run_outcomes", "events"): "run_events",
}


def test_every_column_is_tried(audrey: Connection) -> None:
    """Those left out: keys that cannot change alone, and what docs/hash-chain.md says nothing vouches for."""
    left_out = {
        "runs": {"run_id"},
        "run_outcomes": {"run_id"},
        "run_config_refs": {"run_id", "project_id", "config_id", "version"},
        "run_artifacts": {"run_id", "seq"},
        "run_state_snapshots": {"run_id", "seq", "project_id", "taken_at", "taken_by", "contract_version"},
        "config_versions": {
            *("config_id", "version", "project_id", "content_sha256"),
            *("summary", "author", "created_at", "contract_version"),
        },
    }
    query = "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped"
    for table, changes in CHANGES.items():
        columns = {column for (column,) in audrey.execute(query, (f"hypermind.{table}",))}
        assert columns - left_out.get(table, set()) == set(changes), table


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table, changes in CHANGES.items() for column in changes]
)
def test_a_change_is_found(
    dsn: str, two_projects: TwoProjects, recorded: tuple[UUID, UUID], table: str, column: str
) -> None:
    """By verify_run and by this file, whoever made it; in a transaction that is rolled back."""
    with psycopg.connect(dsn) as superuser:
        set_json_loads(loads, superuser)
        superuser.execute("set local timezone = 'UTC'")
        guarded = sql.Identifier("hypermind", table)
        superuser.execute(sql.SQL("alter table {} disable trigger user").format(guarded))
        superuser.execute("set local session_replication_role = replica")  # foreign keys look away too
        run = (
            recorded[1] if table == "runs" and CHANGES[table][column].startswith(("forked", "sha256")) else recorded[0]
        )
        others = {"other_project": f"'{two_projects.b}'", "other_run": f"'{recorded[1]}'"}
        change = others.get(CHANGES[table][column], CHANGES[table][column])
        where = "run_id = %s and seq = 3" if table == "run_events" else "run_id = %s"
        if table == "config_versions":
            where = "config_id in (select config_id from hypermind.run_config_refs where run_id = %s)"
        if table == "run_config_refs":
            where += " and slot = 'z'"
        done = superuser.execute(f"update hypermind.{table} set {column} = {change} where {where}", (run,))
        assert done.rowcount > 0
        superuser.execute("set local session_replication_role = origin")
        superuser.execute("set local role audrey")
        query = "select valid, bad_seq, bad_object, problem from hypermind.verify_run(%s)"
        valid, bad_seq, bad_object, problem = superuser.execute(query, (run,)).fetchone()
        assert valid is False
        assert problem
        assert bad_object == NAMED.get((table, column), NAMED.get(table, table))
        if table == "run_events":
            assert bad_seq == 3
        assert Recomputed(superuser, run).problems != []
        superuser.rollback()


COPY_OF_4 = """insert into hypermind.run_events select (e).* from (
    select jsonb_populate_record(e, '{"seq": 11}') as e from hypermind.run_events as e where run_id = %(run)s
    and seq = 4
) as copy"""
SWAP = "update hypermind.run_events set seq = 111 - seq where run_id = %(run)s and seq in (5, 6)"
SWAPPED = "update hypermind.run_events set seq = seq - 100 where run_id = %(run)s and seq > 100"


@pytest.mark.parametrize(
    ("changes", "bad_seq"),
    [
        (["delete from hypermind.run_events where run_id = %(run)s and seq = 1"], 1),
        (["delete from hypermind.run_events where run_id = %(run)s and seq = 4"], 4),
        (["delete from hypermind.run_events where run_id = %(run)s and seq = 10"], 10),
        ([COPY_OF_4], 11),
        ([SWAP, SWAPPED], 5),
        (["delete from hypermind.run_artifacts where run_id = %(run)s"], 8),
        (["delete from hypermind.run_config_refs where run_id = %(run)s and slot = 'z'"], 1),
        (["delete from hypermind.run_outcomes where run_id = %(run)s"], 10),
    ],
    ids=[
        "the first event",
        "an event",
        "the last event",
        "one more",
        "two swapped",
        "an artifact",
        "a pin",
        "the outcome",
    ],
)
def test_what_is_missing_or_too_much_is_found(
    dsn: str, recorded: tuple[UUID, UUID], changes: list[str], bad_seq: int
) -> None:
    with psycopg.connect(dsn) as superuser:
        for table in ("run_events", "run_artifacts", "run_config_refs", "run_outcomes"):
            superuser.execute(f"alter table hypermind.{table} disable trigger user")
        superuser.execute("set local session_replication_role = replica")
        for change in changes:
            assert superuser.execute(change, {"run": recorded[0]}).rowcount > 0
        superuser.execute("set local session_replication_role = origin")
        superuser.execute("set local role audrey")
        query = "select valid, bad_seq from hypermind.verify_run(%s)"
        assert superuser.execute(query, (recorded[0],)).fetchone() == (False, bad_seq)
        superuser.rollback()


# Test vectors


def vector_row(row: Row) -> Row:
    """A row of the vectors with Python's types."""
    types: list[tuple[tuple[str, ...], Callable[[str], Any]]] = [
        (("run_id", "project_id", "event_id", "artifact_id", "parent_run_id", "salt"), UUID),
        (("occurred_at", "recorded_at", "created_at", "ended_at"), datetime.fromisoformat),
        (("subject_hash", "sha256", "parent_event_hash"), lambda value: bytes.fromhex(value.removeprefix("\\x"))),
        (("cost",), Decimal),
    ]
    found = dict(row)
    for names, make in types:
        for name in names:
            if isinstance(found.get(name), str):
                found[name] = make(found[name])
    for name in ("payload", "state_delta", "input", "metadata"):
        if found.get(name) is not None:
            found[name] = loads(found[name])
    return found


def vector_json(row: Row) -> str:
    """A row of the vectors as PostgreSQL's jsonb_populate_record takes it; JSON columns are kept digit by digit."""
    json_columns = ("payload", "state_delta", "input", "metadata")
    members = [
        f"{json.dumps(name)}: {value if name in json_columns and value is not None else json.dumps(value)}"
        for name, value in row.items()
    ]
    return "{" + ", ".join(members) + "}"


def computed(vector: Row) -> str:
    """The text of a vector, by the implementation in this file."""
    row = vector_row(vector["row"])
    match vector["kind"]:
        case "json":
            return text(loads(row["value"]))
        case "event":
            return event_text(row)
        case "run":
            state_hash = vector["base_state_hash"]
            return run_text(row, vector["pins"], state_hash and bytes.fromhex(state_hash))
        case "artifact":
            return artifact_text(row)
        case "outcome":
            return outcome_text(row)
        case "replay":
            at = bytes.fromhex(vector["event_hash"])
            given, state = loads(vector["input"]), loads(vector["state"])
            return replay_text(row["run_id"], row["at_seq"], at, vector["pins"], given, state)
        case kind:
            raise AssertionError(kind)


SQL_HASHES = {
    "json": "select sha256(uuid_send(%(salt)s) || convert_to((%(value)s::jsonb)::text, 'UTF8'))",
    "event": """select sha256(%(before)s || hypermind_private.canonical_event(
        e.run_id, e.seq, e.project_id, e.event_id, e.event_type, e.contract_version, e.parent_seq,
        hypermind_private.salted_hash(e.salt, e.payload), hypermind_private.salted_hash(e.salt, e.state_delta),
        e.model, e.tool, e.tags, e.input_tokens, e.output_tokens, e.cost, e.text_rule, e.subject_hash, e.occurred_at,
        e.recorded_at)) from jsonb_populate_record(null::hypermind.run_events, %(row)s) as e""",
    "run": """select hypermind_private.run_hash(r, %(pins)s, %(base_state_hash)s)
        from jsonb_populate_record(null::hypermind.runs, %(row)s) as r""",
    "artifact": """select hypermind_private.artifact_hash(a)
        from jsonb_populate_record(null::hypermind.run_artifacts, %(row)s) as a""",
    "outcome": """select hypermind_private.outcome_hash(o)
        from jsonb_populate_record(null::hypermind.run_outcomes, %(row)s) as o""",
    "replay": """select hypermind_private.replay_digest(%(run_id)s, %(at_seq)s, %(event_hash)s, %(configs)s, %(input)s,
        %(state)s)""",
}


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=[vector["name"] for vector in VECTORS["vectors"]])
def test_the_vectors(owner_conn: Connection, vector: Row) -> None:
    kind, row = vector["kind"], vector["row"]
    assert computed(vector) == vector["text"]

    before = bytes.fromhex(vector.get("before", ""))
    prefix = UUID(row["salt"]).bytes if kind == "json" else before
    assert sha256(prefix + vector["text"].encode()).hexdigest() == vector["sha256"]

    params: Row = {"row": vector_json(row), "before": before, **row}
    if kind == "json":
        call = "select hypermind_private.salted_hash(%(salt)s, %(value)s)"
        assert owner_conn.execute(call, params).fetchone() == (bytes.fromhex(vector["sha256"]),)
    if kind == "run":
        params["pins"] = json.dumps(vector["pins"])
        params["base_state_hash"] = vector["base_state_hash"] and bytes.fromhex(vector["base_state_hash"])
    if kind == "replay":
        names = ("slot", "kind", "name", "version", "content_sha256")
        configs = [dict(zip(names, pin, strict=True)) for pin in vector["pins"]]
        params |= {key: vector[key] for key in ("input", "state")}
        params |= {"event_hash": bytes.fromhex(vector["event_hash"]), "configs": json.dumps(configs)}
    found = owner_conn.execute(SQL_HASHES[kind], params).fetchone()
    assert found == (bytes.fromhex(vector["sha256"]),)
