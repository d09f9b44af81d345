"""Nothing leaves that may not: a Part 2 record without consent, a visit no plan is to know of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from api.documents.statements import render_statements
from core.claims.claim import Claim, Note, SpecialtyRecord
from core.consent import Consent, ConsentKind, ConsentPurpose
from core.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from core.part_two import NOTICE
from core.patient_billing.statements import Statement
from core.ports import ClaimRecord
from core.rules.rule import Layer
from core.usecases import keep_consents, work_claim
from core.usecases.bill_patients import issue_statements
from core.usecases.submit import file_claims
from core.x12.claims_reader import ReadClaim, read_claims
from tenants.ids import new_id
from tests.core.usecases.office import TODAY, Office, check, era, made, paid, with_next_payer

DAY = timedelta(days=1)


def part_two(claim: Claim, signed: object = None) -> Claim:
    body = {"program": True, "consent": {"signed": signed} if signed else None}
    record = SpecialtyRecord(kind="behavioral_health.part2", body=msgspec.json.encode(body))
    return replace(claim, records=(record,))


def prepared(office: Office, claims: list[Claim]) -> list[ClaimRecord]:
    office.take(claims)
    office.cycle.prepare()
    return office.records()


def entered(office: Office, patient_id: UUID, **changes: object) -> Consent:
    given = {
        "id": new_id(),
        "patient_id": patient_id,
        "kind": ConsentKind.PART_TWO,
        "signed_on": TODAY - 10 * DAY,
        "purposes": (ConsentPurpose.PAYMENT,),
        "document": "cabinet 3",
    }
    consent = Consent(**(given | changes))  # type: ignore[arg-type]
    with office.work() as uow:
        keep_consents.enter_consent(uow, consent)
    return consent


def rules_of(office: Office, record: ClaimRecord) -> list[str]:
    with office.work() as uow:
        return [one.finding.rule for one in uow.claims.findings(record.id)]


def sent(office: Office) -> list[Claim]:
    return [
        one.claim
        for data in office.outbound().values()
        for one in read_claims(data)
        if isinstance(one, ReadClaim)
    ]


def events(office: Office, kind: str) -> list[tuple[str, ...]]:
    rows = office.rows("SELECT object_ids FROM audit_event WHERE kind = :kind", kind=kind)
    return [tuple(map(str, row.object_ids)) for row in rows]


@pytest.mark.control("R26")
def test_a_part_two_record_leaves_with_a_consent_and_its_notice_and_not_without(
    office: Office,
) -> None:
    first, second, third = made(3)
    records = prepared(office, [part_two(first), part_two(second), third])
    assert office.stages() == ["ready"] * 3
    consent = entered(office, records[1].patient_id)
    office.cycle.file()
    assert office.stages() == ["held", "sent", "sent"]
    assert rules_of(office, records[0]) == ["CW-104"]
    noted = [one for one in sent(office) if any(note.text == NOTICE for note in one.notes)]
    assert [one.claim_number for one in noted] == [records[1].claim.claim_number]
    assert len(sent(office)) == 2
    [disclosed] = events(office, "consent.disclosed")
    assert set(disclosed) == {str(consent.id), str(records[1].id)}
    # What is kept as filed is what left, notice and all.
    after = office.record(records[1].id)
    assert after.claim.notes[0].text == NOTICE
    [file] = office.rows("SELECT file_id FROM submission WHERE claim_id = :c", c=after.id)
    with office.work() as uow:
        assert uow.claims.as_filed(after.id, file.file_id) == after.claim


@pytest.mark.control("R26")
def test_the_patients_statement_carries_the_notice_and_another_patients_does_not(
    office: Office,
) -> None:
    protected, plain = office.filed([part_two(made(1)[0], TODAY - DAY), made(2)[1]])
    office.receive(era(check(paid(protected, patient_cents=900), paid(plain, patient_cents=700))))
    printed: list[Statement] = []

    def printer(statements: Sequence[Statement]) -> list[bytes]:
        printed.extend(statements)
        return [b"%PDF" for _ in statements]

    with office.work() as uow:
        issue_statements(uow, printer)
    assert {one.due_cents: one.notice for one in printed} == {900: NOTICE, 700: ""}
    assert render_statements(printed)[0] != render_statements([replace(printed[0], notice="")])[0]


@pytest.mark.control("R26")
def test_one_that_is_held_goes_once_the_consent_is_there(office: Office) -> None:
    [record] = prepared(office, [part_two(made(1)[0])])
    office.cycle.file()
    assert office.stages() == ["held"]
    with office.work() as uow:
        [found] = uow.claims.findings(record.id)
        with pytest.raises(ForbiddenError):
            work_claim.override_finding(
                uow,
                record.id,
                found.id,
                reason="because I would like to",
                role="lead",
                layers=frozenset(Layer),
            )
    entered(office, record.patient_id)
    book = office.running.rule_book(office.tenant_id)
    with office.work() as uow:
        assert work_claim.scrub_again(uow, record.id, book).position.stage == "ready"
    office.cycle.file()
    assert office.stages() == ["sent"]


@pytest.mark.control("R26")
def test_a_consent_revoked_after_the_scrub_still_stops_the_file(office: Office) -> None:
    [record] = prepared(office, [part_two(made(1)[0])])
    consent = entered(office, record.patient_id)
    with office.work() as uow:
        keep_consents.revoke_consent(uow, record.patient_id, consent.id, on=TODAY)
    office.cycle.file()
    assert office.stages() == ["held"]
    assert sent(office) == []
    book = office.running.rule_book(office.tenant_id)
    with office.work() as uow:
        work_claim.scrub_again(uow, record.id, book)
    assert "CW-104" in rules_of(office, record), "the scrub of a person says so too"
    assert events(office, "consent.disclosed") == []


@pytest.mark.control("R26")
def test_a_consent_that_came_with_the_visit_is_entered_when_it_is_used_and_can_be_revoked(
    office: Office,
) -> None:
    claims = [part_two(one, TODAY - DAY) for one in made(2)]
    same = replace(claims[1], patient=claims[0].patient, subscriber=claims[0].subscriber)
    first, _ = prepared(office, [claims[0], same])
    office.cycle.file()
    assert office.stages() == ["sent", "sent"]
    with office.work() as uow:
        stored = uow.consents.of_patients([first.patient_id])[first.patient_id]
    assert {one.document for one in stored} == {"came in with the visit"}
    with office.work() as uow:
        keep_consents.revoke_consent(uow, first.patient_id, stored[0].id, on=TODAY)
    third = replace(claims[0], claim_number="LATER", lines=made(3)[2].lines)
    office.take([third])
    office.cycle.prepare()
    office.cycle.file()
    assert sorted(office.stages()) == ["held", "sent", "sent"]


@pytest.mark.control("R26")
def test_a_consent_for_one_payer_lets_nothing_go_to_the_next(office: Office) -> None:
    claim = with_next_payer(part_two(made(1)[0]))
    [record] = prepared(office, [claim])
    entered(office, record.patient_id, recipients=(record.claim.payer.payer_id,))
    office.cycle.file()
    assert office.stages() == ["sent"]
    office.receive(era(check(paid(office.record(record.id), patient_cents=900))))
    office.cycle.bill_next_payers()
    office.cycle.file()
    [secondary] = [one for one in office.records() if one.parent_claim_id == record.id]
    assert secondary.position.stage == "held"
    assert "CW-104" in rules_of(office, secondary)


def test_without_a_free_note_for_the_notice_it_is_held_and_says_so(office: Office) -> None:
    base = part_two(made(1)[0])
    taken = (Note(qualifier="ADD", text="taken"),)
    full = replace(base, notes=taken, lines=tuple(replace(x, notes=taken) for x in base.lines))
    [record] = prepared(office, [full])
    entered(office, record.patient_id)
    office.cycle.file()
    assert office.stages() == ["held"]
    assert rules_of(office, record) == ["CW-105"]


@pytest.mark.control("R24")
def test_a_visit_the_patient_paid_in_full_is_billed_to_no_plan(office: Office) -> None:
    first, second = prepared(office, made(2))
    with office.work() as uow:
        keep_consents.restrict_billing(uow, first.id)
    with pytest.raises(ConflictError), office.work() as uow:
        keep_consents.restrict_billing(uow, first.id)
    office.cycle.file()
    assert office.stages() == ["held", "sent"]
    assert rules_of(office, first) == ["CW-103"]
    assert [one.claim_number for one in sent(office)] == [second.claim.claim_number]
    with office.work() as uow:
        [found] = uow.claims.findings(first.id)
        with pytest.raises(ForbiddenError):
            work_claim.override_finding(
                uow,
                first.id,
                found.id,
                reason="because I would like to",
                role="lead",
                layers=frozenset(Layer),
            )
    with office.work() as uow:
        keep_consents.lift_restriction(uow, first.id)
    with pytest.raises(ConflictError), office.work() as uow:
        keep_consents.lift_restriction(uow, first.id)
    book = office.running.rule_book(office.tenant_id)
    with office.work() as uow:
        work_claim.scrub_again(uow, first.id, book)
    office.cycle.file()
    assert office.stages() == ["sent", "sent"]
    with pytest.raises(ConflictError, match="has left already"), office.work() as uow:
        keep_consents.restrict_billing(uow, second.id)


@pytest.mark.control("R24")
def test_a_batch_full_of_claims_that_may_not_leave_holds_up_no_other(office: Office) -> None:
    records = prepared(office, made(5))
    for record in records[:3]:
        with office.work() as uow:
            keep_consents.restrict_billing(uow, record.id)
    with office.work() as uow:
        [file] = file_claims(uow, office.running.sender, limit=2)
    assert file.claims == 1, "two were held, then of the next two one"
    assert office.stages() == ["held", "held", "held", "batched", "ready"]


WRONG = (
    ({"signed_on": TODAY + DAY}, "still to come"),
    ({"expires_on": TODAY - 10 * DAY}, "end before it begins"),
    ({"purposes": ()}, "what the consent is for"),
    ({"document": ""}, "where the signed paper"),
    ({"expires_event": "x" * 201}, "at most 200"),
)


def test_a_consent_that_cannot_be_one_is_not_entered(office: Office) -> None:
    [record] = prepared(office, made(1))
    for changes, why in WRONG:
        with pytest.raises(InputError, match=why):
            entered(office, record.patient_id, **changes)
    consent = entered(office, record.patient_id)
    with office.work() as uow:
        for on in (TODAY + DAY, consent.signed_on - DAY):
            with pytest.raises(InputError):
                keep_consents.revoke_consent(uow, record.patient_id, consent.id, on=on)
        for patient_id, consent_id in ((record.patient_id, new_id()), (new_id(), consent.id)):
            with pytest.raises(NotFoundError):
                keep_consents.revoke_consent(uow, patient_id, consent_id, on=TODAY)
