"""Row ids made here, before the first write: UUID version 7 (RFC 9562), ordered by time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from uuid import UUID

_VERSION_AND_VARIANT = (0x7 << 76) | (0x2 << 62)
_RANDOM_BITS = (1 << 74) - 1


def new_id() -> UUID:
    """A UUIDv7 of this millisecond."""
    return next(new_ids(1))


def new_ids(count: int) -> Iterator[UUID]:
    """``count`` UUIDv7 of this millisecond, in ascending order.

    The random part counts up inside one call, as the RFC allows, so a batch keeps its order and
    asks the operating system for randomness once.
    """
    millisecond = time.time_ns() // 1_000_000
    start = int.from_bytes(os.urandom(10), "big") & (_RANDOM_BITS >> 2)
    head = (millisecond << 80) | _VERSION_AND_VARIANT
    for value in range(start, start + count):
        yield UUID(int=head | ((value >> 62) << 64) | (value & ((1 << 62) - 1)))
