"""What a rule says of a claim: the flag it raises, and the finding the engine makes of it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from uuid import UUID

from core.claims.parties import Value
from core.rules.rule import Layer


class Severity(StrEnum):
    """The only four (scrub document v1, section 2)."""

    REJECT = "reject"
    """Must not leave; held until fixed, nobody may override."""
    DENY = "deny"
    """Would be accepted, denial is expected; held unless someone overrides with a reason."""
    WARN = "warn"
    """Review; does not hold."""
    INFO = "info"
    """A fact worth showing."""

    @property
    def weight(self) -> int:
        """3 for the gravest down to 0."""
        return _WEIGHTS[self]

    @property
    def holds(self) -> bool:
        """Whether a claim with such a finding stays here."""
        return self is Severity.REJECT or self is Severity.DENY


RULE_FAILED = "rule_failed"
"""The reason of the finding that blames a rule for breaking."""

_WEIGHTS = {Severity.REJECT: 3, Severity.DENY: 2, Severity.WARN: 1, Severity.INFO: 0}


class Fix(Value, frozen=True, kw_only=True):
    """A change that would answer the finding, to be applied with one click.

    ``field`` is ``code``, ``units``, ``modifiers``, ``place_of_service``, ``line`` (with an empty
    ``value``: drop it), ``add_line`` (``G2211 25 x1``: code, modifiers, units), or a field of the
    claim when ``line_no`` is None. ``value`` is written as
    on the claim; modifiers are separated by spaces, and all that shall stand are given.
    """

    field: str
    value: str
    line_no: int | None = None


class Flag(Value, frozen=True, kw_only=True):
    """What an edit returns: where and what. The engine adds who says so.

    ``line_no`` None speaks of the whole claim. ``message`` is for a biller and names no patient,
    no member id and no date of birth. ``severity``, ``carc`` and ``rarc`` replace the edit's own
    where one rule has more than one. ``table_row`` is the row of a published table that decided
    (``str`` of its ``Edition``).
    """

    message: str
    line_no: int | None = None
    reason: str = ""
    suggestion: str = ""
    severity: Severity | None = None
    carc: str = ""
    rarc: str = ""
    table_row: str = ""
    fix: Fix | None = None


class Finding(Value, frozen=True, kw_only=True):
    """One sentence about a claim or line, with the rule that said it.

    ``carc`` and ``rarc`` are the denial codes it is meant to prevent; ``place_837`` the loop and
    element to look at. ``gate`` marks a privacy hold. ``table_row`` and ``fix`` are the flag's;
    ``effective_from`` is the first day of this version of the rule. ``waived_severity`` is what it
    would be without the waiver ``waiver_id`` (``core.scrub.waivers``).
    """

    rule: str
    severity: Severity
    message: str
    version: str = "1"
    line_no: int | None = None
    reason: str = ""
    suggestion: str = ""
    source: str = ""
    layer: Layer = Layer.PLATFORM
    carc: str = ""
    rarc: str = ""
    place_837: str = ""
    gate: bool = False
    table_row: str = ""
    fix: Fix | None = None
    effective_from: date | None = None
    waived_severity: Severity | None = None
    waiver_id: UUID | None = None

    @property
    def overridable(self) -> bool:
        """Whether a person may send the claim all the same, giving a reason."""
        return self.severity is Severity.DENY and not self.gate


def order_of(finding: Finding) -> tuple[int, str]:
    """Sort key: the claim first, then by line and rule (scrub document v1, section 8)."""
    return (-1 if finding.line_no is None else finding.line_no, finding.rule)
