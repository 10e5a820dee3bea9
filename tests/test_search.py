"""Search: no payload fails an append because of it, what is planned, who finds what, and appends meanwhile."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from conftest import Connection, TwoProjects, only_with
from psycopg import sql
from psycopg.types.json import Jsonb
from test_concurrency import Client, new_run, one
from test_periods import backfill

Connect = Callable[..., Client]
RULES = {  # text rule: an event type that has it, and the member that the text goes into
    "messages": ("message.added", "content"),
    "tool": ("tool.returned", "gen_ai.tool.call.result"),
    "all": ("anything.said", "what"),
}
LIMIT = 100_000


@pytest.fixture
def client(two_projects: TwoProjects) -> Iterator[Connect]:
    """A function that connects someone, alice if nothing is said."""
    with ExitStack() as opened:

        def connect(who: str = "alice", **options: Any) -> Client:
            found = Client(two_projects.dsn_of(who), **options)
            opened.callback(found.close)
            return found

        yield connect


@pytest.fixture(scope="module", autouse=True)
def a_type_of_which_all_is_text(two_projects: TwoProjects) -> None:
    oscar = two_projects.connect("oscar")
    oscar.execute("select hypermind.register_event_type('anything.said', '{}', p_text_rule => 'all')")


def search(connection: Connection, query: str, **arguments: object) -> list[tuple[Any, ...]]:
    """Rows of run_id, seq, snippet, truncated, cursor."""
    named = sql.SQL("").join(sql.SQL(", {} => {}").format(sql.Identifier(k), v) for k, v in arguments.items())
    statement = sql.SQL("select run_id, seq, snippet, truncated, cursor from hypermind.search_events({}{})")
    return connection.execute(statement.format(query, named)).fetchall()


def payload_of(rule: str, text: object) -> tuple[str, dict[str, object]]:
    event_type, member = RULES[rule]
    return event_type, {member: text}


# What is hostile to an index: long words, many words, and all that PostgreSQL's parser of text knows

LETTERS = [chr(point) for point in range(0x20000, 0x20000 + 42_000)]  # of four bytes each
HOSTILE: dict[str, object] = {
    "a megabyte of distinct words": " ".join(f"w{number}" for number in range(150_000)),
    "distinct words of four-byte letters": " ".join(LETTERS),
    "hyphens between four-byte letters": " ".join(f"{a}-{b}" for a, b in itertools.pairwise(LETTERS)),
    "one compound of four-byte letters": "-".join(LETTERS),
    "compounds of digits and letters": " ".join(f"a{number}-{number}b-c{number}" for number in range(20_000)),
    "one word of a megabyte": "x" * 1_000_000,
    "one word of four-byte letters": LETTERS[0] * LIMIT,
    "words at the limit": " ".join(str(number).zfill(2046) for number in range(60)),
    "words beyond the limit": " ".join(str(number).zfill(2048) for number in range(60)),
    "distinct mail addresses": " ".join(f"a{number}.b@c{number}.example.org" for number in range(10_000)),
    "one mail address": "a" * 40_000 + "@" + "b." * 20_000 + "org",
    "distinct URLs": " ".join(f"https://h{number}.example.org/p{number}/q?r={number}#s" for number in range(5_000)),
    "one URL": "http://example.org/" + "path/" * 15_000 + "?" + "a=b&" * 5_000,
    "distinct paths": " ".join(f"/usr/lib{number}/x.y/{number}.so" for number in range(10_000)),
    "one path": "/a" * 49_000,
    "one host": "a." * 49_000 + "org",
    "punctuation": "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~" * 3_200,
    "one sign": "-" * LIMIT,
    "spaces": " " * LIMIT,
    "line breaks": "\r\n" * 50_000,
    "control characters": "".join(map(chr, [*range(1, 32), *range(127, 160)])) * 1_500,
    "right to left": "\u202e" + "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627\u200f " * 8_000,
    "marks that combine": "e" + "\u0301" * 99_000,
    "emoji and joiners": "\U0001f469\u200d\U0001f4bb" * 33_000,
    "one tag": "<a " + "b='c' " * 16_000 + ">",
    "tags": "<a><b/><!-- c -->" * 5_800,
    "a comment": "<!-- " + "x " * 49_000 + "-->",
    "entities": "&amp;&#1;&#xff;" * 6_600,
    "one entity": "&#" + "1" * 99_000 + ";",
    "numbers": " ".join(f"-{number}.{number}e+{number}" for number in range(7_000)),
    "one number": "1" * 99_000 + "." + "2" * 900,
    "quotes and backslashes": "'\\\"" * 33_000,
    "words that look like lexemes": "=pxxx =emessage.added ' : 'a':1A,2B & | ! <-> :* ",
    "mail addresses without an end": "1@a" * 33_000,
    "names without an end": "a_1_" * 25_000,
    "many strings": [f"s{number}" for number in range(100_000)],
    "empty strings": [""] * 100_000,
    "no string": [1, None, True, {}],
    "nothing": "",
}


@only_with("system", "limits of the index are the same on any server")
@pytest.mark.parametrize(
    ("rule", "what"),
    [("messages", what) for what in HOSTILE]
    + [(rule, what) for rule in ("tool", "all") for what in ("a megabyte of distinct words", "many strings", "tags")],
)
def test_no_payload_fails_an_append_because_of_search(
    client: Connect, two_projects: TwoProjects, what: str, rule: str
) -> None:
    alice = client()
    notices: list[psycopg.errors.Diagnostic] = []
    alice.connection.add_notice_handler(notices.append)
    run = new_run(alice, two_projects.a)
    event_type, payload = payload_of(rule, HOSTILE[what])

    assert alice.call("append_event", run, event_type, Jsonb(payload)) == 3
    assert alice.call("append_events", run, Jsonb([{"event_type": event_type, "payload": payload}] * 2)) == 5
    assert not notices, "and nobody is told about words"

    mark = f"mark{random.getrandbits(64):x}"
    text = HOSTILE[what]
    marked = [mark, *text] if isinstance(text, list) else f"{mark} {text}"
    event_type, payload = payload_of(rule, marked)
    alice.call("append_event", run, event_type, Jsonb(payload))
    [(found, seq, snippet, truncated, _)] = search(alice.connection, mark)
    assert (found, seq) == (run, 6), "what stands before it is found"
    assert f"⟦{mark}⟧" in snippet
    assert len(snippet) < 310 + len(mark) and snippet.count("⟦") == snippet.count("⟧") == 1
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 or letter in "\u202e\u200d\u200f" for letter in snippet)
    whole = "\n".join(each for each in marked if isinstance(each, str)) if isinstance(marked, list) else marked
    assert truncated == (len(whole) >= LIMIT), "what is cut off is said"
    assert not notices
    assert one(alice.connection, "select valid from hypermind.verify_run(%s)", run)


@only_with("system", "limits of the index are the same on any server")
def test_names_at_their_limits_are_indexed(client: Connect, two_projects: TwoProjects) -> None:
    alice = client()
    run = new_run(alice, two_projects.a)
    names = {"p_model": LETTERS[0] * 200, "p_tool": "'\\ :*&|!()<" + LETTERS[1] * 189}
    assert alice.call("append_event", run, "message.added", Jsonb({"content": "limit"}), **names) == 3
    for filters in ({k: v} for k, v in names.items()):
        assert [row[:2] for row in search(alice.connection, "limit", **filters)] == [(run, 3)]
    assert search(alice.connection, "limit", p_tool="'") == []


def test_a_hostile_query_is_answered_quickly(client: Connect) -> None:
    alice = client()
    queries = [
        *(" ".join(text.split())[:1000] for text in HOSTILE.values() if isinstance(text, str)),
        "(" * 1000, '"' * 1000, '"' * 999, "-" * 1000, "- " * 500, "or " * 333, "a or " * 60 + "b", "-" + '"a ' * 300,
        "a" * 1000, "a-" * 500, "\\" * 1000, "'" * 1000, "a\x01b\x07-c \x07d", "\u202ea", "a" * 1_000_000, "=p'",
    ]  # fmt: skip
    notices: list[psycopg.errors.Diagnostic] = []
    alice.connection.add_notice_handler(notices.append)
    for query in queries:
        started = time.monotonic()
        try:
            search(alice.connection, query)
        except psycopg.Error as error:
            assert error.sqlstate == "MH016", f"{query[:40]!r}: {error}"
        assert time.monotonic() - started < 20, query[:40]  # not minutes: the machine may be busy
    assert not notices


# Plans

MONTHS = [datetime(2031, month, 15, tzinfo=UTC) for month in (1, 2, 3)]


@pytest.fixture(scope="module")
def corpus(two_projects: TwoProjects) -> list[UUID]:
    """12,000 events in three months, analysed: all say "common", every tenth "medium", one of January "rare"."""
    oscar = Client(two_projects.dsn_of("oscar"))
    runs = []
    for at in MONTHS:
        for number in range(4):
            run = backfill(oscar, two_projects.a, at.replace(day=number + 1))
            runs.append(run)
            events = [
                {
                    "event_type": "message.added",
                    "payload": {
                        "content": f"common w{event % 997} w{event % 13}"
                        + (" medium" if event % 10 == 0 else "")
                        + (" rare" if (at.month, number, event) == (1, 1, 500) else "")
                    },
                }
                for event in range(1000)
            ]
            oscar.call("append_events", run, Jsonb(events))
    oscar.close()
    with psycopg.connect(two_projects.dsn, autocommit=True) as admin:
        for at in MONTHS:
            admin.execute(sql.SQL("analyze hypermind_private.{}").format(sql.Identifier(f"run_events_p{at:%Y%m}")))
    return runs


@pytest.mark.usefixtures("corpus")
@pytest.mark.parametrize(
    ("query", "rows", "months"),
    [
        ("common", 20, {"p203103"}),
        ("medium", 20, {"p203103"}),
        ("rare", 1, {"p203101", "p203102", "p203103"}),
        ("absent", 0, {"p203101", "p203102", "p203103"}),
        ('"w7 medium" common -w500', 20, {"p203103"}),
    ],
)
def test_which_leaves_are_read_and_how(two_projects: TwoProjects, query: str, rows: int, months: set[str]) -> None:
    """Counted by PostgreSQL in the transaction itself: no leaf as a whole, and none that the answer does not need."""
    with psycopg.connect(two_projects.dsn) as admin:
        admin.execute("set local role alice")
        found = search(admin, query, p_from="2031-01-01 00:00:00+00", p_to="2032-01-01 00:00:00+00")
        assert len(found) == rows
        admin.execute("reset role")
        read = admin.execute(
            "select substring(relname from 'p[0-9]+$'), seq_scan, idx_scan from pg_stat_xact_all_tables "
            "where relname ~ '^run_events_p' and seq_scan + idx_scan > 0"
        ).fetchall()
    assert {leaf for leaf, _, _ in read} == months
    assert all(whole == 0 for _, whole, _ in read), read


@pytest.mark.usefixtures("corpus")
@pytest.mark.parametrize(("word", "found"), [("absent", 0), ("medium", 1)])
def test_a_range_of_time_touches_its_period_only(two_projects: TwoProjects, word: str, found: int) -> None:
    with psycopg.connect(two_projects.dsn) as admin:
        admin.execute("set local role alice")
        rows = search(admin, word, p_from="2031-02-01 00:00:00+00", p_to="2031-03-01 00:00:00+00", p_limit=1)
        assert len(rows) == found
        admin.execute("reset role")
        locked = admin.execute(
            "select distinct substring(relation::regclass::text from 'run_events_(p[0-9]+)') from pg_locks "
            "where pid = pg_backend_pid() and relation::regclass::text ~ 'run_events_p[0-9]'"
        ).fetchall()
        assert locked == [("p203102",)]


@pytest.mark.usefixtures("corpus")
def test_leaves_know_how_frequent_a_word_is(two_projects: TwoProjects) -> None:
    """CREATE STATISTICS reaches the leaf of a month that was made while others work, and ANALYZE fills it."""
    words = "hypermind_private.event_words(project_id, event_type, model, tool, payload, text_rule)"
    with psycopg.connect(two_projects.dsn, autocommit=True) as admin:
        for word, rows in (("common", 4000), ("medium", 400)):
            [[plan]] = admin.execute(
                f"explain (format json) select from hypermind_private.run_events_p203102 where {words} @@ '{word}'"
            ).fetchall()
            estimate = plan[0]["Plan"]["Plan Rows"]
            assert rows / 2 <= estimate <= rows * 2, (word, estimate)
        leaves = admin.execute(
            "select count(*) from pg_inherits as i where i.inhparent = 'hypermind.run_events'::regclass "
            "and not exists (select from pg_statistic_ext as s where s.stxrelid = i.inhrelid)"
        ).fetchone()
        assert leaves == (0,)


@pytest.mark.parametrize("analysed", [True, False])
def test_a_huge_run_is_not_read_through(two_projects: TwoProjects, analysed: bool) -> None:
    """When one run has most events of a month, its words are found by the index all the same."""
    at = datetime(2032, 1 + analysed, 15, tzinfo=UTC)
    oscar = Client(two_projects.dsn_of("oscar"))
    small, huge = (backfill(oscar, two_projects.a, at.replace(day=day)) for day in (1, 2))
    event = {"event_type": "message.added", "payload": {"content": "common"}}
    for run in [small] + [huge] * 8:
        oscar.call("append_events", run, Jsonb([event] * 1000))
    oscar.close()
    with psycopg.connect(two_projects.dsn) as admin:
        leaf = sql.Identifier("hypermind_private", f"run_events_p{at:%Y%m}")
        if analysed:
            admin.execute(sql.SQL("analyze {}").format(leaf))
        admin.execute("set local track_functions = 'all'")
        admin.execute("set local role alice")
        month = {"p_from": at.replace(day=1), "p_to": at.replace(day=28)}
        assert search(admin, "absent", **month) == []
        assert search(admin, "absent", p_run_id=huge) == []
        assert len(search(admin, "common", **month)) == 20
        [*_, (*_, cursor)] = search(admin, "common", p_run_id=huge, p_limit=500)
        assert len(search(admin, "common", **month, p_cursor=cursor)) == 20
        admin.execute("reset role")
        [(words_made,)] = admin.execute(
            "select coalesce(sum(calls), 0) from pg_stat_xact_user_functions where funcname = 'event_words'"
        ).fetchall()
    assert words_made < 2000  # a page of 500, and not 8,000 for each search


@pytest.mark.usefixtures("corpus")
def test_all_pages_together_are_everything_once(client: Connect, corpus: list[UUID]) -> None:
    alice = client()
    pages: list[tuple[Any, ...]] = []
    while page := search(alice.connection, "medium", p_limit=70, p_from="2031-01-01", p_to="2032-01-01",
                         **({"p_cursor": pages[-1][4]} if pages else {})):  # fmt: skip
        pages += page
    keys = [(run, seq) for run, seq, *_ in pages]
    assert keys == sorted(keys, reverse=True)
    assert keys == [(run, seq) for run in reversed(corpus) for seq in range(992, 1, -10)]


# Who finds what


def test_everybody_finds_what_their_role_reads(
    client: Connect, two_projects: TwoProjects, admin_conn: Connection
) -> None:
    alice, bob, carol, audrey = client(), client("bob"), client("carol"), client("audrey")
    mine, other = new_run(alice, two_projects.a), new_run(bob, two_projects.b)
    alice.call("append_event", mine, "message.added", Jsonb({"content": "secret plan of the first"}))
    bob.call("append_event", other, "message.added", Jsonb({"content": "secret plan of the second"}))

    def found(who: Client, **arguments: object) -> set[UUID]:
        return {run for run, *_ in search(who.connection, "secret plan", **arguments)}

    assert found(alice) == found(carol) == {mine}
    assert found(bob) == {other}
    assert found(audrey) == {mine, other}
    for project in (two_projects.a, two_projects.b):
        assert found(audrey, p_project_id=project) == {mine if project == two_projects.a else other}
    for theirs in ({"p_project_id": two_projects.b}, {"p_run_id": other}):
        with pytest.raises(psycopg.Error) as refused:
            found(alice, **theirs)
        assert refused.value.sqlstate in ("MH001", "MH015")
    for query in (f"=p{two_projects.b} plan", f"'=p{two_projects.b}'", "plan or the or second -first"):
        assert other not in {run for run, *_ in search(alice.connection, query)}

    admin_conn.execute(sql.SQL("revoke {} from carol").format(sql.Identifier(two_projects.role_a)))
    try:
        assert found(carol) == set(), "at once"
    finally:
        admin_conn.execute("select hypermind.grant_project(%s, 'carol')", (two_projects.a,))
    assert found(carol) == {mine}


def test_no_statement_names_a_run_of_others(client: Connect, two_projects: TwoProjects) -> None:
    """Statements stand in error texts and logs that their caller may see."""
    at = datetime(2033, 1, 15, tzinfo=UTC)
    oscar, bob = Client(two_projects.dsn_of("oscar")), client("bob")
    backfill(oscar, two_projects.a, at)
    oscar.close()
    with psycopg.connect(two_projects.dsn, autocommit=True) as admin:
        admin.execute("grant hypermind_operator to bob")
    theirs = {backfill(bob, two_projects.b, at.replace(day=16 + n)) for n in range(3)}
    for run in theirs:
        bob.call("append_events", run, Jsonb([{"event_type": "message.added", "payload": {"content": "word"}}] * 2000))
    said: list[str] = []
    with psycopg.connect(two_projects.dsn, autocommit=True) as admin:
        admin.execute("revoke hypermind_operator from bob")
        try:
            admin.execute("load 'auto_explain'")
        except psycopg.errors.UndefinedFile:
            pytest.skip("this server has no auto_explain to show the statements")
        admin.execute("set auto_explain.log_min_duration = 0")
        admin.execute("set auto_explain.log_nested_statements = on")
        admin.execute("set client_min_messages = log")
        admin.add_notice_handler(lambda notice: said.append(str(notice.message_primary)))
        admin.execute("set role carol")
        assert search(admin, "word", p_from=at.replace(day=1), p_to=at.replace(day=28)) == []
    assert any("run_events_p203301" in text and "event_words" in text for text in said)
    assert not {run for run in theirs for text in said if str(run) in text}


def test_nobody_reads_the_leaves_past_the_function(client: Connect) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        client("carol").connection.execute(
            "select hypermind_private.search_leaf('p203101', 'a', null, '{}', null, null, 0, 1, true)"
        )


# Several at once


def test_what_others_append_is_found_when_they_commit(client: Connect, two_projects: TwoProjects) -> None:
    writer, reader = client(autocommit=False), client("carol")
    run = new_run(writer, two_projects.a)
    writer.commit()
    writer.call("append_event", run, "message.added", Jsonb({"content": "uncommitted giraffe"}))
    assert [row[:2] for row in search(writer.connection, "giraffe")] == [(run, 3)]
    assert search(reader.connection, "giraffe") == []
    writer.commit()
    assert [row[:2] for row in search(reader.connection, "giraffe")] == [(run, 3)]
    writer.call("append_event", run, "message.added", Jsonb({"content": "giraffe again"}))
    writer.rollback()
    assert [row[:2] for row in search(reader.connection, "giraffe")] == [(run, 3)]


def test_a_search_blocks_no_append_and_no_period(client: Connect, two_projects: TwoProjects) -> None:
    reader, writer, oscar = client("carol", autocommit=False), client(), client("oscar")
    search(reader.connection, "anything")
    for who in (writer, oscar):
        who.connection.execute("set lock_timeout = '2s'")
    run = new_run(writer, two_projects.a)
    assert writer.call("append_event", run, "message.added", Jsonb({"content": "okapi"})) == 3
    late = backfill(oscar, two_projects.a, datetime(2032, 5, 5, tzinfo=UTC))
    assert oscar.call("append_event", late, "message.added", Jsonb({"content": "okapi"})) == 2
    assert [row[:2] for row in search(reader.connection, "okapi")] == [(late, 2), (run, 3)]


def test_many_append_while_others_search(client: Connect, two_projects: TwoProjects) -> None:
    """Past the end of the index's pending list, several times over: nothing is lost, and nobody fails."""
    writers, each = 4, 150
    texts = [" ".join(f"v{random.randrange(20_000)}" for _ in range(60)) for _ in range(each)]
    runs = [new_run(client(), two_projects.a) for _ in range(writers)]

    def append(number: int) -> None:
        with psycopg.connect(two_projects.dsn_of("alice"), autocommit=True) as connection:
            for event, text in enumerate(texts):
                connection.execute(
                    "select hypermind.append_event(%s, 'message.added', %s)",
                    (runs[number], Jsonb({"content": f"zebra{number} stripe{event} {text}"})),
                )

    with ThreadPoolExecutor(writers) as pool:
        work = [pool.submit(append, number) for number in range(writers)]
        reader, seen = client("carol"), 0
        while not all(each.done() for each in work):
            found = len(search(reader.connection, "zebra0 or zebra1", p_limit=1000))
            assert found >= seen
            seen = found
        for each_work in work:
            each_work.result()

    for number, run in enumerate(runs):
        rows = search(reader.connection, f"zebra{number}", p_limit=1000)
        assert [row[:2] for row in rows] == [(run, seq) for seq in range(each + 2, 2, -1)]
    assert {row[0] for row in search(reader.connection, f"stripe{each - 1}")} == set(runs)
