"""What the edge costs: a CSV with its guard, a look at a file's bytes, a claim that names nobody.

Each beside the floor of the same work without it, in one run on one core.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from datetime import date

import msgspec

from api.documents import csv_file
from api.sniff import sniff
from bench.figures import Figure
from bench.invented_claims import claims
from core.deidentify import deidentified

_ROWS = 20_000
_CLAIMS = 2_000
_MEGABYTES = 16


def _rate(act: Callable[[], object], count: int) -> float:
    """``count`` things of ``act`` a second, the best of three runs."""
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - began)
    return count / best


def _bare_csv(rows: list[tuple[csv_file.Cell, ...]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def measure(quick: bool = False) -> list[Figure]:
    """The figures of the edge; ``quick`` does a tenth of the work."""
    part = 10 if quick else 1
    count = _ROWS // part
    row = ("000100000001", "BLUESTONE HEALTH PLAN", "837P", "paid", date(2026, 1, 5), 185, "x", "y")
    rows: list[tuple[csv_file.Cell, ...]] = [row] * count
    header = tuple(f"column{place}" for place in range(len(row)))
    text = b"visit_id,patient_number\n" * ((_MEGABYTES << 20) // part // 24)
    made = list(claims(_CLAIMS // part, today=date(2026, 1, 30)))
    return [
        Figure(
            name="CSV rows with the guard",
            seen=_rate(lambda: csv_file.write(header, rows), count),
            unit="rows/s",
            floor=20_000,
        ),
        Figure(
            name="CSV rows of the bare writer",
            seen=_rate(lambda: _bare_csv(rows), count),
            unit="rows/s",
            note="no guard",
        ),
        Figure(
            name="a look at the bytes of a file",
            seen=_rate(lambda: sniff(text), len(text)) / (1 << 20),
            unit="MB/s",
            floor=100,
        ),
        Figure(
            name="claims that name nobody",
            seen=_rate(lambda: [deidentified(one) for one in made], len(made)),
            unit="claims/s",
            floor=10_000,
        ),
        Figure(
            name="the same claims, encoded and no more",
            seen=_rate(lambda: [msgspec.msgpack.encode(one) for one in made], len(made)),
            unit="claims/s",
            note="bare yardstick",
        ),
    ]


def main() -> None:
    """Print the figures."""
    for figure in measure():
        print(figure.line())


if __name__ == "__main__":
    main()
