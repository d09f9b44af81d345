"""Writing loops 2300 to 2330: the claim, its providers, and the patient's other payers."""

from __future__ import annotations

from core.claims.claim import Claim, Form, OtherPayer
from core.x12.cas import write_cas
from core.x12.claims_loops import CLAIM_ROLES
from core.x12.claims_write_codes import codes
from core.x12.claims_write_lines import dtp, service_line
from core.x12.claims_write_parties import (
    Segments,
    address,
    names_contacts,
    nm1,
    payer,
    provider_loop,
    telephone,
)
from core.x12.elements import write_day, write_span
from core.x12.syntax import Delimiters, amount, composite

_BILLING_NOTE = "ADD"


def claim_loop(segments: Segments, claim: Claim, delimiters: Delimiters) -> None:
    """Loop 2300 with all below it."""
    segments.append(_clm(claim, delimiters))
    if claim.form is Form.INSTITUTIONAL:
        _institutional(segments, claim)
    else:
        _dates(segments, claim)
    segments.extend(dtp(day) for day in claim.dates)
    if claim.form is Form.INSTITUTIONAL:
        _cl1(segments, claim)
    elif claim.form is Form.DENTAL:
        _dental(segments, claim)
    for attachment in claim.attachments:
        with_number = "AC" if attachment.control_number else ""
        segments.append(
            [
                "PWK",
                attachment.report_type,
                attachment.transmission,
                "",
                "",
                with_number,
                attachment.control_number,
            ]
        )
    if claim.patient_paid_cents:
        segments.append(["AMT", "F5", amount(claim.patient_paid_cents)])
    _references(segments, claim)
    _notes(segments, claim)
    segments.extend(codes(claim, delimiters))
    _providers(segments, claim)
    for other in claim.other_payers:
        _other_payer(segments, claim, other)
    for number, line in enumerate(claim.lines, 1):
        service_line(segments, claim, line, number, delimiters)


def _clm(claim: Claim, delimiters: Delimiters) -> list[str]:
    if claim.institutional is not None:
        bill = claim.institutional.type_of_bill
        facility = composite((bill[1:3], "A", bill[3:]), delimiters)
        signed = ""
    else:
        facility = composite((claim.place_of_service, "B", claim.frequency), delimiters)
        signed = "Y" if claim.signature_on_file else "N"
    accident = ""
    if claim.accident is not None:
        accident = composite((claim.accident.kind, "", "", claim.accident.state), delimiters)
    predetermination = claim.dental is not None and claim.dental.predetermination
    return [
        "CLM",
        claim.claim_number,
        amount(claim.charge_cents),
        "",
        "",
        facility,
        signed,
        claim.accept_assignment,
        claim.benefits_assigned,
        claim.release_of_information,
        claim.patient_signature_source,
        accident,
        claim.special_program,
        "",
        "",
        "",
        "",
        "",
        "",
        "PB" if predetermination else "",
        claim.delay_reason,
    ]


def _dates(segments: Segments, claim: Claim) -> None:
    accident = claim.accident.on if claim.accident else None
    placed = None
    if claim.dental is not None and claim.dental.orthodontics is not None:
        placed = claim.dental.orthodontics.placed_on
    for qualifier, day in (
        ("431", claim.onset_date),
        ("439", accident),
        ("452", placed),
        ("435", claim.admission_date),
        ("096", claim.discharge_date),
    ):
        if day is not None:
            segments.append(["DTP", qualifier, "D8", write_day(day)])


def _institutional(segments: Segments, claim: Claim) -> None:
    facts = claim.institutional
    assert facts is not None, "an institutional claim without its facts"
    if facts.discharge_hour:
        segments.append(["DTP", "096", "TM", facts.discharge_hour.ljust(4, "0")])
    statement = write_span(facts.statement_from, facts.statement_to)
    segments.append(["DTP", "434", "RD8", statement])
    if facts.admission_date is not None:
        day = write_day(facts.admission_date)
        if facts.admission_hour:
            segments.append(["DTP", "435", "DT", day + facts.admission_hour.ljust(4, "0")])
        else:
            segments.append(["DTP", "435", "D8", day])


def _cl1(segments: Segments, claim: Claim) -> None:
    facts = claim.institutional
    assert facts is not None, "an institutional claim without its facts"
    if facts.admission_type or facts.point_of_origin or facts.patient_status:
        segments.append(["CL1", facts.admission_type, facts.point_of_origin, facts.patient_status])


def _dental(segments: Segments, claim: Claim) -> None:
    if claim.dental is None:
        return
    course = claim.dental.orthodontics
    if course is not None:
        total, remaining = course.months_total, course.months_remaining
        segments.append(
            [
                "DN1",
                "" if total is None else str(total),
                "" if remaining is None else str(remaining),
                "Y" if total is None and remaining is None else "",
            ]
        )
    for tooth in claim.dental.teeth:
        segments.append(["DN2", tooth.tooth, tooth.status, "", "", "", "JP"])


def _references(segments: Segments, claim: Claim) -> None:
    for qualifier, value in (
        ("9F", claim.referral_number),
        ("G1", claim.auth_number),
        ("F8", claim.payer_claim_number),
        ("X4", claim.clia),
    ):
        if value:
            segments.append(["REF", qualifier, value])
    for reference in claim.references:
        segments.append(["REF", reference.qualifier, reference.value])


def _notes(segments: Segments, claim: Claim) -> None:
    notes = claim.notes
    if claim.form is Form.INSTITUTIONAL:
        # The guide has the billing note after all other notes.
        notes = tuple(sorted(notes, key=lambda note: note.qualifier == _BILLING_NOTE))
    for note in notes:
        segments.append(["NTE", note.qualifier, note.text])


def _providers(segments: Segments, claim: Claim) -> None:
    with_contacts = claim.form is Form.PROFESSIONAL and names_contacts(claim.payer)
    for code, (_, field) in CLAIM_ROLES[claim.form].items():
        provider = getattr(claim, field) if field else None
        if provider is not None:
            provider_loop(segments, code, field, provider, claim.form)
            if with_contacts and field == "service_facility":
                telephone(segments, provider.phone, provider.contact_name)


def _other_payer(segments: Segments, claim: Claim, other: OtherPayer) -> None:
    holder = other.subscriber
    segments.append(
        [
            "SBR",
            other.sequence.value,
            holder.relationship,
            holder.group_number,
            "" if holder.group_number else holder.group_name,
            "" if claim.form is Form.INSTITUTIONAL else holder.msp_type,
            "",
            "",
            "",
            other.payer.filing_indicator,
        ]
    )
    segments.extend(write_cas(other.adjustments))
    for qualifier, cents in (
        ("D", other.paid_cents),
        ("A8", other.noncovered_cents),
        ("EAF", other.remaining_patient_cents),
    ):
        if cents is not None:
            segments.append(["AMT", qualifier, amount(cents)])
    signature = other.patient_signature_source if claim.form is Form.PROFESSIONAL else ""
    segments.append(
        ["OI", "", "", other.benefits_assigned, signature, "", other.release_of_information]
    )
    segments.append(nm1("IL", holder.entity, holder.person.name, "MI", holder.member_id))
    address(segments, holder.person.address)
    payer(segments, other.payer, None, claim.form)
    if other.adjudicated_on is not None and not _decided_by_line(claim, other):
        segments.append(["DTP", "573", "D8", write_day(other.adjudicated_on)])
    if other.payer_claim_number:
        segments.append(["REF", "F8", other.payer_claim_number])


def _decided_by_line(claim: Claim, other: OtherPayer) -> bool:
    """Whether the lines say when this payer decided; then the claim does not repeat it."""
    payer_id = other.payer.payer_id
    return any(
        decided.payer_id == payer_id for line in claim.lines for decided in line.adjudications
    )
