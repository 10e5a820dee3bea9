"""`hypermindlabs demo` in a new home, twice: what `make demo` shows."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import psycopg
import pytest
from conftest import only_with

from hypermindlabs import playground
from hypermindlabs.embedded import Server

Demo: TypeAlias = Callable[..., str]

pytestmark = only_with("wheel18", "the demo brings its own server, whichever is under test")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="hypermind-demo-"))
    folder.chmod(0o755)  # root's server runs as another user
    yield folder / "home"
    Server(folder / "home").stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def command(home: Path) -> Demo:
    def call(*words: str) -> str:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "DATABASE_"))}
        done = subprocess.run(
            [sys.executable, "-m", "hypermindlabs.cli", *words],
            env={**clean, "HYPERMIND_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout

    return call


@pytest.fixture(scope="module")
def first(command: Demo) -> str:
    return command("demo")


def test_it_tells_the_whole_story(first: str) -> None:
    chapters = re.findall(r"^\d  (.+)$", first, re.MULTILINE)
    assert [chapter.split(":")[0] for chapter in chapters] == [
        "A private PostgreSQL, and the schema in it",
        "Record a run",
        "Stand at step 26 again, where the agent wanted to delete",
        "Go on from there differently",
        "Prove that nothing changed",
        "Try to change it",
        "A superuser tampers all the same",
    ]
    assert re.search(r"✓ PostgreSQL \d+\.\d+ started", first)
    assert re.search(r"✓ \d+ changes deployed and verified", first)
    assert re.search(r"✓ 51 events recorded in \d+ ms, as playground  [0-9a-f-]{36}", first)


def test_it_shows_timeline_state_and_difference(first: str) -> None:
    assert re.search(r"^ 6 +\+1\.34s +model\.responded +I start with the state of the pipeline\.", first, re.MULTILINE)
    assert re.search(r"^17 +\+34\.64s +error\.raised +statement_timeout", first, re.MULTILINE)
    assert "  constraints  " in first
    assert '  ~ /plan/2/status  "todo"  → "doing"' in first


def test_it_forks_verifies_and_is_refused(first: str) -> None:
    assert re.search(r"✓ forked at step 26, and ready to start  [0-9a-f-]{36}", first)
    assert "10 messages and the same pinned configs" in first
    assert "✓ the chain of 51 events is intact" in first
    assert "✓ refused to the client: permission denied for table run_events  42501" in first
    assert re.search(r"✓ refused to the schema's owner: UPDATE on run_events_\w+ is refused.*  MH004", first)


def test_it_finds_the_tampering_and_takes_it_back(first: str) -> None:
    assert re.search(r"^ +seq 26 in run_events: ", first, re.MULTILINE)
    assert "✓ rolled back, and the chain is intact again" in first


def test_its_last_words_are_four_commands_that_work(first: str, command: Demo) -> None:
    after = first.split("Try next\n")[1]
    commands = re.findall(r"^   hypermindlabs (.+?)  ", after, re.MULTILINE)
    assert len(commands) == 4
    assert "guardrail.tripped" in command(*commands[0].split())
    assert "  + /findings/" in command(*commands[1].split())
    sample = Path(__file__).parents[1] / "examples/nightly_pipeline.json"
    assert commands[2:] == ["serve", "import traces.json"]
    assert [run["status"] for run in json.loads(command("import", str(sample), "--json"))] == ["completed"]


def test_again_it_starts_from_what_is_there(first: str, command: Demo) -> None:
    again = command("demo")
    assert re.search(r"✓ PostgreSQL \d+\.\d+ was running", again)
    assert "✓ the schema is up to date" in again
    assert "demo/pipelines has 2 earlier runs." in again
    facts = json.loads(command("demo", "--json"))
    assert (facts["earlier_runs"], facts["events"], facts["at_seq"]) == (4, 51, 26)
    assert facts["verified"] and facts["intact_again"] and facts["tampering"]["bad_seq"] == 26
    assert [r["sqlstate"] for r in facts["refused"]] == ["42501", "MH004"]
    everything = json.loads(command("verify", "--all", "--json"))
    assert all(run["valid"] for run in everything["runs"]) and everything["problems"] == []


def test_up_status_and_down(first: str, command: Demo, home: Path) -> None:
    assert json.loads(command("status", "--json"))["running"] is True
    up = command("up")
    assert "was running" in up and "export DATABASE_URL=" in up
    assert command("down") == f"The private server in {home} stopped; its data stays.\n"
    assert "was not running" in command("down")
    assert json.loads(command("status", "--json")) == {"home": str(home), "running": False, "pid": None}
    assert json.loads(command("up", "--json"))["deployed"] == []
    assert "demo/pipelines" in command("runs")


def test_the_schema_of_another_version_is_put_aside(
    first: str, command: Demo, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its data stays, in a database of another name."""
    server = Server(home)
    server.start()
    with psycopg.connect(server.dsn("playground"), autocommit=True) as admin:
        admin.execute("update sqitch.changes set script_hash = repeat('0', 40) where change = 'functions/append_event'")
        runs = admin.execute("select count(*) from hypermind.runs").fetchone()
    assert runs is not None and runs[0] >= 2
    assert playground.prepare(server).already == 0
    kept = re.search(r"another version of the schema; it is kept as (playground_[0-9_]+)\n", capsys.readouterr().err)
    assert kept is not None
    with psycopg.connect(server.dsn(kept[1]), autocommit=True) as admin:
        assert admin.execute("select count(*) from hypermind.runs").fetchone() == runs
    facts = json.loads(command("demo", "--json"))
    assert (facts["earlier_runs"], facts["events"]) == (0, 51)
    assert playground.prepare(server).deployed == ()
