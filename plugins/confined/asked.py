"""What a rule in a process of its own asks the house meanwhile: a reference table, another price.

Tables are too large to send and mostly unasked, so they stay. The process puts one question at a
time and waits; the house answers from the tables it was handed, by the methods their contract has
(``core.rules.tables``) and with values of their types, and from nothing else.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import Any, get_args, get_type_hints

import msgspec

from core.claims.claim import ServiceLine
from core.rules.tables import NO_TABLES, Tables
from plugins.confined.protocol import Answered, Asked, PriceAsked, TableAsked, encoded

KEPT_MAXIMUM = 20_000
"""Answers of tables that a process keeps ready."""


class Method(msgspec.Struct, frozen=True):
    """What a table is asked, and what it answers."""

    given: Any
    answer: Any


@cache
def methods() -> Mapping[str, Mapping[str, Method]]:
    """The methods of every table a rule may name, by table."""
    hints = get_type_hints(Tables)
    return {
        name: _methods(get_args(hint)[0])
        for name, hint in hints.items()
        if name in Tables.__struct_fields__ and name != "more"
    }


def _methods(contract: Any) -> dict[str, Method]:
    found = {}
    for name, function in inspect.getmembers(contract, inspect.isfunction):
        if not name.startswith("_"):
            hints = get_type_hints(function)
            answer = hints.pop("return")
            found[name] = Method(tuple[tuple(hints.values())], answer)  # type: ignore[misc]
    return found


def unknown_table(names: Iterable[str]) -> str | None:
    """The first of ``names`` that no table has."""
    return next((name for name in names if name not in methods()), None)


class House:
    """Who answers during one request. ``tables`` are what rules may ask, by number."""

    def __init__(
        self,
        tables: Mapping[int, tuple[Tables, frozenset[str]]] | None = None,
        priced_as: Callable[[ServiceLine], int | None] | None = None,
    ) -> None:
        self._tables, self._priced_as = tables or {}, priced_as

    def answer(self, question: Asked) -> Answered:
        """The answer; one that failed for what was not offered, or cannot be asked so."""
        try:
            if isinstance(question, PriceAsked):
                if self._priced_as is None:
                    return Answered(failed=True)
                return Answered(msgspec.Raw(encoded(self._priced_as(question.line))))
            tables, offered = self._tables[question.number]
            if question.table not in offered:
                return Answered(failed=True)
            method = methods()[question.table][question.method]
            given = msgspec.msgpack.decode(question.given, type=method.given)
            answer = getattr(getattr(tables, question.table), question.method)(*given)
            return Answered(msgspec.Raw(encoded(answer)))
        except Exception:
            # Whatever a hostile question set off here is the fault of whoever put it.
            return Answered(failed=True)


def offered(tables: Tables, wanted: Iterable[str]) -> frozenset[str]:
    """Those of ``wanted`` that are there."""
    return frozenset(name for name in wanted if getattr(tables, name) is not None)


class NotAnsweredError(LookupError):
    """The house did not answer: the rule asked for what it was not offered."""


class Tellers:
    """In the plugin's process: tables that ask the house, and remember."""

    def __init__(self, ask: Callable[[Asked], Answered]) -> None:
        self._ask = ask
        self._kept: dict[tuple[Any, ...], Any] = {}

    def tables(self, number: int, names: Iterable[str]) -> Tables:
        """Tables of the house under ``number`` (below zero: of one request, not remembered)."""
        given: dict[str, Any] = {name: _Teller(self, number, name) for name in names}
        return Tables(**given) if given else NO_TABLES

    def price(self, line: ServiceLine) -> int | None:
        """What would be allowed for ``line``, in cents; None where nothing says."""
        return msgspec.msgpack.decode(self._answered(PriceAsked(line)), type=int | None)

    def told(self, number: int, table: str, method: str, *given: Any) -> Any:
        """The answer of a table of the house."""
        key = (number, table, method, given)
        if key in self._kept:
            return self._kept[key]
        asked = TableAsked(number, table, method, msgspec.Raw(encoded(given)))
        answer = msgspec.msgpack.decode(self._answered(asked), type=methods()[table][method].answer)
        if number >= 0:
            if len(self._kept) >= KEPT_MAXIMUM:
                self._kept.clear()
            self._kept[key] = answer
        return answer

    def _answered(self, question: Asked) -> msgspec.Raw:
        answered = self._ask(question)
        if answered.failed:
            raise NotAnsweredError
        return answered.value


class _Teller:
    """One table as a rule sees it."""

    def __init__(self, tellers: Tellers, number: int, table: str) -> None:
        for method in methods()[table]:
            setattr(self, method, partial(tellers.told, number, table, method))
