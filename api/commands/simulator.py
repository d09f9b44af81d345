"""``claimwright simulator run DIR``: payers answer what lies in the folder."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.commands.output import DONE, json_line, line
from core.money import dollars


def add(commands: Any) -> None:
    """The simulator's commands."""
    simulator = commands.add_parser("simulator", help="payers that answer").add_subparsers(
        required=True, metavar="ACTION"
    )
    run = simulator.add_parser("run", help="answer every new 837 below DIR, once")
    truth = simulator.add_parser("truth", help="what the simulator decided, as JSON")
    run.add_argument("--seed", type=int, default=1, help="other seed, other decisions")
    run.add_argument("--json", action="store_true", help="one JSON object")
    for parser, act in ((run, run_run), (truth, run_truth)):
        parser.add_argument("directory", type=Path, metavar="DIR", help="<practice>/outbound ...")
        parser.set_defaults(run=act)


def run_run(given: argparse.Namespace) -> int:
    from api import simulator

    report = simulator.run(given.directory, seed=given.seed, now=datetime.now(UTC))
    if given.json:
        json_line(report)
        return DONE
    if not report.practices:
        line("Nothing new, nothing due.")
    for one in report.practices:
        line(f"{one.practice}: {one.taken} files taken, {len(one.sent)} answers sent")
    line(f"Paid so far: {dollars(simulator.truth(given.directory).paid_cents)}")
    return DONE


def run_truth(given: argparse.Namespace) -> int:
    from api import simulator

    json_line(simulator.truth(given.directory))
    return DONE
