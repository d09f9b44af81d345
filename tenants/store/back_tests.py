"""Past claims as filed with what became of them, and the back-tests that replayed them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from core.claims.claim import Form
from core.claims.parties import PayerKind
from core.rule_ports import BackTestRun, ClaimShape, StoredBackTest
from core.scrub.backtest import BackTest, Count, PastClaim
from tenants.store.context import StoreContext
from tenants.store.forms import CLAIM

# As it was first filed; a claim that never was, as it is.
_AS_FILED = ", ".join(
    f"CASE WHEN s.claim_id IS NULL THEN c.{column} ELSE s.{column} END AS {column}"
    for column in CLAIM.columns
)
_FILED = ", ".join(CLAIM.columns)
# A day is a day of the practice, as it is for its rules.
_MADE_THEN = (
    "(CAST(:first AS date) IS NULL"
    " OR CAST(c.created_at AT TIME ZONE o.time_zone AS date) >= :first)"
    " AND CAST(c.created_at AT TIME ZONE o.time_zone AS date) <= :last"
)
_COLUMNS = "id, kind, subject, digest, result, run_by, at"
_RUN = (
    "id, kind, subject, settings, first_day, last_day, digest, rule_book_digest, of_claims,"
    " done_claims, after_claim, so_far, state, asked_by, asked_at"
)


class _Decided(msgspec.Struct):
    """What payers said of one claim."""

    is_decided: bool = False
    paid_cents: int = 0
    adjusted: list[tuple[int | None, str]] = msgspec.field(default_factory=list)
    denied_on: date | None = None


class BackTestStore:
    """Implements ``core.rule_ports.BackTests``."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def past_claims(
        self, first: date | None, last: date, *, limit: int, after: UUID | None
    ) -> tuple[PastClaim, ...]:
        """The next claims made on these days, by id, in four queries. The caller records it."""
        rows = self._context.rows(
            "SELECT c.id, c.patient_id, c.encounter_id, c.charge_cents, c.expected_cents,"
            " CAST(coalesce(s.created_at, c.created_at) AT TIME ZONE o.time_zone AS date)"
            f" AS judged_on, {_AS_FILED} FROM claim c"
            " JOIN practice o ON o.tenant_id = c.tenant_id LEFT JOIN LATERAL"
            f" (SELECT s.claim_id, s.created_at, {_FILED} FROM submission s"
            " WHERE s.tenant_id = c.tenant_id AND s.claim_id = c.id"
            " ORDER BY s.created_at, s.id LIMIT 1) s ON true"
            f" WHERE {_MADE_THEN}"
            " AND (CAST(:after AS uuid) IS NULL OR c.id > :after) ORDER BY c.id LIMIT :limit",
            first=first,
            last=last,
            after=after,
            limit=limit,
        )
        decided = self._decided([row.id for row in rows])
        return tuple(self._past(row, decided.get(row.id, _Decided())) for row in rows)

    def count_past(self, first: date | None, last: date) -> int:
        """How many claims were made on these days."""
        row = self._context.row(
            "SELECT count(*) AS n FROM claim c JOIN practice o ON o.tenant_id = c.tenant_id"
            f" WHERE {_MADE_THEN}",
            first=first,
            last=last,
        )
        return 0 if row is None else int(row.n)

    def _past(self, row: Any, decided: _Decided) -> PastClaim:
        days = None
        if decided.denied_on is not None:
            days = max(0, (decided.denied_on - row.judged_on).days)
        return PastClaim(
            claim_id=row.id,
            claim=CLAIM.open(self._context.sealer, row.id, row),
            patient_id=row.patient_id,
            encounter_id=row.encounter_id,
            judged_on=row.judged_on,
            charge_cents=row.charge_cents,
            expected_cents=row.expected_cents,
            is_decided=decided.is_decided,
            paid_cents=decided.paid_cents,
            adjusted=tuple(decided.adjusted),
            denied_after_days=days,
        )

    def _decided(self, claim_ids: Sequence[UUID]) -> dict[UUID, _Decided]:
        found: dict[UUID, _Decided] = {}
        ids = list(claim_ids)
        # A reversal (status 22) takes its own decision's money back, so the sum is what stands.
        for row in self._context.rows(
            "SELECT claim_id, bool_or(status <> '22') AS is_decided,"
            " sum(paid_cents + patient_cents) AS paid_cents FROM remittance_claim"
            " WHERE claim_id = ANY(:ids) GROUP BY claim_id",
            ids=ids,
        ):
            found[row.claim_id] = _Decided(row.is_decided, int(row.paid_cents))
        for row in self._context.rows(
            "SELECT d.claim_id, d.line_no, d.carc, min(coalesce(r.paid_on,"
            " CAST(r.created_at AS date))) AS denied_on FROM denial_item d"
            " JOIN remittance r ON r.tenant_id = d.tenant_id AND r.id = d.remittance_id"
            " WHERE d.claim_id = ANY(:ids) GROUP BY d.claim_id, d.line_no, d.carc",
            ids=ids,
        ):
            one = found.setdefault(row.claim_id, _Decided(True))
            one.adjusted.append((row.line_no, row.carc))
            one.denied_on = min(one.denied_on or row.denied_on, row.denied_on)
        for row in self._context.rows(
            "SELECT DISTINCT claim_id, line_no, carc FROM ledger_posting"
            " WHERE claim_id = ANY(:ids) AND carc <> ''",
            ids=ids,
        ):
            one = found.setdefault(row.claim_id, _Decided(True))
            one.adjusted.append((row.line_no, row.carc))
        return found

    def shapes(self, since: date) -> tuple[ClaimShape, ...]:
        """Claims made since a day, by form, payer and codes: nothing is opened."""
        rows = self._context.rows(
            "SELECT form, kind, payer_id, codes, count(*) AS claims FROM (SELECT c.form, p.kind,"
            " p.payer_id,"
            " array_agg(l.code ORDER BY l.line_no) AS codes FROM claim c"
            " JOIN payer p ON p.id = c.payer_ref JOIN service_line l"
            " ON l.tenant_id = c.tenant_id AND l.claim_id = c.id"
            " WHERE c.created_at >= :since GROUP BY c.id, c.form, p.kind, p.payer_id) made"
            " GROUP BY form, kind, payer_id, codes",
            since=since,
        )
        return tuple(
            ClaimShape(
                form=Form(row.form),
                kind=PayerKind(row.kind),
                payer_id=row.payer_id,
                codes=tuple(row.codes),
                claims=row.claims,
            )
            for row in rows
        )

    def add(
        self,
        test_id: UUID,
        kind: str,
        subject: str,
        digest: str,
        result: BackTest,
        *,
        run_by: UUID,
    ) -> None:
        """Keep a result; it is never changed."""
        total = result.total
        self._context.insert(
            "back_test",
            (
                "id",
                "kind",
                "subject",
                "digest",
                "first_day",
                "last_day",
                "claims",
                "held",
                "prevented",
                "false_holds",
                "undecided",
                "result",
                "run_by",
            ),
            [
                (
                    test_id,
                    kind,
                    subject,
                    digest,
                    result.first_day,
                    result.last_day,
                    result.claims,
                    total.held,
                    total.prevented,
                    total.false_holds,
                    total.undecided,
                    msgspec.json.encode(result).decode(),
                    run_by,
                )
            ],
        )

    def newest(self, digest: str) -> StoredBackTest | None:
        """The latest back-test of exactly these rules."""
        row = self._context.row(
            f"SELECT {_COLUMNS} FROM back_test WHERE digest = :digest ORDER BY at DESC, id DESC"
            " LIMIT 1",
            digest=digest,
        )
        return None if row is None else _stored(row)

    def find(self, test_id: UUID) -> StoredBackTest | None:
        """One back-test of the practice."""
        row = self._context.row(f"SELECT {_COLUMNS} FROM back_test WHERE id = :id", id=test_id)
        return None if row is None else _stored(row)

    def every(self, limit: int) -> tuple[StoredBackTest, ...]:
        """The latest back-tests of the practice."""
        rows = self._context.rows(
            f"SELECT {_COLUMNS} FROM back_test ORDER BY at DESC, id DESC LIMIT :limit", limit=limit
        )
        return tuple(map(_stored, rows))

    def begin_run(self, run: BackTestRun) -> None:
        """Write down that a back-test is on its way."""
        self._context.insert(
            "back_test_run",
            (
                "id",
                "kind",
                "subject",
                "settings",
                "first_day",
                "last_day",
                "digest",
                "rule_book_digest",
                "of_claims",
                "so_far",
                "asked_by",
            ),
            [
                (
                    run.id,
                    run.kind,
                    run.subject,
                    run.settings,
                    run.first_day,
                    run.last_day,
                    run.digest,
                    run.rule_book,
                    run.of_claims,
                    msgspec.json.encode(run.count).decode(),
                    run.asked_by,
                )
            ],
        )

    def next_run(self) -> UUID | None:
        """The oldest back-test on its way."""
        row = self._context.row(
            "SELECT id FROM back_test_run WHERE state = 'on its way' ORDER BY asked_at, id LIMIT 1"
        )
        return None if row is None else row.id

    def lock_run(self, run_id: UUID) -> BackTestRun | None:
        """One on its way, held until the transaction ends: nobody else goes on with it."""
        row = self._context.row(
            f"SELECT {_RUN} FROM back_test_run WHERE state = 'on its way' AND id = :id FOR UPDATE",
            id=run_id,
        )
        return None if row is None else _run(row)

    def numbers(self, claim_ids: Sequence[UUID]) -> dict[UUID, str]:
        """The numbers of claims."""
        rows = self._context.rows(
            "SELECT id, claim_number FROM claim WHERE id = ANY(:ids)", ids=list(claim_ids)
        )
        return {row.id: row.claim_number for row in rows}

    def keep_run(self, run: BackTestRun) -> None:
        """Write down where it stands."""
        self._context.write(
            "UPDATE back_test_run SET done_claims = :done, after_claim = :after, so_far = :so_far,"
            " state = :state, changed_at = now() WHERE id = :id",
            id=run.id,
            done=run.done_claims,
            after=run.after,
            so_far=msgspec.json.encode(run.count).decode(),
            state=run.state,
        )

    def run(self, run_id: UUID) -> BackTestRun | None:
        """One back-test that is or was on its way."""
        row = self._context.row(f"SELECT {_RUN} FROM back_test_run WHERE id = :id", id=run_id)
        return None if row is None else _run(row)

    def runs(self, limit: int) -> tuple[BackTestRun, ...]:
        """The latest, whatever became of them."""
        rows = self._context.rows(
            f"SELECT {_RUN} FROM back_test_run ORDER BY asked_at DESC, id DESC LIMIT :limit",
            limit=limit,
        )
        return tuple(map(_run, rows))

    def size(self) -> int:
        """Above how many claims a month a rule is back-tested before it is activated."""
        row = self._context.row(
            "SELECT backtest_above_claims AS size FROM practice WHERE tenant_id = :id",
            id=self._context.tenant_id,
        )
        if row is None:
            raise AssertionError("a unit of work has a practice")
        return int(row.size)

    def set_size(self, claims: int) -> bool:
        """Set it; False when it was so already."""
        return bool(
            self._context.write(
                "UPDATE practice SET backtest_above_claims = :claims"
                " WHERE tenant_id = :id AND backtest_above_claims <> :claims",
                id=self._context.tenant_id,
                claims=claims,
            )
        )


_RESULT = msgspec.json.Decoder(BackTest)


def _stored(row: Any) -> StoredBackTest:
    return StoredBackTest(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        digest=row.digest,
        result=_RESULT.decode(row.result),
        run_by=row.run_by,
        at=row.at,
    )


_COUNT = msgspec.json.Decoder(Count)


def _run(row: Any) -> BackTestRun:
    return BackTestRun(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        settings=row.settings,
        first_day=row.first_day,
        last_day=row.last_day,
        digest=row.digest,
        rule_book=row.rule_book_digest,
        of_claims=row.of_claims,
        done_claims=row.done_claims,
        after=row.after_claim,
        count=_COUNT.decode(row.so_far),
        state=row.state,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
    )
