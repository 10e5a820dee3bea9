"""Digests that were kept outside show what was changed since, whoever changed it; on a server, and in exports."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import harness
import psycopg
import pytest
from conftest import Connection, MakeDatabase, make_two_projects, only_with
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from test_hash_chain import record

from hypermindlabs import chain, connect, digests, run_rows
from hypermindlabs.cli import main
from hypermindlabs.embedded import Server
from hypermindlabs.errors import InvalidArgument
from hypermindlabs.persistence import DigestLeaf

pytestmark = only_with("system", "digests are read by the same code on any server")

RUN_TABLES = ("runs", "run_events", "run_outcomes", "run_config_refs", "run_state_snapshots", "run_artifacts")
TABLES = (
    *RUN_TABLES,
    "run_heads",
    "run_summaries",
    "run_tools",
    "erased_hashes",
    "erasures",
    "digests",
    "digest_leaves",
)


@dataclass(frozen=True)
class Ledger:
    """A database with six runs and three digests, and what was kept of it in files.

    rich (closed, of ten events), its fork child, null_based (whose base state is null) and open_run with three events
    are in digest 1; open_run with five events, late (closed) and last in digest 2; last (closed) in digest 3. Then
    open_run went on to its sixth event, and content of rich and child was erased. before: rich, exported before that.
    """

    dsn: str
    rich: UUID
    child: UUID
    null_based: UUID
    open_run: UUID
    late: UUID
    last: UUID
    kept: list[Path]
    exports: dict[UUID, Path]
    before: Path

    def dsn_of(self, role: str) -> str:
        return make_conninfo(self.dsn, user=role)


class Cli(Protocol):
    def __call__(self, *words: object, dsn: str = ..., code: int = 0) -> str: ...


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cli:
    """The command line in this process; it returns what it printed, of errors too."""

    def call(*words: object, dsn: str = "host=nowhere.invalid", code: int = 0) -> str:
        monkeypatch.setenv("DATABASE_URL", dsn)
        returned = main([str(word) for word in words])
        said = capfd.readouterr()
        assert returned == code, f"{words}: {returned}\n{said.out}\n{said.err}"
        return said.out + said.err

    return call


@pytest.fixture(scope="module")
def original(make_database: MakeDatabase, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Nobody is connected to it when it is done: it is copied."""
    dsn, folder = make_database("digests"), tmp_path_factory.mktemp("kept")
    kept: list[Path] = []
    with ExitStack() as stack:
        admin = stack.enter_context(psycopg.connect(dsn, autocommit=True))
        two_projects = make_two_projects(dsn, admin, stack)
        alice, oscar = (two_projects.connect(person) for person in ("alice", "oscar"))

        def issue() -> None:
            kept.append(folder / f"{len(kept) + 1}.jsonl")
            assert main(["digest", "--dsn", two_projects.dsn_of("oscar"), "-o", str(kept[-1])]) == 0

        def started() -> UUID:
            run: UUID = _one(alice, "select hypermind.create_run(%s, 'chat')", two_projects.a)
            alice.execute("select hypermind.transition_run(%s, 'running')", (run,))
            return run

        def append(run: UUID, count: int) -> None:
            for number in range(count):
                delta = json.dumps({"n": number})
                alice.execute("select hypermind.append_event(%s, 'a.b', '{\"x\": 1.10}', %s)", (run, delta))

        rich, child = record(alice, two_projects.a)
        null_based = _one(alice, "select hypermind.fork_run(%s, 2)", child)
        open_run = started()
        append(open_run, 1)
        issue()
        append(open_run, 2)
        late, last = started(), started()
        alice.execute("select hypermind.transition_run(%s, 'completed')", (late,))
        issue()
        alice.execute("select hypermind.transition_run(%s, 'failed')", (last,))
        issue()
        append(open_run, 1)
        before = folder / "before.jsonl"
        assert main(["export", "--dsn", two_projects.dsn_of("audrey"), str(rich), "-o", str(before)]) == 0
        for seq in (3, 8, 1):
            oscar.execute("select hypermind.erase_payload(%s, %s, 'personal data')", (rich, seq))
        oscar.execute("select hypermind.erase_payload(%s, 1, 'a copy')", (child,))
        exports = {run: folder / f"{run}.jsonl" for run in (rich, child, null_based, open_run, late, last)}
        for run, path in exports.items():
            assert main(["export", "--dsn", two_projects.dsn_of("audrey"), str(run), "-o", str(path)]) == 0
    return Ledger(dsn, rich, child, null_based, open_run, late, last, kept, exports, before)


@pytest.fixture
def ledger(server: Server, original: Ledger, tmp_path: Path) -> Ledger:
    """A copy of it, to be tampered with, and copies of the files."""
    source, copy = (
        sql.Identifier(name) for name in (conninfo_to_dict(original.dsn)["dbname"], f"copy_{next(NUMBERS)}")
    )
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("create database {} template {}").format(copy, source))
    folder = tmp_path / "kept"
    shutil.copytree(original.kept[0].parent, folder)
    return replace(
        original,
        dsn=server.dsn(copy.as_string().strip('"')),
        kept=[folder / path.name for path in original.kept],
        exports={run: folder / path.name for run, path in original.exports.items()},
        before=folder / original.before.name,
    )


NUMBERS = itertools.count(1)


def _one(connection: Connection, query: str, *params: object) -> Any:
    row = connection.execute(query, params).fetchone()
    assert row is not None
    return row[0]


# Nothing was changed


def test_what_was_not_changed_fits(ledger: Ledger, cli: Cli) -> None:
    """Though a run went on, and others lost content by erasure."""
    said = cli("verify", "--digest", *ledger.kept, dsn=ledger.dsn_of("audrey"))
    assert said == "6 runs recomputed, 3 digests kept\n"
    exported = cli("verify", "--digest", *ledger.kept, "--export", *ledger.exports.values())
    assert exported == said


def test_the_newest_digest_stands_for_all_before_it(ledger: Ledger, cli: Cli) -> None:
    audrey = ledger.dsn_of("audrey")
    assert cli("verify", "--digest", ledger.kept[2], dsn=audrey) == "1 run recomputed, 1 digest kept\n"
    assert cli("verify", "--digest", ledger.kept[2], "--all", dsn=audrey) == "6 runs recomputed, 1 digest kept\n"
    # The runs of digests after the newest that was kept: nothing outside says what they were.
    assert cli("verify", "--digest", ledger.kept[0], "--all", dsn=audrey) == "4 runs recomputed, 1 digest kept\n"


def test_a_program_reads_the_report(ledger: Ledger, cli: Cli) -> None:
    report = json.loads(cli("verify", "--json", "--digest", *ledger.kept, dsn=ledger.dsn_of("audrey")))
    nothing = {"problems": [], "archived": [], "absent": [], "other": [], "unlinked": []}
    assert report == {"digests": 3, "runs": 6, **nothing}


def test_no_function_of_the_schema_takes_part(ledger: Ledger, cli: Cli) -> None:
    counted = make_conninfo(ledger.dsn, options="-c track_functions=all")
    cli("verify", "--digest", *ledger.kept, "--all", dsn=counted)
    calls = "select coalesce(sum(calls), 0) from pg_stat_user_functions where schemaname ~ '^hypermind'"
    others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    others += " and backend_type = 'client backend'"
    with psycopg.connect(counted, autocommit=True) as superuser:
        deadline = time.monotonic() + 60
        while _one(superuser, others):  # a session's calls are counted before it is gone
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert _one(superuser, calls) == 0
        superuser.execute("select hypermind.schema_version(), hypermind.check_integrity()")
        superuser.execute("select pg_stat_force_next_flush()")
        assert _one(superuser, calls) > 0  # such calls are counted


# Whoever can do everything


def tamper(ledger: Ledger, *changes: str) -> None:
    """As a superuser, past all guards, which fire again afterwards."""
    names = {name: getattr(ledger, name) for name in ("rich", "child", "open_run", "late", "last")}
    with psycopg.connect(ledger.dsn, autocommit=True) as superuser, superuser.transaction():
        superuser.execute("set local session_replication_role = replica")
        for table in TABLES:
            superuser.execute(f"alter table hypermind.{table} disable trigger user")
        for change in changes:
            superuser.execute(change, names)
        for table in TABLES:
            superuser.execute(f"alter table hypermind.{table} enable trigger user")
            for leaf in (f"hypermind.{table}", *_leaves(superuser, table)):
                for (guard,) in superuser.execute(
                    "select tgname from pg_trigger where tgrelid = %s::regclass and not tgisinternal", (leaf,)
                ).fetchall():
                    superuser.execute(f"alter table {leaf} enable always trigger {guard}")


def _leaves(connection: Connection, table: str) -> list[str]:
    query = "select inhrelid::regclass::text from pg_inherits where inhparent = %s::regclass"
    return [leaf for (leaf,) in connection.execute(query, (f"hypermind.{table}",))]


def recompute(ledger: Ledger, run: UUID, change: str) -> None:
    """Changes a run, and gives it the chain, and head or outcome, that fit."""
    tamper(ledger, change)
    with psycopg.connect(ledger.dsn) as superuser:
        rows = run_rows.of_run(superuser, run)
        assert rows is not None
        changes, before, seq = [], chain.GENESIS, 0
        for event in rows.events:
            seq = event["seq"]
            before = chain.event_hash(before, event, rows.erased.get(("event", seq)))
            changes.append(
                f"update hypermind.run_events set event_hash = '\\x{before.hex()}'"
                f" where run_id = '{run}' and seq = {seq}"
            )
    for table in ("run_heads", "run_outcomes"):
        changes.append(
            f"update hypermind.{table} set last_seq = {seq}, last_hash = '\\x{before.hex()}' where run_id = '{run}'"
        )
    tamper(ledger, *changes)


def nothing_shows(ledger: Ledger, run: UUID) -> None:
    """Neither verify_run nor run_problem finds anything in a run."""
    with psycopg.connect(ledger.dsn_of("audrey")) as audrey:
        query = "select valid, problem from hypermind.verify_run(%s)"
        assert audrey.execute(query, (run,)).fetchone() == (True, None)
        rows = run_rows.of_run(audrey, run)
        assert rows is not None
        assert chain.run_problem(rows) is None


def integrity(ledger: Ledger) -> list[tuple[str, str]]:
    """What check_integrity() finds."""
    with psycopg.connect(ledger.dsn_of("audrey")) as audrey:
        return audrey.execute("select object, problem from hypermind.check_integrity()").fetchall()


def found(cli: Cli, ledger: Ledger, *more: object, kept: list[Path] | None = None) -> list[str]:
    """What verify --digest finds on the server."""
    files = ledger.kept if kept is None else kept
    said = cli("verify", "--digest", *files, *more, dsn=ledger.dsn_of("audrey"), code=1)
    return [line.removeprefix("BROKEN  ") for line in said.splitlines() if line.startswith("BROKEN")]


ANOTHER_PAYLOAD = """update hypermind.run_events set payload = '{"x": 2.00}' where run_id = %(open_run)s and seq = 3"""
HEAD_AT = """
    update hypermind.run_heads as h
    set last_seq = e.seq, last_hash = e.event_hash, last_recorded_at = e.recorded_at
    from hypermind.run_events as e where e.run_id = h.run_id and e.seq = {seq} and h.run_id = %(open_run)s"""
REWRITE_LEAVES = """
    update hypermind.digest_leaves as l set last_hash = e.event_hash
    from hypermind.run_events as e where e.run_id = l.run_id and e.seq = l.last_seq"""
REWRITE_DIGEST = """
    with leaves as (
        select count(*) as runs,
               hypermind_private.merkle_root(coalesce(
                   array_agg(hypermind_private.run_leaf(l.run_id, l.last_seq, l.last_hash) order by l.run_id), '{}')
               ) as merkle_root
        from hypermind.digest_leaves as l
        where l.number = NUMBER
    )
    update hypermind.digests as d
    set runs = n.runs, merkle_root = n.merkle_root, previous_hash = n.previous_hash,
        digest_hash = hypermind_private.digest_hash(
            d.number, n.runs, n.merkle_root, n.previous_hash, d.issued_by, d.issued_at)
    from (select l.runs, l.merkle_root,
                 coalesce((select b.digest_hash from hypermind.digests as b where b.number = NUMBER - 1),
                          hypermind_private.genesis_hash()) as previous_hash
          from leaves as l) as n
    where d.number = NUMBER"""


def rewrite_digests(ledger: Ledger) -> None:
    """Makes leaves and digests anew, so that they fit the runs and each other."""
    tamper(ledger, REWRITE_LEAVES, *(REWRITE_DIGEST.replace("NUMBER", str(number)) for number in (1, 2, 3)))


def test_a_run_that_was_deleted(ledger: Ledger, cli: Cli) -> None:
    tables = (*RUN_TABLES, "run_summaries", "run_tools", "erased_hashes", "erasures", "rollup_pending")
    tamper(ledger, *(f"delete from hypermind.{table} where run_id = %(rich)s" for table in tables))
    assert integrity(ledger) == []
    assert found(cli, ledger) == [f"run {ledger.rich} is missing: digest 1 had it at event 10"]


def test_a_chain_that_was_recomputed(ledger: Ledger, cli: Cli) -> None:
    recompute(ledger, ledger.open_run, ANOTHER_PAYLOAD)
    nothing_shows(ledger, ledger.open_run)
    lost = [
        (f"run {ledger.open_run}", f"has not the event {seq} that it had when digest {n} was issued")
        for seq, n in ((3, 1), (5, 2))
    ]
    assert sorted(integrity(ledger)) == lost
    assert found(cli, ledger) == [" ".join(lost[0])]


def test_a_chain_that_was_recomputed_in_a_digest_that_was_not_kept(ledger: Ledger, cli: Cli) -> None:
    """The server's own leaves of it are proved by the chain of digests."""
    recompute(ledger, ledger.open_run, ANOTHER_PAYLOAD)
    newest = [ledger.kept[2]]
    lost = f"run {ledger.open_run} has not the event 3 that it had when digest 1 was issued"
    assert found(cli, ledger, "--all", kept=newest) == [lost]
    tamper(ledger, REWRITE_LEAVES)
    leaves = [f"digest {number} has other leaves on the server than it was issued with" for number in (1, 2)]
    assert found(cli, ledger, "--all", kept=newest) == leaves
    rewrite_digests(ledger)
    assert found(cli, ledger, "--all", kept=newest) == ["digest 3 is another one on the server than was kept"]


def test_leaves_and_digests_that_were_rewritten_too(ledger: Ledger, cli: Cli) -> None:
    """Nothing inside of the database shows it: this is what the files are for."""
    recompute(ledger, ledger.open_run, ANOTHER_PAYLOAD)
    rewrite_digests(ledger)
    nothing_shows(ledger, ledger.open_run)
    assert integrity(ledger) == []
    assert found(cli, ledger) == [
        *(f"digest {number} is another one on the server than was kept" for number in (1, 2, 3)),
        f"run {ledger.open_run} has not the event 3 that it had when digest 1 was issued",
    ]


def test_a_tail_that_was_cut_with_the_head_rewritten(ledger: Ledger, cli: Cli) -> None:
    tamper(
        ledger,
        "delete from hypermind.run_events where run_id = %(open_run)s and seq > 4",
        HEAD_AT.format(seq=4),
    )
    nothing_shows(ledger, ledger.open_run)
    lost = (f"run {ledger.open_run}", "has not the event 5 that it had when digest 2 was issued")
    assert integrity(ledger) == [lost]
    assert found(cli, ledger) == [" ".join(lost)]


def test_a_tail_after_the_last_digest_can_be_cut(ledger: Ledger, cli: Cli) -> None:
    """What docs/digests.md says of the interval: event 6 came after the newest digest."""
    tamper(
        ledger,
        "delete from hypermind.run_events where run_id = %(open_run)s and seq > 5",
        HEAD_AT.format(seq=5),
    )
    assert cli("verify", "--digest", *ledger.kept, dsn=ledger.dsn_of("audrey")) == "6 runs recomputed, 3 digests kept\n"


def test_leaves_of_a_digest_that_were_truncated(ledger: Ledger, cli: Cli) -> None:
    tamper(ledger, "delete from hypermind.digest_leaves where number = 2")
    assert found(cli, ledger) == ["digest 2 has other leaves on the server than it was issued with"]


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        (
            "delete from hypermind.digests where number = 2",
            ["digest 2 is not on the server any more", "digest 3 does not follow the digest before it, on the server"],
        ),
        ("delete from hypermind.digests", [f"digest {number} is not on the server any more" for number in (1, 2, 3)]),
        (
            "update hypermind.digests set issued_at = issued_at - interval '1 second' where number = 1",
            ["digest 1 is another one on the server than was kept"],
        ),
    ],
)
def test_digests_that_were_changed(ledger: Ledger, cli: Cli, change: str, problems: list[str]) -> None:
    tamper(ledger, change)
    assert found(cli, ledger) == problems


def test_digests_that_are_gone_with_their_leaves(ledger: Ledger, cli: Cli) -> None:
    """The last of them, or all: nothing inside of the database says that there were more."""
    for number in (3, 2, 1):
        tamper(
            ledger,
            *(f"delete from hypermind.{table} where number = {number}" for table in ("digest_leaves", "digests")),
        )
        assert integrity(ledger) == []
        assert found(cli, ledger) == [f"digest {gone} is not on the server any more" for gone in range(number, 4)]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("issued_by = 'bob'", "is not what its hash says, on the server"),
        ("previous_hash = sha256(previous_hash)", "is not what its hash says, on the server"),
        ("number = 5", "does not follow the digest before it, on the server"),
    ],
)
def test_digests_that_were_not_kept_must_fit_too(ledger: Ledger, cli: Cli, change: str, problem: str) -> None:
    """Those after the newest that was kept: nothing proves them, but they must fit."""
    with psycopg.connect(ledger.dsn_of("oscar"), autocommit=True) as oscar:
        oscar.execute("select hypermind.issue_digest()")
    rehashed = """update hypermind.digests set digest_hash = hypermind_private.digest_hash(
        number, runs, merkle_root, previous_hash, issued_by, issued_at) where number = 5"""
    tamper(ledger, f"update hypermind.digests set {change} where number = 4", rehashed)
    number = 5 if change.startswith("number") else 4
    missing = ["digest 4 is not on the server any more"] if number == 5 else []
    assert found(cli, ledger) == [*missing, f"digest {number} {problem}"]


def test_content_that_was_changed_without_more(ledger: Ledger, cli: Cli) -> None:
    tamper(ledger, ANOTHER_PAYLOAD)
    problem = f"run {ledger.open_run} seq 3 in run_events: event 3 (a.b) is not what was recorded"
    assert found(cli, ledger) == [problem]


# Files


def edit(path: Path, line: int, **members: object) -> None:
    """Changes members of a line of JSON; without any, the line goes."""
    rows = path.read_text("utf-8").splitlines()
    rows[line] = json.dumps({**json.loads(rows[line]), **members}, ensure_ascii=False)
    path.write_text("".join(f"{row}\n" for number, row in enumerate(rows) if members or number != line), "utf-8")


@pytest.mark.parametrize(
    ("line", "members", "problem"),
    [
        (0, {"issued_by": "bob"}, "is not what its hash says"),
        (0, {"number": 7}, "is not what its hash says"),
        (0, {"runs": 2}, "is not what its hash says"),
        (0, {"previous_hash": "11" * 32}, "is not what its hash says"),
        (1, {"last_seq": 1}, "has other leaves than it was issued with"),
        (1, {"last_hash": "11" * 32}, "has other leaves than it was issued with"),
        (1, {}, "has other leaves than it was issued with"),
    ],
)
def test_a_kept_digest_that_was_changed(
    ledger: Ledger, cli: Cli, line: int, members: dict[str, object], problem: str
) -> None:
    path = ledger.kept[0]
    edit(path, line, **members)
    said = cli("verify", "--digest", path, "--export", ledger.exports[ledger.rich], code=1)
    number = members.get("number", 1)
    assert said.splitlines()[0] == f"BROKEN  digest {number} in {path} {problem}"
    assert f"run {ledger.rich} is in none of the digests" in said  # nothing is taken from it


def test_two_digests_of_a_number(ledger: Ledger, cli: Cli) -> None:
    """Somebody issued another history, and gave each half to somebody else."""
    (kept,) = digests.read(ledger.kept[0])
    other = replace(kept.digest, issued_by="bob")
    other = replace(other, digest_hash=digests.digest_hash(other))
    path = ledger.kept[0].with_name("other.jsonl")
    path.write_text("".join(f"{line}\n" for line in digests.lines(other, kept.leaves)), "utf-8")
    said = cli("verify", "--digest", ledger.kept[0], path, "--export", ledger.exports[ledger.rich], code=1)
    assert f"BROKEN  digest 1 in {path} is another one than in the files before it" in said


def test_digests_that_do_not_follow_each_other(ledger: Ledger, cli: Cli) -> None:
    (kept,) = digests.read(ledger.kept[1])
    for number, previous, digest in ((2, b"\1" * 32, kept.digest), (1, b"\1" * 32, kept.digest)):
        forged = replace(digest, number=number, previous_hash=previous)
        forged = replace(forged, digest_hash=digests.digest_hash(forged))
        path = ledger.kept[0].with_name(f"forged{number}.jsonl")
        path.write_text("".join(f"{line}\n" for line in digests.lines(forged, kept.leaves)), "utf-8")
        files = [ledger.kept[0], path] if number == 2 else [path]
        said = cli("verify", "--digest", *files, "--export", ledger.exports[ledger.rich], code=1)
        assert f"BROKEN  digest {number} does not follow the digest before it" in said


def test_two_digests_that_contradict_each_other(ledger: Ledger, cli: Cli) -> None:
    """They show it without any row of the run."""
    (first,), (second,) = (digests.read(path) for path in ledger.kept[:2])
    leaves = [*second.leaves, DigestLeaf(ledger.rich, 10, b"\1" * 32)]
    forged = replace(second.digest, runs=len(leaves), merkle_root=digests.merkle_root(leaves))
    forged = replace(forged, digest_hash=digests.digest_hash(forged))
    assert forged.previous_hash == first.digest.digest_hash
    path = ledger.kept[0].with_name("forged.jsonl")
    path.write_text("".join(f"{line}\n" for line in digests.lines(forged, leaves)), "utf-8")
    said = cli("verify", "--digest", ledger.kept[0], path, "--export", ledger.exports[ledger.late], code=1)
    assert said.startswith(f"BROKEN  run {ledger.rich} has two events 10: of digest 1 and of digest 2")


def test_several_digests_in_one_file(ledger: Ledger, cli: Cli) -> None:
    path = ledger.kept[0].with_name("all.jsonl")
    path.write_text("".join(each.read_text("utf-8") for each in ledger.kept), "utf-8")
    said = cli("verify", "--digest", path, dsn=ledger.dsn_of("audrey"))
    assert said == "6 runs recomputed, 3 digests kept\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json\n",
        "[]\n",
        '{"type": "leaf", "run_id": "01890a5d-ac96-774b-bcce-b302099a8057", "last_seq": 1, "last_hash": ""}\n',
        '{"type": "digest", "format": "hypermindlabs.digest", "version": 2}\n',
        '{"type": "run", "format": "hypermindlabs.run", "version": 1}\n',
        "\udcff\n",
    ],
)
def test_a_file_that_is_no_digest(cli: Cli, tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    said = cli("verify", "--digest", path, code=5)
    assert said.startswith(f"hypermindlabs: {path}") and "hypermindlabs digest." in said


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--digest", "missing.jsonl"), 5, "missing.jsonl: no such file"),
        (("--export", "missing.jsonl"), 5, "missing.jsonl: no such file"),
        (("last", "--export", "x"), 2, "take no RUN"),
        (("--all", "--export", "x"), 2, "no --all"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(cli: Cli, words: tuple[str, ...], code: int, message: str) -> None:
    assert message in cli("verify", *words, code=code).splitlines()[0]


# Exports


def test_exports_show_what_was_changed(ledger: Ledger, cli: Cli) -> None:
    recompute(ledger, ledger.open_run, ANOTHER_PAYLOAD)
    path = ledger.kept[0].with_name("again.jsonl")
    cli("export", ledger.open_run, "-o", path, dsn=ledger.dsn_of("audrey"))
    assert cli("verify", "--export", path).splitlines()[0] == "1 run recomputed, 0 digests kept"
    said = cli("verify", "--digest", *ledger.kept, "--export", path, code=1).splitlines()
    assert said[0] == f"BROKEN  run {ledger.open_run} has not the event 3 that it had when digest 1 was issued"
    absent = {f"run {run} is in none of the exports: nothing was checked of it" for run in ledger.exports}
    assert set(said[2:]) == absent - {f"run {ledger.open_run} is in none of the exports: nothing was checked of it"}


def test_what_was_not_given_is_said(ledger: Ledger, cli: Cli) -> None:
    path = ledger.exports[ledger.late]
    said = cli("verify", "--digest", ledger.kept[0], ledger.kept[2], "--export", path).splitlines()
    assert f"run {ledger.late} is in none of the digests: only its own chain was checked" in said
    assert said[-1] == "digest 3 is not connected to those before it: digest 2 is not given"


ROW = "seq 1 in runs: the run's row, its pins or its base state are not what run.created vouches for"


@pytest.mark.parametrize(
    ("run", "old", "new", "problem"),
    [
        ("open_run", '"x": 1.10', '"x": 1.1', "seq 3 in run_events: event 3 (a.b) is not what was recorded"),
        ("open_run", '"owner": "alice"', '"owner": "bob"', ROW),
        ("open_run", '"status": "running"', '"status": "paused"', "the head says paused, the events say running"),
        ("open_run", '"seq": 4', '"seq": 14', "seq 4 in run_events: event 4 is missing"),
        ("open_run", '"last_seq": 6', '"last_seq": 7', "seq 7 in run_events: the events from 7 to 7 are missing"),
        ("late", '"cost": 0', '"cost": 0.0', "run_outcomes: the outcome is not what the final event vouches for"),
        ("before", '"weight": 0.50', '"weight": 0.5', "seq 1 in config_versions: prompt greeting version 1"),
        (
            "before",
            '{"seq": 8, "uri": "file:///a b"',
            '{"seq": 8, "uri": "file:///a c"',
            "is not what event 8 vouches for",
        ),
        ("before", '"cost": 0.0000001', '"cost": 0.00000010', "seq 4 in run_events: event 4 (cost.added)"),
        ("before", '"slot": "z"', '"slot": "y"', ROW),
        ("rich", '"payload_hash": "', '"payload_hash": "00', "seq 1 in run_events: event 1 (run.created)"),
        ("rich", '"erased": {"delta_hash"', '"other": {"delta_hash"', "event 1 (run.created) is gone, and no erasure"),
        ("rich", '"input_hash": "', '"input_hash": "00', ROW),
        ("rich", '"uri_hash": "', '"uri_hash": "00', "is not what event 8 vouches for"),
        ("child", '"erased": {"state_hash": "', '"erased": {"state_hash": "00', "seq 0 in erased_hashes: the erased"),
        ("null_based", '"state": null', '"state": {}', "seq 0 in run_state_snapshots: the snapshot at seq 0 does not"),
    ],
)
def test_what_was_changed_in_an_export(ledger: Ledger, cli: Cli, run: str, old: str, new: str, problem: str) -> None:
    path = ledger.before if run == "before" else ledger.exports[getattr(ledger, run)]
    assert cli("verify", "--export", path).startswith("1 run recomputed")
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    said = cli("verify", "--export", path, code=1).splitlines()
    assert said[0].startswith("BROKEN  run ") and problem in said[0]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('{"type": "end"', '{"type": "and"'),
        ('"version": 1', '"version": 2'),
        ('"type": "run"', '"type": "event"'),
        ('"type": "event"', '"type": "event'),
        ('"seq": 4', '"seq": "four"'),
        ('"seq": 4', '"sec": 4'),
        ('"cost": null', '"cost": "much"'),
        ('"occurred_at": "2', '"occurred_at": "x2'),
        ('"event_hash": "', '"event_hash": "x'),
        ('"event_type": "a.b"', '"event_type": 5'),
        ('"model": null', '"model": "\\ud800"'),
        ('{"id"', '["id"'),
    ],
)
def test_a_file_that_is_no_export(ledger: Ledger, cli: Cli, old: str, new: str) -> None:
    path = ledger.exports[ledger.open_run]
    text = path.read_text("utf-8")
    if old == '{"id"':
        text = "[]\n" + text
    elif old == '{"type": "end"':
        text = "".join(text.splitlines(keepends=True)[:-1])
    else:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")
    said = cli("verify", "--export", path, code=5).splitlines()
    assert said[0].startswith(f"hypermindlabs: {path}:")
    assert said[1] == "  Export the run again: hypermindlabs export RUN > run.jsonl."


# Issuing


def leaves(connection: Connection, number: int) -> dict[UUID, int]:
    query = "select run_id, last_seq from hypermind.digest_leaves where number = %s"
    return dict(connection.execute(query, (number,)).fetchall())


def test_what_is_in_flight_is_in_the_next_digest(ledger: Ledger) -> None:
    """Nobody waits for it. One transaction had begun before the digest, and creates a run; one appends."""
    with (
        psycopg.connect(ledger.dsn_of("alice")) as alice,
        psycopg.connect(ledger.dsn_of("alice")) as other,
        psycopg.connect(ledger.dsn_of("oscar"), autocommit=True) as oscar,
    ):
        oscar.execute("set lock_timeout = '1min'")
        project = _one(alice, "select project_id from hypermind.runs where run_id = %s", ledger.open_run)
        new = _one(alice, "select hypermind.create_run(%s, 'chat')", project)
        other.execute("select hypermind.transition_run(%s, 'completed')", (ledger.open_run,))
        assert leaves(oscar, _one(oscar, "select number from hypermind.issue_digest()")) == {ledger.open_run: 6}
        alice.commit()
        other.commit()
        fifth = _one(oscar, "select number from hypermind.issue_digest()")
        assert leaves(oscar, fifth) == {ledger.open_run: 7, new: 1}
        assert _one(oscar, "select runs from hypermind.issue_digest()") == 0


def test_the_second_of_two_waits_and_issues_the_next(ledger: Ledger) -> None:
    with (
        psycopg.connect(ledger.dsn_of("oscar")) as oscar,
        psycopg.connect(ledger.dsn_of("oscar"), autocommit=True) as second,
        psycopg.connect(ledger.dsn, autocommit=True) as admin,
        ThreadPoolExecutor(1) as pool,
    ):
        number, digest_hash = oscar.execute("select number, digest_hash from hypermind.issue_digest()").fetchone() or ()
        waiting = pool.submit(second.execute, "select number, previous_hash, runs from hypermind.issue_digest()")
        deadline = time.monotonic() + 60
        query = "select count(*) from pg_locks where pid = %s and not granted"
        while not _one(admin, query, second.info.backend_pid):
            assert time.monotonic() < deadline and not waiting.done()
            time.sleep(0.01)
        oscar.commit()
        assert waiting.result(60).fetchone() == (number + 1, digest_hash, 0)


def test_what_a_digest_did_not_commit_is_in_the_next(ledger: Ledger) -> None:
    with psycopg.connect(ledger.dsn_of("oscar")) as oscar:
        for _ in range(2):
            assert _one(oscar, "select number from hypermind.issue_digest()") == 4
            assert leaves(oscar, 4) == {ledger.open_run: 6}
            oscar.rollback()


def test_many_at_once_have_no_gap(ledger: Ledger) -> None:
    """While runs go on."""

    def issue(_: int) -> None:
        with psycopg.connect(ledger.dsn_of("oscar"), autocommit=True) as oscar:
            for _ in range(3):
                oscar.execute("select hypermind.issue_digest()")

    def write(_: int) -> None:
        with psycopg.connect(ledger.dsn_of("alice"), autocommit=True) as alice:
            project = _one(alice, "select project_id from hypermind.runs where run_id = %s", ledger.open_run)
            for _ in range(3):
                run = _one(alice, "select hypermind.create_run(%s, 'chat')", project)
                alice.execute("select hypermind.transition_run(%s, 'cancelled')", (run,))

    with ThreadPoolExecutor(6) as pool:
        for done in (*pool.map(issue, range(4)), *pool.map(write, range(2))):
            assert done is None
    with psycopg.connect(ledger.dsn_of("oscar"), autocommit=True) as oscar:
        oscar.execute("select hypermind.issue_digest()")
        numbers = oscar.execute("select number from hypermind.digests order by number").fetchall()
        assert numbers == [(number,) for number in range(1, 17)]
        assert oscar.execute("select * from hypermind.check_integrity()").fetchall() == []
        twice = "select run_id from hypermind.digest_leaves where has_ended group by run_id having count(*) <> 1"
        assert oscar.execute(twice).fetchall() == []
        ended = "select count(*) from hypermind.digest_leaves where has_ended"
        closed = "select count(*) from hypermind.run_summaries where ended_at is not null"
        with psycopg.connect(ledger.dsn_of("audrey")) as audrey:
            assert _one(audrey, ended) == _one(audrey, closed)


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_a_digest_sees_everything_or_is_refused(ledger: Ledger, level: str) -> None:
    with psycopg.connect(ledger.dsn_of("oscar")) as oscar:
        oscar.execute(f"set transaction isolation level {level}")
        with pytest.raises(InvalidArgument, match="READ COMMITTED") as refused:
            oscar.execute("select hypermind.issue_digest()")
    assert refused.value.detail == {"argument": "transaction_isolation"}
    assert refused.value.hint


def test_archived_runs_keep_their_leaf_and_are_named(ledger: Ledger, cli: Cli, tmp_path: Path) -> None:
    """A month that is detached: nothing of it can be checked here, and it is not taken for deleted."""
    path, month = tmp_path / "4.jsonl", "2024-01-01"
    with psycopg.connect(ledger.dsn_of("oscar"), autocommit=True) as oscar:
        oscar.execute("select hypermind.set_retention_policy(null, 0, null, null, 'all may go')")
        project = _one(oscar, "select project_id from hypermind.runs where run_id = %s", ledger.open_run)
        old = UUID("018cc251-f400-7000-8000-000000000001")  # 2024-01-01
        oscar.execute("select hypermind.create_run(%s, 'chat', p_run_id => %s)", (project, old))
        oscar.execute("select hypermind.transition_run(%s, 'cancelled')", (old,))
        oscar.execute("select hypermind.refresh_rollups()")
        cli("digest", "-o", path, dsn=ledger.dsn_of("oscar"))
        oscar.execute(
            "select hypermind.record_archive(gen_random_uuid(), %(month)s, 's3://archive', m.manifest::text)"
            " from hypermind.archive_figures(%(month)s) as m (manifest)",
            {"month": month},
        )
        assert _one(oscar, "select hypermind.detach_period(%s)", month) == 1
        assert _one(oscar, "select runs from hypermind.issue_digest()") == 0
    said = cli("verify", "--digest", *ledger.kept, path, dsn=ledger.dsn_of("audrey")).splitlines()
    assert said == [
        "6 runs recomputed, 4 digests kept",
        f"run {old} is in an archive, as the ledger says: nothing was checked of it",
    ]
    assert integrity(ledger) == []
    report = json.loads(cli("verify", "--json", "--digest", path, dsn=ledger.dsn_of("audrey")))
    assert report["archived"] == [str(old)]
    tamper(ledger, f"delete from hypermind.run_summaries where run_id = '{old}'")
    assert found(cli, ledger, kept=[path]) == [f"run {old} is missing: digest 4 had it at event 2"]


# Who may


def test_operators_issue_and_auditors_verify(ledger: Ledger, cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "4.jsonl"
    for person in ("alice", "carol", "audrey"):
        said = cli("digest", "-o", path, dsn=ledger.dsn_of(person), code=3)
        assert "permission denied for function issue_digest" in said
        assert not path.exists()
    assert cli("digest", "-o", path, dsn=ledger.dsn_of("oscar")).startswith("Digest 4 of 1 run: ")
    for person in ("alice", "carol", "oscar"):
        said = cli("verify", "--digest", path, dsn=ledger.dsn_of(person), code=3)
        assert "only members of hypermind_auditor see every run" in said
    assert cli("verify", "--digest", path, dsn=ledger.dsn_of("audrey")) == "1 run recomputed, 1 digest kept\n"


def test_digests_are_listed_and_written_again(ledger: Ledger, cli: Cli, tmp_path: Path) -> None:
    audrey, path = ledger.dsn_of("audrey"), tmp_path / "2.jsonl"
    listed = json.loads(cli("digest", "list", "--limit", 2, "--json", dsn=audrey))
    assert [(each["number"], each["runs"]) for each in listed] == [(3, 1), (2, 3)]
    assert listed[0]["previous_hash"] == listed[1]["digest_hash"]
    shown = cli("digest", "list", dsn=audrey).splitlines()
    assert [line.split()[0] for line in shown] == ["digest", "3", "2", "1"]
    assert cli("digest", "list", dsn=ledger.dsn_of("carol")).splitlines()[1:] == []
    written = json.loads(cli("digest", "write", 2, "-o", path, "--json", dsn=audrey))
    assert written == {**listed[1], "file": str(path)}
    assert path.read_text("utf-8") == ledger.kept[1].read_text("utf-8")
    said = cli("digest", "write", 2, "-o", path, dsn=audrey, code=2).splitlines()
    assert said[0].endswith("2.jsonl: File exists") and "hypermindlabs digest write 2 -o FILE" in said[1]
    assert "there is no digest 9" in cli("digest", "write", 9, "-o", path, dsn=audrey, code=2)


def test_leaves_and_runs_are_read_in_pages(ledger: Ledger, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for pages in (1, 2, 4, 6):
        monkeypatch.setattr("hypermindlabs.digest_check.LEAVES_AT_ONCE", pages)
        monkeypatch.setattr("hypermindlabs.digest_check.RUNS_AT_ONCE", pages)
        assert cli("verify", "--digest", *ledger.kept, dsn=ledger.dsn_of("audrey")).startswith("6 runs")
    with connect(ledger.dsn_of("audrey")) as lab:
        pages, after = [], None
        while page := lab.operations.digest_leaves(1, after=after, limit=3):
            pages.append(len(page))
            after = page[-1].run_id
        assert pages == [3, 1]


# The page

PAGE = (harness.REPO / "docs/digests.md").read_text("utf-8")
AUTHORITY = """#!/bin/sh
# A time stamping authority in place of the request to one: the last of curl's arguments but one is the answer's file.
exec openssl ts -reply -config tsa.cnf -queryfile digest-1.tsq -inkey tsa.key -signer tsa-ca.pem -out digest-1.tsr
"""


def test_every_block_of_the_page_works(ledger: Ledger, tmp_path: Path) -> None:
    """As somebody would run it: another history of a digest's file is refused by its time stamp."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, script in (
        ("curl", AUTHORITY),
        ("hypermindlabs", f'#!/bin/sh\nexec {sys.executable} -m hypermindlabs.cli "$@"\n'),
    ):
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    (tmp_path / "digests").mkdir()
    (tmp_path / "serial").write_text("01\n")
    (tmp_path / "tsa.cnf").write_text(
        "[tsa]\ndefault_tsa = own\n[own]\nserial = serial\n"
        "signer_digest = sha256\ndefault_policy = 1.2.3\ndigests = sha256\n"
    )
    env = {
        **harness.environment(ledger.dsn),
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(harness.REPO),
        "OPERATOR": ledger.dsn_of("oscar"),
        "AUDITOR": ledger.dsn_of("audrey"),
        "DIGESTS": str(tmp_path / "digests"),
        "TSA": "http://tsa.invalid",
        **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "a test"),
        **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "test@example.invalid"),
    }

    def run(shell: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", shell],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
        )

    harness.tool("openssl")
    certificate = "openssl req -x509 -newkey rsa:2048 -nodes -keyout tsa.key -out tsa-ca.pem -subj /CN=TSA"
    made = run(f"{certificate} -addext extendedKeyUsage=critical,timeStamping")
    assert made.returncode == 0, made.stderr
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S)
    assert len(blocks) == 5
    for block in blocks:
        done = run(block)
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    (tmp_path / "digest-1.jsonl").write_text("{}\n")
    verify = next(line for line in PAGE.splitlines() if line.startswith("openssl ts -verify"))
    assert run(verify).returncode != 0
