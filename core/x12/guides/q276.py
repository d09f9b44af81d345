"""276, the claim status inquiry: 005010X212."""

from __future__ import annotations

from core.x12.guides import MANY, Loop, Row
from core.x12.guides.parts_status import (
    PATIENT,
    PAYER,
    PROCEDURE,
    PROVIDER,
    RECEIVER,
    SUBSCRIBER,
    days,
    guide,
    level,
    named,
    numbers,
)


def _demographics(usage: str) -> Row:
    return Row("DMG", usage, 1, "1R=D8 2R 3=F|M", "birth and sex")


def _claim(letter: str, usage: str) -> Loop:
    """2200D or 2200E: one claim that is asked for."""
    service = Loop(
        f"2210{letter}",
        "S",
        MANY,
        (
            Row("SVC", "R", 1, f"1R({PROCEDURE}) 2R 4 7R", "service"),
            *numbers("FJ"),
            days("R"),
        ),
        "service",
    )
    return Loop(
        f"2200{letter}",
        usage,
        MANY,
        (
            Row("TRN", "R", 1, "1R=1 2R", "claim asked for"),
            *numbers("1K|BLT|LU|6P|EJ|XZ|D9"),
            Row("AMT", "S", 1, "1R=T3 2R", "charge"),
            days("S"),
            service,
        ),
        "claim",
    )


_DEPENDENT = level(
    "2000E",
    "23",
    "S",
    "dependent level",
    _demographics("R"),
    named("2100E", 1, PATIENT),
    _claim("E", "R"),
)
_SUBSCRIBER = level(
    "2000D",
    "22",
    "R",
    "subscriber level",
    _demographics("S"),
    named("2100D", 1, SUBSCRIBER),
    _claim("D", "S"),
    _DEPENDENT,
)
_PROVIDER = level("2000C", "19", "R", "provider level", named("2100C", 2, PROVIDER), _SUBSCRIBER)
_RECEIVER = level("2000B", "21", "R", "receiver level", named("2100B", 1, RECEIVER), _PROVIDER)
_SOURCE = level("2000A", "20", "R", "source level", named("2100A", 1, PAYER), _RECEIVER)

GUIDE = guide("276", "HR", "1R=0010 2R=13 3R 4R 5R", _SOURCE)
