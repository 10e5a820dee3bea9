"""Digests as files: what is kept outside of the database, to hold it against later (docs/digests.md).

JSON lines: the digest with its hash and the hash of the one before, then a line for each of its leaves, by run_id. A
file may hold several digests, one after the other. All of it can be checked without a server, and without this package.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from . import chain
from .importers import TraceFileError
from .persistence import Digest, DigestLeaf

FORMAT = "hypermindlabs.digest"
VERSION = 1
AGAIN = "Take the digest as it was written by: hypermindlabs digest."


@dataclass(frozen=True, slots=True)
class KeptDigest:
    """A digest with its leaves, as a file has it."""

    digest: Digest
    leaves: list[DigestLeaf]
    file: str


def digest_hash(digest: Digest) -> bytes:
    """The digest_hash that the other members of a digest lead to (docs/hash-chain.md)."""
    microseconds = (digest.issued_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    array = [
        *("hypermind.digest.1", digest.number, digest.runs, digest.merkle_root.hex(), digest.previous_hash.hex()),
        *(digest.issued_by, microseconds),
    ]
    return sha256(json.dumps(array, ensure_ascii=False).encode()).digest()


def merkle_root(leaves: Iterable[DigestLeaf]) -> bytes:
    """The Merkle root over leaves, in their order."""
    return chain.merkle_root(chain.run_leaf(leaf.run_id, leaf.last_seq, leaf.last_hash) for leaf in leaves)


def lines(digest: Digest, leaves: Iterable[DigestLeaf]) -> Iterator[str]:
    """The lines of a digest's file, each without its line end."""
    head = {
        "type": "digest",
        "format": FORMAT,
        "version": VERSION,
        "number": digest.number,
        "runs": digest.runs,
        "merkle_root": digest.merkle_root.hex(),
        "previous_hash": digest.previous_hash.hex(),
        "issued_by": digest.issued_by,
        "issued_at": digest.issued_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "digest_hash": digest.digest_hash.hex(),
    }
    yield json.dumps(head, ensure_ascii=False)
    for leaf in leaves:
        row = {"run_id": str(leaf.run_id), "last_seq": leaf.last_seq, "last_hash": leaf.last_hash.hex()}
        yield json.dumps({"type": "leaf", **row})


def read(path: Path) -> list[KeptDigest]:
    """The digests of a file, as they stand there: whether they fit is not looked at.

    Raises TraceFileError where the file is none of a digest.
    """
    found: list[KeptDigest] = []
    number = 0
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):  # noqa: B007 (an error names the line)
                if line.strip():
                    _take(json.loads(line), found, str(path))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise TraceFileError(str(path), 0, reason, "Give the path of a readable file.") from None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise TraceFileError(str(path), number, f"not as a digest is written: {error!r}", AGAIN) from None
    if not found:
        raise TraceFileError(str(path), 0, "there is no digest in the file", AGAIN)
    return found


def _take(row: dict[str, Any], found: list[KeptDigest], file: str) -> None:
    if row["type"] == "leaf":
        found[-1].leaves.append(DigestLeaf(UUID(row["run_id"]), _count(row["last_seq"]), _hash(row["last_hash"])))
        return
    if (row["type"], row["format"], row["version"]) != ("digest", FORMAT, VERSION):
        raise ValueError(f"{row['type']} {row['format']} {row['version']}")
    digest = Digest(
        number=_count(row["number"]),
        runs=_count(row["runs"]),
        merkle_root=_hash(row["merkle_root"]),
        previous_hash=_hash(row["previous_hash"]),
        issued_by=row["issued_by"],
        issued_at=datetime.fromisoformat(row["issued_at"]).astimezone(UTC),
        digest_hash=_hash(row["digest_hash"]),
    )
    found.append(KeptDigest(digest, [], file))


def _count(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError(f"{value!r} is no number")
    return value


def _hash(text: str) -> bytes:
    value = bytes.fromhex(text)
    if len(value) != 32:
        raise ValueError(f"{text!r} is no SHA-256")
    return value
