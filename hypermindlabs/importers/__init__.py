"""Traces of other programs, and our own exports, as runs.

    for draft in read(path):
        record(connection, project_id, draft)

Each format is a module with `FORMAT`, `fits(first entry)` and `read(path)`; a file's first entry decides which one it
is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from . import jsonl, openai_chat, recording, swe_agent
from .draft import Config, Draft, with_context
from .files import TraceFileError, entries, parse, read_text
from .record import record

__all__ = ["FORMATS", "Config", "Draft", "TraceFileError", "detect", "read", "record", "with_context"]


class Format(NamedTuple):
    """A kind of trace file: what its first entry looks like, and how to read it."""

    fits: Callable[[Any], bool]
    read: Callable[[Path], Iterator[Draft]]


FORMATS = {
    jsonl.FORMAT: Format(jsonl.fits, jsonl.read),
    recording.FORMAT: Format(recording.fits, recording.read),
    swe_agent.FORMAT: Format(swe_agent.fits, swe_agent.read),
    openai_chat.FORMAT: Format(openai_chat.fits, openai_chat.read),
}


def read(path: Path, format: str | None = None) -> Iterator[Draft]:
    """The runs of a trace file; `format` is one of FORMATS, or None to look into the file.

    >>> [draft.title for draft in read(Path("examples/nightly_pipeline.json"))]
    ['A nightly data pipeline fails; an agent finds out why, asks a person, and repairs it']
    """
    return FORMATS[format or detect(path)].read(path)


def detect(path: Path) -> str:
    """The format of a file, by its first entry."""
    if path.suffix == ".traj":
        return swe_agent.FORMAT
    line, entry = _first(path)
    for name, form in FORMATS.items():
        if form.fits(entry):
            return name
    hint = f"Known are {', '.join(FORMATS)}; name one with --format, and the error will be more exact."
    raise TraceFileError(str(path), line, "no known format of traces", hint)


def _first(path: Path) -> tuple[int, Any]:
    text = read_text(path)
    if not text.strip():
        raise TraceFileError(str(path), 1, "the file is empty", "Give a file with at least one run.")
    if path.suffix == ".jsonl":
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                return number, parse(line, str(path), number)
    return next(entries(text, str(path)), (1, None))
