"""The demonstration: found, hand in, and go round the cycle until it rests."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from datetime import time as clock_time
from pathlib import Path

from api import simulator
from api.bootstrap import Runtime
from api.demo import world
from api.demo.report import DemoReport, compare, gather
from api.demo.workers import Workers
from core.errors import IntegrityError
from core.ports import Practice
from core.usecases.work_claim import send_again

_ROUNDS_MAX = 8

Say = Callable[[str], None]


def run_demo(
    runtime: Runtime, *, seed: int, day: date, keep_files: Path | None, say: Say
) -> DemoReport:
    """Run the whole cycle in the (empty) database of ``runtime`` and compare it with the truth.

    Raises ``IntegrityError`` when what was posted is not what the simulator decided, to the cent,
    claim by claim.
    """
    began = time.monotonic()
    say("Founding four practices, their payers and staff")
    practices = world.found_practices(runtime, seed=seed, day=day)
    with Workers(runtime) as workers:
        for practice, site in zip(practices, world.SITES, strict=True):
            say(f"{practice.name}: handing in {world.ENCOUNTERS_A_PRACTICE} visits")
            world.take_visits(runtime, practice, site, seed=seed, day=day)
        say("Coding, pricing and scrubbing")
        workers.run("prepare", practices, day=day)
        _rounds(runtime, workers, practices, seed=seed, day=day, say=say)
        say("Issuing patient statements")
        workers.run("issue_statements", practices, day=day)
        restarted = workers.restarted
    say("Signing and verifying the audit log")
    runtime.sequence_audit()
    verification = runtime.verify_audit()
    report = gather(runtime, practices, verification, seconds=time.monotonic() - began)
    if restarted:
        say(f"{restarted} worker(s) died on the way and were started again")
    if keep_files is not None:
        _keep(runtime.settings.exchange, keep_files)
    problems = compare(runtime, practices)
    if problems:
        raise IntegrityError(f"the ledger is not what the payers decided: {problems[0]}")
    return report


def _rounds(
    runtime: Runtime,
    workers: Workers,
    practices: tuple[Practice, ...],
    *,
    seed: int,
    day: date,
    say: Say,
) -> None:
    """File, let payers answer, take answers in, send again, bill on; until all rests."""
    exchange = runtime.settings.exchange
    now = datetime.combine(day, clock_time(12, 0), tzinfo=UTC)
    for number in range(1, _ROUNDS_MAX + 1):
        say(f"Round {number}: filing claims")
        workers.run("file", practices, day=day)
        say(f"Round {number}: payers answer")
        answered = simulator.run(exchange, seed=seed, now=now)
        if not answered.practices:
            return
        say(f"Round {number}: taking answers in, posting payments")
        workers.run("receive", practices, day=day)
        _send_again(runtime, practices, day=day)
        workers.run("bill_next_payers", practices, day=day)


def _send_again(runtime: Runtime, practices: tuple[Practice, ...], *, day: date) -> None:
    """What a biller does with claims whose transaction set a 999 refused: send them once more."""
    for practice in practices:
        with runtime.unit_of_work(practice.tenant_id, as_of=day) as uow:
            for claim_id in uow.claims.rejected_by_999():
                send_again(uow, claim_id)


def _keep(exchange: Path, folder: Path) -> None:
    """Copy every exchanged file, by practice and direction; invented patients only."""
    for path in sorted(exchange.glob("*/*bound/**/*.x12")):
        slug, direction = path.relative_to(exchange).parts[:2]
        target = folder / slug / direction
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target / path.name)
