"""Values of any type a plugin declares, invented: for its records and its settings."""

from __future__ import annotations

import enum
import types
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

_DEPTH_MAX = 6
_LATEST = date(2026, 5, 12)


class CannotInventError(Exception):
    """A type no value is known for; such a record or setting is left out."""


class Inventor:
    """Draws values; ``words`` are texts the plugin itself uses. The same seed draws the same."""

    def __init__(self, seed: int, words: Sequence[str] = ()) -> None:
        self.random = Random(seed)  # noqa: S311
        self._words = tuple(words) or ("word",)

    def value(self, kind: Any, depth: int = 0) -> Any:
        """A value of the type ``kind``; ``CannotInventError`` when none is known."""
        if depth > _DEPTH_MAX:
            raise CannotInventError
        origin, arguments = get_origin(kind), get_args(kind)
        if origin is Annotated:
            return self.value(arguments[0], depth)
        if origin in (Union, types.UnionType):
            return self._one_of(arguments, depth)
        if origin is Literal:
            return self.random.choice(arguments)
        if origin is not None:
            return self._collection(origin, arguments, depth)
        return self._plain(kind, depth)

    def _one_of(self, kinds: Sequence[Any], depth: int) -> Any:
        if type(None) in kinds and (depth >= _DEPTH_MAX - 1 or self.random.random() < 0.2):
            return None
        return self.value(
            self.random.choice([one for one in kinds if one is not type(None)]), depth
        )

    def _collection(self, origin: Any, arguments: Sequence[Any], depth: int) -> Any:
        if isinstance(origin, type) and issubclass(origin, tuple):
            if len(arguments) == 2 and arguments[1] is Ellipsis:
                return tuple(self._several(arguments[0], depth))
            return tuple(self.value(one, depth + 1) for one in arguments)
        if isinstance(origin, type) and issubclass(origin, set | frozenset):
            return frozenset(self._several(arguments[0], depth))
        if isinstance(origin, type) and issubclass(origin, Mapping):
            keys = self._several(arguments[0], depth)
            return {key: self.value(arguments[1], depth + 1) for key in keys}
        return list(self._several(arguments[0], depth)) if arguments else []

    def _several(self, kind: Any, depth: int) -> list[Any]:
        return [self.value(kind, depth + 1) for _ in range(self.random.randrange(3))]

    def _plain(self, kind: Any, depth: int) -> Any:
        if kind is Any or kind is object:
            return self.random.choice(self._words)
        if not isinstance(kind, type):
            raise CannotInventError
        if issubclass(kind, enum.Enum):
            return self.random.choice(list(kind))
        if issubclass(kind, msgspec.Struct):
            return self.struct(kind, depth)
        if kind in (tuple, list, set, frozenset, dict):
            return kind()
        draw = _DRAWN.get(kind)
        if draw is None:
            raise CannotInventError
        return draw(self)

    def struct(self, kind: type[msgspec.Struct], depth: int = 0) -> Any:
        """A value of the struct ``kind``, every field drawn, most of the optional ones too."""
        hints = get_type_hints(kind, include_extras=True)
        given = {}
        for field in msgspec.structs.fields(kind):
            if field.required or self.random.random() < 0.8:
                given[field.name] = self.value(hints[field.name], depth + 1)
        try:
            # What the type itself refuses (a pattern, a bound) is no value of it.
            return msgspec.convert(msgspec.to_builtins(kind(**given)), kind, strict=False)
        except Exception:
            raise CannotInventError from None

    def day(self) -> date:
        """A day of the last two years, most of them near its end."""
        return _LATEST - timedelta(days=int(self.random.triangular(0, 700, 0)))

    def text(self) -> str:
        """One of the plugin's own words, now and then none."""
        return "" if self.random.random() < 0.1 else self.random.choice(self._words)


_DRAWN: Mapping[Any, Callable[[Inventor], Any]] = {
    str: lambda it: it.text(),
    bool: lambda it: it.random.random() < 0.5,
    int: lambda it: it.random.choice((0, 1, 2, 8, 15, 16, 30, 38, 53, 60, 90, 400)),
    float: lambda it: it.random.choice((0.0, 0.5, 1.0)),
    Decimal: lambda it: Decimal(it.random.choice((0, 1, 2, 4))),
    bytes: lambda it: b"",
    date: lambda it: it.day(),
    datetime: lambda it: datetime.combine(it.day(), time(9)),
    time: lambda it: time(it.random.randrange(24), it.random.choice((0, 15, 30, 45))),
    type(None): lambda it: None,
}


def samples_of(kind: type[msgspec.Struct], count: int, words: Sequence[str]) -> tuple[Any, ...]:
    """Up to ``count`` values of ``kind``; fewer where its bounds refuse what was drawn."""
    found = []
    for seed in range(count * 3):
        try:
            found.append(Inventor(seed, words).struct(kind))
        except CannotInventError:
            continue
        if len(found) == count:
            break
    return tuple(found)
