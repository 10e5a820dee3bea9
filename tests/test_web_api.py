"""The web service over real HTTP: what its endpoints answer, to whom, and what they refuse."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import harness
import httpx
import jsonschema
import psycopg
import pytest
import web_service
from conftest import days_around, only_with
from prometheus_client.parser import text_string_to_metric_families
from web_service import SECRETS, bearer

from hypermindlabs import Lab, NewEvent, connect, web_ui
from hypermindlabs.cli import main

pytestmark = only_with("system", "the service is the same on any server")

UNKNOWN = UUID("01900000-0000-7000-8000-000000000000")
SHA = hashlib.sha256(b"chart").digest()
EXACT = '{"tiny": 0.00000000000000000000000000000123, "long": 1234567890123456789012345678901.50, "zero": 1.00}'
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Made(NamedTuple):
    """Runs of project a that alice made, and one of bob's in project b."""

    done: UUID
    child: UUID
    open: UUID
    foreign: UUID


@pytest.fixture(scope="module")
def labs(two_projects: Any) -> Iterator[dict[str, Lab]]:
    with ExitStack() as stack:
        yield {person: stack.enter_context(connect(two_projects.dsn_of(person))) for person in SECRETS}


@pytest.fixture(scope="module")
def made(labs: dict[str, Lab], two_projects: Any) -> Made:
    alice = labs["alice"]
    for text in ("Be brief.", "Be kind."):
        alice.runs.register_config(two_projects.a, "prompt", "support/first line", {"text": text})
    alice.runs.label_config(two_projects.a, "prompt", "support/first line", "production", 2)
    done = alice.runs.create(
        two_projects.a,
        "chat",
        agent="helper",
        model="m-1",
        owner="ops",
        tags=["x", "y"],
        input={"question": "Where is my order?"},
        metadata={"title": "A lost order"},
        configs={"system": {"kind": "prompt", "name": "support/first line", "label": "production"}},
    )
    alice.runs.start(done)
    asked = alice.runs.append(done, "model.requested", {"gen_ai.request.model": "m-1"}, model="m-1")
    with alice.transaction() as tx:
        tx.connection.execute(
            "select hypermind.append_event(%s, 'custom.exact', p_payload => %s::text::jsonb, "
            "p_state_delta => %s::text::jsonb)",
            (done, EXACT, '{"exact": %s}' % EXACT),  # noqa: UP031
        )
    alice.runs.append_many(
        done,
        [
            NewEvent(
                "model.responded",
                {"content": "Your parcel \x00 is in \ud83d Bern. <script>alert(1)</script>"},
                parent_seq=asked,
                model="m-1",
                input_tokens=10**9,
                cost=Decimal("0.000000000000000001"),
                state_delta={"messages": ["in\x00Bern"]},
            ),
            NewEvent(
                "tool.called",
                {"gen_ai.tool.name": "track", "gen_ai.tool.call.arguments": {"what": "parcel"}},
                tool="track",
                tags=["t"],
            ),
            NewEvent("tool.returned", {"gen_ai.tool.call.result": "in transit"}, tool="track", parent_seq=6),
        ],
    )
    alice.runs.attach(done, "chart", "s3://bucket/chart", SHA, 5, media_type="image/png", metadata={"dpi": 300})
    alice.runs.complete(done, {"answer": "In Bern."})
    child = alice.replay.fork(done, 4, state_patch={"edited": True})
    open_run = alice.runs.create(two_projects.a, "batch")
    foreign = labs["bob"].runs.create(two_projects.b, "chat", input={"secret": "of b"})
    labs["bob"].runs.append(foreign, "message.added", {"role": "user", "content": "secret parcel"})
    labs["bob"].runs.attach(foreign, "chart", "s3://b/chart", SHA, 5)
    labs["oscar"].runs.refresh_rollups()
    return Made(done, child, open_run, foreign)


@pytest.fixture(scope="module")
def server_dsn(two_projects: Any) -> str:
    return web_service.server_dsn(two_projects.dsn)


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> web_ui.Tokens:
    return web_ui.read_tokens(secret_file(tmp_path_factory.mktemp("tokens") / "tokens.toml", web_service.token_file()))


@pytest.fixture(scope="module")
def address(server_dsn: str, tokens: web_ui.Tokens, made: Made) -> Iterator[str]:
    """A service with tokens."""
    with web_service.running(server_dsn, tokens=tokens, poll_seconds=0.05, heartbeat_seconds=0.3) as url:
        yield url


@pytest.fixture(scope="module")
def local(server_dsn: str, made: Made) -> Iterator[str]:
    """A service without tokens, as alice."""
    with web_service.running(server_dsn, role="alice", poll_seconds=0.05, max_streams=2) as url:
        yield url


@pytest.fixture
def web(address: str) -> Iterator[httpx.Client]:
    """A client of the service with tokens, as alice."""
    with httpx.Client(base_url=address, headers=bearer("alice")) as client:
        yield client


@pytest.fixture
def anybody(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address) as client:
        yield client


@pytest.fixture
def page(local: str) -> Iterator[httpx.Client]:
    """A client of the service without tokens, as its page asks."""
    with httpx.Client(base_url=local, headers={"origin": local}) as client:
        yield client


def secret_file(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def shown(value: Any) -> Any:
    """What a result of the Python functions should be as JSON."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: shown(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shown(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value / timedelta(seconds=1)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, UUID) else value


def exact(value: Any) -> Any:
    """The same, for JSON that was recorded: its numbers are numbers."""
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def ok(response: httpx.Response, status: int = 200) -> Any:
    assert response.status_code == status, response.text
    if status == 204:
        return None
    assert response.headers["content-type"] == "application/json"
    return response.json()


def refused(response: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """Checks that a response is a problem, and returns it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert set(document) == {"type", "title", "status", "detail", "code", "hint", "params"}
    assert (document["status"], document["code"]) == (status, code)
    if code is not None:
        assert document["type"] == f"urn:hypermindlabs:error:{code}"
    assert not {"Traceback", "select ", "hypermind_private", "LINE 1"} & {
        word for word in ("Traceback", "select ", "hypermind_private", "LINE 1") if word in response.text
    }
    return document


# What the endpoints answer


def lists(made: Made, project: UUID) -> dict[str, Callable[[Lab], Any]]:
    """Each address, and the Python call that it stands for."""
    since = datetime.now(UTC) - timedelta(hours=1)
    until = since + timedelta(hours=2)
    span = f"since={since:%Y-%m-%dT%H:%M:%SZ}&until={until:%Y-%m-%dT%H:%M:%SZ}"
    seconds = (since.replace(microsecond=0), until.replace(microsecond=0))
    days = days_around()
    run = f"/api/runs/{made.done}"
    return {
        "/api/runs": lambda lab: lab.runs.list(),
        f"/api/runs?project_id={project}&status=completed&mode=chat&agent=helper&model=m-1&owner=ops&tag=x&tag=y"
        f"&tool=track&config=prompt/support/first%20line@2&{span}&limit=7": lambda lab: lab.runs.list(
            project_id=project,
            status="completed",
            mode="chat",
            agent="helper",
            model="m-1",
            owner="ops",
            tags=["x", "y"],
            tool="track",
            config_kind="prompt",
            config_name="support/first line",
            config_version=2,
            since=seconds[0],
            until=seconds[1],
            limit=7,
        ),
        f"/api/runs?parent={made.done}": lambda lab: lab.runs.list(parent_run_id=made.done),
        "/api/runs?workspace=lab&config=prompt/support/first%20line": lambda lab: lab.runs.list(
            workspace="lab", config_kind="prompt", config_name="support/first line"
        ),
        f"{run}/timeline?after_seq=1&limit=4": lambda lab: lab.runs.timeline(made.done, after_seq=1, limit=4),
        f"{run}/timeline?type=tool.called&type=run.created": lambda lab: lab.runs.timeline(
            made.done, types=["tool.called", "run.created"]
        ),
        f"{run}/events?after_seq=4&limit=3": lambda lab: lab.runs.events(made.done, after_seq=4, limit=3),
        f"{run}/artifacts": lambda lab: lab.runs.find_artifacts(run_id=made.done),
        f"/api/artifacts?kind=chart&media_type=image/png&sha256={SHA.hex()}&run_id={made.done}&project_id={project}"
        f"&{span}": lambda lab: lab.runs.find_artifacts(kind="chart"),
        f"{run}/lineage": lambda lab: lab.replay.lineage(made.done),
        f"/api/search?q=parcel&type=model.responded&model=m-1&project_id={project}&run_id={made.done}&{span}": (
            lambda lab: lab.runs.search("parcel", types=["model.responded"], model="m-1")
        ),
        "/api/search?q=transit&tool=track&workspace=lab": lambda lab: lab.runs.search("transit", tool="track"),
        f"/api/activity?{span}&project_id={project}&type=run.created&limit=2": lambda lab: lab.runs.activity(
            *seconds, types=["run.created"], limit=2
        ),
        f"/api/rollup?from={days[0]}&to={days[1]}&project_id={project}": lambda lab: lab.runs.rollup(*days),
        f"/api/rollup?from={days[0]}&to={days[1]}&basis=event&group_by=tool&group_by=event_type": (
            lambda lab: lab.runs.rollup(*days, basis="event", group_by=["tool", "event_type"])
        ),
        f"/api/rollup?from={days[0]}&to={days[1]}&workspace=lab&group_by=total": (
            lambda lab: lab.runs.rollup(*days, group_by=[])
        ),
        f"/api/configs/prompt/support/first%20line/runs?project_id={project}&version=2&status=completed": (
            lambda lab: lab.runs.of_config(project, "prompt", "support/first line", version=2, status="completed")
        ),
    }


def test_a_list_is_what_the_function_returns(
    web: httpx.Client, labs: dict[str, Lab], made: Made, two_projects: Any, schema: dict[str, Any]
) -> None:
    for url, call in lists(made, two_projects.a).items():
        answer = ok(web.get(url))
        expected = [shown_row(row) for row in call(labs["alice"])]
        # An open run's duration goes on while nothing happens to it only until its last event: nothing moves here.
        assert answer["items"] == expected, url
        assert expected, f"{url} finds nothing: it shows nothing"
        assert set(answer) == {"items", "next_cursor"}
        check_schema(schema, url, answer)


def shown_row(row: Any) -> Any:
    """As shown(), where recorded JSON keeps its numbers."""
    recorded = {"payload", "state_delta", "metadata", "input", "state"}
    return {
        f.name: exact(getattr(row, f.name)) if f.name in recorded else shown(getattr(row, f.name))
        for f in dataclasses.fields(row)
    }


@pytest.fixture(scope="module")
def schema(address: str) -> dict[str, Any]:
    document: dict[str, Any] = httpx.get(f"{address}/openapi.json").json()
    return document


def check_schema(schema: dict[str, Any], url: str, answer: Any, method: str = "get", status: str = "200") -> None:
    """Validates an answer against what the OpenAPI schema says of its path."""
    given = url.partition("?")[0].split("/")
    for path, operations in schema["paths"].items():
        parts = path.split("/")
        if path.startswith("/api/configs/"):
            fits = given[2] == "configs"
        else:
            fits = len(parts) == len(given) and all(
                part == word or part.startswith("{") for part, word in zip(parts, given, strict=True)
            )
        if fits:
            form = operations[method]["responses"][status]["content"]["application/json"]["schema"]
            validator = jsonschema.Draft202012Validator({**form, "components": schema["components"]})
            assert not list(validator.iter_errors(answer)), (url, next(validator.iter_errors(answer)).message)
            return
    raise AssertionError(f"no path for {url}")


def test_one_run_is_what_the_functions_return(
    web: httpx.Client, labs: dict[str, Lab], made: Made, schema: dict[str, Any]
) -> None:
    alice = labs["alice"]
    answer = ok(web.get(f"/api/runs/{made.done}"))
    check_schema(schema, f"/api/runs/{made.done}", answer)
    assert answer["run"] == shown(alice.runs.get(made.done))
    assert answer["run"]["cost"] == "0.000000000000000001"
    asked = alice.runs.request(made.done)
    assert answer["request"] == {"input": asked.input, "metadata": asked.metadata}
    (pinned,) = alice.replay.resolve(made.done).configs
    assert answer["pins"] == [
        {
            "slot": "system",
            "kind": "prompt",
            "name": "support/first line",
            "version": 2,
            "label": "production",
            "content_sha256": pinned.content_sha256,
        }
    ]
    for seq in (1, 4, 5):
        event = ok(web.get(f"/api/runs/{made.done}/events/{seq}"))
        assert event == shown_row(alice.replay.recorded(made.done, seq, seq)[0])
        check_schema(schema, f"/api/runs/{made.done}/events/{seq}", event)


def test_states_and_contexts_are_what_the_functions_return(
    web: httpx.Client, labs: dict[str, Lab], made: Made, schema: dict[str, Any]
) -> None:
    replay, run = labs["alice"].replay, f"/api/runs/{made.done}"
    last = labs["alice"].runs.get(made.done).last_seq
    assert ok(web.get(f"{run}/state")) == {"seq": last, "state": exact(replay.state_at(made.done))}
    assert ok(web.get(f"{run}/state?seq=0")) == {"seq": 0, "state": {}}
    assert ok(web.get(f"{run}/state?seq=5"))["state"]["messages"] == ["in\x00Bern"]
    patch = ok(web.get(f"{run}/diff?from_seq=5&to_seq=3"))
    assert patch == exact(replay.diff(made.done, 5, 3)) != []
    check_schema(schema, f"{run}/diff", patch)
    for seq in (None, 0, 5):
        context = ok(web.get(f"{run}/replay-context", params={} if seq is None else {"seq": seq}))
        expected = replay.resolve(made.done, seq)
        assert context == {**shown_row(expected), "configs": shown(expected.configs)}
        check_schema(schema, f"{run}/replay-context", context)
    verified = ok(web.get(f"{run}/verification"))
    found = replay.verify(made.done)
    assert found.last_hash is not None
    assert verified == {
        "intact": True,
        "events": found.events,
        "last_seq": last,
        "last_hash": found.last_hash.hex(),
        "problems": [],
    }
    check_schema(schema, f"{run}/verification", verified)


def test_a_run_that_was_tampered_with_is_not_intact(
    web: httpx.Client, labs: dict[str, Lab], two_projects: Any, admin_conn: Any
) -> None:
    run = labs["alice"].runs.create(two_projects.a, "chat")
    labs["alice"].runs.append(run, "note.added", {"n": 1})
    query = "select tableoid::regclass::text from hypermind.run_events where run_id = %s limit 1"
    (leaf,) = admin_conn.execute(query, (run,)).fetchone()
    for statement in (
        f"alter table {leaf} disable trigger all",
        f"update {leaf} set payload = '{{\"n\": 2}}' where run_id = '{run}' and seq = 2",
        f"alter table {leaf} enable trigger all",
    ):
        admin_conn.execute(statement)
    names = admin_conn.execute("select tgname from pg_trigger where tgrelid = %s::regclass", (leaf,)).fetchall()
    for (name,) in names:
        admin_conn.execute(f'alter table {leaf} enable always trigger "{name}"')
    answer = ok(web.get(f"/api/runs/{run}/verification"))
    assert not answer["intact"]
    assert answer["problems"][0]["seq"] == 2
    assert "not what was recorded" in answer["problems"][0]["problem"]


def test_numbers_have_the_digits_that_were_recorded(web: httpx.Client, made: Made) -> None:
    run = f"/api/runs/{made.done}"
    for url in (
        f"{run}/events/4",
        f"{run}/events",
        f"{run}/state",
        f"{run}/replay-context",
        f"{run}/diff?from_seq=3&to_seq=4",
    ):
        text = web.get(url).text
        assert '"long": 1234567890123456789012345678901.50' in text, url
        assert '"tiny": 0.00000000000000000000000000000123' in text, url
        assert '"zero": 1.00' in text, url


def test_what_jsonb_cannot_hold_comes_back_as_an_escape(web: httpx.Client, made: Made) -> None:
    text = web.get(f"/api/runs/{made.done}/events/5").text
    assert r"parcel \u0000 is in \ud83d Bern" in text
    assert json.loads(text)["payload"]["content"].startswith("Your parcel \x00 is in \ud83d Bern.")
    entry = ok(web.get(f"/api/runs/{made.done}/timeline?after_seq=4&limit=1"))["items"][0]
    assert "<script>alert(1)</script>" in entry["preview"]


def test_pages_go_on_where_the_last_one_ended(web: httpx.Client, labs: dict[str, Lab], made: Made) -> None:
    every = [str(run.run_id) for run in labs["alice"].runs.list(limit=1000)]
    assert len(every) >= 3
    assert walk(web, "/api/runs?limit=2", "cursor", "run_id") == every
    last = labs["alice"].runs.get(made.done).last_seq
    for kind in ("timeline", "events"):
        assert walk(web, f"/api/runs/{made.done}/{kind}?limit=3", "after_seq", "seq") == list(range(1, last + 1))
    assert len(walk(web, "/api/search?q=parcel&limit=1", "cursor", "seq")) == 2


def walk(web: httpx.Client, url: str, parameter: str, member: str) -> list[Any]:
    found: list[Any] = []
    cursor = None
    while True:
        answer = ok(web.get(url + (f"&{parameter}={cursor}" if cursor else "")))
        found += [item[member] for item in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            return found


def test_a_page_of_large_events_is_cut(
    web: httpx.Client, labs: dict[str, Lab], two_projects: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = labs["alice"].runs.create(two_projects.a, "chat")
    labs["alice"].runs.append_many(run, [NewEvent("note.added", {"text": "x" * 1000}) for _ in range(5)])
    monkeypatch.setattr(web_ui, "MAX_EVENTS_TEXT", 2500)
    sizes = []
    cursor = "0"
    while cursor:
        answer = ok(web.get(f"/api/runs/{run}/events?after_seq={cursor}"))
        sizes.append(len(answer["items"]))
        cursor = answer["next_cursor"]
    assert sizes == [3, 2, 1]
    monkeypatch.setattr(web_ui, "MAX_EVENTS_TEXT", 10)
    assert len(ok(web.get(f"/api/runs/{run}/events"))["items"]) == 1
    assert ok(web.get("/api/session"))["role"] == "alice"  # its connection is as good as before


def test_long_answers_are_compressed_where_that_is_understood(web: httpx.Client, made: Made) -> None:
    url = f"/api/runs/{made.done}/events"
    plain = web.get(url, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with web.stream("GET", url, headers={"accept-encoding": "br, gzip;q=0.5"}) as packed:
        body = b"".join(packed.iter_raw())
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "accept-encoding"
    assert len(body) < len(plain.content)
    assert gzip.decompress(body) == plain.content
    for header in ("gzip;q=0", "br", ""):
        assert "content-encoding" not in web.get(url, headers={"accept-encoding": header}).headers
    short = web.get(f"/api/runs/{made.done}/artifacts?limit=1&cursor=find_artifacts:{made.done}:1")
    assert "content-encoding" not in short.headers


def test_the_session_says_who_asks_and_what_answers(anybody: httpx.Client, two_projects: Any) -> None:
    for person, project in (("alice", "a"), ("bob", "b")):
        answer = ok(anybody.get("/api/session", headers=bearer(person)))
        assert (answer["role"], answer["name"]) == (person, person.title())
        assert answer["needs_token"] is True
        assert answer["schema_version"] == 1
        assert int(answer["server_version"].split(".")[0]) >= 15
        assert [found["name"] for found in answer["projects"]] == [project]
    assert len(ok(anybody.get("/api/session", headers=bearer("audrey")))["projects"]) == 2


def test_it_says_how_it_is_and_what_it_has(anybody: httpx.Client) -> None:
    assert ok(anybody.get("/healthz")) == {"status": "ok"}
    schema = ok(anybody.get("/openapi.json"))
    assert schema["openapi"].startswith("3.1")
    assert "/api/runs/{run_id}/replay-context" in schema["paths"]
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert operation["responses"], path
            faults = [code for code in operation["responses"] if code >= "400"]
            assert "503" in faults, (method, path)
            for code in faults:
                assert "application/problem+json" in operation["responses"][code]["content"]


def test_prometheus_reads_how_the_ledger_is_doing(
    anybody: httpx.Client, server_dsn: str, labs: dict[str, Lab], admin_conn: Any
) -> None:
    labs["oscar"].operations.maintain()
    answer = anybody.get("/metrics", headers=bearer("oscar"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert {family.type for family in families.values()} == {"gauge"}
    assert all(family.documentation and family.samples for family in families.values())

    def values(name: str, label: str) -> dict[str, float]:
        return {sample.labels[label]: sample.value for sample in families[name].samples}

    checks = {check.check_name: check for check in labs["oscar"].operations.health()}
    verdicts = values("hypermindlabs_health_verdict", "check")
    assert verdicts == {name: ["ok", "warning", "critical"].index(c.verdict) for name, c in checks.items()}
    assert values("hypermindlabs_health_value", "check")["periods_ahead"] == 12
    assert "months" in values("hypermindlabs_health_value", "unit")
    assert values("hypermindlabs_build_info", "version") == {web_ui.__version__: 1}
    for name in ("streams", "connections", "waiting"):
        assert families[f"hypermindlabs_web_{name}"].samples[0].value >= 0

    # What is not known has no value, but a verdict.
    admin_conn.execute("update hypermind.maintenance_steps set ran_at = null")
    families = {
        f.name: f for f in text_string_to_metric_families(anybody.get("/metrics", headers=bearer("oscar")).text)
    }
    assert values("hypermindlabs_health_verdict", "check")["last_maintenance"] == 1
    assert "last_maintenance" not in values("hypermindlabs_health_value", "check")


def test_who_may_not_call_health_reads_no_metrics(anybody: httpx.Client, local: str) -> None:
    for person in ("alice", "carol", "audrey"):
        refused(anybody.get("/metrics", headers=bearer(person)), 403, "42501")
    refused(httpx.get(f"{local}/metrics"), 403, "42501")  # without tokens, as alice


def test_a_monitoring_role_reads_metrics_and_nothing_else(server_dsn: str, admin_conn: Any) -> None:
    if not admin_conn.execute("select from pg_roles where rolname = 'prometheus'").fetchone():
        admin_conn.execute("create role prometheus; grant pg_monitor to prometheus")
    admin_conn.execute(f"grant prometheus to {web_service.SERVER_ROLE}")
    token = web_ui.Token(web_ui.sha256("scrape"), web_ui.Caller("prometheus", "Prometheus"))
    try:
        with (
            web_service.running(server_dsn, tokens=web_ui.Tokens([token])) as address,
            httpx.Client(base_url=address, headers={"authorization": "Bearer scrape"}) as client,
        ):
            answer = client.get("/metrics")
            assert answer.status_code == 200
            assert 'check="oldest_transaction"' in answer.text
            for path in ("/api/session", "/api/runs"):
                refused(client.get(path), 403, "42501")
    finally:
        admin_conn.execute(f"revoke prometheus from {web_service.SERVER_ROLE}")


# Forks


def test_a_fork_starts_from_an_edited_state_with_all_its_digits(
    web: httpx.Client, labs: dict[str, Lab], made: Made, schema: dict[str, Any]
) -> None:
    state = '{"exact": %s, "text": "a\\u0000b", "list": [1.10, 1e2]}' % EXACT  # noqa: UP031
    body = f'{{"at_seq": 5, "state": {state}, "tags": ["forked"], "metadata": {{"title": "Again"}}}}'
    response = web.post(f"/api/runs/{made.done}/forks", content=body, headers={"content-type": "application/json"})
    answer = ok(response, 201)
    check_schema(schema, f"/api/runs/{made.done}/forks", answer, "post", "201")
    child = UUID(answer["run_id"])
    assert response.headers["location"] == f"/api/runs/{child}"
    run = labs["alice"].runs.get(child)
    assert (run.parent_run_id, run.forked_at_seq, run.tags, run.owner) == (made.done, 5, ["forked"], "alice")
    assert labs["alice"].runs.request(child).metadata == {"title": "Again"}
    assert labs["alice"].replay.state_at(child, 0)["text"] == "a\x00b"
    text = web.get(f"/api/runs/{child}/state").text
    assert '"long": 1234567890123456789012345678901.50' in text
    assert '"tiny": 0.00000000000000000000000000000123' in text
    assert "[1.10, 100]" in text


def test_a_fork_takes_a_patch_and_other_pins_and_is_made_once(
    web: httpx.Client, labs: dict[str, Lab], made: Made
) -> None:
    from hypermindlabs.persistence import new_uuid7

    merge = ok(web.post(f"/api/runs/{made.done}/forks", json={"at_seq": 0, "edit": {"a": 1}}), 201)["run_id"]
    assert labs["alice"].replay.state_at(merge, 0) == {"a": 1}
    new = str(new_uuid7())
    body = {
        "at_seq": 5,
        "edit": [{"op": "remove", "path": "/exact"}],
        "new_run_id": new,
        "config_overrides": {"system": {"kind": "prompt", "name": "support/first line", "version": 1}},
    }
    for _ in range(2):
        assert ok(web.post(f"/api/runs/{made.done}/forks", json=body), 201)["run_id"] == new
    assert labs["alice"].replay.state_at(new, 0) == {"messages": ["in\x00Bern"]}
    assert [pin["version"] for pin in ok(web.get(f"/api/runs/{new}"))["pins"]] == [1]
    refused(web.post(f"/api/runs/{made.done}/forks", json={"at_seq": 1, "new_run_id": new}), 409, "MH005")
    unchanged = ok(web.post(f"/api/runs/{made.done}/forks", json={"at_seq": 5}), 201)["run_id"]
    assert labs["alice"].replay.state_at(unchanged, 0) == labs["alice"].replay.state_at(made.done, 5)
    null = ok(web.post(f"/api/runs/{made.done}/forks", json={"at_seq": 5, "state": None}), 201)["run_id"]
    assert labs["alice"].replay.state_at(null, 0) is None


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"at_seq": 99}, 404, "MH012"),
        ({"at_seq": 1, "edit": [{"op": "remove", "path": "/none"}]}, 422, "MH008"),
        ({"at_seq": 1, "edit": [{"op": "burn"}]}, 422, "MH008"),
        ({"at_seq": 1, "edit": "text"}, 422, None),
        ({"at_seq": 1, "edit": {}, "state": {}}, 422, None),
        ({"at_seq": -1}, 422, None),
        ({"at_seq": 2**63}, 422, None),
        ({"at_seq": "1"}, 422, None),
        ({"at_seq": 1, "surprise": 1}, 422, None),
        ({"at_seq": 1, "tags": ["x" * 201]}, 422, None),
        ({"at_seq": 1, "tags": ["x"] * 65}, 422, None),
        ({"at_seq": 1, "new_run_id": "no uuid"}, 422, "MH018"),
        ({"at_seq": 1, "new_run_id": str(uuid4())}, 422, "MH018"),
        ({"at_seq": 1, "config_overrides": {"s": {"kind": "prompt", "name": "none", "version": 1}}}, 404, "MH013"),
        ({}, 422, None),
        ([], 422, None),
        ("text", 422, None),
    ],
)
def test_a_bad_fork_is_refused(web: httpx.Client, made: Made, body: Any, status: int, code: str | None) -> None:
    refused(web.post(f"/api/runs/{made.done}/forks", json=body), status, code)


def test_a_bad_body_is_refused(web: httpx.Client, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    url, json_type = f"/api/runs/{made.done}/forks", {"content-type": "application/json"}
    for content in ("{", "", '{"at_seq": NaN}', '{"at_seq": 1, "state": Infinity}', b'{"at_seq": 1, "tags": ["\xff"]}'):
        refused(web.post(url, content=content, headers=json_type), 400)
    deep = '{"at_seq": 1, "state": ' + "[" * 200_000 + "]" * 200_000 + "}"
    refused(web.post(url, content=deep, headers=json_type), 413)
    nested = '{"at_seq": 1, "state": ' + "[" * 150 + "]" * 150 + "}"
    refused(web.post(url, content=nested, headers=json_type), 413, "MH017")
    huge = '{"at_seq": 1, "state": 1e400}'
    refused(web.post(url, content=huge, headers=json_type), 413, "MH017")
    for kind in ({"content-type": "text/plain"}, {"content-type": "application/x-www-form-urlencoded"}, {}):
        refused(web.post(url, content='{"at_seq": 1}', headers=kind), 415)
    # What says that it is too large is not even read.
    head = f"POST {url} HTTP/1.1\r\nHost: x\r\nAuthorization: {web.headers['authorization']}\r\n"
    head += "Connection: close\r\nContent-Type: application/json\r\nContent-Length: 20000000\r\n\r\n"
    assert raw_request(str(web.base_url).rstrip("/"), head).startswith(b"HTTP/1.1 413 ")
    monkeypatch.setattr(web_ui, "MAX_FORK_BODY", 1000)
    large = json.dumps({"at_seq": 1, "state": "x" * 1000})
    refused(web.post(url, content=large, headers=json_type), 413)
    refused(web.post(url, content=iter([large[:500].encode(), large[500:].encode()]), headers=json_type), 413)
    refused(web.post("/api/session", content=b"[" * 1_000_001, headers=json_type), 413)


def test_who_may_not_write_may_not_fork(anybody: httpx.Client, made: Made) -> None:
    for person in ("carol", "audrey"):
        answer = refused(
            anybody.post(f"/api/runs/{made.done}/forks", json={"at_seq": 1}, headers=bearer(person)), 403, "42501"
        )
        assert "permission denied" in answer["detail"]
        assert ok(anybody.get(f"/api/runs/{made.done}", headers=bearer(person)))["run"]["run_id"] == str(made.done)


def test_reading_is_read_only(web: httpx.Client, made: Made, admin_conn: Any) -> None:
    """A function that wrote would be refused, whatever it is."""
    admin_conn.execute("alter function hypermind.verify_run(uuid) rename to kept")
    admin_conn.execute(
        "create function hypermind.verify_run(p_run_id uuid, out valid boolean, out events bigint, "
        "out last_seq bigint, out last_hash bytea, out bad_seq bigint, out bad_object text, out problem text) "
        "language plpgsql as 'begin create temporary table t (); end'"
    )
    admin_conn.execute(f"grant create on database {admin_conn.info.dbname} to public")
    try:
        answer = web.get(f"/api/runs/{made.done}/verification")
    finally:
        admin_conn.execute("drop function hypermind.verify_run(uuid)")
        admin_conn.execute("alter function hypermind.kept(uuid) rename to verify_run")
    refused(answer, 500, "25006")


# Who asks


def run_paths(schema: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (method, path) for path, operations in schema["paths"].items() for method in operations if "{run_id}" in path
    ]


def test_a_run_of_another_project_is_one_that_does_not_exist(
    web: httpx.Client, made: Made, schema: dict[str, Any]
) -> None:
    paths = run_paths(schema)
    assert len(paths) == 12
    for method, path in paths:
        said = []
        for run_id in (made.foreign, UNKNOWN):
            url = path.format(run_id=run_id, seq=1)
            body = {"json": {"at_seq": 0}} if method == "post" else {}
            parameters = {"from_seq": 0, "to_seq": 0} if path.endswith("/diff") else {}
            response = web.request(method, url, params=parameters, **body)
            said.append(json.dumps(refused(response, 404, "MH001")).replace(str(run_id), "RUN"))
        assert said[0] == said[1], path


def test_another_project_shows_nothing_anywhere(web: httpx.Client, made: Made, two_projects: Any) -> None:
    days = days_around()
    now = datetime.now(UTC)
    span = f"since={now - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}&until={now + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    filtered = (
        "/api/runs?",
        "/api/search?q=parcel&",
        f"/api/activity?{span}&",
        "/api/artifacts?",
        f"/api/rollup?from={days[0]}&to={days[1]}&",
        "/api/configs/prompt/support/first%20line/runs?",
    )
    for url in filtered:
        said = []
        for project in (two_projects.b, UNKNOWN):
            response = web.get(f"{url}project_id={project}")
            said.append(json.dumps(refused(response, 404, "MH015")).replace(str(project), "PROJECT"))
        assert said[0] == said[1], url
        if "configs" not in url:
            assert str(made.foreign) not in web.get(f"{url}limit=1000" if "rollup" not in url else url).text
    for url in (f"/api/search?q=secret&run_id={made.foreign}", f"/api/artifacts?run_id={made.foreign}"):
        refused(web.get(url), 404, "MH001")
    assert ok(web.get(f"/api/runs?parent={made.foreign}"))["items"] == []
    assert ok(web.get("/api/search?q=secret"))["items"] == []


def test_a_token_is_needed(anybody: httpx.Client, made: Made, schema: dict[str, Any]) -> None:
    for path in [*schema["paths"], "/api/nothing"]:
        if not path.startswith("/api/") and path != "/metrics":
            continue
        url = path.format(run_id=made.done, seq=1, kind="prompt", name="x")
        for headers in (
            {},
            {"authorization": "Bearer wrong"},
            {"authorization": f"Bearer {SECRETS['alice']}x"},
            {"authorization": f"Basic {SECRETS['alice']}"},
            {"authorization": "Bearer"},
            {"authorization": "Bearer \xff"},
            {"cookie": "hypermindlabs=wrong"},
            {"cookie": f"other={SECRETS['alice']}"},
            {"cookie": f"hypermindlabs={SECRETS['alice']}", "authorization": "Bearer wrong"},
            {"cookie": f"hypermindlabs={SECRETS['alice']}", "authorization": "Basic x"},
        ):
            raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
            response = anybody.get(url, headers=raw)
            refused(response, 401)
            assert response.headers["www-authenticate"] == "Bearer"
    refused(anybody.post(f"/api/runs/{made.done}/forks", json={"at_seq": 0}), 403)
    refused(
        anybody.post(f"/api/runs/{made.done}/forks", json={"at_seq": 0}, headers={"authorization": "Bearer x"}), 401
    )


def test_the_page_signs_in_and_out(address: str, made: Made) -> None:
    with httpx.Client(base_url=address, headers={"origin": address}) as browser:
        refused(browser.post("/api/session", json={"token": "wrong"}), 401)
        refused(browser.post("/api/session", json={"token": "wr\u00f6ng"}), 401)
        refused(browser.post("/api/session", json={"token": 1}), 422)
        refused(browser.post("/api/session", json={}), 422)
        response = browser.post("/api/session", json={"token": SECRETS["bob"]})
        ok(response, 204)
        cookie = response.headers["set-cookie"]
        assert cookie == f"hypermindlabs={SECRETS['bob']}; HttpOnly; Path=/; SameSite=strict"
        assert ok(browser.get("/api/session"))["role"] == "bob"
        assert ok(browser.get(f"/api/runs/{made.foreign}"))["request"]["input"] == {"secret": "of b"}
        refused(browser.get(f"/api/runs/{made.done}"), 404, "MH001")
        child = ok(browser.post(f"/api/runs/{made.foreign}/forks", json={"at_seq": 0}), 201)
        assert ok(browser.get(f"/api/runs/{child['run_id']}"))["run"]["owner"] == "bob"
        ok(browser.delete("/api/session"), 204)
        refused(browser.get("/api/session"), 401)
        ok(browser.delete("/api/session"), 204)


def test_behind_https_the_cookie_is_bound_to_it(address: str) -> None:
    host = address.partition("//")[2]
    with httpx.Client(base_url=address, headers={"origin": f"https://{host}", "x-forwarded-proto": "https"}) as browser:
        cookie = browser.post("/api/session", json={"token": SECRETS["bob"]}).headers["set-cookie"]
        assert cookie == f"__Host-hypermindlabs={SECRETS['bob']}; HttpOnly; Path=/; SameSite=strict; Secure"
        assert ok(browser.get("/api/session", headers={"cookie": cookie.partition(";")[0]}))["role"] == "bob"
        refused(browser.get("/api/session", headers={"cookie": cookie.partition(";")[0].replace("__Host-", "")}), 401)
        refused(browser.post("/api/session", json={"token": SECRETS["bob"]}, headers={"origin": address}), 403)


def test_other_sites_are_refused(web: httpx.Client, address: str, made: Made) -> None:
    port = address.rpartition(":")[2]
    fork = f"/api/runs/{made.done}/forks"
    foreign = (
        "https://evil.example",
        f"http://evil.example:{port}",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        f"http://127.0.0.1:{port}.evil.example",
        f"http://127.0.0.1:{port}@evil.example",
        f"http://user@127.0.0.1:{port}",
        f"ftp://127.0.0.1:{port}",
        f"127.0.0.1:{port}",
        "null",
        "",
        "http://[",
    )
    for origin in foreign:
        headers = {"origin": origin}
        refused(web.get("/api/session", headers=headers), 403)
        refused(web.get("/healthz", headers=headers), 403)
        refused(web.post(fork, json={"at_seq": 0}, headers=headers), 403)
    for site in ("cross-site", "same-site"):
        refused(web.get("/api/session", headers={"sec-fetch-site": site}), 403)
    for site in ("same-origin", "none"):
        ok(web.get("/api/session", headers={"sec-fetch-site": site, "origin": address}))
    # A cookie alone changes nothing: it comes along whoever asks.
    with httpx.Client(base_url=address, cookies={"hypermindlabs": SECRETS["alice"]}) as browser:
        refused(browser.post(fork, json={"at_seq": 0}), 403)
        refused(browser.delete("/api/session"), 403)
        refused(browser.post(fork, json={"at_seq": 0}, headers={"origin": "https://evil.example"}), 403)
        ok(browser.post(fork, json={"at_seq": 0}, headers={"origin": address}), 201)
    refused(web.options("/api/runs", headers={"origin": address}), 405)


def test_without_tokens_it_answers_this_machine_under_its_own_name(local: str, made: Made) -> None:
    port = local.rpartition(":")[2]
    own = (f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}", f"[::1]:{port}", f"127.1.2.3:{port}")
    foreign = (
        *("evil.example", f"evil.example:{port}", "127.0.0.1", "localhost", "127.0.0.1:1", f"127.0.0.1.evil:{port}"),
        *(f"localhost.evil:{port}", f"0.0.0.0:{port}", f"[::]:{port}", f"10.0.0.1:{port}", f"2130706433:{port}", ""),
        *(f"evil@127.0.0.1:{port}", f"127.0.0.1:{port}x", f"[::1:{port}"),
    )
    with httpx.Client(base_url=local) as client:
        for host in own:
            ok(client.get("/api/session", headers={"host": host}))
            ok(client.get("/api/session", headers={"host": host, "origin": f"http://{host}"}))
        for host in foreign:
            for path in ("/api/session", "/", "/healthz", "/metrics", "/static/app.css"):
                response = client.get(path, headers={"host": host})
                assert response.status_code in (421, 400), (host, path, response.status_code)
        refused(client.get("/api/session", headers={"host": "evil.example"}), 421)
    for twice in (f"Host: {own[0]}\r\nHost: evil.example", f"Host: {own[0]}\r\nOrigin: {local}\r\nOrigin: http://x"):
        head = raw_request(local, f"GET /api/session HTTP/1.1\r\n{twice}\r\nConnection: close\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 "), twice


def raw_request(address: str, text: str) -> bytes:
    """Sends what no client library would, and returns all that comes back."""
    host, _, port = address.partition("//")[2].partition(":")
    with closing(socket.create_connection((host, int(port)), timeout=20)) as wire:
        wire.sendall(text.encode())
        return b"".join(iter(lambda: wire.recv(65536), b""))


def test_without_tokens_no_other_machine_is_answered(server_dsn: str) -> None:
    """Whoever runs the application on another address gets no answers from it, whatever the Host header says."""
    import asyncio

    app = web_ui.create_app(server_dsn, role="alice")

    async def ask(server: str) -> int:
        async with app.router.lifespan_context(app):
            scope = {"server": (server, 8321), "client": ("10.1.2.3", 5)}

            async def moved(s: Any, receive: Any, send: Any) -> None:
                await app({**s, **scope}, receive, send)

            transport = httpx.ASGITransport(app=moved)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8321") as client:
                return (await client.get("/api/session")).status_code

    assert asyncio.run(ask("127.0.0.1")) == 200
    app = web_ui.create_app(server_dsn, role="alice")
    assert asyncio.run(ask("10.9.8.7")) == 421


def test_without_tokens_the_page_needs_its_origin_to_change_something(
    page: httpx.Client, local: str, made: Made
) -> None:
    answer = ok(page.get("/api/session"))
    assert (answer["role"], answer["needs_token"]) == ("alice", False)
    fork = f"/api/runs/{made.done}/forks"
    ok(page.post(fork, json={"at_seq": 0}), 201)
    refused(httpx.post(f"{local}{fork}", json={"at_seq": 0}), 403)
    refused(page.post("/api/session", json={"token": SECRETS["alice"]}), 404)
    refused(page.post(fork, json={"at_seq": 0}, headers={"origin": "https://evil.example"}), 403)


def test_requests_of_two_roles_never_mix(address: str, made: Made, two_projects: Any) -> None:
    """Twenty at a time over a pool of ten, some of them refused in the middle of their transaction."""
    people = {
        "alice": (made.done, two_projects.a),
        "bob": (made.foreign, two_projects.b),
        "carol": (made.done, two_projects.a),
    }

    def ask(number: int) -> None:
        person = list(people)[number % 3]
        run, project = people[person]
        other = made.foreign if run == made.done else made.done
        with httpx.Client(base_url=address, headers=bearer(person)) as client:
            for _ in range(5):
                session = ok(client.get("/api/session"))
                assert (session["role"], [p["project_id"] for p in session["projects"]]) == (person, [str(project)])
                assert ok(client.get(f"/api/runs/{run}"))["run"]["project_id"] == str(project)
                refused(client.get(f"/api/runs/{other}"), 404, "MH001")
                assert {r["project_id"] for r in ok(client.get("/api/runs"))["items"]} == {str(project)}
                status = client.post(f"/api/runs/{run}/forks", json={"at_seq": 99}).status_code
                assert status == (403 if person == "carol" else 404)

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(ask, range(21)))


# What is refused


@pytest.mark.parametrize(
    ("url", "status", "code"),
    [
        ("/api/runs?status=gone", 422, "MH016"),
        ("/api/runs?mode=gone", 422, "MH016"),
        ("/api/runs?status=", 422, "MH016"),
        ("/api/runs?limit=0", 422, None),
        ("/api/runs?limit=1001", 422, None),
        ("/api/runs?limit=1e2", 422, None),
        ("/api/runs?limit=1.0", 422, None),
        ("/api/runs?limit=1_0", 422, None),
        ("/api/runs?limit=%205", 422, None),
        ("/api/runs?limit=99999999999999999999999", 422, None),
        ("/api/runs?limit=%D9%A1", 422, None),
        ("/api/runs?cursor=nonsense", 422, "MH016"),
        ("/api/runs?cursor=search_events:01900000-0000-7000-8000-000000000000:1", 422, "MH016"),
        ("/api/runs?cursor=" + "x" * 201, 422, None),
        ("/api/runs?project_id=1", 422, None),
        ("/api/runs?agent=%00", 422, "MH016"),
        ("/api/runs?agent=" + "x" * 201, 422, None),
        ("/api/runs?tag=" + "&tag=".join("x" * 65), 422, None),
        ("/api/runs?config=prompt", 422, None),
        ("/api/runs?config=nonsense/x", 422, "MH016"),
        ("/api/runs?since=yesterday", 422, None),
        ("/api/runs?since=2026-01-01T00:00:00", 422, None),
        ("/api/runs?since=1700000000", 422, None),
        ("/api/runs?since=2026-13-01T00:00:00Z", 422, None),
        ("/api/runs?sttus=failed", 422, None),
        ("/api/runs?status=failed&status=completed", 422, None),
        ("/api/runs/nonsense", 422, None),
        ("/api/runs/{run}/events?limit=101", 422, None),
        ("/api/runs/{run}/events/0", 422, None),
        ("/api/runs/{run}/events/99", 404, "MH012"),
        ("/api/runs/{run}/events/9223372036854775808", 422, None),
        ("/api/runs/{run}/state?seq=99", 404, "MH012"),
        ("/api/runs/{run}/state?seq=-1", 422, None),
        ("/api/runs/{run}/diff", 422, None),
        ("/api/runs/{run}/diff?from_seq=0&to_seq=99", 404, "MH012"),
        ("/api/runs/{run}/replay-context?seq=99", 404, "MH012"),
        ("/api/runs/{run}/stream?after_seq=x", 422, None),
        ("/api/search", 422, None),
        ("/api/search?q=", 422, "MH016"),
        ("/api/search?q=-x", 422, "MH016"),
        ("/api/search?q=%00", 422, "MH016"),
        ("/api/search?q=" + "x" * 1001, 422, None),
        ("/api/activity", 422, None),
        ("/api/activity?since=2026-01-01T00:00:00Z&until=2026-03-01T00:00:00Z", 422, "MH016"),
        ("/api/artifacts?sha256=abc", 422, None),
        ("/api/rollup", 422, None),
        ("/api/rollup?from=2026-01-01&to=2032-01-01", 422, "MH016"),
        ("/api/rollup?from=2026-01-01&to=2026-02-01&basis=moon", 422, "MH016"),
        ("/api/rollup?from=2026-01-01&to=2026-02-01&group_by=tool", 422, "MH016"),
        ("/api/rollup?from=2026-01-01T00:00:00Z&to=2026-02-01", 422, None),
        ("/api/configs/prompt/x/runs", 422, None),
        ("/api/configs/nonsense/x/runs?project_id={project}", 422, "MH016"),
        ("/api/nothing", 404, None),
        ("/api/runs/", 404, None),
        ("//api/runs", 404, None),
        ("/nothing", 404, None),
        ("/static/nothing.js", 404, None),
        ("/static/../web_ui.py", 404, None),
        ("/static/%2e%2e/web_ui.py", 404, None),
        ("/static/..%2fweb_ui.py", 404, None),
        ("/docs", 404, None),
    ],
)
def test_what_makes_no_sense_is_refused(
    web: httpx.Client, made: Made, two_projects: Any, url: str, status: int, code: str | None
) -> None:
    refused(web.get(url.format(run=made.done, project=two_projects.a)), status, code)


def test_a_problem_says_what_to_do(web: httpx.Client, made: Made) -> None:
    answer = refused(web.get(f"/api/runs/{made.done}/state?seq=99"), 404, "MH012")
    assert answer["title"] == "Seq out of range"
    assert answer["detail"].startswith("seq 99 is out of range")
    assert answer["hint"] == "Read the run's last seq again, and choose one up to it."
    assert answer["params"] == {"run_id": str(made.done), "seq": 99, "first_seq": 0, "last_seq": 9}
    answer = refused(web.get("/api/runs?limit=x&sttus=1"), 422)
    assert answer["params"]["faults"] == [{"where": ["query", "sttus"], "fault": "is no parameter here"}]
    answer = refused(web.get("/api/runs?limit=x&since=" + "9" * 3000), 422)
    assert [fault["where"] for fault in answer["params"]["faults"]] == [["query", "since"], ["query", "limit"]]
    assert "9" * 100 not in json.dumps(answer)


def test_methods_that_are_not_there_are_refused(web: httpx.Client, made: Made) -> None:
    for method in ("PUT", "PATCH", "DELETE"):
        refused(web.request(method, f"/api/runs/{made.done}"), 405)
    refused(web.post("/api/runs", json={}), 405)


def test_a_search_of_a_million_characters_is_refused_at_once(web: httpx.Client, address: str) -> None:
    started = time.monotonic()
    text = f"GET /api/search?q={'x' * 1_000_000} HTTP/1.1\r\nHost: {address[7:]}\r\nConnection: close\r\n\r\n"
    head = raw_request(address, text)
    assert head.startswith(b"HTTP/1.1 414 ")
    assert b"application/problem+json" in head
    assert time.monotonic() - started < 5
    refused(web.get("/api/search?q=" + "%20" * 10_000), 414)
    refused(web.get("/" + "x" * 3_000), 414)


def test_everything_has_the_headers_that_keep_a_browser_safe(web: httpx.Client, made: Made) -> None:
    for method, url, cache in (
        ("GET", "/api/session", "no-store"),
        ("GET", f"/api/runs/{made.done}/events", "no-store"),
        ("GET", "/api/nothing", "no-store"),
        ("GET", "/api/runs?limit=0", "no-store"),
        ("POST", "/api/runs", "no-store"),
        ("GET", "/nothing", "no-store"),
        ("GET", "/metrics", "no-store"),
        ("GET", "/openapi.json", "no-cache"),
        ("GET", "/healthz", "no-cache"),
        ("GET", "/", "no-cache"),
        ("GET", "/runs/x", "no-cache"),
        ("GET", "/static/app.css", "no-cache"),
    ):
        response = web.request(method, url)
        assert {name: response.headers.get_list(name) for name in HEADERS} == {n: [v] for n, v in HEADERS.items()}, url
        assert response.headers.get_list("cache-control") == [cache], url
        assert "server" not in response.headers
        assert "access-control-allow-origin" not in response.headers
        if url.startswith("/api/"):
            assert "html" not in response.headers["content-type"]


def test_the_page_is_served_with_its_files(anybody: httpx.Client) -> None:
    for path in ("/", f"/runs/{UNKNOWN}", "/search", "/dashboard"):
        response = anybody.get(path)
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert response.text.lstrip().lower().startswith("<!doctype html>")
        again = anybody.get(path, headers={"if-none-match": response.headers["etag"]})
        assert again.status_code in (200, 304)
    for name in os.listdir(web_ui.STATIC):
        response = anybody.get(f"/static/{name}")
        assert response.status_code == 200, name
        assert response.content == (web_ui.STATIC / name).read_bytes()
        kinds = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
        assert response.headers["content-type"].partition(";")[0] == kinds[Path(name).suffix]
        again = anybody.get(f"/static/{name}", headers={"if-none-match": response.headers["etag"]})
        assert again.status_code == 304


# What the database does to requests


def test_a_statement_that_takes_too_long_is_ended(server_dsn: str, two_projects: Any, made: Made) -> None:
    with (
        web_service.running(server_dsn, role="alice", statement_timeout=0.2) as url,
        two_projects.connect("postgres", autocommit=False) as blocker,
    ):
        blocker.execute("lock table hypermind.projects in access exclusive mode")
        started = time.monotonic()
        response = httpx.get(f"{url}/api/runs")
        assert time.monotonic() - started < 3
        blocker.rollback()
        assert refused(response, 503, "57014")["detail"] == "the answer took too long"
        assert response.headers["retry-after"] == "1"
        ok(httpx.get(f"{url}/api/runs"))


def test_a_database_that_is_away_is_a_problem_until_it_is_back(
    make_database: Any, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_ui, "POOL_TIMEOUT", 0.5)
    dsn = make_database("away")
    name = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
    with web_service.running(dsn) as url, psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
        ok(httpx.get(f"{url}/healthz"))
        admin.execute(f'alter database "{name}" allow_connections false')
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
        time.sleep(0.2)
        for path in ("/healthz", "/api/runs"):
            response = httpx.get(url + path)
            answer = refused(response, 503)
            assert response.headers["retry-after"] == "1"
            assert name not in json.dumps(answer)
        admin.execute(f'alter database "{name}" allow_connections true')
        deadline = time.monotonic() + 20
        while httpx.get(f"{url}/healthz").status_code != 200:
            assert time.monotonic() < deadline, "it did not come back"
            time.sleep(0.2)
        ok(httpx.get(f"{url}/api/runs"))


def test_a_fault_of_the_service_tells_nobody_why(web: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_ui, "_facts", lambda: 1 / 0)
    response = web.get("/api/session")
    answer = refused(response, 500)
    assert answer["detail"] == "the service failed; its log says why"
    assert "division" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"


def test_a_zone_of_the_database_changes_nothing(
    make_database: Any, labs: dict[str, Lab], two_projects: Any, made: Made, server_dsn: str, admin_conn: Any
) -> None:
    """The last second of the year 9999 is in the year 10000 further east, which Python has no time for."""
    run = labs["alice"].runs.create(two_projects.a, "chat")
    labs["alice"].runs.append(run, "note.added", occurred_at=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    admin_conn.execute(f"alter database {admin_conn.info.dbname} set timezone = 'Asia/Tokyo'")
    try:
        with web_service.running(server_dsn, role="alice") as url:
            (event,) = ok(httpx.get(f"{url}/api/runs/{run}/events?after_seq=1"))["items"]
    finally:
        admin_conn.execute(f"alter database {admin_conn.info.dbname} reset timezone")
    assert event["occurred_at"] == "9999-12-31T23:59:59Z"


def test_answers_do_not_wait_for_their_second_packet(anybody: httpx.Client) -> None:
    """Without TCP_NODELAY each takes 40 ms, once a connection is warm."""
    times = []
    for _ in range(60):
        started = time.monotonic()
        ok(anybody.get("/healthz"))
        times.append(time.monotonic() - started)
    assert min(times[30:]) < 0.03


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (web_ui.JsonText('{"a": 1.50}'), b'{"a": 1.50}'),
        ({"a": None, "b": True, "c": 7, "d": 0.1, "e": 'q"\n'}, b'{"a":null,"b":true,"c":7,"d":0.1,"e":"q\\"\\n"}'),
        (datetime(2026, 7, 31, 9, tzinfo=timezone(timedelta(hours=2))), b'"2026-07-31T07:00:00Z"'),
        (datetime(1, 1, 1, 0, 0, 0, 5, tzinfo=UTC), b'"0001-01-01T00:00:00.000005Z"'),
        (date(2026, 7, 31), b'"2026-07-31"'),
        (timedelta(days=1, microseconds=-1), b"86399.999999"),
        (Decimal("0E-18"), b'"0.000000000000000000"'),
        (Decimal("1E+3"), b'"1000"'),
        (b"\x00\xff", b'"00ff"'),
        (UNKNOWN, b'"01900000-0000-7000-8000-000000000000"'),
        (["\ud83d \u2028 \x1b"], '["\\ud83d \u2028 \\u001b"]'.encode()),
    ],
)
def test_a_value_has_one_form(value: Any, text: bytes) -> None:
    assert web_ui.to_json(value) == text


def test_what_has_no_form_is_refused() -> None:
    for value in (object(), {1, 2}, [float("nan")], {"a": float("inf")}):
        with pytest.raises((TypeError, ValueError)):
            web_ui.to_json(value)


# Streams


class Listener:
    """Reads a stream of server-sent events, as a browser does."""

    def __init__(self, client: httpx.Client, url: str, headers: dict[str, str] | None = None) -> None:
        self._context = client.stream("GET", url, headers=headers, timeout=20)

    def __enter__(self) -> Listener:
        self.response = self._context.__enter__()
        self._lines = self.response.iter_lines()
        return self

    def __exit__(self, *error: Any) -> None:
        self._context.__exit__(*error)

    def next(self) -> tuple[str, str | None, Any]:
        """The next event: its name, id and data. A comment has the name of a colon."""
        name, number, data = "message", None, None
        for line in self._lines:
            field, _, value = line.partition(": ")
            if not line:
                if data is not None:
                    return name, number, json.loads(data)
            elif line.startswith(":"):
                return ":", None, line
            elif field == "event":
                name = value
            elif field == "id":
                number = value
            elif field == "data":
                data = value
        return "closed", None, None


def test_a_stream_follows_a_run_to_its_end(web: httpx.Client, labs: dict[str, Lab], two_projects: Any) -> None:
    alice = labs["alice"]
    run = alice.runs.create(two_projects.a, "chat")
    alice.runs.start(run)
    with Listener(web, f"/api/runs/{run}/stream") as stream:
        assert stream.response.status_code == 200
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        assert stream.response.headers["cache-control"] == "no-store"
        assert "content-encoding" not in stream.response.headers
        first = [stream.next(), stream.next()]
        assert [(name, number, entry["event_type"]) for name, number, entry in first] == [
            ("entry", "1", "run.created"),
            ("entry", "2", "run.started"),
        ]
        alice.runs.append(run, "message.added", {"role": "user", "content": "line one\nline two"})
        name, number, entry = stream.next()
        assert (name, number) == ("entry", "3")
        assert [entry] == [shown(e) for e in alice.runs.timeline(run, after_seq=2)]
        assert stream.next()[0] == ":"  # nothing happens
        alice.runs.append_many(run, [NewEvent("note.added", {"n": n}) for n in range(450)])
        assert [stream.next()[1] for _ in range(450)] == [str(seq) for seq in range(4, 454)]
        alice.runs.fail(run, {"message": "out of disk"})
        assert stream.next()[1] == "454"
        assert stream.next() == ("end", None, {"status": "failed", "last_seq": 454})
        assert stream.next()[0] == "closed"
    with Listener(web, f"/api/runs/{run}/stream") as stream:  # in several pages, and the end after the last
        assert [stream.next()[1] for _ in range(454)] == [str(seq) for seq in range(1, 455)]
        assert stream.next()[0] == "end"


def test_a_stream_goes_on_after_the_last_event_that_came(web: httpx.Client, made: Made) -> None:
    url = f"/api/runs/{made.done}/stream"
    end = ("end", None, {"status": "completed", "last_seq": 9})
    for parameters, headers, seqs in (
        ("?after_seq=7", {}, ["8", "9"]),
        ("", {"last-event-id": "8"}, ["9"]),
        ("?after_seq=3", {"last-event-id": "8"}, ["9"]),
        ("?after_seq=9", {}, []),
        ("", {"last-event-id": "9999"}, []),
    ):
        with Listener(web, url + parameters, headers) as stream:
            assert [stream.next()[1] for _ in seqs] == seqs
            assert stream.next() == end
    refused(web.get(url, headers={"last-event-id": "x"}), 422)


def test_streams_hold_no_connection_and_their_number_is_bounded(
    server_dsn: str, labs: dict[str, Lab], two_projects: Any
) -> None:
    run = labs["alice"].runs.create(two_projects.a, "chat")
    with (
        web_service.running(server_dsn, role="alice", pool_size=1, max_streams=3, poll_seconds=0.05) as url,
        httpx.Client(base_url=url) as client,
        ExitStack() as stack,
    ):
        streams = [stack.enter_context(Listener(client, f"/api/runs/{run}/stream")) for _ in range(3)]
        assert [stream.next()[1] for stream in streams] == ["1"] * 3
        ok(client.get("/api/session"))
        response = client.get(f"/api/runs/{run}/stream")
        refused(response, 503)
        assert response.headers["retry-after"] == "1"
        refused(client.get(f"/api/runs/{UNKNOWN}/stream"), 503)
        stack.close()
        deadline = time.monotonic() + 10
        while True:  # those that were left make room
            with Listener(client, f"/api/runs/{run}/stream") as stream:
                if stream.response.status_code == 200:
                    break
            assert time.monotonic() < deadline
            time.sleep(0.1)
        for _ in range(5):
            refused(client.get(f"/api/runs/{UNKNOWN}/stream"), 404, "MH001")
        with ExitStack() as three:
            opened = [three.enter_context(Listener(client, f"/api/runs/{run}/stream")) for _ in range(2)]
            assert [stream.response.status_code for stream in opened] == [200, 200]


def test_a_stream_says_why_it_ends_when_the_right_is_taken_away(
    address: str, labs: dict[str, Lab], two_projects: Any, admin_conn: Any
) -> None:
    run = labs["alice"].runs.create(two_projects.a, "chat")
    with (
        httpx.Client(base_url=address, headers=bearer("carol")) as client,
        Listener(client, f"/api/runs/{run}/stream") as stream,
    ):
        assert stream.next()[1] == "1"
        admin_conn.execute(f'revoke "{two_projects.role_a}" from carol')
        try:
            name, _, answer = stream.next()
        finally:
            admin_conn.execute("select hypermind.grant_project(%s, 'carol')", (two_projects.a,))
        assert (name, answer["code"]) == ("problem", "MH001")
        assert stream.next()[0] == "closed"


# Token files


def test_a_token_file_is_read(tmp_path: Path) -> None:
    tokens = web_ui.read_tokens(secret_file(tmp_path / "t", web_service.token_file({"alice": "s1", "bob": "s2"})))
    assert tokens.roles == ["alice", "bob"]
    assert tokens.caller("s2") == web_ui.Caller("bob", "Bob")
    assert tokens.caller("s3") is None
    assert tokens.caller("") is None
    assert tokens.caller("\ud83d") is None


@pytest.mark.parametrize(
    ("text", "mode", "message"),
    [
        (web_service.token_file(), 0o640, "others than its owner have rights"),
        (web_service.token_file(), 0o604, "others than its owner have rights"),
        (web_service.token_file(), 0o622, "others than its owner have rights"),
        ("[[token]", 0o600, "is no TOML"),
        ("", 0o600, "at least one"),
        ("token = []", 0o600, "at least one"),
        ("token = 3", 0o600, "at least one"),
        (web_service.token_file() + "\n[other]\n", 0o600, "nothing else"),
        ('[[token]]\nrole = "alice"', 0o600, "must have sha256 and role"),
        ('[[token]]\nsha256 = "00"\nrole = "alice"', 0o600, "not 64 hex digits"),
        (f'[[token]]\nsha256 = "{SHA.hex()}"\nrole = "alice"\nadmin = true', 0o600, "must have sha256 and role"),
        (f'[[token]]\nsha256 = "{SHA.hex()}"\nrole = 7', 0o600, "texts only"),
        (f'[[token]]\nsha256 = "{SHA.hex()}"\nrole = ""', 0o600, "'' is no role"),
        (f'[[token]]\nsha256 = "{SHA.hex()}"\nrole = "none"', 0o600, "'none' is no role"),
        (f'[[token]]\nsha256 = "{SHA.hex()}"\nrole = "a"\n' * 2, 0o600, "a token twice"),
    ],
)
def test_a_token_file_that_is_wrong_is_refused(tmp_path: Path, text: str, mode: int, message: str) -> None:
    with pytest.raises(web_ui.ServeError, match=message) as caught:
        web_ui.read_tokens(secret_file(tmp_path / "tokens", text, mode))
    assert "\n" not in str(caught.value)


# The command


def serving(dsn: str, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "hypermindlabs.cli", "--dsn", dsn, "serve", "--port", "0", *words]
    return subprocess.Popen(
        command, cwd=harness.REPO, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_the_command_serves_until_it_is_interrupted(
    server_dsn: str, labs: dict[str, Lab], two_projects: Any, made: Made
) -> None:
    process = serving(server_dsn, "--role", "alice")
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("Serving http://127.0.0.1:")
        url = line.split()[1].rstrip("/")
        run = labs["alice"].runs.create(two_projects.a, "chat")
        with httpx.Client(base_url=url) as client, Listener(client, f"/api/runs/{run}/stream") as stream:
            assert stream.next()[1] == "1"
            assert ok(client.get("/api/session"))["role"] == "alice"
            taken = serving(server_dsn, "--port", url.rpartition(":")[2])
            out, err = taken.communicate(timeout=30)
            assert (taken.returncode, out) == (2, "")
            assert err.splitlines() == [
                f"hypermindlabs: cannot listen on 127.0.0.1 port {url.rpartition(':')[2]}: Address already in use",
                "  Take another one with --port.",
            ]
            process.send_signal(signal.SIGINT)
            assert stream.next()[0] == "closed"
        out, err = process.communicate(timeout=10)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--host", "0.0.0.0"], 2, "0.0.0.0 is no loopback address"),
        (["--host", "::"], 2, ":: is no loopback address"),
        (["--host", "no.such.host.invalid"], 2, "there is no address 'no.such.host.invalid'"),
        (["--role", "nobody_at_all"], 2, 'requests cannot run as nobody_at_all: role "nobody_at_all" does not exist'),
        (["--role", "postgres"], 2, "requests cannot run as postgres: permission denied to set role"),
        (["--role", "none"], 2, "'none' is no role"),
        (["--tokens", "no/such/file"], 2, "cannot read the token file no/such/file: No such file"),
        (["--tokens", "{tokens}", "--role", "alice"], 2, "--role is for a service without tokens"),
        (["--tokens", "{other}"], 2, "requests cannot run as stranger"),
        (["--port", "70000"], 2, "is no port"),
    ],
)
def test_the_command_says_why_it_cannot_serve(
    server_dsn: str, tmp_path: Path, words: list[str], code: int, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    files = {
        "tokens": secret_file(tmp_path / "tokens", web_service.token_file()),
        "other": secret_file(tmp_path / "other", web_service.token_file({"stranger": "s"})),
    }
    try:
        returned = main(["--dsn", server_dsn, "serve", "--port", "0", *(word.format(**files) for word in words)])
    except SystemExit as ended:  # argparse refuses what it cannot read
        assert isinstance(ended.code, int)
        returned = ended.code
    out, err = capfd.readouterr()
    assert (returned, out) == (code, "")
    assert message in err
    assert "Traceback" not in err


def test_the_command_serves_other_machines_with_tokens(server_dsn: str, tmp_path: Path) -> None:
    file = secret_file(tmp_path / "tokens", web_service.token_file())
    process = serving(server_dsn, "--host", "0.0.0.0", "--tokens", str(file), "--json")
    assert process.stdout is not None
    try:
        port = json.loads(process.stdout.readline())["url"].rstrip("/").rpartition(":")[2]
        url = f"http://127.0.0.1:{port}"
        assert ok(httpx.get(f"{url}/api/session", headers=bearer("carol")))["role"] == "carol"
        named = {**bearer("carol"), "host": "ledger.example"}
        assert ok(httpx.get(f"{url}/api/session", headers=named))["role"] == "carol"
        refused(httpx.get(f"{url}/api/session"), 401)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    finally:
        process.kill()


def test_the_command_says_which_packages_are_missing() -> None:
    script = "import sys; sys.modules['fastapi'] = None; from hypermindlabs import cli; sys.exit(cli.main(['serve']))"
    done = subprocess.run([sys.executable, "-c", script], cwd=harness.REPO, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "hypermindlabs: the packages of the web service are missing: fastapi",
        "  Install them: pip install 'hypermindlabs[web]'",
    ]


def test_an_unreachable_database_is_said_at_the_start(tmp_path: Path) -> None:
    process = serving(f"host={tmp_path} dbname=none")
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (4, "")
    assert err.startswith("hypermindlabs: no connection: ")
    assert "Traceback" not in err


def test_what_was_erased_is_gone(web: httpx.Client, labs: dict[str, Lab], two_projects: Any) -> None:
    run = labs["alice"].runs.create(two_projects.a, "chat")
    labs["alice"].runs.append(run, "message.added", {"content": "quetzal"}, {"word": "quetzal"})
    labs["oscar"].runs.erase_payload(run, 2, "personal data")
    for url in ("state?seq=2", "diff?from_seq=1&to_seq=2", "replay-context?seq=2"):
        answer = refused(web.get(f"/api/runs/{run}/{url}"), 410, "MH025")
        assert answer["params"]["first_seq"] == 2
    refused(web.post(f"/api/runs/{run}/forks", json={"at_seq": 2}), 410, "MH025")
    assert ok(web.get(f"/api/runs/{run}/state?seq=1"))["state"] == {}
    assert ok(web.get(f"/api/runs/{run}/timeline"))["items"][1]["erased"] is True
    assert ok(web.get(f"/api/runs/{run}/events/2"))["payload"] is None
    assert ok(web.get(f"/api/runs/{run}/verification"))["intact"] is True
    labs["alice"].runs.cancel(run)


def test_an_archived_run_is_listed_and_says_where_it_is(web: httpx.Client, two_projects: Any) -> None:
    run = harness.archived_run(two_projects.dsn_of("oscar"), two_projects.a, date(2011, 3, 1))
    details = ok(web.get(f"/api/runs/{run}"))
    assert (details["run"]["location"], details["request"], details["pins"]) == ("s3://archive/old", None, [])
    (listed,) = ok(web.get("/api/runs", params={"until": "2012-01-01T00:00:00Z"}))["items"]
    assert (listed["run_id"], listed["archive_id"]) == (str(run), details["run"]["archive_id"])
    (family,) = ok(web.get(f"/api/runs/{run}/lineage"))["items"]
    assert family["status"] == "cancelled"
    for url in (
        "timeline",
        "events",
        "events/1",
        "state",
        "diff?from_seq=0&to_seq=1",
        "artifacts",
        "replay-context",
        "verification",
    ):
        answer = refused(web.get(f"/api/runs/{run}/{url}"), 410, "MH032")
        assert answer["params"]["location"] == "s3://archive/old"
    refused(web.get("/api/search", params={"q": "word", "run_id": str(run)}), 410, "MH032")
    refused(web.post(f"/api/runs/{run}/forks", json={"at_seq": 1}), 410, "MH032")
