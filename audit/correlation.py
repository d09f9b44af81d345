"""One number for all that a request, a job or a command does.

It stands in the answer, in every log line and in every audit event of that piece of work, so that
one leads to the others. It is made here, never taken from whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID, uuid4

_at_hand: ContextVar[UUID | None] = ContextVar("work_at_hand", default=None)


def number() -> UUID | None:
    """The number of the work at hand; None outside of any."""
    return _at_hand.get()


@contextmanager
def piece_of_work(given: UUID | None = None) -> Iterator[UUID]:
    """What happens inside belongs together, under ``given`` or a number of its own."""
    made = given or uuid4()
    before = _at_hand.set(made)
    try:
        yield made
    finally:
        _at_hand.reset(before)
