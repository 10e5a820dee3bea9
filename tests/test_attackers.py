"""What nobody may do, tried for real by every kind of role over a connection of its own: the table of docs/security.md.

Statements are made from the catalog: every table, view, leaf, leaf of a detached month and function is tried.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import harness
import psycopg
import pytest
from conftest import Connection, TwoProjects
from function_calls import UNKNOWN, Function, Recorded, functions, one, prepared, record, record_project, statement
from function_calls import undone as all_undone
from psycopg import sql

from hypermindlabs import embedded

DOCS = harness.REPO / "docs" / "security.md"
HEADER = ["attack", "tried by", "refused with", "what stops it"]
WHO = {  # in the words of the docs: who it is
    "nobody": "nina",
    "a project's role": "mia",
    "reader": "carol",
    "writer": "alice",
    "operator": "oscar",
    "auditor": "audrey",
    "pg_monitor": "mona",
    "CREATE on the database": "cora",
    "CREATEROLE": "ruth",
    "pg_read_all_data": "rita",
    "pg_write_all_data": "wendy",
    "owner": "olaf",
}
CLIENTS = (
    "nobody",
    "a project's role",
    "reader",
    "writer",
    "operator",
    "auditor",
    "pg_monitor",
    "CREATE on the database",
)


@dataclass(frozen=True)
class Catalog:
    """What there is to attack."""

    columns: dict[str, list[tuple[str, str]]]  # of every relation, with their types, those of its primary key first
    keys: dict[str, int]  # how many columns that has
    tables: list[str]  # of schema hypermind, partitioned or not
    leaves: list[str]  # attached, and of detached months
    views: list[str]
    guarded: list[str]  # insert-only tables that have rows, and leaves that have some
    calls: list[str]  # of every function
    private_calls: list[str]

    @property
    def relations(self) -> list[str]:
        return [*self.tables, *self.leaves]


@dataclass(frozen=True)
class Attack:
    """codes: what it is refused with; "no row" where it is taken and finds none."""

    name: str
    by: tuple[str, ...]
    codes: tuple[str, ...]
    stopped_by: str
    statements: Callable[[Catalog], Iterable[str]]
    by_itself: bool = False  # each in a transaction of its own: it may be a warning that refuses it
    since: int = 0  # before that version of PostgreSQL it is taken


def each(*templates: str, of: Callable[[Catalog], list[str]] = lambda catalog: catalog.relations) -> Any:
    """Each statement for each relation."""
    return lambda catalog: [template.format(name) for name in of(catalog) for template in templates]


def plain(*statements: str) -> Any:
    return lambda catalog: statements


READERS = ("reader", "writer", "operator", "auditor")
ALL = (*CLIENTS, "CREATEROLE", "pg_read_all_data")
ATTACKS = [
    Attack(
        "INSERT, DELETE, MERGE or TRUNCATE past the functions, on every table, leaf and leaf of a detached month",
        ALL,
        ("42501",),
        "no role has a grant to write, or any grant on a leaf",
        each(
            "insert into {} default values",
            "delete from {}",
            "truncate {} cascade",
            "merge into {} as t using (select 1) as s on true when matched then delete",
            "with gone as (delete from {} returning 1) select * from gone",
        ),
    ),
    Attack(
        "UPDATE of every column of every table and leaf",
        ALL,
        ("42501",),
        "the same",
        lambda catalog: [
            f"update {name} set {column} = {column}"
            for name in catalog.relations
            for column, _ in catalog.columns[name]
        ],
    ),
    Attack(
        "INSERT, UPDATE or DELETE through every view",
        ALL,
        ("42501", "55000"),
        "no grant; most views cannot be written at all",
        each("insert into {} default values", "delete from {}", of=lambda catalog: catalog.views),
    ),
    Attack(
        "locks that keep writers out: LOCK TABLE, SELECT ... FOR UPDATE",
        ALL,
        ("42501",),
        "a grant to read gives neither",
        each("lock table {} in share mode", "select from {} for key share"),
    ),
    Attack(
        "reading any table, view or leaf, or calling any function",
        ("nobody", "a project's role", "pg_monitor", "CREATEROLE"),
        ("42501",),
        "no USAGE on the schemas without a group role; pg_monitor calls health() and ledger_health() only",
        lambda catalog: [
            *(f"select * from {name}" for name in (*catalog.relations, *catalog.views)),
            *(call for call in catalog.calls if "health(" not in call),
        ],
    ),
    Attack(
        "reading a leaf, attached or detached, past the policy of its parent",
        (*READERS, "CREATE on the database"),
        ("42501",),
        "no USAGE on hypermind_private, no grant on a leaf",
        each("select * from {}", of=lambda catalog: catalog.leaves),
    ),
    Attack(
        "reading projects by a right to read all tables",
        ("pg_read_all_data",),
        ("no row", "42501"),
        "row-level security is on for every table and leaf, and leaves have no policy",
        each(
            "select * from {} as t where to_jsonb(t) ->> 'project_id' is not null",
            of=lambda catalog: [*catalog.relations, *catalog.views],
        ),
    ),
    Attack(
        "writing projects by a right to write all tables, as a member of one",
        ("pg_write_all_data",),
        ("42501", "23514", "23502", "428C9", "no row"),
        "no policy lets anybody write",
        each("insert into {} default values", "delete from {}", "truncate {}"),
    ),
    Attack(
        "calling a private function",
        (*ALL, "pg_write_all_data"),
        ("42501",),
        "no USAGE on hypermind_private, no EXECUTE for PUBLIC",
        lambda catalog: catalog.private_calls,
    ),
    Attack(
        "session_replication_role, which silences triggers",
        (*ALL, "owner"),
        ("42501",),
        "superusers only; the guards are ENABLE ALWAYS, and fire all the same",
        plain(
            "set session_replication_role = replica",
            "select set_config('session_replication_role', 'replica', false)",
        ),
    ),
    Attack(
        "switching guards off: triggers, row-level security, policies, constraints",
        ALL,
        ("42501",),
        "only the owner alters a table",
        each(
            "alter table {} disable trigger all",
            "alter table {} disable row level security",
            "create policy everybody on {} using (true)",
            "create rule nothing as on insert to {} do instead nothing",
            "create trigger mine before insert on {} execute function suppress_redundant_updates_trigger()",
        ),
    ),
    Attack(
        "DDL on every table, leaf and view",
        ALL,
        ("42501",),
        "only the owner alters or drops",
        each(
            "alter table {} owner to current_user",
            "drop table {} cascade",
            "alter table {} set schema public",
            "alter table {} rename to mine",
            "comment on table {} is 'mine'",
            "reindex table {}",
        ),
    ),
    Attack(
        "a foreign key, an heir, a partition, a publication or statistics on every table and leaf",
        ("CREATE on the database",),
        ("42501", "42809"),
        "no REFERENCES; the rest is the owner's, and a partitioned table has no heirs",
        lambda catalog: [
            *(
                "create table public.t ({}, foreign key ({}) references {})".format(
                    ", ".join(map(" ".join, key)), ", ".join(column for column, _ in key), name
                )
                for name in catalog.relations
                for key in [catalog.columns[name][: catalog.keys[name]]]
            ),
            *(f"create table public.t () inherits ({name})" for name in catalog.relations),
            *(f"create table public.t partition of {name} default" for name in catalog.tables),
            *(f"create publication mine for table {name}" for name in catalog.relations),
            *(
                f"create statistics public.mine on {first[0]}, {second[0]} from {name}"
                for name in catalog.relations
                for first, second, *_ in [catalog.columns[name]]
            ),
        ],
    ),
    Attack(
        "functions, tables, types and operators in the ledger's schemas",
        ALL,
        ("42501",),
        "no CREATE on either schema",
        lambda catalog: [
            statement.format(schema)
            for schema in ("hypermind", "hypermind_private")
            for statement in (
                "create function {}.caller() returns name language sql as $$ select 'bob'::name $$",
                "create or replace function {}.clock() returns timestamptz language sql as 'select now()'",
                "create table {}.mine ()",
                "create view {}.mine as select 1",
                "create type {}.mine as (a int)",
                "create domain {}.uuid as text",
                "create sequence {}.mine",
                "create operator {}.= (leftarg = uuid, rightarg = uuid, function = pg_catalog.uuid_ne)",
                "alter schema {} owner to current_user",
                "alter schema {} rename to mine",
                "drop schema {} cascade",
            )
        ],
    ),
    Attack(
        "changing a function: its owner, its search_path, its rights",
        ALL,
        ("42501",),
        "only the owner alters a function",
        lambda catalog: [
            statement.format(function)
            for function in ("hypermind.append_event", "hypermind.verify_run", "hypermind_private.caller")
            for statement in (
                "alter function {} reset search_path",
                "alter function {} security invoker",
                "alter function {} owner to current_user",
                "drop function {}",
            )
        ],
    ),
    Attack(
        "becoming somebody else: SET ROLE, SET SESSION AUTHORIZATION, set_config('role')",
        ALL,
        ("42501",),
        "membership only; the caller is what the server says, not a setting",
        plain(
            *(
                statement.format(role)
                for role in ("hypermind_owner", "bob", embedded.SUPERUSER)
                for statement in (
                    "set role {}",
                    "set session authorization {}",
                    "select set_config('role', '{}', false)",
                    "select set_config('session_authorization', '{}', false)",
                )
            )
        ),
    ),
    Attack(
        "more rights for oneself: membership, attributes, default privileges, others' objects",
        CLIENTS,
        ("42501",),
        "nobody has ADMIN OPTION on the group roles or CREATEROLE by them",
        plain(
            *(
                f"grant hypermind_{group} to current_user"
                for group in ("owner", "reader", "writer", "operator", "auditor")
            ),
            "grant bob to current_user",
            "alter role current_user superuser",
            "alter role current_user bypassrls",
            "alter role current_user createrole",
            "alter role hypermind_owner login",
            "alter role hypermind_owner set search_path = public",
            "alter default privileges for role hypermind_owner grant execute on functions to public",
            "alter default privileges for role hypermind_owner grant insert on tables to public",
            "reassign owned by hypermind_owner to current_user",
            "drop owned by hypermind_owner",
            "create event trigger mine on ddl_command_start execute function suppress_redundant_updates_trigger()",
        ),
    ),
    Attack(
        "more rights for oneself, from PostgreSQL 16 on",
        ("CREATEROLE",),
        ("42501",),
        "only ADMIN OPTION lets a role be granted or altered",
        plain(
            *(f"grant hypermind_{group} to current_user" for group in ("owner", "operator", "auditor")),
            "alter role hypermind_owner login",
            "grant bob to current_user",
        ),
        since=16,
    ),
    Attack(
        "handing on what one may: GRANT",
        READERS,
        ("42501", "01007"),
        "no grant has a grant option",
        lambda catalog: [
            *(f"grant select on {name} to public" for name in (*catalog.tables, *catalog.views)),
            "grant usage on schema hypermind to public",
            "grant create on schema hypermind to current_user",
            "grant execute on all functions in schema hypermind_private to current_user",
            "grant execute on function hypermind.append_event to public",
            "grant hypermind_reader to bob",
        ],
        by_itself=True,
    ),
    Attack(
        "COPY, VACUUM, ANALYZE, CLUSTER, ALTER SYSTEM",
        ALL,
        ("42501", "01000"),
        "no grant to write; the rest is for owners and superusers",
        lambda catalog: [
            *(f"copy {name} from stdin" for name in catalog.tables),
            *(f"{command} {name}" for name in catalog.guarded for command in ("vacuum", "analyze")),
            "cluster hypermind.projects using projects_pkey",
            "alter system set session_replication_role = replica",
        ],
        by_itself=True,
    ),
    Attack(
        "statistics of what is in the tables: pg_statistic, pg_statistic_ext_data",
        ALL[:-1],
        ("42501",),
        "superusers only",
        plain("select stavalues1 from pg_statistic", "select stxdmcv from pg_statistic_ext_data"),
    ),
    Attack(
        "statistics of what is in the tables: pg_stats, pg_stats_ext, pg_stats_ext_exprs",
        (*ALL, "pg_write_all_data"),
        ("no row",),
        "row-level security hides them, and leaves are granted to nobody",
        plain(
            *(
                f"select * from {view} where schemaname in ('hypermind', 'hypermind_private')"
                for view in ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs")
            )
        ),
    ),
    Attack(
        "UPDATE, DELETE or TRUNCATE of what is recorded, on parents, leaves and leaves of a detached month",
        ("owner",),
        ("MH004",),
        "the guards, on every leaf too",
        lambda catalog: [
            statement
            for name in catalog.guarded
            for statement in (
                f"update {name} set {catalog.columns[name][0][0]} = {catalog.columns[name][0][0]}",
                f"delete from {name}",
                f"truncate {name} cascade",
            )
        ],
    ),
]


NEW_ROLES = """
    create role nina login; create role mia login; create role mona login; create role cora login;
    create role ruth login createrole; create role rita login; create role wendy login; create role olaf login;
    grant pg_monitor to mona; grant pg_read_all_data to rita; grant pg_write_all_data, hypermind_reader to wendy;
    grant hypermind_owner to olaf; grant hypermind_reader to cora"""
ATTEMPT = """
    create function pg_temp.attempt(p_statement text) returns text language plpgsql as $$
    declare
        v_rows bigint;
    begin
        execute p_statement;
        get diagnostics v_rows = row_count;
        raise exception using errcode = 'ZZ001', message = v_rows;
    exception
        when sqlstate 'ZZ001' then
            return case when sqlerrm = '0' and p_statement ~ '^(select|update|delete|merge|with)' then 'no row'
                        else 'accepted' end;
        when others then
            return sqlstate;
    end $$"""


@pytest.fixture(scope="module")
def recorded(two_projects: TwoProjects) -> Recorded:
    return record(two_projects)


@pytest.fixture(scope="module")
def log_in(two_projects: TwoProjects) -> Callable[[str], Connection]:
    """One connection of each: there are more functions than a server takes connections."""
    return cache(two_projects.connect)


@pytest.fixture(scope="module")
def attackers(admin_conn: Connection, recorded: Recorded) -> Iterator[dict[str, Connection]]:
    """A connection of each, in autocommit."""
    people = recorded.people
    if not one(admin_conn, "select count(*) from pg_roles where rolname = 'nina'"):
        admin_conn.execute(NEW_ROLES.encode())
    for name in ("mia", "cora", "wendy"):
        admin_conn.execute("select hypermind.grant_project(%s, %s)", (people.a, name))
    database = sql.Identifier(admin_conn.info.dbname)
    admin_conn.execute(
        sql.SQL("grant create on database {} to cora; grant create on schema public to cora").format(database)
    )
    with ExitStack() as stack:
        connections = {}
        for who, name in WHO.items():
            connection = stack.enter_context(psycopg.connect(people.dsn_of(name), autocommit=True))
            connection.execute("set role hypermind_owner" if who == "owner" else "select")
            connection.execute(ATTEMPT.encode())
            connections[who] = connection
        yield connections


@pytest.fixture(scope="module")
def catalog(admin_conn: Connection, recorded: Recorded) -> Catalog:
    query = """
        select c.oid::regclass::text, c.relkind, n.nspname,
               array(select array[quote_ident(a.attname), format_type(a.atttypid, a.atttypmod)] from pg_attribute as a
                     where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
                     order by array_position(i.indkey, a.attnum), a.attnum),
               i.indnkeyatts
        from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
        left join pg_index as i on i.indrelid = c.oid and i.indisprimary
        where n.nspname in ('hypermind', 'hypermind_private') and c.relkind in ('r', 'p', 'v') order by 1"""
    found = admin_conn.execute(query).fetchall()
    tables = [name for name, kind, schema, *_ in found if schema == "hypermind" and kind != "v"]
    leaves = [name for name, kind, schema, *_ in found if schema == "hypermind_private" and kind != "v"]
    guards = """
        select tgrelid::regclass::text from pg_trigger
        where tgfoid = 'hypermind_private.forbid_mutation'::regproc and tgtype & 16 > 0 and tgqual is null"""
    guarded = [name for (name,) in admin_conn.execute(guards) if one(admin_conn, f"select exists (select from {name})")]
    functions = """
        select n.nspname, format('select %s(%s) from (select 1 as n %s offset 0) as a', p.oid::regproc,
                                 array_to_string(a.names, ', '), array_to_string(a.nulls, ' '))
        from pg_proc as p
        cross join lateral (
            select array_agg(concat(case when p.provariadic <> 0 and u.n = p.pronargs then 'variadic ' end, 'a', u.n)
                             order by u.n) as names,
                   array_agg(format(', null::%s as a%s', u.t::regtype, u.n) order by u.n) as nulls
            from unnest(p.proargtypes) with ordinality as u (t, n)) as a
        join pg_namespace as n on n.oid = p.pronamespace
        where n.nspname in ('hypermind', 'hypermind_private') and p.prorettype <> 'trigger'::regtype
          and p.prokind = 'f'"""
    calls = admin_conn.execute(functions).fetchall()
    return Catalog(
        {name: [tuple(column) for column in columns] for name, _, _, columns, _ in found},
        {name: key for name, *_, key in found},
        tables,
        leaves,
        [name for name, kind, *_ in found if kind == "v"],
        guarded,
        [call for schema, call in calls if schema == "hypermind"],
        [call for schema, call in calls if schema == "hypermind_private"],
    )


def fingerprint(connection: Connection) -> list[tuple[Any, ...]]:
    """Changes with every row that is written, and every object of the ledger's that is made or altered."""
    query = """
        select format('select %L, count(*), sum(hashtextextended(t::text, 0)) from %s as t',
                      c.oid::regclass, c.oid::regclass)
        from pg_class as c
        where c.relnamespace in ('hypermind'::regnamespace, 'hypermind_private'::regnamespace) and c.relkind = 'r'
           or c.oid in ('pg_proc'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass, 'pg_namespace'::regclass,
                        'pg_default_acl'::regclass, 'pg_authid'::regclass, 'pg_auth_members'::regclass,
                        'pg_db_role_setting'::regclass)"""
    counts = " union all ".join(text for (text,) in connection.execute(query))
    return sorted(connection.execute(counts.encode()))


def test_there_is_something_to_attack(catalog: Catalog) -> None:
    assert len(catalog.tables) == 29
    assert len(catalog.leaves) >= 90
    assert sum("_p2020" in name for name in catalog.leaves) == 12  # of the two detached months
    assert len(catalog.guarded) > 30
    assert len(catalog.private_calls) > 250


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
def test_nobody_may(admin_conn: Connection, attackers: dict[str, Connection], catalog: Catalog, attack: Attack) -> None:
    statements = list(attack.statements(catalog))
    assert statements
    before = fingerprint(admin_conn)
    codes = attack.codes if admin_conn.info.server_version // 10000 >= attack.since else ("accepted",)
    for who in attack.by:
        answers = (by_itself if attack.by_itself else undone)(attackers[who], statements)
        assert [(what, code) for what, code in answers if code not in codes] == [], who
    assert fingerprint(admin_conn) == before


def undone(connection: Connection, statements: list[str]) -> list[tuple[str, str]]:
    """The code that each statement is answered with. Nothing of what is taken stays."""
    query = "select a.statement, pg_temp.attempt(a.statement) from unnest(%s::text[]) as a (statement)"
    return connection.execute(query, (statements,)).fetchall()


def by_itself(connection: Connection, statements: list[str]) -> list[tuple[str, str]]:
    """The same of statements that are answered with warnings, or cannot be part of a transaction."""
    answers, warned = [], ""

    def warn(notice: psycopg.errors.Diagnostic) -> None:
        nonlocal warned
        warned = notice.sqlstate or ""

    connection.add_notice_handler(warn)
    for text in statements:
        warned = ""
        try:
            connection.execute(text.encode())
        except psycopg.Error as error:
            answers.append((text, error.sqlstate or ""))
        else:
            answers.append((text, warned or "accepted"))
    connection.remove_notice_handler(warn)
    return answers


def test_the_docs_have_the_same_table() -> None:
    lines = DOCS.read_text().split("\n")
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    start = rows.index(HEADER)
    documented = rows[start + 2 : rows.index([""], start)]
    assert documented == [
        [attack.name, ", ".join(attack.by), ", ".join(attack.codes), attack.stopped_by] for attack in ATTACKS
    ]


def test_the_tests_that_the_docs_name_are_there() -> None:
    file, named = "", []
    for of_file, test in re.findall(r"(test_\w+\.py)?(?:::(test_\w+))?", DOCS.read_text()):
        file = of_file or file
        if test:
            assert f"def {test}(" in (harness.REPO / "tests" / file).read_text(), test
            named.append(test)
    assert len(named) > 10


# Another project

EVERY_PROJECT = {  # operators decide what is kept, in every project; an archive is of all of them
    ("archive_location", "p_archive_id"),
    ("erase_payload", "p_run_id"),
    ("erase_run", "p_run_id"),
    ("finish_restore", "p_archive_id"),
    ("place_hold", "p_project_id"),
    ("release_hold", "p_hold_id"),
    ("restore_rows", "p_archive_id"),
}
TAKEN = {  # ids that clients make: that one is taken is said, and nothing about what took it
    ("create_run", "p_run_id"),
    ("fork_run", "p_new_run_id"),
    ("place_hold", "p_hold_id"),
    ("record_archive", "p_archive_id"),
}


def answer(connection: Connection, function: Function, arguments: dict[str, Any], given: UUID) -> Any:
    """What a call is answered with, but for the id that was given: its rows, or the whole of its refusal."""
    with all_undone(connection):
        try:
            rows = connection.execute(statement(function, arguments), list(arguments.values())).fetchall()
        except psycopg.Error as error:
            diag = error.diag
            said = (
                *(diag.sqlstate, diag.message_primary, diag.message_detail, diag.message_hint),
                *(diag.schema_name, diag.table_name, diag.column_name, diag.constraint_name),
            )
            return tuple(each and each.replace(str(given), "ID") for each in said)
        return [tuple("ID" if value == given else value for value in row) for row in rows]


def answers(recorded: Recorded, function: Function, name: str, connection: Connection) -> Iterator[tuple[Any, Any]]:
    """What an argument is answered with: an id that nothing has, and one of something of project b, of each kind."""
    many = function.types[name] == "uuid[]"
    for foreign in recorded.ids["b"].values():
        unknown = UUID(int=foreign.int ^ 0xFFF)  # of the same version and time
        said = [
            answer(connection, function, {**recorded.valid(function.name), name: [given] if many else given}, given)
            for given in (unknown, foreign)
        ]
        yield said[0], said[1]


def test_what_is_of_another_project_looks_like_what_is_not(
    admin_conn: Connection, recorded: Recorded, log_in: Callable[[str], Connection]
) -> None:
    """Every id that any function takes: the same rows, or the same code, message, detail and hint."""
    differ: dict[tuple[str, str], set[Any]] = {}
    tried = 0
    for function in functions(admin_conn):
        connection = log_in(function.person)
        with all_undone(connection):
            prepared(connection, recorded, function)
            for name, type_name in function.types.items():
                if type_name in ("uuid", "uuid[]"):
                    for unknown, foreign in answers(recorded, function, name, connection):
                        tried += 1
                        if unknown != foreign:
                            differ.setdefault((function.name, name), set()).add(str(foreign))
    assert tried > 400
    assert differ.keys() == EVERY_PROJECT | TAKEN
    for call in TAKEN:
        (said,) = differ[call]  # whatever took it, in the same words
        assert said.startswith("('MH005', '") and " is taken by another " in said, call


def test_a_workspace_of_others_looks_like_none(
    admin_conn: Connection, recorded: Recorded, log_in: Callable[[str], Connection]
) -> None:
    secret = one(admin_conn, "select hypermind.create_project('secret', 'x', %s)", recorded.spare_role)
    admin_conn.execute("select hypermind.grant_project(%s, 'bob')", (secret,))
    record_project(log_in("bob"), log_in("olga"), "c", secret)
    tried = 0
    for function in functions(admin_conn):
        if "p_workspace" in function.types and function.name not in ("create_project", "create_project_role"):
            arguments = {**recorded.valid(function.name), "p_project_id": None}
            of_bob, of_carol, of_nobody = (
                answer(log_in(person), function, {**arguments, "p_workspace": name}, UNKNOWN)
                for person, name in (("bob", "secret"), ("carol", "secret"), ("carol", "nowhere"))
            )
            assert of_carol == of_nobody == [] != of_bob, function.name
            tried += 1
    assert tried == 5


def test_a_cursor_of_others_is_a_place_and_no_more(
    two_projects: TwoProjects, admin_conn: Connection, recorded: Recorded, log_in: Callable[[str], Connection]
) -> None:
    """The page after it is the same as after an id that nothing has."""
    tried = 0
    for function in functions(admin_conn):
        if "p_cursor" not in function.types:
            continue
        arguments = {**recorded.valid(function.name, "b"), "p_project_id": two_projects.b, "p_limit": 1}
        rows = log_in("bob").execute(statement(function, arguments), list(arguments.values()))
        cursor = rows.fetchall()[0][-1]
        (run,) = {run for run in recorded.ids["b"].values() if str(run) in cursor}
        carol = log_in("carol")
        pages = [
            answer(
                carol,
                function,
                {**recorded.valid(function.name), "p_cursor": cursor.replace(str(run), str(after))},
                run,
            )
            for after in (run, UUID(int=run.int ^ 0xFFF))
        ]
        assert pages[0] == pages[1], function.name
        assert isinstance(pages[0], list) and pages[0], function.name
        assert not {str(each) for each in recorded.ids["b"].values()} & {
            str(value) for row in pages[0] for value in row
        }
        tried += 1
    assert tried == 5
