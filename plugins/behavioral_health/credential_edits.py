"""Who may bill what, and how the payer wants it shown (behavioral-health.md s.2 and s.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from plugins import (
    Case,
    ClaimEdit,
    Flag,
    Form,
    PayerKind,
    ServiceLine,
    Severity,
    Touches,
    Window,
    rows,
)
from plugins.behavioral_health import coding

Lines = Sequence[ServiceLine]
_SHEET = "behavioral-health.md s.3"
_CRISIS = ("90839", "90840")
_FAMILY = ("90846", "90847")
_DENY = Severity.DENY
_LEVELS = frozenset({"HP", "HO", "HN", "HM"})
_TESTING = ("96130", "96131", "96132", "96133")
_PSYCHOTHERAPY = (*coding.ALONE, *_CRISIS, *_FAMILY, "90849", "90853")
_NEVER_MEDICARE = frozenset({"BCBA", "RBT", "CADC", "PEER"})
_SINCE_2024 = frozenset({"LMFT", "LPC"})
_ABA_ANALYST_ONLY = frozenset({"97151", "97155", "97156", "97157", "97158"})
_ELIGIBLE = {row["credential"]: row for row in rows("plugins.behavioral_health", "credentials.csv")}
_EVERY_LINE = Touches(forms=(Form.PROFESSIONAL,))
_MEDICARE = Touches(forms=(Form.PROFESSIONAL,), payer_kinds=(PayerKind.MEDICARE,))


def may_bill_evaluations(credential: str) -> bool:
    """Whether evaluations are open to ``credential``; an unknown one is given the benefit."""
    row = _ELIGIBLE.get(credential)
    return row is None or row["medical"] != "n"


def _family_of(code: str) -> str:
    if code == "90791":
        return "diagnostic"
    if code == "90792" or code in coding.ADD_ON or coding.is_evaluation(code):
        return "medical"
    if code in _PSYCHOTHERAPY:
        return "psychotherapy"
    return "testing" if code in _TESTING else ""


def _not_eligible(credential: str, code: str) -> bool:
    if credential in {"RBT", "BCaBA"} and code in _ABA_ANALYST_ONLY:
        return True
    row, family = _ELIGIBLE.get(credential), _family_of(code)
    return bool(row and family and row[family] == "n")


def _credential(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        credential = case.credential_of(line)
        medicare = case.claim.payer.kind is PayerKind.MEDICARE
        if _not_eligible(credential, line.code) or (
            medicare and credential == "LCSW" and line.code in _TESTING
        ):
            yield Flag(
                line_no=line.line_no,
                message=f"A {credential} may not bill {line.code}",
                suggestion="Check who rendered the service",
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


def _credential_modifier(case: Case, lines: Lines) -> Iterator[Flag]:
    for line in lines:
        wanted = case.policy_on(line).mapping("credential_modifiers")
        mine = frozenset(wanted.get(case.credential_of(line), ()))
        given = frozenset(line.modifiers)
        if mine and (mine.isdisjoint(given) or (given & _LEVELS) - mine):
            yield Flag(
                line_no=line.line_no,
                message="This payer wants the credential's modifier and no other level's",
                suggestion=f"Use {' or '.join(sorted(mine))}",
            )


EDITS = (
    ClaimEdit(
        id="BH-018",
        title="Credential for the code",
        source="behavioral-health.md s.2, s.3",
        severity=_DENY,
        check=_credential,
        touches=_EVERY_LINE,
        carc="170",
    ),
    ClaimEdit(
        id="BH-019",
        title="Medicare enrolment",
        source="CAA 2023 s.4121; behavioral-health.md s.2",
        version="to 2023",
        effective=Window(None, date(2023, 12, 31)),
        severity=_DENY,
        check=_not_enrolled_before_2024,
        touches=_MEDICARE,
        carc="170",
    ),
    ClaimEdit(
        id="BH-019",
        title="Medicare enrolment",
        source="CAA 2023 s.4121; behavioral-health.md s.2",
        version="from 2024",
        effective=Window(date(2024, 1, 1)),
        severity=_DENY,
        check=_not_enrolled_since_2024,
        touches=_MEDICARE,
        carc="170",
    ),
    ClaimEdit(
        id="BH-022",
        title="Credential modifier",
        source=_SHEET,
        severity=Severity.REJECT,
        check=_credential_modifier,
        touches=_EVERY_LINE,
        carc="4",
        place_837="2400 SV101-3",
    ),
)
