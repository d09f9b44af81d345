"""What the facts of a professional claim support, line by line (scrub document v1, section 8).

The same functions decide in the edits: what is suggested and what is checked are one thing.
"""

from __future__ import annotations

from datetime import date

from core.claims.claim import ServiceLine
from core.claims.parties import PayerKind
from core.coding.time_units import (
    MIDPOINT,
    anesthesia_time_units,
    documented_minutes,
    prolonged_units,
    units_by,
)
from core.dates import Window
from core.rules.case import Case
from core.rules.derivation import Derivation, Derived, ResultPart, Word
from core.rules.rule import Layer
from core.scrub.anesthesia_edits import is_timed_anesthesia
from core.scrub.diagnosis_edits import preventive_code
from core.scrub.new_patient import EQUIVALENTS, ESTABLISHED, category
from core.scrub.own_tables import family, rows, window_of
from core.scrub.platform_rows import PROFESSIONAL, VERSION
from core.scrub.professional_prices import anesthesia_minutes_of, as_tenths, priced_lines
from core.scrub.therapy_edits import TIMED_CODES, timed_groups

_QUARTER_HOUR = family("quarter_hour")


def _prolonged() -> dict[tuple[str, bool], tuple[str, int, int, Window]]:
    return {
        (row["base"], row["medicare"] == "yes"): (
            row["add_on"],
            int(row["minutes_base"]),
            int(row["minutes_first"]),
            window_of(row),
        )
        for row in rows("prolonged_services.csv")
    }


_PROLONGED = _prolonged()
"""By base code and whether Medicare pays: the add-on code, its minutes, its days."""

_PROLONGED_CODES = frozenset(code for code, *_ in _PROLONGED.values())


def supported(case: Case) -> Derived | None:
    """Units, codes and categories that follow from time, payer, age or history."""
    lines: dict[int, dict[str, Word]] = {}
    total = _therapy(case, lines)
    for line in case.claim.lines:
        day = line.service_from or case.day
        said = lines.setdefault(line.line_no, {})
        if is_timed_anesthesia(line.code):
            minutes = anesthesia_minutes_of(line)
            if minutes is not None and minutes >= 0:
                said["time_units"] = as_tenths(anesthesia_time_units(minutes))
        elif line.code in _PROLONGED_CODES:
            said.update(_prolonged_service(case, line, day))
        elif _QUARTER_HOUR.holds(line.code, day) and line.code not in TIMED_CODES:
            said.update(_quarter_hours(case, line))
        else:
            said.update(_visit(case, line))
    found = {no: said for no, said in lines.items() if said}
    if not found and total is None:
        return None
    return Derived(lines=found, claim={} if total is None else {"total_timed_units": total})


def _therapy(case: Case, lines: dict[int, dict[str, Word]]) -> int | None:
    groups = timed_groups(case, case.claim.lines)
    for group in groups:
        for line, units in zip(group.lines, group.units, strict=True):
            lines.setdefault(line.line_no, {})["units"] = units
    return sum(sum(group.units) for group in groups) if groups else None


def _quarter_hours(case: Case, line: ServiceLine) -> dict[str, Word]:
    minutes = documented_minutes(line)
    if minutes is None:
        return {}
    method = case.policy_on(line).text("timed_unit_method") or MIDPOINT
    return {"units": units_by(method, [minutes])[0]}


def _prolonged_service(case: Case, line: ServiceLine, day: date | None) -> dict[str, Word]:
    """Units beyond the office visit, whose line has the minutes of the whole family."""
    medicare = case.claim.payer.kind is PayerKind.MEDICARE
    for base in case.claim.lines:
        rule = _PROLONGED.get((base.code, medicare))
        minutes = documented_minutes(base)
        if rule is None or minutes is None or day is None or case.day_of(base) != day:
            continue
        code, minutes_base, minutes_first, window = rule
        if day not in window or case.rendering_npi(base) != case.rendering_npi(line):
            continue
        units = prolonged_units(minutes, minutes_base, minutes_first)
        return {"code": code if units else None, "units": units}
    return {}


def _visit(case: Case, line: ServiceLine) -> dict[str, Word]:
    """New or established, and the code that age and history leave of the one that is billed."""
    said: dict[str, Word] = {}
    known = category(case, line)
    code = preventive_code(case, line)
    if known:
        said["category"] = known
    if known == ESTABLISHED:
        code = EQUIVALENTS.get(code or line.code, code)
    if code:
        said["code"] = code
    return said


def _pricing(case: Case) -> Derived | None:
    lines = priced_lines(case)
    return Derived(lines=lines) if lines else None


DERIVATIONS = (
    Derivation(
        id="PS-SUPPORTED",
        title="What time, payer, age and history support",
        source="professional-scrub.md s.5, s.6",
        version=VERSION,
        layer=Layer.PLATFORM,
        touches=PROFESSIONAL,
        derive=supported,
    ),
    Derivation(
        id="PS-PRICES",
        title="What the payer allows and pays, where its fees are known",
        source="professional-scrub.md s.6, s.7; CMS Pub 100-04 ch. 12",
        version=VERSION,
        layer=Layer.PLATFORM,
        touches=PROFESSIONAL,
        part=ResultPart.PRICING,
        derive=_pricing,
    ),
)
"""Asked on every 837P, before those of the specialties, whose word then holds."""
