"""A value in the words of its form: what was said, field by field, for reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from api.typed_form.fields import Field, Kind, Sheet
from core.money import dollars

TOLD_MAX = 500
"""Fields that are told of one value; a longer one is told in part."""

Told = tuple[str, str]
"""A label and what was said."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A field that two values differ in; empty: not given."""

    label: str
    before: str
    after: str


def told(form: Sheet, value: Mapping[str, Any]) -> tuple[Told, ...]:
    """What was given, in the order of the form. Secrets are no part of a value."""
    found = []
    for one in _fields(form.fields, value, ""):
        found.append(one)
        if len(found) == TOLD_MAX:
            break
    return tuple(found)


def changed(before: Sequence[Told], after: Sequence[Told]) -> tuple[Change, ...]:
    """What a later value says that an earlier did not, in the order of the later one."""
    was, now = dict(before), dict(after)
    labels = [*now, *(label for label in was if label not in now)]
    return tuple(
        Change(label=label, before=was.get(label, ""), after=now.get(label, ""))
        for label in labels
        if was.get(label, "") != now.get(label, "")
    )


def _fields(fields: Sequence[Field], value: Mapping[str, Any], above: str) -> Iterator[Told]:
    for field in fields:
        if field.kind is Kind.SECRET:
            continue
        given = value.get(field.key, field.default)
        if given is None or given is msgspec.UNSET or given in ("", [], {}):
            continue
        label = f"{above}, {field.label[:1].lower()}{field.label[1:]}" if above else field.label
        yield from _field(field, given, label)


def _field(field: Field, given: Any, label: str) -> Iterator[Told]:
    if field.kind is Kind.GROUP and isinstance(given, Mapping):
        yield from _fields(field.fields, given, label)
    elif field.kind is Kind.ROWS and isinstance(given, list) and field.item is not None:
        for place, row in enumerate(given, 1):
            if isinstance(row, Mapping):
                yield from _fields(field.item.fields, row, f"{label} {place}")
    elif field.kind in (Kind.LINES, Kind.TICKS) and isinstance(given, list) and field.item:
        yield label, ", ".join(_said(field.item, each) for each in given)
    else:
        yield label, _said(field, given)


def _said(field: Field, given: Any) -> str:
    if isinstance(given, bool):
        return "Yes" if given else "No"
    if field.kind is Kind.MONEY and isinstance(given, int):
        return dollars(given)
    if field.kind is Kind.DAY and isinstance(given, str):
        return _day(given)
    for one in field.options:
        if one.value == given:
            return one.words
    return given if isinstance(given, str) else msgspec.json.encode(given).decode()


def _day(given: str) -> str:
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return given
    return f"{day:%b} {day.day}, {day.year}"
