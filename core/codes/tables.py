"""The tables a check is given: lists by name, and ICD-10-CM where the installation has it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

from core.codes.diagnoses import ICD10_FROM, DiagnosisTable
from core.codes.lists import ALWAYS, CodeList


class CodeTables:
    """``lists`` by the name in ``lists.csv``; ``diagnoses`` None: judged by shape."""

    def __init__(
        self, lists: Mapping[str, CodeList], diagnoses: DiagnosisTable | None = None
    ) -> None:
        self.lists, self.diagnoses = lists, diagnoses
        # A text between the last day and the one after it. The empty day is before all others.
        after = "{}+".format
        turns = {"0", ICD10_FROM}
        if diagnoses is not None:
            turns |= {diagnoses.first, after(diagnoses.last)}
        for codes in lists.values():
            windows = {window for window in codes.windows.values() if window is not ALWAYS}
            turns |= {first for first, _ in windows if first}
            turns |= {after(last) for _, last in windows if last}
            if codes.has_history:
                turns.add(after(codes.as_of))
        self._turns = sorted(turns)

    def period(self, day: str) -> int:
        """A number for ``day`` (CCYYMMDD, or empty): days of one number see the same codes."""
        return bisect_right(self._turns, day)
