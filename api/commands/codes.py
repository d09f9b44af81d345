"""``claimwright codes ...``: published tables, their releases, and questions to them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from api.commands.output import DONE, json_line, line
from api.settings import make_home, read

if TYPE_CHECKING:
    from api.tables.load import Outcome

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
    load.add_argument("--json", action="store_true", help="one JSON object")
    load.set_defaults(run=run_load)
    ask = codes.add_parser(
        "ask", help="answer questions: JSON lines from standard input to standard output"
    )
    ask.set_defaults(run=run_ask)


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
        at=datetime.now(UTC),
        told=_teller(),
    )
    if given.json:
        json_line(_as_json(outcome))
    else:
        _say(outcome)
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


def run_ask(given: argparse.Namespace) -> int:
    from api.tables.opened import published_tables
    from core.codes.questions import answer_line

    table = published_tables(read().home).table
    # What has come is answered at once, so a program may ask and wait.
    given_in, out, rest = cast(BufferedReader, sys.stdin.buffer), sys.stdout.buffer, b""
    while block := given_in.read1(1 << 16):
        *lines, rest = (rest + block).split(b"\n")
        out.writelines(answer_line(one, table) + b"\n" for one in lines if one.strip())
        out.flush()
    if rest.strip():
        out.write(answer_line(rest, table) + b"\n")
    return DONE
