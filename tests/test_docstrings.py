"""Every example in a docstring of the package's API runs as it stands, each on runs of its own."""

import doctest
import importlib
import inspect
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import hypermindlabs
from hypermindlabs import (
    Lab,
    connect,
    contract_manager,
    database_router,
    operations_manager,
    persistence,
    replay_manager,
    run_manager,
)

MODULES = (
    *("", ".chain", ".errors", ".json_text", ".persistence", ".database_router"),
    *(".run_manager", ".replay_manager", ".contract_manager", ".operations_manager", ".metrics"),
)


def examples() -> list[doctest.DocTest]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    modules = [importlib.import_module(f"hypermindlabs{name}") for name in MODULES]
    found = [test for module in modules for test in finder.find(module) if test.examples]
    # A manager's method has the docstring of its function in persistence: once is enough.
    return list({test.docstring: test for test in found}.values())


@pytest.fixture(scope="module")
def labs(two_projects: Any) -> Iterator[dict[str, Lab]]:
    with ExitStack() as stack:
        open_lab = {person: stack.enter_context(connect(two_projects.dsn_of(person))) for person in ("alice", "oscar")}
        yield {**open_lab, "admin": stack.enter_context(connect(two_projects.dsn))}


@pytest.fixture
def namespace(two_projects: Any, labs: dict[str, Lab]) -> Iterator[dict[str, Any]]:
    """What the docstring of hypermindlabs.persistence promises to the examples."""
    lab = labs["alice"]
    run2 = lab.runs.create(two_projects.a, "batch")
    run = lab.runs.create(two_projects.a, "chat", input={"question": "Where is my order?"})
    lab.runs.start(run)
    for step in (1, 2, 3):
        lab.runs.append(run, "step.done", {"n": step}, state_delta={"step": step})
    yield {
        "lab": lab,
        "operator": labs["oscar"],
        "admin": labs["admin"],
        "dsn": two_projects.dsn_of("alice"),
        "project": two_projects.a,
        "role": two_projects.role_a,
        "member": "carol",
        "run": run,
        "run2": run2,
    }
    for left in lab.runs.list(limit=100):
        if not left.is_closed:
            lab.runs.cancel(left.run_id)


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_the_example_runs(example: doctest.DocTest, namespace: dict[str, Any]) -> None:
    example.globs.update(namespace)
    output: list[str] = []
    result = doctest.DocTestRunner().run(example, out=output.append, clear_globs=False)
    assert result.failed == 0, "".join(output)


def api() -> list[tuple[str, Any]]:
    """The public functions of persistence and the public methods of the classes that send its calls."""
    functions = inspect.getmembers(
        persistence, lambda f: inspect.isfunction(f) and f.__module__ == persistence.__name__
    )
    classes = (
        hypermindlabs.Lab,
        database_router.DatabaseRouter,
        run_manager.RunManager,
        replay_manager.ReplayManager,
        contract_manager.ContractManager,
        operations_manager.OperationsManager,
    )
    methods = [(f"{c.__name__}.{name}", value) for c in classes for name, value in inspect.getmembers(c, callable)]
    return [(name, f) for name, f in functions + methods if not name.split(".")[-1].startswith("_")]


@pytest.mark.parametrize(("name", "function"), [pytest.param(*entry, id=entry[0]) for entry in api()])
def test_what_can_be_called_says_how(name: str, function: Any) -> None:
    documentation = inspect.getdoc(function) or ""
    assert documentation
    if name.split(".")[-1] not in ("open", "close"):
        assert ">>>" in documentation


def test_a_method_shows_the_parameters_of_its_call() -> None:
    build = list(inspect.signature(persistence.append_event).parameters)
    assert list(inspect.signature(run_manager.RunManager.append).parameters) == ["self", *build]
    assert list(inspect.signature(run_manager.AsyncRunManager.append).parameters) == ["self", *build]
