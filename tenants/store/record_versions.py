"""What became of specialty records: versions that are added and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from core.claims.claim import SpecialtyRecord
from core.confidentiality import Sensitivity
from core.rule_ports import RecordEvent, RecordVersion
from tenants.store.context import StoreContext, decoder


class _Sealed(msgspec.Struct, frozen=True):
    """What is sealed of a version: what it says, and why it was made."""

    record: SpecialtyRecord
    why: str


_SEALED = decoder(_Sealed)
_TABLE = "record_version"


class RecordVersionStore:
    """Implements ``core.rule_ports.RecordVersions``."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def add(self, versions: Sequence[RecordVersion], sensitivity: Sensitivity) -> None:
        """Keep versions of records of a claim that is of this ``sensitivity``."""
        ids = self._context.new_ids(len(versions))
        self._context.insert(
            _TABLE,
            (
                "id",
                "claim_id",
                "record_id",
                "version",
                "line_no",
                "event",
                "clinical",
                "substance_use",
                "made_by",
                "made_at",
            ),
            [
                self._row(row_id, one, sensitivity)
                for row_id, one in zip(ids, versions, strict=True)
            ],
        )

    def _row(self, row_id: UUID, one: RecordVersion, sensitivity: Sensitivity) -> tuple[Any, ...]:
        column = sensitivity.clinical_class.value
        body = self._context.seal(_TABLE, column, row_id, _Sealed(one.record, one.why))
        is_sensitive = sensitivity is Sensitivity.SUBSTANCE_USE
        return (
            row_id,
            one.claim_id,
            one.record_id,
            one.version,
            one.line_no,
            one.event.value,
            None if is_sensitive else body,
            body if is_sensitive else None,
            one.made_by,
            one.made_at,
        )

    def of_claim(self, claim_id: UUID) -> tuple[RecordVersion, ...]:
        """Every version of every record of a claim, the latest of each first.

        The caller records it.
        """
        rows = self._context.rows(
            "SELECT id, claim_id, record_id, version, line_no, event, clinical, substance_use,"
            " made_by, made_at FROM record_version WHERE claim_id = :claim"
            " ORDER BY record_id, version DESC",
            claim=claim_id,
        )
        return tuple(map(self._version, rows))

    def _version(self, row: Any) -> RecordVersion:
        column = "clinical" if row.clinical is not None else "substance_use"
        sealed = self._context.open(_TABLE, column, row.id, getattr(row, column), _SEALED)
        return RecordVersion(
            claim_id=row.claim_id,
            record_id=row.record_id,
            version=row.version,
            line_no=row.line_no,
            event=RecordEvent(row.event),
            record=sealed.record,
            why=sealed.why,
            made_by=row.made_by,
            made_at=row.made_at,
        )
