"""999 and TA1: what we write another program accepts, and what others write we read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError, X12SyntaxError
from core.x12.ack_codes import (
    ELEMENT_WORDS,
    GROUP_WORDS,
    INTERCHANGE_WORDS,
    SEGMENT_WORDS,
    TRANSACTION_WORDS,
    words,
)
from core.x12.acknowledgements import (
    ElementFault,
    GroupVerdict,
    InterchangeAcknowledgement,
    SegmentFault,
    Situation,
    TransactionVerdict,
    read_999,
    read_ta1,
    write_999,
    write_ta1,
)
from core.x12.check import check
from core.x12.envelope import Envelope
from core.x12.guides.a999 import ELEMENT_ERRORS, GROUP_ERRORS, SEGMENT_ERRORS, SET_ERRORS
from core.x12.kinds import kinds
from core.x12.report import (
    FileReport,
    GroupReport,
    InterchangeReport,
    Status,
    TransactionReport,
    Trigger,
    X12Error,
)
from core.x12.syntax import Delimiters
from tests.campaign import rounds
from tests.core.x12.pyx12_oracle import faults
from tests.core.x12.x12_samples import EXAMPLES, MUTANTS, examples, made, needs_shared

ENVELOPE = Envelope(
    sender_id="PAYER01",
    receiver_id="SUBMITTER01",
    created=datetime(2026, 11, 21, 10, 30),  # noqa: DTZ001 - X12 writes local time, no zone
    interchange_control=5,
    group_control=6,
)
ISA = (
    "ISA*00*          *00*          *ZZ*OTHER          *ZZ*US             *261121*1200*^*00501"
    "*000000009*0*P*:~"
)
HAND_MADE = GroupVerdict(
    functional_id="HC",
    control="77",
    version="005010X222A1",
    status="P",
    included=2,
    received=2,
    accepted=1,
    transactions=(
        TransactionVerdict(kind="837", control="0001", version="005010X222A1", status="A"),
        TransactionVerdict(
            kind="837",
            control="0002",
            version="005010X222A1",
            status="R",
            codes=("5",),
            faults=(
                SegmentFault(
                    segment_id="CLM",
                    position=22,
                    loop="2300",
                    code="8",
                    claim_number="C1",
                    elements=(
                        ElementFault(element=5, component=3, code="7"),
                        ElementFault(element=9, code="1"),
                    ),
                ),
                SegmentFault(segment_id="SV1", position=30, loop="2400", code="3"),
            ),
        ),
    ),
)


@pytest.mark.parametrize("delimiters", [Delimiters(), Delimiters(element="|", component=">")])
def test_a_verdict_is_read_back_as_it_was_written(delimiters: Delimiters) -> None:
    envelope = Envelope(
        sender_id="PAYER01",
        receiver_id="SUBMITTER01",
        created=ENVELOPE.created,
        interchange_control=5,
        group_control=6,
        delimiters=delimiters,
    )
    data = write_999([HAND_MADE], envelope)
    (answer,) = read_999(data)
    assert answer.group == HAND_MADE
    assert (answer.sender_id, answer.receiver_id) == ("PAYER01", "SUBMITTER01")
    assert (answer.group_control, answer.interchange_control) == ("77", "000000005")
    assert kinds(data) == ("999",)


def test_the_sentences_say_what_is_wrong_and_where() -> None:
    (answer,) = read_999(write_999([HAND_MADE], ENVELOPE))
    assert answer.sentences() == (
        "Group 77 was accepted in part: 1 of 2 transactions accepted.",
        "Transaction 0001 was accepted.",
        (
            "Transaction 0002 was rejected: one or more segments are wrong; put right the segments"
            " named and send it again."
        ),
        (
            "Transaction 0002, claim C1, segment 22 (CLM in loop 2300), element 5, component 3: the"
            " code is not one of those allowed; choose a code of the list."
        ),
        (
            "Transaction 0002, claim C1, segment 22 (CLM in loop 2300), element 9: a required value"
            " is missing; fill it in."
        ),
        (
            "Transaction 0002, segment 30 (SV1 in loop 2400): a required segment is missing here;"
            " add it."
        ),
    )


@needs_shared
@pytest.mark.parametrize("path", sorted(MUTANTS.glob("*.x12")), ids=lambda path: path.stem)
def test_the_999_on_a_defect_is_itself_clean(path: Path) -> None:
    report = check(path.read_bytes())
    data = write_999(report, ENVELOPE)
    assert not check(data).has_errors
    (answer,) = read_999(data)
    wanted = {"accepted": "A", "accepted_with_errors": "E", "rejected": "R"}
    (transaction,) = answer.transactions
    assert transaction.status == wanted[report.transactions[0].status]


@needs_shared
@pytest.mark.parametrize("path", sorted(MUTANTS.glob("*.x12")), ids=lambda path: path.stem)
def test_the_judge_accepts_our_999(path: Path) -> None:
    assert faults(write_999(check(path.read_bytes()), ENVELOPE)) == []


def levels() -> dict[str, str]:
    """Name of each single-defect file -> the SNIP level of its defect."""
    if not MUTANTS.exists():
        return {}
    rows = (MUTANTS / "MUTANTS.tsv").read_text().splitlines()[1:]
    return {row.split("\t")[0]: row.split("\t")[1] for row in rows}


@pytest.mark.attack("S-42")
@pytest.mark.control("R32")
@needs_shared
@pytest.mark.parametrize(("name", "level"), levels().items())
def test_each_single_defect_is_answered_as_its_level_asks(name: str, level: str) -> None:
    report = check((MUTANTS / name).read_bytes())
    (answer,) = read_999(write_999(report, ENVELOPE))
    (ta1,) = read_ta1(write_ta1(report, ENVELOPE))
    (transaction,) = answer.transactions
    assert ta1.code == "A"
    if "ge-count" in name:
        assert (answer.group.status, transaction.status) == ("R", "A")
        return
    assert answer.group.status == transaction.status
    # What the levels above the guide find does not reject: the claims are judged one by one.
    assert transaction.status in {"0": "A", "1": "R", "2": "R", "3": "E"}.get(level, "AE")
    assert bool(transaction.faults) == (transaction.status != "A" and "se-count" not in name)
    assert transaction.status != "R" or transaction.codes


@needs_shared
def test_a_fault_names_its_claim_segment_and_element() -> None:
    data = made("837P", 3).replace(b"CLM*C00000002*", b"CLM*C00000002*X", 1)
    (answer,) = read_999(write_999(check(data), ENVELOPE))
    (fault,) = answer.transactions[0].faults
    number = data[data.index(b"ST*") : data.index(b"CLM*C00000002")].count(b"~") + 1
    assert (fault.segment_id, fault.loop, fault.position) == ("CLM", "2300", number)
    assert fault.claim_number == "C00000002"
    assert fault.elements == (ElementFault(element=2, code="6"),)


@needs_shared
def test_a_balance_fault_names_the_claim_it_belongs_to_not_the_next() -> None:
    data = made("837P", 4, "--per-provider", "1")
    start = data.index(b"CLM*C00000001*") + len(b"CLM*C00000001*")
    data = data[:start] + b"9" + data[start:]
    (answer,) = read_999(write_999(check(data), ENVELOPE))
    assert answer.transactions[0].status == "E"
    assert [fault.claim_number for fault in answer.transactions[0].faults] == ["C00000001"]


TRIGGER = Trigger(segment=24, segment_id="CLM", loop="2300", element=5, component=3)


def situational(code: str, element: int = 0) -> X12Error:
    return X12Error(
        snip=4, segment=26, segment_id="REF", loop="2300", element=element, code=code,
        message="the situation asks for it", trigger=TRIGGER,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("error", "segment_code", "element_code"),
    [
        (situational("replaced-claim-missing"), "I6", ""),
        (situational("line-not-allowed"), "I9", ""),
        (situational("number-missing", 2), "8", "I9"),
        (situational("number-not-allowed", 2), "8", "I13"),
        (situational("birth-after-service", 2), "8", "I12"),
    ],
)
def test_a_situation_is_named_with_what_made_it_hold(
    error: X12Error, segment_code: str, element_code: str
) -> None:
    transaction = TransactionReport(
        type="837P", version="005010X222A1", control="0001", claims=1, errors=(error,),
        status=Status.ACCEPTED_WITH_ERRORS, transaction="837", segment=3, claim_numbers={26: "C7"},
    )  # fmt: skip
    group = GroupReport(
        functional_id="HC", control="1", version="005010X222A1", transactions=(transaction,)
    )
    report = FileReport(interchanges=(InterchangeReport(control="000000001", groups=(group,)),))
    assert b"trigger" not in report.to_json()
    data = write_999(report, ENVELOPE)
    assert not check(data).has_errors
    assert b"CTX*SITUATIONAL TRIGGER*CLM*22*2300*5:3~CTX*CLM01:C7~" in data
    (answer,) = read_999(data)
    (fault,) = answer.transactions[0].faults
    assert (fault.segment_id, fault.position, fault.code) == ("REF", 24, segment_code)
    assert [each.code for each in fault.elements] == ([element_code] if element_code else [])
    assert fault.situations == (
        Situation(segment_id="CLM", position=22, loop="2300", element=5, component=3),
    )
    assert any("because of segment 22 (CLM" in text for text in answer.sentences())


SHORT = st.text("ABCXYZ0189", min_size=1, max_size=4)
IDS = st.text("ABCXYZ0189", min_size=2, max_size=3)
ELEMENTS = st.builds(
    ElementFault,
    element=st.integers(1, 99),
    component=st.integers(0, 99),
    code=st.sampled_from(sorted(ELEMENT_WORDS)),
)
SITUATIONS = st.builds(
    Situation,
    segment_id=IDS,
    position=st.integers(1, 10**6),
    loop=st.just("") | SHORT,
    element=st.integers(1, 99),
    component=st.integers(0, 99),
)
FAULTS = st.builds(
    SegmentFault,
    segment_id=IDS,
    position=st.integers(1, 10**6),
    loop=st.just("") | SHORT,
    code=st.sampled_from(sorted(SEGMENT_WORDS)),
    elements=st.lists(ELEMENTS, max_size=3).map(tuple),
    claim_number=st.just("") | st.text("AZ09-", min_size=1, max_size=35),
    situations=st.lists(SITUATIONS, max_size=9).map(tuple),
)
TRANSACTIONS = st.builds(
    TransactionVerdict,
    kind=st.sampled_from(["837", "835", "277"]),
    control=st.text("AZ09", min_size=4, max_size=9),
    version=st.sampled_from(["", "005010X222A1"]),
    status=st.sampled_from("AER"),
    codes=st.lists(st.sampled_from(sorted(TRANSACTION_WORDS)), max_size=5).map(tuple),
    faults=st.lists(FAULTS, max_size=4).map(tuple),
)
COUNTS = st.integers(0, 999_999)
GROUPS = st.builds(
    GroupVerdict,
    functional_id=st.sampled_from(["HC", "HP", "HN"]),
    control=st.integers(1, 10**9 - 1).map(str),
    version=st.just("005010X222A1"),
    status=st.sampled_from("AEPR"),
    included=COUNTS,
    received=COUNTS,
    accepted=COUNTS,
    codes=st.lists(st.sampled_from(sorted(GROUP_WORDS)), max_size=5).map(tuple),
    transactions=st.lists(TRANSACTIONS, max_size=3).map(tuple),
)


@pytest.mark.campaign
@settings(max_examples=rounds(200), deadline=None)
@given(st.lists(GROUPS, min_size=1, max_size=3))
def test_any_verdicts_are_read_back_as_they_were_written(groups: list[GroupVerdict]) -> None:
    data = write_999(groups, ENVELOPE)
    answers = read_999(data)
    assert [each.group for each in answers] == groups
    assert all(answer.sentences() for answer in answers)


@needs_shared
@pytest.mark.campaign
@settings(max_examples=rounds(300), deadline=None)
@given(st.data())
def test_whatever_stands_in_the_envelope_the_answers_are_clean(data: st.DataObject) -> None:
    """Any element of the headers replaced by any text: TA1 and 999 can still be sent."""
    segments = made("837P", 1).decode().split("~")
    at = data.draw(st.sampled_from([0, 1, 2, 3, len(segments) - 4, len(segments) - 3]))
    elements = segments[at].split("*")
    place = data.draw(st.integers(1, len(elements) - 1))
    elements[place] = data.draw(st.text(st.characters(exclude_characters="~*"), max_size=16))
    segments[at] = "*".join(elements)
    report = check("~".join(segments).encode("utf-8", "replace"))
    if report.interchanges:
        assert not check(write_ta1(report, ENVELOPE)).has_errors
    if any(interchange.groups for interchange in report.interchanges):
        assert not check(write_999(report, ENVELOPE)).has_errors
        again = read_999(write_999(report, ENVELOPE))
        assert all(answer.sentences() for answer in again)


PIECES = st.sampled_from(
    [
        "",
        "1",
        "85",
        "20",
        "22",
        "CLM",
        "ABK:I10",
        "D8",
        "20260101",
        "XX",
        "é",
        "\t",
        ":" * 150,
        "9" * 90,
    ]
)
LINES = st.tuples(
    st.sampled_from(
        ["HL", "NM1", "CLM", "HI", "SV1", "LX", "DTP", "BHT", "QQ", "X", "", "SBR", "é"]
    ),
    st.lists(PIECES, max_size=6),
    st.sampled_from(["", "*" * 120]),
)


@pytest.mark.campaign
@settings(max_examples=rounds(300), deadline=None)
@given(st.lists(LINES, max_size=25), st.sampled_from(["005010X222A1", "005010X224A2", "004010"]))
def test_whatever_stands_in_a_transaction_its_999_is_clean(
    lines: list[tuple[str, list[str], str]], version: str
) -> None:
    text = ISA + f"GS*HC*AA*BB*20261121*1200*1*X*{version}~ST*837*0001*{version}~"
    text += "".join("*".join((name, *pieces)) + tail + "~" for name, pieces, tail in lines)
    text += f"SE*{len(lines) + 2}*0001~GE*1*1~IEA*1*000000009~"
    data = write_999(check(text.encode()), ENVELOPE)
    assert not check(data).has_errors
    assert read_999(data)[0].sentences()


def test_every_code_has_words_and_an_unknown_one_is_named() -> None:
    for codes in (SEGMENT_WORDS, ELEMENT_WORDS, TRANSACTION_WORDS, GROUP_WORDS, INTERCHANGE_WORDS):
        for code, (what, hint) in codes.items():
            assert what
            assert hint or code == "000"
        assert "code 77Q" in words(codes, "77Q")
        assert "SMITH" not in words(codes, "SMITH JOHN")
    assert set(SEGMENT_ERRORS.split("|")) <= set(SEGMENT_WORDS)
    assert set(ELEMENT_ERRORS.split("|")) <= set(ELEMENT_WORDS)
    assert set(SET_ERRORS.split("|")) <= set(TRANSACTION_WORDS)
    assert set(GROUP_ERRORS.split("|")) <= set(GROUP_WORDS)
    assert set(INTERCHANGE_WORDS) == {f"{number:03d}" for number in range(32)}


@pytest.mark.attack("S-42")
@needs_shared
def test_a_group_with_a_wrong_trailer_is_rejected_whole() -> None:
    report = check((MUTANTS / "837P__03-ge-count.x12").read_bytes())
    (answer,) = read_999(write_999(report, ENVELOPE))
    assert (answer.group.status, answer.group.codes, answer.group.accepted) == ("R", ("5",), 0)


@needs_shared
def test_every_published_file_is_answered_or_refused_in_words() -> None:
    for path in examples():
        report = check(path.read_bytes())
        groups = [group for each in report.interchanges for group in each.groups]
        if all(group.functional_id == "FA" for group in groups):
            with pytest.raises(InputError, match="no group"):
                write_999(report, ENVELOPE)
        else:
            assert not check(write_999(report, ENVELOPE)).has_errors, path.name


@needs_shared
def test_a_published_rejection_is_read() -> None:
    (answer,) = read_999((EXAMPLES / "imsweb" / "x12_999_rejected.txt").read_bytes())
    assert answer.group.status == "R"
    assert answer.sentences()[0].startswith("Group ")
    assert any(transaction.faults for transaction in answer.transactions)


def test_a_ta1_before_the_group_and_several_interchanges_are_read() -> None:
    body = write_999([HAND_MADE], ENVELOPE).decode()
    body = body[body.index("GS*") : body.index("IEA*")]
    first = ISA + "TA1*000000042*261120*1100*A*000~" + body + "IEA*1*000000009~"
    second = ISA + "TA1*000000043*261120*1101*R*006~IEA*0*000000009~"
    data = (first + "\r\n" + second).encode()
    assert [(each.interchange_control, each.code, each.segment) for each in read_ta1(data)] == [
        ("000000042", "A", 2),
        ("000000043", "R", 20),
    ]
    assert len(read_999(data)) == 1
    assert kinds(data) == ("TA1", "999")
    assert read_ta1(data)[1].sentences() == (
        (
            "Interchange 000000043 was rejected. Reason 006: the sender id is wrong or not known"
            " there; check the enrolment."
        ),
    )


def test_the_older_997_is_read_too() -> None:
    text = ISA + "GS*FA*AA*BB*20261121*1200*1*X*004010~ST*997*0001~AK1*HC*7~AK2*837*0001~"
    text += "AK3*NM1*8**8~AK4*9*67*1~AK5*R*5~AK9*R*1*1*0~SE*8*0001~GE*1*1~IEA*1*000000009~"
    (answer,) = read_999(text.encode())
    assert answer.group_control == "7"
    assert answer.transactions[0].faults[0].elements == (ElementFault(element=9, code="1"),)


def test_a_999_that_breaks_off_raises_and_one_with_gaps_is_read() -> None:
    whole = write_999([HAND_MADE], ENVELOPE)
    with pytest.raises(X12SyntaxError):
        read_999(whole[:-80])
    gaps = ISA + "ST*999*1~AK1~AK2~IK3~IK4~IK5~AK9~SE~IEA*0*000000009~"
    (answer,) = read_999(gaps.encode())
    assert answer.sentences()


@pytest.mark.attack("S-42")
@pytest.mark.control("R32")
@pytest.mark.parametrize(
    ("old", "new", "code", "note"),
    [
        ("IEA*1*", "IEA*1*", "A", "000"),
        ("IEA*1*000000009", "IEA*1*000000008", "R", "001"),
        ("*ZZ*OTHER ", "*Z9*OTHER ", "R", "005"),
        ("*OTHER ", "*OTHER", "R", "006"),
        ("*ZZ*US ", "*Z9*US ", "R", "007"),
        ("*US ", "*US", "R", "008"),
        ("ISA*00*", "ISA*01*", "R", "010"),
        ("ISA*00*  ", "ISA*00* ", "R", "011"),
        ("*00*          *ZZ*OTHER", "*09*          *ZZ*OTHER", "R", "012"),
        ("*00*          *ZZ*OTHER", "*00*         *ZZ*OTHER", "R", "013"),
        ("*261121*1200*^", "*261321*1200*^", "R", "014"),
        ("*1200*^", "*2500*^", "R", "015"),
        ("*00501*", "*00999*", "R", "017"),
        ("*000000009*0*", "*00000000X*0*", "R", "018"),
        ("*0*P*:", "*7*P*:", "R", "019"),
        ("*0*P*:", "*0*Q*:", "R", "020"),
        ("IEA*1*", "IEA*3*", "R", "021"),
        ("IEA*1*", "IEA*X*", "R", "021"),
        ("IEA*1*000000009~", "", "R", "023"),
        ("GE*0*1~", "GE*0*1~NM1*85*2~", "R", "024"),
        ("GS*HS*AA*", "GS*HS**", "E", "024"),
        ("GE*0*1~", "", "A", "000"),
        ("*^*", "*:*", "R", "026"),
    ],
)
def test_an_envelope_fault_becomes_the_ta1_that_names_it(
    old: str, new: str, code: str, note: str
) -> None:
    text = ISA + "GS*HS*AA*BB*20261121*1200*1*X*005010X279A1~GE*0*1~IEA*1*000000009~"
    (answer,) = read_ta1(write_ta1(check(text.replace(old, new).encode()), ENVELOPE))
    assert (answer.code, answer.note) == (code, note)
    assert answer.interchange_control == ("000000000" if note == "018" else "000000009")
    # A day or time that cannot be copied is that of the answer.
    assert answer.date == "261121"
    assert answer.time == ("1030" if note == "015" else "1200")
    assert answer.sentences()


def test_an_interchange_sent_twice_is_told_by_its_note() -> None:
    text = ISA + "GS*HS*AA*BB*20261121*1200*1*X*005010X279A1~GE*0*1~IEA*1*000000009~"
    first, second = read_ta1(write_ta1(check((text + text).encode()), ENVELOPE))
    assert (first.code, second.code, second.note) == ("A", "R", "025")


def test_a_ta1_made_by_hand_is_clean() -> None:
    own = InterchangeAcknowledgement(
        interchange_control="000000001", date="261121", time="1200", code="E", note="025"
    )
    data = write_ta1([own], ENVELOPE)
    assert not check(data).has_errors
    assert kinds(data) == ("TA1",)
    assert "used before" in read_ta1(data)[0].sentences()[0]


@pytest.mark.parametrize("data", [b"", b"no x12", write_999([HAND_MADE], ENVELOPE)])
def test_where_there_is_nothing_to_answer_it_says_so(data: bytes) -> None:
    with pytest.raises(InputError, match="no group to answer"):
        write_999(check(data), ENVELOPE)


def test_nobody_can_be_told_about_what_has_no_isa() -> None:
    with pytest.raises(InputError, match="no interchange to answer"):
        write_ta1(check(b"hello"), ENVELOPE)
