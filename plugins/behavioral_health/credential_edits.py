"""Who may bill what, and how the payer wants it shown (behavioral-health.md s.2 and s.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from plugins import Case, Fix, Flag, Form, PayerKind, ServiceLine, Touches, Window, Word, rows
from plugins.behavioral_health import codes, times
from plugins.behavioral_health.rule_rows import REJECT, WARN, edit

Lines = Sequence[ServiceLine]

_LEVELS = frozenset({"HP", "HO", "HN", "HM"})
_PSYCHOTHERAPY = (
    frozenset(times.ALONE) | codes.CRISIS | codes.FAMILY | codes.GROUP | codes.OTHER_THERAPY
)
_MEDICAL = frozenset(times.ADD_ON) | codes.EVALUATION | {"90792"}
_NEVER_MEDICARE = frozenset({"BCBA", "RBT", "CADC", "PEER"})
_SINCE_2024 = frozenset({"LMFT", "LPC"})
_TECHNICIANS = frozenset({"RBT", "BCaBA"})
_NOT_AT_MEDICARE = "LCSW"
_HEALTH_BEHAVIOR_FROM = date(2024, 1, 1)
_INPATIENT_PLACES = frozenset({"21", "31", "51"})
_ELIGIBLE = {row["credential"]: row for row in rows(codes.PACKAGE, "credentials.csv")}
_EVERY_LINE = Touches(forms=(Form.PROFESSIONAL,))
_MEDICARE = Touches(forms=(Form.PROFESSIONAL,), payer_kinds=(PayerKind.MEDICARE,))
_PAIRING = ("BH-004", "BH-010", "BH-015", "BH-017", "PS-044")
"""Who may bill at all comes before what stands beside it (professional-scrub.md s.9)."""


def may_bill_evaluations(credential: str) -> bool:
    """Whether evaluations are open to ``credential``; an unknown one is given the benefit."""
    row = _ELIGIBLE.get(credential)
    return row is None or row["medical"] != "n"


def _family_of(code: str) -> str:
    if code == "90791":
        return "diagnostic"
    if code in _MEDICAL:
        return "medical"
    if code in _PSYCHOTHERAPY:
        return "psychotherapy"
    return "testing" if code in codes.TESTING_EVALUATION else ""


def _not_eligible(credential: str, code: str) -> bool:
    if credential in _TECHNICIANS and code in codes.ADAPTIVE_ANALYST:
        return True
    row, family = _ELIGIBLE.get(credential), _family_of(code)
    return bool(row and family and row[family] == "n")


def _closed_at_medicare(case: Case, line: ServiceLine) -> bool:
    """What Medicare does not let a social worker bill, though others may."""
    if case.claim.payer.kind is not PayerKind.MEDICARE:
        return False
    if case.credential_of(line) != _NOT_AT_MEDICARE:
        return False
    day = case.day_of(line)
    too_early = day is not None and day < _HEALTH_BEHAVIOR_FROM
    return line.code in codes.TESTING_EVALUATION or (
        too_early and line.code in codes.HEALTH_BEHAVIOR_SINCE_2024
    )


def _credential(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        credential = case.credential_of(line)
        if _not_eligible(credential, line.code) or _closed_at_medicare(case, line):
            yield Flag(
                line_no=line.line_no,
                message=f"{_article(credential)} {credential} may not bill {line.code}",
                suggestion="Check who rendered the service",
            )
        elif _at_inpatients_bedside(case, line):
            yield Flag(
                line_no=line.line_no,
                message="A social worker's therapy for an inpatient of a covered stay is paid to "
                "the facility",
                suggestion="Check whether the stay is covered",
                severity=WARN,
            )


def _article(credential: str) -> str:
    return "An" if credential[:1] in "AEFHILMNORSX" else "A"


def _at_inpatients_bedside(case: Case, line: ServiceLine) -> bool:
    return (
        case.claim.payer.kind is PayerKind.MEDICARE
        and case.credential_of(line) == _NOT_AT_MEDICARE
        and line.code in _PSYCHOTHERAPY
        and case.place_of(line) in _INPATIENT_PLACES
    )


def _not_enrolled(case: Case, lines: Lines, excluded: Collection[str]) -> Iterator[Flag]:
    for line in lines:
        credential = case.credential_of(line)
        if credential in excluded and not _not_eligible(credential, line.code):
            yield Flag(
                line_no=line.line_no,
                message=f"Medicare does not enrol a {credential} on this date of service",
            )


def _not_enrolled_before_2024(case: Case, lines: Lines) -> Iterator[Flag]:
    return _not_enrolled(case, lines, _NEVER_MEDICARE | _SINCE_2024)


def _not_enrolled_since_2024(case: Case, lines: Lines) -> Iterator[Flag]:
    return _not_enrolled(case, lines, _NEVER_MEDICARE)


def supported_modifiers(wanted: Collection[str], given: Sequence[str]) -> tuple[str, ...] | None:
    """The modifiers a line should carry: one of ``wanted``, no other level; None: it is right.

    ``wanted`` is what the payer takes for the credential, the usual one first.
    """
    if not wanted:
        return None
    mine = tuple(wanted)
    kept = tuple(one for one in given if one not in _LEVELS or one in mine)
    if set(kept).isdisjoint(mine):
        kept = (mine[0], *kept)
    return None if kept == tuple(given) else kept


def wanted_modifiers(case: Case, line: ServiceLine) -> tuple[str, ...]:
    """What the payer takes for the credential of who did the line."""
    by_credential = case.policy_on(line).mapping("credential_modifiers")
    return tuple(by_credential.get(case.credential_of(line), ()))


def supported(case: Case, line: ServiceLine) -> dict[str, Word]:
    """The modifiers of the line where the payer wants the credential's, in the result's words."""
    wanted = wanted_modifiers(case, line)
    if not wanted:
        return {}
    return {"modifiers": supported_modifiers(wanted, line.modifiers) or line.modifiers}


def _credential_modifier(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        wanted = wanted_modifiers(case, line)
        right = supported_modifiers(wanted, line.modifiers)
        if right is not None:
            yield Flag(
                line_no=line.line_no,
                message="This payer wants the credential's modifier and no other level's",
                suggestion=f"Use {' or '.join(wanted)}",
                fix=Fix(field="modifiers", value=" ".join(right), line_no=line.line_no),
            )


EDITS = (
    edit(
        "BH-018",
        "Credential for the code",
        _credential,
        touches=_EVERY_LINE,
        source="behavioral-health.md s.2, s.3; Medicare Benefit Policy Manual ch. 15 s. 150-170",
        carc="170",
        supersedes=_PAIRING,
    ),
    edit(
        "BH-019",
        "Medicare enrolment",
        _not_enrolled_before_2024,
        touches=_MEDICARE,
        source="CAA 2023 s.4121; 42 CFR 410.53, 410.54; behavioral-health.md s.2",
        version="to 2023",
        effective=Window(None, date(2023, 12, 31)),
        carc="170",
        supersedes=_PAIRING,
    ),
    edit(
        "BH-019",
        "Medicare enrolment",
        _not_enrolled_since_2024,
        touches=_MEDICARE,
        source="CAA 2023 s.4121; 42 CFR 410.53, 410.54; behavioral-health.md s.2",
        version="from 2024",
        effective=Window(date(2024, 1, 1)),
        carc="170",
        supersedes=_PAIRING,
    ),
    edit(
        "BH-022",
        "Credential modifier",
        _credential_modifier,
        touches=_EVERY_LINE,
        severity=REJECT,
        carc="4",
        place_837="2400 SV101-3",
    ),
)
