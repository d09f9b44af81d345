"""278, review of services: 005010X217. One guide with two bodies, told apart by BHT02."""

from __future__ import annotations

from core.x12.guides import Guide, Loop, Row
from core.x12.guides.a278 import ANSWER
from core.x12.guides.q278 import REQUEST

GUIDE = Guide(
    "278",
    "278",
    "HI",
    ("005010X217",),
    Loop("", "R", 1, (Row("ST", "R", 1, "1R=278 2R 3R", "transaction"), REQUEST, ANSWER)),
    "TRN",
)
