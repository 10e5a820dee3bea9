"""LangGraph's PostgreSQL checkpointer, from PyPI: put() and put_writes(), as a graph's step calls them."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from uuid import uuid4

import psycopg
from payloads import texts
from rounds import Side

from hypermindlabs import embedded

from . import MissingPeer, new_database

NAME = "langgraph-checkpoint-postgres"
DATABASE = "bench_langgraph"
TABLES = ["checkpoints", "checkpoint_blobs", "checkpoint_writes"]


class LangGraph:
    """A PostgresSaver, made as its documentation does.

    Its option pipeline=True is left out: there, put() returns before the server has answered, so nothing is durable yet.
    """

    def __init__(self, server: embedded.Server) -> None:
        try:
            self.version = f"{NAME} {version(NAME)}"
        except PackageNotFoundError as error:
            raise MissingPeer(f"the Python package {NAME} is not installed") from error
        os.environ["LANGCHAIN_TRACING_V2"] = "false"
        from langgraph.checkpoint.postgres import PostgresSaver

        self.dsn = new_database(server, DATABASE)
        with psycopg.connect(self.dsn, autocommit=True) as setup:
            setup.execute("do $$ begin create role saver login; exception when duplicate_object then end $$")
            setup.execute("grant create, usage on schema public to saver")
        self.open = ExitStack()
        self.saver = self.open.enter_context(PostgresSaver.from_conn_string(server.dsn(DATABASE, user="saver")))
        self.saver.setup()
        self.payloads = texts()
        self.thread = Thread(self.saver)
        self.last: Any = None

    def single(self) -> Side:
        """One step: a checkpoint with one message in its channel, and the write of that message."""
        return Side("LangGraph put and put_writes", self.step, self.ready, self.pids)

    def pids(self) -> list[int]:
        return [self.saver.conn.info.backend_pid]

    def ready(self) -> Any:
        self.last = json.loads(next(self.payloads))
        return self.last

    def step(self, message: Any) -> None:
        self.thread.put({"message": message}, ["message"])
        self.thread.put_writes([("message", message)])

    def check(self) -> None:
        """The last checkpoint has the last message, and its write; all others are there."""
        found = self.saver.get_tuple(self.thread.config)
        assert found is not None
        assert found.checkpoint["channel_values"]["message"] == self.last, "LangGraph has another last message"
        assert found.pending_writes[0][2] == self.last, "LangGraph has another last write"
        assert sum(1 for _ in self.saver.list(self.thread.whole)) == self.thread.steps

    def close(self) -> None:
        self.open.close()


class Thread:
    """A conversation: each checkpoint is the child of the one before."""

    def __init__(self, saver: Any) -> None:
        self.saver = saver
        self.whole = {"configurable": {"thread_id": str(uuid4()), "checkpoint_ns": ""}}
        self.config: Any = self.whole
        self.versions: dict[str, str] = {}
        self.steps = 0

    def put(self, values: dict[str, Any], changed: list[str]) -> None:
        from langgraph.checkpoint.base import empty_checkpoint

        self.steps += 1
        new = {name: self.saver.get_next_version(self.versions.get(name), None) for name in changed}
        self.versions = {**self.versions, **new}
        checkpoint = {**empty_checkpoint(), "channel_values": values, "channel_versions": self.versions}
        self.config = self.saver.put(self.config, checkpoint, {"source": "loop", "step": self.steps}, new)

    def put_writes(self, writes: list[tuple[str, Any]]) -> None:
        self.saver.put_writes(self.config, writes, str(uuid4()))
