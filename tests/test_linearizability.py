"""Histories of appends, ends, claims and reads by processes at once: each could have happened one after the other.

The checker, and what it takes a run to be, is linearizability.py. It is tested here first, and then the ledger by it.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from conftest import MakeDatabase, TwoProjects, make_two_projects, only_with
from linearizability import UNKNOWN, Call, Entry, Run, Verdict, explain
from psycopg.conninfo import make_conninfo
from test_concurrency import PATIENCE, READ_COMMITTED, Client, every_level, one

pytestmark = only_with("wheel18", "histories of processes take long")

CLIENT = Path(__file__).with_name("linearizability_client.py")
CLIENTS, STEPS, RUNS = 4, 40, 3
SEEDS = range(int(os.environ.get("HYPERMIND_HISTORIES", "1")))  # more of them: a longer search
RUNNING = Run((Entry("run.created"), Entry("run.started")), "running")


# The checker


def call(client: str, name: str, made: float, answered: float, answer: Any, **given: Any) -> Call:
    return Call(client, name, given, made, answered, answer)


def add(
    client: str, made: float, answered: float, answer: Any, content: str, key: str | None = None, **given: Any
) -> Call:
    return call(client, "append", made, answered, answer, entry=[content, key], **given)


def lost(client: str, name: str, made: float, **given: Any) -> Call:
    return Call(client, name, given, made)


BOTH = [[1, "run.created"], [2, "run.started"]]

GOOD = {
    "nothing": [],
    "one after the other": [add("a", 0, 1, 3, "x"), add("b", 2, 3, 4, "y")],
    "at once, in either order": [add("a", 0, 9, 4, "x"), add("b", 0, 9, 3, "y")],
    "answered late": [add("a", 0, 9, 3, "x"), add("b", 1, 8, 4, "y"), add("b", 8.5, 8.9, 5, "z")],
    "one wins a seq": [add("a", 0, 9, 3, "x", expected_seq=2), add("b", 1, 8, "MH003", "y", expected_seq=2)],
    "a retry": [add("a", 0, 1, 3, "x", "k"), add("a", 2, 3, 4, "y"), add("b", 4, 5, 3, "x", "k", expected_seq=2)],
    "twins": [add("a", 0, 9, 3, "x", "k"), add("b", 0, 9, 3, "x", "k"), call("c", "overview", 10, 11, ["running", 3])],
    "another one's id": [add("a", 0, 1, 3, "x", "k"), add("b", 2, 3, "MH005", "y", "k")],
    "a fence": [
        call("a", "claim", 0, 1, 1),
        call("b", "claim", 2, 3, 2),
        add("a", 4, 5, "MH009", "x", epoch=1),
        add("b", 6, 7, 3, "x", epoch=2),
    ],
    "an end": [
        call("a", "transition", 0, 9, 3, status="completed"),
        add("b", 1, 8, "MH002", "x"),
        call("b", "transition", 10, 11, 3, status="completed"),
        call("c", "transition", 10, 11, "MH007", status="failed"),
    ],
    "a retry after the end": [
        add("a", 0, 1, 3, "x", "k"),
        call("b", "transition", 2, 3, 4, status="failed"),
        add("a", 4, 5, 3, "x", "k"),
    ],
    "a read at the same time": [
        add("a", 0, 9, 3, "x"),
        call("b", "timeline", 1, 2, BOTH),
        call("b", "state", 3, 4, "x"),
    ],
    "a lost answer that came true": [lost("a", "append", 0, entry=["x", None]), add("b", 5, 6, 4, "y")],
    "a lost answer that did not": [lost("a", "append", 0, entry=["x", None]), add("b", 5, 6, 3, "y")],
    "a lost answer that came true late": [
        lost("a", "append", 0, entry=["x", None]),
        call("b", "timeline", 5, 6, BOTH),
        call("b", "timeline", 7, 8, [*BOTH, [3, "x"]]),
    ],
    "a lost answer, and its retry": [lost("a", "append", 0, entry=["x", "k"]), add("a", 1, 2, 3, "x", "k")],
    "taken back": [add("a", 0, 1, "40001", "x"), add("a", 2, 3, 3, "x")],
    "batches": [
        call("a", "append_batch", 0, 9, 4, entries=[["x", "k"], ["y", "l"]]),
        call("b", "append_batch", 0, 9, 4, entries=[["x", "k"], ["y", "l"]]),
        call("b", "append_batch", 10, 11, "MH005", entries=[["y", "l"], ["x", "k"]]),
    ],
}

BAD = {
    "a gap": [add("a", 0, 1, 4, "x")],
    "one seq twice": [add("a", 0, 9, 3, "x"), add("b", 0, 9, 3, "y")],
    "reordered": [add("a", 0, 1, 4, "x"), add("b", 2, 3, 3, "y")],
    "a lost update": [add("a", 0, 9, 3, "x"), add("b", 0, 9, 4, "y"), call("c", "timeline", 10, 11, [*BOTH, [3, "y"]])],
    "a stale read": [add("a", 0, 1, 3, "x"), call("b", "timeline", 2, 3, BOTH)],
    "a read that goes back": [
        add("a", 0, 9, 3, "x"),
        call("b", "overview", 1, 2, ["running", 3]),
        call("c", "overview", 3, 4, ["running", 2]),
    ],
    "a state of another moment": [add("a", 0, 1, 3, "x"), add("a", 2, 3, 4, "y"), call("b", "state", 4, 5, "x")],
    "two win a seq": [add("a", 0, 9, 3, "x", expected_seq=2), add("b", 0, 9, 4, "y", expected_seq=2)],
    "refused without a reason": [add("a", 0, 1, "MH003", "x", expected_seq=2)],
    "stored twice": [add("a", 0, 9, 3, "x", "k"), add("b", 0, 9, 4, "x", "k")],
    "a retry refused": [add("a", 0, 1, 3, "x", "k"), add("a", 2, 3, "MH003", "x", "k", expected_seq=2)],
    "a retry with another seq": [add("a", 0, 1, 3, "x", "k"), add("b", 2, 3, 4, "y"), add("a", 4, 5, 4, "x", "k")],
    "another one's id taken": [add("a", 0, 1, 3, "x", "k"), add("b", 2, 3, 3, "y", "k")],
    "past the fence": [call("a", "claim", 0, 1, 1), call("b", "claim", 2, 3, 2), add("a", 4, 5, 3, "x", epoch=1)],
    "one epoch twice": [call("a", "claim", 0, 9, 1), call("b", "claim", 0, 9, 1)],
    "past the end": [call("a", "transition", 0, 1, 3, status="failed"), add("b", 2, 3, 4, "x")],
    "ended twice": [
        call("a", "transition", 0, 9, 3, status="failed"),
        call("b", "transition", 0, 9, 3, status="completed"),
    ],
    "closed, and open again": [
        call("a", "transition", 0, 9, 3, status="failed"),
        add("b", 1, 2, "MH002", "x"),
        add("b", 3, 4, 3, "x"),
    ],
    "a lost answer that came true twice": [
        lost("a", "append", 0, entry=["x", None]),
        call("b", "timeline", 5, 6, [*BOTH, [3, "x"], [4, "x"]]),
    ],
    "a lost answer that came and went": [
        lost("a", "append", 0, entry=["x", None]),
        call("b", "overview", 5, 6, ["running", 3]),
        call("b", "overview", 7, 8, ["running", 2]),
    ],
    "a lost answer from before it was asked": [
        call("b", "overview", 0, 1, ["running", 3]),
        lost("a", "append", 2, entry=["x", None]),
    ],
    "taken back, and there": [add("a", 0, 1, "40001", "x"), call("a", "timeline", 2, 3, [*BOTH, [3, "x"]])],
    "half a batch": [
        call("a", "append_batch", 0, 9, 4, entries=[["x", None], ["y", None]]),
        call("b", "overview", 1, 2, ["running", 3]),
    ],
    "a batch with another in it": [
        call("a", "append_batch", 0, 9, 5, entries=[["x", None], ["y", None]]),
        add("b", 0, 9, 4, "z"),
    ],
}


@pytest.mark.parametrize("history", GOOD.values(), ids=GOOD)
def test_what_could_have_happened_is_explained(history: list[Call]) -> None:
    verdict = explain(history, RUNNING)
    assert verdict, verdict
    answered = [each for each in history if each.answer not in (UNKNOWN, "40001")]
    assert all(each in verdict.order for each in answered)


@pytest.mark.parametrize("history", BAD.values(), ids=BAD)
def test_what_could_not_have_happened_is_not(history: list[Call]) -> None:
    assert not explain(history, RUNNING)


def test_a_long_history_with_lost_answers_is_decided() -> None:
    """Ten calls at once, ten times, one of them each time with a lost answer; and then with one event too many."""
    history = []
    for turn in range(10):
        for number in range(10):
            content, seq = f"note.a_{turn}_{number}", 3 + turn * 10 + number
            if number == 5:
                history.append(Call(f"{number}", "append", {"entry": [content, None]}, turn * 10))
            else:
                history.append(add(f"{number}", turn * 10, turn * 10 + 5, seq, content))
    assert explain(history, RUNNING)
    assert not explain([*history, call("c", "overview", 200, 201, ["running", 103])], RUNNING)


# The ledger


def plans(seed: int, runs: Sequence[str]) -> list[list[dict[str, Any]]]:
    """What each client is to do: much of it about the same runs and ids, some of it wrong. In the end the runs end."""
    draw = random.Random(seed)
    shared = [UUID(int=draw.getrandbits(128), version=4).int for _ in range(RUNS * STEPS)]
    found = []
    for client in range(CLIENTS):
        steps: list[dict[str, Any]] = []
        for number in range(STEPS):
            beginning = number < len(BEGINNING)  # of all clients on one run
            run = runs[0] if beginning else draw.choice(runs)
            given: dict[str, Any] = {"run": run}
            if not beginning and draw.random() < 0.3:
                given["expected_seq"] = draw.choice([0, 0, 0, -1, 1])
            if not beginning and draw.random() < 0.3:
                given["epoch"] = draw.choice([0, 0, 0, -1])
            mine, key = f"note.{chr(97 + client)}_{number}", str(UUID(int=draw.getrandbits(128), version=4))
            # Ids and contents that other clients use at about the same time.
            at = f"{runs.index(run)}_{number // 4}"
            ours = [str(UUID(int=shared[runs.index(run) * STEPS + number // 4] ^ n)) for n in range(3)]
            kind = BEGINNING[number] if beginning else draw.choices(list(KINDS), list(KINDS.values()))[0]
            match kind:
                case "append":
                    steps.append({"name": kind, "given": {**given, "entry": [mine, None]}})
                case "shared":
                    steps.append({"name": "append", "given": {**given, "entry": [f"note.shared_{at}", ours[0]]}})
                case "stolen":
                    steps.append({"name": "append", "given": {**given, "entry": [mine, ours[0]]}})
                case "append_batch":
                    entries: list[list[str | None]] = [[f"{mine}_{n}", None] for n in range(3)]
                    steps.append({"name": kind, "given": {**given, "entries": entries}})
                case "shared_batch":
                    entries = [[f"note.first_{at}", ours[1]], [f"note.second_{at}", ours[2]]]
                    steps.append({"name": "append_batch", "given": {**given, "entries": entries}})
                case "lost":
                    steps.append({"name": "append", "given": {**given, "entry": [mine, key]}, "lose": True})
                    steps.append({"name": "append", "given": {**given, "entry": [mine, key]}})
                case _:
                    steps.append({"name": kind, "given": {"run": run}})
        for run in draw.sample(list(runs), len(runs)):
            for when in ("before", "after"):
                entry = [f"note.{chr(97 + client)}_{when}", None]
                status = draw.choice(["completed", "failed", "cancelled"])
                steps.append({"name": "append", "given": {"run": run, "entry": entry}})
                steps.append({"name": "transition", "given": {"run": run, "status": status}})
        found.append(steps)
    return found


BEGINNING = ["append", "shared", "stolen"]
KINDS = {
    "append": 30,
    "shared": 12,
    "stolen": 4,
    "append_batch": 10,
    "shared_batch": 8,
    "lost": 6,
    "claim": 6,
    "request_cancel": 2,
    "timeline": 8,
    "state": 6,
    "overview": 8,
}


def recorded(two_projects: TwoProjects, level: psycopg.IsolationLevel, seed: int) -> tuple[list[str], list[Call]]:
    """Fresh runs, and the calls that processes made on them."""
    setup = Client(two_projects.dsn_of("alice"), autocommit=False)
    runs = [str(setup.call("create_run", two_projects.a, "chat")) for _ in range(RUNS)]
    for run in runs:
        assert setup.call("transition_run", run, "running") == 2
    setup.commit()

    escaped = level.name.lower().replace("_", "\\ ")
    dsn = make_conninfo(two_projects.dsn_of("alice"), options=f"-c default_transaction_isolation={escaped}")
    with ExitStack() as stack:
        clients = []
        for number, steps in enumerate(plans(seed, runs)):
            process = stack.enter_context(
                subprocess.Popen([sys.executable, CLIENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(json.dumps({"client": "abcdefgh"[number], "dsn": dsn, "steps": steps}) + "\n")
            process.stdin.flush()
            clients.append((process.stdin, process.stdout))
        pids = [int(answers.readline()) for _, answers in clients]

        # All wait for the first run before any goes on.
        setup.call("append_event", runs[0], "note.gate")
        for questions, _ in clients:
            questions.write("go\n")
            questions.flush()
        wait_for_all(two_projects.dsn, pids)
        setup.rollback()
        histories = [json.loads(answers.readline()) for _, answers in clients]
    setup.close()
    return runs, [Call(**each) for history in histories for each in history]


def wait_for_all(dsn: str, pids: Sequence[int]) -> None:
    waiting = "select count(*) from unnest(%s::int[]) as p (pid) where pg_blocking_pids(p.pid) <> '{}'"
    with psycopg.connect(dsn, autocommit=True) as watcher:
        deadline = time.monotonic() + PATIENCE
        while one(watcher, waiting, list(pids)) < len(pids):
            assert time.monotonic() < deadline, "not all clients met"
            time.sleep(0.005)


def decided(runs: Sequence[str], history: Sequence[Call]) -> list[Verdict]:
    return [explain([each for each in history if each.given["run"] == run], RUNNING) for run in runs]


@every_level
@pytest.mark.parametrize("seed", SEEDS)
def test_every_history_could_have_happened_one_after_the_other(
    two_projects: TwoProjects, level: psycopg.IsolationLevel, seed: int
) -> None:
    runs, history = recorded(two_projects, level, seed)
    for run, verdict in zip(runs, decided(runs, history), strict=True):
        assert verdict, f"run {run}: {verdict}"

    # Of whatever can happen there is something. At the gate, all but one waited for a row that then changed.
    answers = {each.answer for each in history if isinstance(each.answer, str)}
    assert answers >= ({"MH002", "MH003", "MH005", "MH009", UNKNOWN} if level is READ_COMMITTED else {"40001", UNKNOWN})
    audrey = two_projects.connect("audrey")
    assert audrey.execute("select * from hypermind.check_integrity()").fetchall() == []
    for run in runs:
        assert audrey.execute("select valid, problem from hypermind.verify_run(%s)", (run,)).fetchone() == (True, None)


SABOTAGE = {  # what somebody may get wrong: the function, what it says, and what it says then
    "expected_seq is not looked at": (
        "append_once",
        [("and (p_expected_seq is null or p_expected_seq = h.last_seq)", "")],
    ),
    "an epoch fences nothing": ("append_once", [("and (p_epoch is null or p_epoch = h.epoch)", "")]),
    "ids are not kept": (
        "append_event",
        [("p_parent_seq, p_expected_seq, p_event_id, p_epoch", "p_parent_seq, p_expected_seq, null, p_epoch")],
    ),
    "a retry gets the last seq": (
        "appended_before",
        [
            (
                "return v_event.seq;",
                "return (select h.last_seq from hypermind.run_heads as h where h.run_id = p_run_id);",
            )
        ],
    ),
    "another one's id is taken for a retry": ("appended_before", [("if not v_same then", "if false then")]),
    "the seq is not that of the row that was waited for": (
        "append_once",
        [
            (
                "= h.last_seq + 1,",
                "= (select count(*) + 1 from hypermind.run_events as e where e.run_id = p_run_id),",
            ),
            ("v_recorded_at, v_hash\n    );", "v_recorded_at, v_hash\n    ) on conflict do nothing;"),
        ],
    ),
    "an end leaves the run open": (
        "close_run",
        [
            (
                "delete from hypermind.run_heads as h where",
                "update hypermind.run_heads as h set status = 'running' where",
            )
        ],
    ),
}


@pytest.fixture(scope="module")
def sabotaged(make_database: MakeDatabase) -> Iterator[TwoProjects]:
    """A database whose functions may be changed."""
    dsn = make_database("sabotaged")
    with ExitStack() as stack:
        yield make_two_projects(dsn, stack.enter_context(psycopg.connect(dsn, autocommit=True)), stack)


@pytest.mark.parametrize(("function", "changes"), SABOTAGE.values(), ids=SABOTAGE)
def test_what_is_broken_shows(sabotaged: TwoProjects, function: str, changes: list[tuple[str, str]]) -> None:
    with psycopg.connect(sabotaged.dsn, autocommit=True) as admin:
        definition = one(admin, "select pg_get_functiondef(oid) from pg_proc where proname = %s", function)
        broken = definition
        for says, would_say in changes:
            assert says in broken, f"{function} does not say {says}"
            broken = broken.replace(says, would_say)
        admin.execute(broken)
        try:
            runs, history = recorded(sabotaged, READ_COMMITTED, SEEDS[0])
        finally:
            admin.execute(definition)
    assert not all(decided(runs, history))
