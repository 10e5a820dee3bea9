"""message-db, from npm: write_message(), with every check that it has, as its own role."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
from common import only
from payloads import texts
from rounds import Side

from hypermindlabs import embedded

from . import MissingPeer, new_database

PACKAGE = "@eventide/message-db@1.3.1"
NAME = "message-db"
DATABASE = "bench_message_db"
WRITE = "select message_store.write_message(%s, %s, 'chat.message', %s)"
# In the order of its install.sh; message_store.sql of roles makes the role that writes.
SCRIPTS = ["roles", "schema", "tables", "types", "functions", "indexes", "views", "privileges"]


class MessageDb:
    """message-db in a database of its own."""

    def __init__(self, server: embedded.Server) -> None:
        folder = package_folder()
        self.version = f"{NAME} {PACKAGE.rpartition('@')[2]}"
        self.dsn = new_database(server, DATABASE)
        install(self.dsn, folder)
        self.user_dsn = server.dsn(DATABASE, user="message_store")
        self.conn = psycopg.connect(self.user_dsn, autocommit=True)
        self.stream = f"chat-{uuid4()}"
        self.payloads = texts()
        self.last = ""
        self.written = 0

    def single(self) -> Side:
        """One message a call, each in a transaction of its own."""
        return Side("message-db write_message", self.write, self.ready, lambda: [self.conn.info.backend_pid])

    def ready(self) -> tuple[str, str, str]:
        self.last = next(self.payloads)
        self.written += 1
        return str(uuid4()), self.stream, self.last

    def write(self, arguments: tuple[str, str, str]) -> None:
        self.conn.execute(WRITE, arguments, prepare=True)

    def batch(self, size: int) -> Side:
        """Many messages in one transaction, sent in libpq's pipeline mode: it has no function for a batch."""

        def write(batch: list[tuple[str, str, str]]) -> None:
            with self.conn.pipeline(), self.conn.transaction():
                for arguments in batch:
                    self.conn.execute(WRITE, arguments, prepare=True)

        return Side(
            "message-db write_message, pipelined",
            write,
            lambda: [self.ready() for _ in range(size)],
            lambda: [self.conn.info.backend_pid],
            size,
        )

    def script(self, own_category: bool) -> str:
        """For pgbench: each client its own stream, in one category or each in its own."""
        stream = "concat('chat', :client_id::text, '-1')" if own_category else "concat('chat-', :client_id::text)"
        return f"select message_store.write_message(gen_random_uuid()::text, {stream}, 'chat.message', :payload);\n"

    def check(self) -> None:
        """What was written is there, in order."""
        if not self.written:
            return
        found = self.conn.execute(
            "select position, data from message_store.get_stream_messages(%s, 0, -1)", (self.stream,)
        ).fetchall()
        assert [row[0] for row in found] == list(range(self.written)), "message-db has other positions"
        assert json.loads(found[-1][1]) == json.loads(self.last), "message-db has another last message"

    def close(self) -> None:
        self.conn.close()


def package_folder() -> Path:
    """The package's SQL, fetched once beside the Python packages of the benchmark."""
    folder = Path(sys.prefix) / "bench"
    found = folder / "package" / "database"
    if not found.is_dir():
        npm = shutil.which("npm")
        if npm is None:
            raise MissingPeer("npm is not installed")
        folder.mkdir(exist_ok=True)
        done = subprocess.run(
            [npm, "pack", "--silent", "--pack-destination", folder, PACKAGE], capture_output=True, text=True
        )
        if done.returncode != 0:
            raise MissingPeer(f"npm pack {PACKAGE} failed: {done.stderr.strip().splitlines()[-1:]}")
        with tarfile.open(folder / done.stdout.strip().splitlines()[-1]) as archive:
            archive.extractall(folder, filter="data")
    return found


def install(dsn: str, folder: Path) -> None:
    """What its install.sh does. pgcrypto, if there: the one function it takes from there is built in since 13."""
    with psycopg.connect(dsn, autocommit=True) as admin:
        if only(admin.execute("select count(*) from pg_available_extensions where name = 'pgcrypto'")):
            admin.execute("create extension if not exists pgcrypto")
        admin.execute("set search_path = message_store, public")
        for path in itertools.chain.from_iterable(scripts(folder, kind) for kind in SCRIPTS):
            admin.execute(path.read_bytes())
        admin.execute("alter role message_store set search_path = message_store, public")


def scripts(folder: Path, kind: str) -> Iterator[Path]:
    """The scripts of a kind; hash_64 and category first, which others and indexes are made with."""
    first = ["hash-64.sql", "category.sql", "is-category.sql", "id.sql", "cardinal-id.sql"]
    found = sorted((folder / kind).glob("*.sql"), key=lambda path: (path.name not in first, path.name))
    yield from found
