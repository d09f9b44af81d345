"""One value as text for a field, and the text of a field as a value; with why not, in plain words.

Values are those of JSON: a day is ``"2026-01-31"``, a decimal number a string. A message never
repeats what was typed: it may be a patient's.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from api.typed_form.fields import Field, Kind
from core.dates import parse_day
from core.errors import InputError
from core.money import cents, plain

CHARACTERS_MAX = 2_000
"""What one field of a form may hold (``api.http.forms``)."""

LINES_MAX = 200

MISSING = msgspec.UNSET
"""The value of a key that is not there."""

YES, NO = "yes", "no"

_WHOLE = re.compile(r"-?[0-9]{1,18}\Z", re.ASCII)
_NUMBER = re.compile(r"-?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][-+]?[0-9]{1,3})?\Z")
# What no browser sends as it stands: a form would change it by being looked at.
_UNSENDABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class WrongError(Exception):
    """What was typed is no such value; the message is what would be one."""


def wanted(field: Field) -> str:
    """What the field asks for, in plain words: ``a whole number from 0 to 180``."""
    if field.kind is Kind.FLAG:
        return "yes or no"
    if field.kind is Kind.CHOICE:
        return "one of the choices listed"
    if field.kind is Kind.TICKS:
        return f"some of the choices listed{_how_many(field)}"
    if field.kind is Kind.DAY:
        return "a day such as 2026-01-31"
    if field.kind is Kind.DECIMAL:
        return "a decimal number such as 1.25"
    if field.kind is Kind.MONEY:
        limits = _between(field, plain).replace(" of ", " ")
        return f"an amount in dollars such as 12.50{',' if limits else ''}{limits}"
    if field.kind in (Kind.WHOLE, Kind.NUMBER):
        noun = "a whole number" if field.kind is Kind.WHOLE else "a number"
        steps = f", in steps of {_said(field.step)}" if field.step else ""
        return f"{noun}{_between(field, _said)}{steps}"
    if field.kind is Kind.LINES and field.item is not None:
        return f"{wanted(field.item)}, one a line{_how_many(field)}"
    if field.kind is Kind.ROWS:
        return f"rows{_how_many(field)}"
    if field.kind is Kind.TEXT:
        return f"text{_long(field)}"
    return "JSON of the right shape"


def shown(field: Field, value: Any) -> str | None:
    """``value`` as its field shows it; None where a form cannot show it and get it back."""
    if value is MISSING:
        value = None if field.default is MISSING else field.default
    if value is None:
        return "null" if field.kind is Kind.JSON and field.optional else ""
    try:
        text = _SHOW[field.kind](field, value)
    except (TypeError, ValueError, AttributeError, InputError, msgspec.MsgspecError):
        return None
    return text if is_sendable(text) else None


def is_sendable(text: str) -> bool:
    """Whether a browser sends the text back as it was drawn."""
    return len(text) <= CHARACTERS_MAX and not _UNSENDABLE.search(text)


def taken(field: Field, text: str) -> Any:
    """The value of what was typed, MISSING where the default is meant; ``WrongError`` why not."""
    if len(text) > CHARACTERS_MAX:
        raise WrongError(f"at most {CHARACTERS_MAX} characters")
    typed = text.strip()
    if typed or (field.kind is Kind.TEXT and not field.optional and not field.required):
        return _TAKE[field.kind](field, typed)
    if field.optional:
        return None
    if field.kind is Kind.LINES:
        return _lines(field, "")
    if field.required:
        raise WrongError("is to be filled in" if field.kind is Kind.TEXT else wanted(field))
    return MISSING


def ticked(field: Field, codes: tuple[str, ...]) -> list[Any]:
    """The values of the choices that were ticked, in the order of the choices."""
    chosen = set(codes)
    if chosen - {one.code for one in field.options}:
        raise WrongError(wanted(field))
    return _counted(field, [one.value for one in field.options if one.code in chosen])


def is_ticked(field: Field, value: Any) -> bool:
    """Whether a list can be shown as ticks: choices alone, none of them twice."""
    known = [one.value for one in field.options]
    if not isinstance(value, list):
        return False
    return all(each in known for each in value) and len(set(map(repr, value))) == len(value)


def _show_number(field: Field, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("no number")
    return repr(value)


def _show_text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _show_money(field: Field, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("no amount")
    return plain(value)


def _show_flag(field: Field, value: Any) -> str:
    if not isinstance(value, bool):
        raise TypeError("neither yes nor no")
    return YES if value else NO


def _show_choice(field: Field, value: Any) -> str:
    for one in field.options:
        if type(one.value) is type(value) and one.value == value:
            return one.code
    raise ValueError("no choice of these")


def _show_lines(field: Field, value: Any) -> str:
    assert field.item is not None, "a list holds something"
    lines = []
    for each in value:
        text = shown(field.item, each)
        # A line that is empty, or looks like two, would come back as another list.
        if text is None or not text or text != text.strip() or "\n" in text:
            raise ValueError("not a line of its own")
        lines.append(text)
    return "\n".join(lines)


def _show_json(field: Field, value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=1).decode()


def _text(field: Field, typed: str) -> str:
    short = field.length_min is not None and len(typed) < field.length_min
    if short or (field.length_max is not None and len(typed) > field.length_max):
        raise WrongError(f"text{_long(field)}")
    return typed


def _whole(field: Field, typed: str) -> int:
    if not _WHOLE.match(typed):
        raise WrongError(wanted(field))
    return int(_within(field, int(typed)))


def _number(field: Field, typed: str) -> float:
    if not _NUMBER.match(typed) or not math.isfinite(number := float(typed)):
        raise WrongError(wanted(field))
    return float(_within(field, number))


def _within(field: Field, number: Any) -> Any:
    least, most = field.least, field.most
    low = least is not None and (number <= least if field.above_least else number < least)
    high = most is not None and (number >= most if field.below_most else number > most)
    if low or high or (field.step and not _in_steps(number, field.step)):
        raise WrongError(wanted(field))
    return number


def _in_steps(number: Any, step: Any) -> bool:
    try:
        return Decimal(repr(number)) % Decimal(repr(step)) == 0
    except InvalidOperation:
        return False


def _money(field: Field, typed: str) -> int:
    try:
        amount_cents = cents(typed.removeprefix("$").replace(",", ""))
    except InputError:
        raise WrongError(wanted(field)) from None
    return int(_within(field, amount_cents))


def _decimal(field: Field, typed: str) -> str:
    try:
        if _NUMBER.match(typed) and Decimal(typed).is_finite():
            return typed
    except InvalidOperation:
        pass
    raise WrongError(wanted(field))


def _day(field: Field, typed: str) -> str:
    try:
        return parse_day(typed).isoformat()
    except InputError:
        raise WrongError(wanted(field)) from None


def _flag(field: Field, typed: str) -> bool:
    if typed not in (YES, NO):
        raise WrongError(wanted(field))
    return typed == YES


def _chosen(field: Field, typed: str) -> Any:
    for one in field.options:
        if one.code == typed:
            return one.value
    raise WrongError(wanted(field))


def _lines(field: Field, typed: str) -> list[Any]:
    assert field.item is not None, "a list holds something"
    lines = [line.strip() for line in typed.split("\n") if line.strip()]
    if len(lines) > LINES_MAX:
        raise WrongError(f"at most {LINES_MAX} lines")
    found = []
    for place, line in enumerate(lines, 1):
        try:
            found.append(_TAKE[field.item.kind](field.item, line))
        except WrongError as problem:
            raise WrongError(f"line {place}: {problem}") from None
    return _counted(field, found)


def _counted(field: Field, found: list[Any]) -> list[Any]:
    few = field.length_min is not None and len(found) < field.length_min
    if few or (field.length_max is not None and len(found) > field.length_max):
        raise WrongError(wanted(field))
    return found


def _json(field: Field, typed: str) -> Any:
    try:
        return msgspec.json.decode(typed)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise WrongError("this is no JSON") from None


_SHOW: Any = {
    Kind.TEXT: _show_text,
    Kind.DAY: _show_text,
    Kind.DECIMAL: _show_text,
    Kind.WHOLE: _show_number,
    Kind.NUMBER: _show_number,
    Kind.MONEY: _show_money,
    Kind.FLAG: _show_flag,
    Kind.CHOICE: _show_choice,
    Kind.LINES: _show_lines,
    Kind.JSON: _show_json,
}
_TAKE: Any = {
    Kind.TEXT: _text,
    Kind.DAY: _day,
    Kind.DECIMAL: _decimal,
    Kind.WHOLE: _whole,
    Kind.NUMBER: _number,
    Kind.MONEY: _money,
    Kind.FLAG: _flag,
    Kind.CHOICE: _chosen,
    Kind.LINES: _lines,
    Kind.JSON: _json,
}


def _said(number: Any) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{Decimal(repr(number)).normalize():f}"


def _between(field: Field, say: Any) -> str:
    least, most = field.least, field.most
    if least is None and most is None:
        return ""
    if least is not None and most is not None and not (field.above_least or field.below_most):
        return f" from {say(least)} to {say(most)}"
    above, below = ("above" if field.above_least else "of at least"), "of at most"
    low = "" if least is None else f"{above} {say(least)}"
    high = "" if most is None else f"{'below' if field.below_most else below} {say(most)}"
    return " " + " and ".join(filter(None, (low, high)))


def _long(field: Field) -> str:
    return _range(field.length_min, field.length_max, "character")


def _how_many(field: Field) -> str:
    said = _range(field.length_min, field.length_max, "of them")
    return f",{said.removeprefix(' of')}" if said else ""


def _range(least: int | None, most: int | None, noun: str) -> str:
    def of(count: int) -> str:
        return f"{count} {noun}" + ("s" if noun == "character" and count != 1 else "")

    if least and most is not None:
        return f" of exactly {of(most)}" if least == most else f" of {least} to {of(most)}"
    if least:
        return f" of at least {of(least)}"
    return "" if most is None else f" of at most {of(most)}"
