"""ICD-10-CM for the trials of behavioral health."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.codes.diagnosis_book import IcdBook
from tenants.diagnoses import open_diagnoses


@pytest.fixture(scope="module")
def icd(shipped_home: Path) -> IcdBook:
    return open_diagnoses(shipped_home)
