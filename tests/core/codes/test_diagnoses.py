"""ICD-10-CM: billable codes, headings, the year a release speaks for; the package against CMS."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from core.codes.diagnoses import Diagnosis, DiagnosisTable, release_window
from tenants.code_tables import diagnosis_table

OFFICIAL = Path(__file__).resolve().parents[4] / "shared/data/icd10cm"
OFFICIAL /= "icd10cm-order-files-fy2026.zip"

LISTED = """1
A00-A09
A00
A000
A001
I10
2
C7A
C7A
C7A0
C7A00
C7A1
S42001A
S42
S420
S42001
S42001B
"""


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("A00", "category"),
        ("A000", "billable"),
        ("A0000", "absent"),
        ("I10", "billable"),
        ("C7A", "category"),
        ("C7A0", "category"),
        ("C7A00", "billable"),
        ("S42001B", "billable"),
        ("S42001", "category"),
        ("B00", "absent"),
        ("A00-A09", "absent"),
        ("1", "absent"),
        ("", "absent"),
    ],
)
def test_a_code_is_billable_unless_longer_ones_stand_below_it(code: str, found: str) -> None:
    assert DiagnosisTable(LISTED, "20251001", "20260930").find(code) == found


@pytest.mark.parametrize(
    ("name", "window"),
    [
        ("code-list-April-2026", ("20251001", "20260930")),
        ("code-list-October-2026", ("20261001", "20270930")),
        ("code-list-April-1-2025", ("20241001", "20250930")),
        ("code-list", None),
    ],
)
def test_a_release_speaks_for_its_fiscal_year(name: str, window: tuple[str, str] | None) -> None:
    assert release_window(name) == window


def test_a_day_is_covered_from_first_to_last() -> None:
    table = DiagnosisTable(LISTED, "20251001", "20260930")
    days = ("20250930", "20251001", "20260930", "20261001", "")
    assert [table.covers(day) for day in days] == [False, True, True, False, False]


def test_the_package_agrees_with_the_official_order_file_on_every_code() -> None:
    table = diagnosis_table()
    if table is None:
        pytest.skip("the package simple-icd-10-cm is not installed here")
    if not OFFICIAL.exists():
        pytest.skip("no official files beside us")
    if (table.first, table.last) != ("20251001", "20260930"):
        pytest.skip("the package holds another year than the official files beside us")
    with zipfile.ZipFile(OFFICIAL) as archive:
        text = archive.read("icd10cm_order_2026.txt").decode("latin-1")
    flags = {"0": Diagnosis.CATEGORY, "1": Diagnosis.BILLABLE}
    official = {line[6:13].strip(): flags[line[14]] for line in text.splitlines()}
    assert len(official) > 90_000
    assert {code: table.find(code) for code in official} == official
