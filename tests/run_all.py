"""Runs every test on every server, and the linters: what `make test` does once its Python packages are installed.

What takes long and depends on no server's version is tried with one of them; the versions between the oldest and the
newest with the plan and a part of pgTAP.

    python tests/run_all.py                  everything
    python tests/run_all.py pgtap            only the jobs whose name has "pgtap" in it
    python tests/run_all.py --all-versions   all of pgTAP and the round trip on the versions between, too
    python tests/run_all.py --serial         one job at a time (default: one more than cores, as tests also wait)

First it installs the system's packages that are missing; that needs Debian or Ubuntu, and root or sudo without
a password. Each job has a throw-away server of its own. A job that passes shows the closing lines of its runners, one
that fails everything it printed. Nothing is skipped silently: skips are counted, and their reasons shown.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

import harness

from hypermindlabs.deploy import deploy

JOB_TIMEOUT = 1800  # seconds
ROUND_TRIP = "tests/test_roundtrip.py"
VERSIONS = "tests/test_versions.py"
MIGRATIONS = ("tests/test_deploy.py", "tests/test_interruptions.py", "tests/test_upgrades.py")  # with one server
PGTAP = "db/tests"
PGTAP_PARTS = ("db/tests/guards", "db/tests/security", "db/tests/structure")
PYTHON_BIN = Path(sys.executable).parent


@dataclass
class Report:
    """What a job has to say."""

    passed: bool = True
    counted: str = ""
    closing: list[str] = field(default_factory=list)  # the runners' own closing lines
    skips: list[str] = field(default_factory=list)
    output: str = ""  # shown when it failed
    seconds: float = 0.0


@dataclass(frozen=True)
class Job:
    name: str
    run: Callable[[], Report]


def main(words: Sequence[str]) -> int:
    """Runs the chosen jobs and returns the exit code."""
    parallel = 1 if "--serial" in words else 1 + (os.cpu_count() or 1)
    wanted = [word for word in words if not word.startswith("--")]
    known = all_jobs(all_versions="--all-versions" in words)
    jobs = [job for job in known if not wanted or any(word in job.name for word in wanted)]
    if not jobs:
        print(f"no job is called {' or '.join(wanted)}; there are: {', '.join(job.name for job in known)}")
        return 2
    problem = install_missing_tools()
    if problem is not None:
        print(problem)
        return 1

    print(f"running {', '.join(job.name for job in jobs)}; this takes some minutes", flush=True)
    started = time.monotonic()
    reports: dict[str, Report] = {}
    with ThreadPoolExecutor(parallel) as pool:
        running = {pool.submit(guarded, job): job for job in jobs}
        for done in as_completed(running):
            job = running[done]
            reports[job.name] = done.result()
            show(job, reports[job.name])
    return summarise([(job.name, reports[job.name]) for job in jobs], time.monotonic() - started)


def all_jobs(all_versions: bool = False) -> list[Job]:
    """The longest first."""
    whole = harness.SERVERS + (harness.OTHER_SERVERS if all_versions else ())
    parts = [] if all_versions else harness.OTHER_SERVERS
    return [
        *(Job(f"pytest on {server}", lambda server=server: run_pytest(server, "tests")) for server in harness.SERVERS),
        *(Job(f"round trip on {server}", lambda server=server: run_pytest(server, ROUND_TRIP)) for server in whole),
        Job("migrations on wheel18", lambda: run_pytest("wheel18", *MIGRATIONS)),
        *(Job(f"pgtap on {server}", lambda server=server: run_pgtap(server, PGTAP)) for server in whole),
        *(Job(f"plan on {server}", lambda server=server: run_pytest(server, VERSIONS)) for server in parts),
        *(Job(f"part of pgtap on {server}", lambda server=server: run_pgtap(server, *PGTAP_PARTS)) for server in parts),
        Job("lint", run_linters),
    ]


# The jobs.


def run_pytest(server: str, *what: str) -> Report:
    """Files, or tests/ without those that are in jobs of their own."""
    if reason := harness.unavailable(server):
        return not_tried(reason)
    options = ["-p", "no:cacheprovider", "--color=no", "--durations=5", "--durations-min=5"]
    if what == ("tests",):
        options += [f"--ignore={file}" for file in (ROUND_TRIP, VERSIONS, *MIGRATIONS)]
    done = finish([PYTHON_BIN / "pytest", *options, *what], {**os.environ, "HYPERMIND_SERVER": server})
    lines = done.stdout.splitlines()
    closing = [line for line in lines if re.fullmatch(r"=+ .* in [\d.]+s.*=+", line)]
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", " ".join(closing[-1:]))}
    skips = [line for line in lines if line.startswith(("SKIPPED", "XFAIL", "XPASS"))]
    return Report(
        done.returncode == 0 and counts.get("passed", 0) > 0,
        counted(counts.get("passed", 0), counts.get("failed", 0) + counts.get("error", 0) + counts.get("errors", 0)),
        [line for line in lines if re.match(r"[\d.]+s (call|setup|teardown)", line)] + closing,
        skips,
        done.stdout,
    )


def run_pgtap(kind: str, *folders: str) -> Report:
    """Folders of db/tests/, through pg_prove."""
    if reason := harness.unavailable(kind):
        return not_tried(reason)
    with harness.temporary_server(kind) as server:
        server.ensure_database("hypermind_test")
        dsn = server.dsn("hypermind_test")
        deploy(dsn)
        harness.load_pgtap(dsn)
        prove = [harness.tool("pg_prove"), "--psql-bin", harness.system_bin_dir() / "psql", "--norc", "--nocolor"]
        done = finish([*prove, "--verbose", "--recurse", "--ext", ".sql", *folders], harness.environment(dsn))
    lines = done.stdout.splitlines()
    tests = re.search(r"^Files=\d+, Tests=(\d+)", done.stdout, re.M)
    failed = re.findall(r"^not ok (?!.*# TODO)", done.stdout, re.M)
    number = int(tests.group(1)) if tests else 0
    closing = [line for line in lines if line.startswith(("All tests successful", "Files=", "Result:"))]
    return Report(
        done.returncode == 0 and number > 0 and "Result: PASS" in lines,
        counted(number - len(failed), len(failed)),
        closing,
        [line.strip() for line in lines if re.search(r"^(not )?ok .*# *(skip|todo)|skip_all|1\.\.0", line, re.I)],
        done.stdout,
    )


def run_linters() -> Report:
    """ruff and mypy."""
    commands: list[list[str | Path]] = [
        [PYTHON_BIN / "ruff", "check", "."],
        [PYTHON_BIN / "ruff", "format", "--check", "."],
        [PYTHON_BIN / "mypy"],
    ]
    report = Report()
    failures = 0
    for command in commands:
        done = finish(command)
        report.output += f"$ {' '.join(Path(word).name for word in command)}\n{done.stdout}\n"
        report.closing += [f"{Path(command[0]).name}: {line}" for line in done.stdout.splitlines()[-1:]]
        failures += done.returncode != 0
    report.passed = failures == 0
    report.counted = counted(len(commands) - failures, failures)
    return report


def not_tried(reason: str) -> Report:
    return Report(counted=counted(0, 0), skips=[f"SKIPPED {reason}"])


def counted(passed: int, failed: int) -> str:
    return f"{passed} passed, {failed} failed"


def finish(command: list[str | Path], env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a job's program, its two outputs as one text. One that hangs is ended."""
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        process = subprocess.Popen(
            command, cwd=harness.REPO, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        late = ""
        try:
            process.wait(JOB_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait()
            late = f"\nended after {JOB_TIMEOUT} s: {' '.join(map(str, command))}\n"
        output.seek(0)
        return subprocess.CompletedProcess(command, process.returncode, output.read() + late)


def guarded(job: Job) -> Report:
    """A job that raises has failed; the others go on."""
    started = time.monotonic()
    try:
        report = job.run()
    except Exception as error:
        report = Report(False, "did not run", output=f"{type(error).__name__}: {error}")
    report.seconds = time.monotonic() - started
    return report


# What people see.


def show(job: Job, report: Report) -> None:
    print(f"\n== {job.name}: {'passed' if report.passed else 'FAILED'} ({report.seconds:.0f} s)")
    if not report.passed:
        print(report.output)
    print("\n".join([*report.skips, *report.closing]), flush=True)


def summarise(reports: list[tuple[str, Report]], seconds: float) -> int:
    width = max(len(name) for name, _ in reports)
    print(f"\n{'job':<{width}}  {'result':<7} {'seconds':>7}  {'tests':<26} skipped")
    for name, report in reports:
        result = "passed" if report.passed else "FAILED"
        print(f"{name:<{width}}  {result:<7} {report.seconds:7.0f}  {report.counted:<26} {len(report.skips)}")
    failed = sum(not report.passed for _, report in reports)
    print(f"\njobs: {counted(len(reports) - failed, failed)}, in {seconds:.0f} s", flush=True)
    return 1 if failed else 0


# The system's packages.


def missing_packages() -> list[str]:
    """The Debian packages that hold what is not installed."""
    missing = []
    if shutil.which("sqitch") is None:
        missing.append("sqitch")
    if not succeeds(["perl", "-MDBD::Pg", "-e", "1"]):
        missing.append("libdbd-pg-perl")
    if shutil.which("pg_prove") is None:
        missing.append("libtap-parser-sourcehandler-pgtap-perl")
    if harness.found("pgbouncer") is None:
        missing.append("pgbouncer")
    if harness.found("chromium") is None and harness.found("chromium-browser") is None:
        missing.append("chromium")
    try:
        major = harness.system_bin_dir().parent.name
    except harness.MissingTool:
        missing.append("postgresql")
        major = packaged_major()
    try:
        harness.pgtap_script()
    except harness.MissingTool:
        missing.append(f"postgresql-{major}-pgtap")
    if not Path(f"/usr/share/postgresql/{major}/extension/plpgsql_check.control").exists():
        missing.append(f"postgresql-{major}-plpgsql-check")
    return missing


def packaged_major() -> str:
    """The major version of PostgreSQL that this release of Debian or Ubuntu has."""
    if shutil.which("apt-cache") is None:
        return "15"
    said = subprocess.run(["apt-cache", "depends", "postgresql"], capture_output=True, text=True).stdout
    found = re.search(r"Depends: postgresql-(\d+)", said)
    return found.group(1) if found else "15"


def install_missing_tools() -> str | None:
    """Installs what is missing; returns what a person must do where that is not possible."""
    if not missing_packages():
        return None
    as_root: list[str] = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") is None:
        return f"The tests need Debian or Ubuntu, for these of its packages: {' '.join(missing_packages())}"
    if not succeeds([*as_root, "true"]):
        return f"The tests need more packages. Install them: sudo apt-get install -y {' '.join(missing_packages())}"
    apt = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    print("installing the system's packages that the tests need", flush=True)
    for words in (["update"], ["install", "--no-install-recommends"]):
        packages = missing_packages() if words[0] == "install" else []  # after the update: it tells the major version
        done = finish([*apt, *words, *packages])
        if done.returncode != 0:
            return f"{done.stdout}\napt-get {' '.join([*words, *packages])} failed"
    left = missing_packages()
    return f"still missing after the installation: {' '.join(left)}" if left else None


def succeeds(command: list[str]) -> bool:
    return shutil.which(command[0]) is not None and subprocess.run(command, capture_output=True).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
