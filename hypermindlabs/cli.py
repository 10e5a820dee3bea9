"""The command `hypermindlabs`.

    hypermindlabs demo                          the whole story in a few seconds
    hypermindlabs up                            a private server with the schema in it
    hypermindlabs import traces.json            traces of other programs become runs
    hypermindlabs runs --status failed          what there is
    hypermindlabs search disk full              what was said, asked of tools and answered by them
    hypermindlabs stats --by model,status       how many, how long, how much
    hypermindlabs show RUN                      what happened in it
    hypermindlabs state RUN --at 24 --diff      its state after event 24, and what that event changed
    hypermindlabs serve                         a page to look at it all, in a browser
    hypermindlabs contracts                     what may be recorded; also show, register and check
    hypermindlabs hold                          what may not be erased; also place and release
    hypermindlabs erase RUN --reason TEXT       what a run said goes, its proof stays
    hypermindlabs archive 2026-01 --to URL      a month as Parquet files, proved; also --list, --verify and --rewrite
    hypermindlabs restore RUN                   an archived run, or month, comes back
    hypermindlabs retention plan                what the policies ask for; also apply, detach, attach and drop
    hypermindlabs maintain                      what has to be done from time to time
    hypermindlabs health                        how the ledger is doing
    hypermindlabs digest                        all runs under one hash, to be kept elsewhere
    hypermindlabs verify --digest FILE          what was changed since

RUN is a run id, its first or last digits (four at least), or `last`. The server is `--dsn`, else DATABASE_URL, else the
private one. Every command takes `--json`. Into a pipe the output is plain; on a terminal it has colour and is cut to
the width.

Exit codes: 0 done; 1 verify, archive or restore found that something is not as recorded, contracts check that not every
payload meets a contract, or maintain or archive --rewrite could not do everything; 2 wrong usage, or a place that
cannot be read or written; 3 the database refused; 4 no server, no schema, or no connection; 5 a file is malformed; 130
interrupted; 141 the reader of a pipe left. health: 0 all is well, 1 a warning, 2 something is critical.
"""

from __future__ import annotations

import argparse
import dataclasses
import io
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, TypeVar
from uuid import UUID

import psycopg
from psycopg.conninfo import conninfo_to_dict
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from . import (
    Lab,
    __version__,
    connect,
    contract_check,
    demo,
    digest_check,
    digests,
    embedded,
    export,
    importers,
    metrics,
    playground,
    render,
)
from . import deploy as deploying
from .archive_format import ArchiveBroken, ArchiveError, Manifest
from .embedded import EmbeddedError, Server
from .errors import (
    BreakingContract,
    ContractNotFound,
    ContractViolation,
    HypermindError,
    PeriodKept,
    ProjectNotFound,
    SchemaBehind,
)
from .importers import TraceFileError
from .importers.files import parse, read_text
from .operations_manager import OperationsManager
from .persistence import (
    Archive,
    Contract,
    Digest,
    DigestLeaf,
    Erasure,
    EventType,
    Hit,
    Hold,
    ListedRun,
    MaintenanceStep,
    PlannedAction,
    Run,
    TimelineEntry,
)

if TYPE_CHECKING:
    from .archive import Tell as TellWork

DEFAULT_PROJECT = "local/imports"
STDIN, STDIN_NAME = Path("-"), "standard input"
LONG_FILE = 1024 * 1024
EXIT_BROKEN, EXIT_USAGE, EXIT_REFUSED, EXIT_NO_SERVER, EXIT_BAD_FILE = 1, 2, 3, 4, 5
EXIT_INTERRUPTED, EXIT_NO_READER = 130, 141
Json = Any
T = TypeVar("T")


class UsageError(Exception):
    """What was asked for makes no sense; says so in one line, with a hint."""

    def __init__(self, message: str, hint: str | None = None, code: int = EXIT_USAGE) -> None:
        super().__init__(message)
        self.hint, self.code = hint, code


# The server and the runs


class Session:
    """What a command works with: its arguments, its screens, and the server."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.json: bool = args.json
        self.screen = render.stdout()
        self.progress = render.stderr()

    @property
    def dsn(self) -> str | None:
        """The server that was asked for; None: the private one."""
        return self.args.dsn or os.environ.get("DATABASE_URL") or None

    @property
    def server(self) -> Server:
        """The private server."""
        return Server(embedded.default_home())

    def target(self) -> str:
        """The dsn to connect to."""
        if self.dsn is not None:
            return self.dsn
        if not self.server.status().running:
            hint = "Start it with: hypermindlabs up; or name a server with --dsn or DATABASE_URL."
            raise UsageError("the private server is not running", hint, EXIT_NO_SERVER)
        return playground.dsn(self.server)

    @contextmanager
    def lab(self) -> Iterator[Lab]:
        """The managers, connected."""
        with connect(self.target(), max_size=2) as lab:
            yield lab

    def emit(self, value: Json) -> None:
        """Print a result for programs."""
        print(render.dump(plain(value)))


def plain(value: Json) -> Json:
    """Dataclasses as objects, all the way down."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, list | tuple) else value


def find_run(lab: Lab, text: str) -> UUID:
    """The run that an id, its first or last digits, or `last` stands for."""
    if text == "last":
        newest = lab.runs.list(limit=1)
        if not newest:
            raise UsageError("there is no run yet", "Import some: hypermindlabs import FILE; or: hypermindlabs demo.")
        return newest[0].run_id
    digits = text.replace("-", "").lower()
    if not re.fullmatch("[0-9a-f]{4,32}", digits):
        raise UsageError(f"{text!r} is no run id", "Give an id, four or more of its first or last digits, or: last.")
    if len(digits) == 32:
        return lab.runs.get(UUID(digits)).run_id
    found = _by_digits(lab, digits)
    if not found:
        raise UsageError(
            f"no run that you may see has an id like {text}", "List them: hypermindlabs runs.", EXIT_REFUSED
        )
    if len(found) > 1:
        names = ", ".join(str(run_id) for run_id in found[:4])
        raise UsageError(
            f"{text} fits more than one run: {names}{', …' if len(found) > 4 else ''}", "Give more digits."
        )
    return found[0]


def _by_digits(lab: Lab, digits: str) -> list[UUID]:
    query = """
        select r.run_id
        from hypermind.run_summaries as r  -- which has archived runs, too
        cross join lateral (select replace(r.run_id::text, '-', '') as digits) as d
        where starts_with(d.digits, %(d)s) or right(d.digits, length(%(d)s)) = %(d)s
        order by r.run_id desc
        limit 5"""
    with lab.transaction() as tx:
        return [row[0] for row in tx.connection.execute(query, {"d": digits}).fetchall()]


def find_project(lab: Lab, text: str) -> UUID:
    """The project WORKSPACE/NAME."""
    workspace, slash, name = text.partition("/")
    if not (workspace and slash and name):
        raise UsageError(f"{text!r} is no project", "Write it as WORKSPACE/NAME.")
    return lab.runs.project(workspace, name).project_id


def make_project(lab: Lab, text: str) -> UUID:
    """The project WORKSPACE/NAME, made if it is missing."""
    try:
        return find_project(lab, text)
    except ProjectNotFound:
        workspace, _, name = text.partition("/")
    with lab.transaction() as tx:
        project_id = tx.runs.create_project(workspace, name, tx.runs.create_project_role(workspace, name))
        row = tx.connection.execute("select current_user").fetchone()
        assert row is not None
        tx.runs.grant_project(project_id, row[0])
        return project_id


# Commands: the server


def up(session: Session) -> int:
    """Start the private server, and deploy the schema into it."""
    server = session.server
    running = server.status().running
    server.start()
    deployed = deploy_with_progress(session, lambda progress: playground.prepare(server, progress))
    dsn = playground.dsn(server)
    if session.json:
        session.emit({"home": str(server.home), "dsn": dsn, "version": server.version, "deployed": deployed.deployed})
        return 0
    session.screen.show(
        [
            f"PostgreSQL {server.version} {'was running' if running else 'is running'} in {server.home}",
            _deployed_line(deployed),
            f"export DATABASE_URL='{dsn}'",
        ]
    )
    return 0


def down(session: Session) -> int:
    """Stop the private server; its data stays."""
    stopped = session.server.stop()
    if session.json:
        session.emit({"stopped": stopped})
    else:
        said = "stopped; its data stays" if stopped else "was not running"
        session.screen.show([f"The private server in {session.server.home} {said}."])
    return 0


def status(session: Session) -> int:
    """Show the server, the schema and how much is in it."""
    facts: dict[str, Json] = {}
    if session.dsn is None:
        server = session.server.status()
        facts |= {"home": str(server.home), "running": server.running, "pid": server.pid}
        if not server.running:
            return _show_status(session, facts)
    parts = conninfo_to_dict(session.target())
    facts |= {"database": parts.get("dbname"), "host": parts.get("host"), "user": parts.get("user")}
    schema = deploying.status(session.server.dsn(playground.DATABASE) if session.dsn is None else session.target())
    facts |= {"changes": len(schema.deployed), "pending": len(schema.pending), "edited": list(schema.edited)}
    if schema.deployed and not schema.pending:
        with session.lab() as lab, lab.transaction() as tx:
            row = tx.connection.execute(_COUNTS).fetchone()
        assert row is not None
        facts |= dict(zip(("server", "schema_version", "projects", "runs", "open_runs"), row, strict=True))
    return _show_status(session, facts)


_COUNTS = """
select current_setting('server_version'), hypermind.schema_version(), (select count(*) from hypermind.projects),
    (select count(*) from hypermind.runs), (select count(*) from hypermind.run_heads)"""


def _show_status(session: Session, facts: dict[str, Json]) -> int:
    if session.json:
        session.emit(facts)
        return 0
    session.screen.show(render.facts((name.replace("_", " "), _word(value)) for name, value in facts.items()))
    if facts.get("running") is False:
        session.screen.show(["Start it with: hypermindlabs up"])
    elif facts.get("pending"):
        session.screen.show(["The schema is behind: hypermindlabs deploy"])
    return 0


def _word(value: Json) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)


def deploy(session: Session) -> int:
    """Deploy the schema: what of the plan is not there yet."""
    target = session.target()
    if session.dsn is None:
        result = deploy_with_progress(session, lambda progress: playground.prepare(session.server, progress))
    else:
        result = deploy_with_progress(session, lambda progress: deploying.deploy(target, progress=progress))
    if session.json:
        session.emit(result)
    else:
        session.screen.show([_deployed_line(result)])
    return 0


def serve(session: Session) -> int:
    """Serve the page and its endpoints until Ctrl-C.

    Without --tokens, only to this machine, and to everybody on it.
    """
    args = session.args
    try:
        from . import web_ui
    except ModuleNotFoundError as error:
        hint = "Install them: pip install 'hypermindlabs[web]'"
        raise UsageError(f"the packages of the web service are missing: {error.name}", hint) from error

    def announce(address: str) -> None:
        if session.json:
            session.emit({"url": address})
        else:
            session.screen.show([f"Serving {address} until Ctrl-C"])
        sys.stdout.flush()

    try:
        web_ui.serve(
            session.target(), host=args.host, port=args.port, tokens=args.tokens, role=args.role, announce=announce
        )
    except web_ui.ServeError as error:
        raise UsageError(str(error), error.hint) from error
    return 0


Tell = Callable[[deploying.Change, int, int], None]


def deploy_with_progress(
    session: Session, work: Callable[[Tell | None], deploying.DeployResult]
) -> deploying.DeployResult:
    """Deploy with a bar on a terminal."""
    if not session.progress.terminal or session.json:
        return work(None)
    with _bar(session, "deploying") as bar:
        task = bar.add_task("", total=None)

        def tell(change: deploying.Change, number: int, total: int) -> None:
            bar.update(task, description=change.name, completed=number, total=total)

        return work(tell)


def _deployed_line(result: deploying.DeployResult) -> str:
    if not result.deployed:
        return f"The schema is up to date ({result.already} changes)."
    return f"Deployed {len(result.deployed)} changes in {result.seconds:.1f} s."


# Commands: files


def import_(session: Session) -> int:
    """Record the runs of trace files. A file that is malformed anywhere is refused as a whole."""
    args = session.args
    started = time.monotonic()
    with session.lab() as lab:
        make = args.create_project or session.dsn is None
        project_id = make_project(lab, args.project) if make else find_project(lab, args.project)
        done: list[dict[str, Json]] = []
        for path in args.files:
            drafts = list(importers.read(path, args.format))
            drafts = [importers.with_context(d, agent=args.agent, model=args.model, tags=args.tag) for d in drafts]
            done += _record(session, lab, project_id, path, drafts)
    if session.json:
        session.emit(done)
        return 0
    rows = [[run["run_id"], run["status"], f"{run['events']:,}", run["title"]] for run in done]
    session.screen.show(render.table(("run", "status", "events", "what"), rows, right=(2,), status=1))
    events = sum(run["events"] for run in done)
    told = f"{render.count(len(done), 'run')} with {render.count(events, 'event')} in {args.project}"
    session.progress.show([f"{told}, {time.monotonic() - started:.1f} s"])
    return 0


def _record(
    session: Session, lab: Lab, project_id: UUID, path: Path, drafts: Sequence[importers.Draft]
) -> list[dict[str, Json]]:
    done = []
    with _steps(session, path.name, sum(len(d.steps) for d in drafts)) as advance:
        for draft in drafts:
            with lab.router.transaction() as connection:
                run_id = importers.record(connection, project_id, draft, advance)
            run = lab.runs.get(run_id)
            done.append(
                {
                    "run_id": str(run_id),
                    "status": run.status,
                    "events": run.events,
                    "file": path.name,
                    "title": draft.title,
                }
            )
    return done


@contextmanager
def _steps(session: Session, name: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal, else a line."""
    if session.json:
        yield lambda steps: None
    elif session.progress.terminal:
        with _bar(session, render.inert(name)) as bar:
            task = bar.add_task(render.inert(name), total=total)
            yield lambda steps: bar.advance(task, steps)
    else:
        session.progress.show([f"importing {render.inert(name)}: {total:,} steps"])
        yield lambda steps: None


def _bar(session: Session, what: str) -> Progress:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=session.progress.console, transient=True)


def export_(session: Session) -> int:
    """Write runs as JSON lines, which `import` reads again."""
    with session.lab() as lab:
        runs = [find_run(lab, text) for text in session.args.runs]
        path: Path | None = session.args.output
        file: TextIO = sys.stdout if path is None else path.open("w", encoding="utf-8")
        try:
            for run_id in runs:
                with lab.router.transaction() as connection:
                    for line in export.lines(connection, run_id):
                        file.write(line + "\n")
        finally:
            if path is not None:
                file.close()
    return 0


# Commands: runs


def runs(session: Session) -> int:
    """List runs, newest first."""
    args = session.args
    kind, name, version = _config_version(args.config) if args.config else (None, None, None)
    with session.lab() as lab:
        found = lab.runs.list(
            **_where(lab, args),
            status=args.status,
            mode=args.mode,
            agent=args.agent,
            owner=args.owner,
            tags=args.tag,
            config_kind=kind,
            config_name=name,
            config_version=version,
            parent_run_id=find_run(lab, args.parent) if args.parent else None,
        )
    if session.json:
        session.emit(found)
        return 0
    if not found:
        filters = (args.project, args.workspace, args.status, args.mode, args.agent, args.model, args.owner, args.tag)
        some = any((*filters, args.tool, args.config, args.parent, args.since, args.until, args.cursor))
        hint = "No such runs." if some else "No runs. Import some: hypermindlabs import FILE; or: hypermindlabs demo"
        session.progress.show([hint])
        return 0
    head = ("run", "status", "project", "agent", "mode", "events", "tokens", "cost", "created", "title")
    session.screen.show(render.table(head, [_run_row(run) for run in found], right=(5, 6, 7), status=1))
    _tell_of_more(session, found)
    return 0


def _where(lab: Lab, args: argparse.Namespace) -> dict[str, Json]:
    """The filters that a list of runs and a search have in common, and the page."""
    return {
        "project_id": find_project(lab, args.project) if args.project else None,
        "workspace": args.workspace,
        "model": args.model,
        "tool": args.tool,
        "since": args.since,
        "until": args.until,
        "limit": args.limit,
        "cursor": args.cursor,
    }


def _tell_of_more(session: Session, found: Sequence[ListedRun] | Sequence[Hit]) -> None:
    if len(found) == session.args.limit:
        session.progress.show([f"For more, add: --cursor {found[-1].cursor}"])


def _config_version(text: str) -> tuple[str, str, int | None]:
    match = re.fullmatch(r"([^/]+)/(.+?)(?:@(\d{1,9}))?", text)
    if match is None:
        raise UsageError(f"{text!r} is no configuration", "Write KIND/NAME, or KIND/NAME@VERSION.")
    kind, name, version = match.groups()
    return kind, name, None if version is None else int(version)


def _run_row(run: ListedRun) -> list[str]:
    tokens = (run.input_tokens or 0) + (run.output_tokens or 0)
    return [
        render.short_id(run.run_id),
        run.status,
        f"{run.workspace}/{run.project}",
        run.agent or "-",
        run.mode,
        f"{run.events:,}",
        f"{tokens:,}" if tokens else "-",
        f"{run.cost:.4f}" if run.cost else "-",
        f"{run.created_at.astimezone():%Y-%m-%d %H:%M}",
        render.one_line(run.title or "", render.SUMMARY),
    ]


def search(session: Session) -> int:
    """Search what was said, asked of tools and answered by them: words, "words in this order", or, -word; newest first.

    Before a -word stands --, so that it is not taken for an option: search -- disk full -quota.
    """
    args = session.args
    with session.lab() as lab:
        run_id = find_run(lab, args.run) if args.run else None
        found = lab.runs.search(" ".join(args.words), **_where(lab, args), types=args.type, run_id=run_id)
    if session.json:
        session.emit(found)
        return 0
    if not found:
        session.progress.show(["Nothing was found."])
        return 0
    session.screen.show(render.hits(found, session.screen.width, session.screen.terminal))
    if long := sum(hit.truncated is True for hit in found):
        session.progress.show([f"Of {render.count(long, 'text')} only the first 100,000 characters are searched."])
    _tell_of_more(session, found)
    return 0


RUN_GROUPS, EVENT_GROUPS = ("agent", "agent_version", "status"), ("tool", "event_type")
GROUPS = ("project", "day", "model", *RUN_GROUPS, *EVENT_GROUPS)


def stats(session: Session) -> int:
    """Show how many runs, events and tokens there were, what they cost and how long they took."""
    args = session.args
    groups: list[str] = list(dict.fromkeys(args.by or ["day"]))
    groups = [] if groups == ["total"] else groups
    basis: str = args.basis or ("event" if set(groups) & set(EVENT_GROUPS) else "run")
    today = datetime.now(UTC).date()
    until: date = args.until or today + timedelta(days=1)
    since: date = args.since or until - timedelta(days=30)
    with session.lab() as lab:
        projects = {p.project_id: f"{p.workspace}/{p.name}" for p in lab.runs.projects()}
        project = find_project(lab, args.project) if args.project else None
        found = lab.runs.rollup(
            since, until, project_id=project, workspace=args.workspace, basis=basis, group_by=groups
        )
    if session.json:
        session.emit(found)
        return 0
    session.screen.show([render.heading(f"{STATS[basis]}, from {since} to before {until} (UTC)")])
    if found:
        session.screen.show(["", *render.figures(found, groups, projects)])
    else:
        session.progress.show(["There were none."])
    return 0


STATS = {
    "run": "Runs by the day they started; they took from creation to end",
    "event": "Events by the day they happened; answers of models and tools took since they were asked",
}


def show(session: Session) -> int:
    """Show a run and its timeline, nested as its steps were."""
    args = session.args
    with session.lab() as lab:
        run_id = find_run(lab, args.run)
        run = lab.runs.get(run_id)
        pins = lab.runs.pins(run_id)
        last = run.last_seq if args.to is None else args.to
        events = list(lab.replay.replay_events(run_id, args.from_, last))
        entries = list(_entries(lab, run_id, args.from_ - 1, last))
    if session.json:
        timed = [
            {**plain(event), "depth": entry.depth, "gap": entry.gap, "duration": entry.duration}
            for event, entry in zip(events, entries, strict=True)
        ]
        session.emit({"run": run, "pins": [{**plain(p), "content": None} for p in pins], "events": timed})
        return 0
    session.screen.show(head_of(run, [f"{p.slot} = {p.kind}/{p.name} v{p.version}" for p in pins]))
    session.screen.show(["", *render.timeline(events, session.screen.width, entries)])
    return 0


def _entries(lab: Lab, run_id: UUID, after: int, last: int) -> Iterator[TimelineEntry]:
    while after < last:
        page = lab.runs.timeline(run_id, after_seq=after, limit=min(last - after, 1000))
        yield from page
        after = page[-1].seq


def head_of(run: Run, pins: Sequence[str]) -> render.Lines:
    """What there is to say of a run above its timeline."""
    tokens = f"{run.input_tokens or 0:,} in, {run.output_tokens or 0:,} out" if run.input_tokens else ""
    parent = f"{run.parent_run_id} at {run.forked_at_seq}" if run.parent_run_id else ""
    return render.facts(
        (
            ("run", str(run.run_id)),
            ("status", f"{run.status}, {render.count(run.events, 'event')}"),
            ("project", f"{run.workspace}/{run.project}"),
            ("agent", " · ".join(x for x in (run.agent, run.model, run.mode) if x)),
            ("tags", " ".join(run.tags)),
            ("tokens", tokens),
            ("cost", f"{run.cost:.4f}" if run.cost else ""),
            ("created", f"{run.created_at.astimezone():%Y-%m-%d %H:%M:%S} by {run.owner}"),
            ("forked from", parent),
            ("pins", ", ".join(pins)),
        )
    )


def state(session: Session) -> int:
    """Show the state of a run after an event; with --diff, what that event changed."""
    with session.lab() as lab:
        run_id = find_run(lab, session.args.run)
        seq = lab.runs.get(run_id).last_seq if session.args.at is None else session.args.at
        value = lab.replay.state_at(run_id, seq)
        if not session.args.diff:
            return _show_state(session, run_id, seq, value)
        before = max(seq - 1, 0)
        patch = lab.replay.diff(run_id, before, seq)
        earlier = lab.replay.state_at(run_id, before)
        events = lab.replay.recorded(run_id, seq, seq) if seq else []
    if session.json:
        session.emit({"run_id": run_id, "seq": seq, "state": value, "diff": patch})
        return 0
    session.screen.show([render.heading(f"State after {seq}"), *render.outline(value), ""])
    session.screen.show(
        [render.heading(f"Changed by {seq}"), *(f"  {e.event_type}  {render.summary(e)}" for e in events)]
    )
    session.screen.show(render.changes(patch, earlier))
    return 0


def _show_state(session: Session, run_id: UUID, seq: int, value: Json) -> int:
    if session.json:
        session.emit({"run_id": run_id, "seq": seq, "state": value})
    else:
        session.screen.show(render.pretty(value))
    return 0


def diff(session: Session) -> int:
    """Show what changed in a run's state from one event to another."""
    args = session.args
    with session.lab() as lab:
        run_id = find_run(lab, args.run)
        patch = lab.replay.diff(run_id, args.a, args.b)
        before = lab.replay.state_at(run_id, args.a)
    if session.json:
        session.emit(patch)
    else:
        session.screen.show(render.changes(patch, before))
    return 0


def replay(session: Session) -> int:
    """Show all that is needed to stand at an event of a run again; with --step, every recorded event up to it."""
    args = session.args
    with session.lab() as lab:
        run_id = find_run(lab, args.run)
        context = lab.replay.resolve(run_id, args.at)
        if args.step:
            return _step_through(session, lab, run_id, context.at_seq)
    if session.json:
        session.emit(context)
        return 0
    session.screen.show(
        render.facts(
            (
                ("run", str(context.run_id)),
                ("at", str(context.at_seq)),
                ("event hash", context.event_hash.hex()),
                ("digest", context.digest.hex()),
                ("mode", context.mode),
                ("input", render.compact(context.input)),
                ("from snapshot", _word(context.snapshot_seq)),
            )
        )
    )
    pins = [[c.slot, f"{c.kind}/{c.name}", f"v{c.version}", render.compact(c.content)] for c in context.configs]
    session.screen.show(["", *render.table(("slot", "pinned", "version", "content"), pins)] if pins else [])
    session.screen.show(["", render.heading(f"State after {context.at_seq}"), *render.outline(context.state)])
    return 0


def _step_through(session: Session, lab: Lab, run_id: UUID, last: int) -> int:
    if session.json:
        for step in lab.replay.steps(run_id, 1, last):
            session.emit(step)
        return 0
    before: Json = lab.replay.state_at(run_id, 0)
    lines = render.timeline(list(lab.replay.replay_events(run_id, 1, last)), session.screen.width)
    for line, step in zip(lines, lab.replay.steps(run_id, 1, last), strict=True):
        session.screen.show([line, *render.details(step.event)])
        if step.diff:
            session.screen.show(render.changes(step.diff, before))
        before = step.state
    return 0


def fork(session: Session) -> int:
    """Start a new run from the state of another at an event, edited if --patch says so."""
    args = session.args
    patch = _read_patch(args.patch)
    with session.lab() as lab:
        parent = find_run(lab, args.run)
        at_seq = lab.runs.get(parent).last_seq if args.at is None else args.at
        child = lab.replay.fork(
            parent, at_seq, state_patch=patch, config_overrides=dict(_pin(p) for p in args.pin), tags=args.tag
        )
        value = lab.replay.state_at(child, 0)
        before = lab.replay.state_at(parent, at_seq)
        changed = lab.replay.lineage(child)
    if session.json:
        session.emit({"run_id": child, "parent_run_id": parent, "forked_at_seq": at_seq, "state": value})
        return 0
    depth = sum(1 for entry in changed if entry.relation == "ancestor")
    session.screen.show(
        render.facts((("run", str(child)), ("forked from", f"{parent} at {at_seq}"), ("generation", str(depth))))
    )
    edited = "edited" if value != before else "as it was"
    session.screen.show(["", render.heading(f"State it begins with ({edited})"), *render.outline(value)])
    return 0


def _read_patch(text: str | None) -> Json:
    if text is None:
        return None
    try:
        source = Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text
        patch = json.loads(source)
    except (OSError, ValueError) as error:
        raise UsageError(f"--patch is no JSON: {error}", "Give a JSON Patch, a merge patch, or @FILE.") from None
    if not isinstance(patch, list | dict):
        raise UsageError("--patch is neither a JSON Patch nor a merge patch", "Give a JSON array or object.")
    return patch


def _pin(text: str) -> tuple[str, Json]:
    match = re.fullmatch(r"([^=]+)=([^/=]+)/(.+)@([^@]+)", text)
    if match is None:
        raise UsageError(f"{text!r} is no pin", "Write SLOT=KIND/NAME@VERSION or SLOT=KIND/NAME@LABEL.")
    slot, kind, name, wanted = match.groups()
    number = {"version": int(wanted)} if wanted.isdecimal() else {"label": wanted}
    return slot, {"kind": kind, "name": name, **number}


def verify(session: Session) -> int:
    """Prove that runs are as they were recorded; with --all, every run and the database's guards.

    With --digest, that they are as they were when a digest was issued, whoever changed them since: on a server, or with
    --export in exported files, without a server.
    """
    args = session.args
    if args.digest or args.export:
        return _verify_kept(session)
    if not args.runs and not args.all:
        raise UsageError("verify which run?", "Give one or more, or --all; or --digest FILE, or --export FILE.")
    results: list[dict[str, Json]] = []
    with session.lab() as lab:
        for run_id in _all_runs(lab) if args.all else (find_run(lab, text) for text in args.runs):
            found = lab.replay.verify(run_id)
            results.append({"run_id": run_id, **plain(found)})
            if not session.json:
                _show_verification(session, results[-1])
        problems = lab.replay.check_integrity() if args.all else []
    if session.json:
        session.emit({"runs": results, "problems": problems} if args.all else results)
    elif args.all:
        session.screen.show(
            [f"{render.count(len(results), 'run')} verified", *(f"BROKEN  {p.object}: {p.problem}" for p in problems)]
        )
    return 0 if all(r["valid"] for r in results) and not problems else EXIT_BROKEN


def _all_runs(lab: Lab) -> Iterator[UUID]:
    cursor: str | None = None
    while page := lab.runs.list(cursor=cursor, limit=200):
        yield from (run.run_id for run in page)
        cursor = page[-1].cursor


def _show_verification(session: Session, result: dict[str, Json]) -> None:
    line = Text()
    if result["valid"]:
        line.append("intact  ", "green")
        line.append(f"{result['run_id']}  {render.count(result['events'], 'event')}  {result['last_hash'].hex()}")
    else:
        line.append("BROKEN  ", "bold red")
        where = f"seq {result['bad_seq']}" if result["bad_seq"] is not None else "the run"
        line.append(render.inert(f"{result['run_id']}  {where} in {result['bad_object']}: {result['problem']}"))
    session.screen.show([line])


def _verify_kept(session: Session) -> int:
    """Against digests that were kept; without one, exports against their own chains."""
    args = session.args
    if args.runs or (args.all and args.export):
        hint = "verify --digest FILE [--all], or verify [--digest FILE] --export FILE; each may name several files."
        raise UsageError("--digest and --export take no RUN, and --export no --all", hint)
    check = digest_check.Check(kept for path in args.digest for kept in digests.read(path))
    with _verifying(session) as tell:
        if args.export:
            report = check.against_exports(args.export, tell)
        else:
            # A prepared statement may get a generic plan, which locks every period.
            with psycopg.connect(session.target(), autocommit=True, prepare_threshold=None) as connection:
                report = check.against_server(connection, all_runs=args.all, progress=tell)
    if session.json:
        session.emit(report)
    else:
        session.screen.show(_report_lines(report))
    return EXIT_BROKEN if report.problems else 0


def _report_lines(report: digest_check.Report) -> Iterator[Text | str]:
    for found in report.problems:
        yield Text("BROKEN  ", "bold red").append(render.inert(f"{found.object} {found.problem}"))
    yield f"{render.count(report.runs, 'run')} recomputed, {render.count(report.digests, 'digest')} kept"
    said = (
        (report.archived, "is in an archive, as the ledger says: nothing was checked of it"),
        (report.absent, "is in none of the exports: nothing was checked of it"),
        (report.other, "is in none of the digests: only its own chain was checked"),
    )
    for runs, what in said:
        yield from (f"run {run_id} {what}" for run_id in runs[:SHOWN])
        if len(runs) > SHOWN:
            yield f"and so are {len(runs) - SHOWN:,} more"
    for number in report.unlinked:
        yield f"digest {number} is not connected to those before it: digest {number - 1} is not given"


SHOWN = 20


@contextmanager
def _verifying(session: Session) -> Iterator[digest_check.Progress | None]:
    """Shows how far it is: a bar on a terminal."""
    if session.json or not session.progress.terminal:
        yield None
        return
    with _bar(session, "verifying") as bar:
        task = bar.add_task("verifying", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


# Commands: digests


def digest(session: Session) -> int:
    """Issue a digest of all runs, and write it to a file: keep that where nobody can change it."""
    with session.lab() as lab:
        return _write_digest(session, lab, lab.operations.issue_digest())


def digest_write(session: Session) -> int:
    """Write a digest that was issued before to a file. It proves as much as if it was written only now."""
    number = session.args.number
    with session.lab() as lab:
        found = lab.operations.digests(number=number)
        if not found:
            raise UsageError(f"there is no digest {number} that you may see", "List them: hypermindlabs digest list.")
        return _write_digest(session, lab, found[0])


def _write_digest(session: Session, lab: Lab, issued: Digest) -> int:
    path: Path = session.args.output or Path(f"digest-{issued.number}.jsonl")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in digests.lines(issued, _leaves_of(lab, issued.number)))
    except OSError as error:
        hint = (
            f"Digest {issued.number} is issued; write it elsewhere: hypermindlabs digest write {issued.number} -o FILE"
        )
        raise UsageError(f"{path}: {error.strerror or error}", hint) from error
    if session.json:
        session.emit({**plain(issued), "file": str(path)})
    else:
        runs = render.count(issued.runs, "run")
        session.screen.show([f"Digest {issued.number} of {runs}: {issued.digest_hash.hex()}", f"written to {path}"])
    return 0


def _leaves_of(lab: Lab, number: int) -> Iterator[DigestLeaf]:
    after: UUID | None = None
    while page := lab.operations.digest_leaves(number, after=after):
        yield from page
        after = page[-1].run_id


def digest_list(session: Session) -> int:
    """List the digests, newest first."""
    with session.lab() as lab:
        found = lab.operations.digests(limit=session.args.limit)
    if session.json:
        session.emit(found)
        return 0
    rows = [
        [
            str(d.number),
            f"{d.issued_at.astimezone():%Y-%m-%d %H:%M:%S}",
            d.issued_by,
            f"{d.runs:,}",
            d.digest_hash.hex(),
        ]
        for d in found
    ]
    session.screen.show(render.table(("digest", "issued", "by", "runs", "hash"), rows, right=(0, 3)))
    return 0


# Commands: what is kept


def hold_place(session: Session) -> int:
    """Place a hold: what it covers is neither erased nor retired until it is released."""
    args = session.args
    if bool(args.run) == bool(args.project) or (args.run and args.config):
        raise UsageError("a hold on what?", "Give RUN; or --project WORKSPACE/NAME, with or without --config.")
    config = _held_config(args.config) if args.config else {}
    with session.lab() as lab:
        run_id = find_run(lab, args.run) if args.run else None
        project_id = find_project(lab, args.project) if run_id is None else lab.runs.get(run_id).project_id
        hold_id = lab.runs.place_hold(project_id, args.reason, run_id=run_id, **config)
    if session.json:
        session.emit({"hold_id": hold_id})
    else:
        session.screen.show([f"On hold: {hold_id}"])
    return 0


def _held_config(text: str) -> dict[str, Any]:
    match = re.fullmatch(r"([^/]+)/(.+)@([^@]+)", text)
    if match is None:
        raise UsageError(f"{text!r} is no config", "Write KIND/NAME@VERSION or KIND/NAME@LABEL.")
    kind, name, wanted = match.groups()
    return {"kind": kind, "name": name, **({"version": int(wanted)} if wanted.isdecimal() else {"label": wanted})}


def hold_release(session: Session) -> int:
    """Release a hold. What no other hold covers can be erased and retired again."""
    args = session.args
    with session.lab() as lab:
        lab.runs.release_hold(args.hold, args.reason)
    if session.json:
        session.emit({"hold_id": args.hold})
    else:
        session.screen.show([f"Released: {args.hold}"])
    return 0


def hold_list(session: Session) -> int:
    """List the holds in force."""
    args = session.args
    with session.lab() as lab:
        projects = {p.project_id: f"{p.workspace}/{p.name}" for p in lab.runs.projects()}
        found = lab.runs.holds(
            find_project(lab, args.project) if args.project else None,
            run_id=_any_run(lab, args.run) if args.run else None,
            with_released=args.all,
        )
    if session.json:
        session.emit(found)
        return 0
    rows = [_hold_row(hold, projects.get(hold.project_id, str(hold.project_id))) for hold in found]
    session.screen.show(render.table(("hold", "project", "on", "since", "by", "why", "released"), rows))
    return 0


def _any_run(lab: Lab, text: str) -> UUID:
    """A run; by its whole id also one of a project that the operator does not read."""
    try:
        return UUID(text)
    except ValueError:
        return find_run(lab, text)


def _hold_row(hold: Hold, project: str) -> list[str]:
    on = "all runs"
    if hold.run_id is not None:
        on = f"run {hold.run_id}"
    elif hold.kind is not None:
        on = f"{hold.kind}/{hold.name}@{hold.label if hold.version is None else hold.version}"
    over = hold.released_at
    released = "" if over is None else f"{over:%Y-%m-%d} {hold.released_by}: {hold.release_reason}"
    return [str(hold.hold_id), project, on, f"{hold.placed_at:%Y-%m-%d}", hold.placed_by, hold.reason, released]


def erase(session: Session) -> int:
    """Erase what a run that has ended says, or with --seq one event, for good. Its hashes stay, and prove it.

    Asks first; without a terminal, say --yes.
    """
    args = session.args
    with session.lab() as lab:
        run_id = _any_run(lab, args.run)
        what = f"run {run_id}" if args.seq is None else f"event {args.seq} of run {run_id}"
        if not (args.yes or _confirmed(session, f"Erase the content of {what}, for good?")):
            raise UsageError("nothing was erased", "Answer y, or say --yes.")
        if args.seq is None:
            erased = lab.runs.erase(run_id, args.reason)
        else:
            erased = lab.runs.erase_payload(run_id, args.seq, args.reason)
        away = _archive_id(lab, run_id) is not None
    if session.json:
        session.emit({"run_id": run_id, "seq": args.seq, **plain(erased)})
    elif away:
        session.screen.show([f"Recorded for {what}, which is archived: {REWRITE}", *_copies(erased)])
    else:
        session.screen.show([_erased_line(what, erased), *_copies(erased)])
    return 0


REWRITE = "its copy loses it with: hypermindlabs archive --rewrite"


def _confirmed(session: Session, question: str) -> bool:
    """Whether a person at the terminal says yes."""
    if not (sys.stdin.isatty() and session.progress.terminal):
        return False
    session.progress.show([f"{question} [y/N]"])
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _erased_line(what: str, erased: Erasure) -> str:
    counted = (erased.events, "event"), (erased.snapshots, "snapshot"), (erased.artifacts, "artifact")
    gone = [render.count(number, noun) for number, noun in counted if number]
    gone += ["input and metadata"] if erased.input else []
    return f"Erased of {what}: {', '.join(gone) or 'nothing that was not erased before'}"


def _copies(erased: Erasure) -> Iterator[str]:
    if erased.copies:
        yield "Forks may hold copies; erase them in the same way:"
        yield from (f"  {run_id}" for run_id in erased.copies)


# Commands: archives


def archive_(session: Session) -> int:
    """Write a month as Parquet files, read them back and prove them, and record the archive. The month stays here.

    Again, it goes on where it was killed. --list lists the archives, --verify proves one, --rewrite takes out of them
    what was erased since they were written.
    """
    args = session.args
    chosen = [name for name in ("list", "verify", "rewrite") if getattr(args, name)]
    if len(chosen) > 1 or (chosen in (["list"], ["verify"]) and args.period) or bool(args.to) == bool(chosen):
        hint = (
            "Write: archive PERIOD --to URL; archive --list; archive --verify ARCHIVE; or archive --rewrite [PERIOD]."
        )
        raise UsageError("archive what, and where?", hint)
    if chosen == ["list"]:
        return _archive_list(session)
    if chosen == ["verify"]:
        return _archive_verify(session)
    if chosen == ["rewrite"]:
        return _archive_rewrite(session)
    if args.period is None:
        raise UsageError("archive which month?", "Name it as 2026-01.")
    modules = _archive_modules()
    with session.lab() as lab, _working(session) as tell:
        done = modules.archive.archive_period(lab.router, args.period, args.to, tell)
    manifest = done.manifest
    if session.json:
        session.emit({**_manifest(manifest), "location": done.location, "new": done.new})
        return 0
    what = f"{render.count(manifest.figures['runs'], 'run')} with {render.count(manifest.figures['events'], 'event')}"
    session.screen.show(
        [
            f"{manifest.period:%Y-%m} {'is archived, and proved' if done.new else 'was archived before'}: {what}",
            *_archive_facts(manifest, done.location),
        ]
    )
    return 0


def _archive_modules() -> Any:
    """The modules that need the packages of the extra `archive`."""
    try:
        from . import archive, archive_place, archive_rewrite, restore
    except ModuleNotFoundError as error:
        hint = "Install them: pip install 'hypermindlabs[archive]'"
        raise UsageError(f"the packages of archives are missing: {error.name}", hint) from error
    return SimpleNamespace(
        archive=archive, archive_place=archive_place, archive_rewrite=archive_rewrite, restore=restore
    )


def _manifest(manifest: Manifest) -> dict[str, Json]:
    parsed: dict[str, Json] = json.loads(manifest.text())
    return parsed


def _archive_facts(manifest: Manifest, location: str) -> render.Lines:
    size = sum(file.bytes for file in manifest.files)
    return render.facts(
        (
            ("archive", str(manifest.archive_id)),
            ("in", location),
            ("files", f"{len(manifest.files):,}, {size:,} bytes"),
            ("Merkle root", manifest.figures["merkle_root"]),
        )
    )


def _archive_list(session: Session) -> int:
    with session.lab() as lab:
        found = lab.operations.archives()
    if session.json:
        session.emit(found)
        return 0
    head = ("period", "archive", "runs", "events", "archived", "by", "what to know", "location")
    session.screen.show(render.table(head, [_archive_row(archive) for archive in found], right=(2, 3)))
    return 0


def _archive_row(archive: Archive) -> list[str]:
    left = archive.erasures_now - archive.erasures
    note = f"lacks {render.count(left, 'erasure')}" if left else "-"
    return [
        f"{archive.period:%Y-%m}",
        str(archive.archive_id),
        f"{archive.runs:,}",
        f"{archive.events:,}",
        f"{archive.archived_at:%Y-%m-%d}",
        archive.archived_by,
        note if archive.superseded_by is None else f"superseded by {render.short_id(archive.superseded_by)}",
        archive.location,
    ]


def _archive_verify(session: Session) -> int:
    """Proves an archive: by its id the one that is recorded, by its URL without looking into the database."""
    args = session.args
    modules = _archive_modules()
    with _working(session) as tell:
        if re.fullmatch(r"[0-9a-fA-F-]{32,36}", args.verify):
            with session.lab() as lab:
                place, manifest = modules.archive.open_archive(_find_archive(lab, UUID(args.verify)))
        else:
            place = modules.archive_place.Place(args.verify)
            manifest = modules.archive.read_manifest(place)
        modules.archive.check(place, manifest, tell)
    if session.json:
        session.emit({**_manifest(manifest), "location": place.url, "valid": True})
        return 0
    what = f"{render.count(manifest.figures['runs'], 'run')} of {manifest.period:%Y-%m}"
    session.screen.show([f"intact  {what}", *_archive_facts(manifest, place.url)])
    return 0


def _find_archive(lab: Lab, archive_id: UUID) -> Archive:
    for archive in lab.operations.archives():
        if archive.archive_id == archive_id:
            return archive
    raise UsageError(f"there is no archive {archive_id}", "List them: hypermindlabs archive --list.", EXIT_REFUSED)


def _archive_rewrite(session: Session) -> int:
    """Writes those archives anew that lack erasures, and deletes the files of the superseded ones that do."""
    modules = _archive_modules()
    done, left = [], []
    with session.lab() as lab, _working(session) as tell:
        known = lab.operations.archives(session.args.period)
        for archive in known:
            if archive.superseded_by is None and archive.erasures != archive.erasures_now:
                done.append(modules.archive_rewrite.rewrite(lab.router, archive, tell))
        for archive in lab.operations.archives(session.args.period):
            if archive.superseded_by is not None and archive.erasures != archive.erasures_now:
                left += modules.archive_rewrite.delete_files(archive, tell)
    if session.json:
        session.emit({"rewritten": done, "not_deleted": left})
    else:
        session.screen.show([f"{r.supersedes} is superseded by {r.archive_id} in {r.location}" for r in done])
        session.screen.show([] if done else ["Nothing was erased that an archive still has."])
        session.screen.show([f"NOT DELETED  {file.why}" for file in left])
    return EXIT_BROKEN if left else 0


def restore_(session: Session) -> int:
    """Bring the archived runs of a month back, or one run. Each is proved; what was erased since stays erased.

    Again, it goes on with what is not here yet.
    """
    args = session.args
    modules = _archive_modules()
    with session.lab() as lab, _working(session) as tell:
        known = lab.operations.archives()
        if re.fullmatch(r"\d{4}-\d{2}", args.what):
            archive = _archive_of(known, _period(args.what))
            place, manifest = modules.archive.open_archive(archive, args.from_)
            done = modules.restore.restore_period(lab.router, place, manifest, tell)
        else:
            run_id, archive_id = _archived_run(lab, args.what)
            archive = next(archive for archive in known if archive.archive_id == archive_id)
            place, manifest = modules.archive.open_archive(archive, args.from_)
            done = modules.restore.restore_run(lab.router, place, manifest, run_id)
    if session.json:
        session.emit(done)
        return 0
    what = f"{render.count(done.runs, 'run')} with {render.count(done.events, 'event')}"
    session.screen.show([f"Restored, and proved: {what}", *_were_here(done.skipped)])
    return 0


def _were_here(skipped: int) -> Iterator[str]:
    if skipped:
        yield f"{render.count(skipped, 'run')} {'was' if skipped == 1 else 'were'} here."


def _archive_of(known: Sequence[Archive], period: date) -> Archive:
    for archive in known:  # the latest first
        if archive.period == period and archive.superseded_by is None:
            return archive
    raise UsageError(f"{period:%Y-%m} has no archive", "List them: hypermindlabs archive --list.", EXIT_REFUSED)


def _archived_run(lab: Lab, text: str) -> tuple[UUID, UUID]:
    run_id = _any_run(lab, text)
    archive_id = _archive_id(lab, run_id)
    if archive_id is None:
        raise UsageError(f"run {run_id} is here, or unknown", "There is nothing to restore.", EXIT_REFUSED)
    return run_id, archive_id


def _archive_id(lab: Lab, run_id: UUID) -> UUID | None:
    """The archive that has the rows of a run, where they are away and the caller sees its project."""
    query = "select archive_id from hypermind.run_summaries where run_id = %s"
    with lab.transaction() as tx:
        row = tx.connection.execute(query, (run_id,)).fetchone()
    return None if row is None else row[0]


@contextmanager
def _working(session: Session) -> Iterator[TellWork]:
    """Tells of long work: with a bar on a terminal, else with a line when something else begins."""
    if session.json:
        yield lambda what, done=0, total=None: None
    elif session.progress.terminal:
        with _bar(session, "") as bar:
            task = bar.add_task("", total=None)

            def tell(what: str, done: int = 0, total: int | None = None) -> None:
                bar.update(task, description=render.inert(what), completed=done, total=total)

            yield tell
    else:
        said: list[str] = []

        def say(what: str, done: int = 0, total: int | None = None) -> None:
            if said[-1:] != [what]:
                said.append(what)
                session.progress.show([what])

        yield say


# Commands: retention


def retention_plan(session: Session) -> int:
    """Show what the retention policies ask for, and what keeps it from being done. Nothing is done."""
    with session.lab() as lab:
        found = lab.operations.plan_retention(session.args.period)
    if session.json:
        session.emit(found)
    else:
        session.screen.show(_plan_table(found))
    return 0


def _plan_table(actions: Sequence[PlannedAction]) -> render.Lines:
    rows = [
        [
            f"{action.period:%Y-%m}",
            action.action,
            "the month" if action.run_id is None else str(action.run_id),
            f"{action.runs:,}",
            f"{action.events:,}",
            action.reason,
        ]
        for action in actions
    ]
    return render.table(("period", "action", "what", "runs", "events", "why"), rows, right=(3, 4))


HERE = ("erase", "detach")


def retention_apply(session: Session) -> int:
    """Do what is planned for a month, or for all: erase runs and detach months. Archiving and dropping are for you.

    Shows the plan and asks first; without a terminal, say --yes.
    """
    args = session.args
    done: list[PlannedAction] = []
    with session.lab() as lab:
        planned = [action for action in lab.operations.plan_retention(args.period) if action.action in HERE]
        if planned and not args.yes:
            session.progress.show(_plan_table(planned))
            if not _confirmed(session, "Do this?"):
                raise UsageError("nothing was done", "Answer y, or say --yes.")
        for period, plan in dict.fromkeys((action.period, action.plan) for action in planned):
            done += _when_free(session, partial(lab.operations.apply_retention, period, plan))
    if session.json:
        session.emit(done)
    elif done:
        session.screen.show(_plan_table(done))
    else:
        session.screen.show(["There was nothing to do."])
    return 0


def retention_detach(session: Session) -> int:
    """Take a month that is archived and proved out of the run tables. It is still in the database: attach undoes it."""
    return _move(session, "detached", "runs", lambda lab: lab.operations.detach_period)


def retention_attach(session: Session) -> int:
    """Put a month that was detached back into the run tables."""
    return _move(session, "attached", "runs", lambda lab: lab.operations.attach_period)


def retention_drop(session: Session) -> int:
    """Drop a month that was detached, for good: from then on its archive is the only copy.

    Asks first; without a terminal, say --yes.
    """
    period = session.args.period
    if not (session.args.yes or _confirmed(session, f"Drop {period:%Y-%m}, for good? Its archive has the only copy.")):
        raise UsageError("nothing was dropped", "Answer y, or say --yes.")
    return _move(session, "dropped", "bytes", lambda lab: lab.operations.drop_period)


def _move(session: Session, done: str, unit: str, move: Callable[[Lab], Callable[[date], int]]) -> int:
    period: date = session.args.period
    with session.lab() as lab:
        number = _when_free(session, partial(move(lab), period))
    if session.json:
        session.emit({"period": f"{period:%Y-%m}", "done": done, unit: number})
    else:
        session.screen.show([f"{period:%Y-%m} is {done}: {render.count(number, unit.removesuffix('s'))}."])
    return 0


BUSY_WAITS = (1, 2, 4, 8, 16, 30)  # seconds


def _when_free(session: Session, work: Callable[[], T]) -> T:
    """Does something that takes locks which it does not wait for: again and again, while the tables are busy."""
    for wait in BUSY_WAITS:
        try:
            return work()
        except psycopg.errors.LockNotAvailable:
            session.progress.show([f"The tables are busy: trying again in {wait} s."])
            time.sleep(wait)
    return work()


# Commands: operation


def maintain(session: Session) -> int:
    """Make months ahead, end runs whose claim has expired, refresh the stored figures, until nothing remains.

    For a timer: it may run twice at once. Exits with 1 when something could not be done.
    """
    done: dict[str, MaintenanceStep] = {}
    with session.lab() as lab, _calls(session) as tell:
        while True:
            steps = lab.operations.maintain()
            for step in steps:
                before = done[step.step].done if step.step in done else 0
                done[step.step] = dataclasses.replace(step, done=before + step.done)
            if not (any(step.done for step in steps) and any(step.remaining != 0 for step in steps)):
                break
            tell(steps)
    if session.json:
        session.emit(list(done.values()))
    else:
        rows = [[s.step, f"{s.done:,}", f"{s.failed:,}", _number(s.remaining), s.note or ""] for s in done.values()]
        session.screen.show(render.table(("step", "done", "failed", "left", "note"), rows, right=(1, 2, 3)))
    return EXIT_BROKEN if any(step.failed for step in done.values()) else 0


@contextmanager
def _calls(session: Session) -> Iterator[Callable[[Sequence[MaintenanceStep]], None]]:
    """Tells of calls of maintain() that leave something: with a bar on a terminal, else with a line each."""
    if session.json:
        yield lambda steps: None
    elif session.progress.terminal:
        with _bar(session, "maintaining") as bar:
            task = bar.add_task("maintaining", total=None)

            def tell(steps: Sequence[MaintenanceStep]) -> None:
                bar.advance(task, sum(step.done for step in steps))
                bar.update(task, total=bar.tasks[task].completed + sum(step.remaining or 0 for step in steps))

            yield tell
    else:
        yield lambda steps: session.progress.show([_told(steps)])


def _told(steps: Sequence[MaintenanceStep]) -> str:
    return ", ".join(f"{step.step}: {step.done:,} done, {_number(step.remaining)} left" for step in steps)


def _number(value: int | Decimal | None) -> str:
    return "-" if value is None else f"{value:,}"


def health(session: Session) -> int:
    """Show how the ledger is doing. Exits with 0 when all is well, 1 with a warning, 2 when something is critical."""
    # Not through the lab: a member of pg_monitor may call nothing else, not even what tells the schema's version.
    try:
        with psycopg.connect(session.target()) as connection:
            checks = OperationsManager(connection).health()
    except (psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedFunction) as error:
        raise SchemaBehind("the database has no hypermind schema, or an older one") from error
    if session.json:
        session.emit(checks)
    else:
        rows = [[c.check_name, c.verdict, _number(c.value), c.unit, c.hint or c.meaning] for c in checks]
        head = ("check", "verdict", "value", "unit", "what it means, or what to do")
        session.screen.show(render.table(head, rows, right=(2,), status=1))
    return max(metrics.VERDICTS[check.verdict] for check in checks)


def demo_(session: Session) -> int:
    """Record the sample run on the private server, replay it, fork it, and try to tamper with it."""
    if session.args.dsn:
        raise UsageError("demo runs on the private server: its last part needs a superuser", "Leave --dsn away.")
    return demo.run(session.screen, session.progress, session.json)


# Commands: contracts


def contracts_list(session: Session) -> int:
    """List the contracts: event types, and what projects say of their states, prompts, tools, agents and evaluators."""
    args = session.args
    with session.lab() as lab:
        projects = {p.project_id: f"{p.workspace}/{p.name}" for p in lab.runs.projects()}
        project = find_project(lab, args.project) if args.project else None
        found: list[EventType | Contract] = list(lab.contracts.event_types(project_id=project, latest=not args.all))
        for project_id in projects if project is None else (project,):
            found += lab.contracts.of_project(project_id, latest=not args.all)
    if session.json:
        session.emit([_contract(entry, projects) for entry in found])
        return 0
    head = ("contract of", "version", "project", "text", "columns", "about")
    session.screen.show(render.table(head, [_contract_row(entry, projects) for entry in found], right=(1,)))
    return 0


def _contract(entry: EventType | Contract, projects: dict[UUID, str]) -> dict[str, Json]:
    """The same members for every contract, for programs."""
    fields: dict[str, Json] = {"subject": _subject(entry), "project": None}
    if entry.project_id is not None:
        fields["project"] = projects.get(entry.project_id)
    fields |= {"columns": {}, "text_rule": None, **plain(entry)}
    fields.pop("event_type", None)
    return fields


def _contract_row(entry: EventType | Contract, projects: dict[UUID, str]) -> list[str]:
    fields = _contract(entry, projects)
    return [
        fields["subject"],
        str(entry.version),
        fields["project"] or "-",
        fields["text_rule"] or "-",
        ", ".join(sorted(fields["columns"])) or "-",
        _about(entry),
    ]


def _about(entry: EventType | Contract) -> str:
    """What a contract is about, as its schema says, or as its author said."""
    said = entry.schema.get("description") or entry.schema.get("title") if isinstance(entry.schema, dict) else None
    return said if isinstance(said, str) else entry.summary or ""


def _subject(entry: EventType | Contract) -> str:
    return entry.event_type if isinstance(entry, EventType) else entry.subject


def contracts_show(session: Session) -> int:
    """Show a contract: its schema, what it fills and makes searchable, and its versions."""
    args = session.args
    with session.lab() as lab:
        projects = {p.project_id: f"{p.workspace}/{p.name}" for p in lab.runs.projects()}
        project = find_project(lab, args.project) if args.project else None
        versions = _versions(lab, args.subject, project, projects)
    wanted = [v for v in versions if args.version in (None, v.version)]
    if not wanted:
        raise UsageError(
            f"{args.subject} has no version {args.version}", f"The latest is {versions[0].version}.", EXIT_REFUSED
        )
    entry, fields = wanted[0], _contract(wanted[0], projects)
    if session.json:
        session.emit({**fields, "versions": [{**_contract(v, projects), "schema": None} for v in versions]})
        return 0
    session.screen.show(
        render.facts(
            (
                ("contract of", fields["subject"]),
                ("version", f"{entry.version}{' (the latest)' if entry.is_latest else f' of {versions[0].version}'}"),
                ("project", fields["project"] or "all: it is of the ledger"),
                ("searchable", SEARCHABLE.get(fields["text_rule"], "nothing")),
                ("columns", ", ".join(f"{column} = {member}" for column, member in sorted(fields["columns"].items()))),
                ("registered", f"{entry.created_at.astimezone():%Y-%m-%d %H:%M:%S} by {entry.author}"),
                ("summary", entry.summary or ""),
            )
        )
    )
    session.screen.show(["", render.heading("Schema"), *render.schema(entry.schema, session.screen.width)])
    rows = [
        [
            str(v.version),
            f"{v.created_at.astimezone():%Y-%m-%d %H:%M}",
            v.author,
            "breaking" if v.breaking else "compatible" if v.version > 1 else "-",
            v.summary or "",
        ]
        for v in versions
    ]
    head = ("version", "registered", "by", "change", "summary")
    session.screen.show(["", render.heading("Versions"), *render.table(head, rows, right=(0,))])
    return 0


SEARCHABLE = {
    "messages": "the messages (text rule messages)",
    "tool": "the tool's call or result (text rule tool)",
    "all": "all text (text rule all)",
}


def _versions(
    lab: Lab, subject: str, project: UUID | None, projects: dict[UUID, str]
) -> Sequence[EventType] | Sequence[Contract]:
    """All versions of a contract, newest first. Where no project is named, there must be one such contract only."""
    if "." in subject:
        types = lab.contracts.event_types(project_id=project, event_type=subject, latest=False)
        owners = {t.project_id for t in types}
        found: list[Any] = types
    else:
        named = [project] if project is not None else list(projects)
        found = [c for p in named for c in lab.contracts.of_project(p, subject=subject, latest=False)]
        owners = {c.project_id for c in found}
    if not found:
        where = f" in {projects[project]}" if project in projects else ""
        hint = "List them: hypermindlabs contracts list."
        raise ContractNotFound(f"there is no contract of {subject}{where} that you may see", hint=hint)
    if len(owners) > 1:
        names = ", ".join(sorted(projects.get(owner, str(owner)) for owner in owners if owner is not None)[:4])
        raise UsageError(f"more than one project has a contract of {subject}: {names}", "Name one with --project.")
    return found


def contracts_register(session: Session) -> int:
    """Register a version of a contract: of an event type, or of a project's state, prompt, tool, agent or evaluator."""
    args = session.args
    schema = _read_json(args.schema)
    common = {"expected_version": args.expect_version, "breaking": args.breaking, "summary": args.summary}
    warnings: list[str] = []
    with session.lab() as lab:
        project = find_project(lab, args.project) if args.project else None
        if "." not in args.subject and project is None:
            raise UsageError(f"the contract of {args.subject} belongs to a project", "Name it with --project.")
        if "." not in args.subject and (args.column or args.text_rule):
            raise UsageError("only event types have columns and a text rule", "Leave --column and --text-rule away.")
        with lab.transaction() as tx, _notices(tx.connection, warnings):
            if "." in args.subject or project is None:
                known = [
                    t.version
                    for t in tx.contracts.event_types(project_id=project, event_type=args.subject)
                    if t.project_id in (None, project)
                ]
                version = tx.contracts.register_event_type(
                    args.subject,
                    schema,
                    project_id=project,
                    columns=dict(args.column),
                    text_rule=args.text_rule,
                    **common,
                )
            else:
                known = [c.version for c in tx.contracts.of_project(project, subject=args.subject)]
                version = tx.contracts.register(project, args.subject, schema, **common)
    registered = version not in known
    if session.json:
        session.emit({"subject": args.subject, "version": version, "registered": registered, "warnings": warnings})
        return 0
    session.progress.show([Text("warning: ", "yellow").append(render.one_line(w)) for w in warnings])
    said = "is registered" if registered else "is what was registered before: nothing is new"
    session.screen.show([f"Version {version} of {args.subject} {said}."])
    return 0


@contextmanager
def _notices(connection: psycopg.Connection[Any], said: list[str]) -> Iterator[None]:
    """Collects what the server remarks without refusing."""

    def remark(diagnostic: psycopg.errors.Diagnostic) -> None:
        said.append(diagnostic.message_primary or "")

    connection.add_notice_handler(remark)
    try:
        yield
    finally:
        connection.remove_notice_handler(remark)


def _read_json(path: Path) -> Json:
    """The JSON document of a file, or of standard input."""
    if path != STDIN:
        return parse(read_text(path), str(path))
    try:
        return parse(sys.stdin.buffer.read().decode("utf-8-sig"), STDIN_NAME)
    except UnicodeDecodeError:
        raise TraceFileError(STDIN_NAME, 0, "this is not UTF-8 text", "Convert it: iconv -t UTF-8.") from None


@contextmanager
def _open(path: Path) -> Iterator[tuple[BinaryIO, str, int | None]]:
    """A file, its name and its size in bytes; or standard input, whose size nobody knows."""
    if path == STDIN:
        yield sys.stdin.buffer, STDIN_NAME, None
        return
    try:
        file = path.open("rb")
    except OSError as error:
        hint = "Give the path of a readable file, or - for standard input."
        raise TraceFileError(str(path), 0, (error.strerror or str(error)).lower(), hint) from None
    with file:
        yield file, str(path), os.fstat(file.fileno()).st_size


def contracts_check(session: Session) -> int:
    """Try payloads against contracts, as a dry run in the database: nothing is written."""
    args = session.args
    if args.version is not None and args.type is None:
        raise UsageError("--version of which contract?", "Name it with --type.")
    if args.file == args.schema == STDIN:
        raise UsageError("payloads and schema cannot both be standard input", "Give one of them as a file.")
    schema = None if args.schema is None else _read_json(args.schema)
    with session.lab() as lab, _open(args.file) as (stream, name, size):
        project = find_project(lab, args.project) if args.project else None
        if args.schema is not None:
            check = contract_check.against_schema(lab, schema)
        elif args.type is not None:
            check = contract_check.against_subject(lab, args.type, project, args.version)
        else:
            check = contract_check.against_event_types(lab, project)
        whole = args.type is not None or args.schema is not None
        items = contract_check.payloads(stream, name, args.type) if whole else contract_check.events(stream, name)
        with _checking(session, name, size) as show:
            for findings in check.run(items):
                show([_finding(session, finding) for finding in findings], stream)
    return _show_tally(session, check.tally, "the schema" if args.schema is not None else None)


def _finding(session: Session, finding: contract_check.Finding) -> str:
    return render.dump(plain(finding)) if session.json else render.one_line(str(finding))


def _show_tally(session: Session, tally: contract_check.Tally, schema: str | None) -> int:
    if session.json:
        figures = {"payloads": tally.payloads, "meet": tally.meet, "break": tally.broken}
        session.emit({**figures, "no_contract": dict(sorted(tally.without.items()))})
    else:
        without = [f"{name} ({number:,})" for name, number in sorted(tally.without.items())]
        session.screen.show([render.one_line(f"no contract: {', '.join(without)}")] if without else [])
        session.screen.show([_tally_line(tally, schema)])
        if any(name.startswith("custom.") for name in tally.without) and session.args.project is None:
            session.progress.show(["Types that begin with custom. belong to a project: name it with --project."])
    return 0 if tally.meet == tally.payloads else EXIT_BROKEN


def _tally_line(tally: contract_check.Tally, schema: str | None) -> str:
    meet, broken, without = tally.meet, tally.broken, tally.without.total()
    met = schema or ("its contract" if meet == 1 else "their contracts")
    parts = [
        f"{meet:,} {'meets' if meet == 1 else 'meet'} {met}",
        f"{broken:,} {'does' if broken == 1 else 'do'} not",
    ]
    if without:
        parts.append(f"{without:,} {'has' if without == 1 else 'have'} no contract")
    return f"{render.count(tally.payloads, 'payload')}: {', '.join(parts)}"


Show = Callable[[list[str], BinaryIO], None]


@contextmanager
def _checking(session: Session, name: str, size: int | None) -> Iterator[Show]:
    """Shows lines as they come; of a long file on a terminal, also how far it is."""
    long = size is not None and size > LONG_FILE and session.progress.terminal and not session.json
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=session.progress.console, transient=True) if long else None
    task = None if bar is None else bar.add_task(f"checking {render.inert(name)}", total=size)

    def show(lines: list[str], stream: BinaryIO) -> None:
        if bar is not None and task is not None:
            bar.update(task, completed=stream.tell())
        if not lines:
            return
        if bar is not None:
            bar.stop()  # the lines may go to the same terminal
        if session.json:
            print("\n".join(lines))
        else:
            session.screen.show(lines)
        if bar is not None:
            bar.start()

    with nullcontext() if bar is None else bar:
        yield show


# The command line


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    top = argparse.ArgumentParser(
        prog="hypermindlabs",
        description="A ledger of agent runs: recorded once, replayed at any step, provably unchanged.",
        epilog="RUN is a run id, four or more of its first or last digits, or: last. Exit codes: 0 done, 1 verify, "
        "archive or restore found a change, check a payload that meets no contract or maintain something that it "
        "cannot do, 2 wrong usage, 3 the database refused, 4 no server, schema or connection, 5 a malformed file. "
        "health: 1 a warning, 2 critical.",
    )
    top.add_argument("--version", action="version", version=f"hypermindlabs {__version__}")
    _common(top, first=True)
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _server_commands(commands)
    _file_commands(commands)
    _run_commands(commands)
    _contract_commands(commands)
    _command(commands, "maintain", maintain)
    _command(commands, "health", health)
    _digest_commands(commands)
    _keeping_commands(commands)
    _archive_commands(commands)
    return top


Commands = Any  # argparse keeps the type of add_subparsers() private


def _server_commands(commands: Commands) -> None:
    _command(commands, "demo", demo_)
    _command(commands, "up", up)
    _command(commands, "down", down)
    _command(commands, "status", status)
    _command(commands, "deploy", deploy)
    p = _command(commands, "serve", serve)
    p.add_argument("--host", default="127.0.0.1", help="where to listen; default: %(default)s")
    p.add_argument("--port", type=_port, default=8321, help="default: %(default)s; 0: any that is free")
    p.add_argument(
        "--tokens", type=Path, metavar="FILE", help="who may ask: TOML with the hash and the role of each token"
    )
    p.add_argument("--role", help="the database role that requests run as, without --tokens; default: the connection's")


def _file_commands(commands: Commands) -> None:
    p = _command(commands, "import", import_)
    p.add_argument("files", metavar="FILE", nargs="+", type=Path, help=f"a trace: {', '.join(importers.FORMATS)}")
    p.add_argument("--project", metavar="WORKSPACE/NAME", default=DEFAULT_PROJECT, help="default: %(default)s")
    p.add_argument(
        "--create-project",
        action="store_true",
        help="make the project if there is none (on the private server it is made anyway)",
    )
    p.add_argument("--format", choices=list(importers.FORMATS), help="default: look into the file")
    p.add_argument("--agent", help="the agent, where the file does not say")
    p.add_argument("--model", help="the model, where the file does not say")
    p.add_argument("--tag", action="append", default=[], help="tag the runs; may be repeated")
    p = _command(commands, "export", export_)
    p.add_argument("runs", metavar="RUN", nargs="+")
    p.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: standard output")


def _run_commands(commands: Commands) -> None:
    p = _command(commands, "runs", runs)
    p.add_argument("--status", choices=["queued", "running", "paused", "completed", "failed", "cancelled"])
    p.add_argument("--mode", choices=["chat", "workflow", "batch", "compare", "replay", "evaluate"])
    p.add_argument("--agent")
    p.add_argument("--owner")
    p.add_argument("--tag", action="append", default=[], help="the run has it; may be repeated")
    p.add_argument("--config", metavar="KIND/NAME[@VERSION]", help="the run pinned it")
    p.add_argument("--parent", metavar="RUN", help="the run was forked from it, judges it or belongs to it")
    _filters(p, "the run was created", tool="one of its events names it")
    p = _command(commands, "search", search)
    p.add_argument("words", metavar="WORDS", nargs="+")
    p.add_argument("--type", action="append", metavar="TYPE", help="the event's type; may be repeated")
    p.add_argument("--run", metavar="RUN", help="only in this run")
    _filters(p, "its run was created", tool="the event names it")
    p = _command(commands, "stats", stats)
    p.add_argument("--by", action="extend", type=_groups, metavar="WHAT[,WHAT]", help=f"{', '.join(GROUPS)}, or: total")
    p.add_argument("--basis", choices=["run", "event"], help="count whole runs, or events; default: what --by needs")
    p.add_argument("--since", type=_day, metavar="DAY", help="the first, in UTC, such as 2026-07-31 or 7d (ago)")
    p.add_argument("--until", type=_day, metavar="DAY", help="the one after the last; default: tomorrow")
    _projects(p)
    p = _command(commands, "show", show, "RUN")
    p.add_argument("--from", dest="from_", metavar="SEQ", type=int, default=1)
    p.add_argument("--to", metavar="SEQ", type=int)
    p = _command(commands, "state", state, "RUN")
    p.add_argument("--at", metavar="SEQ", type=int, help="default: the last")
    p.add_argument("--diff", action="store_true", help="what the event changed")
    p = _command(commands, "diff", diff, "RUN")
    p.add_argument("a", metavar="SEQ", type=int)
    p.add_argument("b", metavar="SEQ", type=int)
    p = _command(commands, "replay", replay, "RUN")
    p.add_argument("--at", metavar="SEQ", type=int, help="default: the last")
    p.add_argument("--step", action="store_true", help="every event, with what it changed")
    p = _command(commands, "fork", fork, "RUN")
    p.add_argument("--at", metavar="SEQ", type=int, help="default: the last")
    p.add_argument("--patch", metavar="JSON", help="edit the state: a JSON Patch, a merge patch, or @FILE")
    p.add_argument("--pin", action="append", default=[], metavar="SLOT=KIND/NAME@VERSION", help="pin otherwise")
    p.add_argument("--tag", action="append", default=[])
    p = _command(commands, "verify", verify)
    p.add_argument("runs", metavar="RUN", nargs="*")
    p.add_argument("--all", action="store_true", help="every run, and the guards of the database")
    p.add_argument(
        "--digest",
        nargs="+",
        action="extend",
        default=[],
        type=Path,
        metavar="FILE",
        help="the runs of digests that were kept; with --all, of all digests up to the newest of them",
    )
    p.add_argument(
        "--export",
        nargs="+",
        action="extend",
        default=[],
        type=Path,
        metavar="FILE",
        help="the runs of files that export wrote, without a server",
    )


def _projects(p: argparse.ArgumentParser) -> None:
    p.add_argument("--project", metavar="WORKSPACE/NAME")
    p.add_argument("--workspace", metavar="WORKSPACE")


def _filters(p: argparse.ArgumentParser, when: str, tool: str) -> None:
    _projects(p)
    p.add_argument("--model")
    p.add_argument("--tool", help=tool)
    p.add_argument("--since", type=_moment, metavar="TIME", help=f"{when} then or later: 2026-07-31T09:00, or 2h (ago)")
    p.add_argument("--until", type=_moment, metavar="TIME", help=f"{when} before; m, h, d and w are ago")
    p.add_argument("--limit", type=_positive, default=20, metavar="N", help="default: %(default)s")
    p.add_argument("--cursor", help="where the page before ended, as it said")


def _contract_commands(commands: Commands) -> None:
    text = "List, show and register contracts of payloads, and check payloads against them. By itself: list."
    top = commands.add_parser("contracts", help=text, description=text)
    _common(top, first=False)
    top.set_defaults(do=contracts_list, project=None, all=False)
    sub = top.add_subparsers(title="commands", metavar="COMMAND")
    p = _command(sub, "list", contracts_list)
    p.add_argument("--project", metavar="WORKSPACE/NAME", help="only what holds there")
    p.add_argument("--all", action="store_true", help="every version, not only the latest")
    p = _command(sub, "show", contracts_show)
    p.add_argument("subject", metavar="TYPE", help=SUBJECTS)
    p.add_argument("--version", metavar="N", type=_positive, help="default: the latest")
    p.add_argument("--project", metavar="WORKSPACE/NAME", help="whose; where there is only one, it is found")
    p = _command(sub, "register", contracts_register)
    p.add_argument("subject", metavar="TYPE", help=SUBJECTS)
    p.add_argument("schema", metavar="SCHEMA_FILE", type=Path, help="a JSON Schema (draft 2020-12); - for stdin")
    p.add_argument("--project", metavar="WORKSPACE/NAME", help="for all but the event types of the whole ledger")
    p.add_argument(
        "--column",
        action="append",
        default=[],
        type=_column,
        metavar="COLUMN=MEMBER",
        help="the payload's member that fills model, tool, input_tokens, output_tokens or cost; may be repeated",
    )
    p.add_argument("--text-rule", choices=list(SEARCHABLE), help="what can be searched for; default: nothing")
    p.add_argument("--expect-version", metavar="N", type=int, help="refuse unless this is the latest; 0: none yet")
    p.add_argument("--breaking", action="store_true", help="what met the latest version may fail this one")
    p.add_argument("--summary", metavar="TEXT", help="what changed")
    p = _command(sub, "check", contracts_check)
    p.add_argument("file", metavar="FILE", type=Path, help="JSON Lines or a list, of events or payloads; - for stdin")
    against = p.add_mutually_exclusive_group()
    against.add_argument("--type", metavar="TYPE", help=f"of all payloads: {SUBJECTS}; default: FILE has events")
    against.add_argument("--schema", metavar="SCHEMA_FILE", type=Path, help="a schema that need not be registered")
    p.add_argument("--version", metavar="N", type=_positive, help="of the contract of --type; default: the latest")
    p.add_argument("--project", metavar="WORKSPACE/NAME", help="whose contracts hold, beside the ledger's")


def _digest_commands(commands: Commands) -> None:
    text = (
        "Issue digests of all runs, which prove later that nothing was changed; list and write them. By itself: issue."
    )
    top = commands.add_parser("digest", help=text, description=text)
    _common(top, first=False)
    top.set_defaults(do=digest)
    top.add_argument("-o", "--output", type=Path, metavar="FILE", help="a new file; default: digest-NUMBER.jsonl")
    sub = top.add_subparsers(title="commands", metavar="COMMAND")
    p = _command(sub, "list", digest_list)
    p.add_argument("--limit", type=_positive, default=20, metavar="N", help="default: %(default)s")
    p = _command(sub, "write", digest_write)
    p.add_argument("number", metavar="NUMBER", type=_positive)
    p.add_argument("-o", "--output", type=Path, metavar="FILE", default=argparse.SUPPRESS, help="a new file")


def _keeping_commands(commands: Commands) -> None:
    text = "List, place and release holds: what may be neither erased nor retired. By itself: list."
    top = commands.add_parser("hold", help=text, description=text)
    _common(top, first=False)
    top.set_defaults(do=hold_list, project=None, run=None, all=False)
    sub = top.add_subparsers(title="commands", metavar="COMMAND")
    p = _command(sub, "list", hold_list)
    p.add_argument("--project", metavar="WORKSPACE/NAME", help="only those of the project")
    p.add_argument("--run", metavar="RUN", help="only those that cover the run")
    p.add_argument("--all", action="store_true", help="those that are over, too")
    p = _command(sub, "place", hold_place)
    p.add_argument("run", metavar="RUN", nargs="?", help="the run; without it, all of the project")
    p.add_argument("--project", metavar="WORKSPACE/NAME")
    p.add_argument("--config", metavar="KIND/NAME@VERSION", help="the runs of --project that pinned it; or @LABEL")
    p.add_argument("--reason", metavar="TEXT", required=True, help="why; it is kept")
    p = _command(sub, "release", hold_release)
    p.add_argument("hold", metavar="HOLD", help="its id, as list shows it")
    p.add_argument("--reason", metavar="TEXT", required=True, help="why; it is kept")
    p = _command(commands, "erase", erase, "RUN")
    p.add_argument("--seq", metavar="SEQ", type=int, help="only this event; the run may be open")
    p.add_argument("--reason", metavar="TEXT", required=True, help="why; it is kept")
    p.add_argument("--yes", action="store_true", help="do not ask")


def _archive_commands(commands: Commands) -> None:
    p = _command(commands, "archive", archive_)
    p.add_argument("period", metavar="PERIOD", nargs="?", type=_period, help="a month that is over, such as 2026-01")
    p.add_argument("--to", metavar="URL", help="a path, or a URL such as s3://bucket/folder; it is recorded")
    p.add_argument("--list", action="store_true", help="what is archived, and where")
    p.add_argument("--verify", metavar="ARCHIVE", help="its id; or its URL, then the database is not asked")
    p.add_argument("--rewrite", action="store_true", help="take out what was erased since, of PERIOD or of all")
    p = _command(commands, "restore", restore_)
    p.add_argument("what", metavar="PERIOD|RUN", help="a month such as 2026-01, or a run")
    p.add_argument("--from", dest="from_", metavar="URL", help="where the archive is now, if it was moved")
    text = "Show and do what the retention policies ask for. By itself: plan."
    top = commands.add_parser("retention", help=text, description=text)
    _common(top, first=False)
    top.set_defaults(do=retention_plan, period=None)
    sub = top.add_subparsers(title="commands", metavar="COMMAND")
    for name, do in (("plan", retention_plan), ("apply", retention_apply)):
        p = _command(sub, name, do)
        p.add_argument("period", metavar="PERIOD", nargs="?", type=_period, help=f"{A_MONTH}; default: all")
        if do is retention_apply:
            p.add_argument("--yes", action="store_true", help="do not ask")
    for name, do in (("detach", retention_detach), ("attach", retention_attach), ("drop", retention_drop)):
        p = _command(sub, name, do)
        p.add_argument("period", metavar="PERIOD", type=_period, help=A_MONTH)
        if do is retention_drop:
            p.add_argument("--yes", action="store_true", help="do not ask")


A_MONTH = "a month such as 2026-01"


def _period(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").date()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no month, such as 2026-01") from None


SUBJECTS = "an event type, state, prompt, tool, agent or evaluator"


def _column(text: str) -> tuple[str, str]:
    column, equals, member = text.partition("=")
    if not (column and equals and member):
        raise argparse.ArgumentTypeError(f"{text!r} is not COLUMN=MEMBER, such as model=gen_ai.request.model")
    return column, member


_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _ago(text: str) -> datetime | None:
    match = re.fullmatch(r"(\d{1,5})([mhdw])", text)
    return None if match is None else datetime.now(UTC) - timedelta(**{_UNITS[match[2]]: int(match[1])})


def _moment(text: str) -> datetime:
    try:
        moment = _ago(text) or datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.astimezone()
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is no time, such as 2026-07-31, 2026-07-31T09:00Z or 2h") from None


def _day(text: str) -> date:
    try:
        ago = _ago(text)
        return date.fromisoformat(text) if ago is None else ago.date()
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is no day, such as 2026-07-31 or 7d") from None


def _groups(text: str) -> list[str]:
    groups = [group.strip().replace("-", "_") for group in text.split(",")]
    if unknown := [group for group in groups if group not in (*GROUPS, "total")]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(GROUPS)} and total")
    return groups


def _command(
    commands: Commands, name: str, do: Callable[[Session], int], positional: str | None = None
) -> argparse.ArgumentParser:
    text = " ".join((do.__doc__ or "").split())
    p: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    _common(p, first=False)
    p.set_defaults(do=do)
    if positional is not None:
        p.add_argument(positional.lower(), metavar=positional)
    return p


def _common(p: argparse.ArgumentParser, first: bool) -> None:
    """Options that stand before or after the command."""
    p.add_argument("--json", action="store_true", default=False if first else argparse.SUPPRESS, help="for programs")
    p.add_argument(
        "--dsn", metavar="DSN", default=None if first else argparse.SUPPRESS, help="the server; default: DATABASE_URL"
    )
    p.add_argument(
        "--debug", action="store_true", default=False if first else argparse.SUPPRESS, help="show where an error arose"
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to 65535")
    return int(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the answer is the exit code."""
    args = parser().parse_args(argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without UTF-8 shows what it can
    try:
        code: int = args.do(Session(args))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough. Nothing more is to be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_NO_READER
    except Exception as error:
        if args.debug:
            raise
        return _say(error)
    return code


def _say(error: Exception) -> int:
    """An error as one line, and what to do as a second one."""
    message, hint, code = _explain(error)
    print(f"hypermindlabs: {render.one_line(message)}", file=sys.stderr)
    for line in _particulars(error):
        print(f"  {render.one_line(line)}", file=sys.stderr)
    if hint:
        print(f"  {render.one_line(hint)}", file=sys.stderr)
    return code


def _explain(error: Exception) -> tuple[str, str | None, int]:
    if isinstance(error, UsageError):
        return str(error), error.hint, error.code
    if isinstance(error, TraceFileError):
        return str(error), error.hint, EXIT_BAD_FILE
    if isinstance(error, ArchiveError):
        return str(error), error.hint, EXIT_BROKEN if isinstance(error, ArchiveBroken) else EXIT_USAGE
    if isinstance(error, SchemaBehind):
        return _first_line(error), "Deploy it: hypermindlabs deploy; or: sqitch deploy.", EXIT_NO_SERVER
    if isinstance(error, EmbeddedError | deploying.DeployError):
        return str(error), None, EXIT_NO_SERVER
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        return (
            f"no connection: {_first_line(error).removeprefix('connection is bad: ')}",
            "Is the server up? hypermindlabs status",
            EXIT_NO_SERVER,
        )
    if isinstance(error, BreakingContract):
        return _first_line(error), "Make only optional things new, or say that it breaks: --breaking.", EXIT_REFUSED
    if isinstance(error, HypermindError):
        return _first_line(error), error.hint, EXIT_REFUSED
    if isinstance(error, psycopg.Error):
        return f"{_first_line(error)} ({error.sqlstate})", error.diag.message_hint, EXIT_REFUSED
    if isinstance(error, OSError):
        return f"{error.filename or ''}: {error.strerror or error}".lstrip(": "), None, EXIT_USAGE
    return f"{type(error).__name__}: {error}", "This is a mistake of ours; --debug shows where it arose.", EXIT_REFUSED


def _particulars(error: Exception) -> Iterator[str]:
    """Every violation of a contract, problem of a new version, reason to keep a month: one message cannot name all."""
    detail = error.detail if isinstance(error, ContractViolation | BreakingContract | PeriodKept) else {}
    for found in detail.get("violations", ()):
        yield f"{found['pointer'] or '(the whole)'}: {found['message']} ({found['keyword']})"
    for found in detail.get("problems", ()):
        yield f"{found['pointer'] or '(the whole)'}: {found['problem']}"
    for found in detail.get("reasons", ())[1:]:
        yield found["explanation"]


def _first_line(error: psycopg.Error) -> str:
    lines = (error.diag.message_primary or str(error)).splitlines()
    return lines[0] if lines else type(error).__name__


if __name__ == "__main__":
    sys.exit(main())
