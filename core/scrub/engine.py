"""The scrub: a plain loop over the rules that can touch each claim."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from datetime import date, timedelta

from core.claims.claim import Claim, ServiceLine
from core.dates import DateBasis
from core.rules.case import Case
from core.rules.elsewhere import Answer, Broke, Elsewhere, Pending, Question
from core.rules.facts import NO_FACTS, NOTHING_LOADED, ScrubFacts
from core.rules.needs import HistoryNeed, HistoryToLoad, Needs, NeedsToLoad
from core.rules.records import readable
from core.rules.rule import Stops
from core.rules.rulebook import Looker, Plan, RuleBook
from core.scrub.finding import RULE_FAILED, Finding, Fix, Flag, Severity, order_of
from core.scrub.report import ScrubReport
from core.scrub.waivers import waived

Raised = tuple[Looker, Finding]

_TOGETHER = 100
"""Claims that are judged side by side."""

_NOTHING = Needs()

WORDS_LENGTH_MAX = 4_000
"""What a finding may say altogether."""

UNREADABLE_RECORD = Finding(
    rule="CW-106",
    severity=Severity.REJECT,
    message="A record of this claim cannot be read by the version of its plugin that is enabled",
    suggestion="Open the records of the claim: enable the version that wrote it, or enter it anew",
    source="Claimwright records",
)
"""Rules judge a claim without a record they cannot be given; so it stays here."""

_FAILED = Broke("failed")

SUPERSEDED, STOPPED = "superseded", "stopped"
"""Why a finding gives way to another."""


def scrub(
    claims: Sequence[Claim], rule_book: RuleBook, facts: ScrubFacts = NO_FACTS, *, as_of: date
) -> tuple[ScrubReport, ...]:
    """One report a claim, in order. ``as_of`` is today for every rule.

    ``facts`` are what ``needs`` asked for; a fact that was not loaded means no opinion. A rule
    that raises or answers nonsense becomes a ``deny`` finding with reason ``rule_failed``.
    """
    reports: list[ScrubReport] = []
    for first in range(0, len(claims), _TOGETHER):
        read = [readable(one, rule_book.records) for one in claims[first : first + _TOGETHER]]
        plans = [plan_of(rule_book, claim) for claim, _ in read]
        cases = [case_of(claim, rule_book, facts, as_of) for claim, _ in read]
        judged = zip(read, cases, plans, judge(cases, plans), strict=True)
        for (_, left_out), case, plan, findings in judged:
            if findings and facts.waivers:
                findings = waived(findings, facts.waivers, case.claim, as_of)
            if left_out:
                findings = (UNREADABLE_RECORD, *findings)
            reports.append(
                ScrubReport(
                    claim_number=case.claim.claim_number,
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
        received_on=as_of,
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
    # Few rules need anything. Claims of the same codes have the same plan, and so the same needs.
    needing = {id(one): one.rule.needs for one in rule_book.lookers if one.rule.needs != _NOTHING}
    known: dict[int, tuple[list[str], list[HistoryNeed]]] = {}
    for claim in claims:
        plan = plan_of(rule_book, claim)
        if id(plan) not in known:
            declared = [needing[id(looker)] for looker, _ in plan.steps if id(looker) in needing]
            known[id(plan)] = (
                [name for name in _BY_CLAIM if any(getattr(one, name) for one in declared)],
                _widest({each for one in declared for each in one.history}),
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


def _widest(asked: set[HistoryNeed]) -> list[HistoryNeed]:
    """What contains the rest: of whole histories the longest, and longer ones of some codes."""
    whole = max((one.look_back_days for one in asked if not one.codes), default=None)
    some = [one for one in asked if one.codes and (whole is None or one.look_back_days > whole)]
    wanted = [*some, *([] if whole is None else [HistoryNeed(look_back_days=whole)])]
    return sorted(wanted, key=lambda one: (one.codes, -one.look_back_days))


_BY_CLAIM = (
    "authorizations", "eligibility", "accumulators", "episode", "assessment", "consents"
)  # fmt: skip


def plan_of(rule_book: RuleBook, claim: Claim) -> Plan:
    """Which rules see ``claim``, and which of its lines."""
    codes = tuple(line.code for line in claim.lines)
    return rule_book.plan(claim.form, claim.payer.kind, codes, claim.payer.payer_id)


def judge(cases: Sequence[Case], plans: Sequence[Plan]) -> list[tuple[Finding, ...]]:
    """What the rules of its plan say of each case, the cases being put together already.

    Rule by rule over all cases, not case by case: a processor that has the code of one rule at hand
    asks it of a hundred claims in half the time.
    """
    raised: list[list[Raised]] = [[] for _ in cases]
    asking: dict[Elsewhere, list[tuple[Looker, _Asked]]] = {}
    by_rule = list(_by_rule(plans))
    for looker, asked in by_rule:
        if looker.elsewhere is not None:
            asking.setdefault(looker.elsewhere, []).append((looker, asked))
    begun = [_begin(one, asking[one], cases) for one in sorted(asking, key=_name)]
    try:
        _ask_here(by_rule, cases, raised)
    finally:
        answered = [(pending.answers(), questions) for pending, questions in begun]
    for answers, questions in answered:
        for answer, (looker, place, question) in zip(answers, questions, strict=True):
            if answer:
                raised[place] += _heard(looker, question.case, answer)
    return [settle(found) if found else () for found in raised]


_Asked = list[tuple[list[int], tuple[int, ...] | None]]
_AskedElsewhere = tuple[Looker, int, Question]
_Begun = tuple[Pending, list[_AskedElsewhere]]


def _ask_here(
    by_rule: Iterable[tuple[Looker, _Asked]], cases: Sequence[Case], raised: list[list[Raised]]
) -> None:
    """Ask the rules that run in this process."""
    lines_of = [case.claim.lines for case in cases]
    for looker, asked in by_rule:
        if looker.elsewhere is not None:
            continue
        check, always = looker.check, looker.always
        for places, at in asked:
            for place in places:
                case = cases[place]
                lines: Sequence[ServiceLine] = lines_of[place]
                if at is not None:
                    lines = [lines[i] for i in at]
                if not always:
                    lines = in_force(looker, case, lines)
                    if not lines:
                        continue
                try:
                    flags = tuple(check(case, lines))
                except _BROKEN:
                    raised[place].append((looker, _blame(looker)))
                else:
                    if flags:
                        raised[place] += _raised(looker, case, flags)


def _questions(
    looker: Looker, asked: _Asked, cases: Sequence[Case], withheld: Container[int]
) -> Iterable[_AskedElsewhere]:
    """What a rule that runs elsewhere is asked."""
    for places, at in asked:
        for place in places:
            if place not in withheld:
                question = _question(looker, cases[place], at)
                if question is not None:
                    yield looker, place, question


def _question(looker: Looker, case: Case, at: tuple[int, ...] | None) -> Question | None:
    """The question, or None where no line lies on a day the rule holds."""
    if looker.always:
        return Question(looker.check, case, at)
    lines = case.claim.lines
    seen = lines if at is None else [lines[i] for i in at]
    kept = {id(line) for line in in_force(looker, case, seen)}
    if not kept:
        return None
    return Question(looker.check, case, tuple(i for i, one in enumerate(lines) if id(one) in kept))


def _begin(
    one: Elsewhere, lookers: Sequence[tuple[Looker, _Asked]], cases: Sequence[Case]
) -> _Begun:
    """Hand over what these rules are asked about the cases that are not withheld from them."""
    withheld = {place for place, case in enumerate(cases) if one.withholds(case.claim)}
    questions = [
        question
        for looker, asked in lookers
        for question in _questions(looker, asked, cases, withheld)
    ]
    return one.begin([question for _, _, question in questions]), questions


def _name(one: Elsewhere) -> str:
    return one.name


def _heard(looker: Looker, case: Case, answer: Answer) -> Sequence[Raised]:
    if isinstance(answer, Broke):
        return [(looker, _blame(looker, answer))]
    return _raised(looker, case, tuple(answer))


def _by_rule(plans: Sequence[Plan]) -> Iterable[tuple[Looker, _Asked]]:
    """Each rule with the places of the cases it sees, and the positions of the lines there."""
    places: dict[int, tuple[Plan, list[int]]] = {}
    for place, plan in enumerate(plans):
        places.setdefault(id(plan), (plan, []))[1].append(place)
    rules: dict[int, tuple[Looker, _Asked]] = {}
    for plan, alike in places.values():
        for looker, at in plan.steps:
            rules.setdefault(id(looker), (looker, []))[1].append((alike, at))
    return rules.values()


def look(looker: Looker, case: Case, lines: Sequence[ServiceLine]) -> Sequence[Raised]:
    """What one rule says of ``lines``; a rule that breaks or talks nonsense is blamed for it."""
    if looker.elsewhere is not None:
        if looker.elsewhere.withholds(case.claim):
            return ()
        ids = {id(line) for line in lines}
        at = tuple(i for i, line in enumerate(case.claim.lines) if id(line) in ids)
        (answer,) = looker.elsewhere.begin([Question(looker.check, case, at)]).answers()
        return _heard(looker, case, answer) if answer else ()
    try:
        flags = tuple(looker.check(case, lines))
    except _BROKEN:
        return [(looker, _blame(looker))]
    return _raised(looker, case, flags)


# Nothing a rule does may end the batch, and its own words could name a patient.
_BROKEN = (Exception, SystemExit)


def _raised(looker: Looker, case: Case, flags: tuple[Flag, ...]) -> Sequence[Raised]:
    """The findings of ``flags``; one that blames the rule when they are no flags of this claim."""
    try:
        found = [(looker, _finding(looker, flag)) for flag in flags]
        is_sound = all(_is_sound(finding, case.claim) for _, finding in found)
    except _BROKEN:
        is_sound = False
    return found if is_sound else [(looker, _blame(looker))]


def in_force(looker: Looker, case: Case, lines: Sequence[ServiceLine]) -> Sequence[ServiceLine]:
    """Those of ``lines`` that lie on days the rule holds."""
    window, basis = looker.rule.effective, looker.rule.basis
    if basis in (DateBasis.RECEIVED, DateBasis.PAID):
        return lines if (case.received_on or case.as_of) in window else ()
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
        and (finding.line_no is None or finding.line_no in _numbers(claim))
    )


def _numbers(claim: Claim) -> Iterable[int]:
    return (line.line_no for line in (*claim.lines, *(claim.total_lines or ())))


def _blame(looker: Looker, broke: Broke = _FAILED) -> Finding:
    rule, said = looker.rule, f"{looker.rule.id} of {looker.family} {broke.words}"
    return Finding(
        rule=rule.id,
        severity=_severity_of_a_failure(looker, broke),
        message=f"Rule {said} on this claim; report it to its author",
        version=rule.version,
        reason=RULE_FAILED,
        source=rule.source,
        layer=rule.layer,
        gate=looker.gate,
    )


def _severity_of_a_failure(looker: Looker, broke: Broke) -> Severity:
    if looker.gate:
        return Severity.REJECT
    return Severity.DENY if broke.holds else Severity.INFO


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
