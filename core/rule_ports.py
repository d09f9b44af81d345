"""What the work on rules needs from outside: waivers, back-tests, records, published tables."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from core.claims.claim import Form, SpecialtyRecord
from core.claims.parties import PayerKind, Value
from core.confidentiality import Sensitivity
from core.dates import Window
from core.rules.tables import Tables
from core.scrub.backtest import BackTest, Count, PastClaim
from core.scrub.shadow import ShadowClaim, ShadowReport
from core.scrub.waivers import Waiver


class Waivers(Protocol):
    def in_force(self, on: date) -> tuple[Waiver, ...]: ...
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
    ) -> None: ...
    def asked_by(self, waiver_id: UUID) -> UUID | None: ...
    def approve(self, waiver_id: UUID, *, by: UUID, role: str) -> bool: ...
    def end(self, waiver_id: UUID, *, by: UUID) -> bool: ...


class ClaimShape(Value, frozen=True, kw_only=True):
    """How many recent claims have this form, payer, kind of payer and list of codes."""

    form: Form
    kind: PayerKind
    payer_id: str
    codes: tuple[str, ...]
    claims: int


class StoredBackTest(Value, frozen=True, kw_only=True):
    """A back-test as it is kept. ``digest`` is that of the rules, or release, it replayed."""

    id: UUID
    kind: str
    subject: str
    digest: str
    result: BackTest
    run_by: UUID
    at: datetime


class BackTestRun(Value, frozen=True, kw_only=True):
    """A back-test on its way, and where it stands. Its result will have the same id.

    ``settings`` are those a plugin is tried with. ``rule_book`` is the digest of the book it began
    with; ``state`` is ``on its way``, ``done``, ``stopped``, ``outdated`` or ``failed``.
    """

    id: UUID
    kind: str
    subject: str
    settings: str = ""
    first_day: date | None
    last_day: date
    digest: str
    rule_book: str
    of_claims: int
    done_claims: int = 0
    after: UUID | None = None
    count: Count = msgspec.field(default_factory=Count)
    state: str = "on its way"
    asked_by: UUID
    asked_at: datetime | None = None


class BackTests(Protocol):
    def past_claims(
        self, first: date | None, last: date, *, limit: int, after: UUID | None
    ) -> tuple[PastClaim, ...]: ...
    def count_past(self, first: date | None, last: date) -> int: ...
    def shapes(self, since: date) -> tuple[ClaimShape, ...]: ...
    def add(
        self,
        test_id: UUID,
        kind: str,
        subject: str,
        digest: str,
        result: BackTest,
        *,
        run_by: UUID,
    ) -> None: ...
    def newest(self, digest: str) -> StoredBackTest | None: ...
    def begin_run(self, run: BackTestRun) -> None: ...
    def lock_run(self, run_id: UUID) -> BackTestRun | None: ...
    def keep_run(self, run: BackTestRun) -> None: ...
    def size(self) -> int: ...
    def set_size(self, claims: int) -> bool: ...


class Shadows(Protocol):
    def add(self, step_id: UUID, judged: Sequence[ShadowClaim], *, on: date) -> int: ...
    def report(self, step_id: UUID, since: datetime) -> ShadowReport: ...


class RecordEvent(StrEnum):
    """How a version of a specialty record came about."""

    CAPTURED = "captured"
    """It came in with the visit."""
    ENTERED = "entered"
    CORRECTED = "corrected"
    REMOVED = "removed"


class RecordVersion(Value, frozen=True, kw_only=True):
    """One version of a record of a claim: what it said from then on, by whom and why.

    ``line_no`` None: a record of the visit as a whole. ``version`` counts from 1. Of one that was
    removed, ``record`` is what it said last. ``made_by`` and ``made_at`` are None of what came in
    with the visit.
    """

    claim_id: UUID
    record_id: UUID
    version: int
    line_no: int | None
    event: RecordEvent
    record: SpecialtyRecord
    why: str = ""
    made_by: UUID | None = None
    made_at: datetime | None = None


class RecordVersions(Protocol):
    def add(self, versions: Sequence[RecordVersion], sensitivity: Sensitivity) -> None: ...
    def of_claim(self, claim_id: UUID) -> tuple[RecordVersion, ...]: ...


class Reference(Protocol):
    """The published tables an installation has loaded: opened once a process, read by all."""

    def digest(self, names: Collection[str]) -> str:
        """Names the releases that answer under these names of ``Tables``; empty where none is."""

    def tables(self, names: Collection[str]) -> Tables:
        """Those tables; one that is not loaded is None there, and others may be."""
