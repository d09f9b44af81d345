"""Classes of confidentiality: what kind of secret a field is.

A practice has one key a class, a stored row one sealed group a class, and a role sees the classes
its work needs (45 CFR 164.502(b), minimum necessary). This is the one list of them.
"""

from __future__ import annotations

from enum import StrEnum


class FieldClass(StrEnum):
    """The kinds of fields that are sealed apart."""

    DEMOGRAPHICS = "demographics"
    """Who the person is: name, birth date, sex, address, telephone."""

    IDENTIFIERS = "identifiers"
    """Numbers that name the person: member id, patient number, social security number."""

    CLINICAL = "clinical"
    """What the person has and was done for it: diagnoses, notes, attachments, visit records."""

    SUBSTANCE_USE = "substance_use"
    """The clinical group of a record of a substance use disorder program (42 CFR Part 2)."""

    PSYCHOTHERAPY = "psychotherapy"
    """Psychotherapy notes (45 CFR 164.501): kept apart, read by nobody who bills."""

    OPERATIONS = "operations"
    """What names no single patient's field: provider masters, files as they were exchanged."""


class Sensitivity(StrEnum):
    """Whether a law asks for more than usual around what a visit documents."""

    NONE = "none"
    SUBSTANCE_USE = "substance_use"
    """A record of a substance use disorder program (42 CFR 2.11): its clinical group has a key of
    its own, and may be passed on with a consent only."""

    @property
    def clinical_class(self) -> FieldClass:
        """The class that the clinical group of such a visit or claim is sealed in."""
        if self is Sensitivity.SUBSTANCE_USE:
            return FieldClass.SUBSTANCE_USE
        return FieldClass.CLINICAL
