"""Archives written anew without what was erased since: the command `hypermindlabs archive --rewrite`.

Of a month that is still in the run tables, that is a new archive. Of one that was dropped, files without erased runs
are copied, and in the others those runs' rows are replaced: each is restored in a transaction that never ends, so that
what goes is decided by the same rule of the database as ever. When the new archive is recorded, the old files go.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias
from uuid import UUID

import psycopg

from . import persistence
from .archive import (
    Tell,
    archive_period,
    begin_job,
    discard,
    folder_of,
    open_archive,
    pages,
    period_ids,
    read_only,
    record,
    require_auditor,
    unfinished_jobs,
)
from .archive_files import Bounds, PartWriter, Peekable, rows_of
from .archive_format import ERASURES, MANIFEST, OF_RUNS, TABLES, ArchiveError, File, Key, Row, Table
from .archive_place import Place
from .database_router import DatabaseRouter
from .persistence import Archive
from .restore import send_run

Connection: TypeAlias = psycopg.Connection[Any]


@dataclass(frozen=True)
class Rewritten:
    """An archive that took the place of another."""

    archive_id: UUID
    supersedes: UUID
    location: str


@dataclass(frozen=True)
class LeftFile:
    """A file of an archive that was superseded, which could not be deleted."""

    name: str
    why: str


def rewrite(router: DatabaseRouter, archive: Archive, tell: Tell, *, bounds: Bounds | None = None) -> Rewritten:
    """Writes an archive anew, beside it, and records that it takes its place. The old files are still there then.

    Raises ArchiveError, ArchiveMismatch.
    """
    bounds = bounds or Bounds()
    base = Place(archive.location).parent()
    state = router.execute(persistence.period_state(archive.period))
    if state == "detached":
        month = f"{archive.period:%Y-%m}"
        hint = f"Put it back first, or drop it: hypermindlabs retention attach {month}."
        raise ArchiveError(f"{month} is detached: what was erased since is still in its tables", hint)
    if state == "dropped":
        return _Dropped(router, archive, base, bounds, tell).rewrite()
    done = archive_period(router, archive.period, base.url, tell, supersedes=archive.archive_id, bounds=bounds)
    return Rewritten(done.manifest.archive_id, archive.archive_id, done.location)


def delete_files(archive: Archive, tell: Tell) -> list[LeftFile]:
    """Deletes the files of an archive whose place another has taken; returns those that it could not delete."""
    left = []
    try:
        place = Place(archive.location)
        names = sorted(place.names(), key=lambda name: name == MANIFEST)  # the manifest last
    except ArchiveError as error:
        return [LeftFile(archive.location, str(error))]
    for number, name in enumerate(names, 1):
        tell("deleting the old files", number, len(names))
        try:
            place.delete(name)
        except ArchiveError as error:
            left.append(LeftFile(f"{place}/{name}", str(error)))
    place.delete_if_empty()
    return left


class _Dropped:
    """The rewriting of an archive that has the only copy."""

    def __init__(self, router: DatabaseRouter, archive: Archive, base: Place, bounds: Bounds, tell: Tell) -> None:
        self._router, self._archive, self._base, self._bounds, self._tell = router, archive, base, bounds, tell
        self._old, self._manifest = open_archive(archive)
        self._first, self._last = period_ids(router, archive.period)
        self._stale: list[str] = []

    def rewrite(self) -> Rewritten:
        require_auditor(self._router)
        while True:
            erasures = self._erasures()
            self._discard_unfinished(erasures)
            figures = {**self._manifest.figures, "erasures": erasures}
            server = self._manifest.created_with["postgresql"]
            job = begin_job(self._base, self._archive.period, self._archive.archive_id, figures, server)
            place = self._base.child(folder_of(job))
            job = replace(job, files=tuple(self._write(place)))
            if self._is_current(erasures):
                place.write(MANIFEST, job.text().encode())
                if record(self._router, place, self._tell, partial(self._is_current, erasures)):
                    return Rewritten(job.archive_id, self._archive.archive_id, place.url)
            self._tell("something was erased meanwhile: writing it again")

    def _discard_unfinished(self, erasures: int) -> None:
        """What was begun here goes: it is not gone on with, and may hold what was erased."""
        for job in unfinished_jobs(self._base, self._archive.period):
            if job.supersedes == self._archive.archive_id or job.figures["erasures"] != erasures:
                discard(self._base.child(folder_of(job)))

    def _is_current(self, erasures: int) -> bool:
        return self._erasures() == erasures

    def _erasures(self) -> int:
        query = "select count(*) from hypermind.erasures where run_id between %s and %s"
        with read_only(self._router) as connection:
            row = connection.execute(query, (self._first, self._last)).fetchone()
        assert row is not None
        return int(row[0])

    def _write(self, place: Place) -> list[File]:
        self._stale = sorted(self._stale_runs())
        files: list[File] = []
        with TemporaryDirectory() as folder:
            fresh_place = Place(folder)
            fresh = self._fresh_files(fresh_place)
            for table in TABLES.values():
                if table is ERASURES:
                    with PartWriter(place, table, self._bounds, files.append) as writer:
                        for row in self._erasure_rows():
                            writer.add(row)
                else:
                    mine = [file for file in fresh if file.table == table.name]
                    files += self._replaced(place, table, Peekable(rows_of(fresh_place, table, mine)))
        return files

    def _erasure_rows(self) -> Iterator[Row]:
        return pages(lambda: read_only(self._router), ERASURES, self._first, self._last, self._bounds)

    def _stale_runs(self) -> set[str]:
        """The runs with erasures that the archive does not know."""
        known = {ERASURES.key_of(row) for row in rows_of(self._old, ERASURES, self._manifest.of(ERASURES))}
        return {row["run_id"] for row in self._erasure_rows() if ERASURES.key_of(row) not in known}

    def _fresh_files(self, place: Place) -> list[File]:
        """The rows of the stale runs as they are to be from now on, in files of their own."""
        files: list[File] = []
        with ExitStack() as stack:
            writers = [
                (table, stack.enter_context(PartWriter(place, table, self._bounds, files.append))) for table in OF_RUNS
            ]
            for number, run_id in enumerate(map(UUID, self._stale), 1):
                self._tell("erasing what was erased: runs", number, len(self._stale))
                with self._as_it_is_to_be(run_id) as connection:
                    for table, writer in writers:
                        for row in pages(partial(_lent, connection), table, run_id, run_id, self._bounds):
                            writer.add(row)
        return files

    @contextmanager
    def _as_it_is_to_be(self, run_id: UUID) -> Iterator[Connection]:
        """A transaction in which a run is here, without what was erased; nothing of it stays."""
        with self._router.transaction() as connection, connection.transaction(force_rollback=True):
            query = "select archive_id is not null from hypermind.run_summaries where run_id = %s"
            away = connection.execute(query, (run_id,)).fetchone()
            if away is not None and away[0]:
                send_run(connection, self._old, self._manifest, run_id, self._bounds)
            yield connection

    def _replaced(self, place: Place, table: Table, fresh: Peekable) -> list[File]:
        """A table's files: those without stale runs are copied, in the others the fresh rows take their place."""
        files: list[File] = []
        gone = set(self._stale)
        for file in self._manifest.of(table):
            number = len(files) + 1
            self._tell(f"writing {table.name}", number, len(self._manifest.of(table)))
            if table not in OF_RUNS or not _some_between(self._stale, file.first[0], file.last[0]):
                name = f"{table.name}-{number}.parquet"
                place.copy(file, self._old, name)
                files.append(replace(file, name=name))
                continue
            with PartWriter(place, table, self._bounds, files.append, number) as writer:
                kept = (row for row in rows_of(self._old, table, [file]) if row["run_id"] not in gone)
                for row in _merged(kept, fresh, table, file.last):
                    writer.add(row)
        with PartWriter(place, table, self._bounds, files.append, len(files) + 1) as writer:
            while fresh.more():
                writer.add(fresh.take())
        return files


def _lent(connection: Connection) -> AbstractContextManager[Connection]:
    return nullcontext(connection)


def _some_between(stale: Sequence[str], first: str, last: str) -> bool:
    place = bisect_left(stale, first)
    return place < len(stale) and stale[place] <= last


def _merged(old: Iterable[Row], fresh: Peekable, table: Table, last: Key) -> Iterator[Row]:
    """Rows in order: old ones, and fresh ones up to a key."""
    for row in old:
        while fresh.more() and table.key_of(fresh.peek()) < table.key_of(row):
            yield fresh.take()
        yield row
    while fresh.more() and table.key_of(fresh.peek()) <= last:
        yield fresh.take()
