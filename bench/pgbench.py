"""Many clients at once, with pgbench in its prepared protocol."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from hypermindlabs import embedded


@dataclass(frozen=True)
class Script:
    """What each client does again and again; its variables go to the server as parameters."""

    name: str
    dsn: str
    text: str
    variables: Mapping[str, str] = field(default_factory=dict)


def program(server: embedded.Server) -> Path:
    """This server's own pgbench, else the system's: it only sends what the scripts say."""
    own = server.bin_dir / "pgbench"
    found = own if own.exists() else shutil.which("pgbench")
    if found is None:
        raise FileNotFoundError("pgbench is not installed: apt-get install postgresql-contrib")
    return Path(found)


def round_of(pgbench: Path, script: Script, clients: int, seconds: int) -> float:
    """One round: microseconds per transaction of all clients together."""
    parts = conninfo_to_dict(script.dsn)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script.text)
        file.flush()
        command: list[str | Path] = [pgbench, "--no-vacuum", "--protocol=prepared", f"--client={clients}"]
        command += [f"--jobs={min(clients, os.cpu_count() or 1)}", f"--time={seconds}", f"--file={file.name}"]
        command += [f"--define={name}={value}" for name, value in script.variables.items()]
        command += ["-h", str(parts["host"]), "-p", str(parts["port"]), "-U", str(parts["user"]), str(parts["dbname"])]
        done = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r"^tps = ([\d.]+)", done.stdout, re.M)
    if done.returncode != 0 or found is None:
        raise RuntimeError(f"{script.name}: pgbench failed:\n{done.stdout}{done.stderr}")
    return 1e6 / float(found.group(1))
