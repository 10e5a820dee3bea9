"""Months are made while others work: nobody waits for their maker, and every leaf has what its table promises."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
import pytest
from conftest import Connection, TwoProjects
from psycopg import sql
from psycopg.types.json import Jsonb
from test_concurrency import DIGEST, PATIENCE, Client, every_level, new_run, one, status_of, together, types

TABLES = ["runs", "run_events", "run_outcomes", "run_config_refs", "run_state_snapshots", "run_artifacts"]
Connect = Callable[..., Client]
Missing = Callable[[], datetime]


@pytest.fixture
def client(two_projects: TwoProjects) -> Iterator[Connect]:
    """A function that connects someone, alice if nothing is said."""
    with ExitStack() as opened:

        def connect(who: str = "alice", **options: Any) -> Client:
            found = Client(two_projects.dsn_of(who), **options)
            opened.callback(found.close)
            return found

        yield connect


@pytest.fixture(scope="module")
def missing() -> Missing:
    """A function that gives the middle of a month that nobody has made yet, each time another one."""
    months = iter([datetime(year, month, 15, tzinfo=UTC) for year in range(2001, 2020) for month in range(1, 13)])
    return partial(next, months)


@pytest.fixture(scope="module", autouse=True)
def everything_is_whole_at_the_end(two_projects: TwoProjects) -> Iterator[None]:
    yield
    assert two_projects.connect("audrey").execute("select * from hypermind.check_integrity()").fetchall() == []


def run_id(at: datetime) -> UUID:
    """A UUID version 7 of that moment."""
    milliseconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    random = int.from_bytes(os.urandom(10), "big")
    return UUID(int=milliseconds << 80 | 7 << 76 | (random >> 68) << 64 | 2 << 62 | random & ((1 << 62) - 1))


def backfill(who: Client, project: UUID, at: datetime) -> UUID:
    """Creates a run of another time, as an operator may."""
    found: UUID = who.retry("create_run", project, "chat", p_run_id=run_id(at))
    return found


def name(at: datetime) -> str:
    return f"p{at:%Y%m}"


def leaves(connection: Connection, period: str) -> list[str]:
    """The leaves that a period has, by the names of their tables."""
    query = """
        select i.inhparent::regclass::text from pg_inherits as i join pg_class as c on c.oid = i.inhrelid
        where c.relkind = 'r' and c.relname like %s
    """
    return sorted(parent.removeprefix("hypermind.") for (parent,) in connection.execute(query, (f"%\\_{period}",)))


def leaf(table: str, at: datetime) -> sql.Identifier:
    return sql.Identifier("hypermind_private", f"{table}_{name(at)}")


def full_run(who: Client, run: UUID) -> None:
    """Something in every leaf."""
    who.call("transition_run", run, "running")
    who.call("append_event", run, "state.set", p_state_delta=Jsonb({"a": 1}))
    who.call("take_snapshot", run)
    who.call("attach_artifact", run, "log", "file:log", DIGEST, 1)
    who.call("transition_run", run, "completed")


@pytest.fixture(scope="module")
def pin(two_projects: TwoProjects) -> Jsonb:
    alice = two_projects.connect("alice")
    alice.execute("select hypermind.register_config(%s, 'prompt', 'greeting', '{}')", (two_projects.a,))
    return Jsonb({"prompt": {"kind": "prompt", "name": "greeting", "version": 1}})


# Nobody waits for a maker, and a maker for nobody who reads


def test_whoever_makes_a_period_blocks_no_run(client: Connect, two_projects: TwoProjects, missing: Missing) -> None:
    oscar, alice, bob, carol = client("oscar", autocommit=False), client(), client("bob"), client("carol")
    run, at = new_run(alice, two_projects.a), missing()
    backfill(oscar, two_projects.a, at)
    assert leaves(oscar.connection, name(at)) == sorted(TABLES), "made, and still open"

    for who in (alice, bob, carol):
        who.connection.execute("set lock_timeout = '100ms'")
    assert alice.call("append_event", run, "note.added", p_state_delta=Jsonb({"a": 1})) == 3
    assert alice.call("append_events", run, Jsonb([{"event_type": "note.added"}] * 2)) == 5
    full_run(alice, alice.call("create_run", two_projects.a, "chat"))
    alice.call("fork_run", run, 3)
    full_run(bob, bob.call("create_run", two_projects.b, "chat"))
    assert carol.call("state_at", run) == {"a": 1}
    assert carol.connection.execute("select count(*) from hypermind.run_overview").fetchone() > (0,)
    assert leaves(carol.connection, name(at)) == []

    waiting = client().waiting("register_config", two_projects.a, "prompt", "other", Jsonb({}))
    oscar.commit()
    assert waiting.result(PATIENCE) == 1, "new configurations are the one thing that waits"


def test_whoever_reads_blocks_no_maker(
    client: Connect, two_projects: TwoProjects, missing: Missing, pin: Jsonb
) -> None:
    """CREATE TABLE ... PARTITION OF would wait for the reader, and the append behind it."""
    carol, oscar, alice = client("carol", autocommit=False), client("oscar"), client()
    run = new_run(alice, two_projects.a)
    for table in (*TABLES, "run_heads", "projects", "config_versions"):
        carol.connection.execute(sql.SQL("select count(*) from hypermind.{}").format(sql.Identifier(table)))
    for who in (oscar, alice):
        who.connection.execute("set lock_timeout = '2s'")
    at = missing()
    full_run(oscar, oscar.call("create_run", two_projects.a, "chat", pin, p_run_id=run_id(at)))
    assert leaves(oscar.connection, name(at)) == sorted(TABLES)
    assert alice.call("append_event", run, "note.added") == 3
    carol.commit()


# Several makers


@every_level
def test_several_make_the_same_period(
    client: Connect, two_projects: TwoProjects, missing: Missing, level: psycopg.IsolationLevel
) -> None:
    oscars = [client("oscar", level=level) for _ in range(8)]
    for _ in range(2):
        at = missing()
        runs = together([partial(backfill, oscar, two_projects.a, at) for oscar in oscars])
        assert all(isinstance(run, UUID) for run in runs), runs
        assert leaves(oscars[0].connection, name(at)) == sorted(TABLES)
        for run in runs:
            full_run(oscars[0], run)


@every_level
def test_makers_that_hold_what_the_other_needs(
    client: Connect, two_projects: TwoProjects, missing: Missing, level: psycopg.IsolationLevel
) -> None:
    """Whoever registers a configuration keeps makers out until it commits; of two that turn makers, one gives up."""
    oscars = [client("oscar", level=level, autocommit=False) for _ in range(2)]
    first, second = missing(), missing()
    for number, oscar in enumerate(oscars):
        oscar.call("register_config", two_projects.a, "tool", f"{level.name} {number}", Jsonb({}))
    waiting = oscars[0].waiting("create_run", two_projects.a, "chat", p_run_id=run_id(first))
    answers = [waiting, oscars[1].start("create_run", two_projects.a, "chat", p_run_id=run_id(second))]
    codes = [getattr(answer.exception(PATIENCE), "sqlstate", None) for answer in answers]
    assert sorted(codes, key=str) == ["40P01", None]
    loser = codes.index("40P01")
    oscars[loser].rollback()
    oscars[1 - loser].commit()
    oscars[loser].call("create_run", two_projects.a, "chat", p_run_id=run_id((first, second)[loser]))
    oscars[loser].commit()
    for at in (first, second):
        assert leaves(oscars[0].connection, name(at)) == sorted(TABLES)


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_the_second_maker_waits_for_the_first(
    client: Connect, two_projects: TwoProjects, missing: Missing, end: str
) -> None:
    first, second, at = client("oscar", autocommit=False), client("oscar"), missing()
    backfill(first, two_projects.a, at)
    run = run_id(at)
    waiting = second.waiting("create_run", two_projects.a, "chat", p_run_id=run)
    getattr(first, end)()
    assert waiting.result(PATIENCE) == run
    assert leaves(second.connection, name(at)) == sorted(TABLES)
    assert types(second, run) == ["run.created"]


@every_level
def test_a_snapshot_from_before_the_period(
    client: Connect, two_projects: TwoProjects, missing: Missing, level: psycopg.IsolationLevel
) -> None:
    old, at = client("oscar", level=level, autocommit=False), missing()
    old.connection.execute("select count(*) from hypermind.runs")
    backfill(client("oscar"), two_projects.a, at)
    run = old.call("create_run", two_projects.a, "chat", p_run_id=run_id(at))
    full_run(old, run)
    old.commit()
    assert status_of(old, run) == "completed"


# What a new leaf has


@pytest.fixture(scope="module")
def new_month(two_projects: TwoProjects, owner_conn: Connection, pin: Jsonb) -> tuple[datetime, UUID]:
    """A month that alice's run made, years ahead of the last that was prepared: the clock went on."""
    header = (
        "create or replace function hypermind_private.clock() returns timestamptz language sql volatile parallel safe"
    )
    alice = Client(two_projects.dsn_of("alice"))
    try:
        owner_conn.execute(f"{header} as $$ select clock_timestamp() + interval '3 years' $$")
        run = alice.call("create_run", two_projects.a, "chat", pin)
        full_run(alice, run)
        at: datetime = one(alice.connection, "select hypermind.uuidv7_time(%s)", run)
    finally:
        owner_conn.execute(f"{header} as $$ select clock_timestamp() $$")
        alice.close()
    return at, run


def test_a_run_makes_a_month_that_nobody_prepared(client: Connect, new_month: tuple[datetime, UUID]) -> None:
    at, run = new_month
    assert at > datetime.now(UTC) + timedelta(days=1000)
    carol, bob, audrey = client("carol"), client("bob"), client("audrey")
    assert leaves(carol.connection, name(at)) == sorted(TABLES)
    for table in TABLES:
        count = sql.SQL("select count(*) from hypermind.{} where run_id = %s").format(sql.Identifier(table))
        for who, seen in ((carol, True), (audrey, True), (bob, False)):
            assert bool(who.connection.execute(count, (run,)).fetchone()[0]) == seen, (table, seen)  # type: ignore[index]
    assert carol.connection.execute("select valid, problem from hypermind.verify_run(%s)", (run,)).fetchone() == (
        True,
        None,
    )


@pytest.mark.parametrize("table", TABLES)
def test_nobody_may_name_a_leaf(client: Connect, new_month: tuple[datetime, UUID], table: str) -> None:
    for person in ("alice", "bob", "carol", "oscar", "audrey"):
        for statement in ("select from {}", "delete from {}", "truncate {}", "insert into {} default values"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                client(person).connection.execute(sql.SQL(statement).format(leaf(table, new_month[0])))


@pytest.mark.parametrize("table", TABLES)
def test_a_leaf_is_guarded_against_everybody(dsn: str, new_month: tuple[datetime, UUID], table: str) -> None:
    target = leaf(table, new_month[0])
    for setting in ("set role hypermind_owner", "select", "set session_replication_role = replica"):
        with psycopg.connect(dsn, autocommit=True) as owner:
            owner.execute(setting)
            assert owner.execute(
                sql.SQL("select relrowsecurity from pg_class where oid = {}::regclass").format(
                    sql.Literal(target.as_string())
                )
            ).fetchone() == (True,)
            for statement in ("update {} set run_id = run_id", "delete from {}", "truncate {} cascade"):
                with pytest.raises(psycopg.Error) as caught:
                    owner.execute(sql.SQL(statement).format(target))
                assert caught.value.sqlstate == "MH004", (setting, statement)


@pytest.mark.parametrize("table", TABLES[2:])
def test_a_leaf_knows_its_runs(owner_conn: Connection, new_month: tuple[datetime, UUID], table: str) -> None:
    """Leaf to leaf, so that a period can be detached; run_events alone has none."""
    at, run = new_month
    copy = sql.SQL("insert into {0} select (jsonb_populate_record(l, %s)).* from {0} as l where run_id = %s limit 1")
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        owner_conn.execute(copy.format(leaf(table, at)), (Jsonb({"run_id": str(run_id(at))}), run))


def test_an_artifact_knows_its_event(owner_conn: Connection, new_month: tuple[datetime, UUID]) -> None:
    at, run = new_month
    copy = sql.SQL("insert into {0} select (jsonb_populate_record(l, %s)).* from {0} as l where run_id = %s")
    other = Jsonb({"artifact_id": str(run_id(at)), "seq": 99})
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        owner_conn.execute(copy.format(leaf("run_artifacts", at)), (other, run))


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_months_are_those_of_utc(client: Connect, two_projects: TwoProjects, zone: str) -> None:
    oscar = client("oscar")
    oscar.connection.execute(sql.SQL("set timezone = {}").format(sql.Literal(zone)))
    year = {"UTC": 2020, "Pacific/Kiritimati": 2021, "Pacific/Pago_Pago": 2022}[zone]
    for month in (1, 2, 3):
        first = datetime(year, month, 1, tzinfo=UTC)
        for at in (first, first - timedelta(milliseconds=1), first + timedelta(days=27, hours=23)):
            run = backfill(oscar, two_projects.a, at)
            table = one(oscar.connection, "select tableoid::regclass::text from hypermind.runs where run_id = %s", run)
            assert table == f"hypermind_private.runs_{name(at)}"
            bounds = "select starts_at <= %s and %s < ends_at from hypermind.periods where period = %s"
            assert one(oscar.connection, bounds, at, at, name(at)) is True


def test_periods_are_made_ahead(client: Connect, two_projects: TwoProjects, owner_conn: Connection) -> None:
    oscar, alice = client("oscar"), client()
    header = (
        "create or replace function hypermind_private.clock() returns timestamptz language sql volatile parallel safe"
    )
    try:
        owner_conn.execute(f"{header} as $$ select timestamptz '2040-11-30 23:59:59.999+00' $$")
        assert oscar.call("ensure_periods", 0) == 1
        assert oscar.call("ensure_periods", 3) == 3
        assert oscar.call("ensure_periods", 3) == 0
        for month in ("204011", "204012", "204101", "204102"):
            assert leaves(oscar.connection, f"p{month}") == sorted(TABLES)
        for ahead in (-1, 121, None):
            with pytest.raises(psycopg.Error) as caught:
                oscar.call("ensure_periods", ahead)
            assert caught.value.sqlstate == "MH016"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            alice.call("ensure_periods")
    finally:
        owner_conn.execute(f"{header} as $$ select clock_timestamp() $$")


def test_only_an_operator_reaches_other_months(client: Connect, two_projects: TwoProjects, missing: Missing) -> None:
    alice, at = client(), missing()
    with pytest.raises(psycopg.Error) as caught:
        alice.call("create_run", two_projects.a, "chat", p_run_id=run_id(at))
    assert caught.value.sqlstate == "MH018"
    assert leaves(alice.connection, name(at)) == []


# Taking leaves away


def test_a_detached_leaf_is_reported(
    client: Connect, two_projects: TwoProjects, dsn: str, missing: Missing, pin: Jsonb
) -> None:
    """DETACH drops the row guards without a word."""
    oscar, months = client("oscar"), {table: missing() for table in TABLES}
    for at in months.values():
        full_run(oscar, oscar.call("create_run", two_projects.a, "chat", pin, p_run_id=run_id(at)))
    with psycopg.connect(dsn) as owner:
        owner.execute("set role hypermind_owner")
        for table, at in months.items():
            detach = sql.SQL("alter table hypermind.{} detach partition {}")
            owner.execute(detach.format(sql.Identifier(table), leaf(table, at)))
        reported = {found for (found,) in owner.execute("select object from hypermind.check_integrity()")}
        for table, at in months.items():
            assert {f"period {name(at)}", f"hypermind_private.{table}_{name(at)}"} <= reported
            with pytest.raises(psycopg.Error) as caught, owner.transaction():
                owner.execute(sql.SQL("truncate {} cascade").format(leaf(table, at)))
            assert caught.value.sqlstate == "MH004", "the leaf's own guard stays"
        owner.rollback()


# One period is enough


def locked_leaves(who: Client) -> set[str]:
    """The leaves that this transaction has touched, without their tables' names."""
    query = """
        select distinct substring(c.relname from 'p[0-9]+$') from pg_locks as l join pg_class as c on c.oid = l.relation
        where l.pid = pg_backend_pid() and c.relkind = 'r' and c.relname ~ '_p[0-9]+$'
    """
    return {period for (period,) in who.connection.execute(query)}


def test_a_call_touches_the_period_of_its_run_alone(
    client: Connect, two_projects: TwoProjects, missing: Missing, pin: Jsonb
) -> None:
    """Also when its statements are planned for good, after some calls."""
    oscar, at = client("oscar", autocommit=False), missing()
    run = oscar.call("create_run", two_projects.a, "chat", pin, p_run_id=run_id(at))
    oscar.call("transition_run", run, "running")
    oscar.commit()
    event = ("append_event", run, "note.added", Jsonb({}), Jsonb({"n": 1}))
    calls: dict[str, Callable[[], object]] = {
        "an event": partial(oscar.call, *event),
        "a batch": partial(oscar.call, "append_events", run, Jsonb([{"event_type": "note.added"}] * 2)),
        "an artifact": partial(oscar.call, "attach_artifact", run, "log", "file:log", DIGEST, 1),
        "a claim": partial(oscar.call, "claim_run", run, "worker"),
        "a request": partial(oscar.call, "request_cancel", run),
        "a snapshot": partial(oscar.call, "take_snapshot", run),
        "a state": partial(oscar.call, "state_at", run),
        "a difference": partial(oscar.call, "diff_state", run, 0, None),
        "a context": partial(oscar.call, "resolve_replay_context", run),
        "a replay": partial(oscar.call, "replay_events", run),
        "a fork": lambda: oscar.call("fork_run", run, 3, p_new_run_id=run_id(at)),
    }
    for what, call in calls.items():
        for _ in range(8):
            call()
            assert locked_leaves(oscar) <= {name(at)}, what
            oscar.commit()


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
def test_a_time_range_reads_its_periods(
    client: Connect, two_projects: TwoProjects, missing: Missing, mode: str
) -> None:
    """uuidv7_floor turns it into a range of run ids, which prunes; it would not if it were not IMMUTABLE."""
    oscar, months = client("oscar"), [missing(), missing()]
    for at in months:
        backfill(oscar, two_projects.a, at)
    bounds = (months[0].replace(day=1), months[1].replace(day=28))
    carol = client("carol").connection
    carol.execute(sql.SQL("set plan_cache_mode = {}").format(sql.Identifier(mode)))
    carol.execute(
        """prepare events (timestamptz, timestamptz) as select * from hypermind.run_events
        where run_id >= hypermind.uuidv7_floor($1) and run_id < hypermind.uuidv7_floor($2)"""
    )
    query = sql.SQL("explain (analyze, costs off, timing off) execute events ({}, {})")
    plan = carol.execute(query.format(*map(sql.Literal, bounds))).fetchall()
    assert set(re.findall(r"run_events_(p\d{6})\b", str(plan))) == {name(at) for at in months}
