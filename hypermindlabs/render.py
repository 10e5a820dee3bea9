"""What people see in a terminal. Text from runs is never trusted: whatever a terminal would act on is shown, not done.

Every function returns lines (rich.text.Text). `Screen` prints them: with colour and cut to the width on a terminal,
complete and plain into a pipe.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import IO, Any, TypeAlias
from uuid import UUID

from rich.console import Console
from rich.text import Text

from .persistence import Event, Figures, Hit, TimelineEntry

Json: TypeAlias = Any
Lines: TypeAlias = list[Text]

SHORT_ID = 8
SUMMARY = 120
WIDE = 120
SCHEMA_WIDTH = 120
SCHEMA_ORDER = ["$schema", "$id", "title", "type", "", "description", "required", "properties", "$defs"]
UNSAFE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
COLOURS = {
    "run": "bold cyan",
    "model": "magenta",
    "tool": "green",
    "message": "white",
    "stage": "bold blue",
    "error": "bold red",
    "guardrail": "bold yellow",
    "handoff": "yellow",
    "artifact": "cyan",
    "metric": "cyan",
}
STATUS_COLOURS = {
    "completed": "green",
    "failed": "red",
    "cancelled": "yellow",
    "running": "cyan",
    "paused": "yellow",
    "ok": "green",
    "warning": "yellow",
    "critical": "bold red",
}
SIGNS = {"add": ("+", "green"), "remove": ("-", "red"), "replace": ("~", "yellow")}


class _Console(Console):
    """A console that leaves it to the program what to do when its reader is gone."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class Screen:
    """A stream for people: knows whether it is a terminal."""

    def __init__(self, file: IO[str]) -> None:
        self.terminal = file.isatty()
        self.console = _Console(
            file=file,
            highlight=False,
            markup=False,
            emoji=False,
            soft_wrap=True,
            force_terminal=self.terminal,
        )
        self.width = self.console.width if self.terminal else None

    def show(self, lines: Iterable[Text | str]) -> None:
        """Print lines; on a terminal, cut what does not fit."""
        for line in lines:
            text = Text(line) if isinstance(line, str) else line
            if self.width is not None:
                text.truncate(self.width, overflow="ellipsis")
            text.rstrip()
            self.console.print(text)


def inert(text: str) -> str:
    r"""Text that cannot move a cursor, ring a bell, or turn the reading direction.

    >>> inert("\x1b[31mred\x1b[0m, \u202eback\x00")
    '\\u001b[31mred\\u001b[0m, \\u202eback\\u0000'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(c) if unicodedata.category(c) in UNSAFE else c for c in text)


def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\u{0xD7C0 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def one_line(value: Json, limit: int | None = None) -> str:
    """A value in one inert line; a text without its quotes, its line ends as arrows."""
    text = value if isinstance(value, str) else compact(value)
    text = inert(" ⏎ ".join(part.rstrip() for part in text[:20_000].splitlines() if part.strip()))
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


def compact(value: Json) -> str:
    """JSON in one line, inert."""
    return inert(json.dumps(value, ensure_ascii=False, default=_plain))


def pretty(value: Json) -> Lines:
    """JSON over several lines, inert, and still JSON."""
    lines = json.dumps(value, ensure_ascii=False, indent=2, default=_plain).split("\n")
    return [Text(inert(line)) for line in lines]


def schema(value: Json, width: int | None = None) -> Lines:
    """A JSON Schema over several lines, inert, and still JSON: what fits into a line stands in one, its type first."""
    return [Text(line) for line in _laid_out(_in_order(value), min(width or SCHEMA_WIDTH, SCHEMA_WIDTH))]


def _in_order(value: Json) -> Json:
    """The same value with the keys of objects as people write them in schemas; jsonb has them by their length."""
    if isinstance(value, list):
        return [_in_order(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    keys = sorted(value, key=lambda key: SCHEMA_ORDER.index(key if key in SCHEMA_ORDER else ""))
    return {key: _in_order(value[key]) for key in keys}


def _laid_out(value: Json, width: int) -> list[str]:
    line = compact(value)
    if len(line) <= width or not isinstance(value, dict | list) or not value:
        return [line]
    parts = [_laid_out(part, width - 3) for part in (value if isinstance(value, list) else value.values())]
    if isinstance(value, dict):
        for key, part in zip(value, parts, strict=True):
            name = f"{compact(key)}: "
            part[:] = _laid_out(value[key], width - 3 - len(name)) if len(part) == 1 else part
            part[0] = name + part[0]
    for part in parts[:-1]:
        part[-1] += ","
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return [opening, *(f"  {line}" for part in parts for line in part), closing]


def dump(value: Json) -> str:
    """JSON for programs: ASCII, so that it is inert wherever it is shown."""
    return json.dumps(value, default=_plain)


def _plain(value: object) -> Json:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 2**53 else float(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def short_id(run_id: UUID) -> str:
    """The end of a run id. A UUIDv7 begins with its time, so that ids of one day look alike from the front."""
    return run_id.hex[-SHORT_ID:]


# timelines


def timeline(events: Sequence[Event], width: int | None = None, entries: Iterable[TimelineEntry] = ()) -> Lines:
    """One line an event, nested below its parent; cut to a width, tokens and cost last.

    entries: of the same events; with them a line also tells how long it took until the last of its steps, and, where
    there is room, how long after the event before it came.
    """
    if not events:
        return []
    layout = _Layout(events, width, {entry.seq: entry for entry in entries})
    return [layout.line(event) for event in events]


class _Layout:
    """The columns of a timeline: seq, time since the first event, gap, duration, type, what it says, what it cost."""

    def __init__(self, events: Sequence[Event], width: int | None, entries: Mapping[int, TimelineEntry]) -> None:
        self.width = width
        self.start = min(e.occurred_at for e in events)
        self.late = _told_late(events)
        self.depths = depths_of(events) | {seq: entry.depth for seq, entry in entries.items()}
        self.digits = len(str(events[-1].seq))
        self.types = max(2 * self.depths[e.seq] + len(e.event_type) for e in events)
        timed = [entry for seq, entry in entries.items() if seq not in self.late]
        self.took = {entry.seq: span(entry.duration) for entry in timed if entry.duration is not None}
        self.gaps: dict[int, str] = {}
        if width is None or width >= WIDE:
            # Not after an event told late: that is no time that passed.
            self.gaps = {e.seq: clock(e.gap) for e in timed if e.gap is not None and e.seq - 1 not in self.late}

    def line(self, event: Event) -> Text:
        time = "" if event.seq in self.late else clock(event.occurred_at - self.start)
        name = "  " * self.depths[event.seq] + event.event_type
        line = Text()
        line.append(f"{event.seq:>{self.digits}} {time:>8}  ", "dim")
        for figures in (self.gaps, self.took):
            if room := max(map(len, figures.values()), default=0):
                line.append(f"{figures.get(event.seq, ''):>{room}}  ", "dim")
        line.append(f"{inert(name):<{self.types}}  ", COLOURS.get(event.event_type.split(".")[0], ""))
        cost = _figures(event)
        said = Text(summary(event))
        if self.width is not None:
            said.truncate(max(self.width - line.cell_len - len(cost), 8), overflow="ellipsis")
        return line.append_text(said).append(cost, "dim")


def _told_late(events: Sequence[Event]) -> set[int]:
    """Events that say to have happened after one that follows: lifecycle events of runs that were imported."""
    late, earliest = set(), None
    for event in reversed(events):
        if earliest is not None and event.occurred_at > earliest:
            late.add(event.seq)
        else:
            earliest = event.occurred_at
    return late


def depths_of(events: Iterable[Event]) -> dict[int, int]:
    """How deep each event is nested by parent_seq; a parent that is not among the events does not count."""
    depths: dict[int, int] = {}
    for event in events:
        parent = event.parent_seq
        depths[event.seq] = 0 if parent is None or parent not in depths else depths[parent] + 1
    return depths


def clock(offset: timedelta) -> str:
    """Time since the start, short: +1.312s, +7m02s, +1h04m."""
    seconds = offset.total_seconds()
    sign, seconds = ("-" if seconds < 0 else "+"), abs(seconds)
    if seconds < 100:
        return f"{sign}{seconds:.2f}s"
    if seconds < 3600:
        return f"{sign}{int(seconds // 60)}m{int(seconds % 60):02d}s"
    return f"{sign}{int(seconds // 3600)}h{int(seconds % 3600 // 60):02d}m"


def summary(event: Event, limit: int = SUMMARY) -> str:
    """What an event says, in one line."""
    payload = event.payload
    if payload is None:
        return "(erased)"
    return one_line(_told(event, payload), limit)


def _told(event: Event, payload: Mapping[str, Json]) -> Json:
    kind = event.event_type
    if kind == "tool.called":
        name = event.tool or payload.get("gen_ai.tool.name")
        return f"{name}({_arguments(payload.get('gen_ai.tool.call.arguments'))})"
    if kind == "tool.returned":
        failed = payload.get("error.type")
        result = payload.get("gen_ai.tool.call.result")
        text = result if isinstance(result, str) else compact(result)
        return f"{failed}: {text}" if failed and not text.startswith(str(failed)) else text
    if kind == "model.requested":
        return payload.get("gen_ai.request.model") or event.model or "…"
    if kind == "message.added":
        return f"{payload.get('name') or payload.get('role')}: {_text(payload.get('content'))}"
    if kind == "model.responded":
        return _text(payload.get("content")) or _reasons(payload)
    if kind == "error.raised":
        return f"{payload.get('error.type', 'error')}: {_text(payload.get('message'))}"
    if kind == "metric.recorded":
        return f"{payload.get('name')} = {_text(payload.get('value'))} {_text(payload.get('unit'))}".rstrip()
    if kind == "run.created":
        return _created(payload)
    if kind == "artifact.attached":
        return f"{payload.get('kind')}, {payload.get('media_type')}, {payload.get('size_bytes'):,} bytes"
    for key in ("stage", "reason", "question", "title", "uri", "message"):
        if isinstance(payload.get(key), str):
            return payload[key]
    shown = {k: v for k, v in payload.items() if not k.endswith(("_hash", "sha256"))}
    return compact(shown) if shown else ""


def _created(payload: Mapping[str, Json]) -> str:
    parent = payload.get("parent_run_id")
    if payload.get("forked_at_seq") is not None:
        return f"{payload.get('mode')}, forked from {parent} at {payload['forked_at_seq']}"
    return f"{payload.get('mode')}, {count(len(payload.get('configs') or ()), 'config')} pinned"


def _arguments(value: Json) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k}={v if isinstance(v, str) else compact(v)}" for k, v in value.items())
    return _text(value)


def _text(value: Json) -> str:
    return "" if value is None else value if isinstance(value, str) else compact(value)


def _reasons(payload: Mapping[str, Json]) -> str:
    reasons = payload.get("gen_ai.response.finish_reasons")
    return f"({', '.join(map(str, reasons))})" if isinstance(reasons, list) else ""


def _figures(event: Event) -> str:
    figures = []
    if event.input_tokens is not None or event.output_tokens is not None:
        figures.append(f"{event.input_tokens or 0:,} → {event.output_tokens or 0:,} tokens")
    if event.cost is not None:
        figures.append(money(event.cost))
    return f"  [{', '.join(figures)}]" if figures else ""


def count(number: int, noun: str) -> str:
    """A number of things: 1 run, 2 runs."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def money(cost: Decimal) -> str:
    """A cost; the ledger knows no currency."""
    return f"cost {cost:.4f}"


# searches and figures


def hits(found: Sequence[Hit], width: int | None = None, terminal: bool = False) -> Lines:
    """One line an event that a search found: time, run, seq, type, and its text, on a terminal with the words bold."""
    seqs = max((len(str(hit.seq)) for hit in found), default=0)
    types = max((len(hit.event_type) for hit in found), default=0)
    lines = []
    for hit in found:
        line = Text()
        line.append(f"{hit.occurred_at.astimezone():%Y-%m-%d %H:%M:%S}  ", "dim")
        line.append(f"{short_id(hit.run_id)}  {hit.seq:>{seqs}}  ")
        line.append(f"{inert(hit.event_type):<{types}}  ", COLOURS.get(hit.event_type.split(".")[0], ""))
        room = None if width is None else width - line.cell_len
        snippet = "(too large to be shown here)" if hit.snippet is None else hit.snippet
        lines.append(line.append_text(_marked(snippet, room) if terminal else Text(inert(snippet))))
    return lines


def _marked(snippet: str, room: int | None) -> Text:
    """A snippet with its ⟦words⟧ bold; begun so late that the first of them can be seen."""
    text = Text()
    for number, part in enumerate(snippet.split("⟦")):
        word, end, rest = part.partition("⟧") if number else ("", "", part)
        text.append(inert(word), "bold" if end else "").append(inert(rest))
    first = min((found.start for found in text.spans), default=0)
    if room is not None and text.cell_len > room and first > room // 3:
        return Text("…").append_text(text[max(first - room // 3, 0) :])
    return text


def figures(rows: Sequence[Figures], groups: Sequence[str], projects: Mapping[UUID, str]) -> Lines:
    """Figures as a table: a line a group, what it is grouped by first. projects: what they are called."""
    counted = [] if any(row.runs is None for row in rows) else ["runs"]
    head = [group.replace("_", " ") for group in groups]
    head += [*counted, "events", "tokens in", "tokens out", "cost", "p50", "p90", "p95", "p99"]
    cells = [
        [
            *(_group(row, group, projects) for group in groups),
            *(f"{getattr(row, column):,}" for column in counted),
            *(f"{number:,}" if number else "-" for number in (row.events, row.input_tokens, row.output_tokens)),
            f"{row.cost:,.4f}" if row.cost else "-",
            *("-" if s is None else span(timedelta(seconds=s)) for s in (row.p50, row.p90, row.p95, row.p99)),
        ]
        for row in rows
    ]
    status = groups.index("status") if "status" in groups else None
    return table(head, cells, right=range(len(groups), len(head)), status=status)


def _group(row: Figures, group: str, projects: Mapping[UUID, str]) -> str:
    if group == "project" and row.project_id is not None:
        return projects.get(row.project_id, str(row.project_id))
    value = getattr(row, group, None)
    return "-" if value is None else str(value)


def details(event: Event) -> Lines:
    """The whole payload of an event, below its line in a timeline."""
    if not event.payload:
        return []
    return [Text().append("        ").append(line.plain, "dim") for line in pretty(event.payload)]


# states


def changes(patch: Sequence[Mapping[str, Json]], before: Json) -> Lines:
    """A JSON Patch for people: what came, what went, and what was there before."""
    if not patch:
        return [Text("  the state did not change", "dim")]
    return [line for operation in patch for line in _change(operation, before)]


def _change(operation: Mapping[str, Json], before: Json) -> Lines:
    sign, colour = SIGNS.get(operation["op"], ("·", ""))
    line = Text()
    line.append(f"  {sign} ", colour)
    line.append(inert(operation["path"] or "(the whole state)"), "bold")
    if operation["op"] in ("replace", "remove"):
        line.append(f"  {compact(at_path(before, operation['path']))}", "dim")
    if operation["op"] in ("add", "replace"):
        line.append("  → " if operation["op"] == "replace" else "  ")
        line.append(compact(operation.get("value")), colour)
    return [line]


def at_path(document: Json, pointer: str) -> Json:
    """The value at an RFC 6901 pointer; None where there is none."""
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(document, Mapping):
            document = document.get(key)
        elif isinstance(document, list) and key.isdecimal() and int(key) < len(document):
            document = document[int(key)]
        else:
            return None
    return document


def outline(state: Json) -> Lines:
    """A state at a glance: each top-level key with its value, long lists by their last element."""
    if not isinstance(state, Mapping) or not state:
        return [Text("  " + compact(state))]
    width = max(len(inert(key)) for key in state)
    return [Text().append(f"  {inert(key):<{width}}  ", "bold").append(_glance(value)) for key, value in state.items()]


def _glance(value: Json) -> str:
    if isinstance(value, list) and len(value) > 1 and len(compact(value)) > SUMMARY:
        return f"{len(value)} items, the last: {one_line(compact(value[-1]), SUMMARY)}"
    return one_line(compact(value), SUMMARY)


# tables


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = (), status: int | None = None
) -> Lines:
    """Columns that line up, without lines around them."""
    cells = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(head), *cells]) for i in range(len(head))]

    def line(row: Sequence[str], style: str) -> Text:
        text = Text(style=style)
        for i, cell in enumerate(row):
            padded = f"{cell:>{widths[i]}}" if i in right else f"{cell:<{widths[i]}}"
            colour = STATUS_COLOURS.get(cell, "") if i == status else ""
            text.append(("  " if i else "") + padded, colour)
        return text

    return [line(head, "bold"), *(line(row, "") for row in cells)]


def facts(pairs: Iterable[tuple[str, str]]) -> Lines:
    """Names and values, lined up; those without a value are left out."""
    shown = [(name, value) for name, value in pairs if value]
    width = max((len(name) for name, _ in shown), default=0)
    return [Text().append(f"{name:<{width}}  ", "dim").append(one_line(value)) for name, value in shown]


def heading(text: str) -> Text:
    """A headline."""
    return Text(inert(text), "bold")


def span(duration: timedelta) -> str:
    """A duration, short: 12ms, 1.31s, 7m02s."""
    seconds = duration.total_seconds()
    return f"{seconds * 1000:.0f}ms" if seconds < 0.9995 else clock(duration).lstrip("+")


def stdout() -> Screen:
    """The screen for results."""
    return Screen(sys.stdout)


def stderr() -> Screen:
    """The screen for progress and errors."""
    return Screen(sys.stderr)
