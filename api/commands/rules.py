"""``rules``: rules that people write; list, check, save, try, switch on and off."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.commands.output import DONE, PROBLEMS, json_line, line, progress, table
from core.errors import InputError, StateError
from core.money import dollars

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.rules import RuleDesk
    from core.rules.declared import DeclaredRule


def add(commands: Any) -> None:
    """The command ``rules``."""
    rules = commands.add_parser("rules", help="rules that people write").add_subparsers(
        required=True, metavar="ACTION"
    )
    _action(rules, "list", "every rule the practice follows, with its state", run_list)
    _of_rule(_action(rules, "show", "one rule: what it says, and its history", run_show))
    _of_file(_action(rules, "check", "what is wrong with the rules of a file", run_check))
    save = _of_file(_action(rules, "save", "save the rules of a file as drafts", run_save))
    _reason(save)
    tried = _of_rule(
        _action(rules, "dry-run", "what the newest version would have done", run_dry_run)
    )
    tried.add_argument("--months", type=int, default=3, help="of claims (default 3)")
    replayed = _of_rule(
        _action(rules, "backtest", "replay the newest version and keep the result", run_backtest)
    )
    replayed.add_argument("--months", type=int, default=12, help="of claims (default 12)")
    _reason(_of_rule(_action(rules, "activate", "switch the newest version on", run_activate)))
    end = _of_rule(_action(rules, "end", "switch a rule off from a day on", run_end))
    end.add_argument("--from", dest="from_day", default="", help="the day (default today)")
    _reason(end)


def _action(parent: Any, name: str, help_text: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = parent.add_parser(name, help=help_text)
    parser.add_argument("--practice", required=True, help="short name")
    parser.add_argument("--json", action="store_true", help="JSON instead of words")
    parser.set_defaults(run=run)
    return parser


def _of_rule(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("rule", help="its id, such as OWN-TELEHEALTH-1")
    return parser


def _of_file(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("file", type=Path, metavar="FILE", help="TOML or JSON")
    return parser


def _reason(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", required=True, help="why; kept with the rule")


def _with_desk(given: argparse.Namespace, act: Callable[[RuleDesk], Any]) -> Any:
    from api.bootstrap import runtime
    from api.practices import COMMAND
    from api.rules import COMMAND_ROLE, RuleDesk

    with runtime() as running:
        practice = running.practice(given.practice)
        return act(RuleDesk(running, practice, COMMAND, COMMAND_ROLE))


def _read(path: Path) -> tuple[DeclaredRule, ...]:
    from api.commands.files import read_file
    from core.rules.declared_file import read_rules

    try:
        text = read_file(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("the file is not UTF-8 text") from None
    return read_rules(text, toml=path.suffix.lower() != ".json")


def run_list(given: argparse.Namespace) -> int:
    """Every rule with its state."""
    found = _with_desk(given, lambda desk: desk.standings())
    if given.json:
        for one in found:
            json_line(
                {
                    "id": one.id,
                    "layer": one.shown.layer,
                    "state": one.state,
                    "version": one.on.version if one.on else None,
                    "draft": one.draft.version if one.draft else None,
                    "title": one.shown.title,
                }
            )
        return DONE
    if not found:
        line("no rules yet; docs/declared-rules.md says how to write one")
        return DONE
    table(
        ("RULE", "LAYER", "STATE", "DRAFT", "TITLE"),
        [
            (
                one.id,
                one.shown.layer,
                one.state,
                f"version {one.draft.version}" if one.draft and one.on else "",
                one.shown.title,
            )
            for one in found
        ],
    )
    return DONE


def run_show(given: argparse.Namespace) -> int:
    """One rule in words, and who did what to it."""
    from core.rules.declared_words import rule_in_words

    steps = _with_desk(given, lambda desk: desk.history(given.rule))
    if given.json:
        json_line(steps)
        return DONE
    for said in rule_in_words(steps[-1].rule):
        line(said)
    line()
    for one in steps:
        day = f" from {one.off_from}" if one.off_from else ""
        line(
            f"  {one.saved_at:%Y-%m-%d %H:%M} version {one.rule.version} {one.step}{day}"
            f" ({one.role}): {one.reason}"
        )
    return DONE


def run_check(given: argparse.Namespace) -> int:
    """Everything wrong with the rules of a file; nothing is saved."""
    rules = _read(given.file)
    found = _with_desk(given, lambda desk: [(rule, desk.check(rule)) for rule in rules])
    problems = [(rule, one) for rule, each in found for one in each]
    for rule, one in problems:
        if given.json:
            json_line(
                {"rule": rule.id, "where": one.where, "message": one.message, "blocks": one.blocks}
            )
        else:
            line(f"{rule.id} {'refused' if one.blocks else 'note'}: {one}")
    if not given.json:
        line(
            f"{len(rules)} rules read, {sum(one.blocks for _, one in problems)} things to put right"
        )
    return PROBLEMS if any(one.blocks for _, one in problems) else DONE


def run_save(given: argparse.Namespace) -> int:
    """Save every rule of a file as a draft; none where one of them cannot be."""
    rules = _read(given.file)

    def act(desk: RuleDesk) -> list[DeclaredRule]:
        for rule in rules:
            blocking = [one for one in desk.check(rule) if one.blocks]
            if blocking:
                raise InputError(f"{rule.id}: {blocking[0]}; nothing was saved")
        return [desk.save(rule, given.reason) for rule in rules]

    for rule in _with_desk(given, act):
        if given.json:
            json_line({"rule": rule.id, "version": rule.version})
        else:
            line(f"{rule.id} version {rule.version} is saved as a draft")
    return DONE


def run_dry_run(given: argparse.Namespace) -> int:
    """Count the claims the newest version would have met."""
    found = _with_desk(given, lambda desk: desk.dry_run(desk.newest(given.rule), given.months))
    if given.json:
        json_line(found)
        return DONE
    line(
        f"{found.rule} version {found.version}: {found.matched} of {found.looked} claims of the "
        f"last {found.months} months ({found.percent} %), {dollars(found.charge_cents)} in charges"
    )
    for said in found.actions:
        line(f"  would {said}")
    if found.examples:
        line(f"  for example {', '.join(number for _, number in found.examples)}")
    if not found.is_whole:
        line("  there are more claims than a dry run looks at; ask for fewer months")
    return DONE


def run_backtest(given: argparse.Namespace) -> int:
    """Replay to the end, keep the result, and say what it came to."""
    from api import backtests
    from api.bootstrap import runtime
    from api.practices import COMMAND
    from api.rules import COMMAND_ROLE, RuleDesk

    with runtime() as running:
        practice = running.practice(given.practice)
        desk = RuleDesk(running, practice, COMMAND, COMMAND_ROLE)
        run_id = desk.begin_back_test(given.rule, given.months)
        found = backtests.run_to_its_end(
            running,
            practice.tenant_id,
            run_id,
            lambda run: progress(f"{run.done_claims} of {run.of_claims} claims"),
        )
    if found is None:
        raise StateError("the back-test was stopped before it was done")
    total = found.result.total
    if given.json:
        json_line(found)
        return DONE
    line(
        f"{found.subject}: {found.result.claims} claims, {total.held} would have been held: "
        f"{total.prevented} denials prevented, {total.false_holds} held for nothing, "
        f"{total.undecided} undecided; {dollars(total.expected_cents)} delayed"
    )
    return DONE


def run_activate(given: argparse.Namespace) -> int:
    """Switch the newest version on."""
    rule = _with_desk(given, lambda desk: desk.activate(given.rule, given.reason))
    _say(given, rule, f"{rule.id} version {rule.version} is switched on")
    return DONE


def run_end(given: argparse.Namespace) -> int:
    """Switch a rule off from a day on."""
    from core.dates import parse_day

    day = parse_day(given.from_day) if given.from_day else None
    rule = _with_desk(given, lambda desk: desk.end(given.rule, given.reason, day))
    _say(given, rule, f"{rule.id} is switched off from {day or 'today'}")
    return DONE


def _say(given: argparse.Namespace, rule: DeclaredRule, words: str) -> None:
    if given.json:
        json_line({"rule": rule.id, "version": rule.version})
    else:
        line(words)
