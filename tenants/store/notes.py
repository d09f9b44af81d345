"""Psychotherapy notes (45 CFR 164.501): sealed by themselves, read by their author alone.

Nothing else reads this table: no page of a claim, no file, no attachment, no export.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec

from core.crypto import Normaliser
from core.errors import NotFoundError
from tenants.store.context import StoreContext, decoder, exact
from tenants.store.encounters import EXTERNAL_BITS

_TEXT = decoder(str)


class NoteEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A note for the list of its author: when it was written, and nothing of what it says."""

    id: UUID
    created_at: datetime
    service_from: date | None


class NoteStore:
    """The notes of one practice; every method asks for the author."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def encounter(self, external_id: str) -> UUID:
        """The visit of this number of the practice's own, or ``NotFoundError``."""
        context = self._context
        index = context.sealer.blind(
            "encounter", "external_id", Normaliser.IDENTIFIER, exact(external_id), EXTERNAL_BITS
        )
        row = context.row("SELECT id FROM encounter WHERE external_index = :index", index=index)
        if row is None:
            raise NotFoundError("the practice has no visit of this number")
        assert isinstance(row.id, UUID)
        return row.id

    def add(self, note_id: UUID, *, encounter_id: UUID, author_id: UUID, words: str) -> None:
        """Keep a note."""
        self._context.insert(
            "psychotherapy_note",
            ("id", "encounter_id", "author_id", "body"),
            [
                (
                    note_id,
                    encounter_id,
                    author_id,
                    self._context.seal("psychotherapy_note", "body", note_id, words),
                )
            ],
        )

    def of_author(self, author_id: UUID, *, limit: int) -> tuple[NoteEntry, ...]:
        """The author's notes, the latest first, without their words."""
        rows = self._context.rows(
            "SELECT n.id, n.created_at, e.service_from FROM psychotherapy_note n"
            " JOIN encounter e ON e.tenant_id = n.tenant_id AND e.id = n.encounter_id"
            " WHERE n.author_id = :author ORDER BY n.created_at DESC, n.id DESC LIMIT :limit",
            author=author_id,
            limit=limit,
        )
        return tuple(NoteEntry(**row._mapping) for row in rows)

    def read(self, note_id: UUID, author_id: UUID) -> str:
        """A note's words, for its author; ``NotFoundError`` for anybody else."""
        row = self._context.row(
            "SELECT body FROM psychotherapy_note WHERE id = :id AND author_id = :author",
            id=note_id,
            author=author_id,
        )
        if row is None:
            raise NotFoundError("there is no such note of yours")
        return self._context.open("psychotherapy_note", "body", note_id, row.body, _TEXT)
