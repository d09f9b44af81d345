"""Modifiers of the advance beneficiary notice (professional-scrub.md PS-074; CPM ch. 30 s. 50)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.claims.claim import ServiceLine
from core.rules.case import Case
from core.scrub.finding import Flag

Lines = Sequence[ServiceLine]

_NOTICE = frozenset({"GA", "GZ", "GX"})


def notice_modifiers(case: Case, lines: Lines) -> Iterator[Flag]:
    """GA, GZ, GX and GY agree with each other and with the notice on file."""
    for line in lines:
        given = line.modifiers
        if given and not _NOTICE.isdisjoint(given) and (found := _fault(case, given)):
            message, suggestion = found
            yield Flag(line_no=line.line_no, message=message, suggestion=suggestion)


def _fault(case: Case, given: Sequence[str]) -> tuple[str, str] | None:
    on_file = case.facts.abn_on_file
    if "GA" in given:
        for other in ("GZ", "GY", "GX"):
            if other in given:
                return f"GA and {other} contradict each other", _KEEP
        if on_file is False:
            return "GA says that a signed notice is on file; none is", "Use GZ, or get the notice"
    elif "GZ" in given:
        if "GX" in given:
            return "GZ and GX contradict each other", _KEEP
        if on_file:
            return "GZ says that there is no notice; a signed one is on file", "Use GA"
    elif "GY" not in given:
        return "GX is a voluntary notice and goes with GY", "Add GY, or use GA"
    elif on_file is False:
        return "GX says that a notice was given; none is on file", "Take off GX"
    return None


_KEEP = "Keep the one that is true"
