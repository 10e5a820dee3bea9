"""The Parquet files of an archive: rows in, rows out, with no more of them in memory than a row group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from .archive_format import TABLES, ArchiveBroken, File, Key, Manifest, Row, Table
from .archive_place import Place, Sink, told

TYPES = {
    "text": pa.string(),
    "uuid": pa.string(),
    "jsonb": pa.string(),
    "numeric": pa.string(),
    "bytea": pa.binary(),
    "bigint": pa.int64(),
    "integer": pa.int32(),
    "smallint": pa.int16(),
    "timestamptz": pa.timestamp("us", "UTC"),
    "text[]": pa.list_(pa.string()),
}
"""How a PostgreSQL type is stored."""

FEW_VALUES = ("project_id", "mode", "agent", "model", "owner", "created_by", "event_type", "tool", "status", "kind")
"""The columns that are stored as a dictionary."""

ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Bounds:
    """How much a part, a row group and a page of the database may have, before compression. A row is never divided."""

    part_bytes: int = 256 * 1024 * 1024
    group_bytes: int = 8 * 1024 * 1024
    group_rows: int = 20_000
    page_bytes: int = 8 * 1024 * 1024
    page_rows: int = 5_000


def schema_of(table: Table) -> pa.Schema:
    """The schema of the files of a table."""
    return pa.schema([(name, TYPES[kind]) for name, kind in table.columns.items()])


# Writing


class PartWriter:
    """Writes rows into the parts of a table, one after the other; tells of each that is finished.

    A context manager: at the end of its block the last part is finished, where the block raises there is none.
    """

    def __init__(self, place: Place, table: Table, bounds: Bounds, finished: Callable[[File], None], number: int = 1):
        """number: of the first part."""
        self._place, self._table, self._bounds, self._finished = place, table, bounds, finished
        self._schema = schema_of(table)
        self._number = number
        self._group: list[Row] = []
        self._group_size = 0
        self._part: _Part | None = None

    def add(self, row: Row) -> None:
        """Takes the next row."""
        self._group.append(row)
        self._group_size += size_of(row)
        if len(self._group) >= self._bounds.group_rows or self._group_size >= self._bounds.group_bytes:
            self._write_group()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if error is None:
            self._write_group()
            self._finish()
        elif self._part is not None:
            self._part.stack.__exit__(kind, error, trace)

    def _write_group(self) -> None:
        if not self._group:
            return
        self._part = self._part or self._begin()
        columns = [pa.array([row[f.name] for row in self._group], f.type) for f in self._schema]
        batch = pa.record_batch(columns, schema=self._schema)
        self._part.writer.write_batch(batch, row_group_size=batch.num_rows)
        self._part.first = self._part.first or self._table.key_of(self._group[0])
        self._part.last = self._table.key_of(self._group[-1])
        self._part.rows += batch.num_rows
        self._part.size += self._group_size
        self._group, self._group_size = [], 0
        if self._part.size >= self._bounds.part_bytes:
            self._finish()

    def _begin(self) -> _Part:
        few = [column for column in FEW_VALUES if column in self._table.columns]
        options = {"compression": "zstd", "use_dictionary": few, "write_statistics": list(self._table.key)}
        stack = ExitStack()
        name = f"{self._table.name}-{self._number}.parquet"
        sink = stack.enter_context(self._place.create(name))
        writer = stack.enter_context(pq.ParquetWriter(sink, self._schema, **options))
        return _Part(name, stack, sink, writer)

    def _finish(self) -> None:
        part = self._part
        if part is None:
            return
        self._part = None
        part.stack.close()
        self._number += 1
        self._finished(
            File(part.name, self._table.name, part.rows, part.sink.bytes, part.sink.sha256, part.first, part.last)
        )


@dataclass
class _Part:
    """A part that is being written."""

    name: str
    stack: ExitStack
    sink: Sink
    writer: pq.ParquetWriter
    first: Key = ()
    last: Key = ()
    rows: int = 0
    size: int = 0


def size_of(row: Row) -> int:
    """About how many bytes a row has."""
    return sum(len(value) if isinstance(value, str | bytes) else 8 for value in row.values())


# Reading


def rows_of(place: Place, table: Table, files: Sequence[File]) -> Iterator[Row]:
    """The rows of a table's files, in order. Each file is compared with its entry, before and after it is read.

    Raises ArchiveBroken.
    """
    before: Key | None = None
    for file in files:
        with place.checked(file) as path:
            count = 0
            for row in _rows_in(path, table, f"{place}/{file.name}"):
                key = table.key_of(row)
                if (count == 0 and key != file.first) or (before is not None and key <= before):
                    raise ArchiveBroken(f"{place}/{file.name} is out of order at {_shown(key)}")
                before, count = key, count + 1
                yield row
            if count != file.rows or before != file.last:
                said = f"{file.rows:,} rows up to {_shown(file.last)}"
                raise ArchiveBroken(f"{place}/{file.name} has not the {said} that the manifest says")


def _rows_in(path: Path, table: Table, where: str) -> Iterator[Row]:
    try:
        with pq.ParquetFile(path) as opened:
            if opened.schema_arrow != schema_of(table):
                raise ArchiveBroken(f"{where} has not the columns of {table.name}")
            for group in range(opened.num_row_groups):
                yield from _rows_in_group(opened, group)
    except (pa.ArrowException, OSError) as error:
        raise ArchiveBroken(f"{where} cannot be read: {error}") from None


def _rows_in_group(parquet: pq.ParquetFile, group: int) -> Iterator[Row]:
    """The rows of one row group: a batch that spans several of them would have as many bytes as they like."""
    for batch in parquet.iter_batches(ROWS_AT_ONCE, row_groups=[group]):
        yield from batch.to_pylist()


def rows_of_run(place: Place, manifest: Manifest, table: Table, run_id: UUID) -> Iterator[Row]:
    """The rows of one run, from the row groups that can hold some: the rest of the files is not read, nor checked."""
    wanted = str(run_id)
    for file in manifest.of(table):
        if not file.first[0] <= wanted <= file.last[0]:
            continue
        where = f"{place}/{file.name}"
        try:
            with told("read", where), place.open(file.name) as opened, pq.ParquetFile(opened) as parquet:
                if parquet.schema_arrow != schema_of(table):
                    raise ArchiveBroken(f"{where} has not the columns of {table.name}")
                for group in _groups_with(parquet, wanted):
                    yield from (row for row in _rows_in_group(parquet, group) if row["run_id"] == wanted)
        except FileNotFoundError:
            raise ArchiveBroken(f"{where} is missing") from None


def _groups_with(parquet: pq.ParquetFile, run_id: str) -> Iterator[int]:
    for group in range(parquet.metadata.num_row_groups):
        statistics = parquet.metadata.row_group(group).column(0).statistics
        if statistics is None or not statistics.has_min_max or statistics.min <= run_id <= statistics.max:
            yield group


class Peekable:
    """An iterator that tells whether there is more, and what comes next."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = iter(rows)
        self._next: Row | None = next(self._rows, None)

    def more(self) -> bool:
        return self._next is not None

    def peek(self) -> Row:
        assert self._next is not None
        return self._next

    def take(self) -> Row:
        row = self.peek()
        self._next = next(self._rows, None)
        return row


class Streams:
    """Tables of an archive side by side, run by run: each a stream that is sorted by run and read once."""

    def __init__(self, tables: Iterable[Table], open_table: Callable[[Table], Iterable[Row]], where: str) -> None:
        self._streams = {table.name: Peekable(open_table(table)) for table in tables}
        self._where = where

    def runs(self) -> Iterator[Row]:
        """The rows of `runs`. Whoever takes the next one has read all rows of the one before.

        Raises ArchiveBroken when there are rows of a run that is not there; so does of().
        """
        runs = self._streams["runs"]
        while runs.more():
            yield runs.take()
        for table, rows in self._streams.items():
            if rows.more():
                self._orphan(table, rows.peek())

    def of(self, table: Table, run_id: str) -> Iterator[Row]:
        """The rows of a run, as they come."""
        rows = self._streams[table.name]
        while rows.more() and rows.peek()["run_id"] <= run_id:
            row = rows.take()
            if row["run_id"] != run_id:
                self._orphan(table.name, row)
            yield row

    def skip(self, run_id: str) -> None:
        """Passes over the rows of a run."""
        for name in self._streams:
            if name != "runs":
                for _ in self.of(TABLES[name], run_id):
                    pass

    def _orphan(self, table: str, row: Row) -> None:
        raise ArchiveBroken(f"{self._where} has {table} of run {row['run_id']}, and not that run")


def streams(place: Place, manifest: Manifest, tables: Sequence[Table]) -> Streams:
    """The streams of an archive."""
    return Streams(tables, lambda table: rows_of(place, table, manifest.of(table)), str(place))


def _shown(key: Key) -> str:
    return "/".join(str(part) for part in key)
