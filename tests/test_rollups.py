"""Figures: equal to a naive sum over all runs at every moment, however many refresh, end runs, fail or die at once."""

from __future__ import annotations

import math
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

import psycopg
import pytest
from conftest import Connection, MakeDatabase, TwoProjects, only_with
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from test_concurrency import Client

from hypermindlabs.embedded import Server

pytestmark = only_with("system", "pgTAP tries figures on any server")

ERROR = 0.1 / 2.1  # what the docs promise of percentiles
START = datetime(2040, 5, 30, 22, tzinfo=UTC)
FROM, TO = date(2039, 1, 1), date(2042, 1, 1)
DIMENSIONS = {
    "run": ["project", "day", "model", "agent", "agent_version", "status"],
    "event": ["project", "day", "model", "tool", "event_type"],
}
TIMED = ("model.responded", "tool.returned")
Row: TypeAlias = dict[str, Any]

names = st.sampled_from([None, "a", "b", "née", "x" * 200])
small = st.integers(0, 3)


# The rule once more, in Python and from the tables


@dataclass
class Sum:
    runs: int = 0
    events: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal(0)
    seconds: list[float] = field(default_factory=list)

    def add(self, row: Row) -> None:
        self.runs += 1
        self.events += row.get("events", 1)
        self.input_tokens += row["input_tokens"] or 0
        self.output_tokens += row["output_tokens"] or 0
        self.cost += row["cost"] or 0
        if row["seconds"] is not None:
            self.seconds.append(row["seconds"])

    def percentile(self, share: float) -> float | None:
        ordered = sorted(self.seconds)
        return ordered[math.ceil(share * len(ordered)) - 1] if ordered else None


def rows_of(connection: Connection, query: str, *params: object) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, params).fetchall()


def whole_runs(connection: Connection) -> Iterator[Row]:
    events = defaultdict(list)
    for event in rows_of(connection, "select * from hypermind.run_events order by run_id, seq"):
        events[event["run_id"]].append(event)
    pins = defaultdict(set)
    for pin in rows_of(connection, "select * from hypermind.run_config_refs where kind = 'agent'"):
        pins[pin["run_id"]].add((pin["name"], pin["version"]))
    query = """
        select r.*, hypermind.uuidv7_time(r.run_id) as started, coalesce(o.status, h.status) as status,
               coalesce(o.ended_at, h.last_recorded_at) as until
        from hypermind.runs as r left join hypermind.run_outcomes as o using (run_id)
        left join hypermind.run_heads as h using (run_id)"""
    for run in rows_of(connection, query):
        of_run, pinned = events[run["run_id"]], pins[run["run_id"]]
        agent, version = pinned.pop() if len(pinned) == 1 else (run["agent"], None)
        yield {
            "project": run["project_id"],
            "day": run["started"].astimezone(UTC).date(),
            "model": run["model"],
            "agent": agent,
            "agent_version": version,
            "status": run["status"],
            "events": len(of_run),
            "input_tokens": sum(event["input_tokens"] or 0 for event in of_run),
            "output_tokens": sum(event["output_tokens"] or 0 for event in of_run),
            "cost": sum(event["cost"] or 0 for event in of_run),
            "seconds": (run["until"] - run["created_at"]).total_seconds(),
        }


def single_events(connection: Connection) -> Iterator[Row]:
    events = rows_of(connection, "select * from hypermind.run_events")
    times = {(event["run_id"], event["seq"]): event["occurred_at"] for event in events}
    for event in events:
        parent = times.get((event["run_id"], event["parent_seq"])) if event["event_type"] in TIMED else None
        seconds = None if parent is None else (event["occurred_at"] - parent).total_seconds()
        day = event["occurred_at"].astimezone(UTC).date()
        yield {**event, "project": event["project_id"], "day": day, "seconds": seconds}


def naive(connection: Connection, basis: str, by: list[str]) -> dict[tuple[Any, ...], Sum]:
    sums: dict[tuple[Any, ...], Sum] = defaultdict(Sum)
    for row in whole_runs(connection) if basis == "run" else single_events(connection):
        if FROM <= row["day"] < TO:
            sums[tuple(row[name] for name in by)].add(row)
    return sums


def assert_right(connection: Connection, basis: str, by: list[str]) -> None:
    """What rollup() says, of all projects, is what Python finds."""
    query = "select * from hypermind.rollup(null, null, %s, %s, %s, %s)"
    columns = ["project_id" if name == "project" else name for name in by]
    lines = rows_of(connection, query, FROM, TO, basis, by)
    expected = naive(connection, basis, by)
    found = {tuple(line[column] for column in columns): line for line in lines}
    assert len(found) == len(lines), "two lines of one group"
    assert found.keys() == expected.keys()
    for key, line in found.items():
        of_group = expected[key]
        assert line["runs"] == (of_group.runs if basis == "run" else None)
        for name in ("events", "input_tokens", "output_tokens", "cost"):
            assert line[name] == getattr(of_group, name), (key, name)
        assert line["durations"] == len(of_group.seconds)
        for name, share in {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}.items():
            exact = of_group.percentile(share)
            if exact is None or exact <= 0:
                assert line[name] == (None if exact is None else 0)
            else:
                assert line[name] == pytest.approx(exact, rel=ERROR + 1e-6), (key, name)


# Any runs at all


@dataclass(frozen=True)
class AnyRun:
    project: int
    model: str | None
    agent: str | None
    pins: list[tuple[str, int]]
    begins: timedelta
    lasts: timedelta
    events: list[Row]
    end: str | None


durations = st.one_of(
    st.timedeltas(timedelta(0), timedelta(seconds=2)),
    st.timedeltas(timedelta(0), timedelta(days=400)),
    st.just(timedelta(0)),
)
any_event = st.fixed_dictionaries(
    {
        "event_type": st.sampled_from([*TIMED, "model.requested", "tool.called", "custom.other"]),
        "payload": st.just({}),
        "parent_seq": st.integers(1, 2),
        "occurred_at": durations.map(lambda after: (START + after).isoformat()),
    },
    optional={
        "model": names.filter(bool),
        "tool": names.filter(bool),
        "input_tokens": st.integers(0, 10**9),
        "output_tokens": st.integers(0, 10**9),
        "cost": st.decimals(0, 10**11, places=9).map(float),
    },
)
any_runs = st.lists(
    st.builds(
        AnyRun,
        project=st.integers(0, 1),
        model=names,
        agent=names,
        pins=st.lists(st.tuples(st.sampled_from(["helper", "other"]), st.integers(1, 2)), max_size=2),
        begins=st.timedeltas(timedelta(0), timedelta(days=3)),
        lasts=durations,
        events=st.lists(any_event, max_size=6),
        end=st.sampled_from(["completed", "failed", "cancelled", "paused", None]),
    ),
    max_size=8,
)


def record(connection: Connection, projects: list[UUID], run: AnyRun) -> None:
    set_clock(connection, START + run.begins)
    connection.execute("set local role alice")
    pins = {
        f"slot_{n}": {"kind": "agent", "name": name, "version": version} for n, (name, version) in enumerate(run.pins)
    }
    query = "select hypermind.create_run(%s, 'chat', %s, p_agent => %s, p_model => %s)"
    run_id = one(connection, query, projects[run.project], Jsonb(pins), run.agent, run.model)
    connection.execute("select hypermind.transition_run(%s, 'running')", (run_id,))
    if run.events:
        connection.execute("select hypermind.append_events(%s, %s)", (run_id, Jsonb(run.events)))
    connection.execute("reset role")
    set_clock(connection, START + run.begins + run.lasts)
    if run.end:
        connection.execute("set local role alice")
        connection.execute("select hypermind.transition_run(%s, %s)", (run_id, run.end))
        connection.execute("reset role")


def set_clock(connection: Connection, at: datetime) -> None:
    connection.execute(
        "create or replace function hypermind_private.clock() returns timestamptz language sql volatile parallel safe "
        f"as $$ select '{at.isoformat()}'::timestamptz $$"
    )


def one(connection: Connection, query: str, *params: object) -> Any:
    row = connection.execute(query, params).fetchone()
    assert row is not None
    return row[0]


@pytest.fixture(scope="module")
def of_both(two_projects: TwoProjects, admin_conn: Connection) -> list[UUID]:
    """Both projects, with alice in both, and agents to pin."""
    projects = [two_projects.a, two_projects.b]
    admin_conn.execute("select hypermind.grant_project(%s, 'alice')", (two_projects.b,))
    alice = two_projects.connect("alice")
    for project in projects:
        for name in ("helper", "other"):
            for content in ({"n": 1}, {"n": 2}):
                alice.execute("select hypermind.register_config(%s, 'agent', %s, %s)", (project, name, Jsonb(content)))
    return projects


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(runs=any_runs, first=st.integers(1, 8), data=st.data())
def test_figures_are_what_python_finds(
    dsn: str, of_both: list[UUID], runs: list[AnyRun], first: int, data: st.DataObject
) -> None:
    groupings = [(basis, []) for basis in DIMENSIONS] + [(basis, list(names)) for basis, names in DIMENSIONS.items()]
    for basis, columns in DIMENSIONS.items():
        groupings.append((basis, data.draw(st.lists(st.sampled_from(columns), unique=True))))
    with psycopg.connect(dsn) as connection:
        for run in runs:
            record(connection, of_both, run)
        for refreshed in (0, first, 100000):
            if refreshed:
                connection.execute("set local role oscar")
                connection.execute("select hypermind.refresh_rollups(%s)", (refreshed,))
            connection.execute("set local role audrey")
            for basis, by in groupings:
                assert_right(connection, basis, by)
            assert connection.execute("select * from hypermind.check_integrity()").fetchall() == []
            connection.execute("reset role")
        assert one(connection, "select count(*) from hypermind.rollup_pending") == 0
        connection.rollback()


@settings(max_examples=200, deadline=None)
@given(lasts=st.timedeltas(timedelta(microseconds=-5), timedelta(days=3_000_000)))
def test_a_bucket_is_right_to_the_promised_error(owner: Connection, lasts: timedelta) -> None:
    query = """select hypermind_private.bucket_seconds(hypermind_private.duration_bucket(x.at, x.at + %s))
               from (select timestamptz '0001-01-01 00:00:00+00') as x (at)"""
    said = one(owner, query, lasts)
    exact = lasts / timedelta(seconds=1)
    assert said == (pytest.approx(exact, rel=ERROR + 1e-9) if exact > 0 else 0)


@pytest.fixture(scope="module")
def owner(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("set role hypermind_owner")
        yield connection


# Many at once

EQUAL = """
select f.events = e.events and f.cost = e.cost and r.runs = e.runs and s.runs is not distinct from e.ended
from (select coalesce(sum(f.events), 0) as events, coalesce(sum(f.cost), 0) as cost
      from hypermind.rollup(%(project)s, null, current_date - 2, current_date + 3, 'event', '{}') as f) as f,
     (select coalesce(sum(f.runs), 0) as runs
      from hypermind.rollup(%(project)s, null, current_date - 2, current_date + 3, 'run', '{}') as f) as r,
     (select coalesce(sum(f.runs) filter (where f.status in ('completed', 'failed', 'cancelled')), 0) as runs
      from hypermind.rollup(%(project)s, null, current_date - 2, current_date + 3, 'run', '{status}') as f) as s,
     (select count(*) as events, coalesce(sum(x.cost), 0) as cost, count(distinct x.run_id) as runs,
             count(*) filter (where x.event_type in ('run.completed', 'run.failed', 'run.cancelled')) as ended
      from hypermind.run_events as x where x.project_id = %(project)s) as e"""


@pytest.fixture
def lab(make_database: MakeDatabase, two_projects: TwoProjects) -> Iterator[TwoProjects]:
    """The two projects, whose figures are right in the end, and after a last refresh."""
    yield two_projects
    oscar, audrey = two_projects.connect("oscar"), two_projects.connect("audrey")
    for _ in range(2):
        for project in (two_projects.a, two_projects.b):
            assert audrey.execute(EQUAL, {"project": project}).fetchone() == (True,)
        assert audrey.execute("select * from hypermind.check_integrity()").fetchall() == []
        oscar.execute("select hypermind.refresh_rollups()")
    assert one(audrey, "select count(*) from hypermind.rollup_pending") == 0


def end_run(alice: Connection, project: UUID, status: str = "completed", cost: float = 0.25) -> UUID:
    run: UUID = one(alice, "select hypermind.create_run(%s, 'chat', p_model => 'm')", project)
    alice.execute("select hypermind.transition_run(%s, 'running')", (run,))
    alice.execute(
        "select hypermind.append_event(%s, 'model.responded', p_parent_seq => 1, p_cost => %s)", (run, Decimal(cost))
    )
    alice.execute("select hypermind.transition_run(%s, %s)", (run, status))
    return run


def test_refreshes_and_ends_at_once_lose_nothing(lab: TwoProjects, admin_conn: Connection) -> None:
    stop = threading.Event()
    looks, refreshes, killed = 0, 0, 0

    def write(n: int) -> None:
        with psycopg.connect(lab.dsn_of("alice"), autocommit=True) as alice:
            for i in range(80):
                end_run(alice, lab.a, "completed" if (n + i) % 3 else "failed", i / 8)

    def refresh(n: int) -> int:
        """Commits twice, rolls back, and dies: in turn."""
        nonlocal killed
        done = 0
        while not stop.is_set():
            with psycopg.connect(lab.dsn_of("oscar")) as oscar:
                try:
                    one(oscar, "select hypermind.refresh_rollups(%s)", 1 + (n + done) % 7)
                    if done % 4 == 2:
                        oscar.rollback()
                    elif done % 4 == 3:
                        admin_conn.execute("select pg_terminate_backend(%s)", (oscar.info.backend_pid,))
                    oscar.commit()
                except psycopg.OperationalError as error:
                    assert error.sqlstate in (None, "57P01"), "no refresh gets in another's way"
                    killed += 1
            done += 1
        return done

    def look() -> int:
        seen = 0
        with psycopg.connect(lab.dsn_of("carol"), autocommit=True) as carol:
            while not stop.is_set():
                assert carol.execute(EQUAL, {"project": lab.a}).fetchone() == (True,), f"look {seen}"
                seen += 1
        return seen

    with ThreadPoolExecutor(6) as pool:
        writers = [pool.submit(write, n) for n in range(3)]
        refreshers = [pool.submit(refresh, n) for n in range(2)]
        looker = pool.submit(look)
        try:
            for writer in writers:
                writer.result(120)
        finally:
            stop.set()
        refreshes = sum(each.result(60) for each in refreshers)
        looks = looker.result(60)
    assert looks > 3 and refreshes > 8 and killed > 0


def test_nobody_waits_for_a_refresh_and_two_share_the_work(lab: TwoProjects) -> None:
    first, alice = lab.connect("oscar", autocommit=False), lab.connect("alice")
    with closing(Client(lab.dsn_of("oscar"))) as second:
        for status in ("completed", "failed"):
            end_run(alice, lab.a, status)
        assert one(first, "select hypermind.refresh_rollups(1)") == 1  # and its transaction stays open

        # Runs end, are read and are refreshed meanwhile.
        alice.execute("set lock_timeout = '5s'")
        end_run(alice, lab.a, "cancelled")
        assert alice.execute(EQUAL, {"project": lab.a}).fetchone() == (True,)
        rest = second.waiting("refresh_rollups")  # for the rows that both add to
        end_run(alice, lab.a)
        assert alice.execute(EQUAL, {"project": lab.a}).fetchone() == (True,)
        first.rollback()
        assert rest.result(30) == 2, "all but the run that the first had, and the one that ended since"
        assert second.call("refresh_rollups") == 2


def test_runs_that_end_do_not_wait_for_each_other(lab: TwoProjects) -> None:
    slow, quick = lab.connect("alice", autocommit=False), lab.connect("alice")
    end_run(slow, lab.a)
    quick.execute("set lock_timeout = '2s'")
    end_run(quick, lab.a)
    slow.commit()


@pytest.mark.parametrize("level", list(psycopg.IsolationLevel), ids=lambda level: level.name.lower())
def test_refreshes_in_any_isolation_level(lab: TwoProjects, level: psycopg.IsolationLevel) -> None:
    alice = lab.connect("alice")
    for _ in range(12):
        end_run(alice, lab.a)

    def refresh(_: int) -> int:
        taken = 0
        with psycopg.connect(lab.dsn_of("oscar"), autocommit=True) as oscar:
            oscar.isolation_level = level
            while True:
                try:
                    took = one(oscar, "select hypermind.refresh_rollups(1)")
                except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected):
                    continue
                taken += took
                if not took:
                    return taken

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(refresh, range(3))) <= 12


# Operation


def test_figures_can_be_made_anew(lab: TwoProjects, dsn: str) -> None:
    """As docs/operations.md says it."""
    alice, oscar, audrey = lab.connect("alice"), lab.connect("oscar"), lab.connect("audrey")
    end_run(alice, lab.a)
    oscar.execute("select hypermind.refresh_rollups()")
    end_run(alice, lab.a)
    with psycopg.connect(dsn) as connection:
        connection.execute("set local role hypermind_owner")
        connection.execute("update hypermind.rollups set events = events * 2, counts = '{}', buckets = '{}'")
    assert audrey.execute("select * from hypermind.check_integrity()").fetchall() != []
    with psycopg.connect(dsn) as connection:
        connection.execute("set local role hypermind_owner")
        connection.execute("lock table hypermind.rollups in exclusive mode")
        connection.execute("""
            update hypermind.rollups
            set runs = runs * 0, events = 0, input_tokens = 0, output_tokens = 0, cost = 0,
                buckets = '{}', counts = '{}'
            where period in (select starts_at::date from hypermind.periods)""")
        connection.execute("""
            insert into hypermind.rollup_pending (run_id, project_id)
            select run_id, project_id from hypermind.run_outcomes
            on conflict do nothing""")


def test_a_replica_says_that_it_does_nothing(replica: Server) -> None:
    with psycopg.connect(replica.dsn("ledger", user="oscar"), autocommit=True) as oscar:
        said: list[str | None] = []
        oscar.add_notice_handler(lambda notice: said.append(notice.message_primary))
        assert one(oscar, "select hypermind.refresh_rollups()") == 0
        assert said == ["this server is a replica: its figures are refreshed on the primary"]
        rollup = "select * from hypermind.rollup(null, null, current_date, current_date + 1)"
        assert oscar.execute(rollup).fetchall() == []
