"""What soaks found: kept as JSON, shown as docs/soak.md with plots."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import plots
from results import IMAGES, REPO, rounded
from soak_verdicts import GROWING, YARDSTICKS, Seen, Verdict, quantiles

RECORDED = REPO / "bench/results/soak.json"
PAGE = REPO / "docs/soak.md"
MINUTE = 60
SHOWN = ("append", "append to a long run", "batch", "plain INSERT")
READ = ("list of runs", "page of a long run", "state_at", "replay context", "search, common word", "plain SELECT")
SIZES = ("run_heads", "rollup_pending", "rollups")
TITLES = {"plain": "An hour", "snapshot": "An hour with a forgotten snapshot"}

HEAD = """# Soak

An hour of mixed work against one ledger: does memory stay flat, latency level, and does autovacuum keep up?

    .venv/bin/python bench/soak.py --minutes 2                       # to see it work; latency is not judged
    .venv/bin/python bench/soak.py --minutes 60 --record             # writes this page
    .venv/bin/python bench/soak.py --minutes 60 --forgotten-snapshot --record

It is no part of `make test`, and exits with 1 when a verdict fails. The verdicts themselves are tested
(`tests/test_soak.py`): each fails on figures that should fail it.

## Who works

A new server with PostgreSQL's own settings, durability and autovacuum included (`jit` is off). Each client is a process
with one connection and the rights of its role; nothing is tried a second time.

- **Four writers** in two projects. Each has a run that lasts as long as the soak, which it has claimed, and beside it
  short runs of about 90 events: created, or forked from the one before, started, ended. Single appends with an event_id
  and a kilobyte of text, JSON Patches and merge patches, batches of 20, artifacts, snapshots, renewed claims; an append
  that is sent again, and one with a stale expected_seq, which must be refused.
- **Two readers**: pages of runs and of timelines, the tail of a live run, search for common and for rare words, states
  and replay contexts of any step of the long runs, activity. **A dashboard** asks for figures.
- **An operator**: `maintain()` and `issue_digest()` every minute, `refresh_rollups()`, `health()`, `ensure_periods()`,
  `plan_retention()`, holds placed and released, payloads erased, `verify_run()` every two seconds.
- **A yardstick**: an INSERT of a kilobyte into a plain table, and a SELECT of always the same rows, five times a second
  each. What slows down everything on the machine slows down these, too.

Calls fall due at fixed times, whatever the server does, and their times count from then: a call that waits behind a
slow one took that much longer.

## What is asked

The first quarter of the time is for getting warm. The last is held against the second; around a forgotten snapshot,
held from a quarter to three quarters of the time, the last eighth against the eighth before it.

- **Memory**: what each client, its backend and the server's processes have made for themselves (anonymous memory:
  shared buffers do not count), by the median of the slopes between all samples.
- **Latency**: median and p95 of each kind of call, divided by the yardstick's in the same time.
- **Bloat**: tables whose rows change stay as large as they were, or as large as a forgotten snapshot made them: what it
  cost is used again, and is not given back while a run that is open stands at the end of the table. Tables that grow
  take no more for each row; none has more dead rows than autovacuum comes for, for longer than it takes to come.
- **At the end** every run is at the seq that its client was told, there are as many events as were acknowledged,
  `check_integrity()` finds nothing, the long runs and 300 others verify.
"""


def record(seen: Seen, verdicts: Sequence[Verdict], machine: str, rate: float) -> None:
    """Adds a soak to what is recorded, in place of the last one of its kind, and writes the page and its plots."""
    name = "snapshot" if seen.held else "plain"
    recorded = {**load(), name: summary(seen, verdicts, machine, rate)}
    RECORDED.write_text(json.dumps(rounded(recorded), indent=1) + "\n")
    recorded = load()  # the page shows what is kept
    PAGE.write_text(page(recorded))
    for file, picture in pictures(recorded).items():
        (IMAGES / file).write_text(picture)


def load() -> dict[str, Any]:
    """The soaks that are recorded, by their names."""
    return dict(json.loads(RECORDED.read_text())) if RECORDED.exists() else {}


def summary(seen: Seen, verdicts: Sequence[Verdict], machine: str, rate: float) -> dict[str, Any]:
    """What is kept of a soak: verdicts, figures of each kind of call, process and table, a point a minute of plots."""
    changing = {name: each_minute(seen.tables[name]) for name in SIZES if name in seen.tables}
    return {
        "machine": machine,
        "date": datetime.now(UTC).date().isoformat(),
        "minutes": seen.seconds / MINUTE,
        "rate": rate,
        "held": seen.held,
        "figures": seen.figures,
        "verdicts": [asdict(verdict) for verdict in verdicts],
        "calls": {kind: calls_of(seen, kind) for kind in sorted(seen.calls)},
        "memory": {name: memory_of(seen, name) for name in seen.memory},
        "tables": {name: table_of(seen, name) for name in sorted(seen.tables)},
        "latency": {kind: by_minute(seen, kind) for kind in (*SHOWN, *READ) if kind in seen.calls},
        "sizes": {name: [(t.at, t.total) for t in minutes] for name, minutes in changing.items()},
        "dead": {name: [(t.at, t.dead) for t in minutes] for name, minutes in changing.items()},
    }


def calls_of(seen: Seen, kind: str) -> dict[str, Any]:
    parts = {"before": seen.before, "last": seen.last}
    if seen.held:
        begin, end = seen.held
        parts["held"] = (end - (end - begin) / 4, end)
    return {
        "calls": sum(map(len, seen.calls[kind].values())),
        **{name: quantiles(seen, kind, part) for name, part in parts.items()},
    }


def memory_of(seen: Seen, name: str) -> dict[str, float]:
    warm = [mb for at, mb in seen.memory[name] if at >= seen.seconds / 4]
    return {"warm": warm[0], "most": max(warm), "end": warm[-1]} if warm else {}


def table_of(seen: Seen, name: str) -> dict[str, float]:
    samples = seen.tables[name]
    return {
        "rows": samples[-1].live,
        "dead": max(table.dead for table in samples),
        "due": samples[-1].due,
        "vacuums": samples[-1].vacuums - samples[0].vacuums,
        "before": max((t.total for t in samples if seen.before[0] <= t.at <= seen.before[1]), default=0.0),
        "last": max((t.total for t in samples if t.at >= seen.last[0]), default=0.0),
        "most": max(table.total for table in samples),
    }


def by_minute(seen: Seen, kind: str) -> list[tuple[float, float]]:
    """The median of each minute, in milliseconds."""
    minutes = range(int(seen.seconds // MINUTE))
    found = [(n, quantiles(seen, kind, (n * MINUTE, (n + 1) * MINUTE))) for n in minutes]
    return [(n + 1, each["p50"]) for n, each in found if each]


def each_minute(samples: Sequence[Any]) -> list[Any]:
    return [sample for sample in samples if sample.at % MINUTE == 0]


# The page


def page(recorded: dict[str, Any]) -> str:
    return HEAD + "".join(section(name, recorded[name]) for name in TITLES if name in recorded)


def section(name: str, soak: dict[str, Any]) -> str:
    return "\n".join(
        [
            "",
            f"## {TITLES[name]}",
            "",
            f"{soak['machine']}. {soak['date']}, {soak['minutes']:g} minutes, {soak['rate']:g} events a second.",
            "",
            in_words(soak["figures"]),
            "",
            "| asked | | found |",
            "| --- | --- | --- |",
            *(f"| {v['question']} | {'yes' if v['passed'] else '**no**'} | {v['figures']} |" for v in soak["verdicts"]),
            "",
            f"![Latency of writes](images/soak-{name}-writes.svg)",
            f"![Latency of reads](images/soak-{name}-reads.svg)",
            f"![Sizes](images/soak-{name}-sizes.svg)",
            f"![Dead rows](images/soak-{name}-dead.svg)",
            "",
            *calls_table(soak),
            "",
            *(f"- {kind} {why}: shown, and not judged." for kind, why in GROWING.items() if kind in soak["calls"]),
            "",
            *memory_table(soak),
            "",
            *tables_table(soak),
            "",
        ]
    )


def in_words(figures: dict[str, float]) -> str:
    return (
        f"{figures['events']:,.0f} events in {figures['runs']:,.0f} runs, a database of "
        f"{figures['database'] / 2**20:,.0f} MB; {figures['wal'] / figures['events']:,.0f} bytes of write-ahead log an "
        f"event, all else included. Sessions that waited for a lock at once: {figures['waiting']:.0f} at most; waits "
        f"of more than a second: {figures['lock_waits']:.0f}."
    )


def calls_table(soak: dict[str, Any]) -> list[str]:
    """Median, p95 and p99 in the two parts of the time that are compared, and at the end of a snapshot."""
    parts = {"before": "before" if soak["held"] else "second quarter"}
    parts |= {"held": "under the snapshot"} if soak["held"] else {}
    parts["last"] = "after it" if soak["held"] else "last quarter"
    order = [*YARDSTICKS, *sorted(soak["calls"].keys() - set(YARDSTICKS))]
    lines = [
        "Milliseconds from the moment when a call was due: median, p95, p99.",
        "",
        f"| kind of call | calls | {' | '.join(parts.values())} |",
        f"| --- | --- |{' --- |' * len(parts)}",
    ]
    for kind in order:
        found = soak["calls"].get(kind, {})
        if found:
            cells = [times(found[part]) for part in parts]
            lines.append(f"| {kind} | {found['calls']:,} | {' | '.join(cells)} |")
    return lines


def times(found: dict[str, float]) -> str:
    return ", ".join(f"{found[share]:.3g}" for share in ("p50", "p95", "p99")) if found else ""


def memory_table(soak: dict[str, Any]) -> list[str]:
    lines = [
        "Megabytes of anonymous memory.",
        "",
        "| process | after a quarter | most | at the end |",
        "| --- | --- | --- | --- |",
    ]
    for name, found in sorted(soak["memory"].items()):
        if found:
            lines.append(f"| {name} | {found['warm']:.1f} | {found['most']:.1f} | {found['end']:.1f} |")
    return lines


def tables_table(soak: dict[str, Any]) -> list[str]:
    parts = ("before", "after it") if soak["held"] else ("second quarter", "last quarter")
    lines = [
        "Tables with their indexes, in megabytes; the months of a run table are one line.",
        "",
        f"| table | rows | most dead rows | autovacuum comes at | came | {parts[0]} | {parts[1]} | most |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, found in soak["tables"].items():
        cells = [f"{found[each]:,.0f}" for each in ("rows", "dead", "due", "vacuums")]
        cells += [f"{found[each]:.2f}" for each in ("before", "last", "most")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def pictures(recorded: dict[str, Any]) -> dict[str, str]:
    """The plots by their file names."""
    found: dict[str, str] = {}
    for name, soak in recorded.items():
        series = {
            "writes": ("Writes: median milliseconds of each minute", some_of(soak["latency"], SHOWN)),
            "reads": ("Reads: median milliseconds of each minute", some_of(soak["latency"], READ)),
            "sizes": ("Megabytes of tables whose rows change, indexes included", in_minutes(soak["sizes"])),
            "dead": ("Dead rows", in_minutes(soak["dead"])),
        }
        found |= {f"soak-{name}-{what}.svg": plot(title, each) for what, (title, each) in series.items()}
    return {file: picture for file, picture in found.items() if picture}


def some_of(series: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: series[name] for name in names if name in series}


def in_minutes(series: dict[str, Any]) -> dict[str, Any]:
    return {name: [(at / MINUTE, y) for at, y in points] for name, points in series.items()}


def plot(title: str, series: dict[str, Any]) -> str:
    """Empty where there is nothing to draw."""
    if not any(y > 0 for points in series.values() for _, y in points):
        return ""
    return plots.lines(title, "minutes", series)
