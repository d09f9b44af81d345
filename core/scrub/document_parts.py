"""One object of a scrub document, read key by key; what does not fit is named by its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any

from core import money
from core.errors import InputError

_AMOUNT_EXAMPLE = 'an amount in quotes such as "150.00"'
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z", re.ASCII)
_NUMBER_DIGITS_MAX = 18


class Part:
    """A JSON object at ``place`` (``claim.lines[2]``). Absent and null are the same.

    Every reader raises ``InputError`` with the place and what should stand there, never with what
    stands there: it might name a patient.
    """

    __slots__ = ("data", "place")

    def __init__(self, data: Mapping[str, Any], place: str = "") -> None:
        self.data, self.place = data, place

    def text(self, name: str) -> str:
        """A text; empty when absent."""
        value = self.data.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.wrong(name, "a text in quotes")
        return value.strip()

    def code(self, name: str) -> str:
        """A code: a text, or a whole number where somebody forgot the quotes."""
        value = self.data.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text(name)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty when absent."""
        value = self.data.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(name, "a list of texts")
        return tuple(item.strip() for item in value)

    def flag(self, name: str) -> bool | None:
        """True or false; None when absent."""
        value = self.data.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(name, "true or false")
        return value

    def whole(self, name: str) -> int | None:
        """A whole number; None when absent."""
        value = self.data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(name, "a whole number")
        if abs(value) >= 10**_NUMBER_DIGITS_MAX:
            raise self.wrong(name, "a number of a likely size")
        return value

    def number(self, name: str) -> Decimal | None:
        """A number, whole or decimal, quoted or not; None when absent."""
        value = self.data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
            raise self.wrong(name, "a number")
        try:
            found = Decimal(value)
        except InvalidOperation:
            raise self.wrong(name, "a number") from None
        if not found.is_finite() or found.adjusted() >= _NUMBER_DIGITS_MAX:
            raise self.wrong(name, "a number of a likely size")
        return found

    def cents(self, name: str) -> int | None:
        """A decimal text (``"150.00"``) in cents; None when absent."""
        value = self.data.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.wrong(name, _AMOUNT_EXAMPLE)
        try:
            return money.cents(value.strip())
        except InputError:
            raise self.wrong(name, _AMOUNT_EXAMPLE) from None

    def day(self, name: str) -> date | None:
        """A date ``2026-05-12``; None when absent."""
        value = self.data.get(name)
        if value is None or value == "":
            return None
        try:
            if len(value) == 10:
                return date.fromisoformat(value)
        except (TypeError, ValueError):
            pass
        raise self.wrong(name, "a date such as 2026-05-12")

    def clock(self, name: str) -> time | None:
        """A time of day ``14:30``; None when absent."""
        value = self.data.get(name)
        if value is None or value == "":
            return None
        found = _TIME.match(value) if isinstance(value, str) else None
        if found is None:
            raise self.wrong(name, "a time such as 14:30")
        return time(int(found[1]), int(found[2]))

    def part(self, name: str) -> Part | None:
        """The object below; None when absent."""
        value = self.data.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.wrong(name, "an object")
        return Part(value, self._below(name))

    def parts(self, name: str) -> tuple[Part, ...] | None:
        """The objects of a list, counted from 1; None when absent."""
        value = self.data.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.wrong(name, "a list of objects")
        below = self._below(name)
        return tuple(Part(item, f"{below}[{at}]") for at, item in enumerate(value, 1))

    def each(self) -> Iterator[tuple[str, Any]]:
        """The names and values of the object, without those that are null."""
        return ((name, value) for name, value in self.data.items() if value is not None)

    def wrong(self, name: str, wanted: str) -> InputError:
        """The error that names the place and what should stand there."""
        return InputError(f"{self._below(name)} must be {wanted}")

    def _below(self, name: str) -> str:
        return f"{self.place}.{name}" if self.place else name
