"""``plugin new|keygen|...``: what partners write, check and hand over plugins with.

None of it needs a database, except where a practice is named.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from api.commands.output import DONE, json_line, line


def add(actions: Any) -> None:
    """The actions of the kit, below ``plugin``."""
    _add_new(actions)


def _add_new(actions: Any) -> None:
    new = actions.add_parser("new", help="write a package: a rule, a fee table, tests, README, CI")
    new.add_argument("name", metavar="NAME", help="a Python name, such as eye_care")
    new.add_argument("--specialty", default="", help="what to begin with (asked for on a terminal)")
    new.add_argument("--folder", type=Path, default=Path(), help="where to (default here)")
    new.add_argument("--prefix", default="", help="how its rules begin (default from the name)")
    new.add_argument("--author", default="", help="whom a fault is reported to")
    new.add_argument("--json", action="store_true", help="JSON instead of words")
    new.set_defaults(run=run_new)


def run_new(given: argparse.Namespace) -> int:
    """Write the package and say how to go on."""
    from api.partner_kit.new import DEFAULT_SPECIALTY, NewPlugin, write_package

    specialty = given.specialty or (_asked() if _is_at_terminal(given) else DEFAULT_SPECIALTY)
    asked = NewPlugin(
        name=given.name, specialty=specialty, prefix=given.prefix, author=given.author
    )
    folder = write_package(asked, given.folder)
    if given.json:
        files = sorted(
            path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
        )
        json_line({"name": asked.name, "folder": str(folder), "files": files})
        return DONE
    line(f"{folder} is written. Go on with:")
    line(f"  cd {folder}")
    line("  python -m pytest")
    line("  claimwright plugin check .")
    return DONE


def _is_at_terminal(given: argparse.Namespace) -> bool:
    return not given.json and sys.stdin.isatty() and sys.stdout.isatty()


def _asked() -> str:
    """Which specialty to begin with, by number or name."""
    from api.partner_kit.new import DEFAULT_SPECIALTY, SPECIALTIES

    names = list(SPECIALTIES)
    for number, name in enumerate(names, 1):
        line(f"  {number}  {SPECIALTIES[name].title}")
    sys.stdout.write(f"Which specialty? [{DEFAULT_SPECIALTY}] ")
    sys.stdout.flush()
    answer = sys.stdin.readline().strip()
    if answer.isdecimal() and 1 <= int(answer) <= len(names):
        return names[int(answer) - 1]
    return answer.lower().replace(" ", "_") or DEFAULT_SPECIALTY
