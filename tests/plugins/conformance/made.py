"""Plugins written to a folder as a partner writes them, so that faults have a file and a line."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import util
from itertools import count
from pathlib import Path
from types import ModuleType

from plugins.conformance.contract import Bench, Contract, contract
from plugins.conformance.fault import Fault

HEAD = '''\
"""Sight, invented."""
from datetime import date, datetime
from decimal import Decimal
import msgspec
from plugins import *
from plugins import hook, Case, ClaimEdit, CodingRule, Fee, FeeSchedule, Flag, Layer, Manifest
from plugins import Needs, PricingStep, Proposal, RecordType, Sees, Severity, Touches, Window, Gate

'''
MANIFEST = """\
MANIFEST = Manifest(
    name="sight", version="1.2.0", contract=1, title="Sight", prefixes=("SGT",), sees=(),
    author="Sight Ltd",
)
"""
EDIT = """\
def edit(id="SGT-1", check=lambda case, lines: (), **more):
    given = dict(title="Rule", source="invented vision manual, p. 3", severity=Severity.DENY)
    return ClaimEdit(id=id, check=check, **{**given, **more})


"""


def source(body: str, manifest: str = MANIFEST) -> str:
    """A whole module."""
    return HEAD + manifest + "\n\n" + EDIT + body


def rule(check: str, **more: str) -> str:
    """A module with one edit whose function is ``check``."""
    given = "".join(f", {name}={value}" for name, value in more.items())
    return source(
        f"{check}\n\n\n@hook\ndef claim_edits(settings):\n    return (edit(check=check{given}),)\n"
    )


_NUMBER = count()


@contextmanager
def imported(
    folder: Path, text: str, files: Mapping[str, str] | None = None
) -> Iterator[ModuleType]:
    """``text`` as the package ``sight``."""
    package = folder / f"made{next(_NUMBER)}" / "sight"
    package.mkdir(parents=True)
    for path, content in {"__init__.py": text, **(files or {})}.items():
        (package / path).parent.mkdir(exist_ok=True)
        (package / path).write_text(content, encoding="utf-8")
    spec = util.spec_from_file_location(
        "sight", package / "__init__.py", submodule_search_locations=[str(package)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules["sight"] = module
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        for name in [one for one in sys.modules if one.partition(".")[0] == "sight"]:
            del sys.modules[name]


def judged(folder: Path, text: str, files: Mapping[str, str] | None = None) -> Contract:
    """What the contract says of it."""
    with imported(folder, text, files) as module:
        return contract(module, Bench(claims=40))


def errors(found: Contract) -> list[Fault]:
    """Without warnings, and without what the head of these modules does for brevity."""
    return [one for one in found.faults if not one.is_warning]


def line_of(text: str, words: str) -> int:
    """The line on which ``words`` stand."""
    (line,) = [at for at, one in enumerate(text.splitlines(), 1) if words in one]
    return line
