"""Asking every derivation that can touch a case, and putting together what they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.claims.parties import Value
from core.rules.case import Case
from core.rules.derivation import Derivation, Derived, ResultPart, Word
from core.rules.rulebook import Deriver
from core.scrub.finding import RULE_FAILED, Finding, Severity


class Supported(Value, frozen=True, kw_only=True):
    """The two objects of the result, and a finding for each derivation that broke."""

    derived: dict[str, Any]
    pricing: dict[str, Any]
    findings: tuple[Finding, ...] = ()


def derive(case: Case, derivations: Iterable[Deriver]) -> Supported:
    """What ``derivations`` say of ``case``, in their order: of one key the last word holds.

    But for the modifiers of a line: what one puts on or takes off stands beside what another does.
    """
    claims: dict[ResultPart, dict[str, Any]] = {part: {} for part in ResultPart}
    lines: dict[ResultPart, dict[int, dict[str, Any]]] = {part: {} for part in ResultPart}
    findings = []
    for asked in derivations:
        rule = asked.rule
        if not _touches(rule, case):
            continue
        try:
            said = rule.derive(case)
            if said is not None:
                if not isinstance(said, Derived):
                    raise TypeError("a derivation answers with Derived or None")
                for number, values in said.lines.items():
                    known = lines[rule.part].setdefault(number, {"no": number})
                    known.update(_joined(case, number, known, values))
                claims[rule.part].update(said.claim)
        except (Exception, SystemExit):
            findings.append(_blame(asked))
    for part, by_number in lines.items():
        if by_number:
            claims[part]["lines"] = [by_number[number] for number in sorted(by_number)]
    return Supported(
        derived=claims[ResultPart.DERIVED],
        pricing=claims[ResultPart.PRICING],
        findings=tuple(findings),
    )


def _joined(
    case: Case, number: int, known: Mapping[str, Any], values: Mapping[str, Word]
) -> Mapping[str, Word]:
    """``values`` with the modifiers of both, where somebody spoke of the line's before."""
    earlier, later = known.get("modifiers"), values.get("modifiers")
    if not isinstance(earlier, tuple) or not isinstance(later, tuple):
        return values
    billed = next((one.modifiers for one in case.claim.lines if one.line_no == number), ())
    kept = [one for one in billed if one in earlier and one in later]
    added = [one for one in (*earlier, *later) if one not in billed]
    return {**values, "modifiers": tuple(dict.fromkeys((*kept, *added)))}


def _touches(rule: Derivation, case: Case) -> bool:
    claim, touches = case.claim, rule.touches
    if not touches.takes_claim(claim.form, claim.payer.kind):
        return False
    if case.day is not None and case.day not in rule.effective:
        return False
    return touches.any_code or any(touches.takes_code(line.code) for line in claim.lines)


def _blame(asked: Deriver) -> Finding:
    rule = asked.rule
    return Finding(
        rule=rule.id,
        severity=Severity.DENY,
        message=f"Rule {rule.id} of {asked.family} failed on this claim; report it to its author",
        version=rule.version,
        reason=RULE_FAILED,
        source=rule.source,
        layer=rule.layer,
    )
