"""``explain``, ``waivers``, ``plugin backtest``: what rules say of claims, and would have said."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.commands.files import read_file
from api.commands.granting import add_grant, granted
from api.commands.output import DONE, PROBLEMS, json_line, line, problem, progress, table
from core.errors import InputError, NotFoundError, StateError
from core.money import dollars

if TYPE_CHECKING:
    from uuid import UUID

    from api.bootstrap import Runtime
    from core.ports import Practice
    from core.rule_ports import BackTestRun, StoredBackTest
    from core.scrub.backtest import BackTest
    from core.scrub.explain import Explanation, RuleTold

_VERDICTS = ("won", "lost", "no_opinion", "quiet")
_MONTHS_DEFAULT = 12


def add(commands: Any) -> None:
    """The commands about what rules do."""
    explain = commands.add_parser(
        "explain", help="every rule that looked at a claim, what it said, and why"
    )
    explain.add_argument("claim", metavar="CLAIM", help="the claim's number")
    explain.add_argument("--all", action="store_true", help="also rules about something else")
    _of_practice(explain, run_explain)
    waivers = commands.add_parser("waivers", help="rules let pass for a while").add_subparsers(
        required=True, metavar="ACTION"
    )
    _of_practice(waivers.add_parser("list", help="every waiver, also those over"), run_waivers)


def add_backtest(actions: Any) -> None:
    """``backtest``, below ``plugin``."""
    backtest = actions.add_parser("backtest", help="replay rules on the claims of the past")
    tried = backtest.add_mutually_exclusive_group(required=True)
    tried.add_argument(
        "plugin", nargs="?", metavar="PLUGIN", help="all rules of a plugin: name, folder or wheel"
    )
    tried.add_argument("--rule", metavar="ID", help="one rule of the practice's own rule book")
    tried.add_argument(
        "--codes", nargs=2, metavar=("KIND", "RELEASE"), help="a loaded release of a table"
    )
    backtest.add_argument(
        "--months", type=int, default=_MONTHS_DEFAULT, help="how far back (default 12)"
    )
    backtest.add_argument(
        "--settings", type=Path, metavar="FILE", help="JSON settings to try the plugin with"
    )
    backtest.add_argument(
        "--file", metavar="FILE", help="scrub documents, one a line, instead of a practice's claims"
    )
    backtest.add_argument(
        "--unconfined", action="store_true", help="run a folder or wheel where no fence holds"
    )
    backtest.add_argument("--practice", default="", help="short name; needed without --file")
    add_grant(backtest)
    backtest.add_argument("--json", action="store_true", help="JSON instead of words")
    backtest.set_defaults(run=run_backtest)


def _of_practice(parser: argparse.ArgumentParser, run: Any) -> None:
    parser.add_argument("--practice", required=True, help="short name")
    parser.add_argument("--json", action="store_true", help="JSON instead of words")
    parser.set_defaults(run=run)


def run_explain(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime
    from core.usecases.explain_claim import explain_claim, without_words

    with runtime() as running:
        practice = running.practice(given.practice)
        book = running.rule_book(practice.tenant_id)
        with running.unit_of_work(practice.tenant_id) as uow:
            place = uow.claims.places([given.claim]).get(given.claim)
            if place is None:
                raise NotFoundError("this practice has no claim with this number")
            record, told = explain_claim(uow, place.id, book)
            told = without_words(record, told)
    if given.json:
        json_line(told)
    else:
        _say_explained(told, everything=given.all)
    return PROBLEMS if any(one.severity.holds for one in told.findings) else DONE


def _say_explained(told: Explanation, *, everything: bool) -> None:
    line(f"{told.claim_number}, judged on {told.as_of}: {len(told.rules)} rules")
    elsewhere = [one for one in told.rules if one.verdict == "no_opinion" and not one.lines]
    shown = [one for one in told.rules if everything or one not in elsewhere]
    for verdict in _VERDICTS:
        chosen = [one for one in shown if one.verdict == verdict]
        if chosen:
            line()
            line(f"{verdict.replace('_', ' ')} ({len(chosen)})")
        for one in chosen:
            _say_rule(one)
    if not everything and elsewhere:
        line()
        line(f"{len(elsewhere)} rules are about something else; --all names them")


def _say_rule(one: RuleTold) -> None:
    line(f"  {one.rule} {one.title} ({one.layer}, version {one.version}): {one.why}")
    for each in one.findings:
        where = f"line {each.finding.line_no}: " if each.finding.line_no else ""
        line(f"    {each.finding.severity}: {where}{each.finding.message}")
        if each.finding.table_row:
            line(f"    decided by {each.finding.table_row}")
    for knob in one.knobs:
        by = f", by {knob.source} ({knob.layer})" if knob.policy else ", no policy speaks of it"
        line(f"    {knob.knob}: {knob.value}{by}")
    for read in one.tables:
        how = f"asked {read.asked}, answered {read.answered}" if read.is_loaded else "not loaded"
        line(f"    table {read.table}: {how}")


def run_waivers(given: argparse.Namespace) -> int:
    from api.bootstrap import runtime

    with runtime() as running:
        practice = running.practice(given.practice)
        with running.unit_of_work(practice.tenant_id) as uow:
            found = [(one, one.state(uow.today)) for one in uow.waivers.every()]
    # What a person typed as the reason stays on the page.
    rows = [
        (
            one.rule,
            one.code or "every code",
            one.payer_id or "every payer",
            one.window.first,
            one.window.last,
            state,
        )
        for one, state in found
    ]
    header = ("rule", "code", "payer", "first_day", "last_day", "state")
    if given.json:
        json_line({"waivers": [dict(zip(header, row, strict=True)) for row in rows]})
    elif rows:
        table([name.replace("_", " ") for name in header], rows)
    else:
        line("Nothing is waived.")
    return DONE


def run_backtest(given: argparse.Namespace) -> int:
    from api import backtests
    from api.bootstrap import runtime
    from api.collector import set_for_batches
    from audit.event import machine
    from core.usecases.backtest import days_of

    if given.settings and not given.plugin:
        raise InputError("--settings goes with a plugin")
    settings = read_file(given.settings).decode("utf-8", "replace") if given.settings else ""
    if given.file:
        return _documents(given, settings)
    if not given.practice:
        raise InputError("say whose claims with --practice, or name documents with --file")
    if given.plugin and _is_path(given.plugin):
        return _from_path(given, settings)
    if given.plugin:
        asked = backtests.Asked(kind="plugin", subject=given.plugin, settings=settings)
    elif given.rule:
        asked = backtests.Asked(kind="rule", subject=given.rule)
    else:
        asked = backtests.Asked(kind="codes", subject=" ".join(given.codes))
    set_for_batches()
    with runtime() as running:
        practice = running.practice(given.practice)
        days = days_of(_today(running, practice), given.months)
        run_id = backtests.begin(running, practice.tenant_id, asked, days, machine("command"))
        found = _finished(running, practice, run_id)
    if found is None:
        raise StateError("the back-test was stopped, or the rules changed under it; begin anew")
    if given.json:
        json_line({"id": found.id, "subject": found.subject, "result": found.result})
    else:
        _say_result(found.subject, found.result)
    return PROBLEMS if found.result.total.false_holds else DONE


def _finished(running: Runtime, practice: Practice, run_id: UUID) -> StoredBackTest | None:
    from api import backtests
    from audit.event import machine

    def told(run: BackTestRun) -> None:
        progress(f"{run.done_claims:,} of {run.of_claims:,} claims")

    try:
        return backtests.run_to_its_end(running, practice.tenant_id, run_id, told)
    except KeyboardInterrupt:
        backtests.stop(running, practice.tenant_id, run_id, machine("command"))
        problem("the back-test is stopped; nothing of it was kept")
        raise


def _today(running: Runtime, practice: Practice) -> Any:
    with running.unit_of_work(practice.tenant_id) as uow:
        return uow.today


def _is_path(named: str) -> bool:
    return Path(named).suffix == ".whl" or Path(named).is_dir()


def _documents(given: argparse.Namespace, settings: str) -> int:
    """A plugin over scrub documents; nothing is stored, and no database is asked."""
    from datetime import UTC, datetime

    from api.commands.files import Source
    from api.partner_kit.backtest import over_documents
    from api.partner_kit.locate import located

    if not given.plugin:
        raise InputError("--file goes with a plugin")
    with located(given.plugin) as plugin:
        found = over_documents(
            plugin,
            Source(given.file).blocks(),
            settings=settings.encode() or b"{}",
            is_unconfined=given.unconfined,
            today=datetime.now(UTC).date(),
        )
    if given.json:
        json_line(found)
        return DONE if not found.refused else PROBLEMS
    line(f"{found.plugin}: {found.claims:,} claims, {found.refused:,} lines were no documents")
    line(f"  changed     {found.changed:,}")
    line(f"  newly held  {found.held:,}, {dollars(found.held_cents)} charged")
    if found.rules:
        line()
        table(
            ("rule", "claims", "holds", "charged"),
            ((one.rule, one.claims, one.held, dollars(one.charge_cents)) for one in found.rules),
        )
    return DONE if not found.refused else PROBLEMS


def _from_path(given: argparse.Namespace, settings: str) -> int:
    """A plugin that is not installed over a practice's past claims; the result is not kept."""
    from api.bootstrap import runtime
    from api.collector import set_for_batches
    from api.partner_kit.backtest import over_practice
    from api.partner_kit.locate import located
    from core.usecases.backtest import days_of

    set_for_batches()
    with located(given.plugin) as plugin, runtime() as running:
        practice = running.practice(given.practice)
        result = over_practice(
            running,
            practice.tenant_id,
            plugin,
            days_of(_today(running, practice), given.months),
            settings=settings.encode() or b"{}",
            grant=granted(given),
            is_unconfined=given.unconfined,
            told=lambda claims: progress(f"{claims:,} claims"),
        )
        title = plugin.title
    if given.json:
        json_line({"subject": title, "result": result})
    else:
        _say_result(title, result)
    return PROBLEMS if result.total.false_holds else DONE


def _say_result(subject: str, result: BackTest) -> None:
    total = result.total
    line(f"{subject}: {result.claims:,} claims of {result.first_day} to {result.last_day}")
    line(f"  would have held  {total.held:,}, {dollars(total.charge_cents)} charged")
    line(f"  prevented        {total.prevented:,}, {dollars(total.prevented_cents)} charged")
    line(f"  false holds      {total.false_holds:,}")
    line(f"  undecided        {total.undecided:,}")
    line(f"  only warned      {total.warned:,}; could not judge {total.not_judged:,}")
    how = "assumed" if result.delay_is_assumed else "the practice's median"
    line(f"  a denial takes {result.delay_days} days to come ({how})")
    rules = [one for one in result.rules if one.held or one.warned]
    if rules:
        line()
        table(
            ("rule", "held", "prevented", "false holds", "undecided", "warned"),
            (
                (one.rule, one.held, one.prevented, one.false_holds, one.undecided, one.warned)
                for one in rules
            ),
        )
