"""What is in the private server: one database with the schema, and a role of the user's own to work as.

A superuser acts in no project by itself, and need not: the role is an operator who may make projects and their roles,
like one that an administrator would make on a server of a company.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from psycopg import sql

from .deploy import Change, DeployResult, deploy
from .embedded import Server

DATABASE = "playground"
USER = "playground"


def prepare(server: Server, progress: Callable[[Change, int, int], None] | None = None) -> DeployResult:
    """Brings a running private server up to date: the database, the schema and the role. What is there stays.

    Raises EmbeddedError, DeployError.
    """
    server.ensure_database(DATABASE)
    result = deploy(server.dsn(DATABASE), progress=progress)
    with psycopg.connect(server.dsn(DATABASE), autocommit=True) as admin:
        if admin.execute("select from pg_catalog.pg_roles where rolname = %s", (USER,)).fetchone() is None:
            admin.execute(sql.SQL("create role {} login createrole").format(sql.Identifier(USER)))
        admin.execute(sql.SQL("grant hypermind_operator to {}").format(sql.Identifier(USER)))
    return result


def dsn(server: Server) -> str:
    """Where the user works, as the user's role."""
    return server.dsn(DATABASE, user=USER)
