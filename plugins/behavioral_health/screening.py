"""Screening and brief intervention for substance use (BH-034): minutes, and the payer's codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from plugins import Case, Flag, ServiceLine, Word, documented_minutes
from plugins.behavioral_health import codes, times
from plugins.behavioral_health.rule_rows import edit

Lines = Sequence[ServiceLine]

_FAMILIES = {
    "99408": "cpt", "99409": "cpt", "G0396": "g", "G0397": "g", "G2011": "g", "H0050": "h0050",
}  # fmt: skip
_SHORT = frozenset({"99408", "G0396"})
_LIKE_SHORT, _LIKE_LONG = 15, 31


def family_of(case: Case, line: ServiceLine) -> str:
    """The family of codes the payer takes; empty: it has not said."""
    return case.policy_on(line).text("sbirt")


def supported_code(case: Case, line: ServiceLine) -> str | None:
    """The code minutes and payer support; the empty text: no opinion."""
    day, minutes = case.day_of(line), documented_minutes(line)
    family = family_of(case, line) or _FAMILIES[line.code]
    if day is None:
        return ""
    if minutes is not None:
        return times.screening_code(family, minutes, day)
    return "" if family == _FAMILIES[line.code] else _like(line.code, family, day)


def _like(code: str, family: str, day: date) -> str | None:
    """The code of ``family`` for the time that ``code`` stands for."""
    if code == "G2011" or code == "H0050":
        return ""
    return times.screening_code(family, _LIKE_SHORT if code in _SHORT else _LIKE_LONG, day)


def supported(case: Case, line: ServiceLine) -> dict[str, Word]:
    """The code of the line, in the words of the result."""
    code = supported_code(case, line) if line.code in codes.SCREENING else ""
    return {} if code == "" else {"code": code}


def _screening(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        wanted, code = family_of(case, line), supported_code(case, line)
        advice = f"Bill {code}" if code else ("Take the line off" if code is None else "")
        if wanted and wanted != _FAMILIES[line.code]:
            yield Flag(
                line_no=line.line_no,
                message=f"This payer does not take {line.code} for brief intervention",
                suggestion=advice,
                carc="96",
            )
        elif code is None or (code and _is_longer(line.code, code)):
            yield Flag(
                line_no=line.line_no,
                message=f"The documented minutes do not support {line.code}",
                suggestion=advice,
            )


def _is_longer(billed: str, code: str) -> bool:
    order = ("G2011", "99408", "G0396", "H0050", "99409", "G0397")
    return order.index(billed) > order.index(code)


EDITS = (
    edit(
        "BH-034",
        "Screening and brief intervention",
        _screening,
        codes=codes.SCREENING,
        carc="151",
        source="CMS booklet on screening and brief intervention",
    ),
)
