"""The main job on the sample run, told to a person: recorded, replayed at a step, forked, and proved unchanged.

Everything a client does here is done by a real client: a login role that is a member of the project and of
hypermind_operator. Only the tampering at the end is done by the superuser, in a transaction that is rolled back.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from rich.text import Text

from . import Lab, connect, embedded, importers, playground, render
from .embedded import Server
from .persistence import Run, Verification
from .replay_manager import ReplayManager

SAMPLE = "nightly_pipeline.json"
WORKSPACE, PROJECT = "demo", "pipelines"


@dataclass
class Story:
    """Prints the chapters, and keeps the facts for --json."""

    screen: render.Screen
    progress: render.Screen
    json: bool
    facts: dict[str, Any] = field(default_factory=dict)
    chapter: int = 0

    def head(self, title: str) -> None:
        """Begin a chapter."""
        self.chapter += 1
        self.show([Text(), Text().append(f"{self.chapter}  ", "bold cyan").append(title, "bold")])

    def show(self, lines: Sequence[Text | str]) -> None:
        """Print lines, but not when a program reads."""
        if not self.json:
            self.screen.show(lines)

    def done(self, text: str, note: str = "") -> None:
        """Something that worked."""
        self.show([Text().append("   ✓ ", "bold green").append(text).append(f"  {note}" if note else "", "dim")])

    @contextmanager
    def busy(self, text: str) -> Iterator[Callable[[str], None]]:
        """Something that may take a while, and can say how far it is."""
        if self.json or not self.progress.terminal:
            yield lambda news: None
        else:
            with self.progress.console.status(text) as status:
                yield status.update


def run(screen: render.Screen, progress: render.Screen, json: bool = False) -> int:
    """Tell the story; the answer is the exit code."""
    story = Story(screen, progress, json)
    story.show([Text("hypermindlabs: a ledger of agent runs in PostgreSQL", "bold")])
    server = _server(story)
    client, admin = playground.dsn(server), server.dsn(playground.DATABASE)
    with connect(client, max_size=2) as lab:
        recorded = _record(story, lab, _project(lab))
        at_seq, earlier_seq = _choose(lab, recorded)
        _show_state(story, lab, recorded, at_seq)
        _fork(story, lab, recorded, at_seq)
        _verify(story, lab, recorded)
    _refused(story, admin, client, recorded, at_seq)
    with psycopg.connect(admin, autocommit=True) as superuser:
        _tamper(story, superuser, recorded, at_seq)
    _next(story, recorded, earlier_seq)
    if json:
        print(render.dump(story.facts))
    return 0


# The chapters


def _server(story: Story) -> Server:
    story.head("A private PostgreSQL, and the schema in it")
    server = Server(embedded.default_home())
    started = time.monotonic()
    running = server.status().running
    with story.busy("starting PostgreSQL"):
        server.start()
    story.done(
        f"PostgreSQL {server.version} {'was running' if running else 'started'}",
        f"{server.home}, {time.monotonic() - started:.1f} s",
    )
    with story.busy("deploying the schema") as tell:
        deployed = playground.prepare(
            server, progress=lambda change, n, total: tell(f"deploying {n} of {total}: {change.name}")
        )
    if deployed.deployed:
        story.done(f"{len(deployed.deployed)} changes deployed and verified", f"{deployed.seconds:.1f} s")
    else:
        story.done(f"the schema is up to date: {deployed.already} changes")
    return server


def _project(lab: Lab) -> UUID:
    """The demo's project, with a role of its own that the client is a member of."""
    project_id = lab.runs.create_project(WORKSPACE, PROJECT, lab.runs.create_project_role(WORKSPACE, PROJECT))
    lab.runs.grant_project(project_id, playground.USER)
    return project_id


def _record(story: Story, lab: Lab, project_id: UUID) -> Run:
    (draft,) = importers.read(sample())
    story.head("Record a run")
    story.show([f"   {draft.title}."])
    started = time.monotonic()
    with lab.router.transaction() as connection:
        run_id = importers.record(connection, project_id, draft)
    seconds = time.monotonic() - started
    recorded = lab.runs.get(run_id)
    earlier = len(lab.runs.list(project_id=project_id, limit=1000)) - 1
    story.done(f"{recorded.events} events recorded in {seconds * 1000:.0f} ms, as {playground.USER}", str(run_id))
    context = lab.replay.resolve(run_id)
    pins = ", ".join(f"{c.kind} {c.name} v{c.version}" for c in context.configs if not c.slot.startswith("tool:"))
    tools = sum(c.slot.startswith("tool:") for c in context.configs)
    story.done(f"pinned: {pins}, {tools} tools", f"{recorded.input_tokens:,} + {recorded.output_tokens:,} tokens")
    if earlier:
        story.show([f"   {WORKSPACE}/{PROJECT} has {earlier} earlier {'run' if earlier == 1 else 'runs'}."])
    story.facts |= {"run_id": run_id, "events": recorded.events, "earlier_runs": earlier}
    story.show([Text(), *render.timeline(lab.replay.recorded(run_id), story.screen.width)])
    return recorded


def _choose(lab: Lab, recorded: Run) -> tuple[int, int]:
    """The step to look at, the answer that the guardrail stopped; and the one before it that changed the state."""
    events = lab.replay.recorded(recorded.run_id)
    at_seq = next(e.parent_seq for e in events if e.event_type == "guardrail.tripped")
    assert at_seq is not None
    return at_seq, max(e.seq for e in events if e.seq < at_seq and e.state_delta is not None)


def _show_state(story: Story, lab: Lab, recorded: Run, at_seq: int) -> None:
    run_id = recorded.run_id
    story.head(f"Stand at step {at_seq} again, where the agent wanted to delete")
    state, before = lab.replay.state_at(run_id, at_seq), lab.replay.state_at(run_id, at_seq - 1)
    patch = lab.replay.diff(run_id, at_seq - 1, at_seq)
    story.show(render.outline(state))
    story.show([Text(), Text(f"   Changed since step {at_seq - 1}", "bold"), *render.changes(patch, before)])
    story.facts |= {"at_seq": at_seq, "state": state, "diff": patch}


def _fork(story: Story, lab: Lab, recorded: Run, at_seq: int) -> None:
    story.head("Go on from there differently: fork the run, with an edited state")
    state = lab.replay.state_at(recorded.run_id, at_seq)
    edit = [
        {"op": "remove", "path": f"/messages/{len(state['messages']) - 1}"},
        {"op": "replace", "path": "/plan/2/status", "value": "todo"},
        {"op": "add", "path": "/constraints/-", "value": "no deletes in production: side table and swap"},
    ]
    story.show(render.changes(edit, state))
    child = lab.replay.fork(recorded.run_id, at_seq, state_patch=edit, metadata={"why": "no deletes in production"})
    story.done(f"forked at step {at_seq}, and ready to start", str(child))
    begins = lab.replay.state_at(child, 0)
    context = lab.replay.resolve(child)
    same = context.configs == lab.replay.resolve(recorded.run_id).configs
    story.done(
        f"it begins with {len(begins['messages'])} messages and {'the same' if same else 'other'} pinned configs"
    )
    story.facts |= {"fork": child, "fork_state": begins, "same_pins": same}


def _verify(story: Story, lab: Lab, recorded: Run) -> None:
    story.head("Prove that nothing changed")
    found = lab.replay.verify(recorded.run_id)
    digest = lab.replay.resolve(recorded.run_id).digest.hex()
    story.done(f"the chain of {found.events} events is intact", f"last hash {_hex(found)}")
    story.done("its replay digest is the same on every server, and after every dump", digest[:16])
    story.facts |= {"verified": found.valid, "last_hash": _hex(found, 64), "digest": digest}


def _refused(story: Story, owner_dsn: str, client_dsn: str, recorded: Run, at_seq: int) -> None:
    story.head("Try to change it")
    statement = "update hypermind.run_events set payload = '{}' where run_id = %s and seq = %s"
    story.show([f"   update hypermind.run_events set payload = '{{}}' where … and seq = {at_seq}"])
    refusals = []
    for who, dsn, role in (("the client", client_dsn, None), ("the schema's owner", owner_dsn, "hypermind_owner")):
        error = _attempt(dsn, role, statement, (recorded.run_id, at_seq))
        refusals.append({"who": who, "sqlstate": error.sqlstate, "message": error.diag.message_primary})
        story.done(f"refused to {who}: {error.diag.message_primary}", str(error.sqlstate))
    story.facts["refused"] = refusals


def _attempt(dsn: str, role: str | None, statement: sql.SQL | Any, params: Sequence[Any]) -> psycopg.Error:
    with psycopg.connect(dsn) as connection:
        if role is not None:
            connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
        try:
            connection.execute(statement, params)
        except psycopg.Error as error:
            return error
    raise AssertionError("the update was not refused")


def _tamper(story: Story, admin: psycopg.Connection[Any], recorded: Run, at_seq: int) -> None:
    story.head("A superuser tampers all the same")
    with admin.transaction() as transaction:
        leaf = _leaf(admin, recorded.run_id)
        admin.execute(sql.SQL("alter table {} disable trigger user").format(leaf))
        admin.execute(
            sql.SQL("update {} set payload = payload || %s::jsonb where run_id = %s and seq = %s").format(leaf),
            ('{"content": "I only looked at the data."}', recorded.run_id, at_seq),
        )
        found = _audit(admin, recorded.run_id)
        story.show(["   alter table … disable trigger user;  update … set payload = …;  verify_run(…)"])
        story.done(f"with the guards off step {at_seq} was rewritten, and it is found out:")
        story.show([Text(f"       seq {found.bad_seq} in {found.bad_object}: {render.one_line(found.problem)}", "red")])
        story.facts["tampering"] = {"bad_seq": found.bad_seq, "bad_object": found.bad_object, "problem": found.problem}
        raise psycopg.Rollback(transaction)
    again = _audit(admin, recorded.run_id)
    story.done("rolled back, and the chain is intact again", f"last hash {_hex(again)}")
    story.facts["intact_again"] = again.valid


def _audit(admin: psycopg.Connection[Any], run_id: UUID) -> Verification:
    """What an auditor finds, in the superuser's transaction: a superuser acts in no project by itself."""
    with admin.transaction():
        admin.execute("set local role hypermind_auditor")
        return ReplayManager(admin).verify(run_id)


def _leaf(admin: psycopg.Connection[Any], run_id: UUID) -> sql.Identifier:
    """The partition that holds the run's events."""
    row = admin.execute(
        "select n.nspname, c.relname from hypermind.run_events as e "
        "join pg_catalog.pg_class as c on c.oid = e.tableoid "
        "join pg_catalog.pg_namespace as n on n.oid = c.relnamespace where e.run_id = %s limit 1",
        (run_id,),
    ).fetchone()
    assert row is not None
    return sql.Identifier(*row)


def _next(story: Story, recorded: Run, seq: int) -> None:
    short, program = render.short_id(recorded.run_id), _program()
    commands = (
        (f"{program} replay {short} --step", "every event, with what it changed"),
        (f"{program} state {short} --at {seq} --diff", "any step, and the difference"),
        (f"{program} serve", "all of it on a page, in a browser"),
        (f"{program} import traces.json", "runs of your own: OpenAI chats, SWE-agent, JSON lines"),
    )
    story.show([Text(), Text("Try next", "bold")])
    width = max(len(command) for command, _ in commands)
    story.show([Text().append(f"   {c:<{width}}  ", "cyan").append(note, "dim") for c, note in commands])
    story.show([Text(), Text(f"   The server stays up; {program} down stops it.", "dim")])
    story.facts["next"] = [command for command, _ in commands]


def _program() -> str:
    """How to call this program from here: its name, or its path where the shell would not find it."""
    own = Path(sys.argv[0])
    if own.name != "hypermindlabs" or shutil.which("hypermindlabs") is not None:
        return "hypermindlabs"
    return os.path.relpath(own)


def _hex(found: Verification, digits: int = 16) -> str:
    return (found.last_hash or b"").hex()[:digits]


def sample() -> Path:
    """The sample run, in a checkout or in the installed package."""
    here = Path(__file__).parent
    return next(p for p in (here / "examples" / SAMPLE, here.parent / "examples" / SAMPLE) if p.exists())
