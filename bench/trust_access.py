"""What it costs to show a claim only as far as its reader may see it, and to ask for consent.

A page pays for one claim, a batch that is filed for each of its claims. The yardstick is a bare
copy of the claim through msgspec, which every read from the store pays anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from time import perf_counter
from uuid import UUID

import msgspec

from bench.figures import Figure
from bench.invented_claims import claims
from core.claims.claim import Claim, SpecialtyRecord
from core.claims.position import NextActor, Owes, Position, Stage
from core.consent import Consent, ConsentKind, ConsentPurpose
from core.ports import ClaimRecord
from core.sight import seen_claim
from core.usecases.disclose import barriers
from tenants.access import SIGHT
from tenants.staff import Role

_TODAY = date(2026, 1, 30)
_DRAFT = Position(stage=Stage.DRAFT, owes=Owes.PAYER, next_actor=NextActor.SYSTEM)
_RECORD = SpecialtyRecord(kind="behavioral_health.part2", body=b'{"program": true}')


def measure(quick: bool = False) -> list[Figure]:
    """Microseconds a claim, best of several rounds."""
    count, rounds = (500, 3) if quick else (5_000, 7)
    invented = list(claims(count, today=_TODAY))
    plain = [_stored(claim) for claim in invented]
    protected = [_stored(msgspec.structs.replace(claim, records=(_RECORD,))) for claim in invented]
    encoded = [msgspec.msgpack.encode(claim) for claim in invented]
    decode = msgspec.msgpack.Decoder(Claim).decode
    masked = SIGHT[Role.POSTER]
    consent = Consent(
        id=UUID(int=1),
        patient_id=UUID(int=2),
        kind=ConsentKind.PART_TWO,
        signed_on=_TODAY,
        purposes=(ConsentPurpose.PAYMENT,),
    )
    stored = (consent,)

    def may_leave(record: ClaimRecord) -> bool:
        return not barriers(record, stored, restricted=False, on=_TODAY)

    def best(act: Callable[[ClaimRecord], object], given: list[ClaimRecord]) -> float:
        return _best(lambda: [act(one) for one in given], rounds) / count * 1e6

    bare = _best(lambda: [decode(one) for one in encoded], rounds) / count * 1e6
    return [
        Figure(name="bare copy of a claim (msgpack)", seen=bare, unit="us a claim"),
        Figure(
            name="a claim as a poster sees it",
            seen=best(lambda one: seen_claim(one, masked), plain),
            unit="us a claim",
            floor=100,
            at_most=True,
        ),
        Figure(
            name="may it leave: an ordinary claim",
            seen=best(may_leave, plain),
            unit="us a claim",
            floor=5,
            at_most=True,
        ),
        Figure(
            name="may it leave: a Part 2 record under a consent",
            seen=best(may_leave, protected),
            unit="us a claim",
            floor=50,
            at_most=True,
        ),
    ]


def _stored(claim: Claim) -> ClaimRecord:
    return ClaimRecord(
        id=UUID(int=3),
        claim=claim,
        position=_DRAFT,
        encounter_id=UUID(int=4),
        patient_id=UUID(int=2),
        payer_ref=UUID(int=5),
    )


def _best(act: Callable[[], object], rounds: int) -> float:
    seen = []
    for _ in range(rounds):
        start = perf_counter()
        act()
        seen.append(perf_counter() - start)
    return min(seen)


def main() -> None:
    """Print the figures."""
    for figure in measure():
        print(figure.line())


if __name__ == "__main__":
    main()
