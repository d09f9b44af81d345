"""``claimwright plugin test`` and ``plugin dev``: what a partner works with every day."""

from __future__ import annotations

import argparse
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from api.commands.output import DONE, FAILED, PROBLEMS, problem
from core.errors import SetupError

_HERE = Path()


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


def run_test(given: argparse.Namespace) -> int:
    from plugins.project import read_project

    project = read_project(given.path)
    try:
        import pytest

        from plugins import pytest_plugin
    except ModuleNotFoundError as missing:
        if missing.name != "pytest":
            raise
        raise SetupError("pytest is not installed: pip install 'claimwright[partner]'") from None
    arguments = [
        f"--rootdir={project.folder}",
        # Its own settings for pytest, whatever stands in the folders above.
        f"--config-file={project.folder / 'pyproject.toml'}",
        "-p",
        "no:cacheprovider",
        str(project.folder),
    ]
    arguments += ["-k", given.k] if given.k else []
    arguments += ["-x"] if given.x else []
    arguments += ["--update-golden"] if given.update_golden else []
    arguments += ["--no-contract"] if given.no_contract else []
    # Installed, pytest has found it already.
    known = metadata.entry_points(group="pytest11", name="claimwright")
    sys.dont_write_bytecode = True
    ended = pytest.main(arguments, plugins=[] if known else [pytest_plugin])
    if ended is pytest.ExitCode.OK:
        return DONE
    if ended is pytest.ExitCode.NO_TESTS_COLLECTED:
        problem("there are no tests yet: write some in the folder tests")
        return PROBLEMS
    return PROBLEMS if ended is pytest.ExitCode.TESTS_FAILED else FAILED
