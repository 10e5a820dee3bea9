"""PgBouncer in transaction mode: the package works through it as it is, with many clients on few connections."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import harness
import psycopg
import pytest
from conftest import Connection, TwoProjects
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from hypermindlabs import NewEvent, connect

PORT = 6432


@pytest.fixture(scope="module")
def pooled_dsn(two_projects: TwoProjects) -> Iterator[str]:
    """Alice's dsn through a PgBouncer that has two connections to give."""
    program = harness.tool("pgbouncer")
    folder = Path(subprocess.check_output(["mktemp", "-d", "-t", "hmb.XXXXXX"], text=True).strip())
    parts = conninfo_to_dict(two_projects.dsn_of("alice"))
    (folder / "users.txt").write_text('"alice" ""\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = user=alice host={parts['host']} port={parts['port']}\n"
        f"[pgbouncer]\nlisten_addr =\nlisten_port = {PORT}\nunix_socket_dir = {folder}\nauth_type = any\n"
        f"auth_file = {folder}/users.txt\npool_mode = transaction\ndefault_pool_size = 2\n"
        f"logfile = {folder}/log\npidfile = {folder}/pid\n"
    )
    command = [program, str(folder / "pgbouncer.ini")]
    if os.geteuid() == 0:  # it refuses to run as root
        shutil.chown(folder, "postgres")
        for path in folder.iterdir():
            shutil.chown(path, "postgres")
        command = ["runuser", "-u", "postgres", "--", *command]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if (folder / f".s.PGSQL.{PORT}").exists() or process.poll() is not None:
                break
            time.sleep(0.1)
        assert process.poll() is None, (folder / "log").read_text()
        yield make_conninfo(host=str(folder), port=PORT, dbname=parts["dbname"], user="alice")
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def test_many_clients_share_two_connections(pooled_dsn: str, two_projects: TwoProjects) -> None:
    def record(number: int) -> int:
        with connect(pooled_dsn, max_size=1, prepare_threshold=None) as lab:
            run = lab.runs.create(two_projects.a, "chat", input={"number": number})
            lab.runs.start(run)
            for step in range(20):
                lab.runs.append(run, "message.added", {"step": step}, state_delta={"step": step})
            lab.runs.complete(run)
            assert lab.replay.state_at(run) == {"step": 19}
            assert lab.replay.verify(run).valid
            return lab.runs.get(run).last_seq

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(record, range(16))) == [23] * 16


def test_the_caller_is_who_the_pooler_logged_in_as(pooled_dsn: str, two_projects: TwoProjects) -> None:
    with psycopg.connect(pooled_dsn, prepare_threshold=None) as connection:
        run_id = connection.execute("select hypermind.create_run(%s, 'chat')", [two_projects.a]).fetchone()
        assert run_id is not None
        row = connection.execute("select created_by from hypermind.runs where run_id = %s", run_id).fetchone()
        assert row == ("alice",)


def test_all_that_clients_do_works_on_connections_that_change(pooled_dsn: str, two_projects: TwoProjects) -> None:
    """A batch, a claim, a stream, a transaction of the caller's, a fork, and every way to read, by four at once."""

    def work(number: int) -> int:
        with connect(pooled_dsn, max_size=1, prepare_threshold=None) as lab:
            run = lab.runs.create(two_projects.a, "workflow", tags=[f"client {number}"])
            lab.runs.start(run)
            with lab.runs.claimed(run, f"worker {number}") as epoch:
                said = {"role": "user", "content": f"pooled words of {number}"}
                lab.runs.append_many(run, [NewEvent("message.added", said) for _ in range(50)], epoch=epoch)
                with lab.runs.stream(run, epoch=epoch) as stream:
                    for step in range(20):
                        stream.add("note.added", {"step": step}, state_delta={"step": step})
            with lab.transaction() as tx:
                tx.runs.take_snapshot(run)
                tx.runs.complete(run)
            child = lab.replay.fork(run, 60)
            lab.runs.cancel(child)

            today = datetime.now(UTC)
            day, hour = timedelta(days=1), timedelta(hours=1)
            assert [entry.seq for entry in lab.runs.timeline(run, after_seq=70)] == [71, 72, 73]
            assert len(lab.runs.search(f'"pooled words of {number}"', run_id=run, limit=100)) == 50
            assert [each.run_id for each in lab.runs.list(tags=[f"client {number}"])] == [run]
            assert lab.runs.activity(today - hour, today + hour, project_id=two_projects.a)
            assert lab.runs.rollup((today - day).date(), (today + 2 * day).date(), project_id=two_projects.a)
            assert lab.replay.resolve(child).state == {"step": 7}
            return lab.runs.get(run).last_seq

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(8))) == [73] * 8


def test_a_role_that_was_set_for_a_transaction_is_not_the_next_client_s(
    pooled_dsn: str, two_projects: TwoProjects, admin_conn: Connection
) -> None:
    admin_conn.execute(
        "create role pooled_writer; grant hypermind_writer to pooled_writer; grant pooled_writer to alice"
    )
    admin_conn.execute("select hypermind.grant_project(%s, 'pooled_writer')", (two_projects.a,))
    with psycopg.connect(pooled_dsn, prepare_threshold=None, autocommit=True) as one:
        with one.transaction():
            one.execute("set local role pooled_writer")
            run = one.execute("select hypermind.create_run(%s, 'chat')", (two_projects.a,)).fetchone()
        # All that there are to the server, at once.
        with ExitStack() as others:
            for _ in range(2):
                other = others.enter_context(psycopg.connect(pooled_dsn, prepare_threshold=None))
                assert other.execute("select current_user").fetchone() == ("alice",)
        assert run is not None
        row = one.execute("select created_by from hypermind.runs where run_id = %s", run).fetchone()
        assert row == ("pooled_writer",)
