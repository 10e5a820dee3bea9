"""The benchmark's own logic: what it compares, what it writes, and that both sides of its first ratio do the same."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import compare
import measures
import payloads
import plots
import psycopg
import pytest
import results
import rounds
from ledger import TEXT, Ledger
from rounds import Side, Spread
from targets import BY_KEY, ROWS

from hypermindlabs.embedded import Server


def exactly(value: float) -> Spread:
    return Spread(value, value, value)


# The quick form.


def test_a_ratio_more_than_a_third_below_what_is_recorded_fails(capsys: pytest.CaptureFixture[str]) -> None:
    recorded = {"append_1": exactly(0.72), "append_cpu": exactly(1.6)}
    assert compare.judge(recorded, {"append_1": exactly(0.47), "append_cpu": exactly(1.6)}, {}) == 1
    printed = capsys.readouterr().out
    assert f"SLOWER: {BY_KEY['append_1'].title}: 0.47, recorded 0.72" in printed
    assert "2 ratios compared with those recorded, 1 of them more than a third worse" in printed


@pytest.mark.parametrize(("key", "recorded", "found"), [("append_1", 0.72, 0.49), ("append_cpu", 1.6, 2.3)])
def test_less_than_a_third_is_let_pass(key: str, recorded: float, found: float) -> None:
    assert compare.judge({key: exactly(recorded)}, {key: exactly(found)}, {}) == 0


def test_a_cost_that_rises_by_more_than_half_fails() -> None:
    assert compare.judge({"append_cpu": exactly(1.6)}, {"append_cpu": exactly(2.5)}, {}) == 1


def test_better_never_fails() -> None:
    recorded = {"append_1": exactly(0.72), "append_cpu": exactly(1.6)}
    assert compare.judge(recorded, {"append_1": exactly(9.0), "append_cpu": exactly(0.1)}, {}) == 0


def test_absolute_figures_of_another_machine_are_not_compared() -> None:
    recorded = {"state_at": exactly(3.0), "append_1": exactly(0.7)}
    assert compare.judge(recorded, {"state_at": exactly(300.0), "append_1": exactly(0.7)}, {}) == 0


def test_nothing_to_compare_with_fails() -> None:
    assert compare.judge({}, {"append_1": exactly(0.7)}, {}) == 1
    assert compare.judge({"state_at": exactly(3.0)}, {"state_at": exactly(3.0)}, {}) == 1


def test_a_peer_that_is_left_out_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    same = {"append_1": exactly(0.7)}
    assert compare.judge(same, same, {"message-db": "npm is not installed"}) == 0
    assert "message-db is left out: npm is not installed" in capsys.readouterr().out


# Rounds and rows.


def test_rounds_alternate_and_the_first_does_not_count() -> None:
    made: list[str] = []
    sides = [Side(name, made.append, functools.partial(str, name)) for name in "AB"]
    times = rounds.interleave(sides, 3, 2)
    assert "".join(made) == "AABB" * 4
    assert {name: len(taken.wall) for name, taken in times.items()} == {"A": 3, "B": 3}


def test_a_ratio_is_of_neighbouring_rounds() -> None:
    assert rounds.quotients([1, 10, 100], [2, 20, 50]) == Spread(0.5, 0.5, 1.25)


def test_a_peer_is_measured_by_its_fastest_way() -> None:
    times = {"slow": rounds.Times(wall=[3, 4, 5]), "fast": rounds.Times(wall=[1, 2, 900])}
    assert rounds.fastest(times, ["slow", "fast"]) == "fast"


def test_each_row_is_measured_by_one_function() -> None:
    filled = [key for keys in measures.MEASURES.values() for key in keys]
    assert sorted(filled) == sorted(row.key for row in ROWS)


@pytest.mark.parametrize(("key", "reached", "missed"), [("append_1", 0.72, 0.71), ("append_cpu", 1.6, 1.61)])
def test_targets(key: str, reached: float, missed: float) -> None:
    assert BY_KEY[key].met(reached) is True
    assert BY_KEY[key].met(missed) is False
    assert BY_KEY["patch_1000"].met(1.0) is None


# What is written.


@pytest.fixture
def recorded() -> results.Recorded:
    found = measures.Findings(rows={"append_1": Spread(0.5, 0.4, 0.6), "state_at": exactly(2.0)})
    found.sides["1 client: append_event"] = {"wall": Spread(480.0, 470.0, 500.0), "cpu": Spread(255.0, 250.0, 260.0)}
    found.curves["open_snapshot"] = [(0.0, 0.1), (10_000.0, 0.3)]
    run = results.Run("one machine", ["PostgreSQL 15.1"], {"pgmq": "it is not installed"}, found)
    return results.Recorded(rows={"fold": exactly(4.0)}).with_findings(run)


def test_the_page_says_what_was_met_and_keeps_what_people_wrote(recorded: results.Recorded) -> None:
    before = f"# Title\n\nWords.\n\n{results.BEGIN}\nstale words\n{results.END}\n\nMore words.\n"
    page = results.page(before, recorded)
    assert page.startswith("# Title\n\nWords.\n") and page.endswith("\n\nMore words.\n") and "stale" not in page
    lines = {line.split(" | ")[0][2:]: line for line in page.splitlines() if line.startswith("| ")}
    assert "0.50 | 0.40 to 0.60 | ≥ 0.72 | **not met**" in lines[BY_KEY["append_1"].title]
    assert "2.00 ms |  | ≤ 3.00 ms | met" in lines[BY_KEY["state_at"].title]
    assert "4.00 |  | ≥ 3.00 | met" in lines[BY_KEY["fold"].title], "what an earlier run measured stays"
    assert "not measured" in lines[BY_KEY["verify"].title]
    assert lines["1 client: append_event"] == "| 1 client: append_event | 480 (470 to 500) | 255 (250 to 260) |"
    assert "Left out: pgmq (it is not installed)." in page
    assert results.page(page, recorded) == page


def test_what_is_recorded_is_read_again(recorded: results.Recorded, tmp_path: Path) -> None:
    path = tmp_path / "recorded.json"
    assert results.load(path) == results.Recorded()
    path.write_text(results.as_json(recorded))
    again = results.load(path)
    assert again.rows == recorded.rows and again.sides == recorded.sides
    assert results.body(again) == results.body(recorded)


def test_the_page_in_the_repository_is_of_what_is_recorded_there() -> None:
    """After a change of titles or of the page's form: bench/compare.py --page."""
    page = results.PAGE.read_text()
    recorded = results.load()
    assert recorded.rows
    assert results.page(page, recorded) == page
    for name, picture in results.pictures(recorded).items():
        assert (results.IMAGES / name).read_text() == picture


def test_plots_are_svg_with_every_point() -> None:
    import xml.etree.ElementTree as Xml

    bars = plots.bars("Ratios", [plots.Bar("a < b", 0.5, 0.4, 0.6, 0.72, False), plots.Bar("c", 2, 2, 2, None, None)])
    lines = plots.lines("Costs", "events", {"append": [(10_000, 0.4), (1_000_000, 0.5)]}, logarithmic=True)
    straight = plots.lines("Costs", "appends", {"append": [(0, 0.1), (10_000, 0.3)]})
    assert [element.text for element in Xml.fromstring(bars).iter() if element.text == "a < b"] == ["a < b"]
    for picture in (lines, straight):
        circles = [e for e in Xml.fromstring(picture).iter() if e.tag.endswith("circle")]
        assert len(circles) == 2


# Both sides of the first ratio.


@pytest.fixture(scope="module")
def ledger(server: Server) -> Iterator[Ledger]:
    made = Ledger(server, "bench_test")
    yield made
    made.close()


def call(side: Side) -> UUID:
    """Does what a side does, once, and returns the run it wrote to."""
    arguments = side.ready()
    side.call(arguments)
    run: UUID = arguments[0]
    return run


@pytest.mark.parametrize("event_type", ["chat.message", TEXT])
def test_the_raw_insert_writes_the_columns_that_an_append_writes(ledger: Ledger, event_type: str) -> None:
    appended = last_row(ledger, "hypermind.run_events", call(ledger.append("append", event_type)))
    raw = last_row(ledger, "bench.run_events", call(ledger.raw("raw", event_type)))
    assert {name for name, value in appended.items() if value is not None} == set(raw) - missing(raw)
    same = ["event_type", "payload", "contract_version", "model", "input_tokens", "output_tokens", "text_rule"]
    assert {name: appended[name] for name in same} == {name: raw[name] for name in same}


def last_row(ledger: Ledger, table: str, run: UUID) -> dict[str, Any]:
    statement = f"select * from {table} where run_id = %s order by seq desc limit 1".encode()
    with ledger.admin.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        row: dict[str, Any] | None = cursor.execute(statement, (run,)).fetchone()
    assert row is not None
    return row


def missing(row: dict[str, Any]) -> set[str]:
    return {name for name, value in row.items() if value is None}


def test_the_copy_of_the_leaf_has_all_its_indexes(ledger: Ledger) -> None:
    indexes = """
        select regexp_replace(indexdef, '^.* USING ', '') from pg_indexes
        where schemaname = %s and tablename ~ %s order by 1"""
    leaves = ledger.admin.execute(
        "select relid::regclass::text from pg_partition_tree('hypermind.run_events') where isleaf order by 1 limit 1"
    ).fetchone()
    assert leaves is not None
    schema, table = leaves[0].split(".")
    ours = ledger.admin.execute(indexes, (schema, f"^{table}$")).fetchall()
    assert ours and ledger.admin.execute(indexes, ("bench", "^run_events$")).fetchall() == ours
    assert ledger.admin.execute(indexes, ("bench", "^bare$")).fetchall() == []


def test_what_was_written_is_read_back(ledger: Ledger) -> None:
    side = ledger.append("append")
    run = call(side)
    ledger.check()
    events, text = 1, json.dumps({"role": "user", "content": "not what was sent"})
    ledger.written[run] = (events, text)
    with pytest.raises(AssertionError, match="another last payload"):
        ledger.check()
    ledger.written[run] = (events + 1, text)
    with pytest.raises(AssertionError, match="is at seq"):
        ledger.check()
    ledger.written.clear()


def test_payloads_are_the_same_for_every_side() -> None:
    a, b = payloads.texts(), payloads.texts()
    assert [next(a) for _ in range(50)] == [next(b) for _ in range(50)]
    assert payloads.made_up() == payloads.made_up()
