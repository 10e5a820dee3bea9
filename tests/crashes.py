"""A siege: clients write to a ledger while they, their backends and the server are killed, and nothing may be lost.

    with fortress("wheel18") as ledger, Siege(ledger, folder, seed=1, slots=5) as siege:
        siege.strike("postmaster", "batch")

The clients are processes of their own (crash_client.py). After each strike the server must come back, everything that
was acknowledged must be there (crash_check.py), and every client must get on.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import harness
import psycopg
from conftest import TwoProjects, make_two_projects
from crash_check import Checker, left_behind
from crash_client import BACKFILLER, Journal

from hypermindlabs.deploy import deploy
from hypermindlabs.embedded import EmbeddedError, Server

CLIENT = Path(__file__).with_name("crash_client.py")
VICTIMS = ("client", "backend", "postmaster", "immediate stop", "terminated backend")
WORK = {  # what is to be under way, and the kinds of writes that it is
    "append": ("append", "share"),
    "delta": ("delta",),
    "batch": ("batch",),
    "snapshot": ("snapshot",),
    "transition": ("start", "pause", "resume", "end"),
    "fork": ("fork",),
    "artifact": ("artifact",),
    "period": ("period",),
    "creation": ("create", "open"),
}
SINGLE = ("append", "share", "delta")
PATIENCE = 120  # seconds in which everything that goes on must have gone on
AIM = 3  # seconds to wait for a certain kind of write
POLL = 0.0005


class Stuck(AssertionError):
    """Something did not go on after a crash."""


@dataclass(frozen=True)
class Ledger:
    server: Server
    people: TwoProjects

    @property
    def dsn(self) -> str:
        """The superuser's."""
        return self.people.dsn


@contextmanager
def fortress(kind: str) -> Iterator[Ledger]:
    """A server that writes what it acknowledges, with the schema in it, and its people."""
    with harness.temporary_server(kind, durable=True) as server, ledger_on(server) as ledger:
        yield ledger


@contextmanager
def ledger_on(server: Server) -> Iterator[Ledger]:
    """The schema and its people, on a server that has none yet."""
    dsn = server.dsn("ledger")
    server.ensure_database("ledger")
    deploy(dsn)
    with psycopg.connect(dsn, autocommit=True) as admin, ExitStack() as stack:
        assert {_row(admin, f"show {name}") for name in harness.DURABILITY} == {("on",)}
        people = make_two_projects(dsn, admin, stack)
        with psycopg.connect(people.dsn_of("alice"), autocommit=True) as alice:
            alice.execute("select hypermind.register_config(%s, 'prompt', 'greeting', '{}')", (people.a,))
        admin.close()
        yield Ledger(server, people)


# Clients


@dataclass
class Slot:
    """A place for a client: its journal, and the process that has it now."""

    journal: Journal
    command: list[str]
    process: subprocess.Popen[str]

    @classmethod
    def fill(cls, journal: Path, *words: object) -> Slot:
        command = [sys.executable, str(CLIENT), *map(str, words)]
        return cls(Journal(journal), command, _spawn(command))

    def refill(self, until: int | None = None) -> None:
        """Starts a successor. until: it ends when it has done the writes before that number."""
        self.command[-1] = "" if until is None else str(until)
        self.process = _spawn(self.command)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def let_go_on(self) -> None:
        """Lets it make the month that it asks for."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()


def _spawn(command: list[str]) -> subprocess.Popen[str]:
    streams: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=harness.REPO, text=True, **streams)


# The siege


@dataclass
class Figures:
    began: float = field(default_factory=time.monotonic)
    kills: Counter[str] = field(default_factory=Counter)  # by victim
    under_way: Counter[tuple[str, str]] = field(default_factory=Counter)  # victim, what it did: writes that were hit
    recovery: dict[str, list[float]] = field(default_factory=dict)  # seconds until the server answered
    refused_starts: int = 0  # processes of the crashed server were still there
    looks: int = 0
    looked_for: float = 0.0  # seconds


class Siege:
    """Clients at work, and who kills. Slot 0 makes months, each only when it is to be killed at that."""

    def __init__(self, ledger: Ledger, folder: Path, *, seed: int, slots: int) -> None:
        self.ledger = ledger
        self.random = random.Random(seed)
        self.began = datetime.now(UTC)
        self.figures = Figures()
        self.slots: list[Slot] = []
        self._patterns = itertools.cycle([0.0, 0.0, 0.001, 0.003])
        people = ledger.people
        for number in range(slots):
            dsn = people.dsn_of("oscar" if number == BACKFILLER else "alice")
            journal = folder / f"journal-{number}"
            words = (dsn, journal, people.a, seed, number, self.began.isoformat(), "")
            self.slots.append(Slot.fill(journal, *words))
        self.checker = Checker(seed, self.began, [slot.journal for slot in self.slots])

    def __enter__(self) -> Siege:
        self.wait_for_progress()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for slot in self.slots:
            slot.kill()

    # Strikes

    def strike(self, victim: str, work: str) -> None:
        """Kills the victim while such work is under way, if any can be met, and sees that everything goes on."""
        witness = psycopg.connect(self.ledger.dsn, autocommit=True)
        while not self._hit(victim, self._aim(work)):
            pass
        self.figures.kills[victim] += 1
        if victim not in ("client", "terminated backend"):
            began = time.monotonic()
            self.wait_for(lambda: not _is_alive(witness), "the crash to reach all sessions")
            self.wait_for_server()
            self.figures.recovery.setdefault(victim, []).append(time.monotonic() - began)
        witness.close()
        self.wait_for_progress()
        self.look()

    def work(self, writes: int) -> None:
        """Lets the clients write that much."""
        goal = sum(slot.journal.read().acknowledged for slot in self.slots) + writes
        self.wait_for(lambda: sum(slot.journal.read().acknowledged for slot in self.slots) >= goal, f"{writes} writes")

    def look(self, *, everything: bool = False) -> None:
        began = time.monotonic()
        with self._clients_suspended(), psycopg.connect(self.ledger.dsn, autocommit=True) as connection:
            problems = self.checker.look(connection, everything=everything)
        if problems:
            raise AssertionError(f"{len(problems)} problems, the first: " + "; ".join(problems[:5]))
        self.figures.looks += 1
        self.figures.looked_for += time.monotonic() - began

    @contextmanager
    def _clients_suspended(self) -> Iterator[None]:
        """They stand still where they are, in transactions or not, so that the look costs what a strike cost."""
        for slot in self.slots:
            slot.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for slot in self.slots:
                slot.process.send_signal(signal.SIGCONT)

    def wait_for_progress(self) -> None:
        """Every client gets another write acknowledged: no run is stuck."""
        before = [slot.journal.acknowledged for slot in self.slots]

        def all_moved() -> bool:
            return all(
                slot.journal.read().acknowledged > done or slot.journal.asks
                for slot, done in zip(self.slots, before, strict=True)
            )

        self.wait_for(all_moved, "all clients to go on")

    def wait_for_server(self) -> None:
        self.wait_for(self._runs_again, "the server to be back")

    def refusals(self, sqlstate: str) -> int:
        """How many writes certainly did nothing, for that reason."""
        return sum(slot.journal.read().again[sqlstate] for slot in self.slots)

    def use_up_log(self) -> None:
        """Has the server begin new files of its write-ahead log, until it cannot."""
        with suppress(psycopg.OperationalError), psycopg.connect(self.ledger.dsn, autocommit=True) as admin:
            while True:
                admin.execute("select pg_switch_wal()")

    def _aim(self, work: str) -> Slot:
        """A slot where such work is under way; after a while any slot."""
        if work == "period":
            backfiller = self.slots[BACKFILLER]
            self.wait_for(lambda: backfiller.journal.read().asks, "the backfiller to have done its run")
            backfiller.let_go_on()
        deadline = time.monotonic() + AIM
        while time.monotonic() < deadline:
            for slot in self.slots:
                if slot.journal.read().under_way in WORK[work]:
                    time.sleep(next(self._patterns))
                    return slot
            self._check_clients()
            time.sleep(POLL)
        return self.random.choice(self.slots[1:])

    def _hit(self, victim: str, slot: Slot) -> bool:
        """Whether the victim was there to be killed."""
        if victim == "client":
            slot.kill()
            self._note(victim, slot)
            slot.refill()
            return True
        if victim == "terminated backend":
            with psycopg.connect(self.ledger.dsn, autocommit=True) as admin:
                row = admin.execute("select pg_terminate_backend(%s)", (slot.journal.backend,)).fetchone()
            self._note(victim, slot)
            return row == (True,)
        if victim == "immediate stop":
            self._note(victim, *self.slots)
            return self.ledger.server.stop()
        pid = slot.journal.read().backend if victim == "backend" else self.ledger.server.status().pid
        if pid is None or not self._is_of_the_server(pid):
            return False
        os.kill(pid, signal.SIGKILL)
        self._note(victim, *self.slots)
        return True

    def _is_of_the_server(self, pid: int) -> bool:
        """Whether that process, still, is one of this server, which works in its data folder."""
        try:
            return os.readlink(f"/proc/{pid}/cwd") == str(self.ledger.server.data)
        except OSError:
            return False

    def _note(self, victim: str, *slots: Slot) -> None:
        for slot in slots:
            kind = slot.journal.read().under_way
            name = next((work for work, kinds in WORK.items() if kind in kinds), "nothing")
            self.figures.under_way[victim, name] += 1

    def _runs_again(self) -> bool:
        """Starts it as a service manager does: again, until it runs. After a backend's crash it is running already."""
        try:
            self.ledger.server.start()
        except EmbeddedError as error:
            if "shared memory block" not in str(error):
                raise
            self.figures.refused_starts += 1
            return False
        return True

    def _check_clients(self) -> None:
        for slot in self.slots:
            if slot.process.poll() is not None:
                _, said = slot.process.communicate()
                raise AssertionError(f"the client of {slot.journal.path} ended: {slot.journal.read().refused}\n{said}")

    def wait_for(self, until: Callable[[], bool], what: str, *, clients_at_work: bool = True) -> None:
        deadline = time.monotonic() + PATIENCE
        while not until():
            if time.monotonic() > deadline:
                raise Stuck(f"waited {PATIENCE} s for {what}; {'; '.join(str(slot.journal) for slot in self.slots)}")
            if clients_at_work:
                self._check_clients()
            time.sleep(POLL)

    # All of it

    def run(self, kills: int, appends: int, *, writes: int, tell_every: float = 30) -> None:
        """Strikes that often, going through all pairs of victim and work, and until so many events were acknowledged.

        writes: how many there are between two strikes.
        """
        told = time.monotonic()
        for number in itertools.count():
            if number >= kills and self.checker.acknowledged_events() >= appends:
                break
            self.work(writes)
            if number < kills:
                self.strike(VICTIMS[number % len(VICTIMS)], list(WORK)[number % len(WORK)])
            else:
                self.look()
            if time.monotonic() - told > tell_every:
                told = time.monotonic()
                print(self.progress(), flush=True)
        self.finish()
        print(self.report(), flush=True)

    def finish(self) -> None:
        """Kills all clients, has what they left done by successors, and proves everything.

        Then every open run takes another event, and ends.
        """
        for slot in self.slots:
            slot.kill()
        for slot in self.slots:
            slot.refill(until=slot.journal.read().intended)
        for slot in self.slots:
            _, said = slot.process.communicate(timeout=PATIENCE)
            assert slot.process.returncode == 0, said
            assert slot.journal.read().acknowledged == slot.journal.intended
        self.wait_for(lambda: self._left_behind() == [], "all sessions to be gone", clients_at_work=False)
        self.look(everything=True)
        runs = self.checker.open_runs()
        with psycopg.connect(self.ledger.people.dsn_of("alice"), autocommit=True) as alice:
            for run in runs:
                alice.execute("select hypermind.append_event(%s, 'note.added')", (run,))
                alice.execute("select hypermind.transition_run(%s, 'cancelled')", (run,))
        with psycopg.connect(self.ledger.dsn, autocommit=True) as admin:
            (events,) = _row(admin, "select count(*) from hypermind.run_events")
            assert events == self.checker.acknowledged_events() + 2 * len(runs)
            assert _row(admin, "select count(*) from hypermind.run_heads") == (0,)
            admin.execute("set role hypermind_auditor")
            for run in runs:
                assert _row(admin, "select problem from hypermind.verify_run(%s)", run) == (None,)

    def _left_behind(self) -> list[str]:
        with psycopg.connect(self.ledger.dsn, autocommit=True) as admin:
            return left_behind(admin)

    # Figures

    def progress(self) -> str:
        kills = sum(self.figures.kills.values())
        seconds = time.monotonic() - self.figures.began
        return f"{seconds:.0f} s: {kills} kills, {self.checker.acknowledged_events()} events acknowledged"

    def report(self) -> str:
        """The closing figures, for people."""
        figures, found = self.figures, self.checker.found
        writes = self.checker.acknowledged_writes()
        journals = [slot.journal for slot in self.slots]
        lines = [
            self.progress(),
            f"acknowledged writes: {writes.total()}, of them single appends: {sum(writes[kind] for kind in SINGLE)}",
            ", ".join(f"{kind} {number}" for kind, number in writes.most_common()),
            f"retries without an answer before: {sum(j.found['yes'] + j.found['no'] for j in journals)}, "
            f"of them written before: {sum(j.found['yes'] for j in journals)}",
            f"connections lost under a write: {sum(j.lost for j in journals)}; "
            f"conflicts and deadlocks: {sum(j.again.total() for j in journals)}",
            f"starts refused while processes of the crashed server lived: {figures.refused_starts}",
            f"looks: {figures.looks}, {figures.looked_for:.0f} s; runs read {found.runs}, events {found.events}",
            *(
                f"back after {victim}: median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s"
                for victim, seconds in sorted(figures.recovery.items())
            ),
            "| victim | kills | " + " | ".join((*WORK, "nothing")) + " |",
        ]
        for victim in VICTIMS:
            hit = [str(figures.under_way[victim, work]) for work in (*WORK, "nothing")]
            lines.append(f"| {victim} | {figures.kills[victim]} | {' | '.join(hit)} |")
        return "\n".join(lines)


def _is_alive(connection: psycopg.Connection[Any]) -> bool:
    try:
        connection.execute("select")
    except psycopg.OperationalError:
        return False
    return True


def _row(connection: psycopg.Connection[Any], query: str, *args: object) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = connection.execute(query.encode(), args).fetchone()
    assert row is not None
    return row
