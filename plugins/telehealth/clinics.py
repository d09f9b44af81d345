"""Rural and qualified health centers and home health agencies: TH-030 and TH-031."""

from __future__ import annotations

from collections.abc import Iterator

from plugins import Case, Confidence, Flag, Form, ServiceLine, Severity, Touches
from plugins.telehealth import codes, status
from plugins.telehealth.places import MENTAL_HEALTH_REVENUE
from plugins.telehealth.rows import BILLED, edit, on
from plugins.telehealth.visits import LIVE, MODIFIERS, Lines, is_medicare, visit_of

_CLINIC_BILLS = ("071", "077")


def _agency_only(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        yield Flag(
            line_no=line.line_no,
            message=f"{line.code} is reported by home health agencies on the 837I only",
            suggestion="Take the line off",
        )


def _clinic(case: Case, lines: Lines) -> Iterator[Flag]:
    if case.claim.form is Form.PROFESSIONAL:
        for line in lines:
            if codes.CLINIC_DISTANT.holds(line.code, None):
                yield Flag(
                    line_no=line.line_no,
                    message=f"{line.code} is billed by rural and qualified health centers on the "
                    "837I only",
                    suggestion="Bill the service itself",
                )
        return
    part = case.claim.institutional
    if part is None or not is_medicare(case) or not part.type_of_bill.startswith(_CLINIC_BILLS):
        return
    for line in lines:
        if codes.CLINIC_VISIT.holds(line.code, None) and _is_medical_telehealth(case, line):
            yield Flag(
                line_no=line.line_no,
                message=f"A health center's medical visit by telehealth is billed as G2025, not as "
                f"{line.code}",
                suggestion="Bill G2025",
            )


def _is_medical_telehealth(case: Case, line: ServiceLine) -> bool:
    """A live visit that is none of mental health, on a day on which G2025 is for it."""
    visit, day = visit_of(case), case.day_of(line)
    if day is None or status.holds("clinic_distant_site", day) is None:
        return False
    if visit is not None and visit.modality:
        live = visit.modality in LIVE and visit.role != "originating"
    else:
        live = not MODIFIERS.isdisjoint(line.modifiers)
    diagnoses = case.claim.diagnoses
    is_mental_health = line.revenue_code == MENTAL_HEALTH_REVENUE or (
        bool(diagnoses) and codes.is_mental(diagnoses[0])
    )
    return live and not is_mental_health


EDITS = (
    edit(
        "TH-030",
        "Agency telehealth codes",
        _agency_only,
        severity=Severity.REJECT,
        touches=on(codes.AGENCY_REPORT.codes()),
        carc="170",
        place="SV101-2",
    ),
    edit(
        "TH-031",
        "Telehealth of health centers",
        _clinic,
        severity=Severity.REJECT,
        confidence=Confidence.MEDIUM,
        touches=Touches(
            codes=(*codes.CLINIC_DISTANT.codes(), *codes.CLINIC_VISIT.codes()),
            forms=BILLED.forms,
        ),
        carc="16",
        place="SV101-2, SV202",
    ),
)
