"""The whole plan on the versions of PostgreSQL between the oldest and the newest: deploy, verify, revert, deploy again.

As someone who is no superuser. test_roundtrip.py does it with Sqitch on the oldest and the newest; here one session
runs all scripts, which takes a tenth of the time.

    HYPERMIND_SERVER=npm17 pytest tests/test_versions.py
"""

from __future__ import annotations

import psycopg
import pytest
from test_roundtrip import CHANGES, CREATOR, Deployer, deployer, record_runs

from hypermindlabs.deploy import deploy

__all__ = ["deployer"]  # a fixture


@pytest.mark.parametrize("deployer", [CREATOR], indirect=True)
def test_the_plan(deployer: Deployer) -> None:
    empty = deployer.dump()
    assert list(deploy(deployer.dsn).deployed) == CHANGES
    deployed = deployer.dump()
    record_runs(deployer.admin_dsn)
    recorded = deployer.dump()
    assert recorded.count("ATTACH PARTITION") > deployed.count("ATTACH PARTITION"), "backfilling made periods"
    deployer.scripts("verify", CHANGES)
    with pytest.raises(psycopg.Error, match="holds recorded runs"):
        deployer.scripts("revert", CHANGES[::-1])
    assert deployer.dump() == recorded, "a refused revert changes nothing"
    deployer.scripts("revert", CHANGES[::-1], allow_data_loss="on")
    with psycopg.connect(deployer.dsn, autocommit=True) as conn:
        conn.execute("drop schema sqitch cascade")
    assert deployer.dump() == empty, "a revert to nothing leaves nothing"
    deploy(deployer.dsn, verify=False)
    assert deployer.dump() == deployed, "a second deploy makes the same schema as the first"
