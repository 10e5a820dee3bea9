"""`hypermindlabs.deploy` against the real Sqitch: the same registry, and Sqitch carries on from there.

With small plans; test_roundtrip.py does it with the plan of this repository.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import harness
import psycopg
import pytest
from conftest import only_with
from psycopg.rows import dict_row

from hypermindlabs.deploy import ADVISORY_LOCK, Change, DeployError, deploy, read_plan, status
from hypermindlabs.embedded import Server

pytestmark = only_with("wheel18", "small plans take any server")

HEADER = "%syntax-version=1.0.0\n%project=demo\n%uri=https://example.com/demo.git/\n\n"
NBSP = "\u00a0"
WHO = "2024-02-29T23:59:58Z Ada Lovelace <ada@example.com>"

# Notes with escapes, several lines, none and "0"; tags, two on one change; reworks; every form of dependency.
PLAN = rf"""%syntax-version=1.0.0
  % project = demo   # the project
# a comment
%uri=https://example.com/demo.git/

# another one
schemas/app 2024-01-02T03:04:05Z Zoë  Ünal, Jr. <zoë+1@example.com>   #  Ümlaut — „quotes“, a \\ slash,\nlines\r
 tables/a  [schemas/app]  2024-01-02T03:04:06Z   Ada <ada>#no blank # second mark{NBSP}
@v0.1 {WHO} # the first tag\n\nof two
@v0.1-rc.2 {WHO}

tables/b [tables/a@v0.1 @v0.1 demo:schemas/app !tables/z] {WHO} # 0
settings {WHO}
indexes/a_id [tables/a tables/b] {WHO} # outside a transaction
tables/a [tables/a@v0.1-rc.2] {WHO} # reworked
@v0.15 {WHO}
tables/c [tables/a] {WHO} #
@v0.2 {WHO}
tables/a [tables/a@v0.2 tables/b] {WHO} # reworked again
tables/z {WHO}
@v0.3 {WHO} # the end
"""
DEPLOY = {
    "schemas/app": "create schema app;",
    "tables/a@v0.1": "create table app.a (id int);\ncomment on table app.a is 'a: 100 % of ä';",
    "tables/b": "create table app.b (id int);",
    "settings": "set local role pg_monitor;\nset search_path = nowhere;",
    "tables/a@v0.2": "alter table app.a add if not exists second int;",
    "tables/c": "create table app.c (id int);",
    "tables/a": "alter table app.a add if not exists third int;",
    "tables/z": "create table app.z (id int);",
}
REVERT = {
    "schemas/app": "drop schema app;",
    "tables/a@v0.1": "drop table app.a;",
    "tables/b": "drop table app.b;",
    "settings": "select 1;",
    "tables/a@v0.2": "alter table app.a drop second;",
    "tables/c": "drop table app.c;",
    "tables/a": "alter table app.a drop third;",
    "tables/z": "drop table app.z;",
}
VERIFY = {
    "schemas/app": "select 1 / count(*) from pg_namespace where nspname = 'app';",
    "tables/a": "select id, third from app.a where false;",
    "tables/b": "select id from app.b where false;",
    "settings": "select 1 / (current_user = session_user)::int;",
}


class Project:
    """A folder with a plan and scripts, laid out as this repository is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        shutil.copy(harness.REPO / "sqitch.conf", folder)

    def plan(self, text: str) -> Project:
        (self.folder / "sqitch.plan").write_bytes(text.encode())
        return self

    def script(self, kind: str, name: str, text: str) -> None:
        path = self.folder / "db" / kind / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def change(self, name: str, deploy: str, revert: str = "select 1;", verify: str | None = None) -> None:
        self.script("deploy", name, f"-- Deploy {name}\n\nbegin;\n\n{deploy}\n\ncommit;\n")
        self.script("revert", name, f"begin;\n{revert}\ncommit;\n")
        if verify is not None:
            self.script("verify", name, f"begin;\n{verify}\nrollback;\n")


class Database:
    """A database of the test's own, seen by psycopg and by the real Sqitch."""

    def __init__(self, server: Server, dsn: str) -> None:
        self.server, self.dsn = server, dsn

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn, autocommit=True) as conn:
            return conn.execute(query.encode()).fetchall()

    def sqitch(self, plan_dir: Path, *words: str, fails: bool = False) -> str:
        done = harness.sqitch(self.dsn, *words, plan_dir=plan_dir)
        assert (done.returncode != 0) == fails, done.stdout
        return done.stdout

    def registry_schema(self) -> str:
        options = ["--schema-only", "--no-comments", "--schema=sqitch"]
        dump = harness.must([harness.program(self.server, "pg_dump"), *options], harness.environment(self.dsn))
        return re.sub(r"^\\(un)?restrict .*\n", "", dump, flags=re.M)

    def registry(self) -> dict[str, list[Any]]:
        """All rows of the registry but their times, in the order in which they were made."""
        order = {"releases": "version", "projects": "project", "dependencies": "change_id, dependency"}
        tables = ("releases", "projects", "changes", "tags", "dependencies", "events")
        times = "array['installed_at', 'created_at', 'committed_at']"
        return {
            table: self.rows(
                f"select to_jsonb(t) - {times} from sqitch.{table} t order by {order.get(table, 'committed_at')}"
            )
            for table in tables
        }


NewDatabase = Callable[[], Database]


@pytest.fixture(autouse=True)
def one_committer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who deploys is the same for Sqitch, as the harness runs it, and for us."""
    monkeypatch.setenv("SQITCH_FULLNAME", "Test")
    monkeypatch.setenv("SQITCH_EMAIL", "test@example.invalid")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def new_database(server: Server, make_database: Callable[..., str]) -> NewDatabase:
    return lambda: Database(server, make_database("deploy", deployed=False))


@pytest.fixture
def demo(tmp_path: Path) -> Project:
    project = Project(tmp_path / "demo").plan(PLAN)
    for name, text in DEPLOY.items():
        project.change(name, text, REVERT[name], VERIFY.get(name))
    project.script("deploy", "indexes/a_id", "create index concurrently a_id on app.a (id);\n")
    project.script("deploy", "tables/a@v0.15", "not the script of the reworked change: @v0.2 is nearer to the next one")
    project.script("revert", "indexes/a_id", "drop index concurrently app.a_id;\n")
    return project


def simple(folder: Path, **scripts: str) -> Project:
    """A project with one change for each script."""
    project = Project(folder).plan(HEADER + "".join(f"{name} {WHO}\n" for name in scripts))
    for name, text in scripts.items():
        project.change(name, text, f"drop table if exists {name};", "")
    return project


# The same registry as Sqitch's, from either side.


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_registry_is_the_one_that_sqitch_makes(demo: Project, new_database: NewDatabase, newline: str) -> None:
    demo.plan(PLAN.replace("\n", newline))
    theirs, ours = new_database(), new_database()
    theirs.sqitch(demo.folder, "deploy")
    result = deploy(ours.dsn, plan_dir=demo.folder)
    assert len(result.deployed) == 9
    assert (result.already, result.edited) == (0, ())
    assert ours.registry() == theirs.registry()
    assert ours.registry_schema() == theirs.registry_schema()
    assert harness.dump_schema(ours.server, ours.dsn) == harness.dump_schema(theirs.server, theirs.dsn)


def test_sqitch_carries_on(demo: Project, new_database: NewDatabase) -> None:
    database = new_database()
    deploy(database.dsn, plan_dir=demo.folder)
    assert "Nothing to deploy (up-to-date)" in database.sqitch(demo.folder, "status")
    assert "Check successful" in database.sqitch(demo.folder, "check")
    assert "Verify successful" in database.sqitch(demo.folder, "verify")
    assert "tables/z" in database.sqitch(demo.folder, "log")
    database.sqitch(demo.folder, "revert", "-y", "--to", "@v0.1")
    again = deploy(database.dsn, plan_dir=demo.folder)
    assert (again.already, len(again.deployed)) == (2, 7)
    database.sqitch(demo.folder, "revert", "-y")
    assert database.rows("select count(*) from sqitch.changes") == [(0,)]
    assert len(deploy(database.dsn, plan_dir=demo.folder).deployed) == 9
    assert "Check successful" in database.sqitch(demo.folder, "check")


@pytest.mark.parametrize("first", ["sqitch", "ours"])
def test_one_begins_and_the_other_ends(demo: Project, new_database: NewDatabase, first: str) -> None:
    theirs, mixed = new_database(), new_database()

    def interrupt(_: Change, number: int, __: int) -> None:
        if number == 5:
            raise KeyboardInterrupt

    theirs.sqitch(demo.folder, "deploy")
    if first == "sqitch":
        mixed.sqitch(demo.folder, "deploy", "--to", "settings")
        assert deploy(mixed.dsn, plan_dir=demo.folder).already == 4
    else:
        with pytest.raises(KeyboardInterrupt):
            deploy(mixed.dsn, plan_dir=demo.folder, progress=interrupt)
        assert len(status(mixed.dsn, plan_dir=demo.folder).deployed) == 4
        mixed.sqitch(demo.folder, "deploy")
    assert mixed.registry() == theirs.registry()
    assert "Check successful" in mixed.sqitch(demo.folder, "check")


def test_a_tag_set_after_the_deploy_is_registered(demo: Project, new_database: NewDatabase) -> None:
    theirs, ours = new_database(), new_database()
    theirs.sqitch(demo.folder, "deploy")
    deploy(ours.dsn, plan_dir=demo.folder)
    demo.plan(PLAN + f"@v1.0 {WHO} # later\n")
    theirs.sqitch(demo.folder, "deploy")
    assert deploy(ours.dsn, plan_dir=demo.folder).deployed == ()
    assert ours.registry() == theirs.registry()
    assert "@v1.0" in [row["tag"] for (row,) in ours.registry()["tags"]]


# Status, progress, repetition, connections.


def test_status_progress_and_repetition(tmp_path: Path, new_database: NewDatabase) -> None:
    database, seen = new_database(), []
    project = simple(tmp_path / "p", a="create table a ();", b="create table b ();", c="")

    def progress(change: Change, number: int, total: int) -> None:
        seen.append((change.name, number, total))

    assert status(database.dsn, plan_dir=project.folder).pending == ("a", "b", "c")
    assert database.rows("select to_regnamespace('sqitch')") == [(None,)]
    result = deploy(database.dsn, plan_dir=project.folder, progress=progress)
    assert result.deployed == ("a", "b", "c")
    assert result.seconds > 0
    assert seen == [("a", 1, 3), ("b", 2, 3), ("c", 3, 3)]
    again = deploy(database.dsn, plan_dir=project.folder)
    assert (again.deployed, again.already) == ((), 3)
    assert status(database.dsn, plan_dir=project.folder).deployed == ("a", "b", "c")


def test_an_edited_script_is_reported(tmp_path: Path, new_database: NewDatabase) -> None:
    database = new_database()
    project = simple(tmp_path / "p", a="create table a ();", b="create table b ();")
    deploy(database.dsn, plan_dir=project.folder)
    project.change("b", "create table b (id int);")
    assert status(database.dsn, plan_dir=project.folder).edited == ("b",)
    assert deploy(database.dsn, plan_dir=project.folder).edited == ("b",)
    assert "diverge at change b" in database.sqitch(project.folder, "check", fails=True)


def test_a_connection_of_the_caller(demo: Project, new_database: NewDatabase) -> None:
    database = new_database()
    with psycopg.connect(database.dsn, autocommit=True, row_factory=dict_row) as conn:
        assert len(deploy(conn, plan_dir=demo.folder).deployed) == 9
        assert conn.execute("show search_path").fetchone() != {"search_path": "nowhere"}
        assert conn.execute("select 1 from pg_locks where locktype = 'advisory'").fetchone() is None
        assert status(conn, plan_dir=demo.folder).pending == ()
    with psycopg.connect(database.dsn) as conn, pytest.raises(DeployError, match="idle and in autocommit"):
        deploy(conn, plan_dir=demo.folder)


def test_a_server_that_is_not_there(demo: Project, tmp_path: Path) -> None:
    with pytest.raises(DeployError) as caught:
        deploy(f"host={tmp_path} dbname=x", plan_dir=demo.folder)
    assert "\n" not in str(caught.value)


# Failures.


def test_a_failing_script_leaves_nothing(tmp_path: Path, new_database: NewDatabase) -> None:
    theirs, ours = new_database(), new_database()
    project = simple(tmp_path / "p", a="create table a ();", b="create table b ();\nselect\n    nothing;", c="")
    theirs.sqitch(project.folder, "deploy", fails=True)
    with pytest.raises(DeployError, match=r'change "b" failed: db/deploy/b\.sql:7: column "nothing" does not exist$'):
        deploy(ours.dsn, plan_dir=project.folder)
    assert ours.rows("select to_regclass('a') is null, to_regclass('b') is null") == [(False, True)]
    assert ours.registry() == theirs.registry()  # with Sqitch's event "fail"
    project.change("b", "create table b ();")
    assert deploy(ours.dsn, plan_dir=project.folder).deployed == ("b", "c")


def test_a_failing_verify_leaves_nothing(tmp_path: Path, new_database: NewDatabase) -> None:
    theirs, ours = new_database(), new_database()
    project = simple(tmp_path / "p", a="create table a ();", b="create table b ();")
    project.change("b", "create table b ();", "drop table b;", "select 1 / count(*) from b;")
    theirs.sqitch(project.folder, "deploy", fails=True)
    with pytest.raises(DeployError, match=r'change "b" failed: db/verify/b\.sql: division by zero$'):
        deploy(ours.dsn, plan_dir=project.folder)
    assert ours.rows("select to_regclass('b')") == [(None,)]
    assert ours.registry() == theirs.registry()
    assert deploy(ours.dsn, plan_dir=project.folder, verify=False).deployed == ("b",)


def test_verify_leaves_nothing_behind(tmp_path: Path, new_database: NewDatabase) -> None:
    database = new_database()
    project = simple(tmp_path / "p", a="create table a (id int);")
    project.change("a", "create table a (id int);", "", "insert into a values (1);\nset local role pg_monitor;")
    deploy(database.dsn, plan_dir=project.folder)
    assert database.rows("select count(*) from a") == [(0,)]


def test_a_deferred_constraint_that_fails_at_commit(tmp_path: Path, new_database: NewDatabase) -> None:
    database = new_database()
    script = "create table a (id int primary key, b int references a deferrable initially deferred);\n"
    project = simple(tmp_path / "p", a=script + "insert into a values (1, 2);")
    with pytest.raises(DeployError, match=r'change "a" failed: .*foreign key'):
        deploy(database.dsn, plan_dir=project.folder)
    assert database.rows("select to_regclass('a'), (select count(*) from sqitch.changes)") == [(None, 0)]


def test_a_failure_outside_a_transaction_says_so(tmp_path: Path, new_database: NewDatabase) -> None:
    database = new_database()
    project = simple(tmp_path / "p", a="create table a (id int);\ninsert into a values (1), (1);", b="")
    project.script("deploy", "b", "create unique index concurrently b on a (id);\n")
    with pytest.raises(DeployError, match=r"outside a transaction: what it did stays, unregistered.*could not create"):
        deploy(database.dsn, plan_dir=project.folder)
    assert status(database.dsn, plan_dir=project.folder).pending == ("b",)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("begin;\ncreate table a ();\n", 'a.sql: the script does not begin with "begin;" and end with "commit;"'),
        ("create table a ();\ncommit;\n", "does not begin"),
        ("begin;\ncreate table a ();\nrollback;\n", "does not begin"),
        ("begin;\ncreate table a ();\ncommit;\nbegin;\nselect 1;\ncommit;\n", "a.sql:3: a second transaction"),
        ("begin;\n\\set x 1\ncommit;\n", "a.sql:2: a psql command"),
        ("begin;\ncreate table a ();\n  commit;\n  select 1;\ncommit;\n", "ended its transaction before the end"),
        ("begin;\ncopy pg_temp.x from stdin;\ncommit;\n", 'change "a" failed'),
        (None, "cannot read a script"),
    ],
)
def test_scripts_that_are_refused(tmp_path: Path, new_database: NewDatabase, script: str | None, reason: str) -> None:
    database, project = new_database(), simple(tmp_path / "p", a="")
    if script is None:
        (project.folder / "db/deploy/a.sql").unlink()
    else:
        project.script("deploy", "a", script)
    with pytest.raises(DeployError, match=re.escape(reason)):
        deploy(database.dsn, plan_dir=project.folder)
    assert status(database.dsn, plan_dir=project.folder).deployed == ()


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (f"a [other:b] {WHO}", 'line 5: dependency on another project, "other:b"; use "sqitch deploy"'),
        (f"a [{'0' * 40}] {WHO}", "unknown form of dependency"),
        (f"a [b^] {WHO}", "unknown form of dependency"),
        (f"a [ b] {WHO}", "unknown form of dependency"),
        (f"a [b] {WHO}\nb {WHO}", 'no earlier change "b"'),
        (f"a [a] {WHO}", 'no earlier change "a"'),
        (f"a [@v1] {WHO}", 'no earlier change "@v1"'),
        (f"a {WHO}\nb [a@v1] {WHO}", 'no earlier change "a@v1"'),
        (f"a {WHO}\n@v1 {WHO}\nb {WHO}\nc [b@v1] {WHO}", 'no earlier change "b@v1"'),
        (f"a [!b] {WHO}", 'no earlier change "b"'),
        (f"a {WHO}\nb [!a] {WHO}", 'conflict with the earlier change "a"'),
        (f"a {WHO}\na {WHO}", 'change "a" is a duplicate'),
        (f"@v1 {WHO}", 'tag "@v1"'),
        (f"a {WHO}\n@v1 {WHO}\nb {WHO}\n@v1 {WHO}", 'tag "@v1"'),
        (f"a {WHO}\n@v/1 {WHO}", 'tag "@v/1"'),
        (f"a {WHO}\n@v1 [a] {WHO}", 'tag "@v1"'),
        (f"HEAD {WHO}", "reserved"),
        (f"{'a' * 40} {WHO}", "reserved"),
        (f"+a {WHO}", "not a change or tag"),
        (f"-a {WHO}", "not a change or tag"),
        (f"ä {WHO}", "not a change or tag"),
        ("a", "not a change or tag"),
        ("a 2024-01-01T00:00:00Z", "not a change or tag"),
        ("a 2024-02-30T00:00:00Z Ada <ada@example.com>", "2024-02-30T00:00:00Z is no date"),
        ("a 2024-01-01T00:00:00Z \u00a0Ada <ada@example.com>", "unusual blank"),
        (f"a {WHO} # a \x00 byte", "control character"),
        (f"a {WHO} # one\rline", "control character"),
    ],
)
def test_plan_lines_that_are_refused(tmp_path: Path, lines: str, reason: str) -> None:
    with pytest.raises(DeployError, match=re.escape(reason)):
        read_plan(Project(tmp_path / "p").plan(f"{HEADER}{lines}\n").folder)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("%syntax-version=1.0.0\n\n", "%project is missing"),
        ("%project=a b\n\n", "unknown form of %project"),
        ("%syntax-version=2.0.0\n%project=a\n\n", "unknown form of %syntax-version"),
        ("%project=a\n%uri=https://Example.com\n\n", "unknown form of %uri"),
        ("%project=a\n%strict=1\n\n", "unknown pragma %strict"),
        ("%project=a\n%strict\n\n", "not a pragma with a value"),
        (f"%project=a\na {WHO}\n", "not a pragma with a value"),
    ],
)
def test_plan_headers_that_are_refused(tmp_path: Path, header: str, reason: str) -> None:
    with pytest.raises(DeployError, match=re.escape(reason)):
        read_plan(Project(tmp_path / "p").plan(header).folder)


def test_a_plan_that_is_not_there_or_not_utf8(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="cannot read the plan"):
        read_plan(tmp_path)
    (tmp_path / "sqitch.plan").write_bytes(b"%project=\xff\n\n")
    with pytest.raises(DeployError, match="cannot read the plan"):
        read_plan(tmp_path)


def test_databases_that_are_refused(tmp_path: Path, new_database: NewDatabase) -> None:
    database = new_database()
    project = simple(tmp_path / "p", a="create table a ();", b="create table b ();")
    deploy(database.dsn, plan_dir=project.folder)

    def refused(reason: str) -> None:
        for call in (deploy, status):
            with pytest.raises(DeployError, match=reason):
                call(database.dsn, plan_dir=project.folder)

    with psycopg.connect(database.dsn, autocommit=True) as conn:
        conn.execute("insert into sqitch.releases values (1.2, now(), '', '')")
        refused('has version 1.2, not 1.1; use "sqitch upgrade"')
        conn.execute("delete from sqitch.releases where version = 1.2::real")
        conn.execute("alter table sqitch.releases rename to elsewhere")
        refused("has version 0")
        conn.execute("alter table sqitch.elsewhere rename to releases")
    project.plan(HEADER + f"a {WHO}\nc {WHO}\n")
    refused(r'change "b" \([0-9a-f]{40}\) is deployed but not in this plan; see "sqitch status"')
    project.plan(HEADER + f"a {WHO}\nb {WHO}\n")
    with psycopg.connect(database.dsn, autocommit=True) as conn:
        conn.execute("delete from sqitch.changes where change = 'a'")
    refused('change "b" was deployed out of order; see "sqitch verify"')


def test_a_project_with_another_uri_is_refused(tmp_path: Path, new_database: NewDatabase) -> None:
    database = new_database()
    project = simple(tmp_path / "p", a="create table a ();")
    deploy(database.dsn, plan_dir=project.folder)
    for plan in (HEADER.replace("=demo", "=other"), HEADER.replace("demo.git", "x")):
        project.plan(plan + f"b {WHO}\n")
        project.change("b", "")
        database.rows("with d as (delete from sqitch.changes) select 1")
        with pytest.raises(DeployError, match='project "demo" is registered with the URI'):
            deploy(database.dsn, plan_dir=project.folder)


# Two at once, and killed half-way.


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def waiting(database: Database, table: str = "gate") -> bool:
    """Whether a session waits for the lock on a table."""
    return bool(database.rows(f"select from pg_locks where relation = to_regclass('{table}') and not granted"))


def start_deploy(database: Database, project: Project) -> subprocess.Popen[bytes]:
    code = "import sys, pathlib, hypermindlabs.deploy as d; d.deploy(sys.argv[1], plan_dir=pathlib.Path(sys.argv[2]))"
    env = {**os.environ, "PYTHONPATH": str(harness.REPO)}
    return subprocess.Popen([sys.executable, "-c", code, database.dsn, str(project.folder)], env=env)


def test_two_at_once(tmp_path: Path, new_database: NewDatabase) -> None:
    database = new_database()
    names = [f"t{number}" for number in range(20)]
    project = simple(tmp_path / "p", **{name: f"create table {name} ();" for name in names})
    start = threading.Barrier(4)

    def run() -> int:
        start.wait()
        return len(deploy(database.dsn, plan_dir=project.folder).deployed)

    with ThreadPoolExecutor(4) as pool:
        counts = [future.result() for future in [pool.submit(run) for _ in range(4)]]
    assert sorted(counts) == [0, 0, 0, 20]


def test_the_lock_is_the_one_that_sqitch_takes(tmp_path: Path, new_database: NewDatabase) -> None:
    database, project = new_database(), simple(tmp_path / "p", a="create table gate ();", b="lock gate;", c="")
    with psycopg.connect(database.dsn, autocommit=True) as conn:
        conn.execute("select pg_advisory_lock(%s)", (ADVISORY_LOCK,))
        with pytest.raises(DeployError, match=r"another deploy is running in this database \(waited 0\.3 s\)"):
            deploy(database.dsn, plan_dir=project.folder, wait=0.3)
        conn.execute("select pg_advisory_unlock(%s)", (ADVISORY_LOCK,))
    deploy(database.dsn, plan_dir=simple(tmp_path / "q", a="create table gate ();").folder)
    with psycopg.connect(database.dsn) as conn, ThreadPoolExecutor(1) as pool:
        conn.execute("lock gate")
        ours = pool.submit(deploy, database.dsn, plan_dir=project.folder)
        wait_until(lambda: waiting(database))
        blocked = database.sqitch(project.folder, "deploy", "--lock-timeout", "1", fails=True)
        assert "Blocked by another instance of Sqitch" in blocked
        conn.rollback()
        assert ours.result().deployed == ("b", "c")


@pytest.mark.parametrize("table", ["gate", "sqitch.events"])
def test_sqitch_killed_before_it_registers(tmp_path: Path, new_database: NewDatabase, table: str) -> None:
    """While its psql goes on, or after that: docs/migrations.md says what to do. The package has no such moment."""
    database = new_database()
    project = simple(tmp_path / "p", a="create table gate ();", b="create table b ();\nlock gate;", c="")
    deploy(database.dsn, plan_dir=simple(tmp_path / "q", a="create table gate ();").folder)
    with psycopg.connect(database.dsn) as conn:
        conn.execute(f"lock {table} in share mode".encode())
        command: list[str | Path] = [harness.tool("sqitch"), "--chdir", project.folder, "deploy"]
        name = str(psycopg.conninfo.conninfo_to_dict(database.dsn)["dbname"])
        process = subprocess.Popen([*command, f"db:pg:{name}"], env=harness.environment(database.dsn))
        wait_until(lambda: waiting(database, table))
        process.kill()
        process.wait()
    wait_until(lambda: bool(database.rows("select from pg_class where relname = 'b'")))
    wait_until(lambda: not database.rows("select from pg_locks where locktype = 'advisory' and granted"))
    assert status(database.dsn, plan_dir=project.folder).pending == ("b", "c")
    assert 'relation "b" already exists' in database.sqitch(project.folder, "deploy", fails=True)
    with pytest.raises(DeployError, match=r'change "b" failed: .*relation "b" already exists'):
        deploy(database.dsn, plan_dir=project.folder)
    database.sqitch(project.folder, "deploy", "--log-only", "--to", "b")
    assert deploy(database.dsn, plan_dir=project.folder).deployed == ("c",)
    assert "Check successful" in database.sqitch(project.folder, "check")


def test_killed_while_it_registers(tmp_path: Path, new_database: NewDatabase) -> None:
    """Nothing of the change is there: its script and its registration are one transaction."""
    database = new_database()
    project = simple(tmp_path / "p", a="create table a ();", b="create table b ();", c="")
    deploy(database.dsn, plan_dir=simple(tmp_path / "q", a="create table a ();").folder)
    with psycopg.connect(database.dsn) as conn:
        conn.execute("lock sqitch.events in share mode")
        process = start_deploy(database, project)
        wait_until(lambda: waiting(database, "sqitch.events"))
        process.kill()
        process.wait()
    assert deploy(database.dsn, plan_dir=project.folder).deployed == ("b", "c")
    assert [row["event"] for (row,) in database.registry()["events"]] == ["deploy"] * 3
    assert "Check successful" in database.sqitch(project.folder, "check")
