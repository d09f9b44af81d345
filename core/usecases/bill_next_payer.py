"""What one payer left goes to the next: the secondary claim, scrubbed like any other."""

from __future__ import annotations

from uuid import UUID

from core.claims.claim import Claim, OtherPayer
from core.claims.lifecycle import move, opened
from core.claims.parties import PayerSequence, Value
from core.claims.position import Event
from core.ports import AwaitingNextPayer, ClaimRecord, Move, UnitOfWork
from core.remittance.matching import OpenClaim, match
from core.rules.rulebook import RuleBook
from core.submission.secondary import SecondaryRefusal, secondary_claim
from core.usecases.facts import Judged, scrub_batch
from core.usecases.prepare import claim_number, judged_move, judged_report, renumbered

ALREADY_BILLED = (
    "the payer decided again after the next payer was billed: send that one a corrected claim"
)


# Whose turn it is, first to last.
_TURNS = tuple(PayerSequence)


class NextBilled(Value, frozen=True, kw_only=True):
    """How many claims went to a next payer, and how many could not (they wait for a person)."""

    decided: int = 0
    claims: int = 0
    refused: int = 0


def bill_next_payers(uow: UnitOfWork, rule_book: RuleBook, *, limit: int = 1_000) -> NextBilled:
    """Make the claims to next payers for the next ``limit`` decisions; call until ``decided`` is 0.

    A decision that cannot be carried to the next payer moves its claim to a biller, with why.
    """
    waiting = uow.claims.awaiting_next_payer(limit)
    if not waiting:
        return NextBilled()
    open_claims = uow.claims.open_claims([one.record.claim.claim_number for one in waiting])
    made: list[tuple[AwaitingNextPayer, Claim]] = []
    moves: list[Move] = []
    for one in waiting:
        result = _next_claim(one, open_claims[one.record.claim.claim_number], uow)
        if isinstance(result, str):
            moves.append(_moved(one.record, Event.GO_OVERDUE, uow, result))
        else:
            made.append((one, result))
            moves.append(_moved(one.record, Event.BILL_NEXT_PAYER, uow, ""))
    first = uow.counters.take("claim", len(made)) if made else 1
    claims = [
        renumbered(claim, claim_number(uow.practice.number, first + place))
        for place, (_, claim) in enumerate(made)
    ]
    ids = uow.new_ids(len(made))
    _store(uow, rule_book, [one.record for one, _ in made], claims, ids)
    uow.claims.move(moves)
    uow.record("secondary.created", {"claim": ids}, claims=len(ids))
    return NextBilled(decided=len(waiting), claims=len(ids), refused=len(waiting) - len(ids))


def _next_claim(one: AwaitingNextPayer, open_claim: OpenClaim, uow: UnitOfWork) -> Claim | str:
    """The next claim, or in a sentence why a person has to look."""
    if one.already_billed:
        return ALREADY_BILLED
    primary = one.record.claim
    following = next_payer(primary)
    if following is None:
        return SecondaryRefusal.SAME_PAYER
    return secondary_claim(
        primary,
        one.payment,
        match(one.payment, open_claim),
        next_payer=following,
        claim_number="0",
        paid_on=one.paid_on or uow.today,
    )


def next_payer(claim: Claim) -> OtherPayer | None:
    """The other payer that has not decided yet and comes first."""
    waiting = [one for one in claim.other_payers if one.paid_cents is None]
    return min(waiting, key=lambda one: _TURNS.index(one.sequence), default=None)


def _moved(record: ClaimRecord, event: Event, uow: UnitOfWork, note: str) -> Move:
    after = move(record.position, event, today=uow.today)
    return Move(claim_id=record.id, event=event, before=record.position, after=after, note=note)


def _store(
    uow: UnitOfWork,
    rule_book: RuleBook,
    parents: list[ClaimRecord],
    claims: list[Claim],
    ids: list[UUID],
) -> None:
    batch = [
        Judged(claim=claim, patient_id=parent.patient_id, encounter_id=parent.encounter_id)
        for claim, parent in zip(claims, parents, strict=True)
    ]
    reports = [
        judged_report(claim, report, ())
        for claim, report in zip(claims, scrub_batch(uow, batch, rule_book), strict=True)
    ]
    start = opened(uow.today)
    records, moves = [], []
    for claim_id, parent, claim, report in zip(ids, parents, claims, reports, strict=True):
        after, step = judged_move(claim_id, start, report, uow.today, rule_book)
        assert parent.next_payer_ref is not None, "the ledger moved money to a next payer"
        records.append(
            ClaimRecord(
                id=claim_id,
                claim=claim,
                position=after,
                encounter_id=parent.encounter_id,
                patient_id=parent.patient_id,
                payer_ref=parent.next_payer_ref,
                part=parent.part,
                rule_book_digest=report.rule_book,
                tables_digest=report.tables,
                parent_claim_id=parent.id,
                sensitivity=parent.sensitivity,
            )
        )
        moves.append(step)
    uow.claims.add(records, moves)
    uow.claims.add_findings(
        [
            (claim_id, finding)
            for claim_id, report in zip(ids, reports, strict=True)
            for finding in report.findings
        ]
    )
