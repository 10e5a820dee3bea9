"""How long reading takes on a ledger of many events, beside the naive query for the same answer, in one run.

    .venv/bin/python bench/reading.py [system|wheel18] [--events 10000000] [--home FOLDER]

Loads runs through create_run and append_events, as an operator who backfills: 50 projects (Zipf-skewed), the 24 periods
before this month, 100 events a run, words of every frequency. With --home the loaded server stays there, and the next
run measures it again. Then each query is asked many times with other arguments, warm (all of them were asked once
before, a quarter of the memory is shared buffers): idle, and while somebody appends 200 events a second. The cold
figure is the first call after the server's restart (and, as root, with the system's cache dropped). Times in
milliseconds, at the client. The naive query is given up after 10 s.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import Event, Process, synchronize
from pathlib import Path
from typing import Any

import psycopg
from common import make_durable
from psycopg.types.json import Jsonb

from hypermindlabs import embedded
from hypermindlabs.deploy import deploy

PROJECTS, PERIODS, EVENTS_A_RUN, WORDS = 50, 24, 100, 20000
CALLS, NAIVE_CALLS, PATIENCE = 300, 2, 10
MODELS = ["m-large", "m-small", "m-mini", "m-rare"]
VERSIONS, KINDS, MEDIA_TYPES = 20, ["report", "table", "image"], ["text/plain", "text/csv", "image/png"]
TOOLS = ["search", "run_sql", "read_file", "write_file", "browse"]

# One run with its events, made in the server: the client's part would be the slowest. Word n stands in about every
# (n + 1)-th text.
LOAD = """
with run as materialized (
    select hypermind.create_run(%(project)s, 'chat', p_run_id => %(run)s, p_agent => %(agent)s, p_model => %(model)s,
                                p_tags => %(tags)s, p_owner => %(owner)s, p_configs => %(configs)s) as run_id
),
started as materialized (select run_id, hypermind.transition_run(run_id, 'running') from run),
attached as materialized (
    select run_id, hypermind.attach_artifact(run_id, %(kind)s, 'file:///' || run_id,
                                             sha256(convert_to(%(file)s, 'UTF8')), 1000, %(media_type)s)
    from started
)
select hypermind.append_events(run_id, (
    select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
        'event_type', case n %% 4 when 0 then 'model.requested' when 1 then 'model.responded'
                                  when 2 then 'tool.called' else 'tool.returned' end,
        'parent_seq', case when n %% 4 > 0 then 3 + n end,
        'occurred_at', to_char(%(at)s::timestamptz at time zone 'UTC' + n * interval '1.7 s',
                               'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'payload', case n %% 4
            when 0 then jsonb_build_object('gen_ai.request.model', %(model)s::text)
            when 1 then jsonb_build_object('gen_ai.response.model', %(model)s::text, 'content', w.words,
                                           'cost', 0.001 * n,
                                           'gen_ai.usage.input_tokens', 100 + n, 'gen_ai.usage.output_tokens', 20 + n)
            when 2 then jsonb_build_object('gen_ai.tool.name', t.tool, 'gen_ai.tool.call.arguments', w.words)
            else jsonb_build_object('gen_ai.tool.name', t.tool, 'gen_ai.tool.call.result', w.words) end
    )))
    from generate_series(0, %(events)s - 1) as n
    cross join lateral (select (%(tools)s::text[])[1 + (n / 4) %% cardinality(%(tools)s::text[])] as tool) as t
    cross join lateral (
        select string_agg('w' || floor(exp(random() * ln(%(words)s)))::int, ' ') as words
        from generate_series(1, 25 + n - n)
    ) as w
))
from attached"""


@dataclass(frozen=True)
class Query:
    """One question: the function's call, the naive statement, and their arguments from a random number generator."""

    name: str
    call: str
    naive: str
    arguments: Callable[[random.Random], dict[str, Any]]


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
            memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
            admin.execute(f"alter system set shared_buffers = '{memory // 4}MB'".encode())  # from the first restart on
        queries = questions(server)
        cold = {q.name: first_call(server, q) for q in queries}
        idle = {q.name: times(server, q) for q in queries}
        with appends(server, 200):
            busy = {q.name: times(server, q) for q in queries}
        naive = {q.name: naive_times(server, q) for q in queries}
        report(server, queries, cold, idle, busy, naive)


@contextlib.contextmanager
def server_of(args: argparse.Namespace) -> Iterator[embedded.Server]:
    if args.home is None:
        with embedded.temporary(args.server) as server:
            yield server
        return
    server = embedded.Server(args.home, args.server, durable=False)
    server.start()
    try:
        yield server
    finally:
        server.stop()


# Loading


def load(server: embedded.Server, events: int) -> None:
    dsn = server.dsn("bench")
    deploy(dsn, verify=False)
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute("alter system set max_wal_size = '8GB'")
        admin.execute("select pg_reload_conf()")
        admin.execute("create role loader login; grant hypermind_operator to loader")
        for n in range(PROJECTS):
            name = f"p{n}"
            admin.execute(
                "select hypermind.create_project('bench', %s, hypermind.create_project_role('bench', %s))", (name, name)
            )
        admin.execute("select hypermind.grant_project(project_id, 'loader') from hypermind.projects")
        admin.execute("set role loader")
        admin.execute(
            """select hypermind.register_config(project_id, 'prompt', 'greeting', jsonb_build_object('text', n))
               from generate_series(1, %s) as n, hypermind.projects order by n""",
            (VERSIONS,),
        )
        admin.execute("reset role")
        projects = [row[0] for row in admin.execute("select project_id from hypermind.projects order by name")]
    started, runs = time.monotonic(), events // EVENTS_A_RUN
    with ProcessPoolExecutor(2) as pool:
        parts = [pool.submit(load_part, server.dsn("bench", user="loader"), projects, runs, part) for part in range(2)]
        while not all(part.done() for part in parts):
            time.sleep(5)
            progress(server, events, started)
        for part in parts:
            part.result()
    with psycopg.connect(dsn, autocommit=True) as admin:
        print("\rvacuum analyze ...", end="", file=sys.stderr)
        admin.execute("vacuum analyze")
        admin.execute("select hypermind.refresh_rollups(100000) from generate_series(1, %s)", (runs // 100000 + 1,))
    took = time.monotonic() - started
    print(f"\rloaded {events} events in {took:.0f} s: {events / took:.0f} a second", file=sys.stderr)


def load_part(dsn: str, projects: list[Any], runs: int, part: int) -> None:
    r = random.Random(part)
    weights = [1 / (n + 1) for n in range(len(projects))]
    now = datetime.now(UTC)
    with psycopg.connect(dsn, autocommit=True) as conn:
        for number in range(part, runs, 2):
            at = now - timedelta(days=30.4 * PERIODS * (1 - number / runs), seconds=r.random() * 3600)
            run = uuid7(at, r)
            conn.execute(
                LOAD,
                {
                    "project": r.choices(projects, weights)[0],
                    "run": run,
                    "at": at,
                    "agent": f"agent-{r.randrange(8)}",
                    "model": r.choices(MODELS, [60, 30, 9, 0.1])[0],
                    "tags": [f"t{int(r.paretovariate(0.5)) % 1000}", f"batch-{number // 1000}"],
                    "owner": f"user-{int(r.paretovariate(0.7)) % 500}",
                    "configs": Jsonb(
                        {"system": {"kind": "prompt", "name": "greeting", "version": int(r.triangular(1, VERSIONS, 1))}}
                    ),
                    "kind": r.choices(KINDS, [50, 49, 1])[0],
                    "media_type": r.choice(MEDIA_TYPES),
                    "file": f"file {r.randrange(runs)}",
                    "events": EVENTS_A_RUN - 4,
                    "tools": r.sample(TOOLS, 3) if r.random() > 0.001 else ["rare_tool"],
                    "words": WORDS,
                },
                prepare=True,
            )
            if r.random() > 0.01:
                status = r.choices(["completed", "failed", "cancelled"], [90, 9, 1])[0]
                conn.execute("select hypermind.transition_run(%s, %s)", (run, status), prepare=True)


def uuid7(at: datetime, r: random.Random) -> str:
    """A UUID of version 7 (RFC 9562) of a time."""
    number = int(at.timestamp() * 1000) << 80 | 7 << 76 | r.getrandbits(12) << 64 | 2 << 62 | r.getrandbits(62)
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def progress(server: embedded.Server, events: int, started: float) -> None:
    with psycopg.connect(server.dsn("bench")) as admin:
        row = admin.execute("select sum(events) from hypermind.run_outcomes").fetchone()
    done = int(row[0] or 0) if row else 0
    rate = done / (time.monotonic() - started)
    left = (events - done) / rate / 60 if rate else 0
    print(
        f"\rloading: {done:,} of {events:,} events, {rate:,.0f} a second, {left:.0f} min left ", end="", file=sys.stderr
    )


# Asking


def questions(server: embedded.Server) -> list[Query]:
    with psycopg.connect(server.dsn("bench"), autocommit=True) as admin:
        projects = [
            row[0] for row in admin.execute("select project_id from hypermind.projects order by length(name), name")
        ]
        sample = "select run_id from hypermind.runs order by random() limit 300"
        runs = [row[0] for row in admin.execute(sample)]
        page = "select cursor from hypermind.list_runs(%s, p_limit => 50, p_cursor => %s) offset 49"
        deep: dict[Any, str | None] = dict.fromkeys(projects[:5])
    with client(server) as conn:
        for project in deep:
            for _ in range(99):
                row = conn.execute(page, (project, deep[project])).fetchone()
                if row is None:
                    break
                deep[project] = row[0]

    def some_project(r: random.Random) -> dict[str, Any]:
        return {"project": r.choices(projects, [1 / (n + 1) for n in range(len(projects))])[0]}

    def filtered(name: str, values: list[Any]) -> Callable[[random.Random], dict[str, Any]]:
        return lambda r: {**some_project(r), name: r.choice(values)}

    def a_run(r: random.Random) -> dict[str, Any]:
        return {"run": r.choice(runs), "after": r.choice([0, 0, 0, 50])}

    def deep_page(r: random.Random) -> dict[str, Any]:
        project = r.choice(list(deep))
        return {"project": project, "cursor": deep[project]}

    def a_month(r: random.Random) -> dict[str, Any]:
        first = (
            (datetime.now(UTC).replace(day=15) - timedelta(days=30.4 * r.randint(1, PERIODS - 1))).date().replace(day=1)
        )
        return {**some_project(r), "from": first, "to": first + timedelta(days=30)}

    naive_runs = (
        """select * from hypermind.run_overview where project_id = %(project)s {} order by run_id desc limit 50"""
    )
    found = [
        Query(
            "timeline, page of 100",
            "select * from hypermind.run_timeline(%(run)s, %(after)s, 100)",
            """select *, occurred_at - lag(occurred_at) over (order by seq) from hypermind.run_events
               where run_id = %(run)s and seq > %(after)s order by seq limit 100""",
            a_run,
        ),
        Query(
            "runs, first page", "select * from hypermind.list_runs(%(project)s)", naive_runs.format(""), some_project
        ),
        Query(
            "runs, hundredth page",
            "select * from hypermind.list_runs(%(project)s, p_cursor => %(cursor)s)",
            naive_runs.replace("limit 50", "limit 50 offset 4950").format(""),
            deep_page,
        ),
    ]
    filters: list[tuple[str, str, list[Any], str]] = [
        ("status", "text", ["failed", "cancelled", "running", "paused"], "and status = %(status)s"),
        ("model", "text", [*MODELS, "absent"], "and model = %(model)s"),
        ("owner", "text", ["user-1", "user-40", "user-499", "nobody"], "and owner = %(owner)s"),
        ("agent", "text", ["agent-1", "nobody"], "and agent = %(agent)s"),
        ("tags", "text[]", [["t1"], ["t77"], ["batch-3"], ["absent"]], "and tags @> %(tags)s::text[]"),
        (
            "tool",
            "text",
            ["search", "rare_tool", "absent"],
            "and exists (select from hypermind.run_events e"
            " where e.run_id = run_overview.run_id and e.tool = %(tool)s)",
        ),
    ]
    for name, kind, values, naive in filters:
        call = f"select * from hypermind.list_runs(%(project)s, p_{name} => %({name})s::{kind})"
        found.append(Query(f"runs by {name}", call, naive_runs.format(naive), filtered(name, values)))
    call = "select * from hypermind.list_runs(%(project)s, null, null, null, null, null, null, null, null, "
    call += "'prompt', 'greeting', %(version)s)"
    pinned = """and exists (select from hypermind.run_pins p where p.run_id = run_overview.run_id and p.kind = 'prompt'
                            and p.name = 'greeting' and p.version = %(version)s)"""
    versions = filtered("version", [1, 5, VERSIONS - 1])
    found.append(Query("runs by config version", call, naive_runs.format(pinned), versions))
    words = {"common": ["w1", "w2", "w3"], "medium": ["w90", "w150"], "rare": ["w9000", "w15000"], "absent": ["xyzzy"]}
    for name, values in words.items():
        found.append(
            Query(
                f"search, {name} word",
                "select * from hypermind.search_events(%(word)s, %(project)s)",
                """select run_id, seq from hypermind.run_events where project_id = %(project)s and text_rule is not null
                   and to_tsvector('simple', hypermind.event_text(payload, text_rule))
                       @@ websearch_to_tsquery('simple', %(word)s)
                   order by run_id desc, seq desc limit 20""",
                filtered("word", values),
            )
        )
    found.append(
        Query(
            "artifacts by kind",
            "select * from hypermind.find_artifacts(%(project)s, p_kind => %(kind)s)",
            """select * from hypermind.run_artifacts where project_id = %(project)s and kind = %(kind)s
               order by run_id desc, seq desc limit 50""",
            filtered("kind", [*KINDS, "absent"]),
        )
    )
    found.append(
        Query(
            "rollup, project and month by day",
            "select * from hypermind.rollup(%(project)s, null, %(from)s, %(to)s)",
            """select date_trunc('day', created_at), count(*), sum(events), sum(input_tokens), sum(cost),
                      percentile_cont('{0.5,0.95}'::float8[]) within group (order by extract(epoch from duration))
               from hypermind.run_overview
               where project_id = %(project)s and created_at >= %(from)s and created_at < %(to)s
               group by 1""",
            a_month,
        )
    )
    return found


@contextlib.contextmanager
def client(server: embedded.Server) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(server.dsn("bench", user="loader"), autocommit=True) as conn:
        yield conn


def ask(conn: psycopg.Connection[Any], statement: str, arguments: dict[str, Any]) -> float:
    started = time.perf_counter()
    conn.execute(statement, arguments, prepare=False).fetchall()
    return (time.perf_counter() - started) * 1000


def first_call(server: embedded.Server, query: Query) -> float:
    server.stop()
    if os.geteuid() == 0:
        os.sync()
        with contextlib.suppress(OSError):
            Path("/proc/sys/vm/drop_caches").write_text("3")
    server.start()
    with client(server) as conn:
        return ask(conn, query.call, query.arguments(random.Random(7)))


def times(server: embedded.Server, query: Query) -> list[float]:
    r = random.Random(1)
    arguments = [query.arguments(r) for _ in range(CALLS)]
    with client(server) as conn:
        for each in arguments:
            ask(conn, query.call, each)
        return [ask(conn, query.call, each) for each in arguments]


def naive_times(server: embedded.Server, query: Query) -> list[float]:
    """As the owner of the database would ask, without row-level security; at most PATIENCE seconds a call."""
    r = random.Random(1)
    found = []
    with psycopg.connect(server.dsn("bench"), autocommit=True) as admin:
        admin.execute(f"set statement_timeout = '{PATIENCE}s'")
        for _ in range(NAIVE_CALLS):
            started = time.perf_counter()
            with contextlib.suppress(psycopg.errors.QueryCanceled):
                admin.execute(query.naive, query.arguments(r)).fetchall()
            found.append((time.perf_counter() - started) * 1000)
    return found


@contextlib.contextmanager
def appends(server: embedded.Server, a_second: int) -> Iterator[None]:
    """Somebody appends meanwhile."""
    stop = Event()
    process = Process(target=append_all_the_time, args=(server.dsn("bench", user="loader"), a_second, stop))
    process.start()
    try:
        yield
    finally:
        stop.set()
        process.join()


def append_all_the_time(dsn: str, a_second: int, stop: synchronize.Event) -> None:
    r = random.Random(2)
    with psycopg.connect(dsn, autocommit=True) as conn:
        run = conn.execute("select hypermind.create_run(project_id, 'chat') from hypermind.projects limit 1").fetchone()
        assert run is not None
        due = time.perf_counter()
        while not stop.is_set():
            words = " ".join(f"w{int(WORDS ** r.random())}" for _ in range(25))
            payload = json.dumps({"gen_ai.response.model": "m-large", "content": words})
            conn.execute("select hypermind.append_event(%s, 'model.responded', %s)", (run[0], payload), prepare=True)
            due += 1 / a_second
            time.sleep(max(0.0, due - time.perf_counter()))


def report(
    server: embedded.Server,
    queries: list[Query],
    cold: dict[str, float],
    idle: dict[str, list[float]],
    busy: dict[str, list[float]],
    naive: dict[str, list[float]],
) -> None:
    with psycopg.connect(server.dsn("bench"), autocommit=True) as admin:
        row = admin.execute("select sum(events), count(*) from hypermind.run_outcomes").fetchone()
        assert row is not None
        events, runs = row
        size = admin.execute("select pg_size_pretty(pg_database_size('bench'))").fetchone()
        assert size is not None
    print(f"PostgreSQL {server.version}, {os.cpu_count()} cores, {events:,} events in {runs:,} ended runs, {size[0]}")
    print("milliseconds; busy: beside 200 appends a second")
    heads = ("p50", "p95", "p99", "p95 busy", "p99 busy", "cold", "naive", "naive/p50")
    print(f"{'':36}" + "".join(f"{head:>10}" for head in heads))
    for query in queries:
        mine, others = idle[query.name], busy[query.name]
        plain = statistics.median(naive[query.name])
        figures = (
            *(percentile(mine, p) for p in (50, 95, 99)),
            *(percentile(others, p) for p in (95, 99)),
            cold[query.name],
            plain,
        )
        print(f"{query.name:36}" + "".join(f"{figure:10.2f}" for figure in figures) + f"{plain / figures[0]:10.0f}")


def percentile(values: list[float], p: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[p - 1]


if __name__ == "__main__":
    main()
