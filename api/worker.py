"""Background work: jobs in the same PostgreSQL, each a step of the cycle for one practice.

A job carries the practice and the day, never a claim and never health information. Every step can
be repeated, so a job whose worker died is simply run again: workers report that they live, and
whoever still lives takes over from one that has gone silent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from procrastinate import App, Blueprint, PsycopgConnector, SyncPsycopgConnector
from sqlalchemy.engine import make_url

from api import backtests, part_two
from api.bootstrap import Runtime
from api.collector import set_for_batches
from api.cycle import Cycle
from api.sequencing import Sequencing
from audit.correlation import piece_of_work
from audit.logging import get_logger
from core.errors import ClaimwrightError, NotFoundError
from core.ports import Practice

HEARTBEAT_SECONDS = 1.0
SILENT_SECONDS = 4.0
KEEP_UP_SECONDS = 5.0
REPLAY_SECONDS = 3.0
SET_APART_SECONDS = 3600.0

log = get_logger("worker")

Step = Callable[[Cycle], object]

STEPS: dict[str, Step] = {
    "prepare": Cycle.prepare,
    "file": Cycle.file,
    "receive": Cycle.receive_waiting,
    "rescrub": Cycle.rescrub,
    "bill_next_payers": Cycle.bill_next_payers,
    "issue_statements": Cycle.issue_statements,
    "shadow": Cycle.shadow,
}
"""What a job can be: its name, and the step it runs."""


def conninfo(url: str) -> dict[str, Any]:
    """A SQLAlchemy URL as the keyword arguments of psycopg."""
    parts = make_url(url)
    given = {
        "user": parts.username,
        "password": parts.password,
        "host": parts.host,
        "port": parts.port,
        "dbname": parts.database,
        **dict(parts.query),
    }
    return {name: value for name, value in given.items() if value is not None}


def _blueprint(runtime: Runtime) -> Blueprint:
    blueprint = Blueprint()
    for name, step in STEPS.items():
        blueprint.task(name=name, queue="cycle", pass_context=False)(_job(runtime, name, step))
    return blueprint


def _job(runtime: Runtime, name: str, step: Step) -> Callable[[str, str], None]:
    def run(tenant_id: str, day: str = "") -> None:
        with piece_of_work():
            try:
                step(
                    Cycle(
                        runtime,
                        _practice(runtime, UUID(tenant_id)),
                        as_of=date.fromisoformat(day) if day else None,
                    )
                )
            except ClaimwrightError as problem:
                log.warning("job.refused", step=name, code=problem.code)
                raise
            except Exception:
                # The queue's own report would quote what was said; it is off.
                log.exception("job.failed", step=name)
                raise

    run.__name__ = name
    return run


def _practice(runtime: Runtime, tenant_id: UUID) -> Practice:
    for one in runtime.practices():
        if one.tenant_id == tenant_id:
            return one
    raise NotFoundError("a job names a practice that is not there or is no longer active")


def queue(runtime: Runtime) -> App:
    """The queue for putting jobs in from ordinary code; open it with ``with``."""
    app = App(
        connector=SyncPsycopgConnector(kwargs=conninfo(runtime.urls.app), min_size=1, max_size=2)
    )
    app.add_tasks_from(_blueprint(runtime), namespace="cycle")
    return app


def enqueue(app: App, step: str, practice: Practice, *, day: date | None = None) -> int:
    """Put one step for one practice into the queue; steps of a practice run one at a time."""
    return app.configure_task(f"cycle:{step}", lock=str(practice.tenant_id)).defer(
        tenant_id=str(practice.tenant_id), day=day.isoformat() if day else ""
    )


def run_worker(runtime: Runtime, *, concurrency: int = 2, steady: bool = True) -> None:
    """Work until told to stop (SIGTERM, SIGINT: the job at hand is finished first).

    It goes on with back-tests that were asked for. ``steady`` also takes in what payers sent,
    scrubs again what other rules or releases have judged, prepares what practices handed in, bills
    next payers, puts what is of Part 2 programs under its own key and sequences the audit log as
    time goes by; the demonstration does all that itself, in step with its story. Filing stays an
    act of somebody: ``claimwright claims submit``.
    """
    set_for_batches()
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
    app = App(
        connector=PsycopgConnector(
            kwargs=conninfo(runtime.urls.app), min_size=1, max_size=concurrency + 3
        )
    )
    app.add_tasks_from(_blueprint(runtime), namespace="cycle")
    asyncio.run(_work(app, runtime, concurrency, steady))


async def _work(app: App, runtime: Runtime, concurrency: int, steady: bool) -> None:
    with Sequencing(runtime) if steady else nullcontext():
        await _run(app, runtime, concurrency, steady)


async def _run(app: App, runtime: Runtime, concurrency: int, steady: bool) -> None:
    async with app.open_async():
        keepers = [
            asyncio.create_task(_every(HEARTBEAT_SECONDS, lambda: _take_over(app))),
            asyncio.create_task(
                _every(REPLAY_SECONDS, lambda: asyncio.to_thread(backtests.work, runtime))
            ),
        ]
        if steady:
            keepers += [
                asyncio.create_task(
                    _every(KEEP_UP_SECONDS, lambda: asyncio.to_thread(_keep_up, runtime))
                ),
                asyncio.create_task(
                    _every(SET_APART_SECONDS, lambda: asyncio.to_thread(_set_apart, runtime))
                ),
            ]
        log.info("worker.started", concurrency=concurrency)
        try:
            await app.run_worker_async(
                queues=["cycle"],
                concurrency=concurrency,
                fetch_job_polling_interval=1.0,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=SILENT_SECONDS,
            )
        finally:
            for keeper in keepers:
                keeper.cancel()
            log.info("worker.stopped")


async def _every(seconds: float, act: Callable[[], Any]) -> None:
    while True:
        try:
            await act()
        except Exception as problem:
            log.warning("worker.keeper_failed", error=type(problem).__name__)
        await asyncio.sleep(seconds)


async def _take_over(app: App) -> None:
    """Put jobs of silent workers back into the queue."""
    stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS)
    for job in stalled:
        await app.job_manager.retry_job(job, retry_at=datetime.now(UTC))
        log.warning("worker.took_over", step=job.task_name)


def _keep_up(runtime: Runtime) -> None:
    for practice in runtime.practices():
        with piece_of_work():
            try:
                _keep_up_one(Cycle(runtime, practice))
            except Exception as problem:
                # What is wrong at one practice is no reason to leave the next one waiting.
                log.warning("worker.keeper_failed", error=type(problem).__name__)


def _set_apart(runtime: Runtime) -> None:
    for practice in runtime.practices():
        with piece_of_work():
            try:
                part_two.set_apart(runtime, practice.tenant_id)
            except Exception as problem:
                log.warning("worker.keeper_failed", error=type(problem).__name__)


def _keep_up_one(cycle: Cycle) -> None:
    cycle.receive_waiting()
    cycle.rescrub()
    cycle.prepare()
    cycle.bill_next_payers()
    cycle.shadow()
