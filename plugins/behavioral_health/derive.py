"""What the facts of a behavioral health claim support, line by line, right or wrong.

Each room says it with the function its edits compare the claim by.
"""

from __future__ import annotations

from plugins import Case, Derivation, Derived, Form, HistoryNeed, Needs, Touches, Word
from plugins.behavioral_health import (
    adaptive,
    courses,
    credential_edits,
    monthly,
    opioid,
    pairs,
    programs,
    screening,
    sessions,
    testing,
)

_ROOMS = (
    sessions,
    pairs,
    testing,
    adaptive,
    courses,
    monthly,
    screening,
    opioid,
    programs,
    credential_edits,
)


_LOOK_BACK_DAYS = 366
"""A course, an episode of monthly care: no room looks back further."""


def supported(case: Case) -> Derived | None:
    """Codes, units and modifiers that follow from time, company, payer and history."""
    lines: dict[int, dict[str, Word]] = {}
    for line in case.claim.lines:
        said: dict[str, Word] = {}
        for room in _ROOMS:
            said |= room.supported(case, line)
        if said:
            lines[line.line_no] = said
    return Derived(lines=lines) if lines else None


DERIVATIONS = (
    Derivation(
        id="BH-S01",
        title="What time, company, payer and history support",
        source="behavioral-health.md s.1, s.3",
        derive=supported,
        touches=Touches(forms=(Form.PROFESSIONAL,)),
        needs=Needs(history=(HistoryNeed(look_back_days=_LOOK_BACK_DAYS),)),
    ),
)
