"""Claims for the tests of pages: one in each state a biller works on, all of invented people."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text

from core.claims.claim import Adjustment, Claim, Form, ServiceLine, Tooth
from core.claims.parties import (
    Address,
    Entity,
    Name,
    Payer,
    PayerKind,
    Person,
    Provider,
    Sex,
    Subscriber,
)
from core.claims.position import Event, NextActor, Owes, Position, Stage
from core.ledger.entries import Account, Entry, EntryKind, Posting, charge_entry
from core.ports import (
    ClaimRecord,
    Move,
    NewFile,
    NewRemittance,
    NewRemittanceClaim,
    Practice,
    StoredPayer,
    StoredProvider,
)
from core.remittance.values import ClaimPayment, RemittanceHeader, ServicePayment
from core.scrub.finding import Finding, Severity
from tests.api.http.pages_denial import denied_line

# Canaries: they must appear on the page of their own claim and nowhere else.
FAMILY_NAME = "Quillfeather"
MEMBER_ID = "ZZQ998877665"

PAYER = Payer(payer_id="BLUHB", name="Blue Harbor Health", kind=PayerKind.COMMERCIAL)
BILLING = Provider(
    name=Name(last="HARBOR BEHAVIORAL HEALTH"),
    entity=Entity.ORGANIZATION,
    npi="1234567893",
    tax_id="123456789",
    taxonomy="261QM0801X",
    address=Address(line1="1 QUAY", city="LINDENFELD", state="PA", postal_code="171011234"),
)
RENDERING = Provider(name=Name(last="Inventsky", first="Mira"), npi="1679576722", credential="LCSW")
OTHER_RENDERING = Provider(
    name=Name(last="Placeholt", first="Boris"), npi="1245319599", credential="PHD"
)
UNCONFIRMED = Provider(
    name=Name(last="NEWCOMER CLINIC"), entity=Entity.ORGANIZATION, npi="1992999767"
)
MOVES = ("held", "overridable", "rejected", "paid", "dental")


class Seed(msgspec.Struct, frozen=True, kw_only=True):
    """A claim of the world, by its short name."""

    name: str
    claim_id: UUID
    number: str


def fill_claims(runtime: Any, practice: Practice, actor: Any, today: date, some_id: Any) -> None:
    """Providers, a payer, and the five claims, in one transaction of the practice."""
    with runtime.unit_of_work(practice.tenant_id, actor) as uow:
        uow.masters.add_payers([StoredPayer(id=some_id("payer"), payer=PAYER)])
        billing, *_ = uow.new_ids(1)
        uow.masters.add_providers(
            [
                StoredProvider(id=billing, role="billing", provider=BILLING, status="active"),
                *(
                    StoredProvider(id=row_id, role=role, provider=provider, status=status)
                    for row_id, (role, provider, status) in zip(
                        uow.new_ids(3),
                        (
                            ("rendering", RENDERING, "active"),
                            ("rendering", OTHER_RENDERING, "active"),
                            ("billing", UNCONFIRMED, "unconfirmed"),
                        ),
                        strict=True,
                    )
                ),
            ]
        )
        people = uow.patients.ensure([("P-1", _patient())])
        uow.record("patient.created", {"patient": list(people.values())}, patients=1)
        for place, name in enumerate(MOVES, 1):
            claim_id = some_id(f"seed {practice.slug} {name}")
            encounter = _encounter(uow, people["P-1"], billing, place)
            number = f"{practice.number:04d}{place:08d}"
            _one(uow, name, claim_id, encounter, people["P-1"], number, today, some_id)


def _patient() -> Person:
    return Person(
        name=Name(last=FAMILY_NAME, first="Odette"),
        birth_date=date(1981, 4, 9),
        sex=Sex.FEMALE,
        address=Address(line1="2 ELM ST", city="LINDENFELD", state="PA", postal_code="17101"),
    )


def _claim(name: str, number: str, today: date) -> Claim:
    day = today - timedelta(days=20)
    dental = name == "dental"
    return Claim(
        claim_number=number,
        form=Form.DENTAL if dental else Form.PROFESSIONAL,
        payer=PAYER,
        subscriber=Subscriber(person=_patient(), member_id=MEMBER_ID),
        patient=_patient(),
        billing=BILLING,
        rendering=RENDERING,
        place_of_service="11",
        diagnoses=() if dental else ("F411", "F330"),
        lines=(
            ServiceLine(
                line_no=1,
                code="D2392" if dental else "90837",
                code_qualifier="AD" if dental else "HC",
                modifiers=() if dental else ("95",),
                service_from=day,
                pointers=() if dental else (1, 2),
                charge_cents=18_500,
                expected_cents=14_210,
                control_number=f"{number}-1",
                teeth=(Tooth(number="14", surfaces="MO"),) if dental else (),
            ),
            ServiceLine(
                line_no=2,
                code="D0120" if dental else "96127",
                code_qualifier="AD" if dental else "HC",
                service_from=day,
                pointers=() if dental else (1,),
                units=Decimal(2),
                charge_cents=4_250,
                control_number=f"{number}-2",
            ),
        ),
    )


_REJECT = Finding(
    rule="prof.telehealth-place",
    severity=Severity.REJECT,
    message="A telehealth modifier needs place of service 02 or 10.",
    line_no=1,
    suggestion="Set the place of service to 10 when the patient was at home.",
    source="CMS MLN901705",
    carc="5",
    place_837="2400 SV105",
)
_DENY = Finding(
    rule="bh.same-day-screening",
    severity=Severity.DENY,
    message="This payer bundles the screening into the session of the same day.",
    line_no=2,
    suggestion="Take the line off, or send it with the record of separate work.",
    source="NCCI PTP",
    carc="97",
)
_WARN = Finding(
    rule="prof.no-referral",
    severity=Severity.WARN,
    message="No referral number, and this plan sometimes asks for one.",
)


def _position(stage: Stage, actor: NextActor, due_on: date | None, owes: Owes) -> Position:
    return Position(stage=stage, owes=owes, next_actor=actor, due_on=due_on)


def _one(
    uow: Any,
    name: str,
    claim_id: UUID,
    encounter: UUID,
    patient: UUID,
    number: str,
    today: date,
    some_id: Any,
) -> None:
    draft = _position(Stage.DRAFT, NextActor.SYSTEM, today, Owes.PAYER)
    claim = _claim(name, number, today)
    record = ClaimRecord(
        id=claim_id,
        claim=claim,
        position=draft,
        encounter_id=encounter,
        patient_id=patient,
        payer_ref=some_id("payer"),
    )
    uow.claims.add([record], [])
    uow.record("claim.created", {"claim": [claim_id]}, claims=1)
    held = _position(Stage.HELD, NextActor.BILLER, today - timedelta(days=2), Owes.PAYER)
    if name in ("held", "dental"):
        uow.claims.add_findings([(claim_id, one) for one in (_WARN, _REJECT, _DENY)])
    if name == "overridable":
        uow.claims.add_findings([(claim_id, _DENY)])
    if name in ("held", "dental", "overridable"):
        uow.claims.move([_move(claim_id, Event.HOLD_FOR_BILLER, draft, held, _DENY.rule)])
    if name == "rejected":
        _reject(uow, claim_id, draft, today)
    if name == "paid":
        _pay(uow, record, today)


def _move(
    claim_id: UUID,
    event: Event,
    before: Position,
    after: Position,
    note: str = "",
    file_id: UUID | None = None,
) -> Move:
    return Move(
        claim_id=claim_id, event=event, before=before, after=after, note=note, file_id=file_id
    )


def _reject(uow: Any, claim_id: UUID, draft: Position, today: date) -> None:
    sent = _position(Stage.SENT, NextActor.PAYER, today, Owes.PAYER)
    rejected = _position(Stage.REJECTED, NextActor.BILLER, today + timedelta(days=1), Owes.PAYER)
    file_id = _file(uow, "277CA", "0001-277ca-000000007.edi")
    uow.claims.move(
        [
            _move(claim_id, Event.SEND, draft, sent),
            _move(claim_id, Event.REJECT_277CA, sent, rejected, "277CA A7:562 85", file_id),
        ]
    )


def _pay(uow: Any, record: ClaimRecord, today: date) -> None:
    sent = _position(Stage.SENT, NextActor.PAYER, today, Owes.PAYER)
    paid = _position(Stage.PARTLY_PAID, NextActor.BILLER, today + timedelta(days=5), Owes.PAYER)
    file_id = _file(uow, "835", "0001-835-000000011.edi")
    claim, claim_id, payer = record.claim, record.id, record.payer_ref
    uow.claims.move(
        [
            _move(claim_id, Event.SEND, record.position, sent),
            _move(claim_id, Event.PAY_PART, sent, paid, "CARC 50", file_id),
        ]
    )
    contractual = Adjustment(group="CO", code="45", amount_cents=4_290)
    copay = Adjustment(group="PR", code="3", amount_cents=2_500)
    denied = Adjustment(group="CO", code="50", amount_cents=4_250)
    payment = ClaimPayment(
        segment=14,
        claim_number=claim.claim_number,
        status="1",
        charge_cents=22_750,
        paid_cents=11_710,
        patient_responsibility_cents=2_500,
        payer_claim_number="ICN-20261101-7",
        lines=(
            ServicePayment(
                segment=18,
                code="90837",
                modifiers=("95",),
                charge_cents=18_500,
                paid_cents=11_710,
                adjustments=(contractual, copay),
                control_number=f"{claim.claim_number}-1",
            ),
            ServicePayment(
                segment=24,
                code="96127",
                charge_cents=4_250,
                paid_cents=0,
                adjustments=(denied,),
                remark_codes=("N115",),
                control_number=f"{claim.claim_number}-2",
            ),
        ),
    )
    header = RemittanceHeader(
        segment=3,
        control_number="0001",
        payment_cents=11_400,
        paid_on=today - timedelta(days=1),
        trace_number="EFT-55012",
        payer_identifier="1999999999",
        payer_name=PAYER.name,
    )
    check, *_ = uow.new_ids(1)
    uow.remittances.add(
        NewRemittance(
            id=check,
            file_id=file_id,
            header=header,
            content_sha256=hashlib.sha256(b"check").digest(),
            claims_count=1,
            status="posted",
        )
    )
    uow.remittances.add_claims(
        [NewRemittanceClaim(remittance_id=check, place=1, payment=payment, claim_id=claim_id)]
    )
    uow.denials.add(
        [denied_line(claim_id, payer, today)],
        remittance_id=check,
    )
    charge = charge_entry(
        claim,
        claim_id=claim_id,
        patient_id=record.patient_id,
        payer_ref=payer,
        effective_on=today - timedelta(days=45),
    )
    rows = (
        (Account.REMITTANCE_CLEARING, 11_710, 1, "", ""),
        (Account.CONTRACTUAL_ADJUSTMENT, 4_290, 1, "CO", "45"),
        (Account.PATIENT_RECEIVABLE, 2_500, 1, "PR", "3"),
        (Account.INSURANCE_RECEIVABLE, -18_500, 1, "", ""),
    )
    decision = Entry(
        kind=EntryKind.REMITTANCE_CLAIM,
        key="remittance:1",
        effective_on=today - timedelta(days=1),
        claim_id=claim_id,
        segment=14,
        postings=tuple(
            Posting(
                account=account,
                amount_cents=cents,
                claim_id=claim_id,
                line_no=line,
                patient_id=record.patient_id,
                payer_ref=payer,
                group=group,
                carc=carc,
            )
            for account, cents, line, group, carc in rows
        ),
    )
    cash = Entry(
        kind=EntryKind.REMITTANCE_CHECK,
        key="check:1",
        effective_on=today - timedelta(days=1),
        postings=(
            Posting(account=Account.PAYER_CASH, amount_cents=11_400, payer_ref=payer),
            Posting(
                account=Account.PROVIDER_LEVEL_ADJUSTMENT,
                amount_cents=310,
                payer_ref=payer,
                group="PLB",
                carc="WO",
            ),
            Posting(account=Account.REMITTANCE_CLEARING, amount_cents=-11_710, payer_ref=payer),
        ),
    )
    uow.ledger.post([charge, decision, cash])


def _file(uow: Any, kind: str, name: str) -> UUID:
    row_id, *_ = uow.new_ids(1)
    assert isinstance(row_id, UUID)
    body = f"{kind} {name} {uow.tenant_id}".encode()
    uow.files.add(
        NewFile(
            id=row_id,
            direction="in",
            kind=kind,
            name=name,
            body=body,
            sha256=hashlib.sha256(body).digest(),
            status="applied",
        )
    )
    return row_id


def _encounter(uow: Any, patient: UUID, billing: UUID, place: int) -> UUID:
    row_id, *_ = uow.new_ids(1)
    assert isinstance(row_id, UUID)
    uow.connection.execute(
        text(
            "INSERT INTO encounter (tenant_id, id, patient_id, external_index, form, status,"
            " billing_id, arrival, identifiers, clinical)"
            " VALUES (:tenant, :id, :patient, :external, '837P', 'claimed', :billing, :place, '',"
            " '')"
        ),
        {
            "tenant": uow.tenant_id,
            "id": row_id,
            "patient": patient,
            "external": f"visit {place}".encode(),
            "billing": billing,
            "place": place,
        },
    )
    return row_id
