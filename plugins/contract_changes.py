"""What changed, and will change, in the contract with partners: ``plugin compat`` reads it.

Within a contract only additions are made, and an addition breaks nobody: it is not listed. What is
to go is listed as deprecated for a whole contract before it goes, with what takes its place. A
program of one contract takes plugins of the one before.
"""

from __future__ import annotations

from enum import StrEnum

from core.claims.parties import Value
from plugins.spec import CONTRACT


class Part(StrEnum):
    """What of the contract a change is about."""

    HOOK = "hook"
    """A hook, by name: ``claim_edits``."""
    ARGUMENT = "argument"
    """An argument of a hook: ``claim_edits.settings``."""
    FIELD = "field"
    """A field of a value that plugins make: ``ClaimEdit.stops``."""
    NAME = "name"
    """A name that ``plugins`` offers: ``fee_rows``."""


class ContractChange(Value, frozen=True, kw_only=True):
    """One thing that goes. ``deprecated`` and ``removed`` are contracts; 0: not yet decided."""

    part: Part
    subject: str
    deprecated: int = 0
    removed: int = 0
    instead: str = ""


CHANGES: tuple[ContractChange, ...] = ()
"""Nothing has been announced to go so far."""

NEXT = CONTRACT + 1
"""The contract after this one."""

TAKES_BEFORE = 1
"""How many contracts back a program takes plugins of."""
