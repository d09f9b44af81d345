"""What a plugin is given of a claim: what it asked for, and nothing else (K1)."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from itertools import combinations
from typing import get_args
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from core.claims.claim import (
    Accident,
    Attachment,
    Claim,
    CodedAmount,
    Drug,
    Institutional,
    LineAdjudication,
    Note,
    OtherPayer,
    QualifiedDate,
    ServiceLine,
    SpecialtyRecord,
    Tooth,
)  # fmt: skip
from core.claims.parties import (
    Address,
    Name,
    Payer,
    PayerSequence,
    Person,
    Provider,
    Reference,
    Sex,
    Subscriber,
)  # fmt: skip
from core.confidentiality import Sensitivity
from core.consent import Consent, ConsentKind, ConsentPurpose
from core.dates import ALWAYS
from core.intake.encounter import Charge, Coverage, Encounter, Patient
from core.rules.facts import Authorization, ClaimFacts, PriorService
from core.rules.needs import HistoryNeed, Needs
from core.rules.sees import Sees
from core.rules.visible import FIELDS, Numbers, Visible, together
from core.usecases.facts import Judged, _services

DAY = date(2026, 5, 12)
PERSON = Person(
    name=Name(last="demoLast", first="demoFirst"),
    birth_date=date(1948, 11, 23),
    sex=Sex.FEMALE,
    address=Address(line1="demoStreet", city="demoCity", state="PA", postal_code="demoZip"),
    phone="demoPhone",
    death_date=date(2026, 5, 29),
)
SUBSCRIBER = Subscriber(
    person=PERSON, member_id="demoMember", group_number="demoGroup", group_name="demoGroupName"
)
PROVIDER = Provider(
    name=Name(last="demoProvider"),
    npi="1234567893",
    tax_id="demoTax",
    address=Address(line1="demoHome", city="demoTown"),
    phone="demoTelephone",
    contact_name="demoContact",
    references=(Reference(qualifier="0B", value="demoLicence"),),
    otp_enrolled=True,
)
PAYER = Payer(payer_id="30003", name="Payer")
LINE = ServiceLine(
    line_no=1,
    code="V2100",
    charge_cents=98_765_01,
    description="textLine",
    service_from=DAY,
    noncovered_cents=98_765_02,
    rate_cents=98_765_03,
    expected_cents=98_765_04,
    fee_source="moneySource",
    minutes=45,
    start=time(9, 41),
    end=time(10, 43),
    teeth=(Tooth(number="clinTooth"),),
    oral_cavity=("clinCavity",),
    prosthesis="clinProsthesis",
    prosthesis_prior_on=date(1999, 7, 7),
    drug=Drug(ndc="clinDrug", quantity=Decimal(1)),
    rendering=PROVIDER,
    auth_number="zqAuth",
    control_number="zqControl",
    charge_id=UUID(int=777),
    adjudications=(LineAdjudication(payer_id="moneyPayer", paid_cents=98_765_05),),
    references=(Reference(qualifier="EA", value="demoChart"),),
    dates=(QualifiedDate(qualifier="clinDate", first=DAY),),
    notes=(Note(qualifier="ADD", text="textLineNote"),),
    records=(SpecialtyRecord(kind="other.line", body=b'{"x":"otherLine"}'),),
)
VISIT = {
    "diagnoses": ("clinDx",),
    "present_on_admission": ("clinPoa",),
    "accident": Accident(kind="clinAccident"),
    "auth_number": "zqAuth",
    "referral_number": "zqReferral",
    "condition_codes": ("clinCondition",),
    "onset_date": date(2019, 8, 8),
    "institutional": Institutional(
        type_of_bill="0329",
        statement_from=DAY,
        statement_to=DAY,
        drg="clinDrg",
        admitting_diagnosis="clinAdmitting",
        value_codes=(CodedAmount(code="moneyValue", amount_cents=98_765_06),),
    ),
    "referring": PROVIDER,
    "service_facility": PROVIDER,
    "special_program": "clinProgram",
    "stated_charge_cents": 98_765_07,
    "notes": (Note(qualifier="ADD", text="textNote"),),
    "attachments": (
        Attachment(report_type="clinReport", transmission="EL", control_number="zqAttachment",
            content="clinContent", is_authorized=True),
    ),
    "references": (Reference(qualifier="EA", value="demoReference"),),
    "dates": (QualifiedDate(qualifier="clinIllness", first=DAY),),
    "records": (
        SpecialtyRecord(kind="lens.own", body=b'{"x":"ownRecord"}'),
        SpecialtyRecord(kind="other.visit", body=b'{"x":"otherRecord"}'),
        SpecialtyRecord(kind="lensmaker.visit", body=b'{"x":"otherMaker"}'),
    ),
}  # fmt: skip
OTHER = OtherPayer(
    sequence=PayerSequence.SECONDARY,
    payer=PAYER,
    subscriber=replace(SUBSCRIBER, member_id="demoOtherMember"),
    paid_cents=98_765_08,
    remaining_patient_cents=98_765_09,
    payer_claim_number="zqOther",
)
CLAIM = Claim(
    claim_number="zqClaim",
    payer_claim_number="zqReplaced",
    payer=PAYER,
    subscriber=SUBSCRIBER,
    patient=PERSON,
    billing=PROVIDER,
    rendering=PROVIDER,
    lines=(LINE,),
    total_lines=(replace(LINE, line_no=2),),
    other_payers=(OTHER,),
    patient_paid_cents=98_765_10,
    **VISIT,
)
VISITED = Encounter(
    id=UUID(int=778),
    external_id="zqExternal",
    patient=Patient(id=UUID(int=779), number="zqPatient", person=PERSON),
    coverages=(
        Coverage(
            id=UUID(int=780), patient_id=UUID(int=779), rank=1, payer_ref=UUID(int=781),
            payer=PAYER, subscriber=SUBSCRIBER,
        ),
    ),
    billing=PROVIDER,
    charges=(
        Charge(
            id=UUID(int=782),
            **{
                name: getattr(LINE, name)
                for name in LINE.__struct_fields__
                if name in Charge.__struct_fields__
            },
        ),
    ),
    other_payers=(OTHER,),
    patient_paid_cents=98_765_10,
    **VISIT,
)  # fmt: skip
PRIOR = PriorService(
    service_on=DAY - timedelta(days=9), code="histCode", claim_number="zqPrior",
    teeth=(Tooth(number="clinPriorTooth"),), same_problem=True,
)  # fmt: skip
ALL_NEEDS = Needs(
    history=(HistoryNeed(look_back_days=30),),
    authorizations=True,
    eligibility=True,
    accumulators=("moneyAccumulator",),
    consents=True,
)


def facts() -> ClaimFacts:
    def consent(kind: ConsentKind, recipient: str) -> Consent:
        return Consent(
            id=UUID(int=783), patient_id=UUID(int=779), kind=kind, signed_on=DAY,
            purposes=(ConsentPurpose.PAYMENT,), recipients=(recipient,), document="textDocument",
        )  # fmt: skip

    return ClaimFacts(
        history=(
            PRIOR,
            replace(PRIOR, code="substCode", sensitivity=Sensitivity.SUBSTANCE_USE),
            replace(PRIOR, code="tooOld", service_on=DAY - timedelta(days=31)),
        ),
        authorizations=(Authorization(number="zqAuth", codes=("histAuthorized",)),),
        eligibility=(ALWAYS,),
        abn_on_file=True,
        accumulators={"moneyAccumulator": 98_765_11, "unasked": 98_765_12},
        records=(SpecialtyRecord(kind="other.loaded", body=b'{"x":"otherLoaded"}'),),
        consents=(
            consent(ConsentKind.PSYCHOTHERAPY_NOTES, "clinRecipient"),
            consent(ConsentKind.PART_TWO, "substRecipient"),
        ),
    )


CANARIES = {
    Sees.DEMOGRAPHICS: ("demo", "1948-11-23", "2026-05-29", '"F"'),
    Sees.CLINICAL: ("clin", "1999-07-07", "2019-08-08", "09:41", "10:43"),
    Sees.MONEY: ("98765", "money"),
    Sees.HISTORY: ("histCode", "histAuthorized"),
    Sees.SUBSTANCE_USE: ("subst", '"otp_enrolled":true'),
}
NEVER = ("zq", "other.", "tooOld", "unasked", "0000309", *(f"000030{one}" for one in "abcdef"))
"""Numbers that name something, other plugins' records, what no rule asked for, identifiers."""

SIGHTS = [frozenset(one) for length in range(6) for one in combinations(Sees, length)]


@pytest.mark.parametrize("sees", SIGHTS, ids=lambda one: "+".join(sorted(one)) or "nothing")
def test_a_plugin_is_given_what_it_asked_for_and_no_more(sees: frozenset[Sees]) -> None:
    sight, numbers = Visible("lens", sees), Numbers(CLAIM.claim_number)
    given = [
        sight.shown(CLAIM, numbers),
        sight.shown(VISITED, numbers),
        sight.facts(facts(), ALL_NEEDS, DAY, numbers),
    ]
    text = msgspec.json.encode([msgspec.to_builtins(one) for one in given]).decode()
    for kind, canaries in CANARIES.items():
        needed = {kind, Sees.HISTORY} if kind is Sees.SUBSTANCE_USE else {kind}
        for canary in canaries:
            is_there = canary in text
            if not needed & sees:
                assert not is_there, canary
            if {kind, Sees.CLINICAL, Sees.HISTORY} <= sees:
                assert is_there, canary
    assert ("text" in text) is ({Sees.CLINICAL, Sees.DEMOGRAPHICS} <= sees)
    assert not [one for one in NEVER if one in text]
    for kept in ("V2100", "2026-05-12", "30003", "1234567893", '"minutes":45'):
        assert kept in text
    assert "ownRecord" in _bodies(given[0])


def _bodies(value: object) -> str:
    assert isinstance(value, Claim)
    return " ".join(one.body.decode() for one in value.records)


def test_records_of_other_plugins_are_given_to_nobody() -> None:
    shown = Visible("lens", Sees).shown(CLAIM, Numbers())
    assert [one.kind for one in shown.records] == ["lens.own"]
    assert shown.lines[0].records == ()


def test_somebody_has_said_of_every_field_what_a_plugin_must_ask_for() -> None:
    """A field that is added to a claim is decided upon in core.rules.visible, not forgotten."""
    for kind, groups in FIELDS.items():
        listed = [name for names in groups.values() for name in names.split()]
        assert sorted(listed) == sorted(kind.__struct_fields__), kind.__name__


def test_every_value_with_something_of_a_person_in_it_has_its_fields_listed() -> None:
    """What stands in a field that is given free, or goes as a part, has nothing unlisted in it."""
    harmless = {"Payer", "Address", "Window", "CompactPrivilege"}
    for kind, groups in FIELDS.items():
        types = {one.name: one.type for one in msgspec.structs.fields(kind)}
        for group in ("free", "part"):
            for name in groups.get(group, "").split():
                structs = {one for one in _leaves(types[name]) if _is_struct(one)}
                unlisted = {one.__name__ for one in structs if one not in FIELDS} - harmless
                assert not unlisted, f"{kind.__name__}.{name}: {unlisted}"


def _leaves(kind: object) -> set[type]:
    inner = get_args(kind)
    if not inner:
        return {kind} if isinstance(kind, type) else set()
    return set().union(*map(_leaves, inner))


def _is_struct(kind: type) -> bool:
    return issubclass(kind, msgspec.Struct)


def test_numbers_are_alike_where_they_were_alike() -> None:
    sight, numbers = Visible("lens", Sees), Numbers(CLAIM.claim_number, 41)
    shown = sight.shown(CLAIM, numbers)
    told = sight.facts(
        replace(facts(), history=(PRIOR, replace(PRIOR, claim_number="zqClaim"))),
        ALL_NEEDS, DAY, numbers,
    )  # fmt: skip
    assert shown.claim_number == "42", "its place in the batch"
    assert shown.auth_number == shown.lines[0].auth_number
    assert told.authorizations is not None
    assert told.history is not None
    assert told.authorizations[0].number == shown.auth_number != "zqAuth"
    assert [one.claim_number == shown.claim_number for one in told.history] == [False, True]


def test_facts_that_no_rule_declares_are_not_given() -> None:
    sight = Visible("lens", Sees)
    nothing = sight.facts(facts(), Needs(), DAY, Numbers())
    assert nothing == ClaimFacts(abn_on_file=True)
    one = sight.facts(
        facts(), Needs(history=(HistoryNeed(codes=("substCode",), look_back_days=9),)), DAY,
        Numbers(),
    )  # fmt: skip
    assert one.history is not None
    assert [prior.code for prior in one.history] == ["substCode"]


def test_claims_of_a_part_two_program_are_withheld_whole() -> None:
    record = SpecialtyRecord(kind="x.y", sensitivity=Sensitivity.SUBSTANCE_USE)
    on_the_line = replace(CLAIM, records=(), lines=(replace(LINE, records=(record,)),))
    for claim in (replace(CLAIM, records=(record,)), on_the_line):
        assert Visible("lens", set(Sees) - {Sees.SUBSTANCE_USE}).withholds(claim, claim.lines)
        assert not Visible("lens", Sees).withholds(claim, claim.lines)
    assert not Visible("lens", ()).withholds(CLAIM, CLAIM.lines)


def test_services_of_claims_in_one_batch_carry_the_label_of_their_claim() -> None:
    record = SpecialtyRecord(kind="x.y", sensitivity=Sensitivity.SUBSTANCE_USE)
    for records, label in (((), Sensitivity.NONE), ((record,), Sensitivity.SUBSTANCE_USE)):
        judged = Judged(
            claim=replace(CLAIM, records=records), patient_id=UUID(int=1), encounter_id=UUID(int=2)
        )
        assert [one.service.sensitivity for one in _services(judged)] == [label]


def test_needs_are_put_together() -> None:
    one = Needs(history=(HistoryNeed(look_back_days=1),), accumulators=("a",))
    other = Needs(history=(HistoryNeed(look_back_days=2),), accumulators=("a", "b"), consents=True)
    assert together([one, other, one]) == Needs(
        history=(HistoryNeed(look_back_days=1), HistoryNeed(look_back_days=2)),
        accumulators=("a", "b"),
        consents=True,
    )
