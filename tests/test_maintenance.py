"""maintain() and health() among real sessions: two at once, workers that come back, runs that are locked, replicas."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, TypeAlias
from uuid import UUID

import psycopg
import pytest
from conftest import Connection, MakeDatabase, TwoProjects
from psycopg import sql
from psycopg.conninfo import make_conninfo

from hypermindlabs import Lab, OperationsManager, connect, errors
from hypermindlabs.cli import main
from hypermindlabs.embedded import Server
from hypermindlabs.persistence import MaintenanceStep

Command: TypeAlias = Callable[..., tuple[int, str, str]]
EXPIRE = "update hypermind.run_heads set claim_expires_at = now() - interval '2 hours' where run_id = %s"


@pytest.fixture(scope="module")
def labs(two_projects: TwoProjects) -> Iterator[dict[str, Lab]]:
    with ExitStack() as stack:
        yield {
            # Nobody here waits for a lock for long: a test would hang instead of failing.
            person: stack.enter_context(connect(two_projects.dsn_of(person) + " options='-c lock_timeout=10s'"))
            for person in ("alice", "carol", "oscar")
        }


@pytest.fixture(scope="module")
def monica(two_projects: TwoProjects, admin_conn: Connection) -> str:
    """The dsn of a monitoring tool's user: a member of pg_monitor, and of nothing else."""
    if not admin_conn.execute("select from pg_roles where rolname = 'monica'").fetchone():
        admin_conn.execute("create role monica login; grant pg_monitor to monica")
    return make_conninfo(two_projects.dsn, user="monica")


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """The command line in this process: exit code, what it printed, and its errors."""

    def call(*words: str, dsn: str) -> tuple[int, str, str]:
        monkeypatch.setenv("DATABASE_URL", dsn)
        code = main(words)
        said = capfd.readouterr()
        return code, said.out, said.err

    return call


def expired_run(labs: dict[str, Lab], project: UUID, owner: Connection) -> UUID:
    """A running run whose worker has not been heard of for two hours."""
    runs = labs["alice"].runs
    run: UUID = runs.create(project, "chat")
    runs.start(run)
    runs.claim(run, "worker")
    owner.execute(EXPIRE, (run,))
    return run


def claims(steps: list[MaintenanceStep]) -> tuple[int, int, int | None]:
    (step,) = [step for step in steps if step.step == "claims"]
    return step.done, step.failed, step.remaining


def wait_until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


# At the same moment


def test_of_two_at_once_the_second_says_so(
    labs: dict[str, Lab], two_projects: TwoProjects, owner_conn: Connection
) -> None:
    run = expired_run(labs, two_projects.a, owner_conn)
    with labs["oscar"].transaction() as tx:
        assert claims(tx.operations.maintain())[0] >= 1
        started = time.monotonic()
        (said,) = labs["oscar"].operations.maintain()
        assert (said.step, said.done, said.note) == ("all", 0, "another session is doing maintenance")
        assert time.monotonic() - started < 5
    assert labs["alice"].runs.get(run).status == "failed"
    assert [step.step for step in labs["oscar"].operations.maintain()] == ["periods", "claims", "figures"]


def test_many_at_once_end_each_run_once(
    labs: dict[str, Lab], two_projects: TwoProjects, owner_conn: Connection
) -> None:
    runs = [expired_run(labs, two_projects.a, owner_conn) for _ in range(60)]

    def maintain(_: int) -> int:
        done = 0
        with connect(two_projects.dsn_of("oscar"), max_size=1) as lab:
            for _ in range(12):
                done += sum(step.done for step in lab.operations.maintain(7) if step.step == "claims")
        return done

    with ThreadPoolExecutor(3) as pool:
        ended = sum(pool.map(maintain, range(3)))
    while claims(left := labs["oscar"].operations.maintain())[2]:
        ended += claims(left)[0]
    ended += claims(left)[0]
    assert ended == 60
    assert {labs["alice"].runs.get(run).status for run in runs} == {"failed"}
    assert all(labs["alice"].replay.verify(run) for run in runs[:3])


def test_a_run_that_its_worker_writes_to_is_skipped_without_waiting(
    labs: dict[str, Lab], two_projects: TwoProjects, owner_conn: Connection
) -> None:
    locked, free = (expired_run(labs, two_projects.a, owner_conn) for _ in range(2))
    with labs["alice"].transaction() as tx:
        tx.runs.append(locked, "stage.entered", {"stage": "still here"})
        started = time.monotonic()
        assert claims(labs["oscar"].operations.maintain()) == (1, 0, 1)
        assert time.monotonic() - started < 5
    assert labs["alice"].runs.get(free).status == "failed"
    assert labs["alice"].runs.get(locked).status == "running"
    assert claims(labs["oscar"].operations.maintain()) == (1, 0, 0)


def test_a_worker_that_renews_at_that_moment_keeps_its_run(
    labs: dict[str, Lab], two_projects: TwoProjects, owner_conn: Connection
) -> None:
    """maintain() has seen the claim expired when the worker renews it, and comes to the run after that."""
    first, renewed = (expired_run(labs, two_projects.a, owner_conn) for _ in range(2))
    epoch = owner_conn.execute("select epoch from hypermind.run_heads where run_id = %s", (renewed,)).fetchone()
    assert epoch is not None
    # The first run's end waits for a lock that the test holds, whichever of the two comes first.
    barrier = two_projects.connect("alice", autocommit=False)
    with psycopg.connect(two_projects.dsn) as holder, ThreadPoolExecutor(1) as pool:
        holder.execute("lock table hypermind.run_outcomes in exclusive mode")
        maintaining = pool.submit(labs["oscar"].operations.maintain)
        wait_until(
            lambda: owner_conn.execute("select count(*) = 1 from pg_locks where not granted").fetchone() == (True,)
        )
        (locked,) = owner_conn.execute(
            "select array_agg(run_id) from hypermind.run_heads where run_id = any (%s) and xmax <> 0",
            ([first, renewed],),
        ).fetchone() or (None,)
        other = renewed if locked != [renewed] else first
        barrier.execute("select hypermind.claim_run(%s, 'worker', '1 hour', %s)", (other, epoch[0]))
        barrier.commit()
        holder.rollback()
        done = claims(maintaining.result(30))
    assert done == (1, 0, 0)
    ended = first if other == renewed else renewed
    assert labs["alice"].runs.get(other).status == "running"
    assert labs["alice"].runs.get(ended).status == "failed"
    labs["alice"].runs.complete(other, epoch=epoch[0])


def test_what_a_claimed_block_left_open_is_left_alone(labs: dict[str, Lab], two_projects: TwoProjects) -> None:
    runs = labs["alice"].runs
    run = runs.create(two_projects.a, "chat")
    with runs.claimed(run, "worker", timedelta(seconds=1)) as epoch:
        runs.append(run, "stage.entered", {"stage": "half"}, epoch=epoch)
    time.sleep(1.1)
    assert claims(labs["oscar"].operations.maintain(grace=timedelta(minutes=1))) == (0, 0, 0)
    assert runs.get(run).status == "queued"
    runs.cancel(run)


@pytest.mark.parametrize("level", list(psycopg.IsolationLevel), ids=lambda level: level.name.lower())
def test_in_any_isolation_level(
    labs: dict[str, Lab], two_projects: TwoProjects, owner_conn: Connection, level: psycopg.IsolationLevel
) -> None:
    run = expired_run(labs, two_projects.a, owner_conn)
    with psycopg.connect(two_projects.dsn_of("oscar"), autocommit=True) as oscar:
        oscar.isolation_level = level
        assert claims(OperationsManager(oscar).maintain()) == (1, 0, 0)
    assert labs["alice"].runs.get(run).status == "failed"


def test_a_worker_that_dies_with_its_lock_gives_the_run_away(
    labs: dict[str, Lab], two_projects: TwoProjects, owner_conn: Connection, admin_conn: Connection
) -> None:
    run = expired_run(labs, two_projects.a, owner_conn)
    with psycopg.connect(two_projects.dsn_of("alice")) as worker:
        worker.execute("select hypermind.append_event(%s, 'a.b')", (run,))
        assert claims(labs["oscar"].operations.maintain()) == (0, 0, 1)
        admin_conn.execute("select pg_terminate_backend(%s)", (worker.info.backend_pid,))
        wait_until(lambda: claims(labs["oscar"].operations.maintain()) == (1, 0, 0))
        worker.close()
    assert labs["alice"].runs.get(run).events == 3


# Where nothing can be written


def test_a_replica_says_so_and_its_health_is_told(replica: Server) -> None:
    with psycopg.connect(replica.dsn("ledger", user="oscar"), autocommit=True) as oscar:
        operations = OperationsManager(oscar)
        (said,) = operations.maintain()
        assert (said.step, said.done, said.remaining) == ("all", 0, None)
        assert said.note == "this server is a replica: maintenance is done on the primary"
        checks = {check.check_name: check.verdict for check in operations.health()}
        assert checks["guards"] == checks["periods_ahead"] == "ok"


def test_a_read_only_transaction_is_refused(two_projects: TwoProjects) -> None:
    with psycopg.connect(two_projects.dsn_of("oscar")) as oscar:
        oscar.read_only = True
        with pytest.raises(errors.ReadOnlyTransaction) as caught:
            OperationsManager(oscar).maintain()
    assert caught.value.hint


# Health


def test_health_waits_for_nobody_and_nobody_for_it(monica: str, two_projects: TwoProjects, dsn: str) -> None:
    """Somebody has every leaf of this month to himself, and somebody else wants the heads."""
    with psycopg.connect(dsn) as hoarder, psycopg.connect(monica) as watcher:
        leaves = hoarder.execute(
            "select inhrelid::regclass::text from pg_inherits where inhparent::regclass::text like 'hypermind.%'"
            " and inhrelid::regclass::text like '%' || to_char(now() at time zone 'UTC', 'YYYYMM')"
        ).fetchall()
        assert len(leaves) == 6
        for (leaf,) in leaves:
            hoarder.execute(sql.SQL("lock table {} in access exclusive mode").format(sql.SQL(leaf)))
        watcher.execute("set statement_timeout = '5s'")
        checks = OperationsManager(watcher).health()
        assert {check.check_name: check.verdict for check in checks}["guards"] == "ok"
        held = watcher.execute(
            "select distinct mode from pg_locks where pid = pg_backend_pid() and locktype = 'relation'"
        ).fetchall()
        assert held == [("AccessShareLock",)]


def test_a_long_transaction_is_seen_by_who_may(
    monica: str, labs: dict[str, Lab], two_projects: TwoProjects, owner_conn: Connection
) -> None:
    def oldest(operations: OperationsManager) -> list[Any]:
        return [c.value for c in operations.health() if c.check_name == "oldest_transaction"]

    assert oldest(labs["oscar"].operations) == []
    with psycopg.connect(monica) as watcher, psycopg.connect(two_projects.dsn_of("carol")) as reader:
        assert oldest(OperationsManager(watcher)) == [0]
        reader.execute("select 1")
        time.sleep(6.1)
        watcher.rollback()
        assert oldest(OperationsManager(watcher))[0] > 0


def test_who_may_not(labs: dict[str, Lab], monica: str, two_projects: TwoProjects) -> None:
    for person in ("alice", "carol"):
        operations = labs[person].operations
        for call in (operations.maintain, operations.health):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                call()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            operations.set_retention_policy(None, keep_at_least=0, keep_at_most=None, archive_after=None, reason="x")
    with psycopg.connect(monica, autocommit=True) as watcher:
        for statement in ("select hypermind.maintain()", "select * from hypermind.runs", "select hypermind.maintain()"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                watcher.execute(statement)


# Policies


def test_policies_from_python(labs: dict[str, Lab], two_projects: TwoProjects) -> None:
    oscar, carol = labs["oscar"].operations, labs["carol"].operations
    assert carol.retention_policy(two_projects.a).origin == "none"
    days = {"keep_at_least": 30, "keep_at_most": 365, "archive_after": 90}
    assert oscar.set_retention_policy(two_projects.a, **days, reason="GDPR", expected_version=0) == 1
    found = carol.retention_policy(two_projects.a)
    assert (found.origin, found.version, found.keep_at_least, found.keep_at_most) == ("project", 1, 30, 365)
    assert (found.archive_after, found.reason, found.set_by) == (90, "GDPR", "oscar")
    with pytest.raises(errors.ConfigVersionConflict) as conflict:
        oscar.set_retention_policy(two_projects.a, **days, reason="mine", expected_version=0)
    assert conflict.value.detail["actual_version"] == 1
    with pytest.raises(errors.InvalidArgument):
        oscar.set_retention_policy(two_projects.a, **{**days, "keep_at_most": 29}, reason="mine")
    with pytest.raises(errors.ProjectNotFound):
        oscar.retention_policy(two_projects.b)
    assert carol.retention_policy(two_projects.a) == found


def test_of_two_policies_at_once_one_is_told_to_look_again(two_projects: TwoProjects) -> None:
    set_it = "select hypermind.set_retention_policy(null, %s, null, null, 'at once', 0)"
    first, second = (two_projects.connect("oscar", autocommit=False) for _ in range(2))
    first.execute(set_it, (1,))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second.execute, set_it, (2,))
        time.sleep(0.2)
        assert not waiting.done()
        first.commit()
        with pytest.raises(psycopg.errors.SerializationFailure):
            waiting.result(10)
    second.rollback()
    with pytest.raises(errors.ConfigVersionConflict):
        second.execute(set_it, (2,))
    second.rollback()


# The commands


def test_maintain_goes_on_until_nothing_remains(
    command: Command, labs: dict[str, Lab], two_projects: TwoProjects, owner_conn: Connection
) -> None:
    runs = [expired_run(labs, two_projects.a, owner_conn) for _ in range(55)]
    code, out, err = command("maintain", dsn=two_projects.dsn_of("oscar"))
    assert (code, err) == (0, "periods: 0 done, 0 left, claims: 50 done, 5 left, figures: 50 done, 0 left\n")
    rows = [line.split() for line in out.splitlines()]
    assert rows == [
        ["step", "done", "failed", "left", "note"],
        ["periods", "0", "0", "0"],
        ["claims", "55", "0", "0"],
        ["figures", "55", "0", "0"],
    ]
    assert {labs["alice"].runs.get(run).status for run in runs} == {"failed"}
    code, out, err = command("maintain", "--json", dsn=two_projects.dsn_of("oscar"))
    assert (code, err) == (0, "")
    assert [step["done"] for step in json.loads(out)] == [0, 0, 0]


def test_maintain_makes_periods_and_then_the_rest(
    command: Command, make_database: MakeDatabase, two_projects: TwoProjects
) -> None:
    dsn = make_database("later")
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute(
            "create or replace function hypermind_private.clock() returns timestamptz language sql volatile"
            " parallel safe as $$ select clock_timestamp() + interval '40 days' $$"
        )
    code, out, err = command("maintain", dsn=make_conninfo(dsn, user="oscar"))
    assert code == 0 and re_lines(out)["periods"][1] in ("1", "2")
    assert "claims: 0 done, - left" in err
    assert re_lines(out)["claims"][3] == re_lines(out)["figures"][3] == "0"


def re_lines(text: str) -> dict[str, list[str]]:
    return {line.split()[0]: line.split() for line in text.splitlines()}


def test_maintain_says_what_it_could_not_do(
    command: Command, labs: dict[str, Lab], two_projects: TwoProjects, owner_conn: Connection
) -> None:
    poisoned = expired_run(labs, two_projects.a, owner_conn)
    owner_conn.execute("update hypermind.run_heads set last_seq = 1 where run_id = %s", (poisoned,))
    code, out, _ = command("maintain", dsn=two_projects.dsn_of("oscar"))
    assert code == 1
    assert f"run {poisoned} could not be ended: duplicate key" in out
    owner_conn.execute("update hypermind.run_heads set last_seq = 2 where run_id = %s", (poisoned,))
    code, out, _ = command("maintain", dsn=two_projects.dsn_of("oscar"))
    assert (code, re_lines(out)["claims"][1:4]) == (0, ["1", "0", "0"])


def test_the_health_command(
    command: Command, labs: dict[str, Lab], two_projects: TwoProjects, monica: str, owner_conn: Connection
) -> None:
    labs["oscar"].operations.maintain()
    code, out, err = command("health", dsn=monica)
    assert (code, err) == (0, ""), out
    rows = re_lines(out)
    assert rows["periods_ahead"][1:4] == ["ok", "12", "months"] and "oldest_transaction" in rows

    run = expired_run(labs, two_projects.a, owner_conn)
    owner_conn.execute(EXPIRE.replace("2 hours", "3 hours"), (run,))
    code, out, _ = command("health", dsn=monica)
    assert (code, re_lines(out)["expired_claims"][1:4]) == (1, ["warning", "1", "runs"])
    assert "hypermind.maintain() ends them" in out

    guard = "alter table hypermind.retention_policies {} trigger retention_policies_append_only"
    owner_conn.execute(guard.format("disable"))
    try:
        code, out, _ = command("health", "--json", dsn=monica)
    finally:
        owner_conn.execute(guard.format("enable always"))
    checks = {check["check_name"]: check for check in json.loads(out)}
    assert (code, checks["guards"]["verdict"], checks["guards"]["value"]) == (2, "critical", 1)
    labs["oscar"].operations.maintain()
    assert command("health", dsn=two_projects.dsn_of("oscar"))[0] == 0
    assert command("health", dsn=two_projects.dsn_of("carol"))[0] == 3


def test_health_without_a_schema_says_so(command: Command, make_database: MakeDatabase) -> None:
    code, out, err = command("health", dsn=make_database("bare", deployed=False))
    assert (code, out) == (4, "")
    assert "no hypermind schema" in err and "hypermindlabs deploy" in err
