"""The async classes do what the sync ones do: the same statements, transactions, retries and refusals."""

import asyncio
import inspect
import uuid
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg_pool import PoolTimeout
from test_database_router import Proxy, Recording, application

from hypermindlabs import (
    AsyncContractManager,
    AsyncDatabaseRouter,
    AsyncLab,
    AsyncOperationsManager,
    AsyncReplayManager,
    AsyncRunManager,
    ContractManager,
    Lab,
    NewEvent,
    OperationsManager,
    ReplayManager,
    RunManager,
    connect,
    connect_async,
    errors,
    persistence,
    replay_manager,
    run_manager,
)

Work = Callable[[AsyncLab], Awaitable[Any]]


@pytest.fixture(scope="module")
def lab(two_projects: Any) -> Iterator[Lab]:
    with connect(two_projects.dsn_of("alice")) as lab:
        yield lab


@pytest.fixture(scope="module")
def proxy(two_projects: Any) -> Iterator[Proxy]:
    proxy = Proxy(two_projects.dsn_of("alice"))
    yield proxy
    proxy.close()


@pytest.fixture
def run(lab: Lab, two_projects: Any) -> uuid.UUID:
    """A running run: two events."""
    run = lab.runs.create(two_projects.a, "chat")
    lab.runs.start(run)
    return run


def within(dsn: str, work: Work, **options: Any) -> Any:
    """Does the work with an open AsyncLab, in an event loop of its own."""

    async def main() -> Any:
        async with connect_async(dsn, **options) as lab:
            return await work(lab)

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("sync_class", "async_class"),
    [
        (RunManager, AsyncRunManager),
        (ReplayManager, AsyncReplayManager),
        (ContractManager, AsyncContractManager),
        (OperationsManager, AsyncOperationsManager),
        (Lab, AsyncLab),
        (run_manager.EventStream, run_manager.AsyncEventStream),
    ],
)
def test_both_have_the_same_methods(sync_class: type, async_class: type) -> None:
    def signatures(of: type) -> dict[str, list[str]]:
        return {
            name: list(inspect.signature(value).parameters)
            for name, value in inspect.getmembers(of, callable)
            if not name.startswith("_")
        }

    assert signatures(sync_class) == signatures(async_class)


def test_a_run_from_its_creation_to_its_end(lab: Lab, two_projects: Any) -> None:
    async def work(a: AsyncLab) -> uuid.UUID:
        run = await a.runs.create(two_projects.a, "chat", input={"text": "\x00\ud800"})
        assert await a.runs.start(run) == 2
        assert await a.runs.append(run, "note.added", {"text": "\x00"}, {"n": 1}, expected_seq=2) == 3
        assert await a.runs.append_many(run, [NewEvent("note.added", state_delta={"n": 2})]) == 4
        claimed = a.runs.claimed(run, "w", timedelta(seconds=30))
        async with claimed as epoch, a.runs.stream(run, epoch=epoch, max_events=2) as stream:
            for n in range(5):
                await stream.add("token.streamed", {"n": n})
        assert [step.state async for step in a.replay.steps(run, 3, 5)] == [{"n": 1}, {"n": 2}, {"n": 2}]
        assert [step.diff async for step in a.replay.steps(run, 4, 5)] == [
            [{"op": "replace", "path": "/n", "value": 2}],
            [],
        ]
        assert await a.replay.state_at(run, 3) == {"n": 1}
        child = await a.replay.fork(run, 3, state_patch={"n": 7})
        assert (await a.replay.resolve(child)).state == {"n": 7}
        assert await a.runs.complete(run) == 10
        assert await a.replay.verify(run)
        assert (await a.runs.request(run)).input == {"text": "\x00\ud800"}
        return run

    run = within(two_projects.dsn_of("alice"), work)
    assert lab.runs.get(run).status == "completed"
    assert [event.payload for event in lab.runs.events(run, after_seq=4, limit=5)] == [{"n": n} for n in range(5)]


def test_many_at_once(lab: Lab, two_projects: Any, run: uuid.UUID) -> None:
    async def work(a: AsyncLab) -> None:
        await asyncio.gather(*(a.runs.append(run, "note.added", {"n": n}) for n in range(40)))

    within(two_projects.dsn_of("alice"), work, max_size=8)
    events = lab.runs.events(run, after_seq=2)
    assert sorted(event.payload["n"] for event in events if event.payload) == list(range(40))
    assert [event.seq for event in events] == list(range(3, 43))


def test_events_are_replayed_in_pages(two_projects: Any, run: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_manager, "_PAGE", 3)

    async def work(a: AsyncLab) -> None:
        await a.runs.append_many(run, [NewEvent("note.added") for _ in range(6)])
        assert [event.seq async for event in a.replay.replay_events(run)] == list(range(1, 9))
        assert [event.seq async for event in a.replay.replay_events(run, 2, 7)] == list(range(2, 8))
        with pytest.raises(errors.SeqOutOfRange):
            [event async for event in a.replay.replay_events(run, 1, 99)]

    within(two_projects.dsn_of("alice"), work)


def test_a_stream_sends_when_old_and_keeps_what_it_could_not_send(
    two_projects: Any, lab: Lab, run: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(run_manager, "time", SimpleNamespace(monotonic=lambda: now[0]))

    async def work(a: AsyncLab) -> None:
        async with a.runs.stream(run, max_seconds=1) as stream:
            await stream.add("token.streamed", {"n": 0})
            now[0] = 1.0
            await stream.add("token.streamed", {"n": 1})
            assert (await a.runs.get(run)).last_seq == 4
            good = stream._runs
            stream._runs = SimpleNamespace(append_many=self_destruct)  # type: ignore[assignment]
            await stream.add("token.streamed", {"n": 2})
            with pytest.raises(psycopg.OperationalError):
                await stream.flush()
            stream._runs = good

    async def self_destruct(*_: Any, **__: Any) -> None:
        raise psycopg.OperationalError("lost")

    within(two_projects.dsn_of("alice"), work)
    assert [event.payload for event in lab.runs.events(run, after_seq=2)] == [{"n": n} for n in range(3)]


def test_a_transaction_is_all_or_nothing(two_projects: Any, lab: Lab, run: uuid.UUID) -> None:
    async def work(a: AsyncLab) -> None:
        async with a.transaction() as tx:
            await tx.runs.append(run, "note.added")
            await tx.connection.execute("select 1")
            with pytest.raises(errors.ExpectedSeqConflict):
                async with tx.connection.transaction():
                    await tx.runs.append(run, "note.added", expected_seq=99)
            assert lab.runs.get(run).last_seq == 2
        assert lab.runs.get(run).last_seq == 3
        with pytest.raises(ZeroDivisionError):
            async with a.transaction() as tx:
                await tx.runs.append(run, "note.added")
                raise ZeroDivisionError

    within(two_projects.dsn_of("alice"), work)
    assert lab.runs.get(run).last_seq == 3


def test_a_manager_of_a_connection_never_commits(
    two_projects: Any, lab: Lab, run: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persistence, "BATCH_EVENTS", 2)
    events = [NewEvent("note.added") for _ in range(5)]

    async def main() -> None:
        async with await psycopg.AsyncConnection.connect(two_projects.dsn_of("alice")) as connection:
            runs = AsyncRunManager(connection)
            await runs.append(run, "note.added")
            await runs.append_many(run, events)
            assert connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
            await connection.rollback()
            assert lab.runs.get(run).last_seq == 2
            await connection.set_autocommit(True)
            with pytest.raises(errors.ReservedEventType):
                await runs.append_many(run, [*events, NewEvent("run.failed")])
            assert lab.runs.get(run).last_seq == 2

    asyncio.run(main())


def test_claimed_ends_quietly_when_the_run_has_ended(two_projects: Any, run: uuid.UUID, lab: Lab) -> None:
    async def work(a: AsyncLab) -> None:
        async with a.runs.claimed(run, "w") as epoch:
            await a.runs.complete(run, epoch=epoch)
        with pytest.raises(errors.RunClosed):
            async with a.runs.claimed(run, "w"):
                pass

    within(two_projects.dsn_of("alice"), work)


# Retries


@pytest.mark.parametrize("after", [False, True], ids=["request lost", "answer lost"])
def test_a_write_whose_connection_is_lost_is_done_once(proxy: Proxy, lab: Lab, run: uuid.UUID, after: bool) -> None:
    recording = Recording()

    async def work(a: AsyncLab) -> None:
        proxy.cut("append_event", after=after)
        assert await a.runs.append(run, "note.added") == 3
        proxy.cut("append_events", after=after)
        assert await a.runs.append_many(run, [NewEvent("note.added")]) == 4
        proxy.cut("run_overview", after=after)
        assert (await a.runs.get(run)).last_seq == 4

    within(proxy.dsn, work, retry=recording)
    assert proxy.times == 0
    assert len(recording.errors) == 3
    assert lab.runs.get(run).last_seq == 4


def test_attempts_are_bounded(proxy: Proxy, lab: Lab, run: uuid.UUID) -> None:
    recording = Recording(attempts=3)

    async def work(a: AsyncLab) -> None:
        proxy.cut("append_event", after=False, times=100)
        with pytest.raises(psycopg.OperationalError):
            await a.runs.append(run, "note.added")
        proxy.cut("x", after=False, times=0)

    within(proxy.dsn, work, retry=recording)
    assert len(recording.errors) == 3
    assert lab.runs.get(run).last_seq == 2


def test_in_the_callers_transaction_nothing_is_tried_again(proxy: Proxy, lab: Lab, run: uuid.UUID) -> None:
    recording = Recording()

    async def work(a: AsyncLab) -> None:
        proxy.cut("append_event", after=True)
        with pytest.raises(psycopg.OperationalError):
            async with a.transaction() as tx:
                await tx.runs.append(run, "note.added", event_id=uuid.uuid4())

    within(proxy.dsn, work, retry=recording)
    assert recording.errors == []
    assert lab.runs.get(run).last_seq == 2


def test_connections_that_died_while_idle_are_never_used(two_projects: Any, run: uuid.UUID, admin_conn: Any) -> None:
    recording = Recording()
    kill = "select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where application_name = 'async idle'"

    async def work(a: AsyncLab) -> None:
        for expected in (3, 4):
            await a.runs.get(run)
            assert admin_conn.execute(kill).fetchone()[0] >= 1
            async with a.transaction() as tx:
                assert await tx.runs.append(run, "note.added") == expected

    dsn = make_conninfo(two_projects.dsn_of("alice"), application_name="async idle")
    within(dsn, work, retry=recording, min_size=3)
    assert recording.errors == []


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
def test_a_serialization_failure_is_tried_again(two_projects: Any, lab: Lab, run: uuid.UUID, isolation: str) -> None:
    recording = Recording()
    options = f"-c default_transaction_isolation={isolation.replace(' ', chr(92) + ' ')}"

    async def work(a: AsyncLab) -> None:
        async with connect_async(two_projects.dsn_of("alice")) as other:
            async with other.transaction() as tx:
                await tx.runs.append(run, "note.added", {"by": "other"})
                append = asyncio.create_task(a.runs.append(run, "note.added", {"by": "strict"}))
                await asyncio.sleep(0.5)
                assert not append.done()
            assert await append == 4

    within(make_conninfo(two_projects.dsn_of("alice"), options=options), work, retry=recording)
    assert [type(error) for error in recording.errors] == [psycopg.errors.SerializationFailure]


# Servers


def test_reads_go_to_the_replica_only_when_asked_to(two_projects: Any, run: uuid.UUID) -> None:
    def dsn(name: str, options: str = "") -> str:
        return make_conninfo(two_projects.dsn_of("alice"), application_name=name, options=options)

    async def work(a: AsyncLab) -> None:
        assert await a.router.execute(application()) == "primary"
        assert await a.router.replica.execute(application()) == "replica"
        assert await a.replica.runs.append(run, "note.added") == 3
        assert (await a.replica.replay.resolve(run)).at_seq == 3

    within(dsn("primary"), work, replica_dsn=dsn("replica", "-c default_transaction_read_only=on"))


def test_a_database_without_the_schema_is_named_as_such(make_database: Any) -> None:
    async def nothing(_: AsyncLab) -> None:
        raise AssertionError("never connected")

    with pytest.raises(errors.SchemaBehind, match="`sqitch deploy`"):
        within(make_database("empty_async", deployed=False), nothing)


def test_a_pool_without_a_free_connection_says_so(two_projects: Any) -> None:
    async def work(a: AsyncLab) -> None:
        async with a.transaction():
            with pytest.raises(PoolTimeout):
                await a.runs.list()

    within(two_projects.dsn_of("alice"), work, max_size=1, timeout=0.2)


def test_a_cancelled_task_gives_its_connection_back(two_projects: Any, lab: Lab, run: uuid.UUID) -> None:
    async def main() -> None:
        async with AsyncDatabaseRouter(two_projects.dsn_of("alice"), max_size=1) as router:
            runs = AsyncRunManager(router)
            with lab.transaction() as tx:
                tx.runs.append(run, "note.added")
                append = asyncio.create_task(runs.append(run, "note.added"))
                await asyncio.sleep(0.3)
                append.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await append
            assert await runs.append(run, "note.added") == 4

    asyncio.run(main())
