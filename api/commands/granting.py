"""``--grant``: which kinds of facts a practice agrees to show a plugin."""

from __future__ import annotations

import argparse

from core.errors import InputError

_SEES = "what the practice agrees to let it see, such as demographics,clinical"


def add_grant(parser: argparse.ArgumentParser) -> None:
    """The option itself."""
    parser.add_argument("--grant", default="", metavar="A,B", help=_SEES)


def granted(given: argparse.Namespace) -> tuple[str, ...]:
    """What it names; ``InputError`` for a kind there is none of."""
    from core.rules.sees import Sees

    names = tuple(given.grant.replace(",", " ").split())
    known = [one.value for one in Sees]
    if set(names) - set(known):
        raise InputError(f"--grant names kinds of facts: {', '.join(known)}")
    return names
