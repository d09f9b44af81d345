"""What a round of the workshop is asked, and what it tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal

from core.claims.parties import Value

Payers = Literal["mix", "pay", "deny", "reject", "take-back"]

FINDINGS_SHOWN_MAX = 12


class Order(Value, frozen=True, kw_only=True):
    """One round: of which folder, on which day, what payers do, and whether claims go out."""

    project: str
    day: date
    seed: int = 1
    payers: Payers = "mix"
    file: bool = False


class RuleTold(Value, frozen=True, kw_only=True):
    """One rule of the plugin and how often it spoke; ``held`` counts claims it holds."""

    rule: str
    title: str
    claims: int = 0
    held: int = 0


class FindingTold(Value, frozen=True, kw_only=True):
    """One finding of the plugin; ``page`` is the claim's address in the workbench.

    ``failed``: the rule broke on the claim, and ``broke`` says where, as far as it can be told.
    """

    practice: str
    claim: str
    page: str
    rule: str
    severity: str
    line_no: int | None = None
    message: str
    failed: bool = False
    broke: str = ""


class PracticeTold(Value, frozen=True, kw_only=True):
    """One practice: its claims that wait here, and how many are held, by whatever rule."""

    practice: str
    enabled: bool
    claims: int = 0
    held: int = 0


class RoundTold(Value, frozen=True, kw_only=True):
    """A round. ``fault`` says why the plugin cannot be used; nothing was judged then.

    ``payers`` counts what the invented payers decided so far, ``changed`` claims with other
    findings than before, ``claim_microseconds`` what the plugin's rules cost a claim.
    """

    plugin: str
    version: str = ""
    fault: str = ""
    rules: tuple[RuleTold, ...] = ()
    findings: tuple[FindingTold, ...] = ()
    practices: tuple[PracticeTold, ...] = ()
    payers: Mapping[str, int] = {}
    changed: int = 0
    seconds: float = 0.0
    claim_microseconds: float = 0.0

    @property
    def failed(self) -> tuple[str, ...]:
        """Rules that broke on a claim."""
        return tuple(sorted({one.rule for one in self.findings if one.failed}))


def words(told: RoundTold, *, origin: str = "") -> Iterator[str]:
    """``told`` for a terminal, line by line; ``origin`` is where the workbench is."""
    if told.fault:
        yield f"FAULT  {told.fault}"
        return
    claims = sum(one.claims for one in told.practices)
    yield (
        f"{told.plugin} {told.version}: {len(told.rules)} rules, {claims} open claims,"
        f" {told.changed} judged otherwise than before, {told.seconds:.1f} s"
        f" ({told.claim_microseconds:.0f} µs a claim)"
    )
    for place in told.practices:
        enabled = "" if place.enabled else ", plugin not enabled"
        yield f"  {place.practice:8} {place.claims} claims, {place.held} held{enabled}"
    for rule in told.rules:
        if rule.claims:
            yield f"  {rule.rule:10} {rule.title}: {rule.claims} claims, {rule.held} held"
    if quiet := [rule.rule for rule in told.rules if not rule.claims]:
        yield f"  silent: {', '.join(quiet)}"
    for one in told.findings[:FINDINGS_SHOWN_MAX]:
        line = f"line {one.line_no}: " if one.line_no else ""
        yield f"  {one.severity:6} {one.rule:10} {line}{one.message}"
        yield f"         {origin}{one.page}"
    if len(told.findings) > FINDINGS_SHOWN_MAX:
        yield f"  and {len(told.findings) - FINDINGS_SHOWN_MAX} findings more"
    for one in told.findings:
        if one.broke:
            yield f"FAULT  rule {one.rule} breaks on {one.claim}: {one.broke}"
