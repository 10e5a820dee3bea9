"""Every argument of every function that clients may call, with hostile values: refused in our words, or taken.

A call succeeds, is refused with a code of docs/errors.md, or is refused by a type before the function sees the value.
Never an internal error, an error of PostgreSQL from within a function, a timeout or a lost connection; and what is
taken leaves a ledger that verifies.

HYPERMIND_FUZZ=100000 tries that many random combinations of several hostile arguments, too.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from conftest import Connection, TwoProjects, only_with
from function_calls import OWN_RIGHTS, PEOPLE, Function, Recorded, functions, one, prepared, record, statement, undone

pytestmark = only_with("system", "what refuses is the schema's")

COMBINATIONS = int(os.environ.get("HYPERMIND_FUZZ", "300"))
TIMEOUT = "30s"

VERIFIED = """
    select bool_and(v.valid) from hypermind.runs as r cross join lateral hypermind.verify_run(r.run_id) as v
    where r.run_id = %s"""
NEW_RUNS = ("create_run", "fork_run")
DEEP = 3000  # levels: what jsonb takes, and far more than the ledger does
JSON = [
    "null",
    "true",
    "0",
    "-0.0",
    "1e400",
    "-1e131071",
    "1e-16383",
    '""',
    '"x"',
    "[]",
    "{}",
    "[null]",
    "[[]]",
    "[{}]",
    '{"": null}',
    '{"a": 1, "a": 2}',
    '{"__proto__": {"$ref": "#"}}',
    '{"a": "\\u0000"}',
    '"\\ud800"',
    "{",
    "NaN",
    "",
    '{"a": 1e400}',
    '{"cost": 1e131071}',
    "[" + ", ".join(["1e131071"] * 1000) + "]",
    "[" * DEEP + "]" * DEEP,
    '{"a":' * DEEP + "1" + "}" * DEEP,
    '{"a":' * 101 + "1" + "}" * 101,
    '{"a": "' + "x" * (16 << 20) + '"}',
    '["' + "x" * 1_000_000 + '"]',
    "[" + ",".join(["0"] * 20_001) + "]",
    "{" + ",".join(f'"{n}": {n}' for n in range(20_000)) + "}",
    '[{"op": "add", "path": "/a/b/c", "value": 1}]',
    '[{"op": "move", "from": "", "path": "/a"}]',
    '[{"op": "copy", "from": "/m", "path": "/m/-"}]',
    '[{"op": "test", "path": "", "value": null}]',
    '[{"op": "add", "path": "/m/99999999999999999999", "value": 1}]',
    '[{"op": "add", "path": "/m/-1", "value": 1}]',
    '[{"op": "remove", "path": "/~2"}]',
    '[{"op": null}]',
    '[{"op": "replace", "path": "", "value": 1}]',
    '[{"event_type": null}]',
    '[{"event_type": "custom.a", "payload": null}]',
    '[{"event_type": {}, "tags": {}}]',
    '[{"event_type": "custom.a", "cost": "NaN"}]',
    '[{"event_type": "custom.a", "cost": 1e131071}]',
    '[{"event_type": "custom.a", "event_id": "x"}]',
    '[{"event_type": "custom.a", "parent_seq": 99999999999999999999}]',
    '[{"event_type": "custom.a", "parent_seq": 1.5}]',
    '[{"event_type": "custom.a", "occurred_at": "infinity"}]',
    '[{"event_type": "custom.a", "occurred_at": "4714-01-01 BC"}]',
    '[{"event_type": "custom.a", "tags": [[1], null]}]',
    '[{"event_type": "custom.a", "tags": ["a", "a"]}]',
    '[{"event_type": "custom.a", "input_tokens": -1}]',
    '[{"event_type": "custom.a", "input_tokens": "1e3"}]',
    '[{"event_type": "custom.a", "model": {"a": 1}}]',
    '{"p": null}',
    '{"p": {"kind": [], "name": {}, "version": "x"}}',
    '{"": {"kind": "prompt"}}',
    '{"p": {"kind": "prompt", "name": "greeting", "version": 99999999999999999999}}',
    '{"p": {"kind": "prompt", "name": "greeting", "version": 1.5}}',
    '{"p": {"kind": "prompt", "name": "greeting"}}',
    '{"p": {"kind": "prompt", "name": "greeting", "version": 1, "label": "x"}}',
    '{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}',
    '{"type": 1}',
    '{"pattern": "(((((a+)+)+)+)+$"}',
    '{"$ref": "http://example.com/"}',
    '{"minimum": 1e400}',
    '{"maxLength": -1}',
    '{"multipleOf": 0}',
    '{"enum": []}',
    '{"properties": {"a": 1}}',
    '{"pattern": "["}',
    '{"const": "' + "'" * 100 + '"}',
    '{"required": ["a", "a"]}',
    '{"properties": {"\'; drop table runs; --": {"type": "string"}, "$.x ? (@ > 1)": {}}}',
    '{"model": "x"}',
    '{"tool": 1}',
    '{"model": "$.a", "cost": "gen_ai.usage.cost"}',
    '[{"run_id": "x"}]',
    '[{"run_id": null}]',
    '[1, "x", null]',
    '[{"run_id": "0197e000-0000-7000-8000-000000000000"}]',
]
TEXT = [
    "",
    " ",
    "x",
    "x" * 101,
    "x" * 2001,
    "x" * 1_000_000,
    "é" * 100_000,
    "\x01\x1b[31m",
    "\u202ea\ufeff\uffff\U0010ffff",
    "'; drop schema hypermind cascade; --",
    "$$",
    "$function$ $1",
    "\\",
    "\\'",
    '"',
    "%s %I %L %",
    "a.b",
    "a.b\n",
    "a..b",
    "run.created",
    "NULL",
    "null",
    "{}",
    "{a,b}",
    "[]",
    '{"a": 1}',
    "{",
    "1",
    "-1",
    "1e400",
    "NaN",
    "infinity",
    "2026-01-01",
    "(((((",
    "a & b | !(c",
    "<->",
    "a:*",
    "'a'",
    "a\tb",
    '"' * 999,
    "a " * 500,
    "-a -b",
    "%",
    "_",
    "?",
    "$.**",
    "day",
    "running",
    "chat",
    "prompt",
    "state",
    "strict",
    "greeting",
    "production",
    "custom.a",
    "runs",
    "pg_read_all_data",
    "hypermind_owner",
    "postgres",
    "list_runs:",
    "list_runs:0197e000-0000-7000-8000-000000000000",
    "activity:999999999999999999:0197e000-0000-7000-8000-000000000000:999999999999999999",
    "1e131071" * 1000,
    "[" * DEEP + "]" * DEEP,
    '{"a": "\\u0000"}',
    '"\\ud800"',
    '{"format": "hypermind.archive", "runs": -1}',
]
INTEGERS = ["0", "-1", "1", "2", "2147483647", "-2147483648", "2147483648", "1.5", "x", "", "1e3", "NaN"]
MOMENTS = [
    "infinity",
    "-infinity",
    "epoch",
    "4714-11-24 00:00:00+00 BC",
    "294276-12-31 23:59:59.999999+00",
    "0001-01-01",
    "9999-12-31 23:59:59.999999+00",
    "10001-01-01",
    "2020-01-01",
    "2020-02-01",
    "2020-01-15",
    "2026-01-01 00:00:00+15:59",
    "NaN",
    "",
    "x",
    "294277-01-01",
    "2026-02-30",
]
IDS = [
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "0197e000-0000-7000-8000-000000000000",
    "ffffffff-ffff-7fff-bfff-ffffffffffff",
    "00000000-0000-7000-8000-000000000000",
    "",
    "x",
    "{}",
]
ARRAYS = [
    "{}",
    "{NULL}",
    '{""}',
    "{{a,b},{c,d}}",
    "{{}}",
    "[5:6]={a,b}",
    "[-2147483648:-2147483647]={a,b}",
    "{a,a}",
    "{",
    "{" + ",".join(map(str, range(65))) + "}",
    "{" + ",".join(map(str, range(100_000))) + "}",
    "{" + "x" * 201 + "}",
    "{" + "x" * 1_000_000 + "}",
    '{"\'; drop table x; --", "\\\\"}',
    "{day}",
    "{day,model,tool,agent,status}",
    "{custom.a}",
    "{run.created,NULL}",
]
VALUES: dict[str, list[Any]] = {
    "jsonb": JSON,
    "text": TEXT,
    "name": [*TEXT, "alice", "carol", "-", "10", "public", "none", "current_user"],
    "smallint": [*INTEGERS, "32767", "-32768"],
    "integer": INTEGERS,
    "bigint": [*INTEGERS, "9223372036854775807", "-9223372036854775808", "9223372036854775808"],
    "numeric": [
        *INTEGERS,
        "NaN",
        "Infinity",
        "-Infinity",
        "-0",
        "1e131071",
        "1e-16383",
        "1e400",
        "0." + "1" * 16_383,
        "1e12",
    ],
    "boolean": ["true", "false", "x", ""],
    "uuid": IDS,
    "uuid[]": [
        "{}",
        "{NULL}",
        "{{" + IDS[0] + "},{" + IDS[1] + "}}",
        "{x}",
        "{" + ",".join([IDS[2]] * 1000) + "}",
        "[7:7]={" + IDS[2] + "}",
    ],
    "text[]": ARRAYS,
    "timestamp with time zone": MOMENTS,
    "date": [*MOMENTS, "4714-11-24 BC", "5874897-12-31", "5874898-01-01"],
    "interval": [
        "0",
        "-1 s",
        "1 us",
        "178000000 years",
        "-178000000 years",
        "1 mon -31 days",
        "infinity",
        "x",
        "",
        "30 days",
        "9223372036854775807 us",
    ],
    "bytea": [
        "",
        "\\x",
        "\\x00",
        "\\x" + "00" * 31,
        "\\x" + "ff" * 33,
        "\\x" + "00" * 1_000_000,
        "\\xzz",
        "\\x0",
        "x\\",
        "\\000",
    ],
}


@pytest.fixture(scope="module")
def recorded(two_projects: TwoProjects) -> Recorded:
    return record(two_projects)


@pytest.fixture(scope="module")
def catalog(admin_conn: Connection) -> dict[str, Function]:
    return {function.name: function for function in functions(admin_conn)}


@pytest.fixture(scope="module")
def connections(recorded: Recorded, two_projects: TwoProjects) -> Iterator[dict[str, Connection]]:
    """A connection of each person who calls functions."""
    with ExitStack() as stack:
        made = {}
        for person in (*PEOPLE.values(), *OWN_RIGHTS.values()):
            connection = stack.enter_context(psycopg.connect(two_projects.dsn_of(person), prepare_threshold=None))
            connection.execute(f"set statement_timeout = '{TIMEOUT}'".encode())
            connection.commit()
            made[person] = connection
        yield made


def problem(connection: Connection, function: Function, arguments: dict[str, Any]) -> str | None:
    """What is wrong with how a call was answered; None when it is as it should be. Nothing of it stays."""
    with undone(connection):
        try:
            done = connection.execute(statement(function, arguments), list(arguments.values()))
            if function.volatile:
                connection.execute("set constraints all immediate")
        except psycopg.Error as error:
            code, where = error.sqlstate or "", error.diag.context or ""
            refused_by_the_type = code[:2] in ("22", "54") and "function hypermind" not in where
            if code.startswith("MH") or refused_by_the_type:
                return None
            return f"{function.name}({described(arguments)}): {code} {str(error)[:300]}"
        run = done.fetchone()[0] if function.name in NEW_RUNS else arguments.get("p_run_id")
        if function.volatile and run is not None and one(connection, VERIFIED, run) is False:
            return f"{function.name}({described(arguments)}): what it left does not verify"
    return None


def hostile(recorded: Recorded, type_name: str) -> list[Any]:
    """The values to try for an argument of a type, ids of the other project's among them."""
    known: dict[str, list[Any]] = {
        "uuid": [*recorded.ids["b"].values(), *recorded.ids["a"].values()],
        "uuid[]": [[recorded.ids["b"]["run"]], [recorded.ids["a"]["archived"]] * 2],
        "name": [recorded.people.role_a, recorded.people.role_b, recorded.spare_role],
        "jsonb": broken_rows(recorded.rows["runs"]),
    }
    return [None, *VALUES[type_name], *known.get(type_name, [])]


def broken_rows(rows: str) -> list[str]:
    """Rows of a table, each time with one column that cannot be so."""
    (row,) = json.loads(rows)[:1]
    return [json.dumps([{**row, column: value}]) for column in row for value in (None, "x", -1, [{}])]


def described(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{name} => {str(value)[:80]!r}" for name, value in arguments.items())


def test_every_valid_call_works(
    catalog: dict[str, Function], recorded: Recorded, connections: dict[str, Connection]
) -> None:
    """What the tests below vary is a call that works."""
    for function in catalog.values():
        connection, arguments = connections[function.person], recorded.valid(function.name)
        assert function.required <= arguments.keys(), function.name
        with undone(connection):
            prepared(connection, recorded, function)
            connection.execute(statement(function, arguments), list(arguments.values()))


def test_every_type_has_hostile_values(catalog: dict[str, Function]) -> None:
    used = {type_name for function in catalog.values() for type_name in function.types.values()}
    assert used == VALUES.keys()


def test_every_argument_of_every_function(
    catalog: dict[str, Function], recorded: Recorded, connections: dict[str, Connection]
) -> None:
    problems, calls = [], 0
    for function in catalog.values():
        connection = connections[function.person]
        with undone(connection):
            prepared(connection, recorded, function)
            for name, type_name in function.types.items():
                for value in hostile(recorded, type_name):
                    problems.append(problem(connection, function, {**recorded.valid(function.name), name: value}))
                    calls += 1
    assert [each for each in problems if each] == []
    assert calls > 9000


def test_combinations(catalog: dict[str, Function], recorded: Recorded, connections: dict[str, Connection]) -> None:
    """Several hostile arguments at once, as a fixed seed has them."""
    chosen = random.Random(6)
    several = [function for function in catalog.values() if len(function.types) > 1]
    problems = []
    for _ in range(COMBINATIONS):
        function = chosen.choice(several)
        names = chosen.sample(list(function.types), chosen.randint(2, len(function.types)))
        values = {name: chosen.choice(hostile(recorded, function.types[name])) for name in names}
        connection = connections[function.person]
        with undone(connection):
            prepared(connection, recorded, function)
            problems.append(problem(connection, function, {**recorded.valid(function.name), **values}))
    assert [each for each in problems if each] == []
