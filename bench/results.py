"""What was measured: kept as JSON, shown as docs/benchmarks.md with plots, compared with later runs."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import payloads
import plots
import psycopg
from common import only
from measures import Findings
from rounds import Spread
from targets import BY_KEY, ROWS, Row

from hypermindlabs import embedded

REPO = Path(__file__).resolve().parents[1]
RECORDED = REPO / "bench/results/recorded.json"
PAGE = REPO / "docs/benchmarks.md"
IMAGES = REPO / "docs/images"
BEGIN, END = "<!-- begin: written by make bench -->", "<!-- end: written by make bench -->"
SETTINGS = ["fsync", "synchronous_commit", "full_page_writes", "wal_level", "shared_buffers", "wal_compression"]


@dataclass(frozen=True)
class Run:
    """One run of the benchmark."""

    machine: str
    versions: list[str]
    missing: dict[str, str]
    found: Findings


@dataclass(frozen=True)
class Recorded:
    """All that is recorded. Rows that a later run measured again are replaced, the others stay."""

    rows: dict[str, Spread] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)
    sides: dict[str, dict[str, Spread]] = field(default_factory=dict)
    curves: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    versions: list[str] = field(default_factory=list)
    machine: str = ""
    growth: dict[str, Any] = field(default_factory=dict)

    def with_findings(self, run: Run) -> Recorded:
        """This and what a run found."""
        found = run.found
        today = datetime.now(UTC).date().isoformat()
        return replace(
            self,
            rows={**self.rows, **found.rows},
            notes={**{k: v for k, v in self.notes.items() if k not in found.rows}, **found.notes},
            dates={**self.dates, **dict.fromkeys(found.rows, today)},
            sides={**self.sides, **found.sides},
            curves={**self.curves, **found.curves},
            missing=run.missing,
            versions=run.versions,
            machine=run.machine,
        )

    def with_growth(self, growth: dict[str, Any]) -> Recorded:
        """This and what ledgers of other sizes cost; a size that was measured before is replaced."""
        sizes = {**self.growth.get("sizes", {}), **growth["sizes"]}
        return replace(self, growth={**growth, "sizes": dict(sorted(sizes.items(), key=lambda item: int(item[0])))})


def load(path: Path = RECORDED) -> Recorded:
    """What is recorded; nothing when there is no file yet."""
    if not path.exists():
        return Recorded()
    read = json.loads(path.read_text())
    read["rows"] = {key: Spread(**value) for key, value in read["rows"].items()}
    read["sides"] = {key: {k: Spread(**v) for k, v in value.items()} for key, value in read["sides"].items()}
    return Recorded(**read)


def save(recorded: Recorded) -> None:
    """Writes the JSON, the page's part between its marks, and the plots."""
    RECORDED.parent.mkdir(exist_ok=True)
    RECORDED.write_text(as_json(recorded))
    recorded = load()  # the page shows what is kept
    PAGE.write_text(page(PAGE.read_text(), recorded))
    for name, picture in pictures(recorded).items():
        (IMAGES / name).write_text(picture)


def as_json(recorded: Recorded) -> str:
    return json.dumps(rounded(asdict(recorded)), indent=1) + "\n"


def rounded(value: Any) -> Any:
    """Four digits are more than any of it is worth."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(each) for each in value]
    return value


def fallen(recorded: Mapping[str, Spread], found: Mapping[str, Spread]) -> list[str]:
    """The ratios that are more than a third worse than recorded, in words. Absolute figures are not compared."""
    worse = []
    for key in found.keys() & recorded.keys():
        row, was, now = BY_KEY[key], recorded[key].median, found[key].median
        speed = now / was if row.better == "higher" else was / now
        if row.unit == "x" and speed < 2 / 3:
            worse.append(f"{row.title}: {now:.2f}, recorded {was:.2f}")
    return sorted(worse)


def line(row: Row, value: Spread) -> str:
    """One row in a terminal."""
    sign = {"higher": ">=", "lower": "<="}[row.better]
    target = "" if row.target is None else f", target {sign} {shown(row, row.target)}: {verdict(row, value)}"
    spread = f"{shown(row, value.q1)} to {shown(row, value.q3)}"
    return f"{row.title}: {shown(row, value.median)} ({spread}){target}"


def shown(row: Row, value: float) -> str:
    if row.unit == "events/s":
        return f"{value:,.0f} /s"
    return f"{value:.2f}" + ("" if row.unit == "x" else f" {row.unit}")


def verdict(row: Row, value: Spread) -> str:
    met = row.met(value.median)
    return "" if met is None else "met" if met else "**not met**"


def machine_of(server: embedded.Server) -> str:
    """What it ran on, in one sentence."""
    cpu = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    with psycopg.connect(server.dsn("postgres")) as admin:
        settings = ", ".join(f"{name} {only(admin.execute(f'show {name}'.encode()))}" for name in SETTINGS)
    return (
        f"{os.cpu_count()} cores ({cpu.group(1).strip() if cpu else platform.machine()}), {memory:.0f} GB, "
        f"{platform.system()} {platform.release()}, load {os.getloadavg()[0]:.1f} before the run; {settings}; "
        f"{payloads.messages()[0]}"
    )


# The page.


def page(text: str, recorded: Recorded) -> str:
    """The page with its written part replaced."""
    head, _, rest = text.partition(BEGIN)
    tail = rest.partition(END)[2]
    return f"{head}{BEGIN}\n\n{body(recorded)}\n{END}{tail}"


def body(recorded: Recorded) -> str:
    parts = [
        f"{recorded.machine}. {', '.join(recorded.versions)}.",
        *(f"Left out: {name} ({why})." for name, why in recorded.missing.items()),
        table(recorded),
        "![Ratios and their targets](images/benchmarks-ratios.svg)",
        "### What stands behind the ratios",
        "Microseconds a call, or per event where a call has many: medians, and quartiles in brackets.",
        sides_table(recorded),
    ]
    if recorded.curves:
        parts += ["### An append while another session keeps a snapshot open", "![](images/benchmarks-snapshot.svg)"]
    if recorded.growth:
        parts += ["### Costs as a ledger grows", growth_table(recorded.growth), "![](images/benchmarks-growth.svg)"]
    return "\n\n".join(parts) + "\n"


def table(recorded: Recorded) -> str:
    lines = [
        "| what | measured | quartiles | target | | limit | prototype | measured on | remark |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in ROWS:
        value = recorded.rows.get(row.key)
        if value is None:
            lines.append(
                f"| {row.title} | not measured | | {target_of(row)} | | {row.limit} | {row.in_prototype} | | |"
            )
            continue
        quartiles = "" if value.q1 == value.q3 else f"{shown(row, value.q1)} to {shown(row, value.q3)}"
        cells = [row.title, shown(row, value.median), quartiles, target_of(row), verdict(row, value)]
        cells += [row.limit, row.in_prototype, recorded.dates.get(row.key, ""), recorded.notes.get(row.key, "")]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def target_of(row: Row) -> str:
    if row.target is None:
        return "reported"
    return ("≥ " if row.better == "higher" else "≤ ") + shown(row, row.target)


def sides_table(recorded: Recorded) -> str:
    lines = ["| side | at the client | CPU in the server |", "| --- | --- | --- |"]
    for name, figures in recorded.sides.items():
        lines.append(f"| {name} | {microseconds(figures.get('wall'))} | {microseconds(figures.get('cpu'))} |")
    return "\n".join(lines)


def microseconds(value: Spread | None) -> str:
    if value is None:
        return ""
    digits = 0 if value.median >= 100 else 1
    return f"{value.median:,.{digits}f} ({value.q1:,.{digits}f} to {value.q3:,.{digits}f})"


def growth_table(growth: dict[str, Any]) -> str:
    sizes = growth["sizes"]
    names = list(next(iter(sizes.values()))["milliseconds"])
    lines = [
        f"{growth['machine']}. Milliseconds at the client, medians with quartiles; {growth['date']}.",
        "",
        f"| events | {' | '.join(names)} | database |",
        f"| --- |{' --- |' * (len(names) + 1)}",
    ]
    for size, found in sizes.items():
        cells = [f"{v[0]:.2f} ({v[1]:.2f} to {v[2]:.2f})" for v in found["milliseconds"].values()]
        lines.append(f"| {int(size):,} | {' | '.join(cells)} | {found['database']} |")
    return "\n".join(lines)


def pictures(recorded: Recorded) -> dict[str, str]:
    """The plots by their file names."""
    bars = [
        plots.Bar(row.title, value.median, value.q1, value.q3, row.target, row.met(value.median))
        for row in ROWS
        if (value := recorded.rows.get(row.key)) is not None and row.unit == "x"
    ]
    found = {"benchmarks-ratios.svg": plots.bars("Ratios; the mark is the target", bars)}
    if "open_snapshot" in recorded.curves:
        found["benchmarks-snapshot.svg"] = plots.lines(
            "Milliseconds of server CPU of an append under an open snapshot",
            "appends to the run since the snapshot",
            {"append_event": [(x, y) for x, y in recorded.curves["open_snapshot"]]},
        )
    if recorded.growth:
        series: dict[str, list[tuple[float, float]]] = {}
        for size, each in recorded.growth["sizes"].items():
            for name, figures in each["milliseconds"].items():
                series.setdefault(name, []).append((float(size), figures[0]))
        found["benchmarks-growth.svg"] = plots.lines("Milliseconds a call", "events", series, logarithmic=True)
    return found
