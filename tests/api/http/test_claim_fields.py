"""The fields of the edit form: one value in, the claim changed; bad input kept and named."""

from __future__ import annotations

import operator
from datetime import date
from decimal import Decimal

import pytest
from litestar.datastructures import FormMultiDict
from msgspec.structs import replace

from api.http import claim_form
from api.http.claim_form import FieldsError
from api.http.claim_reading import fields_of
from api.http.forms import Form
from core.claims.claim import Claim, Institutional, OtherPayer
from core.claims.claim import Form as ClaimForm
from core.claims.parties import (
    Address,
    Name,
    PayerSequence,
    Person,
    Provider,
    Sex,
    Subscriber,
)
from core.coding.code import CAPTURED
from core.ids import npi_with_check_digit
from tests.api.http import pages_claims, pages_world
from tests.api.http.edit_form import as_sent

SEEDED = pages_claims._claim("held", "000100000001", pages_world.today())
HOMELESS = replace(SEEDED.patient, address=None)
CLAIM = replace(SEEDED, patient=HOMELESS, subscriber=replace(SEEDED.subscriber, person=HOMELESS))
DENTAL = pages_claims._claim("dental", "000200000005", pages_world.today())
PROVIDERS = {pages_claims.OTHER_RENDERING.npi: pages_claims.OTHER_RENDERING}
ATTENDING = Provider(
    name=Name(last="Vale", first="Judith"), npi="1245319599", taxonomy="207R00000X"
)


def institutional() -> Claim:
    line = replace(CLAIM.lines[0], revenue_code="0551", pointers=(), units=Decimal(0))
    return replace(
        CLAIM,
        form=ClaimForm.INSTITUTIONAL,
        rendering=None,
        attending=ATTENDING,
        lines=(line,),
        institutional=Institutional(
            type_of_bill="0329",
            statement_from=date(2026, 10, 2),
            statement_to=date(2026, 10, 31),
            patient_status="30",
        ),
    )


BILL = institutional()
HOME = Address(line1="1 Elm St", city="Lindenfeld", state="PA", postal_code="171011234")
OTHER_NPI = pages_claims.OTHER_RENDERING.npi
UNKNOWN_NPI = npi_with_check_digit("130000017")


def changed(claim: Claim, **changes: str) -> Claim:
    return claim_form.edited(as_sent(claim, **changes), claim, PROVIDERS)


@pytest.mark.parametrize(
    ("claim", "changes", "at", "value", "label", "after"),
    [
        (CLAIM, {"place_of_service": "10"}, "place_of_service", "10", "Place of service", "10"),
        (DENTAL, {"place_of_service": "22"}, "place_of_service", "22", "Place of service", "22"),
        (CLAIM, {"auth_number": "A-77"}, "auth_number", "A-77", "Authorisation number", "A-77"),
        (BILL, {"type_of_bill": "322"}, "institutional.type_of_bill", "0322", "Type of bill",
         "0322"),
        (BILL, {"statement_from": "10/3/2026"}, "institutional.statement_from",
         date(2026, 10, 3), "Statement from", "2026-10-03"),
        (BILL, {"statement_to": "2026-11-01"}, "institutional.statement_to", date(2026, 11, 1),
         "Statement to", "2026-11-01"),
        (CLAIM, {"patient_last": "Newname"}, "patient.name.last", "Newname", "Patient last name",
         "Newname"),
        (CLAIM, {"patient_first": "Odile"}, "patient.name.first", "Odile", "Patient first name",
         "Odile"),
        (CLAIM, {"birth_date": "4/10/1981"}, "patient.birth_date", date(1981, 4, 10),
         "Birth date", "1981-04-10"),
        (CLAIM, {"sex": "M"}, "patient.sex", Sex.MALE, "Sex", "male"),
        (CLAIM, {"rendering_npi": UNKNOWN_NPI}, "rendering.npi", UNKNOWN_NPI, "Rendering NPI",
         UNKNOWN_NPI),
        (CLAIM, {"rendering_last": "Inventskaya"}, "rendering.name.last", "Inventskaya",
         "Rendering last name", "Inventskaya"),
        (CLAIM, {"rendering_first": "Mara"}, "rendering.name.first", "Mara",
         "Rendering first name", "Mara"),
        (BILL, {"attending_npi": UNKNOWN_NPI}, "attending.npi", UNKNOWN_NPI, "Attending NPI",
         UNKNOWN_NPI),
        (BILL, {"attending_last": "Dale"}, "attending.name.last", "Dale", "Attending last name",
         "Dale"),
        (BILL, {"attending_first": "Jude"}, "attending.name.first", "Jude",
         "Attending first name", "Jude"),
    ],
)  # fmt: skip
def test_a_field_of_the_claim_is_read_and_shown(claim, changes, at, value, label, after) -> None:
    made = changed(claim, **changes)
    assert operator.attrgetter(at)(made) == value
    [shown] = claim_form.differences(claim, made)
    assert (shown.line_no, shown.label, shown.after) == (None, label, after)


@pytest.mark.parametrize(
    ("claim", "changes", "at", "value", "label"),
    [
        (CLAIM, {"service_from1": "2026-01-31"}, "service_from", date(2026, 1, 31),
         "Service from"),
        (CLAIM, {"service_to1": "2099-01-31"}, "service_to", date(2099, 1, 31), "Service to"),
        (BILL, {"revenue_code1": "421"}, "revenue_code", "0421", "Revenue code"),
        (CLAIM, {"minutes1": "45"}, "minutes", 45, "Minutes"),
        (BILL, {"minutes1": "38"}, "minutes", 38, "Minutes"),
    ],
)  # fmt: skip
def test_a_field_of_a_line_is_read_and_shown(claim, changes, at, value, label) -> None:
    made = changed(claim, **changes)
    assert getattr(made.lines[0], at) == value
    [shown] = claim_form.differences(claim, made)
    assert (shown.line_no, shown.label) == (1, label)


def test_a_referring_provider_comes_and_goes() -> None:
    made = changed(CLAIM, referring_npi=UNKNOWN_NPI, referring_last="Sender", referring_first="Amy")
    assert made.referring == Provider(npi=UNKNOWN_NPI, name=Name(last="Sender", first="Amy"))
    assert len(claim_form.differences(CLAIM, made)) == 3
    gone = changed(made, referring_npi="", referring_last="", referring_first="")
    assert gone == CLAIM


def test_an_npi_the_practice_has_entered_brings_its_provider() -> None:
    made = changed(CLAIM, rendering_npi=OTHER_NPI)
    assert made.rendering == pages_claims.OTHER_RENDERING
    assert {one.label for one in claim_form.differences(CLAIM, made)} == {
        "Rendering NPI", "Rendering last name", "Rendering first name"
    }  # fmt: skip


def test_credential_and_taxonomy_go_with_the_person_they_belong_to() -> None:
    corrected = changed(CLAIM, rendering_npi=UNKNOWN_NPI).rendering
    assert corrected.credential == "LCSW"
    somebody_else = changed(
        CLAIM, rendering_npi=UNKNOWN_NPI, rendering_last="Else", rendering_first="Some"
    ).rendering
    assert somebody_else == Provider(npi=UNKNOWN_NPI, name=Name(last="Else", first="Some"))


def test_an_address_is_entered_changed_and_taken_off() -> None:
    typed = {
        "patient_line1": "1 Elm St",
        "patient_city": "Lindenfeld",
        "patient_state": "pa",
        "patient_postal_code": "17101-1234",
    }
    made = changed(CLAIM, **typed)
    assert made.patient.address == HOME
    moved = changed(made, patient_line1="2 Oak St", patient_line2="Apt 4")
    assert moved.patient.address == replace(HOME, line1="2 Oak St", line2="Apt 4")
    assert [one.label for one in claim_form.differences(made, moved)] == [
        "Street", "Street, second line"
    ]  # fmt: skip
    assert changed(made, **dict.fromkeys(typed, "")) == CLAIM


def test_patient_and_subscriber_change_together_where_they_are_one_person() -> None:
    other = OtherPayer(
        sequence=PayerSequence.SECONDARY,
        payer=CLAIM.payer,
        subscriber=Subscriber(person=CLAIM.patient, member_id="S-1"),
    )
    made = changed(replace(CLAIM, other_payers=(other,)), patient_last="Newname")
    assert made.subscriber.person == made.patient
    assert made.other_payers[0].subscriber.person == made.patient
    parent = replace(CLAIM.subscriber, person=Person(name=Name(last="Parent")), relationship="19")
    child = changed(replace(CLAIM, subscriber=parent), patient_last="Newname")
    assert child.patient.name.last == "Newname"
    assert child.subscriber.person.name.last == "Parent"


def test_a_form_has_only_the_fields_of_its_claim() -> None:
    names = {
        claim.form: {
            *fields_of(claim).values,
            *(f"{name}#" for name in fields_of(claim).lines[0].values),
        }
        for claim in (CLAIM, BILL, DENTAL)
    }
    only_bill = {"type_of_bill", "statement_from", "statement_to", "attending_npi", "revenue_code#"}
    assert only_bill <= names["837I"]
    assert not only_bill & (names["837P"] | names["837D"])
    assert {"place_of_service", "rendering_npi"} <= names["837P"] & names["837D"]
    assert not {"place_of_service", "rendering_npi", "tooth#", "pointers#"} & names["837I"]
    assert "minutes#" not in names["837D"]
    assert "tooth#" in names["837D"] - names["837P"]


def test_a_field_that_stands_as_it_was_is_not_judged() -> None:
    assert BILL.lines[0].units == 0, "a payment group has no units"
    nameless = replace(
        BILL,
        subscriber=replace(BILL.subscriber, member_id=""),
        attending=replace(ATTENDING, npi="123"),
    )
    made = changed(nameless, attending_last="Dale")
    assert made.attending.name.last == "Dale"
    assert made.subscriber.member_id == ""


def test_a_field_that_was_not_sent_stays() -> None:
    made = claim_form.edited(Form(FormMultiDict([("auth_number", "A-1")])), CLAIM, {})
    assert made == replace(CLAIM, auth_number="A-1")


def test_a_charge_from_a_schedule_is_found_anew_and_a_typed_one_stands() -> None:
    line = replace(CLAIM.lines[0], fee_source="fees 2026:90837")
    priced = replace(CLAIM, lines=(line, CLAIM.lines[1]))
    anew = changed(priced, code1="90834").lines[0]
    assert (anew.charge_cents, anew.fee_source, anew.expected_cents) == (0, "", None)
    typed = changed(priced, code1="90834", charge1="150").lines[0]
    assert (typed.charge_cents, typed.fee_source) == (15_000, CAPTURED)
    assert changed(priced, minutes1="45").lines[0].charge_cents == line.charge_cents
    captured = replace(line, fee_source=CAPTURED)
    kept = replace(CLAIM, lines=(captured, CLAIM.lines[1]))
    assert changed(kept, code1="90834").lines[0].charge_cents == line.charge_cents


@pytest.mark.parametrize(
    ("claim", "changes", "field"),
    [
        (CLAIM, {"place_of_service": "1"}, "place_of_service"),
        (CLAIM, {"auth_number": "x" * 51}, "auth_number"),
        (CLAIM, {"patient_last": ""}, "patient_last"),
        (CLAIM, {"patient_first": "Zoë"}, "patient_first"),
        (CLAIM, {"birth_date": "31.1.2026"}, "birth_date"),
        (CLAIM, {"birth_date": "2/30/2026"}, "birth_date"),
        (CLAIM, {"sex": "X"}, "sex"),
        (CLAIM, {"patient_line1": "1 Elm St", "patient_city": "A", "patient_state": "PA"},
         "patient_postal_code"),
        (CLAIM, {"patient_line1": "1 Elm St", "patient_city": "A", "patient_state": "PA",
                 "patient_postal_code": "1710"}, "patient_postal_code"),
        (CLAIM, {"patient_line1": "1 Elm St", "patient_city": "A", "patient_state": "Penn",
                 "patient_postal_code": "17101"}, "patient_state"),
        (CLAIM, {"rendering_npi": "1245319590"}, "rendering_npi"),
        (CLAIM, {"rendering_npi": ""}, "rendering_npi"),
        (CLAIM, {"rendering_last": ""}, "rendering_last"),
        (CLAIM, {"referring_npi": UNKNOWN_NPI}, "referring_last"),
        (BILL, {"attending_npi": "12"}, "attending_npi"),
        (BILL, {"type_of_bill": "3"}, "type_of_bill"),
        (BILL, {"statement_from": ""}, "statement_from"),
        (BILL, {"statement_to": "soon"}, "statement_to"),
        (BILL, {"statement_to": "2026-10-01"}, "statement_to"),
        (BILL, {"revenue_code1": "55"}, "revenue_code1"),
        (CLAIM, {"minutes1": "1.5"}, "minutes1"),
        (CLAIM, {"minutes1": "1441"}, "minutes1"),
        (CLAIM, {"minutes1": "0"}, "minutes1"),
        (CLAIM, {"service_from1": "yesterday"}, "service_from1"),
        (CLAIM, {"service_to1": "2020-01-01"}, "service_to1"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_beside_its_field_and_kept(claim, changes, field) -> None:
    form = as_sent(claim, **changes)
    with pytest.raises(FieldsError) as refused:
        claim_form.edited(form, claim, PROVIDERS)
    assert set(refused.value.by_field) == {field}
    assert len(refused.value.by_field[field]) > 10
    typed = claim_form.typed_fields(form, claim)
    everything = dict(typed.values) | {
        f"{name}{line.line_no}": text for line in typed.lines for name, text in line.values.items()
    }
    assert everything.items() >= changes.items()


def test_a_bill_without_its_facts_gets_them_all_or_none() -> None:
    bare = replace(BILL, institutional=None)
    assert changed(bare).institutional is None
    with pytest.raises(FieldsError) as refused:
        changed(bare, type_of_bill="0329")
    assert set(refused.value.by_field) == {"statement_from", "statement_to"}
    made = changed(
        bare, type_of_bill="0329", statement_from="2026-10-02", statement_to="2026-10-31"
    )
    assert made.institutional == Institutional(
        type_of_bill="0329", statement_from=date(2026, 10, 2), statement_to=date(2026, 10, 31)
    )
