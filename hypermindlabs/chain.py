"""The hash chain in plain Python: what docs/hash-chain.md says, from the rows of a run, without a database.

For those who check a run that is not in a database any more, or in one that they do not trust: nothing here calls a
function of the database. A row is a mapping from column to value, as the tables have them, but for what must be hashed
as it stands:

- jsonb columns (payload, state_delta, state, input, metadata; content of a pin) are the text that PostgreSQL prints;
- a cost is the text of the numeric: its scale counts;
- a uuid is a UUID or its lower-case text, a time an aware datetime, a hash bytes, tags a list of texts.

>>> salted_hash("5f1c1a52-9d1e-4f6b-8a3e-2f5d9f0f6c11", "{}").hex()[:16]
'234dc98c9f185b8c'
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, TypeAlias
from uuid import UUID

__all__ = [
    "GENESIS",
    "Problem",
    "Row",
    "RunRows",
    "artifact_hash",
    "event_hash",
    "merkle_root",
    "outcome_hash",
    "run_hash",
    "run_leaf",
    "run_problem",
    "salted_hash",
    "state_hash",
]

Row: TypeAlias = Mapping[str, Any]

GENESIS = bytes(32)
_ENCODE = json.JSONEncoder(ensure_ascii=False).encode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


# The hashes


def salted_hash(salt: UUID | str | None, text: str | None) -> bytes | None:
    """The salted hash of a jsonb text; None where either is missing."""
    if salt is None or text is None:
        return None
    return sha256(_uuid(salt).bytes + text.encode()).digest()


def event_hash(before: bytes, event: Row, kept: Row | None = None) -> bytes:
    """The event_hash of a row of run_events.

    before: the event_hash of the event before it; GENESIS for the first.
    kept: its row of erased_hashes, if its content was erased.
    """
    array = _array(
        *("hypermind.event.1", event["run_id"], event["seq"], event["project_id"], event["event_id"]),
        *(event["event_type"], event["contract_version"], event["parent_seq"]),
        _proof(event, "payload", kept, "payload_hash"),
        _proof(event, "state_delta", kept, "delta_hash"),
        *(event["model"], event["tool"], event["tags"], event["input_tokens"], event["output_tokens"]),
        *(_numeric(event["cost"]), event["text_rule"], event["subject_hash"]),
        *(event["occurred_at"], event["recorded_at"]),
    )
    return sha256(before + array).digest()


def run_hash(run: Row, pins: Iterable[Row], base_state_hash: bytes | None, kept: Row | None = None) -> bytes:
    """The subject_hash of run.created, from the row of runs.

    pins: the rows of run_config_refs, in any order. base_state_hash: state_hash of the snapshot at seq 0, if there is
    one. kept: the run's row of erased_hashes, if its input and metadata were erased.
    """
    pinned = [
        [_plain(pin[name]) for name in ("slot", "config_id", "kind", "name", "version", "label", "content_sha256")]
        for pin in sorted(pins, key=_slot)
    ]
    array = _array(
        *("hypermind.run.1", run["run_id"], run["project_id"], run["mode"], run["agent"], run["model"], run["tags"]),
        *(run["owner"], run["created_by"]),
        _proof(run, "input", kept, "input_hash"),
        _proof(run, "metadata", kept, "metadata_hash"),
        *(run["parent_run_id"], run["forked_at_seq"], run["parent_event_hash"], run["created_at"]),
        *(pinned, base_state_hash),
    )
    return sha256(array).digest()


def artifact_hash(artifact: Row, kept: Row | None = None) -> bytes:
    """The subject_hash of artifact.attached, from the row of run_artifacts; kept: as for an event."""
    uri = None if artifact["uri"] is None else _text(artifact["uri"])
    array = _array(
        *("hypermind.artifact.1", artifact["run_id"], artifact["artifact_id"], artifact["project_id"]),
        *(artifact["seq"], artifact["kind"], artifact["media_type"]),
        salted_hash(artifact["salt"], uri) or (kept and kept["uri_hash"]),
        *(artifact["sha256"], artifact["size_bytes"]),
        _proof(artifact, "metadata", kept, "metadata_hash"),
        artifact["created_at"],
    )
    return sha256(array).digest()


def outcome_hash(outcome: Row) -> bytes:
    """The subject_hash of a run's last event, from the row of run_outcomes."""
    array = _array(
        *("hypermind.outcome.1", outcome["run_id"], outcome["project_id"], outcome["status"], outcome["last_seq"]),
        *(outcome["ended_at"], outcome["events"], outcome["input_tokens"], outcome["output_tokens"]),
        _numeric(outcome["cost"]),
    )
    return sha256(array).digest()


def state_hash(snapshot: Row) -> bytes | None:
    """The state_hash of a row of run_state_snapshots; None of one that was erased."""
    return salted_hash(snapshot["salt"], snapshot["state"])


def _proof(row: Row, column: str, kept: Row | None, kept_as: str) -> bytes | None:
    """The salted hash of a column; of an erased one the hash that stayed."""
    found = salted_hash(row["salt"], row[column])
    return kept[kept_as] if found is None and kept else found


# The form


def _array(*elements: Any) -> bytes:
    """A canonical array."""
    return ("[" + ", ".join(_text(element) for element in elements) + "]").encode()


def _text(value: Any) -> str:
    """A value as jsonb prints it. Of objects there are none in a canonical array, and of fractions only costs."""
    plain = _plain(value)
    return format(plain, "f") if isinstance(plain, Decimal) else _ENCODE(plain)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return (value - _EPOCH) // _MICROSECOND
    return value


def _numeric(text: str | Decimal | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _slot(pin: Row) -> bytes:
    slot: str = pin["slot"]
    return slot.encode()


# A whole run


@dataclass(frozen=True, slots=True)
class Problem:
    """The first place in a run that does not fit: its seq, the table, and what is wrong there."""

    seq: int
    object: str
    what: str


@dataclass(frozen=True, slots=True)
class RunRows:
    """The rows of one run.

    events and snapshots come in order of seq, and are read once: they need not fit into memory. First all events are
    read, then snapshots, then artifacts; `erased`, the rows of erased_hashes by (kind, seq), may grow meanwhile. pins
    may carry the `content` of the version that they pin; then it is checked. A closed run has an outcome, an open one a
    head, of which status, last_seq, last_hash and, if it is known, last_recorded_at count.
    """

    run: Row
    pins: Sequence[Row]
    events: Iterable[Row]
    snapshots: Iterable[Row] = ()
    artifacts: Iterable[Row] = ()
    outcome: Row | None = None
    head: Row | None = None
    erased: Mapping[tuple[str, int], Row] = field(default_factory=dict)


def run_problem(rows: RunRows) -> Problem | None:
    """The first place where the rows of a run do not fit its chain; None if all do.

    Says what verify_run says, in its order: what is erased is gone, the chain proves the events, the head or outcome
    is where they end, and they vouch for the run's row, pins and base state, the artifacts, the snapshots.

    Not checked here: that a snapshot is the state that the events before it lead to (only that it fits its hash), and
    that the parent of a fork still has the event that it was forked at.
    """
    erasures = _Erasures(rows.erased)
    run_kept = erasures.kept("run", 1, rows.run, "input", "metadata")
    events, snapshots = _Events(rows, erasures), _Snapshots(rows, erasures)
    artifacts = _Artifacts(rows, erasures)
    problems = itertools.chain(
        erasures.problem(),
        events.problem,
        _end_problem(rows, events),
        _run_row_problem(rows, events.first, snapshots.base_hash, run_kept),
        _pin_problem(rows.pins),
        artifacts.problem(events.attached),
        snapshots.problem,
    )
    return next(problems, None)


class _Erasures:
    """The hashes that stayed of what was erased, and whether it is gone."""

    def __init__(self, hashes: Mapping[tuple[str, int], Row]) -> None:
        self._hashes = hashes
        self._flaws: dict[tuple[str, int], str | None] = {}

    def kept(self, kind: str, seq: int, row: Row, *content: str) -> Row | None:
        """The hashes that stayed of a row, None if it was not erased. content: the columns that go with the salt."""
        kept = self._hashes.get((kind, seq))
        if kept is None:
            return None
        flaw = None
        if any(row[column] is not None for column in (*content, "salt")):
            flaw = f"the content of the {kind} at seq {seq} was erased, and is there"
        elif kind == "snapshot" and row["state_hash"] != kept["state_hash"]:
            flaw = f"the erased snapshot at seq {seq} has another hash than it had"
        self._flaws[kind, seq] = flaw
        return kept

    def problem(self) -> Iterator[Problem]:
        """What was not erased, or is not there; to be asked when every row was seen."""
        for kind, seq in sorted(self._hashes, key=lambda key: (key[1], key[0])):
            missing = f"there is no {kind} at seq {seq}, of which an erasure is recorded"
            flaw = self._flaws.get((kind, seq), missing)
            if flaw:
                yield Problem(seq, "erased_hashes", flaw)


class _Events:
    """One pass over the events: the first that breaks the chain, and what the rest of the run is held against."""

    def __init__(self, rows: RunRows, erasures: _Erasures) -> None:
        self.problem: list[Problem] = []
        self.first: Row | None = None
        self.last: Row | None = None
        self.status: str | None = None
        self.attached: dict[int, bytes | None] = {}
        run_id, before = str(rows.run["run_id"]), GENESIS
        for number, event in enumerate(rows.events, 1):
            kept = erasures.kept("event", event["seq"], event, "payload", "state_delta")
            if not self.problem:
                self.problem += _event_problem(run_id, number, before, event, kept)
            self._remember(event)
            before = event["event_hash"]

    def _remember(self, event: Row) -> None:
        event_type: str = event["event_type"]
        self.first = self.first or event
        self.last = event
        if event_type == "artifact.attached":
            self.attached[event["seq"]] = event["subject_hash"]
        elif event_type.startswith("run.") and event_type != "run.cancel_requested":
            self.status = _STATUS.get(event_type, event_type.removeprefix("run."))


_STATUS = {"run.created": "queued", "run.started": "running", "run.resumed": "running"}


def _event_problem(run_id: str, number: int, before: bytes, event: Row, kept: Row | None) -> Iterator[Problem]:
    seq, event_type = event["seq"], event["event_type"]
    if seq > number:
        yield Problem(number, "run_events", f"event {number} is missing")
    elif seq < number:
        yield Problem(seq, "run_events", f"there are two events {seq}")
    elif str(event["run_id"]) != run_id or event_hash(before, event, kept) != event["event_hash"]:
        if event["salt"] is None and kept is None:
            what = f"the content of event {seq} ({event_type}) is gone, and no erasure says so"
        else:
            what = f"event {seq} ({event_type}) is not what was recorded"
        yield Problem(seq, "run_events", what)


def _end_problem(rows: RunRows, events: _Events) -> Iterator[Problem]:
    """The head of an open run, or the outcome of a closed one, that is not where the events end."""
    last_seq, last_hash = (events.last["seq"], events.last["event_hash"]) if events.last else (0, GENESIS)
    ends = [
        (table, end) for table, end in (("run_heads", rows.head), ("run_outcomes", rows.outcome)) if end is not None
    ]
    if not ends:
        yield Problem(last_seq, "run_heads", "the run has neither a head nor an outcome")
        return
    if len(ends) > 1:
        yield Problem(last_seq, "run_heads", "the run has both a head and an outcome")
    table, end = ends[0]
    known = end["last_seq"]
    if last_seq < known:
        yield Problem(last_seq + 1, "run_events", f"the events from {last_seq + 1} to {known} are missing")
    if last_seq > known:
        yield Problem(known + 1, "run_events", f"{table} knows no events after {known}")
    if end["last_hash"] != last_hash:
        yield Problem(last_seq, table, "the last hash is not that of the last event")
    if events.last:
        yield from _outcome_problem(end, events.last) if table == "run_outcomes" else _head_problem(end, events)


def _outcome_problem(outcome: Row, last: Row) -> Iterator[Problem]:
    ended_as = f"run.{outcome['status']}"
    if last["event_type"] != ended_as or last["subject_hash"] != outcome_hash(outcome):
        yield Problem(outcome["last_seq"], "run_outcomes", "the outcome is not what the final event vouches for")


def _head_problem(head: Row, events: _Events) -> Iterator[Problem]:
    assert events.last is not None
    seq, status = events.last["seq"], head["status"]
    if status != events.status:
        yield Problem(seq, "run_heads", f"the head says {status}, the events say {events.status}")
    if head.get("last_recorded_at", events.last["recorded_at"]) != events.last["recorded_at"]:
        yield Problem(seq, "run_heads", "the head was not last written by the last event")


def _run_row_problem(rows: RunRows, first: Row | None, base: bytes | None, kept: Row | None) -> Iterator[Problem]:
    vouched = first["subject_hash"] if first and first["event_type"] == "run.created" else None
    if run_hash(rows.run, rows.pins, base, kept) != vouched:
        what = "the run's row, its pins or its base state are not what run.created vouches for"
        yield Problem(1, "runs", what)


def _pin_problem(pins: Iterable[Row]) -> Iterator[Problem]:
    for pin in sorted(pins, key=_slot):
        content = pin.get("content", _UNKNOWN)
        if content is not _UNKNOWN and (content is None or sha256(content.encode()).digest() != pin["content_sha256"]):
            what = f"{pin['kind']} {pin['name']} version {pin['version']}, pinned as {pin['slot']}, has another content"
            yield Problem(1, "config_versions", what)


_UNKNOWN = object()


class _Artifacts:
    """The artifacts, each to be held against the event that vouches for it."""

    def __init__(self, rows: RunRows, erasures: _Erasures) -> None:
        self._found: dict[int, tuple[Any, bytes]] = {}
        for artifact in rows.artifacts:
            kept = erasures.kept("artifact", artifact["seq"], artifact, "uri", "metadata")
            self._found[artifact["seq"]] = artifact["artifact_id"], artifact_hash(artifact, kept)

    def problem(self, attached: Mapping[int, bytes | None]) -> Iterator[Problem]:
        """Those that differ from what the events vouch for, lack their event, or are missing."""
        for seq in sorted(attached.keys() | self._found.keys()):
            artifact_id, found = self._found.get(seq, (None, None))
            if found is None:
                yield Problem(seq, "run_artifacts", f"the artifact of event {seq} is missing")
            elif seq not in attached:
                yield Problem(seq, "run_artifacts", f"no event vouches for artifact {artifact_id}")
            elif found != attached[seq]:
                yield Problem(seq, "run_artifacts", f"artifact {artifact_id} is not what event {seq} vouches for")


class _Snapshots:
    """One pass over the snapshots: the first that is wrong, and the hash of the base state."""

    def __init__(self, rows: RunRows, erasures: _Erasures) -> None:
        self.problem: list[Problem] = []
        self.base_hash: bytes | None = None
        for snapshot in rows.snapshots:
            kept = erasures.kept("snapshot", snapshot["seq"], snapshot, "state")
            if snapshot["seq"] == 0:
                self.base_hash = snapshot["state_hash"]
            if not self.problem:
                self.problem += _snapshot_problem(snapshot, kept)


def _snapshot_problem(snapshot: Row, kept: Row | None) -> Iterator[Problem]:
    seq = snapshot["seq"]
    if snapshot["salt"] is None and snapshot["state"] is None:
        if kept is None:
            what = f"the state at seq {seq} is gone, and no erasure says so"
            yield Problem(seq, "run_state_snapshots", what)
    elif state_hash(snapshot) != snapshot["state_hash"]:
        yield Problem(seq, "run_state_snapshots", f"the snapshot at seq {seq} does not fit its hash")


# Merkle roots


def run_leaf(run_id: UUID | str, last_seq: int, last_hash: bytes) -> bytes:
    """The leaf of a run in a Merkle tree: where its chain stands.

    >>> run_leaf("01890a5d-ac96-774b-bcce-b302099a8057", 0, GENESIS).hex()[:16]
    '64fc373f92a01639'
    """
    return sha256(b"\0" + _uuid(run_id).bytes + last_seq.to_bytes(8, "big", signed=True) + last_hash).digest()


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """The Merkle Tree Hash of RFC 6962 over leaves that are hashes already, in their order.

    Two subtrees of a size become one as soon as both are there, so that no more than one of each size waits.

    >>> merkle_root([]) == sha256(b"").digest()
    True
    """
    waiting: list[tuple[int, bytes]] = []
    for leaf in leaves:
        size, found = 1, leaf
        while waiting and waiting[-1][0] == size:
            found = _node(waiting.pop()[1], found)
            size *= 2
        waiting.append((size, found))
    if not waiting:
        return sha256(b"").digest()
    _, root = waiting.pop()
    while waiting:
        root = _node(waiting.pop()[1], root)
    return root


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()
