"""Where the author's own code broke: what an installation never tells, the author has to know.

An error's text may name a patient, so the product keeps it to itself. In the workshop everybody is
invented and the code is its reader's own: it is run once more, outside the fences, in a process
that ends with the round, and the place and the text are told.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from datetime import date
from importlib import import_module
from pathlib import Path

from core.claims.claim import Claim
from core.errors import ClaimwrightError
from core.rules.facts import NO_FACTS
from core.rules.rulebook import RuleBook
from core.scrub.engine import case_of, in_force
from plugins.host import EnabledPlugin, PluginHost
from plugins.project import PluginProject


def why_not_loaded(project: PluginProject) -> str:
    """Where and how it breaks when it is imported and asked; empty when it does not break here."""
    return _broken(project, lambda: _book(project))


def why_rule_broke(project: PluginProject, rule: str, claim: Claim, day: date) -> str:
    """Where and how ``rule`` breaks on ``claim``; empty when it does not break here."""

    def ask() -> None:
        book = _book(project)
        (looker,) = (one for one in book.lookers if one.rule.id == rule)
        case = case_of(claim, book, NO_FACTS, day)
        lines = [line for line in claim.lines if looker.touches.takes_code(line.code)]
        tuple(looker.check(case, in_force(looker, case, lines)))

    return _broken(project, ask)


def _book(project: PluginProject) -> RuleBook:
    if str(project.source) not in sys.path:
        sys.path.insert(0, str(project.source))
    host = PluginHost(modules=(import_module(project.module),))
    return host.build_rule_book([EnabledPlugin(name=project.name)])


def _broken(project: PluginProject, act: Callable[[], object]) -> str:
    try:
        act()
    except Exception as error:
        return _told(_first(error), project.source)
    return ""


def _first(error: BaseException) -> BaseException:
    """What the author's code raised, below what we made of it."""
    while isinstance(error, ClaimwrightError) and error.__context__ is not None:
        error = error.__context__
    return error


def _told(error: BaseException, source: Path) -> str:
    said = "".join(traceback.format_exception_only(error)).strip()
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(source)
    ]
    if not own:
        return said
    place = Path(own[-1].filename).relative_to(source).as_posix()
    return f"{place}, line {own[-1].lineno}: {said}"
