"""ICD-10-CM of one release: which codes there are, and which of them a claim may carry.

The table stays the text it is read from, one code a line in the order of the tabular list; a
category is cut out of it when one of its codes is first asked for. So a table costs a read and
one megabyte, not a hundred thousand objects.
"""

from __future__ import annotations

import re
from enum import StrEnum

# Services from this day on are coded in ICD-10 (45 CFR 162.1002).
ICD10_FROM = "20151001"
_CATEGORY = re.compile(r"^[A-Z][0-9A-Z]{2}$", re.MULTILINE)
_CODE = re.compile(r"[A-Z][0-9A-Z]{2,6}", re.ASCII).fullmatch
_RELEASE = re.compile(
    r"(January|April|July|October)[a-z-]*-(?:\d{1,2}-)?(20\d\d)", re.ASCII | re.IGNORECASE
)


class Diagnosis(StrEnum):
    """What a table says of a code."""

    BILLABLE = "billable"
    CATEGORY = "category"
    """A heading: only the longer codes below it may stand on a claim."""
    ABSENT = "absent"


class DiagnosisTable:
    """The codes of one release. ``first`` and ``last`` are the days (CCYYMMDD) it speaks for."""

    def __init__(self, text: str, first: str, last: str) -> None:
        self.first, self.last = first, last
        self._text = text
        starts = [found.start() for found in _CATEGORY.finditer(text)]
        ends = [*starts[1:], len(text)]
        self._places: dict[str, tuple[int, int]] = {}
        for start, end in zip(starts, ends, strict=True):
            # A block of one category may bear its name: both lines belong together.
            category = text[start : start + 3]
            self._places[category] = (self._places.get(category, (start, 0))[0], end)
        self._known: dict[str, dict[str, Diagnosis]] = {}

    def __len__(self) -> int:
        """How many categories there are."""
        return len(self._places)

    def covers(self, day: str) -> bool:
        """Whether the release holds on ``day``."""
        return self.first <= day <= self.last

    def find(self, code: str) -> Diagnosis:
        """What ``code`` (without its point) is in this release."""
        category = code[:3]
        codes = self._known.get(category)
        if codes is None:
            if category not in self._places:
                return Diagnosis.ABSENT
            codes = self._known[category] = self._cut(category)
        return codes.get(code, Diagnosis.ABSENT)

    def _cut(self, category: str) -> dict[str, Diagnosis]:
        start, end = self._places[category]
        lines = sorted(
            {
                line
                for line in self._text[start:end].split()
                if line.startswith(category) and line.isalnum()
            }
        )
        # A code is a heading when the next one begins with it.
        return {
            code: Diagnosis.CATEGORY if following.startswith(code) else Diagnosis.BILLABLE
            for code, following in zip(lines, [*lines[1:], ""], strict=True)
        }


def without_point(text: str) -> str:
    """A code as it stands on a claim: capitals and digits, without its point."""
    return text.strip().upper().replace(".", "")


def with_point(code: str) -> str:
    """A code as people write it: a point behind its category."""
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def listed_codes(text: str) -> set[str]:
    """The codes in a list that names chapters and sections too, one a line."""
    return {line for line in text.split() if _CODE(line)}


def release_begins(name: str) -> str:
    """The day (CCYYMMDD) from which the release of this name was published to be used."""
    found = _RELEASE.search(name)
    month = {"january": "01", "april": "04", "july": "07", "october": "10"}
    return f"{found[2]}{month[found[1].lower()]}01" if found else ""


def release_window(name: str) -> tuple[str, str] | None:
    """The fiscal year (first and last day, CCYYMMDD) of a release named by month and year.

    A release of April holds from April, but adds only a few codes to those of October before; so
    it speaks for the whole fiscal year. None when ``name`` names no release.
    """
    found = _RELEASE.search(name)
    if found is None:
        return None
    year = int(found[2])
    ends = year + 1 if found[1].lower() == "october" else year
    return f"{ends - 1}1001", f"{ends}0930"
