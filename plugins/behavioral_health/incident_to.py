"""Services billed incident to a supervisor (BH-021; 42 CFR 410.26)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from plugins import Case, Flag, Form, ServiceLine, Touches, counted_history
from plugins.behavioral_health import codes
from plugins.behavioral_health.companions import SAME_DAY
from plugins.behavioral_health.records import INCIDENT_TO, IncidentTo
from plugins.behavioral_health.rule_rows import edit

Lines = Sequence[ServiceLine]

_FACILITY = frozenset({"19", "21", "22", "23", "31"})
_GENERAL_SUPERVISION = date(2023, 1, 1)
"""From this day on behavioral health by auxiliary staff needs general supervision only."""

_FORBIDDEN, _AS_MEDICARE = "forbidden", "medicare"
_MODIFIER = re.compile(r"\b[A-Z0-9]{2}\b")

_WORDS = {
    "facility_pos": ("in a facility", "Bill under who did it"),
    "new_problem": ("for a new problem", "The supervisor sees the patient first and sets the plan"),
    "new_patient": ("for a new patient", "The supervisor sees the patient first and sets the plan"),
    "supervision": ("without the supervision it needs", "Check who supervised, and how"),
    "payer_forbids": ("to this payer", "Bill under who did it, or as the payer's manual says"),
}


def _incident_to(case: Case, lines: Lines) -> Iterator[Flag]:
    facts = case.record(INCIDENT_TO.id, IncidentTo)
    if facts is None or not facts.flag:
        return
    for line in lines:
        reason = _reason(case, line, facts)
        if reason:
            where, advice = _WORDS[reason]
            yield Flag(
                line_no=line.line_no,
                reason=reason,
                message=f"{line.code} may not be billed incident to a supervisor {where}",
                suggestion=advice,
            )


def _reason(case: Case, line: ServiceLine, facts: IncidentTo) -> str:
    if case.place_of(line) in _FACILITY:
        return "facility_pos"
    if facts.new_problem:
        return "new_problem"
    if facts.new_patient or (line.code in codes.DIAGNOSTIC and _is_first_visit(case)):
        return "new_patient"
    if not _is_supervised(case, line, facts.supervision):
        return "supervision"
    return "payer_forbids" if _is_forbidden(case, line) else ""


def _is_first_visit(case: Case) -> bool:
    """Whether the loaded history shows no earlier day; not loaded: not known."""
    day = case.day
    return case.facts.history is not None and not any(
        day and prior.service_on < day for prior in counted_history(case)
    )


def _is_supervised(case: Case, line: ServiceLine, supervision: str | None) -> bool:
    """General supervision is enough for behavioral health since 2023, else it must be direct."""
    day = case.day_of(line)
    if supervision is None or day is None:
        return True
    is_behavioral = line.code in codes.BEHAVIORAL and day >= _GENERAL_SUPERVISION
    return supervision == "direct" or (supervision == "general" and is_behavioral)


def _is_forbidden(case: Case, line: ServiceLine) -> bool:
    """The payer takes none, or only with modifiers (``modifier HO+SA, UD``) the line lacks."""
    said = case.policy_on(line).text("incident_to")
    if said in ("", _AS_MEDICARE, _FORBIDDEN):
        return said == _FORBIDDEN
    ways = [set(_MODIFIER.findall(way.upper())) for way in said.split(",")]
    wanted = [way for way in ways if way]
    return bool(wanted) and not any(way <= set(line.modifiers) for way in wanted)


EDITS = (
    edit(
        "BH-021",
        "Incident-to",
        _incident_to,
        touches=Touches(forms=(Form.PROFESSIONAL,)),
        source="42 CFR 410.26; Medicare Benefit Policy Manual ch. 15 s. 60",
        carc="185",
        # The years before an evaluation are loaded for BH-050; other lines need none of them.
        needs=SAME_DAY,
    ),
)
