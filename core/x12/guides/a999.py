"""999, the implementation acknowledgement: 005010X231A1 (and X231, which many senders name)."""

from __future__ import annotations

from core.x12.guides import MANY, Guide, Loop, Row

SEGMENT_ERRORS = "1|2|3|4|5|6|7|8|I4|I6|I7|I8|I9"
ELEMENT_ERRORS = "1|2|3|4|5|6|7|8|9|10|11|12|13|I10|I11|I12|I13|I6|I9"
SET_ERRORS = "1|2|3|4|5|6|7|8|9|10|11|12|13|15|16|17|18|19|23|24|25|26|27|I5|I6"
GROUP_ERRORS = "1|2|3|4|5|6|10|11|12|13|14|15|16|17|18|19|23|24|25|26"
_CTX = Row("CTX", "S", 10, "1R(1R 2) 2 3 4 5(1R 2 3) 6(1R 2)", "context")

_ELEMENT = Loop(
    "2110",
    "S",
    MANY,
    (Row("IK4", "R", 1, f"1R(1R 2 3) 2 3R={ELEMENT_ERRORS} 4", "element fault"), _CTX),
    "element fault",
)
_SEGMENT = Loop(
    "2100",
    "S",
    MANY,
    (Row("IK3", "R", 1, f"1R 2R 3 4={SEGMENT_ERRORS}", "segment fault"), _CTX, _ELEMENT),
    "segment fault",
)
_TRANSACTION = Loop(
    "2000",
    "S",
    MANY,
    (
        Row("AK2", "R", 1, "1R 2R 3", "transaction answered"),
        _SEGMENT,
        Row("IK5", "R", 1, f"1R=A|E|M|R|W|X 2-6={SET_ERRORS}", "transaction verdict"),
    ),
    "transaction answered",
)

GUIDE = Guide(
    "999",
    "999",
    "FA",
    ("005010X231", "005010X231A1"),
    Loop(
        "",
        "R",
        1,
        (
            Row("ST", "R", 1, "1R=999 2R 3R", "transaction"),
            Row("AK1", "R", 1, "1R 2R 3R", "group answered"),
            _TRANSACTION,
            Row("AK9", "R", 1, f"1R=A|E|M|P|R|W|X 2R 3R 4R 5-9={GROUP_ERRORS}", "group verdict"),
        ),
    ),
)
