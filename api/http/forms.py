"""Reading what a person typed: trimmed text, days, money, with the field named in the error."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from core.dates import parse_day
from core.errors import InputError
from core.money import cents

# Longer than any field of ours; a form that holds more is not one a person filled in.
_CHARACTERS_MAX = 2_000

# Control characters but for tab and line ends; the database takes no NUL.
_UNTYPABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class FieldError(InputError):
    """One field of a form cannot be taken; ``field`` is its name in the form."""

    code = "field"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Form:
    """The fields of a form, as text. A field that was not sent is empty."""

    def __init__(self, fields: Any) -> None:
        self._fields: dict[str, list[str]] = {}
        for name, value in fields.multi_items():
            if not isinstance(value, str):
                raise InputError("this form takes no files")
            if len(value) > _CHARACTERS_MAX:
                raise InputError("a field of this form is too long")
            if _UNTYPABLE.search(value):
                raise InputError("a field of this form holds a sign that nobody types")
            self._fields.setdefault(name, []).append(value.replace("\r\n", "\n"))

    def sent(self, name: str) -> bool:
        """Whether the field was sent, be it empty."""
        return name in self._fields

    def text(self, name: str) -> str:
        """The field without space around it."""
        return self.raw(name).strip()

    def raw(self, name: str) -> str:
        """The field as typed."""
        return next(iter(self._fields.get(name, ())), "")

    def every(self, name: str) -> tuple[str, ...]:
        """All values of a field that may be chosen several times."""
        return tuple(self._fields.get(name, ()))

    def required(self, name: str, label: str) -> str:
        """The field, or ``FieldError`` when it is empty."""
        found = self.text(name)
        if not found:
            raise FieldError(name, f"{label} is missing")
        return found

    def choice(self, name: str, label: str, allowed: Any) -> str:
        """The field, one of ``allowed``."""
        found = self.text(name)
        if found not in set(allowed):
            raise FieldError(name, f"choose {label} from the list")
        return found

    def day(self, name: str, label: str) -> date | None:
        """A day, or None when the field is empty."""
        return read_day(name, label, self.text(name))

    def whole(self, name: str, label: str) -> int:
        """A whole number from 0."""
        found = self.text(name)
        if not found.isascii() or not found.isdigit() or len(found) > 9:
            raise FieldError(name, f"{label} is a whole number")
        return int(found)

    def identifier(self, name: str, label: str) -> UUID:
        """An id of ours, as the page gave it."""
        try:
            return UUID(self.text(name))
        except ValueError:
            raise FieldError(name, f"choose {label} from the list") from None

    def items(self) -> tuple[tuple[str, str], ...]:
        """Every field but the token, to be sent again."""
        return tuple(
            (name, value)
            for name, values in self._fields.items()
            if name != "token"
            for value in values
        )


def read_day(name: str, label: str, text: str) -> date | None:
    """The day in ``text``; None when it is empty."""
    try:
        return parse_day(text) if text else None
    except InputError as problem:
        raise FieldError(name, f"{label}: {problem.message}") from None


def read_money(name: str, label: str, text: str) -> int:
    """The amount in ``text`` in cents; a dollar sign and commas are allowed."""
    try:
        return cents(text.removeprefix("$").replace(",", ""))
    except InputError as problem:
        raise FieldError(name, f"{label}: {problem.message}") from None


def read_number(name: str, label: str, text: str) -> Decimal:
    """A decimal number above zero."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal(0)
    if not found.is_finite() or found <= 0 or found > 99_999:
        raise FieldError(name, f"{label} is a number above zero")
    return found
