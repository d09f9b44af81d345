"""How much of a record somebody sees: by class of confidentiality, whole, masked, or not at all.

Pages take a value from the store and pass it through here before anything else looks at it, so a
template cannot show what its reader may not see (45 CFR 164.502(b), minimum necessary). What has
gone through here is for showing; it is never stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from msgspec.structs import replace

from core.claims.claim import Claim, Institutional, OtherPayer, ServiceLine
from core.claims.parties import Address, Name, Person, Reference, Subscriber
from core.confidentiality import FieldClass
from core.ports import ClaimRecord
from core.remittance.values import ClaimPayment, ServicePayment

MASK = "•••"
"""Stands where something is that the reader does not see."""

_TAIL_CHARACTERS = 4
_TAILED_CHARACTERS_MIN = 8


class Shown(StrEnum):
    """How a class of fields is shown."""

    WHOLE = "whole"
    MASKED = "masked"
    """Enough to recognise what one already knows: initials, a year, four digits."""
    HIDDEN = "hidden"


Sight = Mapping[FieldClass, Shown]

EVERYTHING: Sight = dict.fromkeys(FieldClass, Shown.WHOLE)
"""The sight of a program that works on records; no person has it."""


def seen_claim(record: ClaimRecord, sight: Sight) -> Claim:
    """The claim as somebody with this sight sees it. Money, codes billed and days stay.

    Of a record of a Part 2 program, whoever sees nothing clinical sees no codes billed either:
    those alone would say what the patient is treated for.
    """
    people, numbers = sight[FieldClass.DEMOGRAPHICS], sight[FieldClass.IDENTIFIERS]
    claim, kind = record.claim, record.clinical_class
    clinical = sight[kind]
    shown = replace(
        claim,
        patient=seen_person(claim.patient, people),
        subscriber=_subscriber(claim.subscriber, people, numbers),
        other_payers=tuple(_other(one, people, numbers) for one in claim.other_payers),
        **_numbers(claim, numbers),
        referral_number=seen_number(claim.referral_number, numbers),
        lines=tuple(
            _line(line, numbers, clinical, billed=_billed(kind, clinical)) for line in claim.lines
        ),
    )
    return shown if clinical is Shown.WHOLE else _without_clinical(shown, clinical)


def seen_payment(payment: ClaimPayment, record: ClaimRecord, sight: Sight) -> ClaimPayment:
    """A payer's decision on a claim as somebody with this sight sees it; money stays."""
    kind = record.clinical_class
    billed = _billed(kind, sight[kind])
    name = payment.patient
    return replace(
        payment,
        patient=_name(name, sight[FieldClass.DEMOGRAPHICS]) if name is not None else None,
        member_id=seen_number(payment.member_id, sight[FieldClass.IDENTIFIERS]),
        references=_references(payment.references, sight[FieldClass.IDENTIFIERS]),
        drg=payment.drg if sight[kind] is Shown.WHOLE else "",
        lines=payment.lines if billed else tuple(map(_unnamed, payment.lines)),
    )


def _billed(kind: FieldClass, clinical: Shown) -> bool:
    """Whether the codes billed are shown."""
    return not (kind is FieldClass.SUBSTANCE_USE and clinical is Shown.HIDDEN)


def _unnamed(line: ServicePayment) -> ServicePayment:
    return replace(line, code=MASK, modifiers=())


def seen_person(person: Person, shown: Shown) -> Person:
    """Masked: initials, sex, and the year of birth (its first of January stands for it)."""
    if shown is Shown.WHOLE:
        return person
    if shown is Shown.HIDDEN:
        return Person(name=Name(last=MASK))
    born, home = person.birth_date, person.address
    return Person(
        name=_name(person.name, shown),
        birth_date=date(born.year, 1, 1) if born else None,
        sex=person.sex,
        address=Address(line1=MASK, city="", state=home.state) if home else None,
    )


def _name(name: Name, shown: Shown) -> Name:
    if shown is Shown.WHOLE:
        return name
    if shown is Shown.HIDDEN:
        return Name(last=MASK)
    return Name(last=_initial(name.last), first=_initial(name.first))


def _initial(text: str) -> str:
    return f"{text[:1]}." if text else ""


def seen_number(number: str, shown: Shown) -> str:
    """Masked: the last four characters of a number long enough to stay secret with them."""
    if shown is Shown.WHOLE or not number:
        return number
    if shown is Shown.HIDDEN or len(number) < _TAILED_CHARACTERS_MIN:
        return MASK
    return MASK + number[-_TAIL_CHARACTERS:]


def _numbers(one: Claim | ServiceLine, shown: Shown) -> dict[str, Any]:
    return {
        "auth_number": seen_number(one.auth_number, shown),
        "references": _references(one.references, shown),
    }


def _references(references: tuple[Reference, ...], shown: Shown) -> tuple[Reference, ...]:
    return tuple(replace(one, value=seen_number(one.value, shown)) for one in references)


def _subscriber(subscriber: Subscriber, people: Shown, numbers: Shown) -> Subscriber:
    return replace(
        subscriber,
        person=seen_person(subscriber.person, people),
        member_id=seen_number(subscriber.member_id, numbers),
        group_number=seen_number(subscriber.group_number, numbers),
        group_name=subscriber.group_name if numbers is Shown.WHOLE else "",
    )


def _other(other: OtherPayer, people: Shown, numbers: Shown) -> OtherPayer:
    return replace(other, subscriber=_subscriber(other.subscriber, people, numbers))


def _line(line: ServiceLine, numbers: Shown, clinical: Shown, *, billed: bool) -> ServiceLine:
    shown = replace(line, **_numbers(line, numbers))
    if clinical is Shown.WHOLE:
        return shown
    shown = replace(
        shown,
        description="",
        teeth=(),
        oral_cavity=(),
        prosthesis="",
        prosthesis_prior_on=None,
        drug=None,
        notes=(),
        records=(),
        minutes=None,
        start=None,
        end=None,
    )
    if billed:
        return shown
    decided = tuple(
        replace(one, code="", modifiers=(), revenue_code="") for one in shown.adjudications
    )
    return replace(shown, code=MASK, modifiers=(), revenue_code="", adjudications=decided)


def _without_clinical(claim: Claim, shown: Shown) -> Claim:
    """Masked: how many diagnoses there are, and no more."""
    bill = claim.institutional
    return replace(
        claim,
        diagnoses=(MASK,) * len(claim.diagnoses) if shown is Shown.MASKED else (),
        present_on_admission=(),
        accident=None,
        condition_codes=(),
        onset_date=None,
        special_program="",
        institutional=_bill(bill) if bill else None,
        dental=None,
        notes=(),
        attachments=(),
        records=(),
    )


def _bill(bill: Institutional) -> Institutional:
    """Type of bill and its days; nothing of the stay."""
    return Institutional(
        type_of_bill=bill.type_of_bill,
        statement_from=bill.statement_from,
        statement_to=bill.statement_to,
    )
