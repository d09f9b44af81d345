"""The fields of the edit form: what each is called, which forms of claim have it, what it shows.

One table serves the page, the reading, and the list of what a change changes. A field of a class
that its reader does not see whole is not offered, and what is not offered is not read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from core.claims.claim import Claim, ServiceLine
from core.claims.claim import Form as ClaimForm
from core.claims.parties import Provider, Sex
from core.confidentiality import FieldClass
from core.money import plain
from core.sight import EVERYTHING, Shown, Sight

PROFESSIONAL, INSTITUTIONAL, DENTAL = (
    ClaimForm.PROFESSIONAL,
    ClaimForm.INSTITUTIONAL,
    ClaimForm.DENTAL,
)
_EVERY = frozenset(ClaimForm)
_PLACED = frozenset({PROFESSIONAL, DENTAL})
_BILL = frozenset({INSTITUTIONAL})
_TIMED = frozenset({PROFESSIONAL, INSTITUTIONAL})
_DENTAL = frozenset({DENTAL})


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the form. ``show`` gives its text for a claim, or for a service line.

    ``column`` is the head of a narrow column where the label is too long for it. ``kind`` is its
    class of confidentiality, None for what every editor sees.
    """

    name: str
    label: str
    show: Callable[[Any], str]
    forms: frozenset[ClaimForm] = _EVERY
    size: int = 10
    mode: str = "text"
    right: bool = False
    column: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    kind: FieldClass | None = None

    def offered(self, sight: Sight) -> bool:
        """Whether somebody with this sight may change it."""
        return self.kind is None or sight[self.kind] is Shown.WHOLE

    def said(self, text: str) -> str:
        """The field's text for a reader: a choice by its word."""
        return dict(self.choices).get(text, text)


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Fields that stand together."""

    title: str
    fields: tuple[Field, ...]


def _of_bill(name: str) -> Callable[[Claim], str]:
    def show(claim: Claim) -> str:
        found = getattr(claim.institutional, name, None)
        return "" if found is None else str(found)

    return show


def _of_address(name: str) -> Callable[[Claim], str]:
    return lambda claim: str(getattr(claim.patient.address, name, ""))


def _provider(role: str, title: str, forms: frozenset[ClaimForm]) -> tuple[Field, ...]:
    def of(claim: Claim) -> Provider | None:
        found = getattr(claim, role)
        assert found is None or isinstance(found, Provider)
        return found

    return (
        Field(
            name=f"{role}_npi",
            label=f"{title} NPI",
            show=lambda claim: one.npi if (one := of(claim)) else "",
            forms=forms,
            size=11,
            mode="numeric",
        ),
        Field(
            name=f"{role}_last",
            label=f"{title} last name",
            show=lambda claim: one.name.last if (one := of(claim)) else "",
            forms=forms,
            size=18,
        ),
        Field(
            name=f"{role}_first",
            label=f"{title} first name",
            show=lambda claim: one.name.first if (one := of(claim)) else "",
            forms=forms,
            size=14,
        ),
    )


_CLAIM = (
    Field(
        name="place_of_service",
        label="Place of service",
        show=lambda claim: claim.place_of_service,
        forms=_PLACED,
        size=4,
        mode="numeric",
    ),
    Field(
        name="type_of_bill",
        label="Type of bill",
        show=_of_bill("type_of_bill"),
        forms=_BILL,
        size=5,
    ),
    Field(
        name="statement_from",
        label="Statement from",
        show=_of_bill("statement_from"),
        forms=_BILL,
        size=11,
    ),
    Field(
        name="statement_to",
        label="Statement to",
        show=_of_bill("statement_to"),
        forms=_BILL,
        size=11,
    ),
    Field(
        name="auth_number",
        label="Authorisation number",
        show=lambda claim: claim.auth_number,
        size=20,
        kind=FieldClass.IDENTIFIERS,
    ),
)

_PERSON = FieldClass.DEMOGRAPHICS

_PATIENT = (
    Field(
        name="member_id",
        label="Member ID",
        show=lambda claim: claim.subscriber.member_id,
        size=18,
        kind=FieldClass.IDENTIFIERS,
    ),
    Field(
        name="patient_last",
        label="Patient last name",
        show=lambda claim: claim.patient.name.last,
        size=18,
        kind=_PERSON,
    ),
    Field(
        name="patient_first",
        label="Patient first name",
        show=lambda claim: claim.patient.name.first,
        size=14,
        kind=_PERSON,
    ),
    Field(
        name="birth_date",
        label="Birth date",
        show=lambda claim: claim.patient.birth_date.isoformat() if claim.patient.birth_date else "",
        size=11,
        kind=_PERSON,
    ),
    Field(
        name="sex",
        label="Sex",
        show=lambda claim: claim.patient.sex or Sex.UNKNOWN,
        choices=((Sex.FEMALE, "female"), (Sex.MALE, "male"), (Sex.UNKNOWN, "unknown")),
        kind=_PERSON,
    ),
    Field(
        name="patient_line1",
        label="Street",
        show=_of_address("line1"),
        size=24,
        kind=_PERSON,
    ),
    Field(
        name="patient_line2",
        label="Street, second line",
        show=_of_address("line2"),
        size=14,
        kind=_PERSON,
    ),
    Field(
        name="patient_city",
        label="City",
        show=_of_address("city"),
        size=16,
        kind=_PERSON,
    ),
    Field(
        name="patient_state",
        label="State",
        show=_of_address("state"),
        size=3,
        kind=_PERSON,
    ),
    Field(
        name="patient_postal_code",
        label="ZIP code",
        show=_of_address("postal_code"),
        size=11,
        mode="numeric",
        kind=_PERSON,
    ),
)

PROVIDER_ROLES = ("rendering", "attending", "referring")

SECTIONS = (
    Section(title="Claim", fields=_CLAIM),
    Section(title="Patient", fields=_PATIENT),
    Section(
        title="Providers",
        fields=(
            *_provider("rendering", "Rendering", _PLACED),
            *_provider("attending", "Attending", _BILL),
            *_provider("referring", "Referring", _EVERY),
        ),
    ),
)
"""The fields of the claim as a whole; diagnoses stand beside them, one a place."""


def _teeth(line: ServiceLine) -> str:
    return " ".join(tooth.number for tooth in line.teeth)


def _surfaces(line: ServiceLine) -> str:
    """One group a tooth; ``-`` holds the place of a tooth without any."""
    return " ".join(tooth.surfaces or "-" for tooth in line.teeth).rstrip("- ")


LINE_FIELDS = (
    Field(
        name="service_from",
        label="Service from",
        show=lambda line: line.service_from.isoformat() if line.service_from else "",
        size=10,
        column="From",
    ),
    Field(
        name="service_to",
        label="Service to",
        show=lambda line: line.service_to.isoformat() if line.service_to else "",
        forms=_TIMED,
        size=10,
        column="To",
    ),
    Field(
        name="revenue_code",
        label="Revenue code",
        show=lambda line: line.revenue_code,
        forms=_BILL,
        size=4,
        mode="numeric",
        column="Revenue",
    ),
    Field(name="code", label="Code", show=lambda line: line.code, size=6),
    Field(name="modifiers", label="Modifiers", show=lambda line: " ".join(line.modifiers), size=10),
    Field(
        name="units",
        label="Units",
        show=lambda line: f"{line.units.normalize():f}",
        size=5,
        mode="decimal",
        right=True,
    ),
    Field(
        name="minutes",
        label="Minutes",
        show=lambda line: "" if line.minutes is None else str(line.minutes),
        forms=_TIMED,
        size=4,
        mode="numeric",
        right=True,
        kind=FieldClass.CLINICAL,
    ),
    Field(
        name="charge",
        label="Charge",
        show=lambda line: plain(line.charge_cents),
        size=9,
        mode="decimal",
        right=True,
    ),
    Field(
        name="place_of_service",
        label="Place of service",
        show=lambda line: line.place_of_service,
        forms=_PLACED,
        size=3,
        mode="numeric",
        column="Place",
    ),
    Field(
        name="pointers",
        label="Diagnosis pointers",
        show=lambda line: " ".join(map(str, line.pointers)),
        forms=_PLACED,
        size=7,
        column="Dx pointers",
    ),
    Field(
        name="rendering_npi",
        label="Rendering NPI",
        show=lambda line: line.rendering.npi if line.rendering else "",
        size=11,
        mode="numeric",
    ),
    Field(
        name="tooth",
        label="Tooth",
        show=_teeth,
        forms=_DENTAL,
        size=5,
        kind=FieldClass.CLINICAL,
    ),
    Field(
        name="surfaces",
        label="Surfaces",
        show=_surfaces,
        forms=_DENTAL,
        size=8,
        kind=FieldClass.CLINICAL,
    ),
)
"""The fields of a service line, as columns from left to right."""


def sections_of(form: ClaimForm, sight: Sight = EVERYTHING) -> tuple[Section, ...]:
    """The sections with the fields that this form of claim has and this sight is offered."""
    found = (
        Section(title=section.title, fields=_offered(section.fields, form, sight))
        for section in SECTIONS
    )
    return tuple(section for section in found if section.fields)


def claim_fields_of(form: ClaimForm, sight: Sight = EVERYTHING) -> tuple[Field, ...]:
    """The fields of the claim as a whole that the form offers to this sight."""
    return tuple(field for section in sections_of(form, sight) for field in section.fields)


def line_fields_of(form: ClaimForm, sight: Sight = EVERYTHING) -> tuple[Field, ...]:
    """The columns that the form offers to this sight."""
    return _offered(LINE_FIELDS, form, sight)


def _offered(fields: tuple[Field, ...], form: ClaimForm, sight: Sight) -> tuple[Field, ...]:
    return tuple(field for field in fields if form in field.forms and field.offered(sight))
