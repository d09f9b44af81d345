"""Exchanged files: sealed whole, known by their hash and, when ours, by control number."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.ports import FilePlace, NewFile
from tenants.store.context import StoreContext

_PLACE = "id, kind, name, status, control_number, claims_count"


class FileStore:
    """Implements ``core.ports.Files``."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def add(self, file: NewFile) -> bool:
        """Keep a file; False when the same bytes are here already."""
        context = self._context
        return bool(
            context.write(
                "INSERT INTO exchange_file (tenant_id, id, direction, kind, name, control_number,"
                " sha256, bytes_count, status, reason, segment, claims_count, answers_file_id,"
                " body) VALUES (:tenant, :id, :direction, :kind, :name, :control_number, :sha256,"
                " :bytes_count, :status, :reason, :segment, :claims_count, :answers, :body)"
                " ON CONFLICT (tenant_id, direction, sha256) DO NOTHING",
                tenant=context.tenant_id,
                id=file.id,
                direction=file.direction,
                kind=file.kind,
                name=file.name,
                control_number=file.control_number,
                sha256=file.sha256,
                bytes_count=len(file.body),
                status=file.status,
                reason=file.reason,
                segment=file.segment,
                claims_count=file.claims_count,
                answers=file.answers_file_id,
                body=context.sealer.seal("exchange_file", "body", file.id, file.body),
            )
        )

    def by_sha256(self, direction: str, sha256: bytes) -> FilePlace | None:
        """The file with these bytes, if it was exchanged before."""
        row = self._context.row(
            f"SELECT {_PLACE} FROM exchange_file WHERE direction = :direction AND sha256 = :sha256",
            direction=direction,
            sha256=sha256,
        )
        return None if row is None else _place(row)

    def sent_with_control_number(self, control_number: int) -> FilePlace | None:
        """The file we sent under this interchange control number."""
        row = self._context.row(
            f"SELECT {_PLACE} FROM exchange_file WHERE direction = 'out'"
            " AND control_number = :number FOR UPDATE",
            number=control_number,
        )
        return None if row is None else _place(row)

    def waiting(self) -> tuple[FilePlace, ...]:
        """Our files that have not left yet, oldest first, locked."""
        rows = self._context.rows(
            f"SELECT {_PLACE} FROM exchange_file WHERE direction = 'out'"
            " AND status = 'waiting' ORDER BY control_number FOR UPDATE"
        )
        return tuple(_place(row) for row in rows)

    def body(self, file_id: UUID) -> bytes:
        """A file's bytes."""
        row = self._context.row("SELECT body FROM exchange_file WHERE id = :id", id=file_id)
        assert row is not None, "the caller has seen this file"
        return self._context.sealer.open("exchange_file", "body", file_id, row.body)

    def set_status(
        self, file_id: UUID, status: str, *, reason: str = "", segment: int | None = None
    ) -> None:
        """What became of a file; ``reason`` and ``segment`` say why and where."""
        self._context.write(
            "UPDATE exchange_file SET status = :status, reason = :reason, segment = :segment"
            " WHERE id = :id",
            id=file_id,
            status=status,
            reason=reason,
            segment=segment,
        )


def _place(row: Any) -> FilePlace:
    return FilePlace(
        id=row.id,
        kind=row.kind,
        name=row.name,
        status=row.status,
        control_number=row.control_number,
        claims_count=row.claims_count,
    )
