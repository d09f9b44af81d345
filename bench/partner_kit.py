"""How long a partner waits: a new package to green tests, and ``plugin check``, beside bare starts.

    python bench/partner_kit.py [--quick]

Processes of their own, as a partner starts them; nothing is warm but the files.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from api.partner_kit.new import SPECIALTIES
from bench.figures import Figure
from core.rules.rulebook import compile_rule_book
from plugins import behavioral_health
from plugins.conformance.asking import answers
from plugins.conformance.code import code_of
from plugins.conformance.hostile import samples
from plugins.host import EnabledPlugin, default_host

ROOT = Path(__file__).resolve().parent.parent
NEW_FLOOR_S = 30
CHECK_FLOOR_S = 20


class Took(NamedTuple):
    """By the wall clock, and of the processors: on a busy machine the two lie far apart."""

    wall_s: float
    machine_s: float

    def and_then(self, other: Took) -> Took:
        """Both, one after the other."""
        return Took(self.wall_s + other.wall_s, self.machine_s + other.machine_s)


def _machine_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _run(*arguments: str) -> Took:
    """How long one command took; it must end well."""
    began, used = time.perf_counter(), _machine_seconds()
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=tempfile.gettempdir(),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Took(time.perf_counter() - began, _machine_seconds() - used)


def _command(*arguments: str) -> Took:
    return _run("-m", "api.cli", "plugin", *arguments)


def _new_to_green(specialty: str, folder: Path) -> tuple[Took, Took]:
    """Writing a package and running its tests; then checking it."""
    name = f"bench_{specialty}"
    written = _command("new", name, "--specialty", specialty, "--folder", str(folder))
    green = written.and_then(_command("test", str(folder / name)))
    return green, _command("check", str(folder / name))


def _answers_a_second() -> float:
    """How many questions to rules are asked a second, in this process."""
    code = code_of(behavioral_health)
    stated = default_host().rule_set(EnabledPlugin(name="behavioral_health"))
    book = compile_rule_book([stated])
    some = samples(code.words())
    began = time.perf_counter()
    asked = len(answers(book, some, code))
    return asked / (time.perf_counter() - began)


def measure(quick: bool = False) -> list[Figure]:
    """New, test and check; a bare interpreter and a bare import of the host beside them."""
    specialties = ("vision",) if quick else tuple(SPECIALTIES)
    built_in = ("behavioral_health",) if quick else (
        "behavioral_health", "dental", "home_health", "telehealth",
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="claimwright-bench-") as folder:
        both = [_new_to_green(one, Path(folder)) for one in specialties]
    checked = [_command("check", one) for one in built_in]
    return [
        _figure("plugin new to green tests, slowest", [green for green, _ in both], NEW_FLOOR_S),
        _figure("plugin check, a new package, slowest", [one for _, one in both], CHECK_FLOOR_S),
        _figure("plugin check, a built-in specialty, slowest", checked, CHECK_FLOOR_S),
        Figure(name="  a bare interpreter", seen=_run("-c", "pass").wall_s, unit="s"),
        Figure(
            name="  importing the host", seen=_run("-c", "import plugins.host").wall_s, unit="s"
        ),
        Figure(name="  questions to rules, one process", seen=_answers_a_second(), unit="/s"),
    ]


def _figure(name: str, took: list[Took], floor_s: int) -> Figure:
    """The slowest; what is promised is machine time, and the wall clock stands beside it."""
    slowest = max(took, key=lambda one: one.machine_s)
    return Figure(
        name=name,
        seen=slowest.machine_s,
        unit="s",
        floor=floor_s,
        at_most=True,
        note=f"machine time; {slowest.wall_s:.1f} s by the wall clock",
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true")
    for figure in measure(parser.parse_args().quick):
        print(figure.line())


if __name__ == "__main__":
    main()
