"""Lists stay quick however many runs there are.

No leaf is read whole, none out of range is touched, and the hundredth page costs what the first does.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from conftest import Connection, TwoProjects

RUNS = 90_000
PERIODS = 6  # 2031-01 to 2031-06
LONG_RUN = UUID("01c10000-0000-7000-8000-000000000001")

# Project a has four fifths of the runs. A tenth of all runs is of each of ten owners, agents and models; half are
# tagged common, one in 300 rare; one in 20 failed, one in 3,000 is still running.
DATA = """
set session_replication_role = replica;
create temp table drawn as
select n, n % 300 = 1 as rare, t, p.project_id, p.role,
       overlay(hypermind.uuidv7_floor(t)::text
               placing '7' || substr(md5(n::text), 1, 3) || '-8' || substr(md5(n::text), 4, 3) || '-'
                       || substr(md5(n::text), 7, 12)
               from 15)::uuid as run_id
from (
    select n, '2031-01-01 00:00+00'::timestamptz + (n * interval '181 days' / {runs}) as t
    from generate_series(0, {runs} - 1) as n
) as n
join hypermind.projects as p on p.name = case when n % 5 = 0 then 'b' else 'a' end;
insert into hypermind.runs (run_id, project_id, mode, agent, model, tags, owner, created_by, created_at)
select run_id, project_id, case when n % 7 = 0 then 'batch' else 'chat' end, 'agent-' || n % 10, 'model-' || n % 10,
       case when n % 2 = 0 then '{{common}}'::text[] else '{{}}' end
       || case when rare then '{{rare}}'::text[] else '{{}}' end,
       'owner-' || n % 10, 'test', t
from drawn;
insert into hypermind.run_outcomes
select run_id, project_id, case when n % 20 = 1 then 'failed' else 'completed' end, 3, sha256(''), t + interval '1 s',
       3, 1, 1, 0
from drawn
where n % 3000 <> 1;
insert into hypermind.run_heads (run_id, project_id, project_role, status, last_seq, last_hash, last_recorded_at)
select run_id, project_id, role, 'running', 3, sha256(''), t + interval '1 s' from drawn where n % 3000 = 1;
insert into hypermind.config_entities
select md5(p.name)::uuid, p.project_id, 'prompt', 'greeting', now() from hypermind.projects as p;
insert into hypermind.config_versions (config_id, version, project_id, content, content_sha256, author, created_at)
select md5(p.name)::uuid, v, p.project_id, '{{}}', sha256(''), 'test', now()
from hypermind.projects as p, generate_series(1, 4) as v;
insert into hypermind.run_config_refs
    (run_id, slot, project_id, config_id, kind, name, version, content_sha256)
select d.run_id, 'p', d.project_id, md5(p.name)::uuid, 'prompt', 'greeting', case when rare then 4 else 1 + n % 3 end,
       sha256('')
from drawn as d
join hypermind.projects as p using (project_id);
insert into hypermind.run_summaries
    (run_id, project_id, mode, agent, model, owner, tags, status, created_at, ended_at, events, input_tokens,
     output_tokens, cost, words)
select r.run_id, r.project_id, r.mode, r.agent, r.model, r.owner, r.tags, coalesce(o.status, 'running'), r.created_at,
       o.ended_at, o.events, o.input_tokens, o.output_tokens, o.cost,
       hypermind_private.run_words(r.project_id, r.tags, array[c.config_id], array[c.version], array[c.label])
from hypermind.runs as r
join hypermind.run_config_refs as c using (run_id)
left join hypermind.run_outcomes as o using (run_id);
insert into hypermind.run_tools
select run_id, t.tool, project_id from drawn, lateral (select case when rare then 'rare' else 'common' end) as t (tool);
insert into hypermind.run_artifacts
select run_id, md5(n::text)::uuid, project_id, 2, case when rare then 'rare' else 'file' end, 'text/plain', 'file:///x',
       sha256((n % 30000)::text::bytea), 1, '{{}}', null, t
from drawn;
insert into hypermind.run_events
    (run_id, seq, project_id, event_type, payload, tool, occurred_at, recorded_at, event_hash)
select run_id, s, project_id, 'custom.step', '{{}}', case when s < 2 then null when rare then 'rare' else 'common' end,
       t + s * interval '1 s', t + s * interval '1 s', sha256('')
from drawn, generate_series(1, 3) as s;
insert into hypermind.runs (run_id, project_id, mode, tags, owner, created_by, created_at)
select '{long}', project_id, 'chat', '{{}}', 'owner-x', 'test', now() from hypermind.projects where name = 'a';
insert into hypermind.run_events
    (run_id, seq, project_id, event_type, parent_seq, payload, occurred_at, recorded_at, event_hash)
select '{long}', s, project_id, 'custom.step', case when s % 4 <> 1 then s - 1 end, '{{"content": "x"}}', now(), now(),
       sha256('')
from hypermind.projects, generate_series(1, 100000) as s
where name = 'a';
"""

SUMMARY = """
insert into hypermind.run_summaries (run_id, project_id, mode, owner, tags, status, created_at, words)
select run_id, project_id, mode, owner, tags, 'running', created_at, '{}' from hypermind.runs where run_id = %s
"""

FILTERS = {
    "no filter": "",
    "status completed": "p_status => 'completed'",
    "status failed": "p_status => 'failed'",
    "status running": "p_status => 'running'",
    "status paused, which none is": "p_status => 'paused'",
    "mode": "p_mode => 'batch'",
    "mode, absent": "p_mode => 'compare'",
    "agent": "p_agent => 'agent-3'",
    "agent, absent": "p_agent => 'nobody'",
    "model": "p_model => 'model-3'",
    "model, absent": "p_model => 'none'",
    "owner": "p_owner => 'owner-3'",
    "owner, absent": "p_owner => 'nobody'",
    "tag, common": "p_tags => '{common}'",
    "tag, rare": "p_tags => '{rare}'",
    "tag, absent": "p_tags => '{none}'",
    "tool, common": "p_tool => 'common'",
    "tool, rare": "p_tool => 'rare'",
    "tool, absent": "p_tool => 'none'",
    "config": "p_config_kind => 'prompt', p_config_name => 'greeting'",
    "version, common": "p_config_kind => 'prompt', p_config_name => 'greeting', p_config_version => 1",
    "version, rare": "p_config_kind => 'prompt', p_config_name => 'greeting', p_config_version => 4",
    "parent, absent": "p_parent_run_id => '01c10000-0000-7000-8000-0000000000ff'",
}
ARTIFACTS = {
    "artifacts": "",
    "kind, common": "p_kind => 'file'",
    "kind, rare": "p_kind => 'rare'",
    "kind, absent": "p_kind => 'none'",
    "media type": "p_media_type => 'text/plain'",
    "media type, absent": "p_media_type => 'none/none'",
    "hash": "p_sha256 => sha256('17')",
    "hash, absent": "p_sha256 => sha256('none')",
}
LISTS = [("list_runs", name, text) for name, text in FILTERS.items()]
LISTS += [("find_artifacts", name, text) for name, text in ARTIFACTS.items()]
PAGED = [row for row in LISTS if not any(word in row[1] for word in ("absent", "rare", "hash", "running", "paused"))]


@pytest.fixture(scope="module", autouse=True)
def data(two_projects: TwoProjects, admin_conn: Connection) -> None:
    """90,000 runs in six months, and a run of 100,000 events, put where only a superuser can."""
    make_period = "select hypermind_private.make_period(make_timestamptz(2031, %s, 2, 0, 0, 0, 'UTC'))"
    with admin_conn.transaction():
        admin_conn.execute("set local role hypermind_owner")
        for month in range(1, PERIODS + 1):
            admin_conn.execute(make_period, (month,))
        admin_conn.execute(
            "select hypermind_private.make_period(t) from hypermind.uuidv7_time(%s) as t "
            "where not hypermind_private.period_exists(t)",
            (LONG_RUN,),
        )
    admin_conn.execute(DATA.format(runs=RUNS, long=LONG_RUN))
    admin_conn.execute(SUMMARY, (LONG_RUN,))
    admin_conn.execute("vacuum analyze")


@pytest.fixture(scope="module")
def alice(two_projects: TwoProjects) -> Connection:
    """A member of project a alone."""
    return two_projects.connect("alice")


@pytest.fixture(scope="module")
def audrey(two_projects: TwoProjects) -> Connection:
    """An auditor: reads both projects."""
    return two_projects.connect("audrey")


class Scans:
    """Which tables of runs are read, and how: the difference of the server's counters between two looks."""

    def __init__(self, admin: Connection) -> None:
        self.admin = admin
        self.before = self.look()

    def look(self) -> dict[str, tuple[int, int]]:
        self.admin.execute("select pg_stat_clear_snapshot()")
        query = """
            select s.relname, s.seq_scan, coalesce(s.idx_scan, 0)
            from pg_stat_user_tables as s
            where s.relid in (select i.inhrelid from pg_inherits as i)
               or s.relid in ('hypermind.run_summaries'::regclass, 'hypermind.run_tools'::regclass)
        """
        return {name: (whole, by_index) for name, whole, by_index in self.admin.execute(query)}

    def since(self) -> tuple[set[str], set[str]]:
        """What was read whole, and what was read at all: leaves, run_summaries and run_tools."""
        now = self.look()
        whole = {name for name, counts in now.items() if counts[0] > self.before[name][0]}
        return whole, {name for name, counts in now.items() if counts != self.before[name]}


def ask(connection: Connection, function: str, arguments: str, **values: Any) -> list[tuple[Any, ...]]:
    """Rows of a function; their cursors are the last column. The server's counters are brought up to date."""
    query = f"select * from hypermind.{function}({arguments})"
    rows = connection.execute(query, values).fetchall()
    connection.execute("select pg_stat_force_next_flush()")
    return rows


def buffers(connection: Connection, function: str, arguments: str, **values: Any) -> int:
    """How many pages a warm call looks at, its plans included."""
    query = f"explain (analyze, buffers, format json) select * from hypermind.{function}({arguments})"
    found = 0
    for _ in range(2):
        row = connection.execute(query, values).fetchone()
        assert row is not None
        plan = row[0]
        found = plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"]
    connection.execute("select pg_stat_force_next_flush()")
    return found


def also(arguments: str, more: str) -> str:
    return f"{arguments}, {more}" if arguments else more


@pytest.mark.parametrize(("function", "name", "arguments"), LISTS, ids=lambda value: value)
@pytest.mark.parametrize("who", ["alice", "audrey"])
def test_no_leaf_is_read_whole(
    function: str, name: str, arguments: str, who: str, admin_conn: Connection, request: pytest.FixtureRequest
) -> None:
    connection = request.getfixturevalue(who)
    scans = Scans(admin_conn)
    ask(connection, function, arguments)
    whole, read = scans.since()
    assert not {leaf for leaf in whole if leaf[-6:] >= "203101"}, f"by {name}"
    if "absent" not in name and "paused" not in name:
        assert read


@pytest.mark.parametrize(("function", "name", "arguments"), LISTS, ids=lambda value: value)
def test_only_the_periods_asked_for_are_read(
    function: str, name: str, arguments: str, alice: Connection, admin_conn: Connection
) -> None:
    scans = Scans(admin_conn)
    ask(alice, function, also(arguments, "p_from => '2031-03-05', p_to => '2031-04-20'"))
    _, read = scans.since()
    leaves = {table[-6:] for table in read - {"run_summaries", "run_tools"}}
    assert leaves <= (set() if function == "list_runs" else {"203103", "203104"}), f"by {name}"


@pytest.mark.parametrize(("function", "name", "arguments"), PAGED, ids=lambda value: value)
@pytest.mark.parametrize("who", ["alice", "audrey"])
def test_the_hundredth_page_costs_what_the_first_does(
    function: str, name: str, arguments: str, who: str, request: pytest.FixtureRequest
) -> None:
    connection = request.getfixturevalue(who)
    page = also(arguments, "p_limit => 40")
    first = buffers(connection, function, page)
    cursor, seen = None, set()
    for _ in range(99):
        rows = ask(connection, function, also(page, "p_cursor => %(cursor)s"), cursor=cursor)
        assert len(rows) == 40, f"by {name}"
        seen |= {row[0] for row in rows}
        cursor = rows[-1][-1]
    assert len(seen) == 99 * 40, f"by {name}: a row comes once"
    last = buffers(connection, function, also(page, "p_cursor => %(cursor)s"), cursor=cursor)
    assert last <= 1.5 * first + 300, f"by {name}"


@pytest.mark.parametrize(
    ("function", "name", "arguments"), [row for row in LISTS if "absent" in row[1]], ids=lambda value: value
)
def test_what_is_not_there_costs_a_look_or_one_into_each_period(
    function: str, name: str, arguments: str, alice: Connection
) -> None:
    assert ask(alice, function, arguments) == []
    assert buffers(alice, function, arguments) < 100 * (1 if function == "list_runs" else PERIODS + 1)


@pytest.mark.parametrize(
    ("function", "name", "arguments"),
    [row for row in PAGED if row[1] != "tag, common"],  # no index has the runs with a tag in their order
    ids=lambda value: value,
)
def test_a_page_reads_little_of_what_would_pass(function: str, name: str, arguments: str, alice: Connection) -> None:
    """Thousands of rows of the newest period pass; a page has five."""
    assert buffers(alice, function, also(arguments, "p_limit => 5, p_from => '2031-06-01'")) < 400, f"by {name}"


def test_who_used_this_version_and_failed(two_projects: TwoProjects, alice: Connection, admin_conn: Connection) -> None:
    scans = Scans(admin_conn)
    rows = ask(alice, "runs_of_config", "%(a)s, 'prompt', 'greeting', 4, 'failed'", a=two_projects.a)
    assert rows
    whole, _ = scans.since()
    assert not {leaf for leaf in whole if leaf[-6:] >= "203101"}


@pytest.mark.parametrize("who", ["alice", "audrey"])
def test_activity_reads_no_leaf_whole(who: str, admin_conn: Connection, request: pytest.FixtureRequest) -> None:
    connection = request.getfixturevalue(who)
    scans = Scans(admin_conn)
    rows = ask(connection, "activity", "p_from => '2031-03-05', p_to => '2031-04-01'")
    assert len(rows) == 50
    whole, _ = scans.since()
    assert not {leaf for leaf in whole if leaf[-6:] >= "203101"}
    first = buffers(connection, "activity", "p_from => '2031-03-05', p_to => '2031-04-01'")
    later = "p_from => '2031-03-05', p_to => '2031-04-01', p_cursor => %(cursor)s"
    cursor = None
    for _ in range(99):
        cursor = ask(connection, "activity", later, cursor=cursor)[-1][-1]
    last = buffers(connection, "activity", later, cursor=cursor)
    assert last <= 1.5 * first + 300


def test_a_timeline_reads_one_leaf_and_a_page_costs_the_same_anywhere(
    alice: Connection, admin_conn: Connection
) -> None:
    scans = Scans(admin_conn)
    pages = {after: ask(alice, "run_timeline", f"'{LONG_RUN}', {after}") for after in (0, 50_000, 99_900)}
    assert [len(rows) for rows in pages.values()] == [100, 100, 100]
    whole, read = scans.since()
    assert not whole
    assert len({leaf[-6:] for leaf in read - {"run_summaries"}}) == 1
    costs = [buffers(alice, "run_timeline", f"'{LONG_RUN}', {after}") for after in pages]
    assert max(costs) < 1000


def test_depths_of_a_page_are_looked_up_at_once(alice: Connection, admin_conn: Connection) -> None:
    """Of parallel calls all parents are on an earlier page, each its own."""
    query = """
        insert into hypermind.run_events
            (run_id, seq, project_id, event_type, parent_seq, payload, occurred_at, recorded_at, event_hash)
        select %(run)s, s, project_id, 'custom.step', case when s > 1000 then s - 1000 end, '{}', now(), now(),
               sha256('')
        from hypermind.projects, generate_series(1, 2000) as s
        where name = 'a'
    """
    run = UUID(int=LONG_RUN.int + 1)
    with admin_conn.transaction():
        admin_conn.execute("set local session_replication_role = replica")
        admin_conn.execute(
            "insert into hypermind.runs (run_id, project_id, mode, tags, owner, created_by, created_at) "
            "select %s, project_id, 'chat', '{}', 'owner-x', 'test', now() from hypermind.projects where name = 'a'",
            (run,),
        )
        admin_conn.execute(SUMMARY, (run,))
        admin_conn.execute(query, {"run": run})
    rows = ask(alice, "run_timeline", f"'{run}', 1000")
    assert [row[4] for row in rows] == [1] * 100
    assert buffers(alice, "run_timeline", f"'{run}', 1000") < 1500


@pytest.mark.parametrize(
    "query",
    [
        f"run_timeline('{LONG_RUN}')",
        "list_runs()",
        "find_artifacts(p_from => '2031-03-05', p_to => '2031-03-20')",
    ],
)
def test_only_leaves_that_are_read_are_locked(query: str, alice: Connection, admin_conn: Connection) -> None:
    locks = """
        select count(distinct substring(c.relname from 'p[0-9]+$'))
        from pg_locks as l
        join pg_inherits as i on i.inhrelid = l.relation
        join pg_class as c on c.oid = l.relation
        where l.pid = %s and c.relkind = 'r'
    """
    with alice.transaction():
        alice.execute(f"select * from hypermind.{query}")
        row = admin_conn.execute(locks, (alice.info.backend_pid,)).fetchone()
    assert row == (0 if query == "list_runs()" else 1,)
