"""What the records of a claim say, and what became of each: for whoever may see all of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from api.typed_form.fields import schema_of, sheet
from api.typed_form.told import Change, Told, changed, told
from core.claims.claim import Claim, SpecialtyRecord
from core.errors import InputError
from core.ports import ClaimRecord
from core.rule_ports import RecordEvent, RecordVersion
from core.rules.records import Reading, Standing, reading_of
from core.rules.rulebook import RuleBook
from core.usecases.keep_records import At, records_of
from tenants.store import claim_page

_KEPT = {
    Standing.NO_PLUGIN: "Kept, plugin not enabled",
    Standing.NEWER: "Kept: a newer version of its plugin wrote it",
    Standing.BROKEN: "Kept: its plugin cannot read it",
}


class VersionTold(msgspec.Struct, frozen=True, kw_only=True):
    """One version. ``changes`` are against the one before; the first tells what it ``said``."""

    version: int
    event: str
    said: tuple[Told, ...]
    changes: tuple[Change, ...]
    kept: str
    who: str
    why: str
    at: datetime | None


class RecordTold(msgspec.Struct, frozen=True, kw_only=True):
    """A record as it is read today. ``at`` None: it was taken off the claim.

    ``kept`` says why it is not shown; ``shape`` is (stored, read) where an upgrade lies between.
    """

    at: At | None
    kind: str
    title: str
    owner: str
    said: tuple[Told, ...]
    kept: str
    may_be_removed: bool
    shape: tuple[int, int] | None
    versions: tuple[VersionTold, ...]


def all_told(uow: Any, record: ClaimRecord, book: RuleBook) -> tuple[RecordTold, ...]:
    """Every record that stands on the claim, with its versions."""
    history = _History(uow, record, book)
    return tuple(
        history.told(at, one, owner_words(record.claim, at.line_no))
        for at, one in records_of(record.claim)
    )


def removed_told(uow: Any, record: ClaimRecord, book: RuleBook) -> tuple[RecordTold, ...]:
    """Every record that was taken off the claim."""
    history = _History(uow, record, book)
    return tuple(
        history.told(None, last.record, owner_words(record.claim, last.line_no))
        for last in history.newest()
        if last.event is RecordEvent.REMOVED
    )


def owner_words(claim: Claim, line_no: int | None) -> str:
    """``The visit``, or the line with its code."""
    if line_no is None:
        return "The visit"
    code = next((line.code for line in claim.lines if line.line_no == line_no), "")
    return f"Line {line_no}, {code}" if code else f"Line {line_no}"


class _History:
    def __init__(self, uow: Any, record: ClaimRecord, book: RuleBook) -> None:
        self._book = book
        self._versions: dict[UUID, list[RecordVersion]] = {}
        found: Sequence[RecordVersion] = uow.record_versions.of_claim(record.id)
        for one in found:
            self._versions.setdefault(one.record_id, []).append(one)
        people = {one.made_by for one in found if one.made_by is not None}
        self._names = claim_page.people(uow.connection, people) if people else {}

    def newest(self) -> list[RecordVersion]:
        return [versions[0] for versions in self._versions.values()]

    def told(self, at: At | None, record: SpecialtyRecord, owner: str) -> RecordTold:
        reading = reading_of(record, self._book.records)
        shaped, said = reading.shaped, _said(reading)
        versions = self._versions.get(record.id, []) if record.id is not None else []
        return RecordTold(
            at=at,
            kind=record.kind,
            title=reading.record_type.title if reading.record_type else record.kind,
            owner=owner,
            said=said,
            kept=_KEPT.get(reading.standing, ""),
            may_be_removed=reading.standing is not Standing.NO_PLUGIN,
            shape=(record.version, shaped.version)
            if shaped is not None and shaped.version != record.version
            else None,
            versions=self._told_versions(versions),
        )

    def _told_versions(self, versions: Sequence[RecordVersion]) -> tuple[VersionTold, ...]:
        """The latest first, each with what it changed."""
        found: list[VersionTold] = []
        before: tuple[Told, ...] = ()
        for one in reversed(versions):
            reading = reading_of(one.record, self._book.records)
            said = _said(reading)
            is_first = not found
            found.append(
                VersionTold(
                    version=one.version,
                    event=one.event.value,
                    said=said if is_first else (),
                    changes=() if is_first else changed(before, said),
                    kept=_KEPT.get(reading.standing, ""),
                    who=self._names.get(one.made_by, "somebody") if one.made_by else "",
                    why=one.why,
                    at=one.made_at,
                )
            )
            before = said
        return tuple(reversed(found))


def _said(reading: Reading) -> tuple[Told, ...]:
    if reading.shaped is None or reading.record_type is None:
        return ()
    try:
        form = sheet(schema_of(reading.record_type.type))
    except InputError as problem:
        return (("Cannot be shown", problem.message),)
    return told(form, msgspec.json.decode(reading.shaped.body))
