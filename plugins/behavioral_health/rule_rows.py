"""Short ways to state an edit of this specialty: one row a rule."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import Any

from plugins import (
    Case,
    Check,
    ClaimEdit,
    Flag,
    Form,
    ServiceLine,
    Severity,
    Touches,
    is_in_use,
)

SHEET = "behavioral-health.md s.3"
DENY, WARN, REJECT = Severity.DENY, Severity.WARN, Severity.REJECT


def edit(
    rule: str,
    title: str,
    check: Check,
    *,
    codes: Collection[str] = (),
    severity: Severity = DENY,
    source: str = SHEET,
    **more: Any,
) -> ClaimEdit:
    """An edit of professional claims. A code that is dead that day gets no further finding."""
    touches = more.pop("touches", None)
    return ClaimEdit(
        id=rule,
        title=title,
        source=source if SHEET in source or ".md" in source else f"{source}; {SHEET}",
        severity=severity,
        check=partial(of_living_codes, check),
        touches=touches or Touches(codes=tuple(sorted(codes)), forms=(Form.PROFESSIONAL,)),
        **more,
    )


def of_living_codes(check: Check, case: Case, lines: Sequence[ServiceLine]) -> Iterable[Flag]:
    """``check`` on the lines whose code is in use on their day (PS-031 speaks of the others)."""
    living = [line for line in lines if is_in_use(line.code, case.day_of(line))]
    return check(case, living) if living else ()
