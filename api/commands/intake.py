"""``claimwright intake charges|837``: visits come in from files."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from api.commands.files import read_file
from api.commands.output import DONE, PROBLEMS, json_line, line
from core.errors import InputError

if TYPE_CHECKING:
    from core.usecases.intake import Arrival, IntakeResult, Refusal

_SHOWN_REFUSALS = 20


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
    from api.intake import take_charges

    return _take_files(given, "charges", take_charges)


def run_837(given: argparse.Namespace) -> int:
    from core.intake.from_claims import encounter_from_claim
    from core.usecases.intake import Arrival, Refusal, take_encounters
    from core.x12.claims_reader import ReadClaim, read_claims
    from tenants.ids import new_id

    def arrivals(data: bytes) -> Iterator[Arrival | Refusal]:
        for one in read_claims(data):
            if isinstance(one, ReadClaim):
                encounter = encounter_from_claim(one.claim, new_id)
                yield Arrival(position=one.segment, encounter=encounter)
            else:
                yield Refusal(position=one.segment, reason=one.reason)

    def take(uow: Any, data: bytes) -> IntakeResult:
        return take_encounters(
            uow,
            arrivals(data),
            kind="837",
            sha256=hashlib.sha256(data).digest(),
            confirm_new_providers=given.accept_new_providers,
        )

    return _take_files(given, "837", take)


def _take_files(
    given: argparse.Namespace, kind: str, take: Callable[[Any, bytes], IntakeResult]
) -> int:
    from api.bootstrap import runtime
    from api.collector import set_for_batches
    from api.practices import COMMAND

    set_for_batches()
    status = DONE
    with runtime() as running:
        practice = running.practice(given.practice)
        for path in given.files:
            try:
                data = read_file(path)
                with running.unit_of_work(practice.tenant_id, COMMAND) as uow:
                    result = take(uow, data)
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
    counts = result.counts
    if as_json:
        json_line(
            {
                "file": path.name,
                **msgspec.structs.asdict(counts),
                "difference": counts.difference,
                "seen_before": result.seen_before,
                "new_payers": result.new_payers,
                "new_providers": result.new_providers,
                "refusals": result.refusals,
            }
        )
        return
    if result.seen_before:
        line(f"{path.name}: this file was taken before; nothing was added")
        return
    what, place = ("rows", "line") if kind == "charges" else ("claims", "segment")
    line(
        f"{path.name}: {counts.records} {what} in = {counts.taken} taken ({counts.charges} charges)"
        f" + {counts.repeated} repeated + {counts.refused} refused; difference {counts.difference}"
    )
    for refusal in result.refusals[:_SHOWN_REFUSALS]:
        line(f"  {place} {refusal.position}: {refusal.reason}")
    if len(result.refusals) > _SHOWN_REFUSALS:
        line(f"  and {len(result.refusals) - _SHOWN_REFUSALS} more; all are kept with the batch")
    if result.new_payers:
        line(f"  {result.new_payers} payer(s) met for the first time: look at them")
    if result.new_providers:
        line(f"  {result.new_providers} billing provider(s) met for the first time")
