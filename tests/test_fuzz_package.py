"""Every parameter of every call that hypermindlabs.persistence builds, with values that no type checker would pass.

What comes is one of the package's errors, a ValueError or a TypeError: nothing of the driver's own, and no error of a
statement that means something else with a value of another type.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from conftest import TwoProjects, only_with

from hypermindlabs import persistence
from hypermindlabs.errors import HypermindError

pytestmark = only_with("system", "the package is the same")

circle: list[Any] = []
circle.append(circle)
VALUES: list[Any] = [
    *(None, True, 0, -1, 2**31, 2**63, 1.5, math.nan, math.inf, Decimal("sNaN"), Decimal("Infinity"), Decimal("1e400")),
    *("", "\x00", "a\x00b", "\ud800", "x" * 1000, "not a uuid", b"", b"\xff", object(), print, set()),
    *([], [None], ["\x00"], ["\ud800"], circle, {}, {"a": math.nan}, {"\x00": "\ud800"}, UUID(int=0)),
    *(datetime(2026, 1, 1), datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC), date.min, date.max),
    *(timedelta.max, timedelta.min),
]
BUILDERS = [
    function
    for name, function in vars(persistence).items()
    if inspect.isfunction(function)
    and not name.startswith("_")
    and "Call[" in str(function.__annotations__.get("return"))
]
AS_IT_IS = ("restore_rows",)  # a file's JSON, which the server reads
OWN_RIGHTS = ("create_project_role", "grant_project")


def plain(name: str, annotation: object) -> Any:
    """A value of the type that is asked for."""
    asked = str(annotation)
    for word, value in (
        ("Id", UUID("0197e000-0000-7000-8000-000000000000")),
        ("Sequence", []),
        ("Iterable", []),
        ("datetime", datetime(2026, 1, 1, tzinfo=UTC)),
        ("date", date(2026, 1, 1)),
        ("Json", {}),
        ("Mapping", {}),
        ("int", 1),
        ("bytes", bytes(32)),
    ):
        if word in asked:
            return value
    return "chat"


def test_there_are_calls_to_try() -> None:
    assert len(BUILDERS) > 80


@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_no_value_reaches_the_driver_as_something_else(two_projects: TwoProjects, build: Callable[..., Any]) -> None:
    parameters = inspect.signature(build).parameters
    required = {
        name: plain(name, parameter.annotation)
        for name, parameter in parameters.items()
        if parameter.default is inspect.Parameter.empty
    }
    problems = []
    with psycopg.connect(two_projects.dsn_of("oscar")) as connection:
        for name in parameters:
            for value in VALUES:
                try:
                    call = build(**{**required, name: value})
                    with connection.transaction(force_rollback=True):
                        for sent in call.parameters:
                            rows = connection.execute(call.statement, sent).fetchall()
                        call.answer(rows)
                except (HypermindError, ValueError, TypeError):
                    continue
                except psycopg.Error as error:
                    code = error.sqlstate or ""
                    if build.__name__ in AS_IT_IS and code[:2] == "22":
                        continue
                    if build.__name__ in OWN_RIGHTS and code == "42501":
                        continue
                    problems.append(f"{name}={value!r:.40}: {code} {error}")
                except Exception as error:
                    problems.append(f"{name}={value!r:.40}: {type(error).__name__} {error}")
        connection.rollback()
    assert problems == []
