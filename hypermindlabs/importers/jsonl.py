"""Our own export (hypermindlabs.export), imported again as a new run.

The new run names its source (id, last seq, last hash, project, lineage) in its metadata. Its events are those of the
source in the same order with the same parents, so that seqs stay the same, but for a run that began with a state (a
fork): its base state becomes an event of its own, and all seqs move by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from .. import json_text
from .draft import Artifact, CancelRequest, Config, Draft, Event, Json, Step, Transition
from .files import TraceFileError, read_text

FORMAT = "hypermindlabs.run"
VERSION = 1
AGAIN = "Export the run again: hypermindlabs export RUN > run.jsonl."
TRANSITIONS = {
    "run.started": "running",
    "run.resumed": "running",
    "run.paused": "paused",
    "run.completed": "completed",
    "run.failed": "failed",
    "run.cancelled": "cancelled",
}
COLUMNS = ("payload", "state_delta", "model", "tool", "tags", "input_tokens", "output_tokens")


def fits(value: Json) -> bool:
    """Does the first line of a file look like this format?"""
    return isinstance(value, dict) and value.get("format") == FORMAT


def read(path: Path) -> Iterator[Draft]:
    """The runs of a file, one after the other."""
    file = str(path)
    header: tuple[int, dict[str, Json]] | None = None
    lines: list[tuple[int, dict[str, Json]]] = []
    number = 1
    for number, row in _rows(read_text(path), file):
        kind = row.get("type")
        if header is None:
            _check_header(row, file, number)
            header = number, row
        elif kind == "end":
            _check_end(row, lines, file, number)
            yield _run(header, lines, path)
            header, lines = None, []
        elif kind in ("event", "artifact"):
            lines.append((number, row))
        else:
            raise TraceFileError(file, number, f"a line of type {kind!r} does not belong inside a run", AGAIN)
    if header is not None:
        raise TraceFileError(file, number, "the file ends before the run's last line (type end)", AGAIN)


def _rows(text: str, file: str) -> Iterator[tuple[int, dict[str, Json]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json_text.loads(line)
        except (ValueError, RecursionError) as error:
            raise TraceFileError(file, number, f"not JSON: {error}", AGAIN) from None
        if not isinstance(row, dict):
            raise TraceFileError(file, number, "not a JSON object", AGAIN)
        yield number, row


def _check_header(row: dict[str, Json], file: str, line: int) -> None:
    if row.get("type") != "run" or not fits(row):
        raise TraceFileError(file, line, "a run has to begin with its header (type run)", AGAIN)
    if row.get("version") != VERSION:
        hint = "Import it with the version of hypermindlabs that exported it, or a later one."
        raise TraceFileError(file, line, f"version {row.get('version')} of the export form is not known here", hint)


def _check_end(end: dict[str, Json], lines: list[tuple[int, dict[str, Json]]], file: str, line: int) -> None:
    events = [row for _, row in lines if row["type"] == "event"]
    for expected, row in enumerate(events, 1):
        if row.get("seq") != expected:
            raise TraceFileError(
                file, line, f"event {expected} is missing (seq {row.get('seq')} stands in its place)", AGAIN
            )
    counts = {"events": len(events), "artifacts": len(lines) - len(events)}
    for name, count in counts.items():
        if end.get(name) != count:
            raise TraceFileError(file, line, f"the file should have {end.get(name)} {name} and has {count}", AGAIN)
    if events and events[-1].get("event_hash") != end.get("last_hash"):
        raise TraceFileError(file, line, "the hash of the last event is not the one that the last line names", AGAIN)


def _run(header: tuple[int, dict[str, Json]], lines: list[tuple[int, dict[str, Json]]], path: Path) -> Draft:
    line, head = header
    try:
        run = head["run"]
        artifacts = {row["seq"]: row for _, row in lines if row["type"] == "artifact"}
        steps = _base(head)
        for line, row in lines:  # noqa: B007 (an error names the line)
            step = _step(row, artifacts) if row["type"] == "event" else None
            if step is not None:
                steps.append(step)
        line = header[0]
        return Draft(
            title=f"{path.name}: run {run['run_id']}",
            mode=run["mode"],
            steps=steps,
            source=_source(head, path),
            pins={p["slot"]: Config(p["kind"], p["name"], p["content"]) for p in head["pins"]},
            input=run["input"] or {},
            metadata={k: v for k, v in (run["metadata"] or {}).items() if k != "source"},
            tags=run["tags"] or (),
            agent=run["agent"],
            model=run["model"],
        )
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise TraceFileError(str(path), line, f"not as export writes it: {error!r}", AGAIN) from None


def _source(head: dict[str, Json], path: Path) -> dict[str, Json]:
    names = ("last_seq", "last_hash", "project", "lineage", "status")
    source = {"format": FORMAT, "file": path.name, "run_id": head["run"]["run_id"], **{n: head[n] for n in names}}
    earlier = (head["run"]["metadata"] or {}).get("source")
    return source if earlier is None else {**source, "earlier": earlier}


def _base(head: dict[str, Json]) -> list[Step]:
    base = head["base"]
    if base is None or base["state"] == {}:
        return []
    delta = [{"op": "add", "path": "", "value": base["state"]}]
    return [Event(0, "custom.base_state", {"of": head["run"]["run_id"]}, state_delta=delta)]


def _step(row: dict[str, Json], artifacts: dict[int, dict[str, Json]]) -> Step | None:
    kind, seq, payload, parent = row["event_type"], row["seq"], row["payload"] or {}, row["parent_seq"]
    if parent is not None and not 1 <= parent < seq:
        raise ValueError(f"parent_seq {parent} of event {seq}")
    if kind in ("run.created", "snapshot.taken"):
        return None
    if kind in TRANSITIONS:
        return Transition(seq, TRANSITIONS[kind], payload)
    if kind == "run.cancel_requested":
        return CancelRequest(seq, payload.get("reason"))
    if kind == "artifact.attached":
        return _artifact(seq, row, artifacts[seq])
    return Event(
        seq,
        kind,
        parent=parent,
        event_id=None if row["event_id"] is None else UUID(row["event_id"]),
        cost=None if row["cost"] is None else Decimal(str(row["cost"])),
        occurred_at=datetime.fromisoformat(row["occurred_at"]),
        **_columns(row, payload),
    )


def _columns(row: dict[str, Json], payload: Json) -> dict[str, Any]:
    return {**{name: row[name] for name in COLUMNS}, "payload": payload}


def _artifact(seq: int, event: dict[str, Json], row: dict[str, Json]) -> Artifact:
    return Artifact(
        seq,
        kind=row["kind"],
        uri=row["uri"] or "",
        sha256=bytes.fromhex(row["sha256"]),
        size_bytes=row["size_bytes"],
        media_type=row["media_type"],
        metadata=row["metadata"] or {},
        parent=event["parent_seq"],
    )
