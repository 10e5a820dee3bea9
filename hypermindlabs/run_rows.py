"""The rows of a run as hypermindlabs.chain takes them: from the tables of a server, or from an export.

From a server by plain SELECTs: no function or view of the schema is called, so nobody who could change those takes
part. What a server says in place of its rows does not matter either: it would have to fit the hashes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, LiteralString, TypeAlias
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from .chain import Row, RunRows
from .importers.jsonl import FORMAT, VERSION

EVENTS_AT_ONCE = 500
Connection: TypeAlias = psycopg.Connection[Any]

_RUN = """
select run_id, project_id, mode, agent, model, tags, owner, created_by, input::text as input,
    metadata::text as metadata, salt, parent_run_id, forked_at_seq, parent_event_hash, created_at
from hypermind.runs where run_id = %(run)s"""
_PINS = """
select r.slot, r.config_id, r.kind, r.name, r.version, r.label, r.content_sha256, v.content::text as content
from hypermind.run_config_refs as r
left join hypermind.config_versions as v on v.config_id = r.config_id and v.version = r.version
where r.run_id = %(run)s"""
_EVENTS = """
select run_id, seq, project_id, event_id, event_type, contract_version, parent_seq, payload::text as payload,
    state_delta::text as state_delta, salt, model, tool, tags, input_tokens, output_tokens, cost::text as cost,
    text_rule, subject_hash, occurred_at, recorded_at, event_hash
from hypermind.run_events where run_id = %(run)s and seq > %(after)s order by seq limit %(many)s"""
_SNAPSHOTS = """
select seq, state::text as state, salt, state_hash
from hypermind.run_state_snapshots where run_id = %(run)s and seq > %(after)s order by seq limit %(many)s"""
_ARTIFACTS = """
select run_id, artifact_id, project_id, seq, kind, media_type, uri, sha256, size_bytes,
    metadata::text as metadata, salt, created_at
from hypermind.run_artifacts where run_id = %(run)s"""
_OUTCOME = """
select run_id, project_id, status, last_seq, last_hash, ended_at, events, input_tokens, output_tokens,
    cost::text as cost
from hypermind.run_outcomes where run_id = %(run)s"""
_HEAD = """
select run_id, status, last_seq, last_hash, last_recorded_at from hypermind.run_heads where run_id = %(run)s"""
_ERASED = """
select kind, seq, payload_hash, delta_hash, state_hash, input_hash, metadata_hash, uri_hash
from hypermind.erased_hashes where run_id = %(run)s"""
_ARCHIVED = """
select archive_id is not null from hypermind.run_summaries where run_id = %s"""


# Servers


def begin(connection: Connection) -> None:
    """Prepares a transaction, before its first query: all its reads see the same moment, and print alike."""
    connection.execute("set transaction isolation level repeatable read, read only")
    connection.execute("set local search_path = pg_catalog; set local timezone = 'UTC'; set local datestyle = 'ISO'")


def of_run(connection: Connection, run_id: UUID) -> RunRows | None:
    """The rows of a run; None if runs has none of it. Events and snapshots are read as they are taken::

    with connection.transaction():
        begin(connection)
        problem = chain.run_problem(of_run(connection, run_id))
    """

    def rows(query: LiteralString, **where: int) -> list[Row]:
        cursor = connection.cursor(row_factory=dict_row)
        return list(cursor.execute(query, {"run": run_id, **where}))

    def stream(query: LiteralString, many: int) -> Iterator[Row]:
        page = rows(query, after=-1, many=many)
        yield from page
        while len(page) == many:
            page = rows(query, after=page[-1]["seq"], many=many)
            yield from page

    found = rows(_RUN)
    if not found:
        return None
    return RunRows(
        run=found[0],
        pins=rows(_PINS),
        events=stream(_EVENTS, EVENTS_AT_ONCE),
        snapshots=stream(_SNAPSHOTS, 1),
        artifacts=rows(_ARTIFACTS),
        outcome=next(iter(rows(_OUTCOME)), None),
        head=next(iter(rows(_HEAD)), None),
        erased={(each["kind"], each["seq"]): each for each in rows(_ERASED)},
    )


def is_archived(connection: Connection, run_id: UUID) -> bool:
    """Whether the ledger says that a run's rows were taken away to an archive. It is only what the ledger says."""
    found = connection.execute(_ARCHIVED, (run_id,)).fetchone()
    return found is not None and found[0]


# Exports


class ExportReader:
    """The runs of a file that `hypermindlabs export` wrote, from its lines; `line` is the number of the one it is at.

    Of the snapshots an export has the base state only: the others follow from the events. ::

        with open("run.jsonl", encoding="utf-8") as file:
            problems = [chain.run_problem(rows) for rows in ExportReader(file).runs()]
    """

    def __init__(self, file: Iterable[str]) -> None:
        self.line = 0
        self._lines = iter(file)

    def runs(self) -> Iterator[RunRows]:
        """The rows of each run; events are read as they are taken, and must all be taken before the next run.

        Raises ValueError, KeyError or TypeError where a line is not as export writes it, EOFError where the last line
        of a run is missing.
        """
        while line := self._next():
            head = _members(line)
            if json.loads(head["type"]) != "run" or (json.loads(head["format"]), head["version"]) != _EXPORT_FORM:
                raise ValueError("a run begins with its header (type run)")
            yield self._run(head)

    def _run(self, head: dict[str, str]) -> RunRows:
        run, erased = _row(head["run"])
        kept: dict[tuple[str, int], Row] = {("run", 1): erased} if erased else {}
        end = {**_row(head["outcome"])[0]} if head["outcome"] != "null" else None
        position = {name: json.loads(head[name]) for name in ("status", "last_seq")}
        base = []
        if head["base"] != "null":
            state, erased = _row(head["base"])
            base.append({"seq": 0, **state})
            kept |= {("snapshot", 0): erased} if erased else {}
        artifacts: list[Row] = []
        return RunRows(
            run=run,
            pins=[_row(pin)[0] for pin in _elements(head["pins"])],
            events=self._events(artifacts, kept),
            snapshots=base,
            artifacts=artifacts,
            outcome=end,
            head=None if end else {**position, "last_hash": bytes.fromhex(json.loads(head["last_hash"]))},
            erased=kept,
        )

    def _events(self, artifacts: list[Row], kept: dict[tuple[str, int], Row]) -> Iterator[Row]:
        """The events up to the run's last line; what comes along with them is put where the caller finds it."""
        while line := self._next():
            kind = json.loads(_members(line)["type"])
            if kind == "end":
                return
            row, erased = _row(line)
            if erased:
                kept[kind, row["seq"]] = erased
            if kind == "event":
                yield row
            else:
                artifacts.append(row)
        raise EOFError("the file ends before the run's last line (type end)")

    def _next(self) -> str:
        for line in self._lines:
            self.line += 1
            if line.strip():
                return line.strip()
        return ""


_EXPORT_FORM = (FORMAT, str(VERSION))
_JSONB = {"payload", "state_delta", "state", "input", "metadata", "content"}
_TIMES = {"occurred_at", "recorded_at", "created_at", "ended_at"}
_BYTES = {"sha256", "content_sha256"}
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)


def _row(text: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """A row of an export, as chain takes it, and the hashes that stayed of it, if it was erased."""
    members = _members(text)
    erased = members.pop("erased", None)
    row = {name: _value(name, value) for name, value in members.items()}
    if row.get("state", "") is None and row["salt"] is not None:
        row["state"] = "null"  # a state may be JSON's null; all other jsonb is an object or a list
    return row, None if erased is None else _row(erased)[0]


def _value(name: str, text: str) -> Any:
    if text == "null":
        return None
    if name in _JSONB or name == "cost":
        return text
    value = json.loads(text)
    if name in _TIMES:
        return datetime.fromisoformat(value)
    return bytes.fromhex(value) if name in _BYTES or name.endswith("_hash") else value


def _members(text: str) -> dict[str, str]:
    """The members of a JSON object as PostgreSQL prints it, each as the text that it has there."""
    parts = list(_parts(text, "{"))
    return {json.loads(key): value for key, value in zip(parts[::2], parts[1::2], strict=True)}


def _elements(text: str) -> list[str]:
    return list(_parts(text, "["))


def _parts(text: str, opening: str) -> Iterator[str]:
    if text[:1] != opening:
        raise ValueError(f"no JSON {'object' if opening == '{' else 'list'}")
    position = 1
    while text[position] not in "]}":
        start = position
        _, position = _DECODER.raw_decode(text, position)
        yield text[start:position]
        if text[position] not in "]}":
            position += 2  # a colon or a comma, and the space after it
