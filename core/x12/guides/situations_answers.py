"""What 277CA and 999 demand only in certain situations. See ``situation_notation``."""

from __future__ import annotations

from core.x12 import situation_judges_answers as judges
from core.x12.situation_notation import Situation

_STATUS_LOOPS = "2200B|2200C|2200D|2220D"

SITUATIONS_277CA = (
    Situation(
        code="status-against-action",
        loop=_STATUS_LOOPS,
        at="STC03",
        when="STC01-1=A3|A4|A6|A7|A8",
        need="STC03=U",
        message="the status says that it was rejected, the action that it was accepted",
    ),
    Situation(
        code="status-against-action",
        loop=_STATUS_LOOPS,
        at="STC03",
        when="STC01-1=A0|A1|A2|A5",
        need="STC03=WQ",
        message="the status says that it was accepted, the action that it was rejected",
    ),
    Situation(
        code="status-category",
        loop=_STATUS_LOOPS,
        at="STC01-1",
        need="STC01-1=A0|A1|A2|A3|A4|A5|A6|A7|A8|DR",
        message="an acknowledgement uses the categories A0 to A8; others belong to a status answer",
        severity="warning",
    ),
    # Never blames: it counts the claims for the two rows below.
    Situation(
        code="claim-counted",
        loop="2200D",
        at="STC",
        judge=judges.tally_claim,
        message="a claim is counted",
    ),
    *(
        Situation(
            code="claim-count",
            loop=loop,
            at=f"{status}/QTY*{kind}.02",
            judge=judges.count_differs(name),
            message="this is not the number of claims told of below",
            severity="warning",
        )
        for loop, status, accepted, rejected in (
            ("2000B", "2200B", "90", "AA"),
            ("2000C", "2200C", "QA", "QC"),
        )
        for kind, name in ((accepted, "accepted"), (rejected, "rejected"))
    ),
)

SITUATIONS_999 = (
    Situation(
        code="more-accepted-than-received",
        loop="",
        at="AK904",
        judge=judges.accepted_more_than_received,
        message="more transactions are accepted than were received",
    ),
    Situation(
        code="verdict-against-counts",
        loop="",
        at="AK901",
        judge=judges.verdict_against_counts,
        message="the verdict on the group does not agree with its counts",
        severity="warning",
    ),
    Situation(
        code="element-faults-missing",
        loop="2100",
        at="IK304",
        when="IK304=8",
        need="2110",
        message="the segment has wrong elements, but none is named",
        severity="warning",
    ),
    Situation(
        code="accepted-with-faults",
        loop="2000",
        at="IK501",
        when="IK501=A",
        need="!2100",
        message="the transaction is accepted without errors, but errors are named",
        severity="warning",
    ),
)
