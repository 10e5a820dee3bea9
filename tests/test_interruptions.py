"""Deploys and reverts that are cut off in the middle of every change, and go on when the same command is given again.

The script of the change waits at a gate when it begins, where is seen what there is, and has done all its work when it
waits at another before its commit. There the deployer is killed, or its session ended, or its backend killed, which
takes the server down. Nothing of the change may be left. The next call, with the script as it is, finishes the change
and is cut off in the next one; at the end all is as if nothing had happened.

    HYPERMIND_INTERRUPTIONS=1 pytest -s tests/test_interruptions.py    every change (7: every seventh)

docs/migrations.md says what came of it.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import harness
import psycopg
import pytest
from conftest import Connection, MakeDatabase, only_with, server_kind
from test_deploy import Database, wait_until
from test_roundtrip import ALLOW_DATA_LOSS, record_runs

from hypermindlabs.deploy import Plan, deploy, read_plan, status
from hypermindlabs.embedded import Server

pytestmark = only_with("wheel18", "transactions are cut off on any server alike")

EVERY = int(os.environ.get("HYPERMIND_INTERRUPTIONS", "0"))  # 0: the samples
FIRST_GATE, GATE = 4711, 4712
WAIT = "select pg_advisory_xact_lock({});"

# One of each kind.
SAMPLE = (
    "roles/hypermind_writer",
    "schemas/hypermind_private",
    "tables/run_artifacts",
    "policies/runs",
    "triggers/projects_kept",
    "indexes/run_events_text_idx",
    "functions/ensure_periods",
    "views/event_log",
    "contracts/message.added",
)
SQITCH_SAMPLE = ("tables/run_artifacts", "policies/runs", "triggers/projects_kept")
REVERT_SAMPLE = ("triggers/run_heads_are_legal", "contracts/run.created", "contracts/artifact.attached")

# What changes make; without what statistics and autovacuum change.
CATALOGS = """
select 'columns' as name, count(*), sum(hashtextextended(a::text, 0)) from pg_attribute as a
union all select 'comments', count(*), sum(hashtextextended(d::text, 0)) from pg_description as d
union all select 'constraints', count(*), sum(hashtextextended(c::text, 0)) from pg_constraint as c
union all select 'functions', count(*), sum(hashtextextended(p::text, 0)) from pg_proc as p
union all select 'members', count(*), sum(hashtextextended(m::text, 0)) from pg_auth_members as m
union all select 'policies', count(*), sum(hashtextextended(p::text, 0)) from pg_policy as p
union all select 'roles', count(*), sum(hashtextextended(r.rolname, 0)) from pg_roles as r
union all select 'rules', count(*), sum(hashtextextended(r::text, 0)) from pg_rewrite as r
union all select 'schemas', count(*), sum(hashtextextended(n::text, 0)) from pg_namespace as n
union all select 'triggers', count(*), sum(hashtextextended(t::text, 0)) from pg_trigger as t
union all
select 'relations', count(*), sum(hashtextextended(concat_ws(' ', c.oid, c.relname, c.relacl, c.relowner), 0))
from pg_class as c
"""
TABLES = """
select c.oid::regclass::text
from pg_class as c
where c.relkind = 'r' and c.relnamespace in (to_regnamespace('hypermind'), to_regnamespace('hypermind_private'))
"""

Ending: TypeAlias = Callable[[Connection, subprocess.Popen[str]], None]


# How it is cut off.


def kill_the_deployer(gate: Connection, process: subprocess.Popen[str]) -> None:
    """With its psql, if it has one: a whole container that ends."""
    os.killpg(process.pid, signal.SIGKILL)


def end_the_session(gate: Connection, process: subprocess.Popen[str]) -> None:
    gate.execute("select pg_terminate_backend(%s)", (at_the_gate(gate),))


def kill_the_backend(gate: Connection, process: subprocess.Popen[str]) -> None:
    """The server then ends all sessions, and recovers."""
    pid = at_the_gate(gate)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


ENDINGS: tuple[Ending, ...] = (kill_the_deployer, end_the_session, kill_the_backend)


def at_the_gate(conn: Connection, gate: int = GATE) -> int | None:
    """The process id of the session that waits there."""
    query = "select pid from pg_locks where locktype = 'advisory' and objid = %s and not granted"
    row = conn.execute(query, (gate,)).fetchone()
    return None if row is None else row[0]


@dataclass(frozen=True)
class Deployer:
    """A program that deploys or reverts a folder's plan in a database."""

    database: Database
    folder: Path
    command: list[str]
    env: dict[str, str]

    def run(self) -> None:
        done = subprocess.run(self.command, env=self.env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def interrupt(self, kind: str, change: str, ending: Ending) -> str:
        """Runs until the change has done its work, ends it there, and returns what it said."""
        with self.gated(kind, change), psycopg.connect(self.database.dsn, autocommit=True) as gate:
            gate.execute("select pg_advisory_lock(%s), pg_advisory_lock(%s)", (FIRST_GATE, GATE))
            streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
            process = subprocess.Popen(self.command, env=self.env, start_new_session=True, **streams)

            def arrived(at: int) -> bool:
                if process.poll() is not None:
                    pytest.fail(f"ended before {change}: {process.communicate()[0]}")
                return at_the_gate(gate, at) is not None

            wait_until(lambda: arrived(FIRST_GATE))
            before = gate.execute(CATALOGS).fetchall()
            gate.execute("select pg_advisory_unlock(%s)", (FIRST_GATE,))
            wait_until(lambda: arrived(GATE))
            ending(gate, process)
            if ending is kill_the_deployer:
                process.wait()  # before the gate opens
        said = process.communicate(timeout=60)[0]
        assert process.returncode < 0 if ending is kill_the_deployer else process.returncode > 0, said
        wait_until(self.alone)
        assert self.database.rows(CATALOGS) == before, f"{change} is there by half after {ending.__name__}: {said}"
        return said

    @contextmanager
    def gated(self, kind: str, change: str) -> Iterator[None]:
        script = self.folder / f"db/{kind}/{change}.sql"
        text = script.read_text()
        transaction = re.fullmatch(r"(.*?^begin;$)(.*)(^commit;$.*)", text, re.M | re.S)
        assert transaction is not None
        begin, work, commit = transaction.groups()
        script.write_text(f"{begin}\n{WAIT.format(FIRST_GATE)}{work}{WAIT.format(GATE)}\n{commit}")
        try:
            yield
        finally:
            script.write_text(text)

    def alone(self) -> bool:
        """Whether the server takes connections and no session is left in the database."""
        query = "select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        try:
            return not self.database.rows(f"{query} and backend_type = 'client backend'")
        except psycopg.OperationalError:
            return False


def package_deploys(database: Database, folder: Path) -> Deployer:
    code = "import sys, pathlib, hypermindlabs.deploy as d; d.deploy(sys.argv[1], plan_dir=pathlib.Path(sys.argv[2]))"
    command = [sys.executable, "-c", code, database.dsn, str(folder)]
    return Deployer(database, folder, command, {**os.environ, "PYTHONPATH": str(harness.REPO)})


def sqitch_runs(database: Database, folder: Path, *words: str, options: str = "") -> Deployer:
    name = psycopg.conninfo.conninfo_to_dict(database.dsn)["dbname"]
    command = [harness.tool("sqitch"), "--chdir", str(folder), *words, f"db:pg:{name}"]
    return Deployer(database, folder, command, harness.environment(database.dsn, PGOPTIONS=options))


# What there is.


@pytest.fixture(autouse=True)
def one_committer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who deploys is the same for Sqitch, as the harness runs it, and for us."""
    monkeypatch.setenv("SQITCH_FULLNAME", "Test")
    monkeypatch.setenv("SQITCH_EMAIL", "test@example.invalid")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of this repository's plan and scripts."""
    for kind in ("deploy", "revert", "verify"):
        shutil.copytree(harness.REPO / "db" / kind, tmp_path / "db" / kind)
    for name in ("sqitch.plan", "sqitch.conf"):
        shutil.copy(harness.REPO / name, tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    """Without roles at first, and nobody else's when it crashes."""
    with harness.temporary_server(server_kind()) as server:
        with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
            admin.execute("alter system set synchronous_commit = on")  # commits survive a backend's crash
            admin.execute("select pg_reload_conf()")
        yield server


@pytest.fixture
def empty(own_server: Server, request: pytest.FixtureRequest) -> Database:
    name = re.sub(r"\W", "_", request.node.name)[:60]
    own_server.ensure_database(name)
    return Database(own_server, own_server.dsn(name))


def cut(folder: Path, last: str) -> None:
    """Ends the folder's plan with a change."""
    plan = (folder / "sqitch.plan").read_text()
    end = re.search(rf"^{re.escape(last)} .*\n", plan, re.M)
    assert end is not None
    (folder / "sqitch.plan").write_text(plan[: end.end()])


def chosen(plan: Plan, sample: tuple[str, ...]) -> list[str]:
    """In the order of the plan: each nth change if so asked, else the sample."""
    names = [change.name for change in plan.changes]
    return names[::EVERY] if EVERY else [name for name in names if name in sample]


def made(database: Database) -> tuple[str, dict[str, list[Any]]]:
    """The schema, and the registry without its failures and who deployed when."""
    registry = database.registry()
    registry["events"] = [(row,) for (row,) in registry["events"] if row["event"] == "deploy"]
    who = ("committer_", "creator_", "installer_")
    plain = {
        table: [{name: value for name, value in row.items() if not name.startswith(who)} for (row,) in rows]
        for table, rows in registry.items()
    }
    return harness.dump_schema(database.server, database.dsn), plain


def counted(database: Database) -> list[tuple[Any, ...]]:
    """How many rows each table holds."""
    counts = (f"select '{table}', count(*) from {table}" for (table,) in database.rows(TABLES))
    return database.rows(" union all ".join(counts) + " order by 1")


def cut_off_at_each(deployer: Deployer, kind: str, changes: list[str]) -> None:
    """Cuts the deployer off in each of the changes, and lets it finish in the end."""
    plan = [change.name for change in read_plan(deployer.folder).changes]
    started = time.monotonic()
    for change, ending in zip(changes, itertools.cycle(ENDINGS), strict=False):
        said = deployer.interrupt(kind, change, ending)
        there = [row[0] for row in deployer.database.rows("select change from sqitch.changes order by committed_at")]
        assert there == plan[: plan.index(change) + (kind == "revert")], f"{change}, {ending.__name__}: {said}"
    deployer.run()
    if EVERY:
        program, seconds = Path(deployer.command[0]).name, time.monotonic() - started
        print(f"\n{program} {kind}: cut off {len(changes)} times, {seconds:.0f} s")


# The tests.


def test_the_package_deploys_and_sqitch_reverts(folder: Path, empty: Database, server: Server, template: str) -> None:
    nothing = harness.dump_schema(empty.server, empty.dsn)
    plan = read_plan(folder)
    cut_off_at_each(package_deploys(empty, folder), "deploy", chosen(plan, SAMPLE))
    assert made(empty) == made(Database(server, server.dsn(template)))
    assert status(empty.dsn, plan_dir=folder).edited == ()

    record_runs(empty.dsn)
    before, rows = made(empty), counted(empty)
    changes = chosen(plan, REVERT_SAMPLE)[::-1]
    words = ["revert", "-y"] if EVERY else ["revert", "-y", "--to", f"{changes[-1]}^"]
    cut_off_at_each(sqitch_runs(empty, folder, *words, options=ALLOW_DATA_LOSS), "revert", changes)
    if EVERY:
        assert harness.dump_schema(empty.server, empty.dsn) == nothing
    else:
        deploy(empty.dsn, plan_dir=folder)
        assert (made(empty)[0], counted(empty)) == (before[0], rows)


def test_sqitch_deploys(folder: Path, empty: Database, server: Server, make_database: MakeDatabase) -> None:
    if not EVERY:
        cut(folder, SQITCH_SAMPLE[-1])
    changes = chosen(read_plan(folder), SQITCH_SAMPLE)
    other = Database(server, make_database("undisturbed", deployed=False))
    deploy(other.dsn, plan_dir=folder)
    cut_off_at_each(sqitch_runs(empty, folder, "deploy"), "deploy", changes)
    assert made(empty) == made(other)
