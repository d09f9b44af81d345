"""Elements as typed values and back: days, amounts, quantities.

Errors never repeat the value: it may be a birth date.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache

from core.errors import InputError
from core.x12.syntax import read_amount

# Digits that cannot leave the range of money.
_DIGITS = 12
# What two decimals and one are worth, by the characters from the point on.
_SCALES = {3: 1, 2: 10}


def at(elements: Sequence[str], place: int) -> str:
    """Element ``place`` of a segment, empty where the segment is shorter."""
    return elements[place] if place < len(elements) else ""


# The same few days stand in a file over and over.
@lru_cache(maxsize=4096)
def read_day(text: str) -> date:
    """A day written CCYYMMDD (format D8); else ``InputError``."""
    if len(text) != 8 or not (text.isdecimal() and text.isascii()):
        raise InputError("a date is not written CCYYMMDD")
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise InputError("there is no such day in the calendar") from None


def read_span(form: str, text: str) -> tuple[date, date | None]:
    """One day (D8) or two (RD8), by the format qualifier; else ``InputError``."""
    if form == "D8":
        return read_day(text), None
    if form == "RD8":
        first, _, last = text.partition("-")
        return read_day(first), read_day(last)
    raise InputError("a date has a format other than D8 and RD8")


def read_cents(text: str) -> int:
    """An X12 amount in cents: the usual shapes quickly, all others by ``read_amount``."""
    point = text.find(".")
    if point < 0:
        digits, scale = text, 100
    else:
        scale = _SCALES.get(len(text) - point, 0)
        digits = text[:point] + text[point + 1 :]
    if scale and digits.isdecimal() and digits.isascii() and len(digits) <= _DIGITS:
        return int(digits) * scale
    return read_amount(text)


@lru_cache(maxsize=4096)
def read_number(text: str) -> Decimal:
    """A quantity; ``InputError`` when it is not a plain decimal number."""
    digits = text.removeprefix("-").replace(".", "", 1)
    if not (digits.isdecimal() and digits.isascii() and len(digits) <= 15):
        raise InputError("a quantity is not a decimal number")
    return Decimal(text)


def write_day(day: date) -> str:
    """CCYYMMDD."""
    return day.isoformat().replace("-", "")


def write_span(first: date, last: date) -> str:
    """CCYYMMDD-CCYYMMDD, the value of format RD8."""
    return f"{write_day(first)}-{write_day(last)}"


def write_number(number: Decimal) -> str:
    """The shortest plain decimal form: ``1``, ``2.5``; never an exponent."""
    text = str(number)
    if text.isdecimal():
        return text
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
