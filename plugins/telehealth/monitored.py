"""Remote monitoring beside itself: periods, practitioners, patients (TH-024, 025, 027, 028)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from plugins import Case, Flag, PayerKind, ServiceLine, is_in_use
from plugins.telehealth import codes
from plugins.telehealth.earlier import Other, by_same_person, others, same_month, was_seen
from plugins.telehealth.monitoring import DEVICES, REVIEW
from plugins.telehealth.rows import edit, history, on
from plugins.telehealth.visits import Lines

PERIOD = timedelta(days=30)
"""A device is billed once in so many days."""

_THREE_YEARS = 3 * 366
_DEVICES = tuple(DEVICES)
_MONITORING = (*codes.PHYSIOLOGIC.codes(), *codes.THERAPEUTIC.codes())


def _billed_in_period(case: Case, line: ServiceLine, day: date) -> Iterator[Other]:
    """The device of the same system, billed in the 30 days up to the line."""
    system = DEVICES[line.code].system
    for other in others(case, line):
        device = DEVICES.get(other.code)
        if device is None or device.system != system or not other.is_billed:
            continue
        since = day - other.day
        if not timedelta(0) <= since < PERIOD:
            continue
        if since == timedelta(0):
            # The same code twice on one day by one person is a duplicate, and said so elsewhere.
            if other.code == line.code and by_same_person(case, line, other):
                continue
            if other.line_no is not None and other.line_no > line.line_no:
                continue
        yield other


def _again(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        day = case.day_of(line)
        if day is None or not is_in_use(line.code, day):
            continue
        for other in _billed_in_period(case, line, day):
            if by_same_person(case, line, other):
                yield Flag(
                    line_no=line.line_no,
                    message=f"The device was billed on {other.day} already; it is billed once in "
                    f"{PERIOD.days} days",
                    suggestion=f"Bill it for a period that ends {PERIOD.days} days later or more",
                )
                break


def _by_another(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        day = case.day_of(line)
        if day is None or not is_in_use(line.code, day):
            continue
        found = [*_billed_in_period(case, line, day)]
        if found and not any(by_same_person(case, line, other) for other in found):
            yield Flag(
                line_no=line.line_no,
                message="Another practitioner billed the device in these 30 days",
                suggestion="One practitioner bills for a period; do not bill it",
            )


def _both_kinds(case: Case, lines: Lines) -> Iterator[Flag]:
    """Physiologic and therapeutic monitoring are not billed for the same time."""
    for line in lines:
        day = case.day_of(line)
        if day is None or not is_in_use(line.code, day):
            continue
        therapeutic = codes.THERAPEUTIC.holds(line.code, None)
        other_kind = codes.PHYSIOLOGIC if therapeutic else codes.THERAPEUTIC
        for other in others(case, line):
            # Of two lines of one claim it is the therapeutic one that goes.
            if other.line_no is not None and not therapeutic:
                continue
            if other_kind.holds(other.code, None) and other.is_billed and _meet(other.day, day):
                yield Flag(
                    line_no=line.line_no,
                    message="Physiologic and therapeutic monitoring are not billed for the same "
                    "month",
                    suggestion="Keep one of them",
                )
                break


def _meet(one: date, other: date) -> bool:
    return same_month(one, other) or abs(one - other) < PERIOD


def _stranger(case: Case, lines: Lines) -> Iterator[Flag]:
    if case.facts.history is None:
        return
    for line in lines:
        day = case.day_of(line)
        if day is not None and is_in_use(line.code, day) and not was_seen(case, line, day):
            yield Flag(
                line_no=line.line_no,
                message="Medicare takes monitoring of an established patient only; no visit of the "
                "last 3 years is known",
                suggestion="See the patient first",
            )


EDITS = (
    edit(
        "TH-024",
        "Device again within 30 days",
        _again,
        touches=on(_DEVICES),
        needs=history(_DEVICES, PERIOD.days),
        carc="119",
        place="SV101-2",
    ),
    edit(
        "TH-025",
        "Two kinds of monitoring at once",
        _both_kinds,
        touches=on(_MONITORING),
        needs=history(_MONITORING, 31),
        carc="236",
        place="SV101-2",
    ),
    edit(
        "TH-027",
        "Device of another practitioner",
        _by_another,
        touches=on(_DEVICES),
        needs=history(_DEVICES, PERIOD.days),
        carc="B20",
        place="SV101-2",
    ),
    edit(
        "TH-028",
        "Monitoring of an unknown patient",
        _stranger,
        touches=on((*_MONITORING, REVIEW), PayerKind.MEDICARE),
        needs=history((), _THREE_YEARS),
        carc="B16",
        place="SV101-2",
    ),
)
