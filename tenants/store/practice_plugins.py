"""The plugins of a practice: every step, secret fields of settings, and what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from core.dates import Window
from plugins.settings import canonical
from plugins.standing import Act, Mode, PluginStep, State
from plugins.stopped import Guard
from tenants.sealer import Sealer
from tenants.store.context import StoreContext

SECRETS_TABLE, SECRETS_COLUMN = "plugin_secret", "value"

_STEP = (
    "id, plugin, place, act, mode, state, version, enabled_from, enabled_until,"
    " settings::text AS settings, sees, said_by, role, said_at"
)
_NEWEST = text(
    f"SELECT DISTINCT ON (plugin, mode) {_STEP},"
    " EXISTS (SELECT FROM plugin_secret) AS has_secrets FROM practice_plugin"
    " ORDER BY plugin, mode, place DESC"
)
_EVERY = f"SELECT {_STEP} FROM practice_plugin"
_ADD = (
    "INSERT INTO practice_plugin (tenant_id, id, plugin, place, act, mode, state, version,"
    " enabled_from, enabled_until, settings, sees, guards, said_by, role, said_at) VALUES (:tenant,"
    " :id, :plugin, :place, :act, :mode, :state, :version, :first, :last,"
    " CAST(:settings AS jsonb), :sees, CAST(:guards AS jsonb), :said_by, :role, :said_at)"
    " ON CONFLICT (tenant_id, plugin, place) DO NOTHING"
)
_SECRETS = text("SELECT id, plugin, field, value FROM plugin_secret")
_GUARDS = text(
    "SELECT guards::text FROM practice_plugin WHERE plugin = :plugin AND version = :version"
    " AND guards IS NOT NULL ORDER BY place DESC LIMIT 1"
)
_KEEP_FIELD = (
    "INSERT INTO plugin_secret (tenant_id, id, plugin, field, value, set_by)"
    " VALUES (:tenant, :id, :plugin, :field, :value, :by)"
)
_FAULT = (
    "INSERT INTO plugin_fault (tenant_id, id, entry_id, plugin, version, day, rule, hook, kind,"
    " faults, first_at, last_at) VALUES (:tenant, :id, :entry, :plugin, :version, :day, :rule,"
    " :hook, :kind, :faults, :at, :at) ON CONFLICT (tenant_id, entry_id, day, rule, hook, kind)"
    " DO UPDATE SET faults = plugin_fault.faults + EXCLUDED.faults, last_at = EXCLUDED.last_at"
)
_FAULTS = (
    "SELECT entry_id, plugin, version, rule, hook, kind, sum(faults)::bigint AS faults,"
    " min(first_at) AS first_at, max(last_at) AS last_at FROM plugin_fault WHERE day >= :since"
    " GROUP BY entry_id, plugin, version, rule, hook, kind ORDER BY plugin, last_at DESC, rule"
)


class FaultCount(msgspec.Struct, frozen=True, kw_only=True):
    """How often one thing of a plugin failed, and when first and last. Nothing of any claim."""

    plugin: str
    version: str
    rule: str
    hook: str
    kind: str
    faults: int
    first_at: datetime
    last_at: datetime
    step_id: UUID


class SecretField(msgspec.Struct, frozen=True, kw_only=True):
    """That a secret field is set, since when and by whom; what it is is not told."""

    plugin: str
    field: str
    set_by: UUID
    set_at: datetime


def newest(connection: Connection) -> tuple[tuple[PluginStep, ...], bool]:
    """The newest step of each plugin and lane of the practice; whether any plugin has a secret.

    One query, however many steps there were.
    """
    rows = connection.execute(_NEWEST).all()
    return tuple(map(_step, rows)), any(row.has_secrets for row in rows)


def secrets(connection: Connection, sealer: Sealer) -> dict[str, dict[str, str]]:
    """The secret fields of the practice's plugins, opened; for the rule book and nothing else."""
    found: dict[str, dict[str, str]] = {}
    for row in connection.execute(_SECRETS):
        opened = sealer.open(SECRETS_TABLE, SECRETS_COLUMN, row.id, bytes(row.value))
        found.setdefault(row.plugin, {})[row.field] = msgspec.msgpack.decode(opened, type=str)
    return found


def guards(connection: Connection, plugin: str, version: str) -> tuple[Guard, ...] | None:
    """What of a version fails closed, as it was last built; None: it is not known."""
    kept = connection.execute(_GUARDS, {"plugin": plugin, "version": version}).scalar()
    return None if kept is None else msgspec.json.decode(kept, type=tuple[Guard, ...])


class PracticePluginStore:
    """The steps, secrets and faults of one practice, in its unit of work."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def every(self, plugin: str = "") -> tuple[PluginStep, ...]:
        """Every step, or those of one plugin, by plugin and place."""
        where = " WHERE plugin = :plugin" if plugin else ""
        given = {"plugin": plugin} if plugin else {}
        rows = self._context.rows(f"{_EVERY}{where} ORDER BY plugin, place", **given)
        return tuple(map(_step, rows))

    def add(self, step: PluginStep, guards: Sequence[Guard] | None = None) -> bool:
        """Keep a step; False when somebody took its place meanwhile.

        ``guards``: what of it fails closed, for the day it cannot be loaded; None: unknown.
        """
        values = {
            "id": step.id,
            "plugin": step.plugin,
            "place": step.place,
            "act": step.act.value,
            "mode": step.mode.value,
            "state": step.state.value,
            "version": step.version,
            "first": step.window.first,
            "last": step.window.last,
            "settings": step.settings.decode(),
            "sees": " ".join(sorted(step.sees)),
            "guards": None if guards is None else msgspec.json.encode(guards).decode(),
            "said_by": step.said_by,
            "role": step.role,
            "said_at": step.said_at,
        }
        return bool(self._context.write(_ADD, tenant=self._context.tenant_id, **values))

    def set_secrets(self, plugin: str, values: Mapping[str, str], *, by: UUID) -> None:
        """Put secret fields in the place of those before; an empty one is taken away."""
        for field, value in sorted(values.items()):
            self._context.write(
                "DELETE FROM plugin_secret WHERE plugin = :plugin AND field = :field",
                plugin=plugin,
                field=field,
            )
            if not value:
                continue
            [row_id] = self._context.new_ids(1)
            self._context.write(
                _KEEP_FIELD,
                tenant=self._context.tenant_id,
                id=row_id,
                plugin=plugin,
                field=field,
                value=self._context.seal(SECRETS_TABLE, SECRETS_COLUMN, row_id, value),
                by=by,
            )

    def secrets(self) -> dict[str, dict[str, str]]:
        """Every secret field, opened; for a rule book and nothing else."""
        return secrets(self._context.connection, self._context.sealer)

    def secret_fields(self) -> tuple[SecretField, ...]:
        """Which secret fields are set."""
        rows = self._context.rows(
            "SELECT plugin, field, set_by, set_at FROM plugin_secret ORDER BY plugin, field"
        )
        return tuple(SecretField(**row._mapping) for row in rows)

    def add_faults(
        self,
        step: PluginStep,
        counts: Mapping[tuple[str, str, str], int],
        *,
        day: date,
        at: datetime,
    ) -> None:
        """Count faults of a day by (rule, hook, kind), under the step the plugin works by."""
        ids = self._context.new_ids(len(counts))
        for row_id, ((rule, hook, kind), faults) in zip(ids, sorted(counts.items()), strict=True):
            self._context.write(
                _FAULT,
                tenant=self._context.tenant_id,
                id=row_id,
                entry=step.id,
                plugin=step.plugin,
                version=step.version,
                day=day,
                rule=rule,
                hook=hook,
                kind=kind,
                faults=faults,
                at=at,
            )

    def faults(self, since: date) -> tuple[FaultCount, ...]:
        """What failed on business days since then, the latest of each plugin first."""
        rows = self._context.rows(_FAULTS, since=since)
        return tuple(
            FaultCount(
                plugin=row.plugin,
                version=row.version,
                rule=row.rule,
                hook=row.hook,
                kind=row.kind,
                faults=row.faults,
                first_at=row.first_at,
                last_at=row.last_at,
                step_id=row.entry_id,
            )
            for row in rows
        )

    def faults_of(self, step_ids: Sequence[UUID], day: date) -> dict[UUID, int]:
        """How many faults each step has had on a day."""
        rows = self._context.rows(
            "SELECT entry_id, sum(faults)::bigint AS faults FROM plugin_fault"
            " WHERE entry_id = ANY(:ids) AND day = :day GROUP BY entry_id",
            ids=list(step_ids),
            day=day,
        )
        return {row.entry_id: row.faults for row in rows}


def _step(row: Any) -> PluginStep:
    return PluginStep(
        id=row.id,
        plugin=row.plugin,
        place=row.place,
        act=Act(row.act),
        mode=Mode(row.mode),
        state=State(row.state),
        version=row.version,
        window=Window(row.enabled_from, row.enabled_until),
        settings=canonical(row.settings.encode()),
        sees=tuple(row.sees.split()),
        said_by=row.said_by,
        role=row.role,
        said_at=row.said_at,
    )
