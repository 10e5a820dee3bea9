"""The catalogue in docs/contracts.md says what is deployed."""

from __future__ import annotations

import re
from typing import Any

import harness
import pytest
from conftest import Connection

DOCS = harness.REPO / "docs" / "contracts.md"
HEADER = ["event type", "what it means", "required members", "other members", "columns filled", "text rule"]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.fixture(scope="module")
def documented() -> dict[str, list[str]]:
    """The rows of the catalogue, by event type."""
    lines = DOCS.read_text().split("\n")
    start = next(n for n, line in enumerate(lines) if cells(line) == HEADER)
    rows = [cells(line) for line in lines[start + 2 : lines.index("", start)]]
    assert all(len(row) == len(HEADER) for row in rows)
    return {names(row[0])[0]: row[1:] for row in rows}


@pytest.fixture(scope="module")
def deployed(admin_conn: Connection) -> dict[str, tuple[Any, ...]]:
    """The latest contracts of the whole ledger, by event type."""
    query = """
        select e.event_type, e.schema, e.columns, e.text_rule
        from hypermind.event_types as e
        where e.project_id is null and e.is_latest"""
    return {event_type: tuple(rest) for event_type, *rest in admin_conn.execute(query)}


def test_every_event_type_is_listed_once(
    documented: dict[str, list[str]], deployed: dict[str, tuple[Any, ...]]
) -> None:
    assert documented.keys() == deployed.keys()
    assert len(documented) == 21


def test_the_catalogue_says_what_the_contracts_say(
    documented: dict[str, list[str]], deployed: dict[str, tuple[Any, ...]]
) -> None:
    for event_type, (meaning, required, other, columns, rule) in documented.items():
        schema, filled, text_rule = deployed[event_type]
        listed = schema.get("required", [])
        assert meaning == schema["description"], event_type
        assert sorted(names(required)) == sorted(listed), event_type
        assert sorted(names(other)) == sorted(schema["properties"].keys() - set(listed)), event_type
        assert dict(re.findall(r"`(\w+)` from `([^`]+)`", columns)) == filled, event_type
        assert rule == (text_rule or "-"), event_type
