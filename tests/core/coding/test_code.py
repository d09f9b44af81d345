"""Encounter -> claims: what is filled in, how charges share claims, whom is billed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.claims.claim import Form, OtherPayer
from core.claims.parties import Name, Payer, PayerSequence, Person, Provider, Subscriber
from core.coding.code import CodedEncounter, code
from core.dates import ALWAYS, Window
from core.intake.encounter import Charge, Coverage, Encounter, Patient
from core.rules.coding import ClaimShape, CodingRule, Proposal
from core.rules.rule import Touches
from core.rules.rulebook import RuleBook, RuleSet, compile_rule_book

DAY = date(2026, 5, 12)
WHO = Person(name=Name(last="Invented"))
RENDERING = Provider(name=Name(last="One"), npi="1234567893")
OTHER = Provider(name=Name(last="Two"), npi="1333444556")


def payer(number: str) -> Payer:
    return Payer(payer_id=number, name=f"Payer {number}")


def coverage(rank: int, number: str, window: Window = ALWAYS) -> Coverage:
    return Coverage(
        id=UUID(int=int(number)),
        patient_id=UUID(int=1),
        rank=rank,
        payer_ref=UUID(int=2),
        payer=payer(number),
        subscriber=Subscriber(person=WHO, member_id=number),
        window=window,
    )


def charge(line_no: int = 1, **changes: Any) -> Charge:
    given: dict[str, Any] = {
        "id": UUID(int=line_no),
        "line_no": line_no,
        "code": "99213",
        "service_from": DAY,
        **changes,
    }
    return Charge(**given)


def encounter(*charges: Charge, **changes: Any) -> Encounter:
    given: dict[str, Any] = {
        "id": UUID(int=5),
        "external_id": "E1",
        "patient": Patient(id=UUID(int=1), number="P1", person=WHO),
        "coverages": (coverage(1, "10"),),
        "billing": Provider(name=Name(last="Clinic")),
        "rendering": RENDERING,
        "charges": charges or (charge(),),
        "place_of_service": "11",
        **changes,
    }
    return Encounter(**given)


def book(*rules: CodingRule, shapes: tuple[ClaimShape, ...] = ()) -> RuleBook:
    one = RuleSet(name="one", version="1", coding_rules=rules, claim_shapes=shapes)
    return compile_rule_book([one])


def coded(given: Encounter, by: RuleBook | None = None) -> CodedEncounter:
    return code(given, by or book(), claim_number="C1")


def rule(proposal: Proposal, **changes: Any) -> CodingRule:
    return CodingRule(
        id="A-C1", title="t", source="test", derive=lambda case, line: proposal, **changes
    )


def test_a_claim_carries_a_snapshot_and_numbered_lines() -> None:
    (claim,) = coded(encounter(charge(7), charge(9, charge_cents=0))).claims
    assert (claim.claim_number, claim.payer.payer_id) == ("C1", "10")
    assert claim.subscriber.member_id == "10"
    assert [(one.line_no, one.control_number) for one in claim.lines] == [(1, "C1-1"), (2, "C1-2")]
    assert [one.charge_id for one in claim.lines] == [UUID(int=7), UUID(int=9)]
    assert [one.fee_source for one in claim.lines] == ["", "captured"]


def test_blanks_are_filled_and_each_change_is_written_down() -> None:
    proposal = Proposal(
        code="90834", units=Decimal(3), modifiers=("95",), place_of_service="10", reason="because"
    )
    result = coded(encounter(charge(code=""), place_of_service=""), book(rule(proposal)))
    (line,) = result.claims[0].lines
    assert (line.code, line.units, line.modifiers) == ("90834", 3, ("95",))
    assert line.place_of_service == "10"
    assert [(one.item, one.before, one.after) for one in result.changes] == [
        ("code", "", "90834"),
        ("units", "1", "3"),
        ("place_of_service", "", "10"),
        ("modifiers", "", "95"),
    ]
    assert {(one.rule, one.reason) for one in result.changes} == {("A-C1", "because")}


def test_what_the_practice_stated_is_never_replaced() -> None:
    proposal = Proposal(code="90834", units=Decimal(3), place_of_service="10", modifiers=("25",))
    stated = charge(code="90837", units=Decimal(2), modifiers=("25",))
    result = coded(encounter(stated), book(rule(proposal)))
    (line,) = result.claims[0].lines
    assert (line.code, line.units, line.modifiers) == ("90837", 2, ("25",))
    assert result.claims[0].place_of_service == "11"
    assert result.changes == ()


def test_a_coding_rule_holds_at_both_ends_of_its_window() -> None:
    rules = book(rule(Proposal(code="1"), effective=Window(DAY, DAY)))
    for offset, expected in ((-1, ""), (0, "1"), (1, "")):
        given = encounter(charge(code="", service_from=DAY + timedelta(offset)))
        assert coded(given, rules).claims[0].lines[0].code == expected


def test_a_coding_rule_that_breaks_becomes_a_finding() -> None:
    broken = CodingRule(id="A-C9", title="t", source="test", derive=lambda case, line: 1 / 0)
    result = coded(encounter(), book(broken))
    assert [(one.rule, one.reason) for one in result.findings] == [("A-C9", "rule_failed")]
    assert len(result.claims) == 1


def test_charges_are_grouped_by_form_rendering_provider_and_coverage() -> None:
    shape = ClaimShape(
        id="A-S1", title="t", source="s", form=Form.DENTAL, touches=Touches(prefixes=("D",))
    )
    given = encounter(
        charge(1),
        charge(2, code="D0120"),
        charge(3, rendering=OTHER),
        charge(4),
        charge(5, service_from=DAY + timedelta(1)),
        coverages=(
            coverage(1, "10", Window(None, DAY)),
            coverage(1, "20", Window(DAY + timedelta(1))),
        ),
    )
    claims = coded(given, book(shapes=(shape,))).claims
    made = [
        (one.claim_number, one.form.value, one.payer.payer_id, one.rendering, len(one.lines))
        for one in claims
    ]
    assert made == [
        ("C1", "837P", "10", RENDERING, 2),
        ("C1-2", "837D", "10", RENDERING, 1),
        ("C1-3", "837P", "10", OTHER, 1),
        ("C1-4", "837P", "20", RENDERING, 1),
    ]
    assert sum(len(one.lines) for one in claims) == 5


def test_providers_without_npi_are_not_taken_for_one_another() -> None:
    nameless = [Provider(name=Name(last=last)) for last in ("Three", "Four")]
    given = encounter(*(charge(n, rendering=who) for n, who in enumerate(nameless, 1)))
    assert [one.rendering for one in coded(given).claims] == nameless


def test_a_claim_that_outgrows_its_form_is_split() -> None:
    claims = coded(encounter(*(charge(n) for n in range(1, 102)))).claims
    assert [len(one.lines) for one in claims] == [50, 50, 1]
    assert [one.lines[0].line_no for one in claims] == [1, 1, 1]


def test_a_second_coverage_waits_as_other_payer() -> None:
    given = encounter(coverages=(coverage(2, "20"), coverage(1, "10")))
    (claim,) = coded(given).claims
    (other,) = claim.other_payers
    assert (claim.sequence, claim.payer.payer_id) == (PayerSequence.PRIMARY, "10")
    assert (other.sequence, other.payer.payer_id, other.paid_cents) == ("S", "20", None)


def test_a_payer_that_has_decided_is_not_billed_again() -> None:
    decided = OtherPayer(
        sequence=PayerSequence.PRIMARY,
        payer=payer("10"),
        subscriber=Subscriber(person=WHO),
        paid_cents=500,
    )
    given = encounter(
        coverages=(coverage(1, "10"), coverage(2, "20")),
        other_payers=(decided,),
        sequence=PayerSequence.SECONDARY,
    )
    (claim,) = coded(given).claims
    assert (claim.sequence, claim.payer.payer_id) == (PayerSequence.SECONDARY, "20")
    assert claim.other_payers == (decided,)


def test_a_gap_in_coverage_is_a_finding_and_the_rest_goes_on() -> None:
    given = encounter(
        charge(1),
        charge(2, service_from=DAY + timedelta(1)),
        coverages=(coverage(1, "10", Window(None, DAY)),),
    )
    result = coded(given)
    assert [(one.rule, one.line_no) for one in result.findings] == [("CW-003", 2)]
    assert [len(one.lines) for one in result.claims] == [1]


def test_two_coverages_of_one_rank_are_pointed_out() -> None:
    result = coded(encounter(coverages=(coverage(1, "10"), coverage(1, "20"))))
    assert [(one.rule, one.severity.value) for one in result.findings] == [("CW-004", "warn")]
    assert len(result.claims) == 1


def test_a_visit_without_day_or_charge_makes_no_claim() -> None:
    nothing = encounter().__class__
    empty = code(encounter(charge(service_from=None)), book(), claim_number="C1")
    assert [one.rule for one in empty.findings] == ["CW-001"]
    bare = nothing(
        id=UUID(int=5),
        external_id="E",
        patient=encounter().patient,
        billing=RENDERING,
        admission_date=DAY,
    )
    assert [one.rule for one in coded(bare).findings] == ["CW-002"]


def test_claim_numbers_may_come_from_a_counter() -> None:
    given = encounter(charge(1), charge(2, rendering=OTHER))
    claims = code(given, book(), claim_number=lambda place: f"N{place + 100}").claims
    assert [one.claim_number for one in claims] == ["N100", "N101"]
