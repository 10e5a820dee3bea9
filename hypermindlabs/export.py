"""A run as JSON lines: everything the database knows of it, and everything needed to verify its chain elsewhere.

One header (the run, its pins with their contents, its lineage, its base state, its last hash), a line for each event
with all columns, salt and hashes among them, a line for each artifact after the event it belongs to, and a last line
that counts them. What was erased has a member `erased` with the hashes that stayed. Timestamps are UTC with
microseconds, bytes are hex, jsonb stands as PostgreSQL prints it: numbers keep their digits, and text that jsonb cannot
hold keeps its escape (hypermindlabs.json_text). `hypermindlabs verify --export` checks it, without a server.

PostgreSQL builds the lines, so no number passes through a float.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg

from .errors import RunNotFound
from .importers.jsonl import FORMAT, VERSION

EVENTS_AT_ONCE = 500


def _utc(column: str) -> str:
    return f"""to_char({column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def _erased(table: str, kind: str, seq: str, *hashes: str) -> str:
    """What is added to a row that was erased, and nothing to others."""
    kept = ", ".join(f"'{name}', encode(x.{name}, 'hex')" for name in hashes)
    return f"""coalesce((
        select jsonb_build_object('erased', jsonb_build_object({kept}))
        from hypermind.erased_hashes as x
        where {table}.salt is null and x.run_id = {table}.run_id and x.kind = '{kind}' and x.seq = {seq}), '{{}}')"""


_HEADER = f"""
select jsonb_build_object(
    'type', 'run', 'format', '{FORMAT}', 'version', {VERSION},
    'run', to_jsonb(r) || jsonb_build_object(
        'parent_event_hash', encode(r.parent_event_hash, 'hex'), 'created_at', {_utc("r.created_at")})
        || {_erased("r", "run", "1", "input_hash", "metadata_hash")},
    'project', (
        select jsonb_build_object('workspace', p.workspace, 'name', p.name)
        from hypermind.projects as p where p.project_id = r.project_id),
    'status', h.status, 'last_seq', h.last_seq, 'last_hash', encode(h.last_hash, 'hex'),
    'outcome', (
        select to_jsonb(o) || jsonb_build_object(
            'last_hash', encode(o.last_hash, 'hex'), 'ended_at', {_utc("o.ended_at")})
        from hypermind.run_outcomes as o where o.run_id = r.run_id),
    'pins', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'slot', c.slot, 'config_id', c.config_id, 'kind', c.kind, 'name', c.name, 'version', c.version,
            'label', c.label, 'content_sha256', encode(c.content_sha256, 'hex'), 'content', v.content
        ) order by c.slot), '[]')
        from hypermind.run_config_refs as c
        join hypermind.config_versions as v on v.config_id = c.config_id and v.version = c.version
        where c.run_id = r.run_id),
    'lineage', (
        select coalesce(jsonb_agg(to_jsonb(l)), '[]')
        from hypermind.run_lineage(r.run_id) as l where l.relation = 'ancestor'),
    'base', (
        select jsonb_build_object('state', s.state, 'salt', s.salt, 'state_hash', encode(s.state_hash, 'hex'))
            || {_erased("s", "snapshot", "0", "state_hash")}
        from hypermind.run_state_snapshots as s where s.run_id = r.run_id and s.seq = 0)
)::text, h.last_seq, encode(h.last_hash, 'hex')
from hypermind.runs as r
join (
    select run_id, status, last_seq, last_hash from hypermind.run_heads where run_id = %(run)s
    union all
    select run_id, status, last_seq, last_hash from hypermind.run_outcomes where run_id = %(run)s
) as h on h.run_id = r.run_id
where r.run_id = %(run)s
"""

_EVENTS = f"""
select (jsonb_build_object('type', 'event') || to_jsonb(e) || jsonb_build_object(
    'subject_hash', encode(e.subject_hash, 'hex'), 'event_hash', encode(e.event_hash, 'hex'),
    'occurred_at', {_utc("e.occurred_at")}, 'recorded_at', {_utc("e.recorded_at")})
    || {_erased("e", "event", "e.seq", "payload_hash", "delta_hash")})::text,
    case when a.run_id is not null then (jsonb_build_object('type', 'artifact') || to_jsonb(a) || jsonb_build_object(
        'sha256', encode(a.sha256, 'hex'), 'created_at', {_utc("a.created_at")})
        || {_erased("a", "artifact", "a.seq", "uri_hash", "metadata_hash")})::text end
from hypermind.run_events as e
left join hypermind.run_artifacts as a on a.run_id = e.run_id and a.seq = e.seq and a.run_id = %(run)s
where e.run_id = %(run)s and e.seq between %(after)s + 1 and least(%(after)s + %(many)s, %(last)s)
order by e.seq
"""

_END = """
select jsonb_build_object(
    'type', 'end', 'events', %s::bigint, 'artifacts', %s::bigint, 'last_seq', %s::bigint, 'last_hash', %s::text)::text
"""


def lines(connection: psycopg.Connection[Any], run_id: UUID) -> Iterator[str]:
    """The lines of a run's export, each without its line end.

    >>> for line in lines(connection, run_id):
    ...     print(line)
    """
    with connection.transaction():
        header = connection.execute(_HEADER, {"run": run_id}).fetchone()
        if header is None:
            raise RunNotFound(f"run {run_id} does not exist")
        line, last_seq, last_hash = header
        yield line
        artifacts = 0
        for after in range(0, last_seq, EVENTS_AT_ONCE):
            page = {"run": run_id, "after": after, "many": EVENTS_AT_ONCE, "last": last_seq}
            for event, artifact in connection.execute(_EVENTS, page):
                yield event
                if artifact is not None:
                    artifacts += 1
                    yield artifact
        end = connection.execute(_END, (last_seq, artifacts, last_seq, last_hash)).fetchone()
        assert end is not None
        yield end[0]
