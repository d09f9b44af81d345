"""The sequencer as it runs: every event is under a signed checkpoint within a second.

A thread of the worker and of every server process; one of them leads, held by a lock of the
database that ends with its session, and another takes over when it is gone. Writers are never
waited for and never told: a notice at each commit would make them wait for one another.
"""

from __future__ import annotations

import time
from threading import Event, Thread
from types import TracebackType

from api.bootstrap import Runtime
from audit import store
from audit.logging import get_logger
from audit.sequencer import sequence
from audit.store import Connection
from core.errors import ClaimwrightError
from tenants.session import make_engine

ROUND_SECONDS = 0.25
"""From the beginning of one round to that of the next: an event waits for at most this long, and
then for the round itself. A practice has at most four checkpoints a second, and none while nothing
happens."""

RETRY_SECONDS = 1.0
"""Between two attempts to lead, and after a failure."""

log = get_logger("sequencer")


class Sequencing:
    """``with Sequencing(runtime):``, or ``start`` for as long as the process lives."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._stop = Event()
        self._thread = Thread(target=self._run, name="sequencer", daemon=True)

    def start(self) -> None:
        """Begin; a process that ends takes the thread with it, at any statement, unharmed."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the round at hand and end."""
        self._stop.set()
        self._thread.join()

    def __enter__(self) -> Sequencing:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        engine = make_engine(self._runtime.urls.sequencer, pool_size=1)
        try:
            while not self._stop.is_set():
                try:
                    with engine.connect() as connection:
                        self._lead(connection)
                except Exception as problem:
                    # A log that does not fit is not signed, and the others go on: see doctor.
                    code = problem.code if isinstance(problem, ClaimwrightError) else ""
                    log.error("audit.sequencing_failed", error=type(problem).__name__, code=code)
                    engine.dispose()
                self._stop.wait(RETRY_SECONDS)
        finally:
            engine.dispose()

    def _lead(self, connection: Connection) -> None:
        runtime = self._runtime
        with connection.begin():
            if not store.try_to_lead(connection):
                return
        signer = runtime.keyring.signer()
        while not self._stop.is_set():
            began = time.monotonic()
            sequence(connection, signer, runtime.clock(), runtime.settings.checkpoints)
            self._stop.wait(max(0.0, began + ROUND_SECONDS - time.monotonic()))
        # The lock belongs to the session: the pool must not keep it.
        connection.invalidate()
