"""The web service on a real port, for tests: it runs in a thread, as the command runs it."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from hypermindlabs import web_ui

SERVER_ROLE = "webserver"
SECRETS = {person: f"{person}-secret.0123456789" for person in ("alice", "bob", "carol", "oscar", "audrey")}


@contextlib.contextmanager
def running(dsn: str, **options: Any) -> Iterator[str]:
    """Serves an application of create_app(), and gives its address without the slash at its end."""
    app = web_ui.create_app(dsn, **options)
    ready = threading.Event()
    with web_ui.listen("127.0.0.1", 0, any_host=False) as listener:
        server = web_ui.make_server(app, ready.set)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            assert ready.wait(20), "the service did not start"
            yield web_ui.address_of(listener).rstrip("/")
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive(), "the service did not end"


def server_dsn(admin_dsn: str) -> str:
    """The dsn of a login that may act as each person, and has no more rights than they have together."""
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        if admin.execute("select from pg_roles where rolname = %s", (SERVER_ROLE,)).fetchone() is None:
            admin.execute(sql.SQL("create role {} login").format(sql.Identifier(SERVER_ROLE)))
        for person in SECRETS:
            admin.execute(sql.SQL("grant {} to {}").format(sql.Identifier(person), sql.Identifier(SERVER_ROLE)))
    return make_conninfo(admin_dsn, user=SERVER_ROLE)


def token_file(people: dict[str, str] = SECRETS) -> str:
    """A token file's text, with a token for each person."""
    entry = '[[token]]\nsha256 = "{}"\nrole = "{}"\nname = "{}"\n'
    return "".join(
        entry.format(hashlib.sha256(secret.encode()).hexdigest(), person, person.title())
        for person, secret in people.items()
    )


def bearer(person: str) -> dict[str, str]:
    """The header that says who asks."""
    return {"authorization": f"Bearer {SECRETS[person]}"}
