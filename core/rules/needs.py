"""What a rule must be given to judge: declared by the rule, loaded once for a whole batch."""

from __future__ import annotations

from datetime import date

from core.claims.parties import Value


class HistoryNeed(Value, frozen=True, kw_only=True):
    """Earlier services of the patient: these codes (none = every code), so many days back."""

    codes: tuple[str, ...] = ()
    look_back_days: int


class Needs(Value, frozen=True, kw_only=True):
    """The facts outside the claim a rule reads. What is not loaded means: no opinion."""

    history: tuple[HistoryNeed, ...] = ()
    authorizations: bool = False
    eligibility: bool = False
    accumulators: tuple[str, ...] = ()
    episode: bool = False
    assessment: bool = False
    consents: bool = False
    tables: tuple[str, ...] = ()


class HistoryToLoad(Value, frozen=True, kw_only=True):
    """For one claim: services from ``first`` on; ``codes`` empty = every code."""

    claim_number: str
    codes: tuple[str, ...]
    first: date


class NeedsToLoad(Value, frozen=True, kw_only=True):
    """What a batch asks for; each field is one query for all its claims.

    ``authorizations``, ``eligibility``, ``accumulators``, ``episodes``, ``assessments`` and
    ``consents`` list claim numbers; ``accumulator_names`` and ``tables`` are names.
    """

    history: tuple[HistoryToLoad, ...] = ()
    authorizations: tuple[str, ...] = ()
    eligibility: tuple[str, ...] = ()
    accumulators: tuple[str, ...] = ()
    accumulator_names: tuple[str, ...] = ()
    episodes: tuple[str, ...] = ()
    assessments: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
