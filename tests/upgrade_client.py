"""What test_upgrades.py runs with the package of a release: a client that records runs, and one that reads them all.

    python upgrade_client.py deploy DSN
    python upgrade_client.py record DSN NAME
    python upgrade_client.py read DSN

Only what an application would use: no SQL, nothing private. Of each release.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
from datetime import datetime
from typing import Any
from uuid import UUID

import hypermindlabs
from hypermindlabs import ConfigRef, NewEvent
from hypermindlabs.deploy import deploy

MONTHS = ("2023-12-31", "2024-02-29")
Lab = hypermindlabs.Lab


def record(lab: Lab, name: str) -> None:
    """A project with two runs of months past and three of now: completed, running and a fork; and a digest of all."""
    runs = lab.runs
    project = runs.create_project("upgrades", name, runs.create_project_role("upgrades", name))
    runs.grant_project(project, "uma")
    version = runs.register_config(project, "prompt", "greeting", {"text": "Be kind."})
    runs.label_config(project, "prompt", "greeting", "production", version)
    ids = [*(run_id_of(number, month, name) for number, month in enumerate(MONTHS)), runs.new_run_id()]
    for run_id in ids:
        run = runs.create(
            project,
            "chat",
            configs={"prompt": ConfigRef(kind="prompt", name="greeting", label="production")},
            input={"question": "Where is my order?"},
            tags=["upgrade"],
            run_id=run_id,
        )
        runs.start(run)
        runs.append(run, "message.added", {"role": "user", "content": "Where?"}, state_delta={"messages": ["Where?"]})
        runs.append_many(run, [NewEvent("note.added", {"n": n}, state_delta={"n": n}) for n in range(5)])
        runs.attach(run, "picture", "file:///picture", hashlib.sha256(b"a picture").digest(), 9)
        runs.take_snapshot(run)
        runs.erase_payload(run, 4, "a test")
        runs.complete(run, {"answer": "On its way."})
    lab.replay.fork(ids[-1], 3, state_patch={"edited": True})
    waiting = runs.create(project, "workflow")
    runs.start(waiting)
    runs.claim(waiting, "worker-1")
    runs.place_hold(project, "a test", run_id=ids[0])
    lab.operations.issue_digest()


def run_id_of(number: int, day: str, name: str) -> UUID:
    """A UUIDv7 of a day."""
    milliseconds = int(datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp() * 1000)
    random = int.from_bytes(hashlib.sha256(f"{name} {number}".encode()).digest()[:8])
    return UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | random >> 2)


def read(lab: Lab) -> dict[str, Any]:
    """All that the package can say about all runs."""
    return {
        "projects": lab.runs.projects(),
        "configs": [lab.runs.config_history(p.project_id, "prompt", "greeting") for p in lab.runs.projects()],
        "runs": [read_run(lab, run.run_id) for run in lab.runs.list(limit=1000)],
        "digests": [[d, lab.operations.digest_leaves(d.number)] for d in lab.operations.digests()],
        "problems": lab.replay.check_integrity(),
    }


def read_run(lab: Lab, run: UUID) -> dict[str, Any]:
    last = lab.runs.get(run).last_seq
    return {
        "run": lab.runs.get(run),
        "request": lab.runs.request(run),
        "pins": lab.runs.pins(run),
        "events": list(lab.replay.replay_events(run)),
        "artifacts": lab.runs.artifacts(run),
        "snapshots": lab.runs.snapshots(run),
        "states": [seq_state(lab, run, seq) for seq in range(1, last + 1)],
        "lineage": lab.replay.lineage(run),
        "verification": lab.replay.verify(run),
    }


def seq_state(lab: Lab, run: UUID, seq: int) -> object:
    try:
        return lab.replay.resolve(run, seq)
    except hypermindlabs.errors.ContentErased as erased:
        return type(erased).__name__


def plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return value.hex() if isinstance(value, bytes) else str(value)


def main(verb: str, dsn: str, *name: str) -> None:
    if verb == "deploy":
        deploy(dsn)
        return
    with hypermindlabs.connect(dsn, max_size=1) as lab:
        if verb == "record":
            record(lab, *name)
        else:
            json.dump(read(lab), sys.stdout, default=plain)


if __name__ == "__main__":
    main(*sys.argv[1:])
