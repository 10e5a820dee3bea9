"""What a Prometheus server reads: its text format, version 0.0.4, made of the ledger's health."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from hypermindlabs.persistence import HealthCheck

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
VERDICTS = {"ok": 0, "warning": 1, "critical": 2}


@dataclass(frozen=True, slots=True)
class Gauge:
    """A metric that goes up and down, and its values by their labels."""

    name: str
    help: str
    samples: list[tuple[Mapping[str, str], Decimal | int]]


def of_health(checks: Iterable[HealthCheck]) -> list[Gauge]:
    """The gauges of health(): a verdict for each check, and its value where it has one."""
    found = list(checks)
    return [
        Gauge(
            "hypermindlabs_health_verdict",
            "What health() says of a check: 0 ok, 1 warning, 2 critical.",
            [({"check": check.check_name}, VERDICTS[check.verdict]) for check in found],
        ),
        Gauge(
            "hypermindlabs_health_value",
            "What health() measured, in the unit that the label names.",
            [({"check": c.check_name, "unit": c.unit}, c.value) for c in found if c.value is not None],
        ),
    ]


def exposition(gauges: Iterable[Gauge]) -> str:
    r"""Writes gauges in the text format.

    >>> print(exposition([Gauge("disks", "Disks in use.", [({"path": 'C:\\"a"'}, 2)])]), end="")
    # HELP disks Disks in use.
    # TYPE disks gauge
    disks{path="C:\\\"a\""} 2
    """
    lines: list[str] = []
    for gauge in gauges:
        lines += [f"# HELP {gauge.name} {_escaped(gauge.help)}", f"# TYPE {gauge.name} gauge"]
        lines += [f"{gauge.name}{_labels(labels)} {Decimal(value):f}" for labels, value in gauge.samples]
    return "".join(f"{line}\n" for line in lines)


def _labels(labels: Mapping[str, str]) -> str:
    quoted = [f'{name}="{_quoted(value)}"' for name, value in labels.items()]
    return "{" + ",".join(quoted) + "}" if quoted else ""


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', '\\"')


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")
