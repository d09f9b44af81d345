"""Background work in real processes: done once, and taken over from one that was killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from api.bootstrap import Runtime
from api.worker import STEPS, conninfo, enqueue, queue
from tests.api.http.pages_claims import FAMILY_NAME
from tests.core.usecases.office import TODAY, Office, made

SCRIPT = Path(__file__).with_name("killed_worker.py")
PATIENCE_SECONDS = 60


class Workers:
    """Starts workers of the test's installation, and ends those it started."""

    def __init__(self, running: Runtime) -> None:
        self._running = running
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, mode: str = "sound", *, stderr: int | None = None) -> subprocess.Popen[bytes]:
        urls = self._running.urls
        given = (self._running.settings.home, *msgspec.structs.astuple(urls), mode)
        process = subprocess.Popen(
            [sys.executable, SCRIPT, *map(str, given)],
            cwd=SCRIPT.parents[2],
            env={"PYTHONPATH": str(SCRIPT.parents[2]), "PATH": "/usr/bin:/bin"},
            stderr=stderr,
        )
        self._started.append(process)
        return process

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.wait()


@pytest.fixture
def office(running: Runtime) -> Office:
    return Office(running)


@pytest.fixture
def workers(running: Runtime, shipped_tables: Path) -> Iterator[Workers]:
    (running.settings.home / "shipped").symlink_to(shipped_tables)
    made_workers = Workers(running)
    yield made_workers
    made_workers.end()


def until(happened: Callable[[], object]) -> None:
    """Wait, as long as it takes on a busy machine."""
    for _ in range(PATIENCE_SECONDS * 20):
        if happened():
            return
        time.sleep(0.05)
    raise AssertionError("it never happened")


def jobs(office: Office) -> dict[str, str]:
    rows = office.rows("SELECT task_name, status::text FROM procrastinate_jobs ORDER BY id")
    return {row.task_name: row.status for row in rows}


def test_a_workers_steps_take_a_practice_round_and_stop_when_told(
    office: Office, workers: Workers
) -> None:
    office.take(made(6))
    with queue(office.running).open() as app:
        for step in ("prepare", "file", "receive"):
            enqueue(app, step, office.practice, day=TODAY)
    process = workers.start()
    until(lambda: set(jobs(office).values()) == {"succeeded"})
    assert office.stages() == ["sent"] * 6
    assert len(office.outbound()) == 1
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_SECONDS) == 0


@pytest.mark.attack("S-54")
def test_a_job_of_a_killed_worker_is_taken_over_and_ends_the_same(
    office: Office, workers: Workers
) -> None:
    office.take(made(6))
    with queue(office.running).open() as app:
        enqueue(app, "prepare", office.practice, day=TODAY)
        enqueue(app, "file", office.practice, day=TODAY)
    killed = workers.start("stuck")
    until((office.running.settings.home / "stuck").exists)
    assert jobs(office) == {"cycle:prepare": "doing", "cycle:file": "todo"}
    killed.send_signal(signal.SIGKILL)
    assert killed.wait(PATIENCE_SECONDS) == -signal.SIGKILL
    assert office.stages() == []
    workers.start()
    until(lambda: set(jobs(office).values()) == {"succeeded"})
    records = office.records()
    assert office.stages() == ["sent"] * 6
    numbers = [record.claim.claim_number for record in records]
    assert numbers == [f"{office.practice.number:04d}{place:08d}" for place in range(1, 7)]
    charge = sum(record.claim.charge_cents for record in records)
    assert office.totals() == {"insurance_receivable": charge, "charges": -charge}
    assert office.count("claim_move") == 18
    office.running.sequence_audit()
    assert office.running.verify_audit().verified


def test_a_job_names_a_practice_and_a_day_and_nothing_of_a_patient(office: Office) -> None:
    office.take(made(1))
    with queue(office.running).open() as app:
        for step in STEPS:
            enqueue(app, step, office.practice, day=TODAY)
    rows = office.rows("SELECT args, lock, queue_name FROM procrastinate_jobs")
    assert len(rows) == len(STEPS)
    for row in rows:
        assert row.args == {"tenant_id": str(office.tenant_id), "day": TODAY.isoformat()}
        assert (row.lock, row.queue_name) == (str(office.tenant_id), "cycle")


@pytest.mark.attack("S-33")
def test_a_job_that_fails_says_so_and_not_what_it_saw(office: Office, workers: Workers) -> None:
    office.take(made(1))
    with queue(office.running).open() as app:
        enqueue(app, "prepare", office.practice, day=TODAY)
    process = workers.start("failing", stderr=subprocess.PIPE)
    until(lambda: jobs(office) == {"cycle:prepare": "failed"})
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert b"job.failed" in said
    assert FAMILY_NAME.encode() not in said
    [row] = office.rows("SELECT j::text AS job FROM procrastinate_jobs j")
    assert FAMILY_NAME not in row.job


def test_an_address_becomes_the_drivers_words_for_it() -> None:
    url = "postgresql+psycopg://some:p%40ss@/claims?host=/var/run/here&connect_timeout=3"
    assert conninfo(url) == {
        "user": "some",
        "password": "p@ss",
        "host": "/var/run/here",
        "dbname": "claims",
        "connect_timeout": "3",
    }
