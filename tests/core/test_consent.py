"""Which days, which payer, which purpose: what a consent lets leave, and what it does not."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.claims.claim import Claim, Form, Note, SpecialtyRecord
from core.claims.position import NextActor, Owes, Position, Stage
from core.confidentiality import FieldClass, Sensitivity
from core.consent import (
    Consent,
    ConsentKind,
    ConsentPurpose,
    covering,
    may_disclose_part_two,
    recorded_in_force,
)
from core.part_two import NOTICE, sensitivity_of
from core.ports import ClaimRecord
from core.submission.notice import with_notice
from core.usecases.disclose import NO_CONSENT, barriers
from core.x12.check import check
from core.x12.claims_limits import faults
from core.x12.claims_reader import ReadClaim, read_claims
from tests.core.usecases.office import file_of, made
from tests.core.usecases.test_prepare_and_submit import of_every_form

SIGNED, TODAY = date(2026, 1, 10), date(2026, 6, 1)
DAY = timedelta(days=1)
SUBSTANCE_USE = Sensitivity.SUBSTANCE_USE
PART_TWO, PAYMENT = ConsentKind.PART_TWO, ConsentPurpose.PAYMENT


def stored(claim: Claim, label: Sensitivity = Sensitivity.NONE) -> ClaimRecord:
    """``claim`` as the store gives it, where this label lies beside it."""
    return ClaimRecord(
        id=UUID(int=3),
        claim=claim,
        position=Position(stage=Stage.READY, owes=Owes.PAYER, next_actor=NextActor.SYSTEM),
        encounter_id=UUID(int=4),
        patient_id=UUID(int=2),
        payer_ref=UUID(int=5),
        sensitivity=label,
    )


def consent(**changes: object) -> Consent:
    given_ = {
        "id": UUID(int=1),
        "patient_id": UUID(int=2),
        "kind": PART_TWO,
        "signed_on": SIGNED,
        "purposes": (PAYMENT,),
        "document": "chart",
    }
    return Consent(**(given_ | changes))  # type: ignore[arg-type]


@pytest.mark.control("R26")
@pytest.mark.parametrize(
    ("records", "on_a_line"),
    [
        ((SpecialtyRecord(kind="detox.stay", body=b"{}", sensitivity=SUBSTANCE_USE),), False),
        ((SpecialtyRecord(kind="detox.stay", body=b"{}", sensitivity=SUBSTANCE_USE),), True),
        ((SpecialtyRecord(kind="other.part2", body=b'{"program": true}'),), True),
    ],
)
def test_what_is_sealed_as_a_programs_record_leaves_with_a_consent_only(
    records: tuple[SpecialtyRecord, ...], on_a_line: bool
) -> None:
    [claim] = made(1, records=() if on_a_line else records)
    if on_a_line:
        first, *others = claim.lines
        first = msgspec.structs.replace(first, records=records)
        claim = msgspec.structs.replace(claim, lines=(first, *others))
    assert sensitivity_of(claim, claim.lines) is SUBSTANCE_USE
    record = stored(claim)
    assert record.clinical_class is FieldClass.SUBSTANCE_USE
    assert barriers(record, (), restricted=False, on=TODAY) == (NO_CONSENT,)


@pytest.mark.control("R26")
def test_a_claim_once_sealed_as_a_programs_record_stays_one_whatever_an_edit_takes_off() -> None:
    [claim] = made(1)
    assert barriers(stored(claim), (), restricted=False, on=TODAY) == ()
    record = stored(claim, SUBSTANCE_USE)
    assert barriers(record, (), restricted=False, on=TODAY) == (NO_CONSENT,)
    edited = msgspec.structs.replace(record, claim=msgspec.structs.replace(claim, records=()))
    assert edited.clinical_class is FieldClass.SUBSTANCE_USE


@pytest.mark.control("R26")
@pytest.mark.parametrize(
    ("changes", "day", "counts"),
    [
        ({}, SIGNED - DAY, False),
        ({}, SIGNED, True),
        ({}, date(2099, 1, 1), True),
        ({"expires_on": TODAY}, TODAY - DAY, True),
        ({"expires_on": TODAY}, TODAY, False),
        ({"revoked_on": TODAY}, TODAY - DAY, True),
        ({"revoked_on": TODAY}, TODAY, False),
        ({"revoked_on": SIGNED}, SIGNED, False),
        ({"revoked_on": TODAY, "expires_on": TODAY + 9 * DAY}, TODAY + DAY, False),
    ],
)
def test_a_consent_counts_from_its_signing_until_it_ends(changes, day: date, counts: bool) -> None:
    one = consent(**changes)
    assert one.in_force(day) is counts
    assert (covering([one], PART_TWO, "P1", PAYMENT, day) is one) is counts


@pytest.mark.control("R26")
@pytest.mark.parametrize(
    ("changes", "covers"),
    [
        ({"recipients": ("P1",)}, True),
        ({"recipients": ("P0", "P1")}, True),
        ({"recipients": ("P0",)}, False),
        ({"recipients": ()}, True),
        ({"purposes": (ConsentPurpose.TREATMENT, ConsentPurpose.OPERATIONS)}, False),
        ({"purposes": tuple(ConsentPurpose)}, True),
        ({"kind": ConsentKind.PSYCHOTHERAPY_NOTES}, False),
        ({"kind": ConsentKind.COUNSELLING_NOTES}, False),
    ],
)
def test_it_names_who_and_what_for(changes, covers: bool) -> None:
    assert (covering([consent(**changes)], PART_TWO, "P1", PAYMENT, TODAY) is not None) is covers


def record(signed: date | None, revoked: date | None = None, *, program: bool = True) -> object:
    consent_ = None if signed is None else {"signed": signed, "revoked": revoked}
    body = msgspec.json.encode({"program": program, "consent": consent_})
    return SpecialtyRecord(kind="behavioral_health.part2", body=body)


@pytest.mark.control("R26")
@pytest.mark.parametrize(
    ("records", "stored", "may"),
    [
        ((), (), False),
        ((record(None),), (), False),
        ((record(SIGNED),), (), True),
        ((record(TODAY + DAY),), (), False),
        ((record(SIGNED, TODAY),), (), False),
        ((record(SIGNED, TODAY + DAY),), (), True),
        ((record(None),), (consent(),), True),
        ((record(SIGNED),), (consent(revoked_on=TODAY),), False),
        ((record(SIGNED),), (consent(revoked_on=TODAY + DAY),), True),
        # Signed anew after the revocation.
        ((record(TODAY),), (consent(revoked_on=TODAY - DAY),), True),
        ((record(SIGNED),), (consent(revoked_on=TODAY - DAY), consent(signed_on=TODAY)), True),
    ],
)
def test_a_consent_that_came_with_the_visit_counts_until_a_revocation(
    records, stored, may: bool
) -> None:
    [claim] = made(1, records=records)
    assert may_disclose_part_two(claim, stored, "P1", TODAY) is may


def test_a_record_that_cannot_be_read_counts_as_protected_without_a_consent() -> None:
    [claim] = made(1, records=(SpecialtyRecord(kind="other.part2", body=b"[1]"),))
    assert stored(claim).is_part_two
    assert recorded_in_force(claim, (), TODAY) is None
    [other] = made(1, records=(record(SIGNED, program=False), SpecialtyRecord(kind="x.part22")))
    assert not stored(other).is_part_two


@pytest.mark.control("R26")
@given(
    signed=st.integers(0, 40),
    revoked=st.none() | st.integers(0, 40),
    expires=st.none() | st.integers(1, 40),
    day=st.integers(0, 60),
)
def test_once_it_has_ended_it_never_counts_again(signed, revoked, expires, day) -> None:
    start = date(2026, 1, 1)
    at = lambda days: None if days is None else start + timedelta(days)  # noqa: E731
    one = consent(signed_on=at(signed), revoked_on=at(revoked), expires_on=at(expires))
    ends = [end for end in (revoked, expires) if end is not None]
    assert one.in_force(start + timedelta(day)) is (signed <= day and all(day < e for e in ends))


@pytest.mark.control("R26")
@pytest.mark.parametrize("place", range(3))
def test_the_notice_is_carried_by_each_form_and_reads_back(place: int) -> None:
    claim = of_every_form()[place]
    noted = with_notice(claim)
    assert noted is not None
    assert with_notice(noted) == noted, "once is enough"
    data = file_of([noted], claim.form)
    assert f"NTE*ADD*{NOTICE}~".encode() in data
    assert not check(data).has_errors
    [back] = [one for one in read_claims(data) if isinstance(one, ReadClaim)]
    assert any(note.text == NOTICE for note in back.claim.notes)
    assert len(NOTICE) <= 80


@pytest.mark.parametrize(
    ("form", "notes", "line_notes", "fits"),
    [
        (Form.PROFESSIONAL, ("CER",), ((), ()), "line 1"),
        (Form.PROFESSIONAL, ("ADD",), (("DCP",), ()), "line 2"),
        (Form.PROFESSIONAL, ("ADD",), (("TPO",), ()), "line 1"),
        (Form.PROFESSIONAL, ("ADD",), (("DCP",), ("ADD",)), ""),
        (Form.INSTITUTIONAL, ("ADD",), ((), ()), ""),
        (Form.INSTITUTIONAL, ("DCP",), ((), ()), "claim"),
        (Form.DENTAL, ("ADD",) * 4, ((), ()), "claim"),
        (Form.DENTAL, ("ADD",) * 5, ((), ()), ""),
    ],
)
def test_it_takes_the_first_note_that_is_free_or_says_that_none_is(
    form, notes, line_notes, fits: str
) -> None:
    base = next(one for one in of_every_form() if one.form is form)
    as_notes = lambda qualifiers: tuple(Note(qualifier=q, text="taken") for q in qualifiers)  # noqa: E731
    lines = tuple(
        msgspec.structs.replace(base.lines[0], line_no=place, notes=as_notes(qualifiers))
        for place, qualifiers in enumerate(line_notes, 1)
    )
    claim = msgspec.structs.replace(base, notes=as_notes(notes), lines=lines)
    assert not faults(claim)
    noted = with_notice(claim)
    if not fits:
        assert noted is None
        return
    assert noted is not None
    assert not faults(noted)
    places = {"claim": noted.notes, "line 1": noted.lines[0].notes, "line 2": noted.lines[1].notes}
    assert [one for one, found in places.items() if any(n.text == NOTICE for n in found)] == [fits]
