"""Rules that are asked somewhere else, in batches: what the engine knows of them.

A partner's rule runs in a process of its own. The engine hands over all questions of a batch at
once, runs the rules at hand meanwhile, and takes the answers. A rule at hand pays nothing for this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from core.claims.claim import Claim
from core.rules.case import Case
from core.scrub.finding import Flag


class Question(msgspec.Struct, frozen=True, gc=False):
    """One rule asked of one case. ``check`` is the rule's own; ``lines`` are positions of the lines
    it sees, None meaning all of them.
    """

    check: object
    case: Case
    lines: tuple[int, ...] | None


class Broke(msgspec.Struct, frozen=True):
    """A rule did not answer. ``words`` end the sentence that blames it, and name no patient.

    ``holds``: whether the claim stays here for it; a gate always holds.
    """

    words: str
    holds: bool = True


Answer = Sequence[Flag] | Broke


class Pending(Protocol):
    def answers(self) -> Sequence[Answer]:
        """One answer a question, in order; waits for them. To be called once."""


class Elsewhere(Protocol):
    @property
    def name(self) -> str:
        """Several are always begun in the order of their names, so that none waits in a ring."""

    def withholds(self, claim: Claim) -> bool:
        """Whether ``claim`` is kept from them: then they are not to be asked."""

    def begin(self, questions: Sequence[Question]) -> Pending:
        """Hand over the questions. Never raises: what goes wrong is an answer."""
