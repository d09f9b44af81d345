"""What plugins in shadow would have said: rules, severities and lines of claims, and no words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core.scrub.shadow import RuleChanges, ShadowClaim, ShadowReport
from tenants.store.context import StoreContext

# A claim that was changed meanwhile counts as it was judged last.
_LATEST = (
    "SELECT DISTINCT ON (claim_id) claim_id, claim_version, was_held, would_hold, charge_cents,"
    " judged_on FROM shadow_claim WHERE entry_id = :entry ORDER BY claim_id, claim_version DESC"
)
_TOTALS = f"""
    WITH latest AS ({_LATEST})
    SELECT count(*) AS claims, min(judged_on) AS first_day, max(judged_on) AS last_day,
           count(*) FILTER (WHERE EXISTS (SELECT FROM shadow_finding f WHERE f.entry_id = :entry
             AND f.claim_id = latest.claim_id AND f.claim_version = latest.claim_version))
             AS different,
           count(*) FILTER (WHERE would_hold AND NOT was_held) AS newly_held,
           coalesce(sum(charge_cents) FILTER (WHERE would_hold AND NOT was_held), 0)::bigint
             AS newly_held_cents,
           count(*) FILTER (WHERE was_held AND NOT would_hold) AS no_longer_held,
           coalesce(sum(charge_cents) FILTER (WHERE was_held AND NOT would_hold), 0)::bigint
             AS no_longer_held_cents
    FROM latest
"""
_RULES = f"""
    WITH latest AS ({_LATEST})
    SELECT f.rule, count(*) FILTER (WHERE f.severity_live = '') AS new,
           count(*) FILTER (WHERE f.severity_shadow = '') AS gone,
           count(*) FILTER (WHERE f.severity_live <> '' AND f.severity_shadow <> '') AS changed,
           count(*) FILTER (WHERE f.reason <> '') AS failed
    FROM shadow_finding f JOIN latest USING (claim_id, claim_version)
    WHERE f.entry_id = :entry GROUP BY f.rule ORDER BY f.rule
"""


class ShadowStore:
    """Implements ``core.rule_ports.Shadows``."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def add(self, step_id: UUID, judged: Sequence[ShadowClaim], *, on: date) -> int:
        """Keep what both books said of claims; how many nobody had judged under this step yet."""
        ids = self._context.new_ids(len(judged))
        added = self._context.insert(
            "shadow_claim",
            (
                "id",
                "entry_id",
                "claim_id",
                "claim_version",
                "was_held",
                "would_hold",
                "charge_cents",
                "judged_on",
                "microseconds",
                "shadow_microseconds",
            ),
            [
                (
                    row_id,
                    step_id,
                    one.claim_id,
                    one.claim_version,
                    one.was_held,
                    one.would_hold,
                    one.charge_cents,
                    on,
                    one.microseconds,
                    one.shadow_microseconds,
                )
                for row_id, one in zip(ids, judged, strict=True)
            ],
            skip_existing=True,
        )
        if added == len(judged):
            self._add_differences(step_id, judged)
        return added

    def _add_differences(self, step_id: UUID, judged: Sequence[ShadowClaim]) -> None:
        rows: list[tuple[Any, ...]] = [
            (
                step_id,
                one.claim_id,
                one.claim_version,
                place,
                each.rule,
                each.rule_version,
                each.line_no,
                "rule_failed" if each.failed else "",
                each.live,
                each.shadow,
            )
            for one in judged
            for place, each in enumerate(one.differences)
        ]
        self._context.insert(
            "shadow_finding",
            (
                "id",
                "entry_id",
                "claim_id",
                "claim_version",
                "place",
                "rule",
                "rule_version",
                "line_no",
                "reason",
                "severity_live",
                "severity_shadow",
            ),
            [
                (row_id, *row)
                for row_id, row in zip(self._context.new_ids(len(rows)), rows, strict=True)
            ],
        )

    def report(self, step_id: UUID, since: datetime) -> ShadowReport:
        """What was found under a step."""
        totals = self._context.row(_TOTALS, entry=step_id)
        spent = self._context.row(
            "SELECT coalesce(sum(microseconds), 0)::bigint AS live,"
            " coalesce(sum(shadow_microseconds), 0)::bigint AS shadow FROM shadow_claim"
            " WHERE entry_id = :entry",
            entry=step_id,
        )
        assert totals is not None
        assert spent is not None
        return ShadowReport(
            since=since,
            **totals._mapping,
            microseconds=spent.live,
            shadow_microseconds=spent.shadow,
            rules=tuple(
                RuleChanges(**row._mapping) for row in self._context.rows(_RULES, entry=step_id)
            ),
        )
