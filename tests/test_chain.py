"""hypermindlabs.chain, the hash chain in the package: the test vectors, and what verify_run says of the same runs."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID

import psycopg
import pytest
from conftest import Connection, TwoProjects
from psycopg import sql
from test_hash_chain import CHANGES, COPY_OF_4, SWAP, SWAPPED, VECTORS, record, text, vector_row

from hypermindlabs import chain, run_rows
from hypermindlabs.chain import Problem, RunRows

Row = dict[str, Any]


# The test vectors


def as_stored(vector: Row) -> Row:
    """The row of a vector, jsonb as PostgreSQL prints it."""
    row = vector_row(vector["row"])
    return {
        name: text(value) if name in ("payload", "state_delta", "input", "metadata") and value is not None else value
        for name, value in row.items()
    }


def vector_hash(vector: Row) -> bytes | None:
    row = as_stored(vector)
    match vector["kind"]:
        case "json":
            return chain.salted_hash(row["salt"], vector["text"])
        case "event":
            return chain.event_hash(bytes.fromhex(vector["before"]), row)
        case "run":
            names = ("slot", "config_id", "kind", "name", "version", "label", "content_sha256")
            pins = [dict(zip(names, pin, strict=True)) for pin in vector["pins"]]
            base = vector["base_state_hash"]
            return chain.run_hash(row, pins, base and bytes.fromhex(base))
        case "artifact":
            return chain.artifact_hash(row)
        case kind:
            assert kind == "outcome"
            return chain.outcome_hash(row)


HASHED = [vector for vector in VECTORS["vectors"] if vector["kind"] != "replay"]


@pytest.mark.parametrize("vector", HASHED, ids=[vector["name"] for vector in HASHED])
def test_the_vectors(vector: Row) -> None:
    found = vector_hash(vector)
    assert found is not None
    assert found.hex() == vector["sha256"]


def test_the_order_of_the_pins_does_not_count() -> None:
    row = as_stored(next(vector for vector in HASHED if vector["kind"] == "run"))
    same = {"config_id": "c", "kind": "prompt", "name": "n", "version": 1, "label": None, "content_sha256": b"x"}
    pins = [{"slot": slot, **same} for slot in ("z", "a", "ö")]
    assert chain.run_hash(row, pins, None) == chain.run_hash(row, pins[::-1], None)
    assert chain.run_hash(row, pins, None) != chain.run_hash(row, pins[:2], None)


# Merkle roots

LEAVES = [
    sha256(b"\0" + bytes.fromhex(data)).digest()
    for data in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = {  # those of Certificate Transparency's own tests of RFC 6962, as in db/tests/functions/merkle_root.sql
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize(("leaves", "root"), ROOTS.items())
def test_the_vectors_of_rfc_6962(leaves: int, root: str) -> None:
    assert chain.merkle_root(LEAVES[:leaves]).hex() == root


def test_roots_and_leaves_are_those_of_the_database(owner_conn: Connection) -> None:
    run = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
    leaves = [chain.run_leaf(run, number, bytes([number % 256]) * 32) for number in range(1000)]
    query = """
        select array_agg(hypermind_private.run_leaf(%s, n, decode(repeat(lpad(to_hex(n %% 256), 2, '0'), 32), 'hex'))
                         order by n)
        from generate_series(0, 999) as n"""
    assert owner_conn.execute(query, (run,)).fetchone() == (leaves,)
    for count in (*range(20), 255, 256, 257, 1000):
        call = "select hypermind_private.merkle_root(%s::bytea[])"
        assert owner_conn.execute(call, (leaves[:count],)).fetchone() == (chain.merkle_root(leaves[:count]),)


def test_a_root_needs_no_memory() -> None:
    tracemalloc.start()
    chain.merkle_root(number.to_bytes(32, "big") for number in range(100_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000


# Whole runs


@pytest.fixture(scope="module")
def alice(two_projects: TwoProjects) -> Connection:
    return two_projects.connect("alice")


@pytest.fixture(scope="module")
def recorded(two_projects: TwoProjects, alice: Connection) -> tuple[UUID, UUID]:
    return record(alice, two_projects.a)


def problem_of(connection: Connection, run: UUID) -> Problem | None:
    """What run_problem says, in a transaction of its own."""
    with connection.transaction():
        run_rows.begin(connection)
        rows = run_rows.of_run(connection, run)
        assert rows is not None
        return chain.run_problem(rows)


def verified(connection: Connection, run: UUID) -> Problem | None:
    """What verify_run says, as a Problem."""
    query = "select valid, bad_seq, bad_object, problem from hypermind.verify_run(%s)"
    valid, *problem = connection.execute(query, (run,)).fetchone() or ()
    return None if valid else Problem(*problem)


def test_honest_runs_fit(two_projects: TwoProjects, recorded: tuple[UUID, UUID]) -> None:
    carol = two_projects.connect("carol")
    for run in recorded:
        assert verified(carol, run) is None
        assert problem_of(carol, run) is None


@pytest.mark.parametrize("events", [1, 2, 3, 9, 10, 11])
def test_events_are_read_in_pages(
    two_projects: TwoProjects, recorded: tuple[UUID, UUID], monkeypatch: pytest.MonkeyPatch, events: int
) -> None:
    monkeypatch.setattr("hypermindlabs.run_rows.EVENTS_AT_ONCE", events)
    for run in recorded:
        assert problem_of(two_projects.connect("carol"), run) is None


@pytest.mark.parametrize("setting", ["TimeZone=Asia/Kathmandu", "DateStyle=German", "bytea_output=escape"])
def test_no_setting_of_the_session_takes_part(
    two_projects: TwoProjects, recorded: tuple[UUID, UUID], setting: str
) -> None:
    with psycopg.connect(two_projects.dsn_of("carol"), autocommit=True, options=f"-c {setting}") as carol:
        for run in recorded:
            assert problem_of(carol, run) is None


def test_erased_runs_fit(two_projects: TwoProjects, alice: Connection) -> None:
    run, child = record(alice, two_projects.a)
    oscar, carol = two_projects.connect("oscar"), two_projects.connect("carol")
    for seq in (4, 3, 8, 1):
        oscar.execute("select hypermind.erase_payload(%s, %s, 'personal data')", (run, seq))
        assert problem_of(carol, run) is None
    oscar.execute("select hypermind.erase_payload(%s, 1, 'a copy')", (child,))
    oscar.execute("select hypermind.erase_run(%s, 'personal data')", (run,))
    for each in (run, child):
        assert problem_of(carol, each) is None


ERASURE = """
    insert into hypermind.erasures (run_id, erasure_id, project_id, seq, reason, erased_by, erased_at)
    select run_id, gen_random_uuid(), project_id, 3, 'x', 'x', now() from hypermind.runs where run_id = %(run)s"""
ERASED = """
    insert into hypermind.erased_hashes (run_id, kind, seq, project_id, erasure_id)
    select run_id, '{kind}', seq, project_id, erasure_id from hypermind.erasures where run_id = %(run)s"""
TAMPERED = [
    *(
        (f"{table}.{column}", [f"update hypermind.{table} set {column} = {change} where {{where}}"])
        for table, changes in CHANGES.items()
        for column, change in changes.items()
    ),
    ("the first event", ["delete from hypermind.run_events where run_id = %(run)s and seq = 1"]),
    ("an event", ["delete from hypermind.run_events where run_id = %(run)s and seq = 4"]),
    ("the last event", ["delete from hypermind.run_events where run_id = %(run)s and seq = 10"]),
    ("all events", ["delete from hypermind.run_events where run_id = %(run)s"]),
    ("one more event", [COPY_OF_4]),
    ("two events swapped", [SWAP, SWAPPED]),
    ("an artifact", ["delete from hypermind.run_artifacts where run_id = %(run)s"]),
    ("an artifact moved", ["update hypermind.run_artifacts set seq = 7 where run_id = %(run)s"]),
    ("a pin", ["delete from hypermind.run_config_refs where run_id = %(run)s and slot = 'z'"]),
    ("the outcome", ["delete from hypermind.run_outcomes where run_id = %(run)s"]),
    ("a head beside the outcome", ["update hypermind.run_heads set run_id = %(run)s where run_id = %(child)s"]),
    ("the head", ["delete from hypermind.run_heads where run_id = %(child)s"]),
    ("the head's status", ["update hypermind.run_heads set status = 'paused' where run_id = %(child)s"]),
    ("the head's time", ["update hypermind.run_heads set last_recorded_at = 'epoch' where run_id = %(child)s"]),
    ("the head's seq", ["update hypermind.run_heads set last_seq = 1 where run_id = %(child)s"]),
    ("the base state", ["delete from hypermind.run_state_snapshots where run_id = %(child)s and seq = 0"]),
    ("an event's content", ["update hypermind.run_events set payload = null, salt = null where {where}"]),
    ("a state", ["update hypermind.run_state_snapshots set state = null, salt = null where run_id = %(run)s"]),
    ("an erasure of what is there", [ERASURE, ERASED.format(kind="event")]),
    ("an erasure of nothing", [ERASURE, ERASED.format(kind="artifact")]),
]


@pytest.mark.parametrize("changes", [each for _, each in TAMPERED], ids=[name for name, _ in TAMPERED])
def test_what_verify_run_finds_is_found_and_said_alike(
    dsn: str, two_projects: TwoProjects, recorded: tuple[UUID, UUID], changes: list[str]
) -> None:
    """In a transaction that is rolled back."""
    run, child = recorded
    names = {"run": run, "child": child}
    others = {"= other_project": f"= '{two_projects.b}'", "= other_run": f"= '{child}'"}
    of_child = "%(child)s" in changes[0] and "%(run)s" not in changes[0]
    with psycopg.connect(dsn) as superuser:
        superuser.execute("set session_replication_role = replica")
        for table in (*CHANGES, "run_heads", "erasures", "erased_hashes"):
            superuser.execute(sql.SQL("alter table {} disable trigger user").format(sql.Identifier("hypermind", table)))
        for change in changes:
            where = "run_id = %(run)s"
            if "hypermind.run_events" in change:
                where += " and seq = 3"
            if "hypermind.run_config_refs" in change:
                where += " and slot = 'z'"
            if "hypermind.config_versions" in change:
                where = "config_id in (select config_id from hypermind.run_config_refs where run_id = %(run)s)"
            if "set forked_at_seq" in change or "set parent_event_hash" in change:
                where, of_child = "run_id = %(child)s", True
            for other, value in others.items():
                change = change.replace(other, value)
            done = superuser.execute(change.replace("{where}", where), names)
            assert done.rowcount > 0
        superuser.execute("set session_replication_role = origin")
        superuser.execute("set role audrey")
        subject = child if of_child else run
        found = verified(superuser, subject)
        assert found is not None
        superuser.execute("reset role")  # policies show no event of an unknown project
        rows = run_rows.of_run(superuser, subject)
        assert rows is not None
        assert chain.run_problem(rows) == found
        superuser.rollback()


def rows_of(connection: Connection, run: UUID) -> RunRows:
    """All rows of a run, to be changed."""
    with connection.transaction():
        run_rows.begin(connection)
        rows = run_rows.of_run(connection, run)
        assert rows is not None
        return replace(rows, events=list(rows.events), snapshots=list(rows.snapshots))


def rechained(rows: RunRows, changes: dict[int, Row]) -> RunRows:
    """The run with other events, and the chain and end that fit them: what its owner could write."""
    events: list[Row] = []
    for event in rows.events:
        before = events[-1]["event_hash"] if events else chain.GENESIS
        changed = {**event, **changes.get(event["seq"], {})}
        events.append({**changed, "event_hash": chain.event_hash(before, changed)})
    last_hash = events[-1]["event_hash"]
    return replace(
        rows,
        events=events,
        head=rows.head and {**rows.head, "last_hash": last_hash},
        outcome=rows.outcome and {**rows.outcome, "last_hash": last_hash},
    )


def test_an_end_or_beginning_of_another_type_does_not_vouch(
    two_projects: TwoProjects, recorded: tuple[UUID, UUID]
) -> None:
    """Though chain and subject_hash fit."""
    carol = two_projects.connect("carol")
    run, child = (rows_of(carol, each) for each in recorded)
    assert chain.run_problem(rechained(run, {})) is None
    problem = chain.run_problem(rechained(run, {10: {"event_type": "run.failed"}}))
    assert problem == Problem(10, "run_outcomes", "the outcome is not what the final event vouches for")
    problem = chain.run_problem(rechained(child, {1: {"event_type": "a.b"}, 2: {"event_type": "run.created"}}))
    what = "the run's row, its pins or its base state are not what run.created vouches for"
    assert problem == Problem(1, "runs", what)


def test_two_events_of_a_seq(two_projects: TwoProjects, recorded: tuple[UUID, UUID]) -> None:
    """No table can have them, but files can."""
    rows = rows_of(two_projects.connect("carol"), recorded[0])
    events = list(rows.events)
    problem = chain.run_problem(replace(rows, events=[*events[:4], *events[3:]]))
    assert problem == Problem(4, "run_events", "there are two events 4")


def test_a_request_to_cancel_is_no_status(two_projects: TwoProjects, alice: Connection) -> None:
    run = alice.execute("select hypermind.create_run(%s, 'chat')", (two_projects.a,)).fetchone()[0]
    alice.execute("select hypermind.request_cancel(%s)", (run,))
    assert problem_of(two_projects.connect("carol"), run) is None


def test_the_first_of_several_erasures_that_do_not_fit(two_projects: TwoProjects, recorded: tuple[UUID, UUID]) -> None:
    """By seq, then by kind."""
    rows = rows_of(two_projects.connect("carol"), recorded[0])
    hashes = dict.fromkeys(("payload_hash", "delta_hash", "state_hash", "uri_hash", "metadata_hash"), b"")
    erased = {("artifact", 8): hashes, ("event", 5): hashes, ("snapshot", 5): hashes, ("event", 6): hashes}
    for seq, kind in ((5, "event"), (5, "snapshot"), (6, "event"), (8, "artifact")):
        what = f"the content of the {kind} at seq {seq} was erased, and is there"
        assert chain.run_problem(replace(rows, erased=erased)) == Problem(seq, "erased_hashes", what)
        del erased[kind, seq]
    assert chain.run_problem(replace(rows, erased=erased)) is None


def test_an_erased_snapshot_keeps_its_hash(two_projects: TwoProjects, recorded: tuple[UUID, UUID]) -> None:
    rows = rows_of(two_projects.connect("carol"), recorded[0])
    snapshots = [{**each, "state": None, "salt": None} if each["seq"] == 5 else each for each in rows.snapshots]
    (was,) = [each["state_hash"] for each in rows.snapshots if each["seq"] == 5]
    gone = replace(rows, snapshots=snapshots, erased={("snapshot", 5): {"state_hash": was}})
    assert chain.run_problem(gone) is None
    problem = chain.run_problem(replace(gone, erased={("snapshot", 5): {"state_hash": b"other"}}))
    assert problem == Problem(5, "erased_hashes", "the erased snapshot at seq 5 has another hash than it had")


def test_rows_of_another_run_are_not_taken(two_projects: TwoProjects, recorded: tuple[UUID, UUID]) -> None:
    carol = two_projects.connect("carol")
    with carol.transaction():
        run_rows.begin(carol)
        run, child = (run_rows.of_run(carol, each) for each in recorded)
        assert run is not None and child is not None
        spliced = replace(child, events=run.events)
        problem = Problem(1, "run_events", "event 1 (run.created) is not what was recorded")
        assert chain.run_problem(spliced) == problem


def events_of(rows: RunRows, count: int) -> Iterator[Row]:
    """A long, honest chain after the first event of a run."""
    first = next(iter(rows.events))
    event, before = dict(first), chain.GENESIS
    for seq in range(1, count + 1):
        changed = {"seq": seq} if seq == 1 else {"seq": seq, "event_type": "a.b", "subject_hash": None}
        event = {**event, **changed}
        event["event_hash"] = before = chain.event_hash(before, event)
        yield event


def test_a_long_run_needs_no_memory(two_projects: TwoProjects, recorded: tuple[UUID, UUID]) -> None:
    carol = two_projects.connect("carol")
    with carol.transaction():
        run_rows.begin(carol)
        rows = run_rows.of_run(carol, recorded[0])
        assert rows is not None
        tracemalloc.start()
        problem = chain.run_problem(replace(rows, events=events_of(rows, 3000), artifacts=()))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert problem == Problem(11, "run_events", "run_outcomes knows no events after 10")
    assert peak < 500_000
