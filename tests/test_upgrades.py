"""A release is upgraded with its data: each release of the plan to the next one, and the last to what is here.

The older release deploys and records with its own package; the newer one is deployed over it. No row may be lost, all
verifies as before, and the older package goes on to work against the newer schema.

A release is a tag in sqitch.plan, and the tag of that name in git: @v0.1.0 and v0.1.0. So long as there is none, only
the releases made here, good and bad, show that this finds what it is for.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import harness
import psycopg
import pytest
from conftest import MakeDatabase, only_with
from psycopg import sql
from psycopg.conninfo import make_conninfo
from test_deploy import WHO

from hypermindlabs.deploy import read_plan, status
from hypermindlabs.embedded import Server

pytestmark = only_with("wheel18", "what a migration does to data is the same on any server")

CLIENT = harness.REPO / "tests/upgrade_client.py"
PARTS = ("sqitch.plan", "sqitch.conf", "db", "hypermindlabs")
TAGS = [tag.name for change in read_plan(harness.REPO).changes for tag in change.tags]

NO_RELEASE = pytest.param("", None, marks=pytest.mark.skip(reason="there is no release yet"))

# Every table with its columns, leaves as part of their parents.
TABLES = """
select c.oid::regclass::text, array_agg(quote_ident(a.attname) order by a.attnum)
from pg_class as c
join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('r', 'p') and not c.relispartition
  and c.relnamespace in ('hypermind'::regnamespace, 'hypermind_private'::regnamespace)
group by c.oid
"""


class Broken(Exception):
    """The upgrade is no good."""


@dataclass(frozen=True)
class Release:
    """A folder with the plan and the package of a release."""

    folder: Path

    def client(self, *words: str) -> str:
        """Runs tests/upgrade_client.py with this release's package."""
        env = {**os.environ, "PYTHONPATH": str(self.folder)}
        done = subprocess.run([sys.executable, CLIENT, *words], env=env, cwd="/", capture_output=True, text=True)
        if done.returncode != 0:
            raise Broken(f"{words[0]} with the package of {self.folder.name}: {done.stderr}")
        return done.stdout

    def scripts(self) -> list[str]:
        """The verify scripts of the changes as they are now: not of versions that were reworked since."""
        return [change.script for change in read_plan(self.folder).changes if "@" not in change.script]


@dataclass(frozen=True)
class Recorded:
    """What a database held: all rows by table and columns, and what the package said of it."""

    rows: dict[str, tuple[list[str], Counter[str]]]
    told: Any


def record(release: Release, dsn: str) -> Recorded:
    """Deploys a release into an empty database, and records with its package."""
    release.client("deploy", dsn)
    with psycopg.connect(dsn, autocommit=True) as admin:
        if admin.execute("select from pg_roles where rolname = 'uma'").fetchone() is None:
            admin.execute("create role uma login createrole; grant hypermind_operator, hypermind_auditor to uma")
        release.client("record", client(dsn), "before")
        tables = admin.execute(TABLES.encode()).fetchall()
        rows = {table: (columns, rows_of(admin, table, columns)) for table, columns in tables}
    return Recorded(rows, json.loads(release.client("read", client(dsn))))


def upgrade(older: Release, newer: Release, dsn: str, recorded: Recorded) -> None:
    """Deploys a release over the older one whose package recorded. Raises Broken."""
    newer.client("deploy", dsn)
    with psycopg.connect(dsn, autocommit=True) as admin:
        for table, (columns, before) in recorded.rows.items():
            if lost := before - rows_of(admin, table, columns):
                raise Broken(f"{lost.total()} rows of {table} are lost or changed: {min(lost)}")
    for release in (older, newer):
        told = json.loads(release.client("read", client(dsn)))
        for difference in itertools.islice(differences("", recorded.told, told), 1):
            raise Broken(f"read with the package of {release.folder.name}: {difference}")
    older.client("record", client(dsn), "older")
    newer.client("record", client(dsn), "newer")
    told = json.loads(older.client("read", client(dsn)))
    wrong = [run["verification"] for run in told["runs"] if not run["verification"]["valid"]]
    if told["problems"] or wrong:
        raise Broken(f"recorded after it: {told['problems'] + wrong}")
    with psycopg.connect(dsn, autocommit=True) as admin:
        for script in newer.scripts():
            try:
                admin.execute((newer.folder / "db/verify" / script).read_bytes())
            except psycopg.Error as error:
                raise Broken(f"verify {script}: {error}") from error


def client(dsn: str) -> str:
    return make_conninfo(dsn, user="uma")


def rows_of(admin: psycopg.Connection[Any], table: str, columns: list[str]) -> Counter[str]:
    """All rows of a table, as texts of the given columns."""
    try:
        query = f"select r::text from (select {', '.join(columns)} from {table}) as r"
        return Counter(row[0] for row in admin.execute(query.encode()))
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
        raise Broken(f"lost: {error}") from error


def differences(path: str, before: Any, after: Any) -> Any:
    """What was told before and is not told any more; that more is told is no difference."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            yield from differences(f"{path}/{name}", value, after.get(name))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, pair in enumerate(zip(before, after, strict=True)):
            yield from differences(f"{path}/{number}", *pair)
    elif before != after:
        yield f"{path} was {before!r} and is {after!r}"


# The releases of the plan.


@pytest.mark.parametrize(("older", "newer"), list(itertools.pairwise([*TAGS, None])) or [NO_RELEASE])
def test_a_release_is_upgraded(tmp_path: Path, make_database: MakeDatabase, older: str, newer: str | None) -> None:
    first, second = (Release(released(tmp_path, tag)) if tag else Release(harness.REPO) for tag in (older, newer))
    dsn = make_database("upgrade", deployed=False)
    upgrade(first, second, dsn, record(first, dsn))


def released(folder: Path, tag: str) -> Path:
    """The files of a release."""
    archive = folder / f"{tag}.tar"
    harness.must(["git", "archive", "-o", archive, tag.removeprefix("@"), *PARTS])
    (folder / tag).mkdir()
    harness.must(["tar", "-xf", archive, "-C", folder / tag])
    return folder / tag


# Releases made to be found out.


@dataclass(frozen=True)
class Made:
    """What is here as the older release, in a database that others can be copied from, with what was recorded there."""

    older: Release
    database: str
    recorded: Recorded
    server: Server


TAG = "the-older"
NOTHING = "select 1;"
REWORKED = "functions/schema_version"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, make_database: MakeDatabase, server: Server) -> Made:
    older = Release(copied(harness.REPO, tmp_path_factory.mktemp("releases") / "older"))
    dsn = make_database("older")
    recorded = record(older, dsn)
    assert len(recorded.told["runs"]) == 5
    assert all(run["verification"]["valid"] for run in recorded.told["runs"])
    database = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
    return Made(older, str(database), recorded, server)


def copied(source: Path, target: Path) -> Path:
    target.mkdir()
    for part in PARTS:
        if (source / part).is_dir():
            skipped = shutil.ignore_patterns("__pycache__", "tests")
            shutil.copytree(source / part, target / part, ignore=skipped)
        else:
            shutil.copy(source / part, target / part)
    return target


@pytest.fixture
def newer(made: Made, tmp_path: Path) -> Release:
    """The next release: the last one is tagged, and nothing is new."""
    folder = copied(made.older.folder, tmp_path / "newer")
    with (folder / "sqitch.plan").open("a") as plan:
        plan.write(f"@{TAG} {WHO} # The older release.\n\n")
    return Release(folder)


def change(release: Release, name: str, deploy: str, revert: str = NOTHING, verify: str = NOTHING) -> None:
    """Adds a change at the end of the plan."""
    with (release.folder / "sqitch.plan").open("a") as plan:
        plan.write(f"{name} {WHO} # For a test.\n")
    for kind, text, end in (("deploy", deploy, "commit"), ("revert", revert, "commit"), ("verify", verify, "rollback")):
        script = release.folder / f"db/{kind}/{name}.sql"
        script.write_text(f"begin;\n\nset local role hypermind_owner;\n\n{text}\n\n{end};\n")


def copy(made: Made) -> str:
    """A database of a test's own, in which the older release has recorded."""
    name = f"upgraded_{next(NUMBERS)}"
    with psycopg.connect(made.server.dsn("postgres"), autocommit=True) as admin:
        query = sql.SQL("create database {} template {}")
        admin.execute(query.format(sql.Identifier(name), sql.Identifier(made.database)))
    return made.server.dsn(name)


def rework(release: Release, edit: Callable[[str], str]) -> None:
    """What `sqitch rework` does: the old scripts get the tag's name, the change is in the plan again."""
    for kind in ("deploy", "revert", "verify"):
        script = release.folder / f"db/{kind}/{REWORKED}.sql"
        shutil.copy(script, script.with_name(f"{script.stem}@{TAG}.sql"))
    script = release.folder / f"db/deploy/{REWORKED}.sql"
    text = edit(script.read_text())
    with (release.folder / "sqitch.plan").open("a") as plan:
        plan.write(f"{REWORKED} [{REWORKED}@{TAG}] {WHO} # For a test.\n")
    script.write_text(text)


def test_a_good_release(made: Made, newer: Release) -> None:
    change(
        newer,
        "tables/a_column",
        "alter table hypermind.projects add column note text;\ncomment on column hypermind.projects.note is 'New.';",
    )
    verify = newer.folder / "db/verify/tables/projects.sql"
    verify.write_text(verify.read_text().replace("enforcement'", "enforcement, note'"))
    rework(newer, lambda text: text.replace("select 1", "select 2"))
    upgrade(made.older, newer, copy(made), made.recorded)


BAD = {
    "a changed row": (
        "alter table hypermind.runs disable trigger runs_append_only;\n"
        "update hypermind.runs set metadata = '{\"migrated\": true}';\n"
        "alter table hypermind.runs enable always trigger runs_append_only;",
        r"rows of hypermind\.runs are lost or changed",
    ),
    "a lost column": ("alter table hypermind.projects drop column created_by;", 'lost: column "created_by"'),
    "a function that the older package calls": (
        "do $$ begin\n"
        "    execute (select format('alter function %s rename to snapshot_run', p.oid::regprocedure)\n"
        "             from pg_proc as p where p.oid = 'hypermind.take_snapshot'::regproc);\n"
        "end $$;",
        "record with the package of older.*take_snapshot",
    ),
    "hashes of another form": (
        "create or replace function hypermind_private.salted_hash(p_salt uuid, p_value jsonb)\n"
        "    returns bytea language sql stable parallel safe\n"
        "as $$ select sha256(convert_to(p_value::text, 'UTF8') || uuid_send(p_salt)) $$;",
        "read with the package of older.*verification/valid was True and is False",
    ),
    "a guard that is gone": (
        "drop trigger run_events_append_only on hypermind.run_events;",
        "read with the package of older.*problems",
    ),
    "something in the way of what is written": (
        "create function hypermind_private.mark() returns trigger language plpgsql\n"
        "as $$ begin new.payload := new.payload || '{\"marked\": true}'; return new; end $$;\n"
        "create trigger run_events_marked before insert on hypermind.run_events\n"
        "    for each row execute function hypermind_private.mark();",
        r"^recorded after it: .*'valid': False",
    ),
    "a column that its verify does not know": (
        "alter table hypermind.projects add column note text;",
        r"^verify tables/projects\.sql",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_release(made: Made, newer: Release, what: str) -> None:
    deploy, found = BAD[what]
    change(newer, "tables/something", deploy)
    with pytest.raises(Broken, match=f"(?s){found}"):
        upgrade(made.older, newer, copy(made), made.recorded)


def test_a_change_that_fails_its_verify_under_recorded_runs(made: Made, newer: Release) -> None:
    """With the package it undoes itself; Sqitch has its revert script do it, which refuses: docs/migrations.md."""
    table, revert = "tables/something", "select hypermind_private.assert_revertible();\ndrop table hypermind.something;"
    change(newer, table, "create table hypermind.something ();", revert, "select 1 / 0;")
    package, sqitch = copy(made), copy(made)
    with pytest.raises(Broken, match=r"db/verify/tables/something\.sql: division by zero"):
        newer.client("deploy", package)
    failed = harness.sqitch(sqitch, "deploy", plan_dir=newer.folder)
    assert failed.returncode != 0
    assert "this database holds recorded runs" in failed.stdout
    assert (there(package), there(sqitch)) == (False, True)
    (newer.folder / f"db/verify/{table}.sql").write_text("begin;\nselect from hypermind.something;\nrollback;\n")
    newer.client("deploy", package)
    assert harness.sqitch(sqitch, "deploy", plan_dir=newer.folder).returncode != 0  # it is there already
    registered = harness.sqitch(sqitch, "deploy", "--log-only", "--to", table, plan_dir=newer.folder)
    assert registered.returncode == 0, registered.stdout
    assert (there(package), there(sqitch)) == (True, True)
    for dsn in (package, sqitch):
        assert status(dsn, plan_dir=newer.folder).pending == ()


def there(dsn: str) -> bool:
    with psycopg.connect(dsn) as conn:
        return conn.execute("select to_regclass('hypermind.something')").fetchone() != (None,)
