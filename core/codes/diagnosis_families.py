"""Families of diagnoses: of one sex, of one age, exempt from the present-on-admission indicator.

ICD-10-CM does not say these things in its lists; ``icd/families.csv`` does, with sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

# Injuries and their like, once their first treatment is over: subsequent encounters and sequelae.
_LATER_INJURY = re.compile(r"[ST].{5}[DS]", re.ASCII).fullmatch
_BREAST = re.compile(r"\b(male|female) breast\b")

_Row = tuple[str, date, date]


class DiagnosisFamilies:
    """What the families say of a code on a day."""

    def __init__(self, rows: Iterable[Mapping[str, str]]) -> None:
        """``rows`` of family, about, value, first and last."""
        self._held: dict[str, dict[str, tuple[_Row, ...]]] = {"sex": {}, "age": {}, "poa": {}}
        for row in rows:
            held = self._held[row["about"]]
            said = (
                row["value"],
                date.fromisoformat(row["first"]) if row["first"] else date.min,
                date.fromisoformat(row["last"]) if row["last"] else date.max,
            )
            held[row["family"]] = (*held.get(row["family"], ()), said)

    def sex(self, code: str, words: str, day: date) -> str:
        """``F`` or ``M`` when only one sex can have it; ``words`` is its description."""
        if (said := self._said("sex", code, day)) or not code.startswith(("C50", "D24", "D05")):
            return said
        found = _BREAST.search(words.lower())
        return "" if found is None else found[1][0].upper()

    def age_group(self, code: str, day: date) -> str:
        """``newborn``, ``pediatric``, ``maternity``, ``adult``, or empty."""
        return self._said("age", code, day)

    def is_exempt(self, code: str, day: date) -> bool:
        """Whether ``code`` needs no present-on-admission indicator."""
        return bool(self._said("poa", code, day)) or _LATER_INJURY(code) is not None

    def _said(self, about: str, code: str, day: date) -> str:
        held = self._held[about]
        for length in range(len(code), 0, -1):
            for value, first, last in held.get(code[:length], ()):
                if first <= day <= last:
                    return value
        return ""
