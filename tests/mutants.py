"""Mutation testing of the SQL: takes one guard, check, lock or right away at a time, and asks which test notices.

    python tests/mutants.py                     all mutants (docs/mutants.md says how long that takes)
    python tests/mutants.py --only PATTERN      those whose line "kind | object | what" the regular expression finds
    python tests/mutants.py --survivors         those that tests/mutants.tsv says survived, and those that are not in it
    python tests/mutants.py --new               those that are not in it
    python tests/mutants.py --quick             slow files only with what they name, no pytest: leaves more survivors
    python tests/mutants.py --explored FILE     what files of db/tests reach, which takes minutes, is kept there
    python tests/mutants.py --list              only says which there are
    python tests/mutants.py --figures           only says what docs/mutants.md has of tests/mutants.tsv
    python tests/mutants.py --json              says what became of each as JSON, a line each

What became of each is kept in tests/mutants.tsv. tests/mutants_equivalent.tsv names those that nobody could notice, and
why. A mutant lives in a copy of a deployed database. First the files of db/tests that reach what it changes try to kill
it, those that name it before the others and quick ones before slow ones, then the verify scripts that name it, then,
where it takes two sessions to notice, files of pytest, to which HYPERMIND_MUTANT says what to run after the plan.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import harness
import psycopg
from mutations import FUNCTIONS, REPORT, Connection, Mutant, all_mutants, reporting

from hypermindlabs.deploy import deploy
from hypermindlabs.embedded import Server

TESTS = harness.REPO / "db" / "tests"
VERIFY = harness.REPO / "db" / "verify"
RESULTS = harness.REPO / "tests" / "mutants.tsv"
EQUIVALENT = harness.REPO / "tests" / "mutants_equivalent.tsv"
COLUMNS = ("kind", "object", "what", "result", "killer", "test")
# They look at texts and plans, not at what happens: no guard is tested by them.
NO_KILLERS = ("structure/plans.sql", "structure/plpgsql_check.sql")
STRUCTURE = ("structure", "guards", "security")
ATTRIBUTES = ("definer", "setting")
PATIENCE = "60s"  # for a statement
OTHERS = """select count(*) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"""
NOTHING_CHOSEN = 5  # pytest's exit code
# What it takes two sessions to notice: pytest's words; {callers} are the functions through which it is reached.
SESSIONS = {
    "lock": (
        ("tests/test_locks.py", "-k", "test_the_page_says_what_is_locked_and_in_which_order and ({callers})"),
        ("tests/test_concurrency.py",),
        ("tests/test_retirement.py",),
    ),
    "refusal": (
        ("tests/test_retirement.py",),
        ("tests/test_concurrency.py",),
        ("tests/test_locks.py", "-k", "goes_on"),
    ),
    "caller": (("tests/test_attackers.py",),),
    "part of a where": (("tests/test_concurrency.py",),),
}


class Outcome(NamedTuple):
    """What became of a mutant: killed, equivalent, survived, or no mutant as it does not load."""

    result: str
    killer: str = ""
    test: str = ""


@dataclass
class Laboratory:
    """A server with a deployed database to copy, and what each file of db/tests reaches in how many seconds."""

    server: Server
    admin: Connection
    reached: dict[str, set[str]]  # a file's functions, and the places where it was refused something
    seconds: dict[str, float]
    callers: dict[str, set[str]]  # a function's callers and theirs, by their texts, and itself
    inlined: set[str]  # functions whose calls PostgreSQL may not count
    recent: dict[str, str]  # an object, a kind: the file that killed its last mutant
    quick: bool  # the slowest fifth of the files are tried only with what they name, pytest not at all


def main(words: Sequence[str]) -> int:
    options = parsed(words)
    if options.figures:
        print(table(figures(read_results())))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server goes too
    with harness.temporary_server("system") as server:
        server.ensure_database("original")
        deploy(server.dsn("original"))
        with psycopg.connect(server.dsn("original"), autocommit=True) as original:
            mutants = all_mutants(original)
            callers, inlined = calls(original)
        results = {key: row for key, row in read_results().items() if key in {mutant.key for mutant in mutants}}
        chosen = [mutant for mutant in mutants if wanted(mutant, options, results)]
        if options.list:
            print("\n".join(mutant.key for mutant in chosen))
            return 0
        harness.load_pgtap(server.dsn("original"))
        with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
            laboratory = Laboratory(server, admin, {}, {}, callers, inlined, {}, options.quick)
            explore(laboratory, options.explored)
            for number, mutant in enumerate(chosen, 1):
                started = time.monotonic()
                outcome = fate(laboratory, mutant)
                results[mutant.key] = outcome
                write_results(mutants, results)
                show(mutant, outcome, f"{number}/{len(chosen)}", time.monotonic() - started, options.json)
    left = sum(results[mutant.key].result == "survived" for mutant in chosen)
    print(f"{len(chosen)} mutants tried, {left} survived", file=sys.stderr)
    return 1 if left else 0


def parsed(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="PATTERN")
    parser.add_argument("--explored", type=Path, metavar="FILE")
    for name in ("--survivors", "--new", "--quick", "--list", "--figures", "--json"):
        parser.add_argument(name, action="store_true")
    return parser.parse_args(words)


def wanted(mutant: Mutant, options: argparse.Namespace, results: dict[str, Outcome]) -> bool:
    known = results.get(mutant.key)
    over = known is not None and (options.new or (options.survivors and known.result != "survived"))
    return not over and re.search(options.only, mutant.key) is not None


def show(mutant: Mutant, outcome: Outcome, number: str, seconds: float, as_json: bool) -> None:
    if as_json:
        said = mutant._asdict() | outcome._asdict() | {"seconds": round(seconds, 1)}
        print(
            json.dumps({name: value for name, value in said.items() if name not in ("sql", "undo", "place")}),
            flush=True,
        )
    else:
        print(
            f"{number} {outcome.result:10} {seconds:5.1f} s  {mutant.key}  <- {outcome.killer}: {outcome.test}",
            flush=True,
        )


# One mutant.


def fate(laboratory: Laboratory, mutant: Mutant) -> Outcome:
    """What becomes of it."""
    if reason := equivalent().get(mutant.key):
        return Outcome("equivalent", "", reason)
    dsn = copy(laboratory)
    try:
        with psycopg.connect(dsn) as connection:
            connection.execute(mutant.sql.encode())
    except psycopg.Error as error:
        return Outcome("no mutant", "", str(error).splitlines()[0])
    try:
        # Locks: one session hardly notices.
        killed = None if mutant.kind == "lock" else killed_by_files(laboratory, mutant, dsn)
    finally:
        clean(laboratory, dsn, mutant.undo)
    if killed is None and not laboratory.quick:
        killed = killed_by_sessions(laboratory, mutant)
    return killed or Outcome("survived")


def killed_by_files(laboratory: Laboratory, mutant: Mutant, dsn: str) -> Outcome | None:
    """By pgTAP or a verify script; of attributes of a function its verify script is asked first, as it is quickest."""
    tests = [TESTS / name for name in candidates(laboratory, mutant)]
    verify = [path for path in sorted(VERIFY.rglob("*.sql")) if named_in(path, mutant.object)]
    for path in [*verify, *tests] if mutant.kind in ATTRIBUTES else [*tests, *verify]:
        if test := failure(path, dsn):
            if path in tests:
                name = str(path.relative_to(TESTS))
                laboratory.recent[mutant.object] = laboratory.recent[mutant.kind] = name
            return Outcome("killed", str(path.relative_to(harness.REPO)), test)
    return None


def candidates(laboratory: Laboratory, mutant: Mutant) -> list[str]:
    """The files that may notice it, those that are likely to first."""

    names = [name for name in laboratory.seconds if may_notice(laboratory, mutant, name)]
    return sorted(names, key=lambda name: -promise(laboratory, mutant, name) / (laboratory.seconds[name] + 0.2))


def promise(laboratory: Laboratory, mutant: Mutant, name: str) -> float:
    """How likely a file is to notice it: it has rare words of what was removed, or noticed the mutant before."""
    words = words_of(f"{mutant.object} {mutant.what}") & words_of(text_of(TESTS / name))
    rare = sum(math.log(len(laboratory.seconds) / in_files(word)) for word in words)
    recent = name == laboratory.recent.get(mutant.object if mutant.in_body else mutant.kind)
    of_catalog = not mutant.in_body and name.split("/")[0] in STRUCTURE
    return 1 + rare + (50 if of_catalog else 0) + (5 if recent and mutant.in_body else 500 if recent else 0)


@cache
def words_of(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w{4,}", text))


@cache
def in_files(word: str) -> int:
    return sum(word in words_of(text_of(path)) for path in TESTS.glob("*/*.sql"))


def may_notice(laboratory: Laboratory, mutant: Mutant, name: str) -> bool:
    """A refusal is missed by who was refused, a change of a function by who calls it, the rest by who looks at it."""
    if name in NO_KILLERS:
        return False
    if mutant.place:
        return mutant.place in laboratory.reached[name]
    named = named_in(TESTS / name, mutant.object)
    if not named and laboratory.quick and is_slow(laboratory, name):
        return False
    called = laboratory.callers.get(mutant.object, set()) if mutant.object in laboratory.inlined else {mutant.object}
    reaches = bool(called & laboratory.reached[name])
    return reaches or named or (not mutant.in_body and name.split("/")[0] in STRUCTURE)


def is_slow(laboratory: Laboratory, name: str) -> bool:
    """Whether it is among the slowest fifth."""
    seconds = sorted(laboratory.seconds.values())
    return laboratory.seconds[name] > seconds[len(seconds) * 4 // 5]


@cache
def text_of(path: Path) -> str:
    return path.read_text()


def named_in(path: Path, name: str) -> bool:
    return re.search(rf"\b{re.escape(name.rpartition('.')[2])}\b", text_of(path)) is not None


def killed_by_sessions(laboratory: Laboratory, mutant: Mutant) -> Outcome | None:
    """By tests of pytest, which deploy for themselves."""
    callers = laboratory.callers.get(mutant.object, set())
    names = " or ".join(sorted(name.removeprefix("hypermind.") for name in callers if name.startswith("hypermind.")))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mutant.sql"
        path.write_text(mutant.sql)
        for words in SESSIONS.get(mutant.kind, ()):
            if outcome := pytest_outcome([word.format(callers=names) for word in words], path):
                return outcome
    return None


def pytest_outcome(words: list[str], mutant: Path) -> Outcome | None:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--color=no", *words]
    done = harness.run([*command], {**os.environ, "HYPERMIND_SERVER": "system", "HYPERMIND_MUTANT": str(mutant)})
    if found := re.search(r"^(?:FAILED|ERROR) (tests/\w+\.py)(?:::(.*?))?(?: - .*)?$", done.stdout, re.M):
        return Outcome("killed", found[1], found[2] or "the file cannot be run")
    if done.returncode not in (0, NOTHING_CHOSEN):
        raise RuntimeError(f"pytest ended with {done.returncode} and names no test:\n{done.stdout}")
    return None


def failure(path: Path, dsn: str) -> str | None:
    """The first test of a file that fails, or the error that ends it; None: all is well."""
    for line in said(path, dsn):
        found = re.match(r"not ok \d+(?: - )?(.*)", line) or re.match(r"psql:\S+ (?:ERROR|FATAL): +(.*)", line)
        found = found or re.match(r"# (Looks like you .*)", line)
        if found:
            return found[1].strip() or "a test without a name"
    return None


def said(path: Path, dsn: str) -> Iterator[str]:
    """What psql says of a file, line by line. It is ended when nobody listens any more."""
    psql: list[str | Path] = [harness.system_bin_dir() / "psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-f", path]
    settings = (
        f"search_path={harness.TAP_SCHEMA},public",
        f"statement_timeout={PATIENCE}",
        "client_min_messages=warning",
    )
    environment = harness.environment(dsn, PGOPTIONS=" ".join(f"-c {setting}" for setting in settings))
    outputs: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
        "text": True,
    }
    with subprocess.Popen(psql, env=environment, **outputs) as running:
        assert running.stdout is not None
        try:
            yield from running.stdout
        finally:
            running.kill()


# The server.


def copy(laboratory: Laboratory) -> str:
    """A copy of the original: the one that is there, if there is one."""
    if laboratory.admin.execute("select from pg_database where datname = 'mutant'").rowcount == 0:
        laboratory.admin.execute("create database mutant template original")
    return laboratory.server.dsn("mutant")


def clean(laboratory: Laboratory, dsn: str, undo: str) -> None:
    """What was missing in the copy is back, or the copy goes."""
    if undo:
        laboratory.admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'mutant'")
        with psycopg.connect(dsn) as connection:
            connection.execute(undo.encode())
    else:
        laboratory.admin.execute("drop database mutant with (force)")


def explore(laboratory: Laboratory, kept: Path | None) -> None:
    """Runs every file once, with all guards: which functions and refusals it reaches, and how long it takes."""
    since = 0.0
    if kept is not None and kept.exists():
        since = kept.stat().st_mtime
        for name, (functions, seconds) in json.loads(kept.read_text()).items():
            laboratory.reached[name], laboratory.seconds[name] = set(functions), seconds
    laboratory.admin.execute("alter system set track_functions = 'all'")
    laboratory.admin.execute("select pg_reload_conf()")
    with psycopg.connect(copy(laboratory), autocommit=True) as connection:
        for name, definition in connection.execute(FUNCTIONS.encode()).fetchall():
            connection.execute(reporting(name, definition).encode())
        for path in sorted(TESTS.glob("*/*.sql")):
            name = f"{path.parent.name}/{path.name}"
            if name in laboratory.seconds and path.stat().st_mtime < since:
                continue
            connection.execute("select pg_stat_reset()")
            started = time.monotonic()
            refused = set()
            for line in said(path, laboratory.server.dsn("mutant")):
                if found := re.search(rf"{REPORT} (\S+)", line):
                    refused.add(found[1])
                if line.startswith("not ok"):
                    print(f"{path} without any mutant: {line}", file=sys.stderr)
            laboratory.seconds[name] = time.monotonic() - started
            while connection.execute(OTHERS).fetchone() != (0,):  # a session counts its calls when it ends
                time.sleep(0.01)
            called = connection.execute("select funcid::regproc::text from pg_stat_user_functions").fetchall()
            laboratory.reached[name] = refused | {function for (function,) in called}
    clean(laboratory, "", "")
    laboratory.admin.execute("alter system reset track_functions")
    laboratory.admin.execute("select pg_reload_conf()")
    if kept is not None:
        found_out = {name: (sorted(laboratory.reached[name]), seconds) for name, seconds in laboratory.seconds.items()}
        kept.write_text(json.dumps(found_out))


def calls(connection: Connection) -> tuple[dict[str, set[str]], set[str]]:
    """By which functions each is called, itself and callers of callers included; and which PostgreSQL may inline."""
    texts = dict(
        connection.execute(
            "select p.oid::regproc::text, p.prosrc from pg_proc as p "
            "where p.pronamespace in ('hypermind'::regnamespace, 'hypermind_private'::regnamespace)"
        ).fetchall()
    )
    direct: dict[str, set[str]] = defaultdict(set)
    for caller, text in texts.items():
        for name in set(re.findall(r"\bhypermind(?:_private)?\.\w+(?=\()", text)) & texts.keys():
            direct[name].add(caller)
    inlined = {
        row[0]
        for row in connection.execute(
            "select p.oid::regproc::text from pg_proc as p "
            "where p.prolang = (select l.oid from pg_language as l where l.lanname = 'sql')"
        )
    }
    return {name: {name} | ancestors(direct, name) for name in texts}, inlined


def ancestors(direct: dict[str, set[str]], name: str) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = direct[waiting.pop()] - found
        found |= new
        waiting += new
    return found


# What is kept.


def read_table(path: Path) -> Iterator[list[str]]:
    if path.exists():
        with path.open(newline="") as file:
            yield from list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None))[1:]


def read_results() -> dict[str, Outcome]:
    return {" | ".join(row[:3]): Outcome(*row[3:]) for row in read_table(RESULTS)}


@cache
def equivalent() -> dict[str, str]:
    """Mutants that make no difference, and why."""
    return {" | ".join(row[:3]): row[3] for row in read_table(EQUIVALENT) if row[3]}


def write_results(mutants: Sequence[Mutant], results: dict[str, Outcome]) -> None:
    lines = ["\t".join(COLUMNS)]
    for mutant in mutants:
        if mutant.key in results:
            words = (mutant.kind, mutant.object, mutant.what, *results[mutant.key])
            lines.append("\t".join(" ".join(word.split()) for word in words))
    RESULTS.write_text("\n".join(lines) + "\n")


FATES = ("mutants", "pgTAP", "verify", "pytest", "equivalent", "survived")


def figures(results: dict[str, Outcome]) -> dict[str, Counter[str]]:
    """By kind: how many there are, and what became of them."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for key, outcome in results.items():
        by = {"db/tests/": "pgTAP", "db/verify": "verify", "tests/tes": "pytest"}.get(
            outcome.killer[:9], outcome.result
        )
        for kind in (key.split(" | ")[0], "all"):
            counted[kind].update(["mutants", by])
    return counted


def table(counted: dict[str, Counter[str]]) -> str:
    lines = [f"| kind | {' | '.join(FATES)} |", f"| --- |{' ---: |' * len(FATES)}"]
    for kind in [*(kind for kind in counted if kind != "all"), "all"]:
        lines.append(f"| {kind} | {' | '.join(str(counted[kind][fate]) for fate in FATES)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
