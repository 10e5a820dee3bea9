"""What each index of a run table costs: bytes a row, and server CPU a row, measured by leaving it out.

    .venv/bin/python bench/indexes.py [system|wheel18] [--events 40000]

Loads runs as bench/reading.py does, copies a table's rows into a new leaf with all indexes, and into one with all but
the one that is measured, in alternating rounds. CPU is the server process's own (Linux: /proc); the difference of the
medians is the index's, and its spread what the machine's noise makes of it.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from reading import load

from hypermindlabs import embedded

ROUNDS = 7
TABLES = ["run_events", "run_summaries", "run_tools", "run_artifacts"]
INDEXES = """
    select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), pg_relation_size(c.oid), c.reltuples
    from pg_index as i
    join pg_class as c on c.oid = i.indexrelid
    where i.indrelid = %s::regclass
    order by not i.indisprimary, not i.indisunique, 1
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", nargs="?", default="wheel18")
    parser.add_argument("--events", type=int, default=40_000)
    args = parser.parse_args()
    with embedded.temporary(args.server) as server:
        server.ensure_database("bench")
        load(server, args.events)
        with psycopg.connect(server.dsn("bench"), autocommit=True) as admin:
            print(f"PostgreSQL {server.version}, {args.events:,} events; CPU: difference of medians of {ROUNDS} rounds")
            print(f"{'index':58}{'rows':>8}{'bytes a row':>12}{'us a row':>10}{'spread':>8}")
            for table in TABLES:
                measure(admin, table)


def measure(admin: psycopg.Connection[Any], table: str) -> None:
    everything = copy_of(admin, table, "everything")
    rows = fill(admin, table, everything)[0]
    admin.execute(sql.SQL("analyze {}").format(everything))
    indexes = admin.execute(INDEXES, (f"bench_copies.{table}_everything",)).fetchall()
    for _, definition, size, entries in indexes:
        without = copy_of(admin, table, "without")
        drop(admin, f"bench_copies.{table}_without", definition)
        pairs = [(fill(admin, table, everything)[1], fill(admin, table, without)[1]) for _ in range(ROUNDS)]
        differences = [(a - b) / rows for a, b in pairs]
        middle = statistics.median(a for a, _ in pairs) - statistics.median(b for _, b in pairs)
        spread = statistics.quantiles(differences, n=4)[2] - statistics.quantiles(differences, n=4)[0]
        what = definition.split(" USING ")[1]
        counted = rows if what.startswith("gin") else int(entries)
        print(f"{table + ' ' + what:.58}"[:58].ljust(58), end="")
        print(f"{counted:>8}{size / max(counted, 1):>12.0f}{middle / rows:>10.1f}{spread:>8.1f}", flush=True)


def copy_of(admin: psycopg.Connection[Any], table: str, name: str) -> sql.Identifier:
    """A table like a leaf, with its constraints and indexes, empty."""
    admin.execute("create schema if not exists bench_copies")
    copy = sql.Identifier("bench_copies", f"{table}_{name}")
    admin.execute(sql.SQL("drop table if exists {}").format(copy))
    admin.execute(sql.SQL("create table {} (like {} including all)").format(copy, sql.Identifier("hypermind", table)))
    return copy


def drop(admin: psycopg.Connection[Any], copy: str, definition: str) -> None:
    """Drops the index of a copy that is defined as the other copy's."""
    for name, other, _, _ in admin.execute(INDEXES, (copy,)):
        if other.split(" USING ")[1] == definition.split(" USING ")[1]:
            constraint = admin.execute(
                "select conname from pg_constraint where conindid = %s::regclass", (name,)
            ).fetchone()
            what = f"alter table {copy} drop constraint {constraint[0]}" if constraint else f"drop index {name}"
            admin.execute(what.encode())
            return
    raise LookupError(definition)


def fill(admin: psycopg.Connection[Any], table: str, copy: sql.Identifier) -> tuple[int, float]:
    """Empties it and copies all rows into it; how many, and microseconds of CPU."""
    admin.execute(sql.SQL("truncate {}").format(copy))
    started = cpu(admin)
    inserted = admin.execute(
        sql.SQL("insert into {} select * from {} order by run_id").format(copy, sql.Identifier("hypermind", table))
    )
    return inserted.rowcount, cpu(admin) - started


def cpu(admin: psycopg.Connection[Any]) -> float:
    """Microseconds that the server process of this connection has run."""
    return int(Path(f"/proc/{admin.info.backend_pid}/schedstat").read_text().split()[0]) / 1000


if __name__ == "__main__":
    main()
