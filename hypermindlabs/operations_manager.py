"""Looks after the ledger: maintenance, its health, how long runs are kept, and digests of all of them.

An :class:`OperationsManager` sends the calls of :mod:`hypermindlabs.persistence`, as :mod:`hypermindlabs.run_manager`
does.
"""

from hypermindlabs import persistence
from hypermindlabs.database_router import AsyncManager, Manager, async_method, method


class OperationsManager(Manager):
    """Looks after the ledger over a router or over a connection of the caller's.

    >>> from hypermindlabs.operations_manager import OperationsManager
    >>> operations = OperationsManager(operator.router)
    >>> [step.step for step in operations.maintain()]
    ['periods', 'claims', 'figures']
    """

    maintain = method(persistence.maintain)
    health = method(persistence.health)
    set_retention_policy = method(persistence.set_retention_policy)
    retention_policy = method(persistence.retention_policy)
    issue_digest = method(persistence.issue_digest)
    digests = method(persistence.digests)
    digest_leaves = method(persistence.digest_leaves)
    archives = method(persistence.archives)
    archive_figures = method(persistence.archive_figures)
    record_archive = method(persistence.record_archive)
    restore_rows = method(persistence.restore_rows)
    finish_restore = method(persistence.finish_restore)
    period_state = method(persistence.period_state)
    plan_retention = method(persistence.plan_retention)
    apply_retention = method(persistence.apply_retention)
    detach_period = method(persistence.detach_period)
    attach_period = method(persistence.attach_period)
    drop_period = method(persistence.drop_period)


class AsyncOperationsManager(AsyncManager):
    """The same as :class:`OperationsManager`, for asyncio.

    >>> import asyncio
    >>> import hypermindlabs
    >>> async def main():
    ...     async with hypermindlabs.connect_async(dsn) as lab:
    ...         return (await lab.operations.retention_policy(None)).origin
    >>> asyncio.run(main())
    'none'
    """

    maintain = async_method(persistence.maintain)
    health = async_method(persistence.health)
    set_retention_policy = async_method(persistence.set_retention_policy)
    retention_policy = async_method(persistence.retention_policy)
    issue_digest = async_method(persistence.issue_digest)
    digests = async_method(persistence.digests)
    digest_leaves = async_method(persistence.digest_leaves)
    archives = async_method(persistence.archives)
    archive_figures = async_method(persistence.archive_figures)
    record_archive = async_method(persistence.record_archive)
    restore_rows = async_method(persistence.restore_rows)
    finish_restore = async_method(persistence.finish_restore)
    period_state = async_method(persistence.period_state)
    plan_retention = async_method(persistence.plan_retention)
    apply_retention = async_method(persistence.apply_retention)
    detach_period = async_method(persistence.detach_period)
    attach_period = async_method(persistence.attach_period)
    drop_period = async_method(persistence.drop_period)
