"""Trace files: what they become, what is refused, and that nothing is half-imported."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonpatch
import pytest
from conftest import Connection, TwoProjects

from hypermindlabs import errors, export, importers, json_text
from hypermindlabs.demo import sample
from hypermindlabs.importers import TraceFileError, jsonl, openai_chat, swe_agent
from hypermindlabs.importers.draft import Draft, Event
from hypermindlabs.replay_manager import ReplayManager
from hypermindlabs.run_manager import RunManager

Write = Callable[[str, Any], Path]

CHAT = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Weather in Oslo and Rome?"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}},
            {"id": "c2", "type": "function", "function": {"name": "weather", "arguments": "no JSON"}},
        ],
    },
    {"role": "tool", "tool_call_id": "c2", "content": "sun"},
    {"role": "tool", "tool_call_id": "c1", "content": "a\x00b \ud83d \ufdd0fdd0 \x1b[31m"},
    {"role": "assistant", "content": "Rain; sun.", "refusal": None},
]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to(name: str, content: Any) -> Path:
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return to


@pytest.fixture(scope="module")
def alice(two_projects: TwoProjects) -> Connection:
    return two_projects.connect("alice")


def fold(draft: Draft) -> list[Any]:
    """The states that a draft leads through, by the library jsonpatch."""
    state: Any = {}
    states = []
    for step in draft.steps:
        if isinstance(step, Event) and step.state_delta is not None:
            state = jsonpatch.apply_patch(state, step.state_delta)
        states.append(state)
    return states


# Chats


def test_calls_nest_below_the_answer_and_results_below_their_call(write: Write) -> None:
    (draft,) = importers.read(write("chat.json", [{"messages": CHAT}]))
    events = {s.key: s for s in draft.steps if isinstance(s, Event)}
    shape = [(e.event_type, events[e.parent].event_type if e.parent else None) for e in events.values()]
    assert shape == [
        ("message.added", None),
        ("message.added", None),
        ("model.responded", None),
        ("tool.called", "model.responded"),
        ("tool.called", "model.responded"),
        ("tool.returned", "tool.called"),
        ("tool.returned", "tool.called"),
        ("model.responded", None),
    ]
    second, first = (e for e in events.values() if e.event_type == "tool.returned")
    assert second.parent is not None and first.parent is not None
    assert events[second.parent].payload["gen_ai.tool.call.arguments"] == "no JSON"
    assert events[first.parent].payload["gen_ai.tool.call.arguments"] == {"city": "Oslo"}
    assert fold(draft)[-1] == {"messages": CHAT}


@pytest.mark.parametrize(
    ("name", "content", "runs"),
    [
        ("entries.json", [{"messages": CHAT, "id": 7}, {"traj": CHAT[:2]}], 2),
        ("one.json", {"messages": CHAT, "tools": [{"type": "function", "function": {"name": "weather"}}]}, 1),
        ("bare.json", CHAT, 1),
        ("bare_lists.json", [CHAT, CHAT[:1]], 2),
        ("lines.jsonl", "\n".join(json.dumps({"messages": CHAT}) for _ in range(3)) + "\n", 3),
        ("empty_conversation.json", [{"messages": []}], 1),
    ],
)
def test_chats_come_in_several_shapes(write: Write, name: str, content: Any, runs: int) -> None:
    assert len(list(importers.read(write(name, content)))) == runs


def test_what_is_no_message_is_kept(write: Write) -> None:
    entry = {"messages": CHAT, "id": "a", "reward": 0.5, "extra": {"deep": [1, None, {"a": 1e-7}]}}
    (draft,) = importers.read(write("chat.json", entry))
    assert openai_chat.restore(draft.source, fold(draft)[-1]) == entry


def test_text_that_jsonb_cannot_hold_survives(write: Write, two_projects: TwoProjects, alice: Connection) -> None:
    (draft,) = importers.read(write("chat.json", CHAT))
    run_id = importers.record(alice, two_projects.a, draft)
    assert ReplayManager(alice).state_at(run_id) == {"messages": CHAT}
    assert RunManager(alice).get(run_id).status == "completed"


@pytest.mark.parametrize(
    ("reward", "status"),
    [(1, "completed"), (1.0, "completed"), (0.99, "failed"), (None, "completed"), (True, "completed")],
)
def test_the_reward_decides_how_a_run_ends(
    write: Write, two_projects: TwoProjects, alice: Connection, reward: object, status: str
) -> None:
    (draft,) = importers.read(write("chat.json", {"messages": CHAT, "reward": reward}))
    assert RunManager(alice).get(importers.record(alice, two_projects.a, draft)).status == status


# SWE-agent

TRAJECTORY = {
    "environment": "main",
    "history": [
        {"role": "system", "content": "You fix bugs.", "agent": "main"},
        {"role": "user", "content": "Fix it.", "agent": "main"},
        {"role": "assistant", "content": "Look.", "action": "ls", "agent": "main"},
        {"role": "user", "content": "a.py", "agent": "main"},
        {"role": "assistant", "content": "Done.", "action": "submit", "agent": "main"},
    ],
    "trajectory": [
        {"action": "ls", "observation": "a.py", "response": "Look.", "thought": "", "state": '{"open_file": "n/a"}'},
        {"action": "lost", "observation": "?", "response": "", "thought": "", "state": "no JSON"},
        {"action": "submit", "observation": None, "state": {"open_file": "a.py"}, "execution_time": 0.5},
    ],
    "info": {
        "exit_status": "exit_cost",
        "model_stats": {"tokens_sent": 10, "tokens_received": 3, "instance_cost": 0.25},
    },
}


def test_a_step_that_the_history_lost_is_told_all_the_same(write: Write) -> None:
    (draft,) = importers.read(write("bug.traj", TRAJECTORY))
    events = [s for s in draft.steps if isinstance(s, Event)]
    called = [e.payload["gen_ai.tool.name"] for e in events if e.event_type == "tool.called"]
    assert called == ["ls", "lost", "submit"]
    states = fold(draft)
    assert next(s["environment"] for s in states if "environment" in s) == {"open_file": "n/a"}
    assert states[-1] == {"messages": TRAJECTORY["history"], "environment": {"open_file": "a.py"}}
    assert swe_agent.restore(draft.source, states[-1], [e.payload for e in events]) == TRAJECTORY


def test_exit_status_and_figures_reach_the_run(write: Write, two_projects: TwoProjects, alice: Connection) -> None:
    (draft,) = importers.read(write("bug.traj", TRAJECTORY))
    run = RunManager(alice).get(importers.record(alice, two_projects.a, draft))
    assert (run.status, run.agent, run.input_tokens, run.output_tokens) == ("failed", "swe-agent", 10, 3)
    assert str(run.cost) == "0.25"


# Contracts


def events(connection: Connection, run_id: UUID) -> list[tuple[Any, ...]]:
    """What the columns of a run's events say, but for the lifecycle's."""
    query = """
        select e.event_type, e.contract_version, e.model, e.tool, e.input_tokens, e.output_tokens, e.cost
        from hypermind.run_events as e
        where e.run_id = %s and e.event_type not like 'run.%%'
        order by e.seq"""
    return connection.execute(query, (run_id,)).fetchall()


def test_columns_are_filled_from_the_payload(write: Write, two_projects: TwoProjects, alice: Connection) -> None:
    (chat,) = importers.read(write("chat.json", CHAT))
    (bug,) = importers.read(write("bug.traj", TRAJECTORY))
    assert not any(s.tool or s.model or s.input_tokens or s.cost for s in chat.steps if isinstance(s, Event))
    nothing = (None, None, None, None)
    assert [row[1:] for row in events(alice, importers.record(alice, two_projects.a, chat))] == [
        *[(1, None, *nothing)] * 3,
        *[(1, None, "weather", None, None, None)] * 2,
        *[(1, None, *nothing)] * 3,
    ]
    rows = events(alice, importers.record(alice, two_projects.a, bug))
    returned = [row[3] for row in rows if row[0] == "tool.returned"]
    assert [row[3] for row in rows if row[0] == "tool.called"] == returned == ["ls", "lost", "submit"]
    assert rows[-1] == ("metric.recorded", 1, None, None, 10, 3, Decimal("0.25"))


ODD = "x" * 300


def test_what_fits_no_contract_stays_in_the_message(write: Write, two_projects: TwoProjects, alice: Connection) -> None:
    function = {"name": f"{ODD} a b", "arguments": 7}
    messages = [
        {"role": "user", "name": 7, "content": 1.5},
        {"role": ODD, "name": ODD, "content": {"deep": True}},
        {"role": "user\x00", "name": None},
        {"role": "", "content": False},
        {"role": "assistant", "content": 0, "tool_calls": [{"id": ODD, "function": function}]},
        {"role": "assistant", "function_call": {"name": {"a": 1}}},
        {"role": "tool", "tool_call_id": ODD, "name": ODD, "content": 5},
        {"role": "tool", "tool_call_id": 5, "name": []},
    ]
    (draft,) = importers.read(write("odd.json", messages))
    run_id = importers.record(alice, two_projects.a, draft)
    assert ReplayManager(alice).state_at(run_id) == {"messages": messages}
    assert {row[1] for row in events(alice, run_id)} == {1}
    told = [dict(e.payload or {}) for e in ReplayManager(alice).recorded(run_id)]
    assert told[2:6] == [{"role": "user"}, {"content": {"deep": True}}, {}, {}]
    assert [(p["gen_ai.tool.name"], "gen_ai.tool.call.id" in p) for p in (told[7], told[10])] == [
        (ODD[:100], False)
    ] * 2


@pytest.mark.parametrize(
    ("stats", "figures"),
    [
        ({"tokens_sent": 1_000_000_001, "tokens_received": 3}, (None, 3, None)),
        ({"tokens_sent": -1, "tokens_received": 2.0, "instance_cost": 1e-20}, (None, None, Decimal(0))),
        (
            {"tokens_sent": True, "instance_cost": 0.1234567890123456789e-3},
            (None, None, Decimal("0.000123456789012346")),
        ),
        ({"tokens_sent": 5, "instance_cost": 1e12, "name": 5, "value": "x", "cost": "y"}, (5, None, None)),
        ({"tokens_sent": "many", "tokens_received": None, "instance_cost": 1}, (None, None, Decimal(1))),
        ({"instance_cost": 123456789012.25}, (None, None, Decimal("123456789012.25"))),
    ],
)
def test_figures_that_no_column_takes_are_kept_aside(
    write: Write, two_projects: TwoProjects, alice: Connection, stats: Any, figures: tuple[Any, ...]
) -> None:
    (draft,) = importers.read(write("bug.traj", {**TRAJECTORY, "info": {"exit_status": None, "model_stats": stats}}))
    run_id = importers.record(alice, two_projects.a, draft)
    assert events(alice, run_id)[-1] == ("metric.recorded", 1, None, None, *figures)
    metric, failed = ReplayManager(alice).recorded(run_id)[-2:]
    assert metric.payload is not None and metric.payload["model_stats"] == stats
    assert failed.payload is not None and failed.payload["error.type"] == "no_exit_status"


def test_an_export_keeps_columns_that_the_payload_tells_otherwise(
    write: Write, two_projects: TwoProjects, alice: Connection
) -> None:
    runs, replay = RunManager(alice), ReplayManager(alice)
    run_id = runs.create(two_projects.a, "chat")
    payload = {"gen_ai.response.model": "m-1", "gen_ai.usage.input_tokens": 7, "cost": 0.25}
    runs.append(run_id, "model.responded", payload)
    runs.append(run_id, "model.responded", payload, model="m-2", input_tokens=8, cost=Decimal("0.50"))
    (draft,) = importers.read(write("columns.jsonl", exported(alice, run_id)))
    again = importers.record(alice, two_projects.a, draft)
    assert [columns(e) for e in replay.recorded(again)] == [columns(e) for e in replay.recorded(run_id)]
    assert [row[2:] for row in events(alice, again)] == [
        ("m-1", None, 7, None, Decimal("0.25")),
        ("m-2", None, 8, None, Decimal("0.50")),
    ]


def test_a_payload_that_breaks_its_contract_is_not_imported(
    write: Write, two_projects: TwoProjects, alice: Connection
) -> None:
    document = json.loads(sample().read_text())
    next(e for e in document["events"] if e.get("event_type") == "stage.entered")["payload"] = {"stage": 5}
    (draft,) = importers.read(write("recording.json", document))
    before = len(RunManager(alice).list(limit=1000))
    with pytest.raises(errors.ContractViolation) as caught:
        importers.record(alice, two_projects.a, draft)
    assert caught.value.detail is not None
    assert caught.value.detail["subject"] == "stage.entered"
    assert [(v["pointer"], v["keyword"]) for v in caught.value.detail["violations"]] == [("/stage", "type")]
    assert len(RunManager(alice).list(limit=1000)) == before


# Configs


def test_the_same_config_is_registered_once_however_often_it_comes(
    write: Write, two_projects: TwoProjects, alice: Connection
) -> None:
    runs = RunManager(alice)
    other = [{"role": "system", "content": "Be long."}, *CHAT[1:]]
    for messages in (CHAT, other, CHAT, other, CHAT):
        (draft,) = importers.read(write("idempotent.json", messages))
        importers.record(alice, two_projects.a, draft)
    assert len(runs.config_history(two_projects.a, "prompt", "idempotent.system")) == 2


def test_a_label_that_someone_moved_stays_where_it_is(two_projects: TwoProjects, alice: Connection) -> None:
    runs, replay = RunManager(alice), ReplayManager(alice)
    (draft,) = importers.read(sample())
    pinned = [
        c.version for c in replay.resolve(importers.record(alice, two_projects.a, draft)).configs if c.slot == "prompt"
    ]
    assert pinned == [2]
    runs.label_config(two_projects.a, "prompt", "pipeline-doctor", "production", 1)
    again = replay.resolve(importers.record(alice, two_projects.a, draft))
    assert [c.version for c in again.configs if c.slot == "prompt"] == [1]


# The sample


def test_the_sample_is_a_whole_story(two_projects: TwoProjects, alice: Connection) -> None:
    (draft,) = importers.read(sample())
    run_id = importers.record(alice, two_projects.a, draft)
    run, events = RunManager(alice).get(run_id), ReplayManager(alice).recorded(run_id)
    kinds = {e.event_type for e in events}
    assert run.status == "completed" and 35 <= run.events <= 60
    assert {"stage.entered", "error.raised", "guardrail.tripped", "handoff.made", "artifact.attached"} <= kinds
    assert {type(e.state_delta) for e in events} == {list, dict, type(None)}
    assert run.input_tokens and run.output_tokens and run.cost
    (artifact,) = RunManager(alice).artifacts(run_id)
    assert artifact.uri is not None
    report = sample().parent / Path(artifact.uri.removeprefix("file:")).name
    assert artifact.size_bytes == len(report.read_bytes())
    seqs = [s["seq"] for s in json.loads(sample().read_text())["events"]]
    assert seqs == [e.seq for e in events][2:]


# Our own export


def exported(connection: Connection, run_id: UUID) -> str:
    return "".join(line + "\n" for line in export.lines(connection, run_id))


@pytest.fixture(scope="module")
def original(two_projects: TwoProjects, alice: Connection) -> UUID:
    (draft,) = importers.read(sample())
    return importers.record(alice, two_projects.a, draft)


def columns(event: Any) -> tuple[Any, ...]:
    """What an imported event has in common with its source: all but hashes, times of recording, and the run's rows."""
    lifecycle = event.event_type.startswith(("run.", "artifact."))
    figures = (event.input_tokens, event.output_tokens, event.cost, event.model, event.tool, event.tags)
    if lifecycle:
        return (event.seq, event.event_type, event.parent_seq, event.state_delta, *figures)
    return (
        event.seq,
        event.event_type,
        event.parent_seq,
        event.state_delta,
        *figures,
        event.payload,
        event.occurred_at,
    )


def test_an_export_imports_as_a_new_run_that_names_its_source(
    write: Write, two_projects: TwoProjects, alice: Connection, original: UUID
) -> None:
    runs, replay = RunManager(alice), ReplayManager(alice)
    (draft,) = importers.read(write("run.jsonl", exported(alice, original)))
    again = importers.record(alice, two_projects.a, draft)
    assert again != original
    metadata = runs.request(again).metadata
    assert metadata is not None and metadata["environment"] == "production"
    last = replay.verify(original)
    assert last.last_hash is not None
    source = metadata["source"]
    assert (source["run_id"], source["last_hash"]) == (str(original), last.last_hash.hex())
    assert source["earlier"]["file"] == sample().name
    before, after = replay.recorded(original), replay.recorded(again)
    assert [columns(e) for e in after] == [columns(e) for e in before]
    assert [replay.state_at(again, e.seq) for e in after] == [replay.state_at(original, e.seq) for e in before]
    assert replay.resolve(again).configs == replay.resolve(original).configs
    assert [a.sha256 for a in runs.artifacts(again)] == [a.sha256 for a in runs.artifacts(original)]
    assert replay.verify(again)


def test_an_export_holds_what_verifies_the_chain(alice: Connection, original: UUID) -> None:
    header, *lines, end = (json_text.loads(line) for line in exported(alice, original).splitlines())
    events = [line for line in lines if line["type"] == "event"]
    assert end == {
        "type": "end",
        "events": len(events),
        "artifacts": 1,
        "last_seq": len(events),
        "last_hash": events[-1]["event_hash"],
    }
    assert header["last_hash"] == end["last_hash"] and header["run"]["salt"]
    described = alice.execute("select * from hypermind.run_events limit 0").description
    assert described is not None
    assert set(events[0]) == {"type", *(column.name for column in described)}
    assert all(len(e["event_hash"]) == 64 and e["salt"] and e["recorded_at"].endswith("Z") for e in events)
    assert {p["slot"] for p in header["pins"]} >= {"prompt", "agent", "tool:run_sql"}
    assert all(p["content"] and len(p["content_sha256"]) == 64 for p in header["pins"])


def test_a_fork_imports_with_its_base_state_and_all_seqs_move_by_one(
    write: Write, two_projects: TwoProjects, alice: Connection, original: UUID
) -> None:
    runs, replay = RunManager(alice), ReplayManager(alice)
    child = replay.fork(original, 26, state_patch={"note": "a\x00b"}, metadata={"why": "test"})
    runs.start(child)
    called = runs.append(child, "tool.called", {"n": 1}, tool="x")
    runs.append(child, "tool.returned", {"n": 2}, {"answer": 42}, parent_seq=called)
    runs.request_cancel(child, "enough \x00")
    (draft,) = importers.read(write("fork.jsonl", exported(alice, child)))
    again = importers.record(alice, two_projects.a, draft)
    assert runs.get(again).status == "running" and runs.cancel_requested(again)
    assert [e.event_type for e in replay.recorded(again)][:3] == ["run.created", "custom.base_state", "run.started"]
    for seq in range(1, 5):
        assert replay.state_at(again, seq + 1) == replay.state_at(child, seq)
    returned = replay.recorded(again, 5, 5)[0]
    assert (returned.event_type, returned.parent_seq) == ("tool.returned", called + 1)
    assert replay.recorded(again, 6, 6)[0].payload == replay.recorded(child, 5, 5)[0].payload
    metadata = runs.request(again).metadata
    assert metadata is not None
    assert [entry["run_id"] for entry in metadata["source"]["lineage"]] == [str(original)]


def test_a_run_of_another_project_is_not_exported(two_projects: TwoProjects, original: UUID) -> None:
    with pytest.raises(errors.RunNotFound):
        list(export.lines(two_projects.connect("bob"), original))


def test_numbers_keep_their_digits_through_export_and_import(
    write: Write, two_projects: TwoProjects, alice: Connection
) -> None:
    runs, replay = RunManager(alice), ReplayManager(alice)
    run_id = runs.create(two_projects.a, "chat")
    digits = '{"n": 1234567890.12345678901234567890, "i": 123456789012345678901234567890, "z": 0.10}'
    alice.execute("select hypermind.append_event(%s, 'custom.number', %s::jsonb)", (run_id, digits))
    text = exported(alice, run_id)
    assert "1234567890.12345678901234567890" in text and "0.10" in text
    (draft,) = importers.read(write("numbers.jsonl", text))
    again = importers.record(alice, two_projects.a, draft)
    assert replay.recorded(again, 2, 2)[0].payload == replay.recorded(run_id, 2, 2)[0].payload


# Malformed files


def mangled(change: Callable[[list[dict[str, Any]]], Any]) -> Callable[[list[str]], str]:
    def apply(lines: list[str]) -> str:
        rows = [json.loads(line) for line in lines]
        change(rows)
        return "".join(json.dumps(row) + "\n" for row in rows)

    return apply


@pytest.mark.parametrize(
    ("change", "line", "problem"),
    [
        (lambda lines: "\n".join(lines[:-1]), 53, "ends before"),
        (lambda lines: "\n".join(lines[:9]) + '\n{"type": "ev', 10, "not JSON"),
        (lambda lines: "\n".join(lines[1:]), 1, "known format"),
        (mangled(lambda rows: rows.pop(10)), 53, "event 10 is missing"),
        (mangled(lambda rows: rows[0].update(version=2)), 1, "version 2"),
        (mangled(lambda rows: rows[-1].update(events=3)), 54, "should have 3 events"),
        (mangled(lambda rows: rows[-1].update(last_hash="00")), 54, "hash"),
        (mangled(lambda rows: rows[5].pop("payload")), 6, "payload"),
        (mangled(lambda rows: rows[5].update(occurred_at="yesterday")), 6, "yesterday"),
        (mangled(lambda rows: rows[5].update(parent_seq=9)), 6, "parent_seq"),
        (mangled(lambda rows: rows[0]["run"].pop("mode")), 1, "mode"),
        (mangled(lambda rows: rows[8].update(type="strange")), 9, "strange"),
        (mangled(lambda rows: rows.insert(3, rows[0])), 4, "type 'run'"),
    ],
)
def test_a_damaged_export_is_refused_with_its_line(
    write: Write, alice: Connection, original: UUID, change: Callable[[list[str]], str], line: int, problem: str
) -> None:
    path = write("run.jsonl", change(exported(alice, original).splitlines()))
    with pytest.raises(TraceFileError, match=problem) as caught:
        list(importers.read(path))
    assert (caught.value.file, caught.value.line) == (str(path), line)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("empty.json", "", 1),
        ("truncated.json", '[{"messages": []},\n{"messages": [\n', 3),
        ("cut_list.json", '[{"messages": []}\n', 2),
        ("unknown.json", {"a": 1}, 1),
        ("no_messages.json", '[{"messages": []},\n\n {"other": 1}]', 3),
        ("no_role.json", '[\n{"messages": [{"content": "x"}]}]', 2),
        ("nan.json", '[{"messages": [{"role": "user", "content": NaN}]}]', 1),
        ("deep.json", "[" * 100_000, 1),
        ("latin1.json", b'[{"messages": [\n"\xe9"]}]', 2),
        ("bad_line.jsonl", '{"messages": []}\n\n{"messages": [}\n', 3),
        ("wrong.traj", {"trajectory": []}, 1),
        ("scalar.traj", {"trajectory": [1], "history": []}, 1),
        ("garbage.traj", "\x00\x01", 1),
        ("recording.json", {"format": "hypermindlabs.recording", "version": 9}, 1),
        ("recording2.json", {"format": "hypermindlabs.recording", "version": 1, "configs": [], "run": {}}, 1),
    ],
)
def test_a_malformed_file_is_refused_with_its_line(write: Write, name: str, content: Any, line: int) -> None:
    path = write(name, content)
    with pytest.raises(TraceFileError) as caught:
        list(importers.read(path))
    assert caught.value.line == line
    assert caught.value.hint and str(caught.value).startswith(f"{path}:{line}: ")


def test_a_run_that_the_database_refuses_leaves_nothing(
    write: Write, two_projects: TwoProjects, alice: Connection
) -> None:
    runs = RunManager(alice)
    rows = [json.loads(line) for line in exported(alice, runs.create(two_projects.a, "chat")).splitlines()]
    event = {**rows[1], "seq": 2, "event_type": "custom.x", "state_delta": [{"op": "remove", "path": "/none"}]}
    rows[1:2] = [rows[1], event]
    rows[-1].update(events=2, last_hash=event["event_hash"])
    rows[0]["pins"] = [{"slot": "p", "kind": "prompt", "name": "never", "content": {}}]
    (draft,) = jsonl.read(write("bad.jsonl", "".join(json.dumps(row) + "\n" for row in rows)))
    before = len(runs.list(limit=1000))
    with pytest.raises(errors.BadStateDelta):
        importers.record(alice, two_projects.a, draft)
    assert len(runs.list(limit=1000)) == before
    assert runs.config_history(two_projects.a, "prompt", "never") == []


def test_batches_of_a_long_run(two_projects: TwoProjects, alice: Connection, write: Write) -> None:
    messages = [{"role": "user", "content": f"{n}"} for n in range(2_500)]
    (draft,) = importers.read(write("long.json", messages))
    told: list[int] = []
    run_id = importers.record(alice, two_projects.a, draft, told.append)
    assert told == [1, 1000, 1000, 500, 1]
    assert ReplayManager(alice).state_at(run_id)["messages"] == messages
    assert ReplayManager(alice).state_at(run_id, 1_702)["messages"] == messages[:1_700]
