"""Claim status inquiries (276) and answers (277): read, written, checked, put in words."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from core.claims.inquiry_parties import Insured, Party, Procedure
from core.claims.parties import Name
from core.errors import InputError, X12SyntaxError
from core.x12.check import check
from core.x12.claim_inquiry_reader import read_276, read_277
from core.x12.claim_inquiry_values import (
    AnsweredLine,
    ClaimStatusAnswer,
    ClaimStatusInquiry,
    ClaimStatusReply,
    ClaimStatusRequest,
    Decision,
    InquiredLine,
)
from core.x12.claim_inquiry_writer import write_276, write_277
from core.x12.claim_status_values import StatusCode
from core.x12.claim_status_words import CATEGORIES, sentence
from tests.campaign import rounds
from tests.core.x12 import inquiry_strategies
from tests.core.x12.claim_values import ENVELOPE
from tests.core.x12.inquiry_samples import (
    EXAMPLES,
    FOLDER,
    beyond_advice,
    errors,
    needs_published,
    places,
    published,
    spoiled,
)
from tests.core.x12.remittance_values import without_places

PAYER = Party(role="PR", name=Name(last="ACME HEALTH PLAN"), id_qualifier="PI", id="60054")
SENDER = Party(role="41", name=Name(last="CENTRAL BILLING"), id_qualifier="46", id="SUB01")
CLINIC = Party(role="1P", name=Name(last="CENTRAL CLINIC"), id_qualifier="XX", id="1234567893")
ANN = Insured(
    name=Name(last="SMITH", first="ANN"),
    id_qualifier="MI",
    id="W100000001",
    birth_date=date(1980, 2, 29),
    sex="F",
)
BEN = Insured(name=Name(last="SMITH", first="BEN"), birth_date=date(2015, 5, 1), sex="M")
VISIT = Procedure(code="99213", modifiers=("25",))
ASKS = ClaimStatusInquiry(
    payer=PAYER,
    receiver=SENDER,
    providers=(CLINIC,),
    subscriber=ANN,
    trace="C1-1",
    payer_claim_number="ICN1",
    type_of_bill="111",
    claim_number="C1",
    charge_cents=12500,
    service_from=date(2026, 1, 5),
    lines=(
        InquiredLine(
            procedure=VISIT,
            charge_cents=12500,
            control_number="L1",
            service_from=date(2026, 1, 5),
            service_to=date(2026, 1, 6),
        ),
    ),
)
PAID = Decision(
    codes=(StatusCode(category="F1", status="65"), StatusCode(category="F1", status="107")),
    effective_on=date(2026, 1, 20),
    charge_cents=12500,
    paid_cents=9050,
    decided_on=date(2026, 1, 19),
    remitted_on=date(2026, 1, 21),
    check_number="CHK77",
)
DENIED = Decision(
    codes=(StatusCode(category="F2", status="84", entity="82"),), effective_on=date(2026, 1, 20)
)
UNBORN = msgspec.structs.replace(ANN, birth_date=None, sex="")
SAYS = ClaimStatusAnswer(
    payer=PAYER,
    receiver=SENDER,
    providers=(CLINIC,),
    subscriber=UNBORN,
    trace="C1-1",
    decisions=(PAID,),
    payer_claim_number="ICN1",
    claim_number="C1",
    service_from=date(2026, 1, 5),
    lines=(
        AnsweredLine(
            procedure=VISIT,
            charge_cents=12500,
            paid_cents=9050,
            units=Decimal(1),
            control_number="L1",
            service_from=date(2026, 1, 5),
            decisions=(DENIED,),
        ),
    ),
)


def request(*inquiries: ClaimStatusInquiry) -> ClaimStatusRequest:
    return ClaimStatusRequest(
        control_number="0001",
        reference="R1",
        created=datetime(2026, 1, 15, 13, 5),  # noqa: DTZ001 (local, as X12 has it)
        inquiries=inquiries or (ASKS,),
    )


def reply(*answers: ClaimStatusAnswer) -> ClaimStatusReply:
    return ClaimStatusReply(
        control_number="0001",
        reference="A1",
        created=datetime(2026, 1, 21, 6, 0),  # noqa: DTZ001 (local, as X12 has it)
        answers=answers or (SAYS,),
    )


@pytest.mark.campaign
@settings(max_examples=rounds(120), deadline=None)
@given(inquiry_strategies.status_requests)
def test_whatever_a_276_can_carry_is_read_as_it_was_written(value: ClaimStatusRequest) -> None:
    data = write_276([value], ENVELOPE)
    assert without_places(read_276(data)) == (value,)
    assert beyond_advice(data) == []


@pytest.mark.campaign
@settings(max_examples=rounds(120), deadline=None)
@given(inquiry_strategies.status_replies)
def test_whatever_a_277_can_carry_is_read_as_it_was_written(value: ClaimStatusReply) -> None:
    data = write_277([value], ENVELOPE)
    assert without_places(read_277(data)) == (value,)
    assert beyond_advice(data) == []


def test_claims_of_one_patient_share_the_patient_and_a_child_has_a_level_of_its_own() -> None:
    second = msgspec.structs.replace(ASKS, trace="C2-1", claim_number="C2")
    child = msgspec.structs.replace(ASKS, trace="C3-1", dependent=BEN, claim_number="C3")
    data = write_276([request(ASKS, second, child, ASKS)], ENVELOPE)
    levels = [line.split("*") for line in data.decode().split("~") if line.startswith("HL*")]
    assert [level[1:] for level in levels] == [
        ["1", "", "20", "1"],
        ["2", "1", "21", "1"],
        ["3", "2", "19", "1"],
        ["4", "3", "22", "0"],
        ["5", "3", "22", "1"],
        ["6", "5", "23"],
        ["7", "3", "22", "0"],
    ]
    (found,) = read_276(data)
    assert [each.claim_number for each in found.inquiries] == ["C1", "C2", "C3", "C1"]
    assert found.inquiries[2].patient.name.first == "BEN"
    assert check(data).transactions[0].claims == 4


@needs_published
def test_the_published_inquiry_is_read() -> None:
    (found,) = read_276(published("276"))
    assert (found.control_number, found.reference) == ("0001", "ABC276XXX")
    hospital, visit = found.inquiries
    assert (hospital.payer.id, hospital.receiver.id) == ("12345", "X67E")
    assert [provider.id for provider in hospital.providers] == ["1666666661"]
    assert (hospital.patient.name.last, hospital.patient.birth_date, hospital.patient.sex) == (
        "SMITH", date(1930, 12, 10), "M",
    )  # fmt: skip
    assert (hospital.trace, hospital.claim_number, hospital.type_of_bill) == (
        "ABCXYZ1", "SM123456", "111",
    )  # fmt: skip
    assert hospital.charge_cents == 851388
    assert (hospital.service_from, hospital.service_to) == (date(2005, 8, 31), date(2005, 9, 6))
    assert hospital.segment == 14
    assert (visit.subscriber.name.first, visit.patient.name.first) == ("JOHN", "JOSEPH")
    assert (visit.patient.birth_date, visit.subscriber.birth_date) == (date(1995, 11, 1), None)
    (line,) = visit.lines
    assert (line.procedure.code, line.charge_cents, line.units) == ("99203", 15000, 1)
    assert (line.segment, line.service_from) == (28, date(2005, 5, 1))


@needs_published
def test_a_pharmacy_claim_is_asked_for_by_its_prescription() -> None:
    data = (FOLDER / "276_005010X212" / "claim-level-status-ncpdp.276").read_bytes()
    (asked,) = read_276(data)[0].inquiries
    assert (asked.prescription_number, asked.charge_cents) == ("7654321", 8500)
    assert errors(data) == []


@needs_published
def test_the_published_answer_turns_the_whole_request_away() -> None:
    (found,) = read_277(published("277"))
    (said,) = found.answers
    assert (said.providers, said.patient, said.trace) == ((), None, "ABC276XXX")
    (decision,) = said.decisions
    assert decision.codes == (StatusCode(category="E0", status="0"),)
    assert (decision.effective_on, decision.segment, said.segment) == (date(2005, 9, 16), 10, 9)
    assert sentence(decision.codes[0]).endswith("Put the request right and ask again.")


@needs_published
def test_a_payer_that_writes_against_the_guide_is_read_all_the_same() -> None:
    data = (EXAMPLES / "imsweb" / "x12_277_x212.txt").read_bytes()
    (found,) = read_277(data)
    assert len(found.answers) == 8
    first = found.answers[0]
    assert (first.claim_number, first.charge_cents, first.trace) == ("12345", 60000, "0000001")
    assert first.codes == (StatusCode(category="A1", status="704"),)
    assert first.decisions[0].message == "PAYER ACKNOWLEDGED RECEIPT OF THE CLAIM"
    # What it does wrong: action and message of the 277CA, and the number of the interchange.
    wrong = places(data)
    assert {place[1:] for place in wrong} == {
        ("STC", 3, "element-not-used"),
        ("STC", 12, "element-not-used"),
        ("IEA", 2, "interchange-control"),
    }
    assert len(wrong) == 17


def test_an_answer_says_what_was_decided_and_paid() -> None:
    data = write_277([reply()], ENVELOPE)
    assert (
        b"~STC*F1:65*20260120**125*90.5*20260119**20260121*CHK77*F1:107~REF*1K*ICN1~REF*EJ*C1~"
    ) in data
    (found,) = read_277(data)[0].answers
    assert (found.is_finished, found.charge_cents, found.paid_cents, found.check_number) == (
        True, 12500, 9050, "CHK77",
    )  # fmt: skip
    assert [code.category for code in found.codes] == ["F1", "F1", "F2"]
    (line,) = found.lines
    assert found.segment < found.decisions[0].segment < line.segment < line.decisions[0].segment
    assert without_places(read_277(data)) == (reply(),)


def test_a_waiting_claim_is_not_finished() -> None:
    waiting = msgspec.structs.replace(PAID, codes=(StatusCode(category="P3", status="0"),))
    assert not msgspec.structs.replace(SAYS, decisions=(waiting,)).is_finished


@needs_published
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("TRN*1*ABCXYZ1", "TRN*2*ABCXYZ1", [(14, "TRN", 1, "code-value")]),
        ("~DTP*472*D8*20050501", "", [(29, "DTP", 0, "segment-missing")]),
        ("SVC*HC:99203", "SVC*ZZ:99203", [(28, "SVC", 1, "code-value")]),
        ("*150.00*****1.00", "*150.00", [(28, "SVC", 7, "element-missing")]),
        ("*150.00*****1.00", "*150.00*100****1.00", [(28, "SVC", 3, "element-not-used")]),
        ("REF*EJ*SM", "REF*ZZ*SM", [(16, "REF", 1, "code-value")]),
        ("AMT*T3*8513.88~", "AMT*T3*1~AMT*T3*2~", [(18, "AMT", 0, "segment-repeats")]),
        ("AMT*T3*8513.88~", "AMT*T3*$8513.88~", [(17, "AMT", 2, "bad-number")]),
        ("DMG*D8*19951101*M~", "", [(24, "DMG", 0, "segment-missing")]),
        ("DMG*D8*19951101*M~", "DMG*D8*19951101*U~", [(24, "DMG", 3, "code-value")]),
        ("HL*7*6*23", "HL*7*5*23", [(23, "HL", 2, "level-parent")]),
        ("HL*7*6*23", "HL*7*6*23*0", [(23, "HL", 4, "element-not-used")]),
        ("NM1*QC*1*", "NM1*QC*2*", [(25, "NM1", 2, "code-value")]),
        ("*46*X67E", "*XX*X67E", [(8, "NM1", 8, "code-value")]),
        ("20050831-20050906", "20050831-20050931", [(18, "DTP", 3, "bad-date")]),
        ("*13*ABC276XXX*", "*08*ABC276XXX*", [(4, "BHT", 2, "code-value")]),
    ],
)
def test_a_single_defect_of_an_inquiry_is_the_only_one_named(
    old: str, new: str, expected: list[tuple[int, str, int, str]]
) -> None:
    assert places(spoiled(published("276"), old, new)) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("STC*F1:65*", "STC*:65*", [(14, "STC", 1, "element-missing")]),
        ("STC*F1:65*", "STC*F1:65::XX*", [(14, "STC", 1, "code-value")]),
        ("STC*F1:65*20260120", "STC*F1:65*20260132", [(14, "STC", 2, "bad-date")]),
        ("*20260119**", "*20260119*CHK*", [(14, "STC", 7, "element-not-used")]),
        ("*125*90.5*", "*125*9O.5*", [(14, "STC", 5, "bad-number")]),
        ("*CHK77*F1:107", "*CHK77*F1:107::", [(14, "STC", 10, "trailing-separator")]),
        ("TRN*2*C1-1", "TRN*1*C1-1", [(13, "TRN", 1, "code-value")]),
        ("REF*EJ*C1~", "REF*EJ*C1~REF*EJ*C2~", [(17, "REF", 0, "segment-repeats")]),
        ("*DG~", "*TH~", [(4, "BHT", 6, "code-value")]),
        ("~STC*F2:84:82*20260120", "", [(19, "STC", 0, "segment-missing")]),
        ("SVC*HC:99213:25*125*90.5*", "SVC*HC:99213:25*125**", [(18, "SVC", 3, "element-missing")]),
        ("DTP*472*D8*20260105~SVC", "DTP*472*D8~SVC", [(17, "DTP", 3, "element-missing")]),
        ("NM1*PR*2*ACME", "NM1*PR*1*ACME", [(6, "NM1", 2, "code-value")]),
    ],
)
def test_a_single_defect_of_an_answer_is_the_only_one_named(
    old: str, new: str, expected: list[tuple[int, str, int, str]]
) -> None:
    assert places(spoiled(write_277([reply()], ENVELOPE), old, new)) == expected


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"trace": ""}, "TRN"),
        ({"providers": ()}, "HL"),
        ({"providers": (CLINIC,) * 3}, "may come 2 times"),
        ({"dependent": UNBORN}, "DMG"),
        ({"subscriber": msgspec.structs.replace(ANN, id="", id_qualifier="")}, "element 8"),
        ({"subscriber": msgspec.structs.replace(ANN, relationship="18")}, "INS"),
        ({"charge_cents": 10**20}, "AMT"),
        ({"claim_number": "C" * 51}, "longer than 50"),
        ({"service_from": None, "service_to": date(2026, 1, 5)}, "last day of service"),
        ({"receiver": PAYER}, "NM1"),
    ],
)
def test_what_a_276_cannot_carry_is_refused_without_naming_values(
    changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError) as caught:
        write_276([request(msgspec.structs.replace(ASKS, **changes))], ENVELOPE)
    assert words in caught.value.message
    assert "SMITH" not in caught.value.message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"decisions": ()}, "no status"),
        ({"decisions": (msgspec.structs.replace(PAID, codes=()),)}, "one to three codes"),
        ({"decisions": (msgspec.structs.replace(PAID, message="HELLO"),)}, "element 12"),
        ({"decisions": (msgspec.structs.replace(PAID, effective_on=None),)}, "element 2"),
        ({"subscriber": ANN}, "birth date"),
        ({"subscriber": None}, "names its subscriber"),
        ({"providers": ()}, "names the provider"),
        ({"lines": (msgspec.structs.replace(SAYS.lines[0], decisions=()),)}, "no status"),
        ({"lines": (msgspec.structs.replace(SAYS.lines[0], service_from=None),)}, "DTP"),
        ({"lines": (msgspec.structs.replace(SAYS.lines[0], decisions=(PAID,)),)}, "element 4"),
    ],
)
def test_what_a_277_cannot_carry_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        write_277([reply(msgspec.structs.replace(SAYS, **changes))], ENVELOPE)
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("old", "new", "segment"),
    [
        (b"STC*F1:65*20260120", b"STC*F1:65*2026012", 14),
        (b"*125*90.5*2026", b"*125*9O.5*2026", 14),
        (b"SVC*HC:99213:25", b"SVC*", 18),
    ],
)
def test_a_damaged_answer_is_refused_at_its_place(old: bytes, new: bytes, segment: int) -> None:
    data = write_277([reply()], ENVELOPE)
    assert old in data
    with pytest.raises(X12SyntaxError) as caught:
        read_277(data.replace(old, new))
    assert caught.value.segment == segment


def test_an_acknowledgement_is_no_answer() -> None:
    data = write_277([reply()], ENVELOPE)
    with pytest.raises(X12SyntaxError, match="no claim status inquiry"):
        read_276(data)
    with pytest.raises(X12SyntaxError, match="no answer"):
        read_277(data.replace(b"005010X212", b"005010X214"))


@pytest.mark.parametrize(
    ("category", "ending"),
    [
        ("F2", "Read the remittance for the reason; correct or appeal."),
        ("P3", "Send the payer what it asked for."),
        ("R4", "Send the payer what it asked for before its deadline."),
        ("D0", "if it never arrived, send it again."),
        ("E1", "Ask again later."),
        ("F3N", "Bill the next payer."),
    ],
)
def test_each_kind_of_status_says_what_to_do(category: str, ending: str) -> None:
    assert sentence(StatusCode(category=category, status="0")).endswith(ending)
    assert sentence(StatusCode(category=category, status="9999")).endswith(ending)


def test_every_category_of_a_277_has_words() -> None:
    wanted = {f"R{n}" for n in range(18) if n != 2} | {f"P{n}" for n in range(6)}
    wanted |= {"F0", "F1", "F2", "F3", "F3F", "F3N", "F4", "D0", "E0", "E1", "E2", "E3", "E4"}
    assert wanted <= set(CATEGORIES)


def test_a_pharmacy_code_is_not_read_as_a_claim_status() -> None:
    text = sentence(StatusCode(category="F2", status="54", list="RX"))
    assert "pharmacy reject code 54" in text
    assert "duplicate" not in text
