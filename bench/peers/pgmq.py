"""pgmq, from PyPI, whose wheel carries the SQL that makes it without an extension: send_batch()."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import psycopg
from common import only
from payloads import texts
from rounds import Side

from hypermindlabs import embedded

from . import MissingPeer, new_database

NAME = "pgmq"
DATABASE = "bench_pgmq"
SEND = "select pgmq.send_batch('chat', %s::jsonb[])"


class Pgmq:
    """A queue in a database of its own."""

    def __init__(self, server: embedded.Server) -> None:
        try:
            package = distribution(NAME)
        except PackageNotFoundError as error:
            raise MissingPeer("the Python package pgmq is not installed") from error
        script = Path(str(package.locate_file("pgmq/sql/pgmq.sql")))
        if not script.is_file():
            raise MissingPeer("this pgmq comes without its SQL")
        self.version = f"{NAME} {package.version}"
        dsn = new_database(server, DATABASE)
        with psycopg.connect(dsn, autocommit=True) as admin:
            admin.execute("do $$ begin create role sender login; exception when duplicate_object then end $$")
            admin.execute("grant create on database bench_pgmq to sender")
        self.conn = psycopg.connect(server.dsn(DATABASE, user="sender"), autocommit=True)
        self.conn.execute("create schema if not exists pgmq")
        self.conn.execute(script.read_bytes())
        self.conn.execute("select pgmq.create('chat')")
        self.payloads = texts()
        self.written = 0
        self.last = ""

    def batch(self, size: int) -> Side:
        return Side(
            "pgmq send_batch",
            lambda batch: self.conn.execute(SEND, (batch,), prepare=True),
            lambda: [self.message() for _ in range(size)],
            lambda: [self.conn.info.backend_pid],
            size,
        )

    def message(self) -> str:
        self.last = next(self.payloads)
        self.written += 1
        return self.last

    def check(self) -> None:
        """What was sent is there."""
        if not self.written:
            return
        assert only(self.conn.execute("select count(*) from pgmq.q_chat")) == self.written
        last: Any = only(self.conn.execute("select message from pgmq.q_chat order by msg_id desc limit 1"))
        assert last == json.loads(self.last), "pgmq has another last message"

    def close(self) -> None:
        self.conn.close()
