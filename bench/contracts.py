"""What a payload contract costs an append, as ratios to an append without one, side by side in one run.

    .venv/bin/python bench/contracts.py [system|wheel18]

Rounds of each kind alternate, one client, synchronous_commit on. Beside the time of a call stands the CPU time of the
server process that serves it (Linux: /proc/<pid>/schedstat). "any payload" has a contract that accepts everything: what
it costs over a type without one is the look-up, and what the others cost over it is the check.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from common import client_of, make_durable, new_run

from hypermindlabs import embedded
from hypermindlabs.deploy import deploy

ROUNDS, CALLS = 61, 60
PAYLOAD = {
    "role": "assistant",
    "content": "Where is my order? " * 20,
    "gen_ai.response.id": "resp-123",
    "gen_ai.response.model": "m-1",
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 120,
    "gen_ai.usage.output_tokens": 17,
}
TEN_CONSTRAINTS = {
    "type": "object",
    "required": ["role", "content"],
    "properties": {
        "role": {"enum": ["user", "assistant", "tool"]},
        "content": {"type": "string", "minLength": 1},
        "gen_ai.usage.input_tokens": {"type": "integer", "minimum": 0},
        "gen_ai.usage.output_tokens": {"type": "integer", "minimum": 0},
        "gen_ai.response.id": {"maxLength": 100},
    },
}
WITH_A_PATTERN = {
    **TEN_CONSTRAINTS,
    "properties": {**TEN_CONSTRAINTS["properties"], "gen_ai.response.id": {"pattern": "^[a-z]+-[0-9]+$"}},  # type: ignore[dict-item]
}
CLOSED = {
    **TEN_CONSTRAINTS,
    "properties": {**dict.fromkeys(PAYLOAD, True), **TEN_CONSTRAINTS["properties"]},  # type: ignore[dict-item]
    "additionalProperties": False,
}
EVALUATED = {**TEN_CONSTRAINTS, "maxProperties": 50}
APPEND = """
select hypermind.append_event(%s, %s, %s, p_event_id => %s, p_model => 'm-1', p_input_tokens => 120,
    p_output_tokens => 17)"""

Sample = tuple[float, float]


def main() -> None:
    kind = sys.argv[1] if len(sys.argv) > 1 else "wheel18"
    with embedded.temporary(kind) as server:
        server.ensure_database("bench")
        dsn = server.dsn("bench")
        deploy(dsn, verify=False)
        with psycopg.connect(dsn, autocommit=True) as admin, client_of(server, admin) as client:
            make_durable(admin)
            row = client.execute("select project_id from hypermind.projects").fetchone()
            assert row is not None
            report(measure(client, kinds_of_append(client, row[0])), server.version)


def kinds_of_append(client: psycopg.Connection[Any], project_id: UUID) -> dict[str, Callable[[], None]]:
    schemas: dict[str, Any] = {
        "any payload": True,
        "ten constraints": TEN_CONSTRAINTS,
        "ten, one of them a pattern": WITH_A_PATTERN,
        "ten, and no other members": CLOSED,
        "ten, decided by the evaluator": EVALUATED,
    }
    payload = json.dumps(PAYLOAD)

    def append(event_type: str) -> Callable[[], None]:
        run = new_run(client, project_id, 0)

        def call() -> None:
            client.execute(APPEND, (run, event_type, payload, uuid4()), prepare=True)

        return call

    kinds = {"no contract": append("custom.none")}
    for number, (name, schema) in enumerate(schemas.items()):
        event_type = f"custom.contract_{number}"
        client.execute("select hypermind.register_event_type(%s, %s, %s)", (event_type, json.dumps(schema), project_id))
        kinds[name] = append(event_type)
    kinds["shipped model.responded"] = append("model.responded")
    return kinds


def measure(client: psycopg.Connection[Any], kinds: dict[str, Callable[[], None]]) -> dict[str, list[Sample]]:
    samples: dict[str, list[Sample]] = {name: [] for name in kinds}
    for r in range(ROUNDS + 1):
        for name, call in kinds.items():
            started, cpu = time.perf_counter(), server_cpu(client)
            for _ in range(CALLS):
                call()
            if r:  # the first round warms up
                took = (time.perf_counter() - started) / CALLS * 1e6
                samples[name].append((took, (server_cpu(client) - cpu) / CALLS))
    return samples


def server_cpu(client: psycopg.Connection[Any]) -> float:
    """CPU time of the client's server process so far, in microseconds."""
    return int(Path(f"/proc/{client.info.backend_pid}/schedstat").read_text().split()[0]) / 1000


def report(samples: dict[str, list[Sample]], version: str) -> None:
    calls = {name: statistics.median(s[0] for s in found) for name, found in samples.items()}
    cpus = {name: statistics.median(s[1] for s in found) for name, found in samples.items()}
    print(f"PostgreSQL {version}, {os.cpu_count()} cores, {ROUNDS} rounds of {CALLS} calls, medians")
    print(f"{'':32} {'call us':>8} {'to none':>8} {'server CPU us':>14} {'to none':>8} {'check us':>9}")
    for name in samples:
        check = "" if name == "no contract" else f"{cpus[name] - cpus['any payload']:+.1f}"
        print(
            f"{name:32} {calls[name]:8.0f} {calls[name] / calls['no contract']:8.2f} {cpus[name]:14.0f} "
            f"{cpus[name] / cpus['no contract']:8.2f} {check:>9}"
        )


if __name__ == "__main__":
    main()
