"""A client that may be killed at any moment, what it wants to write, and the journal of what it wrote.

    python tests/crash_client.py DSN JOURNAL PROJECT SEED SLOT BEGAN UNTIL

What a client writes is a plan that follows from its seed and slot: the successor of one that was killed goes on where
that one was, and whoever checks knows every event that should be there. Before each write the journal gets an intent,
after the answer the acknowledgement, each by one write(2): what a killed process wrote stays written. A write without
an acknowledgement may have happened or not; it is done again, with the same ids.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import psycopg

BACKFILLER = 0  # the slot whose runs begin in months that nobody has made; it asks before each
STEPS = {"append": 30, "delta": 20, "batch": 12, "share": 12, "snapshot": 8, "artifact": 8, "pause": 8}
ENDS = ("completed", "failed", "cancelled")
PIN = {"prompt": {"kind": "prompt", "name": "greeting", "version": 1}}
AGAIN = ("40001", "40P01", "53100")  # conflict, deadlock, disk full: certainly not written
OLDEST_BACKFILL = (1971, 1)
NEWEST_BACKFILL = (2024, 12)


# What is to be written


@dataclass(frozen=True, slots=True)
class Op:
    """One write. number: which of its slot. last: the seq of the run's last event then; None: others write, too."""

    number: int
    kind: str
    run: UUID
    key: UUID  # decides ids and contents
    last: int | None
    size: int = 1  # events of a batch
    parent: UUID | None = None  # of a fork
    at: int = 0  # of a fork
    status: str = ""  # of a transition
    in_transaction: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it should be stored. payload: None where the server makes it."""

    event_type: str
    event_id: UUID | None = None
    payload: dict[str, Any] | None = None
    delta: dict[str, Any] | list[dict[str, Any]] | None = None


TRANSITIONS = {"start": "run.started", "pause": "run.paused", "resume": "run.resumed"}
CREATIONS = ("create", "period", "fork", "open")


def events_of(op: Op) -> list[Event]:
    """The events that a write adds."""
    if op.kind in CREATIONS:
        return [Event("run.created")]
    if op.kind in TRANSITIONS:
        return [Event(TRANSITIONS[op.kind])]
    if op.kind == "end":
        return [Event(f"run.{op.status}")]
    if op.kind == "artifact":
        return [Event("artifact.attached")]
    if op.kind in ("append", "share"):
        return [Event("note.added", op.key, payload_of(op.key))]
    if op.kind == "delta":
        return [Event("note.added", op.key, payload_of(op.key), delta_of(op.key))]
    if op.kind == "batch":
        ids = [uuid5(op.key, str(number)) for number in range(op.size)]
        return [
            Event("note.added", each, payload_of(each), delta_of(each) if each.int % 4 == 0 else None) for each in ids
        ]
    assert op.kind == "snapshot", op.kind
    return []


def payload_of(event_id: UUID) -> dict[str, Any]:
    """Mostly small; one in fifty is several pages, which is stored out of line."""
    size = 6000 if event_id.int % 50 == 0 else 40
    return {"of": str(event_id), "text": hashlib.shake_128(event_id.bytes).hexdigest(size)}


def delta_of(event_id: UUID) -> dict[str, Any] | list[dict[str, Any]]:
    """A merge patch, or a JSON Patch, that sets one member of the state."""
    name, value = f"k{event_id.int % 10}", str(event_id)
    if event_id.int % 3 == 0:
        return [{"op": "add", "path": f"/{name}", "value": value}]
    return {name: value}


def fork_patch(op: Op) -> dict[str, Any]:
    return {"forked": str(op.key)}


def plan(seed: int, slot: int, began: datetime) -> Iterator[Op]:
    """All that the client of a slot wants to write, in order, for ever."""
    return (op for story in _stories(seed, slot, began) for op in story)


def _stories(seed: int, slot: int, began: datetime) -> Iterator[list[Op]]:
    """The runs of a slot, one after the other. A third of them are forks of the one before."""
    rng = random.Random(f"{seed} {slot}")
    months = _months()
    number, before = 0, None
    for story in itertools.count():
        if slot == BACKFILLER:
            ops = _Story(rng, number, _run_id(rng, next(months)))
            ops.create("period")
            ops.go_on(rng.randint(2, 6))
        else:
            ops = _Story(rng, number, _run_id(rng, began))
            if story % 3 == 0:
                ops.open_shared(_shared_run(seed, story, began))
            if before is not None and rng.random() < 0.3:
                ops.create("fork", before.run, rng.randint(0, before.last))
            else:
                ops.create("create")
            ops.go_on(rng.randint(20, 60), _shared_run(seed, story, began))
        yield ops.ops
        number, before = ops.number, ops


class _Story:
    """One run from its creation to its end; one in twenty is left open."""

    def __init__(self, rng: random.Random, number: int, run: UUID) -> None:
        self.rng, self.number, self.run = rng, number, run
        self.last = 0
        self.ops: list[Op] = []

    def add(self, kind: str, size: int = 1, **more: Any) -> None:
        self.last += 0 if kind == "snapshot" else size
        key, in_transaction = self._key(), self.rng.random() < 0.3
        self._keep(Op(self.number, kind, self.run, key, self.last, size, in_transaction=in_transaction, **more))

    def _key(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128), version=4)

    def _keep(self, op: Op) -> None:
        self.ops.append(op)
        self.number += 1

    def open_shared(self, run: UUID) -> None:
        """Creates and starts a run that all slots write to: whoever comes first does it, the others repeat it."""
        self._keep(Op(self.number, "open", run, run, None))
        self._keep(Op(self.number, "start", run, run, None, status="running"))

    def create(self, kind: str, parent: UUID | None = None, at: int = 0) -> None:
        self.add(kind, parent=parent, at=at)
        self.add("start", status="running")

    def go_on(self, steps: int, shared: UUID | None = None) -> None:
        for kind in self.rng.choices(list(STEPS), list(STEPS.values()), k=steps):
            if kind == "pause":
                self.add("pause", status="paused")
                self.add("resume", status="running")
            elif kind == "batch":
                self.add("batch", size=self.rng.randint(10, 70))
            elif kind != "share":
                self.add(kind)
            elif shared is not None:
                self._keep(Op(self.number, "share", shared, self._key(), None))
        if self.rng.random() < 0.95:
            self.add("end", status=self.rng.choice(ENDS))


def _months() -> Iterator[datetime]:
    """The first moments of months of the past, newest first."""
    year, month = NEWEST_BACKFILL
    while (year, month) >= OLDEST_BACKFILL:
        yield datetime(year, month, 1, tzinfo=UTC)
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)


def _run_id(rng: random.Random, at: datetime) -> UUID:
    """A UUIDv7 of that millisecond."""
    low = rng.getrandbits(74)
    return UUID(int=int(at.timestamp() * 1000) << 80 | 7 << 76 | low >> 62 << 64 | 2 << 62 | low & (1 << 62) - 1)


def _shared_run(seed: int, story: int, began: datetime) -> UUID:
    return _run_id(random.Random(f"{seed} shared {story // 3}"), began)


# The journal


class Journal:
    """What the client of a slot has noted, read as it grows. Lines are a word, then what belongs to it:

    connected PID; intent NUMBER KIND; ack NUMBER ANSWER; lost NUMBER SQLSTATE (the connection, before the answer);
    again NUMBER SQLSTATE (not written, to be repeated); found NUMBER yes|no (whether a write that was lost is there);
    asks (may the next month be made?); refused NUMBER MESSAGE.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers: list[str] = []  # of acknowledged writes, by number
        self.intended = 0  # how many were begun
        self.kind = ""  # of the last one begun
        self.backend: int | None = None
        self.asks = False
        self.refused = ""
        self.lost = 0
        self.again: Counter[str] = Counter()  # by SQLSTATE
        self.found = {"yes": 0, "no": 0}
        self._offset = 0

    def __str__(self) -> str:
        return f"{self.path.name}: {self.acknowledged} acknowledged, under way: {self.under_way or 'nothing'}"

    @property
    def acknowledged(self) -> int:
        return len(self.answers)

    @property
    def under_way(self) -> str:
        """The kind of the write that waits for its answer; empty: none."""
        return self.kind if self.intended > self.acknowledged else ""

    def read(self) -> Journal:
        """Takes in what was written since. A line that is not finished yet is left for the next time."""
        if not self.path.exists():
            return self
        with self.path.open("rb") as file:
            file.seek(self._offset)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.decode().splitlines():
            self._take(*line.split(" ", 2))
        return self

    def _take(self, word: str, first: str = "", second: str = "") -> None:
        self.asks = word == "asks"
        if word == "intent":
            self.intended, self.kind = int(first) + 1, second
        elif word == "ack":
            assert int(first) == self.acknowledged, f"{self.path}: {first} was acknowledged out of order"
            self.answers.append(second)
        elif word == "connected":
            self.backend = int(first)
        elif word == "refused":
            self.refused = second
        elif word == "lost":
            self.lost += 1
        elif word == "again":
            self.again[second] += 1
        elif word == "found":
            self.found[second] += 1


# The client


class Client:
    """Writes its plan through one connection; a lost one is replaced, and what was lost with it done again."""

    def __init__(self, dsn: str, journal: Path, project: UUID, prepare_threshold: int | None = 5) -> None:
        self.dsn, self.project, self.prepare_threshold = dsn, project, prepare_threshold
        self.position = Journal(journal).read()
        self._file = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._connection: psycopg.Connection[Any] | None = None
        self._parent = os.getppid()

    def work(self, ops: Iterator[Op], until: int | None = None) -> None:
        """Goes on with the plan, up to the write of that number."""
        begun, done = self.position.intended, self.position.acknowledged
        for op in itertools.islice(ops, done, until):
            if op.kind == "period" and op.number >= begun:
                self.note("asks")
                if not sys.stdin.readline():
                    return
            self.write(op, retried=op.number < begun)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        os.close(self._file)

    def note(self, *words: object) -> None:
        os.write(self._file, (" ".join(map(str, words)) + "\n").encode())

    def write(self, op: Op, retried: bool) -> None:
        while True:
            sent = False
            try:
                connection = self._connected()
                if retried:
                    self.note("found", op.number, "yes" if self._is_there(connection, op) else "no")
                self.note("intent", op.number, op.kind)
                sent = True
                with connection.transaction() if op.in_transaction else nullcontext():
                    answer = self._call(connection, op)
                self.note("ack", op.number, answer)
                return
            except psycopg.Error as error:
                if self._connection is None or self._connection.closed:
                    self._connection = None
                    if sent:
                        self.note("lost", op.number, error.sqlstate)
                    retried = retried or sent
                elif error.sqlstate in AGAIN:
                    self.note("again", op.number, error.sqlstate)
                else:
                    self.note("refused", op.number, " ".join(str(error).split()))
                    raise
                self._rest()

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            self._connection = psycopg.connect(self.dsn, autocommit=True, prepare_threshold=self.prepare_threshold)
            self.note("connected", self._connection.info.backend_pid)
        return self._connection

    def _rest(self) -> None:
        if os.getppid() != self._parent:
            sys.exit("nobody is there any more to check what is written")
        time.sleep(0.01)

    def _call(self, connection: psycopg.Connection[Any], op: Op) -> Any:
        query, args = _call_of(op, self.project)
        return _one(connection, query, args)

    def _is_there(self, connection: psycopg.Connection[Any], op: Op) -> bool:
        query, args = _look_of(op)
        return bool(_one(connection, f"select exists ({query})", args))


def _one(connection: psycopg.Connection[Any], query: str, args: tuple[Any, ...]) -> Any:
    row = connection.execute(query.encode(), args).fetchone()
    assert row is not None
    return row[0]


def _call_of(op: Op, project: UUID) -> tuple[str, tuple[Any, ...]]:
    """The call that writes it, whose answer is a seq, or the id of what it made."""
    if op.kind in ("create", "period", "open"):
        return "select hypermind.create_run(%s, 'chat', %s, p_input => %s, p_run_id => %s)", (
            *(project, json.dumps(PIN), json.dumps({"of": str(op.run)}), op.run),
        )
    if op.kind == "fork":
        return "select hypermind.fork_run(%s, %s, %s, p_new_run_id => %s)", (
            *(op.parent, op.at, json.dumps(fork_patch(op)), op.run),
        )
    if op.status:
        return "select hypermind.transition_run(%s, %s)", (op.run, op.status)
    if op.kind == "artifact":
        return (
            "select hypermind.attach_artifact(%s, 'log', %s, %s, %s, p_artifact_id => %s)",
            (op.run, f"s3://bucket/{op.key}", hashlib.sha256(op.key.bytes).digest(), op.key.int % 1000, op.key),
        )
    if op.kind == "snapshot":
        return "select hypermind.take_snapshot(%s)", (op.run,)
    events = events_of(op)
    if op.kind == "batch":
        batch: list[dict[str, Any]] = [
            {"event_type": event.event_type, "event_id": str(event.event_id), "payload": event.payload}
            | ({} if event.delta is None else {"state_delta": event.delta})
            for event in events
        ]
        return "select hypermind.append_events(%s, %s)", (op.run, json.dumps(batch))
    (event,) = events
    delta = None if event.delta is None else json.dumps(event.delta)
    return (
        "select hypermind.append_event(%s, %s, %s, %s, p_event_id => %s)",
        (op.run, event.event_type, json.dumps(event.payload), delta, event.event_id),
    )


def _look_of(op: Op) -> tuple[str, tuple[Any, ...]]:
    """The query that finds what the write should have left."""
    if op.kind in CREATIONS:
        return "select from hypermind.runs where run_id = %s", (op.run,)
    if op.status:
        return "select from hypermind.run_summaries where run_id = %s and status = %s", (op.run, op.status)
    if op.kind == "artifact":
        return "select from hypermind.run_artifacts where run_id = %s and artifact_id = %s", (op.run, op.key)
    if op.kind == "snapshot":
        return "select from hypermind.run_state_snapshots where run_id = %s and seq = %s", (op.run, op.last)
    return "select from hypermind.run_events where run_id = %s and event_id = %s", (
        *(op.run, events_of(op)[0].event_id),
    )


def main() -> None:
    dsn, journal, project, seed, slot, began, until = sys.argv[1:]
    client = Client(dsn, Path(journal), UUID(project))
    ops = plan(int(seed), int(slot), datetime.fromisoformat(began))
    client.work(ops, int(until) if until else None)
    client.close()


if __name__ == "__main__":
    main()
