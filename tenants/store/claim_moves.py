"""Where claims stand: their moves, the timeline, and the PHI-free staff queue that follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

from core.claims.position import NextActor, Owes, Position, Stage
from core.ports import ClaimPlace, Move
from tenants.store.context import StoreContext

_PLACE = "id, claim_number, stage, owes, next_actor, due_on, sequence"
POSITION = ("stage", "owes", "next_actor", "due_on")

# Whose turn makes a row of the staff queue.
_QUEUED = frozenset({NextActor.BILLER, NextActor.CODER, NextActor.CLIENT})


# Event, stage before, stage after, file, note.
_Alike = tuple[str, Stage, Stage, UUID | None, str]


class ClaimMoves:
    """The part of ``ClaimStore`` that moves claims, many at once."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def places(self, claim_numbers: Sequence[str]) -> dict[str, ClaimPlace]:
        """Where claims stand, by claim number, locked."""
        rows = self._context.rows(
            f"SELECT {_PLACE} FROM claim WHERE claim_number = ANY(:numbers) ORDER BY id FOR UPDATE",
            numbers=list(claim_numbers),
        )
        return {row.claim_number: _place(row) for row in rows}

    def places_in_file(
        self, file_id: UUID, transaction_controls: Sequence[str] | None = None
    ) -> tuple[tuple[str, ClaimPlace], ...]:
        """The claims filed in a file (or some of its transaction sets), locked.

        Each with the control number of its transaction set. Without those that have been filed
        again since: an answer to the earlier file says nothing of them any more.
        """
        rows = self._context.rows(
            "SELECT s.transaction_control, c.id, c.claim_number, c.stage, c.owes, c.next_actor,"
            " c.due_on, c.sequence FROM submission s JOIN claim c"
            " ON c.tenant_id = s.tenant_id AND c.id = s.claim_id WHERE s.file_id = :file"
            " AND (CAST(:controls AS text[]) IS NULL OR s.transaction_control = ANY(:controls))"
            " AND NOT EXISTS (SELECT FROM submission later WHERE later.tenant_id = s.tenant_id"
            "   AND later.claim_id = s.claim_id AND later.created_at > s.created_at)"
            " ORDER BY c.id FOR UPDATE OF c",
            file=file_id,
            controls=None if transaction_controls is None else list(transaction_controls),
        )
        return tuple((row.transaction_control, _place(row)) for row in rows)

    def move(self, moves: Sequence[Move]) -> None:
        """Write moves: the new positions, the timeline, and the staff queue."""
        if moves:
            self._context.later(partial(self._move, moves))

    def _move(self, moves: Sequence[Move]) -> None:
        last = {move.claim_id: move.after for move in moves}
        by_position: dict[Position, list[UUID]] = {}
        for claim_id, position in last.items():
            by_position.setdefault(position, []).append(claim_id)
        # A batch goes to a handful of positions, so a statement a position moves all of them.
        for position, ids in by_position.items():
            self._context.write(
                "UPDATE claim SET stage = :stage, owes = :owes, next_actor = :actor,"
                " due_on = CAST(:due AS date) WHERE tenant_id = :tenant AND id = ANY(:ids)",
                tenant=self._context.tenant_id,
                ids=ids,
                stage=position.stage.value,
                owes=position.owes.value,
                actor=position.next_actor.value,
                due=position.due_on,
            )
        self._log(moves)

    def move_filed(
        self, file_id: UUID, event: str, *, before: Stage, after: Position
    ) -> tuple[UUID, ...]:
        """Move all claims of a file that are at ``before`` alike; their ids, in order.

        For moves that leave the staff queue as it is: neither position is a person's.
        """
        context = self._context
        filed = context.rows("SELECT claim_id FROM submission WHERE file_id = :file", file=file_id)
        # By the ids themselves: without fresh statistics a join of the two goes the long way.
        rows = context.rows(
            "UPDATE claim SET stage = :stage, owes = :owes, next_actor = :actor,"
            " due_on = CAST(:due AS date) WHERE tenant_id = :tenant AND id = ANY(:ids)"
            " AND stage = :before RETURNING id",
            tenant=context.tenant_id,
            ids=[row.claim_id for row in filed],
            before=before.value,
            stage=after.stage.value,
            owes=after.owes.value,
            actor=after.next_actor.value,
            due=after.due_on,
        )
        claim_ids = tuple(sorted(row.id for row in rows))
        pairs = list(zip(context.new_ids(len(claim_ids)), claim_ids, strict=True))
        if pairs:
            self._log_alike((event, before, after.stage, file_id, ""), pairs)
        return claim_ids

    def _log(self, moves: Sequence[Move]) -> None:
        # Ids in the order of the moves: a claim may have several, and its timeline goes by them.
        ids = self._context.new_ids(len(moves))
        alike: dict[_Alike, list[tuple[UUID, UUID]]] = {}
        for move_id, move in zip(ids, moves, strict=True):
            key = (move.event, move.before.stage, move.after.stage, move.file_id, move.note)
            alike.setdefault(key, []).append((move_id, move.claim_id))
        for kind, pairs in alike.items():
            self._log_alike(kind, pairs)
        self._queue(moves)

    def _log_alike(self, kind: _Alike, pairs: Sequence[tuple[UUID, UUID]]) -> None:
        """Timeline rows that differ in nothing but (row id, claim id)."""
        event, before, after, file_id, note = kind
        self._context.write(
            "INSERT INTO claim_move (tenant_id, id, claim_id, event, from_stage, to_stage,"
            " actor, file_id, note) SELECT :tenant, given.id, given.claim_id, :event, :before,"
            " :after, :actor, CAST(:file AS uuid), :note"
            " FROM unnest(CAST(:ids AS uuid[]), CAST(:claims AS uuid[]))"
            " AS given(id, claim_id)",
            tenant=self._context.tenant_id,
            ids=[move_id for move_id, _ in pairs],
            claims=[claim_id for _, claim_id in pairs],
            event=event,
            before=before,
            after=after,
            actor=self._context.actor,
            file=file_id,
            note=note,
        )

    def _queue(self, moves: Sequence[Move]) -> None:
        """Keep the PHI-free queue as the claims are: a row where a person acts next, else none."""
        last = {move.claim_id: move for move in moves}
        was_queued = {move.claim_id for move in moves if move.before.next_actor in _QUEUED}
        entering = [move for move in last.values() if move.after.next_actor in _QUEUED]
        leaving = was_queued - {move.claim_id for move in entering}
        if leaving:
            self._context.write(
                "DELETE FROM work_item WHERE tenant_id = :tenant AND claim_id = ANY(:ids)",
                tenant=self._context.tenant_id,
                ids=list(leaving),
            )
        if not entering:
            return
        self._context.write(
            "INSERT INTO work_item (tenant_id, id, claim_id, claim_number, payer_name, form, stage,"
            " next_actor, reason, amount_cents, due_on, tags)"
            " SELECT c.tenant_id, c.id, c.id, c.claim_number, p.name, c.form, c.stage,"
            " c.next_actor, n.note, coalesce((SELECT sum(d.amount_cents) FROM denial_item d"
            "   WHERE d.tenant_id = c.tenant_id AND d.claim_id = c.id AND d.status = 'open'"
            "   AND c.stage IN ('denied', 'partly_paid')), c.charge_cents), c.due_on,"
            " coalesce((SELECT string_agg(DISTINCT r.after, ' ' ORDER BY r.after) FROM rule_run r"
            "   WHERE r.tenant_id = c.tenant_id AND r.claim_id = c.id AND r.action = 'tag'"
            "   AND r.claim_version = c.version), '')"
            " FROM claim c JOIN payer p ON p.id = c.payer_ref"
            " JOIN unnest(CAST(:ids AS uuid[]), CAST(:notes AS text[])) AS n(id, note)"
            " ON n.id = c.id"
            " ON CONFLICT (tenant_id, claim_id) DO UPDATE SET stage = EXCLUDED.stage,"
            " next_actor = EXCLUDED.next_actor, reason = EXCLUDED.reason,"
            " amount_cents = EXCLUDED.amount_cents, due_on = EXCLUDED.due_on, tags = EXCLUDED.tags,"
            " updated_at = now()",
            ids=[move.claim_id for move in entering],
            notes=[move.note for move in entering],
        )

    def set_payer_claim_numbers(self, numbers: Sequence[tuple[UUID, str]]) -> None:
        """Keep the number the payer gave each claim."""
        self._context.update("claim", ("id",), ("payer_claim_number",), numbers, only_changed=True)

    def rejected_by_999(self) -> tuple[UUID, ...]:
        """Claims that came back because their transaction set was refused, oldest first."""
        rows = self._context.rows(
            "SELECT w.claim_id FROM work_item w WHERE w.tenant_id = :tenant"
            " AND w.stage = 'rejected' AND w.reason ^@ '999' ORDER BY w.claim_number",
            tenant=self._context.tenant_id,
        )
        return tuple(row.claim_id for row in rows)

    def owed_by_patient(self, patient_ids: Sequence[UUID]) -> tuple[ClaimPlace, ...]:
        """Claims of these patients that wait for a statement, locked."""
        rows = self._context.rows(
            f"SELECT {_PLACE} FROM claim WHERE patient_id = ANY(:ids) AND owes = 'patient'"
            " AND next_actor = 'system' ORDER BY id FOR UPDATE",
            ids=list(patient_ids),
        )
        return tuple(_place(row) for row in rows)


def position_of(row: Any) -> Position:
    """The four answers of a row that has their columns."""
    return _position(row.stage, row.owes, row.next_actor, row.due_on)


# A batch stands at a handful of positions.
@lru_cache(maxsize=1_024)
def _position(stage: str, owes: str, next_actor: str, due_on: date | None) -> Position:
    return Position(
        stage=Stage(stage), owes=Owes(owes), next_actor=NextActor(next_actor), due_on=due_on
    )


def position_row(position: Position) -> tuple[object, ...]:
    """The columns ``POSITION`` of a position."""
    return (
        position.stage.value,
        position.owes.value,
        position.next_actor.value,
        position.due_on,
    )


def _place(row: Any) -> ClaimPlace:
    return ClaimPlace(
        id=row.id,
        claim_number=row.claim_number,
        position=position_of(row),
        sequence=row.sequence,
    )
