"""The loop, the index, precedence, declared needs, knobs, and the digest of a rule book."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from typing import Any

import pytest

from core.claims.claim import Claim, ServiceLine
from core.claims.parties import Name, Payer, PayerKind, Person, Provider, Subscriber
from core.dates import DateBasis, Window
from core.errors import InputError
from core.rules.edits import ClaimEdit, Gate
from core.rules.needs import HistoryNeed, Needs
from core.rules.policy import PayerPolicy
from core.rules.rule import Layer, Stops, Touches
from core.rules.rulebook import RuleBook, RuleSet, compile_rule_book
from core.scrub.engine import needs, scrub
from core.scrub.finding import Finding, Flag, Severity
from core.scrub.report import ScrubReport

DAY = date(2026, 5, 12)
WHO = Person(name=Name(last="Invented"))


def claim(*codes: str, days: tuple[date, ...] = (), **changes: Any) -> Claim:
    lines = tuple(
        ServiceLine(
            line_no=number + 1,
            code=code,
            charge_cents=100,
            service_from=days[number] if days else DAY,
        )
        for number, code in enumerate(codes)
    )
    given: dict[str, Any] = {
        "claim_number": "C1",
        "payer": Payer(payer_id="9", name="P"),
        "subscriber": Subscriber(person=WHO),
        "patient": WHO,
        "billing": Provider(name=Name(last="B")),
        "lines": lines,
        **changes,
    }
    return Claim(**given)


def every_line(case: Any, lines: Any) -> Any:
    return [Flag(line_no=line.line_no, message="seen") for line in lines]


def whole_claim(case: Any, lines: Any) -> Any:
    return [Flag(message="seen")]


def edit(id: str, **changes: Any) -> ClaimEdit:
    given: dict[str, Any] = {
        "id": id,
        "title": id,
        "source": "test",
        "severity": Severity.DENY,
        "check": every_line,
        **changes,
    }
    return ClaimEdit(**given)


def book(*edits: ClaimEdit, name: str = "one", **more: Any) -> RuleBook:
    return compile_rule_book([RuleSet(name=name, version="1", claim_edits=edits, **more)])


def found(given: Claim, by: RuleBook, as_of: date = DAY) -> list[tuple[str, int | None]]:
    (report,) = scrub((given,), by, as_of=as_of)
    return [(one.rule, one.line_no) for one in report.findings]


def test_a_rule_sees_only_the_lines_it_can_touch() -> None:
    rules = book(
        edit("A-1", touches=Touches(codes=("90837",))),
        edit("A-2", touches=Touches(prefixes=("D2",))),
        edit("A-3", touches=Touches(payer_kinds=(PayerKind.MEDICARE,))),
    )
    assert found(claim("90837", "D2740", "99213"), rules) == [("A-1", 1), ("A-2", 2)]
    (report,) = scrub((claim("99213"),), rules, as_of=DAY)
    assert report.looked == ()


def test_a_rule_judges_each_line_by_its_own_day() -> None:
    rules = book(edit("A-1", effective=Window(DAY, DAY)))
    days = (DAY - timedelta(1), DAY, DAY + timedelta(1))
    assert found(claim("1", "2", "3", days=days), rules) == [("A-1", 2)]


def test_a_rule_on_receipt_is_judged_by_today() -> None:
    rules = book(edit("A-1", effective=Window(DAY, DAY), basis=DateBasis.RECEIVED))
    assert found(claim("1", days=(date(2020, 1, 1),)), rules) == [("A-1", 1)]
    assert found(claim("1"), rules, as_of=DAY + timedelta(1)) == []


def test_versions_of_a_rule_follow_each_other_and_may_not_overlap() -> None:
    old = edit("A-1", version="old", effective=Window(None, DAY - timedelta(1)))
    new = edit("A-1", version="new", effective=Window(DAY))
    assert found(claim("1"), book(old, new)) == [("A-1", 1)]
    with pytest.raises(InputError, match="A-1 is given twice"):
        book(old, edit("A-1", effective=Window(None, DAY)), new)


def test_a_finding_gives_way_on_its_line_to_the_rule_that_supersedes_it() -> None:
    rules = book(edit("A-1"), edit("B-1", supersedes=("A-1",), touches=Touches(codes=("90837",))))
    assert found(claim("90837", "99213"), rules) == [("B-1", 1), ("A-1", 2)]


def test_a_milder_rule_can_never_take_the_place_of_a_reject() -> None:
    with pytest.raises(InputError, match="B-1 would silence A-1"):
        book(edit("A-1", severity=Severity.REJECT), edit("B-1", supersedes=("A-1",)))

    def mild(case: Any, lines: Any) -> Any:
        return [Flag(line_no=1, message="mild", severity=Severity.INFO)]

    rules = book(
        edit("A-1", severity=Severity.REJECT),
        edit("B-1", severity=Severity.REJECT, check=mild, supersedes=("A-1",)),
    )
    assert ("A-1", 1) in found(claim("1"), rules)


def test_a_stopping_rule_silences_its_own_family_only() -> None:
    stop = edit("A-1", stops=Stops.LINE, touches=Touches(codes=("90837",)))
    own = RuleSet(name="one", version="1", claim_edits=(stop, edit("A-2")))
    other = RuleSet(name="two", version="1", claim_edits=(edit("B-1"),))
    rules = compile_rule_book([own, other])
    assert found(claim("90837", "1"), rules) == [("A-1", 1), ("B-1", 1), ("A-2", 2), ("B-1", 2)]


def test_one_finding_a_rule_and_line_the_claim_first() -> None:
    def twice(case: Any, lines: Any) -> Any:
        return [*every_line(case, lines), *every_line(case, lines), Flag(message="claim")]

    assert found(claim("1"), book(edit("A-1", check=twice))) == [("A-1", None), ("A-1", 1)]


def test_a_rule_that_breaks_holds_its_claim_and_not_the_batch() -> None:
    def breaks(case: Any, lines: Any) -> Any:
        if case.claim.claim_number == "C1":
            raise KeyError("Invented")
        return ()

    rules = book(edit("A-1", check=breaks), edit("A-2", check=lambda case, lines: ["nonsense"]))
    first, second = scrub((claim("1"), claim("1", claim_number="C2")), rules, as_of=DAY)
    assert [(one.rule, one.reason) for one in first.findings] == [
        ("A-1", "rule_failed"),
        ("A-2", "rule_failed"),
    ]
    assert [one.rule for one in second.findings] == ["A-2"]
    assert "Invented" not in first.findings[0].message
    assert not first.clean


RUBBISH: dict[str, Any] = {
    "no list": lambda case, lines: 7,
    "not a flag": lambda case, lines: [object()],
    "no words": lambda case, lines: [Flag(message="")],
    "words that are none": lambda case, lines: [Flag(message=b"bytes")],  # type: ignore[arg-type]
    "words no database takes": lambda case, lines: [Flag(message="a\0b")],
    "a book": lambda case, lines: [Flag(message="long " * 1_000)],
    "a line that is not there": lambda case, lines: [Flag(message="seen", line_no=40)],
    "a severity of its own": lambda case, lines: [Flag(message="seen", severity="fatal")],  # type: ignore[arg-type]
    "a fix that is none": lambda case, lines: [Flag(message="seen", fix="drop it")],  # type: ignore[arg-type]
    "a table row that is none": lambda case, lines: [Flag(message="seen", table_row=3)],  # type: ignore[arg-type]
    "the end": lambda case, lines: sys.exit(1),
    "no end": lambda case, lines: RUBBISH["no end"](case, lines),
}


@pytest.mark.parametrize("name", RUBBISH)
def test_a_rule_that_talks_rubbish_is_blamed_by_name_and_nothing_else_is_lost(name: str) -> None:
    rules = book(edit("A-1", check=RUBBISH[name]), edit("A-2", check=every_line))
    [report] = scrub((claim("1"),), rules, as_of=DAY)
    blamed, other = report.findings
    assert (blamed.rule, blamed.reason, blamed.line_no) == ("A-1", "rule_failed", None)
    assert "Rule A-1 of one failed" in blamed.message
    assert (other.rule, other.reason) == ("A-2", "")
    assert not report.clean


def test_a_gate_rejects_and_is_never_overridable() -> None:
    gate = Gate(id="A-9", title="Consent", source="test", check=whole_claim)
    (report,) = scrub((claim("1"),), book(gates=(gate,)), as_of=DAY)
    (finding,) = report.findings
    assert (finding.severity, finding.gate, finding.overridable) == (Severity.REJECT, True, False)
    assert not report.overridable


@pytest.mark.parametrize(
    ("severities", "clean", "overridable"),
    [
        ((), True, True),
        ((Severity.WARN, Severity.INFO), True, True),
        ((Severity.DENY,), False, True),
        ((Severity.DENY, Severity.REJECT), False, False),
    ],
)
def test_clean_means_no_reject_and_no_deny(
    severities: tuple[Severity, ...], clean: bool, overridable: bool
) -> None:
    findings = tuple(Finding(rule="A", severity=one, message="m") for one in severities)
    report = ScrubReport(claim_number="C", findings=findings, rule_book="d")
    assert (report.clean, report.overridable) == (clean, overridable)


def test_needs_are_gathered_over_the_batch_for_the_claims_that_rules_touch() -> None:
    rules = book(
        edit(
            "A-1",
            touches=Touches(codes=("90837",)),
            needs=Needs(
                history=(HistoryNeed(codes=("90791",), look_back_days=30),),
                authorizations=True,
                tables=("mue",),
            ),
        ),
        edit("A-2", needs=Needs(accumulators=("deductible",))),
    )
    wanted = needs(rules, (claim("90837"), claim("1", claim_number="C2")))
    (history,) = wanted.history
    assert (history.claim_number, history.codes) == ("C1", ("90791",))
    assert history.first == DAY - timedelta(30)
    assert wanted.authorizations == ("C1",)
    assert wanted.tables == ("mue",)
    assert wanted.accumulators == ("C1", "C2")
    assert wanted.accumulator_names == ("deductible",)


def policy(id: str, **changes: Any) -> PayerPolicy:
    given: dict[str, Any] = {
        "id": id,
        "title": id,
        "source": "test",
        "knobs": {"timely_filing_days": 90},
        **changes,
    }
    return PayerPolicy(**given)


def days_for(payer: Payer, *policies: PayerPolicy, day: date = DAY) -> int | None:
    rules = book(payer_policies=policies)
    return rules.policy(payer, day).number("timely_filing_days")


def test_the_narrower_and_the_later_layer_wins() -> None:
    kind = policy("P-1", payer_kinds=(PayerKind.COMMERCIAL,))
    named = policy("P-2", payer_ids=("9",), knobs={"timely_filing_days": 120})
    practice = policy(
        "P-3",
        payer_kinds=(PayerKind.COMMERCIAL,),
        layer=Layer.PRACTICE,
        knobs={"timely_filing_days": 150},
    )
    nine, ten = Payer(payer_id="9", name="P"), Payer(payer_id="10", name="P")
    assert days_for(nine, named, kind) == 120
    assert days_for(ten, named, kind) == 90
    assert days_for(nine, named, kind, practice) == 150


def test_a_policy_holds_at_both_ends_of_its_window() -> None:
    limited = policy("P-1", effective=Window(DAY, DAY))
    payer = Payer(payer_id="9", name="P")
    answers = [days_for(payer, limited, day=DAY + timedelta(n)) for n in (-1, 0, 1)]
    assert answers == [None, 90, None]


def test_policies_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(InputError, match="P-1 and P-2 have equal rank"):
        book(payer_policies=(policy("P-1"), policy("P-2", knobs={"timely_filing_days": 1})))
    book(
        payer_policies=(
            policy("P-1", payer_ids=("1",)),
            policy("P-2", payer_ids=("2",), knobs={"timely_filing_days": 1}),
        )
    )


@pytest.mark.parametrize(
    ("knobs", "says"),
    [
        ({"timly": "medicare_1y"}, "unknown knob"),
        ({"timely_filing_days": "90"}, "kind number"),
        ({"timely_filing_days": True}, "kind number"),
        ({"requires_ndc": 1}, "kind flag"),
        ({"auth_required_codes": "all"}, "kind codes"),
        ({"credential_modifiers": ("HO",)}, "kind map"),
    ],
)
def test_a_knob_of_another_name_or_kind_is_refused(knobs: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        book(payer_policies=(policy("P-1", knobs=knobs),))


def test_the_digest_does_not_depend_on_order_and_changes_with_any_rule() -> None:
    one = RuleSet(name="one", version="1", claim_edits=(edit("A-1"),))
    two = RuleSet(name="two", version="1", claim_edits=(edit("B-1"),))
    same = compile_rule_book([one, two]).digest
    assert compile_rule_book([two, one]).digest == same
    others = [
        book(edit("A-1")),
        book(edit("A-1", effective=Window(DAY))),
        book(edit("A-1", check=whole_claim)),
        book(edit("A-1"), fingerprint="x"),
        book(edit("A-1"), settings=b"{}"),
    ]
    assert len({same, *(rules.digest for rules in others)}) == 6


def test_a_rule_that_cannot_touch_the_claim_is_not_even_asked() -> None:
    def never(case: Any, lines: Any) -> Any:
        raise AssertionError("asked")

    away = tuple(
        edit(f"A-{n}", check=never, touches=Touches(codes=(f"X{n:04d}",))) for n in range(1000)
    )
    (report,) = scrub((claim("99213"),), book(*away), as_of=DAY)
    assert report.clean
    assert report.looked == ()
