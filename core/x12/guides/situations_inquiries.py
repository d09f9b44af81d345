"""What 270, 271, 276 and 277 demand only in certain situations. See ``situation_notation``."""

from __future__ import annotations

from core.x12 import situation_judges as common
from core.x12 import situation_judges_inquiries as judges
from core.x12.situation_notation import Situation

REVERSED = Situation(
    code="date-reversed",
    loop="*",
    at="DTP",
    when="DTP02=RD8",
    judge=common.period_reversed,
    message="this period ends before it begins",
)


def birth_future(loop: str) -> Situation:
    """Nobody who is born after the file was made."""
    return Situation(
        code="birth-future",
        loop=loop,
        at="DMG02",
        judge=common.day_in_future(2),
        message="the birth date is after the day the file was made",
    )


def _levels(above: str, below: str) -> tuple[Situation, Situation]:
    """HL04 of a subscriber's level against the dependents that follow."""
    return (
        Situation(
            code="children-missing",
            loop=above,
            at="HL04",
            when="HL04=1",
            need=below,
            message="the level says that a dependent's level follows, and none does",
        ),
        Situation(
            code="children-denied",
            loop=above,
            at="HL04",
            when=below,
            need="HL04=1",
            message="the level says that nothing follows below it, and a dependent's level does",
        ),
    )


_ELIGIBILITY = (*_levels("2000C", "2000D"), birth_future("2100C|2100D"), REVERSED)

SITUATIONS_270 = (
    *_ELIGIBILITY,
    Situation(
        code="inquiry-missing",
        loop="2100C",
        at="NM1",
        when="2000C/HL04=0",
        need="2110C",
        message="a subscriber who is the patient needs what is asked for him (EQ)",
    ),
    Situation(
        code="person-unnamed",
        loop="2100C",
        at="NM103",
        need="NM103 or NM109 or REF",
        message="the subscriber has neither a name nor a number to find him by",
        severity="warning",
    ),
)

_ACTIVE = "1|2|3|4|5"
SITUATIONS_271 = (
    *_ELIGIBILITY,
    Situation(
        code="amount-and-percent",
        loop="2110C|2110D",
        at="EB08",
        when="EB07 EB08",
        message="a benefit is an amount or a share; say each in a benefit of its own",
        severity="warning",
    ),
    Situation(
        code="percent-above-one",
        loop="2110C|2110D",
        at="EB08",
        only=judges.above_one,
        message="a share is written as a part of one: .2 is 20 percent",
        severity="warning",
    ),
    Situation(
        code="coverage-undated",
        loop="2110C|2110D",
        at="EB01",
        when=f"EB01={_ACTIVE}",
        judge=judges.coverage_undated,
        message="an active coverage has no day from which it is in force",
        severity="warning",
    ),
    Situation(
        code="active-and-refused",
        loop="2110C|2110D",
        at="AAA",
        when=f"EB01={_ACTIVE}",
        message="the coverage is active, and the question about it is refused",
        severity="warning",
    ),
    *(
        Situation(
            code="coverage-of-nobody",
            loop=f"2100{letter}",
            at="AAA03",
            when="AAA03=67|68|75|76|77|78",
            need=f"!2110{letter}/EB01={_ACTIVE}",
            message="the person was not found, and yet has an active coverage",
            severity="warning",
        )
        for letter in "CD"
    ),
    Situation(
        code="entity-missing",
        loop="2110C|2110D",
        at="EB01",
        when="EB01=R|U",
        need="2120",
        message="whom to ask, or who else pays, is not named (loop 2120)",
        severity="warning",
    ),
)

_CLAIMS = "2200D|2200E"
_STATUS = (
    *_levels("2000D", "2000E"),
    Situation(
        code="claim-missing",
        loop="2000D",
        at="HL04",
        when="HL04=0",
        need="2200D",
        message="a subscriber who is the patient needs at least one claim (TRN)",
    ),
    REVERSED,
)

SITUATIONS_276 = (
    *_STATUS,
    birth_future("2000D|2000E"),
    Situation(
        code="claim-unidentified",
        loop=_CLAIMS,
        at="TRN",
        need="REF or DTP or AMT or 2210D or 2210E",
        message="nothing tells this claim from others of the patient: give a number or its days",
        severity="warning",
    ),
    Situation(
        code="date-future",
        loop=f"{_CLAIMS}|2210D|2210E",
        at="DTP*472.03",
        judge=common.begins_in_future,
        message="this day is after the day the file was made",
        severity="warning",
    ),
)

SITUATIONS_277 = (
    *_STATUS,
    Situation(
        code="paid-amount-missing",
        loop=_CLAIMS,
        at="STC05",
        when="STC01-1=F1",
        need="STC05",
        message="a claim that was paid needs the amount",
        severity="warning",
    ),
    Situation(
        code="decision-day-missing",
        loop=_CLAIMS,
        at="STC06",
        when="STC01-1=F1",
        need="STC06",
        message="a claim that was paid needs the day it was decided",
        severity="warning",
    ),
    Situation(
        code="check-day-missing",
        loop=_CLAIMS,
        at="STC08",
        when="STC09",
        need="STC08",
        message="a check or transfer that is named needs its day",
        severity="warning",
    ),
    Situation(
        code="claim-number-missing",
        loop=_CLAIMS,
        at="STC01-1",
        when="STC01-1=F0|F1|F2|F3|F4",
        need="REF*1K or REF*EJ",
        message="a claim that was decided needs its number, the payer's or the provider's",
        severity="warning",
    ),
)
