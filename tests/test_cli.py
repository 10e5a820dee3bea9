"""The command line, as a person or a program calls it: a process of its own, real output, exit codes."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import pytest
from conftest import Connection, TwoProjects, only_with
from psycopg import sql

from hypermindlabs import importers
from hypermindlabs.cli import main
from hypermindlabs.contract_manager import ContractManager
from hypermindlabs.demo import sample
from hypermindlabs.replay_manager import ReplayManager
from hypermindlabs.run_manager import RunManager

pytestmark = only_with("wheel18", "the command is the same on any server")

SCRIPT = Path(sys.executable).with_name("hypermindlabs")
COMMAND = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "hypermindlabs.cli"]
HOSTILE = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b0m \u202etxt.exe \r\n\t\x00\ud83d[/]"


class Cli(Protocol):
    def __call__(self, *words: str, code: int = 0, dsn: str | None = ...) -> subprocess.CompletedProcess[str]: ...


def environment(**more: str) -> dict[str, str]:
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("PG", "DATABASE_", "HYPERMIND_"))
    }
    return {**clean, "COLUMNS": "80", **more}


@pytest.fixture(scope="module")
def cli(two_projects: TwoProjects, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """The command, for alice unless another server is named; it has to end with `code`."""
    home = str(tmp_path_factory.mktemp("nobody") / "home")

    def call(
        *words: str, code: int = 0, dsn: str | None = two_projects.dsn_of("alice")
    ) -> subprocess.CompletedProcess[str]:
        given = {} if dsn is None else {"DATABASE_URL": dsn}
        done = subprocess.run(
            [*COMMAND, *words],
            env=environment(HYPERMIND_HOME=home, **given),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    return call


@pytest.fixture
def inside(two_projects: TwoProjects, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cli:
    """The same in this process, which takes a tenth of the time."""

    def call(
        *words: str, code: int = 0, dsn: str | None = two_projects.dsn_of("alice")
    ) -> subprocess.CompletedProcess[str]:
        assert dsn is not None
        monkeypatch.setenv("DATABASE_URL", dsn)
        try:
            returned = main(words)
        except SystemExit as ended:  # argparse refuses what it cannot read
            assert isinstance(ended.code, int)
            returned = ended.code
        said = capfd.readouterr()
        assert returned == code, f"{words}: {returned}\n{said.out}\n{said.err}"
        return subprocess.CompletedProcess(words, returned, said.out, said.err)

    return call


@pytest.fixture(scope="module")
def alice(two_projects: TwoProjects) -> Connection:
    return two_projects.connect("alice")


@pytest.fixture(scope="module")
def run_id(two_projects: TwoProjects, alice: Connection) -> str:
    """The sample run, recorded."""
    (draft,) = importers.read(sample())
    return str(importers.record(alice, two_projects.a, draft))


def refused(done: subprocess.CompletedProcess[str]) -> tuple[str, str]:
    """An error is one line, and a hint below it."""
    first, hint = done.stderr.splitlines()
    assert first.startswith("hypermindlabs: ") and hint.startswith("  ")
    assert done.stdout == ""
    return first.removeprefix("hypermindlabs: "), hint.strip()


# What there is


def test_show_is_a_timeline_nested_by_parent(cli: Cli, run_id: str) -> None:
    out = cli("show", run_id).stdout
    assert f"run      {run_id}\n" in out
    assert "prompt = prompt/pipeline-doctor v2" in out
    asked, answered, called, returned = (
        next(line for line in out.splitlines() if re.match(rf" *{seq} ", line)) for seq in (5, 6, 7, 8)
    )
    assert "  model.requested " in asked and "    model.responded " in answered
    assert "      tool.called " in called and "        tool.returned " in returned
    assert "[1,830 → 41 tokens, cost 0.0050]" in answered
    assert "pipeline_status(dag=orders_daily, date=2025-03-11)" in called
    assert re.match(r" 5   \+0.03s   \+0.02s +1.31s  ", asked) and re.match(r" 8   \+1.64s   \+0.28s {10}", returned)
    assert out.splitlines()[-1].lstrip().startswith("51 ")


def test_show_for_programs_has_depths_gaps_and_durations(inside: Cli, run_id: str) -> None:
    events = json.loads(inside("show", run_id, "--from", "5", "--to", "8", "--json").stdout)["events"]
    assert [(event["seq"], event["depth"]) for event in events] == [(5, 0), (6, 1), (7, 2), (8, 3)]
    assert [event["gap"] for event in events[1:]] == [event["duration"] for event in events[:-1]]
    assert events[-1]["duration"] is None
    # The nesting is that of the run, also where its beginning is not shown.
    assert "        tool.returned" in inside("show", run_id, "--from", "8", "--to", "8").stdout


def test_into_a_pipe_there_is_no_colour_and_no_line_is_cut_to_a_width(cli: Cli, run_id: str) -> None:
    out = cli("show", run_id).stdout
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) > 100


def test_on_a_terminal_there_is_colour_and_lines_fit(run_id: str, two_projects: TwoProjects) -> None:
    text = on_a_terminal(two_projects, "show", run_id)
    assert "\x1b[" in text
    assert max(len(plain(line)) for line in text.split("\r\n")) <= 80


def on_a_terminal(two_projects: TwoProjects, *words: str) -> str:
    """What the command writes to a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    subprocess.run(
        [*COMMAND, *words],
        env=environment(DATABASE_URL=two_projects.dsn_of("alice"), TERM="xterm-256color"),
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    os.close(theirs)
    out = b""
    while chunk := _read(ours):
        out += chunk
    return out.decode()


def plain(line: str) -> str:
    """A line without its colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", line)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""


def test_runs_lists_newest_first_with_filters(
    inside: Cli, alice: Connection, two_projects: TwoProjects, run_id: str
) -> None:
    newer = RunManager(alice).create(two_projects.a, "batch", agent="pager", owner="ops")
    listed = [run["run_id"] for run in json.loads(inside("runs", "--json", "--limit", "2").stdout)]
    assert listed[0] == str(newer)
    out = inside("runs", "--status", "completed", "--project", "lab/a").stdout
    head, *rows = out.splitlines()
    assert head.split()[:3] == ["run", "status", "project"]
    assert [row for row in rows if run_id[-8:] in row and "26,452" in row and "0.0711" in row]
    assert "queued" not in out
    assert json.loads(inside("runs", "--json", "--owner", "ops").stdout)[0]["agent"] == "pager"
    first, second = (json.loads(inside("runs", "--json", "--limit", n).stdout) for n in ("1", "2"))
    assert json.loads(inside("runs", "--json", "--limit", "1", "--cursor", first[0]["cursor"]).stdout) == second[1:]


def test_a_run_is_named_by_its_last_or_first_digits_or_last(
    inside: Cli, alice: Connection, two_projects: TwoProjects, run_id: str
) -> None:
    for name in (run_id, run_id.upper(), run_id[-6:], run_id.replace("-", "")[-20:], run_id[:-4]):
        assert json.loads(inside("show", name, "--json").stdout)["run"]["run_id"] == run_id
    newest = RunManager(alice).create(two_projects.a, "chat")
    assert json.loads(inside("show", "last", "--json").stdout)["run"]["run_id"] == str(newest)
    message, _ = refused(inside("show", run_id[:6], code=2))
    assert "fits more than one run" in message and run_id in message
    assert "no run id" in refused(inside("show", "run-7", code=2))[0]
    assert "no run id" in refused(inside("show", "abc", code=2))[0]
    assert "has an id like" in refused(inside("show", "00000000000", code=3))[0]


def test_runs_are_filtered_by_all_that_describes_them(
    inside: Cli, alice: Connection, two_projects: TwoProjects, run_id: str
) -> None:
    child = str(ReplayManager(alice).fork(UUID(run_id), 5, tags=["again"]))

    def listed(*words: str) -> list[str]:
        return [run["run_id"] for run in json.loads(inside("runs", "--json", "--limit", "1000", *words).stdout)]

    assert child in listed("--parent", run_id[-12:]) and run_id not in listed("--parent", run_id)
    assert child in listed("--tag", "again") and child not in listed("--tag", "again", "--tag", "nightly")
    assert run_id in listed("--config", "prompt/pipeline-doctor@2")
    assert run_id in listed("--config", "prompt/pipeline-doctor") and listed("--config", "prompt/none") == []
    assert run_id not in listed("--config", "prompt/pipeline-doctor@1")
    assert run_id in listed("--tool", "run_sql", "--model", "gpt-4o-2024-08-06", "--agent", "pipeline-doctor")
    assert child not in listed("--tool", "run_sql", "--mode", "replay")
    assert listed("--workspace", "none") == [] and child in listed("--workspace", "lab", "--status", "queued")
    started = days_of_runs(inside)[run_id]
    assert run_id in listed("--since", "1h") and listed("--until", "1h") == []
    assert run_id in listed("--since", f"{started}T00:00Z") and listed("--until", "2026-01-01") == []
    assert inside("runs", "--owner", "nobody").stderr == "No such runs.\n"


def days_of_runs(inside: Cli) -> dict[str, str]:
    found = json.loads(inside("runs", "--json", "--limit", "1000").stdout)
    return {
        run["run_id"]: datetime.fromisoformat(run["created_at"]).astimezone(UTC).date().isoformat() for run in found
    }


def test_a_page_says_how_the_next_one_is_asked_for(inside: Cli, run_id: str) -> None:
    for words in (("runs",), ("search", "orders")):
        pages = []
        more: tuple[str, ...] = ()
        for _ in range(2):
            done = inside(*words, "--limit", "1", *more)
            head, *hint = done.stderr.split()[-2:]
            assert head == "--cursor" and done.stderr.startswith("For more, add: ")
            more = (head, *hint)
            pages.append(done.stdout.splitlines()[-1])
        assert len(set(pages)) == 2
        assert "For more" not in inside(*words, "--limit", "1000").stderr


def test_state_and_what_an_event_changed(inside: Cli, run_id: str) -> None:
    state = json.loads(inside("state", run_id, "--at", "17").stdout)
    assert state["budget"]["retries_left"] == 1
    out = inside("state", run_id, "--at", "17", "--diff").stdout
    assert "Changed by 17\n  error.raised  statement_timeout" in out
    assert out.endswith("  ~ /budget/retries_left  2  → 1\n")
    both = json.loads(inside("state", run_id, "--at", "17", "--diff", "--json").stdout)
    assert both["diff"] == [{"op": "replace", "path": "/budget/retries_left", "value": 1}]
    assert both["state"] == state and both["seq"] == 17
    assert "did not change" in inside("state", run_id, "--at", "5", "--diff").stdout
    assert json.loads(inside("state", run_id, "--at", "0").stdout) == {}


def test_diff_between_any_two_events(inside: Cli, run_id: str) -> None:
    forwards, backwards = (
        json.loads(inside("diff", run_id, *ab, "--json").stdout) for ab in (("16", "17"), ("17", "16"))
    )
    assert [forwards[0]["value"], backwards[0]["value"]] == [1, 2]
    assert inside("diff", run_id, "17", "16").stdout == "  ~ /budget/retries_left  1  → 2\n"


def test_replay_gives_the_context_and_step_gives_every_event(inside: Cli, run_id: str) -> None:
    context = json.loads(inside("replay", run_id, "--at", "17", "--json").stdout)
    assert context["at_seq"] == 17 and len(context["digest"]) == 64
    assert [c["version"] for c in context["configs"] if c["slot"] == "prompt"] == [2]
    out = inside("replay", run_id, "--at", "17").stdout
    assert f"digest         {context['digest']}" in out
    steps = inside("replay", run_id, "--at", "17", "--step").stdout
    assert len(re.findall(r"^ ?\d+ .* (\w+\.\w+)", steps, re.MULTILINE)) == 17
    assert '"sqlstate": "57014"' in steps and "~ /budget/retries_left  2  → 1" in steps
    events = [
        json.loads(line) for line in inside("replay", run_id, "--at", "17", "--step", "--json").stdout.splitlines()
    ]
    assert [e["event"]["seq"] for e in events] == list(range(1, 18))
    assert events[-1]["state"] == context["state"]


def test_fork_with_an_edited_state_and_another_pin(inside: Cli, run_id: str, tmp_path: Path) -> None:
    patch = tmp_path / "patch.json"
    patch.write_text('[{"op": "replace", "path": "/stage", "value": "again"}]')
    made = json.loads(
        inside(
            *(
                "fork",
                run_id,
                "--at",
                "17",
                "--patch",
                f"@{patch}",
                "--pin",
                "prompt=prompt/pipeline-doctor@1",
                "--json",
            )
        ).stdout
    )
    assert made["parent_run_id"] == run_id and made["state"]["stage"] == "again"
    child = json.loads(inside("show", made["run_id"], "--json").stdout)
    assert [p["version"] for p in child["pins"] if p["slot"] == "prompt"] == [1]
    assert "forked from" in inside("show", made["run_id"]).stdout
    assert "(edited)" in inside("fork", run_id, "--patch", '{"note": "x"}').stdout
    assert "(as it was)" in inside("fork", run_id, "--pin", "prompt=prompt/pipeline-doctor@production").stdout


def test_verify_says_what_is_broken_and_exits_1(
    cli: Cli, inside: Cli, admin_conn: Connection, alice: Connection, two_projects: TwoProjects
) -> None:
    runs = RunManager(alice)
    run_id = runs.create(two_projects.a, "chat")
    for n in range(4):
        runs.append(run_id, "custom.step", {"n": n})
    assert inside("verify", str(run_id)).stdout.startswith(f"intact  {run_id}  5 events  ")
    tamper(admin_conn, run_id, 3, '{"n": 9}')
    out = cli("verify", str(run_id), code=1).stdout
    assert out.startswith(f"BROKEN  {run_id}  seq 3 in run_events: ")
    (found,) = json.loads(inside("verify", str(run_id), "--json", code=1).stdout)
    assert (found["valid"], found["bad_seq"]) == (False, 3)
    auditor = two_projects.dsn_of("audrey")
    everything = json.loads(inside("verify", "--all", "--json", code=1, dsn=auditor).stdout)
    assert [r["run_id"] for r in everything["runs"] if not r["valid"]] == [str(run_id)]
    tamper(admin_conn, run_id, 3, '{"n": 1}')
    assert "runs verified" in inside("verify", "--all", dsn=auditor).stdout


def tamper(admin: Connection, run_id: UUID, seq: int, payload: str) -> None:
    """What only a superuser can do, past every guard."""
    with admin.transaction():
        row = admin.execute(
            "select tableoid::regclass::oid from hypermind.run_events where run_id = %s", (run_id,)
        ).fetchone()
        assert row is not None
        names = admin.execute("select tgname from pg_trigger where tgrelid = %s and not tgisinternal", row).fetchall()
        leaf = _identifier(admin, row[0])
        admin.execute(sql.SQL("alter table {} disable trigger user").format(leaf))
        admin.execute(
            sql.SQL("update {} set payload = %s where run_id = %s and seq = %s").format(leaf), (payload, run_id, seq)
        )
        for (name,) in names:
            admin.execute(sql.SQL("alter table {} enable always trigger {}").format(leaf, sql.Identifier(name)))


def _identifier(admin: Connection, oid: int) -> sql.Identifier:
    row = admin.execute(
        "select relnamespace::regnamespace::text, relname from pg_class where oid = %s", (oid,)
    ).fetchone()
    assert row is not None
    return sql.Identifier(*row)


# Search and figures


def test_search_shows_a_line_for_each_event(inside: Cli, run_id: str) -> None:
    out = inside("search", "statement", "timeout", "--run", run_id, "--type", "tool.returned").stdout
    (line,) = out.splitlines()
    day, time_, run, seq, event_type, text = line.split(maxsplit=5)
    assert datetime.fromisoformat(f"{day}T{time_}") and (run, seq, event_type) == (run_id[-8:], "18", "tool.returned")
    assert "⟦statement⟧ ⟦timeout⟧" in text
    everywhere = json.loads(inside("search", "statement timeout", "--json").stdout)
    assert {"seq", "snippet", "truncated", "cursor"} <= everywhere[0].keys()
    assert run_id in [hit["run_id"] for hit in everywhere]


def test_search_has_phrases_alternatives_and_exclusions(inside: Cli, run_id: str) -> None:
    def seqs(*words: str) -> set[int]:
        found = json.loads(inside("search", "--json", "--limit", "1000", "--run", run_id, *words).stdout)
        return {hit["seq"] for hit in found}

    assert seqs('"statement timeout"') and not seqs('"timeout statement"')
    assert seqs("finance", "or", "vendor") == seqs("finance") | seqs("vendor")
    assert seqs("--", "orders", "-warehouse") == seqs("orders") - seqs("warehouse")
    assert seqs("orders", "--tool", "run_sql") < seqs("orders")
    assert seqs("orders", "--until", "1d") == set()
    assert inside("search", "zeppelin").stderr == "Nothing was found.\n"


def test_on_a_terminal_what_was_found_is_bold_and_in_sight(
    alice: Connection, two_projects: TwoProjects, run_id: str
) -> None:
    runs = RunManager(alice)
    long = runs.create(two_projects.a, "chat")
    words = " ".join(f"word{n}" for n in range(12))
    runs.append(long, "message.added", {"role": "user", "content": f"{words} haystack-needle {words}"})
    lines = on_a_terminal(two_projects, "search", "needle").splitlines()
    assert "\x1b[1mneedle\x1b[0m" in lines[0]
    assert "…" in plain(lines[0]) and len(plain(lines[0])) <= 80
    assert not re.search("[⟦⟧]", on_a_terminal(two_projects, "search", "orders"))


def test_stats_are_a_table_that_says_what_it_counts(cli: Cli, inside: Cli, run_id: str) -> None:
    title, _, head, *rows = cli("stats", "--by", "project,status").stdout.splitlines()
    assert title.startswith("Runs by the day they started")
    assert head.split()[:4] == ["project", "status", "runs", "events"]
    assert [row.split()[:2] for row in rows if "completed" in row] == [["lab/a", "completed"]]
    tools = inside("stats", "--by", "tool", "--by", "event-type").stdout.splitlines()
    assert tools[0].startswith("Events by the day they happened")
    total = json.loads(inside("stats", "--by", "total", "--json").stdout)
    by_day = json.loads(inside("stats", "--json").stdout)
    assert {figures["day"] for figures in by_day} == set(days_of_runs(inside).values())
    assert [figures["runs"] for figures in total] == [sum(figures["runs"] for figures in by_day)]
    old = inside("stats", "--basis", "event", "--since", "2025-03-01", "--until", "2025-04-01", "--project", "lab/a")
    assert "from 2025-03-01 to before 2025-04-01 (UTC)" in old.stdout and "There were none." in old.stderr


# Files


def test_import_and_export_go_round(cli: Cli, inside: Cli, run_id: str, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    inside("export", run_id, "-o", str(path))
    assert cli("export", run_id).stdout == path.read_text()
    (done,) = json.loads(inside("import", str(path), "--project", "lab/a", "--tag", "again", "--json").stdout)
    assert (done["events"], done["status"]) == (51, "completed")
    again = json.loads(inside("show", done["run_id"], "--json").stdout)["run"]
    assert again["tags"][-1] == "again"


def test_import_tells_what_it_did(inside: Cli, tmp_path: Path) -> None:
    path = tmp_path / "chat.json"
    path.write_text(json.dumps([{"messages": [{"role": "user", "content": "Hi"}], "id": 1}] * 3))
    done = inside("import", str(path), "--project", "lab/a", "--agent", "greeter", "--model", "m-1")
    assert len(done.stdout.splitlines()) == 4 and done.stdout.count("completed") == 3
    assert "3 runs with 12 events in lab/a" in done.stderr
    run = json.loads(inside("runs", "--limit", "1", "--json").stdout)[0]
    assert (run["agent"], run["model"]) == ("greeter", "m-1")


def test_a_malformed_file_is_refused_as_a_whole(inside: Cli, tmp_path: Path) -> None:
    path = tmp_path / "chat.json"
    path.write_text('[{"messages": []},\n{"messages": 1}]')
    before = inside("runs", "--json").stdout
    message, hint = refused(inside("import", str(path), "--project", "lab/a", code=5))
    assert message == f"{path}:2: this entry has no list of messages"
    assert hint
    assert inside("runs", "--json").stdout == before
    assert "no such file" in refused(inside("import", str(tmp_path / "none.json"), "--project", "lab/a", code=5))[0]


# Contracts


ORDER = {
    "type": "object",
    "required": ["order"],
    "properties": {"order": {"type": "integer", "minimum": 1}, "shop": {"type": "string"}},
}
MIXED = """\
{"event_type": "model.responded", "payload": {"gen_ai.response.model": "m-1", "gen_ai.usage.input_tokens": 12}}
{"event_type": "model.responded", "payload": {"gen_ai.usage.input_tokens": "many", "content": 7}}

{"event_type": "stage.entered"}
{"event_type": "custom.order_placed", "payload": {"order": 1}}
{"event_type": "stgae.entered", "payload": {"stage": "plan"}}
"""


@pytest.fixture(scope="module")
def order_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("schemas") / "order.json"
    path.write_text(json.dumps(ORDER))
    return str(path)


@pytest.fixture(scope="module")
def orders(alice: Connection, two_projects: TwoProjects) -> str:
    """A registered event type of project a."""
    name = "custom.order_placed"
    ContractManager(alice).register_event_type(name, ORDER, project_id=two_projects.a, columns={"model": "llm"})
    return name


def test_contracts_lists_the_catalogue(inside: Cli, orders: str) -> None:
    out = inside("contracts").stdout
    head, *rows = out.splitlines()
    assert head.split() == ["contract", "of", "version", "project", "text", "columns", "about"]
    (responded,) = (row.split() for row in rows if row.startswith("model.responded"))
    assert responded[2:4] == ["-", "messages"] and "input_tokens," in responded
    (own,) = (row.split() for row in rows if row.startswith(orders))
    assert own[1:] == ["1", "lab/a", "-", "model"]
    assert any(row.endswith("A model answered.") for row in rows)
    assert inside("contracts", "list", "--project", "lab/a").stdout == out
    listed = {entry["subject"]: entry for entry in json.loads(inside("contracts", "list", "--json").stdout)}
    assert listed[orders]["schema"] == ORDER and listed[orders]["project"] == "lab/a"
    assert listed["tool.called"]["columns"] == {"tool": "gen_ai.tool.name"}
    assert set(listed[orders]) == set(listed["tool.called"]) >= {"version", "is_latest", "text_rule", "breaking"}


def test_contracts_registers_versions(inside: Cli, order_file: str, tmp_path: Path) -> None:
    words = ("contracts", "register", "custom.cli_order", order_file, "--project", "lab/a")
    details = ("--column", "model=shop", "--column", "tool=via", "--text-rule", "all", "--summary", "orders")
    assert inside(*words, *details).stdout == "Version 1 of custom.cli_order is registered.\n"
    again = inside(*words, *details, "--expect-version", "0").stdout
    assert again == "Version 1 of custom.cli_order is what was registered before: nothing is new.\n"
    stricter = tmp_path / "stricter.json"
    stricter.write_text(json.dumps({**ORDER, "required": ["order", "shop"]}))
    words = (*words[:3], str(stricter), *words[4:], *details)
    said = inside(*words, code=3).stderr.splitlines()
    assert said[0].startswith("hypermindlabs: ") and len(said) >= 3 and said[1].startswith("  /required")
    assert said[-1].endswith("--breaking.")
    done = json.loads(inside(*words, "--breaking", "--json").stdout)
    assert done == {"subject": "custom.cli_order", "version": 2, "registered": True, "warnings": []}
    assert "version" in refused(inside(*words, "--expect-version", "7", code=3))[0]
    assert len(json.loads(inside("contracts", "list", "--all", "--json", "--project", "lab/a").stdout)) > len(
        json.loads(inside("contracts", "list", "--json", "--project", "lab/a").stdout)
    )


def test_contracts_registers_what_is_no_event_from_standard_input(inside: Cli, two_projects: TwoProjects) -> None:
    done = subprocess.run(
        [*COMMAND, "contracts", "register", "evaluator", "-", "--project", "lab/a", "--json"],
        env=environment(DATABASE_URL=two_projects.dsn_of("alice")),
        input='{"required": ["threshold"], "requierd": ["model"]}',
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    assert (said["subject"], said["version"], said["registered"]) == ("evaluator", 1, True)
    assert len(said["warnings"]) == 1 and "requierd" in said["warnings"][0]
    shown = inside("contracts", "show", "evaluator").stdout
    assert "project      lab/a\n" in shown and '"required": ["threshold"]' in shown
    assert "evaluator" in inside("contracts").stdout


def test_a_keyword_that_means_nothing_is_warned_of(inside: Cli, tmp_path: Path) -> None:
    path = tmp_path / "typo.json"
    path.write_text('{"properties": {"a": {"minLenght": 1}}}')
    done = inside("contracts", "register", "custom.typo", str(path), "--project", "lab/a")
    assert done.stderr.startswith("warning: ") and "minLenght" in done.stderr
    assert done.stdout == "Version 1 of custom.typo is registered.\n"


def test_contracts_shows_schema_columns_and_versions(inside: Cli, orders: str) -> None:
    out = inside("contracts", "show", "model.responded").stdout
    assert "searchable   the messages (text rule messages)\n" in out
    assert "input_tokens = gen_ai.usage.input_tokens" in out
    schema = re.search(r"^Schema\n(.*?)\n\nVersions", out, re.S | re.M)
    assert schema is not None
    data = json.loads(inside("contracts", "show", "model.responded", "--json").stdout)
    assert json.loads(schema[1]) == data["schema"]
    assert [v["version"] for v in data["versions"]] == [1] and data["text_rule"] == "messages"
    assert "version      1 (the latest)\n" in inside("contracts", "show", orders, "--version", "1").stdout
    assert "no version 9" in refused(inside("contracts", "show", orders, "--version", "9", code=3))[0]


def test_check_names_every_violation_by_its_line(inside: Cli, orders: str, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(MIXED)
    lines = inside("contracts", "check", str(path), "--project", "lab/a", code=1).stdout.splitlines()
    assert [line for line in lines if line.startswith("line 2: ")] == [
        "line 2: model.responded /content: must be string or array or object or null, not number (type)",
        "line 2: model.responded /gen_ai.usage.input_tokens: must be integer or null, not string (type)",
    ]
    assert [line for line in lines if line.startswith("line 4: ")] == [
        "line 4: stage.entered: must have the members stage (required)"
    ]
    assert lines[-2:] == [
        "no contract: stgae.entered (1)",
        "5 payloads: 2 meet their contracts, 2 do not, 1 has no contract",
    ]
    done = inside("contracts", "check", str(path), code=1)
    assert "no contract: custom.order_placed (1), stgae.entered (1)\n" in done.stdout and "--project" in done.stderr
    *found, tally = map(json.loads, inside("contracts", "check", str(path), "--json", code=1).stdout.splitlines())
    assert tally == {
        "payloads": 5,
        "meet": 1,
        "break": 2,
        "no_contract": {"custom.order_placed": 1, "stgae.entered": 1},
    }
    assert found[-1] == {
        "line": 4,
        "number": None,
        "subject": "stage.entered",
        "pointer": "",
        "rule": "/required",
        "keyword": "required",
        "message": "must have the members stage",
    }


def test_check_of_payloads_against_one_contract_or_a_schema(
    inside: Cli, orders: str, order_file: str, tmp_path: Path
) -> None:
    path = tmp_path / "payloads.json"
    path.write_text('[{"order": 1}, {"order": 0, "shop": 1},\n{}]')
    check = ("contracts", "check", str(path))
    by_type = inside(*check, "--type", orders, "--project", "lab/a", "--version", "1", code=1).stdout.splitlines()
    assert sorted(by_type[:2]) == [
        f"line 1, payload 2: {orders} /order: must be at least 1 (minimum)",
        f"line 1, payload 2: {orders} /shop: must be string, not number (type)",
    ]
    assert by_type[2:] == [
        f"line 2, payload 3: {orders}: must have the members order (required)",
        "3 payloads: 1 meets its contract, 2 do not",
    ]
    by_schema = inside(*check, "--schema", order_file, code=1).stdout.splitlines()
    assert by_schema == [
        *(line.replace(f"{orders} ", "").replace(f"{orders}: ", "") for line in by_type[:3]),
        by_schema[3],
    ]
    assert by_schema[3] == "3 payloads: 1 meets the schema, 2 do not"
    path.write_text('{\n  "order": 7\n}\n')
    assert (
        inside(*check, "--type", orders, "--project", "lab/a").stdout == "1 payload: 1 meets its contract, 0 do not\n"
    )
    path.write_text("")
    assert inside(*check).stdout == "0 payloads: 0 meet their contracts, 0 do not\n"


def test_a_recorded_run_is_checked_by_its_export(inside: Cli, run_id: str, two_projects: TwoProjects) -> None:
    done = subprocess.run(
        [*COMMAND, "contracts", "check", "-", "--project", "lab/a"],
        env=environment(DATABASE_URL=two_projects.dsn_of("alice")),
        input=inside("export", run_id).stdout,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "51 payloads: 51 meet their contracts, 0 do not\n")


def test_a_long_file_is_checked_in_batches(
    inside: Cli, orders: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "long.jsonl"
    path.write_text("".join(json.dumps({"order": n % 700, "shop": "\x00\ud83d"}) + "\n" for n in range(1500)))
    sent: list[int] = []
    ask = ContractManager.violations_of_each

    def counted(self: Any, values: Any, **options: Any) -> Any:
        sent.append(len(values))
        return ask(self, values, **options)

    monkeypatch.setattr(ContractManager, "violations_of_each", counted)
    out = inside("contracts", "check", str(path), "--type", orders, "--project", "lab/a", code=1).stdout
    assert re.findall(r"^line (\d+): ", out, re.M) == ["1", "701", "1401"]
    assert out.endswith("1,500 payloads: 1,497 meet their contracts, 3 do not\n")
    assert sent == [500, 500, 500]


def test_on_a_terminal_the_progress_of_a_long_file_leaves_no_trace(
    orders: str, tmp_path: Path, two_projects: TwoProjects
) -> None:
    path = tmp_path / "long.jsonl"
    path.write_text("".join(json.dumps({"order": n, "shop": "x" * 1000}) + "\n" for n in range(1500)))
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "contracts", "check", str(path), "--type", orders, "--project", "lab/a"],
        env=environment(DATABASE_URL=two_projects.dsn_of("alice"), TERM="xterm-256color"),
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    out = b""
    while chunk := _read(ours):
        out += chunk
    assert process.wait(60) == 1
    text = out.decode()
    assert "checking" in text and "\x1b[?25h" in text  # the cursor is shown again
    last = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text).replace("\r", "").splitlines()
    assert any(line.endswith(f"line 1: {orders} /order: must be at least 1 (minimum)") for line in last)
    assert last[-1].endswith("1,500 payloads: 1,499 meet their contracts, 1 does not")


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        ('{"order": 1}\n{"order": \n{"order": 2}', 2, "not JSON"),
        ('{"order": 1}\n[1]x', 2, "not JSON: something follows"),
        ('[{"order": 1},\n{"order": 1', 2, "not JSON"),
        ('{"order": NaN}', 1, "NaN"),
        ("[" * 5000, 1, "nested too deeply"),
    ],
)
def test_a_malformed_file_of_payloads_is_one_line_of_error(
    inside: Cli, orders: str, tmp_path: Path, text: str, where: int, problem: str
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(text)
    message, _ = refused(inside("contracts", "check", str(path), "--type", orders, "--project", "lab/a", code=5))
    assert message.startswith(f"{path}:{where}: ") and problem in message


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("show", "custom.none"), 3, "no contract of custom.none"),
        (("show", "toolbox"), 3, "no contract of toolbox"),
        (("show", "state", "--project", "lab/b"), 3, "no project"),
        (("check", "FILE", "--type", "custom.none", "--project", "lab/a"), 3, "custom.none"),
        (("check", "FILE", "--type", "tool.called", "--version", "99"), 3, "tool.called"),
        (("check", "FILE", "--version", "1"), 2, "which contract"),
        (("check", "FILE"), 5, "event_type"),
        (("check", "-", "--schema", "-"), 2, "standard input"),
        (("check", "/nonexistent"), 5, "no such file"),
        (("check", "FILE", "--schema", "/nonexistent"), 5, "no such file"),
        (("check", "FILE", "--schema", "BAD"), 3, "/type"),
        (("check", "FILE", "--schema", "BROKEN"), 5, "not JSON"),
        (("register", "custom.x", "BAD", "--project", "lab/a"), 3, "/type"),
        (("register", "custom.x", "BROKEN", "--project", "lab/a"), 5, "not JSON"),
        (("register", "custom.x", "FILE"), 3, "project"),
        (("register", "state", "FILE"), 2, "belongs to a project"),
        (("register", "state", "FILE", "--project", "lab/a", "--text-rule", "all"), 2, "only event types"),
        (("register", "model.responded", "FILE"), 3, ""),
    ],
)
def test_a_refusal_about_contracts_is_one_line_and_a_hint(
    inside: Cli, tmp_path: Path, words: tuple[str, ...], code: int, message: str
) -> None:
    files = {"FILE": '{"order": 1}', "BAD": '{"type": "text"}', "BROKEN": '{"type": '}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    done = inside("contracts", *(str(tmp_path / word) if word in files else word for word in words), code=code)
    assert message in done.stderr.splitlines()[0]
    assert len(done.stderr.splitlines()) <= 2 and done.stdout == ""


def test_what_a_payload_is_called_cannot_act_on_a_terminal(inside: Cli, tmp_path: Path, orders: str) -> None:
    path = tmp_path / "hostile.jsonl"
    path.write_text(
        json.dumps({"event_type": HOSTILE, "payload": {}})
        + "\n"
        + json.dumps({"event_type": "custom.hostile", "payload": {HOSTILE: 1}})
    )
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps({"description": HOSTILE, "additionalProperties": {"type": "string"}}))
    inside("contracts", "register", "custom.hostile", str(schema), "--project", "lab/a", "--summary", "\x1b[2J")
    for words in (
        ("check", str(path), "--project", "lab/a"),
        ("check", str(path), "--project", "lab/a", "--json"),
        ("show", "custom.hostile"),
        ("list",),
    ):
        out = inside("contracts", *words, code=1 if words[0] == "check" else 0).stdout
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", out)
        assert "\\u001b" in out


# Errors


def test_a_run_of_another_project_is_as_unknown_as_one_that_never_was(
    inside: Cli, run_id: str, two_projects: TwoProjects
) -> None:
    bob = two_projects.dsn_of("bob")
    for command in (("show",), ("state",), ("replay",), ("verify",), ("export",), ("fork",)):
        foreign = refused(inside(*command, run_id, code=3, dsn=bob))
        assert foreign[0] == f"run {run_id} does not exist"
    assert "has an id like" in refused(inside("show", run_id[-8:], code=3, dsn=bob))[0]
    assert json.loads(inside("runs", "--json", dsn=bob).stdout) == []


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("state", "RUN", "--at", "999"), 3, "out of range"),
        (("state", "RUN", "--at", "-1"), 3, "out of range"),
        (("diff", "RUN", "1", "52"), 3, "out of range"),
        (("fork", "RUN", "--at", "5", "--patch", '[{"op": "remove", "path": "/none"}]'), 3, "cannot be applied"),
        (("fork", "RUN", "--patch", "{no"), 2, "no JSON"),
        (("fork", "RUN", "--patch", "7"), 2, "neither"),
        (("fork", "RUN", "--pin", "prompt"), 2, "no pin"),
        (("fork", "RUN", "--pin", "prompt=prompt/none@1"), 3, "none"),
        (("runs", "--project", "lab"), 2, "no project"),
        (("runs", "--project", "lab/b"), 3, "no project"),
        (("runs", "--cursor", "x"), 3, "no cursor of list_runs()"),
        (("runs", "--limit", "1001"), 3, "1 to 1000"),
        (("runs", "--config", "prompt"), 2, "no configuration"),
        (("search", "x", "--cursor", "list_runs:x"), 3, "no cursor of search_events()"),
        (("search", "--", "-x"), 3, "only what must not be there"),
        (("search", "?!"), 3, "no word"),
        (("search", "x" * 1001), 3, "1000"),
        (("stats", "--by", "status,tool"), 3, "can be grouped by"),
        (("stats", "--by", "total,day"), 3, "can be grouped by"),
        (("stats", "--since", "2026-02-01", "--until", "2026-01-01"), 3, "no range"),
        (("import", str(sample()), "--project", "lab/new", "--create-project"), 3, "permission denied"),
        (("verify",), 2, "which run"),
    ],
)
def test_a_refusal_is_one_line_and_a_hint(
    inside: Cli, run_id: str, words: tuple[str, ...], code: int, message: str
) -> None:
    done = inside(*(run_id if word == "RUN" else word for word in words), code=code)
    assert message in done.stderr.splitlines()[0]
    assert len(done.stderr.splitlines()) <= 2


def test_without_a_server_it_says_so(cli: Cli, make_database: Any) -> None:
    assert "not running" in refused(cli("runs", code=4, dsn=None))[0]
    assert "no connection" in refused(cli("runs", "--dsn", "host=/nonexistent dbname=x", code=4))[0]
    empty = make_database("empty", deployed=False)
    message, hint = refused(cli("runs", code=4, dsn=empty))
    assert "no hypermind schema" in message and "hypermindlabs deploy" in hint
    assert json.loads(cli("status", "--json", dsn=None).stdout)["running"] is False


def test_usage_errors_exit_with_2(cli: Cli, inside: Cli) -> None:
    wrong = (("search",), ("stats", "--by", "week"), ("stats", "--since", "2026-13-01"), ("runs", "--since", "soon"))
    for words in ((), ("unknown",), ("state", "last", "--at", "x"), ("runs", "--limit", "0"), *wrong):
        assert "usage: hypermindlabs" in inside(*words, code=2).stderr
    assert "demo runs on the private server" in cli("demo", "--dsn", "dbname=x", code=2).stderr


def test_debug_shows_where_an_error_arose(two_projects: TwoProjects) -> None:
    done = subprocess.run(
        [*COMMAND, "show", "nothing", "--debug"],
        env=environment(DATABASE_URL=two_projects.dsn_of("alice")),
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0 and "Traceback" in done.stderr


def test_status_and_deploy_of_a_given_server(inside: Cli, make_database: Any, two_projects: TwoProjects) -> None:
    facts = json.loads(inside("status", "--json", dsn=two_projects.dsn).stdout)
    assert facts["pending"] == 0 and facts["schema_version"] == 1 and facts["runs"] >= 1
    empty = make_database("fresh", deployed=False)
    assert json.loads(inside("status", "--json", dsn=empty).stdout)["changes"] == 0
    assert "Deployed" in inside("deploy", dsn=empty).stdout
    assert "up to date" in inside("deploy", dsn=empty).stdout


# Hostile text, pipes and signals


@pytest.fixture(scope="module")
def hostile(two_projects: TwoProjects, alice: Connection) -> str:
    runs = RunManager(alice)
    run_id = runs.create(
        two_projects.a,
        "chat",
        input={HOSTILE: HOSTILE},
        agent="\x1b[31magent",
        tags=["\u202etag"],
        metadata={"title": HOSTILE},
    )
    runs.append(run_id, "message.added", {"role": "user", "content": HOSTILE}, {"text": HOSTILE, HOSTILE: 1})
    runs.append(run_id, "tool.called", {"gen_ai.tool.call.arguments": {HOSTILE: HOSTILE}}, tool="\x1b[2J")
    runs.append(run_id, "custom.x", {HOSTILE: [HOSTILE]}, [{"op": "add", "path": "/text", "value": [HOSTILE]}])
    return str(run_id)


@pytest.mark.parametrize(
    "words",
    [
        ("show", "RUN"),
        ("show", "RUN", "--json"),
        ("state", "RUN"),
        ("state", "RUN", "--json"),
        ("state", "RUN", "--diff"),
        ("diff", "RUN", "0", "4"),
        ("replay", "RUN"),
        ("replay", "RUN", "--step"),
        ("runs", "--limit", "100"),
        ("stats", "--by", "agent"),
        ("fork", "RUN"),
    ],
)
def test_hostile_text_is_shown_inert(inside: Cli, hostile: str, words: tuple[str, ...]) -> None:
    out = inside(*(hostile if word == "RUN" else word for word in words)).stdout
    assert not UNSAFE.search(out)
    assert "\\u001b" in out


UNSAFE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def test_hostile_text_is_found_and_shown_inert(inside: Cli, hostile: str, two_projects: TwoProjects) -> None:
    out = inside("search", "owned", "--run", hostile).stdout
    assert "⟦owned⟧" in out and not UNSAFE.search(out)
    shown = plain(on_a_terminal(two_projects, "search", "owned", "--run", hostile))
    assert "owned" in shown and not UNSAFE.search(shown.replace("\r\n", "\n"))


def test_a_terminal_without_utf8_shows_what_it_can(two_projects: TwoProjects, run_id: str) -> None:
    done = subprocess.run(
        [*COMMAND, "show", run_id],
        env=environment(DATABASE_URL=two_projects.dsn_of("alice"), PYTHONIOENCODING="ascii"),
        capture_output=True,
        check=True,
    )
    assert b"1,830 \\u2192 41 tokens" in done.stdout


def test_a_reader_that_leaves_is_no_error(two_projects: TwoProjects, run_id: str, tmp_path: Path) -> None:
    many = tmp_path / "many.jsonl"
    many.write_text('{"event_type": "stage.entered"}\n' * 5000)
    for words in ("replay", run_id, "--step"), ("export", run_id), ("contracts", "check", str(many)):
        process = subprocess.Popen(
            [*COMMAND, *words],
            env=environment(DATABASE_URL=two_projects.dsn_of("alice")),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None and process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert process.wait(60) == 141
        assert process.stderr.read() == b""
        process.stderr.close()


def test_an_interrupt_is_quiet_and_leaves_no_half_run(
    two_projects: TwoProjects, alice: Connection, tmp_path: Path
) -> None:
    path = tmp_path / "many.json"
    path.write_text(json.dumps([{"messages": [{"role": "user", "content": "x"}] * 3000}] * 40))
    process = subprocess.Popen(
        [*COMMAND, "import", str(path), "--project", "lab/a", "--tag", "interrupted"],
        env=environment(DATABASE_URL=two_projects.dsn_of("alice")),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in the background, the shell has SIGINT ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    count = "select count(*) from hypermind.runs where 'interrupted' = any (tags)"
    deadline = time.monotonic() + 60
    while alice.execute(count).fetchone() == (0,) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    still_open = "select count(*) from hypermind.run_heads join hypermind.runs as r using (run_id) where r.tags @> %s"
    assert alice.execute(still_open, (["interrupted"],)).fetchone() == (0,)
