"""An authorization of sessions: families, visits, hours, pending, weeks (PS-056, PS-076)."""

from __future__ import annotations

from typing import Any

import pytest

from core.codes.diagnosis_book import IcdBook
from tests.plugins.behavioral_health.documents import (
    answer,
    before,
    document,
    held,
    line,
    units,
)

SESSIONS = ["90832", "90834", "90837"]
VISITS = {"auth_required_codes": SESSIONS, "auth_unit": "visit"}
HOURS = {"auth_required_codes": "all", "auth_unit": "hour"}
WEEK = {"frequency_limits": [{"codes": SESSIONS, "max": 2, "per": "week"}]}


def auth(**changes: Any) -> dict[str, Any]:
    return {
        "number": "A1",
        "codes": SESSIONS,
        "from": "2026-01-01",
        "to": "2026-06-30",
        "units_approved": 20,
        "units_used": 10,
        **changes,
    }


def asked(*auths: dict[str, Any], lines: Any = None, **changes: Any) -> dict[str, Any]:
    given = {"policy": VISITS, **changes}
    return document(*(lines or (line("90834", 45),)), auths=list(auths), **given)


CASES = (
    ("none on file", asked(), "missing"),
    ("a number alone", asked(claim={"auth_number": "A1"}), ""),
    ("room", asked(auth()), ""),
    ("the last visit", asked(auth(units_used=19)), ""),
    ("used up", asked(auth(units_used=20)), "exhausted"),
    ("pending reserves", asked(auth(units_used=18, units_pending=2)), "exhausted"),
    ("the last day", asked(auth(to="2026-05-12")), ""),
    ("over by a day", asked(auth(to="2026-05-11")), "expired"),
    ("not begun", asked(auth(**{"from": "2026-05-13"})), "expired"),
    ("another service", asked(auth(codes=["90853"])), "code_mismatch"),
    ("a session of another length", asked(auth(codes=["90837"])), ""),
    ("another provider", asked(auth(provider_npi="1456789126")), "provider_mismatch"),
    (
        "a void gives back",
        asked(auth(units_used=20), claim={"frequency_code": "8", "original_ref": "X"}),
        "",
    ),
    (
        "two visits of two days, one left",
        asked(
            auth(units_used=19),
            lines=(line("90834", 45), line("90834", 45, dos="2026-05-13")),
        ),
        "exhausted",
    ),
    (
        "the one that ends first is taken first, then the next",
        asked(
            auth(number="A1", units_used=19),
            auth(number="A2", to="2026-12-31"),
            lines=(line("90834", 45), line("90834", 45, dos="2026-05-13")),
        ),
        "",
    ),
    ("a long session is one visit", asked(auth(units_used=19), lines=(line("90837", 60),)), ""),
    (
        "hours by documented minutes",
        asked(
            auth(codes=["97153"], units_approved=2, units_used=0),
            lines=(units("97153", 8, 120),),
            policy=HOURS,
            by="RBT",
            dx=["F84.0"],
        ),
        "",
    ),
    (
        "a quarter of an hour too much",
        asked(
            auth(codes=["97153"], units_approved=2, units_used=0),
            lines=(units("97153", 9, 135),),
            policy=HOURS,
            by="RBT",
            dx=["F84.0"],
        ),
        "exhausted",
    ),
)


@pytest.mark.parametrize(("title", "given", "reason"), CASES, ids=[one[0] for one in CASES])
def test_an_authorization_covers_or_says_why_not(
    title: str, given: dict[str, Any], reason: str, icd: IcdBook
) -> None:
    found = [one for one in answer(given, icd)["findings"] if one["rule"] == "PS-056"]
    assert [one["reason"] for one in found] == ([reason] if reason else [])


def test_a_weekly_maximum_counts_what_the_week_had(icd: IcdBook) -> None:
    this_week = [before("90834", "2026-05-10"), before("90837", "2026-05-11")]
    last_week = [before("90834", "2026-05-08"), before("90837", "2026-05-09")]
    full = document(line("90834", 45), policy=WEEK, history=this_week)
    free = document(line("90834", 45), policy=WEEK, history=last_week)
    assert held(answer(full, icd)) == {"PS-076 deny 1"}
    assert held(answer(free, icd)) == set()
