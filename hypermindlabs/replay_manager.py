"""Replays runs: what was recorded, step by step, never the models and tools again.

A :class:`ReplayManager` sends the calls of :mod:`hypermindlabs.persistence`, as :mod:`hypermindlabs.run_manager` does.
:class:`AsyncReplayManager` has the same methods, to be awaited.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from hypermindlabs import persistence
from hypermindlabs.database_router import AsyncManager, Manager, async_method, method
from hypermindlabs.persistence import Event, Id, Json

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Step:
    """An event, the state after it, and the JSON Patch that leads there from the state before."""

    event: Event
    state: Json
    diff: list[dict[str, Any]]


class ReplayManager(Manager):
    """Replays runs over a router or over a connection of the caller's.

    >>> from hypermindlabs.replay_manager import ReplayManager
    >>> replay = ReplayManager(lab.router)
    >>> context = replay.resolve(run, 4)
    >>> context.state, len(context.digest)
    ({'step': 2}, 32)
    """

    resolve = method(persistence.resolve_replay_context)
    state_at = method(persistence.state_at)
    diff = method(persistence.diff_state)
    recorded = method(persistence.replay_events)
    fork = method(persistence.fork_run)
    lineage = method(persistence.run_lineage)
    verify = method(persistence.verify_run)
    check_integrity = method(persistence.check_integrity)

    _run = method(persistence.get_run)

    def replay_events(self, run_id: Id, from_seq: int = 1, to_seq: int | None = None) -> Iterator[Event]:
        """Gives the recorded events of a run one by one, from one seq to another, both included, fetched in pages.

        to_seq: by default the last seq at the time of the first event.

        Raises RunNotFound, SeqOutOfRange.

        >>> [event.seq for event in lab.replay.replay_events(run, 2)]
        [2, 3, 4, 5]
        """
        last = self._run(run_id).last_seq if to_seq is None else to_seq
        for first in range(from_seq, last + 1, _PAGE):
            yield from self.recorded(run_id, first, min(first + _PAGE - 1, last))

    def steps(self, run_id: Id, from_seq: int = 1, to_seq: int | None = None) -> Iterator[Step]:
        """Goes through a run step by step: each event, the state after it and what it changed, computed as asked for.

        Raises RunNotFound, SeqOutOfRange.

        >>> [(step.event.seq, step.state, len(step.diff)) for step in lab.replay.steps(run, 4)]
        [(4, {'step': 2}, 1), (5, {'step': 3}, 1)]
        """
        state: Json = None
        for event in self.replay_events(run_id, from_seq, to_seq):
            changes = _may_change_state(event)
            if changes or event.seq == from_seq:
                state = self.state_at(run_id, event.seq)
            yield Step(event, state, self.diff(run_id, event.seq - 1, event.seq) if changes else [])


class AsyncReplayManager(AsyncManager):
    """The same as :class:`ReplayManager`, for asyncio.

    >>> import asyncio
    >>> import hypermindlabs
    >>> async def main():
    ...     async with hypermindlabs.connect_async(dsn) as lab:
    ...         return [step.state async for step in lab.replay.steps(run, 4)]
    >>> asyncio.run(main())
    [{'step': 2}, {'step': 3}]
    """

    resolve = async_method(persistence.resolve_replay_context)
    state_at = async_method(persistence.state_at)
    diff = async_method(persistence.diff_state)
    recorded = async_method(persistence.replay_events)
    fork = async_method(persistence.fork_run)
    lineage = async_method(persistence.run_lineage)
    verify = async_method(persistence.verify_run)
    check_integrity = async_method(persistence.check_integrity)

    _run = async_method(persistence.get_run)

    async def replay_events(self, run_id: Id, from_seq: int = 1, to_seq: int | None = None) -> AsyncIterator[Event]:
        """Gives the recorded events of a run one by one: :meth:`ReplayManager.replay_events`."""
        last = (await self._run(run_id)).last_seq if to_seq is None else to_seq
        for first in range(from_seq, last + 1, _PAGE):
            for event in await self.recorded(run_id, first, min(first + _PAGE - 1, last)):
                yield event

    async def steps(self, run_id: Id, from_seq: int = 1, to_seq: int | None = None) -> AsyncIterator[Step]:
        """Goes through a run step by step: :meth:`ReplayManager.steps`."""
        state: Json = None
        async for event in self.replay_events(run_id, from_seq, to_seq):
            changes = _may_change_state(event)
            if changes or event.seq == from_seq:
                state = await self.state_at(run_id, event.seq)
            yield Step(event, state, await self.diff(run_id, event.seq - 1, event.seq) if changes else [])


def _may_change_state(event: Event) -> bool:
    """Whether the state after the event may differ from the one before. Of an erased event only the server knows."""
    return event.state_delta is not None or event.payload is None
