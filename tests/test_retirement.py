"""Months that leave the run tables among real sessions: who waits for whom, and what writers and readers notice.

The archives here are recorded without files: what the files must hold is test_archive.py's.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from conftest import Connection, TwoProjects, only_with
from test_concurrency import REPEATABLE_READ, Client, Connect, client
from test_periods import run_id

pytestmark = only_with("system", "pgTAP tries retirement on any server")

__all__ = ["client"]  # a fixture

Months = Callable[[], date]


@pytest.fixture(scope="module")
def month() -> Months:
    """A function that gives a month of the past that nobody has used yet."""
    return partial(next, iter([date(year, number, 1) for year in range(2005, 2024) for number in range(1, 13)]))


@pytest.fixture
def oscar(client: Connect, two_projects: TwoProjects) -> Client:
    operator = client("oscar")
    if one(operator, "select origin from hypermind.retention_policy(null)") == "none":
        operator.call("set_retention_policy", None, 0, None, 0, "nothing is kept, all is archived")
    return operator


@pytest.fixture(scope="module", autouse=True)
def everything_is_whole_at_the_end(two_projects: TwoProjects) -> Iterator[None]:
    yield
    assert two_projects.connect("audrey").execute("select * from hypermind.check_integrity()").fetchall() == []


def in_month(month: date, day: int = 15) -> datetime:
    return datetime(month.year, month.month, day, tzinfo=UTC)


def ended_run(oscar: Client, project: UUID, month: date) -> UUID:
    """A run of that month that has ended: three events."""
    run: UUID = oscar.call("create_run", project, "chat", p_run_id=run_id(in_month(month)))
    oscar.call("append_event", run, "message.added", '{"role": "user", "content": "an old word"}')
    oscar.call("transition_run", run, "cancelled")
    return run


def archive(oscar: Client, month: date) -> UUID:
    """Records that the month has been archived, as it is now."""
    oscar.call("refresh_rollups")
    archive_id: UUID = oscar.call(
        "record_archive", uuid4(), month, "file:///archive", json.dumps(oscar.call("archive_figures", month))
    )
    return archive_id


def archived_run(oscar: Client, project: UUID, month: date) -> UUID:
    """The only run of a month that could be detached at once."""
    run = ended_run(oscar, project, month)
    archive(oscar, month)
    return run


def refusal(future: Any) -> psycopg.Error:
    error = future.exception(60)
    assert isinstance(error, psycopg.Error), error or future.result()
    return error


def reasons(error: psycopg.Error) -> list[str]:
    assert error.sqlstate == "MH030", error
    return [reason["reason"] for reason in json.loads(error.diag.message_detail or "")["reasons"]]


def is_attached(admin: Connection, month: date) -> bool:
    row = admin.execute(
        "select count(*) from pg_inherits where inhrelid = to_regclass(%s)", (f"hypermind_private.runs_p{month:%Y%m}",)
    ).fetchone()
    assert row is not None
    return bool(row[0])


# What is under way is waited for, and counts


def test_a_hold_that_is_being_placed_keeps_the_month(
    client: Connect, oscar: Client, two_projects: TwoProjects, month: Months
) -> None:
    january = month()
    run = archived_run(oscar, two_projects.a, january)
    keeper = client("oscar", autocommit=False)
    hold = keeper.call("place_hold", two_projects.a, "a dispute", p_run_id=run)
    detaching = oscar.waiting("detach_period", january)
    keeper.commit()
    assert reasons(refusal(detaching)) == ["hold"]
    keeper.call("release_hold", hold, "settled")
    keeper.commit()
    assert oscar.call("detach_period", january) == 1


def test_an_erasure_that_is_being_made_keeps_the_month(
    client: Connect, oscar: Client, two_projects: TwoProjects, month: Months
) -> None:
    january = month()
    run = archived_run(oscar, two_projects.a, january)
    eraser = client("oscar", autocommit=False)
    eraser.connection.execute("select hypermind.erase_run(%s, 'personal data')", (run,))
    detaching = oscar.waiting("detach_period", january)
    eraser.commit()
    assert reasons(refusal(detaching)) == ["erasure_not_archived"]
    archive(oscar, january)
    assert oscar.call("detach_period", january) == 1


def test_a_run_that_is_being_created_keeps_the_month(
    client: Connect, oscar: Client, two_projects: TwoProjects, month: Months
) -> None:
    january = month()
    archived_run(oscar, two_projects.a, january)
    late = client("oscar", autocommit=False)
    run = late.call("create_run", two_projects.a, "chat", p_run_id=run_id(in_month(january)))
    detaching = oscar.waiting("detach_period", january)
    late.commit()
    assert reasons(refusal(detaching)) == ["run_open"]
    late.call("transition_run", run, "failed")
    late.commit()
    archive(oscar, january)
    assert oscar.call("detach_period", january) == 2


@pytest.mark.parametrize("options", [{}, {"level": REPEATABLE_READ}], ids=["read_committed", "repeatable_read"])
def test_a_run_that_comes_while_its_month_goes_is_refused(
    client: Connect, oscar: Client, two_projects: TwoProjects, month: Months, options: dict[str, Any]
) -> None:
    january = month()
    archived_run(oscar, two_projects.a, january)
    operator = client("oscar", autocommit=False)
    operator.call("detach_period", january)
    late = client("oscar", autocommit=False, **options)
    late.connection.execute("select 1 from hypermind.period_moves")  # a snapshot from before
    creating = late.waiting("create_run", two_projects.a, "chat", p_run_id=run_id(in_month(january)))
    operator.commit()
    assert refusal(creating).sqlstate == "MH031"


def test_of_two_that_detach_one_does(client: Connect, oscar: Client, two_projects: TwoProjects, month: Months) -> None:
    january = month()
    archived_run(oscar, two_projects.a, january)
    first = client("oscar", autocommit=False)
    assert first.call("detach_period", january) == 1
    second = oscar.waiting("detach_period", january)
    first.commit()
    assert refusal(second).sqlstate == "MH031"


def test_who_reads_the_month_when_it_goes_reads_to_the_end(
    client: Connect, oscar: Client, two_projects: TwoProjects, month: Months
) -> None:
    january = month()
    run = archived_run(oscar, two_projects.a, january)
    reader = client("alice", autocommit=False)
    page = reader.connection.cursor("page")
    page.execute("select seq from hypermind.run_events where run_id = %s order by seq", (run,))
    assert page.fetchone() == (1,)
    with pytest.raises(psycopg.errors.LockNotAvailable, match="cannot be detached now: the run tables are in use"):
        oscar.call("detach_period", january)
    assert page.fetchall() == [(2,), (3,)]
    page.close()
    reader.commit()
    assert oscar.call("detach_period", january) == 1


def test_an_erasure_that_comes_while_the_month_goes_is_recorded_and_made_good(
    client: Connect, oscar: Client, two_projects: TwoProjects, admin_conn: Connection, month: Months
) -> None:
    january = month()
    run = archived_run(oscar, two_projects.a, january)
    operator = client("oscar", autocommit=False)
    operator.call("detach_period", january)
    erasing = oscar.waiting("erase_run", run, "personal data")
    operator.commit()
    assert erasing.result(60)[:4] == ("0", "0", "0", "f")
    kept = "select count(*) from hypermind.erased_hashes where run_id = %s"
    assert one(oscar, kept, run) == 0
    oscar.call("attach_period", january)
    assert one(oscar, kept, run) == 4  # three events and the run
    assert one(oscar, "select valid from hypermind.verify_run(%s)", run) is True


def test_an_erasure_that_comes_while_the_run_comes_back_is_made_at_once(
    client: Connect, oscar: Client, two_projects: TwoProjects, admin_conn: Connection, month: Months
) -> None:
    january = month()
    run, archive_id, rows = dropped_run(oscar, two_projects.a, admin_conn, january)
    operator = client("oscar", autocommit=False)
    restore(operator, archive_id, run, rows)
    erasing = oscar.waiting("erase_run", run, "personal data")
    operator.commit()
    assert erasing.result(60)[:4] == ("3", "0", "0", "t")
    assert one(oscar, "select count(payload) from hypermind.run_events where run_id = %s", run) == 0


def test_erasures_of_two_months_and_a_move_of_one_do_not_wait_for_each_other(
    client: Connect, oscar: Client, two_projects: TwoProjects, month: Months
) -> None:
    january, february = month(), month()
    runs = [archived_run(oscar, two_projects.a, january), archived_run(oscar, two_projects.a, february)]
    eraser = client("oscar", autocommit=False)
    eraser.call("erase_run", runs[0], "personal data")
    detaching = oscar.waiting("detach_period", february)
    eraser.call("erase_run", runs[1], "personal data")
    eraser.commit()
    assert reasons(refusal(detaching)) == ["erasure_not_archived"]


def test_two_months_that_go_at_once_both_go(
    client: Connect, oscar: Client, two_projects: TwoProjects, month: Months
) -> None:
    months = [month(), month(), month()]
    runs = [archived_run(oscar, two_projects.a, each) for each in months]
    eraser = client("oscar", autocommit=False)
    eraser.call("erase_run", runs[2], "personal data")
    first, second = client("oscar"), client("oscar")
    going = [first.waiting("detach_period", months[0]), second.waiting("detach_period", months[1])]
    eraser.commit()
    assert [each.result(60) for each in going] == [1, 1]


def test_a_month_that_is_kept_is_refused_before_anybody_waits(
    client: Connect, oscar: Client, two_projects: TwoProjects
) -> None:
    run = client("alice").call("create_run", two_projects.a, "chat")
    writer = client("alice", autocommit=False)
    writer.call("append_event", run, "a.b")  # whoever locked the month against writers would wait for this
    now = datetime.now(UTC)
    found = reasons(refusal(oscar.start("detach_period", date(now.year, now.month, 1))))
    assert {"period_not_over", "run_open"} <= set(found)
    writer.call("append_event", run, "a.b")
    writer.rollback()


def test_who_reads_an_older_moment_is_told_to_look_again(
    client: Connect, oscar: Client, two_projects: TwoProjects, month: Months
) -> None:
    january, february = month(), month()
    run = archived_run(oscar, two_projects.a, january)
    ended_run(oscar, two_projects.a, february)
    readers = [client("alice", level=REPEATABLE_READ, autocommit=False) for _ in range(2)]
    for reader in readers:
        assert one(reader, "select 1") == 1
    oscar.call("detach_period", january)
    search = "select * from hypermind.search_events('old word', %s, p_from => %s, p_to => %s)"
    with pytest.raises(psycopg.errors.SerializationFailure, match="while it was searched"):
        readers[0].connection.execute(search, (two_projects.a, in_month(january, 1), in_month(january, 28)))
    oscar.call("drop_period", january)
    with pytest.raises(psycopg.errors.SerializationFailure, match="left the run tables"):
        readers[1].connection.execute("select * from hypermind.run_timeline(%s)", (run,))


def test_a_run_that_goes_before_a_digest_saw_its_end_is_in_the_next(
    oscar: Client, two_projects: TwoProjects, admin_conn: Connection, month: Months
) -> None:
    january = month()
    run = archived_run(oscar, two_projects.a, january)
    oscar.call("detach_period", january)
    for _ in range(2):
        oscar.call("issue_digest")
    leaves = "select last_seq, has_ended from hypermind.digest_leaves where run_id = %s"
    assert admin_conn.execute(leaves, (run,)).fetchall() == [(3, True)]


@pytest.mark.parametrize(
    ("function", "args"),
    [
        ("detach_period", (date(2005, 1, 1),)),
        ("attach_period", (date(2005, 1, 1),)),
        ("drop_period", (date(2005, 1, 1),)),
        ("record_archive", (UUID(int=1), date(2005, 1, 1), "file:///archive", "{}")),
        ("erase_run", (UUID(int=1), "personal data")),
    ],
)
def test_what_has_to_see_others_wants_read_committed(client: Connect, function: str, args: tuple[object, ...]) -> None:
    operator = client("oscar", level=REPEATABLE_READ)
    with pytest.raises(psycopg.Error, match="is decided in READ COMMITTED only, not in REPEATABLE READ") as refused:
        operator.call(function, *args)
    assert refused.value.sqlstate == "MH016"


# A long reader keeps it, and nobody waits behind


def test_detaching_gives_up_behind_a_long_reader_and_lets_writers_pass(
    client: Connect, oscar: Client, two_projects: TwoProjects, admin_conn: Connection, month: Months
) -> None:
    january = month()
    archived_run(oscar, two_projects.a, january)
    reader = client("carol", autocommit=False)
    reader.connection.execute("select count(*) from hypermind.run_events")
    writer = client("alice")
    run = writer.call("create_run", two_projects.a, "chat")
    detaching = oscar.start("detach_period", january)
    written = 0
    while not detaching.done():
        writer.call("append_event", run, "a.b")
        written += 1
    assert refusal(detaching).sqlstate == "55P03"
    assert written >= 10  # it was tried ten times, and each time they had their turn
    assert is_attached(admin_conn, january)
    assert admin_conn.execute("select from hypermind.period_moves where period = %s", (january,)).fetchall() == []
    assert one(oscar, "show lock_timeout") == "1min"
    reader.commit()
    assert oscar.call("detach_period", january) == 1
    assert one(oscar, "show lock_timeout") == "1min"


def one(who: Client, query: str, *args: object) -> Any:
    row = who.connection.execute(query.encode(), args).fetchone()
    assert row is not None
    return row[0]


def test_dropping_gives_up_behind_whoever_reads_projects(
    client: Connect, oscar: Client, two_projects: TwoProjects, admin_conn: Connection, month: Months
) -> None:
    january = month()
    archived_run(oscar, two_projects.a, january)
    oscar.call("detach_period", january)
    reader = client("carol", autocommit=False)
    reader.connection.execute("select count(*) from hypermind.projects")
    with pytest.raises(psycopg.errors.LockNotAvailable, match="cannot be dropped now"):
        oscar.call("drop_period", january)
    assert one(oscar, "select count(*) from hypermind.period_moves where period = %s", january) == 1
    reader.commit()
    assert oscar.call("drop_period", january) > 0
    assert not is_attached(admin_conn, january)


# Writers and readers go on while months come and go


@contextmanager
def going_on(*works: Callable[[], None]) -> Iterator[list[BaseException]]:
    """Does each work again and again, in a thread of its own, until the block ends; what they raised."""
    stopped = threading.Event()
    raised: list[BaseException] = []

    def repeat(work: Callable[[], None]) -> None:
        try:
            while not stopped.is_set():
                work()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=repeat, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield raised
    finally:
        stopped.set()
        for thread in threads:
            thread.join(60)


def test_writers_and_readers_go_on(client: Connect, oscar: Client, two_projects: TwoProjects, month: Months) -> None:
    january = month()
    archived_run(oscar, two_projects.a, january)
    writers = [client("alice") for _ in range(2)]
    runs = [writer.call("create_run", two_projects.a, "chat") for writer in writers]
    written = [1, 1]

    def write(number: int) -> None:
        seq = writers[number].call("append_event", runs[number], "message.added", '{"role": "user", "content": "new"}')
        assert seq == written[number] + 1
        written[number] = seq

    carol, audrey = client("carol"), client("audrey")
    reads = [
        partial(rows_of, carol, "select * from hypermind.list_runs(p_limit => 20)"),
        partial(rows_of, carol, "select * from hypermind.search_events('old or new')"),
        partial(rows_of, audrey, "select count(*) from hypermind.run_events"),
    ]

    def read_with(work: list[partial[None]]) -> None:
        for each in work:
            each()

    with going_on(
        partial(write, 0), partial(write, 1), partial(read_with, reads[:2]), partial(read_with, reads[2:])
    ) as raised:
        for _ in range(5):
            patiently(oscar, "detach_period", january)
            patiently(oscar, "attach_period", january)
        patiently(oscar, "detach_period", january)
        patiently(oscar, "drop_period", january)
    assert raised == []
    for run, last in zip(runs, written, strict=True):
        verified = "select valid, events from hypermind.verify_run(%s)"
        assert audrey.connection.execute(verified, (run,)).fetchone() == (True, last)
        assert last > 10


def rows_of(who: Client, query: str) -> None:
    """As a client does it: 40001 means once more."""
    while True:
        try:
            who.connection.execute(query.encode()).fetchall()
            return
        except psycopg.errors.SerializationFailure:
            continue


def patiently(oscar: Client, function: str, month: date) -> None:
    """As an operator does it: 55P03 means try again."""
    while True:
        try:
            oscar.call(function, month)
            return
        except psycopg.errors.LockNotAvailable:
            continue


# Restores


def saved_rows(admin: Connection, run: UUID) -> dict[str, str]:
    """A run's rows as restore_rows() takes them, in its order."""
    tables = ("runs", "run_events", "run_outcomes", "run_config_refs", "run_state_snapshots", "run_artifacts")
    return {
        table: json.dumps(
            admin.execute(
                f"select coalesce(jsonb_agg(to_jsonb(t)), '[]') from hypermind.{table} as t where run_id = %s".encode(),
                (run,),
            ).fetchone()[0]  # type: ignore[index]
        )
        for table in tables
    }


def dropped_run(oscar: Client, project: UUID, admin: Connection, month: date) -> tuple[UUID, UUID, dict[str, str]]:
    """The only run of a month that was dropped, the archive that has it, and its rows there."""
    run = ended_run(oscar, project, month)
    archive_id = archive(oscar, month)
    rows = saved_rows(admin, run)
    oscar.call("detach_period", month)
    oscar.call("drop_period", month)
    return run, archive_id, rows


def restore(who: Client, archive_id: UUID, run: UUID, rows: dict[str, str], finish: bool = True) -> None:
    for table, those in rows.items():
        who.call("restore_rows", archive_id, table, those)
    if finish:
        who.call("finish_restore", archive_id, [run])


def test_of_two_that_restore_a_run_one_does(
    client: Connect, oscar: Client, two_projects: TwoProjects, admin_conn: Connection, month: Months
) -> None:
    january = month()
    run, archive_id, rows = dropped_run(oscar, two_projects.a, admin_conn, january)
    first, second = (client("oscar", autocommit=False) for _ in range(2))
    restore(first, archive_id, run, rows)
    late = second.waiting("restore_rows", archive_id, "runs", rows["runs"])
    first.commit()
    error = refusal(late)
    assert (error.sqlstate, error.diag.message_primary) == ("MH016", f"run {run} is not archived: it is here")


def test_a_restore_that_is_not_finished_cannot_be_committed(
    client: Connect, oscar: Client, two_projects: TwoProjects, admin_conn: Connection, month: Months
) -> None:
    january = month()
    run, archive_id, rows = dropped_run(oscar, two_projects.a, admin_conn, january)
    sloppy = client("oscar", autocommit=False)
    restore(sloppy, archive_id, run, rows, finish=False)
    with pytest.raises(psycopg.Error, match="was not restored to its end: nothing of it is kept"):
        sloppy.commit()
    assert admin_conn.execute("select from hypermind.runs where run_id = %s", (run,)).fetchall() == []
    with pytest.raises(psycopg.Error, match="was not restored to its end"):  # each call a transaction
        oscar.call("restore_rows", archive_id, "runs", rows["runs"])
    restore(sloppy, archive_id, run, rows)
    sloppy.commit()
    assert one(oscar, "select valid from hypermind.verify_run(%s)", run) is True


def test_an_archive_that_was_superseded_gives_nothing_back_that_was_erased(
    client: Connect, oscar: Client, two_projects: TwoProjects, admin_conn: Connection, month: Months
) -> None:
    january = month()
    run = ended_run(oscar, two_projects.a, january)
    before = archive(oscar, january)
    rows = saved_rows(admin_conn, run)
    oscar.call("erase_payload", run, 2, "personal data")
    archive(oscar, january)
    oscar.call("detach_period", january)
    oscar.call("drop_period", january)
    operator = client("oscar", autocommit=False)
    restore(operator, before, run, rows)
    operator.commit()
    assert one(oscar, "select payload from hypermind.run_events where run_id = %s and seq = 2", run) is None
    assert one(oscar, "select valid from hypermind.verify_run(%s)", run) is True
