"""Encounters become claims, held or ready; ready ones leave once, each form in its file."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from api.bootstrap import Runtime
from api.plugin_steps import PluginChoice, enable_in
from api.transports.folder import FolderOutbox
from core.claims.claim import Claim, Form, Institutional, ServiceLine, Tooth
from core.claims.parties import Name
from core.errors import UnavailableError
from core.usecases.prepare import prepare_claims
from core.usecases.submit import file_claims, send_files
from core.x12.claims_reader import ReadClaim, read_claims
from core.x12.envelope import Envelope
from core.x12.syntax import SegmentStream
from plugins.demo_payers import DEMO_SETTINGS
from tests.core.usecases.office import TODAY, Office, made


def broken(claim: Claim) -> Claim:
    """A claim the scrub holds: it has no diagnosis."""
    return replace(claim, diagnoses=(), lines=tuple(replace(x, pointers=()) for x in claim.lines))


def of_every_form() -> list[Claim]:
    professional, dental, institutional = made(3)
    day = professional.lines[0].service_from
    assert day is not None
    bill = Institutional(
        type_of_bill="0131",
        statement_from=day,
        statement_to=day,
        admission_type="1",
        point_of_origin="1",
        patient_status="01",
    )
    dental_line = ServiceLine(
        line_no=1,
        code="D2391",
        code_qualifier="AD",
        charge_cents=12_000,
        service_from=day,
        teeth=(Tooth(number="3", surfaces="O"),),
    )
    institutional_line = ServiceLine(
        line_no=1, code="85025", revenue_code="0300", charge_cents=5_000, service_from=day
    )
    return [
        professional,
        replace(
            dental,
            form=Form.DENTAL,
            clia="",
            diagnoses=(),
            lines=(dental_line,),
            billing=replace(professional.billing, taxonomy="1223G0001X"),
        ),
        replace(
            institutional,
            form=Form.INSTITUTIONAL,
            clia="",
            place_of_service="",
            institutional=bill,
            attending=professional.rendering,
            rendering=None,
            lines=(institutional_line,),
        ),
    ]


def test_claims_are_ready_or_held_and_numbered_without_gaps(office: Office) -> None:
    claims = made(7)
    claims[2] = broken(claims[2])
    claims[5] = broken(claims[5])
    office.take(claims)
    prepared = office.cycle.prepare()
    assert (prepared.encounters, prepared.claims) == (7, 7)
    assert (prepared.ready, prepared.held, prepared.failed) == (5, 2, 0)
    numbers = [record.claim.claim_number for record in office.records()]
    start = f"{office.practice.number:04d}"
    assert numbers == [f"{start}{place:08d}" for place in range(1, 8)]
    assert office.stages() == ["ready", "ready", "held", "ready", "ready", "held", "ready"]
    for record in office.records():
        lines = [line.control_number for line in record.claim.lines]
        assert lines == [f"{record.claim.claim_number}-{n}" for n in range(1, len(lines) + 1)]
    assert office.cycle.prepare().encounters == 0
    held = office.rows("SELECT DISTINCT claim_id FROM finding WHERE severity IN ('reject', 'deny')")
    assert len(held) == 2
    assert office.count("work_item") == 2


def test_a_visit_that_makes_no_claim_waits_with_its_reason_and_takes_no_number(
    office: Office,
) -> None:
    claims = made(3)
    dayless = tuple(replace(line, service_from=None) for line in claims[1].lines)
    claims[1] = replace(claims[1], lines=dayless)
    office.take(claims)
    prepared = office.cycle.prepare()
    assert (prepared.encounters, prepared.claims, prepared.failed) == (3, 2, 1)
    [failed] = office.rows("SELECT reason FROM encounter WHERE status = 'failed'")
    assert "no date of service" in failed.reason
    assert [one.claim.claim_number[-1] for one in office.records()] == ["1", "2"]


def test_a_batch_that_fails_gives_its_numbers_back(office: Office) -> None:
    office.take(made(2))
    book = office.running.rule_book(office.tenant_id)
    office.crash_after(lambda uow: prepare_claims(uow, book))
    assert office.count("claim") == 0
    assert office.cycle.prepare().claims == 2
    assert office.records()[0].claim.claim_number.endswith("00000001")


def test_batches_of_any_size_prepare_the_same_claims(office: Office) -> None:
    office.take(made(5))
    book = office.running.rule_book(office.tenant_id)
    sizes = []
    for _ in range(4):
        with office.work() as uow:
            sizes.append(prepare_claims(uow, book, limit=2).encounters)
    assert sizes == [2, 2, 1, 0]
    assert office.stages() == ["ready"] * 5


@pytest.mark.parametrize("units", ["99999999999999", "0.001", "1E+14"])
def test_units_out_of_all_reason_hold_their_own_claim_alone(office: Office, units: str) -> None:
    with office.work() as uow:
        enable_in(
            uow, office.running, PluginChoice(name="behavioral_health", settings=DEMO_SETTINGS)
        )
    claims = made(3)
    odd = replace(claims[1].lines[0], units=Decimal(units), code="90837", charge_cents=1)
    claims[1] = replace(claims[1], lines=(odd,))
    office.take(claims)
    prepared = office.cycle.prepare()
    assert prepared.claims + prepared.failed == 3
    assert prepared.ready >= 2 - prepared.failed


def test_each_form_leaves_in_a_file_of_its_own(office: Office) -> None:
    office.take(of_every_form())
    prepared = office.cycle.prepare()
    findings = office.rows("SELECT rule, message FROM finding WHERE severity IN ('reject', 'deny')")
    assert (prepared.ready, [tuple(row) for row in findings]) == (3, [])
    files = office.cycle.file()
    assert [(file.form, file.claims) for file in files] == [(form, 1) for form in Form]
    sent = office.outbound()
    assert sorted(sent) == sorted(file.name for file in files)
    controls = []
    for file in files:
        stream = SegmentStream(sent[file.name])
        segments = list(stream)
        controls.append(segments[0][13])
        assert segments[0][6].strip() == office.practice.submitter_id
        [read] = [one for one in read_claims(sent[file.name]) if isinstance(one, ReadClaim)]
        assert read.claim.form is file.form
    assert len(set(controls)) == 3
    assert office.stages() == ["sent"] * 3


def test_what_was_filed_is_kept_as_it_was_filed(office: Office) -> None:
    [record] = office.filed(made(1))
    [row] = office.rows("SELECT file_id, snapshot_sha256 FROM submission")
    with office.work() as uow:
        assert uow.claims.as_filed(record.id, row.file_id) == record.claim
        uow.record("claim.read", {"claim": [record.id]}, claims=1)
    sent = [
        one.claim
        for data in office.outbound().values()
        for one in read_claims(data)
        if isinstance(one, ReadClaim)
    ]
    assert [one.claim_number for one in sent] == [record.claim.claim_number]
    assert sent[0].charge_cents == record.claim.charge_cents
    assert len(bytes(row.snapshot_sha256)) == 32


def test_charges_are_posted_once_however_often_a_claim_is_filed(office: Office) -> None:
    records = office.filed(made(3))
    due = sum(record.claim.charge_cents for record in records)
    assert office.totals() == {"insurance_receivable": due, "charges": -due}
    assert all(record.filed for record in records)
    assert office.cycle.file() == ()
    assert office.totals() == {"insurance_receivable": due, "charges": -due}


def test_control_numbers_are_never_used_twice(office: Office) -> None:
    office.take(made(7))
    office.cycle.prepare()
    for _ in range(4):
        with office.work() as uow:
            file_claims(uow, office.running.sender, limit=2)
    office.cycle.send()
    controls = [next(iter(SegmentStream(data)))[13] for data in office.outbound().values()]
    assert len(controls) == len(set(controls)) == 4
    rows = office.rows("SELECT control_number FROM exchange_file WHERE direction = 'out'")
    assert sorted(int(one) for one in controls) == sorted(row.control_number for row in rows)


def test_a_claim_that_cannot_be_written_is_held_while_the_others_leave(office: Office) -> None:
    office.take(made(4))
    office.cycle.prepare()
    second = office.records()[1]
    long_name = replace(second.claim.patient, name=Name(last="L" * 61, first="F"))
    spoiled = replace(
        second.claim,
        patient=long_name,
        subscriber=replace(second.claim.subscriber, person=long_name),
    )
    with office.work() as uow:
        uow.claims.replace(replace(second, claim=spoiled), expected_version=second.version)
        uow.record("claim.edited", {"claim": [second.id]})
    [file] = office.cycle.file()
    assert file.claims == 3
    assert office.stages() == ["sent", "held", "sent", "sent"]
    with office.work() as uow:
        findings = uow.claims.findings(second.id)
    assert {one.finding.rule for one in findings} == {"CW-102"}
    assert office.record(second.id).filed is False
    charged = office.rows("SELECT DISTINCT claim_id FROM ledger_posting")
    assert len(charged) == 3


def test_when_nothing_of_a_batch_can_be_written_the_batch_is_empty_and_all_are_held(
    office: Office,
) -> None:
    office.take(made(2))
    office.cycle.prepare()
    for record in office.records():
        nameless = replace(record.claim.patient, name=Name(last="L" * 61, first="F"))
        changed = replace(
            record.claim,
            patient=nameless,
            subscriber=replace(record.claim.subscriber, person=nameless),
        )
        with office.work() as uow:
            uow.claims.replace(replace(record, claim=changed), expected_version=record.version)
            uow.record("claim.edited", {"claim": [record.id]})
    assert office.cycle.file() == ()
    assert office.stages() == ["held", "held"]
    assert not office.outbound()
    assert office.totals() == {}


def test_a_crash_before_the_files_leave_sends_the_same_bytes_later(office: Office) -> None:
    office.take(made(3))
    office.cycle.prepare()
    with office.work() as uow:
        file_claims(uow, office.running.sender)
    assert not office.outbound()
    assert office.stages() == ["batched"] * 3
    folder = FolderOutbox(office.running.settings.exchange, office.practice.slug)
    office.crash_after(lambda uow: send_files(uow, folder))
    first = office.outbound()
    assert len(first) == 1
    assert office.stages() == ["batched"] * 3
    assert office.cycle.send() == tuple(first)
    assert office.outbound() == first
    assert office.stages() == ["sent"] * 3
    assert office.cycle.send() == ()
    assert office.rows("SELECT status FROM exchange_file")[0].status == "sent"


def test_a_crash_while_filing_leaves_no_trace(office: Office) -> None:
    office.take(made(3))
    office.cycle.prepare()
    before = office.counts()
    office.crash_after(lambda uow: file_claims(uow, office.running.sender))
    assert office.counts() == before
    assert office.stages() == ["ready"] * 3
    [file] = office.cycle.file()
    assert file.name == "837P-000000001.x12"


def test_a_folder_that_cannot_be_written_keeps_the_file_waiting(running: Runtime) -> None:
    office = Office(running)
    office.take(made(1))
    office.cycle.prepare()
    office.running.settings.exchange.write_text("a file where the folder should be")
    with pytest.raises(UnavailableError, match="could not be written"):
        office.cycle.file()
    assert office.rows("SELECT status FROM exchange_file")[0].status == "waiting"
    office.running.settings.exchange.unlink()
    assert office.cycle.file() == ()
    assert len(office.outbound()) == 1
    assert office.stages() == ["sent"]


def test_the_envelope_refuses_what_an_interchange_cannot_hold() -> None:
    given: dict[str, Any] = {
        "sender_id": "S",
        "receiver_id": "R",
        "created": TODAY,
        "interchange_control": 10**9,
        "group_control": 1,
    }
    with pytest.raises(Exception, match="control"):
        Envelope(**given)
