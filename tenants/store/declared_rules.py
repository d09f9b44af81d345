"""Rules people write, step by step: the practice's own, and those every practice follows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from core.rules.declared import DeclaredRule
from core.rules.declared_apply import RuleRun
from core.rules.declared_versions import RuleVersion, Step
from core.rules.rule import Layer
from tenants.store.context import StoreContext

_STEP = "rule, version, step, layer, body, off_from, reason, said_by, role"
_READ = "body::text AS body, step, off_from, reason, said_by, role, said_at"
_EVERY = text(
    f"SELECT {_READ} FROM house_rule UNION ALL SELECT {_READ} FROM practice_rule"
    # The order of a rule's steps is that of core.rules.declared_versions.
    " ORDER BY said_at"
)
_ADD_TO_HOUSE = text(
    f"INSERT INTO house_rule (id, {_STEP}) VALUES (:id, :rule, :version, :step, :layer,"
    " CAST(:body AS jsonb), :off_from, :reason, :said_by, :role) ON CONFLICT DO NOTHING"
)
_ADD_TO_PRACTICE = (
    f"INSERT INTO practice_rule (tenant_id, id, {_STEP}) VALUES (:tenant, :id, :rule, :version,"
    " :step, :layer, CAST(:body AS jsonb), CAST(:off_from AS date), :reason, :said_by, :role)"
    " ON CONFLICT DO NOTHING"
)

_RULE = msgspec.json.Decoder(DeclaredRule)


def every(connection: Connection) -> tuple[RuleVersion, ...]:
    """Every step of every rule the practice of the transaction follows.

    In a transaction of the deployment: those of every practice.
    """
    return tuple(_version(row) for row in connection.execute(_EVERY))


def add_to_house(connection: Connection, row_id: UUID, version: RuleVersion) -> bool:
    """Keep a step of a rule that every practice follows; False when there is such a step."""
    return bool(connection.execute(_ADD_TO_HOUSE, _values(row_id, version)).rowcount)


class DeclaredRuleStore:
    """The practice's own rules, and what rules changed on its claims."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def every(self) -> tuple[RuleVersion, ...]:
        """Every step of every rule the practice follows, its own and those of the house."""
        return every(self._context.connection)

    def add(self, row_id: UUID, version: RuleVersion) -> bool:
        """Keep a step of a rule of the practice; False when there is such a step."""
        values = _values(row_id, version)
        return bool(self._context.write(_ADD_TO_PRACTICE, tenant=self._context.tenant_id, **values))

    def runs(self, claim_id: UUID) -> tuple[tuple[int, RuleRun], ...]:
        """What rules changed on a claim, with the version of it, the newest first."""
        rows = self._context.rows(
            "SELECT claim_version, rule, rule_version AS version, layer, action, field, before,"
            " after, line_no FROM rule_run WHERE claim_id = :claim"
            " ORDER BY claim_version DESC, place",
            claim=claim_id,
        )
        return tuple(
            (
                row.claim_version,
                RuleRun(
                    rule=row.rule,
                    version=row.version,
                    layer=row.layer,
                    action=row.action,
                    field=row.field,
                    before=row.before,
                    after=row.after,
                    line_no=row.line_no,
                ),
            )
            for row in rows
        )


def _values(row_id: UUID, version: RuleVersion) -> dict[str, Any]:
    rule = version.rule
    return {
        "id": row_id,
        "rule": rule.id,
        "version": rule.version,
        "step": version.step.value,
        "layer": rule.layer.value,
        "body": msgspec.json.encode(rule).decode(),
        "off_from": version.off_from,
        "reason": version.reason,
        "said_by": version.saved_by,
        "role": version.role,
    }


def _version(row: Any) -> RuleVersion:
    return RuleVersion(
        rule=_RULE.decode(row.body),
        step=Step(row.step),
        off_from=row.off_from,
        reason=row.reason,
        saved_by=row.said_by,
        role=row.role,
        saved_at=row.said_at,
    )


def is_of_house(layer: Layer) -> bool:
    """Whether rules of a layer belong to the deployment."""
    return layer is not Layer.PRACTICE
