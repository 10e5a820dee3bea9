"""One client of the histories in test_linearizability.py, a process of its own: makes the calls of its plan.

Standard input: a line with the plan as JSON, and a line when to begin. Standard output: a line with the server process
when it is ready, and a line with the calls, what they gave and when, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import psycopg

QUERIES = {
    "append": """select hypermind.append_event(
                     %(run)s, %(type)s, p_state_delta => %(delta)s, p_event_id => %(event_id)s,
                     p_expected_seq => %(expected_seq)s, p_epoch => %(epoch)s)""",
    "append_batch": "select hypermind.append_events(%(run)s, %(events)s, %(expected_seq)s, %(epoch)s)",
    "transition": "select hypermind.transition_run(%(run)s, %(status)s, '{}', %(expected_seq)s, %(epoch)s)",
    "request_cancel": "select hypermind.request_cancel(%(run)s)",
    "claim": "select hypermind.claim_run(%(run)s, 'worker', p_epoch => %(epoch)s)",
    "timeline": """select coalesce(jsonb_agg(jsonb_build_array(t.seq, t.event_type)), '[]')
                   from hypermind.run_timeline(%(run)s, 0, 1000) as t""",
    "state": "select hypermind.state_at(%(run)s) ->> 'last'",
    "overview": "select jsonb_build_array(status, last_seq) from hypermind.run_overview where run_id = %(run)s",
}


def delta(content: str) -> str:
    return json.dumps({"last": content})


def parameters(name: str, given: dict[str, Any]) -> dict[str, Any]:
    found = {"expected_seq": None, "epoch": None, **given}
    if name == "append":
        found["type"], found["event_id"] = given["entry"]
        found["delta"] = delta(found["type"])
    if name == "append_batch":
        events = [
            {"event_type": content, "state_delta": {"last": content}, **({"event_id": key} if key else {})}
            for content, key in given["entries"]
        ]
        found["events"] = json.dumps(events)
    return found


class Client:
    def __init__(self, name: str, dsn: str) -> None:
        self.name, self.dsn = name, dsn
        self.connection = psycopg.connect(dsn, autocommit=True)
        self.seqs: dict[str, int] = {}  # the last that it knows of each run
        self.epochs: dict[str, int] = {}

    def resolved(self, step: dict[str, Any]) -> dict[str, Any]:
        """What is given: a plan says how far expected_seq and epoch are from what the client knows by then."""
        given = dict(step["given"])
        for named, known, first in (("expected_seq", self.seqs, 2), ("epoch", self.epochs, 0)):
            if named in given:
                given[named] += known.get(given["run"], first)
        return given

    def do(self, step: dict[str, Any]) -> dict[str, Any]:
        name, given = step["name"], self.resolved(step)
        call: dict[str, Any] = {"client": self.name, "name": name, "given": given, "made": time.monotonic_ns()}
        if step.get("lose"):
            self.lose(QUERIES[name], parameters(name, given))
            return call
        try:
            row = self.connection.execute(QUERIES[name], parameters(name, given)).fetchone()
            assert row is not None
            call["answer"] = row[0]
        except psycopg.Error as error:
            call["answer"] = error.sqlstate
        call["answered"] = time.monotonic_ns()
        self.learn(name, given["run"], call["answer"])
        return call

    def lose(self, query: str, given: dict[str, Any]) -> None:
        """Sends a call, and is gone before the answer comes."""
        text = psycopg.ClientCursor(self.connection).mogrify(query, given)
        self.connection.pgconn.send_query(text.encode())
        while self.connection.pgconn.flush():
            pass
        self.connection.close()
        self.connection = psycopg.connect(self.dsn, autocommit=True)

    def learn(self, name: str, run: str, answer: Any) -> None:
        if name == "timeline":
            self.seqs[run] = len(answer)
        elif name == "overview":
            self.seqs[run] = answer[1]
        elif name == "claim" and isinstance(answer, int):
            self.epochs[run] = answer
        elif isinstance(answer, int):
            self.seqs[run] = max(answer, self.seqs.get(run, 0))


def main() -> None:
    plan = json.loads(sys.stdin.readline())
    client = Client(plan["client"], plan["dsn"])
    print(client.connection.info.backend_pid, flush=True)
    sys.stdin.readline()
    print(json.dumps([client.do(step) for step in plan["steps"]]), flush=True)


if __name__ == "__main__":
    main()
