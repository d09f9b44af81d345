"""What every trial may be judged by: ICD-10-CM as it ships."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.codes.diagnosis_book import IcdBook
from tenants.diagnoses import open_diagnoses


@pytest.fixture(scope="session")
def icd(shipped_home: Path) -> IcdBook:
    return open_diagnoses(shipped_home)
