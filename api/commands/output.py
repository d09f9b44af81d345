"""What commands print: plain lines for people, one JSON object a line for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

import msgspec

DONE, PROBLEMS, FAILED = 0, 1, 2


def line(text: str = "") -> None:
    """One line on standard output."""
    sys.stdout.write(text + "\n")


def json_line(value: object) -> None:
    """One JSON object on one line of standard output."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


def problem(text: str) -> None:
    """One line on standard error."""
    sys.stderr.write(f"claimwright: {text}\n")


def progress(text: str) -> None:
    """What is being done now, on a terminal only."""
    if sys.stderr.isatty():
        sys.stderr.write(f"  {text}\n")
        sys.stderr.flush()


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns as wide as they need to be; numbers to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(header), *cells]) for i in range(len(header))]
    right = [all(row[i].lstrip("-").isdigit() for row in cells) for i in range(len(header))]
    for row in [list(header), *cells]:
        line(
            "  ".join(
                cell.rjust(width) if to_right else cell.ljust(width)
                for cell, width, to_right in zip(row, widths, right, strict=True)
            ).rstrip()
        )
