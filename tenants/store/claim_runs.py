"""What rules that people wrote changed on claims, version by version of the claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from core.rules.declared_apply import RuleRun
from tenants.store.context import StoreContext


class ClaimRuns:
    """The part of ``ClaimStore`` that keeps them."""

    _context: StoreContext

    def add_runs(self, runs: Mapping[UUID, Sequence[RuleRun]]) -> None:
        """Keep what rules changed on stored claims, with the version each claim has now."""
        if runs:
            self._context.later(partial(self._add_runs, runs))

    def _add_runs(self, runs: Mapping[UUID, Sequence[RuleRun]]) -> None:
        if not runs:
            return
        context = self._context
        rows = context.rows("SELECT id, version FROM claim WHERE id = ANY(:ids)", ids=list(runs))
        versions = {row.id: row.version for row in rows}
        count = sum(len(one) for one in runs.values())
        ids = iter(context.new_ids(count))
        context.insert(
            "rule_run",
            (
                "id",
                "claim_id",
                "claim_version",
                "place",
                "rule",
                "rule_version",
                "layer",
                "action",
                "field",
                "before",
                "after",
                "line_no",
            ),
            (
                (
                    next(ids),
                    claim_id,
                    versions[claim_id],
                    place,
                    run.rule,
                    run.version,
                    run.layer,
                    run.action,
                    run.field,
                    run.before,
                    run.after,
                    run.line_no,
                )
                for claim_id, own in runs.items()
                for place, run in enumerate(own)
            ),
        )
