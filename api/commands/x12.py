"""``claimwright x12 check|show|json|ack``: any X12 file, without a database."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from api.commands.output import DONE, FAILED, PROBLEMS, json_line, line, problem
from api.cycle import read_file
from core.errors import InputError


def add(commands: Any) -> None:
    """The X12 commands."""
    x12 = commands.add_parser("x12", help="read, check and answer X12 files").add_subparsers(
        required=True, metavar="ACTION"
    )
    for name, help_text, run in (
        ("check", "check files; one JSON object a file", run_check),
        ("show", "show a file for a person to read", run_show),
        ("json", "print a file as JSON, one object a segment", run_json),
        ("ack", "write the TA1 and 999 that answer a file", run_ack),
    ):
        parser = x12.add_parser(name, help=help_text)
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        if name == "check":
            parser.add_argument("--json", action="store_true", help="the default; accepted")
        parser.set_defaults(run=run)


def _each(given: argparse.Namespace, act: Any) -> int:
    """Run ``act(path, data)`` over the files; the worst status, 2 for one that cannot be opened."""
    worst = DONE
    for path in given.files:
        try:
            data = read_file(path)
        except InputError as refused:
            problem(refused.message)
            worst = FAILED
            continue
        worst = max(worst, act(path, data))
    return worst


def run_check(given: argparse.Namespace) -> int:
    from api.x12_tables import x12_options
    from core.x12.check import check

    options = x12_options()

    def act(path: Path, data: bytes) -> int:
        report = check(data, options)
        line(report.to_json(str(path)).decode())
        return PROBLEMS if report.has_errors else DONE

    return _each(given, act)


def run_show(given: argparse.Namespace) -> int:
    from core.x12.show import show

    def act(path: Path, data: bytes) -> int:
        try:
            for text in show(data):
                line(text)
        except InputError as refused:
            problem(f"{path.name}: {refused.message}")
            return PROBLEMS
        return DONE

    return _each(given, act)


def run_json(given: argparse.Namespace) -> int:
    from core.x12.show import to_json

    def act(path: Path, data: bytes) -> int:
        try:
            for one in to_json(data):
                json_line(one)
        except InputError as refused:
            problem(f"{path.name}: {refused.message}")
            return PROBLEMS
        return DONE

    return _each(given, act)


def parties(data: bytes) -> tuple[str, str]:
    """Sender and receiver of the first interchange, as ISA06 and ISA08 name them."""
    from core.x12.syntax import SegmentStream

    first = next(iter(SegmentStream(data)))
    return first[6].strip(), first[8].strip()


def run_ack(given: argparse.Namespace) -> int:
    from api.x12_tables import x12_options
    from core.x12.acknowledgements import write_999, write_ta1
    from core.x12.check import check
    from core.x12.envelope import Envelope

    controls = count(1)
    options = x12_options()

    def act(path: Path, data: bytes) -> int:
        report = check(data, options)
        if not report.interchanges:
            problem(f"{path.name}: there is no interchange to answer; it may not be X12")
            return PROBLEMS
        # The answer goes back the way the file came: our receiver is its sender.
        sender, receiver = parties(data)
        for write in (write_ta1, write_999):
            control = next(controls)
            envelope = Envelope(
                sender_id=receiver,
                receiver_id=sender,
                created=datetime.now(UTC).replace(tzinfo=None),
                interchange_control=control,
                group_control=control,
            )
            try:
                sys.stdout.write(write(report, envelope).decode() + "\n")
            except InputError:
                continue  # nothing to answer of this kind
        return DONE

    return _each(given, act)
