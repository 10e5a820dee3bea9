"""Which server a call goes to, over which connection, in whose transaction, and what is tried again.

A :class:`DatabaseRouter` owns a pool of connections to the primary and, if there is one, to a replica. It sends single
calls in transactions of its own, and lends a connection for a transaction of the caller's (:meth:`transaction`).

What is tried again, and only where the router owns the transaction:

- after a serialization failure (40001) or a deadlock (40P01), any call: the server has rolled it back;
- after a lost connection, a call that is harmless twice. Reads are, and so is every write of
  :mod:`hypermindlabs.persistence`: it carries an idempotency key (the router makes one where the caller gave none) or
  asks for what already is. Nothing is known to be lost or doubled: the call returns what it would have returned.

In a transaction of the caller's nothing is tried again: only the caller knows what belongs to it.

Behind PgBouncer in transaction mode, pass ``prepare_threshold=None``: a prepared statement belongs to a server
connection, and the next call may meet another. The router itself changes no session setting and needs no session.
"""

import asyncio
import contextlib
import functools
import inspect
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, Self, TypeAlias, TypeVar

import psycopg
from psycopg.abc import Buffer
from psycopg.conninfo import make_conninfo
from psycopg.rows import tuple_row
from psycopg.types.json import JsonbLoader
from psycopg_pool import AsyncConnectionPool, ConnectionPool
from psycopg_pool.base import BasePool

from hypermindlabs import json_text, persistence
from hypermindlabs.errors import SchemaBehind
from hypermindlabs.persistence import Call

T = TypeVar("T")
P = ParamSpec("P")

Connection: TypeAlias = psycopg.Connection[Any]
AsyncConnection: TypeAlias = psycopg.AsyncConnection[Any]

Pool = TypeVar("Pool", bound=BasePool)

_CONFLICTS = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)
_DEPLOY = "Run `hypermindlabs deploy` or `sqitch deploy`, then connect again."


class _JsonbLoader(JsonbLoader):
    """Undoes the escape of text. Registered on cursors, so that the caller's connection keeps its ways."""

    def load(self, data: Buffer) -> Any:
        return json_text.loads(data)


def send(connection: Connection, call: Call[T]) -> T:
    """Sends a call over a connection, in its transaction, and returns the answer. Begins and commits nothing there.

    >>> from hypermindlabs import persistence
    >>> from hypermindlabs.database_router import send
    >>> with lab.router.transaction() as connection:
    ...     send(connection, persistence.append_event(run, "note.added", {"text": "by hand"}))
    6
    """
    if connection.autocommit and len(call.parameters) > 1:
        scope: contextlib.AbstractContextManager[Any] = connection.transaction()
    else:
        scope = contextlib.nullcontext()
    with scope, connection.cursor(row_factory=tuple_row) as cursor:
        cursor.adapters.register_loader("jsonb", _JsonbLoader)
        for parameters in call.parameters:
            cursor.execute(call.statement, parameters)
        return call.answer(cursor.fetchall())


async def send_async(connection: AsyncConnection, call: Call[T]) -> T:
    """The same as :func:`send`, over an async connection."""
    if connection.autocommit and len(call.parameters) > 1:
        scope: contextlib.AbstractAsyncContextManager[Any] = connection.transaction()
    else:
        scope = contextlib.nullcontext()
    async with scope, connection.cursor(row_factory=tuple_row) as cursor:
        cursor.adapters.register_loader("jsonb", _JsonbLoader)
        for parameters in call.parameters:
            await cursor.execute(call.statement, parameters)
        return call.answer(await cursor.fetchall())


class Executor(Protocol):
    """What sends calls: a :class:`DatabaseRouter`, for example."""

    def execute(self, call: Call[T], /) -> T:
        """Sends a call and returns the answer."""


class AsyncExecutor(Protocol):
    """What sends calls from a coroutine."""

    async def execute(self, call: Call[T], /) -> T:
        """Sends a call and returns the answer."""


class Borrowed:
    """Sends calls over a connection of the caller's, in its transaction: never commits, and tries nothing again."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, call: Call[T], /) -> T:
        """Sends a call and returns the answer: :func:`send`."""
        return send(self._connection, call)


class AsyncBorrowed:
    """The same as :class:`Borrowed`, for an async connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def execute(self, call: Call[T], /) -> T:
        """Sends a call and returns the answer: :func:`send_async`."""
        return await send_async(self._connection, call)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a call is tried, and how long to wait in between: exponential, with full jitter.

    attempts: in total, the first included. base_seconds: the longest wait after the first attempt; it doubles with each
    further one, up to max_seconds.

    >>> from hypermindlabs.database_router import RetryPolicy
    >>> RetryPolicy(attempts=3).ceiling(2)
    0.1
    """

    attempts: int = 6
    base_seconds: float = 0.05
    max_seconds: float = 2.0

    def ceiling(self, attempt: int) -> float:
        """The longest wait in seconds after that attempt (1 is the first)."""
        return float(min(self.max_seconds, self.base_seconds * 2 ** (attempt - 1)))

    def wait_after(self, attempt: int, error: psycopg.Error, *, lost: bool) -> float:
        """Seconds to wait before the next attempt; raises the error where there is to be none.

        lost: whether the connection is gone, so that nobody knows whether the call was carried out.
        """
        if attempt >= self.attempts or not (lost or isinstance(error, _CONFLICTS)):
            raise error
        return random.uniform(0, self.ceiling(attempt))


class _Router(Generic[Pool]):
    """What the routers have in common: where the servers are, and how to connect."""

    def __init__(
        self,
        dsn: str = "",
        *,
        replica_dsn: str | None = None,
        min_size: int = 1,
        max_size: int = 10,
        timeout: float = 30.0,
        prepare_threshold: int | None = 5,
        retry: RetryPolicy = RetryPolicy(),
    ) -> None:
        self._conninfo = _conninfo(dsn)
        self._options: dict[str, Any] = {"autocommit": True, "prepare_threshold": prepare_threshold}
        self._sizes: dict[str, Any] = {"min_size": min_size, "max_size": max_size, "timeout": timeout}
        self._retry = retry
        self._primary = self._pool(self._conninfo, "hypermindlabs")
        self._replica = self._primary
        if replica_dsn is not None:
            self._replica = self._pool(_conninfo(replica_dsn), "hypermindlabs-replica")

    def _pool(self, conninfo: str, name: str) -> Pool:
        raise TypeError("use DatabaseRouter or AsyncDatabaseRouter")

    def _pool_for(self, call: Call[Any], replica: bool) -> Pool:
        return self._replica if replica and call.reads else self._primary

    def stats(self) -> dict[str, int]:
        """Returns what the pool of the primary's connections says of itself: pool_size, requests_waiting and so on.

        >>> lab.router.stats()["pool_max"]
        10
        """
        return self._primary.get_stats()


class DatabaseRouter(_Router[ConnectionPool[Connection]]):
    """Sends calls to a server over a pool of connections.

    dsn: a libpq connection string or URI; what it leaves out comes from libpq's environment variables. replica_dsn:
    where reads may go that ask for a replica (:attr:`replica`). min_size, max_size: connections in a pool. timeout:
    seconds to wait for a connection. prepare_threshold: after how many times a statement is prepared; None, behind
    PgBouncer in transaction mode: never. retry: see :class:`RetryPolicy`.

    A context manager; :meth:`open` and :meth:`close` do the same by hand.

    >>> from hypermindlabs import persistence
    >>> from hypermindlabs.database_router import DatabaseRouter
    >>> with DatabaseRouter(dsn) as router:
    ...     router.execute(persistence.get_run(run)).status
    'running'
    """

    def _pool(self, conninfo: str, name: str) -> ConnectionPool[Connection]:
        return ConnectionPool(conninfo, name=name, kwargs=self._options, open=False, **self._sizes)

    def open(self) -> None:
        """Connects, and checks that the schema is there and new enough; does nothing where that was done.

        Raises SchemaBehind; psycopg.OperationalError at once, not after the timeout, when there is no such server.
        """
        if not self._primary.closed:
            return
        with psycopg.connect(self._conninfo, **self._options) as connection, _missing_schema():
            _check_version(send(connection, persistence.schema_version()))
        self._primary.open()
        self._replica.open()

    def close(self) -> None:
        """Closes all connections."""
        self._primary.close()
        self._replica.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def replica(self) -> Executor:
        """An executor that sends reads to the replica, or to the primary where there is none; writes to the primary.

        A replica is a little behind: a read from it may not see what was just written.

        >>> from hypermindlabs.run_manager import RunManager
        >>> RunManager(lab.router.replica).get(run).last_seq
        5
        """
        return _ReplicaReads(self)

    def execute(self, call: Call[T], /, *, replica: bool = False) -> T:
        """Sends a call in a transaction of its own and returns the answer; tries again where that is safe.

        replica: whether a read may go to the replica.

        Raises what the call raises; psycopg_pool.PoolTimeout when no connection becomes free in time.

        >>> from hypermindlabs import persistence
        >>> lab.router.execute(persistence.append_event(run, "note.added", {"text": "once"}))
        6
        """
        pool = self._pool_for(call, replica)
        call = call.repeatable()
        attempt = 0
        while True:
            attempt += 1
            connection = None
            try:
                with _lent(pool) as connection:
                    return send(connection, call)
            except psycopg.OperationalError as error:
                wait = self._retry.wait_after(attempt, error, lost=connection is not None and connection.closed)
            time.sleep(wait)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Lends a connection for a transaction: committed at the end of the block, rolled back when it raises.

        What is sent over the connection is one unit, calls of this package and the caller's own statements alike. A
        refused call ends the transaction unless a savepoint (``with connection.transaction()``) surrounds it.

        >>> from hypermindlabs.run_manager import RunManager
        >>> with lab.router.transaction() as connection:
        ...     RunManager(connection).append(run, "note.added")
        6
        """
        with _lent(self._primary) as connection, connection.transaction():
            yield connection


class AsyncDatabaseRouter(_Router[AsyncConnectionPool[AsyncConnection]]):
    """The same as :class:`DatabaseRouter`, for asyncio. Opened by ``async with`` or by awaiting :meth:`open`."""

    def _pool(self, conninfo: str, name: str) -> AsyncConnectionPool[AsyncConnection]:
        return AsyncConnectionPool(conninfo, name=name, kwargs=self._options, open=False, **self._sizes)

    async def open(self) -> None:
        """Connects, and checks that the schema is there and new enough: :meth:`DatabaseRouter.open`."""
        if not self._primary.closed:
            return
        async with await psycopg.AsyncConnection.connect(self._conninfo, **self._options) as connection:
            with _missing_schema():
                _check_version(await send_async(connection, persistence.schema_version()))
        await self._primary.open()
        await self._replica.open()

    async def close(self) -> None:
        """Closes all connections."""
        await self._primary.close()
        await self._replica.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def replica(self) -> AsyncExecutor:
        """An executor that sends reads to the replica: :attr:`DatabaseRouter.replica`."""
        return _AsyncReplicaReads(self)

    async def execute(self, call: Call[T], /, *, replica: bool = False) -> T:
        """Sends a call in a transaction of its own and returns the answer: :meth:`DatabaseRouter.execute`."""
        pool = self._pool_for(call, replica)
        call = call.repeatable()
        attempt = 0
        while True:
            attempt += 1
            connection = None
            try:
                async with _lent_async(pool) as connection:
                    return await send_async(connection, call)
            except psycopg.OperationalError as error:
                wait = self._retry.wait_after(attempt, error, lost=connection is not None and connection.closed)
            await asyncio.sleep(wait)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Lends a connection for a transaction: :meth:`DatabaseRouter.transaction`."""
        async with _lent_async(self._primary) as connection, connection.transaction():
            yield connection


@dataclass(frozen=True, slots=True)
class _ReplicaReads:
    router: DatabaseRouter

    def execute(self, call: Call[T], /) -> T:
        return self.router.execute(call, replica=True)


@dataclass(frozen=True, slots=True)
class _AsyncReplicaReads:
    router: AsyncDatabaseRouter

    async def execute(self, call: Call[T], /) -> T:
        return await self.router.execute(call, replica=True)


class Manager:
    """Base of the managers. Takes what its methods send their calls with: a router, or a connection of the caller's."""

    def __init__(self, source: Executor | Connection) -> None:
        self._executor: Executor = Borrowed(source) if isinstance(source, psycopg.Connection) else source


class AsyncManager:
    """Base of the async managers."""

    def __init__(self, source: AsyncExecutor | AsyncConnection) -> None:
        self._executor: AsyncExecutor = AsyncBorrowed(source) if isinstance(source, psycopg.AsyncConnection) else source


def method(build: Callable[P, Call[T]]) -> Callable[Concatenate[Manager, P], T]:
    """Makes a manager's method of a function that builds a call: same parameters, same docstring, and it sends it."""

    def run(self: Manager, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._executor.execute(build(*args, **kwargs))

    _look_like(build, run)
    return run


def async_method(build: Callable[P, Call[T]]) -> Callable[Concatenate[AsyncManager, P], Coroutine[Any, Any, T]]:
    """The same as :func:`method`, to be awaited."""

    async def run(self: AsyncManager, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._executor.execute(build(*args, **kwargs))

    _look_like(build, run)
    return run


def _look_like(build: Callable[..., Any], run: Any) -> None:
    functools.update_wrapper(run, build)
    signature = inspect.signature(build)
    itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    run.__signature__ = signature.replace(parameters=[itself, *signature.parameters.values()])


def _conninfo(dsn: str) -> str:
    return make_conninfo(dsn, client_encoding="utf8", fallback_application_name="hypermindlabs")


@contextlib.contextmanager
def _lent(pool: ConnectionPool[Connection]) -> Iterator[Connection]:
    """A connection of the pool's that lives; those that died while they were idle go back at once.

    The pool's own check does the same, but sleeps for longer and longer after each: 15 seconds for four of them.
    """
    connection = pool.getconn()
    while _is_dead(connection):
        pool.putconn(connection)
        connection = pool.getconn()
    try:
        with connection:
            yield connection
    finally:
        pool.putconn(connection)


@contextlib.asynccontextmanager
async def _lent_async(pool: AsyncConnectionPool[AsyncConnection]) -> AsyncIterator[AsyncConnection]:
    """The same as :func:`_lent`, for asyncio."""
    connection = await pool.getconn()
    while _is_dead(connection):
        await pool.putconn(connection)
        connection = await pool.getconn()
    try:
        async with connection:
            yield connection
    finally:
        await pool.putconn(connection)


def _is_dead(connection: Connection | AsyncConnection) -> bool:
    """Whether the server has closed the connection. Asks the socket, not the server."""
    try:
        connection.pgconn.consume_input()  # takes the server's last words, if any
        connection.pgconn.consume_input()  # finds the end behind them
    except psycopg.OperationalError:
        return True
    return False


@contextlib.contextmanager
def _missing_schema() -> Iterator[None]:
    try:
        yield
    except (psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedFunction) as error:
        raise SchemaBehind("the database has no hypermind schema", hint=_DEPLOY) from error


def _check_version(version: int) -> None:
    if version < persistence.SCHEMA_VERSION:
        raise SchemaBehind(
            f"the hypermind schema has version {version}, and this package needs {persistence.SCHEMA_VERSION}",
            hint=_DEPLOY,
        )
