"""Why a claim was judged as it was: every rule of the book, what it said, and what it read.

The claim is judged a second time by the same functions, with everything a rule reads watched. The
normal scrub is not slowed by this, and the answers are the same: what is ``won`` here is exactly
what ``core.scrub.engine.scrub`` finds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, cast

from msgspec.structs import replace

from core.claims.claim import Claim, ServiceLine
from core.claims.parties import Payer, Value
from core.rules.case import Case
from core.rules.facts import NO_FACTS, ScrubFacts, not_loaded
from core.rules.policy import FrequencyLimit, PayerPolicy, Policy
from core.rules.records import readable
from core.rules.rule import Layer, Rule
from core.rules.rulebook import Looker, RuleBook
from core.rules.tables import Tables
from core.scrub.engine import (
    UNREADABLE_RECORD,
    Raised,
    case_of,
    gives_way,
    in_force,
    look,
    one_a_line,
    plan_of,
    settle,
)
from core.scrub.finding import RULE_FAILED, Finding, Severity
from core.scrub.waivers import waived


class Verdict(StrEnum):
    """What became of one rule on one claim."""

    WON = "won"
    """It spoke, and its finding stands."""
    LOST = "lost"
    """It spoke, and everything it said gave way to another rule."""
    QUIET = "quiet"
    """It looked, and had nothing to say."""
    NO_OPINION = "no_opinion"
    """It could not judge, or the claim is none of its matter; ``why`` says which."""


class KnobRead(Value, frozen=True, kw_only=True):
    """A knob a rule read: what it found, who states it, and whose word gave way.

    ``policy`` is empty when no policy speaks of it: then the rule's own default holds.
    """

    knob: str
    value: str
    day: date | None = None
    policy: str = ""
    source: str = ""
    layer: str = ""
    overruled: tuple[str, ...] = ()


class TableRead(Value, frozen=True, kw_only=True):
    """A table a rule read: whether it is loaded, and how many of its questions it answered."""

    table: str
    is_loaded: bool
    asked: int = 0
    answered: int = 0


class FindingTold(Value, frozen=True, kw_only=True):
    """A finding and what became of it. ``gave_way_to`` names the rule, ``because`` says why."""

    finding: Finding
    stands: bool
    gave_way_to: str = ""
    because: str = ""


class RuleTold(Value, frozen=True, kw_only=True):
    """One rule: its verdict and why, what it said, and what it read."""

    rule: str
    title: str
    version: str
    layer: Layer
    source: str
    family: str
    severity: Severity
    verdict: Verdict
    why: str
    lines: tuple[int, ...] = ()
    findings: tuple[FindingTold, ...] = ()
    knobs: tuple[KnobRead, ...] = ()
    tables: tuple[TableRead, ...] = ()
    missing: tuple[str, ...] = ()


class Explanation(Value, frozen=True, kw_only=True):
    """One claim explained: the findings that stand, and every rule of the book."""

    claim_number: str
    as_of: date
    rule_book: str
    tables: str
    findings: tuple[Finding, ...]
    rules: tuple[RuleTold, ...]


def explain(
    claim: Claim, rule_book: RuleBook, facts: ScrubFacts = NO_FACTS, *, as_of: date
) -> Explanation:
    """Why ``scrub`` says of ``claim`` what it says, with the same facts on the same day."""
    claim, left_out = readable(claim, rule_book.records)
    plain = case_of(claim, rule_book, facts, as_of)
    places = {id(looker): at for looker, at in plan_of(rule_book, claim).steps}
    raised: list[Raised] = []
    heard: list[tuple[Looker, Sequence[ServiceLine] | None, _Watch]] = []
    for looker in rule_book.lookers:
        watch = _Watch(rule_book)
        lines: Sequence[ServiceLine] | None = None
        if id(looker) in places:
            at = places[id(looker)]
            lines = claim.lines if at is None else [claim.lines[i] for i in at]
            if not looker.always:
                lines = in_force(looker, plain, lines)
            if lines or looker.always:
                raised += look(looker, watch.over(plain), lines)
        heard.append((looker, lines, watch))
    findings = waived(settle(raised), facts.waivers, claim, as_of)
    if left_out:
        findings = (UNREADABLE_RECORD, *findings)
    kept = one_a_line(raised)
    return Explanation(
        claim_number=claim.claim_number,
        as_of=as_of,
        rule_book=rule_book.digest,
        tables=facts.tables_digest,
        findings=findings,
        rules=tuple(
            _told(looker, lines, watch, kept, findings, plain) for looker, lines, watch in heard
        ),
    )


def _told(
    looker: Looker,
    lines: Sequence[ServiceLine] | None,
    watch: _Watch,
    kept: Sequence[Raised],
    standing: Sequence[Finding],
    case: Case,
) -> RuleTold:
    said = tuple(
        _finding_told(looker, finding, kept, standing) for one, finding in kept if one is looker
    )
    missing = not_loaded(looker.rule.needs, case.facts, case.tables)
    verdict, why = _verdict(looker, lines, said, missing, watch, case)
    return RuleTold(
        rule=looker.rule.id,
        title=looker.rule.title,
        version=looker.rule.version,
        layer=looker.rule.layer,
        source=looker.rule.source,
        family=looker.family,
        severity=looker.severity,
        verdict=verdict,
        why=why,
        lines=tuple(line.line_no for line in lines or ()),
        findings=said,
        knobs=watch.knobs(case.claim.payer),
        tables=watch.tables(),
        missing=missing,
    )


def _finding_told(
    looker: Looker, finding: Finding, kept: Sequence[Raised], standing: Sequence[Finding]
) -> FindingTold:
    for by, other in kept:
        because = gives_way(looker, finding, by, other)
        if because:
            return FindingTold(
                finding=finding, stands=False, gave_way_to=other.rule, because=because
            )
    for one in standing:
        if (one.rule, one.line_no) == (finding.rule, finding.line_no):
            because = "waived" if one.waiver_id is not None else ""
            return FindingTold(finding=one, stands=True, because=because)
    raise AssertionError("a finding that gives way to none stands")


def _verdict(
    looker: Looker,
    lines: Sequence[ServiceLine] | None,
    said: Sequence[FindingTold],
    missing: Sequence[str],
    watch: _Watch,
    case: Case,
) -> tuple[Verdict, str]:
    if lines is None:
        return Verdict.NO_OPINION, _untouched(looker, case)
    if not lines and not looker.always:
        return Verdict.NO_OPINION, _outside(looker.rule)
    standing = [one for one in said if one.stands]
    if standing:
        return Verdict.WON, _won(standing)
    if said:
        first = said[0]
        return Verdict.LOST, f"{first.because} by {first.gave_way_to}"
    if missing:
        return Verdict.NO_OPINION, "not loaded: " + ", ".join(missing)
    if looker.elsewhere is not None:
        if looker.elsewhere.withholds(case.claim):
            return Verdict.NO_OPINION, "the claim is withheld from its plugin"
        return Verdict.QUIET, f"it looked and found nothing; {_ELSEWHERE}"
    silent = [one.table for one in watch.tables() if one.asked and not one.answered]
    if silent:
        return Verdict.NO_OPINION, "nothing stands in " + ", ".join(silent)
    return Verdict.QUIET, "it looked and found nothing"


_ELSEWHERE = "what it read is not listed, because it runs in a process of its own"


def _won(standing: Sequence[FindingTold]) -> str:
    if any(one.finding.reason == RULE_FAILED for one in standing):
        return "it failed, and is blamed"
    if all(one.because for one in standing):
        return "it spoke, and is waived"
    return "it spoke"


def _untouched(looker: Looker, case: Case) -> str:
    touches, claim = looker.touches, case.claim
    if touches.forms and claim.form not in touches.forms:
        return f"it is about {' and '.join(touches.forms)}"
    if touches.payer_kinds and claim.payer.kind not in touches.payer_kinds:
        kinds = ", ".join(kind.replace("_", " ") for kind in touches.payer_kinds)
        return f"it is about payers of the kind {kinds}"
    return "it is about codes that are not on the claim"


def _outside(rule: Rule) -> str:
    first, last = rule.effective.first, rule.effective.last
    since = f"from {first:%Y-%m-%d}" if first else ""
    until = f"until {last:%Y-%m-%d}" if last else ""
    return " ".join(part for part in ("it holds", since, until) if part)


class _Watch:
    """What one rule reads: a case of the same answers that remembers what was asked."""

    def __init__(self, rule_book: RuleBook) -> None:
        self._rule_book = rule_book
        self._knobs: dict[tuple[str, date | None], Any] = {}
        self._tables: dict[str, list[int] | None] = {}

    def over(self, case: Case) -> Case:
        """``case`` with its knobs and tables watched."""

        def policy_of(payer: Payer, day: date | None) -> Policy:
            return self._policy(case.policy_of(payer, day), day)

        return replace(
            case,
            policy=self._policy(case.policy, case.day),
            tables=cast(Tables, _WatchedTables(case.tables, self._tables)),
            policy_of=policy_of,
            known={},
        )

    def knobs(self, payer: Payer) -> tuple[KnobRead, ...]:
        """The knobs that were read, by name."""
        return tuple(
            self._read(knob, day, value, payer)
            for (knob, day), value in sorted(self._knobs.items(), key=lambda one: str(one[0]))
        )

    def tables(self) -> tuple[TableRead, ...]:
        """The tables that were read, by name."""
        return tuple(
            TableRead(table=name, is_loaded=False)
            if counts is None
            else TableRead(table=name, is_loaded=True, asked=counts[0], answered=counts[1])
            for name, counts in sorted(self._tables.items())
        )

    def _policy(self, policy: Policy, day: date | None) -> Policy:
        return Policy(_WatchedKnobs(policy.knobs, day, self._knobs))

    def _read(self, knob: str, day: date | None, value: Any, payer: Payer) -> KnobRead:
        stated = [
            one
            for one in self._rule_book.payer_policies
            if knob in one.knobs and _speaks(one, payer, day)
        ]
        read = KnobRead(knob=knob, value=_said(value), day=day)
        if not stated:
            return read
        # They stand in the order of their rank; the last one has the word.
        *others, winner = stated
        return replace(
            read,
            policy=winner.id,
            source=winner.source,
            layer=winner.layer.value,
            overruled=tuple(one.id for one in reversed(others)),
        )


def _speaks(policy: PayerPolicy, payer: Payer, day: date | None) -> bool:
    return policy.covers(payer) and (day is None or day in policy.effective)


def _said(value: Any) -> str:
    if value is None:
        return "not stated"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {' '.join(map(str, each))}" for name, each in value.items())
    if isinstance(value, tuple):
        return (
            "; ".join(map(_limit, value))
            if value and isinstance(value[0], FrequencyLimit)
            else " ".join(map(str, value))
        )
    return str(value)


def _limit(limit: FrequencyLimit) -> str:
    return f"{' '.join(limit.codes)}: {limit.maximum} per {limit.per.replace('_', ' ')}"


class _WatchedKnobs(Mapping[str, Any]):
    """Knobs that remember which of them were read; an absent one is remembered too."""

    def __init__(
        self, knobs: Mapping[str, Any], day: date | None, seen: dict[tuple[str, date | None], Any]
    ) -> None:
        self._given, self._day, self._seen = knobs, day, seen

    def __getitem__(self, name: str) -> Any:
        self._seen[name, self._day] = self._given.get(name)
        return self._given[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)


class _WatchedTables:
    """Tables that remember which were read, how often they were asked, and how often they knew."""

    def __init__(self, tables: Tables, seen: dict[str, list[int] | None]) -> None:
        self._tables, self._seen = tables, seen

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._tables, name)
        if name == "more":
            return {each: self._watched(each, table) for each, table in found.items()}
        if found is None:
            self._seen[name] = None
            return None
        return self._watched(name, found)

    def _watched(self, name: str, table: Any) -> _WatchedTable:
        counts = self._seen.get(name) or [0, 0]
        self._seen[name] = counts
        return _WatchedTable(table, counts)


class _WatchedTable:
    def __init__(self, table: Any, counts: list[int]) -> None:
        self._table, self._counts = table, counts

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._table, name)
        if not callable(found):
            return found

        def asked(*given: Any, **named: Any) -> Any:
            answer = found(*given, **named)
            self._counts[0] += 1
            self._counts[1] += answer not in (None, "", False)
            return answer

        return asked
