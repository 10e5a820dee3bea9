"""Registers payload contracts, lists them, and tries values against them without writing anything.

A :class:`ContractManager` sends the calls of :mod:`hypermindlabs.persistence`, as :mod:`hypermindlabs.run_manager`
does. :class:`AsyncContractManager` has the same methods, to be awaited. Whether a value meets a contract is decided in
PostgreSQL, by what decides it when an event is appended.
"""

from hypermindlabs import persistence
from hypermindlabs.database_router import AsyncManager, Manager, async_method, method


class ContractManager(Manager):
    """Contracts over a router or over a connection of the caller's.

    >>> from hypermindlabs.contract_manager import ContractManager
    >>> contracts = ContractManager(lab.router)
    >>> contracts.register_event_type("custom.voted", {"required": ["choice"]}, project_id=project)
    1
    >>> [found.message for found in contracts.violations("custom.voted", {"choice": 1}, project_id=project)]
    []
    """

    register_event_type = method(persistence.register_event_type)
    register = method(persistence.register_contract)
    set_enforcement = method(persistence.set_enforcement)

    event_types = method(persistence.event_types)
    event_type = method(persistence.event_type)
    of_project = method(persistence.contracts)

    violations = method(persistence.contract_violations)
    violations_of_each = method(persistence.contract_violations_of_each)
    schema_violations = method(persistence.schema_violations)
    schema_violations_of_each = method(persistence.schema_violations_of_each)


class AsyncContractManager(AsyncManager):
    """The same as :class:`ContractManager`, for asyncio.

    >>> import asyncio
    >>> import hypermindlabs
    >>> async def main():
    ...     async with hypermindlabs.connect_async(dsn) as lab:
    ...         return await lab.contracts.schema_violations({"minimum": 0}, 1)
    >>> asyncio.run(main())
    []
    """

    register_event_type = async_method(persistence.register_event_type)
    register = async_method(persistence.register_contract)
    set_enforcement = async_method(persistence.set_enforcement)

    event_types = async_method(persistence.event_types)
    event_type = async_method(persistence.event_type)
    of_project = async_method(persistence.contracts)

    violations = async_method(persistence.contract_violations)
    violations_of_each = async_method(persistence.contract_violations_of_each)
    schema_violations = async_method(persistence.schema_violations)
    schema_violations_of_each = async_method(persistence.schema_violations_of_each)
