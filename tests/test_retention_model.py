"""Retention against a model: random stories of runs, policies, holds, erasures, archives and time.

The model is a few Python objects that know the rules of docs/retention.md, and nothing of how they are kept. After
each step the database must have refused or done what the model says, for the reasons that it says; a run is always
either here, proved and with the replay digests that it had, or in an archive from which it comes back that way.

    HYPERMIND_STORIES=2000 pytest -s tests/test_retention_model.py    so many stories, other ones each time

A story is one transaction that is rolled back, so that the next one begins with an empty ledger.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from conftest import TwoProjects, only_with
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

pytestmark = only_with("system", "stories take long")

DAY = timedelta(days=1)
TABLES = ("runs", "run_events", "run_outcomes", "run_config_refs", "run_state_snapshots", "run_artifacts")
PROJECTS = ("a", "b")
STEPS = 50
STORIES = int(os.environ.get("HYPERMIND_STORIES", "0"))
CALL = re.compile(r"hypermind\.(\w+)\(")


# The model


@dataclass
class Run:
    run_id: UUID
    project: str
    month: date
    pin: str | None  # how it pinned the prompt: by version, by label
    last_at: datetime  # when its last event was recorded: never before the one before, whatever the clock says
    events: int = 1
    ended_at: datetime | None = None
    is_counted: bool = False
    archive: Archive | None = None  # where its rows are; None: here
    erased: set[int] = field(default_factory=set)  # seqs; 0: all
    digest: bytes | None = None  # of its replay context at the end


@dataclass
class Archive:
    archive_id: UUID
    month: date
    erasures: int
    copies: dict[UUID, dict[str, str]]  # run id, table: rows


@dataclass
class Policy:
    keep_at_least: int
    keep_at_most: int | None
    archive_after: int | None


@dataclass(eq=False)
class Hold:
    hold_id: UUID
    project: str
    run: Run | None = None
    pin: str | None = None

    def covers(self, run: Run) -> bool:
        if run.project != self.project:
            return False
        if self.run is not None:
            return run is self.run
        # Who pinned by the label pinned the version, too.
        return self.pin is None or (run.pin is not None and self.pin in ("version", run.pin))


@dataclass
class Ledger:
    """What there is, and what may be done with it."""

    now: datetime = datetime(2020, 1, 5, 12, tzinfo=UTC)
    runs: list[Run] = field(default_factory=list)
    policies: dict[str, Policy] = field(default_factory=dict)  # by project; "": of the ledger
    holds: list[Hold] = field(default_factory=list)
    archives: dict[date, Archive] = field(default_factory=dict)  # the one that counts
    erasures: dict[date, int] = field(default_factory=dict)
    states: dict[date, str] = field(default_factory=dict)  # of months that were ever detached

    def runs_of(self, month: date) -> list[Run]:
        return [run for run in self.runs if run.month == month]

    def state(self, month: date) -> str:
        return self.states.get(month, "attached")

    def is_here(self, month: date) -> bool:
        return any(run.archive is None for run in self.runs_of(month))

    def policy(self, project: str) -> Policy | None:
        return self.policies.get(project, self.policies.get(""))

    def is_held(self, run: Run) -> bool:
        return any(hold.covers(run) for hold in self.holds)

    def open_reasons(self, month: date) -> set[str]:
        reasons = set()
        if self.now < end_of(month):
            reasons.add("period_not_over")
        if any(run.ended_at is None for run in self.runs_of(month)):
            reasons.add("run_open")
        return reasons

    def reasons(self, month: date) -> set[str]:
        """Why a month with runs in the run tables may not go."""
        reasons = self.open_reasons(month)
        for run in self.runs_of(month):
            policy = self.policy(run.project)
            if run.ended_at is not None and policy is None:
                reasons.add("no_policy")
            elif run.ended_at is not None and policy and run.ended_at + policy.keep_at_least * DAY > self.now:
                reasons.add("minimum")
            if self.is_held(run):
                reasons.add("hold")
            if run.ended_at is not None and not run.is_counted:
                reasons.add("not_counted")
        archive = self.archives.get(month)
        if archive is None:
            return reasons | {"not_archived"}
        if any(r.ended_at and r.archive is None and r.run_id not in archive.copies for r in self.runs_of(month)):
            reasons.add("run_not_archived")
        if archive.erasures != self.erasures.get(month, 0):
            reasons.add("erasure_not_archived")
        return reasons

    def is_due(self, month: date) -> bool:
        ends = [(run.ended_at, self.policy(run.project)) for run in self.runs_of(month) if run.ended_at is not None]
        return all(
            policy is not None and policy.archive_after is not None and at + policy.archive_after * DAY <= self.now
            for at, policy in ends
        )

    def overdue(self, month: date) -> set[UUID]:
        found = set()
        for run in self.runs_of(month):
            policy = self.policy(run.project)
            if run.ended_at is None or policy is None or policy.keep_at_most is None or 0 in run.erased:
                continue
            if run.ended_at + policy.keep_at_most * DAY <= self.now and not self.is_held(run):
                found.add(run.run_id)
        return found


def end_of(month: date) -> datetime:
    return datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)


def month_of(at: datetime) -> date:
    return at.date().replace(day=1)


# The stories


class Retention(RuleBasedStateMachine):
    dsn = ""
    projects: dict[str, UUID] = {}  # noqa: RUF012  # set once, before the stories begin
    done: Counter[str] = Counter()  # noqa: RUF012  # what was done and refused in all stories
    steps: Counter[str] = Counter()  # noqa: RUF012  # "steps" and "stories" so far

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.connection: psycopg.Connection[Any] = psycopg.connect(self.dsn)
        self.connection.execute("set local role oscar")
        self.tell_time()

    def teardown(self) -> None:
        self.steps["stories"] += 1
        try:
            self.everything_is_whole()
        finally:
            self.connection.rollback()
            self.connection.close()

    # Asking

    def tell_time(self) -> None:
        self.connection.execute("select set_config('test.now', %s, true)", (self.ledger.now.isoformat(),))

    def ask(self, query: str, *args: object) -> list[tuple[Any, ...]]:
        name = found[1] if (found := CALL.search(query)) else "read"
        try:
            with self.connection.transaction():
                rows = self.connection.execute(query.encode(), args).fetchall()
        except psycopg.Error as error:
            self.done[f"{name} {error.sqlstate}"] += 1
            raise
        self.done[name] += 1
        return rows

    def value(self, query: str, *args: object) -> Any:
        ((value,),) = self.ask(query, *args)
        return value

    def refusal(self, query: str, *args: object) -> psycopg.Error | None:
        try:
            self.ask(query, *args)
        except psycopg.Error as error:
            return error
        return None

    def expect_refusal(self, code: str, query: str, *args: object) -> psycopg.Error:
        error = self.refusal(query, *args)
        assert error is not None, f"{query} with {args} was not refused"
        assert error.sqlstate == code, error
        return error

    def as_superuser(self, query: str, *args: object) -> list[tuple[Any, ...]]:
        self.connection.execute("reset role")
        try:
            return self.ask(query, *args)
        finally:
            self.connection.execute("set local role oscar")

    # Recording

    @initialize()
    def begin(self) -> None:
        for project in self.projects.values():
            self.ask("select hypermind.register_config(%s, 'prompt', 'greeting', '{}')", project)
            self.ask("select hypermind.label_config(%s, 'prompt', 'greeting', 'production', 1)", project)

    @rule(
        project=st.sampled_from(PROJECTS),
        days_ago=st.sampled_from([0, 0, 31, 62]),
        pin=st.sampled_from([None, "version", "label"]),
    )
    def create(self, project: str, days_ago: int, pin: str | None) -> None:
        at = self.ledger.now - days_ago * DAY
        by = {"version": 1} if pin == "version" else {"label": "production"}
        slot = {"kind": "prompt", "name": "greeting"} | by
        run = Run(uuid7(at, len(self.ledger.runs)), project, month_of(at), pin, self.ledger.now)
        create = "select hypermind.create_run(%s, 'chat', %s, p_run_id => %s)"
        args = (self.projects[project], json.dumps({} if pin is None else {"p": slot}), run.run_id)
        if self.ledger.state(run.month) != "attached":
            self.expect_refusal("MH031", create, *args)
            return
        self.ask(create, *args)
        self.ledger.runs.append(run)

    @precondition(lambda self: any(run.ended_at is None for run in self.ledger.runs))
    @rule(data=st.data(), delta=st.booleans())
    def append(self, data: st.DataObject, delta: bool) -> None:
        run = data.draw(st.sampled_from([run for run in self.ledger.runs if run.ended_at is None]))
        run.events = self.value(
            "select hypermind.append_event(%s, 'a.b', %s, %s)",
            run.run_id,
            json.dumps({"n": run.events}),
            json.dumps({"n": run.events}) if delta else None,
        )
        run.last_at = max(run.last_at, self.ledger.now)

    @precondition(lambda self: any(run.ended_at is None for run in self.ledger.runs))
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        self.end_run(data.draw(st.sampled_from([run for run in self.ledger.runs if run.ended_at is None])))

    def end_run(self, run: Run) -> None:
        run.events = self.value("select hypermind.transition_run(%s, 'cancelled')", run.run_id)
        run.last_at = run.ended_at = max(run.last_at, self.ledger.now)
        if not run.erased:
            run.digest = self.digest(run)

    def digest(self, run: Run) -> bytes:
        digest: bytes = self.value("select digest from hypermind.resolve_replay_context(%s)", run.run_id)
        return digest

    @rule()
    def count_figures(self) -> None:
        self.ask("select hypermind.refresh_rollups()")
        for run in self.ledger.runs:
            run.is_counted = run.is_counted or run.ended_at is not None

    @precondition(lambda self: any(run.archive is None for run in self.ledger.runs))
    @rule(data=st.data())
    def fork(self, data: st.DataObject) -> None:
        parent = data.draw(st.sampled_from([run for run in self.ledger.runs if run.archive is None]))
        at_seq = data.draw(st.integers(1, parent.events))
        child = uuid7(self.ledger.now, len(self.ledger.runs))
        query = "select hypermind.fork_run(%s, %s, p_new_run_id => %s)"
        error = self.refusal(query, parent.run_id, at_seq, child)
        code = error.sqlstate if error is not None else None
        if self.ledger.state(month_of(self.ledger.now)) != "attached":
            assert code == "MH031" or (code == "MH025" and parent.erased), error
            return
        assert code is None or (code == "MH025" and parent.erased), error
        if code is None:
            self.add_fork(child, parent)

    def add_fork(self, child: UUID, parent: Run) -> None:
        month = month_of(self.ledger.now)
        self.ledger.runs.append(Run(child, parent.project, month, parent.pin, self.ledger.now))

    @rule(days=st.sampled_from([1, 2, 3]))
    def clock_goes_back(self, days: int) -> None:
        self.ledger.now -= days * DAY
        self.tell_time()

    @rule(days=st.sampled_from([1, 10, 30, 45]))
    def wait(self, days: int) -> None:
        self.ledger.now += days * DAY
        self.tell_time()

    # Rules

    @rule(
        scope=st.sampled_from(["", "", *PROJECTS]),
        least=st.sampled_from([0, 0, 10, 40]),
        more=st.sampled_from([None, None, 0, 60]),
        after=st.sampled_from([None, 0, 0, 20]),
    )
    def set_policy(self, scope: str, least: int, more: int | None, after: int | None) -> None:
        self.set_policy_of(scope, least, None if more is None else max(least + more, after or 0, 1), after)

    def set_policy_of(self, scope: str, least: int, most: int | None, after: int | None) -> None:
        self.ask(
            "select hypermind.set_retention_policy(%s, %s, %s, %s, 'a story')",
            self.projects.get(scope),
            least,
            most,
            after,
        )
        self.ledger.policies[scope] = Policy(least, most, after)

    @precondition(lambda self: len(self.ledger.holds) < 2)
    @rule(
        project=st.sampled_from(PROJECTS), data=st.data(), kind=st.sampled_from(["project", "run", "version", "label"])
    )
    def hold(self, project: str, data: st.DataObject, kind: str) -> None:
        hold = Hold(uuid4(), project)
        runs = [run for run in self.ledger.runs if run.project == project]
        if kind == "run" and runs:
            hold.run = data.draw(st.sampled_from(runs))
        elif kind in ("version", "label"):
            hold.pin = kind
        self.ask(
            "select hypermind.place_hold(%s, 'a dispute', %s, %s, %s, %s, %s, %s)",
            self.projects[project],
            hold.run and hold.run.run_id,
            hold.pin and "prompt",
            hold.pin and "greeting",
            1 if hold.pin == "version" else None,
            "production" if hold.pin == "label" else None,
            hold.hold_id,
        )
        self.ledger.holds.append(hold)

    @precondition(lambda self: self.ledger.holds)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        hold = data.draw(st.sampled_from(self.ledger.holds))
        self.ask("select hypermind.release_hold(%s, 'settled')", hold.hold_id)
        self.ledger.holds.remove(hold)

    @precondition(lambda self: self.ledger.runs)
    @rule(data=st.data(), whole=st.booleans())
    def erase(self, data: st.DataObject, whole: bool) -> None:
        run = data.draw(st.sampled_from(self.ledger.runs))
        seq = 0 if whole else data.draw(st.integers(1, run.events))
        query = "select events from hypermind.erase_payload(%s, %s, 'personal data')"
        args: tuple[object, ...] = (run.run_id, seq)
        if whole:
            query, args = "select events from hypermind.erase_run(%s, 'personal data')", (run.run_id,)
            if run.ended_at is None:
                self.expect_refusal("MH027", query, *args)
                return
        if self.ledger.is_held(run):
            self.expect_refusal("MH024", query, *args)
            return
        self.ask(query, *args)
        self.note_erasure(run, seq)

    def note_erasure(self, run: Run, seq: int) -> None:
        # Erasing once more records nothing: every event of a story has content, and no state outlives its event.
        if seq in run.erased or 0 in run.erased or (seq == 0 and run.erased >= set(range(1, run.events + 1))):
            if seq == 0 and run.archive is not None and 0 not in run.erased:
                self.ledger.erasures[run.month] = self.ledger.erasures.get(run.month, 0) + 1
            run.erased.add(seq)
            return
        run.erased.add(seq)
        self.ledger.erasures[run.month] = self.ledger.erasures.get(run.month, 0) + 1

    # Archives

    @precondition(lambda self: any(run.archive is None for run in self.ledger.runs))
    @rule(data=st.data(), go=st.sampled_from(["archive", "detach", "drop", "drop"]))
    def retire(self, data: st.DataObject, go: str) -> None:
        """What an operator does so that a month can go, and how far it goes; left to chance, hardly any ever would."""
        month = data.draw(st.sampled_from(sorted({run.month for run in self.ledger.runs if run.archive is None})))
        for run in self.ledger.runs_of(month):
            if run.ended_at is None:
                self.end_run(run)
        self.ledger.now = max(self.ledger.now, end_of(month))
        self.tell_time()
        self.count_figures()
        self.archive_month(month)
        if go == "archive":
            return
        for scope in ("", *(scope for scope in PROJECTS if scope in self.ledger.policies)):
            self.set_policy_of(scope, 0, None, 0)
        self.detach_month(month)
        if go == "drop":
            self.drop_month(month)

    def some_month(self, data: st.DataObject) -> date:
        month: date = data.draw(st.sampled_from(sorted({run.month for run in self.ledger.runs})))
        return month

    @precondition(lambda self: self.ledger.runs)
    @rule(data=st.data())
    def archive(self, data: st.DataObject) -> None:
        self.archive_month(self.some_month(data))

    def archive_month(self, month: date) -> None:
        figures = "select hypermind.archive_figures(%s)"
        if reasons := self.ledger.open_reasons(month):
            assert reasons_of(self.expect_refusal("MH030", figures, month)) == reasons
            return
        here = self.ledger.state(month) == "attached"
        archive = Archive(uuid4(), month, self.ledger.erasures.get(month, 0), {})
        if here:
            archive.copies = {run.run_id: self.rows(run) for run in self.ledger.runs_of(month)}
        else:
            archive.copies = self.ledger.archives[month].copies
        manifest = json.dumps(self.value(figures, month))
        self.ask("select hypermind.record_archive(%s, %s, 'file:///archive', %s)", archive.archive_id, month, manifest)
        for run in self.ledger.runs_of(month):
            if run.archive is not None:
                run.archive = archive
        self.ledger.archives[month] = archive

    def rows(self, run: Run) -> dict[str, str]:
        return {
            table: json.dumps(
                self.as_superuser(
                    f"select coalesce(jsonb_agg(to_jsonb(t)), '[]') from hypermind.{table} as t where run_id = %s",
                    run.run_id,
                )[0][0]
            )
            for table in TABLES
        }

    @precondition(lambda self: self.ledger.runs)
    @rule(data=st.data())
    def detach(self, data: st.DataObject) -> None:
        self.detach_month(self.some_month(data))

    def detach_month(self, month: date) -> None:
        query = "select hypermind.detach_period(%s)"
        if self.ledger.state(month) == "detached" or not self.ledger.is_here(month):
            self.expect_refusal("MH031", query, month)
        elif reasons := self.ledger.reasons(month):
            assert reasons_of(self.expect_refusal("MH030", query, month)) == reasons
        else:
            self.ask(query, month)
            self.note_detached(month)

    def note_detached(self, month: date) -> None:
        for run in self.ledger.runs_of(month):
            run.archive = self.ledger.archives[month]
        self.ledger.states[month] = "detached"

    @precondition(lambda self: self.ledger.states)
    @rule(data=st.data())
    def attach(self, data: st.DataObject) -> None:
        month = data.draw(st.sampled_from(sorted(self.ledger.states)))
        query = "select hypermind.attach_period(%s)"
        state = self.ledger.state(month)
        if state == "dropped":
            self.expect_refusal("MH031", query, month)
            return
        came = self.value(query, month)
        assert came == (0 if state == "attached" else came)
        if state == "detached":
            # A month that was restored in part was detached in part.
            back = {row[0] for row in self.as_superuser("select run_id from hypermind.runs")}
            for run in self.ledger.runs_of(month):
                if run.run_id in back:
                    run.archive = None
            away = any(run.archive for run in self.ledger.runs_of(month))
            self.ledger.states[month] = "dropped" if away else "attached"

    @precondition(lambda self: self.ledger.states)
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        self.drop_month(data.draw(st.sampled_from(sorted(self.ledger.states))))

    def drop_month(self, month: date) -> None:
        query = "select hypermind.drop_period(%s)"
        if self.ledger.state(month) != "detached":
            self.expect_refusal("MH031", query, month)
        elif any(self.ledger.is_held(run) for run in self.ledger.runs_of(month)):
            assert reasons_of(self.expect_refusal("MH030", query, month)) == {"hold"}
        else:
            self.ask(query, month)
            self.ledger.states[month] = "dropped"

    @precondition(lambda self: self.ledger.states)
    @rule(data=st.data(), all_of_it=st.booleans())
    def restore(self, data: st.DataObject, all_of_it: bool) -> None:
        month = data.draw(st.sampled_from(sorted(self.ledger.states)))
        archive = self.ledger.archives[month]
        runs = [run for run in self.ledger.runs_of(month) if run.archive is not None]
        if not runs:
            return
        if not all_of_it:
            runs = [data.draw(st.sampled_from(runs))]
        restore = "select hypermind.restore_rows(%s, %s, %s)"
        if self.ledger.state(month) == "detached":
            self.expect_refusal("MH031", restore, archive.archive_id, "runs", "[]")
            return
        with self.connection.transaction():
            for table in TABLES:
                for run in runs:
                    self.ask(restore, archive.archive_id, table, archive.copies[run.run_id][table])
            finish = "select hypermind.finish_restore(%s, %s)"
            assert self.value(finish, archive.archive_id, [run.run_id for run in runs]) == len(runs)
            self.connection.execute("set constraints all immediate")
            self.connection.execute("set constraints all deferred")
        for run in runs:
            run.archive = None
        if not any(run.archive for run in self.ledger.runs_of(month)):
            self.ledger.states[month] = "attached"

    @precondition(lambda self: self.ledger.runs)
    @rule(data=st.data())
    def apply_plan(self, data: st.DataObject) -> None:
        month = self.some_month(data)
        planned = self.ask("select action, run_id, plan from hypermind.plan_retention(%s)", month)
        overdue = self.ledger.overdue(month)
        here = self.ledger.state(month) != "detached" and self.ledger.is_here(month)
        reasons = self.ledger.reasons(month) if here else set()
        detach = here and not reasons and self.ledger.is_due(month) and not overdue
        assert {row[1] for row in planned if row[0] == "erase"} == overdue
        assert ("detach" in {row[0] for row in planned}) == detach
        kept = {"period_not_over", "run_open", "no_policy", "minimum", "hold", "not_counted"} & reasons
        if kept:
            assert "keep" in {row[0] for row in planned}
        if not planned:
            return
        done = self.ask("select action, run_id from hypermind.apply_retention(%s, %s)", month, planned[0][2])
        assert {tuple(row) for row in done} == {row[:2] for row in planned if row[0] in ("erase", "detach")}
        for run in self.ledger.runs_of(month):
            if run.run_id in overdue:
                self.note_erasure(run, 0)
        if detach:
            self.note_detached(month)

    @precondition(lambda self: self.ledger.runs)
    @rule(data=st.data(), function=st.sampled_from(["detach_period", "attach_period", "drop_period", "restore"]))
    def crash(self, data: st.DataObject, function: str) -> None:
        """A transaction that does not come to its end: nothing of it is there."""
        month = self.some_month(data)
        with self.connection.transaction(force_rollback=True):
            if function != "restore":
                self.refusal(f"select hypermind.{function}(%s)", month)
            elif archive := self.ledger.archives.get(month):
                for run in self.ledger.runs_of(month)[:1]:
                    for table in TABLES:
                        if run.run_id in archive.copies:
                            rows = archive.copies[run.run_id][table]
                            self.refusal("select hypermind.restore_rows(%s, %s, %s)", archive.archive_id, table, rows)

    # What always holds

    @invariant()
    def runs_are_where_they_should_be(self) -> None:
        self.steps["steps"] += 1
        here = {row[0] for row in self.as_superuser("select run_id from hypermind.runs")}
        assert here == {run.run_id for run in self.ledger.runs if run.archive is None}
        kept = [run for run in self.ledger.runs if run.archive is None and run.digest and not run.erased]
        if kept:
            run = kept[sum(self.done.values()) % len(kept)]
            assert self.digest(run) == run.digest
        listed = {row[0] for row in self.as_superuser("select run_id from hypermind.run_summaries")}
        assert listed == {run.run_id for run in self.ledger.runs}

    def everything_is_whole(self) -> None:
        assert self.as_superuser("select * from hypermind.check_integrity()") == []
        for run in self.ledger.runs:
            if run.archive is not None:
                error = self.expect_refusal("MH032", "select hypermind.verify_run(%s)", run.run_id)
                detail = json.loads(error.diag.message_detail or "")
                assert detail["archive_id"] == str(run.archive.archive_id)
                assert run.run_id in run.archive.copies
                continue
            ((valid, events),) = self.ask("select valid, events from hypermind.verify_run(%s)", run.run_id)
            assert (valid, events) == (True, run.events)
            if run.digest is not None and not run.erased:
                assert self.digest(run) == run.digest


def uuid7(at: datetime, number: int) -> UUID:
    milliseconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | number)


def reasons_of(error: psycopg.Error) -> set[str]:
    return {reason["reason"] for reason in json.loads(error.diag.message_detail or "")["reasons"]}


@pytest.fixture(scope="module")
def stories(two_projects: TwoProjects, admin_conn: Any, owner_conn: Any) -> Iterator[Callable[[settings], None]]:
    """A function that tells stories of a ledger whose clock they set."""
    owner_conn.execute("""
        create or replace function hypermind_private.clock() returns timestamptz
            language sql volatile parallel safe as $$ select current_setting('test.now')::timestamptz $$""")
    for project in (two_projects.a, two_projects.b):
        admin_conn.execute("select hypermind.grant_project(%s, 'oscar')", (project,))
    Retention.dsn = two_projects.dsn
    Retention.projects = {"a": two_projects.a, "b": two_projects.b}
    yield lambda how: run_state_machine_as_test(Retention, settings=how)


def test_what_happens_is_what_the_model_says(stories: Callable[[settings], None]) -> None:
    stories(
        settings(
            max_examples=STORIES or 30,
            stateful_step_count=STEPS,
            derandomize=not STORIES,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
    )
    print(", ".join(f"{count} {what}" for what, count in (Retention.steps + Retention.done).most_common()))
