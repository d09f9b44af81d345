"""The first thing every entry point does: make sure that what it imports is ours.

Our packages have plain names (``core``, ``plugins``, ``tenants``, ``audit``, ``api``) that another
distribution, or a folder in the working directory, may have too. Python takes whichever comes first
and says nothing; this does. Standard library only, and imported before anything else of ours.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

PACKAGES = ("core", "plugins", "tenants", "audit", "api")

_HOME = Path(__file__).resolve().parent.parent


def strangers() -> list[str]:
    """Sentences about each of our packages that resolves to somebody else's folder."""
    found = []
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        where = Path(spec.origin).resolve().parent if spec and spec.origin else None
        if where != _HOME / name:
            found.append(
                f"the package {name} is taken by another one at {where}; install Claimwright in an "
                "environment of its own, and start it outside that folder"
            )
    return found


def check() -> None:
    """End the program with status 2 when a package of ours is shadowed."""
    found = strangers()
    if found:
        for sentence in found:
            sys.stderr.write(f"claimwright: {sentence}\n")
        raise SystemExit(2)
