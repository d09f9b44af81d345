"""The edit form of a claim: its fields, the claim a form describes, and what differs.

A field that was not sent, or stands as the claim has it, is taken as it is and not judged: the
rules have already said what they think of it, and a biller puts right one thing at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from api.http import claim_readers as read
from api.http.claim_fields import PROVIDER_ROLES, Field, claim_fields_of, line_fields_of
from api.http.claim_parties import patient, provider
from api.http.claim_reading import (
    DIAGNOSES_MAX,
    ClaimFields,
    LineFields,
    Reading,
    fields_of,
    offers_diagnoses,
)
from api.http.forms import Form, read_number
from core.claims.claim import Claim, Institutional, OtherPayer, ServiceLine
from core.claims.parties import Person, Provider, Subscriber
from core.coding.code import CAPTURED
from core.errors import InputError
from core.money import dollars
from core.sight import EVERYTHING, Sight

T = TypeVar("T")

_SLOTS_SHOWN_MIN = 12


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One field that a form changes; ``line_no`` None is the claim as a whole."""

    line_no: int | None
    label: str
    before: str
    after: str


class FieldsError(InputError):
    """The form has fields that cannot be taken; ``by_field`` says which and why."""

    code = "fields"

    def __init__(self, by_field: Mapping[str, str]) -> None:
        super().__init__("some fields cannot be taken; they are marked below")
        self.by_field = dict(by_field)


def slots(fields: ClaimFields) -> int:
    """How many places for diagnoses the form shows: twelve, or what the claim has and two more."""
    return min(DIAGNOSES_MAX, max(_SLOTS_SHOWN_MIN, len(fields.diagnoses) + 2))


def typed_fields(form: Form, claim: Claim, sight: Sight = EVERYTHING) -> ClaimFields:
    """What somebody typed, to be shown again beside what is wrong with it."""
    typed = [form.text(f"dx{place}") for place in range(1, DIAGNOSES_MAX + 1)]
    while typed and not typed[-1]:
        typed.pop()
    columns = line_fields_of(claim.form, sight)
    return ClaimFields(
        diagnoses=tuple(typed) if offers_diagnoses(sight) else (),
        values={field.name: form.text(field.name) for field in claim_fields_of(claim.form, sight)},
        lines=tuple(
            LineFields(
                line_no=line.line_no,
                values={field.name: form.text(f"{field.name}{line.line_no}") for field in columns},
            )
            for line in claim.lines
        ),
    )


def provider_npis(form: Form, claim: Claim) -> tuple[str, ...]:
    """The NPIs the form names, to be looked up once."""
    npis = {form.text(f"rendering_npi{line.line_no}") for line in claim.lines}
    npis |= {form.text(f"{role}_npi") for role in PROVIDER_ROLES}
    return tuple(sorted(npis - {""}))


def edited(
    form: Form, claim: Claim, providers: Mapping[str, Provider], sight: Sight = EVERYTHING
) -> Claim:
    """``claim`` as the form has it. ``FieldsError`` names every field that cannot be taken.

    ``providers`` are the practice's active rendering providers by NPI. Fields that are not offered
    to this ``sight`` stay as they are.
    """
    reading = Reading(form, claim, sight)
    diagnoses = tuple(
        code
        for place in range(1, DIAGNOSES_MAX + 1)
        if (code := reading.take(f"dx{place}", read.diagnosis, reading.diagnosis(place)))
    )
    typed = reading.diagnoses_count()
    lines = tuple(_line(reading, line, typed, dict(providers)) for line in claim.lines)
    member_id = reading.take("member_id", read.member_id, claim.subscriber.member_id)
    person = patient(reading, claim.patient)
    present = dict(zip(claim.diagnoses, claim.present_on_admission, strict=False))
    after = msgspec.structs.replace(
        claim,
        diagnoses=diagnoses,
        present_on_admission=tuple(present.get(code, "") for code in diagnoses)
        if claim.present_on_admission
        else (),
        place_of_service=reading.take("place_of_service", read.place, claim.place_of_service),
        auth_number=reading.take("auth_number", read.auth_number, claim.auth_number),
        institutional=_bill(reading, claim.institutional),
        patient=person,
        subscriber=_holder(
            msgspec.structs.replace(claim.subscriber, member_id=member_id), claim.patient, person
        ),
        other_payers=tuple(_other(one, claim.patient, person) for one in claim.other_payers),
        lines=lines,
        # Whoever saves the lines has looked at them: the total is what they add up to.
        stated_charge_cents=None,
        **{
            role: provider(reading, role, getattr(claim, role), providers)
            for role in PROVIDER_ROLES
        },
    )
    if reading.errors:
        raise FieldsError(reading.errors)
    return after


def differences(before: Claim, after: Claim, sight: Sight = EVERYTHING) -> tuple[Difference, ...]:
    """What a person would change, field by field, claim first and then line by line."""
    old, new = fields_of(before, sight), fields_of(after, sight)
    found = [
        Difference(line_no=None, label=label, before=was, after=becomes)
        for label, was, becomes in (
            ("Diagnoses", " ".join(old.diagnoses), " ".join(new.diagnoses)),
            ("Total charge", dollars(before.charge_cents), dollars(after.charge_cents)),
        )
        if was != becomes
    ]
    found.extend(_differing(claim_fields_of(before.form, sight), None, old.values, new.values))
    columns = line_fields_of(before.form, sight)
    for was_line, new_line in zip(old.lines, new.lines, strict=True):
        found.extend(_differing(columns, new_line.line_no, was_line.values, new_line.values))
    return tuple(found)


def _differing(
    fields: tuple[Field, ...], line_no: int | None, old: Mapping[str, str], new: Mapping[str, str]
) -> list[Difference]:
    return [
        Difference(
            line_no=line_no,
            label=field.label,
            before=field.said(old[field.name]),
            after=field.said(new[field.name]),
        )
        for field in fields
        if old[field.name] != new[field.name]
    ]


def _holder(subscriber: Subscriber, before: Person, after: Person) -> Subscriber:
    """The subscriber, changed with the patient where they are the same person."""
    same = subscriber.is_patient and subscriber.person == before
    return msgspec.structs.replace(subscriber, person=after) if same else subscriber


def _other(other: OtherPayer, before: Person, after: Person) -> OtherPayer:
    return msgspec.structs.replace(other, subscriber=_holder(other.subscriber, before, after))


def _bill(reading: Reading, bill: Institutional | None) -> Institutional | None:
    """Type of bill and statement dates; a claim without any gets them only all together."""
    names = ("type_of_bill", "statement_from", "statement_to")
    if not reading.changed(*names):
        return bill
    kind = reading.take(names[0], read.type_of_bill, bill.type_of_bill if bill else "")
    first = reading.take(names[1], read.statement_day, bill.statement_from if bill else None)
    last = reading.take(names[2], read.statement_day, bill.statement_to if bill else None)
    for name, found in zip(names, (kind, first, last), strict=True):
        if not found:
            reading.refuse(name, "a bill needs its type and both days of the statement")
    if first is None or last is None:
        return bill
    if last < first:
        reading.refuse(names[2], "the statement ends before it begins")
    if bill is None:
        return Institutional(type_of_bill=kind, statement_from=first, statement_to=last)
    return msgspec.structs.replace(bill, type_of_bill=kind, statement_from=first, statement_to=last)


def _line(
    reading: Reading, line: ServiceLine, diagnoses: int, providers: dict[str, Provider]
) -> ServiceLine:
    """One line with what the form says of it."""

    def take(name: str, reader: Callable[[Form, str], T], kept: T) -> T:
        return reading.take(f"{name}{line.line_no}", reader, kept)

    first = take("service_from", read.line_day, line.service_from)
    last = take("service_to", read.line_day, line.service_to)
    if last is not None and (first is None or last < first):
        reading.refuse(f"service_to{line.line_no}", "the service ends before it begins")
    teeth = line.teeth
    if reading.changed(f"tooth{line.line_no}", f"surfaces{line.line_no}"):
        teeth = reading.judge(f"tooth{line.line_no}", lambda form, _: read.teeth(form, line), teeth)
    return msgspec.structs.replace(
        line,
        service_from=first,
        service_to=last,
        code=take("code", read.code, line.code),
        revenue_code=take("revenue_code", read.revenue_code, line.revenue_code),
        modifiers=take("modifiers", read.modifiers, line.modifiers),
        units=take("units", lambda form, at: read_number(at, "units", form.text(at)), line.units),
        minutes=take("minutes", read.minutes, line.minutes),
        **_charge(reading, line),
        place_of_service=take("place_of_service", read.place, line.place_of_service),
        pointers=_pointers(reading, line, diagnoses),
        rendering=take(
            "rendering_npi",
            lambda form, at: read.line_rendering(form, at, providers),
            line.rendering,
        ),
        teeth=teeth,
    )


def _charge(reading: Reading, line: ServiceLine) -> dict[str, Any]:
    """A typed charge stands. One from a fee schedule is found anew once what it priced changes."""
    no = line.line_no
    if reading.changed(f"charge{no}"):
        amount_cents = reading.judge(f"charge{no}", read.charge, line.charge_cents)
        return {"charge_cents": amount_cents, "fee_source": CAPTURED}
    priced = (f"{name}{no}" for name in ("code", "modifiers", "units"))
    if line.fee_source not in ("", CAPTURED) and reading.changed(*priced):
        return {"charge_cents": 0, "fee_source": "", "expected_cents": None}
    return {}


def _pointers(reading: Reading, line: ServiceLine, diagnoses: int) -> tuple[int, ...]:
    """Judged as well where only a diagnosis went away under them."""
    name = f"pointers{line.line_no}"
    leads_to_none = max(line.pointers, default=0) > diagnoses
    if not reading.has(name) or not (reading.changed(name) or leads_to_none):
        return line.pointers
    return reading.judge(name, lambda form, at: read.pointers(form, at, diagnoses), line.pointers)
