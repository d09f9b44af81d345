"""278 asked: a request for review of care not yet given, 005010X217."""

from __future__ import annotations

from core.x12.guides import MANY, Loop, Row
from core.x12.guides.parts_278 import (
    ADMINISTRATIVE,
    CERTIFIED,
    CL1,
    CONDITIONS,
    EVENT_DATES,
    EVENT_PROVIDERS,
    HI,
    HSD,
    MSG,
    N3,
    N4,
    OTHER_REVIEWERS,
    PER,
    PREVIOUS,
    PRV,
    PWK,
    SERVICE,
    SERVICE_PROVIDERS,
    dependent,
    dtp,
    level,
    party,
    provider,
    ref,
    requester,
    review,
    reviewer,
    subscriber,
    trace,
    transport,
)

_SERVICE = Loop(
    "2000F",
    "S",
    MANY,
    (
        level("SS", "0", True, "service level"),
        trace("1", 2),
        review("S"),
        PREVIOUS,
        ADMINISTRATIVE,
        dtp("472", "D8|RD8", "service"),
        *SERVICE,
        HSD,
        PWK,
        MSG,
        provider("2010FA", SERVICE_PROVIDERS, "service provider", 12),
    ),
    "service level",
)

_OTHER_REVIEWER = party(
    "2010EC",
    OTHER_REVIEWERS,
    "2",
    "other reviewer",
    ref("ZZ", "reason of refusal", 3),
    dtp("598", "D8", "refused"),
    repeat=3,
)


def _event(usage: str) -> Loop:
    return Loop(
        "2000E",
        usage,
        1,
        (
            level("EV", "0|1", True, "event level"),
            trace("1", 2),
            review("R"),
            PREVIOUS,
            ADMINISTRATIVE,
            *EVENT_DATES,
            HI,
            HSD,
            *CONDITIONS,
            CL1,
            *CERTIFIED,
            PWK,
            MSG,
            provider("2010EA", EVENT_PROVIDERS, "event provider", 14),
            transport("2010EB"),
            _OTHER_REVIEWER,
            _SERVICE,
        ),
        "event level",
    )


_DEPENDENT = Loop(
    "2000D",
    "S",
    1,
    (level("23", "1", True, "dependent level"), dependent(), _event("R")),
    "dependent level",
)
_SUBSCRIBER = Loop(
    "2000C",
    "R",
    1,
    (level("22", "1", True, "subscriber level"), subscriber(), _event("S"), _DEPENDENT),
    "subscriber level",
)
_REQUESTER = Loop(
    "2000B",
    "R",
    1,
    (level("21", "1", True, "requester level"), requester(N3, N4, PER, PRV), _SUBSCRIBER),
    "requester level",
)
_REVIEWER = Loop(
    "2000A",
    "R",
    1,
    (level("20", "1", False, "reviewer level"), reviewer(), _REQUESTER),
    "reviewer level",
)

REQUEST = Loop(
    "",
    "S",
    1,
    (Row("BHT", "R", 1, "1R=0007 2R=01|13|36 3R 4R 5R 6=RU", "request"), _REVIEWER),
    "request",
)
