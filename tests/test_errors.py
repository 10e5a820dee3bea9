"""One exception a code: psycopg itself raises it, over any connection, with detail and hint."""

import pickle
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hypermindlabs import errors, persistence
from hypermindlabs.errors import HypermindError

CLASSES = {
    "MH001": errors.RunNotFound,
    "MH002": errors.RunClosed,
    "MH003": errors.ExpectedSeqConflict,
    "MH004": errors.AppendOnly,
    "MH005": errors.IdReused,
    "MH006": errors.ContractViolation,
    "MH007": errors.IllegalTransition,
    "MH008": errors.BadStateDelta,
    "MH009": errors.StaleEpoch,
    "MH010": errors.RunClaimed,
    "MH011": errors.ReservedEventType,
    "MH012": errors.SeqOutOfRange,
    "MH013": errors.ConfigNotFound,
    "MH014": errors.ConfigVersionConflict,
    "MH015": errors.ProjectNotFound,
    "MH016": errors.InvalidArgument,
    "MH017": errors.ValueTooLarge,
    "MH018": errors.InvalidRunId,
    "MH019": errors.RevertRefused,
    "MH020": errors.UnknownEventType,
    "MH021": errors.InvalidSchema,
    "MH022": errors.BreakingContract,
    "MH023": errors.ContractNotFound,
    "MH024": errors.OnHold,
    "MH025": errors.ContentErased,
    "MH026": errors.ReadOnlyTransaction,
    "MH027": errors.RunOpen,
    "MH028": errors.HoldNotFound,
    "MH029": errors.ArchiveMismatch,
    "MH030": errors.PeriodKept,
    "MH031": errors.PeriodRetired,
    "MH032": errors.RunArchived,
    "MH033": errors.PlanChanged,
}


@pytest.mark.parametrize(("code", "error_class"), CLASSES.items(), ids=CLASSES)
def test_psycopg_raises_the_class_of_the_code(admin_conn: Any, code: str, error_class: type[HypermindError]) -> None:
    raise_it = f"""
        do $$ begin
            raise exception using errcode = '{code}', message = 'no', detail = '{{"n": 1}}', hint = 'do this';
        end $$"""
    with pytest.raises(HypermindError) as caught:
        admin_conn.execute(raise_it)
    error = caught.value
    assert type(error) is error_class
    assert (error.sqlstate, error.detail, error.hint) == (code, {"n": 1}, "do this")
    assert str(error).startswith("no\n")
    # Retry code takes an OperationalError for a lost connection.
    assert not isinstance(error, psycopg.OperationalError)


@pytest.mark.parametrize(("code", "error_class"), CLASSES.items(), ids=CLASSES)
def test_the_class_is_found_by_code_and_by_name(code: str, error_class: type[HypermindError]) -> None:
    name = "MH_" + re.sub(r"(?<!^)(?=[A-Z])", "_", error_class.__name__).upper()
    assert psycopg.errors.lookup(code) is error_class
    assert psycopg.errors.lookup(name) is error_class
    assert error_class.__doc__


def test_every_code_that_the_database_raises_has_a_class() -> None:
    scripts = (Path(__file__).parents[1] / "db").rglob("*.sql")
    raised = {code for script in scripts for code in re.findall(r"MH\d{3}", script.read_text())}
    assert raised <= CLASSES.keys()


def test_the_table_of_errors_is_complete_and_names_the_classes() -> None:
    table = (Path(__file__).parents[1] / "docs/errors.md").read_text()
    told = dict(re.findall(r"^\| (MH\d{3}) \| `(\w+)` \|", table, re.M))
    assert told == {code: error_class.__name__ for code, error_class in CLASSES.items()}


def test_every_class_is_exported() -> None:
    defined = {
        name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, HypermindError)
    }
    assert defined == set(errors.__all__)


@pytest.mark.parametrize("detail", ["not json", "[1]", ""])
def test_a_detail_that_is_no_object_reads_as_empty(admin_conn: Any, detail: str) -> None:
    with pytest.raises(errors.AppendOnly) as caught:
        admin_conn.execute(f"do $$ begin raise exception using errcode = 'MH004', detail = '{detail}'; end $$")
    assert caught.value.detail == {}
    assert caught.value.hint is None


def test_an_error_can_be_pickled(admin_conn: Any) -> None:
    with pytest.raises(errors.RunClosed) as caught:
        admin_conn.execute(
            "do $$ begin raise exception using errcode = 'MH002', message = 'no', detail = '{}', hint = 'h'; end $$"
        )
    for error in (caught.value, errors.RunClosed("no", detail={"a": 1}, hint="h")):
        copy = pickle.loads(pickle.dumps(error))
        assert type(copy) is errors.RunClosed
        assert (str(copy), copy.detail, copy.hint) == (str(error), error.detail, error.hint)


def test_an_error_of_the_package_reads_like_one_of_the_database() -> None:
    error = errors.InvalidArgument("tags is one text", detail={"argument": "p_tags"}, hint="Give a list.")
    assert (error.sqlstate, error.detail, error.hint) == ("MH016", {"argument": "p_tags"}, "Give a list.")
    assert str(error) == "tags is one text\nHINT:  Give a list."


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


circle: list[Any] = []
circle.append(circle)

RUN = "0197e000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("build", "error_class", "message"),
    [
        (
            lambda: persistence.append_event(RUN, "a.b", {"x": float("nan")}),
            errors.InvalidArgument,
            "payload is no JSON",
        ),
        (
            lambda: persistence.append_event(RUN, "a.b", {"x": float("inf")}),
            errors.InvalidArgument,
            "payload is no JSON",
        ),
        (lambda: persistence.append_event(RUN, "a.b", {"x": object()}), errors.InvalidArgument, "payload is no JSON"),
        (lambda: persistence.append_event(RUN, "a.b", {"x": circle}), errors.InvalidArgument, "payload is no JSON"),
        (lambda: persistence.append_event(RUN, "a.b", {"x": nested(10**5)}), errors.ValueTooLarge, "nested too deeply"),
        (lambda: persistence.append_event(RUN, "a.b", tags="word"), errors.InvalidArgument, "tags is one text"),
        (
            lambda: persistence.append_event(RUN, "a.b", event_id="x"),
            errors.InvalidArgument,
            "event_id is no UUID: 'x'",
        ),
        (lambda: persistence.append_event(RUN, "a.b", expected_seq=2**63), errors.InvalidArgument, "into 64 bits"),
        (lambda: persistence.append_event("run 1", "a.b"), errors.InvalidRunId, "run_id is no UUID: 'run 1'"),
        (lambda: persistence.label_config(RUN, "tool", "a", "b", 2**31), errors.InvalidArgument, "into 32 bits"),
    ],
)
def test_what_cannot_be_sent_is_refused_before(build: Any, error_class: type[HypermindError], message: str) -> None:
    with pytest.raises(HypermindError, match=message) as caught:
        build()
    assert type(caught.value) is error_class
    assert caught.value.hint


def test_a_time_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 1, 1)
    for build in (
        lambda: persistence.append_event(RUN, "a.b", occurred_at=naive),
        lambda: persistence.append_events(RUN, [persistence.NewEvent("a.b", occurred_at=naive)]),
    ):
        with pytest.raises(errors.InvalidArgument, match="has no time zone"):
            build()
