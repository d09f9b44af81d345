"""Types of forms, made up by hypothesis: any mixture of what a partner may write, with values."""

from __future__ import annotations

import itertools
import string
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from hypothesis import strategies as st

_NUMBERS = itertools.count()


class Rate(Enum):
    DAY = "day"
    EVENING_RATE = "evening_rate"


TEXTS = st.text(max_size=30)
SMALL = st.integers(-(10**12), 10**12)

SIMPLE: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (str, TEXTS),
    (Annotated[str, msgspec.Meta(max_length=5)], st.text(max_size=5)),
    (int, SMALL),
    (Annotated[int, msgspec.Meta(ge=0, le=180)], st.integers(0, 180)),
    (Annotated[int, msgspec.Meta(gt=-3, multiple_of=5)], st.integers(0, 9).map(lambda n: n * 5)),
    (float, st.floats(allow_nan=False, allow_infinity=False)),
    (Annotated[float, msgspec.Meta(gt=0, lt=1)], st.floats(0.001, 0.999)),
    (bool, st.booleans()),
    (Decimal, st.decimals(allow_nan=False, allow_infinity=False)),
    (date, st.dates()),
    (time, st.times()),
    (datetime, st.datetimes()),
    (timedelta, st.timedeltas(timedelta(0), timedelta(days=9))),
    (UUID, st.uuids()),
    (bytes, st.binary(max_size=9)),
    (Rate, st.sampled_from(Rate)),
    (Literal["av", "audio", ""], st.sampled_from(["av", "audio", ""])),
    (Literal[1, 2, "2"], st.sampled_from([1, 2, "2"])),
    (dict[str, int], st.dictionaries(TEXTS, SMALL, max_size=3)),
    (int | str, SMALL | TEXTS),
    (Any, st.none() | SMALL | TEXTS | st.lists(SMALL, max_size=2)),
    (frozenset[int], st.frozensets(SMALL, max_size=3)),
]  # fmt: skip
LISTED = SIMPLE[:17]


def _optional(one: tuple[Any, Any]) -> tuple[Any, Any]:
    return (one[0] | None, one[1] | st.none())


def _listed(one: tuple[Any, Any]) -> tuple[Any, Any]:
    return (tuple[one[0], ...], st.lists(one[1], max_size=4).map(tuple))


def fields(depth: int) -> st.SearchStrategy[tuple[Any, Any]]:
    simple = st.sampled_from(SIMPLE)
    kinds = [simple, simple.filter(lambda one: one[0] is not Any).map(_optional)]
    kinds.append(st.sampled_from(LISTED).map(_listed))
    if depth:
        group = structs(depth - 1)
        kinds += [group, group.map(_optional), group.map(_listed)]
        kinds.append(group.map(_listed).map(_optional))
    return st.one_of(kinds)


@st.composite
def structs(draw: Any, depth: int = 2) -> tuple[Any, Any]:
    """A type, and values of it. Some fields have defaults, some are called oddly."""
    made, values = [], {}
    names = st.text(string.ascii_lowercase, min_size=1, max_size=6).map(lambda name: f"{name}_x")
    for name in draw(st.lists(names, min_size=1, max_size=4, unique=True)):
        kind, some = draw(fields(depth))
        values[name] = some
        how = draw(st.integers(0, 2))
        if how == 1:
            default = draw(some)
            made.append((name, kind, msgspec.field(default_factory=lambda given=default: given)))
        elif how == 2 and kind in (str, int, date):
            made.append((name, kind, draw(some)))
        else:
            made.append((name, kind))
    rename = draw(st.sampled_from([None, "camel", lambda name: f"{name}.? é"]))
    made_type = msgspec.defstruct(
        f"T{next(_NUMBERS)}",
        made,
        kw_only=True,
        frozen=True,
        rename=rename,
        omit_defaults=draw(st.booleans()),
        forbid_unknown_fields=True,
    )
    return made_type, st.fixed_dictionaries(values).map(lambda given: made_type(**given))
