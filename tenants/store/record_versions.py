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
from tenants.store.either import EitherColumn
from tenants.store.groups import encode


class _Sealed(msgspec.Struct, frozen=True):
    """What is sealed of a version: what it says, and why it was made."""

    record: SpecialtyRecord
    why: str


_SEALED = decoder(_Sealed)
_TABLE = "record_version"
_LIES = EitherColumn(_TABLE)


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
                *_LIES.columns,
                "made_by",
                "made_at",
            ),
            [
                self._row(row_id, one, sensitivity)
                for row_id, one in zip(ids, versions, strict=True)
            ],
        )

    def _row(self, row_id: UUID, one: RecordVersion, sensitivity: Sensitivity) -> tuple[Any, ...]:
        body = encode(_Sealed(one.record, one.why))
        return (
            row_id,
            one.claim_id,
            one.record_id,
            one.version,
            one.line_no,
            one.event.value,
            *_LIES.seal(self._context.sealer, row_id, body, sensitivity),
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
        found = _LIES.open(self._context.sealer, row.id, row.clinical, row.substance_use)
        assert found is not None, "the database keeps no version without what it says"
        sealed = _SEALED.decode(found)
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
