"""The web service against requests made up from its own OpenAPI schema, valid ones and broken ones."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import schemathesis
import web_service
from conftest import only_with
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hypermindlabs import connect, web_ui

pytestmark = only_with("system", "the service's own answers")

UNKNOWN = UUID("01900000-0000-7000-8000-000000000000")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = int(os.environ.get("HYPERMIND_FUZZ_EXAMPLES", "60"))


@pytest.fixture(scope="module")
def service(two_projects: Any) -> Iterator[tuple[str, list[UUID]]]:
    """A service, and runs to ask for: one that has all that a run can have, a foreign one, and one that is not."""
    with connect(two_projects.dsn_of("alice")) as alice, connect(two_projects.dsn_of("bob")) as bob:
        alice.runs.register_config(two_projects.a, "prompt", "greeting", {"text": "Hi"})
        pins: Any = {"system": {"kind": "prompt", "name": "greeting", "version": 1}}
        run = alice.runs.create(two_projects.a, "chat", tags=["x"], metadata={"title": "A run"}, configs=pins)
        alice.runs.start(run)
        asked = alice.runs.append(run, "model.requested", {"gen_ai.request.model": "m"}, state_delta={"a": [1, 1.5]})
        alice.runs.append(run, "model.responded", {"content": "needle"}, parent_seq=asked, cost=0.5, output_tokens=3)
        alice.runs.attach(run, "chart", "s3://b/c", bytes(32), 5, metadata={"dpi": 300})
        alice.runs.complete(run, {"answer": "none"})
        foreign = bob.runs.create(two_projects.b, "chat")
        tokens = web_ui.Tokens(
            web_ui.Token(web_ui.sha256(web_service.SECRETS[person]), web_ui.Caller(person, person))
            for person in ("alice", "oscar")
        )
        with web_service.running(web_service.server_dsn(two_projects.dsn), tokens=tokens) as address:
            yield address, [run, foreign, UNKNOWN]


@pytest.fixture(scope="module")
def api_schema(service: tuple[str, list[UUID]], two_projects: Any) -> Any:
    """The schema, with values that exist: random ids would never get past the first look."""
    address, runs = service
    document = httpx.get(f"{address}/openapi.json").json()
    now = datetime.now(UTC)
    since, until = (f"{now + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}" for hours in (-1, 1))
    known: dict[str, list[str]] = {
        "run_id": [str(run) for run in runs],
        "project_id": [str(two_projects.a), str(two_projects.b), str(uuid.UUID(int=7))],
        "since": [since, until],
        "until": [until, since],
        "from": [f"{now:%Y-%m-%d}"],
        "to": [f"{now + timedelta(days=1):%Y-%m-%d}"],
    }
    for operations in document["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] in known:
                    form = parameter["schema"].get("format", "")
                    parameter["schema"] = {"anyOf": [{"type": "string", "enum": known[parameter["name"]]}, *also(form)]}
                elif parameter["name"] in ("seq", "after_seq", "from_seq", "to_seq", "limit"):
                    parameter["schema"] = {"type": "integer", "minimum": 1, "maximum": 6}
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=address)
    return schema


def also(form: str) -> list[dict[str, str]]:
    """Beside times that are known, any times."""
    return [{"type": "string", "format": form}] if form.startswith("date") else []


def operations() -> list[tuple[str, str]]:
    """Every method and path."""
    document = web_ui.create_app("").openapi()
    return [(path, method) for path, methods in document["paths"].items() for method in methods]


def plain(operation: Any) -> Any:
    """What is required, and no more: the first of the known values of each."""
    values: dict[str, Any] = {"seq": 1, "from_seq": 1, "to_seq": 2, "q": "needle", "kind": "prompt", "name": "greeting"}
    required: dict[str, dict[str, Any]] = {"path": {}, "query": {}}
    for parameter in operation.definition.raw.get("parameters", ()):
        if parameter.get("required"):
            known = parameter["schema"].get("anyOf", [{}])[0].get("enum", [None])[0]
            required[parameter["in"]][parameter["name"]] = known or values[parameter["name"]]
    body = {"at_seq": 1} if operation.path.endswith("/forks") else {"token": web_service.SECRETS["alice"]}
    return operation.Case(
        path_parameters=required["path"],
        query=required["query"],
        **({"body": body, "media_type": "application/json"} if operation.method == "post" else {}),
    )


@pytest.mark.parametrize(("path", "method"), operations(), ids=lambda part: part)
def test_a_plain_request_is_taken(api_schema: Any, path: str, method: str) -> None:
    """What test_no_request_breaks_it varies is a request that works."""
    case = plain(api_schema[path][method])
    response = case.call(headers=web_service.bearer("oscar" if path == "/metrics" else "alice"), timeout=20)
    assert 200 <= response.status_code < 300, response.text
    case.validate_response(response, checks=CHECKS)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), operations(), ids=lambda part: part)
def test_no_request_breaks_it(api_schema: Any, path: str, method: str, mode: GenerationMode) -> None:
    operation = api_schema[path][method]
    token = web_service.bearer("alice")["authorization"]

    @given(operation.as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    def ask(case: Any) -> None:
        headers = {name: value for name, value in (case.headers or {}).items() if name.lower() != "authorization"}
        response = case.call(headers={**headers, "authorization": token}, timeout=20)
        # In a query all is text: only in a body has a value a type to break.
        case.validate_response(response, checks=[*CHECKS, negative_data_rejection] if method == "post" else CHECKS)
        if response.status_code >= 400:
            assert response.headers["content-type"] == ["application/problem+json"]

    try:
        ask()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # nothing about it can be wrong
