"""Runs are recorded through the managers by the roles that clients have: what is stored, and what is refused."""

import hashlib
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from hypermindlabs import Lab, NewEvent, RunManager, connect, errors, persistence, run_manager
from hypermindlabs.persistence import ListedRun, Run, new_uuid7

DIGEST = hashlib.sha256(b"content").digest()
EVENT = uuid.UUID("11111111-1111-4111-8111-111111111111")
ARTIFACT = uuid.UUID("22222222-2222-4222-8222-222222222222")


@pytest.fixture(scope="module")
def labs(two_projects: Any) -> Iterator[dict[str, Lab]]:
    """Everybody's own connections."""
    people = ("alice", "bob", "carol", "oscar", "audrey")
    opened = {person: connect(two_projects.dsn_of(person)) for person in people}
    yield opened
    for lab in opened.values():
        lab.close()


@pytest.fixture(scope="module")
def lab(labs: dict[str, Lab]) -> Lab:
    return labs["alice"]


@pytest.fixture(scope="module")
def project(two_projects: Any) -> uuid.UUID:
    found: uuid.UUID = two_projects.a
    return found


@pytest.fixture
def run(lab: Lab, project: uuid.UUID) -> uuid.UUID:
    """A running run: two events."""
    run = lab.runs.create(project, "chat", input={"question": "?"})
    lab.runs.start(run)
    return run


def types(lab: Lab, run: uuid.UUID) -> list[str]:
    return [event.event_type for event in lab.runs.events(run)]


# What is recorded


def test_a_run_from_its_creation_to_its_end(lab: Lab, project: uuid.UUID) -> None:
    runs = lab.runs
    run = runs.create(
        project,
        "workflow",
        input={"question": "?"},
        metadata={"ticket": 17},
        tags=["support", "vip"],
        agent="desk",
        model="m-1",
        owner="team-a",
    )
    queued = runs.get(run)
    assert (queued.mode, queued.status, queued.last_seq, queued.is_closed) == ("workflow", "queued", 1, False)
    assert (queued.agent, queued.model, queued.owner, queued.tags) == ("desk", "m-1", "team-a", ["support", "vip"])
    assert (queued.workspace, queued.project, queued.project_id) == ("lab", "a", project)

    request = runs.request(run)
    assert (request.input, request.metadata, request.created_by) == ({"question": "?"}, {"ticket": 17}, "alice")

    assert runs.start(run, {"worker": "w1"}) == 2
    assert runs.pause(run) == 3
    assert runs.append(run, "approval.given", {"by": "dora"}) == 4
    assert runs.resume(run) == 5
    assert runs.complete(run, {"answer": "42"}) == 6

    ended = runs.get(run)
    assert (ended.status, ended.last_seq, ended.events, ended.is_closed) == ("completed", 6, 6, True)
    assert ended.ended_at is not None
    assert ended.duration == ended.ended_at - ended.created_at
    assert types(lab, run) == [
        "run.created",
        "run.started",
        "run.paused",
        "approval.given",
        "run.resumed",
        "run.completed",
    ]
    assert [event.payload for event in runs.events(run, after_seq=1, limit=1)] == [{"worker": "w1"}]
    assert lab.replay.verify(run)


@pytest.mark.parametrize(("end", "status"), [("fail", "failed"), ("cancel", "cancelled"), ("complete", "completed")])
def test_each_end(lab: Lab, run: uuid.UUID, end: str, status: str) -> None:
    seq = getattr(lab.runs, end)(run, {"why": end})
    assert lab.runs.get(run).status == status
    assert lab.runs.events(run, after_seq=seq - 1)[0].payload == {"why": end}


def test_an_event_keeps_all_that_was_given(lab: Lab, run: uuid.UUID) -> None:
    when = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    fields: dict[str, Any] = {
        "payload": {"arguments": [1, 2.5, None, True, "x"]},
        "state_delta": {"calls": 1},
        "parent_seq": 2,
        "model": "m-1",
        "tool": "grep",
        "tags": ["slow", "retried"],
        "input_tokens": 10**9,
        "output_tokens": 7,
        "cost": Decimal("0.000123456789"),
        "occurred_at": when,
    }
    assert lab.runs.append(run, "tool.called", event_id=EVENT, **fields) == 3
    other = uuid.uuid4()
    assert lab.runs.append_many(run, [NewEvent("tool.called", event_id=other, **fields)]) == 4

    one, two = lab.runs.events(run, after_seq=2)
    for event, event_id in ((one, EVENT), (two, other)):
        assert {name: getattr(event, name) for name in fields} == fields
        assert (event.event_type, event.event_id) == ("tool.called", event_id)
        assert event.recorded_at.tzinfo is not None
        assert len(event.event_hash) == 32
    overview = lab.runs.get(run)
    assert (overview.input_tokens, overview.output_tokens, overview.cost) == (2 * 10**9, 14, Decimal("0.000246913578"))


def test_a_cost_may_be_a_float(lab: Lab, run: uuid.UUID) -> None:
    lab.runs.append(run, "model.responded", cost=0.1)
    lab.runs.append_many(run, [NewEvent("model.responded", cost=0.1)])
    assert [event.cost for event in lab.runs.events(run, after_seq=2)] == [Decimal("0.1")] * 2


def test_events_come_in_pages(lab: Lab, run: uuid.UUID) -> None:
    lab.runs.append_many(run, (NewEvent("token.streamed", {"n": n}) for n in range(25)))
    seqs: list[int] = []
    while page := lab.runs.events(run, after_seq=seqs[-1] if seqs else 0, limit=10):
        assert len(page) <= 10
        seqs += [event.seq for event in page]
    assert seqs == list(range(1, 28))
    assert lab.runs.events(uuid.uuid4()) == []


def test_runs_are_listed_newest_first_in_pages(lab: Lab, project: uuid.UUID) -> None:
    owner = f"team-{uuid.uuid4()}"
    made = [lab.runs.create(project, "batch", owner=owner, run_id=lab.runs.new_run_id()) for _ in range(7)]
    made.sort(reverse=True)
    lab.runs.start(made[3])
    lab.runs.cancel(made[5])

    found: list[ListedRun] = []
    while page := lab.runs.list(owner=owner, cursor=found[-1].cursor if found else None, limit=3):
        found += page
    assert [run.run_id for run in found] == made
    assert [run.run_id for run in lab.runs.list(owner=owner, status="running")] == [made[3]]
    assert [run.run_id for run in lab.runs.list(owner=owner, status="cancelled")] == [made[5]]
    assert len(lab.runs.list(owner=owner, status="queued", project_id=project)) == 5
    assert lab.runs.get(made[5]) == Run(*astuple(found[5])[:-2])
    with pytest.raises(errors.ProjectNotFound):
        lab.runs.list(owner=owner, project_id=uuid.uuid4())


def test_artifacts(lab: Lab, run: uuid.UUID) -> None:
    given = lab.runs.attach(
        run,
        "report",
        "s3://b/k",
        DIGEST,
        7,
        media_type="text/plain",
        parent_seq=2,
        artifact_id=ARTIFACT,
        metadata={"p": 1},
    )
    made = lab.runs.attach(run, "log", "file:log", DIGEST, 0)
    assert given == ARTIFACT
    report, log = lab.runs.artifacts(run)
    assert (report.artifact_id, report.seq, report.kind, report.media_type) == (ARTIFACT, 3, "report", "text/plain")
    assert (report.uri, report.sha256, report.size_bytes, report.metadata) == ("s3://b/k", DIGEST, 7, {"p": 1})
    assert (log.artifact_id, log.seq, log.media_type) == (made, 4, "application/octet-stream")
    assert types(lab, run)[2:] == ["artifact.attached"] * 2


def test_configurations_have_versions_labels_and_a_history(lab: Lab, labs: dict[str, Lab], project: uuid.UUID) -> None:
    runs = lab.runs
    args = (project, "prompt", f"greeting {uuid.uuid4()}")
    assert runs.register_config(*args, {"text": "one"}, expected_version=0, summary="first") == 1
    assert runs.register_config(*args, {"text": "two"}, expected_version=1) == 2
    assert runs.register_config(*args, {"text": "two"}) == 2  # the same content: the same version
    runs.label_config(*args, "production", 1)
    runs.label_config(*args, "next", 2)
    runs.label_config(*args, "canary", 2)

    history = runs.config_history(*args)
    assert [(v.version, v.content, v.labels) for v in history] == [
        (2, {"text": "two"}, ["canary", "next"]),
        (1, {"text": "one"}, ["production"]),
    ]
    assert (history[1].summary, history[1].author, history[0].summary) == ("first", "alice", None)
    assert runs.config(*args) == history[0]
    assert runs.config(*args, label="production") == runs.config(*args, version=1) == history[1]

    refs: Any = {"prompt": {"kind": "prompt", "name": args[2], "label": "production"}}
    run = runs.create(project, "chat", configs=refs)
    runs.label_config(*args, "production", 2)
    (pinned,) = lab.replay.resolve(run).configs
    assert (pinned.slot, pinned.kind, pinned.name, pinned.version) == ("prompt", "prompt", args[2], 1)
    assert pinned.content == {"text": "one"}
    assert pinned.content_sha256 == history[1].content_sha256.hex()

    with pytest.raises(errors.ConfigNotFound):
        runs.config(*args, version=3)
    with pytest.raises(errors.ConfigNotFound):
        runs.config(*args, version=1, label="next")
    assert labs["bob"].runs.config_history(*args) == []


def test_projects(labs: dict[str, Lab], two_projects: Any) -> None:
    assert [p.project_id for p in labs["alice"].runs.projects()] == [two_projects.a]
    assert [p.project_id for p in labs["audrey"].runs.projects()] == [two_projects.a, two_projects.b]
    found = labs["bob"].runs.project("lab", "b")
    assert (found.project_id, found.workspace, found.name, found.role) == (
        two_projects.b,
        "lab",
        "b",
        two_projects.role_b,
    )
    for missing in (("lab", "a"), ("lab", "none")):
        with pytest.raises(errors.ProjectNotFound):
            labs["bob"].runs.project(*missing)


# Retries, claims, cancels


def test_every_write_can_be_repeated(lab: Lab, project: uuid.UUID) -> None:
    runs = lab.runs
    run = new_uuid7()
    events = [NewEvent("note.added", {"n": n}, event_id=uuid.uuid4()) for n in range(3)]
    for _ in range(2):
        assert runs.create(project, "chat", input={"q": 1}, run_id=run) == run
        assert runs.start(run, expected_seq=1) == 2
        assert runs.get(run).last_seq == 2
    for _ in range(2):
        assert runs.append(run, "note.added", {"n": 0}, event_id=EVENT, expected_seq=2) == 3
    for _ in range(2):
        assert runs.append_many(run, events, expected_seq=3) == 6
    for _ in range(2):
        assert runs.attach(run, "log", "file:log", DIGEST, 1, artifact_id=ARTIFACT) == ARTIFACT
        assert runs.request_cancel(run, "enough") == 8
    for _ in range(2):
        assert runs.cancel(run, expected_seq=8) == 9
    # After the end as well.
    assert runs.append(run, "note.added", {"n": 0}, event_id=EVENT, expected_seq=2) == 3
    assert runs.append_many(run, events, expected_seq=3) == 6
    assert runs.get(run).last_seq == 9
    child = new_uuid7()
    for _ in range(2):
        assert lab.replay.fork(run, 3, state_patch={"a": 1}, new_run_id=child) == child
    assert runs.get(child).last_seq == 1


def test_a_cancel_is_a_request_then_a_transition(lab: Lab, labs: dict[str, Lab], run: uuid.UUID) -> None:
    assert lab.runs.cancel_requested(run) is False
    lab.runs.request_cancel(run)
    assert lab.runs.cancel_requested(run) is True
    assert lab.runs.get(run).status == "running"
    lab.runs.cancel(run)
    assert lab.runs.cancel_requested(run) is True
    for stranger in (lambda: labs["bob"].runs.cancel_requested(run), lambda: lab.runs.cancel_requested(uuid.uuid4())):
        with pytest.raises(errors.RunNotFound):
            stranger()


def test_a_claim_shuts_out_the_worker_before(lab: Lab, run: uuid.UUID, owner_conn: Any) -> None:
    runs = lab.runs
    first = runs.claim(run, "one", timedelta(seconds=1))
    assert runs.claim(run, "one", timedelta(minutes=5), epoch=first) == first
    with pytest.raises(errors.RunClaimed) as caught:
        runs.claim(run, "two")
    assert caught.value.detail["claimed_by"] == "one"

    owner_conn.execute("update hypermind.run_heads set claim_expires_at = now() where run_id = %s", (run,))
    second = runs.claim(run, "two")
    assert second > first
    for stale in (
        lambda: runs.append(run, "note.added", epoch=first),
        lambda: runs.append_many(run, [NewEvent("note.added")], epoch=first),
        lambda: runs.attach(run, "log", "file:log", DIGEST, 1, epoch=first),
        lambda: runs.complete(run, epoch=first),
        lambda: runs.claim(run, "one", epoch=first),
    ):
        with pytest.raises(errors.StaleEpoch):
            stale()
    assert runs.append(run, "note.added", epoch=second) == 3


def test_claimed_lets_go_at_its_end(lab: Lab, run: uuid.UUID, owner_conn: Any) -> None:
    query = "select claimed_by, epoch, claim_expires_at - now() from hypermind.run_heads where run_id = %s"
    with lab.runs.claimed(run, "one", timedelta(hours=1)) as epoch:
        lab.runs.append(run, "note.added", epoch=epoch)
        by, held, left = owner_conn.execute(query, (run,)).fetchone()
        assert (by, held, left > timedelta(minutes=59)) == ("one", epoch, True)
    assert owner_conn.execute(query, (run,)).fetchone() == (None, epoch, None)

    with pytest.raises(ZeroDivisionError), lab.runs.claimed(run, "one", timedelta(hours=1)):
        raise ZeroDivisionError
    assert owner_conn.execute(query, (run,)).fetchone() == (None, epoch + 1, None)


def test_claimed_ends_quietly_when_the_run_has_ended_or_was_taken(lab: Lab, run: uuid.UUID, owner_conn: Any) -> None:
    with lab.runs.claimed(run, "one") as epoch:
        owner_conn.execute("update hypermind.run_heads set claim_expires_at = now() where run_id = %s", (run,))
        assert lab.runs.claim(run, "two") > epoch
    with lab.runs.claimed(run, "two") as epoch:
        lab.runs.complete(run, epoch=epoch)
    with lab.transaction() as tx:
        other = tx.runs.create(lab.runs.get(run).project_id, "chat")
        with tx.runs.claimed(other, "one") as epoch:
            tx.runs.cancel(other, epoch=epoch)
    assert lab.runs.get(other).status == "cancelled"


# Batches and streams


def test_a_large_batch_is_one_transaction_of_several_statements(
    lab: Lab, run: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persistence, "BATCH_EVENTS", 10)
    call = persistence.append_events(run, [NewEvent("token.streamed", {"n": n}) for n in range(25)], expected_seq=2)
    assert len(call.parameters) == 3
    assert lab.router.execute(call) == 27
    assert lab.router.execute(call) == 27  # all of it is known
    monkeypatch.setattr(persistence, "BATCH_BYTES", 300)
    assert len(persistence.append_events(run, [NewEvent("a.b", {"t": "x" * 200}) for _ in range(3)]).parameters) == 3

    bad = [*(NewEvent("note.added") for _ in range(24)), NewEvent("run.completed")]
    with pytest.raises(errors.ReservedEventType):
        lab.runs.append_many(run, bad)
    assert lab.runs.get(run).last_seq == 27


def test_many_events_at_once(lab: Lab, run: uuid.UUID) -> None:
    assert lab.runs.append_many(run, (NewEvent("token.streamed", {"n": n}) for n in range(12_000))) == 12_002
    assert lab.runs.events(run, after_seq=12_001)[0].payload == {"n": 11_999}


def test_a_batch_of_nothing_is_refused(lab: Lab, run: uuid.UUID) -> None:
    with pytest.raises(errors.InvalidArgument):
        lab.runs.append_many(run, [])


def test_a_stream_sends_when_full_when_old_and_at_the_end(
    lab: Lab, run: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(run_manager, "time", SimpleNamespace(monotonic=lambda: now[0]))
    with lab.runs.stream(run, max_events=3, max_seconds=1) as stream:
        for n in range(4):
            stream.add("token.streamed", {"n": n}, model="m-1")
        assert lab.runs.get(run).last_seq == 5  # three, because full; the fourth at 0 seconds waits
        now[0] = 1.0
        stream.add("token.streamed", {"n": 4})
        assert lab.runs.get(run).last_seq == 7  # two, because old
        now[0] = 1.9
        stream.add("token.streamed", {"n": 5})
        now[0] = 2.8
        stream.add("token.streamed", {"n": 6})
        assert lab.runs.get(run).last_seq == 7
    tokens = lab.runs.events(run, after_seq=2)
    assert [token.payload for token in tokens] == [{"n": n} for n in range(7)]
    assert tokens[0].model == "m-1"
    assert [t.occurred_at for t in tokens] == sorted(t.occurred_at for t in tokens)


def test_a_stream_records_what_happened_before_an_error(lab: Lab, run: uuid.UUID) -> None:
    with pytest.raises(ZeroDivisionError), lab.runs.stream(run) as stream:
        stream.add("token.streamed", {"text": "It"})
        raise ZeroDivisionError
    assert types(lab, run)[2:] == ["token.streamed"]


def test_a_stream_keeps_what_it_could_not_send(lab: Lab, run: uuid.UUID) -> None:
    class Flaky(RunManager):
        broken = True

        def append_many(self, *args: Any, **kwargs: Any) -> int:
            if self.broken:
                super().append_many(*args, **kwargs)  # stored, but nobody hears of it
                raise psycopg.OperationalError("lost")
            return super().append_many(*args, **kwargs)

    runs = Flaky(lab.router)
    with runs.stream(run, max_events=2) as stream:
        stream.add("token.streamed", {"n": 0})
        with pytest.raises(psycopg.OperationalError):
            stream.add("token.streamed", {"n": 1})
        runs.broken = False
    assert [event.payload for event in lab.runs.events(run, after_seq=2)] == [{"n": 0}, {"n": 1}]


def test_writers_of_one_run_stand_in_line(two_projects: Any, lab: Lab, run: uuid.UUID) -> None:
    def write(name: str) -> None:
        with two_projects.connect("alice") as connection:
            for n in range(25):
                RunManager(connection).append(run, "note.added", {"by": name, "n": n})

    threads = [threading.Thread(target=write, args=(str(n),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [event.seq for event in lab.runs.events(run, limit=1000)] == list(range(1, 103))
    assert lab.replay.verify(run)


# Refusals: the exact error, nothing written, no gap, the caller's transaction usable from a savepoint


class Case:
    """What a refused call is tried on: a running run of alice's with an event, a closed one, one of another project."""

    def __init__(self, labs: dict[str, Lab], two_projects: Any) -> None:
        runs = labs["alice"].runs
        self.project, self.other_project = two_projects.a, two_projects.b
        self.run = runs.create(self.project, "chat", input={"q": 1})
        runs.start(self.run)
        runs.append(self.run, "note.added", {"n": 1}, state_delta={"list": [1]}, event_id=EVENT)
        runs.attach(self.run, "log", "file:log", DIGEST, 1, artifact_id=ARTIFACT)
        self.epoch = runs.claim(self.run, "worker")
        self.queued = runs.create(self.project, "chat")
        self.closed = runs.create(self.project, "chat")
        runs.start(self.closed)
        runs.complete(self.closed)
        self.foreign = labs["bob"].runs.create(self.other_project, "chat")
        self.unknown = new_uuid7()
        runs.register_config(self.project, "tool", "grep", {"v": 1})


Refused = Callable[[RunManager, Case], Any]


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


def ref(**fields: Any) -> Any:
    return {"slot": {"kind": "tool", "name": "grep", **fields}}


BOMB = Decimal("1e131071")
REFUSALS: dict[str, tuple[type[errors.HypermindError], Refused]] = {
    # The run
    "append to an unknown run": (errors.RunNotFound, lambda r, c: r.append(c.unknown, "a.b")),
    "append to a run of another project": (errors.RunNotFound, lambda r, c: r.append(c.foreign, "a.b")),
    "batch to an unknown run": (errors.RunNotFound, lambda r, c: r.append_many(c.unknown, [NewEvent("a.b")])),
    "batch to a run of another project": (errors.RunNotFound, lambda r, c: r.append_many(c.foreign, [NewEvent("a.b")])),
    "start an unknown run": (errors.RunNotFound, lambda r, c: r.start(c.unknown)),
    "start a run of another project": (errors.RunNotFound, lambda r, c: r.start(c.foreign)),
    "cancel request, unknown run": (errors.RunNotFound, lambda r, c: r.request_cancel(c.unknown)),
    "cancel request, another project": (errors.RunNotFound, lambda r, c: r.request_cancel(c.foreign)),
    "claim an unknown run": (errors.RunNotFound, lambda r, c: r.claim(c.unknown, "w")),
    "claim a run of another project": (errors.RunNotFound, lambda r, c: r.claim(c.foreign, "w")),
    "attach to an unknown run": (errors.RunNotFound, lambda r, c: r.attach(c.unknown, "k", "u", DIGEST, 1)),
    "attach to a run of another project": (errors.RunNotFound, lambda r, c: r.attach(c.foreign, "k", "u", DIGEST, 1)),
    "snapshot of an unknown run": (errors.RunNotFound, lambda r, c: r.take_snapshot(c.unknown)),
    "get an unknown run": (errors.RunNotFound, lambda r, c: r.get(c.unknown)),
    "get a run of another project": (errors.RunNotFound, lambda r, c: r.get(c.foreign)),
    "request of a run of another project": (errors.RunNotFound, lambda r, c: r.request(c.foreign)),
    "unknown parent": (errors.RunNotFound, lambda r, c: r.create(c.project, "chat", parent_run_id=c.unknown)),
    "parent of another project": (
        errors.RunNotFound,
        lambda r, c: r.create(c.project, "chat", parent_run_id=c.foreign),
    ),
    "append to a closed run": (errors.RunClosed, lambda r, c: r.append(c.closed, "a.b")),
    "batch to a closed run": (errors.RunClosed, lambda r, c: r.append_many(c.closed, [NewEvent("a.b")])),
    "attach to a closed run": (errors.RunClosed, lambda r, c: r.attach(c.closed, "k", "u", DIGEST, 1)),
    "cancel request, closed run": (errors.RunClosed, lambda r, c: r.request_cancel(c.closed)),
    "claim a closed run": (errors.RunClosed, lambda r, c: r.claim(c.closed, "w")),
    # Concurrency
    "stale expected_seq": (errors.ExpectedSeqConflict, lambda r, c: r.append(c.run, "a.b", expected_seq=2)),
    "expected_seq ahead": (errors.ExpectedSeqConflict, lambda r, c: r.append(c.run, "a.b", expected_seq=9)),
    "stale expected_seq of a batch": (
        errors.ExpectedSeqConflict,
        lambda r, c: r.append_many(c.run, [NewEvent("a.b")], expected_seq=2),
    ),
    "stale expected_seq of an end": (errors.ExpectedSeqConflict, lambda r, c: r.complete(c.run, expected_seq=2)),
    "stale epoch": (errors.StaleEpoch, lambda r, c: r.append(c.run, "a.b", epoch=c.epoch - 1)),
    "epoch ahead": (errors.StaleEpoch, lambda r, c: r.append(c.run, "a.b", epoch=c.epoch + 1)),
    "stale epoch of a batch": (
        errors.StaleEpoch,
        lambda r, c: r.append_many(c.run, [NewEvent("a.b")], epoch=c.epoch - 1),
    ),
    "stale epoch of an end": (errors.StaleEpoch, lambda r, c: r.complete(c.run, epoch=c.epoch - 1)),
    "stale epoch of a renewal": (errors.StaleEpoch, lambda r, c: r.claim(c.run, "worker", epoch=c.epoch - 1)),
    "claimed": (errors.RunClaimed, lambda r, c: r.claim(c.run, "other")),
    # Ids
    "event id, other payload": (errors.IdReused, lambda r, c: r.append(c.run, "note.added", {"n": 2}, event_id=EVENT)),
    "event id, other type": (
        errors.IdReused,
        lambda r, c: r.append(c.run, "note.changed", {"n": 1}, {"list": [1]}, event_id=EVENT),
    ),
    "event id, no delta": (errors.IdReused, lambda r, c: r.append(c.run, "note.added", {"n": 1}, event_id=EVENT)),
    "event id in a batch": (
        errors.IdReused,
        lambda r, c: r.append_many(c.run, [NewEvent("a.b"), NewEvent("note.added", {"n": 2}, event_id=EVENT)]),
    ),
    "event id twice in a batch": (
        errors.IdReused,
        lambda r, c: r.append_many(c.run, [NewEvent("a.b", event_id=c.unknown)] * 2),
    ),
    "artifact id, other uri": (
        errors.IdReused,
        lambda r, c: r.attach(c.run, "log", "file:other", DIGEST, 1, artifact_id=ARTIFACT),
    ),
    "run id, other input": (errors.IdReused, lambda r, c: r.create(c.project, "chat", input={"q": 2}, run_id=c.run)),
    "run id of another project": (errors.IdReused, lambda r, c: r.create(c.project, "chat", run_id=c.foreign)),
    "run id of version 4": (errors.InvalidRunId, lambda r, c: r.create(c.project, "chat", run_id=uuid.uuid4())),
    "run id of long ago": (
        errors.InvalidRunId,
        lambda r, c: r.create(c.project, "chat", run_id="00000000-0000-7000-8000-000000000000"),
    ),
    "run id of times to come": (
        errors.InvalidRunId,
        lambda r, c: r.create(c.project, "chat", run_id="0fffffff-0000-7000-8000-000000000000"),
    ),
    # Transitions and types
    "complete a queued run": (errors.IllegalTransition, lambda r, c: r.complete(c.queued)),
    "pause a queued run": (errors.IllegalTransition, lambda r, c: r.pause(c.queued)),
    "back to queued": (errors.IllegalTransition, lambda r, c: r.transition(c.run, "queued")),
    "start a completed run": (errors.IllegalTransition, lambda r, c: r.start(c.closed)),
    "fail a completed run": (errors.IllegalTransition, lambda r, c: r.fail(c.closed)),
    "no such status": (errors.InvalidArgument, lambda r, c: r.transition(c.run, "done")),
    "lifecycle event": (errors.ReservedEventType, lambda r, c: r.append(c.run, "run.completed")),
    "run.* event": (errors.ReservedEventType, lambda r, c: r.append(c.run, "run.anything")),
    "artifact event": (errors.ReservedEventType, lambda r, c: r.append(c.run, "artifact.attached")),
    "snapshot event": (errors.ReservedEventType, lambda r, c: r.append(c.run, "snapshot.taken")),
    "lifecycle event in a batch": (
        errors.ReservedEventType,
        lambda r, c: r.append_many(c.run, [NewEvent("a.b"), NewEvent("run.failed")]),
    ),
    "one word": (errors.InvalidArgument, lambda r, c: r.append(c.run, "note")),
    "capitals": (errors.InvalidArgument, lambda r, c: r.append(c.run, "Note.Added")),
    "empty type": (errors.InvalidArgument, lambda r, c: r.append(c.run, "")),
    "long type": (errors.InvalidArgument, lambda r, c: r.append(c.run, "a." + "b" * 99)),
    # Deltas
    "patch that does not apply": (
        errors.BadStateDelta,
        lambda r, c: r.append(c.run, "a.b", state_delta=[{"op": "remove", "path": "/none"}]),
    ),
    "patch past the end of an array": (
        errors.BadStateDelta,
        lambda r, c: r.append(c.run, "a.b", state_delta=[{"op": "add", "path": "/list/7", "value": 1}]),
    ),
    "patch with a false test": (
        errors.BadStateDelta,
        lambda r, c: r.append(c.run, "a.b", state_delta=[{"op": "test", "path": "/list", "value": [2]}]),
    ),
    "patch of nonsense": (errors.BadStateDelta, lambda r, c: r.append(c.run, "a.b", state_delta=[1])),
    "patch with an unknown op": (
        errors.BadStateDelta,
        lambda r, c: r.append(c.run, "a.b", state_delta=[{"op": "mix", "path": ""}]),
    ),
    "second patch of a batch": (
        errors.BadStateDelta,
        lambda r, c: r.append_many(
            c.run, [NewEvent("a.b", state_delta=[{"op": "remove", "path": "/list"}]) for _ in range(2)]
        ),
    ),
    "delta that is a text": (errors.BadStateDelta, lambda r, c: r.append(c.run, "a.b", state_delta="x")),
    # Places
    "parent_seq of the future": (errors.SeqOutOfRange, lambda r, c: r.append(c.run, "a.b", parent_seq=5)),
    "parent_seq 0": (errors.SeqOutOfRange, lambda r, c: r.append(c.run, "a.b", parent_seq=0)),
    "parent_seq of the future in a batch": (
        errors.SeqOutOfRange,
        lambda r, c: r.append_many(c.run, [NewEvent("a.b", parent_seq=5)]),
    ),
    "artifact under the future": (
        errors.SeqOutOfRange,
        lambda r, c: r.attach(c.run, "k", "u", DIGEST, 1, parent_seq=5),
    ),
    "snapshot of the future": (errors.SeqOutOfRange, lambda r, c: r.take_snapshot(c.run, 5)),
    # Configurations and projects
    "unknown version": (errors.ConfigNotFound, lambda r, c: r.create(c.project, "chat", configs=ref(version=2))),
    "unknown label": (errors.ConfigNotFound, lambda r, c: r.create(c.project, "chat", configs=ref(label="none"))),
    "unknown name": (errors.ConfigNotFound, lambda r, c: r.create(c.project, "chat", configs=ref(name="x", version=1))),
    "label for an unknown version": (
        errors.ConfigNotFound,
        lambda r, c: r.label_config(c.project, "tool", "grep", "production", 2),
    ),
    "neither version nor label": (errors.InvalidArgument, lambda r, c: r.create(c.project, "chat", configs=ref())),
    "another version first": (
        errors.ConfigVersionConflict,
        lambda r, c: r.register_config(c.project, "tool", "grep", {"v": 2}, expected_version=0),
    ),
    "no such kind": (errors.InvalidArgument, lambda r, c: r.register_config(c.project, "recipe", "grep", {})),
    "run in an unknown project": (errors.ProjectNotFound, lambda r, c: r.create(c.unknown, "chat")),
    "run in another project": (errors.ProjectNotFound, lambda r, c: r.create(c.other_project, "chat")),
    "configuration in another project": (
        errors.ProjectNotFound,
        lambda r, c: r.register_config(c.other_project, "tool", "grep", {}),
    ),
    "no such mode": (errors.InvalidArgument, lambda r, c: r.create(c.project, "talk")),
    # Values
    "payload that is a list": (errors.InvalidArgument, lambda r, c: r.append(c.run, "a.b", [1])),  # type: ignore[arg-type]
    "input that is a list": (errors.InvalidArgument, lambda r, c: r.create(c.project, "chat", input=[1])),  # type: ignore[arg-type]
    "payload of 17 MiB": (errors.ValueTooLarge, lambda r, c: r.append(c.run, "a.b", {"t": "x" * (17 << 20)})),
    "delta of 17 MiB": (errors.ValueTooLarge, lambda r, c: r.append(c.run, "a.b", None, {"t": "x" * (17 << 20)})),
    "number bomb in a payload": (errors.ValueTooLarge, lambda r, c: r.append(c.run, "a.b", {"n": [BOMB] * 900})),
    "number bomb in a delta": (errors.ValueTooLarge, lambda r, c: r.append(c.run, "a.b", state_delta={"n": BOMB})),
    "number bomb in a batch": (
        errors.ValueTooLarge,
        lambda r, c: r.append_many(c.run, [NewEvent("a.b", {"n": [BOMB] * 900})]),
    ),
    "number bomb in an input": (errors.ValueTooLarge, lambda r, c: r.create(c.project, "chat", input={"n": BOMB})),
    "number bomb in a response": (errors.ValueTooLarge, lambda r, c: r.complete(c.run, {"n": BOMB})),
    "number of 500 decimals": (
        errors.ValueTooLarge,
        lambda r, c: r.append(c.run, "a.b", {"n": Decimal("1e-500")}),
    ),
    "payload of 200 levels": (errors.ValueTooLarge, lambda r, c: r.append(c.run, "a.b", nested(200))),
    "delta of 200 levels": (errors.ValueTooLarge, lambda r, c: r.append(c.run, "a.b", state_delta=nested(200))),
    "not a number": (errors.InvalidArgument, lambda r, c: r.append(c.run, "a.b", {"n": float("nan")})),
    "negative tokens": (errors.InvalidArgument, lambda r, c: r.append(c.run, "a.b", input_tokens=-1)),
    "tokens past 64 bits in a batch": (
        errors.InvalidArgument,
        lambda r, c: r.append_many(c.run, [NewEvent("a.b", input_tokens=2**64)]),
    ),
    "cost that is no number": (errors.InvalidArgument, lambda r, c: r.append(c.run, "a.b", cost=float("nan"))),
    "negative cost": (errors.InvalidArgument, lambda r, c: r.append(c.run, "a.b", cost=-1)),
    "short hash": (errors.InvalidArgument, lambda r, c: r.attach(c.run, "k", "u", b"short", 1)),
    "negative size": (errors.InvalidArgument, lambda r, c: r.attach(c.run, "k", "u", DIGEST, -1)),
    "empty uri": (errors.InvalidArgument, lambda r, c: r.attach(c.run, "k", "", DIGEST, 1)),
    "claim for no time": (errors.InvalidArgument, lambda r, c: r.claim(c.run, "worker", timedelta(0))),
    "claim by nobody": (errors.InvalidArgument, lambda r, c: r.claim(c.run, "")),
}


@pytest.fixture(scope="module")
def case(labs: dict[str, Lab], two_projects: Any) -> Case:
    return Case(labs, two_projects)


def everything(connection: Any) -> list[Any]:
    """How much is in each table, and where every chain ends."""
    tables = ["runs", "run_events", "run_artifacts", "run_config_refs", "run_state_snapshots", "run_outcomes"]
    tables += ["config_entities", "config_versions", "config_labels", "config_label_history"]
    counts = [connection.execute(f"select count(*) from hypermind.{table}").fetchone()[0] for table in tables]
    heads = connection.execute(
        "select run_id, last_seq, last_hash, epoch from hypermind.run_heads order by 1"
    ).fetchall()
    return [counts, heads]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_writes_nothing_and_says_what_to_do(
    refusal: str, case: Case, lab: Lab, two_projects: Any, admin_conn: Any
) -> None:
    error_class, call = REFUSALS[refusal]
    before = everything(admin_conn)
    with pytest.raises(errors.HypermindError) as caught:
        call(lab.runs, case)
    assert type(caught.value) is error_class
    assert caught.value.hint
    assert everything(admin_conn) == before

    # In a transaction of the caller's, a savepoint is enough to go on.
    connection = two_projects.connect("alice", autocommit=False)
    last = lab.runs.get(case.queued).last_seq
    with connection, connection.transaction(force_rollback=True):
        runs = RunManager(connection)
        assert runs.append(case.queued, "note.added") == last + 1
        with pytest.raises(error_class), connection.transaction():
            call(runs, case)
        assert runs.append(case.queued, "note.added") == last + 2
    assert everything(admin_conn) == before


def test_another_projects_run_looks_like_no_run(lab: Lab, case: Case) -> None:
    for method in (lab.runs.start, lab.runs.get, lab.runs.take_snapshot, lab.replay.state_at, lab.replay.resolve):
        seen = []
        for run in (case.foreign, case.unknown):
            with pytest.raises(errors.RunNotFound) as caught:
                method(run)
            seen.append(str(caught.value).replace(str(run), "RUN"))
        assert seen[0] == seen[1]


def test_a_conflict_tells_where_the_run_is(lab: Lab, run: uuid.UUID) -> None:
    with pytest.raises(errors.ExpectedSeqConflict) as caught:
        lab.runs.append(run, "note.added", expected_seq=1)
    assert caught.value.detail["actual_seq"] == 2
    assert lab.runs.append(run, "note.added", expected_seq=caught.value.detail["actual_seq"]) == 3


@pytest.mark.parametrize("person", ["carol", "audrey"])
def test_who_only_reads_cannot_write(labs: dict[str, Lab], two_projects: Any, run: uuid.UUID, person: str) -> None:
    runs = labs[person].runs
    assert runs.get(run).last_seq == 2
    for write in (
        lambda: runs.create(two_projects.a, "chat"),
        lambda: runs.append(run, "note.added"),
        lambda: runs.append_many(run, [NewEvent("note.added")]),
        lambda: runs.complete(run),
        lambda: runs.request_cancel(run),
        lambda: runs.claim(run, "w"),
        lambda: runs.attach(run, "k", "u", DIGEST, 1),
        lambda: runs.take_snapshot(run),
        lambda: runs.register_config(two_projects.a, "tool", "grep", {}),
        lambda: runs.create_project("lab", "new", two_projects.role_a),
        lambda: runs.ensure_periods(13),
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            write()
    assert runs.get(run).last_seq == 2


def test_a_writer_is_no_operator(lab: Lab, two_projects: Any) -> None:
    for call in (
        lambda: lab.runs.create_project("lab", "new", two_projects.role_a),
        lambda: lab.runs.ensure_periods(13),
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            call()


def test_an_operator_loads_old_runs(labs: dict[str, Lab], two_projects: Any) -> None:
    old = "01234567-89ab-7000-8000-000000000001"  # 2009
    assert str(labs["oscar"].runs.create(two_projects.a, "batch", run_id=old)) == old
