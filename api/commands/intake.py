"""``claimwright intake charges|837``: visits come in from files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from api.commands.files import read_file
from api.commands.output import DONE, PROBLEMS, json_line, line
from core.errors import InputError

if TYPE_CHECKING:
    from core.usecases.intake import IntakeResult


def add(commands: Any) -> None:
    """The intake commands."""
    intake = commands.add_parser("intake", help="take visits in").add_subparsers(
        required=True, metavar="KIND"
    )
    charges = intake.add_parser("charges", help="a charge file (CSV), one row a service line")
    claims = intake.add_parser("837", help="claims another system prepared (837P, 837I, 837D)")
    claims.add_argument(
        "--accept-new-providers",
        action="store_true",
        help="confirm billing providers met for the first time",
    )
    for parser, run in ((charges, run_charges), (claims, run_837)):
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--practice", required=True, help="short name")
        parser.add_argument("--json", action="store_true", help="one JSON object a file")
        parser.set_defaults(run=run)


def run_charges(given: argparse.Namespace) -> int:
    from api.intake import CHARGES

    return _take_files(given, CHARGES)


def run_837(given: argparse.Namespace) -> int:
    from api.intake import CLAIMS

    return _take_files(given, CLAIMS)


def _take_files(given: argparse.Namespace, kind: str) -> int:
    from api.bootstrap import runtime
    from api.collector import set_for_batches
    from api.intake import take_file
    from api.practices import COMMAND

    set_for_batches()
    status = DONE
    with runtime() as running:
        practice = running.practice(given.practice)
        for path in given.files:
            try:
                result = take_file(
                    running,
                    practice,
                    kind,
                    read_file(path),
                    actor=COMMAND,
                    confirm_new_providers=getattr(given, "accept_new_providers", False),
                )
            except InputError as problem:
                _print_refused(path, problem, as_json=given.json)
                status = PROBLEMS
                continue
            _print(path, kind, result, as_json=given.json)
            if result.counts.refused:
                status = PROBLEMS
    return status


def _print_refused(path: Path, problem: InputError, *, as_json: bool) -> None:
    if as_json:
        json_line({"file": path.name, "refused_whole": problem.message})
    else:
        line(f"{path.name}: refused whole: {problem.message}")


def _print(path: Path, kind: str, result: IntakeResult, *, as_json: bool) -> None:
    from api.intake import told

    if as_json:
        json_line(
            {
                "file": path.name,
                **msgspec.structs.asdict(result.counts),
                "difference": result.counts.difference,
                "seen_before": result.seen_before,
                "new_payers": result.new_payers,
                "new_providers": result.new_providers,
                "refusals": result.refusals,
            }
        )
        return
    first, *others = told(kind, result)
    line(f"{path.name}: {first}")
    for one in others:
        line(f"  {one}")
