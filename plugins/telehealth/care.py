"""Care management of a calendar month: minutes, add-ons, and what excludes what (TH-029)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from plugins import Case, Flag, ServiceLine, Word, documented_minutes, rows
from plugins.telehealth import codes
from plugins.telehealth.earlier import Other, by_same_person, others, same_month
from plugins.telehealth.rows import edit, history, on
from plugins.telehealth.visits import Lines


class Care(msgspec.Struct, frozen=True):
    """A base code of care management and its add-on for each further full step of minutes."""

    code: str
    minutes_least: int
    add_on: str
    minutes_step: int
    units_most: int | None

    def add_on_units(self, minutes: int) -> int:
        """Units of the add-on for the minutes of the month."""
        units = max(0, (minutes - self.minutes_least) // self.minutes_step)
        return units if self.units_most is None else min(self.units_most, units)


CARE = {
    row["code"]: Care(
        row["code"],
        int(row["minutes_least"]),
        row["add_on"],
        int(row["minutes_step"]),
        int(row["units_most"]) if row["units_most"] else None,
    )
    for row in rows(codes.PACKAGE, "care_codes.csv")
}
_BY_ADD_ON = {one.add_on: one for one in CARE.values()}
_CHRONIC = ("99490", "99491", "99487")
_ALL = (*CARE, *_BY_ADD_ON, *codes.ADVANCED_PRIMARY_CARE.codes())


def minutes_of(case: Case, line: ServiceLine, base: Care) -> int | None:
    """The month's minutes of the family, from its base line; None: not known."""
    day = case.day_of(line)
    for one in case.claim.lines:
        on_day = case.day_of(one)
        if one.code != base.code or day is None or on_day is None:
            continue
        if same_month(on_day, day) and case.rendering_npi(one) == case.rendering_npi(line):
            minutes = documented_minutes(one)
            if minutes is not None:
                return minutes
    return None


def supported(case: Case, line: ServiceLine) -> dict[str, Word]:
    """The code or units that the minutes support; nothing where they are not known."""
    base = CARE.get(line.code)
    if base is not None:
        minutes = documented_minutes(line)
        if minutes is None:
            return {}
        return {"code": line.code if minutes >= base.minutes_least else None}
    base = _BY_ADD_ON.get(line.code)
    minutes = None if base is None else minutes_of(case, line, base)
    return {} if base is None or minutes is None else {"units": base.add_on_units(minutes)}


def _care(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        fault = _time_fault(case, line) or _conflict(case, line)
        if fault is not None:
            yield fault


def _time_fault(case: Case, line: ServiceLine) -> Flag | None:
    base = CARE.get(line.code)
    if base is not None:
        minutes = documented_minutes(line)
        if minutes is None or minutes >= base.minutes_least:
            return None
        return Flag(
            line_no=line.line_no,
            carc="151",
            message=f"{line.code} needs {base.minutes_least} minutes in the month; {minutes} are "
            "documented",
            suggestion="Do not bill it",
            table_row=f"telehealth care codes {line.code}",
        )
    base = _BY_ADD_ON.get(line.code)
    minutes = None if base is None else minutes_of(case, line, base)
    if base is None or minutes is None or line.units <= base.add_on_units(minutes):
        return None
    units = base.add_on_units(minutes)
    return Flag(
        line_no=line.line_no,
        carc="151",
        message=f"{minutes} minutes in the month support {units} unit(s) of {line.code}",
        suggestion=f"Bill {units} unit(s)" if units else "Take the line off",
        table_row=f"telehealth care codes {base.code}",
    )


def _conflict(case: Case, line: ServiceLine) -> Flag | None:
    """Beside an earlier line, or a service billed before, that excludes this one this month."""
    day = case.day_of(line)
    for other in others(case, line) if day is not None else ():
        assert day is not None
        if other.line_no is not None and other.line_no > line.line_no:
            continue
        if other.is_billed and same_month(other.day, day) and _excludes(case, line, other):
            return Flag(
                line_no=line.line_no,
                message=f"{line.code} is not billed in a month with {other.code}",
                suggestion="Keep the one that the record supports best",
            )
    return None


def _excludes(case: Case, line: ServiceLine, other: Other) -> bool:
    if line.code in _CHRONIC and other.code in _CHRONIC:
        return line.code != other.code
    if not by_same_person(case, line, other):
        return False
    kinds = {_kind(line.code), _kind(other.code)}
    return "" not in kinds and len(kinds) == 2


def _kind(code: str) -> str:
    """Chronic, principal or advanced primary care: a practitioner bills one of them a month.

    Add-ons go with their base, so the base alone is compared.
    """
    if code in _CHRONIC:
        return "chronic"
    if code in CARE:
        return "principal"
    return "advanced" if codes.ADVANCED_PRIMARY_CARE.holds(code, None) else ""


EDITS = (
    edit(
        "TH-029",
        "Care management",
        _care,
        touches=on(_ALL),
        needs=history(_ALL, 31),
        carc="236",
        place="SV101-2, SV104",
    ),
)
