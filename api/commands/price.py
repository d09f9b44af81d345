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
    price.set_defaults(run=run_price)


def run_price(given: argparse.Namespace) -> int:
    from api.tables.fee_schedule import medicare_schedule
    from api.tables.opened import published_tables
    from core.pricing.bases import Bases
    from core.pricing.questions import Answers

    schedule = medicare_schedule(published_tables(read().home))
    answers = Answers(Bases(schedule).price)
    # What has come is answered at once, so a program may ask and wait.
    given_in, out, rest = cast(BufferedReader, sys.stdin.buffer), sys.stdout.buffer, b""
    while block := given_in.read1(1 << 16):
        *lines, rest = (rest + block).split(b"\n")
        out.writelines(answer + b"\n" for answer in answers.take(filter(bytes.strip, lines)))
        out.flush()
    out.writelines(answer + b"\n" for answer in answers.take(filter(bytes.strip, [rest])))
    out.writelines(answer + b"\n" for answer in answers.finish())
    return DONE
