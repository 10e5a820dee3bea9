"""One client of the soak: a process that sends calls when they fall due, and notes how long each took.

    python bench/soak_client.py JOB

JOB is the JSON of a Job. The client ends on SIGTERM. It keeps two files: what it measured, a JSON line a window of ten
seconds (the milliseconds of each call by its kind, and errors), and what was acknowledged, a line a run with its last
seq. Each is written as it happens, so that a client that runs for hours holds no more than one that runs for minutes.

Calls fall due at fixed times, whatever the server does. A call that waits because the one before it is late took that
much longer: times count from the moment when it was due.
"""

from __future__ import annotations

import heapq
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg

import hypermindlabs
from hypermindlabs import NewEvent, errors
from hypermindlabs.database_router import RetryPolicy

WINDOW = 10  # seconds
BATCH = 20
CLAIM = timedelta(minutes=10)
VARIABLES = 50  # members of the state that a long run sets again and again
YARDSTICK_ROWS = 500
WORDS = 5000

# What a writer does in one cycle, in calls. Each half is one short run, from its creation to its end.
LIFE = {"append": 30, "append to a long run": 30, "append with a patch": 14, "artifact": 3, "claim": 2}
LIFE |= {"batch": 4, "append again": 2, "refused append": 2, "snapshot": 1}
CALLS_A_CYCLE = sum(LIFE.values()) + 8
EVENTS_A_CYCLE = 30 + 30 + 14 + 3 + 4 * BATCH + 8


@dataclass(frozen=True)
class Job:
    """What a client is to do. began: when, by the machine's monotonic clock. rate: events a second of each writer.

    quicker: by how much what happens once a minute happens more often, in a soak of minutes. long_runs: those that last
    as long as the soak; a writer's own is the first.
    """

    name: str
    kind: str
    dsn: str
    folder: str
    began: float
    rate: float
    quicker: float
    projects: list[str]
    long_runs: list[str]

    @property
    def measured(self) -> Path:
        """What was measured."""
        return Path(self.folder) / f"{self.name}.jsonl"

    @property
    def acknowledged(self) -> Path:
        """What was acknowledged."""
        return Path(self.folder) / f"{self.name}.runs"


class Wrong(Exception):
    """A call was answered, but not as it should be."""


# Calls that fall due


@dataclass
class Recorder:
    """Keeps the times of one window, and writes them down when the next one begins."""

    path: Path
    began: float
    window: int = 0
    found: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)  # checks of health() that were not ok

    def note(self, kind: str, due: float) -> None:
        now = time.monotonic()
        self.move_to(int((now - self.began) // WINDOW))
        self.found.setdefault(kind, []).append(round((now - due) * 1000, 3))

    def move_to(self, window: int) -> None:
        if window != self.window:
            self.flush()
            self.window = window

    def flush(self) -> None:
        line = {"window": self.window, "calls": self.found, "errors": self.errors, "health": self.health}
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")
        self.found, self.errors, self.health = {}, [], []


@dataclass(order=True)
class Task:
    """A call that falls due every so many seconds. run: does it, and says of which kind it was."""

    due: float
    number: int
    every: float = field(compare=False)
    run: Callable[[], str] = field(compare=False)


class Client:
    """Sends what falls due, one call at a time, until it is told to stop."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.random = random.Random(job.name)
        self.recorder = Recorder(job.measured, job.began)
        self.tasks: list[Task] = []
        self.stopped = False

    def stop(self, *_: object) -> None:
        self.stopped = True

    def every(self, seconds: float, run: Callable[[], str]) -> None:
        """Has a call made every so many seconds. No two tasks begin at once."""
        number = len(self.tasks)
        self.tasks.append(Task(self.job.began + seconds * (number + 1) / (number + 2), number, seconds, run))

    def work(self) -> None:
        heapq.heapify(self.tasks)
        parent = os.getppid()
        while not self.stopped and os.getppid() == parent:
            task = self.tasks[0]
            wait = task.due - time.monotonic()
            if wait > 0:
                time.sleep(min(wait, 0.5))
                continue
            self.do(task)
            heapq.heapreplace(self.tasks, Task(task.due + task.every, task.number, task.every, task.run))
        self.recorder.flush()

    def do(self, task: Task) -> None:
        try:
            kind = task.run()
        except (psycopg.Error, Wrong) as error:
            self.recorder.errors.append(f"{self.job.name}: {' '.join(str(error).split())[:300]}")
        else:
            self.recorder.note(kind, task.due)


class LabClient(Client):
    """A client of the package: one connection, and nothing is tried again, so that each conflict is seen."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.lab = hypermindlabs.connect(job.dsn, max_size=1, retry=RetryPolicy(attempts=1))
        self.projects = [UUID(project) for project in job.projects]
        self.long_runs = [UUID(run) for run in job.long_runs]

    def acknowledge(self, run: UUID, last_seq: int) -> None:
        with self.job.acknowledged.open("a") as file:
            file.write(f"{run} {last_seq}\n")


# Writers


class Writer(LabClient):
    """Short runs, one after the other, and a long one beside them."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.project = self.projects[0]
        self.payloads = made_up(self.random)
        self.serial = 0
        self.long_run, self.last_long = self.long_runs[0], 0
        self.epoch = 0
        self.last_event: dict[str, Any] = {}
        self.last_seq = 0
        self.run = self.before = self.long_run
        self.last = self.last_before = 0
        self.calls = cycles(self.random)
        self.every(EVENTS_A_CYCLE / CALLS_A_CYCLE / job.rate, self.step)

    def begin(self) -> None:
        """The long run's state, and its claim."""
        self.epoch = self.lab.runs.claim(self.long_run, self.job.name, CLAIM)
        self.last_long = self.lab.runs.append(
            self.long_run, "stage.entered", {"stage": "work"}, {"step": 0, "vars": {}}, epoch=self.epoch
        )

    def work(self) -> None:
        self.begin()
        super().work()
        self.acknowledge(self.long_run, self.last_long)
        if self.last:
            self.acknowledge(self.run, self.last)

    def step(self) -> str:
        kind = next(self.calls)
        self.serial += 1
        CALLS[kind](self)
        return kind

    def create(self) -> None:
        self.run = self.lab.runs.create(
            self.project,
            "chat",
            input={"question": next(self.payloads)["content"][:200]},
            metadata={"title": f"run {self.serial} of {self.job.name}"},
            tags=["soak", f"t{self.serial % 5}"],
            agent="helper",
            model="m-1",
        )
        self.last = 1

    def fork(self) -> None:
        at = self.random.randint(1, self.last_before)
        self.run = self.lab.replay.fork(self.before, at, state_patch={"forked": self.serial})
        self.last = 1

    def start(self) -> None:
        self.last = self.lab.runs.start(self.run)

    def end(self) -> None:
        end = self.lab.runs.fail if self.serial % 10 == 0 else self.lab.runs.complete
        self.last = end(self.run)
        self.acknowledge(self.run, self.last)
        self.before, self.last_before, self.last = self.run, self.last, 0

    def append(self) -> None:
        self.last_event = self.event()
        self.last = self.last_seq = self.lab.runs.append(self.run, **self.last_event)

    def again(self) -> None:
        """The answer to the append before was lost."""
        seq = self.lab.runs.append(self.run, **self.last_event)
        if seq != self.last_seq:
            raise Wrong(f"an event of run {self.run} was appended as {self.last_seq}, and again as {seq}")

    def refused(self) -> None:
        """Somebody believes in an older seq."""
        try:
            self.lab.runs.append(self.run, "note.added", expected_seq=self.last - 1, event_id=uuid4())
        except errors.ExpectedSeqConflict:
            return
        raise Wrong(f"an append to run {self.run} with an older expected_seq was taken")

    def append_long(self) -> None:
        self.last_long = self.lab.runs.append(self.long_run, **self.event(), epoch=self.epoch)

    def patch(self) -> None:
        """Sets one of the long run's variables: its state does not grow, its deltas do."""
        name = f"v{self.serial % VARIABLES}"
        value = next(self.payloads)["content"][:200]
        delta: Any = {"vars": {name: value}, "step": self.serial}
        if self.serial % 2:
            delta = [{"op": "add", "path": f"/vars/{name}", "value": value}]
        self.last_long = self.lab.runs.append(
            self.long_run, "stage.entered", {"stage": name}, delta, event_id=uuid4(), epoch=self.epoch
        )

    def batch(self) -> None:
        """By turns to the short run, with deltas, and to the long one."""
        made = (self.event() for _ in range(BATCH))
        if self.serial % 2:
            self.last_long = self.lab.runs.append_many(
                self.long_run, [NewEvent(**event) for event in made], epoch=self.epoch
            )
            return
        events = [NewEvent(**event, state_delta={"step": n}) for n, event in enumerate(made)]
        self.last = self.lab.runs.append_many(self.run, events)

    def artifact(self) -> None:
        content = str(self.serial).encode()
        uri = f"s3://bucket/{self.job.name}/{self.serial}"
        self.lab.runs.attach(self.run, "report", uri, content.ljust(32, b"."), len(content), artifact_id=uuid4())
        self.last += 1

    def claim(self) -> None:
        self.lab.runs.claim(self.long_run, self.job.name, CLAIM, epoch=self.epoch)

    def snapshot(self) -> None:
        self.lab.runs.take_snapshot(self.long_run)

    def event(self) -> dict[str, Any]:
        """Of about a kilobyte, of the kinds that agents record."""
        event_type, fields = EVENTS[self.serial % len(EVENTS)]
        payload = {**next(self.payloads), "n": self.serial}
        if event_type.startswith("tool."):
            payload["gen_ai.tool.name"] = "search"
        return {"event_type": event_type, "payload": payload, "event_id": uuid4(), **fields}


EVENTS: list[tuple[str, dict[str, Any]]] = [
    ("model.requested", {"model": "m-1"}),
    ("model.responded", {"model": "m-1", "input_tokens": 900, "output_tokens": 120, "cost": 0.004}),
    ("tool.called", {"tool": "search"}),
    ("tool.returned", {"tool": "search"}),
    ("message.added", {}),
]
CALLS: dict[str, Callable[[Writer], None]] = {
    "create": Writer.create,
    "fork": Writer.fork,
    "start": Writer.start,
    "end": Writer.end,
    "append": Writer.append,
    "append again": Writer.again,
    "refused append": Writer.refused,
    "append to a long run": Writer.append_long,
    "append with a patch": Writer.patch,
    "batch": Writer.batch,
    "artifact": Writer.artifact,
    "claim": Writer.claim,
    "snapshot": Writer.snapshot,
}


def cycles(rng: random.Random) -> Iterator[str]:
    """The calls of a writer, for ever: the same in each cycle, in another order."""
    while True:
        calls = [kind for kind, times in LIFE.items() for _ in range(times)]
        rng.shuffle(calls)
        half = len(calls) // 2
        for create, part in (("create", calls[:half]), ("fork", calls[half:])):
            # What is appended again, and what is refused, needs an append before it.
            yield from (create, "start", "append", *part, "end")


def made_up(rng: random.Random) -> Iterator[dict[str, Any]]:
    """Payloads of a kilobyte, a hundred of them again and again. Word n stands in about every (n + 1)-th."""
    texts = [" ".join(f"w{int(WORDS ** rng.random())}" for _ in range(200)) for _ in range(100)]
    while True:
        yield from ({"role": "assistant", "content": text} for text in texts)


# Readers


class Reader(LabClient):
    """What people and dashboards ask for, of the runs that are newest, and of long ones anywhere."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.ended: list[UUID] = list(self.long_runs)
        self.last = dict.fromkeys(self.long_runs, 1)
        unit = 150 / (job.rate * 4)  # seconds
        for seconds, run in (
            (1, self.list),
            (1, self.timeline),
            (0.5, self.tail),
            (1, self.page),
            (2, self.common),
            (2, self.rare),
            (1, self.state),
            (2, self.replay),
            (2, self.activity),
        ):
            self.every(seconds * unit, run)

    def list(self) -> str:
        runs = self.lab.runs.list(project_id=self.random.choice(self.projects), limit=50)
        self.ended = [run.run_id for run in runs if run.is_closed] or self.ended
        return "list of runs"

    def timeline(self) -> str:
        self.lab.runs.timeline(self.random.choice(self.ended), limit=100)
        return "timeline of a short run"

    def tail(self) -> str:
        """What has come since the last time."""
        run = self.random.choice(self.long_runs)
        entries = self.lab.runs.timeline(run, after_seq=max(self.last[run] - 5, 0), limit=100)
        self.last[run] = entries[-1].seq
        return "tail of a long run"

    def page(self) -> str:
        run, seq = self.somewhere()
        self.lab.runs.timeline(run, after_seq=seq - 1, limit=50)
        return "page of a long run"

    def common(self) -> str:
        self.lab.runs.search(f"w{self.random.randint(2, 10)}", project_id=self.random.choice(self.projects))
        return "search, common word"

    def rare(self) -> str:
        self.lab.runs.search(f"w{self.random.randint(4000, 4999)}", project_id=self.random.choice(self.projects))
        return "search, rare word"

    def state(self) -> str:
        self.lab.replay.state_at(*self.somewhere())
        return "state_at"

    def replay(self) -> str:
        self.lab.replay.resolve(*self.somewhere())
        return "replay context"

    def activity(self) -> str:
        now = datetime.now(UTC)
        self.lab.runs.activity(now - timedelta(minutes=5), now + timedelta(minutes=5), limit=50)
        return "activity"

    def somewhere(self) -> tuple[UUID, int]:
        run = self.random.choice(self.long_runs)
        return run, self.random.randint(1, self.last[run])


class Dashboard(LabClient):
    """Figures. They read every event of open runs, so that nobody else waits for them."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.every(20 / job.quicker, self.rollup)

    def rollup(self) -> str:
        today = datetime.now(UTC).date()
        self.lab.runs.rollup(today - timedelta(days=1), today + timedelta(days=2), group_by=["project", "status"])
        return "rollup"


# Who looks after the ledger


class Keeper(LabClient):
    """An operator: what timers do, and what people do now and then."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.hold: UUID | None = None
        self.to_erase: UUID | None = None
        for seconds, run in (
            (60, self.maintain),
            (20, self.refresh),
            (30, self.health),
            (300, self.periods),
            (120, self.plan),
            (60, self.digest),
            (2, self.verify),
            (30, self.hold_or_release),
            (30, self.erase),
        ):
            self.every(seconds / job.quicker, run)

    def maintain(self) -> str:
        failed = [step for step in self.lab.operations.maintain() if step.failed]
        if failed:
            raise Wrong(f"maintain: {failed}")
        return "maintain"

    def refresh(self) -> str:
        self.lab.runs.refresh_rollups()
        return "refresh_rollups"

    def health(self) -> str:
        for check in self.lab.operations.health():
            if check.verdict != "ok":
                self.recorder.health.append(f"{check.check_name}: {check.verdict}, {check.value} {check.unit}")
        return "health"

    def periods(self) -> str:
        self.lab.runs.ensure_periods()
        return "ensure_periods"

    def plan(self) -> str:
        self.lab.operations.plan_retention()
        return "plan_retention"

    def digest(self) -> str:
        self.lab.operations.issue_digest()
        return "issue_digest"

    def verify(self) -> str:
        """A short run that has ended lately."""
        ended = [run for run in self.lab.runs.list(limit=30) if run.is_closed and run.events > 10]
        if ended:
            run = self.random.choice(ended).run_id
            if not self.lab.replay.verify(run):
                raise Wrong(f"run {run} does not verify")
        return "verify_run of a short run"

    def hold_or_release(self) -> str:
        if self.hold is None:
            self.hold = self.lab.runs.place_hold(self.projects[0], "a dispute", run_id=self.long_runs[0])
            return "place_hold"
        hold, self.hold = self.hold, None
        self.lab.runs.release_hold(hold, "settled")
        return "release_hold"

    def erase(self) -> str:
        """By turns makes a run of the keeper's own, and erases an event of it: others replay from theirs."""
        if self.to_erase is None:
            run = self.lab.runs.create(self.projects[1], "batch")
            self.lab.runs.start(run)
            self.lab.runs.append_many(run, [NewEvent("note.added", {"secret": n}) for n in range(5)])
            self.acknowledge(run, self.lab.runs.complete(run))
            self.to_erase = run
            return "a run of five events"
        run, self.to_erase = self.to_erase, None
        self.lab.runs.erase_payload(run, 4, "a password")
        return "erase_payload"


# What everything is compared with


class Yardstick(Client):
    """What an INSERT of a kilobyte and a SELECT of always the same rows take, in the same database, meanwhile."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.connection = psycopg.connect(job.dsn, autocommit=True)
        self.text = "x" * 1000
        self.every(0.2, self.insert)
        self.every(0.2, self.select)

    def insert(self) -> str:
        self.connection.execute("insert into soak.yardstick (content) values (%s)", (self.text,))
        return "plain INSERT"

    def select(self) -> str:
        """Rows by their key, and some work with each."""
        self.connection.execute(
            "select sum(length(md5(content || id))) from soak.yardstick where id <= %s", (YARDSTICK_ROWS,)
        )
        return "plain SELECT"


CLIENTS: dict[str, Callable[[Job], Client]] = {
    "writer": Writer,
    "reader": Reader,
    "dashboard": Dashboard,
    "keeper": Keeper,
    "yardstick": Yardstick,
}


def command(job: Job) -> list[str]:
    """How the client of a job is started."""
    return [sys.executable, str(Path(__file__)), json.dumps(asdict(job))]


def main() -> None:
    job = Job(**json.loads(sys.argv[1]))
    client = CLIENTS[job.kind](job)
    signal.signal(signal.SIGTERM, client.stop)
    client.work()


if __name__ == "__main__":
    main()
