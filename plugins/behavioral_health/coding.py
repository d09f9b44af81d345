"""Documented time -> behavioral health codes and units (behavioral-health.md s.1)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from plugins import CodingCase, CodingRule, LineFacts, Proposal, Touches, Window, read, rows
from plugins.behavioral_health.records import SESSION, Session
from plugins.tables import window_of

_PACKAGE = "plugins.behavioral_health"
_TIMES: tuple[tuple[str, str, int, int | None, Window], ...] = tuple(
    (
        row["code"],
        row["family"],
        int(row["minutes_from"]),
        int(row["minutes_to"]) if row["minutes_to"] else None,
        window_of(row),
    )
    for row in rows(_PACKAGE, "psychotherapy_times.csv")
)
ALONE = tuple(code for code, family, *_ in _TIMES if family == "alone")
ADD_ON = tuple(code for code, family, *_ in _TIMES if family == "add_on")
QUARTER_HOURS = {row["code"]: window_of(row) for row in rows(_PACKAGE, "quarter_hour_codes.csv")}

_OFFICE_AND_BED = (
    ("99202", "99215"),
    ("99221", "99239"),
    ("99242", "99255"),
    ("99281", "99285"),
    ("99304", "99316"),
    ("99341", "99350"),
)


def is_evaluation(code: str) -> bool:
    """An E/M code that a psychotherapy add-on may accompany (BH-004)."""
    return len(code) == 5 and any(first <= code <= last for first, last in _OFFICE_AND_BED)


def psychotherapy_code(minutes: int, day: date, *, add_on: bool) -> str | None:
    """The individual psychotherapy code that ``minutes`` support on ``day``; None below 16."""
    wanted = "add_on" if add_on else "alone"
    for code, family, first, last, window in _TIMES:
        if family == wanted and day in window and first <= minutes <= (last or minutes):
            return code
    return None


def crisis_add_on_units(minutes: int) -> int:
    """Units of 90840 that crisis minutes support: 75 begin the first, each 30 more another."""
    return 0 if minutes < 75 else (minutes - 75) // 30 + 1


def quarter_hour_units(minutes: int, method: str) -> int:
    """Units of a 15-minute code: ``full_unit`` counts whole quarters, else the midpoint rule."""
    return minutes // 15 if method == "full_unit" else (minutes + 7) // 15


def _session(case: CodingCase, charge: LineFacts) -> Proposal | None:
    session = read(charge.records, SESSION.id, Session)
    day = charge.service_from or case.day
    if session is None or day is None:
        return None
    if session.kind != "individual":
        fixed = {"intake": "90791", "family": "90847", "group": "90853", "crisis": "90839"}
        return Proposal(code=fixed.get(session.kind), reason=f"{session.kind} session documented")
    if charge.minutes is None:
        return None
    add_on = any(is_evaluation(other.code) for other in case.encounter.charges)
    code = psychotherapy_code(charge.minutes, day, add_on=add_on)
    return Proposal(code=code, reason=f"{charge.minutes} minutes of psychotherapy documented")


def _credential(case: CodingCase, charge: LineFacts) -> Proposal | None:
    wanted = case.policy.mapping("credential_modifiers")
    mine = wanted.get(case.rendering.credential, ()) if case.rendering else ()
    if not mine or not set(mine).isdisjoint(charge.modifiers):
        return None
    return Proposal(modifiers=(mine[0],), reason="the payer wants the credential as a modifier")


def _units(case: CodingCase, charge: LineFacts) -> Proposal | None:
    if charge.minutes is None:
        return None
    units = quarter_hour_units(charge.minutes, case.policy.text("timed_unit_method"))
    return Proposal(units=Decimal(units), reason=f"{charge.minutes} minutes documented")


CODING_RULES = (
    CodingRule(
        id="BH-C01",
        title="Session and time to code",
        source="behavioral-health.md s.1",
        derive=_session,
    ),
    CodingRule(
        id="BH-C02",
        title="Credential modifier",
        source="behavioral-health.md s.2, BH-022",
        derive=_credential,
    ),
    CodingRule(
        id="BH-C03",
        title="Quarter-hour units",
        source="behavioral-health.md s.3, BH-023",
        derive=_units,
        touches=Touches(codes=tuple(QUARTER_HOURS)),
    ),
)
