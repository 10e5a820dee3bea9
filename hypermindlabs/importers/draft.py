"""What a trace file becomes before it is written: a run that nobody has recorded yet.

An importer turns a file into drafts, and knows nothing of databases; `record` writes a draft, and knows nothing of
files. Steps name their parent by key, an integer that is unique in the draft (1 is run.created): only the writer
knows seqs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

Json: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Config:
    """One version of a prompt, tool or agent. `label` is set if nobody has set it yet, and the pin goes by it."""

    kind: str
    name: str
    content: Json
    summary: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """An event to append."""

    key: int
    event_type: str
    payload: Mapping[str, Json] = field(default_factory=dict)
    state_delta: Json | None = None
    parent: int | None = None
    event_id: UUID | None = None
    model: str | None = None
    tool: str | None = None
    tags: Sequence[str] | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: Decimal | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """A lifecycle step: running, paused, completed, failed or cancelled."""

    key: int
    status: str
    payload: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """A wish to cancel."""

    key: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Artifact:
    """A pointer to something the run made."""

    key: int
    kind: str
    uri: str
    sha256: bytes
    size_bytes: int
    media_type: str = "application/octet-stream"
    metadata: Mapping[str, Json] = field(default_factory=dict)
    parent: int | None = None


Step: TypeAlias = Event | Transition | CancelRequest | Artifact


@dataclass(frozen=True, slots=True)
class Draft:
    """A run to record: its pins, its steps, and where it came from (`source`, kept in the run's metadata)."""

    title: str
    mode: str
    steps: Sequence[Step]
    source: Mapping[str, Json]
    pins: Mapping[str, Config] = field(default_factory=dict)
    other_configs: Sequence[Config] = ()
    input: Mapping[str, Json] = field(default_factory=dict)
    metadata: Mapping[str, Json] = field(default_factory=dict)
    tags: Sequence[str] = ()
    agent: str | None = None
    model: str | None = None


class Script:
    """Collects steps, numbering them.

    >>> script = Script()
    >>> asked = script.event("model.requested")
    >>> answered = script.message("model.responded", {"role": "assistant", "content": "Hello"}, parent=asked)
    >>> [operation["path"] for operation in script.steps[-1].state_delta]
    ['/messages', '/messages/-']
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._messages = 0
        self._key = 1

    def event(self, event_type: str, payload: Mapping[str, Json] | None = None, **columns: Any) -> int:
        """Add an event; the answer is its key, to nest others below it."""
        self.steps.append(Event(self._next(), event_type, payload or {}, **columns))
        return self._key

    def message(
        self,
        event_type: str,
        message: Json,
        payload: Mapping[str, Json] | None = None,
        also: Sequence[Json] = (),
        **columns: Any,
    ) -> int:
        """Add an event that appends `message`, as it is, to the state's /messages. `also`: further operations."""
        start = [{"op": "add", "path": "/messages", "value": []}] if self._messages == 0 else []
        self._messages += 1
        delta = [*start, {"op": "add", "path": "/messages/-", "value": message}, *also]
        return self.event(event_type, payload, state_delta=delta, **columns)

    def begin(self) -> None:
        """The run starts."""
        self.steps.append(Transition(self._next(), "running"))

    def end(self, status: str, payload: Mapping[str, Json]) -> None:
        """The run ends."""
        self.steps.append(Transition(self._next(), status, payload))

    def _next(self) -> int:
        self._key += 1
        return self._key


def word(value: Json) -> str | None:
    """A role, name or id as the contracts take one: 1 to 255 printable characters. None, to be left out, for all else.

    >>> word("user"), word(""), word(7)
    ('user', None, None)
    """
    return value if isinstance(value, str) and 0 < len(value) <= 255 and value.isprintable() else None


def said(message: Mapping[str, Json], names: Sequence[str] = ()) -> dict[str, Json]:
    """What the payload of an event tells of a message: role, name, content, and `names`. What does not fit stays out.

    >>> said({"role": "user", "name": 7, "content": None, "id": "m1"})
    {'role': 'user', 'content': None}
    """
    payload: dict[str, Json] = {k: message[k] for k in ("role", "name") if word(message.get(k)) is not None}
    if "content" in message and isinstance(message["content"], str | list | dict | None):
        payload["content"] = message["content"]
    return {**payload, **{k: message[k] for k in names if k in message}}


def with_context(draft: Draft, *, agent: str | None, model: str | None, tags: Sequence[str]) -> Draft:
    """The draft with what the person who imports knows and the file does not say."""
    return replace(draft, agent=agent or draft.agent, model=model or draft.model, tags=(*draft.tags, *tags))
