"""What an 837 cannot carry, as findings: such a claim is held before it reaches a batch."""

from __future__ import annotations

from collections.abc import Iterable

from core.claims.claim import Claim
from core.scrub.finding import Finding, Severity
from core.x12.claims_limits import faults

RULE = "CW-102"


def unwritable_findings(claim: Claim) -> tuple[Finding, ...]:
    """A ``reject`` for every reason why ``claim`` cannot be written as its form."""
    return as_findings(faults(claim))


def as_findings(reasons: Iterable[str]) -> tuple[Finding, ...]:
    """The writer's reasons as findings of the claim."""
    return tuple(
        Finding(
            rule=RULE,
            severity=Severity.REJECT,
            message=f"The 837 cannot carry the claim: {reason}",
            suggestion="Edit the claim and put this right",
            source="ASC X12N 005010 implementation guides",
        )
        for reason in reasons
    )
