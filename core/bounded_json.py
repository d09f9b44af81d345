"""JSON from outside, read within limits: depth, length of numbers, no name twice in an object.

Readers disagree about a name that comes twice and about numbers beyond a float, so that two
programs see two documents in the same bytes (RFC 8259, sections 4 and 6). Here both are refused,
and a number stays the text it was: no amount passes through a float.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from core.errors import InputError

DEPTH_MAX = 16
NUMBER_DIGITS_MAX = 40

# A string, closed or not, or a bracket. Possessive and with an end for every beginning, so that
# no input makes the search go over a part twice.
_PART = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


def read_json(
    data: bytes, *, bytes_max: int, depth_max: int = DEPTH_MAX, exact_numbers: bool = False
) -> Any:
    """The document in ``data``; ``InputError`` for what is beyond the limits.

    Numbers stay text, or with ``exact_numbers`` become ``int`` and ``Decimal``. The time is linear
    in the size, whatever the bytes are.
    """
    if len(data) > bytes_max:
        raise InputError(f"the document is longer than {bytes_max} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("the document is not UTF-8") from None
    # Before any parsing: a parser goes one level deeper in itself for each bracket.
    _check_depth(text, depth_max)
    try:
        return json.loads(
            text,
            parse_int=_whole if exact_numbers else _number,
            parse_float=_exact if exact_numbers else _number,
            parse_constant=_no_number,
            object_pairs_hook=_object,
        )
    except ValueError:
        raise InputError("the document is not JSON") from None


def _check_depth(text: str, depth_max: int) -> None:
    depth = 0
    for found in _PART.finditer(text):
        sign = found.group()[0]
        if sign in "[{":
            depth += 1
            if depth > depth_max:
                raise InputError(f"the document is nested deeper than {depth_max} levels")
        elif sign in "]}":
            depth -= 1


def _number(text: str) -> str:
    if len(text) > NUMBER_DIGITS_MAX:
        raise InputError(f"a number is longer than {NUMBER_DIGITS_MAX} signs")
    return text


def _whole(text: str) -> int:
    return int(_number(text))


def _exact(text: str) -> Decimal:
    return Decimal(_number(text))


def _no_number(_: str) -> str:
    raise InputError("NaN and Infinity are no numbers of JSON")


def _object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise InputError("a name stands twice in one object; which one is meant?")
        found[name] = value
    return found
