"""Visit minutes and disciplines -> units and revenue codes; and the form they travel on."""

from __future__ import annotations

from decimal import Decimal

from plugins import (
    ClaimShape,
    CodingCase,
    CodingRule,
    Form,
    LineFacts,
    Proposal,
    Touches,
    rows,
)
from plugins.tables import window_of

_TABLE = rows("plugins.home_health", "visit_codes.csv")
WINDOWS = {row["code"]: window_of(row) for row in _TABLE}
FAMILIES = {row["code"]: row["revenue_family"][:3] for row in _TABLE}
DISCIPLINES = {row["code"]: row["discipline"] for row in _TABLE}
VISITS = tuple(code for code, kind in DISCIPLINES.items() if kind not in {"TELE", "LOC"})
LOCATIONS = tuple(code for code, kind in DISCIPLINES.items() if kind == "LOC")
SKILLED = frozenset({"SN", "PT", "OT", "SLP"})

VISIT_FAMILIES = ("042", "043", "044", "055", "056", "057")
"""Revenue families of visits."""

# The general class of each family; 0551 is the skilled nursing visit.
_GENERAL = {"055": "0551", "056": "0561", "057": "0571"}


def visit_units(minutes: int) -> int:
    """15-minute units of a visit: up to 22 minutes 1, 23 to 37 minutes 2, and so on."""
    return max(1, (minutes + 7) // 15)


def revenue_code(code: str) -> str:
    """The revenue code a visit code is billed under; empty for codes that fit several."""
    if DISCIPLINES.get(code) in {None, "TELE", "LOC"}:
        return ""
    family = FAMILIES[code]
    return _GENERAL.get(family, f"{family}1")


def _visit(case: CodingCase, charge: LineFacts) -> Proposal | None:
    if charge.minutes is None:
        return None
    return Proposal(
        units=Decimal(visit_units(charge.minutes)), reason=f"{charge.minutes} minutes in the home"
    )


def _revenue(case: CodingCase, charge: LineFacts) -> Proposal | None:
    return Proposal(revenue_code=revenue_code(charge.code), reason="discipline of the visit")


CODING_RULES = (
    CodingRule(
        id="HH-C01",
        title="Visit units",
        source="home-health.md HH-024; CMS Pub 100-04 ch. 10",
        derive=_visit,
        touches=Touches(codes=VISITS),
    ),
    CodingRule(
        id="HH-C02",
        title="Revenue code of a visit",
        source="home-health.md s.4, revenue and codes",
        derive=_revenue,
        touches=Touches(codes=VISITS),
    ),
)

CLAIM_SHAPES = (
    ClaimShape(
        id="HH-S01",
        title="Home health period",
        source="home-health.md s.4",
        form=Form.INSTITUTIONAL,
        touches=Touches(codes=(*VISITS, *LOCATIONS)),
        loops=("2300 HI occurrence", "2300 HI value", "2400 SV2 0023 HIPPS"),
    ),
)
