"""Back-test: what rules would have done to past claims, counted against what payers decided.

A claim that a rule would have held is *prevented* when the payer later denied or adjusted what the
finding speaks of for the reason the rule means to prevent (its CARC, or a listed set); a *false
hold* when the payer paid and denied nothing; else *undecided*: not decided yet, or denied in whole
or in part for another reason. Held = prevented + false holds + undecided, always, by rule and in
total.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

import msgspec

from core.claims.claim import Claim
from core.claims.parties import Value
from core.rules.facts import NOTHING_LOADED, ScrubFacts, not_loaded
from core.rules.needs import Needs
from core.rules.rulebook import REMEMBERED_MAXIMUM, Looker, Plan, RuleBook
from core.scrub.engine import plan_of
from core.scrub.finding import Finding, Severity
from core.scrub.report import ScrubReport

K = TypeVar("K", bound=Hashable)

EXAMPLES_MAX = 10
"""Claims a result names for each outcome of a rule."""

DELAY_DAYS_DEFAULT = 30
"""How long a denial takes where the practice has had none to measure: a stated assumption."""


class PastClaim(Value, frozen=True, kw_only=True):
    """A claim as it was first filed (else as it is), and what its payer decided.

    ``judged_on`` is the day it was filed, else made. ``adjusted`` are the payer's reasons: a line,
    or None for the whole claim, and a CARC. ``paid_cents`` is what payer and patient owe together
    by the decision. ``denied_after_days`` counts from filing to the denial.
    """

    claim_id: UUID
    claim: Claim
    patient_id: UUID
    encounter_id: UUID
    judged_on: date
    charge_cents: int
    expected_cents: int | None = None
    is_decided: bool = False
    paid_cents: int = 0
    adjusted: tuple[tuple[int | None, str], ...] = ()
    denied_after_days: int | None = None


class Outcome(StrEnum):
    """What a held claim came to in truth."""

    PREVENTED = "prevented"
    FALSE_HOLD = "false_hold"
    UNDECIDED = "undecided"


class Counted(Value, frozen=True, kw_only=True):
    """Claims a rule (or all of them together) would have held, and what they came to.

    ``held_anyway`` of the held ones another rule holds too. ``not_judged``: it could touch them and
    lacked a table or fact, or the claim is withheld from its plugin.
    """

    rule: str = ""
    title: str = ""
    version: str = ""
    severity: str = ""
    touched: int = 0
    held: int = 0
    held_anyway: int = 0
    warned: int = 0
    prevented: int = 0
    false_holds: int = 0
    undecided: int = 0
    not_judged: int = 0
    charge_cents: int = 0
    expected_cents: int = 0
    prevented_cents: int = 0
    examples: Mapping[str, tuple[UUID, ...]] = {}


class Month(Value, frozen=True, kw_only=True):
    """The claims of one month (``2026-05``), and of the held ones what they came to."""

    month: str
    claims: int
    prevented: int
    false_holds: int
    undecided: int


class BackTest(Value, frozen=True, kw_only=True):
    """The result. ``delay_days``: how long denials took (median), or the stated assumption."""

    first_day: date
    last_day: date
    claims: int
    total: Counted
    rules: tuple[Counted, ...]
    months: tuple[Month, ...]
    delay_days: int
    delay_is_assumed: bool
    carcs: Mapping[str, tuple[str, ...]] = {}


class Tally(msgspec.Struct):
    """What one rule, or all of them together, came to so far."""

    touched: int = 0
    held: int = 0
    held_anyway: int = 0
    warned: int = 0
    not_judged: int = 0
    charge_cents: int = 0
    expected_cents: int = 0
    prevented_cents: int = 0
    outcomes: dict[Outcome, int] = {}
    examples: dict[Outcome, list[UUID]] = {}

    def counted(self, looker: Looker | None = None) -> Counted:
        """The same as a value."""
        return Counted(
            rule=looker.rule.id if looker else "",
            title=looker.rule.title if looker else "",
            version=looker.rule.version if looker else "",
            severity=looker.severity.value if looker else "",
            touched=self.touched,
            held=self.held,
            held_anyway=self.held_anyway,
            warned=self.warned,
            prevented=self.outcomes.get(Outcome.PREVENTED, 0),
            false_holds=self.outcomes.get(Outcome.FALSE_HOLD, 0),
            undecided=self.outcomes.get(Outcome.UNDECIDED, 0),
            not_judged=self.not_judged,
            charge_cents=self.charge_cents,
            expected_cents=self.expected_cents,
            prevented_cents=self.prevented_cents,
            examples={kind.value: tuple(ids) for kind, ids in sorted(self.examples.items())},
        )


class Count(msgspec.Struct):
    """What was counted so far. It can be written down between two batches, and taken up again."""

    claims: int = 0
    first: date | None = None
    total: Tally = msgspec.field(default_factory=Tally)
    by_rule: dict[str, Tally] = {}
    months: dict[str, dict[str, int]] = {}
    delays: dict[int, int] = {}


class Replay:
    """Counts batch by batch; what it keeps does not grow with the number of claims.

    ``rules``: whose findings count (ids). ``carcs``: further reasons a rule means to prevent.
    ``count``: what an earlier one of the same rules had counted when it stopped.
    """

    def __init__(
        self,
        rule_book: RuleBook,
        rules: Collection[str],
        *,
        carcs: Mapping[str, Collection[str]] | None = None,
        count: Count | None = None,
    ) -> None:
        self._rule_book = rule_book
        self._rules = frozenset(rules)
        self._carcs = {rule: frozenset(codes) for rule, codes in (carcs or {}).items()}
        self.count = count or Count()
        for looker in rule_book.lookers:
            if self._counts(looker):
                self.count.by_rule.setdefault(looker.rule.id, Tally())
        self._touching: dict[int, tuple[Plan, frozenset[str], tuple[Looker, ...]]] = {}

    def _counts(self, looker: Looker) -> bool:
        return looker.rule.id in self._rules

    def take(
        self,
        past: Sequence[PastClaim],
        reports: Sequence[ScrubReport],
        facts: ScrubFacts,
        *,
        before: Sequence[ScrubReport] | None = None,
    ) -> None:
        """Count claims with what the rules say of them.

        ``before``: what they said until now; then only findings that are new count.
        """
        earlier = before or (None,) * len(past)
        for one, report, old in zip(past, reports, earlier, strict=True):
            known = {(each.rule, each.line_no) for each in old.findings} if old else set()
            found = [each for each in report.findings if (each.rule, each.line_no) not in known]
            self._take(one, found, report.findings, facts)

    def _take(
        self,
        past: PastClaim,
        found: Sequence[Finding],
        every: Sequence[Finding],
        facts: ScrubFacts,
    ) -> None:
        count = self.count
        count.claims += 1
        count.first = min(count.first or past.judged_on, past.judged_on)
        if past.denied_after_days is not None:
            _add(count.delays, past.denied_after_days)
        month = count.months.setdefault(f"{past.judged_on:%Y-%m}", {})
        _add(month, "claims")
        by_rule: dict[str, list[Finding]] = {}
        for finding in found:
            if finding.rule in count.by_rule:
                by_rule.setdefault(finding.rule, []).append(finding)
        touching, needing = self._lookers(past.claim)
        silent = self._not_judged(past.claim, needing, by_rule, facts)
        holding = [one for ones in by_rule.values() for one in ones if one.severity.holds]
        holders = {one.rule for one in every if one.severity.holds}
        for rule in touching:
            tally, own = count.by_rule[rule], by_rule.get(rule, ())
            tally.touched += 1
            tally.not_judged += rule in silent
            self._count(tally, past, own, is_held_anyway=bool(holders - {rule}))
        if touching:
            count.total.touched += 1
            count.total.not_judged += bool(silent) and not holding
        others = bool(holders - count.by_rule.keys())
        outcome = self._count(
            count.total, past, [one for ones in by_rule.values() for one in ones],
            is_held_anyway=others,
        )  # fmt: skip
        if outcome is not None:
            _add(month, outcome.value)

    def _count(
        self, tally: Tally, past: PastClaim, own: Iterable[Finding], *, is_held_anyway: bool
    ) -> Outcome | None:
        holding = [one for one in own if one.severity.holds]
        if not holding:
            tally.warned += any(one.severity is Severity.WARN for one in own)
            return None
        outcome = self._outcome(past, holding)
        tally.held += 1
        tally.held_anyway += is_held_anyway
        _add(tally.outcomes, outcome)
        tally.charge_cents += past.charge_cents
        tally.expected_cents += past.expected_cents or 0
        if outcome is Outcome.PREVENTED:
            tally.prevented_cents += past.charge_cents
        examples = tally.examples.setdefault(outcome, [])
        if len(examples) < EXAMPLES_MAX:
            examples.append(past.claim_id)
        return outcome

    def _outcome(self, past: PastClaim, holding: Iterable[Finding]) -> Outcome:
        if any(self._came_true(past, finding) for finding in holding):
            return Outcome.PREVENTED
        if past.is_decided and past.paid_cents > 0 and past.denied_after_days is None:
            return Outcome.FALSE_HOLD
        return Outcome.UNDECIDED

    def _came_true(self, past: PastClaim, finding: Finding) -> bool:
        meant = self._carcs.get(finding.rule, frozenset()) | {finding.carc}
        return any(
            code and code in meant and (line is None or finding.line_no in (None, line))
            for line, code in past.adjusted
        )

    def _lookers(self, claim: Claim) -> tuple[frozenset[str], tuple[Looker, ...]]:
        """The rules that can touch ``claim``, and those of them that need something loaded."""
        plan = plan_of(self._rule_book, claim)
        known = self._touching.get(id(plan))
        if known is None:
            lookers = tuple(looker for looker, _ in plan.steps if self._counts(looker))
            if len(self._touching) >= REMEMBERED_MAXIMUM:
                self._touching.clear()
            # The plan is kept with its answer: while it lives, its number is nobody else's.
            known = self._touching[id(plan)] = (
                plan,
                frozenset(looker.rule.id for looker in lookers),
                tuple(one for one in lookers if one.rule.needs != Needs() or one.elsewhere),
            )
        return known[1:]

    def _not_judged(
        self,
        claim: Claim,
        needing: Sequence[Looker],
        by_rule: Mapping[str, Sequence[Finding]],
        facts: ScrubFacts,
    ) -> set[str]:
        own = facts.by_claim.get(claim.claim_number, NOTHING_LOADED)
        return {
            looker.rule.id
            for looker in needing
            if looker.rule.id not in by_rule
            and (
                not_loaded(looker.rule.needs, own, facts.tables)
                or (looker.elsewhere is not None and looker.elsewhere.withholds(claim))
            )
        }

    def result(self, first_day: date | None, last_day: date) -> BackTest:
        """What was counted so far; ``first_day`` None: from the first claim that was counted."""
        count = self.count
        titles = {one.rule.id: one for one in self._rule_book.lookers if self._counts(one)}
        return BackTest(
            first_day=first_day or count.first or last_day,
            last_day=last_day,
            claims=count.claims,
            total=count.total.counted(),
            rules=tuple(count.by_rule[rule].counted(titles[rule]) for rule in sorted(titles)),
            months=tuple(
                Month(
                    month=name,
                    claims=counts["claims"],
                    prevented=counts.get(Outcome.PREVENTED.value, 0),
                    false_holds=counts.get(Outcome.FALSE_HOLD.value, 0),
                    undecided=counts.get(Outcome.UNDECIDED.value, 0),
                )
                for name, counts in sorted(count.months.items())
            ),
            delay_days=_median(count.delays) if count.delays else DELAY_DAYS_DEFAULT,
            delay_is_assumed=not count.delays,
            carcs={rule: tuple(sorted(codes)) for rule, codes in sorted(self._carcs.items())},
        )


def _add(counts: dict[K, int], key: K) -> None:
    counts[key] = counts.get(key, 0) + 1


def _median(counts: Mapping[int, int]) -> int:
    """The lower median of values by how often they were seen."""
    left = (sum(counts.values()) + 1) // 2
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value
    raise AssertionError("there is a value in the middle")
