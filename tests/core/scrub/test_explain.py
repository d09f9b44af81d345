"""Explain says what scrub says, of every rule, and names what it read and what was absent."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from core.claims.claim import Claim
from core.claims.parties import Payer
from core.codes.diagnosis_book import IcdBook
from core.dates import Window
from core.rules.edits import ClaimEdit, Gate
from core.rules.facts import NO_FACTS, ScrubFacts
from core.rules.needs import Needs
from core.rules.policy import PayerPolicy
from core.rules.rule import Layer, Stops, Touches
from core.rules.rulebook import RuleBook, RuleSet, compile_rule_book
from core.rules.tables import Edition, Tables, UnitLimit
from core.scrub.engine import scrub
from core.scrub.explain import Explanation, RuleTold, Verdict, explain
from core.scrub.finding import Finding, Flag, Severity
from core.scrub.platform import EDITS
from core.scrub.waivers import Waiver
from tests.campaign import rounds
from tests.core.scrub.every_trial import NAMES, TRIALS
from tests.core.scrub.trials import CLEAN, DAY, TODAY, Trial, claim, line, rules_of


def told(
    one: Claim, book: RuleBook, facts: ScrubFacts = NO_FACTS, as_of: date = TODAY
) -> Explanation:
    """Explained, and compared with the scrub: the same findings, each claimed by one rule."""
    explained = explain(one, book, facts, as_of=as_of)
    [report] = scrub([one], book, facts, as_of=as_of)
    assert explained.findings == report.findings
    won = [each.finding for rule in explained.rules for each in rule.findings if each.stands]
    key = lambda finding: (finding.line_no or 0, finding.rule)  # noqa: E731
    assert sorted(won, key=key) == sorted(report.findings, key=key)
    assert len(explained.rules) == len(book.lookers)
    return explained


def rule(explained: Explanation, name: str) -> RuleTold:
    [found] = [one for one in explained.rules if one.rule == name]
    return found


def says(message: str = "seen", **changes: Any) -> Any:
    def check(case: Any, lines: Any) -> Any:
        return [Flag(line_no=each.line_no, message=message, **changes) for each in lines]

    return check


def edit(name: str, **changes: Any) -> ClaimEdit:
    base: dict[str, Any] = {
        "id": name, "title": name, "source": "test", "severity": Severity.DENY, "check": says(),
    }  # fmt: skip
    return ClaimEdit(**{**base, **changes})


def book(*edits: ClaimEdit, **more: Any) -> RuleBook:
    return compile_rule_book([RuleSet(name="one", version="1", claim_edits=edits, **more)])


# A scrub document brings these; a stored claim has its expected amounts on its lines.
DOCUMENT_ALONE = {"fees", "contract"}


def names_what_it_reads(explained: Explanation) -> None:
    """The scrub of stored claims opens the tables that rules name, and no other."""
    for one in explained.rules:
        needs = next(edit.needs.tables for edit in EDITS if edit.id == one.rule)
        assert {read.table for read in one.tables} <= {*needs, *DOCUMENT_ALONE}, one.rule


@pytest.mark.parametrize("trial", TRIALS, ids=NAMES)
def test_of_every_trial_of_the_platform_explain_finds_what_scrub_finds(
    trial: Trial, icd: IcdBook
) -> None:
    rules = rules_of(trial.knobs)
    loaded = ScrubFacts(by_claim={"C1": trial.facts}, tables=trial.tables_of_fires(icd))
    explained = told(trial.fires, rules, loaded)
    assert trial.rule in {one.rule for one in explained.rules if one.verdict is Verdict.WON}
    names_what_it_reads(explained)
    quiet_facts = {"C1": trial.quiet_facts or trial.facts}
    names_what_it_reads(
        told(
            trial.quiet, rules, ScrubFacts(by_claim=quiet_facts, tables=trial.tables_of_quiet(icd))
        )
    )


_FLAGS = st.builds(
    Flag,
    line_no=st.sampled_from([None, 1, 2]),
    message=st.sampled_from(["one", "two"]),
    severity=st.sampled_from([None, *Severity]),
)
_NAMES = ("A-1", "A-2", "A-3", "A-4", "A-5")


@st.composite
def books(draw: Any) -> RuleBook:
    """Rules of two families that supersede, stop, break and hold on other days."""
    families: dict[str, list[ClaimEdit]] = {"one": [], "two": []}
    gates: list[Gate] = []
    for name in _NAMES:
        flags = draw(st.lists(_FLAGS, max_size=3))
        breaks = draw(st.booleans()) and draw(st.booleans())

        def check(case: Any, lines: Any, flags: Any = tuple(flags), breaks: bool = breaks) -> Any:
            if breaks:
                raise RuntimeError("a rule of a test")
            return flags

        if draw(st.integers(0, 9)) == 0:
            gates.append(Gate(id=name, title=name, source="t", check=check))
            continue
        severity = draw(st.sampled_from(Severity))
        supersedes = (
            ()
            if severity is not Severity.REJECT
            else draw(st.lists(st.sampled_from(_NAMES), max_size=2).map(tuple))
        )
        families[draw(st.sampled_from(["one", "two"]))].append(
            edit(
                name,
                check=check,
                severity=severity,
                supersedes=supersedes,
                stops=draw(st.sampled_from(Stops)),
                effective=draw(
                    st.sampled_from([Window(), Window(DAY, None), Window(None, date(2020, 1, 1))])
                ),
                touches=draw(
                    st.sampled_from([Touches(), Touches(codes=("99213",)), Touches(codes=("X",))])
                ),
            )
        )
    return compile_rule_book(
        [
            RuleSet(
                name="one", version="1", claim_edits=tuple(families["one"]), gates=tuple(gates)
            ),
            RuleSet(name="two", version="1", claim_edits=tuple(families["two"])),
        ]
    )


@settings(max_examples=rounds(600))
@given(
    rules=books(),
    waivers=st.lists(
        st.builds(
            Waiver,
            id=st.just(UUID(int=1)),
            rule=st.sampled_from(_NAMES),
            payer_id=st.sampled_from(["", "9", "8"]),
            window=st.sampled_from([Window(TODAY, TODAY), Window(None, date(2026, 1, 1))]),
            by=st.just("lead"),
        ),
        max_size=2,
    ),
)
def test_explain_and_scrub_never_differ_whatever_rules_do_to_each_other(
    rules: RuleBook, waivers: list[Waiver]
) -> None:
    explained = told(claim(line(), line(no=2)), rules, ScrubFacts(waivers=tuple(waivers)))
    for one in explained.rules:
        assert (one.verdict is Verdict.LOST) == (
            bool(one.findings) and not any(each.stands for each in one.findings)
        )


def test_a_rule_that_lost_names_the_one_it_gave_way_to() -> None:
    rules = book(edit("A-1"), edit("A-2", supersedes=("A-1",)))
    explained = told(CLEAN, rules)
    lost = rule(explained, "A-1")
    assert (lost.verdict, lost.why) == (Verdict.LOST, "superseded by A-2")
    assert rule(explained, "A-2").verdict is Verdict.WON
    stopped = told(CLEAN, book(edit("A-1"), edit("A-2", stops=Stops.CLAIM)))
    assert rule(stopped, "A-1").why == "stopped by A-2"


def test_a_rule_without_opinion_says_what_was_not_loaded() -> None:
    def asks(case: Any, lines: Any) -> Any:
        if case.tables.mue_practitioner is None:
            return []
        found = case.tables.mue_practitioner.limit("99213", DAY)
        return [Flag(message="too many", table_row=str(found.edition))] if found else []

    class Limits:
        def __init__(self, found: UnitLimit | None) -> None:
            self._found = found

        def limit(self, code: str, day: date) -> UnitLimit | None:
            return self._found

    needs = Needs(tables=("mue_practitioner",))
    rules = book(edit("A-1", check=asks, needs=needs))
    absent = rule(told(CLEAN, rules), "A-1")
    assert (absent.verdict, absent.missing) == (Verdict.NO_OPINION, ("mue_practitioner",))
    assert [(one.table, one.is_loaded) for one in absent.tables] == [("mue_practitioner", False)]
    outside = ScrubFacts(tables=Tables(mue_practitioner=Limits(None)))
    nothing = rule(told(CLEAN, rules, outside), "A-1")
    assert (nothing.verdict, nothing.why) == (
        Verdict.NO_OPINION, "nothing stands in mue_practitioner",
    )  # fmt: skip
    edition = Edition(table="MUE practitioner", release="2024Q3", row="99213 1")
    loaded = Tables(mue_practitioner=Limits(UnitLimit(units=1, mai=2, edition=edition)))
    spoke = rule(told(CLEAN, rules, ScrubFacts(tables=loaded)), "A-1")
    assert (spoke.verdict, spoke.tables[0].asked, spoke.tables[0].answered) == (Verdict.WON, 1, 1)
    assert spoke.findings[0].finding.table_row == "MUE practitioner 2024Q3 99213 1"


def test_days_forms_and_codes_that_are_not_the_claims_are_said() -> None:
    rules = book(
        edit("A-1", effective=Window(date(2030, 1, 1), None)),
        edit("A-2", touches=Touches(codes=("90837",))),
    )
    explained = told(CLEAN, rules)
    assert rule(explained, "A-1").why == "it holds from 2030-01-01"
    assert rule(explained, "A-2").why == "it is about codes that are not on the claim"


def test_a_knob_is_told_with_who_states_it_and_whose_word_gave_way() -> None:
    def reads(case: Any, lines: Any) -> Any:
        case.policy.number("timely_filing_days")
        case.policy_on(lines[0]).flag("requires_ndc")
        return []

    def policy(name: str, layer: Layer, days: int) -> PayerPolicy:
        return PayerPolicy(
            id=name, title=name, source=f"{name} p. 3", layer=layer,
            knobs={"timely_filing_days": days},
        )  # fmt: skip

    rules = book(
        edit("A-1", check=reads),
        payer_policies=(policy("LOW", Layer.PLATFORM, 365), policy("HIGH", Layer.PAYER, 90)),
    )
    days, ndc = sorted(
        rule(told(CLEAN, rules), "A-1").knobs, key=lambda one: one.knob, reverse=True
    )
    assert (days.value, days.policy, days.source, days.overruled) == (
        "90", "HIGH", "HIGH p. 3", ("LOW",),
    )  # fmt: skip
    assert (ndc.knob, ndc.value, ndc.policy) == ("requires_ndc", "not stated", "")


def test_a_waived_finding_is_never_silent_and_a_reject_or_gate_is_never_waived() -> None:
    waiver = Waiver(id=UUID(int=7), rule="A-1", window=Window(TODAY, TODAY), by="lead")
    facts = ScrubFacts(waivers=(waiver,))

    def judged(severity: Severity, payer: str = "9", **more: Any) -> Finding:
        one = replace(CLEAN, payer=Payer(payer_id=payer, name="P"))
        [found] = told(one, book(edit("A-1", severity=severity)), facts, **more).findings
        return found

    found = judged(Severity.DENY)
    assert (found.severity, found.waived_severity) == (Severity.INFO, Severity.DENY)
    assert found.message == "Waived until 2026-05-21, by lead: seen"
    assert judged(Severity.WARN).waived_severity is Severity.WARN
    assert judged(Severity.REJECT).severity is Severity.REJECT
    assert judged(Severity.DENY, as_of=date(2026, 5, 22)).severity is Severity.DENY
    gate = compile_rule_book(
        [RuleSet(name="o", version="1", gates=(
            Gate(id="A-1", title="t", source="t", check=says(severity=Severity.DENY)),
        ))]
    )  # fmt: skip
    assert told(CLEAN, gate, facts).findings[0].severity is Severity.REJECT

    def breaks(case: Any, lines: Any) -> Any:
        raise RuntimeError

    [blamed] = told(CLEAN, book(edit("A-1", check=breaks)), facts).findings
    assert (blamed.severity, blamed.waiver_id) == (Severity.DENY, None)
