"""Reading JSON from files of unknown origin: what is wrong is said with file and line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

Json: TypeAlias = Any


class TraceFileError(Exception):
    """A file that cannot be imported: where (line 0: no line), what is wrong, and what to do. Nothing was written.

    >>> raise TraceFileError("runs.json", 3, "an entry is no object", "Give a list of objects with messages.")
    Traceback (most recent call last):
    ...
    hypermindlabs.importers.files.TraceFileError: runs.json:3: an entry is no object
    """

    def __init__(self, file: str, line: int, problem: str, hint: str) -> None:
        super().__init__(f"{file}:{line}: {problem}" if line else f"{file}: {problem}")
        self.file, self.line, self.problem, self.hint = file, line, problem, hint


REPAIR = "Check that the file is complete and is what the program that made it wrote."


def read_text(path: Path) -> str:
    """The file's text, which has to be UTF-8."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TraceFileError(
            str(path), 0, (error.strerror or str(error)).lower(), "Give the path of a readable file."
        ) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TraceFileError(str(path), line, "the file is not UTF-8 text", "Convert it: iconv -t UTF-8.") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _number(text: str) -> float | Decimal:
    """A float where a float has the number's value, else a Decimal."""
    value = float(text)
    return value if Decimal(repr(value)) == Decimal(text) else Decimal(text)


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_number)


def parse(text: str, file: str, first_line: int = 1) -> Json:
    """One JSON document."""
    try:
        value, end = _decode(text, 0)
    except json.JSONDecodeError as error:
        raise TraceFileError(file, first_line + error.lineno - 1, f"not JSON: {error.msg}", REPAIR) from None
    except (ValueError, RecursionError) as error:
        raise TraceFileError(file, first_line, _reason(error), REPAIR) from None
    rest = text[end:].lstrip(" \t\r\n")
    if rest:
        line = first_line + text.count("\n", 0, len(text) - len(rest))
        raise TraceFileError(file, line, "not JSON: something follows the document", REPAIR)
    return value


def entries(text: str, file: str) -> Iterator[tuple[int, Json]]:
    """The elements of a JSON list, each with the line it starts on; a document that is no list is one element."""
    position = _skip(text, 0)
    if text[position : position + 1] != "[":
        yield _line(text, position), parse(text, file)
        return
    yield from _elements(text, file, _skip(text, position + 1))


def _elements(text: str, file: str, position: int) -> Iterator[tuple[int, Json]]:
    if text[position : position + 1] == "]":
        return
    while True:
        start = position
        try:
            value, position = _decode(text, position)
        except json.JSONDecodeError as error:
            raise TraceFileError(file, error.lineno, f"not JSON: {error.msg}", REPAIR) from None
        except (ValueError, RecursionError) as error:
            raise TraceFileError(file, _line(text, start), _reason(error), REPAIR) from None
        yield _line(text, start), value
        position = _skip(text, position)
        mark = text[position : position + 1]
        if mark == "]":
            return
        if mark != ",":
            raise TraceFileError(file, _line(text, position), "not JSON: the list is cut off", REPAIR)
        position = _skip(text, position + 1)


def _decode(text: str, position: int) -> tuple[Json, int]:
    return _DECODER.raw_decode(text, _skip(text, position))


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _reason(error: Exception) -> str:
    return "the document is nested too deeply" if isinstance(error, RecursionError) else f"not JSON: {error}"
