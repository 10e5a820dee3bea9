"""One exception for each SQLSTATE of class MH, raised by psycopg itself.

A class that names its code registers it with psycopg when this module is imported; any connection of the process then
raises it, whether the statement came from this package or not. The class names the kind of error, ``str(error)`` tells
a person what happened, ``error.detail`` tells a program, ``error.hint`` names the next step. docs/errors.md has the
table of all codes.

>>> from hypermindlabs import errors
>>> try:
...     lab.runs.append(run, "run.completed")
... except errors.ReservedEventType as error:
...     print(error.sqlstate)
MH011
"""

from typing import Any

import psycopg

from hypermindlabs import json_text

__all__ = [
    "AppendOnly",
    "ArchiveMismatch",
    "BadStateDelta",
    "BreakingContract",
    "ConfigNotFound",
    "ConfigVersionConflict",
    "ContentErased",
    "ContractNotFound",
    "ContractViolation",
    "ExpectedSeqConflict",
    "HoldNotFound",
    "HypermindError",
    "IdReused",
    "IllegalTransition",
    "InvalidArgument",
    "InvalidRunId",
    "InvalidSchema",
    "OnHold",
    "PeriodKept",
    "PeriodRetired",
    "PlanChanged",
    "ProjectNotFound",
    "ReadOnlyTransaction",
    "ReservedEventType",
    "RevertRefused",
    "RunArchived",
    "RunClaimed",
    "RunClosed",
    "RunNotFound",
    "RunOpen",
    "SchemaBehind",
    "SeqOutOfRange",
    "StaleEpoch",
    "UnknownEventType",
    "ValueTooLarge",
]


class HypermindError(psycopg.DatabaseError):
    """Base of every error that the database functions raise.

    A few are raised by this package itself, where nothing needs to be sent to know better (a NaN in a payload, a text
    that is no UUID): they are of the class that the database would raise.

    >>> from hypermindlabs.errors import HypermindError
    >>> try:
    ...     lab.runs.append(run, "note.added", expected_seq=1)
    ... except HypermindError as error:
    ...     print(type(error).__name__, error.detail["actual_seq"])
    ExpectedSeqConflict 5
    """

    def __init__(
        self, *args: Any, detail: dict[str, Any] | None = None, hint: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._detail = detail
        self._hint = hint

    def __str__(self) -> str:
        return super().__str__() + (f"\nHINT:  {self._hint}" if self._hint else "")

    @property
    def detail(self) -> dict[str, Any]:
        """What happened, for a program: the JSON object of the error's DETAIL; empty where it has none."""
        if self._detail is not None:
            return self._detail
        try:
            detail = json_text.loads(self.diag.message_detail or "{}")
        except ValueError:
            return {}
        return detail if isinstance(detail, dict) else {}

    @property
    def hint(self) -> str | None:
        """What to do next, for a person."""
        return self._hint or self.diag.message_hint


class RunNotFound(HypermindError, code="MH001", name="MH_RUN_NOT_FOUND"):
    """The run does not exist, or is of a project that the caller's role is no member of."""


class RunClosed(HypermindError, code="MH002", name="MH_RUN_CLOSED"):
    """The run has ended: it takes no events. Record what comes later in a run of its own, with this one as parent."""


class ExpectedSeqConflict(HypermindError, code="MH003", name="MH_EXPECTED_SEQ_CONFLICT"):
    """Someone else appended first. ``detail["actual_seq"]`` is the run's last seq: read on from there, decide again."""


class AppendOnly(HypermindError, code="MH004", name="MH_APPEND_ONLY"):
    """What is recorded is never changed or deleted."""


class IdReused(HypermindError, code="MH005", name="MH_ID_REUSED"):
    """The event, run or artifact id was used before, with other content. A retry must send the same content."""


class ContractViolation(HypermindError, code="MH006", name="MH_CONTRACT_VIOLATION"):
    """A payload, state or configuration breaks its contract.

    ``detail["violations"]`` lists every rule that it breaks (the first 50 of ``detail["count"]``), each as ``pointer``
    (where in the value), ``rule`` (where in the schema), ``keyword`` and ``message``.

    >>> from hypermindlabs import errors
    >>> schema = {"properties": {"order": {"type": "integer"}}, "required": ["shop"]}
    >>> version = lab.contracts.register_event_type("custom.placed", schema, project_id=project)
    >>> try:
    ...     lab.runs.append(run, "custom.placed", {"order": "17"})
    ... except errors.ContractViolation as error:
    ...     [(found["pointer"], found["keyword"]) for found in error.detail["violations"]]
    [('', 'required'), ('/order', 'type')]
    """


class IllegalTransition(HypermindError, code="MH007", name="MH_ILLEGAL_TRANSITION"):
    """The run cannot go from its status to that one, for example from completed to running."""


class BadStateDelta(HypermindError, code="MH008", name="MH_BAD_STATE_DELTA"):
    """The state delta is no patch, or does not apply to the run's state."""


class StaleEpoch(HypermindError, code="MH009", name="MH_STALE_EPOCH"):
    """Another worker has claimed the run since: this one must stop."""


class RunClaimed(HypermindError, code="MH010", name="MH_RUN_CLAIMED"):
    """Another worker holds a claim on the run that has not expired."""


class ReservedEventType(HypermindError, code="MH011", name="MH_RESERVED_EVENT_TYPE"):
    """Events of this type are written by their own function only: run.* by transitions, artifact.attached by attach."""


class SeqOutOfRange(HypermindError, code="MH012", name="MH_SEQ_OUT_OF_RANGE"):
    """The run has no such seq."""


class ConfigNotFound(HypermindError, code="MH013", name="MH_CONFIG_NOT_FOUND"):
    """The project has no such configuration, version or label."""


class ConfigVersionConflict(HypermindError, code="MH014", name="MH_CONFIG_VERSION_CONFLICT"):
    """Someone else registered a version of the configuration or contract first: read it, then decide again."""


class ProjectNotFound(HypermindError, code="MH015", name="MH_PROJECT_NOT_FOUND"):
    """The project does not exist, or the caller's role is no member of it."""


class InvalidArgument(HypermindError, code="MH016", name="MH_INVALID_ARGUMENT"):
    """An argument is missing, malformed or not allowed."""


class ValueTooLarge(HypermindError, code="MH017", name="MH_VALUE_TOO_LARGE"):
    """A value exceeds a limit: its size as text, the magnitude or scale of a number, the depth of its nesting."""


class InvalidRunId(HypermindError, code="MH018", name="MH_INVALID_RUN_ID"):
    """The run id is no UUIDv7, or its time is far from now."""


class RevertRefused(HypermindError, code="MH019", name="MH_REVERT_REFUSED"):
    """A Sqitch revert would destroy recorded runs."""


class UnknownEventType(HypermindError, code="MH020", name="MH_UNKNOWN_EVENT_TYPE"):
    """The event type has no contract, and the project takes registered types only."""


class InvalidSchema(HypermindError, code="MH021", name="MH_INVALID_SCHEMA"):
    """The contract is no JSON Schema, or has a keyword that cannot be decided exactly. ``detail["pointer"]``: where."""


class BreakingContract(HypermindError, code="MH022", name="MH_BREAKING_CONTRACT"):
    """What met the latest version may not meet this one: ``detail["problems"]`` says where. Say breaking, or adapt."""


class ContractNotFound(HypermindError, code="MH023", name="MH_CONTRACT_NOT_FOUND"):
    """There is no such contract, or no such version of it."""


class OnHold(HypermindError, code="MH024", name="MH_ON_HOLD"):
    """The run is on hold: it is not erased, nor its period retired. ``detail["holds"]`` names the holds and reasons."""


class ContentErased(HypermindError, code="MH025", name="MH_CONTENT_ERASED"):
    """The input, or what led to the state, was erased. ``detail["next_seq"]``: from where on the state is known."""


class ReadOnlyTransaction(HypermindError, code="MH026", name="MH_READ_ONLY_TRANSACTION"):
    """Maintenance was asked for in a transaction that may not write."""


class RunOpen(HypermindError, code="MH027", name="MH_RUN_OPEN"):
    """Only a run that has ended can be erased as a whole: end it first."""


class HoldNotFound(HypermindError, code="MH028", name="MH_HOLD_NOT_FOUND"):
    """There is no hold with this id."""


class ArchiveMismatch(HypermindError, code="MH029", name="MH_ARCHIVE_MISMATCH"):
    """An archive, or a run that is restored from it, is not what the ledger knows. ``detail`` says which figure."""


class PeriodKept(HypermindError, code="MH030", name="MH_PERIOD_KEPT"):
    """Something keeps the month from being archived or retired: ``detail["reasons"]`` names each, and the run."""


class PeriodRetired(HypermindError, code="MH031", name="MH_PERIOD_RETIRED"):
    """The month is detached or dropped, or has to be and is not."""


class RunArchived(HypermindError, code="MH032", name="MH_RUN_ARCHIVED"):
    """The rows of the run are in an archive: restore it first. ``detail["location"]`` says where they are."""


class PlanChanged(HypermindError, code="MH033", name="MH_PLAN_CHANGED"):
    """What the retention policies ask for has changed since it was looked at: look again."""


class SchemaBehind(HypermindError):
    """The database has no hypermind schema, or an older one than this package needs: deploy, then connect again."""
