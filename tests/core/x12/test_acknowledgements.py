"""999 and TA1: what we write another program accepts, and what others write we read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from core.errors import InputError, X12SyntaxError
from core.x12.acknowledgements import (
    ElementFault,
    GroupVerdict,
    InterchangeAcknowledgement,
    SegmentFault,
    TransactionVerdict,
    read_999,
    read_ta1,
    write_999,
    write_ta1,
)
from core.x12.check import check
from core.x12.envelope import Envelope
from core.x12.kinds import kinds
from core.x12.syntax import Delimiters
from tests.core.x12.x12_samples import EXAMPLES, MUTANTS, examples, judge, made, needs_shared

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
        "Transaction 0002 was rejected: one or more segments are wrong.",
        (
            "Transaction 0002, segment 22 (CLM in loop 2300), element 5, component 3: the code is"
            " not one of those allowed."
        ),
        "Transaction 0002, segment 22 (CLM in loop 2300), element 9: a required value is missing.",
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
@pytest.mark.parametrize(
    "name",
    ["837P__19-missing-sv1", "837P__05-se-count", "837P__03-ge-count", "837P-cob__02-cob-paid",
     "835__05-missing-qc", "837P__22-bad-qualifier"],
)  # fmt: skip
def test_the_judge_accepts_our_999(name: str) -> None:
    data = write_999(check((MUTANTS / f"{name}.x12").read_bytes()), ENVELOPE)
    assert judge(data)[0]


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


@pytest.mark.parametrize(
    ("old", "new", "code", "note"),
    [
        ("IEA*1*", "IEA*1*", "A", "000"),
        ("IEA*1*000000009", "IEA*1*000000008", "R", "001"),
        ("IEA*1*", "IEA*3*", "R", "021"),
        ("*00501*", "*00999*", "R", "017"),
        ("*0*P*:", "*0*Q*:", "R", "020"),
        ("IEA*1*000000009~", "", "R", "023"),
    ],
)
def test_an_envelope_fault_becomes_the_ta1_that_names_it(
    old: str, new: str, code: str, note: str
) -> None:
    text = ISA + "GS*HS*AA*BB*20261121*1200*1*X*005010X279A1~GE*0*1~IEA*1*000000009~"
    (answer,) = read_ta1(write_ta1(check(text.replace(old, new).encode()), ENVELOPE))
    assert (answer.interchange_control, answer.date, answer.time) == ("000000009", "261121", "1200")
    assert (answer.code, answer.note) == (code, note)


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
