"""What an append, a timeline, a search and a replay cost in ledgers of more and more events."""

from __future__ import annotations

import json
import random
import sys
import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
import reading
import results
from common import durable_server, only
from ledger import APPEND, PLAIN
from payloads import SCHEMA, texts
from rounds import Spread

from hypermindlabs import embedded

CALLS = 300
ASKED = {
    "timeline, page of 100": "timeline, page of 100",
    "search, common word": "search, common word",
    "search, rare word": "search, rare word",
}


def measure(kind: str, sizes: list[int]) -> dict[str, Any]:
    """A new ledger for each size, loaded as bench/reading.py does."""
    found: dict[str, Any] = {}
    machine = ""
    for size in sizes:
        with durable_server(kind) as server:
            machine = f"PostgreSQL {server.version}, {results.machine_of(server)}"
            server.ensure_database("bench")
            with psycopg.connect(server.dsn("bench"), autocommit=True) as admin:
                durable(admin, False)
                reading.load(server, size)
                durable(admin, True)
                found[str(size)] = {"milliseconds": costs(server), "database": size_of(admin)}
        print(f"{size:,} events: {found[str(size)]}", file=sys.stderr, flush=True)
    return {"sizes": found, "machine": machine, "date": datetime.now(UTC).date().isoformat()}


def durable(admin: psycopg.Connection[Any], wanted: bool) -> None:
    """Loading need not wait for the disk at every commit."""
    admin.execute(f"alter system set synchronous_commit = {'on' if wanted else 'off'}".encode())
    admin.execute("select pg_reload_conf()")


def costs(server: embedded.Server) -> dict[str, list[float]]:
    """Milliseconds of each: median and quartiles."""
    queries = {query.name: query for query in reading.questions(server)}
    found = {"append": appends(server)}
    found |= {name: reading.times(server, queries[query]) for name, query in ASKED.items()}
    found["replay at a step"] = replays(server)
    spreads = {name: Spread.of(times) for name, times in found.items()}
    return {name: [spread.median, spread.q1, spread.q3] for name, spread in spreads.items()}


def appends(server: embedded.Server) -> list[float]:
    """Of real messages to a new run, each with an event_id, under their contract."""
    payloads, found = texts(), []
    with reading.client(server) as conn:
        conn.execute("select hypermind.register_event_type(%s, %s)", (PLAIN, json.dumps(SCHEMA)))
        run = only(conn.execute("select hypermind.create_run(project_id, 'chat') from hypermind.projects limit 1"))
        for _ in range(CALLS):
            arguments = (run, PLAIN, next(payloads), None, uuid4())
            started = time.perf_counter()
            conn.execute(APPEND, arguments, prepare=True)
            found.append((time.perf_counter() - started) * 1000)
    return found


def replays(server: embedded.Server) -> list[float]:
    """Of runs and steps at random: configs, input, state and digest."""
    r = random.Random(5)
    with psycopg.connect(server.dsn("bench"), autocommit=True) as admin:
        runs = admin.execute("select run_id, last_seq from hypermind.run_outcomes order by random() limit %s", (CALLS,))
        steps = [(run, r.randint(1, last)) for run, last in runs]
    with reading.client(server) as conn:
        call = "select * from hypermind.resolve_replay_context(%(run)s, %(seq)s)"
        return [reading.ask(conn, call, {"run": run, "seq": seq}) for run, seq in steps]


def size_of(admin: psycopg.Connection[Any]) -> str:
    return str(only(admin.execute("select pg_size_pretty(pg_database_size('bench'))")))
