"""Payer policies: named knobs by payer kind, payer, plan, state and date.

Edits read knobs and never a payer's name. The names are those of scrub document v1, section 4,
with ``telehealth.`` before the members of its ``telehealth`` object.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec

from core.claims.parties import Payer, PayerKind, Value
from core.errors import InputError
from core.rules.rule import Layer, Rule


class FrequencyLimit(Value, frozen=True, kw_only=True):
    """``codes`` together at most ``maximum`` times ``per`` period.

    ``per`` is day, week, month, year, lifetime, calendar_year, or rolling_months with ``months``.
    """

    codes: tuple[str, ...]
    maximum: int
    per: str
    months: int = 0


KnobValue = (
    bool
    | int
    | str
    | tuple[str, ...]
    | Mapping[str, tuple[str, ...]]
    | tuple[FrequencyLimit, ...]
    | None
)

_TEXT, _NUMBER, _FLAG, _CODES, _MAP, _LIMITS = "text", "number", "flag", "codes", "map", "limits"

KNOBS: Mapping[str, str] = {
    "timely": _TEXT,
    "timely_filing_days": _NUMBER,
    "corrected_claim_days": _NUMBER,
    "secondary_filing_days": _NUMBER,
    "requires_taxonomy": _FLAG,
    "requires_ndc": _FLAG,
    "allow_zero_charge_codes": _CODES,
    "auth_required_codes": _CODES,
    "auth_unit": _TEXT,
    "auth_families": _MAP,
    "auth_warn_pct": _NUMBER,
    "timed_unit_method": _TEXT,
    "bilateral_format": _TEXT,
    "mue_source": _TEXT,
    "cob_method": _TEXT,
    "frequency_limits": _LIMITS,
    "credential_modifiers": _MAP,
    "same_day_scope": _TEXT,
    "bh_primary_dx": _TEXT,
    "diag_eval_interval_days": _NUMBER,
    "iop_inclusive": _FLAG,
    "aba_requires_autism_dx": _FLAG,
    "sbirt": _TEXT,
    "requires_start_stop": _FLAG,
    "incident_to": _TEXT,
    "plan_funding": _TEXT,
    "telehealth.pos_mode": _TEXT,
    "telehealth.modifier_av": _TEXT,
    "telehealth.modifier_audio": _TEXT,
    "telehealth.accepts_98000": _FLAG,
    "telehealth.covered_codes": _CODES,
    "telehealth.audio_codes": _CODES,
    "telehealth.requires_consent": _FLAG,
    "telehealth.requires_instate_license": _FLAG,
    "telehealth.parity": _TEXT,
    "telehealth.facility_rate_for_02": _FLAG,
}
"""The platform's knobs and their kinds. A plugin may add its own under ``<plugin name>.``."""

EVERY_CODE = ("all",)
"""A list of codes that names every code."""

NAMED_LISTS = frozenset({"all", "none", "medicare_list"})
"""Words that stand for a list of codes; ``medicare_list`` is whatever Medicare publishes."""


class Policy(msgspec.Struct, frozen=True):
    """The knobs in force for one payer on one day. Absent = the payer has said nothing."""

    knobs: Mapping[str, KnobValue]

    def text(self, name: str, default: str = "") -> str:
        """A word, or ``default``."""
        value = self.knobs.get(name)
        return value if isinstance(value, str) else default

    def number(self, name: str) -> int | None:
        """A whole number, or None."""
        value = self.knobs.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def flag(self, name: str, default: bool = False) -> bool:
        """Yes or no."""
        value = self.knobs.get(name)
        return value if isinstance(value, bool) else default

    def codes(self, name: str) -> tuple[str, ...]:
        """A list of codes; empty when the payer has said nothing."""
        value = self.knobs.get(name)
        return tuple(str(item) for item in value) if isinstance(value, tuple) else ()

    def lists_code(self, name: str, code: str) -> bool:
        """Whether the list ``name`` holds ``code``, or every code."""
        listed = self.codes(name)
        return listed == EVERY_CODE or code in listed

    def mapping(self, name: str) -> Mapping[str, tuple[str, ...]]:
        """A table of lists; empty when the payer has said nothing."""
        value = self.knobs.get(name)
        return value if isinstance(value, Mapping) else {}

    def limits(self, name: str) -> tuple[FrequencyLimit, ...]:
        """A list of frequency limits; empty when the payer has said nothing."""
        value = self.knobs.get(name)
        items = value if isinstance(value, tuple) else ()
        return tuple(item for item in items if isinstance(item, FrequencyLimit))

    def states(self, name: str) -> bool:
        """Whether the payer has said anything about ``name``."""
        return self.knobs.get(name) is not None


class PayerPolicy(Rule, frozen=True, kw_only=True):
    """Knobs for the payers it names; an empty selector means any.

    More than one may match: a later layer wins, then the one that names payers, then plans, then
    states, then kinds. Two of equal rank that disagree are refused when the book is built.
    """

    knobs: Mapping[str, KnobValue]
    payer_kinds: tuple[PayerKind, ...] = ()
    payer_ids: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    layer: Layer = Layer.PAYER

    @property
    def rank(self) -> tuple[int, ...]:
        """Higher wins."""
        named = (self.payer_ids, self.plans, self.states, self.payer_kinds)
        return (self.layer.rank, *(int(bool(names)) for names in named))

    def covers(self, payer: Payer) -> bool:
        """Whether it speaks of ``payer``."""
        return (
            _among(payer.kind, self.payer_kinds)
            and _among(payer.payer_id, self.payer_ids)
            and _among(payer.plan, self.plans)
            and _among(payer.state, self.states)
        )


def _among(value: str, names: Sequence[str]) -> bool:
    return not names or value in names


def resolve(policies: Iterable[PayerPolicy], payer: Payer, day: date | None) -> Policy:
    """The knobs for ``payer`` on ``day``. ``policies`` come sorted by rank, lowest first."""
    knobs: dict[str, KnobValue] = {}
    for policy in policies:
        if policy.covers(payer) and (day is None or day in policy.effective):
            knobs.update(policy.knobs)
    return Policy(knobs)


def in_rank_order(policies: Iterable[PayerPolicy]) -> tuple[PayerPolicy, ...]:
    """Sorted for ``resolve``; ``InputError`` where two of equal rank contradict each other."""
    ranked = tuple(sorted(policies, key=lambda policy: (policy.rank, policy.id)))
    for place, one in enumerate(ranked):
        _check_knobs(one)
        for other in ranked[place + 1 :]:
            if other.rank == one.rank and collide(one, other):
                raise InputError(
                    f"payer policies {one.id} and {other.id} have equal rank and disagree; "
                    "give one of them a narrower payer, plan, state or window"
                )
    return ranked


def collide(one: PayerPolicy, other: PayerPolicy) -> bool:
    """Whether two say different things about the same payers on the same days."""
    return (
        one.effective.overlaps(other.effective)
        and _meet(one.payer_kinds, other.payer_kinds)
        and _meet(one.payer_ids, other.payer_ids)
        and _meet(one.plans, other.plans)
        and _meet(one.states, other.states)
        and any(other.knobs.get(name, value) != value for name, value in one.knobs.items())
    )


def _meet(one: Sequence[str], other: Sequence[str]) -> bool:
    return not one or not other or not set(one).isdisjoint(other)


def _check_knobs(policy: PayerPolicy) -> None:
    for name, value in policy.knobs.items():
        kind = KNOBS.get(name)
        if kind is None and "." not in name:
            raise InputError(f"payer policy {policy.id} names an unknown knob: {name}")
        if kind is not None and value is not None and not _fits(kind, value):
            raise InputError(f"payer policy {policy.id}: knob {name} must be of kind {kind}")


def _fits(kind: str, value: KnobValue) -> bool:
    if kind == _FLAG:
        return isinstance(value, bool)
    if kind == _NUMBER:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == _TEXT:
        return isinstance(value, str)
    if kind == _MAP:
        return isinstance(value, Mapping)
    wanted = FrequencyLimit if kind == _LIMITS else str
    return isinstance(value, tuple) and all(isinstance(item, wanted) for item in value)
