"""``plugin test``, ``dev`` and ``build``: what a partner works with every day."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import Any

from api.commands.output import DONE, FAILED, PROBLEMS, json_line, line, problem
from core.errors import InputError, SetupError

_HERE = Path()

# By name and not by an entry point of pytest: that would have pytest rewrite the asserts of all our
# packages, in every run of every project of the same environment.
_PYTEST_PLUGIN = "plugins.pytest_plugin"


def add(actions: Any) -> None:
    """Add to the actions of ``claimwright plugin``."""
    test = actions.add_parser("test", help="run a plugin's tests, and those every plugin gets")
    test.add_argument(
        "path", nargs="?", type=Path, default=_HERE, metavar="PATH", help="its folder"
    )
    test.add_argument("-k", metavar="WORDS", help="only tests whose name has these words")
    test.add_argument("-x", action="store_true", help="stop at the first that fails")
    test.add_argument("--update-golden", action="store_true", help="write golden files anew")
    test.add_argument(
        "--no-contract", action="store_true", help="leave out the tests every plugin gets"
    )
    test.set_defaults(run=run_test)
    _add_dev(actions)
    build = actions.add_parser("build", help="make the wheel that a practice installs")
    build.add_argument("path", nargs="?", type=Path, default=_HERE, metavar="PATH", help="folder")
    build.add_argument(
        "--to", type=Path, metavar="DIR", help="where the wheel goes (default: dist in the folder)"
    )
    build.add_argument("--json", action="store_true", help="JSON instead of words")
    build.set_defaults(run=run_build)


def _add_dev(actions: Any) -> None:
    dev = actions.add_parser(
        "dev", help="three invented practices judge a plugin each time it is saved"
    )
    dev.add_argument("path", nargs="?", type=Path, default=_HERE, metavar="PATH", help="folder")
    dev.add_argument(
        "--home", type=Path, metavar="DIR", help="keep the practices here (default: they go)"
    )
    dev.add_argument("--port", type=int, default=8000, help="where the pages are served")
    dev.add_argument("--today", type=_day, metavar="DAY", help="judge as on this day")
    dev.add_argument("--seed", type=int, default=1, help="other seed, other visits (default 1)")
    dev.add_argument(
        "--payers",
        choices=("mix", "pay", "deny", "reject", "take-back"),
        default="mix",
        help="what payers do with what was sent (default mix)",
    )
    dev.add_argument("--once", action="store_true", help="one round, then end")
    dev.add_argument("--json", action="store_true", help="one JSON object a round")
    dev.set_defaults(run=run_dev)


def _day(text: str) -> date:
    from core.dates import parse_day

    try:
        return parse_day(text)
    except InputError as fault:
        raise argparse.ArgumentTypeError(fault.message) from None


def run_test(given: argparse.Namespace) -> int:
    from plugins.project import read_project

    project = read_project(given.path)
    try:
        import pytest
    except ModuleNotFoundError:
        raise SetupError("pytest is not installed: pip install 'claimwright[partner]'") from None
    arguments = [
        f"--rootdir={project.folder}",
        # Its own settings for pytest, whatever stands in the folders above.
        f"--config-file={project.folder / 'pyproject.toml'}",
        "-p",
        _PYTEST_PLUGIN,
        "-p",
        "no:cacheprovider",
        str(project.folder),
    ]
    arguments += ["-k", given.k] if given.k else []
    arguments += ["-x"] if given.x else []
    arguments += ["--update-golden"] if given.update_golden else []
    arguments += ["--no-contract"] if given.no_contract else []
    sys.dont_write_bytecode = True
    ended = pytest.main(arguments)
    if ended is pytest.ExitCode.OK:
        return DONE
    if ended is pytest.ExitCode.NO_TESTS_COLLECTED:
        problem("there are no tests yet: write some in the folder tests")
        return PROBLEMS
    return PROBLEMS if ended is pytest.ExitCode.TESTS_FAILED else FAILED


def run_dev(given: argparse.Namespace) -> int:
    from api.workshop.bench import Wish, run

    told = run(
        Wish(
            path=given.path,
            home=given.home,
            port=given.port,
            day=given.today or date.today(),  # noqa: DTZ011 - the calendar of whoever looks
            seed=given.seed,
            payers=given.payers,
            once=given.once,
            as_json=given.json,
        )
    )
    return PROBLEMS if told.fault or told.failed else DONE


def run_build(given: argparse.Namespace) -> int:
    from api.plugin_packing import pack
    from plugins.project import read_project

    project = read_project(given.path)
    wheel = pack(project, given.to or project.folder / "dist")
    if given.json:
        json_line({"name": project.name, "version": project.version, "wheel": str(wheel)})
    else:
        line(str(wheel))
    return DONE
