"""Records runs: creates, starts, appends, claims, cancels and ends them, and finds what there is.

A :class:`RunManager` sends the calls of :mod:`hypermindlabs.persistence`; a method's docstring there says what it does,
what it takes and what it raises. It is made of a router, which owns the transactions and tries again where that is
safe, or of a psycopg connection, whose transaction it joins: it never commits there.
:class:`AsyncRunManager` has the same methods, to be awaited.
"""

import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg

from hypermindlabs import persistence
from hypermindlabs.database_router import AsyncManager, Manager, async_method, method
from hypermindlabs.persistence import Id, NewEvent

_LET_GO = timedelta(0)


class RunManager(Manager):
    """Records runs over a router or over a connection of the caller's.

    >>> from hypermindlabs.run_manager import RunManager
    >>> runs = RunManager(lab.router)
    >>> runs.append(run, "message.added", {"role": "user", "content": "Where is my order?"})
    6
    >>> runs.complete(run, {"answer": "On its way."})
    7
    """

    # Projects and configurations
    create_project_role = method(persistence.create_project_role)
    create_project = method(persistence.create_project)
    grant_project = method(persistence.grant_project)
    projects = method(persistence.projects)
    project = method(persistence.project)
    register_config = method(persistence.register_config)
    label_config = method(persistence.label_config)
    config = method(persistence.config)
    config_history = method(persistence.config_history)
    ensure_periods = method(persistence.ensure_periods)

    # The life of a run
    new_run_id = method(persistence.new_run_id)
    create = method(persistence.create_run)
    transition = method(persistence.transition_run)
    start = method(persistence.start_run)
    pause = method(persistence.pause_run)
    resume = method(persistence.resume_run)
    complete = method(persistence.complete_run)
    fail = method(persistence.fail_run)
    cancel = method(persistence.cancel_run)
    request_cancel = method(persistence.request_cancel)
    cancel_requested = method(persistence.cancel_requested)
    claim = method(persistence.claim_run)

    # What happens in it
    append = method(persistence.append_event)
    append_many = method(persistence.append_events)
    attach = method(persistence.attach_artifact)
    take_snapshot = method(persistence.take_snapshot)

    # What there is
    get = method(persistence.get_run)
    request = method(persistence.run_request)
    pins = method(persistence.run_pins)
    events = method(persistence.events)
    timeline = method(persistence.run_timeline)
    artifacts = method(persistence.artifacts)
    snapshots = method(persistence.snapshots)

    # Over many of them
    list = method(persistence.list_runs)
    of_config = method(persistence.runs_of_config)
    activity = method(persistence.activity)
    find_artifacts = method(persistence.find_artifacts)
    search = method(persistence.search_events)
    rollup = method(persistence.rollup)
    refresh_rollups = method(persistence.refresh_rollups)

    # What is kept, and what is not
    place_hold = method(persistence.place_hold)
    release_hold = method(persistence.release_hold)
    holds = method(persistence.list_holds)
    erase = method(persistence.erase_run)
    erase_payload = method(persistence.erase_payload)

    @contextlib.contextmanager
    def claimed(self, run_id: Id, claimed_by: str, ttl: timedelta = timedelta(minutes=1)) -> Iterator[int]:
        """Claims a run for the length of a block, and gives the epoch to write with.

        A block that takes longer than ttl renews the claim: ``claim(run_id, claimed_by, ttl, epoch=epoch)``. At its
        end an open run is let go: another worker can claim it at once, and until one does the run waits.

        Raises RunClaimed, RunNotFound, RunClosed, InvalidArgument.

        >>> with lab.runs.claimed(run, "worker-7") as epoch:
        ...     lab.runs.append(run, "stage.entered", {"stage": "plan"}, epoch=epoch)
        6
        """
        epoch = self.claim(run_id, claimed_by, ttl)
        try:
            yield epoch
        finally:
            # A claim that expires lets go, too, but maintenance ends a run that nobody takes for long after that.
            # Asked first, because a refusal would end the caller's transaction.
            with contextlib.suppress(psycopg.Error):
                if not self.get(run_id).is_closed:
                    self.claim(run_id, claimed_by, _LET_GO, epoch=epoch)

    def stream(
        self, run_id: Id, *, epoch: int | None = None, max_events: int = 200, max_seconds: float = 0.5
    ) -> "EventStream":
        """Collects events that come at a high rate, tokens for example, and appends them in batches.

        A batch is sent when it has max_events events, or when an event is added max_seconds seconds after its first.
        The rest is sent at the end of the block, also when it raises: what happened is recorded.

        Raises what append_many() raises, when a batch is sent; its events stay collected, and flush() sends them again.

        >>> with lab.runs.stream(run) as stream:
        ...     for token in ("On ", "its ", "way."):
        ...         stream.add("token.streamed", {"text": token})
        >>> [event.payload["text"] for event in lab.runs.events(run, after_seq=5)]
        ['On ', 'its ', 'way.']
        """
        return EventStream(self, run_id, epoch, _Buffer(max_events, max_seconds))


class AsyncRunManager(AsyncManager):
    """The same as :class:`RunManager`, for asyncio.

    >>> import asyncio
    >>> import hypermindlabs
    >>> async def main():
    ...     async with hypermindlabs.connect_async(dsn) as lab:
    ...         return await lab.runs.append(run, "note.added")
    >>> asyncio.run(main())
    6
    """

    create_project_role = async_method(persistence.create_project_role)
    create_project = async_method(persistence.create_project)
    grant_project = async_method(persistence.grant_project)
    projects = async_method(persistence.projects)
    project = async_method(persistence.project)
    register_config = async_method(persistence.register_config)
    label_config = async_method(persistence.label_config)
    config = async_method(persistence.config)
    config_history = async_method(persistence.config_history)
    ensure_periods = async_method(persistence.ensure_periods)

    new_run_id = async_method(persistence.new_run_id)
    create = async_method(persistence.create_run)
    transition = async_method(persistence.transition_run)
    start = async_method(persistence.start_run)
    pause = async_method(persistence.pause_run)
    resume = async_method(persistence.resume_run)
    complete = async_method(persistence.complete_run)
    fail = async_method(persistence.fail_run)
    cancel = async_method(persistence.cancel_run)
    request_cancel = async_method(persistence.request_cancel)
    cancel_requested = async_method(persistence.cancel_requested)
    claim = async_method(persistence.claim_run)

    append = async_method(persistence.append_event)
    append_many = async_method(persistence.append_events)
    attach = async_method(persistence.attach_artifact)
    take_snapshot = async_method(persistence.take_snapshot)

    get = async_method(persistence.get_run)
    request = async_method(persistence.run_request)
    pins = async_method(persistence.run_pins)
    events = async_method(persistence.events)
    timeline = async_method(persistence.run_timeline)
    artifacts = async_method(persistence.artifacts)
    snapshots = async_method(persistence.snapshots)

    list = async_method(persistence.list_runs)
    of_config = async_method(persistence.runs_of_config)
    activity = async_method(persistence.activity)
    find_artifacts = async_method(persistence.find_artifacts)
    search = async_method(persistence.search_events)
    rollup = async_method(persistence.rollup)
    refresh_rollups = async_method(persistence.refresh_rollups)

    place_hold = async_method(persistence.place_hold)
    release_hold = async_method(persistence.release_hold)
    holds = async_method(persistence.list_holds)
    erase = async_method(persistence.erase_run)
    erase_payload = async_method(persistence.erase_payload)

    @contextlib.asynccontextmanager
    async def claimed(self, run_id: Id, claimed_by: str, ttl: timedelta = timedelta(minutes=1)) -> AsyncIterator[int]:
        """Claims a run for the length of a block, and gives the epoch to write with: :meth:`RunManager.claimed`."""
        epoch = await self.claim(run_id, claimed_by, ttl)
        try:
            yield epoch
        finally:
            with contextlib.suppress(psycopg.Error):
                if not (await self.get(run_id)).is_closed:
                    await self.claim(run_id, claimed_by, _LET_GO, epoch=epoch)

    def stream(
        self, run_id: Id, *, epoch: int | None = None, max_events: int = 200, max_seconds: float = 0.5
    ) -> "AsyncEventStream":
        """Collects events and appends them in batches: :meth:`RunManager.stream`."""
        return AsyncEventStream(self, run_id, epoch, _Buffer(max_events, max_seconds))


class _Buffer:
    """Events that wait to be sent. Each has its id and time from the start, so that sending twice stores it once."""

    def __init__(self, max_events: int, max_seconds: float) -> None:
        self.events: list[NewEvent] = []
        self._max_events = max_events
        self._max_seconds = max_seconds
        self._first_at = 0.0

    def add(self, event_type: str, payload: persistence.JsonObject | None, fields: dict[str, Any]) -> bool:
        """Takes an event; True when it is time to send."""
        now = time.monotonic()
        if not self.events:
            self._first_at = now
        identified: dict[str, Any] = {"event_id": uuid4(), "occurred_at": datetime.now(UTC), **fields}
        self.events.append(NewEvent(event_type, payload, **identified))
        return len(self.events) >= self._max_events or now - self._first_at >= self._max_seconds


class EventStream:
    """What :meth:`RunManager.stream` returns: a context manager to add events to."""

    def __init__(self, runs: RunManager, run_id: Id, epoch: int | None, buffer: _Buffer) -> None:
        self._runs = runs
        self._run_id = run_id
        self._epoch = epoch
        self._buffer = buffer

    def add(self, event_type: str, payload: persistence.JsonObject | None = None, **fields: Any) -> None:
        """Adds an event; fields are those of NewEvent. Sends the batch when it is full or old."""
        if self._buffer.add(event_type, payload, fields):
            self.flush()

    def flush(self) -> None:
        """Sends what was added."""
        if waiting := tuple(self._buffer.events):
            self._runs.append_many(self._run_id, waiting, epoch=self._epoch)
            del self._buffer.events[: len(waiting)]

    def __enter__(self) -> "EventStream":
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()


class AsyncEventStream:
    """What :meth:`AsyncRunManager.stream` returns: an async context manager to add events to, from one task."""

    def __init__(self, runs: AsyncRunManager, run_id: Id, epoch: int | None, buffer: _Buffer) -> None:
        self._runs = runs
        self._run_id = run_id
        self._epoch = epoch
        self._buffer = buffer

    async def add(self, event_type: str, payload: persistence.JsonObject | None = None, **fields: Any) -> None:
        """Adds an event: :meth:`EventStream.add`."""
        if self._buffer.add(event_type, payload, fields):
            await self.flush()

    async def flush(self) -> None:
        """Sends what was added."""
        if waiting := tuple(self._buffer.events):
            await self._runs.append_many(self._run_id, waiting, epoch=self._epoch)
            del self._buffer.events[: len(waiting)]

    async def __aenter__(self) -> "AsyncEventStream":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.flush()
