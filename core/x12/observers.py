"""What watches a transaction while the check walks it: sums, code sets, situations, payer rules.

The walk knows structure and nothing else. An observer is told of every loop that closes, with the
segments of its own body, and says what it found. It may look outwards to the loops still open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Protocol

import msgspec

from core.codes.tables import CodeTables
from core.x12.guides import Guide
from core.x12.guides.situations import SITUATIONS
from core.x12.profiles import Profile
from core.x12.report import X12Error
from core.x12.syntax import Delimiters
from core.x12.walk import Frame, Node

Report = Callable[[X12Error], None]
Closed = Callable[[Frame, Sequence[Frame]], None]


class CheckOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a check is given beside the file.

    Without ``tables`` no code set is judged; ``profile`` is that of the partner it goes to or came
    from.
    """

    tables: CodeTables | None = None
    profile: Profile | None = None


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """The transaction an observer watches: its guide, its file's marks, when it was made.

    ``created`` is GS04 where that is a day: the day by which "the future" is judged.
    """

    guide: Guide
    delimiters: Delimiters
    report: Report
    created: date | None
    options: CheckOptions


class Observer(Protocol):
    """One watcher of one transaction."""

    def watch(self, node: Node) -> Closed | None:
        """What to call when a loop of this kind closes; None where nothing is to be seen.

        It is given the loop and the loops still open, outermost first (theirs to read, for now).
        ``frame.segments`` holds ``(segment number, elements)`` of the loop's own body in order;
        ``frame.counts`` how often each slot of ``frame.node`` came, loops below it included.
        """

    def finish(self) -> tuple[str, ...]:
        """The transaction ends: what could not be checked, for ``not_checked``."""


def observers(scene: Scene) -> list[Observer]:
    """The observers of a transaction."""
    # Here, since they know a scene from this module.
    from core.x12.code_check import CodeCheck
    from core.x12.situations import Situations

    rows = SITUATIONS.get(scene.guide.kind, ())
    found: list[Observer] = [Situations(scene, rows)] if rows else []
    profile = scene.options.profile
    if profile is not None and (demands := profile.rows(scene.guide)):
        found.append(Situations(scene, demands, snip=7))
    if scene.options.tables is not None:
        found.append(CodeCheck(scene, scene.options.tables))
    return found


def unwatched(kind: str, options: CheckOptions) -> tuple[str, ...]:
    """What no observer watches: no table has it, or the check was not given the means."""
    found = []
    if kind not in SITUATIONS:
        found.append(f"SNIP 4: situational rules of the {kind}")
    if options.tables is None:
        found.append("SNIP 5: code sets")
    if options.profile is None:
        found.append("SNIP 7: payer rules (no profile given)")
    return tuple(found)
