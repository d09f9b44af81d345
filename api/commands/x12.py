"""``claimwright x12 ...``: any X12 file, without a database."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from api.commands.files import Source, each
from api.commands.output import DONE, PROBLEMS, line, problem
from core.errors import InputError, X12SyntaxError

if TYPE_CHECKING:
    from core.x12.check_options import CheckOptions


def add(commands: Any) -> None:
    """The X12 commands."""
    x12 = commands.add_parser("x12", help="read, check and answer X12 files").add_subparsers(
        required=True, metavar="ACTION"
    )
    check = _action(x12, "check", "check files; one JSON object a file", run_check)
    form = check.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="the default; accepted")
    form.add_argument("--text", action="store_true", help="one line an error, for a person to read")
    _action(x12, "show", "show a file for a person to read", run_show)
    as_json = _action(x12, "json", "print a file as JSON, one object a segment", run_json)
    as_json.add_argument(
        "--by",
        choices=["segment", "claim"],
        default="segment",
        help="claim: one object a claim of an 837 or 835, with its loops and typed values",
    )
    explain = _action(x12, "explain", "say what answers mean, in sentences", run_explain)
    explain.add_argument("--json", action="store_true", help="one JSON object an answer")
    ack = _action(x12, "ack", "write the TA1, 999 and 277CA that answer a file", run_ack)
    for kind, what in (
        ("ta1", "write the TA1; without a choice, TA1 and 999"),
        ("999", "write the 999"),
        ("277ca", "write the 277CA on the claims of an 837"),
    ):
        ack.add_argument(
            f"--{kind}", dest="kinds", action="append_const", const=kind.upper(), help=what
        )
    ack.add_argument(
        "--out", type=Path, metavar="DIR", help="write files into DIR, not standard output"
    )
    for parser in (check, ack):
        parser.add_argument(
            "--profile", default="", metavar="NAME|FILE", help="a trading partner's rules"
        )
    diff = x12.add_parser("diff", help="what differs between two files, claim by claim")
    diff.add_argument("files", nargs=2, metavar="FILE", help="the files A and B")
    diff.add_argument(
        "--ignore-envelope",
        action="store_true",
        help="pass over control numbers, dates and times of the envelope, and BHT03 to BHT05",
    )
    diff.add_argument("--json", action="store_true", help="one JSON object a difference")
    diff.set_defaults(run=run_diff)


def _action(parent: Any, name: str, help_text: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = parent.add_parser(name, help=help_text)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file; - is standard input")
    parser.set_defaults(run=run)
    return parser


def _options(given: argparse.Namespace) -> CheckOptions:
    """What the check is given beside the files: the one place for tables and a profile."""
    from api.x12_options import x12_options

    return x12_options(given.profile)


def run_check(given: argparse.Namespace) -> int:
    from core.x12.check import check
    from core.x12.report_words import report_lines

    options = _options(given)

    def act(source: Source) -> int:
        report = check(source.blocks(), options)
        if given.text:
            for text in report_lines(report, source.title):
                line(text)
        else:
            for part in report.json_parts(source.name):
                sys.stdout.write(part.decode())
            line()
        return PROBLEMS if report.has_errors else DONE

    return each(given.files, act)


def run_show(given: argparse.Namespace) -> int:
    from core.x12.show import show

    def act(source: Source) -> int:
        try:
            for text in show(source.blocks()):
                line(text)
        except X12SyntaxError as refused:
            return _damaged(source, refused)
        return DONE

    return each(given.files, act)


def run_json(given: argparse.Namespace) -> int:
    from core.x12.claim_json import claims_json
    from core.x12.show import to_json

    encode = msgspec.json.Encoder().encode
    by_claim = given.by == "claim"

    def objects(source: Source) -> Iterator[bytes]:
        if by_claim:
            return claims_json(source.blocks)
        return map(encode, to_json(source.blocks()))

    def act(source: Source) -> int:
        try:
            for one in objects(source):
                line(one.decode())
        except X12SyntaxError as refused:
            return _damaged(source, refused)
        return DONE

    return each(given.files, act, again=by_claim)


def _damaged(source: Source, refused: InputError) -> int:
    sys.stdout.flush()  # what stands before the fault comes before the sentence about it
    problem(f"{source.title}: {refused.message.removeprefix('the file: ')}")
    return PROBLEMS


def run_explain(given: argparse.Namespace) -> int:
    from core.x12.explain import explain

    encode = msgspec.json.Encoder().encode

    def act(source: Source) -> int:
        if not given.json and len(given.files) > 1:
            line(f"{source.title}:")
        try:
            for answer in explain(source.blocks):
                if given.json:
                    fields = msgspec.structs.asdict(answer)
                    line(encode({"file": source.name, **fields}).decode())
                else:
                    for sentence in answer.sentences:
                        line(sentence)
        except X12SyntaxError as refused:
            return _damaged(source, refused)
        return DONE

    return each(given.files, act, again=True)


def run_ack(given: argparse.Namespace) -> int:
    from api.commands.x12_answers import Answerer

    kinds = given.kinds or ["TA1", "999"]
    answerer = Answerer(kinds, given.out, datetime.now(UTC).replace(tzinfo=None), _options(given))
    return each(given.files, answerer.answer, again="277CA" in kinds)


def run_diff(given: argparse.Namespace) -> int:
    from core.x12.diff import difference_line, differences

    encode = msgspec.json.Encoder().encode
    one, other = (Source(name).blocks() for name in given.files)
    status = DONE
    for difference in differences(one, other, ignore_envelope=given.ignore_envelope):
        status = PROBLEMS
        line(encode(difference).decode() if given.json else difference_line(difference))
    return status
