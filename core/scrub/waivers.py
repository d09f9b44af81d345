"""Waivers: a practice lets one rule pass for a while, and every finding of it says so.

A waived finding is shown as ``info``. A ``reject``, a privacy gate and a rule that failed are never
waived, whatever stands in a waiver.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from msgspec.structs import replace

from core.claims.parties import Value
from core.dates import Window
from core.scrub.finding import RULE_FAILED, Finding, Severity

WAIVER_DAYS_MAX = 366
"""A waiver ends within a year, both days included; what holds longer is a rule to be changed."""

WAIVABLE = frozenset({Severity.DENY, Severity.WARN})
"""What a waiver may let pass."""


class Waiver(Value, frozen=True, kw_only=True):
    """A waiver in force or to come. ``payer_id`` empty: for every payer; ``by`` is a role."""

    id: UUID
    rule: str
    payer_id: str = ""
    window: Window
    by: str

    def covers(self, finding: Finding, payer_id: str, on: date) -> bool:
        """Whether ``finding`` on a claim to that payer is waived when judged on ``on``."""
        return (
            finding.rule == self.rule
            and self.payer_id in ("", payer_id)
            and on in self.window
            and finding.severity in WAIVABLE
            and not finding.gate
            and finding.reason != RULE_FAILED
        )


def waived(
    findings: Sequence[Finding], waivers: Sequence[Waiver], payer_id: str, on: date
) -> tuple[Finding, ...]:
    """``findings``, those that a waiver covers as ``info`` that says until when and by whom."""
    return tuple(_waived(one, waivers, payer_id, on) for one in findings)


def _waived(finding: Finding, waivers: Sequence[Waiver], payer_id: str, on: date) -> Finding:
    found = [one for one in waivers if one.covers(finding, payer_id, on)]
    if not found:
        return finding
    # The narrower one speaks, then the one that lasts longest.
    one = max(found, key=lambda each: (each.payer_id, each.window.last or date.max, each.id))
    until = f"{one.window.last:%Y-%m-%d}" if one.window.last else "further notice"
    return replace(
        finding,
        severity=Severity.INFO,
        message=f"Waived until {until}, by {one.by}: {finding.message}",
        waived_severity=finding.severity,
        waiver_id=one.id,
    )
