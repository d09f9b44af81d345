"""The findings of claims, who overrode them, and what people answered to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from core.confidentiality import Sensitivity
from core.ports import FindingAnswer, StoredFinding
from core.rules.rule import Layer
from core.scrub.finding import Finding, Fix, Severity
from core.scrub.fixes import storable
from tenants.store.context import StoreContext, decoder
from tenants.store.either import EitherColumn
from tenants.store.groups import encode

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
    "table_row",
    "fix_field",
    "fix_value",
    "fix_line_no",
    "effective_from",
    "waived_severity",
    "waiver_id",
)


_TEXT = decoder(str)
_OVERRIDE, _ANSWER = EitherColumn("finding"), EitherColumn("finding_answer")


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

    def replace_findings(self, findings: Mapping[UUID, Sequence[Finding]]) -> None:
        """The findings of a new scrub take the place of the old ones; overrides start anew."""
        self._context.write("DELETE FROM finding WHERE claim_id = ANY(:ids)", ids=list(findings))
        self.add_findings([(one, each) for one, given in findings.items() for each in given])

    def findings(self, claim_id: UUID) -> tuple[StoredFinding, ...]:
        """A claim's findings in their order."""
        return self.findings_of([claim_id]).get(claim_id, ())

    def findings_of(self, claim_ids: Sequence[UUID]) -> dict[UUID, tuple[StoredFinding, ...]]:
        """The findings of claims, in their order, by claim."""
        rows = self._context.rows(
            f"SELECT id, claim_id, {', '.join(_FINDING)}, overridden_by, override_reason,"
            " substance_use"
            " FROM finding WHERE claim_id = ANY(:ids) ORDER BY claim_id, place",
            ids=list(claim_ids),
        )
        found: dict[UUID, list[StoredFinding]] = {}
        for row in rows:
            stored = StoredFinding(
                id=row.id,
                claim_id=row.claim_id,
                finding=_finding(row),
                overridden_by=row.overridden_by,
                override_reason=self._reason(row),
            )
            found.setdefault(row.claim_id, []).append(stored)
        return {claim_id: tuple(several) for claim_id, several in found.items()}

    def override(
        self, finding_id: UUID, *, by: UUID, reason: str, sensitivity: Sensitivity
    ) -> None:
        """Record who overrode a finding of a claim with this label, and why."""
        # A person typed it: whatever it says stays between here and the claim.
        sealed = _OVERRIDE.seal(self._context.sealer, finding_id, encode(reason), sensitivity)
        self._context.write(
            "UPDATE finding SET overridden_by = :by, override_reason = CAST(:reason AS bytea),"
            " substance_use = CAST(:part_two AS bytea) WHERE id = :id",
            id=finding_id,
            by=by,
            reason=sealed[0],
            part_two=sealed[1],
        )

    def answer(self, answer: FindingAnswer, sensitivity: Sensitivity) -> None:
        """Keep what a person answered to a finding; a later scrub takes the finding, not this."""
        context, finding, row_id = self._context, answer.finding, self._context.new_ids(1)[0]
        reason: tuple[bytes | None, bytes | None] = (None, None)
        if answer.reason:
            reason = _ANSWER.seal(context.sealer, row_id, encode(answer.reason), sensitivity)
        context.insert(
            "finding_answer",
            (
                "id",
                "claim_id",
                "claim_version",
                "kind",
                "rule",
                "rule_version",
                "layer",
                "severity",
                "line_no",
                "answered_by",
                "role",
                *_ANSWER.columns,
            ),
            [
                (
                    row_id,
                    answer.claim_id,
                    answer.claim_version,
                    answer.kind,
                    finding.rule,
                    finding.version,
                    finding.layer.name,
                    finding.severity.value,
                    finding.line_no,
                    answer.by,
                    answer.role,
                    *reason,
                )
            ],
        )

    def answers(self, claim_id: UUID) -> tuple[FindingAnswer, ...]:
        """What people answered to findings of a claim, the latest first. The caller records it."""
        rows = self._context.rows(
            "SELECT id, claim_id, claim_version, kind, rule, rule_version, layer, severity,"
            " line_no, answered_by, role, reason, substance_use, at FROM finding_answer"
            " WHERE claim_id = :id ORDER BY at DESC, id DESC",
            id=claim_id,
        )
        return tuple(self._answer(row) for row in rows)

    def _answer(self, row: Any) -> FindingAnswer:
        said = _ANSWER.open(self._context.sealer, row.id, row.reason, row.substance_use)
        return FindingAnswer(
            claim_id=row.claim_id,
            claim_version=row.claim_version,
            kind=row.kind,
            finding=Finding(
                rule=row.rule,
                version=row.rule_version,
                severity=Severity(row.severity),
                line_no=row.line_no,
                layer=Layer[row.layer],
                message="",
            ),
            by=row.answered_by,
            role=row.role,
            reason=_TEXT.decode(said) if said is not None else "",
            at=row.at,
        )

    def _reason(self, row: Any) -> str:
        said = _OVERRIDE.open(self._context.sealer, row.id, row.override_reason, row.substance_use)
        return _TEXT.decode(said) if said is not None else ""


def _finding_row(finding: Finding) -> tuple[object, ...]:
    fix = storable(finding.fix)
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
        finding.table_row,
        fix.field if fix else "",
        fix.value if fix else "",
        fix.line_no if fix else None,
        finding.effective_from,
        finding.waived_severity.value if finding.waived_severity else "",
        finding.waiver_id,
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
        table_row=row.table_row,
        fix=Fix(field=row.fix_field, value=row.fix_value, line_no=row.fix_line_no)
        if row.fix_field
        else None,
        effective_from=row.effective_from,
        waived_severity=Severity(row.waived_severity) if row.waived_severity else None,
        waiver_id=row.waiver_id,
    )
