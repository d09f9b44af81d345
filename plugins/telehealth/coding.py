"""What was documented -> place, modifiers, codes and units of a charge (telehealth.md s.2, s.5).

The functions are those the edits ask: ``places``, ``online``, ``monitoring`` and ``care``.
"""

from __future__ import annotations

from decimal import Decimal

from plugins import CodingCase, CodingRule, LineFacts, Proposal, documented_minutes, read
from plugins.telehealth import codes, monitoring, online, places
from plugins.telehealth.care import CARE
from plugins.telehealth.records import MONITORING, VISIT, Monitoring, Visit
from plugins.telehealth.visits import LIVE, MODIFIERS


def _live_visit(case: CodingCase, charge: LineFacts) -> Proposal | None:
    visit = read(case.encounter.records, VISIT.id, Visit)
    if visit is None or visit.modality not in LIVE or visit.role == "originating":
        return None
    code, day = charge.code, charge.service_from or case.day
    if not code or code == codes.SITE_FEE or codes.is_remote(code):
        return None
    kind = case.payer.kind
    modifier = places.supported_modifier(visit, case.policy, kind, day)
    if codes.TELEPHONE.holds(code, day) or codes.ENDED.holds(code, day):
        # The code says by itself that it was the telephone; the place stands for what replaces it.
        modifier = ""
    if codes.HANDS_ON.holds(code, day) or not MODIFIERS.isdisjoint(charge.modifiers):
        # What was stated is not added to: an edit says where it is wrong.
        modifier = ""
    return Proposal(
        place_of_service=places.supported_place(visit, case.policy, kind, day),
        modifiers=(modifier,) if modifier else (),
        reason=f"live visit by {'telephone' if visit.modality == 'audio' else 'video'}",
    )


def _brief_service(case: CodingCase, charge: LineFacts) -> Proposal | None:
    """E-visits by the minutes of seven days and by who may bill evaluations."""
    minutes, rendering = documented_minutes(charge), case.rendering
    if minutes is None or rendering is None or not codes.E_VISIT.holds(charge.code, None):
        return None
    evaluates = codes.evaluates(rendering.credential)
    if evaluates is None:
        return None
    code = online.e_visit_code(minutes, evaluates=evaluates)
    return Proposal(code=code, reason=f"{minutes} minutes in 7 days") if code else None


def _monitored(case: CodingCase, charge: LineFacts) -> Proposal | None:
    """Device codes by days with data, management codes by minutes of the month.

    A blank code is filled where the record says what is monitored.
    """
    day = charge.service_from or case.day
    facts = read(case.encounter.records, MONITORING.id, Monitoring)
    if day is None or facts is None:
        return None
    device = monitoring.DEVICES.get(charge.code)
    system = device.system if device else "" if charge.code else facts.system
    minutes = documented_minutes(charge)
    if system and facts.data_days is not None and (device or minutes is None):
        code = monitoring.device_code(system, facts.data_days, day)
        return Proposal(code=code, reason=f"{facts.data_days} days with data") if code else None
    managed = monitoring.MANAGEMENT.get(charge.code)
    family = managed.family if managed else _family_of(system)
    if not family or minutes is None or facts.interactive is False:
        return None
    code = monitoring.management_code(family, minutes, day)
    return Proposal(code=code, reason=f"{minutes} minutes in the month") if code else None


def _family_of(system: str) -> str:
    if not system:
        return ""
    return "physiologic" if system == "physiologic" else "therapeutic"


def _add_on_units(case: CodingCase, charge: LineFacts) -> Proposal | None:
    """Units of an add-on, from the minutes of its base charge of the same visit."""
    for base in case.encounter.charges:
        minutes = documented_minutes(base)
        if minutes is None:
            continue
        for known in (monitoring.MANAGEMENT.get(base.code), CARE.get(base.code)):
            if known is not None and known.add_on and known.add_on == charge.code:
                units = known.add_on_units(minutes)
                reason = f"{minutes} minutes in the month"
                return Proposal(units=Decimal(units), reason=reason) if units else None
    return None


CODING_RULES = (
    CodingRule(
        id="TH-C01",
        title="Place and modifier of a live visit",
        source="telehealth.md s.2",
        derive=_live_visit,
    ),
    CodingRule(
        id="TH-C02",
        title="E-visit by its minutes",
        source="telehealth.md s.5",
        derive=_brief_service,
    ),
    CodingRule(
        id="TH-C03",
        title="Monitoring by days and minutes",
        source="telehealth.md s.5",
        derive=_monitored,
    ),
    CodingRule(
        id="TH-C04",
        title="Units of monthly add-ons",
        source="telehealth.md s.5",
        derive=_add_on_units,
    ),
)
