"""What is written: the messages of real runs, the same for every side; without them, messages that are made up."""

from __future__ import annotations

import itertools
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("HYPERMIND_SHARED_DATA", REPO.parent / "shared/data"))

# The contract that every payload meets: ten constraints.
SCHEMA = {
    "type": "object",
    "required": ["role"],
    "properties": {
        "role": {"enum": ["system", "user", "assistant", "tool"]},
        "content": {"type": ["string", "null"]},
        "name": {"type": "string", "minLength": 1, "maxLength": 100},
        "tool_call_id": {"type": "string", "minLength": 1},
        "tool_calls": {"type": ["array", "null"], "maxItems": 100},
    },
}


def chats() -> list[dict[str, Any]]:
    """The entries of tau-bench's file; empty when it is not there."""
    return [entry for path in sorted((DATA / "tau_bench").glob("*.json")) for entry in json.loads(path.read_text())]


def messages() -> tuple[str, list[dict[str, Any]]]:
    """Where the messages are from, and the messages: all but system prompts, which are no step of a run."""
    real = [m for entry in chats() for m in entry["traj"] if m["role"] != "system"]
    if real:
        return "real messages of tau-bench runs", real
    return "generated messages", made_up()


def made_up() -> list[dict[str, Any]]:
    """Messages of about the sizes of real ones, the same each time."""
    r = random.Random(7)
    words = [f"w{n}" for n in range(2000)]
    return [
        {
            "role": ("user", "assistant", "tool")[n % 3],
            "content": " ".join(r.choices(words, k=int(r.paretovariate(1) * 20) % 800 + 5)),
        }
        for n in range(1000)
    ]


def texts() -> Iterator[str]:
    """The messages as JSON, one after the other and again from the first."""
    return itertools.cycle([json.dumps(message) for message in messages()[1]])


def typical() -> str:
    """The message of the middle size of those that are longer than the median: where one must stand for all."""
    ordered = sorted((json.dumps(message) for message in messages()[1]), key=len)
    return ordered[len(ordered) * 3 // 4]
