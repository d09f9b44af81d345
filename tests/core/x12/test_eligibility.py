"""Eligibility inquiries (270) and answers (271): read, written, checked, shown."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from core.claims.claim import QualifiedDate
from core.claims.inquiry_parties import Identifier, Insured, Party, Procedure, Trace
from core.claims.parties import Address, Entity, Name, Reference
from core.eligibility.answer import (
    Benefit,
    Circumstance,
    Delivery,
    EligibilityAnswer,
    EligibilityReply,
    Level,
    Rejection,
    echoes,
)
from core.eligibility.inquiry import EligibilityInquiry, EligibilityRequest, Question
from core.errors import InputError, X12SyntaxError
from core.x12.check import check
from core.x12.eligibility_reader import read_270, read_271
from core.x12.eligibility_writer import write_270, write_271
from core.x12.show import show, to_json
from core.x12.syntax import Delimiters
from tests.campaign import rounds
from tests.core.x12 import inquiry_strategies
from tests.core.x12.claim_values import ENVELOPE
from tests.core.x12.inquiry_samples import (
    beyond_advice,
    errors,
    needs_published,
    places,
    published,
    spoiled,
)
from tests.core.x12.remittance_values import without_places

PAYER = Party(role="PR", name=Name(last="ACME HEALTH PLAN"), id_qualifier="PI", id="60054")
CLINIC = Party(role="1P", name=Name(last="CENTRAL CLINIC"), id_qualifier="XX", id="1234567893")
ANN = Insured(
    name=Name(last="SMITH", first="ANN"),
    id_qualifier="MI",
    id="W100000001",
    birth_date=date(1980, 2, 29),
    sex="F",
    dates=(QualifiedDate(qualifier="291", first=date(2026, 1, 15)),),
)
BEN = Insured(
    name=Name(last="SMITH", first="BEN"), birth_date=date(2015, 5, 1), sex="M", relationship="19"
)
TRACE = Trace(number="T-1", originator="9CENTRAL01")
ASKS = EligibilityInquiry(
    payer=PAYER,
    provider=CLINIC,
    subscriber=ANN,
    traces=(TRACE,),
    questions=(Question(service_types=("30", "98", "MH")),),
)


def request(*inquiries: EligibilityInquiry, control: str = "0001") -> EligibilityRequest:
    return EligibilityRequest(
        control_number=control,
        reference="R1",
        created=datetime(2026, 1, 15, 13, 5),  # noqa: DTZ001 (local, as X12 has it)
        inquiries=inquiries or (ASKS,),
    )


def reply(*answers: EligibilityAnswer) -> EligibilityReply:
    return EligibilityReply(
        control_number="0001",
        reference="R1",
        created=datetime(2026, 1, 15, 13, 5, 7),  # noqa: DTZ001 (local, as X12 has it)
        answers=answers,
    )


def answer(*benefits: Benefit, **changes: Any) -> EligibilityAnswer:
    whole = EligibilityAnswer(
        payer=PAYER, provider=CLINIC, subscriber=ANN, traces=(TRACE,), benefits=benefits
    )
    return msgspec.structs.replace(whole, **changes)


@pytest.mark.campaign
@settings(max_examples=rounds(120), deadline=None)
@given(inquiry_strategies.requests)
def test_whatever_a_270_can_carry_is_read_as_it_was_written(value: EligibilityRequest) -> None:
    data = write_270([value], ENVELOPE)
    assert without_places(read_270(data)) == (value,)
    assert beyond_advice(data) == []


@pytest.mark.campaign
@settings(max_examples=rounds(120), deadline=None)
@given(inquiry_strategies.replies)
def test_whatever_a_271_can_carry_is_read_as_it_was_written(value: EligibilityReply) -> None:
    data = write_271([value], ENVELOPE)
    assert without_places(read_271(data)) == (value,)
    assert beyond_advice(data) == []


def test_an_answer_for_a_whole_payer_or_provider_is_not_lost_before_one_for_a_patient() -> None:
    down = (Rejection(level=Level.PAYER, reason="42", action="R"),)
    whole_payer = EligibilityAnswer(payer=PAYER, rejections=down)
    whole_provider = EligibilityAnswer(payer=PAYER, provider=CLINIC, rejections=down)
    value = reply(whole_payer, whole_provider, answer(rejections=down), whole_payer, whole_payer)
    assert without_places(read_271(write_271([value], ENVELOPE))) == (value,)


def test_neighbours_with_one_payer_and_provider_share_those_levels() -> None:
    other = msgspec.structs.replace(CLINIC, name=Name(last="OTHER CLINIC"))
    family = msgspec.structs.replace(ASKS, dependent=BEN)
    elsewhere = msgspec.structs.replace(ASKS, provider=other)
    data = write_270([request(ASKS, family, elsewhere)], ENVELOPE)
    levels = [line.split("*") for line in data.decode().split("~") if line.startswith("HL*")]
    assert levels == [
        ["HL", "1", "", "20", "1"],
        ["HL", "2", "1", "21", "1"],
        ["HL", "3", "2", "22", "0"],
        ["HL", "4", "2", "22", "1"],
        ["HL", "5", "4", "23", "0"],
        ["HL", "6", "1", "21", "1"],
        ["HL", "7", "6", "22", "0"],
    ]
    assert without_places(read_270(data)) == (request(ASKS, family, elsewhere),)


def test_each_request_is_a_transaction_of_its_own() -> None:
    data = write_270([request(control="0001"), request(control="0002")], ENVELOPE)
    assert [each.control_number for each in read_270(data)] == ["0001", "0002"]
    assert len(check(data).transactions) == 2


def test_other_separators_carry_the_same() -> None:
    marks = Delimiters(element="|", component=">", repetition="!", segment="'", line_break="\n")
    envelope = msgspec.structs.replace(ENVELOPE, delimiters=marks)
    data = write_270([request()], envelope)
    assert b"EQ|30!98!MH'" in data
    assert without_places(read_270(data)) == (request(),)


@needs_published
def test_the_published_inquiry_is_read() -> None:
    (found,) = read_270(published("270"))
    assert (found.control_number, found.reference, found.purpose) == ("1234", "10001234", "13")
    assert found.created == datetime(2006, 5, 1, 13, 19)  # noqa: DTZ001 (local, as sent)
    (asked,) = found.inquiries
    assert (asked.payer.name.last, asked.payer.id) == ("ABC COMPANY", "842610001")
    assert (asked.provider.role, asked.provider.id_qualifier, asked.provider.id) == (
        "1P", "SV", "2000035",
    )  # fmt: skip
    patient = asked.patient
    assert (patient.name.last, patient.name.first, patient.id) == (
        "SMITH", "ROBERT", "11122333301",
    )  # fmt: skip
    assert patient.birth_date == date(1943, 5, 19)
    assert patient.dates == (QualifiedDate(qualifier="291", first=date(2006, 5, 1)),)
    assert asked.traces == (Trace(number="93175-012547", originator="9877281234"),)
    assert asked.questions == (Question(segment=14, service_types=("30",)),)
    assert (asked.segment, asked.payer.segment, patient.segment) == (9, 6, 11)


@needs_published
def test_the_published_answer_is_read() -> None:
    (found,) = read_271(published("271"))
    (said,) = found.answers
    patient = said.patient
    assert patient is not None
    assert (patient.name, patient.id, patient.sex) == (
        Name(last="SMITH", first="JOHN"), "123456789", "M",
    )  # fmt: skip
    assert patient.address == Address(
        line1="15197 BROADWAY AVENUE",
        line2="APT 215",
        city="KANSAS CITY",
        state="MO",
        postal_code="64108",
    )
    assert patient.dates == (QualifiedDate(qualifier="346", first=date(2006, 1, 1)),)
    assert [b.information for b in said.benefits] == ["1", "L", "1", "B", "B"]
    assert [b.segment for b in said.benefits] == [16, 17, 21, 22, 23]
    assert said.plan_names == ("GOLD 123 PLAN",)
    (doctor,) = said.primary_care
    assert (doctor.entity, doctor.name.last, doctor.id) == (Entity.PERSON, "JONES", "0202034")
    copay = said.benefits[3]
    assert copay.service_types == (
        "1", "33", "35", "47", "86", "88", "98", "AL", "MH", "UC",
    )  # fmt: skip
    assert (copay.amount_cents, copay.period, copay.in_network) == (1000, "27", "Y")
    assert said.benefits[4].amount_cents == 3000


@needs_published
@pytest.mark.parametrize("kind", ["270", "271", "276", "277"])
def test_a_published_example_raises_no_alarm(kind: str) -> None:
    (transaction,) = check(published(kind)).transactions
    assert errors(published(kind)) == []
    assert transaction.type == kind


def test_all_of_a_benefit_is_read() -> None:
    benefit = Benefit(
        information="F",
        level="IND",
        insurance_kind="PR",
        plan="GOLD",
        period="23",
        amount_cents=-1250,
        percent=Decimal("0.2"),
        quantity_kind="VS",
        quantity=Decimal("20"),
        authorization="Y",
        in_network="W",
        procedure=Procedure(code="90837", modifiers=("95",)),
        pointers=(1, 2),
        deliveries=(Delivery(quantity_kind="VS", quantity=Decimal(1), unit="WK", period="23"),),
        numbers=(Identifier(qualifier="G1", value="A1"),),
        dates=(QualifiedDate(qualifier="348", first=date(2026, 1, 1), last=date(2026, 6, 30)),),
        rejections=(Rejection(level=Level.BENEFIT, reason="E8", action="N"),),
        messages=("ASK FIRST", "BY TELEPHONE"),
        circumstances=(Circumstance(list="ZZ", code="11"), Circumstance(category="44", text="X")),
        related=(Party(role="PRP", name=Name(last="FIRST PAYER"), id_qualifier="PI", id="1234"),),
    )
    data = write_271([reply(answer(benefit))], ENVELOPE)
    text = data.decode()
    assert "~EB*F*IND**PR*GOLD*23*-12.5*0.2*VS*20*Y*W*HC:90837:95*1:2~" in text
    assert "~LS*2120~NM1*PRP*2*FIRST PAYER*****PI*1234~LE*2120~" in text
    assert without_places(read_271(data)) == (reply(answer(benefit)),)


def test_other_payers_and_changed_data_are_told() -> None:
    changed = msgspec.structs.replace(ANN, relationship="18", changed=True)
    other = Party(role="SEP", name=Name(last="SECOND PAYER"))
    said = answer(
        Benefit(information="R", service_types=("30",), related=(other,)), subscriber=changed
    )
    data = write_271([reply(said)], ENVELOPE)
    assert b"~INS*Y*18*001*25~" in data
    (found,) = read_271(data)[0].answers
    assert [party.name.last for party in found.other_payers] == ["SECOND PAYER"]
    assert found.patient is not None
    assert found.patient.changed


def test_a_subscriber_and_dependents_under_one_level_are_patients_each() -> None:
    said = answer(Benefit(information="1", service_types=("30",)))
    data = spoiled(write_271([reply(said)], ENVELOPE), "HL*3*2*22*0", "HL*3*2*22*1")
    child = "HL*4*3*23*0~TRN*2*T-2*9CENTRAL01~NM1*03*1*SMITH*BEN~INS*N*19~EB*6**30~"
    data = spoiled(data, "EB*1**30~", f"EB*1**30~{child}")
    assert places(data) == []
    mother, son = read_271(data)[0].answers
    assert (mother.dependent, mother.traces[0].number) == (None, "T-1")
    assert (son.subscriber, son.patient and son.patient.name.first) == (mother.subscriber, "BEN")
    assert (son.traces[0].number, son.benefits[0].information) == ("T-2", "6")


def test_an_answer_is_found_by_the_trace_it_gives_back() -> None:
    (said,) = read_271(write_271([reply(answer())], ENVELOPE))[0].answers
    (asked,) = read_270(write_270([request()], ENVELOPE))[0].inquiries
    assert echoes(said, asked)
    for other in (Trace(number="T-2", originator="9CENTRAL01"), Trace(number="T-1")):
        assert not echoes(said, msgspec.structs.replace(asked, traces=(other,)))
    theirs = answer(traces=(msgspec.structs.replace(TRACE, own=True),))
    assert not echoes(theirs, asked)


def test_who_is_named_without_bounds_belongs_to_the_benefit_and_not_to_the_patient() -> None:
    doctor = Party(
        role="P3",
        entity=Entity.PERSON,
        name=Name(last="JONES"),
        address=Address(line1="1 MAIN ST", city="AUSTIN"),
    )
    said = answer(Benefit(information="L", related=(doctor,)), Benefit(information="1"))
    data = write_271([reply(said)], ENVELOPE)
    loose = spoiled(spoiled(data, "LS*2120~", ""), "LE*2120~", "")
    assert places(loose)[0][1:] == ("NM1", 0, "segment-unexpected")
    (found,) = read_271(loose)[0].answers
    assert found.patient is not None
    assert found.patient.address is None
    assert [party.name.last for party in found.primary_care] == ["JONES"]
    assert [benefit.information for benefit in found.benefits] == ["L", "1"]


def test_a_payer_or_provider_turned_away_is_an_answer_without_a_patient() -> None:
    payer_down = EligibilityAnswer(
        payer=PAYER,
        rejections=(Rejection(level=Level.PAYER, reason="42", action="R", valid=True),),
    )
    stranger = EligibilityAnswer(
        payer=PAYER,
        provider=CLINIC,
        rejections=(Rejection(level=Level.PROVIDER, reason="51", action="C"),),
    )
    value = reply(payer_down, stranger, answer(Benefit(information="1")))
    data = write_271([value], ENVELOPE)
    assert without_places(read_271(data)) == (value,)
    first, second, third = read_271(data)[0].answers
    assert (first.patient, second.patient) == (None, None)
    assert first.rejections[0].segment == 7
    assert third.rejections == ()


@needs_published
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("EQ*30", "EQ*3X", [(14, "EQ", 1, "code-value")]),
        ("EQ*30", "EQ*30^98^XX", [(14, "EQ", 1, "code-value")]),
        ("EQ*30", "EQ*30^", [(14, "EQ", 1, "trailing-separator")]),
        ("EQ*30", "EQ***FAM", [(14, "EQ", 1, "element-condition")]),
        ("EQ*30", "EQ*30~III*ZZ*11~AMT*R*10", [(16, "AMT", 0, "segment-order")]),
        ("EQ*30", "EQ*30**IND", [(14, "EQ", 3, "code-value")]),
        ("BHT*0022*13", "BHT*0022*11", [(4, "BHT", 2, "code-value")]),
        ("*PI*842610001", "*ZZ*842610001", [(6, "NM1", 8, "code-value")]),
        ("HL*3*2*22", "HL*3*1*22", [(9, "HL", 2, "level-parent")]),
        ("HL*3*2*22", "HL*4*2*22", [(9, "HL", 1, "level-number")]),
        ("TRN*1*", "TRN*2*", [(10, "TRN", 1, "code-value")]),
        ("9877281234", "987728123", [(10, "TRN", 3, "too-short")]),
        ("D8*19430519", "D8*19430519*X", [(12, "DMG", 3, "code-value")]),
        ("DTP*291*D8*20060501", "DTP*291*D8*20060532", [(13, "DTP", 3, "bad-date")]),
        ("~NM1*1P*2*BONE AND JOINT CLINIC*****SV*2000035", "", [(8, "NM1", 0, "loop-missing")]),
    ],
)
def test_a_single_defect_of_an_inquiry_is_the_only_one_named(
    old: str, new: str, expected: list[tuple[int, str, int, str]]
) -> None:
    assert places(spoiled(published("270"), old, new)) == expected


@needs_published
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("EB*1**30", "EB*9**30", [(16, "EB", 1, "code-value")]),
        ("EB*1**1^33", "EB*1**1^3X", [(21, "EB", 3, "code-value")]),
        ("EB*1**1^33", "EB*1**" + "1^" * 99 + "33", [(21, "EB", 3, "too-many-repetitions")]),
        ("EB*1**30", "EB*1*ALL*30", [(16, "EB", 2, "code-value")]),
        ("*HM*GOLD", "*XX*GOLD", [(22, "EB", 4, "code-value")]),
        ("*27*10.00", "*37*10.00", [(22, "EB", 6, "code-value")]),
        ("*27*10.00", "*27*1O.00", [(22, "EB", 7, "bad-number")]),
        ("10.00*****Y", "10.00*****X", [(22, "EB", 12, "code-value")]),
        ("10.00*****Y", "10.00**VS***Y", [(22, "EB", 10, "element-condition")]),
        ("~LE*2120", "", [(20, "LE", 0, "segment-missing")]),
        ("~LS*2120", "", [(18, "NM1", 0, "segment-unexpected")]),
        ("LS*2120", "LS*2110", [(18, "LS", 1, "code-value")]),
        ("EB*L~", "EB*L~AAA*N**99*C~", [(18, "AAA", 3, "code-value")]),
        ("EB*L~", "EB*L~AAA*N**15*Q~", [(18, "AAA", 4, "code-value")]),
        ("EB*L~", "EB*L~AAA*N*AB*15*C~", [(18, "AAA", 2, "element-not-used")]),
        ("EB*L~", "EB*L~MSG*A~DTP*291*D8*20060101~", [(19, "DTP", 0, "segment-order")]),
        ("EB*L~", "EB*L~HSD*VS~", [(18, "HSD", 2, "element-condition")]),
        ("EB*L~", "EB*L~III*ZZ~", [(18, "III", 2, "element-condition")]),
        ("EB*L~", "EB*L~" + "MSG*A~" * 11, [(28, "MSG", 0, "segment-repeats")]),
        ("DTP*346", "DTP*999", [(15, "DTP", 1, "code-value")]),
        ("TRN*2*", "TRN*3*", [(10, "TRN", 1, "code-value")]),
    ],
)
def test_a_single_defect_of_an_answer_is_the_only_one_named(
    old: str, new: str, expected: list[tuple[int, str, int, str]]
) -> None:
    assert places(spoiled(published("271"), old, new)) == expected


@needs_published
def test_an_answer_reads_well_for_people_and_programs() -> None:
    lines = list(show(published("271")))
    (copay,) = [line for line in lines if "amount $10.00" in line]
    assert (
        "EB benefit: information B [copayment], service type 1 [medical care] and 33 [chiropractic]"
    ) in copay
    assert copay.endswith("plan GOLD 123 PLAN, period 27 [a visit], amount $10.00, in network Y")
    (doctor,) = [line for line in lines if "NM1 related entity" in line]
    assert len(doctor) - len(doctor[6:].lstrip()) > len(copay) - len(copay[6:].lstrip())
    place = next(each for each in to_json(published("271")) if each["segment"] == 22)
    assert place["path"] == ["2000A", "2000B", "2000C", "2100C", "2110C"]
    assert place["elements"][1]["name"] == "service type"
    assert place["elements"][1]["values"][:3] == ["1", "33", "35"]


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"subscriber": msgspec.structs.replace(ANN, id="W")}, "element 9"),
    ({"subscriber": msgspec.structs.replace(ANN, changed=True)}, "relationship is required"),
    ({"subscriber": msgspec.structs.replace(ANN, sex="X")}, "element 3"),
    ({"subscriber": msgspec.structs.replace(ANN, name=Name(last="M\u00dcLLER"))}, "not allowed"),
    ({"subscriber": msgspec.structs.replace(ANN, name=Name(last="A*B"))}, "separates X12 data"),
    ({"payer": msgspec.structs.replace(PAYER, id="", id_qualifier="")}, "element 8"),
    ({"payer": msgspec.structs.replace(PAYER, address=Address(line1="A", city="B"))}, "N3"),
    ({"provider": msgspec.structs.replace(CLINIC, role="85")}, "NM1"),
    ({"traces": (Trace(number="1", originator="SHORT"),)}, "TRN"),
    ({"traces": (TRACE,) * 3}, "may come 2 times"),
    ({"questions": ()}, "asks nothing"),
    ({"questions": (Question(),)}, "EQ"),
    ({"questions": (Question(service_types=("30",) * 100),)}, "may come 99 times"),
    ({"questions": (Question(service_types=("ZZ",)),)}, "EQ"),
    (
        {"questions": (Question(procedure=Procedure(code="1", modifiers=("A1",) * 5)),)},
        "four modifiers",
    ),
    ({"dependent": msgspec.structs.replace(BEN, id_qualifier="MI", id="W1")}, "element 8"),
]


@pytest.mark.parametrize(("changes", "words"), CHANGES)
def test_what_the_guide_cannot_carry_is_refused_without_naming_values(
    changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError) as caught:
        write_270([request(msgspec.structs.replace(ASKS, **changes))], ENVELOPE)
    assert words in caught.value.message
    assert "SMITH" not in caught.value.message
    assert "W1" not in caught.value.message


@pytest.mark.parametrize(
    "wrong",
    [
        answer(rejections=(Rejection(level=Level.DEPENDENT, reason="67", action="C"),)),
        answer(rejections=(Rejection(level=Level.BENEFIT, reason="15", action="C"),)),
        answer(
            Benefit(
                information="V",
                rejections=(Rejection(level=Level.SUBSCRIBER, reason="75", action="C"),),
            )
        ),
        answer(Benefit(information="1"), subscriber=None, traces=()),
        answer(provider=None),
        answer(Benefit(information="ZZ")),
        answer(Benefit(information="C", amount_cents=10**20)),
        answer(Benefit(information="D", messages=("M",) * 11)),
        answer(Benefit(information="D", messages=("M" * 265,))),
        answer(Benefit(information="D", related=(PAYER,) * 24)),
        answer(subscriber=msgspec.structs.replace(ANN, diagnoses=(Reference(
            qualifier="ABF", value="I10"),))),
    ],
)  # fmt: skip
def test_an_answer_the_guide_cannot_carry_is_refused(wrong: EligibilityAnswer) -> None:
    with pytest.raises(InputError):
        write_271([reply(wrong)], ENVELOPE)


@pytest.mark.parametrize("control", ["1", "1234567890"])
def test_control_numbers_have_four_to_nine_characters_and_are_used_once(control: str) -> None:
    with pytest.raises(InputError, match="control number"):
        write_270([request(control=control)], ENVELOPE)
    with pytest.raises(InputError, match="control number"):
        write_270([request(), request()], ENVELOPE)
    with pytest.raises(InputError, match="no eligibility inquiry"):
        write_270([], ENVELOPE)


@pytest.mark.parametrize(
    ("old", "new", "segment"),
    [
        (b"DMG*D8*19800229", b"DMG*D8*19810229", 12),
        (b"DTP*291*D8*20260115", b"DTP*291*D8*2026011", 13),
        (b"DTP*291*D8*20260115", b"DTP*291*TM*1200", 13),
        (b"BHT*0022*13*R1*20260115*1305", b"BHT*0022*13*R1*20260115*2505", 4),
        (b"EQ*30^98^MH", b"EQ*30~AMT*R*1x", 15),
    ],
)
def test_a_damaged_inquiry_is_refused_at_its_place(old: bytes, new: bytes, segment: int) -> None:
    data = write_270([request()], ENVELOPE)
    assert old in data
    with pytest.raises(X12SyntaxError) as caught:
        read_270(data.replace(old, new))
    assert caught.value.segment == segment


def test_a_file_of_another_kind_holds_neither() -> None:
    asked, said = (
        write_270([request()], ENVELOPE),
        write_271([reply(answer())], ENVELOPE),
    )
    with pytest.raises(X12SyntaxError, match="no answer"):
        read_271(asked)
    with pytest.raises(X12SyntaxError, match="no eligibility inquiry"):
        read_270(said)
    with pytest.raises(X12SyntaxError):
        read_270(asked[: asked.index(b"SE*")])
