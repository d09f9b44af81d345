"""Take a practice from visits to posted checks while whoever works is killed again and again.

A program of its own, without threads, so that it may fork. Each piece of work (prepare, file, take
in one 835) is begun by a child and killed with SIGKILL, first one step later each time, then at
random moments, until a child gets through. A step is each statement, each COPY, and each commit,
before it and after it: after it the database has it, and nobody was told. Prints what it did.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from api.bootstrap import Runtime
from api.settings import Settings
from core.ports import ClaimRecord
from tenants.postgres import DatabaseUrls
from tests.core.usecases.office import Office, check, denied, era, made, paid

CLAIMS = 24
CLAIMS_A_CHECK = 2


class Steps:
    """Counts the steps of this process and dies at the one chosen."""

    def __init__(self, fatal: int) -> None:
        self._left = fatal

    def step(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """From here on every statement and commit of the driver is a step."""
        for owner, name in (
            (psycopg.Cursor, "execute"),
            (psycopg.Cursor, "executemany"),
            (psycopg.Cursor, "copy"),
            (psycopg.Connection, "commit"),
        ):
            setattr(owner, name, self._stepping(getattr(owner, name), after=name == "commit"))

    def _stepping(self, act: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
        def stepped(*given: Any, **named: Any) -> Any:
            self.step()
            done = act(*given, **named)
            if after:
                self.step()
            return done

        return stepped


class Campaign:
    """Kills until so many were killed; then lets all work be done."""

    def __init__(self, office: Office, *, kills: int, stride: int, seed: int) -> None:
        self.office = office
        self.left = kills
        self.told = {"by_step": 0, "at_random": 0, "finished": 0}
        self._stride = stride
        self._random = random.Random(seed)
        self._seconds = 0.2

    def step_by_step(self, act: Callable[[], object], *, first: int = 1) -> None:
        """Kill at step ``first``, a stride later, and so on until the work gets through."""
        fatal = first
        while self.left and self._child(act, fatal=fatal):
            self.told["by_step"] += 1
            fatal += self._stride
        self._through(act)

    def at_random(self, act: Callable[[], object]) -> None:
        """Kill at moments within the time the work takes, until it gets through."""
        while self.left:
            moment = self._random.uniform(0, 1.1 * self._seconds)
            if not self._child(act, seconds=moment):
                break
            self.told["at_random"] += 1
        self._through(act)

    def _through(self, act: Callable[[], object]) -> None:
        """Let it be done, or see that doing it again changes nothing."""
        began = time.monotonic()
        assert not self._child(act), "nobody killed it"
        self._seconds = time.monotonic() - began
        self.told["finished"] += 1

    def _child(
        self, act: Callable[[], object], *, fatal: int = 0, seconds: float | None = None
    ) -> bool:
        """Whether the child that did ``act`` was killed."""
        self.office.running.engine.dispose()
        child = os.fork()
        if child == 0:
            Steps(fatal).watch()
            act()
            os._exit(0)
        if seconds is not None:
            time.sleep(seconds)
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            self.left -= 1
            return True
        assert os.WEXITSTATUS(status) == 0, "a child ended by itself with an error"
        return False


def checks(records: list[ClaimRecord]) -> Iterator[bytes]:
    """An 835 for every few claims: one paid with a share of the patient's, the last denied."""
    for place in range(0, len(records), CLAIMS_A_CHECK):
        *most, last = records[place : place + CLAIMS_A_CHECK]
        payments = [paid(one, patient_cents=500) for one in most]
        payments.append(denied(last) if place % 4 else paid(last, contract_cents=300))
        number = place // CLAIMS_A_CHECK + 1
        one = check(*payments, trace=f"TRACE{number}", control=f"{number:04d}")
        yield era(one, control=number)


def main(home: str, *given: str) -> None:
    """``given``: the addresses and the key of the database, how many kills, the stride, a seed."""
    *urls, kills, stride, seed = given
    names = DatabaseUrls.__struct_fields__
    running = Runtime(
        Settings(home=Path(home)), DatabaseUrls(**dict(zip(names, urls, strict=True)))
    )
    office = Office(running)
    office.take(made(CLAIMS))
    campaign = Campaign(office, kills=int(kills), stride=int(stride), seed=int(seed))
    campaign.step_by_step(lambda: office.cycle.prepare())
    campaign.step_by_step(lambda: office.cycle.file())
    inbound = running.settings.exchange / office.practice.slug / "inbound"
    inbound.mkdir(parents=True, exist_ok=True)
    files = list(checks(office.records()))
    half = campaign.left // 2
    turn = 0
    # When all are posted they come again: a replay that is killed must change nothing either.
    while campaign.left or turn < len(files):
        data = files[turn % len(files)]
        (inbound / f"{turn:05d}.835").write_bytes(data)
        if campaign.left > half:
            campaign.step_by_step(lambda: office.cycle.receive_waiting(), first=1 + turn % 3)
        else:
            campaign.at_random(lambda: office.cycle.receive_waiting())
        turn += 1
    running.close()
    print(json.dumps({**campaign.told, "paid_files": len(files), "files_taken": turn}))


if __name__ == "__main__":
    main(*sys.argv[1:])
