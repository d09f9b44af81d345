"""The tables of an installation, with ICD-10-CM and without it."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from core.codes.diagnoses import Diagnosis
from tenants import code_tables

REPOSITORY = Path(__file__).parents[2]


def installed(folder: Path, name: str) -> str:
    """A package of the ICD package's name that fails when it is imported."""
    package = folder / "simple_icd_10_cm"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "data" / name).write_text("1\nA00-A09\nA00\nA000\n")
    return str(folder)


def loaded(path: str) -> str:
    script = (
        f"import sys; sys.path.insert(0, {path!r});"
        "from tenants.code_tables import code_tables; table = code_tables().diagnoses;"
        "print(table and (table.first, table.last, str(table.find('A000'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_list_of_the_package_is_read_and_its_module_never_runs(tmp_path: Path) -> None:
    path = installed(tmp_path, "code-list-October-2026.txt")
    assert loaded(path) == "('20261001', '20270930', 'billable')"


def test_a_package_without_a_release_we_can_name_counts_as_none(tmp_path: Path) -> None:
    assert loaded(installed(tmp_path, "code-list-someday.txt")) == "None"


def test_without_the_package_there_are_lists_and_no_diagnoses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(code_tables, "_ICD_PACKAGE", "no_such_package_of_diagnoses")
    code_tables.diagnosis_table.cache_clear()
    try:
        assert code_tables.diagnosis_table() is None
    finally:
        code_tables.diagnosis_table.cache_clear()
    assert len(code_tables.code_lists()) > 15


def test_the_installed_package_is_understood() -> None:
    if find_spec("simple_icd_10_cm") is None:
        pytest.skip("the package simple-icd-10-cm is not installed here")
    table = code_tables.diagnosis_table()
    assert table is not None
    assert len(table) > 1_900
    assert table.find("E119") is Diagnosis.BILLABLE
    assert table.find("E11") is Diagnosis.CATEGORY
