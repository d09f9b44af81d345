"""Claims and payments as JSON for programs: a loop tree each, its values of the tables' types.

An amount of money is text with two decimals, a quantity text as it counts, a whole number a number,
a day ``2026-01-31``, a period ``2026-01-01/2026-01-31``, a time ``08:30:00``. What is not of its
type stays text and is named in ``untyped``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import msgspec

from core.errors import X12SyntaxError
from core.money import plain
from core.x12.guides import Element, guides, standard
from core.x12.kinds import kinds
from core.x12.loops import Loop, LoopStream, Part, TransactionLoops, Wanted
from core.x12.typed import SPANS
from core.x12.unit_sums import claim_difference_cents, payment_difference_cents

# The file from its beginning, as often as it is called.
Opener = Callable[[], Iterable[bytes]]

# The loop of one claim, by kind; other kinds are told a transaction at a time.
_UNITS = {"837P": "2300", "837I": "2300", "837D": "2300", "835": "2100"}

_encode = msgspec.json.Encoder().encode


def claims_json(blocks: Opener) -> Iterator[bytes]:
    """One JSON object a claim of an 837 or 835, in file order, and one for each other transaction.

    An object has ``type``, ``transaction``, ``interchange``, ``segment`` and ``segment_end`` (first
    and last of the claim), ``balanced`` (whether its amounts add up; null where that cannot be
    told), ``loops`` (what stands around the claim, the transaction first), ``claim`` (its loops)
    and ``untyped``. Where ``claim`` is null, ``loops`` are a transaction
    without claims, or what an 835 says after its last claim.

    A file of several kinds is read once for the 837s, once for the 835s and once for the others.
    Raises ``X12SyntaxError`` before anything is told where the data is not X12 or breaks off; at
    the end of a transaction without SE; and, after all else, when the file holds a transaction that
    there is no table for, or none at all.
    """
    known = {guide.kind for guide in guides()}
    found = kinds(blocks())
    wanted: dict[str, set[str]] = {}
    for kind in found:
        if kind in known:
            wanted.setdefault(_UNITS.get(kind, ""), set()).add(kind)
    untold = [kind for kind in found if kind not in known and kind != "TA1"]
    told = False
    for unit, those in wanted.items():
        stream = _Stream(blocks(), Wanted(frozenset(those), unit, typed=True))
        telling = _Telling()
        for part in stream:
            for line in telling.take(part):
                told = True
                yield line
        untold += stream.refused
    if untold or not told:
        also = "a transaction of a kind or version" if untold else "no transaction"
        raise X12SyntaxError(f"it holds {also} that there is no table for")


class _Stream(LoopStream):
    """Remembers transactions of a wanted kind whose version has no table."""

    def __init__(self, data: Iterable[bytes], wanted: Wanted) -> None:
        super().__init__(data, wanted)
        self.refused: list[str] = []

    def refuse_version(self, version: str) -> None:
        self.refused = [version]


class _Telling:
    """What of a transaction was told, and the loops around the claim at hand as JSON."""

    def __init__(self) -> None:
        self._around: dict[int, tuple[Loop, int, msgspec.Raw, list[_Untyped]]] = {}
        # Segments and loops of the transaction itself that stood there at its last claim.
        self._size = 0

    def take(self, part: Part) -> Iterator[bytes]:
        """The object of a claim, or what is left at the end of a transaction."""
        if not part.closed:
            raise X12SyntaxError("the transaction before this has no end", segment=part.last + 1)
        transaction = part.transaction
        if part.unit is not None:
            self._size = _size(transaction.body)
            yield self._object(part, part.unit, part.unit.number, part.last)
            return
        if _size(transaction.body) != self._size:
            yield self._object(part, None, transaction.segment, part.last)
        self._size = 0
        self._around.clear()

    def _object(self, part: Part, unit: Loop | None, first: int, last: int) -> bytes:
        transaction = part.transaction
        untyped: list[_Untyped] = []
        loops = self._loops(transaction, part.above, untyped)
        claim = _tree(unit, transaction, untyped) if unit is not None else None
        return _encode(
            {
                "type": transaction.kind,
                "transaction": {
                    "control": transaction.control,
                    "version": transaction.version,
                    "segment": transaction.segment,
                },
                "interchange": {
                    "control": transaction.interchange_control,
                    "sender": transaction.sender,
                    "receiver": transaction.receiver,
                    "usage": transaction.usage,
                },
                "segment": first,
                "segment_end": last,
                "balanced": None if unit is None else _balanced(unit),
                "loops": loops,
                "claim": claim,
                "untyped": untyped,
            }
        )

    def _loops(
        self, transaction: TransactionLoops, above: list[Loop], untyped: list[_Untyped]
    ) -> list[msgspec.Raw]:
        """The loops around a claim: written once for all claims in them."""
        around: dict[int, tuple[Loop, int, msgspec.Raw, list[_Untyped]]] = {}
        for loop in above:
            held = self._around.get(id(loop))
            if held is None or held[1] != _size(loop):
                faults: list[_Untyped] = []
                text = msgspec.Raw(_encode(_tree(loop, transaction, faults)))
                held = (loop, _size(loop), text, faults)
            around[id(loop)] = held
            untyped += held[3]
        self._around = around
        return [text for _, _, text, _ in around.values()]


def _balanced(unit: Loop) -> bool | None:
    difference = (
        claim_difference_cents(unit) if unit.id == "2300" else payment_difference_cents(unit)
    )
    return None if difference is None else not difference


def _size(loop: Loop) -> int:
    """How much a loop holds: it grows while a file is read."""
    return len(loop.segments) + sum(map(_size, loop.loops))


class _Untyped(msgspec.Struct, frozen=True, gc=False):
    """A segment and an element that are not of their type; their text stands in its place."""

    segment: int
    element: int


def _tree(loop: Loop, transaction: TransactionLoops, untyped: list[_Untyped]) -> dict[str, Any]:
    return {
        "loop": loop.id,
        "name": loop.node.loop.name,
        "segment": loop.number,
        "segments": [
            _segment(number, elements, transaction, untyped)
            for number, elements in zip(loop.numbers, loop.segments, strict=True)
        ],
        "loops": [_tree(inner, transaction, untyped) for inner in loop.loops],
    }


def _segment(
    number: int, elements: list[Any], transaction: TransactionLoops, untyped: list[_Untyped]
) -> dict[str, Any]:
    columns = _columns(elements[0])
    component, repetition = transaction.delimiters.component, transaction.delimiters.repetition
    found = []
    for place in range(1, len(elements)):
        value = elements[place]
        if value == "":
            continue
        column = columns[place - 1] if place <= len(columns) else _TEXT
        if value.__class__ is str:
            if column.typed or (column.form and elements[column.form] in SPANS):
                untyped.append(_Untyped(number, place))
            found.append(_text(place, column, value, component, repetition))
        elif column.parts:
            found.append(_composite(place, column, value, component, repetition))
        else:
            found.append({"element": place, "name": column.name, "value": _value(column, value)})
    return {"id": elements[0], "segment": number, "elements": found}


class _Column(NamedTuple):
    """An element or component: whether it is money, or of another type than text; where the form
    of its date stands; its components."""

    name: str
    money: bool = False
    typed: bool = False
    form: int = 0
    parts: tuple[_Column, ...] = ()


_TEXT = _Column("")


@cache
def _columns(segment_id: str) -> tuple[_Column, ...]:
    return _read(standard(segment_id)[0])


def _read(elements: tuple[Element, ...]) -> tuple[_Column, ...]:
    columns = []
    form = 0
    for place, element in enumerate(elements, 1):
        parts = _read(element.parts)
        columns.append(
            _Column(
                name=element.name,
                money=element.is_money,
                typed=not form
                and (
                    element.type in ("R", "N0", "TM")
                    or (element.type == "DT" and element.maximum >= 8)
                    or any(part.typed or part.form for part in parts)
                ),
                form=form,
                parts=parts,
            )
        )
        form = place if element.is_form else 0
    return tuple(columns)


def _text(
    place: int, column: _Column, value: str, component: str, repetition: str
) -> dict[str, Any]:
    """An element that is text: one value, repeated values, or components that are none."""
    if column.parts:
        return _composite(place, column, tuple(value.split(component)), component, repetition)
    entry: dict[str, Any] = {"element": place, "name": column.name}
    if repetition and repetition in value:
        return entry | {"values": value.split(repetition)}
    return entry | {"value": value}


def _composite(
    place: int, column: _Column, value: tuple[Any, ...], component: str, repetition: str
) -> dict[str, Any]:
    entry: dict[str, Any] = {"element": place, "name": column.name}
    if repetition and any(part.__class__ is str and repetition in part for part in value):
        # The mark stands in a text, so that the component after it was read as one before it.
        whole = component.join(str(each["value"]) for each in _parts(column, value, blanks=True))
        return entry | {
            "parts": [_parts(column, one.split(component)) for one in whole.split(repetition)]
        }
    return entry | {"parts": _parts(column, value)}


def _parts(column: _Column, value: Iterable[Any], *, blanks: bool = False) -> list[dict[str, Any]]:
    found = []
    for place, part in enumerate(value, 1):
        if part != "" or blanks:
            known = column.parts[place - 1] if place <= len(column.parts) else _TEXT
            found.append({"component": place, "name": known.name, "value": _value(known, part)})
    return found


def _value(column: _Column, value: Any) -> str | int:
    """A typed value as JSON has it."""
    match value:
        case int() if column.money:
            return plain(value)
        case Decimal():
            return format(value, "f")
        case date() | time():
            return value.isoformat()
        case first, last:
            return f"{first.isoformat()}/{last.isoformat()}"
        case int() | str():
            return value
    raise AssertionError("the tables have no other type")
