"""Tries the payloads of a file against contracts: a dry run in the database, which writes nothing.

A file is JSON Lines (a payload or an event a line), a JSON list of them, or one of them over several lines. It is read
in pieces and sent in batches, so that its size does not matter.
"""

from __future__ import annotations

import codecs
import dataclasses
import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, BinaryIO, NoReturn, TypeAlias
from uuid import UUID

import psycopg

from . import Lab
from .errors import InvalidArgument, ValueTooLarge
from .importers.files import TraceFileError, parse
from .persistence import Violation

Json: TypeAlias = Any

BATCH = 500
"""The most payloads in one round trip."""

BATCH_CHARACTERS = 4 * 1024 * 1024
"""A batch is sent once it has this much JSON text."""

CHUNK = 1 << 16
LONGEST_TOKEN = 12  # but for texts: a number's beginning, true, \ud83d\ude00
LINES_OF_AN_EXPORT = ("run", "artifact", "end")
REPAIR = "Give JSON Lines, one payload or event a line, or one JSON list of them."
EVENT = 'Write {"event_type": ..., "payload": ...}, or name the contract of all payloads with --type.'


@dataclass(frozen=True, slots=True)
class Item:
    """A payload and where it stands: the line that it begins on, and in a list its number.

    subject: whose contract it is to meet; None: no one's. size: its length as text.
    """

    line: int
    number: int | None
    value: Json
    size: int
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that a payload breaks. rule and keyword are None where the database refused the value as such."""

    line: int
    number: int | None
    subject: str | None
    pointer: str
    rule: str | None
    keyword: str | None
    message: str

    def __str__(self) -> str:
        line = f"line {self.line}" if self.number is None else f"line {self.line}, payload {self.number}"
        where = " ".join(part for part in (self.subject, self.pointer) if part)
        reason = f" ({self.keyword})" if self.keyword else ""
        return f"{line}: {where + ': ' if where else ''}{self.message}{reason}"


@dataclass(slots=True)
class Tally:
    """How many payloads there were, how many meet their contracts, and which subjects have none."""

    payloads: int = 0
    meet: int = 0
    without: Counter[str] = field(default_factory=Counter)

    @property
    def broken(self) -> int:
        """How many payloads break their contracts."""
        return self.payloads - self.meet - self.without.total()


Ask: TypeAlias = Callable[[Sequence[Item]], list[list[Violation]]]


class Check:
    """Asks the database about payloads, batch by batch, and counts.

    ask: returns the violations of each item. known: the subjects that have a contract; None: all.
    """

    def __init__(self, ask: Ask, known: frozenset[str] | None = None) -> None:
        self._ask = ask
        self._known = known
        self.tally = Tally()

    def run(self, items: Iterable[Item]) -> Iterator[list[Finding]]:
        """The findings of one batch after the other."""
        for batch in batches(items):
            yield self._findings(batch)

    def _findings(self, batch: Sequence[Item]) -> list[Finding]:
        self.tally.payloads += len(batch)
        known = self._known
        asked = batch if known is None else [item for item in batch if item.subject in known]
        if known is not None:
            self.tally.without.update(str(item.subject) for item in batch if item.subject not in known)
        if not asked:
            return []
        answers = self._answers(asked)
        self.tally.meet += sum(not found for found in answers)
        return [finding for found in answers for finding in found]

    def _answers(self, items: Sequence[Item]) -> list[list[Finding]]:
        try:
            return [
                [_finding(item, v.message, v.pointer, v.rule, v.keyword) for v in found]
                for item, found in zip(items, self._ask(items), strict=True)
            ]
        except psycopg.Error as error:
            if not _is_about_a_value(error):
                raise
            if len(items) > 1:  # which of them?
                half = len(items) // 2
                return self._answers(items[:half]) + self._answers(items[half:])
            message = (error.diag.message_primary or str(error)).splitlines()[0]
            return [[_finding(items[0], message)]]


def _finding(
    item: Item, message: str, pointer: str = "", rule: str | None = None, keyword: str | None = None
) -> Finding:
    return Finding(item.line, item.number, item.subject, pointer, rule, keyword, message)


def _is_about_a_value(error: psycopg.Error) -> bool:
    """Whether the database cannot take a value at all: too large, nested too deeply, no jsonb."""
    return isinstance(error, ValueTooLarge | InvalidArgument) or (error.sqlstate or "")[:2] in ("22", "54")


def against_schema(lab: Lab, schema: Json) -> Check:
    """Checks values against a schema that is registered nowhere. Raises InvalidSchema."""
    lab.contracts.schema_violations(schema, None)
    return Check(lambda items: lab.contracts.schema_violations_of_each(schema, [item.value for item in items]))


def against_subject(lab: Lab, subject: str, project_id: UUID | None, version: int | None) -> Check:
    """Checks values against the contract of one subject. Raises ContractNotFound."""
    lab.contracts.violations(subject, None, project_id=project_id, version=version)
    return _by_subject(lab, project_id, version)


def against_event_types(lab: Lab, project_id: UUID | None) -> Check:
    """Checks events, each against the latest contract of its type."""
    types = lab.contracts.event_types(project_id=project_id)
    return _by_subject(
        lab, project_id, None, frozenset(t.event_type for t in types if t.project_id in (None, project_id))
    )


def _by_subject(lab: Lab, project_id: UUID | None, version: int | None, known: frozenset[str] | None = None) -> Check:
    def ask(items: Sequence[Item]) -> list[list[Violation]]:
        values = [(str(item.subject), item.value) for item in items]
        return lab.contracts.violations_of_each(values, project_id=project_id, version=version)

    return Check(ask, known)


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The items in lists that one round trip takes each."""
    batch: list[Item] = []
    size = 0
    for item in items:
        batch.append(item)
        size += item.size
        if len(batch) == BATCH or size >= BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


# Files


def payloads(stream: BinaryIO, file: str, subject: str | None) -> Iterator[Item]:
    """Every value of a file as it stands."""
    for item in values(stream, file):
        yield dataclasses.replace(item, subject=subject)


def events(stream: BinaryIO, file: str) -> Iterator[Item]:
    """Every event of a file, its type and payload; of an exported run, the lines that are no events are left out."""
    for item in values(stream, file):
        event = item.value
        if not isinstance(event, dict):
            raise TraceFileError(file, item.line, "an event has to be an object", EVENT)
        event_type = event.get("event_type")
        if event_type is None and event.get("type") in LINES_OF_AN_EXPORT:
            continue
        if not isinstance(event_type, str):
            raise TraceFileError(file, item.line, "an event needs an event_type", EVENT)
        payload = event.get("payload")
        yield dataclasses.replace(item, value={} if payload is None else payload, subject=event_type)


def values(stream: BinaryIO, file: str) -> Iterator[Item]:
    """The JSON values of a file and where they stand. Raises TraceFileError."""
    text = _Text(_chunks(stream, file), file)
    if text.next_character() == "[":
        yield from text.elements()
        return
    first = True
    lines = text.lines()
    for number, line in lines:
        if not line.strip():
            continue
        try:
            value = parse(line, file, number)
        except TraceFileError:
            if not first or not _goes_on(line):
                raise
            # One document over several lines, then.
            line = "\n".join([line, *(rest for _, rest in lines)])
            value = parse(line, file, number)
        yield Item(number, None, value, len(line))
        first = False


def _goes_on(line: str) -> bool:
    """Whether a line is the beginning of a JSON value, as far as it goes."""
    try:
        json.loads(line)
    except json.JSONDecodeError as error:
        return error.pos >= len(line.rstrip()) - 1
    except (ValueError, RecursionError):
        pass
    return False


def _chunks(stream: BinaryIO, file: str) -> Iterator[str]:
    """The text of a file, which has to be UTF-8, in pieces."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    line, ended = 1, False
    while not ended:
        data = stream.read(CHUNK)
        ended = not data
        try:
            text = decoder.decode(data, final=ended)
        except UnicodeDecodeError as error:
            line += error.object.count(b"\n", 0, error.start)
            raise TraceFileError(file, line, "the file is not UTF-8 text", "Convert it: iconv -t UTF-8.") from None
        line += text.count("\n")
        yield text


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _number(text: str) -> float | Decimal:
    """A float where a float has the number's value, else a Decimal."""
    value = float(text)
    return value if Decimal(repr(value)) == Decimal(text) else Decimal(text)


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_number)


class _Text:
    """Text that comes in pieces; what was read is let go."""

    def __init__(self, chunks: Iterator[str], file: str) -> None:
        self._chunks, self._file = chunks, file
        self._text, self._position = "", 0
        self._line, self._counted = 1, 0  # _line is that of the character at _counted

    def next_character(self) -> str:
        """The next character that is no white space, which is skipped; empty at the end."""
        while True:
            while self._position < len(self._text) and self._text[self._position] in " \t\r\n":
                self._position += 1
            if self._position < len(self._text) or not self._more():
                return self._text[self._position : self._position + 1]

    def lines(self) -> Iterator[tuple[int, str]]:
        """The lines with their numbers, from the one on that the next character stands on."""
        number = self._line_at(self._position)
        parts: list[str] = []
        for chunk in itertools.chain([self._text[self._position :]], self._chunks):
            head, *tail = chunk.split("\n")
            parts.append(head)
            for line in tail:
                yield number, "".join(parts)
                parts, number = [line], number + 1
        yield number, "".join(parts)

    def elements(self) -> Iterator[Item]:
        """The elements of a list."""
        self._position += 1
        mark = self.next_character()
        for number in itertools.count(1):
            if mark == "]":
                break
            line = self._line_at(self._position)
            yield Item(line, number, *self._element())
            mark = self.next_character()
            if mark not in (",", "]") or not mark:
                raise self._error("the list is cut off" if not mark else "a comma is missing")
            if mark == ",":
                self._position += 1
                self.next_character()
        self._position += 1
        if self.next_character():
            raise self._error("something follows the list")

    def _element(self) -> tuple[Json, int]:
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._position)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated") or error.pos > len(self._text) - LONGEST_TOKEN
                if cut and self._more():
                    continue
                self._position = error.pos
                raise self._error(error.msg) from None
            except RecursionError:
                raise self._error("it is nested too deeply") from None
            except ValueError as error:
                raise self._error(str(error)) from None
            if end > len(self._text) - LONGEST_TOKEN and self._more():  # a number may go on
                continue
            length = end - self._position
            self._position = end
            return value, length

    def _error(self, problem: str) -> TraceFileError:
        return TraceFileError(self._file, self._line_at(self._position), f"not JSON: {problem}", REPAIR)

    def _line_at(self, position: int) -> int:
        self._line += self._text.count("\n", self._counted, position)
        self._counted = position
        return self._line

    def _more(self) -> bool:
        """Reads on, at least as much again as is left; False at the end."""
        self._line_at(self._position)
        parts = [self._text[self._position :]]
        wanted = len(parts[0]) + 1
        while wanted > 0 and (chunk := next(self._chunks, None)) is not None:
            parts.append(chunk)
            wanted -= len(chunk)
        if len(parts) == 1:
            return False  # and all positions stay what they are
        self._text, self._position, self._counted = "".join(parts), 0, 0
        return True
