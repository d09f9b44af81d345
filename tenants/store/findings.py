"""The findings of claims, and who overrode them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from core.ports import StoredFinding
from core.rules.rule import Layer
from core.scrub.finding import Finding, Severity
from tenants.store.context import StoreContext, decoder

_FINDING = (
    "rule",
    "rule_version",
    "severity",
    "line_no",
    "message",
    "reason",
    "suggestion",
    "source",
    "layer",
    "carc",
    "rarc",
    "place_837",
    "gate",
)


_TEXT = decoder(str)


class ClaimFindings:
    """The part of ``ClaimStore`` that keeps findings."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def add_findings(self, findings: Sequence[tuple[UUID, Finding]]) -> None:
        """Store findings of new claims, in their order."""
        if findings:
            self._context.later(partial(self._add_findings, findings))

    def _add_findings(self, findings: Sequence[tuple[UUID, Finding]]) -> None:
        context = self._context
        ids = iter(context.new_ids(len(findings)))
        context.insert(
            "finding",
            ("id", "claim_id", "place", *_FINDING),
            (
                (next(ids), claim_id, place, *_finding_row(finding))
                for place, (claim_id, finding) in enumerate(findings)
            ),
        )

    def replace_findings(self, claim_id: UUID, findings: Sequence[Finding]) -> None:
        """The findings of a new scrub take the place of the old ones; overrides start anew."""
        self._context.write("DELETE FROM finding WHERE claim_id = :id", id=claim_id)
        self.add_findings([(claim_id, finding) for finding in findings])

    def findings(self, claim_id: UUID) -> tuple[StoredFinding, ...]:
        """A claim's findings in their order."""
        rows = self._context.rows(
            f"SELECT id, claim_id, {', '.join(_FINDING)}, overridden_by, override_reason"
            " FROM finding WHERE claim_id = :id ORDER BY place",
            id=claim_id,
        )
        return tuple(
            StoredFinding(
                id=row.id,
                claim_id=row.claim_id,
                finding=_finding(row),
                overridden_by=row.overridden_by,
                override_reason=self._reason(row),
            )
            for row in rows
        )

    def override(self, finding_id: UUID, *, by: UUID, reason: str) -> None:
        """Record who overrode a finding, and why."""
        self._context.write(
            "UPDATE finding SET overridden_by = :by, override_reason = :reason WHERE id = :id",
            id=finding_id,
            by=by,
            # A person typed it: whatever it says stays between here and the claim.
            reason=self._context.seal("finding", "override_reason", finding_id, reason),
        )

    def _reason(self, row: Any) -> str:
        if row.override_reason is None:
            return ""
        return self._context.open("finding", "override_reason", row.id, row.override_reason, _TEXT)


def _finding_row(finding: Finding) -> tuple[object, ...]:
    return (
        finding.rule,
        finding.version,
        finding.severity.value,
        finding.line_no,
        finding.message,
        finding.reason,
        finding.suggestion,
        finding.source,
        finding.layer.name,
        finding.carc,
        finding.rarc,
        finding.place_837,
        finding.gate,
    )


def _finding(row: Any) -> Finding:
    return Finding(
        rule=row.rule,
        version=row.rule_version,
        severity=Severity(row.severity),
        line_no=row.line_no,
        message=row.message,
        reason=row.reason,
        suggestion=row.suggestion,
        source=row.source,
        layer=Layer[row.layer],
        carc=row.carc,
        rarc=row.rarc,
        place_837=row.place_837,
        gate=row.gate,
    )
