"""Reading the effective-dated tables that lie beside a plugin's code (``data/*.csv``).

Such a file begins with ``# source: ...`` lines, then a header row. ``effective_from`` and
``effective_to`` columns bound a row; empty is open.
"""

from __future__ import annotations

import csv
from importlib import resources

from core import money
from core.claims.parties import PayerKind
from core.dates import ALWAYS, Window, parse_day
from core.errors import InputError, RowError
from core.rules.pricing import Fee, FeePurpose, FeeRank, FeeSchedule
from core.scrub.own_tables import CodeFamily


def rows(package: str, name: str) -> tuple[dict[str, str], ...]:
    """The rows of ``data/<name>`` in ``package``, by column; ``RowError`` for a ragged row."""
    text = resources.files(package).joinpath("data", name).read_text(encoding="utf-8")
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line and not line.startswith("#")
    ]
    table = list(csv.reader(line for _, line in lines))
    header = table[0]
    for (number, _), row in zip(lines[1:], table[1:], strict=False):
        if len(row) != len(header):
            raise RowError("the row has more or fewer columns than the header", row=number)
    return tuple(dict(zip(header, row, strict=True)) for row in table[1:])


def families(package: str, name: str) -> dict[str, CodeFamily]:
    """Codes that rules speak of together: columns ``family``, ``first``, ``last`` and the days."""
    found: dict[str, list[tuple[str, str, Window]]] = {}
    for row in rows(package, name):
        ranges = found.setdefault(row["family"], [])
        ranges.append((row["first"], row["last"], window_of(row)))
    return {family: CodeFamily(tuple(ranges)) for family, ranges in found.items()}


def source_of(package: str, name: str) -> str:
    """What the file says of its source; ``InputError`` when it says nothing."""
    text = resources.files(package).joinpath("data", name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("# source:"):
            return line.removeprefix("# source:").strip()
    raise InputError(f"table {name} does not state its source")


def window_of(row: dict[str, str]) -> Window:
    """The days of a row."""
    first, last = row.get("effective_from", ""), row.get("effective_to", "")
    if not first and not last:
        return ALWAYS
    return Window(parse_day(first) if first else None, parse_day(last) if last else None)


def fee_rows(table: tuple[dict[str, str], ...], column: str) -> tuple[Fee, ...]:
    """The fees in ``column`` (dollars), without the rows where it is empty."""
    return tuple(
        Fee(
            code=row["code"],
            modifier=row.get("modifier", ""),
            amount_cents=money.cents(row[column]),
            effective=window_of(row),
        )
        for row in table
        if row[column]
    )


def demonstration_schedules(
    package: str, prefix: str, *, rank: FeeRank = FeeRank.SPECIALTY
) -> tuple[FeeSchedule, ...]:
    """Schedules of ``data/fees.csv``: column ``charge``, and ``allowed_<payer kind>`` columns."""
    table = rows(package, "fees.csv")
    source = source_of(package, "fees.csv")
    schedules = [
        FeeSchedule(
            id=f"{prefix}-FEES",
            title="Charges",
            source=source,
            rank=rank,
            fees=fee_rows(table, "charge"),
        )
    ]
    for column in table[0]:
        if column.startswith("allowed_"):
            kind = PayerKind(column.removeprefix("allowed_"))
            schedules.append(
                FeeSchedule(
                    id=f"{prefix}-ALLOWED-{kind.upper()}",
                    title=f"Expected allowed, {kind}",
                    source=source,
                    rank=rank,
                    purpose=FeePurpose.ALLOWED,
                    payer_kinds=(kind,),
                    fees=fee_rows(table, column),
                )
            )
    return tuple(schedules)
