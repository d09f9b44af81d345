"""Judges of the rows for 835, 277CA and 999; see ``core.x12.situation_judges``."""

from __future__ import annotations

from core.x12.elements import at
from core.x12.situation_judges import FINE, cents, first_of, later, zero
from core.x12.situation_notation import Blames, Judge, View

# A payment may be dated for the day it will arrive; no payer dates it further ahead.
PAYMENT_DAYS_AHEAD = 60


def paid_too_late(view: View, values: list[str]) -> Blames:
    """BPR16 long after the file was made."""
    text = at(values, 16)
    late = view.scene_day and len(text) == 8 and text > later(view.scene_day, PAYMENT_DAYS_AHEAD)
    return ((16, 0),) if late else FINE


def nothing_paid(_: View, values: list[str]) -> Blames:
    """BPR over nothing."""
    return ((4, 0),) if zero(at(values, 2)) else FINE


def bank_data_missing(_: View, values: list[str]) -> Blames:
    """BPR05 to 10 and 12 to 15 of an electronic payment."""
    for element in (*range(6, 11), *range(12, 16)):
        if not at(values, element):
            return ((element, 0),)
    return FINE


def originator_differs(view: View, values: list[str]) -> Blames:
    """TRN03 is not BPR10."""
    for _, segment in view.frame.segments:
        if segment[0] == "BPR" and at(segment, 10):
            return ((3, 0),) if at(values, 3) != at(segment, 10) else FINE
    return FINE


def originator_not_a_tax_number(_: View, values: list[str]) -> Blames:
    """TRN03 is not 1 and nine digits."""
    text = at(values, 3)
    fits = len(text) == 10 and text[0] == "1" and text.isdecimal()
    return FINE if fits or not text else ((3, 0),)


def _claim_day(view: View, kind: str) -> str:
    return at(first_of(view.segments("2100"), "DTM", kind), 2)


def claim_period_reversed(view: View, values: list[str]) -> Blames:
    """DTM*233 before DTM*232 of the same claim."""
    begin, end = _claim_day(view, "232"), at(values, 2)
    return ((2, 0),) if len(begin) == len(end) == 8 and end < begin else FINE


def service_period_reversed(view: View, values: list[str]) -> Blames:
    """DTM*151 before DTM*150 of the same service."""
    begin, end = at(first_of(view.frame.segments, "DTM", "150"), 2), at(values, 2)
    return ((2, 0),) if len(begin) == len(end) == 8 and end < begin else FINE


def _reasons(values: list[str]) -> list[tuple[int, str]]:
    return [(e, values[e]) for e in range(2, len(values), 3) if values[e]]


def reason_twice(_: View, values: list[str]) -> Blames:
    """CAS: a reason that stands in the segment already."""
    seen: set[str] = set()
    found = []
    for element, reason in _reasons(values):
        if reason in seen:
            found.append((element, 0))
        seen.add(reason)
    return found


def adjustment_zero(_: View, values: list[str]) -> Blames:
    """CAS: amounts of nothing."""
    return [(e, 0) for e in range(3, len(values), 3) if zero(values[e])]


def provider_adjustment_zero(_: View, values: list[str]) -> Blames:
    """PLB: amounts of nothing."""
    return [(e, 0) for e in range(4, len(values), 2) if zero(values[e])]


# Reasons whose own definition asks for a remark code beside them.
_ASK_FOR_A_REMARK = frozenset(
    ("16", "96", "125", "129", "148", "226", "227", "234", "237", "252", "267", "A1")
)


def may_ask_for_a_remark(text: str) -> bool:
    """Whether this is one of the reasons that need a remark code."""
    return text in _ASK_FOR_A_REMARK


def reason_without_remark(view: View, values: list[str]) -> Blames:
    """CAS: a reason that needs a remark code, and none at the line (LQ) or claim (MIA, MOA)."""
    asked = [(e, 0) for e, reason in _reasons(values) if reason in _ASK_FOR_A_REMARK]
    if not asked:
        return FINE
    for _, segment in view.frame.segments:
        if segment[0] == "LQ":
            return FINE
    for _, segment in view.segments("2100"):
        places = {"MOA": range(3, 8), "MIA": (5, *range(20, 24))}.get(segment[0], ())
        if any(at(segment, place) for place in places):
            return FINE
    return asked


def tally_claim(view: View, values: list[str]) -> Blames:
    """Count the claim of this STC at its provider and its batch; blames nothing."""
    first = next((s for _, s in view.frame.segments if s[0] == "STC"), None)
    if first is values:
        name = "rejected" if at(values, 3) == "U" else "accepted"
        for loop in ("2000B", "2000C"):
            view.tally(loop, name, 1)
    return FINE


def count_differs(name: str) -> Judge:
    """QTY: the number of claims is not that of the claims told of (where any are)."""

    def judge(view: View, values: list[str]) -> Blames:
        numbers = view.tallies.get(view.frame)
        told = cents(at(values, 2))
        if not numbers or told is None or told == numbers.get(name, 0) * 100:
            return FINE
        return ((2, 0),)

    return judge


def _counts(values: list[str], first: int, second: int) -> tuple[int, int] | None:
    low, high = at(values, first), at(values, second)
    if not (low.isdecimal() and high.isdecimal() and len(low) < 10 and len(high) < 10):
        return None
    return int(low), int(high)


def accepted_more_than_received(_: View, values: list[str]) -> Blames:
    """AK9: more transactions accepted than received."""
    counts = _counts(values, 4, 3)
    return ((4, 0),) if counts and counts[0] > counts[1] else FINE


def verdict_against_counts(_: View, values: list[str]) -> Blames:
    """AK9: verdict R with transactions accepted, or A with some that were not."""
    counts = _counts(values, 4, 3)
    if counts is None:
        return FINE
    accepted, received = counts
    verdict = at(values, 1)
    wrong = (verdict == "R" and accepted) or (verdict == "A" and accepted < received)
    return ((1, 0),) if wrong else FINE
