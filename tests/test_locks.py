"""What locks each function takes, in which order, and that no two of them can wait for each other.

docs/locks.md says which locks, and here that is measured: each lock of a function is kept from it by somebody else in
turn, and while the function waits for it, what it holds is looked up. Then each pair of functions meets.

HYPERMIND_PAIRS=all lets all pairs meet at every isolation level, and not only those that lock something in common, at
READ COMMITTED; and the first of the slow ones roll back, too.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID, uuid4

import harness
import psycopg
import pytest
from conftest import Connection, TwoProjects, only_with
from psycopg import sql
from psycopg.types.json import Jsonb
from test_concurrency import DIGEST, LEVELS, PATIENCE, READ_COMMITTED, Client, new_run, one
from test_periods import run_id
from test_retirement import archive, in_month, saved_rows
from test_retirement import ended_run as run_of_month

DOCS = harness.REPO / "docs" / "locks.md"
ALL_PAIRS = os.environ.get("HYPERMIND_PAIRS") == "all"
Words: TypeAlias = tuple[str, tuple[Any, ...]]  # a function and what it is given

once = only_with("system", "locks are locks on any server")


class Lab:
    """A database, two connections that meet in it, one that prepares, and one that looks."""

    def __init__(self, two_projects: TwoProjects, admin: Connection) -> None:
        self.project, self.admin, self.dsn = two_projects.a, admin, two_projects.dsn_of("oscar")
        self.oscar = Client(self.dsn)
        self.audrey = two_projects.connect("audrey")
        self.months = iter([date(year, month, 1) for year in range(1980, 2020) for month in range(1, 13)])
        self.runs: list[UUID] = []
        self.roles: list[str] = []
        self.oscar.call("set_retention_policy", None, 0, None, 0, "nothing is kept, all is archived")

    def role(self) -> str:
        self.roles.append(f"role_{uuid4().hex[:12]}")
        self.admin.execute(sql.SQL("create role {}").format(sql.Identifier(self.roles[-1])))
        return self.roles[-1]

    def new_project(self) -> UUID:
        """Another one of oscar's."""
        role = self.role()
        self.admin.execute(sql.SQL("grant {} to oscar").format(sql.Identifier(role)))
        return UUID(str(one(self.admin, "select hypermind.create_project('lab', %s, %s)", role, role)))

    def close(self) -> None:
        self.oscar.close()


class Scene:
    """What two calls meet on; made when it is asked for."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.oscar, self.project = lab, lab.oscar, lab.project
        self.word = uuid4().hex[:12]

    @cached_property
    def run(self) -> UUID:
        """It is open, and runs: three events, the last of them with a state."""
        run = new_run(self.oscar, self.project)
        self.oscar.call("append_event", run, "state.set", p_state_delta=Jsonb({"word": "secret"}))
        self.lab.runs.append(run)
        return run

    @cached_property
    def expired(self) -> UUID:
        """The same run, whose worker has not been heard of for long; and the months ahead are there."""
        if "ahead" not in vars(self):
            self.oscar.call("ensure_periods")
        self.oscar.call("claim_run", self.run, "worker")
        expire = "update hypermind.run_heads set claim_expires_at = now() - interval '2 hours' where run_id = %s"
        self.lab.admin.execute(expire, (self.run,))
        return self.run

    @cached_property
    def config(self) -> str:
        """The name of a prompt with two versions, the first with a label."""
        for n in (1, 2):
            self.oscar.call("register_config", self.project, "prompt", self.word, Jsonb({"n": n}))
        self.oscar.call("label_config", self.project, "prompt", self.word, "production", 1)
        return self.word

    @cached_property
    def month(self) -> date:
        """A month of the past that could be detached at once, with a run that has ended."""
        month = next(self.lab.months)
        self.ended = run_of_month(self.oscar, self.project, month)
        self.lab.runs.append(self.ended)
        archive(self.oscar, month)
        return month

    @cached_property
    def ended_run(self) -> UUID:
        assert self.month
        return self.ended

    @cached_property
    def gone(self) -> date:
        """A month that is detached."""
        month = next(self.lab.months)
        run_of_month(self.oscar, self.project, month)
        archive(self.oscar, month)
        self.oscar.call("detach_period", month)
        return month

    @cached_property
    def archived(self) -> tuple[UUID, UUID, dict[str, str]]:
        """A run of a month that was dropped, the archive that has it, and its rows."""
        month = next(self.lab.months)
        run = run_of_month(self.oscar, self.project, month)
        archive_id = archive(self.oscar, month)
        rows = saved_rows(self.lab.admin, run)
        self.oscar.call("detach_period", month)
        self.oscar.call("drop_period", month)
        return run, archive_id, rows

    @cached_property
    def missing(self) -> datetime:
        """A moment of a month that nobody has made."""
        return in_month(next(self.lab.months))

    @cached_property
    def ahead(self) -> int:
        """How many months ensure_periods() is to look ahead: the last of them is missing."""
        month = one(self.lab.admin, "select to_char(now() at time zone 'UTC' + interval '12 months', 'YYYYMM')")
        for table in ("run_artifacts", "run_state_snapshots", "run_config_refs", "run_outcomes", "run_events", "runs"):
            leaf = sql.Identifier("hypermind_private", f"{table}_p{month}")
            self.lab.admin.execute(sql.SQL("drop table if exists {}").format(leaf))
        return 12

    @cached_property
    def hold(self) -> UUID:
        return UUID(str(self.oscar.call("place_hold", self.project, "a dispute", new_run(self.oscar, self.project))))

    @cached_property
    def role(self) -> str:
        return self.lab.role()

    @cached_property
    def figures(self) -> str:
        return json.dumps(self.oscar.call("archive_figures", self.month))


CALLS: dict[str, Callable[[Scene], list[Words]]] = {
    "append_event": lambda s: [("append_event", (s.run, "note.added", "{}", Jsonb({"a": 1})))],
    "append_events": lambda s: [("append_events", (s.run, Jsonb([{"event_type": "note.added"}] * 2)))],
    "attach_artifact": lambda s: [("attach_artifact", (s.run, "log", "file:log", DIGEST, 1))],
    "claim_run": lambda s: [("claim_run", (s.run, "worker"))],
    "request_cancel": lambda s: [("request_cancel", (s.run,))],
    "transition_run": lambda s: [("transition_run", (s.run, "completed"))],
    "take_snapshot": lambda s: [("take_snapshot", (s.run, 2))],
    "fork_run": lambda s: [("fork_run", (s.run, 3))],
    "fork_run in a missing month": lambda s: [("fork_run", (s.run, 3, None, "{}", run_id(s.missing)))],
    "create_run": lambda s: [("create_run", (s.project, "chat", pin(s)))],
    "create_run in the past": lambda s: [("create_run", (*_run(s), run_id(in_month(s.month))))],
    "create_run in a missing month": lambda s: [("create_run", (*_run(s), run_id(s.missing)))],
    "register_config": lambda s: [("register_config", (s.project, "prompt", s.config, Jsonb({"n": str(uuid4())})))],
    "label_config": lambda s: [("label_config", (s.project, "prompt", s.config, "production", 2))],
    "register_event_type": lambda s: [("register_event_type", (f"custom.t{s.word}", "{}", s.project))],
    "register_contract": lambda s: [("register_contract", (s.project, "tool", Jsonb({"title": str(uuid4())})))],
    "set_enforcement": lambda s: [("set_enforcement", (s.project, "known"))],
    "set_retention_policy": lambda s: [("set_retention_policy", (s.project, 0, None, 0, str(uuid4())))],
    "create_project": lambda s: [("create_project", ("lab", s.word, s.role))],
    "place_hold": lambda s: [("place_hold", (s.project, "a dispute", s.ended_run))],
    "release_hold": lambda s: [("release_hold", (s.hold, "settled"))],
    "erase_payload": lambda s: [("erase_payload", (s.run, 3, "personal data"))],
    "erase_run": lambda s: [("erase_run", (s.ended_run, "personal data"))],
    "record_archive": lambda s: [("record_archive", (uuid4(), s.month, "file:///again", s.figures))],
    "detach_period": lambda s: [("detach_period", (s.month,))],
    "apply_retention": lambda s: [("apply_retention", (s.month, plan_of(s)))],
    "attach_period": lambda s: [("attach_period", (s.gone,))],
    "drop_period": lambda s: [("drop_period", (s.gone,))],
    "restore_rows": lambda s: restored(*s.archived),
    "ensure_periods": lambda s: [("ensure_periods", (s.ahead,))],
    "refresh_rollups": lambda s: [("refresh_rollups", (pending(s),))],
    "maintain": lambda s: [("maintain", (s.expired and 100,))],
    "maintain where months are missing": lambda s: [("maintain", (s.ahead,))],
    "issue_digest": lambda s: [("issue_digest", ())],
}


def pin(scene: Scene) -> Jsonb:
    return Jsonb({"prompt": {"kind": "prompt", "name": scene.config, "label": "production"}})


def _run(scene: Scene) -> tuple[Any, ...]:
    """create_run()'s arguments up to p_run_id."""
    return (scene.project, "chat", "{}", "{}", "{}", [], None)


def plan_of(scene: Scene) -> bytes:
    query = "select plan from hypermind.plan_retention(%s) limit 1"
    return bytes(one(scene.oscar.connection, query, scene.month))


def pending(scene: Scene) -> int:
    """A run that has ended, and is in no figures yet."""
    scene.oscar.call("transition_run", new_run(scene.oscar, scene.project), "cancelled")
    return 1000


def restored(run: UUID, archive_id: UUID, rows: dict[str, str]) -> list[Words]:
    """finish_restore() belongs to it: without, nothing can be committed."""
    calls: list[Words] = [("restore_rows", (archive_id, table, those)) for table, those in rows.items()]
    return [*calls, ("finish_restore", (archive_id, [run]))]


@pytest.fixture(scope="module")
def lab(two_projects: TwoProjects, admin_conn: Connection) -> Iterator[Lab]:
    name = sql.Identifier(psycopg.conninfo.conninfo_to_dict(two_projects.dsn)["dbname"])  # type: ignore[arg-type]
    for setting in ("synchronous_commit = off", "deadlock_timeout = '200ms'"):
        admin_conn.execute(sql.SQL("alter database {} set " + setting).format(name))  # type: ignore[arg-type]
    found = Lab(two_projects, admin_conn)
    yield found
    assert found.audrey.execute("select * from hypermind.check_integrity()").fetchall() == []
    found.close()
    for role in found.roles:
        admin_conn.execute(sql.SQL("drop role if exists {}").format(sql.Identifier(role)))


def all_of(client: Client, calls: list[Words]) -> None:
    for function, args in calls:
        client.call(function, *args)


def settled(lab: Lab, client: Client, calls: list[Words]) -> Future[None]:
    """Makes the calls, and returns when they are done or wait for another transaction."""
    future = client.submit(lambda: all_of(client, calls))
    deadline = time.monotonic() + PATIENCE
    while not future.done() and not blockers(lab, client):
        assert time.monotonic() < deadline, f"{calls} neither wait nor end"
        time.sleep(0.001)
    return future


def blockers(lab: Lab, client: Client) -> set[int]:
    return set(one(lab.admin, "select pg_blocking_pids(%s)", client.connection.info.backend_pid))


# What each function locks


class Lock(NamedTuple):
    what: str
    mode: str

    def __str__(self) -> str:
        return f"{self.what} {self.mode}"


TABLE_MODES = [  # from the weakest on
    "ACCESS SHARE",
    "ROW SHARE",
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
]
AGAINST = {  # the weakest mode that keeps a mode out
    "ROW EXCLUSIVE": "SHARE",
    "SHARE UPDATE EXCLUSIVE": "SHARE UPDATE EXCLUSIVE",
    "SHARE": "ROW EXCLUSIVE",
    "SHARE ROW EXCLUSIVE": "ROW EXCLUSIVE",
    "ACCESS EXCLUSIVE": "ACCESS SHARE",
}
ROW_MODES = ["FOR KEY SHARE", "FOR SHARE", "FOR NO KEY UPDATE", "FOR UPDATE"]  # from the weakest on
ROW_AGAINST = dict(zip(ROW_MODES, reversed(ROW_MODES), strict=True))

# The tables that somebody locks against others' writes. What only readers and writers lock, nobody waits for.
TABLES = ["archives", "holds", "erasures", "digests", "projects", "config_versions"]
ROWS = {
    "head": "run_heads where run_id = %(run)s",
    "config": "config_entities where name = %(config)s",
    "label": "config_labels where label = 'production' and config_id = "
    "(select config_id from hypermind.config_entities where name = %(config)s)",
    "project": "projects where project_id = %(project)s",
}


def documented() -> dict[str, tuple[list[Lock], list[Lock]]]:
    """By call, the locks in their order: those that are waited for, and those that are tried for moments."""
    rows = [cells(line) for line in DOCS.read_text().splitlines() if line.startswith("| `")]
    found = {}
    for calls, locks, _ in rows:
        waited, _, tried = locks.partition("; for moments ")
        for call in calls.split(", "):
            found[call.replace("`", "")] = (parsed(waited), parsed(tried))
    return found


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def parsed(text: str) -> list[Lock]:
    words = re.findall(r"`?([a-z_ ]+?)`? ([A-Z][A-Z ]+[A-Z])", text)
    return [Lock(what.strip(), mode) for what, mode in words]


def strongest(locks: list[Lock]) -> dict[str, str]:
    found: dict[str, str] = {}
    for what, mode in locks:
        modes = ROW_MODES if what in ROWS else TABLE_MODES
        found[what] = max(found.get(what, mode), mode, key=modes.index)
    return found


class Measured:
    """A call of a scene, whose locks are looked up from outside."""

    def __init__(self, lab: Lab, name: str) -> None:
        self.lab, self.scene = lab, Scene(lab)
        self.calls = CALLS[name](self.scene)
        assert self.scene.config and self.scene.run
        self.client = Client(lab.dsn, autocommit=False)

    def __enter__(self) -> Measured:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.rollback()
        self.client.close()

    @property
    def values(self) -> dict[str, object]:
        return {"run": self.scene.run, "config": self.scene.config, "project": self.scene.project}

    @property
    def leaf(self) -> str:
        """The leaf of runs of the month that the call is about, if there is one."""
        known = vars(self.scene)
        month = known.get("month") or known.get("gone")
        return f"runs_p{month:%Y%m}" if month else ""

    def held(self) -> dict[str, str]:
        """What the call holds at this moment, each in its strongest mode; reads, and KEY SHARE of rows, left out."""
        query = """select c.relname, l.mode from pg_locks as l join pg_class as c on c.oid = l.relation
                   where l.pid = %s and l.granted and l.locktype = 'relation'"""
        found: list[Lock] = []
        for name, mode in self.lab.admin.execute(query, (self.client.connection.info.backend_pid,)):
            spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", mode.removesuffix("Lock")).upper()
            strength = TABLE_MODES.index(spaced)
            if name in TABLES and strength >= TABLE_MODES.index("ROW EXCLUSIVE"):
                found.append(Lock(name, spaced))
            elif name == "runs" and strength >= TABLE_MODES.index("SHARE UPDATE EXCLUSIVE"):
                found.append(Lock("run tables", spaced))
            elif name == self.leaf and strength >= TABLE_MODES.index("ROW EXCLUSIVE"):
                found.append(Lock("month", spaced))
        rows = self.held_rows()
        if ("projects", "ACCESS EXCLUSIVE") in found:
            del rows["project"]  # nobody reaches it
        return strongest(found) | rows

    def held_rows(self) -> dict[str, str]:
        """A row is held in the mode against the weakest that is not to be had."""
        found = {}
        for what, row in ROWS.items():
            for mode in ROW_MODES[:-1]:
                if not self.is_to_be_had(f"select from hypermind.{row} {mode} skip locked"):
                    found[what] = ROW_AGAINST[mode]
                    break
        return found

    def is_to_be_had(self, row: str) -> bool:
        """SKIP LOCKED waits for the table, and for a row that was updated and then deleted."""
        try:
            with self.lab.admin.transaction(force_rollback=True):
                self.lab.admin.execute("set local lock_timeout = '20ms'")
                return bool(self.lab.admin.execute(row.encode(), self.values).fetchall())
        except psycopg.errors.LockNotAvailable:
            return False

    def kept_out(self, lock: Lock) -> dict[str, str] | None:
        """What the call holds while somebody keeps this lock from it, or None if it does not wait."""
        with closing(Client(self.lab.admin.info.dsn, autocommit=False)) as other:
            if lock.what in ROWS:
                query = f"select from hypermind.{ROWS[lock.what]} {ROW_AGAINST[lock.mode]}"
                assert other.connection.execute(query.encode(), self.values).fetchall() == [()]
            else:
                tables = {"run tables": "hypermind.runs", "month": f"hypermind_private.{self.leaf}"}
                table = tables.get(lock.what, f"hypermind.{lock.what}")
                other.connection.execute(f"lock table only {table} in {AGAINST[lock.mode]} mode".encode())
            future = settled(self.lab, self.client, self.calls)
            waits = not future.done()
            held = self.held() if waits else None
            other.rollback()
            future.result(PATIENCE)
            self.client.rollback()
            return held


@once
@pytest.mark.parametrize("name", CALLS)
def test_the_page_says_what_is_locked_and_in_which_order(lab: Lab, name: str) -> None:
    waited, tried = documented()[name]
    with Measured(lab, name) as call:
        all_of(call.client, call.calls)
        assert call.held() == strongest(waited + tried)
        call.client.rollback()
        for at, lock in enumerate(waited):
            if lock.what == "head" and name == "maintain":
                assert call.kept_out(Lock("head", "FOR NO KEY UPDATE")) is None, "it never waits for a run"
                continue
            held = call.kept_out(lock)
            assert held is not None, f"it does not wait for {lock}"
            held.pop(lock.what, None)
            before = strongest([each for each in waited[:at] if each.what != lock.what])
            assert held == before, f"before {lock}"


@once
def test_the_page_names_every_function_that_writes(lab: Lab) -> None:
    query = """select proname from pg_proc where pronamespace = 'hypermind'::regnamespace and provolatile = 'v'"""
    writing = {name for (name,) in lab.admin.execute(query)}
    paragraph = next(each for each in DOCS.read_text().split("\n\n") if each.startswith("**No locks"))
    harmless = set(re.findall(r"`(\w+)`", paragraph))
    named = {name.split(" ")[0] for name in documented()}
    assert named | harmless == writing | {"finish_restore"}
    assert not named & harmless
    assert documented().keys() == CALLS.keys() | {"finish_restore"}


@once
def test_nothing_is_waited_for_against_the_order() -> None:
    """A cycle of functions that wait for each other would need one that waits for something before what it holds."""
    line = next(x for x in DOCS.read_text().splitlines() if x.startswith("1. "))
    order = re.split(r", ", re.sub(r"[`.]", "", line.removeprefix("1. ")))
    for name, (waited, _) in documented().items():
        places = [order.index(lock.what) for lock in waited]
        assert places == sorted(places), name


# Each pair meets

RETIRES = ("detach_period", "apply_retention")
MOVES = (*RETIRES, "attach_period", "drop_period")
MONTHS = {*MOVES, "restore_rows", "ensure_periods", "erase_run"}  # slow: without the rollback, but with all pairs
TWINS = {"apply_retention", "create_run in a missing month", "maintain where months are missing"}
WRITES = ("append_event", "append_events", "attach_artifact", "claim_run", "request_cancel")
COPIES = ("fork_run", "fork_run in a missing month")


def refusals(firsts: Sequence[str], seconds: Sequence[str], code: str) -> dict[tuple[str, str], str]:
    return {(first, second): code for first in firsts for second in seconds}


# What is refused when the other has come first, and committed: as it would be if it came later. Nothing else is.
REFUSED = {
    **refusals(["transition_run", "maintain"], WRITES, "MH002"),  # the run has ended
    **refusals(["maintain"], ["transition_run"], "MH007"),  # in another way
    **refusals(["erase_payload"], COPIES, "MH025"),
    **refusals(["place_hold"], ["erase_run"], "MH024"),
    **refusals(["place_hold", "erase_run", "create_run in the past"], RETIRES, "MH030"),  # something keeps it
    **refusals(RETIRES, [*RETIRES, "create_run in the past"], "MH031"),
    **refusals(["attach_period"], ["drop_period"], "MH031"),
    **refusals(["drop_period"], ["attach_period", "drop_period"], "MH031"),
    **refusals(["restore_rows"], ["restore_rows"], "MH016"),  # the run is here
    **{(name, name): "40001" for name in ("register_event_type", "register_contract", "set_retention_policy")},
}


def meeting(first: str, second: str) -> bool:
    """Whether the page names something that both lock. Of those that lock the same, one stands for all."""
    if first != second and {first, second} & TWINS:
        return False
    locks = documented()
    whats = [{lock.what for lock in (*locks[name][0], *locks[name][1])} for name in (first, second)]
    return first == second or bool(whats[0] & whats[1])


@pytest.fixture(scope="module", params=LEVELS if ALL_PAIRS else [READ_COMMITTED], ids=lambda level: level.name.lower())
def couple(lab: Lab, request: pytest.FixtureRequest) -> Iterator[tuple[Client, Client, psycopg.IsolationLevel]]:
    """Two that meet, the second at that level."""
    with (
        closing(Client(lab.dsn, autocommit=False)) as first,
        closing(Client(lab.dsn, level=request.param, autocommit=False)) as second,
    ):
        yield first, second, request.param


@once
@pytest.mark.parametrize("first", CALLS)
def test_who_waits_goes_on(lab: Lab, couple: tuple[Client, Client, psycopg.IsolationLevel], first: str) -> None:
    """The first has done its work; the second comes, and waits or not; the first commits, or rolls back."""
    surprises = []
    for second in CALLS:
        if not (ALL_PAIRS or meeting(first, second)):
            continue
        for end in ("commit", "rollback")[: 2 if ALL_PAIRS or not {first, second} & MONTHS else 1]:
            waited, code = met(lab, couple, first, second, end)
            # What was rolled back was never there.
            expected = {REFUSED.get((first, second)) if waited and end == "commit" else None}
            if not waited and second in MOVES:
                expected |= {"55P03"}  # it tries for moments, and may give up before anybody has seen it wait
            if couple[2] is not READ_COMMITTED:
                expected |= {"40001", "MH016"}  # what has to see others says that it wants READ COMMITTED
            if code not in expected:
                surprises.append((second, end, "waited" if waited else "did not wait", code))
            if not waited:
                break  # it was done before the first ended
    assert surprises == []
    assert lab.audrey.execute("select * from hypermind.check_integrity()").fetchall() == []
    here = "select run_id from hypermind.run_summaries where run_id = any(%s) and archive_id is null"
    for (run,) in lab.admin.execute(here, (lab.runs,)).fetchall():
        assert one(lab.audrey, "select problem from hypermind.verify_run(%s)", run) is None
    lab.runs.clear()


def met(
    lab: Lab, couple: tuple[Client, Client, psycopg.IsolationLevel], first: str, second: str, end: str
) -> tuple[bool, str | None]:
    """Whether the second waited, and with which code it was refused."""
    scene = Scene(lab)
    calls = CALLS[first](scene), CALLS[second](scene)
    ahead, behind, _ = couple
    all_of(ahead, calls[0])
    future = settled(lab, behind, calls[1])
    waited = not future.done()
    if waited:
        assert blockers(lab, behind) <= {ahead.connection.info.backend_pid}
    getattr(ahead, end)()
    error = future.exception(PATIENCE)
    if error is None:
        behind.commit()
        return waited, None
    behind.rollback()
    assert isinstance(error, psycopg.Error), error
    return waited, error.sqlstate


# What deadlocked once


@once
def test_a_fork_that_makes_its_month_and_a_change_of_enforcement(lab: Lab) -> None:
    """The fork holds the row of the project and wants the table: nobody may hold the table and want the row."""
    scene = Scene(lab)
    fork = CALLS["fork_run in a missing month"](scene)
    runs = one(lab.admin, "select tableoid::regclass::text from hypermind.runs where run_id = %s", scene.run)
    leaf = runs.replace("runs_", "run_state_snapshots_")
    with closing(Client(lab.dsn)) as forking, closing(Client(lab.dsn)) as changing:
        with lab.admin.transaction():
            lab.admin.execute(f"lock table {leaf} in access exclusive mode".encode())
            forked = settled(lab, forking, fork)
            changed = settled(lab, changing, [("set_enforcement", (scene.project, "known"))])
            assert not forked.done() and not changed.done()
        assert [each.exception(PATIENCE) for each in (forked, changed)] == [None, None]


@pytest.fixture
def in_two_days(lab: Lab) -> Iterator[None]:
    """The ledger's clock runs ahead."""
    clock = (
        "create or replace function hypermind_private.clock() returns timestamptz language sql volatile parallel safe"
    )
    lab.admin.execute(f"{clock} as $$ select clock_timestamp() + interval '2 days' $$".encode())
    yield
    lab.admin.execute(f"{clock} as $$ select clock_timestamp() $$".encode())


@once
def test_two_that_apply_plans_with_the_same_projects(lab: Lab, request: pytest.FixtureRequest) -> None:
    """Their runs come in opposite orders: each erases in one project first, and then in that of the other."""
    projects = [lab.new_project(), lab.new_project()]
    months = [next(lab.months), next(lab.months)]
    for month, order in zip(months, (projects, projects[::-1]), strict=True):
        for day, project in enumerate(order, 1):
            run = lab.oscar.call("create_run", project, "chat", p_run_id=run_id(in_month(month, day)))
            lab.oscar.call("transition_run", run, "cancelled")
    for project in projects:
        lab.oscar.call("set_retention_policy", project, 0, 1, None, "nothing is kept")
    request.getfixturevalue("in_two_days")
    query = "select plan from hypermind.plan_retention(%s) where action = 'erase' limit 1"
    plans = [bytes(one(lab.oscar.connection, query, month)) for month in months]
    with closing(Client(lab.dsn)) as first, closing(Client(lab.dsn)) as second:
        with lab.admin.transaction():
            lab.admin.execute("lock table hypermind.erased_hashes in share mode")
            applied = [
                settled(lab, client, [("apply_retention", (month, plan))])
                for client, month, plan in zip((first, second), months, plans, strict=True)
            ]
            assert not any(each.done() for each in applied)
        assert [each.exception(PATIENCE) for each in applied] == [None, None]
    erased = "select count(*) from hypermind.erasures where project_id = any(%s)"
    assert one(lab.admin, erased, projects) == 4
