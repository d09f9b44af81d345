"""One pass over everything that waits, in every practice's folder."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from api.simulator import folders
from api.simulator.history import History
from api.simulator.practice import PracticeReport, finish_practice, has_new_file, run_practice
from api.simulator.script import DEFAULT, Script
from core.claims.parties import Value

_MARK = "run.json"


class RunReport(Value, frozen=True, kw_only=True):
    """What a run did, practice by practice; ``number`` is 0 when there was nothing to do.

    ``continued`` says that an earlier run had been cut off and was brought to its end first, with
    the seed, time and script it had begun with.
    """

    number: int = 0
    continued: bool = False
    practices: tuple[PracticeReport, ...] = ()

    @property
    def claims(self) -> int:
        return sum(one.claims for one in self.practices)

    @property
    def sent(self) -> int:
        """Files written for the product."""
        return sum(len(one.sent) for one in self.practices)

    @property
    def unreadable(self) -> tuple[tuple[str, str, str], ...]:
        """Practice, file name, reason."""
        return tuple((one.practice, *pair) for one in self.practices for pair in one.unreadable)


class _Mark(Value, frozen=True, kw_only=True):
    """The run at hand or the last one, on disk before its first step is."""

    number: int
    seed: int
    now: datetime
    script: Script
    is_open: bool


def run(directory: Path, *, seed: int, now: datetime, script: Script = DEFAULT) -> RunReport:
    """Takes every new 837, answers it, and does what earlier runs left to do.

    The decisions depend on ``seed`` and the claims alone; ``now`` dates the answers. Killed at any
    moment and called again, it ends with the same files as if it had not been. With nothing new
    and nothing due it writes nothing. Raises ``InputError`` when ``directory`` is not there and
    ``ConflictError`` while another simulator works in it.
    """
    with folders.alone(directory):
        path = directory / folders.STATE / _MARK
        last = msgspec.json.decode(path.read_bytes(), type=_Mark) if path.exists() else None
        continued: tuple[PracticeReport, ...] = ()
        if last is not None and last.is_open:
            continued = _through(directory, _histories(directory), last)
            _close(path, last)
        histories = {
            name: history
            for name, history in _histories(directory).items()
            # What the run just ended has made due waits for the next call.
            if has_new_file(directory, name, history) or (history.due and not continued)
        }
        number = last.number if last is not None else 0
        if histories:
            number += 1
            mark = _Mark(number=number, seed=seed, now=now, script=script, is_open=True)
            folders.replace(path, msgspec.json.encode(mark))
            continued += _through(directory, histories, mark)
            _close(path, mark)
    return RunReport(
        number=number if continued else 0,
        continued=last is not None and last.is_open,
        practices=continued,
    )


def _histories(directory: Path) -> dict[str, History]:
    return {name: History(directory, name) for name in folders.practices(directory)}


def _through(
    directory: Path, histories: dict[str, History], mark: _Mark
) -> tuple[PracticeReport, ...]:
    """The steps of one run; a practice whose step was committed before has only to be finished."""
    reports = []
    for practice, history in histories.items():
        if history.steps and history.run == mark.number:
            reports.append(finish_practice(directory, practice, history))
        elif history.due or has_new_file(directory, practice, history):
            report = run_practice(
                directory,
                practice,
                history,
                run=mark.number,
                seed=mark.seed,
                now=mark.now,
                script=mark.script,
            )
            reports.append(report)
    return tuple(reports)


def _close(path: Path, mark: _Mark) -> None:
    folders.replace(path, msgspec.json.encode(msgspec.structs.replace(mark, is_open=False)))
