"""docs/operations.md: every block of shell in it works, in the order of the page, as an administrator would run it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import harness
import psycopg
import pytest
from conftest import only_with, server_kind

from hypermindlabs import embedded

pytestmark = only_with("system", "the page leads from the system's server into the newest one")

PAGE = (harness.REPO / "docs/operations.md").read_text()
BLOCKS = re.findall(r"^## (.*?)$|^```sh\n(.*?)^```$", PAGE, re.M | re.S)


def titled_blocks() -> list[tuple[str, str]]:
    """(title of the section, shell) for each block of the page."""
    title, blocks = "", []
    for heading, shell in BLOCKS:
        title = heading or title
        if shell:
            blocks.append((title, shell))
    return blocks


@pytest.fixture(scope="module")
def shell_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Two throw-away servers, the second of the newest version, and the environment that the page asks for."""
    with embedded.temporary(server_kind()) as source, embedded.temporary("wheel18") as target:
        env = harness.environment(source.dsn("postgres"))
        del env["PGDATABASE"]
        # The dump must be made by the source server's own programs.
        env["PATH"] = f"{source.bin('pg_dump').parent}{os.pathsep}{env['PATH']}"
        env["NEW_PGHOST"] = harness.environment(target.dsn("postgres"))["PGHOST"]
        env["NEW_PG_RESTORE"] = str(target.bin("pg_restore"))
        env["TARGET_DSN"] = target.dsn("ledger")
        folder = tmp_path_factory.mktemp("operations")
        command = tmp_path_factory.mktemp("programs") / "hypermindlabs"
        command.write_text(f'#!/bin/sh\nexec {sys.executable} -m hypermindlabs.cli "$@"\n')
        command.chmod(0o755)
        env["PATH"] = f"{command.parent}{os.pathsep}{env['PATH']}"
        env["PYTHONPATH"] = str(harness.REPO)
        for name in ("sqitch.plan", "sqitch.conf", "db"):
            (folder / name).symlink_to(harness.REPO / name)
        env["FOLDER"] = str(folder)
        yield env


@pytest.mark.parametrize(("title", "shell"), titled_blocks(), ids=lambda value: value if "\n" not in value else "")
def test_every_block_works(shell_environment: dict[str, str], title: str, shell: str) -> None:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", shell],
        cwd=Path(shell_environment["FOLDER"]),
        env=shell_environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, f"{title}:\n{shell}\n{done.stdout}"
    if title == "Revert" and "if sqitch" in shell:
        assert "this database holds recorded runs" in done.stdout
    if title == "Projects and people" and "verify_run" in shell:
        assert re.search(r" t +\| +4 \| [0-9a-f]{64}", done.stdout)


def test_the_restored_run_verifies(shell_environment: dict[str, str]) -> None:
    with psycopg.connect(shell_environment["TARGET_DSN"]) as connection:
        connection.execute("set role hypermind_auditor")
        row = connection.execute(
            "select v.valid, v.events, r.input->>'question'"
            " from hypermind.runs as r cross join lateral hypermind.verify_run(r.run_id) as v"
        ).fetchall()
    assert row == [(True, 4, "Where is my order?")]
