"""Behavioral health as a plugin: every rule is tried, what it derives is what it checks."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from core.claims.claim import Attachment, Claim
from core.codes.diagnosis_book import IcdBook
from core.consent import Consent as EnteredConsent
from core.rules.facts import ClaimFacts
from plugins import Charge, CodingCase, ConsentKind, ConsentPurpose, PayerPolicy, Proposal, seal
from plugins.behavioral_health import coding, plays, prices, times
from plugins.behavioral_health.records import (
    ATTACHED_NOTE,
    PART_TWO,
    SESSION,
    AttachedNote,
    Consent,
    PartTwo,
    Session,
)
from plugins.demo import DemoPractice
from plugins.host import EnabledPlugin, default_host
from plugins.testing import TODAY, findings, professional_claim
from tests.plugins.behavioral_health import (
    test_company,
    test_diagnoses_and_privacy,
    test_months_and_programs,
    test_time,
    test_who_and_where,
)
from tests.plugins.behavioral_health.documents import (
    answer,
    book,
    derived,
    document,
    held,
    line,
    units,
)
from tests.plugins.trials import MEDICARE, plain_book

TRIALS = (
    *test_time.TRIALS,
    *test_company.TRIALS,
    *test_who_and_where.TRIALS,
    *test_months_and_programs.TRIALS,
    *test_diagnoses_and_privacy.TRIALS,
)


def test_every_rule_has_a_trial_that_fires_and_one_that_stays_quiet() -> None:
    own = {one.rule.id for one in plain_book().lookers if one.family == "behavioral_health"}
    assert own == {trial.rule for trial in TRIALS}


# What came with a visit of the practice, beside what was entered there.


def entered(kind: ConsentKind, *payer_ids: str) -> ClaimFacts:
    """A patient with one consent in force."""
    consent = EnteredConsent(
        id=UUID(int=1),
        patient_id=UUID(int=2),
        kind=kind,
        signed_on=date(2020, 1, 1),
        purposes=(ConsentPurpose.PAYMENT,),
        recipients=payer_ids,
    )
    return ClaimFacts(consents=(consent,))


def program(consent: Consent | None = None) -> Claim:
    return professional_claim(records=(seal(PART_TWO, PartTwo(True, consent)),))


def noted(content: str, authorization: bool = False) -> Claim:
    return professional_claim(records=(seal(ATTACHED_NOTE, AttachedNote(content, authorization)),))


SIGNED = date(2026, 1, 1)
OTHER_PAYER = replace(program(), payer=replace(MEDICARE, payer_id="ANOTHER"))


@pytest.mark.parametrize(
    ("claim", "facts", "rule"),
    [
        (program(Consent(SIGNED, TODAY)), ClaimFacts(), "BH-040"),
        (program(Consent(SIGNED, TODAY + timedelta(1))), ClaimFacts(), ""),
        (program(), entered(ConsentKind.PART_TWO), ""),
        (program(), entered(ConsentKind.PART_TWO, program().payer.payer_id), ""),
        (OTHER_PAYER, entered(ConsentKind.PART_TWO, program().payer.payer_id), "BH-040"),
        (program(), entered(ConsentKind.COUNSELLING_NOTES), "BH-040"),
        (noted("psychotherapy_notes"), ClaimFacts(), "BH-041"),
        (noted("psychotherapy_notes", True), ClaimFacts(), ""),
        (noted("psychotherapy_notes"), entered(ConsentKind.PSYCHOTHERAPY_NOTES), ""),
        (noted("sud_counseling_notes"), entered(ConsentKind.PSYCHOTHERAPY_NOTES), "BH-041"),
        (noted("progress_note"), ClaimFacts(), ""),
    ],
)
def test_what_may_not_leave_is_held_by_a_gate(claim: Claim, facts: ClaimFacts, rule: str) -> None:
    found = findings(claim, plain_book(), facts=facts)
    gates = [one for one in found if one.gate]
    assert [one.rule for one in gates] == ([rule] if rule else [])
    assert all(not one.overridable for one in gates)


def test_the_paper_itself_may_say_what_it_is() -> None:
    paper = Attachment(report_type="OZ", transmission="BM", content="psychotherapy_notes")
    claim = professional_claim(attachments=(paper,))
    assert "BH-041" in {one.rule for one in findings(claim, plain_book())}
    allowed = replace(claim, attachments=(replace(paper, is_authorized=True),))
    assert "BH-041" not in {one.rule for one in findings(allowed, plain_book())}


def test_no_message_names_a_patient_or_a_diagnosis(icd: IcdBook) -> None:
    for trial in TRIALS:
        diagnoses = trial.fires["claim"]["dx"]
        for one in answer(trial.fires, icd)["findings"]:
            if one["rule"].startswith("BH-"):
                words = one["message"] + one.get("suggestion", "")
                assert not any(code in words for code in diagnoses)
                assert "1EG4" not in words
                assert one["source"]
                assert len(one["message"]) < 200


# Derived and checked by the same functions: what is derived is never held.


def _apply(given: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """The document with what the facts support in place of what was billed."""
    lines = []
    for one in given["claim"]["lines"]:
        row = derived(result, one["no"])
        changed = {**one, **{key: row[key] for key in ("code", "units") if key in row}}
        if changed["code"] and changed["units"]:
            lines.append(changed)
    total = f"{sum(float(one['charge']) for one in lines):.2f}"
    return {**given, "claim": {**given["claim"], "lines": lines, "total_charge": total}}


MINUTES = st.integers(0, 240)
COUNTS = st.integers(1, 9)
BILLED = st.one_of(
    st.tuples(st.sampled_from([*times.ALONE, "90839", "90847"]), MINUTES).map(
        lambda one: (line(*one),)
    ),
    st.tuples(st.sampled_from(times.ADD_ON), MINUTES).map(lambda one: (line("99214"), line(*one))),
    st.tuples(
        st.sampled_from([family for family in times.FAMILIES if family.add_on]), MINUTES, COUNTS
    ).map(lambda one: (line(one[0].base, one[1]), units(one[0].add_on, one[2]))),
    st.tuples(st.sampled_from(["H2017", "T1017", "H0004"]), COUNTS, MINUTES).map(
        lambda one: (units(*one),)
    ),
    st.tuples(st.sampled_from(["G0396", "G0397", "G2011", "99408", "99409"]), MINUTES).map(
        lambda one: (line(*one),)
    ),
)


@settings(max_examples=60, deadline=None)
@given(lines=BILLED, payer=st.sampled_from(["medicare", "commercial"]))
def test_what_is_derived_is_held_by_no_rule_of_time(
    lines: tuple[dict[str, Any], ...], payer: str, icd: IcdBook
) -> None:
    given_document = document(*lines, payer=payer, by="MD", dx=["E11.9"])
    result = answer(given_document, icd)
    right = _apply(given_document, result)
    if right["claim"]["lines"]:
        again = answer(right, icd)
        assert held(again) - {"PS-056 deny 1"} == set()
        for row in again["derived"]["lines"]:
            billed = next(one for one in right["claim"]["lines"] if one["no"] == row["no"])
            assert row.get("code", billed["code"]) == billed["code"]


# Coding: what a visit documented becomes codes and units.


def propose(
    charges: tuple[Charge, ...], at: int = 0, by: str = "LCSW", **knobs: Any
) -> dict[str, Proposal]:
    """What each coding rule says of one charge."""
    encounter = replace(
        default_host().demo_encounters(
            "behavioral_health", 1, DemoPractice(as_of=TODAY, encounters=1)
        )[0],
        charges=charges,
    )
    assert encounter.rendering is not None
    rendering = replace(encounter.rendering, credential=by)
    payer = encounter.coverages[0].payer
    policy = book().policy(payer, TODAY)
    case = CodingCase(
        encounter=encounter,
        payer=payer,
        policy=replace(policy, knobs={**policy.knobs, **knobs}),
        day=TODAY,
        rendering=rendering,
    )
    charge = charges[at]
    found = {
        rule.id: rule.derive(case, charge)
        for rule in coding.CODING_RULES
        if rule.touches.takes_code(charge.code)
    }
    return {rule: proposal for rule, proposal in found.items() if proposal is not None}


def charge(code: str = "", kind: str = "", minutes: int | None = None, no: int = 1) -> Charge:
    records = (seal(SESSION, Session(kind)),) if kind else ()
    return Charge(
        id=UUID(int=no),
        line_no=no,
        code=code,
        minutes=minutes,
        service_from=TODAY,
        records=records,
    )


@pytest.mark.parametrize(
    ("kind", "minutes", "by", "evaluated", "code"),
    [
        ("individual", 37, "LCSW", False, "90832"),
        ("individual", 38, "LCSW", False, "90834"),
        ("individual", 53, "MD", True, "90838"),
        ("individual", 45, "LCSW", True, "90834"),
        ("individual", 15, "LCSW", False, None),
        ("crisis", 30, "LCSW", False, "90839"),
        ("crisis", 29, "LCSW", False, "90832"),
        ("crisis", 15, "LCSW", False, None),
        ("intake", None, "CP", False, "90791"),
        ("group", None, "LPC", False, "90853"),
        ("family", 26, "LPC", False, "90847"),
        ("family", 25, "LPC", False, None),
        ("family_without_patient", 50, "LPC", False, "90846"),
    ],
)
def test_a_session_becomes_its_code(
    kind: str, minutes: int | None, by: str, evaluated: bool, code: str | None
) -> None:
    visit = (charge(kind=kind, minutes=minutes),)
    if evaluated:
        visit += (charge("99214", no=2),)
    proposal = propose(visit, by=by).get("BH-C01")
    assert (proposal.code if proposal else None) == code


@pytest.mark.parametrize(
    ("base", "minutes", "add_on", "expected"),
    [
        ("90839", 105, "90840", 2),
        ("96130", 91, "96131", 1),
        ("96136", 76, "96137", 2),
        ("96158", 37, "96159", 0),
        ("99493", 106, "99494", 2),
        ("99492", 106, "99494", 1),
    ],
)
def test_the_time_of_a_base_service_counts_its_add_on(
    base: str, minutes: int, add_on: str, expected: int
) -> None:
    visit = (charge(base, minutes=minutes), charge(add_on, no=2))
    assert propose(visit, 1)["BH-C04"].units == expected
    assert "BH-C04" not in propose((charge(base), charge(add_on, no=2)), 1)


def test_units_modifiers_and_screening_follow_the_payer() -> None:
    hour = (charge("H2017", minutes=22),)
    assert propose(hour)["BH-C03"].units == Decimal(1)
    assert propose((charge("H2017", minutes=29),), timed_unit_method="full_unit")[
        "BH-C03"
    ].units == Decimal(1)
    wanted = {"LCSW": ("HO", "AJ")}
    assert propose(hour, credential_modifiers=wanted)["BH-C02"].modifiers == ("HO",)
    assert "BH-C02" not in propose(hour, by="MD", credential_modifiers=wanted)
    brief = (charge("99408", minutes=31),)
    assert propose(brief, sbirt="g")["BH-C05"].code == "G0397"
    assert propose(brief, sbirt="cpt")["BH-C05"].code == "99409"


def test_every_denial_of_the_sheet_has_a_play() -> None:
    carcs = {carc for play in plays.DENIAL_PLAYS for carc in play.carcs}
    sheet = ("197", "119", "151", "150", "185", "170", "109", "22", "29", "236", "11", "167", "4")
    assert carcs.issuperset((*sheet, "1", "2", "3"))
    assert all(play.source and play.step for play in plays.DENIAL_PLAYS)


@pytest.mark.parametrize(
    ("credential", "day", "share"),
    [
        ("NP", date(2020, 1, 1), "0.85"),
        ("LCSW", date(2026, 1, 1), "0.75"),
        ("LPC", date(2024, 1, 1), "0.75"),
        ("LPC", date(2023, 12, 31), None),
        ("CP", date(2026, 1, 1), None),
    ],
)
def test_the_share_of_a_credential_is_dated(credential: str, day: date, share: str | None) -> None:
    assert prices.practitioner_share(credential, day) == (Decimal(share) if share else None)


def test_the_next_weekly_bundle_is_due_a_week_later() -> None:
    (deadline,) = plays.DEADLINES
    assert deadline.id == "BH-T01"
    visit = default_host().demo_encounters(
        "behavioral_health", 1, DemoPractice(as_of=TODAY, encounters=1)
    )[0]
    assert deadline.due(visit) is None
    found = deadline.due(replace(visit, charges=(charge("G2067"),)))
    assert found is not None
    assert found.due == found.opens == TODAY + timedelta(days=7)


def test_what_payers_ask_unless_they_say_otherwise() -> None:
    policies = {one.id: one.knobs for one in policies_of_plugin()}
    assert policies["BH-P01"] == {"iop_inclusive": True}
    assert policies["BH-P02"]["sbirt"] == "g"
    assert policies["BH-P03"] == {"sbirt": "cpt"}
    assert policies["BH-P04"] == {"auth_families": {"psychotherapy": times.ALONE}}
    assert {one.id for one in prices.PRICING_STEPS} == {"BH-M01"}


def policies_of_plugin() -> tuple[PayerPolicy, ...]:
    return default_host().rule_set(EnabledPlugin(name="behavioral_health")).payer_policies


def test_the_plugin_states_what_it_derives() -> None:
    own = default_host().rule_set(EnabledPlugin(name="behavioral_health"))
    assert {one.id for one in own.derivations} == {"BH-S01", "BH-S02"}
    assert {one.id for one in own.gates} == {"BH-040", "BH-041"}
