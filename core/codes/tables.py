"""The tables a check is given: lists by name, and ICD-10-CM where the installation has it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

import msgspec

from core.codes.diagnoses import ICD10_FROM, Diagnosis, DiagnosisTable
from core.codes.diagnosis_table import IcdTable
from core.codes.lists import CodeList
from core.codes.lists_in_force import ListInForce


class LoadedDiagnoses(msgspec.Struct, frozen=True):
    """A release of ICD-10-CM that was loaded, and the days (CCYYMMDD) it answers for."""

    first: str
    last: str
    codes: IcdTable

    def covers(self, day: str) -> bool:
        """Whether it answers for ``day``."""
        return self.first <= day <= self.last

    def find(self, code: str) -> Diagnosis:
        """What ``code`` (without its point) is in this release."""
        return self.codes.find(code)


class CodeTables:
    """``lists`` by the name in ``lists.csv``; ``diagnoses`` None: judged by shape.

    ``loaded`` are further releases of ICD-10-CM, the newest first; on their days they answer.
    """

    def __init__(
        self,
        lists: Mapping[str, CodeList | ListInForce],
        diagnoses: DiagnosisTable | None = None,
        loaded: Sequence[LoadedDiagnoses] = (),
    ) -> None:
        self.lists, self.diagnoses, self._loaded = lists, diagnoses, loaded
        turns = {"0", ICD10_FROM}
        for table in (*loaded, *(() if diagnoses is None else (diagnoses,))):
            turns |= {table.first, f"{table.last}+"}
        for codes in lists.values():
            turns |= codes.turns()
        # The empty day is before all others.
        self._turns = sorted(turns)

    def diagnoses_on(self, day: str) -> DiagnosisTable | LoadedDiagnoses | None:
        """The release of ICD-10-CM that answers for ``day``, or the one that ships."""
        for one in self._loaded:
            if one.covers(day):
                return one
        return self.diagnoses

    def period(self, day: str) -> int:
        """A number for ``day`` (CCYYMMDD, or empty): days of one number see the same codes."""
        return bisect_right(self._turns, day)
