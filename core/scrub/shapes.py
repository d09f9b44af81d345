"""Shapes of identifiers and codes, and small published lists the platform's edits compare with."""

from __future__ import annotations

import re
from functools import lru_cache

NPI_ROLES = ("billing", "rendering", "referring", "ordering", "supervising", "service_facility")

_ICD9 = re.compile(r"(?:\d{3,5}|V\d{2,4}|E\d{3,4})\Z", re.ASCII)
_DIAGNOSIS = re.compile(r"[A-Z]\d[0-9A-Z](?:[0-9A-Z]{0,4})\Z", re.ASCII)
_PROCEDURE = re.compile(r"(?:\d{5}|\d{4}[A-Z]|[A-Z]\d{4})\Z", re.ASCII)
_MODIFIER = re.compile(r"[0-9A-Z]{2}\Z", re.ASCII)
_ZIP_PLUS_4 = re.compile(r"\d{9}\Z", re.ASCII)
_PO_BOX = re.compile(r"\b(?:P\.?\s*O\.?\s*BOX|POST\s+OFFICE\s+BOX|LOCK\s*BOX)\b", re.IGNORECASE)

# The letters an MBI uses: all but S, L, O, I, B and Z (CMS, MBI format).
_L = "AC-HJKMNP-RT-Y"
_MBI = re.compile(
    rf"[1-9][{_L}][{_L}0-9]\d[{_L}][{_L}0-9]\d[{_L}]{{2}}\d{{2}}\Z",
    re.ASCII,
)

_PLACES = (
    "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 31 32 33 "
    "34 41 42 49 50 51 52 53 54 55 56 57 58 60 61 62 65 66 71 72 81 99"
)
PLACES_OF_SERVICE = frozenset(_PLACES.split())
"""Place of service codes in use (CMS place of service code set)."""

DISTINCT_SERVICE = frozenset({"59", "XE", "XP", "XS", "XU"})
"""Modifiers that mark a separate service."""

_SITES = (
    "LT RT E1 E2 E3 E4 FA F1 F2 F3 F4 F5 F6 F7 F8 F9 TA T1 T2 T3 T4 T5 T6 T7 T8 T9 LC LD LM RC RI"
)
SIDES_AND_SITES = frozenset(_SITES.split())
"""Modifiers that name a side, finger, toe, eyelid or coronary artery."""

REPEATS = frozenset({"76", "77", "91"})
"""Modifiers that mark a repeated service."""


# A practice's claims name the same few codes.
@lru_cache(10_000)
def diagnosis_is_shaped(code: str) -> bool:
    """Letter, digit, letter or digit, then up to four more; no dot, upper case."""
    return bool(_DIAGNOSIS.match(code))


def icd9_is_shaped(code: str) -> bool:
    """Three to five digits, ``V`` and two to four, or ``E`` and three or four; no dot."""
    return bool(_ICD9.match(code))


@lru_cache(10_000)
def procedure_is_shaped(code: str) -> bool:
    """Five digits, four digits and a letter, or a letter and four digits; never ``00000``."""
    return bool(_PROCEDURE.match(code)) and code != "00000"


def modifier_is_shaped(code: str) -> bool:
    """Two capitals or digits."""
    return bool(_MODIFIER.match(code))


def zip_has_nine(code: str) -> bool:
    """Nine digits after taking out a dash."""
    return bool(_ZIP_PLUS_4.match(code.replace("-", "")))


# Asked of billing providers, who are few.
@lru_cache(1_000)
def is_po_box(line: str) -> bool:
    """Whether an address line is a post office or lock box."""
    return bool(_PO_BOX.search(line))


def mbi_is_shaped(member_id: str) -> bool:
    """Whether it can be a Medicare Beneficiary Identifier; dashes do not matter."""
    return bool(_MBI.match(member_id.replace("-", "")))


def is_external_cause(diagnosis: str) -> bool:
    """ICD-10-CM V00 to Y99."""
    return diagnosis[:1] in {"V", "W", "X", "Y"}


def is_evaluation(code: str) -> bool:
    """Evaluation and management in office, hospital, facility, home or as prevention."""
    return any(first <= code <= last for first, last in _EVALUATION) and len(code) == 5


_EVALUATION = (
    ("99202", "99215"),
    ("99221", "99239"),
    ("99242", "99255"),
    ("99281", "99285"),
    ("99304", "99316"),
    ("99341", "99350"),
    ("99381", "99397"),
)
