"""What the invented payers allow: fee tables and terms, read once from the CSV files beside."""

from __future__ import annotations

import csv
from decimal import Decimal
from functools import cache
from pathlib import Path

from core.claims.claim import Claim, ServiceLine
from core.claims.parties import Payer, Value
from core.money import cents, times

_DATA = Path(__file__).parent / "data"
# A home health period is allowed under this name, whatever its HIPPS code.
HIPPS = "HIPPS"


class Terms(Value, frozen=True, kw_only=True):
    """How one payer pays. ``fees`` gives cents a unit by code; percentages are of 100."""

    fees: dict[str, int]
    percent_of_charge: int
    deductible_cents: int
    coinsurance_percent: int
    copay_cents: int
    sequestration_percent: int
    always_coinsurance: bool


def terms_of(payer: Payer) -> Terms:
    """The terms of ``payer``: by its id, else by its claim filing indicator, else the usual."""
    rows = _terms()
    return (
        rows.get((payer.payer_id, "")) or rows.get(("", payer.filing_indicator)) or rows[("", "")]
    )


def is_hipps(line: ServiceLine) -> bool:
    """Whether the line stands for a home health period as a whole."""
    return line.code_qualifier == "HP" and bool(line.code)


def allowed_cents(line: ServiceLine, terms: Terms) -> int:
    """What ``terms`` allow for ``line``.

    Never more than its charge, save for a HIPPS line, whose charge may be zero and whose payment
    is that of the period. A code that is in no table gets a percentage of its charge.
    """
    if is_hipps(line):
        return terms.fees[HIPPS]
    fee = terms.fees.get(line.code)
    if fee is None:
        return times(line.charge_cents, Decimal(terms.percent_of_charge) / 100)
    units = line.units if line.unit_basis == "UN" else Decimal(1)
    return min(line.charge_cents, times(fee, units))


def pays_by_period(claim: Claim) -> bool:
    """Whether a HIPPS line carries the payment of the whole claim."""
    return any(is_hipps(line) for line in claim.lines)


def _rows(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(row for row in file if not row.startswith("#")))


@cache
def _fees() -> dict[str, dict[str, int]]:
    tables: dict[str, dict[str, int]] = {}
    for row in _rows("fees.csv"):
        tables.setdefault(row["table"], {})[row["code"]] = cents(row["allowed"])
    return tables


@cache
def _terms() -> dict[tuple[str, str], Terms]:
    return {
        (row["payer_id"], row["filing_indicator"]): Terms(
            fees=_fees()[row["table"]],
            percent_of_charge=int(row["percent_of_charge"]),
            deductible_cents=cents(row["deductible"]),
            coinsurance_percent=int(row["coinsurance_percent"]),
            copay_cents=cents(row["copay"]),
            sequestration_percent=int(row["sequestration_percent"]),
            always_coinsurance=row["always_coinsurance"] == "yes",
        )
        for row in _rows("payers.csv")
    }
