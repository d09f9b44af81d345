"""The form loaded tables lie in: named runs of bytes behind a short heading.

Readers of a table look into the runs where they lie, mapped into memory, so that a table costs
what is asked of it, and processes share it. Numbers are little endian; a run begins at a
multiple of eight bytes.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Literal

import msgspec

from core.errors import IntegrityError

_MAGIC = b"CWTABLE1"
_START = len(_MAGIC) + 4
_STEP = 8
_IS_BIG_ENDIAN = array("H", [1]).tobytes()[0] == 0


class _Heading(msgspec.Struct):
    about: dict[str, str]
    runs: dict[str, tuple[int, int]]


def pack(runs: Mapping[str, bytes], about: Mapping[str, str] | None = None) -> bytes:
    """One run of bytes of many, with some words about them."""
    places: dict[str, tuple[int, int]] = {}
    at = 0
    for name, run in runs.items():
        places[name] = (at, len(run))
        at += _padded(len(run))
    heading = msgspec.json.encode(_Heading(about=dict(about or {}), runs=places))
    whole = bytearray(_MAGIC + len(heading).to_bytes(4, "little") + heading)
    whole.extend(bytes(_padded(len(whole)) - len(whole)))
    for run in runs.values():
        whole.extend(run)
        whole.extend(bytes(_padded(len(run)) - len(run)))
    return bytes(whole)


def unpack(data: bytes | memoryview) -> tuple[dict[str, memoryview], dict[str, str]]:
    """The runs where they lie in ``data``, and the words; ``IntegrityError`` when it is none."""
    view = memoryview(data).toreadonly()
    size = int.from_bytes(view[len(_MAGIC) : _START], "little")
    try:
        if bytes(view[: len(_MAGIC)]) != _MAGIC:
            raise ValueError
        heading = msgspec.json.decode(view[_START : _START + size], type=_Heading)
    except (ValueError, msgspec.DecodeError):
        raise IntegrityError("a loaded table is damaged; load its file again") from None
    start = _padded(_START + size)
    if any(start + at + length > len(view) for at, length in heading.runs.values()):
        raise IntegrityError("a loaded table is cut off; load its file again")
    runs = {
        name: view[start + at : start + at + length] for name, (at, length) in heading.runs.items()
    }
    return runs, heading.about


def numbers_to_bytes(numbers: array[int]) -> bytes:
    """The bytes of ``numbers``, little endian."""
    if _IS_BIG_ENDIAN:
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


def numbers(run: memoryview, form: Literal["H", "I"]) -> array[int] | memoryview:
    """``run`` as numbers of the form H (two bytes), I (four); not copied where that can be."""
    if _IS_BIG_ENDIAN:
        swapped = array(form, run.tobytes())
        swapped.byteswap()
        return swapped
    return run.cast(form)


def texts_to_bytes(texts: list[str]) -> bytes:
    """Texts without line ends, one a line."""
    return "\n".join(texts).encode()


def texts(run: memoryview) -> list[str]:
    """What ``texts_to_bytes`` was given."""
    return str(run, "utf-8").split("\n") if len(run) else []


def _padded(length: int) -> int:
    return -(-length // _STEP) * _STEP
