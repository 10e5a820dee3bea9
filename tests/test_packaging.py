"""The wheel, installed away from the checkout, carries the plan and deploys it."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import harness
import psycopg
import pytest
from conftest import MakeDatabase, only_with

pytestmark = only_with("system", "a wheel is a wheel on any server")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    harness.must([*pip, "--wheel-dir", folder, harness.REPO])
    return next(folder.glob("hypermindlabs-*.whl"))


def test_the_wheel_holds_the_sqitch_project_and_the_sample_run(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for tree in ("deploy", "revert", "verify"):
        scripts = {path.relative_to(harness.REPO).as_posix() for path in harness.REPO.glob(f"db/{tree}/**/*.sql")}
        assert scripts
        assert {f"hypermindlabs/sqitch/{script}" for script in scripts} <= names
    assert {"hypermindlabs/sqitch/sqitch.plan", "hypermindlabs/sqitch/sqitch.conf", "hypermindlabs/py.typed"} <= names
    assert any(name.startswith("hypermindlabs/examples/") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "bench/", "docs/"))]


def test_the_installed_wheel_deploys_without_the_checkout(
    wheel: Path, tmp_path: Path, make_database: MakeDatabase
) -> None:
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv/bin/python"
    site = next((tmp_path / "venv/lib").glob("python*/site-packages"))
    # What the package depends on comes from the environment of the tests; a path file would bring in the checkout too.
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if "hypermindlabs" not in entry.name and entry.suffix != ".pth":
            (site / entry.name).symlink_to(entry)
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index"]
    harness.must([*pip, wheel])

    dsn = make_database("wheel", deployed=False)
    script = (
        "import sys, hypermindlabs, hypermindlabs.deploy as d\n"
        "d.deploy(sys.argv[1])\n"
        "print(hypermindlabs.__file__, hypermindlabs.__version__)\n"
    )
    done = subprocess.run(
        [python, "-I", "-c", script, dsn], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(site))
    with psycopg.connect(dsn) as connection:
        assert connection.execute("select hypermind.schema_version()").fetchone() == (1,)


def test_the_wheel_installs_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        entry_points = next(name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "hypermindlabs = hypermindlabs.cli:main" in archive.read(entry_points).decode()
