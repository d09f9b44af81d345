"""What a biller asks of an eligibility answer: is the patient covered, and what will they owe.

A payer says the same in many ways, so a question is answered from the statements that speak to it
most closely: those that name the service type, else those on the whole plan (30, or no service
type at all); those that name the network asked for, else those that make no difference between
networks. Where statements of the same closeness contradict each other, the answer is None: a
person must read them (``statements`` gives them).
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import date
from decimal import Decimal
from typing import TypeVar

from core.claims.claim import QualifiedDate
from core.claims.parties import Value
from core.dates import Window
from core.eligibility.answer import ACTIVE, INACTIVE, Benefit, EligibilityAnswer

Said = TypeVar("Said")

WHOLE_PLAN = "30"
COINSURANCE, COPAYMENT, DEDUCTIBLE, OUT_OF_POCKET, NOT_COVERED = "A", "B", "C", "G", "I"

# Dates (DTP01) that open, close or span coverage; others (admission, last update) bound nothing.
_BEGINS = frozenset(("346", "348", "356", "539", "340"))
_ENDS = frozenset(("347", "349", "357", "540", "341"))
_SPANS = frozenset(("291", "292", "307"))

# Periods (EB06) of an accumulator: the whole of it, what is left, what was used.
_TOTALS = frozenset(("", "21", "22", "23", "25", "32"))
_REMAINING = frozenset(("29", "33"))
_USED = frozenset(("24",))


class Accumulator(Value, frozen=True, kw_only=True):
    """A deductible or limit: the whole, what is left of it, what was used. None: not said.

    Of the last two one follows from the other when the whole is known.
    """

    total_cents: int | None = None
    remaining_cents: int | None = None
    used_cents: int | None = None


def statements(
    answer: EligibilityAnswer,
    information: Iterable[str],
    service_type: str = WHOLE_PLAN,
    in_network: bool | None = None,
    level: str = "",
    periods: Container[str] | None = None,
    insurance_kind: str = "",
) -> tuple[Benefit, ...]:
    """The statements with one of these EB01 codes that speak most closely to what is asked.

    ``in_network`` None takes either network, ``level`` empty any coverage level, ``periods`` None
    any EB06. ``insurance_kind`` leaves out other parts of the coverage: with MB (Medicare Part B)
    what is said of Part A. A statement on a single procedure never speaks to a service type.
    """
    wanted = frozenset(information)
    found = [
        benefit
        for benefit in answer.benefits
        if benefit.information in wanted
        and benefit.procedure is None
        and (periods is None or benefit.period in periods)
        and (not insurance_kind or benefit.insurance_kind in (insurance_kind, ""))
    ]
    if level:
        found = [b for b in found if b.level == level] or [b for b in found if not b.level]
    found = [b for b in found if service_type in b.service_types] or [
        b for b in found if not b.service_types or WHOLE_PLAN in b.service_types
    ]
    if in_network is not None:
        exact = "Y" if in_network else "N"
        found = [b for b in found if b.in_network == exact] or [
            b for b in found if b.in_network not in ("Y", "N")
        ]
    return tuple(found)


def coverage_window(dates: Iterable[QualifiedDate]) -> Window | None:
    """The days that plan, eligibility and benefit dates leave open together; None: no day.

    A plan or eligibility date of one day is the day coverage began.
    """
    first = last = None
    for each in dates:
        if each.qualifier in _BEGINS | _SPANS:
            first = each.first if first is None else max(first, each.first)
        ends = each.last
        if each.qualifier in _ENDS:
            ends = each.last or each.first
        if ends is not None and each.qualifier in _ENDS | _SPANS:
            last = ends if last is None else min(last, ends)
    if first is not None and last is not None and last < first:
        return None
    return Window(first, last)


def is_active(
    answer: EligibilityAnswer, service_type: str = WHOLE_PLAN, on: date | None = None
) -> bool | None:
    """Whether the patient is covered for ``service_type`` on the day; None when nothing says so.

    Coverage may have several parts; one in force is enough. Inactive coverage, or a service that
    is not covered in any network, is False. Dates of the statement itself go before those of the
    patient. Without ``on`` dates are not looked at.
    """
    found = [
        benefit
        for benefit in statements(answer, ACTIVE | INACTIVE | {NOT_COVERED}, service_type)
        if benefit.information != NOT_COVERED or benefit.in_network != "N"
    ] or statements(answer, ACTIVE | INACTIVE, service_type)
    if not found:
        return None
    active = [benefit for benefit in found if benefit.information in ACTIVE]
    if on is None or not active:
        return bool(active)
    general = answer.patient.dates if answer.patient is not None else ()
    windows = [coverage_window(b.dates if _bounded(b.dates) else general) for b in active]
    return any(window is not None and on in window for window in windows)


def _bounded(dates: tuple[QualifiedDate, ...]) -> bool:
    return any(each.qualifier in _BEGINS | _ENDS | _SPANS for each in dates)


def copay_cents(
    answer: EligibilityAnswer, service_type: str, in_network: bool = True
) -> int | None:
    """The copayment of a visit; None when none is said, or several are."""
    found = statements(answer, (COPAYMENT,), service_type, in_network)
    return _only(benefit.amount_cents for benefit in found)


def coinsurance(
    answer: EligibilityAnswer, service_type: str, in_network: bool = True
) -> Decimal | None:
    """The patient's share as a fraction (``0.2`` is 20 %); None when none is said, or several."""
    found = statements(answer, (COINSURANCE,), service_type, in_network)
    return _only(benefit.percent for benefit in found)


def deductible(
    answer: EligibilityAnswer,
    service_type: str = WHOLE_PLAN,
    in_network: bool = True,
    level: str = "IND",
    insurance_kind: str = "",
) -> Accumulator:
    """The deductible and what is left of it, for the person (IND) or the family (FAM)."""
    return _accumulator(answer, DEDUCTIBLE, service_type, in_network, level, insurance_kind)


def out_of_pocket(
    answer: EligibilityAnswer,
    service_type: str = WHOLE_PLAN,
    in_network: bool = True,
    level: str = "IND",
    insurance_kind: str = "",
) -> Accumulator:
    """The most the patient pays in a year, and what is left of it."""
    return _accumulator(answer, OUT_OF_POCKET, service_type, in_network, level, insurance_kind)


def needs_authorization(
    answer: EligibilityAnswer, service_type: str, in_network: bool | None = None
) -> bool | None:
    """Whether any statement on the service asks for an authorization; None when none says so."""
    named = [
        benefit
        for benefit in answer.benefits
        if service_type in benefit.service_types
        and (in_network is None or benefit.in_network != ("N" if in_network else "Y"))
    ]
    marks = {benefit.authorization for benefit in named}
    return True if "Y" in marks else False if "N" in marks else None


def _accumulator(
    answer: EligibilityAnswer,
    information: str,
    service_type: str,
    in_network: bool,
    level: str,
    insurance_kind: str,
) -> Accumulator:
    total, remaining, used = (
        _only(
            benefit.amount_cents
            for benefit in statements(
                answer, (information,), service_type, in_network, level, periods, insurance_kind
            )
        )
        for periods in (_TOTALS, _REMAINING, _USED)
    )
    if total is not None and remaining is None and used is not None:
        remaining = max(total - used, 0)
    elif total is not None and used is None and remaining is not None:
        used = max(total - remaining, 0)
    return Accumulator(total_cents=total, remaining_cents=remaining, used_cents=used)


def _only(values: Iterable[Said | None]) -> Said | None:
    """The one value that is said; None when there is none or more than one."""
    said = {value for value in values if value is not None}
    return said.pop() if len(said) == 1 else None
