"""How long writers wait while a month of many events is archived, detached, attached and dropped.

    .venv/bin/python bench/retire.py [system|wheel18] [--events 10000000] [--home FOLDER]

Loads one month of the past through create_run and append_events, 100 events a run, ended; with --home the loaded server
stays there, until its month is dropped. Then the steps are done, detaching and attaching several times, while four
writers append to runs of this month as fast as they can. Of each step: how long it took, and the longest that one
append took meanwhile; beside them, in the same run, the same for times without any step. At the client, the median and
the worst of all rounds; fsync and synchronous_commit are on.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias
from uuid import UUID, uuid4

import psycopg
from common import make_durable
from reading import server_of

from hypermindlabs import embedded
from hypermindlabs.deploy import deploy

EVENTS_A_RUN, WRITERS, ROUNDS, IDLE_SECONDS = 100, 4, 7, 5
MONTH = (datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0) - timedelta(days=40)).replace(
    day=1
)
LOAD = """
do $$
declare
    v_run uuid;
begin
    for n in 1 .. 100 loop
        v_run := overlay(hypermind.uuidv7_floor(%s::timestamptz + n * interval '10 ms')::text
                         placing '7' || substr(md5(random()::text), 1, 3) || '-8' || substr(md5(random()::text), 1, 3)
                         || '-' || substr(md5(random()::text), 1, 12) from 15)::uuid;
        perform hypermind.create_run(%s, 'chat', p_run_id => v_run);
        perform hypermind.append_events(v_run, (
            select jsonb_agg(jsonb_build_object('event_type', 'metric.recorded', 'payload', jsonb_build_object(
                'name', 'latency', 'value', g, 'note', repeat(md5(g::text), 5))))
            from generate_series(1, %s) as g));
        perform hypermind.transition_run(v_run, 'cancelled');
    end loop;
end
$$
"""

Step: TypeAlias = tuple[str, Callable[[], object]]


@dataclass
class Writer:
    """Somebody who appends to a run without a pause, and how long each took."""

    dsn: str
    stopped: threading.Event

    def __post_init__(self) -> None:
        self.times: list[tuple[float, float]] = []
        self.thread = threading.Thread(target=self.write)
        self.thread.start()

    def write(self) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as conn:
            row = conn.execute("select hypermind.create_run(project_id, 'chat') from hypermind.projects").fetchone()
            assert row is not None
            while not self.stopped.is_set():
                begun = time.perf_counter()
                conn.execute("select hypermind.append_event(%s, 'a.b', '{}')", row, prepare=True)
                self.times.append((begun, time.perf_counter() - begun))

    def longest(self, begun: float, ended: float) -> float:
        return max((took for at, took in self.times if at + took >= begun and at <= ended), default=0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", nargs="?", default="wheel18")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--home", type=Path, help="keep the loaded server in this folder")
    args = parser.parse_args()
    with server_of(args) as server:
        if server.ensure_database("bench"):
            load(server, args.events)
        with psycopg.connect(server.dsn("bench"), autocommit=True) as admin:
            make_durable(admin)
        measure(server)


def load(server: embedded.Server, events: int) -> None:
    dsn = server.dsn("bench")
    deploy(dsn, verify=False)
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute("alter system set max_wal_size = '8GB'")
        admin.execute("select pg_reload_conf()")
        admin.execute("create role loader login; grant hypermind_operator to loader")
        row = admin.execute(
            "select hypermind.create_project('bench', 'p', hypermind.create_project_role('bench', 'p'))"
        ).fetchone()
        assert row is not None
        admin.execute("select hypermind.grant_project(%s, 'loader')", row)
    parts = events // EVENTS_A_RUN // 100
    with ProcessPoolExecutor(2) as pool:
        for done, _ in enumerate(
            pool.map(
                load_part, *zip(*((server.dsn("bench", user="loader"), row[0], n) for n in range(parts)), strict=True)
            ),
            1,
        ):
            print(f"\rloading: {done * 100 * EVENTS_A_RUN:,} of {events:,} events ", end="", file=sys.stderr)
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute("vacuum analyze")
        admin.execute("select hypermind.refresh_rollups(100000)")
    print(file=sys.stderr)


def load_part(dsn: str, project: UUID, part: int) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        at = MONTH + timedelta(seconds=part * 20)
        with psycopg.ClientCursor(conn) as cursor:
            cursor.execute(LOAD, (at, project, EVENTS_A_RUN - 2))


def measure(server: embedded.Server) -> None:
    stopped = threading.Event()
    writers = [Writer(server.dsn("bench", user="loader"), stopped) for _ in range(WRITERS)]
    month = MONTH.date()
    found: dict[str, list[tuple[float, float]]] = {}
    try:
        with psycopg.connect(server.dsn("bench", user="loader"), autocommit=True) as conn:
            conn.execute("select hypermind.set_retention_policy(null, 0, null, 0, 'a benchmark')")
            nothing: Step = ("nothing", lambda: time.sleep(IDLE_SECONDS))
            detach: Step = ("detach_period", lambda: move(conn, "detach_period", month))
            steps: list[Step] = [
                ("record_archive", lambda: record(conn, month)),
                ("plan_retention", lambda: conn.execute("select * from hypermind.plan_retention()").fetchall()),
                *[nothing, detach, nothing, ("attach_period", lambda: move(conn, "attach_period", month))] * ROUNDS,
                *[nothing, detach, nothing, ("drop_period", lambda: move(conn, "drop_period", month)), nothing],
            ]
            time.sleep(2)
            for name, step in steps:
                begun = time.perf_counter()
                step()
                ended = time.perf_counter()
                longest = max(writer.longest(begun, ended) for writer in writers)
                found.setdefault(name, []).append((ended - begun, longest))
                print(f"\r{name:20}", end="", file=sys.stderr)
            row = conn.execute("select events, runs from hypermind.archives").fetchone()
            assert row is not None
    finally:
        stopped.set()
        for writer in writers:
            writer.thread.join()
    print(
        f"\rPostgreSQL {server.version}, {os.cpu_count()} cores, "
        f"a month of {row[0]:,} events in {row[1]:,} runs, {WRITERS} writers"
    )
    print(f"{'':20}{'rounds':>8}{'took s':>10}{'longest append, ms: median':>30}{'worst':>10}")
    for name, rounds in found.items():
        took, longest = statistics.median(r[0] for r in rounds), [1000 * r[1] for r in rounds]
        print(f"{name:20}{len(rounds):8}{took:10.2f}{statistics.median(longest):30.1f}{max(longest):10.1f}")


def record(conn: psycopg.Connection[object], month: object) -> None:
    figures = conn.execute("select hypermind.archive_figures(%s)", (month,)).fetchone()
    conn.execute(
        "select hypermind.record_archive(%s, %s, 'file:///bench', %s)",
        (uuid4(), month, json.dumps(figures[0])),  # type: ignore[index]
    )


def move(conn: psycopg.Connection[object], function: str, month: object) -> None:
    while True:
        try:
            conn.execute(f"select hypermind.{function}(%s)".encode(), (month,))
            return
        except psycopg.errors.LockNotAvailable as error:
            print(f"{function}: {error.diag.message_primary}", file=sys.stderr)


if __name__ == "__main__":
    main()
