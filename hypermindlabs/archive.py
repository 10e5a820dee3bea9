"""Months as Parquet files: written, read back and checked, and then recorded in the ledger.

:func:`archive_period` is the command `hypermindlabs archive`; :func:`check` proves an archive without a database.
Reading takes short transactions, so that nothing holds back VACUUM for hours: the rows of a month that is over never
change but by an erasure, and whether there was one is looked at before and after. What was finished when a process was
killed stays: the list of it, beside the files, says where to go on.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from typing import Any, Protocol, TypeAlias, cast
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from . import __version__, chain, persistence
from .archive_files import Bounds, PartWriter, Streams, rows_of, size_of, streams
from .archive_format import (
    CONFIG_VERSIONS,
    ERASED_HASHES,
    ERASURES,
    EXPRESSIONS,
    MANIFEST,
    OF_RUNS,
    PROGRESS,
    RUN_ARTIFACTS,
    RUN_CONFIG_REFS,
    RUN_EVENTS,
    RUN_OUTCOMES,
    RUN_STATE_SNAPSHOTS,
    RUNS,
    TABLES,
    ArchiveBroken,
    ArchiveError,
    Figures,
    File,
    Key,
    Manifest,
    Row,
    Table,
    parse_manifest,
)
from .archive_place import Place
from .database_router import DatabaseRouter
from .errors import ArchiveMismatch
from .persistence import Archive

Connection: TypeAlias = psycopg.Connection[Any]
Begin: TypeAlias = Callable[[], AbstractContextManager[Connection]]
Rows: TypeAlias = Generator[Row, None, None]


class Tell(Protocol):
    """Is told how far the work is: what is done now, how much of it, and of how many; None where nobody knows."""

    def __call__(self, what: str, done: int = 0, total: int | None = None, /) -> None: ...


@dataclass(frozen=True)
class Archived:
    """An archive that is recorded. new: whether it was made by this call."""

    manifest: Manifest
    location: str
    new: bool


# Writing a month


def archive_period(
    router: DatabaseRouter,
    period: date,
    to: str,
    tell: Tell,
    *,
    supersedes: UUID | None = None,
    bounds: Bounds | None = None,
) -> Archived:
    """Writes a month into a new folder under a place, reads it back, and records it. Goes on where it was killed.

    supersedes: the archive whose place this one takes. An archive there that has all that can be had is returned as it
    is.

    Raises PeriodKept, ArchiveError, psycopg.errors.InsufficientPrivilege.
    """
    require_auditor(router)
    state = router.execute(persistence.period_state(period))
    if state != "attached":
        hint = "Write it anew, without what was erased since: hypermindlabs archive --rewrite."
        raise ArchiveError(f"{period:%Y-%m} is {state}: its archive has been written", hint)
    base = Place(to)
    while True:
        figures = router.execute(persistence.archive_figures(period))
        known = None if supersedes else _archived_there(router, period, base)
        if known is not None:
            return known
        job = _unfinished(base, period, supersedes, figures, tell) or _begin(router, base, period, supersedes, figures)
        place = base.child(folder_of(job))
        job = _export(router, job, place, bounds or Bounds(), tell)
        if router.execute(persistence.archive_figures(period)) == figures:
            place.write(MANIFEST, job.text().encode())
            if record(router, place, tell, partial(_is_current, router, period, figures)):
                return Archived(job, place.url, new=True)
        tell("something was erased meanwhile: writing it again")


def require_auditor(router: DatabaseRouter) -> None:
    """Refuses to go on for somebody who does not see the runs of every project.

    Raises ArchiveError.
    """
    with read_only(router) as connection:
        row = connection.execute("select current_user, pg_has_role('hypermind_auditor', 'usage')").fetchone()
    assert row is not None
    if not row[1]:
        hint = "Months are archived and restored by a member of hypermind_operator and of hypermind_auditor."
        raise ArchiveError(f"{row[0]} does not see every project: the month would not be whole", hint)


def folder_of(manifest: Manifest) -> str:
    """The name of an archive's folder."""
    return f"{manifest.period:%Y-%m}-{manifest.archive_id}"


def _is_current(router: DatabaseRouter, period: date, figures: Figures) -> bool:
    return bool(router.execute(persistence.archive_figures(period)) == figures)


def _archived_there(router: DatabaseRouter, period: date, base: Place) -> Archived | None:
    """The archive of a month that is in a place already."""
    for known in router.execute(persistence.archives(period)):
        if known.superseded_by is None and known.location.startswith(f"{base.url}/"):
            if known.erasures != known.erasures_now:
                hint = f"Write it anew: hypermindlabs archive --rewrite {period:%Y-%m}"
                raise ArchiveError(f"the archive in {known.location} has what was erased since", hint)
            return Archived(open_archive(known)[1], known.location, new=False)
    return None


def _begin(router: DatabaseRouter, base: Place, period: date, supersedes: UUID | None, figures: Figures) -> Manifest:
    with read_only(router) as connection:
        server = connection.execute("select current_setting('server_version')").fetchone()
    assert server is not None
    return begin_job(base, period, supersedes, figures, server[0])


def begin_job(base: Place, period: date, supersedes: UUID | None, figures: Figures, server: str) -> Manifest:
    """A new archive, of which nothing is written yet but that it was begun."""
    made_with = {"hypermindlabs": __version__, "pyarrow": version("pyarrow"), "postgresql": server}
    job = Manifest(uuid4(), period, supersedes, datetime.now(UTC).isoformat(), made_with, figures, ())
    base.child(folder_of(job)).write(PROGRESS, job.text().encode())
    return job


def _unfinished(base: Place, period: date, supersedes: UUID | None, figures: Figures, tell: Tell) -> Manifest | None:
    """What was begun and not finished. It goes away where the month is not the same any more."""
    found = None
    for job in unfinished_jobs(base, period):
        if any(job.figures[name] != figures[name] for name in ("erasures", "merkle_root")):
            tell(f"what was begun in {base.child(folder_of(job))} is out of date: it goes")
            discard(base.child(folder_of(job)))
        elif job.supersedes == supersedes:
            found = replace(job, figures=figures)
    return None if found is None else replace(found, files=_whole_files(base.child(folder_of(found)), found, tell))


def unfinished_jobs(base: Place, period: date) -> Iterator[Manifest]:
    """The archives of a month that somebody began to write in a place."""
    for name in base.names():
        if not name.startswith(f"{period:%Y-%m}-"):
            continue
        place = base.child(name)
        if PROGRESS in place.names():
            yield parse_manifest(place.read(PROGRESS), f"{place}/{PROGRESS}")


def discard(place: Place) -> None:
    """Deletes what was begun."""
    for name in sorted(place.names(), key=lambda name: name == PROGRESS):  # the mark of it last
        place.delete(name)
    place.delete_if_empty()


def _whole_files(place: Place, job: Manifest, tell: Tell) -> tuple[File, ...]:
    """The files that were finished, up to the first that is not as it was written."""
    whole: list[File] = []
    for file in job.files:
        tell("going on: looking at what is there", len(whole), len(job.files))
        if not place.is_whole(file):
            break
        whole.append(file)
    return tuple(whole)


def _export(router: DatabaseRouter, job: Manifest, place: Place, bounds: Bounds, tell: Tell) -> Manifest:
    first, last = period_ids(router, job.period)
    files = list(job.files)
    totals = job.figures["tables"]
    for table in TABLES.values():
        done = [file for file in files if file.table == table.name]
        count = sum(file.rows for file in done)

        def finished(file: File) -> None:
            files.append(file)
            place.write(PROGRESS, replace(job, files=tuple(files)).text().encode())

        after = done[-1].last if done else None
        with PartWriter(place, table, bounds, finished, len(done) + 1) as writer:
            for row in pages(lambda: read_only(router), table, first, last, bounds, after):
                writer.add(row)
                count += 1
                if count % PROGRESS_ROWS == 0:
                    tell(f"writing {table.name}", count, totals.get(table.name))
        tell(f"writing {table.name}", count, count)
    return replace(job, files=tuple(files))


PROGRESS_ROWS = 1000


# Reading the ledger


def period_ids(router: DatabaseRouter, period: date) -> tuple[UUID, UUID]:
    """The first and the last id that a run of a month can have."""
    following = date(period.year + period.month // 12, period.month % 12 + 1, 1)
    bound = "hypermind.uuidv7_floor(%s::timestamp at time zone 'UTC')"
    with read_only(router) as connection:
        row = connection.execute(f"select {bound}, {bound}", (period, following)).fetchone()
    assert row is not None
    return row[0], UUID(int=row[1].int - 1)


@contextmanager
def read_only(router: DatabaseRouter) -> Iterator[Connection]:
    """A transaction that writes nothing."""
    with router.transaction() as connection:
        connection.execute("set transaction read only")
        yield connection


def pages(
    begin: Begin, table: Table, first: UUID, last: UUID, bounds: Bounds, after: Key | None = None
) -> Iterator[Row]:
    """The rows of runs from one to another in the order of their key, a page at a time.

    begin: what surrounds the reading of a page. after: the key of the last row that is not wanted any more.
    """
    limit = FIRST_PAGE
    while True:
        with begin() as connection:
            page, size, cut = _page(connection, table, first, last, bounds, after, limit)
        yield from page
        if len(page) < limit and not cut:
            return
        after = table.key_of(page[-1])
        limit = max(1, min(bounds.page_rows, bounds.page_bytes * len(page) // size))


FIRST_PAGE = 100


def _page(
    connection: Connection, table: Table, first: UUID, last: UUID, bounds: Bounds, after: Key | None, limit: int
) -> tuple[list[Row], int, bool]:
    """A page, its size, and whether it was cut short because it has as many bytes as a page may have."""
    page: list[Row] = []
    size = 0
    query, parameters = _page_query(table, first, last, after, limit)
    # Row by row from the server: what does not fit is never in memory. To stop early is to cancel the query, which only
    # a savepoint survives.
    with (
        connection.transaction(force_rollback=True),
        connection.cursor(row_factory=dict_row) as cursor,
        closing(cast(Rows, cursor.stream(query, parameters, binary=True))) as rows,
    ):
        for row in rows:
            page.append(row)
            size += size_of(row)
            if size >= bounds.page_bytes and len(page) < limit:
                return page, size, True
    return page, size, False


def _page_query(
    table: Table, first: UUID, last: UUID, after: Key | None, limit: int
) -> tuple[sql.Composed, dict[str, Any]]:
    def expression(column: str) -> sql.Composable:
        reference = sql.SQL("t.{}").format(sql.Identifier(column))
        form = EXPRESSIONS.get(table.columns[column], "{}")
        return sql.SQL("{} as {}").format(sql.SQL(form).format(reference), sql.Identifier(column))

    def sorted_by(column: str) -> sql.Composable:
        collation = sql.SQL(' collate "C"' if table.columns[column] == "text" else "")
        return sql.SQL("t.{}{}").format(sql.Identifier(column), collation)

    columns = sql.SQL(", ").join(expression(column) for column in table.columns)
    key = sql.SQL(", ").join(sorted_by(column) for column in table.key)
    source = sql.SQL(table.source.format(runs="t.run_id between %(first)s and %(last)s"))
    parameters: dict[str, Any] = {"first": first, "last": last, "limit": limit}
    if after is None:
        rest: sql.Composable = sql.SQL("")
    else:
        names = [f"after_{column}" for column in table.key]
        parameters |= dict(zip(names, after, strict=True))
        if table.key[0] == "run_id":
            parameters["first"] = UUID(after[0])
        places = [
            sql.SQL("{}::{}").format(sql.Placeholder(name), sql.SQL(table.columns[column]))
            for name, column in zip(names, table.key, strict=True)
        ]
        rest = sql.SQL(" and ({}) > ({})").format(key, sql.SQL(", ").join(places))
    query = sql.SQL("select {} from {}{} order by {} limit %(limit)s").format(columns, source, rest, key)
    return query, parameters


# Recording


def record(router: DatabaseRouter, place: Place, tell: Tell, is_current: Callable[[], bool]) -> bool:
    """Records what is in a place, once it was read back from there and fits; False if it is out of date.

    is_current: whether the month has still the figures that the archive has; asked where the ledger refuses.

    Raises ArchiveBroken, ArchiveMismatch.
    """
    text = place.read(MANIFEST)
    manifest = parse_manifest(text, f"{place}/{MANIFEST}")
    check(place, manifest, tell)
    call = persistence.record_archive(
        manifest.archive_id, manifest.period, place.url, text.decode(), supersedes=manifest.supersedes
    )
    try:
        router.execute(call)
    except ArchiveMismatch:
        if is_current():
            raise
        return False
    place.delete(PROGRESS)
    return True


def open_archive(archive: Archive, location: str | None = None) -> tuple[Place, Manifest]:
    """The place and the manifest of a recorded archive, which is the one that was recorded.

    location: where it is now, if it was moved.

    Raises ArchiveBroken.
    """
    place = Place(location or archive.location)
    text = _manifest_text(place)
    if sha256(text).digest() != archive.manifest_sha256:
        raise ArchiveBroken(f"{place}/{MANIFEST} is not the one that was recorded for archive {archive.archive_id}")
    return place, parse_manifest(text, f"{place}/{MANIFEST}")


def read_manifest(place: Place) -> Manifest:
    """The manifest of an archive that nobody vouches for.

    Raises ArchiveBroken when there is none.
    """
    return parse_manifest(_manifest_text(place), f"{place}/{MANIFEST}")


def _manifest_text(place: Place) -> bytes:
    try:
        return place.read(MANIFEST)
    except FileNotFoundError:
        unfinished = PROGRESS in place.names()
        hint = "It was not finished: run the same archive command again." if unfinished else "Look for it elsewhere."
        raise ArchiveBroken(f"there is no archive in {place}", hint) from None


# Checking


def check(place: Place, manifest: Manifest, tell: Tell) -> None:
    """Reads all files of an archive and proves them: hashes, counts, order, the chain of each run, the Merkle root.

    Raises ArchiveBroken.
    """
    erasures = sum(1 for _ in rows_of(place, ERASURES, manifest.of(ERASURES)))
    contents = _check_contents(place, manifest)
    side_by_side = streams(place, manifest, OF_RUNS)
    root = chain.merkle_root(_leaves(side_by_side, contents, manifest, tell))
    found: dict[str, Any] = {
        "runs": manifest.rows(RUNS),
        "events": manifest.rows(RUN_EVENTS),
        "erasures": erasures,
        "merkle_root": root.hex(),
        "tables": {name: manifest.rows(TABLES[name]) for name in manifest.figures["tables"] if name in TABLES},
    }
    for name, value in found.items():
        if manifest.figures[name] != value:
            raise ArchiveBroken(f"{place} has {name} {value}, and its manifest says {manifest.figures[name]}")


def _check_contents(place: Place, manifest: Manifest) -> dict[tuple[str, int], bytes]:
    """The hashes of the pinned contents, which are those of the contents."""
    hashes = {}
    for row in rows_of(place, CONFIG_VERSIONS, manifest.of(CONFIG_VERSIONS)):
        if sha256(row["content"].encode()).digest() != row["content_sha256"]:
            raise ArchiveBroken(f"{place}: {row['kind']} {row['name']} version {row['version']} has another content")
        hashes[row["config_id"], row["version"]] = row["content_sha256"]
    return hashes


def _leaves(
    side_by_side: Streams, contents: dict[tuple[str, int], bytes], manifest: Manifest, tell: Tell
) -> Iterator[bytes]:
    total = manifest.rows(RUNS)
    for number, run in enumerate(side_by_side.runs(), 1):
        rows = _run_rows(side_by_side, run)
        problem = chain.run_problem(rows)
        if problem is not None:
            where = f"seq {problem.seq} in {problem.object}"
            raise ArchiveBroken(f"run {run['run_id']} does not verify: {where}: {problem.what}")
        for pin in rows.pins:
            if contents.get((pin["config_id"], pin["version"])) != pin["content_sha256"]:
                raise ArchiveBroken(f"run {run['run_id']} lacks what it pinned as {pin['slot']}")
        assert rows.outcome is not None
        yield chain.run_leaf(run["run_id"], rows.outcome["last_seq"], rows.outcome["last_hash"])
        if number % PROGRESS_RUNS == 0 or number == total:
            tell("reading it back: runs", number, total)


PROGRESS_RUNS = 100


def _run_rows(side_by_side: Streams, run: Row) -> chain.RunRows:
    run_id = run["run_id"]
    outcomes = list(side_by_side.of(RUN_OUTCOMES, run_id))
    if len(outcomes) != 1:
        raise ArchiveBroken(f"run {run_id} has no outcome")
    return chain.RunRows(
        run=run,
        pins=list(side_by_side.of(RUN_CONFIG_REFS, run_id)),
        events=side_by_side.of(RUN_EVENTS, run_id),
        snapshots=side_by_side.of(RUN_STATE_SNAPSHOTS, run_id),
        artifacts=side_by_side.of(RUN_ARTIFACTS, run_id),
        outcome=outcomes[0],
        erased={(row["kind"], row["seq"]): row for row in side_by_side.of(ERASED_HASHES, run_id)},
    )
