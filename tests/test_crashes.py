"""Crashes: what was acknowledged is there, once; what was not is there or not, and whole; everything goes on.

    HYPERMIND_KILLS=1000 HYPERMIND_APPENDS=1000000 pytest -s tests/test_crashes.py -k siege    the long siege

docs/crashes.md says what is tried, and what came of the long siege.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import crashes
import harness
import psycopg
import pytest
from conftest import Connection, TwoProjects, make_two_projects, only_with, server_kind
from crash_check import Checker, left_behind
from crash_client import Client, Journal, Op, plan
from crashes import VICTIMS, Siege, Stuck, fortress, ledger_on
from psycopg import sql
from test_database_router import Proxy

from hypermindlabs.embedded import Server

KILLS = int(os.environ.get("HYPERMIND_KILLS", "0"))
APPENDS = int(os.environ.get("HYPERMIND_APPENDS", "0"))
SEED = 7
ALICE = 1  # a slot whose client writes runs of now

once = only_with("wheel18", "takes long")


# The siege


@pytest.mark.skipif(not KILLS and server_kind() == "system", reason="takes long: tried with wheel18")
def test_a_siege(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with fortress(server_kind()) as ledger, Siege(ledger, tmp_path, seed=1, slots=5) as siege:
        with psycopg.connect(ledger.dsn) as holder, monkeypatch.context() as patch:
            holder.execute("lock table hypermind.run_heads in share mode")
            patch.setattr(crashes, "PATIENCE", 1)
            with pytest.raises(Stuck, match="all clients to go on"):
                for _ in range(10):  # until what needs no head is done
                    siege.wait_for_progress()
        siege.run(KILLS or 2 * len(VICTIMS), APPENDS, writes=150 if KILLS else 20)
    assert sum(siege.figures.kills.values()) == (KILLS or 2 * len(VICTIMS))
    assert set(siege.figures.kills) == set(VICTIMS)


# A disk that is full


@pytest.fixture
def volumes() -> Iterator[tuple[Path, Path]]:
    """Two small disks: for the data folder, and for its write-ahead log."""
    with ExitStack() as stack:
        yield stack.enter_context(small_disk(300)), stack.enter_context(small_disk(160))


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="hypermind-disk-"))
    options = f"size={megabytes}m,mode=755"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], capture_output=True, text=True)
    try:
        if mounted.returncode != 0:
            pytest.skip(f"needs a disk that may be filled, and may not mount one: {mounted.stderr.strip()}")
        yield path
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", path], check=True)
        path.rmdir()


@contextmanager
def filled(disk: Path, left: int) -> Iterator[None]:
    """The disk with so many bytes left; at the end there is room again."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        while (room := free_bytes(disk) - left) > 0:
            with suppress(OSError):  # others have taken some of it meanwhile
                os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), room)
    try:
        yield
    finally:
        ballast.unlink()


def free_bytes(disk: Path) -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_frsize


@once
@pytest.mark.skipif(shutil.which("mount") is None, reason="needs a disk that may be filled: there is no mount here")
def test_a_full_disk_loses_nothing(volumes: tuple[Path, Path], tmp_path: Path) -> None:
    data, log = volumes
    with ExitStack() as stack:
        server = stack.enter_context(harness.server_in(data / "server", server_kind(), durable=True))
        ledger = stack.enter_context(ledger_on(server))
        server.stop()
        move_log(server, log / "pg_wal")
        server.start()
        siege = stack.enter_context(Siege(ledger, tmp_path, seed=SEED, slots=3))

        with filled(data, 200_000):
            siege.wait_for(lambda: siege.refusals("53100") > 0, "a write to be refused")
        siege.wait_for_server()
        siege.wait_for_progress()
        siege.look()

        with filled(log, 1_000_000):
            siege.use_up_log()
            siege.wait_for(lambda: not server.status().running, "the server to stop for want of room for its log")
        siege.wait_for_server()
        siege.wait_for_progress()
        siege.look()
        siege.finish()


def move_log(server: Server, place: Path) -> None:
    """Puts the write-ahead log of a stopped server on another disk."""
    subprocess.run(["mv", server.data / "pg_wal", place], check=True)
    (server.data / "pg_wal").symlink_to(place)


# A connection cut between a write and its answer

CALLED = {
    **dict.fromkeys(("create", "open"), "create_run"),
    **dict.fromkeys(("start", "pause", "resume", "end"), "transition_run"),
    **dict.fromkeys(("append", "delta", "share"), "append_event"),
    "batch": "append_events",
    "snapshot": "take_snapshot",
    "artifact": "attach_artifact",
    "fork": "fork_run",
}


@once
@pytest.mark.parametrize("in_transaction", [False, True], ids=["statement", "commit"])
def test_a_write_whose_connection_is_cut_is_done_once(
    make_ledger: Callable[[], TwoProjects], tmp_path: Path, in_transaction: bool
) -> None:
    """Of each kind of write one never reaches the server, and of one the answer never comes back."""
    people, began = make_ledger(), datetime.now(UTC)
    proxy = Proxy(people.dsn_of("alice"))
    client = Client(proxy.dsn, tmp_path / "journal", people.a, prepare_threshold=None)  # each call says what it is
    cuts: Counter[str] = Counter()
    for op in plan(SEED, ALICE, began):
        if cuts == dict.fromkeys(CALLED, 2):
            break
        if cuts[op.kind] < 2:
            proxy.cut("COMMIT" if in_transaction else CALLED[op.kind], after=cuts[op.kind] == 1)
            cuts[op.kind] += 1
        client.write(replace(op, in_transaction=in_transaction), retried=False)
        assert proxy.times == 0
    client.close()
    proxy.close()
    journal = Journal(tmp_path / "journal").read()
    assert journal.lost == cuts.total()
    assert journal.found == {"yes": len(CALLED), "no": len(CALLED)}
    with psycopg.connect(people.dsn, autocommit=True) as admin:
        assert Checker(SEED, began, [Journal(tmp_path / "none"), journal]).look(admin, everything=True) == []


# The checker: it finds what a crash could have done


@pytest.fixture(scope="module")
def make_ledger(make_database: Any) -> Iterator[Callable[[], TwoProjects]]:
    """Makes a database of its own with two projects and the prompt that clients pin."""
    with ExitStack() as stack:

        def make() -> TwoProjects:
            dsn = make_database("crashes")
            with psycopg.connect(dsn, autocommit=True) as admin:
                people = make_two_projects(dsn, admin, stack)
            alice = people.connect("alice")
            alice.execute("select hypermind.register_config(%s, 'prompt', 'greeting', '{}')", (people.a,))
            return people

        yield make


@dataclass(frozen=True)
class Told:
    """What two clients wrote, undisturbed: the last write of one is an append, of the other a batch; in open runs."""

    people: TwoProjects
    began: datetime
    journals: list[Path]
    ops: list[list[Op]]

    def checker(self) -> Checker:
        return Checker(SEED, self.began, [Journal(path) for path in self.journals])

    def problems(self, connection: Connection) -> list[str]:
        checker = self.checker()
        return list(checker.problems(connection, checker.acknowledged()))

    def op(self, kind: str) -> Op:
        """The first of that kind."""
        return next(op for op in self.ops[ALICE] if op.kind == kind)


@pytest.fixture(scope="module")
def told(make_ledger: Callable[[], TwoProjects], tmp_path_factory: pytest.TempPathFactory) -> Told:
    people, began = make_ledger(), datetime.now(UTC)
    folder = tmp_path_factory.mktemp("told")
    journals = [folder / f"journal-{slot}" for slot in range(3)]
    ops: list[list[Op]] = [[]]
    for slot, needed, last in (
        (ALICE, {"delta", "share", "snapshot", "artifact", "end"}, "append"),
        (2, set(), "batch"),
    ):
        ops.append([])
        for op in plan(SEED, slot, began):
            ops[slot].append(op)
            if op.kind == last and needed <= {each.kind for each in ops[slot]}:
                break
        client = Client(people.dsn_of("alice"), journals[slot], people.a)
        client.work(iter(ops[slot]))
        client.close()
    return Told(people, began, journals, ops)


@pytest.fixture
def admin(told: Told) -> Iterator[Connection]:
    """The superuser, in a transaction that is rolled back."""
    with psycopg.connect(told.people.dsn) as connection:
        yield connection
        connection.rollback()


def test_what_nobody_disturbed_is_whole(told: Told, admin: Connection) -> None:
    assert told.problems(admin) == []


Damage = Callable[[Told, Connection], None]


def damage(connection: Connection, query: str, *args: object) -> None:
    """Does it to the month of the runs, past guards and keys, which are there again at the end. {}: the month."""
    month = month_of_runs(connection)
    guarded = connection.execute(
        "select tgrelid::regclass::text, tgname from pg_trigger join pg_class on pg_class.oid = tgrelid"
        " where not tgisinternal and relname like %s",
        (f"%\\_{month}",),
    ).fetchall()
    switch = "alter table {} {} trigger {}"
    for how in ("disable", "enable always"):
        for table, trigger in guarded:
            words = (sql.SQL(table), sql.SQL(how), sql.Identifier(trigger))
            connection.execute(sql.SQL(switch).format(*words))
        if how == "disable":
            connection.execute("set local session_replication_role = replica")
            connection.execute(query.format(month).encode(), args)
            connection.execute("set local session_replication_role = origin")


def month_of_runs(connection: Connection) -> str:
    (month,) = one(connection, "select right(tableoid::regclass::text, 7) from hypermind.runs limit 1")
    return str(month)


def one(connection: Connection, query: str, *args: object) -> tuple[Any, ...]:
    row = connection.execute(query.encode(), args).fetchone()
    assert row is not None
    return row


def cut_end(told: Told, connection: Connection, slot: int, events: int) -> None:
    """The last events of an open run are gone, and its head says so: as if their commits had never been."""
    run, left = told.ops[slot][-1].run, (told.ops[slot][-1].last or 0) - events
    damage(connection, "delete from hypermind.run_events where run_id = %s and seq > %s", run, left)
    damage(
        connection,
        "update hypermind.run_heads as h set last_seq = e.seq, last_hash = e.event_hash, last_recorded_at ="
        " e.recorded_at from hypermind.run_events as e where e.run_id = h.run_id and h.run_id = %s and e.seq = %s",
        *(run, left),
    )


def lose_last_commit(told: Told, connection: Connection) -> None:
    cut_end(told, connection, ALICE, 1)


def lose_half_a_batch(told: Told, connection: Connection) -> None:
    cut_end(told, connection, 2, 5)


def lose_event(told: Told, connection: Connection) -> None:
    op = told.op("delta")
    damage(connection, "delete from hypermind.run_events where run_id = %s and seq = %s", op.run, op.last)


def lose_shared_event(told: Told, connection: Connection) -> None:
    damage(connection, "delete from hypermind.run_events where event_id = %s", told.op("share").key)


def repeat_event(told: Told, connection: Connection) -> None:
    """What a client does that retries without the id."""
    op = told.ops[ALICE][-1]
    connection.execute("set local role alice")
    one(connection, "select hypermind.append_event(%s, 'note.added')", op.run)
    connection.execute("reset role")


def repeat_shared_event(told: Told, connection: Connection) -> None:
    connection.execute("set local role alice")
    one(connection, "select hypermind.append_event(%s, 'note.added')", told.op("share").run)
    connection.execute("reset role")


def change_payload(told: Told, connection: Connection) -> None:
    op = told.op("append")
    query = "update hypermind.run_events set payload = '{{}}' where run_id = %s and seq = %s"
    damage(connection, query, op.run, op.last)


def change_delta(told: Told, connection: Connection) -> None:
    op = told.op("delta")
    query = "update hypermind.run_events set state_delta = '{{}}' where run_id = %s and seq = %s"
    damage(connection, query, op.run, op.last)


def lose_run_row(told: Told, connection: Connection) -> None:
    damage(connection, "delete from hypermind.runs where run_id = %s", told.op("end").run)


def lose_events_of_a_run(told: Told, connection: Connection) -> None:
    damage(connection, "delete from hypermind.run_events where run_id = %s", told.op("end").run)


def add_orphan_events(told: Told, connection: Connection) -> None:
    damage(
        connection,
        "create temporary table strays as select * from hypermind.run_events where run_id = %s;"
        " update strays set run_id = overlay(run_id::text placing '0000' from 33)::uuid;"
        " insert into hypermind.run_events select * from strays".replace("%s", f"'{told.op('end').run}'"),
    )


def lose_outcome(told: Told, connection: Connection) -> None:
    damage(connection, "delete from hypermind.run_outcomes where run_id = %s", told.op("end").run)


def change_outcome(told: Told, connection: Connection) -> None:
    query = "update hypermind.run_outcomes set last_seq = last_seq - 1, events = events - 1 where run_id = %s"
    damage(connection, query, told.op("end").run)


def change_head(told: Told, connection: Connection) -> None:
    damage(connection, "update hypermind.run_heads set status = 'paused' where run_id = %s", told.ops[ALICE][-1].run)


def change_summary(told: Told, connection: Connection) -> None:
    query = "update hypermind.run_summaries set status = 'paused' where run_id = %s"
    damage(connection, query, told.ops[ALICE][-1].run)


def change_snapshot(told: Told, connection: Connection) -> None:
    """With the hash that fits."""
    op = told.op("snapshot")
    query = """
        update hypermind.run_state_snapshots
        set state = '{{"k1": 1}}', state_hash = sha256(uuid_send(salt) || convert_to('{{"k1": 1}}', 'UTF8'))
        where run_id = %s and seq = %s"""
    damage(connection, query, op.run, op.last)


def lose_snapshot(told: Told, connection: Connection) -> None:
    op = told.op("snapshot")
    damage(connection, "delete from hypermind.run_state_snapshots where run_id = %s and seq = %s", op.run, op.last)


def lose_artifact(told: Told, connection: Connection) -> None:
    damage(connection, "delete from hypermind.run_artifacts where run_id = %s", told.op("artifact").run)


def begin_run(told: Told, connection: Connection) -> None:
    connection.execute("set local role alice")
    one(connection, "select hypermind.create_run(%s, 'chat')", told.people.a)
    connection.execute("reset role")


def drop_guard(told: Told, connection: Connection) -> None:
    leaf = f"hypermind_private.run_events_{month_of_runs(connection)}"
    connection.execute(f"drop trigger run_events_no_truncate on {leaf}".encode())


def detach_leaf(told: Told, connection: Connection) -> None:
    leaf = f"hypermind_private.run_artifacts_{month_of_runs(connection)}"
    connection.execute(f"alter table hypermind.run_artifacts detach partition {leaf}".encode())


def drop_leaf(told: Told, connection: Connection) -> None:
    connection.execute(f"drop table hypermind_private.run_artifacts_{month_of_runs(connection)}".encode())


def make_half_a_month(told: Told, connection: Connection) -> None:
    connection.execute("create table hypermind_private.runs_p199901 (like hypermind.runs including all)")


def switch_security_off(told: Told, connection: Connection) -> None:
    damage(connection, "alter table hypermind_private.run_events_{} disable row level security")


FOUND: dict[Damage, tuple[str, str]] = {  # what the checker says, what the ledger's own functions say ("": nothing)
    lose_last_commit: (r"run .*: write \d+ \(append\) was acknowledged, and is not there as it was sent", ""),
    lose_half_a_batch: (r"run .*: write \d+ \(batch\) was acknowledged, and is not there as it was sent", ""),
    lose_event: (r"run .*: write \d+ \(delta\) was acknowledged, and is not there as it was sent", "verify_run"),
    lose_shared_event: (r"run .*: event .* was acknowledged as \d+, and is not there", "verify_run"),
    repeat_event: (r"run .*: the event \d+ \(note.added\) is of no whole write that was begun", ""),
    repeat_shared_event: (r"run .*: its lifecycle is .*'note.added'", ""),
    change_payload: (r"run .*: write \d+ \(append\) was acknowledged, and is not there as it was sent", "verify_run"),
    change_delta: (r"run .*: write \d+ \(delta\) was acknowledged, and is not there as it was sent", "verify_run"),
    lose_run_row: (r"run .* is in run_outcomes and not in runs", "check_integrity"),
    lose_events_of_a_run: (r"there are \d+ events, acknowledged were \d+ and begun \d+", "verify_run"),
    add_orphan_events: (r"run .* has \d+ events from 1 to \d+, and is not in runs", "check_integrity"),
    lose_outcome: (r"run .* has 0 of head and outcome, not one", "check_integrity"),
    change_outcome: (r"run .*: should be .* at \d+, and its end says", "verify_run"),
    change_head: (r"run .*: should be running at \d+, and its end says \('paused'", "verify_run"),
    change_summary: (r"run .*: should be listed as ", "check_integrity"),
    change_snapshot: (r"run .*: the snapshot at \d+ is not the state that was written", "verify_run"),
    lose_snapshot: (r"run .*: snapshots were taken and are not there: \[\d+\]", ""),
    lose_artifact: (r"run .*: has 0 artifacts, and of those that were sent 0 of ", "verify_run"),
    begin_run: (r"run .* was begun by nobody", ""),
    drop_guard: (r"leaves of run_events are not like the others: p\d{6}", "check_integrity"),
    detach_leaf: (r"month p\d{6} is attached as ", "check_integrity"),
    drop_leaf: (r"month p\d{6} has the leaves run_config_refs, run_events, run_outcomes,", "check_integrity"),
    make_half_a_month: (r"month p199901 has the leaves runs", "check_integrity"),
    switch_security_off: (r"leaves of run_events are not like the others: p\d{6}", "check_integrity"),
}


@once
@pytest.mark.parametrize("do", FOUND, ids=lambda do: do.__name__)
def test_damage_is_found(told: Told, admin: Connection, do: Damage) -> None:
    do(told, admin)
    problems = told.problems(admin)
    by_checker, by_ledger = FOUND[do]
    own = [problem for problem in problems if "verify_run: " in problem or problem.startswith("check_integrity: ")]
    assert any(re.match(by_checker, problem) for problem in problems if problem not in own), problems
    assert any(by_ledger in problem for problem in own) if by_ledger else own == [], own


def edited(told: Told, tmp_path: Path, edit: Callable[[list[str]], list[str]]) -> Told:
    """The same with another journal of alice's."""
    path = tmp_path / "journal"
    path.write_text("".join(f"{line}\n" for line in edit(told.journals[ALICE].read_text().splitlines())))
    return replace(told, journals=[told.journals[0], path, told.journals[2]])


def test_a_write_that_is_under_way_may_be_there_or_not(told: Told, admin: Connection, tmp_path: Path) -> None:
    under_way = edited(told, tmp_path, lambda lines: lines[:-1])
    assert under_way.problems(admin) == []
    lose_last_commit(told, admin)
    assert under_way.problems(admin) == []


@once
@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda lines: lines[:-2], r"the event \d+ \(note.added\) is of no whole write that was begun"),
        (
            lambda lines: [*lines, f"intent {len(lines) // 2} x", f"ack {len(lines) // 2} 1"],
            "was acknowledged, and is not",
        ),
        (lambda lines: [*lines[:-1], f"{lines[-1]}0"], r"was answered by \d+, not \d+"),
    ],
    ids=["never begun", "not done", "another answer"],
)
def test_what_clients_were_told_counts(
    told: Told, admin: Connection, tmp_path: Path, edit: Callable[[list[str]], list[str]], said: str
) -> None:
    assert any(re.search(said, problem) for problem in edited(told, tmp_path, edit).problems(admin))


def test_what_is_left_behind_is_found(told: Told) -> None:
    with psycopg.connect(told.people.dsn, autocommit=True) as admin:
        assert not any("is held by" in found for found in left_behind(admin))
        with psycopg.connect(told.people.dsn) as other:
            other.execute("lock table hypermind.projects")
            found = left_behind(admin)
            assert any("AccessExclusiveLock on hypermind.projects" in each for each in found)
            assert any("is idle in transaction" in each for each in found)
