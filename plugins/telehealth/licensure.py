"""License where the patient is, and consent: TH-013 and TH-015."""

from __future__ import annotations

from collections.abc import Iterator

from plugins import Case, Flag, Scope, ServiceLine, add_years, rows
from plugins.telehealth import codes
from plugins.telehealth.records import Visit
from plugins.telehealth.rows import edit
from plugins.telehealth.visits import Lines, is_medicare, telehealth_lines, visit_of

_COMPACTS: dict[str, set[str]] = {}
for _row in rows(codes.PACKAGE, "compacts.csv"):
    _COMPACTS.setdefault(_row["compact"], set()).add(_row["credential"])

_MEANT = codes.MEDICARE_CONSENT


def privileges(credential: str, compact: str) -> bool:
    """Whether ``compact`` lets somebody with ``credential`` practise in its states."""
    return credential in _COMPACTS.get(_spelled(compact), ())


def _spelled(compact: str) -> str:
    return " ".join(compact.upper().replace("_", " ").split())


def may_practise(case: Case, state: str) -> bool | None:
    """Whether the rendering provider may practise in ``state``; None: not known."""
    provider = case.claim.rendering
    if provider is None:
        return None
    if state in provider.licensed_states or any(
        state in compact.states and privileges(provider.credential, compact.name)
        for compact in provider.compacts
    ):
        return True
    return False if provider.licensed_states else None


def _not_licensed(case: Case, lines: Lines) -> Iterator[Flag]:
    visit = visit_of(case)
    if visit is None or not visit.modality or not telehealth_lines(case):
        return
    if not case.policy.flag("telehealth.requires_instate_license", True):
        return
    abroad = visit.provider_country not in ("", "US")
    if not visit.patient_state or not (visit.provider_state or abroad):
        return
    if may_practise(case, visit.patient_state) is False:
        yield Flag(
            message="The rendering provider has no license, and no compact privilege of the own "
            "profession, where the patient was",
            suggestion="Complete the provider's licenses, or bill who was licensed there",
            table_row="telehealth compacts",
        )


def _no_consent(case: Case, lines: Lines) -> Iterator[Flag]:
    visit = visit_of(case)
    if visit is None or visit.role == "originating":
        return
    by_telehealth = set(telehealth_lines(case))
    for line in lines:
        if codes.ENDED.holds(line.code, case.day_of(line)):
            continue
        remote = codes.is_remote(line.code)
        asked = (remote or line in by_telehealth) and case.policy_on(line).flag(
            "telehealth.requires_consent"
        )
        yearly = is_medicare(case) and codes.YEARLY_CONSENT.holds(line.code, None)
        once = is_medicare(case) and _MEANT.holds(line.code, None)
        if not (asked or yearly or once):
            continue
        if visit.consent_documented is False:
            yield Flag(
                line_no=line.line_no,
                message=f"The patient's consent to {line.code} is not documented",
                suggestion="Document the consent before the claim leaves",
            )
        elif yearly and _is_too_old(case, visit, line):
            yield Flag(
                line_no=line.line_no,
                message=f"The patient's consent to {line.code} is more than a year old",
                suggestion="Ask for the consent of this year",
            )


def _is_too_old(case: Case, visit: Visit, line: ServiceLine) -> bool:
    day, given = case.day_of(line), visit.consent_date
    return day is not None and given is not None and add_years(given, 1) < day


EDITS = (
    edit(
        "TH-013",
        "License in the patient's state",
        _not_licensed,
        scope=Scope.CLAIM,
        carc="B7",
        place="2310B",
    ),
    edit("TH-015", "Consent", _no_consent, carc="16"),
)
