"""Writes a draft: one run, one transaction, events in batches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import psycopg

from ..persistence import ConfigRef, NewEvent
from ..run_manager import RunManager
from .draft import Artifact, CancelRequest, Config, Draft, Event, Step, Transition

BATCH = 1000


def record(
    connection: psycopg.Connection[Any],
    project_id: UUID,
    draft: Draft,
    progress: Callable[[int], None] | None = None,
) -> UUID:
    """Records a draft as a new run of a project, in one transaction, and returns the run's id.

    Configs are registered unless the project has a version with the same content; labels are set where nobody has set
    them, and never moved. `progress` is called with the number of steps written since the last call.

    Raises what RunManager raises; then nothing was written.
    """
    with connection.transaction():
        runs = RunManager(connection)
        for config in draft.other_configs:
            _register(runs, project_id, config)
        run_id = runs.create(
            project_id,
            draft.mode,
            configs={slot: _register(runs, project_id, config) for slot, config in draft.pins.items()},
            input=draft.input,
            metadata={**draft.metadata, "source": draft.source},
            tags=draft.tags,
            agent=draft.agent,
            model=draft.model,
        )
        _Writer(runs, run_id, progress).write(draft.steps)
    return run_id


def _register(runs: RunManager, project_id: UUID, config: Config) -> ConfigRef:
    """The version with this content, registered now if there is none; by its label if it has one."""
    known = runs.config_history(project_id, config.kind, config.name)
    versions = [v.version for v in known if _same(v.content, config.content)]
    if versions:
        version = versions[0]
    else:
        version = runs.register_config(
            project_id, config.kind, config.name, config.content, summary=config.summary or "imported"
        )
    if config.label is None:
        return {"kind": config.kind, "name": config.name, "version": version}
    if not any(config.label in v.labels for v in known):
        runs.label_config(project_id, config.kind, config.name, config.label, version)
    return {"kind": config.kind, "name": config.name, "label": config.label}


def _same(a: Any, b: Any) -> bool:
    """Equality of JSON values: 1 and true are two values, to Python they are one."""
    return json.dumps(a, sort_keys=True, default=str) == json.dumps(b, sort_keys=True, default=str)


class _Writer:
    """Turns steps into calls, and keys into seqs: seqs count without gaps, so they are known beforehand."""

    def __init__(self, runs: RunManager, run_id: UUID, progress: Callable[[int], None] | None) -> None:
        self.runs, self.run_id, self.progress = runs, run_id, progress
        self.seqs = {1: 1}
        self.last = 1
        self.waiting: list[NewEvent] = []

    def write(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if not isinstance(step, Event):
                self.flush()
                self._call(step)
                self._told(1)
            self.last += 1
            self.seqs[step.key] = self.last
            if isinstance(step, Event):
                self.waiting.append(self._event(step))
                if len(self.waiting) == BATCH:
                    self.flush()
        self.flush()

    def flush(self) -> None:
        if self.waiting:
            self.runs.append_many(self.run_id, self.waiting, expected_seq=self.last - len(self.waiting))
            self._told(len(self.waiting))
            self.waiting = []

    def _told(self, steps: int) -> None:
        if self.progress is not None:
            self.progress(steps)

    def _event(self, event: Event) -> NewEvent:
        return NewEvent(
            event.event_type,
            payload=event.payload,
            state_delta=event.state_delta,
            parent_seq=self._seq(event.parent),
            event_id=event.event_id,
            model=event.model,
            tool=event.tool,
            tags=event.tags,
            input_tokens=event.input_tokens,
            output_tokens=event.output_tokens,
            cost=event.cost,
            occurred_at=event.occurred_at,
        )

    def _seq(self, key: int | None) -> int | None:
        return None if key is None else self.seqs[key]

    def _call(self, step: Transition | CancelRequest | Artifact) -> None:
        if isinstance(step, Transition):
            self.runs.transition(self.run_id, step.status, step.payload, expected_seq=self.last)
        elif isinstance(step, CancelRequest):
            self.runs.request_cancel(self.run_id, step.reason)
        else:
            self.runs.attach(
                self.run_id,
                step.kind,
                step.uri,
                step.sha256,
                step.size_bytes,
                media_type=step.media_type,
                parent_seq=self._seq(step.parent),
                metadata=step.metadata,
            )
