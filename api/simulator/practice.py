"""One step of one practice: everything that waits is taken, decided, answered and written down.

A step is built in a folder of its own and becomes true by one rename; then its answers are moved
to the product. A run killed before the rename has done nothing, one killed after it has only to
finish the moving.
"""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from pathlib import Path
from zlib import crc32

from api.simulator import folders
from api.simulator.answers import (
    Acknowledged,
    Post,
    acknowledgements,
    claim_status_file,
    remittance_file,
)
from api.simulator.history import History, decided_at
from api.simulator.intake import Arrival, ArrivedClaim, Plan, take_in, waiting
from api.simulator.reception import Group, Interchange, Set
from api.simulator.records import (
    Account,
    Began,
    Decided,
    Due,
    Recouped,
    Taken,
)
from api.simulator.reversal import reverse
from api.simulator.rule import Rule, account_of
from api.simulator.script import REJECTED, Outcome, Script
from api.simulator.settle import settle
from api.simulator.step import Step
from core.claims.parties import Value
from core.remittance.values import Remittance


class PracticeReport(Value, frozen=True, kw_only=True):
    """What one run did for one practice: counts, and files that could not be read, with why."""

    practice: str
    taken: int = 0
    claims: int = 0
    sent: tuple[str, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()


def has_new_file(directory: Path, practice: str, history: History) -> bool:
    """Whether a file waits. One whose content came before is put away, unanswered."""
    new, known = waiting(folders.outbound(directory, practice), history)
    for path, digest in known:
        folders.put_away(path, digest)
    return bool(new)


def finish_practice(directory: Path, practice: str, history: History) -> PracticeReport:
    """Hands over what a step that was committed and then cut off still has to hand over."""
    step = folders.steps(directory, practice)[-1]
    arrived = folders.deliver(directory, practice, step)
    has_new_file(directory, practice, history)
    return PracticeReport(practice=practice, sent=tuple(path.name for path in arrived))


def run_practice(
    directory: Path,
    practice: str,
    history: History,
    *,
    run: int,
    seed: int,
    now: datetime,
    script: Script,
) -> PracticeReport:
    """One step of ``practice`` as part of run number ``run``."""
    new, _ = waiting(folders.outbound(directory, practice), history)
    arrivals, plan = take_in(new, history, seed, script)
    folder = folders.new_step(directory, practice, history.steps + 1)
    post = Post(now=now, number=_number(practice), files=history.files)
    rule = Rule(history, seed, script, now.date(), history.steps + 1)
    with Step(folder, history, post) as step:
        step.note(Began(run=run, now=now))
        for arrival in arrivals:
            _take(step, arrival)
            _answer(step, rule, plan, arrival)
        _do_what_is_due(step)
        _pay(step, practice, now)
        step.save()
    folders.deliver(directory, practice, folders.commit(folder))
    for arrival in arrivals:
        folders.put_away(arrival.path, arrival.digest)
    return PracticeReport(
        practice=practice,
        taken=len(arrivals),
        claims=step.claims,
        sent=tuple(step.sent),
        unreadable=tuple(
            (one.path.name, one.reception.problem) for one in arrivals if one.reception.problem
        ),
    )


def _take(step: Step, arrival: Arrival) -> None:
    step.note(
        Taken(
            name=arrival.path.name,
            digest=arrival.digest,
            size=arrival.size,
            kinds=arrival.kinds,
            problem=arrival.reception.problem,
        )
    )


def _answer(step: Step, rule: Rule, plan: Plan, arrival: Arrival) -> None:
    """TA1, 999, then per sound interchange the claims and their 277CA."""
    for answer in acknowledgements(arrival, plan, step.post):
        step.send(answer.kind, answer.data)
    acknowledged = Acknowledged()
    current: Interchange | None = None
    for read in arrival.claims():
        place = arrival.reception.set_at(read.segment)
        if place is None:
            continue
        interchange, group, found = place
        if current is not interchange:
            _send_claim_status(step, current, acknowledged)
            current, acknowledged = interchange, Acknowledged()
        _decide(step, rule, plan, arrival, read, (interchange, group, found), acknowledged)
    _send_claim_status(step, current, acknowledged)


def _decide(
    step: Step,
    rule: Rule,
    plan: Plan,
    arrival: Arrival,
    read: ArrivedClaim,
    place: tuple[Interchange, Group, Set],
    acknowledged: Acknowledged,
) -> None:
    interchange, group, found = place
    if not interchange.is_sound:
        return
    if not group.is_sound or found.errors or plan.rejects(arrival, found):
        step.decided(rule.turned_away(read.identity))
        return
    account = account_of(read.claim, interchange)
    record, rejection = rule.decide(read, plan, account)
    number = record.payer_claim_number
    acknowledged.add(read, found, account, number, rejection, step.post.now.date())
    if record.outcome not in REJECTED:
        step.account(account)
    step.decided(record)


def _send_claim_status(
    step: Step, interchange: Interchange | None, acknowledged: Acknowledged
) -> None:
    if interchange is not None and acknowledged:
        step.send("277CA", claim_status_file(interchange, acknowledged, step.post))


def _do_what_is_due(step: Step) -> None:
    """Corrections and recoupments of payments of earlier runs that still stand."""
    for number, (due, place) in sorted(step.history.due.items()):
        if number in step.replaced:
            continue
        earlier = decided_at(place)
        if due is Due.RECOUP:
            step.recoup(
                Recouped(
                    account=earlier.account,
                    payer_claim_number=number,
                    amount_cents=earlier.later_cents,
                )
            )
            continue
        assert earlier.later is not None, "a correction was decided with the payment"
        step.decided(
            Decided(
                claim_number=earlier.claim_number,
                payer_id=earlier.payer_id,
                sequence=earlier.sequence,
                frequency=earlier.frequency,
                digest=earlier.digest,
                outcome=Outcome.CORRECTION,
                account=earlier.account,
                payer_claim_number=earlier.later.payer_claim_number,
                payments=(reverse(earlier.payments[-1]), earlier.later),
                replaces=number,
            )
        )


def _pay(step: Step, practice: str, now: datetime) -> None:
    """One check a payer and payee, one file a payer."""
    keys = sorted(
        {*step.by_account, *step.recouped}, key=lambda key: (_sheet(step.accounts[key]), key)
    )
    checks = step.history.checks
    for _, same in groupby(keys, key=lambda key: _sheet(step.accounts[key])):
        paid: list[tuple[Account, Remittance]] = []
        for key in same:
            checks += 1
            remittance, check = settle(
                step.accounts[key],
                step.read_back(key),
                step.recouped.get(key, ()),
                step.history.carried.get(key),
                control=f"{len(paid) + 1:04d}",
                trace=f"{_number(practice):04d}{checks:08d}",
                paid_on=now.date(),
            )
            step.note(check)
            paid.append((step.accounts[key], remittance))
        step.send("835", remittance_file(paid, step.post))


def _sheet(account: Account) -> tuple[str, str, str]:
    return account.payer.payer_id, account.sender_id, account.usage


def _number(practice: str) -> int:
    """Four digits for the practice: the front of its control and trace numbers."""
    return 1000 + crc32(practice.encode()) % 9000
