"""270, the eligibility inquiry: 005010X279A1."""

from __future__ import annotations

from core.x12.guides import Guide, Loop, Row
from core.x12.guides.parts_eligibility import (
    CITY,
    DEPENDENT_NAME,
    DIAGNOSES,
    PERSON_ROLE,
    POINTERS,
    PROCEDURE,
    RECEIVER_NAME,
    RECEIVER_REF,
    RECEIVER_ROLE,
    SERVICE_TYPES,
    SOURCE_NAME,
    STREET,
    SUBSCRIBER_NAME,
    level,
)

_NUMBERS = "18|1L|1W|3H|49|6P|CT|EA|EJ|F6|GH|HJ|IF|IG|ML|N6|NQ|SY|Y4"
_TRACE = Row("TRN", "S", 2, "1R=1 2R 3R 4", "trace number")


def _inquiry(loop: str, usage: str) -> Loop:
    """2110C or 2110D: what is asked."""
    return Loop(
        loop,
        usage,
        99,
        (
            Row(
                "EQ",
                "R",
                1,
                f"1x99={SERVICE_TYPES} 2({PROCEDURE}) 3=FAM 5({POINTERS})",
                "what is asked",
            ),
            Row("AMT", "S", 1, "1R=R 2R", "spend down"),
            Row("AMT", "S", 1, "1R=PB 2R", "spend down billed"),
            Row("III", "S", 1, "1R=ZZ 2R", "place of service"),
            Row("REF", "S", 1, "1R=9F|G1 2R", "referral or authorization"),
            Row("DTP", "S", 1, "1R=291 2R=D8|RD8 3R", "day of service"),
        ),
        "inquiry",
    )


def _person(
    loop: str, name: Row, numbers: str, birth: str, relationship: str, inquiry: Loop
) -> Loop:
    return Loop(
        loop,
        "R",
        1,
        (
            name,
            Row("REF", "S", 9, f"1R={numbers} 2R", "number"),
            STREET,
            CITY,
            PERSON_ROLE,
            Row("DMG", "S", 1, birth, "birth and sex"),
            Row("INS", "S", 1, f"{relationship} 17", "relationship"),
            DIAGNOSES,
            Row("DTP", "S", 2, "1R=102|291 2R=D8|RD8 3R", "date"),
            inquiry,
        ),
        name.name,
    )


_DEPENDENT = level(
    "2000D",
    "23",
    "S",
    "dependent level",
    "4R=0",
    _TRACE,
    _person(
        "2100D",
        DEPENDENT_NAME,
        _NUMBERS + "|MRC",
        "1=D8 2 3=F|M",
        "1R=N 2R=01|19|34",
        _inquiry("2110D", "R"),
    ),
)
_SUBSCRIBER = level(
    "2000C",
    "22",
    "R",
    "subscriber level",
    "4R=0|1",
    _TRACE,
    _person(
        "2100C",
        SUBSCRIBER_NAME,
        _NUMBERS,
        "1=D8 2 3=F|M",
        "1R=Y 2R=18",
        _inquiry("2110C", "S"),
    ),
    _DEPENDENT,
)
_RECEIVER = level(
    "2000B",
    "21",
    "R",
    "receiver level",
    "4R=1",
    Loop(
        "2100B",
        "R",
        1,
        (RECEIVER_NAME, RECEIVER_REF, STREET, CITY, RECEIVER_ROLE),
        "information receiver",
    ),
    _SUBSCRIBER,
)
_SOURCE = level(
    "2000A",
    "20",
    "R",
    "source level",
    "4R=1",
    Loop("2100A", "R", 1, (SOURCE_NAME,), "information source"),
    _RECEIVER,
)

GUIDE = Guide(
    "270",
    "270",
    "HS",
    ("005010X279", "005010X279A1"),
    Loop(
        "",
        "R",
        1,
        (
            Row("ST", "R", 1, "1R=270 2R 3R", "transaction"),
            Row("BHT", "R", 1, "1R=0022 2R=01|13|36 3 4R 5R 6=RT", "start"),
            _SOURCE,
        ),
    ),
)
