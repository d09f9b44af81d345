"""What to do after a denial, and the dates a person must meet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import msgspec

from core.claims.claim import VisitFacts
from core.claims.parties import PayerKind
from core.rules.rule import Rule


class DenialPlay(Rule, frozen=True, kw_only=True):
    """A denial by these codes -> the next step.

    Empty ``groups``, ``rarcs`` or ``payer_kinds`` mean any. ``deadline_days`` count from the day
    of the remittance. ``owner`` is the role that acts (``biller``, ``practice``).
    """

    carcs: tuple[str, ...]
    step: str
    groups: tuple[str, ...] = ()
    rarcs: tuple[str, ...] = ()
    payer_kinds: tuple[PayerKind, ...] = ()
    code_prefixes: tuple[str, ...] = ()
    deadline_days: int = 30
    owner: str = "biller"


class DueDate(msgspec.Struct, frozen=True, kw_only=True):
    """A day by which something must be done, and from when it may be."""

    due: date
    opens: date | None = None


class Deadline(Rule, frozen=True, kw_only=True):
    """A date that follows from a visit or episode; ``due`` is None where none does.

    ``due`` gets the facts of the encounter (or claim) and is pure.
    """

    due: Callable[[VisitFacts], DueDate | None]
    owner: str = "biller"
