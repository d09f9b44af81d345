"""``claimwright codes ...``: published tables, their releases, and questions to them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from api.commands import code_search
from api.commands.output import DONE, PROBLEMS, json_line, line, problem, table
from api.settings import Settings, make_home, read
from core.errors import ClaimwrightError

if TYPE_CHECKING:
    from api.tables.impact import Impact
    from api.tables.load import Outcome
    from api.tables.store import Release

_SHOW_EVERY_BYTES = 4 << 20


def add(commands: Any) -> None:
    """The commands for published tables."""
    codes = commands.add_parser(
        "codes", help="load published code sets and tables, and ask them"
    ).add_subparsers(required=True, metavar="ACTION")
    load = codes.add_parser("load", help="load one release of a table from its published files")
    load.add_argument("kind", metavar="KIND", help="which table, for example ncci-ptp-practitioner")
    load.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="all files of the release"
    )
    load.add_argument(
        "--release", default="", metavar="R", help="which release, where the file does not say it"
    )
    load.add_argument("--stage", action="store_true", help="load it without putting it in force")
    load.add_argument(
        "--replace", action="store_true", help="put a corrected file in the place of its release"
    )
    load.add_argument("--json", action="store_true", help="one JSON object")
    load.set_defaults(run=run_load)
    status = codes.add_parser(
        "status", help="what is loaded, from when to when it answers, and what is stale"
    )
    status.add_argument("--json", action="store_true", help="one JSON object a kind")
    status.set_defaults(run=run_status)
    activate = codes.add_parser("activate", help="put a staged release in force")
    activate.add_argument("kind", metavar="KIND")
    activate.add_argument("release", metavar="R", help="which release, for example 2024Q3")
    activate.set_defaults(run=run_activate)
    back = codes.add_parser("rollback", help="undo the last change of what is in force")
    back.add_argument("kind", metavar="KIND")
    back.set_defaults(run=run_rollback)
    impact = codes.add_parser(
        "impact", help="which rules and open claims a release touches; changes nothing"
    )
    impact.add_argument("kind", metavar="KIND")
    impact.add_argument(
        "files", nargs="+", metavar="FILE", help="all files of the release, or: staged"
    )
    impact.add_argument(
        "--release", default="", metavar="R", help="which release, where the file does not say it"
    )
    impact.add_argument("--json", action="store_true", help="one JSON object")
    impact.set_defaults(run=run_impact)
    ask = codes.add_parser(
        "ask", help="answer questions: JSON lines from standard input to standard output"
    )
    ask.set_defaults(run=run_ask)
    code_search.add(codes)


def run_load(given: argparse.Namespace) -> int:
    from api.tables.kinds import kind_of
    from api.tables.load import load
    from api.tables.store import TableStore

    kind = kind_of(given.kind)
    settings = read()
    make_home(settings)
    outcome = load(
        TableStore(settings.home),
        kind,
        given.files,
        release=given.release,
        stage=given.stage,
        replace=given.replace,
        at=datetime.now(UTC),
        told=_teller(),
    )
    if given.json:
        json_line(_as_json(outcome))
    else:
        _say(outcome)
    if not outcome.is_new:
        return DONE
    in_force = {"in_force": int(outcome.is_active)}
    return _recorded(settings, "table.loaded", outcome.release, **in_force)


def _recorded(settings: Settings, event: str, release: Release, **counts: int) -> int:
    """Write the event where there is a database; the tables themselves need none."""
    from api.tables.impact import has_database

    if not has_database(settings):
        return DONE
    from api.bootstrap import runtime
    from api.deployment import record_for_deployment
    from audit.event import ObjectType

    digests = {"source": bytes.fromhex(release.source), "table": bytes.fromhex(release.table)}
    try:
        with runtime(settings) as running:
            record_for_deployment(
                running,
                event,
                about={ObjectType.TABLE: [UUID(release.table[:32])]},
                counts={"rows": release.rows, **counts},
                digests=digests,
            )
    except ClaimwrightError as fault:
        problem(f"it is done, but the audit event could not be written: {fault.message}")
        return PROBLEMS
    return DONE


def _teller() -> Callable[[int], None]:
    """Says on a terminal how much was read."""
    done = shown = 0

    def told(count: int) -> None:
        nonlocal done, shown
        done += count
        if sys.stderr.isatty() and done - shown >= _SHOW_EVERY_BYTES:
            shown = done
            sys.stderr.write(f"\r\x1b[K{done >> 20} MB read")
            sys.stderr.flush()

    return told


def _as_json(outcome: Outcome) -> dict[str, object]:
    release = outcome.release
    return {
        "kind": outcome.kind,
        "release": release.release,
        "first": release.first,
        "last": release.last,
        "rows": release.rows,
        "loaded": outcome.is_new,
        "active": outcome.is_active,
        "against": outcome.against,
        "added": outcome.counts.added,
        "changed": outcome.counts.changed,
        "ended": outcome.counts.ended,
        "notes": release.notes,
    }


def _say(outcome: Outcome) -> None:
    release, counts = outcome.release, outcome.counts
    name = f"{outcome.kind} {release.release}"
    days = f"{release.first.isoformat()} to {release.last.isoformat()}"
    if not outcome.is_new:
        line(f"{name} is loaded already; nothing was changed")
        if not outcome.is_active:
            line(f"  it is not in force; put it in force with: claimwright codes activate {name}")
        return
    line(f"{name}, {days}: {release.rows:,} rows read")
    against = f"against {outcome.against}" if outcome.against else "as the first release"
    line(f"  {counts.added:,} added, {counts.changed:,} changed, {counts.ended:,} ended {against}")
    for note in release.notes:
        line(f"  {note}")
    if not outcome.is_active:
        line(f"  staged; put it in force with: claimwright codes activate {name}")
    elif not outcome.is_current:
        line("  a newer release is in force too; this one answers for its own days only")


def run_status(given: argparse.Namespace) -> int:
    from api.tables.kinds import kinds
    from api.tables.status import status_of
    from api.tables.store import TableStore

    settings = read()
    today = datetime.now(ZoneInfo(settings.time_zone)).date()
    store = TableStore(settings.home)
    found = [status_of(kind, store.manifest(name), today) for name, kind in kinds().items()]
    if given.json:
        for one in found:
            json_line(one)
        return DONE
    table(
        ("kind", "release", "state", "first day", "last day", "rows", "loaded"),
        [
            (
                kind.kind,
                one.release,
                one.state,
                one.first.isoformat(),
                "open" if one.last == date.max else one.last.isoformat(),
                f"{one.rows:,}",
                f"{one.loaded_at:%Y-%m-%d}",
            )
            for kind in found
            for one in kind.releases
        ],
    )
    for kind in found:
        if kind.is_stale and kind.answers_to:
            line(f"{kind.kind} is stale: nothing answers after {kind.answers_to.isoformat()}")
    if missing := [kind.kind for kind in found if not kind.releases]:
        line(f"not loaded: {', '.join(missing)}")
    return DONE


def run_activate(given: argparse.Namespace) -> int:
    from api.tables.kinds import kind_of
    from api.tables.store import TableStore

    kind, settings = kind_of(given.kind), read()
    store = TableStore(settings.home)
    store.manifest(kind.name).find(given.release)
    with store.changing(kind.name) as change:
        release = change.manifest.find(given.release)
        if release.release in change.manifest.active:
            line(f"{kind.name} {release.release} is in force already; nothing was changed")
            return DONE
        store.open(kind.name, release)
        change.activate(release.release, datetime.now(UTC))
    line(f"{kind.name} {release.release} is in force from {release.first.isoformat()} on")
    line(f"  undo it with: claimwright codes rollback {kind.name}")
    return _recorded(settings, "table.activated", release)


def run_rollback(given: argparse.Namespace) -> int:
    from api.tables.kinds import kind_of
    from api.tables.store import TableStore

    kind, settings = kind_of(given.kind), read()
    store = TableStore(settings.home)
    store.manifest(kind.name).last_change()
    with store.changing(kind.name) as change:
        undone = change.manifest.last_change()
        release = change.manifest.find(undone.release)
        change.roll_back(datetime.now(UTC))
        active = change.manifest.active
    done = "activation" if undone.act == "activate" else "loading"
    line(f"{kind.name}: the {done} of {undone.release} is undone; its file stays loaded")
    line(f"  in force now: {', '.join(active) or 'nothing'}")
    return _recorded(settings, "table.rolled_back", release)


def run_impact(given: argparse.Namespace) -> int:
    from api.tables.impact import impact_of_files, impact_of_staged
    from api.tables.kinds import kind_of

    kind, settings = kind_of(given.kind), read()
    if given.files == ["staged"]:
        found = impact_of_staged(settings, kind)
    else:
        found = impact_of_files(
            settings,
            kind,
            [Path(one) for one in given.files],
            release=given.release,
            at=datetime.now(UTC),
            told=_teller(),
        )
    if given.json:
        json_line(_impact_as_json(found))
    else:
        _say_impact(found)
    return DONE


_NO_FAVOURITES = "favourites: this version keeps none, so none are touched"
_NO_DATABASE = "open claims: not looked at, there is no database of this installation"


def _impact_as_json(found: Impact) -> dict[str, object]:
    notes = [_NO_FAVOURITES] if found.claims is not None else [_NO_FAVOURITES, _NO_DATABASE]
    return {
        "kind": found.kind,
        "release": found.release.release,
        "against": found.against,
        "added": found.counts.added,
        "changed": found.counts.changed,
        "ended": found.counts.ended,
        "codes": found.codes,
        "rules": found.rules,
        "favourites": None,
        "claims": found.claims,
        "notes": notes,
    }


def _say_impact(found: Impact) -> None:
    against = f"against {found.against}" if found.against else "as the first release"
    counts = found.counts
    line(f"{found.kind} {found.release.release} {against}; nothing was changed")
    line(f"  rows: {counts.added:,} added, {counts.changed:,} changed, {counts.ended:,} ended")
    line(f"  codes touched: {found.codes:,}")
    line(f"  rules touched: {len(found.rules)}")
    for rule in found.rules:
        why = "reads the table" if rule.reads_table else f"names {', '.join(rule.codes[:8])}"
        more = f" and {len(rule.codes) - 8} more" if len(rule.codes) > 8 else ""
        line(f"    {rule.id} {rule.title}: {why}{'' if rule.reads_table else more}")
    line(f"  {_NO_FAVOURITES}")
    if found.claims is None:
        line(f"  {_NO_DATABASE}")
        return
    line(f"  open claims touched: {sum(one.unsent + one.at_payer for one in found.claims):,}")
    for one in found.claims:
        line(f"    {one.practice}: {one.unsent:,} not sent yet, {one.at_payer:,} at the payer")


def run_ask(given: argparse.Namespace) -> int:
    from api.tables.opened import published_tables
    from core.codes.questions import answer_line

    tables = published_tables(read().home).table
    # What has come is answered at once, so a program may ask and wait.
    given_in, out, rest = cast(BufferedReader, sys.stdin.buffer), sys.stdout.buffer, b""
    while block := given_in.read1(1 << 16):
        *lines, rest = (rest + block).split(b"\n")
        out.writelines(answer_line(one, tables) + b"\n" for one in lines if one.strip())
        out.flush()
    if rest.strip():
        out.write(answer_line(rest, tables) + b"\n")
    return DONE
