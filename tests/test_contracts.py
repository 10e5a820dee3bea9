"""Payload contracts from Python: registered, enforced at every way in, tried without writing, read as a catalogue."""

import asyncio
import io
import json
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from conftest import TwoProjects
from hypothesis import given
from hypothesis import strategies as st
from test_database_router import Proxy, Recording

from hypermindlabs import AsyncLab, Lab, NewEvent, connect, connect_async, contract_check, errors, persistence
from hypermindlabs.importers import TraceFileError

ORDER = {
    "type": "object",
    "required": ["order"],
    "properties": {
        "order": {"type": "integer", "minimum": 1},
        "shop": {"type": "string", "maxLength": 10},
        "items": {"type": "array", "items": {"type": "string"}},
    },
}
SHIPPED = {
    *("run.created", "run.started", "run.paused", "run.resumed", "run.completed", "run.failed", "run.cancelled"),
    *("run.cancel_requested", "artifact.attached", "model.requested", "model.responded", "tool.called"),
    *("tool.returned", "message.added", "token.streamed", "stage.entered", "handoff.made", "guardrail.tripped"),
    *("error.raised", "metric.recorded", "evaluation.recorded"),
}


@pytest.fixture(scope="module")
def lab(two_projects: TwoProjects) -> Iterator[Lab]:
    with connect(two_projects.dsn_of("alice")) as lab:
        yield lab


@pytest.fixture(scope="module")
def bob(two_projects: TwoProjects) -> Iterator[Lab]:
    with connect(two_projects.dsn_of("bob")) as lab:
        yield lab


@pytest.fixture(scope="module")
def carol(two_projects: TwoProjects) -> Iterator[Lab]:
    with connect(two_projects.dsn_of("carol")) as lab:
        yield lab


@pytest.fixture(scope="module")
def operator(two_projects: TwoProjects) -> Iterator[Lab]:
    with connect(two_projects.dsn_of("oscar")) as lab:
        yield lab


@pytest.fixture
def project(two_projects: TwoProjects) -> uuid.UUID:
    return two_projects.a


@pytest.fixture
def run(lab: Lab, project: uuid.UUID) -> uuid.UUID:
    """A running run: two events."""
    run = lab.runs.create(project, "chat")
    lab.runs.start(run)
    return run


def new_type() -> str:
    return f"custom.t{uuid.uuid4().hex}"


@pytest.fixture
def order(lab: Lab, project: uuid.UUID) -> str:
    """An event type of the project with one version."""
    name = new_type()
    assert lab.contracts.register_event_type(name, ORDER, project_id=project) == 1
    return name


def broken(error: errors.ContractViolation) -> list[tuple[str, str]]:
    return sorted((found["pointer"], found["keyword"]) for found in error.detail["violations"])


# Versions


def test_versions_are_numbered_and_the_same_content_is_the_same_version(
    lab: Lab, project: uuid.UUID, order: str
) -> None:
    assert lab.contracts.register_event_type(order, ORDER, project_id=project) == 1
    more = {**ORDER, "properties": {**ORDER["properties"], "note": {"type": "string"}}}  # type: ignore[dict-item]
    register = lab.contracts.register_event_type
    assert register(order, more, project_id=project, expected_version=1, summary="a note") == 2
    assert register(order, more, project_id=project, expected_version=1) == 2  # its retry
    assert register(order, more, project_id=project, text_rule="all") == 3  # what is searchable is part of it
    with pytest.raises(errors.BreakingContract):  # what fills a column has to fit it
        register(order, more, project_id=project, text_rule="all", columns={"model": "shop"})
    assert register(order, more, project_id=project, text_rule="all", columns={"model": "shop"}, breaking=True) == 4
    versions = lab.contracts.event_types(project_id=project, event_type=order, latest=False)
    assert [v.version for v in versions] == [4, 3, 2, 1]
    assert [v.is_latest for v in versions] == [True, False, False, False]
    assert [v.text_rule for v in versions] == ["all", "all", None, None]
    assert versions[0].columns == {"model": "shop"} and versions[-1].columns == {}
    assert versions[-1].schema == ORDER and versions[0].schema == more
    second = versions[2]
    assert (second.summary, second.author, second.project_id, second.breaking) == ("a note", "alice", project, False)
    assert lab.contracts.event_type(order, project_id=project) == versions[0]
    assert lab.contracts.event_type(order, project_id=project, version=2) == second


def test_two_who_edit_at_once_do_not_overwrite_each_other(lab: Lab, project: uuid.UUID, order: str) -> None:
    with pytest.raises(errors.ConfigVersionConflict) as caught:
        lab.contracts.register_event_type(order, {"type": "object"}, project_id=project, expected_version=0)
    detail = caught.value.detail
    assert (detail["subject"], detail["expected_version"], detail["actual_version"]) == (order, 0, 1)


def test_a_version_that_breaks_what_was_valid_has_to_say_so(lab: Lab, project: uuid.UUID, order: str) -> None:
    stricter = {**ORDER, "required": ["order", "shop"]}
    with pytest.raises(errors.BreakingContract) as caught:
        lab.contracts.register_event_type(order, stricter, project_id=project)
    detail = caught.value.detail
    assert (detail["subject"], detail["version"]) == (order, 1)
    assert detail["problems"] and all(set(problem) == {"pointer", "problem"} for problem in detail["problems"])
    assert lab.contracts.event_type(order, project_id=project).version == 1
    assert lab.contracts.register_event_type(order, stricter, project_id=project, breaking=True) == 2
    assert lab.contracts.event_type(order, project_id=project).breaking


def test_a_registration_is_part_of_the_callers_transaction(lab: Lab, project: uuid.UUID, run: uuid.UUID) -> None:
    name = new_type()
    with pytest.raises(ZeroDivisionError), lab.transaction() as tx:
        tx.contracts.register_event_type(name, ORDER, project_id=project)
        with pytest.raises(errors.ContractViolation), tx.connection.transaction():
            tx.runs.append(run, name, {})
        raise ZeroDivisionError
    with pytest.raises(errors.ContractNotFound) as caught:
        lab.contracts.event_type(name, project_id=project)
    assert caught.value.detail == {"subject": name, "version": None}
    assert lab.runs.append(run, name, {}) == 3


# What is registered, and by whom


@pytest.mark.parametrize(
    ("schema", "pointer", "keyword"),
    [
        ({"type": "text"}, "/type", "type"),
        ({"properties": {"a~b": {"minimum": "1"}}}, "/properties/a~0b/minimum", "minimum"),
        ({"$ref": "https://example.com/schema"}, "/$ref", "$ref"),
        ({"properties": {"a": {"$dynamicRef": "#a"}}}, "/properties/a/$dynamicRef", "$dynamicRef"),
        ({"required": "a"}, "/required", "required"),
    ],
)
def test_what_is_no_schema_or_cannot_be_decided_is_refused_with_its_place(
    lab: Lab, project: uuid.UUID, schema: Any, pointer: str, keyword: str
) -> None:
    for refused in (
        lambda: lab.contracts.register_event_type(new_type(), schema, project_id=project),
        lambda: lab.contracts.register(project, "state", schema),
        lambda: lab.contracts.schema_violations(schema, {}),
    ):
        with pytest.raises(errors.InvalidSchema) as caught:
            refused()
        assert (caught.value.detail["pointer"], caught.value.detail["keyword"]) == (pointer, keyword)
        assert caught.value.detail["reason"] and caught.value.hint


def nested(levels: int) -> Any:
    schema: Any = {}
    for _ in range(levels):
        schema = {"not": schema}
    return schema


@pytest.mark.parametrize("schema", [{"description": "x" * 300_000}, nested(200)], ids=["too large", "too deep"])
def test_a_schema_beyond_the_limits_is_refused(lab: Lab, project: uuid.UUID, schema: Any) -> None:
    with pytest.raises(errors.ValueTooLarge):
        lab.contracts.register_event_type(new_type(), schema, project_id=project)


@pytest.mark.parametrize(
    ("arguments", "error_class"),
    [
        ({"event_type": "Custom.x"}, errors.InvalidArgument),
        ({"event_type": "state"}, errors.InvalidArgument),
        ({"project_id": None}, errors.InvalidArgument),
        ({"project_id": uuid.uuid4()}, errors.ProjectNotFound),
        ({"columns": {"colour": "shop"}}, errors.InvalidArgument),
        ({"columns": {"model": 7}}, errors.InvalidArgument),
        ({"text_rule": "some"}, errors.InvalidArgument),
        ({"summary": "x" * 3000}, errors.InvalidArgument),
        ({"event_type": "custom.x\x00"}, errors.InvalidArgument),
        ({"schema": [1]}, errors.InvalidSchema),
        ({"schema": {"minimum": float("nan")}}, errors.InvalidArgument),
    ],
)
def test_arguments_that_make_no_sense_are_refused(
    lab: Lab, project: uuid.UUID, arguments: dict[str, Any], error_class: type[Exception]
) -> None:
    given = {"event_type": "custom.refused", "schema": ORDER, "project_id": project, **arguments}
    with pytest.raises(error_class):
        lab.contracts.register_event_type(**given)


def test_ledger_wide_types_are_registered_by_operators_only(lab: Lab, operator: Lab, bob: Lab) -> None:
    name = f"billing.t{uuid.uuid4().hex}"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        lab.contracts.register_event_type(name, ORDER)
    assert operator.contracts.register_event_type(name, ORDER) == 1
    assert bob.contracts.event_type(name).project_id is None


def test_readers_register_nothing_but_may_try(carol: Lab, project: uuid.UUID, order: str) -> None:
    for refused in (
        lambda: carol.contracts.register_event_type(new_type(), ORDER, project_id=project),
        lambda: carol.contracts.register(project, "state", ORDER),
        lambda: carol.contracts.set_enforcement(project, "known"),
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            refused()
    assert [found.keyword for found in carol.contracts.violations(order, {}, project_id=project)] == ["required"]
    assert carol.contracts.schema_violations(ORDER, {"order": 1}) == []


def test_a_project_sees_its_own_contracts_only(lab: Lab, bob: Lab, project: uuid.UUID, order: str) -> None:
    assert order in [t.event_type for t in lab.contracts.event_types()]
    assert order not in [t.event_type for t in bob.contracts.event_types()]
    assert bob.contracts.event_types(project_id=project, event_type=order) == []
    with pytest.raises(errors.ContractNotFound):
        bob.contracts.event_type(order, project_id=project)
    for call in (
        lambda: bob.contracts.violations(order, {}, project_id=project),
        lambda: bob.contracts.register_event_type(order, ORDER, project_id=project),
        lambda: bob.contracts.register(project, "state", {}),
    ):
        with pytest.raises(errors.ProjectNotFound):
            call()
    with pytest.raises(errors.ContractNotFound):
        bob.contracts.violations(order, {})


def test_the_catalogue_has_what_is_shipped(lab: Lab, project: uuid.UUID, two_projects: TwoProjects, order: str) -> None:
    types = {t.event_type: t for t in lab.contracts.event_types(project_id=project)}
    assert {*SHIPPED, order} <= types.keys()
    responded = types["model.responded"]
    assert responded.project_id is None and responded.version >= 1 and responded.text_rule == "messages"
    assert responded.columns["output_tokens"] == "gen_ai.usage.output_tokens"
    assert order not in [t.event_type for t in lab.contracts.event_types(project_id=two_projects.b)]
    assert [t.event_type for t in lab.contracts.event_types(event_type="tool.called")] == ["tool.called"]


# Enforced at append


def test_every_rule_that_a_payload_breaks_is_named(lab: Lab, run: uuid.UUID, order: str) -> None:
    with pytest.raises(errors.ContractViolation) as caught:
        lab.runs.append(run, order, {"order": 0, "shop": "x" * 11, "items": ["a", 2]})
    error = caught.value
    assert (error.detail["subject"], error.detail["version"], error.detail["count"]) == (order, 1, 3)
    assert broken(error) == [("/items/1", "type"), ("/order", "minimum"), ("/shop", "maxLength")]
    by_pointer = {found["pointer"]: found for found in error.detail["violations"]}
    assert by_pointer["/shop"]["rule"] == "/properties/shop/maxLength"
    assert all(found["message"] for found in error.detail["violations"]) and error.hint
    assert lab.runs.get(run).last_seq == 2
    assert lab.runs.append(run, order, {"order": 1}) == 3
    assert lab.runs.events(run, after_seq=2)[0].contract_version == 1


def test_a_batch_names_the_event_and_writes_nothing(lab: Lab, run: uuid.UUID, order: str) -> None:
    with pytest.raises(errors.ContractViolation) as caught:
        lab.runs.append_many(run, [NewEvent(order, {"order": n}) for n in (3, 2, 0, "1")])
    assert caught.value.detail["event"] == 3
    assert broken(caught.value) == [("/order", "minimum")]
    assert lab.runs.get(run).last_seq == 2
    assert lab.runs.append_many(run, [NewEvent(order, {"order": n}) for n in (3, 2, 1)]) == 5
    assert [event.contract_version for event in lab.runs.events(run, after_seq=2)] == [1, 1, 1]
    assert lab.replay.verify(run)


def test_payload_members_fill_columns_that_the_caller_leaves_out(lab: Lab, project: uuid.UUID, run: uuid.UUID) -> None:
    name = new_type()
    columns = {"model": "m", "tool": "t", "input_tokens": "in", "output_tokens": "out", "cost": "price"}
    lab.contracts.register_event_type(name, {"type": "object"}, project_id=project, columns=columns)
    payload = {"m": "m-1", "t": "grep", "in": 12, "out": None, "price": Decimal("0.10")}
    lab.runs.append(run, name, payload)
    lab.runs.append(run, name, payload, model="m-2", cost=Decimal("0.2"))
    lab.runs.append_many(run, [NewEvent(name, payload), NewEvent(name, payload, tool="sed"), NewEvent(name, {})])
    events = lab.runs.events(run, after_seq=2)
    told = [(e.model, e.tool, e.input_tokens, e.output_tokens, e.cost) for e in events]
    assert told == [
        ("m-1", "grep", 12, None, Decimal("0.10")),
        ("m-2", "grep", 12, None, Decimal("0.2")),
        ("m-1", "grep", 12, None, Decimal("0.10")),
        ("m-1", "sed", 12, None, Decimal("0.10")),
        (None, None, None, None, None),
    ]
    assert lab.replay.verify(run)
    for member, value in (("m", ""), ("t", 7), ("in", -1), ("in", 1.5), ("out", "many"), ("price", 10**12)):
        with pytest.raises(errors.ContractViolation) as caught:
            lab.runs.append(run, name, {member: value})
        assert {found["pointer"] for found in caught.value.detail["violations"]} == {f"/{member}"}


def test_shipped_contracts_fill_columns(lab: Lab, run: uuid.UUID) -> None:
    usage = {"gen_ai.usage.input_tokens": 1830, "gen_ai.usage.output_tokens": 41}
    lab.runs.append(run, "model.responded", {"gen_ai.response.model": "m-1", "content": "Hi", **usage})
    lab.runs.append(run, "tool.called", {"gen_ai.tool.name": "grep", "gen_ai.tool.call.arguments": {"q": "x"}})
    responded, called = lab.runs.events(run, after_seq=2)
    assert (responded.model, responded.input_tokens, responded.output_tokens) == ("m-1", 1830, 41)
    assert called.tool == "grep" and called.contract_version == 1
    with pytest.raises(errors.ContractViolation):
        lab.runs.append(run, "model.responded", {"gen_ai.usage.input_tokens": "many"})


def test_a_retry_succeeds_whatever_is_registered_since(lab: Lab, project: uuid.UUID, run: uuid.UUID) -> None:
    name, event_id = new_type(), uuid.uuid4()
    assert lab.runs.append(run, name, {"order": "x"}, event_id=event_id) == 3
    lab.contracts.register_event_type(name, ORDER, project_id=project)
    assert lab.runs.append(run, name, {"order": "x"}, event_id=event_id) == 3
    with pytest.raises(errors.ContractViolation):
        lab.runs.append(run, name, {"order": "x"})
    assert lab.runs.events(run, after_seq=2)[0].contract_version is None


def test_a_strict_project_refuses_types_that_nobody_registered(
    bob: Lab, operator: Lab, admin_conn: Any, two_projects: TwoProjects
) -> None:
    run = bob.runs.create(two_projects.b, "chat")
    assert bob.runs.append(run, "custom.unheard_of") == 2
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        bob.contracts.set_enforcement(two_projects.b, "strict")
    with pytest.raises(errors.ProjectNotFound):
        operator.contracts.set_enforcement(two_projects.b, "strict")
    admin_conn.execute("select hypermind.grant_project(%s, 'oscar')", (two_projects.b,))
    for refused in ("off", "STRICT", ""):
        with pytest.raises(errors.InvalidArgument):
            operator.contracts.set_enforcement(two_projects.b, refused)
    try:
        operator.contracts.set_enforcement(two_projects.b, "strict")
        assert [p.enforcement for p in bob.runs.projects()] == ["strict"]
        with pytest.raises(errors.UnknownEventType) as caught:
            bob.runs.append(run, "custom.unheard_of")
        assert caught.value.detail["event_type"] == "custom.unheard_of"
        with pytest.raises(errors.UnknownEventType) as caught:
            bob.runs.append_many(run, [NewEvent("stage.entered", {"stage": "a"}), NewEvent("custom.unheard_of")])
        assert bob.runs.append(run, "stage.entered", {"stage": "plan"}) == 3
        assert bob.runs.start(run) == 4
    finally:
        operator.contracts.set_enforcement(two_projects.b, "known")
    assert bob.runs.append(run, "custom.unheard_of") == 5


# States and configurations


@pytest.fixture
def bobs(bob: Lab, two_projects: TwoProjects) -> Iterator[uuid.UUID]:
    """Project b, whose state contract is taken back at the end: a new version takes everything."""
    yield two_projects.b
    for contract in bob.contracts.of_project(two_projects.b):
        bob.contracts.register(two_projects.b, contract.subject, True)


def test_a_state_has_to_meet_the_contract_of_its_project(bob: Lab, bobs: uuid.UUID) -> None:
    schema = {"required": ["stage"], "properties": {"stage": {"enum": ["plan", "act"]}}}
    version = bob.contracts.register(bobs, "state", schema, breaking=True, summary="stages")
    (contract,) = bob.contracts.of_project(bobs, subject="state")
    assert (contract.version, contract.schema, contract.summary) == (version, schema, "stages")
    run = bob.runs.create(bobs, "chat")
    bob.runs.start(run)
    assert bob.runs.append(run, "custom.step", state_delta={"stage": "rest"}) == 3
    for refused in (lambda: bob.runs.take_snapshot(run), lambda: bob.runs.complete(run)):
        with pytest.raises(errors.ContractViolation) as caught:
            refused()
        assert caught.value.detail["subject"] == "state"
        assert broken(caught.value) == [("/stage", "enum")]
    with pytest.raises(errors.ContractViolation):
        bob.replay.fork(run, 3)
    assert bob.runs.get(run).status == "running"
    child = bob.replay.fork(run, 3, state_patch={"stage": "plan"})
    assert bob.replay.state_at(child, 0) == {"stage": "plan"}
    assert bob.runs.fail(run) == 4  # a run can always end
    assert bob.runs.cancel(child) == 2


def test_configurations_have_to_meet_the_contract_of_their_kind(bob: Lab, bobs: uuid.UUID) -> None:
    bob.contracts.register(bobs, "prompt", {"required": ["text"], "properties": {"text": {"type": "string"}}})
    assert bob.runs.register_config(bobs, "prompt", "p", {"text": "Hello"}) == 1
    with pytest.raises(errors.ContractViolation) as caught:
        bob.runs.register_config(bobs, "prompt", "p", {"text": 1})
    assert (caught.value.detail["subject"], broken(caught.value)) == ("prompt", [("/text", "type")])
    assert bob.runs.register_config(bobs, "tool", "p", {"anything": 1}) == 1
    assert bob.contracts.violations("prompt", {}, project_id=bobs)[0].keyword == "required"
    with pytest.raises(errors.InvalidArgument):
        bob.contracts.register(bobs, "runs", {})


# Tried without writing


def test_a_dry_run_says_what_an_append_would(lab: Lab, project: uuid.UUID, run: uuid.UUID, order: str) -> None:
    lab.contracts.register_event_type(order, {**ORDER, "minProperties": 2}, project_id=project, breaking=True)
    payload = {"order": "1"}
    with pytest.raises(errors.ContractViolation) as caught:
        lab.runs.append(run, order, payload)
    found = lab.contracts.violations(order, payload, project_id=project)
    assert [vars_of(v) for v in found] == caught.value.detail["violations"]
    assert [v.keyword for v in lab.contracts.violations(order, payload, project_id=project, version=1)] == ["type"]
    assert lab.contracts.violations(order, {"order": 1, "shop": "a"}, project_id=project) == []
    for subject, version in ((order, 3), (new_type(), None), ("state", 99)):
        with pytest.raises(errors.ContractNotFound) as missing:
            lab.contracts.violations(subject, {}, project_id=project, version=version)
        assert (missing.value.detail["subject"], missing.value.detail["version"]) == (subject, version)


def vars_of(violation: persistence.Violation) -> dict[str, str]:
    return {name: getattr(violation, name) for name in ("pointer", "rule", "keyword", "message")}


def test_many_values_in_one_round_trip_keep_their_order(lab: Lab, project: uuid.UUID, order: str) -> None:
    values = [(order, {"order": n}) if n % 3 else ("stage.entered", {}) for n in range(200)]
    found = lab.contracts.violations_of_each(values, project_id=project)
    assert [len(violations) for violations in found] == [0 if n % 3 else 1 for n in range(200)]
    assert lab.contracts.violations_of_each([], project_id=project) == []
    by_schema = lab.contracts.schema_violations_of_each({"minimum": 2}, [1, None, 2, "x"])
    assert [len(violations) for violations in by_schema] == [1, 0, 0, 0]
    assert lab.contracts.schema_violations_of_each(False, [None])[0][0].pointer == ""
    with pytest.raises(errors.ContractNotFound):
        lab.contracts.violations_of_each([(order, {"order": 1}), (new_type(), {})], project_id=project)


def test_text_that_jsonb_cannot_hold_goes_round(lab: Lab, project: uuid.UUID, run: uuid.UUID) -> None:
    name, strange = new_type(), "\x00\ud83d\ufdd0"
    schema = {"properties": {strange: {"const": strange}}, "required": [strange]}
    lab.contracts.register_event_type(name, schema, project_id=project)
    assert lab.contracts.event_type(name, project_id=project).schema == schema
    (found,) = lab.contracts.violations(name, {strange: "x"}, project_id=project)
    assert found.pointer == f"/{strange}"
    with pytest.raises(errors.ContractViolation) as caught:
        lab.runs.append(run, name, {strange: 1})
    assert caught.value.detail["violations"][0]["pointer"] == f"/{strange}"
    assert lab.runs.append(run, name, {strange: strange}) == 3


def test_a_value_that_cannot_be_followed_to_its_end_is_refused(lab: Lab, project: uuid.UUID) -> None:
    name = new_type()
    tree = {"properties": {"left": {"$ref": "#"}, "leaf": {"type": "integer"}}}
    lab.contracts.register_event_type(name, tree, project_id=project)
    deep: dict[str, Any] = {"leaf": 1}
    for _ in range(400):
        deep = {"left": deep}
    for refused in (
        lambda: lab.contracts.violations(name, deep, project_id=project),
        lambda: lab.contracts.schema_violations(tree, deep),
    ):
        with pytest.raises(errors.ValueTooLarge):
            refused()
    check = contract_check.against_subject(lab, name, project, None)
    items = [
        contract_check.Item(n, None, value, 1, name) for n, value in enumerate([{}, deep, {"left": {"leaf": "x"}}], 1)
    ]
    found = [finding for batch in check.run(items) for finding in batch]
    assert [(f.line, f.pointer, f.keyword) for f in found] == [(2, "", None), (3, "/left/leaf", "type")]
    assert (check.tally.payloads, check.tally.meet) == (3, 1)


# Retries and asyncio


@pytest.mark.parametrize("after", [False, True], ids=["request lost", "answer lost"])
def test_a_registration_whose_connection_is_lost_is_done_once(
    two_projects: TwoProjects, project: uuid.UUID, after: bool
) -> None:
    proxy, recording, name = Proxy(two_projects.dsn_of("alice")), Recording(), new_type()
    try:
        with connect(proxy.dsn, retry=recording) as lab:
            proxy.cut("register_event_type", after=after)
            assert lab.contracts.register_event_type(name, ORDER, project_id=project, expected_version=0) == 1
            proxy.cut("contract_violations", after=after)
            assert lab.contracts.violations(name, {"order": 1}, project_id=project) == []
    finally:
        proxy.close()
    assert proxy.times == 0 and len(recording.errors) == 2
    with connect(two_projects.dsn_of("alice")) as lab:
        assert len(lab.contracts.event_types(event_type=name, latest=False)) == 1


def test_contracts_from_a_coroutine(two_projects: TwoProjects, project: uuid.UUID, run: uuid.UUID) -> None:
    name = new_type()

    async def work(lab: AsyncLab) -> None:
        assert await lab.contracts.register_event_type(name, ORDER, project_id=project) == 1
        with pytest.raises(errors.ContractViolation) as caught:
            await lab.runs.append(run, name, {"order": 0})
        assert broken(caught.value) == [("/order", "minimum")]
        assert (await lab.contracts.event_type(name, project_id=project)).schema == ORDER
        found = await lab.contracts.violations_of_each([(name, {}), (name, {"order": 1})], project_id=project)
        assert [len(violations) for violations in found] == [1, 0]
        async with lab.transaction() as tx:
            assert await tx.contracts.of_project(project, subject="state") == []
        with pytest.raises(errors.InvalidSchema):
            await lab.contracts.schema_violations({"type": "text"}, 1)

    async def main() -> None:
        async with connect_async(two_projects.dsn_of("alice")) as lab:
            await work(lab)

    asyncio.run(main())


# Files of payloads


def read(data: str | bytes) -> list[tuple[int, Any]]:
    raw = data.encode() if isinstance(data, str) else data
    return [(item.line, item.value) for item in contract_check.values(io.BytesIO(raw), "f")]


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1 << 16])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("\n \n", []),
        ('{"a": 1}\r\n\n{"b": 2}', [(1, {"a": 1}), (3, {"b": 2})]),
        ('\ufeff\n{\n "a": [1,\n\n2]\n}\n', [(2, {"a": [1, 2]})]),
        ("[]", []),
        ('[1, 22,\n -3.5e2 , "x\\ud83d\\ude00", "\\ud83d", true,\nnull, [[]], {"a": {}}]\n', None),
        (
            "[1e400, 0.1, 0.10000000000000000001]",
            [(1, Decimal("1e400")), (1, 0.1), (1, Decimal("0.10000000000000000001"))],
        ),
    ],
)
def test_payloads_are_read_with_their_lines(monkeypatch: pytest.MonkeyPatch, chunk: int, text: str, found: Any) -> None:
    monkeypatch.setattr(contract_check, "CHUNK", chunk)
    if found is None:
        found = list(zip([1, 1, 2, 2, 2, 2, 3, 3, 3], json.loads(text), strict=True))
    assert read(text) == found


@pytest.mark.parametrize("chunk", [1, 5, 1 << 16])
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"a": 1}\n{"b":\n{"c": 1}', "f:2: not JSON"),
        (b'{\n "a": [1,\n\n2x]\n}\n', "f:4: not JSON"),
        (b"[1,\n2", "f:2: not JSON: the list is cut off"),
        (b"[1\n2]", "f:2: not JSON: a comma is missing"),
        (b"[1,\n]", "f:2: not JSON"),
        (b"[1]\n[2]", "f:2: not JSON: something follows the list"),
        (b"[1,\nNaN]", "f:2: not JSON: NaN"),
        (b'{"a": NaN}', "f:1: not JSON: NaN"),
        (b"1\n2\n\xff", "f:3: the file is not UTF-8"),
        (b"[" * 100_000, "f:1: not JSON: it is nested too deeply"),
        (b'{"a": 1} {"a": 2}', "f:1: not JSON: something follows"),
    ],
)
def test_what_is_no_json_is_named_by_its_line(
    monkeypatch: pytest.MonkeyPatch, chunk: int, data: bytes, said: str
) -> None:
    monkeypatch.setattr(contract_check, "CHUNK", chunk)
    with pytest.raises(TraceFileError) as caught:
        read(data)
    assert str(caught.value).startswith(said)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(st.lists(JSON, max_size=5), st.sampled_from([None, 2]), st.booleans(), st.integers(1, 9))
def test_any_list_and_any_lines_are_read(values: list[Any], indent: int | None, ascii_: bool, chunk: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contract_check, "CHUNK", chunk)
        text = json.dumps(values, indent=indent, ensure_ascii=ascii_)
        assert [value for _, value in read(text.encode(errors="surrogatepass"))] == values
        objects = [{"value": value} for value in values]
        lines = "\n".join(json.dumps(value) for value in objects)
        assert read(lines) == list(enumerate(objects, 1))


def test_a_payload_that_the_database_cannot_take_spoils_no_batch() -> None:
    def ask(items: Any) -> list[list[persistence.Violation]]:
        if any(item.value == "huge" for item in items):
            raise errors.ValueTooLarge("too large")
        return [[] for _ in items]

    check = contract_check.Check(ask)
    items = [contract_check.Item(n, None, "huge" if n in (3, 8) else "x", 1) for n in range(1, 11)]
    assert [str(finding) for batch in check.run(items) for finding in batch] == [
        "line 3: too large",
        "line 8: too large",
    ]
    assert (check.tally.payloads, check.tally.meet, check.tally.broken) == (10, 8, 2)


def test_batches_are_bounded_by_number_and_by_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract_check, "BATCH", 3)
    monkeypatch.setattr(contract_check, "BATCH_CHARACTERS", 10)
    items = [contract_check.Item(n, None, n, size) for n, size in enumerate([1, 1, 1, 9, 9, 50, 1])]
    assert [[item.value for item in batch] for batch in contract_check.batches(items)] == [[0, 1, 2], [3, 4], [5], [6]]
