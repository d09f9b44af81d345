"""Declared rules judged by a second, naive reading of what they say."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from core.claims.claim import Claim, ServiceLine
from core.dates import DateBasis, Window, age_on
from core.errors import InputError
from core.rules.declared import Action, ActionKind, Clause, Condition, DeclaredRule, Match, Operator
from core.rules.declared_apply import TransformBook, repriced, set_and_tagged
from core.rules.declared_check import problems
from core.rules.declared_compile import compiled, rule_set
from core.rules.declared_conflicts import clashing_fields, conflicts, covers, effects, may_meet
from core.rules.declared_file import read_rules
from core.rules.declared_versions import RuleVersion, in_force
from core.rules.facts import Authorization, ClaimFacts, ScrubFacts
from core.rules.rule import Layer
from core.rules.rulebook import compile_rule_book
from core.scrub.engine import needs, scrub
from core.scrub.finding import Severity
from tests.campaign import rounds
from tests.core.rules import declared_world as world
from tests.core.rules.declared_world import DAY, asks, claim, line, over, reprices, rule, sets

AS_OF = date(2026, 3, 11)


# The naive reading: strings against what a person sees, no index, no window of the engine.


def _seen(field: str, one: Claim, at: ServiceLine | None) -> list[Any]:
    day = (at.service_from if at else None) or one.service_from
    table = {
        "place_of_service": [one.place_of_service],
        "diagnoses": list(one.diagnoses),
        "charge": [sum(each.charge_cents for each in one.lines)],
        "clia": [one.clia],
        "line_count": [len(one.lines)],
        "payer.kind": [one.payer.kind.value],
        "service_from": [one.service_from],
        "signature_on_file": [one.signature_on_file],
        "patient.age": [
            age_on(one.patient.birth_date, one.service_from)
            if one.patient.birth_date and one.service_from
            else None
        ],
    }
    if at is not None:
        table |= {
            "line.code": [at.code],
            "line.modifiers": list(at.modifiers),
            "line.units": [at.units],
            "line.charge": [at.charge_cents],
            "line.place": [at.place_of_service or one.place_of_service],
            "line.day": [day],
        }
    return [value for value in table[field] if value not in (None, "")]


def _as_typed(field: str, text: str) -> Any:
    if field in ("charge", "line.charge"):
        return int(Decimal(text) * 100)
    if field in ("line_count", "line.units", "patient.age"):
        return Decimal(text)
    if field in ("service_from", "line.day"):
        return date.fromisoformat(text)
    if field == "signature_on_file":
        return text == "yes"
    return text


def _pattern(code: str, pattern: str) -> bool:
    if "-" in pattern:
        low, high = pattern.split("-")
        return len(code) == len(low) and low <= code <= high
    return fnmatchcase(code, pattern)


def _met(asked: Condition, one: Claim, at: ServiceLine | None) -> bool:
    seen, op = _seen(asked.field, one, at), asked.operator
    typed = [_as_typed(asked.field, text) for text in asked.values]
    if op is Operator.MISSING:
        return seen == []
    if op is Operator.PRESENT:
        return seen != []
    if op in (Operator.IS_NOT, Operator.NONE_OF):
        return all(value not in typed for value in seen)
    for value in seen:
        if op in (Operator.IS, Operator.ONE_OF) and value in typed:
            return True
        if op is Operator.BEGINS_WITH and any(value.startswith(text) for text in typed):
            return True
        if op is Operator.MATCHES and any(_pattern(value, text) for text in typed):
            return True
        if op is Operator.BETWEEN and typed[0] <= value <= typed[1]:
            return True
        if op is Operator.AT_LEAST and value >= typed[0]:
            return True
        if op is Operator.AT_MOST and value <= typed[0]:
            return True
    return False


def _clause(asked: Clause, one: Claim, at: ServiceLine | None, lines: list[ServiceLine]) -> bool:
    def whole(line_: ServiceLine | None) -> bool:
        answers = [_met(each, one, line_) for each in asked.conditions]
        return all(answers) if asked.match is Match.ALL else any(answers)

    return {
        "claim": lambda: whole(None),
        "this_line": lambda: whole(at),
        "any_line": lambda: any(whole(each) for each in lines),
        "every_line": lambda: lines != [] and all(whole(each) for each in lines),
        "no_line": lambda: not any(whole(each) for each in lines),
    }[asked.over.value]()


def _day_of(asked: DeclaredRule, one: Claim, at: ServiceLine) -> date | None:
    first = at.service_from or one.service_from
    if asked.basis is DateBasis.SERVICE_TO:
        return at.service_to or first
    return AS_OF if asked.basis is DateBasis.RECEIVED else first


def naive(asked: DeclaredRule, one: Claim) -> set[int | None]:
    """Which lines (None: the claim) the rule means, read straight from its words."""
    chosen = asked.selectors
    for names, value in (
        (chosen.forms, one.form), (chosen.payer_kinds, one.payer.kind),
        (chosen.payers, one.payer.payer_id), (chosen.states, one.payer.state),
    ):  # fmt: skip
        if names and value not in names:
            return set()
    always = asked.effective == Window()
    lines = [
        at
        for at in one.lines
        if always or ((day := _day_of(asked, one, at)) is not None and day in asked.effective)
    ]
    if not lines and not always:
        return set()
    join = all if asked.match is Match.ALL or not asked.clauses else any
    if not asked.is_of_lines:
        met = join([_clause(each, one, None, lines) for each in asked.clauses])
        return {None} if met else set()
    return {
        at.line_no
        for at in lines
        if join([_clause(each, one, at, lines) for each in asked.clauses])
    }


@settings(max_examples=rounds(500))
@given(world.rules(), world.claims())
def test_a_compiled_rule_finds_what_its_words_say(asked: DeclaredRule, one: Claim) -> None:
    book = compile_rule_book([rule_set("practice", [asked])])
    [report] = scrub([one], book, as_of=AS_OF)
    assert {found.line_no for found in report.findings} == naive(asked, one)
    assert all(found.reason != "rule_failed" for found in report.findings)


@settings(max_examples=rounds(300))
@given(
    st.lists(world.rules(actions=st.just((sets("clia", "05D1111111"),))), max_size=3),
    world.claims(),
)
def test_a_transform_runs_exactly_where_its_words_say(
    asked: list[DeclaredRule], one: Claim
) -> None:
    named = [
        replace(each, id=f"OWN-{place}", actions=(sets("clia", f"05D000000{place}"),))
        for place, each in enumerate(asked)
    ]
    book = compile_rule_book([rule_set("practice", named)]).transforms
    changed = set_and_tagged(one, book, AS_OF)
    meant = [each for each in named if naive(each, one)]
    wanted = max(meant, key=lambda each: each.id).actions[0].value if meant else one.clia
    assert changed.claim == replace(one, clia=wanted)
    assert set_and_tagged(changed.claim, TransformBook(()), AS_OF).runs == ()


def test_a_thousand_rules_of_other_codes_and_payers_are_not_looked_at() -> None:
    bound = [
        rule(over("this_line", asks("line.code", "is", f"{10_000 + n}")), name=f"OWN-C{n}")
        for n in range(50)
    ]
    others = [
        rule(name=f"OWN-P{n}", selectors=world.Selectors(payers=(f"P{n}",)),
             actions=(sets("clia", "05D1234567"), world.HOLD))
        for n in range(50)
    ]  # fmt: skip
    book = compile_rule_book([rule_set("practice", [*bound, *others])])
    [report] = scrub([claim()], book, as_of=AS_OF)
    assert report.looked == ()
    assert book.transforms.looking_at(claim()) == ()


def test_the_digest_changes_with_every_word_of_a_rule() -> None:
    one = rule(over("claim", asks("clia", "missing")))
    digests = {
        compile_rule_book([rule_set("practice", [each])]).digest
        for each in (one, replace(one, title="B"), replace(one, version=2),
                     rule(over("claim", asks("clia", "present"))))
    }  # fmt: skip
    assert len(digests) == 4


# What a rule does.


def test_a_hold_says_rule_version_layer_and_source() -> None:
    asked = rule(
        over("this_line", asks("line.code", "is", "90837"), asks("line.place", "is", "02")),
        actions=(Action(kind=ActionKind.HOLD, message="Modifier 95 is missing", carc="4"),),
        page="12", version=3, effective=Window(date(2026, 1, 1), None),
    )  # fmt: skip
    book = compile_rule_book([rule_set("practice", [asked])])
    [report] = scrub([claim(line(place_of_service="02"), line(2, "99213"))], book, as_of=AS_OF)
    [found] = report.findings
    assert (found.rule, found.version, found.layer, found.line_no) == (
        "OWN-1", "3", Layer.PRACTICE, 1,
    )  # fmt: skip
    assert (found.source, found.carc) == ("Word of the practice, 12", "4")
    assert found.severity is Severity.DENY
    assert found.effective_from == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("action", "field", "value"),
    [
        (sets("line.modifiers", "+95"), "modifiers", "25 95"),
        (sets("line.modifiers", "GT"), "modifiers", "GT"),
        (sets("line.code", "90834"), "code", "90834"),
        (sets("line.units", "2"), "units", "2"),
        (Action(kind=ActionKind.ADD_LINE, value="G2211 25 x1"), "add_line", "G2211 25 x1"),
    ],
)
def test_what_is_billed_is_a_suggestion_and_never_changed(
    action: Action, field: str, value: str
) -> None:
    asked = rule(over("this_line", asks("line.code", "is", "90837")), actions=(world.HOLD, action))
    made, one = compiled(asked), claim(line(modifiers=("25",)))
    assert made.transform is None
    [report] = scrub([one], compile_rule_book([rule_set("practice", [asked])]), as_of=AS_OF)
    [found] = report.findings
    assert found.fix is not None
    assert (found.fix.field, found.fix.value, found.fix.line_no) == (field, value, 1)


def test_a_suggestion_that_is_so_already_is_none() -> None:
    asked = rule(
        over("this_line", asks("line.code", "is", "90837")),
        actions=(world.HOLD, sets("line.modifiers", "+95")),
    )
    one = claim(line(modifiers=("95",)))
    [report] = scrub([one], compile_rule_book([rule_set("practice", [asked])]), as_of=AS_OF)
    assert report.findings[0].fix is None


def test_of_two_layers_the_later_sets_the_field_and_the_trace_names_it() -> None:
    payer = rule(name="PAYER-1", layer=Layer.PAYER, actions=(sets("billing.taxonomy", "A"),))
    own = rule(name="OWN-1", actions=(sets("billing.taxonomy", "B"),))
    book = compile_rule_book([rule_set("practice", [own, payer])]).transforms
    changed = set_and_tagged(claim(), book, AS_OF)
    assert changed.claim.billing.taxonomy == "B"
    [run] = changed.runs
    assert (run.rule, run.field, run.before, run.after) == (
        "OWN-1", "billing.taxonomy", "101YM0800X", "B",
    )  # fmt: skip


def test_a_superseded_rule_stands_back_where_both_match_and_only_there() -> None:
    general = rule(name="OWN-Z", actions=(sets("clia", "05D0000001"),))
    special = rule(
        over("any_line", asks("line.code", "is", "99213")), name="OWN-A",
        actions=(sets("clia", "05D0000002"),), supersedes=("OWN-Z",),
    )  # fmt: skip
    book = compile_rule_book([rule_set("practice", [general, special])]).transforms
    both = set_and_tagged(claim(line(code="99213")), book, AS_OF)
    assert both.claim.clia == "05D0000002"
    assert set_and_tagged(claim(), book, AS_OF).claim.clia == "05D0000001"


def test_a_field_of_a_provider_who_is_not_there_is_not_set() -> None:
    asked = rule(actions=(sets("rendering.taxonomy", "B"),))
    book = compile_rule_book([rule_set("practice", [asked])]).transforms
    one = claim(rendering=None)
    assert set_and_tagged(one, book, AS_OF) == msgspec.structs.replace(
        set_and_tagged(one, book, AS_OF), claim=one, runs=()
    )


def test_a_tag_is_put_once() -> None:
    asked = rule(
        over("this_line", asks("line.code", "present")),
        actions=(Action(kind=ActionKind.TAG, value="needs-note"),),
    )
    book = compile_rule_book([rule_set("practice", [asked])]).transforms
    changed = set_and_tagged(claim(line(), line(2)), book, AS_OF)
    assert changed.tags == ("needs-note",)
    assert len(changed.runs) == 1


def test_repricing_touches_what_a_schedule_priced_just_now_and_keeps_expected_below_charge() -> (
    None
):
    every = over("this_line", asks("line.code", "present"))
    asked = [
        rule(every, name="OWN-1", actions=(reprices("charge_percent", "50"),)),
        rule(over("this_line", asks("line.code", "is", "99213")), name="OWN-2",
             actions=(reprices("expected_amount", "61.255"[:5]),)),
    ]  # fmt: skip
    book = compile_rule_book([rule_set("practice", asked)]).transforms
    one = claim(
        line(1, "90837", expected_cents=9_000),
        line(2, "99213", units=Decimal(2), expected_cents=1_000),
        line(3, "90834", expected_cents=8_001),
    )
    changed = repriced(
        one, book, AS_OF, charged=frozenset({1, 2}), allowed=frozenset({1, 2, 3})
    ).claim
    assert [each.charge_cents for each in changed.lines] == [7_500, 7_500, 15_000]
    assert [each.expected_cents for each in changed.lines] == [7_500, 7_500, 8_001]
    again = repriced(changed, book, AS_OF, charged=frozenset(), allowed=frozenset())
    assert again.claim == changed
    assert again.runs == ()


def test_a_percentage_is_rounded_half_up_once() -> None:
    asked = rule(
        over("this_line", asks("line.code", "present")),
        actions=(reprices("expected_percent", "112.5"),),
    )
    book = compile_rule_book([rule_set("practice", [asked])]).transforms
    one = claim(line(expected_cents=9_996))
    changed = repriced(one, book, AS_OF, charged=frozenset(), allowed=frozenset({1})).claim
    assert changed.lines[0].expected_cents == 11_246, "112.455 dollars"


def test_a_rule_about_authorizations_says_that_it_needs_them() -> None:
    asked = rule(over("this_line", asks("line.units_left", "at_most", "2")))
    book = compile_rule_book([rule_set("practice", [asked])])
    one = claim()
    assert needs(book, [one]).authorizations == (one.claim_number,)
    held = (Authorization(codes=("90837",), units_approved=Decimal(5), units_used=Decimal(3)),)
    facts = ScrubFacts(by_claim={one.claim_number: ClaimFacts(authorizations=held)})
    [report] = scrub([one], book, facts, as_of=AS_OF)
    assert len(report.findings) == 1
    [report] = scrub([one], book, as_of=AS_OF)
    assert report.findings == ()


# Conflicts.

_TAXONOMIES = st.sampled_from(("A", "B")).map(lambda value: (sets("billing.taxonomy", value),))
_AMOUNTS = st.sampled_from(("50", "80")).map(lambda value: (reprices("charge_percent", value),))


@st.composite
def _of_lines(draw: Any, name: str) -> DeclaredRule:
    found = draw(world.rules(name=name, actions=_AMOUNTS))
    assume(found.is_of_lines)
    return found


@settings(max_examples=rounds(500))
@given(
    st.one_of(
        st.tuples(
            world.rules(name="OWN-1", actions=_TAXONOMIES),
            world.rules(name="OWN-2", actions=_TAXONOMIES),
        ),
        st.tuples(_of_lines("OWN-1"), _of_lines("OWN-2")),
    ),
    st.lists(world.claims(same_day=True), min_size=1, max_size=2),
)
def test_every_conflict_that_a_claim_shows_is_found_at_save(
    pair: tuple[DeclaredRule, DeclaredRule], claims: list[Claim]
) -> None:
    one, two = pair
    of_lines = "line.charge" in effects(one)
    shown = any(
        (naive(one, each) & naive(two, each))
        if of_lines
        else (naive(one, each) and naive(two, each))
        for each in claims
    )
    if shown and one.basis is two.basis:
        assert may_meet(one, two, same_line=of_lines)
    if shown and effects(one) != effects(two):
        assert clashing_fields(one, two)
        assert any(each.blocks for each in conflicts(one, [two]))


@settings(max_examples=rounds(300))
@given(world.rules(name="OWN-1"), world.rules(name="OWN-2"), world.claims())
def test_what_one_rule_covers_the_other_never_escapes(
    one: DeclaredRule, two: DeclaredRule, each: Claim
) -> None:
    wide = replace(one, clauses=two.clauses[:1], selectors=world.Selectors(), match=Match.ALL)
    narrow = replace(two, match=Match.ALL)
    if covers(wide, narrow):
        assert naive(narrow, each) <= naive(wide, each)
    if covers(one, two):
        assert naive(two, each) <= naive(one, each)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (over("claim", asks("place_of_service", "is", "11")),
         over("claim", asks("place_of_service", "one_of", "02", "10"))),
        (over("claim", asks("charge", "at_most", "100")),
         over("claim", asks("charge", "between", "100.01", "200"))),
        (over("claim", asks("clia", "missing")), over("claim", asks("clia", "present"))),
        (over("claim", asks("payer.plan", "begins_with", "GOLD")),
         over("claim", asks("payer.plan", "begins_with", "SIL", "BRO"))),
        (over("claim", asks("frequency", "is", "1")),
         over("claim", asks("frequency", "is_not", "1"))),
    ],
)  # fmt: skip
def test_rules_that_no_claim_can_both_match_are_no_conflict(one: Clause, two: Clause) -> None:
    pair = [
        rule(clause, name=f"OWN-{place}", actions=(sets("billing.taxonomy", f"{place}"),))
        for place, clause in enumerate((one, two))
    ]
    assert conflicts(pair[0], [pair[1]]) == ()


def test_a_rule_that_a_later_layer_always_overrules_is_refused_with_its_name() -> None:
    own = rule(name="OWN-1", actions=(sets("clia", "05D0000001"),))
    payer = rule(
        over("claim", asks("clia", "missing")), name="PAYER-1", layer=Layer.PAYER,
        actions=(sets("clia", "05D0000002"),),
    )  # fmt: skip
    [found] = conflicts(payer, [own])
    assert found.blocks
    assert "never do anything: OWN-1" in found.message
    [told] = conflicts(own, [payer])
    assert not told.blocks
    assert "OWN-1 wins" in told.message


def test_a_rule_never_silences_a_reject() -> None:
    reject = rule(name="OWN-1", actions=(Action(kind=ActionKind.REJECT, message="No"),))
    milder = rule(name="OWN-2", supersedes=("OWN-1", "PS-001", "OWN-9"))
    said = [str(one) for one in conflicts(milder, [reject], severities={"PS-001": "reject"})]
    assert [one for one in said if "never silence" in one] == [
        "supersedes: OWN-1 rejects; a rule may tighten that, never silence it",
        "supersedes: PS-001 rejects; a rule may tighten that, never silence it",
    ]
    assert "supersedes: there is no rule OWN-9" in said


def test_a_rule_whose_conditions_exclude_each_other_is_refused() -> None:
    asked = rule(over("claim", asks("clia", "missing"), asks("clia", "is", "05D1234567")))
    assert "no claim can match" in conflicts(asked, [])[0].message


# Versions.


def _version(number: int, first: date | None, last: date | None = None, off: date | None = None):
    return RuleVersion(
        rule=rule(version=number, effective=Window(first, last)),
        saved_by=world.UUID(int=1),
        saved_at=world.datetime(2026, 1, 1),
        off_from=off,
    )


def test_a_version_holds_until_the_next_begins_and_none_once_it_is_off() -> None:
    def windows(*versions: RuleVersion) -> list[tuple[int, date | None, date | None]]:
        return [(one.version, one.effective.first, one.effective.last)
                for one in in_force(versions)]  # fmt: skip

    first, march, april = date(2026, 1, 1), date(2026, 3, 1), date(2026, 4, 1)
    one, two = _version(1, first), _version(2, march)
    assert windows(two, one) == [(1, first, date(2026, 2, 28)), (2, march, None)]
    off = _version(3, None, off=april)
    assert windows(one, two, off) == [
        (1, first, date(2026, 2, 28)), (2, march, date(2026, 3, 31)),
    ]  # fmt: skip
    assert windows(one, _version(2, None)) == [(2, None, None)]
    assert windows(one, two, _version(3, None, off=first)) == []
    assert windows(one, _version(2, first)) == [(2, first, None)]
    compile_rule_book([rule_set("practice", in_force([one, two, off]))])


def test_a_rule_that_cannot_be_asked_is_refused_when_it_is_compiled() -> None:
    with pytest.raises(InputError, match="OWN-1: clause 1, condition 1: there is no field"):
        compiled(rule(over("claim", asks("no_such", "missing"))))
    assert DAY < AS_OF


def test_the_example_of_the_manual_is_a_rule_that_can_be_saved() -> None:
    page = (Path(__file__).parents[3] / "docs" / "declared-rules.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    [one] = read_rules(example, toml=True)
    assert problems(one) == ()
    assert compiled(one).edit is not None
    assert one.effective.first == date(2026, 4, 1)
