"""What went wrong in a confined plugin, as values that whoever asked may keep."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum

from core.claims.parties import Value


class FaultKind(StrEnum):
    """In what way a plugin failed."""

    RAISED = "raised"
    """A function of it raised."""
    OVERSTAYED = "overstayed"
    """It took longer than its budget, and its process was ended."""
    MEMORY = "memory"
    """It asked for more memory than it may have."""
    WRONG_ANSWER = "wrong_answer"
    """It answered with something its contract does not allow."""
    TOO_LONG = "too_long"
    """It answered with more than an answer may hold."""
    ENDED = "ended"
    """Its process ended by itself."""
    RESTING = "resting"
    """It failed too often in a row and is not asked for a while."""


WORDS = {
    FaultKind.RAISED: "failed",
    FaultKind.OVERSTAYED: "took too long",
    FaultKind.MEMORY: "used too much memory",
    FaultKind.WRONG_ANSWER: "answered with something its contract does not allow",
    FaultKind.TOO_LONG: "answered with more than an answer may hold",
    FaultKind.ENDED: "ended its process",
    FaultKind.RESTING: "was not asked: its plugin failed too often and rests for a while",
}
"""How a sentence about a rule goes on."""


class PluginFault(Value, frozen=True, kw_only=True):
    """One fault. ``rule`` is empty where no single rule is to blame, ``error`` the built-in class
    of what was raised; what it said is never kept. ``holds``: whether it held the claim.
    """

    plugin: str
    version: str
    hook: str
    kind: FaultKind
    rule: str = ""
    error: str = ""
    holds: bool = True


_GATHERED: ContextVar[list[PluginFault] | None] = ContextVar("gathered", default=None)


@contextmanager
def gathered() -> Iterator[list[PluginFault]]:
    """The faults of what is asked inside, by this thread, in their order."""
    found: list[PluginFault] = []
    token = _GATHERED.set(found)
    try:
        yield found
    finally:
        _GATHERED.reset(token)


def note(fault: PluginFault) -> None:
    """Hand ``fault`` to whoever gathers them."""
    found = _GATHERED.get()
    if found is not None:
        found.append(fault)
