"""The reference tables of a scrub document (``context.reference``) as rules read tables.

Small: held as they came, in dictionaries. A row holds on its days, or always where none are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from core.dates import ALWAYS, Window
from core.errors import InputError
from core.rules.tables import (
    ContractFee,
    DiagnosisBook,
    Edition,
    FeeOfCode,
    Pair,
    Tables,
    UnitLimit,
)
from core.scrub.document_parts import Part

RELEASE = "of the document"


class DocumentPairs:
    """Procedure-to-procedure edits by the two codes; a pair may have several spans of days."""

    def __init__(self, part: Part) -> None:
        self._pairs: dict[tuple[str, str], list[tuple[Window, Pair]]] = {}
        for row in part.parts("ptp") or ():
            pair = Pair(
                column1=row.code("col1"),
                column2=row.code("col2"),
                indicator=row.code("indicator"),
                edition=_edition("NCCI PTP", f"{row.code('col1')} {row.code('col2')}"),
            )
            key = _in_order(pair.column1, pair.column2)
            self._pairs.setdefault(key, []).append((_window(row), pair))

    def pair(self, one: str, other: str, day: date) -> Pair | None:
        """See ``core.rules.tables.PairTable``."""
        for window, pair in self._pairs.get(_in_order(one, other), ()):
            if day in window:
                return pair
        return None


class DocumentUnitLimits:
    """Medically unlikely edits by code."""

    def __init__(self, part: Part) -> None:
        self._limits: dict[str, tuple[Window, UnitLimit]] = {}
        for code, row in _by_code(part, "mue"):
            units, mai = _count(row, "value"), _count(row, "mai")
            if units is None or mai is None:
                raise row.wrong("value" if units is None else "mai", "a whole number")
            limit = UnitLimit(units=units, mai=mai, edition=_edition("MUE", code))
            self._limits[code] = _window(row), limit

    def limit(self, code: str, day: date) -> UnitLimit | None:
        """See ``core.rules.tables.UnitLimitTable``."""
        found = self._limits.get(code)
        return found[1] if found and day in found[0] else None


class DocumentFees:
    """Fees by code, outside a facility and in one; one given alone holds for both."""

    def __init__(self, part: Part) -> None:
        self._fees: dict[str, tuple[Window, FeeOfCode]] = {}
        for code, row in _by_code(part, "fees"):
            outside, inside = row.cents("nonfac"), row.cents("fac")
            either = inside if outside is None else outside
            if either is None:
                raise row.wrong("nonfac", 'an amount in quotes such as "150.00"')
            fee = FeeOfCode(
                nonfacility_cents=either if outside is None else outside,
                facility_cents=either if inside is None else inside,
            )
            self._fees[code] = _window(row), fee

    def fee(self, code: str, day: date) -> FeeOfCode | None:
        """See ``core.rules.tables.FeeTable``."""
        found = self._fees.get(code)
        return found[1] if found and day in found[0] else None


class DocumentContract:
    """A contract's fees by code."""

    def __init__(self, part: Part) -> None:
        self._fees: dict[str, tuple[Window, ContractFee]] = {}
        for code, row in _by_code(part, "contract"):
            fee = ContractFee(
                in_person_cents=row.cents("in_person"), telehealth_cents=row.cents("telehealth")
            )
            self._fees[code] = _window(row), fee

    def fee(self, code: str, day: date) -> ContractFee | None:
        """See ``core.rules.tables.ContractTable``."""
        found = self._fees.get(code)
        return found[1] if found and day in found[0] else None


class DocumentWords:
    """A word beside each code."""

    def __init__(self, part: Part, name: str) -> None:
        found = part.part(name)
        assert found is not None, "asked for only where it is"
        self._words = {code: found.code(code) for code, _ in found.each()}

    def word(self, code: str, day: date) -> str | None:
        """See ``core.rules.tables.WordTable``."""
        return self._words.get(code)


class DocumentCodes:
    """A set of codes; those of a dated list (``{"code", "from", "to"}``) on their days."""

    def __init__(self, part: Part, name: str) -> None:
        stated = part.data.get(name)
        if isinstance(stated, list) and any(isinstance(one, dict) for one in stated):
            dated = [(row.code("code"), _window(row)) for row in part.parts(name) or ()]
        elif isinstance(stated, dict):
            dated = [(code, _window(row)) for code, row in _by_code(part, name)]
        else:
            dated = [(code, ALWAYS) for code in part.texts(name)]
        self._windows: dict[str, list[Window]] = {}
        for code, window in dated:
            self._windows.setdefault(code, []).append(window)

    def holds(self, code: str, day: date) -> bool:
        """See ``core.rules.tables.CodeSet``."""
        return any(day in window for window in self._windows.get(code, ()))


class DocumentCoverage:
    """The diagnoses for which a code is covered."""

    def __init__(self, part: Part) -> None:
        found = part.part("coverage")
        assert found is not None, "asked for only where it is"
        self._covered = {
            code: frozenset(one.replace(".", "").upper() for one in found.texts(code))
            for code, _ in found.each()
        }

    def covered(self, code: str, day: date) -> frozenset[str] | None:
        """See ``core.rules.tables.CoverageTable``."""
        return self._covered.get(code)


class DocumentAnesthesia:
    """Base units by code, and dollars a unit."""

    def __init__(self, part: Part) -> None:
        found = part.part("anesthesia")
        assert found is not None, "asked for only where it is"
        base = found.part("base")
        self._base: Mapping[str, int | None] = (
            {code: _count(base, code) for code, _ in base.each()} if base else {}
        )
        self._factor = found.number("cf")

    def base_units(self, code: str, day: date) -> int | None:
        """See ``core.rules.tables.AnesthesiaTable``."""
        return self._base.get(code)

    def conversion_factor(self, day: date) -> Decimal | None:
        """See ``core.rules.tables.AnesthesiaTable``."""
        return self._factor


def read_tables(reference: Part | None, diagnoses: DiagnosisBook | None) -> Tables:
    """The tables ``reference`` states, and ``diagnoses``. What it does not state stays absent."""
    if reference is None:
        return Tables(diagnoses=diagnoses)

    def stated(name: str) -> bool:
        return reference.data.get(name) is not None

    pairs = DocumentPairs(reference) if stated("ptp") else None
    limits = DocumentUnitLimits(reference) if stated("mue") else None
    return Tables(
        ptp_practitioner=pairs,
        ptp_outpatient=pairs,
        mue_practitioner=limits,
        mue_outpatient=limits,
        mue_dme=limits,
        fees=DocumentFees(reference) if stated("fees") else None,
        contract=DocumentContract(reference) if stated("contract") else None,
        global_days=DocumentWords(reference, "global_days") if stated("global_days") else None,
        bilateral=DocumentWords(reference, "bilateral") if stated("bilateral") else None,
        clia_waived=DocumentCodes(reference, "clia_waived") if stated("clia_waived") else None,
        single_dose=DocumentCodes(reference, "single_dose") if stated("single_dose") else None,
        telehealth_list=DocumentCodes(reference, "telehealth_list")
        if stated("telehealth_list")
        else None,
        coverage=DocumentCoverage(reference) if stated("coverage") else None,
        anesthesia=DocumentAnesthesia(reference) if stated("anesthesia") else None,
        diagnoses=diagnoses,
    )


def _by_code(part: Part, name: str) -> tuple[tuple[str, Part], ...]:
    found = part.part(name)
    if found is None:
        return ()
    rows = []
    for code, _ in found.each():
        row = found.part(code)
        assert row is not None, "null values are left out"
        rows.append((code, row))
    return tuple(rows)


def _count(part: Part, name: str) -> int | None:
    """A whole number, quoted or not: published tables write them as text."""
    found = part.number(name)
    if found is not None and found != int(found):
        raise part.wrong(name, "a whole number")
    return None if found is None else int(found)


def _window(part: Part) -> Window:
    first, last = part.day("from"), part.day("to")
    try:
        return Window(first, last)
    except InputError:
        raise part.wrong("to", "a day on or after from") from None


def _in_order(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one <= other else (other, one)


def _edition(table: str, row: str) -> Edition:
    return Edition(table=table, release=RELEASE, row=row)
