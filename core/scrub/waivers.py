"""Waivers: a practice lets one rule pass for a while, and every finding of it says so.

A waived finding is shown as ``info``. A ``reject``, a privacy gate and a rule that failed are never
waived, whatever stands in a waiver.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from msgspec.structs import replace

from core.claims.claim import Claim
from core.claims.parties import Value
from core.dates import Window
from core.scrub.finding import RULE_FAILED, Finding, Severity

WAIVER_DAYS_MAX = 366
"""A waiver ends within a year, both days included; what holds longer is a rule to be changed."""

WAIVABLE = frozenset({Severity.DENY, Severity.WARN})
"""What a waiver may let pass."""


class Waiver(Value, frozen=True, kw_only=True):
    """A waiver in force or to come; ``by`` is a role.

    ``payer_id`` empty: for every payer. With a ``code`` it speaks of lines of that code alone.
    """

    id: UUID
    rule: str
    payer_id: str = ""
    code: str = ""
    window: Window
    by: str

    def covers(self, finding: Finding, claim: Claim, on: date) -> bool:
        """Whether ``finding`` on ``claim`` is waived when judged on ``on``."""
        return (
            finding.rule == self.rule
            and self.payer_id in ("", claim.payer.payer_id)
            and (not self.code or self.code == _code_of(finding, claim))
            and on in self.window
            and finding.severity in WAIVABLE
            and not finding.gate
            and finding.reason != RULE_FAILED
        )


def _code_of(finding: Finding, claim: Claim) -> str:
    return next((line.code for line in claim.lines if line.line_no == finding.line_no), "")


def waived(
    findings: Sequence[Finding], waivers: Sequence[Waiver], claim: Claim, on: date
) -> tuple[Finding, ...]:
    """``findings`` of ``claim``; those a waiver covers as ``info`` saying until when, by whom."""
    return tuple(_waived(one, waivers, claim, on) for one in findings)


def _waived(finding: Finding, waivers: Sequence[Waiver], claim: Claim, on: date) -> Finding:
    found = [one for one in waivers if one.covers(finding, claim, on)]
    if not found:
        return finding
    # The narrower one speaks, then the one that lasts longest.
    one = max(
        found, key=lambda each: (each.code, each.payer_id, each.window.last or date.max, each.id)
    )
    until = f"{one.window.last:%Y-%m-%d}" if one.window.last else "further notice"
    return replace(
        finding,
        severity=Severity.INFO,
        message=f"Waived until {until}, by {one.by}: {finding.message}",
        waived_severity=finding.severity,
        waiver_id=one.id,
    )
