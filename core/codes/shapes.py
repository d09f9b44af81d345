"""Identifiers and codes that are judged by their form: NPI, tax number, ZIP, HCPCS, NDC."""

from __future__ import annotations

import re

_SHAPES = {
    # CPT: anaesthesia from 00100, then 10004 to 99607, and the lettered categories. HCPCS level II:
    # the letters in use; D is dental and goes under its own qualifier.
    "hcpcs": r"00[1-9]\d\d|01\d{3}|[1-8]\d{4}|9[0-8]\d{3}|99[0-5]\d\d|9960[0-7]"
    r"|\d{4}[FMU]|[01]\d{3}T|0\d{3}A|[A-CEGHJ-MP-V]\d{4}",
    "cdt": r"D\d{4}",
    "hipps": r"[0-9A-Z]{5}",
    "drug": r"\d{11}",
    "alternative": r"[A-Z]{5}",
    "icd10cm": r"[A-Z][0-9A-Z]{2,6}",
    "icd10pcs": r"[0-9A-HJ-NP-Z]{7}",
    "icd9cm": r"\d{3,5}|V\d{2,4}|E\d{3,4}",
    "icd9procedure": r"\d{2,4}",
    "drg": r"\d{3,4}",
    "billing_code": r"[0-9A-Z]{1,3}",
    "npi": r"[12]\d{9}",
    "tax_number": r"\d{9}",
    "zip": r"\d{5}(?:\d{4})?",
}
_MATCHERS = {name: re.compile(shape, re.ASCII).fullmatch for name, shape in _SHAPES.items()}
# Every second digit is doubled and its digits added (ISO 7812): what each pair of digits adds.
_PAIRS = {f"{n:02d}": sum(divmod(2 * (n // 10), 10)) + n % 10 for n in range(100)}
# What the prefix 80840 of United States health identifiers adds.
_PREFIX_SUM = 24


def fits(shape: str, value: str) -> bool:
    """Whether ``value`` has the form called ``shape``."""
    return _MATCHERS[shape](value) is not None


def is_npi(text: str) -> bool:
    """Whether ``text`` is ten digits, begins with 1 or 2, and ends in the right check digit."""
    if len(text) != 10 or text[0] not in "12":
        return False
    pairs = _PAIRS
    try:
        total = (
            pairs[text[:2]]
            + pairs[text[2:4]]
            + pairs[text[4:6]]
            + pairs[text[6:8]]
            + pairs[text[8:]]
        )
    except KeyError:
        return False
    return (total + _PREFIX_SUM) % 10 == 0
