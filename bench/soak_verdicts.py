"""What a soak saw, and whether that is all right: each verdict from figures alone, so that each can be seen to fail.

A soak without a forgotten snapshot is judged by its last quarter beside its second one: the first is there to get warm.
With one, held from a quarter to three quarters of the time, what came after it, from seven eighths on, is held against
what was before it, from an eighth on.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Points = Sequence[tuple[float, float]]  # seconds since the beginning, and a figure

MEMORY_MB = 2.0  # by which a process may grow after the first quarter
MEDIAN_GROWTH, P95_GROWTH = 1.25, 1.75  # of latency, beside the yardstick's
ENOUGH_SECONDS = 600  # to judge latency, and rows in any case: before that, lists are not full and caches not warm
ENOUGH_CALLS = 20  # in each of the two parts of the time, to say anything of their median; five times that for p95
SIZE_GROWTH, SIZE_FREE = 1.25, 0.5  # of a table that should not grow; and megabytes that are never too much
ENOUGH_ROWS = 2000  # of a table, to say what a row takes
VACUUM_SECONDS = 180  # autovacuum looks once a minute, and may be busy with another table
HORIZON_SECONDS = 120  # of the oldest snapshot, when nobody holds one on purpose
HELD_GROWTH = 3.0  # of what an append takes, for each 10,000 appends to the run since the snapshot

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
WRITES = "plain INSERT"
READS = "plain SELECT"
BY_INSERT = {
    *("append", "append to a long run", "append with a patch", "batch", "append again", "refused append", "artifact"),
    *("claim", "snapshot", "create", "start", "end", "fork", "place_hold", "release_hold", "erase_payload"),
    *("a run of five events",),
}
YARDSTICKS = (WRITES, READS)
# What takes longer in a larger ledger, as the docs say: shown, and not judged.
GROWING = {
    "rollup": "reads every event of the open runs (docs/reading.md), and the long ones stay open",
    "issue_digest": "looks for every ended run among the leaves (docs/digests.md)",
    "plan_retention": "reads the last event of every ended run that is here",
}


@dataclass(frozen=True)
class Verdict:
    """What was asked, the answer, and the figures behind it."""

    question: str
    passed: bool
    figures: str


@dataclass(frozen=True)
class Table:
    """A table at one moment. Sizes in megabytes, the table with its TOAST; dead: row versions that are to be vacuumed.

    due: from how many on autovacuum comes. vacuums: how many it has done.
    """

    at: float
    live: int
    dead: int
    due: float
    megabytes: float
    index_megabytes: float
    vacuums: int

    @property
    def total(self) -> float:
        """Megabytes of the table and its indexes."""
        return self.megabytes + self.index_megabytes

    @property
    def bytes_a_row(self) -> float:
        """Of the table and its indexes."""
        return self.total * 2**20 / self.live


@dataclass
class Seen:
    """All that a soak saw. held: from when to when somebody kept a snapshot open."""

    seconds: float
    held: tuple[float, float] | None = None
    calls: dict[str, dict[int, list[float]]] = field(default_factory=dict)  # milliseconds by kind and window
    window: float = 10
    memory: dict[str, list[tuple[float, float]]] = field(default_factory=dict)  # anonymous megabytes of each process
    tables: dict[str, list[Table]] = field(default_factory=dict)
    snapshots: list[tuple[float, float]] = field(default_factory=list)  # seconds since the oldest one was taken
    busiest: list[tuple[float, float]] = field(default_factory=list)  # appends to a long run
    errors: list[str] = field(default_factory=list)
    health: list[tuple[float, str]] = field(default_factory=list)
    deadlocks: int = 0
    audit: dict[str, list[str]] = field(default_factory=dict)  # what was asked at the end, and what was wrong
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def before(self) -> tuple[float, float]:
        """The part of the time that the last is held against."""
        return (self.seconds / 8, self.held[0]) if self.held else (self.seconds / 4, self.seconds / 2)

    @property
    def last(self) -> tuple[float, float]:
        """The part of the time that is judged."""
        return (self.seconds * (7 / 8 if self.held else 3 / 4), self.seconds)

    def is_disturbed(self, at: float) -> bool:
        """Whether a snapshot was held then on purpose, or had been until a moment ago."""
        return self.held is not None and self.held[0] <= at <= self.held[1] + VACUUM_SECONDS

    def between(self, kind: str, part: tuple[float, float]) -> list[float]:
        """The times of the calls of a kind in a part of the time."""
        windows = self.calls.get(kind, {})
        return [ms for number, times in windows.items() if part[0] <= number * self.window < part[1] for ms in times]


def judge(seen: Seen, hot: Iterable[str]) -> list[Verdict]:
    """Everything that is asked of a soak. hot: the tables whose rows change, which must not grow."""
    hot = list(hot)
    return [
        memory(seen),
        *latencies(seen),
        *([under_snapshot(seen)] if seen.held else []),
        sizes(seen, hot),
        rows(seen, hot),
        vacuumed(seen),
        horizon(seen),
        health(seen),
        Verdict("no call failed but those that had to", not seen.errors, some(seen.errors) or "none"),
        Verdict("no deadlock", seen.deadlocks == 0, f"{seen.deadlocks}"),
        *(Verdict(question, not wrong, some(wrong) or "nothing") for question, wrong in seen.audit.items()),
    ]


# Memory


def memory(seen: Seen) -> Verdict:
    """Of each process's own memory, by the slope of most of its samples: a jump back and forth is no growth."""
    begin = seen.seconds / 4
    grown = {
        name: slope([point for point in points if point[0] >= begin]) * (seen.seconds - begin)
        for name, points in seen.memory.items()
    }
    guilty = [f"{name} by {mb:.1f} MB" for name, mb in grown.items() if mb > MEMORY_MB]
    worst = max(grown, key=grown.__getitem__, default="no process")
    question = f"no process grows by more than {MEMORY_MB:g} MB after the first quarter"
    most = f"{len(grown)} processes; most grew {worst}, by {grown.get(worst, 0):.1f} MB"
    return Verdict(question, bool(grown) and not guilty, some(guilty) or most)


def slope(points: Points) -> float:
    """By Theil and Sen: the median of the slopes between all pairs of points."""
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in itertools.combinations(points, 2) if x2 > x1]
    return statistics.median(slopes) if slopes else 0.0


# Latency


@dataclass(frozen=True)
class Growth:
    """How much longer a kind of call takes in the last part: median and p95, each beside its yardstick's."""

    kind: str
    calls: int
    median: float
    p95: float | None  # None: too few calls


def latencies(seen: Seen) -> list[Verdict]:
    found = [growth for kind in sorted(seen.calls) if kind not in YARDSTICKS and (growth := growth_of(seen, kind))]
    if seen.seconds < ENOUGH_SECONDS:
        return [Verdict("latency does not grow", True, f"not judged in less than {ENOUGH_SECONDS / 60:g} minutes")]
    judged = [growth for growth in found if growth.kind not in GROWING]
    slow = [f"{g.kind} {g.median:.2f}" for g in judged if g.median > MEDIAN_GROWTH]
    slow_p95 = [f"{g.kind} {g.p95:.2f}" for g in judged if g.p95 is not None and g.p95 > P95_GROWTH]
    return [
        Verdict(
            f"no median latency grows to more than {MEDIAN_GROWTH:g} times, beside the yardstick",
            bool(judged) and not slow,
            some(slow) or worst(judged, [g.median for g in judged]),
        ),
        Verdict(
            f"no p95 of a latency grows to more than {P95_GROWTH:g} times, beside the yardstick",
            not slow_p95,
            some(slow_p95) or worst([g for g in judged if g.p95], [g.p95 for g in judged if g.p95]),
        ),
    ]


def worst(growths: Sequence[Growth], values: Sequence[float]) -> str:
    if not growths:
        return "too few calls to say"
    value, kind = max(zip(values, (g.kind for g in growths), strict=True))
    return f"{len(growths)} kinds of calls; most grew {kind}, to {value:.2f} times"


def growth_of(seen: Seen, kind: str) -> Growth | None:
    """None when there are too few calls to say."""
    yardstick = yardstick_of(kind)
    ours = [seen.between(kind, part) for part in (seen.before, seen.last)]
    plain = [seen.between(yardstick, part) for part in (seen.before, seen.last)]
    fewest = min(map(len, ours))
    if fewest < ENOUGH_CALLS or not all(plain):
        return None

    def growth(share: float) -> float:
        before, last = (percentile(times, share) for times in ours)
        plain_before, plain_last = (percentile(times, share) for times in plain)
        return last / before * plain_before / plain_last

    return Growth(kind, fewest, growth(0.5), growth(0.95) if fewest >= 5 * ENOUGH_CALLS else None)


def yardstick_of(kind: str) -> str:
    return WRITES if kind in BY_INSERT else READS


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def under_snapshot(seen: Seen) -> Verdict:
    """An append gets slower while a snapshot is held, with the appends since: docs/benchmarks.md says how much."""
    assert seen.held is not None
    begin, end = seen.held
    last_part = (end - (end - begin) / 4, end)
    kind = "append to a long run"
    before, held = (seen.between(kind, part) for part in (seen.before, last_part))
    plain = [seen.between(WRITES, part) for part in (seen.before, last_part)]
    if not (before and held and all(plain)):
        return Verdict("an append under a forgotten snapshot is as slow as the docs say", False, "too few calls to say")
    factor = percentile(held, 0.5) / percentile(before, 0.5) * percentile(plain[0], 0.5) / percentile(plain[1], 0.5)
    appends = value_at(seen.busiest, end) - value_at(seen.busiest, begin)
    allowed = MEDIAN_GROWTH + (HELD_GROWTH - 1) * appends / 10_000
    return Verdict(
        "an append under a forgotten snapshot is no slower than the docs say",
        factor <= allowed,
        f"{factor:.2f} times as slow after {appends:,.0f} appends to its run; {allowed:.2f} is allowed",
    )


def value_at(points: Points, at: float) -> float:
    """The figure of the last sample before a moment."""
    return next((y for x, y in reversed(points) if x <= at), 0.0)


# Bloat


def sizes(seen: Seen, hot: Sequence[str]) -> Verdict:
    """Megabytes of the tables that should not grow and their indexes, the largest of one part against the other's.

    What a forgotten snapshot made of them stays theirs, and is used again: from its end on they grow no more.
    """
    parts = ((seen.before[0], seen.held[1]) if seen.held else seen.before, seen.last)
    grown, shown = [], []
    for name in hot:
        before, last = (
            [table.total for table in seen.tables.get(name, []) if part[0] <= table.at <= part[1]] for part in parts
        )
        if not before or not last:
            grown.append(f"{name}: no samples")
            continue
        shown.append(f"{name} {max(before):.2f} to {max(last):.2f} MB")
        if max(last) > max(before) * SIZE_GROWTH + SIZE_FREE:
            grown.append(shown[-1])
    return Verdict("tables whose rows change stay as large as they were", not grown, some(grown) or "; ".join(shown))


def rows(seen: Seen, hot: Sequence[str]) -> Verdict:
    """Bytes a row, indexes included, of the tables that grow: as many as before."""
    grown, shown = [], []
    for name in sorted(seen.tables.keys() - set(hot)):
        before, last = (
            [table for table in seen.tables[name] if part[0] <= table.at <= part[1] and table.live >= ENOUGH_ROWS]
            for part in (seen.before, seen.last)
        )
        if not before or not last:
            continue
        shown.append(f"{name} {before[-1].bytes_a_row:,.0f} to {last[-1].bytes_a_row:,.0f} bytes")
        if last[-1].bytes_a_row > before[-1].bytes_a_row * SIZE_GROWTH:
            grown.append(shown[-1])
    found = "; ".join(shown) or f"no table had {ENOUGH_ROWS:,} rows in time"
    to_say = bool(shown) or seen.seconds < ENOUGH_SECONDS
    return Verdict("tables that grow take no more for each row", to_say and not grown, some(grown) or found)


def vacuumed(seen: Seen) -> Verdict:
    """Autovacuum keeps up: no table has more dead rows than it comes for, for longer than it needs to come."""
    late = []
    for name, samples in seen.tables.items():
        since = None
        longest = 0.0
        for table in samples:
            if table.dead <= table.due or seen.is_disturbed(table.at):
                since = None
                continue
            since = table.at if since is None else since
            longest = max(longest, table.at - since)
        if longest > VACUUM_SECONDS:
            late.append(f"{name}: for {longest:.0f} s")
    vacuums = {name: samples[-1].vacuums - samples[0].vacuums for name, samples in seen.tables.items() if samples}
    done = "; ".join(f"{name} {count} times" for name, count in sorted(vacuums.items()) if count)
    question = f"no table waits for autovacuum longer than {VACUUM_SECONDS} s"
    return Verdict(question, bool(seen.tables) and not late, some(late) or f"vacuumed: {done or 'none was due'}")


def horizon(seen: Seen) -> Verdict:
    ages = [age for at, age in seen.snapshots if not seen.is_disturbed(at)]
    oldest = max(ages, default=0.0)
    question = f"no snapshot is older than {HORIZON_SECONDS} s"
    if seen.held:
        question += ", but the forgotten one"
    return Verdict(question, oldest <= HORIZON_SECONDS, f"the oldest was {oldest:.0f} s old")


def health(seen: Seen) -> Verdict:
    wrong = sorted({words for at, words in seen.health if not seen.is_disturbed(at)})
    return Verdict("health() finds nothing", not wrong, some(wrong) or "nothing")


def some(words: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    return "; ".join(words[:5]) + (f"; and {len(words) - 5} more" if len(words) > 5 else "")


def exit_code(verdicts: Iterable[Verdict]) -> int:
    """Says what was found, a line a verdict. 1 when one failed."""
    failed = False
    for verdict in verdicts:
        print(f"{'ok    ' if verdict.passed else 'FAILED'} {verdict.question}: {verdict.figures}", flush=True)
        failed = failed or not verdict.passed
    return int(failed)


def quantiles(seen: Seen, kind: str, part: tuple[float, float]) -> Mapping[str, float]:
    """Milliseconds of a kind of call in a part of the time."""
    times = seen.between(kind, part)
    return {name: percentile(times, share) for name, share in SHARES.items()} if times else {}
