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
    """A PostgresSaver for each of its two ways to talk to the server, made as its documentation does."""

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
        user_dsn = server.dsn(DATABASE, user="saver")
        self.saver: Any = self.open.enter_context(PostgresSaver.from_conn_string(user_dsn))
        self.saver.setup()
        pipelined = self.open.enter_context(PostgresSaver.from_conn_string(user_dsn, pipeline=True))
        self.ways = [Way("", self.saver), Way(", pipelined", pipelined)]

    def single(self) -> list[Side]:
        """One step: a checkpoint with one message in its channel, and the write of that message."""
        return [Side(f"LangGraph put and put_writes{way.name}", way.step, way.ready, way.pids) for way in self.ways]

    def pids(self) -> list[int]:
        """The process that serves `saver`."""
        return self.ways[0].pids()

    def check(self) -> None:
        for way in self.ways:
            way.check()

    def close(self) -> None:
        self.open.close()


class Way:
    """One of the savers, with a conversation."""

    def __init__(self, name: str, saver: Any) -> None:
        self.name, self.saver = name, saver
        self.payloads = texts()
        self.thread = Thread(saver)
        self.last: Any = None

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
        if not self.thread.steps:
            return
        found = self.saver.get_tuple(self.thread.config)
        assert found.checkpoint["channel_values"]["message"] == self.last, "LangGraph has another last message"
        assert found.pending_writes[0][2] == self.last, "LangGraph has another last write"
        assert len(list(self.saver.list(self.thread.whole))) == self.thread.steps


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
