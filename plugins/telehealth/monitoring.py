"""Remote physiologic and therapeutic monitoring: days and minutes (TH-021, 022, 023, 026).

Device codes count data days of a 30-day period, management codes minutes of a calendar month; the
minutes of a family stand on its base line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import msgspec

from plugins import (
    Case,
    Flag,
    ServiceLine,
    Window,
    Word,
    documented_minutes,
    is_in_use,
    rows,
    window_of,
)
from plugins.telehealth import codes
from plugins.telehealth.earlier import others, same_month
from plugins.telehealth.records import MONITORING, Monitoring
from plugins.telehealth.rows import edit, history, on
from plugins.telehealth.visits import Lines

REVIEW = "99091"
_REVIEW_MINUTES = 30
_EPISODE = timedelta(days=365)


class Device(msgspec.Struct, frozen=True):
    """A device code: the system it monitors and the data days it stands for."""

    system: str
    code: str
    days_least: int
    days_most: int | None
    window: Window

    def fits(self, data_days: int, day: date) -> bool:
        """Whether it may be billed on ``day`` for so many days with data."""
        most = self.days_most
        return day in self.window and self.days_least <= data_days <= (most or data_days)


class Management(msgspec.Struct, frozen=True):
    """A management code: the minutes it stands for, and its add-on for each further step."""

    family: str
    code: str
    minutes_least: int
    minutes_most: int | None
    add_on: str
    minutes_step: int
    window: Window

    def fits(self, minutes: int, day: date) -> bool:
        """Whether it may be billed on ``day`` for so many minutes of the month."""
        most = self.minutes_most
        return day in self.window and self.minutes_least <= minutes <= (most or minutes)

    def add_on_units(self, minutes: int) -> int:
        """Units of its add-on: each further full step."""
        return max(0, (minutes - self.minutes_least) // self.minutes_step)


DEVICES = {
    row["code"]: Device(
        row["system"],
        row["code"],
        int(row["days_least"]),
        int(row["days_most"]) if row["days_most"] else None,
        window_of(row),
    )
    for row in rows(codes.PACKAGE, "device_codes.csv")
}
MANAGEMENT = {
    row["code"]: Management(
        row["family"],
        row["code"],
        int(row["minutes_least"]),
        int(row["minutes_most"]) if row["minutes_most"] else None,
        row["add_on"],
        int(row["minutes_step"] or 1),
        window_of(row),
    )
    for row in rows(codes.PACKAGE, "management_codes.csv")
}
_BY_ADD_ON = {one.add_on: one for one in MANAGEMENT.values() if one.add_on}
_SETUP = tuple(
    (row["code"], int(row["days_least"]), window_of(row))
    for row in rows(codes.PACKAGE, "setup_codes.csv")
)
SETUP_CODES = tuple(dict.fromkeys(code for code, _, _ in _SETUP))


def device_code(system: str, data_days: int, day: date) -> str | None:
    """The device code of ``system`` for so many days with data; None: none."""
    found = (one for one in DEVICES.values() if one.system == system and one.fits(data_days, day))
    return next((one.code for one in found), None)


def management_code(family: str, minutes: int, day: date) -> str | None:
    """The management code of ``family`` for so many minutes of a month; None: none."""
    found = (one for one in MANAGEMENT.values() if one.family == family and one.fits(minutes, day))
    return next((one.code for one in found), None)


def setup_days(code: str, day: date) -> int | None:
    """The data days a set-up code needs on ``day``."""
    return next((least for own, least, window in _SETUP if own == code and day in window), None)


def monitoring_of(case: Case) -> Monitoring:
    """The record of the monitoring; an empty one where there is none."""
    return case.once(_monitoring)


def _monitoring(case: Case) -> Monitoring:
    return case.record(MONITORING.id, Monitoring) or Monitoring()


def family_minutes(case: Case, line: ServiceLine, family: str) -> int | None:
    """The minutes of the month for ``family``, from the line or the base line it belongs to."""
    day = case.day_of(line)
    bases = [
        one
        for one in case.claim.lines
        if one.code in MANAGEMENT
        and MANAGEMENT[one.code].family == family
        and _together(case, one, line, day)
    ]
    known = [minutes for one in bases if (minutes := documented_minutes(one)) is not None]
    return max(known, default=None)


def _together(case: Case, one: ServiceLine, other: ServiceLine, day: date | None) -> bool:
    on_day = case.day_of(one)
    return (
        on_day is not None
        and day is not None
        and same_month(on_day, day)
        and case.rendering_npi(one) == case.rendering_npi(other)
    )


def supported(case: Case, line: ServiceLine) -> dict[str, Word]:
    """The code or units that data days and minutes support; nothing where they are not known."""
    day = case.day_of(line)
    if day is None:
        return {}
    facts = monitoring_of(case)
    if line.code in DEVICES:
        if facts.data_days is None:
            return {}
        return {"code": device_code(DEVICES[line.code].system, facts.data_days, day)}
    if line.code in SETUP_CODES:
        least = setup_days(line.code, day)
        if facts.data_days is None or least is None:
            return {}
        return {"code": line.code if facts.data_days >= least else None}
    if line.code in MANAGEMENT:
        return _management_supported(case, line, day)
    if line.code in _BY_ADD_ON:
        base = _BY_ADD_ON[line.code]
        minutes = family_minutes(case, line, base.family)
        return {} if minutes is None else {"units": base.add_on_units(minutes)}
    if line.code == REVIEW and (minutes := documented_minutes(line)) is not None:
        return {"code": REVIEW if minutes >= _REVIEW_MINUTES else None}
    return {}


def _management_supported(case: Case, line: ServiceLine, day: date) -> dict[str, Word]:
    if monitoring_of(case).interactive is False:
        return {"code": None}
    family = MANAGEMENT[line.code].family
    minutes = family_minutes(case, line, family)
    return {} if minutes is None else {"code": management_code(family, minutes, day)}


def _in_use(case: Case, lines: Sequence[ServiceLine]) -> Iterator[tuple[ServiceLine, date]]:
    """The lines with their day; a code that is not in use that day is spoken of elsewhere."""
    for line in lines:
        day = case.day_of(line)
        if day is not None and is_in_use(line.code, day):
            yield line, day


def _devices(case: Case, lines: Lines) -> Iterator[Flag]:
    data_days = monitoring_of(case).data_days
    for line, day in _in_use(case, lines):
        device = DEVICES.get(line.code)
        if device is None or data_days is None or device.fits(data_days, day):
            continue
        code = device_code(device.system, data_days, day)
        most = f" to {device.days_most}" if device.days_most else ""
        yield Flag(
            line_no=line.line_no,
            message=f"{line.code} stands for {device.days_least}{most} days with data in 30; "
            f"{data_days} are documented",
            suggestion=f"Bill {code}" if code else "Do not bill it",
            table_row=f"telehealth device codes {line.code}",
        )


def _managed(case: Case, lines: Lines) -> Iterator[Flag]:
    facts = monitoring_of(case)
    for line, day in _in_use(case, lines):
        if line.code in MANAGEMENT:
            if facts.interactive is False:
                yield Flag(
                    line_no=line.line_no,
                    reason="interactive",
                    message=f"{line.code} needs live communication with the patient in the month",
                    suggestion="Do not bill it",
                )
            else:
                yield from _minutes_fault(case, line, day)
        elif line.code in _BY_ADD_ON:
            yield from _units_fault(case, line)
        elif line.code == REVIEW:
            minutes = documented_minutes(line)
            if minutes is not None and minutes < _REVIEW_MINUTES:
                yield Flag(
                    line_no=line.line_no,
                    message=f"{REVIEW} needs {_REVIEW_MINUTES} minutes in 30 days; {minutes} are "
                    "documented",
                    suggestion="Do not bill it",
                )


def _minutes_fault(case: Case, line: ServiceLine, day: date) -> Iterator[Flag]:
    managed = MANAGEMENT[line.code]
    minutes = family_minutes(case, line, managed.family)
    if minutes is not None:
        code = management_code(managed.family, minutes, day)
        if not managed.fits(minutes, day):
            most = f" to {managed.minutes_most}" if managed.minutes_most else ""
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} stands for {managed.minutes_least}{most} minutes in a month; "
                f"{minutes} are documented",
                suggestion=f"Bill {code}" if code else "Do not bill it",
                table_row=f"telehealth management codes {line.code}",
            )
        return
    for other in case.claim.lines:
        other_managed = MANAGEMENT.get(other.code)
        if (
            other_managed is not None
            and other.code != line.code
            and other_managed.family == managed.family
            and other.line_no < line.line_no
            and _together(case, other, line, day)
        ):
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} and {other.code} are not billed for one month",
                suggestion="Keep the one that the minutes support",
            )
            return


def _units_fault(case: Case, line: ServiceLine) -> Iterator[Flag]:
    base = _BY_ADD_ON[line.code]
    minutes = family_minutes(case, line, base.family)
    if minutes is None:
        return
    units = base.add_on_units(minutes)
    if line.units > units:
        yield Flag(
            line_no=line.line_no,
            message=f"{minutes} minutes in the month support {units} unit(s) of {line.code}",
            suggestion=f"Bill {units} unit(s)" if units else "Take the line off",
            table_row=f"telehealth management codes {base.code}",
        )


def _therapeutic(case: Case, lines: Lines) -> Iterator[Flag]:
    yield from _devices(case, [line for line in lines if line.code in DEVICES])
    yield from _managed(case, [line for line in lines if line.code not in DEVICES])


def _setup(case: Case, lines: Lines) -> Iterator[Flag]:
    data_days = monitoring_of(case).data_days
    for line, day in _in_use(case, lines):
        least = setup_days(line.code, day)
        if data_days is not None and least is not None and data_days < least:
            yield Flag(
                line_no=line.line_no,
                carc="151",
                message=f"{line.code} needs {least} days with data; {data_days} are documented",
                suggestion="Bill the set-up once there are enough",
                table_row=f"telehealth setup codes {line.code}",
            )
        elif _set_up_before(case, line, day):
            yield Flag(
                line_no=line.line_no,
                message=f"{line.code} is billed once an episode; it was billed before",
                suggestion="Do not bill it again",
            )


def _set_up_before(case: Case, line: ServiceLine, day: date) -> bool:
    return any(
        other.code == line.code
        and other.is_billed
        and other.is_same_problem is not False
        # Two of one day are a duplicate, and said so elsewhere.
        and timedelta(0) < day - other.day <= _EPISODE
        for other in others(case, line)
    )


_PHYSIOLOGIC_DEVICES = tuple(code for code, one in DEVICES.items() if one.system == "physiologic")
_PHYSIOLOGIC_MINUTES = tuple(
    code
    for one in MANAGEMENT.values()
    if one.family == "physiologic"
    for code in (one.code, one.add_on)
    if code
)
_THERAPEUTIC = tuple(
    code for code in (*DEVICES, *MANAGEMENT, *_BY_ADD_ON) if codes.THERAPEUTIC.holds(code, None)
)

EDITS = (
    edit(
        "TH-021",
        "Days of a monitoring device",
        _devices,
        touches=on(_PHYSIOLOGIC_DEVICES),
        carc="151",
        place="SV101-2",
    ),
    edit(
        "TH-022",
        "Minutes of monitoring",
        _managed,
        touches=on((*_PHYSIOLOGIC_MINUTES, REVIEW)),
        carc="151",
        place="SV101-2, SV104",
    ),
    edit(
        "TH-023",
        "Set-up of monitoring",
        _setup,
        touches=on(SETUP_CODES),
        needs=history(SETUP_CODES, _EPISODE.days),
        carc="119",
        place="SV101-2",
    ),
    edit(
        "TH-026",
        "Days and minutes of therapeutic monitoring",
        _therapeutic,
        touches=on(_THERAPEUTIC),
        carc="151",
        place="SV101-2, SV104",
    ),
)
