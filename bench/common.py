"""What the benchmarks share: a server that waits for the disk, and a writer who really logged in."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from hypermindlabs import embedded


@contextlib.contextmanager
def durable_server(kind: str) -> Iterator[embedded.Server]:
    """A new server with PostgreSQL's own settings for durability, gone at the end.

    Of the rest only what keeps noise out of short rounds differs: no compilation of queries, and room in the log so
    that no checkpoint falls due because of its size.
    """
    folder = Path(tempfile.mkdtemp(prefix="hypermind-bench-"))
    if os.geteuid() == 0:
        folder.chmod(0o755)  # the server's user passes through
    server = embedded.Server(folder / "server", kind)
    try:
        server.start()
        with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
            for setting in ("jit = off", "max_wal_size = '4GB'", "checkpoint_timeout = '30min'"):
                admin.execute(f"alter system set {setting}".encode())
            admin.execute("select pg_reload_conf()")
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


def make_durable(admin: psycopg.Connection[Any]) -> None:
    """A throw-away server does not wait for the disk: what is measured does."""
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        admin.execute(f"alter system set {setting} = on".encode())
    admin.execute("select pg_reload_conf()")
    while admin.execute("show fsync").fetchone() != ("on",):
        time.sleep(0.1)


def client_of(server: embedded.Server, admin: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """A writer who really logged in, of a project with some other open runs."""
    admin.execute("select hypermind.create_project('b', 'b', hypermind.create_project_role('b', 'b'))")
    admin.execute("do $$ begin create role writer login; exception when duplicate_object then end $$")
    admin.execute("grant hypermind_writer to writer")
    admin.execute("select hypermind.grant_project(project_id, 'writer') from hypermind.projects")
    client = psycopg.connect(server.dsn(admin.info.dbname, user="writer"), autocommit=True)
    client.execute("select hypermind.create_run(project_id, 'chat') from hypermind.projects, generate_series(1, 300)")
    admin.execute("vacuum analyze hypermind.run_heads")
    return client


def new_run(client: psycopg.Connection[Any], project_id: UUID, state_kb: int) -> UUID:
    """A run whose state is of about that many kilobytes."""
    run_id: UUID = only(client.execute("select hypermind.create_run(%s, 'chat')", (project_id,)))
    state = {"messages": [], "notes": {str(n): "x" * 1000 for n in range(state_kb)}}
    client.execute("select hypermind.append_event(%s, 'state.set', '{}', %s)", (run_id, json.dumps(state)))
    return run_id


def only(cursor: psycopg.Cursor[Any]) -> Any:
    """The first column of the first row."""
    row = cursor.fetchone()
    assert row is not None
    return row[0]
