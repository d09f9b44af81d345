"""A remittance is proved, matched and posted: one check, one transaction, once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from uuid import UUID

import msgspec

from core.claims.lifecycle import allowed, move
from core.claims.parties import Value
from core.claims.position import Event, Position
from core.confidentiality import Sensitivity
from core.denials.causes import CauseTable
from core.denials.items import DenialItem
from core.denials.plays import refined
from core.ports import (
    ClaimPlace,
    Move,
    NewRemittance,
    NewRemittanceClaim,
    UnitOfWork,
)
from core.remittance.balance import BalanceProof
from core.remittance.matching import Match, OpenClaim, match_all
from core.remittance.plan import Outcome, PostingPlan
from core.remittance.posting import plan_check, plan_claims
from core.remittance.values import ClaimPayment, ProviderAdjustment, RemittanceHeader
from core.rules.plays import DenialPlay
from core.x12.remittance_reader import RemittanceEnd, stream_remittance

_SLICE_CLAIMS = 2_000


class PostedCheck(Value, frozen=True, kw_only=True):
    """What became of one check: posted, repeated (nothing done), held or conflict (with why)."""

    status: str
    claims: int = 0
    paid_cents: int = 0
    denials: int = 0
    unmatched: int = 0
    reason: str = ""
    segment: int = 0


class _Tables(msgspec.Struct, frozen=True):
    """What posting looks up: the meaning of CARCs, and the plays of plugins."""

    causes: CauseTable
    plays: tuple[DenialPlay, ...]


class _Check(msgspec.Struct, frozen=True):
    """One check of a file after the first reading: proved, counted and fingerprinted."""

    header: RemittanceHeader
    claims: int
    content_sha256: bytes
    problems: tuple[tuple[int, str], ...]
    provider_adjustments: tuple[ProviderAdjustment, ...]


def post_remittances(
    uow: UnitOfWork,
    data: bytes,
    *,
    file_id: UUID,
    causes: CauseTable,
    plays: Sequence[DenialPlay] = (),
) -> tuple[PostedCheck, ...]:
    """Post every check of an 835 in this transaction.

    The file is read twice with flat memory: once to prove all three balances, once to post. A
    check that does not balance is held whole with the difference; one that was posted before is
    left alone; one with the same trace number and other content waits for a person. ``plays`` are
    what the practice's plugins know about denials.
    """
    tables = _Tables(causes=causes, plays=tuple(plays))
    checks = list(_first_reading(data))
    # One poster at a time in a practice: of two checks with the same trace number that arrive at
    # the same moment, the second must find the first.
    uow.counters.take("remittance", len(checks))
    posted = []
    for check, claims in zip(checks, _second_reading(data), strict=True):
        posted.append(_post_check(uow, check, claims, file_id, tables))
    return tuple(posted)


def _first_reading(data: bytes) -> Iterator[_Check]:
    stream = stream_remittance(data)
    for item in stream:
        if isinstance(item, RemittanceHeader):
            yield _read_check(item, stream)


def _read_check(header: RemittanceHeader, stream: Iterator[object]) -> _Check:
    proof = BalanceProof(header)
    digest = hashlib.sha256(_content(header))
    adjustments: list[ProviderAdjustment] = []
    claims = 0
    for item in stream:
        if isinstance(item, ClaimPayment):
            claims += 1
            proof.claim(item)
            digest.update(_content(item))
        elif isinstance(item, ProviderAdjustment):
            adjustments.append(item)
            proof.provider_adjustment(item)
            digest.update(_content(item))
        elif isinstance(item, RemittanceEnd):
            break
    problems = tuple((one.segment, one.sentence) for one in proof.finish())
    return _Check(header, claims, digest.digest(), problems, tuple(adjustments))


_encode = msgspec.json.Encoder(decimal_format="string").encode


def _content(value: RemittanceHeader | ClaimPayment | ProviderAdjustment) -> bytes:
    """What a check says, without where it stands in a file: the same check, the same bytes."""
    if isinstance(value, ClaimPayment):
        lines = tuple(msgspec.structs.replace(line, segment=0) for line in value.lines)
        return _encode(msgspec.structs.replace(value, segment=0, segment_end=0, lines=lines))
    if isinstance(value, RemittanceHeader):
        return _encode(msgspec.structs.replace(value, segment=0, control_number=""))
    return _encode(msgspec.structs.replace(value, segment=0))


def _second_reading(data: bytes) -> Iterator[Iterator[ClaimPayment]]:
    """One iterator of claim payments a check; each is used up before the next is asked for."""
    stream = stream_remittance(data)
    for item in stream:
        if isinstance(item, RemittanceHeader):
            claims = _claims_until_end(stream)
            yield claims
            for _ in claims:
                pass


def _claims_until_end(stream: Iterator[object]) -> Iterator[ClaimPayment]:
    for item in stream:
        if isinstance(item, RemittanceEnd):
            return
        if isinstance(item, ClaimPayment):
            yield item


def _post_check(
    uow: UnitOfWork,
    check: _Check,
    claims: Iterator[ClaimPayment],
    file_id: UUID,
    tables: _Tables,
) -> PostedCheck:
    header = check.header
    segment = header.segment
    known = uow.remittances.known(header)
    if any(content == check.content_sha256 for content, _ in known):
        uow.record("remittance.repeated")
        return PostedCheck(
            status="repeated",
            claims=check.claims,
            segment=segment,
            reason="this check is here already; nothing was posted",
        )
    if check.problems:
        segment, reason = check.problems[0]
        return _hold(uow, check, file_id, "held", f"segment {segment}: {reason}", segment)
    if any(status == "posted" for _, status in known):
        reason = (
            "a check with this payer and trace number was posted with other content; compare the "
            "two and ask the payer which one is right"
        )
        return _hold(uow, check, file_id, "conflict", reason, segment)
    remittance_id = _add(uow, check, file_id, "posted", "")
    return _post_slices(uow, check, claims, remittance_id, tables)


def _hold(
    uow: UnitOfWork, check: _Check, file_id: UUID, status: str, reason: str, segment: int
) -> PostedCheck:
    remittance_id = _add(uow, check, file_id, status, reason)
    uow.record("remittance.held", {"remittance": [remittance_id]}, claims=check.claims)
    return PostedCheck(status=status, claims=check.claims, reason=reason, segment=segment)


def _add(uow: UnitOfWork, check: _Check, file_id: UUID, status: str, reason: str) -> UUID:
    remittance_id = uow.new_ids(1)[0]
    uow.remittances.add(
        NewRemittance(
            id=remittance_id,
            file_id=file_id,
            header=check.header,
            content_sha256=check.content_sha256,
            claims_count=check.claims,
            status=status,
            reason=reason,
        )
    )
    return remittance_id


def _post_slices(
    uow: UnitOfWork,
    check: _Check,
    claims: Iterator[ClaimPayment],
    remittance_id: UUID,
    tables: _Tables,
) -> PostedCheck:
    header = check.header
    place = cleared_cents = denials = unmatched = entries = 0
    while part := tuple(islice(claims, _SLICE_CLAIMS)):
        open_claims = uow.claims.open_claims([payment.claim_number for payment in part])
        matched = match_all(part, open_claims)
        plan = plan_claims(header, matched, causes=tables.causes, today=uow.today)
        uow.remittances.add_claims(_rows(matched, remittance_id, place))
        uow.ledger.post(plan.entries, remittance_id=remittance_id)
        items = _with_plays(uow, plan, open_claims, tables.plays)
        uow.denials.add(items, remittance_id=remittance_id)
        _move(uow, plan, part)
        place += len(part)
        cleared_cents += plan.cleared_cents
        denials += len(plan.denials)
        unmatched += len(plan.unmatched)
        entries += len(plan.entries)
        touched = [one.claim_id for one in open_claims.values()]
        uow.record(
            "remittance.posted",
            {"remittance": [remittance_id], "claim": touched},
            claims=len(part),
            entries=len(plan.entries),
            paid_cents=plan.cleared_cents,
        )
    last = plan_check(
        header, check.provider_adjustments, cleared_cents=cleared_cents, today=uow.today
    )
    uow.ledger.post(last.entries, remittance_id=remittance_id)
    uow.record(
        "ledger.posted", {"remittance": [remittance_id]}, entries=entries + len(last.entries)
    )
    return PostedCheck(
        status="posted",
        claims=place,
        paid_cents=header.payment_cents,
        denials=denials,
        unmatched=unmatched,
        segment=header.segment,
    )


def _with_plays(
    uow: UnitOfWork,
    plan: PostingPlan,
    open_claims: Mapping[str, OpenClaim],
    plays: Sequence[DenialPlay],
) -> tuple[DenialItem, ...]:
    if not plays or not plan.denials:
        return plan.denials
    payers = uow.masters.payers_by_ref({item.payer_ref for item in plan.denials})
    codes: dict[tuple[UUID, int | None], str] = {
        (claim.claim_id, line.line_no): line.code
        for claim in open_claims.values()
        for line in claim.lines
    }
    kinds = {ref: stored.payer.kind for ref, stored in payers.items()}
    return refined(plan.denials, plays, payer_kinds=kinds, codes=codes)


def _rows(
    matched: Sequence[tuple[ClaimPayment, Match]], remittance_id: UUID, place: int
) -> list[NewRemittanceClaim]:
    return [
        NewRemittanceClaim(
            remittance_id=remittance_id,
            place=place + offset,
            payment=payment,
            claim_id=found.claim.claim_id if found.claim else None,
            reason=str(found.reason or ""),
            sensitivity=found.claim.sensitivity if found.claim else Sensitivity.NONE,
        )
        for offset, (payment, found) in enumerate(matched)
    ]


def _move(uow: UnitOfWork, plan: PostingPlan, part: Sequence[ClaimPayment]) -> None:
    """Apply the outcomes in order; a claim may have several in one check."""
    places = uow.claims.places([payment.claim_number for payment in part])
    by_id: dict[UUID, ClaimPlace] = {place.id: place for place in places.values()}
    now: dict[UUID, Position] = {}
    moves: list[Move] = []
    for outcome in plan.outcomes:
        before = now.get(outcome.claim_id, by_id[outcome.claim_id].position)
        if not allowed(before, outcome.event):
            continue
        after = move(before, outcome.event, today=uow.today)
        now[outcome.claim_id] = after
        moves.append(
            Move(
                claim_id=outcome.claim_id,
                event=outcome.event,
                before=before,
                after=after,
                note=_note(outcome),
            )
        )
    uow.claims.move(moves)
    numbers = {
        places[payment.claim_number].id: payment.payer_claim_number
        for payment in part
        if payment.payer_claim_number and payment.claim_number in places
    }
    uow.claims.set_payer_claim_numbers(list(numbers.items()))


_NEEDS_WORK = {Event.DENY: "denied", Event.PAY_PART: "partly denied"}


def _note(outcome: Outcome) -> str:
    return _NEEDS_WORK.get(outcome.event, "")
