"""A run written down by hand: the form of examples/nightly_pipeline.json.

One JSON document: the configs to register (with labels), the run with its pins, and the events in order. `seq` and
`parent_seq` are those the run will have, `at` is seconds after its start. `transition` and `artifact` stand for the
lifecycle calls of that name.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from .draft import Artifact, Config, Draft, Event, Json, Step, Transition
from .files import TraceFileError, entries, read_text

FORMAT = "hypermindlabs.recording"
VERSION = 1
SHAPE = "examples/nightly_pipeline.json shows the form."


def fits(value: Json) -> bool:
    """Does a document look like this format?"""
    return isinstance(value, dict) and value.get("format") == FORMAT


def read(path: Path) -> Iterator[Draft]:
    """The run of a file."""
    for line, document in entries(read_text(path), str(path)):
        yield _draft(document, path, line)


def _draft(document: Json, path: Path, line: int) -> Draft:
    if not fits(document) or document.get("version") != VERSION:
        raise TraceFileError(str(path), line, f"this is no {FORMAT} of version {VERSION}", SHAPE)
    part = "the document"
    try:
        configs = [Config(**config) for config in document["configs"]]
        run = document["run"]
        started = datetime.now(UTC) - timedelta(seconds=max(event["at"] for event in document["events"]))
        steps: list[Step] = [Transition(2, "running")]
        for part in document["events"]:
            if part.get("parent_seq") not in (None, *(step.key for step in steps)):
                raise ValueError("parent_seq names no earlier event")
            steps.append(_step(part, started))
        part = "run.pins"
        pins = {slot: _pinned(pin, configs) for slot, pin in run.get("pins", {}).items()}
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        where = f"event {part.get('seq')}" if isinstance(part, dict) else part
        raise TraceFileError(str(path), line, f"{where}: {error!r}", SHAPE) from None
    title = document.get("title", path.name)
    return Draft(
        title=title,
        mode=run["mode"],
        steps=steps,
        source={"format": FORMAT, "file": path.name, "title": document.get("title")},
        pins=pins,
        other_configs=configs,
        metadata={"title": title, **run.get("metadata", {})},
        **{name: run[name] for name in ("input", "tags", "agent", "model") if name in run},
    )


def _step(event: dict[str, Any], started: datetime) -> Step:
    key, parent = event["seq"], event.get("parent_seq")
    if "transition" in event:
        return Transition(key, event["transition"], event.get("payload", {}))
    if "artifact" in event:
        artifact = dict(event["artifact"])
        return Artifact(key, parent=parent, sha256=bytes.fromhex(artifact.pop("sha256")), **artifact)
    columns = {k: v for k, v in event.items() if k not in ("seq", "parent_seq", "at", "cost")}
    cost = Decimal(event["cost"]) if "cost" in event else None
    return Event(key, parent=parent, cost=cost, occurred_at=started + timedelta(seconds=event["at"]), **columns)


def _pinned(pin: dict[str, Any], configs: list[Config]) -> Config:
    """A pin names a label, or the n-th content of that name in the document."""
    versions = [c for c in configs if (c.kind, c.name) == (pin["kind"], pin["name"])]
    wanted = pin.get("version")
    return next(c for n, c in enumerate(versions, 1) if n == wanted or (wanted is None and c.label == pin["label"]))
