"""Apply the Sqitch plan without Perl.

Sqitch is the source of truth. For a machine that has no Sqitch, `deploy` applies the same `sqitch.plan` and keeps the
registry of Sqitch 1.3 (schema `sqitch`, registry version 1.1), so that `sqitch status`, `check`, `verify`, `log` and
`revert` carry on from there. It only deploys, and it refuses what it does not know.

In two places it is stricter than Sqitch. A change, its verify script and its registry rows are one transaction: a
change that fails, or is killed half-way, leaves nothing. And all pending scripts are read before the first one runs.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

__all__ = ["Change", "DeployError", "DeployResult", "DeployStatus", "Plan", "deploy", "read_plan", "status"]

Connection: TypeAlias = psycopg.Connection[Any]

PLAN_FILE = "sqitch.plan"
REGISTRY_VERSION = "1.1"
ADVISORY_LOCK = 75474063  # the key that Sqitch takes
LOCK_POLL_SECONDS = 0.2


class DeployError(Exception):
    """What stops a deploy, in one line; names the sqitch command that helps."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class OtherPlan(DeployError):
    """What is deployed is no part of this plan: it was deployed from another version of the files."""


@dataclass(frozen=True)
class Tag:
    """A tag of the plan; its name begins with `@`."""

    id: str
    name: str
    note: str
    planned_at: str
    planner_name: str
    planner_email: str


@dataclass(frozen=True)
class Dependency:
    """What a change requires (with the id of that change) or conflicts with (without)."""

    kind: Literal["require", "conflict"]
    name: str
    change_id: str | None


@dataclass(frozen=True)
class Change:
    """A change of the plan; `script` is the path of its scripts below `db/deploy` and `db/verify`."""

    id: str
    name: str
    note: str
    planned_at: str
    planner_name: str
    planner_email: str
    script: str
    requires: tuple[Dependency, ...] = ()
    conflicts: tuple[Dependency, ...] = ()
    tags: tuple[Tag, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A plan: its folder, its project, and its changes in order."""

    folder: Path
    project: str
    uri: str | None
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class DeployResult:
    """What `deploy` did: names of the changes it deployed, how many were there before, names of the deployed changes
    whose script has changed since (`sqitch check` reports those too), and how long it took."""

    deployed: tuple[str, ...]
    already: int
    edited: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class DeployStatus:
    """Names of the deployed changes, of the pending ones, and of the deployed ones whose script has changed since."""

    deployed: tuple[str, ...]
    pending: tuple[str, ...]
    edited: tuple[str, ...]


def deploy(
    dsn_or_conn: str | Connection,
    *,
    plan_dir: Path | None = None,
    verify: bool = True,
    progress: Callable[[Change, int, int], None] | None = None,
    wait: float = 60.0,
) -> DeployResult:
    """Deploy all pending changes; stop at the first one that fails, and keep those before it.

    A connection that is handed in must be idle and in autocommit mode. Its role and settings are reset after each
    change, as Sqitch runs each script in a session of its own. `plan_dir` is the folder that holds `sqitch.plan` and
    `db/` (default: the plan that came with this package). `progress` is called before each change, with its number
    (from 1) and how many are pending. `wait` is how many seconds to wait for another deploy to end.

    Raises DeployError: the plan, a script, the registry or the database is not as it must be, another deploy is
    running, or a change or its verify script failed.
    """
    started = time.monotonic()
    plan = read_plan(plan_dir)
    with _session(dsn_or_conn) as conn, _lock(conn, wait):
        rows = _deployed(conn, plan)
        already = len(rows)
        pending = [(change, *_scripts(plan, change, verify)) for change in plan.changes[already:]]
        committer = _committer()
        _prepare_registry(conn, plan, already, committer)
        for number, (change, script, check) in enumerate(pending, 1):
            if progress is not None:
                progress(change, number, len(pending))
            _deploy_change(conn, plan, change, script, check, committer)
    names = tuple(change.name for change, _, _ in pending)
    return DeployResult(names, already, _edited(plan, rows), time.monotonic() - started)


def status(dsn_or_conn: str | Connection, *, plan_dir: Path | None = None) -> DeployStatus:
    """Compare the plan with what is deployed; changes nothing.

    Raises DeployError: as `deploy`, where the plan or the registry is not as it must be.
    """
    plan = read_plan(plan_dir)
    with _session(dsn_or_conn) as conn:
        rows = _deployed(conn, plan)
    names = tuple(change.name for change in plan.changes)
    return DeployStatus(names[: len(rows)], names[len(rows) :], _edited(plan, rows))


# The plan, as the manual of App::Sqitch::Plan describes it ("Plan File"). Only what is certain to get the id that
# Sqitch gives it is understood; names, for example, are a subset of Sqitch's.

_NAME = r"\w(?:[\w./+-]*\w)?"
_PRAGMA = re.compile(r"%[ \t]*([a-z-]+)[ \t]*=[ \t]*(.+)", re.ASCII)
_ENTRY = re.compile(
    rf"(?P<at>@?)(?P<name>{_NAME})[ \t]+(?:\[(?P<needs>[^]]+)\][ \t]*)?"
    r"(?P<planned_at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)[ \t]*(?P<planner_name>[^<]+)[ \t]+<(?P<planner_email>[^>]+)>",
    re.ASCII,
)
_NEED = re.compile(rf"(?P<not>!?)(?:(?P<project>{_NAME}):)?(?P<key>(?:{_NAME})?(?:@{_NAME})?)", re.ASCII)
_CHANGE_ID = re.compile(r"[0-9a-f]{40}")
_CANONICAL_URI = re.compile(r"https?://[a-z0-9.-]+/[\w.~/-]*", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_ODD_BLANK = re.compile(r"[^\S \t]")
_ESCAPE = re.compile(r"\\([\\nr])")
_ESCAPED = {"\\": "\\", "n": "\n", "r": "\r"}


class _Line(NamedTuple):
    number: int
    entry: str
    note: str
    blank: bool

    def refuse(self, reason: str) -> DeployError:
        return DeployError(f'{PLAN_FILE} line {self.number}: {reason}; use "sqitch deploy" if Sqitch understands it')


def read_plan(plan_dir: Path | None = None) -> Plan:
    """Read the plan in a folder (default: the one that came with this package).

    Raises DeployError: there is no plan, or it holds something that is not understood here.
    """
    folder = _default_plan_dir() if plan_dir is None else plan_dir
    lines = _lines(folder / PLAN_FILE)
    pragmas = _pragmas(lines)
    if "project" not in pragmas:
        raise DeployError(f"{PLAN_FILE}: the pragma %project is missing")
    reader = _PlanReader(folder, pragmas["project"], pragmas.get("uri"))
    for line in lines:
        if line.entry:
            reader.add(line)
    return reader.plan()


def _default_plan_dir() -> Path:
    package = Path(__file__).resolve().parent
    for folder in (package / "sqitch", package.parent):
        if (folder / PLAN_FILE).is_file():
            return folder
    raise DeployError(f"this installation carries no {PLAN_FILE}; name its folder")


def _lines(path: Path) -> Iterator[_Line]:
    try:
        text = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise DeployError(f"cannot read the plan: {error}") from error
    for number, raw in enumerate(text.split("\n"), 1):
        content = raw.removesuffix("\r")
        entry, mark, note = content.partition("#")
        note = _ESCAPE.sub(lambda match: _ESCAPED[match[1]], note.strip())
        line = _Line(number, entry.strip(" \t"), note, not (mark or entry.strip(" \t")))
        if _CONTROL.search(content) or _ODD_BLANK.search(line.entry):
            raise line.refuse("a control character or an unusual blank")
        yield line


def _pragmas(lines: Iterator[_Line]) -> dict[str, str]:
    pragmas: dict[str, str] = {}
    for line in lines:
        if line.blank:
            break
        if line.entry:
            name, value = _pragma(line)
            pragmas[name] = value
    return pragmas


def _pragma(line: _Line) -> tuple[str, str]:
    match = _PRAGMA.fullmatch(line.entry)
    if match is None:
        raise line.refuse("not a pragma with a value (a blank line comes before the changes)")
    name, value = match.groups()
    allowed = {"syntax-version": re.compile(r"1\.0\.0"), "project": re.compile(_NAME, re.ASCII), "uri": _CANONICAL_URI}
    if name not in allowed:
        raise line.refuse(f"unknown pragma %{name}")
    if not allowed[name].fullmatch(value):
        raise line.refuse(f'unknown form of %{name} "{value}"')
    return name, value


def _object_id(kind: str, lines: Sequence[str], note: str) -> str:
    """The SHA-1 by which Sqitch names a change or a tag (a note "0" is none to Perl)."""
    content = "\n".join([*lines, *(("", note) if note not in ("", "0") else ())]).encode()
    return hashlib.sha1(f"{kind} {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()


class _PlanReader:
    """Collects the changes and tags of a plan, line by line."""

    def __init__(self, folder: Path, project: str, uri: str | None) -> None:
        self._folder, self._project, self._uri = folder, project, uri
        self._changes: list[Change] = []
        self._tags: list[list[Tag]] = []  # by change
        self._reworked: dict[int, list[str]] = {}  # change: names of the tags between it and its next version
        self._first: dict[str, int] = {}  # names of changes and tags: first change of that name
        self._since_tag: set[str] = set()
        self._conflicts: list[tuple[_Line, int, str]] = []

    def add(self, line: _Line) -> None:
        match = _ENTRY.fullmatch(line.entry)
        if match is None:
            raise line.refuse("not a change or tag with date, planner name and <email>")
        if match["name"] in ("HEAD", "ROOT") or _CHANGE_ID.match(match["name"]):
            raise line.refuse(f'"{match["name"]}" is a reserved name')
        try:
            datetime.strptime(match["planned_at"], "%Y-%m-%dT%H:%M:%SZ")
        except ValueError as error:
            raise line.refuse(f"{match['planned_at']} is no date") from error
        if match["at"]:
            self._add_tag(line, match)
        else:
            self._add_change(line, match)

    def plan(self) -> Plan:
        for line, index, key in self._conflicts:
            if self._need(line, key) < index:
                raise line.refuse(f'conflict with the earlier change "{key}"')
        changes = (
            replace(change, tags=tuple(self._tags[index]), script=self._script(index))
            for index, change in enumerate(self._changes)
        )
        return Plan(self._folder, self._project, self._uri, tuple(changes))

    def _add_tag(self, line: _Line, match: re.Match[str]) -> None:
        name = f"@{match['name']}"
        if not self._changes or name in self._first or match["needs"] or "/" in name:
            raise line.refuse(f'tag "{name}" is a duplicate, comes before all changes, has dependencies or a slash')
        tag_id = _object_id("tag", self._info(match, f"tag {name}", f"change {self._changes[-1].id}"), line.note)
        tag = Tag(tag_id, name, line.note, match["planned_at"], match["planner_name"], match["planner_email"])
        self._tags[-1].append(tag)
        self._first[name] = len(self._changes) - 1
        self._since_tag.clear()

    def _add_change(self, line: _Line, match: re.Match[str]) -> None:
        name, index = match["name"], len(self._changes)
        if name in self._since_tag:
            raise line.refuse(f'change "{name}" is a duplicate')
        requires, conflicts = self._needs(line, match["needs"])
        parent = (f"parent {self._changes[-1].id}",) if self._changes else ()
        needs = [
            *(["requires", *(f"  + {need.name}" for need in requires)] if requires else ()),
            *(["conflicts", *(f"  - {need.name}" for need in conflicts)] if conflicts else ()),
        ]
        change_id = _object_id("change", [*self._info(match, f"change {name}", *parent), *needs], line.note)
        planned = (match["planned_at"], match["planner_name"], match["planner_email"])
        if name in self._first:
            self._note_rework(name)
        self._changes.append(Change(change_id, name, line.note, *planned, "", requires, conflicts))
        self._tags.append([])
        self._first.setdefault(name, index)
        self._since_tag.add(name)
        self._conflicts += [(line, index, need.name) for need in conflicts]

    def _info(self, match: re.Match[str], *subject: str) -> list[str]:
        uri = [f"uri {self._uri}"] if self._uri else []
        planner = f"planner {match['planner_name']} <{match['planner_email']}>"
        return [f"project {self._project}", *uri, *subject, planner, f"date {match['planned_at']}"]

    def _needs(self, line: _Line, needs: str | None) -> tuple[tuple[Dependency, ...], tuple[Dependency, ...]]:
        requires, conflicts = [], []
        for need in re.split(r"[ \t]+", needs) if needs else ():
            match = _NEED.fullmatch(need)
            if match is None or not match["key"] or _CHANGE_ID.fullmatch(match["key"]):
                raise line.refuse(f'unknown form of dependency "{need}"')
            if match["project"] not in (None, self._project):
                raise line.refuse(f'dependency on another project, "{need}"')
            if match["not"]:
                conflicts.append(Dependency("conflict", match["key"], None))
            else:
                required = self._changes[self._need(line, match["key"])]
                requires.append(Dependency("require", match["key"], required.id))
        return tuple(requires), tuple(conflicts)

    def _need(self, line: _Line, key: str) -> int:
        """The change that a dependency means: the first of that name, or its last one up to the tag."""
        name, mark, tag = key.partition("@")
        found = self._first.get(key)
        if name and mark and f"@{tag}" in self._first:
            upto = self._first[f"@{tag}"]
            found = max((i for i in range(upto + 1) if self._changes[i].name == name), default=None)
        if found is None:
            raise line.refuse(f'no earlier change "{key}"')
        return found

    def _note_rework(self, name: str) -> None:
        old = max(index for index, change in enumerate(self._changes) if change.name == name)
        order = [*range(len(self._changes) - 1, old, -1), old]
        self._reworked[old] = [tag.name for index in order for tag in self._tags[index]]

    def _script(self, index: int) -> str:
        name = self._changes[index].name
        names = [f"{name}{tag}.sql" for tag in self._reworked.get(index, [""])]
        there = (path for path in names if (self._folder / "db/deploy" / path).is_file())
        return next(there, names[0])


# The scripts.

_BEGIN = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*begin(?:[ \t]+(?:work|transaction))?\s*;", re.I | re.S)
_COMMIT = re.compile(r"\bcommit(?:[ \t]+(?:work|transaction))?\s*;(?:\s|--[^\n]*)*\Z", re.I)
_ROLLBACK = re.compile(r"\brollback(?:[ \t]+(?:work|transaction))?\s*;(?:\s|--[^\n]*)*\Z", re.I)
_INNER = re.compile(
    r"^(?:begin|commit|rollback|abort|start)[ \t]*(?:;|\b(?:work|transaction|isolation)\b)", re.I | re.M
)
_PSQL = re.compile(r"^\\", re.M)


@dataclass(frozen=True)
class _Script:
    """A script without its `begin;` and `commit;` (or `rollback;`); `atomic`: it had them."""

    path: str
    sql: str
    atomic: bool
    sha1: str = field(repr=False)


def _scripts(plan: Plan, change: Change, verify: bool) -> tuple[_Script, _Script | None]:
    script = _read_script(plan.folder, f"db/deploy/{change.script}", "commit", _COMMIT)
    check = f"db/verify/{change.script}"
    if not (verify and (plan.folder / check).is_file()):
        return script, None
    return script, _read_script(plan.folder, check, "rollback", _ROLLBACK)


def _read_script(folder: Path, path: str, ending: str, pattern: re.Pattern[str]) -> _Script:
    try:
        raw = (folder / path).read_bytes()
        text = raw.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise DeployError(f"cannot read a script: {error}") from error
    begin, end = _BEGIN.match(text), pattern.search(text)
    if (begin is None) != (end is None):
        raise DeployError(f'{path}: the script does not begin with "begin;" and end with "{ending};"')
    if begin and end:  # spaces keep the line numbers
        text = re.sub(r"[^\n]", " ", begin[0]) + text[begin.end() : end.start()]
    for refused, what in ((_INNER, "a second transaction"), (_PSQL, "a psql command")):
        if found := refused.search(text):
            line = text.count("\n", 0, found.start()) + 1
            raise DeployError(f'{path}:{line}: {what} in the script; use "sqitch deploy"')
    return _Script(path, text, begin is not None, _sha1(raw))


def _sha1(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def _run(conn: Connection, script: _Script) -> None:
    try:
        conn.execute(script.sql.encode(conn.info.encoding), prepare=False)
    except psycopg.Error as error:
        position = error.diag.statement_position
        line = f":{script.sql.count(chr(10), 0, int(position) - 1) + 1}" if position else ""
        raise DeployError(f"{script.path}{line}: {error.diag.message_primary or error}") from error


# The registry.

_Who: TypeAlias = tuple[str, str]

_CREATE_REGISTRY = """
create schema if not exists sqitch;
create table sqitch.releases (
    version         real        primary key,
    installed_at    timestamptz not null default clock_timestamp(),
    installer_name  text        not null,
    installer_email text        not null
);
create table sqitch.projects (
    project       text        primary key,
    uri           text        unique,
    created_at    timestamptz not null default clock_timestamp(),
    creator_name  text        not null,
    creator_email text        not null
);
create table sqitch.changes (
    change_id       text        primary key,
    script_hash     text,
    change          text        not null,
    project         text        not null references sqitch.projects on update cascade,
    note            text        not null default '',
    committed_at    timestamptz not null default clock_timestamp(),
    committer_name  text        not null,
    committer_email text        not null,
    planned_at      timestamptz not null,
    planner_name    text        not null,
    planner_email   text        not null,
    unique (project, script_hash)
);
create table sqitch.tags (
    tag_id          text        primary key,
    tag             text        not null,
    project         text        not null references sqitch.projects on update cascade,
    change_id       text        not null references sqitch.changes on update cascade,
    note            text        not null default '',
    committed_at    timestamptz not null default clock_timestamp(),
    committer_name  text        not null,
    committer_email text        not null,
    planned_at      timestamptz not null,
    planner_name    text        not null,
    planner_email   text        not null,
    unique (project, tag)
);
create table sqitch.dependencies (
    change_id     text not null references sqitch.changes on update cascade on delete cascade,
    type          text not null,
    dependency    text not null,
    dependency_id text references sqitch.changes on update cascade,
    primary key (change_id, dependency),
    constraint dependencies_check check (
        (type = 'require' and dependency_id is not null) or (type = 'conflict' and dependency_id is null)
    )
);
create table sqitch.events (
    event           text        not null,
    change_id       text        not null,
    change          text        not null,
    project         text        not null references sqitch.projects on update cascade,
    note            text        not null default '',
    requires        text[]      not null default '{}',
    conflicts       text[]      not null default '{}',
    tags            text[]      not null default '{}',
    committed_at    timestamptz not null default clock_timestamp(),
    committer_name  text        not null,
    committer_email text        not null,
    planned_at      timestamptz not null,
    planner_name    text        not null,
    planner_email   text        not null,
    primary key (change_id, committed_at),
    constraint events_event_check check (event in ('deploy', 'revert', 'fail', 'merge'))
);
comment on schema sqitch is 'What is deployed here: the registry of Sqitch, version 1.1.';
"""


def _rows(conn: Connection, sql: str, *params: object) -> list[tuple[Any, ...]]:
    with conn.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute(sql.encode(), params).fetchall()


def _insert(conn: Connection, table: str, **values: object) -> None:
    columns, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    statement = f"insert into sqitch.{table} ({columns}) values ({marks})"
    conn.execute(statement.encode(), tuple(values.values()))


def _registry_version(conn: Connection) -> str | None:
    """The version of the registry, None where there is none yet."""
    [(changes, releases)] = _rows(conn, "select to_regclass('sqitch.changes'), to_regclass('sqitch.releases')")
    if changes is None:
        return None
    if releases is None:
        return "0"
    return str(_rows(conn, "select max(version) from sqitch.releases")[0][0])


def _deployed(conn: Connection, plan: Plan) -> list[tuple[str, str, str | None]]:
    """Id, name and script hash of the deployed changes, which must be the first ones of the plan."""
    version = _registry_version(conn)
    if version is None:
        return []
    if version != REGISTRY_VERSION:
        raise DeployError(f'the Sqitch registry has version {version}, not {REGISTRY_VERSION}; use "sqitch upgrade"')
    query = "select change_id, change, script_hash from sqitch.changes where project = %s order by committed_at"
    rows = [(str(row[0]), str(row[1]), row[2]) for row in _rows(conn, query, plan.project)]
    planned = [change.id for change in plan.changes]
    for index, (change_id, name, _) in enumerate(rows):
        if change_id not in planned:
            raise OtherPlan(f'change "{name}" ({change_id}) is deployed but not in this plan; see "sqitch status"')
        if change_id != planned[index]:
            raise OtherPlan(f'change "{name}" was deployed out of order; see "sqitch verify"')
    return rows


def _edited(plan: Plan, rows: list[tuple[str, str, str | None]]) -> tuple[str, ...]:
    edited = []
    for change, (_, name, deployed_hash) in zip(plan.changes, rows, strict=False):
        path = plan.folder / "db/deploy" / change.script
        if deployed_hash != (_sha1(path.read_bytes()) if path.is_file() else None):
            edited.append(name)
    return tuple(edited)


def _prepare_registry(conn: Connection, plan: Plan, already: int, who: _Who) -> None:
    """Make the registry where there is none, register the project, and the new tags of the last deployed change."""
    with conn.transaction():
        if _registry_version(conn) is None:
            conn.execute(_CREATE_REGISTRY)
            _insert(conn, "releases", version=REGISTRY_VERSION, installer_name=who[0], installer_email=who[1])
        _register_project(conn, plan, who)
        if already:
            _register_tags(conn, plan, plan.changes[already - 1], who)


def _register_project(conn: Connection, plan: Plan, who: _Who) -> None:
    known = _rows(
        conn, "select project, uri from sqitch.projects where project = %s or uri = %s", plan.project, plan.uri
    )
    if not known:
        _insert(conn, "projects", project=plan.project, uri=plan.uri, creator_name=who[0], creator_email=who[1])
    elif known != [(plan.project, plan.uri)]:
        raise DeployError(f'project "{known[0][0]}" is registered with the URI {known[0][1]}, the plan says {plan.uri}')


def _register_change(conn: Connection, plan: Plan, change: Change, script: _Script, who: _Who) -> None:
    _insert(
        conn,
        "changes",
        change_id=change.id,
        script_hash=script.sha1,
        change=change.name,
        project=plan.project,
        **_stamp(change, who),
    )
    for need in change.requires + change.conflicts:
        _insert(
            conn,
            "dependencies",
            change_id=change.id,
            type=need.kind,
            dependency=need.name,
            dependency_id=need.change_id,
        )
    _register_tags(conn, plan, change, who)
    _register_event(conn, plan, change, "deploy", who)


def _register_tags(conn: Connection, plan: Plan, change: Change, who: _Who) -> None:
    known = {row[0] for row in _rows(conn, "select tag_id from sqitch.tags where change_id = %s", change.id)}
    for tag in change.tags:
        if tag.id not in known:
            stamp = _stamp(tag, who)
            _insert(conn, "tags", tag_id=tag.id, tag=tag.name, project=plan.project, change_id=change.id, **stamp)


def _register_event(conn: Connection, plan: Plan, change: Change, event: Literal["deploy", "fail"], who: _Who) -> None:
    _insert(
        conn,
        "events",
        event=event,
        change_id=change.id,
        change=change.name,
        project=plan.project,
        requires=[need.name for need in change.requires],
        conflicts=[need.name for need in change.conflicts],
        tags=[tag.name for tag in change.tags],
        **_stamp(change, who),
    )


def _stamp(planned: Change | Tag, who: _Who) -> dict[str, object]:
    """The columns that changes, tags and events have in common."""
    return {
        "note": planned.note,
        "committer_name": who[0],
        "committer_email": who[1],
        "planned_at": planned.planned_at,
        "planner_name": planned.planner_name,
        "planner_email": planned.planner_email,
    }


def _committer() -> _Who:
    """Name and address for the registry: Sqitch's environment variables, else the system's user and host."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = "unknown"
    name = os.environ.get("SQITCH_FULLNAME") or user
    return name, os.environ.get("SQITCH_EMAIL") or f"{user}@{socket.gethostname()}"


# The deploy itself.


@contextmanager
def _session(target: str | Connection) -> Iterator[Connection]:
    try:
        if isinstance(target, str):
            with psycopg.connect(target, autocommit=True, prepare_threshold=None) as conn:
                yield conn
        elif target.autocommit and target.info.transaction_status is TransactionStatus.IDLE:
            yield target
        else:
            raise DeployError("the connection must be idle and in autocommit mode")
    except psycopg.Error as error:
        raise DeployError(str(error.diag.message_primary or error)) from error


@contextmanager
def _lock(conn: Connection, wait: float) -> Iterator[None]:
    """Hold Sqitch's lock. Polls: a session that waits in the lock would hold up CREATE INDEX CONCURRENTLY."""
    deadline = time.monotonic() + wait
    while not _rows(conn, "select pg_try_advisory_lock(%s)", ADVISORY_LOCK)[0][0]:
        if time.monotonic() >= deadline:
            raise DeployError(f"another deploy is running in this database (waited {wait:g} s); try again later")
        time.sleep(LOCK_POLL_SECONDS)
    try:
        yield
    finally:
        with suppress(psycopg.Error):  # a lost connection has lost the lock too
            conn.execute("select pg_advisory_unlock(%s)", (ADVISORY_LOCK,))


def _deploy_change(
    conn: Connection, plan: Plan, change: Change, script: _Script, check: _Script | None, who: _Who
) -> None:
    try:
        if not script.atomic:
            _run(conn, script)
        with conn.transaction():
            if script.atomic:
                _run(conn, script)
            if conn.info.transaction_status is not TransactionStatus.INTRANS:
                raise DeployError(f"{script.path}: the script ended its transaction before the end")
            conn.execute("reset session authorization; reset all")  # also what the script has "set local"
            with conn.transaction(force_rollback=True) if check else nullcontext():
                if check:
                    _run(conn, check)
            _register_change(conn, plan, change, script, who)
    except (DeployError, psycopg.Error) as error:
        with suppress(psycopg.Error):
            _register_event(conn, plan, change, "fail", who)
        kept = "" if script.atomic else " (it runs outside a transaction: what it did stays, unregistered)"
        raise DeployError(f'change "{change.name}" failed{kept}: {error}') from error
