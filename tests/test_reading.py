"""What there is, found: lists, timelines, searches and figures, by the sync and by the async managers alike."""

import asyncio
import hashlib
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

import psycopg
import pytest
from conftest import days_around

from hypermindlabs import Lab, NewEvent, connect, connect_async, errors

DIGEST = hashlib.sha256(b"chart").digest()
LONG_AGO = datetime(2021, 3, 4, 12, tzinfo=UTC)
DAYS_AROUND = days_around()
AN_HOUR_AROUND = (datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1))


class Ask(Protocol):
    def __call__(self, method: str, *words: Any, person: str = "alice", **options: Any) -> Any: ...


class Made(NamedTuple):
    """Runs of project a that alice made, oldest first."""

    old: uuid.UUID
    failed: uuid.UUID
    done: uuid.UUID
    child: uuid.UUID
    open: uuid.UUID
    foreign: uuid.UUID


@pytest.fixture(scope="module")
def labs(two_projects: Any) -> Iterator[dict[str, Lab]]:
    opened = {person: connect(two_projects.dsn_of(person)) for person in ("alice", "bob", "carol", "oscar", "audrey")}
    yield opened
    for lab in opened.values():
        lab.close()


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest, labs: dict[str, Lab], two_projects: Any) -> Ask:
    """Calls a method of a person's RunManager or AsyncRunManager."""

    def sync(method: str, *words: Any, person: str = "alice", **options: Any) -> Any:
        return getattr(labs[person].runs, method)(*words, **options)

    def async_(method: str, *words: Any, person: str = "alice", **options: Any) -> Any:
        async def work() -> Any:
            async with connect_async(two_projects.dsn_of(person), max_size=1) as lab:
                return await getattr(lab.runs, method)(*words, **options)

        return asyncio.run(work())

    return sync if request.param == "sync" else async_


@pytest.fixture(scope="module")
def made(labs: dict[str, Lab], two_projects: Any) -> Made:
    alice, project = labs["alice"], two_projects.a
    for text in ("Be brief.", "Be brief and kind."):
        version = alice.runs.register_config(project, "prompt", "support", {"text": text})
    alice.runs.label_config(project, "prompt", "support", "production", version)

    old = labs["oscar"].runs.create(project, "batch", run_id=id_at(LONG_AGO), owner="archive")
    labs["oscar"].runs.append(old, "message.added", {"role": "user", "content": "An ancient zeppelin."})

    failed = alice.runs.create(
        project,
        "chat",
        agent="helper",
        model="m-1",
        owner="ops",
        tags=["urgent", "eu"],
        metadata={"title": "A zeppelin\x00 is late"},
        configs={"system": {"kind": "prompt", "name": "support", "version": 1}},
    )
    record(alice, failed)
    alice.runs.fail(failed, {"error.type": "timeout"})

    done = alice.runs.create(
        project,
        "chat",
        model="m-2",
        tags=["eu"],
        configs={"system": {"kind": "prompt", "name": "support", "label": "production"}},
    )
    alice.runs.start(done)
    alice.runs.append(done, "message.added", {"role": "user", "content": "Which airship, the red one?"})
    alice.runs.complete(done)

    child = alice.replay.fork(failed, 4)
    running = alice.runs.create(project, "workflow", owner="ops")
    record(alice, running)

    foreign = labs["bob"].runs.create(two_projects.b, "chat", owner="ops", tags=["eu"])
    record(labs["bob"], foreign)
    return Made(old, failed, done, child, running, foreign)


def id_at(moment: datetime) -> uuid.UUID:
    random = int.from_bytes(os.urandom(10))
    return uuid.UUID(
        int=int(moment.timestamp() * 1000) << 80 | 7 << 76 | (random >> 68) << 64 | 2 << 62 | random & (1 << 62) - 1
    )


def record(lab: Lab, run: uuid.UUID) -> None:
    """Events 3 to 7 of a run: a question, a model's answer with a tool's call and return in it, an artifact."""
    lab.runs.start(run)
    at = datetime.now(UTC)
    steps: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("message.added", {"role": "user", "content": "Where is the\x1b[31mred\u202e ⟦ zeppelin ⟧?\x00"}, {}),
        ("model.requested", {"gen_ai.request.model": "m-1"}, {"model": "m-1"}),
        (
            "model.responded",
            {"content": "I look for the zeppelin."},
            {"parent_seq": 4, "input_tokens": 100, "output_tokens": 20, "cost": Decimal("0.5")},
        ),
        ("tool.called", {"gen_ai.tool.call.arguments": {"ship": "zeppelin"}}, {"tool": "radar", "parent_seq": 5}),
        (
            "tool.returned",
            {"gen_ai.tool.call.result": "nothing found"},
            {"tool": "radar", "parent_seq": 6, "occurred_at": at + timedelta(seconds=5)},
        ),
    ]
    for number, (event_type, payload, fields) in enumerate(steps):
        given = {"occurred_at": at + timedelta(seconds=number), **fields}
        lab.runs.append(run, event_type, payload, **given)
    lab.runs.attach(run, "chart", f"s3://b/{run}", DIGEST, 5, media_type="image/png", parent_seq=7, metadata={"n": 1})


# Lists


FILTERS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "status": ({"status": "failed"}, {"failed"}),
    "mode": ({"mode": "workflow"}, {"open"}),
    "agent": ({"agent": "helper"}, {"failed", "child"}),
    "model": ({"model": "m-2"}, {"done"}),
    "owner": ({"owner": "ops"}, {"failed", "open"}),
    "a tag": ({"tags": ["eu"]}, {"failed", "done"}),
    "tags": ({"tags": ["eu", "urgent"]}, {"failed"}),
    "no tags": ({"tags": []}, {"old", "failed", "done", "child", "open"}),
    "tool": ({"tool": "radar"}, {"failed", "open"}),
    "config": ({"config_kind": "prompt", "config_name": "support"}, {"failed", "done", "child"}),
    "version": ({"config_kind": "prompt", "config_name": "support", "config_version": 2}, {"done"}),
    "until": ({"until": LONG_AGO + timedelta(seconds=1)}, {"old"}),
    "since": ({"since": LONG_AGO + timedelta(seconds=1)}, {"failed", "done", "child", "open"}),
    "all at once": ({"status": "failed", "mode": "chat", "owner": "ops", "tool": "radar", "tags": ["eu"]}, {"failed"}),
    "workspace": ({"workspace": "lab", "tags": ["urgent"]}, {"failed"}),
    "another workspace": ({"workspace": "none"}, set()),
    "nobody's": ({"owner": "nobody"}, set()),
}


@pytest.mark.parametrize("name", FILTERS)
def test_runs_pass_every_filter(ask: Ask, made: Made, two_projects: Any, name: str) -> None:
    filters, expected = FILTERS[name]
    found = ask("list", **filters)
    assert [run.run_id for run in found] == sorted((getattr(made, each) for each in expected), reverse=True)
    assert all(run.project_id == two_projects.a for run in found)


def test_runs_of_a_parent(ask: Ask, made: Made) -> None:
    assert [run.run_id for run in ask("list", parent_run_id=made.failed)] == [made.child]


def test_a_listed_run_says_what_it_is(ask: Ask, made: Made) -> None:
    (run,) = ask("list", status="failed")
    assert (run.workspace, run.project, run.agent, run.title) == ("lab", "a", "helper", "A zeppelin\ufffd is late")
    assert (run.events, run.input_tokens, run.output_tokens, run.cost) == (9, 100, 20, Decimal("0.5"))
    assert run.is_closed and run.duration == run.ended_at - run.created_at
    running = ask("list", mode="workflow")[0]
    assert (running.events, running.cost, running.title, running.is_closed) == (8, None, None, False)


PAGED: dict[str, tuple[str, tuple[Any, ...], dict[str, Any]]] = {
    "list": ("list", (), {}),
    "of_config": ("of_config", ("prompt", "support"), {}),
    "activity": ("activity", AN_HOUR_AROUND, {}),
    "find_artifacts": ("find_artifacts", (), {}),
    "search": ("search", ("zeppelin or airship",), {}),
}


@pytest.mark.parametrize("name", PAGED)
def test_pages_join_without_gap_or_repetition(ask: Ask, made: Made, two_projects: Any, name: str) -> None:
    method, words, options = PAGED[name]
    if method == "of_config":
        words = (two_projects.a, *words)
    whole = ask(method, *words, **options, limit=1000)
    assert len(whole) >= 2
    pages: list[Any] = []
    while page := ask(method, *words, **options, limit=2, cursor=pages[-1].cursor if pages else None):
        assert len(page) <= 2
        pages += page
    # An open run lasts until now.
    assert [each.cursor for each in pages] == [each.cursor for each in whole]
    assert pages[0].run_id == whole[0].run_id


def test_who_used_a_configuration(ask: Ask, made: Made, two_projects: Any) -> None:
    found = {run.run_id: run for run in ask("of_config", two_projects.a, "prompt", "support")}
    assert set(found) == {made.failed, made.done, made.child}
    used = found[made.done]
    assert (used.slots, used.versions, used.labels, used.status) == (["system"], [2], ["production"], "completed")
    assert found[made.failed].labels == [None]
    first = ask("of_config", two_projects.a, "prompt", "support", version=1, status="failed")
    assert [(run.run_id, run.title) for run in first] == [(made.failed, "A zeppelin\ufffd is late")]
    assert ask("of_config", two_projects.a, "prompt", "none") == []


def test_artifacts_by_what_they_are(ask: Ask, made: Made) -> None:
    both = [made.open, made.failed]
    for filters in ({"kind": "chart"}, {"media_type": "image/png"}, {"sha256": DIGEST}, {"workspace": "lab"}):
        found = ask("find_artifacts", **filters)
        assert [artifact.run_id for artifact in found] == both
        assert (found[0].uri, found[0].metadata, found[0].seq) == (f"s3://b/{made.open}", {"n": 1}, 8)
    assert [artifact.run_id for artifact in ask("find_artifacts", run_id=made.failed)] == [made.failed]
    assert ask("find_artifacts", sha256=hashlib.sha256(b"").digest()) == []
    assert ask("find_artifacts", until=LONG_AGO) == []


def test_what_happened_between_two_moments(ask: Ask, made: Made) -> None:
    found = ask("activity", *AN_HOUR_AROUND, types=["tool.called"])
    assert [(entry.run_id, entry.seq, entry.tool) for entry in found] == [
        (made.open, 6, "radar"),
        (made.failed, 6, "radar"),
    ]
    assert found[0].preview == '{"ship": "zeppelin"}'
    assert ask("activity", LONG_AGO, LONG_AGO + timedelta(days=31)) == []


# One run


def test_a_timeline_has_depths_gaps_and_durations(ask: Ask, made: Made) -> None:
    found = ask("timeline", made.open)
    assert [entry.seq for entry in found] == list(range(1, 9))
    assert [entry.depth for entry in found] == [0, 0, 0, 0, 1, 2, 3, 4]
    asked, answered, called, returned = found[3:7]
    assert [e.duration for e in (asked, answered, called)] == [timedelta(seconds=n) for n in (1, 1, 2)]
    assert (called.gap, returned.gap) == (timedelta(seconds=1), timedelta(seconds=2))
    assert (found[0].gap, found[2].duration) == (None, None)
    assert (answered.input_tokens, answered.cost, answered.preview) == (100, Decimal("0.5"), "I look for the zeppelin.")
    assert found[2].preview == "Where is the [31mred  ⟦ zeppelin ⟧?\ufffd"
    assert not any(entry.erased or entry.has_state_delta for entry in found)


def test_a_timeline_comes_in_pages_and_by_type(ask: Ask, made: Made) -> None:
    whole = ask("timeline", made.failed)
    pages: list[Any] = []
    while page := ask("timeline", made.failed, after_seq=pages[-1].seq if pages else 0, limit=4):
        pages += page
    assert pages == whole
    answers = ask("timeline", made.failed, types=["model.responded", "tool.returned"])
    assert answers == [whole[4], whole[6]]
    assert ask("timeline", made.failed, types=["none.such"]) == []


def test_the_tail_of_a_live_run(ask: Ask, labs: dict[str, Lab], two_projects: Any) -> None:
    lab = labs["alice"]
    run = lab.runs.create(two_projects.a, "chat", owner="tail")
    last = 0
    for n in range(3):
        lab.runs.append_many(run, [NewEvent("token.streamed", {"n": n})] * 2)
        new = ask("timeline", run, after_seq=last)
        assert [entry.seq for entry in new] == list(range(last + 1, last + len(new) + 1))
        last = new[-1].seq
    assert last == 7
    lab.runs.cancel(run)


# Searches


SEARCHES: dict[str, tuple[str, dict[str, Any], list[tuple[str, int]]]] = {
    "a word": (
        "Zeppelin",
        {"since": LONG_AGO + timedelta(1), "types": ["message.added"]},
        [("open", 3), ("failed", 3)],
    ),
    "two words": ("zeppelin look", {}, [("open", 5), ("failed", 5)]),
    "a phrase": ('"the zeppelin"', {}, [("open", 5), ("failed", 5)]),
    "either": ("ancient or airship", {}, [("done", 3), ("old", 2)]),
    "without": ("zeppelin -look -where", {"until": LONG_AGO + timedelta(1)}, [("old", 2)]),
    "types": ("zeppelin", {"types": ["tool.called", "note.added"]}, [("open", 6), ("failed", 6)]),
    "tool": ("nothing", {"tool": "radar"}, [("open", 7), ("failed", 7)]),
    "another tool": ("nothing", {"tool": "sonar"}, []),
    "model": ("zeppelin", {"model": "m-9"}, []),
    "workspace": ("airship", {"workspace": "lab"}, [("done", 3)]),
    "absent": ("dirigible", {}, []),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_finds_events(ask: Ask, made: Made, name: str) -> None:
    query, filters, expected = SEARCHES[name]
    found = ask("search", query, **filters)
    assert [(hit.run_id, hit.seq) for hit in found] == [(getattr(made, run), seq) for run, seq in expected]
    assert all("⟦" in hit.snippet and not hit.truncated for hit in found)


def test_a_search_in_one_run(ask: Ask, made: Made, two_projects: Any) -> None:
    found = ask("search", "zeppelin", run_id=made.failed, project_id=two_projects.a)
    assert [hit.seq for hit in found] == [6, 5, 3]
    assert all(hit.run_id == made.failed for hit in found)


def test_a_snippet_has_no_markers_but_the_searchs_and_nothing_to_act_on(ask: Ask, made: Made) -> None:
    hit = ask("search", "zeppelin", run_id=made.open, types=["message.added"])[0]
    assert hit.snippet.count("⟦") == 1 and "⟦zeppelin⟧" in hit.snippet
    assert not set(hit.snippet) & {"\x1b", "\u202e", "\x00"}


def test_a_long_text_is_said_to_be_cut(ask: Ask, labs: dict[str, Lab], two_projects: Any) -> None:
    lab = labs["alice"]
    run = lab.runs.create(two_projects.a, "chat", owner="long")
    text = f"beginning {'word ' * 30_000} finale"
    lab.runs.append(run, "message.added", {"role": "user", "content": text})
    assert [hit.truncated for hit in ask("search", "beginning", run_id=run)] == [True]
    assert ask("search", "finale", run_id=run) == []
    lab.runs.cancel(run)


# Figures


def test_figures_are_right_before_and_after_a_refresh(ask: Ask, labs: dict[str, Lab], two_projects: Any) -> None:
    lab, project, day = labs["oscar"], two_projects.a, date(2020, 2, 2)
    model = f"m-{uuid.uuid4()}"
    for cost in ("0.5", "0.25"):
        run = lab.runs.create(
            project, "chat", model=model, run_id=id_at(datetime(2020, 2, 2, 12, tzinfo=UTC)), owner="figures"
        )
        lab.runs.append(run, "model.responded", {"content": "x"}, input_tokens=10, output_tokens=2, cost=Decimal(cost))
        lab.runs.cancel(run)

    def asked() -> Any:
        found = ask("rollup", day, day + timedelta(days=1), project_id=project, group_by=["model", "status"])
        return [figures for figures in found if figures.model == model]

    before = asked()
    while lab.runs.refresh_rollups(1) == 1:
        pass
    (after,) = asked()
    assert [after] == before
    assert (after.basis, after.status, after.runs, after.events, after.day) == ("run", "cancelled", 2, 6, None)
    assert (after.input_tokens, after.output_tokens, after.cost) == (20, 4, Decimal("0.75"))
    assert after.durations == 2 and after.p50 > 0 and after.p99 >= after.p50


def test_figures_of_events_and_of_all(ask: Ask, made: Made, two_projects: Any) -> None:
    by_tool = ask("rollup", *DAYS_AROUND, basis="event", group_by=("tool", "event_type"), workspace="lab")
    (returned,) = [f for f in by_tool if (f.tool, f.event_type) == ("radar", "tool.returned")]
    assert (returned.basis, returned.runs, returned.events, returned.durations) == ("event", None, 2, 2)
    assert returned.p50 == pytest.approx(2, rel=0.05)
    (total,) = ask("rollup", *DAYS_AROUND, basis="event", group_by=[])
    assert total.events == sum(figures.events for figures in by_tool)
    by_day = ask("rollup", *DAYS_AROUND, project_id=two_projects.a)
    runs = ask("list", project_id=two_projects.a, since=AN_HOUR_AROUND[0], limit=1000)
    assert [figures.day for figures in by_day] == sorted({run.created_at.date() for run in runs})
    assert ask("rollup", date(2019, 1, 1), date(2019, 1, 1)) == []


# Who may, and what is refused


def test_who_reads_a_project_finds_what_is_in_it_and_nobody_else(ask: Ask, made: Made, two_projects: Any) -> None:
    for person, seen in (("carol", made.failed), ("bob", made.foreign)):
        assert ask("search", "radar or zeppelin", person=person, since=AN_HOUR_AROUND[0])
        for method, words in (("search", ("zeppelin",)), ("list", ()), ("find_artifacts", ())):
            found = {each.run_id for each in ask(method, *words, person=person)}
            assert seen in found and not found & ({made.foreign, made.failed} - {seen})
    everything = {run.run_id for run in ask("list", person="audrey", limit=1000)}
    assert everything >= set(made)


def test_only_an_operator_refreshes_figures(ask: Ask) -> None:
    assert ask("refresh_rollups", person="oscar", limit=100) <= 100
    for person in ("alice", "carol", "audrey"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask("refresh_rollups", person=person)


Wrong = Callable[[Ask, Any, Made], Any]
UNKNOWN = uuid.UUID("0197e000-0000-7000-8000-000000000000")
REFUSED: dict[str, tuple[type[errors.HypermindError], Wrong]] = {
    "list, foreign project": (errors.ProjectNotFound, lambda a, p, m: a("list", project_id=p.b)),
    "list, no such project": (errors.ProjectNotFound, lambda a, p, m: a("list", project_id=UNKNOWN)),
    "list, project elsewhere": (errors.ProjectNotFound, lambda a, p, m: a("list", project_id=p.a, workspace="x")),
    "list, status": (errors.InvalidArgument, lambda a, p, m: a("list", status="done")),
    "list, mode": (errors.InvalidArgument, lambda a, p, m: a("list", mode="talk")),
    "list, no rows": (errors.InvalidArgument, lambda a, p, m: a("list", limit=0)),
    "list, too many rows": (errors.InvalidArgument, lambda a, p, m: a("list", limit=1001)),
    "list, far too many rows": (errors.InvalidArgument, lambda a, p, m: a("list", limit=2**31)),
    "list, cursor": (errors.InvalidArgument, lambda a, p, m: a("list", cursor="list_runs:x")),
    "list, cursor of a search": (
        errors.InvalidArgument,
        lambda a, p, m: a("list", cursor=a("search", "zeppelin")[0].cursor),
    ),
    "list, megabyte of a cursor": (errors.InvalidArgument, lambda a, p, m: a("list", cursor="x" * 1_000_000)),
    "list, one tag": (errors.InvalidArgument, lambda a, p, m: a("list", tags="eu")),
    "list, NUL": (errors.InvalidArgument, lambda a, p, m: a("list", agent="\x00")),
    "list, no zone": (errors.InvalidArgument, lambda a, p, m: a("list", since=datetime(2026, 1, 1))),
    "list, version of nothing": (errors.InvalidArgument, lambda a, p, m: a("list", config_version=1)),
    "list, no run id": (errors.InvalidRunId, lambda a, p, m: a("list", parent_run_id="x")),
    "config, kind": (errors.InvalidArgument, lambda a, p, m: a("of_config", p.a, "recipe", "support")),
    "config, foreign": (errors.ProjectNotFound, lambda a, p, m: a("of_config", p.b, "prompt", "support")),
    "config, nobody's": (errors.InvalidArgument, lambda a, p, m: a("of_config", None, "prompt", "support")),
    "timeline, foreign": (errors.RunNotFound, lambda a, p, m: a("timeline", m.foreign)),
    "timeline, unknown": (errors.RunNotFound, lambda a, p, m: a("timeline", UNKNOWN)),
    "timeline, rows": (errors.InvalidArgument, lambda a, p, m: a("timeline", m.open, limit=1001)),
    "timeline, one type": (errors.InvalidArgument, lambda a, p, m: a("timeline", m.open, types="run.created")),
    "artifacts, hash": (errors.InvalidArgument, lambda a, p, m: a("find_artifacts", sha256=b"short")),
    "artifacts, foreign run": (errors.RunNotFound, lambda a, p, m: a("find_artifacts", run_id=m.foreign)),
    "artifacts, cursor": (errors.InvalidArgument, lambda a, p, m: a("find_artifacts", cursor="activity:1")),
    "activity, backwards": (errors.InvalidArgument, lambda a, p, m: a("activity", *reversed(AN_HOUR_AROUND))),
    "activity, a year": (
        errors.InvalidArgument,
        lambda a, p, m: a("activity", LONG_AGO, LONG_AGO + timedelta(days=365)),
    ),
    "activity, no zone": (
        errors.InvalidArgument,
        lambda a, p, m: a("activity", datetime(2026, 1, 1), datetime(2026, 1, 2)),
    ),
    "activity, foreign": (errors.ProjectNotFound, lambda a, p, m: a("activity", *AN_HOUR_AROUND, project_id=p.b)),
    "search, nothing": (errors.InvalidArgument, lambda a, p, m: a("search", "")),
    "search, only without": (errors.InvalidArgument, lambda a, p, m: a("search", "-zeppelin")),
    "search, a million": (errors.InvalidArgument, lambda a, p, m: a("search", "zeppelin " * 111_111)),
    "search, NUL": (errors.InvalidArgument, lambda a, p, m: a("search", "zeppelin\x00")),
    "search, half a character": (errors.InvalidArgument, lambda a, p, m: a("search", "\ud83d")),
    "search, foreign run": (errors.RunNotFound, lambda a, p, m: a("search", "zeppelin", run_id=m.foreign)),
    "search, foreign project": (errors.ProjectNotFound, lambda a, p, m: a("search", "zeppelin", project_id=p.b)),
    "search, cursor of a list": (
        errors.InvalidArgument,
        lambda a, p, m: a("search", "zeppelin", cursor=a("list")[0].cursor),
    ),
    "rollup, basis": (errors.InvalidArgument, lambda a, p, m: a("rollup", *DAYS_AROUND, basis="week")),
    "rollup, group": (errors.InvalidArgument, lambda a, p, m: a("rollup", *DAYS_AROUND, group_by=["tool"])),
    "rollup, one group": (errors.InvalidArgument, lambda a, p, m: a("rollup", *DAYS_AROUND, group_by="day")),
    "rollup, backwards": (errors.InvalidArgument, lambda a, p, m: a("rollup", *reversed(DAYS_AROUND))),
    "rollup, a century": (errors.InvalidArgument, lambda a, p, m: a("rollup", date(1926, 1, 1), date(2026, 1, 1))),
    "rollup, a moment": (errors.InvalidArgument, lambda a, p, m: a("rollup", LONG_AGO, DAYS_AROUND[1])),
    "rollup, foreign": (errors.ProjectNotFound, lambda a, p, m: a("rollup", *DAYS_AROUND, project_id=p.b)),
    "refresh, none": (errors.InvalidArgument, lambda a, p, m: a("refresh_rollups", 0, person="oscar")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_has_its_type_and_a_hint(ask: Ask, made: Made, two_projects: Any, name: str) -> None:
    error_class, call = REFUSED[name]
    with pytest.raises(errors.HypermindError) as caught:
        call(ask, two_projects, made)
    assert type(caught.value) is error_class
    assert caught.value.hint


def test_the_same_in_a_transaction_of_the_callers(labs: dict[str, Lab], made: Made, two_projects: Any) -> None:
    with labs["alice"].transaction() as tx:
        run = tx.runs.create(two_projects.a, "chat", owner="just now")
        tx.runs.append(run, "message.added", {"role": "user", "content": "unheard of"})
        assert [found.run_id for found in tx.runs.list(owner="just now")] == [run]
        assert [hit.run_id for hit in tx.runs.search("unheard")] == [run]
        tx.runs.cancel(run)
    listed = labs["alice"].runs.list(owner="just now")[0]
    assert labs["alice"].replica.runs.list(owner="just now") == [replace(listed)]
