"""Row ids made here, before the first write: UUID version 7 (RFC 9562), ordered by time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from threading import Lock
from uuid import UUID

import msgspec

_VERSION_AND_VARIANT = (0x7 << 76) | (0x2 << 62)
_RANDOM_BITS = 74
_LOW_BITS = 62

_lock = Lock()
_last = 0


def new_id() -> UUID:
    """A UUIDv7 of this millisecond."""
    return UUID(int=_bits(_first_of(1)))


def new_ids(count: int) -> Iterator[UUID]:
    """``count`` UUIDv7, ascending, and above every id this process has made before.

    The random part counts up, as the RFC allows (section 6.2, method 2), so what was made later
    sorts later also within a millisecond. The step between two calls is random too, so that two
    processes forked from one do not follow the same series.
    """
    first = _first_of(count)
    # Many from their digits at once, in a third of the time of as many calls of the class.
    digits = [f"{_bits(value):032x}" for value in range(first, first + count)]
    return iter(msgspec.convert(digits, list[UUID]))


def _first_of(count: int) -> int:
    """The first of ``count`` values that nobody else of this process gets."""
    global _last
    millisecond = time.time_ns() // 1_000_000
    drawn = int.from_bytes(os.urandom(14), "big")
    step, start = drawn >> 80, drawn & ((1 << (_RANDOM_BITS - 2)) - 1)
    with _lock:
        first = max((millisecond << _RANDOM_BITS) | start, _last + 1 + step)
        _last = first + count
    return first


def _bits(value: int) -> int:
    """48 bits of time, 12 bits, 62 bits, with version and variant between them."""
    high, low = value >> _LOW_BITS, value & ((1 << _LOW_BITS) - 1)
    return ((high >> 12) << 80) | ((high & 0xFFF) << 64) | _VERSION_AND_VARIANT | low
