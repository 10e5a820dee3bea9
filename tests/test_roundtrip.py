"""The Sqitch round trip: deploy, refuse to revert recorded runs, revert to nothing, deploy again.

With the real Sqitch, on a server of its own for each kind of deployer, since roles belong to a whole server. Sqitch
takes its time: ten times as long as the package's own deploy, which has to make the same of the plan, and does one
half of the deploys here.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import harness
import psycopg
import pytest
from conftest import server_kind
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.types.json import Jsonb
from test_deploy import Database

from hypermindlabs import embedded
from hypermindlabs.deploy import deploy, read_plan, status
from hypermindlabs.embedded import Server

ROLES = ("owner", "reader", "writer", "operator", "auditor")
ALLOW_DATA_LOSS = "-c hypermind.allow_data_loss=on"
MORE_SQITCH = "wheel18"  # with the oldest version test_operations.py has Sqitch verify each change, and revert
CHANGES = [change.name for change in read_plan(harness.REPO).changes]
SUPERUSER, CREATOR, OWNER = "superuser", "creator of roles", "owner of the database alone"


@dataclass(frozen=True)
class Deployer:
    """Someone who deploys into an empty database of a new server."""

    server: Server
    dsn: str  # the deployer's
    admin_dsn: str  # the superuser's, of the same database
    kind: str

    def sqitch(self, *words: str, options: str = "") -> str:
        done = harness.sqitch(self.dsn, *words, options=options)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def scripts(self, kind: str, changes: list[str], allow_data_loss: str = "off") -> None:
        """What Sqitch would run, in one session, which takes a tenth of the time; without its registry."""
        with psycopg.connect(self.dsn, autocommit=True) as conn:
            conn.execute(sql.SQL("set hypermind.allow_data_loss = {}").format(allow_data_loss))
            for change in changes:
                conn.execute((harness.REPO / f"db/{kind}/{change}.sql").read_bytes())

    def dump(self) -> str:
        """The schema, with the database's own settings and privileges."""
        return harness.dump_schema(self.server, self.admin_dsn, "--create")

    def content(self) -> str:
        """The rows, and those of Sqitch's registry."""
        return harness.dump(self.server, self.admin_dsn, "--data-only")


@pytest.fixture(params=[SUPERUSER, CREATOR, OWNER])
def deployer(request: pytest.FixtureRequest) -> Iterator[Deployer]:
    """Who may deploy: a superuser; someone with CREATEROLE; someone for whom the roles were made beforehand."""
    with embedded.temporary(harness.binaries(server_kind())) as server:
        user = embedded.SUPERUSER if request.param == SUPERUSER else "dba"
        with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
            if request.param == CREATOR:
                admin.execute("create role dba login createrole")
            elif request.param == OWNER:
                admin.execute("create role dba login")
                for role in ROLES:
                    script = harness.REPO / f"db/deploy/roles/hypermind_{role}.sql"
                    admin.execute(script.read_bytes())
                admin.execute("grant hypermind_owner to dba")
            admin.execute(sql.SQL("create database ledger template template0 owner {}").format(sql.Identifier(user)))
        yield Deployer(server, make_conninfo(server.dsn("ledger"), user=user), server.dsn("ledger"), request.param)


@pytest.fixture(autouse=True)
def one_committer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who deploys is the same for Sqitch, as the harness runs it, and for us."""
    monkeypatch.setenv("SQITCH_FULLNAME", "Test")
    monkeypatch.setenv("SQITCH_EMAIL", "test@example.invalid")


def test_the_round_trip(deployer: Deployer) -> None:
    empty = deployer.dump()
    if deployer.kind == OWNER or (deployer.kind == CREATOR and server_kind() != MORE_SQITCH):
        deploy(deployer.dsn)
    else:
        deployer.sqitch("deploy", "--verify" if deployer.kind == CREATOR else "--no-verify")
    deployer.sqitch("check")
    deployed = deployer.dump()
    if deployer.kind == SUPERUSER:
        assert_the_package_makes_the_same(deployer)
    if deployer.kind == CREATOR:
        deployer.sqitch("revert", "-y")  # without runs it needs no permission
    else:
        record_runs(deployer.admin_dsn)
        if deployer.kind == SUPERUSER:
            deployer.sqitch("verify")  # with periods and rows there
        recorded, content = deployer.dump(), deployer.content()
        assert recorded.count("ATTACH PARTITION") > deployed.count("ATTACH PARTITION"), "backfilling made periods"
        refused = harness.sqitch(deployer.dsn, "revert", "-y")
        assert refused.returncode != 0
        assert "holds recorded runs" in refused.stdout
        assert (deployer.dump(), deployer.content()) == (recorded, content), "a refused revert changes nothing"
        assert_nothing_can_be_changed(deployer)
        if deployer.kind == OWNER and server_kind() != MORE_SQITCH:
            deployer.scripts("revert", CHANGES[::-1], allow_data_loss="on")
        else:
            deployer.sqitch("revert", "-y", options=ALLOW_DATA_LOSS)
    assert deployer.dump() == empty, "a revert to nothing leaves nothing"
    if deployer.kind == SUPERUSER:
        assert deploy(deployer.dsn).already == 0
        assert deployer.dump() == deployed, "a second deploy makes the same schema as the first"
        for command in ("status", "check", "log"):
            deployer.sqitch(command)


def assert_nothing_can_be_changed(deployer: Deployer) -> None:
    with psycopg.connect(deployer.admin_dsn, autocommit=True) as admin:
        for change in ("update hypermind.run_events set payload = '{}'", "truncate hypermind.run_events cascade"):
            with pytest.raises(psycopg.Error) as caught:
                admin.execute(change)
            assert caught.value.sqlstate == "MH004"


def assert_the_package_makes_the_same(deployer: Deployer) -> None:
    """`hypermindlabs.deploy` in a new database against what Sqitch deployed: the registry and the schema."""
    theirs, ours = (Database(deployer.server, deployer.server.dsn(name)) for name in ("ledger", "ours"))
    deployer.server.ensure_database("ours")
    result = deploy(ours.dsn)
    assert list(result.deployed) == CHANGES
    assert status(ours.dsn).pending == ()
    assert ours.registry() == theirs.registry()
    assert ours.registry_schema() == theirs.registry_schema()
    assert harness.dump_schema(ours.server, ours.dsn) == harness.dump_schema(theirs.server, theirs.dsn)


def test_every_revert_script_refuses_by_itself(dsn: str, server: Server) -> None:
    """Sqitch reverts the newest change first, whichever that is one day."""
    record_runs(dsn)
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute("create role reverter login; grant hypermind_owner to reverter")
    before = harness.dump(server, dsn)
    for user in (embedded.SUPERUSER, "reverter"):
        with psycopg.connect(dsn, user=user, autocommit=True) as deployer:
            for change in CHANGES[CHANGES.index("functions/assert_revertible") + 1 :]:
                with pytest.raises(psycopg.Error) as caught:
                    deployer.execute((harness.REPO / f"db/revert/{change}.sql").read_bytes())
                assert caught.value.sqlstate == "MH019", f"{change} was not refused {user}: {caught.value}"
                deployer.execute("rollback")
    assert harness.dump(server, dsn) == before


def record_runs(dsn: str) -> None:
    """Two projects; runs of this month and of two past ones, with events, snapshots, artifacts, pins and a fork."""
    with psycopg.connect(dsn, autocommit=True) as admin:

        def call(query: str, *parameters: object) -> Any:
            row = admin.execute(f"select hypermind.{query}", parameters).fetchone()
            assert row is not None
            return row[0]

        admin.execute("create role backfiller; grant hypermind_operator to backfiller")
        for name in ("a", "b"):
            project = call("create_project('lab', %s, %s)", name, call("create_project_role('lab', %s)", name))
            call("grant_project(%s, 'backfiller')", project)
            admin.execute("set role backfiller")  # a superuser acts in no project by itself
            call("register_config(%s, 'prompt', 'greeting', %s)", project, Jsonb({"text": "Be kind."}))
            call("label_config(%s, 'prompt', 'greeting', 'production', 1)", project)
            pins = Jsonb({"prompt": {"kind": "prompt", "name": "greeting", "label": "production"}})
            for at in (datetime.now(UTC), datetime(2024, 2, 29, 12, tzinfo=UTC), datetime(2023, 12, 31, tzinfo=UTC)):
                run = call("create_run(%s, 'chat', p_configs => %s, p_run_id => %s)", project, pins, uuid7(at))
                call("transition_run(%s, 'running')", run)
                events = [
                    {"event_type": "message.added", "state_delta": [{"op": "add", "path": f"/{n}", "value": n}]}
                    for n in range(5)
                ]
                call("append_events(%s, %s)", run, Jsonb(events))
                content = b"a picture"
                digest = hashlib.sha256(content).digest()
                call("attach_artifact(%s, 'image', 'file:///picture', %s, %s)", run, digest, len(content))
                call("take_snapshot(%s)", run)
                call("fork_run(%s, 4, %s)", run, Jsonb({"edited": True}))
                call("transition_run(%s, 'completed')", run)
            admin.execute("reset role")


def uuid7(at: datetime) -> UUID:
    milliseconds = int(at.timestamp() * 1000)
    random = int.from_bytes(os.urandom(10), "big")
    return UUID(int=milliseconds << 80 | 7 << 76 | (random >> 68) << 64 | 2 << 62 | random & ((1 << 62) - 1))
