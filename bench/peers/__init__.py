"""What people would pick instead, each in a module of its own, with its documented fast path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg

from hypermindlabs import embedded


class MissingPeer(Exception):
    """A peer that cannot take part here; the message says why."""


def backends(admin: psycopg.Connection[Any], database: str) -> Callable[[], list[int]]:
    """The processes that serve the clients of a database: for peers with a connection pool of their own."""
    statement = "select pid from pg_stat_activity where datname = %s and backend_type = 'client backend' and pid <> %s"
    return lambda: [row[0] for row in admin.execute(statement, (database, admin.info.backend_pid))]


def new_database(server: embedded.Server, name: str) -> str:
    """The superuser's dsn of a new database for a peer."""
    server.ensure_database(name)
    return server.dsn(name)
