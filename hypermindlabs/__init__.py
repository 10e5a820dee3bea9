"""hypermindlabs: a ledger of agent runs in PostgreSQL.

>>> from hypermindlabs import connect
>>> with connect(dsn) as lab:
...     run = lab.runs.create(project, "chat", input={"question": "Where is my order?"})
...     lab.runs.start(run)
...     lab.runs.append(run, "message.added", {"role": "user"}, state_delta={"messages": ["Where is my order?"]})
...     lab.replay.state_at(run, 3)
2
3
{'messages': ['Where is my order?']}
"""

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from typing import Any, Self

import psycopg

from hypermindlabs import errors
from hypermindlabs.contract_manager import AsyncContractManager, ContractManager
from hypermindlabs.database_router import AsyncDatabaseRouter, AsyncExecutor, DatabaseRouter, Executor
from hypermindlabs.operations_manager import AsyncOperationsManager, OperationsManager
from hypermindlabs.persistence import ConfigRef, NewEvent
from hypermindlabs.replay_manager import AsyncReplayManager, ReplayManager, Step
from hypermindlabs.run_manager import AsyncRunManager, RunManager

__version__ = "0.1.0"

__all__ = [
    "AsyncContractManager",
    "AsyncDatabaseRouter",
    "AsyncLab",
    "AsyncOperationsManager",
    "AsyncReplayManager",
    "AsyncRunManager",
    "ConfigRef",
    "ContractManager",
    "DatabaseRouter",
    "Lab",
    "NewEvent",
    "OperationsManager",
    "ReplayManager",
    "RunManager",
    "Step",
    "connect",
    "connect_async",
    "errors",
]


class Managers:
    """``runs`` records, ``replay`` replays, ``contracts`` says what may be recorded, ``operations`` looks after it all.

    They send their calls over one router or connection.
    """

    def __init__(self, source: Executor | psycopg.Connection[Any]) -> None:
        self.runs = RunManager(source)
        self.replay = ReplayManager(source)
        self.contracts = ContractManager(source)
        self.operations = OperationsManager(source)


class Transaction(Managers):
    """The managers in one transaction, and its ``connection`` for the caller's own statements."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        super().__init__(connection)
        self.connection = connection


class Lab(Managers):
    """The managers over a router that is theirs: what :func:`connect` returns.

    >>> from hypermindlabs import DatabaseRouter, Lab
    >>> with Lab(DatabaseRouter(dsn, max_size=2)) as lab:
    ...     lab.runs.get(run).status
    'running'
    """

    def __init__(self, router: DatabaseRouter) -> None:
        super().__init__(router)
        self.router = router

    @property
    def replica(self) -> Managers:
        """The managers with their reads on the replica: :attr:`DatabaseRouter.replica`.

        >>> lab.replica.runs.get(run).last_seq
        5
        """
        return Managers(self.router.replica)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Makes one transaction of a block: all of it is committed at the end, or nothing when it raises.

        >>> with lab.transaction() as tx:
        ...     tx.runs.append(run, "order.placed", {"order": 17})
        ...     _ = tx.connection.execute("select 'a statement of your own'")
        6
        """
        with self.router.transaction() as connection:
            yield Transaction(connection)

    def close(self) -> None:
        """Closes all connections."""
        self.router.close()

    def __enter__(self) -> Self:
        self.router.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncManagers:
    """The same as :class:`Managers`, for asyncio."""

    def __init__(self, source: AsyncExecutor | psycopg.AsyncConnection[Any]) -> None:
        self.runs = AsyncRunManager(source)
        self.replay = AsyncReplayManager(source)
        self.contracts = AsyncContractManager(source)
        self.operations = AsyncOperationsManager(source)


class AsyncTransaction(AsyncManagers):
    """The same as :class:`Transaction`, for asyncio."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        super().__init__(connection)
        self.connection = connection


class AsyncLab(AsyncManagers):
    """The same as :class:`Lab`, for asyncio: what :func:`connect_async` returns."""

    def __init__(self, router: AsyncDatabaseRouter) -> None:
        super().__init__(router)
        self.router = router

    @property
    def replica(self) -> AsyncManagers:
        """The managers with their reads on the replica."""
        return AsyncManagers(self.router.replica)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncTransaction]:
        """Makes one transaction of a block: :meth:`Lab.transaction`."""
        async with self.router.transaction() as connection:
            yield AsyncTransaction(connection)

    async def close(self) -> None:
        """Closes all connections."""
        await self.router.close()

    async def __aenter__(self) -> Self:
        await self.router.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def connect(dsn: str | None = None, **options: Any) -> Lab:
    """Returns a connected :class:`Lab`; closed at the end of its ``with`` block, or by ``close()``.

    dsn: a libpq connection string or URI, by default that of the environment variable DATABASE_URL. options: those of
    :class:`DatabaseRouter`.

    Raises SchemaBehind when the schema is missing or too old, psycopg.OperationalError when there is no such server.

    >>> from hypermindlabs import connect
    >>> with connect(dsn) as lab:
    ...     lab.runs.get(run).last_seq
    5
    """
    lab = Lab(DatabaseRouter(_dsn(dsn), **options))
    lab.router.open()
    return lab


def connect_async(dsn: str | None = None, **options: Any) -> AsyncLab:
    """Returns an :class:`AsyncLab`, which connects at the beginning of its ``async with`` block: :func:`connect`."""
    return AsyncLab(AsyncDatabaseRouter(_dsn(dsn), **options))


def _dsn(dsn: str | None) -> str:
    return os.environ.get("DATABASE_URL", "") if dsn is None else dsn
