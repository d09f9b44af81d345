"""The scrub: a plain loop over the rules that can touch each claim."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from core.claims.claim import Claim, ServiceLine
from core.dates import DateBasis
from core.rules.case import Case
from core.rules.facts import NO_FACTS, NOTHING_LOADED, ScrubFacts
from core.rules.needs import HistoryNeed, HistoryToLoad, NeedsToLoad
from core.rules.rule import Stops
from core.rules.rulebook import Looker, Plan, RuleBook
from core.scrub.finding import RULE_FAILED, Finding, Fix, Flag, Severity, order_of
from core.scrub.report import ScrubReport
from core.scrub.waivers import waived

Raised = tuple[Looker, Finding]

WORDS_LENGTH_MAX = 4_000
"""What a finding may say altogether."""

SUPERSEDED, STOPPED = "superseded", "stopped"
"""Why a finding gives way to another."""


def scrub(
    claims: Sequence[Claim], rule_book: RuleBook, facts: ScrubFacts = NO_FACTS, *, as_of: date
) -> tuple[ScrubReport, ...]:
    """One report a claim, in order. ``as_of`` is today for every rule.

    ``facts`` are what ``needs`` asked for; a fact that was not loaded means no opinion. A rule
    that raises or answers nonsense becomes a ``deny`` finding with reason ``rule_failed``.
    """
    reports = []
    for claim in claims:
        plan = plan_of(rule_book, claim)
        findings = _judge(case_of(claim, rule_book, facts, as_of), plan)
        if findings and facts.waivers:
            findings = waived(findings, facts.waivers, claim, as_of)
        reports.append(
            ScrubReport(
                claim_number=claim.claim_number,
                findings=findings,
                rule_book=rule_book.digest,
                tables=facts.tables_digest,
                looked=plan.looked,
            )
        )
    return tuple(reports)


def case_of(claim: Claim, rule_book: RuleBook, facts: ScrubFacts, as_of: date) -> Case:
    """``claim`` as rules are given it."""
    day = claim.service_from
    return Case(
        claim=claim,
        day=day,
        as_of=as_of,
        policy=rule_book.policy(claim.payer, day),
        facts=facts.by_claim.get(claim.claim_number, NOTHING_LOADED),
        tables=facts.tables,
        policy_of=rule_book.policy,
    )


def needs(rule_book: RuleBook, claims: Sequence[Claim]) -> NeedsToLoad:
    """What the rules that can touch ``claims`` have to be given, gathered over the batch."""
    history: list[HistoryToLoad] = []
    wanted: dict[str, list[str]] = {name: [] for name in _BY_CLAIM}
    names: set[str] = set()
    tables: set[str] = set()
    # Claims of the same codes have the same plan, and with it the same needs.
    known: dict[int, tuple[list[str], list[HistoryNeed]]] = {}
    for claim in claims:
        plan = plan_of(rule_book, claim)
        if id(plan) not in known:
            declared = [looker.rule.needs for looker, _ in plan.steps]
            asked = {each for one in declared for each in one.history}
            known[id(plan)] = (
                [name for name in _BY_CLAIM if any(getattr(one, name) for one in declared)],
                sorted(asked, key=lambda n: (n.codes, -n.look_back_days)),
            )
            names.update(name for one in declared for name in one.accumulators)
            tables.update(table for one in declared for table in one.tables)
        asked_for, histories = known[id(plan)]
        day = claim.service_from
        for need in histories if day else ():
            first = (day or date.min) - timedelta(days=need.look_back_days)
            entry = HistoryToLoad(claim_number=claim.claim_number, codes=need.codes, first=first)
            history.append(entry)
        for name in asked_for:
            wanted[name].append(claim.claim_number)
    return NeedsToLoad(
        history=tuple(history),
        authorizations=tuple(wanted["authorizations"]),
        eligibility=tuple(wanted["eligibility"]),
        accumulators=tuple(wanted["accumulators"]),
        accumulator_names=tuple(sorted(names)),
        episodes=tuple(wanted["episode"]),
        assessments=tuple(wanted["assessment"]),
        consents=tuple(wanted["consents"]),
        tables=tuple(sorted(tables)),
    )


_BY_CLAIM = (
    "authorizations", "eligibility", "accumulators", "episode", "assessment", "consents"
)  # fmt: skip


def plan_of(rule_book: RuleBook, claim: Claim) -> Plan:
    """Which rules see ``claim``, and which of its lines."""
    codes = tuple(line.code for line in claim.lines)
    return rule_book.plan(claim.form, claim.payer.kind, codes, claim.payer.payer_id)


def _judge(case: Case, plan: Plan) -> tuple[Finding, ...]:
    raised: list[Raised] = []
    lines = case.claim.lines
    for looker, at in plan.steps:
        touched: Sequence[ServiceLine] = lines if at is None else [lines[i] for i in at]
        if not looker.always:
            touched = in_force(looker, case, touched)
            if not touched:
                continue
        raised += look(looker, case, touched)
    return settle(raised) if raised else ()


def look(looker: Looker, case: Case, lines: Sequence[ServiceLine]) -> Sequence[Raised]:
    """What one rule says of ``lines``; a rule that breaks or talks nonsense is blamed for it."""
    try:
        said = [(looker, _finding(looker, flag)) for flag in looker.check(case, lines)]
        is_sound = not said or all(_is_sound(finding, case.claim) for _, finding in said)
    except (Exception, SystemExit):
        # Nothing a rule does may end the batch, and its own words could name a patient.
        is_sound = False
    return said if is_sound else [(looker, _blame(looker))]


def in_force(looker: Looker, case: Case, lines: Sequence[ServiceLine]) -> Sequence[ServiceLine]:
    """Those of ``lines`` that lie on days the rule holds."""
    window, basis = looker.rule.effective, looker.rule.basis
    if basis in (DateBasis.RECEIVED, DateBasis.PAID):
        return lines if case.as_of in window else ()
    if basis is DateBasis.SERVICE_TO:
        days = [line.service_to or case.day_of(line) for line in lines]
    else:
        days = [case.day_of(line) for line in lines]
    return [line for line, day in zip(lines, days, strict=True) if day and day in window]


def _finding(looker: Looker, flag: Flag) -> Finding:
    rule = looker.rule
    return Finding(
        rule=rule.id,
        severity=looker.severity if looker.gate or not flag.severity else flag.severity,
        message=flag.message,
        version=rule.version,
        line_no=flag.line_no,
        reason=flag.reason,
        suggestion=flag.suggestion,
        source=rule.source,
        layer=rule.layer,
        carc=flag.carc or getattr(rule, "carc", ""),
        rarc=flag.rarc or getattr(rule, "rarc", ""),
        place_837=rule.place_837,
        gate=looker.gate,
        table_row=flag.table_row,
        fix=flag.fix,
        effective_from=rule.effective.first,
    )


def _is_sound(finding: Finding, claim: Claim) -> bool:
    """Whether it can be kept and shown: it has words, and speaks of the claim or a line of it."""
    words = (
        finding.message, finding.reason, finding.suggestion, finding.carc, finding.rarc,
        finding.table_row, *((finding.fix.field, finding.fix.value) if finding.fix else ()),
    )  # fmt: skip
    return (
        bool(finding.message)
        and isinstance(finding.severity, Severity)
        and isinstance(finding.fix, Fix | None)
        and all(type(each) is str and "\0" not in each for each in words)
        and sum(map(len, words)) <= WORDS_LENGTH_MAX
        and (
            finding.line_no is None or any(finding.line_no == line.line_no for line in claim.lines)
        )
    )


def _blame(looker: Looker) -> Finding:
    rule = looker.rule
    return Finding(
        rule=rule.id,
        severity=Severity.REJECT if looker.gate else Severity.DENY,
        message=f"Rule {rule.id} of {looker.family} failed on this claim; report it to its author",
        version=rule.version,
        reason=RULE_FAILED,
        source=rule.source,
        layer=rule.layer,
        gate=looker.gate,
    )


def settle(raised: Sequence[Raised]) -> tuple[Finding, ...]:
    """One finding per rule and line, without those that give way to another."""
    kept = one_a_line(raised)
    findings = [
        finding
        for looker, finding in kept
        if not any(gives_way(looker, finding, *other) for other in kept)
    ]
    return tuple(sorted(findings, key=order_of))


def one_a_line(raised: Sequence[Raised]) -> tuple[Raised, ...]:
    """The first finding of each rule on each line."""
    kept: dict[tuple[str, int | None], Raised] = {}
    for looker, finding in raised:
        kept.setdefault((finding.rule, finding.line_no), (looker, finding))
    return tuple(kept.values())


def gives_way(looker: Looker, finding: Finding, by: Looker, other: Finding) -> str:
    """Why ``finding`` gives way to ``other``: superseded, stopped, or empty where it stands."""
    if by is looker or looker.gate or other.reason == RULE_FAILED:
        return ""
    if other.severity.weight < finding.severity.weight:
        return ""
    same_line = finding.line_no == other.line_no
    if same_line and finding.rule in by.rule.supersedes:
        return SUPERSEDED
    if by.family != looker.family or looker.stops is not Stops.NOTHING:
        return ""
    stops = by.stops is Stops.CLAIM or (by.stops is Stops.LINE and same_line)
    return STOPPED if stops else ""
