"""Rounds of short measurements in turn (A B A B), and what they say: medians, quartiles, ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Side:
    """One of the things that are measured in turn.

    ready: makes what a call needs; its time does not count. call: does it. pids: the server processes that serve it.
    units: events that a call writes or reads.
    """

    name: str
    call: Callable[[Any], object]
    ready: Callable[[], Any] = lambda: None
    pids: Callable[[], Sequence[int]] = lambda: ()
    units: int = 1


@dataclass(frozen=True)
class Spread:
    """A median and its quartiles."""

    median: float
    q1: float
    q3: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        q1, median, q3 = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, q1, q3)


@dataclass
class Times:
    """What the rounds of one side took: microseconds per unit at the client, and of CPU time in the server."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def interleave(sides: Sequence[Side], rounds: int, calls: int) -> dict[str, Times]:
    """Measures every side once in each round, after one round that warms up."""
    times = {side.name: Times() for side in sides}
    for number in range(rounds + 1):
        for side in sides:
            wall, cpu = one_round(side, calls)
            if number:
                times[side.name].wall.append(wall)
                times[side.name].cpu.append(cpu)
    return times


def one_round(side: Side, calls: int) -> tuple[float, float]:
    """Some calls of a side: microseconds per unit, and of CPU time in its server processes."""
    prepared = [side.ready() for _ in range(calls)]
    pids = side.pids()
    cpu, started = server_cpu(pids), time.perf_counter()
    for each in prepared:
        side.call(each)
    took = time.perf_counter() - started
    units = calls * side.units
    return took / units * 1e6, (server_cpu(pids) - cpu) / units


def server_cpu(pids: Sequence[int]) -> float:
    """CPU time of server processes so far, in microseconds (Linux: /proc)."""
    return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in pids) / 1000


def quotients(above: Sequence[float], below: Sequence[float]) -> Spread:
    """Median and quartiles of the quotients of rounds that were next to each other."""
    return Spread.of([a / b for a, b in zip(above, below, strict=True)])


def fastest(times: dict[str, Times], names: Sequence[str]) -> str:
    """Which of several ways to do the same takes the least time: a peer is measured by its best."""
    return min(names, key=lambda name: statistics.median(times[name].wall))
