"""``claims``, ``era``, ``statements``: the steps of the cycle by hand."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from api.commands.files import read_file
from api.commands.output import DONE, PROBLEMS, json_line, line
from core.dates import parse_day
from core.errors import InputError
from core.money import dollars

if TYPE_CHECKING:
    from api.receive import Received


def add(commands: Any) -> None:
    """The cycle's commands."""
    claims = commands.add_parser("claims", help="prepare, file and follow claims").add_subparsers(
        required=True, metavar="ACTION"
    )
    _action(claims, "submit", "code, price, scrub and file what waits", run_submit)
    _action(claims, "receive", "take in the files of the inbound folder", run_receive)
    _action(claims, "next-payer", "make the claims to next payers", run_next_payer)
    era = commands.add_parser("era", help="remittances").add_subparsers(
        required=True, metavar="ACTION"
    )
    post = _action(era, "post", "post 835 files", run_era_post)
    post.add_argument("files", nargs="+", type=Path, metavar="FILE")
    statements = commands.add_parser("statements", help="patient statements").add_subparsers(
        required=True, metavar="ACTION"
    )
    _action(statements, "issue", "issue the statements that are due", run_statements)


def _action(parent: Any, name: str, help_text: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = parent.add_parser(name, help=help_text)
    parser.add_argument("--practice", required=True, help="short name")
    parser.add_argument("--as-of", metavar="DATE", type=_day, help="use this day as today")
    parser.add_argument("--json", action="store_true", help="JSON instead of words")
    parser.set_defaults(run=run)
    return parser


def _day(text: str) -> date:
    try:
        return parse_day(text)
    except InputError as problem:
        raise argparse.ArgumentTypeError(problem.message) from None


def _with_cycle(given: argparse.Namespace, act: Any) -> Any:
    from api.bootstrap import runtime
    from api.collector import set_for_batches
    from api.cycle import Cycle

    set_for_batches()
    with runtime() as running:
        return act(Cycle(running, running.practice(given.practice), as_of=given.as_of))


def run_submit(given: argparse.Namespace) -> int:
    prepared, files = _with_cycle(given, lambda cycle: (cycle.prepare(), cycle.file()))
    if given.json:
        json_line({**msgspec.structs.asdict(prepared), "files": files})
    else:
        line(
            f"{prepared.encounters} visits: {prepared.claims} claims, {prepared.ready} ready, "
            f"{prepared.held} held; {prepared.failed} visits made no claim"
        )
        for file in files:
            line(f"  {file.name}: {file.claims} claims")
    return PROBLEMS if prepared.held or prepared.failed else DONE


def run_receive(given: argparse.Namespace) -> int:
    return _print_received(_with_cycle(given, lambda cycle: cycle.receive_waiting()), given.json)


def run_era_post(given: argparse.Namespace) -> int:
    files = [(path.name, read_file(path)) for path in given.files]
    return _print_received(
        _with_cycle(given, lambda cycle: [cycle.receive_file(name, data) for name, data in files]),
        given.json,
    )


def _print_received(received: Sequence[Received], as_json: bool) -> int:
    for one in received:
        if as_json:
            json_line(one)
            continue
        first, *others = one.told()
        line(f"{one.name}: {first}")
        for other in others:
            line(f"  {other}")
    return PROBLEMS if any(one.put_aside for one in received) else DONE


def run_next_payer(given: argparse.Namespace) -> int:
    billed = _with_cycle(given, lambda cycle: cycle.bill_next_payers())
    if given.json:
        json_line(billed)
    else:
        line(
            f"{billed.claims} claims to next payers made, {billed.refused} for a biller to look at"
        )
    return PROBLEMS if billed.refused else DONE


def run_statements(given: argparse.Namespace) -> int:
    billed = _with_cycle(given, lambda cycle: cycle.issue_statements())
    if given.json:
        json_line(billed)
    else:
        line(f"{billed.statements} statements over {dollars(billed.due_cents)}")
    return DONE
