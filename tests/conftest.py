"""Fixtures: a throw-away server for the session, a deployed database for each module, and the people of two projects.

HYPERMIND_SERVER picks the server: system, wheel18 (the default), wheel16 or npm17. HYPERMIND_MUTANT names a file of SQL
that is run once the plan is deployed: it takes a guard away (tests/mutants.py).
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import harness
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from hypermindlabs import embedded
from hypermindlabs.deploy import deploy
from hypermindlabs.embedded import Server

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]
MakeDatabase: TypeAlias = Callable[..., str]

TEMPLATE = "hypermind_template"
PEOPLE = {  # login role: its group role, the projects whose role it has
    "alice": ("hypermind_writer", "a"),
    "bob": ("hypermind_writer", "b"),
    "carol": ("hypermind_reader", "a"),
    "oscar": ("hypermind_operator", "a"),
    "audrey": ("hypermind_auditor", ""),
}


def pytest_report_header() -> str:
    return f"server: {server_kind()}"


def server_kind() -> str:
    kind = os.environ.get("HYPERMIND_SERVER", "wheel18")
    kinds = harness.SERVERS + harness.OTHER_SERVERS
    if kind not in kinds:
        raise pytest.UsageError(f"HYPERMIND_SERVER is {kind!r}: it must be one of {', '.join(kinds)}")
    return kind


def only_with(kind: str, reason: str) -> pytest.MarkDecorator:
    """Tests that take long and do not depend on the server's version; pgTAP and the round trip run on every server."""
    return pytest.mark.skipif(server_kind() != kind, reason=f"{reason}: tried with {kind}")


def days_around() -> tuple[date, date]:
    """From and to: yesterday, today and tomorrow (UTC). Midnight may pass between a test's writing and its reading."""
    day = datetime.now(UTC).date()
    return day - timedelta(days=1), day + timedelta(days=2)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A private, throw-away PostgreSQL server."""
    with harness.temporary_server(server_kind()) as running:
        yield running


@pytest.fixture(scope="session")
def template(server: Server) -> str:
    """The name of a database into which the plan was deployed; copies of it are cheap.

    By the package's own deploy, which takes 2 s and not 25: test_roundtrip.py proves that Sqitch makes the same.
    """
    server.ensure_database(TEMPLATE)
    deploy(server.dsn(TEMPLATE))
    mutant = os.environ.get("HYPERMIND_MUTANT")
    if mutant is not None:
        with psycopg.connect(server.dsn(TEMPLATE)) as connection:
            connection.execute(Path(mutant).read_bytes())
    return TEMPLATE


@pytest.fixture(scope="session")
def make_database(server: Server, request: pytest.FixtureRequest) -> MakeDatabase:
    """A function that makes a new database and returns its superuser's dsn; deployed=False: an empty one."""
    numbers = itertools.count(1)

    def make(name: str = "test", deployed: bool = True, owner: str = embedded.SUPERUSER) -> str:
        source = request.getfixturevalue("template") if deployed else "template0"
        database = f"{name}_{next(numbers)}"
        with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
            connection.execute(
                sql.SQL("create database {} template {} owner {}").format(
                    sql.Identifier(database), sql.Identifier(source), sql.Identifier(owner)
                )
            )
        return server.dsn(database)

    return make


@pytest.fixture(scope="module")
def dsn(make_database: MakeDatabase, request: pytest.FixtureRequest) -> str:
    """The superuser's dsn of a deployed database of this module's own."""
    return make_database(Path(request.node.name).stem)


@pytest.fixture(scope="module")
def admin_conn(dsn: str) -> Iterator[Connection]:
    """The superuser, in autocommit."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def owner_conn(dsn: str) -> Iterator[Connection]:
    """The superuser as hypermind_owner, in autocommit: for the functions that only the owner may call or replace."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("set role hypermind_owner")
        yield connection


@pytest.fixture(scope="session")
def replica() -> Iterator[Server]:
    """A server in recovery: it takes reads only; the schema in its database `ledger`, and oscar the operator."""
    with harness.temporary_server(server_kind()) as running:
        running.ensure_database("ledger")
        deploy(running.dsn("ledger"))
        with psycopg.connect(running.dsn("ledger"), autocommit=True) as admin:
            admin.execute("create role oscar login; grant hypermind_operator to oscar")
            admin.execute("checkpoint")  # a throw-away server is not stopped gently
        running.stop()
        (running.data / "standby.signal").touch()
        running.start()
        yield running


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real traces and test vectors, which is no part of the repository."""
    folder = Path(os.environ.get("HYPERMIND_SHARED_DATA", harness.REPO.parent / "shared/data"))
    if not folder.is_dir():
        pytest.skip(f"no data in {folder}: set HYPERMIND_SHARED_DATA to the folder of the shared data")
    return folder


@dataclass(frozen=True)
class TwoProjects:
    """Project a has alice (writer), carol (reader) and oscar (operator); b has bob (writer); audrey audits."""

    dsn: str
    a: UUID
    b: UUID
    role_a: str
    role_b: str
    _open: ExitStack

    def dsn_of(self, role: str) -> str:
        return make_conninfo(self.dsn, user=role)

    def connect(self, role: str, autocommit: bool = True, **options: Any) -> Connection:
        """A connection of someone who really logged in; closed when the module ends."""
        return self._open.enter_context(psycopg.connect(self.dsn_of(role), autocommit=autocommit, **options))


@pytest.fixture(scope="module")
def two_projects(dsn: str, admin_conn: Connection) -> Iterator[TwoProjects]:
    """Two projects and their people, made the way an administrator makes them."""
    with ExitStack() as connections:
        yield make_two_projects(dsn, admin_conn, connections)


def make_two_projects(dsn: str, admin_conn: Connection, connections: ExitStack) -> TwoProjects:
    """The same for a database of a fixture's own."""
    ids: dict[str, UUID] = {}
    roles: dict[str, str] = {}
    for project in ("a", "b"):
        roles[project] = _one(admin_conn, "select hypermind.create_project_role('lab', %s)", project)
        ids[project] = _one(admin_conn, "select hypermind.create_project('lab', %s, %s)", project, roles[project])
    for person, (group, projects) in PEOPLE.items():
        who = sql.Identifier(person)
        if not _one(admin_conn, "select count(*) from pg_roles where rolname = %s", person):
            admin_conn.execute(sql.SQL("create role {} login").format(who))
        admin_conn.execute(sql.SQL("grant {} to {}").format(sql.Identifier(group), who))
        for project in projects:
            admin_conn.execute("select hypermind.grant_project(%s, %s)", (ids[project], person))
    return TwoProjects(dsn, ids["a"], ids["b"], roles["a"], roles["b"], connections)


def _one(connection: Connection, query: str, *params: object) -> Any:
    row = connection.execute(query, params).fetchone()
    assert row is not None
    return row[0]
