"""A plugin's types are written down as data and made again, whole."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest

from plugins.confined.types import UnsupportedTypeError, described, made


class Colour(StrEnum):
    """What it looks like."""

    BLUE = "blue"
    GREEN = "green"


class Grade(IntEnum):
    LOW = 1
    HIGH = 2


class Eye(msgspec.Struct, frozen=True):
    """One eye."""

    side: Literal["left", "right"]
    sphere: Decimal = Decimal("-1.25")


class Glasses(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Glasses."""

    ordered_on: date
    frame_name: Annotated[str, msgspec.Meta(title="Frame", description="Its name", max_length=9)]
    secret: Annotated[
        str, msgspec.Meta(extra={"secret": True}, extra_json_schema={"writeOnly": True})
    ] = ""
    colour: Colour = Colour.BLUE
    grade: Grade = Grade.LOW
    eyes: tuple[Eye, ...] = (Eye(side="left"),)
    both: tuple[int, str] = (1, "a")
    days: list[date] = []
    later: list[int] = msgspec.field(default_factory=lambda: [1, 2])
    by_name: dict[str, tuple[str, ...]] = {}
    words: set[str] = set()
    kept: frozenset[int] = frozenset()
    at: time | None = None
    seen: datetime | None = None
    id: UUID | None = None
    count: Annotated[int, msgspec.Meta(ge=0, le=9)] | None = None
    price: float = 1.5
    anything: Any = None
    body: bytes = b"x"
    ready: bool = False


def again(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    return made(msgspec.msgpack.decode(msgspec.msgpack.encode(described(kind))))


def test_a_type_made_again_is_like_the_one_it_was_made_from() -> None:
    copy = again(Glasses)
    assert msgspec.json.schema(copy) == msgspec.json.schema(Glasses)
    assert described(copy) == described(Glasses)
    assert (copy.__module__, copy.__qualname__) == (Glasses.__module__, Glasses.__qualname__)


@pytest.mark.parametrize(
    "text",
    [
        b'{"orderedOn":"2026-01-31","frameName":"Round"}',
        b'{"orderedOn":"2026-01-31","frameName":"Round","eyes":[{"side":"right"}],"grade":2}',
        b'{"orderedOn":"2026-01-31","frameName":"Round","count":9,"later":[3],"at":"09:30:00"}',
    ],
)
def test_it_reads_the_same_json_to_the_same_values(text: bytes) -> None:
    there, here = (msgspec.json.decode(text, type=kind) for kind in (again(Glasses), Glasses))
    assert msgspec.to_builtins(there) == msgspec.to_builtins(here)


@pytest.mark.parametrize(
    "text",
    [
        b"{}",
        b'{"orderedOn":"2026-01-31","frameName":"much too long"}',
        b'{"orderedOn":"2026-01-31","frameName":"Round","count":10}',
        b'{"orderedOn":"2026-01-31","frameName":"Round","strange":1}',
        b'{"orderedOn":"2026-01-31","frameName":"Round","colour":"red"}',
    ],
)
def test_it_refuses_the_same_json(text: bytes) -> None:
    for kind in (Glasses, again(Glasses)):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(text, type=kind)


class Tree(msgspec.Struct):
    branches: list[Tree] = []


class Opaque(msgspec.Struct):
    something: complex = 1j


@pytest.mark.parametrize("kind", [Tree, Opaque])
def test_what_no_form_can_show_is_refused(kind: type[msgspec.Struct]) -> None:
    with pytest.raises(UnsupportedTypeError):
        described(kind)


@pytest.mark.parametrize(
    "told",
    [
        {}, {"kind": "int"}, {"kind": "struct"}, {"kind": "nonsense"},
        {"kind": "struct", "name": "X", "module": "m", "doc": "", "fields": [{"name": "x"}]},
        described(Eye) | {"fields": [{"name": "__post_init__", "type": {"kind": "int"}}]},
        described(Eye) | {"fields": [{"name": "class", "type": 7, "default": 1}]},
    ],
)  # fmt: skip
def test_a_description_that_describes_nothing_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no "):
        made(told)
