"""The fee of the site where the patient sits: TH-011, and its amount by year (Q3014)."""

from __future__ import annotations

from collections.abc import Iterator

from plugins import (
    Case,
    Confidence,
    FeePurpose,
    FeeSchedule,
    Flag,
    PayerKind,
    ServiceLine,
    fee_rows,
    rows,
    window_of,
)
from plugins.telehealth import codes
from plugins.telehealth.records import Visit
from plugins.telehealth.rows import BILLED, edit, on
from plugins.telehealth.visits import LIVE, MODIFIERS, Lines, is_medicare, visit_of

_SITES = {row["site"]: window_of(row) for row in rows(codes.PACKAGE, "originating_sites.csv")}
_AMOUNTS = fee_rows(rows(codes.PACKAGE, "originating_fees.csv"), "amount")
_SOURCE = "telehealth.md s.3; SSA 1834(m)(2)(B); yearly MEI update"

FEES = (
    FeeSchedule(
        id="TH-F01",
        title="Originating site fee",
        source=_SOURCE,
        purpose=FeePurpose.ALLOWED,
        payer_kinds=(PayerKind.MEDICARE,),
        fees=_AMOUNTS,
    ),
    FeeSchedule(
        id="TH-F02",
        title="Health center at the distant site",
        source="telehealth.md s.3",
        confidence=Confidence.MEDIUM,
        purpose=FeePurpose.ALLOWED,
        payer_kinds=(PayerKind.MEDICARE,),
        fees=fee_rows(rows(codes.PACKAGE, "clinic_fees.csv"), "amount"),
    ),
)
"""What Medicare allows at most, by year."""

_SAID = {
    "home": "A patient at home sits at no originating site",
    "distant": "The originating site's fee belongs to who hosts the patient, not to who sees them",
    "site": "This kind of facility is no originating site at Medicare",
    "modifier": "The originating site's fee takes no telehealth modifier",
    "": "The originating site's fee is one unit for each visit",
}


def allowed_cents(case: Case, line: ServiceLine) -> int | None:
    """What Medicare allows of the line: the lesser of charge and the year's amount."""
    day = case.day_of(line)
    if line.code != codes.SITE_FEE or not is_medicare(case) or day is None:
        return None
    amount = next((fee.amount_cents for fee in _AMOUNTS if day in fee.effective), None)
    return None if amount is None else min(line.charge_cents, amount)


def is_site(kind: str, case: Case, line: ServiceLine) -> bool:
    """Whether a facility of ``kind`` (in words) may be an originating site at Medicare."""
    day, window = case.day_of(line), _SITES.get(_spelled(kind))
    return window is not None and (day is None or day in window)


def _spelled(kind: str) -> str:
    return "_".join("".join(each if each.isalnum() else " " for each in kind).upper().split())


def _fault(case: Case, visit: Visit | None, line: ServiceLine) -> str | None:
    if visit is not None:
        if visit.patient_location == "home":
            return "home"
        if visit.role == "distant" or (not visit.role and _is_own_visit(case, visit)):
            return "distant"
        kind = visit.patient_facility_type
        if kind and is_medicare(case) and not is_site(kind, case, line):
            return "site"
    if not MODIFIERS.isdisjoint(line.modifiers):
        return "modifier"
    return "" if line.units > 1 else None


def _is_own_visit(case: Case, visit: Visit) -> bool:
    """Whether the same claim bills the visit from the other end."""
    others = (line for line in case.claim.lines if line.code != codes.SITE_FEE)
    return visit.modality in LIVE and any(others)


def _site_fee(case: Case, lines: Lines) -> Iterator[Flag]:
    visit = visit_of(case)
    for line in lines:
        reason = _fault(case, visit, line)
        if reason is not None:
            yield Flag(
                line_no=line.line_no,
                reason=reason,
                carc="16" if reason in ("modifier", "") else "5",
                message=_SAID[reason],
                suggestion="Bill one unit" if not reason else "",
                table_row="telehealth originating sites" if reason == "site" else "",
            )


EDITS = (
    edit(
        "TH-011",
        "Originating site fee",
        _site_fee,
        touches=on((codes.SITE_FEE,), forms=BILLED.forms),
        carc="5",
    ),
)
