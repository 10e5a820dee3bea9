"""Real traces of other people's agents: what goes in comes out, at every seq, on every server.

The traces are no part of the repository; without them these tests are skipped, and say so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import harness
import psycopg
import pytest
from conftest import Connection, TwoProjects, only_with
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from hypermindlabs import embedded, importers, json_text
from hypermindlabs.demo import sample
from hypermindlabs.embedded import Server
from hypermindlabs.importers import openai_chat, swe_agent
from hypermindlabs.replay_manager import ReplayManager
from hypermindlabs.run_manager import RunManager

pytestmark = only_with("wheel18", "chains and contexts of made-up runs are tried on any server")

STEP = 10


@dataclass(frozen=True)
class Real:
    """A recorded run, and what it was recorded from."""

    run_id: UUID
    last_seq: int
    title: str
    messages: list[Any]
    document: Any


@pytest.fixture(scope="module")
def traces(shared_data: Path) -> list[tuple[Path, int, Any, list[Any]]]:
    """Each trace: its file, its place in the file, the whole of it, and its messages."""
    (tau,) = (shared_data / "tau_bench").glob("*.json")
    found = [(tau, n, entry, entry["traj"]) for n, entry in enumerate(json.loads(tau.read_text()))]
    for path in sorted((shared_data / "swe_agent").glob("*.traj")):
        document = json.loads(path.read_text())
        found.append((path, 0, document, document["history"]))
    return found


@pytest.fixture(scope="module")
def alice(two_projects: TwoProjects) -> Connection:
    return two_projects.connect("alice")


@pytest.fixture(scope="module")
def carol(two_projects: TwoProjects) -> Connection:
    return two_projects.connect("carol")


@pytest.fixture(scope="module")
def real(traces: list[tuple[Path, int, Any, list[Any]]], two_projects: TwoProjects, alice: Connection) -> list[Real]:
    """All traces, recorded by a writer."""
    recorded = []
    drafts = {path: list(importers.read(path)) for path in {path for path, *_ in traces}}
    for path, number, document, messages in traces:
        draft = drafts[path][number]
        run_id = importers.record(alice, two_projects.a, draft)
        run = RunManager(alice).get(run_id)
        assert run.last_seq == len(draft.steps) + 1
        recorded.append(Real(run_id, run.last_seq, draft.title, messages, document))
    return recorded


def states(connection: Connection, run_id: UUID, first: int, last: int, step: int = 1) -> Iterator[tuple[int, Any]]:
    """The states of a run at many seqs."""
    query = "select s, hypermind.state_at(%s, s)::text from generate_series(%s::bigint, %s, %s) as s order by s"
    for seq, state in connection.execute(query, (run_id, first, last, step)):
        yield seq, json_text.loads(state)


def exact(value: Any) -> str:
    """JSON text, so that true is not 1, and 1 is not 1.0."""
    return json.dumps(value, sort_keys=True)


def test_there_are_100_chats_and_16_trajectories(real: list[Real]) -> None:
    assert [r.title.startswith("airline") for r in real].count(True) == 100
    assert len(real) == 116


def test_after_every_seq_the_messages_are_a_prefix_of_the_original(real: list[Real], carol: Connection) -> None:
    for run in real:
        texts = [exact(message) for message in run.messages]
        count = 0
        for seq, state in states(carol, run.run_id, 0, run.last_seq):
            messages = state.get("messages", [])
            assert len(messages) in (count, count + 1), f"{run.title}: {count} messages, then {len(messages)} at {seq}"
            count = len(messages)
            assert [exact(m) for m in messages] == texts[:count], f"{run.title} at {seq}"
        assert count == len(texts), run.title


def test_each_message_is_recorded_by_the_event_that_tells_of_it(real: list[Real], carol: Connection) -> None:
    kinds = {
        "system": "message.added",
        "user": "message.added",
        "assistant": "model.responded",
        "tool": "tool.returned",
    }
    for run in real[:100]:
        events = ReplayManager(carol).recorded(run.run_id)
        told = [e for e in events if e.event_type in kinds.values()]
        assert [e.event_type for e in told] == [kinds[m["role"]] for m in run.messages], run.title
        by_seq = {e.seq: e for e in events}
        for event in events:
            if event.event_type == "tool.returned":
                assert event.parent_seq is not None
                called = by_seq[event.parent_seq]
                assert (called.event_type, called.tool) == ("tool.called", event.tool)
                assert called.parent_seq is not None
                assert by_seq[called.parent_seq].event_type == "model.responded"


def test_every_event_met_its_contract(real: list[Real], carol: Connection) -> None:
    query = """
        select e.event_type, count(*), count(*) filter (where t.version = e.contract_version and v.met)
        from hypermind.run_events as e
        left join hypermind.event_types as t on t.event_type = e.event_type and t.is_latest
        cross join lateral (
            select not exists (
                select from hypermind.contract_violations(e.event_type, e.payload, p_version => e.contract_version)
            )
        ) as v (met)
        where e.run_id = any (%s)
        group by e.event_type"""
    found = carol.execute(query, ([run.run_id for run in real],)).fetchall()
    assert {kind: met for kind, _, met in found} == {kind: total for kind, total, _ in found}
    assert {"run.created", "message.added", "model.responded", "tool.called", "tool.returned"} <= {f[0] for f in found}


def test_columns_are_filled_from_payloads(real: list[Real], carol: Connection) -> None:
    query = """
        select count(*), count(e.tool), count(*) filter (where e.tool = e.payload ->> 'gen_ai.tool.name')
        from hypermind.run_events as e
        where e.run_id = any (%s) and e.event_type in ('tool.called', 'tool.returned')"""
    row = carol.execute(query, ([run.run_id for run in real],)).fetchone()
    assert row is not None and row[0] == row[1] == row[2] > 1000


def test_what_was_said_is_searchable(real: list[Real], carol: Connection) -> None:
    query = """
        select hypermind.event_text(e.payload, e.text_rule) from hypermind.run_events as e
        where e.run_id = %s and e.event_type in ('message.added', 'model.responded') order by e.seq"""
    for run in real[:100]:
        texts = [text for (text,) in carol.execute(query, (run.run_id,))]
        assert texts == [m["content"] or "" for m in run.messages if m["role"] != "tool"], run.title


def test_the_original_can_be_restored_from_the_record(real: list[Real], carol: Connection) -> None:
    runs, replay = RunManager(carol), ReplayManager(carol)
    for run in real:
        metadata = runs.request(run.run_id).metadata
        assert metadata is not None
        source, state = metadata["source"], replay.state_at(run.run_id)
        if source["format"] == openai_chat.FORMAT:
            restored = openai_chat.restore(source, state)
        else:
            payloads = [e.payload or {} for e in replay.recorded(run.run_id)]
            restored = swe_agent.restore(source, state, payloads)
        assert restored == run.document, run.title


def test_runs_end_as_the_traces_say(real: list[Real], carol: Connection) -> None:
    runs = RunManager(carol)
    for run in real:
        solved = run.document["reward"] == 1 if "reward" in run.document else True
        assert runs.get(run.run_id).status == ("completed" if solved else "failed"), run.title


def test_a_fork_at_every_tenth_seq_begins_with_its_parents_prefix(real: list[Real], alice: Connection) -> None:
    replay = ReplayManager(alice)
    for run in real:
        parents = dict(states(alice, run.run_id, STEP, run.last_seq, STEP))
        for seq, state in parents.items():
            child = replay.fork(run.run_id, seq)
            begins = replay.state_at(child, 0)
            assert exact(begins) == exact(state), f"{run.title} at {seq}"
            messages = begins.get("messages", [])
            assert exact(messages) == exact(run.messages[: len(messages)]), f"{run.title} at {seq}"
            (lineage,) = [entry for entry in replay.lineage(child) if entry.relation == "self"]
            assert (lineage.parent_run_id, lineage.forked_at_seq) == (run.run_id, seq)


def test_all_chains_verify(real: list[Real], two_projects: TwoProjects) -> None:
    audrey = two_projects.connect("audrey")
    found = audrey.execute(
        "select r.run_id, v.bad_object, v.problem from hypermind.runs as r, hypermind.verify_run(r.run_id) as v "
        "where not v.valid"
    ).fetchall()
    assert found == []
    assert ReplayManager(audrey).check_integrity() == []


def digests(connection: Connection) -> dict[tuple[UUID, int], bytes]:
    """The digest of every tenth step, and of the last, of all runs that the caller sees."""
    query = """
        select c.run_id, c.at_seq, c.digest
        from hypermind.run_overview as r
        cross join lateral (
            select generate_series(0, r.last_seq, %s) union select r.last_seq
        ) as s (seq)
        cross join lateral hypermind.resolve_replay_context(r.run_id, s.seq) as c"""
    return {(run_id, seq): digest for run_id, seq, digest in connection.execute(query, (STEP,))}


def contexts(connection: Connection) -> dict[UUID, tuple[Any, ...]]:
    """All that replay says of the last step of each run, but for how it was put together."""
    query = """
        select c.run_id, c.at_seq, c.event_hash, c.mode, c.input::text, c.configs::text, c.state::text, c.digest
        from hypermind.run_overview as r
        cross join lateral hypermind.resolve_replay_context(r.run_id, r.last_seq) as c"""
    return {row[0]: row[1:] for row in connection.execute(query)}


def test_moved_labels_and_more_snapshots_change_no_digest(
    real: list[Real], two_projects: TwoProjects, alice: Connection
) -> None:
    runs = RunManager(alice)
    (labelled,) = importers.read(sample())
    importers.record(alice, two_projects.a, labelled)
    before = digests(alice)
    moved = alice.execute("select kind, name from hypermind.config_entities").fetchall()
    for kind, name in moved:
        version = runs.register_config(two_projects.a, kind, name, {"replaced": name})
        labels = {"production", *(label for v in runs.config_history(two_projects.a, kind, name) for label in v.labels)}
        for label in labels:
            runs.label_config(two_projects.a, kind, name, label, version)
    for run in real:
        for seq in {1, run.last_seq // 2, run.last_seq - 1}:
            runs.take_snapshot(run.run_id, seq)
    left = (
        "select from hypermind.run_pins as p join hypermind.config_entities as e using (kind, name) "
        "join hypermind.config_labels as l using (config_id, label) where l.version <> p.version limit 1"
    )
    assert alice.execute(left).fetchone() is not None
    assert digests(alice) == before
    assert len(before) > 1000


def test_contexts_and_digests_survive_dump_and_restore(
    real: list[Real], server: Server, two_projects: TwoProjects, carol: Connection, tmp_path: Path
) -> None:
    """By the source server's own pg_dump, roles first, into a server of the wheel's: from the system's, a newer one."""
    environment = harness.environment(two_projects.dsn)
    roles, dump = tmp_path / "roles.sql", tmp_path / "database.sql"
    harness.must([server.bin("pg_dumpall"), "--roles-only", "-f", roles], environment)
    harness.must([server.bin("pg_dump"), "-f", dump], environment)
    with embedded.temporary("wheel18") as other:
        name = conninfo_to_dict(two_projects.dsn)["dbname"]
        _restore(other, str(name), roles, dump)
        with psycopg.connect(make_conninfo(other.dsn(str(name)), user="carol"), autocommit=True) as there:
            assert digests(there) == digests(carol)
            assert contexts(there) == contexts(carol)
            broken = "select 1 from hypermind.runs as r, hypermind.verify_run(r.run_id) as v where not v.valid"
            assert there.execute(broken).fetchall() == []
            assert there.execute("select count(*) from hypermind.runs").fetchone() != (0,)
        with psycopg.connect(make_conninfo(other.dsn(str(name)), user="audrey"), autocommit=True) as auditor:
            assert ReplayManager(auditor).check_integrity() == []


def _restore(server: Server, name: str, roles: Path, dump: Path) -> None:
    psql: list[str | Path] = [harness.system_bin_dir() / "psql", "-qX", "-o", "/dev/null"]
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template template0 encoding 'UTF8'").format(sql.Identifier(name))
        )
    # The superuser is there already: that one line may fail.
    harness.run([*psql, "-f", roles], harness.environment(server.dsn("postgres")))
    harness.must([*psql, "-v", "ON_ERROR_STOP=1", "-f", dump], harness.environment(server.dsn(name)))
