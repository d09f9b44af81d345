"""Applying what coding rules propose to one charge, and writing down each change."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from core.claims.parties import Value
from core.intake.encounter import Charge
from core.rules.coding import CodingCase, CodingRule, Proposal
from core.scrub.finding import Finding, Severity

MODIFIERS_MAXIMUM = 4
"""SV1 and SV2 have room for four."""


class Change(Value, frozen=True, kw_only=True):
    """One item of a line that a rule filled in. ``line_no`` is the charge's."""

    rule: str
    line_no: int
    item: str
    before: str
    after: str
    reason: str = ""


def applied(
    charge: Charge, case: CodingCase, rules: Sequence[CodingRule]
) -> tuple[Charge, list[Change], list[Finding]]:
    """``charge`` with its blanks filled by ``rules``, in order.

    A stated code, place or revenue code is never replaced (an edit says where it is wrong); units
    of 1 count as not stated; modifiers the line must carry are added. A rule that raises becomes a
    ``deny`` finding and fills nothing.
    """
    changes: list[Change] = []
    findings: list[Finding] = []
    place = charge.place_of_service or case.encounter.place_of_service
    for rule in rules:
        if charge.code and not rule.touches.takes_code(charge.code):
            continue
        day = charge.service_from or case.day
        if day is not None and day not in rule.effective:
            continue
        try:
            proposal = rule.derive(case, charge)
            new = _blanks(charge, proposal, place) if proposal else {}
        except Exception:
            findings.append(_blame(rule, charge))
            continue
        if new and proposal:
            changes += [_change(rule, charge, item, new[item], proposal) for item in new]
            charge = msgspec.structs.replace(charge, **new)
            place = charge.place_of_service or place
    return charge, changes, findings


def _blanks(charge: Charge, proposal: Proposal, place: str) -> dict[str, Any]:
    new: dict[str, Any] = {}
    if proposal.code and not charge.code:
        new["code"] = proposal.code
    if proposal.units is not None and charge.units == Decimal(1) != proposal.units:
        new["units"] = proposal.units
    if proposal.place_of_service and not place:
        new["place_of_service"] = proposal.place_of_service
    if proposal.revenue_code and not charge.revenue_code:
        new["revenue_code"] = proposal.revenue_code
    missing = tuple(m for m in proposal.modifiers if m not in charge.modifiers)
    if missing and len(charge.modifiers) + len(missing) <= MODIFIERS_MAXIMUM:
        new["modifiers"] = charge.modifiers + missing
    return new


def _change(
    rule: CodingRule, charge: Charge, item: str, after: object, proposal: Proposal
) -> Change:
    return Change(
        rule=rule.id,
        line_no=charge.line_no,
        item=item,
        before=_text(getattr(charge, item)),
        after=_text(after),
        reason=proposal.reason,
    )


def _text(value: object) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _blame(rule: CodingRule, charge: Charge) -> Finding:
    return Finding(
        rule=rule.id,
        severity=Severity.DENY,
        message=f"Coding rule {rule.id} failed on this charge; report it to its author",
        version=rule.version,
        line_no=charge.line_no,
        reason="rule_failed",
        source=rule.source,
        layer=rule.layer,
    )
