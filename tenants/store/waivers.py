"""Waivers of rules: asked for by one person, in force once another has approved."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from core.claims.parties import Value
from core.dates import Window
from core.scrub.waivers import Waiver
from tenants.store.context import StoreContext, decoder

_COLUMNS = (
    "w.id, w.rule, w.payer_ref, p.payer_id, p.name AS payer_name, w.code, w.first_day, w.last_day,"
    " w.body, w.requested_by, w.requested_role, w.requested_at, w.approved_by, w.approved_role,"
    " w.approved_at, w.ended_by, w.ended_at"
)


class WaiverPaper(Value, frozen=True, kw_only=True):
    """What stands behind a waiver, sealed: a person typed it."""

    reason: str
    document: str


class StoredWaiver(Value, frozen=True, kw_only=True):
    """A waiver as it is kept. ``payer_name`` empty: for every payer."""

    id: UUID
    rule: str
    payer_ref: UUID | None
    payer_id: str
    payer_name: str
    code: str
    window: Window
    paper: WaiverPaper
    requested_by: UUID
    requested_role: str
    requested_at: datetime
    approved_by: UUID | None
    approved_role: str
    approved_at: datetime | None
    ended_by: UUID | None
    ended_at: datetime | None

    def state(self, on: date) -> str:
        """``asked``, ``ended``, ``over``, ``to come`` or ``in force``."""
        if self.ended_at is not None:
            return "ended"
        if self.window.last is not None and self.window.last < on:
            return "over"
        if self.approved_at is None:
            return "asked"
        return "in force" if on in self.window else "to come"


_PAPER = decoder(WaiverPaper)


class WaiverStore:
    """Implements ``core.rule_ports.Waivers``, and what pages and commands need beside it."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def in_force(self, on: date) -> tuple[Waiver, ...]:
        """Approved waivers that hold on a day."""
        rows = self._context.rows(
            "SELECT w.id, w.rule, coalesce(p.payer_id, '') AS payer_id, w.code, w.first_day,"
            " w.last_day, w.approved_role FROM waiver w LEFT JOIN payer p ON p.id = w.payer_ref"
            " WHERE w.approved_at IS NOT NULL AND w.ended_at IS NULL"
            " AND w.first_day <= :day AND w.last_day >= :day ORDER BY w.id",
            day=on,
        )
        return tuple(
            Waiver(
                id=row.id,
                rule=row.rule,
                payer_id=row.payer_id,
                code=row.code,
                window=Window(row.first_day, row.last_day),
                by=row.approved_role,
            )
            for row in rows
        )

    def add(
        self,
        waiver_id: UUID,
        *,
        rule: str,
        payer_ref: UUID | None,
        code: str,
        window: Window,
        reason: str,
        document: str,
        by: UUID,
        role: str,
    ) -> None:
        """Ask for a waiver; it holds once somebody else has approved."""
        paper = WaiverPaper(reason=reason, document=document)
        self._context.insert(
            "waiver",
            (
                "id",
                "rule",
                "payer_ref",
                "code",
                "first_day",
                "last_day",
                "body",
                "requested_by",
                "requested_role",
            ),
            [
                (
                    waiver_id,
                    rule,
                    payer_ref,
                    code,
                    window.first,
                    window.last,
                    self._context.seal("waiver", "body", waiver_id, paper),
                    by,
                    role,
                )
            ],
        )

    def asked_by(self, waiver_id: UUID) -> UUID | None:
        """Who asked for one that goes on."""
        row = self._context.row(
            "SELECT requested_by FROM waiver WHERE id = :id AND ended_at IS NULL", id=waiver_id
        )
        return None if row is None else UUID(int=row.requested_by.int)

    def approve(self, waiver_id: UUID, *, by: UUID, role: str) -> bool:
        """Approve one that waits and was asked for by somebody else; False when there is none."""
        return bool(
            self._context.write(
                "UPDATE waiver SET approved_by = :by, approved_role = :role, approved_at = now()"
                " WHERE id = :id AND approved_at IS NULL AND ended_at IS NULL"
                " AND requested_by <> :by",
                id=waiver_id,
                by=by,
                role=role,
            )
        )

    def end(self, waiver_id: UUID, *, by: UUID) -> bool:
        """End one, approved or not; False when there is none that goes on."""
        return bool(
            self._context.write(
                "UPDATE waiver SET ended_by = :by, ended_at = now()"
                " WHERE id = :id AND ended_at IS NULL",
                id=waiver_id,
                by=by,
            )
        )

    def every(self) -> tuple[StoredWaiver, ...]:
        """All of the practice, the one that ends last first."""
        rows = self._context.rows(
            f"SELECT {_COLUMNS} FROM waiver w LEFT JOIN payer p ON p.id = w.payer_ref"
            " ORDER BY w.last_day DESC, w.id DESC"
        )
        return tuple(self._stored(row) for row in rows)

    def _stored(self, row: Any) -> StoredWaiver:
        return StoredWaiver(
            id=row.id,
            rule=row.rule,
            payer_ref=row.payer_ref,
            payer_id=row.payer_id or "",
            payer_name=row.payer_name or "",
            code=row.code,
            window=Window(row.first_day, row.last_day),
            paper=self._context.open("waiver", "body", row.id, row.body, _PAPER),
            requested_by=row.requested_by,
            requested_role=row.requested_role,
            requested_at=row.requested_at,
            approved_by=row.approved_by,
            approved_role=row.approved_role or "",
            approved_at=row.approved_at,
            ended_by=row.ended_by,
            ended_at=row.ended_at,
        )
