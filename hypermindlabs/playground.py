"""What is in the private server: one database with the schema, and a role of the user's own to work as.

A superuser acts in no project by itself, and need not: the role is an operator who may make projects and their roles,
like one that an administrator would make on a server of a company.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
from psycopg import sql

from .deploy import Change, DeployResult, OtherPlan, deploy, status
from .embedded import Server

DATABASE = "playground"
USER = "playground"


def prepare(server: Server, progress: Callable[[Change, int, int], None] | None = None) -> DeployResult:
    """Brings a running private server up to date: the database, the schema and the role. What is there stays.

    Before the first release, schemas are rewritten in place: the database of another version is put aside, whole.

    Raises EmbeddedError, DeployError.
    """
    if not server.ensure_database(DATABASE) and _is_of_another_version(server):
        kept = _put_aside(server)
        server.ensure_database(DATABASE)
        print(
            f"hypermindlabs: the private server held another version of the schema; it is kept as {kept}",
            file=sys.stderr,
        )
    result = deploy(server.dsn(DATABASE), progress=progress)
    with psycopg.connect(server.dsn(DATABASE), autocommit=True) as admin:
        if admin.execute("select from pg_catalog.pg_roles where rolname = %s", (USER,)).fetchone() is None:
            admin.execute(sql.SQL("create role {} login createrole").format(sql.Identifier(USER)))
        admin.execute(sql.SQL("grant hypermind_operator to {}").format(sql.Identifier(USER)))
    return result


def _is_of_another_version(server: Server) -> bool:
    try:
        return status(server.dsn(DATABASE)).edited != ()
    except OtherPlan:
        return True


def _put_aside(server: Server) -> str:
    """Renames the database, and says how it is called now. Fails while somebody is connected to it."""
    name = f"{DATABASE}_{datetime.now(UTC):%Y%m%d_%H%M%S}"
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("alter database {} rename to {}").format(sql.Identifier(DATABASE), sql.Identifier(name)))
    return name


def dsn(server: Server) -> str:
    """Where the user works, as the user's role."""
    return server.dsn(DATABASE, user=USER)
