"""278 answered: what the reviewer decided, 005010X217."""

from __future__ import annotations

from core.x12.guides import MANY, Loop, Row
from core.x12.guides.parts_278 import (
    AAA,
    ADMINISTRATIVE,
    CERTIFIED,
    CL1,
    EVENT_DATES,
    EVENT_PROVIDERS,
    HI,
    HSD,
    MSG,
    PER,
    PREVIOUS,
    PRV,
    PWK,
    SERVICE,
    SERVICE_PROVIDERS,
    dependent,
    dtp,
    information_contact,
    level,
    provider,
    requester,
    review,
    reviewer,
    subscriber,
    trace,
    transport,
)

_DECISION = Row("HCR", "S", 1, "1R=A1|A2|A3|A4|A6|C|CT|NA 2 3x5 4=N|Y", "decision")
_CERTIFIED_DATES = (
    dtp("102", "D8", "issued"),
    dtp("036", "D8", "expires"),
    dtp("007", "D8|RD8", "in effect"),
)

_SERVICE = Loop(
    "2000F",
    "S",
    MANY,
    (
        level("SS", "0", True, "service level"),
        trace("1|2", 3),
        AAA,
        review("S"),
        _DECISION,
        ADMINISTRATIVE,
        PREVIOUS,
        dtp("472", "D8|RD8", "service"),
        *_CERTIFIED_DATES,
        *SERVICE,
        HSD,
        PWK,
        MSG,
        provider("2010FA", SERVICE_PROVIDERS, "service provider", 12, AAA),
        information_contact("2010FB"),
    ),
    "service level",
)


def _event() -> Loop:
    return Loop(
        "2000E",
        "S",
        1,
        (
            level("EV", "0|1", True, "event level"),
            trace("1|2", 3),
            AAA,
            review("S"),
            _DECISION,
            ADMINISTRATIVE,
            PREVIOUS,
            *EVENT_DATES,
            *_CERTIFIED_DATES,
            HI,
            HSD,
            CL1,
            *CERTIFIED,
            PWK,
            MSG,
            provider("2010EA", EVENT_PROVIDERS, "event provider", 14, AAA),
            information_contact("2010EB"),
            transport("2010EC"),
            _SERVICE,
        ),
        "event level",
    )


_DEPENDENT = Loop(
    "2000D",
    "S",
    1,
    (level("23", "0|1", True, "dependent level"), dependent(AAA), _event()),
    "dependent level",
)
_SUBSCRIBER = Loop(
    "2000C",
    "S",
    1,
    (level("22", "0|1", True, "subscriber level"), subscriber(AAA), _event(), _DEPENDENT),
    "subscriber level",
)
_REQUESTER = Loop(
    "2000B",
    "S",
    1,
    (level("21", "0|1", True, "requester level"), requester(AAA, PRV), _SUBSCRIBER),
    "requester level",
)
_REVIEWER = Loop(
    "2000A",
    "R",
    1,
    (level("20", "0|1", False, "reviewer level"), AAA, reviewer(PER, AAA), _REQUESTER),
    "reviewer level",
)

ANSWER = Loop(
    "",
    "S",
    1,
    (Row("BHT", "R", 1, "1R=0007 2R=11 3R 4R 5R 6=18|19|AT|RU", "answer"), _REVIEWER),
    "answer",
)
