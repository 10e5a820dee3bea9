"""The rows of a run as hypermindlabs.chain takes them, read from the tables of a server.

Plain SELECTs: no function or view of the schema is called, so nobody who could change those takes part. What a server
says in place of its rows does not matter either: it would have to fit the hashes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, LiteralString, TypeAlias
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from .chain import Row, RunRows

ROWS_AT_ONCE = 500
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
from hypermind.run_state_snapshots where run_id = %(run)s and seq > %(after)s order by seq limit 1"""
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


def begin(connection: Connection) -> None:
    """Prepares a transaction, before its first query: all its reads see the same moment, and print alike."""
    connection.execute("set transaction isolation level repeatable read, read only")
    connection.execute("set local search_path = pg_catalog; set local timezone = 'UTC'; set local datestyle = 'ISO'")


def of_run(connection: Connection, run_id: UUID) -> RunRows | None:
    """The rows of a run; None if runs has none of it. Events and snapshots are read as they are taken.

    >>> with connection.transaction():
    ...     begin(connection)
    ...     problem = chain.run_problem(of_run(connection, run_id))
    """

    def rows(query: LiteralString, **where: int) -> list[Row]:
        cursor = connection.cursor(row_factory=dict_row)
        return list(cursor.execute(query, {"run": run_id, **where}))

    def stream(query: LiteralString, after: int) -> Iterator[Row]:
        while page := rows(query, after=after, many=ROWS_AT_ONCE):
            yield from page
            after = page[-1]["seq"]

    found = rows(_RUN)
    if not found:
        return None
    return RunRows(
        run=found[0],
        pins=rows(_PINS),
        events=stream(_EVENTS, after=-1),
        snapshots=stream(_SNAPSHOTS, after=-1),
        artifacts=rows(_ARTIFACTS),
        outcome=next(iter(rows(_OUTCOME)), None),
        head=next(iter(rows(_HEAD)), None),
        erased={(each["kind"], each["seq"]): each for each in rows(_ERASED)},
    )
