"""What a rule book that is tried would have said beside the one in force, as values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from core.claims.parties import Value
from core.scrub.finding import RULE_FAILED, Finding


class Difference(Value, frozen=True, kw_only=True):
    """A finding that both judgements do not share; severities, empty where there is none.

    Of what the finding says nothing is kept: it may speak of a patient.
    """

    rule: str
    rule_version: str
    line_no: int | None
    failed: bool
    live: str
    shadow: str


class ShadowClaim(Value, frozen=True, kw_only=True):
    """One claim judged by both books."""

    claim_id: UUID
    claim_version: int
    was_held: bool
    would_hold: bool
    charge_cents: int
    microseconds: int
    shadow_microseconds: int
    differences: tuple[Difference, ...] = ()


class RuleChanges(Value, frozen=True, kw_only=True):
    """What one rule would do otherwise, in findings. ``failed``: the rule broke on the claim."""

    rule: str
    new: int
    gone: int
    changed: int
    failed: int


class ShadowReport(Value, frozen=True, kw_only=True):
    """What a version would have done since it began to be tried, each claim as it was last judged.

    ``different`` claims have other findings. Cents are charges of the claims meant. Microseconds
    are those of all judgements, with the book in force and with the one that is tried.
    """

    since: datetime
    first_day: date | None
    last_day: date | None
    claims: int
    different: int
    newly_held: int
    newly_held_cents: int
    no_longer_held: int
    no_longer_held_cents: int
    microseconds: int
    shadow_microseconds: int
    rules: tuple[RuleChanges, ...] = ()


def differences(live: Iterable[Finding], shadow: Iterable[Finding]) -> tuple[Difference, ...]:
    """Where two judgements of one claim differ in severity, by rule and line."""
    before = {(one.rule, one.line_no or 0): one for one in live}
    after = {(one.rule, one.line_no or 0): one for one in shadow}
    found = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        then, now = (one.severity.value if one else "" for one in (old, new))
        shown = new or old
        if then != now and shown is not None:
            found.append(
                Difference(
                    rule=shown.rule,
                    rule_version=shown.version,
                    line_no=shown.line_no,
                    failed=shown.reason == RULE_FAILED,
                    live=then,
                    shadow=now,
                )
            )
    return tuple(found)
