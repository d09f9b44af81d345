"""What a biller does with a claim: edit, scrub, override, release, send again."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from core.claims.claim import Claim
from core.errors import (
    ConflictError,
    ForbiddenError,
    InputError,
    NotFoundError,
    StateError,
)
from core.ports import ClaimRecord
from core.rules.rule import Layer
from core.scrub.finding import Finding, Severity
from core.usecases.work_claim import (
    edit_claim,
    holding,
    override_finding,
    release,
    scrub_again,
    send_again,
)
from tests.core.usecases.office import TODAY, Office, check, era, made, paid

REASON = "the payer told us so on the phone"
LEAD: dict[str, Any] = {"role": "lead", "layers": frozenset(Layer)}


def held(office: Office, *severities: Severity) -> ClaimRecord:
    """A claim that is held, by findings of these severities alone."""
    [claim] = made(1)
    future = tuple(replace(line, service_from=TODAY.replace(year=2027)) for line in claim.lines)
    office.take([replace(claim, lines=future)])
    office.cycle.prepare()
    [record] = office.records()
    assert record.position.stage == "held"
    if severities:
        findings = [
            Finding(rule=f"TEST-{place}", severity=severity, message="Invented for a test")
            for place, severity in enumerate(severities)
        ]
        with office.work() as uow:
            uow.claims.replace_findings({record.id: findings})
            uow.record("claim.scrubbed", {"claim": [record.id]})
    return record


def repaired(claim: Claim) -> Claim:
    day = TODAY.replace(day=5)
    return replace(claim, lines=tuple(replace(line, service_from=day) for line in claim.lines))


def test_an_edit_is_stored_scrubbed_and_released(office: Office) -> None:
    record = held(office)
    book = office.running.rule_book(office.tenant_id)
    with office.work() as uow:
        after = edit_claim(
            uow, record.id, expected_version=record.version, edit=repaired, rule_book=book
        )
    assert (after.position.stage, after.version) == ("ready", record.version + 1)
    stored = office.record(record.id)
    assert stored.claim == after.claim
    assert stored.claim.lines[0].service_from == TODAY.replace(day=5)
    assert replace(stored.claim, lines=record.claim.lines) == record.claim
    rows = office.rows("SELECT service_from FROM service_line")
    assert {row.service_from for row in rows} == {TODAY.replace(day=5)}
    assert office.count("work_item") == 0
    assert [row.event for row in office.rows("SELECT event FROM claim_move ORDER BY id")][-2:] == [
        "edit",
        "release",
    ]
    kinds = [row.kind for row in office.rows("SELECT kind FROM audit_event ORDER BY id")]
    assert {"claim.edited", "claim.scrubbed"} <= set(kinds)
    assert len(office.cycle.file()) == 1


def test_an_edit_that_repairs_nothing_stays_held(office: Office) -> None:
    record = held(office)
    book = office.running.rule_book(office.tenant_id)
    with office.work() as uow:
        after = edit_claim(
            uow, record.id, expected_version=record.version, edit=lambda c: c, rule_book=book
        )
    assert after.position.stage == "held"
    assert office.count("work_item") == 1


def test_who_edits_what_somebody_changed_meanwhile_is_told_and_changes_nothing(
    office: Office,
) -> None:
    record = held(office)
    book = office.running.rule_book(office.tenant_id)
    with office.work() as uow:
        edit_claim(uow, record.id, expected_version=1, edit=lambda c: c, rule_book=book)
    before = (office.record(record.id), office.counts())
    for version in (1, 3):
        with pytest.raises(ConflictError, match="open it again"), office.work() as uow:
            edit_claim(uow, record.id, expected_version=version, edit=repaired, rule_book=book)
    assert (office.record(record.id).claim, office.counts()["claim_move"]) == (
        before[0].claim,
        before[1]["claim_move"],
    )


def test_a_claim_keeps_its_number_and_a_sent_one_is_not_edited(office: Office) -> None:
    record = held(office)
    book = office.running.rule_book(office.tenant_id)
    with pytest.raises(InputError, match="number"), office.work() as uow:
        edit_claim(
            uow,
            record.id,
            expected_version=1,
            edit=lambda claim: replace(claim, claim_number="OTHER"),
            rule_book=book,
        )
    [sent] = office.filed(made(2)[1:])
    with pytest.raises(StateError), office.work() as uow:
        edit_claim(uow, sent.id, expected_version=sent.version, edit=lambda c: c, rule_book=book)
    with pytest.raises(StateError, match="not been sent"), office.work() as uow:
        scrub_again(uow, sent.id, book)
    with pytest.raises(NotFoundError), office.work() as uow:
        scrub_again(uow, uuid4(), book)


def test_a_deny_is_overridden_with_a_reason_and_then_the_claim_is_released(office: Office) -> None:
    record = held(office, Severity.DENY, Severity.WARN, Severity.DENY)
    with office.work() as uow:
        findings = uow.claims.findings(record.id)
    denies = [one for one in findings if one.finding.severity is Severity.DENY]
    assert [one.id for one in holding(findings)] == [one.id for one in denies]
    with pytest.raises(StateError, match="2 finding"), office.work() as uow:
        release(uow, record.id)
    for short in ("", "   ok    ", "x" * 9 + " " * 9):
        with pytest.raises(InputError, match="characters"), office.work() as uow:
            override_finding(uow, record.id, denies[0].id, reason=short, **LEAD)
    person = uuid4()
    biller = office.running.person(person)
    for one in denies:
        with office.work(actor=biller) as uow:
            override_finding(uow, record.id, one.id, reason=f"  {REASON} ", **LEAD)
    with office.work() as uow:
        after = uow.claims.findings(record.id)
    assert [(one.overridden_by, one.override_reason) for one in after] == [
        (person, REASON),
        (None, ""),
        (person, REASON),
    ]
    with office.work() as uow:
        assert release(uow, record.id).position.stage == "ready"
    assert office.count("work_item") == 0
    with pytest.raises(StateError), office.work() as uow:
        release(uow, record.id)


def test_a_reject_is_overridden_by_nobody(office: Office) -> None:
    record = held(office, Severity.REJECT)
    with office.work() as uow:
        [finding] = uow.claims.findings(record.id)
    with pytest.raises(ForbiddenError), office.work() as uow:
        override_finding(uow, record.id, finding.id, reason=REASON, **LEAD)
    with pytest.raises(StateError, match="1 finding"), office.work() as uow:
        release(uow, record.id)
    with pytest.raises(NotFoundError), office.work() as uow:
        override_finding(uow, record.id, uuid4(), reason=REASON, **LEAD)
    assert office.stages() == ["held"]


def test_a_finding_of_another_claim_is_not_overridden_by_way_of_this_one(office: Office) -> None:
    record = held(office, Severity.DENY)
    with office.work() as uow:
        [finding] = uow.claims.findings(record.id)
    [sent] = office.filed(made(2)[1:])
    with pytest.raises(StateError), office.work() as uow:
        override_finding(uow, sent.id, finding.id, reason=REASON, **LEAD)


def test_a_new_scrub_forgets_overrides(office: Office) -> None:
    record = held(office, Severity.DENY)
    with office.work() as uow:
        [finding] = uow.claims.findings(record.id)
        override_finding(uow, record.id, finding.id, reason=REASON, **LEAD)
    with office.work() as uow:
        after = scrub_again(uow, record.id, office.running.rule_book(office.tenant_id))
    assert after.position.stage == "held"
    with office.work() as uow:
        assert all(one.overridden_by is None for one in uow.claims.findings(record.id))


def test_only_a_rejected_claim_is_sent_again(office: Office) -> None:
    [record] = office.filed(made(1))
    with pytest.raises(StateError, match="rejected"), office.work() as uow:
        send_again(uow, record.id)
    office.receive(era(check(paid(record))))
    with pytest.raises(StateError), office.work() as uow:
        send_again(uow, record.id)
    assert office.stages() == ["paid"]
