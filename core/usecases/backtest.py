"""Back-tests: replay rules or a code release on past claims, keep the result, and ask for it.

Whoever activates rules makes a ``Trial`` of them and calls ``require_backtest`` first. One is begun
with ``begin_backtest``, and goes on with ``advance_backtest``, a transaction a batch, whoever calls
it: where it stands is kept with each batch, so it survives the process that began it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

import msgspec
from msgspec.structs import replace

from core.errors import InputError, NotFoundError, StateError
from core.ports import UnitOfWork
from core.rule_ports import BackTestRun, Reference, StoredBackTest
from core.rules.facts import ScrubFacts
from core.rules.rulebook import RuleBook, RuleSet, compile_rule_book
from core.scrub.backtest import BackTest, Count, PastClaim, Replay
from core.scrub.engine import scrub
from core.scrub.report import ScrubReport
from core.usecases.facts import Judged, load_facts

BATCH_CLAIMS = 1_000
GOOD_FOR_DAYS = 92
"""A back-test this old says nothing of the claims of today any more."""

_SIZE_MONTHS = 3
_MONTH_DAYS = 30
SIZE_MAX = 1_000_000


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """Rules, or a release, to be tried. ``digest`` changes with anything that changes an answer.

    ``rule_book`` is the practice's with the candidates in it, ``rules`` are the ids whose findings
    count. ``reference``: the tables with the release to be tried; then only findings count that
    the releases of today do not make. ``carcs``: further reasons a rule means to prevent.
    """

    kind: str
    subject: str
    digest: str
    rule_book: RuleBook
    rules: frozenset[str]
    reference: Reference | None = None
    carcs: Mapping[str, tuple[str, ...]] = {}


class Days(msgspec.Struct, frozen=True):
    """The days on which the replayed claims were made; ``first`` None: from the beginning."""

    first: date | None
    last: date


def trial_of_rules(
    rules: RuleSet,
    rule_book: RuleBook,
    *,
    kind: str = "rules",
    carcs: Mapping[str, tuple[str, ...]] | None = None,
) -> Trial:
    """A trial of what ``rules`` add to a practice; ``rule_book`` is its book with them in it."""
    looking = (*rules.claim_edits, *rules.gates)
    return Trial(
        kind=kind,
        subject=rules.name,
        digest=compile_rule_book([rules]).digest,
        rule_book=rule_book,
        rules=frozenset(rule.id for rule in looking),
        carcs=carcs or {},
    )


def trial_of_release(
    subject: str,
    digest: str,
    rule_book: RuleBook,
    *,
    tables: Collection[str],
    reference: Reference,
) -> Trial:
    """A trial of a code release: of every rule that reads one of ``tables``."""
    return Trial(
        kind="codes",
        subject=subject,
        digest=digest,
        rule_book=rule_book,
        rules=frozenset(
            one.rule.id
            for one in rule_book.lookers
            if not set(one.rule.needs.tables).isdisjoint(tables)
        ),
        reference=reference,
    )


def days_of(today: date, months: int | None) -> Days:
    """The last ``months`` months until today; None: all there is."""
    if months is None:
        return Days(None, today)
    if months < 1:
        raise InputError("a back-test looks back one month at least")
    return Days(today - timedelta(days=months * _MONTH_DAYS), today)


def counting(trial: Trial, count: Count | None = None) -> Replay:
    """What a trial is counted in; ``count`` is what was counted of it before."""
    return Replay(trial.rule_book, trial.rules, carcs=trial.carcs, count=count)


def begin_backtest(uow: UnitOfWork, trial: Trial, days: Days, *, settings: str = "") -> UUID:
    """Write down that ``trial`` is to be replayed; nothing is replayed yet."""
    if not trial.rules:
        raise InputError("nothing of this looks at claims, so there is nothing to try")
    run_id = uow.new_ids(1)[0]
    claims = uow.back_tests.count_past(days.first, days.last)
    uow.back_tests.begin_run(
        BackTestRun(
            id=run_id,
            kind=trial.kind,
            subject=trial.subject,
            settings=settings,
            first_day=days.first,
            last_day=days.last,
            digest=trial.digest,
            rule_book=trial.rule_book.digest,
            of_claims=claims,
            asked_by=uow.actor_id,
        )
    )
    uow.record("back_test.asked", {"back_test": [run_id]}, claims=claims)
    return run_id


def advance_backtest(
    uow: UnitOfWork, run: BackTestRun, trial: Trial, *, limit: int = BATCH_CLAIMS
) -> BackTestRun:
    """Replay the next ``limit`` claims of ``run``, which is locked; the result is kept at its end.

    When the rules are no longer those it began with, it ends as ``outdated``.
    """
    if (trial.digest, trial.rule_book.digest) != (run.digest, run.rule_book):
        return _ended(uow, run, "outdated")
    # It is changed while counting; what ``run`` holds stays as it was read.
    into = counting(trial, msgspec.convert(msgspec.to_builtins(run.count), Count))
    days = Days(run.first_day, run.last_day)
    last = replay(uow, trial, into, days, after=run.after, limit=limit)
    after = replace(run, after=last or run.after, count=into.count, done_claims=into.count.claims)
    if last is None:
        after = replace(after, state="done")
        result = into.result(run.first_day, run.last_day)
        keep(uow, trial, result, test_id=run.id, run_by=run.asked_by)
    uow.back_tests.keep_run(after)
    return after


def stop_backtest(uow: UnitOfWork, run_id: UUID) -> None:
    """End one that is on its way, without a result; ``NotFoundError`` when it is not."""
    run = uow.back_tests.lock_run(run_id)
    if run is None:
        raise NotFoundError("there is no such back-test on its way; it may be done")
    _ended(uow, run, "stopped")


def fail_backtest(uow: UnitOfWork, run: BackTestRun) -> None:
    """End one that cannot go on: what it tries is no longer there."""
    _ended(uow, run, "failed")


def _ended(uow: UnitOfWork, run: BackTestRun, state: str) -> BackTestRun:
    after = replace(run, state=state)
    uow.back_tests.keep_run(after)
    uow.record("back_test.stopped", {"back_test": [run.id]})
    return after


def replay(
    uow: UnitOfWork,
    trial: Trial,
    into: Replay,
    days: Days,
    *,
    after: UUID | None = None,
    limit: int = BATCH_CLAIMS,
) -> UUID | None:
    """Replay the next ``limit`` claims; the last one's id, None when there are no more.

    Each claim is judged on the day it was filed, by the history known that day; waivers and
    overrides of people play no part.
    """
    past = uow.back_tests.past_claims(days.first, days.last, limit=limit, after=after)
    if not past:
        return None
    uow.record("claim.read", {"claim": [one.claim_id for one in past]}, claims=len(past))
    for part in _by_day(past):
        reports, facts = _judged(uow, trial, part, trial.reference)
        before = None
        if trial.reference is not None:
            before, _ = _judged(uow, trial, part, None)
        into.take(part, reports, facts, before=before)
    return past[-1].claim_id


def _by_day(past: Sequence[PastClaim]) -> list[list[PastClaim]]:
    days: dict[date, list[PastClaim]] = {}
    for one in past:
        days.setdefault(one.judged_on, []).append(one)
    return list(days.values())


def _judged(
    uow: UnitOfWork, trial: Trial, part: Sequence[PastClaim], reference: Reference | None
) -> tuple[tuple[ScrubReport, ...], ScrubFacts]:
    batch = [
        Judged(
            claim=one.claim,
            patient_id=one.patient_id,
            encounter_id=one.encounter_id,
            is_stored=True,
            known_until=one.judged_on,
        )
        for one in part
    ]
    facts = replace(load_facts(uow, batch, trial.rule_book, reference), waivers=())
    claims = [one.claim for one in part]
    return scrub(claims, trial.rule_book, facts, as_of=part[0].judged_on), facts


def keep(
    uow: UnitOfWork,
    trial: Trial,
    result: BackTest,
    *,
    test_id: UUID | None = None,
    run_by: UUID | None = None,
) -> UUID:
    """Keep a result for good, under the digest of what was tried; its id.

    Without ``run_by`` it is the actor's.
    """
    test_id = test_id or uow.new_ids(1)[0]
    by = run_by or uow.actor_id
    uow.back_tests.add(test_id, trial.kind, trial.subject, trial.digest, result, run_by=by)
    total = result.total
    uow.record(
        "back_test.run",
        {"back_test": [test_id], "practice": [uow.practice.tenant_id]},
        claims=result.claims,
        held=total.held,
        prevented=total.prevented,
        false_holds=total.false_holds,
    )
    return test_id


def touched_per_month(uow: UnitOfWork, trial: Trial) -> int:
    """How many claims a month the rules can touch, by the last three months; rounded up."""
    since = uow.today - timedelta(days=_SIZE_MONTHS * _MONTH_DAYS)
    touched = sum(
        shape.claims
        for shape in uow.back_tests.shapes(since)
        if not trial.rules.isdisjoint(
            trial.rule_book.plan(shape.form, shape.kind, shape.codes, shape.payer_id).looked
        )
    )
    return -(-touched // _SIZE_MONTHS)


def latest_backtest(uow: UnitOfWork, trial: Trial) -> StoredBackTest | None:
    """The newest result of exactly these rules, however old; None: they were never tried."""
    return uow.back_tests.newest(trial.digest)


def activation_needs_backtest(uow: UnitOfWork, trial: Trial) -> bool:
    """Whether these rules touch more claims a month than the practice's size, untried as yet."""
    if touched_per_month(uow, trial) <= uow.back_tests.size():
        return False
    tried = latest_backtest(uow, trial)
    return tried is None or uow.now - tried.at > timedelta(days=GOOD_FOR_DAYS)


def require_backtest(uow: UnitOfWork, trial: Trial) -> None:
    """``StateError`` unless the rules may be activated; call it before they are."""
    if activation_needs_backtest(uow, trial):
        raise StateError(
            f"{trial.subject} touches more than {uow.back_tests.size()} claims a month of this "
            "practice: run a back-test of exactly these rules first, and look at what it holds"
        )


def set_size(uow: UnitOfWork, claims: int) -> None:
    """Say above how many claims a month rules are back-tested before they are activated."""
    if not 0 <= claims <= SIZE_MAX:
        raise InputError("the number of claims a month is from 0 to 1,000,000")
    if uow.back_tests.set_size(claims):
        uow.record("back_test.size_set", {"practice": [uow.practice.tenant_id]}, claims=claims)
