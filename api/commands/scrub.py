"""``claimwright scrub``: scrub documents on standard input, results on standard output."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, Any

from api.commands.output import DONE


def add(commands: Any) -> None:
    """The command."""
    scrub = commands.add_parser(
        "scrub",
        help="judge scrub documents, one JSON object a line; one result a line, without a database",
    )
    scrub.set_defaults(run=run_scrub)


def run_scrub(given: argparse.Namespace) -> int:
    """One result for each line, in order, written as soon as it is known."""
    from api.settings import read
    from api.stateless import DOCUMENT_BYTES_MAX, open_stateless

    scrub = open_stateless(read().home, datetime.now(UTC).date())
    out = sys.stdout.buffer
    for line in _lines(sys.stdin.buffer, DOCUMENT_BYTES_MAX):
        out.write(scrub.line(line) + b"\n")
        out.flush()
    return DONE


def _lines(source: IO[bytes], bytes_max: int) -> Iterator[bytes]:
    """The lines of ``source``; of one that is too long just enough to see that it is."""
    while line := source.readline(bytes_max + 2):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = source.readline(bytes_max)
        yield line.rstrip(b"\r\n")
