"""Documented time -> behavioral health codes and units (behavioral-health.md s.1)."""

from __future__ import annotations

from decimal import Decimal

from plugins import CodingCase, CodingRule, LineFacts, Proposal, Touches, documented_minutes, read
from plugins.behavioral_health import codes, times
from plugins.behavioral_health.credential_edits import may_bill_evaluations, supported_modifiers
from plugins.behavioral_health.records import SESSION, Session

_KINDS = {
    "intake": "90791",
    "family": "90847",
    "family_without_patient": "90846",
    "group": "90853",
}
_INDIVIDUAL, _CRISIS = "individual", "crisis"


def _session(case: CodingCase, charge: LineFacts) -> Proposal | None:
    """The kind of session and its minutes -> its code; too little time supports none."""
    session = read(charge.records, SESSION.id, Session)
    day, minutes = charge.service_from or case.day, documented_minutes(charge)
    if session is None or day is None:
        return None
    fixed = _KINDS.get(session.kind)
    if fixed is not None:
        family = times.BASES.get(fixed)
        if family and minutes is not None and minutes < family.minutes_base:
            return None
        return Proposal(code=fixed, reason=f"{session.kind} session documented")
    if session.kind == _CRISIS:
        code = times.crisis_code(minutes, day) if minutes is not None else "90839"
        return Proposal(code=code, reason="crisis documented") if code else None
    if minutes is None or session.kind != _INDIVIDUAL:
        return None
    credential = case.rendering.credential if case.rendering else ""
    add_on = may_bill_evaluations(credential) and any(
        codes.is_evaluation(other.code) for other in case.encounter.charges
    )
    code = times.psychotherapy_code(minutes, day, add_on=add_on)
    return Proposal(code=code, reason=f"{minutes} minutes of psychotherapy documented")


def _credential(case: CodingCase, charge: LineFacts) -> Proposal | None:
    wanted = case.policy.mapping("credential_modifiers")
    mine = tuple(wanted.get(case.rendering.credential, ())) if case.rendering else ()
    right = supported_modifiers(mine, charge.modifiers)
    missing = tuple(one for one in right or () if one not in charge.modifiers)
    if not missing:
        return None
    return Proposal(modifiers=missing, reason="the payer wants the credential as a modifier")


def _quarter_hours(case: CodingCase, charge: LineFacts) -> Proposal | None:
    minutes = documented_minutes(charge)
    if minutes is None:
        return None
    units = times.quarter_hour_units(minutes, case.policy.text("timed_unit_method"))
    return Proposal(units=Decimal(units), reason=f"{minutes} minutes documented")


def _add_on_units(case: CodingCase, charge: LineFacts) -> Proposal | None:
    """The add-on units of a time family, by the minutes on its base charge of the visit."""
    for family in times.bases_of(charge.code):
        for base in case.encounter.charges:
            minutes = documented_minutes(base)
            if base.code == family.base and minutes is not None:
                units = family.add_on_units(minutes)
                return Proposal(
                    units=Decimal(units), reason=f"{minutes} minutes documented with {base.code}"
                )
    return None


def _screening(case: CodingCase, charge: LineFacts) -> Proposal | None:
    """Screening and brief intervention: the payer's family of codes, by minutes."""
    family, minutes = case.policy.text("sbirt"), documented_minutes(charge)
    day = charge.service_from or case.day
    if not family or minutes is None or day is None:
        return None
    code = times.screening_code(family, minutes, day)
    return Proposal(code=code, reason=f"{minutes} minutes documented") if code else None


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
        derive=_quarter_hours,
        touches=Touches(codes=tuple(codes.QUARTER_HOURS)),
    ),
    CodingRule(
        id="BH-C04",
        title="Add-on units by the time of the base service",
        source="behavioral-health.md s.1, BH-010, BH-024, BH-031, BH-032",
        derive=_add_on_units,
        touches=Touches(
            codes=tuple(dict.fromkeys(one.add_on for one in times.FAMILIES if one.add_on))
        ),
    ),
    CodingRule(
        id="BH-C05",
        title="Screening and brief intervention",
        source="behavioral-health.md BH-034",
        derive=_screening,
        touches=Touches(codes=tuple(sorted(codes.SCREENING))),
    ),
)
