"""Anesthesia on a professional claim (PS-062; CMS Pub 100-04 ch. 12 s. 50)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.claims.claim import ServiceLine
from core.rules.case import Case
from core.scrub.finding import Fix, Flag
from core.scrub.own_tables import family

Lines = Sequence[ServiceLine]

PROVIDER_MODIFIERS = frozenset({"AA", "AD", "QK", "QX", "QY", "QZ"})
"""Who gave or directed the anesthesia."""

_PHYSICAL_STATUS = frozenset({"P1", "P2", "P3", "P4", "P5", "P6"})
_BY_UNIT = family("anesthesia_by_unit")
_MINUTES = "MJ"


def is_anesthesia(code: str) -> bool:
    """CPT 00100 to 01999."""
    return code[:1] == "0" and "00100" <= code <= "01999" and len(code) == 5 and code.isdecimal()


def is_timed_anesthesia(code: str) -> bool:
    """Anesthesia that is billed in minutes."""
    return is_anesthesia(code) and not _BY_UNIT.holds(code, None)


def anesthesia_minutes(case: Case, lines: Lines) -> Iterator[Flag]:
    """Anesthesia is billed in its minutes with one provider modifier; nothing else is."""
    for line in lines:
        if not is_timed_anesthesia(line.code):
            if line.unit_basis == _MINUTES:
                yield Flag(
                    line_no=line.line_no,
                    message="Only anesthesia is billed in minutes",
                    rarc="M53",
                    carc="16",
                )
        elif found := _fault(line):
            message, fix, carc = found
            yield Flag(line_no=line.line_no, message=message, fix=fix, carc=carc)


def _fault(line: ServiceLine) -> tuple[str, Fix | None, str] | None:
    minutes = line.minutes
    if line.unit_basis != _MINUTES:
        return "Anesthesia is billed in minutes (MJ)", None, "16"
    if line.units <= 0 or (minutes is not None and line.units != minutes):
        fix = Fix(field="units", value=str(minutes), line_no=line.line_no) if minutes else None
        return "Anesthesia is billed with its actual minutes", fix, "16"
    given = [one for one in line.modifiers if one in PROVIDER_MODIFIERS]
    if len(given) != 1:
        return "Anesthesia needs one of AA, AD, QK, QX, QY and QZ", None, ""
    status = [one for one in line.modifiers if one in _PHYSICAL_STATUS]
    if status and line.modifiers.index(status[0]) < line.modifiers.index(given[0]):
        ordered = [given[0], *(one for one in line.modifiers if one != given[0])]
        fix = Fix(field="modifiers", value=" ".join(ordered), line_no=line.line_no)
        return "The physical status follows the provider modifier", fix, ""
    return None
