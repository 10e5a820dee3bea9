"""An hour of mixed work against one ledger: does memory stay flat, latency level, and does autovacuum keep up?

    .venv/bin/python bench/soak.py --minutes 2                       # to see it work; latency is not judged
    .venv/bin/python bench/soak.py --minutes 60 --record
    .venv/bin/python bench/soak.py --minutes 60 --forgotten-snapshot --record

Clients are processes of their own (soak_client.py): four writers in two projects, two readers, a dashboard, an
operator who maintains the ledger, and a yardstick: a plain INSERT and a plain SELECT in the same database, so that what
slows down everything is not taken for growth. Calls fall due at fixed times, and count from then. Every ten seconds it
looks at memory, tables, snapshots and locks. At the end it says a line a verdict (soak_verdicts.py); the exit code is 1
when one failed.

With --forgotten-snapshot a session keeps a REPEATABLE READ snapshot open from a quarter to three quarters of the time.
With --record it writes docs/soak.md, its plots and bench/results/soak.json. Linux only, for /proc. Let nothing else run
on the machine then.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import results
import soak_page
from common import durable_server, only
from psycopg.conninfo import make_conninfo
from soak_client import WINDOW, YARDSTICK_ROWS, Job, command
from soak_verdicts import Seen, Table, exit_code, judge

import hypermindlabs
from hypermindlabs.deploy import deploy
from hypermindlabs.embedded import Server

DATABASE = "soak"
ROLES = {  # a login role: its group, and the projects that it is a member of
    "writer_a": ("hypermind_writer", "a"),
    "writer_b": ("hypermind_writer", "b"),
    "reader": ("hypermind_reader", "ab"),
    "keeper": ("hypermind_operator", "ab"),
    "auditor": ("hypermind_auditor", ""),
}
WRITERS = 4
HOT = ("run_heads", "rollup_pending", "rollups", "maintenance_steps", "projects")
SERVER_PROCESSES = ("checkpointer", "background writer", "walwriter", "autovacuum launcher")
VERIFIED = 300  # short runs, at the end
PATIENCE = 120  # seconds for a client to end


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", nargs="?", default="system", choices=["system", "wheel18"])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=150, help="events a second, in all")
    parser.add_argument("--forgotten-snapshot", action="store_true")
    parser.add_argument("--record", action="store_true", help="write docs/soak.md of it")
    args = parser.parse_args()
    with durable_server(args.server) as server, tempfile.TemporaryDirectory(prefix="hypermind-soak-") as folder:
        machine = f"PostgreSQL {server.version}, {results.machine_of(server)}"
        soak = Soak(server, Path(folder), args.minutes * 60, args.rate, args.forgotten_snapshot)
        with soak.clients():
            soak.watch()
        soak.audit()
        verdicts = judge(soak.seen, HOT)
    if args.record:
        soak_page.record(soak.seen, verdicts, machine, args.rate)
        print(f"wrote {soak_page.PAGE}, {soak_page.RECORDED} and the plots", file=sys.stderr)
    return exit_code(verdicts)


@dataclass
class Soak:
    """A server under load, and what was seen of it."""

    server: Server
    folder: Path
    seconds: float
    rate: float
    forgets: bool
    jobs: list[Job] = field(default_factory=list)
    processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        held = (self.seconds / 4, self.seconds * 3 / 4) if self.forgets else None
        self.seen = Seen(self.seconds, held, window=WINDOW)
        self.forgotten: psycopg.Connection[Any] | None = None
        self.settle()
        self.admin = psycopg.connect(self.dsn("postgres"), autocommit=True)
        self.projects = self.people()
        self.long_runs = [self.long_run(number) for number in range(WRITERS)]

    def dsn(self, role: str, name: str = "soak") -> str:
        return make_conninfo(self.server.dsn(DATABASE, user=role), application_name=name)

    # Before

    def settle(self) -> None:
        """The schema, the yardstick, and checkpoints as often as an installation has them."""
        self.server.ensure_database(DATABASE)
        deploy(self.server.dsn(DATABASE), verify=False)
        with psycopg.connect(self.server.dsn(DATABASE), autocommit=True) as admin:
            for statement in (
                "alter system reset checkpoint_timeout",
                "alter system reset max_wal_size",
                "alter system set log_autovacuum_min_duration = 0",
                "alter system set log_lock_waits = on",
                "select pg_reload_conf()",
                "create role yardstick login",
                "create schema soak authorization yardstick",
                """create table soak.yardstick (
                       id bigint generated always as identity primary key, content text not null)""",
                "alter table soak.yardstick owner to yardstick",
                f"""insert into soak.yardstick (content)
                    select repeat('x', 1000) from generate_series(1, {YARDSTICK_ROWS})""",
            ):
                admin.execute(statement.encode())

    def people(self) -> dict[str, UUID]:
        """Two projects, by their names, and who works there."""
        projects = {name: only(self.admin.execute(PROJECT, {"name": name})) for name in "ab"}
        for role, (group, members) in ROLES.items():
            self.admin.execute(f"create role {role} login in role {group}".encode())
            for name in members:
                self.admin.execute("select hypermind.grant_project(%s, %s)", (projects[name], role))
        with hypermindlabs.connect(self.dsn("keeper")) as lab:
            lab.operations.set_retention_policy(
                None, keep_at_least=30, keep_at_most=365, archive_after=90, reason="a soak"
            )
            lab.operations.maintain()
            lab.operations.maintain()
        return projects

    def long_run(self, number: int) -> UUID:
        role, name = self.writer(number)
        with hypermindlabs.connect(self.dsn(role), max_size=1) as lab:
            run = lab.runs.create(self.projects[name], "workflow", metadata={"title": f"long run {number + 1}"})
            lab.runs.start(run)
        return run

    @staticmethod
    def writer(number: int) -> tuple[str, str]:
        """Role and project of a writer."""
        return ("writer_a", "a") if number % 2 == 0 else ("writer_b", "b")

    # The clients

    def make_jobs(self, began: float) -> list[Job]:
        quicker = max(1.0, 15 * 60 / self.seconds)
        a, b = (str(self.projects[name]) for name in "ab")
        runs = [str(run) for run in self.long_runs]

        def job(name: str, kind: str, role: str, projects: list[str], long_runs: list[str]) -> Job:
            share = self.rate / WRITERS
            return Job(name, kind, self.dsn(role, name), str(self.folder), began, share, quicker, projects, long_runs)

        writers = [
            job(f"writer {n + 1}", "writer", self.writer(n)[0], [str(self.projects[self.writer(n)[1]])], [runs[n]])
            for n in range(WRITERS)
        ]
        readers = [job(f"reader {n + 1}", "reader", "reader", [a, b], runs) for n in range(2)]
        readers.append(job("dashboard", "dashboard", "reader", [a, b], runs))
        keeper = job("keeper", "keeper", "keeper", [a, b], runs)
        return [*writers, *readers, keeper, job("yardstick", "yardstick", "yardstick", [], [])]

    @contextmanager
    def clients(self) -> Iterator[None]:
        """They work until the block ends."""
        self.began = time.monotonic() + 5  # all of them have started by then
        self.jobs = self.make_jobs(self.began)
        for job in self.jobs:
            self.processes[job.name] = subprocess.Popen(command(job), stderr=subprocess.PIPE, text=True)
        try:
            yield
        finally:
            for process in self.processes.values():
                process.send_signal(signal.SIGTERM)
            for name, process in self.processes.items():
                _, said = process.communicate(timeout=PATIENCE)
                if process.returncode:
                    self.seen.errors.append(f"{name} ended with {process.returncode}: {said.strip()[-300:]}")

    # Meanwhile

    def watch(self) -> None:
        """Looks at everything every ten seconds, and tells once a minute."""
        begun = {"wal": self.wal(), "transactions": self.transactions()}
        for number in range(int(self.seconds / WINDOW) + 1):
            at = number * WINDOW
            time.sleep(max(self.began + at - time.monotonic(), 0))
            self.hold_or_let_go(at)
            self.sample(at)
            if at % 60 == 0:
                print(self.progress(at), file=sys.stderr, flush=True)
        self.seen.figures["wal"] = self.wal() - begun["wal"]
        self.seen.figures["transactions"] = self.transactions() - begun["transactions"]

    def hold_or_let_go(self, at: float) -> None:
        if self.seen.held is None:
            return
        begin, end = self.seen.held
        if self.forgotten is None and begin <= at < end:
            self.forgotten = psycopg.connect(self.dsn("reader", "forgotten"))
            self.forgotten.execute("set transaction isolation level repeatable read")
            self.forgotten.execute("select count(*) from hypermind.run_heads")
        elif self.forgotten is not None and at >= end and not self.forgotten.closed:
            self.forgotten.close()

    def sample(self, at: float) -> None:
        for name, pid in [*self.client_pids(), *self.backends()]:
            if anonymous := memory_of(pid).get("Anonymous"):
                self.seen.memory.setdefault(name, []).append((at, anonymous))
        for row in self.admin.execute(TABLES).fetchall():
            self.seen.tables.setdefault(row[0], []).append(Table(at, *row[1:]))
        self.seen.snapshots.append((at, float(only(self.admin.execute(OLDEST_SNAPSHOT)))))
        self.seen.busiest.append((at, float(only(self.admin.execute(APPENDS_OF, (self.long_runs[0],))))))
        waiting = only(self.admin.execute("select count(*) from pg_stat_activity where wait_event_type = 'Lock'"))
        self.seen.figures["waiting"] = max(self.seen.figures.get("waiting", 0), waiting)

    def client_pids(self) -> list[tuple[str, int]]:
        return [(name, process.pid) for name, process in self.processes.items() if process.poll() is None]

    def backends(self) -> list[tuple[str, int]]:
        """The server's processes for the clients, and its own that stay."""
        rows = self.admin.execute("select application_name, backend_type, pid from pg_stat_activity").fetchall()
        ours = [(f"backend of {name}", pid) for name, _, pid in rows if name in self.processes]
        return ours + [(kind, pid) for _, kind, pid in rows if kind in SERVER_PROCESSES]

    def wal(self) -> float:
        return float(only(self.admin.execute("select pg_current_wal_lsn() - '0/0'")))

    def transactions(self) -> float:
        return float(only(self.admin.execute("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint")))

    def progress(self, at: float) -> str:
        heads = self.seen.tables["run_heads"][-1]
        megabytes = sum(points[-1][1] for points in self.seen.memory.values())
        return (
            f"{at / 60:.0f} min: {self.seen.busiest[-1][1]:,.0f} events in a long run, run_heads {heads.total:.2f} MB "
            f"with {heads.dead} dead, {megabytes:.0f} MB in {len(self.seen.memory)} processes, oldest snapshot "
            f"{self.seen.snapshots[-1][1]:.0f} s"
        )

    # After

    def audit(self) -> None:
        """Reads what the clients measured, and asks the ledger whether it has what they were told."""
        acknowledged: dict[UUID, int] = {}
        for job in self.jobs:
            self.take_in(job)
            if job.acknowledged.exists():
                lines = (line.split() for line in job.acknowledged.read_text().splitlines())
                acknowledged |= {UUID(run): int(seq) for run, seq in lines}
        self.seen.figures |= {"runs": len(acknowledged), "events": sum(acknowledged.values())}
        self.seen.figures["database"] = float(only(self.admin.execute("select pg_database_size(%s)", (DATABASE,))))
        self.seen.deadlocks = only(
            self.admin.execute("select deadlocks from pg_stat_database where datname = %s", (DATABASE,))
        )
        self.seen.figures["lock_waits"] = self.server.log.read_text(errors="replace").count(" still waiting for ")
        started = time.monotonic()
        self.seen.audit = {
            "every run is where its client was told that it is": self.misplaced(acknowledged),
            "the ledger has as many events as were acknowledged": self.miscounted(acknowledged),
            "check_integrity() finds nothing": self.problems(),
            "the long runs and a sample of the others verify": self.unverified(),
        }
        self.seen.figures["audit"] = time.monotonic() - started

    def take_in(self, job: Job) -> None:
        for line in job.measured.read_text().splitlines():
            read = json.loads(line)
            for kind, times in read["calls"].items():
                self.seen.calls.setdefault(kind, {}).setdefault(read["window"], []).extend(times)
            self.seen.errors += read["errors"]
            self.seen.health += [(read["window"] * WINDOW, words) for words in read["health"]]

    def misplaced(self, acknowledged: dict[UUID, int]) -> list[str]:
        found: dict[UUID, int] = dict(
            self.admin.execute(
                """select run_id, last_seq from hypermind.run_heads
                   union all select run_id, last_seq from hypermind.run_outcomes"""
            ).fetchall()
        )
        runs = sorted(found.keys() | acknowledged.keys())
        return [
            f"run {run} is at {found.get(run, 'no seq')}, acknowledged was {acknowledged.get(run, 'nothing')}"
            for run in runs
            if found.get(run) != acknowledged.get(run)
        ]

    def miscounted(self, acknowledged: dict[UUID, int]) -> list[str]:
        events, expected = only(self.admin.execute(EVENTS)), sum(acknowledged.values())
        return [] if events == expected else [f"{events:,} events, {expected:,} acknowledged"]

    def problems(self) -> list[str]:
        with hypermindlabs.connect(self.dsn("auditor")) as lab:
            return [f"{problem.object}: {problem.problem}" for problem in lab.replay.check_integrity()]

    def unverified(self) -> list[str]:
        """Runs by their ids' digest: always others, and not by chance."""
        sample = self.admin.execute(
            "select run_id from hypermind.run_outcomes order by md5(run_id::text) limit %s", (VERIFIED,)
        ).fetchall()
        with hypermindlabs.connect(self.dsn("auditor")) as lab:
            found = {run: lab.replay.verify(run) for run in [*self.long_runs, *(row[0] for row in sample)]}
        return [f"run {run}: {verification.problem}" for run, verification in found.items() if not verification]


def memory_of(pid: int) -> dict[str, float]:
    """Megabytes by the kernel's names. Anonymous is what the process has made for itself; empty when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return {name: int(rest.split()[0]) / 1024 for name, rest in (line.split(":", 1) for line in lines)}


PROJECT = b"""
select hypermind.create_project('soak', %(name)s, hypermind.create_project_role('soak', %(name)s))"""

# Every table that rows were written to; the leaves of this month by the names of their parents. Megabytes.
TABLES = b"""
select coalesce(p.relname, c.relname), sum(s.n_live_tup)::bigint, sum(s.n_dead_tup)::bigint, min(o.due)::float,
       (sum(pg_table_size(c.oid)) / 1048576)::float, (sum(pg_indexes_size(c.oid)) / 1048576)::float,
       sum(s.autovacuum_count)::bigint
from pg_class as c
join pg_stat_all_tables as s on s.relid = c.oid
left join pg_inherits as i on i.inhrelid = c.oid
left join pg_class as p on p.oid = i.inhparent
cross join lateral (
    select coalesce(max(o.option_value) filter (where o.option_name = 'autovacuum_vacuum_threshold'),
                    current_setting('autovacuum_vacuum_threshold'))::float
           + coalesce(max(o.option_value) filter (where o.option_name = 'autovacuum_vacuum_scale_factor'),
                      current_setting('autovacuum_vacuum_scale_factor'))::float * greatest(c.reltuples, 0) as due
    from pg_options_to_table(c.reloptions) as o
) as o
where c.relkind = 'r' and coalesce(p.relnamespace, c.relnamespace) = 'hypermind'::regnamespace
  and s.n_tup_ins + s.n_tup_upd + s.n_tup_del > 0
group by 1"""
OLDEST_SNAPSHOT = b"""
select coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)
from pg_stat_activity where backend_xmin is not null and pid <> pg_backend_pid()"""
EVENTS = b"select count(*) from hypermind.run_events"
APPENDS_OF = b"select last_seq from hypermind.run_heads where run_id = %s"


if __name__ == "__main__":
    sys.exit(main())
