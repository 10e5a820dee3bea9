"""What the database offers, as typed calls: one function here for each statement, whoever sends it and how.

A function of this module sends nothing. It returns a :class:`Call`: the statement, its adapted parameters and how to
read the answer. :mod:`hypermindlabs.database_router` sends it, and the managers (:mod:`hypermindlabs.run_manager`,
:mod:`hypermindlabs.replay_manager`, :mod:`hypermindlabs.contract_manager`, :mod:`hypermindlabs.operations_manager`)
offer the same functions as methods. There is no SQL but calls of the API functions and plain reads of the documented
tables and views, and no rule: what may be written is decided in PostgreSQL, for every client alike.

JSON values go through :mod:`hypermindlabs.json_text`. A refusal is an exception of :mod:`hypermindlabs.errors`.

The examples are run as tests. In them ``lab`` is a connected :class:`hypermindlabs.Lab` of a project's writer,
``operator`` and ``admin`` those of an operator and of an administrator, ``dsn`` the writer's connection string;
``project`` is the project's id, ``role`` its database role, ``member`` a colleague's role; ``run`` is a running run
with five events in it, and ``run2`` one that waits in the queue.
"""

import dataclasses
import functools
import operator
import os
import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Generic, Required, TypedDict, TypeVar
from uuid import UUID

from psycopg.types.json import Jsonb
from psycopg.types.numeric import Int4, Int8

from hypermindlabs import errors, json_text

SCHEMA_VERSION = 1
"""The schema version that this package needs."""

BATCH_EVENTS = 10_000
"""The most events that one call of append_events() takes."""

BATCH_BYTES = 24 * 1024 * 1024
"""The most JSON text put into one call of append_events(): jsonb's own form of it stays within the 64 MiB limit."""

T = TypeVar("T")

Row = tuple[Any, ...]
Json = Any
JsonObject = Mapping[str, Any]
Id = UUID | str


# Results


@dataclass(frozen=True, slots=True)
class Project:
    """A project: whoever is a member of its database role sees it and acts in it.

    enforcement: known, or strict where event types without a contract are refused.
    """

    project_id: UUID
    workspace: str
    name: str
    role: str
    enforcement: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it stands: a row of hypermind.run_overview. Tokens, cost and events are totals so far.

    archive_id, location: of the archive that has its rows; None while they are here.
    """

    run_id: UUID
    project_id: UUID
    workspace: str
    project: str
    mode: str
    agent: str | None
    model: str | None
    owner: str
    tags: list[str]
    status: str
    last_seq: int
    created_at: datetime
    ended_at: datetime | None
    duration: timedelta
    events: int
    input_tokens: int | None
    output_tokens: int | None
    cost: Decimal | None
    parent_run_id: UUID | None
    forked_at_seq: int | None
    archive_id: UUID | None
    location: str | None

    @property
    def is_closed(self) -> bool:
        """Whether the run has ended: completed, failed or cancelled."""
        return self.ended_at is not None


@dataclass(frozen=True, slots=True)
class ListedRun(Run):
    """A run in a list.

    input_tokens, output_tokens, cost: None while the run is open; :func:`get_run` sums them. title: the member of that
    name in its metadata. cursor: gives the page that begins after it.
    """

    title: str | None
    cursor: str


@dataclass(frozen=True, slots=True)
class RunOfConfig:
    """A run that pinned a configuration.

    slots, versions, labels: what it pinned the configuration as, entry by entry; a label is None where the run named a
    version, all three empty where the run is archived. input_tokens, output_tokens, cost: None while the run is open.
    archive_id, location: of the archive that has its rows; None while they are here. cursor: gives the page that begins
    after it.
    """

    run_id: UUID
    slots: list[str]
    versions: list[int]
    labels: list[str | None]
    status: str
    mode: str
    agent: str | None
    model: str | None
    owner: str
    tags: list[str]
    title: str | None
    created_at: datetime
    ended_at: datetime | None
    duration: timedelta
    events: int
    input_tokens: int | None
    output_tokens: int | None
    cost: Decimal | None
    archive_id: UUID | None
    location: str | None
    cursor: str


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a run was asked to do. None in input and metadata: erased."""

    run_id: UUID
    input: dict[str, Any] | None
    metadata: dict[str, Any] | None
    created_by: str


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a run's chain. payload and state_delta are None once erased; state_delta also when there is none.

    contract_version: of the contract that the payload met; None where its type had none.
    """

    run_id: UUID
    seq: int
    event_id: UUID | None
    event_type: str
    parent_seq: int | None
    payload: dict[str, Any] | None
    state_delta: list[Any] | dict[str, Any] | None
    model: str | None
    tool: str | None
    tags: list[str] | None
    input_tokens: int | None
    output_tokens: int | None
    cost: Decimal | None
    occurred_at: datetime
    recorded_at: datetime
    event_hash: bytes
    contract_version: int | None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One event of a run as a timeline shows it.

    depth: how many events it is nested in, by parent_seq; 64 stands for all that are deeper. gap: since the event
    before it in the run happened, shown or not. duration: until the last event that names it as its parent; None when
    none does. preview: what it says in one line of at most 160 characters, without those that would act on a terminal;
    None when its payload is too large or erased; markup is left as it is. payload_bytes: what the payload takes,
    compressed.
    """

    seq: int
    event_type: str
    contract_version: int | None
    parent_seq: int | None
    depth: int
    occurred_at: datetime
    recorded_at: datetime
    gap: timedelta | None
    duration: timedelta | None
    model: str | None
    tool: str | None
    tags: list[str] | None
    input_tokens: int | None
    output_tokens: int | None
    cost: Decimal | None
    preview: str | None
    payload_bytes: int | None
    has_state_delta: bool
    erased: bool


@dataclass(frozen=True, slots=True)
class ActivityEntry:
    """One event among those of many runs. preview, payload_bytes: as in :class:`TimelineEntry`.

    cursor: gives the page that begins after it.
    """

    run_id: UUID
    seq: int
    project_id: UUID
    event_type: str
    parent_seq: int | None
    occurred_at: datetime
    recorded_at: datetime
    model: str | None
    tool: str | None
    tags: list[str] | None
    input_tokens: int | None
    output_tokens: int | None
    cost: Decimal | None
    preview: str | None
    payload_bytes: int | None
    erased: bool
    cursor: str


@dataclass(frozen=True, slots=True)
class Hit:
    """An event that a search found.

    snippet: a line of its text with what was found as ⟦word⟧, without characters that would act on a terminal; markup
    is left as it is. truncated: the text has 100,000 characters or more, and what comes after them is not searched.
    Both are None for a payload that takes more than 1 MiB, and for those beyond 4 MiB of a page. cursor: gives the page
    that begins after it.
    """

    run_id: UUID
    seq: int
    project_id: UUID
    event_type: str
    occurred_at: datetime
    snippet: str | None
    truncated: bool | None
    cursor: str


@dataclass(frozen=True, slots=True)
class Figures:
    """How many runs, events and tokens, what they cost and how long they took, of one group of a rollup.

    What was not grouped by is None. runs: None where the basis is event. durations: how many there are; p50 to p99:
    the seconds that as many percent of them do not exceed, right to 4.8 %.
    """

    basis: str
    project_id: UUID | None
    day: date | None
    model: str | None
    tool: str | None
    agent: str | None
    agent_version: int | None
    status: str | None
    event_type: str | None
    runs: int | None
    events: int
    input_tokens: int | None
    output_tokens: int | None
    cost: Decimal | None
    durations: int
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to append in a batch; the fields are the arguments of :func:`append_event`.

    >>> from hypermindlabs import NewEvent
    >>> lab.runs.append_many(run, [NewEvent("model.requested", {"n": 1}), NewEvent("model.responded", {"n": 1})])
    7
    """

    event_type: str
    payload: JsonObject | None = None
    state_delta: Sequence[Any] | JsonObject | None = None
    parent_seq: int | None = None
    event_id: Id | None = None
    model: str | None = None
    tool: str | None = None
    tags: Sequence[str] | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: Decimal | float | None = None
    occurred_at: datetime | None = None


class ConfigRef(TypedDict, total=False):
    """Names a configuration by version or by label: what a run pins in one of its slots."""

    kind: Required[str]
    name: Required[str]
    version: int
    label: str


@dataclass(frozen=True, slots=True)
class ConfigVersion:
    """One immutable version of a prompt, tool, agent or evaluator, and the labels that point to it now."""

    kind: str
    name: str
    version: int
    content: dict[str, Any]
    content_sha256: bytes
    summary: str | None
    author: str
    created_at: datetime
    labels: list[str]


@dataclass(frozen=True, slots=True)
class EventType:
    """One immutable version of an event type's contract: a row of the catalogue hypermind.event_types.

    project_id None: of the whole ledger. columns: which member of the payload fills which column of the event.
    text_rule: what text of the payload is searchable: messages, tool, all, or None.
    """

    project_id: UUID | None
    event_type: str
    version: int
    is_latest: bool
    schema: Json
    columns: dict[str, str]
    text_rule: str | None
    breaking: bool
    summary: str | None
    author: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Contract:
    """One immutable version of a project's contract for its states, prompts, tools, agents or evaluators."""

    project_id: UUID
    subject: str
    version: int
    is_latest: bool
    schema: Json
    breaking: bool
    summary: str | None
    author: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that a value breaks: pointer says where in the value, rule where in the schema (JSON Pointers both)."""

    pointer: str
    rule: str
    keyword: str
    message: str


@dataclass(frozen=True, slots=True)
class PinnedConfig:
    """A configuration as a run pinned it, whatever its labels point to now. content_sha256 is in hex."""

    slot: str
    kind: str
    name: str
    version: int
    content: dict[str, Any]
    content_sha256: str


@dataclass(frozen=True, slots=True)
class Pin:
    """Which version of a configuration a run pinned, and by which label; content_sha256 in hex. It is never erased."""

    slot: str
    kind: str
    name: str
    version: int
    label: str | None
    content_sha256: str


@dataclass(frozen=True, slots=True)
class Artifact:
    """A typed pointer to something kept elsewhere; seq is that of its artifact.attached event. uri None: erased."""

    artifact_id: UUID
    seq: int
    kind: str
    media_type: str
    uri: str | None
    sha256: bytes
    size_bytes: int
    metadata: dict[str, Any] | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class FoundArtifact(Artifact):
    """An artifact in a list. metadata: None also where they take more than 16 KiB: :func:`artifacts` returns these.

    cursor: gives the page that begins after it.
    """

    run_id: UUID
    project_id: UUID
    cursor: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stored state of a run; its content is what state_at(run, seq) returns."""

    seq: int
    state_hash: bytes
    taken_at: datetime
    taken_by: str


@dataclass(frozen=True, slots=True)
class ReplayContext:
    """All that is needed to stand at one seq of a run again.

    ``digest`` covers run id, at_seq, the event's hash there, the pinned versions with the hashes of their contents,
    input and state: equal digests, equal contexts, on any server. The last three fields say how it was put together
    (snapshot used, events folded onto it) and are not part of the digest.
    """

    run_id: UUID
    at_seq: int
    event_hash: bytes
    mode: str
    input: dict[str, Any] | None
    configs: list[PinnedConfig]
    state: Json
    digest: bytes
    snapshot_seq: int | None
    first_event_seq: int | None
    last_event_seq: int | None


@dataclass(frozen=True, slots=True)
class LineageEntry:
    """A run above (ancestor, depth -1, -2 ...) or below (descendant, depth 1, 2 ...) another, or itself (self, 0)."""

    run_id: UUID
    parent_run_id: UUID | None
    relation: str
    depth: int
    forked_at_seq: int | None
    mode: str
    status: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What verify_run() found: all is well, or the first bad place and what is wrong there. True when valid."""

    valid: bool
    events: int
    last_seq: int | None
    last_hash: bytes | None
    bad_seq: int | None
    bad_object: str | None
    problem: str | None

    def __bool__(self) -> bool:
        return self.valid


@dataclass(frozen=True, slots=True)
class Hold:
    """What may not be erased or retired: one run, runs by a pinned version or label, or all runs of the project.

    The fields that say which are None where they narrow nothing; the last three are None while the hold is in force.
    """

    hold_id: UUID
    project_id: UUID
    run_id: UUID | None
    kind: str | None
    name: str | None
    version: int | None
    label: str | None
    reason: str
    placed_by: str
    placed_at: datetime
    release_reason: str | None
    released_by: str | None
    released_at: datetime | None


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure took: how many events, snapshots and artifacts lost their content, and whether the input did.

    copies: forks that may hold copies of it, to be erased in the same way.
    """

    events: int
    snapshots: int
    artifacts: int
    input: bool
    copies: list[UUID]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of check_integrity()."""

    object: str
    problem: str


@dataclass(frozen=True, slots=True)
class MaintenanceStep:
    """What maintain() did of one of its steps. remaining: None where nobody counted."""

    step: str
    done: int
    failed: int
    remaining: int | None
    note: str | None


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One finding of health(). verdict: ok, warning or critical. hint: what to do, unless it is ok."""

    check_name: str
    verdict: str
    value: Decimal | None
    unit: str
    meaning: str
    hint: str | None


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """How long runs are kept, in days from their end.

    origin: project; ledger, where its default holds; none: all else is None, and runs are kept for good. keep_at_most,
    archive_after: None is never.
    """

    origin: str
    version: int | None
    keep_at_least: int | None
    keep_at_most: int | None
    archive_after: int | None
    reason: str | None
    set_by: str | None
    set_at: datetime | None


@dataclass(frozen=True, slots=True)
class Digest:
    """Where all runs stood, under one hash. runs: how many had changed since the digest before: its leaves.

    previous_hash: digest_hash of the digest before. digest_hash proves this digest and all before it.
    """

    number: int
    runs: int
    merkle_root: bytes
    previous_hash: bytes
    issued_by: str
    issued_at: datetime
    digest_hash: bytes


@dataclass(frozen=True, slots=True)
class DigestLeaf:
    """Where a run stood when a digest was issued."""

    run_id: UUID
    last_seq: int
    last_hash: bytes


@dataclass(frozen=True, slots=True)
class Archive:
    """A copy of a month outside of the database.

    location: where its files are. manifest_sha256: the hash of its manifest. runs, events: how many it holds. erasures:
    how many erasures of its runs it knows of; erasures_now: how many there are. supersedes, superseded_by: the archive
    whose place it took, and the one that took its place.
    """

    archive_id: UUID
    period: date
    location: str
    manifest_sha256: bytes
    runs: int
    events: int
    erasures: int
    erasures_now: int
    supersedes: UUID | None
    superseded_by: UUID | None
    archived_by: str
    archived_at: datetime


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """What is to become of a month, or of a run in it, and why.

    action: keep, erase, archive, rewrite, detach or drop. runs, events: how many it is about. plan: a digest of all
    that is planned for the month, for :func:`apply_retention`.
    """

    period: date
    action: str
    run_id: UUID | None
    runs: int
    events: int
    reason: str
    plan: bytes


# Calls


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One statement, ready to be sent, and how to read its answer.

    ``parameters`` holds one set of parameters for each time that the statement is sent; several sets are one
    transaction, and the answer is that of the last. ``key`` names the parameter that makes a repetition harmless and
    what makes a new one. ``reads`` is True where a replica can answer.
    """

    statement: str
    parameters: tuple[Mapping[str, Any], ...]
    answer: Callable[[list[Row]], T]
    key: tuple[str, Callable[[], UUID]] | None = None
    reads: bool = False

    def repeatable(self) -> "Call[T]":
        """The same call, with the idempotency key that its caller left out: sent twice, it is done once."""
        if self.key is None:
            return self
        name, new_key = self.key
        return dataclasses.replace(
            self,
            parameters=tuple(p if p[name] is not None else {**p, name: new_key()} for p in self.parameters),
        )


# Projects and configurations


def create_project_role(workspace: str, name: str) -> Call[str]:
    """Makes the database role of a project and returns its name. Its members see the project and act in it.

    The caller needs CREATEROLE; who has not uses a role that exists.

    Raises InvalidArgument, psycopg.errors.InsufficientPrivilege.

    >>> role = admin.runs.create_project_role("acme", "billing")
    >>> project = admin.runs.create_project("acme", "billing", role)
    """
    return _function(
        "create_project_role", {"workspace": _text("workspace", workspace), "name": _text("name", name)}, _scalar
    )


def create_project(workspace: str, name: str, role: str) -> Call[UUID]:
    """Creates a project and returns its id; the same workspace, name and role again return the same id.

    role: the database role whose members see the project and act in it, a plain group that no other project has. The
    caller must be an operator.

    Raises InvalidArgument, psycopg.errors.InsufficientPrivilege.

    >>> role = admin.runs.create_project_role("acme", "docs")
    >>> operator.runs.create_project("acme", "docs", role) == operator.runs.create_project("acme", "docs", role)
    True
    """
    return _function(
        "create_project",
        {
            "workspace": _text("workspace", workspace),
            "name": _text("name", name),
            "role": _text("role", role),
        },
        _scalar,
    )


def grant_project(project_id: Id, member: str) -> Call[None]:
    """Makes a database role a member of a project's role. The caller must be allowed to grant it.

    Raises ProjectNotFound, InvalidArgument, psycopg.errors.InsufficientPrivilege.

    >>> admin.runs.grant_project(project, member)
    """
    return _function(
        "grant_project", {"project_id": _uuid("project_id", project_id), "member": _text("member", member)}, _nothing
    )


def projects() -> Call[list[Project]]:
    """Returns the projects that the caller sees, by workspace and name.

    >>> project in [p.project_id for p in lab.runs.projects()]
    True
    """
    return _query(f"select {_columns(Project)} from hypermind.projects order by workspace, name", {}, _all_of(Project))


def project(workspace: str, name: str) -> Call[Project]:
    """Returns a project by its name. Raises ProjectNotFound when the caller sees no such project.

    >>> known = lab.runs.projects()[0]
    >>> lab.runs.project(known.workspace, known.name) == known
    True
    """
    return _query(
        f"select {_columns(Project)} from hypermind.projects where workspace = %(workspace)s and name = %(name)s",
        {"workspace": _text("workspace", workspace), "name": _text("name", name)},
        _one_of(
            Project,
            errors.ProjectNotFound(
                f"there is no project {workspace}/{name} that you may see",
                hint="Create it with create_project(), or have its role granted to you.",
            ),
        ),
    )


def register_config(
    project_id: Id,
    kind: str,
    name: str,
    content: JsonObject,
    *,
    expected_version: int | None = None,
    summary: str | None = None,
) -> Call[int]:
    """Registers an immutable version of a configuration and returns its number.

    kind: prompt, tool, agent or evaluator. content: a JSON object; the content of the latest version returns that
    version again. expected_version: the latest version the caller knows (0: none yet), so that two people who edit at
    once do not overwrite each other. Rolling back is registering the old content.

    Raises ConfigVersionConflict, ProjectNotFound, ContractViolation, InvalidArgument, ValueTooLarge.

    >>> lab.runs.register_config(project, "prompt", "greeting", {"text": "Hello"}, expected_version=0)
    1
    """
    return _function(
        "register_config",
        {
            "project_id": _uuid("project_id", project_id),
            "kind": _text("kind", kind),
            "name": _text("name", name),
            "content": _jsonb("content", content),
            "expected_version": _integer("expected_version", expected_version),
            "summary": _text("summary", summary),
        },
        _scalar,
    )


def label_config(project_id: Id, kind: str, name: str, label: str, version: int) -> Call[None]:
    """Points a label, such as production, to a version. Runs that pinned another version keep it.

    Raises ConfigNotFound, ProjectNotFound, InvalidArgument.

    >>> version = lab.runs.register_config(project, "prompt", "greeting", {"text": "Hello"})
    >>> lab.runs.label_config(project, "prompt", "greeting", "production", version)
    >>> lab.runs.config(project, "prompt", "greeting", label="production").content
    {'text': 'Hello'}
    """
    return _function(
        "label_config",
        {
            "project_id": _uuid("project_id", project_id),
            "kind": _text("kind", kind),
            "name": _text("name", name),
            "label": _text("label", label),
            "version": _integer("version", version),
        },
        _nothing,
    )


_CONFIG_VERSIONS = """
select e.kind, e.name, v.version, v.content, v.content_sha256, v.summary, v.author, v.created_at,
       array(
           select l.label
           from hypermind.config_labels as l
           where l.config_id = v.config_id and l.version = v.version
           order by l.label
       ) as labels
from hypermind.config_entities as e
join hypermind.config_versions as v using (config_id)
where e.project_id = %(project_id)s and e.kind = %(kind)s and e.name = %(name)s"""


def config(
    project_id: Id, kind: str, name: str, *, version: int | None = None, label: str | None = None
) -> Call[ConfigVersion]:
    """Returns one version of a configuration: by number, by label, or the latest.

    Raises ConfigNotFound.

    >>> lab.runs.register_config(project, "tool", "grep", {"timeout_seconds": 5})
    1
    >>> lab.runs.config(project, "tool", "grep").version
    1
    """
    return _query(
        f"""select * from ({_CONFIG_VERSIONS}) as c
where (%(version)s::integer is null or c.version = %(version)s::integer)
  and (%(label)s::text is null or %(label)s::text = any (c.labels))
order by c.version desc
limit 1""",
        {
            "project_id": _uuid("project_id", project_id),
            "kind": _text("kind", kind),
            "name": _text("name", name),
            "version": _integer("version", version),
            "label": _text("label", label),
        },
        _one_of(
            ConfigVersion,
            errors.ConfigNotFound(
                f"there is no such {kind} {name}", hint="config_history() lists its versions and their labels."
            ),
        ),
    )


def config_history(project_id: Id, kind: str, name: str) -> Call[list[ConfigVersion]]:
    """Returns all versions of a configuration, newest first; empty when there is no such configuration.

    >>> for text in ("draft", "final"):
    ...     version = lab.runs.register_config(project, "prompt", "closing", {"text": text})
    >>> [(v.version, v.content["text"]) for v in lab.runs.config_history(project, "prompt", "closing")]
    [(2, 'final'), (1, 'draft')]
    """
    return _query(
        f"{_CONFIG_VERSIONS}\norder by v.version desc",
        {"project_id": _uuid("project_id", project_id), "kind": _text("kind", kind), "name": _text("name", name)},
        _all_of(ConfigVersion),
    )


def ensure_periods(ahead: int = 12) -> Call[int]:
    """Makes the periods (months, by default) of the near future and returns how many it made. For operators.

    >>> operator.runs.ensure_periods(12)
    0
    """
    return _function("ensure_periods", {"ahead": _integer("ahead", ahead)}, _scalar)


# Contracts


def register_event_type(
    event_type: str,
    schema: JsonObject | bool,
    *,
    project_id: Id | None = None,
    columns: Mapping[str, str] | None = None,
    text_rule: str | None = None,
    expected_version: int | None = None,
    breaking: bool = False,
    summary: str | None = None,
) -> Call[int]:
    """Registers an immutable version of an event type's contract and returns its number. Appends are held to it.

    schema: a JSON Schema (draft 2020-12) for the payload; the contract of the latest version again returns that
    version. project_id: for the types custom.*, which belong to a project; all others belong to the ledger, and only
    operators register them. columns: which member of the payload fills a column of the event (model, tool,
    input_tokens, output_tokens, cost) where its writer leaves it out. text_rule: what text of the payload can be
    searched for: messages, tool or all; None: nothing. expected_version: the latest version the caller knows (0: none
    yet). breaking: whether a payload that met the latest version may fail this one.

    Raises InvalidSchema, BreakingContract, ConfigVersionConflict, ProjectNotFound, InvalidArgument, ValueTooLarge.

    >>> schema = {"type": "object", "properties": {"llm": {"type": "string"}}, "required": ["llm"]}
    >>> lab.contracts.register_event_type("custom.asked", schema, project_id=project, columns={"model": "llm"})
    1
    >>> seq = lab.runs.append(run, "custom.asked", {"llm": "m-1"})
    >>> lab.runs.events(run, after_seq=5)[0].model
    'm-1'
    """
    return _function(
        "register_event_type",
        {
            "event_type": _text("event_type", event_type),
            "schema": _jsonb("schema", schema),
            "project_id": _uuid("project_id", project_id),
            "columns": _jsonb("columns", columns or {}),
            "text_rule": _text("text_rule", text_rule),
            "expected_version": _integer("expected_version", expected_version),
            "breaking": _instance("breaking", breaking, bool),
            "summary": _text("summary", summary),
        },
        _scalar,
    )


def register_contract(
    project_id: Id,
    subject: str,
    schema: JsonObject | bool,
    *,
    expected_version: int | None = None,
    breaking: bool = False,
    summary: str | None = None,
) -> Call[int]:
    """Registers an immutable version of a project's contract for what is no event, and returns its number.

    subject: state (the states of its runs), or prompt, tool, agent or evaluator (the contents of its configurations).
    The others: as in :func:`register_event_type`.

    Raises InvalidSchema, BreakingContract, ConfigVersionConflict, ProjectNotFound, InvalidArgument, ValueTooLarge.

    >>> lab.contracts.register(project, "evaluator", {"required": ["threshold"]}, summary="every judge has a threshold")
    1
    """
    return _function(
        "register_contract",
        {
            "project_id": _uuid("project_id", project_id),
            "subject": _text("subject", subject),
            "schema": _jsonb("schema", schema),
            "expected_version": _integer("expected_version", expected_version),
            "breaking": _instance("breaking", breaking, bool),
            "summary": _text("summary", summary),
        },
        _scalar,
    )


def set_enforcement(project_id: Id, enforcement: str) -> Call[None]:
    """Says what a project does with event types that have no contract: known takes them, strict refuses them.

    The caller must be an operator.

    Raises ProjectNotFound, InvalidArgument, psycopg.errors.InsufficientPrivilege.

    >>> operator.contracts.set_enforcement(project, "known")
    >>> lab.runs.projects()[0].enforcement
    'known'
    """
    return _function(
        "set_enforcement",
        {"project_id": _uuid("project_id", project_id), "enforcement": _text("enforcement", enforcement)},
        _nothing,
    )


def event_types(
    *, project_id: Id | None = None, event_type: str | None = None, latest: bool = True
) -> Call[list[EventType]]:
    """Returns the catalogue of event types that the caller sees, by type, the newest version first.

    project_id: only what holds in that project, its own types and the ledger's. event_type: only that one. latest:
    False for all versions.

    >>> "model.responded" in [t.event_type for t in lab.contracts.event_types(project_id=project)]
    True
    """
    return _query(
        f"""select {_columns(EventType)}
from hypermind.event_types
where (%(project_id)s::uuid is null or project_id is null or project_id = %(project_id)s::uuid)
  and (%(event_type)s::text is null or event_type = %(event_type)s::text)
  and (is_latest or not %(latest)s)
order by event_type, project_id nulls first, version desc""",
        {
            "project_id": _uuid("project_id", project_id),
            "event_type": _text("event_type", event_type),
            "latest": _instance("latest", latest, bool),
        },
        _all_of(EventType),
    )


def event_type(event_type: str, *, project_id: Id | None = None, version: int | None = None) -> Call[EventType]:
    """Returns one version of an event type's contract, by default the latest.

    project_id: for the types custom.*, which belong to a project.

    Raises ContractNotFound.

    >>> lab.contracts.event_type("model.responded").columns["input_tokens"]
    'gen_ai.usage.input_tokens'
    """
    return _query(
        f"""select {_columns(EventType)}
from hypermind.event_types
where event_type = %(event_type)s
  and (project_id is null or project_id = %(project_id)s::uuid)
  and (%(version)s::integer is null or version = %(version)s::integer)
order by version desc
limit 1""",
        {
            "event_type": _text("event_type", event_type),
            "project_id": _uuid("project_id", project_id),
            "version": _integer("version", version),
        },
        _one_of(
            EventType,
            errors.ContractNotFound(
                f"there is no such contract of {event_type}",
                detail={"subject": event_type, "version": version},
                hint="event_types() lists what there is; those that begin with custom. need their project.",
            ),
        ),
    )


def contracts(project_id: Id, *, subject: str | None = None, latest: bool = True) -> Call[list[Contract]]:
    """Returns a project's contracts for what is no event (state, prompt, tool, agent, evaluator), newest version first.

    subject: only that one. latest: False for all versions.

    >>> version = lab.contracts.register(project, "agent", {"required": ["model"]})
    >>> [(c.subject, c.schema) for c in lab.contracts.of_project(project, subject="agent")]
    [('agent', {'required': ['model']})]
    """
    return _query(
        f"""select {_columns(Contract)}
from (
    select c.*, c.version = max(c.version) over (partition by c.subject) as is_latest
    from hypermind.contracts as c
    where c.project_id = %(project_id)s and strpos(c.subject, '.') = 0
) as c
where (%(subject)s::text is null or subject = %(subject)s::text)
  and (is_latest or not %(latest)s)
order by subject, version desc""",
        {
            "project_id": _uuid("project_id", project_id),
            "subject": _text("subject", subject),
            "latest": _instance("latest", latest, bool),
        },
        _all_of(Contract),
    )


def contract_violations(
    subject: str, value: Json, *, project_id: Id | None = None, version: int | None = None
) -> Call[list[Violation]]:
    """Returns every rule of a contract that a value breaks; empty: it meets the contract. Nothing is written.

    subject: an event type, state, prompt, tool, agent or evaluator. project_id: for what belongs to a project. version:
    of the contract, by default the latest.

    Raises ContractNotFound, ProjectNotFound, InvalidArgument, ValueTooLarge.

    >>> for found in lab.contracts.violations("model.responded", {"gen_ai.usage.input_tokens": "many"}):
    ...     print(found.pointer, found.keyword)
    /gen_ai.usage.input_tokens type
    """
    return _function(
        "contract_violations",
        {
            "subject": _text("subject", subject),
            "value": _jsonb("value", value),
            "project_id": _uuid("project_id", project_id),
            "version": _integer("version", version),
        },
        _violations,
        columns=_columns(Violation),
        reads=True,
    )


def contract_violations_of_each(
    values: Sequence[tuple[str, Json]], *, project_id: Id | None = None, version: int | None = None
) -> Call[list[list[Violation]]]:
    """The same as :func:`contract_violations` for many values in one round trip, each with its subject.

    One that has no contract refuses all: :func:`event_types` says which have.

    >>> payloads = [("token.streamed", {"text": "Hi"}), ("token.streamed", {"text": 7})]
    >>> [len(found) for found in lab.contracts.violations_of_each(payloads)]
    [0, 1]
    """
    return Call(
        """select c.number, v.pointer, v.rule, v.keyword, v.message
from jsonb_array_elements(%(values)s) with ordinality as c (item, number)
cross join lateral hypermind.contract_violations(
    p_subject => c.item ->> 0, p_value => c.item -> 1, p_project_id => %(project_id)s, p_version => %(version)s
) as v""",
        (
            {
                "values": _jsonb("values", [[_text("subject", subject), value] for subject, value in values]),
                "project_id": _uuid("project_id", project_id),
                "version": _integer("version", version),
            },
        ),
        _violations_of_each(len(values)),
        reads=True,
    )


def schema_violations(schema: JsonObject | bool, value: Json) -> Call[list[Violation]]:
    """Returns every rule of a schema that a value breaks, as a contract made of it would; registers nothing.

    Raises InvalidSchema, ValueTooLarge.

    >>> lab.contracts.schema_violations({"maxItems": 1}, [1, 2])[0].rule
    '/maxItems'
    """
    return _function(
        "schema_violations",
        {"schema": _jsonb("schema", schema), "value": _jsonb("value", value)},
        _violations,
        columns=_columns(Violation),
        reads=True,
    )


def schema_violations_of_each(schema: JsonObject | bool, values: Sequence[Json]) -> Call[list[list[Violation]]]:
    """The same as :func:`schema_violations` for many values in one round trip.

    >>> [len(found) for found in lab.contracts.schema_violations_of_each({"type": "integer"}, [1, "1"])]
    [0, 1]
    """
    return Call(
        """select c.number, v.pointer, v.rule, v.keyword, v.message
from jsonb_array_elements(%(values)s) with ordinality as c (item, number)
cross join lateral hypermind.schema_violations(p_schema => %(schema)s, p_value => c.item) as v""",
        ({"schema": _jsonb("schema", schema), "values": _jsonb("values", list(values))},),
        _violations_of_each(len(values)),
        reads=True,
    )


# Runs


def create_run(
    project_id: Id,
    mode: str,
    *,
    configs: Mapping[str, ConfigRef] | None = None,
    input: JsonObject | None = None,
    metadata: JsonObject | None = None,
    tags: Sequence[str] = (),
    parent_run_id: Id | None = None,
    run_id: Id | None = None,
    agent: str | None = None,
    model: str | None = None,
    owner: str | None = None,
) -> Call[UUID]:
    """Creates a run, queued, and returns its id.

    mode: chat, workflow, batch, compare, replay or evaluate. configs: what the run pins, by slot name; a label is
    resolved now. run_id: a UUIDv7 of the caller's for now, by default a new one; the same id and content again return
    the same run.

    Raises ProjectNotFound, RunNotFound (the parent), ConfigNotFound, IdReused, InvalidRunId, InvalidArgument,
    ValueTooLarge.

    >>> run = lab.runs.create(project, "chat", input={"question": "Where is my order?"}, tags=["support"])
    >>> lab.runs.get(run).status
    'queued'
    """
    return _function(
        "create_run",
        {
            "project_id": _uuid("project_id", project_id),
            "mode": _text("mode", mode),
            "configs": _jsonb("configs", configs or {}),
            "input": _jsonb("input", {} if input is None else input),
            "metadata": _jsonb("metadata", {} if metadata is None else metadata),
            "tags": _texts("tags", tags),
            "parent_run_id": _run_id(parent_run_id),
            "run_id": _run_id(run_id),
            "agent": _text("agent", agent),
            "model": _text("model", model),
            "owner": _text("owner", owner),
        },
        _scalar,
        key=("run_id", new_uuid7),
    )


def new_run_id() -> Call[UUID]:
    """Returns a new run id by the server's clock, for clients whose own clock is not to be trusted.

    >>> lab.runs.create(project, "batch", run_id=lab.runs.new_run_id()).version
    7
    """
    return _function("new_run_id", {}, _scalar, reads=True)


def transition_run(
    run_id: Id,
    status: str,
    payload: JsonObject | None = None,
    *,
    expected_seq: int | None = None,
    epoch: int | None = None,
) -> Call[int]:
    """Takes a run to a status and returns the seq of the event that says so; nothing happens where it has it already.

    status: running, paused, completed, failed or cancelled. payload: what the event carries, such as the response or
    the error. expected_seq: the last seq the caller knows. epoch: that of the caller's claim.

    Raises RunNotFound, IllegalTransition, RunClosed, ExpectedSeqConflict, StaleEpoch, ContractViolation (the payload,
    or the state of a run to be completed), InvalidArgument, ValueTooLarge.

    >>> lab.runs.transition(run2, "running")
    2
    """
    return _function(
        "transition_run",
        {
            "run_id": _run_id(run_id),
            "status": _text("status", status),
            "payload": _jsonb("payload", {} if payload is None else payload),
            "expected_seq": _bigint("expected_seq", expected_seq),
            "epoch": _bigint("epoch", epoch),
        },
        _scalar,
    )


def start_run(
    run_id: Id, payload: JsonObject | None = None, *, expected_seq: int | None = None, epoch: int | None = None
) -> Call[int]:
    """Takes a queued run to running: :func:`transition_run`.

    >>> lab.runs.start(run2)
    2
    """
    return transition_run(run_id, "running", payload, expected_seq=expected_seq, epoch=epoch)


def pause_run(
    run_id: Id, payload: JsonObject | None = None, *, expected_seq: int | None = None, epoch: int | None = None
) -> Call[int]:
    """Takes a running run to paused: :func:`transition_run`. It still takes events, an approval for example.

    >>> lab.runs.pause(run, {"waits_for": "approval"})
    6
    """
    return transition_run(run_id, "paused", payload, expected_seq=expected_seq, epoch=epoch)


def resume_run(
    run_id: Id, payload: JsonObject | None = None, *, expected_seq: int | None = None, epoch: int | None = None
) -> Call[int]:
    """Takes a paused run back to running: :func:`transition_run`.

    >>> lab.runs.pause(run)
    6
    >>> lab.runs.resume(run)
    7
    """
    return transition_run(run_id, "running", payload, expected_seq=expected_seq, epoch=epoch)


def complete_run(
    run_id: Id, payload: JsonObject | None = None, *, expected_seq: int | None = None, epoch: int | None = None
) -> Call[int]:
    """Ends a run as completed: :func:`transition_run`. payload: the response.

    >>> lab.runs.complete(run, {"answer": "It is on its way."})
    6
    >>> lab.runs.get(run).is_closed
    True
    """
    return transition_run(run_id, "completed", payload, expected_seq=expected_seq, epoch=epoch)


def fail_run(
    run_id: Id, payload: JsonObject | None = None, *, expected_seq: int | None = None, epoch: int | None = None
) -> Call[int]:
    """Ends a run as failed: :func:`transition_run`. payload: the error.

    >>> lab.runs.fail(run, {"error": "the model did not answer", "after_seconds": 30})
    6
    """
    return transition_run(run_id, "failed", payload, expected_seq=expected_seq, epoch=epoch)


def cancel_run(
    run_id: Id, payload: JsonObject | None = None, *, expected_seq: int | None = None, epoch: int | None = None
) -> Call[int]:
    """Ends a run as cancelled: :func:`transition_run`. What a worker does once it has seen the request.

    >>> lab.runs.cancel(run, {"reason": "asked by the user"})
    6
    """
    return transition_run(run_id, "cancelled", payload, expected_seq=expected_seq, epoch=epoch)


def request_cancel(run_id: Id, reason: str | None = None) -> Call[int]:
    """Asks a run's worker to stop and returns the seq of the request; the worker sees it and cancels the run.

    Raises RunNotFound, RunClosed, InvalidArgument.

    >>> lab.runs.request_cancel(run, "no longer needed")
    6
    >>> lab.runs.cancel_requested(run)
    True
    """
    # The reason is kept in the event's payload, so the escape of payloads holds for it.
    reason = None if reason is None else json_text.escape(reason)
    return _function("request_cancel", {"run_id": _run_id(run_id), "reason": reason}, _scalar)


def cancel_requested(run_id: Id) -> Call[bool]:
    """Whether the run's worker is to stop: a cancel was requested, or the run has ended.

    Raises RunNotFound.

    >>> lab.runs.cancel_requested(run)
    False
    """
    return _query(
        """select h.run_id is null or h.cancel_requested_seq is not null
from hypermind.run_summaries as s
left join hypermind.run_heads as h using (run_id)
where s.run_id = %(run_id)s""",
        {"run_id": _run_id(run_id)},
        _scalar_or(_run_not_found(run_id)),
    )


def claim_run(
    run_id: Id, claimed_by: str, ttl: timedelta = timedelta(minutes=1), *, epoch: int | None = None
) -> Call[int]:
    """Claims a run for a worker and returns the epoch to write with; with epoch, renews the claim that it stands for.

    claimed_by: the worker's name. ttl: how long the claim holds unless renewed; 0, with epoch, gives it back. Once
    another worker has claimed the run, every write with the old epoch is refused.

    Raises RunClaimed, StaleEpoch, RunNotFound, RunClosed, InvalidArgument.

    >>> epoch = lab.runs.claim(run, "worker-7")
    >>> lab.runs.append(run, "stage.entered", {"stage": "plan"}, epoch=epoch)
    6
    """
    return _function(
        "claim_run",
        {
            "run_id": _run_id(run_id),
            "claimed_by": _text("claimed_by", claimed_by),
            "ttl": _instance("ttl", ttl, timedelta),
            "epoch": _bigint("epoch", epoch),
        },
        _scalar,
    )


def append_event(
    run_id: Id,
    event_type: str,
    payload: JsonObject | None = None,
    state_delta: Sequence[Any] | JsonObject | None = None,
    *,
    parent_seq: int | None = None,
    expected_seq: int | None = None,
    event_id: Id | None = None,
    epoch: int | None = None,
    model: str | None = None,
    tool: str | None = None,
    tags: Sequence[str] | None = None,
    input_tokens: int | None = None,
    output_tokens: int | None = None,
    cost: Decimal | float | None = None,
    occurred_at: datetime | None = None,
) -> Call[int]:
    """Appends one event to an open run and returns its seq.

    event_type: lower-case words joined by dots, such as model.responded. payload: a JSON object. state_delta: what the
    event changes in the run's state, a list is a JSON Patch (RFC 6902), a mapping a merge patch (RFC 7396). parent_seq:
    the event that this one is a step of. expected_seq: the last seq the caller knows. event_id: idempotency key; the
    same id and content again return the first seq. epoch: that of the caller's claim. cost: in the application's
    currency. occurred_at: with a time zone, by default now.

    Raises RunNotFound, RunClosed, ExpectedSeqConflict, IdReused, BadStateDelta, StaleEpoch, ReservedEventType,
    SeqOutOfRange, ContractViolation, UnknownEventType, InvalidArgument, ValueTooLarge.

    >>> lab.runs.append(run, "message.added", {"role": "user"}, state_delta={"turns": 1}, expected_seq=5)
    6
    """
    return _function(
        "append_event",
        {
            "run_id": _run_id(run_id),
            "event_type": _text("event_type", event_type),
            "payload": _jsonb("payload", {} if payload is None else payload),
            "state_delta": None if state_delta is None else _jsonb("state_delta", state_delta),
            "parent_seq": _bigint("parent_seq", parent_seq),
            "expected_seq": _bigint("expected_seq", expected_seq),
            "event_id": _uuid("event_id", event_id),
            "epoch": _bigint("epoch", epoch),
            "model": _text("model", model),
            "tool": _text("tool", tool),
            "tags": _texts("tags", tags),
            "input_tokens": _bigint("input_tokens", input_tokens),
            "output_tokens": _bigint("output_tokens", output_tokens),
            "cost": _numeric("cost", cost),
            "occurred_at": _timestamp("occurred_at", occurred_at),
        },
        _scalar,
        key=("event_id", uuid.uuid4),
    )


def append_events(
    run_id: Id, events: Iterable[NewEvent], *, expected_seq: int | None = None, epoch: int | None = None
) -> Call[int]:
    """Appends events to an open run, all or none, and returns the last seq.

    More events than one statement takes are sent in several, in one transaction. An event without an id is given one.

    Raises what :func:`append_event` raises.

    >>> from hypermindlabs import NewEvent
    >>> lab.runs.append_many(run, (NewEvent("token.streamed", {"text": word}) for word in ("It", "is", "here")))
    8
    """
    first, *rest = _batches(events)
    call = _function(
        "append_events",
        {
            "run_id": _run_id(run_id),
            "events": first,
            "expected_seq": _bigint("expected_seq", expected_seq),
            "epoch": _bigint("epoch", epoch),
        },
        _scalar,
    )
    # The first statement holds the run's lock until the transaction ends: nothing can come between it and the others.
    more = ({**call.parameters[0], "events": batch, "expected_seq": None} for batch in rest)
    return dataclasses.replace(call, parameters=(*call.parameters, *more))


def attach_artifact(
    run_id: Id,
    kind: str,
    uri: str,
    sha256: bytes,
    size_bytes: int,
    *,
    media_type: str = "application/octet-stream",
    parent_seq: int | None = None,
    artifact_id: Id | None = None,
    metadata: JsonObject | None = None,
    epoch: int | None = None,
) -> Call[UUID]:
    """Records a pointer to something that the run made or read, and returns its id; artifact.attached is appended.

    kind: what it is to the application, such as report. sha256: 32 bytes, that of the content. size_bytes: of the
    content. artifact_id: idempotency key; the same id and content again return it.

    Raises RunNotFound, RunClosed, IdReused, StaleEpoch, SeqOutOfRange, ContractViolation, InvalidArgument,
    ValueTooLarge.

    >>> import hashlib
    >>> digest = hashlib.sha256(b"...").digest()
    >>> artifact = lab.runs.attach(run, "report", "s3://bucket/report.pdf", digest, 3, media_type="application/pdf")
    >>> [a.artifact_id for a in lab.runs.artifacts(run)] == [artifact]
    True
    """
    return _function(
        "attach_artifact",
        {
            "run_id": _run_id(run_id),
            "kind": _text("kind", kind),
            "uri": _text("uri", uri),
            "sha256": _instance("sha256", sha256, bytes, bytearray, memoryview),
            "size_bytes": _bigint("size_bytes", size_bytes),
            "media_type": _text("media_type", media_type),
            "parent_seq": _bigint("parent_seq", parent_seq),
            "artifact_id": _uuid("artifact_id", artifact_id),
            "metadata": _jsonb("metadata", {} if metadata is None else metadata),
            "epoch": _bigint("epoch", epoch),
        },
        _scalar,
        key=("artifact_id", uuid.uuid4),
    )


def artifacts(run_id: Id) -> Call[list[Artifact]]:
    """Returns the artifacts of a run in the order in which they were attached; empty when there are none.

    >>> lab.runs.artifacts(run)
    []
    """
    return _query(
        f"select {_columns(Artifact)} from hypermind.run_artifacts where run_id = %(run_id)s order by seq",
        {"run_id": _run_id(run_id)},
        _all_of(Artifact),
    )


def take_snapshot(run_id: Id, seq: int | None = None) -> Call[int]:
    """Stores the state of a run at a seq, by default the last, and returns that seq. Only speed depends on snapshots.

    Raises RunNotFound, SeqOutOfRange, ContractViolation.

    >>> lab.runs.take_snapshot(run, 3)
    3
    """
    return _function("take_snapshot", {"run_id": _run_id(run_id), "seq": _bigint("seq", seq)}, _scalar)


def snapshots(run_id: Id) -> Call[list[Snapshot]]:
    """Returns where the state of a run is stored, the latest first; :func:`state_at` returns the states themselves.

    >>> lab.runs.take_snapshot(run, 3)
    3
    >>> [snapshot.seq for snapshot in lab.runs.snapshots(run)]
    [3]
    """
    return _query(
        f"select {_columns(Snapshot)} from hypermind.run_state_snapshots where run_id = %(run_id)s order by seq desc",
        {"run_id": _run_id(run_id)},
        _all_of(Snapshot),
    )


def get_run(run_id: Id) -> Call[Run]:
    """Returns a run as it stands. Raises RunNotFound.

    >>> lab.runs.get(run).last_seq
    5
    """
    return _query(
        f"select {_columns(Run)} from hypermind.run_overview where run_id = %(run_id)s",
        {"run_id": _run_id(run_id)},
        _one_of(Run, _run_not_found(run_id)),
    )


def run_request(run_id: Id) -> Call[RunRequest]:
    """Returns what a run was asked to do: its input and metadata. Raises RunNotFound.

    >>> lab.runs.request(run).input
    {'question': 'Where is my order?'}
    """
    return _query(
        f"select {_columns(RunRequest)} from hypermind.runs where run_id = %(run_id)s",
        {"run_id": _run_id(run_id)},
        _one_of(RunRequest, _run_not_found(run_id)),
    )


def run_pins(run_id: Id) -> Call[list[Pin]]:
    """Returns what a run pinned, by slot, without the contents; empty when it pinned nothing.

    >>> lab.runs.pins(run)
    []
    """
    return _query(
        f"select {_columns(Pin)} from hypermind.run_pins where run_id = %(run_id)s order by slot",
        {"run_id": _run_id(run_id)},
        _all_of(Pin),
    )


def events(run_id: Id, *, after_seq: int = 0, limit: int = 100) -> Call[list[Event]]:
    """Returns a page of a run's events in their order: those after a seq, at most limit of them.

    Empty when there is nothing new, or no such run.

    >>> [event.seq for event in lab.runs.events(run, after_seq=3)]
    [4, 5]
    """
    return _query(
        f"""select {_columns(Event)}
from hypermind.run_events
where run_id = %(run_id)s and seq > %(after_seq)s
order by seq
limit %(limit)s""",
        {
            "run_id": _run_id(run_id),
            "after_seq": _bigint("after_seq", after_seq),
            "limit": _bigint("limit", _page(limit)),
        },
        _all_of(Event),
    )


# Reading


def list_runs(
    *,
    project_id: Id | None = None,
    workspace: str | None = None,
    status: str | None = None,
    mode: str | None = None,
    agent: str | None = None,
    model: str | None = None,
    owner: str | None = None,
    tags: Sequence[str] | None = None,
    tool: str | None = None,
    config_kind: str | None = None,
    config_name: str | None = None,
    config_version: int | None = None,
    parent_run_id: Id | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Call[list[ListedRun]]:
    """Returns a page of the runs that the caller sees and that pass every filter given, newest first.

    project_id, workspace: one project, or all of a workspace; by default all that the caller sees. tags: the run has
    all of these. tool: one of its events names it. config_kind, config_name, config_version: it pinned that
    configuration, in that version if one is given. parent_run_id: it was forked from that run, or judges it, or
    belongs to it. since, until: it was created from the one moment to before the other. limit: how many runs at most, 1
    to 1000. cursor: that of the last run of the page before.

    Raises ProjectNotFound, InvalidArgument.

    >>> [r.run_id for r in lab.runs.list(status="running", limit=10)] == [run]
    True
    >>> first = lab.runs.list(limit=1)
    >>> first + lab.runs.list(limit=1, cursor=first[-1].cursor) == lab.runs.list(limit=2)
    True
    """
    return _function(
        "list_runs",
        {
            "project_id": _uuid("project_id", project_id),
            "workspace": _text("workspace", workspace),
            "status": _text("status", status),
            "mode": _text("mode", mode),
            "agent": _text("agent", agent),
            "model": _text("model", model),
            "owner": _text("owner", owner),
            "tags": _texts("tags", tags),
            "tool": _text("tool", tool),
            "config_kind": _text("config_kind", config_kind),
            "config_name": _text("config_name", config_name),
            "config_version": _integer("config_version", config_version),
            "parent_run_id": _run_id(parent_run_id),
            "from": _timestamp("since", since),
            "to": _timestamp("until", until),
            "limit": _integer("limit", limit),
            "cursor": _text("cursor", cursor),
        },
        _all_shown(ListedRun, "title"),
        columns=_columns(ListedRun),
        reads=True,
    )


def runs_of_config(
    project_id: Id,
    kind: str,
    name: str,
    *,
    version: int | None = None,
    status: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Call[list[RunOfConfig]]:
    """Returns a page of the runs that pinned a configuration, newest first: who used it.

    kind: prompt, tool, agent or evaluator. version: only runs that pinned this one. status: only runs that are queued,
    running, paused, completed, failed or cancelled. limit: how many runs at most, 1 to 1000. cursor: that of the last
    run of the page before. Empty when there is no such configuration.

    Raises ProjectNotFound, InvalidArgument.

    >>> version = lab.runs.register_config(project, "prompt", "welcome", {"text": "Welcome"})
    >>> lab.runs.label_config(project, "prompt", "welcome", "production", version)
    >>> made = lab.runs.create(
    ...     project, "chat", configs={"system": {"kind": "prompt", "name": "welcome", "label": "production"}}
    ... )
    >>> [(r.slots, r.versions, r.labels) for r in lab.runs.of_config(project, "prompt", "welcome", version=version)]
    [(['system'], [1], ['production'])]
    """
    return _function(
        "runs_of_config",
        {
            "project_id": _uuid("project_id", project_id),
            "kind": _text("kind", kind),
            "name": _text("name", name),
            "version": _integer("version", version),
            "status": _text("status", status),
            "limit": _integer("limit", limit),
            "cursor": _text("cursor", cursor),
        },
        _all_shown(RunOfConfig, "title"),
        columns=_columns(RunOfConfig),
        reads=True,
    )


def run_timeline(
    run_id: Id, *, after_seq: int = 0, limit: int = 100, types: Sequence[str] | None = None
) -> Call[list[TimelineEntry]]:
    """Returns a page of a run's events as a timeline shows them, in their order: those after a seq.

    after_seq: the seq that the page before ended with; asked again and again, the tail of a live run. limit: how many
    events at most, 1 to 1000. types: events of these types only.

    Raises RunNotFound, InvalidArgument.

    >>> step = lab.runs.append(run, "model.requested", {"gen_ai.request.model": "m-1"})
    >>> seq = lab.runs.append(run, "model.responded", {"content": "On its way."}, parent_seq=step)
    >>> [(entry.depth, entry.preview) for entry in lab.runs.timeline(run, after_seq=5)]
    [(0, 'm-1'), (1, 'On its way.')]
    """
    return _function(
        "run_timeline",
        {
            "run_id": _run_id(run_id),
            "after_seq": _bigint("after_seq", after_seq),
            "limit": _integer("limit", limit),
            "types": _texts("types", types),
        },
        _all_shown(TimelineEntry, "preview"),
        columns=_columns(TimelineEntry),
        reads=True,
    )


def activity(
    since: datetime,
    until: datetime,
    *,
    project_id: Id | None = None,
    workspace: str | None = None,
    types: Sequence[str] | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Call[list[ActivityEntry]]:
    """Returns a page of what was recorded in all runs from one moment to before another, by the server's time.

    The newest first. since, until: at most 31 days apart. project_id, workspace: one project, or all of a workspace; by
    default all that the caller sees. types: events of these types only. limit: how many events at most, 1 to 1000.
    cursor: that of the last event of the page before.

    Raises ProjectNotFound, InvalidArgument.

    >>> from datetime import UTC, datetime, timedelta
    >>> now = datetime.now(UTC)
    >>> newest = lab.runs.activity(now - timedelta(hours=1), now + timedelta(hours=1), types=["step.done"], limit=2)
    >>> [(entry.run_id == run, entry.seq, entry.preview) for entry in newest]
    [(True, 5, '{"n": 3}'), (True, 4, '{"n": 2}')]
    """
    return _function(
        "activity",
        {
            "project_id": _uuid("project_id", project_id),
            "workspace": _text("workspace", workspace),
            "from": _timestamp("since", since),
            "to": _timestamp("until", until),
            "types": _texts("types", types),
            "limit": _integer("limit", limit),
            "cursor": _text("cursor", cursor),
        },
        _all_shown(ActivityEntry, "preview"),
        columns=_columns(ActivityEntry),
        reads=True,
    )


def find_artifacts(
    *,
    project_id: Id | None = None,
    workspace: str | None = None,
    kind: str | None = None,
    media_type: str | None = None,
    sha256: bytes | None = None,
    run_id: Id | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Call[list[FoundArtifact]]:
    """Returns a page of the artifacts that the caller sees: those of the newest run first, in a run the newest first.

    project_id, workspace: one project, or all of a workspace; by default all that the caller sees. kind, media_type,
    sha256 (32 bytes): as they were attached. run_id: those of one run. since, until: of runs created from the one
    moment to before the other. limit: how many artifacts at most, 1 to 1000. cursor: that of the last artifact of the
    page before.

    Raises RunNotFound, ProjectNotFound, InvalidArgument.

    >>> import hashlib
    >>> digest = hashlib.sha256(b"minutes").digest()
    >>> artifact = lab.runs.attach(run, "minutes", "s3://bucket/minutes.txt", digest, 7, media_type="text/plain")
    >>> [(found.run_id == run, found.uri) for found in lab.runs.find_artifacts(sha256=digest)]
    [(True, 's3://bucket/minutes.txt')]
    """
    return _function(
        "find_artifacts",
        {
            "project_id": _uuid("project_id", project_id),
            "workspace": _text("workspace", workspace),
            "kind": _text("kind", kind),
            "media_type": _text("media_type", media_type),
            "sha256": _instance("sha256", sha256, bytes, bytearray, memoryview),
            "run_id": _run_id(run_id),
            "from": _timestamp("since", since),
            "to": _timestamp("until", until),
            "limit": _integer("limit", limit),
            "cursor": _text("cursor", cursor),
        },
        _all_of(FoundArtifact),
        columns=_columns(FoundArtifact),
        reads=True,
    )


def search_events(
    query: str,
    *,
    project_id: Id | None = None,
    workspace: str | None = None,
    types: Sequence[str] | None = None,
    model: str | None = None,
    tool: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    run_id: Id | None = None,
    limit: int = 20,
    cursor: str | None = None,
) -> Call[list[Hit]]:
    """Returns a page of the events that the caller sees and whose text holds some words, newest first.

    query: words that must all be there, "words in this order", or between alternatives, -word for what must not be
    there; upper and lower case are the same. At most 1,000 characters and 64 words, one of which must be there. What
    the contract of the event's type calls text is searched. project_id, workspace: one project, or all of a workspace;
    by default all that the caller sees. types: event types, one of which it has. model, tool: the event's own. since,
    until: its run was created from the one moment to before the other. run_id: one run. limit: how many events at most,
    1 to 1000. cursor: that of the last event of the page before.

    Raises RunNotFound, ProjectNotFound, InvalidArgument.

    >>> seq = lab.runs.append(run, "message.added", {"role": "user", "content": "Where is my parcel?"})
    >>> [(hit.seq, hit.snippet) for hit in lab.runs.search("parcel -invoice", run_id=run)]
    [(6, 'Where is my ⟦parcel⟧?')]
    """
    return _function(
        "search_events",
        {
            "query": _text("query", query),
            "project_id": _uuid("project_id", project_id),
            "workspace": _text("workspace", workspace),
            "types": _texts("types", types),
            "model": _text("model", model),
            "tool": _text("tool", tool),
            "from": _timestamp("since", since),
            "to": _timestamp("until", until),
            "run_id": _run_id(run_id),
            "limit": _integer("limit", limit),
            "cursor": _text("cursor", cursor),
        },
        _all_shown(Hit, "snippet"),
        columns=_columns(Hit),
        reads=True,
    )


def rollup(
    since: date,
    until: date,
    *,
    project_id: Id | None = None,
    workspace: str | None = None,
    basis: str = "run",
    group_by: Sequence[str] = ("day",),
) -> Call[list[Figures]]:
    """Returns how many runs, events and tokens, what they cost and how long they took: one row a group that has any.

    since, until: from the one day to before the other, in UTC; at most 5 years. project_id, workspace: one project, or
    all of a workspace; by default all that the caller sees. basis: run counts whole runs on the day they started, their
    durations from creation to end, or to the last event so far; event counts events on the day they happened, durations
    of model.responded and tool.returned since their parent event. group_by: some of project, day, model; of runs also
    agent, agent_version, status; of events also tool, event_type; empty: the total.

    Raises ProjectNotFound, InvalidArgument.

    >>> from datetime import UTC, datetime, timedelta
    >>> today = datetime.now(UTC).date()
    >>> by_status = lab.runs.rollup(today - timedelta(days=1), today + timedelta(days=1), group_by=["status"])
    >>> [figures.runs for figures in by_status if figures.status == "running"]
    [1]
    """
    return _function(
        "rollup",
        {
            "project_id": _uuid("project_id", project_id),
            "workspace": _text("workspace", workspace),
            "from": _day("since", since),
            "to": _day("until", until),
            "basis": _text("basis", basis),
            "group_by": _texts("group_by", group_by),
        },
        _all_of(Figures),
        columns=_columns(Figures),
        reads=True,
    )


def refresh_rollups(limit: int = 10_000) -> Call[int]:
    """Adds the runs that have ended since to the stored figures, and returns how many: call it until that is less.

    :func:`rollup` is right without it, and quick with it. limit: how many runs at most, 1 to 100000. It waits for no
    writer, and no writer waits for it. The caller must be an operator.

    Raises InvalidArgument, psycopg.errors.InsufficientPrivilege.

    >>> while operator.runs.refresh_rollups() == 10_000:
    ...     pass
    """
    return _function("refresh_rollups", {"limit": _integer("limit", limit)}, _scalar)


# Replay


def state_at(run_id: Id, seq: int | None = None) -> Call[Json]:
    """Returns the state of a run after the event with that seq, by default the last; at 0, the state it began with.

    Raises RunNotFound, SeqOutOfRange.

    >>> lab.replay.state_at(run, 3)
    {'step': 1}
    """
    return _function("state_at", {"run_id": _run_id(run_id), "seq": _bigint("seq", seq)}, _scalar, reads=True)


def diff_state(run_id: Id, seq_a: int, seq_b: int) -> Call[list[dict[str, Any]]]:
    """Returns the JSON Patch (RFC 6902) that turns the state at one seq into the state at another.

    Raises RunNotFound, SeqOutOfRange.

    >>> lab.replay.diff(run, 3, 5) == [{"op": "replace", "path": "/step", "value": 3}]
    True
    """
    return _function(
        "diff_state",
        {"run_id": _run_id(run_id), "seq_a": _bigint("seq_a", seq_a), "seq_b": _bigint("seq_b", seq_b)},
        _scalar,
        reads=True,
    )


def resolve_replay_context(run_id: Id, at_seq: int | None = None) -> Call[ReplayContext]:
    """Returns all that is needed to stand at a seq of a run again, by default the last, and a digest of it.

    Raises RunNotFound, SeqOutOfRange.

    >>> lab.replay.resolve(run, 4).digest == lab.replay.resolve(run, 4).digest
    True
    """
    return _function(
        "resolve_replay_context",
        {"run_id": _run_id(run_id), "at_seq": _bigint("at_seq", at_seq)},
        _replay_context,
        columns=_columns(ReplayContext),
        reads=True,
    )


def replay_events(run_id: Id, from_seq: int = 1, to_seq: int | None = None) -> Call[list[Event]]:
    """Returns the recorded events of a run from one seq to another, both included, in their order.

    Raises RunNotFound, SeqOutOfRange.

    >>> [event.event_type for event in lab.replay.recorded(run, 1, 3)]
    ['run.created', 'run.started', 'step.done']
    """
    return _function(
        "replay_events",
        {
            "run_id": _run_id(run_id),
            "from_seq": _bigint("from_seq", from_seq),
            "to_seq": _bigint("to_seq", to_seq),
        },
        _all_of(Event),
        columns=_columns(Event),
        reads=True,
    )


def fork_run(
    run_id: Id,
    at_seq: int,
    *,
    state_patch: Sequence[Any] | JsonObject | None = None,
    config_overrides: Mapping[str, ConfigRef] | None = None,
    new_run_id: Id | None = None,
    metadata: JsonObject | None = None,
    tags: Sequence[str] = (),
    owner: str | None = None,
) -> Call[UUID]:
    """Starts a run, queued, from the state of another at a seq, and returns its id.

    state_patch: an edit of that state, a list is a JSON Patch, a mapping a merge patch. config_overrides: what the
    new run pins otherwise, by slot name. new_run_id: as run_id of :func:`create_run`.

    Raises RunNotFound, SeqOutOfRange, BadStateDelta, ContractViolation, ConfigNotFound, IdReused, InvalidRunId,
    InvalidArgument, ValueTooLarge.

    >>> child = lab.replay.fork(run, 3, state_patch={"step": 100})
    >>> lab.replay.state_at(child, 0)
    {'step': 100}
    """
    return _function(
        "fork_run",
        {
            "run_id": _run_id(run_id),
            "at_seq": _bigint("at_seq", at_seq),
            "state_patch": None if state_patch is None else _jsonb("state_patch", state_patch),
            "config_overrides": _jsonb("config_overrides", config_overrides or {}),
            "new_run_id": _run_id(new_run_id),
            "metadata": _jsonb("metadata", {} if metadata is None else metadata),
            "tags": _texts("tags", tags),
            "owner": _text("owner", owner),
        },
        _scalar,
        key=("new_run_id", new_uuid7),
    )


def run_lineage(run_id: Id) -> Call[list[LineageEntry]]:
    """Returns a run with its ancestors and descendants. Raises RunNotFound.

    >>> child = lab.replay.fork(run, 3)
    >>> [(entry.relation, entry.depth) for entry in lab.replay.lineage(child)]
    [('ancestor', -1), ('self', 0)]
    """
    return _function(
        "run_lineage",
        {"run_id": _run_id(run_id)},
        _all_of(LineageEntry),
        columns=_columns(LineageEntry),
        reads=True,
    )


def place_hold(
    project_id: Id,
    reason: str,
    *,
    run_id: Id | None = None,
    kind: str | None = None,
    name: str | None = None,
    version: int | None = None,
    label: str | None = None,
    hold_id: Id | None = None,
) -> Call[UUID]:
    """Places a hold and returns its id: what it covers is neither erased nor retired until it is released.

    run_id: one run. kind, name with version or label: the runs that pinned a config so. None of these: all runs of the
    project. hold_id: makes the call safe to retry. The caller must be an operator.

    Raises ProjectNotFound, RunNotFound, ConfigNotFound, IdReused, InvalidArgument,
    psycopg.errors.InsufficientPrivilege.

    >>> hold = operator.runs.place_hold(project, "a dispute", run_id=run)
    >>> [found.reason for found in lab.runs.holds(run_id=run)]
    ['a dispute']
    >>> operator.runs.release_hold(hold, "settled")
    """
    return _function(
        "place_hold",
        {
            "project_id": _uuid("project_id", project_id),
            "reason": _text("reason", reason),
            "run_id": _run_id(run_id),
            "kind": _text("kind", kind),
            "name": _text("name", name),
            "version": _integer("version", version),
            "label": _text("label", label),
            "hold_id": _uuid("hold_id", hold_id),
        },
        _scalar,
        key=("hold_id", uuid.uuid4),
    )


def release_hold(hold_id: Id, reason: str) -> Call[None]:
    """Ends a hold; one that is over stays as it was released. The caller must be an operator.

    Raises HoldNotFound, InvalidArgument, psycopg.errors.InsufficientPrivilege.

    >>> hold = operator.runs.place_hold(project, "an audit")
    >>> operator.runs.release_hold(hold, "done")
    >>> lab.runs.holds(project)
    []
    """
    return _function(
        "release_hold", {"hold_id": _uuid("hold_id", hold_id), "reason": _text("reason", reason)}, _nothing
    )


def list_holds(
    project_id: Id | None = None, *, run_id: Id | None = None, with_released: bool = False
) -> Call[list[Hold]]:
    """Returns the holds in force, eldest first, of all projects that the caller reads; an operator's are all.

    run_id: those that cover this run, whatever they name. with_released: those that are over, too.

    Raises ProjectNotFound, RunNotFound.

    >>> lab.runs.holds(run_id=run)
    []
    """
    return _function(
        "list_holds",
        {
            "project_id": _uuid("project_id", project_id),
            "run_id": _run_id(run_id),
            "with_released": _instance("with_released", with_released, bool),
        },
        _all_of(Hold),
        columns=_columns(Hold),
        reads=True,
    )


def erase_run(run_id: Id, reason: str) -> Call[Erasure]:
    """Erases the content of a run that has ended, for good; it still verifies. Again: nothing more is erased.

    reason: kept in hypermind.erasures, with who erased it. The caller must be an operator.

    Raises RunNotFound, RunOpen, OnHold, InvalidArgument, psycopg.errors.InsufficientPrivilege.

    >>> lab.runs.complete(run)
    6
    >>> operator.runs.erase(run, "personal data").events
    6
    >>> bool(lab.replay.verify(run))
    True
    """
    return _function(
        "erase_run",
        {"run_id": _run_id(run_id), "reason": _text("reason", reason)},
        _one_of(Erasure, _run_not_found(run_id)),
        columns=_columns(Erasure),
    )


def erase_payload(run_id: Id, seq: int, reason: str) -> Call[Erasure]:
    """Erases the content of one event, for good, with what it vouches for and the snapshots that may hold it.

    States that need it can no longer be read: ContentErased. The caller must be an operator.

    Raises RunNotFound, SeqOutOfRange, OnHold, InvalidArgument, psycopg.errors.InsufficientPrivilege.

    >>> operator.runs.erase_payload(run, 4, "a password").events
    1
    >>> lab.replay.state_at(run, 3)
    {'step': 1}
    """
    return _function(
        "erase_payload",
        {"run_id": _run_id(run_id), "seq": _bigint("seq", seq), "reason": _text("reason", reason)},
        _one_of(Erasure, _run_not_found(run_id)),
        columns=_columns(Erasure),
    )


def verify_run(run_id: Id) -> Call[Verification]:
    """Recomputes a run's hash chain and checks every row of the run against it. For auditors and the run's project.

    Raises RunNotFound.

    >>> bool(lab.replay.verify(run))
    True
    """
    return _function(
        "verify_run",
        {"run_id": _run_id(run_id)},
        _one_of(Verification, _run_not_found(run_id)),
        columns=_columns(Verification),
        reads=True,
    )


def check_integrity() -> Call[list[Problem]]:
    """Looks for orphans, missing guards, grants and row-level security over everything. For auditors. Empty: all well.

    Raises psycopg.errors.InsufficientPrivilege.

    >>> admin.replay.check_integrity()
    []
    """
    return _function("check_integrity", {}, _all_of(Problem), columns=_columns(Problem), reads=True)


# Operation


def maintain(limit: int = 10_000, *, grace: timedelta = timedelta(hours=1)) -> Call[list[MaintenanceStep]]:
    """Makes months ahead, ends runs whose claim has expired, refreshes the stored figures: a bounded part of it.

    limit: how many runs a step takes at most, 1 to 100000. grace: how long after its end a claim may still be renewed.
    Call it on a schedule, or until nothing remains. Twice at once, and on a replica, the second does nothing but say
    so. The caller must be an operator.

    Raises InvalidArgument, ReadOnlyTransaction, psycopg.errors.InsufficientPrivilege.

    >>> _ = lab.runs.claim(run, "worker-7")
    >>> [(step.step, step.done) for step in operator.operations.maintain() if step.step == "claims"]
    [('claims', 0)]
    """
    return _function(
        "maintain",
        {"limit": _integer("limit", limit), "grace": _instance("grace", grace, timedelta)},
        _all_of(MaintenanceStep),
        columns=_columns(MaintenanceStep),
    )


def health() -> Call[list[HealthCheck]]:
    """Returns how the ledger is doing, a check each. For operators, and members of pg_monitor.

    Raises psycopg.errors.InsufficientPrivilege.

    >>> [check.verdict for check in operator.operations.health() if check.check_name == "guards"]
    ['ok']
    """
    return _function("health", {}, _all_of(HealthCheck), columns=_columns(HealthCheck), reads=True)


def set_retention_policy(
    project_id: Id | None,
    *,
    keep_at_least: int,
    keep_at_most: int | None,
    archive_after: int | None,
    reason: str,
    expected_version: int | None = None,
) -> Call[int]:
    """Sets how long the runs of a project are kept, in days from their end; returns the policy's version.

    project_id: None for all projects that have no policy of their own. keep_at_most, archive_after: None is never.
    expected_version: refused unless that is the latest of the project; 0: none. For operators.

    Raises ConfigVersionConflict, ProjectNotFound, InvalidArgument, psycopg.errors.InsufficientPrivilege.

    >>> operator.operations.set_retention_policy(
    ...     project, keep_at_least=30, keep_at_most=365, archive_after=90, reason="GDPR"
    ... )
    1
    """
    return _function(
        "set_retention_policy",
        {
            "project_id": _uuid("project_id", project_id),
            "keep_at_least": _integer("keep_at_least", keep_at_least),
            "keep_at_most": _integer("keep_at_most", keep_at_most),
            "archive_after": _integer("archive_after", archive_after),
            "reason": _text("reason", reason),
            "expected_version": _integer("expected_version", expected_version),
        },
        _scalar,
    )


def retention_policy(project_id: Id | None) -> Call[RetentionPolicy]:
    """Returns the retention policy that is in force for a project; for None, the default of the ledger.

    Raises ProjectNotFound.

    >>> lab.operations.retention_policy(None).origin
    'none'
    """
    return _function(
        "retention_policy",
        {"project_id": _uuid("project_id", project_id)},
        lambda rows: RetentionPolicy(*rows[0]),
        columns=_columns(RetentionPolicy),
        reads=True,
    )


def issue_digest() -> Call[Digest]:
    """Issues the next digest: where every run stands that changed since the one before. For operators.

    It is worth what is kept of it outside of the database: `hypermindlabs digest` writes a file (docs/digests.md).

    Raises psycopg.errors.InsufficientPrivilege.

    >>> first, second = operator.operations.issue_digest(), operator.operations.issue_digest()
    >>> second.number == first.number + 1, second.previous_hash == first.digest_hash, second.runs
    (True, True, 0)
    """
    return _function("issue_digest", {}, lambda rows: Digest(*rows[0]), columns=_columns(Digest))


def digests(*, number: int | None = None, limit: int = 100) -> Call[list[Digest]]:
    """Returns the digests that were issued, newest first, or the one with this number. For operators and auditors.

    >>> issued = operator.operations.issue_digest()
    >>> operator.operations.digests(limit=1) == operator.operations.digests(number=issued.number) == [issued]
    True
    """
    return _query(
        f"select {_columns(Digest)} from hypermind.digests"
        " where %(number)s::bigint is null or number = %(number)s::bigint order by number desc limit %(limit)s",
        {"number": _bigint("number", number), "limit": _integer("limit", _page(limit))},
        _all_of(Digest),
    )


def digest_leaves(number: int, *, after: Id | None = None, limit: int = 10_000) -> Call[list[DigestLeaf]]:
    """Returns the leaves of a digest by run_id, the order of its Merkle root. For operators and auditors.

    after: the last run_id of the page before.

    >>> issued = operator.operations.issue_digest()
    >>> len(operator.operations.digest_leaves(issued.number)) == issued.runs
    True
    """
    return _query(
        f"select {_columns(DigestLeaf)} from hypermind.digest_leaves"
        " where number = %(number)s and run_id > %(after)s order by run_id limit %(limit)s",
        {
            "number": _bigint("number", number),
            "after": _uuid("after", after or UUID(int=0)),
            "limit": _integer("limit", _page(limit)),
        },
        _all_of(DigestLeaf),
    )


# Archives, and what is retired


def archives(period: date | None = None) -> Call[list[Archive]]:
    """Returns the archives of a month, or all of them, the latest first. For operators and auditors.

    >>> operator.operations.archives(date(2020, 1, 1))
    []
    """
    return _query(
        f"""
        select {_columns(Archive)}
        from (
            select a.*, s.archive_id as superseded_by, (
                select count(*)
                from hypermind.erasures as e
                where e.run_id >= hypermind.uuidv7_floor(a.period::timestamp at time zone 'UTC')
                  and e.run_id < hypermind.uuidv7_floor((a.period + interval '1 month') at time zone 'UTC')
            ) as erasures_now
            from hypermind.archives as a
            left join hypermind.archives as s on s.supersedes = a.archive_id
            where a.period = coalesce(%(period)s::date, a.period)
        ) as a
        order by period desc, archived_at desc, archive_id""",
        {"period": None if period is None else _day("period", period)},
        _all_of(Archive),
    )


def archive_figures(period: date) -> Call[dict[str, Any]]:
    """Returns what an archive of a month has to have: how many runs, events, erasures and rows, and the Merkle root.

    period: the first day of a month (UTC). The month must be over, and its runs ended. Of one that is retired, it is
    what its archive has, with the erasures of now. For operators.

    Raises PeriodKept, InvalidArgument, psycopg.errors.InsufficientPrivilege.

    >>> from hypermindlabs import errors
    >>> try:
    ...     operator.operations.archive_figures(date(2020, 1, 1))
    ... except errors.PeriodKept as error:
    ...     error.detail["reasons"][0]["reason"]
    'no_runs'
    """
    return _function("archive_figures", {"period": _day("period", period)}, _scalar)


def record_archive(
    archive_id: Id, period: date, location: str, manifest: str, *, supersedes: Id | None = None
) -> Call[UUID]:
    """Records an archive whose files were read back and proved; returns its id. Twice the same is once.

    manifest: the text of its manifest, which has to have what :func:`archive_figures` says. It takes the place of the
    archive that the month had; supersedes: refused unless it is that one. For operators.

    Raises ArchiveMismatch, PeriodKept, IdReused, InvalidArgument, ValueTooLarge,
    psycopg.errors.InsufficientPrivilege.

    >>> from uuid import uuid4
    >>> from hypermindlabs import errors
    >>> try:
    ...     operator.operations.record_archive(uuid4(), date(2020, 1, 1), "/archive", "{}")
    ... except errors.PeriodKept:
    ...     print("there is nothing to archive")
    there is nothing to archive
    """
    return _function(
        "record_archive",
        {
            "archive_id": _uuid("archive_id", archive_id),
            "period": _day("period", period),
            "location": _text("location", location),
            "manifest": _text("manifest", manifest),
            "supersedes": _uuid("supersedes", supersedes),
        },
        _scalar,
    )


def restore_rows(archive_id: Id, table: str, rows: str) -> Call[int]:
    """Brings rows of archived runs back into a table; returns how many. For :mod:`hypermindlabs.restore`.

    rows: a JSON array of objects, as text. :func:`finish_restore` has to follow in the same transaction. For operators.

    Raises ArchiveMismatch, InvalidArgument, psycopg.errors.InsufficientPrivilege.

    >>> from uuid import uuid4
    >>> from hypermindlabs import errors
    >>> try:
    ...     operator.operations.restore_rows(uuid4(), "runs", "[]")
    ... except errors.InvalidArgument:
    ...     print("there is no such archive")
    there is no such archive
    """
    return _function(
        "restore_rows",
        {
            "archive_id": _uuid("archive_id", archive_id),
            "table": _text("table", table),
            "rows": Jsonb(rows, dumps=_as_it_is),
        },
        _scalar,
    )


def finish_restore(archive_id: Id, run_ids: Sequence[Id]) -> Call[int]:
    """Proves the runs whose rows were brought back, erases what was erased since, and returns how many are here again.

    For operators.

    Raises ArchiveMismatch, InvalidArgument, psycopg.errors.InsufficientPrivilege.

    >>> from uuid import uuid4
    >>> from hypermindlabs import errors
    >>> try:
    ...     operator.operations.finish_restore(uuid4(), [run])
    ... except errors.InvalidArgument:
    ...     print("there is no such archive")
    there is no such archive
    """
    return _function(
        "finish_restore",
        {
            "archive_id": _uuid("archive_id", archive_id),
            "run_ids": [_uuid("run_ids", run_id) for run_id in run_ids],
        },
        _scalar,
    )


def period_state(period: date) -> Call[str]:
    """Returns where the rows of a month are: attached, detached or dropped. For operators and auditors.

    attached: in the run tables. detached: in tables of their own. dropped: in its archive, but for runs that were
    brought back one by one.

    >>> operator.operations.period_state(date(2020, 1, 1))
    'attached'
    """
    query = """
        select coalesce((
            select m.action from hypermind.period_moves as m where m.period = %(period)s order by m.move desc limit 1
        ), 'attached')"""
    return _query(query, {"period": _day("period", period)}, _scalar)


def plan_retention(period: date | None = None) -> Call[list[PlannedAction]]:
    """Returns what the retention policies ask for: of a month, or of all. For operators.

    Raises InvalidArgument, psycopg.errors.InsufficientPrivilege.

    >>> operator.operations.plan_retention(date(2020, 1, 1))
    []
    """
    return _function(
        "plan_retention",
        {"period": None if period is None else _day("period", period)},
        _all_of(PlannedAction),
        columns=_columns(PlannedAction),
    )


def apply_retention(period: date, plan: bytes) -> Call[list[PlannedAction]]:
    """Does what is planned for a month, as far as the database can do it; returns what it did. For operators.

    plan: of the plan that was looked at: another one is refused.

    Raises PlanChanged, OnHold, PeriodKept, InvalidArgument, psycopg.errors.InsufficientPrivilege.

    >>> from hypermindlabs import errors
    >>> try:
    ...     operator.operations.apply_retention(date(2020, 1, 1), b"of yesterday")
    ... except errors.PlanChanged:
    ...     print("look at it again")
    look at it again
    """
    return _function(
        "apply_retention",
        {"period": _day("period", period), "plan": _instance("plan", plan, bytes, bytearray, memoryview)},
        _all_of(PlannedAction),
        columns=_columns(PlannedAction),
    )


def detach_period(period: date) -> Call[int]:
    """Takes a month that is archived out of the run tables; returns how many runs. :func:`attach_period` undoes it.

    For operators.

    Raises PeriodKept, PeriodRetired, InvalidArgument, psycopg.errors.LockNotAvailable when the tables are busy.

    >>> from hypermindlabs import errors
    >>> try:
    ...     operator.operations.detach_period(date(2020, 1, 1))
    ... except errors.PeriodKept as error:
    ...     error.detail["reasons"][0]["reason"]
    'no_runs'
    """
    return _function("detach_period", {"period": _day("period", period)}, _scalar)


def attach_period(period: date) -> Call[int]:
    """Puts a month that was taken out back into the run tables; returns how many runs. For operators.

    Raises PeriodRetired when it was dropped, InvalidArgument, psycopg.errors.LockNotAvailable when the tables are busy.

    >>> operator.operations.attach_period(date(2020, 1, 1))
    0
    """
    return _function("attach_period", {"period": _day("period", period)}, _scalar)


def drop_period(period: date) -> Call[int]:
    """Drops the tables of a month that was taken out: its archive has the only copy then. Returns how many bytes went.

    For operators.

    Raises PeriodKept, PeriodRetired, InvalidArgument, psycopg.errors.LockNotAvailable when the tables are busy.

    >>> from hypermindlabs import errors
    >>> try:
    ...     operator.operations.drop_period(date(2020, 1, 1))
    ... except errors.PeriodRetired:
    ...     print("it is not detached")
    it is not detached
    """
    return _function("drop_period", {"period": _day("period", period)}, _scalar)


def schema_version() -> Call[int]:
    """Returns the version of the schema that is deployed.

    >>> from hypermindlabs import persistence
    >>> lab.router.execute(persistence.schema_version()) >= persistence.SCHEMA_VERSION
    True
    """
    return _function("schema_version", {}, _scalar, reads=True)


# Statements


def _function(
    name: str,
    arguments: Mapping[str, Any],
    answer: Callable[[list[Row]], T],
    *,
    columns: str | None = None,
    key: tuple[str, Callable[[], UUID]] | None = None,
    reads: bool = False,
) -> Call[T]:
    """The call of an API function; columns where it returns a table."""
    return Call(_statement(name, columns, *arguments), (arguments,), answer, key, reads)


@functools.cache
def _statement(name: str, columns: str | None, *arguments: str) -> str:
    call = f"hypermind.{name}({', '.join(f'p_{argument} => %({argument})s' for argument in arguments)})"
    return f"select {call}" if columns is None else f"select {columns} from {call}"


def _query(statement: str, parameters: Mapping[str, Any], answer: Callable[[list[Row]], T]) -> Call[T]:
    """A plain read of documented tables and views."""
    return Call(statement, (parameters,), answer, reads=True)


def _columns(row_class: Any) -> str:
    return ", ".join(field.name for field in dataclasses.fields(row_class))


# Answers


def _scalar(rows: list[Row]) -> Any:
    return rows[0][0]


def _scalar_or(missing: Exception) -> Callable[[list[Row]], Any]:
    def answer(rows: list[Row]) -> Any:
        if not rows:
            raise missing
        return rows[0][0]

    return answer


def _nothing(rows: list[Row]) -> None:
    return None


def _one_of(row_class: Callable[..., T], missing: Exception) -> Callable[[list[Row]], T]:
    def answer(rows: list[Row]) -> T:
        if not rows:
            raise missing
        return row_class(*rows[0])

    return answer


def _all_of(row_class: Callable[..., T]) -> Callable[[list[Row]], list[T]]:
    return lambda rows: [row_class(*row) for row in rows]


def _all_shown(row_class: Callable[..., T], column: str) -> Callable[[list[Row]], list[T]]:
    """As _all_of; one column is text of payloads, made to be shown."""
    place = _columns(row_class).split(", ").index(column)
    return lambda rows: [row_class(*row[:place], _shown(row[place]), *row[place + 1 :]) for row in rows]


def _shown(text: str | None) -> str | None:
    # What jsonb cannot hold cannot be shown either.
    return None if text is None else _NOT_SHOWN.sub("\ufffd", json_text.unescape(text))


_NOT_SHOWN = re.compile("[\x00\ud800-\udfff]")


def _violations(rows: list[Row]) -> list[Violation]:
    # They quote keys and texts of the value, with the escape of what jsonb cannot hold.
    return [Violation(*map(json_text.unescape, row)) for row in rows]


def _violations_of_each(count: int) -> Callable[[list[Row]], list[list[Violation]]]:
    def answer(rows: list[Row]) -> list[list[Violation]]:
        found: list[list[Violation]] = [[] for _ in range(count)]
        for number, *row in rows:
            found[number - 1] += _violations([tuple(row)])
        return found

    return answer


def _replay_context(rows: list[Row]) -> ReplayContext:
    context = ReplayContext(*rows[0])
    return dataclasses.replace(context, configs=[PinnedConfig(**config) for config in rows[0][5]])


def _run_not_found(run_id: Id) -> errors.RunNotFound:
    return errors.RunNotFound(
        f"run {run_id} does not exist",
        detail={"run_id": str(run_id)},
        hint="Check the id, and that you may see its project.",
    )


# Parameters


def new_uuid7() -> UUID:
    """Returns a new UUIDv7 (RFC 9562) by this machine's clock: milliseconds, then random bits.

    >>> from hypermindlabs.persistence import new_uuid7
    >>> new_uuid7().version
    7
    """
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    bits = milliseconds << 80 | 0x7 << 76 | (random >> 68) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=bits)


def _refusal(name: str, problem: str, hint: str) -> errors.InvalidArgument:
    return errors.InvalidArgument(f"{name} {problem}", detail={"argument": f"p_{name}"}, hint=hint)


def _jsonb(name: str, value: Json) -> Jsonb:
    # Serialised now, not when it is sent: a retry sends the same, and what cannot be sent is refused first.
    return Jsonb(_dumps(name, value), dumps=_as_it_is)


def _as_it_is(text: str) -> str:
    return text


def _dumps(name: str, value: Json) -> str:
    try:
        return json_text.dumps(value)
    except RecursionError as error:
        raise errors.ValueTooLarge(f"{name} is nested too deeply", hint="Flatten it, or keep it as text.") from error
    except (TypeError, ValueError) as error:
        raise _refusal(
            name, f"is no JSON value: {error}", "Convert it to objects, arrays, texts and numbers."
        ) from error


def _text(name: str, value: str | None) -> str | None:
    if value is not None and not json_text.is_storable(value):
        raise _refusal(name, "contains NUL or a lone surrogate", "Only JSON values such as the payload can hold them.")
    return value


def _texts(name: str, values: Sequence[str] | None) -> list[str | None] | None:
    if isinstance(values, str):
        raise _refusal(name, f"is one text, {values!r}", "Give a list of texts.")
    return None if values is None else [_text(name, value) for value in values]


def _bigint(name: str, value: int | None) -> Int8 | None:
    # Always a bigint, so that small and large numbers share one prepared statement.
    return None if value is None else Int8(_in_bits(64, name, value))


def _integer(name: str, value: int | None) -> Int4 | None:
    return None if value is None else Int4(_in_bits(32, name, value))


def _in_bits(bits: int, name: str, value: int) -> int:
    number = operator.index(value)
    if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
        raise _refusal(name, f"is {number}: it must fit into {bits} bits", "Check where the number comes from.")
    return number


def _page(limit: int) -> int:
    if operator.index(limit) < 0:
        raise _refusal("limit", f"is {limit}: it must not be negative", "Leave it out, or give 1 or more.")
    return limit


def _instance(name: str, value: T, *types: type) -> T:
    """The value, if it is of one of the types: another would become another function's argument."""
    if value is not None and not isinstance(value, types):
        raise _refusal(name, f"is of type {type(value).__name__}", f"Give a value of type {types[0].__name__}.")
    return value


def _numeric(name: str, value: Decimal | float | None) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except ArithmeticError as error:
        raise _refusal(name, f"is no number: {value!r}", "Give a Decimal, an int or a float.") from error


def _timestamp(name: str, value: datetime | None) -> datetime | None:
    _instance(name, value, datetime)
    if value is not None and value.tzinfo is None:
        raise _refusal(name, "has no time zone", "Use datetime.now(timezone.utc), or add the zone it was taken in.")
    return value


def _day(name: str, value: date) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise _refusal(name, "is no day", "Give a date: datetime.now(timezone.utc).date() is today.")
    return value


def _uuid(name: str, value: Id | None) -> UUID | None:
    if value is None or isinstance(value, UUID):
        return value
    try:
        return UUID(_instance(name, value, str, UUID))
    except ValueError as error:
        raise _refusal(name, f"is no UUID: {value!r}", "Give a UUID, or its text form.") from error


def _run_id(value: Id | None) -> UUID | None:
    try:
        return _uuid("run_id", value)
    except errors.InvalidArgument as error:
        raise errors.InvalidRunId(*error.args, detail=error.detail, hint=error.hint) from error


def _event_text(event: NewEvent) -> str:
    """The JSON text of an event for append_events(), with the fields that are set."""
    if not isinstance(event, NewEvent):
        raise _refusal("events", f"has a {type(event).__name__} in it", "Give NewEvent objects.")
    document = {
        "event_type": _text("event_type", event.event_type),
        "payload": {} if event.payload is None else event.payload,
        "state_delta": event.state_delta,
        "parent_seq": event.parent_seq,
        "event_id": str(_uuid("event_id", event.event_id) or uuid.uuid4()),
        "model": _text("model", event.model),
        "tool": _text("tool", event.tool),
        "tags": _texts("tags", event.tags),
        "input_tokens": event.input_tokens,
        "output_tokens": event.output_tokens,
        "cost": _numeric("cost", event.cost),
        "occurred_at": None if event.occurred_at is None else _iso("occurred_at", event.occurred_at),
    }
    return _dumps("events", {name: value for name, value in document.items() if value is not None})


def _iso(name: str, value: datetime) -> str:
    _timestamp(name, value)
    return value.isoformat()


def _batches(events: Iterable[NewEvent]) -> list[Jsonb]:
    """The events as JSON arrays that one statement takes each; at least one array."""
    batches: list[list[str]] = [[]]
    size = 0
    for event in events:
        text = _event_text(event)
        length = len(text.encode())
        if batches[-1] and (len(batches[-1]) == BATCH_EVENTS or size + length > BATCH_BYTES):
            batches.append([])
            size = 0
        batches[-1].append(text)
        size += length
    return [Jsonb(f"[{','.join(batch)}]", dumps=_as_it_is) for batch in batches]
