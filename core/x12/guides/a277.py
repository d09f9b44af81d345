"""277, the answer to a claim status inquiry: 005010X212."""

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

_CODES = "1R 2R 3 4=RX"
_FURTHER = f"10({_CODES}) 11({_CODES})"


def _status(money: str, name: str) -> Row:
    """STC; ``money`` is the use of the amounts and of the payment, at claim level only."""
    return Row("STC", "R", MANY, f"1R({_CODES}) 2R {money}{_FURTHER}", name)


def _level_status(letter: str, kind: str, name: str) -> Loop:
    """2200B or 2200C: the answer for a whole receiver or provider."""
    return Loop(
        f"2200{letter}",
        "S",
        1,
        (Row("TRN", "R", 1, f"1R={kind} 2R", "trace number"), _status("", name)),
        name,
    )


def _claim(letter: str, usage: str) -> Loop:
    """2200D or 2200E: what became of one claim."""
    service = Loop(
        f"2220{letter}",
        "S",
        MANY,
        (
            Row("SVC", "R", 1, f"1R({PROCEDURE}) 2R 3R 4 7R", "service"),
            _status("", "service status"),
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
            Row("TRN", "R", 1, "1R=2 2R", "claim asked for"),
            _status("4 5 6 8 9 ", "claim status"),
            *numbers("1K|BLT|EJ|XZ|VV|D9"),
            days("S"),
            service,
        ),
        "claim status",
    )


_CONTACT = Row(
    "PER",
    "S",
    1,
    "1R=IC 2 3R=ED|EM|FX|TE 4R 5=ED|EM|EX|FX|TE 6 7=ED|EM|EX|FX|TE 8",
    "payer's contact",
)
_DEPENDENT = level(
    "2000E", "23", "S", "dependent level", named("2100E", 1, PATIENT), _claim("E", "R")
)
_SUBSCRIBER = level(
    "2000D",
    "22",
    "S",
    "subscriber level",
    named("2100D", 1, SUBSCRIBER),
    _claim("D", "S"),
    _DEPENDENT,
)
_PROVIDER = level(
    "2000C",
    "19",
    "S",
    "provider level",
    named("2100C", 2, PROVIDER),
    _level_status("C", "1", "provider status"),
    _SUBSCRIBER,
)
_RECEIVER = level(
    "2000B",
    "21",
    "R",
    "receiver level",
    named("2100B", 1, RECEIVER),
    _level_status("B", "2", "receiver status"),
    _PROVIDER,
)
_SOURCE = level("2000A", "20", "R", "source level", named("2100A", 1, PAYER, _CONTACT), _RECEIVER)

GUIDE = guide("277", "HN", "1R=0010 2R=08 3R 4R 5R 6R=DG", _SOURCE)
