"""Holds runs against digests that were kept outside: shows what was changed since, even by the owner of the database.

Nothing of what it trusts comes from the database: the hashes are those of the kept digests, and every chain is computed
anew from rows (hypermindlabs.chain). Of a server only tables are read; no function or view of the schema is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from . import chain, digests, run_rows
from .chain import Row, RunRows
from .digests import KeptDigest
from .importers import TraceFileError
from .importers.jsonl import AGAIN
from .persistence import Digest, DigestLeaf, Problem

Connection: TypeAlias = psycopg.Connection[Any]
Progress: TypeAlias = Callable[[int, int], None]

LEAVES_AT_ONCE = 10_000
RUNS_AT_ONCE = 100  # in a transaction: none is long, and few are needed
_MALFORMED = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, EOFError, RecursionError)
_DIGESTS = """
select number, runs, merkle_root, previous_hash, issued_by, issued_at, digest_hash
from hypermind.digests order by number"""
_LEAVES = """
select run_id, last_seq, last_hash
from hypermind.digest_leaves where number = %s and run_id > %s order by run_id limit %s"""


@dataclass(frozen=True, slots=True)
class Point:
    """Where a run once stood: the event_hash at a seq, and the number of the digest that says so."""

    event_hash: bytes
    digest: int


Points: TypeAlias = dict[int, Point]


@dataclass(slots=True)
class Report:
    """What a check found. problems: empty when everything is as it was.

    runs: how many were recomputed. archived: runs whose rows were taken away to an archive: nothing was checked of
    them. absent: runs of the digests that are in none of the exports. other: runs of exports that are in no digest.
    unlinked: numbers of digests before which one is missing, so that nothing connects them to those before.
    """

    problems: list[Problem] = field(default_factory=list)
    digests: int = 0
    runs: int = 0
    archived: list[UUID] = field(default_factory=list)
    absent: list[UUID] = field(default_factory=list)
    other: list[UUID] = field(default_factory=list)
    unlinked: list[int] = field(default_factory=list)

    def add(self, what: str, problem: str) -> None:
        self.problems.append(Problem(what, problem))


class Check:
    """The digests that were kept, and what they say of runs; `against_server` or `against_exports`, once, tries it::

        report = Check(digests.read(Path("digest-1.jsonl"))).against_server(connection)

    A digest that does not fit itself, or the file before it, is a problem, and nothing it says of runs is used.
    """

    def __init__(self, kept: Iterable[KeptDigest]) -> None:
        self.report = Report()
        self._kept: dict[int, Digest] = {}
        self._points: dict[UUID, Points] = {}
        for each in kept:
            if self._fits(each):
                self._kept[each.digest.number] = each.digest
                self._remember(each.digest.number, each.leaves)
        self._link()

    def _fits(self, each: KeptDigest) -> bool:
        digest, name = each.digest, f"digest {each.digest.number} in {each.file}"
        if digests.digest_hash(digest) != digest.digest_hash:
            self.report.add(name, "is not what its hash says")
        elif (len(each.leaves), digests.merkle_root(each.leaves)) != (digest.runs, digest.merkle_root):
            self.report.add(name, "has other leaves than it was issued with")
        elif self._kept.get(digest.number, digest) != digest:
            self.report.add(name, "is another one than in the files before it")
        else:
            return True
        return False

    def _link(self) -> None:
        self.report.digests = len(self._kept)
        for number, digest in sorted(self._kept.items()):
            before = self._kept.get(number - 1)
            if number > 1 and before is None:
                self.report.unlinked.append(number)
            elif digest.previous_hash != (before.digest_hash if before else chain.GENESIS):
                self.report.add(f"digest {number}", "does not follow the digest before it")

    def _remember(self, number: int, leaves: Iterable[DigestLeaf]) -> None:
        for leaf in leaves:
            points = self._points.setdefault(leaf.run_id, {})
            known = points.setdefault(leaf.last_seq, Point(leaf.last_hash, number))
            if known.event_hash != leaf.last_hash:
                name = f"run {leaf.run_id}"
                self.report.add(
                    name, f"has two events {leaf.last_seq}: of digest {known.digest} and of digest {number}"
                )

    # A server

    def against_server(
        self, connection: Connection, *, all_runs: bool = False, progress: Progress | None = None
    ) -> Report:
        """Checks the runs of the kept digests, and the digests that the server has.

        all_runs: also the runs of the digests before the newest that was kept, by the leaves that the server has: the
        chain of digests proves them. The caller must be an auditor: others do not see every run.

        Raises psycopg.errors.InsufficientPrivilege.
        """
        with connection.transaction():
            run_rows.begin(connection)
            row = connection.execute("select pg_has_role('hypermind_auditor', 'USAGE')").fetchone()
            if row is None or not row[0]:
                raise psycopg.errors.InsufficientPrivilege("only members of hypermind_auditor see every run")
            self._check_issued(connection, all_runs)
        runs = sorted(self._points)
        for start in range(0, len(runs), RUNS_AT_ONCE):
            with connection.transaction():
                run_rows.begin(connection)
                for done, run_id in enumerate(runs[start : start + RUNS_AT_ONCE], start + 1):
                    self._check_run_of_server(connection, run_id, self._points[run_id])
                    if progress is not None:
                        progress(done, len(runs))
        return self.report

    def _check_issued(self, connection: Connection, all_runs: bool) -> None:
        """The digests of the server: against those that were kept, against each other, and against their leaves."""
        rows = connection.cursor(row_factory=class_row(Digest)).execute(_DIGESTS)
        issued = {digest.number: digest for digest in rows}
        newest = max(self._kept, default=0)
        self.report.unlinked.clear()  # the server has those between
        for number in range(1, max([newest, *issued]) + 1):
            problem = self._problem_of_issued(connection, number, issued)
            if problem is not None:
                self.report.add(f"digest {number}", problem)
            elif all_runs and number < newest and number not in self._kept:
                self._remember(number, _leaves(connection, number))

    def _problem_of_issued(self, connection: Connection, number: int, issued: Mapping[int, Digest]) -> str | None:
        digest, before = issued.get(number), issued.get(number - 1)
        if digest is None:
            return "is not on the server any more"
        if digest != self._kept.get(number, digest):
            return "is another one on the server than was kept"
        if digests.digest_hash(digest) != digest.digest_hash:
            return "is not what its hash says, on the server"
        if digest.previous_hash != (before.digest_hash if before else chain.GENESIS):
            return "does not follow the digest before it, on the server"
        if digests.merkle_root(_leaves(connection, number)) != digest.merkle_root:
            return "has other leaves on the server than it was issued with"
        return None

    def _check_run_of_server(self, connection: Connection, run_id: UUID, points: Points) -> None:
        rows = run_rows.of_run(connection, run_id)
        if rows is not None:
            self._check_run(rows, points)
        elif run_rows.is_archived(connection, run_id):
            self.report.archived.append(run_id)
        else:
            last = max(points)
            self.report.add(f"run {run_id}", f"is missing: digest {points[last].digest} had it at event {last}")

    # Exports

    def against_exports(self, paths: Sequence[Path], progress: Progress | None = None) -> Report:
        """Checks the runs of files that `hypermindlabs export` wrote, without a server.

        Raises TraceFileError where a file is none of an export.
        """
        seen: set[UUID] = set()
        for done, path in enumerate(paths, 1):
            seen.update(self._check_export(path))
            if progress is not None:
                progress(done, len(paths))
        self.report.absent = sorted(self._points.keys() - seen)
        self.report.other = sorted(seen - self._points.keys())
        return self.report

    def _check_export(self, path: Path) -> Iterator[UUID]:
        reader = None
        try:
            with path.open(encoding="utf-8") as file:
                reader = run_rows.ExportReader(file)
                for rows in reader.runs():
                    run_id = UUID(rows.run["run_id"])
                    self._check_run(rows, self._points.get(run_id, {}))
                    yield run_id
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise TraceFileError(str(path), 0, reason, "Give the path of a readable file.") from None
        except _MALFORMED as error:
            line = 0 if reader is None else reader.line
            raise TraceFileError(str(path), line, f"not as export writes it: {error!r}", AGAIN) from None

    # A run

    def _check_run(self, rows: RunRows, points: Points) -> None:
        """A run's rows against its chain, and the chain against where it once stood."""
        name, hashes = f"run {rows.run['run_id']}", {0: chain.GENESIS}

        def noted() -> Iterator[Row]:
            for event in rows.events:
                if event["seq"] in points:
                    hashes[event["seq"]] = event["event_hash"]
                yield event

        problem = chain.run_problem(replace(rows, events=noted()))
        self.report.runs += 1
        if problem is not None:
            self.report.add(name, f"seq {problem.seq} in {problem.object}: {problem.what}")
        for seq, point in sorted(points.items()):
            if hashes.get(seq) != point.event_hash:
                self.report.add(name, f"has not the event {seq} that it had when digest {point.digest} was issued")
                break


def _leaves(connection: Connection, number: int) -> Iterator[DigestLeaf]:
    """The leaves of a digest on the server, a page at a time."""
    after = UUID(int=0)
    cursor = connection.cursor(row_factory=class_row(DigestLeaf))
    while page := cursor.execute(_LEAVES, (number, after, LEAVES_AT_ONCE)).fetchall():
        yield from page
        after = page[-1].run_id
