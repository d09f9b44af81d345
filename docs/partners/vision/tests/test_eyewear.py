"""Eyewear: diagnoses, eyes, frames, features, and the pair after a surgery."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from claimwright_vision.lenses import lens_code
from claimwright_vision.records import REFRACTION, Eye

from plugins import PayerKind
from plugins.sample_files import play_for
from plugins.testing import (
    SERVICE_DAY,
    charge,
    claims_of,
    facts,
    line,
    payer,
    prior_service,
    professional_claim,
    record,
    visit,
)

MEDICARE = payer(PayerKind.MEDICARE, filing_indicator="MB")


def glasses(*lines, **changes):
    return professional_claim(*lines, **{"payer": MEDICARE, "diagnoses": ("Z961",), **changes})


def refraction(*, surgery_on=None, sphere=-200, cylinder=-50, lens="single"):
    eye = {"sphere_hundredths": sphere, "cylinder_hundredths": cylinder, "axis_degrees": 90}
    if surgery_on:
        eye["lens_surgery_on"] = surgery_on
    return record(REFRACTION, right=eye, left={**eye, "sphere_hundredths": 500}, lens=lens)


@pytest.mark.parametrize(
    ("diagnoses", "modifiers", "trips"),
    [
        (("Z961",), (), False),
        (("H2701",), (), False),
        (("H5213", "Z961"), (), False),
        (("H5213",), (), True),
        (("H5213",), ("GY",), False),
    ],
)
def test_medicare_pays_for_eyewear_after_cataract_surgery(raised, diagnoses, modifiers, trips):
    claim = glasses(line("V2020", modifiers=modifiers), diagnoses=diagnoses)
    assert ("VIS-020" in raised(claim)) is trips


def test_another_payer_is_not_held_to_medicares_rule(raised):
    assert raised(glasses(line("V2020"), payer=payer(), diagnoses=("H5213",))) == set()


@pytest.mark.parametrize(
    ("modifiers", "units", "trips"),
    [
        (("RT",), 1, False),
        (("LT",), 1, False),
        ((), 1, True),
        (("RT", "LT"), 2, True),
        (("RT",), 2, True),
    ],
)
def test_a_lens_has_one_eye_and_one_unit(raised, modifiers, units, trips):
    claim = glasses(line("V2103", modifiers=modifiers, units=Decimal(units)))
    assert ("VIS-021" in raised(claim)) is trips


@pytest.mark.parametrize(("units", "trips"), [(1, False), (2, True)])
def test_one_pair_has_one_frame(raised, units, trips):
    assert ("VIS-022" in raised(glasses(line("V2020", units=Decimal(units))))) is trips


@pytest.mark.parametrize(("with_standard", "trips"), [(True, False), (False, True)])
def test_a_deluxe_frame_stands_beside_a_standard_one(raised, with_standard, trips):
    standard = (line("V2020", 2),) if with_standard else ()
    claim = glasses(line("V2025", modifiers=("GY",)), *standard)
    assert ("VIS-023" in raised(claim)) is trips


@pytest.mark.parametrize(
    ("code", "modifiers", "rule"),
    [
        ("V2025", (), "VIS-024"),
        ("V2025", ("GA",), "VIS-024"),
        ("V2025", ("GY",), ""),
        ("V2025", ("GY", "GX"), ""),
        ("V2750", (), "VIS-025"),
        ("V2750", ("KX",), ""),
        ("V2750", ("GA",), ""),
    ],
)
def test_features_say_who_pays_for_them(raised, code, modifiers, rule):
    said = raised(glasses(line(code, modifiers=modifiers), line("V2020", 2)))
    assert said & {"VIS-024", "VIS-025"} == ({rule} if rule else set())


@pytest.mark.parametrize(
    ("surgery_days_ago", "trips"), [(None, True), (200, True), (50, False), (100, False)]
)
def test_each_surgery_brings_one_pair(raised, surgery_days_ago, trips):
    known = facts(history=(prior_service("V2020", days_before=100),))
    on = SERVICE_DAY - timedelta(days=surgery_days_ago) if surgery_days_ago else None
    claim = glasses(line("V2020"), records=(refraction(surgery_on=on),))
    assert ("VIS-026" in raised(claim, facts=known)) is trips


def test_a_surgery_billed_here_counts_as_well(raised):
    known = facts(history=(prior_service("V2020", days_before=100), prior_service("66984")))
    assert "VIS-026" not in raised(glasses(line("V2020")), facts=known)


@pytest.mark.parametrize(
    ("sphere", "cylinder", "lens", "code"),
    [
        (-400, 0, "single", "V2100"),
        (425, 0, "single", "V2101"),
        (-2000, 0, "single", "V2102"),
        (-2025, 0, "single", ""),
        (200, -200, "single", "V2103"),
        (200, -225, "single", "V2104"),
        (0, -625, "single", "V2106"),
        (-425, -25, "bifocal", "V2207"),
        (1225, -100, "trifocal", "V2314"),
        (200, -200, "", ""),
    ],
)
def test_the_lens_code_goes_by_the_powers(sphere, cylinder, lens, code):
    eye = Eye(sphere_hundredths=sphere, cylinder_hundredths=cylinder)
    assert lens_code(eye, lens) == code


def test_a_blank_lens_is_coded_from_the_refraction_of_its_eye(rule_book):
    charges = (charge(modifiers=("RT",)), charge(line_no=2, modifiers=("LT",)))
    (claim,) = claims_of(
        visit(*charges, payer=MEDICARE, diagnoses=("Z961",), records=(refraction(),)), rule_book
    )
    assert [one.code for one in claim.lines] == ["V2103", "V2107"]


@pytest.mark.parametrize(("code", "trips"), [("V2103", False), ("V2203", True)])
def test_a_lens_other_than_the_refraction_supports_is_noticed(raised, code, trips):
    claim = glasses(line(code, modifiers=("RT",)), records=(refraction(),))
    assert ("VIS-027" in raised(claim)) is trips


def test_the_pair_after_surgery_leaves_as_written_and_a_denial_is_worked(golden, rule_book):
    claim = glasses(
        line("V2020", 1),
        line("V2103", 2, modifiers=("RT",)),
        line("V2107", 3, modifiers=("LT",)),
        records=(refraction(surgery_on=SERVICE_DAY),),
    )
    golden.claim(claim, "pair.837")
    golden.answer(claim, "pair.835", denied=(1,), carc="96", group="PR")
    play = play_for(claim, rule_book, carc="96", group="PR", line_no=1)
    assert play is not None
    assert play.id == "VIS-D02"
    assert play_for(claim, rule_book, carc="16", line_no=1) is None
