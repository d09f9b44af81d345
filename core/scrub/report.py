"""The outcome of a scrub: findings, and who looked."""

from __future__ import annotations

from core.claims.parties import Value
from core.scrub.finding import Finding


class ScrubReport(Value, frozen=True, kw_only=True):
    """What the rule book says of one claim on the day ``scrub`` was asked.

    ``rule_book`` is the digest of the book, ``tables`` that of the releases it was judged by;
    ``looked`` are the rules that were asked.
    """

    claim_number: str
    findings: tuple[Finding, ...] = ()
    rule_book: str
    tables: str = ""
    looked: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """No reject and no deny: the claim may leave."""
        return not any(finding.severity.holds for finding in self.findings)

    @property
    def overridable(self) -> bool:
        """Whether everything that holds the claim may be overridden with a reason."""
        return all(f.overridable for f in self.findings if f.severity.holds)
