"""The edit form of a claim as text, and the reading of it field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from api.http.claim_fields import claim_fields_of, line_fields_of
from api.http.forms import FieldError, Form
from api.web import words
from core.claims.claim import Claim
from core.confidentiality import FieldClass
from core.sight import EVERYTHING, Shown, Sight

T = TypeVar("T")

DIAGNOSES_MAX = 25


class LineFields(msgspec.Struct, frozen=True, kw_only=True):
    """One line as the form shows it: text by the name of the field."""

    line_no: int
    values: Mapping[str, str]


class ClaimFields(msgspec.Struct, frozen=True, kw_only=True):
    """The claim as the form shows it: text by the name of the field."""

    diagnoses: tuple[str, ...]
    values: Mapping[str, str]
    lines: tuple[LineFields, ...]


def offers_diagnoses(sight: Sight) -> bool:
    """Whether the form has places for diagnoses."""
    return sight[FieldClass.CLINICAL] is Shown.WHOLE


def fields_of(claim: Claim, sight: Sight = EVERYTHING) -> ClaimFields:
    """What the form shows for ``claim`` to somebody with this sight."""
    columns = line_fields_of(claim.form, sight)
    return ClaimFields(
        diagnoses=tuple(map(words.diagnosis, claim.diagnoses)) if offers_diagnoses(sight) else (),
        values={field.name: field.show(claim) for field in claim_fields_of(claim.form, sight)},
        lines=tuple(
            LineFields(
                line_no=line.line_no, values={field.name: field.show(line) for field in columns}
            )
            for line in claim.lines
        ),
    )


class Reading:
    """Reads field by field and goes on after an error, so that all of them are shown at once.

    A field that is not offered to this sight is not read, whatever was sent under its name.
    """

    def __init__(self, form: Form, claim: Claim, sight: Sight = EVERYTHING) -> None:
        shown = fields_of(claim, sight)
        self._form = form
        self._claim = claim
        self._shown: dict[str, str] = {}
        self._has_diagnoses = offers_diagnoses(sight)
        if self._has_diagnoses:
            self._shown |= {f"dx{place}": "" for place in range(1, DIAGNOSES_MAX + 1)}
        self._shown |= {f"dx{place}": code for place, code in enumerate(shown.diagnoses, 1)}
        self._shown |= shown.values
        for line in shown.lines:
            self._shown |= {f"{name}{line.line_no}": text for name, text in line.values.items()}
        self.errors: dict[str, str] = {}

    def has(self, name: str) -> bool:
        """Whether the claim's form has the field, and it was sent."""
        return name in self._shown and self._form.sent(name)

    def text(self, name: str) -> str:
        """What stands in the field: as sent, else as the claim has it."""
        return self._form.text(name) if self.has(name) else self._shown.get(name, "")

    def changed(self, *names: str) -> bool:
        """Whether one of the fields differs from what the claim has."""
        return any(self.text(name) != self._shown.get(name, "") for name in names)

    def diagnosis(self, place: int) -> str:
        """The claim's own diagnosis in this place; empty where it has none."""
        return self._claim.diagnoses[place - 1] if place <= len(self._claim.diagnoses) else ""

    def diagnoses_count(self) -> int:
        """How many the claim will have, by what was typed: one bad diagnosis is one error."""
        if not self._has_diagnoses:
            return len(self._claim.diagnoses)
        return sum(bool(self.text(f"dx{place}")) for place in range(1, DIAGNOSES_MAX + 1))

    def take(self, name: str, reader: Callable[[Form, str], T], kept: T) -> T:
        """What ``reader`` makes of a changed field; ``kept`` where it stands or cannot be taken."""
        return self.judge(name, reader, kept) if self.changed(name) else kept

    def judge(self, name: str, reader: Callable[[Form, str], T], kept: T) -> T:
        """The same for a field that is judged whether changed or not."""
        try:
            return reader(self._form, name)
        except FieldError as problem:
            self.refuse(problem.field, problem.message)
            return kept

    def refuse(self, name: str, message: str) -> None:
        """Keep the first thing that is wrong with a field."""
        self.errors.setdefault(name, message)
