"""The reference tables a rule may be handed, as it sees them: who loaded them is not its matter.

The stateless scrub fills them from the document, the production scrub from the loaded releases. An
absent table (None) means no opinion, never that nothing is allowed; so does a day outside what is
loaded. Codes are as on the claim: procedure codes of five characters, diagnoses without a dot.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Protocol

import msgspec

from core.claims.parties import Value
from core.codes.diagnoses import Diagnosis


class Edition(Value, frozen=True, kw_only=True):
    """Where a row stands: ``NCCI PTP practitioner``, ``2024Q3``, and the row in its own words."""

    table: str
    release: str
    row: str

    def __str__(self) -> str:
        return " ".join(filter(None, (self.table, self.release, self.row)))


class Pair(Value, frozen=True, kw_only=True):
    """A procedure-to-procedure edit: ``column2`` is not paid beside ``column1``.

    ``indicator``: 0 no modifier helps, 1 a modifier may, 9 deleted from its beginning.
    """

    column1: str
    column2: str
    indicator: str
    edition: Edition


class UnitLimit(Value, frozen=True, kw_only=True):
    """A medically unlikely edit: at most ``units``; ``mai`` is its adjudication indicator 1-3."""

    units: int
    mai: int
    edition: Edition


class AddOn(Value, frozen=True, kw_only=True):
    """An add-on code: ``kind`` 1 its primaries are fixed, 2 the contractor names them, 3 both."""

    kind: int
    primaries: frozenset[str]
    edition: Edition


class FeeOfCode(Value, frozen=True, kw_only=True):
    """What is allowed for one unit, outside a facility and in one."""

    nonfacility_cents: int
    facility_cents: int


class ContractFee(Value, frozen=True, kw_only=True):
    """What a contract allows for one unit, by how the patient was seen. None: it does not say."""

    in_person_cents: int | None
    telehealth_cents: int | None


class PairTable(Protocol):
    def pair(self, one: str, other: str, day: date) -> Pair | None:
        """The edit in force on ``day`` between two codes, in whichever order they are given."""


class UnitLimitTable(Protocol):
    def limit(self, code: str, day: date) -> UnitLimit | None:
        """The limit of ``code`` on ``day``."""


class AddOnTable(Protocol):
    def add_on(self, code: str, day: date) -> AddOn | None:
        """What ``code`` needs beside it; None when it is no add-on code."""


class FeeTable(Protocol):
    def fee(self, code: str, day: date) -> FeeOfCode | None:
        """The fee of ``code`` on ``day``."""


class ContractTable(Protocol):
    def fee(self, code: str, day: date) -> ContractFee | None:
        """The contract's fee of ``code`` on ``day``."""


class WordTable(Protocol):
    def word(self, code: str, day: date) -> str | None:
        """What stands beside ``code`` (``090``, a bilateral indicator); None when nothing does."""


class CodeSet(Protocol):
    def holds(self, code: str, day: date) -> bool:
        """Whether ``code`` is in the set on ``day``."""


class CoverageTable(Protocol):
    def covered(self, code: str, day: date) -> frozenset[str] | None:
        """The diagnoses for which ``code`` is covered; None when no policy speaks of it."""


class AnesthesiaTable(Protocol):
    def base_units(self, code: str, day: date) -> int | None:
        """Base units of ``code``."""

    def conversion_factor(self, day: date) -> Decimal | None:
        """Dollars a unit."""


class DiagnosisBook(Protocol):
    """ICD-10-CM and what its tabular list says; every code without its dot.

    Outside the fiscal years it holds, ``standing`` is None: no opinion.
    """

    def standing(self, code: str, day: date) -> Diagnosis | None:
        """Whether ``code`` may stand on a claim for ``day``."""

    def excludes(self, one: str, other: str, day: date) -> bool:
        """Whether an Excludes1 note of either code, or of a category above it, names the other."""

    def is_manifestation(self, code: str, day: date) -> bool:
        """Whether its cause must be coded ahead of it (in diseases classified elsewhere)."""

    def side(self, code: str, day: date) -> str:
        """``right``, ``left``, ``bilateral``, ``unspecified``, or empty: the code has no side."""

    def sex(self, code: str, day: date) -> str:
        """``F`` or ``M`` when only one sex can have it, else empty."""

    def is_exempt_from_presence(self, code: str, day: date) -> bool:
        """Whether it needs no present-on-admission indicator on an inpatient claim."""

    def words(self, code: str, day: date) -> str:
        """Its description; empty when unknown."""


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """The tables of one batch. ``more`` holds tables a partner named itself."""

    ptp_practitioner: PairTable | None = None
    ptp_outpatient: PairTable | None = None
    mue_practitioner: UnitLimitTable | None = None
    mue_outpatient: UnitLimitTable | None = None
    mue_dme: UnitLimitTable | None = None
    add_on: AddOnTable | None = None
    fees: FeeTable | None = None
    contract: ContractTable | None = None
    global_days: WordTable | None = None
    bilateral: WordTable | None = None
    clia_waived: CodeSet | None = None
    single_dose: CodeSet | None = None
    telehealth_list: CodeSet | None = None
    coverage: CoverageTable | None = None
    anesthesia: AnesthesiaTable | None = None
    diagnoses: DiagnosisBook | None = None
    procedures: WordTable | None = None
    """A word a procedure code that was valid that day has (its status); None: it was not valid."""
    more: Mapping[str, object] = {}


NO_TABLES = Tables()
