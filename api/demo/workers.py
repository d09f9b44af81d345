"""Real worker processes for the demonstration, started again when one is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date

from procrastinate import App

from api import settings as settings_module
from api.bootstrap import Runtime
from api.worker import enqueue, queue
from core.errors import UnavailableError
from core.ports import Practice

WORKERS = 2
_POLL_SECONDS = 0.03
_STEP_SECONDS_MAX = 300.0
_RESTARTS_MAX = 200

_DONE = {"succeeded"}
_LOST = {"failed", "cancelled", "aborted"}


class Workers:
    """The worker processes of one demonstration."""

    def __init__(self, runtime: Runtime, *, count: int = WORKERS) -> None:
        self._runtime = runtime
        self._count = count
        self._processes: list[subprocess.Popen[bytes]] = []
        self._app: App = queue(runtime)
        self.restarted = 0

    def __enter__(self) -> Workers:
        self._app.open()
        self._processes = [self._start() for _ in range(self._count)]
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._app.close()

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the workers at this moment."""
        return tuple(process.pid for process in self._processes)

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment |= settings_module.environment(self._runtime.settings)
        # -P: a folder named like one of ours in the working directory must not be imported.
        command = [sys.executable, "-P", "-m", "api.cli", "worker", "--paced"]
        return subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )

    def run(
        self,
        step: str,
        practices: Sequence[Practice],
        *,
        day: date,
        progress: Callable[[int], None] = lambda done: None,
    ) -> None:
        """Put one step into the queue for every practice and wait until all are done."""
        until = time.monotonic() + _STEP_SECONDS_MAX
        jobs = [enqueue(self._app, step, practice, day=day) for practice in practices]
        for done, job_id in enumerate(jobs, start=1):
            while not self._is_done(job_id, step):
                self._restart_dead()
                if time.monotonic() > until:
                    raise UnavailableError(f"the step {step} of the demonstration does not end")
                time.sleep(_POLL_SECONDS)
            progress(done)

    def _is_done(self, job_id: int, step: str) -> bool:
        status = self._app.job_manager.get_job_status(job_id).value
        if status in _LOST:
            raise UnavailableError(
                f"the step {step} of the demonstration failed; its worker says why above"
            )
        return status in _DONE

    def _restart_dead(self) -> None:
        for place, process in enumerate(self._processes):
            if process.poll() is None:
                continue
            self.restarted += 1
            if self.restarted > _RESTARTS_MAX:
                raise UnavailableError("the worker does not stay up; run: claimwright doctor")
            self._processes[place] = self._start()
