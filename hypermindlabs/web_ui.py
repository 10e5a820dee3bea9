"""The web service: the page and its endpoints, over the functions of the ledger.

:func:`create_app` makes the application, :func:`serve` runs it: what ``hypermindlabs serve`` does. Needs the packages
of the extra ``web``.

An endpoint calls a function of the ledger and writes down what it returns; there is no rule in it. A request has one
connection of a pool for one transaction, which is read-only unless something is made, with ``SET LOCAL ROLE`` to the
role of the request's token. So the database decides who sees what, as it does for every client.

Answers are written by this module, not by FastAPI: numbers in a payload have the digits that PostgreSQL prints, at any
size, because what is jsonb there is never parsed here.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gzip
import hashlib
import hmac
import ipaddress
import json
import logging
import os
import re
import socket
import stat
import tomllib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from json.encoder import encode_basestring
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request, Response
from fastapi import Path as InPath
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse, PlainTextResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from psycopg import sql
from psycopg.abc import Buffer
from psycopg.rows import tuple_row
from psycopg.types.json import JsonbLoader
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hypermindlabs import AsyncManagers, __version__, connect, errors, metrics, persistence
from hypermindlabs.database_router import AsyncConnection, AsyncDatabaseRouter
from hypermindlabs.persistence import (
    ActivityEntry,
    Call,
    Event,
    Figures,
    FoundArtifact,
    Hit,
    LineageEntry,
    ListedRun,
    ReplayContext,
    Run,
    RunOfConfig,
    TimelineEntry,
)

T = TypeVar("T")
Json = Any

DEFAULT_PORT = 8321
STATEMENT_TIMEOUT = 15.0  # seconds
POOL_SIZE = 10
POOL_TIMEOUT = 5.0  # seconds to wait for a connection
MAX_STREAMS = 100
POLL_SECONDS = 0.5
HEARTBEAT_SECONDS = 15.0
STREAM_PAGE = 200
MAX_BODY = 1_000_000
MAX_FORK_BODY = 16 * 1024 * 1024
MAX_QUERY_STRING = 16_000
MAX_PATH = 2_000
MAX_EVENTS_TEXT = 16 * 1024 * 1024  # characters of JSON in a page of events
COMPRESS_FROM = 1_000
COMPRESS_ELSEWHERE_FROM = 256_000  # a thread compresses what would keep the others waiting
STATIC = Path(__file__).parent / "web"
BIGINT = 2**63 - 1

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_RAW_HEADERS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

_log = logging.getLogger("hypermindlabs.web")


class ServeError(Exception):
    """The service cannot start; the message is one line, the hint says what to do."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


# Who asks


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request is from: the database role that it runs as (None: the connection's own), and a name for people."""

    role: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Token:
    """The SHA-256 of a secret, and whom it stands for."""

    sha256: bytes
    caller: Caller


class Tokens:
    """The tokens that are accepted."""

    def __init__(self, tokens: Iterable[Token]) -> None:
        self._tokens = tuple(tokens)

    @property
    def roles(self) -> list[str]:
        """The database roles that they stand for."""
        return sorted({token.caller.role for token in self._tokens if token.caller.role is not None})

    def caller(self, secret: str) -> Caller | None:
        """Whom a secret stands for; None: nobody. Takes the same time whichever token it is, if any."""
        digest = sha256(secret)
        found = None
        for token in self._tokens:
            if hmac.compare_digest(token.sha256, digest):
                found = token.caller
        return found


def sha256(secret: str) -> bytes:
    """The SHA-256 of a secret, as a token file has it in hex."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def read_tokens(path: Path) -> Tokens:
    """Reads a token file: TOML, with a table ``[[token]]`` for each, of sha256 (hex), role, and perhaps name.

    Raises ServeError when the file is malformed, or can be read by others than its owner.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if mode & 0o077:
                raise ServeError(
                    f"others than its owner have rights on {path}: mode {stat.S_IMODE(mode):04o}",
                    f"Take them away: chmod 600 {path}",
                )
            document = tomllib.load(file)
    except OSError as error:
        raise ServeError(f"cannot read the token file {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ServeError(f"{path} is no TOML: {error}") from error
    entries = document.get("token")
    if set(document) != {"token"} or not isinstance(entries, list) or not entries:
        raise ServeError(f"{path} must hold tables [[token]], at least one, and nothing else", _TOKEN_FORM)
    tokens = [_token(entry, f"token {number} of {path}") for number, entry in enumerate(entries, 1)]
    if len({token.sha256 for token in tokens}) < len(tokens):
        raise ServeError(f"{path} holds a token twice")
    return Tokens(tokens)


_TOKEN_FORM = '[[token]] sha256 = "<SHA-256 of the token, in hex>", role = "<database role>", name = "<for people>"'


def _token(entry: Json, what: str) -> Token:
    if not isinstance(entry, dict) or not {"sha256", "role"} <= set(entry) <= {"sha256", "role", "name"}:
        raise ServeError(f"{what} must have sha256 and role, and may have name", _TOKEN_FORM)
    if not all(isinstance(value, str) for value in entry.values()):
        raise ServeError(f"{what} must have texts only", _TOKEN_FORM)
    if not re.fullmatch("[0-9a-fA-F]{64}", entry["sha256"]):
        raise ServeError(f"sha256 of {what} is not 64 hex digits", "printf %s TOKEN | sha256sum")
    return Token(bytes.fromhex(entry["sha256"]), Caller(_role(entry["role"], what), entry.get("name") or entry["role"]))


def _role(role: str, what: str) -> str:
    # PostgreSQL takes the role "none", even quoted, for the connection's own: nobody's token may mean that.
    if not role or role == "none" or "\0" in role:
        raise ServeError(f"{role!r} is no role: {what}")
    return role


# The service: what requests share


@dataclass
class Service:
    """What the requests of an application share."""

    router: AsyncDatabaseRouter
    tokens: Tokens | None
    role: str | None
    statement_timeout: float = STATEMENT_TIMEOUT
    max_streams: int = MAX_STREAMS
    poll_seconds: float = POLL_SECONDS
    heartbeat_seconds: float = HEARTBEAT_SECONDS
    streams: int = 0
    closing: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)
    parameters: dict[str, dict[str, bool]] = dataclasses.field(default_factory=dict)

    @contextlib.asynccontextmanager
    async def lab(self, request: Request, *, writes: bool = False) -> AsyncIterator[Lab]:
        """The managers as whoever asks, in a transaction of their own; what they read is of one moment."""
        caller: Caller = request.scope["hypermindlabs.caller"]
        async with self.router.transaction() as connection:
            await connection.execute(self._begin(caller.role, writes), prepare=False)
            yield Lab(connection)

    def _begin(self, role: str | None, writes: bool) -> bytes:
        """How a transaction begins, sent as one message. The role comes last: before it, nothing is refused to it."""
        mode = "" if writes else "set transaction isolation level repeatable read, read only; "
        timeout = round(self.statement_timeout * 1000)
        begin = f"{mode}set local statement_timeout = {timeout}; set local timezone = 'UTC'"
        as_role = b"" if role is None else sql.SQL("; set local role {}").format(sql.Identifier(role)).as_bytes()
        return begin.encode() + as_role


class Lab(AsyncManagers):
    """The managers over a connection, with jsonb as the text that PostgreSQL sends."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        super().__init__(self)

    async def execute(self, call: Call[T], /) -> T:
        """Sends a call and returns the answer; what is jsonb in it is a :class:`JsonText`."""
        async with self._cursor() as cursor:
            for parameters in call.parameters:
                await cursor.execute(call.statement, parameters)
            return call.answer(await cursor.fetchall())

    async def execute_within(self, call: Call[list[T]], characters: int, /) -> tuple[list[T], bool]:
        """Sends a call that reads rows, and takes no more of them once their JSON has so many characters.

        Returns the rows, at least one if there is any, and whether some were left.
        """
        rows: list[tuple[Any, ...]] = []
        size = 0
        (parameters,) = call.parameters
        async with (
            self._cursor() as cursor,
            contextlib.aclosing(
                cast(AsyncGenerator[tuple[Any, ...], None], cursor.stream(call.statement, parameters))
            ) as stream,
        ):
            async for row in stream:
                size += sum(len(value) for value in row if isinstance(value, str))
                if rows and size > characters:
                    return call.answer(rows), True
                rows.append(row)
        return call.answer(rows), False

    def _cursor(self) -> psycopg.AsyncCursor[tuple[Any, ...]]:
        cursor = self._connection.cursor(row_factory=tuple_row)
        cursor.adapters.register_loader("jsonb", _JsonTextLoader)
        return cursor


@dataclass(frozen=True, slots=True)
class Position:
    """Where a run stands."""

    status: str
    last_seq: int
    archive_id: UUID | None = None

    @property
    def is_closed(self) -> bool:
        """Whether the run has ended."""
        return self.status in ("completed", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Pin:
    """What a run pinned in one of its slots. label: what it was asked for by; None where that was a version."""

    slot: str
    kind: str
    name: str
    version: int
    label: str | None
    content_sha256: str


def _position(run_id: UUID) -> Call[Position | None]:
    """Where a run stands; None when there is no such run. A plain read of two keys, without a look at the months."""
    statement = """
select s.status, coalesce(h.last_seq, s.events), s.archive_id
from hypermind.run_summaries as s
left join hypermind.run_heads as h using (run_id)
where s.run_id = %(run_id)s"""
    return Call(statement, ({"run_id": run_id},), lambda rows: Position(*rows[0]) if rows else None, reads=True)


def _pins(run_id: UUID) -> Call[list[Pin]]:
    statement = """
select slot, kind, name, version, label, content_sha256
from hypermind.run_pins
where run_id = %(run_id)s
order by slot"""
    return Call(statement, ({"run_id": run_id},), lambda rows: [Pin(*row) for row in rows], reads=True)


def _facts() -> Call[tuple[str, str, str]]:
    statement = "select current_user::text, current_database()::text, current_setting('server_version')"
    return Call(statement, ({},), lambda rows: rows[0], reads=True)


async def _known_position(lab: Lab, run_id: UUID) -> Position:
    """Where a run stands. Raises RunNotFound, RunArchived."""
    position = await lab.execute(_position(run_id))
    if position is not None and position.archive_id is not None:
        await lab.runs.timeline(run_id, limit=1)  # raises RunArchived, in its own words
    if position is None:
        await lab.runs.request(run_id)  # raises RunNotFound, in its own words
        raise errors.RunNotFound(f"run {run_id} has neither a head nor an outcome")
    return position


# JSON out


class JsonText(str):
    """JSON as PostgreSQL wrote it: goes out as it is."""

    __slots__ = ()


_ESCAPED = re.compile("\ufdd0(0000|d[89a-f][0-9a-f]{2}|fdd0)")
_SURROGATE = re.compile("[\ud800-\udfff]")


class _JsonTextLoader(JsonbLoader):
    """Keeps the text of jsonb; what :mod:`hypermindlabs.json_text` escaped in it becomes escapes of JSON."""

    def load(self, data: Buffer) -> JsonText:
        text = bytes(data).decode()
        if "\ufdd0" in text:
            text = _ESCAPED.sub(lambda m: "\ufdd0" if m[1] == "fdd0" else f"\\u{m[1]}", text)
        return JsonText(text)


def to_json(value: Json) -> bytes:
    """Writes a result as JSON: dataclasses as objects, times as RFC 3339 in UTC, durations in seconds, money as text.

    Raises TypeError for what has no form here.

    >>> to_json({"at": datetime(2026, 7, 31, tzinfo=UTC), "cost": Decimal("0.10"), "state": JsonText("[1.50]")})
    b'{"at":"2026-07-31T00:00:00Z","cost":"0.10","state":[1.50]}'
    """
    text = _written(value)
    try:
        return text.encode()
    except UnicodeEncodeError:  # a lone surrogate, in a text: as an escape it is JSON
        return _SURROGATE.sub(lambda m: f"\\u{ord(m[0]):04x}", text).encode()


def _written(value: Json) -> str:
    write = _WRITERS.get(type(value))
    if write is not None:
        return write(value)
    if dataclasses.is_dataclass(value):
        return _writer_of(type(value))(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _write_object(value: Mapping[str, Json]) -> str:
    return "{" + ",".join([f"{encode_basestring(key)}:{_written(item)}" for key, item in value.items()]) + "}"


def _write_list(value: Sequence[Json]) -> str:
    return "[" + ",".join([_written(item) for item in value]) + "]"


def _writer_of(row_class: type[Any]) -> Callable[[Json], str]:
    """Makes, once, the writer of a dataclass."""
    fields = [(field.name, f'"{field.name}":') for field in dataclasses.fields(row_class)]

    def write(value: Json) -> str:
        return "{" + ",".join([key + _written(getattr(value, name)) for name, key in fields]) + "}"

    _WRITERS[row_class] = write
    return write


def _write_time(value: datetime) -> str:
    return f'"{value.astimezone(UTC).isoformat()[:-6]}Z"'


_WRITERS: dict[type[Any], Callable[[Any], str]] = {
    JsonText: str,
    str: encode_basestring,
    type(None): lambda value: "null",
    bool: lambda value: "true" if value else "false",
    int: str,
    float: lambda value: json.dumps(value, allow_nan=False),
    dict: _write_object,
    list: _write_list,
    tuple: _write_list,
    UUID: lambda value: f'"{value}"',
    datetime: _write_time,
    date: lambda value: f'"{value.isoformat()}"',
    timedelta: lambda value: repr(value.total_seconds()),
    Decimal: lambda value: f'"{value:f}"',
    bytes: lambda value: f'"{value.hex()}"',
}


async def _answer(
    request: Request, value: Json, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """The response with a value, compressed where that is worth it and understood."""
    body = to_json(value)
    response_headers = {"vary": "accept-encoding", **(headers or {})}
    if len(body) >= COMPRESS_FROM and _takes_gzip(request.headers.get("accept-encoding", "")):
        if len(body) >= COMPRESS_ELSEWHERE_FROM:
            body = await asyncio.to_thread(gzip.compress, body, 1, mtime=0)
        else:
            body = gzip.compress(body, 1, mtime=0)
        response_headers["content-encoding"] = "gzip"
    return Response(body, status, response_headers, "application/json")


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        name, _, quality = part.partition(";")
        if name.strip() in ("gzip", "*"):
            return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", quality)
    return False


async def _page(request: Request, items: Sequence[Any], limit: int, cursor: str = "cursor") -> Response:
    """A page of a list; with a cursor when it is full, so that there may be more."""
    return await _answer(request, _page_of(items, len(items) == limit, cursor))


def _page_of(items: Sequence[Any], more: bool, cursor: str = "cursor") -> dict[str, Json]:
    return {"items": list(items), "next_cursor": str(getattr(items[-1], cursor)) if more and items else None}


# Problems


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it.

    type: about:blank where the status says all; otherwise a name with the code, or with the title. code: of the ledger
    (MH001 and so on, see its table of errors) or of PostgreSQL. params: what happened, for a program.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str | None
    hint: str | None
    params: dict[str, Any]


class Refusal(Exception):
    """Ends a request with a problem."""

    def __init__(self, status: int, detail: str, hint: str | None = None, headers: Mapping[str, str] = {}) -> None:
        super().__init__(detail)
        self.status, self.detail, self.hint, self.headers = status, detail, hint, headers


def problem(
    status: int,
    detail: str,
    *,
    title: str | None = None,
    code: str | None = None,
    hint: str | None = None,
    params: Mapping[str, Json] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem as a response: ``application/problem+json``."""
    name = code or (title or "").lower().replace(" ", "-")
    document = {
        "type": f"urn:hypermindlabs:error:{name}" if name else "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail if len(detail) <= 2_000 else detail[:2_000] + "…",
        "code": code,
        "hint": hint,
        "params": dict(params or {}),
    }
    return Response(to_json(document), status, headers, "application/problem+json")


# Those that are not here are 422: what was sent cannot be done as it is.
_STATUS = {
    "MH001": 404,
    "MH002": 409,
    "MH003": 409,
    "MH004": 409,
    "MH005": 409,
    "MH007": 409,
    "MH009": 409,
    "MH010": 409,
    "MH012": 404,
    "MH013": 404,
    "MH014": 409,
    "MH015": 404,
    "MH017": 413,
    "MH023": 404,
    "MH025": 410,
    "MH029": 409,
    "MH030": 409,
    "MH031": 409,
    "MH032": 410,
    "MH033": 409,
}
_BUSY = {"retry-after": "1"}


def _problem_of(error: psycopg.Error) -> Response:
    """What the database refused, or why it does not answer."""
    if isinstance(error, errors.SchemaBehind):
        return problem(503, "the database has no schema of the ledger, or an older one", hint=error.hint, headers=_BUSY)
    if isinstance(error, errors.HypermindError):
        code = error.sqlstate or "MH000"
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).capitalize()
        message = error.diag.message_primary or (str(error.args[0]) if error.args else words)
        status = _STATUS.get(code, 422)
        return problem(status, message, title=words, code=code, hint=error.hint, params=error.detail)
    state = error.sqlstate
    if state is None and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        # No connection, one that broke, or none that became free: the pool's own timeout is one of these.
        return problem(503, "the database does not answer, or is busy", hint="Try again.", headers=_BUSY)
    message = (error.diag.message_primary or "").strip()
    if state == "42501":
        return problem(403, message, title="Not allowed", code=state, hint="Ask for the right, or use another token.")
    if state == "57014":
        hint = "Ask for less: a shorter time, one project, fewer words."
        return problem(503, "the answer took too long", title="Timeout", code=state, hint=hint, headers=_BUSY)
    if state is not None and state[:2] in ("08", "40", "53", "57", "58"):
        return problem(503, "the database cannot answer now", code=state, hint="Try again.", headers=_BUSY)
    if state is not None and state[:2] in ("22", "54"):
        return problem(422, message, title="Invalid value", code=state)
    if isinstance(error, psycopg.DataError) and state is None:
        return problem(422, "a value cannot be sent to the database", title="Invalid value")
    _log.error("a request failed", exc_info=error)
    return problem(500, "the service failed; its log says why", code=state)


async def _on_database_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, psycopg.Error)
    return _problem_of(error)


async def _on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return problem(error.status, error.detail, hint=error.hint, headers=error.headers)


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    detail = f"there is nothing at {request.url.path[:200]}" if error.status_code == 404 else phrase
    return problem(error.status_code, detail, headers=error.headers)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _invalid(error.errors())


async def _on_invalid_body(request: Request, error: Exception) -> Response:
    assert isinstance(error, ValidationError)
    return _invalid({**fault, "loc": ("body", *fault["loc"])} for fault in error.errors())


def _invalid(found: Iterable[Mapping[str, Any]]) -> Response:
    """What was sent is malformed: every fault is named, and nothing that was sent is said again."""
    faults = [{"where": [str(part)[:100] for part in fault["loc"]], "fault": str(fault["msg"])} for fault in found]
    first = faults[0]
    detail = f"{'/'.join(first['where'])}: {first['fault']}"
    return problem(422, detail, title="Invalid request", params={"faults": faults[:50]})


# The guard around everything


class Guard:
    """Around the application: who asks and from where, before anything is done; headers and problems after it."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_api = _asks_who(scope["path"])
        started = False

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                cache = b"no-store" if is_api or message["status"] >= 400 else b"no-cache"
                message["headers"] = [*message["headers"], *_RAW_HEADERS, (b"cache-control", cache)]
            await send(message)

        try:
            self._admit(scope, is_api)
            await self._app(scope, receive, send_guarded)
        except Refusal as refusal:
            response = problem(refusal.status, refusal.detail, hint=refusal.hint, headers=refusal.headers)
            await response(scope, receive, send_guarded)
        except Exception as error:
            _log.error("a request failed", exc_info=error)
            if started:
                raise
            await problem(500, "the service failed; its log says why")(scope, receive, send_guarded)

    def _admit(self, scope: Scope, is_api: bool) -> None:
        """Lets a request pass, and notes who it is from. Raises Refusal."""
        if len(scope["query_string"]) > MAX_QUERY_STRING or len(scope["path"]) > MAX_PATH:
            raise Refusal(414, f"the address is too long: {MAX_QUERY_STRING} bytes of parameters are taken")
        headers = _Headers(scope)
        host = headers.one("host")
        if self._service.tokens is None:
            _check_loopback(scope, host)
        origin = headers.one("origin")
        if origin is not None and not _is_own(origin, host, scope["scheme"]):
            raise Refusal(403, "requests of other sites are not answered")
        if not is_api:
            return
        if headers.one("sec-fetch-site") in ("cross-site", "same-site"):
            raise Refusal(403, "requests of other sites are not answered")
        bearer = headers.bearer()
        if scope["method"] not in ("GET", "HEAD"):
            if origin is None and bearer is None:
                raise Refusal(
                    403, "a request that changes something needs an Origin header or a Bearer token, against forgery"
                )
            if scope["method"] == "POST" and headers.media_type() != "application/json":
                raise Refusal(415, "the body must be application/json")
        scope["hypermindlabs.caller"] = self._caller(scope, headers, bearer)

    def _caller(self, scope: Scope, headers: _Headers, bearer: str | None) -> Caller | None:
        if self._service.tokens is None:
            return Caller(self._service.role, self._service.role or "")
        secret = bearer if headers.one("authorization") is not None else headers.cookie(_cookie_name(scope["scheme"]))
        caller = None if secret is None else self._service.tokens.caller(secret)
        if caller is None and not (scope["path"] == "/api/session" and scope["method"] in ("POST", "DELETE")):
            raise _no_token("a token is needed" if secret is None else "the token is not known")
        return caller


def _asks_who(path: str) -> bool:
    """Whether a request for it has to say who it is from."""
    return path.startswith("/api/") or path == "/metrics"


def _no_token(detail: str) -> Refusal:
    hint = "Send it as Authorization: Bearer TOKEN, or sign in on the page."
    return Refusal(401, detail, hint, {"www-authenticate": "Bearer"})


class _Headers:
    """The headers of a request. One that comes twice is refused: two readers might take different ones."""

    def __init__(self, scope: Scope) -> None:
        self._raw: list[tuple[bytes, bytes]] = scope["headers"]

    def one(self, name: str) -> str | None:
        found = [value for key, value in self._raw if key == name.encode()]
        if len(found) > 1:
            raise Refusal(400, f"the header {name} comes twice")
        return found[0].decode("latin-1").strip() if found else None

    def bearer(self) -> str | None:
        match = re.fullmatch("bearer +([A-Za-z0-9._~+/=-]{1,512})", self.one("authorization") or "", re.IGNORECASE)
        return match[1] if match else None

    def media_type(self) -> str:
        return (self.one("content-type") or "").partition(";")[0].strip().lower()

    def cookie(self, name: str) -> str | None:
        pairs = (pair.strip().partition("=") for pair in (self.one("cookie") or "").split(";"))
        return next((value for key, _, value in pairs if key == name), None)


def _cookie_name(scheme: str) -> str:
    """A browser takes __Host- cookies only from the host itself, over https."""
    return "__Host-hypermindlabs" if scheme == "https" else "hypermindlabs"


def _check_loopback(scope: Scope, host: str | None) -> None:
    """Without tokens, only this machine is answered, under a name that no other machine can have.

    A site whose name its owner points to 127.0.0.1 would make a browser ask in that name (DNS rebinding).
    """
    address, port = scope["server"] or ("", None)
    name, given = _host_and_port(host or "", 80)
    if not (_is_loopback(address) and (name == "localhost" or _is_loopback(name)) and given == port):
        raise Refusal(
            421,
            "without tokens, only requests from this machine to a loopback address are answered",
            f"Use http://127.0.0.1:{port}/, or start the service with --tokens.",
        )


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _host_and_port(text: str, default: int) -> tuple[str, int | None]:
    """The parts of a Host header, without the brackets of an IPv6 address; port None: it is no host."""
    match = re.fullmatch(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?", text.lower())
    if match is None:
        return "", None
    return match[1] or match[2], int(match[3] or default)


def _is_own(origin: str, host: str | None, scheme: str) -> bool:
    """Whether an Origin header names this service: the host that the request was sent to, at the same port.

    Behind a proxy that does not say so, https looks like http here; the other way round is refused.
    """
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if host is None or parts.scheme not in ("http", "https") or (scheme == "https" and parts.scheme != "https"):
        return False
    default = 443 if parts.scheme == "https" else 80
    own = _host_and_port(host, default)
    return own[1] is not None and _host_and_port(parts.netloc, default) == own and origin == origin.strip()


# What is asked: parameters


def _moment(value: Any) -> Any:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", str(value), re.ASCII):
        raise ValueError("a time with its zone, such as 2026-07-31T09:00:00Z, is needed")
    return value


def _day(value: Any) -> Any:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", str(value), re.ASCII):
        raise ValueError("a day, such as 2026-07-31, is needed")
    return value


def _whole(value: Any) -> Any:
    if not isinstance(value, int) and not re.fullmatch(r"-?[0-9]{1,20}", str(value)):
        raise ValueError("a whole number is needed")
    return value


Whole = Annotated[int, BeforeValidator(_whole)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Day = Annotated[date, BeforeValidator(_day)]

RunId = Annotated[UUID, InPath(description="The run.")]
SeqInPath = Annotated[Whole, InPath(ge=1, le=BIGINT, description="The event's seq in its run.")]
Limit = Annotated[Whole, Query(ge=1, le=1000, description="How many at most.")]
Cursor = Annotated[
    str | None, Query(max_length=200, description="next_cursor of the page before; by default the first page.")
]
AfterSeq = Annotated[Whole, Query(ge=0, le=BIGINT, description="Only events after this seq.")]
ProjectId = Annotated[UUID | None, Query(description="Only of this project.")]
Workspace = Annotated[str | None, Query(max_length=200, description="Only of the projects of this workspace.")]
Name = Annotated[str | None, Query(max_length=200)]
Since = Annotated[Moment | None, Query(description="Then or later; with its zone.")]
Until = Annotated[Moment | None, Query(description="Before that; with its zone.")]
Types = Annotated[
    list[Annotated[str, Field(max_length=100)]] | None,
    Query(max_length=64, alias="type", description="Only events of these types."),
]

RUN_STATUSES = ["queued", "running", "paused", "completed", "failed", "cancelled"]
RUN_MODES = ["chat", "workflow", "batch", "compare", "replay", "evaluate"]
Status = Annotated[str | None, Query(max_length=100, description="One of: " + ", ".join(RUN_STATUSES) + ".")]
Mode = Annotated[str | None, Query(max_length=100, description="One of: " + ", ".join(RUN_MODES) + ".")]


async def _check_parameters(request: Request) -> None:
    """Refuses parameters that the endpoint does not have: a filter with a slip in its name would find everything."""
    service: Service = request.app.state.service
    known = service.parameters.get(request.scope["route"].path_format, {})
    given = [name for name, _ in request.query_params.multi_items()]
    faults = [
        {"loc": ("query", name), "msg": "is no parameter here" if name not in known else "is given twice"}
        for name in dict.fromkeys(given)
        if name not in known or (given.count(name) > 1 and not known[name])
    ]
    if faults:
        raise RequestValidationError(faults)


async def _body(request: Request, limit: int) -> dict[str, Json]:
    """The JSON object in a request's body; its numbers keep their digits. Raises Refusal."""
    length = request.headers.get("content-length", "0")
    if not re.fullmatch("[0-9]{1,18}", length) or int(length) > limit:
        raise Refusal(413, f"the body may have {limit:,} bytes at most")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise Refusal(413, f"the body may have {limit:,} bytes at most")
    try:
        value = await asyncio.to_thread(_exact_json, bytes(body))
    except RecursionError:
        raise Refusal(413, "the body is nested too deeply") from None
    except ValueError as error:
        raise Refusal(400, f"the body is no JSON: {str(error)[:200]}") from None
    if not isinstance(value, dict):
        raise Refusal(422, "the body must be a JSON object")
    return value


def _exact_json(body: bytes) -> Json:
    return json.loads(body.decode(), parse_float=Decimal, parse_constant=_no_constant)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


# What is answered: models for the schema


_Hex = Annotated[str, Field(pattern="^([0-9a-f]{2})*$", description="Bytes in hex.")]
_Money = Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$", description="An exact number, as a text.")]
_Seconds = Annotated[float, Field(description="In seconds.")]
_SHOWN: dict[Any, Any] = {bytes: _Hex, Decimal: _Money, timedelta: _Seconds}


def _model(row_class: type[Any]) -> type[BaseModel]:
    """What a dataclass looks like in an answer, for the OpenAPI schema; answers are not made with it."""
    if row_class not in _SHOWN:
        hints = get_type_hints(row_class)
        fields: dict[str, Any] = {f.name: (_shown(hints[f.name]), ...) for f in dataclasses.fields(row_class)}
        _SHOWN[row_class] = create_model(row_class.__name__, __doc__=row_class.__doc__, **fields)
    model: type[BaseModel] = _SHOWN[row_class]
    return model


def _shown(kind: Any) -> Any:
    if kind in _SHOWN:
        return _SHOWN[kind]
    if dataclasses.is_dataclass(kind):
        return _model(kind)  # type: ignore[arg-type]
    if get_origin(kind) in (Union, UnionType):
        return Union[tuple(_shown(part) for part in get_args(kind))]  # noqa: UP007
    if get_origin(kind) is list:
        return list[_shown(get_args(kind)[0])]  # type: ignore[misc]
    return kind


def _page_model(row_class: type[Any]) -> type[BaseModel]:
    item = _model(row_class)
    return create_model(
        f"{row_class.__name__}Page",
        __doc__="A page of a list. next_cursor: where the next one begins; null on the last.",
        items=(list[item], ...),  # type: ignore[valid-type]
        next_cursor=(str | None, ...),
    )


class ProjectName(BaseModel):
    """A project that the caller sees."""

    project_id: UUID
    workspace: str
    name: str


class SessionInfo(BaseModel):
    """Who asks, and what answers. needs_token: whether tokens are in use. role: the database role of the caller."""

    role: str
    name: str
    database: str
    server_version: str
    schema_version: int
    needs_token: bool
    projects: list[ProjectName]


class SignIn(BaseModel):
    """The token that the page keeps in a cookie."""

    model_config = ConfigDict(extra="forbid", strict=True)
    token: str = Field(max_length=512)


class RequestInfo(BaseModel):
    """What a run was asked to do. null: erased."""

    input: dict[str, Any] | None
    metadata: dict[str, Any] | None


class RunDetails(BaseModel):
    """A run as it stands, what it was asked to do, and what it pinned: null and nothing while the run is archived."""

    run: _model(Run)  # type: ignore[valid-type]
    request: RequestInfo | None
    pins: list[_model(Pin)]  # type: ignore[valid-type]


class StateInfo(BaseModel):
    """The state of a run after the event with that seq; at 0, the state it began with."""

    seq: int
    state: Any


class Operation(BaseModel):
    """An operation of a JSON Patch (RFC 6902)."""

    op: Literal["add", "remove", "replace", "move", "copy", "test"]
    path: str


class ChainProblem(BaseModel):
    """The first place that is not as it was recorded. object: the table it is in."""

    seq: int | None
    object: str | None
    problem: str | None


class VerificationInfo(BaseModel):
    """Whether a run is what was recorded. last_hash: proves the run to whoever kept it elsewhere."""

    intact: bool
    events: int
    last_seq: int | None
    last_hash: _Hex | None
    problems: list[ChainProblem]


class Fork(BaseModel):
    """A run to start from a step of another.

    at_seq: the step, 0 for the beginning. state: the whole state that it starts with. edit: instead, a change of the
    state at that step: an array is a JSON Patch, an object a merge patch. config_overrides: slots to pin otherwise.
    new_run_id: a UUIDv7 of the client's; sent again with the same, nothing is made twice.
    """

    model_config = ConfigDict(extra="forbid", strict=True)
    at_seq: int = Field(ge=0, le=BIGINT)
    state: Any = None
    edit: list[Any] | dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    tags: list[Annotated[str, Field(max_length=200)]] = Field(default=[], max_length=64)
    config_overrides: dict[str, Any] | None = None
    new_run_id: Annotated[str, Field(max_length=36, json_schema_extra={"format": "uuid"})] | None = None


class Forked(BaseModel):
    """The run that was made."""

    run_id: UUID


class Health(BaseModel):
    """The database answers."""

    status: Literal["ok"]


_CODES = {
    400: "The body is no JSON.",
    401: "No token, or one that is not known.",
    403: "The role may not do this, or another site asks.",
    404: "There is no such thing, or not for this role.",
    409: "It contradicts what is recorded.",
    410: "What it takes was erased.",
    413: "Too large.",
    414: "The address is too long.",
    415: "The body is not application/json.",
    421: "Not under this host name.",
    422: "Malformed, or refused as it is.",
    503: "The database does not answer, or not in time; or too many streams.",
}


def _problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {code: {"description": _CODES[code], "content": content} for code in codes}


_READ = _problems(401, 403, 404, 414, 421, 422, 503)
_WRITE = _problems(400, 401, 403, 404, 409, 413, 414, 415, 421, 422, 503)
_GONE = _problems(410)
_STATE = _READ | _GONE


# The endpoints


api = APIRouter(prefix="/api", dependencies=[Depends(_check_parameters)])


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


@api.get("/session", response_model=SessionInfo, responses=_READ, tags=["session"])
async def get_session(request: Request) -> Response:
    """Who asks, and what answers."""
    service = _service(request)
    caller: Caller = request.scope["hypermindlabs.caller"]
    async with service.lab(request) as lab:
        role, database, server_version = await lab.execute(_facts())
        schema_version = await lab.execute(persistence.schema_version())
        projects = await lab.runs.projects()
    answer = {
        "role": role,
        "name": caller.name or role,
        "database": database,
        "server_version": server_version,
        "schema_version": schema_version,
        "needs_token": service.tokens is not None,
        "projects": [{"project_id": p.project_id, "workspace": p.workspace, "name": p.name} for p in projects],
    }
    return await _answer(request, answer)


@api.post(
    "/session",
    status_code=204,
    responses=_WRITE,
    tags=["session"],
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": SignIn.model_json_schema()}}}},
)
async def sign_in(request: Request) -> Response:
    """Sign in: the token goes into a cookie that only this service sees, and no script."""
    service = _service(request)
    if service.tokens is None:
        raise Refusal(404, "there is nothing to sign in to: the service was started without tokens")
    given = SignIn.model_validate(await _body(request, MAX_BODY)).token
    if not re.fullmatch("[A-Za-z0-9._~+/=-]+", given) or service.tokens.caller(given) is None:
        raise _no_token("the token is not known")
    return _with_cookie(request, given)


@api.delete("/session", status_code=204, responses=_WRITE, tags=["session"])
async def sign_out(request: Request) -> Response:
    """Sign out: the cookie is taken back."""
    return _with_cookie(request, None)


def _with_cookie(request: Request, token: str | None) -> Response:
    response = Response(status_code=204)
    scheme = request.scope["scheme"]
    response.set_cookie(
        _cookie_name(scheme),
        token or "",
        max_age=0 if token is None else None,
        secure=scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return response


@api.get("/runs", response_model=_page_model(ListedRun), responses=_READ, tags=["runs"])
async def list_runs(
    request: Request,
    project_id: ProjectId = None,
    workspace: Workspace = None,
    status: Status = None,
    mode: Mode = None,
    agent: Name = None,
    model: Name = None,
    owner: Name = None,
    tag: Annotated[
        list[Annotated[str, Field(max_length=200)]] | None,
        Query(max_length=64, description="The run has all of these."),
    ] = None,
    tool: Annotated[str | None, Query(max_length=200, description="One of its events names it.")] = None,
    config: Annotated[
        str | None, Query(max_length=400, description="The run pinned it: KIND/NAME, or KIND/NAME@VERSION.")
    ] = None,
    parent: Annotated[
        UUID | None, Query(description="It was forked from this run, or judges or belongs to it.")
    ] = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Runs that pass every filter given, newest first."""
    kind, name, version = (None, None, None) if config is None else _config(config)
    async with _service(request).lab(request) as lab:
        found = await lab.runs.list(
            project_id=project_id,
            workspace=workspace,
            status=status,
            mode=mode,
            agent=agent,
            model=model,
            owner=owner,
            tags=tag,
            tool=tool,
            config_kind=kind,
            config_name=name,
            config_version=version,
            parent_run_id=parent,
            since=since,
            until=until,
            limit=limit,
            cursor=cursor,
        )
    return await _page(request, found, limit)


def _config(text: str) -> tuple[str, str, int | None]:
    match = re.fullmatch(r"([^/]+)/(.+?)(?:@(\d{1,9}))?", text, re.DOTALL)
    if match is None:
        raise RequestValidationError([{"loc": ("query", "config"), "msg": "must be KIND/NAME, or KIND/NAME@VERSION"}])
    kind, name, version = match.groups()
    return kind, name, None if version is None else int(version)


@api.get("/runs/{run_id}", response_model=RunDetails, responses=_READ, tags=["runs"])
async def get_run(request: Request, run_id: RunId) -> Response:
    """One run."""
    async with _service(request).lab(request) as lab:
        run = await lab.runs.get(run_id)
        if run.archive_id is not None:
            return await _answer(request, {"run": run, "request": None, "pins": []})
        asked = await lab.runs.request(run_id)
        pins = await lab.execute(_pins(run_id))
    answer = {"run": run, "request": {"input": asked.input, "metadata": asked.metadata}, "pins": pins}
    return await _answer(request, answer)


@api.get("/runs/{run_id}/timeline", response_model=_page_model(TimelineEntry), responses=_STATE, tags=["runs"])
async def get_timeline(
    request: Request, run_id: RunId, after_seq: AfterSeq = 0, limit: Limit = 100, types: Types = None
) -> Response:
    """A run's events in their order, as a timeline shows them. next_cursor: after_seq of the next page."""
    async with _service(request).lab(request) as lab:
        found = await lab.runs.timeline(run_id, after_seq=after_seq, limit=limit, types=types)
    return await _page(request, found, limit, "seq")


@api.get("/runs/{run_id}/events", response_model=_page_model(Event), responses=_STATE, tags=["runs"])
async def get_events(
    request: Request,
    run_id: RunId,
    after_seq: AfterSeq = 0,
    limit: Annotated[Whole, Query(ge=1, le=100, description="How many at most; fewer when they are large.")] = 50,
) -> Response:
    """A run's events in their order, with their payloads. next_cursor: after_seq of the next page."""
    async with _service(request).lab(request) as lab:
        await _known_position(lab, run_id)
        found, more = await lab.execute_within(
            persistence.events(run_id, after_seq=after_seq, limit=limit), MAX_EVENTS_TEXT
        )
    return await _answer(request, _page_of(found, more or len(found) == limit, "seq"))


@api.get("/runs/{run_id}/events/{seq}", response_model=_model(Event), responses=_STATE, tags=["runs"])
async def get_event(request: Request, run_id: RunId, seq: SeqInPath) -> Response:
    """One event."""
    async with _service(request).lab(request) as lab:
        (event,) = await lab.replay.recorded(run_id, seq, seq)
    return await _answer(request, event)


@api.get("/runs/{run_id}/state", response_model=StateInfo, responses=_STATE, tags=["replay"])
async def get_state(
    request: Request,
    run_id: RunId,
    seq: Annotated[Whole | None, Query(ge=0, le=BIGINT, description="After this event; by default the last.")] = None,
) -> Response:
    """A run's state at a step."""
    async with _service(request).lab(request) as lab:
        at = (await _known_position(lab, run_id)).last_seq if seq is None else seq
        state = await lab.replay.state_at(run_id, at)
    return await _answer(request, {"seq": at, "state": state})


@api.get("/runs/{run_id}/diff", response_model=list[Operation], responses=_STATE, tags=["replay"])
async def get_diff(
    request: Request,
    run_id: RunId,
    from_seq: Annotated[Whole, Query(ge=0, le=BIGINT, description="From the state after this event.")],
    to_seq: Annotated[Whole, Query(ge=0, le=BIGINT, description="To the state after this one.")],
) -> Response:
    """The JSON Patch that turns the state at one step into the state at another."""
    async with _service(request).lab(request) as lab:
        patch = await lab.replay.diff(run_id, from_seq, to_seq)
    return await _answer(request, patch)


@api.get("/runs/{run_id}/artifacts", response_model=_page_model(FoundArtifact), responses=_STATE, tags=["runs"])
async def get_artifacts(request: Request, run_id: RunId, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """A run's artifacts, newest first."""
    async with _service(request).lab(request) as lab:
        found = await lab.runs.find_artifacts(run_id=run_id, limit=limit, cursor=cursor)
    return await _page(request, found, limit)


@api.get("/runs/{run_id}/lineage", response_model=_page_model(LineageEntry), responses=_READ, tags=["runs"])
async def get_lineage(request: Request, run_id: RunId) -> Response:
    """A run's family: what it was made from, itself, and what was made from it, eldest first. One page."""
    async with _service(request).lab(request) as lab:
        found = await lab.replay.lineage(run_id)
    return await _answer(request, _page_of(found, more=False))


@api.get("/runs/{run_id}/replay-context", response_model=_model(ReplayContext), responses=_STATE, tags=["replay"])
async def get_replay_context(
    request: Request,
    run_id: RunId,
    seq: Annotated[Whole | None, Query(ge=0, le=BIGINT, description="After this event; by default the last.")] = None,
) -> Response:
    """All that a replay from one step starts from, and a digest of it."""
    # The pinned contents stay as they are: objects with the members of PinnedConfig.
    call = dataclasses.replace(
        persistence.resolve_replay_context(run_id, seq), answer=lambda rows: ReplayContext(*rows[0])
    )
    async with _service(request).lab(request) as lab:
        context = await lab.execute(call)
    return await _answer(request, context)


@api.get("/runs/{run_id}/verification", response_model=VerificationInfo, responses=_STATE, tags=["replay"])
async def get_verification(request: Request, run_id: RunId) -> Response:
    """Whether a run is what was recorded: its hash chain is computed again."""
    async with _service(request).lab(request) as lab:
        found = await lab.replay.verify(run_id)
    place = {"seq": found.bad_seq, "object": found.bad_object, "problem": found.problem}
    answer = {
        "intact": found.valid,
        "events": found.events,
        "last_seq": found.last_seq,
        "last_hash": found.last_hash,
        "problems": [] if found.valid else [place],
    }
    return await _answer(request, answer)


@api.post(
    "/runs/{run_id}/forks",
    status_code=201,
    response_model=Forked,
    responses=_WRITE | _GONE,
    tags=["replay"],
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": Fork.model_json_schema()}}}
    },
)
async def fork_run(request: Request, run_id: RunId) -> Response:
    """Start a run from a step of another, perhaps with an edited state."""
    body = await _body(request, MAX_FORK_BODY)
    fork = Fork.model_validate(body)
    if "state" in body and "edit" in body:
        raise Refusal(422, "state and edit exclude each other", "Give the whole state, or what changes in it.")
    edit = [{"op": "replace", "path": "", "value": fork.state}] if "state" in body else fork.edit
    async with _service(request).lab(request, writes=True) as lab:
        child = await lab.replay.fork(
            run_id,
            fork.at_seq,
            state_patch=edit,
            metadata=fork.metadata,
            tags=fork.tags,
            config_overrides=fork.config_overrides,
            new_run_id=fork.new_run_id,
        )
    return await _answer(request, {"run_id": child}, 201, {"location": f"/api/runs/{child}"})


@api.get(
    "/runs/{run_id}/stream",
    responses={
        200: {"description": "Server-sent events: entry, and end.", "content": {"text/event-stream": {}}},
        **_READ,
    },
    tags=["runs"],
    response_class=StreamingResponse,
)
async def stream_run(
    request: Request,
    run_id: RunId,
    after_seq: AfterSeq = 0,
    last_event_id: Annotated[
        Whole | None,
        Header(ge=0, le=BIGINT, description="Sent by a browser that connects again: goes before after_seq."),
    ] = None,
) -> Response:
    """A run's timeline as it grows: server-sent events.

    ``entry`` has an entry of the timeline, its id is the seq. ``end`` comes once the run has ended and everything was
    sent: an object with status and last_seq. A comment comes every 15 seconds, when nothing else does.
    """
    service = _service(request)
    if service.streams >= service.max_streams:
        raise Refusal(503, f"{service.max_streams} streams are open: that is all there can be", headers=_BUSY)
    service.streams += 1
    try:
        tail = _Tail(service, request, run_id, after_seq if last_event_id is None else last_event_id)
        await tail.look()  # a run that is not there is refused as everywhere
    except BaseException:
        service.streams -= 1
        raise
    return _Stream(tail)


class _Tail:
    """What is new in a run, asked again and again. No connection is held between two looks."""

    def __init__(self, service: Service, request: Request, run_id: UUID, after_seq: int) -> None:
        self.service = service
        self._request = request
        self._run_id = run_id
        self._sent = after_seq
        self._found: list[TimelineEntry] = []
        self.position = Position("", 0)

    async def look(self) -> None:
        """Asks for what is new."""
        async with self.service.lab(self._request) as lab:
            self.position = await _known_position(lab, self._run_id)
            if self.position.last_seq > self._sent:
                self._found = await lab.runs.timeline(self._run_id, after_seq=self._sent, limit=STREAM_PAGE)

    def take(self) -> bytes:
        """What was found, as server-sent events."""
        found, self._found = self._found, []
        if found:
            self._sent = found[-1].seq
        return b"".join(b"id: %d\nevent: entry\ndata: %s\n\n" % (entry.seq, to_json(entry)) for entry in found)

    @property
    def is_behind(self) -> bool:
        """Whether there is more than was sent."""
        return self._sent < self.position.last_seq

    async def events(self) -> AsyncIterator[bytes]:
        """The stream's text, piece by piece."""
        loop = asyncio.get_running_loop()
        yield b"retry: 2000\n\n"
        spoke = loop.time()
        try:
            while True:
                if text := self.take():
                    yield text
                    spoke = loop.time()
                if not self.is_behind:
                    if self.position.is_closed:
                        end = {"status": self.position.status, "last_seq": self.position.last_seq}
                        yield b"event: end\ndata: %s\n\n" % to_json(end)
                        return
                    if loop.time() - spoke >= self.service.heartbeat_seconds:
                        yield b": nothing new\n\n"
                        spoke = loop.time()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self.service.closing.wait(), self.service.poll_seconds)
                        return
                await self.look()
        except psycopg.Error as error:
            yield b"event: problem\ndata: %s\n\n" % bytes(_problem_of(error).body)


class _Stream(StreamingResponse):
    """Sends a tail; says when it is over, however it ends."""

    def __init__(self, tail: _Tail) -> None:
        super().__init__(tail.events(), media_type="text/event-stream", headers={"x-accel-buffering": "no"})
        self._service = tail.service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._service.streams -= 1


@api.get("/search", response_model=_page_model(Hit), responses=_STATE, tags=["find"])
async def search(
    request: Request,
    q: Annotated[
        str, Query(max_length=1000, description='Words, "words in this order", or between alternatives, -word.')
    ],
    project_id: ProjectId = None,
    workspace: Workspace = None,
    types: Types = None,
    model: Name = None,
    tool: Name = None,
    since: Since = None,
    until: Until = None,
    run_id: Annotated[UUID | None, Query(description="Only in this run.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    """Events whose text holds some words, newest first."""
    async with _service(request).lab(request) as lab:
        found = await lab.runs.search(
            q,
            project_id=project_id,
            workspace=workspace,
            types=types,
            model=model,
            tool=tool,
            since=since,
            until=until,
            run_id=run_id,
            limit=limit,
            cursor=cursor,
        )
    return await _page(request, found, limit)


@api.get("/activity", response_model=_page_model(ActivityEntry), responses=_READ, tags=["find"])
async def get_activity(
    request: Request,
    since: Annotated[Moment, Query(description="Then or later; with its zone.")],
    until: Annotated[Moment, Query(description="Before that, at most 31 days later; with its zone.")],
    project_id: ProjectId = None,
    workspace: Workspace = None,
    types: Types = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """What was recorded in all runs between two moments, newest first."""
    async with _service(request).lab(request) as lab:
        found = await lab.runs.activity(
            since, until, project_id=project_id, workspace=workspace, types=types, limit=limit, cursor=cursor
        )
    return await _page(request, found, limit)


@api.get("/artifacts", response_model=_page_model(FoundArtifact), responses=_STATE, tags=["find"])
async def find_artifacts(
    request: Request,
    project_id: ProjectId = None,
    workspace: Workspace = None,
    kind: Name = None,
    media_type: Name = None,
    sha256: Annotated[
        str | None, Query(pattern="^[0-9a-fA-F]{64}$", description="The SHA-256 of the content, in hex.")
    ] = None,
    run_id: Annotated[UUID | None, Query(description="Only of this run.")] = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Artifacts: those of the newest run first, in a run the newest first."""
    async with _service(request).lab(request) as lab:
        found = await lab.runs.find_artifacts(
            project_id=project_id,
            workspace=workspace,
            kind=kind,
            media_type=media_type,
            sha256=None if sha256 is None else bytes.fromhex(sha256),
            run_id=run_id,
            since=since,
            until=until,
            limit=limit,
            cursor=cursor,
        )
    return await _page(request, found, limit)


@api.get("/rollup", response_model=_page_model(Figures), responses=_READ, tags=["find"])
async def get_rollup(
    request: Request,
    since: Annotated[Day, Query(alias="from", description="The first day, in UTC.")],
    until: Annotated[Day, Query(alias="to", description="The day after the last, at most 5 years later.")],
    project_id: ProjectId = None,
    workspace: Workspace = None,
    basis: Annotated[
        str, Query(max_length=100, description="run, for runs by their start; event, by their time.")
    ] = "run",
    group_by: Annotated[
        list[Annotated[str, Field(max_length=100)]] | None,
        Query(
            max_length=16,
            description="project, day, model; of runs also agent, agent_version, status; of events also tool, "
            "event_type. By default day; total, alone, gives one row.",
        ),
    ] = None,
) -> Response:
    """How many runs, events and tokens, what they cost and how long they took. One page, a row a group."""
    groups = ["day"] if group_by is None else [] if group_by == ["total"] else group_by
    async with _service(request).lab(request) as lab:
        found = await lab.runs.rollup(
            since, until, project_id=project_id, workspace=workspace, basis=basis, group_by=groups
        )
    return await _answer(request, _page_of(found, more=False))


@api.get("/configs/{kind}/{name:path}/runs", response_model=_page_model(RunOfConfig), responses=_READ, tags=["find"])
async def runs_of_config(
    request: Request,
    kind: Annotated[str, InPath(max_length=200, description="prompt, tool, agent or evaluator.")],
    name: Annotated[str, InPath(max_length=400, description="The configuration's name.")],
    project_id: Annotated[UUID, Query(description="The project that has it.")],
    version: Annotated[Whole | None, Query(ge=1, le=2**31 - 1, description="Only runs that pinned this one.")] = None,
    status: Status = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Runs that pinned a configuration, newest first."""
    async with _service(request).lab(request) as lab:
        found = await lab.runs.of_config(
            project_id, kind, name, version=version, status=status, limit=limit, cursor=cursor
        )
    return await _page(request, found, limit)


_other = APIRouter()


@_other.get("/healthz", response_model=Health, responses=_problems(421, 422, 503), tags=["service"])
async def healthz(request: Request) -> Response:
    """Whether the database answers."""
    async with _service(request).router.transaction() as connection:
        await connection.execute("select 1")
    return await _answer(request, {"status": "ok"})


@_other.get(
    "/metrics", response_class=PlainTextResponse, responses=_problems(401, 403, 414, 421, 503), tags=["service"]
)
async def get_metrics(request: Request) -> Response:
    """How the ledger is doing, and what the service is doing, as Prometheus reads it. For a role that may see it."""
    service = _service(request)
    async with service.lab(request) as lab:
        checks = await lab.operations.health()
    text = metrics.exposition([*metrics.of_health(checks), *_gauges_of(service)])
    return Response(text, media_type=metrics.CONTENT_TYPE)


def _gauges_of(service: Service) -> list[metrics.Gauge]:
    pool = service.router.stats()
    return [
        metrics.Gauge("hypermindlabs_build_info", "The version of the service.", [({"version": __version__}, 1)]),
        metrics.Gauge("hypermindlabs_web_streams", "Tails of runs that are open.", [({}, service.streams)]),
        metrics.Gauge("hypermindlabs_web_connections", "Connections to the database.", [({}, pool["pool_size"])]),
        metrics.Gauge(
            "hypermindlabs_web_waiting", "Requests that wait for a connection.", [({}, pool["requests_waiting"])]
        ),
    ]


@_other.get("/openapi.json", include_in_schema=False)
async def get_schema(request: Request) -> Response:
    """This service, as OpenAPI describes it."""
    return await _answer(request, request.app.openapi())


async def _index(request: Request) -> Response:
    if not (STATIC / "index.html").is_file():
        raise Refusal(404, "this installation has no page, only its endpoints: see /openapi.json")
    return FileResponse(STATIC / "index.html", media_type="text/html")


# The application


def create_app(
    dsn: str,
    *,
    tokens: Tokens | None = None,
    role: str | None = None,
    statement_timeout: float = STATEMENT_TIMEOUT,
    pool_size: int = POOL_SIZE,
    max_streams: int = MAX_STREAMS,
    poll_seconds: float = POLL_SECONDS,
    heartbeat_seconds: float = HEARTBEAT_SECONDS,
) -> FastAPI:
    """Makes the application: an ASGI app, with the page, its endpoints and their OpenAPI schema.

    dsn: the database; its user is a member of every role that requests run as. tokens: who may ask; without them
    everybody on this machine may, at a loopback address, as role, or else as the connection's user. statement_timeout:
    seconds that a statement may take. pool_size: connections at most.

    It connects when it starts. Raises SchemaBehind or psycopg.OperationalError then.
    """
    router = AsyncDatabaseRouter(dsn, min_size=1, max_size=pool_size, timeout=POOL_TIMEOUT)
    service = Service(
        router,
        tokens,
        None if role is None else _role(role, "--role"),
        statement_timeout,
        max_streams,
        poll_seconds,
        heartbeat_seconds,
    )

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with router:
            yield

    app = FastAPI(
        title="hypermindlabs",
        version=__version__,
        description="A ledger of agent runs: recorded once, replayed at any step, provably unchanged.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        exception_handlers={
            psycopg.Error: _on_database_error,
            Refusal: _on_refusal,
            HTTPException: _on_http_error,
            RequestValidationError: _on_invalid,
            ValidationError: _on_invalid_body,
        },
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.service = service
    app.include_router(api)
    app.include_router(_other)
    for path in ("/", "/runs/{run_id}", "/search", "/dashboard"):
        app.add_api_route(path, _index, methods=["GET", "HEAD"], include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC, check_dir=False))
    app.add_middleware(Guard, service=service)
    schema = _openapi(app)
    app.openapi = lambda: schema  # type: ignore[method-assign]
    service.parameters = _parameters_of(schema)
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI schema, with the problems and the two ways to say who asks."""
    schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    components = schema["components"]
    components["schemas"]["Problem"] = Problem.model_json_schema()
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": _cookie_name("http")},
    }
    for path, operations in schema["paths"].items():
        if _asks_who(path):
            for operation in operations.values():
                operation["security"] = [{}, {"token": []}, {"cookie": []}]
    return schema


def _parameters_of(schema: dict[str, Any]) -> dict[str, dict[str, bool]]:
    """The query parameters of each path, and whether one may be given more than once."""
    return {
        path: {
            parameter["name"]: '"array"' in json.dumps(parameter["schema"])
            for operation in operations.values()
            for parameter in operation.get("parameters", ())
            if parameter["in"] == "query"
        }
        for path, operations in schema["paths"].items()
    }


# Running it


def serve(
    dsn: str,
    *,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    tokens: Path | None = None,
    role: str | None = None,
    announce: Callable[[str], None] = print,
) -> None:
    """Serves until it is interrupted. announce: is told the address, once requests are taken.

    host, port: where to listen; port 0 takes a free one. tokens: a token file (:func:`read_tokens`); without one, host
    must be a loopback address. role: what requests run as, where there are no tokens.

    Raises ServeError when it cannot start, and what :func:`hypermindlabs.connect` raises.
    """
    accepted = None if tokens is None else read_tokens(tokens)
    if accepted is not None and role is not None:
        raise ServeError("--role is for a service without tokens: a token has its own role")
    app = create_app(dsn, tokens=accepted, role=role)
    with listen(host, port, any_host=accepted is not None) as listener:
        _check_roles(dsn, [] if role is None and accepted is None else [role] if accepted is None else accepted.roles)
        server = make_server(app, lambda: announce(address_of(listener)))
        with contextlib.suppress(KeyboardInterrupt):
            server.run([listener])


def make_server(app: FastAPI, ready: Callable[[], None]) -> uvicorn.Server:
    """What runs an application of :func:`create_app`. ready: is called once requests are taken."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="none",
        lifespan="on",
        h11_max_incomplete_event_size=2_000_000,  # what is too long is refused by the guard, as a problem
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
    )
    return _Server(config, app.state.service, ready)


class _Server(uvicorn.Server):
    """Says when it takes requests, and ends the streams when it is to end."""

    def __init__(self, config: uvicorn.Config, service: Service, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._service, self._ready = service, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._service.closing.set()
        await super().shutdown(sockets)


def listen(host: str, port: int, *, any_host: bool) -> socket.socket:
    """Returns a listening socket. any_host: whether it may be reached from elsewhere. Raises ServeError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError) as error:
        raise ServeError(f"there is no address {host!r}: {getattr(error, 'strerror', None) or error}") from error
    if not any_host and not _is_loopback(str(address[0])):
        raise ServeError(
            f"without tokens, only this machine is served, and {host} is no loopback address",
            "Name a token file with --tokens, or leave --host out.",
        )
    # With the protocol named, asyncio sends without delay. Else each answer's second packet would wait 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(512)
        return listener
    except OSError as error:
        listener.close()
        raise ServeError(
            f"cannot listen on {host} port {port}: {error.strerror or error}", "Take another one with --port."
        ) from error


def address_of(listener: socket.socket) -> str:
    """The URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _check_roles(dsn: str, roles: Iterable[str | None]) -> None:
    """Tries every role once, so that nobody learns later that one is missing. Raises ServeError."""
    with connect(dsn, max_size=1) as lab:
        for role in roles:
            try:
                with lab.transaction() as tx:
                    tx.connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role or "")))
            except psycopg.Error as error:
                if error.sqlstate is None:
                    raise
                raise ServeError(
                    f"requests cannot run as {role}: {error.diag.message_primary}",
                    "The connection's user must be a member of it: grant ROLE to USER.",
                ) from error
