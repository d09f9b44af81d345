"""Services by the quarter hour: adaptive behavior and Medicaid codes (BH-023)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plugins import Case, Flag, ServiceLine, Word, documented_minutes
from plugins.behavioral_health import codes, times
from plugins.behavioral_health.rule_rows import edit

Lines = Sequence[ServiceLine]


def units(case: Case, line: ServiceLine) -> int | None:
    """Units the line's minutes support by the payer's method; None: not known."""
    minutes, day = documented_minutes(line), case.day_of(line)
    window = codes.QUARTER_HOURS.get(line.code)
    if minutes is None or day is None or window is None or day not in window:
        return None
    return times.quarter_hour_units(minutes, case.policy_on(line).text("timed_unit_method"))


def supported(case: Case, line: ServiceLine) -> dict[str, Word]:
    """The units, in the words of the result."""
    found = units(case, line)
    return {} if found is None else {"units": found}


def _quarter_hours(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        found = units(case, line)
        if found is not None and line.units > found:
            yield Flag(
                line_no=line.line_no,
                message=f"{documented_minutes(line)} minutes support {found} units of {line.code}",
                suggestion=f"Bill {found}" if found else "Take the line off",
            )


EDITS = (
    edit(
        "BH-023",
        "Quarter-hour units",
        _quarter_hours,
        codes=codes.QUARTER_HOURS,
        carc="151",
        place_837="2400 SV104",
    ),
)
