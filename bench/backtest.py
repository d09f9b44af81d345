"""Claims a second that a back-test replays, beside the bare scrub and the bare reading of them.

    python bench/backtest.py [--quick]

Real parts: embedded PostgreSQL, sealed claims, the practice's whole rule book, history and
eligibility from the database, an audit event a batch.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from api import backtests
from api.bootstrap import Runtime, runtime
from api.collector import set_for_batches
from api.cycle import Cycle
from api.practices import create_practice
from api.settings import Settings
from audit.event import machine
from bench.figures import Figure
from bench.invented_claims import BILLING, claims
from core.claims.claim import Claim
from core.intake.from_claims import encounter_from_claim
from core.rules.rulebook import RuleBook
from core.scrub.backtest import PastClaim
from core.scrub.engine import scrub
from core.usecases.backtest import BATCH_CLAIMS, Days
from core.usecases.intake import Arrival, take_encounters
from tenants.ids import new_id
from tenants.postgres import EmbeddedServer

_ALL = Days(None, date(2999, 1, 1))
_TRIED = backtests.Asked(kind="plugin", subject="telehealth")
_COMMAND = machine("command")

REPLAY_FLOOR = 1_000
GROWTH_FLOOR_MB = 60


def _fill(running: Runtime, count: int) -> UUID:
    """A practice that has filed ``count`` claims."""
    practice = create_practice(running, slug="bench", name="Bench Clinic", billing=BILLING)
    today = datetime.now(UTC).date()
    with running.unit_of_work(practice.tenant_id) as uow:
        take_encounters(
            uow,
            (
                Arrival(position=place, encounter=encounter_from_claim(claim, new_id))
                for place, claim in enumerate(claims(count, today=today), 1)
            ),
            kind="837",
            sha256=hashlib.sha256(b"bench").digest(),
            confirm_new_providers=True,
        )
    cycle = Cycle(running, practice)
    prepared = cycle.prepare()
    assert prepared.ready == count, f"{prepared.held} of the claims are held"
    cycle.file()
    return practice.tenant_id


def _read(running: Runtime, tenant_id: UUID) -> list[PastClaim]:
    """Every past claim, opened, in the batches of a back-test."""
    found: list[PastClaim] = []
    while True:
        with running.unit_of_work(tenant_id) as uow:
            part = uow.back_tests.past_claims(
                None, _ALL.last, limit=BATCH_CLAIMS, after=found[-1].claim_id if found else None
            )
            uow.record("claim.read", {"claim": [one.claim_id for one in part]})
        if not part:
            return found
        found += part


def _scrubbed(past: list[Claim], book: RuleBook) -> None:
    day = datetime.now(UTC).date()
    for first in range(0, len(past), BATCH_CLAIMS):
        scrub(past[first : first + BATCH_CLAIMS], book, as_of=day)


def _rate(count: int, act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return count / (time.perf_counter() - began)


def _resident_mb() -> float:
    """What the process holds now: filling the office has set a peak that says nothing here."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1_048_576


def _replayed(running: Runtime, tenant_id: UUID, count: int) -> tuple[float, float]:
    """Claims a second, and by how much more memory it held after its third batch."""
    run_id = backtests.begin(running, tenant_id, _TRIED, _ALL, _COMMAND)
    held: list[float] = []
    rate = _rate(
        count,
        lambda: backtests.run_to_its_end(
            running, tenant_id, run_id, lambda _: held.append(_resident_mb())
        ),
    )
    return rate, max(held[2:]) - held[2]


def measure(quick: bool = False) -> list[Figure]:
    """Replay, reading and scrub of the same claims in one run."""
    count = 6_000 if quick else 20_000
    set_for_batches()
    home = Path(tempfile.mkdtemp(prefix="claimwright-bench-"))
    try:
        with runtime(Settings(home=home)) as running:
            tenant_id = _fill(running, count)
            # First: what is read below stays in memory and would hide its growth.
            replay, growth_mb = _replayed(running, tenant_id, count)
            past: list[PastClaim] = []
            reading = _rate(count, lambda: past.extend(_read(running, tenant_id)))
            book = running.rule_book(tenant_id)
            bare = [one.claim for one in past]
            _scrubbed(bare[:BATCH_CLAIMS], book)
            scrubbing = _rate(count, lambda: _scrubbed(bare, book))
    finally:
        EmbeddedServer(home).destroy()
        shutil.rmtree(home)
    beside = 1 / (1 / reading + 1 / scrubbing)
    return [
        Figure(name="back-test, claims replayed", seen=replay, unit="/s", floor=REPLAY_FLOOR),
        Figure(name="  reading and opening them alone", seen=reading, unit="/s"),
        Figure(name="  bare scrub, no facts, all in memory", seen=scrubbing, unit="/s"),
        Figure(name="  reading and bare scrub together", seen=beside, unit="/s"),
        Figure(
            name="back-test, memory from its third batch on",
            seen=growth_mb,
            unit="MB more",
            floor=GROWTH_FLOOR_MB,
            at_most=True,
            note=f"{count:,} claims",
        ),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true")
    for figure in measure(parser.parse_args().quick):
        print(figure.line())


if __name__ == "__main__":
    main()
