"""What is erased is nowhere any more, all that is left is proved, and every state is either what it was or refused."""

from __future__ import annotations

import json
import os
import pty
import random
import subprocess
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import harness
import psycopg
import pytest
from conftest import Connection, TwoProjects
from test_cli import COMMAND, environment
from test_hash_chain import agrees, auditor

from hypermindlabs import Lab, connect, errors
from hypermindlabs.cli import main
from hypermindlabs.embedded import Server


@pytest.fixture(scope="module")
def alice(two_projects: TwoProjects) -> Iterator[Lab]:
    with connect(two_projects.dsn_of("alice")) as lab:
        yield lab


@pytest.fixture(scope="module")
def oscar(two_projects: TwoProjects) -> Iterator[Lab]:
    with connect(two_projects.dsn_of("oscar")) as lab:
        yield lab


@pytest.fixture(scope="module")
def audrey(two_projects: TwoProjects) -> Iterator[Connection]:
    with auditor(two_projects.dsn) as connection:
        yield connection


# Any run, any event of it


class Story:
    """A run with a word of its own in the content of every event, and forks of it that carry some of them on."""

    def __init__(self, lab: Lab, project: UUID, seed: int) -> None:
        self.lab, self.chance, self.prefix = lab, random.Random(seed), f"secret{seed}x"
        self.words: dict[tuple[UUID, int], str] = {}
        self.forks: list[UUID] = []
        self.run = lab.runs.create(project, "chat", input=self.said(), metadata={"title": self.word()})
        self.tell(self.run, 1)
        lab.runs.start(self.run)
        for _ in range(self.chance.randint(8, 16)):
            self.go_on(self.run)
        for fork in self.forks[:2]:
            for _ in range(self.chance.randint(0, 4)):
                self.go_on(fork)
        self.states = {run: self.states_of(run) for run in [self.run, *self.forks]}

    def word(self) -> str:
        """The word of the event that comes next; it is said in keys and values, in one piece and in another."""
        return f"{self.prefix}{len(self.words)}q"

    def said(self) -> dict[str, Any]:
        return {"content": f"I was told {self.word()}.", self.word(): [self.word()]}

    def tell(self, run: UUID, seq: int) -> None:
        self.words[run, seq] = self.word()

    def go_on(self, run: UUID) -> None:
        runs, known = self.lab.runs, self.lab.replay.state_at(run)
        what = self.chance.choice(
            ["merge", "merge", "patch", "patch", "move", "renew", "plain", "artifact", "snapshot", "fork"]
        )
        if what == "snapshot":
            runs.take_snapshot(run)
            return
        if what == "fork":
            if len(self.forks) < 3:
                at = self.chance.randint(1, runs.get(run).last_seq)
                self.forks.append(self.lab.replay.fork(run, at, state_patch={"patched": self.word()}))
                self.tell(self.forks[-1], 1)
            return
        if what == "artifact":
            runs.attach(run, "file", f"s3://{self.word()}", bytes(32), 1, metadata={"about": self.word()})
            self.tell(run, runs.get(run).last_seq)
            return
        delta: Any = {
            "merge": {f"m{self.chance.randint(1, 3)}": {self.word(): self.word()}},
            "patch": [{"op": "add", "path": f"/p{self.chance.randint(1, 3)}", "value": [self.word()]}],
            "move": [{"op": "move", "from": f"/{key}", "path": f"/{self.word()}"} for key in list(known)[:1]] or None,
            "renew": [{"op": "replace", "path": "", "value": {"new": self.word()}}],
            "plain": None,
        }[what]
        self.tell(run, runs.append(run, "message.added", self.said(), delta))

    def states_of(self, run: UUID) -> list[Any]:
        return [self.lab.replay.state_at(run, seq) for seq in range(self.lab.runs.get(run).last_seq + 1)]


def everything(dsn: str) -> str:
    """All rows of all tables of the ledger, as text."""
    with psycopg.connect(dsn) as connection:
        tables = connection.execute(
            """select c.oid::regclass::text from pg_class as c
               where c.relnamespace in ('hypermind'::regnamespace, 'hypermind_private'::regnamespace)
                 and c.relkind = 'r'"""
        ).fetchall()
        query = " union all ".join(f"select to_jsonb(t)::text from {table} as t" for (table,) in tables)
        return "\n".join(row for (row,) in connection.execute(query))


def dumped(server: Server, dsn: str) -> str:
    return harness.must([server.bin("pg_dump"), "--data-only", "--inserts"], harness.environment(dsn))


def check_states(story: Story) -> int:
    """Every state is what it was, or refused as erased; the number of those that are."""
    gone = 0
    for run, states in story.states.items():
        for seq, state in enumerate(states):
            try:
                assert story.lab.replay.state_at(run, seq) == state
            except errors.ContentErased as error:
                gone += 1
                assert error.detail["first_seq"] <= seq
                following = error.detail["next_seq"]
                assert following is None or story.lab.replay.state_at(run, following) is not None
    return gone


@pytest.mark.parametrize("seed", range(6))
def test_what_is_erased_is_nowhere(
    server: Server, two_projects: TwoProjects, alice: Lab, oscar: Lab, audrey: Connection, seed: int
) -> None:
    story = Story(alice, two_projects.a, seed)
    told = everything(two_projects.dsn)
    assert all(word in told for word in story.words.values())

    # Events one by one; their words go on in forks, which are named.
    erased: set[str] = set()
    chosen = story.chance.sample(sorted(story.words), k=min(4, len(story.words)))
    for run, seq in chosen:
        left = [(run, seq)]
        while left:
            found = oscar.runs.erase_payload(*left.pop(), "personal data")
            left += [(copy, 1) for copy in found.copies]
            erased.update(story.words[copy, 1] for copy in found.copies)
        erased.add(story.words[run, seq])
        told = everything(two_projects.dsn)
        assert not [word for word in erased if word in told]
        assert found.copies == []
    for run in story.states:
        agrees(audrey, run)
    before = check_states(story)

    # Words that were not erased are there, but for those in what went with them: a base state, an input.
    for run in story.states:
        for event in alice.runs.events(run, limit=1000):
            if event.payload is not None and (run, event.seq) in story.words and event.event_type == "message.added":
                assert story.words[run, event.seq] in told

    # The run goes on, ends, and is erased as a whole; then its forks.
    for run in story.states:
        alice.runs.append(run, "note.added", {}, {"after": True})
        if story.chance.random() < 0.5:
            alice.runs.append(run, "note.added", {}, [{"op": "add", "path": "", "value": {"again": run.hex}}])
            assert alice.replay.state_at(run) == {"again": run.hex}
        alice.runs.complete(run) if alice.runs.get(run).status == "running" else alice.runs.cancel(run)
    assert check_states(story) == before
    for run in [story.run, *story.forks]:
        oscar.runs.erase(run, "all of it")
    assert oscar.runs.erase(story.run, "once more").copies == []
    assert story.prefix not in everything(two_projects.dsn)
    assert story.prefix not in dumped(server, two_projects.dsn)
    for run in story.states:
        agrees(audrey, run)
    assert audrey.execute("select * from hypermind.check_integrity()").fetchall() == []


# The command line


Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cli(two_projects: TwoProjects, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cli:
    def call(*words: str, who: str = "oscar") -> tuple[int, str, str]:
        monkeypatch.setenv("DATABASE_URL", two_projects.dsn_of(who))
        code = main(words)
        said = capfd.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def run(two_projects: TwoProjects, alice: Lab) -> UUID:
    """A completed run of four events, with a snapshot."""
    alice.runs.register_config(two_projects.a, "prompt", "greeting", {"text": "Hello"})
    alice.runs.label_config(two_projects.a, "prompt", "greeting", "production", 1)
    pins = {"p": {"kind": "prompt", "name": "greeting", "label": "production"}}
    made = alice.runs.create(two_projects.a, "chat", configs=pins)
    alice.runs.start(made)
    alice.runs.append(made, "message.added", {"content": "quetzal"}, {"word": "quetzal"})
    alice.runs.complete(made)
    return made


def test_holds_are_placed_listed_and_released(cli: Cli, two_projects: TwoProjects, run: UUID) -> None:
    placed = []
    for words, on in (
        ((str(run),), f"run {run}"),
        (("--project", "lab/a"), "all runs"),
        (("--project", "lab/a", "--config", "prompt/greeting@1"), "prompt/greeting@1"),
        (("--project", "lab/a", "--config", "prompt/greeting@production"), "prompt/greeting@production"),
    ):
        code, out, _ = cli("hold", "place", *words, "--reason", "a \x1b[31mdispute", "--json")
        assert code == 0
        placed.append(json.loads(out)["hold_id"])
        for listing in (("hold",), ("hold", "list", "--run", str(run)), ("hold", "list", "--project", "lab/a")):
            code, out, _ = cli(*listing)
            (line,) = [each for each in out.splitlines() if each.startswith(placed[-1])]
            assert on in line and "a \\u001b[31mdispute" in line and "oscar" in line and "lab/a" in line
    assert cli("erase", str(run), "--reason", "why", "--yes")[0] == 3
    for hold in placed:
        assert cli("hold", "release", hold, "--reason", "settled") == (0, f"Released: {hold}\n", "")
    assert json.loads(cli("hold", "list", "--json")[1]) == []
    everyone = json.loads(cli("hold", "list", "--all", "--json")[1])
    assert {each["hold_id"] for each in everyone if each["release_reason"] == "settled"} >= set(placed)
    assert placed[0] in cli("hold", "list", "--all")[1]


def test_an_erasure_says_what_it_took(cli: Cli, alice: Lab, run: UUID) -> None:
    fork = alice.replay.fork(run, 3)
    assert cli("erase", str(run), "--seq", "3", "--reason", "why", "--yes") == (
        0,
        f"Erased of event 3 of run {run}: 1 event, 1 snapshot\n"
        f"Forks may hold copies; erase them in the same way:\n  {fork}\n",
        "",
    )
    code, out, _ = cli("erase", str(fork), "--seq", "1", "--reason", "a copy", "--yes", "--json")
    told = {"run_id": str(fork), "seq": 1, "events": 1, "snapshots": 1, "artifacts": 0, "input": True, "copies": []}
    assert (code, json.loads(out)) == (0, told)
    said = f"Erased of run {run}: 3 events, input and metadata\n"
    assert cli("erase", str(run), "--reason", "why", "--yes") == (0, said, "")
    again = f"Erased of run {run}: nothing that was not erased before\n"
    assert cli("erase", str(run), "--reason", "why", "--yes") == (0, again, "")
    assert cli("verify", str(run))[0] == 0
    for words in ("show", str(run)), ("state", str(run), "--at", "2"), ("export", str(run)):
        assert cli(*words)[0] == 0
    alice.runs.cancel(fork)


def test_what_may_not_be_is_refused(cli: Cli, alice: Lab, two_projects: TwoProjects, run: UUID) -> None:
    waiting = alice.runs.create(two_projects.a, "chat")
    for words, code, said in (
        (("erase", str(waiting), "--reason", "why", "--yes"), 3, "only a run that has ended can be erased"),
        (("erase", str(run), "--seq", "99", "--reason", "why", "--yes"), 3, "seq 99 is out of range"),
        (("erase", str(run), "--reason", "", "--yes"), 3, "p_reason has 0 characters"),
        (("erase", str(run), "--reason", "why"), 2, "nothing was erased"),
        (("hold", "place", "--reason", "why"), 2, "a hold on what?"),
        (("hold", "place", str(run), "--project", "lab/a", "--reason", "why"), 2, "a hold on what?"),
        (("hold", "place", "--project", "lab/a", "--config", "x", "--reason", "why"), 2, "is no config"),
        (("hold", "place", "--project", "lab/a", "--config", "prompt/x@1", "--reason", "why"), 3, "prompt x has no"),
        (("hold", "release", str(run), "--reason", "why"), 3, f"hold {run} does not exist"),
    ):
        answer = cli(*words)
        assert answer[0] == code and said in answer[2], (words, answer)
    assert "permission denied" in cli("erase", str(run), "--reason", "why", "--yes", who="alice")[2]
    assert "permission denied" in cli("hold", "place", str(run), "--reason", "why", who="alice")[2]
    assert cli("hold", who="carol")[0] == 0
    assert alice.runs.events(run)[2].payload == {"content": "quetzal"}
    alice.runs.cancel(waiting)


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("\n", 2), ("n\n", 2)])
def test_a_person_is_asked(two_projects: TwoProjects, alice: Lab, run: UUID, answer: str, code: int) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "erase", str(run), "--reason", "why"],
        env=environment(DATABASE_URL=two_projects.dsn_of("oscar"), TERM="xterm-256color"),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    )
    os.close(theirs)
    asked = b""
    while b"[y/N]" not in asked:
        asked += os.read(ours, 4096)
    os.write(ours, answer.encode())
    out, _ = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == code
    assert str(run) in asked.decode() and ("Erased of run" in out) == (code == 0)
    assert (alice.runs.events(run)[2].payload is None) == (code == 0)
