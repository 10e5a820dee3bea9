"""Transactions, retries after conflicts and lost connections, replica reads, the schema check: over real servers."""

import contextlib
import re
import select
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads
from psycopg_pool import PoolTimeout

from hypermindlabs import DatabaseRouter, Lab, NewEvent, RunManager, connect, errors, persistence
from hypermindlabs.database_router import RetryPolicy
from hypermindlabs.persistence import Call


class Recording(RetryPolicy):
    """A retry policy that keeps the errors it was asked about, and wastes no time."""

    def __init__(self, attempts: int = 6) -> None:
        super().__init__(attempts=attempts, base_seconds=0.01, max_seconds=0.05)
        object.__setattr__(self, "errors", [])

    errors: list[psycopg.Error]

    def wait_after(self, attempt: int, error: psycopg.Error, *, lost: bool) -> float:
        self.errors.append(error)
        return super().wait_after(attempt, error, lost=lost)


class Proxy:
    """Stands between client and server, and cuts connections where a test says so.

    cut: a pattern of what a client sends. times: how often to cut there. after: whether the server still gets it and
    answers, so that the work is done and the client does not hear of it.
    """

    def __init__(self, dsn: str) -> None:
        parts = conninfo_to_dict(dsn)
        self._server = f"{parts['host']}/.s.PGSQL.{parts['port']}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.dsn = make_conninfo(dsn, host="127.0.0.1", port=str(self._listener.getsockname()[1]), sslmode="disable")
        self._cut: re.Pattern[bytes] | None = None
        self.times = 0
        self._after = False
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def cut(self, pattern: str, *, after: bool, times: int = 1) -> None:
        self._cut, self._after, self.times = re.compile(pattern.encode()), after, times

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        with client, server, contextlib.suppress(OSError):
            server.connect(self._server)
            cutting = False
            while True:
                ready, _, _ = select.select([client, server], [], [])
                for source in ready:
                    data = source.recv(1 << 16)
                    if not data or (cutting and source is server):
                        return
                    if source is client and self._cut and self.times > 0 and self._cut.search(data):
                        self.times -= 1
                        if not self._after:
                            return
                        cutting = True  # the rest of a large message still goes through
                    (server if source is client else client).sendall(data)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)


@pytest.fixture(scope="module")
def proxy(two_projects: Any) -> Iterator[Proxy]:
    proxy = Proxy(two_projects.dsn_of("alice"))
    yield proxy
    proxy.close()


@pytest.fixture(scope="module")
def lab(two_projects: Any) -> Iterator[Lab]:
    with connect(two_projects.dsn_of("alice")) as lab:
        yield lab


@pytest.fixture
def run(lab: Lab, two_projects: Any) -> uuid.UUID:
    """A running run: two events."""
    run = lab.runs.create(two_projects.a, "chat")
    lab.runs.start(run)
    return run


def stored(lab: Lab, run: uuid.UUID, event_type: str = "note.added") -> int:
    return sum(event.event_type == event_type for event in lab.runs.events(run, limit=1000))


def waiting(admin: Any, query: str) -> int:
    """The pid of the backend that waits for a lock in such a query."""
    for _ in range(200):
        found = admin.execute(
            "select pid from pg_stat_activity where wait_event_type = 'Lock' and query ~ %s and datname ="
            " current_database()",
            (query,),
        ).fetchone()
        if found:
            pid: int = found[0]
            return pid
        time.sleep(0.05)
    raise AssertionError(f"nobody waits in {query}")


@contextlib.contextmanager
def in_background(work: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
    """Runs the work in a thread; what is given waits for it and returns its result or raises its error."""
    outcome: dict[str, Any] = {}

    def target() -> None:
        try:
            outcome["result"] = work()
        except BaseException as error:
            outcome["error"] = error

    thread = threading.Thread(target=target)
    thread.start()

    def wait() -> Any:
        thread.join(30)
        assert not thread.is_alive()
        if "error" in outcome:
            raise outcome["error"]
        return outcome["result"]

    try:
        yield wait
    finally:
        thread.join(30)


# Connecting


def test_a_database_without_the_schema_is_named_as_such(make_database: Any) -> None:
    dsn = make_database("empty", deployed=False)
    with pytest.raises(errors.SchemaBehind, match="has no hypermind schema") as caught:
        connect(dsn)
    assert "`hypermindlabs deploy` or `sqitch deploy`" in str(caught.value)


@pytest.fixture(scope="module")
def old_dsn(make_database: Any) -> Any:
    """A database whose schema says that it is older than the package."""
    dsn = make_database("old")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("""
            create or replace function hypermind.schema_version() returns integer language sql immutable
            as $$ select 0 $$""")
    return dsn


def test_an_older_schema_is_refused(old_dsn: str) -> None:
    with pytest.raises(errors.SchemaBehind, match="has version 0, and this package needs 1") as caught:
        connect(old_dsn)
    assert "sqitch deploy" in str(caught.value)


def test_a_newer_schema_is_accepted(lab: Lab, two_projects: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persistence, "SCHEMA_VERSION", 0)
    connect(two_projects.dsn_of("alice")).close()


def test_the_schema_is_checked_once(two_projects: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    version = persistence.schema_version

    def counted() -> Call[int]:
        asked.append(1)
        return version()

    monkeypatch.setattr(persistence, "schema_version", counted)
    with connect(two_projects.dsn_of("alice")) as lab:
        lab.runs.list()
        lab.runs.list()
    assert len(asked) == 1


def test_a_server_that_is_not_there_fails_at_once(two_projects: Any) -> None:
    started = time.monotonic()
    with pytest.raises(psycopg.OperationalError):
        connect(make_conninfo(two_projects.dsn, port="1"))
    with pytest.raises(psycopg.OperationalError, match="nobody"):
        connect(two_projects.dsn_of("nobody"))
    assert time.monotonic() - started < 10


def test_the_dsn_comes_from_the_environment(two_projects: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", two_projects.dsn_of("bob"))
    with connect() as lab:
        assert [project.project_id for project in lab.runs.projects()] == [two_projects.b]


def test_closing_ends_the_connections(two_projects: Any, admin_conn: Any) -> None:
    lab = connect(make_conninfo(two_projects.dsn_of("alice"), application_name="to be closed"), min_size=3)
    query = "select count(*) from pg_stat_activity where application_name = 'to be closed'"
    lab.runs.list()
    lab.close()
    for _ in range(100):
        if admin_conn.execute(query).fetchone() == (0,):
            break
        time.sleep(0.05)
    assert admin_conn.execute(query).fetchone() == (0,)


# Transactions


def test_a_transaction_is_all_or_nothing(lab: Lab, run: uuid.UUID, two_projects: Any) -> None:
    with lab.transaction() as tx:
        other = tx.runs.create(two_projects.a, "chat")
        tx.runs.append(run, "note.added")
        assert tx.connection.execute("select 1").fetchone() == (1,)
        assert stored(lab, run) == 0  # nobody else sees it yet
        assert tx.replay.state_at(other) == {}
    assert stored(lab, run) == 1
    assert lab.runs.get(other).status == "queued"

    with pytest.raises(ZeroDivisionError), lab.transaction() as tx:
        tx.runs.append(run, "note.added")
        raise ZeroDivisionError
    assert stored(lab, run) == 1


def test_an_append_joins_the_callers_transaction(lab: Lab, run: uuid.UUID, two_projects: Any, admin_conn: Any) -> None:
    admin_conn.execute("create table if not exists orders (n int); grant all on orders to public")
    with psycopg.connect(two_projects.dsn_of("alice")) as connection:
        runs = RunManager(connection)
        connection.execute("insert into orders values (1)")
        runs.append(run, "order.placed")
        runs.append_many(run, [NewEvent("order.placed")])
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
        connection.rollback()
        assert stored(lab, run, "order.placed") == 0

        connection.execute("insert into orders values (1)")
        runs.append(run, "order.placed")
        connection.commit()
    assert stored(lab, run, "order.placed") == 1
    assert admin_conn.execute("select count(*) from orders").fetchone() == (1,)


def test_a_batch_of_several_statements_never_commits_for_the_caller(
    lab: Lab, run: uuid.UUID, two_projects: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persistence, "BATCH_EVENTS", 2)
    events = [NewEvent("note.added") for _ in range(5)]
    with psycopg.connect(two_projects.dsn_of("alice")) as connection:
        RunManager(connection).append_many(run, events)
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
        connection.rollback()
    assert stored(lab, run) == 0

    # In autocommit there is no transaction of the caller's to join: the batch is one by itself.
    with psycopg.connect(two_projects.dsn_of("alice"), autocommit=True) as connection:
        with pytest.raises(errors.ReservedEventType):
            RunManager(connection).append_many(run, [*events, NewEvent("run.failed")])
        assert stored(lab, run) == 0
        assert RunManager(connection).append_many(run, events) == 7


def test_a_refusal_in_a_savepoint_leaves_the_transaction_usable(lab: Lab, run: uuid.UUID) -> None:
    with lab.transaction() as tx:
        with pytest.raises(errors.ExpectedSeqConflict), tx.connection.transaction():
            tx.runs.append(run, "note.added", expected_seq=99)
        tx.runs.append(run, "note.added")
    assert stored(lab, run) == 1


def test_the_callers_connection_keeps_its_ways(run: uuid.UUID, two_projects: Any) -> None:
    with psycopg.connect(two_projects.dsn_of("alice"), row_factory=dict_row) as connection:
        set_json_loads(lambda data: "the caller's", connection)
        runs = RunManager(connection)
        assert runs.append(run, "note.added", {"a": 1}) == 3
        assert runs.events(run, after_seq=2)[0].payload == {"a": 1}
        assert connection.execute("select '{}'::jsonb as x").fetchone() == {"x": "the caller's"}


def test_only_the_router_makes_idempotency_keys(lab: Lab, run: uuid.UUID) -> None:
    lab.runs.append(run, "note.added")
    with lab.transaction() as tx:  # nothing is tried again here, and each key would cost a subtransaction
        tx.runs.append(run, "note.added")
    with_key, without = lab.runs.events(run, after_seq=2)
    assert with_key.event_id is not None
    assert without.event_id is None


# Lost connections


WRITES: dict[str, tuple[str, Callable[[RunManager, uuid.UUID, uuid.UUID], Any]]] = {
    "append": ("append_event", lambda runs, run, _: runs.append(run, "note.added")),
    "append with an id": ("append_event", lambda runs, run, new: runs.append(run, "note.added", event_id=new)),
    "batch": ("append_events", lambda runs, run, _: runs.append_many(run, [NewEvent("note.added")])),
    "artifact": ("attach_artifact", lambda runs, run, _: runs.attach(run, "log", "file:log", bytes(32), 1)),
    "end": ("transition_run", lambda runs, run, _: runs.complete(run, {"a": 1})),
    "end at a seq": ("transition_run", lambda runs, run, _: runs.complete(run, expected_seq=2)),
    "pause": ("transition_run", lambda runs, run, _: runs.pause(run)),
    "cancel request": ("request_cancel", lambda runs, run, _: runs.request_cancel(run)),
}


@pytest.mark.parametrize("after", [False, True], ids=["request lost", "answer lost"])
@pytest.mark.parametrize("write", WRITES)
def test_a_write_whose_connection_is_lost_is_done_once(
    proxy: Proxy, lab: Lab, run: uuid.UUID, write: str, after: bool
) -> None:
    function, call = WRITES[write]
    recording = Recording()
    with Lab(DatabaseRouter(proxy.dsn, retry=recording)) as through_proxy:
        proxy.cut(function, after=after)
        answer = call(through_proxy.runs, run, uuid.uuid4())
    assert proxy.times == 0
    assert len(recording.errors) == 1
    assert lab.runs.get(run).last_seq == 3  # once
    assert answer == 3 or lab.runs.artifacts(run)[0].artifact_id == answer
    assert lab.replay.verify(run)


@pytest.mark.parametrize("after", [False, True], ids=["request lost", "answer lost"])
def test_a_run_is_created_and_forked_once(proxy: Proxy, lab: Lab, two_projects: Any, after: bool) -> None:
    owner = f"team-{uuid.uuid4()}"
    with Lab(DatabaseRouter(proxy.dsn, retry=Recording())) as through_proxy:
        proxy.cut("create_run", after=after)
        run = through_proxy.runs.create(two_projects.a, "chat", owner=owner)
        proxy.cut("fork_run", after=after)
        child = through_proxy.replay.fork(run, 1, owner=owner)
        proxy.cut("register_config", after=after)
        name = str(uuid.uuid4())
        assert through_proxy.runs.register_config(two_projects.a, "tool", name, {}, expected_version=0) == 1
        proxy.cut("claim_run", after=after)
        assert through_proxy.runs.claim(run, "w") == lab.runs.claim(run, "w") - 1
    assert [found.run_id for found in lab.runs.list(owner=owner)] == sorted([run, child], reverse=True)
    assert len(lab.runs.config_history(two_projects.a, "tool", name)) == 1


@pytest.mark.parametrize("lost", ["append_events", "COMMIT"])
@pytest.mark.parametrize("after", [False, True], ids=["request lost", "answer lost"])
def test_a_batch_of_several_statements_is_stored_once(
    proxy: Proxy, lab: Lab, run: uuid.UUID, lost: str, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persistence, "BATCH_EVENTS", 2)
    with Lab(DatabaseRouter(proxy.dsn, retry=Recording())) as through_proxy:
        proxy.cut(lost, after=after)
        events = [NewEvent("note.added", {"n": n}) for n in range(5)]
        assert through_proxy.runs.append_many(run, events, expected_seq=2) == 7
    assert proxy.times == 0
    assert [event.payload for event in lab.runs.events(run, after_seq=2)] == [{"n": n} for n in range(5)]


def test_a_read_whose_connection_is_lost_is_asked_again(proxy: Proxy, run: uuid.UUID) -> None:
    with Lab(DatabaseRouter(proxy.dsn, retry=Recording())) as through_proxy:
        for pattern, read in (
            ("run_overview", through_proxy.runs.get),
            ("state_at", through_proxy.replay.state_at),
            ("verify_run", through_proxy.replay.verify),
        ):
            proxy.cut(pattern, after=True)
            read(run)
            assert proxy.times == 0


def test_attempts_are_bounded(proxy: Proxy, lab: Lab, run: uuid.UUID) -> None:
    recording = Recording(attempts=3)
    with Lab(DatabaseRouter(proxy.dsn, retry=recording)) as through_proxy:
        proxy.cut("append_event", after=False, times=100)
        with pytest.raises(psycopg.OperationalError):
            through_proxy.runs.append(run, "note.added")
    assert 100 - proxy.times == len(recording.errors) == 3
    proxy.cut("x", after=False, times=0)
    assert stored(lab, run) == 0


@pytest.mark.parametrize("after", [False, True], ids=["request lost", "answer lost"])
def test_in_the_callers_transaction_nothing_is_tried_again(proxy: Proxy, lab: Lab, run: uuid.UUID, after: bool) -> None:
    with psycopg.connect(proxy.dsn) as connection:
        proxy.cut("append_event", after=after)
        with pytest.raises(psycopg.OperationalError):
            RunManager(connection).append(run, "note.added", event_id=uuid.uuid4())
    recording = Recording()
    with Lab(DatabaseRouter(proxy.dsn, retry=recording)) as through_proxy:
        proxy.cut("append_event", after=after)
        with pytest.raises(psycopg.OperationalError), through_proxy.transaction() as tx:
            tx.runs.append(run, "note.added", event_id=uuid.uuid4())
    assert recording.errors == []
    assert stored(lab, run) == 0


def test_a_terminated_backend_is_replaced_and_the_append_stored_once(
    two_projects: Any, lab: Lab, run: uuid.UUID, admin_conn: Any
) -> None:
    recording = Recording()
    with Lab(DatabaseRouter(two_projects.dsn_of("alice"), retry=recording)) as victim:
        with psycopg.connect(two_projects.dsn) as holder:
            holder.execute("select from hypermind.run_heads where run_id = %s for update", (run,))
            with in_background(lambda: victim.runs.append(run, "note.added")) as finished:
                pid = waiting(admin_conn, "append_event")
                assert admin_conn.execute("select pg_terminate_backend(%s)", (pid,)).fetchone() == (True,)
                assert waiting(admin_conn, "append_event")  # the second attempt
                holder.rollback()
                assert finished() == 3
        assert isinstance(recording.errors[0], psycopg.errors.AdminShutdown)
        assert stored(lab, run) == 1


def test_connections_that_died_while_idle_are_never_used(two_projects: Any, run: uuid.UUID, admin_conn: Any) -> None:
    recording = Recording()
    dsn = make_conninfo(two_projects.dsn_of("alice"), application_name="idle")
    kill = """
        select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where application_name = 'idle'"""
    with Lab(DatabaseRouter(dsn, min_size=4, retry=recording)) as lab:
        for work in (lambda: lab.runs.append(run, "note.added"), lambda: append_in_transaction(lab, run)):
            lab.runs.get(run)
            assert admin_conn.execute(kill).fetchone()[0] >= 1
            work()
    assert recording.errors == []
    assert stored(lab_of(two_projects), run) == 2


def append_in_transaction(lab: Lab, run: uuid.UUID) -> None:
    with lab.transaction() as tx:
        tx.runs.append(run, "note.added")


def lab_of(two_projects: Any) -> Any:
    """The managers over a plain connection."""

    class Plain:
        runs = RunManager(two_projects.connect("alice"))

    return Plain


def test_a_cancelled_statement_is_no_lost_connection(two_projects: Any, lab: Lab, run: uuid.UUID) -> None:
    recording = Recording()
    dsn = make_conninfo(two_projects.dsn_of("alice"), options="-c lock_timeout=100ms")
    with psycopg.connect(two_projects.dsn) as holder, Lab(DatabaseRouter(dsn, retry=recording)) as hasty:
        holder.execute("select from hypermind.run_heads where run_id = %s for update", (run,))
        with pytest.raises(psycopg.errors.LockNotAvailable):
            hasty.runs.append(run, "note.added")
    assert len(recording.errors) == 1
    assert stored(lab, run) == 0


def test_a_pool_without_a_free_connection_says_so(two_projects: Any) -> None:
    router = DatabaseRouter(two_projects.dsn_of("alice"), max_size=1, timeout=0.2)
    with Lab(router) as lab, lab.transaction(), pytest.raises(PoolTimeout):
        lab.runs.list()


# Conflicts


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
def test_a_serialization_failure_is_tried_again(
    two_projects: Any, lab: Lab, run: uuid.UUID, admin_conn: Any, isolation: str
) -> None:
    recording = Recording()
    dsn = make_conninfo(
        two_projects.dsn_of("alice"),
        options=f"-c default_transaction_isolation={isolation.replace(' ', chr(92) + ' ')}",
    )
    with Lab(DatabaseRouter(dsn, retry=recording)) as strict, two_projects.connect("alice", autocommit=False) as other:
        RunManager(other).append(run, "note.added", {"by": "other"})
        with in_background(lambda: strict.runs.append(run, "note.added", {"by": "strict"})) as finished:
            waiting(admin_conn, "append_event")
            other.commit()
            assert finished() == 4
    assert [type(error) for error in recording.errors] == [psycopg.errors.SerializationFailure]
    assert [event.payload for event in lab.runs.events(run, after_seq=2)] == [{"by": "other"}, {"by": "strict"}]


@pytest.mark.parametrize("isolation", list(psycopg.IsolationLevel)[2:])
def test_the_caller_gets_the_serialization_failure_of_its_own_transaction(
    two_projects: Any, lab: Lab, run: uuid.UUID, isolation: psycopg.IsolationLevel
) -> None:
    with psycopg.connect(two_projects.dsn_of("alice")) as connection:
        connection.isolation_level = isolation
        runs = RunManager(connection)
        assert runs.get(run).last_seq == 2  # its snapshot is taken
        lab.runs.append(run, "note.added")
        with pytest.raises(psycopg.errors.SerializationFailure):
            runs.append(run, "note.added", event_id=uuid.uuid4())
        connection.rollback()
        assert runs.append(run, "note.added") == 4


def test_a_key_used_meanwhile_is_found_by_the_second_attempt(two_projects: Any, lab: Lab, run: uuid.UUID) -> None:
    """What another transaction stored under the same id is not seen by the snapshot: 40001, then the first seq."""
    key = uuid.uuid4()
    with psycopg.connect(two_projects.dsn_of("alice")) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute("select 1")
        assert lab.runs.append(run, "note.added", event_id=key) == 3
        with pytest.raises(psycopg.errors.SerializationFailure):
            RunManager(connection).append(run, "note.added", event_id=key)
        connection.rollback()
        assert RunManager(connection).append(run, "note.added", event_id=key) == 3


def test_a_deadlock_is_tried_again(two_projects: Any, run: uuid.UUID, admin_conn: Any, lab: Lab) -> None:
    append = persistence.append_event(run, "note.added")
    holding = Call(
        f"select x from (select pg_advisory_xact_lock(7)) as l, lateral ({append.statement}) as a (x)",
        append.parameters,
        append.answer,
        append.key,
    )
    recording = Recording()
    victim = DatabaseRouter(two_projects.dsn_of("alice"), retry=recording)
    with victim, psycopg.connect(two_projects.dsn) as other:
        other.execute("set deadlock_timeout = '60s'")
        other.execute("select from hypermind.run_heads where run_id = %s for update", (run,))
        with in_background(lambda: victim.execute(holding)) as finished:
            waiting(admin_conn, "append_event")
            other.execute("select pg_advisory_xact_lock(7)")  # granted once the victim was rolled back
            other.rollback()
            assert finished() == 3
    assert [type(error) for error in recording.errors] == [psycopg.errors.DeadlockDetected]
    assert stored(lab, run) == 1


def test_waits_grow_up_to_a_bound() -> None:
    policy = RetryPolicy(attempts=4, base_seconds=1, max_seconds=3)
    conflict = psycopg.errors.DeadlockDetected("deadlock")
    assert [policy.ceiling(attempt) for attempt in (1, 2, 3)] == [1, 2, 3]
    waits = [policy.wait_after(2, conflict, lost=False) for _ in range(200)]
    assert 0 <= min(waits) < 0.5 < 1.5 < max(waits) <= 2  # jitter
    with pytest.raises(psycopg.errors.DeadlockDetected):
        policy.wait_after(4, conflict, lost=False)
    with pytest.raises(psycopg.errors.QueryCanceled):
        policy.wait_after(1, psycopg.errors.QueryCanceled("timeout"), lost=False)


# Replicas and poolers


def application() -> Call[str]:
    return Call("select current_setting('application_name')", ({},), lambda rows: str(rows[0][0]), reads=True)


def test_reads_go_to_the_replica_only_when_asked_to(two_projects: Any, run: uuid.UUID) -> None:
    def dsn(name: str, options: str = "") -> str:
        return make_conninfo(two_projects.dsn_of("alice"), application_name=name, options=options)

    read_only = dsn("replica", "-c default_transaction_read_only=on")
    with Lab(DatabaseRouter(dsn("primary"), replica_dsn=read_only)) as lab:
        assert lab.router.execute(application()) == "primary"
        assert lab.router.execute(application(), replica=True) == "replica"
        assert lab.router.replica.execute(application()) == "replica"
        assert lab.replica.runs.append(run, "note.added") == 3  # a write goes to the primary
        replay, runs = lab.replica.replay, lab.replica.runs
        assert runs.get(run).last_seq == 3
        assert replay.resolve(run).digest == lab.replay.resolve(run).digest
        assert replay.verify(run)
        assert [step.event.seq for step in replay.steps(run)] == [1, 2, 3]
        assert replay.lineage(run)[0].relation == "self"
        assert replay.diff(run, 1, 3) == []
        assert len(runs.events(run)) == 3
    with Lab(DatabaseRouter(dsn("primary"))) as lab:
        assert lab.router.replica.execute(application()) == "primary"


def test_nothing_is_prepared_behind_a_pooler(two_projects: Any, run: uuid.UUID) -> None:
    prepared = Call(
        "select count(*) from pg_prepared_statements where statement ~ 'append_event'",
        ({},),
        lambda rows: int(rows[0][0]),
    )
    for threshold, expected in ((None, 0), (2, 1)):
        router = DatabaseRouter(two_projects.dsn_of("alice"), max_size=1, prepare_threshold=threshold)
        with Lab(router) as lab:
            for number in (1, 2**20, 10**9):  # one statement, whatever the size of the numbers
                for _ in range(4):
                    lab.runs.append(run, "note.added", input_tokens=number)
            assert lab.router.execute(prepared) == expected


def test_the_router_leaves_sessions_as_they_are(two_projects: Any, run: uuid.UUID) -> None:
    settings = Call(
        "select array_agg(name order by name) from pg_settings where source = 'session'", ({},), lambda rows: rows[0][0]
    )
    with Lab(DatabaseRouter(two_projects.dsn_of("alice"), max_size=1)) as lab:
        lab.runs.append(run, "note.added")
        with lab.runs.claimed(run, "w", timedelta(seconds=5)):
            list(lab.replay.steps(run))
        assert lab.router.execute(settings) in (None, ["application_name"])
