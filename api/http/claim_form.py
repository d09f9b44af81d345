"""The edit form of a claim: its fields, the claim a form describes, and what differs.

Only what a biller puts right by hand: diagnoses, member id, and of each line the code, modifiers,
units, charge, place of service, pointers, rendering provider, tooth and surfaces. Everything else
of the claim stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from api.http.forms import FieldError, Form, read_money, read_number
from api.web import words
from core.claims.claim import Claim, ServiceLine, Tooth
from core.claims.claim import Form as ClaimForm
from core.claims.parties import Provider
from core.errors import InputError
from core.ids import npi_is_valid
from core.money import dollars, plain

T = TypeVar("T")

DIAGNOSES_MAX = 25
_SLOTS_SHOWN_MIN = 12
_MODIFIERS_MAX = 4
_POINTERS_MAX = 4

_DIAGNOSIS = re.compile(r"[A-TV-Z][0-9][0-9A-Z]{1,5}\Z", re.ASCII)
_CODE = re.compile(r"[A-Z0-9]{2,8}\Z", re.ASCII)
_MODIFIER = re.compile(r"[A-Z0-9]{2}\Z", re.ASCII)
_PLACE = re.compile(r"[0-9]{2}\Z", re.ASCII)
_TOOTH = re.compile(r"(?:[1-9]|[12][0-9]|3[0-2]|[A-T]|5[1-9]|[67][0-9]|8[0-2]|[A-T]S)\Z", re.ASCII)
_SURFACES = re.compile(r"(?:[BDFILMO]{1,5}|-)\Z", re.ASCII)
_SEPARATORS = re.compile(r"[\s,;:]+")


class LineFields(msgspec.Struct, frozen=True, kw_only=True):
    """One line as the form shows it, every field as text."""

    line_no: int
    code: str
    modifiers: str
    units: str
    charge: str
    place_of_service: str
    pointers: str
    rendering_npi: str
    tooth: str
    surfaces: str


class ClaimFields(msgspec.Struct, frozen=True, kw_only=True):
    """The claim as the form shows it."""

    diagnoses: tuple[str, ...]
    member_id: str
    lines: tuple[LineFields, ...]


def slots(fields: ClaimFields) -> int:
    """How many places for diagnoses the form shows: twelve, or what the claim has and two more."""
    return min(DIAGNOSES_MAX, max(_SLOTS_SHOWN_MIN, len(fields.diagnoses) + 2))


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


def fields_of(claim: Claim) -> ClaimFields:
    """What the form shows for ``claim``."""
    return ClaimFields(
        diagnoses=tuple(map(words.diagnosis, claim.diagnoses)),
        member_id=claim.subscriber.member_id,
        lines=tuple(map(_line_fields, claim.lines)),
    )


def typed_fields(form: Form, claim: Claim) -> ClaimFields:
    """What somebody typed, to be shown again beside what is wrong with it."""
    typed = [form.text(f"dx{place}") for place in range(1, DIAGNOSES_MAX + 1)]
    while typed and not typed[-1]:
        typed.pop()
    return ClaimFields(
        diagnoses=tuple(typed),
        member_id=form.text("member_id"),
        lines=tuple(
            LineFields(
                line_no=line.line_no,
                **{name: form.text(f"{name}{line.line_no}") for name in _LINE_FIELDS},
            )
            for line in claim.lines
        ),
    )


def rendering_npis(form: Form, claim: Claim) -> tuple[str, ...]:
    """The NPIs the form names on lines, to be looked up once."""
    npis = {form.text(f"rendering_npi{line.line_no}") for line in claim.lines}
    return tuple(sorted(npis - {""}))


def edited(form: Form, claim: Claim, providers: Mapping[str, Provider]) -> Claim:
    """``claim`` as the form has it. ``FieldsError`` names every field that cannot be taken.

    ``providers`` are the practice's active rendering providers by NPI.
    """
    reading = _Reading(form)
    diagnoses = tuple(
        code
        for place in range(1, DIAGNOSES_MAX + 1)
        if (code := reading.take(f"dx{place}", lambda name: _diagnosis(form, name), ""))
    )
    # A pointer is judged by what was typed, so that one bad diagnosis is one error.
    typed = sum(bool(form.text(f"dx{place}")) for place in range(1, DIAGNOSES_MAX + 1))
    lines = tuple(reading.line(line, claim, typed, providers) for line in claim.lines)
    member_id = reading.take("member_id", lambda name: _member_id(form, name), "")
    if reading.errors:
        raise FieldsError(reading.errors)
    present = dict(zip(claim.diagnoses, claim.present_on_admission, strict=False))
    return msgspec.structs.replace(
        claim,
        diagnoses=diagnoses,
        present_on_admission=tuple(present.get(code, "") for code in diagnoses)
        if claim.present_on_admission
        else (),
        subscriber=msgspec.structs.replace(claim.subscriber, member_id=member_id),
        lines=lines,
    )


def differences(before: Claim, after: Claim) -> tuple[Difference, ...]:
    """What a person would change, field by field, claim first and then line by line."""
    old, new = fields_of(before), fields_of(after)
    found = [
        Difference(line_no=None, label=label, before=was, after=becomes)
        for label, was, becomes in (
            ("Diagnoses", " ".join(old.diagnoses), " ".join(new.diagnoses)),
            ("Member ID", old.member_id, new.member_id),
            ("Total charge", dollars(before.charge_cents), dollars(after.charge_cents)),
        )
        if was != becomes
    ]
    for was_line, new_line in zip(old.lines, new.lines, strict=True):
        for name, label in _LINE_FIELDS.items():
            was, becomes = getattr(was_line, name), getattr(new_line, name)
            if was != becomes:
                found.append(
                    Difference(line_no=new_line.line_no, label=label, before=was, after=becomes)
                )
    return tuple(found)


_LINE_FIELDS = {
    "code": "Code",
    "modifiers": "Modifiers",
    "units": "Units",
    "charge": "Charge",
    "place_of_service": "Place of service",
    "pointers": "Diagnosis pointers",
    "rendering_npi": "Rendering NPI",
    "tooth": "Tooth",
    "surfaces": "Surfaces",
}


class _Reading:
    """Reads field by field and goes on after an error, so that all of them are shown at once."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self.errors: dict[str, str] = {}

    def take(self, name: str, read: Callable[[str], T], instead: T) -> T:
        """What ``read`` makes of the field; ``instead``, and the error kept, where it cannot."""
        try:
            return read(name)
        except FieldError as problem:
            self.errors[problem.field] = problem.message
            return instead

    def line(
        self,
        line: ServiceLine,
        claim: Claim,
        diagnoses: int,
        providers: Mapping[str, Provider],
    ) -> ServiceLine:
        """One line with what the form says of it."""
        form, no = self._form, line.line_no
        teeth = line.teeth
        if claim.form is ClaimForm.DENTAL:
            teeth = self.take(f"tooth{no}", lambda name: _teeth(form, name, no), teeth)
        return msgspec.structs.replace(
            line,
            code=self.take(f"code{no}", lambda name: _code(form, name), line.code),
            modifiers=self.take(
                f"modifiers{no}", lambda name: _modifiers(form, name), line.modifiers
            ),
            units=self.take(
                f"units{no}", lambda name: read_number(name, "units", form.text(name)), line.units
            ),
            charge_cents=self.take(f"charge{no}", lambda name: _charge(form, name), 0),
            place_of_service=self.take(
                f"place_of_service{no}", lambda name: _place(form, name), ""
            ),
            pointers=self.take(
                f"pointers{no}", lambda name: _pointers(form, name, diagnoses), line.pointers
            ),
            rendering=self.take(
                f"rendering_npi{no}", lambda name: _rendering(form, name, line, providers), None
            ),
            teeth=teeth,
        )


def _words(form: Form, name: str) -> tuple[str, ...]:
    return tuple(word for word in _SEPARATORS.split(form.text(name).upper()) if word)


def _diagnosis(form: Form, name: str) -> str:
    code = form.text(name).upper().replace(".", "")
    if code and not _DIAGNOSIS.match(code):
        raise FieldError(name, "a diagnosis looks like F41.1")
    return code


def _member_id(form: Form, name: str) -> str:
    found = form.text(name)
    if not 2 <= len(found) <= 80 or not found.isascii() or not found.isprintable():
        raise FieldError(name, "a member ID has 2 to 80 letters and digits, as on the card")
    return found


def _code(form: Form, name: str) -> str:
    code = form.text(name).upper()
    if code and not _CODE.match(code):
        raise FieldError(name, "a code has letters and digits only")
    return code


def _modifiers(form: Form, name: str) -> tuple[str, ...]:
    found = _words(form, name)
    if len(found) > _MODIFIERS_MAX or not all(map(_MODIFIER.match, found)):
        raise FieldError(name, "up to four modifiers of two characters")
    if len(set(found)) < len(found):
        raise FieldError(name, "a modifier stands here twice")
    return found


def _charge(form: Form, name: str) -> int:
    amount_cents = read_money(name, "charge", form.text(name))
    if amount_cents < 0:
        raise FieldError(name, "a charge is not negative")
    return amount_cents


def _place(form: Form, name: str) -> str:
    found = form.text(name)
    if found and not _PLACE.match(found):
        raise FieldError(name, "a place of service has two digits")
    return found


def _pointers(form: Form, name: str, diagnoses: int) -> tuple[int, ...]:
    words = _words(form, name)
    numbers = tuple(int(word) for word in words if word.isascii() and word.isdigit())
    if len(numbers) < len(words) or len(numbers) > _POINTERS_MAX:
        raise FieldError(name, "up to four pointers, such as 1 2")
    if any(not 1 <= number <= diagnoses for number in numbers):
        raise FieldError(name, f"the claim has {diagnoses} diagnoses; a pointer leads to none")
    return numbers


def _rendering(
    form: Form, name: str, line: ServiceLine, providers: Mapping[str, Provider]
) -> Provider | None:
    npi = form.text(name)
    if not npi or (line.rendering is not None and line.rendering.npi == npi):
        return line.rendering if npi else None
    if not npi_is_valid(npi):
        raise FieldError(name, "this is not an NPI; check its digits")
    if npi not in providers:
        raise FieldError(name, "this practice has no active rendering provider with this NPI")
    return providers[npi]


def _teeth(form: Form, name: str, line_no: int) -> tuple[Tooth, ...]:
    numbers = _words(form, name)
    surfaces = _words(form, f"surfaces{line_no}")
    if not all(map(_TOOTH.match, numbers)):
        raise FieldError(name, "a tooth is 1 to 32 or A to T")
    if not all(map(_SURFACES.match, surfaces)) or len(surfaces) > len(numbers):
        raise FieldError(
            f"surfaces{line_no}", "one group of surface letters (B D F I L M O) a tooth"
        )
    padded = (*surfaces, *[""] * (len(numbers) - len(surfaces)))
    return tuple(
        Tooth(number=number, surfaces=letters.strip("-"))
        for number, letters in zip(numbers, padded, strict=True)
    )


def _line_fields(line: ServiceLine) -> LineFields:
    return LineFields(
        line_no=line.line_no,
        code=line.code,
        modifiers=" ".join(line.modifiers),
        units=f"{line.units.normalize():f}",
        charge=plain(line.charge_cents),
        place_of_service=line.place_of_service,
        pointers=" ".join(map(str, line.pointers)),
        rendering_npi=line.rendering.npi if line.rendering else "",
        tooth=" ".join(tooth.number for tooth in line.teeth),
        surfaces=_surfaces(line.teeth),
    )


def _surfaces(teeth: tuple[Tooth, ...]) -> str:
    """One group a tooth; ``-`` holds the place of a tooth without any."""
    return " ".join(tooth.surfaces or "-" for tooth in teeth).rstrip("- ")
