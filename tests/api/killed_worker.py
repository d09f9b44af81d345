"""A worker in a process of its own whose step stops in the middle, or fails with what it saw."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from api import cycle, worker
from api.bootstrap import Runtime
from api.settings import Settings
from audit.logging import configure
from core.ports import UnitOfWork
from core.rules.rulebook import RuleBook
from core.usecases.prepare import Prepared
from core.usecases.prepare import prepare_claims as prepare_whole
from tenants.postgres import DatabaseUrls
from tests.api.http.pages_claims import FAMILY_NAME


def main(home: str, migrator: str, app: str, sequencer: str, context_key: str, mode: str) -> None:
    """``stuck``: prepare, say so in ``home/stuck``, and never commit; ``failing``: end in an error
    that quotes a patient; ``sound``: just work."""
    if mode == "stuck":

        def prepare_and_wait(uow: UnitOfWork, book: RuleBook, *, limit: int) -> Prepared:
            done = prepare_whole(uow, book, limit=limit)
            (Path(home) / "stuck").touch()
            time.sleep(600)
            return done

        cycle.prepare_claims = prepare_and_wait
    if mode == "failing":

        def fail(uow: UnitOfWork, book: RuleBook, *, limit: int) -> Prepared:
            raise ValueError(f"{FAMILY_NAME} is no number")

        cycle.prepare_claims = fail
    configure()  # as the command does
    worker.SILENT_SECONDS = 1.5
    worker.HEARTBEAT_SECONDS = 0.3
    urls = DatabaseUrls(migrator=migrator, app=app, sequencer=sequencer, context_key=context_key)
    running = Runtime(Settings(home=Path(home)), urls)
    worker.run_worker(running, concurrency=1, steady=False)
    running.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
