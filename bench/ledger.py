"""Our side: a deployed ledger with a contract and a writer who really logged in; beside it the raw INSERT and COPY."""

from __future__ import annotations

import itertools
import json
import os
from typing import Any
from uuid import UUID, uuid4

import psycopg
from common import client_of, new_run, only
from payloads import SCHEMA, texts
from rounds import Side

from hypermindlabs import embedded
from hypermindlabs.deploy import deploy

PLAIN, TEXT = (
    "chat.message",
    "chat.said",
)  # the same contract; TEXT has a text rule, so that it is in the full-text index
APPEND = """
select hypermind.append_event(%s, %s, %s, %s, p_event_id => %s, p_model => 'm-1', p_input_tokens => 120,
    p_output_tokens => 17)"""
COLUMNS = """run_id, seq, project_id, event_id, event_type, contract_version, payload, salt, model, input_tokens,
    output_tokens, text_rule, occurred_at, recorded_at, event_hash"""
RAW = f"""
insert into bench.run_events ({COLUMNS})
values (%s, %s, %s, %s, %s, 1, %s, %s, 'm-1', 120, 17, %s, now(), now(), %s)"""
COPY = f"copy bench.bare ({COLUMNS}) from stdin"
PATCH = json.dumps([{"op": "add", "path": "/messages/-", "value": {"role": "user", "content": "Where is my order?"}}])
PGBENCH_APPEND = """
\\if :first
select run_id as run from bench.clients where kind = '{type}' and client = :client_id \\gset
\\set first 0
\\endif
select hypermind.append_event(:run, '{type}', :payload, p_event_id => gen_random_uuid(), p_model => 'm-1',
    p_input_tokens => 120, p_output_tokens => 17);
"""
PGBENCH_RAW = f"""
\\if :first
select run_id as run, project_id as project from bench.clients where kind = '{PLAIN}' and client = :client_id \\gset
\\set first 0
\\endif
\\set seq :seq + 1
insert into bench.run_events ({COLUMNS})
values (:run, :seq, :project, gen_random_uuid(), '{PLAIN}', 1, :payload, :salt, 'm-1', 120, 17, null, now(), now(),
    :hash);
"""
CLIENTS = 8


class Ledger:
    """A database with the whole schema, its administrator and its writer."""

    def __init__(self, server: embedded.Server, database: str = "bench_ledger") -> None:
        self.database = database
        server.ensure_database(database)
        self.dsn = server.dsn(database)
        deploy(self.dsn, verify=False)
        self.admin = psycopg.connect(self.dsn, autocommit=True)
        self.client = client_of(server, self.admin)
        self.writer_dsn = server.dsn(database, user="writer")
        self.project: UUID = only(self.admin.execute("select project_id from hypermind.projects"))
        self.make_contracts(server)
        self.make_copies()
        self.offset = itertools.count(1)
        self.written: dict[UUID, tuple[int, str]] = {}

    def make_contracts(self, server: embedded.Server) -> None:
        """Types of the whole ledger, which an operator registers."""
        self.admin.execute("do $$ begin create role operator login; exception when duplicate_object then end $$")
        self.admin.execute("grant hypermind_operator to operator")
        with psycopg.connect(server.dsn(self.database, user="operator"), autocommit=True) as operator:
            for event_type, rule in ((PLAIN, None), (TEXT, "messages")):
                operator.execute(
                    "select hypermind.register_event_type(%s, %s, p_text_rule => %s)",
                    (event_type, json.dumps(SCHEMA), rule),
                )

    def make_copies(self) -> None:
        """A copy of the leaf of this month with its constraints, indexes and statistics, and one with none of them."""
        leaf = only(
            self.admin.execute(
                "select relid::regclass::text from pg_partition_tree('hypermind.run_events') where isleaf "
                "order by relid::regclass::text limit 1"
            )
        )
        self.admin.execute("create schema bench")
        self.admin.execute(f"create table bench.run_events (like {leaf} including all)".encode())
        self.admin.execute(f"create table bench.bare (like {leaf})".encode())
        self.admin.execute("create table bench.clients (kind text, client integer, run_id uuid, project_id uuid)")
        self.admin.execute("grant usage on schema bench to writer; grant select on bench.clients to writer")
        for kind, client in itertools.product((PLAIN, TEXT), range(CLIENTS)):
            run = new_run(self.client, self.project, 0)
            self.admin.execute("insert into bench.clients values (%s, %s, %s, %s)", (kind, client, run, self.project))

    def pids(self) -> list[int]:
        return [self.client.info.backend_pid]

    # One event a call.

    def append(self, name: str, event_type: str = PLAIN, state_kb: int = 0, patch: bool = False) -> Side:
        """append_event by the writer, into a run of its own, with an event_id."""
        run = new_run(self.client, self.project, state_kb)
        payloads = texts()

        def ready() -> tuple[Any, ...]:
            text = next(payloads)
            self.written[run] = (self.written.get(run, (0, ""))[0] + 1, text)
            return run, event_type, text, PATCH if patch else None, uuid4()

        return Side(name, lambda arguments: self.client.execute(APPEND, arguments, prepare=True), ready, self.pids)

    def step(self, name: str, patch: bool) -> Side:
        """The same from a Python value, for peers whose call turns values into JSON, too."""
        side = self.append(name, patch=patch)

        def ready() -> tuple[Any, ...]:
            run, event_type, text, delta, event_id = side.ready()
            return run, event_type, json.loads(text), delta and json.loads(delta), event_id

        def call(arguments: tuple[Any, ...]) -> None:
            run, event_type, payload, delta, event_id = arguments
            side.call((run, event_type, json.dumps(payload), delta and json.dumps(delta), event_id))

        return Side(name, call, ready, self.pids)

    def raw(self, name: str, event_type: str = PLAIN) -> Side:
        """The row of such an event, hash and all, into the copy of the leaf, by a superuser whom no policy concerns."""
        run, payloads = uuid4(), texts()
        text_rule = 1 if event_type == TEXT else None

        def ready() -> tuple[Any, ...]:
            seq = next(self.offset)
            return run, seq, self.project, uuid4(), event_type, next(payloads), uuid4(), text_rule, os.urandom(32)

        return Side(
            name,
            lambda arguments: self.admin.execute(RAW, arguments, prepare=True),
            ready,
            lambda: [self.admin.info.backend_pid],
        )

    # Many events a call.

    def batch(self, size: int) -> Side:
        """append_events by the writer, each event with an event_id."""
        run, payloads = new_run(self.client, self.project, 0), texts()

        def ready() -> tuple[UUID, str]:
            chosen = [next(payloads) for _ in range(size)]
            self.written[run] = (self.written.get(run, (0, ""))[0] + size, chosen[-1])
            events = ",".join(
                f'{{"event_type": "{PLAIN}", "payload": {text}, "event_id": "{uuid4()}", "model": "m-1", '
                '"input_tokens": 120, "output_tokens": 17}'
                for text in chosen
            )
            return run, f"[{events}]"

        return Side(
            "append_events",
            lambda arguments: self.client.execute("select hypermind.append_events(%s, %s)", arguments, prepare=True),
            ready,
            self.pids,
            size,
        )

    def copy(self, name: str, table: str, size: int) -> Side:
        """COPY of the rows of such events, as text that is ready."""
        run, payloads = uuid4(), texts()

        def ready() -> str:
            return "".join(
                f"{run}\t{next(self.offset)}\t{self.project}\t{uuid4()}\t{PLAIN}\t1\t{escaped(next(payloads))}\t{uuid4()}"
                f"\tm-1\t120\t17\t\\N\t2026-01-01\t2026-01-01\t\\\\x{os.urandom(32).hex()}\n"
                for _ in range(size)
            )

        def call(rows: str) -> None:
            with self.admin.cursor().copy(COPY.replace("bench.bare", table)) as copy:
                copy.write(rows)

        return Side(name, call, ready, lambda: [self.admin.info.backend_pid], size)

    # Afterwards.

    def check(self) -> None:
        """Every run that was written to verifies, has all its events, and the last payload."""
        for run, (events, text) in self.written.items():
            row = self.client.execute("select valid, last_seq from hypermind.verify_run(%s)", (run,)).fetchone()
            assert row is not None and row[0], f"run {run} does not verify"
            assert row[1] == events + 2, f"run {run} is at seq {row[1]}"
            last = "select payload from hypermind.run_events where run_id = %s order by seq desc limit 1"
            assert only(self.client.execute(last.encode(), (run,))) == json.loads(text), "another last payload"
        self.written.clear()

    def close(self) -> None:
        self.client.close()
        self.admin.close()


def escaped(text: str) -> str:
    """As COPY's text format wants it."""
    return text.replace("\\", "\\\\")
