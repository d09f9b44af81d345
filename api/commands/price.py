"""``claimwright price``: what is allowed for services, line by line."""

from __future__ import annotations

import argparse
import sys
from io import BufferedReader
from typing import Any, cast

from api.commands.output import DONE
from api.settings import read


def add(commands: Any) -> None:
    """The command for prices."""
    price = commands.add_parser(
        "price", help="price services: JSON lines from standard input to standard output"
    )
    price.add_argument(
        "--practice", default="", metavar="SLUG", help="whose charges and contracts may be asked"
    )
    price.set_defaults(run=run_price)


def run_price(given: argparse.Namespace) -> int:
    from api.tables.fee_schedule import medicare_schedule
    from api.tables.opened import published_tables
    from core.pricing.bases import Bases
    from core.pricing.questions import Answers

    if given.practice:
        bases = Bases(**_of_practice(given.practice))
    else:
        bases = Bases(medicare_schedule(published_tables(read().home)))
    answers = Answers(bases.price)
    # What has come is answered at once, so a program may ask and wait.
    given_in, out, rest = cast(BufferedReader, sys.stdin.buffer), sys.stdout.buffer, b""
    while block := given_in.read1(1 << 16):
        *lines, rest = (rest + block).split(b"\n")
        out.writelines(answer + b"\n" for answer in answers.take(filter(bytes.strip, lines)))
        out.flush()
    out.writelines(answer + b"\n" for answer in answers.take(filter(bytes.strip, [rest])))
    out.writelines(answer + b"\n" for answer in answers.finish())
    return DONE


def _of_practice(slug: str) -> dict[str, Any]:
    from api.bootstrap import runtime

    with runtime() as running:
        book = running.rule_book(running.practice(slug).tenant_id)
    return {"schedule": book.medicare, "rule_book": book}
