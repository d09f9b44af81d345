"""One round of the workshop, in a process of its own: judge the open claims, tell what was said.

It reads an ``Order`` on standard input and writes a ``RoundTold`` on standard output. The plugin
is imported here and nowhere else, so the next round has what was saved meanwhile.
"""

from __future__ import annotations

from api import preflight

preflight.check()

import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from datetime import time as clock_time  # noqa: E402
from hashlib import sha256  # noqa: E402
from pathlib import Path  # noqa: E402
from uuid import UUID  # noqa: E402

import msgspec  # noqa: E402

from api import settings as settings_module  # noqa: E402
from api import simulator  # noqa: E402
from api.bootstrap import Runtime, runtime  # noqa: E402
from api.cycle import Cycle  # noqa: E402
from api.plugin_installs import inspected, install  # noqa: E402
from api.plugin_packing import pack  # noqa: E402
from api.plugin_store import PluginStore  # noqa: E402
from api.practices import COMMAND  # noqa: E402
from api.simulator.script import DEFAULT, Outcome, Script, Share  # noqa: E402
from api.workshop import practices  # noqa: E402
from api.workshop.broken import why_not_loaded, why_rule_broke  # noqa: E402
from api.workshop.told import (  # noqa: E402
    FindingTold,
    Order,
    PracticeTold,
    RoundTold,
    RuleTold,
)
from audit.correlation import piece_of_work  # noqa: E402
from core.errors import ClaimwrightError, PluginError  # noqa: E402
from core.ports import ClaimRecord, Practice, StoredFinding  # noqa: E402
from core.rules.facts import NO_FACTS  # noqa: E402
from core.rules.rulebook import RuleSet, compile_rule_book  # noqa: E402
from core.scrub.engine import scrub  # noqa: E402
from core.scrub.finding import RULE_FAILED  # noqa: E402
from plugins.host import EnabledPlugin  # noqa: E402
from plugins.project import PluginProject, read_project  # noqa: E402
from plugins.source import PluginSource  # noqa: E402

_NO_CLAIM_LIKE_IT = "-"
_CLAIMS_READ_MAX = 2_000
_FINDINGS_TOLD_MAX = 500
_ANSWERS = 3
"""Rounds in which payers answer: corrections and what is taken back come after the payment."""

_ALL = 1000
_SCRIPTS = {
    "mix": msgspec.structs.replace(DEFAULT, guarantee_from=9),
    "pay": Script(shares=(), reject_999_per_mille=0, guarantee_from=0),
    **{
        name: Script(
            shares=(Share(outcome=outcome, per_mille=_ALL),),
            reject_999_per_mille=0,
            guarantee_from=0,
        )
        for name, outcome in (
            ("deny", Outcome.DENY),
            ("reject", Outcome.REJECT_277CA),
            ("take-back", Outcome.RECOUPMENT),
        )
    },
}


def play(running: Runtime, order: Order) -> RoundTold:
    """Found the practices where there are none, judge, file where asked, and tell."""
    began = time.monotonic()
    project = read_project(Path(order.project))
    _install(running, project)
    name = project.name
    chosen = EnabledPlugin(name=name, settings=practices.settings_for(running, name))
    own = running.plugins.rule_set(chosen)
    # Compiled, so that a clash is a fault of this round and not of the first claim.
    running.plugins.build_rule_book([chosen])
    known = {one.slug: one for one in running.practices()}
    opened = not known
    if opened:
        known = {one.slug: one for one in practices.found(running, name)}
    changed = _judge(running, known, own, order, opened=opened)
    if order.file:
        _go_round(running, tuple(known.values()), order)
    told = _with_places(_told(running, known, own), running, known, project, order)
    cost = _microseconds(running, known, own, order)
    return msgspec.structs.replace(
        told, changed=changed, seconds=time.monotonic() - began, claim_microseconds=cost
    )


def _install(running: Runtime, project: PluginProject) -> None:
    """Put the plugin as it was saved where installed ones lie, in place of the save before.

    ``PluginError`` where it cannot be loaded: the one before stays, and so do the pages.
    """
    store = PluginStore(running.settings.home)
    wheel = pack(project, running.settings.home / "wheels")
    known = [one for one in store.every() if one.name == project.name]
    if [one.wheel for one in known] == [sha256(wheel.read_bytes()).hexdigest()]:
        return
    inspected(
        PluginSource(
            name=project.name,
            module=project.module,
            version=project.version,
            folder=project.source,
        )
    )
    for one in known:
        store.remove(one.name, one.version)
    install(running, wheel, actor=COMMAND, unsigned=True)


def _judge(
    running: Runtime,
    known: dict[str, Practice],
    own: RuleSet,
    order: Order,
    *,
    opened: bool,
) -> int:
    """Hand in what is new, and judge again what was judged by other rules; how many changed."""
    changed = 0
    for site in practices.SITES:
        practice, day = known[site.slug], order.day
        if site.enabled:
            practices.agree(running, practice, own.name)
        made = practices.visits(running, own, site, seed=order.seed, day=day)
        cycle = Cycle(running, practice, as_of=day)
        if opened:
            practices.take(
                running, practice, [one for one in made if practices.is_earlier(one, day)], day=day
            )
            cycle.prepare()
            _go_round(running, (practice,), order)
        changed += cycle.rescrub().changed
        practices.take(running, practice, made, day=day)
        changed += cycle.prepare().claims
    return changed


def _go_round(running: Runtime, sent_by: Sequence[Practice], order: Order) -> None:
    """File what is ready, let the payers answer, take their answers in."""
    now = datetime.combine(order.day, clock_time(12, 0), tzinfo=UTC)
    exchange = running.settings.exchange
    for practice in sent_by:
        Cycle(running, practice, as_of=order.day).file()
    if not exchange.is_dir():
        return  # every claim is held
    for _ in range(_ANSWERS):
        simulator.run(exchange, seed=order.seed, now=now, script=_SCRIPTS[order.payers])
        for practice in sent_by:
            Cycle(running, practice, as_of=order.day).receive_waiting()


def _open_claims(
    running: Runtime, practice: Practice
) -> tuple[tuple[ClaimRecord, ...], dict[UUID, tuple[StoredFinding, ...]]]:
    with running.unit_of_work(practice.tenant_id) as uow:
        records = uow.claims.judged_otherwise(
            _NO_CLAIM_LIKE_IT, _NO_CLAIM_LIKE_IT, limit=_CLAIMS_READ_MAX
        )
        return records, dict(uow.claims.findings_of([one.id for one in records]))


def _told(running: Runtime, known: dict[str, Practice], own: RuleSet) -> RoundTold:
    titles = {rule.id: rule.title for rule in (*own.claim_edits, *own.gates, *own.coding_rules)}
    findings: list[FindingTold] = []
    places: list[PracticeTold] = []
    spoke: dict[str, set[str]] = {rule: set() for rule in titles}
    held: dict[str, set[str]] = {rule: set() for rule in titles}
    for site in practices.SITES:
        records, stored = _open_claims(running, known[site.slug])
        holding = 0
        for record in records:
            said = [one.finding for one in stored.get(record.id, ())]
            holding += any(one.severity.holds for one in said)
            for one in said:
                if one.rule not in titles:
                    continue
                spoke[one.rule].add(str(record.id))
                if one.severity.holds:
                    held[one.rule].add(str(record.id))
                findings.append(
                    FindingTold(
                        practice=site.slug,
                        claim=record.claim.claim_number,
                        page=f"/practices/{site.slug}/claims/{record.id}",
                        rule=one.rule,
                        severity=one.severity.value,
                        line_no=one.line_no,
                        message=one.message,
                        failed=one.reason == RULE_FAILED,
                    )
                )
        places.append(
            PracticeTold(
                practice=site.slug, enabled=site.enabled, claims=len(records), held=holding
            )
        )
    exchange = running.settings.exchange
    return RoundTold(
        plugin=own.name,
        version=own.version,
        rules=tuple(
            RuleTold(rule=rule, title=titles[rule], claims=len(spoke[rule]), held=len(held[rule]))
            for rule in sorted(titles)
        ),
        findings=_one_of_each_first(findings)[:_FINDINGS_TOLD_MAX],
        practices=tuple(places),
        payers=simulator.truth(exchange).claims_by_outcome if exchange.is_dir() else {},
    )


def _with_places(
    told: RoundTold,
    running: Runtime,
    known: dict[str, Practice],
    project: PluginProject,
    order: Order,
) -> RoundTold:
    """``told`` with the place in the author's code where each rule that failed broke."""
    places: dict[str, str] = {}
    findings = []
    for one in told.findings:
        if one.failed and one.rule not in places:
            records, _ = _open_claims(running, known[one.practice])
            (claim,) = (each.claim for each in records if each.claim.claim_number == one.claim)
            why = why_rule_broke(project, one.rule, claim, order.day)
            places[one.rule] = why or "not where it is asked alone; a test can show where"
            one = msgspec.structs.replace(one, broke=places[one.rule])
        findings.append(one)
    return msgspec.structs.replace(told, findings=tuple(findings))


def _one_of_each_first(findings: Sequence[FindingTold]) -> tuple[FindingTold, ...]:
    """A finding of every rule before the second of any."""
    seen: dict[str, int] = {}
    turns = []
    for one in findings:
        seen[one.rule] = seen.get(one.rule, 0) + 1
        turns.append((seen[one.rule], one.rule, one))
    return tuple(one for *_, one in sorted(turns, key=lambda turn: turn[:2]))


def _microseconds(
    running: Runtime, known: dict[str, Practice], own: RuleSet, order: Order
) -> float:
    """What the plugin's rules alone cost a claim, in the mean over the open ones."""
    claims = [
        record.claim for practice in known.values() for record in _open_claims(running, practice)[0]
    ]
    if not claims:
        return 0.0
    book = compile_rule_book([own])
    scrub(claims, book, NO_FACTS, as_of=order.day)
    began = time.perf_counter()
    scrub(claims, book, NO_FACTS, as_of=order.day)
    return (time.perf_counter() - began) / len(claims) * 1e6


def _fault(error: ClaimwrightError, order: Order) -> str:
    if not isinstance(error, PluginError):
        return error.message
    why = why_not_loaded(read_project(Path(order.project)))
    return f"{error.message}: {why}" if why else error.message


def main() -> None:
    """Read the order, play it, tell."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    refused: ClaimwrightError | None = None
    with piece_of_work():
        try:
            with runtime(settings_module.read()) as running:
                told = play(running, order)
        except ClaimwrightError as error:
            refused = error
    if refused is not None:
        told = RoundTold(plugin="", fault=_fault(refused, order))
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")


if __name__ == "__main__":
    main()
