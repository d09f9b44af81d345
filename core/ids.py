"""Identifiers the trade checks by arithmetic, and the shapes of those it does not."""

from __future__ import annotations

import re
from functools import lru_cache

_NPI = re.compile(r"[12]\d{9}\Z", re.ASCII)
_TAX_ID = re.compile(r"\d{9}\Z", re.ASCII)
_TAXONOMY = re.compile(r"[0-9A-Z]{9}X\Z", re.ASCII)

# The Luhn sum of the prefix 80840 that stands before an NPI on a card (45 CFR 162.406).
_NPI_PREFIX_SUM = 24


def luhn_sum(digits: str) -> int:
    """The Luhn sum of ``digits`` with the last one as check digit."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = ord(digit) - 48
        if place % 2:
            value *= 2
            if value > 9:
                value -= 9
        total += value
    return total


# The providers of a practice are few, and every claim names several.
@lru_cache(10_000)
def npi_is_valid(npi: str) -> bool:
    """Ten digits, first 1 or 2, Luhn check over ``80840`` + NPI."""
    return bool(_NPI.match(npi)) and (_NPI_PREFIX_SUM + luhn_sum(npi)) % 10 == 0


def npi_with_check_digit(first_nine: str) -> str:
    """``first_nine`` digits with the check digit that makes them an NPI."""
    assert len(first_nine) == 9, "nine digits before the check digit"
    rest = (_NPI_PREFIX_SUM + luhn_sum(first_nine + "0")) % 10
    return first_nine + str((10 - rest) % 10)


def tax_id_is_valid(tax_id: str) -> bool:
    """Nine digits (EIN or SSN), not all zero."""
    return bool(_TAX_ID.match(tax_id)) and tax_id != "000000000"


@lru_cache(10_000)
def taxonomy_is_shaped(code: str) -> bool:
    """Nine capitals or digits and an ``X``: the shape of the provider taxonomy code set."""
    return bool(_TAXONOMY.match(code))
