"""Makes the mutants of tests/mutants.py from a deployed database, each with one guard, check, lock or right less.

A mutant is SQL that a superuser runs in a database into which the plan was deployed. Nothing here is a list of mutants:
they follow from the catalogs and from the texts of the functions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

import psycopg

Connection: TypeAlias = psycopg.Connection[Any]
Span: TypeAlias = tuple[int, int]


class Mutant(NamedTuple):
    """One thing that is missing. undo: what brings it back, where that is simple or it would outlive its database.

    place: of the refusal that it is about, in a function that reporting() has changed.
    """

    kind: str
    object: str
    what: str
    sql: str
    undo: str = ""
    place: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind} | {self.object} | {self.what}"

    @property
    def in_body(self) -> bool:
        """Whether it is a change of what a function says."""
        return self.kind in BODY_KINDS


BODY_KINDS = (
    "refusal",
    "condition",
    "part of a condition",
    "part of a where",
    "caller",
    "lock",
    "guard of a new month",
)


def all_mutants(admin: Connection) -> list[Mutant]:
    """Of a deployed database, in an order that does not change."""
    mutants = [Mutant(*row) for query in CATALOG for row in admin.execute(query.encode()).fetchall()]
    functions = admin.execute(FUNCTIONS.encode()).fetchall()
    mutants += [mutant for name, definition in functions for mutant in body_mutants(name, definition)]
    return numbered(mutants)


def numbered(mutants: list[Mutant]) -> list[Mutant]:
    """What stands in an object twice gets a number."""
    seen: Counter[str] = Counter()
    unique = []
    for mutant in mutants:
        seen[mutant.key] += 1
        again = seen[mutant.key]
        unique.append(mutant if again == 1 else mutant._replace(what=f"{mutant.what} ({again})"))
    return unique


# What the catalogs have. Each query: kind, object, what, SQL, and undo where it needs one.

TABLES = """
    select c.oid, c.relname from pg_class as c
    where c.relnamespace = 'hypermind'::regnamespace and c.relkind in ('r', 'p')"""
TRIGGERS = f"({TABLES}) as t join pg_trigger as g on g.tgrelid = t.oid and not g.tgisinternal"
OURS = "('hypermind'::regnamespace, 'hypermind_private'::regnamespace)"
FUNCTIONS = f"""
    select p.oid::regproc::text, pg_get_functiondef(p.oid)
    from pg_proc as p where p.pronamespace in {OURS} and p.prokind = 'f' order by p.oid::regproc::text collate "C" """
# Of a partitioned table, what its leaves were made with goes too.
LEAVES_TOO = """
    format('alter table hypermind.%1$I %2$s; do $leaves$ declare v_leaf regclass; begin for v_leaf in '
           'select i.inhrelid::regclass from pg_inherits as i where i.inhparent = ''hypermind.%1$I''::regclass loop '
           'execute format(''alter table %%s %3$s'', v_leaf); end loop; end $leaves$', t.relname, {this}, {leaf})"""

CATALOG = [
    f"""select 'trigger', t.relname, g.tgname, format('drop trigger %I on hypermind.%I', g.tgname, t.relname)
        from {TRIGGERS} order by 2, 3""",
    f"""select 'trigger always', t.relname, g.tgname,
               format('alter table hypermind.%I enable trigger %I', t.relname, g.tgname)
        from {TRIGGERS} and g.tgenabled = 'A' order by 2, 3""",
    f"""select case c.contype when 'c' then 'check' when 'f' then 'foreign key' else 'key' end, t.relname, c.conname,
               case when c.contype = 'c' then {
        LEAVES_TOO.format(
            this="format('drop constraint %I', c.conname)",
            leaf="replace(format('drop constraint if exists %I', c.conname), '''', '''''')",
        )
    } else format('alter table hypermind.%I drop constraint %I cascade', t.relname, c.conname) end
        from ({
        TABLES
    }) as t join pg_constraint as c on c.conrelid = t.oid and c.contype in ('c', 'f', 'p', 'u', 'x') order by 2, 3""",
    f"""select 'key', t.relname, c.relname, format('drop index hypermind.%I', c.relname)
        from ({TABLES}) as t
        join pg_index as i on i.indrelid = t.oid and i.indisunique
        join pg_class as c on c.oid = i.indexrelid
        where not exists (select from pg_constraint as k where k.conindid = i.indexrelid) order by 2, 3""",
    f"""select 'not null', t.relname, a.attname, {
        LEAVES_TOO.format(
            this="format('alter %I drop not null', a.attname)", leaf="format('alter %I drop not null', a.attname)"
        )
    }
        from ({TABLES}) as t join pg_attribute as a on a.attrelid = t.oid and a.attnum > 0 and a.attnotnull
        where not exists (
            select from pg_index as i where i.indrelid = t.oid and i.indisprimary and a.attnum = any (i.indkey))
        order by 2, a.attnum""",
    f"""select 'row security', t.relname, 'enabled',
               format('alter table hypermind.%I disable row level security', t.relname)
        from ({TABLES}) as t join pg_class as c using (oid) where c.relrowsecurity order by 2""",
    f"""select 'policy', t.relname, p.polname, format('drop policy %I on hypermind.%I', p.polname, t.relname)
        from ({TABLES}) as t join pg_policy as p on p.polrelid = t.oid order by 2, 3""",
    f"""select 'policy open', t.relname, p.polname,
               format('alter policy %I on hypermind.%I using (true)', p.polname, t.relname)
        from ({TABLES}) as t join pg_policy as p on p.polrelid = t.oid order by 2, 3""",
    """select 'view', c.relname, o.option,
              format('alter view hypermind.%I reset (%s)', c.relname, split_part(o.option, '=', 1))
       from pg_class as c, unnest(c.reloptions) as o (option)
       where c.relnamespace = 'hypermind'::regnamespace and c.relkind = 'v' order by 2, 3""",
    f"""select 'grant', o.name, format('%s to %s', lower(a.privilege_type), a.grantee::regrole),
               format('revoke %s on %s from %s', a.privilege_type, o.said, a.grantee::regrole)
        from (
            select n.nspname as name, 'schema ' || n.nspname as said, n.nspacl as acl, n.nspowner as owner
            from pg_namespace as n where n.oid in {OURS}
            union all
            select c.relname, 'hypermind.' || c.relname, c.relacl, c.relowner
            from pg_class as c where c.relnamespace = 'hypermind'::regnamespace and c.relkind in ('r', 'p', 'v')
            union all
            select p.oid::regproc::text, 'function ' || p.oid::regprocedure, p.proacl, p.proowner
            from pg_proc as p where p.pronamespace in {OURS}
        ) as o, aclexplode(o.acl) as a
        where a.grantee <> o.owner order by 2, 3""",
    """select 'grant', r.rolname, 'to ' || m.member::regrole, format('revoke %I from %I', r.rolname, m.member::regrole),
              format('grant %I to %I', r.rolname, m.member::regrole)
       from pg_auth_members as m join pg_roles as r on r.oid = m.roleid
       where r.rolname like 'hypermind\\_%' and m.member::regrole::text like 'hypermind\\_%' order by 2, 3""",
    f"""select 'revoke', n.nspname, 'execute on functions from public',
               format('grant execute on all functions in schema %I to public', n.nspname)
        from pg_namespace as n where n.oid in {OURS} order by 2""",
    f"""select 'definer', p.oid::regproc::text, 'security definer',
               format('alter function %s security invoker', p.oid::regprocedure)
        from pg_proc as p where p.pronamespace in {OURS} and p.prosecdef order by 2""",
    f"""select 'setting', p.oid::regproc::text, s.setting,
               format('alter function %s reset %s', p.oid::regprocedure, split_part(s.setting, '=', 1))
        from pg_proc as p, unnest(p.proconfig) as s (setting)
        where p.pronamespace in {OURS} and s.setting like 'search_path=%' order by 2""",
]


# What the functions say.

REPORT = "refused at"
REFUSES = r"raise\b(?!\s+(?:notice|warning|log|info|debug))|perform hypermind_private\.(?:refuse|check|raise)_?\w*\("
CALLERS = (
    r"perform hypermind_private\.(?:writable_run|readable_run|operated_run|listed_run|operated_project|project_of"
    r"|readable_projects)\("
)
LOCKS = r"lock table\b|perform hypermind_private\.(?:lock_\w+|share_contents|settle_head)\("
STATEMENT = re.compile(r"(?:^[ \t]*|\bthen )((?:perform|raise|lock table|execute)\b[^;]*;)", re.M)
MADE = re.compile(r"\b(?:constraint|trigger|row level security|grant|revoke)\b")
IF = re.compile(r"^([ \t]*)(?:els)?if\b(.*?)\bthen[ \t]*$", re.M | re.S)
ROW_LOCK = re.compile(r"[ \t\n]*\bfor (?:no key update|update|share|key share)(?: of \w+)?(?: skip locked)?")
SKIP_LOCKED = re.compile(r" skip locked")
TRIED_LOCK = re.compile(r"\bpg_try_advisory_xact_lock(?=\()")
RIGHTS = re.compile(
    r"(\bnot )?\b(?:hypermind_private\.(?:acts_for|reads_for|operates)|hypermind\.is_project_role|pg_has_role)(?=\()"
)
CHANGE = re.compile(r"^[ \t]*((?:update|delete from)\b[^;]*);", re.M)


def body_mutants(name: str, definition: str) -> Iterator[Mutant]:
    """Of one function, whose definition is what pg_get_functiondef() says."""
    start = definition.index("AS $function$")
    text = masked(definition)

    def mutant(kind: str, span: Span, instead: str, refusal: int = 0) -> Mutant:
        changed = definition[: span[0]] + instead + definition[span[1] :]
        return Mutant(
            kind, name, short(definition[slice(*span)]), changed, definition, f"{name}@{refusal}" if refusal else ""
        )

    for found in STATEMENT.finditer(text, start):
        kind = statement_kind(definition[slice(*found.span(1))])
        if kind:
            yield mutant(kind, found.span(1), "", found.start(1) if kind == "refusal" else 0)
    for guard in IF.finditer(text, start):
        body = body_of(text, guard)
        if not refuses_itself(body):
            continue
        condition = trimmed(text, guard.span(2))
        # Whether one of several refusals is reached is not told: then the files that call the function are asked.
        refusals = list(STATEMENT.finditer(text, guard.end(), guard.end() + len(body)))
        refusal = refusals[0].start(1) if len(refusals) == 1 else 0
        if body.count(";") > 1:
            yield mutant("condition", condition, "false", refusal)
        parts = split(text, condition, "or")
        if len(parts) > 1:
            yield from (mutant("part of a condition", part, "false", refusal) for part in parts)
    for change in CHANGE.finditer(text, start):
        where = where_of(text, change.span(1))
        # Only where it is a check, which asks who is calling, too; not where it says which rows are meant.
        if where and RIGHTS.search(text, *where):
            yield from (mutant("part of a where", part, "true") for part in split(text, where, "and"))
    for found in RIGHTS.finditer(text, start):
        first = found.end() - len(found[0].removeprefix("not "))
        call = (first, closing(text, found.end()))
        # "not" before pg_has_role(): the guard is that the caller is not one of them.
        negated = bool(found[1]) and "pg_has_role" in found[0]
        yield mutant("caller", call, "false" if negated else "true")
    for found in ROW_LOCK.finditer(text, start):
        yield mutant("lock", found.span(), "")
    for found in SKIP_LOCKED.finditer(text, start):
        yield mutant("lock", found.span(), "")
    for found in TRIED_LOCK.finditer(text, start):
        yield mutant("lock", (found.start(), closing(text, found.end())), "true")


def reporting(name: str, definition: str) -> str:
    """The same function, which warns of each of its refusals that is made, with its place."""
    changed = definition
    for found in reversed(list(STATEMENT.finditer(masked(definition), definition.index("AS $function$")))):
        statement = definition[slice(*found.span(1))]
        if statement_kind(statement) == "refusal":
            warning = f"raise warning '{REPORT} {name}@{found.start(1)}';"
            block = f"begin {statement} exception when others then {warning} raise; end;"
            changed = changed[: found.start(1)] + block + changed[found.end(1) :]
    return changed


def masked(text: str) -> str:
    """The same, of the same length, without what strings and comments say."""

    def mask(found: re.Match[str]) -> str:
        hidden = re.sub(r"[^\n]", " ", found[0])
        return f"'{hidden[1:-1]}'" if found[0][0] == "'" else hidden

    return re.sub(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", mask, text, flags=re.S)


def short(text: str) -> str:
    return " ".join(text.split())[:160].rstrip()


def statement_kind(statement: str) -> str | None:
    """What is removed with a statement; None: nothing that guards."""
    for kind, pattern in (("refusal", REFUSES), ("caller", CALLERS), ("lock", LOCKS)):
        if re.match(pattern, statement):
            return kind
    if statement.startswith("execute"):
        if "lock table" in statement:
            return "lock"
        if MADE.search(statement):
            return "guard of a new month"
    return None


def body_of(text: str, guard: re.Match[str]) -> str:
    """What is between THEN and the next branch or END IF, which stand where IF does."""
    end = re.compile(rf"^{guard[1]}(?:elsif|else|end if)\b", re.M).search(text, guard.end())
    return text[guard.end() : end.start() if end else len(text)]


def refuses_itself(body: str) -> bool:
    """Whether a refusal stands in it, not within another IF or loop."""
    lines = body.strip("\n").split("\n")
    indent = len(lines[0]) - len(lines[0].lstrip())
    return any(re.match(rf" {{{indent}}}(?:{REFUSES})", line) for line in lines)


def trimmed(text: str, span: Span) -> Span:
    part = text[slice(*span)]
    return span[0] + len(part) - len(part.lstrip()), span[1] - len(part) + len(part.rstrip())


def split(text: str, span: Span, word: str) -> list[Span]:
    """The operands of AND or OR that are in no parentheses and no CASE."""
    parts, depth, between, start = [], 0, False, span[0]
    for token in re.compile(r"[()\[\]]|\b(?:case|end|between|and|or)\b").finditer(text, *span):
        if token[0] in ("(", "[", "case"):
            depth += 1
        elif token[0] in (")", "]", "end"):
            depth -= 1
        elif depth == 0 and token[0] == "between":
            between = True
        elif depth == 0 and token[0] == "and" and between:
            between = False
        elif depth == 0 and token[0] == word:
            parts.append(trimmed(text, (start, token.start())))
            start = token.end()
    return [*parts, trimmed(text, (start, span[1]))]


def where_of(text: str, span: Span) -> Span | None:
    """What an UPDATE or DELETE asks of its rows, up to RETURNING."""
    depth, start = 0, None
    for token in re.compile(r"[()]|\b(?:where|returning)\b").finditer(text, *span):
        if token[0] in "()":
            depth += 1 if token[0] == "(" else -1
        elif depth == 0 and token[0] == "where":
            start = token.end()
        elif depth == 0 and start is not None:
            return trimmed(text, (start, token.start()))
    return None if start is None else trimmed(text, (start, span[1]))


def closing(text: str, opening: int) -> int:
    """The place after the parenthesis that closes the one at this place."""
    depth = 0
    for place in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place + 1
    raise ValueError("a parenthesis is not closed")
