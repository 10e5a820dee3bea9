"""What is measured: each function fills the rows that stand beside its name in MEASURES."""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import jsonpatch
import payloads
import pgbench
import psycopg
from common import only
from ledger import PGBENCH_APPEND, PGBENCH_RAW, PLAIN, TEXT, Ledger
from peers import MissingPeer
from peers.event_sourcing import EventSourcing
from peers.lang_graph import TABLES, LangGraph, Thread
from peers.message_db import MessageDb
from peers.pgmq import Pgmq
from rounds import Side, Spread, Times, fastest, interleave, one_round, quotients, server_cpu

from hypermindlabs import embedded, importers

BATCH = 1000
EVENTS, STATE_KB, STEP = 10_000, 100, 250
RUN_TABLE_SIZES = """
    select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint from pg_class as c
    where c.relkind = 'r' and c.relnamespace in ('hypermind'::regnamespace, 'hypermind_private'::regnamespace)"""


@dataclass(frozen=True)
class Effort:
    """How long to measure: rounds, calls in a round, seconds of a round of pgbench."""

    rounds: int
    calls: int
    seconds: int
    batches: int

    @property
    def few(self) -> int:
        """Rounds of what takes long."""
        return max(3, self.rounds // 3)


FULL = Effort(rounds=31, calls=60, seconds=2, batches=3)
QUICK = Effort(rounds=9, calls=40, seconds=1, batches=2)


@dataclass
class Findings:
    """Rows by key, and the sides behind them: microseconds, per event where a call has many."""

    rows: dict[str, Spread] = field(default_factory=dict)
    sides: dict[str, dict[str, Spread]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    curves: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def add_sides(self, what: str, times: dict[str, Times]) -> None:
        for name, taken in times.items():
            self.sides[f"{what}: {name}"] = {"wall": Spread.of(taken.wall)}
            if any(taken.cpu):
                self.sides[f"{what}: {name}"]["cpu"] = Spread.of(taken.cpu)


class Lab:
    """One server with every side in it; peers that cannot take part are left out, with the reason."""

    def __init__(self, server: embedded.Server, effort: Effort) -> None:
        self.server, self.effort = server, effort
        self.found = Findings()
        self.missing: dict[str, str] = {}
        self.versions: list[str] = []
        self.open = ExitStack()
        self.ledger = Ledger(server)
        self.open.callback(self.ledger.close)
        self.message_db = self.peer("message-db", lambda: MessageDb(server))
        self.event_sourcing = self.peer("eventsourcing", lambda: EventSourcing(server, self.ledger.admin))
        self.lang_graph = self.peer("LangGraph", lambda: LangGraph(server))
        self.pgmq = self.peer("pgmq", lambda: Pgmq(server))

    def peer(self, name: str, make: Callable[[], Any]) -> Any:
        try:
            peer = make()
        except MissingPeer as why:
            self.missing[name] = str(why)
            return None
        self.versions.append(peer.version)
        self.open.callback(peer.close)
        return peer

    def check(self) -> None:
        """Everything that was written is read back."""
        for side in (self.ledger, self.message_db, self.event_sourcing, self.lang_graph, self.pgmq):
            if side is not None:
                side.check()


# The rows.


def one_client(lab: Lab) -> None:
    """One event a call, one client: everybody in turn."""
    sides = [lab.ledger.raw("raw INSERT"), lab.ledger.append("append_event")]
    sides += [lab.ledger.raw("raw INSERT, text", TEXT), lab.ledger.append("append_event, text", TEXT)]
    if lab.message_db:
        sides.append(lab.message_db.single())
    if lab.event_sourcing:
        sides += lab.event_sourcing.single()
    if lab.lang_graph:
        sides += [lab.ledger.step("append_event, from a value", patch=False), *lab.lang_graph.single()]
        sides.append(lab.ledger.step("append_event with a JSON Patch, from a value", patch=True))
    times = interleave(sides, lab.effort.rounds, lab.effort.calls)
    lab.found.add_sides("1 client", times)
    raw, append = times["raw INSERT"], times["append_event"]
    text, raw_text = times["append_event, text"], times["raw INSERT, text"]
    rows = lab.found.rows
    rows["append_1"] = quotients(raw.wall, append.wall)
    rows["append_cpu"] = quotients(append.cpu, raw.cpu)
    rows["append_text_1"] = quotients(raw.wall, text.wall)
    rows["append_text_cpu"] = quotients(text.cpu, raw.cpu)
    rows["append_text_same"] = quotients(raw_text.wall, text.wall)
    if lab.message_db:
        rows["message_db_1"] = quotients(times["message-db write_message"].wall, append.wall)
    if lab.event_sourcing:
        best = fastest(times, [side.name for side in lab.event_sourcing.single()])
        rows["eventsourcing_1"] = quotients(times[best].wall, append.wall)
        lab.found.notes["eventsourcing_1"] = f"the faster: {best.partition(', ')[2]}"
    if lab.lang_graph:
        best = fastest(times, [side.name for side in lab.lang_graph.single()])
        saver = times[best].wall
        lab.found.notes["langgraph_1"] = f"the faster: {best}"
        rows["langgraph_1"] = quotients(saver, times["append_event, from a value"].wall)
        rows["langgraph_delta_1"] = quotients(saver, times["append_event with a JSON Patch, from a value"].wall)


def many_clients(lab: Lab) -> None:
    """One event a transaction, 4 and 8 clients of pgbench, each with a run or stream of its own."""
    text = payloads.typical()
    ledger, start = lab.ledger, str(random.randrange(10**9, 10**12))
    scripts = [
        pgbench.Script(
            "raw INSERT",
            ledger.dsn,
            PGBENCH_RAW,
            {"first": "1", "payload": text, "salt": str(uuid4()), "hash": "\\x" + "ab" * 32, "seq": start},
        ),
        *(
            pgbench.Script(
                name,
                ledger.writer_dsn,
                PGBENCH_APPEND.format(type=kind),
                {"first": "1", "payload": text, "run": "none"},
            )
            for name, kind in (("append_event", PLAIN), ("append_event, text", TEXT))
        ),
    ]
    if lab.message_db:
        scripts += [
            pgbench.Script(name, lab.message_db.user_dsn, lab.message_db.script(own), {"payload": text})
            for name, own in (("message-db, one category", False), ("message-db, a category each", True))
        ]
    program = pgbench.program(lab.server)
    for clients in (4, 8):
        times = {script.name: Times() for script in scripts}
        for number in range(lab.effort.few):
            for script in scripts:
                if script.name == "raw INSERT":  # goes on where the last round cannot have come to
                    script = pgbench.Script(
                        script.name,
                        script.dsn,
                        script.text,
                        {**script.variables, "seq": str(int(start) + (clients * 100 + number) * 10**7)},
                    )
                times[script.name].wall.append(pgbench.round_of(program, script, clients, lab.effort.seconds))
        lab.found.add_sides(f"{clients} clients", times)
        raw, append = times["raw INSERT"].wall, times["append_event"].wall
        lab.found.rows[f"append_{clients}"] = quotients(raw, append)
        lab.found.rows[f"append_text_{clients}"] = quotients(raw, times["append_event, text"].wall)
        if lab.message_db:
            lab.found.rows[f"message_db_{clients}"] = quotients(times["message-db, one category"].wall, append)
            if clients == 8:
                lab.found.rows["message_db_own_8"] = quotients(times["message-db, a category each"].wall, append)


def batches(lab: Lab) -> None:
    """A thousand events a call."""
    ledger = lab.ledger
    sides = [
        ledger.copy("COPY, bare table", "bench.bare", BATCH),
        ledger.copy("COPY, same table and indexes", "bench.run_events", BATCH),
        ledger.batch(BATCH),
    ]
    others = {
        "batch_message_db": lab.message_db and lab.message_db.batch(BATCH),
        "batch_eventsourcing": lab.event_sourcing and lab.event_sourcing.batch(BATCH),
        "batch_pgmq": lab.pgmq and lab.pgmq.batch(BATCH),
    }
    sides += [side for side in others.values() if side]
    times = interleave(sides, lab.effort.few, lab.effort.batches)
    lab.found.add_sides(f"batches of {BATCH}, per event", times)
    append = times["append_events"].wall
    lab.found.rows["batch_copy"] = quotients(times["COPY, bare table"].wall, append)
    lab.found.notes["batch_copy"] = (
        f"COPY into the same table and indexes: "
        f"{quotients(times['COPY, bare table'].wall, times['COPY, same table and indexes'].wall).median:.2f}"
    )
    for key, side in others.items():
        if side:
            lab.found.rows[key] = quotients(times[side.name].wall, append)


def fold(lab: Lab) -> None:
    """10,000 JSON Patches on a state of 100 KB, in the server and in Python; both get to the same state."""
    state, patches = document(), patches_of(EVENTS)
    admin = lab.ledger.admin
    admin.execute("create temp table folded (state jsonb, deltas jsonb[])")
    admin.execute("insert into folded values (%s, %s::jsonb[])", (json.dumps(state), [json.dumps(p) for p in patches]))
    answers: dict[str, Any] = {}

    def in_server(_: object) -> None:
        answers["server"] = only(admin.execute("select hypermind_private.fold_state(state, deltas) from folded"))

    def in_python(copy: Any) -> None:
        for patch in patches:
            copy = jsonpatch.apply_patch(copy, patch, in_place=True)
        answers["python"] = copy

    sides = [
        Side("fold_state", in_server, pids=lambda: [admin.info.backend_pid], units=EVENTS),
        Side("Python jsonpatch", in_python, lambda: json.loads(json.dumps(state)), units=EVENTS),
    ]
    times = interleave(sides, lab.effort.few, 1)
    assert answers["server"] == answers["python"], "the two folds differ"
    lab.found.add_sides("fold, per patch", times)
    lab.found.rows["fold"] = quotients(times["Python jsonpatch"].wall, times["fold_state"].wall)


def state(lab: Lab) -> None:
    """The state at any seq, with the snapshots that were taken automatically; at a snapshot, beside LangGraph."""
    run, last = long_run(lab)
    client, r = lab.ledger.client, random.Random(3)
    snapshots = [
        row[0]
        for row in lab.ledger.admin.execute(
            "select seq from hypermind.run_state_snapshots where run_id = %s order by seq", (run,)
        )
    ]

    def read(seq: int) -> Any:
        return only(client.execute("select hypermind.state_at(%s, %s)", (run, seq), prepare=True))

    sides = [
        Side("state_at, any seq", read, lambda: r.randint(2, last), lab.ledger.pids),
        Side("state_at, at a snapshot", read, lambda: r.choice(snapshots), lab.ledger.pids),
    ]
    assert read(last)["step"] == expected_step(last - 2)
    if lab.lang_graph:
        thread = Thread(lab.lang_graph.saver)
        values = {"state": read(snapshots[len(snapshots) // 2])}
        thread.put(values, ["state"])
        sides.append(
            Side(
                "LangGraph get_tuple",
                lambda _: lab.lang_graph.saver.get_tuple(thread.config),
                pids=lab.lang_graph.pids,
            )
        )
        assert lab.lang_graph.saver.get_tuple(thread.config).checkpoint["channel_values"] == values
    times = interleave(sides, lab.effort.rounds, 10)
    lab.found.add_sides("state", times)
    lab.found.rows["state_at"] = Spread.of([wall / 1000 for wall in times["state_at, any seq"].wall])
    lab.found.notes["state_at"] = (
        f"{len(snapshots)} snapshots in {last:,} events; server CPU: "
        f"{statistics.median(times['state_at, any seq'].cpu) / 1000:.2f} ms"
    )
    if lab.lang_graph:
        at_snapshot = times["state_at, at a snapshot"].wall
        lab.found.rows["state_at_langgraph"] = quotients(times["LangGraph get_tuple"].wall, at_snapshot)


def verify(lab: Lab) -> None:
    """verify_run on 10,000 real messages; and on 50,000, which PostgreSQL has several processes verify."""
    side = lab.ledger.batch(BATCH)
    rates, taken = verified(lab, side, 0, EVENTS)
    lab.found.rows["verify"] = rates
    longer, _ = verified(lab, side, EVENTS, 5 * EVENTS)
    lab.found.notes["verify"] = (
        f"server CPU: {taken:.1f} us an event; a run of {5 * EVENTS:,} events: {longer.median:,.0f} /s"
    )


def verified(lab: Lab, side: Side, has: int, to: int) -> tuple[Spread, float]:
    """Makes the side's run so long and verifies it: events a second, microseconds of its process for each."""
    for _ in range((to - has) // BATCH):
        arguments = side.ready()
        side.call(arguments)
    lab.ledger.admin.execute("vacuum analyze hypermind.run_events")  # as autovacuum does within a minute
    rates, cpu = [], server_cpu(lab.ledger.pids())
    for _ in range(lab.effort.few):
        started = time.perf_counter()
        row = lab.ledger.client.execute(
            "select valid, events from hypermind.verify_run(%s)", (arguments[0],)
        ).fetchone()
        assert row is not None and row[0] and row[1] == to + 2
        rates.append(row[1] / (time.perf_counter() - started))
    return Spread.of(rates), (server_cpu(lab.ledger.pids()) - cpu) / lab.effort.few / to


def storage(lab: Lab) -> None:
    """All of tau-bench's runs through the importer: what all tables and indexes grow by, to their messages as JSON."""
    entries = payloads.chats()
    if not entries:
        lab.found.notes["storage"] = "the real runs are not here"
        return
    raw = sum(len(json.dumps(e["traj"], separators=(",", ":"), ensure_ascii=False).encode()) for e in entries)
    ledger = Ledger(lab.server, "bench_storage")
    before = only(ledger.admin.execute(RUN_TABLE_SIZES))
    runs = [
        importers.record(ledger.client, ledger.project, draft)
        for path in sorted((payloads.DATA / "tau_bench").glob("*.json"))
        for draft in importers.read(path)
    ]
    ledger.admin.execute("select hypermind.refresh_rollups(100000)")
    after = only(ledger.admin.execute(RUN_TABLE_SIZES))
    read = "select valid from hypermind.verify_run(%s)"
    assert all(only(ledger.client.execute(read.encode(), (run,))) for run in runs)
    for run, entry in zip(runs, entries, strict=True):
        state = only(ledger.client.execute("select hypermind.state_at(%s)", (run,)))
        assert state["messages"] == entry["traj"], "another conversation came back"
    lab.found.rows["storage"] = Spread.of([(after - before) / raw])
    lab.found.notes["storage"] = f"{len(runs)} runs, {raw / 1e6:.2f} MB of messages as compact JSON; {biggest(ledger)}"
    ledger.close()
    if lab.lang_graph:
        lab.found.rows["storage_langgraph"] = Spread.of([saver_growth(lab.lang_graph, entries) / raw])


def biggest(ledger: Ledger) -> str:
    """Where the bytes are: the three largest parts."""
    parts = ledger.admin.execute("""
        select coalesce(regexp_replace(c.relname, '_p?[0-9_]+$', ''), ''), pg_total_relation_size(c.oid) / 1e6
        from pg_class as c
        where c.relkind = 'r' and c.relnamespace in ('hypermind'::regnamespace, 'hypermind_private'::regnamespace)
        order by 2 desc limit 3""")
    return ", ".join(f"{name} {size:.1f} MB" for name, size in parts)


def saver_growth(peer: LangGraph, entries: list[dict[str, Any]]) -> int:
    """The same conversations as threads with the whole list of messages in a channel, a checkpoint after each."""
    admin = psycopg.connect(peer.dsn, autocommit=True)
    sizes = "select sum(pg_total_relation_size(t::regclass))::bigint from unnest(%s::text[]) as t"
    before = only(admin.execute(sizes, (TABLES,)))
    for entry in entries:
        thread = Thread(peer.saver)
        for count, message in enumerate(entry["traj"], 1):
            thread.put({"messages": entry["traj"][:count]}, ["messages"])
            thread.put_writes([("messages", [message])])
        found = peer.saver.get_tuple(thread.config)
        assert found.checkpoint["channel_values"]["messages"] == entry["traj"]
    after: int = only(admin.execute(sizes, (TABLES,)))
    admin.close()
    return after - int(before)


def periods(lab: Lab) -> None:
    """The same append in a ledger with 12 periods ahead and in one with 500."""
    many = Ledger(lab.server, "bench_periods")
    with psycopg.connect(many.dsn, autocommit=True) as admin:
        admin.execute("set role hypermind_owner")
        admin.execute("set synchronous_commit = off")
        count = "select count(*) from pg_partition_tree('hypermind.run_events') where isleaf"
        while (missing := 500 - only(admin.execute(count.encode()))) > 0:
            oldest = "now() - make_interval(months => %s)"
            admin.execute(f"select hypermind_private.make_period({oldest})".encode(), (missing,))
    sides = [lab.ledger.append("append_event, 12 periods"), many.append("append_event, 500 periods")]
    times = interleave(sides, lab.effort.rounds, lab.effort.calls)
    lab.found.add_sides("periods", times)
    few, lots = times["append_event, 12 periods"], times["append_event, 500 periods"]
    lab.found.rows["periods"] = quotients(lots.wall, few.wall)
    lab.found.notes["periods"] = f"server CPU: {quotients(lots.cpu, few.cpu).median:.2f}"
    many.check()
    many.close()


def patches(lab: Lab) -> None:
    """An append with a JSON Patch that is checked against the state, for states of three sizes."""
    sides = [lab.ledger.append("append_event without a patch")]
    sides += [lab.ledger.append(f"append_event, state of {kb} KB", state_kb=kb, patch=True) for kb in (10, 100, 1000)]
    times = interleave(sides, lab.effort.rounds, lab.effort.calls)
    lab.found.add_sides("JSON Patch", times)
    plain = times[sides[0].name]
    for kb, side in zip((10, 100, 1000), sides[1:], strict=True):
        lab.found.rows[f"patch_{kb}"] = quotients(times[side.name].wall, plain.wall)
        lab.found.notes[f"patch_{kb}"] = f"server CPU: {quotients(times[side.name].cpu, plain.cpu).median:.2f}"


def open_snapshot(lab: Lab) -> None:
    """10,000 appends to one run while another session keeps a snapshot open: no version of its head can go away.

    What grows is CPU time in the server, so that is what counts, and commits do not wait for the disk.
    """
    side = lab.ledger.append("append_event under an open snapshot")
    lab.ledger.client.execute("set synchronous_commit = off")
    before = [one_round(side, STEP)[1] / 1000 for _ in range(5)][1:]
    with psycopg.connect(lab.ledger.dsn) as reader:
        reader.execute("set transaction isolation level repeatable read")
        reader.execute("select count(*) from hypermind.run_heads")
        curve = [(float(count), one_round(side, STEP)[1] / 1000) for count in range(STEP, EVENTS + STEP, STEP)]
    lab.ledger.client.execute("reset synchronous_commit")
    last = [ms for _, ms in curve[-4:]]
    lab.found.curves["open_snapshot"] = [(0.0, statistics.median(before)), *curve]
    lab.found.rows["open_snapshot_ms"] = Spread.of(last)
    lab.found.rows["open_snapshot"] = Spread.of([statistics.median(last) / statistics.median(before)])


# What they need.


def document() -> dict[str, Any]:
    """A state of about 100 KB."""
    return {"messages": [{"content": "lorem ipsum " * 50} for _ in range(STATE_KB * 3 // 2)], "vars": {}, "step": 0}


def patches_of(count: int) -> list[list[dict[str, Any]]]:
    """What agents do: append a message, set a counter, set one of some variables."""
    return [patch(n) for n in range(1, count + 1)]


def patch(n: int) -> list[dict[str, Any]]:
    if n % 3 == 0:
        return [{"op": "add", "path": "/messages/-", "value": n}]
    if n % 3 == 1:
        return [{"op": "replace", "path": "/step", "value": n}]
    return [{"op": "add", "path": f"/vars/k{n % 100}", "value": n}]


def expected_step(count: int) -> int:
    """The counter after so many of them."""
    return max(n for n in range(count, -1, -1) if n % 3 == 1)


def long_run(lab: Lab) -> tuple[UUID, int]:
    """A run of 10,000 events, appended a hundred at a time, on a state of 100 KB; and its last seq."""
    client = lab.ledger.client
    run: UUID = only(client.execute("select hypermind.create_run(%s, 'chat')", (lab.ledger.project,)))
    begin = [{"event_type": "state.set", "payload": {}, "state_delta": document()}]
    client.execute("select hypermind.append_events(%s, %s)", (run, json.dumps(begin)))
    last = 2
    for chunk in chunks(patches_of(EVENTS - 2), 100):
        events = [{"event_type": "state.changed", "payload": {}, "state_delta": delta} for delta in chunk]
        last = only(client.execute("select hypermind.append_events(%s, %s)", (run, json.dumps(events))))
    return run, last


def chunks(values: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


Measure: TypeAlias = Callable[[Lab], None]

# open_snapshot last: it leaves versions behind that later appends would pass over.
MEASURES: dict[Measure, list[str]] = {
    one_client: [
        *("append_1", "append_cpu", "append_text_1", "append_text_cpu", "append_text_same", "message_db_1"),
        *("eventsourcing_1", "langgraph_1", "langgraph_delta_1"),
    ],
    many_clients: [
        *("append_4", "append_8", "append_text_4", "append_text_8"),
        *("message_db_4", "message_db_8", "message_db_own_8"),
    ],
    batches: ["batch_copy", "batch_message_db", "batch_eventsourcing", "batch_pgmq"],
    fold: ["fold"],
    state: ["state_at", "state_at_langgraph"],
    verify: ["verify"],
    patches: ["patch_10", "patch_100", "patch_1000"],
    storage: ["storage", "storage_langgraph"],
    periods: ["periods"],
    open_snapshot: ["open_snapshot", "open_snapshot_ms"],
}
IN_QUICK = [one_client, many_clients, batches, fold, state, patches]
