"""What a waiver lets pass, and what it never does."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.dates import Window
from core.rules.edits import ClaimEdit, Gate
from core.rules.facts import ScrubFacts
from core.rules.rulebook import RuleBook, RuleSet, compile_rule_book
from core.scrub.engine import scrub
from core.scrub.finding import Finding, Flag, Severity
from core.scrub.waivers import Waiver
from tests.core.scrub.trials import CLEAN, TODAY

FIRST, LAST = TODAY - timedelta(days=3), TODAY + timedelta(days=3)
PAYER = CLEAN.payer.payer_id


def every_line(case: Any, lines: Any) -> list[Flag]:
    return [Flag(message="seen", line_no=line.line_no) for line in lines]


def breaks(case: Any, lines: Any) -> list[Flag]:
    raise RuntimeError("a rule of a test")


def book(severity: Severity = Severity.DENY, check: Any = every_line) -> RuleBook:
    rule = ClaimEdit(id="A-1", title="T", source="test", severity=severity, check=check)
    return compile_rule_book([RuleSet(name="one", version="1", claim_edits=(rule,))])


def waiver(number: int = 1, **changes: Any) -> Waiver:
    base: dict[str, Any] = {
        "id": UUID(int=number), "rule": "A-1", "window": Window(FIRST, LAST), "by": "lead",
    }  # fmt: skip
    return Waiver(**{**base, **changes})


def judged(rules: RuleBook, *waivers: Waiver, on: date = TODAY) -> tuple[Finding, ...]:
    [report] = scrub([CLEAN], rules, ScrubFacts(waivers=waivers), as_of=on)
    return report.findings


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ({}, True),
        ({"rule": "A-2"}, False),
        ({"payer_id": PAYER}, True),
        ({"payer_id": "OTHER"}, False),
        ({"code": CLEAN.lines[0].code}, True),
        ({"code": "00001"}, False),
    ],
)
def test_it_speaks_of_its_rule_its_payer_and_its_code(changes: dict[str, str], holds: bool) -> None:
    finding = judged(book(), waiver(**changes))[0]
    assert (finding.severity is Severity.INFO) == holds
    assert (finding.waived_severity, finding.waiver_id) == (
        (Severity.DENY, UUID(int=1)) if holds else (None, None)
    )
    assert ("Waived until" in finding.message) == holds


def test_with_a_code_the_other_lines_and_the_claim_as_a_whole_are_held() -> None:
    def of_the_claim(case: Any, lines: Any) -> list[Flag]:
        return [Flag(message="seen")]

    found = judged(book(check=of_the_claim), waiver(code=CLEAN.lines[0].code))
    assert [one.severity for one in found] == [Severity.DENY]


@pytest.mark.parametrize(
    ("on", "holds"),
    [
        (FIRST - timedelta(days=1), False),
        (FIRST, True),
        (LAST, True),
        (LAST + timedelta(days=1), False),
    ],
)
def test_it_expires_by_itself(on: date, holds: bool) -> None:
    finding = judged(book(), waiver(), on=on)[0]
    assert (finding.waived_severity is not None) == holds


def test_nothing_that_rejects_guards_privacy_or_broke_is_ever_waived() -> None:
    gate = Gate(id="A-1", title="T", source="test", check=every_line)
    gated = compile_rule_book([RuleSet(name="one", version="1", gates=(gate,))])
    for rules in (book(Severity.REJECT), gated, book(check=breaks)):
        findings = judged(rules, waiver())
        assert all(one.severity.holds and one.waiver_id is None for one in findings)
        assert findings


def test_of_several_the_narrower_speaks_then_the_longer() -> None:
    wide = waiver(1, window=Window(FIRST, LAST + timedelta(days=9)))
    narrow, short = waiver(2, code=CLEAN.lines[0].code), waiver(3)
    assert judged(book(), wide, narrow, short)[0].waiver_id == UUID(int=2)
    assert judged(book(), wide, short)[0].waiver_id == UUID(int=1)
