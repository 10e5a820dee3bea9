"""Many clients at once: each waits for whom it has to, one wins where only one can, nothing is lost or written twice.

Who waits is seen in pg_blocking_pids, never guessed from the time that something takes.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from conftest import Connection, TwoProjects
from psycopg import sql
from psycopg.types.json import Jsonb

READ_COMMITTED = psycopg.IsolationLevel.READ_COMMITTED
REPEATABLE_READ = psycopg.IsolationLevel.REPEATABLE_READ
SERIALIZABLE = psycopg.IsolationLevel.SERIALIZABLE
LEVELS = [READ_COMMITTED, REPEATABLE_READ, SERIALIZABLE]
SNAPSHOTS = [REPEATABLE_READ, SERIALIZABLE]
PATIENCE = 60  # seconds until a test that hangs gives up
DIGEST = sha256(b"content").digest()

every_level = pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.name.lower())
every_snapshot_level = pytest.mark.parametrize("level", SNAPSHOTS, ids=lambda level: level.name.lower())


class Client:
    """Someone's own connection, which can also be left waiting for a lock."""

    def __init__(self, dsn: str, level: psycopg.IsolationLevel = READ_COMMITTED, autocommit: bool = True) -> None:
        self.connection: Connection = psycopg.connect(dsn, autocommit=autocommit)
        self.connection.isolation_level = level
        # In autocommit, no BEGIN says the level.
        self.connection.execute(f"set default_transaction_isolation = '{level.name.replace('_', ' ').lower()}'")
        self.connection.execute("set lock_timeout = '60s'")
        self.connection.commit()
        self._thread = ThreadPoolExecutor(1)

    def call(self, function: str, *args: object, **named: object) -> Any:
        """The value of a function of schema hypermind."""
        words = [sql.SQL("%s")] * len(args) + [sql.SQL("{} => %s").format(sql.Identifier(name)) for name in named]
        query = sql.SQL("select hypermind.{}({})").format(sql.Identifier(function), sql.SQL(", ").join(words))
        row = self.connection.execute(query, [*args, *named.values()]).fetchone()
        assert row is not None
        return row[0]

    def submit(self, work: Callable[[], Any]) -> Future[Any]:
        return self._thread.submit(work)

    def start(self, function: str, *args: object, **named: object) -> Future[Any]:
        return self.submit(partial(self.call, function, *args, **named))

    def settled(self, function: str, *args: object, **named: object) -> Future[Any]:
        """Starts a call, and returns when it has ended, or waits for another transaction."""
        future = self.start(function, *args, **named)
        pid = self.connection.info.backend_pid
        with psycopg.connect(self.connection.info.dsn, user="postgres", autocommit=True) as watcher:
            deadline = time.monotonic() + PATIENCE
            while not future.done() and not one(watcher, "select pg_blocking_pids(%s) <> '{}'", pid):
                assert time.monotonic() < deadline, f"{function} neither waits nor ends"
                time.sleep(0.005)
        return future

    def waiting(self, function: str, *args: object, **named: object) -> Future[Any]:
        """Starts a call that has to wait for another transaction, and returns when it does."""
        future = self.settled(function, *args, **named)
        assert not future.done(), f"{function} did not wait: {future.exception() or future.result()}"
        return future

    def retry(self, function: str, *args: object, **named: object) -> Any:
        """As a client does it: 40001 and 40P01 mean once more."""
        while True:
            try:
                return self.call(function, *args, **named)
            except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected):
                self.connection.rollback()

    def commit(self) -> None:
        self.connection.commit()

    def rollback(self) -> None:
        self.connection.rollback()

    def close(self) -> None:
        self._thread.shutdown(cancel_futures=True)
        self.connection.close()


Connect = Callable[..., Client]


@pytest.fixture
def client(two_projects: TwoProjects) -> Iterator[Connect]:
    """A function that connects someone, alice if nothing is said."""
    opened: list[Client] = []

    def connect(who: str = "alice", **options: Any) -> Client:
        opened.append(Client(two_projects.dsn_of(who), **options))
        return opened[-1]

    yield connect
    for each in opened:
        if not each.connection.closed:
            each.connection.cancel_safe()
        each.close()


@pytest.fixture
def alice(client: Connect) -> Client:
    return client()


@pytest.fixture
def run(alice: Client, two_projects: TwoProjects) -> UUID:
    """A running run: two events."""
    return new_run(alice, two_projects.a)


@pytest.fixture(scope="module", autouse=True)
def everything_is_whole_at_the_end(two_projects: TwoProjects) -> Iterator[None]:
    yield
    audrey = two_projects.connect("audrey")
    assert audrey.execute("select * from hypermind.check_integrity()").fetchall() == []
    broken = (
        "select r.run_id, v.problem from hypermind.runs as r, hypermind.verify_run(r.run_id) as v where not v.valid"
    )
    assert audrey.execute(broken).fetchall() == []


@pytest.fixture
def later(owner_conn: Connection) -> Iterator[Callable[[str], None]]:
    """A function that moves the ledger's clock on, until the test ends."""
    body = (
        "create or replace function hypermind_private.clock() returns timestamptz language sql volatile parallel safe"
    )

    def move(interval: str) -> None:
        owner_conn.execute(f"{body} as $$ select clock_timestamp() + interval '{interval}' $$")

    yield move
    move("0")


def new_run(who: Client, project: UUID) -> UUID:
    run: UUID = who.call("create_run", project, "chat")
    who.call("transition_run", run, "running")
    return run


def one(connection: Connection, query: str, *params: object) -> Any:
    row = connection.execute(query, params).fetchone()
    assert row is not None
    return row[0]


def events(who: Client, run: UUID) -> list[tuple[int, str]]:
    query = "select seq, event_type from hypermind.run_events where run_id = %s order by seq"
    return who.connection.execute(query, (run,)).fetchall()


def types(who: Client, run: UUID) -> list[str]:
    found = events(who, run)
    assert [seq for seq, _ in found] == list(range(1, len(found) + 1)), "a gap"
    return [event_type for _, event_type in found]


def status_of(who: Client, run: UUID) -> str:
    return one(who.connection, "select status from hypermind.run_overview where run_id = %s", run)


def refused(future: Future[Any]) -> str:
    """The SQLSTATE with which a call ended."""
    error = future.exception(PATIENCE)
    assert isinstance(error, psycopg.Error), f"not refused: {error or future.result()}"
    return error.sqlstate or str(error)


def together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Makes all calls at the same moment; an answer is a value or a SQLSTATE."""
    barrier = threading.Barrier(len(calls))

    def go(call: Callable[[], Any]) -> Any:
        barrier.wait(PATIENCE)
        try:
            return call()
        except psycopg.Error as error:
            return error.sqlstate

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(go, calls))


# Many writers on one run


@every_level
def test_many_writers_leave_no_gap_and_lose_nothing(
    client: Connect, two_projects: TwoProjects, level: psycopg.IsolationLevel
) -> None:
    """Singles, batches, patches and retries of four writers, while a fifth forks, snapshots, verifies what is there."""
    run = new_run(client(), two_projects.a)
    client().call("append_event", run, "list.made", p_state_delta=Jsonb({"list": []}))
    rounds, done = 12, threading.Event()

    def writer(name: str) -> Callable[[], list[int]]:
        mine = client(level=level)

        def write() -> list[int]:
            seqs = []
            for n in range(rounds):
                event = {"event_type": "note.added", "payload": {"by": name, "n": n}}
                patch = [{"op": "add", "path": "/list/-", "value": f"{name}{n}"}]
                key = uuid4() if n % 4 == 1 else None
                for _ in range(2 if key else 1):  # with a key, everything is sent twice
                    if n % 3 == 2:
                        batch = [{**event, "state_delta": patch}, *[{"event_type": "token.streamed"}] * 3]
                        if key:
                            batch = [{**each, "event_id": str(UUID(int=key.int + at))} for at, each in enumerate(batch)]
                        seq = mine.retry("append_events", run, Jsonb(batch)) - 3
                    else:
                        args = (run, event["event_type"], Jsonb(event["payload"]), Jsonb(patch))
                        seq = mine.retry("append_event", *args, p_event_id=key)
                    seqs.append(seq)
            return seqs

        return write

    reader = client(level=level)

    def look() -> int:
        looks = 0
        while not done.is_set():
            looks += 1
            fact = reader.connection.execute("select valid, problem from hypermind.verify_run(%s)", (run,)).fetchone()
            assert fact == (True, None)
            seq = reader.retry("take_snapshot", run)
            child = reader.retry("fork_run", run, seq)
            assert reader.call("state_at", child, 0) == reader.call("state_at", run, seq)
        return looks

    with ThreadPoolExecutor(1) as background:
        looking = background.submit(look)
        try:
            answers = together([writer(name) for name in "abcd"])
        finally:
            done.set()
        assert looking.result(PATIENCE) > 0

    query = "select seq, payload ->> 'by', (payload ->> 'n')::int from hypermind.run_events where run_id = %s and "
    notes = reader.connection.execute(query + "event_type = 'note.added' order by seq", (run,)).fetchall()
    for name, seqs in zip("abcd", answers, strict=True):
        stored = [(seq, n) for seq, by, n in notes if by == name]
        assert [n for _, n in stored] == list(range(rounds)), "each once, in the order in which it was sent"
        assert sorted(set(seqs)) == [seq for seq, _ in stored], "a retry gets the seq of the first time"
    kinds = types(reader, run)
    assert len(kinds) == 3 + len(notes) + 3 * sum(n % 3 == 2 for _, _, n in notes)
    assert reader.call("state_at", run)["list"] == [f"{by}{n}" for _, by, n in notes]


@every_level
def test_one_writer_wins_each_seq(client: Connect, run: UUID, level: psycopg.IsolationLevel) -> None:
    clients = [client(level=level) for _ in range(4)]
    last = 2
    for number in range(6):
        if number % 2:
            name, args = "append_events", (Jsonb([{"event_type": "note.added"}] * 2),)
        else:
            name, args = "append_event", ("note.added",)
        answers = together([partial(each.call, name, run, *args, p_expected_seq=last) for each in clients])
        last += 1 + number % 2
        assert [answer for answer in answers if isinstance(answer, int)] == [last]
        assert set(answers) - {last} <= ({"MH003"} if level is READ_COMMITTED else {"MH003", "40001"})
    assert len(types(clients[0], run)) == last


@every_level
def test_an_event_id_is_stored_once(client: Connect, run: UUID, level: psycopg.IsolationLevel) -> None:
    clients = [client(level=level) for _ in range(5)]
    key, keys = uuid4(), [str(uuid4()) for _ in range(3)]
    batch = Jsonb([{"event_type": "note.added", "event_id": each} for each in keys])
    for seq, name, args, named in (
        (3, "append_event", ("note.added",), {"p_event_id": key}),
        (6, "append_events", (batch,), {}),
    ):
        assert together([partial(each.retry, name, run, *args, **named) for each in clients]) == [seq] * 5
    assert len(types(clients[0], run)) == 6


def test_an_event_id_in_flight_is_waited_for(client: Connect, run: UUID) -> None:
    first, second, other = client(autocommit=False), client(), client()
    key = uuid4()
    seq = first.call("append_event", run, "note.added", p_event_id=key)
    twin = second.waiting("append_event", run, "note.added", p_event_id=key)
    stranger = other.waiting("append_event", run, "note.added", Jsonb({"other": "content"}), p_event_id=key)
    first.commit()
    assert twin.result(PATIENCE) == seq
    assert refused(stranger) == "MH005"

    key = uuid4()
    first.call("append_event", run, "note.added", p_event_id=key)
    twin = second.waiting("append_event", run, "note.added", p_event_id=key)
    first.rollback()
    assert twin.result(PATIENCE) == seq + 1, "what was rolled back was never there"
    assert len(types(second, run)) == seq + 1


@pytest.fixture
def pausing_refusals(admin_conn: Connection) -> Iterator[None]:
    """What is refused waits for admin_conn's advisory lock 1 first."""
    query = "select pg_get_functiondef(oid) from pg_proc where proname = 'refuse_append'"
    definition = one(admin_conn, query)
    admin_conn.execute(re.sub(r"^begin$", "begin perform pg_advisory_xact_lock_shared(1);", definition, flags=re.M))
    yield
    admin_conn.execute(definition)


@pytest.mark.usefixtures("pausing_refusals")
def test_whether_it_was_a_retry_and_why_it_is_refused_are_asked_in_one_moment(
    client: Connect, admin_conn: Connection, run: UUID
) -> None:
    """Or else its twin succeeds in between, and then the run changes: never may that be why a retry is refused."""
    late, twin, other = client(), client(), client()
    key, epoch = uuid4(), late.call("claim_run", run, "worker")
    with admin_conn.transaction():
        admin_conn.execute("select pg_advisory_xact_lock(1)")
        refusal = late.waiting("append_event", run, "note.added", p_event_id=key, p_expected_seq=99, p_epoch=epoch)
        stored = twin.settled("append_event", run, "note.added", p_event_id=key, p_epoch=epoch)
        claimed = other.settled("claim_run", run, "worker")
    assert refused(refusal) == "MH003"
    assert [stored.result(PATIENCE), claimed.result(PATIENCE)] == [3, epoch + 1]


def test_a_patch_is_checked_against_what_was_committed(client: Connect, run: UUID) -> None:
    first, second = client(autocommit=False), client()
    remove = Jsonb([{"op": "remove", "path": "/a"}])
    second.call("append_event", run, "state.set", p_state_delta=Jsonb({"a": 1}))
    first.call("append_event", run, "state.set", p_state_delta=remove)
    twin = second.waiting("append_event", run, "state.set", p_state_delta=remove)
    first.commit()
    assert refused(twin) == "MH008"
    assert types(second, run)[2:] == ["state.set"] * 2


def test_other_runs_and_other_projects_do_not_wait(client: Connect, two_projects: TwoProjects, run: UUID) -> None:
    holder, alice, bob, carol = client(autocommit=False), client(), client("bob"), client("carol")
    holder.call("append_event", run, "note.added")
    for who in (alice, bob, carol):
        who.connection.execute("set lock_timeout = '1ms'")
    other = new_run(alice, two_projects.a)
    alice.call("append_event", other, "note.added")
    alice.call("fork_run", run, 2)
    alice.call("take_snapshot", run)
    assert carol.call("state_at", run) == {}
    assert [event_type for _, event_type in events(carol, run)] == ["run.created", "run.started"]
    with pytest.raises(psycopg.Error) as caught:
        bob.call("append_event", run, "note.added")
    assert caught.value.sqlstate == "MH001", "who may not write does not wait for those who do"
    with pytest.raises(psycopg.errors.LockNotAvailable):
        alice.call("append_event", run, "note.added")
    holder.rollback()


def test_a_deadlock_across_runs_ends_one_of_them(client: Connect, two_projects: TwoProjects, run: UUID) -> None:
    first, second = client(autocommit=False), client(autocommit=False)
    other = new_run(client(), two_projects.a)
    first.call("append_event", run, "note.added")
    second.call("append_event", other, "note.added")
    crossing = first.waiting("append_event", other, "note.added")
    answers = [second.start("append_event", run, "note.added"), crossing]
    codes = []
    for each, future in zip((second, first), answers, strict=True):
        error = future.exception(PATIENCE)
        codes.append(getattr(error, "sqlstate", None))
        each.rollback() if error else each.commit()
    assert sorted(codes, key=str) == ["40P01", None]
    assert [len(types(first, each)) for each in (run, other)] == [3, 3], "one transaction, whole"


# Transactions that end badly


def test_a_rolled_back_savepoint_leaves_no_gap(client: Connect, run: UUID) -> None:
    writer = client(autocommit=False)
    assert writer.call("append_event", run, "note.added") == 3
    for wrong in (
        lambda: writer.call("append_event", run, "note.lost"),
        lambda: writer.call("append_events", run, Jsonb([{"event_type": "note.lost"}] * 3)),
        lambda: writer.call("append_event", run, "note.lost", p_expected_seq=99),
        lambda: writer.call("append_event", run, "note.lost", p_event_id=uuid4(), p_parent_seq=99),
        lambda: writer.call("append_event", run, "note.lost", p_state_delta=Jsonb([{"op": "remove", "path": "/x"}])),
        lambda: writer.call("transition_run", run, "completed"),
        lambda: writer.call("attach_artifact", run, "log", "file:log", DIGEST, 1),
        lambda: writer.call("request_cancel", run),
    ):
        with pytest.raises(psycopg.Error), writer.connection.transaction():
            wrong()
            raise psycopg.errors.RaiseException
    assert writer.call("append_event", run, "note.added", p_expected_seq=3) == 4
    writer.commit()
    assert types(writer, run)[2:] == ["note.added"] * 2


@pytest.mark.parametrize("how", ["the client is killed", "the backend is terminated"])
def test_who_dies_in_a_transaction_leaves_nothing(
    client: Connect, two_projects: TwoProjects, admin_conn: Connection, run: UUID, how: str
) -> None:
    program = """
        import sys, psycopg
        dsn, run, project, new_run = sys.argv[1:]
        connection = psycopg.connect(dsn)
        delta = '{"lost": true}'
        connection.execute("select hypermind.append_event(%s, 'note.lost', p_state_delta => %s)", (run, delta))
        connection.execute("select hypermind.create_run(%s, 'chat', p_run_id => %s)", (project, new_run))
        connection.execute("select hypermind.transition_run(%s, 'failed')", (run,))
        print(connection.info.backend_pid, flush=True)
        sys.stdin.read()
    """
    alice, child_run = client(), client().call("new_run_id")
    args = [two_projects.dsn_of("alice"), str(run), str(two_projects.a), str(child_run)]
    command = [sys.executable, "-c", textwrap.dedent(program), *args]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as dying:
        assert dying.stdout is not None
        backend = int(dying.stdout.readline())
        append = alice.waiting("append_event", run, "note.added")
        if how == "the client is killed":
            dying.send_signal(signal.SIGKILL)
        else:
            admin_conn.execute("select pg_terminate_backend(%s)", (backend,))
            dying.kill()
    assert append.result(PATIENCE) == 3
    assert types(alice, run) == ["run.created", "run.started", "note.added"]
    assert alice.call("state_at", run) == {}
    assert alice.call("create_run", two_projects.a, "chat", p_run_id=child_run) == child_run
    assert types(alice, child_run) == ["run.created"]


# Claims


@every_level
def test_two_workers_claim_one_run(client: Connect, two_projects: TwoProjects, level: psycopg.IsolationLevel) -> None:
    workers = [client(level=level) for _ in range(4)]
    for _ in range(5):
        run = new_run(workers[0], two_projects.a)
        claims = [partial(each.retry, "claim_run", run, f"worker {n}") for n, each in enumerate(workers)]
        assert sorted(together(claims), key=str) == [1, "MH010", "MH010", "MH010"]


def test_a_worker_whose_claim_was_taken_cannot_write(client: Connect, run: UUID, later: Callable[[str], None]) -> None:
    old, new, waiting = client(), client(autocommit=False), client()
    epoch = old.call("claim_run", run, "old", "1 minute")
    old.call("append_event", run, "note.added", p_epoch=epoch)
    with pytest.raises(psycopg.Error) as caught:
        new.call("claim_run", run, "new")
    assert caught.value.sqlstate == "MH010"
    new.rollback()

    later("61 seconds")
    assert new.call("claim_run", run, "new") == epoch + 1
    in_flight = waiting.waiting("append_event", run, "note.lost", p_epoch=epoch)
    new.commit()
    assert refused(in_flight) == "MH009"
    for stale in (
        lambda: old.call("append_event", run, "note.lost", p_epoch=epoch),
        lambda: old.call("append_event", run, "note.lost", p_event_id=uuid4(), p_epoch=epoch),
        lambda: old.call("append_events", run, Jsonb([{"event_type": "note.lost"}]), p_epoch=epoch),
        lambda: old.call("transition_run", run, "completed", p_epoch=epoch),
        lambda: old.call("attach_artifact", run, "log", "file:log", DIGEST, 1, p_epoch=epoch),
        lambda: old.call("claim_run", run, "old", p_epoch=epoch),
    ):
        with pytest.raises(psycopg.Error) as caught:
            stale()
        assert caught.value.sqlstate == "MH009"
    assert new.call("append_event", run, "note.added", p_epoch=epoch + 1) == 4
    new.commit()
    assert types(old, run)[2:] == ["note.added"] * 2


def test_a_claim_is_renewed_or_taken_never_both(client: Connect, run: UUID, later: Callable[[str], None]) -> None:
    old, new = client(autocommit=False), client()
    epoch = old.call("claim_run", run, "old", "1 minute")
    old.commit()
    later("61 seconds")
    assert old.call("claim_run", run, "old", "1 minute", epoch) == epoch, "late, but nobody came before"
    taking = new.waiting("claim_run", run, "new")
    old.commit()
    assert refused(taking) == "MH010"


# The life of a run


@every_level
@pytest.mark.parametrize("batch", [False, True], ids=["event", "batch"])
def test_an_append_that_waits_for_the_end_of_the_run(
    client: Connect, two_projects: TwoProjects, level: psycopg.IsolationLevel, batch: bool
) -> None:
    ending, appending = client(autocommit=False), client(level=level, autocommit=False)
    name, args = (
        ("append_events", (Jsonb([{"event_type": "note.added"}]),)) if batch else ("append_event", ("note.added",))
    )

    run = new_run(client(), two_projects.a)
    ending.call("transition_run", run, "failed")
    append = appending.waiting(name, run, *args)
    ending.commit()
    assert refused(append) == ("MH002" if level is READ_COMMITTED else "40001")
    appending.rollback()
    with pytest.raises(psycopg.Error) as caught:
        appending.retry(name, run, *args)
    assert caught.value.sqlstate == "MH002", "and once more, on what is there now"
    appending.rollback()
    assert types(appending, run)[2:] == ["run.failed"]
    appending.rollback()

    run = new_run(client(), two_projects.a)
    ending.call("transition_run", run, "failed")
    append = appending.waiting(name, run, *args)
    ending.rollback()
    assert append.result(PATIENCE) == 3, "the run did not end after all"
    appending.commit()


@every_level
def test_a_run_ends_once(client: Connect, two_projects: TwoProjects, level: psycopg.IsolationLevel) -> None:
    ends = ["completed", "failed", "cancelled"]
    clients = [client(level=level) for _ in ends]
    for _ in range(5):
        run = new_run(clients[0], two_projects.a)
        pairs = zip(clients, ends, strict=True)
        answers = together([partial(each.retry, "transition_run", run, end) for each, end in pairs])
        assert sorted(answers, key=str) == [3, "MH007", "MH007"]
        end = ends[answers.index(3)]
        assert status_of(clients[0], run) == end
        assert types(clients[0], run)[2:] == [f"run.{end}"]


def test_an_end_in_flight_is_waited_for(client: Connect, run: UUID) -> None:
    first, same, other, cancel = client(autocommit=False), client(), client(), client()
    seq = first.call("transition_run", run, "completed")
    twin = same.waiting("transition_run", run, "completed")
    late = other.waiting("transition_run", run, "cancelled")
    request = cancel.waiting("request_cancel", run)
    first.commit()
    assert twin.result(PATIENCE) == seq
    assert refused(late) == "MH007"
    assert refused(request) == "MH002"
    assert types(first, run)[2:] == ["run.completed"]


def test_a_run_is_started_and_asked_to_stop_once(client: Connect, two_projects: TwoProjects) -> None:
    clients = [client() for _ in range(4)]
    for _ in range(3):
        run = clients[0].call("create_run", two_projects.a, "chat")
        for seq, name, args in ((2, "transition_run", ("running",)), (3, "request_cancel", ())):
            assert together([partial(each.call, name, run, *args) for each in clients]) == [seq] * 4
        assert types(clients[0], run) == ["run.created", "run.started", "run.cancel_requested"]


# Creating the same thing twice


@every_level
def test_a_run_id_makes_one_run(client: Connect, two_projects: TwoProjects, level: psycopg.IsolationLevel) -> None:
    clients = [client(level=level) for _ in range(4)]
    for _ in range(3):
        run = clients[0].call("new_run_id")
        calls = [partial(each.retry, "create_run", two_projects.a, "chat", p_run_id=run) for each in clients]
        assert together(calls) == [run] * 4
        assert types(clients[0], run) == ["run.created"]

        child = clients[0].call("new_run_id")
        calls = [partial(each.retry, "fork_run", run, 1, p_new_run_id=child) for each in clients]
        assert together(calls) == [child] * 4
        assert types(clients[0], child) == ["run.created"]


def test_a_run_id_in_flight_is_waited_for(client: Connect, two_projects: TwoProjects) -> None:
    first, same, other, bob = client(autocommit=False), client(), client(), client("bob")
    run = same.call("new_run_id")
    first.call("create_run", two_projects.a, "chat", p_run_id=run)
    twin = same.waiting("create_run", two_projects.a, "chat", p_run_id=run)
    stranger = other.waiting("create_run", two_projects.a, "batch", p_run_id=run)
    foreigner = bob.waiting("create_run", two_projects.b, "chat", p_run_id=run)
    first.commit()
    assert twin.result(PATIENCE) == run
    assert [refused(stranger), refused(foreigner)] == ["MH005"] * 2

    run = same.call("new_run_id")
    first.call("create_run", two_projects.a, "chat", p_run_id=run)
    winner = other.waiting("create_run", two_projects.a, "batch", p_run_id=run)
    first.rollback()
    assert winner.result(PATIENCE) == run
    assert one(other.connection, "select mode from hypermind.runs where run_id = %s", run) == "batch"


@every_level
def test_an_artifact_id_attaches_once(client: Connect, run: UUID, level: psycopg.IsolationLevel) -> None:
    clients = [client(level=level) for _ in range(4)]
    args = ("log", "file:log", DIGEST, 1)
    for _ in range(3):
        artifact = uuid4()
        calls = [partial(each.retry, "attach_artifact", run, *args, p_artifact_id=artifact) for each in clients]
        assert together(calls) == [artifact] * 4
    assert types(clients[0], run)[2:] == ["artifact.attached"] * 3


@pytest.mark.parametrize("then", ["the run ends", "the run is claimed anew"])
def test_an_artifact_in_flight_is_waited_for(client: Connect, run: UUID, then: str) -> None:
    """The first call succeeded: its retry does too, whatever has changed since."""
    first, second = client(autocommit=False), client()
    epoch = second.call("claim_run", run, "worker")
    artifact, args = uuid4(), (run, "log", "file:log", DIGEST, 1)
    first.call("attach_artifact", *args, p_artifact_id=artifact, p_epoch=epoch)
    if then == "the run ends":
        first.call("transition_run", run, "completed")
    else:
        first.call("claim_run", run, "worker")
    twin = second.waiting("attach_artifact", *args, p_artifact_id=artifact, p_epoch=epoch)
    first.commit()
    assert twin.result(PATIENCE) == artifact
    assert types(second, run)[2:3] == ["artifact.attached"]


# Configurations


@every_level
def test_two_people_edit_one_prompt(client: Connect, two_projects: TwoProjects, level: psycopg.IsolationLevel) -> None:
    people = [client(level=level) for _ in range(4)]
    name = str(uuid4())
    for expected in range(4):
        edits = [Jsonb({"by": n, "after": expected}) for n in range(4)]
        calls = [
            partial(each.retry, "register_config", two_projects.a, "prompt", name, edit, expected)
            for each, edit in zip(people, edits, strict=True)
        ]
        assert sorted(together(calls), key=str) == [expected + 1, "MH014", "MH014", "MH014"]


@every_level
def test_the_same_content_is_one_version(
    client: Connect, two_projects: TwoProjects, level: psycopg.IsolationLevel
) -> None:
    people = [client(level=level) for _ in range(4)]
    name = str(uuid4())
    for version in (1, 2, 3):
        args = (two_projects.a, "tool", name, Jsonb({"text": version}))
        calls = [partial(each.retry, "register_config", *args) for each in people]
        assert together(calls) == [version] * 4


@every_snapshot_level
def test_a_version_that_the_snapshot_does_not_show_means_once_more(
    client: Connect, two_projects: TwoProjects, level: psycopg.IsolationLevel
) -> None:
    old, new = client(level=level, autocommit=False), client()
    for expected in (None, 1):
        name = str(uuid4())
        new.call("register_config", two_projects.a, "prompt", name, Jsonb({"n": 1}))
        old.connection.execute("select from hypermind.projects")
        new.call("register_config", two_projects.a, "prompt", name, Jsonb({"n": 2}))
        with pytest.raises(psycopg.errors.SerializationFailure):
            old.call("register_config", two_projects.a, "prompt", name, Jsonb({"n": 3}), expected)
        old.rollback()


def test_a_pin_is_a_version_that_the_label_had(client: Connect, two_projects: TwoProjects) -> None:
    moving, creating, steady = client(autocommit=False), client(), client(level=REPEATABLE_READ, autocommit=False)
    name = str(uuid4())
    for n in (1, 2, 3):
        assert creating.call("register_config", two_projects.a, "prompt", name, Jsonb({"n": n})) == n
    label = (two_projects.a, "prompt", name, "production")
    ref = {"kind": "prompt", "name": name, "label": "production"}

    def pinned(who: Client) -> set[tuple[int, str]]:
        run = who.call("create_run", two_projects.a, "chat", Jsonb(dict.fromkeys(("first", "second"), ref)))
        query = "select version, content_sha256 from hypermind.run_pins where run_id = %s"
        return set(who.connection.execute(query, (run,)).fetchall())

    def content(n: int) -> set[tuple[int, str]]:
        return {(n, sha256(b'{"n": %d}' % n).hexdigest())}

    moving.call("label_config", *label, 1)
    with pytest.raises(psycopg.Error) as caught:
        pinned(creating)
    assert caught.value.sqlstate == "MH013", "not yet committed"
    moving.commit()
    steady.connection.execute("select from hypermind.projects")
    moving.call("label_config", *label, 2)
    assert pinned(creating) == content(1)
    moving.commit()
    assert pinned(creating) == content(2)
    assert pinned(steady) == content(1), "as its snapshot has it"
    steady.commit()

    done = threading.Event()

    def move() -> None:
        while not done.is_set():
            for n in (3, 2):
                moving.call("label_config", *label, n)
                moving.commit()

    with ThreadPoolExecutor(1) as background:
        mover = background.submit(move)
        try:
            seen = [pinned(creating) for _ in range(30)]
        finally:
            done.set()
        mover.result(PATIENCE)
    assert all(pins in (content(2), content(3)) for pins in seen), "one version for both slots, with its own content"
    history = "select move from hypermind.config_label_history where label = 'production' and config_id = " + (
        "(select config_id from hypermind.config_entities where name = %s) order by move"
    )
    moves = [move for (move,) in creating.connection.execute(history, (name,))]
    assert moves == list(range(1, len(moves) + 1))


@pytest.fixture
def pausing_labels(admin_conn: Connection) -> Iterator[None]:
    """Whoever has found the label `first` waits for admin_conn's advisory lock 1."""
    definition = one(admin_conn, "select pg_get_functiondef(oid) from pg_proc where proname = 'config_version'")
    pause = "if p_label = 'first' then perform pg_advisory_xact_lock_shared(1); end if; return v_version;"
    assert "return v_version;" in definition
    admin_conn.execute(definition.replace("return v_version;", pause))
    yield
    admin_conn.execute(definition)


@every_level
@pytest.mark.usefixtures("pausing_labels")
def test_all_pins_of_a_run_are_of_one_moment(
    client: Connect, two_projects: TwoProjects, admin_conn: Connection, level: psycopg.IsolationLevel
) -> None:
    """Two labels move together, after a run has looked at the first, and before it looks at the second."""
    moving, creating = client(autocommit=False), client(level=level)
    prompt = (two_projects.a, "prompt", str(uuid4()))
    for n in (1, 2):
        moving.call("register_config", *prompt, Jsonb({"n": n}))
    for label in ("first", "second"):
        moving.call("label_config", *prompt, label, 1)
    moving.commit()
    refs = {label: {"kind": "prompt", "name": prompt[2], "label": label} for label in ("first", "second")}
    with admin_conn.transaction():
        admin_conn.execute("select pg_advisory_xact_lock(1)")
        created = creating.waiting("create_run", two_projects.a, "chat", Jsonb(refs))
        for label in refs:
            moving.call("label_config", *prompt, label, 2)
        moving.commit()
    query = "select slot, version from hypermind.run_pins where run_id = %s order by slot"
    pins = moving.connection.execute(query, (created.result(PATIENCE),)).fetchall()
    assert pins == [("first", 1), ("second", 1)]
    moving.rollback()


# Forks


@every_level
def test_a_fork_takes_what_is_committed(client: Connect, run: UUID, level: psycopg.IsolationLevel) -> None:
    writing, forking = client(autocommit=False), client(level=level)
    forking.call("append_event", run, "state.set", p_state_delta=Jsonb({"n": 1}))
    writing.call("append_event", run, "state.set", p_state_delta=Jsonb({"n": 2}))
    with pytest.raises(psycopg.Error) as caught:
        forking.call("fork_run", run, 4)
    assert caught.value.sqlstate == "MH012"
    child = forking.call("fork_run", run, 3)
    writing.commit()
    assert forking.call("state_at", child) == {"n": 1}
    assert forking.call("state_at", forking.call("fork_run", run, 4)) == {"n": 2}


# Holds, erasure, and what copies contents


def ended_run(who: Client, project: UUID) -> UUID:
    """Five events: two of them change the state, the last ends the run, with a snapshot."""
    run = new_run(who, project)
    who.call("append_event", run, "a.b", p_state_delta=Jsonb({"word": "secret"}))
    who.call("append_event", run, "a.b", p_state_delta=Jsonb({"other": 1}))
    who.call("transition_run", run, "completed")
    return run


def erased(who: Client, run: UUID) -> tuple[int, int]:
    """How many events and snapshots of a run have lost their content, and how many still have it."""
    query = """select count(*) filter (where e.salt is null), count(*) filter (where e.salt is not null)
               from (select salt from hypermind.run_events where run_id = %(run)s
                     union all select salt from hypermind.run_state_snapshots where run_id = %(run)s) as e"""
    row = who.connection.execute(query, {"run": run}).fetchone()
    assert row is not None
    return row


@every_level
def test_a_hold_waits_for_an_erasure_that_has_begun(
    client: Connect, two_projects: TwoProjects, level: psycopg.IsolationLevel
) -> None:
    run = ended_run(client(), two_projects.a)
    eraser, holder = client("oscar", autocommit=False), client("oscar", level=level, autocommit=False)
    eraser.call("erase_run", run, "personal data")
    placed = holder.waiting("place_hold", two_projects.a, "a dispute", run)
    eraser.commit()
    if level is READ_COMMITTED:
        holder.call("release_hold", placed.result(PATIENCE), "done")
    else:
        assert refused(placed) == "40001"
        holder.rollback()
        holder.call("release_hold", holder.retry("place_hold", two_projects.a, "a dispute", run), "done")
    holder.commit()
    assert erased(holder, run) == (6, 0)


def test_an_erasure_waits_for_a_hold_and_is_refused(client: Connect, two_projects: TwoProjects) -> None:
    run = ended_run(client(), two_projects.a)
    holder, eraser = client("oscar", autocommit=False), client("oscar")
    hold = holder.call("place_hold", two_projects.a, "a dispute", p_kind=None)
    waiting = eraser.waiting("erase_run", run, "personal data")
    holder.commit()
    assert refused(waiting) == "MH024"
    assert erased(eraser, run) == (0, 6)
    holder.call("release_hold", hold, "done")
    holder.commit()
    eraser.call("erase_run", run, "personal data")


def test_an_erasure_goes_on_when_the_hold_is_taken_back(client: Connect, two_projects: TwoProjects) -> None:
    run = ended_run(client(), two_projects.a)
    holder, eraser = client("oscar", autocommit=False), client("oscar")
    holder.call("place_hold", two_projects.a, "a dispute")
    waiting = eraser.waiting("erase_payload", run, 3, "personal data")
    holder.rollback()
    waiting.result(PATIENCE)
    assert erased(eraser, run) == (2, 4)


@every_snapshot_level
def test_an_erasure_does_not_run_on_an_old_snapshot(
    client: Connect, two_projects: TwoProjects, level: psycopg.IsolationLevel
) -> None:
    """It could overlook a hold, a fork or a snapshot that was committed since."""
    run = ended_run(client(), two_projects.a)
    eraser = client("oscar", level=level, autocommit=False)
    for call in (("erase_run", run, "why"), ("erase_payload", run, 3, "why")):
        with pytest.raises(psycopg.Error) as caught:
            eraser.call(*call)
        assert caught.value.sqlstate == "MH016"
        assert level.name.replace("_", " ") in str(caught.value)
        eraser.rollback()
    assert erased(eraser, run) == (0, 6)


@pytest.mark.parametrize("copy", [("take_snapshot", 4), ("fork_run", 3)], ids=lambda copy: copy[0])
@every_level
def test_who_copies_a_state_waits_for_its_erasure(
    client: Connect, two_projects: TwoProjects, level: psycopg.IsolationLevel, copy: tuple[str, int]
) -> None:
    run = ended_run(client(), two_projects.a)
    eraser, copier = client("oscar", autocommit=False), client(level=level, autocommit=False)
    eraser.call("erase_payload", run, 3, "personal data")
    waiting = copier.waiting(copy[0], run, copy[1])
    eraser.commit()
    assert refused(waiting) == ("MH025" if level is READ_COMMITTED else "40001")
    copier.rollback()
    assert erased(copier, run) == (2, 4)
    assert len(types(copier, run)) == 5


@pytest.mark.parametrize("copy", [("take_snapshot", 4), ("fork_run", 3)], ids=lambda copy: copy[0])
@every_snapshot_level
def test_an_old_snapshot_does_not_bring_an_erased_state_back(
    client: Connect, two_projects: TwoProjects, level: psycopg.IsolationLevel, copy: tuple[str, int]
) -> None:
    run = ended_run(client(), two_projects.a)
    copier = client(level=level, autocommit=False)
    assert copier.call("state_at", run, 3) == {"word": "secret"}
    client("oscar").call("erase_payload", run, 3, "personal data")
    with pytest.raises(psycopg.errors.SerializationFailure):
        copier.call(copy[0], run, copy[1])
    copier.rollback()


def test_an_erasure_waits_for_a_snapshot_and_takes_it(client: Connect, two_projects: TwoProjects) -> None:
    run = ended_run(client(), two_projects.a)
    copier, eraser = client(autocommit=False), client("oscar")
    copier.call("take_snapshot", run, 4)
    waiting = eraser.waiting("erase_payload", run, 3, "personal data")
    copier.commit()
    waiting.result(PATIENCE)
    assert erased(eraser, run) == (3, 4)


def test_an_erasure_waits_for_a_fork_and_names_it(client: Connect, two_projects: TwoProjects) -> None:
    run = ended_run(client(), two_projects.a)
    copier, eraser = client(autocommit=False), client("oscar")
    fork = copier.call("fork_run", run, 3)
    waiting = eraser.waiting("erase_payload", run, 3, "personal data")
    copier.commit()
    assert str(fork) in str(waiting.result(PATIENCE))
    copier.call("transition_run", fork, "cancelled")
    copier.commit()


def test_an_append_waits_for_an_erasure_of_its_run(client: Connect, two_projects: TwoProjects) -> None:
    alice, bystander = client(), client()
    run = new_run(alice, two_projects.a)
    alice.call("append_event", run, "a.b", p_state_delta=Jsonb({"list": ["secret"]}))
    eraser = client("oscar", autocommit=False)
    eraser.call("erase_payload", run, 3, "personal data")
    appended = alice.waiting("append_event", run, "a.b", p_state_delta=Jsonb([{"op": "remove", "path": "/list/0"}]))
    # Nobody else does: not in the same project, not who makes a run.
    other = new_run(bystander, two_projects.a)
    bystander.call("append_event", other, "a.b")
    bystander.call("transition_run", other, "completed")
    eraser.commit()
    assert refused(appended) == "MH025"
    alice.call("transition_run", run, "completed")
    assert len(types(alice, run)) == 4


def test_an_erasure_waits_for_an_append_and_takes_its_snapshot(client: Connect, two_projects: TwoProjects) -> None:
    alice, eraser = client(autocommit=False), client("oscar")
    run = new_run(alice, two_projects.a)
    alice.call("append_event", run, "a.b", p_state_delta=Jsonb({"word": "secret"}))
    alice.commit()
    batch = [{"event_type": "a.b", "state_delta": {"n": n}} for n in range(500)]
    alice.call("append_events", run, Jsonb(batch))
    waiting = eraser.waiting("erase_payload", run, 3, "personal data")
    alice.commit()
    waiting.result(PATIENCE)
    assert erased(eraser, run) == (2, 502)
    alice.call("transition_run", run, "cancelled")
    alice.commit()


def test_erasing_twice_at_once_erases_once(client: Connect, two_projects: TwoProjects) -> None:
    run = ended_run(client(), two_projects.a)
    people = [client("oscar") for _ in range(4)]
    calls: list[Callable[[], Any]] = [partial(one.call, "erase_run", run, "personal data") for one in people[:2]]
    calls += [partial(one.call, "erase_payload", run, 3, "personal data") for one in people[2:]]
    answers = [answer[:2] for answer in together(calls)]
    nothing = ("0", "0")
    assert sorted(answers) in ([nothing, nothing, nothing, ("5", "1")], [nothing, nothing, ("1", "1"), ("4", "0")])
    assert erased(people[0], run) == (6, 0)
    recorded = one(people[0].connection, "select count(*) from hypermind.erasures where run_id = %s", run)
    assert recorded == sum(answer != nothing for answer in answers)


def test_a_hold_placed_twice_at_once_is_one(client: Connect, two_projects: TwoProjects) -> None:
    run, hold = ended_run(client(), two_projects.a), uuid4()
    place = ("place_hold", two_projects.a, "a dispute", run)
    calls = [partial(client("oscar").call, *place, p_hold_id=hold) for _ in range(4)]
    assert together(calls) == [hold] * 4
    release = [partial(client("oscar").call, "release_hold", hold, "done") for _ in range(4)]
    assert together(release) == [""] * 4
