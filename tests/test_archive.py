"""Months leave as Parquet files and come back: what is archived is all there is, is proved, and is what is restored."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import duckdb
import harness
import psycopg
import pyarrow.parquet as pq
import pytest
from conftest import Connection, TwoProjects, only_with
from psycopg import sql
from test_cli import COMMAND, environment
from test_hash_chain import agrees, auditor

from hypermindlabs import Lab, NewEvent, archive, archive_rewrite, connect, errors, restore
from hypermindlabs.archive_files import Bounds, PartWriter, rows_of
from hypermindlabs.archive_format import OF_RUNS, RUN_EVENTS, TABLES, ArchiveBroken
from hypermindlabs.archive_place import Place
from hypermindlabs.cli import main
from hypermindlabs.render import count

once = only_with("wheel18", "files are files on any server")
SMALL = Bounds(part_bytes=6000, group_bytes=2000, group_rows=7, page_bytes=1500, page_rows=5)
HOSTILE = "\x1b]0;owned\x07 \u202e \U0001f600 \\ \" ' \u0080 \u2028"

Cli = Callable[..., tuple[int, str, str]]


def quiet(what: str, done: int = 0, total: int | None = None, /) -> None:
    """Nobody wants to know how far it is."""


# The people, and the runs


@pytest.fixture(scope="module")
def archie(two_projects: TwoProjects, admin_conn: Connection) -> str:
    """The dsn of a role that archives: an operator who sees everything, here also a member of both projects."""
    if admin_conn.execute("select 1 from pg_roles where rolname = 'archie'").fetchone() is None:
        admin_conn.execute("create role archie login")
    admin_conn.execute("grant hypermind_operator, hypermind_auditor to archie")
    for project in (two_projects.a, two_projects.b):
        admin_conn.execute("select hypermind.grant_project(%s, 'archie')", (project,))
    return two_projects.dsn_of("archie")


@pytest.fixture(scope="module")
def lab(archie: str) -> Iterator[Lab]:
    with connect(archie) as opened:
        yield opened


@pytest.fixture(scope="module")
def audrey(two_projects: TwoProjects) -> Iterator[Connection]:
    with auditor(two_projects.dsn) as connection:
        yield connection


@pytest.fixture
def cli(two_projects: TwoProjects, archie: str, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Cli:
    def call(*words: str, who: str = "archie") -> tuple[int, str, str]:
        monkeypatch.setenv("DATABASE_URL", two_projects.dsn_of(who))
        code = main(words)
        said = capfd.readouterr()
        return code, said.out, said.err

    return call


NUMBERS = itertools.count()


@dataclass
class Month:
    """A month of long ago, with runs in it."""

    lab: Lab
    projects: TwoProjects
    period: date
    runs: list[UUID]

    @property
    def name(self) -> str:
        return f"{self.period:%Y-%m}"

    def new_id(self) -> UUID:
        """An id for a run of this month, later than those before it."""
        start = datetime(self.period.year, self.period.month, 1, tzinfo=UTC)
        milliseconds = int(start.timestamp()) * 1000 + len(self.runs) * 1000
        run_id = UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | uuid4().int & (1 << 62) - 1)
        self.runs.append(run_id)
        return run_id

    def run(self, *, project: UUID | None = None, events: int = 3, size: int = 10, **given: Any) -> UUID:
        """A completed run."""
        runs, run_id = self.lab.runs, self.new_id()
        runs.create(project or self.projects.a, "chat", run_id=run_id, **given)
        runs.start(run_id)
        for after in range(0, events, 100):
            numbers = range(after, min(after + 100, events))
            runs.append_many(run_id, [NewEvent("custom.note", {"n": n, "text": "x" * size}) for n in numbers])
        runs.complete(run_id)
        return run_id

    def rich_run(self) -> UUID:
        """A completed run with everything that a run can have."""
        runs, run_id = self.lab.runs, self.new_id()
        for version in (1, 2):
            content = {"text": f"Hello {HOSTILE}", "n": version}
            runs.register_config(self.projects.a, "prompt", f"greeting {self.name}", content)
        runs.label_config(self.projects.a, "prompt", f"greeting {self.name}", "production", 1)
        pins = {
            "Zed": {"kind": "prompt", "name": f"greeting {self.name}", "label": "production"},
            "ähnlich": {"kind": "prompt", "name": f"greeting {self.name}", "version": 2},
            "apple": {"kind": "prompt", "name": f"greeting {self.name}", "version": 1},
        }
        runs.create(
            self.projects.a,
            "workflow",
            run_id=run_id,
            configs=pins,
            input={"question": HOSTILE, "n": Decimal("1.10")},
            metadata={"title": "all of it", "nul": "\x00", "half": "\ud83d"},
            tags=["one", HOSTILE],
            agent="agent",
            model="model",
            owner="somebody",
        )
        runs.start(run_id)
        asked = runs.append(
            run_id,
            "model.requested",
            {"messages": [{"role": "user", "content": HOSTILE}]},
            state_delta={"a": {"b": [1, 2.50]}},
            event_id=uuid4(),
            model="gpt-4o",
            tags=["x", "a,b {}"],
            occurred_at=datetime.min.replace(tzinfo=UTC),
        )
        runs.append(
            run_id,
            "model.responded",
            {"content": "secret quetzal", "cost": Decimal("1e-18")},
            state_delta=[{"op": "add", "path": "/a/b/-", "value": HOSTILE}],
            parent_seq=asked,
            model="gpt-4o",
            input_tokens=7,
            output_tokens=1_000_000_000,
            cost=Decimal("1.100000000000000010"),
            occurred_at=datetime.max.replace(tzinfo=UTC),
        )
        runs.append(run_id, "tool.called", {"name": "tool"}, tool="tool")
        runs.take_snapshot(run_id)
        runs.attach(
            run_id, "report", "s3://bucket/quetzal", b"\x00" * 32, 7, metadata={"what": "quetzal"}, parent_seq=asked
        )
        runs.append(run_id, "note.added", {"text": "after"}, {"note": "quetzal"})
        runs.complete(run_id, {"answer": 42})
        return run_id

    def story(self) -> Month:
        """Runs of all kinds, in two projects: forks, erased ones, one that was cancelled at once."""
        rich, plain, gone = self.rich_run(), self.run(), self.run()
        fork = self.lab.replay.fork(rich, 5, state_patch={"forked": True}, new_run_id=self.new_id())
        self.lab.runs.start(fork)
        self.lab.runs.append(fork, "note.added", {"text": "of the fork"}, {"own": 1})
        self.lab.runs.complete(fork)
        self.lab.runs.create(self.projects.b, "batch", run_id=(waiting := self.new_id()))
        self.lab.runs.cancel(waiting)
        self.run(project=self.projects.b, events=20)
        self.lab.runs.erase_payload(plain, 3, "a secret")
        self.lab.runs.erase(gone, "all of it")
        return self


@pytest.fixture
def month(lab: Lab, two_projects: TwoProjects) -> Month:
    number = next(NUMBERS)
    return Month(lab, two_projects, date(2001 + number // 12, number % 12 + 1, 1), [])


@pytest.fixture
def place(tmp_path: Path) -> str:
    return str(tmp_path / "archives")


@once
def test_pages_that_are_cut_short_leave_their_transaction_usable(lab: Lab, two_projects: TwoProjects) -> None:
    run = lab.runs.create(two_projects.a, "batch")
    for start in range(0, 200, 50):  # more than any buffer holds, so that the server is at it when a page is full
        lab.runs.append_many(run, [NewEvent("a.b", {"n": start + n, "text": "x" * 100_000}) for n in range(50)])
    with archive.read_only(lab.router) as connection:
        found = archive.pages(
            lambda: nullcontext(connection), RUN_EVENTS, run, run, Bounds(page_bytes=200_000, page_rows=100)
        )
        assert [row["seq"] for row in found] == list(range(1, 202))
    lab.runs.cancel(run)


def archived(month: Month, place: str, **options: Any) -> archive.Archived:
    return archive.archive_period(month.lab.router, month.period, place, quiet, **options)


def recorded(month: Month) -> list[UUID]:
    return [each.archive_id for each in month.lab.operations.archives(month.period)]


def expect(said: tuple[int, str, str], code: int, words: str) -> None:
    """An error is one line, and at most a hint below it."""
    assert said[0] == code, said
    lines = [line for line in said[2].splitlines() if line.startswith("hypermindlabs: ")]
    assert len(lines) == 1 and words in lines[0], said
    assert "Traceback" not in said[2] and "mistake of ours" not in said[2]


# What is written


def test_a_month_is_written_proved_recorded_and_found(month: Month, place: str, cli: Cli) -> None:
    month.story()
    code, out, _ = cli("archive", month.name, "--to", place, "--json")
    told = json.loads(out)
    assert code == 0 and told["new"] is True and told["period"] == month.name
    assert told["runs"] == told["tables"]["runs"] == 6 and told["erasures"] == 2
    folder = Path(told["location"])
    assert folder.parent == Path(place) and folder.name == f"{month.name}-{told['archive_id']}"
    files = {file["name"] for file in told["files"]}
    assert {path.name for path in folder.iterdir()} == files | {"manifest.json"}
    assert {file["table"] for file in told["files"]} == set(TABLES)
    for file in told["files"]:
        content = (folder / file["name"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
    figures = month.lab.operations.archive_figures(month.period)
    assert {name: told[name] for name in ("runs", "events", "erasures", "merkle_root")}.items() <= figures.items()
    assert figures["tables"] == told["tables"]
    (known,) = month.lab.operations.archives(month.period)
    assert known.location == str(folder) and known.erasures == known.erasures_now == 2 and known.runs == 6
    assert known.manifest_sha256 == hashlib.sha256((folder / "manifest.json").read_bytes()).digest()
    listed = cli("archive", "--list")[1]
    assert f"{month.name}  {told['archive_id']}" in listed and str(folder) in listed
    for which in (told["archive_id"], str(folder), f"file://{folder}"):
        code, out, _ = cli("archive", "--verify", which)
        assert code == 0 and out.startswith(f"intact  6 runs of {month.name}\n")
    # Again there is nothing to do.
    code, out, _ = cli("archive", month.name, "--to", place)
    assert code == 0 and out.startswith(f"{month.name} was archived before")
    assert recorded(month) == [UUID(told["archive_id"])]


def test_every_column_of_every_row_is_in_the_files(month: Month, place: str, admin_conn: Connection) -> None:
    month.story()
    done = archived(month, place, bounds=SMALL)
    for table in OF_RUNS:
        columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
        kept = sql.SQL("select {} from hypermind.{} where run_id = any(%s)").format(columns, sql.Identifier(table.name))
        ledger = admin_conn.execute(kept, (month.runs,)).fetchall()
        assert ledger
        written = list(rows_of(Place(done.location), table, done.manifest.of(table)))
        # PostgreSQL itself makes rows of what is in the files, and says which differ.
        texts = [restore.json_of(table, row) for row in written]
        same = sql.SQL(
            "select count(*) from jsonb_populate_recordset(null::hypermind.{0}, %s::jsonb) as f "
            "join hypermind.{0} as t on t::text = f::text"
        ).format(sql.Identifier(table.name))
        (found,) = admin_conn.execute(same, (f"[{','.join(texts)}]",)).fetchone() or (0,)
        assert found == len(written) == len(ledger)


def test_a_table_with_a_new_column_is_noticed(admin_conn: Connection) -> None:
    for table in TABLES.values():
        query = """
            select a.attname, format_type(a.atttypid, null) from pg_attribute as a
            where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum"""
        kinds = {"timestamp with time zone": "timestamptz"}
        rows = admin_conn.execute(query, (f"hypermind.{table.name}",)).fetchall()
        known = {name: kinds.get(kind, kind) for name, kind in rows}
        wanted = {
            name: kind for name, kind in table.columns.items() if table.name != "config_versions" or name in known
        }
        assert known == wanted


def test_pins_can_be_read_without_the_ledger(month: Month, place: str) -> None:
    month.story()
    done = archived(month, place)
    rows = list(rows_of(Place(done.location), TABLES["config_versions"], done.manifest.of(TABLES["config_versions"])))
    assert [(row["kind"], row["name"], row["version"]) for row in rows] == [
        ("prompt", f"greeting {month.name}", 1),
        ("prompt", f"greeting {month.name}", 2),
    ]
    assert json.loads(rows[0]["content"])["n"] == 1


def test_parts_and_row_groups_are_bounded_by_bytes_and_rows(month: Month, place: str) -> None:
    month.run(events=50, size=10)
    month.run(events=6, size=5000)
    done = archived(month, place, bounds=SMALL)
    files = done.manifest.of(RUN_EVENTS)
    assert [file.name for file in files] == [f"run_events-{n}.parquet" for n in range(1, len(files) + 1)]
    groups = []
    for file in files:
        metadata = pq.ParquetFile(Path(done.location) / file.name).metadata
        groups += [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)]
        assert metadata.row_group(0).column(0).compression == "ZSTD"
    assert max(groups) == SMALL.group_rows and 1 in groups
    assert sum(groups) == 62


# What keeps it from being written


def test_who_may_not_is_told_so(month: Month, place: str, cli: Cli) -> None:
    month.run()
    for who, words in (
        ("alice", "alice does not see every project"),
        ("oscar", "oscar does not see every project"),
        ("audrey", "permission denied for function archive_figures"),
    ):
        code = 3 if who == "audrey" else 2
        expect(cli("archive", month.name, "--to", place, who=who), code, words)
    assert recorded(month) == [] and not Path(place).exists()


def test_a_month_that_is_not_over_is_refused(month: Month, place: str, cli: Cli) -> None:
    run = month.new_id()
    month.lab.runs.create(month.projects.a, "chat", run_id=run)
    said = cli("archive", month.name, "--to", place)
    assert said[0] == 3 and str(run) in said[2]
    month.lab.runs.cancel(run)
    said = cli("archive", f"{datetime.now(UTC):%Y-%m}", "--to", place)
    assert said[0] == 3
    assert not Path(place).exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("archive",), "archive what, and where?"),
        (("archive", "2020-01"), "archive what, and where?"),
        (("archive", "--to", "/x"), "archive which month?"),
        (("archive", "--list", "--rewrite"), "archive what, and where?"),
        (("archive", "2020-01", "--list"), "archive what, and where?"),
        (("archive", "2020-01", "--to", "s3://user:word@bucket/x"), "the URL has a password in it"),
        (("archive", "2020-01", "--to", "nosuch://bucket/x"), "cannot use nosuch://bucket/x"),
        (("archive", "--verify", "/no/such/place"), "there is no archive in /no/such/place"),
        (("archive", "--verify", "00000000-0000-4000-8000-000000000000"), "there is no archive 00000000"),
        (("restore", "1970-01"), "1970-01 has no archive"),
    ],
)
def test_what_makes_no_sense_is_refused(cli: Cli, words: Sequence[str], said: str) -> None:
    answer = cli(*words)
    assert answer[0] in (1, 2, 3)
    expect(answer, answer[0], said)


def test_a_place_that_is_none_is_said(month: Month, cli: Cli) -> None:
    month.run()
    expect(cli("archive", month.name, "--to", "/dev/null/x"), 2, "cannot read /dev/null/x: Not a directory")


def test_without_the_packages_one_line_says_which(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if re.match(r"hypermindlabs\.(archive|restore)", name)]:
        if name != "hypermindlabs.archive_format":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delattr("hypermindlabs.archive", raising=False)
    said = cli("archive", "2020-01", "--to", "/x")
    expect(said, 2, "the packages of archives are missing: pyarrow")
    assert "pip install 'hypermindlabs[archive]'" in said[2]


# Interrupted


@dataclass(frozen=True)
class Job:
    """What a process of its own does: archives a month in small parts, with limits of its own."""

    dsn: str
    period: date
    place: str
    kill_at: tuple[str, int] | None = None
    file_size: int | None = None
    credentials: Mapping[str, str] = field(default_factory=dict)

    def run(self) -> subprocess.CompletedProcess[str]:
        fields = {"dsn": self.dsn, "period": self.period.isoformat(), "place": self.place}
        given = json.dumps({**fields, "kill_at": self.kill_at, "file_size": self.file_size})
        return subprocess.run(
            [sys.executable, "-c", SCRIPT, given],
            env=environment(PYTHONPATH=str(harness.REPO), **self.credentials),
            capture_output=True,
            text=True,
            timeout=120,
        )


SCRIPT = """
import json, os, resource, signal, sys
from datetime import date
from hypermindlabs import archive, connect
from hypermindlabs.archive_files import Bounds
from hypermindlabs.archive_format import ArchiveError

job = json.loads(sys.argv[1])
seen = {}

def tell(what, done=0, total=None):
    seen[what] = seen.get(what, 0) + 1
    if job["kill_at"] == [what, seen[what]]:
        os.kill(os.getpid(), signal.SIGKILL)

archive.PROGRESS_ROWS = archive.PROGRESS_RUNS = 1
if job["file_size"]:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (job["file_size"], job["file_size"]))
small = Bounds(part_bytes=6000, group_bytes=2000, group_rows=7, page_bytes=1500, page_rows=5)
with connect(job["dsn"]) as lab:
    try:
        archive.archive_period(lab.router, date.fromisoformat(job["period"]), job["place"], tell, bounds=small)
    except ArchiveError as error:
        sys.exit(f"{type(error).__name__}: {error}")
"""


def finished_files(place: str) -> dict[str, tuple[int, int]]:
    """The finished files, and what changes when one is written again."""
    found = {path.name: path.stat() for path in Path(place).glob("*/*.parquet")}
    return {name: (stat.st_ino, stat.st_mtime_ns) for name, stat in found.items()}


@once
@pytest.mark.parametrize(
    "kill_at",
    [("writing runs", 1), ("writing run_events", 30), ("writing config_versions", 1), ("reading it back: runs", 2)],
)
def test_killed_at_any_moment_it_goes_on(
    month: Month, place: str, tmp_path: Path, archie: str, cli: Cli, kill_at: tuple[str, int]
) -> None:
    month.story().run(events=60)
    killed = Job(archie, month.period, place, kill_at).run()
    assert killed.returncode == -signal.SIGKILL, killed
    assert recorded(month) == []
    (folder,) = Path(place).iterdir()
    assert (folder / "progress.json").exists()
    if kill_at[0] != "reading it back: runs":
        said = cli("archive", "--verify", str(folder))
        expect(said, 1, "there is no archive in")
        assert "run the same archive command again" in said[2]
    before = finished_files(place)
    assert bool(before) == (kill_at != ("writing runs", 1))
    done = archived(month, place, bounds=SMALL)
    assert done.location == str(folder)
    after = finished_files(place)
    assert {name: after[name] for name in before} == before
    assert not [path for path in folder.iterdir() if path.name not in {*after, "manifest.json"}]
    # What a killed process began is what one that was not would have written.
    (whole,) = [archived(month, str(tmp_path / "whole"), bounds=SMALL)]
    assert whole.manifest.files == done.manifest.files
    assert cli("archive", "--verify", str(done.manifest.archive_id))[0] == 0


@once
def test_what_was_finished_is_looked_at_before_it_is_kept(month: Month, place: str, archie: str) -> None:
    month.story().run(events=60)
    Job(archie, month.period, place, ("reading it back: runs", 1)).run()
    (folder,) = Path(place).iterdir()
    (folder / "run_events-2.parquet").write_bytes(b"not what was written")
    before = finished_files(place)
    done = archived(month, place, bounds=SMALL)
    after = finished_files(place)
    assert {name for name in before if after[name] == before[name]} == {"runs-1.parquet", "run_events-1.parquet"} | {
        name for name in before if name.startswith("runs-")
    }
    archive.check(Place(done.location), done.manifest, quiet)


@once
def test_what_was_begun_before_an_erasure_is_begun_anew(month: Month, place: str, archie: str, cli: Cli) -> None:
    run = month.rich_run()
    Job(archie, month.period, place, ("reading it back: runs", 1)).run()
    (folder,) = Path(place).iterdir()
    month.lab.runs.erase(run, "too late for this archive")
    code, out, err = cli("archive", month.name, "--to", place)
    assert code == 0 and "is out of date: it goes" in err
    assert not folder.exists()
    (folder,) = Path(place).iterdir()
    assert str(folder) in out and "quetzal" not in everything_in(folder)


def test_an_erasure_meanwhile_is_noticed(month: Month, place: str) -> None:
    run = month.rich_run()
    said: list[str] = []

    def tell(what: str, done: int = 0, total: int | None = None, /) -> None:
        if what == "writing run_events" and "writing run_events" not in said:
            month.lab.runs.erase_payload(run, 4, "while it is written")
        if what == "reading it back: runs" and said.count("reading it back: runs") == 0:
            month.lab.runs.erase_payload(run, 3, "while it is read back")
        said.append(what)

    done = archive.archive_period(month.lab.router, month.period, place, tell, bounds=SMALL)
    assert said.count("something was erased meanwhile: writing it again") == 2
    assert done.manifest.figures["erasures"] == 2
    assert [path.name for path in Path(place).iterdir()] == [Path(done.location).name]
    assert recorded(month) == [done.manifest.archive_id]


@once
def test_a_full_target_leaves_nothing_that_counts(month: Month, place: str, archie: str) -> None:
    month.run(events=30, size=3000)
    month.run(events=30, size=10)
    full = Job(archie, month.period, place, file_size=1000).run()
    assert full.returncode == 1 and full.stderr.startswith("PlaceError: cannot write "), full
    assert "File too large" in full.stderr and len(full.stderr.splitlines()) == 1
    assert recorded(month) == []
    (folder,) = Path(place).iterdir()
    assert not [path.name for path in folder.iterdir() if path.name.endswith(".partial")]
    # With room again, the same command goes on.
    assert archived(month, place, bounds=SMALL).location == str(folder)


# What is wrong with the files is found


def everything_in(folder: Path) -> str:
    """All that the files of an archive say, unpacked."""
    tables = [pq.read_table(path).to_pylist() for path in sorted(folder.glob("*.parquet"))]
    return repr(tables)


def tamper(folder: Path, how: str) -> None:
    first, second = folder / "run_events-1.parquet", folder / "run_events-2.parquet"
    content = first.read_bytes()
    match how:
        case "a flipped bit":
            first.write_bytes(content[:200] + bytes([content[200] ^ 1]) + content[201:])
        case "a truncated file":
            first.write_bytes(content[:-10])
        case "a longer file":
            first.write_bytes(content + b"\0")
        case "swapped files":
            first.write_bytes(second.read_bytes())
            second.write_bytes(content)
        case "a missing file":
            first.unlink()
        case "a changed manifest":
            manifest = folder / "manifest.json"
            manifest.write_text(re.sub(r'"events": \d+', '"events": 7', manifest.read_text(), count=1))
        case "no manifest":
            (folder / "manifest.json").unlink()
        case "no JSON":
            (folder / "manifest.json").write_text("[")


TAMPERING = {
    "a flipped bit": "another hash",
    "a truncated file": "bytes, and should have",
    "a longer file": "bytes, and should have",
    "swapped files": "run_events-1.parquet has",
    "a missing file": "run_events-1.parquet is missing",
    "a changed manifest": "and its manifest says 7",
    "no manifest": "there is no archive in",
    "no JSON": "is no manifest of an archive",
}


@once
@pytest.mark.parametrize("how", TAMPERING)
def test_what_is_wrong_with_the_files_is_said(month: Month, place: str, cli: Cli, how: str) -> None:
    month.run(events=60)
    done = archived(month, place, bounds=SMALL)
    tamper(Path(done.location), how)
    expect(cli("archive", "--verify", done.location), 1, TAMPERING[how])
    by_id = cli("archive", "--verify", str(done.manifest.archive_id))
    expect(by_id, 1, "is not the one that was recorded" if how in ("a changed manifest", "no JSON") else TAMPERING[how])


Change = Callable[[str, dict[str, Any]], dict[str, Any] | None]


def forge(done: archive.Archived, target: Path, change: Change) -> Place:
    """An archive whose files fit its manifest, with other rows. change: a row of a table as it is to be, None: gone."""
    place, files = Place(str(target)), []
    for table in TABLES.values():
        with PartWriter(place, table, Bounds(), files.append) as writer:
            for row in rows_of(Place(done.location), table, done.manifest.of(table)):
                forged = change(table.name, dict(row))
                if forged is not None:
                    writer.add(forged)
    tables = {name: sum(f.rows for f in files if f.table == name) for name in done.manifest.figures["tables"]}
    figures = {**done.manifest.figures, "tables": tables, "runs": tables["runs"], "events": tables["run_events"]}
    place.write("manifest.json", replace(done.manifest, files=tuple(files), figures=figures).text().encode())
    return place


def changed(table: str, column: str, value: Any) -> Change:
    return lambda name, row: {**row, column: value} if name == table and row.get(column) is not None else row


FORGERIES: dict[str, tuple[Change, str]] = {
    "a payload": (changed("run_events", "payload", '{"n": 1}'), "is not what was recorded"),
    "a cost": (changed("run_events", "cost", "1.1"), "is not what was recorded"),
    "a run's owner": (changed("runs", "owner", "mallory"), "are not what run.created vouches for"),
    "an outcome": (changed("run_outcomes", "status", "failed"), "the outcome is not what the final event vouches for"),
    "a state": (changed("run_state_snapshots", "state", "{}"), "does not fit its hash"),
    "an artifact": (changed("run_artifacts", "uri", "s3://x"), "is not what event"),
    "a pinned content": (changed("config_versions", "content", "{}"), "has another content"),
    "a kept hash": (changed("erased_hashes", "payload_hash", bytes(32)), "is not what was recorded"),
    "an event that is missing": (lambda t, row: None if t == "run_events" and row["seq"] == 2 else row, "is missing"),
    "a run without an outcome": (lambda t, row: None if t == "run_outcomes" else row, "has no outcome"),
    "a pin without its content": (lambda t, row: None if t == "config_versions" else row, "lacks what it pinned"),
    "an erasure that is missing": (lambda t, row: None if t == "erasures" else row, "has erasures 0"),
    "rows without a run": (lambda t, row: None if t == "runs" and row["mode"] == "workflow" else row, "not that run"),
    "rows without any run": (lambda t, row: None if t == "runs" else row, "and not that run"),
}


@once
@pytest.mark.parametrize("what", FORGERIES)
def test_a_forger_who_keeps_the_hashes_of_files_right_is_found(
    month: Month, place: str, tmp_path: Path, cli: Cli, what: str
) -> None:
    month.story()
    done = archived(month, place)
    change, problem = FORGERIES[what]
    forged = forge(done, tmp_path / "forged", change)
    expect(cli("archive", "--verify", str(forged)), 1, problem)
    # By its id it is that of the ledger that is asked for; whoever offers another one is found out.
    expect(cli("restore", month.name, "--from", str(forged)), 1, "is not the one that was recorded")


def test_a_whole_run_that_is_missing_changes_the_merkle_root(month: Month, place: str, tmp_path: Path) -> None:
    month.story()
    done = archived(month, place)
    last = str(month.runs[-1])
    forged = forge(done, tmp_path / "forged", lambda table, row: None if row.get("run_id") == last else row)
    with pytest.raises(ArchiveBroken, match="has merkle_root"):
        archive.check(forged, archive.read_manifest(forged), quiet)


def test_an_honest_copy_passes(month: Month, place: str, tmp_path: Path, cli: Cli) -> None:
    month.story()
    same = forge(archived(month, place, bounds=SMALL), tmp_path / "same", lambda table, row: row)
    assert cli("archive", "--verify", str(same))[0] == 0


# Retired, and brought back


@pytest.fixture
def policy(lab: Lab) -> None:
    """Everything may go as soon as it is archived."""
    if lab.operations.retention_policy(None).keep_at_least != 0:
        lab.operations.set_retention_policy(None, keep_at_least=0, keep_at_most=None, archive_after=0, reason="test")


def retire(month: Month, cli: Cli) -> None:
    while month.lab.runs.refresh_rollups():
        pass
    assert cli("retention", "detach", month.name)[:2] == (
        0,
        f"{month.name} is detached: {count(len(month.runs), 'run')}.\n",
    )
    code, out, _ = cli("retention", "drop", month.name, "--yes")
    assert code == 0 and re.fullmatch(rf"{month.name} is dropped: [\d,]+ bytes\.\n", out)


def facts(month: Month, run: UUID) -> dict[str, Any]:
    """What a run is, to those who replay and verify it."""
    found: dict[str, Any] = {"verified": month.lab.replay.verify(run), "events": month.lab.runs.events(run, limit=1000)}
    assert found["verified"].valid
    for seq in range(found["verified"].last_seq + 1):
        try:
            found[f"digest {seq}"] = month.lab.replay.resolve(run, seq).digest
        except errors.ContentErased as error:
            found[f"digest {seq}"] = error.detail
    found["request"] = month.lab.runs.request(run)
    found["artifacts"] = month.lab.runs.artifacts(run)
    found["pins"] = month.lab.runs.pins(run)
    return found


def is_away(month: Month, run: UUID, location: str) -> bool:
    """Whether its rows are away; then it is listed all the same, and whoever asks for it is told where it is."""
    assert run in {listed.run_id for listed in month.lab.runs.list(limit=1000, until=datetime(2010, 1, 1, tzinfo=UTC))}
    try:
        month.lab.replay.state_at(run)
    except errors.RunArchived as error:
        assert error.detail["location"] == location
        return True
    except errors.ContentErased:
        pass
    return False


def guarded(month: Month, runs: Sequence[UUID], connect_as: TwoProjects, owner: Connection, audrey: Connection) -> None:
    """Restored rows are as well kept as they ever were."""
    for table in OF_RUNS:
        for change in ("update hypermind.{} set run_id = run_id", "delete from hypermind.{}"):
            query = sql.SQL(change).format(sql.Identifier(table.name)) + sql.SQL(" where run_id = any(%s)")
            with pytest.raises(errors.AppendOnly):
                owner.execute(query, (runs,))
            for person in ("alice", "bob", "archie"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connect_as.connect(person).execute(query, (runs,))
    for person, project in (("alice", connect_as.a), ("bob", connect_as.b)):
        query = "select distinct project_id from hypermind.{} where run_id = any(%s)"
        for table in OF_RUNS:
            seen = (
                connect_as.connect(person)
                .execute(sql.SQL(query).format(sql.Identifier(table.name)), (runs,))
                .fetchall()
            )
            assert set(seen) <= {(project,)}
    assert audrey.execute("select * from hypermind.check_integrity()").fetchall() == []


def test_a_month_goes_and_comes_back_as_it_was(
    month: Month, place: str, cli: Cli, policy: None, two_projects: TwoProjects, owner_conn: Connection, audrey: Any
) -> None:
    month.story()
    before = {run: facts(month, run) for run in month.runs}
    done = archived(month, place, bounds=SMALL)
    retire(month, cli)
    assert all(is_away(month, run, done.location) for run in month.runs)
    expect(cli("show", str(month.runs[0])), 3, f"run {month.runs[0]} is archived")
    expect(cli("archive", month.name, "--to", place), 2, f"{month.name} is dropped: its archive has been written")
    code, out, _ = cli("restore", month.name, "--json")
    events = done.manifest.figures["events"]
    assert (code, json.loads(out)) == (0, {"runs": len(month.runs), "events": events, "skipped": 0})
    assert not [run for run in month.runs if is_away(month, run, done.location)]
    assert {run: facts(month, run) for run in month.runs} == before
    for run in month.runs:
        agrees(audrey, run)
    guarded(month, month.runs, two_projects, owner_conn, audrey)
    assert month.lab.operations.archive_figures(month.period).items() >= {"events": events, "erasures": 2}.items()
    again = cli("restore", month.name)
    said = f"Restored, and proved: 0 runs with 0 events\n{len(month.runs)} runs were here.\n"
    assert again[:2] == (0, said)
    expect(cli("restore", str(month.runs[0])), 3, f"run {month.runs[0]} is here, or unknown")
    # It can be archived, and go, again.
    assert cli("archive", "--verify", str(done.manifest.archive_id))[0] == 0
    retire(month, cli)
    assert cli("restore", month.name)[0] == 0
    assert {run: facts(month, run) for run in month.runs} == before


def damage_other_runs(path: Path, run: UUID) -> bytes:
    """Destroys the row groups of a file that have other runs only; returns what it was."""
    whole = path.read_bytes()
    damaged = bytearray(whole)
    metadata = pq.ParquetFile(path).metadata
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        if not group.column(0).statistics.min <= str(run) <= group.column(0).statistics.max:
            columns = [group.column(number) for number in range(group.num_columns)]
            start = min(column.dictionary_page_offset or column.data_page_offset for column in columns)
            size = sum(column.total_compressed_size for column in columns)
            damaged[start : start + size] = bytes(size)
    assert damaged != whole
    path.write_bytes(damaged)
    return whole


def test_one_run_comes_back_from_the_files_that_hold_it(month: Month, place: str, cli: Cli, policy: None) -> None:
    month.story().run(events=60)
    run = month.runs[0]
    before = facts(month, run)
    done = archived(month, place, bounds=SMALL)
    retire(month, cli)
    needed = {file.name for file in done.manifest.files if file.first[0] <= str(run) <= file.last[0]}
    for path in Path(done.location).glob("*.parquet"):
        if path.name not in needed:
            path.rename(path.with_suffix(".aside"))
    assert len(needed) < len(done.manifest.files)
    last = max(name for name in needed if name.startswith("run_events-"))
    whole = damage_other_runs(Path(done.location) / last, run)
    code, out, _ = cli("restore", str(run)[-12:])
    assert code == 0 and out == f"Restored, and proved: 1 run with {before['verified'].events} events\n"
    assert facts(month, run) == before
    assert [is_away(month, each, done.location) for each in month.runs] == [each != run for each in month.runs]
    # The rest comes back with the month, over the run that is here.
    for path in Path(done.location).glob("*.aside"):
        path.rename(path.with_suffix(".parquet"))
    (Path(done.location) / last).write_bytes(whole)
    code, out, _ = cli("restore", month.name)
    assert code == 0 and out.endswith("1 run was here.\n")
    assert facts(month, run) == before
    assert not [each for each in month.runs if is_away(month, each, done.location)]


@once
def test_runs_come_back_in_transactions_of_bounded_size(month: Month, place: str, cli: Cli, policy: None) -> None:
    month.story().run(events=60)
    done = archived(month, place)
    retire(month, cli)
    opened, manifest = archive.open_archive(month.lab.operations.archives(month.period)[0])
    said: list[tuple[str, int, int | None]] = []
    back = restore.restore_period(
        month.lab.router,
        opened,
        manifest,
        lambda *told: said.append(told),
        bounds=SMALL,  # type: ignore[arg-type]
    )
    assert back.runs == len(month.runs) == said[-1][1] and len(said) > 3
    assert all(facts(month, run) for run in month.runs)
    assert done.manifest.text() == manifest.text()


@once
def test_a_restore_that_was_killed_goes_on(month: Month, place: str, cli: Cli, policy: None, archie: str) -> None:
    month.story()
    before = {run: facts(month, run) for run in month.runs}
    done = archived(month, place)
    retire(month, cli)
    script = f"""
import os, signal
from datetime import date
from hypermindlabs import archive, connect, restore
from hypermindlabs.archive_files import Bounds

def tell(what, done=0, total=None):
    if done >= 3:
        os.kill(os.getpid(), signal.SIGKILL)

with connect({archie!r}) as lab:
    place, manifest = archive.open_archive(lab.operations.archives(date({month.period:%Y, %-m, %-d}))[0])
    restore.restore_period(lab.router, place, manifest, tell, bounds=Bounds(page_bytes=500))
"""
    killed = subprocess.run([sys.executable, "-c", script], env=environment(PYTHONPATH=str(harness.REPO)), timeout=120)
    assert killed.returncode == -signal.SIGKILL
    away = [run for run in month.runs if is_away(month, run, done.location)]
    assert 0 < len(away) < len(month.runs)
    code, out, _ = cli("restore", month.name, "--json")
    assert code == 0 and json.loads(out)["runs"] == len(away)
    assert {run: facts(month, run) for run in month.runs} == before


def test_what_was_erased_meanwhile_does_not_come_back(month: Month, place: str, cli: Cli, policy: None) -> None:
    run = month.rich_run()
    archived(month, place)
    retire(month, cli)
    code, out, _ = cli("erase", str(run), "--reason", "why", "--yes")
    assert code == 0 and out.startswith(f"Recorded for run {run}, which is archived: its copy loses it with: ")
    code, out, _ = cli("restore", str(run))
    assert code == 0 and out.startswith("Restored, and proved: 1 run")
    assert month.lab.replay.verify(run).valid
    assert {event.payload is None for event in month.lab.runs.events(run)} == {True}


def test_an_archive_that_was_moved_is_named(month: Month, place: str, tmp_path: Path, cli: Cli, policy: None) -> None:
    month.run()
    done = archived(month, place)
    retire(month, cli)
    Path(done.location).rename(tmp_path / "moved")
    expect(cli("restore", month.name), 1, f"there is no archive in {done.location}")
    assert cli("restore", month.name, "--from", str(tmp_path / "moved"))[0] == 0


@once
@pytest.mark.parametrize("how", TAMPERING)
def test_nothing_that_is_wrong_is_restored(month: Month, place: str, cli: Cli, policy: None, how: str) -> None:
    month.run(events=60)
    done = archived(month, place, bounds=SMALL)
    retire(month, cli)
    shutil.copytree(done.location, Path(place) / "whole")
    tamper(Path(done.location), how)
    said = cli("restore", month.name)
    assert said[0] == 1 and "Traceback" not in said[2]
    assert is_away(month, month.runs[0], done.location)
    assert cli("restore", month.name, "--from", str(Path(place) / "whole"))[0] == 0


def test_a_run_that_was_forged_in_its_file_is_refused_by_the_ledger(
    month: Month, place: str, tmp_path: Path, cli: Cli, policy: None
) -> None:
    run = month.run()
    done = archived(month, place)
    retire(month, cli)
    forged = forge(done, tmp_path / "forged", changed("run_events", "payload", '{"n": 7}'))
    shutil.copy(Path(str(forged)) / "run_events-1.parquet", done.location)
    expect(cli("restore", str(run)), 3, f"run {run} is not what was archived: event 1")
    assert is_away(month, run, done.location)
    expect(cli("restore", month.name), 1, "run_events-1.parquet has")


def test_whoever_may_not_restore_is_told_so(month: Month, place: str, cli: Cli, policy: None) -> None:
    run = month.run()
    done = archived(month, place)
    retire(month, cli)
    for who, words in (("audrey", "permission denied for function restore_rows"), ("alice", "has no archive")):
        expect(cli("restore", month.name, who=who), 3, words)
    expect(cli("retention", "drop", month.name, "--yes", who="alice"), 3, "permission denied for function drop_period")
    expect(cli("retention", "plan", who="alice"), 3, "permission denied for function plan_retention")
    assert is_away(month, run, done.location)
    expect(cli("restore", month.name, who="oscar"), 2, "oscar does not see every project: the month would not be whole")
    # One run is enough to be seen.
    assert cli("restore", str(run), who="oscar")[0] == 0


# Erased in the archive, too


def content(location: str) -> str:
    return everything_in(Path(location))


def test_an_erasure_reaches_the_archive_of_a_month_that_is_here(month: Month, place: str, cli: Cli) -> None:
    run = month.rich_run()
    old = archived(month, place)
    assert "quetzal" in content(old.location)
    month.lab.runs.erase(run, "all of it")
    assert "lacks 1 erasure" in cli("archive", "--list")[1]
    said = cli("archive", month.name, "--to", place)
    expect(said, 2, f"the archive in {old.location} has what was erased since")
    assert f"hypermindlabs archive --rewrite {month.name}" in said[2]
    code, out, _ = cli("archive", "--rewrite")  # of all months
    (new, _) = month.lab.operations.archives(month.period)
    superseded = f"{old.manifest.archive_id} is superseded by {new.archive_id} in {new.location}"
    assert code == 0 and superseded in out.splitlines()
    assert not Path(old.location).exists()
    assert "quetzal" not in content(new.location) and new.supersedes == old.manifest.archive_id
    assert cli("archive", "--verify", str(new.archive_id))[0] == 0
    nothing = (0, "Nothing was erased that an archive still has.\n", "")
    assert cli("archive", "--rewrite", month.name) == nothing
    assert "superseded by" in cli("archive", "--list")[1]


@once
def test_an_erasure_reaches_the_only_copy(month: Month, place: str, cli: Cli, policy: None, audrey: Connection) -> None:
    first = month.run(events=40)
    assert month.run(events=40)
    rich, here, last = month.rich_run(), month.rich_run(), month.run(events=40)
    old = archived(month, place, bounds=SMALL)
    retire(month, cli)
    assert cli("restore", str(here))[0] == 0
    month.lab.runs.erase(rich, "all of it")
    month.lab.runs.erase_payload(here, 4, "while it is here again")
    month.lab.runs.erase_payload(last, 3, "one event")
    before = {path.name for path in Path(old.location).glob("*.parquet")}
    (known,) = month.lab.operations.archives(month.period)
    archive_rewrite.rewrite(month.lab.router, known, quiet, bounds=SMALL)
    (new, _) = month.lab.operations.archives(month.period)
    assert {path.name for path in Path(old.location).glob("*.parquet")} == before  # a rewrite alone deletes nothing
    place_now, manifest = archive.open_archive(new)
    archive.check(place_now, manifest, quiet)
    said = content(new.location)
    assert "secret quetzal" not in said and said.count("s3://bucket/quetzal") == 1
    assert manifest.figures["erasures"] == 3 and manifest.figures["runs"] == len(month.runs)
    erased = [str(run) for run in (rich, here, last)]
    untouched = [
        file for file in old.manifest.of(RUN_EVENTS) if not any(file.first[0] <= r <= file.last[0] for r in erased)
    ]
    assert untouched and {file.sha256 for file in untouched} <= {file.sha256 for file in manifest.files}
    # Nothing came back by it, and no run is lost.
    assert [run for run in month.runs if not is_away(month, run, new.location)] == [here]
    said_again = cli("archive", "--rewrite", month.name, "--json")[1]
    assert json.loads(said_again) == {"rewritten": [], "not_deleted": []}
    assert not Path(old.location).exists()
    assert cli("restore", month.name)[0] == 0
    for run in month.runs:
        agrees(audrey, run)
    assert month.lab.runs.events(rich)[0].payload is None and month.lab.runs.events(first)[2].payload is not None
    assert [event.seq for event in month.lab.runs.events(last, limit=100) if event.payload is None] == [3]
    assert audrey.execute("select * from hypermind.check_integrity()").fetchall() == []


@once
def test_a_rewritten_archive_can_be_rewritten(month: Month, place: str, cli: Cli, policy: None) -> None:
    runs = [month.rich_run() for _ in range(3)]
    archived(month, place)
    retire(month, cli)
    for run in runs:
        month.lab.runs.erase(run, "one after the other")
        code, out, _ = cli("archive", "--rewrite", month.name, "--json")
        told = json.loads(out)
        assert code == 0 and len(told["rewritten"]) == 1 and told["not_deleted"] == []
    (folder,) = Path(place).iterdir()
    assert told["rewritten"][0]["location"] == str(folder) and "quetzal" not in everything_in(folder)
    assert cli("restore", month.name)[0] == 0
    assert all(month.lab.replay.verify(run).valid for run in runs)


@once
def test_an_erasure_during_a_rewrite_is_noticed(month: Month, place: str, cli: Cli, policy: None, archie: str) -> None:
    runs = [month.rich_run() for _ in range(3)]
    Job(archie, month.period, place, ("writing run_outcomes", 1)).run()
    (abandoned,) = Path(place).iterdir()
    (abandoned / "progress.json").rename(abandoned / "aside")  # somebody wrote the month twice, and finished once
    archived(month, place)
    (abandoned / "aside").rename(abandoned / "progress.json")
    retire(month, cli)
    month.lab.runs.erase(runs[0], "before")
    said: list[str] = []

    def tell(what: str, done: int = 0, total: int | None = None, /) -> None:
        if what == "writing run_events" and "writing run_events" not in said:
            month.lab.runs.erase(runs[1], "while it is written")
        if what == "reading it back: runs" and what not in said:
            month.lab.runs.erase(runs[2], "while it is read back")
        said.append(what)

    (known,) = month.lab.operations.archives(month.period)
    archive_rewrite.rewrite(month.lab.router, known, tell)
    assert said.count("something was erased meanwhile: writing it again") == 2
    assert archive_rewrite.delete_files(known, quiet) == []
    (folder,) = Path(place).iterdir()
    assert "quetzal" not in everything_in(folder)
    assert cli("restore", month.name)[0] == 0


def test_a_month_that_is_detached_is_not_rewritten(month: Month, place: str, cli: Cli, policy: None) -> None:
    run = month.rich_run()
    archived(month, place)
    while month.lab.runs.refresh_rollups():
        pass
    assert cli("retention", "detach", month.name)[0] == 0
    expect(cli("restore", month.name), 3, f"{month.name} is detached")
    month.lab.runs.erase(run, "why")
    expect(cli("archive", "--rewrite", month.name), 2, f"{month.name} is detached")
    assert cli("retention", "attach", month.name)[:2] == (0, f"{month.name} is attached: 1 run.\n")
    assert cli("archive", "--rewrite", month.name)[0] == 0
    (folder,) = Path(place).iterdir()
    assert "quetzal" not in everything_in(folder)


REWRITE = """
import json, os, signal, sys
from hypermindlabs import archive_rewrite, connect
from datetime import date

dsn, period, what = sys.argv[1:]

def tell(said, done=0, total=None):
    if said == what:
        os.kill(os.getpid(), signal.SIGKILL)

with connect(dsn) as lab:
    for each in lab.operations.archives(date.fromisoformat(period)):
        if each.superseded_by is None:
            archive_rewrite.rewrite(lab.router, each, tell)
    for each in lab.operations.archives(date.fromisoformat(period)):
        if each.superseded_by is not None:
            archive_rewrite.delete_files(each, tell)
"""


@once
@pytest.mark.parametrize(
    "what", ["erasing what was erased: runs", "writing run_outcomes", "reading it back: runs", "deleting the old files"]
)
def test_a_rewrite_that_was_killed_leaves_nothing_behind(
    month: Month, place: str, cli: Cli, policy: None, archie: str, what: str
) -> None:
    run = month.rich_run()
    month.run()
    archived(month, place)
    retire(month, cli)
    month.lab.runs.erase(run, "why")
    killed = subprocess.run(
        [sys.executable, "-c", REWRITE, archie, month.period.isoformat(), what],
        env=environment(PYTHONPATH=str(harness.REPO)),
        timeout=120,
    )
    assert killed.returncode == -signal.SIGKILL
    assert "quetzal" in "".join(everything_in(path) for path in Path(place).iterdir())
    assert cli("archive", "--rewrite", month.name)[0] == 0
    (folder,) = Path(place).iterdir()
    assert "quetzal" not in everything_in(folder)
    assert cli("archive", "--verify", str(folder))[0] == 0
    assert cli("restore", month.name)[0] == 0 and month.lab.replay.verify(run).valid


def test_what_cannot_be_deleted_is_said(month: Month, place: str, cli: Cli) -> None:
    run = month.rich_run()
    old = archived(month, place)
    month.lab.runs.erase(run, "why")
    locked = Path(old.location) / "runs-1.parquet"
    locked.unlink()
    (locked / "in it").mkdir(parents=True)
    code, out, _ = cli("archive", "--rewrite", month.name)
    assert code == 1 and f"NOT DELETED  cannot delete {locked}" in out
    # Again, it is tried again.
    code, out, _ = cli("archive", "--rewrite", month.name)
    assert code == 1 and f"NOT DELETED  cannot delete {locked}" in out
    shutil.rmtree(locked)
    assert cli("archive", "--rewrite", month.name)[0] == 0
    assert not Path(old.location).exists()


# What the policies ask for


def test_the_plan_is_shown_and_done(month: Month, place: str, cli: Cli, policy: None) -> None:
    run = month.run()
    assert json.loads(cli("retention", "plan", "1999-01", "--json")[1]) == []
    code, out, _ = cli("retention", "plan", month.name)
    assert code == 0 and re.search(rf"^{month.name} +archive +the month +1 +6 +it has not been archived$", out, re.M)
    assert cli("retention")[0] == 0
    archived(month, place)
    while month.lab.runs.refresh_rollups():
        pass
    expect(cli("retention", "apply", month.name), 2, "nothing was done")
    code, out, _ = cli("retention", "apply", month.name, "--yes")
    assert code == 0 and re.search(rf"^{month.name} +detach", out, re.M)
    assert cli("retention", "apply", month.name, "--yes")[:2] == (0, "There was nothing to do.\n")
    (step,) = json.loads(cli("retention", "plan", month.name, "--json")[1])
    assert step["action"] == "drop"
    expect(cli("retention", "drop", month.name), 2, "nothing was dropped")
    assert cli("retention", "drop", month.name, "--yes")[0] == 0
    expect(cli("retention", "drop", month.name, "--yes"), 3, "was dropped already")
    expect(cli("retention", "attach", month.name), 3, "was dropped")
    assert is_away(month, run, str(next(Path(place).iterdir())))


def test_every_reason_to_keep_a_month_is_said(month: Month, cli: Cli, policy: None) -> None:
    run = month.run()
    month.lab.runs.place_hold(month.projects.a, "a dispute", run_id=run)
    code, _, err = cli("retention", "detach", month.name)
    assert code == 3 and "run is on hold: a dispute" in err.replace(str(run), "").replace("  ", " ")
    assert "it has not been archived" in err and "waits for maintain()" in err


def test_busy_tables_are_waited_for(
    month: Month, place: str, cli: Cli, policy: None, two_projects: TwoProjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = month.run()
    archived(month, place)
    while month.lab.runs.refresh_rollups():
        pass
    reader = two_projects.connect("alice", autocommit=False)
    reader.execute("select 1 from hypermind.runs where run_id = %s", (run,))
    # The reader ends when the command first says that it has to wait.
    monkeypatch.setattr(time, "sleep", lambda seconds: reader.rollback())
    code, out, err = cli("retention", "detach", month.name)
    assert code == 0 and "The tables are busy: trying again in 1 s." in err
    assert out == f"{month.name} is detached: 1 run.\n"


# On S3


@dataclass(frozen=True)
class Bucket:
    """A bucket of a server that speaks S3, in a process of its own."""

    endpoint: str
    name: str

    @property
    def environment(self) -> dict[str, str]:
        keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
        return {"AWS_ENDPOINT_URL": self.endpoint, **keys}

    def request(self, method: str, path: str = "") -> bytes:
        asked = urllib.request.Request(f"{self.endpoint}/{self.name}{path}", method=method)
        with urllib.request.urlopen(asked, timeout=60) as answer:
            content: bytes = answer.read()
        return content

    def contents(self) -> list[str]:
        return re.findall("<Key>(.*?)</Key>", self.request("GET").decode())


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The endpoint of a server that speaks S3."""
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    with server, server.stderr:
        said = next(found for line in server.stderr if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
        reader = threading.Thread(target=server.stderr.read)  # so that it never waits for who reads what it says
        reader.start()
        try:
            yield said[0]
        finally:
            server.kill()
            reader.join()


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """A new bucket, and what gives access to it in the environment."""
    made = Bucket(s3, f"bucket-{uuid4()}")
    made.request("PUT")
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


@once
def test_a_month_goes_to_s3_and_comes_back(month: Month, cli: Cli, policy: None, bucket: Bucket) -> None:
    month.story()
    large = month.run(events=1, size=10)
    month.lab.runs.erase_payload(large, 3, "to have one more")
    before = {run: facts(month, run) for run in month.runs}
    url = f"s3://{bucket.name}/folder"
    code, out, err = cli("archive", month.name, "--to", url, "--json")
    assert code == 0, err
    told = json.loads(out)
    folder = told["location"].removeprefix(f"s3://{bucket.name}/")
    assert told["location"] == f"{url}/{month.name}-{told['archive_id']}"
    assert set(bucket.contents()) == {f"{folder}/{file['name']}" for file in told["files"]} | {
        f"{folder}/manifest.json"
    }
    # Whoever has the URL needs no database to prove it.
    assert cli("archive", "--verify", told["location"], who="nobody")[0] == 0
    assert cli("archive", month.name, "--to", url)[1].startswith(f"{month.name} was archived before")
    retire(month, cli)
    code, _, err = cli("restore", str(large))
    assert code == 0, err
    assert cli("restore", month.name)[0] == 0
    assert {run: facts(month, run) for run in month.runs} == before


@once
def test_what_is_wrong_on_s3_is_said(month: Month, cli: Cli, bucket: Bucket) -> None:
    month.rich_run()
    missing = cli("archive", month.name, "--to", "s3://nobody-made-this-one/x")
    expect(missing, 2, "cannot write s3://nobody-made-this-one/x/")
    assert cli("archive", month.name, "--to", f"s3://{bucket.name}")[0] == 0
    (known,) = month.lab.operations.archives(month.period)
    folder, name = Place(known.location), "run_events-1.parquet"
    content = folder.read(name)
    for data, words in ((content[:-1], "bytes, and should have"), (content[:-1] + b"X", "has another hash")):
        folder.write(name, data)
        expect(cli("archive", "--verify", str(known.archive_id)), 1, words)
    folder.delete(name)
    expect(cli("archive", "--verify", known.location), 1, "run_events-1.parquet is missing")
    folder.write(name, content)
    assert cli("archive", "--verify", known.location)[0] == 0
    nobody = replace(bucket, endpoint="http://127.0.0.1:9")
    done = subprocess.run(
        [*COMMAND, "archive", "--verify", known.location],
        env=environment(**nobody.environment),
        capture_output=True,
        text=True,
        timeout=120,
    )
    expect((done.returncode, done.stdout, done.stderr), 2, "cannot read s3://")


@once
def test_killed_while_it_writes_to_s3_it_goes_on(month: Month, cli: Cli, archie: str, bucket: Bucket) -> None:
    month.story().run(events=60)
    url = f"s3://{bucket.name}"
    killed = Job(archie, month.period, url, ("writing run_outcomes", 1), credentials=bucket.environment).run()
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    finished = [key for key in bucket.contents() if key.endswith(".parquet")]
    assert len(finished) > 2 and recorded(month) == []
    code, out, err = cli("archive", month.name, "--to", url, "--json")
    assert code == 0 and "going on" not in out, err
    assert set(finished) < set(bucket.contents()) and not [key for key in bucket.contents() if "progress" in key]
    assert finished[0].startswith(f"{month.name}-{json.loads(out)['archive_id']}/")


@once
def test_a_rewrite_on_s3_leaves_nothing_of_what_was_erased(
    month: Month, cli: Cli, policy: None, bucket: Bucket, tmp_path: Path
) -> None:
    run = month.rich_run()
    month.run()
    assert cli("archive", month.name, "--to", f"s3://{bucket.name}/x")[0] == 0
    (old,) = month.lab.operations.archives(month.period)
    retire(month, cli)
    month.lab.runs.erase(run, "why")
    code, out, err = cli("archive", "--rewrite", month.name)
    assert code == 0 and out.startswith(f"{old.archive_id} is superseded by "), err
    assert not [key for key in bucket.contents() if str(old.archive_id) in key]
    for key in bucket.contents():
        (tmp_path / key.rpartition("/")[2]).write_bytes(bucket.request("GET", f"/{key}"))
    assert "quetzal" not in everything_in(tmp_path)
    assert cli("restore", month.name)[0] == 0
    assert month.lab.replay.verify(run).valid


@once
@pytest.mark.parametrize("where", ["here", "s3"])
def test_a_file_is_there_whole_or_not_at_all(place: str, bucket: Bucket, where: str) -> None:
    folder = Place(place if where == "here" else f"s3://{bucket.name}/x")
    noise = random.Random(1).randbytes(6_000_000)
    for before in (None, b"what was there"):
        if before is not None:
            folder.write("file", before)
        with pytest.raises(KeyError), folder.create("file") as sink:
            sink.write(noise)
            raise KeyError
        assert folder.names() == ([] if before is None else ["file"])
        assert before is None or folder.read("file") == before
    folder.write("file", noise)
    assert folder.read("file") == noise
    folder.delete("file")
    folder.delete("file")
    assert folder.names() == []


@once
def test_a_large_part_is_uploaded_in_pieces(month: Month, cli: Cli, bucket: Bucket) -> None:
    run = month.new_id()
    month.lab.runs.create(month.projects.a, "chat", run_id=run)
    noise = random.Random(1).randbytes(6_000_000).hex()  # half of which is left by compression: more than a piece
    month.lab.runs.append(run, "custom.note", {"text": noise})
    month.lab.runs.cancel(run)
    assert cli("archive", month.name, "--to", f"s3://{bucket.name}")[0] == 0
    (key,) = [key for key in bucket.contents() if key.endswith("/run_events-1.parquet")]
    assert len(bucket.request("GET", f"/{key}")) > 5 * 1024 * 1024


# As much memory for a large month as for a small one


MEASURED = """
import sys, tracemalloc
from datetime import date
import pyarrow as pa
from hypermindlabs import archive, connect, restore
from hypermindlabs.archive_files import Bounds

dsn, place, what, *periods = sys.argv[1:]
bounds = Bounds(part_bytes=8_000_000, group_bytes=500_000, page_bytes=500_000)
tell = lambda *_: None

def do(lab, period):
    if what == "archive":
        archive.archive_period(lab.router, period, place, tell, bounds=bounds)
    else:
        opened, manifest = archive.open_archive(lab.operations.archives(period)[0])
        restore.restore_period(lab.router, opened, manifest, tell, bounds=bounds)

small, large = map(date.fromisoformat, periods)
with connect(dsn) as lab:
    tracemalloc.start()
    do(lab, small)  # what is needed once: modules, caches
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    do(lab, large)
    print(tracemalloc.get_traced_memory()[1] - before + pa.default_memory_pool().max_memory())
"""


@once
def test_memory_is_bounded_by_the_bounds_and_not_by_the_month(
    month: Month, place: str, cli: Cli, policy: None, archie: str
) -> None:
    small = replace(month, period=date(1999, 12, 1), runs=[])
    small.run()
    chance = random.Random(1)
    run = month.new_id()
    month.lab.runs.create(month.projects.a, "chat", run_id=run)
    for _ in range(120):
        month.lab.runs.append(run, "custom.note", {"text": chance.randbytes(100_000).hex()})
    month.lab.runs.cancel(run)
    for _ in range(5):
        month.run(events=200, size=50)

    def peak(what: str) -> int:
        words = [archie, place, what, small.period.isoformat(), month.period.isoformat()]
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, *words],
            env=environment(PYTHONPATH=str(harness.REPO)),
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return int(done.stdout)

    peaks = [peak("archive")]
    (known,) = month.lab.operations.archives(month.period)
    assert sum(path.stat().st_size for path in Path(known.location).iterdir()) > 12_000_000  # 24 MB, unpacked
    for each in (small, month):
        retire(each, cli)
    peaks.append(peak("restore"))
    assert max(peaks) < 9_000_000


# Read elsewhere, as docs/archive.md shows it


def examples(language: str) -> list[str]:
    text = (harness.REPO / "docs/archive.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


@pytest.fixture
def folder(month: Month, place: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an archive with what the examples look for; the current one."""
    month.story()
    run = month.new_id()
    month.lab.runs.create(month.projects.a, "chat", run_id=run, agent="clerk")
    month.lab.runs.start(run)
    month.lab.runs.append(run, "model.responded", {"content": "a timeout"}, model="gpt-4o", cost=Decimal("0.010"))
    month.lab.runs.fail(run, {"error": "x"})
    found = Path(archived(month, place, bounds=SMALL).location)
    monkeypatch.chdir(found)
    return found


def test_duckdb_reads_the_files_as_the_docs_show(folder: Path, month: Month) -> None:
    by_model, timeouts = examples("sql")
    with duckdb.connect() as database:
        assert database.sql(by_model).fetchall() == [("gpt-4o", 2, 1_000_000_000, Decimal("1.110000000000000010"))]
        (found,) = database.sql(timeouts).fetchall()
    assert found == (str(month.runs[-1]), "clerk", "failed", 3, "a timeout")


def test_pandas_reads_the_files_as_the_docs_show(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = examples("python")
    exec(compile(example, "docs/archive.md", "exec"), {})
    said = capsys.readouterr().out
    assert re.search(r"^a timeout +1$", said, re.M) and re.search(r"^secret quetzal +1$", said, re.M)


def test_the_docs_name_every_member_of_the_manifest_and_every_type(folder: Path) -> None:
    text = (harness.REPO / "docs/archive.md").read_text()
    for member in json.loads((folder / "manifest.json").read_text()):
        assert re.search(rf"^\| .*\b{member}\b", text, re.M), member
    for table in TABLES.values():
        assert re.search(rf"^\| .*\b{table.name}\b", text, re.M), table.name
        for kind in table.columns.values():
            assert kind in text
