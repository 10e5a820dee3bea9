"""Whether a ledger has what its clients were told that it has, once, and nothing that nobody sent.

Plain SELECTs of tables, as superuser, compared with what the clients of crash_client.py wanted to write and noted; the
chains are recomputed in Python. What the ledger's own functions find is asked beside that, and has to be the same.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from crash_client import CREATIONS, Event, Journal, Op, events_of, fork_patch, plan

from hypermindlabs import chain, run_rows
from hypermindlabs.chain import Row, RunRows

Connection = psycopg.Connection[Any]
STATUS = {"start": "running", "pause": "paused", "resume": "running", **dict.fromkeys(CREATIONS, "queued")}

_SUMMARY = "select status, events from hypermind.run_summaries where run_id = %s"

# What belongs to a run that is not there, and runs of which something is not there.
_ORPHANS = """
with ends as (
    select run_id, 'run_heads' as name from hypermind.run_heads
    union all
    select run_id, 'run_outcomes' from hypermind.run_outcomes
),
rows as (
    select * from ends
    union select run_id, 'run_config_refs' from hypermind.run_config_refs
    union select run_id, 'run_state_snapshots' from hypermind.run_state_snapshots
    union select run_id, 'run_artifacts' from hypermind.run_artifacts
    union select run_id, 'run_summaries' from hypermind.run_summaries
    union select run_id, 'run_tools' from hypermind.run_tools
    union select run_id, 'rollup_pending' from hypermind.rollup_pending
)
select format('run %s is in %s and not in runs', run_id, name)
from rows where not exists (select from hypermind.runs as r where r.run_id = rows.run_id)
union all
select format('run %s has %s of head and outcome, not one', r.run_id, count(e.run_id))
from hypermind.runs as r left join ends as e on e.run_id = r.run_id
group by r.run_id having count(e.run_id) <> 1
union all
select format('run %s is in runs and not in run_summaries', r.run_id)
from hypermind.runs as r where not exists (select from hypermind.run_summaries as s where s.run_id = r.run_id)
union all
select format('run %s waits for its figures, and is open', p.run_id)
from hypermind.rollup_pending as p where exists (select from hypermind.run_heads as h where h.run_id = p.run_id)
union all
select format('transaction %s is prepared', gid) from pg_prepared_xacts"""

_GAPS = """
select format('run %s has %s events from %s to %s%s', e.run_id, count(*), min(e.seq), max(e.seq),
              case when r.run_id is null then ', and is not in runs' end)
from hypermind.run_events as e left join hypermind.runs as r on r.run_id = e.run_id
group by e.run_id, r.run_id
having (count(*), min(e.seq), r.run_id is null) is distinct from (max(e.seq), 1::bigint, false)"""

# All that a leaf has, without its month: it must be the same in each month, so also in one that deploying made.
_LEAVES = r"""
select substr(c.relname, 1, length(c.relname) - 8) as name, right(c.relname, 7) as month,
    coalesce(pg_get_expr(c.relpartbound, c.oid), 'not attached') as bound,
    replace(concat_ws(E'\n', c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relowner::regrole, c.relacl,
        (select i.inhparent::regclass from pg_inherits as i where i.inhrelid = c.oid),
        (select string_agg(format('%s %s %s', t.tgtype, t.tgenabled, t.tgfoid::regproc), E'\n'
                           order by t.tgtype, t.tgenabled, t.tgfoid::regproc::text)
         from pg_trigger as t where t.tgrelid = c.oid),
        (select string_agg(pg_get_constraintdef(k.oid), E'\n' order by pg_get_constraintdef(k.oid))
         from pg_constraint as k where k.conrelid = c.oid),
        (select string_agg(regexp_replace(pg_get_indexdef(i.indexrelid), 'INDEX \S+', 'INDEX') || i.indisvalid, E'\n'
                           order by pg_get_indexdef(i.indexrelid))
         from pg_index as i where i.indrelid = c.oid),
        (select count(*) from pg_statistic_ext as s where s.stxrelid = c.oid)), right(c.relname, 7), '') as form
from pg_class as c
where c.relnamespace = 'hypermind_private'::regnamespace and c.relkind in ('r', 'p') and c.relname ~ '_p[0-9]{6}$'"""
LEAVES_OF_A_MONTH = {"runs", "run_events", "run_outcomes", "run_config_refs", "run_state_snapshots", "run_artifacts"}


@dataclass
class Found:
    """What was counted on the way."""

    runs: int = 0
    events: int = 0


@dataclass
class Checker:
    """Compares a ledger with the journals of the clients that were its only writers."""

    seed: int
    began: datetime
    journals: Sequence[Journal]
    found: Found = field(default_factory=Found)

    def __post_init__(self) -> None:
        slots = range(len(self.journals))
        self._plans = [plan(self.seed, slot, self.began) for slot in slots]
        self._known = [0 for _ in slots]  # how many writes were taken from the plan
        self._checked = [0 for _ in slots]  # up to which write everything was seen to be there
        self._of_run: dict[UUID, list[tuple[int, Op]]] = defaultdict(list)
        self._slots: list[list[Op]] = [[] for _ in slots]
        self._once: list[list[Op]] = [[] for _ in slots]
        self._sums = [[0] for _ in slots]  # events of the first so many writes

    def look(self, connection: Connection, *, everything: bool = False) -> list[str]:
        """What is wrong now, while clients may be writing.

        What was acknowledged before must be there; what is there must have been begun by the end.
        everything: all runs, not only those of writes that were not seen to be there before.
        """
        floor = self.acknowledged()
        with connection.transaction():
            run_rows.begin(connection)
            connection.execute("select")  # the moment of which all that follows speaks
            return list(self.problems(connection, floor, everything=everything))

    def acknowledged(self) -> list[int]:
        return [journal.read().acknowledged for journal in self.journals]

    def problems(self, connection: Connection, floor: list[int], *, everything: bool = True) -> Iterator[str]:
        """The same in the connection's transaction; floor: how many writes of each slot have to be there."""
        self._learn([journal.read().intended for journal in self.journals])
        touched = self._of_run if everything else self._touched()
        for run in touched:
            for problem in self._run_problems(connection, run, floor):
                yield f"run {run}: {problem}"
        yield from self._answer_problems(floor)
        for query in (_ORPHANS, _GAPS) if everything else (_ORPHANS,):
            yield from (row[0] for row in connection.execute(query.encode()))
        yield from self._unknown_runs(connection)
        yield from self._number_problems(connection, floor)
        yield from _period_problems(connection)
        yield from _own_findings(connection, list(touched), everything)
        self._checked = list(floor)

    def acknowledged_writes(self) -> Counter[str]:
        """How many writes of each kind were acknowledged by the last look."""
        return Counter(op.kind for ops, done in zip(self._slots, self._checked, strict=True) for op in ops[:done])

    def acknowledged_events(self) -> int:
        """How many events these are."""
        return self._events(self._checked)

    def open_runs(self) -> list[UUID]:
        """The runs that should be open once every write is there."""
        ended = {op.run for ops in self._slots for op in ops if op.kind == "end"}
        return [run for run in self._of_run if run not in ended]

    # What should be there

    def _events(self, writes: list[int]) -> int:
        """How many events the first so many writes of each slot are."""
        shared = {
            (op.run, op.kind) for ops, done in zip(self._once, writes, strict=True) for op in ops if op.number < done
        }
        return len(shared) + sum(sums[done] for sums, done in zip(self._sums, writes, strict=True))

    def _learn(self, ceiling: list[int]) -> None:
        for slot, end in enumerate(ceiling):
            for op in itertools.islice(self._plans[slot], max(0, end - self._known[slot])):
                self._of_run[op.run].append((slot, op))
                self._slots[slot].append(op)
                is_once = op.last is None and op.kind != "share"  # every slot does it, and it happens once
                if is_once:
                    self._once[slot].append(op)
                self._sums[slot].append(self._sums[slot][-1] + (0 if is_once else len(events_of(op))))
            self._known[slot] = max(end, self._known[slot])

    def _touched(self) -> set[UUID]:
        return {op.run for slot, ops in enumerate(self._slots) for op in ops[self._checked[slot] :]}

    def _states(self, run: UUID, seqs: Container[int]) -> dict[int, dict[str, Any]]:
        """The states that a run which one client writes has at these seqs, as its plan says."""
        state: dict[str, Any] = {}
        states: dict[int, dict[str, Any]] = {}
        at = 0
        for _, op in self._of_run[run]:
            if op.kind == "fork":
                assert op.parent is not None
                state = {**self._states(op.parent, (op.at,))[op.at], **fork_patch(op)}
            if at in seqs:
                states[at] = dict(state)
            for event in events_of(op):
                at += 1
                _apply(state, event)
                if at in seqs:
                    states[at] = dict(state)
        return states

    # Whether it is

    def _run_problems(self, connection: Connection, run: UUID, floor: list[int]) -> Iterator[str]:
        ops = self._of_run[run]
        rows = run_rows.of_run(connection, run)
        if rows is None:
            if any(op.number < floor[slot] for slot, op in ops):
                yield "is not there, and was acknowledged"
            return
        rows = replace(rows, events=list(rows.events), snapshots=list(rows.snapshots))
        self.found.runs += 1
        self.found.events += len(list(rows.events))
        if ops[0][1].last is None:
            yield from self._shared_problems(rows, ops, floor)
        else:
            yield from self._own_problems(connection, rows, ops, floor)
        wrong = chain.run_problem(rows)
        if wrong is not None:
            yield f"the chain breaks at {wrong.seq} in {wrong.object}: {wrong.what}"

    def _own_problems(
        self, connection: Connection, rows: RunRows, ops: list[tuple[int, Op]], floor: list[int]
    ) -> Iterator[str]:
        """A run that one client writes: its events are those of its plan, whole writes, in order."""
        events, at = list(rows.events), 0
        written: list[Op] = []
        for slot, op in ops:
            expected = events_of(op)
            stored = events[at : at + len(expected)]
            if len(stored) == len(expected) and all(map(_fits, stored, expected)):
                written.append(op)
                at += len(expected)
            elif op.number < floor[slot]:
                yield f"write {op.number} ({op.kind}) was acknowledged, and is not there as it was sent, at {at + 1}"
                return
        if at < len(events):
            yield f"the event {events[at]['seq']} ({events[at]['event_type']}) is of no whole write that was begun"
            return
        yield from self._snapshot_problems(rows, written, ops[0][0], floor)
        yield from _artifact_problems(rows, written)
        status = _status_after(written)
        end = rows.outcome or rows.head
        if end is None or (end["status"], end["last_seq"]) != (status, at):
            yield f"should be {status} at {at}, and its end says {end and (end['status'], end['last_seq'])}"
        summary = connection.execute(_SUMMARY, (rows.run["run_id"],)).fetchone()
        if summary != (status, at if rows.outcome else None):
            yield f"should be listed as {status}, and is as {summary}"

    def _snapshot_problems(self, rows: RunRows, written: list[Op], slot: int, floor: list[int]) -> Iterator[str]:
        stored = {row["seq"]: json.loads(row["state"]) for row in rows.snapshots}
        states = self._states(written[0].run, stored)
        for seq, state in stored.items():
            if state != states.get(seq):
                yield f"the snapshot at {seq} is not the state that was written"
        asked = {op.last for op in written if op.kind == "snapshot" and op.number < floor[slot]}
        if written[0].kind == "fork":
            asked.add(0)
        missing = [seq for seq in asked if seq is not None and seq not in stored]
        if missing:
            yield f"snapshots were taken and are not there: {sorted(missing)}"

    def _shared_problems(self, rows: RunRows, ops: list[tuple[int, Op]], floor: list[int]) -> Iterator[str]:
        """A run that all write to: each event that is acknowledged is there, at the seq that its client was told."""
        sent = {op.key: (slot, op) for slot, op in ops if op.kind == "share"}
        stored: dict[UUID, Row] = {}
        lifecycle = []
        for event in rows.events:
            if event["event_id"] is None:
                lifecycle.append(event["event_type"])
            elif event["event_id"] in stored:
                yield f"event {event['event_id']} is there twice"
            elif event["event_id"] not in sent or not _fits(event, events_of(sent[event["event_id"]][1])[0]):
                yield f"the event {event['seq']} is not what anybody sent"
            stored[event["event_id"]] = event
        started = any(op.kind == "start" and op.number < floor[slot] for slot, op in ops)
        if lifecycle not in (["run.created", "run.started"], *([] if started else [["run.created"]])):
            yield f"its lifecycle is {lifecycle}"
        for key, (slot, op) in sent.items():
            if op.number < floor[slot]:
                told = self.journals[slot].answers[op.number]
                if key not in stored or str(stored[key]["seq"]) != told:
                    yield f"event {key} was acknowledged as {told}, and is not there"

    def _answer_problems(self, floor: list[int]) -> Iterator[str]:
        """What clients were told since the last look: the seqs and ids that their plans foresaw."""
        for slot, ops in enumerate(self._slots):
            for op in ops[self._checked[slot] : floor[slot]]:
                told = self.journals[slot].answers[op.number]
                if op.kind in CREATIONS:
                    expected = str(op.run)
                elif op.kind == "artifact":
                    expected = str(op.key)
                else:
                    expected = told if op.last is None else str(op.last)
                if told != expected:
                    yield f"run {op.run}: write {op.number} ({op.kind}) was answered by {told}, not {expected}"

    def _number_problems(self, connection: Connection, floor: list[int]) -> Iterator[str]:
        """More or fewer events in the ledger than there should be, in whatever runs."""
        row = connection.execute("select count(*) from hypermind.run_events").fetchone()
        assert row is not None
        least, most = self._events(floor), self._events(self._known)
        if not least <= row[0] <= most:
            yield f"there are {row[0]} events, acknowledged were {least} and begun {most}"

    def _unknown_runs(self, connection: Connection) -> Iterator[str]:
        for (run,) in connection.execute("select run_id from hypermind.runs"):
            if run not in self._of_run:
                yield f"run {run} was begun by nobody"


def left_behind(connection: Connection) -> list[str]:
    """Sessions and locks in this database, and what nobody should have left, when all clients are gone."""
    query = """
        select format('backend %s (%s) is %s', pid, usename, state) from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
        union all
        select format('a %s on %s is held by %s', l.mode, coalesce(l.relation::regclass::text, l.locktype), l.pid)
        from pg_locks as l left join pg_stat_activity as a on a.pid = l.pid
        where l.pid <> pg_backend_pid()
          and l.database = (select oid from pg_database where datname = current_database())
          and a.backend_type is distinct from 'autovacuum worker'
        union all
        select format('transaction %s is prepared', gid) from pg_prepared_xacts"""
    return [row[0] for row in connection.execute(query.encode())]


def _fits(stored: Row, expected: Event) -> bool:
    return (
        stored["event_type"] == expected.event_type
        and stored["event_id"] == expected.event_id
        and (expected.payload is None or json.loads(stored["payload"]) == expected.payload)
        and (None if stored["state_delta"] is None else json.loads(stored["state_delta"])) == expected.delta
    )


def _apply(state: dict[str, Any], event: Event) -> None:
    if isinstance(event.delta, list):
        state.update({operation["path"][1:]: operation["value"] for operation in event.delta})
    elif event.delta is not None:
        state.update(event.delta)


def _status_after(written: list[Op]) -> str:
    kinds = [op for op in written if op.kind in STATUS or op.kind == "end"]
    return kinds[-1].status or "queued"


def _artifact_problems(rows: RunRows, written: list[Op]) -> Iterator[str]:
    stored = {(row["artifact_id"], row["seq"], row["uri"]) for row in rows.artifacts}
    sent = {(op.key, op.last, f"s3://bucket/{op.key}") for op in written if op.kind == "artifact"}
    if stored != sent:
        yield f"has {len(stored)} artifacts, and of those that were sent {len(stored & sent)} of {len(sent)}"


def _own_findings(connection: Connection, runs: list[UUID], everything: bool) -> Iterator[str]:
    """What the ledger's own functions say, asked as an auditor."""
    verify = """
        select format('run %%s: verify_run: %%s', r.run_id, v.problem)
        from unnest(%s) as r (run_id) join hypermind.runs using (run_id), hypermind.verify_run(r.run_id) as v
        where not v.valid"""
    connection.execute("set local role hypermind_auditor")
    yield from (row[0] for row in connection.execute(verify.encode(), (runs,)))
    if everything:
        check = "select format('check_integrity: %s %s', object, problem) from hypermind.check_integrity()"
        yield from (row[0] for row in connection.execute(check.encode()))
    connection.execute("reset role")


def _period_problems(connection: Connection) -> Iterator[str]:
    """Months that are not whole: not all six leaves, or one without what the leaves of other months have."""
    months: dict[str, dict[str, str]] = defaultdict(dict)
    forms: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, month, bound, form in connection.execute(_LEAVES.encode()):
        months[month][name] = bound
        forms[name][form].append(month)
    for month, leaves in sorted(months.items()):
        if leaves.keys() != LEAVES_OF_A_MONTH:
            yield f"month {month} has the leaves {', '.join(sorted(leaves))}"
        elif len(set(leaves.values())) != 1 or "not attached" in leaves.values():
            yield f"month {month} is attached as {leaves}"
    for name, found in forms.items():
        usual = max(found.values(), key=len)
        for odd in found.values():
            if odd is not usual:
                yield f"leaves of {name} are not like the others: {', '.join(sorted(odd))}"
