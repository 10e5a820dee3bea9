"""What an append costs, as ratios to a raw INSERT into the same table, side by side in one run.

    .venv/bin/python bench/append.py [system|wheel18]

Rounds of each kind alternate, one client, synchronous_commit on; medians of the time a call takes. The machine's own
noise is the spread; the ratios are what to read.
"""

from __future__ import annotations

import json
import os
import secrets
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg

from hypermindlabs import embedded
from hypermindlabs.deploy import deploy

ROUNDS, CALLS = 15, 60
PAYLOAD = json.dumps({"gen_ai.request.model": "m-1", "content": "Where is my order? " * 50})
PATCH = json.dumps([{"op": "add", "path": "/messages/-", "value": {"role": "user", "content": "Where is my order?"}}])
RAW = """
insert into hypermind.run_events (run_id, seq, project_id, event_id, event_type, payload, salt, model, input_tokens,
    output_tokens, occurred_at, recorded_at, event_hash)
values (%s, %s, %s, %s, 'model.responded', %s, %s, 'm-1', 120, 17, now(), now(), %s)"""
APPEND = """
select hypermind.append_event(%s, 'model.responded', %s, %s, p_event_id => %s, p_model => 'm-1', p_input_tokens => 120,
    p_output_tokens => 17)"""


def main() -> None:
    kind = sys.argv[1] if len(sys.argv) > 1 else "wheel18"
    with embedded.temporary(kind) as server:
        server.ensure_database("bench")
        dsn = server.dsn("bench")
        deploy(dsn, verify=False)
        with psycopg.connect(dsn, autocommit=True) as admin, client_of(server, admin) as client:
            make_durable(admin)
            row = admin.execute("select project_id from hypermind.projects").fetchone()
            assert row is not None
            report(measure(kinds_of_append(admin, client, row[0])), server.version)


def make_durable(admin: psycopg.Connection[Any]) -> None:
    """A throw-away server does not wait for the disk: what is measured does."""
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        admin.execute(f"alter system set {setting} = on")
    admin.execute("select pg_reload_conf()")
    while admin.execute("show fsync").fetchone() != ("on",):
        time.sleep(0.1)


def client_of(server: embedded.Server, admin: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """A writer who really logged in, of a project with some other open runs."""
    admin.execute("select hypermind.create_project('b', 'b', hypermind.create_project_role('b', 'b'))")
    admin.execute("create role writer login; grant hypermind_writer to writer")
    admin.execute("select hypermind.grant_project(project_id, 'writer') from hypermind.projects")
    client = psycopg.connect(server.dsn("bench", user="writer"), autocommit=True)
    client.execute("select hypermind.create_run(project_id, 'chat') from hypermind.projects, generate_series(1, 300)")
    admin.execute("vacuum analyze hypermind.run_heads")
    return client


def kinds_of_append(
    admin: psycopg.Connection[Any], client: psycopg.Connection[Any], project_id: UUID
) -> dict[str, Callable[[int], None]]:
    raw_run, plain = new_run(client, project_id, 0), new_run(client, project_id, 0)
    offset = secrets.randbelow(10**12)

    def raw(n: int) -> None:
        admin.execute(RAW, (raw_run, offset + n, project_id, uuid4(), PAYLOAD, uuid4(), os.urandom(32)), prepare=True)

    def append(run: UUID, delta: str | None) -> Callable[[int], None]:
        return lambda n: void(client.execute(APPEND, (run, PAYLOAD, delta, uuid4()), prepare=True))

    kinds = {"raw INSERT, same table and indexes": raw, "append_event": append(plain, None)}
    for size in (1, 10, 100, 1000):
        kinds[f"append_event with a JSON Patch, state of {size} KB"] = append(new_run(client, project_id, size), PATCH)
    return kinds


def void(_: object) -> None:
    return None


def new_run(client: psycopg.Connection[Any], project_id: UUID, state_kb: int) -> UUID:
    row = client.execute("select hypermind.create_run(%s, 'chat')", (project_id,)).fetchone()
    assert row is not None
    state = {"messages": [], "notes": {str(n): "x" * 1000 for n in range(state_kb)}}
    client.execute("select hypermind.append_event(%s, 'state.set', '{}', %s)", (row[0], json.dumps(state)))
    run_id: UUID = row[0]
    return run_id


def measure(kinds: dict[str, Callable[[int], None]]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in kinds}
    for r in range(ROUNDS + 1):
        for name, call in kinds.items():
            started = time.perf_counter()
            for n in range(CALLS):
                call(r * CALLS + n)
            if r:  # the first round warms up
                times[name].append((time.perf_counter() - started) / CALLS * 1e6)
    return times


def report(times: dict[str, list[float]], version: str) -> None:
    base = statistics.median(times["raw INSERT, same table and indexes"])
    plain = statistics.median(times["append_event"])
    print(f"PostgreSQL {version}, {os.cpu_count()} cores, {ROUNDS} rounds of {CALLS} calls")
    print(f"{'':48} {'median us':>10} {'spread':>13} {'to INSERT':>10} {'to append':>10}")
    for name, values in times.items():
        middle, low, high = statistics.median(values), min(values), max(values)
        print(f"{name:48} {middle:10.0f} {f'{low:.0f}-{high:.0f}':>13} {middle / base:10.2f} {middle / plain:10.2f}")


if __name__ == "__main__":
    main()
