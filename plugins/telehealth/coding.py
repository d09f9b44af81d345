"""Where and how a visit took place -> place of service and modifiers (telehealth.md s.2)."""

from __future__ import annotations

from datetime import date

from plugins import (
    CodingCase,
    CodingRule,
    LineFacts,
    PayerKind,
    Policy,
    Proposal,
    read,
    rows,
)
from plugins.telehealth.records import VISIT, Visit

_PACKAGE = "plugins.telehealth"
_REMOTE = tuple((row["code_from"], row["code_to"]) for row in rows(_PACKAGE, "remote_codes.csv"))
CROSSWALK = {
    row["code"]: (row["office_code"], row["audio"] == "y")
    for row in rows(_PACKAGE, "crosswalk.csv")
}
_PANDEMIC = date(2020, 3, 1)
_HOME_EXISTS = date(2022, 1, 1)
_HOME_AT_MEDICARE = date(2024, 1, 1)

LIVE = frozenset({"av", "audio"})


def is_remote(code: str) -> bool:
    """Inherently remote: takes no telehealth place and no 95 or 93."""
    return any(first <= code <= last and len(code) == len(first) for first, last in _REMOTE)


def supported_place(visit: Visit, policy: Policy, kind: PayerKind, day: date | None) -> str:
    """The place of service a live visit belongs to; empty when the payer wants the usual one.

    The mode ``medicare`` follows Medicare's own history: 02 until February 2020, the place of an
    in-person visit until 2023, then 10 at home and 02 elsewhere. Other payers follow it from the
    day place 10 exists (2022-01-01).
    """
    mode = policy.text("telehealth.pos_mode", "medicare")
    if mode == "medicare" and kind is PayerKind.MEDICARE and day and day < _HOME_AT_MEDICARE:
        mode = "always_02" if day < _PANDEMIC else "medicare_phe"
    if mode == "always_02" or (mode == "medicare" and day and day < _HOME_EXISTS):
        return "02"
    if mode != "medicare":
        return ""
    return "10" if visit.patient_location == "home" else "02"


def supported_modifier(visit: Visit, policy: Policy) -> str:
    """The modifier a live visit must carry; empty when none."""
    if visit.modality == "audio":
        wanted = policy.text("telehealth.modifier_audio", "93")
        return "" if wanted == "none" else wanted
    return policy.text("telehealth.modifier_av")


def _derive(case: CodingCase, charge: LineFacts) -> Proposal | None:
    visit = read(case.encounter.records, VISIT.id, Visit)
    if visit is None or visit.modality not in LIVE or not charge.code:
        return None
    if is_remote(charge.code) or charge.code == "Q3014":
        return None
    modifier = supported_modifier(visit, case.policy)
    return Proposal(
        place_of_service=supported_place(visit, case.policy, case.payer.kind, case.day),
        modifiers=(modifier,) if modifier else (),
        reason=f"live visit by {'telephone' if visit.modality == 'audio' else 'video'}",
    )


CODING_RULES = (
    CodingRule(
        id="TH-C01",
        title="Place and modifier of a live visit",
        source="telehealth.md s.2",
        derive=_derive,
    ),
)
