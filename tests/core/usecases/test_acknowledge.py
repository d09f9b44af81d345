"""TA1, 999 and 277CA move claims; what answers nothing of ours moves nothing."""

from __future__ import annotations

from typing import Any

import pytest

from core.claims.parties import Name
from core.usecases.work_claim import send_again
from core.x12.acknowledgements import write_999
from core.x12.claim_status import write_277ca
from core.x12.claim_status_values import (
    ClaimStatus,
    ClaimStatusReport,
    ProviderStatus,
    Status,
    StatusCode,
)
from core.x12.syntax import SegmentStream
from core.x12.verdicts import GroupVerdict, SegmentFault, TransactionVerdict
from tests.core.usecases.office import NOW, TODAY, Office, envelope, made

TAKEN_IN = Status(
    codes=(StatusCode(category="A1", status="19", entity="PR"),),
    effective_on=TODAY,
    action="WQ",
    charge_cents=100,
)


def sets_of(office: Office) -> tuple[str, list[str]]:
    """Group control and transaction set controls of the newest file sent."""
    *_, data = office.outbound().values()
    segments = list(SegmentStream(data))
    [group] = [one[6] for one in segments if one[0] == "GS"]
    return group, [one[2] for one in segments if one[0] == "ST"]


def answer_999(
    group: str, sets: list[str], rejected: tuple[str, ...] = (), control: int = 1
) -> Any:
    fault = SegmentFault(segment_id="NM1", position=17, loop="2010BA", code="8")
    verdicts = tuple(
        TransactionVerdict(
            kind="837",
            control=one,
            version="005010X222A1",
            status="R" if one in rejected else "A",
            codes=("5",) if one in rejected else (),
            faults=(fault,) if one in rejected else (),
        )
        for one in sets
    )
    left = len(sets) - len(rejected)
    verdict = GroupVerdict(
        functional_id="HC",
        control=group,
        version="005010X222A1",
        status="A" if not rejected else "P" if left else "R",
        included=len(sets),
        received=len(sets),
        accepted=left,
        transactions=verdicts,
    )
    return write_999([verdict], envelope(control))


def ta1(control: str, code: str, note: str = "000") -> bytes:
    isa = (
        "ISA*00*          *00*          *ZZ*PAYER          *ZZ*US             "
        "*260130*1200*^*00501*000000009*0*P*:~"
    )
    return f"{isa}TA1*{control}*260130*1200*{code}*{note}~IEA*0*000000009~".encode()


def status_277(number: str, *codes: tuple[str, str], action: str, icn: str = "") -> ClaimStatus:
    status = Status(
        codes=tuple(StatusCode(category=a, status=b) for a, b in codes),
        effective_on=TODAY,
        action=action,
        charge_cents=100,
    )
    return ClaimStatus(
        claim_number=number,
        statuses=(status,),
        payer_claim_number=icn,
        patient=Name(last="EXAMPLE", first="ANN"),
        member_id="W1",
        service_from=TODAY,
    )


def answer_277(*claims: ClaimStatus, reference: str = "R1") -> bytes:
    report = ClaimStatusReport(
        control_number="0001",
        reference=reference,
        created=NOW.replace(tzinfo=None),
        source_name="BLUESTONE",
        source_id="30003",
        receipt_trace="T1",
        received_on=TODAY,
        processed_on=TODAY,
        submitter_name="CLAIMWRIGHT",
        submitter_id="CW000001",
        batch_reference="000000001",
        statuses=(TAKEN_IN,),
        providers=(
            ProviderStatus(
                name=Name(last="BENCH CLINIC"),
                id="1234567893",
                statuses=(TAKEN_IN,),
                claims=claims,
            ),
        ),
    )
    return write_277ca([report], envelope(7))


def test_a_999_takes_each_set_in_or_back_with_all_its_claims(office: Office) -> None:
    office.filed(made(12))  # five claims a transaction set
    group, sets = sets_of(office)
    assert len(sets) == 3
    received = office.receive(answer_999(group, sets, rejected=(sets[1],)))
    assert (received.status, received.applied.accepted, received.applied.rejected) == (
        "applied",
        7,
        5,
    )
    stages = office.stages()
    assert stages == ["received"] * 5 + ["rejected"] * 5 + ["received"] * 2
    queue = office.rows("SELECT claim_number, reason, next_actor FROM work_item")
    assert len(queue) == 5
    assert {(row.reason, row.next_actor) for row in queue} == {("999 NM1@17", "biller")}
    [file] = office.rows("SELECT status FROM exchange_file WHERE direction = 'out'")
    assert file.status == "partly_accepted"
    moves = office.rows("SELECT DISTINCT event, file_id FROM claim_move WHERE file_id IS NOT NULL")
    assert {row.event for row in moves} == {"send", "accept_999", "reject_999"}


def test_the_same_999_again_is_a_repeat(office: Office) -> None:
    office.filed(made(2))
    group, sets = sets_of(office)
    data = answer_999(group, sets)
    assert office.receive(data).status == "applied"
    before = office.counts()
    again = office.receive(data, "other-name.x12")
    assert (again.status, again.applied.accepted) == ("repeated", 0)
    assert "already" in again.sentence
    after = office.counts()
    assert after == before


def test_a_999_in_another_envelope_moves_nothing_twice(office: Office) -> None:
    office.filed(made(2))
    group, sets = sets_of(office)
    office.receive(answer_999(group, sets))
    moves = office.count("claim_move")
    assert office.receive(answer_999(group, sets, control=2)).status == "applied"
    assert office.stages() == ["received"] * 2
    assert office.count("claim_move") == moves


def test_a_group_rejected_without_its_sets_comes_back_whole(office: Office) -> None:
    office.filed(made(3))
    group, sets = sets_of(office)
    verdict = GroupVerdict(
        functional_id="HC",
        control=group,
        version="005010X222A1",
        status="R",
        included=len(sets),
        received=len(sets),
        accepted=0,
        codes=("1",),
    )
    office.receive(write_999([verdict], envelope(3)))
    assert office.stages() == ["rejected"] * 3


@pytest.mark.parametrize("control", ["999999999", "000000002"])
def test_a_999_on_a_file_we_never_sent_is_counted_and_moves_nothing(
    office: Office, control: str
) -> None:
    office.filed(made(1))
    received = office.receive(answer_999(control, ["0001"], rejected=("0001",)))
    assert (received.status, received.applied.unmatched) == ("applied", 1)
    assert office.stages() == ["sent"]


@pytest.mark.parametrize(("code", "stage"), [("A", "sent"), ("E", "sent"), ("R", "rejected")])
def test_a_ta1_takes_a_rejected_interchange_back_whole(
    office: Office, code: str, stage: str
) -> None:
    office.filed(made(6))
    group, _ = sets_of(office)
    received = office.receive(ta1(group.zfill(9), code, "000" if code == "A" else "006"))
    assert received.status == "applied"
    assert office.stages() == [stage] * 6
    assert received.applied.rejected == (6 if code == "R" else 0)
    if code == "R":
        [row] = office.rows("SELECT DISTINCT reason FROM work_item")
        assert row.reason == "TA1 006"


def test_a_ta1_on_nothing_of_ours_and_a_control_number_that_is_none(office: Office) -> None:
    office.filed(made(1))
    for control in ("000000777", "00000000²", "ABCDEFGHI"):
        assert office.receive(ta1(control, "R")).applied.unmatched == 1
    assert office.stages() == ["sent"]


def test_a_277ca_accepts_some_and_rejects_others_with_their_codes(office: Office) -> None:
    one, two, three = office.filed(made(3))
    numbers = [record.claim.claim_number for record in (one, two, three)]
    data = answer_277(
        status_277(numbers[0], ("A2", "20"), action="WQ", icn="ICN1"),
        status_277(numbers[1], ("A3", "33"), ("A3", "164"), action="U"),
        status_277("NOT-OURS", ("A3", "33"), action="U"),
    )
    received = office.receive(data)
    applied = received.applied
    assert (applied.accepted, applied.rejected, applied.unmatched) == (1, 1, 1)
    assert office.stages() == ["accepted", "rejected", "sent"]
    [row] = office.rows("SELECT claim_number, reason FROM work_item")
    assert (row.claim_number, row.reason) == (numbers[1], "277CA A3:33 A3:164")
    [row] = office.rows(
        "SELECT payer_claim_number AS icn FROM claim WHERE claim_number = :n", n=numbers[0]
    )
    assert row.icn == "ICN1"
    assert office.receive(data).status == "repeated"


def test_a_late_999_does_not_move_a_claim_back(office: Office) -> None:
    [record] = office.filed(made(1))
    group, sets = sets_of(office)
    office.receive(answer_277(status_277(record.claim.claim_number, ("A2", "20"), action="WQ")))
    office.receive(answer_999(group, sets))
    assert office.stages() == ["accepted"]


def test_a_rejected_claim_is_sent_again_and_an_old_answer_does_not_reach_it(
    office: Office,
) -> None:
    [record] = office.filed(made(1))
    group, sets = sets_of(office)
    office.receive(answer_999(group, sets, rejected=tuple(sets)))
    with office.work() as uow:
        send_again(uow, record.id)
    assert office.stages() == ["ready"]
    assert office.count("work_item") == 0
    [file] = office.cycle.file()
    again, sets_again = sets_of(office)
    assert again != group
    assert file.claims == 1
    # The first file is answered once more, in another envelope: this one is not meant.
    office.receive(answer_999(group, sets, rejected=tuple(sets), control=2))
    office.receive(ta1(group.zfill(9), "R", "006"))
    assert office.stages() == ["sent"]
    office.receive(answer_999(again, sets_again, control=3))
    assert office.stages() == ["received"]
    due = record.claim.charge_cents
    assert office.totals() == {"insurance_receivable": due, "charges": -due}


def test_files_of_another_kind_and_no_files_are_put_aside(office: Office) -> None:
    office.filed(made(1))
    [sent] = office.outbound().values()
    for data, words in (
        (sent, "837"),
        (b"", "empty"),
        (b"hello, this is no X12 file at all", "X12"),
        (ta1("000000001", "A")[:120], ""),
    ):
        received = office.receive(data)
        assert received.status == "quarantined"
        assert words in received.sentence
        assert office.receive(data).status == "repeated"
    assert office.stages() == ["sent"]
