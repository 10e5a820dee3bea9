"""Any step of a run can be stood at again: states, diffs, contexts, forks, and proof that nothing changed."""

import copy
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import jsonpatch
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from json_merge_patch.lib import merge as merge_patch

from hypermindlabs import Lab, NewEvent, ReplayManager, Step, connect, errors, replay_manager
from hypermindlabs.persistence import PinnedConfig

DELTAS: list[Any] = [
    None,
    {"messages": [], "count": 0},
    [{"op": "add", "path": "/messages/-", "value": {"role": "user", "text": "hello"}}],
    None,
    {"count": 1, "open": {"a": None, "b": [1, 2]}},
    [{"op": "move", "from": "/open/b", "path": "/closed"}, {"op": "test", "path": "/count", "value": 1}],
    {"count": None},
    [{"op": "replace", "path": "", "value": {"fresh": True}}],
    {},
    [],
]


def fold(state: Any, delta: Any) -> Any:
    """The two RFCs, by other people's libraries."""
    state = copy.deepcopy(state)
    if isinstance(delta, list):
        return jsonpatch.apply_patch(state, delta)
    return state if delta is None else merge_patch(state, delta)


@pytest.fixture(scope="module")
def labs(two_projects: Any) -> Iterator[dict[str, Lab]]:
    opened = {person: connect(two_projects.dsn_of(person)) for person in ("alice", "bob", "carol", "audrey")}
    yield opened
    for lab in opened.values():
        lab.close()


@pytest.fixture(scope="module")
def lab(labs: dict[str, Lab]) -> Lab:
    return labs["alice"]


@pytest.fixture(scope="module")
def configs(lab: Lab, two_projects: Any) -> Any:
    lab.runs.register_config(two_projects.a, "prompt", "system", {"text": "Be kind."})
    lab.runs.register_config(two_projects.a, "prompt", "system", {"text": "Be brief."})
    lab.runs.register_config(two_projects.a, "tool", "grep", {"timeout_seconds": 5})
    lab.runs.label_config(two_projects.a, "prompt", "system", "production", 1)
    return {
        "system": {"kind": "prompt", "name": "system", "label": "production"},
        "search": {"kind": "tool", "name": "grep", "version": 1},
    }


@pytest.fixture
def run(lab: Lab, two_projects: Any, configs: Any) -> uuid.UUID:
    """A running run: two events, then one for each of DELTAS; its states are STATES."""
    run = lab.runs.create(two_projects.a, "chat", input={"question": "?"}, configs=configs)
    lab.runs.start(run)
    lab.runs.append_many(run, [NewEvent("step.done", {"n": n}, delta) for n, delta in enumerate(DELTAS)])
    return run


STATES: list[Any] = [{}, {}, {}]  # at seq 0, 1, 2
for delta in DELTAS:
    STATES.append(fold(STATES[-1], delta))
LAST = len(STATES) - 1


def test_the_state_at_every_step(lab: Lab, run: uuid.UUID) -> None:
    assert [lab.replay.state_at(run, seq) for seq in range(LAST + 1)] == STATES
    assert lab.replay.state_at(run) == STATES[-1]


def test_the_difference_between_any_two_steps(lab: Lab, run: uuid.UUID) -> None:
    for a in range(LAST + 1):
        for b in range(LAST + 1):
            patch = lab.replay.diff(run, a, b)
            assert jsonpatch.apply_patch(copy.deepcopy(STATES[a]), patch) == STATES[b]
            assert bool(patch) == (STATES[a] != STATES[b])


def test_stepping_through(lab: Lab, run: uuid.UUID) -> None:
    steps = list(lab.replay.steps(run))
    assert [step.event for step in steps] == lab.runs.events(run)
    assert [step.state for step in steps] == STATES[1:]
    for before, step in zip(STATES, steps, strict=False):
        assert jsonpatch.apply_patch(copy.deepcopy(before), step.diff) == step.state
    assert [step.event.seq for step in lab.replay.steps(run, 5, 7)] == [5, 6, 7]
    assert [step.state for step in lab.replay.steps(run, 6, 6)] == [STATES[6]]


def test_steps_are_computed_as_asked_for(lab: Lab, run: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    class Counting(ReplayManager):
        def state_at(self, run_id: Any, seq: int | None = None) -> Any:
            asked.append(seq or 0)
            return super().state_at(run_id, seq)

    steps = Counting(lab.router).steps(run)
    assert isinstance(next(steps), Step)
    assert asked == [1]
    list(steps)
    assert asked == [1] + [seq for seq, delta in enumerate(DELTAS, 3) if delta is not None]


def test_events_are_replayed_in_pages(lab: Lab, run: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_manager, "_PAGE", 4)
    assert [event.seq for event in lab.replay.replay_events(run)] == list(range(1, LAST + 1))
    assert [event.seq for event in lab.replay.replay_events(run, 3, 9)] == list(range(3, 10))
    assert [event.seq for event in lab.replay.replay_events(run, 4, 4)] == [4]
    assert list(lab.replay.replay_events(run, LAST + 1)) == []
    assert lab.replay.recorded(run, 2, 3) == list(lab.replay.replay_events(run, 2, 3))
    with pytest.raises(errors.SeqOutOfRange):
        list(lab.replay.replay_events(run, 1, LAST + 1))
    with pytest.raises(errors.RunNotFound):
        list(lab.replay.replay_events(uuid.uuid4()))


def test_a_context_is_everything_at_a_step(lab: Lab, run: uuid.UUID, configs: Any) -> None:
    context = lab.replay.resolve(run, 5)
    assert (context.run_id, context.at_seq, context.mode) == (run, 5, "chat")
    assert (context.input, context.state) == ({"question": "?"}, STATES[5])
    assert context.event_hash == lab.runs.events(run, after_seq=4)[0].event_hash
    by_slot = {config.slot: config for config in context.configs}
    assert list(by_slot) == ["search", "system"]
    assert isinstance(by_slot["system"], PinnedConfig)
    assert (by_slot["system"].version, by_slot["system"].content) == (1, {"text": "Be kind."})
    assert lab.replay.resolve(run).at_seq == LAST
    assert lab.replay.resolve(run, 0).state == {}


def test_a_digest_changes_with_nothing_that_happens_later(
    lab: Lab, labs: dict[str, Lab], run: uuid.UUID, two_projects: Any
) -> None:
    before = [lab.replay.resolve(run, seq) for seq in range(LAST + 1)]
    assert len({context.digest for context in before}) == LAST + 1

    lab.runs.take_snapshot(run, 6)
    lab.runs.label_config(two_projects.a, "prompt", "system", "production", 2)
    lab.runs.register_config(two_projects.a, "tool", "grep", {"timeout_seconds": 9})
    lab.runs.append(run, "note.added", state_delta={"later": True})
    lab.runs.complete(run)

    for reader in (lab, labs["carol"], labs["audrey"]):
        after = [reader.replay.resolve(run, seq) for seq in range(LAST + 1)]
        assert [context.digest for context in after] == [context.digest for context in before]
        assert [context.state for context in after] == STATES
    assert (after[6].snapshot_seq, after[6].first_event_seq, after[6].last_event_seq) == (6, None, None)
    assert (after[7].snapshot_seq, after[7].first_event_seq, after[7].last_event_seq) == (6, 7, 7)
    lab.runs.label_config(two_projects.a, "prompt", "system", "production", 1)


def test_snapshots_are_listed_latest_first(lab: Lab, run: uuid.UUID) -> None:
    for seq in (3, 9, 6):
        assert lab.runs.take_snapshot(run, seq) == seq
    found = lab.runs.snapshots(run)
    assert [snapshot.seq for snapshot in found] == [9, 6, 3]
    assert found[0].taken_by == "alice"
    assert [lab.replay.state_at(run, seq) for seq in range(LAST + 1)] == STATES


@pytest.mark.parametrize("seq", range(LAST + 1))
def test_a_fork_begins_where_its_parent_was(lab: Lab, run: uuid.UUID, seq: int) -> None:
    child = lab.replay.fork(run, seq, tags=["what if"], metadata={"why": "test"}, owner="team-a")
    overview = lab.runs.get(child)
    assert (overview.mode, overview.status, overview.parent_run_id) == ("replay", "queued", run)
    assert (overview.forked_at_seq, overview.tags, overview.owner) == (seq, ["what if"], "team-a")
    assert lab.runs.request(child).input == {"question": "?"}
    assert lab.runs.request(child).metadata == {"why": "test"}
    context = lab.replay.resolve(child, 0)
    assert context.state == STATES[seq]
    assert context.configs == lab.replay.resolve(run).configs
    lab.runs.append(child, "step.done", state_delta={"own": True})
    assert lab.replay.state_at(run) == STATES[-1]
    assert lab.replay.verify(child)


def test_a_fork_with_an_edited_state_and_another_prompt(lab: Lab, run: uuid.UUID) -> None:
    override: Any = {"system": {"kind": "prompt", "name": "system", "version": 2}}
    merged = lab.replay.fork(run, 5, state_patch={"messages": None, "edited": True}, config_overrides=override)
    assert lab.replay.state_at(merged, 0) == fold(STATES[5], {"messages": None, "edited": True})
    patch = [{"op": "add", "path": "/messages/0", "value": "first"}]
    patched = lab.replay.fork(run, 5, state_patch=patch)
    assert lab.replay.state_at(patched) == fold(STATES[5], patch)

    pins = {config.slot: config for config in lab.replay.resolve(merged).configs}
    assert (pins["system"].version, pins["system"].content) == (2, {"text": "Be brief."})
    assert pins["search"].version == 1
    created = lab.runs.events(merged)[0].payload
    assert created is not None
    assert created["state_patch"] == {"messages": None, "edited": True}
    assert created["config_overrides"] == override


def test_lineage(lab: Lab, run: uuid.UUID, two_projects: Any) -> None:
    child = lab.replay.fork(run, 3)
    grandchild = lab.replay.fork(child, 1)
    judged = lab.runs.create(two_projects.a, "evaluate", parent_run_id=child)
    seen = {entry.run_id: (entry.relation, entry.depth) for entry in lab.replay.lineage(child)}
    assert seen == {
        run: ("ancestor", -1),
        child: ("self", 0),
        grandchild: ("descendant", 1),
        judged: ("descendant", 1),
    }
    by_id = {entry.run_id: entry for entry in lab.replay.lineage(run)}
    assert (by_id[child].parent_run_id, by_id[child].forked_at_seq, by_id[child].mode) == (run, 3, "replay")
    assert (by_id[judged].forked_at_seq, by_id[judged].status) == (None, "queued")


def test_verification(lab: Lab, labs: dict[str, Lab], run: uuid.UUID) -> None:
    lab.runs.complete(run)
    events = lab.runs.events(run)
    for reader in (lab, labs["carol"], labs["audrey"]):
        found = reader.replay.verify(run)
        assert found
        assert (found.valid, found.events, found.last_seq) == (True, LAST + 1, LAST + 1)
        assert found.last_hash == events[-1].event_hash
        assert (found.bad_seq, found.bad_object, found.problem) == (None, None, None)


def test_tampering_is_found(lab: Lab, run: uuid.UUID, dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("set session_replication_role = replica")
        (leaf,) = connection.execute(
            "select tableoid::regclass::text from hypermind.run_events where run_id = %s limit 1", (run,)
        ).fetchone() or ("",)
        connection.execute(f"alter table {leaf} disable trigger all")
        connection.execute(
            "update hypermind.run_events set payload = '{\"n\": 99}' where run_id = %s and seq = 5", (run,)
        )
        connection.execute("set local role hypermind_auditor")  # a superuser acts in no project by itself
        found = ReplayManager(connection).verify(run)
        assert not found
        assert (found.valid, found.bad_seq) == (False, 5)
        assert found.problem
        connection.rollback()
    assert lab.replay.verify(run)


def test_integrity_is_for_auditors(labs: dict[str, Lab]) -> None:
    assert labs["audrey"].replay.check_integrity() == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        labs["carol"].replay.check_integrity()


Refused = Callable[[ReplayManager, uuid.UUID], Any]
REFUSALS: dict[str, tuple[type[errors.HypermindError], Refused]] = {
    "state of the future": (errors.SeqOutOfRange, lambda r, run: r.state_at(run, LAST + 1)),
    "state before the first": (errors.SeqOutOfRange, lambda r, run: r.state_at(run, -1)),
    "diff to the future": (errors.SeqOutOfRange, lambda r, run: r.diff(run, 1, LAST + 1)),
    "context of the future": (errors.SeqOutOfRange, lambda r, run: r.resolve(run, LAST + 1)),
    "events of the future": (errors.SeqOutOfRange, lambda r, run: r.recorded(run, 1, LAST + 1)),
    "fork in the future": (errors.SeqOutOfRange, lambda r, run: r.fork(run, LAST + 1)),
    "fork before the first": (errors.SeqOutOfRange, lambda r, run: r.fork(run, -1)),
    "fork with a patch that does not apply": (
        errors.BadStateDelta,
        lambda r, run: r.fork(run, 5, state_patch=[{"op": "remove", "path": "/none"}]),
    ),
    "fork with a patch of nonsense": (errors.BadStateDelta, lambda r, run: r.fork(run, 5, state_patch=[1])),
    "fork with an unknown version": (
        errors.ConfigNotFound,
        lambda r, run: r.fork(run, 5, config_overrides={"system": {"kind": "prompt", "name": "system", "version": 9}}),
    ),
    "fork under an id in use": (errors.IdReused, lambda r, run: r.fork(run, 5, new_run_id=run)),
    "fork under an id of version 4": (errors.InvalidRunId, lambda r, run: r.fork(run, 5, new_run_id=uuid.uuid4())),
    "seq past 64 bits": (errors.InvalidArgument, lambda r, run: r.state_at(run, 2**63)),
    "no uuid": (errors.InvalidRunId, lambda r, run: r.state_at("run 1")),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_writes_nothing_and_says_what_to_do(
    refusal: str, lab: Lab, run: uuid.UUID, two_projects: Any, admin_conn: Any
) -> None:
    error_class, call = REFUSALS[refusal]
    runs = admin_conn.execute("select count(*) from hypermind.runs").fetchone()
    for replay in (lab.replay, ReplayManager(two_projects.connect("alice"))):
        with pytest.raises(errors.HypermindError) as caught:
            call(replay, run)
        assert type(caught.value) is error_class
        assert caught.value.hint
    assert admin_conn.execute("select count(*) from hypermind.runs").fetchone() == runs


@pytest.mark.parametrize("method", ["state_at", "resolve", "recorded", "lineage", "verify"])
def test_a_run_of_another_project_looks_like_none(lab: Lab, labs: dict[str, Lab], run: uuid.UUID, method: str) -> None:
    assert getattr(lab.replay, method)(run) is not None
    unknown = uuid.uuid4()
    messages = []
    for who, asked in ((labs["bob"], run), (lab, unknown)):
        with pytest.raises(errors.RunNotFound) as caught:
            getattr(who.replay, method)(asked)
        messages.append(str(caught.value).replace(str(asked), "RUN"))
    assert messages[0] == messages[1]
    with pytest.raises(errors.RunNotFound):
        labs["bob"].replay.fork(run, 1)


keys = st.sampled_from(["a", "b", "a/b", "m~n", "\x00", "\ud800", "\ufdd0"])
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(keys, values, max_size=3), min_size=1, max_size=6))
def test_any_merge_patches_fold_as_the_rfc_says(two_projects: Any, lab: Lab, deltas: list[Any]) -> None:
    run = lab.runs.create(two_projects.a, "chat")
    lab.runs.append_many(run, [NewEvent("step.done", state_delta=delta) for delta in deltas])
    state: Any = {}
    for step, delta in zip(lab.replay.steps(run, 2), deltas, strict=True):
        before, state = state, fold(state, delta)
        assert step.state == state
        assert jsonpatch.apply_patch(copy.deepcopy(before), step.diff) == state
