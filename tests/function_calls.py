"""A call of every function that clients may call, with arguments that work, in a ledger with something of everything.

For tests that vary one argument of every function: what is in the catalog and not here is an error, so that no new
function is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from conftest import Connection, TwoProjects
from harness import archived_run
from psycopg import sql

UNKNOWN = UUID("0197e000-0000-7000-8000-000000000000")
EVENT_ID = UUID("11111111-1111-4111-8111-111111111111")
MONTHS = {"a": date(2020, 1, 1), "b": date(2020, 2, 1)}  # of the archived run of each project
GROUPS = ("hypermind_reader", "hypermind_writer", "hypermind_operator")
PEOPLE = dict(zip(GROUPS, ("carol", "alice", "oscar"), strict=True))
OWN_RIGHTS = dict.fromkeys(("create_project_role", "grant_project"), "rolf")  # they need CREATEROLE, or ADMIN OPTION


@dataclass(frozen=True)
class Function:
    """A function of schema hypermind. person: has no more rights than it needs, and acts in project a."""

    name: str
    person: str
    types: dict[str, str]  # of its arguments, in their order
    columns: int  # how many it returns
    volatile: bool
    required: frozenset[str]


@dataclass(frozen=True)
class Recorded:
    """What was recorded in each project: ids by what they are of."""

    people: TwoProjects
    spare_role: str  # of no project yet
    ids: dict[str, dict[str, UUID]] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)  # of the archived run of project a, by table, as JSON
    texts: dict[str, str] = field(default_factory=dict)  # the plan of its month, and a manifest of its archive

    def before(self, function: str) -> list[str]:
        """What has to be done first, by who calls it."""
        month = MONTHS["a"]
        attach, drop = (f"select hypermind.{what}_period('{month}')" for what in ("attach", "drop"))
        restore = [
            f"select hypermind.restore_rows('{self.ids['a']['archive']}', '{table}', '{rows}')"
            for table, rows in self.rows.items()
        ]
        return {
            **{name: [attach] for name in ("apply_retention", "detach_period", "record_archive")},
            "restore_rows": [drop],
            "finish_restore": [drop, *restore],
        }.get(function, [])

    def valid(self, function: str, project: str = "a") -> dict[str, Any]:
        """Arguments with which a call works, beside those that have defaults."""
        a = self.ids[project]
        pin = '{"p": {"kind": "prompt", "name": "greeting", "version": 1}}'
        month = MONTHS["a"]
        arguments: dict[str, dict[str, Any]] = {
            "activity": {"p_from": "yesterday", "p_to": "tomorrow"},
            "append_event": {"p_run_id": a["run"], "p_event_type": "custom.a"},
            "append_events": {"p_run_id": a["run"], "p_events": '[{"event_type": "custom.a"}]'},
            "apply_retention": {"p_period": month, "p_plan": self.texts["plan"]},
            "archive_figures": {"p_period": month},
            "archive_location": {"p_archive_id": a["archive"]},
            "attach_artifact": {
                "p_run_id": a["run"],
                "p_kind": "file",
                "p_uri": "file:///x",
                "p_sha256": bytes(32),
                "p_size_bytes": 1,
            },
            "attach_period": {"p_period": month},
            "check_integrity": {},
            "claim_run": {"p_run_id": a["run"], "p_claimed_by": "worker"},
            "contract_violations": {"p_subject": "custom.a", "p_value": "{}", "p_project_id": a["project"]},
            "create_project": {"p_workspace": "lab", "p_name": "new", "p_role": self.spare_role},
            "create_project_role": {"p_workspace": "lab", "p_name": "new"},
            "create_run": {"p_project_id": a["project"], "p_mode": "chat", "p_configs": pin},
            "detach_period": {"p_period": month},
            "diff_state": {"p_run_id": a["run"], "p_seq_a": 1, "p_seq_b": 4},
            "drop_period": {"p_period": month},
            "ensure_periods": {},
            "erase_payload": {"p_run_id": a["run"], "p_seq": 3, "p_reason": "personal data"},
            "erase_run": {"p_run_id": a["ended"], "p_reason": "personal data"},
            "event_preview": {"p_payload": '{"content": "Hi"}'},
            "event_text": {"p_payload": '{"content": "Hi"}', "p_text_rule": 3},
            "find_artifacts": {},
            "finish_restore": {"p_archive_id": a["archive"], "p_run_ids": [a["archived"]]},
            "fork_run": {"p_run_id": a["run"], "p_at_seq": 4},
            "grant_project": {"p_project_id": a["project"], "p_member": "carol"},
            "health": {},
            "is_project_role": {"p_role": self.people.role_a},
            "issue_digest": {},
            "label_config": {
                "p_project_id": a["project"],
                "p_kind": "prompt",
                "p_name": "greeting",
                "p_label": "best",
                "p_version": 1,
            },
            "ledger_health": {},
            "list_holds": {},
            "list_runs": {},
            "maintain": {},
            "new_run_id": {},
            "place_hold": {"p_project_id": a["project"], "p_reason": "a dispute"},
            "plan_retention": {},
            "project_role": {"p_project_id": a["project"]},
            "record_archive": {
                "p_archive_id": UNKNOWN,
                "p_period": month,
                "p_location": "s3://archive/new",
                "p_manifest": self.texts["manifest"],
            },
            "refresh_rollups": {},
            "register_config": {
                "p_project_id": a["project"],
                "p_kind": "prompt",
                "p_name": "greeting",
                "p_content": '{"text": "Ho"}',
            },
            "register_contract": {"p_project_id": a["project"], "p_subject": "state", "p_schema": "{}"},
            "register_event_type": {"p_event_type": "custom.b", "p_schema": "{}", "p_project_id": a["project"]},
            "release_hold": {"p_hold_id": a["hold"], "p_reason": "settled"},
            "replay_events": {"p_run_id": a["run"]},
            "request_cancel": {"p_run_id": a["run"]},
            "resolve_replay_context": {"p_run_id": a["run"]},
            "restore_rows": {"p_archive_id": a["archive"], "p_table": "runs", "p_rows": self.rows["runs"]},
            "retention_policy": {"p_project_id": a["project"]},
            "rollup": {"p_project_id": a["project"], "p_workspace": None, "p_from": "yesterday", "p_to": "tomorrow"},
            "run_lineage": {"p_run_id": a["fork"]},
            "run_timeline": {"p_run_id": a["run"]},
            "runs_of_config": {"p_project_id": a["project"], "p_kind": "prompt", "p_name": "greeting"},
            "schema_version": {},
            "schema_violations": {"p_schema": '{"type": "object"}', "p_value": "{}"},
            "search_events": {"p_query": "needle"},
            "set_enforcement": {"p_project_id": a["project"], "p_enforcement": "known"},
            "set_retention_policy": {
                "p_project_id": a["project"],
                "p_keep_at_least": 1,
                "p_keep_at_most": 100,
                "p_archive_after": 10,
                "p_reason": "a rule",
            },
            "state_at": {"p_run_id": a["run"]},
            "take_snapshot": {"p_run_id": a["run"]},
            "transition_run": {"p_run_id": a["run"], "p_status": "paused"},
            "uuidv7_floor": {"p_at": "2026-01-01 00:00:00+00"},
            "uuidv7_time": {"p_id": a["run"]},
            "verify_run": {"p_run_id": a["run"]},
        }
        return arguments[function]


def functions(connection: Connection) -> list[Function]:
    """All that a client's role may call, from the catalog."""
    query = """
        select p.proname, g.role, coalesce(p.proargnames[:p.pronargs], '{}'),
               array(select t::regtype::text from unnest(p.proargtypes) with ordinality as u (t, n) order by n),
               p.provolatile = 'v', p.pronargs - p.pronargdefaults,
               case when p.prorettype = 'void'::regtype then 0 else 1 end
        from pg_proc as p
        cross join lateral (
            select r.role from unnest(%s::text[]) with ordinality as r (role, n)
            where has_function_privilege(r.role, p.oid, 'execute') order by r.n limit 1) as g
        where p.pronamespace = 'hypermind'::regnamespace order by p.proname"""
    return [
        Function(
            name,
            OWN_RIGHTS.get(name, PEOPLE[role]),
            dict(zip(names, types, strict=True)),
            columns,
            volatile,
            frozenset(names[:required]),
        )
        for name, role, names, types, volatile, required, columns in connection.execute(query, (list(GROUPS),))
    ]


def statement(function: Function, arguments: dict[str, Any]) -> sql.Composed:
    """A call with named arguments, each a parameter that the server reads as a text of its type."""
    given = [
        sql.SQL("{} => %s::{}").format(sql.Identifier(name), sql.SQL(as_literal(function.types[name])))
        for name in arguments
    ]
    return sql.SQL("select * from hypermind.{}({})").format(sql.Identifier(function.name), sql.SQL(", ").join(given))


def as_literal(type_name: str) -> LiteralString:
    return type_name  # type: ignore[return-value]  # from the catalog


def record(people: TwoProjects) -> Recorded:
    """Runs of all kinds, configurations, contracts, holds, erasures, an archive and a digest, in both projects."""
    with psycopg.connect(people.dsn, autocommit=True) as admin:
        for name, options in (("olga", "login"), ("rolf", "login createrole")):
            if not one(admin, "select count(*) from pg_roles where rolname = %s", name):
                admin.execute(f"create role {name} {options}".encode())
            admin.execute(f"grant hypermind_operator to {name}".encode())
        admin.execute("select hypermind.grant_project(%s, 'olga')", (people.b,))
        admin.execute(sql.SQL("grant {} to rolf with admin option").format(sql.Identifier(people.role_a)))
        recorded = Recorded(people, one(admin, "select hypermind.create_project_role('lab', 'spare')"))
        for name, project, writer, operator in (("a", people.a, "alice", "oscar"), ("b", people.b, "bob", "olga")):
            with people.connect(writer) as client, people.connect(operator) as also:
                recorded.ids[name] = record_project(client, also, name, project)
            recorded.ids[name]["archived"] = archived_run(people.dsn_of(operator), project, MONTHS[name])
            query = "select archive_id from hypermind.archive_runs where project_id = %s"
            recorded.ids[name]["archive"] = one(admin, query, project)
        for table in ("runs", "run_events", "run_outcomes"):
            query = f"select jsonb_agg(to_jsonb(t))::text from hypermind_private.{table}_p{MONTHS['a']:%Y%m} as t"
            recorded.rows[table] = one(admin, query)
    with people.connect("oscar", autocommit=False) as oscar:
        for name, query in (
            ("plan", "select plan from hypermind.plan_retention(%s) limit 1"),
            ("manifest", "select hypermind.archive_figures(%s)::text"),
        ):
            oscar.execute("select hypermind.attach_period(%s)", (MONTHS["a"],))
            recorded.texts[name] = one(oscar, query, MONTHS["a"])
            oscar.rollback()
        oscar.execute("select hypermind.issue_digest()")
        oscar.commit()
    return recorded


def record_project(client: Connection, operator: Connection, name: str, project: UUID) -> dict[str, UUID]:
    """What happened in one project this month."""
    ids = {"project": project, "event": UUID(EVENT_ID.hex.replace("1", name))}

    def call(query: str, *params: object) -> Any:
        return one(client, f"select hypermind.{query}", *params)

    for text in ("Hello", "Hi"):
        call("register_config(%s, 'prompt', 'greeting', jsonb_build_object('text', %s::text))", project, text)
    call("label_config(%s, 'prompt', 'greeting', 'production', 1)", project)
    call("register_event_type('custom.a', '{}', %s)", project)
    call("register_contract(%s, 'prompt', '{}')", project)
    pins = '{"p": {"kind": "prompt", "name": "greeting", "label": "production"}}'
    create = "create_run(%s, 'chat', %s, '{\"q\": 1}', '{\"title\": \"A run\"}', '{x}', p_agent => 'helper')"
    ids["run"] = call(create, project, pins)
    call("transition_run(%s, 'running')", ids["run"])
    call(
        "append_event(%s, 'message.added', %s, '{\"n\": 1}', p_event_id => %s)",
        *(ids["run"], '{"role": "user", "content": "needle"}', ids["event"]),
    )
    delta = '[{"op": "add", "path": "/m", "value": [2]}]'
    call("append_event(%s, 'tool.called', '{\"gen_ai.tool.name\": \"search\"}', %s)", ids["run"], delta)
    ids["artifact"] = call("attach_artifact(%s, 'file', 'file:///x', %s, 1)", ids["run"], bytes(32))
    call("take_snapshot(%s, 4)", ids["run"])
    ids["fork"] = call("fork_run(%s, 4)", ids["run"])
    ids["ended"] = call("create_run(%s, 'chat')", project)
    call("append_event(%s, 'custom.a', '{\"secret\": 1}')", ids["ended"])
    call("transition_run(%s, 'cancelled')", ids["ended"])
    ids["hold"] = one(operator, "select hypermind.place_hold(%s, 'a dispute', %s)", project, ids["run"])
    operator.execute("select hypermind.release_hold(%s, 'settled')", (ids["hold"],))
    ids["hold"] = one(operator, "select hypermind.place_hold(%s, 'a dispute', %s)", project, ids["fork"])
    operator.execute("select hypermind.erase_payload(%s, 2, 'personal data')", (ids["ended"],))
    return ids


def one(connection: Connection, query: str, *params: object) -> Any:
    row = connection.execute(query.encode(), params).fetchone()
    assert row is not None
    return row[0]


def prepared(connection: Connection, recorded: Recorded, function: Function) -> None:
    """Does what has to be done before a valid call."""
    for query in recorded.before(function.name):
        connection.execute(query.encode())


@contextmanager
def undone(connection: Connection) -> Iterator[None]:
    """A part of a transaction, or one of its own, of which nothing stays, whatever happens in it."""
    with connection.transaction(force_rollback=True):
        yield
