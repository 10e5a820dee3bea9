"""Nobody's rights in the ledger are lent to the code of others that runs in their session."""

from __future__ import annotations

import psycopg
import pytest
from conftest import Connection, TwoProjects
from psycopg import sql


@pytest.mark.parametrize("maintenance", ["analyze bobs.t", "reindex table bobs.t", "refresh materialized view bobs.m"])
def test_maintenance_by_a_superuser_lends_nothing(
    dsn: str, admin_conn: Connection, two_projects: TwoProjects, maintenance: str
) -> None:
    """It runs the index expressions of a table as its owner, but the session is the superuser's; so is autovacuum's."""
    run = two_projects.connect("alice").execute("select hypermind.create_run(%s, 'chat')", (two_projects.a,)).fetchone()
    assert run is not None
    admin_conn.execute("drop schema if exists bobs cascade")
    admin_conn.execute("create schema bobs authorization bob")
    bob = two_projects.connect("bob")
    bob.execute("create table bobs.t (n int); create table bobs.loot (at int, what text)")
    calls = [
        f"append_event('{run[0]}', 'custom.evil')",
        f"state_at('{run[0]}')",
        f"transition_run('{run[0]}', 'failed')",
        f"create_run('{two_projects.a}', 'chat')",
        f"register_config('{two_projects.a}', 'prompt', 'evil', '{{}}')",
        "register_event_type('model.evil', 'false')",
        f"register_contract('{two_projects.a}', 'state', 'false')",
        f"set_enforcement('{two_projects.a}', 'strict')",
    ]
    bob.execute(
        sql.SQL(
            """create function bobs.evil() returns int language plpgsql volatile as $$
            declare v_call text; v_found text;
            begin
                foreach v_call in array {}::text[] loop
                    begin
                        execute 'select hypermind.' || v_call into v_found;
                        insert into bobs.loot values (1, v_found);
                    exception when others then
                        insert into bobs.loot values (0, sqlstate);
                    end;
                end loop;
                return 1;
            end $$"""
        ).format(sql.Literal(calls))
    )
    body = "begin perform bobs.evil(); return n; end"
    bob.execute(f"create function bobs.f(n int) returns int language plpgsql immutable as $$ {body} $$")
    bob.execute("create index on bobs.t (bobs.f(n)); insert into bobs.t values (1)")
    bob.execute("create materialized view bobs.m as select bobs.f(n) from bobs.t with no data; truncate bobs.loot")
    admin_conn.execute(maintenance)
    assert bob.execute("select at, what from bobs.loot").fetchall()[:8] == [
        (0, code) for code in ("MH001", "MH001", "MH001", "MH015", "MH015", "42501", "MH015", "42501")
    ]


def test_a_superuser_acts_in_no_project(dsn: str, two_projects: TwoProjects) -> None:
    with psycopg.connect(dsn, autocommit=True) as superuser:
        for before, code in (("select", "MH015"), ("set role hypermind_owner", "MH015"), ("set role alice", None)):
            superuser.execute("reset role")
            superuser.execute(before)
            try:
                superuser.execute("select hypermind.create_run(%s, 'chat')", (two_projects.a,))
            except psycopg.Error as error:
                assert error.sqlstate == code
            else:
                assert code is None
