"""Archived runs brought back: a month of them, or one.

The rows go through `restore_rows()`, and `finish_restore()` proves each run and erases what was erased since. Some runs
are one transaction; so a restore that was killed goes on with the runs that are not here yet. Of a month, every file is
compared with the manifest; of one run, only the row groups that hold it are read, and its chain has to fit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import psycopg

from . import persistence
from .archive import Tell, period_ids, require_auditor
from .archive_files import Bounds, Streams, rows_of_run, streams
from .archive_format import OF_RUNS, RUNS, ArchiveBroken, Manifest, Row, Table
from .archive_place import Place
from .database_router import DatabaseRouter, send

Connection: TypeAlias = psycopg.Connection[Any]

AWAY_AT_ONCE = 5000


@dataclass(frozen=True)
class Restored:
    """How many runs and events are here again, and how many runs of the archive were here anyway."""

    runs: int
    events: int
    skipped: int


def restore_period(
    router: DatabaseRouter, place: Place, manifest: Manifest, tell: Tell, *, bounds: Bounds | None = None
) -> Restored:
    """Brings all runs of an archive back that are not here.

    Raises ArchiveBroken, ArchiveMismatch, PlaceError, ArchiveError when the caller does not see every project.
    """
    require_auditor(router)
    bounds = bounds or Bounds()
    away = _Away(router, manifest)
    if not away.any():
        return Restored(0, 0, manifest.figures["runs"])
    side_by_side = streams(place, manifest, OF_RUNS)
    wanted = _wanted(side_by_side, away)
    runs = events = 0
    run = next(wanted, None)
    while run is not None:
        with router.transaction() as connection:
            batch = Batch(connection, manifest.archive_id, bounds)
            while run is not None and not batch.full():
                batch.take(run, side_by_side)
                run = next(wanted, None)
            batch.finish()
        runs, events = runs + len(batch.runs), events + batch.events
        tell("restoring runs", runs + away.skipped, manifest.figures["runs"])
    return Restored(runs, events, away.skipped)


def _wanted(side_by_side: Streams, away: _Away) -> Iterator[Row]:
    for run in side_by_side.runs():
        if away.has(run["run_id"]):
            yield run
        else:
            side_by_side.skip(run["run_id"])


class _Away:
    """The runs of an archive's month whose rows are not here: asked for in their order, a page at a time."""

    def __init__(self, router: DatabaseRouter, manifest: Manifest) -> None:
        self._router = router
        self._first, self._last = period_ids(router, manifest.period)
        self._ids = self._pages()
        self._next = next(self._ids, None)
        self.skipped = 0

    def any(self) -> bool:
        """Whether there is any left."""
        return self._next is not None

    def has(self, run_id: str) -> bool:
        """Whether a run is away; later ones are to be asked for later."""
        while self._next is not None and self._next < run_id:
            self._next = next(self._ids, None)
        self.skipped += self._next != run_id
        return self._next == run_id

    def _pages(self) -> Iterator[str]:
        first = self._first
        while True:
            with self._router.transaction() as connection:
                page = connection.execute(_AWAY, (first, self._last, AWAY_AT_ONCE)).fetchall()
            yield from (str(row[0]) for row in page)
            if len(page) < AWAY_AT_ONCE:
                return
            first = UUID(int=page[-1][0].int + 1)


_AWAY = """
select run_id from hypermind.run_summaries
where run_id between %s and %s and archive_id is not null order by run_id limit %s"""


def restore_run(
    router: DatabaseRouter, place: Place, manifest: Manifest, run_id: UUID, *, bounds: Bounds | None = None
) -> Restored:
    """Brings one run back.

    Raises ArchiveBroken, ArchiveMismatch, PlaceError, InvalidArgument when it is here.
    """
    with router.transaction() as connection:
        events = send_run(connection, place, manifest, run_id, bounds or Bounds())
    return Restored(1, events, 0)


def send_run(connection: Connection, place: Place, manifest: Manifest, run_id: UUID, bounds: Bounds) -> int:
    """Brings one run back in the transaction of a connection; returns how many events it has."""
    batch = Batch(connection, manifest.archive_id, bounds)
    for table in OF_RUNS:
        for row in rows_of_run(place, manifest, table, run_id):
            batch.add(table, row)
    if batch.runs != [str(run_id)]:
        raise ArchiveBroken(f"{place} has not the run {run_id}")
    batch.finish()
    return batch.events


class Batch:
    """Runs that come back in one transaction; what is collected is sent when it is much."""

    def __init__(self, connection: Connection, archive_id: UUID, bounds: Bounds) -> None:
        self._connection, self._archive_id, self._bounds = connection, archive_id, bounds
        self._rows: dict[str, list[str]] = {table.name: [] for table in OF_RUNS}
        self._waiting = self._waiting_rows = self._bytes = self._count = 0
        self.runs: list[str] = []
        self.events = 0

    def full(self) -> bool:
        """Whether it has as much as a transaction should have."""
        return self._bytes >= self._bounds.page_bytes or self._count >= self._bounds.page_rows

    def take(self, run: Row, side_by_side: Streams) -> None:
        """Takes the next run of an archive's streams, with all its rows."""
        self.add(RUNS, run)
        for table in OF_RUNS:
            if table is not RUNS:
                for row in side_by_side.of(table, run["run_id"]):
                    self.add(table, row)

    def add(self, table: Table, row: Row) -> None:
        """Takes a row. A run's row comes before its others, its events before the rest."""
        text = json_of(table, row)
        self._rows[table.name].append(text)
        if table is RUNS:
            self.runs.append(row["run_id"])
        self.events += table.name == "run_events"
        self._waiting, self._bytes = self._waiting + len(text), self._bytes + len(text)
        self._waiting_rows, self._count = self._waiting_rows + 1, self._count + 1
        if self._waiting >= self._bounds.page_bytes or self._waiting_rows >= self._bounds.page_rows:
            self._send()

    def finish(self) -> None:
        """Sends the rest, and has the runs proved."""
        self._send()
        send(self._connection, persistence.finish_restore(self._archive_id, self.runs))

    def _send(self) -> None:
        for table, rows in self._rows.items():
            if rows:
                send(self._connection, persistence.restore_rows(self._archive_id, table, f"[{','.join(rows)}]"))
                rows.clear()
        self._waiting = self._waiting_rows = 0


def json_of(table: Table, row: Row) -> str:
    """A row as a JSON object, from which PostgreSQL makes the same row: JSON stands in it as it is."""
    members = (f'"{column}":{_json(row[column], kind)}' for column, kind in table.columns.items())
    return f"{{{','.join(members)}}}"


def _json(value: Any, kind: str) -> str:
    if value is None:
        return "null"
    if kind == "jsonb":
        return str(value)
    if isinstance(value, bytes):
        return f'"\\\\x{value.hex()}"'
    return json.dumps(value.isoformat() if isinstance(value, datetime) else value, ensure_ascii=False)
