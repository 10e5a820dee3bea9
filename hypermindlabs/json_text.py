"""JSON as jsonb can hold it: a reversible escape for the text that PostgreSQL refuses.

jsonb takes neither U+0000 nor lone surrogates, and both occur in what tools print. Such a code unit is written as
U+FDD0 (a noncharacter, which no text means anything by) and its four lower-case hex digits; U+FDD0 itself becomes
U+FDD0 and ``fdd0``. All other text is stored as it is. Keys and values are treated alike::

    NUL          U+FDD0 0000
    U+D83D       U+FDD0 d83d        (each surrogate by itself: two of them stay two)
    U+FDD0       U+FDD0 fdd0

In SQL, ``replace(payload ->> 'text', U&'\\FDD0' || '0000', '')`` removes NULs for display. U+FDD0 before anything else
is not an escape and is read as it stands.

Numbers keep their value. An integer is exact at any size. A number with a fraction is read as a float where a float
has its value, and as a :class:`decimal.Decimal` where it has not. jsonb writes no exponents, so a float of 1e16 or more
is written with ``.0`` at its end: it comes back as a float. -0.0 comes back as 0.0. NaN and the infinities are refused.
"""

import json
import re
import uuid
from decimal import Decimal
from typing import Any

_MARK = "\ufdd0"
_REFUSED = re.compile("[\x00\ud800-\udfff]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff\ufdd0]")
_ESCAPED = re.compile("\ufdd0(0000|d[89a-f][0-9a-f]{2}|fdd0)")

# The same inside JSON text, where json.dumps has written NUL as \u0000. An escaped backslash is taken as a whole:
# the text \\u0000 is a backslash and six harmless characters.
_UNSTORABLE_IN_JSON = re.compile(r"\\u0000|[" + "\ud800-\udfff\ufdd0]")
_TOKEN_IN_JSON = re.compile(r"\\\\|\\u0000|[" + "\ud800-\udfff\ufdd0]")

# json.dumps gives an exponent to floats only. Texts are taken as a whole, so that nothing is found inside them.
_EXPONENT = re.compile(r"\de\+\d")
_TEXT_OR_LARGE_FLOAT = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?e\+\d+')


def escape(text: str) -> str:
    """Returns the text with NUL, surrogates and U+FDD0 escaped; any other text as it is.

    >>> escape("a\\x00b") == "a\\ufdd00000b"
    True
    """
    return _UNSTORABLE.sub(lambda match: f"{_MARK}{ord(match[0]):04x}", text)


def unescape(text: str) -> str:
    """Returns the text that :func:`escape` was given.

    >>> unescape(escape("a\\x00b\\ud83d")) == "a\\x00b\\ud83d"
    True
    """
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def is_storable(text: str) -> bool:
    """Whether a text column can hold the text as it is: it has no NUL and no surrogate.

    >>> is_storable("grep"), is_storable("grep\\x00")
    (True, False)
    """
    return not _REFUSED.search(text)


def dumps(value: Any) -> str:
    """Returns the value as compact JSON text that jsonb can hold.

    Takes what :func:`json.dumps` takes, and :class:`decimal.Decimal`. Raises ValueError for NaN, an infinity or a
    circular reference, TypeError for what JSON has no form for, RecursionError for too deep a nesting.

    >>> dumps({"text": "a\\x00b", "cost": Decimal("0.10")}) == '{"text":"a\\ufdd00000b","cost":0.10}'
    True
    """
    encoder = _Encoder()
    text = encoder.encode(value)
    if _UNSTORABLE_IN_JSON.search(text):
        text = _TOKEN_IN_JSON.sub(_escape_token, text)
    if _EXPONENT.search(text):
        text = _TEXT_OR_LARGE_FLOAT.sub(_write_out, text)
    return encoder.with_decimals(text)


def loads(data: str | bytes | bytearray | memoryview) -> Any:
    """Returns the value of JSON text that :func:`dumps` or PostgreSQL wrote.

    >>> loads(dumps({"text": "a\\x00b"})) == {"text": "a\\x00b"}
    True
    """
    text = data if isinstance(data, str) else bytes(data).decode()
    if _MARK in text:
        text = _ESCAPED.sub(_unescape_token, text)
    return json.loads(text, parse_float=_number)


class _Encoder(json.JSONEncoder):
    """Compact and strict; a Decimal goes through the encoder as a text that no other text equals."""

    def __init__(self) -> None:
        super().__init__(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        self._decimal_mark = ""

    def default(self, o: Any) -> Any:
        if not isinstance(o, Decimal):
            return super().default(o)
        if not o.is_finite():
            raise ValueError(f"Out of range decimal values are not JSON compliant: {o!r}")
        self._decimal_mark = self._decimal_mark or uuid.uuid4().hex
        return f"{self._decimal_mark}{o}"

    def with_decimals(self, text: str) -> str:
        """Turns the marked texts of :meth:`default` into numbers."""
        if not self._decimal_mark:
            return text
        return re.sub(f'"{self._decimal_mark}([^"]*)"', r"\1", text)


def _escape_token(match: re.Match[str]) -> str:
    token = match[0]
    if token == r"\\":
        return token
    return f"{_MARK}0000" if token == r"\u0000" else f"{_MARK}{ord(token):04x}"


def _write_out(match: re.Match[str]) -> str:
    token = match[0]
    return token if token.startswith('"') else f"{Decimal(token):f}.0"


def _unescape_token(match: re.Match[str]) -> str:
    # Surrogates are put in raw: the JSON escapes \ud83d\ude00 would join to one character. NUL must be an escape.
    return r"\u0000" if match[1] == "0000" else chr(int(match[1], 16))


def _number(text: str) -> float | Decimal:
    number = float(text)
    if repr(number) == text:
        return number
    exact = Decimal(text)
    return number if Decimal(repr(number)) == exact else exact
