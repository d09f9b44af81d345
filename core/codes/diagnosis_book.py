"""ICD-10-CM as rules and people ask it: validity by day, and what the tabular list says beside.

The book is ``core.rules.tables.DiagnosisBook``; every code is without its point.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from core.codes.diagnoses import Diagnosis
from core.codes.diagnosis_families import DiagnosisFamilies
from core.codes.diagnosis_table import DiagnosisNotes, IcdTable
from core.codes.fiscal_years import Changes, FiscalYears, Year

# A practice's claims name the same few diagnoses; what is asked once is asked again.
_REMEMBERED_MAX = 50_000


class IcdBook:
    """The table that ships, the changes on record, and the releases that were loaded.

    Notes are those of the tabular list that was loaded for the day, else of the one that ships:
    they change little from year to year.
    """

    def __init__(
        self,
        shipped: Year[IcdTable],
        changes: Changes,
        families: DiagnosisFamilies,
        loaded: Sequence[Year[IcdTable]] = (),
        noted: Sequence[Year[IcdTable]] = (),
    ) -> None:
        self._shipped = shipped.codes
        self._standings: dict[tuple[str, date], Diagnosis | None] = {}
        self._apart: dict[tuple[str, str, date], bool] = {}
        self._sexes: dict[tuple[str, date], str] = {}
        self._families = families
        self._noted = sorted(noted, key=lambda one: one.first, reverse=True)
        self.years = FiscalYears(shipped, changes, loaded)

    def with_loaded(
        self, loaded: Sequence[Year[IcdTable]], noted: Sequence[Year[IcdTable]]
    ) -> IcdBook:
        """This book with the lists and the tabular lists that were loaded, each for its days."""
        return IcdBook(self.years.newest, self.years.changes, self._families, loaded, noted)

    def table(self, day: date) -> IcdTable:
        """The table that has the words of ``day``."""
        year = self.years.loaded_on(day)
        return self._shipped if year is None else year.codes

    def _tabular(self, day: date) -> IcdTable:
        for year in self._noted:
            if year.first <= day <= year.last:
                return year.codes
        return self._shipped

    def standing(self, code: str, day: date) -> Diagnosis | None:
        """Whether ``code`` may stand on a claim for ``day``; None: no opinion."""
        known = self._standings
        try:
            return known[code, day]
        except KeyError:
            found = self.years.standing(code, day)
            if len(known) < _REMEMBERED_MAX:
                known[code, day] = found
            return found

    def excludes(self, one: str, other: str, day: date) -> bool:
        """Whether an Excludes1 note of either code, or of a category above it, names the other."""
        known = self._apart
        try:
            return known[one, other, day]
        except KeyError:
            table = self._tabular(day)
            found = table.excludes(one, other) or table.excludes(other, one)
            if len(known) < _REMEMBERED_MAX:
                known[one, other, day] = found
            return found

    def is_manifestation(self, code: str, day: date) -> bool:
        """Whether its cause must be coded ahead of it (in diseases classified elsewhere)."""
        return self.table(day).is_manifestation(code)

    def side(self, code: str, day: date) -> str:
        """``right``, ``left``, ``bilateral``, ``unspecified``, or empty: the code has no side."""
        return self.table(day).side(code)

    def sex(self, code: str, day: date) -> str:
        """``F`` or ``M`` when only one sex can have it, else empty."""
        known = self._sexes
        try:
            return known[code, day]
        except KeyError:
            found = self._families.sex(code, self.words(code, day), day)
            if len(known) < _REMEMBERED_MAX:
                known[code, day] = found
            return found

    def age_group(self, code: str, day: date) -> str:
        """``newborn``, ``pediatric``, ``maternity``, ``adult``, or empty: any age."""
        return self._families.age_group(code, day)

    def is_exempt_from_presence(self, code: str, day: date) -> bool:
        """Whether it needs no present-on-admission indicator on an inpatient claim."""
        return self._families.is_exempt(code, day)

    def words(self, code: str, day: date) -> str:
        """Its description; empty when unknown."""
        return self.table(day).words(code) or self._shipped.words(code)

    def notes(self, code: str, day: date) -> list[DiagnosisNotes]:
        """What the tabular list says under the code and above it, the nearest first."""
        return self._tabular(day).notes(code)

    def release(self, day: date) -> str | None:
        """The release that answers for ``day``; None when the newest one ended before."""
        year = self.years.loaded_on(day)
        if year is not None:
            return year.codes.about["release"]
        return None if day > self.years.last else self._shipped.about["release"]
