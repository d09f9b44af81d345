"""What 278 and 275 demand only in certain situations. See ``situation_notation``."""

from __future__ import annotations

from core.x12 import situation_judges as common
from core.x12 import situation_judges_inquiries as judges
from core.x12.guides.situations_inquiries import REVERSED, birth_future
from core.x12.situation_notation import Situation

_PARTS = "2000E|2000F"

SITUATIONS_278 = (
    birth_future("2010C|2010D"),
    REVERSED,
    Situation(
        code="event-missing",
        loop="2000C",
        at="HL",
        need="2000D or 2000E",
        judge=judges.of_a_request,
        message="a request needs the event it is about, of the subscriber or a dependent",
    ),
    Situation(
        code="decision-missing",
        loop=_PARTS,
        at="HL",
        judge=judges.undecided,
        message="the answer neither decides (HCR) nor refuses (AAA) this",
    ),
    Situation(
        code="certification-number-missing",
        loop=_PARTS,
        at="HCR02",
        when="HCR01=A1|A6",
        need="HCR02 or 2000E/HCR02",
        message="what is certified needs the number to bill it under",
        severity="warning",
    ),
    Situation(
        code="expires-before-issue",
        loop=_PARTS,
        at="DTP*036.03",
        judge=judges.expires_before_issue,
        message="the certification expires before it was issued",
        severity="warning",
    ),
    Situation(
        code="discharge-before-admission",
        loop="2000E",
        at="DTP*096.03",
        judge=common.discharged_before_admission,
        message="the discharge is before the admission",
        severity="warning",
    ),
)

SITUATIONS_275 = (
    REVERSED,
    *(
        Situation(
            code="document-empty",
            loop="2100A",
            at=length,
            only=common.zero,
            message="the document has no content",
        )
        # The segment that carries the data in either release.
        for length in ("BIN01", "BDS02")
    ),
    Situation(
        code="question-missing",
        loop="2000A",
        at="TRN",
        when="top/BGN01=11",
        need="STC",
        message="the answer to a payer's question repeats what was asked for (STC)",
        severity="warning",
    ),
    Situation(
        code="claim-number-missing",
        loop="1000D",
        at="NM1",
        when="top/BGN01=11",
        need="REF*1K",
        message="the answer to a payer's question needs the payer's number of the claim (REF*1K)",
        severity="warning",
    ),
    Situation(
        code="account-missing",
        loop="1000D",
        at="NM1",
        when="top/BGN01=02",
        need="REF*EJ or REF*1K or REF*X1",
        message="without a number of the claim nobody finds the claim this belongs to (REF*EJ)",
        severity="warning",
    ),
)
