"""The soak's own logic (bench/soak.py): what is all right passes each verdict, what it is there to find fails it."""

from __future__ import annotations

import itertools
import json
import os
import random
import time
import xml.etree.ElementTree as Xml
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import results
import soak
import soak_page
import soak_verdicts
from soak_client import (
    BATCH,
    CALLS,
    CALLS_A_CYCLE,
    EVENTS_A_CYCLE,
    Client,
    Job,
    Task,
    cycles,
)
from soak_verdicts import VACUUM_SECONDS, Seen, Table, Verdict, judge

from hypermindlabs import errors

HOT = ["run_heads", "rollup_pending"]
HOUR = 3600
WINDOW = 60  # seconds


def fine(held: tuple[float, float] | None = None) -> Seen:
    """An hour in which nothing was wrong; a little noise is all right. held: under a snapshot, appends are slower."""
    seen = Seen(HOUR, held, window=WINDOW)
    windows = range(HOUR // WINDOW)
    noise = random.Random(1)
    for kind, ms in {"append": 2.0, "state_at": 5.0, "plain INSERT": 1.0, "plain SELECT": 1.0}.items():
        seen.calls[kind] = {n: [ms * noise.uniform(0.9, 1.1) for _ in range(20)] for n in windows}
    seen.calls["append to a long run"] = {
        n: [2.0 * noise.uniform(0.9, 1.1) * slowed(n * WINDOW, held) for _ in range(20)] for n in windows
    }
    for at in range(0, HOUR + 1, WINDOW):
        seen.memory.setdefault("writer 1", []).append((at, 26 + noise.uniform(0, 0.5)))
        disturbed = held is not None and held[0] <= at <= held[1]
        dead = 9_000 if disturbed else 40 + at % 600
        seen.tables.setdefault("run_heads", []).append(Table(at, 10, dead, 2000, 2.0, 0.1, at // 600))
        seen.tables.setdefault("rollup_pending", []).append(Table(at, 1, at % 120, 50, 0.2, 0.1, at // 120))
        seen.tables.setdefault("run_events", []).append(
            Table(at, at * 150, 0, 1000, at * 150 * 0.001, at * 150 * 0.0005, 0)
        )
        seen.snapshots.append((at, at - held[0] if held and disturbed else 1.0))
        seen.busiest.append((at, at * 18.0))
    seen.audit = {"check_integrity() finds nothing": []}
    return seen


def slowed(at: float, held: tuple[float, float] | None) -> float:
    """Twice as slow after 10,000 appends, of 18 a second."""
    return 1 + (at - held[0]) * 18 / 10_000 if held and held[0] <= at < held[1] else 1.0


HELD = (HOUR / 4, HOUR * 3 / 4)


def failed(seen: Seen) -> list[str]:
    """The questions whose answer is no."""
    return [verdict.question for verdict in judge(seen, HOT) if not verdict.passed]


@pytest.mark.parametrize("held", [None, HELD])
def test_an_hour_in_which_nothing_was_wrong(held: tuple[float, float] | None) -> None:
    assert failed(fine(held)) == []
    assert len(judge(fine(held), HOT)) == (12 if held else 11)


# What is wrong, and the one verdict that says so


def leak(seen: Seen) -> None:
    """50 KB a minute."""
    seen.memory["backend of writer 1"] = [(at, mb + 0.05 * at / 60) for at, mb in seen.memory["writer 1"]]


def no_memory(seen: Seen) -> None:
    seen.memory.clear()


def slower_and_slower(seen: Seen) -> None:
    for number, times in seen.calls["append"].items():
        times[:] = [ms * (1 + number * WINDOW / HOUR) for ms in times]


def slow_now_and_then(seen: Seen) -> None:
    """One call in ten, in the end."""
    for number, times in seen.calls["state_at"].items():
        if number * WINDOW >= HOUR * 3 / 4:
            times[:2] = [50.0, 60.0]


def no_calls(seen: Seen) -> None:
    for kind in ("append", "append to a long run", "state_at"):
        seen.calls[kind] = {n: times[:0] for n, times in seen.calls[kind].items()}


def bloat(seen: Seen) -> None:
    """A table of ten rows gets ever larger."""
    seen.tables["run_heads"] = [replace(t, megabytes=2 + t.at / 600) for t in seen.tables["run_heads"]]


def index_bloat(seen: Seen) -> None:
    seen.tables["rollup_pending"] = [replace(t, index_megabytes=t.at / 600) for t in seen.tables["rollup_pending"]]


def no_samples(seen: Seen) -> None:
    del seen.tables["run_heads"]


def larger_rows(seen: Seen) -> None:
    seen.tables["run_events"] = [
        replace(t, index_megabytes=t.index_megabytes * (1 + 4 * t.at / HOUR)) for t in seen.tables["run_events"]
    ]


def no_autovacuum(seen: Seen) -> None:
    seen.tables["rollup_pending"] = [replace(t, dead=int(t.at), vacuums=0) for t in seen.tables["rollup_pending"]]


def idle_in_transaction(seen: Seen) -> None:
    """For five minutes, without anybody meaning it."""
    seen.snapshots += [(at, at - 3000) for at in range(3000, 3300, WINDOW)]


def ill(seen: Seen) -> None:
    seen.health.append((3500, "uncounted_runs: warning, 12000 runs"))


def error(seen: Seen) -> None:
    seen.errors.append("writer 1: deadlock detected")


def deadlock(seen: Seen) -> None:
    seen.deadlocks = 1


def broken(seen: Seen) -> None:
    seen.audit["check_integrity() finds nothing"] = ["run_events: a gap"]


WRONG: dict[Callable[[Seen], None], str] = {
    leak: "no process grows",
    no_memory: "no process grows",
    slower_and_slower: "no median latency grows",
    slow_now_and_then: "no p95",
    no_calls: "no median latency grows",
    bloat: "tables whose rows change stay",
    index_bloat: "tables whose rows change stay",
    no_samples: "tables whose rows change stay",
    larger_rows: "tables that grow",
    no_autovacuum: "no table waits for autovacuum",
    idle_in_transaction: "no snapshot is older",
    ill: "health() finds nothing",
    error: "no call failed",
    deadlock: "no deadlock",
    broken: "check_integrity() finds nothing",
}


@pytest.mark.parametrize("sabotage", WRONG, ids=lambda sabotage: sabotage.__name__)
def test_each_verdict_fails_on_what_it_is_there_to_find(
    sabotage: Callable[[Seen], None], capsys: pytest.CaptureFixture[str]
) -> None:
    seen = fine()
    sabotage(seen)
    (question,) = failed(seen)
    assert question.startswith(WRONG[sabotage])
    assert soak_verdicts.exit_code(judge(seen, HOT)) == 1
    assert sum(line.startswith("FAILED ") for line in capsys.readouterr().out.splitlines()) == 1


def test_all_is_well_is_said_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert soak_verdicts.exit_code(judge(fine(), HOT)) == 0
    assert all(line.startswith("ok ") for line in capsys.readouterr().out.splitlines())


# With a forgotten snapshot


def test_what_does_not_come_back_after_a_snapshot_fails() -> None:
    seen = fine(HELD)
    calls = seen.calls["append to a long run"]
    for number in calls:
        if number * WINDOW >= HELD[1]:
            calls[number] = [3.0] * 20
    assert [question[:23] for question in failed(seen)] == ["no median latency grows"]
    seen = fine(HELD)
    seen.tables["run_heads"] = [
        replace(t, megabytes=20.0 + 0.02 * max(t.at - HELD[1], 0)) if t.at > HELD[0] else t
        for t in seen.tables["run_heads"]
    ]
    assert [question[:29] for question in failed(seen)] == ["tables whose rows change stay"]


def test_what_a_snapshot_cost_a_table_is_let_pass_while_it_is_used_again() -> None:
    seen = fine(HELD)
    seen.tables["run_heads"] = [replace(t, megabytes=80.0) if t.at >= HELD[1] else t for t in seen.tables["run_heads"]]
    assert failed(seen) == []


def test_dead_rows_after_a_snapshot_are_let_pass_until_autovacuum_had_time_to_come() -> None:
    seen = fine(HELD)
    since = HELD[1] + VACUUM_SECONDS

    def dead_until(end: float) -> list[Table]:
        return [replace(t, dead=9000) if HELD[0] <= t.at <= end else t for t in seen.tables["run_heads"]]

    seen.tables["run_heads"] = dead_until(since + VACUUM_SECONDS)
    assert failed(seen) == []
    seen.tables["run_heads"] = dead_until(since + VACUUM_SECONDS + 3 * WINDOW)
    assert [question[:29] for question in failed(seen)] == ["no table waits for autovacuum"]


def test_an_append_under_a_snapshot_may_be_as_slow_as_the_docs_say_and_no_slower() -> None:
    seen = fine(HELD)
    calls = seen.calls["append to a long run"]
    for number in calls:
        if HELD[0] <= number * WINDOW < HELD[1]:
            calls[number] = [20.0] * 20
    assert failed(seen) == ["an append under a forgotten snapshot is no slower than the docs say"]


def test_trouble_under_a_snapshot_is_meant_and_a_snapshot_is_not_excused_by_its_absence() -> None:
    seen = fine(HELD)
    seen.health.append((HOUR / 2, "dead_heads: warning, 60000 rows"))
    assert failed(seen) == []
    seen.held = None
    wrong = failed(seen)
    assert any(question.startswith("no snapshot is older") for question in wrong)
    assert any(question.startswith("health()") for question in wrong)


# The yardstick


def test_what_slows_down_everything_is_no_growth() -> None:
    seen = fine()
    for kind, windows in seen.calls.items():
        seen.calls[kind] = {n: [ms * (3 if n * WINDOW > HOUR / 2 else 1) for ms in each] for n, each in windows.items()}
    assert failed(seen) == []


def test_what_grows_with_the_ledger_is_not_judged_and_each_kind_of_call_has_a_yardstick() -> None:
    seen = fine()
    seen.calls["issue_digest"] = {n: [float(n + 1)] * 20 for n in range(HOUR // WINDOW)}
    assert failed(seen) == []
    assert set(CALLS) <= soak_verdicts.BY_INSERT


def test_minutes_are_too_short_to_judge_latency() -> None:
    seen = fine()
    slower_and_slower(seen)
    seen.seconds = soak_verdicts.ENOUGH_SECONDS - 1
    (verdict,) = soak_verdicts.latencies(seen)
    assert verdict.passed and verdict.figures == "not judged in less than 10 minutes"
    del seen.tables["run_events"]
    assert soak_verdicts.rows(seen, HOT).passed
    seen.seconds = HOUR
    assert not all(verdict.passed for verdict in soak_verdicts.latencies(seen))
    assert not soak_verdicts.rows(seen, HOT).passed


def test_slopes_do_not_follow_single_jumps() -> None:
    points = [(float(n), 1.0 + 100 * (n in (50, 99))) for n in range(100)]
    assert soak_verdicts.slope(points) == 0
    assert soak_verdicts.slope([(float(n), 2.0 * n) for n in range(100)]) == 2


# The clients


def test_a_cycle_has_as_many_calls_and_events_as_the_rate_reckons_with() -> None:
    calls = list(itertools.islice(cycles(random.Random(1)), CALLS_A_CYCLE))
    assert calls.count("create") == calls.count("fork") == 1 and calls[-1] == "end"
    events = {"batch": BATCH, "claim": 0, "append again": 0, "refused append": 0, "snapshot": 0}
    assert sum(events.get(call, 1) for call in calls) == EVENTS_A_CYCLE
    assert set(calls) == set(CALLS)


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(Job("one", "reader", "", str(tmp_path), time.monotonic(), 1.0, 1.0, [], []))


def test_time_counts_from_when_a_call_was_due(client: Client) -> None:
    client.do(Task(client.job.began - 2, 0, 1.0, lambda: "late"))
    client.recorder.flush()
    ((ms,),) = [line["calls"]["late"] for line in lines_of(client)]
    assert 2000 <= ms < 12_000


def test_a_window_is_written_down_when_the_next_one_begins(client: Client) -> None:
    client.recorder.move_to(0)
    client.recorder.found["x"] = [1.0]
    client.recorder.move_to(3)
    assert client.recorder.found == {}
    assert [(line["window"], line["calls"]) for line in lines_of(client)] == [(0, {"x": [1.0]})]


def test_a_call_that_fails_is_noted_and_the_next_one_is_made(client: Client) -> None:
    def fail() -> str:
        raise errors.RunNotFound("no such run")

    def stop() -> str:
        client.stop()
        return "stopped"

    client.every(0.001, fail)
    client.tasks.append(Task(client.tasks[0].due + 0.0001, 1, 1.0, stop))
    client.work()
    (line,) = lines_of(client)
    assert line["errors"] == ["one: no such run"] and list(line["calls"]) == ["stopped"]


def lines_of(client: Client) -> list[dict[str, Any]]:
    return [json.loads(line) for line in client.job.measured.read_text().splitlines()]


def test_memory_is_that_which_a_process_has_made_for_itself() -> None:
    before = soak.memory_of(os.getpid())["Anonymous"]
    kept = b"x" * 50 * 2**20
    assert 45 < soak.memory_of(os.getpid())["Anonymous"] - before < 60
    assert len(kept) and soak.memory_of(2**22 + 1) == {}


# The page


def test_the_page_shows_every_verdict_and_figure() -> None:
    recorded = {}
    for name, held in (("plain", None), ("snapshot", HELD)):
        seen = fine(held)
        seen.figures = dict.fromkeys(("events", "runs", "database", "wal", "waiting", "lock_waits"), 1e6)
        verdicts = [*judge(seen, HOT), Verdict("was all well", False, "no")]
        recorded[name] = json.loads(json.dumps(soak_page.summary(seen, verdicts, "a machine", 150)))
    page = soak_page.page(recorded)
    assert page.count("| was all well | **no** | no |") == 2
    assert page.count("| check_integrity() finds nothing | yes | nothing |") == 2
    assert "| append | 1,200 |" in page and "| writer 1 |" in page and "| run_heads |" in page
    pictures = soak_page.pictures(recorded)
    assert all(f"images/{name}" in page for name in pictures) and len(pictures) == 8
    for picture in pictures.values():
        assert any(element.tag.endswith("polyline") for element in Xml.fromstring(picture).iter())


def test_the_page_in_the_repository_is_of_what_is_recorded_there() -> None:
    recorded = soak_page.load()
    assert soak_page.PAGE.exists() == bool(recorded)
    for name, picture in soak_page.pictures(recorded).items():
        assert (results.IMAGES / name).read_text() == picture
    if recorded:
        assert soak_page.PAGE.read_text() == soak_page.page(recorded)
