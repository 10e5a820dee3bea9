"""What a session sets, makes or is called changes nothing: every function answers the same, and nothing is executed.

db/tests/security/caller.sql has more of who the caller is; test_hash_chain.py tries settings on hashes one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from conftest import Connection, TwoProjects, only_with
from function_calls import Function, Recorded, functions, one, prepared, record, statement, undone
from psycopg import sql

pytestmark = only_with("system", "each function in each session takes long")

TEXTS = {
    "DateStyle": "SQL, DMY",
    "IntervalStyle": "sql_standard",
    "TimeZone": "Asia/Kathmandu",
    "extra_float_digits": "-15",
    "bytea_output": "escape",
    "lc_monetary": "C",
    "lc_numeric": "C",
    "lc_time": "C",
    "xmlbinary": "hex",
    "array_nulls": "off",
    "quote_all_identifiers": "on",
    "standard_conforming_strings": "off",
    "escape_string_warning": "off",
    "backslash_quote": "on",
    "transform_null_equals": "on",
    "default_text_search_config": "pg_catalog.english",
    "client_min_messages": "error",
    "row_security": "off",
    "search_path": "",
}
PLANS = {
    "plan_cache_mode": "force_generic_plan",
    "enable_partition_pruning": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_hashagg": "off",
    "enable_sort": "off",
    "enable_indexscan": "off",
    "enable_seqscan": "off",
    "from_collapse_limit": "1",
    "join_collapse_limit": "1",
    "geqo_threshold": "2",
    "work_mem": "64kB",
    "constraint_exclusion": "on",
}
PARALLEL = {
    "PARALLEL": "on",
    "parallel_setup_cost": "0",
    "parallel_tuple_cost": "0",
    "min_parallel_table_scan_size": "0",
}
UNPROVED = """
    select count(*) from hypermind.runs as r cross join lateral hypermind.verify_run(r.run_id) as v
    where r.run_id >= hypermind.uuidv7_floor(now() - interval '2 days') and not v.valid"""
HOSTILE_NAME = "e\"v'il; drop schema hypermind cascade; -- \\' $$ %s %I"


@pytest.fixture(scope="module")
def recorded(two_projects: TwoProjects) -> Recorded:
    return record(two_projects)


@pytest.fixture(scope="module")
def catalog(admin_conn: Connection) -> list[Function]:
    return functions(admin_conn)


@pytest.fixture(scope="module")
def connections(
    catalog: list[Function], two_projects: TwoProjects, recorded: Recorded
) -> Iterator[dict[str, Connection]]:
    """A connection of everybody who calls a function."""
    with ExitStack() as stack:
        yield {
            person: stack.enter_context(psycopg.connect(two_projects.dsn_of(person), autocommit=True))
            for person in {function.person for function in catalog}
        }


@pytest.fixture(scope="module")
def expected(catalog: list[Function], recorded: Recorded, connections: dict[str, Connection]) -> dict[str, Any]:
    """What each function answers to its valid call without any of this."""
    return {function.name: called(connections[function.person], recorded, function, {}) for function in catalog}


def called(connection: Connection, recorded: Recorded, function: Function, settings: dict[str, str]) -> Any:
    """The rows of a valid call under some settings, in a form that none changes; of one that writes, only how many.

    What it wrote verifies without the settings.
    """
    arguments = recorded.valid(function.name)
    with undone(connection):
        prepared(connection, recorded, function)
        for name, value in settings.items():
            connection.execute("select pg_catalog.set_config(%s, %s, true)", (name, value))
        with connection.cursor(binary=True) as cursor:
            rows = cursor.execute(statement(function, arguments), list(arguments.values())).fetchall()
        for name in settings:
            connection.execute(sql.SQL("set local {} to default").format(sql.Identifier(name)))
        if function.volatile:
            assert one(connection, UNPROVED) == 0, function.name
    return len(rows) if function.volatile else rows


@pytest.mark.parametrize("settings", [TEXTS, PLANS, PARALLEL], ids=["texts", "plans", "parallel"])
def test_no_setting_changes_an_answer(
    catalog: list[Function],
    recorded: Recorded,
    connections: dict[str, Connection],
    expected: dict[str, Any],
    settings: dict[str, str],
) -> None:
    version = connections["carol"].info.server_version // 10000
    parallel = "force_parallel_mode" if version < 16 else "debug_parallel_query"
    chosen = {parallel if name == "PARALLEL" else name: value for name, value in settings.items()}
    for function in catalog:
        answer = called(connections[function.person], recorded, function, chosen)
        assert answer == expected[function.name], function.name


SHADOWS = """
    select format('create function trap.%%I(%%s) returns %%s language plpgsql as '
                  '$$ begin raise exception ''trapped''; end $$',
                  p.proname, oidvectortypes(p.proargtypes), p.prorettype::regtype)
    from pg_proc as p
    where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind = 'f' and not p.proretset and p.pronargs > 0
      and exists (select from pg_proc as f
                  where f.pronamespace in ('hypermind'::regnamespace, 'hypermind_private'::regnamespace)
                    and f.prosrc ~ ('\\m' || p.proname || '\\('))
      and not exists (select from pg_type as t
                      where t.oid = any (p.proargtypes::oid[] || p.prorettype) and t.typtype = 'p')
    union all
    select format('create operator trap.%%s (leftarg = %%s, rightarg = %%s, function = trap.%%I)',
                  o.oprname, o.oprleft::regtype, o.oprright::regtype, 'operator ' || o.oid)
    from pg_operator as o
    where o.oprnamespace = 'pg_catalog'::regnamespace and o.oprkind = 'b' and o.oprleft = any (%(types)s::regtype[])
      and o.oprright = any (%(types)s::regtype[])"""
OPERATOR_FUNCTIONS = """
    select format('create function trap.%%I(%%s, %%s) returns %%s language plpgsql as '
                  '$$ begin raise exception ''trapped''; end $$',
                  'operator ' || o.oid, o.oprleft::regtype, o.oprright::regtype, o.oprresult::regtype)
    from pg_operator as o
    where o.oprnamespace = 'pg_catalog'::regnamespace and o.oprkind = 'b' and o.oprleft = any (%(types)s::regtype[])
      and o.oprright = any (%(types)s::regtype[])"""
TYPES = [
    "uuid",
    "text",
    "bigint",
    "integer",
    "jsonb",
    "boolean",
    "timestamptz",
    "bytea",
    "numeric",
    "date",
    "interval",
    "text[]",
]
TEMPORARY = """
    select format('create temp table %I (like %s)', c.relname, c.oid::regclass)
    from pg_class as c where c.relnamespace = 'hypermind'::regnamespace and c.relkind in ('r', 'p', 'v')"""


def test_nothing_in_the_way_of_a_name_is_called(
    admin_conn: Connection,
    catalog: list[Function],
    recorded: Recorded,
    connections: dict[str, Connection],
    expected: dict[str, Any],
) -> None:
    """A function or operator for each of PostgreSQL's that the ledger's functions name, found first, that raises."""
    admin_conn.execute("create schema trap")
    types = {"types": TYPES}
    traps = [text for query in (OPERATOR_FUNCTIONS, SHADOWS) for (text,) in admin_conn.execute(query, types)]
    assert len(traps) > 500
    admin_conn.execute(";\n".join(traps).encode())
    admin_conn.execute("grant usage on schema trap to public")
    tables = [text for (text,) in admin_conn.execute(TEMPORARY)]
    for connection in connections.values():
        if connection is not connections["rolf"]:  # in no project, so that it may not read what it copies
            connection.execute(";\n".join(tables).encode())
        with pytest.raises(psycopg.errors.RaiseException, match="trapped"), undone(connection):
            connection.execute("set local search_path = trap, pg_temp, pg_catalog")
            connection.execute("select 1 + 1")
    settings = {"search_path": "trap, pg_temp, pg_catalog"}
    own_rights = {"event_preview", "event_text", "uuidv7_floor", "uuidv7_time"}  # not SECURITY DEFINER, nothing pinned
    for function in catalog:
        if function.name not in own_rights:
            answer = called(connections[function.person], recorded, function, settings)
            assert answer == expected[function.name], function.name


@pytest.mark.parametrize("setting", ["role=bob", "role=hypermind_owner", "session_authorization=bob"])
def test_nobody_logs_in_as_somebody_else(two_projects: TwoProjects, setting: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied to set"):
        psycopg.connect(two_projects.dsn_of("alice"), options=f"-c {setting}")


def test_a_setting_of_ones_own_role_makes_nobody_else(two_projects: TwoProjects, admin_conn: Connection) -> None:
    """ALTER ROLE ... SET role."""
    alice = two_projects.connect("alice")
    create = "select hypermind.create_run(%s, 'chat')"
    try:
        admin_conn.execute("alter role alice set role = 'bob'")  # by somebody who may
        with psycopg.connect(two_projects.dsn_of("alice"), autocommit=True) as again:
            run = one(again, create, two_projects.a)
            assert one(again, "select created_by from hypermind.runs where run_id = %s", run) == "alice"
            with pytest.raises(psycopg.DatabaseError, match="does not exist"):
                again.execute(create, (two_projects.b,))
    finally:
        admin_conn.execute("alter role alice reset role")
    assert one(alice, create, two_projects.a)


def test_names_of_roles_are_never_executed(two_projects: TwoProjects, admin_conn: Connection) -> None:
    """Neither a person's nor a project's, nor a project's own name."""
    who, group = sql.Identifier(HOSTILE_NAME), sql.Identifier(HOSTILE_NAME[::-1])
    admin_conn.execute(sql.SQL("create role {} login in role hypermind_operator; create role {}").format(who, group))
    try:
        project = one(
            admin_conn, "select hypermind.create_project(%s, %s, %s)", *[HOSTILE_NAME] * 2, HOSTILE_NAME[::-1]
        )
        admin_conn.execute("select hypermind.grant_project(%s, %s)", (project, HOSTILE_NAME))
        with psycopg.connect(two_projects.dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("set session authorization {}").format(who))
            run = one(connection, "select hypermind.create_run(%s, 'chat', p_owner => %s)", project, HOSTILE_NAME)
            connection.execute("select hypermind.append_event(%s, 'custom.a', p_tool => %s)", (run, HOSTILE_NAME))
            connection.execute("select hypermind.place_hold(%s, %s)", (project, HOSTILE_NAME))
            connection.execute("select * from hypermind.ensure_periods(13)")
            listed = "select owner, workspace from hypermind.list_runs(p_workspace => %s, p_owner => %s, p_tool => %s)"
            assert connection.execute(listed, [HOSTILE_NAME] * 3).fetchall() == [(HOSTILE_NAME, HOSTILE_NAME)]
            assert one(connection, "select created_by from hypermind.runs where run_id = %s", run) == HOSTILE_NAME
            assert one(connection, "select valid from hypermind.verify_run(%s)", run)
            made = one(connection, "select hypermind.project_role(%s)", project)
            assert made == HOSTILE_NAME[::-1]
    finally:
        admin_conn.execute(sql.SQL("drop role {}; drop role {}").format(who, group))
