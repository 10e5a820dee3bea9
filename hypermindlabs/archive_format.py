"""What an archive looks like: its tables, its manifest, and what can be wrong with it. docs/archive.md specifies it.

An archive is a folder: Parquet files `<table>-<n>.parquet`, and `manifest.json`, written last. The columns are those of
the tables of schema hypermind, under their names; :data:`TYPES` says how a PostgreSQL type is stored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

FORMAT, VERSION = "hypermind.archive", 1
MANIFEST, PROGRESS = "manifest.json", "progress.json"

Row: TypeAlias = Mapping[str, Any]
Key: TypeAlias = tuple[Any, ...]
Figures: TypeAlias = Mapping[str, Any]


class ArchiveError(Exception):
    """Something about an archive cannot be done; says so in one line, with a hint."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class ArchiveBroken(ArchiveError):
    """The files of an archive are not what its manifest, its runs' chains or the ledger say."""


class PlaceError(ArchiveError):
    """The place of an archive cannot be read or written: it is full, is not there, or does not let us in."""


# Tables

# How the columns of each type stand in a query, so that what is stored is exactly what is hashed: jsonb and numeric as
# the text that PostgreSQL prints, times as microseconds since 1970, whatever the session's settings.
EXPRESSIONS = {
    "uuid": "{}::text",
    "jsonb": "{}::text",
    "numeric": "{}::text",
    "timestamptz": "(extract(epoch from {}) * 1000000)::bigint",
}


@dataclass(frozen=True)
class Table:
    """A table of an archive: its columns with their PostgreSQL types, and the columns that its rows are sorted by.

    source: where its rows come from, as `t`; `{runs}` stands for the condition on the runs.
    """

    name: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    source: str

    def key_of(self, row: Row) -> Key:
        """What a row is sorted by; texts by their code points, which is also their order as bytes of UTF-8."""
        return tuple(row[column] for column in self.key)


def _table(name: str, key: str, columns: str) -> Table:
    named = dict(column.split() for column in columns.split(","))
    return Table(name, named, tuple(key.split()), f"hypermind.{name} as t where {{runs}}")


RUNS = _table(
    "runs",
    "run_id",
    "run_id uuid, project_id uuid, mode text, agent text, model text, tags text[], owner text, created_by text, "
    "input jsonb, metadata jsonb, salt uuid, parent_run_id uuid, forked_at_seq bigint, parent_event_hash bytea, "
    "created_at timestamptz",
)
RUN_EVENTS = _table(
    "run_events",
    "run_id seq",
    "run_id uuid, seq bigint, project_id uuid, event_id uuid, event_type text, contract_version integer, "
    "parent_seq bigint, payload jsonb, state_delta jsonb, salt uuid, model text, tool text, tags text[], "
    "input_tokens bigint, output_tokens bigint, cost numeric, text_rule smallint, subject_hash bytea, "
    "occurred_at timestamptz, recorded_at timestamptz, event_hash bytea",
)
RUN_OUTCOMES = _table(
    "run_outcomes",
    "run_id",
    "run_id uuid, project_id uuid, status text, last_seq bigint, last_hash bytea, ended_at timestamptz, events bigint, "
    "input_tokens bigint, output_tokens bigint, cost numeric",
)
RUN_CONFIG_REFS = _table(
    "run_config_refs",
    "run_id slot",
    "run_id uuid, slot text, project_id uuid, config_id uuid, kind text, name text, version integer, label text, "
    "content_sha256 bytea",
)
RUN_STATE_SNAPSHOTS = _table(
    "run_state_snapshots",
    "run_id seq",
    "run_id uuid, seq bigint, project_id uuid, state jsonb, salt uuid, state_hash bytea, taken_at timestamptz, "
    "taken_by text, contract_version integer",
)
RUN_ARTIFACTS = _table(
    "run_artifacts",
    "run_id artifact_id",
    "run_id uuid, artifact_id uuid, project_id uuid, seq bigint, kind text, media_type text, uri text, sha256 bytea, "
    "size_bytes bigint, metadata jsonb, salt uuid, created_at timestamptz",
)
ERASURES = _table(
    "erasures",
    "run_id erasure_id",
    "run_id uuid, erasure_id uuid, project_id uuid, seq bigint, reason text, erased_by text, erased_at timestamptz",
)
ERASED_HASHES = _table(
    "erased_hashes",
    "run_id kind seq",
    "run_id uuid, kind text, seq bigint, project_id uuid, erasure_id uuid, payload_hash bytea, delta_hash bytea, "
    "state_hash bytea, input_hash bytea, metadata_hash bytea, uri_hash bytea",
)
CONFIG_VERSIONS = Table(
    "config_versions",
    {
        "config_id": "uuid",
        "version": "integer",
        "project_id": "uuid",
        "kind": "text",
        "name": "text",
        "content": "jsonb",
        "content_sha256": "bytea",
        "summary": "text",
        "author": "text",
        "created_at": "timestamptz",
        "contract_version": "integer",
    },
    ("config_id", "version"),
    """(
        select v.*, e.kind, e.name
        from hypermind.config_versions as v
        join hypermind.config_entities as e on e.config_id = v.config_id
        join (select distinct t.config_id, t.version from hypermind.run_config_refs as t where {runs}) as p
            on p.config_id = v.config_id and p.version = v.version
    ) as t where true""",
)

OF_RUNS = (RUNS, RUN_EVENTS, RUN_OUTCOMES, RUN_CONFIG_REFS, RUN_STATE_SNAPSHOTS, RUN_ARTIFACTS, ERASED_HASHES)
TABLES = {table.name: table for table in (*OF_RUNS, ERASURES, CONFIG_VERSIONS)}


# The manifest


@dataclass(frozen=True)
class File:
    """A file of an archive: what is in it, and the key of its first and last row."""

    name: str
    table: str
    rows: int
    bytes: int
    sha256: str
    first: Key
    last: Key


def file_of(entry: Mapping[str, Any]) -> File:
    """A file, from its entry in a manifest."""
    return File(**{**entry, "first": tuple(entry["first"]), "last": tuple(entry["last"])})


@dataclass(frozen=True)
class Manifest:
    """What an archive says of itself: all that `manifest.json` has."""

    archive_id: UUID
    period: date
    supersedes: UUID | None
    started_at: str
    created_with: Mapping[str, str]
    figures: Figures
    files: tuple[File, ...]

    def of(self, table: Table) -> list[File]:
        """The files of a table, in order."""
        return [file for file in self.files if file.table == table.name]

    def rows(self, table: Table) -> int:
        """How many rows of a table its files have."""
        return sum(file.rows for file in self.of(table))

    def text(self) -> str:
        """The text of the file: the same for the same manifest."""
        others = [table for name, table in TABLES.items() if name not in self.figures["tables"]]
        head = {
            "format": FORMAT,
            "version": VERSION,
            "archive_id": str(self.archive_id),
            "period": f"{self.period:%Y-%m}",
            "supersedes": None if self.supersedes is None else str(self.supersedes),
            "started_at": self.started_at,
            "created_with": self.created_with,
            **{name: self.figures[name] for name in FIGURES},
            "tables": self.figures["tables"],
            "other_tables": {table.name: self.rows(table) for table in others},
            "ids": {name: _ends(self.of(table)) for name, table in TABLES.items()},
            "files": [asdict(file) for file in self.files],
        }
        return json.dumps(head, indent=1, ensure_ascii=False) + "\n"


FIGURES = ("runs", "events", "erasures", "merkle_root")


def _ends(files: Sequence[File]) -> list[Any] | None:
    return [files[0].first, files[-1].last] if files else None


def parse_manifest(content: bytes, where: str) -> Manifest:
    """The manifest that a file holds.

    Raises ArchiveBroken when it is none, or of a newer version.
    """
    try:
        head = json.loads(content)
        if head["format"] != FORMAT or head["version"] != VERSION:
            hint = "A newer hypermindlabs may read it."
            raise ArchiveBroken(f"{where} is of version {head['version']} of {head['format']}", hint)
        return Manifest(
            UUID(head["archive_id"]),
            date.fromisoformat(f"{head['period']}-01"),
            None if head["supersedes"] is None else UUID(head["supersedes"]),
            head["started_at"],
            head["created_with"],
            {**{name: head[name] for name in FIGURES}, "tables": head["tables"]},
            tuple(file_of(entry) for entry in head["files"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArchiveBroken(f"{where} is no manifest of an archive: {type(error).__name__} {error}") from None
