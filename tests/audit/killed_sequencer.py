"""Run the sequencer again and again, killed with SIGKILL one step later each time.

A program of its own, without threads, so that it may fork. Steps are: before each statement,
before each commit, before and after each append to a checkpoint file. Prints how often it was
killed and how often it finished.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from sqlalchemy import create_engine, event
from sqlalchemy.pool import NullPool

from audit import outside
from audit.sequencer import sequence
from tests.audit.logdatabase import NOW, SIGNER


class Steps:
    """Counts steps and dies at the one chosen."""

    def __init__(self, fatal: int) -> None:
        self._left = fatal

    def __call__(self, *_: object) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def run(url: str, folder: Path, fatal: int) -> None:
    """One run of the sequencer that dies at step ``fatal`` if it gets there."""
    step = Steps(fatal)
    engine = create_engine(url, poolclass=NullPool)
    event.listen(engine, "before_cursor_execute", step)
    event.listen(engine, "commit", step)
    append = outside.append

    def append_with_steps(*arguments: object) -> None:
        step()
        append(*arguments)
        step()

    outside.append = append_with_steps
    with engine.connect() as connection:
        sequence(connection, SIGNER, NOW, folder, batch_events=6)


def main(url: str, folder: Path) -> None:
    """Kill at step 1, 2, 3, ... until a run gets through."""
    killed = finished = 0
    while not finished:
        child = os.fork()
        if child == 0:
            run(url, folder, killed + 1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            killed += 1
        elif os.WEXITSTATUS(status) == 0:
            finished += 1
        else:
            break
    print(json.dumps({"killed": killed, "finished": finished}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
