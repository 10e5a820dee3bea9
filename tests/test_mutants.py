"""tests/mutants.py makes the mutants that it says and tells killed ones from others; docs/mutants.md has figures."""

from __future__ import annotations

from pathlib import Path

import harness
import mutants
import psycopg
import pytest
from conftest import MakeDatabase
from mutations import Mutant, all_mutants, body_mutants, numbered, reporting

PAGE = (harness.REPO / "docs" / "mutants.md").read_text()

FUNCTION = """CREATE OR REPLACE FUNCTION hypermind.f(p_n integer)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
    lock table hypermind.holds in share mode;  -- raise nothing;
    if p_n is null or p_n not between 1 and 9 or 'raise; or' = '' then
        perform hypermind_private.refuse_argument('p_n', 'one or nine; then', 'hint');
    end if;
    perform from hypermind.run_heads as h where h.n = p_n for no key update skip locked;
    update hypermind.run_heads as h
    set n = 1
    where h.n between 1 and p_n
      and (h.n = 2 or hypermind_private.acts_for(h.role))
    returning h.n into p_n;
    if not found then
        p_n := 1;
        raise exception using errcode = 'MH001';
    elsif not pg_has_role(hypermind_private.caller(), 'x', 'USAGE') then
        raise notice 'fine';
    end if;
end
$function$
"""
REFUSES = "perform hypermind_private.refuse_argument('p_n', 'one or nine; then', 'hint');"
MADE = {  # kind: what is replaced, and by what
    ("refusal", REFUSES, ""),
    ("refusal", "raise exception using errcode = 'MH001';", ""),
    ("condition", "not found", "false"),
    ("part of a condition", "p_n is null", "false"),
    ("part of a condition", "p_n not between 1 and 9", "false"),
    ("part of a condition", "'raise; or' = ''", "false"),
    ("part of a where", "h.n between 1 and p_n", "true"),
    ("part of a where", "(h.n = 2 or hypermind_private.acts_for(h.role))", "true"),
    ("caller", "hypermind_private.acts_for(h.role)", "true"),
    ("caller", "pg_has_role(hypermind_private.caller(), 'x', 'USAGE')", "false"),
    ("lock", "lock table hypermind.holds in share mode;", ""),
    ("lock", " for no key update skip locked", ""),
    ("lock", " skip locked", ""),
}


def test_a_function_s_mutants_each_lack_one_thing() -> None:
    made = list(body_mutants("hypermind.f", FUNCTION))
    assert {mutant.undo for mutant in made} == {FUNCTION}
    assert {(mutant.kind, mutant.sql) for mutant in made} == {
        (kind, FUNCTION.replace(text, instead, 1)) for kind, text, instead in MADE
    }
    assert len(made) == len(MADE)
    assert {mutant.what for mutant in made} == {text.strip() for _, text, _ in MADE}


def test_a_function_can_tell_which_of_its_refusals_was_made(admin_conn: psycopg.Connection[tuple[object, ...]]) -> None:
    name, definition = (
        "hypermind_private.refuse_argument",
        ("select pg_get_functiondef('hypermind_private.refuse_argument'::regproc)"),
    )
    row = admin_conn.execute(definition).fetchone()
    assert row is not None
    (mutant,) = body_mutants(name, str(row[0]))
    warnings: list[str] = []
    with admin_conn.transaction(force_rollback=True):
        admin_conn.execute(reporting(name, str(row[0])).encode())
        admin_conn.add_notice_handler(lambda notice: warnings.append(str(notice.message_primary)))
        with pytest.raises(psycopg.Error, match="no"), admin_conn.transaction():
            admin_conn.execute("select hypermind_private.refuse_argument('p_n', 'no', 'hint')")
    assert warnings == [f"refused at {mutant.place}"]


def test_what_stands_there_twice_is_told_apart() -> None:
    twice = numbered([Mutant("lock", "f", "for share", "1"), Mutant("lock", "f", "for share", "2")])
    assert [mutant.key for mutant in twice] == ["lock | f | for share", "lock | f | for share (2)"]


@pytest.fixture(scope="module")
def made(admin_conn: psycopg.Connection[tuple[object, ...]]) -> dict[str, Mutant]:
    found = all_mutants(admin_conn)
    assert len({mutant.key for mutant in found}) == len(found)
    return {mutant.key: mutant for mutant in found}


@pytest.mark.parametrize(
    ("key", "question"),
    [
        ("trigger | runs | runs_append_only", "select from pg_trigger where tgname = 'runs_append_only'"),
        ("check | runs | runs_mode_is_known", "select from pg_constraint where conname = 'runs_mode_is_known'"),
        (
            "key | holds | holds_pkey",
            "select from pg_constraint where conname = 'holds_pkey'",
        ),
        (
            "not null | runs | mode",
            "select from pg_attribute "
            "where attrelid::regclass::text ~ '[.]runs(_p|$)' and attname = 'mode' and attnotnull",
        ),
        (
            "policy | runs | runs_of_the_readers_projects",
            "select from pg_policy where polname = 'runs_of_the_readers_projects'",
        ),
        (
            "grant | hypermind.maintain | execute to hypermind_operator",
            "select from pg_proc where proname = 'maintain' and proacl::text ~ 'hypermind_operator=X'",
        ),
        (
            "definer | hypermind.maintain | security definer",
            "select from pg_proc where proname = 'maintain' and prosecdef",
        ),
        (
            "lock | hypermind_private.lock_open_run | for no key update",
            "select from pg_proc where proname = 'lock_open_run' and prosrc ~ 'for no key update'",
        ),
    ],
)
def test_a_mutant_of_the_ledger_lacks_it(made: dict[str, Mutant], dsn: str, key: str, question: str) -> None:
    with psycopg.connect(dsn) as connection:
        assert connection.execute(question.encode()).fetchall()
        connection.execute(made[key].sql.encode())
        assert not connection.execute(question.encode()).fetchall()
        connection.rollback()


def test_a_test_that_fails_is_told_from_one_that_passes(make_database: MakeDatabase, tmp_path: Path) -> None:
    dsn = make_database("judged")
    harness.load_pgtap(dsn)
    tests = {
        "good": ("select plan(1); select ok(true, 'one');", None),
        "red": ("select plan(1); select ok(false, 'two');", "two"),
        "broken": ("select 1 / 0;", "division by zero"),
        "short": ("select plan(2); select ok(true);", "Looks like you planned 2 tests but ran 1"),
    }
    for name, (test, verdict) in tests.items():
        path = tmp_path / f"{name}.sql"
        path.write_text(f"begin; {test} select * from finish(); rollback;")
        assert mutants.failure(path, dsn) == verdict, name


def test_who_could_notice_is_asked_and_who_is_likely_to_first() -> None:
    claims, views, months = "functions/claim_run.sql", "functions/views.sql", "functions/ensure_periods.sql"
    reached = {
        claims: {"hypermind.claim_run", "x.nothing_like_it@9"},
        views: set[str](),
        months: {"hypermind.ensure_periods", "x.nothing_like_it@9"},
    }
    callers = {"x.nothing_like_it": {"hypermind.claim_run", "hypermind.ensure_periods"}}
    seconds = {claims: 1.0, views: 0.1, months: 1.0}
    laboratory = mutants.Laboratory(None, None, reached, seconds, callers, set(callers), {}, False)  # type: ignore[arg-type]

    assert mutants.candidates(laboratory, Mutant("caller", "x.nothing_like_it", "p_ahead is null", "")) == [
        months,
        claims,
    ]
    assert mutants.candidates(laboratory, Mutant("caller", "x.nothing_like_it", "p_ttl is null", "")) == [
        claims,
        months,
    ]
    assert mutants.candidates(
        laboratory, Mutant("refusal", "x.nothing_like_it", "p_ahead", "", "", "x.nothing_like_it@9")
    ) == [months, claims]
    assert (
        mutants.candidates(laboratory, Mutant("refusal", "x.nothing_like_it", "p_ahead", "", "", "x.nothing_like_it@8"))
        == []
    )


def test_every_survivor_has_a_reason() -> None:
    assert [key for key, outcome in mutants.read_results().items() if outcome.result == "survived"] == []
    assert mutants.equivalent().keys() <= mutants.read_results().keys()


def test_the_page_has_the_figures() -> None:
    assert mutants.table(mutants.figures(mutants.read_results())) in PAGE
