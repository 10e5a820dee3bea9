"""eventsourcing, from PyPI: the application recorder, by its statements and by its opt-in function."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from uuid import uuid4

import psycopg
from payloads import texts
from rounds import Side

from hypermindlabs import embedded

from . import MissingPeer, backends, new_database

NAME = "eventsourcing"
WAYS = {"statements": "no", "function": "yes"}


class EventSourcing:
    """A recorder for each of the two ways, each in a database of its own."""

    def __init__(self, server: embedded.Server, admin: psycopg.Connection[Any]) -> None:
        try:
            self.version = f"{NAME} {version(NAME)}"
        except PackageNotFoundError as error:
            raise MissingPeer("the Python package eventsourcing is not installed") from error
        self.recorders = {way: Recorder(server, admin, way) for way in WAYS}

    def single(self) -> list[Side]:
        return [recorder.side(1) for recorder in self.recorders.values()]

    def batch(self, size: int) -> Side:
        """By its function only: with 1,000 events the statements, sent in pipeline mode, were never answered here."""
        return self.recorders["function"].side(size)

    def check(self) -> None:
        for recorder in self.recorders.values():
            recorder.check()

    def close(self) -> None:
        for recorder in self.recorders.values():
            recorder.factory.close()


class Recorder:
    """PostgresApplicationRecorder, made as its documentation does."""

    def __init__(self, server: embedded.Server, admin: psycopg.Connection[Any], way: str) -> None:
        from eventsourcing.persistence import StoredEvent
        from eventsourcing.postgres import PostgresFactory
        from eventsourcing.utils import Environment

        self.stored_event = StoredEvent
        self.way = way
        database = f"bench_eventsourcing_{way}"
        new_database(server, database)
        with psycopg.connect(server.dsn(database), autocommit=True) as setup:
            setup.execute("do $$ begin create role sourcer login; exception when duplicate_object then end $$")
            setup.execute("grant create, usage on schema public to sourcer")
        self.pids = backends(admin, database)
        self.factory = PostgresFactory(
            Environment(
                "bench",
                {
                    "POSTGRES_DBNAME": database,
                    "POSTGRES_HOST": str(server.socket_dir),
                    "POSTGRES_PORT": "5432",
                    "POSTGRES_USER": "sourcer",
                    "POSTGRES_PASSWORD": "",
                    "POSTGRES_POOL_SIZE": "1",
                    "POSTGRES_MAX_OVERFLOW": "0",
                    "POSTGRES_ORIGINATOR_ID_TYPE": "uuid",
                    "POSTGRES_ENABLE_DB_FUNCTIONS": WAYS[way],
                },
            )
        )
        self.recorder = self.factory.application_recorder()
        self.originator = uuid4()
        self.written = 0
        self.payloads = texts()
        self.last = ""

    def side(self, size: int) -> Side:
        return Side(
            f"eventsourcing insert_events, by its {self.way}",
            self.recorder.insert_events,
            lambda: [self.event() for _ in range(size)],
            self.pids,
            size,
        )

    def event(self) -> Any:
        self.last = next(self.payloads)
        self.written += 1
        return self.stored_event(self.originator, self.written, "chat:Message", self.last.encode())

    def check(self) -> None:
        """What was written is there, in order."""
        if not self.written:
            return
        found = self.recorder.select_events(self.originator)
        assert [event.originator_version for event in found] == list(range(1, self.written + 1))
        assert json.loads(found[-1].state) == json.loads(self.last), "eventsourcing has another last event"
        assert self.recorder.max_notification_id() == self.written
