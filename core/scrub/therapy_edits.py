"""Therapy: units from minutes, discipline, the year's amount (PS-063 to PS-065)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from core import money
from core.claims.claim import ServiceLine
from core.claims.parties import PayerKind
from core.coding.time_units import CMS_8_MINUTES, MIDPOINT, documented_minutes, units_by
from core.rules.case import Case
from core.scrub.finding import Fix, Flag, Severity
from core.scrub.own_tables import rows
from core.scrub.professional_prices import allowed_amount

Lines = Sequence[ServiceLine]

DISCIPLINES = frozenset({"GP", "GO", "GN"})
"""Modifiers of the plan of care: physical, occupational, speech therapy."""

_DISCIPLINE_OF = {row["credential"]: row["modifier"] for row in rows("therapy_disciplines.csv")}
_CODES = rows("therapy_codes.csv")
THERAPY_CODES = tuple(row["code"] for row in _CODES)
"""Codes that are always or sometimes therapy."""

_ALWAYS = frozenset(row["code"] for row in _CODES if row["use"] == "always")
TIMED_CODES = frozenset(row["code"] for row in _CODES if row["timing"] == "timed")
"""Therapy codes whose units follow from minutes."""
_AMOUNTS = {
    int(row["year"]): (money.cents(row["threshold"]), money.cents(row["review"]))
    for row in rows("therapy_thresholds.csv")
}
_BASE_OF = {"97130": "97129"}
"""Add-on codes of quarter hours, and the code whose line has the minutes of both."""

_ATTESTED = "KX"
_OCCUPATIONAL = "GO"


class TimedGroup(NamedTuple):
    """Timed therapy of one day, provider and discipline: what the minutes support, by line."""

    lines: tuple[ServiceLine, ...]
    units: tuple[int, ...]
    method: str


def timed_groups(case: Case, lines: Lines) -> list[TimedGroup]:
    """The timed therapy lines with the units their minutes support.

    Under the 8-minute rule all minutes of the group count together, so that a line without minutes
    leaves the whole group without opinion; else only itself. The minutes of a base code are those
    of its add-on code too.
    """
    together: dict[tuple[date | None, str, str], list[ServiceLine]] = {}
    for line in lines:
        if line.code in TIMED_CODES and line.unit_basis == "UN":
            key = (case.day_of(line), case.rendering_npi(line), discipline(case, line))
            together.setdefault(key, []).append(line)
    found = []
    for mine in together.values():
        method = case.policy_on(mine[0]).text("timed_unit_method") or MIDPOINT
        minutes = _minutes_of(mine)
        known = [line for line in mine if line.line_no in minutes]
        if not known or (method == CMS_8_MINUTES and len(known) < len(mine)):
            continue
        units = list(units_by(method, [minutes[line.line_no] for line in known]))
        _share_with_add_on(known, units)
        found.append(TimedGroup(tuple(known), tuple(units), method))
    return found


def _minutes_of(lines: Sequence[ServiceLine]) -> dict[int, int]:
    """Documented minutes by line number; an add-on line has its own in those of its base line."""
    found = {}
    bases = {line.code for line in lines if documented_minutes(line) is not None}
    for line in lines:
        minutes = documented_minutes(line)
        if _BASE_OF.get(line.code) in bases:
            minutes = 0
        if minutes is not None:
            found[line.line_no] = minutes
    return found


def _share_with_add_on(lines: Sequence[ServiceLine], units: list[int]) -> None:
    """A base code has one unit; its further units are those of its add-on code."""
    for at, line in enumerate(lines):
        base = _BASE_OF.get(line.code)
        for place, other in enumerate(lines):
            if other.code == base and units[place] > 1:
                units[at] += units[place] - 1
                units[place] = 1


def units_above_minutes(case: Case, lines: Lines) -> Iterator[Flag]:
    """The timed units of a day are no more than its minutes support."""
    for group in timed_groups(case, lines):
        if not case.policy_on(group.lines[0]).states("timed_unit_method"):
            continue
        over = [
            (line, right)
            for line, right in zip(group.lines, group.units, strict=True)
            if line.units > right
        ]
        if group.method == CMS_8_MINUTES:
            if sum(line.units for line in group.lines) <= sum(group.units):
                continue
            over = over[-1:]
        for line, right in over:
            yield Flag(
                line_no=line.line_no,
                message=f"The documented minutes support {right} units of {line.code} "
                f"({sum(group.units)} timed units in all), {line.units.normalize():f} are billed",
                suggestion=f"Bill {right} units" if right else "Take the line off",
                fix=Fix(field="units", value=str(right), line_no=line.line_no)
                if right
                else Fix(field="line", value="", line_no=line.line_no),
            )


def discipline(case: Case, line: ServiceLine) -> str:
    """GP, GO or GN: the line's modifier, else the therapist's credential; empty when unknown."""
    for one in line.modifiers:
        if one in DISCIPLINES:
            return one
    return _DISCIPLINE_OF.get(case.credential_of(line), "")


def discipline_modifier(case: Case, lines: Lines) -> Iterator[Flag]:
    """Therapy names its discipline once, and as the therapist's credential says."""
    for line in lines:
        given = [one for one in line.modifiers if one in DISCIPLINES]
        right = _DISCIPLINE_OF.get(case.credential_of(line), "")
        if not given:
            if line.code not in _ALWAYS:
                continue
            message = f"{line.code} is always therapy and needs GP, GO or GN"
        elif len(given) > 1:
            message = "Only one of GP, GO and GN may be on a line"
        elif right and given[0] != right:
            message = f"{given[0]} is not the discipline of a {case.credential_of(line)}"
        else:
            continue
        kept = [one for one in line.modifiers if one not in DISCIPLINES]
        fix = Fix(field="modifiers", value=" ".join((right, *kept)), line_no=line.line_no)
        yield Flag(
            line_no=line.line_no,
            message=message,
            suggestion=f"Use {right}" if right else "Use the modifier of the plan of care",
            fix=fix if right else None,
        )


def above_yearly_amount(case: Case, lines: Lines) -> Iterator[Flag]:
    """Above the year's amount the line says by KX that therapy stays necessary."""
    used = case.facts.accumulators
    day = case.day
    if used is None or day is None or case.claim.payer.kind is not PayerKind.MEDICARE:
        return
    amounts = _AMOUNTS.get(day.year)
    if amounts is None:
        return
    threshold, review = amounts
    totals = {name: used[name] for name in ("therapy_pt_slp", "therapy_ot") if name in used}
    for line in sorted(lines, key=lambda line: case.day_of(line) or day):
        on = case.day_of(line)
        own = discipline(case, line)
        name = "therapy_ot" if own == _OCCUPATIONAL else "therapy_pt_slp"
        therapy = line.code in _ALWAYS or not DISCIPLINES.isdisjoint(line.modifiers)
        if not own or name not in totals or not therapy or on is None or on.year != day.year:
            continue
        # A stored claim was priced when it was made; a document brings its fees.
        allowed = line.expected_cents
        if allowed is None:
            allowed = allowed_amount(case, line)
        totals[name] += line.charge_cents if allowed is None else allowed
        row = f"therapy amounts {day.year} {money.plain(threshold)}"
        if _ATTESTED not in line.modifiers and totals[name] > threshold:
            yield Flag(
                line_no=line.line_no,
                message=f"With this line therapy goes above the year's {money.dollars(threshold)}",
                suggestion="Add KX if the record shows that therapy stays necessary",
                fix=Fix(
                    field="modifiers",
                    value=" ".join((*line.modifiers, _ATTESTED)),
                    line_no=line.line_no,
                ),
                table_row=row,
            )
        elif totals[name] > review:
            yield Flag(
                line_no=line.line_no,
                severity=Severity.WARN,
                message=f"With this line therapy goes above {money.dollars(review)}; the claim may "
                "be chosen for review",
                suggestion="Keep the record ready",
                table_row=row,
            )
