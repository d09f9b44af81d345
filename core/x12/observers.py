"""What may watch a transaction while the check walks it.

The walk knows structure and nothing else. An observer is told of every loop that closes, with the
segments of its own body, and says what it found. It may look outwards to the loops still open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Protocol

import msgspec

from core.x12.guides import Guide
from core.x12.report import X12Error
from core.x12.syntax import Delimiters
from core.x12.walk import Frame, Node

Report = Callable[[X12Error], None]
Closed = Callable[[Frame, Sequence[Frame]], None]


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """The transaction an observer watches: its guide, its file's marks, when it was made.

    ``created`` is GS04 where that is a day: the day by which "the future" is judged.
    """

    guide: Guide
    delimiters: Delimiters
    report: Report
    created: date | None


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
