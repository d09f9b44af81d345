"""``plugin enable|disable|settings|status|shadow|promote|rollback``: plugins of one practice."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.commands.granting import add_grant, granted
from api.commands.output import DONE, PROBLEMS, json_line, line, problem, table
from core.dates import parse_day
from core.errors import ClaimwrightError
from core.money import dollars

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.bootstrap import Runtime
    from api.plugin_status import PluginStatus
    from api.practice_plugins import PluginDesk
    from core.ports import Practice
    from core.scrub.shadow import ShadowReport
    from plugins.standing import PluginStep


def add(actions: Any) -> None:
    """The actions about a practice, below ``plugin``."""
    enable = _named(actions, "enable", "switch a plugin on for a practice", run_enable)
    enable.add_argument("--from", dest="first", default="", metavar="DAY", help="of service")
    enable.add_argument("--until", dest="last", default="", metavar="DAY", help="of service")
    enable.add_argument("--version", default="", metavar="V", help="where several are installed")
    add_grant(enable)
    _settings(enable)
    disable = _named(actions, "disable", "switch a plugin off for a practice", run_disable)
    disable.add_argument(
        "--from", dest="first", default="", metavar="DAY",
        help="its rules hold for days of service before this one (default: for none)",
    )  # fmt: skip
    settings = _named(actions, "settings", "show a plugin's settings, or change them", run_settings)
    settings.add_argument("file", nargs="?", type=Path, metavar="FILE", help="JSON, to change them")
    status = actions.add_parser("status", help="how a practice's plugins stand, and what failed")
    _practice(status, run_status)
    shadow = _named(
        actions, "shadow", "try a version unseen, or say what the trial found", run_shadow
    )
    shadow.add_argument("--version", default="", metavar="V", help="begin to try this version")
    shadow.add_argument("--end", action="store_true", help="try it no longer")
    add_grant(shadow)
    _settings(shadow)
    promote = actions.add_parser("promote", help="let a version count in the place of another")
    promote.add_argument("name", metavar="NAME")
    promote.add_argument("--version", required=True, metavar="V")
    _where(promote, run_promote)
    add_grant(promote)
    back = actions.add_parser("rollback", help="let the version before count again")
    back.add_argument("name", metavar="NAME")
    _where(back, run_rollback)


def _named(actions: Any, name: str, help_text: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=help_text)
    parser.add_argument("name", metavar="NAME")
    _practice(parser, run)
    return parser


def _practice(parser: argparse.ArgumentParser, run: Any) -> None:
    parser.add_argument("--practice", required=True, help="short name")
    parser.add_argument("--json", action="store_true", help="JSON instead of words")
    parser.set_defaults(run=run)


def _where(parser: argparse.ArgumentParser, run: Any) -> None:
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--practices", default="", metavar="A,B", help="short names; begin with few")
    where.add_argument("--practice", default="", help="short name")
    where.add_argument(
        "--rest", action="store_true", help="every practice where another version counts"
    )
    parser.add_argument("--json", action="store_true", help="JSON instead of words")
    parser.set_defaults(run=run)


def _settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--settings", type=Path, metavar="FILE", help="JSON")


def _with_desk(given: argparse.Namespace, act: Callable[[PluginDesk], Any]) -> Any:
    from api.bootstrap import runtime

    with runtime() as running:
        return act(_desk(running, running.practice(given.practice)))


def _desk(running: Runtime, practice: Practice) -> PluginDesk:
    from api.practice_plugins import PluginDesk
    from api.practices import COMMAND
    from api.rules import COMMAND_ROLE

    return PluginDesk(running, practice, COMMAND, COMMAND_ROLE)


def _read(path: Path | None) -> bytes:
    from api.commands.files import read_file

    return read_file(path) if path else b"{}"


def run_enable(given: argparse.Namespace) -> int:
    from api.plugin_steps import PluginChoice
    from core.dates import Window

    first, last = (parse_day(day) if day else None for day in (given.first, given.last))
    choice = PluginChoice(
        name=given.name,
        version=given.version,
        settings=_read(given.settings),
        window=Window(first, last),
        grant=granted(given),
    )
    step = _with_desk(given, lambda desk: desk.enable(choice))
    return _say(given, given.practice, step, "is on")


def run_disable(given: argparse.Namespace) -> int:
    day = parse_day(given.first) if given.first else None
    step = _with_desk(given, lambda desk: desk.disable(given.name, day))
    return _say(given, given.practice, step, f"is off from {day}" if day else "is off")


def run_settings(given: argparse.Namespace) -> int:
    if given.file:
        settings = _read(given.file)
        step = _with_desk(given, lambda desk: desk.set_settings(given.name, settings))
        return _say(given, given.practice, step, "has the new settings")
    shown = _with_desk(given, lambda desk: desk.settings(given.name))
    if given.json:
        json_line(shown)
        return DONE
    for field, value in shown.fields.items():
        line(f"{field} = {value}")
    for field in shown.secret:
        line(f"{field} is secret; it is {'set' if field in shown.secrets_set else 'not set'}")
    return DONE


def run_status(given: argparse.Namespace) -> int:
    found: tuple[PluginStatus, ...] = _with_desk(given, lambda desk: desk.status())
    if given.json:
        for one in found:
            json_line(_status_as_json(one))
    else:
        table(
            ("PLUGIN", "STATE", "VERSION", "DAYS", "IN SHADOW", "FAULTS TODAY"),
            [
                (
                    one.plugin,
                    one.live.state.value if one.live else "off",
                    one.live.version if one.live else "",
                    _days(one.live),
                    one.shadow.version or "yes" if one.shadow else "",
                    f"{one.faults_today} of {one.faults_allowed}",
                )
                for one in found
            ],
        )
        for one in found:
            for fault in one.faults:
                line(
                    f"  {fault.plugin} {fault.version} {fault.rule or fault.hook or 'itself'}: "
                    f"{fault.kind} {fault.faults} times, last {fault.last_at:%Y-%m-%d %H:%M}"
                )
    return PROBLEMS if any(one.live and one.live.state == "stopped" for one in found) else DONE


def _status_as_json(one: PluginStatus) -> dict[str, object]:
    return {
        "plugin": one.plugin,
        "live": _step_as_json(one.live) if one.live else None,
        "shadow": _step_as_json(one.shadow) if one.shadow else None,
        "secrets_set": [each.field for each in one.secrets],
        "faults_today": one.faults_today,
        "faults_allowed": one.faults_allowed,
        "faults": one.faults,
        "report": one.report,
    }


def _step_as_json(step: PluginStep) -> dict[str, object]:
    return {
        "state": step.state,
        "version": step.version,
        "first": step.window.first,
        "last": step.window.last,
        "sees": step.sees,
        "act": step.act,
        "place": step.place,
        "at": step.said_at,
    }


def _days(step: PluginStep | None) -> str:
    if step is None:
        return ""
    first, last = step.window.first, step.window.last
    return f"{first or 'always'} to {last or 'now on'}" if first or last else "all"


def run_shadow(given: argparse.Namespace) -> int:
    from api.plugin_steps import PluginChoice

    if given.end:
        step = _with_desk(given, lambda desk: desk.end_shadow(given.name))
        return _say(given, given.practice, step, "is tried no longer")
    if not given.version:
        report = _with_desk(given, lambda desk: desk.shadow_report(given.name))
        return _say_report(given, report)
    choice = PluginChoice(
        name=given.name,
        version=given.version,
        settings=_read(given.settings),
        grant=granted(given),
    )
    step = _with_desk(given, lambda desk: desk.shadow(choice))
    return _say(given, given.practice, step, "is tried in shadow; nothing it finds is shown")


def _say_report(given: argparse.Namespace, report: ShadowReport) -> int:
    if given.json:
        json_line(report)
        return DONE
    line(f"{report.claims:,} claims judged twice since {report.since:%Y-%m-%d}")
    line(f"  with other findings  {report.different:,}")
    line(
        f"  newly held           {report.newly_held:,}, {dollars(report.newly_held_cents)} charged"
    )
    line(
        f"  no longer held       {report.no_longer_held:,}, "
        f"{dollars(report.no_longer_held_cents)} charged"
    )
    line(
        f"  took                 {report.shadow_microseconds / 1e6:.1f} s; "
        f"what counts took {report.microseconds / 1e6:.1f} s"
    )
    for one in report.rules:
        line(
            f"  {one.rule}: {one.new} new, {one.gone} gone, {one.changed} of another severity"
            + (f", {one.failed} failed" if one.failed else "")
        )
    return DONE


def run_promote(given: argparse.Namespace) -> int:
    grant = granted(given)

    def act(desk: PluginDesk) -> tuple[PluginStep, str]:
        step = desk.promote(given.name, given.version, grant=grant)
        return step, f"counts now{_found(desk.tried(given.name, given.version))}"

    return _at_each(given, act)


def _found(report: ShadowReport | None) -> str:
    if report is None:
        return ""
    return (
        f"; in shadow, of {report.claims:,} claims {report.newly_held:,} would newly have been "
        f"held ({dollars(report.newly_held_cents)}) and {report.no_longer_held:,} no longer "
        f"({dollars(report.no_longer_held_cents)})"
    )


def run_rollback(given: argparse.Namespace) -> int:
    return _at_each(given, lambda desk: (desk.roll_back(given.name), "counts again"))


def _at_each(given: argparse.Namespace, act: Callable[[PluginDesk], tuple[PluginStep, str]]) -> int:
    """At one practice after the other; one that refuses is told, and the others go on."""
    from api.bootstrap import runtime
    from api.plugin_status import practices_to_move

    refused = 0
    with runtime() as running:
        names = [given.practice] if given.practice else given.practices.replace(",", " ").split()
        if given.rest:
            names = practices_to_move(running, given.name, getattr(given, "version", ""))
        for slug in names:
            try:
                step, words = act(_desk(running, running.practice(slug)))
            except ClaimwrightError as problem_here:
                refused += 1
                problem(f"{slug}: {problem_here.message}")
            else:
                _say(given, slug, step, words)
    if not names and not given.json:
        line("No practice is left where another version counts.")
    return PROBLEMS if refused else DONE


def _say(given: argparse.Namespace, slug: str, step: PluginStep, words: str) -> int:
    if given.json:
        json_line({"practice": slug, "plugin": step.plugin, **_step_as_json(step)})
    else:
        line(f"{slug}: {f'{step.plugin} {step.version}'.strip()} {words}")
    return DONE
