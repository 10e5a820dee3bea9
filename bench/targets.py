"""The rows of the table: what each is called, what it should reach, and which way is better.

A ratio of speeds (better: higher) is the other side's time through ours: 1.0 is as fast, 2.0 twice as fast.
A ratio of costs (better: lower) is ours through the other's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Row:
    """One row. target None: only reported. limit: what is known to be the best possible, in words.

    unit "x" is a ratio of two things measured in one run; other units are this machine's, and no quick form compares
    them. in_prototype: what the throw-away prototype reached.
    """

    key: str
    title: str
    target: float | None = None
    better: Literal["higher", "lower"] = "higher"
    unit: str = "x"
    limit: str = ""
    in_prototype: str = ""

    def met(self, value: float) -> bool | None:
        """Whether a value reaches the target; None without one."""
        if self.target is None:
            return None
        return value >= self.target if self.better == "higher" else value <= self.target


ROWS = [
    Row(
        "append_1",
        "append_event, 1 client (psycopg), to raw INSERT",
        0.72,
        limit="about 0.85",
        in_prototype="0.58-0.70",
    ),
    Row("append_4", "append_event, 4 clients (pgbench), to raw INSERT", 0.72, limit="about 0.85", in_prototype="0.70"),
    Row("append_8", "append_event, 8 clients (pgbench), to raw INSERT", 0.70, limit="about 0.85", in_prototype="0.65"),
    Row("append_cpu", "server CPU of append_event, to raw INSERT", 1.6, "lower", limit="1.4", in_prototype="1.87"),
    Row(
        "append_text_1",
        "append_event with full-text index, 1 client, to raw INSERT without",
        0.55,
        in_prototype="0.46-0.53",
    ),
    Row(
        "append_text_4",
        "append_event with full-text index, 4 clients, to raw INSERT without",
        0.55,
        in_prototype="0.51",
    ),
    Row(
        "append_text_8",
        "append_event with full-text index, 8 clients, to raw INSERT without",
        0.55,
        in_prototype="0.53",
    ),
    Row("append_text_cpu", "server CPU of append_event with full-text index, to raw INSERT without", None, "lower"),
    Row("append_text_same", "append_event with full-text index, 1 client, to raw INSERT with the same index"),
    Row("message_db_1", "append_event to message-db, 1 client", 1.0),
    Row("message_db_4", "append_event to message-db, 4 clients in one category (pgbench)", 2.0),
    Row("message_db_8", "append_event to message-db, 8 clients in one category (pgbench)", 2.0),
    Row("message_db_own_8", "append_event to message-db, 8 clients, a category each (pgbench)"),
    Row("eventsourcing_1", "append_event to eventsourcing's application recorder, 1 client", 1.8),
    Row("langgraph_1", "append_event to LangGraph's put and put_writes, 1 client", 1.8),
    Row("langgraph_delta_1", "append_event with a JSON Patch to LangGraph's put and put_writes, 1 client"),
    Row("batch_copy", "append_events of 1000 to COPY into a bare table", 0.55, limit="0.81", in_prototype="0.47"),
    Row("batch_message_db", "append_events of 1000 to message-db, pipelined", 2.0),
    Row("batch_eventsourcing", "append_events of 1000 to eventsourcing's insert_events", 2.0),
    Row("batch_pgmq", "append_events of 1000 to pgmq.send_batch"),
    Row("fold", "folding 10,000 JSON Patches on 100 KB to Python's jsonpatch", 3.0),
    Row("state_at", "state_at at any seq of 10,000 events, 100 KB state", 3.0, "lower", "ms", in_prototype="5.3"),
    Row("state_at_langgraph", "state_at at a snapshot to LangGraph's get_tuple, 100 KB state", 1.0),
    Row("storage", "the real tau-bench runs, all indexes and snapshots, to their raw JSON", 2.5, "lower", limit="1.08"),
    Row("storage_langgraph", "the same runs in LangGraph's saver, to their raw JSON", None, "lower"),
    Row("periods", "append cost at 500 periods to 12 periods", 1.05, "lower"),
    Row("patch_10", "append with a JSON Patch, state of 10 KB, to one without", 1.5, "lower"),
    Row("patch_100", "append with a JSON Patch, state of 100 KB, to one without", 1.5, "lower"),
    Row("patch_1000", "append with a JSON Patch, state of 1 MB, to one without", None, "lower"),
    Row(
        "open_snapshot",
        "server CPU of an append under a snapshot, after 10,000, to before",
        None,
        "lower",
    ),
    Row("open_snapshot_ms", "the same in milliseconds", None, "lower", "ms", in_prototype="from 0.12 to 0.31"),
    Row("verify", "verify_run", 100_000, unit="events/s"),
]
BY_KEY = {row.key: row for row in ROWS}
