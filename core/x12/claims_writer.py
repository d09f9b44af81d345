"""Writing claims as 837P, 837I and 837D, grouped by billing provider and checked beforehand.

Facts that no element of the guides carries stay behind: credentials, licences, documented minutes,
expected amounts, specialty records, telephone numbers of patients outside property and casualty.
Facts of the bill itself that its form has no place for are refused (``core.x12.claims_limits``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from core.claims.claim import Claim, Form
from core.claims.parties import Entity, Person
from core.errors import InputError
from core.x12.claims_limits import faults, shape_fault
from core.x12.claims_write_claim import claim_loop
from core.x12.claims_write_parties import (
    Segments,
    address,
    billing,
    demographics,
    names_contacts,
    nm1,
    pay_to,
    payer,
    telephone,
)
from core.x12.elements import write_day
from core.x12.envelope import Envelope, wrap
from core.x12.syntax import STANDARD, Delimiters, render

VERSIONS = {
    Form.PROFESSIONAL: "005010X222A1",
    Form.INSTITUTIONAL: "005010X223A2",
    Form.DENTAL: "005010X224A2",
}
# The guides recommend no more claims than this in one transaction.
CLAIMS_PER_TRANSACTION = 5000


class Submitter(msgspec.Struct, frozen=True, kw_only=True):
    """Who sends the file (loop 1000A) and whom to call about it."""

    name: str
    id: str
    contact_name: str
    phone: str


class Receiver(msgspec.Struct, frozen=True, kw_only=True):
    """Who receives the file (loop 1000B)."""

    name: str
    id: str


class WrittenTransaction(msgspec.Struct, frozen=True):
    """One ST of the file: its control number and the claim numbers in it, in order."""

    control: str
    claim_numbers: tuple[str, ...]


class WrittenFile(msgspec.Struct, frozen=True, kw_only=True):
    """An 837 file: its bytes, the guide it follows, and what stands in it."""

    data: bytes
    version: str
    transactions: tuple[WrittenTransaction, ...]
    claims: int


def write_claims(
    claims: Sequence[Claim],
    *,
    form: Form,
    submitter: Submitter,
    receiver: Receiver,
    envelope: Envelope,
    reference: str,
    claims_per_transaction: int = CLAIMS_PER_TRANSACTION,
    judged: bool = False,
) -> WrittenFile:
    """One interchange with all ``claims``, which are of one ``form``.

    ``reference`` is BHT03 (at most 30 characters); each transaction carries it. Claims are grouped
    by billing provider in the order of its first claim. Raises ``InputError`` that names the
    claim's place in ``claims`` (from 1) when one cannot be written; ask ``unwritable`` first.
    ``judged``: the caller has asked ``faults`` of every claim, so it is not asked again.
    """
    if not claims:
        raise InputError("there is no claim to write")
    if not 1 <= len(reference) <= 30 or claims_per_transaction < 1:
        raise InputError("a reference has 1 to 30 characters, a transaction at least one claim")
    delimiters = envelope.delimiters
    groups = _grouped(claims, form, delimiters, judged=judged)
    heading = _heading(submitter, receiver, envelope, reference)
    written: list[WrittenTransaction] = []
    bodies: list[tuple[str, Segments]] = []
    for number, part in enumerate(_transactions(groups, claims_per_transaction), 1):
        control = f"{number:04d}"
        bodies.append((control, [*heading, *_numbered(part)]))
        written.append(WrittenTransaction(control, tuple([entry.claim_number for entry in part])))
    data = wrap(envelope, "HC", VERSIONS[form], bodies)
    return WrittenFile(
        data=data,
        version=VERSIONS[form],
        transactions=tuple(written),
        claims=len(claims),
    )


def unwritable(claim: Claim, delimiters: Delimiters = STANDARD) -> tuple[str, ...]:
    """Why this claim cannot be written as its form; empty when it can.

    Plain sentences that name no value of the claim.
    """
    reasons = faults(claim)
    if reasons:
        return reasons
    try:
        entry = _entry(claim, delimiters, _above(claim))
        segments = [*entry.above, *entry.subscriber, *(entry.dependent or []), *entry.claim]
        render(segments, delimiters)
    except InputError as fault:
        return (fault.message,)
    return ()


class _Entry(msgspec.Struct, frozen=True, gc=False):
    """The segments of one claim by level, hierarchical levels (HL) aside."""

    claim_number: str
    above: Segments
    subscriber: Segments
    dependent: Segments | None
    claim: Segments


def _entry(claim: Claim, delimiters: Delimiters, above: Segments) -> _Entry:
    segments: Segments = []
    claim_loop(segments, claim, delimiters)
    entry = _Entry(
        claim.claim_number,
        above,
        _subscriber(claim),
        None if claim.subscriber.is_patient else _dependent(claim),
        segments,
    )
    for part in (entry.subscriber, entry.dependent or (), segments):
        _refuse_shape(part)
    return entry


def _above(claim: Claim) -> Segments:
    """Loop 2000A: who bills, and to whom the payer pays."""
    segments: Segments = []
    billing(segments, claim.billing, claim.form)
    if claim.pay_to is not None:
        pay_to(segments, claim.pay_to)
    _refuse_shape(segments)
    return segments


def _refuse_shape(segments: Sequence[Sequence[str]]) -> None:
    fault = shape_fault(segments)
    if fault:
        raise InputError(fault)


def _subscriber(claim: Claim) -> Segments:
    """Loops 2000B, 2010BA and 2010BB."""
    holder, form = claim.subscriber, claim.form
    segments: Segments = [
        [
            "SBR",
            claim.sequence.value,
            "18" if holder.is_patient else "",
            holder.group_number,
            "" if holder.group_number else holder.group_name,
            "" if form is Form.INSTITUTIONAL else holder.msp_type,
            "",
            "",
            "",
            claim.payer.filing_indicator,
        ]
    ]
    person = holder.person
    if holder.is_patient and form is Form.PROFESSIONAL and person.death_date is not None:
        segments.append(["PAT", *_death(person)])
    segments.append(nm1("IL", holder.entity, person.name, "MI", holder.member_id))
    address(segments, person.address)
    if holder.entity is Entity.PERSON:
        demographics(segments, person)
    if form is Form.PROFESSIONAL and names_contacts(claim.payer):
        telephone(segments, person.phone)
    payer(segments, claim.payer, claim.billing, form)
    return segments


def _death(person: Person) -> list[str]:
    """PAT01 to PAT06 without the relationship; nothing while the patient lives."""
    if person.death_date is None:
        return []
    return ["", "", "", "", "D8", write_day(person.death_date)]


def _dependent(claim: Claim) -> Segments:
    """Loops 2000C and 2010CA."""
    patient = claim.patient
    segments: Segments = [["PAT", claim.subscriber.relationship]]
    if claim.form is Form.PROFESSIONAL:
        segments[0] += _death(patient)[1:]
    segments.append(nm1("QC", Entity.PERSON, patient.name))
    address(segments, patient.address)
    demographics(segments, patient)
    if claim.form is Form.PROFESSIONAL and names_contacts(claim.payer):
        telephone(segments, patient.phone)
    return segments


def _grouped(
    claims: Sequence[Claim], form: Form, delimiters: Delimiters, *, judged: bool
) -> list[list[_Entry]]:
    groups: dict[tuple[tuple[str, ...], ...], list[_Entry]] = {}
    # One claim after the other has the same biller, whose segments are then made once.
    last: Claim | None = None
    above: Segments = []
    group: list[_Entry] = []
    for place, claim in enumerate(claims, 1):
        if claim.form is not form:
            raise InputError(f"claim {place} of the batch is of another form")
        reasons = () if judged else faults(claim)
        if reasons:
            raise InputError(f"claim {place} of the batch cannot be written: {reasons[0]}")
        try:
            if last is None or claim.billing != last.billing or claim.pay_to != last.pay_to:
                above = _above(claim)
                group = groups.setdefault(tuple(map(tuple, above)), [])
                last = claim
            group.append(_entry(claim, delimiters, above))
        except InputError as fault:
            raise InputError(
                f"claim {place} of the batch cannot be written: {fault.message}"
            ) from None
    return list(groups.values())


def _transactions(groups: list[list[_Entry]], most: int) -> Iterator[list[_Entry]]:
    entries = (entry for group in groups for entry in group)
    while part := list(islice(entries, most)):
        yield part


def _heading(
    submitter: Submitter, receiver: Receiver, envelope: Envelope, reference: str
) -> Segments:
    created = envelope.created
    return [
        ["BHT", "0019", "00", reference, f"{created:%Y%m%d}", f"{created:%H%M}", "CH"],
        ["NM1", "41", "2", submitter.name, "", "", "", "", "46", submitter.id],
        ["PER", "IC", submitter.contact_name, "TE", submitter.phone],
        ["NM1", "40", "2", receiver.name, "", "", "", "", "46", receiver.id],
    ]


def _numbered(entries: list[_Entry]) -> Iterator[list[str]]:
    """The levels of one transaction with their HL numbers."""
    number = 0
    provider = 0
    above: Segments | None = None
    for entry in entries:
        if entry.above is not above and entry.above != above:
            above = entry.above
            number += 1
            provider = number
            yield ["HL", str(number), "", "20", "1"]
            yield from above
        number += 1
        child = "0" if entry.dependent is None else "1"
        yield ["HL", str(number), str(provider), "22", child]
        yield from entry.subscriber
        if entry.dependent is not None:
            number += 1
            yield ["HL", str(number), str(number - 1), "23", "0"]
            yield from entry.dependent
        yield from entry.claim
